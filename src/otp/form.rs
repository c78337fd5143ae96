//! A page of this machine on which a person types one code: at an address that cannot be guessed, for one answer.
//!
//! It listens on the loopback interface alone. What the browser names as the host must be this machine's own name for
//! itself, so that no page of the network can reach it under a name of its own (DNS rebinding); the port may be another, for
//! the far end of a tunnel.

use std::net::{Ipv4Addr, TcpListener as Probe};
use std::sync::Arc;
use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form as Fields, Path, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use minijinja::{AutoEscape, Environment, context};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::desk::Question;
use super::person::token;

/// More than any answer takes.
const LONGEST: usize = 2048;

const TEMPLATE: &str = include_str!("form.html");

/// What the page says.
#[derive(Debug)]
pub(super) struct Page {
    title: String,
    words: String,
    account: String,
    input: String,
    /// `ready` or `code`.
    state: &'static str,
    until: String,
    /// The keyboard of a phone: `numeric` or `text`.
    keys: &'static str,
}

impl Page {
    /// The page of a question that waits until `until`.
    pub(super) fn of(question: &Question, words: &str, until: &str) -> Self {
        let digits = question.pattern.as_deref().is_some_and(|pattern| {
            let rest = pattern.replace(r"\A(?:", "").replace(r")\z", "").replace(r"\d", "").replace("[0-9]", "");
            !rest.chars().any(char::is_alphabetic) && !rest.contains(['.', '['])
        });
        Self {
            title: match question.ready_for {
                Some(_) => format!("{}: ready?", question.account),
                None => format!("{}: one-time code", question.account),
            },
            words: words.to_owned(),
            account: question.account.clone(),
            input: question.input.clone(),
            state: if question.ready_for.is_some() { "ready" } else { "code" },
            until: until.to_owned(),
            keys: if digits { "numeric" } else { "text" },
        }
    }
}

/// What one person sent.
#[derive(Debug)]
pub(super) struct Posted {
    text: Zeroizing<String>,
    judged: oneshot::Sender<Result<(), &'static str>>,
}

impl Posted {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Tells the person that it is what was wanted.
    pub(super) fn accept(self) {
        // Whoever closed the page meanwhile is told nothing.
        let _told = self.judged.send(Ok(()));
    }

    /// Asks the person again.
    pub(super) fn refuse(self, why: &'static str) {
        let _told = self.judged.send(Err(why));
    }
}

/// The page, being served. When it is dropped the last answer goes out and nothing listens any more.
#[derive(Debug)]
pub(super) struct Form {
    url: String,
    posted: mpsc::Receiver<Posted>,
    _open: oneshot::Sender<()>,
}

struct Served {
    token: String,
    page: Page,
    posted: mpsc::Sender<Posted>,
}

impl Form {
    /// Serves the page on this port, 0 for any.
    pub(super) async fn open(port: u16, page: Page) -> Result<Self, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|why| deaf(port, &why))?;
        let address = listener.local_addr().map_err(|why| deaf(port, &why))?;
        let token = token();
        let url = format!("http://{address}/{token}");
        let (send, posted) = mpsc::channel(1);
        let (open, closed) = oneshot::channel::<()>();
        let served = Arc::new(Served { token, page, posted: send });
        let router = Router::new()
            .route("/{token}", get(show).post(take))
            .layer(DefaultBodyLimit::max(LONGEST))
            .layer(middleware::from_fn(guard))
            .with_state(served);
        let until_dropped = async { drop(closed.await) };
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(until_dropped).await });
        Ok(Self { url, posted, _open: open })
    }

    /// The address that the person opens.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The next thing that a person sends; `None` when nothing listens any more.
    pub(super) async fn posted(&mut self) -> Option<Posted> {
        self.posted.recv().await
    }
}

/// Whether the page could be served on this port.
pub(super) fn can_listen(port: u16) -> Result<(), String> {
    if port == 0 {
        return Ok(());
    }
    Probe::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|why| deaf(port, &why))
}

fn deaf(port: u16, why: &std::io::Error) -> String {
    format!("the form cannot listen on port {port} of this machine: {why}; name another, or 0 for any")
}

/// Who may ask at all, and what every answer forbids the browser.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = if is_ours(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "This page is only for this machine.\n").into_response()
    };
    let fixed: [(HeaderName, &str); 6] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::CONNECTION, "close"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let strict = HeaderValue::from_static("default-src 'none'");
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(strict);
    response
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("host").map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    let here = matches!(host, Some("127.0.0.1" | "localhost"));
    here && text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
}

async fn show(State(served): State<Arc<Served>>, Path(token): Path<String>) -> Response {
    if !same(&token, &served.token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    page(&served.page, served.page.state, &served.page.words, None)
}

async fn take(
    State(served): State<Arc<Served>>,
    Path(token): Path<String>,
    Fields(mut fields): Fields<BTreeMap<String, String>>,
) -> Response {
    if !same(&token, &served.token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let over = "This question is answered already, or its time is over.";
    let field = if served.page.state == "ready" { "ready" } else { "code" };
    let text = Zeroizing::new(fields.remove(field).unwrap_or_default());
    let (judged, judgement) = oneshot::channel();
    if served.posted.send(Posted { text, judged }).await.is_err() {
        return page(&served.page, "over", over, None);
    }
    match judgement.await {
        Ok(Ok(())) => page(&served.page, "over", "Thank you, the run has it.", None),
        Ok(Err(why)) => page(&served.page, served.page.state, &served.page.words, Some(why)),
        Err(_) => page(&served.page, "over", over, None),
    }
}

fn page(page: &Page, state: &str, question: &str, fault: Option<&str>) -> Response {
    let nonce = token();
    let mut engine = Environment::empty();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    let Page { title, account, input, until, .. } = page;
    let keys = page.keys;
    let values = context! { title, account, input, until, keys, state, question, fault, nonce => nonce.as_str() };
    let html = match engine.render_str(TEMPLATE, values) {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "the form cannot be drawn");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = Html(html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Whether two tokens are the same, in a time that does not tell how much of them is.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

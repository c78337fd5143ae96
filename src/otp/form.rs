//! A page of this machine on which a person types one code: at an address that cannot be guessed, for one answer.
//!
//! It listens on the loopback interface alone. What the browser names as the host must be this machine's own name for
//! itself, so that no page of the network can reach it under a name of its own (DNS rebinding); the port may be another, for
//! the far end of a tunnel.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener as Probe};
use std::sync::Arc;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::{Form, Page, can_listen};
    use crate::otp::desk::Question;

    fn page(ready_for: Option<u32>, pattern: Option<&str>) -> Page {
        let question = Question {
            id: "a".into(),
            account: "<rossi>".into(),
            input: "otp".into(),
            ready_for,
            pattern: pattern.map(str::to_owned),
            until: Timestamp::UNIX_EPOCH,
        };
        Page::of(&question, "Ready to enter 2 codes?", "12:00:00")
    }

    /// Sends a request, `@` standing for the address's own host, and gives the whole answer.
    async fn sent(form: &Form, request: &str, body: &str) -> String {
        let (host, token) = form.url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
        let head = request.replace('@', host).replace("TOKEN", token);
        let length = body.len();
        let text = format!(
            "{head}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(host).await.expect("it listens");
        stream.write_all(text.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn only_this_machine_s_own_browser_with_the_token_gets_in() {
        let mut form = Form::open(0, page(None, None)).await.expect("it listens");
        let token = form.url.rsplit('/').next().expect("a token").to_owned();
        assert!(form.url.starts_with("http://127.0.0.1:") && token.len() == 32, "{}", form.url);
        let wrong = "0".repeat(32);
        for (request, status) in [
            ("GET /TOKEN HTTP/1.1\r\nhost: @".to_owned(), "200"),
            ("GET /TOKEN HTTP/1.1\r\nhost: localhost:9999".to_owned(), "200"),
            ("GET /TOKEN HTTP/1.1\r\nhost: evil.example".to_owned(), "403"),
            ("GET /TOKEN HTTP/1.1\r\nhost: 127.0.0.1.evil.example:80".to_owned(), "403"),
            ("GET /TOKEN HTTP/1.1\r\nhost: @\r\nsec-fetch-site: cross-site".to_owned(), "403"),
            (format!("GET /{wrong} HTTP/1.1\r\nhost: @"), "404"),
            ("GET / HTTP/1.1\r\nhost: @".to_owned(), "404"),
            (format!("POST /{wrong} HTTP/1.1\r\nhost: @"), "404"),
            ("POST /TOKEN HTTP/1.1\r\nhost: evil.example".to_owned(), "403"),
            ("PUT /TOKEN HTTP/1.1\r\nhost: @".to_owned(), "405"),
        ] {
            let answer = sent(&form, &request, "code=123456").await.to_lowercase();
            assert!(answer.starts_with(&format!("http/1.1 {status}")), "{request}\n{answer}");
            assert!(
                answer.contains("\r\nreferrer-policy: no-referrer") && answer.contains("\r\ncache-control: no-store")
            );
            assert!(answer.contains("\r\ncontent-security-policy: default-src 'none'"), "{answer}");
            assert!(!answer.contains("<rossi>"), "{answer}");
        }
        let long = format!("code={}", "1".repeat(5000));
        assert!(sent(&form, "POST /TOKEN HTTP/1.1\r\nhost: @", &long).await.starts_with("HTTP/1.1 413"));
        let nothing = tokio::time::timeout(Duration::from_millis(50), form.posted()).await;
        assert!(nothing.is_err(), "something was taken for an answer");
    }

    #[tokio::test]
    async fn one_answer_is_taken_and_then_nothing_listens() {
        let mut form = Form::open(0, page(None, Some(r"\d{6}"))).await.expect("it listens");
        assert_eq!(
            form.url.parse::<url::Url>().expect("an address").port().map(can_listen).map(|can| can.is_err()),
            Some(true)
        );
        let post = "POST /TOKEN HTTP/1.1\r\nhost: @";
        let shown = sent(&form, "GET /TOKEN HTTP/1.1\r\nhost: @", "").await;
        assert!(shown.contains("inputmode=\"numeric\"") && shown.contains("autocomplete=\"one-time-code\""), "{shown}");
        let other = Form {
            url: form.url.clone(),
            posted: tokio::sync::mpsc::channel(1).1,
            _open: tokio::sync::oneshot::channel().0,
        };
        let answering = async {
            let posted = form.posted().await.expect("an answer");
            assert_eq!(posted.text(), "12 34");
            posted.refuse("is no <code>");
            let posted = form.posted().await.expect("an answer");
            assert_eq!(posted.text(), "123456");
            posted.accept();
        };
        let typing = async {
            let refused = sent(&other, post, "code=12+34").await;
            assert!(refused.contains("That is no &lt;code&gt;."), "{refused}");
            let taken = sent(&other, post, "code=123456").await;
            assert!(taken.contains("Thank you"), "{taken}");
        };
        tokio::join!(answering, typing);
        drop(form);
        let place = other.url.trim_start_matches("http://").split('/').next().expect("a place").to_owned();
        let closed = async {
            while TcpStream::connect(&place).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), closed).await.expect("it closes");
    }

    #[test]
    fn the_keyboard_suits_the_code() {
        for (pattern, keys) in [
            (None, "text"),
            (Some(r"\A(?:\d{6})\z"), "numeric"),
            (Some("[0-9]{8}"), "numeric"),
            (Some("[A-Z0-9]{6}"), "text"),
            (Some(r"\w{6}"), "text"),
            (Some(".{6}"), "text"),
        ] {
            assert_eq!(page(None, pattern).keys, keys, "{pattern:?}");
        }
        assert_eq!(page(Some(2), None).state, "ready");
    }
}

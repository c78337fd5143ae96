//! A third origin that belongs to neither portal: it answers whatever comes and keeps what it was
//! sent, so that a test can see whether anything leaked (portals.md §1.3, the origin "evil"). One of
//! its pages looks like the login of both portals, another like the form of portal A alone; who fills them in has been taken in.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::StreamExt;
use http::Method;
use http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, REFERER};
use serde::{Deserialize, Serialize};

use super::gate::file;
use super::state::World;

/// The page that a captive network would show.
const CAPTIVE: &str = include_str!("pages/comune/rete.html");
/// The login of portal A, served from elsewhere (portals.md §1.6, D11).
const FRAMED_LOGIN: &str = include_str!("pages/mia-firma/accesso-estraneo.html");
/// No more of a body is kept.
const MOST_BYTES: usize = 1 << 20;

/// One request that reached the third origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// The page it came from, as far as the browser says.
    pub referer: String,
    /// Every header, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// Its body, its first MiB at most.
    pub body: String,
}

pub(crate) fn router(world: &Arc<World>) -> Router {
    Router::new().fallback(keep).with_state(world.clone())
}

async fn keep(State(world): State<Arc<World>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let referer = head.headers.get(REFERER).and_then(|value| value.to_str().ok());
    let mut leak = Leak {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        referer: referer.unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: String::new(),
    };
    let page = match head.uri.path() {
        "/rete" => Some(CAPTIVE),
        "/mia-firma/accesso" => Some(FRAMED_LOGIN),
        _ => None,
    };
    let page = page.filter(|_| head.method == Method::GET);
    leak.body = text(&beginning(body).await);
    world.lock().leaks.push(leak);
    let anyone = [(ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (ACCESS_CONTROL_ALLOW_HEADERS, "*")];
    let answer = page.map_or_else(|| Body::empty().into_response(), |page| file("text/html", page));
    (anyone, answer).into_response()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What came of a body, even when its sender broke off.
async fn beginning(body: Body) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut stream = body.into_data_stream();
    while let Some(Ok(bytes)) = stream.next().await {
        kept.extend_from_slice(&bytes);
        if kept.len() >= MOST_BYTES {
            kept.truncate(MOST_BYTES);
            break;
        }
    }
    kept
}

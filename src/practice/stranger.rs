//! A third origin that belongs to neither portal: it answers whatever comes and keeps what it was
//! sent, so that a test can see whether anything leaked (portals.md §1.3, the origin "evil").

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, REFERER};
use serde::{Deserialize, Serialize};

use super::state::World;

/// A longer body is not kept.
const MOST_BYTES: usize = 1 << 16;

/// One request that reached the third origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// The page it came from, as far as the browser says.
    pub referer: String,
    /// Its body, empty when it is longer than 64 KiB.
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
        body: String::new(),
    };
    if let Ok(bytes) = to_bytes(body, MOST_BYTES).await {
        leak.body = String::from_utf8_lossy(&bytes).into_owned();
    }
    world.lock().leaks.push(leak);
    let anyone = [(ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (ACCESS_CONTROL_ALLOW_HEADERS, "*")];
    (anyone, Body::empty()).into_response()
}

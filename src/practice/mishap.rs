//! What becomes of a request whose fault has come: each kind of `faults`, played around the portal's own answer.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream::{self, StreamExt};
use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use super::codes::CodeError;
use super::faults::{Due, FaultKind};
use super::gate::{closed, cookie, failed, file};
use super::ledger::Portal;
use super::line::Line;
use super::state::{Twist, World};

const GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
/// No answer of a portal is longer.
const MOST_BYTES: usize = 1 << 20;
/// So many drops make a slow answer.
const DROPS: u32 = 20;

/// Plays a fault around one request.
pub(crate) async fn play(due: &Due, world: &World, portal: Portal, request: Request, next: Next) -> Response {
    let fault = &due.fault;
    let strike = || world.strike(due);
    let comes_after = fault.after || fault.kind == FaultKind::ResetAfterCommit;
    if !comes_after {
        strike();
    }
    let path = request.uri().path().to_owned();
    let line = request.extensions().get::<ConnectInfo<Line>>().map(|info| info.0.clone());
    let value = |usual: u64| fault.value.unwrap_or(usual);
    match fault.kind {
        FaultKind::ResetBeforeCommit => return cut(line).await,
        FaultKind::ResetAfterCommit => {
            next.run(request).await;
            strike();
            return cut(line).await;
        }
        FaultKind::Truncate => return truncated(next.run(request).await, fault.value).await,
        FaultKind::SlowDrip => return dripping(next.run(request).await, value(30_000)).await,
        FaultKind::Captive => {
            let elsewhere = world.lock().stranger.clone();
            return Redirect::to(&format!("{elsewhere}/rete")).into_response();
        }
        FaultKind::RedirectLoop => return Redirect::to(&path).into_response(),
        FaultKind::SessionExpired => {
            world.lock().sessions.expire_all();
            return next.run(request).await;
        }
        FaultKind::SecondLogin => {
            world.lock().sessions.replace(cookie(request.headers(), portal.session_cookie()));
            return next.run(request).await;
        }
        FaultKind::SoftError => {
            return twisted(world, Twist { pretends: true, ..Twist::default() }, request, next).await;
        }
        FaultKind::CodeRefused | FaultKind::CodeExpired => {
            let error = if fault.kind == FaultKind::CodeExpired { CodeError::Expired } else { CodeError::Wrong };
            return twisted(world, Twist { code: Some(error), ..Twist::default() }, request, next).await;
        }
        FaultKind::LateSms | FaultKind::OldSms => {
            let old = fault.kind == FaultKind::OldSms;
            let twist = Twist { late: Duration::from_millis(value(2000)), old_message: old, ..Twist::default() };
            return late(world, twist, request, next).await;
        }
        FaultKind::Latency
        | FaultKind::InternalError
        | FaultKind::BadGateway
        | FaultKind::Unavailable
        | FaultKind::Maintenance
        | FaultKind::Hang => {}
    }
    // These may come before or after the request is carried out.
    let (answer, waiting) =
        if fault.after { (Some(next.run(request).await), None) } else { (None, Some((request, next))) };
    if fault.after {
        strike();
    }
    match fault.kind {
        FaultKind::InternalError => failed(&path),
        FaultKind::BadGateway => (StatusCode::BAD_GATEWAY, file("text/html", GATEWAY)).into_response(),
        FaultKind::Unavailable => {
            let mut response = closed(StatusCode::SERVICE_UNAVAILABLE);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(value(3600)));
            response
        }
        FaultKind::Maintenance => closed(StatusCode::OK),
        FaultKind::Hang => never().await,
        _ => {
            tokio::time::sleep(Duration::from_millis(value(1000))).await;
            match (answer, waiting) {
                (Some(answer), _) => answer,
                (None, Some((request, next))) => next.run(request).await,
                (None, None) => never().await,
            }
        }
    }
}

/// Waits until the visitor or the portals go away: either drops this.
async fn never() -> Response {
    std::future::pending().await
}

async fn cut(line: Option<Line>) -> Response {
    if let Some(line) = line {
        line.cut();
    }
    never().await
}

/// Carries the request out while the portal does something otherwise.
async fn twisted(world: &World, twist: Twist, request: Request, next: Next) -> Response {
    world.lock().twist = twist;
    let response = next.run(request).await;
    world.lock().twist = Twist::default();
    response
}

/// Whoever waits for messages is woken when the late one arrives.
async fn late(world: &World, twist: Twist, request: Request, next: Next) -> Response {
    let (late, arrivals) = (twist.late, world.arrivals.clone());
    let response = twisted(world, twist, request, next).await;
    tokio::spawn(async move {
        tokio::time::sleep(late).await;
        arrivals.send_modify(|count| *count += 1);
    });
    response
}

/// The answer announces its whole length and ends before it.
async fn truncated(response: Response, bytes: Option<u64>) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, MOST_BYTES).await else { return never().await };
    let kept = bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(whole.len() / 2).min(whole.len());
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let began = stream::iter([Ok(whole.slice(..kept))]);
    Response::from_parts(head, Body::from_stream(began.chain(broken())))
}

/// The end of a body whose connection breaks. What came before it must be on its way: a browser that has got nothing at all
/// sends the same request again by itself.
pub(crate) fn broken() -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    })
}

async fn dripping(response: Response, milliseconds: u64) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, MOST_BYTES).await else { return never().await };
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let pause = Duration::from_millis(milliseconds) / DROPS;
    let size = whole.len().div_ceil(DROPS as usize).max(1);
    let drops: Vec<Bytes> = whole.chunks(size).map(Bytes::copy_from_slice).collect();
    let slowly = stream::iter(drops).then(move |drop| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, std::io::Error>(drop)
    });
    Response::from_parts(head, Body::from_stream(slowly))
}

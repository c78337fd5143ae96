//! A client of the admin API for whoever needs a one-time code: the phone and the hardware token of
//! the practice accounts, reached over HTTP from another process.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::mailbox::Sms;

/// No answer of the admin API is longer.
const MOST_BYTES: usize = 1 << 20;
/// How much longer than the portals' own wait the client waits.
const GRACE: Duration = Duration::from_secs(5);

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The admin address is not one.
    #[error("`{0}` is not the address of an admin API")]
    Address(String),
    /// Nobody answers there, or not to the end.
    #[error("the practice portals do not answer")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The admin API refuses; its own words.
    #[error("the practice portals refuse: {0}")]
    Refused(String),
    /// The answer is not what this version expects.
    #[error("the practice portals answer in an unknown form")]
    Answer(#[from] serde_json::Error),
    /// The time is over, and no message has come.
    #[error("no message for {user} has arrived within {} s", waited.as_secs())]
    Nothing {
        /// The user asked for.
        user: String,
        /// How long was waited.
        waited: Duration,
    },
}

#[derive(Deserialize)]
struct Messages {
    sms: Vec<Sms>,
}

#[derive(Deserialize)]
struct Pressed {
    code: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// The code of the newest message to `user` that was sent after `after_ms` (milliseconds of the real
/// time); waits until it arrives, at most `wait` (portals.md §1.3, Admin API, `sms`).
///
/// # Errors
///
/// When no such message comes in time, or the admin API does not answer or refuses.
pub async fn latest_code(
    admin: &str,
    token: &str,
    user: &str,
    after_ms: i64,
    wait: Duration,
) -> Result<String, OutboxError> {
    let path = format!("/_/sms?user={}&after={after_ms}&wait={}", encoded(user), wait.as_secs_f64());
    let body = ask(admin, token, Method::GET, &path, wait + GRACE).await?;
    let mut messages: Messages = serde_json::from_slice(&body)?;
    match messages.sms.pop() {
        Some(newest) => Ok(newest.code),
        None => Err(OutboxError::Nothing { user: user.to_owned(), waited: wait }),
    }
}

/// Presses the button of `user`'s hardware token once and reads the code off it
/// (portals.md §1.3, OTP kinds, `hotp`).
///
/// # Errors
///
/// When the user has no such token, or the admin API does not answer or refuses.
pub async fn press_token(admin: &str, token: &str, user: &str) -> Result<String, OutboxError> {
    let path = format!("/_/token?user={}", encoded(user));
    let body = ask(admin, token, Method::POST, &path, GRACE).await?;
    let pressed: Pressed = serde_json::from_slice(&body)?;
    Ok(pressed.code)
}

fn encoded(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> OutboxError {
    OutboxError::Unreachable(Box::new(error))
}

async fn ask(admin: &str, token: &str, method: Method, path: &str, wait: Duration) -> Result<Vec<u8>, OutboxError> {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", admin.trim_end_matches('/')))
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .map_err(|_| OutboxError::Address(admin.to_owned()))?;
    let answer = async {
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let response = client.request(request).await.map_err(unreachable)?;
        let status = response.status();
        let body = to_bytes(Body::new(response.into_body()), MOST_BYTES).await;
        body.map(|body| (status, body)).map_err(unreachable)
    };
    let (status, body) = tokio::time::timeout(wait, answer).await.map_err(unreachable)??;
    if status == StatusCode::OK {
        return Ok(body.to_vec());
    }
    match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => Err(OutboxError::Refused(refusal.error)),
        Err(_) => Err(OutboxError::Refused(status.to_string())),
    }
}

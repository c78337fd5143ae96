//! One request over HTTP: whether it was taken is all that is asked. Redirects are not followed, so that nothing goes
//! anywhere but where the owner said.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use url::Url;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a request was not taken. It names the host and no more: the rest of an address may be a token.
#[derive(Debug, thiserror::Error)]
#[error("{host}: {why}")]
pub(super) struct WebError {
    host: String,
    why: String,
    /// What the host answered, if it did.
    pub(super) status: Option<StatusCode>,
}

/// Sends it, and waits for the answer.
pub(super) async fn send(
    method: Method,
    url: &Url,
    authorization: Option<HeaderValue>,
    json: Option<String>,
) -> Result<(), WebError> {
    let fault = |why: String, status| WebError { host: url.host_str().unwrap_or_default().to_owned(), why, status };
    let mut request = Request::builder().method(method).uri(url.as_str());
    request = request.header(USER_AGENT, concat!("rinnova/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    if json.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let request = request.body(json.unwrap_or_default()).map_err(|error| fault(error.to_string(), None))?;
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(|error| fault(format!("no certificates of authorities are installed: {error}"), None))?
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, String> = Client::builder(TokioExecutor::new()).build(connector);
    let answer = tokio::time::timeout(PATIENCE, client.request(request)).await;
    let answer = answer.map_err(|_| fault(format!("no answer within {} s", PATIENCE.as_secs()), None))?;
    let status = answer.map_err(|error| fault(cause(&error), None))?.status();
    if status.is_success() { Ok(()) } else { Err(fault(format!("it answers {status}"), Some(status))) }
}

/// The innermost cause says most.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}

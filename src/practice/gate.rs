//! The gate: every request to a portal passes here before it is routed, and every answer after.
//!
//! This is the one place for whatever happens to a portal as a whole: slowness, maintenance,
//! failure, the faults that were armed, the portal's clock in `Date`. Nothing behind it knows of these.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::SignedDuration;

use super::clock::{http_date, later};
use super::knobs::Maintenance;
use super::ledger::Portal;
use super::mishap::{broken, play};
use super::random;
use super::state::World;

const CLOSED: &str = include_str!("pages/comune/manutenzione.html");
const FAILED: &str = include_str!("pages/comune/errore.html");
const BANNER: &str = include_str!("pages/comune/banner.js");
const BANNER_STYLE: &str = include_str!("pages/comune/banner.css");

impl Portal {
    /// The cookie of a session. The portals share a host, and cookies do not see ports
    /// (RFC 6265 §8.5): under one name each portal would log the other's visitor out.
    pub(crate) fn session_cookie(self) -> &'static str {
        match self {
            Self::MiaFirma => "SESSIONE_A",
            Self::FirmaRemota => "SESSIONE_B",
        }
    }

    /// The cookie of a visitor who is not logged in, to whom the login form is bound.
    pub(crate) fn visitor_cookie(self) -> &'static str {
        match self {
            Self::MiaFirma => "OSPITE_A",
            Self::FirmaRemota => "OSPITE_B",
        }
    }
}

/// Lets one request through, or answers in the portal's stead.
pub(crate) async fn pass(
    State((world, portal)): State<(Arc<World>, Portal)>,
    request: Request,
    next: Next,
) -> Response {
    let (knobs, due) = {
        let mut state = world.lock();
        let due = state.faults.meet(request.method(), request.uri().path());
        (state.knobs.clone(), due)
    };
    if knobs.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(knobs.latency_ms)).await;
    }
    let path = request.uri().path();
    let fails = !knobs.error_500.is_empty() && path.starts_with(&knobs.error_500);
    let mut response = match knobs.maintenance {
        Maintenance::Unavailable => closed(StatusCode::SERVICE_UNAVAILABLE),
        Maintenance::WithStatus200 => closed(StatusCode::OK),
        Maintenance::Off if fails => failed(path),
        Maintenance::Off => match path {
            "/comune/banner.js" if !knobs.cookie_banner => file("text/javascript", ""),
            "/comune/banner.js" => {
                let ids: Vec<&str> = knobs.drift.on(portal).collect();
                let banner = BANNER.replace("{ritardo}", &knobs.banner_delay_ms.to_string());
                file("text/javascript", banner.replace("{cambiamenti}", &ids.join(",")))
            }
            "/comune/banner.css" => file("text/css", BANNER_STYLE),
            _ => match &due {
                Some(due) => play(due, &world, portal, request, next).await,
                None => next.run(request).await,
            },
        },
    };
    let date = {
        let state = world.lock();
        later(state.clock.now(), SignedDuration::from_secs(state.knobs.date_skew_s))
    };
    let headers = response.headers_mut();
    if let Ok(date) = HeaderValue::from_str(&http_date(date)) {
        headers.insert(DATE, date);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if portal == Portal::MiaFirma {
        headers.insert(
            "content-security-policy",
            HeaderValue::from_static(
                "default-src 'self'; base-uri 'none'; form-action 'self'; \
                 frame-ancestors 'none'; object-src 'none'",
            ),
        );
    }
    response
}

pub(crate) fn closed(status: StatusCode) -> Response {
    let mut response = (status, file("text/html", CLOSED)).into_response();
    if status != StatusCode::OK {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("3600"));
    }
    response
}

pub(crate) fn failed(path: &str) -> Response {
    let number = random::uuid();
    let body = if path.starts_with("/api/") {
        let text = format!("Si è verificato un errore imprevisto. Riprova più tardi. Codice: {number}");
        let body = serde_json::json!({ "errore": "imprevisto", "messaggio": text });
        axum::Json(body).into_response()
    } else {
        file("text/html", FAILED.replace("{codice}", &number))
    };
    (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}

/// An answer of one text file in UTF-8.
pub(crate) fn file(kind: &str, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    if let Ok(kind) = HeaderValue::from_str(&format!("{kind}; charset=utf-8")) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

/// An answer whose connection breaks off after the headers: something was done, and nobody can
/// read what.
pub(crate) fn broken_off(kind: &'static str) -> Response {
    let began = stream::once(async { Ok(Bytes::from_static(b"\n")) });
    let body = Body::from_stream(began.chain(broken()));
    ([(CONTENT_TYPE, kind)], body).into_response()
}

/// The value of one cookie of a request; one that was taken away has none.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

/// The header line that sets a cookie no script can read; an empty value takes it away.
pub(crate) fn set_cookie(name: &str, value: &str) -> String {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}")
}

//! What the API answers with, and whom it answers: the session and the token of the page.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::practice::gate::{cookie, set_cookie};
use crate::practice::ledger::Portal;
use crate::practice::session::{Gone, Session, form_token};
use crate::practice::state::State;

/// The header that brings the page's token back (portals.md §1.3, CSRF).
const TOKEN_HEADER: &str = "x-modulo";
/// The page is one form as far as tokens go.
const FORM: &str = "mia-firma";

/// A refusal: a status, a word for the page, a sentence for its reader.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    word: &'static str,
    text: String,
    /// The cookie is worth nothing any more and is taken away.
    ends_session: bool,
}

pub(super) type Answer = Result<Response, Refused>;

impl Refused {
    pub(super) fn new(status: StatusCode, word: &'static str, text: impl Into<String>) -> Self {
        Self { status, word, text: text.into(), ends_session: false }
    }

    /// The page shows the text beside the form.
    pub(super) fn form(text: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "modulo", text)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "errore": self.word, "messaggio": self.text });
        let mut response = (self.status, Json(body)).into_response();
        if self.ends_session
            && let Ok(taken) = set_cookie(Portal::MiaFirma.session_cookie(), "").parse()
        {
            response.headers_mut().insert(SET_COOKIE, taken);
        }
        response
    }
}

impl From<Gone> for Refused {
    fn from(gone: Gone) -> Self {
        let (word, text) = match gone {
            Gone::Absent => ("accesso", ""),
            Gone::Expired => ("sessione", "Per motivi di sicurezza la sessione è terminata. Accedi di nuovo."),
            Gone::Replaced => (
                "sostituita",
                "La sessione è stata chiusa perché hai effettuato l'accesso da un altro \
                 dispositivo.",
            ),
        };
        Self { ends_session: true, ..Self::new(StatusCode::UNAUTHORIZED, word, text) }
    }
}

/// An answer without content.
pub(super) fn done() -> Response {
    Json(json!({})).into_response()
}

/// The live session of a request that only reads.
pub(super) fn reader<'a>(state: &'a mut State, headers: &HeaderMap) -> Result<&'a mut Session, Refused> {
    let now = state.clock.now();
    let number = cookie(headers, Portal::MiaFirma.session_cookie());
    Ok(state.sessions.touch(Portal::MiaFirma, number, now)?)
}

/// The live session of a request that acts: it must bring the page's token back.
pub(super) fn actor<'a>(state: &'a mut State, headers: &HeaderMap) -> Result<&'a mut Session, Refused> {
    let session = reader(state, headers)?;
    check(headers, &session.form_token(FORM))?;
    Ok(session)
}

/// The user of a request that acts.
pub(super) fn acting_user(state: &mut State, headers: &HeaderMap) -> Result<String, Refused> {
    Ok(actor(state, headers)?.user.clone())
}

/// The user of a request that reads.
pub(super) fn reading_user(state: &mut State, headers: &HeaderMap) -> Result<String, Refused> {
    Ok(reader(state, headers)?.user.clone())
}

/// A visitor without a session must bring back the token bound to his cookie.
pub(super) fn visitor(state: &State, headers: &HeaderMap) -> Result<(), Refused> {
    let number = cookie(headers, Portal::MiaFirma.visitor_cookie()).unwrap_or_default();
    check(headers, &visitor_token(state, number))
}

/// The page's token for a visitor without a session.
pub(super) fn visitor_token(state: &State, number: &str) -> String {
    form_token(&state.guest_secret, number)
}

/// The page's token inside a session.
pub(super) fn session_token(session: &Session) -> String {
    session.form_token(FORM)
}

fn check(headers: &HeaderMap, expected: &str) -> Result<(), Refused> {
    let brought = headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    if brought == Some(expected) {
        return Ok(());
    }
    let text = "Richiesta non valida. Ricarica la pagina.";
    Err(Refused::new(StatusCode::FORBIDDEN, "token", text))
}

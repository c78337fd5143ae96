//! Coming and going on portal B: `Login.do`, `CambioPassword.do`, the recovery of the password.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;
use minijinja::context;
use serde::Deserialize;

use super::page::{Answer, Fields, Turned, page, to};
use crate::practice::gate::{cookie, set_cookie};
use crate::practice::ledger::Portal;
use crate::practice::login::{LoginError, PasswordError};
use crate::practice::random;
use crate::practice::session::form_token;
use crate::practice::state::{State as Portals, World};

const B: Portal = Portal::FirmaRemota;

type Shared = State<Arc<World>>;

/// What a page without a session is asked to say, and the key of a recovery link.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    m: String,
    #[serde(default)]
    chiave: String,
}

/// The sentence behind a word of the address; only these can be made to appear.
fn sentence(word: &str) -> &'static str {
    match word {
        "errate" => "UTENTE O PASSWORD NON VALIDI",
        "bloccata" => "UTENZA BLOCCATA. CONTATTARE L'ASSISTENZA.",
        "scaduta" => "SESSIONE SCADUTA. EFFETTUARE NUOVAMENTE L'ACCESSO.",
        "altrove" => "La sessione è stata chiusa perché hai effettuato l'accesso da un altro dispositivo.",
        "diverse" => "LE PASSWORD NON COINCIDONO",
        "regola" => {
            "LA PASSWORD DEVE ESSERE DI ALMENO 8 CARATTERI E CONTENERE ALMENO UNA LETTERA E UNA \
             CIFRA"
        }
        "usata" => "LA NUOVA PASSWORD DEVE ESSERE DIVERSA DALLE ULTIME 5",
        "collegamento" => "IL COLLEGAMENTO NON È VALIDO O È SCADUTO",
        "modificata" => "PASSWORD MODIFICATA. EFFETTUARE L'ACCESSO.",
        "email" => "INSERIRE L'INDIRIZZO E-MAIL",
        "robot" => "CONFERMARE DI NON ESSERE UN ROBOT",
        "inviata" => "SE L'UTENTE È CORRETTO RICEVERÀ UN'E-MAIL CON LE ISTRUZIONI.",
        _ => "",
    }
}

/// The word of the address for a password that was not taken.
pub(super) fn word(error: PasswordError) -> &'static str {
    match error {
        PasswordError::Refused(LoginError::Locked) => "bloccata",
        PasswordError::Refused(_) => "errate",
        PasswordError::Mismatch => "diverse",
        PasswordError::Rule => "regola",
        PasswordError::Reused => "usata",
        PasswordError::Link => "collegamento",
    }
}

/// The sentence for a password that was not taken.
pub(super) fn password_sentence(error: PasswordError) -> &'static str {
    sentence(word(error))
}

/// A page before the login: its form is bound to the visitor by a cookie.
fn visitor_page(world: &World, headers: &HeaderMap, template: &'static str, title: &str, asked: &Asked) -> Response {
    let state = world.lock();
    let number = cookie(headers, B.visitor_cookie()).map_or_else(random::token, str::to_owned);
    let token = form_token(&state.guest_secret, &number);
    let content = context! { token, messaggio => sentence(&asked.m), chiave => asked.chiave.as_str() };
    let cookies = AppendHeaders([(SET_COOKIE, set_cookie(B.visitor_cookie(), &number))]);
    (cookies, page(world, &state, template, title, false, content)).into_response()
}

/// The fields of a form sent before the login.
fn visitor_form(state: &Portals, headers: &HeaderMap, body: &[u8]) -> Result<Fields, Turned> {
    let fields = Fields::read(body, state.knobs.latin1);
    let number = cookie(headers, B.visitor_cookie()).unwrap_or_default();
    if fields.get("token") == form_token(&state.guest_secret, number) { Ok(fields) } else { Err(Turned::Forged) }
}

pub(super) async fn login_page(State(world): Shared, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    visitor_page(&world, &headers, "accesso.html", "Remote Sign - Accesso", &asked)
}

pub(super) async fn log_in(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = visitor_form(&state, &headers, &body)?;
    Ok(match state.login(B, fields.get("userid"), fields.get("pwd")) {
        Ok(number) => {
            let cookies = AppendHeaders([(SET_COOKIE, set_cookie(B.session_cookie(), &number))]);
            (cookies, to("Home.do")).into_response()
        }
        Err(LoginError::Wrong { .. }) => to("Login.do?m=errate"),
        Err(LoginError::Locked) => to("Login.do?m=bloccata"),
        Err(LoginError::PasswordExpired) => to("CambioPassword.do"),
    })
}

pub(super) async fn log_out(State(world): Shared, headers: HeaderMap) -> Response {
    world.lock().sessions.close(cookie(&headers, B.session_cookie()));
    let cookies = AppendHeaders([(SET_COOKIE, set_cookie(B.session_cookie(), ""))]);
    (cookies, to("Login.do")).into_response()
}

pub(super) async fn expired_page(State(world): Shared, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let title = "Remote Sign - Password scaduta";
    visitor_page(&world, &headers, "cambio-password.html", title, &asked)
}

pub(super) async fn change_expired(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = visitor_form(&state, &headers, &body)?;
    let [user, old, new, again] = ["userid", "vecchia", "nuova", "nuova2"].map(|name| fields.get(name));
    Ok(match state.change_password(B, user, old, new, again) {
        Ok(()) => to("Login.do?m=modificata"),
        Err(error) => to(&format!("CambioPassword.do?m={}", word(error))),
    })
}

pub(super) async fn recovery_page(State(world): Shared, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let title = "Remote Sign - Recupero password";
    visitor_page(&world, &headers, "recupero.html", title, &asked)
}

pub(super) async fn begin_recovery(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = visitor_form(&state, &headers, &body)?;
    state.begin_recovery(B, fields.get("userid"));
    Ok(to("RecuperoPassword.do?m=inviata"))
}

pub(super) async fn new_password_page(
    State(world): Shared,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let title = "Remote Sign - Nuova password";
    visitor_page(&world, &headers, "nuova-password.html", title, &asked)
}

pub(super) async fn finish_recovery(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = visitor_form(&state, &headers, &body)?;
    let key: String = fields.get("chiave").chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(match state.finish_recovery(B, &key, fields.get("nuova"), fields.get("nuova2")) {
        Ok(()) => to("Login.do?m=modificata"),
        Err(error) => to(&format!("NuovaPassword.do?chiave={key}&m={}", word(error))),
    })
}

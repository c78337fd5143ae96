//! Coming and going on portal A: `/#/login`, `/#/cambio-password`, `/#/recupero-password`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Refused, actor, done, reader, session_token, visitor, visitor_token};
use crate::practice::gate::{cookie, set_cookie};
use crate::practice::ledger::Portal;
use crate::practice::login::{LoginError, PasswordError};
use crate::practice::random;
use crate::practice::state::World;

const A: Portal = Portal::MiaFirma;

type Shared = State<Arc<World>>;

/// Who the visitor is, and the token his page must bring back.
pub(super) async fn session(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let mut body = json!({ "utente": null, "token": "", "id_casuali": state.knobs.random_ids });
    let variant = state.tell_changes(&headers, &mut body);
    let mut cookies: Vec<_> = variant.map(|(name, value)| (SET_COOKIE, set_cookie(name, value))).into_iter().collect();
    if cookie(&headers, A.session_cookie()).is_some() {
        let session = reader(&mut state, &headers)?;
        body["utente"] = json!(session.user);
        body["token"] = json!(session_token(session));
        return Ok((AppendHeaders(cookies), Json(body)).into_response());
    }
    let number = cookie(&headers, A.visitor_cookie()).map_or_else(random::token, str::to_owned);
    body["token"] = json!(visitor_token(&state, &number));
    cookies.push((SET_COOKIE, set_cookie(A.visitor_cookie(), &number)));
    Ok((AppendHeaders(cookies), Json(body)).into_response())
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    utente: String,
    password: String,
}

pub(super) async fn log_in(State(world): Shared, headers: HeaderMap, Json(credentials): Json<Credentials>) -> Answer {
    let mut state = world.lock();
    visitor(&state, &headers)?;
    let user = state.typed_user(&credentials.utente)?;
    let number = state.login(A, &user, &credentials.password).map_err(login_refused)?;
    let now = state.clock.now();
    let token = session_token(state.sessions.touch(A, Some(&number), now)?);
    let cookies = AppendHeaders([(SET_COOKIE, set_cookie(A.session_cookie(), &number))]);
    Ok((cookies, Json(json!({ "token": token }))).into_response())
}

fn login_refused(error: LoginError) -> Refused {
    match error {
        LoginError::Wrong { left } => Refused::new(
            StatusCode::UNAUTHORIZED,
            "credenziali",
            format!("User ID o password non corretti. Tentativi rimasti: {left}"),
        ),
        LoginError::Locked => Refused::new(
            StatusCode::LOCKED,
            "bloccata",
            "Utenza bloccata per troppi tentativi errati. Per sbloccarla utilizza la funzione \
             \"Ho dimenticato la password\".",
        ),
        LoginError::PasswordExpired => Refused::new(StatusCode::CONFLICT, "password-scaduta", ""),
    }
}

pub(super) async fn log_out(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    actor(&mut state, &headers)?;
    state.sessions.close(cookie(&headers, A.session_cookie()));
    let cookies = AppendHeaders([(SET_COOKIE, set_cookie(A.session_cookie(), ""))]);
    Ok((cookies, Json(json!({}))).into_response())
}

#[derive(Deserialize)]
pub(super) struct PasswordChange {
    utente: String,
    attuale: String,
    nuova: String,
    conferma: String,
}

pub(super) async fn change_password(
    State(world): Shared,
    headers: HeaderMap,
    Json(change): Json<PasswordChange>,
) -> Answer {
    let mut state = world.lock();
    visitor(&state, &headers)?;
    state.password_rule(&change.nuova)?;
    let user = state.typed_user(&change.utente)?;
    state.change_password(A, &user, &change.attuale, &change.nuova, &change.conferma).map_err(password_refused)?;
    Ok(done())
}

fn password_refused(error: PasswordError) -> Refused {
    Refused::form(match error {
        PasswordError::Refused(error) => return login_refused(error),
        PasswordError::Mismatch => "Le password non coincidono",
        PasswordError::Rule => {
            "La password deve contenere almeno 8 caratteri, maiuscole e minuscole, un numero e un \
             carattere speciale (& % ! \" ( ) ? ^ + [ ] . , _) e non più di due caratteri identici \
             consecutivi."
        }
        PasswordError::Reused => "La nuova password deve essere diversa dalle ultime 5",
        PasswordError::Link => "Il collegamento non è valido o è scaduto.",
    })
}

#[derive(Deserialize)]
pub(super) struct Who {
    utente: String,
}

pub(super) async fn begin_recovery(State(world): Shared, headers: HeaderMap, Json(who): Json<Who>) -> Answer {
    let mut state = world.lock();
    visitor(&state, &headers)?;
    let user = state.typed_user(&who.utente)?;
    state.begin_recovery(A, &user);
    Ok(done())
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    chiave: String,
    nuova: String,
    conferma: String,
}

pub(super) async fn finish_recovery(State(world): Shared, headers: HeaderMap, Json(new): Json<NewPassword>) -> Answer {
    let mut state = world.lock();
    visitor(&state, &headers)?;
    state.password_rule(&new.nuova)?;
    state.finish_recovery(A, &new.chiave, &new.nuova, &new.conferma).map_err(password_refused)?;
    Ok(done())
}

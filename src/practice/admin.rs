//! The operator's side (portals.md §1.3, Admin API): its own port, a bearer token, never reachable
//! from a page.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::changes::Played;
use super::faults::Fault;
use super::mailbox::Sms;
use super::state::World;

/// The longest wait for a message that one request may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

type Shared = State<Arc<World>>;

pub(crate) fn router(world: &Arc<World>) -> Router {
    Router::new()
        .route("/_/reset", post(reset))
        .route("/_/clock", get(clock).post(set_clock))
        .route("/_/accounts", get(accounts))
        .route("/_/sms", get(sms))
        .route("/_/mail", get(mail))
        .route("/_/token", get(press).post(press))
        .route("/_/push/approve", post(approve))
        .route("/_/sessions/expire", post(expire))
        .route("/_/ledger", get(ledger))
        .route("/_/leaks", get(leaks))
        .route("/_/knobs", get(knobs).post(turn))
        .route("/_/faults", get(faults).post(arm))
        .route("/_/drift", get(drift).post(change))
        .layer(from_fn_with_state(world.clone(), authorised))
        .with_state(world.clone())
}

async fn authorised(State(world): Shared, request: Request, next: Next) -> Response {
    let expected = format!("Bearer {}", world.admin_token);
    let brought = request.headers().get(AUTHORIZATION);
    if brought.is_some_and(|value| value.as_bytes() == expected.as_bytes()) {
        next.run(request).await
    } else {
        refused(StatusCode::UNAUTHORIZED, "the bearer token of this start is needed")
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

async fn reset(State(world): Shared) -> Json<Value> {
    world.lock().reset();
    Json(json!({}))
}

async fn clock(State(world): Shared) -> Json<Value> {
    Json(json!({ "now": world.lock().clock.now() }))
}

#[derive(Deserialize)]
struct Moment {
    now: Timestamp,
}

async fn set_clock(State(world): Shared, Json(moment): Json<Moment>) -> Json<Value> {
    world.lock().clock.set(moment.now);
    Json(json!({ "now": moment.now }))
}

async fn accounts(State(world): Shared) -> Json<Value> {
    Json(json!({ "accounts": world.lock().summaries() }))
}

#[derive(Deserialize)]
struct MessageQuery {
    user: String,
    /// Milliseconds of the real time; only messages sent later are wanted.
    #[serde(default)]
    after: i64,
    /// Seconds to wait for the first one.
    #[serde(default)]
    wait: f64,
}

async fn sms(State(world): Shared, Query(query): Query<MessageQuery>) -> Response {
    if world.lock().account(&query.user).is_none() {
        return unknown(&query.user);
    }
    let wait = Duration::try_from_secs_f64(query.wait).unwrap_or_default().min(LONGEST_WAIT);
    let found = newer_than(&world, &query.user, query.after, wait).await;
    Json(json!({ "sms": found })).into_response()
}

/// The messages to a user that were sent after a moment and have arrived; waits for the first one.
async fn newer_than(world: &World, user: &str, after: i64, wait: Duration) -> Vec<Sms> {
    let deadline = tokio::time::Instant::now() + wait;
    let (mut arrivals, mut closing) = (world.arrivals.subscribe(), world.closing.subscribe());
    loop {
        arrivals.mark_unchanged();
        let found: Vec<Sms> = {
            let state = world.lock();
            let theirs =
                state.sms.iter().filter(|sms| sms.user.eq_ignore_ascii_case(user.trim()) && sms.sent_ms > after);
            theirs.filter(|sms| sms.is_there()).cloned().collect()
        };
        if !found.is_empty() {
            return found;
        }
        tokio::select! {
            arrived = arrivals.changed() => if arrived.is_err() { return found },
            _ = closing.wait_for(|closing| *closing) => return found,
            () = tokio::time::sleep_until(deadline) => return found,
        }
    }
}

#[derive(Deserialize)]
struct UserQuery {
    user: String,
}

fn unknown(user: &str) -> Response {
    refused(StatusCode::NOT_FOUND, &format!("no practice account is called {user}"))
}

async fn mail(State(world): Shared, Query(query): Query<UserQuery>) -> Response {
    let state = world.lock();
    if state.account(&query.user).is_none() {
        return unknown(&query.user);
    }
    Json(json!({ "mail": state.mailbox(&query.user) })).into_response()
}

async fn press(State(world): Shared, Query(query): Query<UserQuery>) -> Response {
    let mut state = world.lock();
    let Some(account) = state.account_mut(&query.user) else {
        return unknown(&query.user);
    };
    match account.otp.press() {
        Some(code) => Json(json!({ "code": code })).into_response(),
        None => refused(StatusCode::CONFLICT, "this account has no hardware token"),
    }
}

async fn approve(State(world): Shared, Query(query): Query<UserQuery>) -> Response {
    let mut state = world.lock();
    let Some(account) = state.account_mut(&query.user) else {
        return unknown(&query.user);
    };
    if account.otp.approve() {
        Json(json!({})).into_response()
    } else {
        refused(StatusCode::CONFLICT, "nothing waits for approval")
    }
}

async fn expire(State(world): Shared) -> Json<Value> {
    world.lock().sessions.expire_all();
    Json(json!({}))
}

async fn ledger(State(world): Shared) -> Json<Value> {
    Json(json!({ "ledger": world.lock().ledger.effects() }))
}

async fn leaks(State(world): Shared) -> Json<Value> {
    Json(json!({ "leaks": world.lock().leaks }))
}

async fn faults(State(world): Shared) -> Json<Value> {
    Json(json!({ "faults": world.lock().faults.armed() }))
}

async fn arm(State(world): Shared, Json(wanted): Json<Value>) -> Response {
    let armed = serde_json::from_value::<Vec<Fault>>(wanted).map_err(|error| error.to_string());
    let mut state = world.lock();
    match armed.and_then(|wanted| state.faults.arm(wanted).map_err(|error| error.to_string())) {
        Ok(()) => Json(json!({ "faults": state.faults.armed() })).into_response(),
        Err(why) => refused(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}

async fn drift(State(world): Shared) -> Json<Value> {
    Json(json!({ "drift": world.lock().knobs.drift }))
}

async fn change(State(world): Shared, Json(wanted): Json<Value>) -> Response {
    match serde_json::from_value::<Played>(wanted) {
        Ok(played) => {
            world.lock().knobs.drift = played.clone();
            Json(json!({ "drift": played })).into_response()
        }
        Err(why) => refused(StatusCode::UNPROCESSABLE_ENTITY, &why.to_string()),
    }
}

async fn knobs(State(world): Shared) -> Json<Value> {
    Json(json!(world.lock().knobs))
}

async fn turn(State(world): Shared, Json(changes): Json<Value>) -> Response {
    let mut state = world.lock();
    match state.knobs.turned(&changes) {
        Ok(knobs) => {
            state.knobs = knobs;
            Json(json!(state.knobs)).into_response()
        }
        Err(error) => refused(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

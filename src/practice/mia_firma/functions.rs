//! What portal A offers besides the renewal: home, the certificate page, and the functions a
//! renewal must never touch (portals.md §1.4, the decoys).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Refused, acting_user, done, reading_user};
use super::renewal::{pin_refused, pin_rule};
use crate::practice::accounts::{Account, FISCAL_CODE};
use crate::practice::certificate::Status;
use crate::practice::clock::italian;
use crate::practice::ledger::{EffectKind, Portal};
use crate::practice::state::{State as Portals, World};

const A: Portal = Portal::MiaFirma;

type Shared = State<Arc<World>>;

/// The account of a session; it goes only when the accounts are made anew, and the session with it.
pub(super) fn account<'a>(state: &'a Portals, user: &str) -> Result<&'a Account, Refused> {
    state.account(user).ok_or_else(|| Refused::from(crate::practice::session::Gone::Expired))
}

/// `/#/home`: the bar and the tile of the renewal only inside the window (portals.md §1.1, IC2).
pub(super) async fn home(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = reading_user(&mut state, &headers)?;
    let today = state.clock.today();
    let certificate = &account(&state, &user)?.certificate;
    let offered = certificate.in_window(today) && certificate.status(today) == Status::Active;
    let days = offered.then(|| certificate.days_left(today));
    Ok(Json(json!({ "nome": state.holder(false), "giorni": days })).into_response())
}

/// `/#/certificato`: the page that proves what is in force.
pub(super) async fn certificate(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = reading_user(&mut state, &headers)?;
    let (today, silent) = (state.clock.today(), state.knobs.silent);
    let account = account(&state, &user)?;
    let certificate = &account.certificate;
    let mut rows = vec![
        ("Stato", certificate.status(today).shown().to_owned()),
        ("Titolare", state.holder(true).to_owned()),
        ("Codice fiscale", FISCAL_CODE.to_owned()),
        ("IUT", certificate.iut.clone()),
        ("Data di attivazione", state.dated(italian(certificate.from), false)),
        ("Data di scadenza", state.dated(italian(certificate.to), false)),
    ];
    if !silent {
        let pin = if account.pin_locked() { "Bloccato" } else { "Attivo" };
        rows.push(("PIN", pin.to_owned()));
        rows.push(("Rinnovo", state.dated(certificate.evidence(today), false)));
    }
    Ok(Json(json!({ "righe": rows })).into_response())
}

#[derive(Deserialize)]
pub(super) struct PinChange {
    attuale: String,
    nuovo: String,
    conferma: String,
}

pub(super) async fn change_pin(State(world): Shared, headers: HeaderMap, Json(change): Json<PinChange>) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    pin_rule(&change.nuovo, &change.conferma)?;
    state.check_pin(&user, &change.attuale).map_err(pin_refused)?;
    if let Some(account) = state.account_mut(&user) {
        account.pin.clone_from(&change.nuovo);
    }
    state.note_decoy(A, &user, EffectKind::PinCambiato, "dalla funzione PIN di firma");
    Ok(done())
}

pub(super) async fn suspend(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    if let Some(account) = state.account_mut(&user) {
        account.certificate.suspended = true;
    }
    state.note_decoy(A, &user, EffectKind::Sospensione, "");
    Ok(done())
}

pub(super) async fn revoke(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    if let Some(account) = state.account_mut(&user) {
        account.certificate.revoked = true;
    }
    state.note_decoy(A, &user, EffectKind::Revoca, "");
    Ok(done())
}

pub(super) async fn request_certificate(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    state.note_decoy(A, &user, EffectKind::RichiestaCertificato, "a pagamento");
    Ok(done())
}

pub(super) async fn pay(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    state.note_decoy(A, &user, EffectKind::Pagamento, "36,00 euro");
    Ok(done())
}

pub(super) async fn device(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = reading_user(&mut state, &headers)?;
    let way = account(&state, &user)?.otp.device.name();
    Ok(Json(json!({ "metodo": way })).into_response())
}

#[derive(Deserialize)]
pub(super) struct Device {
    metodo: String,
}

/// The wish is entered and confirmed by the phone's old number, which here never happens.
pub(super) async fn change_device(State(world): Shared, headers: HeaderMap, Json(device): Json<Device>) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    let way = if device.metodo == "app" { "app" } else { "sms" };
    state.note_decoy(A, &user, EffectKind::DispositivoCambiato, way);
    Ok(done())
}

pub(super) async fn report(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = reading_user(&mut state, &headers)?;
    let account = account(&state, &user)?;
    let body = json!({ "attivo": account.report_by_mail, "email": account.email });
    Ok(Json(body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Report {
    attivo: bool,
    email: String,
}

pub(super) async fn change_report(State(world): Shared, headers: HeaderMap, Json(report): Json<Report>) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    if let Some(account) = state.account_mut(&user) {
        account.report_by_mail = report.attivo;
        account.email = report.email;
    }
    state.note_decoy(A, &user, EffectKind::InvioEmailCambiato, "report");
    Ok(done())
}

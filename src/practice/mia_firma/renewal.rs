//! The renewal on portal A: the page `/#/rinnovo` and the four panels of its dialog (portals.md §1.4).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Refused, acting_user, actor, done, reading_user};
use super::functions::account;
use crate::practice::accounts::Account;
use crate::practice::certificate::{Renewability, Renewal};
use crate::practice::clock::italian;
use crate::practice::codes::{CodeError, RESEND, SendError, VALID};
use crate::practice::gate::broken_off;
use crate::practice::ledger::{EffectKind, Portal};
use crate::practice::renewal::{PinError, Refusal};
use crate::practice::session::Operation;
use crate::practice::state::{State as Portals, World};

const A: Portal = Portal::MiaFirma;
const PIN_DIGITS: usize = 8;
const RENEWED: &str = "✔ Il tuo certificato di Firma Remota è stato rinnovato";
const NOT_RUNNING: &str = "L'operazione non è in corso. Riprova dall'inizio.";

type Shared = State<Arc<World>>;

/// The state of the page `/#/rinnovo`: its word, and the sentence that stands for the button.
fn standing(able: Renewability) -> (&'static str, String) {
    match able {
        Renewability::Renewable => ("rinnovabile", String::new()),
        Renewability::InProgress => ("in_corso", "Hai un rinnovo da completare".to_owned()),
        Renewability::NotYet { from } => (
            "non_rinnovabile",
            format!("Il certificato non è al momento rinnovabile. Potrai rinnovarlo a partire dal {}.", italian(from)),
        ),
        Renewability::TooLate { last } => (
            "fuori_termine",
            format!("Il termine per il rinnovo è scaduto il {}. Richiedi un nuovo certificato.", italian(last)),
        ),
        Renewability::Expired => (
            "scaduto",
            "Il certificato è scaduto e non può essere rinnovato. Richiedi un nuovo certificato.".to_owned(),
        ),
        Renewability::Suspended => ("sospeso", "Il certificato è sospeso e non può essere rinnovato.".to_owned()),
        Renewability::Revoked => (
            "revocato",
            "Il certificato è revocato e non può essere rinnovato. Richiedi un nuovo certificato.".to_owned(),
        ),
        Renewability::AlreadyRenewed { on } => {
            ("gia_rinnovato", format!("Il certificato è già stato rinnovato il {}.", italian(on)))
        }
        Renewability::UsedUp => (
            "non_piu_rinnovabile",
            "Il certificato è già stato rinnovato una volta e non può essere rinnovato di nuovo. \
             Richiedi un nuovo certificato."
                .to_owned(),
        ),
        Renewability::DataChanged => (
            "dati_variati",
            "Le tue informazioni personali risultano variate: non è possibile rinnovare il \
             certificato. Richiedi un nuovo certificato."
                .to_owned(),
        ),
    }
}

pub(super) async fn overview(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = reading_user(&mut state, &headers)?;
    let today = state.clock.today();
    let account = account(&state, &user)?;
    let (name, text) = standing(account.certificate.renewability(today));
    Ok(Json(json!({
        "stato": name,
        "testo": state.dated(text, true),
        "titolare": state.holder(true),
        "iut": account.certificate.iut,
        "scadenza": state.dated(italian(account.certificate.to), true),
        "coupon": account.coupon.is_some(),
        "codice": code_panel(account),
        "campo_pin": state.knobs.pin_field,
        "campo_nuovo_pin": state.knobs.new_pin_field,
        "nuovo_consenso": state.knobs.new_consent || state.plays("D13"),
        "senza_pin": state.plays("E3"),
    }))
    .into_response())
}

#[derive(Deserialize)]
pub(super) struct Consent {
    condizioni: bool,
    dati: bool,
    #[serde(default)]
    conservazione: bool,
    #[serde(default)]
    trappola: String,
    pin: String,
}

/// Panel 1: consents and PIN; the first message goes out when they are accepted.
pub(super) async fn consent(State(world): Shared, headers: HeaderMap, Json(consent): Json<Consent>) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    state.may_sign(&user).map_err(refusal)?;
    state.trapped(&user, &consent.trappola)?;
    let one_more = state.knobs.new_consent || state.plays("D13");
    let all = consent.condizioni && consent.dati && (consent.conservazione || !one_more);
    if !all {
        return Err(Refused::form("Per proseguire è necessario accettare tutti i consensi"));
    }
    if !state.plays("E3") {
        eight_digits(&consent.pin)?;
        state.check_pin(&user, &consent.pin).map_err(pin_refused)?;
    }
    state.send_code(&user, false).map_err(send_refused)?;
    actor(&mut state, &headers)?.operation = Operation::Signing;
    Ok(Json(code_panel(account(&state, &user)?)).into_response())
}

/// What the panels 2 and 4 must know to ask for a code.
fn code_panel(account: &Account) -> Value {
    json!({
        "metodo": account.otp.device.name(),
        "cifre": account.otp.device.digits(),
        "telefono": "***** 0001",
        "valido_s": VALID.as_secs(),
        "reinvio_s": RESEND.as_secs(),
    })
}

/// «Invia nuovo OTP», in panel 2 or 4.
pub(super) async fn send_again(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let session = actor(&mut state, &headers)?;
    let user = session.user.clone();
    if session.operation == Operation::None {
        return Err(not_running());
    }
    state.send_code(&user, true).map_err(send_refused)?;
    Ok(Json(code_panel(account(&state, &user)?)).into_response())
}

#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    codice: String,
}

/// Panel 2: the first point of no return.
pub(super) async fn sign(State(world): Shared, headers: HeaderMap, Json(code): Json<Code>) -> Answer {
    let mut state = world.lock();
    let session = actor(&mut state, &headers)?;
    let user = session.user.clone();
    if session.operation != Operation::Signing {
        return Err(not_running());
    }
    state.may_sign(&user).map_err(refusal)?;
    take_code(&mut state, &headers, &user, &code.codice, "firma della richiesta")?;
    state.sign_request(&user).map_err(refusal)?;
    state.ask_for_coupon(&user);
    actor(&mut state, &headers)?.operation = Operation::None;
    Ok(done())
}

#[derive(Deserialize)]
pub(super) struct Coupon {
    coupon: String,
}

/// The field «Codice Coupon», between the first code and the new PIN.
pub(super) async fn redeem(State(world): Shared, headers: HeaderMap, Json(coupon): Json<Coupon>) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    let wanted = account(&state, &user)?.coupon.clone();
    if wanted.is_none_or(|wanted| !wanted.eq_ignore_ascii_case(coupon.coupon.trim())) {
        return Err(Refused::form("Coupon non valido o già utilizzato"));
    }
    if let Some(account) = state.account_mut(&user) {
        account.coupon = None;
    }
    state.note(A, &user, EffectKind::CouponUsato, "");
    Ok(done())
}

#[derive(Deserialize)]
pub(super) struct NewPin {
    pin: String,
    conferma: String,
}

/// Panel 3: the new PIN; the second message goes out when it is accepted.
pub(super) async fn choose_pin(State(world): Shared, headers: HeaderMap, Json(new): Json<NewPin>) -> Answer {
    let mut state = world.lock();
    let user = acting_user(&mut state, &headers)?;
    let holder = account(&state, &user)?;
    if holder.certificate.renewal != Renewal::RequestSigned {
        return Err(not_running());
    }
    if holder.coupon.is_some() {
        return Err(Refused::form("Coupon non valido o già utilizzato"));
    }
    pin_rule(&new.pin, &new.conferma)?;
    state.send_code(&user, false).map_err(send_refused)?;
    actor(&mut state, &headers)?.operation = Operation::Activating { new_pin: new.pin };
    Ok(Json(code_panel(account(&state, &user)?)).into_response())
}

/// Panel 4: the second point of no return.
pub(super) async fn activate(State(world): Shared, headers: HeaderMap, Json(code): Json<Code>) -> Answer {
    let mut state = world.lock();
    let session = actor(&mut state, &headers)?;
    let user = session.user.clone();
    let Operation::Activating { new_pin } = session.operation.clone() else {
        return Err(not_running());
    };
    take_code(&mut state, &headers, &user, &code.codice, "attivazione")?;
    state.issue_or_pretend(&user, &new_pin).ok_or_else(not_running)?;
    actor(&mut state, &headers)?.operation = Operation::None;
    if state.knobs.result_lost {
        return Ok(broken_off("application/json"));
    }
    Ok(done())
}

/// «Annulla»: what has been signed stays signed.
pub(super) async fn cancel(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    actor(&mut state, &headers)?.operation = Operation::None;
    Ok(done())
}

/// `/#/rinnovo/esito`.
pub(super) async fn result(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = reading_user(&mut state, &headers)?;
    let today = state.clock.today();
    let certificate = &account(&state, &user)?.certificate;
    let renewed = matches!(certificate.renewability(today), Renewability::AlreadyRenewed { .. })
        || certificate.renewal == Renewal::Issued(today)
        || state.deceived.contains(&user);
    let words = &state.knobs.success_text;
    let text = if words.is_empty() { state.success(RENEWED) } else { words };
    let expires = state.dated(italian(certificate.to), true);
    Ok(Json(json!({ "rinnovato": renewed, "testo": text, "scadenza": expires })).into_response())
}

fn take_code(state: &mut Portals, headers: &HeaderMap, user: &str, code: &str, purpose: &str) -> Result<(), Refused> {
    let Err(error) = state.take_code(user, code, purpose) else {
        return Ok(());
    };
    if error == CodeError::Blocked {
        actor(state, headers)?.operation = Operation::None;
    }
    Err(match error {
        CodeError::NotRequested | CodeError::Expired => Refused::form("Codice OTP scaduto. Richiedi un nuovo codice."),
        CodeError::NotApproved => Refused::form("L'operazione non è ancora stata approvata."),
        CodeError::Wrong => Refused::form("Codice OTP errato"),
        CodeError::AlreadyUsed => Refused::form("Codice OTP già utilizzato"),
        CodeError::Blocked => blocked(),
    })
}

fn blocked() -> Refused {
    Refused::new(
        StatusCode::LOCKED,
        "annullata",
        "Numero massimo di tentativi raggiunto. L'operazione è stata annullata.",
    )
}

fn not_running() -> Refused {
    Refused::new(StatusCode::CONFLICT, "modulo", NOT_RUNNING)
}

fn refusal(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::NotRenewable(able) => Refused::form(standing(able).1),
        Refusal::AlreadySigned => Refused::new(StatusCode::CONFLICT, "modulo", "Hai un rinnovo da completare"),
    }
}

fn send_refused(error: SendError) -> Refused {
    match error {
        SendError::Blocked => blocked(),
        SendError::TooSoon(seconds) => Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            "modulo",
            format!("Potrai richiedere un nuovo codice tra {seconds} secondi."),
        ),
        SendError::TooMany => Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            "modulo",
            "Hai richiesto troppi codici OTP. Riprova tra qualche minuto.",
        ),
    }
}

/// The texts for a wrong PIN (portals.md §1.4, panel 1).
pub(super) fn pin_refused(error: PinError) -> Refused {
    match error {
        PinError::Wrong { left } => Refused::form(format!("PIN di firma errato. Tentativi rimasti: {left}")),
        PinError::Locked => {
            Refused::new(StatusCode::LOCKED, "pin-bloccato", "PIN bloccato. Richiedi un nuovo certificato.")
        }
    }
}

fn eight_digits(pin: &str) -> Result<(), Refused> {
    if pin.len() == PIN_DIGITS && pin.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Refused::form("Il PIN deve essere composto da 8 cifre"))
    }
}

/// The rules for a new PIN (portals.md §1.4, panel 3).
pub(super) fn pin_rule(pin: &str, again: &str) -> Result<(), Refused> {
    eight_digits(pin)?;
    if pin.as_bytes().windows(4).any(|four| four.iter().all(|digit| *digit == four[0])) {
        return Err(Refused::form("Il PIN non può contenere più di 3 cifre uguali consecutive"));
    }
    if pin != again {
        return Err(Refused::form("I PIN inseriti non coincidono"));
    }
    Ok(())
}

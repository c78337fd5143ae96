//! The renewal on portal B: two forms, two codes, two posts that answer at once (portals.md §1.5).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use minijinja::context;

use super::changes::played;
use super::page::{Answer, Fields, Turned, enter, enter_with_form, page, to};
use crate::practice::accounts::{Account, FISCAL_CODE};
use crate::practice::certificate::Renewability;
use crate::practice::clock::italian;
use crate::practice::codes::CodeError;
use crate::practice::gate::broken_off;
use crate::practice::renewal::{NothingSigned, PinError, Refusal};
use crate::practice::session::Gone;
use crate::practice::state::{State as Portals, World};

const REQUEST: &str = "RinnovoFirmaRemota.do";
const COMPLETION: &str = "Esito.do";
const PIN_LEAST: usize = 8;

const NOT_ASKED: &str = "OTP NON RICHIESTO";
const WRONG_CODE: &str = "OTP ERRATO O SCADUTO";
const TOO_MANY: &str = "NUMERO MASSIMO DI TENTATIVI RAGGIUNTO. OPERAZIONE ANNULLATA.";
const WRONG_PIN: &str = "PIN ERRATO";
const PIN_LOCKED: &str = "PIN BLOCCATO. RICHIEDERE UN NUOVO CERTIFICATO";
const PIN_RULE: &str = "IL PIN DEVE ESSERE NUMERICO DI ALMENO 8 CIFRE";
const PIN_RULE_EXACT: &str = "IL PIN DEVE ESSERE DI ESATTAMENTE 8 CIFRE";
const PINS_DIFFER: &str = "I PIN NON COINCIDONO";
const NO_CONSENT: &str = "È NECESSARIO ACCETTARE LA CONSERVAZIONE DEI DATI";
const WRONG_DATA: &str = "CODICE FISCALE O IUT NON CORRETTI";
const OTHER_SUCCESS: &str = "OPERAZIONE CONCLUSA CORRETTAMENTE";
const ALREADY_SIGNED: &str = "RICHIESTA GIÀ FIRMATA: COMPLETARE IL RINNOVO";

type Shared = State<Arc<World>>;

/// The account of a session; it goes only when the accounts are made anew, and the session with it.
pub(super) fn account<'a>(state: &'a Portals, user: &str) -> Result<&'a Account, Turned> {
    state.account(user).ok_or(Turned::Away(Gone::Expired))
}

/// Why the first form is not shown.
fn refusal(able: Renewability) -> &'static str {
    match able {
        Renewability::Renewable | Renewability::InProgress => "",
        Renewability::NotYet { .. } | Renewability::AlreadyRenewed { .. } => {
            "RINNOVO NON CONSENTITO: IL CERTIFICATO NON È IN SCADENZA"
        }
        Renewability::TooLate { .. } => "RINNOVO NON CONSENTITO: TERMINE PER IL RINNOVO SCADUTO",
        Renewability::Expired => "CERTIFICATO SCADUTO: RICHIEDERE UN NUOVO CERTIFICATO",
        Renewability::Suspended => "RINNOVO NON CONSENTITO: CERTIFICATO SOSPESO",
        Renewability::Revoked => "RINNOVO NON CONSENTITO: CERTIFICATO REVOCATO",
        Renewability::UsedUp => "RINNOVO NON CONSENTITO: IL CERTIFICATO È GIÀ STATO RINNOVATO UNA VOLTA",
        Renewability::DataChanged => "RINNOVO NON CONSENTITO: DATI PERSONALI VARIATI. RICHIEDERE UN NUOVO CERTIFICATO",
    }
}

/// The first form, or the second one when a request is signed already.
pub(super) async fn request_page(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let session = enter(&mut state, &headers)?;
    let (user, token) = (session.user.clone(), session.form_token(REQUEST));
    let today = state.clock.today();
    match account(&state, &user)?.certificate.renewability(today) {
        Renewability::Renewable => request_form(&world, &state, &user, &token, ""),
        Renewability::InProgress => Ok(to("RinnovoCompleta.do")),
        other => Ok(refused(&world, &state, refusal(other))),
    }
}

fn refused(world: &World, state: &Portals, text: &str) -> Response {
    let content = context! { titolo => "RINNOVO FIRMA REMOTA", messaggio => text };
    page(world, state, "messaggio.html", "Remote Sign - Rinnovo", true, content)
}

fn request_form(world: &World, state: &Portals, user: &str, token: &str, error: &str) -> Answer {
    let certificate = &account(state, user)?.certificate;
    let content = context! {
        token,
        errore => error,
        codice_fiscale => FISCAL_CODE,
        iut => certificate.iut.as_str(),
        scadenza => italian(certificate.to),
        campo_pin => state.knobs.pin_field.attributes(),
        nuovo_consenso => asks_consent(state),
    };
    Ok(page(world, state, "richiesta.html", "Remote Sign - Rinnovo", true, content))
}

/// «Firma Richiesta»: the first point of no return, answered directly, so that a reload sends it
/// again.
pub(super) async fn sign(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = Fields::read(&body, state.knobs.latin1);
    let session = enter_with_form(&mut state, &headers, REQUEST, &fields)?;
    let (user, token) = (session.user.clone(), session.form_token(REQUEST));
    let next_token = session.form_token(COMPLETION);
    match state.may_sign(&user) {
        Ok(()) => {}
        Err(Refusal::AlreadySigned) => return Ok(refused(&world, &state, ALREADY_SIGNED)),
        Err(Refusal::NotRenewable(able)) => return Ok(refused(&world, &state, refusal(able))),
    }
    let pin = fields.get("pin");
    let consented = !asks_consent(&state) || !fields.get("conservazione").is_empty();
    let checked = if consented { Ok(()) } else { Err(NO_CONSENT) }
        .and_then(|()| right_length(&state, pin))
        .and_then(|()| take_code(&mut state, &user, fields.get("otp"), "firma della richiesta"))
        .and_then(|()| check_pin(&mut state, &user, pin));
    if let Err(error) = checked {
        return request_form(&world, &state, &user, &token, error);
    }
    // Nothing has come between: the lock has been held since it was asked.
    if let Err(Refusal::NotRenewable(able)) = state.sign_request(&user) {
        return Ok(refused(&world, &state, refusal(able)));
    }
    completion_form(&world, &state, &user, &next_token, "")
}

/// The second form, as long as a signed request waits for it.
pub(super) async fn completion_page(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let session = enter(&mut state, &headers)?;
    let (user, token) = (session.user.clone(), session.form_token(COMPLETION));
    let today = state.clock.today();
    if account(&state, &user)?.certificate.renewability(today) == Renewability::InProgress {
        completion_form(&world, &state, &user, &token, "")
    } else {
        Ok(to("Home.do"))
    }
}

fn completion_form(world: &World, state: &Portals, user: &str, token: &str, error: &str) -> Answer {
    let content = context! {
        token,
        errore => error,
        pronto => state.knobs.prefilled,
        campo_pin => state.knobs.new_pin_field.attributes(),
        codice_fiscale => FISCAL_CODE,
        iut => account(state, user)?.certificate.iut.as_str(),
    };
    Ok(page(world, state, "completa.html", "Remote Sign - Rinnovo", true, content))
}

/// «Invia» of the second form: the second point of no return, answered directly too.
pub(super) async fn activate(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = Fields::read(&body, state.knobs.latin1);
    let session = enter_with_form(&mut state, &headers, COMPLETION, &fields)?;
    let (user, token) = (session.user.clone(), session.form_token(COMPLETION));
    let today = state.clock.today();
    let certificate = &account(&state, &user)?.certificate;
    if certificate.renewability(today) != Renewability::InProgress {
        return Ok(to("Home.do"));
    }
    let right = fields.get("codFisc").eq_ignore_ascii_case(FISCAL_CODE) && fields.get("iut") == certificate.iut;
    let (pin, again) = (fields.get("pin"), fields.get("pin2"));
    let checked = if right { Ok(()) } else { Err(WRONG_DATA) }
        .and_then(|()| right_length(&state, pin))
        .and_then(|()| if pin == again { Ok(()) } else { Err(PINS_DIFFER) })
        .and_then(|()| take_code(&mut state, &user, fields.get("otp"), "attivazione"));
    if let Err(error) = checked {
        return completion_form(&world, &state, &user, &token, error);
    }
    if issued(&mut state, &user, pin).is_err() {
        return Ok(to("Home.do"));
    }
    if state.knobs.result_lost {
        return Ok(broken_off("text/html"));
    }
    Ok(done(&world, &state))
}

/// The new certificate; with D26 the portal only says so.
fn issued(state: &mut Portals, user: &str, pin: &str) -> Result<(), NothingSigned> {
    let before = state.twist.pretends;
    state.twist.pretends |= played(state, "D26");
    let issued = state.issue(user, pin);
    state.twist.pretends = before;
    issued.map(|_| ())
}

/// Whether the first form asks for one consent more (D13, or the knob).
fn asks_consent(state: &Portals) -> bool {
    state.knobs.new_consent || played(state, "D13")
}

/// The page of the result, in its own words, those of the knob or those of D25; with E6 a bill in its place.
fn done(world: &World, state: &Portals) -> Response {
    if played(state, "E6") {
        return page(world, state, "pagamento.html", "Remote Sign - Esito", true, context! {});
    }
    let words = match state.knobs.success_text.as_str() {
        "" if played(state, "D25") => OTHER_SUCCESS,
        words => words,
    };
    let content = context! { parole => words };
    page(world, state, "esito.html", "Remote Sign - Esito", true, content)
}

/// `Esito.do` asked for by itself.
pub(super) async fn result(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = enter(&mut state, &headers)?.user.clone();
    let today = state.clock.today();
    match account(&state, &user)?.certificate.renewability(today) {
        Renewability::AlreadyRenewed { .. } => Ok(done(&world, &state)),
        _ => Ok(to("Home.do")),
    }
}

/// A code, refused in this portal's few words; «OTP NON RICHIESTO» costs no attempt.
pub(super) fn take_code(state: &mut Portals, user: &str, code: &str, purpose: &str) -> Result<(), &'static str> {
    if state.account(user).is_some_and(|account| account.otp.message_missing()) {
        return Err(NOT_ASKED);
    }
    state.take_code(user, code, purpose).map_err(|error| match error {
        CodeError::NotRequested | CodeError::NotApproved => NOT_ASKED,
        CodeError::Wrong | CodeError::Expired | CodeError::AlreadyUsed => WRONG_CODE,
        CodeError::Blocked => TOO_MANY,
    })
}

/// The PIN, checked only after the code has been taken: a wrong one has burnt the code
/// (portals.md §1.5, form 1).
pub(super) fn check_pin(state: &mut Portals, user: &str, pin: &str) -> Result<(), &'static str> {
    state.check_pin(user, pin).map_err(|error| match error {
        PinError::Wrong { .. } => WRONG_PIN,
        PinError::Locked => PIN_LOCKED,
    })
}

/// The rule for a PIN on this portal: at least eight digits (portals.md §1.1, S4), or exactly so many (E13).
pub(super) fn right_length(state: &Portals, pin: &str) -> Result<(), &'static str> {
    let digits = pin.len() >= PIN_LEAST && pin.bytes().all(|byte| byte.is_ascii_digit());
    match (digits, played(state, "E13")) {
        (true, true) if pin.len() > PIN_LEAST => Err(PIN_RULE_EXACT),
        (true, _) => Ok(()),
        (false, true) => Err(PIN_RULE_EXACT),
        (false, false) => Err(PIN_RULE),
    }
}

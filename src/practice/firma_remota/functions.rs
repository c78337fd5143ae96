//! What portal B offers besides the renewal: home, the code by message, the certificate page, and
//! the functions a renewal must never touch (portals.md §1.5, the decoys).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use minijinja::context;

use super::access::password_sentence;
use super::changes::played;
use super::page::{Answer, Fields, enter, enter_with_form, page, to};
use super::renewal::{account, check_pin, right_length, take_code};
use crate::practice::certificate::Status;
use crate::practice::clock::italian;
use crate::practice::codes::{Device, SendError};
use crate::practice::ledger::{EffectKind, Portal};
use crate::practice::state::{State as Portals, World};

const B: Portal = Portal::FirmaRemota;
const OTP: &str = "OtpCellulare.do";
const NEW_CERTIFICATE: &str = "RichiediCertificato.do";
const SENT: &str = "OTP INVIATO";

type Shared = State<Arc<World>>;

pub(super) async fn home(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = enter(&mut state, &headers)?.user.clone();
    let today = state.clock.today();
    let certificate = &account(&state, &user)?.certificate;
    let due = certificate.in_window(today) && certificate.status(today) == Status::Active;
    let content = context! { in_scadenza => due };
    Ok(page(&world, &state, "home.html", "Remote Sign - Gestione", true, content))
}

/// «OTP VIA CELLULARE»: for those who get their codes by message.
pub(super) async fn otp_page(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let session = enter(&mut state, &headers)?;
    let (user, token) = (session.user.clone(), session.form_token(OTP));
    let notice = session.notice.take().unwrap_or_default();
    let possible = matches!(account(&state, &user)?.otp.device, Device::Sms);
    let content = context! { token, possibile => possible, inviato => notice == SENT, notice };
    Ok(page(&world, &state, "otp.html", "Remote Sign - OTP via cellulare", true, content))
}

pub(super) async fn send_otp(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = Fields::read(&body, state.knobs.latin1);
    let user = enter_with_form(&mut state, &headers, OTP, &fields)?.user.clone();
    if !matches!(account(&state, &user)?.otp.device, Device::Sms) {
        return Ok(to(OTP));
    }
    let notice = match state.send_code(&user, true) {
        Ok(()) => SENT.to_owned(),
        Err(SendError::TooSoon(seconds)) => {
            format!("ATTENDERE {seconds} SECONDI PRIMA DI RICHIEDERE UN NUOVO OTP")
        }
        Err(SendError::TooMany) => "NUMERO MASSIMO DI OTP RICHIESTI. RIPROVARE PIÙ TARDI".to_owned(),
        Err(SendError::Blocked) => "OTP BLOCCATO. RIPROVARE PIÙ TARDI".to_owned(),
    };
    enter(&mut state, &headers)?.notice = Some(notice);
    Ok(to(OTP))
}

/// The page that proves what is in force.
pub(super) async fn certificate(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = enter(&mut state, &headers)?.user.clone();
    let (today, silent) = (state.clock.today(), state.knobs.silent);
    let account = account(&state, &user)?;
    let certificate = &account.certificate;
    let content = context! {
        stato => certificate.status(today).shown(),
        iut => certificate.iut.as_str(),
        dal => italian(certificate.from),
        al => italian(certificate.to),
        muto => silent,
        pin => if account.pin_locked() { "Bloccato" } else { "Attivo" },
        rinnovo => certificate.evidence(today),
    };
    let title = "Remote Sign - Visualizza certificato";
    Ok(page(&world, &state, "certificato.html", title, true, content))
}

/// The near-synonym at the top of the menu: one click requests a certificate to be paid for.
pub(super) async fn request_certificate(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let session = enter(&mut state, &headers)?;
    let (user, token) = (session.user.clone(), session.form_token(NEW_CERTIFICATE));
    let notice = session.notice.take();
    if notice.is_none() {
        state.note_decoy(B, &user, EffectKind::RichiestaCertificato, "a pagamento");
    }
    let content = context! { token, messaggio => notice };
    let title = "Remote Sign - Richiedi certificato";
    Ok(page(&world, &state, "nuovo-certificato.html", title, true, content))
}

pub(super) async fn pay(State(world): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = world.lock();
    let fields = Fields::read(&body, state.knobs.latin1);
    let session = enter_with_form(&mut state, &headers, NEW_CERTIFICATE, &fields)?;
    session.notice = Some("PAGAMENTO ADDEBITATO".to_owned());
    let user = session.user.clone();
    state.note_decoy(B, &user, EffectKind::Pagamento, "36,00 euro");
    Ok(to(NEW_CERTIFICATE))
}

/// D19: what stands beside the renewal and is none.
pub(super) async fn renew_and_revoke(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = enter(&mut state, &headers)?.user.clone();
    if !played(&state, "D19") {
        return Ok(to("Home.do"));
    }
    if let Some(account) = state.account_mut(&user) {
        account.certificate.revoked = true;
    }
    state.note_decoy(B, &user, EffectKind::Revoca, "dalla funzione RINNOVA E REVOCA IL PRECEDENTE");
    let content = context! {
        titolo => "RINNOVA E REVOCA IL PRECEDENTE",
        messaggio => "IL CERTIFICATO PRECEDENTE È STATO REVOCATO",
    };
    Ok(page(&world, &state, "messaggio.html", "Remote Sign - Gestione", true, content))
}

/// E6: what is asked for after a renewal that was already done.
pub(super) async fn pay_for_renewal(State(world): Shared, headers: HeaderMap) -> Answer {
    let mut state = world.lock();
    let user = enter(&mut state, &headers)?.user.clone();
    if !played(&state, "E6") {
        return Ok(to("Home.do"));
    }
    state.note_decoy(B, &user, EffectKind::Pagamento, "36,00 euro");
    let content = context! { messaggio => "PAGAMENTO ADDEBITATO" };
    Ok(page(&world, &state, "pagamento.html", "Remote Sign - Gestione", true, content))
}

/// A form that changes something which a renewal leaves alone.
#[derive(Debug)]
pub(super) struct ChangeForm {
    pub(super) path: &'static str,
    title: &'static str,
    /// Label, name and type of each field.
    fields: &'static [(&'static str, &'static str, &'static str)],
    change: fn(&mut Portals, &str, &Fields) -> Result<(), &'static str>,
}

impl ChangeForm {
    /// The last part of its path, under which its token is made.
    fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// The forms of portals.md §1.5 [P:E1].
pub(super) static FORMS: [ChangeForm; 5] = [
    ChangeForm {
        path: "/gestione/ModificaPin.do",
        title: "MODIFICA PIN",
        fields: &[
            ("OTP", "otp", "text"),
            ("Vecchio PIN", "vecchio", "password"),
            ("Nuovo PIN", "nuovo", "password"),
            ("Conferma nuovo PIN", "nuovo2", "password"),
        ],
        change: change_pin,
    },
    ChangeForm {
        path: "/gestione/ModificaPassword.do",
        title: "MODIFICA PASSWORD",
        fields: &[
            ("Vecchia password", "vecchia", "password"),
            ("Nuova password", "nuova", "password"),
            ("Conferma nuova password", "nuova2", "password"),
        ],
        change: change_password,
    },
    ChangeForm {
        path: "/gestione/ModificaEmail.do",
        title: "MODIFICA EMAIL",
        fields: &[
            ("Vecchia e-mail", "vecchia", "text"),
            ("Nuova e-mail", "nuova", "text"),
            ("Conferma nuova e-mail", "nuova2", "text"),
        ],
        change: change_email,
    },
    ChangeForm {
        path: "/gestione/ModificaInvioEmail.do",
        title: "MODIFICA INVIO EMAIL",
        fields: &[("Invio e-mail ad ogni firma", "invio", "checkbox")],
        change: change_report,
    },
    ChangeForm {
        path: "/gestione/ModificaCellulare.do",
        title: "MODIFICA CELLULARE",
        fields: &[
            ("OTP", "otp", "text"),
            ("Nuovo numero di cellulare", "numero", "text"),
            ("Conferma nuovo numero", "numero2", "text"),
        ],
        change: change_phone,
    },
];

pub(super) fn show_form(form: &ChangeForm, world: &World, headers: &HeaderMap) -> Answer {
    let mut state = world.lock();
    let session = enter(&mut state, headers)?;
    let token = session.form_token(form.name());
    let notice = session.notice.take();
    let content = context! {
        token,
        titolo => form.title,
        azione => form.name(),
        campi => form.fields.to_vec(),
        messaggio => notice,
    };
    Ok(page(world, &state, "modifica.html", "Remote Sign - Gestione", true, content))
}

pub(super) fn send_form(form: &ChangeForm, world: &World, headers: &HeaderMap, body: &[u8]) -> Answer {
    let mut state = world.lock();
    let fields = Fields::read(body, state.knobs.latin1);
    let user = enter_with_form(&mut state, headers, form.name(), &fields)?.user.clone();
    let notice = match (form.change)(&mut state, &user, &fields) {
        Ok(()) => "MODIFICA EFFETTUATA",
        Err(error) => error,
    };
    enter(&mut state, headers)?.notice = Some(notice.to_owned());
    Ok(to(form.name()))
}

fn same(first: &str, second: &str) -> Result<(), &'static str> {
    if first.is_empty() {
        Err("COMPILARE TUTTI I CAMPI")
    } else if first == second {
        Ok(())
    } else {
        Err("I VALORI NON COINCIDONO")
    }
}

fn change_pin(state: &mut Portals, user: &str, fields: &Fields) -> Result<(), &'static str> {
    let new = fields.get("nuovo");
    right_length(state, new)?;
    same(new, fields.get("nuovo2"))?;
    take_code(state, user, fields.get("otp"), "modifica PIN")?;
    check_pin(state, user, fields.get("vecchio"))?;
    if let Some(account) = state.account_mut(user) {
        new.clone_into(&mut account.pin);
    }
    state.note_decoy(B, user, EffectKind::PinCambiato, "dalla funzione MODIFICA PIN");
    Ok(())
}

fn change_password(state: &mut Portals, user: &str, fields: &Fields) -> Result<(), &'static str> {
    let [old, new, again] = ["vecchia", "nuova", "nuova2"].map(|name| fields.get(name));
    state.change_password(B, user, old, new, again).map_err(password_sentence)
}

fn change_email(state: &mut Portals, user: &str, fields: &Fields) -> Result<(), &'static str> {
    let new = fields.get("nuova");
    same(new, fields.get("nuova2"))?;
    let Some(account) = state.account_mut(user) else {
        return Ok(());
    };
    if account.email != fields.get("vecchia") {
        return Err("VECCHIA E-MAIL NON CORRETTA");
    }
    new.clone_into(&mut account.email);
    state.note_decoy(B, user, EffectKind::EmailCambiata, "");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one of several of this shape")]
fn change_report(state: &mut Portals, user: &str, fields: &Fields) -> Result<(), &'static str> {
    if let Some(account) = state.account_mut(user) {
        account.report_by_mail = !fields.get("invio").is_empty();
    }
    state.note_decoy(B, user, EffectKind::InvioEmailCambiato, "");
    Ok(())
}

fn change_phone(state: &mut Portals, user: &str, fields: &Fields) -> Result<(), &'static str> {
    same(fields.get("numero"), fields.get("numero2"))?;
    take_code(state, user, fields.get("otp"), "modifica cellulare")?;
    state.note_decoy(B, user, EffectKind::CellulareCambiato, "");
    Ok(())
}

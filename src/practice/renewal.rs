//! The renewal as the authority sees it: PIN, codes, and the two acts that cannot be undone.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

use super::accounts::PIN_MOST;
use super::certificate::{NewTerm, Renewability, Renewal};
use super::clock::later;
use super::codes::{CodeError, Device, SMS_DIGITS, SendError};
use super::ledger::{EffectKind, Portal};
use super::mailbox::{Mail, Sms, delay, notices};
use super::random;
use super::state::State;

/// How old a message is that was held up on its way, from an operation before this one.
const HELD_UP: SignedDuration = SignedDuration::from_mins(5);

/// Why a PIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PinError {
    Wrong {
        left: u32,
    },
    /// For good: only a new certificate brings a new PIN (portals.md §1.3, Counters).
    Locked,
}

/// Why a request may not be signed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotRenewable(Renewability),
    /// One is signed already, and the knob `strict` is on.
    AlreadySigned,
}

/// There is no signed request to go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NothingSigned;

impl State {
    /// Whether this user may sign a request now.
    pub(crate) fn may_sign(&self, user: &str) -> Result<(), Refusal> {
        let today = self.clock.today();
        let account = self.account(user).ok_or(Refusal::NotRenewable(Renewability::Revoked))?;
        match account.certificate.renewability(today) {
            Renewability::InProgress if self.knobs.strict => Err(Refusal::AlreadySigned),
            Renewability::Renewable | Renewability::InProgress => Ok(()),
            other => Err(Refusal::NotRenewable(other)),
        }
    }

    /// Checks the signing PIN; the third wrong one in a row locks it.
    pub(crate) fn check_pin(&mut self, user: &str, pin: &str) -> Result<(), PinError> {
        let Some(account) = self.account_mut(user) else {
            return Err(PinError::Locked);
        };
        if account.pin_locked() {
            return Err(PinError::Locked);
        }
        if account.pin == pin {
            account.pin_wrong = 0;
            return Ok(());
        }
        account.pin_wrong += 1;
        let left = PIN_MOST - account.pin_wrong;
        let (portal, user) = (account.portal, account.user.clone());
        self.note(portal, &user, EffectKind::PinKo, "");
        if left == 0 { Err(PinError::Locked) } else { Err(PinError::Wrong { left }) }
    }

    /// Sends a code, or asks for an approval; those who compute their codes need nothing.
    /// `again` is the holder asking for another one.
    pub(crate) fn send_code(&mut self, user: &str, again: bool) -> Result<(), SendError> {
        let (now, origin_bound, twist) = (self.clock.now(), self.knobs.sms_origin_bound, self.twist);
        let Some(account) = self.account_mut(user) else {
            return Ok(());
        };
        if matches!(account.otp.device, Device::Totp { .. } | Device::Hotp { .. }) {
            return Ok(());
        }
        account.otp.may_send(now, again)?;
        let code = account.otp.send(now);
        let (portal, user) = (account.portal, account.user.clone());
        let way = account.otp.device.name();
        if matches!(account.otp.device, Device::Sms) {
            if twist.old_message {
                let code = random::digits(SMS_DIGITS);
                self.sms.push(Sms::new(portal, &user, &code, later(now, -HELD_UP), origin_bound).sent_before(HELD_UP));
            }
            self.sms.push(Sms::new(portal, &user, &code, now, origin_bound).held_up(twist.late));
            self.arrivals.send_modify(|count| *count += 1);
        }
        self.note(portal, &user, EffectKind::OtpInviato, way);
        Ok(())
    }

    /// Takes a code for one purpose, which the ledger names.
    pub(crate) fn take_code(&mut self, user: &str, code: &str, purpose: &str) -> Result<(), CodeError> {
        let (now, refusal) = (self.clock.now(), self.twist.code);
        let Some(account) = self.account_mut(user) else {
            return Err(CodeError::Wrong);
        };
        let verdict = refusal.map_or_else(|| account.otp.take(code, now), Err);
        let (portal, user) = (account.portal, account.user.clone());
        match verdict {
            Ok(()) => self.note(portal, &user, EffectKind::OtpOk, purpose),
            Err(CodeError::NotRequested | CodeError::NotApproved) => {}
            Err(error) => {
                let detail = format!("{purpose}: {}", error.name());
                self.note(portal, &user, EffectKind::OtpKo, &detail);
            }
        }
        verdict
    }

    /// The first point of no return: the request is signed. Not idempotent (portals.md §1.3).
    pub(crate) fn sign_request(&mut self, user: &str) -> Result<(), Refusal> {
        self.may_sign(user)?;
        if self.twist.pretends {
            return Ok(());
        }
        let Some(account) = self.account_mut(user) else {
            return Ok(());
        };
        account.certificate.renewal = Renewal::RequestSigned;
        let (portal, user) = (account.portal, account.user.clone());
        self.note(portal, &user, EffectKind::RichiestaFirmata, "");
        Ok(())
    }

    /// The second point of no return: the new certificate is issued under the new PIN.
    /// Leaves `certificato_emesso`, and `pin_cambiato` when the PIN is another one than before.
    pub(crate) fn issue(&mut self, user: &str, new_pin: &str) -> Result<Date, NothingSigned> {
        let (now, today) = (self.clock.now(), self.clock.today());
        let (wait, odd_term, pretends) = (delay(self.knobs.mail_delay_s), self.knobs.issued_days, self.twist.pretends);
        let account = self.account_mut(user).ok_or(NothingSigned)?;
        if account.certificate.renewability(today) != Renewability::InProgress {
            return Err(NothingSigned);
        }
        let (portal, user) = (account.portal, account.user.clone());
        if pretends {
            let to = account.certificate.to;
            self.deceived.insert(user);
            return Ok(to);
        }
        let written = notices(&user, account.certificate.to, now);
        let term = match portal {
            Portal::MiaFirma => NewTerm::FromRenewal,
            Portal::FirmaRemota => NewTerm::FromOldExpiry,
        };
        let iut = account.next_iut();
        let before = account.certificate.to;
        account.certificate.issue(today, iut, term);
        if let Some(days) = odd_term {
            account.certificate.to = before.saturating_add(days.days());
        }
        let changed = account.pin != new_pin;
        new_pin.clone_into(&mut account.pin);
        account.pin_wrong = 0;
        let to = account.certificate.to;
        let mail = Mail::renewed(&user, &account.certificate, later(now, wait));
        self.mails.extend(written);
        self.mails.push(mail);
        self.note(portal, &user, EffectKind::CertificatoEmesso, &format!("scadenza {to}"));
        if changed {
            self.note(portal, &user, EffectKind::PinCambiato, "con il rinnovo");
        }
        Ok(to)
    }
}

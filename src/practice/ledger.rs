//! The ledger of effects: one line for each thing that really happened on a portal.
//!
//! Tests assert on it, never on a page alone. No line holds a password, a PIN or a code.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One of the two practice portals (portals.md §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Portal {
    /// A, the single-page portal (portals.md §1.4).
    MiaFirma,
    /// B, the portal of server pages (portals.md §1.5).
    FirmaRemota,
}

/// What happened (portals.md §1.3, State; the last ones are what the decoys leave, §1.4 and §1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A login was accepted.
    LoginOk,
    /// A login was refused.
    LoginKo,
    /// A code was sent, or an approval was asked for on the phone.
    OtpInviato,
    /// A code was accepted.
    OtpOk,
    /// A code was refused.
    OtpKo,
    /// A PIN was refused.
    PinKo,
    /// The renewal request was signed: the first point of no return.
    RichiestaFirmata,
    /// The new certificate was issued: the second point of no return.
    CertificatoEmesso,
    /// The signing PIN is another one now; a renewal leaves it too when the new PIN differs.
    PinCambiato,
    /// The portal's password is another one now.
    PasswordCambiata,
    /// The certificate was revoked.
    Revoca,
    /// Something was paid.
    Pagamento,
    /// The certificate was suspended.
    Sospensione,
    /// A new certificate was requested, to be paid for.
    RichiestaCertificato,
    /// The recovery of the password was begun.
    RecuperoPassword,
    /// The e-mail address was changed.
    EmailCambiata,
    /// What is sent by e-mail was changed.
    InvioEmailCambiato,
    /// The phone number was changed.
    CellulareCambiato,
    /// The way of receiving codes was changed.
    DispositivoCambiato,
    /// A renewal coupon was spent.
    CouponUsato,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Counts from 1 and never goes back, not even at a reset.
    pub seq: u64,
    /// The moment, on the portals' clock.
    pub time: Timestamp,
    /// The portal it happened on.
    pub portal: Portal,
    /// The user it happened to, `-` when nobody of that name exists.
    pub user: String,
    /// What happened.
    pub effect: EffectKind,
    /// Whether a function that no renewal needs left this line (portals.md §1.4 and §1.5, decoys).
    pub decoy: bool,
    /// A word more, never a secret.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The effects so far, in memory and, when asked for, in an append-only file.
#[derive(Debug)]
pub(crate) struct Ledger {
    effects: Vec<Effect>,
    last: u64,
    file: Option<File>,
}

impl Ledger {
    /// An empty ledger; lines go to the end of `path` when there is one.
    pub(crate) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { effects: Vec::new(), last: 0, file })
    }

    /// Adds one effect, numbering it.
    pub(crate) fn add(&mut self, mut effect: Effect) {
        self.last += 1;
        effect.seq = self.last;
        if let Some(file) = &mut self.file
            && let Ok(mut line) = serde_json::to_string(&effect)
        {
            line.push('\n');
            // The memory is what counts; a full disk must not change what the portals answer.
            let _ = file.write_all(line.as_bytes());
        }
        self.effects.push(effect);
    }

    pub(crate) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Forgets what is in memory; the file and the numbering go on.
    pub(crate) fn clear(&mut self) {
        self.effects.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, EffectKind, Ledger, Portal};
    use jiff::Timestamp;

    #[test]
    fn lines_are_numbered_and_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let effect = |kind| Effect {
            seq: 0,
            time: Timestamp::UNIX_EPOCH,
            portal: Portal::MiaFirma,
            user: "JCPD0001".to_owned(),
            effect: kind,
            decoy: false,
            detail: String::new(),
        };
        let mut ledger = Ledger::open(Some(&path)).unwrap();
        ledger.add(effect(EffectKind::LoginOk));
        ledger.clear();
        ledger.add(effect(EffectKind::RichiestaFirmata));
        assert_eq!(ledger.effects().len(), 1);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            r#"{"seq":2,"time":"1970-01-01T00:00:00Z","portal":"mia-firma","user":"JCPD0001","effect":"richiesta_firmata","decoy":false}"#
        );
        assert_eq!(lines.len(), 2);
    }
}

//! An account as an operator or a test may see it: no password, no PIN.

use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::codes::{Device, TOKEN_DIGITS};
use super::ledger::Portal;
use super::state::State;

/// One account as it stands (portals.md §1.3, Accounts).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// `u01` to `u18`.
    pub id: String,
    /// The name to log in with, unique across both portals.
    pub user: String,
    /// The portal it is known on.
    pub portal: Portal,
    /// What a sound tool should make of it, at first (the table's last column).
    pub verdict: String,
    /// `sms`, `totp`, `hotp` or `push`.
    pub device: String,
    /// The provisioning URI of a computed code, for `totp` and `hotp`.
    pub otpauth: Option<String>,
    /// The IUT of the certificate in force.
    pub iut: String,
    /// The last day of the certificate in force.
    pub expires: Date,
    /// «Attivo», «Sospeso», «Revocato» or «Scaduto».
    pub status: String,
    /// What stands beside «Rinnovo» on the certificate page.
    pub renewal: String,
    /// How many renewals there have been.
    pub renewals: u32,
    /// Whether the login is locked.
    pub locked: bool,
    /// Whether the PIN is locked.
    pub pin_locked: bool,
}

impl State {
    pub(crate) fn summaries(&self) -> Vec<AccountSummary> {
        let today = self.clock.today();
        let summary = |account: &super::accounts::Account| AccountSummary {
            id: account.id.clone(),
            user: account.user.clone(),
            portal: account.portal,
            verdict: account.verdict.to_owned(),
            device: account.otp.device.name().to_owned(),
            otpauth: otpauth(&account.otp.device, account.portal, &account.user),
            iut: account.certificate.iut.clone(),
            expires: account.certificate.to,
            status: account.certificate.status(today).shown().to_owned(),
            renewal: account.certificate.evidence(today),
            renewals: account.certificate.renewals,
            locked: account.locked(),
            pin_locked: account.pin_locked(),
        };
        self.accounts.iter().map(summary).collect()
    }
}

fn otpauth(device: &Device, portal: Portal, user: &str) -> Option<String> {
    let (Device::Totp { seed } | Device::Hotp { seed }) = device else {
        return None;
    };
    let issuer = utf8_percent_encode(portal.brand(), NON_ALPHANUMERIC);
    let (kind, secret) = (device.name(), base32(seed));
    let last = if kind == "totp" { "period=30" } else { "counter=0" };
    Some(format!(
        "otpauth://{kind}/{issuer}:{user}?secret={secret}&issuer={issuer}&algorithm=SHA1\
         &digits={TOKEN_DIGITS}&{last}"
    ))
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for five in bytes.chunks(5) {
        let mut block = [0; 8];
        block[3..3 + five.len()].copy_from_slice(five);
        let block = u64::from_be_bytes(block);
        for place in 0..(five.len() * 8).div_ceil(5) {
            let index = (block >> (35 - 5 * place)) & 31;
            text.push(char::from(LETTERS[usize::try_from(index).unwrap_or(0)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{base32, otpauth};
    use crate::practice::codes::Device;
    use crate::practice::ledger::Portal;

    #[test]
    fn rfc_4648_section_10() {
        assert_eq!(base32(b"f"), "MY");
        assert_eq!(base32(b"fo"), "MZXQ");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }

    #[test]
    fn a_seed_is_handed_out_as_apps_read_it() {
        let device = Device::Totp { seed: b"12345678901234567890".to_vec() };
        assert_eq!(
            otpauth(&device, Portal::MiaFirma, "JCPD0002").unwrap(),
            "otpauth://totp/MiaFirma:JCPD0002?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=MiaFirma&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(otpauth(&Device::Sms, Portal::MiaFirma, "JCPD0001"), None);
    }
}

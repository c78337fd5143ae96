//! The fixtures: eighteen invented holders, the same on both portals, each in a situation of its own.
//!
//! Their dates are counted from the day they are made, so that the situations never grow old.

use jiff::ToSpan;
use jiff::civil::Date;

use super::certificate::{Certificate, Renewal};
use super::codes::{Device, Otp};
use super::ledger::Portal;

/// The password every fixture believes in (portals.md §1.3, Accounts).
pub const PASSWORD: &str = "Esercizio.2024";
/// The signing PIN of every fixture (portals.md §1.3).
pub const PIN: &str = "19800131";
/// The fiscal code of every fixture (portals.md §1.3).
pub const FISCAL_CODE: &str = "RSSMRA80A01H501U";
/// The coupon that u17 would need (portals.md §1.4, coupon variant).
pub const COUPON: &str = "ESERCIZIO-RINNOVO-17";

/// Wrong logins after which an account is locked.
pub(crate) const LOGIN_MOST: u32 = 5;
/// Wrong PINs after which the PIN is locked for good.
pub(crate) const PIN_MOST: u32 = 3;
/// What u18's portal believes in instead.
const OTHER_PASSWORD: &str = "Altra.Password.7";
const HOTP_ACCOUNT: u32 = 3;
const TOTP_ACCOUNT: u32 = 2;
const PUSH_ACCOUNT: u32 = 15;
const COUPON_ACCOUNT: u32 = 17;

/// One holder as a portal knows him.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// `u01` to `u18`.
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) portal: Portal,
    pub(crate) verdict: &'static str,
    pub(crate) password: String,
    /// The last five passwords, the present one last.
    pub(crate) old_passwords: Vec<String>,
    pub(crate) password_expired: bool,
    pub(crate) login_wrong: u32,
    pub(crate) pin: String,
    pub(crate) pin_wrong: u32,
    pub(crate) email: String,
    pub(crate) report_by_mail: bool,
    pub(crate) coupon: Option<String>,
    pub(crate) otp: Otp,
    pub(crate) certificate: Certificate,
    /// How often this holder has got a new certificate; makes the next IUT.
    generation: u32,
    number: u32,
}

impl Account {
    pub(crate) fn locked(&self) -> bool {
        self.login_wrong >= LOGIN_MOST
    }

    pub(crate) fn pin_locked(&self) -> bool {
        self.pin_wrong >= PIN_MOST
    }

    /// The IUT of the certificate that would come next.
    pub(crate) fn next_iut(&mut self) -> String {
        self.generation += 1;
        iut(self.portal, self.number, self.generation)
    }

    pub(crate) fn set_password(&mut self, password: &str) {
        password.clone_into(&mut self.password);
        self.old_passwords.push(password.to_owned());
        if self.old_passwords.len() > 5 {
            self.old_passwords.remove(0);
        }
        self.password_expired = false;
    }
}

/// Every account of both portals, as of `today`; `only` keeps those whose id or user it names.
pub(crate) fn fixtures(today: Date, only: &[String]) -> Vec<Account> {
    let named = |account: &Account| {
        only.is_empty()
            || only
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&account.id) || name.eq_ignore_ascii_case(&account.user))
    };
    [Portal::MiaFirma, Portal::FirmaRemota]
        .into_iter()
        .flat_map(|portal| (1..=18).map(move |number| (portal, number)))
        .filter(|(portal, number)| *portal == Portal::MiaFirma || !matches!(*number, PUSH_ACCOUNT | COUPON_ACCOUNT))
        .map(|(portal, number)| account(portal, number, today))
        .filter(named)
        .collect()
}

/// The fixture of one number (the table of portals.md §1.3).
fn account(portal: Portal, number: u32, today: Date) -> Account {
    let user = match portal {
        Portal::MiaFirma => format!("JCPD{number:04}"),
        Portal::FirmaRemota => format!("JZLF{number:03}"),
    };
    let mut account = Account {
        id: format!("u{number:02}"),
        email: format!("{}@example.org", user.to_lowercase()),
        user,
        portal,
        verdict: "renewed",
        password: PASSWORD.to_owned(),
        old_passwords: vec![PASSWORD.to_owned()],
        password_expired: false,
        login_wrong: 0,
        pin: PIN.to_owned(),
        pin_wrong: 0,
        report_by_mail: true,
        coupon: None,
        otp: Otp::new(device(portal, number)),
        certificate: certificate(portal, number, today, 45),
        generation: 0,
        number,
    };
    let certificate = &mut account.certificate;
    match number {
        4 => {
            *certificate = self::certificate(portal, number, today, 200);
            account.verdict = "not-due";
        }
        5 => {
            *certificate = self::certificate(portal, number, today, -1);
            account.verdict = "expired";
        }
        6 => {
            *certificate = self::certificate(portal, number, today, 0);
            account.verdict = "too-late";
        }
        7 => *certificate = self::certificate(portal, number, today, 1),
        8 => {
            account.password_expired = true;
            account.verdict = "needs-person";
        }
        9 => {
            account.login_wrong = LOGIN_MOST;
            account.verdict = "locked";
        }
        10 => {
            account.pin_wrong = PIN_MOST;
            account.verdict = "pin-locked";
        }
        11 => {
            already_renewed(certificate, portal, today);
            account.verdict = "already-renewed";
        }
        12 => certificate.renewal = Renewal::RequestSigned,
        13 => {
            certificate.data_changed = true;
            account.verdict = "needs-person";
        }
        14 => {
            certificate.renewals = 1;
            certificate.renewal = Renewal::Issued(certificate.from);
            account.verdict = "not-renewable";
        }
        16 => {
            certificate.suspended = true;
            account.verdict = "suspended";
        }
        PUSH_ACCOUNT => account.verdict = "needs-person",
        COUPON_ACCOUNT => {
            account.coupon = Some(COUPON.to_owned());
            account.verdict = "needs-person";
        }
        18 => {
            OTHER_PASSWORD.clone_into(&mut account.password);
            account.old_passwords = vec![OTHER_PASSWORD.to_owned()];
            account.verdict = "rejected";
        }
        _ => {}
    }
    account
}

fn device(portal: Portal, number: u32) -> Device {
    let name = match portal {
        Portal::MiaFirma => "MiaFirma",
        Portal::FirmaRemota => "Gestione",
    };
    // Twenty characters, as long as a SHA-1 digest: the length RFC 4226 recommends for a seed.
    let seed = format!("Esercizio{name}u{number:02}").into_bytes();
    match number {
        TOTP_ACCOUNT => Device::Totp { seed },
        HOTP_ACCOUNT => Device::Hotp { seed },
        PUSH_ACCOUNT => Device::Push,
        _ => Device::Sms,
    }
}

fn certificate(portal: Portal, number: u32, today: Date, days_left: i64) -> Certificate {
    let to = today.saturating_add(days_left.days());
    Certificate {
        iut: iut(portal, number, 0),
        from: to.saturating_sub(3.years()),
        to,
        suspended: false,
        revoked: false,
        data_changed: false,
        renewals: 0,
        renewal: Renewal::None,
    }
}

/// Renewed twenty days ago, twenty-five days before the old one ran out.
fn already_renewed(certificate: &mut Certificate, portal: Portal, today: Date) {
    let on = today.saturating_sub(20.days());
    let start = match portal {
        Portal::MiaFirma => on,
        Portal::FirmaRemota => today.saturating_add(5.days()),
    };
    certificate.from = on;
    certificate.to = start.saturating_add(3.years());
    certificate.renewals = 1;
    certificate.renewal = Renewal::Issued(on);
}

/// Fourteen invented digits, different for every holder and every certificate of his.
fn iut(portal: Portal, number: u32, generation: u32) -> String {
    let portal = match portal {
        Portal::MiaFirma => 1,
        Portal::FirmaRemota => 2,
    };
    format!("9{portal}{generation:02}{:010}", u64::from(number) * 7_300_031 + 1_204_577)
}

#[cfg(test)]
mod tests {
    use super::{Account, fixtures};
    use crate::practice::certificate::{Renewability, Status};
    use crate::practice::ledger::Portal;
    use jiff::civil::date;
    use std::collections::HashSet;

    fn of(portal: Portal) -> Vec<Account> {
        let all = fixtures(date(2026, 3, 2), &[]);
        all.into_iter().filter(|account| account.portal == portal).collect()
    }

    #[test]
    fn eighteen_on_one_portal_sixteen_on_the_other() {
        assert_eq!(of(Portal::MiaFirma).len(), 18);
        let users: Vec<String> = of(Portal::FirmaRemota).into_iter().map(|a| a.user).collect();
        assert_eq!(users.len(), 16);
        assert!(!users.contains(&"JZLF015".to_owned()) && !users.contains(&"JZLF017".to_owned()));
    }

    #[test]
    fn names_and_iuts_are_unique() {
        let all = fixtures(date(2026, 3, 2), &[]);
        let users: HashSet<&str> = all.iter().map(|account| account.user.as_str()).collect();
        let iuts: HashSet<&str> = all.iter().map(|a| a.certificate.iut.as_str()).collect();
        assert_eq!((users.len(), iuts.len()), (34, 34));
        assert!(iuts.iter().all(|iut| iut.len() == 14));
    }

    #[test]
    fn each_is_in_its_situation_on_any_day() {
        for today in [date(2026, 3, 2), date(2026, 3, 29), date(2028, 2, 29), date(2026, 12, 31)] {
            for account in fixtures(today, &[]) {
                let able = account.certificate.renewability(today);
                let right = match account.id.as_str() {
                    "u04" => matches!(able, Renewability::NotYet { .. }),
                    "u05" => able == Renewability::Expired,
                    "u06" => matches!(able, Renewability::TooLate { .. }),
                    "u11" => matches!(able, Renewability::AlreadyRenewed { .. }),
                    "u12" => able == Renewability::InProgress,
                    "u13" => able == Renewability::DataChanged,
                    "u14" => able == Renewability::UsedUp,
                    "u16" => account.certificate.status(today) == Status::Suspended,
                    _ => able == Renewability::Renewable,
                };
                assert!(right, "{} on {today}: {able:?}", account.user);
            }
        }
    }

    #[test]
    fn a_filter_names_ids_or_users() {
        let only = ["u01".to_owned(), "jzlf002".to_owned()];
        let kept = fixtures(date(2026, 3, 2), &only);
        let users: Vec<&str> = kept.iter().map(|account| account.user.as_str()).collect();
        assert_eq!(users, ["JCPD0001", "JZLF001", "JZLF002"]);
    }
}

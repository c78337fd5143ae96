//! A signing certificate and its renewal: which day allows what, and the two steps that cannot be undone.
//!
//! Pure values; the caller says which day it is.

use jiff::ToSpan;
use jiff::civil::Date;

use super::clock::{days_between, italian};

/// The first renewable day, counted back from expiry (portals.md §0.5).
const OPENS_DAYS: i64 = 90;
/// The last renewable day, counted back from expiry.
const CLOSES_DAYS: i64 = 1;
/// What a renewal gives.
const VALID_YEARS: i64 = 3;

/// What the certificate is good for today (portals.md §1.3, certificate states).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    Suspended,
    Revoked,
    Expired,
}

impl Status {
    /// The word both portals show beside «Stato».
    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::Active => "Attivo",
            Self::Suspended => "Sospeso",
            Self::Revoked => "Revocato",
            Self::Expired => "Scaduto",
        }
    }
}

/// How far the renewal has come: `NESSUNO`, `RICHIESTA_FIRMATA`, `EMESSO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    None,
    RequestSigned,
    Issued(Date),
}

/// From which day the three new years run; the two portals differ on purpose (portals.md §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewTerm {
    FromRenewal,
    FromOldExpiry,
}

/// Whether the holder may renew today, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewability {
    Renewable,
    InProgress,
    NotYet { from: Date },
    TooLate { last: Date },
    Expired,
    Suspended,
    Revoked,
    AlreadyRenewed { on: Date },
    UsedUp,
    DataChanged,
}

/// One holder's certificate as the authority keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) iut: String,
    pub(crate) from: Date,
    /// Valid until 23:59:59 in Rome of this day.
    pub(crate) to: Date,
    pub(crate) suspended: bool,
    pub(crate) revoked: bool,
    pub(crate) data_changed: bool,
    pub(crate) renewals: u32,
    pub(crate) renewal: Renewal,
}

impl Certificate {
    pub(crate) fn status(&self, today: Date) -> Status {
        if self.revoked {
            Status::Revoked
        } else if today > self.to {
            Status::Expired
        } else if self.suspended {
            Status::Suspended
        } else {
            Status::Active
        }
    }

    /// Days left, as the notices count them.
    pub(crate) fn days_left(&self, today: Date) -> i64 {
        days_between(today, self.to)
    }

    /// Whether today lies between ninety days and one day before expiry.
    pub(crate) fn in_window(&self, today: Date) -> bool {
        (CLOSES_DAYS..=OPENS_DAYS).contains(&self.days_left(today))
    }

    /// The rule of portals.md §1.3: active, in the window, never renewed, data unchanged.
    pub(crate) fn renewability(&self, today: Date) -> Renewability {
        match self.status(today) {
            Status::Revoked => return Renewability::Revoked,
            Status::Expired => return Renewability::Expired,
            Status::Suspended => return Renewability::Suspended,
            Status::Active => {}
        }
        let left = self.days_left(today);
        match self.renewal {
            Renewal::RequestSigned => return Renewability::InProgress,
            Renewal::Issued(on) if left > OPENS_DAYS => return Renewability::AlreadyRenewed { on },
            Renewal::Issued(_) | Renewal::None => {}
        }
        if left > OPENS_DAYS {
            Renewability::NotYet { from: self.to.saturating_sub(OPENS_DAYS.days()) }
        } else if self.renewals > 0 {
            Renewability::UsedUp
        } else if left < CLOSES_DAYS {
            Renewability::TooLate { last: self.to.saturating_sub(CLOSES_DAYS.days()) }
        } else if self.data_changed {
            Renewability::DataChanged
        } else {
            Renewability::Renewable
        }
    }

    /// What stands beside «Rinnovo» on the certificate page (portals.md §1.3, evidence of the states).
    pub(crate) fn evidence(&self, today: Date) -> String {
        match self.renewal {
            Renewal::RequestSigned => "da completare".to_owned(),
            Renewal::Issued(on) if self.days_left(today) > OPENS_DAYS => {
                format!("effettuato il {}", italian(on))
            }
            _ if self.renewals > 0 => "non più disponibile".to_owned(),
            _ if self.data_changed => "dati variati".to_owned(),
            _ => "non effettuato".to_owned(),
        }
    }

    /// The second step: the new certificate takes the place of the old one.
    pub(crate) fn issue(&mut self, today: Date, iut: String, term: NewTerm) {
        let start = match term {
            NewTerm::FromRenewal => today,
            NewTerm::FromOldExpiry => self.to,
        };
        self.iut = iut;
        self.from = today;
        self.to = start.saturating_add(VALID_YEARS.years());
        self.renewals += 1;
        self.renewal = Renewal::Issued(today);
    }
}

#[cfg(test)]
mod tests {
    use super::{Certificate, NewTerm, Renewability, Renewal, Status};
    use jiff::ToSpan;
    use jiff::civil::{Date, date};

    fn expiring(to: Date) -> Certificate {
        Certificate {
            iut: "00000000000001".to_owned(),
            from: to.saturating_sub(3.years()),
            to,
            suspended: false,
            revoked: false,
            data_changed: false,
            renewals: 0,
            renewal: Renewal::None,
        }
    }

    #[test]
    fn the_window_opens_ninety_days_before_and_closes_the_day_before() {
        // The window of the first case spans the change to summer time, that of the second the
        // change back, the third a leap day.
        for to in [date(2026, 5, 31), date(2026, 12, 20), date(2028, 3, 31)] {
            let certificate = expiring(to);
            let on = |days: i64| certificate.renewability(to.saturating_sub(days.days()));
            let opens = to.saturating_sub(90.days());
            assert_eq!(on(91), Renewability::NotYet { from: opens });
            assert_eq!(on(90), Renewability::Renewable);
            assert_eq!(on(1), Renewability::Renewable);
            assert_eq!(on(0), Renewability::TooLate { last: to.saturating_sub(1.days()) });
            assert_eq!(on(-1), Renewability::Expired);
            assert_eq!(certificate.status(to), Status::Active);
            assert_eq!(certificate.status(to.saturating_add(1.days())), Status::Expired);
        }
    }

    #[test]
    fn each_obstacle_is_named() {
        let today = date(2026, 3, 2);
        let mut certificate = expiring(date(2026, 4, 1));
        certificate.data_changed = true;
        assert_eq!(certificate.renewability(today), Renewability::DataChanged);
        assert_eq!(certificate.evidence(today), "dati variati");
        certificate.renewals = 1;
        assert_eq!(certificate.renewability(today), Renewability::UsedUp);
        assert_eq!(certificate.evidence(today), "non più disponibile");
        certificate.renewal = Renewal::RequestSigned;
        assert_eq!(certificate.renewability(today), Renewability::InProgress);
        certificate.suspended = true;
        assert_eq!(certificate.renewability(today), Renewability::Suspended);
        certificate.revoked = true;
        assert_eq!(certificate.renewability(today), Renewability::Revoked);
    }

    #[test]
    fn the_two_terms_differ() {
        let today = date(2026, 3, 2);
        let mut a = expiring(date(2026, 4, 1));
        a.issue(today, "new".to_owned(), NewTerm::FromRenewal);
        assert_eq!((a.to, a.from), (date(2029, 3, 2), today));
        assert_eq!(a.renewability(today), Renewability::AlreadyRenewed { on: today });
        assert_eq!(a.evidence(today), "effettuato il 02/03/2026");
        let mut b = expiring(date(2026, 4, 1));
        b.issue(today, "new".to_owned(), NewTerm::FromOldExpiry);
        assert_eq!(b.to, date(2029, 4, 1));
    }
}

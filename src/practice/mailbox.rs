//! What the portals send: messages with codes, and mail.

use std::time::Duration;

use jiff::civil::{Date, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::clock::{in_rome, italian, rome};
use super::ledger::Portal;

/// Days before expiry on which the portals write (portals.md §1.3, Mailbox).
const NOTICE_DAYS: [i64; 5] = [90, 60, 30, 7, 1];

impl Portal {
    /// The name on its pages.
    pub(crate) fn brand(self) -> &'static str {
        match self {
            Self::MiaFirma => "MiaFirma",
            Self::FirmaRemota => "FirmaRemota Gestione",
        }
    }
}

/// A text message with a one-time code (portals.md §1.3, SMS text).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sms {
    /// The user it was sent to.
    pub user: String,
    /// The eight digits.
    pub code: String,
    /// The whole message.
    pub text: String,
    /// When it was sent, on the portals' clock.
    pub time: Timestamp,
    /// When it was really sent, in milliseconds of the real time: what `after` is compared with. A holder reads it off the
    /// message, «generato alle ore».
    pub sent_ms: i64,
    /// When it really arrives, in milliseconds of the real time; nobody sees it before.
    pub received_ms: i64,
}

impl Sms {
    pub(crate) fn new(portal: Portal, user: &str, code: &str, now: Timestamp, origin_bound: bool) -> Self {
        let brand = portal.brand();
        let clock = in_rome(now).strftime("%H:%M:%S").to_string();
        let mut text = format!(
            "{brand}: il codice OTP per confermare l'operazione è {code}, generato alle ore \
             {clock}. Non comunicarlo a nessuno."
        );
        if origin_bound {
            text.push_str("\n@127.0.0.1 #");
            text.push_str(code);
        }
        let received_ms = Timestamp::now().as_millisecond();
        Self { user: user.to_owned(), code: code.to_owned(), text, time: now, sent_ms: received_ms, received_ms }
    }

    /// The same, so much longer on its way.
    pub(crate) fn held_up(mut self, late: Duration) -> Self {
        self.received_ms = self.received_ms.saturating_add(i64::try_from(late.as_millis()).unwrap_or(i64::MAX));
        self
    }

    /// The same, really sent so much earlier.
    pub(crate) fn sent_before(mut self, by: SignedDuration) -> Self {
        self.sent_ms = self.sent_ms.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        self
    }

    /// Whether it has arrived.
    pub(crate) fn is_there(&self) -> bool {
        self.received_ms <= Timestamp::now().as_millisecond()
    }
}

/// A mail in a holder's mailbox (portals.md §1.3, Mailbox).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The user it was sent to.
    pub user: String,
    /// The subject.
    pub subject: String,
    /// The body.
    pub text: String,
    /// When it arrives, on the portals' clock.
    pub time: Timestamp,
}

impl Mail {
    /// The mail that follows a renewal.
    pub(crate) fn renewed(user: &str, certificate: &Certificate, at: Timestamp) -> Self {
        Self {
            user: user.to_owned(),
            subject: "Rinnovo del certificato di firma completato".to_owned(),
            text: format!(
                "Il rinnovo del tuo certificato di firma è stato completato.\nIUT: {}\nNuova \
                 scadenza: {}\n\nEnteCert S.p.A. (esercizio)",
                certificate.iut,
                italian(certificate.to)
            ),
            time: at,
        }
    }

    /// The mail with the link that sets a new password.
    pub(crate) fn recovery(user: &str, link: &str, at: Timestamp) -> Self {
        Self {
            user: user.to_owned(),
            subject: "Recupero password".to_owned(),
            text: format!(
                "Per impostare una nuova password apri questo collegamento, valido 15 minuti:\n\
                 {link}\n\nEnteCert S.p.A. (esercizio)"
            ),
            time: at,
        }
    }
}

/// The notices about an expiry that have been written until `now`, oldest first.
pub(crate) fn notices(user: &str, expiry: Date, now: Timestamp) -> Vec<Mail> {
    NOTICE_DAYS
        .into_iter()
        .filter_map(|days| {
            let morning = expiry.saturating_sub(days.days()).to_datetime(time(8, 0, 0, 0));
            let at = morning.to_zoned(rome()).ok()?.timestamp();
            let left = match days {
                1 => "domani".to_owned(),
                days => format!("tra {days} giorni"),
            };
            Some(Mail {
                user: user.to_owned(),
                subject: format!("Il tuo certificato di firma scade {left}"),
                text: format!(
                    "Il tuo certificato di firma scade il {}. Puoi rinnovarlo fino al giorno \
                     precedente.\n\nEnteCert S.p.A. (esercizio)",
                    italian(expiry)
                ),
                time: at,
            })
        })
        .filter(|mail| mail.time <= now)
        .collect()
}

/// A knob's delay, kept within the five minutes of portals.md §1.3.
pub(crate) fn delay(seconds: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(seconds.min(300)))
}

#[cfg(test)]
mod tests {
    use super::{Sms, notices};
    use crate::practice::ledger::Portal;
    use jiff::Timestamp;
    use jiff::civil::date;

    #[test]
    fn the_message_reads_as_specified() {
        let now: Timestamp = "2026-03-02T12:30:29Z".parse().unwrap();
        let sms = Sms::new(Portal::MiaFirma, "JCPD0001", "12345678", now, false);
        assert_eq!(
            sms.text,
            "MiaFirma: il codice OTP per confermare l'operazione è 12345678, generato alle ore \
             13:30:29. Non comunicarlo a nessuno."
        );
        let sms = Sms::new(Portal::MiaFirma, "JCPD0001", "12345678", now, true);
        assert!(sms.text.ends_with("nessuno.\n@127.0.0.1 #12345678"));
    }

    #[test]
    fn notices_come_on_their_mornings() {
        let expiry = date(2026, 4, 16);
        let count = |now: &str| notices("JCPD0001", expiry, now.parse().unwrap()).len();
        assert_eq!(count("2026-01-16T06:59:59Z"), 0);
        assert_eq!(count("2026-01-16T07:00:00Z"), 1);
        assert_eq!(count("2026-03-17T07:00:00Z"), 3);
        assert_eq!(count("2026-04-15T06:00:00Z"), 5);
    }
}

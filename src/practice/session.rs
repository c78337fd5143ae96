//! Sessions: who is logged in, for how long, and why no longer; and the tokens of the forms.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha1::Sha1;

use super::ledger::Portal;
use super::random;

/// A session ends after so long without a request (portals.md §1.3, Session cookie).
const IDLE: SignedDuration = SignedDuration::from_mins(10);
/// A session ends after so long in any case.
const ABSOLUTE: SignedDuration = SignedDuration::from_mins(30);

/// Why a request comes without a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It brought no cookie, or the holder has logged out.
    Absent,
    /// The time is over, or the portal no longer knows the number.
    Expired,
    /// The same user has logged in from elsewhere.
    Replaced,
}

/// How far an operation of portal A has come inside one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Operation {
    #[default]
    None,
    /// Consents and PIN were accepted; the first code is awaited.
    Signing,
    /// The new PIN was accepted; the second code is awaited.
    Activating { new_pin: String },
}

/// One login.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) portal: Portal,
    pub(crate) operation: Operation,
    /// A text for the next page only.
    pub(crate) notice: Option<String>,
    secret: String,
    began: Timestamp,
    seen: Timestamp,
    ended: Option<Gone>,
}

impl Session {
    /// The token that a form of this session must bring back.
    pub(crate) fn form_token(&self, form: &str) -> String {
        form_token(&self.secret, form)
    }
}

/// The token of one form under one secret: the same at every load, so that a page sent again is
/// judged by what it asks and not by its age (portals.md §1.5: a reload re-posts).
pub(crate) fn form_token(secret: &str, form: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(form.as_bytes());
    random::hex(&mac.finalize().into_bytes())
}

/// Every session of both portals, by the value of its cookie.
#[derive(Debug, Default)]
pub(crate) struct Sessions(HashMap<String, Session>);

impl Sessions {
    /// Opens a session; any other of the same user ends.
    pub(crate) fn open(&mut self, portal: Portal, user: &str, now: Timestamp) -> String {
        for session in self.0.values_mut() {
            if session.user == user && session.ended.is_none() {
                session.ended = Some(Gone::Replaced);
            }
        }
        let number = random::token();
        let session = Session {
            user: user.to_owned(),
            portal,
            operation: Operation::None,
            notice: None,
            secret: random::token(),
            began: now,
            seen: now,
            ended: None,
        };
        self.0.insert(number.clone(), session);
        number
    }

    /// The live session of a cookie, its idle time begun anew.
    pub(crate) fn touch(&mut self, portal: Portal, number: Option<&str>, now: Timestamp) -> Result<&mut Session, Gone> {
        let number = number.ok_or(Gone::Absent)?;
        let session = self.0.get_mut(number).filter(|session| session.portal == portal).ok_or(Gone::Expired)?;
        if let Some(gone) = session.ended {
            return Err(gone);
        }
        if now.duration_since(session.seen) > IDLE || now.duration_since(session.began) > ABSOLUTE {
            session.ended = Some(Gone::Expired);
            return Err(Gone::Expired);
        }
        session.seen = now;
        Ok(session)
    }

    /// Ends a session because its holder wants to.
    pub(crate) fn close(&mut self, number: Option<&str>) {
        if let Some(session) = number.and_then(|number| self.0.get_mut(number)) {
            session.ended = Some(Gone::Absent);
        }
    }

    /// Ends a session because its user has logged in from elsewhere.
    pub(crate) fn replace(&mut self, number: Option<&str>) {
        if let Some(session) = number.and_then(|number| self.0.get_mut(number)).filter(|it| it.ended.is_none()) {
            session.ended = Some(Gone::Replaced);
        }
    }

    /// Ends every session as if its time were over.
    pub(crate) fn expire_all(&mut self) {
        for session in self.0.values_mut().filter(|session| session.ended.is_none()) {
            session.ended = Some(Gone::Expired);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gone, Sessions};
    use crate::practice::ledger::Portal::{FirmaRemota, MiaFirma};
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn gone(sessions: &mut Sessions, number: &str, second: i64) -> Option<Gone> {
        sessions.touch(MiaFirma, Some(number), at(second)).err()
    }

    #[test]
    fn ten_idle_minutes_end_it() {
        let mut sessions = Sessions::default();
        let number = sessions.open(MiaFirma, "JCPD0001", at(0));
        assert_eq!(gone(&mut sessions, &number, 600), None);
        assert_eq!(gone(&mut sessions, &number, 1201), Some(Gone::Expired));
        assert_eq!(gone(&mut sessions, &number, 1202), Some(Gone::Expired));
    }

    #[test]
    fn thirty_minutes_end_it_however_busy() {
        let mut sessions = Sessions::default();
        let number = sessions.open(MiaFirma, "JCPD0001", at(0));
        for minute in 1..=30 {
            assert_eq!(gone(&mut sessions, &number, minute * 60), None);
        }
        assert_eq!(gone(&mut sessions, &number, 1801), Some(Gone::Expired));
    }

    #[test]
    fn the_second_login_ends_the_first() {
        let mut sessions = Sessions::default();
        let first = sessions.open(MiaFirma, "JCPD0001", at(0));
        let other = sessions.open(MiaFirma, "JCPD0002", at(0));
        let second = sessions.open(MiaFirma, "JCPD0001", at(1));
        assert_eq!(gone(&mut sessions, &first, 2), Some(Gone::Replaced));
        assert_eq!(gone(&mut sessions, &second, 2), None);
        assert_eq!(gone(&mut sessions, &other, 2), None);
    }

    #[test]
    fn one_portal_does_not_know_the_sessions_of_the_other() {
        let mut sessions = Sessions::default();
        let number = sessions.open(MiaFirma, "JCPD0001", at(0));
        assert_eq!(sessions.touch(FirmaRemota, Some(&number), at(1)).err(), Some(Gone::Expired));
        assert_eq!(sessions.touch(MiaFirma, None, at(1)).err(), Some(Gone::Absent));
    }

    #[test]
    fn tokens_differ_by_form_and_by_session() {
        let mut sessions = Sessions::default();
        let a = sessions.open(MiaFirma, "JCPD0001", at(0));
        let b = sessions.open(MiaFirma, "JCPD0002", at(0));
        let mut token =
            |number: &str, form: &str| sessions.touch(MiaFirma, Some(number), at(1)).unwrap().form_token(form);
        assert_eq!(token(&a, "rinnovo"), token(&a, "rinnovo"));
        assert_ne!(token(&a, "rinnovo"), token(&a, "pin"));
        assert_ne!(token(&a, "rinnovo"), token(&b, "rinnovo"));
    }
}

//! Logging in, and the password: wrong ones are counted, old ones are refused, lost ones are mailed for.

use jiff::{SignedDuration, Timestamp};

use super::accounts::LOGIN_MOST;
use super::ledger::{EffectKind, Portal};
use super::mailbox::Mail;
use super::random;
use super::state::State;

/// How long the link in the mail is good (portals.md §1.4, `recupero-password`).
const LINK_VALID: SignedDuration = SignedDuration::from_mins(15);
/// The special characters portal A allows (portals.md §1.1, password rule).
const SPECIAL: &str = "&%!\"()?^+[].,_";

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    Wrong {
        left: u32,
    },
    Locked,
    /// The password is right, but too old to enter with.
    PasswordExpired,
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordError {
    /// The present one is wrong.
    Refused(LoginError),
    Mismatch,
    Rule,
    /// One of the last five.
    Reused,
    /// The link of the mail is unknown or too old.
    Link,
}

/// A link that sets a new password.
#[derive(Clone, Debug)]
pub(crate) struct Recovery {
    key: String,
    user: String,
    at: Timestamp,
}

impl State {
    /// Tries to log in; answers the number of the new session.
    pub(crate) fn login(&mut self, portal: Portal, user: &str, password: &str) -> Result<String, LoginError> {
        let verdict = self.check_password(portal, user, password);
        let name = self.name_for_ledger(portal, user);
        match verdict {
            Ok(()) => {
                self.note(portal, &name, EffectKind::LoginOk, "");
                let now = self.clock.now();
                Ok(self.sessions.open(portal, &name, now))
            }
            Err(error) => {
                let why = match error {
                    LoginError::Wrong { .. } => "credenziali errate",
                    LoginError::Locked => "utenza bloccata",
                    LoginError::PasswordExpired => "password scaduta",
                };
                self.note(portal, &name, EffectKind::LoginKo, why);
                Err(error)
            }
        }
    }

    /// A name nobody bears may be a password typed into the wrong field: it is not written down.
    fn name_for_ledger(&self, portal: Portal, user: &str) -> String {
        self.account(user)
            .filter(|account| account.portal == portal)
            .map_or_else(|| "-".to_owned(), |account| account.user.clone())
    }

    fn check_password(&mut self, portal: Portal, user: &str, password: &str) -> Result<(), LoginError> {
        let known = self.account_mut(user).filter(|account| account.portal == portal);
        let Some(account) = known else {
            let wrong = self.strangers.entry(user.trim().to_uppercase()).or_default();
            *wrong += 1;
            return match LOGIN_MOST.saturating_sub(*wrong) {
                0 => Err(LoginError::Locked),
                left => Err(LoginError::Wrong { left }),
            };
        };
        if account.locked() {
            return Err(LoginError::Locked);
        }
        if account.password != password {
            account.login_wrong += 1;
            return match LOGIN_MOST - account.login_wrong {
                0 => Err(LoginError::Locked),
                left => Err(LoginError::Wrong { left }),
            };
        }
        account.login_wrong = 0;
        if account.password_expired {
            return Err(LoginError::PasswordExpired);
        }
        Ok(())
    }

    /// Changes a password whose present value the holder knows.
    pub(crate) fn change_password(
        &mut self,
        portal: Portal,
        user: &str,
        present: &str,
        new: &str,
        again: &str,
    ) -> Result<(), PasswordError> {
        match self.check_password(portal, user, present) {
            Ok(()) | Err(LoginError::PasswordExpired) => {}
            Err(error) => {
                let name = self.name_for_ledger(portal, user);
                self.note(portal, &name, EffectKind::LoginKo, "cambio password");
                return Err(PasswordError::Refused(error));
            }
        }
        self.set_password(portal, user, new, again)
    }

    fn set_password(&mut self, portal: Portal, user: &str, new: &str, again: &str) -> Result<(), PasswordError> {
        let rule = self.rule_of(portal);
        let account = self.account_mut(user).ok_or(PasswordError::Link)?;
        if new != again {
            return Err(PasswordError::Mismatch);
        }
        if !allowed(rule, new) {
            return Err(PasswordError::Rule);
        }
        if account.old_passwords.iter().any(|old| old == new) {
            return Err(PasswordError::Reused);
        }
        account.set_password(new);
        account.login_wrong = 0;
        let user = account.user.clone();
        self.note_decoy(portal, &user, EffectKind::PasswordCambiata, "");
        Ok(())
    }

    /// The portal whose rule for passwords is in force: with E12 portal B has the stricter one of portal A.
    fn rule_of(&self, portal: Portal) -> Portal {
        let tightened = portal == Portal::FirmaRemota && self.knobs.drift.has("E12", portal);
        if tightened { Portal::MiaFirma } else { portal }
    }

    /// Mails a link to whoever bears this name, and tells nobody whether anyone does.
    pub(crate) fn begin_recovery(&mut self, portal: Portal, user: &str) {
        let Some(account) = self.account(user).filter(|account| account.portal == portal) else {
            return;
        };
        let (user, at, key) = (account.user.clone(), self.clock.now(), random::token());
        let origin = self.origins.get(&portal).cloned().unwrap_or_default();
        let link = match portal {
            Portal::MiaFirma => format!("{origin}/#/nuova-password/{key}"),
            Portal::FirmaRemota => format!("{origin}/gestione/NuovaPassword.do?chiave={key}"),
        };
        self.mails.push(Mail::recovery(&user, &link, at));
        self.note_decoy(portal, &user, EffectKind::RecuperoPassword, "");
        self.recoveries.push(Recovery { key, user, at });
    }

    /// Sets the password through the link of the mail, which also unlocks the account.
    pub(crate) fn finish_recovery(
        &mut self,
        portal: Portal,
        key: &str,
        new: &str,
        again: &str,
    ) -> Result<(), PasswordError> {
        let now = self.clock.now();
        let found = self
            .recoveries
            .iter()
            .position(|link| link.key == key && now.duration_since(link.at) <= LINK_VALID)
            .ok_or(PasswordError::Link)?;
        let user = self.recoveries[found].user.clone();
        self.set_password(portal, &user, new, again)?;
        self.recoveries.remove(found);
        Ok(())
    }
}

/// The password rules of the two portals (portals.md §1.1).
fn allowed(portal: Portal, password: &str) -> bool {
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let letters: Vec<char> = password.chars().collect();
    match portal {
        Portal::MiaFirma => {
            letters.len() >= 8
                && has(|c| c.is_ascii_lowercase())
                && has(|c| c.is_ascii_uppercase())
                && has(|c| c.is_ascii_digit())
                && has(|c| SPECIAL.contains(c))
                && letters.iter().all(|c| c.is_ascii_alphanumeric() || SPECIAL.contains(*c))
                && letters.windows(3).all(|three| three[0] != three[1] || three[1] != three[2])
        }
        Portal::FirmaRemota => letters.len() >= 8 && has(|c| c.is_ascii_alphabetic()) && has(|c| c.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;
    use crate::practice::ledger::Portal::{FirmaRemota, MiaFirma};

    #[test]
    fn the_two_rules_differ() {
        for (password, a, b) in [
            ("Esercizio.2024", true, true),
            ("esercizio2024", false, true),
            ("Esercizio2024", false, true),
            ("Eserciziooo.2024", false, true),
            ("Esercizioo.2024", true, true),
            ("Es.1", false, false),
            ("Esercizio#2024", false, true),
            ("Esercizio.Anno", false, false),
        ] {
            assert_eq!(allowed(MiaFirma, password), a, "{password}");
            assert_eq!(allowed(FirmaRemota, password), b, "{password}");
        }
    }
}

//! What one pair of portals knows: everything behind one lock, and the few acts all of it shares.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use minijinja::Environment;
use tokio::sync::watch;

use super::accounts::{Account, fixtures};
use super::clock::Clock;
use super::codes::CodeError;
use super::faults::{Due, Faults};
use super::knobs::Knobs;
use super::ledger::{Effect, EffectKind, Ledger, Portal};
use super::login::Recovery;
use super::mailbox::{Mail, Sms, notices};
use super::session::Sessions;
use super::stranger::Leak;
use super::{PracticeError, random};

/// One pair of portals, shared by its servers.
#[derive(Debug)]
pub(crate) struct World {
    state: Mutex<State>,
    /// The same as the state's, to wait on without the lock.
    pub(crate) arrivals: watch::Sender<u64>,
    /// Becomes true when the portals end.
    pub(crate) closing: watch::Sender<bool>,
    /// Goes up with each fault that happens.
    pub(crate) mishaps: watch::Sender<u32>,
    /// The bearer token of the admin API.
    pub(crate) admin_token: String,
    /// The pages of portal B.
    pub(crate) pages: Environment<'static>,
}

impl World {
    pub(crate) fn new(state: State, pages: Environment<'static>) -> Self {
        Self {
            arrivals: state.arrivals.clone(),
            state: Mutex::new(state),
            closing: watch::Sender::new(false),
            mishaps: watch::Sender::new(0),
            admin_token: random::token(),
            pages,
        }
    }

    /// A fault happens now; whoever waits for it is told.
    pub(crate) fn strike(&self, due: &Due) {
        self.lock().faults.strike(due);
        self.mishaps.send_modify(|count| *count += 1);
    }

    /// The state, for as long as the guard lives; never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the portal does otherwise during the request that is under way, because a fault has come to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Twist {
    /// It says that it is done and does nothing.
    pub(crate) pretends: bool,
    /// It refuses the code, whatever it is.
    pub(crate) code: Option<CodeError>,
    /// Its message arrives so much later.
    pub(crate) late: Duration,
    /// An older message arrives in the meantime.
    pub(crate) old_message: bool,
}

/// The clock, the knobs, the accounts and all that has happened to them.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) knobs: Knobs,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Sessions,
    pub(crate) ledger: Ledger,
    pub(crate) sms: Vec<Sms>,
    pub(crate) mails: Vec<Mail>,
    pub(crate) recoveries: Vec<Recovery>,
    pub(crate) leaks: Vec<Leak>,
    /// Wrong logins under names that nobody bears.
    pub(crate) strangers: HashMap<String, u32>,
    /// The secret behind the form tokens of visitors who are not logged in.
    pub(crate) guest_secret: String,
    pub(crate) origins: HashMap<Portal, String>,
    /// The third origin, which is neither's.
    pub(crate) stranger: String,
    pub(crate) faults: Faults,
    pub(crate) twist: Twist,
    /// Those who were told that all is done when nothing was.
    pub(crate) deceived: HashSet<String>,
    /// How many visitors of portal A were given a variant of it (portals.md §1.6, D34).
    pub(crate) variants: u32,
    /// Goes up with each message, so that a waiting reader wakes.
    pub(crate) arrivals: watch::Sender<u64>,
    first_knobs: Knobs,
    only: Vec<String>,
}

impl State {
    pub(crate) fn new(
        now: Option<Timestamp>,
        knobs: Knobs,
        only: Vec<String>,
        ledger: Ledger,
    ) -> Result<Self, PracticeError> {
        let clock = Clock::showing(now);
        let accounts = fixtures(clock.today(), &only);
        if accounts.is_empty() {
            return Err(PracticeError::NoAccount(only.join(", ")));
        }
        Ok(Self {
            clock,
            accounts,
            sessions: Sessions::default(),
            ledger,
            sms: Vec::new(),
            mails: Vec::new(),
            recoveries: Vec::new(),
            leaks: Vec::new(),
            strangers: HashMap::new(),
            guest_secret: random::token(),
            origins: HashMap::new(),
            stranger: String::new(),
            faults: Faults::default(),
            twist: Twist::default(),
            deceived: HashSet::new(),
            variants: 0,
            arrivals: watch::Sender::new(0),
            first_knobs: knobs.clone(),
            knobs,
            only,
        })
    }

    /// Begins again: fixtures as of the clock's present day, first knobs, no fault, nobody logged in,
    /// empty ledger and mailboxes. The clock goes on as it was set, and so do the turns of variants.
    pub(crate) fn reset(&mut self) {
        self.accounts = fixtures(self.clock.today(), &self.only);
        self.sessions = Sessions::default();
        self.ledger.clear();
        self.sms.clear();
        self.mails.clear();
        self.recoveries.clear();
        self.leaks.clear();
        self.strangers.clear();
        self.faults.clear();
        self.deceived.clear();
        self.knobs = self.first_knobs.clone();
    }

    /// The account of a user, written as people write it.
    pub(crate) fn account(&self, user: &str) -> Option<&Account> {
        let user = user.trim();
        self.accounts.iter().find(|account| account.user.eq_ignore_ascii_case(user))
    }

    pub(crate) fn account_mut(&mut self, user: &str) -> Option<&mut Account> {
        let user = user.trim();
        self.accounts.iter_mut().find(|account| account.user.eq_ignore_ascii_case(user))
    }

    /// Enters an effect that a renewal may leave.
    pub(crate) fn note(&mut self, portal: Portal, user: &str, effect: EffectKind, detail: &str) {
        self.enter(portal, user, effect, detail, false);
    }

    /// Enters an effect that no renewal ever leaves.
    pub(crate) fn note_decoy(&mut self, portal: Portal, user: &str, effect: EffectKind, detail: &str) {
        self.enter(portal, user, effect, detail, true);
    }

    fn enter(&mut self, portal: Portal, user: &str, effect: EffectKind, detail: &str, decoy: bool) {
        let time = self.clock.now();
        let (user, detail) = (user.to_owned(), detail.to_owned());
        self.ledger.add(Effect { seq: 0, time, portal, user, effect, decoy, detail });
    }

    /// A holder's mailbox as it is now: what has arrived, oldest first.
    pub(crate) fn mailbox(&self, user: &str) -> Vec<Mail> {
        let now = self.clock.now();
        let Some(account) = self.account(user) else {
            return Vec::new();
        };
        let sent = self.mails.iter().filter(|mail| mail.user == account.user && mail.time <= now);
        let mut mails: Vec<Mail> = sent.cloned().collect();
        mails.extend(notices(&account.user, account.certificate.to, now));
        mails.sort_by_key(|mail| mail.time);
        mails
    }
}

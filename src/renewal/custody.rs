//! An account in the hands of one run: its lock, its journal and its budgets, asked by the runner before anything that
//! cannot be taken back ([`Warden`]).

use std::path::Path;
use std::rc::Rc;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::exit::Verdict;
use crate::failpoint;
use crate::renewal::budget::{BudgetError, Budgets, Kind};
use crate::renewal::clock;
use crate::renewal::journal::{Journal, Refused, Wanted};
use crate::renewal::lock::{Lock, LockError};
use crate::renewal::reconcile::{Decision, Standing};
use crate::runner::warden::{Came, Commit, Denied, Shown, Typed, Warden};
use crate::store::past::{How, Intent, Key, Past, Reading};
use crate::store::state::{PastRun, State, StateError};

/// Why an account could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// Its lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The state.
    #[error(transparent)]
    State(#[from] StateError),
    /// Its budgets.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// A commit is open: only reading is allowed.
    #[error("{0}")]
    Unknown(String),
}

impl CustodyError {
    /// How a run ends that could not take the account.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Lock(LockError::Busy { .. }) => Verdict::Busy,
            Self::Budget(BudgetError::Frozen { .. }) => Verdict::Frozen,
            Self::Unknown(_) => Verdict::Unknown,
            Self::Lock(LockError::Unusable { .. }) | Self::State(_) | Self::Budget(BudgetError::State(_)) => {
                Verdict::Invalid
            }
        }
    }
}

/// An account in the hands of one run.
#[derive(Debug)]
pub struct Custody {
    state: Rc<State>,
    lock: Lock,
    flow: String,
    run: String,
    /// By how much a renewal moves the expiry; nothing: the flow has no `[renewal]`.
    gains: Option<Span>,
    asks: bool,
    open: Option<Intent>,
    first: Option<Shown>,
    latest: Option<Shown>,
}

impl Custody {
    /// Takes the account: its lock, at once or not at all, and the state in `directory`.
    ///
    /// # Errors
    /// When another run has it, or the state cannot be used.
    pub fn take(directory: &Path, account: &str, verb: &str, flow: &str) -> Result<Self, CustodyError> {
        let now = clock::now();
        failpoint::here("before-lock");
        let lock = Lock::take(directory, account, verb, now)?;
        failpoint::here("after-lock");
        let state = Rc::new(State::open(directory, now)?);
        if let Some(notice) = state.set_aside() {
            tracing::warn!("{notice}");
        }
        Ok(Self {
            state,
            lock,
            flow: flow.to_owned(),
            run: String::new(),
            gains: None,
            asks: false,
            open: None,
            first: None,
            latest: None,
        })
    }

    /// Whether a run may begin that types secrets, and, where it `commits`, whether nothing is open. `gains` is what a
    /// renewal adds to the expiry.
    ///
    /// # Errors
    /// When the account is frozen, or a commit is open.
    pub fn admit(&mut self, gains: Option<Span>, commits: bool) -> Result<(), CustodyError> {
        Budgets::of(&self.state, &self.lock).check(clock::now())?;
        self.gains = gains;
        (self.first, self.latest) = (None, None);
        let standing = self.journal().standing()?;
        self.asks = standing != Standing::Clear;
        let open = match &standing {
            Standing::Unknown { intent, .. } => {
                format!("“{}” was pressed at {}, and nobody knows whether it took place", intent.commit, intent.at)
            }
            Standing::HistoryLost { since } => format!("what was done before {since} is not known any more"),
            Standing::Clear | Standing::HalfDone { .. } => return Ok(()),
        };
        if commits { Err(CustodyError::Unknown(open)) } else { Ok(()) }
    }

    /// The run has begun, and its folder is called so.
    pub fn begins(&mut self, run: &str) {
        run.clone_into(&mut self.run);
    }

    /// The state, for what else outlives a run.
    #[must_use]
    pub fn state(&self) -> &Rc<State> {
        &self.state
    }

    /// The account's id.
    #[must_use]
    pub fn account(&self) -> &str {
        self.lock.account()
    }

    /// How the account stands.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn standing(&self) -> Result<Standing, StateError> {
        self.journal().standing()
    }

    /// What the portal showed last in this run.
    #[must_use]
    pub fn latest(&self) -> Option<&Shown> {
        self.latest.as_ref()
    }

    /// What is remembered of the account here.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn past(&self) -> Result<Past, StateError> {
        self.state.past(self.account(), &self.flow)
    }

    /// The account's last runs of a task, the newest first, without those that only looked.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn runs(&self, task: &str) -> Result<Vec<PastRun>, StateError> {
        const MOST: u32 = 64;
        let mut runs = self.state.runs(self.account(), MOST)?;
        runs.retain(|run| run.flow == self.flow && run.task == task && !run.only_looked());
        Ok(runs)
    }

    /// Decides by what was read, and writes down what is decided.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn reconcile(&self) -> Result<Decision, StateError> {
        match self.gains {
            Some(gains) => {
                failpoint::here("before-decision");
                let decision = self.journal().reconcile(gains, clock::now());
                failpoint::here("after-decision");
                decision
            }
            None => Ok(Decision::Clear),
        }
    }

    /// A person looked, and says whether the open commit took place. Says which commit that was; nothing: none is open.
    ///
    /// # Errors
    /// When it could not be written down.
    pub fn told(&self, took_place: bool) -> Result<Option<Intent>, StateError> {
        self.journal().told(took_place, clock::now())
    }

    /// The account's budgets.
    #[must_use]
    pub fn budgets(&self) -> Budgets<'_> {
        Budgets::of(&self.state, &self.lock)
    }

    fn journal(&self) -> Journal<'_, State> {
        Journal::of(&self.state, &self.lock, &self.flow)
    }

    fn key(&self, step: &str, now: Timestamp) -> Result<Key, Denied> {
        let (certificate, old_expiry, step) = match (self.gains, &self.first) {
            (Some(_), Some(first)) => (first.certificate.clone(), first.expiry, step.to_owned()),
            (Some(_), None) => {
                return Err(Denied {
                    verdict: Verdict::Invalid,
                    why: "nothing was sent: this run has not read the expiry, so that nothing would tell this commit from \
                          another; run the task from its beginning"
                        .into(),
                });
            }
            // Nothing tells this commit from last year's, so that each run's is its own.
            (None, _) => (None, now.to_zoned(TimeZone::UTC).date(), format!("{step} of {}", self.run)),
        };
        Ok(Key { flow: self.flow.clone(), account: self.account().to_owned(), certificate, old_expiry, step })
    }
}

impl Warden for Custody {
    fn intend(&mut self, commit: &Commit) -> Result<(), Denied> {
        let now = clock::now();
        let Commit { step, words, task, ahead, resumes } = commit.clone();
        let key = self.key(&step, now)?;
        // Without a date to prove a renewal by, each commit stands for itself.
        let ahead = if self.gains.is_some() { ahead } else { 0 };
        let wanted = Wanted { key, task, commit: words, ahead, resumes, run: self.run.clone() };
        failpoint::here("before-intent");
        let intent = self.journal().intend(wanted, now).map_err(|refused| Denied {
            verdict: match refused {
                Refused::State(_) => Verdict::Failed,
                _ => Verdict::Unknown,
            },
            why: refused.to_string(),
        })?;
        failpoint::here("after-intent");
        self.open = Some(intent);
        Ok(())
    }

    fn settle(&mut self, came: Came) {
        let Some(intent) = self.open.take() else { return };
        let how = match came {
            Came::Seen if self.gains.is_none() => How::Proved,
            Came::Seen => How::Seen,
            Came::Refused => How::Refused,
            Came::Held => How::Held,
        };
        failpoint::here("before-outcome");
        if let Err(error) = self.journal().settle(&intent, how, clock::now()) {
            tracing::warn!(%error, "what became of the commit could not be written down; a later reading settles it");
        }
        failpoint::here("after-outcome");
    }

    fn spend(&mut self, value: &Typed) -> Result<(), Denied> {
        failpoint::here("before-spend");
        self.budgets().spend(&kind(value), clock::now()).map_err(|error| Denied {
            verdict: match error {
                BudgetError::Frozen { .. } => Verdict::Frozen,
                BudgetError::State(_) => Verdict::Failed,
            },
            why: error.to_string(),
        })?;
        failpoint::here("after-spend");
        Ok(())
    }

    fn accepted(&mut self, value: &Typed) {
        failpoint::here("before-accepted");
        if let Err(error) = self.budgets().accepted(&kind(value), clock::now()) {
            tracing::warn!(%error, input = value.input, "that it was accepted could not be written down; it stays counted");
        }
        failpoint::here("after-accepted");
    }

    fn returned(&mut self, value: &Typed) {
        if let Err(error) = self.budgets().returned(&kind(value), clock::now()) {
            tracing::warn!(%error, input = value.input, "that it was not judged could not be written down; it stays counted");
        }
    }

    fn refused(&mut self, value: &Typed, says: &str) {
        if let Err(error) = self.budgets().refused(&kind(value), says, clock::now()) {
            tracing::warn!(%error, input = value.input, "that it was refused could not be written down; it stays counted");
        }
    }

    fn asks(&self) -> bool {
        self.asks
    }

    fn shown(&mut self, shown: &Shown) {
        self.first.get_or_insert_with(|| shown.clone());
        self.latest = Some(shown.clone());
        let Shown { expiry, certificate, half_done } = shown.clone();
        let reading = Reading { at: clock::now(), expiry, certificate, half_done };
        failpoint::here("before-reading");
        if let Err(error) = self.journal().read(&reading) {
            tracing::warn!(%error, "what the portal showed could not be written down");
        }
        failpoint::here("after-reading");
    }
}

fn kind(value: &Typed) -> Kind {
    Kind { input: value.input.clone(), code: value.code }
}

//! The journal of one account at one portal: a commit is written down before it is sent, its outcome after (faults.md §2.2).
//!
//! Whoever holds the account's lock has a journal; each question reads the disk again, so that nothing is remembered that
//! is not kept.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::renewal::lock::Lock;
use crate::renewal::reconcile::{Decision, Standing, decide, standing};
use crate::store::past::{FORGOTTEN, How, Intent, Key, Past, Reading};
use crate::store::state::{State, StateError};

/// Where journals are kept. An intent lasts when its method returns; what became of it lasts with the next intent at the
/// latest, in the order of writing, so that a loss of power may take the last of it. A method that fails may have written or
/// not.
pub trait Book {
    /// All that is remembered of an account at a portal.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn past(&self, account: &str, flow: &str) -> Result<Past, StateError>;

    /// Keeps an intent after `previous`, and nothing where another has come after that one. Gives it its number.
    ///
    /// # Errors
    ///
    /// When it may not have been kept.
    fn add_intent(&self, intent: &Intent, previous: Option<i64>) -> Result<i64, StateError>;

    /// Keeps what was learnt of a commit.
    ///
    /// # Errors
    ///
    /// When it may not have been kept.
    fn add_outcome(&self, intent: i64, how: How, at: Timestamp) -> Result<(), StateError>;

    /// Keeps what the portal showed.
    ///
    /// # Errors
    ///
    /// When it may not have been kept.
    fn add_reading(&self, account: &str, flow: &str, reading: &Reading) -> Result<(), StateError>;
}

impl Book for State {
    fn past(&self, account: &str, flow: &str) -> Result<Past, StateError> {
        Self::past(self, account, flow)
    }

    fn add_intent(&self, intent: &Intent, previous: Option<i64>) -> Result<i64, StateError> {
        Self::add_intent(self, intent, previous)
    }

    fn add_outcome(&self, intent: i64, how: How, at: Timestamp) -> Result<(), StateError> {
        Self::add_outcome(self, intent, how, at)
    }

    fn add_reading(&self, account: &str, flow: &str, reading: &Reading) -> Result<(), StateError> {
        Self::add_reading(self, account, flow, reading)
    }
}

/// A commit that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What makes it this one.
    pub key: Key,
    /// The task that is performed.
    pub task: String,
    /// What cannot be undone, in the flow's words.
    pub commit: String,
    /// So many commits of the renewal come after it.
    pub ahead: u32,
    /// This run met the half-done renewal and goes on with it.
    pub resumes: bool,
    /// The run, as its folder is called.
    pub run: String,
}

/// Why a commit may not be sent.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be written down.
    #[error("nothing was sent, because it could not be written down first: {0}")]
    State(#[from] StateError),
    /// One that was sent before is not settled.
    #[error("nothing was sent: “{}” was pressed at {}, and nobody knows whether it took place", .0.commit, .0.at)]
    Unknown(Box<Intent>),
    /// It took place.
    #[error("nothing was sent: “{}” took place before, at {}, for this certificate", .0.commit, .0.at)]
    Before(Box<Intent>),
    /// The renewal stands half done, and this is not what comes next.
    #[error("nothing was sent: the renewal stands half done since {}, and this run does not resume it", .0.at)]
    HalfDone(Box<Intent>),
    /// What was done before is not known.
    #[error("nothing was sent: what was done before {0} is not known any more; `rinnova recover` reads the portal")]
    HistoryLost(Timestamp),
    /// It is another account's or another flow's.
    #[error("nothing was sent: the journal is of another account or flow")]
    Foreign,
}

/// The journal of one account at one portal.
#[derive(Debug)]
pub struct Journal<'a, B> {
    book: &'a B,
    lock: &'a Lock,
    flow: &'a str,
}

impl<'a, B: Book> Journal<'a, B> {
    /// The journal of the account whose lock is held.
    #[must_use]
    pub fn of(book: &'a B, lock: &'a Lock, flow: &'a str) -> Self {
        Self { book, lock, flow }
    }

    /// How the account stands.
    ///
    /// # Errors
    ///
    /// When the book cannot be read.
    pub fn standing(&self) -> Result<Standing, StateError> {
        Ok(standing(&self.past()?))
    }

    /// Writes a commit down. When this returns the commit may be sent, once; on any error it may not.
    ///
    /// # Errors
    ///
    /// When it must not be sent, or could not be written down.
    pub fn intend(&self, wanted: Wanted, now: Timestamp) -> Result<Intent, Refused> {
        let Wanted { key, task, commit, ahead, resumes, run } = wanted;
        if (key.account.as_str(), key.flow.as_str()) != (self.lock.account(), self.flow) {
            return Err(Refused::Foreign);
        }
        let past = self.past()?;
        let took_place = |intent: &&Intent| intent.outcome.is_some_and(|outcome| outcome.how.took_place());
        if let Some(same) = past.intents.iter().filter(took_place).find(|intent| intent.key.same(&key)) {
            return Err(Refused::Before(Box::new(same.clone())));
        }
        let follows = match standing(&past) {
            Standing::Clear => resumes,
            Standing::HalfDone { intent } => {
                let goes_on = resumes || intent.run == run;
                if !goes_on || intent.key.old_expiry != key.old_expiry {
                    return Err(Refused::HalfDone(Box::new(intent)));
                }
                true
            }
            Standing::Unknown { intent, .. } => return Err(Refused::Unknown(Box::new(intent))),
            Standing::HistoryLost { since } => return Err(Refused::HistoryLost(since)),
        };
        let intent = Intent { id: 0, key, task, commit, ahead, follows, run, at: now, outcome: None };
        let id = self.book.add_intent(&intent, past.intents.last().map(|intent| intent.id))?;
        Ok(Intent { id, ..intent })
    }

    /// Writes down what was learnt of a commit that was intended.
    ///
    /// # Errors
    ///
    /// When it could not be written down; then the commit stays unknown, which a later reading mends.
    pub fn settle(&self, intent: &Intent, how: How, now: Timestamp) -> Result<(), StateError> {
        self.book.add_outcome(intent.id, how, now)
    }

    /// Writes down what the portal showed.
    ///
    /// # Errors
    ///
    /// When it could not be written down.
    pub fn read(&self, reading: &Reading) -> Result<(), StateError> {
        self.book.add_reading(self.lock.account(), self.flow, reading)
    }

    /// Decides by what was read, and settles what is decided. Asked again, it says the same or what follows from it.
    ///
    /// # Errors
    ///
    /// When the book cannot be read or written.
    pub fn reconcile(&self, gains: Span, now: Timestamp) -> Result<Decision, StateError> {
        let past = self.past()?;
        let standing = standing(&past);
        let decision = decide(&standing, &past.readings, gains);
        let how = match decision {
            Decision::Done => How::Renewed,
            Decision::HalfDone => How::HalfDone,
            Decision::NotDoneTwice => How::Still,
            Decision::Clear | Decision::NotDoneOnce { .. } | Decision::Unknown(_) => return Ok(decision),
        };
        match standing {
            // Half done before and now: nothing new.
            Standing::HalfDone { .. } if how == How::HalfDone => {}
            Standing::Unknown { intent, .. } | Standing::HalfDone { intent } => self.settle(&intent, how, now)?,
            Standing::HistoryLost { .. } => {
                let Some(last) = past.readings.last() else { return Ok(decision) };
                // As the first of two, whether it took place is read from the portal's word on a half-done renewal.
                self.make_good(last.certificate.clone(), last.expiry, 1, how, now)?;
            }
            Standing::Clear => {}
        }
        Ok(decision)
    }

    /// A person looked at the portal, and says whether what is open took place. Gives what that was; nothing: nothing is open.
    ///
    /// # Errors
    ///
    /// When the book cannot be read or written.
    pub fn told(&self, took_place: bool, now: Timestamp) -> Result<Option<Intent>, StateError> {
        let how = How::Person { took_place };
        match self.standing()? {
            Standing::Unknown { intent, .. } | Standing::HalfDone { intent } => {
                self.settle(&intent, how, now)?;
                Ok(Some(intent))
            }
            Standing::HistoryLost { .. } => {
                Ok(Some(self.make_good(None, now.to_zoned(TimeZone::UTC).date(), 0, how, now)?))
            }
            Standing::Clear => Ok(None),
        }
    }

    /// Puts a forgotten commit in the place of a lost history. Were the run to end between the two writes, it would stand as
    /// unknown, and be settled by what is read after it.
    fn make_good(
        &self,
        certificate: Option<String>,
        old_expiry: Date,
        ahead: u32,
        how: How,
        now: Timestamp,
    ) -> Result<Intent, StateError> {
        let intent = Intent {
            id: 0,
            key: Key {
                flow: self.flow.to_owned(),
                account: self.lock.account().to_owned(),
                certificate,
                old_expiry,
                step: FORGOTTEN.to_owned(),
            },
            task: FORGOTTEN.to_owned(),
            commit: "what is not remembered".to_owned(),
            ahead,
            follows: false,
            run: FORGOTTEN.to_owned(),
            at: now,
            outcome: None,
        };
        let id = self.book.add_intent(&intent, None)?;
        self.book.add_outcome(id, how, now)?;
        Ok(Intent { id, ..intent })
    }

    fn past(&self) -> Result<Past, StateError> {
        self.book.past(self.lock.account(), self.flow)
    }
}

//! What stands over a run and is asked before anything that cannot be taken back: a commit is sent, a secret or a code is
//! typed. It writes down, on disk, what is about to happen and what came of it; what it refuses is not done.
//!
//! The runner performs and tells; what follows from the past is decided by whoever implements this (`renewal/custody.rs`).

use jiff::civil::Date;

use crate::exit::Verdict;

/// A commit that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Which commit of the task: a name that stays the same from run to run (`sign`, `sign.2`).
    pub step: String,
    /// What cannot be undone, in the flow's words.
    pub words: String,
    /// The task that is performed.
    pub task: String,
    /// So many commit steps of the task come after it.
    pub ahead: u32,
    /// This run met the half-done renewal and goes on with it.
    pub resumes: bool,
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// The page that follows it was seen.
    Seen,
    /// The portal refused it.
    Refused,
    /// The page script held its press back: nothing was sent.
    Held,
}

/// A secret or a code that is about to be typed, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The input.
    pub input: String,
    /// It is a one-time code.
    pub code: bool,
}

/// What the portal showed where the flow reads the expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The expiry.
    pub expiry: Date,
    /// What names the certificate, where the flow reads it.
    pub certificate: Option<String>,
    /// Whether a renewal stands half done; nothing: the page says neither.
    pub half_done: Option<bool>,
}

/// What is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Denied {
    /// How the run ends.
    pub verdict: Verdict,
    /// Why, for people.
    pub why: String,
}

/// Stands over a run.
pub trait Warden: std::fmt::Debug {
    /// Writes a commit down. When this returns the commit may be sent, once; on any error it may not.
    ///
    /// # Errors
    /// When it must not be sent, or could not be written down.
    fn intend(&mut self, commit: &Commit) -> Result<(), Denied>;

    /// Writes down what became of the commit that was intended last. What cannot be written stays open, and is settled by a
    /// later reading.
    fn settle(&mut self, came: Came);

    /// Counts a value before it is typed. When this returns it may be typed, once; on any error it may not.
    ///
    /// # Errors
    /// When too many were refused, or it could not be written down.
    fn spend(&mut self, value: &Typed) -> Result<(), Denied>;

    /// The portal accepted what was typed.
    fn accepted(&mut self, value: &Typed);

    /// What was typed never left its field, or the portal was not there to judge it: it counts as not typed.
    fn returned(&mut self, value: &Typed);

    /// The portal refused what was typed, in these words.
    fn refused(&mut self, value: &Typed, says: &str);

    /// Whether it must know if a renewal stands half done, wherever the expiry is read: something is open.
    fn asks(&self) -> bool;

    /// The portal showed this.
    fn shown(&mut self, shown: &Shown);
}

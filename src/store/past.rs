//! What the state remembers of one account at one portal: the commits that were intended, how each ended, and what the
//! portal showed since. What follows from it is decided in `renewal/`.

use jiff::Timestamp;
use jiff::civil::Date;

/// What makes a commit this one and no other: portals have no idempotency key, so the certificate and its old expiry
/// stand for one (faults.md §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The flow's name.
    pub flow: String,
    /// The account's id.
    pub account: String,
    /// The certificate's number before the commit, where the flow reads one.
    pub certificate: Option<String>,
    /// The expiry before the commit.
    pub old_expiry: Date,
    /// Which commit of the renewal: a name that stays the same from run to run (`sign`).
    pub step: String,
}

impl Key {
    /// Whether both name the same commit. A certificate that could not be read may be any.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        (&self.flow, &self.account, self.old_expiry, &self.step)
            == (&other.flow, &other.account, other.old_expiry, &other.step)
            && !differ(self.certificate.as_deref(), other.certificate.as_deref())
    }
}

/// Whether two certificates, both known, are different ones.
#[must_use]
pub fn differ(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// A commit that was about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its number; later ones are greater.
    pub id: i64,
    /// What makes it this one.
    pub key: Key,
    /// The task that was performed.
    pub task: String,
    /// What cannot be undone, in the flow's words.
    pub commit: String,
    /// So many commits of the renewal come after it.
    pub ahead: u32,
    /// A commit of the same renewal took place before it.
    pub follows: bool,
    /// The run, as its folder is called.
    pub run: String,
    /// When.
    pub at: Timestamp,
    /// How it ended; nothing: nobody knows.
    pub outcome: Option<Outcome>,
}

/// How a lost history was made good: as a commit that nobody remembers.
pub const FORGOTTEN: &str = "(forgotten)";

impl Intent {
    /// Whether it stands for a lost history.
    #[must_use]
    pub fn is_forgotten(&self) -> bool {
        self.run == FORGOTTEN
    }
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What was learnt, and by what.
    pub how: How,
    /// When it was learnt.
    pub at: Timestamp,
}

/// What was learnt of a commit, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The page that follows it was seen. Of a renewal's last commit this is no proof: only the new date is.
    Seen,
    /// The page that follows it was seen, and the flow has no `[renewal]` that would ask for more.
    Proved,
    /// The portal refused it (a state with `refused = true`).
    Refused,
    /// The page says that nothing of the press came.
    Held,
    /// Read afterwards: the expiry moved. The renewal is done.
    Renewed,
    /// Read afterwards: the portal says that the renewal stands half done.
    HalfDone,
    /// Read afterwards, twice and at least ten minutes apart: nothing has changed.
    Still,
    /// A person looked and said so.
    Person {
        /// Whether it took place.
        took_place: bool,
    },
}

impl How {
    /// Everything that can be learnt.
    pub const ALL: [Self; 9] = [
        Self::Seen,
        Self::Proved,
        Self::Refused,
        Self::Held,
        Self::Renewed,
        Self::HalfDone,
        Self::Still,
        Self::Person { took_place: true },
        Self::Person { took_place: false },
    ];

    /// Whether the commit took place.
    #[must_use]
    pub fn took_place(self) -> bool {
        matches!(self, Self::Seen | Self::Proved | Self::Renewed | Self::HalfDone | Self::Person { took_place: true })
    }

    /// The word that is kept.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Proved => "proved",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Renewed => "renewed",
            Self::HalfDone => "half-done",
            Self::Still => "still",
            Self::Person { took_place: true } => "person-yes",
            Self::Person { took_place: false } => "person-no",
        }
    }
}

/// What the portal showed, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// The expiry.
    pub expiry: Date,
    /// The certificate's number, where the flow reads one.
    pub certificate: Option<String>,
    /// Whether the portal says that a renewal stands half done; nothing: it was not looked for where it would be said.
    /// A flow whose renewal has one commit has nothing to look for, which is `Some(false)`.
    pub half_done: Option<bool>,
}

/// What is remembered of an account at a portal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// When an earlier memory was found to be lost.
    pub lost: Option<Timestamp>,
    /// The commits, in the order in which they were intended.
    pub intents: Vec<Intent>,
    /// What the portal showed since the last of them, in the order of reading.
    pub readings: Vec<Reading>,
}

//! How a run ends: the closed lists of verdicts and exit codes (design.md §3). Both are stable and documented in the README.

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The task was performed whole.
    Done,
    /// The certificate is renewed, proved by its new date.
    Renewed,
    /// The portal says that it was renewed before.
    AlreadyRenewed,
    /// The window has not opened yet.
    NotDue,
    /// The rehearsal reached its end; nothing was sent.
    Rehearsed,
    /// Failed before anything was sent; safe to try again later.
    Failed,
    /// The portal is not there; safe to try again later.
    Unavailable,
    /// Usage, settings, flow or environment.
    Invalid,
    /// A person is needed, with a reason.
    NeedsPerson,
    /// The first commit took place, the second did not.
    HalfDone,
    /// The portal refused the one-time code.
    CodeRejected,
    /// A commit was sent and its outcome could not be seen.
    Unknown,
    /// The portal no longer matches the flow.
    Changed,
    /// Another run of this account is at work.
    Busy,
    /// The certificate has expired.
    Expired,
    /// The last renewable day has passed.
    TooLate,
    /// The portal renews this certificate no more.
    NotRenewable,
    /// The PIN is locked for good.
    PinLocked,
    /// The certificate is suspended.
    Suspended,
    /// The portal refused the user name or password.
    Rejected,
    /// The portal has locked the account.
    Locked,
    /// The attempt budget is spent; a person must mend the cause.
    Frozen,
    /// Ended by SIGINT.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
}

impl Verdict {
    /// Every verdict, in the order of the documentation.
    pub const ALL: [Self; 24] = [
        Self::Done,
        Self::Renewed,
        Self::AlreadyRenewed,
        Self::NotDue,
        Self::Rehearsed,
        Self::Failed,
        Self::Unavailable,
        Self::Invalid,
        Self::NeedsPerson,
        Self::HalfDone,
        Self::CodeRejected,
        Self::Unknown,
        Self::Changed,
        Self::Busy,
        Self::Expired,
        Self::TooLate,
        Self::NotRenewable,
        Self::PinLocked,
        Self::Suspended,
        Self::Rejected,
        Self::Locked,
        Self::Frozen,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The name in flows, records and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Renewed => "renewed",
            Self::AlreadyRenewed => "already-renewed",
            Self::NotDue => "not-due",
            Self::Rehearsed => "rehearsed",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
            Self::NeedsPerson => "needs-person",
            Self::HalfDone => "half-done",
            Self::CodeRejected => "code-rejected",
            Self::Unknown => "unknown",
            Self::Changed => "changed",
            Self::Busy => "busy",
            Self::Expired => "expired",
            Self::TooLate => "too-late",
            Self::NotRenewable => "not-renewable",
            Self::PinLocked => "pin-locked",
            Self::Suspended => "suspended",
            Self::Rejected => "rejected",
            Self::Locked => "locked",
            Self::Frozen => "frozen",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// The verdict of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done | Self::Renewed | Self::AlreadyRenewed | Self::NotDue | Self::Rehearsed => 0,
            Self::Failed | Self::Unavailable => 1,
            Self::Invalid => 2,
            Self::NeedsPerson | Self::HalfDone | Self::CodeRejected => 3,
            Self::Unknown => 4,
            Self::Changed => 5,
            Self::Busy => 6,
            Self::Expired | Self::TooLate | Self::NotRenewable | Self::PinLocked | Self::Suspended => 7,
            Self::Rejected | Self::Locked | Self::Frozen => 8,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    #[test]
    fn names_are_one_to_one() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::named(verdict.name()), Some(verdict));
            assert_eq!(serde_json::to_value(verdict).ok(), Some(verdict.name().into()));
        }
    }
}

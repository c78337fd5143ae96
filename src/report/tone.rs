//! What an ending feels like: the colour and mark under which every face shows it.

use crate::exit::Verdict;
use crate::record::Outcome;

/// Good news, nothing, a warning, bad news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Quiet,
    Warning,
    Bad,
}

impl Tone {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Quiet => "quiet",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

pub(super) fn of_verdict(verdict: Verdict) -> Tone {
    match verdict.exit_code() {
        0 => Tone::Good,
        3 | 5 | 6 | 130 | 143 => Tone::Warning,
        _ => Tone::Bad,
    }
}

pub(super) fn of_outcome(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Passed | Outcome::Checked => Tone::Good,
        Outcome::Absent | Outcome::Skipped => Tone::Quiet,
        Outcome::State => Tone::Warning,
        Outcome::Failed | Outcome::Unknown => Tone::Bad,
    }
}

/// The word for an outcome.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Absent => "absent",
        Outcome::Skipped => "skipped",
        Outcome::Checked => "checked",
        Outcome::State => "state",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
    }
}

/// The mark for an outcome.
pub(super) fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed | Outcome::Checked => "✓",
        Outcome::Absent | Outcome::Skipped => "–",
        Outcome::State => "!",
        Outcome::Failed => "✗",
        Outcome::Unknown => "?",
    }
}

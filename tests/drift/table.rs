//! What must come of each change: how the first run ends, in which stage, and of which class `explain` says that it is.

use rinnova::exit::Verdict;

use crate::cell::Cell;

/// Played in every test run.
pub(crate) const ALWAYS: [&str; 1] = ["D4/A"];

/// What must come of a change.
pub(crate) struct Expected {
    /// How the first run may end.
    pub(crate) verdicts: &'static [Verdict],
    /// The class; none where nothing is to be told.
    pub(crate) kinds: &'static [&'static str],
    /// The stage in which it is met; none where it does not matter.
    pub(crate) stages: &'static [&'static str],
}

/// What must come of this cell.
pub(crate) fn expected(_cell: &Cell) -> Expected {
    Expected { verdicts: &[Verdict::Changed, Verdict::Renewed, Verdict::Unknown], kinds: &[], stages: &[] }
}

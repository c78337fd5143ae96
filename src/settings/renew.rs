//! The `[renew]` and `[runs]` tables: how often and how many at once; how long runs are kept.

use std::time::Duration;

use super::length::{length, some_length};
use super::table::Table;

/// How `renew` spreads and spaces its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renew {
    /// Off a terminal an attempt waits a random part of this first, so that machines do not all come at once.
    pub jitter: Duration,
    /// The least time between two attempts of one account.
    pub interval: Duration,
    /// So many accounts at once.
    pub jobs: usize,
}

impl Default for Renew {
    fn default() -> Self {
        Self { jitter: Duration::from_secs(8 * 60), interval: Duration::from_secs(60 * 60), jobs: 1 }
    }
}

impl Renew {
    /// Takes over what one layer says.
    pub(super) fn over(&mut self, root: &Table<'_>, faults: &mut Vec<String>) {
        let Some(table) = root.table("renew", faults) else { return };
        table.only(&["jitter", "interval", "jobs"], faults);
        self.jitter = table.parsed("jitter", faults, length).unwrap_or(self.jitter);
        self.interval = table.parsed("interval", faults, length).unwrap_or(self.interval);
        self.jobs = table.number("jobs", 1..=16, faults).unwrap_or(self.jobs);
    }
}

/// How long runs are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// A run folder that is older is removed by `purge`, and at the end of `renew`; none: kept for ever.
    pub keep: Option<Duration>,
}

impl Default for Runs {
    /// Thirty days: the pictures hold names and telephone numbers, and nobody looks at them after the next run but one.
    fn default() -> Self {
        Self { keep: Some(Duration::from_secs(30 * 24 * 60 * 60)) }
    }
}

impl Runs {
    /// Takes over what one layer says.
    pub(super) fn over(&mut self, root: &Table<'_>, faults: &mut Vec<String>) {
        let Some(table) = root.table("runs", faults) else { return };
        table.only(&["keep"], faults);
        let keep = |text: &str| if text == "forever" { Ok(None) } else { some_length(text).map(Some) };
        let keep = |text: &str| keep(text).map_err(|_| "must be a length of time like `30d`, or `forever`");
        self.keep = table.parsed("keep", faults, keep).unwrap_or(self.keep);
    }
}

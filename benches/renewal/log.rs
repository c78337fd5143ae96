//! What the relay leaves behind: when the driver's processes came and went, and when each command was outstanding.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::clock::ms;

/// What the relay is told; it stands beside its program as `relay.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The real driver.
    pub(crate) driver: String,
    /// The real tool, for the code command.
    pub(crate) rinnova: String,
    /// Where the log goes.
    pub(crate) log: String,
}

/// A command from its arrival at the relay to the arrival of its answer there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Command {
    /// Its name; for a question to the page script also what is asked. Never a value.
    pub(crate) what: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The size of its answer.
    pub(crate) bytes: usize,
}

/// The log of one session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Log {
    /// The relay's first act.
    pub(crate) woke: u64,
    /// The real driver named its port.
    pub(crate) listening: u64,
    /// The driver was asked to end.
    pub(crate) asked_to_end: u64,
    pub(crate) commands: Vec<Command>,
    /// Commands that were never answered.
    pub(crate) unanswered: Vec<String>,
}

impl Log {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("the relay left no log: {error}"))?;
        let mut log: Self =
            serde_json::from_str(&text).map_err(|error| format!("the relay's log is broken: {error}"))?;
        log.commands.sort_by_key(|command| (command.from, command.to));
        Ok(log)
    }

    pub(crate) fn named(&self, what: &str) -> Result<&Command, String> {
        self.commands.iter().find(|command| command.what == what).ok_or_else(|| format!("the relay saw no `{what}`"))
    }
}

/// How long at least one of these intervals holds, inside a window; milliseconds.
pub(crate) fn covered(intervals: &[(u64, u64)], window: (u64, u64)) -> f64 {
    let mut sorted: Vec<_> = intervals.to_vec();
    sorted.sort_unstable();
    let mut reached = window.0;
    let mut sum = 0.0;
    for (from, to) in sorted {
        let (from, to) = (from.max(reached), to.min(window.1));
        if to > from {
            sum += ms(from, to);
            reached = to;
        }
    }
    sum
}

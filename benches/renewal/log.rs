//! What the relay leaves behind: when each command was outstanding. A line is written as soon as a command ends, for the
//! tool may end its driver without a word.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

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

/// The first line: the relay's first act, and the moment at which the real driver named its port.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) woke: u64,
    pub(crate) listening: u64,
}

/// The relay's end of the log.
#[derive(Debug)]
pub(crate) struct Notes(Mutex<File>);

impl Notes {
    pub(crate) fn begin(path: &str, start: Start) -> io::Result<Self> {
        let notes = Self(Mutex::new(File::create(path)?));
        notes.line(&start)?;
        Ok(notes)
    }

    /// A line that cannot be written is missed by whoever reads the log, who then says so.
    pub(crate) fn command(&self, command: &Command) {
        if let Err(error) = self.line(command) {
            eprintln!("the bench's relay: {error}");
        }
    }

    fn line(&self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_string(value)?;
        line.push('\n');
        let mut file = self.0.lock().map_err(|_| io::Error::other("a part of the relay panicked"))?;
        file.write_all(line.as_bytes())
    }
}

/// The log of one session.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) start: Start,
    pub(crate) commands: Vec<Command>,
}

impl Log {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let broken = |error: serde_json::Error| format!("the relay's log is broken: {error}");
        let text = std::fs::read_to_string(path).map_err(|error| format!("the relay left no log: {error}"))?;
        let mut lines = text.lines();
        let start = serde_json::from_str(lines.next().unwrap_or_default()).map_err(broken)?;
        let commands: Result<Vec<Command>, _> = lines.map(serde_json::from_str).collect();
        let mut commands = commands.map_err(broken)?;
        commands.sort_by_key(|command| (command.from, command.to));
        Ok(Self { start, commands })
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

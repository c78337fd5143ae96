//! Places at which a debug build can be made to die, so that a test sees what a crash just there leaves behind.
//!
//! `RINNOVA_FAILPOINT=after-intent:2` kills the process as it comes by the second time; `count` writes a line for
//! each place that it comes by to standard error, `failpoint after-intent`. In a release build nothing is asked.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// All of them, as they are named. Around each write to the state, each command to the browser, the press that sends a commit,
/// and each rename.
pub const NAMES: [&str; 24] = [
    "before-lock",
    "after-lock",
    "before-spend",
    "after-spend",
    "before-accepted",
    "after-accepted",
    "before-reading",
    "after-reading",
    "before-intent",
    "after-intent",
    "before-press",
    "after-press",
    "before-outcome",
    "after-outcome",
    "before-decision",
    "after-decision",
    "before-rename",
    "after-rename",
    "before-history",
    "after-history",
    "before-write",
    "after-write",
    "before-command",
    "after-command",
];

static PASSED: AtomicU32 = AtomicU32::new(0);

/// Dies here when it is this place's turn.
pub fn here(name: &str) {
    if cfg!(debug_assertions) && is_turn(name) {
        let _dead = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// Comes by one place now, and by another when this is dropped.
#[must_use]
pub fn around(before: &'static str, after: &'static str) -> Around {
    here(before);
    Around(after)
}

/// Until it is dropped something is under way.
#[derive(Debug)]
pub struct Around(&'static str);

impl Drop for Around {
    fn drop(&mut self) {
        here(self.0);
    }
}

fn is_turn(name: &str) -> bool {
    debug_assert!(NAMES.contains(&name), "`{name}` is on no list");
    let Ok(wanted) = std::env::var("RINNOVA_FAILPOINT") else { return false };
    if wanted == "count" {
        let written = writeln!(std::io::stderr(), "failpoint {name}");
        assert!(written.is_ok(), "the places cannot be counted: {written:?}");
        return false;
    }
    let (place, turn) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    place == name && turn.parse() == Ok(PASSED.fetch_add(1, Ordering::Relaxed) + 1)
}

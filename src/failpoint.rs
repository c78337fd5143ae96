//! Places at which a debug build can be made to die, so that a test sees what a crash just there leaves behind.
//!
//! `RINNOVA_FAILPOINT=after-intent:2` kills the process as it comes by the second time. In a release build nothing is asked.

use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// All of them, as they are named. Around each write to the state, the press that sends a commit, and each rename.
pub const NAMES: [&str; 20] = [
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

fn is_turn(name: &str) -> bool {
    debug_assert!(NAMES.contains(&name), "`{name}` is on no list");
    let Ok(wanted) = std::env::var("RINNOVA_FAILPOINT") else { return false };
    let (place, turn) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    place == name && turn.parse() == Ok(PASSED.fetch_add(1, Ordering::Relaxed) + 1)
}

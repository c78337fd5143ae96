//! The clock of journal and budgets.

use jiff::Timestamp;

/// Now. In a debug build `RINNOVA_TEST_CLOCK_OFFSET`, seconds, is added, so that a test need not wait ten minutes.
#[must_use]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    if !cfg!(debug_assertions) {
        return now;
    }
    let offset = std::env::var("RINNOVA_TEST_CLOCK_OFFSET").ok().and_then(|seconds| seconds.parse::<i64>().ok());
    offset.and_then(|seconds| now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()).unwrap_or(now)
}

//! One clock for every process of the bench: microseconds of the real time. All of them run on one machine, within minutes.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// Milliseconds between two moments, 0 when they stand the other way round.
#[expect(clippy::cast_precision_loss, reason = "a run lasts seconds")]
pub(crate) fn ms(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1000.0
}

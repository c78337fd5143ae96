//! By when a command must have answered: no command is without one (design.md §5, invariant 10).

use std::time::Duration;

use tokio::time::Instant;

use crate::browser::error::PageError;

/// A point in time with the length that led to it.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// When.
    pub at: Instant,
    length: Duration,
}

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn after(length: Duration) -> Self {
        Self { at: Instant::now() + length, length }
    }

    /// What a command without an answer by then is.
    #[must_use]
    pub fn silent(self, command: &str) -> PageError {
        PageError::Silent { command: command.into(), seconds: self.length.as_secs() }
    }
}

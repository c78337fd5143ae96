//! Who is told what `renew` did, and by which way.
//!
//! Quiet when nothing happens. A message goes out when a renewal is due, when a person is needed, when it is done, when it
//! failed or its outcome is not known, and as the last renewable day comes near; the same thing is not told every hour. A
//! message that cannot be delivered waits in `state.db` for the next run, at most [`MOST`] for each way; beyond that the
//! oldest are dropped, and the next one that arrives says how many.
//!
//! - [`decide`]: what is to be told now; pure
//! - [`message`]: how it is said; pure
//! - [`notifier`]: decides, queues and delivers
//! - `command`, `email`, `webhook`: the ways
//! - [`ping`]: the watchdog that expects a sign of life

mod command;
pub mod decide;
mod email;
pub mod message;
pub mod notifier;
pub mod ping;
mod web;
mod webhook;

/// So many messages wait for each way.
pub const MOST: usize = 50;

/// Why a message was not delivered. It stays queued.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Nobody takes messages there now; none of the others is tried.
    #[error("{0}")]
    Down(String),
    /// This message was refused; the next may not be.
    #[error("{0}")]
    Refused(String),
}

//! Drift: what a portal was like when its flow was accepted, what it is like now, and how the flow is mended.
//!
//! Values in, lists and texts out: nothing here looks at a page, reads a file or writes one.

pub mod baseline;
pub mod candidates;
pub mod compare;
pub mod diagnosis;
mod ids;
mod kind;
pub mod likeness;
pub mod mending;
pub mod neutral;
pub mod patch;
pub mod personal;
pub mod repair;
mod stopped;
pub mod survival;
pub mod telling;
pub mod vocabulary;
pub mod watch;
pub mod wording;

//! One file per verb; the only place where floors meet.

pub mod inputs;
pub mod progress;

//! The flow file: from its text to a checked model.
//!
//! [`load`] reads a file; `raw` is its TOML shape, `lower` holds every rule and makes the [`model`] of it, with its
//! [`step`]s, which all other floors work with. All faults of a file are found at once ([`fault`]). Beside the path stand [`lint`] (doubts
//! about a valid flow), [`schema`], [`scaffold`] and [`sentence`] (a step in words).

pub mod advice;
pub mod error;
pub mod fault;
pub mod lint;
pub mod load;
mod lower;
pub mod model;
mod raw;
pub mod scaffold;
pub mod schema;
pub mod sentence;
pub mod step;
pub mod warning;
pub mod words;

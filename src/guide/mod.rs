//! The guide compiler: flow and record become the instruction document for people. Pure: values in, text and bytes out; what
//! is written where is `store/`'s, what is run in a browser `command/`'s.
//!
//! # Layout
//!
//! - `persona`: who stands in a guide's pictures in the holder's place
//! - `edition`: one state of a guide's documents, and what has changed since the one before
//! - `document`, `drawing`: what all forms of a guide and its pictures are made from

pub mod document;
pub mod drawing;
pub mod edition;
pub mod pending;
pub mod persona;

//! The guide compiler: flow and record become the instruction document for people. Pure: values in, text and bytes out; what
//! is written where is `store/`'s, what is run in a browser `command/`'s.
//!
//! # Layout
//!
//! - `persona`: who stands in a guide's pictures in the holder's place
//! - `document`, `drawing`: what all forms of a guide and its pictures are made from
//! - `picture`: a figure, made of a shot and its drawing

pub mod document;
pub mod drawing;
pub mod persona;
pub mod picture;

//! The guide compiler: flow and record become the instruction document for people. Pure: values in, text and bytes out; what
//! is written where is `store/`'s, what is run in a browser `command/`'s.
//!
//! # Layout
//!
//! - `persona`: who stands in a guide's pictures in the holder's place
//! - `document`, `drawing`: what all forms of a guide and its pictures are made from
//! - `docx`: a form; `pdf` makes steady what a browser prints; `splice` puts a guide into somebody's own document

pub mod document;
pub mod docx;
pub mod drawing;
pub mod pdf;
pub mod persona;
pub mod splice;

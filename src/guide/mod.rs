//! The guide compiler: flow and record become the instruction document for people. Pure: values in, text and bytes out; what
//! is written where is `store/`'s, what is run in a browser `command/`'s.
//!
//! # Layout
//!
//! - `persona`: who stands in a guide's pictures in the holder's place
//! - `edition`: one state of a guide's documents, and what has changed since the one before
//! - `document`, `drawing`: what all forms of a guide and its pictures are made from
//! - `compile`, `words`: flow and record become a document; the sentences that every guide has
//! - `picture`: a figure, made of a shot and its drawing
//! - `markdown`, `html`, `docx`: a document in its forms; `pdf` makes steady what a browser prints
//! - `splice`: a guide within somebody's own document

pub mod compile;
pub mod document;
pub mod docx;
pub mod drawing;
pub mod edition;
pub mod html;
pub mod markdown;
pub mod pdf;
pub mod persona;
pub mod picture;
pub mod splice;
mod words;

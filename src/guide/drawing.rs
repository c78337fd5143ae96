//! What is to be drawn on a picture for a guide.

use crate::record::{PaintedField, Rect};

/// One picture of a guide: which shot, which piece of it, and what is drawn on it. All rectangles are in device pixels of the shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// The file it becomes, relative to the guide's folder: `pictures/login.png`.
    pub file: String,
    /// The shot it is made of, by name.
    pub shot: String,
    /// Device pixels for each pixel of the page.
    pub scale: u32,
    /// The piece of the shot that is shown; nothing: all of it.
    pub piece: Option<Rect>,
    /// The values that the persona has typed.
    pub fields: Vec<PaintedField>,
    /// The numbers beside the elements.
    pub callouts: Vec<Callout>,
    /// The control to use: outlined.
    pub outlined: Option<Rect>,
}

/// A number beside an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callout {
    /// The number of the action, as the document gives it.
    pub number: usize,
    /// The element.
    pub place: Rect,
}

//! How a picture was made ready for a guide: what stands in it in the holder's place, and where the stage's elements are.

use serde::{Deserialize, Serialize};

use super::{Outline, Rect};

/// What was done to a picture so that it may feed a guide. All rectangles are in device pixels of the picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Staged {
    /// Device pixels for each pixel of the page.
    pub scale: u32,
    /// What stood there was replaced on the page before it was captured.
    pub replaced: Vec<Replaced>,
    /// The fields whose values were painted over, each with what is to be drawn there.
    pub fields: Vec<PaintedField>,
    /// Where the elements of the stage's steps stand.
    pub marks: Vec<Mark>,
    /// The page in outline, as the picture shows it: with the stand-ins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
}

/// Texts that were replaced by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// The rule: `date`, `fiscal-code`, `input user_id`, `flow rule 2`.
    pub rule: String,
    /// Where the stand-ins stand now.
    pub places: Vec<Rect>,
}

/// A field whose value was painted over in the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaintedField {
    /// What was painted over: the inside of the field, without its border.
    pub place: Rect,
    /// Where its text runs: `place` without the padding.
    pub text: Rect,
    /// What is to be drawn: the persona's value; of a secret eight dots.
    pub says: String,
    /// The height of its letters, device pixels.
    pub size: u32,
    /// The colour of its letters, `#rrggbb`.
    pub ink: String,
    /// The colour it was painted over with, `#rrggbb`.
    pub paper: String,
    /// Its letters stand in the middle (`center`), at the end (`end`) or at the beginning (`start`).
    pub align: String,
}

/// Where the element of a step stands on a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The step's line in the flow file, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
    /// The element; of a code's boxes all of them.
    pub place: Rect,
}

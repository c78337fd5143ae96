//! What all forms of a guide are made from: a list of blocks. Who writes one of them has nothing to decide but its form.

/// A guide in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The language of its prose, a BCP 47 tag: `it`.
    pub language: String,
    /// The language of the portal's own words.
    pub portal_language: String,
    /// The title, a line.
    pub title: String,
    /// What it is for, a sentence: the description of a page or a file.
    pub summary: String,
    /// All that follows the title, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading. Levels go from 2 down by one at a time; the title is the one of level 1.
    Heading {
        /// 2, 3 or 4.
        level: u8,
        /// What a link to it names: lower case letters, digits and hyphens; stable from edition to edition.
        anchor: String,
        /// Its words.
        text: Line,
    },
    /// A paragraph.
    Paragraph(Line),
    /// A list without numbers.
    Bullets(Vec<Line>),
    /// Things to tick off, each with its box.
    Checklist(Vec<Line>),
    /// What the reader does, one action a line.
    Actions(Vec<Action>),
    /// Terms, each with what there is to say of it.
    Facts(Vec<(String, Line)>),
    /// A picture.
    Figure(Figure),
    /// A box beside the text.
    Aside {
        /// What it is for.
        tone: Tone,
        /// Its title.
        title: String,
        /// What stands in it; no heading and no other box.
        blocks: Vec<Block>,
    },
    /// What no page break may part: a picture and the actions it shows.
    Together(Vec<Block>),
}

/// What a box beside the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What is good to know.
    Note,
    /// What cannot be undone, or must not be pressed.
    Warning,
    /// What to do when something goes wrong.
    Trouble,
    /// What has changed since the last edition.
    Change,
}

/// What the reader does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its number in its section, from 1; the callout on the picture has the same.
    pub number: usize,
    /// What is done, in a sentence.
    pub text: Line,
}

/// A picture in a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its file, relative to the guide's folder: `pictures/login.png`.
    pub file: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
    /// What stands below it; may be empty.
    pub caption: Line,
    /// Width, pixels of the page: half those of the file.
    pub width: u32,
    /// Height, likewise.
    pub height: u32,
}

/// Words in a row.
pub type Line = Vec<Inline>;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Words.
    Text(String),
    /// Words that carry weight.
    Strong(String),
    /// The portal's own words; who writes them sets them apart in the way of the document's language («…», “…”).
    Quote(String),
    /// A link.
    Link {
        /// What is read.
        text: String,
        /// Where it leads: an address, or `#` and an anchor of this document.
        target: String,
    },
}

/// Only what a reader would follow: a page, a mail address, a place in the document.
#[must_use]
pub(super) fn leads_somewhere(target: &str) -> bool {
    ["https://", "http://", "mailto:", "tel:", "#"].iter().any(|beginning| target.starts_with(beginning))
}

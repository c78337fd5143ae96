//! What the page script answers; the shapes are told at the head of `agent/main.js`.

use serde::Deserialize;
use serde_json::Value;

use crate::browser::lane::Point;
use crate::record::{Fingerprint, Outline, Tried};

/// What the page answered.
#[derive(Debug, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Answer {
    /// A declared state holds.
    State {
        /// Its number in the flow.
        id: usize,
        /// The visible words that matched.
        text: String,
    },
    /// A declared interrupt is there.
    Interrupt {
        /// Its number in the flow.
        id: usize,
    },
    /// The deadline passed.
    Timeout {
        /// What was there instead.
        why: Explained,
    },
    /// Several visible matches, and the page is quiet.
    Ambiguous {
        /// How many.
        count: usize,
        /// Some of them.
        matches: Vec<Match>,
    },
    /// A wrong selector or expression: no use to wait.
    Invalid {
        /// What is wrong.
        message: String,
    },
    /// A fault of the page script.
    Broken {
        /// What happened in it.
        message: String,
    },
    /// The element is ready to be acted on.
    Ready(Box<Found>),
    /// The field holds the value.
    Filled(Used),
    /// The field holds something else.
    Mismatch {
        /// The field.
        #[serde(flatten)]
        used: Used,
        /// How many characters it holds.
        got_length: usize,
        /// What became of the value.
        hint: String,
    },
    /// The field takes only real keys; it is focused and empty.
    NeedsKeys(Used),
    /// The page is not one where this may be typed.
    Origin {
        /// The top-level origin.
        top: Option<String>,
        /// The field's origin.
        frame: String,
    },
    /// A value that is no secret was to go into a password field.
    LiteralInPassword {},
    /// The field is and stays read-only.
    Readonly {},
    /// What was found takes no value.
    NotAField {},
    /// The box is ticked, or not, as wished.
    Already(Used),
    /// The option is chosen.
    Selected(Used),
    /// There is no such option.
    NoOption {
        /// Those there are.
        options: Vec<String>,
    },
    /// The condition or expectation holds.
    Met {
        /// What the one locator of a condition found first.
        #[serde(default)]
        element: Option<Element>,
    },
    /// The condition was decided.
    Decided {
        /// It holds.
        holds: bool,
    },
    /// Changes were tried on the element.
    Mutated {
        /// The element.
        #[serde(flatten)]
        used: Used,
        /// How it was found: `name`, `placeholder`, `after`, `text`, or nothing.
        via: String,
        /// What each change that applies to it came to.
        trials: Vec<Tried>,
    },
    /// A text was read.
    Text {
        /// The text.
        text: String,
        /// Where.
        #[serde(flatten)]
        used: Used,
    },
    /// A list was read.
    List {
        /// The texts.
        texts: Vec<String>,
    },
    /// A table was read.
    Rows {
        /// Its rows, keyed by the header cells.
        rows: Vec<Value>,
    },
    /// A secret field is not read.
    Refused {},
    /// The frame that was meant.
    Frame {
        /// Its document can be reached by scripts of the page around it.
        same_origin: bool,
        /// Its content box in the viewport.
        rect: Area,
    },
    /// The guards were called by a number that this document does not know.
    UnknownGuards {},
    /// A form with a secret was about to go to another origin; nothing of it was sent.
    Barred {
        /// That origin.
        to: String,
    },
    /// A newer question to the same document made this one void.
    Superseded {},
    /// What a picture must cover and outline.
    Cover(Cover),
    /// The page as a reader of its accessibility tree meets it.
    Structure {
        /// The text.
        text: String,
    },
    /// What one can do on the page, in reading order.
    Outline {
        /// The page in outline.
        outline: Outline,
    },
    /// Everything on the page that a step could mean.
    Elements {
        /// What each is known by.
        elements: Vec<Fingerprint>,
    },
}

/// The element an answer is about.
#[derive(Debug, Clone, Deserialize)]
pub struct Used {
    /// The element.
    pub element: Element,
    /// Which target of the chain found it, from 0.
    #[serde(default)]
    pub rank: usize,
    /// All that is written for a box to be ticked.
    #[serde(default)]
    pub words: Option<String>,
}

/// An element ready to be acted on.
#[derive(Debug, Clone, Deserialize)]
pub struct Found {
    /// The element.
    pub element: Element,
    /// Which target of the chain found it, from 0.
    #[serde(default)]
    pub rank: usize,
    /// All that is written for a box to be ticked.
    #[serde(default)]
    pub words: Option<String>,
    /// Where to press.
    pub point: Point,
    /// Its box in the viewport.
    pub rect: Area,
    /// It is a listbox of the page's own making, to be opened by a click.
    #[serde(default)]
    pub custom: bool,
    /// The page script looks at the press as it comes.
    #[serde(default)]
    pub gated: bool,
    /// What a picture taken now must cover, where that was asked for: the page holds still for it already.
    #[serde(default)]
    pub cover: Option<Cover>,
}

/// What became of a press.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Press {
    /// It was sent, and nothing is known to have held it.
    Arrived,
    /// The page script held it: another thing was in its place. Nothing of it reached the page.
    Held {
        /// What stood against it.
        why: String,
    },
    /// It came to no document that the page script can reach.
    Missed,
    /// It sent a form with a secret to another origin; the secret was kept back.
    Barred {
        /// That origin.
        to: String,
    },
}

/// What a page says of an element; never a secret's value.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Element {
    /// Its role.
    pub role: Option<String>,
    /// Its accessible name.
    pub name: Option<String>,
    /// A short readable selector.
    pub css: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// The origin to which its form would go.
    pub submits: Option<String>,
    /// That form holds a filled field that nobody must see.
    #[serde(default)]
    pub carries: bool,
    /// What it is known by.
    #[serde(default)]
    pub known: Box<Fingerprint>,
}

impl Element {
    /// Role and name, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        let role = self.role.as_deref().filter(|role| !role.is_empty()).or(self.tag.as_deref()).unwrap_or("element");
        match self.name.as_deref() {
            Some(name) if !name.is_empty() => format!("{role} “{name}”"),
            _ => format!("{role} {}", self.css.as_deref().unwrap_or_default()).trim_end().to_owned(),
        }
    }
}

/// A box in the viewport, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Why a wait ended without its target.
#[derive(Debug, Clone, Deserialize)]
pub struct Explained {
    /// How long it was waited for, milliseconds.
    pub waited_ms: f64,
    /// What was looked for.
    pub looked_for: String,
    /// How many visible elements matched.
    pub count: usize,
    /// What matched, hidden ones too.
    pub matches: Vec<Match>,
    /// Where else something like it is.
    pub elsewhere: Vec<String>,
    /// The nearest names.
    pub nearest: Vec<Near>,
    /// One line for people.
    pub sentence: String,
}

/// An element that matched, and what stood against it.
#[derive(Debug, Clone, Deserialize)]
pub struct Match {
    /// A short readable selector.
    pub css: String,
    /// Its role.
    pub role: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// `hidden`, `covered by …`, `disabled`, or nothing.
    #[serde(default)]
    pub why: Option<String>,
}

/// A name near the one looked for.
#[derive(Debug, Clone, Deserialize)]
pub struct Near {
    /// The role.
    pub role: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// What a picture must cover and outline.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Cover {
    /// What can be read on the page, where that was asked for; nothing when it is too long.
    pub text: Option<String>,
    /// The stretches of it that were asked for.
    #[serde(default)]
    pub words: Vec<Area>,
    /// The stretches with the holder's own data.
    #[serde(default)]
    pub personal: Vec<Area>,
    /// Fields that must not be seen.
    pub fields: Vec<Area>,
    /// What the flow wants covered.
    pub masks: Vec<Area>,
    /// What the flow wants outlined.
    pub highlight: Vec<Area>,
    /// The viewport, CSS pixels.
    pub viewport: Size,
    /// How far the page is scrolled.
    pub scroll: Point,
    /// The page in outline, where that was asked for.
    #[serde(default)]
    pub outline: Option<Outline>,
    /// What was measured of a page made ready for a guide.
    #[serde(default)]
    pub staged: Option<StagedPage>,
}

/// A page made ready for a guide: a persona stands in its holder's place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StagedPage {
    /// What could be read on the page before.
    #[serde(default)]
    pub was: Option<String>,
    /// Where each stand-in stands.
    pub replaced: Vec<Vec<Area>>,
    /// The fields to be painted over.
    pub fields: Vec<StagedField>,
    /// Where each element is that was asked for; nothing of one that is not to be seen.
    pub marks: Vec<Option<Area>>,
    /// The stretches of the page's text that no picture shows, in UTF-16 units: they are painted over or covered.
    pub painted: Vec<(usize, usize)>,
}

/// A field to be painted over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StagedField {
    /// What is painted.
    pub place: Area,
    /// Where its letters run.
    pub text: Area,
    /// The height of its letters, CSS pixels.
    pub size: f64,
    /// The colour of its letters, `#rrggbb`.
    pub ink: String,
    /// The colour below them, `#rrggbb`.
    pub paper: String,
    /// `start`, `center` or `end`.
    pub align: String,
    /// It is a secret's.
    pub hidden: bool,
    /// It holds something.
    pub filled: bool,
    /// It stands where a secret's would, and is perhaps one.
    pub doubtful: bool,
    /// Its value, unless it is a secret's.
    pub value: Option<String>,
    /// Which of the filled fields that were asked for it is.
    pub by: Option<usize>,
    /// It is one of the boxes that a code is typed into.
    #[serde(rename = "box")]
    pub boxed: Option<CodeBox>,
}

/// One of the boxes that a code is typed into.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CodeBox {
    /// Its place among them, from 0.
    pub at: usize,
    /// What they hold together, unless it is a secret.
    pub value: Option<String>,
}

/// A size, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// What the portal says about itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Portal {
    /// The page's address without query values.
    pub address: String,
    /// The HTTP status of the document, where the browser tells it.
    pub status: Option<u16>,
    /// The `Date` header of an answer to a HEAD request of the portal's root, asked for only when wanted.
    pub date: Option<String>,
    /// Whether it answered that request; nothing where the page's policy forbids it.
    #[serde(default)]
    pub reached: Option<bool>,
    /// The `Retry-After` header of the same answer.
    #[serde(rename = "retryAfter", default)]
    pub retry_after: Option<String>,
}

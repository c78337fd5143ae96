//! Locators: how a step finds its element, and conditions made of them (design.md §2).
//!
//! These are the checked forms that the page script receives; how they are written in a flow file is
//! `flow::raw`'s matter. What each kind means in the page stands in `browser/agent`.

use serde::Serialize;

/// How a name or a text is compared. White space is folded before any comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", content = "text", rename_all = "kebab-case")]
pub enum Text {
    /// Case-insensitive substring: what a bare string in a flow means.
    Contains(String),
    /// The whole name, case-sensitive: `exact = true`.
    Exact(String),
    /// A regular expression: `/body/flags`.
    Regex(Pattern),
}

impl Text {
    /// Whether a text of the browser's own (a dialog's) is meant. Texts in the page are compared by the page script.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match self {
            Self::Contains(part) => folded.to_lowercase().contains(&part.to_lowercase()),
            Self::Exact(whole) => folded == *whole,
            // `lower` has compiled it once already.
            Self::Regex(Pattern { body, flags }) => regex::RegexBuilder::new(body)
                .case_insensitive(flags.contains('i'))
                .build()
                .is_ok_and(|pattern| pattern.is_match(&folded)),
        }
    }
}

/// A regular expression as written in a flow, `/body/flags`; the body is valid in both Rust and JavaScript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// What stands between the slashes.
    pub body: String,
    /// `i` or nothing.
    pub flags: String,
}

/// One way to find elements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum By {
    /// A field by what a person reads beside it: accessible name, else placeholder, else the text before it.
    Field {
        /// The field's name.
        name: Text,
    },
    /// Anything one can press, by its name: what a bare string means for `click`.
    Control {
        /// The control's name.
        name: Text,
    },
    /// An element by role and, if given, accessible name.
    Role {
        /// An ARIA role.
        role: String,
        /// The accessible name; any when absent.
        name: Option<Text>,
    },
    /// A field by the text of its label (`<label>`, `aria-label`, `aria-labelledby`) alone.
    Label {
        /// The label.
        name: Text,
    },
    /// A field by its placeholder.
    Placeholder {
        /// The placeholder.
        name: Text,
    },
    /// The smallest visible element that contains this text.
    Text {
        /// The text.
        name: Text,
    },
    /// The field or value that visually follows this text.
    After {
        /// The text before it.
        name: Text,
    },
    /// An element whose `data-testid` is this.
    TestId {
        /// The id.
        id: String,
    },
    /// A CSS selector.
    Css {
        /// The selector.
        selector: String,
    },
    /// An `XPath` expression.
    XPath {
        /// The expression.
        expression: String,
    },
    /// A frame by its name, title or address; stands only in `within`.
    Frame {
        /// Compared with the frame's accessible name, its `name` and its address.
        name: Text,
    },
}

/// One link of a locator's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// How it finds.
    #[serde(flatten)]
    pub by: By,
    /// The element (or frame) inside which it looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Box<Locator>>,
    /// Which of several visible matches, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// How the flow file writes it, for people.
    pub shown: String,
}

/// A locator: a chain of targets, of which the first that matches is used. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Locator {
    /// The chain, best first.
    pub chain: Vec<Target>,
}

impl Locator {
    /// How the flow file writes its first target, for people.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.chain.first().map_or("", |target| &target.shown)
    }
}

/// A condition on the page: locators under `all`, `any`, `none`, nested at will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// At least one visible match.
    Locator(Locator),
    /// Every group given holds; an empty group holds.
    Group {
        /// All of these hold.
        all: Vec<Condition>,
        /// At least one of these holds (or none is given).
        any: Vec<Condition>,
        /// None of these holds.
        none: Vec<Condition>,
    },
}

impl Condition {
    /// Its locators, in the order in which it is written by kinds: `all`, `any`, `none`.
    #[must_use]
    pub fn locators(&self) -> Vec<&Locator> {
        match self {
            Self::Locator(locator) => vec![locator],
            Self::Group { all, any, none } => [all, any, none].into_iter().flatten().flat_map(Self::locators).collect(),
        }
    }
}

//! One step of a checked flow: its action, what stands beside it, the values that it takes.

use std::ops::Range;
use std::time::Duration;

use crate::flow::words::Words;
use crate::locator::{Condition, Locator};

/// One action with its siblings.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How long it may wait for its target.
    pub timeout: Duration,
    /// Absence of the target is noted, not a failure.
    pub optional: bool,
    /// The sentence people see instead of the made one.
    pub label: Option<Words>,
    /// What cannot be undone once this step is sent, in words.
    pub commit: Option<String>,
    /// The code input whose code this step has the portal send.
    pub requests: Option<String>,
    /// What the picture covers.
    pub mask: Vec<Locator>,
    /// What the picture outlines.
    pub highlight: Vec<Locator>,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Step {
    /// Whether this step or one inside it is a commit.
    #[must_use]
    pub fn has_commit(&self) -> bool {
        self.commit.is_some() || self.action.inner().any(Step::has_commit)
    }

    /// Whether this step or one inside it uses the input.
    #[must_use]
    pub fn uses(&self, input: &str) -> bool {
        let own = match &self.action {
            Action::Fill { with, .. } | Action::Type { with, .. } | Action::Select { with, .. } => with.names(input),
            Action::Open(text) | Action::Upload { with: text, .. } => text.names(input),
            Action::Download { with, .. } | Action::Dialog { with, .. } => {
                with.as_ref().is_some_and(|text| text.names(input))
            }
            Action::Expect(Expectation::Value { is, .. }) => is.names(input),
            _ => false,
        };
        own || self.requests.as_deref() == Some(input) || self.action.inner().any(|step| step.uses(input))
    }
}

/// The actions (design.md §2).
#[derive(Debug, Clone)]
pub enum Action {
    /// Goes to a path of the portal.
    Open(Template),
    /// Sets the whole value of a field.
    Fill {
        /// The field.
        field: Locator,
        /// The value.
        with: Value,
    },
    /// Types into a field, key by key, after what it holds.
    Type {
        /// The field.
        field: Locator,
        /// The value.
        with: Value,
    },
    /// Presses a key (`Enter`) or a chord (`Control+a`) where the focus is.
    Press(String),
    /// Clicks.
    Click(Locator),
    /// Clicks twice.
    DoubleClick(Locator),
    /// Moves the pointer over.
    Hover(Locator),
    /// Ticks a checkbox, radio or switch; does nothing where it is ticked.
    Check(Locator),
    /// Unticks.
    Uncheck(Locator),
    /// Chooses the option with this visible text in a select menu or a listbox.
    Select {
        /// The menu.
        field: Locator,
        /// The option's text.
        with: Value,
    },
    /// Gives a file to a file field.
    Upload {
        /// The field.
        field: Locator,
        /// The file's path, relative to the flow file.
        with: Template,
    },
    /// Clicks and waits for the file that must come of it.
    Download {
        /// What to click.
        control: Locator,
        /// What the file's name must match, if given.
        with: Option<Template>,
    },
    /// Drags one element onto another.
    Drag {
        /// What is dragged.
        from: Locator,
        /// Where it is dropped.
        to: Locator,
    },
    /// Scrolls until the element is in view.
    Scroll(Locator),
    /// Waits for a condition.
    Wait(Condition),
    /// Waits a bare time (linted).
    Pause(Duration),
    /// Requires something of the page, within the timeout.
    Expect(Expectation),
    /// Reads a value into an output.
    Read {
        /// The output.
        output: String,
        /// Where it stands.
        from: Locator,
        /// What the value is, by one group.
        pattern: Option<regex::Regex>,
        /// Reads all matches as a list; a table's rows as records.
        all: bool,
    },
    /// Takes one more picture under this name.
    Shot(String),
    /// Answers a native dialog.
    Dialog {
        /// Accept or dismiss.
        accept: bool,
        /// The text it must have.
        text: crate::locator::Text,
        /// What to type into a prompt.
        with: Option<Template>,
    },
    /// Decides at once.
    When {
        /// The condition.
        condition: Condition,
        /// If it holds.
        steps: Vec<Step>,
        /// If it does not.
        otherwise: Vec<Step>,
    },
    /// Repeats until a condition holds.
    Repeat {
        /// Ends the repetition; tested before each round.
        until: Condition,
        /// How many rounds at most; more is a failure.
        max: u32,
        /// One round.
        steps: Vec<Step>,
    },
}

impl Action {
    /// The element that it acts on or reads; none for what concerns the whole page.
    #[must_use]
    pub fn target(&self) -> Option<&Locator> {
        match self {
            Self::Fill { field, .. }
            | Self::Type { field, .. }
            | Self::Select { field, .. }
            | Self::Upload { field, .. } => Some(field),
            Self::Click(target)
            | Self::DoubleClick(target)
            | Self::Hover(target)
            | Self::Check(target)
            | Self::Uncheck(target)
            | Self::Scroll(target)
            | Self::Download { control: target, .. }
            | Self::Drag { from: target, .. }
            | Self::Read { from: target, .. } => Some(target),
            _ => None,
        }
    }

    /// The condition that it waits for or decides by.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Self::Wait(condition)
            | Self::Expect(Expectation::Page(condition))
            | Self::When { condition, .. }
            | Self::Repeat { until: condition, .. } => Some(condition),
            _ => None,
        }
    }

    /// Its key in the flow file.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Fill { .. } => "fill",
            Self::Type { .. } => "type",
            Self::Press(_) => "press",
            Self::Click(_) => "click",
            Self::DoubleClick(_) => "double_click",
            Self::Hover(_) => "hover",
            Self::Check(_) => "check",
            Self::Uncheck(_) => "uncheck",
            Self::Select { .. } => "select",
            Self::Upload { .. } => "upload",
            Self::Download { .. } => "download",
            Self::Drag { .. } => "drag",
            Self::Scroll(_) => "scroll",
            Self::Wait(_) | Self::Pause(_) => "wait",
            Self::Expect(_) => "expect",
            Self::Read { .. } => "read",
            Self::Shot(_) => "shot",
            Self::Dialog { .. } => "dialog",
            Self::When { .. } => "when",
            Self::Repeat { .. } => "repeat",
        }
    }

    /// The steps inside a `when` or `repeat`.
    pub fn inner(&self) -> impl Iterator<Item = &Step> {
        let (first, second): (&[Step], &[Step]) = match self {
            Self::When { steps, otherwise, .. } => (steps, otherwise),
            Self::Repeat { steps, .. } => (steps, &[]),
            _ => (&[], &[]),
        };
        first.iter().chain(second)
    }
}

/// What an `expect` step requires.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// A condition holds.
    Page(Condition),
    /// The address (path, query and fragment) matches.
    Address(crate::locator::Text),
    /// One element has this value.
    Value {
        /// The element.
        of: Locator,
        /// Its value.
        is: Template,
    },
    /// One element is ticked, or not.
    Checked {
        /// The element.
        of: Locator,
        /// Ticked.
        is: bool,
    },
    /// So many visible elements match.
    Count {
        /// The elements.
        of: Locator,
        /// How many.
        is: u32,
    },
}

/// A text with `${name}` of plain inputs and outputs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub Vec<Part>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands.
    Literal(String),
    /// The value of a plain input or an output.
    Name(String),
}

/// What a step types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text that may be seen.
    Plain(Template),
    /// A secret input, whole.
    Secret(String),
    /// A fresh code of a code input, whole.
    Code(String),
}

impl Template {
    /// Whether it stands for the value of this name.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Name(own) if own == name))
    }
}

impl Value {
    /// Whether it stands for the value of this name.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        match self {
            Self::Plain(template) => template.names(name),
            Self::Secret(own) | Self::Code(own) => own == name,
        }
    }
}

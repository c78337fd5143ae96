//! The checked flow: what `lower` makes of a file and everything else works with. After `lower` nobody checks again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use jiff::Span;
use jiff::tz::TimeZone;
use url::Url;

use crate::locator::{Condition, Locator};
use crate::source::Source;

/// Words for people, by language tag (`it`, `en`). A bare string in a flow stands under the flow's own language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(pub BTreeMap<String, String>);

impl Words {
    /// The words in `language`, else in English, else in any language.
    #[must_use]
    pub fn get(&self, language: &str) -> Option<&str> {
        self.0.get(language).or_else(|| self.0.get("en")).or_else(|| self.0.values().next()).map(String::as_str)
    }
}

/// A flow: one portal, its tasks and stages.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The file it was read from; every span points into it.
    pub source: Source,
    /// The file name without `.toml`: `mysign`.
    pub name: String,
    /// The title.
    pub title: Words,
    /// The portal's origin (scheme, host, port; path `/`).
    pub portal: Url,
    /// Further origins where secrets may be typed.
    pub origins: Vec<Url>,
    /// The language the browser asks for pages in, a BCP 47 tag.
    pub language: String,
    /// The portal's time zone.
    pub timezone: TimeZone,
    /// The values the holder supplies, in file order.
    pub inputs: Vec<Input>,
    /// The values read from the portal, in file order.
    pub outputs: Vec<Output>,
    /// The named tasks, in file order.
    pub tasks: Vec<Task>,
    /// When and how the certificate is renewed, if this flow renews one.
    pub renewal: Option<Renewal>,
    /// The recognisable conditions of the portal.
    pub states: Vec<State>,
    /// Banners and modals that may appear at any time.
    pub interrupts: Vec<Interrupt>,
    /// What the guide says beside the stages.
    pub guide: Option<Guide>,
    /// All stages, in file order.
    pub stages: Vec<Stage>,
}

impl Flow {
    /// The task of this name.
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// The input of this name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The output of this name.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// The stage of this id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// Whether a step of the task uses this input: typed, in a template, requested, or as another used input's default.
    /// The resume task counts as part of the task that it resumes, and an interrupt's steps as part of every task.
    #[must_use]
    pub fn uses(&self, task: &Task, input: &str) -> bool {
        let resume = self
            .renewal
            .as_ref()
            .filter(|renewal| renewal.task == task.name)
            .and_then(|renewal| renewal.resume.as_deref());
        let tasks = std::iter::once(task).chain(resume.and_then(|name| self.task(name)));
        let stages = tasks.flat_map(|task| &task.stages).filter_map(|id| self.stage(id));
        let mut steps = stages.flat_map(|stage| &stage.steps).chain(self.interrupts.iter().flat_map(|one| &one.steps));
        let stands_in = |other: &Input| {
            other.name != input
                && other.default.as_ref().is_some_and(|value| value.names(input))
                && self.uses(task, &other.name)
        };
        steps.any(|step| step.uses(input)) || self.inputs.iter().any(stands_in)
    }

    /// Whether any stage of the task has a commit step.
    #[must_use]
    pub fn commits(&self, task: &Task) -> bool {
        task.stages.iter().filter_map(|id| self.stage(id)).any(|stage| stage.steps.iter().any(Step::has_commit))
    }
}

/// What kind of value an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A value that may be seen.
    Plain,
    /// A value that must never be seen.
    Secret,
    /// A one-time code: asked for when it is needed, each used once.
    Code,
}

/// A value that the holder supplies.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name in the flow.
    pub name: String,
    /// Plain, secret or code.
    pub kind: InputKind,
    /// What people call it.
    pub label: Option<Words>,
    /// An invented value, for guides.
    pub example: Option<String>,
    /// What a value must match, whole.
    pub pattern: Option<regex::Regex>,
    /// The value used when the holder supplies none.
    pub default: Option<Value>,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// A value read from the portal.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name in the flow.
    pub name: String,
    /// The `strptime` form in which the portal writes a date; the record keeps `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// A named sequence of stages.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Ids of its stages, in order; one may stand twice.
    pub stages: Vec<String>,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// When and how a certificate is renewed.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// The task that renews.
    pub task: String,
    /// The task that only reads.
    pub status: Option<String>,
    /// The task entered when a renewal stands half done.
    pub resume: Option<String>,
    /// The last stage a rehearsal enters.
    pub rehearse_until: Option<String>,
    /// The output that holds the expiry.
    pub expires: String,
    /// By how much the expiry moves when renewed.
    pub gains: Span,
    /// How long before expiry the window opens.
    pub opens: Span,
    /// How long before expiry it closes: `1d`, the last renewable day is the day before.
    pub closes: Span,
    /// When `renew` should act, before expiry.
    pub before: Span,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// A recognisable condition of the portal, with positive evidence.
#[derive(Debug, Clone)]
pub struct State {
    /// How a run that meets it ends (design.md §3); `half-done` goes on with the resume task.
    pub verdict: String,
    /// Its evidence.
    pub when: Condition,
    /// The tasks in which it holds; empty: those with a commit.
    pub tasks: Vec<String>,
    /// The stages in which it holds; empty: all.
    pub stages: Vec<String>,
    /// The portal's own words.
    pub says: Option<String>,
    /// What the reader should do.
    pub advice: Option<Words>,
    /// It proves that the commit did not take place.
    pub refused: bool,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// A banner or modal that may appear at any time.
#[derive(Debug, Clone)]
pub struct Interrupt {
    /// When it is there.
    pub when: Condition,
    /// What sends it away.
    pub steps: Vec<Step>,
    /// Where it is declared.
    pub span: Range<usize>,
}

/// What the guide says beside the stages (portals.md §1.7).
#[derive(Debug, Clone)]
pub struct Guide {
    /// What the reader will have done.
    pub purpose: Option<Words>,
    /// What the reader must have at hand, by language.
    pub needs: BTreeMap<String, Vec<String>>,
    /// How long it takes.
    pub minutes: Option<u32>,
    /// Whom to ask.
    pub contact: Option<Words>,
}

/// One screen of the portal, as a reader sees it: some steps and one picture.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its id: the picture's name.
    pub id: String,
    /// Its title.
    pub title: Words,
    /// The guide's prose.
    pub guide: Option<Words>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Where it is declared.
    pub span: Range<usize>,
}

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
}

impl Step {
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

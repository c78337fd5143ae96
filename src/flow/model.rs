//! The checked flow: what `lower` makes of a file and everything else works with. After `lower` nobody checks again.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Span;
use jiff::tz::TimeZone;
use url::Url;

use crate::flow::step::{Step, Value};
use crate::flow::words::Words;
use crate::locator::Condition;
use crate::source::Source;

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
    /// What stands in a guide's pictures in the holder's place, in file order; the first rule that finds a text decides.
    pub persona: Vec<PersonaRule>,
    /// All stages, in file order.
    pub stages: Vec<Stage>,
    /// Where words for people stand, and in which languages.
    pub spoken: Vec<Spoken>,
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

    /// Whether one of these steps uses the input, or another input for which it stands in.
    #[must_use]
    pub fn used_by(&self, steps: &[&Step], input: &str) -> bool {
        let stands_in = |other: &Input| {
            let named = other.default.as_ref().is_some_and(|value| value.names(input));
            other.name != input && named && self.used_by(steps, &other.name)
        };
        steps.iter().any(|step| step.uses(input)) || self.inputs.iter().any(stands_in)
    }

    /// Whether any stage of the task has a commit step.
    #[must_use]
    pub fn commits(&self, task: &Task) -> bool {
        task.stages.iter().filter_map(|id| self.stage(id)).any(|stage| stage.steps.iter().any(Step::has_commit))
    }
}

/// Words for people, where they stand.
#[derive(Debug, Clone)]
pub struct Spoken {
    /// The languages in which they are, as tags.
    pub languages: Vec<String>,
    /// Where they stand.
    pub span: Range<usize>,
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
    /// The output that names the certificate.
    pub certificate: Option<String>,
    /// What the page on which the expiry is read shows while no renewal stands half done.
    pub at_rest: Option<Condition>,
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

/// Which text on a page is the holder's, and what stands there instead.
#[derive(Debug, Clone)]
pub struct PersonaRule {
    /// The text itself, or the label before it.
    pub finds: Finds,
    /// What stands there instead.
    pub is: String,
}

/// What a rule looks for on a page.
#[derive(Debug, Clone)]
pub enum Finds {
    /// The text itself.
    Text(regex::Regex),
    /// The label of the value.
    After(regex::Regex),
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

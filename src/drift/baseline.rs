//! The baseline: what a flow's portal was like when a person last accepted a run of it. It stands beside the flow as a few
//! texts that people can read and compare: `baseline.toml` with what each step's element was known by, and for each stage
//! its page in outline. Nothing in it belongs to the holder or to the day.

mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::drift::neutral::{neutral_fingerprint, neutral_outline};
use crate::record::{Environment, Fingerprint, Item, Outline, Record, StageRecord, StepRecord};

/// The version of the baseline's shape that this build reads and writes.
pub const FORMAT: u32 = 1;

/// The file that holds all but the outlines.
pub const HEAD: &str = "baseline.toml";

/// A text of the baseline is at most so long, in bytes.
const LONGEST_FILE: usize = 4 << 20;

/// What a flow's portal was like.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The flow's name.
    pub flow: String,
    /// The task that was run.
    pub task: String,
    /// SHA-256 of the flow file as it was, hexadecimal.
    pub flow_digest: String,
    /// The portal's origin as used.
    pub portal: String,
    /// The day of the run.
    pub accepted: Date,
    /// What it ran on.
    pub environment: Environment,
    /// The stages that were passed, in order.
    pub stages: Vec<KnownStage>,
}

/// A stage as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownStage {
    /// Its id in the flow.
    pub id: String,
    /// Its name in the record: `certificate-2` when it was entered a second time.
    pub name: String,
    /// The file name of its picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shot: Option<String>,
    /// Its page.
    #[serde(skip)]
    pub outline: Option<Outline>,
    /// Those of its steps that used an element, in the order of the flow file.
    #[serde(rename = "step", default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<KnownStep>,
}

/// A step as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownStep {
    /// Where it stood in the flow file: line and character, counted from 1.
    pub at: [usize; 2],
    /// The action's key: `click`.
    pub action: String,
    /// The locator that matched, as the flow writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shown: String,
    /// It cannot be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub commit: bool,
    /// So the step's element was known before the flow was mended; a portal may show both by turns (portals.md §1.6, D34).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub former: bool,
    /// What its element was known by.
    pub element: Fingerprint,
}

/// Why a baseline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// One of its files is not there.
    #[error("there is no `{0}` among its files")]
    Missing(String),
    /// A later version wrote it.
    #[error("{HEAD}: it has format {0}, and this version of rinnova reads format {FORMAT}")]
    Newer(u64),
    /// It belongs to another flow.
    #[error("{HEAD}: it belongs to the flow `{found}`, not to `{wanted}`")]
    Foreign {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// It cannot be read.
    #[error("{file}:{line}: {why}")]
    Damaged {
        /// The file's name.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// The shape of `baseline.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    flow: String,
    task: String,
    flow_digest: String,
    portal: String,
    accepted: Date,
    /// The files that hold the stages' pages.
    #[serde(default)]
    pages: Vec<String>,
    environment: Environment,
    #[serde(rename = "stage", default)]
    stages: Vec<KnownStage>,
}

/// What is looked at first: a later format may have any other keys.
#[derive(Deserialize)]
struct Version {
    format: u64,
}

impl Baseline {
    /// What this run found, without personal data and without what differs from visit to visit. `values` are those of the
    /// run's inputs; the outputs stand in the record.
    #[must_use]
    pub fn of(record: &Record, values: &[String]) -> Self {
        let values = values_of(record, values);
        let portal = &record.portal;
        Self {
            flow: record.flow.clone(),
            task: record.task.clone(),
            flow_digest: record.flow_digest.clone(),
            portal: portal.clone(),
            accepted: record.started.to_zoned(TimeZone::UTC).date(),
            environment: record.environment.clone(),
            stages: record.stages.iter().map(|stage| known_stage(stage, portal, &values)).collect(),
        }
    }

    /// The stage of this name, else one of this id.
    #[must_use]
    pub fn stage(&self, name: &str, id: &str) -> Option<&KnownStage> {
        self.stages.iter().find(|stage| stage.name == name).or_else(|| self.stages.iter().find(|stage| stage.id == id))
    }

    /// The baseline's files: name and text.
    ///
    /// # Panics
    /// Never: its types have a form in TOML.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, String)> {
        let outlines = self.stages.iter().filter_map(|stage| Some((file_of(&stage.name), stage.outline.as_ref()?)));
        let pages: Vec<(String, String)> = outlines.map(|(file, outline)| (file, lines::text(outline))).collect();
        let head = Head {
            format: FORMAT,
            flow: self.flow.clone(),
            task: self.task.clone(),
            flow_digest: self.flow_digest.clone(),
            portal: self.portal.clone(),
            accepted: self.accepted,
            pages: pages.iter().map(|(file, _)| file.clone()).collect(),
            environment: self.environment.clone(),
            stages: self.stages.clone(),
        };
        let head = toml::to_string(&head).expect("texts, numbers and lists");
        std::iter::once((HEAD.to_owned(), head)).chain(pages).collect()
    }

    /// Reads the baseline of a flow from its files, text by name. A file that belongs to no stage is not looked at.
    ///
    /// # Errors
    /// When it is damaged, another flow's, or written by a later version.
    pub fn read(flow: &str, files: &BTreeMap<String, String>) -> Result<Self, BaselineError> {
        let text = files.get(HEAD).ok_or_else(|| BaselineError::Missing(HEAD.to_owned()))?;
        short_enough(HEAD, text)?;
        let wrong = |error: &toml::de::Error| damaged_head(text, error.span(), error.message());
        let Version { format } = toml::from_str(text).map_err(|error| wrong(&error))?;
        if format > u64::from(FORMAT) {
            return Err(BaselineError::Newer(format));
        }
        let head: Head = toml::from_str(text).map_err(|error| wrong(&error))?;
        if head.format != FORMAT {
            return Err(damaged_head(text, None, "there was never a format 0"));
        }
        if head.flow != flow {
            return Err(BaselineError::Foreign { found: head.flow, wanted: flow.to_owned() });
        }
        if let Some(gone) = head.pages.iter().find(|page| !files.contains_key(*page)) {
            return Err(BaselineError::Missing(gone.clone()));
        }
        let mut stages = head.stages;
        let mut names = BTreeSet::new();
        for stage in &mut stages {
            if !names.insert(stage.name.clone()) {
                let why = format!("the stage `{}` stands there twice", stage.name.escape_debug());
                return Err(damaged_head(text, None, &why));
            }
            let file = file_of(&stage.name);
            let Some(text) = files.get(&file) else { continue };
            short_enough(&file, text)?;
            let outline = lines::read(text).map_err(|(line, why)| BaselineError::Damaged { file, line, why })?;
            stage.outline = Some(outline);
        }
        Ok(Self {
            flow: head.flow,
            task: head.task,
            flow_digest: head.flow_digest,
            portal: head.portal,
            accepted: head.accepted,
            environment: head.environment,
            stages,
        })
    }
}

impl KnownStage {
    /// Those of its steps that are known as they are now, in the order of the flow file.
    pub fn current(&self) -> impl Iterator<Item = &KnownStep> {
        self.steps.iter().filter(|step| !step.former)
    }

    /// The step that stood at this place in the flow file with this action. A flow is edited, so the nearest step with the
    /// same locator goes before one in the same line with another.
    #[must_use]
    pub fn step(&self, action: &str, shown: Option<&str>, line: usize) -> Option<&KnownStep> {
        let near = |step: &&KnownStep| step.at[0].abs_diff(line);
        let same = || self.steps.iter().filter(|step| step.action == action);
        let found = shown.and_then(|shown| same().filter(|step| step.shown == shown).min_by_key(near));
        found.or_else(|| same().find(|step| step.at[0] == line))
    }
}

/// The values that are no part of the portal: those of the inputs as given, and those of the outputs.
#[must_use]
pub fn values_of(record: &Record, inputs: &[String]) -> Vec<String> {
    let mut values = inputs.to_vec();
    let mut open: Vec<&Json> = record.outputs.values().flatten().map(|reading| &reading.value).collect();
    while let Some(value) = open.pop() {
        match value {
            Json::String(text) => values.push(text.clone()),
            Json::Array(inner) => open.extend(inner),
            Json::Object(inner) => open.extend(inner.values()),
            _ => {}
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}

fn known_stage(stage: &StageRecord, portal: &str, values: &[String]) -> KnownStage {
    let mut steps = Vec::new();
    known_steps(&stage.steps, portal, values, &mut steps);
    steps.sort_by_key(|step| step.at);
    // A `repeat` performs a step many times: the first is as good as any.
    steps.dedup_by_key(|step| step.at);
    let shot = stage.shots.iter().find(|shot| shot.name == stage.name).and_then(|shot| shot.file.as_deref());
    KnownStage {
        id: stage.id.clone(),
        name: stage.name.clone(),
        shot: shot.and_then(|file| file.rsplit('/').next()).map(str::to_owned),
        outline: stage.outline.as_ref().map(|page| fitting(neutral_outline(page, values))),
        steps,
    }
}

fn known_steps(steps: &[StepRecord], portal: &str, values: &[String], known: &mut Vec<KnownStep>) {
    for step in steps {
        if let Some(element) = &step.known {
            known.push(KnownStep {
                at: [step.line, step.column],
                action: step.action.clone(),
                shown: step.locator.as_ref().map(|used| used.shown.clone()).unwrap_or_default(),
                former: false,
                commit: step.commit.is_some(),
                element: at_home(neutral_fingerprint(element, values), portal),
            });
        }
        known_steps(&step.steps, portal, values, known);
    }
}

/// A form that goes to the portal itself goes to no other: a portal may move as a whole, a test system has its own origin.
pub(super) fn at_home(element: Fingerprint, portal: &str) -> Fingerprint {
    let home = element.submits.trim_end_matches('/') == portal.trim_end_matches('/');
    if home { Fingerprint { submits: String::new(), ..element } } else { element }
}

/// A page that the baseline's text has room for.
fn fitting(mut page: Outline) -> Outline {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    page.items.truncate(lines::MOST_ITEMS);
    for Item { role, name, inside, marks } in &mut page.items {
        (*role, *name, *inside) = (cut(role, 30), cut(name, 200), cut(inside, 200));
        marks.truncate(9);
    }
    page
}

fn file_of(stage: &str) -> String {
    format!("{stage}.txt")
}

fn short_enough(file: &str, text: &str) -> Result<(), BaselineError> {
    if text.len() <= LONGEST_FILE {
        return Ok(());
    }
    let why = format!("the file is longer than {} MiB", LONGEST_FILE >> 20);
    Err(BaselineError::Damaged { file: file.to_owned(), line: 1, why })
}

fn damaged_head(text: &str, span: Option<Range<usize>>, why: &str) -> BaselineError {
    let before = span.map_or(0, |span| span.start.min(text.len()));
    // A span may end within a letter of several bytes.
    let line = text.char_indices().take_while(|(at, _)| *at < before).filter(|(_, letter)| *letter == '\n').count() + 1;
    let why = why.lines().collect::<Vec<_>>().join(" ");
    BaselineError::Damaged { file: HEAD.to_owned(), line, why }
}

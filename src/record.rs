//! The record: what is kept of a run. It never holds a secret's value; every sink passes the redactor all the same.
//!
//! `run.json` is this, serialised; a reader checks `format` first (design.md §4).

mod change;
mod fingerprint;
mod mismatch;
mod mutation;
mod outline;
mod staged;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exit::Verdict;
pub use change::{Change, ChangeKind, Gravity};
pub use fingerprint::Fingerprint;
pub use mismatch::{Mismatch, mismatches};
pub use mutation::{Fate, Mutation, Tried};
pub use outline::{Item, Outline};
pub use staged::{Mark, PaintedField, Replaced, Staged};

/// The version of the record's shape that this build writes.
pub const FORMAT: u32 = 1;

/// What is kept of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The version of this shape, [`FORMAT`].
    pub format: u32,
    /// The flow's name.
    pub flow: String,
    /// The flow's title, in its own language.
    pub title: String,
    /// SHA-256 of the flow file, hexadecimal.
    pub flow_digest: String,
    /// The flow file, as it was named.
    #[serde(default)]
    pub flow_file: String,
    /// The task that was asked for.
    pub task: String,
    /// The account's id, if settings named one.
    pub account: Option<String>,
    /// The portal's origin as used.
    pub portal: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, for people: the portal's own words where it gave any.
    pub reason: Option<String>,
    /// What the reader should do next.
    pub advice: Option<String>,
    /// The exit code of the verdict.
    pub exit_code: u8,
    /// What was noticed on the way.
    pub flags: Flags,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// What it ran on.
    pub environment: Environment,
    /// The values read, by output name, in the order of reading.
    pub outputs: BTreeMap<String, Vec<Reading>>,
    /// After a run that sent all: for each secret that another may take the place of, the name of the input in force.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub in_force: BTreeMap<String, String>,
    /// What differs from the baseline, where there is one (design.md §1, drift).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// The stages entered, in order.
    pub stages: Vec<StageRecord>,
}

/// What was noticed in a run beside its verdict.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Flags {
    /// Something did not fit any more: a later locator of a chain had to be used, or the baseline knows it otherwise.
    pub drift: bool,
    /// A locator was replaced by a better one while running.
    pub healed: bool,
    /// How many times a declared interrupt was dismissed.
    pub interrupts: u32,
    /// A picture was withheld because its covering could not be verified.
    pub withheld: bool,
}

/// What a run ran on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// This tool's version.
    pub rinnova: String,
    /// `firefox` or `chromium`.
    pub browser: String,
    /// The browser's version.
    pub browser_version: String,
    /// The operating system as the browser names it.
    pub platform: String,
    /// The viewport, `1280x800`.
    pub size: String,
    /// Without a window.
    pub headless: bool,
}

/// One reading of an output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reading {
    /// The name of the stage in the record (`certificate-2`).
    pub stage: String,
    /// The value; a date as `YYYY-MM-DD`, a list as a JSON array.
    pub value: serde_json::Value,
}

/// One stage, as entered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StageRecord {
    /// Its id in the flow.
    pub id: String,
    /// Its id, or with `-2` when it was entered a second time: the picture's name.
    pub name: String,
    /// Its title, in the flow's language.
    pub title: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began, milliseconds after the run's start.
    pub began_ms: u64,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// Its steps.
    pub steps: Vec<StepRecord>,
    /// Its pictures.
    pub shots: Vec<ShotRecord>,
    /// The page in outline, as its picture shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outline: Option<Outline>,
}

/// How a stage or step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Performed.
    Passed,
    /// Optional, and its target was absent.
    Absent,
    /// Not performed: a condition decided otherwise, the stage had been done before, or a rehearsal ends here.
    Skipped,
    /// Checked by a rehearsal without being performed.
    Checked,
    /// A declared state ended it.
    State,
    /// Failed.
    Failed,
    /// A commit was sent and its outcome not seen.
    Unknown,
}

/// One step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepRecord {
    /// What it does, in a sentence (the flow's language).
    pub sentence: String,
    /// The action's key in the flow: `fill`, `click`.
    pub action: String,
    /// The line in the flow file, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// What a commit cannot undo, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// What was agreed to by a tick: all that is written for the box (portals.md §0.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agreed: Option<String>,
    /// The locator that matched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locator: Option<Used>,
    /// The locator for which nothing was found, as the flow writes it; of a step that healed, too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub looked_for: Option<String>,
    /// What the element was known by that the step used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub known: Option<Fingerprint>,
    /// It was healed: its own locator found nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub healed: Option<Healed>,
    /// When it began, milliseconds after the run's start.
    pub began_ms: u64,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<Failure>,
    /// The steps inside a `when` or `repeat` that were performed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<StepRecord>,
}

/// How a step was healed while it ran; the flow stays as it is until a person mends it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Healed {
    /// The locator by which the element was found, as a flow would write it.
    pub locator: String,
    /// How sure that was, from 0 to 1.
    pub confidence: f64,
    /// How far the next best element was behind.
    pub margin: f64,
    /// What spoke for it and against it, the weightiest first.
    pub evidence: Vec<String>,
}

/// The locator that a step used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Used {
    /// As the flow writes it.
    pub shown: String,
    /// Its place in the chain, from 0; above 0 is drift.
    pub rank: usize,
    /// How long the chain is.
    pub of: usize,
    /// The element it found: role and name.
    pub element: String,
}

/// What went wrong in a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word: `timeout`, `ambiguous`, `mismatch`, `origin`, `dialog`, `navigation`, `portal`, `browser`, `value`, `interrupt`, `drift`.
    pub kind: String,
    /// One sentence: what happened.
    pub message: String,
    /// What was there instead, and what to do next, one line each; a piece for the flow stands in lines of its own below one.
    pub explanation: Vec<String>,
    /// The page's address, without query values.
    pub page: Option<String>,
    /// The file in the run folder that holds the page's structure.
    pub structure: Option<String>,
    /// What was on the page that a step could mean, for finding the target again.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub elements: Vec<Fingerprint>,
}

/// One picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShotRecord {
    /// Its name: the stage's, or the `shot` step's.
    pub name: String,
    /// Its file, relative to the run folder; absent when withheld.
    pub file: Option<String>,
    /// Width, device pixels.
    pub width: u32,
    /// Height, device pixels.
    pub height: u32,
    /// SHA-256 of the PNG file, hexadecimal.
    pub digest: String,
    /// The control that the stage's last click presses, device pixels.
    pub target: Option<Rect>,
    /// What the flow wants outlined, device pixels.
    pub highlights: Vec<Rect>,
    /// What was filled solid, device pixels.
    pub covered: Vec<Rect>,
    /// Where the holder's own data stand, which it shows, device pixels.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub personal: Vec<Rect>,
    /// How it was made ready for a guide; only such a picture may feed one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub staged: Option<Staged>,
    /// Why it was withheld.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub withheld: Option<String>,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

//! What the runner says while it runs: one stream, many faces (console, `events.jsonl`, the run folder).

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::exit::Verdict;
use crate::record::{ShotRecord, StageRecord, StepRecord};

/// Something that happened in a run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The session is ready; stages follow.
    RunStarted {
        /// The flow's name.
        flow: String,
        /// The task.
        task: String,
        /// The stages it will enter, by id.
        stages: Vec<String>,
        /// The browser and its version.
        browser: String,
    },
    /// A stage begins.
    StageStarted {
        /// Its name in the record.
        name: String,
        /// Its title.
        title: String,
    },
    /// A step begins.
    StepStarted {
        /// Its sentence.
        sentence: String,
    },
    /// A step ended.
    StepFinished {
        /// What is kept of it.
        step: Box<StepRecord>,
    },
    /// A declared interrupt was dismissed.
    InterruptDismissed {
        /// What it was, as the flow writes its condition.
        what: String,
    },
    /// The run waits for a one-time code.
    CodeAwaited {
        /// The input's name.
        input: String,
        /// Till when.
        until: Timestamp,
        /// How a person answers, in words; empty where none is asked. The form's address stands in it, which is good for one
        /// answer: it is shown and not kept.
        #[serde(skip)]
        how: String,
    },
    /// Before anything is requested, the run waits for the word that somebody is ready to enter codes.
    ReadyAwaited {
        /// So many codes.
        codes: u32,
        /// Till when.
        until: Timestamp,
        /// How a person answers, as above.
        #[serde(skip)]
        how: String,
    },
    /// Something that the person should know and that does not end the run.
    Warned {
        /// What.
        what: String,
    },
    /// The run ends between two commits: somebody must take it up again in time.
    LeftHalfDone {
        /// The last day on which that is possible, where it is known.
        until: Option<Date>,
        /// How: a command.
        command: String,
    },
    /// A picture is ready.
    ShotTaken {
        /// The stage it belongs to, by name in the record.
        stage: String,
        /// What is kept of it.
        shot: ShotRecord,
        /// The covered PNG; absent when withheld.
        #[serde(skip)]
        png: Option<Arc<Vec<u8>>>,
    },
    /// A commit is about to be sent: from here on its outcome is unknown until it is settled.
    CommitIntended {
        /// The stage, by name in the record.
        stage: String,
        /// What cannot be undone, in words.
        commit: String,
    },
    /// The outcome of a sent commit was seen.
    CommitSettled {
        /// It took place; otherwise the portal refused it.
        took_place: bool,
    },
    /// A file was downloaded into the browser's own folder, from where it must be taken before the session ends.
    Downloaded {
        /// Its name.
        name: String,
        /// Where it lies.
        #[serde(skip)]
        path: std::path::PathBuf,
    },
    /// A page's structure after a failure.
    Structure {
        /// Its file name.
        file: String,
        /// The text.
        #[serde(skip)]
        text: String,
    },
    /// The page script held the commit's press back, because another thing was in its place: nothing was sent.
    CommitHeld {
        /// What stood against it.
        why: String,
    },
    /// A stage ended; its pictures may still be on their way.
    StageFinished {
        /// What is kept of it.
        stage: StageRecord,
    },
    /// The run ended.
    RunFinished {
        /// How.
        verdict: Verdict,
        /// Why.
        reason: Option<String>,
    },
}

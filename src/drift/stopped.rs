//! The step at which a run ended before its end.

use crate::record::{Fingerprint, Outcome, Record, StageRecord, StepRecord};

/// The step at which a run ended before its end, the innermost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopped<'a> {
    /// Its stage, the last that was entered.
    pub(super) stage: &'a StageRecord,
    /// It.
    pub(super) step: &'a StepRecord,
    /// All that was on the page then and that a step could mean; empty where the page could not be asked. The stage looks
    /// back from its own step, so with a step inside another it stands with the outer one.
    pub(super) elements: &'a [Fingerprint],
}

impl<'a> Stopped<'a> {
    /// Where this run stopped; none where it came to its end.
    pub(super) fn of(record: &'a Record) -> Option<Self> {
        let stage = record.stages.last()?;
        let (mut steps, mut found, mut elements): (_, _, &[Fingerprint]) = (&stage.steps, None, &[]);
        let ended = |step: &&StepRecord| matches!(step.outcome, Outcome::Failed | Outcome::Unknown | Outcome::State);
        while let Some(step) = steps.iter().rev().find(ended) {
            if let Some(failure) = step.failure.as_ref().filter(|failure| !failure.elements.is_empty()) {
                elements = &failure.elements;
            }
            (found, steps) = (Some(step), &step.steps);
        }
        found.map(|step| Self { stage, step, elements })
    }
}

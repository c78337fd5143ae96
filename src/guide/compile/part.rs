//! The stages of a task as the parts of a guide, each with what the record holds of it and what a person does there.

use super::{CompileError, Material, Origin};
use crate::flow::model::Stage;
use crate::flow::step::{Action, Expectation, Step};
use crate::locator::Condition;
use crate::record::StageRecord;

/// A stage in its turn.
pub(super) struct Part<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// The stage.
    pub(super) stage: &'a Stage,
    /// What the run did there.
    pub(super) record: &'a StageRecord,
    /// The task has entered it before.
    pub(super) again: bool,
    /// Its pictures are the practice portal's.
    pub(super) practice: bool,
    /// What a person does there, with the number of each action.
    pub(super) actions: Vec<(usize, &'a Step)>,
}

impl Part<'_> {
    /// What a link to it names.
    pub(super) fn anchor(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        self.record.name.chars().map(plain).collect()
    }

    /// The step that cannot be undone, with the words of the flow on what it does.
    pub(super) fn commit(&self) -> Option<(&Step, &str)> {
        self.stage.steps.iter().find_map(commit)
    }

    /// A code is asked for here.
    pub(super) fn asks_for_a_code(&self) -> bool {
        fn requests(step: &Step) -> bool {
            step.requests.is_some() || step.action.inner().any(requests)
        }
        self.stage.steps.iter().any(requests)
    }

    /// The control that its picture outlines: the one that the last click of the stage presses.
    pub(super) fn last_click(&self) -> Option<&Step> {
        let clicks =
            |step: &&Step| matches!(step.action, Action::Click(_) | Action::DoubleClick(_) | Action::Download { .. });
        self.stage.steps.iter().rev().find(clicks)
    }

    /// Whether this is what its reader is meant to come to: no trouble there.
    pub(super) fn expects(&self, wanted: &Condition) -> bool {
        let expects = |step: &Step| matches!(&step.action, Action::Expect(Expectation::Page(page)) if page == wanted);
        self.stage.steps.iter().any(expects)
    }

    /// Whether this output is read here.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.stage.steps.iter().any(|step| matches!(&step.action, Action::Read { output, .. } if output == name))
    }
}

fn commit(step: &Step) -> Option<(&Step, &str)> {
    let own = step.commit.as_deref().map(|what| (step, what));
    own.or_else(|| step.action.inner().find_map(commit))
}

/// The parts of the guide, in order.
pub(super) fn parts<'a>(material: &Material<'a>) -> Result<Vec<Part<'a>>, CompileError> {
    let Material { flow, task, stages, .. } = *material;
    let brink = brink(material);
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (at, id) in task.stages.iter().enumerate() {
        let before = task.stages[..at].iter().filter(|other| *other == id).count();
        let record = stages.iter().filter(|record| record.id == *id).nth(before);
        let (stage, record) =
            flow.stage(id).zip(record).ok_or_else(|| CompileError::NotEntered { stage: id.clone() })?;
        if stage.guide.is_none() {
            let line = flow.source.position(stage.span.start).line;
            let place = format!("{}:{line}", flow.source.name());
            return Err(CompileError::NoProse { stage: id.clone(), place });
        }
        let practice = match material.origin {
            Origin::Practice => true,
            Origin::Rehearsal => at > brink,
            Origin::Run => false,
        };
        let needed = |output: &str| flow.renewal.as_ref().is_none_or(|renewal| renewal.expires == output);
        let done = stage.steps.iter().filter(|step| is_done_by_a_person(step, needed));
        let actions = done.enumerate().map(|(at, step)| (at + 1, step)).collect();
        parts.push(Part { number: at + 1, stage, record, again: before > 0, practice, actions });
    }
    Ok(parts)
}

/// The place of the last stage that a rehearsal enters, in the task.
pub(super) fn brink(material: &Material) -> usize {
    let Material { flow, task, .. } = *material;
    let until = flow.renewal.as_ref().and_then(|renewal| renewal.rehearse_until.as_ref());
    let named = until.and_then(|until| task.stages.iter().position(|id| id == until));
    let commits = |id: &String| flow.stage(id).is_some_and(|stage| stage.steps.iter().any(Step::has_commit));
    named.or_else(|| task.stages.iter().position(commits)).unwrap_or(task.stages.len())
}

/// What the tool does for itself is left out: waiting, checking, reading what nobody needs, taking pictures.
fn is_done_by_a_person(step: &Step, needed: impl Fn(&str) -> bool) -> bool {
    match &step.action {
        Action::Expect(_) | Action::Wait(_) | Action::Pause(_) | Action::Shot(_) | Action::Scroll(_) => false,
        Action::Read { output, .. } => step.label.is_some() || needed(output),
        _ => true,
    }
}

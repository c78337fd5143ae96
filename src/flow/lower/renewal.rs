//! The renewal: its tasks, its window, and how far a rehearsal goes.

use crate::flow::advice::Advice;
use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::model::Renewal;
use crate::flow::raw::read::{At, Table};
use crate::flow::raw::{RawFlow, RawRenewal, RawStep};

impl Lowering<'_> {
    /// When and how the certificate is renewed.
    pub(super) fn renewal(&mut self, raw: &At<RawRenewal>, flow: &RawFlow) -> Option<Renewal> {
        if !flow.keys().has("timezone") {
            self.fault(FlowError::RenewalWithoutZone, raw.span.clone());
        }
        let it = &raw.value;
        let [task, status, resume] =
            [&it.task, &it.status, &it.resume].map(|name| name.as_ref().map(|name| self.known(Thing::Task, name)));
        let expires = it.expires.as_ref().and_then(|expires| self.expires(expires));
        let [gains, opens, closes, before] =
            [&it.gains, &it.opens, &it.closes, &it.before].map(|span| self.span(span.as_ref()?));
        if let (Some(opens), Some(closes), Some(days), Some(written)) = (opens, closes, before, &it.before)
            && !(closes.days..=opens.days).contains(&days.days)
        {
            self.fault(FlowError::BeforeOutside, written.span.clone());
        }
        let until = it.rehearse.as_ref().and_then(|rehearse| rehearse.value.until.as_ref());
        let rehearse_until = until.map(|until| self.rehearse(until, it.task.as_ref(), flow));
        Some(Renewal {
            task: task??,
            status: super::transpose(status)?,
            resume: super::transpose(resume)?,
            rehearse_until: super::transpose(rehearse_until)?,
            expires: expires?,
            gains: gains?.span,
            opens: opens?.span,
            closes: closes?.span,
            before: before?.span,
            span: raw.span.clone(),
        })
    }

    fn expires(&mut self, raw: &At<String>) -> Option<String> {
        let name = self.known(Thing::Output, raw)?;
        if !self.names.is_date(&name) {
            self.fault(FlowError::ExpiresNotDate { name }, raw.span.clone());
            return None;
        }
        Some(name)
    }

    /// The last stage of a rehearsal: of the renewal's task, and not after the stage with the first commit. It may be
    /// that stage itself, for nothing of the last stage is sent.
    fn rehearse(&mut self, until: &At<String>, task: Option<&At<String>>, flow: &RawFlow) -> Option<String> {
        let stage = self.known(Thing::Stage, until)?;
        let task = &task?.value;
        let tasks = &flow.task.as_ref()?.value.0;
        let stages = &tasks.iter().find(|(name, _)| name.value == *task)?.1.as_ref()?.value.stages.as_ref()?.value.0;
        let Some(at) = stages.iter().position(|id| id.value == stage) else {
            let advice = Advice::OneOf(stages.iter().map(|id| id.value.clone()).collect());
            self.fault(FlowError::RehearseElsewhere { stage, task: task.clone(), advice }, until.span.clone());
            return None;
        };
        let commits = |id: &str| {
            let named = |stage: &&At<_>| -> bool { is_named(stage, id) };
            flow.stage.iter().flat_map(|list| &list.value.0).find(named).is_some_and(|stage| {
                stage.value.steps.iter().flat_map(|steps| &steps.value.0).any(|step| has_commit(&step.value))
            })
        };
        if let Some(first) = stages[..at].iter().find(|id| commits(&id.value)) {
            let commit = first.value.clone();
            self.fault(FlowError::RehearseCommits { stage, commit }, until.span.clone());
            return None;
        }
        Some(stage)
    }
}

fn is_named(stage: &At<crate::flow::raw::RawStage>, id: &str) -> bool {
    stage.value.id.as_ref().is_some_and(|named| named.value == id)
}

fn has_commit(step: &RawStep) -> bool {
    let inner = step.steps.iter().chain(&step.r#else).flat_map(|list| &list.value.0);
    step.keys().has("commit") || inner.into_iter().any(|step| has_commit(&step.value))
}

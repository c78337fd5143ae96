//! The renewal: its tasks, its window, and how far a rehearsal goes.

use crate::flow::advice::Advice;
use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::model::Renewal;
use crate::flow::raw::read::{At, Table};
use crate::flow::raw::steps::RawStep;
use crate::flow::raw::tables::{RawFlow, RawRenewal};

impl Lowering<'_> {
    /// When and how the certificate is renewed.
    pub(super) fn renewal(&mut self, raw: &At<RawRenewal>, flow: &RawFlow) -> Option<Renewal> {
        if !flow.keys().has("timezone") {
            self.fault(FlowError::RenewalWithoutZone, raw.span.clone());
        }
        let it = &raw.value;
        let [task, status, resume] =
            [&it.task, &it.status, &it.resume].map(|name| name.as_ref().map(|name| self.known(Thing::Task, name)));
        if let Some(status) = &it.status {
            self.only_reads(status, flow);
        }
        let expires = it.expires.as_ref().and_then(|expires| self.expires(expires));
        let certificate = it.certificate.as_ref().map(|name| self.known(Thing::Output, name));
        let at_rest = it.at_rest.as_ref().map(|shows| self.condition(&shows.value, shows.span.clone(), 1));
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
            certificate: super::transpose(certificate)?,
            at_rest: super::transpose(at_rest)?,
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

    /// The task that only reads is run when nobody watches, so it must not commit.
    fn only_reads(&mut self, task: &At<String>, flow: &RawFlow) -> Option<()> {
        let stages = stages_of(flow, &task.value)?;
        if stages.iter().any(|id| commits(flow, &id.value)) {
            self.fault(FlowError::StatusCommits { task: task.value.clone() }, task.span.clone());
            return None;
        }
        Some(())
    }

    /// The last stage of a rehearsal: of the renewal's task, and not after the stage with the first commit. It may be
    /// that stage itself, for nothing of the last stage is sent.
    fn rehearse(&mut self, until: &At<String>, task: Option<&At<String>>, flow: &RawFlow) -> Option<String> {
        let stage = self.known(Thing::Stage, until)?;
        let task = &task?.value;
        let stages = stages_of(flow, task)?;
        let Some(at) = stages.iter().position(|id| id.value == stage) else {
            let advice = Advice::OneOf(stages.iter().map(|id| id.value.clone()).collect());
            self.fault(FlowError::RehearseElsewhere { stage, task: task.clone(), advice }, until.span.clone());
            return None;
        };
        if let Some(first) = stages[..at].iter().find(|id| commits(flow, &id.value)) {
            let commit = first.value.clone();
            self.fault(FlowError::RehearseCommits { stage, commit }, until.span.clone());
            return None;
        }
        Some(stage)
    }
}

/// The stages that a task names; `None` where what is wrong with them is reported.
fn stages_of<'a>(flow: &'a RawFlow, task: &str) -> Option<&'a [At<String>]> {
    let tasks = &flow.task.as_ref()?.value.0;
    let (_, found) = tasks.iter().find(|(name, _)| name.value == task)?;
    Some(&found.as_ref()?.value.stages.as_ref()?.value.0)
}

/// Whether the stage of this id has a commit step.
fn commits(flow: &RawFlow, id: &str) -> bool {
    let mut stages = flow.stage.iter().flat_map(|list| &list.value.0);
    let stage = stages.find(|stage| stage.value.id.as_ref().is_some_and(|named| named.value == id));
    let steps = stage.and_then(|stage| stage.value.steps.as_ref());
    steps.is_some_and(|steps| steps.value.0.iter().any(|step| has_commit(&step.value)))
}

fn has_commit(step: &RawStep) -> bool {
    let inner = step.steps.iter().chain(&step.r#else).flat_map(|list| &list.value.0);
    step.keys().has("commit") || inner.into_iter().any(|step| has_commit(&step.value))
}

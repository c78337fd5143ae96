//! Doubts about tasks that commit: what proves them, and what a rehearsal does on its way.

use crate::flow::lint::{Doubts, reach};
use crate::flow::model::{Renewal, Stage, Task};
use crate::flow::step::{Action, Step};
use crate::flow::warning::Warning;

impl Doubts<'_> {
    /// Looks at every task.
    pub(super) fn tasks(&mut self) {
        let flow = self.flow;
        for task in flow.tasks.iter().filter(|task| flow.commits(task)) {
            let context = format!("task \"{}\"", task.name);
            match &flow.renewal {
                None => self.doubt(Warning::NoRenewal { task: task.name.clone() }, task.span.clone(), Some(&context)),
                Some(renewal) => self.readings(task, renewal, &context),
            }
        }
        if let Some(renewal) = &flow.renewal {
            self.renewal(renewal);
        }
        for stage in &flow.stages {
            self.proof(stage);
        }
    }

    /// The expiry is read before the first commit and after the last. A resumed renewal has its first reading from the
    /// run that met it half done.
    fn readings(&mut self, task: &Task, renewal: &Renewal, context: &str) {
        let mut order = Vec::new();
        for stage in task.stages.iter().filter_map(|id| self.flow.stage(id)) {
            order_of(&stage.steps, &renewal.expires, &mut order);
        }
        let first = order.iter().position(|event| *event == Event::Commit).unwrap_or(order.len());
        let last = order.iter().rposition(|event| *event == Event::Commit).map_or(0, |at| at + 1);
        let (name, output) = (task.name.clone(), renewal.expires.clone());
        let resumed = renewal.resume.as_ref() == Some(&task.name);
        if !resumed && !order[..first].contains(&Event::Reading) {
            let warning = Warning::NotReadBefore { task: name.clone(), output: output.clone() };
            self.doubt(warning, task.span.clone(), Some(context));
        }
        if !order[last..].contains(&Event::Reading) {
            self.doubt(Warning::NotReadAfter { task: name, output }, task.span.clone(), Some(context));
        }
    }

    fn renewal(&mut self, renewal: &Renewal) {
        let Some(task) = self.flow.task(&renewal.task) else { return };
        if !self.flow.commits(task) {
            let warning = Warning::NothingCommitted { task: task.name.clone() };
            self.doubt(warning, renewal.span.clone(), Some("[renewal]"));
        }
        let Some(until) = &renewal.rehearse_until else { return };
        for id in task.stages.iter().take_while(|id| *id != until) {
            let Some(stage) = self.flow.stage(id) else { continue };
            if let Some(step) = stage.steps.iter().find_map(requesting) {
                let place = self.place(&step.span, "requests");
                let context = format!("stage \"{id}\"");
                self.doubt(Warning::RehearsalRequests { stage: id.clone() }, place, Some(&context));
            }
        }
    }

    /// After a commit something is expected: in its stage, or as the first step of every stage that follows it.
    fn proof(&mut self, stage: &Stage) {
        let mut steps = Vec::new();
        flatten(&stage.steps, &mut steps);
        let Some(last) = steps.iter().rposition(|step| step.commit.is_some()) else { return };
        let expects = |step: &Step| matches!(step.action, Action::Expect(_) | Action::Wait(_));
        if steps[last + 1..].iter().any(|step| expects(step)) {
            return;
        }
        let follows = self.flow.tasks.iter().flat_map(|task| task.stages.windows(2)).filter(|pair| pair[0] == stage.id);
        let mut next = follows.filter_map(|pair| self.flow.stage(&pair[1])?.steps.first()).peekable();
        if next.peek().is_some() && next.all(expects) {
            return;
        }
        let place = self.place(&steps[last].span, "commit");
        self.doubt(Warning::NoProof, place, Some(&format!("stage \"{}\"", stage.id)));
    }
}

/// What happens in a task, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Commit,
    Reading,
}

fn order_of(steps: &[Step], expires: &str, order: &mut Vec<Event>) {
    let mut flat = Vec::new();
    flatten(steps, &mut flat);
    for step in flat {
        if step.commit.is_some() {
            order.push(Event::Commit);
        }
        if reach::output(&step.action) == Some(expires) {
            order.push(Event::Reading);
        }
    }
}

/// The steps and those inside them, in the order of the file.
fn flatten<'a>(steps: &'a [Step], flat: &mut Vec<&'a Step>) {
    for step in steps {
        flat.push(step);
        for inner in step.action.inner() {
            flatten(std::slice::from_ref(inner), flat);
        }
    }
}

fn requesting(step: &Step) -> Option<&Step> {
    if step.requests.is_some() { Some(step) } else { step.action.inner().find_map(requesting) }
}

//! Doubts about states and interrupts: an absence proves nothing.

use crate::flow::lint::Doubts;
use crate::flow::warning::Warning;
use crate::locator::Condition;

impl Doubts<'_> {
    /// Looks at every state and interrupt.
    pub(super) fn states(&mut self) {
        let flow = self.flow;
        let committed = flow.tasks.iter().any(|task| flow.commits(task));
        for state in &flow.states {
            let context = format!("state \"{}\"", state.verdict);
            if !has_evidence(&state.when) {
                self.doubt(Warning::NoEvidence { what: "this state" }, state.span.clone(), Some(&context));
            }
            if state.tasks.is_empty() && !committed {
                self.doubt(Warning::HoldsNowhere, state.span.clone(), Some(&context));
            }
            if state.verdict == "half-done" && flow.renewal.as_ref().is_none_or(|renewal| renewal.resume.is_none()) {
                self.doubt(Warning::NoResume, state.span.clone(), Some(&context));
            }
            for locator in state.when.locators() {
                self.brittle(locator, &state.span, &context);
            }
        }
        for (index, interrupt) in flow.interrupts.iter().enumerate() {
            let context = format!("interrupt {}", index + 1);
            if !has_evidence(&interrupt.when) {
                self.doubt(Warning::NoEvidence { what: "this interrupt" }, interrupt.span.clone(), Some(&context));
            }
        }
    }
}

/// Whether something that is there must be seen for a condition to hold.
fn has_evidence(condition: &Condition) -> bool {
    match condition {
        Condition::Locator(_) => true,
        Condition::Group { all, any, .. } => {
            all.iter().any(has_evidence) || (!any.is_empty() && any.iter().all(has_evidence))
        }
    }
}

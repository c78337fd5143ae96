//! States and interrupts: what may be met at any time.

use crate::flow::error::Thing;
use crate::flow::lower::Lowering;
use crate::flow::lower::steps::Place;
use crate::flow::model::{Interrupt, State};
use crate::flow::raw::read::{At, List};
use crate::flow::raw::tables::{RawInterrupt, RawState};

impl Lowering<'_> {
    /// A recognisable condition of the portal.
    pub(super) fn state(&mut self, raw: &At<RawState>) -> Option<State> {
        let verdict = raw.value.verdict.as_ref().and_then(|verdict| self.known(Thing::Verdict, verdict));
        let when = raw.value.when.as_ref().and_then(|when| self.condition(&when.value, when.span.clone(), 1));
        let tasks = self.all_known(Thing::Task, raw.value.tasks.as_ref());
        let stages = self.all_known(Thing::Stage, raw.value.stages.as_ref());
        let advice = self.optional_words(raw.value.advice.as_ref());
        Some(State {
            verdict: verdict?,
            when: when?,
            tasks: tasks?,
            stages: stages?,
            says: raw.value.says.as_ref().map(|says| says.value.clone()),
            advice: advice?,
            refused: raw.value.refused.as_ref().is_some_and(|refused| refused.value),
            span: raw.span.clone(),
        })
    }

    fn all_known(&mut self, thing: Thing, raw: Option<&At<List<String>>>) -> Option<Vec<String>> {
        self.each(raw.map_or(&[], |list| &list.value.0), |lowering, name| lowering.known(thing, name))
    }

    /// A banner or modal and what sends it away; dismissing one never commits.
    pub(super) fn interrupt(&mut self, raw: &At<RawInterrupt>) -> Option<Interrupt> {
        let when = raw.value.when.as_ref().and_then(|when| self.condition(&when.value, when.span.clone(), 1));
        let place = Place { no_commit: Some("an interrupt"), depth: 0 };
        let steps = raw.value.steps.as_ref().and_then(|steps| self.steps(steps, place));
        Some(Interrupt { when: when?, steps: steps?, span: raw.span.clone() })
    }
}

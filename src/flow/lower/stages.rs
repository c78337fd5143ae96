//! Stages, in the order of the file.

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::lower::steps::Place;
use crate::flow::model::Stage;
use crate::flow::raw::read::{At, List};
use crate::flow::raw::tables::RawStage;

impl Lowering<'_> {
    /// All stages; a flow has at least one.
    pub(super) fn stages(&mut self, raw: Option<&At<List<RawStage>>>) -> Option<Vec<Stage>> {
        let raw = raw?;
        if raw.value.0.is_empty() {
            self.fault(
                FlowError::Empty { what: "this list of stages", advice: "write at least one `[[stage]]`" },
                raw.span.clone(),
            );
            return None;
        }
        self.each(&raw.value.0, Self::stage)
    }

    fn stage(&mut self, raw: &At<RawStage>) -> Option<Stage> {
        let title = raw.value.title.as_ref().and_then(|title| self.words(title));
        let guide = self.optional_words(raw.value.guide.as_ref());
        let place = Place { no_commit: None, depth: 0 };
        let steps = raw.value.steps.as_ref().and_then(|steps| self.steps(steps, place));
        let id = raw.value.id.as_ref()?.value.clone();
        Some(Stage { id, title: title?, guide: guide?, steps: steps?, span: raw.span.clone() })
    }
}

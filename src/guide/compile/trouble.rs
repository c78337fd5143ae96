//! What may go wrong: the states of the portal, in its own words, each with what to do.

use super::Making;
use super::inline::{self, filled, line, listed, stopped, text};
use super::part::Part;
use super::section::heading;
use crate::exit::Verdict;
use crate::flow::model::State;
use crate::guide::document::{Block, Inline, Line, Tone};

/// So many messages that the step before has told are named again.
const NAMED: usize = 3;

impl Making<'_> {
    /// The states that hold in the guide's task and that a reader knows by the portal's words.
    pub(super) fn states(&self) -> Vec<&State> {
        let (flow, task) = (self.material.flow, self.material.task);
        let holds = |state: &&State| match &state.tasks[..] {
            [] => flow.commits(task),
            tasks => tasks.contains(&task.name),
        };
        flow.states.iter().filter(holds).filter(|state| state.says.is_some()).collect()
    }

    /// What may go wrong in a part. What has just been told of the part before is only named again; when a stage is entered
    /// again, nothing is.
    pub(super) fn trouble(&self, part: &Part) -> Option<Block> {
        if part.again {
            return None;
        }
        let before = self.parts.iter().find(|other| other.number + 1 == part.number && !other.again);
        let in_part = |state: &State, part: &Part| state.stages.contains(&part.stage.id) && !part.expects(&state.when);
        let states = self.states().into_iter().filter(|state| in_part(state, part));
        let (told, new): (Vec<&State>, Vec<&State>) =
            states.partition(|state| before.is_some_and(|before| in_part(state, before)));
        let mut lines: Vec<Line> = new.into_iter().map(|state| self.says_and_advice(state)).collect();
        if let Some(before) = before.filter(|_| !told.is_empty()) {
            let few = told.len() <= NAMED;
            let sentence = if few { self.tongue.trouble_as_before } else { self.tongue.trouble_of_step };
            let says = told.iter().map(|state| vec![says(state)]).collect();
            let says = listed(says, ", ", self.tongue.and);
            lines.push(filled(sentence, &[("step", self.step_link(before)), ("says", says)]));
        }
        (!lines.is_empty()).then(|| Block::Aside {
            tone: Tone::Trouble,
            title: self.tongue.trouble.to_owned(),
            blocks: vec![Block::Bullets(lines)],
        })
    }

    /// The states that belong to no stage.
    pub(super) fn messages(&self) -> Vec<Block> {
        let anywhere = self.states().into_iter().filter(|state| state.stages.is_empty());
        let lines: Vec<Line> = anywhere.map(|state| self.says_and_advice(state)).collect();
        if lines.is_empty() {
            return Vec::new();
        }
        vec![
            heading(2, "guide-messages", self.tongue.messages),
            Block::Paragraph(text(self.tongue.messages_text)),
            Block::Bullets(lines),
        ]
    }

    fn says_and_advice(&self, state: &State) -> Line {
        let own = state.advice.as_ref().and_then(|advice| advice.get(self.language)).map(line);
        let advice = own.unwrap_or_else(|| {
            // The flow's states end in verdicts of the closed list only.
            let advice = (self.tongue.advice)(Verdict::named(&state.verdict).unwrap_or(Verdict::NeedsPerson));
            let target = "#guide-half-done".to_owned();
            let title = self.tongue.half_done;
            let link = if self.resumes() {
                Inline::Link { text: title.to_owned(), target }
            } else {
                Inline::Quote(title.to_owned())
            };
            filled(advice, &[("half_done", vec![link])])
        });
        let mut line = vec![says(state), Inline::Text(" — ".into())];
        line.extend(stopped(inline::capital(advice)));
        line
    }
}

/// The portal's words, as they stand.
fn says(state: &State) -> Inline {
    Inline::Quote(inline::harmless(state.says.as_deref().unwrap_or_default()))
}

//! What every part of a run works with.

use crate::browser::page::Page;
use crate::browser::script::{Guard, Guards};
use crate::exit::Verdict;
use crate::flow::model::{Flow, Task};
use crate::runner::course::Course;
use crate::runner::job::Job;
use crate::runner::shots::Shots;
use crate::stop::Stop;

/// A run under way.
#[derive(Debug)]
pub struct Run<'a> {
    /// The page.
    pub page: &'a mut Page,
    /// What is to be done.
    pub job: Job<'a>,
    /// The task that is performed now: the job's, or the resume task.
    pub task: &'a Task,
    /// The stage that is performed now, by id.
    pub stage: String,
    /// How it stands.
    pub course: Course,
    /// The pictures that are being developed.
    pub shots: Shots,
    /// What is looked for beside each step's target in this stage.
    pub guards: Guards,
    /// The wish to stop.
    pub stop: Stop,
}

impl<'a> Run<'a> {
    /// The flow.
    #[must_use]
    pub fn flow(&self) -> &'a Flow {
        self.job.flow
    }

    /// What is looked for beside the targets of the present stage. Once a commit was sent only a state that proves its refusal
    /// counts (design.md §2); the resume task does not resume itself.
    #[must_use]
    pub fn guards_now(&self) -> Guards {
        let flow = self.flow();
        let task = &self.task.name;
        let commits = flow.commits(self.task);
        let states = flow.states.iter().enumerate().filter(|(_, state)| {
            let here = state.stages.is_empty() || state.stages.contains(&self.stage);
            let now = if state.tasks.is_empty() { commits } else { state.tasks.contains(task) };
            let counts = state.refused || !self.course.commits.any_sent();
            here && now && counts && !(self.course.resuming && state.verdict == Verdict::HalfDone.name())
        });
        Guards {
            states: states.map(|(id, state)| Guard { id, when: state.when.clone() }).collect(),
            interrupts: flow
                .interrupts
                .iter()
                .enumerate()
                .map(|(id, interrupt)| Guard { id, when: interrupt.when.clone() })
                .collect(),
        }
    }
}

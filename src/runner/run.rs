//! What every part of a run works with.

use crate::browser::page::Page;
use crate::browser::script::{Guard, Guards};
use crate::exit::Verdict;
use crate::flow::model::{Flow, State, Task};
use crate::record::Outline;
use crate::runner::course::{Commits, Course};
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
    /// The page in outline, as the last picture of the present stage shows it.
    pub outline: Option<Outline>,
    /// Of the elements found in the present stage: the step's line, and whether the markup around it is another than the
    /// baseline knows.
    pub rebuilt: Vec<(usize, bool)>,
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
    /// counts (design.md §2), and, while none is open, one that says that the portal is not there or has ended the session; the
    /// resume task does not resume itself.
    #[must_use]
    pub fn guards_now(&self) -> Guards {
        let flow = self.flow();
        let task = &self.task.name;
        let commits = flow.commits(self.task);
        let states = flow.states.iter().enumerate().filter(|(_, state)| {
            let here = state.stages.is_empty() || state.stages.contains(&self.stage);
            let now = if state.tasks.is_empty() { commits } else { state.tasks.contains(task) };
            here && now
                && counts(state, self.course.commits)
                && !(self.course.resuming && state.verdict == Verdict::HalfDone.name())
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

/// Whether a state is believed, as the commits stand. What a portal says that does not serve proves nothing of an open commit,
/// and all of the present step, which would only wait.
fn counts(state: &State, commits: Commits) -> bool {
    let not_served = [Verdict::Unavailable, Verdict::Failed].iter().any(|verdict| state.verdict == verdict.name());
    state.refused || !commits.any_sent() || (not_served && !commits.open)
}

#[cfg(test)]
mod tests {
    use super::counts;
    use crate::exit::Verdict;
    use crate::flow::model::State;
    use crate::locator::Condition;
    use crate::runner::course::Commits;

    fn counted(verdict: Verdict, refused: bool) -> [bool; 3] {
        let when = Condition::Group { all: Vec::new(), any: Vec::new(), none: Vec::new() };
        let (tasks, stages) = (Vec::new(), Vec::new());
        let verdict = verdict.name().to_owned();
        let state = State { verdict, when, tasks, stages, says: None, advice: None, refused, span: 0..0 };
        let open = Commits { settled: 0, open: true, ahead: 1 };
        [Commits::default(), open, Commits { settled: 1, open: false, ahead: 1 }].map(|commits| counts(&state, commits))
    }

    #[test]
    fn what_a_portal_says_that_does_not_serve_counts_unless_a_commit_is_open() {
        assert_eq!(counted(Verdict::Unavailable, false), [true, false, true]);
        assert_eq!(counted(Verdict::Failed, false), [true, false, true]);
        assert_eq!(counted(Verdict::NeedsPerson, false), [true, false, false]);
        assert_eq!(counted(Verdict::CodeRejected, true), [true, true, true]);
    }
}

//! The stages of a task, in order, and the change to the resume task where a renewal stands half done.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use crate::browser::page::Page;
use crate::browser::script::Guards;
use crate::event::Event;
use crate::exit::Verdict;
use crate::flow::model::{Flow, Task};
use crate::flow::step::Step;
use crate::record::{Change, Flags, Outcome, Reading, StageRecord, mismatches};
use crate::runner::course::Course;
use crate::runner::ending::{Ending, Halt};
use crate::runner::job::{Job, Mode};
use crate::runner::plan::{Scope, plan};
use crate::runner::run::Run;
use crate::runner::shots::Shots;
use crate::runner::{stage, standing};
use crate::stop::Stop;

/// What a run leaves for its record.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub ending: Ending,
    /// The stages entered.
    pub stages: Vec<StageRecord>,
    /// What was noticed.
    pub flags: Flags,
    /// What differs from the baseline.
    pub changes: Vec<Change>,
    /// What was read, by output.
    pub outputs: BTreeMap<String, Vec<Reading>>,
    /// All commits of the task were sent and seen to have taken place.
    pub all_sent: bool,
    /// So many seconds the portal asks to stay away.
    pub retry_after: Option<u64>,
}

/// Performs the job in the page.
pub async fn run(job: Job<'_>, page: &mut Page, events: mpsc::UnboundedSender<Event>, stop: Stop) -> Finished {
    let task = job.task;
    let mut run = Run {
        page,
        job,
        task,
        stage: String::new(),
        course: Course::new(events),
        shots: Shots::default(),
        outline: None,
        rebuilt: Vec::new(),
        guards: Guards::default(),
        stop,
    };
    let mut stages = Vec::new();
    let ending = match through(&mut run, &mut stages).await {
        None => reached_the_end(&run, &stages),
        Some(halt) => conclude(&mut run, halt),
    };
    run.shots.collect(&mut stages).await;
    run.course.flags.withheld = stages.iter().flat_map(|stage| &stage.shots).any(|shot| shot.withheld.is_some());
    run.course.tell(Event::RunFinished { verdict: ending.verdict, reason: ending.reason.clone() });
    // The rest of the course goes here, and with it the last sender of events: whoever listens then knows that it is over.
    let Course { flags, changes, outputs, retry_after, commits, .. } = run.course;
    let all_sent = commits.settled > 0 && commits.ahead == 0 && !commits.open;
    Finished { ending, stages, flags, changes, outputs, all_sent, retry_after }
}

/// Enters the stages; a half-done renewal met before this run's first commit goes on with the resume task, unless the run is
/// to end at an earlier stage.
async fn through(run: &mut Run<'_>, stages: &mut Vec<StageRecord>) -> Option<Halt> {
    let halt = stages_of_task(run, stages).await?;
    let flow = run.flow();
    let half_done = matches!(&halt, Halt::State { id, .. } if flow.states[*id].verdict == Verdict::HalfDone.name());
    let resume = flow.renewal.as_ref().and_then(|renewal| flow.task(renewal.resume.as_deref()?));
    match resume {
        Some(resume) if half_done && may_resume(run) => {
            run.course.resuming = true;
            run.task = resume;
            stages_of_task(run, stages).await
        }
        _ => Some(halt),
    }
}

fn may_resume(run: &Run<'_>) -> bool {
    let whole = run.job.mode == Mode::Whole && run.job.until.is_none();
    whole && !run.course.commits.any_sent() && !run.course.resuming
}

async fn stages_of_task(run: &mut Run<'_>, stages: &mut Vec<StageRecord>) -> Option<Halt> {
    let flow = run.flow();
    let task = run.task;
    run.course.commits.ahead = commits_in(flow, task);
    let scope = run.job.scope();
    // A resume task skips the leading stages that this run has done already.
    let planned = if run.course.resuming {
        let planned = plan(flow, task, Scope { from: None, ..scope }).into_iter();
        planned.skip_while(|(stage, _)| run.course.stages_done.contains(&stage.id)).collect()
    } else {
        plan(flow, task, scope)
    };
    for (stage, entry) in planned {
        let name = name_in_record(stages, &stage.id);
        let (record, halt) = stage::enter(run, stage, &name, entry).await;
        stages.push(record);
        if halt.is_some() {
            return halt;
        }
        run.course.stages_done.push(stage.id.clone());
    }
    None
}

/// `certificate`, and the second time `certificate-2`.
fn name_in_record(stages: &[StageRecord], id: &str) -> String {
    match stages.iter().filter(|stage| stage.id == id).count() {
        0 => id.to_owned(),
        before => format!("{id}-{}", before + 1),
    }
}

fn commits_in(flow: &Flow, task: &Task) -> u32 {
    fn of(steps: &[Step]) -> u32 {
        steps
            .iter()
            .map(|step| {
                u32::from(step.commit.is_some()) + step.action.inner().map(|s| of(std::slice::from_ref(s))).sum::<u32>()
            })
            .sum()
    }
    task.stages.iter().filter_map(|id| flow.stage(id)).map(|stage| of(&stage.steps)).sum()
}

/// The verdict of a run whose stages were all performed. A renewal is proved by the new date alone.
fn reached_the_end(run: &Run<'_>, stages: &[StageRecord]) -> Ending {
    let done = |verdict| Ending { verdict, reason: None, advice: None };
    if run.job.mode == Mode::Rehearsal {
        return rehearsed(&run.course.changes, stages, run.job.watch.is_some());
    }
    if run.course.commits.open {
        return Ending::new(Verdict::Unknown, "a commit was sent and nothing on the page proved its outcome");
    }
    let renews = run.flow().renewal.as_ref().is_some_and(|renewal| {
        renewal.task == run.task.name || renewal.resume.as_deref() == Some(run.task.name.as_str())
    });
    if !renews || run.course.commits.settled == 0 {
        return done(Verdict::Done);
    }
    if run.course.commits.ahead > 0 {
        return Ending::new(Verdict::HalfDone, "the run was told to end between two commits");
    }
    match run.course.expiry_moved(run.flow()) {
        Some(true) => done(Verdict::Renewed),
        Some(false) => Ending::new(Verdict::Unknown, "all was sent, but the portal does not show a new expiry"),
        None => Ending::new(Verdict::Unknown, "all was sent, but the new expiry was not read"),
    }
}

/// The verdict of a rehearsal that came to its end. A renewal would go on over what still fits somehow; a rehearsal is there to
/// tell of it while there is time to mend the flow.
fn rehearsed(changes: &[Change], stages: &[StageRecord], has_baseline: bool) -> Ending {
    let Some(first) = mismatches(changes, stages).into_iter().next() else {
        return Ending { verdict: Verdict::Rehearsed, reason: None, advice: None };
    };
    let advice = if has_baseline {
        "`rinnova explain` on this run's folder tells all that has changed; mend the flow, or `rinnova accept` this run if the \
         portal is right as it is now"
    } else {
        "the report shows which locators no longer match: mend the flow"
    };
    let line = first.line.map(|line| format!(", line {line}")).unwrap_or_default();
    Ending {
        verdict: Verdict::Changed,
        reason: Some(format!("it still goes, but the portal has changed: {}{line}: {}", first.stage, first.says)),
        advice: Some(advice.into()),
    }
}

/// The verdict of a run that something stopped.
fn conclude(run: &mut Run<'_>, halt: Halt) -> Ending {
    let flow = run.flow();
    let language = &flow.language;
    let unavailable = Verdict::Unavailable.name();
    let closed = matches!(&halt, Halt::State { id, .. } if flow.states[*id].verdict == unavailable);
    let ending = match halt {
        Halt::Ended(ending) => ending,
        Halt::Failed { verdict, failure } => {
            Ending { verdict, reason: Some(failure.message), advice: failure.explanation.last().cloned() }
        }
        Halt::State { id, text } => {
            let state = &flow.states[id];
            if state.refused {
                standing::settle(run, false);
            }
            standing::answered(run, state, &text);
            Ending {
                verdict: Verdict::named(&state.verdict).unwrap_or(Verdict::Failed),
                reason: Some(state.says.clone().filter(|_| text.is_empty()).unwrap_or(text)),
                advice: state.advice.as_ref().and_then(|advice| advice.get(language)).map(str::to_owned),
            }
        }
    };
    let ending = run.course.outranked(ending);
    standing::ended(run, closed);
    ending
}

/// Whether a stage was performed or checked whole.
#[must_use]
pub fn passed(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Passed | Outcome::Checked | Outcome::Absent | Outcome::Skipped)
}

#[cfg(test)]
mod tests {
    use super::rehearsed;
    use crate::exit::Verdict;
    use crate::record::{Change, ChangeKind, Gravity};

    #[test]
    fn a_rehearsal_that_saw_a_change_tells_of_it() {
        let change = |gravity, says: &str| Change {
            kind: ChangeKind::Renamed,
            gravity,
            stage: "home".into(),
            line: Some(7),
            says: says.into(),
            before: says.into(),
            now: String::new(),
        };
        let note = change(Gravity::Note, "a banner is there");
        assert_eq!(rehearsed(std::slice::from_ref(&note), &[], true).verdict, Verdict::Rehearsed);
        let ending = rehearsed(&[note, change(Gravity::Drift, "button “A” is now “B”")], &[], true);
        assert_eq!(ending.verdict, Verdict::Changed);
        let reason = "it still goes, but the portal has changed: home, line 7: button “A” is now “B”";
        assert_eq!(ending.reason.as_deref(), Some(reason));
        assert!(ending.advice.is_some_and(|advice| advice.contains("rinnova explain")));
    }
}

//! One stage: its steps in order, and its picture at the right moment.
//!
//! The picture shows the page as its reader sees it before the stage's last click; at the end when it clicks nothing or
//! reads after its last click. Clicks inside `when` do not count (design.md §2).

use crate::browser::error::PageError;
use crate::browser::page::View;
use crate::event::Event;
use crate::flow::model::Stage;
use crate::flow::step::{Action, Step};
use crate::locator::Locator;
use crate::record::{Outcome, StageRecord, StepRecord};
use crate::runner::ending::{Ending, Halt, of_page_error};
use crate::runner::plan::{Entry, types_secret};
use crate::runner::run::Run;
use crate::runner::step::{self, Notes, PictureWanted};
use crate::runner::{heal, modal, shots, staging, standing, watch, window};

/// Enters a stage and keeps what is kept of it; the [`Halt`] is what ends the run in it.
pub async fn enter(run: &mut Run<'_>, stage: &Stage, name: &str, entry: Entry) -> (StageRecord, Option<Halt>) {
    let title = stage.title.get(&run.flow().language).unwrap_or(&stage.id).to_owned();
    run.course.tell(Event::StageStarted { name: name.to_owned(), title: title.clone() });
    run.stage.clone_from(&stage.id);
    run.outline = None;
    run.rebuilt.clear();
    run.course.acted.clear();
    run.guards = run.guards_now();
    let began_ms = run.course.elapsed_ms();
    let mut steps = Vec::new();
    let halt = match entry {
        Entry::Check => check(run, stage, name, &mut steps).await,
        _ => perform(run, stage, name, entry, &mut steps).await,
    };
    standing::shown(run, name);
    let outcome = match &halt {
        None if entry == Entry::Check => Outcome::Checked,
        None => Outcome::Passed,
        Some(Halt::Failed { .. }) if run.course.commits.open => Outcome::Unknown,
        Some(halt) => halt.outcome(),
    };
    let took_ms = run.course.elapsed_ms() - began_ms;
    let record = StageRecord {
        id: stage.id.clone(),
        name: name.to_owned(),
        title,
        outcome,
        began_ms,
        took_ms,
        steps,
        shots: Vec::new(),
        outline: run.outline.take(),
    };
    run.course.tell(Event::StageFinished { stage: record.clone() });
    (record, halt)
}

async fn perform(
    run: &mut Run<'_>,
    stage: &Stage,
    name: &str,
    entry: Entry,
    steps: &mut Vec<StepRecord>,
) -> Option<Halt> {
    let moment = moment(&stage.steps);
    for (index, step) in stage.steps.iter().enumerate() {
        if entry == Entry::WithoutSecrets && types_secret(step) {
            let sentence = step.sentence(&run.flow().language);
            steps.push(left_out(run, step, sentence));
            continue;
        }
        let picture = (moment == Some(index)).then(|| picture_of(stage, name));
        let (mut record, mut halt) = step::record(run, step, name, picture.clone(), None).await;
        if let Some(found) = &halt
            && let Some(healed) = heal::heal(run, &record, found, name, picture).await
        {
            (record, halt) = healed;
        }
        steps.push(record);
        if let Some(halt) = halt {
            return Some(last_look(run, halt, name, steps).await);
        }
        if let Some(halt) = between_steps(run).await {
            return Some(halt);
        }
    }
    // A picture whose click was left out, because its control was absent, belongs at the end like any other.
    let clicked = moment.is_some_and(|index| steps.get(index).is_some_and(|step| step.outcome == Outcome::Passed));
    if !clicked {
        let picture = picture_of(stage, name);
        shots::take(run, name, &picture.name, &picture.view, None).await;
        if let Err(halt) = watch::page(run, name) {
            return Some(last_look(run, halt, name, steps).await);
        }
    }
    None
}

/// Checks that each target of the stage is there, and takes the picture; nothing is touched.
async fn check(run: &mut Run<'_>, stage: &Stage, name: &str, steps: &mut Vec<StepRecord>) -> Option<Halt> {
    let mut target = None;
    for step in &stage.steps {
        let sentence = step.sentence(&run.flow().language);
        let began_ms = run.course.elapsed_ms();
        let mut notes = Notes::of(run, step, name);
        let checked = step::check(run, step, &mut notes).await;
        if checked.is_ok() {
            staging::acted(run, step);
        }
        let mut record = left_out(run, step, sentence);
        record.took_ms = run.course.elapsed_ms() - began_ms;
        record.locator = notes.locator;
        record.known = notes.known;
        record.outcome = Outcome::Checked;
        match checked {
            Ok(found) if is_click(step) => target = found,
            Ok(_) => {}
            Err(halt) => {
                record.outcome = halt.outcome();
                if let Halt::Failed { failure, .. } = &halt {
                    record.failure = Some((**failure).clone());
                }
                steps.push(record);
                return Some(last_look(run, halt, name, steps).await);
            }
        }
        steps.push(record);
    }
    let picture = picture_of(stage, name);
    shots::take(run, name, &picture.name, &picture.view, target.as_ref()).await;
    match watch::page(run, name) {
        Ok(()) => None,
        Err(halt) => Some(last_look(run, halt, name, steps).await),
    }
}

/// The index of the step before whose click the picture is taken; `None`: at the stage's end.
fn moment(steps: &[Step]) -> Option<usize> {
    let last = steps.iter().rposition(is_click)?;
    let reads_after = steps[last + 1..].iter().any(reads);
    (!reads_after).then_some(last)
}

fn is_click(step: &Step) -> bool {
    matches!(step.action, Action::Click(_) | Action::DoubleClick(_) | Action::Download { .. })
}

fn reads(step: &Step) -> bool {
    matches!(step.action, Action::Read { .. }) || step.action.inner().any(reads)
}

/// What the picture of a stage covers and outlines: what its steps say.
fn picture_of(stage: &Stage, name: &str) -> PictureWanted {
    let gather = |pick: fn(&Step) -> &Vec<Locator>| stage.steps.iter().flat_map(|step| pick(step).clone()).collect();
    let view = View { masks: gather(|step| &step.mask), highlight: gather(|step| &step.highlight), ..View::default() };
    PictureWanted { name: name.to_owned(), view }
}

fn left_out(run: &Run<'_>, step: &Step, sentence: String) -> StepRecord {
    let place = run.flow().source.position(step.span.start);
    StepRecord {
        sentence,
        action: step.action.key().to_owned(),
        line: place.line,
        column: place.column,
        outcome: Outcome::Skipped,
        commit: step.commit.clone(),
        agreed: None,
        locator: None,
        looked_for: None,
        known: None,
        healed: None,
        began_ms: run.course.elapsed_ms(),
        took_ms: 0,
        failure: None,
        steps: Vec::new(),
    }
}

/// What a person set for the pace, and whether the run is to stop.
async fn between_steps(run: &mut Run<'_>) -> Option<Halt> {
    let pace = &mut run.job.pace;
    let wait = async {
        if !pace.slow_mo.is_zero() {
            tokio::time::sleep(pace.slow_mo).await;
        }
        if let Some(step) = &mut pace.step {
            // Whoever gave the word may be gone; then the run goes on.
            let _word = step.recv().await;
        }
    };
    tokio::select! {
        biased;
        () = run.stop.wait() => {
            let verdict = run.stop.asked().unwrap_or(crate::exit::Verdict::Terminated);
            Some(Halt::Ended(Ending::new(verdict, "stopped by a signal")))
        }
        () = wait => None,
    }
}

/// What can still be learned when a run ends in this stage: a picture, and after a failure where the page stood and how it
/// was built. The portal's own trouble (status 500 and above) is told from a change of the portal.
async fn last_look(run: &mut Run<'_>, halt: Halt, name: &str, steps: &mut [StepRecord]) -> Halt {
    if run.stop.asked().is_some() {
        return halt;
    }
    let (mut verdict, mut failure) = match halt {
        Halt::Failed { verdict, failure } => (verdict, failure),
        other => {
            let troubles =
                [crate::exit::Verdict::Unavailable, crate::exit::Verdict::Failed].map(crate::exit::Verdict::name);
            if matches!(&other, Halt::State { id, .. } if troubles.contains(&run.flow().states[*id].verdict.as_str())) {
                window::retry_after(run).await;
            }
            let picture = format!("{name}-end");
            shots::take(run, name, &picture, &View::default(), None).await;
            return other;
        }
    };
    let mut still_loading = false;
    if failure.kind != "browser" {
        match run.page.portal(false).await {
            Ok(portal) => {
                failure.page = Some(portal.address);
                if let Some(status) = portal.status.filter(|&status| status >= 500) {
                    verdict = crate::exit::Verdict::Unavailable;
                    window::retry_after(run).await;
                    failure.explanation.insert(0, format!("the portal answered with status {status}"));
                }
            }
            // It has been waited for long enough: nothing else would be answered either.
            Err(PageError::Slow { .. }) => still_loading = true,
            Err(error) => tracing::debug!(reason = ?of_page_error(&error, None), "the page's address is not known"),
        }
    }
    if failure.kind != "browser" && !still_loading {
        match run.page.structure().await {
            Ok(text) => {
                let file = format!("structure-{name}.txt");
                failure.structure = Some(file.clone());
                run.course.tell(Event::Structure { file, text });
            }
            Err(error) => tracing::debug!(%error, "the page's structure could not be had"),
        }
        match run.page.elements().await {
            Ok(elements) => failure.elements = elements,
            Err(error) => tracing::debug!(%error, "what is on the page could not be had"),
        }
        let picture = format!("{name}-end");
        modal::explain(run, &mut failure, steps, &picture);
        shots::take(run, name, &picture, &View::default(), None).await;
    }
    if let Some(step) = steps.last_mut() {
        explain_inner(&mut step.steps, &failure.explanation);
        step.failure = Some((*failure).clone());
    }
    Halt::Failed { verdict, failure }
}

/// What was learned in the last look is told of the step that failed, too, where it stands inside another.
fn explain_inner(steps: &mut [StepRecord], explanation: &[String]) {
    if let Some(step) = steps.last_mut()
        && let Some(failure) = &mut step.failure
    {
        failure.explanation = explanation.to_vec();
        explain_inner(&mut step.steps, explanation);
    }
}

#[cfg(test)]
mod tests {
    use super::moment;
    use crate::flow::load;

    fn moment_of(steps: &str) -> Option<usize> {
        let text = format!(
            "format = 1\ntitle = \"T\"\nportal = \"https://x.example\"\nlanguage = \"it\"\n[outputs]\nv = {{}}\n\
             [task.t]\nstages = [\"s\"]\n[[stage]]\nid = \"s\"\ntitle = \"S\"\nsteps = [{steps}]\n"
        );
        let loaded = load::parse("t.toml", &text).expect("a flow");
        moment(&loaded.flow.stages[0].steps)
    }

    #[test]
    fn the_picture_is_taken_before_the_last_click() {
        assert_eq!(moment_of(r#"{ open = "/" }, { click = "A" }, { click = "B" }, { expect = "C" }"#), Some(2));
    }

    #[test]
    fn the_picture_is_taken_at_the_end_without_a_click_or_with_a_reading_after_it() {
        assert_eq!(moment_of(r#"{ open = "/" }, { expect = "A" }"#), None);
        assert_eq!(moment_of(r#"{ click = "A" }, { read = "v", from = { after = "B" } }"#), None);
    }

    #[test]
    fn a_click_inside_when_does_not_count() {
        assert_eq!(moment_of(r#"{ click = "A" }, { when = "B", steps = [{ click = "C" }] }"#), Some(0));
    }
}

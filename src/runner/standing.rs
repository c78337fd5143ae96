//! How a run stands towards what cannot be taken back, and what the warden is told of it: commits, typed values, readings.

use jiff::civil::Date;
use url::Url;

use crate::browser::answer::Answer;
use crate::event::Event;
use crate::exit::Verdict;
use crate::flow::model::State;
use crate::flow::step::{Action, Step, Value};
use crate::locator::Condition;
use crate::runner::course::{Commits, Entered, Stands};
use crate::runner::ending::{Ending, Halt, of_page_error};
use crate::runner::look::{Question, ask};
use crate::runner::run::Run;
use crate::runner::warden::{Came, Commit, Denied, Shown, Typed};

/// The commit of `step` is about to be sent: it is open from here on, and a first wish to stop waits for its outcome.
///
/// # Errors
/// The [`Halt`] of a commit that may not be sent.
pub(super) fn intend(run: &mut Run<'_>, step: &Step, words: &str, stage: &str) -> Result<(), Halt> {
    // The expiry may have been read in this very stage.
    shown(run, stage);
    let ahead = run.course.commits.ahead.saturating_sub(1);
    let commit = Commit {
        step: commit_name(run, step, stage),
        words: words.to_owned(),
        task: run.task.name.clone(),
        ahead,
        resumes: run.course.resuming,
    };
    run.job.warden.intend(&commit).map_err(denied)?;
    run.course.tell(Event::CommitIntended { stage: stage.to_owned(), commit: words.to_owned() });
    run.course.commits.open = true;
    run.course.commits.ahead = ahead;
    run.stop.defer(true);
    Ok(())
}

/// The page says that nothing of the press came: all is as it was `before`.
pub(super) fn held(run: &mut Run<'_>, before: Commits, why: &str) {
    run.job.warden.settle(Came::Held);
    run.course.commits = before;
    run.stop.defer(false);
    run.course.tell(Event::CommitHeld { why: why.to_owned() });
}

/// The open commit, if any, was seen to have taken place or to have been refused.
pub(super) fn settle(run: &mut Run<'_>, took_place: bool) {
    if std::mem::take(&mut run.course.commits.open) {
        run.course.commits.settled += u32::from(took_place);
        run.course.commits.ahead += u32::from(!took_place);
        run.job.warden.settle(if took_place { Came::Seen } else { Came::Refused });
        run.stop.defer(false);
        run.course.tell(Event::CommitSettled { took_place });
    }
}

/// A step passed. One that finds what it looks for after a commit is its expected next page, and after a press the proof
/// that what was typed before was accepted.
pub(super) fn passed(run: &mut Run<'_>, step: &Step) {
    // What is sent away by its own steps is no answer of the portal, and its button sends nothing.
    if run.course.dismissing {
        return;
    }
    let looks = !matches!(step.action, Action::When { .. } | Action::Shot(_) | Action::Pause(_) | Action::Press(_));
    if looks && step.commit.is_none() {
        settle(run, true);
    }
    if looks && !run.course.commits.open {
        accept(run);
    }
    let presses = matches!(
        step.action,
        Action::Click(_) | Action::DoubleClick(_) | Action::Download { .. } | Action::Drag { .. } | Action::Press(_)
    );
    if presses {
        let unsent = run.course.typed.iter_mut().filter(|typed| typed.stands == Stands::Unsent);
        unsent.for_each(|typed| typed.stands = Stands::Sent);
    }
}

/// A secret or a code is about to be typed: it is counted first, once for all fields that are sent together.
///
/// # Errors
/// The [`Halt`] of a value that may not be typed.
pub(super) fn spend(run: &mut Run<'_>, with: &Value) -> Result<(), Halt> {
    let value = match with {
        Value::Secret(input) => Typed { input: input.clone(), code: false },
        Value::Code(input) => Typed { input: input.clone(), code: true },
        Value::Plain(_) => return Ok(()),
    };
    let together = run.course.typed.iter().any(|typed| typed.value == value && typed.stands == Stands::Unsent);
    if !together {
        run.job.warden.spend(&value).map_err(denied)?;
        run.course.typed.push(Entered { value, stands: Stands::Unsent });
    }
    Ok(())
}

/// A declared state answered what was sent: it refused a value, or it spoke of something else, which takes an accepted one.
/// The portal's own trouble is no answer.
pub(super) fn answered(run: &mut Run<'_>, state: &State, text: &str) {
    let says = state.says.as_deref().filter(|_| text.is_empty()).unwrap_or(text);
    // It is kept where no redactor of a later run covers it.
    let says = run.job.vault.redactor().redact(says).into_owned();
    let (code, sent_only) = match Verdict::named(&state.verdict) {
        Some(Verdict::CodeRejected) => (true, false),
        Some(Verdict::Rejected | Verdict::Locked) => (false, false),
        Some(Verdict::PinLocked) => (false, true),
        Some(Verdict::Unavailable | Verdict::Failed) => return,
        _ => return accept(run),
    };
    let of_kind = |typed: &&Entered| typed.value.code == code;
    let mut refused: Vec<Typed> = run
        .course
        .typed
        .iter()
        .filter(of_kind)
        .filter(|typed| typed.stands == Stands::Sent)
        .map(|typed| typed.value.clone())
        .collect();
    if refused.is_empty()
        && !sent_only
        && let Some(last) = run.course.typed.iter().rev().find(of_kind)
    {
        if last.stands == Stands::Accepted {
            // It was taken off too early: it counts after all, or the account is frozen already.
            let _counted = run.job.warden.spend(&last.value);
        }
        refused.push(last.value.clone());
    }
    for value in &refused {
        run.job.warden.refused(value, &says);
        run.course.typed.retain(|typed| typed.value != *value);
    }
}

/// The run has ended. What never left its field is given back, and so is what a portal that says to be closed never judged
/// (`closed`); of the rest nobody knows whether it was accepted, and it stays counted.
pub(super) fn ended(run: &mut Run<'_>, closed: bool) {
    for typed in std::mem::take(&mut run.course.typed) {
        if typed.stands == Stands::Unsent || (typed.stands == Stands::Sent && closed) {
            run.job.warden.returned(&typed.value);
        }
    }
}

/// The expiry was read: where the warden must know, the page is asked whether a renewal stands half done.
///
/// # Errors
/// A [`Halt`] as of any question.
pub(super) async fn read(run: &mut Run<'_>, output: &str) -> Result<(), Halt> {
    let flow = run.flow();
    let Some(renewal) = flow.renewal.as_ref().filter(|renewal| renewal.expires == output) else { return Ok(()) };
    let Some(expiry) = run.course.last(output).and_then(|text| text.parse::<Date>().ok()) else { return Ok(()) };
    own_page(run).await?;
    let mut half_done = None;
    if run.job.warden.asks() {
        let here = |state: &&State| state.stages.is_empty() || state.stages.contains(&run.stage);
        let declared: Vec<&Condition> = flow
            .states
            .iter()
            .filter(|state| state.verdict == Verdict::HalfDone.name())
            .filter(here)
            .map(|state| &state.when)
            .collect();
        for when in &declared {
            if holds(run, when).await? {
                half_done = Some(true);
            }
        }
        half_done = match (half_done, &renewal.at_rest) {
            (Some(true), _) => Some(true),
            (_, Some(at_rest)) => holds(run, at_rest).await?.then_some(false),
            // A flow that knows of no half-done renewal has nothing to look for.
            (_, None) => (!declared.is_empty() || renewal.resume.is_none()).then_some(false),
        };
    }
    run.course.read = Some((expiry, half_done));
    Ok(())
}

/// A renewal is believed by its date, so that the date must stand on the portal's own pages.
async fn own_page(run: &mut Run<'_>) -> Result<(), Halt> {
    let portal = run.page.portal(false).await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    let origin = Url::parse(&portal.address).map(|url| url.origin().ascii_serialization());
    if origin.as_ref().is_ok_and(|origin| run.job.origins().contains(origin)) {
        return Ok(());
    }
    let message =
        format!("the expiry stands on {}, which is not this flow's portal; it is not believed", portal.address);
    let next = "if the portal really moved there, add the origin to `origins` in the flow";
    Err(Halt::failed(Verdict::Changed, "origin", message, vec![next.into()]))
}

async fn holds(run: &mut Run<'_>, condition: &Condition) -> Result<bool, Halt> {
    let limit = std::time::Duration::from_secs(30);
    Ok(matches!(ask(run, Question::Test(condition), limit).await?, Answer::Decided { holds: true }))
}

/// The stage in which the expiry was read has ended: the warden learns what it showed.
pub(super) fn shown(run: &mut Run<'_>, stage: &str) {
    let Some((expiry, half_done)) = run.course.read.take() else { return };
    let named = run.flow().renewal.as_ref().and_then(|renewal| renewal.certificate.as_deref());
    let readings = named.and_then(|output| run.course.outputs.get(output));
    let here = readings.and_then(|readings| readings.iter().rev().find(|reading| reading.stage == stage));
    let certificate = here.and_then(|reading| reading.value.as_str()).map(str::to_owned);
    run.job.warden.shown(&Shown { expiry, certificate, half_done });
}

fn accept(run: &mut Run<'_>) {
    let sent = run.course.typed.iter_mut().filter(|typed| typed.stands == Stands::Sent);
    for typed in sent {
        typed.stands = Stands::Accepted;
        run.job.warden.accepted(&typed.value);
    }
}

/// `sign`; where a stage has several commits, `sign.2`.
fn commit_name(run: &Run<'_>, step: &Step, stage: &str) -> String {
    fn commits<'a>(steps: &'a [Step], found: &mut Vec<&'a Step>) {
        for step in steps {
            found.extend(step.commit.is_some().then_some(step));
            step.action.inner().for_each(|inner| commits(std::slice::from_ref(inner), found));
        }
    }
    let mut found = Vec::new();
    if let Some(stage) = run.flow().stage(&run.stage) {
        commits(&stage.steps, &mut found);
    }
    match found.iter().position(|one| one.span == step.span) {
        None | Some(0) => stage.to_owned(),
        Some(place) => format!("{stage}.{}", place + 1),
    }
}

fn denied(denied: Denied) -> Halt {
    Halt::Ended(Ending::new(denied.verdict, denied.why))
}

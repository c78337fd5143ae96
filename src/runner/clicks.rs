//! Steps that press something: clicks, downloads, drags. Here a commit is sent, once.

use std::time::Duration;

use jiff::Timestamp;

use crate::browser::answer::{Found, Press};
use crate::browser::error::PageError;
use crate::browser::pointer::TRIES;
use crate::browser::script::Need;
use crate::event::Event;
use crate::exit::Verdict;
use crate::failpoint;
use crate::flow::step::{Step, Template};
use crate::locator::Locator;
use crate::runner::ending::{Halt, of_page_error};
use crate::runner::run::Run;
use crate::runner::step::{Notes, locate, locate_in_view, render};
use crate::runner::{shots, staging, standing, watch};

pub(super) async fn click(
    run: &mut Run<'_>,
    step: &Step,
    target: &Locator,
    count: u32,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let picture = notes.picture.take();
    let view = picture.as_ref().map(|picture| shots::whole(run, &picture.view));
    let mut ready = locate_in_view(run, target, Need::Click, view.as_ref(), step.timeout, notes).await?;
    if let Some(picture) = picture {
        let stage = notes.stage.clone();
        staging::acted(run, step);
        shots::take(run, &stage, &picture.name, &picture.view, Some(&ready)).await;
        watch::page(run, &stage)?;
    } else if step.commit.is_some() {
        watch::page_before_commit(run, &notes.stage).await?;
    }
    let mut against = String::new();
    for _ in 0..TRIES {
        if !ready.gated {
            ready = point_at(run, target, ready, step.timeout, notes).await?;
        }
        if step.commit.is_some() || ready.element.carries {
            refuse_foreign_form(run, &ready)?;
        }
        match send(run, step, &ready, count, &notes.stage).await? {
            Press::Arrived => return Ok(()),
            Press::Missed => return Err(of_page_error(&PageError::Missed, run.stop.asked())),
            Press::Barred { to } => return Err(foreign(&to)),
            Press::Held { why } => against = why,
        }
        ready = locate(run, target, Need::Click, step.timeout, notes).await?;
    }
    Err(of_page_error(&PageError::Held { why: against }, run.stop.asked()))
}

/// Presses; a commit is open from before the press until it is seen settled, or the page says that nothing of it came.
async fn send(run: &mut Run<'_>, step: &Step, ready: &Found, count: u32, stage: &str) -> Result<Press, Halt> {
    let before = run.course.commits;
    if let Some(words) = &step.commit {
        standing::intend(run, step, words, stage)?;
    }
    if let Some(input) = &step.requests {
        run.course.requested.insert(input.clone(), Timestamp::now());
    }
    if step.commit.is_some() {
        failpoint::here("before-press");
    }
    let pressed = run.page.press(ready, count).await;
    let pressed = pressed.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    if step.commit.is_some() {
        failpoint::here("after-press");
        if let Press::Held { why } = &pressed {
            standing::held(run, before, why);
        }
        run.guards = run.guards_now();
    }
    Ok(pressed)
}

/// A commit goes only to the flow's own origins, and so does a form with a secret in it (portals.md §1.6, D38).
fn refuse_foreign_form(run: &Run<'_>, found: &Found) -> Result<(), Halt> {
    let Some(goes_to) = &found.element.submits else { return Ok(()) };
    if run.job.origins().contains(goes_to) {
        return Ok(());
    }
    Err(foreign(goes_to))
}

/// A form would go to another origin than the flow's.
pub(super) fn foreign(goes_to: &str) -> Halt {
    Halt::failed(
        Verdict::Changed,
        "origin",
        format!("the form would be sent to {goes_to}, which is not this flow's portal; no secret was sent"),
        vec!["if the portal really sends it there, add the origin to `origins` in the flow".into()],
    )
}

/// Moves the pointer onto the target and finds it again, where the page script cannot look at the press itself: what hovering
/// opens, shifts or closes must not put another control under a press that was meant for this one.
async fn point_at(
    run: &mut Run<'_>,
    target: &Locator,
    mut found: Found,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Found, Halt> {
    for _ in 0..TRIES {
        let pointed = run.page.hover(found.point).await;
        pointed.map_err(|error| of_page_error(&error, run.stop.asked()))?;
        let again = locate(run, target, Need::Click, limit, notes).await?;
        if again.point == found.point {
            return Ok(again);
        }
        found = again;
    }
    Err(Halt::failed(
        Verdict::Changed,
        "moving",
        format!("{} moves away from the pointer each time", target.shown()),
        vec!["nothing was pressed".into()],
    ))
}

pub(super) async fn download(
    run: &mut Run<'_>,
    step: &Step,
    control: &Locator,
    with: Option<&Template>,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let wanted = with.map(|template| render(run, template)).transpose()?;
    click(run, step, control, 1, notes).await?;
    let finished = run.page.download(step.timeout).await;
    let file = finished.map_err(|error| match error {
        PageError::Silent { seconds, .. } => {
            Halt::failed(Verdict::Changed, "download", format!("no file came within {seconds} s"), Vec::new())
        }
        other => of_page_error(&other, run.stop.asked()),
    })?;
    let size = file.path.metadata().map_or(0, |meta| meta.len());
    if size == 0 {
        return Err(Halt::failed(
            Verdict::Changed,
            "download",
            format!("the file `{}` is empty", file.name),
            Vec::new(),
        ));
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != file.name) {
        let message = format!("the file is called `{}`, not `{wanted}`", file.name);
        return Err(Halt::failed(Verdict::Changed, "download", message, Vec::new()));
    }
    run.course.tell(Event::Downloaded { name: file.name, path: file.path });
    Ok(())
}

pub(super) async fn drag(
    run: &mut Run<'_>,
    from: &Locator,
    to: &Locator,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let end = locate(run, to, Need::Hover, limit, notes).await?;
    let start = locate(run, from, Need::Drag, limit, notes).await?;
    let dragged = run.page.drag((from, start.point), (to, end.point)).await;
    dragged.map_err(|error| of_page_error(&error, run.stop.asked()))
}

//! The watch for drift: as the run goes, each element is held against what its step found when the flow was accepted, and each
//! page against what it was then (portals.md §1.6).
//!
//! What could do harm stops the run before anything is sent; what a step still finds lets it go on with the flag `drift`. Once
//! everything was sent nothing stops it any more: the new date has to be read.

use crate::browser::answer::Element;
use crate::drift::baseline::{Baseline, KnownStage, KnownStep};
use crate::drift::compare::Target;
use crate::drift::neutral::{neutral_fingerprint, neutral_outline};
use crate::drift::watch::{self, Acting};
use crate::exit::Verdict;
use crate::locator::Locator;
use crate::record::{Change, ChangeKind, Gravity};
use crate::runner::course::Course;
use crate::runner::ending::{Halt, of_page_error};
use crate::runner::run::Run;
use crate::runner::step::Notes;
use crate::runner::value;

/// Against what a run is held.
#[derive(Debug)]
pub struct Watch<'a> {
    /// The flow's baseline.
    pub baseline: &'a Baseline,
    /// The values of the inputs that are no secrets: no part of the portal.
    pub values: Vec<String>,
}

/// Holds the element that a step has found against the one that it knew.
///
/// # Errors
/// The [`Halt`] that ends the run: the step would act on something else, or agree to something else.
pub fn element(run: &mut Run<'_>, notes: &Notes, locator: &Locator, rank: usize, found: &Element) -> Result<(), Halt> {
    let Some(watch) = &run.job.watch else { return Ok(()) };
    let Some(stage) = watch.baseline.stage(&notes.stage, &run.stage) else { return Ok(()) };
    let shown = locator.chain.get(rank).map_or(locator.shown(), |target| &target.shown);
    let shown = notes.in_place_of.as_deref().unwrap_or(shown);
    let Some(step) = stage.step(&notes.action, Some(shown), notes.line) else { return Ok(()) };
    let found = neutral_fingerprint(&found.known, &values(watch, &run.course));
    let acting = Acting { stage, step, name: &notes.stage, line: notes.line };
    let changes = watch::step(&acting, &found, &run.job.portal.origin().ascii_serialization());
    let rebuilt = watch::is_rebuilt(&step.element, &found);
    if run.rebuilt.iter().all(|(line, _)| *line != notes.line) {
        run.rebuilt.push((notes.line, rebuilt));
    }
    heed(run, changes)
}

/// Holds the page that the last picture shows against the one that the stage knew.
///
/// # Errors
/// The [`Halt`] that ends the run: it asks for something that nobody has agreed to.
pub fn page(run: &mut Run<'_>, name: &str) -> Result<(), Halt> {
    let (Some(watch), Some(outline)) = (&run.job.watch, &run.outline) else { return Ok(()) };
    let Some(stage) = watch.baseline.stage(name, &run.stage) else { return Ok(()) };
    let now = neutral_outline(outline, &values(watch, &run.course));
    let mut changes = watch::page(stage, &now, name, &targets(stage));
    let earlier = run.course.changes.iter().filter(|change| change.stage == name);
    if changes.iter().chain(earlier).all(|change| change.gravity == Gravity::Note) {
        changes.extend(watch::markup(name, &run.rebuilt));
    }
    heed(run, changes)
}

/// The same before a commit that no picture precedes.
///
/// # Errors
/// As [`page`], and when the page gives no outline: what is not looked at is not sent.
pub async fn page_before_commit(run: &mut Run<'_>, name: &str) -> Result<(), Halt> {
    if run.job.watch.is_none() {
        return Ok(());
    }
    let outline = run.page.outline().await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    run.outline = Some(outline);
    page(run, name)
}

/// A date is written in another form than the flow says, and can be read all the same.
pub fn other_form(run: &mut Run<'_>, notes: &Notes, output: &str, text: &str) {
    let change = Change {
        kind: ChangeKind::ValueFormat,
        gravity: Gravity::Drift,
        stage: notes.stage.clone(),
        line: Some(notes.line),
        says: format!("`{output}` is written otherwise: {}", value::short(text)),
        before: String::new(),
        now: String::new(),
    };
    run.course.flags.drift = true;
    if !run.course.changes.contains(&change) {
        run.course.changes.push(change);
    }
}

fn targets(stage: &KnownStage) -> Vec<Target<'_>> {
    stage.current().map(|step: &KnownStep| Target { step, line: Some(step.at[0]) }).collect()
}

/// What the pages show and is no part of the portal: the inputs' values, and what was read.
pub(super) fn values(watch: &Watch<'_>, course: &Course) -> Vec<String> {
    watch.values.iter().cloned().chain(read(course)).collect()
}

/// The holder's own values as far as they are known now and are no secrets, with a baseline or without: those of the
/// inputs, wherever they came from, and what was read.
#[must_use]
pub fn own_values(run: &Run<'_>) -> Vec<String> {
    run.job.vault.plain_values().map(str::to_owned).chain(read(&run.course)).collect()
}

fn read(course: &Course) -> impl Iterator<Item = String> + '_ {
    let values = course.outputs.values().flatten().map(|reading| &reading.value);
    let texts = values.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    texts.filter_map(|text| text.as_str().map(str::to_owned))
}

/// Keeps the changes; the gravest stops the run where it could still do harm.
fn heed(run: &mut Run<'_>, changes: Vec<Change>) -> Result<(), Halt> {
    let fresh: Vec<Change> = changes.into_iter().filter(|change| !run.course.changes.contains(change)).collect();
    run.course.flags.drift |= fresh.iter().any(|change| change.gravity > Gravity::Note);
    run.course.changes.extend(fresh.iter().cloned());
    let commits = run.course.commits;
    let all_sent = commits.any_sent() && commits.ahead == 0;
    let sends = run.flow().commits(run.task);
    let grave = fresh.into_iter().find(|change| {
        change.gravity == Gravity::Stop && !all_sent && !commits.open && (sends || is_trap(change.kind))
    });
    let Some(change) = grave else { return Ok(()) };
    let more =
        "`rinnova explain` on this run's folder tells all that has changed, `rinnova repair` proposes what to do";
    Err(Halt::failed(Verdict::Changed, "drift", change.says, vec![more.into()]))
}

/// What is dangerous where nothing is committed, too: a press on something else, a password that goes elsewhere.
fn is_trap(kind: ChangeKind) -> bool {
    matches!(kind, ChangeKind::OtherIdentity | ChangeKind::OtherOrigin)
}

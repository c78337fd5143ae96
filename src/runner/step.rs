//! One action: how it is recorded, which file performs it, what they share.

use std::time::Duration;

use crate::browser::answer::{Answer, Element, Found};
use crate::browser::page::View;
use crate::browser::script::Need;
use crate::event::Event;
use crate::exit::Verdict;
use crate::flow::step::{Action, Step, Template};
use crate::locator::Locator;
use crate::record::{Fingerprint, Outcome, StepRecord, Used};
use crate::runner::ending::{Ending, Halt, of_page_error};
use crate::runner::heal::Healing;
use crate::runner::look::{Question, ask};
use crate::runner::reading::Asked;
use crate::runner::run::Run;
use crate::runner::{clicks, codes, fields, mutate, reading, shots, staging, standing, value, watch};

/// What a step notes while it runs.
#[derive(Debug, Default)]
pub struct Notes {
    /// The locator that matched.
    pub locator: Option<Used>,
    /// The locator that is looked for.
    pub looked_for: Option<String>,
    /// The flow's own locator, where another is used in its place.
    pub in_place_of: Option<String>,
    /// What the element was known by.
    pub known: Option<Fingerprint>,
    /// What it agreed to by a tick.
    pub agreed: Option<String>,
    /// The steps inside it that were performed.
    pub steps: Vec<StepRecord>,
    /// A picture to take once the target is found and before it is pressed.
    pub picture: Option<PictureWanted>,
    /// The stage's name in the record.
    pub stage: String,
    /// The action's key in the flow.
    pub action: String,
    /// The line in the flow file, counted from 1.
    pub line: usize,
}

impl Notes {
    /// Nothing noted yet, of a step in the stage of this name.
    #[must_use]
    pub fn of(run: &Run<'_>, step: &Step, stage: &str) -> Self {
        let line = run.flow().source.position(step.span.start).line;
        let looked_for = step.action.target().map(|target| target.shown().to_owned());
        Self { stage: stage.to_owned(), action: step.action.key().to_owned(), line, looked_for, ..Self::default() }
    }
}

/// The picture that belongs before a step's click.
#[derive(Debug, Clone)]
pub struct PictureWanted {
    /// Its name.
    pub name: String,
    /// What it covers beside secret fields, and what it outlines.
    pub view: View,
}

/// Performs a step and keeps what is kept of it; with a [`Healing`] it is one that heals.
pub async fn record(
    run: &mut Run<'_>,
    step: &Step,
    stage: &str,
    picture: Option<PictureWanted>,
    healing: Option<Healing>,
) -> (StepRecord, Option<Halt>) {
    let sentence = step.sentence(&run.flow().language);
    run.course.tell(Event::StepStarted { sentence: sentence.clone() });
    tracing::debug!(stage, action = step.action.key(), "a step begins");
    let began_ms = run.course.elapsed_ms();
    let (lost, healed) = healing.map(|healing| (healing.lost, healing.healed)).unzip();
    let mut notes = Notes { picture, in_place_of: lost.clone(), ..Notes::of(run, step, stage) };
    let performed = perform(run, step, &mut notes).await;
    let (outcome, halt) = match performed {
        Ok(outcome) => (outcome, None),
        Err(halt) if run.course.commits.open && matches!(halt, Halt::Failed { .. }) => (Outcome::Unknown, Some(halt)),
        Err(halt) => (halt.outcome(), Some(halt)),
    };
    let failure = match &halt {
        Some(Halt::Failed { failure, .. }) => Some((**failure).clone()),
        _ => None,
    };
    let (found, failed) = (notes.locator.is_some(), failure.is_some());
    let place = run.flow().source.position(step.span.start);
    let record = StepRecord {
        sentence,
        action: step.action.key().to_owned(),
        line: place.line,
        column: place.column,
        outcome,
        commit: step.commit.clone(),
        agreed: notes.agreed,
        locator: notes.locator,
        looked_for: lost.or(notes.looked_for.filter(|_| !found && failed)),
        known: notes.known,
        healed,
        began_ms,
        took_ms: run.course.elapsed_ms() - began_ms,
        failure,
        steps: notes.steps,
    };
    run.course.tell(Event::StepFinished { step: Box::new(record.clone()) });
    (record, halt)
}

/// Performs a step.
///
/// # Errors
/// The [`Halt`] that ends the run.
pub async fn perform(run: &mut Run<'_>, step: &Step, notes: &mut Notes) -> Result<Outcome, Halt> {
    let may = match &step.requests {
        Some(input) => codes::before_request(run, step, input, notes).await,
        None => Ok(()),
    };
    let performed = match may {
        Ok(()) => act(run, step, notes).await,
        Err(halt) => Err(halt),
    };
    match performed {
        Ok(()) => {
            standing::passed(run, step);
            staging::acted(run, step);
            Ok(Outcome::Passed)
        }
        Err(Halt::Failed { failure, .. }) if step.optional && failure.kind == "timeout" && !run.course.commits.open => {
            Ok(Outcome::Absent)
        }
        Err(halt) => Err(halt),
    }
}

async fn act(run: &mut Run<'_>, step: &Step, notes: &mut Notes) -> Result<(), Halt> {
    mutate::element(run, step, notes).await?;
    let limit = step.timeout;
    match &step.action {
        Action::Open(path) => reading::open(run, path, limit).await,
        Action::Fill { field, with } => fields::fill(run, field, with, limit, notes).await,
        Action::Type { field, with } => fields::type_into(run, field, with, limit, notes).await,
        Action::Press(chord) => {
            let pressed = run.page.chord(chord).await;
            pressed.map_err(|error| of_page_error(&error, run.stop.asked()))
        }
        Action::Click(target) => clicks::click(run, step, target, 1, notes).await,
        Action::DoubleClick(target) => clicks::click(run, step, target, 2, notes).await,
        Action::Hover(target) => {
            let found = locate(run, target, Need::Hover, limit, notes).await?;
            let hovered = run.page.hover(found.point).await;
            hovered.map_err(|error| of_page_error(&error, run.stop.asked()))
        }
        Action::Check(target) => fields::tick(run, target, true, limit, notes).await,
        Action::Uncheck(target) => fields::tick(run, target, false, limit, notes).await,
        Action::Select { field, with } => fields::select(run, field, with, limit, notes).await,
        Action::Upload { field, with } => fields::upload(run, field, with, limit, notes).await,
        Action::Download { control, with } => clicks::download(run, step, control, with.as_ref(), notes).await,
        Action::Drag { from, to } => clicks::drag(run, from, to, limit, notes).await,
        Action::Scroll(target) => locate(run, target, Need::Scroll, limit, notes).await.map(drop),
        Action::Wait(condition) => met(ask(run, Question::Expect(condition), limit).await?),
        Action::Pause(length) => {
            tokio::select! {
                () = tokio::time::sleep(*length) => Ok(()),
                () = run.stop.wait() => Err(stopped(run)),
            }
        }
        Action::Expect(expectation) => reading::expect(run, expectation, limit, notes).await,
        Action::Read { output, from, pattern, all } => {
            let reading = Asked { output, from, pattern: pattern.as_ref(), all: *all };
            reading::read(run, &reading, limit, notes).await
        }
        Action::Shot(name) => {
            let stage = notes.stage.clone();
            let view = View { masks: step.mask.clone(), highlight: step.highlight.clone(), ..View::default() };
            shots::take(run, &stage, name, &view, None).await;
            Ok(())
        }
        Action::Dialog { accept, text, with } => reading::dialog(run, *accept, text, with.as_ref(), limit).await,
        Action::When { condition, steps, otherwise } => {
            let holds = decided(&ask(run, Question::Test(condition), limit).await?);
            inner(run, if holds { steps } else { otherwise }, notes).await
        }
        Action::Repeat { until, max, steps } => {
            for _ in 0..*max {
                if decided(&ask(run, Question::Test(until), limit).await?) {
                    return Ok(());
                }
                inner(run, steps, notes).await?;
            }
            if decided(&ask(run, Question::Test(until), limit).await?) {
                return Ok(());
            }
            Err(Halt::failed(Verdict::Changed, "repeat", format!("not there after {max} rounds"), Vec::new()))
        }
    }
}

async fn inner(run: &mut Run<'_>, steps: &[Step], notes: &mut Notes) -> Result<(), Halt> {
    for step in steps {
        let (record, halt) = Box::pin(record(run, step, &notes.stage, None, None)).await;
        notes.steps.push(record);
        if let Some(halt) = halt {
            return Err(halt);
        }
    }
    Ok(())
}

pub(super) async fn locate(
    run: &mut Run<'_>,
    target: &Locator,
    need: Need,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Found, Halt> {
    locate_in_view(run, target, need, None, limit, notes).await
}

/// As [`locate`]; with a view the page then holds still for a picture.
pub(super) async fn locate_in_view(
    run: &mut Run<'_>,
    target: &Locator,
    need: Need,
    view: Option<&View>,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Found, Halt> {
    match ask(run, Question::Locate(target, need, view), limit).await? {
        Answer::Ready(found) => {
            note(run, notes, target, found.rank, &found.element)?;
            Ok(*found)
        }
        other => Err(unexpected(&other)),
    }
}

/// The step's target as it stands, looked for and not touched: what a rehearsal does in its last stage.
///
/// # Errors
/// The [`Halt`] that ends the run: the target is not there.
pub async fn check(run: &mut Run<'_>, step: &Step, notes: &mut Notes) -> Result<Option<Found>, Halt> {
    let Some(target) = step.action.target() else { return Ok(None) };
    locate(run, target, Need::Picture, step.timeout, notes).await.map(Some)
}

pub(super) fn note(
    run: &mut Run<'_>,
    notes: &mut Notes,
    locator: &Locator,
    rank: usize,
    element: &Element,
) -> Result<(), Halt> {
    let shown = locator.chain.get(rank).map_or(locator.shown(), |target| &target.shown).to_owned();
    run.course.flags.drift |= rank > 0;
    notes.locator = Some(Used { shown, rank, of: locator.chain.len(), element: element.shown() });
    notes.known = Some((*element.known).clone());
    watch::element(run, notes, locator, rank, element)
}

pub(super) fn render(run: &Run<'_>, template: &Template) -> Result<String, Halt> {
    value::render(template, run.job.vault, &run.course)
        .map_err(|name| Halt::failed(Verdict::Invalid, "value", format!("`{name}` has no value yet"), Vec::new()))
}

pub(super) fn met(answer: Answer) -> Result<(), Halt> {
    match answer {
        Answer::Met { .. } => Ok(()),
        other => Err(unexpected(&other)),
    }
}

fn decided(answer: &Answer) -> bool {
    matches!(answer, Answer::Decided { holds: true })
}

pub(super) fn unexpected(answer: &Answer) -> Halt {
    Halt::failed(Verdict::Failed, "browser", format!("the page script answered out of turn: {answer:?}"), Vec::new())
}

pub(super) fn stopped(run: &Run<'_>) -> Halt {
    Halt::Ended(Ending::new(run.stop.asked().unwrap_or(Verdict::Terminated), "stopped by a signal"))
}

/// How an action looks for its element.
pub(super) fn need(action: &Action) -> Option<Need> {
    Some(match action {
        Action::Fill { .. } => Need::Fill,
        Action::Type { .. } => Need::Focus,
        Action::Click(_) | Action::DoubleClick(_) | Action::Download { .. } => Need::Click,
        Action::Hover(_) => Need::Hover,
        Action::Check(_) | Action::Uncheck(_) => Need::Check,
        Action::Select { .. } => Need::Select,
        Action::Upload { .. } => Need::Upload,
        Action::Drag { .. } => Need::Drag,
        Action::Scroll(_) => Need::Scroll,
        Action::Read { .. } => Need::Read,
        _ => return None,
    })
}

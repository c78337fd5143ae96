//! One action. What it waits for, what it does, and how a commit is sent.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::browser::page::{Answer, Area, Content, Found, Need, Required};
use crate::event::Event;
use crate::exit::Verdict;
use crate::flow::model::{Action, Expectation, Output, Step, Template, Value};
use crate::locator::{Locator, Text};
use crate::otp::CodeError;
use crate::record::{Outcome, Reading, StepRecord, Used};
use crate::runner::ending::{Ending, Halt, of_page_error};
use crate::runner::look::{Question, ask};
use crate::runner::run::Run;
use crate::runner::{shots, value, window};
use crate::secret::Secret;

/// What a step notes while it runs.
#[derive(Debug, Default)]
pub struct Notes {
    /// The locator that matched.
    pub locator: Option<Used>,
    /// The steps inside it that were performed.
    pub steps: Vec<StepRecord>,
    /// A picture to take once the target is found and before it is pressed.
    pub picture: Option<PictureWanted>,
    /// The stage's name in the record.
    pub stage: String,
}

/// The picture that belongs before a step's click.
#[derive(Debug, Clone)]
pub struct PictureWanted {
    /// Its name.
    pub name: String,
    /// What it covers beside secret fields.
    pub masks: Vec<Locator>,
    /// What it outlines.
    pub highlight: Vec<Locator>,
}

/// Performs a step and keeps what is kept of it.
pub async fn record(
    run: &mut Run<'_>,
    step: &Step,
    stage: &str,
    picture: Option<PictureWanted>,
) -> (StepRecord, Option<Halt>) {
    let sentence = step.sentence(&run.flow().language);
    run.course.tell(Event::StepStarted { sentence: sentence.clone() });
    let began_ms = run.course.elapsed_ms();
    let mut notes = Notes { stage: stage.to_owned(), picture, ..Notes::default() };
    let performed = perform(run, step, &mut notes).await;
    let (outcome, halt) = match performed {
        Ok(outcome) => (outcome, None),
        Err(halt) if run.course.commits.open && matches!(halt, Halt::Failed { .. }) => (Outcome::Unknown, Some(halt)),
        Err(halt) => (halt.outcome(), Some(halt)),
    };
    let failure = match &halt {
        Some(Halt::Failed { failure, .. }) => Some(failure.clone()),
        _ => None,
    };
    let line = run.flow().source.position(step.span.start).line;
    let record = StepRecord {
        sentence,
        action: step.action.key().to_owned(),
        line,
        outcome,
        commit: step.commit.clone(),
        locator: notes.locator,
        began_ms,
        took_ms: run.course.elapsed_ms() - began_ms,
        failure,
        steps: notes.steps,
    };
    (record, halt)
}

/// Performs a step.
///
/// # Errors
/// The [`Halt`] that ends the run.
pub async fn perform(run: &mut Run<'_>, step: &Step, notes: &mut Notes) -> Result<Outcome, Halt> {
    if let Some(input) = &step.requests {
        someone_must_answer(run, input)?;
    }
    match act(run, step, notes).await {
        Ok(()) => {
            settle_by(run, step);
            Ok(Outcome::Passed)
        }
        Err(Halt::Failed { failure, .. }) if step.optional && failure.kind == "timeout" && !run.course.commits.open => {
            Ok(Outcome::Absent)
        }
        Err(halt) => Err(halt),
    }
}

/// What follows a commit and finds what it looks for is its expected next page.
fn settle_by(run: &mut Run<'_>, step: &Step) {
    let looks = !matches!(step.action, Action::When { .. } | Action::Shot(_) | Action::Pause(_) | Action::Press(_));
    if run.course.commits.open && step.commit.is_none() && looks {
        run.course.settle(true);
    }
}

async fn act(run: &mut Run<'_>, step: &Step, notes: &mut Notes) -> Result<(), Halt> {
    let limit = step.timeout;
    match &step.action {
        Action::Open(path) => open(run, path, limit).await,
        Action::Fill { field, with } => fill(run, field, with, limit, notes).await,
        Action::Type { field, with } => type_into(run, field, with, limit, notes).await,
        Action::Press(chord) => {
            let pressed = run.page.chord(chord).await;
            pressed.map_err(|error| of_page_error(&error, run.stop.asked()))
        }
        Action::Click(target) => click(run, step, target, 1, notes).await,
        Action::DoubleClick(target) => click(run, step, target, 2, notes).await,
        Action::Hover(target) => {
            let found = locate(run, target, Need::Hover, limit, notes).await?;
            let hovered = run.page.hover(found.point).await;
            hovered.map_err(|error| of_page_error(&error, run.stop.asked()))
        }
        Action::Check(target) => tick(run, target, true, limit, notes).await,
        Action::Uncheck(target) => tick(run, target, false, limit, notes).await,
        Action::Select { field, with } => select(run, field, with, limit, notes).await,
        Action::Upload { field, with } => upload(run, field, with, limit, notes).await,
        Action::Download { control, with } => download(run, step, control, with.as_ref(), notes).await,
        Action::Drag { from, to } => drag(run, from, to, limit, notes).await,
        Action::Scroll(target) => locate(run, target, Need::Scroll, limit, notes).await.map(drop),
        Action::Wait(condition) => met(ask(run, Question::Expect(condition), limit).await?),
        Action::Pause(length) => {
            tokio::select! {
                () = tokio::time::sleep(*length) => Ok(()),
                () = run.stop.wait() => Err(stopped(run)),
            }
        }
        Action::Expect(expectation) => expect(run, expectation, limit).await,
        Action::Read { output, from, pattern, all } => {
            let reading = Asked { output, from, pattern: pattern.as_ref(), all: *all };
            read(run, &reading, limit, notes).await
        }
        Action::Shot(name) => {
            let stage = notes.stage.clone();
            shots::take(run, &stage, name, &step.mask, &step.highlight, None).await;
            Ok(())
        }
        Action::Dialog { accept, text, with } => dialog(run, *accept, text, with.as_ref(), limit).await,
        Action::When { condition, steps, otherwise } => {
            let holds = decided(ask(run, Question::Test(condition), limit).await?);
            inner(run, if holds { steps } else { otherwise }, notes).await
        }
        Action::Repeat { until, max, steps } => {
            for _ in 0..*max {
                if decided(ask(run, Question::Test(until), limit).await?) {
                    return Ok(());
                }
                inner(run, steps, notes).await?;
            }
            if decided(ask(run, Question::Test(until), limit).await?) {
                return Ok(());
            }
            Err(Halt::failed(Verdict::Changed, "repeat", format!("not there after {max} rounds"), Vec::new()))
        }
    }
}

async fn inner(run: &mut Run<'_>, steps: &[Step], notes: &mut Notes) -> Result<(), Halt> {
    for step in steps {
        let (record, halt) = Box::pin(record(run, step, &notes.stage, None)).await;
        notes.steps.push(record);
        if let Some(halt) = halt {
            return Err(halt);
        }
    }
    Ok(())
}

async fn open(run: &mut Run<'_>, path: &Template, limit: Duration) -> Result<(), Halt> {
    let path = render(run, path)?;
    let url = run.job.portal.join(&path).map_err(|error| {
        Halt::failed(Verdict::Invalid, "address", format!("`{path}` is no path of the portal: {error}"), Vec::new())
    })?;
    if url.origin() != run.job.portal.origin() {
        let message = format!("`{path}` leads away from the portal");
        return Err(Halt::failed(Verdict::Invalid, "address", message, vec!["write a path: `/…`".into()]));
    }
    let opened = run.page.open(url.as_str(), limit).await;
    opened.map_err(|error| of_page_error(&error, run.stop.asked()))
}

async fn fill(run: &mut Run<'_>, field: &Locator, with: &Value, limit: Duration, notes: &mut Notes) -> Result<(), Halt> {
    let answer = match typed(run, field, with, limit, notes).await? {
        Typed::Plain(text) => ask(run, Question::Fill(field, Content::Plain(&text)), limit).await?,
        Typed::Secret(secret) => {
            let origins = run.job.origins();
            ask(run, Question::Fill(field, Content::Secret(&secret, &origins)), limit).await?
        }
    };
    typed_answer(run, answer, field, notes)
}

async fn type_into(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Value,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let answer = match typed(run, field, with, limit, notes).await? {
        Typed::Plain(text) => ask(run, Question::Type(field, Content::Plain(&text)), limit).await?,
        Typed::Secret(secret) => {
            let origins = run.job.origins();
            ask(run, Question::Type(field, Content::Secret(&secret, &origins)), limit).await?
        }
    };
    typed_answer(run, answer, field, notes)
}

enum Typed {
    Plain(String),
    Secret(Secret),
}

/// The value that goes into a field. A code is asked for only once its field is there.
async fn typed(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Value,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Typed, Halt> {
    match with {
        Value::Plain(template) => Ok(Typed::Plain(render(run, template)?)),
        Value::Secret(name) => {
            run.course.remember_secret_field(field);
            let secret = run.job.vault.secret(name).cloned();
            secret.map(Typed::Secret).ok_or_else(|| {
                Halt::failed(Verdict::Invalid, "value", format!("input `{name}` has no value"), Vec::new())
            })
        }
        Value::Code(name) => {
            run.course.remember_secret_field(field);
            locate(run, field, Need::Fill, limit, notes).await?;
            run.course.tell(Event::CodeAwaited { input: name.clone() });
            let not_before = run.course.requested.get(name).copied();
            let code = tokio::select! {
                code = run.job.broker.code(name, not_before, CODE) => code,
                () = run.stop.wait() => return Err(stopped(run)),
            };
            code.map(Typed::Secret).map_err(|error| no_code(&error))
        }
    }
}

/// How long a one-time code may take: a text message lives three minutes (portals.md §1.3).
const CODE: Duration = Duration::from_secs(170);

fn no_code(error: &CodeError) -> Halt {
    Halt::Ended(Ending::new(error.verdict(), error.to_string()))
}

/// Before a code is requested, whoever must give it must be there: otherwise nothing is pressed.
fn someone_must_answer(run: &Run<'_>, input: &str) -> Result<(), Halt> {
    run.job.broker.reachable(input).map_err(|error| no_code(&error))
}

fn typed_answer(run: &mut Run<'_>, answer: Answer, field: &Locator, notes: &mut Notes) -> Result<(), Halt> {
    let changed = |kind: &str, message: String| Halt::failed(Verdict::Changed, kind, message, Vec::new());
    match answer {
        Answer::Filled(used) => {
            note(run, notes, field, used.rank, &used.element.shown());
            Ok(())
        }
        Answer::Ready(found) => {
            note(run, notes, field, found.rank, &found.element.shown());
            Ok(())
        }
        Answer::Mismatch { used, got_length, hint } => Err(changed(
            "mismatch",
            format!("{} does not hold what was typed: it has {got_length} characters ({hint})", used.element.shown()),
        )),
        Answer::Origin { top, frame } => {
            let top = top.unwrap_or_else(|| "an unknown page".into());
            Err(Halt::failed(
                Verdict::Changed,
                "origin",
                format!("a secret was not typed: the field is on {frame} inside {top}, which is not this flow's portal"),
                vec!["if the portal really moved there, add the origin to `origins` in the flow".into()],
            ))
        }
        Answer::LiteralInPassword {} => Err(Halt::failed(
            Verdict::Invalid,
            "literal",
            "a value that is no secret was to go into a password field",
            vec!["declare an input with `secret = true` and type `${name}`".into()],
        )),
        Answer::Readonly {} => Err(changed("readonly", format!("{} is read-only", field.shown()))),
        Answer::NotAField {} => Err(changed("field", format!("{} takes no value", field.shown()))),
        other => Err(unexpected(&other)),
    }
}

async fn click(run: &mut Run<'_>, step: &Step, target: &Locator, count: u32, notes: &mut Notes) -> Result<(), Halt> {
    let mut found = locate(run, target, Need::Click, step.timeout, notes).await?;
    if let Some(picture) = notes.picture.take() {
        found = picture_before(run, &picture, target, found, step.timeout, notes).await?;
    }
    if let Some(words) = &step.commit {
        refuse_foreign_form(run, &found)?;
        let stage = notes.stage.clone();
        run.course.tell(Event::CommitIntended { stage, commit: words.clone() });
        run.course.commits.open = true;
        run.course.commits.ahead = run.course.commits.ahead.saturating_sub(1);
        run.guards = run.guards_of(&notes.stage);
    }
    if let Some(input) = &step.requests {
        run.course.requested.insert(input.clone(), Timestamp::now());
    }
    let pressed = run.page.press(found.point, count).await;
    pressed.map_err(|error| of_page_error(&error, run.stop.asked()))
}

/// A commit goes only to the flow's own origins (portals.md §1.6, D38).
fn refuse_foreign_form(run: &Run<'_>, found: &Found) -> Result<(), Halt> {
    let Some(goes_to) = &found.element.submits else { return Ok(()) };
    if run.job.origins().contains(goes_to) {
        return Ok(());
    }
    Err(Halt::failed(
        Verdict::Changed,
        "origin",
        format!("the form would be sent to {goes_to}, which is not this flow's portal; nothing was sent"),
        Vec::new(),
    ))
}

/// Takes the stage's picture with its target marked, and finds the target again: the page may have moved meanwhile.
async fn picture_before(
    run: &mut Run<'_>,
    picture: &PictureWanted,
    target: &Locator,
    found: Found,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Found, Halt> {
    let stage = notes.stage.clone();
    shots::take(run, &stage, &picture.name, &picture.masks, &picture.highlight, Some(found.rect)).await;
    locate(run, target, Need::Click, limit, notes).await
}

async fn tick(run: &mut Run<'_>, target: &Locator, ticked: bool, limit: Duration, notes: &mut Notes) -> Result<(), Halt> {
    match ask(run, Question::Tick(target, ticked), limit).await? {
        Answer::Already(used) => {
            note(run, notes, target, used.rank, &used.element.shown());
            Ok(())
        }
        Answer::Ready(found) => {
            note(run, notes, target, found.rank, &found.element.shown());
            let pressed = run.page.press(found.point, 1).await;
            pressed.map_err(|error| of_page_error(&error, run.stop.asked()))?;
            met(ask(run, Question::Require(target, &Required::Checked(ticked)), limit).await?)
        }
        other => Err(unexpected(&other)),
    }
}

async fn select(run: &mut Run<'_>, field: &Locator, with: &Value, limit: Duration, notes: &mut Notes) -> Result<(), Halt> {
    let Value::Plain(template) = with else {
        return Err(Halt::failed(Verdict::Invalid, "value", "a secret cannot be chosen from a menu", Vec::new()));
    };
    let option = Text::Exact(render(run, template)?);
    match ask(run, Question::Select(field, &option), limit).await? {
        Answer::Selected(used) => {
            note(run, notes, field, used.rank, &used.element.shown());
            Ok(())
        }
        Answer::NoOption { options } => {
            let Text::Exact(wanted) = &option else { return Ok(()) };
            Err(Halt::failed(
                Verdict::Changed,
                "option",
                format!("there is no option “{wanted}”"),
                vec![format!("there are: {}", options.join(", "))],
            ))
        }
        other => Err(unexpected(&other)),
    }
}

async fn upload(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Template,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let path = run.job.folder.join(render(run, with)?);
    let path = path.canonicalize().ok().filter(|path| path.is_file()).ok_or_else(|| {
        Halt::failed(Verdict::Invalid, "file", format!("`{}` is no file", path.display()), Vec::new())
    })?;
    locate(run, field, Need::Upload, limit, notes).await?;
    let given = run.page.upload(field, &path).await;
    given.map_err(|error| of_page_error(&error, run.stop.asked()))
}

async fn download(
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
        crate::browser::error::PageError::Silent { seconds, .. } => {
            Halt::failed(Verdict::Changed, "download", format!("no file came within {seconds} s"), Vec::new())
        }
        other => of_page_error(&other, run.stop.asked()),
    })?;
    let size = file.path.metadata().map_or(0, |meta| meta.len());
    if size == 0 {
        return Err(Halt::failed(Verdict::Changed, "download", format!("the file `{}` is empty", file.name), Vec::new()));
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != file.name) {
        let message = format!("the file is called `{}`, not `{wanted}`", file.name);
        return Err(Halt::failed(Verdict::Changed, "download", message, Vec::new()));
    }
    run.course.tell(Event::Downloaded { name: file.name, path: file.path });
    Ok(())
}

async fn drag(run: &mut Run<'_>, from: &Locator, to: &Locator, limit: Duration, notes: &mut Notes) -> Result<(), Halt> {
    let end = locate(run, to, Need::Hover, limit, notes).await?;
    let start = locate(run, from, Need::Drag, limit, notes).await?;
    let dragged = run.page.drag(start.point, end.point).await;
    dragged.map_err(|error| of_page_error(&error, run.stop.asked()))
}

async fn expect(run: &mut Run<'_>, expectation: &Expectation, limit: Duration) -> Result<(), Halt> {
    let required;
    let question = match expectation {
        Expectation::Page(condition) => Question::Expect(condition),
        Expectation::Address(address) => Question::Address(address),
        Expectation::Value { of, is } => {
            required = Required::Value(Text::Exact(render(run, is)?));
            Question::Require(of, &required)
        }
        Expectation::Checked { of, is } => {
            required = Required::Checked(*is);
            Question::Require(of, &required)
        }
        Expectation::Count { of, is } => {
            required = Required::Count(*is);
            Question::Require(of, &required)
        }
    };
    met(ask(run, question, limit).await?)
}

struct Asked<'a> {
    output: &'a str,
    from: &'a Locator,
    pattern: Option<&'a regex::Regex>,
    all: bool,
}

async fn read(run: &mut Run<'_>, asked: &Asked<'_>, limit: Duration, notes: &mut Notes) -> Result<(), Halt> {
    let output = run.flow().output(asked.output).cloned().unwrap_or_else(|| Output {
        name: asked.output.to_owned(),
        date: None,
        span: 0..0,
    });
    let unreadable = |why: String| Halt::failed(Verdict::Changed, "value", format!("`{}`: {why}", asked.output), Vec::new());
    let value = match ask(run, Question::Read(asked.from, asked.all), limit).await? {
        Answer::Text { text, used } => {
            note(run, notes, asked.from, used.rank, &used.element.shown());
            value::reading(&text, &output, asked.pattern).map_err(unreadable)?
        }
        Answer::List { texts } => {
            let each = texts.iter().map(|text| value::reading(text, &output, asked.pattern));
            Json::Array(each.collect::<Result<_, _>>().map_err(unreadable)?)
        }
        Answer::Rows { rows } => Json::Array(rows),
        Answer::Refused {} => return Err(unreadable("a secret field is not read".into())),
        other => return Err(unexpected(&other)),
    };
    let reading = Reading { stage: notes.stage.clone(), value };
    run.course.outputs.entry(asked.output.to_owned()).or_default().push(reading);
    window::first_reading(run, asked.output).await
}

async fn dialog(
    run: &mut Run<'_>,
    accept: bool,
    text: &Text,
    with: Option<&Template>,
    limit: Duration,
) -> Result<(), Halt> {
    let typed = with.map(|template| render(run, template)).transpose()?;
    let shown = run.page.dialog(limit).await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    if !text.matches(&shown) {
        return Err(Halt::failed(
            Verdict::Changed,
            "dialog",
            format!("the native dialog says “{}”", value::short(&shown)),
            vec!["the flow expects another text; nothing was answered".into()],
        ));
    }
    let answered = run.page.answer_dialog(accept, typed.as_deref()).await;
    answered.map_err(|error| of_page_error(&error, run.stop.asked()))
}

async fn locate(
    run: &mut Run<'_>,
    target: &Locator,
    need: Need,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Found, Halt> {
    match ask(run, Question::Locate(target, need), limit).await? {
        Answer::Ready(found) => {
            note(run, notes, target, found.rank, &found.element.shown());
            Ok(found)
        }
        other => Err(unexpected(&other)),
    }
}

/// The step's target as it stands, looked for and not touched: what a rehearsal does in its last stage.
///
/// # Errors
/// The [`Halt`] that ends the run: the target is not there.
pub async fn check(run: &mut Run<'_>, step: &Step, notes: &mut Notes) -> Result<Option<Area>, Halt> {
    let target = match &step.action {
        Action::Fill { field, .. }
        | Action::Type { field, .. }
        | Action::Select { field, .. }
        | Action::Upload { field, .. } => field,
        Action::Click(target)
        | Action::DoubleClick(target)
        | Action::Hover(target)
        | Action::Check(target)
        | Action::Uncheck(target)
        | Action::Scroll(target)
        | Action::Download { control: target, .. }
        | Action::Drag { from: target, .. }
        | Action::Read { from: target, .. } => target,
        _ => return Ok(None),
    };
    locate(run, target, Need::Picture, step.timeout, notes).await.map(|found| Some(found.rect))
}

fn note(run: &mut Run<'_>, notes: &mut Notes, locator: &Locator, rank: usize, element: &str) {
    let shown = locator.chain.get(rank).map_or(locator.shown(), |target| &target.shown).to_owned();
    run.course.flags.drift |= rank > 0;
    notes.locator = Some(Used { shown, rank, of: locator.chain.len(), element: element.to_owned() });
}

fn render(run: &Run<'_>, template: &Template) -> Result<String, Halt> {
    value::render(template, run.job.vault, &run.course).map_err(|name| {
        Halt::failed(Verdict::Invalid, "value", format!("`{name}` has no value yet"), Vec::new())
    })
}

fn met(answer: Answer) -> Result<(), Halt> {
    match answer {
        Answer::Met {} => Ok(()),
        other => Err(unexpected(&other)),
    }
}

fn decided(answer: Answer) -> bool {
    matches!(answer, Answer::Decided { holds: true })
}

fn unexpected(answer: &Answer) -> Halt {
    Halt::failed(Verdict::Failed, "browser", format!("the page script answered out of turn: {answer:?}"), Vec::new())
}

fn stopped(run: &Run<'_>) -> Halt {
    Halt::Ended(Ending::new(run.stop.asked().unwrap_or(Verdict::Terminated), "stopped by a signal"))
}

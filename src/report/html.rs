//! The report of a run: one page that needs nothing else and does nothing. It holds no script, loads nothing
//! (its content security policy says so, too), and every word is escaped by the template engine.

use std::error::Error as _;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::plain::{duration, plain, plain_lines};
use super::tone::{self, Tone};
use crate::record::{Change, Failure, Gravity, Outcome, Record, Rect, ShotRecord, StageRecord, StepRecord};

/// The page's form. The name ends in `.html`, by which the engine knows to escape.
const TEMPLATE: (&str, &str) = ("report.html", include_str!("report.html"));

/// Writes the report of a run as a page. `excerpt` is the place in the flow file that failed, drawn as text, `picture`
/// gives the PNG of a shot by its file name in the record, asked for when its place in the page is written, so that no two
/// are in memory at once. The record has passed the redactor.
///
/// # Errors
///
/// What `out` says.
pub fn html(
    record: &Record,
    excerpt: Option<&str>,
    picture: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    out: impl Write,
) -> io::Result<()> {
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    // Base64 holds nothing that a page would take for anything else.
    let picture = move |file: &str| picture(file).map(|png| Value::from_safe_string(STANDARD.encode(png)));
    engine.add_function("picture", picture);
    let page = Serde(page(record, excerpt));
    let written = engine
        .add_template(TEMPLATE.0, TEMPLATE.1)
        .and_then(|()| engine.get_template(TEMPLATE.0)?.render_captured_to(page, out).map(drop));
    written.map_err(|error| match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(why) => why.kind().into(),
        None => io::Error::other(error),
    })
}

#[derive(Serialize)]
struct Page {
    title: String,
    verdict: &'static str,
    exit_code: u8,
    tone: &'static str,
    reason: Option<String>,
    advice: Option<String>,
    facts: Vec<Fact>,
    outputs: Vec<Output>,
    flags: Vec<String>,
    changes: Vec<Changed>,
    stages: Vec<Stage>,
    /// The number of the stage in which a run ended that did not end well.
    failed: Option<usize>,
    /// Shown under the head when no step failed.
    excerpt: Option<String>,
    foot: String,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Output {
    name: String,
    /// What it was before, if that was something else.
    old: Option<String>,
    new: String,
}

/// Something that differs from the baseline.
#[derive(Serialize)]
struct Changed {
    /// The number of the stage; none where it was not entered.
    number: Option<usize>,
    stage: String,
    line: Option<usize>,
    tone: &'static str,
    /// What a run does about it.
    word: &'static str,
    says: String,
    before: String,
    now: String,
}

#[derive(Serialize)]
struct Stage {
    number: usize,
    name: String,
    title: String,
    tone: &'static str,
    outcome: &'static str,
    took: String,
    steps: Vec<Step>,
    shots: Vec<Shot>,
}

#[derive(Serialize)]
struct Step {
    depth: usize,
    sentence: String,
    tone: &'static str,
    mark: &'static str,
    outcome: &'static str,
    took: String,
    line: usize,
    commit: Option<String>,
    agreed: Option<String>,
    locator: Option<String>,
    element: Option<String>,
    drift: Option<String>,
    failure: Option<Wrong>,
}

#[derive(Serialize)]
struct Wrong {
    kind: String,
    message: String,
    explanation: Vec<String>,
    page: Option<String>,
    structure: Option<String>,
    excerpt: Option<String>,
}

#[derive(Serialize)]
struct Shot {
    name: String,
    width: u32,
    height: u32,
    file: Option<String>,
    withheld: String,
    boxes: Vec<Area>,
}

/// An outline over a picture, in percent of it.
#[derive(Serialize)]
pub(super) struct Area {
    kind: &'static str,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

fn page(record: &Record, excerpt: Option<&str>) -> Page {
    let mut excerpt = excerpt.map(plain_lines);
    let stages = record.stages.iter().enumerate();
    let stages = stages.map(|(place, record)| stage(place + 1, record, &mut excerpt)).collect();
    let environment = &record.environment;
    Page {
        title: plain(&record.title).into_owned(),
        verdict: record.verdict.name(),
        exit_code: record.exit_code,
        tone: tone::of_verdict(record.verdict).name(),
        reason: record.reason.as_deref().map(|text| plain(text).into_owned()),
        advice: record.advice.as_deref().map(|text| plain(text).into_owned()),
        facts: facts(record),
        outputs: outputs(record),
        flags: flags(record),
        changes: changes(record),
        failed: ended(record),
        stages,
        excerpt,
        foot: format!(
            "rinnova {} · format {} · flow {}",
            plain(&environment.rinnova),
            record.format,
            record.flow_digest.chars().filter(char::is_ascii_alphanumeric).take(12).collect::<String>()
        ),
    }
}

fn ended(record: &Record) -> Option<usize> {
    let well = |stage: &StageRecord| tone::of_outcome(stage.outcome) != Tone::Bad && stage.outcome != Outcome::State;
    let place = record.stages.iter().rposition(|stage| !well(stage))?;
    (tone::of_verdict(record.verdict) != Tone::Good).then_some(place + 1)
}

fn facts(record: &Record) -> Vec<Fact> {
    let environment = &record.environment;
    let window = if environment.headless { "" } else { ", with a window" };
    let browser = format!("{} {}", environment.browser, environment.browser_version);
    let facts = [
        ("Portal", record.portal.trim_end_matches('/').to_owned()),
        ("Account", record.account.clone().unwrap_or_default()),
        ("Task", format!("{} › {}", record.flow, record.task)),
        ("Begun", record.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("Took", duration(record.took_ms)),
        ("Browser", format!("{}, {}{window}", browser.trim(), environment.size)),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    facts.map(|(name, value)| Fact { name, value: plain(&value).into_owned() }).collect()
}

fn outputs(record: &Record) -> Vec<Output> {
    let output = |(name, readings): (&String, &Vec<crate::record::Reading>)| {
        let (first, last) = (readings.first()?, readings.last()?);
        let old = (first.value != last.value).then(|| shown(&first.value));
        Some(Output { name: plain(name).into_owned(), old, new: shown(&last.value) })
    };
    record.outputs.iter().filter_map(output).collect()
}

/// A value that was read, as a text.
fn shown(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    plain(&text).into_owned()
}

fn flags(record: &Record) -> Vec<String> {
    let flags = &record.flags;
    let interrupts = match flags.interrupts {
        0 => None,
        1 => Some("1 interrupt dismissed".to_owned()),
        many => Some(format!("{many} interrupts dismissed")),
    };
    let said = |flag: bool, text: &str| flag.then(|| text.to_owned());
    [
        said(flags.drift, "drift: the portal is not as the flow knows it"),
        said(flags.healed, "healed: a locator was replaced while running"),
        said(flags.withheld, "a picture was withheld"),
        interrupts,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What differs from the baseline, the gravest first.
fn changes(record: &Record) -> Vec<Changed> {
    let mut changes: Vec<_> = record.changes.iter().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.gravity));
    let told = |change: &Change| {
        let (tone, word) = match change.gravity {
            Gravity::Note => (Tone::Quiet, "note"),
            Gravity::Drift => (Tone::Warning, "drift"),
            Gravity::Stop => (Tone::Bad, "stop"),
        };
        Changed {
            number: record.stages.iter().position(|stage| stage.name == change.stage).map(|place| place + 1),
            stage: plain(&change.stage).into_owned(),
            line: change.line,
            tone: tone.name(),
            word,
            says: plain(&change.says).into_owned(),
            before: plain(&change.before).into_owned(),
            now: plain(&change.now).into_owned(),
        }
    };
    changes.into_iter().map(told).collect()
}

fn stage(number: usize, record: &StageRecord, excerpt: &mut Option<String>) -> Stage {
    let mut steps = Vec::new();
    flatten(&record.steps, 0, excerpt, &mut steps);
    Stage {
        number,
        name: plain(&record.name).into_owned(),
        title: plain(&record.title).into_owned(),
        tone: tone::of_outcome(record.outcome).name(),
        outcome: tone::word(record.outcome),
        took: duration(record.took_ms),
        steps,
        shots: record.shots.iter().map(shot).collect(),
    }
}

/// Steps in the order of reading, each with how deep it stands inside others.
fn flatten(records: &[StepRecord], depth: usize, excerpt: &mut Option<String>, steps: &mut Vec<Step>) {
    for record in records {
        // The innermost failure is the one that the excerpt shows.
        let inner = record.steps.iter().any(|step| step.failure.is_some());
        let locator = record.locator.as_ref();
        let drift = locator.filter(|used| used.rank > 0);
        let lost = record.looked_for.as_ref().filter(|_| record.healed.is_some());
        let healed = lost.map(|lost| format!("{} finds nothing; healed", plain(lost)));
        steps.push(Step {
            depth,
            sentence: plain(&record.sentence).into_owned(),
            tone: tone::of_outcome(record.outcome).name(),
            mark: tone::mark(record.outcome),
            outcome: tone::word(record.outcome),
            took: duration(record.took_ms),
            line: record.line,
            commit: record.commit.as_deref().map(|text| plain(text).into_owned()),
            agreed: record.agreed.as_deref().map(|text| plain(text).into_owned()),
            locator: locator.map(|used| plain(&used.shown).into_owned()),
            element: locator.map(|used| plain(&used.element).into_owned()),
            drift: healed.or_else(|| drift.map(|used| format!("locator {} of {}", used.rank + 1, used.of))),
            failure: record.failure.as_ref().map(|failure| wrong(failure, if inner { None } else { excerpt.take() })),
        });
        flatten(&record.steps, depth + 1, excerpt, steps);
    }
}

fn wrong(failure: &Failure, excerpt: Option<String>) -> Wrong {
    // Only a name of our own making becomes a link.
    let name =
        |name: &&String| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !name.starts_with('.');
    Wrong {
        kind: plain(&failure.kind).into_owned(),
        message: plain(&failure.message).into_owned(),
        explanation: failure.explanation.iter().map(|line| plain_lines(line)).collect(),
        page: failure.page.as_deref().map(|text| plain(text).into_owned()),
        structure: failure.structure.as_ref().filter(name).cloned(),
        excerpt,
    }
}

fn shot(record: &ShotRecord) -> Shot {
    let area = |kind: &'static str, rect: &Rect| area(kind, rect, record.width, record.height);
    let target = record.target.iter().map(|rect| area("target", rect));
    Shot {
        name: plain(&record.name).into_owned(),
        width: record.width,
        height: record.height,
        file: record.file.clone(),
        withheld: plain(record.withheld.as_deref().unwrap_or("the picture is no longer there")).into_owned(),
        boxes: target.chain(record.highlights.iter().map(|rect| area("highlight", rect))).collect(),
    }
}

/// A rectangle of a picture of this size, as an outline over it.
pub(super) fn area(kind: &'static str, rect: &Rect, width: u32, height: u32) -> Area {
    let share = |part: u32, whole: u32| f64::from(part) * 100.0 / f64::from(whole.max(1));
    let (left, top) = (share(rect.x, width), share(rect.y, height));
    Area { kind, left, top, width: share(rect.width, width), height: share(rect.height, height) }
}

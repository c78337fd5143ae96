//! Records and events with every known secret covered. Each field is named, so that a new one cannot be forgotten:
//! the compiler asks for it. Words of a closed list, numbers, times and digests stay as they are; they come from
//! us, and covering a piece of one would make the record unreadable.

mod known;

use serde_json::Value;

use crate::event::Event;
use crate::record::{
    Environment, Failure, PaintedField, Reading, Record, Replaced, ShotRecord, StageRecord, Staged, StepRecord, Used,
};
use crate::vault::Redactor;

/// This record with every known secret covered.
#[must_use]
pub fn redacted(redactor: &Redactor, record: &Record) -> Record {
    let Record {
        format,
        flow,
        title,
        flow_digest,
        flow_file,
        task,
        account,
        portal,
        verdict,
        reason,
        advice,
        exit_code,
        flags,
        started,
        took_ms,
        environment,
        outputs,
        in_force,
        changes,
        stages,
    } = record.clone();
    let reading = |Reading { stage, value: read }| Reading { stage, value: value(redactor, read) };
    let readings = |(name, list): (String, Vec<Reading>)| (name, list.into_iter().map(reading).collect());
    Record {
        format,
        flow,
        title: text(redactor, title),
        flow_digest,
        flow_file: text(redactor, flow_file),
        task,
        account,
        portal: text(redactor, portal),
        verdict,
        reason: words(redactor, reason),
        advice: words(redactor, advice),
        exit_code,
        flags,
        started,
        took_ms,
        environment: surroundings(redactor, environment),
        outputs: outputs.into_iter().map(readings).collect(),
        in_force,
        changes: changes.into_iter().map(|change| known::change(redactor, change)).collect(),
        stages: stages.into_iter().map(|record| stage(redactor, record)).collect(),
    }
}

/// This event with every known secret covered.
#[must_use]
pub fn redacted_event(redactor: &Redactor, event: &Event) -> Event {
    match event.clone() {
        Event::RunStarted { flow, task, stages, browser } => {
            Event::RunStarted { flow, task, stages, browser: text(redactor, browser) }
        }
        Event::StageStarted { name, title } => Event::StageStarted { name, title: text(redactor, title) },
        Event::StepStarted { sentence } => Event::StepStarted { sentence: text(redactor, sentence) },
        Event::StepFinished { step: record } => Event::StepFinished { step: Box::new(step(redactor, *record)) },
        Event::InterruptDismissed { what } => Event::InterruptDismissed { what: text(redactor, what) },
        Event::CodeAwaited { input, until, how } => Event::CodeAwaited { input, until, how: text(redactor, how) },
        Event::ReadyAwaited { codes, until, how } => Event::ReadyAwaited { codes, until, how: text(redactor, how) },
        Event::Warned { what } => Event::Warned { what: text(redactor, what) },
        Event::LeftHalfDone { until, command } => Event::LeftHalfDone { until, command: text(redactor, command) },
        Event::CommitIntended { stage, commit } => Event::CommitIntended { stage, commit: text(redactor, commit) },
        Event::CommitHeld { why } => Event::CommitHeld { why: text(redactor, why) },
        Event::CommitSettled { took_place } => Event::CommitSettled { took_place },
        Event::Downloaded { name, path } => Event::Downloaded { name: text(redactor, name), path },
        Event::ShotTaken { stage, shot: record, png } => Event::ShotTaken { stage, shot: shot(redactor, record), png },
        Event::Structure { file, text: structure } => Event::Structure { file, text: text(redactor, structure) },
        Event::StageFinished { stage: record } => Event::StageFinished { stage: stage(redactor, record) },
        Event::RunFinished { verdict, reason } => Event::RunFinished { verdict, reason: words(redactor, reason) },
    }
}

fn text(redactor: &Redactor, text: String) -> String {
    match redactor.redact(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(covered) => covered,
    }
}

fn words(redactor: &Redactor, words: Option<String>) -> Option<String> {
    words.map(|words| text(redactor, words))
}

fn value(redactor: &Redactor, read: Value) -> Value {
    match read {
        Value::String(read) => Value::String(text(redactor, read)),
        Value::Array(list) => list.into_iter().map(|read| value(redactor, read)).collect(),
        Value::Object(fields) => {
            // The names of fields are the portal's, too: a table's headings.
            let covered = |(name, read): (String, Value)| (text(redactor, name), value(redactor, read));
            Value::Object(fields.into_iter().map(covered).collect())
        }
        Value::Number(number) => {
            let shown = number.to_string();
            let covered = text(redactor, shown.clone());
            if covered == shown { Value::Number(number) } else { Value::String(covered) }
        }
        Value::Null | Value::Bool(_) => read,
    }
}

fn surroundings(redactor: &Redactor, environment: Environment) -> Environment {
    let Environment { rinnova, browser, browser_version, platform, size, headless } = environment;
    let platform = text(redactor, platform);
    let browser_version = text(redactor, browser_version);
    Environment { rinnova, browser, browser_version, platform, size, headless }
}

fn stage(redactor: &Redactor, stage: StageRecord) -> StageRecord {
    let StageRecord { id, name, title, outcome, began_ms, took_ms, steps, shots, outline } = stage;
    let title = text(redactor, title);
    let steps = steps.into_iter().map(|record| step(redactor, record)).collect();
    let shots = shots.into_iter().map(|record| shot(redactor, record)).collect();
    let outline = outline.map(|outline| known::outline(redactor, outline));
    StageRecord { id, name, title, outcome, began_ms, took_ms, steps, shots, outline }
}

fn step(redactor: &Redactor, record: StepRecord) -> StepRecord {
    let StepRecord {
        sentence,
        action,
        line,
        column,
        outcome,
        commit,
        agreed,
        locator,
        looked_for,
        known,
        healed,
        began_ms,
        took_ms,
        failure,
        steps,
    } = record;
    let used = |Used { shown, rank, of, element }| {
        let (shown, element) = (text(redactor, shown), text(redactor, element));
        Used { shown, rank, of, element }
    };
    StepRecord {
        sentence: text(redactor, sentence),
        action,
        line,
        column,
        outcome,
        commit: words(redactor, commit),
        agreed: words(redactor, agreed),
        locator: locator.map(used),
        looked_for: words(redactor, looked_for),
        healed: healed.map(|healed| known::healed(redactor, healed)),
        known: known.map(|known| known::fingerprint(redactor, known)),
        began_ms,
        took_ms,
        failure: failure.map(|failure| failed(redactor, failure)),
        steps: steps.into_iter().map(|record| step(redactor, record)).collect(),
    }
}

fn failed(redactor: &Redactor, failure: Failure) -> Failure {
    let Failure { kind, message, explanation, page, structure, elements } = failure;
    Failure {
        kind,
        message: text(redactor, message),
        explanation: explanation.into_iter().map(|line| text(redactor, line)).collect(),
        page: words(redactor, page),
        structure,
        elements: elements.into_iter().map(|element| known::fingerprint(redactor, element)).collect(),
    }
}

fn shot(redactor: &Redactor, record: ShotRecord) -> ShotRecord {
    let ShotRecord { name, file, width, height, digest, target, highlights, covered, personal, staged, withheld } =
        record;
    let withheld = words(redactor, withheld);
    let staged = staged.map(|staged| staging(redactor, staged));
    ShotRecord { name, file, width, height, digest, target, highlights, covered, personal, staged, withheld }
}

fn staging(redactor: &Redactor, staged: Staged) -> Staged {
    let Staged { scale, replaced: staged_replaced, fields, marks, outline } = staged;
    let replaced = |Replaced { rule, places }| Replaced { rule: text(redactor, rule), places };
    let field = |PaintedField { place, text: inner, says, size, ink, paper, align }| PaintedField {
        says: text(redactor, says),
        ink: text(redactor, ink),
        paper: text(redactor, paper),
        align: text(redactor, align),
        place,
        text: inner,
        size,
    };
    Staged {
        scale,
        replaced: staged_replaced.into_iter().map(replaced).collect(),
        fields: fields.into_iter().map(field).collect(),
        marks,
        outline: outline.map(|outline| known::outline(redactor, outline)),
    }
}

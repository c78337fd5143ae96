//! Every sink, given every canary in every form in which a page or a program may give it back: record, events, structures,
//! report, `JUnit`, summary, log, console, message, panic. No browser; what a run puts into them is searched in `leaks.rs`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::civil::date;
use rinnova::command::doctor::leaks::canaries::CANARIES;
use rinnova::command::doctor::leaks::forms::forms;
use rinnova::command::doctor::leaks::search::Secrets;
use rinnova::command::panic_text;
use rinnova::command::progress::{Look, Progress};
use rinnova::event::Event;
use rinnova::exit::Verdict;
use rinnova::notify::decide::{News, Situation, Topic, Urgency};
use rinnova::notify::message::compose;
use rinnova::record::{
    Change, ChangeKind, Environment, FORMAT, Failure, Fingerprint, Flags, Gravity, Healed, Item, Outcome, Outline,
    PaintedField, Reading, Record, Rect, Replaced, ShotRecord, StageRecord, Staged, StepRecord, Used,
};
use rinnova::report::{html, junit, summary};
use rinnova::secret::Secret;
use rinnova::store::{Place, RunFolder, report_in};
use rinnova::vault::{RedactingWriter, Redactor};

const AT: Rect = Rect { x: 0, y: 0, width: 0, height: 0 };

/// What may stand around a value: an attribute, an address, an address in an address, words.
const AROUND: [(&str, &str); 7] = [
    ("before ", " after"),
    ("value=\"", "\""),
    ("%22", "%22"),
    ("%2522", "%2522"),
    ("%3D", "%26"),
    ("\\u003d", "\\u0026"),
    ("pin", "x"),
];

/// A value in every form that is text, each on lines of its own, and as it is in all that may stand around it.
fn told(value: &str) -> String {
    let texts = forms(value).into_iter().filter_map(|form| String::from_utf8(form.bytes).ok());
    let lines = texts.filter(|text| !text.contains('\0')).map(|text| format!("before {text} after\n"));
    lines.chain(AROUND.map(|(before, after)| format!("{before}{value}{after}\n"))).collect()
}

/// What an element is known by, every word of which comes from the page.
fn known(text: &str) -> Fingerprint {
    let text = || text.to_owned();
    Fingerprint {
        role: text(),
        name: text(),
        label: text(),
        placeholder: text(),
        text: text(),
        words: text(),
        before: text(),
        after: text(),
        inside: vec![text()],
        tag: text(),
        markup: vec![text()],
        kind: text(),
        id: text(),
        field: text(),
        testid: text(),
        href: text(),
        address: text(),
        submits: text(),
        place: [0; 4],
        boxes: 0,
        required: false,
        secret: false,
    }
}

/// A page in outline, likewise.
fn outline(text: &str) -> Outline {
    let text = || text.to_owned();
    let item = Item { role: text(), name: text(), inside: text(), marks: vec![text()] };
    Outline { address: text(), title: text(), language: text(), items: vec![item] }
}

/// A change, likewise.
fn change(text: &str) -> Change {
    let text = || text.to_owned();
    let (kind, gravity) = (ChangeKind::Renamed, Gravity::Stop);
    Change { kind, gravity, stage: "try".into(), line: Some(1), says: text(), before: text(), now: text() }
}

/// A step every word of which comes from the page.
fn step(text: &str) -> StepRecord {
    let text = || text.to_owned();
    let failure = Failure {
        kind: "timeout".into(),
        message: text(),
        explanation: vec![text()],
        page: Some(text()),
        structure: Some("structure-try.txt".into()),
        elements: Vec::new(),
    };
    StepRecord {
        sentence: text(),
        action: "click".into(),
        line: 1,
        column: 1,
        outcome: Outcome::Failed,
        commit: Some(text()),
        agreed: Some(text()),
        locator: Some(Used { shown: text(), rank: 0, of: 1, element: text() }),
        looked_for: Some(text()),
        known: Some(Fingerprint { name: text(), ..Fingerprint::default() }),
        healed: Some(Healed { locator: text(), confidence: 0.0, margin: 0.0, evidence: vec![text()] }),
        began_ms: 0,
        took_ms: 1,
        failure: Some(failure),
        steps: Vec::new(),
    }
}

fn record(text: &str) -> Record {
    let shot = ShotRecord {
        name: "try".into(),
        file: None,
        width: 0,
        height: 0,
        digest: String::new(),
        target: None,
        highlights: Vec::new(),
        covered: Vec::new(),
        personal: Vec::new(),
        staged: Some(Staged {
            scale: 2,
            replaced: vec![Replaced { rule: text.into(), places: Vec::new() }],
            fields: vec![PaintedField {
                place: AT,
                text: AT,
                says: text.into(),
                size: 0,
                ink: text.into(),
                paper: text.into(),
                align: text.into(),
            }],
            marks: Vec::new(),
            outline: None,
        }),
        withheld: Some(text.into()),
    };
    // Once is enough of what is the same in each step, and long.
    let mut outer = StepRecord { steps: vec![step(text)], ..step(text) };
    outer.failure.as_mut().expect("it failed").elements.push(known(text));
    let stage = StageRecord {
        id: "try".into(),
        name: "try".into(),
        title: text.into(),
        outcome: Outcome::Failed,
        began_ms: 0,
        took_ms: 1,
        steps: vec![outer],
        shots: vec![shot],
        outline: Some(outline(text)),
    };
    let read = serde_json::json!([{ text: text }, text]);
    Record {
        format: FORMAT,
        flow: "flow".into(),
        title: text.into(),
        flow_digest: "0".repeat(64),
        flow_file: text.into(),
        task: "try".into(),
        account: None,
        portal: text.into(),
        verdict: Verdict::Changed,
        reason: Some(text.into()),
        advice: Some(text.into()),
        exit_code: 5,
        flags: Flags::default(),
        started: Timestamp::UNIX_EPOCH,
        took_ms: 1,
        environment: Environment { browser_version: text.into(), platform: text.into(), ..Environment::default() },
        changes: vec![change(text)],
        in_force: std::collections::BTreeMap::new(),
        outputs: BTreeMap::from([("read".to_owned(), vec![Reading { stage: "try".into(), value: read }])]),
        stages: vec![stage],
    }
}

/// Which event comes after this one. No arm is left out, so that a new event cannot be forgotten here.
fn after(event: &Event, text: &str, file: &Path) -> Option<Event> {
    let record = record(text);
    let stage = record.stages[0].clone();
    let shot = stage.shots[0].clone();
    let text = || text.to_owned();
    let until = Timestamp::UNIX_EPOCH;
    Some(match event {
        Event::RunStarted { .. } => Event::StageStarted { name: "try".into(), title: text() },
        Event::StageStarted { .. } => Event::StepStarted { sentence: text() },
        Event::StepStarted { .. } => Event::StepFinished { step: Box::new(stage.steps[0].clone()) },
        Event::StepFinished { .. } => Event::InterruptDismissed { what: text() },
        Event::InterruptDismissed { .. } => Event::ReadyAwaited { codes: 2, until, how: text() },
        Event::ReadyAwaited { .. } => Event::CodeAwaited { input: "otp".into(), until, how: text() },
        Event::CodeAwaited { .. } => Event::Warned { what: text() },
        Event::Warned { .. } => Event::Downloaded { name: text(), path: file.into() },
        Event::Downloaded { .. } => Event::CommitIntended { stage: "try".into(), commit: text() },
        Event::CommitIntended { .. } => Event::CommitSettled { took_place: false },
        Event::CommitSettled { .. } => Event::CommitHeld { why: text() },
        Event::CommitHeld { .. } => Event::LeftHalfDone { until: None, command: text() },
        Event::LeftHalfDone { .. } => Event::ShotTaken { stage: "try".into(), shot, png: None },
        Event::ShotTaken { .. } => Event::Structure { file: "structure-try.txt".into(), text: text() },
        Event::Structure { .. } => Event::StageFinished { stage },
        Event::StageFinished { .. } => Event::RunFinished { verdict: Verdict::Changed, reason: Some(text()) },
        Event::RunFinished { .. } => return None,
    })
}

fn events(text: &str, file: &Path) -> Vec<Event> {
    let first =
        Event::RunStarted { flow: "flow".into(), task: "try".into(), stages: vec!["try".into()], browser: text.into() };
    std::iter::successors(Some(first), |event| after(event, text, file)).collect()
}

/// What the console shows, kept.
#[derive(Clone, Default)]
struct Console(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Console {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a text").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_sink_gives_a_canary_back() {
    std::thread::scope(|scope| {
        for some in CANARIES.chunks(CANARIES.len().div_ceil(2)) {
            scope.spawn(|| some.iter().for_each(|(odd, value)| no_sink_gives_back(odd, value)));
        }
    });
}

fn no_sink_gives_back(odd: &str, value: &str) {
    let redactor = Redactor::default();
    redactor.add(&Secret::new(value.to_owned()));
    let secrets = Secrets::default().with(odd, value);
    let text = told(value);
    assert!(secrets.hits(text.as_bytes()).len() > 10, "{odd}: the search is blind");
    for (before, after) in AROUND {
        let around = format!("{before}{value}{after}");
        assert!(!secrets.hits(around.as_bytes()).is_empty(), "{odd}: the search is blind for {around}");
    }

    let base = tempfile::tempdir().expect("a folder");
    let place = base.path().join("run");
    let at = Timestamp::UNIX_EPOCH;
    let mut folder = RunFolder::create(Place::Exactly(&place), "flow", "try", at, redactor.clone()).expect("a folder");
    let file = base.path().join("downloaded");
    std::fs::write(&file, "a file").expect("a file");
    for event in events(&text, &file) {
        folder.keep(at, &event).expect("kept");
    }
    let record = folder.finish(&record(&text)).expect("a record");
    let shown = folder.covered(&text);
    report_in(folder.path(), |out| html::html(&record, Some(&shown), |_| None, out)).expect("kept");
    let found = secrets.in_files(&[base.path()]);
    assert!(found.is_empty(), "{odd}: {found:#?}");

    let mut log = Vec::new();
    let mut writer = RedactingWriter::new(redactor.clone(), &mut log);
    for form in forms(value) {
        let line = [b"TRACE sent ".as_slice(), &form.bytes, b"\n"].concat();
        // As loggers write: in pieces.
        for piece in line.chunks(7) {
            writer.write_all(piece).expect("written");
        }
    }
    drop(writer);
    let console = Console::default();
    let look = Look { colour: false, unicode: true };
    let mut progress = Progress::plain(console.clone(), look, redactor.clone());
    for event in &events(&text, &file) {
        progress.event(event);
    }
    log.extend_from_slice(&console.0.lock().expect("a text"));
    let written = [junit::junit(&record), summary::summary(&record, "run"), shown].concat();
    let found = secrets.hits(written.as_bytes());
    assert!(found.is_empty(), "{odd}: {found:#?} in JUnit, summary or excerpt");
    let found = secrets.hits(&log);
    assert!(found.is_empty(), "{odd}: {found:#?} in log or console");
    assert!(log.len() > 500, "{odd}: nothing was logged");
}

#[test]
fn a_panic_gives_no_canary_back() {
    let (redactor, mut secrets) = (Redactor::default(), Secrets::default());
    for (odd, value) in CANARIES {
        redactor.add(&Secret::new(value.to_owned()));
        secrets.add(odd, value);
    }
    let said = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&said);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| heard.lock().expect("a text").push_str(&panic_text(&redactor, panic))));
    for (_, value) in CANARIES {
        let text = told(value);
        let ended = std::thread::spawn(move || panic!("while {text:?} was at hand: {text}")).join();
        assert!(ended.is_err());
    }
    std::panic::set_hook(before);
    let said = said.lock().expect("a text");
    assert!(said.matches("this is a fault of rinnova").count() == CANARIES.len(), "{said}");
    let found = secrets.hits(said.as_bytes());
    assert!(found.is_empty(), "{found:#?}");
}

/// What a message may be about. No arm is left out, so that a new one cannot be forgotten here.
fn topics() -> impl Iterator<Item = Topic> {
    std::iter::successors(Some(Topic::Due), |topic| {
        Some(match topic {
            Topic::Due => Topic::Countdown,
            Topic::Countdown => Topic::Renewed,
            Topic::Renewed => Topic::Failed,
            Topic::Failed => Topic::Invalid,
            Topic::Invalid => Topic::NeedsPerson,
            Topic::NeedsPerson => Topic::HalfDone,
            Topic::HalfDone => Topic::CodeRejected,
            Topic::CodeRejected => Topic::Unknown,
            Topic::Unknown => Topic::HistoryLost,
            Topic::HistoryLost => Topic::Changed,
            Topic::Changed => Topic::Frozen,
            Topic::Frozen => Topic::NotRenewable,
            Topic::NotRenewable => Topic::TooLate,
            Topic::TooLate => Topic::Expired,
            Topic::Expired => return None,
        })
    })
}

#[test]
fn no_message_gives_a_canary_back() {
    for (odd, value) in CANARIES {
        let redactor = Redactor::default();
        redactor.add(&Secret::new(value.to_owned()));
        let secrets = Secrets::default().with(odd, value);
        let text = told(value);
        let lines: Vec<&str> = text.lines().collect();
        // Few enough lines that none is cut off by the length that a quotation may have; every topic has its turn.
        let pieces: Vec<String> = lines.chunks(6).map(|lines| lines.join("\n")).collect();
        let turns = topics().count().max(pieces.len());
        for (piece, topic) in pieces.iter().cycle().zip(topics().collect::<Vec<_>>().into_iter().cycle()).take(turns) {
            let situation = Situation {
                account: format!("of {value}"),
                flow: value.into(),
                today: date(2026, 11, 22),
                expiry: Some(date(2026, 12, 1)),
                acts: Some(date(2026, 10, 1)),
                last_day: Some(date(2026, 11, 30)),
                verdict: Some(Verdict::NeedsPerson),
                frozen: None,
                lost: None,
                reason: Some(piece.clone()),
                advice: Some(piece.clone()),
                run: Some(format!("runs/{value}")),
            };
            let news = News { topic, urgency: Urgency::Urgent, days_left: Some(8), marks: Vec::new() };
            let message = compose(&news, &situation, Timestamp::UNIX_EPOCH, &redactor);
            let found = secrets.hits([message.subject.as_str(), &message.body].join("\n").as_bytes()).join(", ");
            assert!(found.is_empty(), "{odd}: {found} in {message:#?}");
            assert!(message.body.contains("> "), "nothing was quoted");
        }
    }
}

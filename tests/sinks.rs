//! Every sink, given every canary in every form in which a page or a program may give it back: record, events, structures,
//! report, `JUnit`, summary, log, console, panic. No browser; what a run puts into them is searched in `leaks.rs`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rinnova::command::doctor::leaks::canaries::CANARIES;
use rinnova::command::doctor::leaks::forms::forms;
use rinnova::command::doctor::leaks::search::Secrets;
use rinnova::command::panic_text;
use rinnova::command::progress::{Look, Progress};
use rinnova::event::Event;
use rinnova::exit::Verdict;
use rinnova::record::{
    Environment, FORMAT, Failure, Flags, Outcome, Reading, Record, ShotRecord, StageRecord, StepRecord, Used,
};
use rinnova::report::{html, junit, summary};
use rinnova::secret::Secret;
use rinnova::store::{Place, RunFolder};
use rinnova::vault::{RedactingWriter, Redactor};

/// A value in every form that is text, each on a line of its own.
fn told(value: &str) -> String {
    let texts = forms(value).into_iter().filter_map(|form| String::from_utf8(form.bytes).ok());
    texts.filter(|text| !text.contains('\0')).map(|text| format!("before {text} after\n")).collect()
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
        withheld: Some(text.into()),
    };
    let stage = StageRecord {
        id: "try".into(),
        name: "try".into(),
        title: text.into(),
        outcome: Outcome::Failed,
        began_ms: 0,
        took_ms: 1,
        steps: vec![StepRecord { steps: vec![step(text)], ..step(text) }],
        shots: vec![shot],
    };
    let read = serde_json::json!([{ text: text }, text]);
    Record {
        format: FORMAT,
        flow: "flow".into(),
        title: text.into(),
        flow_digest: "0".repeat(64),
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
        in_force: std::collections::BTreeMap::new(),
        outputs: BTreeMap::from([("read".to_owned(), vec![Reading { stage: "try".into(), value: read }])]),
        stages: vec![stage],
    }
}

fn events(text: &str) -> Vec<Event> {
    let record = record(text);
    let stage = record.stages[0].clone();
    let text = || text.to_owned();
    vec![
        Event::RunStarted { flow: "flow".into(), task: "try".into(), stages: vec!["try".into()], browser: text() },
        Event::StageStarted { name: "try".into(), title: text() },
        Event::StepStarted { sentence: text() },
        Event::StepFinished { step: stage.steps[0].clone() },
        Event::InterruptDismissed { what: text() },
        Event::CommitIntended { stage: "try".into(), commit: text() },
        Event::CommitHeld { why: text() },
        Event::ShotTaken { stage: "try".into(), shot: stage.shots[0].clone(), png: None },
        Event::Structure { file: "structure-try.txt".into(), text: text() },
        Event::StageFinished { stage },
        Event::RunFinished { verdict: Verdict::Changed, reason: Some(text()) },
    ]
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
    for (odd, value) in CANARIES {
        let redactor = Redactor::default();
        redactor.add(&Secret::new(value.to_owned()));
        let secrets = Secrets::default().with(odd, value);
        let text = told(value);
        assert!(secrets.hits(text.as_bytes()).len() > 10, "{odd}: the search is blind");

        let base = tempfile::tempdir().expect("a folder");
        let place = base.path().join("run");
        let at = Timestamp::UNIX_EPOCH;
        let mut folder =
            RunFolder::create(Place::Exactly(&place), "flow", "try", at, redactor.clone()).expect("a folder");
        for event in events(&text) {
            folder.keep(at, &event).expect("kept");
        }
        let record = folder.finish(&record(&text)).expect("a record");
        let shown = folder.covered(&text);
        folder.report(&html::html(&record, Some(&shown), |_| None).expect("a report")).expect("kept");
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
        for event in &events(&text) {
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

//! The report of a run whose every word is hostile: nothing of it may act, in a browser, a build server or a
//! terminal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rinnova::exit::Verdict;
use rinnova::record::{
    Change, ChangeKind, Environment, FORMAT, Failure, Flags, Gravity, Healed, Outcome, Reading, Record, Rect,
    ShotRecord, StageRecord, StepRecord, Used,
};
use rinnova::report::html::html;
use rinnova::report::junit::junit;
use rinnova::report::summary::summary;
use rinnova::store::{Place, RunFolder, report_in, shot_in};
use rinnova::vault::Redactor;

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>]]>&amp;{{ 7*7 }}{% raw %}\
    \u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{0}\u{202e}gnp.exe\u{2066}\u{fffe}javascript:alert(1) onclick=\"x\" </style></title>";

fn page(
    record: &Record,
    excerpt: Option<&str>,
    picture: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> String {
    let mut page = Vec::new();
    html(record, excerpt, picture, &mut page).expect("a page");
    String::from_utf8(page).expect("text")
}

fn step(sentence: &str, outcome: Outcome) -> StepRecord {
    StepRecord {
        sentence: sentence.into(),
        action: "click".into(),
        line: 41,
        column: 3,
        outcome,
        commit: None,
        agreed: None,
        locator: Some(Used {
            shown: "{ button = \"ACCEDI\" }".into(),
            rank: 0,
            of: 1,
            element: "button «ACCEDI»".into(),
        }),
        looked_for: None,
        known: None,
        healed: None,
        began_ms: 0,
        took_ms: 140,
        failure: None,
        steps: Vec::new(),
    }
}

fn shot(name: &str) -> ShotRecord {
    ShotRecord {
        name: name.into(),
        file: Some(format!("shots/{name}.png")),
        width: 1280,
        height: 800,
        digest: "0".repeat(64),
        target: Some(Rect { x: 560, y: 520, width: 160, height: 44 }),
        highlights: Vec::new(),
        personal: Vec::new(),
        covered: Vec::new(),
        staged: None,
        withheld: None,
    }
}

fn stage(name: &str, title: &str, outcome: Outcome, steps: Vec<StepRecord>) -> StageRecord {
    let (id, shots) = (name.trim_end_matches("-2").to_owned(), vec![shot(name)]);
    StageRecord {
        id,
        name: name.into(),
        title: title.into(),
        outcome,
        began_ms: 0,
        took_ms: 1280,
        steps,
        shots,
        outline: None,
    }
}

fn change(stage: &str, line: Option<usize>, gravity: Gravity, says: &str) -> Change {
    Change {
        kind: ChangeKind::Renamed,
        gravity,
        stage: stage.into(),
        line,
        says: says.into(),
        before: format!("before {says}"),
        now: format!("now {says}"),
    }
}

fn record(stages: Vec<StageRecord>) -> Record {
    let reading = |stage: &str, value: &str| Reading { stage: stage.into(), value: value.into() };
    Record {
        format: FORMAT,
        flow: "mysign".into(),
        title: "Rinnovo della firma digitale su MySign".into(),
        flow_digest: "8c1f".repeat(16),
        flow_file: String::new(),
        task: "renew".into(),
        account: Some("rossi-mysign".into()),
        portal: "https://mysign.infocert.it/".into(),
        verdict: Verdict::Renewed,
        reason: Some("La scadenza si è spostata di due anni.".into()),
        advice: None,
        exit_code: 0,
        flags: Flags { drift: true, interrupts: 1, ..Flags::default() },
        started: Timestamp::from_second(1_795_000_000).expect("a moment"),
        took_ms: 74_321,
        environment: Environment {
            rinnova: "0.1.0".into(),
            browser: "firefox".into(),
            browser_version: "140.5.0".into(),
            platform: "linux".into(),
            size: "1280x800".into(),
            headless: true,
        },
        changes: Vec::new(),
        in_force: BTreeMap::new(),
        outputs: BTreeMap::from([
            ("expires".into(), vec![reading("certificate", "2026-12-31"), reading("certificate-2", "2028-12-31")]),
            ("iut".into(), vec![reading("certificate", "JCPD0001")]),
        ]),
        stages,
    }
}

/// A renewal as it ends well, with a drift and nested steps.
fn good() -> Record {
    let mut drifted = step("Premere «ACCEDI»", Outcome::Passed);
    drifted.locator =
        Some(Used { shown: "{ css = \"form button\" }".into(), rank: 1, of: 2, element: "button «Entra»".into() });
    let mut commit = step("Premere «Conferma» nella finestra «Rinnova firma»", Outcome::Passed);
    commit.commit = Some("the signed renewal request is sent".into());
    let mut branch = step("Se è visibile «Invia»", Outcome::Passed);
    branch.steps = vec![step("Premere «Invia»", Outcome::Passed), step("Attendere «OTP INVIATO»", Outcome::Absent)];
    record(vec![
        stage(
            "login",
            "Accedere al portale",
            Outcome::Passed,
            vec![
                step("Aprire la pagina iniziale", Outcome::Passed),
                step("Inserire lo User ID nel campo «Inserisci il tuo User ID»", Outcome::Passed),
                drifted,
            ],
        ),
        stage("certificate", "Leggere la scadenza", Outcome::Passed, vec![step("Leggere «expires»", Outcome::Passed)]),
        stage("sign", "Confermare la richiesta con il codice OTP", Outcome::Passed, vec![branch, commit]),
        stage(
            "certificate-2",
            "Leggere la scadenza",
            Outcome::Passed,
            vec![step("Leggere «expires»", Outcome::Passed)],
        ),
    ])
}

/// A run that fails, with hostile words in every place that a page or a person can fill.
fn bad() -> Record {
    let mut failed = step(HOSTILE, Outcome::Failed);
    failed.locator = Some(Used { shown: HOSTILE.into(), rank: 1, of: 2, element: HOSTILE.into() });
    failed.commit = Some(HOSTILE.into());
    failed.failure = Some(Failure {
        kind: HOSTILE.into(),
        message: HOSTILE.into(),
        explanation: vec![HOSTILE.into()],
        page: Some("javascript:alert(1)".into()),
        structure: Some("javascript:alert(1)".into()),
        elements: Vec::new(),
    });
    let mut withheld = stage(HOSTILE, HOSTILE, Outcome::Failed, vec![failed]);
    withheld.shots[0].file = None;
    withheld.shots[0].withheld = Some(HOSTILE.into());
    let mut record = record(vec![withheld]);
    record.verdict = Verdict::Changed;
    record.exit_code = Verdict::Changed.exit_code();
    record.title = HOSTILE.into();
    record.reason = Some(HOSTILE.into());
    record.advice = Some(HOSTILE.into());
    record.portal = HOSTILE.into();
    record.account = Some(HOSTILE.into());
    record.changes = vec![change(HOSTILE, Some(41), Gravity::Stop, HOSTILE), change("x", None, Gravity::Note, HOSTILE)];
    record.outputs.insert(HOSTILE.into(), vec![Reading { stage: "x".into(), value: HOSTILE.into() }]);
    record
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[0, 85, 170, 255]).expect("an image");
    writer.finish().expect("an end");
    bytes
}

/// The tags of a page: what stands between `<` and `>`, which escaped text cannot hold.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|piece| piece.split('>').next().unwrap_or_default()).collect()
}

#[test]
fn the_page_is_inert() {
    let page = page(&bad(), Some(HOSTILE), |_| Some(png()));
    let known = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "main", "header", "span", "h1", "h2", "p", "dl",
        "div", "dt", "dd", "s", "b", "ul", "ol", "li", "code", "pre", "strong", "a", "details", "summary", "img",
        "footer", "section",
    ];
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        assert!(known.contains(&name), "an unknown tag: {tag}");
        assert!(!tag.split_whitespace().any(|attribute| attribute.starts_with("on")), "a handler: {tag}");
        assert!(!tag.contains("javascript:"), "a script address: {tag}");
    }
    assert!(page.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"));
    assert!(page.split("href=").skip(1).all(|link| link.starts_with("\"#stage-")), "a link of the page's making");
    let steering = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!page.contains(steering));
    assert!(!page.contains("49"), "a template was evaluated");
}

#[test]
fn the_page_tells_the_run() {
    let page = page(&good(), None, |file| (file == "shots/login.png").then(png));
    for expected in
        ["renewed", "2026-12-31</s> → <b>2028-12-31", "drift: locator 2 of 2", "data:image/png;base64,iVBOR"]
    {
        assert!(page.contains(expected), "{expected}");
    }
    assert_eq!(page.matches("no picture: the picture is no longer there").count(), 3);
}

#[test]
fn the_page_tells_what_has_healed() {
    let mut record = good();
    let step = record.stages.iter_mut().flat_map(|stage| &mut stage.steps).next().expect("a step");
    step.looked_for = Some("css `#user`".into());
    step.healed = Some(Healed { locator: "\"User\"".into(), confidence: 0.9, margin: 0.5, evidence: Vec::new() });
    assert!(page(&record, None, |_| None).contains("drift: css `#user` finds nothing; healed"));
}

#[test]
fn the_page_tells_what_has_changed_since_the_baseline() {
    let told = |changes: Vec<Change>| page(&Record { changes, ..good() }, None, |_| None);
    assert!(!told(Vec::new()).contains("since the baseline"));
    let page = told(vec![
        change("somewhere", None, Gravity::Note, "a banner"),
        change("sign", Some(41), Gravity::Drift, "button “A” is now “B” <i>"),
    ]);
    let changed = page.split("<h2>What has changed since the baseline</h2>").nth(1).expect("the list");
    let (drift, note) = (changed.find("button “A” is now “B” &lt;i&gt;"), changed.find("a banner"));
    assert!(drift.is_some() && drift < note, "the gravest first");
    assert!(changed.contains("<a href=\"#stage-3\" class=\"mono\">sign</a> · line 41 of the flow · <s>before"));
    assert!(changed.contains("<span class=\"mono\">somewhere</span>"));
}

#[test]
fn the_summary_tells_of_a_drift_in_five_lines_at_most() {
    let drift = |number: usize| {
        let change = |line| change("home", Some(line), Gravity::Drift, &format!("change {line}"));
        let mut changes: Vec<_> = (1..=number).map(change).collect();
        changes.push(self::change("home", None, Gravity::Note, "a banner"));
        let text = summary(&Record { changes, ..record(Vec::new()) }, "runs/x");
        text.lines().filter(|line| line.starts_with("  drift: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(drift(0).is_empty());
    assert_eq!(drift(1), ["  drift: home, line 1: change 1"]);
    assert_eq!(drift(5).len(), 5);
    let seven = drift(7);
    assert_eq!((seven.len(), seven[4].as_str()), (5, "  drift: and 3 more; `rinnova explain runs/x` tells all"));
    let fell_back = "  drift: login, line 41: only locator 2 of 2 matches: { css = \"form button\" }";
    assert!(summary(&good(), "runs/x").contains(fell_back));
}

/// A small reader of XML: enough to see that every tag is closed and every character allowed.
fn well_formed(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").ok_or("no declaration")?;
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        if text.contains('>') {
            return Err(format!("a bare `>` in {text}"));
        }
        let end = tag.find('>').ok_or("an open tag")?;
        let tag = &rest[start + 1..start + end];
        rest = &rest[start + end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("`{name}` closes nothing"));
            }
        } else {
            if tag.matches('"').count() % 2 != 0 {
                return Err(format!("quotes in {tag}"));
            }
            if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or_default());
            }
        }
    }
    for entity in xml.split('&').skip(1) {
        let name = entity.split(';').next().unwrap_or_default();
        if !["amp", "lt", "gt", "quot", "apos"].contains(&name) {
            return Err(format!("entity {name}"));
        }
    }
    if xml.contains(|c: char| (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        return Err("a character that XML cannot hold".to_owned());
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} left open")) }
}

#[test]
fn junit_is_well_formed_and_counts() {
    for record in [good(), bad()] {
        let xml = junit(&record);
        assert_eq!(well_formed(&xml), Ok(()), "{xml}");
    }
    assert!(junit(&good()).contains("tests=\"4\" failures=\"0\""));
    assert!(junit(&bad()).contains("tests=\"1\" failures=\"1\""));
    let mut frozen = record(Vec::new());
    frozen.verdict = Verdict::Frozen;
    assert!(junit(&frozen).contains("<failure type=\"frozen\""));
}

#[test]
fn the_summary_cannot_steer_a_terminal() {
    let text = summary(&bad(), "runs/x");
    assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
    assert!(summary(&good(), "runs/x").contains("expires: 2028-12-31 (was 2026-12-31)"));
}

#[test]
fn a_record_comes_back_as_it_was_written() {
    let base = tempfile::tempdir().expect("a folder");
    let now = Timestamp::UNIX_EPOCH;
    let folder =
        RunFolder::create(Place::Under(base.path()), "mysign", "renew", now, Redactor::default()).expect("made");
    for written in [good(), bad()] {
        let kept = folder.finish(&written).expect("written");
        let read = rinnova::store::record(folder.path()).expect("read");
        let text = |record: &Record| serde_json::to_string(record).expect("text");
        assert_eq!(text(&read), text(&kept));
        assert_eq!(text(&read), text(&written));
    }
    let run = folder.path().to_owned();
    report_in(folder.path(), |out| html(&good(), None, move |file| shot_in(&run, file), out)).expect("written");
}

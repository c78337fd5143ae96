//! Dialogs, windows, frames, files, menus, drags, tables, keys: each by the real program, in both browsers, on a page of ours.

mod support;
#[path = "support/trial.rs"]
mod trial;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use trial::Place;

/// What a run left.
struct Run {
    code: Option<i32>,
    record: Value,
    folder: PathBuf,
    told: String,
    _place: tempfile::TempDir,
}

/// Runs one task of `tests/actions/actions.toml`.
fn run(browser: &str, task: &str) -> Run {
    let _place = Place::take();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let origin = runtime.block_on(support::site::serve());
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    let settings = place.path().join("rinnova.toml");
    let flow = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/actions/actions.toml");
    let account = format!(
        "[[account]]\nid = \"a\"\nflow = {}\n[account.inputs]\nsecret = {{ env = \"ACTIONS_SECRET\" }}\n",
        json!(flow)
    );
    std::fs::write(&settings, account).expect("settings");
    let output = Command::new(env!("CARGO_BIN_EXE_rinnova"))
        .args([
            "run",
            &flow.display().to_string(),
            task,
            "--account",
            "a",
            "--portal",
            &origin,
            "--browser",
            browser,
            "--json",
        ])
        .args(["--config", &settings.display().to_string(), "--out", &folder.display().to_string()])
        .arg("--state")
        .arg(place.path().join("state"))
        .env("ACTIONS_SECRET", "canarino-7391")
        .output()
        .expect("rinnova runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let record = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no record: {told}"));
    Run { code: output.status.code(), record, folder, told, _place: place }
}

/// Runs a task that must be done.
fn done(browser: &str, task: &str) -> Run {
    let run = run(browser, task);
    assert_eq!(run.record["verdict"], "done", "{}", run.told);
    assert_eq!(run.code, Some(0));
    run
}

fn reading(run: &Run, output: &str) -> Value {
    run.record["outputs"][output][0]["value"].clone()
}

fn dialogs(browser: &str) {
    done(browser, "dialogs");
}

fn unanswered_dialog(browser: &str) {
    let run = run(browser, "unanswered");
    assert_eq!((run.code, &run.record["verdict"]), (Some(5), &json!("changed")), "{}", run.told);
    assert!(run.told.contains("Eliminare davvero la bozza?"), "{}", run.told);
}

fn window(browser: &str) {
    assert_eq!(reading(&done(browser, "window"), "result"), "Ricevuto: dal modulo");
}

fn frames(browser: &str) {
    let run = done(browser, "frames");
    let shot = &run.record["stages"][0]["shots"][0];
    assert_eq!(covered(&run, shot), 2, "the field inside the near frame is covered, and the whole far one: {shot}");
    let far = |area: &&Value| area["width"].as_u64() > Some(490) && area["height"].as_u64() > Some(170);
    assert!(shot["covered"].as_array().and_then(|areas| areas.iter().find(far)).is_some(), "{shot}");
}

/// How many places a picture's record calls covered; each is seen to be of one colour.
fn covered(run: &Run, shot: &Value) -> usize {
    let file = std::fs::File::open(run.folder.join(shot["file"].as_str().expect("a file"))).expect("a picture");
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("pixels");
    let areas = shot["covered"].as_array().expect("places");
    for area in areas {
        let side = |key: &str| usize::try_from(area[key].as_u64().expect("a number")).expect("a small number");
        let at = |x: usize, y: usize| &pixels[y * frame.line_size + 3 * x..][..3];
        let (x, y) = (side("x"), side("y"));
        let solid = (x..x + side("width")).all(|x| (y..y + side("height")).all(|y| at(x, y) == [0x37, 0x3b, 0x41]));
        assert!(solid, "{area}");
    }
    areas.len()
}

/// A secret that the page draws, or shows in an empty field, is covered like one in its text.
fn drawn(browser: &str) {
    let run = done(browser, "drawn");
    let shot = &run.record["stages"][0]["shots"][0];
    assert_eq!(covered(&run, shot), 3, "the field, the drawing, the empty field: {shot}");
}

/// A frame of another origin is entered, but no secret is typed there.
fn far_frame(browser: &str) {
    let run = run(browser, "far-frame");
    assert_eq!(reading(&run, "result"), "Registrato B 23 da una persona", "{}", run.told);
    let last = run.record["stages"][0]["steps"].as_array().and_then(|steps| steps.last()).cloned().unwrap_or_default();
    assert_eq!(last["failure"]["kind"], "origin", "{}", run.told);
    assert_eq!((run.code, &run.record["verdict"]), (Some(5), &json!("changed")));
}

fn files(browser: &str) {
    let run = done(browser, "files");
    let text = std::fs::read_to_string(run.folder.join("downloads/ricevuta.csv")).expect("the downloaded file");
    assert_eq!(text, "data,esito\n2026-01-01,OK\n");
}

fn no_file(browser: &str) {
    let run = run(browser, "no-file");
    assert_eq!(run.code, Some(5), "{}", run.told);
    assert!(run.told.contains("no file came within 3 s"), "{}", run.told);
}

fn choices(browser: &str) {
    assert_eq!(reading(&done(browser, "choices"), "result"), "Vasto");
}

fn drag(browser: &str) {
    done(browser, "drag");
}

fn table(browser: &str) {
    let run = done(browser, "table");
    let rows = json!([
        { "Data": "01/02/2026", "Operazione": "Rinnovo", "Importo": "36,00 €" },
        { "Data": "03/02/2026", "Operazione": "Bollo", "Importo": "2,00 €" },
    ]);
    assert_eq!(reading(&run, "rows"), rows);
    assert_eq!(reading(&run, "notices"), json!(["Primo avviso", "Secondo avviso"]));
}

fn keys(browser: &str) {
    let run = done(browser, "keys");
    assert!(run.folder.join("shots/rows.png").is_file(), "the extra picture");
    let steps = run.record["stages"][0]["steps"].as_array().cloned().unwrap_or_default();
    let absent = steps.iter().find(|step| step["outcome"] == "absent");
    assert!(absent.is_some_and(|step| step["sentence"].as_str().is_some_and(|text| text.contains("Non c'è"))));
}

macro_rules! in_both_browsers {
    ($($name:ident)*) => {
        mod firefox { $(#[test] fn $name() { super::$name("firefox"); })* }
        mod chromium { $(#[test] fn $name() { super::$name("chromium"); })* }
    };
}

in_both_browsers! { dialogs unanswered_dialog window frames drawn far_frame files no_file choices drag table keys }

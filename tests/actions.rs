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

/// Runs a task whose last stage must fail, and no other.
fn fails_last(browser: &str, task: &str) -> Run {
    let run = run(browser, task);
    assert_eq!((run.code, &run.record["verdict"]), (Some(5), &json!("changed")), "{}", run.told);
    let outcomes: Vec<&Value> = stages(&run).iter().map(|stage| &stage["outcome"]).collect();
    let (last, others) = outcomes.split_last().expect("stages");
    assert!(*last == "failed" && others.iter().all(|outcome| *outcome == "passed"), "{outcomes:?}: {}", run.told);
    run
}

fn stages(run: &Run) -> &[Value] {
    run.record["stages"].as_array().expect("stages")
}

fn stage<'r>(run: &'r Run, id: &str) -> &'r Value {
    stages(run).iter().find(|stage| stage["id"] == id).unwrap_or_else(|| panic!("no stage {id}: {}", run.told))
}

fn steps<'r>(run: &'r Run, id: &str) -> &'r [Value] {
    stage(run, id)["steps"].as_array().expect("steps")
}

/// What a stage read.
fn reading<'r>(run: &'r Run, stage: &str, output: &str) -> &'r Value {
    let readings = run.record["outputs"][output].as_array().expect("readings");
    &readings.iter().find(|reading| reading["stage"] == stage).expect("a reading")["value"]
}

fn dialogs_windows_and_drags(browser: &str) {
    let run = fails_last(browser, "windows");
    assert_eq!(reading(&run, "window", "result"), "Ricevuto: dal modulo");
    for step in steps(&run, "dialogs") {
        assert!(step["took_ms"].as_u64().is_some_and(|took| took < 5_000), "the press waits under its dialog: {step}");
    }
    // The dialog that nobody answered.
    assert!(run.told.contains("Eliminare davvero la bozza?"), "{}", run.told);
}

fn frames_and_drawings(browser: &str) {
    let run = fails_last(browser, "frames");
    let shot = &stage(&run, "frames")["shots"][0];
    assert_eq!(covered(&run, shot), 2, "the field inside the near frame is covered, and the whole far one: {shot}");
    let far = |area: &&Value| area["width"].as_u64() > Some(490) && area["height"].as_u64() > Some(170);
    assert!(shot["covered"].as_array().and_then(|areas| areas.iter().find(far)).is_some(), "{shot}");
    // A secret that the page draws, or shows in an empty field, is covered like one in its text.
    let shot = &stage(&run, "drawn")["shots"][0];
    assert_eq!(covered(&run, shot), 3, "the field, the drawing, the empty field: {shot}");
    // A frame of another origin is entered, but no secret is typed there.
    assert_eq!(reading(&run, "far-frame", "result"), "Registrato B 23 da una persona", "{}", run.told);
    let last = steps(&run, "far-frame").last().expect("a step");
    assert_eq!(last["failure"]["kind"], "origin", "{}", run.told);
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

fn files_choices_tables_and_keys(browser: &str) {
    let run = fails_last(browser, "choices");
    let text = std::fs::read_to_string(run.folder.join("downloads/ricevuta.csv")).expect("the downloaded file");
    assert_eq!(text, "data,esito\n2026-01-01,OK\n");
    assert!(run.told.contains("no file came within 3 s"), "{}", run.told);

    assert_eq!(reading(&run, "choices", "result"), "Vasto");

    let rows = json!([
        { "Data": "01/02/2026", "Operazione": "Rinnovo", "Importo": "36,00 €" },
        { "Data": "03/02/2026", "Operazione": "Bollo", "Importo": "2,00 €" },
    ]);
    assert_eq!(*reading(&run, "table", "rows"), rows);
    assert_eq!(*reading(&run, "table", "notices"), json!(["Primo avviso", "Secondo avviso"]));

    assert!(run.folder.join("shots/rows.png").is_file(), "the extra picture");
    let absent = steps(&run, "keys").iter().find(|step| step["outcome"] == "absent");
    assert!(absent.is_some_and(|step| step["sentence"].as_str().is_some_and(|text| text.contains("Non c'è"))));
}

macro_rules! in_both_browsers {
    ($($name:ident)*) => {
        mod firefox { $(#[test] fn $name() { super::$name("firefox"); })* }
        mod chromium { $(#[test] fn $name() { super::$name("chromium"); })* }
    };
}

in_both_browsers! { dialogs_windows_and_drags frames_and_drawings files_choices_tables_and_keys }

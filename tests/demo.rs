//! The demo: both renewals from nothing but the program itself, in each browser. It leaves its folder and nothing else, and
//! no secret in it.

#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rinnova::browser::processes;
use rinnova::command::doctor::leaks::search::{Secrets, Watch};
use rinnova::practice::{PASSWORD, PIN};
use rinnova::record::Record;
use rustix::process::Signal;
use tokio::process::Command;

use trial::{Paths, Place, RINNOVA, surroundings};

const PATIENCE: Duration = Duration::from_secs(120);

struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the demo in this folder and does something meanwhile.
fn demo(paths: &Paths, browser: &str, meanwhile: impl FnOnce(u32)) -> Said {
    let _place = Place::take();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _inside = runtime.enter();
    let mut command = Command::new(RINNOVA);
    command.args(["demo", "--browser", browser]).current_dir(&paths.folder).process_group(0);
    command.env_clear().envs(surroundings(paths)).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().expect("rinnova");
    meanwhile(child.id().expect("a process"));
    let ended = runtime.block_on(async { tokio::time::timeout(PATIENCE, child.wait_with_output()).await });
    processes::end_all_naming(&paths.temporary);
    let output = ended.expect("it ends within two minutes").expect("its output");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn place() -> (tempfile::TempDir, Paths) {
    let folder = tempfile::Builder::new().prefix("trial-").tempdir().expect("a folder");
    let paths = Paths::new(folder.path(), None);
    (folder, paths)
}

fn record(paths: &Paths, flow: &str) -> Record {
    let file = fs::read(paths.folder.join("demo").join(flow).join("run.json")).expect("a record");
    serde_json::from_slice(&file).expect("a record")
}

fn whole(browser: &str) {
    let (_folder, paths) = place();
    let watch = Watch::over(&paths.temporary);
    let said = demo(&paths, browser, |_| ());
    let seen = watch.end();
    let expected = "mysign   renewed   10 pictures in demo/mysign/shots\n                   report      demo/mysign/report.html\n\
                    ncfr     renewed   7 pictures in demo/ncfr/shots\n                   report      demo/ncfr/report.html\n";
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), expected), "{}", said.stderr);
    for flow in ["mysign", "ncfr"] {
        let out = paths.folder.join("demo").join(flow);
        assert_eq!(record(&paths, flow).environment.browser, browser);
        assert!(out.join("report.html").is_file() && out.join("shots/login.png").is_file());
    }
    let steps = record(&paths, "mysign").stages.into_iter().flat_map(|stage| stage.steps);
    let agreed: Vec<String> = steps.filter_map(|step| step.agreed).collect();
    let [terms, unchanged] = agreed.as_slice() else { panic!("two consents, not {agreed:?}") };
    assert!(
        terms.contains("richiedo a EnteCert") && terms.ends_with("Accetto le condizioni generali di servizio"),
        "{terms}"
    );
    assert!(
        unchanged.starts_with("Confermi che le informazioni personali") && unchanged.ends_with(". Confermo"),
        "{unchanged}"
    );
    assert_eq!(paths.leftovers(), Vec::<String>::new());
    fs::write(paths.folder.join("stdout"), said.stdout + &said.stderr).expect("what it said");
    let secrets = Secrets::default().with("the password", PASSWORD).with("the PIN", PIN);
    assert_eq!(secrets.in_files(&[&paths.folder]), Vec::<String>::new());
    assert_eq!(seen.hits(&secrets), Vec::<String>::new());
    assert!(seen.looks > 20 && !seen.texts.is_empty(), "{} looks", seen.looks);
}

#[test]
fn in_firefox() {
    whole("firefox");
}

#[test]
fn in_chromium() {
    whole("chromium");
}

#[test]
fn a_signal_ends_it_and_not_only_its_first_half() {
    let (_folder, paths) = place();
    let events = paths.folder.join("demo/mysign/events.jsonl");
    let said = demo(&paths, "chromium", |pid| {
        wait_for(&events);
        processes::send(pid, Signal::INT);
    });
    assert_eq!(said.code, Some(130), "{}", said.stderr);
    assert!(!paths.folder.join("demo/ncfr").exists(), "{}", said.stderr);
    assert_eq!(paths.leftovers(), Vec::<String>::new());
}

/// Waits until the first run has begun.
fn wait_for(events: &Path) {
    let patience = std::time::Instant::now() + PATIENCE;
    while !fs::read_to_string(events).is_ok_and(|text| text.contains("run-started")) {
        assert!(std::time::Instant::now() < patience, "no run began");
        std::thread::sleep(Duration::from_millis(5));
    }
}

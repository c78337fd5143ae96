//! Baselines that are damaged, newer, another flow's, or not whole: each verb says so with the file and what to do, starts no
//! browser, and leaves them as they are.

#[path = "support/trial.rs"]
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rinnova::browser::installed;
use rinnova::command::doctor::leaks::search::files_under;
use rinnova::exit::Verdict;
use rinnova::practice::Portal::MiaFirma;
use rinnova::record::{
    Environment, FORMAT, Fingerprint, Flags, Item, Outcome, Outline, Record, ShotRecord, StageRecord, StepRecord, Used,
};
use rinnova::settings::BrowserName::Chromium;
use sha2::{Digest as _, Sha256};

use trial::{Paths, RINNOVA, flow, surroundings};

/// A flow with its baseline, two runs of it, and a driver that only leaves a mark.
struct Here {
    paths: Paths,
    flow: PathBuf,
    _folder: tempfile::TempDir,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("trial-").tempdir().expect("a folder");
        let paths = Paths::new(folder.path(), None);
        let here = Self { flow: folder.path().join("mysign.toml"), paths, _folder: folder };
        fs::copy(flow(MiaFirma), &here.flow).expect("a flow");
        for (name, text) in
            [("password", "Esercizio.2024"), ("pin", "19800131"), ("driver", "#!/bin/sh\ntouch started\nexit 1\n")]
        {
            here.private(name, text);
        }
        let settings = format!(
            "[[account]]\nid = \"holder\"\nflow = {}\n[account.inputs]\nuser_id = \"JCPD0001\"\npassword = {{ file = \"password\" }}\n\
             pin = {{ file = \"pin\" }}\notp = {{ command = [\"false\"] }}\n",
            serde_json::json!(here.flow)
        );
        here.private("rinnova.toml", &settings);
        here.a_run("run", &["login", "certificate"]);
        here.a_run("less", &["login"]);
        assert_eq!(here.rinnova(&["accept", "run"]).status.code(), Some(0));
        here
    }

    fn private(&self, name: &str, text: &str) {
        let path = self.paths.folder.join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("its owner's alone");
    }

    fn baseline(&self) -> PathBuf {
        self.paths.folder.join("baseline/mysign")
    }

    /// The folder of a run that went through these stages.
    fn a_run(&self, name: &str, stages: &[&str]) {
        let folder = self.paths.folder.join(name);
        fs::create_dir_all(folder.join("shots")).expect("a folder");
        for stage in stages {
            fs::write(folder.join(format!("shots/{stage}.png")), picture()).expect("a picture");
        }
        let text = fs::read(&self.flow).expect("the flow");
        let record = Record {
            format: FORMAT,
            flow: "mysign".into(),
            title: "T".into(),
            flow_digest: Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
            flow_file: self.flow.display().to_string(),
            task: "status".into(),
            account: None,
            portal: "http://127.0.0.1:40001".into(),
            verdict: Verdict::Done,
            reason: None,
            advice: None,
            exit_code: 0,
            flags: Flags::default(),
            started: "2026-06-01T10:00:00Z".parse().expect("a time"),
            took_ms: 1,
            environment: Environment { size: "2x2".into(), ..Environment::default() },
            outputs: BTreeMap::new(),
            in_force: BTreeMap::new(),
            changes: Vec::new(),
            stages: stages.iter().map(|stage| entered(stage)).collect(),
        };
        fs::write(folder.join("run.json"), serde_json::to_vec(&record).expect("JSON")).expect("a record");
    }

    fn rinnova(&self, words: &[&str]) -> Output {
        let (program, driver) = installed::variables(Chromium);
        let mut command = Command::new(RINNOVA);
        command.args(words).current_dir(&self.paths.folder).env_clear().envs(surroundings(&self.paths));
        for variable in [program, driver] {
            command.env(variable, self.paths.folder.join("driver"));
        }
        command.output().expect("rinnova")
    }

    /// Each verb that reads a baseline refuses it with these words, and changes nothing.
    fn refused(&self, what: &str, told: &str, advice: &str) {
        let before = kept(&self.paths.folder.join("baseline"));
        let flow = self.flow.display().to_string();
        let live = ["--account", "holder", "--browser", "chromium"];
        let verbs: [&[&str]; 6] = [
            &[&["run", flow.as_str(), "--out", "out"], &live[..]].concat(),
            &[&["rehearse", flow.as_str(), "--out", "out"], &live[..]].concat(),
            &["renew", "holder", "--no-jitter", "--browser", "chromium"],
            &["explain", "run"],
            &["repair", "run", "--write"],
            &["accept", "run"],
        ];
        for words in verbs {
            let output = self.rinnova(words);
            let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            let told = format!("the baseline {told}").replace("<baseline>", &self.baseline().display().to_string());
            assert!(said.contains(&told) && said.contains(advice), "{what}, {words:?}:\n{told}; {advice}\n{said}");
            assert_eq!(output.status.code(), Some(2), "{what}, {words:?}: {said}");
        }
        assert_eq!(kept(&self.paths.folder.join("baseline")), before, "{what}");
        assert!(!self.paths.folder.join("started").exists(), "{what}: a browser was started");
        for left in ["out", "runs"] {
            assert!(!self.paths.folder.join(left).exists(), "{what}: {left}");
        }
    }
}

/// All below a folder, as it stands; a link is what it leads to in words.
fn kept(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut kept = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let bytes = match fs::read_link(&path) {
            Ok(to) => to.display().to_string().into_bytes(),
            Err(_) if path.is_dir() => {
                open.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
                Vec::new()
            }
            Err(_) => fs::read(&path).expect("a file"),
        };
        kept.insert(path, bytes);
    }
    kept
}

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a head");
    writer.write_image_data(&[255; 12]).expect("pixels");
    writer.finish().expect("an end");
    bytes
}

fn entered(stage: &str) -> StageRecord {
    let name = format!("Avanti da {stage}");
    let known =
        Fingerprint { role: "button".into(), name: name.clone(), tag: "button".into(), ..Fingerprint::default() };
    let step = StepRecord {
        sentence: "Premere".into(),
        action: "click".into(),
        line: 300,
        column: 3,
        outcome: Outcome::Passed,
        commit: None,
        agreed: None,
        locator: Some(Used { shown: "button".into(), rank: 0, of: 1, element: "button".into() }),
        looked_for: None,
        known: Some(known),
        healed: None,
        began_ms: 0,
        took_ms: 1,
        failure: None,
        steps: Vec::new(),
    };
    let item = |role: &str| Item { role: role.into(), name: name.clone(), ..Item::default() };
    StageRecord {
        id: stage.into(),
        name: stage.into(),
        title: stage.into(),
        outcome: Outcome::Passed,
        began_ms: 0,
        took_ms: 1,
        steps: vec![step],
        shots: vec![ShotRecord {
            name: stage.into(),
            file: Some(format!("shots/{stage}.png")),
            width: 2,
            height: 2,
            digest: String::new(),
            target: None,
            highlights: Vec::new(),
            covered: Vec::new(),
            personal: Vec::new(),
            staged: None,
            withheld: None,
        }],
        outline: Some(Outline { items: vec![item("heading"), item("button")], ..Outline::default() }),
    }
}

const RESTORE: &str = "take it back from where it is kept, or move the baseline's folder away and accept a run anew";
const UPDATE: &str = "update rinnova to read it, or move the baseline's folder away and accept a run anew";

/// What else than a text may be wrong with a baseline, and what is said of it.
type Wreck = (&'static str, fn(&Path), &'static str);

fn write(path: PathBuf, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
}

fn remove(path: PathBuf) {
    fs::remove_file(path).expect("removed");
}

const WRECKS: [Wreck; 9] = [
    (
        "garbage",
        |place| write(place.join("baseline.toml"), &[0xff, 0xfe, 0, 7]),
        "`<baseline>/baseline.toml` cannot be read: ",
    ),
    (
        "no head",
        |place| remove(place.join("baseline.toml")),
        "`<baseline>` cannot be used: there is no `baseline.toml`",
    ),
    ("a page is gone", |place| remove(place.join("login.txt")), "`<baseline>` cannot be used: there is no `login.txt`"),
    (
        "a damaged page",
        |place| write(place.join("login.txt"), b"button \"Avanti"),
        "`<baseline>` cannot be used: login.txt:1: ",
    ),
    ("a garbage page", |place| write(place.join("login.txt"), &[0xff; 9]), "`<baseline>/login.txt` cannot be read: "),
    (
        "a huge page",
        |place| fs::File::create(place.join("login.txt")).and_then(|file| file.set_len(5 << 20)).expect("written"),
        "`<baseline>/login.txt` cannot be read: it is no plain file of at most 4 MiB",
    ),
    (
        "a folder for a page",
        |place| {
            remove(place.join("login.txt"));
            fs::create_dir(place.join("login.txt")).expect("made");
        },
        "`<baseline>/login.txt` cannot be read: ",
    ),
    (
        "a file for the folder",
        |place| {
            fs::remove_dir_all(place).expect("removed");
            write(place.to_owned(), b"x");
        },
        "`<baseline>` cannot be read: ",
    ),
    (
        "a link to nothing",
        |place| {
            fs::remove_dir_all(place).expect("removed");
            symlink("nowhere", place).expect("a link");
        },
        "`<baseline>` cannot be read: ",
    ),
];

/// The head of a baseline, changed, and what is said of it.
fn changed(head: &str) -> Vec<(&'static str, String, String)> {
    let at = |line: usize, why: &str| format!("`<baseline>` cannot be used: baseline.toml:{line}: {why}");
    let foreign = "`<baseline>` cannot be used: baseline.toml: it belongs to the flow `ncfr`, not to `mysign`";
    let half = head[..head.len() / 2].to_owned();
    vec![
        ("truncated", half, "`<baseline>` cannot be used: baseline.toml:".into()),
        ("empty", String::new(), at(1, "missing field `format`")),
        ("a merge under way", format!("<<<<<<< HEAD\n{head}"), at(1, "")),
        ("a wrong type", head.replacen("flow = \"mysign\"", "flow = 7", 1), at(2, "invalid type: integer `7`")),
        ("an unknown key", head.replacen("flow = ", "flavour = 1\nflow = ", 1), at(2, "unknown field `flavour`")),
        ("format 0", head.replacen("format = 1", "format = 0", 1), at(1, "there was never a format 0")),
        ("another flow's", head.replacen("\"mysign\"", "\"ncfr\"", 1), foreign.into()),
    ]
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused_by_every_verb_and_left_alone() {
    let here = Here::new();
    let whole = kept(&here.baseline());
    let head = here.baseline().join("baseline.toml");
    let text = fs::read_to_string(&head).expect("the baseline");
    let restore = || {
        let place = here.baseline();
        let _either = fs::remove_dir_all(&place).or_else(|_| fs::remove_file(&place));
        fs::create_dir(&place).expect("a folder");
        for (path, bytes) in whole.iter().filter(|(path, _)| **path != place) {
            fs::write(path, bytes).expect("a file");
        }
    };
    for (what, change, told) in changed(&text) {
        write(head.clone(), change.as_bytes());
        here.refused(what, &told, RESTORE);
    }
    for format in ["99", "9999999999"] {
        let newer = text.replacen("format = 1", &format!("format = {format}\nnovelty = [1]"), 1);
        write(head.clone(), newer.as_bytes());
        here.refused("newer", &format!("`<baseline>` cannot be used: baseline.toml: it has format {format}"), UPDATE);
    }
    for (what, wreck, told) in WRECKS {
        restore();
        wreck(&here.baseline());
        here.refused(what, told, RESTORE);
    }
    // What is whole is used: the driver is asked for a browser.
    restore();
    let flow = here.flow.display().to_string();
    let ended = here.rinnova(&["run", &flow, "--account", "holder", "--browser", "chromium", "--out", "out"]);
    assert!(here.paths.folder.join("started").exists(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn healing_without_a_baseline_is_told_to_be_none() {
    let here = Here::new();
    let flow = here.flow.display().to_string();
    let words = ["run", &flow, "--account", "holder", "--browser", "chromium", "--heal"];
    let warned =
        || String::from_utf8_lossy(&here.rinnova(&words).stderr).contains("warning: --heal has nothing to go by");
    assert!(!warned());
    fs::remove_dir_all(here.baseline()).expect("removed");
    assert!(warned());
}

#[test]
fn a_baseline_behind_a_link_is_used_and_written_where_it_stands() {
    let here = Here::new();
    let kept_at = here.paths.folder.join("kept");
    fs::rename(here.baseline(), &kept_at).expect("moved");
    symlink(&kept_at, here.baseline()).expect("a link");
    assert_eq!(here.rinnova(&["explain", "run"]).status.code(), Some(0));
    let head = fs::read_to_string(kept_at.join("baseline.toml")).expect("the baseline");
    fs::write(kept_at.join("baseline.toml"), head.replace("Avanti", "Indietro")).expect("written");
    let accepted = here.rinnova(&["accept", "run"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", String::from_utf8_lossy(&accepted.stderr));
    assert!(here.baseline().is_symlink());
    assert_eq!(fs::read_to_string(kept_at.join("baseline.toml")).expect("the baseline"), head);
    let names: BTreeSet<_> = files_under(&here.paths.folder.join("kept")).into_iter().collect();
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn a_picture_that_is_gone_is_told_and_only_missed_where_it_is_wanted() {
    let here = Here::new();
    fs::remove_file(here.baseline().join("certificate.png")).expect("removed");
    let before = kept(&here.baseline());
    let told = here.rinnova(&["explain", "run"]);
    assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stderr));
    // This run would keep the other stage as it was.
    let refused = here.rinnova(&["accept", "less"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    let file = here.baseline().join("certificate.png");
    assert!(said.contains(&format!("the picture `{}` of the baseline before is not there", file.display())), "{said}");
    assert!(said.contains("or accept a run that enters `certificate`"), "{said}");
    assert_eq!(kept(&here.baseline()), before);
    assert_eq!(here.rinnova(&["accept", "run"]).status.code(), Some(0));
    assert!(file.is_file());
}

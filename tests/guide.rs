//! The guide's bad input: each is told in words and by its exit code before a browser starts, and the guide that is there stays
//! as it was.

#[path = "support/disk.rs"]
mod disk;
#[path = "support/trial.rs"]
mod trial;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rinnova::browser::installed;
use rinnova::exit::Verdict;
use rinnova::guide::edition::{Edition, FORMAT, Made, Text, Verification, digest};
use rinnova::practice::Portal::MiaFirma;
use rinnova::record::{Environment, Flags, Record};
use rinnova::settings::BrowserName::{Chromium, Firefox};

use disk::Disk;
use trial::{Paths, RINNOVA, flow, surroundings};

/// A flow, a guide of it with nothing but a document, and drivers that only leave a mark.
struct Here {
    paths: Paths,
    _folder: tempfile::TempDir,
}

/// What was said.
#[derive(Debug, PartialEq)]
struct Said {
    code: Option<i32>,
    words: String,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("trial-").tempdir().expect("a folder");
        let here = Self { paths: Paths::new(folder.path(), None), _folder: folder };
        fs::copy(flow(MiaFirma), here.at("mysign.toml")).expect("a flow");
        fs::write(here.at("driver"), "#!/bin/sh\ntouch started\nexit 1\n").expect("a driver");
        fs::create_dir(here.at("docs")).expect("a folder");
        fs::write(here.at("docs/mysign.it.md"), "the guide").expect("a document");
        fs::write(here.at("docs/guide.json"), edition().text()).expect("a manifest");
        here
    }

    fn at(&self, name: &str) -> PathBuf {
        self.paths.folder.join(name)
    }

    fn flow_with(&self, from: &str, to: &str) {
        let text = fs::read_to_string(flow(MiaFirma)).expect("a flow");
        assert!(text.contains(from), "{from}");
        fs::write(self.at("mysign.toml"), text.replacen(from, to, 1)).expect("a flow");
    }

    fn guide(&self, words: &[&str]) -> Said {
        let mut command = Command::new(RINNOVA);
        command.args(["guide", "mysign.toml"]).args(words).current_dir(&self.paths.folder);
        command.env_clear().envs(surroundings(&self.paths)).stdin(Stdio::null());
        for (program, driver) in [Chromium, Firefox].map(installed::variables) {
            command.env(program, self.at("driver")).env(driver, self.at("driver"));
        }
        let output = command.output().expect("rinnova");
        let words = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        let words = words.replace(&self.paths.folder.display().to_string(), "<here>");
        Said { code: output.status.code(), words }
    }

    /// It says so and ends with exit code 2; no browser was started, and nothing is other than it was.
    fn refuses(&self, words: &[&str], expected: &str) {
        let before = kept(&self.paths.folder);
        let said = self.guide(words);
        assert!(said.words.contains(expected), "{words:?}:\n{expected}\n{}", said.words);
        assert_eq!(said.code, Some(2), "{words:?}: {}", said.words);
        assert_eq!(kept(&self.paths.folder), before, "{words:?}");
        assert_eq!(self.paths.leftovers(), Vec::<String>::new());
    }
}

fn edition() -> Edition {
    Edition {
        format: FORMAT,
        flow: "mysign".into(),
        flow_digest: String::new(),
        task: "renew".into(),
        verified: Verification {
            day: "2026-03-02".parse().expect("a day"),
            browser: "chromium".into(),
            version: "1".into(),
            portal: "practice".into(),
        },
        since: None,
        texts: [("it".to_owned(), Text::default())].into(),
        pictures: Vec::new(),
        files: vec![Made { file: "mysign.it.md".into(), source: None, digest: digest("the guide") }],
    }
}

/// All below a folder, as it stands; a link is what it leads to in words. Temporary files and state come and go.
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

#[test]
fn words_that_mean_nothing() {
    let here = Here::new();
    for (words, expected) in [
        (&["renw", "-o", "docs"][..], "error: the flow has no task `renw`; there are: renew, status, resume"),
        (&["-o", "docs", "--lang", "it,xx"], "error: the flow `mysign` says nothing in `xx`; it has en, it"),
        (&["-o", "docs", "--format", "odt"], "error: invalid value 'odt'"),
        (&["-o", "docs", "--edition", "long"], "error: invalid value 'long'"),
        (&["-o", "docs", "--update", "some"], "error: invalid value 'some'"),
        (&["-o", "docs", "--check", "--update", "all"], "the argument '--check' cannot be used with '--update"),
        (&["-o", "docs", "--html", "x.html"], "--check"),
        (&[], "--out <DIR>"),
        (&["-o", "docs", "--browser", "opera"], "`browser.name` names no browser"),
        (
            &["-o", "docs", "--account", "JZLF001"],
            "error: --account: the practice portal has no user `JZLF001`; there are: JCPD0001,",
        ),
        (&["-o", "docs", "--from", "rehearsal", "--account", "nobody"], "error: no account `nobody`"),
        (&["-o", "docs", "--portal", "https://portal.example"], "goes to a portal of this machine alone"),
        (
            &["-o", "docs", "status"],
            "error: `docs/guide.json`: it belongs to the guide of `mysign renew`, not to that of `mysign status`",
        ),
        (&["-o", "new", "--check"], "error: there is no guide in `new`"),
    ] {
        here.refuses(words, expected);
    }
}

#[test]
fn a_flow_that_a_guide_cannot_be_made_of() {
    let here = Here::new();
    let text = fs::read_to_string(flow(MiaFirma)).expect("a flow");
    let line = text.lines().position(|line| line.starts_with("guide = ")).expect("prose");
    let prose = text.lines().nth(line).expect("a line");
    here.flow_with(&format!("\n{prose}"), "");
    here.refuses(&["-o", "docs"], "has no `guide`: write what its reader does there");
    here.flow_with("portal   = \"https://mysign.infocert.it\"", "portal   = \"https://portal.example\"");
    let expected =
        "error: no practice portal stands for https://portal.example: make a run with `rinnova run --persona`";
    here.refuses(&["-o", "docs"], expected);
    here.refuses(&["-o", "docs", "--from", "rehearsal"], expected);
    fs::write(here.at("mysign.toml"), "format = 1\n").expect("a flow");
    here.refuses(&["-o", "docs"], "--> mysign.toml");
}

#[test]
fn folders_in_which_no_guide_can_stand() {
    let here = Here::new();
    fs::write(here.at("file"), "mine").expect("a file");
    fs::create_dir_all(here.at("linked/elsewhere")).expect("a folder");
    symlink("elsewhere", here.at("linked/pictures")).expect("a link");
    fs::create_dir_all(here.at("folder/guide.json")).expect("a folder");
    fs::create_dir(here.at("link")).expect("a folder");
    symlink("../docs/guide.json", here.at("link/guide.json")).expect("a link");
    symlink("nowhere", here.at("dangling")).expect("a link");
    for (folder, expected) in [
        ("file", "error: `file/guide.json` cannot be read: Not a directory (os error 20)"),
        ("file/inner", "error: `file/inner/guide.json` cannot be read: Not a directory (os error 20)"),
        ("dangling", "error: `dangling` cannot be written: not a directory; name another folder with --out"),
        ("linked", "error: `linked/pictures` cannot be written: it is no folder of the guide's own"),
        ("folder", "error: `folder/guide.json` cannot be read: it is no plain file"),
        ("link", "error: `link/guide.json` cannot be read: it is no plain file"),
        ("/proc/guide", "error: `/proc` cannot be written: "),
    ] {
        here.refuses(&["-o", folder], expected);
    }
}

#[test]
fn a_full_disk_is_told_before_anything_begins() {
    let here = Here::new();
    let Some(disk) = Disk::at(&here.at("disk"), "512k") else {
        return aloud("a full disk: none may be mounted here");
    };
    here.refuses(&["-o", "disk/docs"], "error: `disk` cannot be written: No space left on device (os error 28)");
    drop(disk);
}

/// What is not tried here is said past the test runner, which swallows what passing tests print.
fn aloud(what: &str) {
    let line = format!("\nnot tried here: {what}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error");
}

#[test]
fn manifests_that_cannot_be_used() {
    let here = Here::new();
    let good = edition().text();
    for (text, expected) in [
        ("", "it is damaged: "),
        ("{}", "it is damaged: it has no `format`"),
        (&good[..good.len() / 2], "it is damaged: "),
        (
            &good.replace("\"format\": 1", "\"format\": 9"),
            "it has format 9, and this version of rinnova reads format 1; update rinnova",
        ),
        (
            &good.replace("\"mysign\"", "\"ncfr\""),
            "it belongs to the guide of `ncfr renew`, not to that of `mysign renew`; name another folder",
        ),
        (
            &good.replace("\"task\"", "\"tusk\""),
            "take it back from where it is kept, or move it away and make the guide anew",
        ),
    ] {
        fs::write(here.at("docs/guide.json"), text).expect("a manifest");
        here.refuses(&["-o", "docs"], expected);
        here.refuses(&["-o", "docs", "--check"], "error: `docs/guide.json`: ");
    }
    fs::write(here.at("docs/guide.json"), [0xff, 0xfe]).expect("a manifest");
    here.refuses(&["-o", "docs"], "error: `docs/guide.json`: it is damaged: it is no text");
}

#[test]
fn documents_that_cannot_take_the_guide_up() {
    let here = Here::new();
    for (name, text) in [
        ("bare.md", "# Mine\n"),
        ("half.md", "<!-- rinnova:begin -->\n"),
        ("page.html", "<!-- rinnova:begin --><!-- rinnova:end -->"),
        ("good.md", "<!-- rinnova:begin -->\n<!-- rinnova:end -->\n"),
    ] {
        fs::write(here.at(name), text).expect("a document");
    }
    let one = ["-o", "docs", "--lang", "it", "--splice"];
    for (name, expected) in [
        ("none.md", "error: --splice: `none.md`: No such file or directory"),
        ("bare.md", "error: --splice: `bare.md`: there is no `<!-- rinnova:begin -->`"),
        ("half.md", "error: --splice: `half.md`: "),
        ("page.html", "error: --splice: `page.html`: it is no Markdown document"),
    ] {
        here.refuses(&[&one[..], &[name]].concat(), expected);
    }
    let both = ["-o", "docs", "--lang", "it,en", "--splice", "good.md"];
    here.refuses(&both, "error: --splice: `good.md`: it takes up one guide: name one language with --lang");
}

#[test]
fn runs_that_no_guide_can_be_made_of() {
    let here = Here::new();
    let record = |flow: &str, task: &str, verdict: Verdict, digest: &str| Record {
        format: rinnova::record::FORMAT,
        flow: flow.into(),
        title: String::new(),
        flow_digest: digest.into(),
        flow_file: "mysign.toml".into(),
        task: task.into(),
        account: None,
        portal: "https://mysign.infocert.it".into(),
        verdict,
        reason: None,
        advice: None,
        exit_code: verdict.exit_code(),
        flags: Flags::default(),
        started: "2026-06-01T10:00:00Z".parse().expect("a time"),
        took_ms: 1,
        environment: Environment::default(),
        outputs: BTreeMap::new(),
        in_force: BTreeMap::new(),
        changes: Vec::new(),
        stages: Vec::new(),
    };
    let here_now = digest(fs::read(here.at("mysign.toml")).expect("the flow"));
    fs::create_dir(here.at("run")).expect("a folder");
    for (what, expected) in [
        (record("mysign", "renew", Verdict::Renewed, "other"), "error: `mysign.toml` has been edited since this run"),
        (
            record("ncfr", "renew", Verdict::Renewed, &here_now),
            "error: `mysign.toml` is the flow `mysign`, and the run is one of `ncfr`",
        ),
        (
            record("mysign", "status", Verdict::Done, &here_now),
            "error: this run is one of the task `status`, and the guide teaches `renew`",
        ),
        (
            record("mysign", "renew", Verdict::Changed, &here_now),
            "error: this run ended changed: a guide is made of one that came to its end",
        ),
        (
            record("mysign", "renew", Verdict::Renewed, &here_now),
            "error: this run has no pictures, and a guide is made of them",
        ),
    ] {
        fs::write(here.at("run/run.json"), serde_json::to_vec(&what).expect("JSON")).expect("a record");
        here.refuses(&["-o", "docs", "--from", "run"], expected);
    }
    here.refuses(&["-o", "docs", "--from", "practise"], "error: `practise` cannot be read: No such file or directory");
}

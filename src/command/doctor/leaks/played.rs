//! The runs that are played for the search: real ones, of this very program, with everything that can be said said aloud.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::NEW_PIN;
use super::canaries::CANARIES;
use super::search::{Secrets, Seen, Watch, files_under};
use crate::browser::processes;
use crate::command::Failure;
use crate::exit::Verdict;
use crate::practice::{PIN, Practice};
use crate::settings::BrowserName;
use crate::store::{self, StoreError};
use crate::vault;

/// So often at least the processes of a run must have been looked at.
const LOOKS: u32 = 10;

/// Where the runs are played.
pub(super) struct Stage<'a> {
    folder: &'a Path,
    browser: BrowserName,
    practice: &'a Practice,
    played: Cell<u32>,
}

/// A run that has ended, with all that it left and showed.
pub(super) struct Run {
    name: &'static str,
    status: ExitStatus,
    left: PathBuf,
    seen: Seen,
}

/// What was found of a run.
pub(super) struct Played {
    name: &'static str,
    ended: Result<Verdict, String>,
    files: usize,
    /// Fewer than there must be.
    too_few: bool,
    shown: usize,
    forms: usize,
    found: Vec<String>,
}

impl Stage<'_> {
    /// The folders and the values; what holds them is not searched.
    pub(super) fn set<'a>(
        folder: &'a Path,
        browser: BrowserName,
        practice: &'a Practice,
    ) -> Result<Stage<'a>, StoreError> {
        let stage = Stage { folder, browser, practice, played: Cell::new(0) };
        for (place, (_, value)) in CANARIES.iter().enumerate() {
            stage.keep(&format!("s{}", place + 1), value)?;
        }
        for (name, value) in [("pin", PIN), ("new-pin", NEW_PIN), ("token", practice.token())] {
            stage.keep(name, value)?;
        }
        Ok(stage)
    }

    /// Types all values into a page that repeats them, and ends so: well, for want of a button to press, or by a signal.
    pub(super) async fn mirror(&self, name: &'static str, portal: &str, ends: Verdict) -> Result<Run, Failure> {
        let numbers = || 1..=CANARIES.len();
        let fills = numbers().map(|number| {
            let how = if number % 10 == 7 { "type" } else { "fill" };
            format!("  {{ {how} = {{ field = \"Secret {number}\", exact = true }}, with = \"${{s{number}}}\" }},\n")
        });
        let last = match ends {
            Verdict::Terminated => "{ wait = { text = \"never\" }, timeout = \"60s\" }",
            Verdict::Done => "{ shot = \"typed\" }",
            _ => "{ shot = \"typed\" }, { click = { button = \"Nothing\" }, timeout = \"1s\" }",
        };
        let declared: String = numbers().map(|number| format!("s{number} = {{ secret = true }}\n")).collect();
        let flow = format!(
            "format = 1\ntitle = \"Mirror\"\nportal = \"https://mirror.example\"\nlanguage = \"en\"\n[inputs]\n{declared}\
             [task.try]\nstages = [\"try\"]\n[[stage]]\nid = \"try\"\ntitle = \"Try\"\nsteps = [\n  {{ open = \"/\" }},\n{}  {last},\n]\n",
            fills.collect::<String>()
        );
        let inputs: String =
            numbers().map(|number| format!("s{number} = {}\n", file(&self.secret(&format!("s{number}"))))).collect();
        self.run(name, &flow, &inputs, portal, (ends == Verdict::Terminated).then_some("action=\"wait\"")).await
    }

    /// A renewal of the practice portals; with a code, it is that one that is given.
    pub(super) async fn renewal(
        &self,
        name: &'static str,
        flow: &str,
        user: &str,
        portal: &str,
        password: &str,
        code: Option<&str>,
    ) -> Result<Run, Failure> {
        self.keep("password", password).map_err(Failure::failed)?;
        let program = std::env::current_exe().map_err(Failure::failed)?;
        let (admin, token) = (self.practice.admin(), self.secret("token"));
        let code = match code {
            // Out of a file: what stands in an argument is seen by everybody.
            Some(code) => {
                self.keep("code", code).map_err(Failure::failed)?;
                json!(["cat", self.secret("code")])
            }
            None => json!([program, "practice", "code", user, "--admin", admin, "--token-file", token]),
        };
        let [pin, new, password] = ["pin", "new-pin", "password"].map(|name| file(&self.secret(name)));
        let inputs = format!(
            "user_id = \"{user}\"\npassword = {password}\npin = {pin}\nnew_pin = {new}\notp = {{ command = {code} }}\n"
        );
        let text = crate::command::demo::flow(flow).unwrap_or_default();
        self.run(name, text, &inputs, portal, None).await
    }

    /// Runs it; `until` is what its talk says when it is to be ended by a signal.
    async fn run(
        &self,
        name: &'static str,
        flow: &str,
        inputs: &str,
        portal: &str,
        until: Option<&str>,
    ) -> Result<Run, Failure> {
        let number = self.played.get() + 1;
        self.played.set(number);
        let left = self.folder.join(number.to_string());
        // Short: a browser's socket stands in it, and its path has room for 108 bytes.
        let temporary = left.join("t");
        let (flow_file, settings) = (left.join("flow.toml"), self.secret("rinnova.toml"));
        store::write_in(&flow_file, flow.as_bytes()).map_err(Failure::failed)?;
        store::write_in(&temporary.join("here"), b"").map_err(Failure::failed)?;
        let text = format!("[[account]]\nid = \"canaries\"\nflow = {}\n[account.inputs]\n{inputs}", json!(flow_file));
        store::write(&settings, text.as_bytes()).map_err(Failure::failed)?;
        let program = std::env::current_exe().map_err(Failure::failed)?;
        let mut command = Command::from(vault::program(program));
        command.args(["-vv", "--config"]).arg(&settings).arg("run").arg(&flow_file).args(["--account", "canaries"]);
        command.args(["--portal", portal, "--browser", self.browser.name(), "--json", "--out"]).arg(left.join("out"));
        command.arg("--junit").arg(left.join("junit.xml")).current_dir(&left).process_group(0).kill_on_drop(true);
        command.env("TMPDIR", &temporary).env("XDG_STATE_HOME", left.join("state"));
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let watch = Watch::over(&temporary);
        let mut child = command.spawn().map_err(Failure::failed)?;
        let group = child.id().unwrap_or_default();
        let mut talk = BufReader::new(child.stderr.take().ok_or_else(|| Failure::failed("no standard error"))?);
        let mut out = child.stdout.take().ok_or_else(|| Failure::failed("no standard output"))?;
        let printed = tokio::spawn(async move {
            let mut text = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut out, &mut text).await.map(|_| text)
        });
        let (mut said, mut told) = (Vec::new(), until.is_none());
        loop {
            let from = said.len();
            if talk.read_until(b'\n', &mut said).await.map_err(Failure::failed)? == 0 {
                break;
            }
            let line = String::from_utf8_lossy(&said[from..]);
            if !told && until.is_some_and(|word| line.contains(word)) {
                told = true;
                processes::send(group, Signal::TERM);
            }
        }
        let status = child.wait().await.map_err(Failure::failed)?;
        let printed = printed.await.map_err(Failure::failed)?.map_err(Failure::failed)?;
        let seen = watch.end();
        store::write(&left.join("stderr"), &said).map_err(Failure::failed)?;
        store::write(&left.join("stdout"), &printed).map_err(Failure::failed)?;
        Ok(Run { name, status, left, seen })
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.folder.join("secrets").join(name)
    }

    fn keep(&self, name: &str, value: &str) -> Result<(), StoreError> {
        store::write_in(&self.secret(name), value.as_bytes())
    }
}

impl Run {
    /// Searches all that it left and showed; at least so many pictures must be among it.
    pub(super) fn judged(self, ends: Verdict, pictures: usize, secrets: &Secrets) -> Played {
        let mut found = secrets.in_files(&[&self.left]);
        found.extend(self.seen.hits(secrets));
        let code = self.status.code();
        let ended = if code == Some(ends.exit_code().into()) {
            Ok(ends)
        } else {
            let signal = self.status.signal().map(|signal| format!(" by signal {signal}")).unwrap_or_default();
            Err(format!("not {ends} but {}{signal}", code.map_or("ended".into(), |code| format!("exit {code}"))))
        };
        let left = files_under(&self.left);
        let shots = left.iter().filter(|file| file.extension().is_some_and(|extension| extension == "png")).count();
        let kept = |name: &str| left.iter().any(|file| file.ends_with(name));
        let whole = ["run.json", "events.jsonl", "report.html", "state.db", "junit.xml"].into_iter().all(kept);
        let too_few = shots < pictures || !whole || self.seen.looks < LOOKS;
        let (files, shown) = (left.len(), self.seen.texts.len());
        Played { name: self.name, ended, files, too_few, shown, forms: secrets.forms(), found }
    }
}

impl Played {
    /// It ended as it should, enough was looked at, and nothing was found.
    pub(super) fn is_sound(&self) -> bool {
        self.ended.is_ok() && self.shown > 0 && !self.too_few && self.found.is_empty()
    }
}

fn file(path: &Path) -> String {
    format!("{{ file = {} }}", json!(path))
}

/// What was found, for people.
pub(super) fn table(played: &[Played]) -> String {
    let width = played.iter().map(|run| run.name.len()).max().unwrap_or(0);
    let mut text = format!(
        "{:width$}  {:<10}  {:>5}  {:>5}  {:>9}  {:>5}\n",
        "run", "ended", "forms", "files", "processes", "found"
    );
    for run in played {
        let mut ended = run.ended.as_ref().map_or_else(Clone::clone, ToString::to_string);
        if run.too_few {
            ended.push_str(", but left too little to search");
        }
        let (forms, files, shown, found) = (run.forms, run.files, run.shown, run.found.len());
        text.push_str(&format!("{:width$}  {ended:<10}  {forms:>5}  {files:>5}  {shown:>9}  {found:>5}\n", run.name));
        for hit in &run.found {
            text.push_str(&format!("  {hit}\n"));
        }
    }
    let found: usize = played.iter().map(|run| run.found.len()).sum();
    let last = match (played.iter().all(Played::is_sound), found) {
        (true, _) => "no secret came out".to_owned(),
        (false, 0) => "not every run could be played as it should".to_owned(),
        (false, found) => format!("{found} secrets came out: this is a fault of rinnova, please report it"),
    };
    text.push_str(&format!("{last}\n"));
    text
}

/// The same for programs.
pub(super) fn data(played: &[Played]) -> Value {
    let run = |run: &Played| {
        let ended = run.ended.as_ref().map_or_else(Clone::clone, ToString::to_string);
        BTreeMap::from([
            ("run", json!(run.name)),
            ("ended", json!(ended)),
            ("forms", json!(run.forms)),
            ("files", json!(run.files)),
            ("processes", json!(run.shown)),
            ("found", json!(run.found)),
        ])
    };
    json!({ "format": 1, "sound": played.iter().all(Played::is_sound), "runs": played.iter().map(run).collect::<Vec<_>>() })
}

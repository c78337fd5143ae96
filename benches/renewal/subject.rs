//! The tool itself: one run of the release binary, watched from outside.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use rinnova::browser::installed;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use serde_json::Value;

use crate::clock::now;
use crate::log::Log;
use crate::scene::Scene;
use crate::watch::{Used, Watch};

/// One run.
pub(crate) struct Run {
    /// Just before the process was started, and when it had ended.
    pub(crate) began: u64,
    pub(crate) ended: u64,
    /// The session was ready: the first event.
    pub(crate) ready: u64,
    /// The last output was there: the last event.
    pub(crate) last: u64,
    /// What the process used.
    pub(crate) used: Used,
    /// Stages and how long they took, milliseconds.
    pub(crate) stages: Vec<(String, f64)>,
    /// What the relay saw, and when code commands ran.
    pub(crate) relayed: Option<(Log, Vec<(u64, u64)>)>,
}

/// How a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it is.
    Plain,
    /// Held against a baseline.
    Watched,
    /// Through the relay.
    Relayed,
}

/// Runs the renewal once.
pub(crate) fn run(scene: &Scene, browser: BrowserName, way: Way) -> Result<Run, String> {
    let out = scene.fresh()?;
    let ran = run_into(scene, browser, way, &out)?;
    if way == Way::Watched && drifted(&out)? {
        return Err("the portal is said to have changed since the baseline".into());
    }
    scene.check(&out, &out.join("shots"))?;
    Ok(ran)
}

/// Makes the baseline of the runs that are watched.
pub(crate) fn accept(scene: &Scene) -> Result<(), String> {
    let out = scene.fresh()?;
    run_into(scene, Chromium, Way::Watched, &out)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_rinnova"));
    command.arg("accept").arg(&out).arg("--config").arg(scene.path("plain.toml"));
    let accepted = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if !accepted.status.success() {
        return Err(format!("no baseline: {}", String::from_utf8_lossy(&accepted.stderr)));
    }
    scene.check(&out, &out.join("shots"))
}

fn run_into(scene: &Scene, browser: BrowserName, way: Way, out: &Path) -> Result<Run, String> {
    let relayed = way == Way::Relayed;
    let helpers = scene.helpers(browser);
    let settings = if relayed { helpers.join("relayed.toml") } else { scene.path("plain.toml") };
    let said = scene.path("said");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rinnova"));
    command.arg("run").arg(scene.flow(way == Way::Watched)).args(["--account", "bench"]);
    command.args(["--portal", scene.practice.mia_firma(), "--browser", browser.name()]);
    command.arg("--config").arg(settings).arg("--out").arg(out);
    // The practice portal begins anew with each run.
    command.arg("--state").arg(out.with_extension("state"));
    // Neither the caller's settings nor the bench's own variables are the tool's matter.
    let programs = [Firefox, Chromium].map(installed::variables);
    let kept = |key: &str| programs.iter().any(|(browser, driver)| [browser, driver].contains(&&key));
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("RINNOVA_") && !kept(key)) {
        command.env_remove(key);
    }
    command.env("XDG_CONFIG_HOME", scene.folder.path()).envs(scene.secrets());
    if relayed {
        command.env(installed::variables(browser).1, helpers.join(installed::driver_name(browser)));
        let _none_yet = fs::remove_file(helpers.join("codes"));
        let _none_yet = fs::remove_file(helpers.join("log.jsonl"));
    }
    let errors = File::create(&said).map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    let began = now();
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let watch = Watch::over(child.id());
    let status = child.wait().map_err(|error| error.to_string())?;
    let ended = now();
    let used = watch.end();
    if !status.success() {
        let said = fs::read_to_string(&said).unwrap_or_default();
        return Err(format!("rinnova in {} ended with {status}:\n{said}", browser.name()));
    }
    let (ready, last) = first_and_last(out)?;
    let stages = stages(out)?;
    let relayed = if relayed { Some((Log::read(&helpers.join("log.jsonl"))?, codes(&helpers)?)) } else { None };
    Ok(Run { began, ended, ready, last, used, stages, relayed })
}

/// The moments of the first and last event, as the tool wrote them below the line that names their form.
fn first_and_last(out: &Path) -> Result<(u64, u64), String> {
    let text = fs::read_to_string(out.join("events.jsonl")).map_err(|error| error.to_string())?;
    let at = |line: Option<&str>| -> Option<u64> {
        let event: Value = serde_json::from_str(line?).ok()?;
        let at: jiff::Timestamp = event["at"].as_str()?.parse().ok()?;
        u64::try_from(at.as_microsecond()).ok()
    };
    at(text.lines().nth(1)).zip(at(text.lines().last())).ok_or_else(|| "the events have no times".into())
}

fn record(out: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(out.join("run.json")).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn drifted(out: &Path) -> Result<bool, String> {
    record(out)?["flags"]["drift"].as_bool().ok_or_else(|| "the record has no flags".into())
}

fn stages(out: &Path) -> Result<Vec<(String, f64)>, String> {
    let record = record(out)?;
    let stages = record["stages"].as_array().ok_or("the record has no stages")?;
    let one = |stage: &Value| Some((stage["name"].as_str()?.to_owned(), stage["took_ms"].as_f64()?));
    stages.iter().map(|stage| one(stage).ok_or_else(|| "a stage has no time".into())).collect()
}

fn codes(helpers: &Path) -> Result<Vec<(u64, u64)>, String> {
    let text = fs::read_to_string(helpers.join("codes")).map_err(|error| format!("no code was fetched: {error}"))?;
    let one = |line: &str| {
        let (from, to) = line.split_once(' ')?;
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    text.lines().map(|line| one(line).ok_or_else(|| "a code command left no times".into())).collect()
}

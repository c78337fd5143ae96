//! The tool itself: one run of the release binary, watched from outside.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rinnova::browser::installed;
use rinnova::settings::BrowserName;
use serde_json::Value;

use crate::clock::now;
use crate::log::Log;
use crate::scene::Scene;

/// How often the process is looked at. The kernel keeps the peak; only what comes after the last look is missed.
const LOOK: Duration = Duration::from_millis(5);

/// One run.
pub(crate) struct Run {
    /// Just before the process was started, and when it had ended.
    pub(crate) began: u64,
    pub(crate) ended: u64,
    /// The session was ready: the first event.
    pub(crate) ready: u64,
    /// The last output was there: the last event.
    pub(crate) last: u64,
    /// Peak of resident memory, MB.
    pub(crate) peak_mb: f64,
    /// Its processor time, milliseconds: what its share would be on an idle machine.
    pub(crate) processor: f64,
    /// Stages and how long they took, milliseconds.
    pub(crate) stages: Vec<(String, f64)>,
    /// What the relay saw, and when code commands ran.
    pub(crate) relayed: Option<(Log, Vec<(u64, u64)>)>,
}

/// Runs the renewal once, through the relay or without it.
pub(crate) fn run(scene: &Scene, browser: BrowserName, relayed: bool) -> Result<Run, String> {
    let out = scene.fresh()?;
    let helpers = scene.helpers(browser);
    let settings = if relayed { helpers.join("relayed.toml") } else { scene.path("plain.toml") };
    let said = scene.path("said");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rinnova"));
    command.args(["run", concat!(env!("CARGO_MANIFEST_DIR"), "/flows/mysign.toml"), "--account", "bench"]);
    command.args(["--portal", scene.practice.mia_firma(), "--browser", browser.name()]);
    command.arg("--config").arg(settings).arg("--out").arg(&out);
    command.envs(scene.secrets());
    if relayed {
        command.env(installed::variables(browser).1, helpers.join(installed::driver_name(browser)));
        let _none_yet = fs::remove_file(helpers.join("codes"));
        let _none_yet = fs::remove_file(helpers.join("log.json"));
    }
    let errors = File::create(&said).map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    let began = now();
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let watch = Watch::over(child.id());
    let status = child.wait().map_err(|error| error.to_string())?;
    let ended = now();
    let (peak_mb, processor) = watch.end();
    if !status.success() {
        let said = fs::read_to_string(&said).unwrap_or_default();
        return Err(format!("rinnova in {} ended with {status}:\n{said}", browser.name()));
    }
    let (ready, last) = first_and_last(&out)?;
    let stages = stages(&out)?;
    scene.check(&out, &out.join("shots"))?;
    let relayed = if relayed { Some((Log::read(&helpers.join("log.json"))?, codes(&helpers)?)) } else { None };
    Ok(Run { began, ended, ready, last, peak_mb, processor, stages, relayed })
}

/// The moments of the first and last event, as the tool wrote them.
fn first_and_last(out: &Path) -> Result<(u64, u64), String> {
    let text = fs::read_to_string(out.join("events.jsonl")).map_err(|error| error.to_string())?;
    let at = |line: Option<&str>| -> Option<u64> {
        let event: Value = serde_json::from_str(line?).ok()?;
        let at: jiff::Timestamp = event["at"].as_str()?.parse().ok()?;
        u64::try_from(at.as_microsecond()).ok()
    };
    at(text.lines().next()).zip(at(text.lines().last())).ok_or_else(|| "the events have no times".into())
}

fn stages(out: &Path) -> Result<Vec<(String, f64)>, String> {
    let text = fs::read_to_string(out.join("run.json")).map_err(|error| error.to_string())?;
    let record: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
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

/// What one process used, from outside and until it ended.
struct Watch {
    over: Arc<AtomicBool>,
    watcher: std::thread::JoinHandle<(f64, f64)>,
}

impl Watch {
    fn over(pid: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let watcher = std::thread::spawn(move || {
            let mut used: (f64, f64) = (0.0, 0.0);
            while !seen.load(Ordering::Relaxed) {
                used.0 = used.0.max(high_water(pid).unwrap_or_default());
                used.1 = used.1.max(processor(pid));
                std::thread::sleep(LOOK);
            }
            used
        });
        Self { over, watcher }
    }

    /// Peak of resident memory, MB, and processor time, milliseconds.
    fn end(self) -> (f64, f64) {
        self.over.store(true, Ordering::Relaxed);
        self.watcher.join().unwrap_or((f64::NAN, f64::NAN))
    }
}

fn high_water(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// The processor time of all threads; the kernel counts it in nanoseconds here, in hundredths of a second elsewhere.
fn processor(pid: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let of = |thread: fs::DirEntry| -> Option<f64> {
        fs::read_to_string(thread.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    threads.flatten().filter_map(of).sum::<f64>() / 1e6
}

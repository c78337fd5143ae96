//! Turn and turn about: every competitor once in each turn, so that whatever else the machine does meets them alike.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rinnova::browser::installed;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use crate::log::Log;
use crate::ordinary;
use crate::playwright;
use crate::scene::Scene;
use crate::subject::{self, Run, Way};
use crate::summary;
use crate::timeline;

/// The share of a second that the processors must idle for the machine to count as calm.
const CALM: f64 = 0.85;

/// Everything that was measured, turn by turn.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) chromium: Vec<Run>,
    pub(crate) watched: Vec<Run>,
    pub(crate) firefox: Vec<Run>,
    pub(crate) playwright: Vec<playwright::Run>,
    pub(crate) ordinary: Vec<ordinary::Run>,
    pub(crate) chromium_relayed: Vec<Run>,
    pub(crate) firefox_relayed: Vec<Run>,
    /// Sessions with a fresh profile.
    pub(crate) fresh: Vec<Log>,
}

/// What is asked of the bench, by its environment.
struct Asked {
    turns: u64,
    patience: Duration,
    browser: Option<BrowserName>,
    trace: Option<PathBuf>,
}

impl Asked {
    fn read() -> Result<Self, String> {
        let browser = match std::env::var("RINNOVA_BENCH_BROWSER").ok().as_deref() {
            None | Some("") => None,
            Some("chromium") => Some(Chromium),
            Some("firefox") => Some(Firefox),
            Some(other) => return Err(format!("RINNOVA_BENCH_BROWSER: `{other}` is neither chromium nor firefox")),
        };
        Ok(Self {
            turns: number("RINNOVA_BENCH_N", 10)?,
            patience: Duration::from_secs(number("RINNOVA_BENCH_CALM", 0)?),
            browser,
            trace: std::env::var_os("RINNOVA_BENCH_TRACE").map(PathBuf::from),
        })
    }
}

/// Measures and prints.
pub(crate) fn measure() -> Result<(), String> {
    let asked = Asked::read()?;
    let scene = Scene::set()?;
    match playwright::version() {
        Some(version) => println!("Playwright {version}"),
        None => println!("Playwright is left out: `npm ci` in benches/playwright has not been run"),
    }
    if asked.browser != Some(Firefox) {
        subject::accept(&scene)?;
    }
    println!("{} turns after one to warm up; load before: {}", asked.turns, load());
    turn(&scene, asked.browser, &mut Measured::default())?;
    let mut measured = Measured::default();
    for number in 1..=asked.turns {
        let idle = wait_for_calm(asked.patience);
        turn(&scene, asked.browser, &mut measured)?;
        eprintln!("turn {number} of {}; idle before it {:.0} %, load after it {}", asked.turns, idle * 100.0, load());
    }
    summary::print(&measured)?;
    println!("load after: {}", load());
    if let Some(file) = asked.trace {
        timeline::write(&file, &[&measured.chromium_relayed, &measured.firefox_relayed])?;
    }
    Ok(())
}

fn number(variable: &str, usual: u64) -> Result<u64, String> {
    match std::env::var(variable) {
        Ok(text) => text.parse().map_err(|_| format!("{variable}: `{text}` is no number")),
        Err(_) => Ok(usual),
    }
}

fn turn(scene: &Scene, only: Option<BrowserName>, measured: &mut Measured) -> Result<(), String> {
    if only != Some(Firefox) {
        // By turns the one comes first and the other.
        let watched_first = measured.chromium.len() % 2 == 1;
        for watched in [watched_first, !watched_first] {
            let way = if watched { Way::Watched } else { Way::Plain };
            let runs = if watched { &mut measured.watched } else { &mut measured.chromium };
            runs.push(subject::run(scene, Chromium, way)?);
        }
        if playwright::version().is_some() {
            measured.playwright.push(playwright::run(scene)?);
        }
        measured.chromium_relayed.push(subject::run(scene, Chromium, Way::Relayed)?);
    }
    if only != Some(Chromium) {
        measured.firefox.push(subject::run(scene, Firefox, Way::Plain)?);
        measured.ordinary.push(ordinary::run(scene)?);
        measured.firefox_relayed.push(subject::run(scene, Firefox, Way::Relayed)?);
        let helpers = scene.helpers(Firefox);
        ordinary::fresh_session(scene, &helpers.join(installed::driver_name(Firefox)))?;
        measured.fresh.push(Log::read(&helpers.join("log.jsonl"))?);
    }
    Ok(())
}

/// Waits until the machine has nothing else to do, at most so long; the idle share of the last second.
fn wait_for_calm(patience: Duration) -> f64 {
    let until = Instant::now() + patience;
    loop {
        let before = idle_and_all();
        std::thread::sleep(Duration::from_secs(1));
        let after = idle_and_all();
        let idle = (after.0 - before.0) / (after.1 - before.1).max(1.0);
        if idle >= CALM || Instant::now() >= until {
            return idle;
        }
    }
}

/// Ticks in which the processors idled, and all ticks.
fn idle_and_all() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = text.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
    let ticks: Vec<f64> = ticks.filter_map(|ticks| ticks.parse().ok()).collect();
    (ticks.iter().skip(3).take(2).sum(), ticks.iter().sum())
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

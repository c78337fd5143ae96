//! Turn and turn about, and the summary.

use rinnova::browser::installed;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use crate::clock::ms;
use crate::figures::{Series, head, target};
use crate::log::Log;
use crate::ordinary;
use crate::parts::{self, Parts};
use crate::playwright;
use crate::scene::Scene;
use crate::subject::{self, Run};

/// Everything that was measured.
#[derive(Default)]
struct Measured {
    chromium: Vec<Run>,
    firefox: Vec<Run>,
    playwright: Vec<playwright::Run>,
    ordinary: Vec<ordinary::Run>,
    chromium_relayed: Vec<Run>,
    firefox_relayed: Vec<Run>,
    fresh: Vec<Log>,
}

/// Measures and prints.
pub(crate) fn measure() -> Result<(), String> {
    let turns: usize = match std::env::var("RINNOVA_BENCH_N") {
        Ok(text) => text.parse().map_err(|_| format!("RINNOVA_BENCH_N: `{text}` is no number"))?,
        Err(_) => 10,
    };
    let scene = Scene::set()?;
    let with_playwright = playwright::installed();
    if !with_playwright {
        println!("Playwright is left out: `npm ci` in benches/playwright has not been run");
    }
    println!("{turns} turns after one to warm up; load before: {}", load());
    turn(&scene, with_playwright, &mut Measured::default())?;
    let mut measured = Measured::default();
    for number in 1..=turns {
        turn(&scene, with_playwright, &mut measured)?;
        eprintln!("turn {number} of {turns}; load {}", load());
    }
    print(&measured)
}

fn turn(scene: &Scene, with_playwright: bool, measured: &mut Measured) -> Result<(), String> {
    measured.chromium.push(subject::run(scene, Chromium, false)?);
    if with_playwright {
        measured.playwright.push(playwright::run(scene)?);
    }
    measured.firefox.push(subject::run(scene, Firefox, false)?);
    measured.ordinary.push(ordinary::run(scene)?);
    measured.chromium_relayed.push(subject::run(scene, Chromium, true)?);
    measured.firefox_relayed.push(subject::run(scene, Firefox, true)?);
    let helpers = scene.helpers(Firefox);
    ordinary::fresh_session(scene, &helpers.join(installed::driver_name(Firefox)))?;
    measured.fresh.push(Log::read(&helpers.join("log.json"))?);
    Ok(())
}

fn print(measured: &Measured) -> Result<(), String> {
    let whole = |runs: &[Run]| runs.iter().map(|run| ms(run.began, run.ended)).collect::<Series>();
    let flow = |runs: &[Run]| runs.iter().map(|run| ms(run.ready, run.last)).collect::<Series>();
    let peak = |runs: &[Run]| runs.iter().map(|run| run.peak_mb).collect::<Series>();
    let (chromium, firefox) = (taken_apart(Chromium, &measured.chromium_relayed)?, taken_apart(Firefox, &measured.firefox_relayed)?);
    parts::print("Chromium", &chromium, &measured.chromium_relayed);
    parts::print("Firefox", &firefox, &measured.firefox_relayed);

    head("Chromium");
    let ours = (whole(&measured.chromium), flow(&measured.chromium));
    let theirs: (Series, Series) =
        (measured.playwright.iter().map(|run| run.whole).collect(), measured.playwright.iter().map(|run| run.flow).collect());
    ours.0.line("rinnova, whole process", "ms");
    theirs.0.line("Playwright, whole process (node)", "ms");
    ours.1.line("rinnova, session ready → last output", "ms");
    theirs.1.line("Playwright, page ready → last output", "ms");

    head("Firefox");
    let ours_firefox = (whole(&measured.firefox), flow(&measured.firefox));
    let ordinary: Series = measured.ordinary.iter().map(|run| run.flow).collect();
    ours_firefox.0.line("rinnova, whole process", "ms");
    ours_firefox.1.line("rinnova, session ready → last output", "ms");
    ordinary.line("the ordinary way, session ready → last output", "ms");
    let prepared: Series = firefox.iter().map(|parts| parts.new_session).collect();
    let fresh = new_sessions(&measured.fresh)?;
    prepared.line("New Session, prepared profile", "ms");
    fresh.line("New Session, fresh profile", "ms");
    let to_session = |log: &Log| log.named("POST /session").map(|opening| ms(log.woke, opening.to));
    let ours_start: Series = measured.firefox_relayed.iter().filter_map(|run| to_session(&run.relayed.as_ref()?.0).ok()).collect();
    let fresh_start: Series = measured.fresh.iter().filter_map(|log| to_session(log).ok()).collect();
    ours_start.line("driver spawned → session, prepared (with copying)", "ms");
    fresh_start.line("driver spawned → session, fresh", "ms");
    measured.ordinary.iter().map(|run| run.start).collect::<Series>().line("the same without the relay, fresh", "ms");

    head("The tool");
    let peaks = (peak(&measured.chromium), peak(&measured.firefox));
    peaks.0.line("peak memory, Chromium", "MB");
    peaks.1.line("peak memory, Firefox", "MB");
    let spawn: Series = chromium.iter().chain(&firefox).map(|parts| parts.to_spawn).collect();
    spawn.line("start of the process → driver spawned", "ms");
    let percent = |parts: &[Parts], pick: fn(&Parts) -> f64| parts.iter().map(|p| pick(p) * 100.0).collect::<Series>();
    let share = (percent(&chromium, |p| p.own_share), percent(&firefox, |p| p.own_share));
    share.0.line("own share of the session, Chromium", "%");
    share.1.line("own share of the session, Firefox", "%");
    percent(&chromium, |p| p.own_share_whole).line("own share of the whole process, Chromium", "%");
    percent(&firefox, |p| p.own_share_whole).line("own share of the whole process, Firefox", "%");

    println!("\nTargets, by medians");
    target("own share, Chromium", share.0.median(), 5.0, "%");
    target("own share, Firefox", share.1.median(), 5.0, "%");
    target("peak memory, the larger of both", peaks.0.median().max(peaks.1.median()), 30.0, "MB");
    target("start of the process → driver spawned", spawn.median(), 30.0, "ms");
    if !measured.playwright.is_empty() {
        target("Chromium: rinnova / Playwright, whole process", ours.0.median() / theirs.0.median(), 0.75, "");
        println!("  {:<62} {:>7.2}", "  flow alone, for comparison", ours.1.median() / theirs.1.median());
    }
    target("Firefox: rinnova / ordinary way, session ready → last output", ours_firefox.1.median() / ordinary.median(), 0.5, "");
    target("Firefox: New Session, prepared / fresh profile", prepared.median() / fresh.median(), 0.5, "");
    println!("load after: {}", load());
    Ok(())
}

fn taken_apart(browser: BrowserName, runs: &[Run]) -> Result<Vec<Parts>, String> {
    let relayed = runs.iter().filter_map(|run| run.relayed.as_ref().map(|(log, codes)| Parts::of(run, log, codes)));
    relayed.collect::<Result<_, _>>().map_err(|error| format!("{}: {error}", browser.name()))
}

fn new_sessions(logs: &[Log]) -> Result<Series, String> {
    logs.iter().map(|log| log.named("POST /session").map(|opening| ms(opening.from, opening.to))).collect()
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

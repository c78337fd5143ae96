//! The figures, their ratios, and what of the requirement is reached.
//!
//! A ratio is the median of the turns' own ratios: what slows one turn slows both sides of it.

use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use crate::clock::ms;
use crate::figures::{Series, head};
use crate::log::Log;
use crate::parts::{self, Parts};
use crate::subject::Run;
use crate::turns::Measured;

/// Lines that are printed at the end, together.
#[derive(Default)]
struct Verdicts {
    ratios: Vec<String>,
    targets: Vec<String>,
}

impl Verdicts {
    /// How large `ours` is beside `theirs`, by turns and by medians; the first is answered.
    fn compare(&mut self, name: &str, ours: &Series, theirs: &Series) -> f64 {
        let by_turns = ours.over(theirs).median();
        let by_medians = ours.median() / theirs.median();
        self.ratios.push(format!("  {name:<56} {by_turns:>9.3} {by_medians:>9.3}"));
        by_turns
    }

    fn target(&mut self, name: &str, reached: f64, most: f64, unit: &str) {
        let word = if reached <= most { "reached" } else { "NOT REACHED" };
        let (reached, most) = (format!("{reached:.2} {unit}"), format!("{most} {unit}"));
        self.targets.push(format!("  {name:<56} {:>9}  at most {:<6}  {word}", reached.trim_end(), most.trim_end()));
    }
}

/// Prints everything; the requirement at the end.
pub(crate) fn print(measured: &Measured) -> Result<(), String> {
    let mut verdicts = Verdicts::default();
    if !measured.chromium.is_empty() {
        let parts = taken_apart(Chromium, &measured.chromium_relayed)?;
        parts::print("Chromium", &parts, &measured.chromium_relayed);
        chromium(measured, &mut verdicts);
        watching(measured, &mut verdicts);
        tool("Chromium", &parts, &measured.chromium, &mut verdicts);
    }
    if !measured.firefox.is_empty() {
        let parts = taken_apart(Firefox, &measured.firefox_relayed)?;
        parts::print("Firefox", &parts, &measured.firefox_relayed);
        firefox(measured, &parts, &mut verdicts)?;
        tool("Firefox", &parts, &measured.firefox, &mut verdicts);
    }
    println!("\n{:<58} {:>9} {:>9}", "Ratios", "by turns", "medians");
    println!("{}", verdicts.ratios.join("\n"));
    println!("\nThe requirement, by medians");
    println!("{}", verdicts.targets.join("\n"));
    Ok(())
}

fn chromium(measured: &Measured, verdicts: &mut Verdicts) {
    head("Chromium");
    let whole = of(&measured.chromium, |run| ms(run.began, run.ended));
    let flow = of(&measured.chromium, |run| ms(run.ready, run.last));
    whole.line("rinnova, whole process", "ms");
    flow.line("rinnova, session ready → last output", "ms");
    around(&measured.chromium);
    if measured.playwright.is_empty() {
        return;
    }
    let playwright = of(&measured.playwright, |run| run.whole);
    let playwright_flow = of(&measured.playwright, |run| run.flow);
    playwright.line("Playwright, whole process (node)", "ms");
    playwright_flow.line("Playwright, page ready → last output", "ms");
    let share = verdicts.compare("Chromium: rinnova / Playwright, whole process", &whole, &playwright);
    verdicts.compare("Chromium: rinnova / Playwright, ready → last output", &flow, &playwright_flow);
    verdicts.target("Chromium: share of Playwright's wall time", share, 0.75, "");
}

/// What it costs to hold a run against a baseline, and to keep of it what a baseline needs.
fn watching(measured: &Measured, verdicts: &mut Verdicts) {
    let whole = |runs: &[Run]| of(runs, |run| ms(run.began, run.ended));
    let flow = |runs: &[Run]| of(runs, |run| ms(run.ready, run.last));
    head("Chromium, watched");
    whole(&measured.watched).line("rinnova, whole process", "ms");
    flow(&measured.watched).line("rinnova, session ready → last output", "ms");
    of(&measured.watched, |run| run.used.processor).line("processor time, whole process", "ms");
    let share = verdicts.compare(
        "Chromium: with a baseline / without one, whole process",
        &whole(&measured.watched),
        &whole(&measured.chromium),
    );
    verdicts.compare(
        "Chromium: with a baseline / without, ready → last output",
        &flow(&measured.watched),
        &flow(&measured.chromium),
    );
    verdicts.target("Chromium: watched, share of the unwatched wall time", share, 1.05, "");
}

fn firefox(measured: &Measured, parts: &[Parts], verdicts: &mut Verdicts) -> Result<(), String> {
    head("Firefox");
    let flow = of(&measured.firefox, |run| ms(run.ready, run.last));
    let ordinary = of(&measured.ordinary, |run| run.flow);
    of(&measured.firefox, |run| ms(run.began, run.ended)).line("rinnova, whole process", "ms");
    flow.line("rinnova, session ready → last output", "ms");
    around(&measured.firefox);
    ordinary.line("the ordinary way, session ready → last output", "ms");
    let prepared = of(parts, |parts| parts.new_session);
    let fresh = new_session(&measured.fresh, |_, from| from)?;
    prepared.line("New Session, prepared profile", "ms");
    fresh.line("New Session, fresh profile", "ms");
    let prepared_whole = of(parts, |parts| parts.driver + parts.to_new_session + parts.new_session);
    let fresh_whole = new_session(&measured.fresh, |log, _| log.start.woke)?;
    prepared_whole.line("driver spawned → session, prepared, with copying", "ms");
    fresh_whole.line("driver spawned → session, fresh", "ms");
    of(&measured.ordinary, |run| run.start).line("  the same without the relay", "ms");
    let share = verdicts.compare("Firefox: rinnova / the ordinary way, ready → last output", &flow, &ordinary);
    let start = verdicts.compare("Firefox: New Session, prepared / fresh profile", &prepared, &fresh);
    verdicts.compare("Firefox: driver spawned → session, prepared / fresh", &prepared_whole, &fresh_whole);
    verdicts.target("Firefox: share of the ordinary way's time", share, 0.5, "");
    verdicts.target("Firefox: session start, share of a fresh profile's", start, 0.5, "");
    Ok(())
}

/// What lies before and after the flow.
fn around(runs: &[Run]) {
    of(runs, |run| ms(run.began, run.ready)).line("  before it, from the start of the process", "ms");
    of(runs, |run| ms(run.last, run.ended)).line("  after it, to the end of the process", "ms");
}

fn tool(name: &str, parts: &[Parts], runs: &[Run], verdicts: &mut Verdicts) {
    let share = of(parts, |parts| parts.own_share * 100.0);
    let peak = of(runs, |run| run.used.peak_mb);
    let spawn = of(parts, |parts| parts.to_spawn);
    share.line("own share of the session", "%");
    of(parts, |parts| parts.own_share_whole * 100.0).line("own share of the whole process", "%");
    of(runs, |run| run.used.processor).line("processor time, whole process", "ms");
    of(runs, |run| run.used.first_thread).line("  of it the first thread (pictures: the others)", "ms");
    peak.line("peak memory", "MB");
    spawn.line("start of the process → driver spawned", "ms");
    verdicts.target(&format!("{name}: own share of the session"), share.median(), 5.0, "%");
    verdicts.target(&format!("{name}: peak memory"), peak.median(), 30.0, "MB");
    verdicts.target(&format!("{name}: start of the process → driver spawned"), spawn.median(), 30.0, "ms");
}

fn of<T>(all: &[T], value: impl Fn(&T) -> f64) -> Series {
    all.iter().map(value).collect()
}

fn taken_apart(browser: BrowserName, runs: &[Run]) -> Result<Vec<Parts>, String> {
    let relayed = runs.iter().filter_map(|run| run.relayed.as_ref().map(|(log, codes)| Parts::of(run, log, codes)));
    relayed.collect::<Result<_, _>>().map_err(|error| format!("{}: {error}", browser.name()))
}

/// From a moment until New Session is answered.
fn new_session(logs: &[Log], since: impl Fn(&Log, u64) -> u64) -> Result<Series, String> {
    logs.iter().map(|log| log.named("POST /session").map(|opening| ms(since(log, opening.from), opening.to))).collect()
}

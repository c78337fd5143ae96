//! The figures, their ratios, and what of the requirement is reached.
//!
//! A ratio is the median of the turns' own ratios: what slows one turn slows both sides of it.

use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use crate::clock::ms;
use crate::figures::{Series, compare, head, target};
use crate::log::Log;
use crate::parts::{self, Parts};
use crate::subject::Run;
use crate::turns::Measured;

/// Prints everything; the requirement at the end.
pub(crate) fn print(measured: &Measured) -> Result<(), String> {
    let chromium = taken_apart(Chromium, &measured.chromium_relayed)?;
    let firefox = taken_apart(Firefox, &measured.firefox_relayed)?;
    parts::print("Chromium", &chromium, &measured.chromium_relayed);
    parts::print("Firefox", &firefox, &measured.firefox_relayed);

    head("Chromium");
    let whole = of(&measured.chromium, |run| ms(run.began, run.ended));
    let flow = of(&measured.chromium, |run| ms(run.ready, run.last));
    let playwright = of(&measured.playwright, |run| run.whole);
    let playwright_flow = of(&measured.playwright, |run| run.flow);
    whole.line("rinnova, whole process", "ms");
    playwright.line("Playwright, whole process (node)", "ms");
    flow.line("rinnova, session ready → last output", "ms");
    playwright_flow.line("Playwright, page ready → last output", "ms");

    head("Firefox");
    let firefox_flow = of(&measured.firefox, |run| ms(run.ready, run.last));
    let ordinary = of(&measured.ordinary, |run| run.flow);
    of(&measured.firefox, |run| ms(run.began, run.ended)).line("rinnova, whole process", "ms");
    firefox_flow.line("rinnova, session ready → last output", "ms");
    ordinary.line("the ordinary way, session ready → last output", "ms");
    let prepared = of(&firefox, |parts| parts.new_session);
    let fresh = new_session(&measured.fresh, |_, from| from)?;
    prepared.line("New Session, prepared profile", "ms");
    fresh.line("New Session, fresh profile", "ms");
    let prepared_whole = of(&firefox, |parts| parts.driver + parts.to_new_session + parts.new_session);
    let fresh_whole = new_session(&measured.fresh, |log, _| log.woke)?;
    prepared_whole.line("driver spawned → session, prepared, with copying", "ms");
    fresh_whole.line("driver spawned → session, fresh", "ms");
    of(&measured.ordinary, |run| run.start).line("  the same without the relay", "ms");

    head("The tool");
    let peaks: Series = measured.chromium.iter().chain(&measured.firefox).map(|run| run.peak_mb).collect();
    let spawn: Series = chromium.iter().chain(&firefox).map(|parts| parts.to_spawn).collect();
    peaks.line("peak memory", "MB");
    spawn.line("start of the process → driver spawned", "ms");
    let shares = [&chromium, &firefox].map(|parts| of(parts, |parts| parts.own_share * 100.0));
    for (name, parts, runs, share) in
        [("Chromium", &chromium, &measured.chromium, &shares[0]), ("Firefox", &firefox, &measured.firefox, &shares[1])]
    {
        share.line(&format!("{name}: own share of the session"), "%");
        of(parts, |parts| parts.own_share_whole * 100.0).line(&format!("{name}: own share of the whole process"), "%");
        of(runs, |run| run.processor).line(&format!("{name}: processor time, whole process"), "ms");
    }

    println!("\n{:<58} {:>9} {:>9}", "Ratios", "by turns", "medians");
    let by_playwright = compare("Chromium: rinnova / Playwright, whole process", &whole, &playwright);
    compare("Chromium: rinnova / Playwright, ready → last output", &flow, &playwright_flow);
    let by_ordinary = compare("Firefox: rinnova / the ordinary way, ready → last output", &firefox_flow, &ordinary);
    let by_fresh = compare("Firefox: New Session, prepared / fresh profile", &prepared, &fresh);
    compare("Firefox: driver spawned → session, prepared / fresh", &prepared_whole, &fresh_whole);

    println!("\nThe requirement, by medians");
    target("own share of the session, Chromium", shares[0].median(), 5.0, "%");
    target("own share of the session, Firefox", shares[1].median(), 5.0, "%");
    target("peak memory", peaks.median(), 30.0, "MB");
    target("start of the process → driver spawned", spawn.median(), 30.0, "ms");
    if !measured.playwright.is_empty() {
        target("Chromium: share of Playwright's wall time", by_playwright, 0.75, "");
    }
    target("Firefox: share of the ordinary way's time", by_ordinary, 0.5, "");
    target("Firefox: session start, share of a fresh profile's", by_fresh, 0.5, "");
    Ok(())
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

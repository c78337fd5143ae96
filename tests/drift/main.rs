//! Portals that change (portals.md §1.6): each change on each portal to which it applies, against the baseline of the portal as
//! it was. A cell is judged by how the run ended, by what `explain` says of it, by whether the flow that `repair` has mended
//! runs green, and by the portal's ledger: a wrong click is a line there.
//!
//! Some cells are played in every test run. `make drift` plays all, and a hundred runs in which nothing has changed;
//! `RINNOVA_DRIFT` may name those wanted (`D7`, `D7/B`, `all`), `RINNOVA_DRIFT_SEED` turns browsers and order.

mod cell;
mod dialogs;
mod healing;
mod table;
#[path = "../support/trial.rs"]
mod trial;
mod unchanged;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use rinnova::exit::Verdict;
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{Advised, CHANGES};

use cell::{Baselines, Cell, Seen, play};

/// So many cells are under way at once.
const WORKERS: usize = 4;

fn wanted(cell: &Cell) -> bool {
    let name = cell.name();
    match std::env::var("RINNOVA_DRIFT") {
        Err(_) => table::ALWAYS.contains(&name.as_str()),
        Ok(wish) if wish == "all" => true,
        Ok(wish) => wish.split(',').any(|wish| name == wish || cell.change.id == wish),
    }
}

fn cells() -> Vec<Cell> {
    let on = |portal| {
        move |change: &'static rinnova::practice::Change| {
            change.portals.contains(&portal).then_some(Cell { change, portal })
        }
    };
    CHANGES.iter().flat_map(|change| [on(MiaFirma)(change), on(FirmaRemota)(change)]).flatten().collect()
}

#[test]
fn every_change_is_seen_named_and_mended_as_it_should_be() {
    let cells: Vec<Cell> = cells().into_iter().filter(wanted).collect();
    assert!(!cells.is_empty(), "no cell is called so");
    let (all, baselines, began) = (cells.len(), Baselines::accepted(), Instant::now());
    let one = |cell: &Cell| {
        let seen = play(cell, &baselines);
        tell(&format!("{}\n", line(cell, &seen)));
        seen
    };
    let mut played = each(cells, one, |words| Seen { against: vec![words.to_owned()], ..Seen::default() });
    let place =
        |cell: &Cell| (CHANGES.iter().position(|change| change.id == cell.change.id), cell.portal == FirmaRemota);
    played.sort_by_key(|(cell, _)| place(cell));
    let mut text = String::new();
    for (cell, seen) in &played {
        text.push_str(&format!("{}\n", line(cell, seen)));
    }
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let share = |count: usize, of: usize| if of == 0 { 100.0 } else { 100.0 * number(count) / number(of) };
    let named = played.iter().filter(|(_, seen)| seen.step_named).count();
    let classed = played.iter().filter(|(_, seen)| seen.class_right).count();
    let repairable: Vec<_> = played.iter().filter(|(cell, _)| cell.change.advised == Advised::Repair).collect();
    let green = repairable.iter().filter(|(_, seen)| seen.green).count();
    // Whatever was ranked first is what was written into the flow, so a green one had the right element there each time.
    let mended: Vec<_> = repairable.iter().filter(|(_, seen)| seen.mendings > 0 || !seen.green).collect();
    let right = mended.iter().filter(|(_, seen)| seen.green).count();
    let harmed: usize = played.iter().map(|(_, seen)| seen.harm.len()).sum();
    tell(&format!(
        "\n{text}\n{all} cells in {} s: right step {:.1} %, right class {:.1} %, of {} to be mended green {:.1} %, of {} that needed it \
         right at the first place {:.1} %, wrong clicks {harmed}\n",
        began.elapsed().as_secs(),
        share(named, all),
        share(classed, all),
        repairable.len(),
        share(green, repairable.len()),
        mended.len(),
        share(right, mended.len()),
    ));
    let failed: Vec<String> = played
        .iter()
        .filter(|(_, seen)| !seen.against.is_empty() || !seen.harm.is_empty())
        .map(|(cell, seen)| {
            format!("{} {}:\n{}\n{}", cell.name(), cell.change.what, seen.against.join("\n"), seen.harm.join("\n"))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(share(named, all) >= 95.0 && share(classed, all) >= 95.0, "steps or classes");
    assert!(share(green, repairable.len()) >= 90.0 && share(right, mended.len()) >= 90.0, "mended flows");
}

/// Where all is played: what a run does that may heal itself, on each change that stops one.
#[test]
fn no_healing_does_harm() {
    if std::env::var_os("RINNOVA_DRIFT").is_none() {
        return;
    }
    let stops = |cell: &Cell| table::expected(cell).verdicts != [Verdict::Renewed];
    let cells: Vec<Cell> = cells().into_iter().filter(wanted).filter(stops).collect();
    let (all, baselines) = (cells.len(), Baselines::accepted());
    let one = |cell: &Cell| {
        let (told, against) = healing::play(cell, &baselines);
        tell(&format!("{:<6} --heal: {told}\n", cell.name()));
        against
    };
    let played = each(cells, one, |words| vec![words.to_owned()]);
    let told = |(cell, against): (Cell, Vec<String>)| {
        against.into_iter().map(|what| format!("{}: {what}", cell.name())).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = played.into_iter().flat_map(told).collect();
    tell(&format!("\n{all} changes with --heal, wrong heals: {}\n", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two visits in every test run, a hundred where all is played.
#[test]
fn nothing_is_told_of_a_portal_that_has_not_changed() {
    let all = std::env::var("RINNOVA_DRIFT").is_ok_and(|wish| wish == "all" || wish == "unchanged");
    let (visits, began) = (if all { 100 } else { 2 }, Instant::now());
    let baselines = Baselines::accepted();
    let visit = |number: &usize| unchanged::visit(*number, &baselines);
    let seen = each((0..visits).collect(), visit, |words| Some(words.to_owned()));
    let wrong: Vec<String> =
        seen.into_iter().filter_map(|(number, told)| Some(format!("visit {number}: {}", told?))).collect();
    tell(&format!("\n{visits} visits in {} s, false alarms: {}\n", began.elapsed().as_secs(), wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Plays each of them, some at a time, in their order. What panicked is told by its words.
fn each<T: Send, R: Send>(
    all: Vec<T>,
    play: impl Fn(&T) -> R + Sync,
    panicked: impl Fn(&str) -> R + Sync,
) -> Vec<(T, R)> {
    let (queue, played) = (Mutex::new(all.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(next) = queue.lock().expect("the queue").next() else { return };
                    let seen = catch_unwind(AssertUnwindSafe(|| play(&next))).unwrap_or_else(|panic| {
                        panicked(panic.downcast_ref::<String>().map_or("it panicked", |words| words))
                    });
                    played.lock().expect("what was played").push((next, seen));
                }
            });
        }
    });
    played.into_inner().expect("what was played")
}

fn line(cell: &Cell, seen: &Seen) -> String {
    let mark = |good: bool| if good { '+' } else { '-' };
    format!(
        "{:<6} {} {} step{} class{} green{} {:>3} s | {} | {}",
        cell.name(),
        cell.change.advised,
        if seen.against.is_empty() && seen.harm.is_empty() { "ok    " } else { "FAILED" },
        mark(seen.step_named),
        mark(seen.class_right),
        mark(seen.green),
        seen.seconds,
        cell.change.what,
        seen.story.join(" → "),
    )
}

/// Past the test runner, which swallows what passing tests print.
fn tell(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).expect("standard error");
}

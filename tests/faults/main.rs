//! The fault matrix (faults.md §5): each fault at each point of a renewal at which it applies, on both portals, in both
//! browsers by turns. Every cell is judged by the portal's ledger, by exit codes, and by what is left behind.
//!
//! Some cells are played in every test run. `make faults` plays all; `RINNOVA_FAULTS` may name those wanted (`F7`,
//! `F7@P8/B`, `all`), `RINNOVA_FAULTS_SEED` turns browsers and order.

#[path = "../support/aftermath.rs"]
mod aftermath;
mod cell;
#[path = "../support/disk.rs"]
mod disk;
mod play;
mod point;
mod table;
#[path = "../support/trial.rs"]
mod trial;
mod wreck;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use rinnova::practice::Portal;
use rinnova::settings::BrowserName::{Chromium, Firefox};

use cell::{Cell, Seen};
use table::{ALWAYS, ELSEWHERE, LEFT_OUT, ROWS};

/// So many cells are under way at once; only two of them run a browser that is at work, and three one that waits.
const WORKERS: usize = 6;

fn seed() -> u64 {
    std::env::var("RINNOVA_FAULTS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Every cell, its browser by turns and the first turn by the seed.
fn cells(seed: u64) -> Vec<Cell> {
    let mut cells = Vec::new();
    for row in ROWS {
        for &point in row.points {
            for portal in [Portal::MiaFirma, Portal::FirmaRemota] {
                if row.only.is_some_and(|only| only != portal) || !play::applies(&row.act, point, portal) {
                    continue;
                }
                let turn = (seed + cells.len() as u64 / 2 + u64::from(portal == Portal::FirmaRemota)) % 2;
                let browser = if turn == 0 { Chromium } else { Firefox };
                cells.push(Cell { row, point, portal, browser });
            }
        }
    }
    cells
}

fn wanted(cell: &Cell) -> bool {
    let name = cell.name();
    match std::env::var("RINNOVA_FAULTS") {
        Err(_) => ALWAYS.contains(&name.as_str()),
        Ok(wish) if wish == "all" => true,
        Ok(wish) => wish.split(',').any(|wish| name == wish || name.starts_with(&format!("{wish}@"))),
    }
}

#[test]
fn every_fault_comes_to_what_it_must() {
    let turn = seed();
    let mut queue: Vec<Cell> = cells(turn).into_iter().filter(wanted).collect();
    assert!(!queue.is_empty(), "no cell is called so");
    shuffle(&mut queue, turn);
    let (all, began) = (queue.len(), Instant::now());
    let (queue, played) = (Mutex::new(queue), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("the queue").pop();
                    let Some(cell) = next else { return };
                    let seen = catch_unwind(AssertUnwindSafe(|| play::play(cell))).unwrap_or_else(|panic| {
                        let words = panic.downcast_ref::<String>().map_or("it panicked", String::as_str);
                        Seen { against: vec![words.to_owned()], ..Seen::default() }
                    });
                    tell(&line(&cell, &seen));
                    played.lock().expect("the table").push((cell, seen));
                }
            });
        }
    });
    let mut played = played.into_inner().expect("the table");
    played.sort_by_key(|(cell, _)| (place(cell), cell.point, cell.name()));
    let survived = played.iter().filter(|(_, seen)| seen.against.is_empty() && seen.unplayed.is_none()).count();
    let unplayed = played.iter().filter(|(_, seen)| seen.unplayed.is_some()).count();
    let mut text = String::new();
    for (cell, seen) in &played {
        text.push_str(&line(cell, seen));
    }
    for (fault, file, test) in ELSEWHERE {
        text.push_str(&format!("{fault:<14} {file}: {test}\n"));
    }
    for (fault, why) in LEFT_OUT {
        text.push_str(&format!("{fault:<14} left out: {why}\n"));
    }
    tell(&format!(
        "\n{text}\nfaults survived: {survived}/{all} in {} s, seed {turn}; not playable here: {unplayed}; left out: {}\n",
        began.elapsed().as_secs(),
        LEFT_OUT.len()
    ));
    let failed: Vec<String> = played
        .iter()
        .filter(|(_, seen)| !seen.against.is_empty())
        .map(|(cell, seen)| format!("{} {}:\n{}", cell.name(), cell.row.what, seen.against.join("\n")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn place(cell: &Cell) -> usize {
    ROWS.iter().position(|row| row.fault == cell.row.fault).unwrap_or_default()
}

fn line(cell: &Cell, seen: &Seen) -> String {
    let verdict = match seen.unplayed {
        Some(why) => why,
        None if seen.against.is_empty() => "ok",
        None => "FAILED",
    };
    format!(
        "{:<10} {:<32} {:<8} {:?}, {:?} | {} | {verdict} {} s\n",
        cell.name(),
        cell.row.what,
        cell.browser.name(),
        (cell.row.first)(cell),
        cell.row.finally,
        seen.words(),
        seen.seconds
    )
}

/// Past the test runner, which swallows what passing tests print.
fn tell(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).expect("standard error");
}

/// The same order for the same seed.
fn shuffle(cells: &mut [Cell], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for last in (1..cells.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        cells.swap(last, usize::try_from(state % (last as u64 + 1)).unwrap_or_default());
    }
}

#[test]
fn the_table_is_whole() {
    let cells = cells(1);
    let names: BTreeSet<String> = cells.iter().map(Cell::name).collect();
    assert_eq!(names.len(), cells.len(), "two cells have one name");
    for name in ALWAYS {
        assert!(names.contains(*name), "{name} is no cell");
    }
    let number = |name: &str| name.trim_start_matches('F').trim_end_matches(char::is_alphabetic).parse::<u32>();
    let rows = ROWS.iter().map(|row| row.fault);
    let covered: BTreeSet<u32> = rows
        .chain(ELSEWHERE.iter().map(|(fault, ..)| *fault))
        .chain(LEFT_OUT.iter().map(|(fault, _)| *fault))
        .map(|fault| number(fault).unwrap_or_else(|_| panic!("`{fault}` has no number")))
        .collect();
    // Two numbers were never given out.
    let missing: Vec<u32> = (1..=50).filter(|number| ![36, 49].contains(number) && !covered.contains(number)).collect();
    assert!(missing.is_empty(), "faults without a row: {missing:?}");
    for (fault, file, test) in ELSEWHERE {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {test}(")), "{fault}: {file} has no `{test}`");
    }
    tell(&format!("\n{} cells; {} elsewhere, {} left out\n", cells.len(), ELSEWHERE.len(), LEFT_OUT.len()));
    assert!(LEFT_OUT.len() * 20 <= cells.len(), "more than a twentieth is left out");
}

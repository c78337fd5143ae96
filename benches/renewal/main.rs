//! `make bench`: how fast the MySign renewal is on the practice portal, against what others would write.
//!
//! Turn and turn about, each time on a portal begun anew: the tool without a baseline, the tool with one and Playwright in
//! Chromium, the tool and the ordinary way in Firefox, then the tool in both browsers through a relay that sees every
//! command, and a session with a fresh profile through the same relay. `RINNOVA_BENCH_N` turns (10 unless told) after one to
//! warm up; some 30 seconds each.
//! `RINNOVA_BENCH_BROWSER=chromium` or `firefox` measures that one alone; `RINNOVA_BENCH_TRACE=FILE` leaves the last relayed
//! runs there command by command; `RINNOVA_BENCH_CALM=SECONDS` waits so long before each turn for a machine with nothing
//! else to do.
//! Needs both browsers and drivers, and node with `npm ci` done in `benches/playwright`; without it Playwright is left out, and said so.
//!
//! What is the same for all: account, viewport of 1280×800, ten pictures at the same moments, two readings of the expiry at
//! both ends. Codes come from the portal's SMS outbox, so that no clock is waited for: the tool starts its code command,
//! whose whole process counts in its wall time; the others ask the outbox themselves, which is kinder to them. The ordinary
//! way types a code with one command and covers nothing in its pictures; Playwright covers what the tool covers.
//!
//! How the figures are to be read. Session ready: the tool's first event; New Session answered and the viewport set, the
//! ordinary way; the page made, Playwright. Last output: the tool's last event, with every picture on disk; the others'
//! last picture. The tool's own share: from New Session answered to the end of the session asked for, the time in which
//! no command is outstanding and no code command runs. It is an upper bound: what the relay itself takes to pass a
//! message on, some tenths of a millisecond for each, counts as the tool's; so does waiting for a processor.
//!
//! Watching: the tool with a baseline beside its flow, over the tool without one, in Chromium; which of the two comes first
//! changes with each turn. What is written into every record, so that it can become a baseline, is in both.
//!
//! # Layout
//!
//! - `scene`: the practice portals, the bench's folder; `subject`, `playwright`, `ordinary`: one run of each; `watch`: what it uses
//! - `relay`, `socket`, `code`: this program as the tool's driver and code command; `log`, `clock`: what they note
//! - `turns`: the order of it all; `parts`, `timeline`, `summary`, `figures`: what is made of it

mod clock;
mod code;
mod figures;
mod log;
mod ordinary;
mod parts;
mod playwright;
mod relay;
mod scene;
mod socket;
mod subject;
mod summary;
mod timeline;
mod turns;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The first act: a relay's start is what the tool's start is measured by.
    let woke = clock::now();
    let program = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    match program.file_name().and_then(|name| name.to_str()) {
        Some("geckodriver" | "chromedriver") => return relay::serve(&program, woke),
        Some("code") => return code::fetch(&program, woke),
        _ => {}
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("this is measured by `make bench`");
        return ExitCode::SUCCESS;
    }
    match turns::measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

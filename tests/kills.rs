//! `kill -9` at every place where something is written, sent or renamed, and at moments of chance: nothing takes effect twice,
//! nothing stays behind, and what is told afterwards is true.
//!
//! A few of each are played in every test run; `make kills` plays all places on both portals and five hundred moments
//! (`RINNOVA_KILLS=500`, `RINNOVA_KILLS_SEED=2`: other moments).

#[path = "support/aftermath.rs"]
mod aftermath;
#[path = "support/trial.rs"]
mod trial;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use jiff::Zoned;
use jiff::civil::Date;
use rinnova::command::doctor::leaks::search::files_under;
use rinnova::failpoint;
use rinnova::practice::Portal::{self, FirmaRemota, MiaFirma};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use rustix::process::Signal;

use aftermath::Aftermath;
use trial::{Launch, Trial};

/// Where a renewal is killed: a place, which time it is passed, on which portal and in which browser.
#[derive(Clone, Copy)]
struct Place {
    name: &'static str,
    turn: u32,
    portal: Portal,
    browser: BrowserName,
}

/// Played in every test run, beside the kills under a commit in `tests/renew.rs` and `tests/faults/`.
const ALWAYS: [Place; 2] = [
    Place { name: "after-intent", turn: 1, portal: MiaFirma, browser: Firefox },
    Place { name: "after-spend", turn: 2, portal: FirmaRemota, browser: Chromium },
];

/// Of each place its first times are tried, and its last two: a record is renamed at the end.
const FIRST: u32 = 5;
/// Commands are too many to try each.
const COMMANDS: u32 = 10;

fn wish() -> Option<u32> {
    std::env::var("RINNOVA_KILLS").ok().map(|text| text.parse().expect("RINNOVA_KILLS is a number"))
}

fn seed() -> u64 {
    std::env::var("RINNOVA_KILLS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// The same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        Self(seed().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }

    /// From 1 to `most`.
    fn up_to(&mut self, most: u32) -> u32 {
        let drawn = (self.part() * f64::from(most)).ceil();
        (1..=most).find(|&number| f64::from(number) >= drawn).unwrap_or(most)
    }
}

/// What came of one kill.
struct Came {
    name: String,
    /// In the words of the run that looked first: `clear`, `half-done`, `unknown`, `renewed`; `outlived`: the run had ended.
    stood: String,
    against: Vec<String>,
}

/// Plays all of them, two at a time, and tells what came of them: how often it stood how.
fn play<T: Send>(all: Vec<T>, one: impl Fn(T) -> Came + Sync) -> BTreeMap<String, u32> {
    let began = Instant::now();
    let (queue, came) = (Mutex::new(all), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some(next) = next else { return };
                    let one = one(next);
                    tell(&format!("{:<22} {:<10} {}\n", one.name, one.stood, one.against.join("; ")));
                    came.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
            });
        }
    });
    let came = came.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut stood = BTreeMap::<String, u32>::new();
    for one in &came {
        *stood.entry(one.stood.clone()).or_default() += 1;
    }
    let failed: Vec<String> = came
        .iter()
        .filter(|one| !one.against.is_empty())
        .map(|one| format!("{}: {}", one.name, one.against.join("\n")))
        .collect();
    let (good, of, took) = (came.len() - failed.len(), came.len(), began.elapsed().as_secs());
    tell(&format!("\nkill -9 survived: {good}/{of} in {took} s; stood: {stood:?}\n"));
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    stood
}

/// Past the test runner, which swallows what passing tests print.
fn tell(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).expect("standard error");
}

/// From the kill to the renewal that is known: sees that it took effect once.
fn settled(name: String, mut runs: Aftermath<'_>) -> Came {
    runs.settle();
    let sent = runs.sent();
    if sent != (1, 1) {
        runs.against(format!("signed and issued {sent:?}"));
    }
    if !runs.known() {
        runs.against("it never came to be known".to_owned());
    }
    let stood = runs.told.get(1).map(|told| told.verdict.clone()).unwrap_or_default();
    if !["clear", "unknown", "half-done", "renewed"].contains(&stood.as_str()) {
        runs.against(format!("after the kill it stood `{stood}`: {:?}", runs.told));
    }
    let left = files_under(&runs.temporary);
    if !left.is_empty() {
        runs.against(format!("left behind: {left:?}"));
    }
    Came { name, stood, against: runs.against }
}

fn at_a_place(place: Place) -> Came {
    let Place { name, turn, portal, browser } = place;
    let trial = Trial::new();
    let mut runs = Aftermath::new(&trial, trial.account(portal, "u01"), browser);
    let launch = Aftermath::renew(runs.launch()).env("RINNOVA_FAILPOINT", &format!("{name}:{turn}"));
    let ended = launch.go();
    let told = runs.note("renew", &ended);
    let (letter, command) = (if portal == MiaFirma { 'A' } else { 'B' }, name.ends_with("-command"));
    let name = format!("{name}:{turn}/{letter} {browser}");
    if told.code == 0 && command {
        // How often a page is looked at is not the same each time.
        return Came { name, stood: "outlived".to_owned(), against: runs.against };
    }
    if told.code != -9 {
        runs.against(format!("it never came by, and ended with {}\n{ended}", told.code));
    }
    settled(name, runs)
}

/// How often an undisturbed renewal passes each place.
fn passed(portal: Portal, browser: BrowserName) -> BTreeMap<String, u32> {
    let trial = Trial::new();
    let mut runs = Aftermath::new(&trial, trial.account(portal, "u01"), browser);
    let ended = Aftermath::renew(runs.launch()).env("RINNOVA_FAILPOINT", "count").go();
    let told = runs.note("renew", &ended);
    assert_eq!((told.code, runs.sent()), (0, (1, 1)), "{ended}");
    let mut passed = BTreeMap::new();
    for name in ended.stderr.lines().filter_map(|line| line.strip_prefix("failpoint ")) {
        *passed.entry(name.to_owned()).or_default() += 1;
    }
    passed
}

/// The places of both portals and which times of each are tried, the browsers by turns and the first turn by the seed.
fn places() -> Vec<Place> {
    let (mut places, mut chance) = (Vec::new(), Chance::new());
    for portal in [MiaFirma, FirmaRemota] {
        let [firefox, chromium] = [Firefox, Chromium].map(|browser| passed(portal, browser));
        tell(&format!("{portal:?}: {firefox:?}\n"));
        for (number, name) in failpoint::NAMES.into_iter().enumerate() {
            let mut by_turns = u32::try_from(number / 2).unwrap_or_default() + u32::from(portal == MiaFirma);
            let mut add = |turn: &mut dyn FnMut(u32) -> Option<u32>| {
                by_turns += 1;
                let in_firefox = (u64::from(by_turns) + seed()).is_multiple_of(2);
                let (browser, passed) = if in_firefox { (Firefox, &firefox) } else { (Chromium, &chromium) };
                let times = passed.get(name).copied().unwrap_or_default();
                places.extend(turn(times).map(|turn| Place { name, turn, portal, browser }));
            };
            if name.ends_with("-command") {
                (0..COMMANDS).for_each(|_| add(&mut |times| Some(chance.up_to(times))));
            } else {
                (1..=FIRST).for_each(|turn| add(&mut |times| (turn <= times).then_some(turn)));
                (0..2).for_each(|back| add(&mut |times| times.checked_sub(back).filter(|&turn| turn > FIRST)));
            }
        }
    }
    places
}

#[test]
fn at_every_place() {
    let wanted = if wish().is_some() { places() } else { ALWAYS.into() };
    play(wanted, at_a_place);
}

// --- moments of chance, on a page of one commit -----------------------------------------------------------------------

const FLOW: &str = r#"
format   = 1
title    = { it = "Una pagina" }
portal   = "https://one.example"
language = "it"
timezone = "Europe/Rome"

[inputs]
pin = { label = { it = "PIN" }, secret = true }

[outputs]
expires = { date = "%d/%m/%Y" }

[task.renew]
stages = ["certificate", "renew", "certificate"]

[task.status]
stages = ["certificate"]

[renewal]
task    = "renew"
status  = "status"
expires = "expires"
gains   = "2y"
opens   = "90d"
closes  = "1d"
before  = "30d"

[[stage]]
id    = "certificate"
title = { it = "Leggere la scadenza" }
steps = [
  { open = "/" },
  { expect = "Data di scadenza" },
  { read = "expires", from = { after = "Data di scadenza" } },
]

[[stage]]
id    = "renew"
title = { it = "Rinnovare" }
steps = [
  { fill = "PIN", with = "${pin}" },
  { click = { button = "Rinnova", exact = true }, commit = "the renewal is sent" },
  { expect = "Rinnovato" },
]
"#;

/// The authority.
struct Authority {
    /// The day from which it counts: one for all its answers, whatever midnight comes between them.
    today: Date,
    /// How often it has renewed.
    renewals: Mutex<usize>,
    /// When somebody first came by.
    visited: Mutex<Option<Instant>>,
    came: Condvar,
}

impl Authority {
    fn new() -> Arc<Self> {
        let (renewals, visited, came) = (Mutex::default(), Mutex::default(), Condvar::new());
        Arc::new(Self { today: Zoned::now().date(), renewals, visited, came })
    }

    fn renewals(&self) -> usize {
        *self.renewals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self) {
        *self.renewals.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn visit(&self) {
        self.visited.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
        self.came.notify_all();
    }

    /// Waits for the first visit.
    fn first_visit(&self) -> Instant {
        let visited = self.visited.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.came.wait_timeout_while(visited, Duration::from_secs(60), |visited| visited.is_none());
        let (visited, _) = waited.unwrap_or_else(PoisonError::into_inner);
        visited.expect("somebody comes by within a minute")
    }
}

fn page(authority: &Authority, word: &str) -> Html<String> {
    let days = 20 + 3 * 365 * i32::try_from(authority.renewals()).expect("few");
    let expires = authority.today.saturating_add(jiff::Span::new().days(days)).strftime("%d/%m/%Y");
    Html(format!(
        "<!doctype html><html lang=it><meta charset=utf-8><title>Una pagina</title><h1>Certificato</h1><p>{word}</p>\
         <table><tr><th>Data di scadenza</th><td>{expires}</td></tr></table>\
         <form method=post action=/rinnova><label>PIN <input name=pin type=password></label>\
         <button>Rinnova</button></form>"
    ))
}

fn router(authority: &Arc<Authority>) -> Router {
    let (shown, asked) = (authority.clone(), authority.clone());
    let show = move || {
        shown.visit();
        std::future::ready(page(&shown, ""))
    };
    let renew = move || async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        asked.renew();
        tokio::time::sleep(Duration::from_millis(300)).await;
        page(&asked, "Rinnovato")
    };
    Router::new().route("/", get(show)).route("/rinnova", post(renew))
}

/// A holder at this authority.
fn holder<'t>(trial: &'t Trial, authority: &Arc<Authority>, browser: BrowserName) -> Aftermath<'t> {
    let origin = trial.serve_router(router(authority));
    let flow: PathBuf = trial.path().join("one.toml");
    std::fs::write(&flow, FLOW).expect("a flow");
    let mut runs = Aftermath::new(trial, trial.account(MiaFirma, "u01"), browser);
    let known = authority.clone();
    runs.ledger = Box::new(move || (known.renewals(), known.renewals()));
    let without = &["user_id", "password", "otp"];
    runs.dress = Box::new(move |launch: Launch<'t>| launch.flow(flow.clone()).portal(&origin).without(without));
    runs
}

/// An undisturbed renewal there: how long it takes to the first visit, and from then to its end.
fn whole(browser: BrowserName) -> [Duration; 2] {
    let (trial, authority) = (Trial::new(), Authority::new());
    let mut runs = holder(&trial, &authority, browser);
    let began = Instant::now();
    let ended = Aftermath::renew(runs.launch()).go();
    let ended_at = Instant::now();
    let told = runs.note("renew", &ended);
    assert_eq!((told.code, runs.sent()), (0, (1, 1)), "{ended}");
    let visit = authority.first_visit();
    [visit - began, ended_at - visit]
}

/// A moment of a run: in its start, or after the first visit; as a part of the time that this took undisturbed.
struct Moment {
    number: u32,
    started: bool,
    part: f64,
}

/// A fifth of them over the start. The others over the rest and a fifth longer: some runs are slower than the measured one.
fn moments(times: u32) -> Vec<Moment> {
    let (starts, mut chance) = (times / 5, Chance::new());
    let moment = |number: u32| {
        let started = number >= starts;
        // One in each stretch of equal length.
        let (place, of) = if started { (number - starts, times - starts) } else { (number, starts) };
        let part = (f64::from(place) + chance.part()) / f64::from(of);
        Moment { number, started, part: if started { 1.2 * part } else { part } }
    };
    (0..times).map(moment).collect()
}

#[test]
fn at_moments_of_chance() {
    let times = wish().unwrap_or(2);
    // Two at once, as they are played. The first time in a cache a browser's profile is still to be prepared.
    let measured = || {
        std::thread::scope(|scope| {
            let two = [Firefox, Chromium].map(|browser| scope.spawn(move || whole(browser)));
            two.map(|one| one.join().expect("measured"))
        })
    };
    if wish().is_some() {
        measured();
    }
    let [firefox, chromium] = measured();
    let stood = play(moments(times), |moment: Moment| {
        let Moment { number, started, part } = moment;
        let (browser, [start, rest]) = if number % 2 == 0 { (Firefox, firefox) } else { (Chromium, chromium) };
        let (trial, authority) = (Trial::new(), Authority::new());
        let mut runs = holder(&trial, &authority, browser);
        let running = Aftermath::renew(runs.launch()).start();
        let (from, length) = if started { (authority.first_visit(), rest) } else { (Instant::now(), start) };
        std::thread::sleep((from + length.mul_f64(part)).saturating_duration_since(Instant::now()));
        running.signal(Signal::KILL);
        let ended = running.end();
        let name = format!("{number} {}{}% {browser}", if started { "+" } else { "" }, (part * 100.0).round());
        let told = runs.note("renew", &ended);
        if told.code == 0 {
            // It was faster than the kill.
            let against = if runs.sent() == (1, 1) { runs.against } else { vec![format!("{:?}", runs.sent())] };
            return Came { name, stood: "outlived".to_owned(), against };
        }
        settled(name, runs)
    });
    // Of five hundred: before, under and after the commit.
    for (word, least) in [("clear", 50), ("unknown", 20), ("renewed", 20)] {
        let seen = stood.get(word).copied().unwrap_or_default();
        assert!(seen >= least * times / 500, "after {times} kills it stood `{word}` only {seen} times: {stood:?}");
    }
}

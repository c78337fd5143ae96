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
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use rinnova::command::doctor::leaks::search::files_under;
use rinnova::failpoint;
use rinnova::practice::Portal::{self, FirmaRemota, MiaFirma};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use rustix::process::Signal;

use aftermath::Aftermath;
use trial::{Launch, Trial};

/// A place, and which time it is passed.
type Turn = (&'static str, u32);

/// How often a whole renewal passes each place, as far as the turns differ.
fn turns(place: &str) -> u32 {
    match place.split_once('-').map_or(place, |(_, what)| what) {
        "spend" | "accepted" => 4,
        "rename" => 3,
        "reading" | "intent" | "press" | "outcome" => 2,
        _ => 1,
    }
}

/// Played in every test run.
const ALWAYS: [(Turn, Portal); 4] = [
    (("after-intent", 1), MiaFirma),
    (("after-press", 1), FirmaRemota),
    (("before-outcome", 2), MiaFirma),
    (("after-spend", 2), FirmaRemota),
];

fn wish() -> Option<u32> {
    std::env::var("RINNOVA_KILLS").ok().map(|text| text.parse().expect("RINNOVA_KILLS is a number"))
}

fn seed() -> u64 {
    std::env::var("RINNOVA_KILLS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// What came of one kill.
struct Came {
    name: String,
    /// In the words of the run that looked first: `clear`, `half-done`, `unknown`, `renewed`.
    stood: String,
    against: Vec<String>,
}

/// Plays all of them, two at a time, and tells what came of them.
fn play<T: Send>(all: Vec<T>, one: impl Fn(T) -> Came + Sync) {
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
    let mut stood = BTreeMap::<&str, u32>::new();
    for one in &came {
        *stood.entry(&one.stood).or_default() += 1;
    }
    let failed: Vec<String> = came
        .iter()
        .filter(|one| !one.against.is_empty())
        .map(|one| format!("{}: {}", one.name, one.against.join("\n")))
        .collect();
    let (good, of, took) = (came.len() - failed.len(), came.len(), began.elapsed().as_secs());
    tell(&format!("\nkill -9 survived: {good}/{of} in {took} s; stood: {stood:?}\n"));
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
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

fn at_a_place(((place, turn), portal): (Turn, Portal)) -> Came {
    let trial = Trial::new();
    let browser = if (turn % 2 == 0) == (portal == MiaFirma) { Chromium } else { Firefox };
    let mut runs = Aftermath::new(&trial, trial.account(portal, "u01"), browser);
    let launch = Aftermath::renew(runs.launch()).env("RINNOVA_FAILPOINT", &format!("{place}:{turn}"));
    let ended = launch.go();
    let told = runs.note("renew", &ended);
    let name = format!("{place}:{turn}/{}", if portal == MiaFirma { 'A' } else { 'B' });
    if told.code != -9 {
        runs.against(format!("it never came by, and ended with {}\n{ended}", told.code));
    }
    settled(name, runs)
}

#[test]
fn at_every_place() {
    let all = |portal: Portal| {
        let places = failpoint::NAMES.into_iter();
        places.flat_map(move |place| (1..=turns(place)).map(move |turn| ((place, turn), portal)))
    };
    let wanted = if wish().is_some() { all(MiaFirma).chain(all(FirmaRemota)).collect() } else { ALWAYS.to_vec() };
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

/// The authority: how often it has renewed.
type Renewals = Arc<Mutex<usize>>;

fn page(renewals: &Renewals, word: &str) -> Html<String> {
    let times = *renewals.lock().unwrap_or_else(PoisonError::into_inner);
    let today = jiff::Zoned::now().date();
    let days = 20 + 3 * 365 * i32::try_from(times).expect("few");
    let expires = today.saturating_add(jiff::Span::new().days(days)).strftime("%d/%m/%Y");
    Html(format!(
        "<!doctype html><html lang=it><meta charset=utf-8><title>Una pagina</title><h1>Certificato</h1><p>{word}</p>\
         <table><tr><th>Data di scadenza</th><td>{expires}</td></tr></table>\
         <form method=post action=/rinnova><label>PIN <input name=pin type=password></label>\
         <button>Rinnova</button></form>"
    ))
}

fn authority(renewals: &Renewals) -> Router {
    let (shown, asked) = (renewals.clone(), renewals.clone());
    let show = move || std::future::ready(page(&shown, ""));
    let renew = move || async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        *asked.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        tokio::time::sleep(Duration::from_millis(150)).await;
        page(&asked, "Rinnovato")
    };
    Router::new().route("/", get(show)).route("/rinnova", post(renew))
}

/// A holder at this authority.
fn holder<'t>(trial: &'t Trial, renewals: &Renewals, browser: BrowserName) -> Aftermath<'t> {
    let origin = trial.serve_router(authority(renewals));
    let flow: PathBuf = trial.path().join("one.toml");
    std::fs::write(&flow, FLOW).expect("a flow");
    let mut runs = Aftermath::new(trial, trial.account(MiaFirma, "u01"), browser);
    let known = renewals.clone();
    runs.ledger = Box::new(move || {
        let times = *known.lock().unwrap_or_else(PoisonError::into_inner);
        (times, times)
    });
    let without = &["user_id", "password", "otp"];
    runs.dress = Box::new(move |launch: Launch<'t>| launch.flow(flow.clone()).portal(&origin).without(without));
    runs
}

/// How long an undisturbed renewal takes there.
fn whole(browser: BrowserName) -> Duration {
    let (trial, renewals) = (Trial::new(), Renewals::default());
    let mut runs = holder(&trial, &renewals, browser);
    let began = Instant::now();
    let ended = Aftermath::renew(runs.launch()).go();
    let took = began.elapsed();
    let told = runs.note("renew", &ended);
    assert_eq!((told.code, runs.sent()), (0, (1, 1)), "{ended}");
    took
}

#[test]
fn at_moments_of_chance() {
    let times = wish().unwrap_or(10);
    let wholes = [whole(Firefox), whole(Chromium)];
    let mut state = seed().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut chance = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state >> 32).unwrap_or_default()
    };
    let moments = (0..times).map(|number| (number, f64::from(chance()) / f64::from(u32::MAX))).collect();
    play(moments, |(number, part): (u32, f64)| {
        let (browser, whole) = if number % 2 == 0 { (Firefox, wholes[0]) } else { (Chromium, wholes[1]) };
        let (trial, renewals) = (Trial::new(), Renewals::default());
        let mut runs = holder(&trial, &renewals, browser);
        let running = Aftermath::renew(runs.launch()).start();
        std::thread::sleep(whole.mul_f64(part));
        running.signal(Signal::KILL);
        let ended = running.end();
        let name = format!("{number} {}% {browser}", (part * 100.0).round());
        let told = runs.note("renew", &ended);
        if told.code == 0 {
            // It was faster than the kill.
            let against = if runs.sent() == (1, 1) { runs.against } else { vec![format!("{:?}", runs.sent())] };
            return Came { name, stood: "renewed".to_owned(), against };
        }
        settled(name, runs)
    });
}

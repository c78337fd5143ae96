//! Runs that are ended from outside: by a signal, by the loss of driver or browser, by `kill -9`. Whatever happens, nothing
//! stays behind, the record is written where it can be, and what was sent is never told to be unsent.

#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rinnova::browser::processes;
use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::{CertificatoEmesso, LoginOk, OtpInviato, RichiestaFirmata};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{AccountSummary, Fault, FaultKind};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use rustix::process::{Pid, Signal, getpgid};

use trial::{Running, Trial, commit_route, count, one_of};

/// A run that stands before its first commit: it waits for a code that never comes.
fn before_the_commits<'t>(trial: &'t Trial, account: &AccountSummary, browser: BrowserName) -> Running<'t> {
    let mut running = trial.launch(account, browser).codes(&["sleep", "600"]).start();
    running.wait_for_event("code-awaited");
    running
}

/// A run that stands between its two commits: it waits for the second code.
fn between_the_commits<'t>(trial: &'t Trial, account: &AccountSummary, browser: BrowserName) -> Running<'t> {
    let codes = trial.code_then(account, "sleep 600");
    let running = trial.launch(account, browser).codes(&[&codes]).start();
    trial.wait_for(account, OtpInviato, 2);
    running
}

/// How long the portal keeps a request that it is to answer.
const HELD_MS: u64 = 1500;

/// A run under its first commit: the portal has the request, carries it out late or never, and has not answered.
fn under_the_first_commit<'t>(
    trial: &'t Trial,
    account: &AccountSummary,
    browser: BrowserName,
    kind: FaultKind,
) -> Running<'t> {
    let held = Fault::at(commit_route(account.portal, 1), kind).of(HELD_MS);
    trial.practice.arm(vec![held]).expect("a fault");
    let mut running = trial.launch(account, browser).start();
    assert!(running.until_struck(1), "it ended before its first commit");
    running
}

// --- signals --------------------------------------------------------------------------------------------------------

#[test]
fn a_signal_before_the_first_commit_ends_the_run_with_nothing_sent() {
    let int = one_of([Firefox, Chromium]).map(|browser| (browser, Signal::INT, Verdict::Interrupted));
    let term = one_of([Chromium, Firefox]).map(|browser| (browser, Signal::TERM, Verdict::Terminated));
    for (browser, signal, verdict) in int.chain(term) {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let running = before_the_commits(&trial, &account, browser);
        running.signal(signal);
        let ended = running.end();
        ended.expect(verdict);
        assert_eq!(trial.effects(&account), [LoginOk, OtpInviato], "{ended}");
        assert!(ended.paths.out.join("report.html").is_file());
    }
}

#[test]
fn a_signal_between_the_commits_leaves_the_renewal_half_done_and_the_next_run_goes_on() {
    for (portal, browser) in one_of([(MiaFirma, Firefox), (FirmaRemota, Chromium)]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let running = between_the_commits(&trial, &account, browser);
        running.signal(Signal::TERM);
        running.end().expect(Verdict::HalfDone);
        assert_eq!(count(&trial.effects(&account), RichiestaFirmata), 1);
        // A second message is sent half a minute after one that was not used.
        trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_secs(31));
        trial.launch(&account, browser).go().expect(Verdict::Renewed);
        let effects = trial.effects(&account);
        assert_eq!((count(&effects, RichiestaFirmata), count(&effects, CertificatoEmesso)), (1, 1), "{effects:?}");
    }
}

#[test]
fn a_signal_under_a_commit_waits_for_its_outcome() {
    for (portal, browser) in one_of([(MiaFirma, Firefox), (FirmaRemota, Chromium)]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let running = under_the_first_commit(&trial, &account, browser, FaultKind::Latency);
        running.signal(Signal::TERM);
        running.end().expect(Verdict::HalfDone);
        assert_eq!(count(&trial.effects(&account), RichiestaFirmata), 1);
    }
}

#[test]
fn a_second_signal_under_a_commit_leaves_its_outcome_unknown() {
    for (portal, browser) in one_of([(FirmaRemota, Chromium), (MiaFirma, Firefox)]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let running = under_the_first_commit(&trial, &account, browser, FaultKind::Hang);
        running.signal(Signal::TERM);
        running.signal(Signal::INT);
        let ended = running.end();
        ended.expect(Verdict::Unknown);
        let sent = trial.effects(&account);
        assert_eq!(sent, [LoginOk, OtpInviato], "{ended}");
        // From then on nothing is sent before the portal was read.
        let again = trial.launch(&account, Firefox).go();
        assert_eq!(again.status.code(), Some(4), "{again}");
        assert!(again.stderr.contains("rinnova recover"), "{again}");
        assert_eq!(trial.effects(&account), sent, "{again}");
    }
}

#[test]
fn a_signal_while_the_browser_starts_ends_the_run_before_it_begins() {
    for browser in [Firefox, Chromium] {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let running = trial.launch(&account, browser).start();
        let events = running.paths.out.join("events.jsonl");
        trial.wait_until("the run's folder", |_| events.exists());
        running.signal(Signal::TERM);
        let ended = running.end();
        assert_eq!(ended.status.code(), Some(143), "{ended}");
        ended.is_clean();
        assert_eq!(trial.practice.ledger(), []);
    }
}

// --- the loss of driver or browser ----------------------------------------------------------------------------------

type Victim = (BrowserName, &'static str);

// What a run cannot do without. Chromium is spoken to past its driver, whose death a run survives.
const GECKODRIVER: Victim = (Firefox, "geckodriver");
const FIREFOX: Victim = (Firefox, "firefox");
const CHROMIUM: Victim = (Chromium, "chromium");

fn dies(running: &Running<'_>, victim: &str) {
    let victims = running.named(victim);
    assert!(!victims.is_empty(), "no {victim} runs");
    for pid in victims {
        processes::send(pid, Signal::KILL);
    }
}

/// The same while the run waits for a code: once this has happened the run can do nothing more.
fn dies_meanwhile(trial: &Trial, running: &Running<'_>, victim: &str) {
    assert!(is_connected(running), "what is looked for below is not what there is to see");
    dies(running, victim);
    if victim == "geckodriver" {
        // Firefox goes on, and closes its own connection to the run when it has noticed that its driver is gone.
        trial.wait_until("Firefox gives the run up", |_| !is_connected(running));
    }
}

/// Whether the run has a connection that is open at both ends (proc(5), `net/tcp`: state 1, and the socket's inode).
fn is_connected(running: &Running<'_>) -> bool {
    let open = fs::read_dir(format!("/proc/{}/fd", running.pid())).expect("the run's open files");
    let links: Vec<_> = open.flatten().filter_map(|file| fs::read_link(file.path()).ok()).collect();
    let table = fs::read_to_string("/proc/net/tcp").expect("the kernel's table of connections");
    table.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[3] == "01" && links.contains(&format!("socket:[{}]", fields[9]).into())
    })
}

#[test]
fn a_driver_or_browser_that_dies_before_a_commit_is_a_failure() {
    for (browser, victim) in one_of([FIREFOX, GECKODRIVER, CHROMIUM]) {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let (codes, word) = trial.code_on_word(&account);
        let mut running = trial.launch(&account, browser).codes(&[&codes]).start();
        running.wait_for_event("code-awaited");
        dies_meanwhile(&trial, &running, victim);
        fs::write(word, "").expect("a word");
        let ended = running.end();
        ended.expect(Verdict::Failed);
        assert_eq!(trial.effects(&account), [LoginOk, OtpInviato], "{ended}");
    }
}

#[test]
fn a_driver_or_browser_that_dies_between_the_commits_leaves_the_renewal_half_done() {
    for (browser, victim) in one_of([GECKODRIVER, CHROMIUM, FIREFOX]) {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let (second, word) = trial.code_on_word(&account);
        let codes = trial.code_then(&account, &second);
        let running = trial.launch(&account, browser).codes(&[&codes]).start();
        trial.wait_for(&account, OtpInviato, 2);
        dies_meanwhile(&trial, &running, victim);
        fs::write(word, "").expect("a word");
        let ended = running.end();
        ended.expect(Verdict::HalfDone);
        assert_eq!(count(&trial.effects(&account), RichiestaFirmata), 1, "{ended}");
        assert_eq!(count(&trial.effects(&account), CertificatoEmesso), 0, "{ended}");
    }
}

#[test]
fn a_browser_that_dies_under_a_commit_leaves_its_outcome_unknown() {
    for (browser, victim) in [GECKODRIVER, FIREFOX, CHROMIUM] {
        let trial = Trial::new();
        let account = trial.account(FirmaRemota, "u01");
        let running = under_the_first_commit(&trial, &account, browser, FaultKind::Hang);
        dies(&running, victim);
        let ended = running.end();
        ended.expect(Verdict::Unknown);
        assert_eq!(trial.effects(&account), [LoginOk, OtpInviato], "{victim}: {ended}");
    }
}

#[test]
fn the_death_of_chromiums_driver_does_not_end_a_run() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let (codes, word) = trial.code_on_word(&account);
    let mut running = trial.launch(&account, Chromium).codes(&[&codes]).start();
    running.wait_for_event("code-awaited");
    dies(&running, "chromedriver");
    fs::write(word, "").expect("a word");
    running.end().expect(Verdict::Renewed);
}

#[test]
fn a_page_that_crashes_ends_the_run_at_once() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let (codes, word) = trial.code_on_word(&account);
    let mut running = trial.launch(&account, Chromium).codes(&[&codes]).start();
    running.wait_for_event("code-awaited");
    for pid in renderers(&running) {
        processes::send(pid, Signal::KILL);
    }
    let began = Instant::now();
    fs::write(word, "").expect("a word");
    let ended = running.end();
    ended.expect(Verdict::Failed);
    assert!(ended.stderr.contains("its page crashed"), "{ended}");
    assert!(began.elapsed() < Duration::from_secs(20), "{ended}");
    assert_eq!(trial.effects(&account), [LoginOk, OtpInviato], "{ended}");
}

/// The processes that draw the pages of its Chromium.
fn renderers(running: &Running<'_>) -> Vec<u32> {
    let group = |pid: u32| getpgid(i32::try_from(pid).ok().and_then(Pid::from_raw)).ok();
    let browser = running.named("chromium").first().copied().and_then(group).expect("a browser");
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    let draws = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("--type=renderer") && group(*pid) == Some(browser)
    };
    let renderers: Vec<u32> = pids.filter(draws).collect();
    assert!(!renderers.is_empty(), "no page is drawn");
    renderers
}

// --- kill -9 --------------------------------------------------------------------------------------------------------

#[test]
fn what_a_killed_run_leaves_is_swept_by_the_next() {
    for browser in one_of([Chromium, Firefox]) {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let (codes, word) = trial.code_on_word(&account);
        let mut running = trial.launch(&account, browser).codes(&[&codes]).start();
        running.wait_for_event("code-awaited");
        let temporary = running.paths.temporary.clone();
        running.signal(Signal::KILL);
        let killed = running.end();
        assert_eq!(killed.status.code(), None, "{killed}");
        assert!(!killed.paths.leftovers().is_empty(), "this test shows nothing unless something was left");
        assert!(!killed.paths.out.join("run.json").exists());
        events_are_whole(&killed.paths.out);
        // The program that was asked for the code is the holder's own; it ends when it has done its work.
        fs::write(word, "").expect("a word");
        trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_secs(31));
        let next = trial.launch(&account, browser).temporary(&temporary).go();
        next.expect(Verdict::Renewed);
        killed.is_clean();
    }
}

#[test]
fn the_folder_of_a_living_run_is_not_swept() {
    let trial = Trial::new();
    let (first, second) = (trial.account(MiaFirma, "u01"), trial.account(MiaFirma, "u07"));
    let (codes, word) = trial.code_on_word(&first);
    let mut running = trial.launch(&first, Firefox).codes(&[&codes]).patient().start();
    running.wait_for_event("code-awaited");
    let other = trial.launch(&second, Firefox).temporary(&running.paths.temporary).with(&["status"]).go();
    assert_eq!(other.status.code(), Some(0), "{other}");
    fs::write(word, "").expect("a word");
    running.end().expect(Verdict::Renewed);
}

/// Each line of the events is whole but, at most, the last.
fn events_are_whole(out: &Path) {
    let text = fs::read_to_string(out.join("events.jsonl")).expect("events");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 10);
    for line in &lines[..lines.len() - 1] {
        serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON");
    }
}

//! Runs in a row: each renews, and none leaves a process, a profile or a file. Three in each browser, or as many as
//! `RINNOVA_SOAK` says (`make soak`: fifty).

#[path = "support/trial.rs"]
mod trial;

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rinnova::browser::processes;
use rinnova::command::doctor::leaks::search::files_under;
use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::CertificatoEmesso;
use rinnova::practice::Portal::MiaFirma;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use trial::{Trial, count};

/// One browser after the other: the times are those of a machine that does nothing else of ours.
static ALONE: Mutex<()> = Mutex::new(());

fn in_a_row(browser: BrowserName) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = std::env::var("RINNOVA_SOAK").map_or(2, |runs| runs.parse().expect("RINNOVA_SOAK is a number"));
    let trial = Trial::new();
    // All in one place, so that what one leaves is met by the next.
    let temporary = trial.path().join("tmp");
    let mut times = Vec::new();
    for run in 1..=runs {
        let account = trial.account(MiaFirma, "u01");
        let began = Instant::now();
        let ended = trial.launch(&account, browser).temporary(&temporary).go();
        times.push(began.elapsed());
        ended.expect(Verdict::Renewed);
        assert_eq!(count(&trial.effects(&account), CertificatoEmesso), 1, "run {run}");
        assert_eq!(trial.practice.decoys(), [], "run {run}");
        // The portal begins anew, and with it what is remembered of it.
        trial.practice.reset();
        std::fs::remove_dir_all(trial.state_of(&account)).expect("the state");
    }
    assert_eq!(processes::naming(trial.path()), Vec::<u32>::new(), "processes are left");
    assert_eq!(files_under(&temporary), Vec::<std::path::PathBuf>::new(), "files are left");
    tell(browser, times);
}

fn tell(browser: BrowserName, mut times: Vec<Duration>) {
    times.sort_unstable();
    let seconds = |at: usize| times[at].as_secs_f64();
    let (last, middle) = (times.len() - 1, times.len() / 2);
    let text = format!(
        "\n{browser}: {} renewals in a row, all green: {:.1} s at least, {:.1} s in the middle, {:.1} s at most\n",
        times.len(),
        seconds(0),
        seconds(middle),
        seconds(last)
    );
    // Past the test runner, which swallows what passing tests print.
    std::io::stderr().write_all(text.as_bytes()).expect("standard error");
}

#[test]
fn firefox() {
    in_a_row(Firefox);
}

#[test]
fn chromium() {
    in_a_row(Chromium);
}

//! What a person or a timer does after a run that went wrong: reads, reads again, tries again, each time some minutes later,
//! until the tool says how it ended. What it says is held against the portal's ledger each time.

#![allow(dead_code, unreachable_pub)] // each test file uses its part, and a test crate exports nothing

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use jiff::SignedDuration;
use rinnova::practice::AccountSummary;
use rinnova::practice::EffectKind::{CertificatoEmesso, RichiestaFirmata};
use rinnova::settings::BrowserName;
use serde_json::Value;

use super::trial::{Ended, Launch, Trial, count};

/// Seconds between two runs: a portal is believed after ten minutes, and sends codes only so often.
const LATER: i64 = 660;
/// So many runs settle whatever can be settled.
const MOST: usize = 6;

/// How one run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub verb: &'static str,
    /// The exit code; negative the signal that ended it.
    pub code: i32,
    /// Its verdict; empty where it gave none.
    pub verdict: String,
}

/// One holder's runs, one after another, with one state and one temporary folder.
pub struct Aftermath<'t> {
    pub trial: &'t Trial,
    pub account: AccountSummary,
    pub browser: BrowserName,
    pub temporary: PathBuf,
    pub told: Vec<Told>,
    /// What was against the rules.
    pub against: Vec<String>,
    /// What the portal knows: so many signed and issued.
    pub ledger: Box<dyn Fn() -> (usize, usize) + 't>,
    /// What every run is launched with.
    pub dress: Box<dyn Fn(Launch<'t>) -> Launch<'t> + 't>,
    /// The portal itself says what is not so: what it says cannot be held against the tool.
    pub lied_to: bool,
    /// The first run cannot clear up after itself: what it leaves is for the next one to sweep.
    pub helpless: bool,
    later: i64,
}

impl<'t> Aftermath<'t> {
    pub fn new(trial: &'t Trial, account: AccountSummary, browser: BrowserName) -> Self {
        let temporary = trial.path().join("temporary");
        let (told, against) = (Vec::new(), Vec::new());
        let holder = account.clone();
        let ledger = Box::new(move || {
            let effects = trial.effects(&holder);
            (count(&effects, RichiestaFirmata), count(&effects, CertificatoEmesso))
        });
        Self {
            trial,
            account,
            browser,
            temporary,
            told,
            against,
            ledger,
            dress: Box::new(|launch| launch),
            lied_to: false,
            helpless: false,
            later: 0,
        }
    }

    /// A run at this time.
    pub fn launch(&self) -> Launch<'t> {
        let launch = self.trial.launch(&self.account, self.browser).temporary(&self.temporary);
        (self.dress)(launch.env("RINNOVA_TEST_CLOCK_OFFSET", &self.later.to_string()))
    }

    /// `renew`, whatever was tried before and without waiting.
    pub fn renew(launch: Launch<'t>) -> Launch<'t> {
        launch.verb("renew").with(&["--force", "--no-jitter"])
    }

    /// Some minutes pass, for the tool and for the portal. Codes of a seed go by the true time.
    pub fn pass(&mut self) {
        self.later += LATER;
        if self.account.device != "totp" {
            let practice = &self.trial.practice;
            practice.set_clock(practice.now() + SignedDuration::from_secs(LATER));
        }
    }

    /// Takes a run's end down.
    pub fn note(&mut self, verb: &'static str, ended: &Ended) -> Told {
        let code = ended.status.code().unwrap_or_else(|| -ended.status.signal().unwrap_or_default());
        let line: Value = serde_json::from_str(ended.stdout.trim()).unwrap_or_default();
        let verdict = line["verdict"].as_str().unwrap_or_default().to_owned();
        let nothing_open = ended.stdout.contains("nothing is open");
        let told = Told { verb, code, verdict: if nothing_open { "clear".to_owned() } else { verdict } };
        self.told.push(told.clone());
        let left = ended.paths.leftovers();
        // What a killed run leaves is swept by the next one that needs a browser.
        let may_leave = nothing_open || (self.helpless && self.told.len() == 1);
        if code >= 0 && !may_leave && !left.is_empty() {
            self.against(format!("left behind: {left:?}"));
        }
        self.is_true(&told, ended);
        told
    }

    /// What is told goes with what the portal knows.
    fn is_true(&mut self, told: &Told, ended: &Ended) {
        let (signed, issued) = self.sent();
        let reason = serde_json::from_str::<Value>(ended.stdout.trim()).unwrap_or_default()["reason"].to_string();
        let not_done = reason.contains("not done, as read");
        let fits = match (told.verb, told.verdict.as_str()) {
            (_, "renewed") => issued == 1,
            (_, "half-done") => self.lied_to || (signed, issued) == (1, 0),
            // Of the last commit, or of the first.
            ("recover", "done" | "unknown") if not_done => issued == 0,
            ("recover", "clear") => signed == issued,
            _ => true,
        };
        if !fits {
            self.against(format!("it said `{}`, and {signed} were signed and {issued} issued\n{ended}", told.verdict));
        }
    }

    /// Signed and issued: so many of each.
    pub fn sent(&self) -> (usize, usize) {
        (self.ledger)()
    }

    /// Whether the last run says that it is renewed.
    pub fn known(&self) -> bool {
        self.told.last().is_some_and(|told| told.code == 0 && (told.verb != "recover" || told.verdict == "renewed"))
    }

    /// After a run that was killed, or that does not know: `recover` until it knows. Otherwise `renew`. Until it is renewed.
    pub fn settle(&mut self) {
        for _ in 0..MOST {
            let Some(last) = self.told.last().filter(|_| !self.known()).cloned() else { return };
            self.pass();
            let unknown = last.code < 0 || last.code == 4;
            let launch = self.launch();
            let (verb, launch) =
                if unknown { ("recover", launch.verb("recover")) } else { ("renew", Self::renew(launch)) };
            let ended = launch.go();
            let told = self.note(verb, &ended);
            let known = |code: &i32| [0, 1, 3, 4].contains(code);
            if verb == "recover" && !known(&told.code) {
                self.against(format!("`recover` ended with {}\n{ended}", told.code));
            }
        }
    }

    pub fn against(&mut self, what: String) {
        self.against.push(what);
    }
}

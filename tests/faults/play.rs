//! How a cell is played: the portals, the run that meets the fault, and the runs after it until all is settled.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use rinnova::browser::installed;
use rinnova::browser::processes;
use rinnova::practice::EffectKind::{self, CertificatoEmesso, LoginKo, LoginOk, OtpKo, PinKo, RichiestaFirmata};
use rinnova::practice::{AccountSummary, Fault, FaultKind, Knobs, Options};
use rinnova::settings::BrowserName;
use rustix::process::Signal;

use crate::cell::{Act, Cell, Finally, Launched, Seen, Victim};
use crate::point::Point;
use crate::trial::{Ended, Launch, Running, Trial, count};

/// How long a run that was told to end may take to do so.
const GRACE: Duration = Duration::from_secs(5);
/// How long the portal keeps a request where a run is to be watched under it.
const HELD_MS: u64 = 2500;
/// So many runs settle whatever can be settled.
const RUNS: usize = 5;

/// A cell under way.
struct Play<'t> {
    cell: Cell,
    trial: &'t Trial,
    account: AccountSummary,
    temporary: PathBuf,
    seen: Seen,
}

pub(crate) fn play(cell: Cell) -> Seen {
    let began = Instant::now();
    let mut knobs = Knobs::default();
    if let Act::Knobs(turn) = cell.row.act {
        turn(&mut knobs);
    }
    let trial = Trial::with(Options { knobs, ..Options::default() });
    let account = trial.account(cell.portal, cell.row.account);
    let temporary = trial.path().join("temporary");
    let mut play = Play { cell, trial: &trial, account, temporary, seen: Seen::default() };
    play.first();
    play.settle();
    play.judge();
    Seen { seconds: began.elapsed().as_secs(), ..play.seen }
}

impl<'t> Play<'t> {
    fn launch(&self) -> Launch<'t> {
        let state = self.trial.path().join("state");
        let launch = self.trial.launch(&self.account, self.cell.browser).temporary(&self.temporary);
        launch.env("XDG_STATE_HOME", &state.display().to_string())
    }

    /// The run that meets the fault.
    fn first(&mut self) {
        let ended = match self.cell.row.act {
            Act::Once(kind, value) => {
                self.arm(vec![Fault { value, ..self.fault(kind) }]);
                self.launch().go()
            }
            Act::Onward(kind) => self.onward(kind),
            Act::Send(victim, signal) => self.under(FaultKind::Hang, victim, signal),
            Act::SendSlowly(victim, signal) => self.under(FaultKind::Latency, victim, signal),
            Act::Knobs(_) => self.launch().go(),
            Act::Launched(how) => self.launched(how),
            Act::Clock(seconds) => {
                self.pass(seconds);
                self.launch().go()
            }
        };
        self.note("run", &ended);
        let (code, expected) = (code(&ended), (self.cell.row.first)(&self.cell));
        if !expected.contains(&code) {
            self.against(format!("the first run ended with {code}, not {expected:?}\n{ended}"));
        }
        if ended.status.code().is_some() {
            self.clean(&ended);
        }
        self.trial.practice.arm(Vec::new()).expect("none");
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        let request = self.cell.point.on(self.cell.portal).expect("a point with a request");
        request.fault(kind)
    }

    fn arm(&self, faults: Vec<Fault>) {
        self.trial.practice.arm(faults).expect("faults");
    }

    /// The fault at the point, and at every request after it.
    fn onward(&mut self, kind: FaultKind) -> Ended {
        let first = if self.cell.point.on(self.cell.portal).is_some_and(|request| request.after) {
            FaultKind::ResetAfterCommit
        } else {
            kind
        };
        self.arm(vec![self.fault(first)]);
        let mut running = self.launch().start();
        if running.until_struck(1) {
            self.arm(vec![Fault::at("", kind).each()]);
        }
        running.end()
    }

    /// A signal to a part of the run while the portal holds the point's request.
    fn under(&mut self, hold: FaultKind, victim: Victim, signal: Signal) -> Ended {
        let request = self.cell.point.on(self.cell.portal);
        let mut word = None;
        let mut running = if request.is_some() {
            self.arm(vec![self.fault(hold).of(HELD_MS)]);
            self.launch().start()
        } else {
            let (codes, file) = self.trial.code_on_word(&self.account);
            word = Some(file);
            self.launch().codes(&[&codes]).start()
        };
        if let Some(word) = &word {
            running.wait_for_event("code-awaited");
            self.strike(&running, victim, signal);
            std::fs::write(word, "").expect("a word");
        } else if running.until_struck(1) {
            self.strike(&running, victim, signal);
        } else {
            self.against("the run ended before it came to the point".to_owned());
        }
        let told = Instant::now();
        let ended = running.end();
        let patient = hold == FaultKind::Latency || victim != Victim::Tool;
        if !patient && told.elapsed() > GRACE {
            self.against(format!("it took {} s to end", told.elapsed().as_secs()));
        }
        ended
    }

    fn strike(&mut self, running: &Running<'_>, victim: Victim, signal: Signal) {
        let firefox = self.cell.browser == BrowserName::Firefox;
        let name = match victim {
            Victim::Tool => {
                running.signal(signal);
                return;
            }
            Victim::Driver => {
                if firefox {
                    "geckodriver"
                } else {
                    "chromedriver"
                }
            }
            Victim::Browser => {
                if firefox {
                    "firefox"
                } else {
                    "chromium"
                }
            }
        };
        let struck = running.named(name);
        for &pid in &struck {
            processes::send(pid, signal);
        }
        if struck.is_empty() {
            self.against(format!("no {name} runs"));
        }
    }

    fn launched(&mut self, how: Launched) -> Ended {
        let launch = self.launch();
        let (_, driver) = installed::variables(self.cell.browser);
        let given = |name: &str, text: &str| self.trial.script(name, text);
        match how {
            Launched::NobodyThere => launch.codes(&["false"]),
            Launched::NobodyAnyMore => launch.codes(&[&self.trial.code_then(&self.account, "false")]),
            Launched::WrongPin => {
                let name = format!("other-pin-{}", self.seen.runs.len());
                launch.input("pin", self.trial.secret_file(&name, "20260302"))
            }
            Launched::NoPassword => launch.input("password", "{ command = [\"false\"] }"),
            Launched::DriverEnds => launch.env(driver, &given("ends.sh", "exit 1")),
            Launched::DriverBabbles => launch.env(driver, &given("babbles.sh", "echo Listening on 127.0.0.1:1")),
            Launched::NoSuchHost => launch.portal("http://nobody.invalid"),
            Launched::NobodyAnswers => launch.portal("http://127.0.0.1:9"),
            Launched::BadCertificate => launch.portal(&self.trial.serve_tls("<h1>MiaFirma</h1>")),
        }
        .go()
    }

    /// What a person or a timer does after it: runs again, some time later, until it is settled.
    fn settle(&mut self) {
        let runs = match self.cell.row.finally {
            Finally::Renewed => RUNS,
            Finally::LeftAlone | Finally::Same | Finally::NeverKnown => 2,
        };
        for _ in 0..runs {
            if self.cell.row.finally == Finally::Renewed && self.known() {
                return;
            }
            // Codes may not be asked for too often, and a portal is believed only after a while.
            self.pass(660);
            let ended = match self.cell.row.act {
                Act::Launched(how) if self.cell.row.finally != Finally::Renewed => self.launched(how),
                _ => self.launch().go(),
            };
            self.note("run", &ended);
            self.clean(&ended);
        }
    }

    /// Whether the last run says that it is renewed.
    fn known(&self) -> bool {
        self.seen.runs.last().is_some_and(|(_, code)| *code == 0)
    }

    fn judge(&mut self) {
        let effects = self.trial.effects(&self.account);
        let of = |kind: EffectKind| count(&effects, kind);
        let (signed, issued) = (of(RichiestaFirmata), of(CertificatoEmesso));
        let expected = match self.cell.row.finally {
            Finally::Renewed | Finally::NeverKnown => (1, 1),
            Finally::LeftAlone | Finally::Same => (0, 0),
        };
        if (signed, issued) != expected {
            self.against(format!("{signed} signed and {issued} issued, not {expected:?}: {effects:?}"));
        }
        if self.cell.row.finally == Finally::Renewed && !self.known() {
            self.against("it never came to be known".to_owned());
        }
        if self.cell.row.finally == Finally::LeftAlone && of(LoginOk) + of(LoginKo) > 1 {
            self.against(format!("it went on trying: {effects:?}"));
        }
        let tries = (of(LoginKo), of(PinKo), of(OtpKo));
        if tries.0 > 1 || tries.1 > 1 || tries.2 > 2 {
            self.against(format!("too many tries of password, PIN, code: {tries:?}"));
        }
        let decoys = self.trial.practice.decoys();
        if !decoys.is_empty() {
            self.against(format!("decoys were touched: {decoys:?}"));
        }
        let told = |leak: &rinnova::practice::Leak| leak.method != "GET" || !leak.body.is_empty();
        let leaks: Vec<_> = self.trial.practice.leaks().into_iter().filter(told).collect();
        if !leaks.is_empty() {
            self.against(format!("something reached the third origin: {leaks:?}"));
        }
        let others = self.trial.practice.ledger().into_iter().filter(|line| line.user != self.account.user).count();
        if others > 0 {
            self.against("another holder was touched".to_owned());
        }
    }

    fn pass(&self, seconds: i64) {
        self.trial.practice.set_clock(self.trial.practice.now() + SignedDuration::from_secs(seconds));
    }

    fn note(&mut self, verb: &'static str, ended: &Ended) {
        self.seen.runs.push((verb, code(ended)));
    }

    fn clean(&mut self, ended: &Ended) {
        let left = ended.paths.leftovers();
        if !left.is_empty() {
            self.against(format!("left behind: {left:?}"));
        }
    }

    fn against(&mut self, what: String) {
        self.seen.against.push(what);
    }
}

/// The exit code; negative the signal that ended it.
fn code(ended: &Ended) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    ended.status.code().unwrap_or_else(|| -ended.status.signal().unwrap_or_default())
}

/// Whether this act can be played at this point of the portal.
pub(crate) fn applies(act: &Act, point: Point, portal: rinnova::practice::Portal) -> bool {
    match act {
        Act::Once(..) | Act::Onward(..) => point.on(portal).is_some(),
        // Between the PIN and the code no request comes, but a process can be struck.
        Act::Send(..) | Act::SendSlowly(..) | Act::Knobs(_) | Act::Launched(_) | Act::Clock(_) => true,
    }
}

//! How a cell is played: the portals, the run that meets the fault, and the runs after it until all is settled.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use rinnova::browser::installed;
use rinnova::browser::processes;
use rinnova::practice::EffectKind::{
    self, LoginKo, LoginOk, OtpInviato, OtpKo, OtpOk, PasswordCambiata, PinCambiato, PinKo,
};
use rinnova::practice::{Fault, FaultKind, Knobs, Leak, Options, PASSWORD, PIN, Portal};
use rinnova::settings::BrowserName;
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};

use crate::aftermath::{Aftermath, Told};
use crate::cell::{Act, Cell, Finally, Launched, Seen, Victim};
use crate::disk::Disk;
use crate::point::Point;
use crate::trial::{Ended, Launch, Running, Trial, count};

/// How long a run that was told to end may take to do so.
const GRACE: Duration = Duration::from_secs(5);
/// How long the portal keeps a request where something befalls the run under it.
const HELD_MS: u64 = 800;
/// The same, where a process is to end under it and be missed.
const HELD_FOR_AN_END_MS: u64 = 1500;

/// A cell under way.
struct Play<'t> {
    cell: Cell,
    trial: &'t Trial,
    runs: Aftermath<'t>,
    /// The disk of the state, where it has one of its own.
    disk: Option<Disk>,
}

pub(crate) fn play(cell: Cell) -> Seen {
    let began = Instant::now();
    let mut knobs = Knobs::default();
    if let Act::Knobs(turn) | Act::Fields(turn, _) = cell.row.act {
        turn(&mut knobs);
    }
    let trial = Trial::with(Options { knobs, ..Options::default() });
    let account = trial.account(cell.portal, cell.row.account);
    let mut play = Play { cell, trial: &trial, runs: Aftermath::new(&trial, account, cell.browser), disk: None };
    if let Act::DiskFull = cell.row.act {
        play.disk = Disk::at(&trial.state_of(&play.runs.account), "4m");
        if play.disk.is_none() {
            return Seen { unplayed: Some("no disk may be mounted here"), ..Seen::default() };
        }
    }
    let hasty = trial.hasty(cell.portal);
    play.runs.dress = Box::new(move |launch| launch.flow(hasty.clone()));
    play.runs.lied_to = cell.row.finally == Finally::ByPerson;
    play.runs.helpless = matches!(cell.row.act, Act::NoMoreFiles);
    play.first();
    play.settle();
    play.judge();
    let Aftermath { told, against, .. } = play.runs;
    Seen { told, against, unplayed: None, seconds: began.elapsed().as_secs() }
}

impl<'t> Play<'t> {
    fn launch(&self) -> Launch<'t> {
        self.runs.launch()
    }

    /// The run that meets the fault, as it is launched.
    fn first_launch(&self) -> Launch<'t> {
        if self.cell.waits() { self.launch().patient() } else { self.launch() }
    }

    /// The run that meets the fault.
    fn first(&mut self) {
        let ended = match self.cell.row.act {
            Act::Once(kind, value) => {
                self.arm(vec![Fault { value, ..self.fault(kind) }]);
                self.first_launch().go()
            }
            Act::Onward(kind) => {
                let after = self.cell.point.on(self.cell.portal).is_some_and(|request| request.after);
                let kind = if after { FaultKind::ResetAfterCommit } else { kind };
                self.arm(vec![self.fault(kind).onward()]);
                self.first_launch().go()
            }
            Act::Each(kind) => {
                self.arm(vec![self.fault(kind).each()]);
                self.first_launch().go()
            }
            Act::Send(victim, signal) => self.under(FaultKind::Hang, victim != Victim::Tool, |play, running| {
                play.strike(running, victim, signal);
            }),
            Act::SendSlowly(victim, signal) => {
                self.under(FaultKind::Latency, true, |play, running| play.strike(running, victim, signal))
            }
            Act::Wrecked(wreck) => {
                let ended = self.under(FaultKind::Hang, false, |play, running| {
                    play.strike(running, Victim::Tool, Signal::KILL);
                });
                wreck.strike(&self.trial.state_of(&self.runs.account).join("rinnova"));
                ended
            }
            Act::DiskFull => self.under(FaultKind::Latency, true, |play, _| play.disk.as_ref().expect("a disk").fill()),
            Act::NoMoreFiles => self.under(FaultKind::Latency, true, |_, running| {
                let pid = i32::try_from(running.pid()).ok().and_then(Pid::from_raw);
                let none = Rlimit { current: Some(3), maximum: Some(3) };
                prlimit(pid, Resource::Nofile, none).expect("a limit");
            }),
            Act::Knobs(_) => self.first_launch().go(),
            Act::Fields(_, value) => {
                let launch = self.first_launch();
                let ended = match value {
                    Some((input, value)) => launch.input(input, self.trial.secret_file("other", value)).go(),
                    None => launch.go(),
                };
                self.trial.practice.set_knobs(Knobs::default());
                ended
            }
            Act::Launched(how) => self.launched(self.first_launch(), how).go(),
            Act::Clock(seconds) => {
                let practice = &self.trial.practice;
                practice.set_clock(practice.now() + SignedDuration::from_secs(seconds));
                self.first_launch().go()
            }
        };
        let told = self.runs.note("run", &ended);
        let expected = (self.cell.row.first)(&self.cell);
        if !expected.contains(&told.code) {
            self.against(format!("the first run ended with {}, not {expected:?}\n{ended}", told.code));
        }
        self.judge_first(&told, &ended);
        if self.cell.row.finally != Finally::Frozen {
            self.arm(Vec::new());
        }
        if let Some(disk) = &self.disk {
            disk.clear();
            let sent = self.runs.sent();
            if sent != (usize::from(self.cell.point >= Point::P9), 0) {
                self.against(format!("signed and issued {sent:?} with nowhere to write it down"));
            }
        }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        let request = self.cell.point.on(self.cell.portal).expect("a point with a request");
        request.fault(kind)
    }

    fn arm(&self, faults: Vec<Fault>) {
        self.trial.practice.arm(faults).expect("faults");
    }

    /// What must be so as soon as the run that met the fault has ended.
    fn judge_first(&mut self, told: &Told, ended: &Ended) {
        let Cell { row, point, portal, .. } = self.cell;
        let missed: Vec<_> = self.trial.practice.faults().into_iter().filter(|fault| fault.played == 0).collect();
        if !missed.is_empty() {
            self.against(format!("it never met {missed:?}"));
        }
        let half = (usize::from(!self.runs.lied_to), 0);
        let expected = match (told.code, told.verdict.as_str()) {
            (0, "renewed") => Some((1, 1)),
            (3, "half-done") => Some(half),
            (0 | 1 | 2 | 3 | 5 | 7 | 8 | 130 | 143, _) => Some((0, 0)),
            (4, _) => self.sent_unknown(),
            _ => None,
        };
        let sent = self.runs.sent();
        if expected.is_some_and(|expected| sent != expected) {
            self.against(format!("it ended `{}`, signed and issued {sent:?}, not {expected:?}", told.verdict));
        }
        let effects = self.trial.effects(&self.runs.account);
        let of = |kind: EffectKind| count(&effects, kind);
        let halves = if self.runs.lied_to { 2 } else { sent.0 + 1 };
        if of(OtpInviato) > halves {
            self.against(format!("{} codes were asked for", of(OtpInviato)));
        }
        if matches!(row.act, Act::Clock(_)) && row.fault != "F24" && of(OtpOk) + of(OtpKo) > 0 {
            self.against("a code of another clock was typed".to_owned());
        }
        let unsent = matches!(row.act, Act::Fields(..)) && point == Point::P5 && told.code != 0;
        let asked = if portal == Portal::MiaFirma { of(OtpInviato) } else { 0 };
        if unsent && of(PinKo) + asked > 0 {
            self.against(format!("an altered PIN was sent: {effects:?}"));
        }
        if row.fault == "F48" {
            let events = std::fs::read_to_string(ended.paths.out.join("events.jsonl")).unwrap_or_default();
            if events.contains("run-started") {
                self.against("a browser was started".to_owned());
            }
        }
        if row.fault.starts_with("F13") && told.code == 1 {
            self.stays_away();
        }
    }

    /// What the portal has carried out of a run that does not know: where the fault itself decides it.
    fn sent_unknown(&self) -> Option<(usize, usize)> {
        let Cell { row, point, .. } = self.cell;
        let nothing_issued = match row.act {
            Act::Once(kind, _) => kind == FaultKind::SoftError,
            Act::Onward(_) | Act::Each(_) | Act::Send(..) => false,
            _ => return None,
        };
        match point {
            Point::P7 => Some((0, 0)),
            Point::P12 if !nothing_issued => Some((1, 1)),
            _ => Some((1, 0)),
        }
    }

    /// A timer comes by at once: the portal asked to be left alone, or a while has to pass.
    fn stays_away(&mut self) {
        let logins = |play: &Self| count(&play.trial.effects(&play.runs.account), LoginOk);
        let before = logins(self);
        let ended = self.launch().verb("renew").with(&["--no-jitter"]).go();
        if logins(self) > before {
            self.against(format!("it came back at once\n{ended}"));
        }
    }

    /// Something befalls the run while the portal holds the point's request. Unless it may be patient, it ends soon after.
    fn under(&mut self, hold: FaultKind, patient: bool, befall: impl Fn(&mut Self, &Running<'_>)) -> Ended {
        let request = self.cell.point.on(self.cell.portal);
        let mut word = None;
        let mut running = if request.is_some() {
            self.arm(vec![self.fault(hold).of(self.held_ms())]);
            self.first_launch().start()
        } else {
            let (codes, file) = self.trial.code_on_word(&self.runs.account);
            word = Some(file);
            self.first_launch().codes(&[&codes]).start()
        };
        if let Some(word) = &word {
            running.wait_for_event("code-awaited");
            befall(self, &running);
            std::fs::write(word, "").expect("a word");
        } else if running.until_struck(1) {
            befall(self, &running);
        } else {
            self.against("the run ended before it came to the point".to_owned());
        }
        let told = Instant::now();
        let ended = running.end();
        if !patient && told.elapsed() > GRACE {
            self.against(format!("it took {} s to end", told.elapsed().as_secs()));
        }
        ended
    }

    fn held_ms(&self) -> u64 {
        match self.cell.row.act {
            Act::SendSlowly(Victim::Driver | Victim::Browser, _) => HELD_FOR_AN_END_MS,
            _ => HELD_MS,
        }
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

    fn launched(&self, launch: Launch<'t>, how: Launched) -> Launch<'t> {
        let (_, driver) = installed::variables(self.cell.browser);
        let given = |name: &str, text: &str| self.trial.script(name, text);
        match how {
            Launched::NobodyThere => launch.input("otp", "{ prompt = true }"),
            Launched::NobodyAnyMore => launch.codes(&[&self.trial.code_then(&self.runs.account, "false")]),
            Launched::WrongPin => {
                let name = format!("other-pin-{}", self.runs.told.len());
                launch.input("pin", self.trial.secret_file(&name, "20260302"))
            }
            Launched::NoPassword => launch.input("password", "{ command = [\"false\"] }"),
            Launched::DriverEnds => launch.env(driver, &given("ends.sh", "exit 1")),
            Launched::DriverBabbles => launch.env(driver, &given("babbles.sh", "echo Listening on 127.0.0.1:1")),
            Launched::NoSuchHost => launch.portal("http://nobody.invalid"),
            Launched::NobodyAnswers => launch.portal("http://127.0.0.1:9"),
            Launched::BadCertificate => launch.portal(&self.trial.serve_tls("<h1>MiaFirma</h1>")),
        }
    }

    /// What a person or a timer does after it: until it is settled, or to see that nothing more is done.
    fn settle(&mut self) {
        if let Act::Clock(_) = self.cell.row.act {
            self.trial.practice.set_clock(jiff::Timestamp::now());
        }
        if self.cell.row.finally == Finally::Renewed {
            return self.runs.settle();
        }
        if self.cell.row.finally == Finally::ByPerson {
            return self.ask_a_person();
        }
        if self.cell.row.finally == Finally::Frozen {
            return self.freeze();
        }
        // Where nothing was tried, one run more shows that nothing will be.
        let nothing_tried = ["F29", "F30"].iter().any(|fault| self.cell.row.fault.starts_with(fault));
        for _ in 0..if nothing_tried { 1 } else { 2 } {
            self.runs.pass();
            let launch = match self.cell.row.act {
                Act::Launched(how) => self.launched(self.launch(), how),
                _ => self.launch(),
            };
            let ended = Aftermath::renew(launch).go();
            let (code, expected) = (self.runs.note("renew", &ended).code, (self.cell.row.first)(&self.cell));
            if !expected.contains(&code) {
                self.against(format!("a later run ended with {code}, not {expected:?}\n{ended}"));
            }
        }
    }

    /// The portal goes on refusing.
    fn freeze(&mut self) {
        for expected in [3, 8] {
            self.runs.pass();
            let ended = Aftermath::renew(self.launch()).go();
            let code = self.runs.note("renew", &ended).code;
            if code != expected {
                self.against(format!("a later run ended with {code}, not {expected}\n{ended}"));
            }
        }
        let refused = count(&self.trial.effects(&self.runs.account), OtpKo);
        if refused != 2 {
            self.against(format!("{refused} codes were refused, not 2"));
        }
    }

    /// The portal contradicts itself: nothing more is sent until a person has looked.
    fn ask_a_person(&mut self) {
        for (verb, words, expected) in
            [("renew", &["--force", "--no-jitter"][..], 4), ("recover", &[], 4), ("recover", &["--say", "did-not"], 0)]
        {
            self.runs.pass();
            let ended = self.launch().verb(verb).with(words).go();
            let code = self.runs.note(verb, &ended).code;
            if code != expected {
                self.against(format!("`{verb}` ended with {code}, not {expected}\n{ended}"));
            }
            if self.runs.sent() != (0, 0) {
                self.against("something was sent before a person had looked".to_owned());
            }
        }
        self.runs.pass();
        let ended = Aftermath::renew(self.launch()).go();
        self.runs.note("renew", &ended);
    }

    fn judge(&mut self) {
        let effects = self.trial.effects(&self.runs.account);
        let of = |kind: EffectKind| count(&effects, kind);
        let sent = self.runs.sent();
        let expected = match self.cell.row.finally {
            Finally::Renewed | Finally::ByPerson | Finally::NeverKnown => (1, 1),
            Finally::LeftAlone | Finally::Same | Finally::Frozen => (0, 0),
        };
        if sent != expected {
            self.against(format!("signed and issued {sent:?}, not {expected:?}: {effects:?}"));
        }
        if matches!(self.cell.row.finally, Finally::Renewed | Finally::ByPerson) && !self.runs.known() {
            self.against("it never came to be known".to_owned());
        }
        if self.cell.row.finally == Finally::LeftAlone && of(LoginOk) + of(LoginKo) > 1 {
            self.against(format!("it went on trying: {effects:?}"));
        }
        // A right password that is too old counts as none of them.
        let too_old = self.cell.row.fault == "F28";
        let tries = (if too_old { 0 } else { of(LoginKo) }, of(PinKo), of(OtpKo));
        if tries.0 > 1 || tries.1 > 1 || tries.2 > 2 {
            self.against(format!("too many tries of password, PIN, code: {tries:?}"));
        }
        if of(PinCambiato) + of(PasswordCambiata) > 0 {
            self.against(format!("the PIN or the password is another one now: {effects:?}"));
        }
        let decoys = self.trial.practice.decoys();
        if !decoys.is_empty() {
            self.against(format!("decoys were touched: {decoys:?}"));
        }
        let codes: Vec<String> =
            self.trial.practice.sms(&self.runs.account.user).into_iter().map(|message| message.code).collect();
        let secrets = || [PASSWORD, PIN].into_iter().chain(codes.iter().map(String::as_str));
        let tells = |leak: &Leak| {
            let head = format!("{} {} {:?}", leak.target, leak.referer, leak.headers);
            // Where the page was led there, its script asks for the head of its root.
            let asks = ["GET", "HEAD"].contains(&leak.method.as_str());
            !asks || !leak.body.is_empty() || secrets().any(|secret| head.contains(secret))
        };
        let leaks: Vec<_> = self.trial.practice.leaks().into_iter().filter(tells).collect();
        if !leaks.is_empty() {
            self.against(format!("something reached the third origin: {leaks:?}"));
        }
        if let Act::Wrecked(wreck) = self.cell.row.act
            && wreck.is_kept()
        {
            let state = self.trial.state_of(&self.runs.account).join("rinnova");
            let names = std::fs::read_dir(state).expect("the state").flatten().map(|entry| entry.file_name());
            if !names.into_iter().any(|name| name.to_string_lossy().contains(".set-aside-")) {
                self.against("the bad state was not kept".to_owned());
            }
        }
        let others =
            self.trial.practice.ledger().into_iter().filter(|line| line.user != self.runs.account.user).count();
        if others > 0 {
            self.against("another holder was touched".to_owned());
        }
    }

    fn against(&mut self, what: String) {
        self.runs.against(what);
    }
}

/// Whether this act can be played at this point of the portal.
pub(crate) fn applies(act: &Act, point: Point, portal: Portal) -> bool {
    match act {
        Act::Once(..) | Act::Onward(_) | Act::Each(_) | Act::DiskFull | Act::NoMoreFiles => point.on(portal).is_some(),
        // Between the PIN and the code no request comes, but a process can be struck.
        Act::Send(..)
        | Act::SendSlowly(..)
        | Act::Wrecked(_)
        | Act::Knobs(_)
        | Act::Fields(..)
        | Act::Launched(_)
        | Act::Clock(_) => true,
    }
}

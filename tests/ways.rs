//! Other ways through the flows than the straight one: a rehearsal, a part, a renewal taken up again, and everything a
//! holder or a portal may get wrong. In each case the portals' ledger says what may have happened, and nothing else did.
//!
//! Where both portals show the same, one of them is played in every test run, and both with `make ways`.

#[path = "support/trial.rs"]
mod trial;

use std::fs;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::{CertificatoEmesso, LoginOk, OtpInviato, OtpKo, OtpOk, PinKo, RichiestaFirmata};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{EffectKind, Fault, FaultKind, Knobs, Maintenance, Options, Portal};
use rinnova::record::{Outcome, Record};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use trial::{Ended, Launch, Trial, count, one_of};

const RENEWED: [EffectKind; 7] = [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpOk, CertificatoEmesso];

fn stages(record: &Record) -> Vec<(&str, Outcome)> {
    record.stages.iter().map(|stage| (stage.name.as_str(), stage.outcome)).collect()
}

/// The browser for a portal, where either will do: both take part, and each test starts but one.
fn browser(portal: Portal) -> BrowserName {
    match portal {
        MiaFirma => Chromium,
        FirmaRemota => Firefox,
    }
}

/// u01's renewal, somehow; how it must end, and with which effects.
fn run<'t>(
    trial: &'t Trial,
    portal: Portal,
    how: impl FnOnce(Launch<'t>) -> Launch<'t>,
    verdict: Verdict,
    effects: &[EffectKind],
) -> Record {
    let account = trial.account(portal, "u01");
    let before = trial.effects(&account).len();
    let ended = how(trial.launch(&account, browser(portal))).go();
    let record = ended.expect(verdict);
    assert_eq!(trial.effects(&account)[before..], *effects, "{ended}");
    assert_eq!(trial.practice.decoys(), []);
    record
}

// --- parts of a flow ------------------------------------------------------------------------------------------------

/// It logs in, does nothing else, and the last thing that it does is to look at this stage.
fn rehearsed(trial: &Trial, portal: Portal, ended: &Ended, last: &str) {
    let record = ended.expect(Verdict::Rehearsed);
    assert_eq!(trial.effects(&trial.account(portal, "u01")), [LoginOk], "{ended}");
    assert_eq!(*stages(&record).last().expect("a stage"), (last, Outcome::Checked));
    assert!(ended.paths.out.join(format!("shots/{last}.png")).is_file());
}

/// Portal A's in Chromium stands at the head of the next but one.
#[test]
fn a_rehearsal_ends_before_anything_is_sent() {
    let rows = [(FirmaRemota, Firefox, "sms"), (MiaFirma, Firefox, "consents"), (FirmaRemota, Chromium, "sms")];
    for (portal, browser, last) in one_of(rows) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        // What is not typed need not be there.
        let ended = trial.launch(&account, browser).verb("rehearse").without(&["pin", "otp"]).go();
        rehearsed(&trial, portal, &ended, last);
    }
}

#[test]
fn a_rehearsal_outside_the_window_is_not_due() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u04");
    let ended = trial.launch(&account, Chromium).verb("rehearse").without(&["pin", "otp"]).go();
    ended.expect(Verdict::NotDue);
    assert_eq!(trial.effects(&account), [LoginOk], "{ended}");
}

/// The baseline is made to know a button by other words, as if the portal had renamed it since.
#[test]
fn a_rehearsal_tells_of_a_change_over_which_a_run_goes_on() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let flow = trial.hasty(MiaFirma);
    let rehearse =
        || trial.launch(&account, Chromium).flow(flow.clone()).verb("rehearse").without(&["pin", "otp"]).go();
    let accept = |ended: &trial::Ended| {
        let run = ended.paths.out.to_str().expect("a path");
        let accepted = trial.rinnova(&account, &["accept", run, "--flow", flow.to_str().expect("a path")]);
        assert!(accepted.status.success(), "{accepted:?}");
    };
    let drift = || {
        let status = trial.launch(&account, Chromium).flow(flow.clone()).verb("status").go();
        serde_json::from_str::<serde_json::Value>(&status.stdout).expect("rows")[0].clone()
    };
    let first = rehearse();
    rehearsed(&trial, MiaFirma, &first, "consents");
    assert!(drift()["drift"].is_null(), "there is nothing to hold it against");
    accept(&first);
    for name in ["baseline.toml", "home.txt"] {
        let file = trial.path().join("baseline/mysign").join(name);
        let text = fs::read_to_string(&file).expect("what the baseline knows");
        let renamed = text.replace("Rinnova firma digitale", "Rinnova ora");
        assert_ne!(renamed, text, "{name}");
        fs::write(&file, renamed).expect("written");
    }

    let second = rehearse();
    let record = second.expect(Verdict::Changed);
    assert!(record.flags.drift && record.stages.last().is_some_and(|stage| stage.outcome == Outcome::Checked));
    assert!(record.reason.as_ref().is_some_and(|why| why.contains("Rinnova firma digitale")), "{second}");
    assert!(second.stderr.contains("\n  drift: home, line "), "{second}");
    let row = drift();
    assert_eq!((&row["drift"]["now"], &row["drift"]["trend"]), (&1.into(), &"steady".into()), "{row}");
    assert!(row["next"].as_str().is_some_and(|next| next.contains("; the portal has changed: rinnova explain ")));

    // It is right as it is.
    accept(&second);
    rehearse().expect(Verdict::Rehearsed);
    let row = drift();
    assert_eq!((&row["drift"]["now"], &row["drift"]["trend"]), (&0.into(), &"falling".into()), "{row}");
    assert_eq!(count(&trial.effects(&account), LoginOk), 3);
}

/// Portal B's is the first of those whose outputs are looked at below.
#[test]
fn the_status_task_reads_and_no_more() {
    let trial = Trial::new();
    let expires = trial.account(MiaFirma, "u01").expires;
    read(&run(&trial, MiaFirma, |launch| launch.with(&["status"]), Verdict::Done, &[LoginOk]), expires);
}

fn read(record: &Record, expires: Date) {
    assert_eq!(record.task, "status");
    let read: Vec<_> = record.outputs["expires"].iter().map(|reading| &reading.value).collect();
    assert_eq!(read, [&expires.to_string()]);
}

#[test]
fn from_and_until_name_the_first_and_the_last_stage() {
    let trial = Trial::new();
    let record =
        run(&trial, MiaFirma, |launch| launch.with(&["--from", "login", "--until", "open"]), Verdict::Done, &[LoginOk]);
    let entered = ["login", "certificate", "home", "open"].map(|stage| (stage, Outcome::Passed));
    assert_eq!(stages(&record), entered);
}

#[test]
fn a_run_told_to_end_between_two_commits_is_half_done_and_the_next_one_goes_on() {
    for (portal, until) in one_of([(FirmaRemota, "request"), (MiaFirma, "new-pin")]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let ended = trial.launch(&account, browser(portal)).with(&["--until", until]).go();
        ended.expect(Verdict::HalfDone);
        assert_eq!(count(&trial.effects(&account), RichiestaFirmata), 1);
        assert_eq!(count(&trial.effects(&account), CertificatoEmesso), 0);
        // The portals send a second message only half a minute after a first that was not used.
        trial.practice.set_clock(trial.practice.now() + SignedDuration::from_secs(31));
        trial.launch(&account, browser(portal)).go().expect(Verdict::Renewed);
        let effects = trial.effects(&account);
        assert_eq!((count(&effects, RichiestaFirmata), count(&effects, CertificatoEmesso)), (1, 1), "{effects:?}");
    }
}

// --- what a run prints and writes -----------------------------------------------------------------------------------

/// JSON on standard output is the record, and without it the folder; a `JUnit` file tells each stage and what failed.
#[test]
fn what_is_printed_and_written_is_what_was_asked_for() {
    let trial = Trial::new();
    let status = |id| trial.launch(&trial.account(FirmaRemota, id), Chromium).with(&["status", "--junit", "junit.xml"]);
    let junit = |ended: &Ended, verdict: Verdict, words: &[&str]| {
        let xml = fs::read_to_string(ended.paths.folder.join("junit.xml")).expect("a JUnit file");
        for word in [words, &[&format!("<property name=\"verdict\" value=\"{verdict}\"/>")]].concat() {
            assert!(xml.contains(word), "{word} is not in\n{xml}");
        }
    };
    let account = trial.account(FirmaRemota, "u01");
    let ended = status("u01").go();
    read(&ended.expect(Verdict::Done), account.expires);
    assert_eq!(trial.effects(&account), [LoginOk], "{ended}");
    let file = fs::read(ended.paths.out.join("run.json")).expect("a record");
    assert_eq!(ended.printed(), serde_json::from_slice::<serde_json::Value>(&file).expect("JSON"));
    junit(&ended, Verdict::Done, &["failures=\"0\"", "name=\"certificate\"", "name=\"login\""]);

    let ended = status("u18").plain().go();
    ended.expect(Verdict::Rejected);
    assert_eq!(ended.stdout, format!("{}\n", ended.paths.out.display()));
    junit(&ended, Verdict::Rejected, &["failures=\"1\"", "<failure ", "UTENTE O PASSWORD NON VALIDI"]);
}

// --- codes ----------------------------------------------------------------------------------------------------------

#[test]
fn a_wrong_second_code_leaves_the_renewal_half_done() {
    for portal in one_of([MiaFirma, FirmaRemota]) {
        let trial = Trial::new();
        let codes = trial.code_then(&trial.account(portal, "u01"), "echo 00000000");
        let effects = [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpKo];
        run(&trial, portal, |launch| launch.codes(&[&codes]), Verdict::HalfDone, &effects);
    }
}

#[test]
fn the_first_code_a_second_time_is_not_typed() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let [kept, again] = ["kept", "again"].map(|name| trial.path().join(name).display().to_string());
    let code = trial.code_command(&account).join(" ");
    // The first code, the same once more, and only then the second.
    let codes = trial.script(
        "again.sh",
        &format!(
            "[ -e {kept} ] || {{ {code} > {kept}; exec cat {kept}; }}\nmkdir {again} && exec cat {kept}\nexec {code}"
        ),
    );
    let ended = trial.launch(&account, Chromium).codes(&[&codes]).go();
    ended.expect(Verdict::Renewed);
    assert!(trial.path().join("again").exists(), "the old one was not printed again: {ended}");
    assert!(!trial.effects(&account).contains(&OtpKo));
}

#[test]
fn where_nobody_can_be_asked_no_code_is_requested() {
    for portal in one_of([FirmaRemota, MiaFirma]) {
        run(&Trial::new(), portal, |launch| launch.input("otp", "{ prompt = true }"), Verdict::NeedsPerson, &[LoginOk]);
    }
}

#[test]
fn a_source_of_codes_that_fails_ends_the_run_before_anything_is_signed() {
    for codes in one_of(["false", "/nowhere/codes"]) {
        run(&Trial::new(), MiaFirma, |launch| launch.codes(&[codes]), Verdict::Failed, &[LoginOk, OtpInviato]);
    }
}

/// F21: the portal's clock is ahead of this machine's, or behind it. No code is computed by a clock that is wrong.
#[test]
fn a_wrong_clock_sends_no_code() {
    for (ahead, browser) in [(40, Firefox), (-3600, Chromium)] {
        let now = Timestamp::now() + SignedDuration::from_secs(ahead);
        let trial = Trial::with(Options { now: Some(now), ..Options::default() });
        let account =
            trial.practice.accounts().into_iter().find(|account| account.device == "totp").expect("an account");
        let ended = trial.launch(&account, browser).go();
        let record = ended.expect(Verdict::Invalid);
        let reason = record.reason.expect("a reason");
        let shown = if ahead > 0 { "40 s slow" } else { "60 min fast" };
        assert!(reason.contains(shown) && reason.contains("--trust-portal-clock"), "{reason}");
        assert!(!trial.effects(&account).iter().any(|effect| matches!(effect, OtpOk | OtpKo)));

        // Two codes of two steps take up to a minute: once is enough.
        if ahead < 0 {
            continue;
        }
        let ended = trial.launch(&account, browser).with(&["--trust-portal-clock"]).patient().go();
        ended.expect(Verdict::Renewed);
        assert!(ended.stderr.contains("codes are computed by the portal's"), "{ended}");
        // F24: each of the two confirmations has a step of its own.
        assert_eq!((count(&trial.effects(&account), OtpOk), count(&trial.effects(&account), OtpKo)), (2, 0));
    }
}

// --- secrets that are wrong -----------------------------------------------------------------------------------------

/// Portal B's is tried ten times in `tests/renew.rs`.
#[test]
fn a_wrong_pin_is_tried_once() {
    let trial = Trial::new();
    let pin = format!("{{ command = [{:?}] }}", trial.script("pin.sh", "echo 31011980"));
    run(&trial, MiaFirma, |launch| launch.input("pin", pin), Verdict::Rejected, &[LoginOk, PinKo]);
}

#[test]
fn a_pin_of_another_form_is_told_before_a_browser_starts() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let pin = trial.script("pin.sh", "echo 1234");
    let ended = trial.launch(&account, Firefox).input("pin", format!("{{ command = [{pin:?}] }}")).go();
    assert_eq!(ended.status.code(), Some(2), "{ended}");
    assert!(ended.stderr.contains("input `pin`: the value from command"), "{ended}");
    assert!(!ended.stderr.contains("1234") && !ended.paths.out.exists());
    assert_eq!(trial.practice.ledger(), []);
}

// --- portals that behave otherwise ----------------------------------------------------------------------------------

/// It waits for the answer as long as a step of its flow may. What becomes of portal B's is in `tests/renew.rs`.
#[test]
fn an_answer_that_is_lost_is_unknown_and_nothing_is_sent_again() {
    for portal in one_of([MiaFirma, FirmaRemota]) {
        let trial = Trial::with(with(|knobs| knobs.result_lost = true));
        let hasty = trial.hasty(portal);
        run(&trial, portal, |launch| launch.flow(hasty).patient(), Verdict::Unknown, &RENEWED);
        let account = trial.account(portal, "u01");
        let sent = trial.effects(&account);
        let again = trial.launch(&account, Firefox).go();
        assert_eq!(again.status.code(), Some(4), "{again}");
        assert!(again.stderr.contains("rinnova recover holder@http"), "{again}");
        assert_eq!(trial.effects(&account), sent, "{again}");
    }
}

#[test]
fn a_closed_portal_is_unavailable() {
    for (maintenance, portals) in
        [(Maintenance::Unavailable, [MiaFirma, FirmaRemota]), (Maintenance::WithStatus200, [FirmaRemota, MiaFirma])]
    {
        let trial = Trial::with(with(|knobs| knobs.maintenance = maintenance));
        for portal in one_of(portals) {
            run(&trial, portal, |launch| launch, Verdict::Unavailable, &[]);
        }
    }
}

#[test]
fn a_portal_that_fails_before_a_commit_is_a_failure_that_may_be_tried_again() {
    let rows = [(MiaFirma, "/api/certificato"), (FirmaRemota, "/gestione/VisualizzaCertificato.do")];
    for (portal, path) in one_of(rows) {
        let trial = Trial::with(with(|knobs| path.clone_into(&mut knobs.error_500)));
        run(&trial, portal, |launch| launch, Verdict::Failed, &[LoginOk]);
    }
}

#[test]
fn a_session_that_ends_before_a_commit_is_a_failure_that_may_be_tried_again() {
    let rows = [(FirmaRemota, "/gestione/VisualizzaCertificato.do"), (MiaFirma, "/api/rinnovo")];
    for (portal, route) in one_of(rows) {
        let trial = Trial::new();
        trial.practice.arm(vec![Fault::at(route, FaultKind::SessionExpired)]).expect("a fault");
        run(&trial, portal, |launch| launch, Verdict::Failed, &[LoginOk]);
        assert_eq!(trial.practice.faults()[0].played, 1);
    }
}

/// What the portal answers to a commit is not what shows that it did not take place.
#[test]
fn a_session_that_ends_under_a_commit_leaves_its_outcome_unknown() {
    for portal in one_of([FirmaRemota, MiaFirma]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let (codes, word) = trial.code_on_word(&account);
        let launch = trial.launch(&account, browser(portal)).flow(trial.hasty(portal));
        let mut running = launch.codes(&[&codes]).patient().start();
        running.wait_for_event("code-awaited");
        trial.practice.expire_sessions();
        fs::write(word, "").expect("a word");
        let ended = running.end();
        ended.expect(Verdict::Unknown);
        assert_eq!(trial.effects(&account), [LoginOk, OtpInviato], "{ended}");
    }
}

#[test]
fn harmless_differences_do_not_matter() {
    type Turn = fn(&mut Knobs);
    // All at once, but for the banner: without one, nothing would be seen of how it fares among the others.
    let turns: [(Portal, Turn); 2] = [
        (MiaFirma, |knobs| (knobs.random_ids, knobs.sms_origin_bound, knobs.latency_ms) = (true, true, 250)),
        (FirmaRemota, |knobs| (knobs.latin1, knobs.strict, knobs.latency_ms) = (true, true, 250)),
    ];
    for (portal, turn) in turns {
        run(&Trial::with(with(turn)), portal, |launch| launch, Verdict::Renewed, &RENEWED);
    }
}

#[test]
fn a_portal_whose_clock_is_not_set_decides_nothing() {
    let trial = Trial::with(with(|knobs| knobs.date_skew_s = -1_700_000_000));
    let record = run(&trial, MiaFirma, |launch| launch, Verdict::Invalid, &[LoginOk]);
    assert!(record.reason.is_some_and(|reason| reason.starts_with("by the portal's clock it is 19")));
}

/// No banner comes to those who renew here.
#[test]
fn the_portals_own_date_decides() {
    let noon = date(2031, 3, 2).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a time").timestamp();
    for portal in one_of([FirmaRemota, MiaFirma]) {
        let trial = Trial::with(Options { now: Some(noon), ..with(|knobs| knobs.cookie_banner = false) });
        run(&trial, portal, |launch| launch, Verdict::Renewed, &RENEWED);
    }
    for portal in one_of([MiaFirma, FirmaRemota]) {
        let trial = Trial::new();
        trial.practice.set_clock(trial.practice.now() + SignedDuration::from_hours(24 * 46));
        run(&trial, portal, |launch| launch, Verdict::Expired, &[LoginOk]);
    }
}

// Where the certificate page says nothing of PIN and renewal, a run ends by the portal's own refusal or by the dates.

const RESUMED: &[EffectKind] = &[LoginOk, OtpInviato, OtpOk, CertificatoEmesso];

#[test]
fn where_portal_a_tells_less_nothing_is_guessed() {
    tells_less(
        MiaFirma,
        &[
            ("u01", Verdict::Renewed, &RENEWED),
            ("u10", Verdict::PinLocked, &[LoginOk]),
            ("u13", Verdict::NeedsPerson, &[LoginOk]),
            ("u14", Verdict::NotRenewable, &[LoginOk]),
        ],
        &[("u11", Verdict::NotDue, &[LoginOk]), ("u12", Verdict::Renewed, RESUMED)],
    );
}

#[test]
fn where_portal_b_tells_less_nothing_is_guessed() {
    tells_less(
        FirmaRemota,
        &[
            // The form takes code and PIN together.
            ("u10", Verdict::PinLocked, &[LoginOk, OtpInviato, OtpOk]),
            ("u11", Verdict::NotDue, &[LoginOk]),
            ("u12", Verdict::Renewed, RESUMED),
            ("u13", Verdict::NeedsPerson, &[LoginOk, OtpInviato]),
            ("u14", Verdict::NotRenewable, &[LoginOk, OtpInviato]),
        ],
        &[("u01", Verdict::Renewed, &RENEWED)],
    );
}

type Row = (&'static str, Verdict, &'static [EffectKind]);

/// The second rows come to the same on the other portal.
fn tells_less(portal: Portal, rows: &[Row], alike: &[Row]) {
    let trial = Trial::with(with(|knobs| knobs.silent = true));
    for (id, verdict, effects) in one_of([rows, alike]).flatten() {
        let account = trial.account(portal, id);
        let ended = trial.launch(&account, browser(portal)).go();
        ended.expect(*verdict);
        assert_eq!(trial.effects(&account), **effects, "{portal:?} {id}\n{ended}");
    }
}

fn with(turn: impl FnOnce(&mut Knobs)) -> Options {
    let mut knobs = Knobs::default();
    turn(&mut knobs);
    Options { knobs, ..Options::default() }
}

//! Other ways through the flows than the straight one: a rehearsal, a part, a renewal taken up again, and everything a
//! holder or a portal may get wrong. In each case the portals' ledger says what may have happened, and nothing else did.

#[path = "support/trial.rs"]
mod trial;

use std::fs;

use jiff::civil::date;
use jiff::tz::TimeZone;
use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::{CertificatoEmesso, LoginOk, OtpInviato, OtpKo, OtpOk, PinKo, RichiestaFirmata};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{EffectKind, Fault, FaultKind, Knobs, Maintenance, Options, Portal};
use rinnova::record::{Outcome, Record};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use trial::{Launch, Trial, count};

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

fn rehearsal(portal: Portal, browser: BrowserName, last: &str) {
    let trial = Trial::new();
    let account = trial.account(portal, "u01");
    // What is not typed need not be there.
    let ended = trial.launch(&account, browser).verb("rehearse").without(&["pin", "otp"]).go();
    let record = ended.expect(Verdict::Rehearsed);
    assert_eq!(trial.effects(&account), [LoginOk], "a rehearsal logs in and does nothing else");
    let (name, outcome) = *stages(&record).last().expect("a stage");
    assert_eq!((name, outcome), (last, Outcome::Checked));
    assert!(ended.paths.out.join(format!("shots/{last}.png")).is_file());
}

#[test]
fn a_rehearsal_of_portal_a_in_firefox() {
    rehearsal(MiaFirma, Firefox, "consents");
}

#[test]
fn a_rehearsal_of_portal_a_in_chromium() {
    rehearsal(MiaFirma, Chromium, "consents");
}

#[test]
fn a_rehearsal_of_portal_b_in_firefox() {
    rehearsal(FirmaRemota, Firefox, "sms");
}

#[test]
fn a_rehearsal_of_portal_b_in_chromium() {
    rehearsal(FirmaRemota, Chromium, "sms");
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
    first.expect(Verdict::Rehearsed);
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

#[test]
fn the_status_task_reads_and_no_more() {
    for portal in [MiaFirma, FirmaRemota] {
        let trial = Trial::new();
        let expires = trial.account(portal, "u01").expires.to_string();
        let record = run(&trial, portal, |launch| launch.with(&["status"]), Verdict::Done, &[LoginOk]);
        assert_eq!(record.task, "status");
        assert_eq!(record.outputs["expires"].iter().map(|reading| &reading.value).collect::<Vec<_>>(), [&expires]);
    }
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
    for (portal, until) in [(MiaFirma, "new-pin"), (FirmaRemota, "request")] {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let ended = trial.launch(&account, browser(portal)).with(&["--until", until]).go();
        ended.expect(Verdict::HalfDone);
        assert_eq!(count(&trial.effects(&account), RichiestaFirmata), 1);
        assert_eq!(count(&trial.effects(&account), CertificatoEmesso), 0);
        // The portals send a second message only half a minute after a first that was not used.
        trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_secs(31));
        trial.launch(&account, browser(portal)).go().expect(Verdict::Renewed);
        let effects = trial.effects(&account);
        assert_eq!((count(&effects, RichiestaFirmata), count(&effects, CertificatoEmesso)), (1, 1), "{effects:?}");
    }
}

// --- what a run prints and writes -----------------------------------------------------------------------------------

#[test]
fn json_on_standard_output_is_the_record_and_without_it_the_folder() {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u01");
    let ended = trial.launch(&account, Chromium).with(&["status"]).go();
    ended.expect(Verdict::Done);
    let file = fs::read(ended.paths.out.join("run.json")).expect("a record");
    assert_eq!(ended.printed(), serde_json::from_slice::<serde_json::Value>(&file).expect("JSON"));
    let ended = trial.launch(&account, Chromium).plain().with(&["status"]).go();
    ended.expect(Verdict::Done);
    assert_eq!(ended.stdout, format!("{}\n", ended.paths.out.display()));
}

#[test]
fn junit_tells_each_stage_and_what_failed() {
    let trial = Trial::new();
    for (id, verdict, words) in [
        ("u01", Verdict::Done, &["failures=\"0\"", "name=\"certificate\"", "name=\"login\""][..]),
        ("u18", Verdict::Rejected, &["failures=\"1\"", "<failure ", "UTENTE O PASSWORD NON VALIDI"][..]),
    ] {
        let account = trial.account(FirmaRemota, id);
        let ended = trial.launch(&account, Chromium).with(&["status", "--junit", "junit.xml"]).go();
        ended.expect(verdict);
        let xml = fs::read_to_string(ended.paths.folder.join("junit.xml")).expect("a JUnit file");
        for word in [words, &[&format!("<property name=\"verdict\" value=\"{verdict}\"/>")]].concat() {
            assert!(xml.contains(word), "{word} is not in\n{xml}");
        }
    }
}

// --- codes ----------------------------------------------------------------------------------------------------------

#[test]
fn a_wrong_first_code_is_rejected_and_nothing_is_signed() {
    for portal in [MiaFirma, FirmaRemota] {
        run(
            &Trial::new(),
            portal,
            |launch| launch.codes(&["echo", "00000000"]),
            Verdict::CodeRejected,
            &[LoginOk, OtpInviato, OtpKo],
        );
    }
}

#[test]
fn a_wrong_second_code_leaves_the_renewal_half_done() {
    for portal in [MiaFirma, FirmaRemota] {
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
    for portal in [MiaFirma, FirmaRemota] {
        run(&Trial::new(), portal, |launch| launch.input("otp", "{ prompt = true }"), Verdict::NeedsPerson, &[LoginOk]);
    }
}

#[test]
fn a_source_of_codes_that_fails_ends_the_run_before_anything_is_signed() {
    for (codes, verdict) in [("false", Verdict::Failed), ("/nowhere/codes", Verdict::Failed)] {
        run(&Trial::new(), MiaFirma, |launch| launch.codes(&[codes]), verdict, &[LoginOk, OtpInviato]);
    }
}

// --- secrets that are wrong -----------------------------------------------------------------------------------------

#[test]
fn a_wrong_pin_is_tried_once() {
    // Portal B burns the code along with it (portals.md §1.5).
    for (portal, effects) in [(MiaFirma, &[LoginOk, PinKo][..]), (FirmaRemota, &[LoginOk, OtpInviato, OtpOk, PinKo])] {
        let trial = Trial::new();
        let pin = trial.script("pin.sh", "echo 31011980");
        run(
            &trial,
            portal,
            |launch| launch.input("pin", format!("{{ command = [{pin:?}] }}")),
            Verdict::Rejected,
            effects,
        );
    }
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

/// Each waits for an answer as long as a step of its flow may.
#[test]
fn an_answer_lost_by_portal_a_is_unknown_and_nothing_is_sent_again() {
    an_answer_is_lost(MiaFirma);
}

#[test]
fn an_answer_lost_by_portal_b_is_unknown_and_nothing_is_sent_again() {
    an_answer_is_lost(FirmaRemota);
}

fn an_answer_is_lost(portal: Portal) {
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

#[test]
fn a_closed_portal_is_unavailable() {
    for maintenance in [Maintenance::Unavailable, Maintenance::WithStatus200] {
        let trial = Trial::with(with(|knobs| knobs.maintenance = maintenance));
        for portal in [MiaFirma, FirmaRemota] {
            run(&trial, portal, |launch| launch, Verdict::Unavailable, &[]);
        }
    }
}

#[test]
fn a_portal_that_fails_before_a_commit_is_a_failure_that_may_be_tried_again() {
    for (portal, path) in [(MiaFirma, "/api/certificato"), (FirmaRemota, "/gestione/VisualizzaCertificato.do")] {
        let trial = Trial::with(with(|knobs| path.clone_into(&mut knobs.error_500)));
        run(&trial, portal, |launch| launch, Verdict::Failed, &[LoginOk]);
    }
}

#[test]
fn a_session_that_ends_before_a_commit_is_a_failure_that_may_be_tried_again() {
    for (portal, route) in [(MiaFirma, "/api/rinnovo"), (FirmaRemota, "/gestione/VisualizzaCertificato.do")] {
        let trial = Trial::new();
        trial.practice.arm(vec![Fault::at(route, FaultKind::SessionExpired)]).expect("a fault");
        run(&trial, portal, |launch| launch, Verdict::Failed, &[LoginOk]);
        assert_eq!(trial.practice.faults()[0].played, 1);
    }
}

/// What the portal answers to a commit is not what shows that it did not take place.
#[test]
fn a_session_of_portal_a_that_ends_under_a_commit_leaves_its_outcome_unknown() {
    a_session_ends_under_a_commit(MiaFirma);
}

#[test]
fn a_session_of_portal_b_that_ends_under_a_commit_leaves_its_outcome_unknown() {
    a_session_ends_under_a_commit(FirmaRemota);
}

fn a_session_ends_under_a_commit(portal: Portal) {
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

#[test]
fn harmless_differences_do_not_matter() {
    type Turn = fn(&mut Knobs);
    // All at once, but for the banner: without one, nothing would be seen of how it fares among the others.
    let turns: [(Portal, Turn); 3] = [
        (MiaFirma, |knobs| (knobs.random_ids, knobs.sms_origin_bound, knobs.latency_ms) = (true, true, 250)),
        (FirmaRemota, |knobs| (knobs.latin1, knobs.strict, knobs.latency_ms) = (true, true, 250)),
        (FirmaRemota, |knobs| knobs.cookie_banner = false),
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

#[test]
fn the_portals_own_date_decides() {
    let noon = date(2031, 3, 2).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a time").timestamp();
    for portal in [MiaFirma, FirmaRemota] {
        let trial = Trial::with(Options { now: Some(noon), ..Options::default() });
        run(&trial, portal, |launch| launch, Verdict::Renewed, &RENEWED);
        let trial = Trial::new();
        trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_hours(24 * 46));
        run(&trial, portal, |launch| launch, Verdict::Expired, &[LoginOk]);
    }
}

// Where the certificate page says nothing of PIN and renewal, a run ends by the portal's own refusal or by the dates.

#[test]
fn where_portal_a_tells_less_nothing_is_guessed() {
    tells_less(
        MiaFirma,
        &[
            ("u01", Verdict::Renewed, &RENEWED),
            ("u10", Verdict::PinLocked, &[LoginOk]),
            ("u11", Verdict::NotDue, &[LoginOk]),
            ("u12", Verdict::Renewed, &[LoginOk, OtpInviato, OtpOk, CertificatoEmesso]),
            ("u13", Verdict::NeedsPerson, &[LoginOk]),
            ("u14", Verdict::NotRenewable, &[LoginOk]),
        ],
    );
}

#[test]
fn where_portal_b_tells_less_nothing_is_guessed() {
    tells_less(
        FirmaRemota,
        &[
            ("u01", Verdict::Renewed, &RENEWED),
            // The form takes code and PIN together.
            ("u10", Verdict::PinLocked, &[LoginOk, OtpInviato, OtpOk]),
            ("u11", Verdict::NotDue, &[LoginOk]),
            ("u12", Verdict::Renewed, &[LoginOk, OtpInviato, OtpOk, CertificatoEmesso]),
            ("u13", Verdict::NeedsPerson, &[LoginOk, OtpInviato]),
            ("u14", Verdict::NotRenewable, &[LoginOk, OtpInviato]),
        ],
    );
}

fn tells_less(portal: Portal, rows: &[(&str, Verdict, &[EffectKind])]) {
    let trial = Trial::with(with(|knobs| knobs.silent = true));
    for (id, verdict, effects) in rows {
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

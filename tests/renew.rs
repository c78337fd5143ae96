//! `renew`, `recover`, `status`, `unfreeze`: what is done at most once, what is known after a crash, what is never tried twice.
//! Asserted on the portal's ledger and on exit codes.

#[path = "support/trial.rs"]
mod trial;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rinnova::browser::processes;
use rinnova::practice::EffectKind::{CertificatoEmesso, LoginKo, LoginOk, OtpInviato, OtpOk, PinKo, RichiestaFirmata};
use rinnova::practice::Portal::{self, FirmaRemota, MiaFirma};
use rinnova::practice::{AccountSummary, Fault, FaultKind, Knobs, Options};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use rustix::process::Signal;
use serde_json::Value;

use trial::{Ended, Launch, Trial, commit_route, count, one_of};

fn renew<'t>(trial: &'t Trial, account: &AccountSummary, browser: BrowserName) -> Launch<'t> {
    trial.launch(account, browser).verb("renew").with(&["--no-jitter"])
}

fn recover<'t>(trial: &'t Trial, account: &AccountSummary, browser: BrowserName) -> Launch<'t> {
    trial.launch(account, browser).verb("recover")
}

/// The one line that `renew` and `recover` give for an account.
#[track_caller]
fn told(ended: &Ended, verdict: &str, code: i32) -> Value {
    let line: Value = serde_json::from_str(ended.stdout.trim()).unwrap_or_else(|_| panic!("no line: {ended}"));
    assert_eq!(line["verdict"], verdict, "{ended}");
    assert_eq!(ended.status.code(), Some(code), "{ended}");
    line
}

/// Signed and issued: so many of each.
fn sent(trial: &Trial, account: &AccountSummary) -> (usize, usize) {
    let effects = trial.effects(account);
    (count(&effects, RichiestaFirmata), count(&effects, CertificatoEmesso))
}

fn knobs(turn: impl FnOnce(&mut Knobs)) -> Options {
    let mut options = Options::default();
    turn(&mut options.knobs);
    options
}

#[test]
fn a_due_account_is_renewed_once_and_then_left_alone() {
    for (portal, browser) in one_of([(FirmaRemota, Chromium), (MiaFirma, Firefox)]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let first = renew(&trial, &account, browser).go();
        told(&first, "renewed", 0);
        assert_eq!(sent(&trial, &account), (1, 1), "{first}");
        let before = trial.practice.ledger();
        let second = renew(&trial, &account, browser).go();
        let line = told(&second, "not-due", 0);
        assert!(line["run"].is_null() && line["reason"].as_str().is_some_and(|why| why.starts_with("due on 20")));
        assert_eq!(trial.practice.ledger(), before, "by its date alone, without a browser");
        let status = trial.launch(&account, browser).verb("status").go();
        let rows: Value = serde_json::from_str(&status.stdout).expect("rows");
        assert_eq!(rows[0]["standing"], "clear");
        assert!(rows[0]["days_left"].as_i64().is_some_and(|days| days > 700), "{rows}");
        assert_eq!(rows[0]["last_run"]["verdict"], "renewed");
    }
}

#[test]
fn an_account_is_free_while_its_renewal_is_put_off() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let put_off = trial.launch(&account, Chromium).verb("renew").env("RINNOVA_RENEW__JITTER", "365d").patient().start();
    let stderr = put_off.paths.stderr.clone();
    trial
        .wait_until("it is put off", |_| std::fs::read_to_string(&stderr).is_ok_and(|text| text.contains("begins in")));
    told(&renew(&trial, &account, Chromium).go(), "renewed", 0);
    put_off.signal(Signal::TERM);
    let ended = put_off.end();
    told(&ended, "terminated", 143);
    ended.is_clean();
    assert_eq!(sent(&trial, &account), (1, 1), "{ended}");
}

#[test]
fn an_account_that_is_not_due_is_read_once() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u04");
    told(&renew(&trial, &account, Chromium).go(), "not-due", 0);
    assert_eq!(trial.effects(&account), [LoginOk]);
    told(&renew(&trial, &account, Chromium).go(), "not-due", 0);
    assert_eq!(trial.effects(&account), [LoginOk]);
}

#[test]
fn a_renewal_whose_answer_is_lost_is_seen_by_its_date() {
    let trial = Trial::with(knobs(|knobs| knobs.result_lost = true));
    let account = trial.account(FirmaRemota, "u01");
    let ended = renew(&trial, &account, Firefox).flow(trial.hasty(FirmaRemota)).patient().go();
    told(&ended, "renewed", 0);
    assert_eq!(sent(&trial, &account), (1, 1), "{ended}");
}

/// Ends a run by `kill -9` under its commit of this number, before or after the portal has it, which is slow to carry it out.
/// Gives its temporary folder: the next run there sweeps what it left.
fn killed_under_a_commit(trial: &Trial, account: &AccountSummary, browser: BrowserName, number: usize) -> PathBuf {
    let slow = Fault::at(commit_route(account.portal, number), FaultKind::Latency).of(300);
    trial.practice.arm(vec![slow]).expect("a fault");
    let launch = trial.launch(account, browser);
    let temporary = launch.temporary_folder();
    let mut running = launch.start();
    running.wait_for_events("commit-intended", number);
    running.signal(Signal::KILL);
    running.end();
    temporary
}

#[test]
fn after_a_kill_under_the_first_commit_the_portal_is_read_and_then_the_renewal_ends_once() {
    let (portal, browser) = (FirmaRemota, Chromium);
    let trial = Trial::new();
    let account = trial.account(portal, "u01");
    let temporary = killed_under_a_commit(&trial, &account, browser, 1);
    // Nothing is sent while it is unknown.
    let refused = trial.launch(&account, browser).go();
    assert_eq!(refused.status.code(), Some(4), "{refused}");

    let first = recover(&trial, &account, browser).temporary(&temporary).go();
    if sent(&trial, &account).0 == 1 {
        told(&first, "half-done", 3);
    } else {
        told(&first, "unknown", 4);
        told(&recover(&trial, &account, browser).go(), "unknown", 4);
        let later = recover(&trial, &account, browser).env("RINNOVA_TEST_CLOCK_OFFSET", "601").go();
        told(&later, "done", 0);
    }
    // A second message is sent half a minute after one that was not used.
    trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_secs(31));
    let ended = renew(&trial, &account, browser).with(&["--force"]).env("RINNOVA_TEST_CLOCK_OFFSET", "700").go();
    told(&ended, "renewed", 0);
    assert_eq!(sent(&trial, &account), (1, 1), "{ended}");
}

#[test]
fn after_a_kill_under_the_last_commit_the_date_decides() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let temporary = killed_under_a_commit(&trial, &account, Firefox, 2);
    let first = recover(&trial, &account, Firefox).temporary(&temporary).go();
    if sent(&trial, &account).1 == 1 {
        told(&first, "renewed", 0);
    } else {
        told(&first, "unknown", 4);
        told(&recover(&trial, &account, Firefox).env("RINNOVA_TEST_CLOCK_OFFSET", "601").go(), "done", 0);
        trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_secs(31));
        let ended = renew(&trial, &account, Firefox).with(&["--force"]).env("RINNOVA_TEST_CLOCK_OFFSET", "700").go();
        told(&ended, "renewed", 0);
    }
    assert_eq!(sent(&trial, &account), (1, 1));
    let settled = recover(&trial, &account, Firefox).go();
    assert_eq!(settled.status.code(), Some(0), "{settled}");
    assert!(settled.stdout.contains("nothing is open"), "{settled}");
}

/// A wrong stored value: what the portal counts of it over ten runs.
fn ten_runs(portal: Portal, browser: BrowserName, input: &'static str, wrong: &str) -> (Trial, AccountSummary) {
    let trial = Trial::new();
    let account = trial.account(portal, "u01");
    let source = trial.secret_file("wrong", wrong);
    for number in 0..10 {
        let ended = renew(&trial, &account, browser).with(&["--force"]).input(input, source.clone()).go();
        told(&ended, if number == 0 { "rejected" } else { "frozen" }, 8);
    }
    (trial, account)
}

#[test]
fn a_wrong_password_is_tried_once_over_ten_runs_and_a_person_unfreezes_it() {
    let (trial, account) = ten_runs(MiaFirma, Firefox, "password", "Sbagliata.2024");
    assert_eq!(trial.effects(&account), [LoginKo]);
    let status = trial.launch(&account, Firefox).verb("status").go();
    let rows: Value = serde_json::from_str(&status.stdout).expect("rows");
    assert_eq!(rows[0]["standing"], "frozen", "{rows}");
    let holder = format!("holder@{}", trial.practice.origin(MiaFirma));
    let thawed = trial.rinnova(&account, &["unfreeze", &holder]);
    assert!(thawed.status.success(), "{thawed:?}");
    told(&renew(&trial, &account, Firefox).with(&["--force"]).go(), "renewed", 0);
}

#[test]
fn a_wrong_pin_is_tried_once_over_ten_runs() {
    let (trial, account) = ten_runs(FirmaRemota, Chromium, "pin", "12345678");
    // Portal B burns the code along with it (portals.md §1.5).
    assert_eq!(trial.effects(&account), [LoginOk, OtpInviato, OtpOk, PinKo]);
}

#[test]
fn of_twenty_at_once_one_works() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let (codes, word) = trial.code_on_word(&account);
    let mut rivals = trial.at_once(&account, 20, &codes);
    // One that waited for the one at work would not end: that one waits for a word.
    trial.wait_until("nineteen have ended", |_| rivals.over() >= 19);
    trial.wait_until("one asks for its code", |_| !processes::naming(Path::new(&codes)).is_empty());
    // What a person waits who starts one more. Twenty that start at the same moment take as long as the machine is slow.
    let began = Instant::now();
    let late = rivals.one_more().wait_with_output().expect("an end");
    let took = began.elapsed();
    std::fs::write(word, "").expect("a word");
    let ended = rivals.end();
    let codes: Vec<i32> = ended.iter().map(|output| output.status.code().unwrap_or(-1)).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 6).count(), 19, "{codes:?}");
    assert_eq!(sent(&trial, &account), (1, 1));
    assert_eq!(late.status.code(), Some(6), "{late:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    for output in ended.iter().filter(|output| output.status.code() == Some(6)).chain([&late]) {
        let words = String::from_utf8_lossy(&output.stdout);
        assert!(words.contains("is in use by `renew` (pid "), "{words}");
    }
}

#[test]
fn a_state_that_cannot_be_used_stops_before_a_browser() {
    use std::os::unix::fs::PermissionsExt as _;
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let state = trial.state_of(&account).join("rinnova");
    std::fs::create_dir_all(&state).expect("a folder");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).expect("set");
    let ended = renew(&trial, &account, Firefox).go();
    let line = told(&ended, "invalid", 2);
    assert!(line["reason"].as_str().is_some_and(|why| why.contains("chmod go=")), "{line}");
    assert_eq!(trial.practice.ledger(), []);
}

#[test]
fn a_lost_state_is_never_taken_for_not_done() {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u01");
    let state = trial.state_of(&account).join("rinnova");
    told(&renew(&trial, &account, Firefox).with(&["--force"]).go(), "renewed", 0);
    for name in ["state.db-wal", "state.db-shm"] {
        let _there = std::fs::remove_file(state.join(name));
    }
    std::fs::write(state.join("state.db"), b"not a database at all").expect("written");
    let ended = trial.launch(&account, Firefox).go();
    assert_eq!(ended.status.code(), Some(4), "{ended}");
    assert!(ended.stderr.contains("not known any more"), "{ended}");
    assert_eq!(sent(&trial, &account), (1, 1));
    // A person who has looked may say so.
    let said = recover(&trial, &account, Firefox).with(&["--say", "took-place"]).go();
    assert_eq!(said.status.code(), Some(0), "{said}");
    let status = trial.launch(&account, Firefox).verb("status").go();
    let rows: Value = serde_json::from_str(&status.stdout).expect("rows");
    assert_eq!((&rows[0]["standing"], &rows[0]["expires"]), (&"clear".into(), &Value::Null), "{rows}");
}

#[test]
fn a_renewal_made_by_hand_is_read_once_and_then_rests() {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u11");
    told(&renew(&trial, &account, Chromium).go(), "already-renewed", 0);
    let before = trial.practice.ledger();
    told(&renew(&trial, &account, Chromium).go(), "not-due", 0);
    assert_eq!(trial.practice.ledger(), before);
}

#[test]
fn a_half_done_renewal_is_not_tried_again_at_once_where_nobody_watches() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let codes = trial.code_then(&account, "false");
    told(&renew(&trial, &account, Chromium).codes(&[&codes]).go(), "half-done", 3);
    let before = trial.practice.ledger();
    let soon = renew(&trial, &account, Chromium).go();
    let line = told(&soon, "half-done", 3);
    assert!(line["reason"].as_str().is_some_and(|why| why.contains("the next attempt is not before")), "{soon}");
    assert_eq!(trial.practice.ledger(), before);
    // A second message is sent half a minute after one that was not used.
    trial.practice.set_clock(trial.practice.now() + jiff::SignedDuration::from_secs(31));
    told(&renew(&trial, &account, Chromium).env("RINNOVA_TEST_CLOCK_OFFSET", "3700").go(), "renewed", 0);
    assert_eq!(sent(&trial, &account), (1, 1));
}

/// A renewal that is killed at this place, and proved and deployed by the next one.
fn deployed_later(place: &str) {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u01");
    let deployed = trial.path().join("deployed");
    let hook =
        trial.script("deploy.sh", &format!("echo \"$RINNOVA_VERDICT $RINNOVA_ACCOUNT\" >> {}", deployed.display()));
    let config = trial.path().join("config");
    std::fs::create_dir_all(config.join("rinnova")).expect("a folder");
    std::fs::write(config.join("rinnova/rinnova.toml"), format!("[hooks]\ndeploy = [\"{hook}\"]\n")).expect("settings");
    let config = config.display().to_string();
    let renewed = || std::fs::read_to_string(&deployed).unwrap_or_default();
    let launch = renew(&trial, &account, Chromium).env("XDG_CONFIG_HOME", &config);
    let temporary = launch.temporary_folder();
    let killed = launch.env("RINNOVA_FAILPOINT", place).go();
    assert_eq!((killed.status.code(), renewed().as_str()), (None, ""), "{killed}");
    let later = renew(&trial, &account, Chromium).env("XDG_CONFIG_HOME", &config).temporary(&temporary).go();
    told(&later, "renewed", 0);
    later.is_clean();
    told(&renew(&trial, &account, Chromium).env("XDG_CONFIG_HOME", &config).go(), "not-due", 0);
    assert_eq!(renewed(), "renewed holder\n");
    assert_eq!(sent(&trial, &account), (1, 1));
}

#[test]
fn a_renewal_that_is_proved_by_a_later_reading_is_deployed() {
    deployed_later("before-outcome:2");
}

#[test]
fn a_renewal_that_was_read_and_not_yet_decided_is_deployed() {
    deployed_later("before-decision:1");
}

/// A page whose banner comes between the password and the button; it accepts no password.
const BANNER: &str = r##"<!doctype html><title>x</title><form>
<label>User <input name="user"></label><label>Password <input type="password" name="password"></label>
<button>Accedi</button></form><p id="says"></p>
<div id="banner" hidden role="dialog" aria-label="Cookie">Cookie <button>Va bene</button></div>
<script>
const banner = document.querySelector("#banner");
document.querySelector("[type=password]").addEventListener("input", () => { banner.hidden = false; });
banner.addEventListener("click", () => { banner.remove(); });
document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector("#says").textContent = "Password errata";
});
</script>"##;

const LOGS_IN: &str = r#"
format = 1
title = "x"
portal = "http://127.0.0.1:1"
language = "it"
inputs = { user_id = {}, password = { secret = true }, pin = { secret = true }, otp = { code = true } }
task.login.stages = ["login"]
[[state]]
verdict = "rejected"
when = { text = "Password errata" }
tasks = ["login"]
[[interrupt]]
when = { button = "Va bene" }
steps = [{ click = { button = "Va bene" } }]
[[stage]]
id = "login"
title = "Accesso"
steps = [
  { open = "/" },
  { fill = "User", with = "${user_id}" },
  { fill = "Password", with = "${password}" },
  { click = { button = "Accedi" } },
  { expect = "Benvenuto" },
]
"#;

#[test]
fn to_send_a_banner_away_accepts_no_password() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let portal = trial.serve(BANNER);
    let flow = trial.path().join("logs-in.toml");
    std::fs::write(&flow, LOGS_IN).expect("a flow");
    let rejected = trial.launch(&account, Firefox).flow(flow.clone()).portal(&portal).go();
    assert_eq!(rejected.status.code(), Some(8), "{rejected}");
    assert_eq!(rejected.record().flags.interrupts, 1, "{rejected}");
    let frozen = trial.launch(&account, Firefox).flow(flow).portal(&portal).go();
    assert_eq!(frozen.status.code(), Some(8), "{frozen}");
    assert!(frozen.stderr.contains("is frozen since") && frozen.stderr.contains("Password errata"), "{frozen}");
}

#[test]
fn a_new_pin_must_be_one_that_can_be_looked_up_again() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let made_up = trial
        .script("made-up.sh", "head -c 4 /dev/urandom | od -An -tu4 | tr -d ' ' | cut -c1-8 | xargs printf '%08d'");
    let source = format!("{{ command = [{}] }}", serde_json::json!(made_up));
    let refused = trial.launch(&account, Firefox).input("new_pin", source).go();
    assert_eq!(refused.status.code(), Some(2), "{refused}");
    assert!(refused.stderr.contains("does not give the same value twice"), "{refused}");
    assert_eq!(trial.practice.ledger(), []);
    let kept = trial.secret_file("new-pin", "20240131");
    let record = trial.launch(&account, Firefox).input("new_pin", kept).go().expect(rinnova::exit::Verdict::Renewed);
    assert_eq!(record.in_force.get("pin").map(String::as_str), Some("new_pin"));
}

/// A renewal is believed by its date: one that another origin shows is none.
const READS_A_DATE: &str = r#"
format = 1
title = "x"
portal = "http://127.0.0.1:1"
language = "en"
timezone = "Europe/Rome"
inputs = { user_id = {}, password = { secret = true }, pin = { secret = true }, otp = { code = true } }
outputs.expires = { date = "%d/%m/%Y" }
task.renew.stages = ["read"]
task.status.stages = ["read"]
[renewal]
task = "renew"
status = "status"
expires = "expires"
gains = "2y"
opens = "90d"
closes = "1d"
before = "30d"
[[stage]]
id = "read"
title = "Read"
steps = [{ open = "/" }, { read = "expires", from = { after = "Expires" } }]
"#;

#[test]
fn a_date_on_a_foreign_page_is_not_believed() {
    use axum::response::Redirect;
    use rinnova::exit::Verdict;
    for browser in one_of([Firefox, Chromium]) {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let page = "<!doctype html><title>x</title><dl><dt>Expires</dt><dd>01/01/2031</dd></dl>";
        let foreign = trial.serve(page);
        let leads = foreign.clone();
        let leads_away = axum::Router::new().fallback(move || std::future::ready(Redirect::to(&leads)));
        let portal = trial.serve_router(leads_away);
        let flow = trial.path().join("reads.toml");
        std::fs::write(&flow, READS_A_DATE).expect("a flow");
        let read =
            |origin: &str| trial.launch(&account, browser).flow(flow.clone()).portal(origin).with(&["status"]).go();
        read(&foreign).expect(Verdict::Done);
        let ended = read(&portal);
        ended.expect(Verdict::Changed);
        assert!(ended.stderr.contains("it is not believed"), "{ended}");
    }
}

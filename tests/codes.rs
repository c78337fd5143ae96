//! One-time codes from a person, by each way that is no terminal, and what is told when no code comes between two commits.

mod support;
#[path = "support/trial.rs"]
mod trial;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use rinnova::exit::Verdict;
use rinnova::otp::desk::Question;
use rinnova::otp::{Broker, CodeInput, Desk as _, Notice};
use rinnova::practice::EffectKind::{LoginOk, OtpInviato, OtpOk};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use rinnova::settings::InputSource;
use rinnova::store::codes::Codes;
use rinnova::vault::Redactor;
use serde_json::{Value, json};

use support::browser::Browser;
use trial::{RINNOVA, Trial, one_of};

/// `rinnova code` with this on its standard input, in the state directory of a trial.
fn rinnova_code(state: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(RINNOVA);
    command.arg("code").args(arguments).env_clear().env("XDG_STATE_HOME", state);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("rinnova");
    // What needs no input may be over before any comes.
    let _unread = child.stdin.take().expect("its input").write_all(input.as_bytes());
    child.wait_with_output().expect("its end")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", said(output));
    assert!(said(output).contains(why), "{why}\nnot in\n{}", said(output));
}

#[track_caller]
fn handed_in(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
}

fn question(id: &str, account: &str, ready_for: Option<u32>) -> Question {
    let pattern = Some(r"\A(?:\d{6})\z".into());
    Question { id: id.into(), account: account.into(), input: "otp".into(), ready_for, pattern, until: Timestamp::MAX }
}

#[tokio::test]
async fn a_code_is_handed_to_the_run_that_is_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path();
    refused(&rinnova_code(state, &["submit", "-"], "123456"), "no run waits for a code");
    assert_eq!(state.read_dir().expect("a folder").count(), 0, "asking makes nothing");

    let codes = Codes::of(&state.join("rinnova"));
    let [rossi, bianchi] = [question("a1", "rossi", None), question("b2", "bianchi", Some(2))];
    let (mut to_rossi, mut to_bianchi) = (codes.ask(&rossi), codes.ask(&bianchi));
    assert!((&mut to_rossi).now_or_never().is_none() && (&mut to_bianchi).now_or_never().is_none());
    refused(&rinnova_code(state, &["submit"], "123456"), "several runs wait; name one with `--account`: bianchi");
    refused(&rinnova_code(state, &["submit", "--account", "verdi"], "123456"), "there are: bianchi `otp`, rossi `otp`");
    let wrong = rinnova_code(state, &["submit", "--account", "rossi"], "7654321");
    refused(&wrong, "does not match");
    assert!(!said(&wrong).contains("7654321"));
    refused(&rinnova_code(state, &["ready", "--account", "rossi"], ""), "rinnova code submit");
    refused(&rinnova_code(state, &["submit", "--account", "bianchi"], "123456"), "rinnova code ready");

    let given = rinnova_code(state, &["submit", "--account", "rossi", "123 456"], "");
    handed_in(&given);
    assert!(said(&given).contains("can be seen by others") && !said(&given).contains("123"), "{}", said(&given));
    refused(&rinnova_code(state, &["submit", "--account", "rossi"], "654321"), "answered already");
    handed_in(&rinnova_code(state, &["ready", "--account", "bianchi"], ""));
    for (answer, expected) in [(to_rossi, &b"123456"[..]), (to_bianchi, b"ready")] {
        let answer = tokio::time::timeout(Duration::from_secs(5), answer).await.expect("in time").expect("an answer");
        assert_eq!(&answer[..], expected);
    }
    assert_eq!(state.join("rinnova/codes").read_dir().expect("a folder").count(), 0);
}

/// F23, F25: nothing is requested before somebody is ready; each code is handed in for its own request.
#[test]
fn a_renewal_whose_codes_are_handed_in() {
    for (portal, browser) in one_of([(FirmaRemota, Chromium), (MiaFirma, Firefox)]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let state = trial.path().join("state");
        let launch = trial.launch(&account, browser).input("otp", "{ file = true }");
        let mut running = launch.env("XDG_STATE_HOME", &state.display().to_string()).start();
        running.wait_for_event("ready-awaited");
        while Codes::of(&state.join("rinnova")).waiting().expect("read").is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(trial.effects(&account), [LoginOk], "a code was requested before anybody was ready");
        refused(&rinnova_code(&state, &["submit"], "12345678"), "rinnova code ready");
        handed_in(&rinnova_code(&state, &["ready", "--account", "holder"], ""));
        for number in 1..=2 {
            trial.wait_for(&account, OtpInviato, number);
            let code = trial.practice.sms(&account.user).last().expect("a message").code.clone();
            trial.wait_until("the run asks for the code", |_| {
                let waiting = Codes::of(&state.join("rinnova")).waiting().expect("read");
                assert!(waiting.iter().all(|question| question.account == "holder"), "{waiting:?}");
                waiting.iter().any(|question| question.ready_for.is_none())
            });
            handed_in(&rinnova_code(&state, &["submit"], &format!("{code}\n")));
            trial.wait_for(&account, OtpOk, number);
        }
        let ended = running.end();
        ended.expect(Verdict::Renewed);
        assert!(ended.stderr.contains("rinnova code submit --account holder"), "{ended}");
        assert_eq!(state.join("rinnova/codes").read_dir().expect("a folder").count(), 0);
        refused(&rinnova_code(&state, &["submit"], "12345678"), "no run waits");
        // Neither the address of a form nor a code stands in what is kept.
        let events = std::fs::read_to_string(ended.paths.out.join("events.jsonl")).expect("events");
        assert!(!trial.practice.sms(&account.user).iter().any(|sms| events.contains(&sms.code)));
    }
}

/// F25 between the two commits: loud, with the day until which it can be mended, and how.
#[test]
fn no_second_code_is_told_loudly() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let codes = trial.code_then(&account, "false");
    let ended = trial.launch(&account, Firefox).codes(&[&codes]).with(&["--quiet"]).go();
    let record = ended.expect(Verdict::HalfDone);
    let last = account.expires.yesterday().expect("a day");
    let told = format!("HALF DONE: the renewal must be taken up again until {last}: rinnova renew holder");
    assert!(ended.stderr.contains(&told), "{ended}");
    assert!(record.advice.is_some_and(|advice| advice.contains("`rinnova renew holder`")));
}

/// A person at a phone's width, in a real browser: first the word, then the code, wrong once.
async fn form_in(name: BrowserName) {
    let Some(mut browser) = Browser::sized(name, (360, 740)).await else { return };
    let sources = BTreeMap::from([("otp".to_owned(), InputSource::Form(0))]);
    let pattern = regex::Regex::new(r"\A(?:\d{6})\z").ok();
    let inputs = [CodeInput { name: "otp".into(), pattern }];
    let broker = Broker::open("rossi-mysign", &inputs, &sources, &Redactor::default()).await;
    let mut broker = broker.expect("a broker");
    let (address, mut addresses) = tokio::sync::mpsc::unbounded_channel();
    let tell = |notice: Notice| address.send(notice.how).expect("told");
    let hour = Duration::from_secs(3600);

    let person = async {
        let first = addresses.recv().await.expect("an address");
        browser.open(&first).await;
        fits(&mut browser, name, "ready").await;
        press(&browser, "button[value=yes]").await;
        let second = addresses.recv().await.expect("an address");
        assert_ne!(first.rsplit('/').next(), second.rsplit('/').next(), "each question has a token of its own");
        says(&browser, "Thank you").await;
        browser.open(&second).await;
        fits(&mut browser, name, "code").await;
        for (typed, answer) in [("12345", "does not match"), ("<b>1", "is no code"), ("123 456", "Thank you")] {
            let script = "const box = document.querySelector('#code'); box.focus(); box.value = arguments[0];";
            browser.script_with(script, json!([typed])).await;
            press(&browser, "button").await;
            says(&browser, answer).await;
            if typed == "12345" {
                fits(&mut browser, name, "again").await;
            }
        }
        second
    };
    let run = async {
        broker.ready("otp", 2, Duration::from_secs(600), hour, &tell).await.expect("ready");
        broker.code("otp", None, hour, &tell).await.expect("a code")
    };
    let both = async { tokio::join!(run, person) };
    let (code, used) = tokio::time::timeout(Duration::from_secs(60), both).await.expect("in time");
    let redactor = Redactor::default();
    redactor.add(&code);
    assert_eq!(redactor.redact("it is 123456"), "it is ***");
    let place = used.trim_start_matches("http://").split('/').next().expect("a place").to_owned();
    let closed = async {
        while tokio::net::TcpStream::connect(&place).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.expect("nothing listens after the answer");
    browser.close().await;
}

#[tokio::test]
async fn the_form_in_chromium() {
    form_in(Chromium).await;
}

#[tokio::test]
async fn the_form_in_firefox() {
    form_in(Firefox).await;
}

/// Nothing sticks out, letters can be read and controls hit, and the style is there in spite of the strict policy.
async fn fits(browser: &mut Browser, name: BrowserName, page: &str) {
    let script = "const small = [...document.querySelectorAll('button, input')].filter((control) => {
            const box = control.getBoundingClientRect();
            return box.height < 44 || box.width < 200 || parseFloat(getComputedStyle(control).fontSize) < 16;
        });
        const card = getComputedStyle(document.querySelector('main'));
        return { over: document.documentElement.scrollWidth - innerWidth, width: innerWidth, small: small.length,
            styled: card.maxWidth !== 'none' };";
    let seen: Value = browser.script(script).await;
    assert!(seen["over"].as_i64().is_some_and(|over| over <= 0), "{seen}");
    assert!(seen["width"].as_i64() == Some(360), "{seen}");
    assert_eq!((&seen["small"], &seen["styled"]), (&json!(0), &json!(true)), "{seen}");
    if page != "ready" {
        // The browser gives the focus when it draws the page.
        let given = async {
            while browser.script("return document.activeElement.tagName").await != "INPUT" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), given).await.expect("the field has the focus");
    }
    let file = format!("form-{}-{page}.png", name.name());
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(file), browser.picture().await).expect("a picture");
}

async fn press(browser: &Browser, control: &str) {
    // The press leads to another page, whose coming must not end the script that made it.
    let script = "setTimeout((control) => document.querySelector(control).click(), 0, arguments[0])";
    browser.script_with(script, json!([control])).await;
}

async fn says(browser: &Browser, text: &str) {
    let looked = async {
        loop {
            // Where the page goes under the look, the look is an error; the next one meets the page that comes.
            let shown = browser.try_script("return document.body ? document.body.innerText : ''").await;
            if shown.is_ok_and(|shown| shown.as_str().is_some_and(|shown| shown.contains(text))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(10), looked).await.is_err() {
        let shown = browser.script("return document.body.innerText").await;
        panic!("`{text}` is not in {shown}");
    }
}

//! A press reaches what it was meant for, or nothing: what the pointer's coming shifts, opens or turns into something else is
//! seen as the press comes, in the page, and the press is held back before the page hears of it.

#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::Uri;
use axum::response::Html;
use axum::routing::any;
use rinnova::exit::Verdict;
use rinnova::practice::Portal::MiaFirma;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use trial::{Trial, one_of};

/// A page that tells its portal of every press that it hears, and does `TRICK` once, when the pointer comes.
const PAGE: &str = r#"<!doctype html><html lang="en"><title>Page</title><h1>Order</h1>
<style>button { position: absolute; left: 40px; top: 100px; width: 200px; height: 60px } #over { position: fixed; inset: 0; background: #0008 }</style>
<form method="post" action="/sent"><label>PIN <input id="pin" type="password"></label><button id="it">Confirm</button></form><p id="told" style="margin-top: 200px"></p>
<script>
const it = document.getElementById('it'), pin = document.getElementById('pin');
for (const kind of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) {
  document.addEventListener(kind, (event) => { navigator.sendBeacon(`/heard/${kind}/${event.target.id}`); });
}
function cover() { const over = document.createElement('div'); over.id = 'over'; document.body.append(over); return over; }
addEventListener('pointermove', () => { TRICK; }, { once: true });
</script>"#;

/// What the portal was told and sent, in order.
type Ledger = Arc<Mutex<Vec<String>>>;

fn portal(trial: &Trial, trick: &str) -> (String, Ledger) {
    let ledger = Ledger::default();
    let page = PAGE.replace("TRICK", trick);
    let noted = Arc::clone(&ledger);
    let note = move |uri: Uri| {
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(uri.path().to_owned());
        std::future::ready(Html("<!doctype html><html lang=en><title>Done</title><h1>Done</h1>"))
    };
    let router = Router::new()
        .route("/sent", any(note.clone()))
        .route("/heard/{kind}/{on}", any(note))
        .fallback(move || std::future::ready(Html(page.clone())));
    (trial.serve_router(router), ledger)
}

const STEPS: &str = r#"{ click = { button = "Confirm" }, commit = "the order", timeout = "3s" }, { expect = { heading = "Done" }, timeout = "5s" }"#;

const FILLS: &str = r#"{ fill = "PIN", with = "${pin}" },"#;

/// Runs the commit on a page with that trick; gives what the portal was told.
fn press(trick: &str, verdict: Verdict, browser: BrowserName) -> Vec<String> {
    press_after("", trick, verdict, browser)
}

/// The same after these steps.
fn press_after(first: &str, trick: &str, verdict: Verdict, browser: BrowserName) -> Vec<String> {
    let trial = Trial::new();
    let flow = trial.path().join("order.toml");
    let text = format!(
        "format = 1\ntitle = \"Order\"\nportal = \"https://order.example\"\nlanguage = \"en\"\ninputs.pin.secret = true\n[task.try]\nstages = [\"try\"]\n\
         [[state]]\nwhen = {{ text = \"No more orders\" }}\nverdict = \"unavailable\"\n\
         [[stage]]\nid = \"try\"\ntitle = \"Try\"\nsteps = [ {{ open = \"/\" }}, {first} {STEPS} ]\n"
    );
    fs::write(&flow, text).expect("a flow");
    let (portal, ledger) = portal(&trial, trick);
    let account = trial.account(MiaFirma, "u01");
    let launch = trial.launch(&account, browser).flow(flow).portal(&portal);
    launch.without(&["user_id", "password", "otp"]).go().expect(verdict);
    let told = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    told.clone()
}

fn an_honest_page(browser: BrowserName) {
    let told = press("", Verdict::Done, browser);
    assert_eq!(told.iter().filter(|path| *path == "/sent").count(), 1, "{told:?}");
    assert!(told.iter().all(|path| path == "/sent" || path.ends_with("/it")), "{told:?}");
}

fn a_veil_that_goes_again(browser: BrowserName) {
    let told = press("const veil = cover(); setTimeout(() => veil.remove(), 400)", Verdict::Done, browser);
    assert_eq!(told.iter().filter(|path| *path == "/sent").count(), 1, "{told:?}");
    assert!(told.iter().all(|path| path == "/sent" || path.ends_with("/it")), "{told:?}");
}

fn a_veil_that_stays(browser: BrowserName) {
    assert_eq!(press("cover()", Verdict::Changed, browser), Vec::<String>::new());
}

fn another_button_in_its_place(browser: BrowserName) {
    let trick = "it.id = 'other'; it.textContent = 'Revoke'";
    assert_eq!(press(trick, Verdict::Changed, browser), Vec::<String>::new());
}

fn a_second_of_its_name(browser: BrowserName) {
    let trick = "const twin = it.cloneNode(true); twin.id = 'twin'; twin.style.top = '300px'; it.after(twin)";
    assert_eq!(press(trick, Verdict::Changed, browser), Vec::<String>::new());
}

fn a_state_that_comes(browser: BrowserName) {
    let trick = "document.getElementById('told').textContent = 'No more orders'";
    assert_eq!(press(trick, Verdict::Unavailable, browser), Vec::<String>::new());
}

fn a_form_that_would_go_elsewhere(browser: BrowserName) {
    let trick = "it.form.action = 'https://elsewhere.example/'";
    assert_eq!(press(trick, Verdict::Changed, browser), Vec::<String>::new());
}

fn a_secret_that_its_field_keeps(browser: BrowserName) {
    let told = press_after(FILLS, "pin.addEventListener('blur', () => { pin.value += ''; })", Verdict::Done, browser);
    assert_eq!(told.iter().filter(|path| *path == "/sent").count(), 1, "{told:?}");
}

fn a_secret_that_is_altered_as_its_field_is_left(browser: BrowserName) {
    let trick = "pin.addEventListener('blur', () => { pin.value = pin.value.slice(1); })";
    assert_eq!(press_after(FILLS, trick, Verdict::Changed, browser), Vec::<String>::new());
}

/// An honest page in both browsers, the others in one of them by turns, and in both with `make ways`.
macro_rules! in_turns {
    ($($name:ident: $first:ident $then:ident;)*) => {
        mod pressed {
            $(
                #[test]
                fn $name() {
                    for browser in super::one_of([super::$first, super::$then]) {
                        super::$name(browser);
                    }
                }
            )*
        }
    };
}

in_turns! {
    a_veil_that_goes_again: Firefox Chromium;
    a_veil_that_stays: Chromium Firefox;
    another_button_in_its_place: Firefox Chromium;
    a_second_of_its_name: Chromium Firefox;
    a_state_that_comes: Firefox Chromium;
    a_form_that_would_go_elsewhere: Chromium Firefox;
    a_secret_that_its_field_keeps: Chromium Firefox;
    a_secret_that_is_altered_as_its_field_is_left: Firefox Chromium;
}

#[test]
fn an_honest_page_in_firefox() {
    an_honest_page(Firefox);
}

#[test]
fn an_honest_page_in_chromium() {
    an_honest_page(Chromium);
}

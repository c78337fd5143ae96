//! What follows a click meets the page that the click leads to, never the one that is being left: there it would be lost, or
//! press a button of the same name. Where a click leads nowhere, nothing is waited for: only Firefox does not tell of an
//! answer without a page (status 204) nor of a page that is given up, so that what follows there fails in its own time.

#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Html;
use axum::routing::any;
use rinnova::exit::Verdict;
use rinnova::practice::Portal::MiaFirma;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use trial::Trial;

/// Two pages that look the same but for the heading.
const PAGE: &str = r##"<!doctype html><html lang="en"><title>Page</title><h1>HEADING</h1>
<form action="/next" method="post"><label>Name <input name="name"></label> <button>Send</button></form>
<a href="/next">Next</a> <a href="/next" target="_blank">Window</a> <a href="#here">Here</a>
<a href="/nothing">Nothing</a> <a href="/file">File</a> <a href="mailto:a@b.example">Mail</a> <a href="javascript:void 0">Script</a>
<a href="/next" onclick="setTimeout(() => stop(), 20)">Stopped</a>
<button type="button" onclick="location.href = '/next'">Go</button>
<button type="button" onclick="setTimeout(() => { location.href = '/next'; })">Soon</button>
<p id="here">here</p>"##;

/// How long the second page lets wait for itself.
const SLOW: Duration = Duration::from_millis(700);

fn portal(trial: &Trial) -> String {
    let page = |heading: &str| Html(PAGE.replace("HEADING", heading));
    let next = move || async move {
        tokio::time::sleep(SLOW).await;
        page("Second")
    };
    let file = [(CONTENT_TYPE, "text/plain"), (CONTENT_DISPOSITION, "attachment; filename=\"letter.txt\"")];
    let router = Router::new()
        .route("/next", any(next))
        .route("/nothing", any(|| std::future::ready(StatusCode::NO_CONTENT)))
        .route("/file", any(move || std::future::ready((file, "a letter"))))
        .fallback(move || std::future::ready(page("First")));
    trial.serve_router(router)
}

fn after(click: &str, heading: &str, browser: BrowserName) {
    let trial = Trial::new();
    let flow = trial.path().join("pages.toml");
    let text = format!(
        "format = 1\ntitle = \"Pages\"\nportal = \"https://pages.example\"\nlanguage = \"en\"\n[task.try]\nstages = [\"try\"]\n\
         [[stage]]\nid = \"try\"\ntitle = \"Try\"\nsteps = [\n  {{ open = \"/\" }},\n  {{ click = {{ {click} }} }},\n  \
         {{ fill = \"Name\", with = \"Rossi\" }},\n  {{ expect = {{ heading = \"{heading}\" }}, timeout = \"5s\" }},\n  \
         {{ expect = {{ field = \"Name\" }}, value = \"Rossi\", timeout = \"2s\" }},\n]\n"
    );
    fs::write(&flow, text).expect("a flow");
    let account = trial.account(MiaFirma, "u01");
    let launch = trial.launch(&account, browser).flow(flow).portal(&portal(&trial));
    let ended = launch.without(&["user_id", "password", "pin", "otp"]).go();
    let record = ended.expect(Verdict::Done);
    let filled = record.stages[0].steps[2].took_ms;
    // What waits for a page that does not come waits for ten seconds at least.
    let waits = heading == "Second";
    assert!(waits || filled < 5_000, "{browser}: {filled} ms after {click}, which leads nowhere");
}

macro_rules! clicks {
    ($($name:ident: $click:literal leads to $heading:literal;)*) => {
        mod firefox {
            $(#[test] fn $name() { super::after($click, $heading, super::Firefox); })*
        }
        mod chromium {
            $(#[test] fn $name() { super::after($click, $heading, super::Chromium); })*

            #[test]
            fn an_answer_without_a_page() {
                super::after(r#"link = "Nothing""#, "First", super::Chromium);
            }

            #[test]
            fn a_page_that_is_given_up() {
                super::after(r#"link = "Stopped""#, "First", super::Chromium);
            }
        }
    };
}

clicks! {
    a_link: r#"link = "Next""# leads to "Second";
    a_form: r#"button = "Send""# leads to "Second";
    a_script: r#"button = "Go""# leads to "Second";
    a_script_that_takes_its_time: r#"button = "Soon""# leads to "Second";
    a_new_window: r#"link = "Window""# leads to "Second";
    a_place_on_the_page: r#"link = "Here""# leads to "First";
    a_mail_address: r#"link = "Mail""# leads to "First";
    a_script_address: r#"link = "Script""# leads to "First";
    a_file: r#"link = "File""# leads to "First";
}

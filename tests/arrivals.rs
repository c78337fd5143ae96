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

/// What is clicked, and the heading of the page to which that leads.
const CLICKS: [(&str, &str, &str); 9] = [
    ("link", r#"link = "Next""#, "Second"),
    ("form", r#"button = "Send""#, "Second"),
    ("script", r#"button = "Go""#, "Second"),
    ("slow-script", r#"button = "Soon""#, "Second"),
    ("window", r#"link = "Window""#, "Second"),
    ("place", r#"link = "Here""#, "First"),
    ("mail", r#"link = "Mail""#, "First"),
    ("script-address", r#"link = "Script""#, "First"),
    ("file", r#"link = "File""#, "First"),
];

/// An answer without a page, and a page that is given up.
const UNTOLD_BY_FIREFOX: [(&str, &str, &str); 2] =
    [("nothing", r#"link = "Nothing""#, "First"), ("stopped", r#"link = "Stopped""#, "First")];

/// One run, a stage for each click.
fn after(clicks: &[(&str, &str, &str)], browser: BrowserName) {
    let trial = Trial::new();
    let flow = trial.path().join("pages.toml");
    let ids: Vec<&str> = clicks.iter().map(|(id, ..)| *id).collect();
    let mut text = format!(
        "format = 1\ntitle = \"Pages\"\nportal = \"https://pages.example\"\nlanguage = \"en\"\n[task.try]\nstages = {ids:?}\n"
    );
    for (id, click, heading) in clicks {
        text.push_str(&format!(
            "[[stage]]\nid = \"{id}\"\ntitle = \"Try\"\nsteps = [\n  {{ open = \"/\" }},\n  {{ click = {{ {click} }} }},\n  \
             {{ fill = \"Name\", with = \"Rossi\" }},\n  {{ expect = {{ heading = \"{heading}\" }}, timeout = \"5s\" }},\n  \
             {{ expect = {{ field = \"Name\" }}, value = \"Rossi\", timeout = \"2s\" }},\n]\n"
        ));
    }
    fs::write(&flow, text).expect("a flow");
    let account = trial.account(MiaFirma, "u01");
    let launch = trial.launch(&account, browser).flow(flow).portal(&portal(&trial));
    let ended = launch.without(&["user_id", "password", "pin", "otp"]).go();
    let record = ended.expect(Verdict::Done);
    assert_eq!(record.stages.len(), clicks.len());
    for ((id, _, heading), stage) in clicks.iter().zip(&record.stages) {
        let filled = stage.steps[2].took_ms;
        // What waits for a page that does not come waits for ten seconds at least.
        let waits = *heading == "Second";
        assert!(waits || filled < 5_000, "{browser}: {filled} ms after {id}, which leads nowhere");
    }
}

#[test]
fn in_firefox() {
    after(&CLICKS, Firefox);
}

#[test]
fn in_chromium() {
    after(&[&CLICKS[..], &UNTOLD_BY_FIREFOX].concat(), Chromium);
}

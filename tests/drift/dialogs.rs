//! A dialog that nobody knows and that hides nothing: it is seen at the picture before it is in anybody's way.

use std::fs;

use rinnova::drift::baseline::{Baseline, KnownStage};
use rinnova::exit::Verdict;
use rinnova::practice::Portal::MiaFirma;
use rinnova::record::{Environment, Item, Outline};
use rinnova::settings::BrowserName::Chromium;

use crate::trial::Trial;

const FLOW: &str = r#"format   = 1
title    = "Prova"
portal   = "https://portale.example"
language = "it"

[task.send]
stages = ["look", "send"]

[[stage]]
id    = "look"
title = "Guardare"
steps = [{ open = "/" }, { expect = "Benvenuto" }]

[[stage]]
id    = "send"
title = "Inviare"
steps = [{ click = { button = "Invia" }, commit = "something is sent" }, { expect = "Fatto" }]
"#;

const PAGE: &str = "<!doctype html><html lang=it><title>Prova</title><h1>Benvenuto</h1><button>Invia</button>\
    <div role=dialog aria-label='Avviso di servizio del 12/12/2026'><p>Da leggere.</p><button>Dettagli</button>\
    <button>Non ora</button></div>";

#[test]
fn an_unknown_dialog_at_a_picture_stops_a_run_with_the_block_that_sends_it_away() {
    let trial = Trial::new();
    let folder = trial.path().join("flow");
    let place = folder.join("baseline/prova");
    fs::create_dir_all(&place).expect("a folder");
    fs::write(folder.join("prova.toml"), FLOW).expect("a flow");
    let item = |role: &str, name: &str| Item { role: role.into(), name: name.into(), ..Item::default() };
    let items = vec![item("heading", "Benvenuto"), item("button", "Invia")];
    let outline = Outline { address: "/".into(), title: "Prova".into(), language: "it".into(), items };
    let look =
        KnownStage { id: "look".into(), name: "look".into(), shot: None, outline: Some(outline), steps: Vec::new() };
    let baseline = Baseline {
        flow: "prova".into(),
        task: "send".into(),
        flow_digest: String::new(),
        portal: "https://portale.example".into(),
        accepted: jiff::civil::date(2026, 6, 1),
        environment: Environment::default(),
        stages: vec![look],
    };
    for (name, text) in baseline.texts() {
        fs::write(place.join(name), text).expect("the baseline");
    }
    let origin = trial.serve(PAGE);
    let account = trial.account(MiaFirma, "u01");
    let launch = trial.launch(&account, Chromium).flow(folder.join("prova.toml")).portal(&origin);
    let ended = launch.without(&["user_id", "password", "pin", "otp"]).go();
    let record = ended.expect(Verdict::Changed);
    let [stage] = &record.stages[..] else { panic!("{ended}") };
    let failure = stage.steps.last().and_then(|step| step.failure.as_ref()).expect("a failure");
    assert_eq!(failure.kind, "drift", "{ended}");
    let [what, block, next] = &failure.explanation[..] else { panic!("{:?}", failure.explanation) };
    assert_eq!(
        what,
        "a dialog that the flow does not know: “Avviso di servizio del …”, in it: “Dettagli”, “Non ora”; the picture \
         `look-end` shows it"
    );
    let lines = [
        "[[interrupt]]",
        "when  = { dialog = \"Avviso di servizio del\" }",
        "steps = [{ click = { button = \"Non ora\" } }]",
    ];
    assert_eq!(block.lines().skip(1).collect::<Vec<_>>(), lines);
    assert!(ended.stderr.contains(&format!("     {}\n", lines.join("\n     "))), "{ended}");
    assert_eq!(record.advice.as_ref(), Some(next));
    let picture = stage.shots.iter().find(|shot| shot.name == "look-end").and_then(|shot| shot.file.as_ref());
    assert!(ended.paths.out.join(picture.expect("a picture")).is_file());
    // Pasted as it stands, it is a flow.
    fs::write(folder.join("prova.toml"), format!("{FLOW}\n     {}\n", lines.join("\n     "))).expect("a flow");
    let linted = ended.rinnova(&["lint", folder.join("prova.toml").to_str().expect("a path")]);
    assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stderr));
}

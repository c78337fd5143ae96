//! `run --heal` on portals that have changed: what is surely the same is used, and told until the flow is mended; what sends,
//! has a code sent or agrees to something is left to a person; what only looks the same is never touched.

use std::fs;
use std::path::Path;

use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::{self, CertificatoEmesso, LoginOk, OtpInviato, OtpOk, RichiestaFirmata};
use rinnova::practice::Portal::MiaFirma;
use rinnova::record::{Outcome, Record};
use rinnova::settings::BrowserName::Chromium;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::cell::{Baselines, Cell, Seen, explained, harm};
use crate::trial::{Ended, Trial, count};

/// Steps that find their element by what a change takes away; each is known in the baseline by its line.
const USER: [&str; 2] = [r#"fill = "Inserisci il tuo User ID""#, r##"fill = { css = "#userId" }"##];
const PASSWORD: [&str; 2] = [r#"fill = "Inserisci la tua password""#, r##"fill = { css = "#password" }"##];
const COMMIT: [&str; 2] = [
    r#"click = { button = "Conferma", exact = true, within = { dialog = "Rinnova firma" } }, commit"#,
    r##"click = { css = "#pannello-2 .comandi button:last-child" }, commit"##,
];

/// The flow with such a step in place of its own; it waits less long.
fn fragile(flow: &str, [own, fragile]: [&str; 2]) -> String {
    let line = flow.lines().find(|line| line.contains(own)).unwrap_or_else(|| panic!("no step: {own}"));
    let hasty = line.replacen(own, fragile, 1).replace("timeout = \"10s\"", "timeout = \"4s\"");
    flow.replacen(line, &hasty, 1)
}

/// A run against the baseline of the portal without these changes.
struct Scene {
    trial: Trial,
    ended: Ended,
    user: String,
}

impl Scene {
    fn play(baselines: &Baselines, changes: &str, steps: &[[&str; 2]], heal: bool) -> Self {
        Self::play_with(baselines, changes, heal, |folder, flow| {
            let text = steps.iter().fold(flow, |flow, step| fragile(&flow, *step));
            // As if the flow had been accepted so.
            let place = folder.join("baseline/mysign/baseline.toml");
            let known = fs::read_to_string(&place).expect("the baseline");
            let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
            let accepted = |line: &str| {
                if line.starts_with("flow_digest = ") { format!("flow_digest = \"{digest}\"") } else { line.to_owned() }
            };
            fs::write(place, known.lines().map(accepted).collect::<Vec<_>>().join("\n")).expect("the baseline");
            text
        })
    }

    fn play_with(baselines: &Baselines, changes: &str, heal: bool, edit: impl Fn(&Path, String) -> String) -> Self {
        let trial = Trial::new();
        let folder = trial.path().join("flow");
        fs::create_dir(&folder).expect("a folder");
        let flow = baselines.copied(MiaFirma, &folder);
        let text = edit(&folder, fs::read_to_string(&flow).expect("the flow"));
        fs::write(&flow, text).expect("the flow");
        let mut knobs = trial.practice.knobs();
        knobs.drift = changes.parse().expect("changes");
        trial.practice.set_knobs(knobs);
        let account = trial.account(MiaFirma, "u01");
        let launch = trial.launch(&account, Chromium).flow(flow).with(if heal { &["--heal"] } else { &[] });
        let ended = launch.patient().go();
        let scene = Self { ended, user: account.user, trial };
        assert_eq!(scene.trial.practice.decoys(), [], "{}", scene.ended);
        let harm = |effect: &EffectKind| {
            matches!(effect, EffectKind::Revoca | EffectKind::Pagamento | EffectKind::PinKo | EffectKind::LoginKo)
        };
        assert!(!scene.effects().iter().any(harm), "{:?}", scene.effects());
        scene
    }

    fn effects(&self) -> Vec<EffectKind> {
        self.trial.practice.effects(&self.user)
    }

    /// It ended as changed, in a stage, at a step that did not heal; so many others did.
    #[track_caller]
    fn stopped(&self, stage: &str, healed: usize) -> Record {
        let record = self.ended.expect(Verdict::Changed);
        let last = record.stages.last().expect("a stage");
        let step = last.steps.last().expect("a step");
        assert_eq!((last.name.as_str(), step.outcome), (stage, Outcome::Failed), "{}", self.ended);
        assert!(step.healed.is_none() && step.failure.as_ref().is_some_and(|it| it.kind == "timeout"), "{step:?}");
        assert_eq!((of_healed(&record).len(), record.flags.healed), (healed, healed > 0));
        assert_eq!(count(&self.effects(), RichiestaFirmata), 0);
        record
    }
}

/// A run that may heal itself, on a portal with this change: its story, and what was wrong with it.
pub(crate) fn play(cell: &Cell, baselines: &Baselines) -> (String, Vec<String>) {
    let trial = Trial::new();
    let folder = trial.path().join("flow");
    fs::create_dir(&folder).expect("a folder");
    let flow = baselines.copied(cell.portal, &folder);
    let mut knobs = trial.practice.knobs();
    knobs.drift.add(cell.change.id).expect("a change");
    trial.practice.set_knobs(knobs);
    let account = trial.account(cell.portal, "u01");
    let record = trial.launch(&account, Chromium).flow(flow).with(&["--heal"]).go().record();
    let mut seen = Seen::default();
    harm(&trial, &account.user, &record, &mut seen);
    let mut against = seen.harm;
    let steps = record.stages.iter().flat_map(|stage| &stage.steps).filter(|step| step.healed.is_some());
    for step in steps.filter(|step| step.commit.is_some() || step.action == "check") {
        against.push(format!("healed by itself: {}", step.sentence));
    }
    let effects = trial.effects(&account);
    for once in [RichiestaFirmata, CertificatoEmesso] {
        if count(&effects, once) > 1 || (record.verdict == Verdict::Renewed && count(&effects, once) == 0) {
            against.push(format!("{}, and {effects:?}", record.verdict));
        }
    }
    let healed = of_healed(&record);
    if record.flags.healed == healed.is_empty() || (record.flags.healed && !record.flags.drift) {
        against.push(format!("{:?} with {healed:?}", record.flags));
    }
    (format!("{}, {healed:?}", record.verdict), against)
}

/// Line and locator of each step that healed.
fn of_healed(record: &Record) -> Vec<(usize, String)> {
    let steps = record.stages.iter().flat_map(|stage| &stage.steps);
    steps.filter_map(|step| Some((step.line, step.healed.as_ref()?.locator.clone()))).collect()
}

#[test]
fn only_what_is_surely_the_same_is_healed() {
    let baselines = Baselines::accepted();
    let baselines = &*baselines;
    std::thread::scope(|scope| {
        scope.spawn(|| healed_and_renewed(baselines));
        scope.spawn(|| stops_where_nobody_asked_for_healing(baselines));
        scope.spawn(|| what_has_a_code_sent_is_left_to_a_person(baselines));
        scope.spawn(|| a_commit_is_left_to_a_person(baselines));
        scope.spawn(|| another_step_that_stood_in_the_line_is_none_of_it(baselines));
    });
}

/// The ids are others; and all the traps of portals.md §1.6 stand on the way: fields and buttons in another order, a hidden copy of
/// each form before it, a hidden field called «PIN».
fn healed_and_renewed(baselines: &Baselines) {
    let scene = Scene::play(baselines, "D1,D18,D20,D21,D37", &[USER, PASSWORD], true);
    let record = scene.ended.expect(Verdict::Renewed);
    assert!(record.flags.healed && record.flags.drift);
    let steps = &record.stages[0].steps;
    let lines = [steps[1].line, steps[2].line];
    let locators = [r#""Inserisci il tuo User ID""#, r#""Inserisci la tua password""#].map(str::to_owned);
    assert_eq!(of_healed(&record), lines.into_iter().zip(locators).collect::<Vec<_>>());
    let effects = scene.effects();
    for (effect, times) in [(LoginOk, 1), (OtpOk, 2), (RichiestaFirmata, 1), (CertificatoEmesso, 1)] {
        assert_eq!(count(&effects, effect), times, "{effect:?}: {effects:?}");
    }
    assert!(scene.ended.stderr.contains("healed: "), "{}", scene.ended);

    // Told until the flow is mended.
    let told = explained(&scene.ended);
    assert_eq!(
        (&told["kind"], &told["stage"], &told["line"]),
        (&Value::from("remade"), &Value::from("login"), &Value::from(lines[0]))
    );
    let account = scene.trial.account(MiaFirma, "u01");
    let status =
        scene.trial.launch(&account, Chromium).flow(scene.trial.path().join("flow/mysign.toml")).verb("status").go();
    assert_eq!(status.printed()[0]["drift"]["now"], 2, "{status}");
    let accepted = scene.ended.rinnova(&["accept", "RUN"]);
    assert_eq!(accepted.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&accepted.stderr).contains("mend the flow first"));
    let repaired = scene.ended.rinnova(&["repair", "RUN", "--write"]);
    assert!(repaired.status.success(), "{}", String::from_utf8_lossy(&repaired.stderr));
    let flow = fs::read_to_string(scene.trial.path().join("flow/mysign.toml")).expect("the flow");
    for [own, fragile] in [USER, PASSWORD] {
        assert!(flow.contains(own) && !flow.contains(fragile), "{own}");
    }
}

fn stops_where_nobody_asked_for_healing(baselines: &Baselines) {
    let scene = Scene::play(baselines, "D1", &[USER, PASSWORD], false);
    scene.stopped("login", 0);
    assert_eq!(scene.effects(), []);
}

/// E10: «CONFERMA» for «Conferma».
fn what_has_a_code_sent_is_left_to_a_person(baselines: &Baselines) {
    let scene = Scene::play(baselines, "D1,E10", &[USER, PASSWORD], true);
    let record = scene.stopped("consents", 2);
    assert_eq!(record.stages.last().expect("a stage").steps.len(), 4, "both ticks, the PIN, and the button");
    assert_eq!(count(&scene.effects(), OtpInviato), 0);
}

fn a_commit_is_left_to_a_person(baselines: &Baselines) {
    let scene = Scene::play(baselines, "D1", &[USER, PASSWORD, COMMIT], true);
    let record = scene.stopped("sign", 2);
    assert!(record.stages.last().and_then(|stage| stage.steps.last()).is_some_and(|step| step.commit.is_some()));
    assert_eq!(count(&scene.effects(), OtpInviato), 1);
}

/// The flow has a line less than when it was accepted: where the user id was typed the password is typed now.
fn another_step_that_stood_in_the_line_is_none_of_it(baselines: &Baselines) {
    let scene = Scene::play_with(baselines, "D1", true, |_, text| {
        let (_, rest) = text.split_once('\n').expect("lines");
        fragile(rest, PASSWORD)
    });
    scene.stopped("login", 0);
}

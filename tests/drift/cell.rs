//! One cell: a change on a portal, played against the baseline of the portal without it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use rinnova::exit::Verdict;
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{AccountSummary, Advised, Change, EffectKind, Knobs, Portal};
use rinnova::record::Record;
use rinnova::settings::BrowserName::Chromium;
use serde_json::Value;

use crate::table::{self, Expected};
use crate::trial::{Ended, Trial};

/// How long a step waits: the longest delay of a change is two seconds, and a machine may be slow.
const STEP: &str = "10s";

/// So often a flow is mended in a row: one change may break several of its steps, each of two variants by turns (D34).
const ROUNDS: usize = 40;

/// A change on a portal.
pub(crate) struct Cell {
    pub(crate) change: &'static Change,
    pub(crate) portal: Portal,
}

impl Cell {
    /// `D7/B`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.change.id, if self.portal == MiaFirma { 'A' } else { 'B' })
    }
}

/// What was seen of a cell.
#[derive(Default)]
pub(crate) struct Seen {
    /// `explain` names the step that it should.
    pub(crate) step_named: bool,
    /// It names the class that it should.
    pub(crate) class_right: bool,
    /// The flow runs green, as it is or mended.
    pub(crate) green: bool,
    /// So many mendings were proposed and taken, each the first that was ranked.
    pub(crate) mendings: usize,
    /// What was done on the portal that should not have been.
    pub(crate) harm: Vec<String>,
    /// What else was not as it must be.
    pub(crate) against: Vec<String>,
    /// Verdict and class of each run, for the table.
    pub(crate) story: Vec<String>,
    pub(crate) seconds: u64,
}

/// The baselines of both portals as they are without a change, each beside a copy of its flow.
pub(crate) struct Baselines(tempfile::TempDir);

impl Baselines {
    /// Those of this test run: made once for all who need them at the same time, and removed with the last.
    pub(crate) fn accepted() -> Arc<Self> {
        static ACCEPTED: Mutex<Weak<Baselines>> = Mutex::new(Weak::new());
        let mut accepted = ACCEPTED.lock().expect("the baselines");
        accepted.upgrade().unwrap_or_else(|| {
            let fresh = Arc::new(Self::accept());
            *accepted = Arc::downgrade(&fresh);
            fresh
        })
    }

    /// Renews once on each portal and accepts the run.
    fn accept() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for portal in [MiaFirma, FirmaRemota] {
            let trial = Trial::new();
            let account = trial.account(portal, "u01");
            let flow = folder.path().join(trial.hastened(portal, STEP).file_name().expect("a name"));
            fs::copy(trial.hastened(portal, STEP), &flow).expect("a flow");
            let ended = trial.launch(&account, Chromium).flow(flow).go();
            ended.expect(Verdict::Renewed);
            let accepted = ended.rinnova(&["accept", "RUN"]);
            assert!(accepted.status.success(), "{accepted:?}");
        }
        Self(folder)
    }

    /// A copy of a portal's flow and baseline in this folder; the flow's path.
    pub(crate) fn copied(&self, portal: Portal, into: &Path) -> PathBuf {
        let name = if portal == MiaFirma { "mysign" } else { "ncfr" };
        let place = into.join("baseline").join(name);
        fs::create_dir_all(&place).expect("a folder");
        for entry in fs::read_dir(self.0.path().join("baseline").join(name)).expect("a baseline") {
            let entry = entry.expect("a file");
            fs::copy(entry.path(), place.join(entry.file_name())).expect("copied");
        }
        let flow = into.join(format!("{name}.toml"));
        fs::copy(self.0.path().join(format!("{name}.toml")), &flow).expect("copied");
        flow
    }
}

/// Plays the change.
pub(crate) fn play(cell: &Cell, baselines: &Baselines) -> Seen {
    let began = Instant::now();
    let expected = table::expected(cell);
    let trial = Trial::new();
    let folder = trial.path().join("flow");
    fs::create_dir(&folder).expect("a folder");
    let flow = baselines.copied(cell.portal, &folder);
    let mut knobs = trial.practice.knobs();
    knobs.drift.add(cell.change.id).expect("a change");
    trial.practice.set_knobs(knobs.clone());
    let (mut seen, mut judged) = (Seen::default(), false);
    for round in 0..ROUNDS {
        let account = trial.account(cell.portal, "u01");
        let launch = trial.launch(&account, Chromium).flow(flow.clone());
        // What is mended stops again and again, and waits before it does.
        let ended = if round == 0 { launch.go() } else { launch.patient().go() };
        let record = ended.record();
        let told = explained(&ended);
        // Of two variants by turns, the first visitor may get the one that is known: the next gets the other.
        if round == 0 && cell.change.id == "D34" && record.verdict == Verdict::Renewed && told["kind"].is_null() {
            anew(&trial, &account, &knobs);
            continue;
        }
        if !judged {
            judged = true;
            judge(&expected, &record, &told, &mut seen);
            if told["kind"] == "new-dialog" && record.verdict == Verdict::Changed {
                seen.against.extend(untold_dialog(&record, &ended));
            }
        }
        seen.story.push(story(&record, &told));
        harm(&trial, &account.user, &record, &mut seen);
        if record.verdict == Verdict::Renewed {
            seen.green = true;
            break;
        }
        // Met after a commit it leaves a renewal half done, or unknown: the flow is mended all the same.
        let met = matches!(record.verdict, Verdict::Changed | Verdict::HalfDone | Verdict::Unknown);
        if cell.change.advised == Advised::Stop || !met {
            break;
        }
        let before = fs::read_to_string(&flow).expect("the flow");
        let repaired = ended.rinnova(&["repair", "RUN", "--write"]);
        let after = fs::read_to_string(&flow).expect("the flow");
        if !repaired.status.success() || before == after {
            let words = String::from_utf8_lossy(&repaired.stderr);
            seen.story.push(format!("no mending: {}", words.lines().next().unwrap_or_default()));
            break;
        }
        seen.mendings += 1;
        anew(&trial, &account, &knobs);
    }
    seen.seconds = began.elapsed().as_secs();
    seen
}

/// As if it were the next day: what was done by halves is no part of this.
fn anew(trial: &Trial, account: &AccountSummary, knobs: &Knobs) {
    trial.practice.reset();
    trial.practice.set_knobs(knobs.clone());
    let state = trial.state_of(account);
    if state.exists() {
        fs::remove_dir_all(state).expect("the state");
    }
}

pub(crate) fn explained(ended: &Ended) -> Value {
    let told = ended.rinnova(&["explain", "RUN", "--json"]);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("JSON")
}

fn story(record: &Record, told: &Value) -> String {
    let class = told["kind"].as_str().unwrap_or("-");
    let stage = told["stage"].as_str().filter(|stage| !stage.is_empty()).unwrap_or("-");
    format!("{} {class} {stage}", record.verdict)
}

/// Holds the first run against what must come of it.
fn judge(expected: &Expected, record: &Record, told: &Value, seen: &mut Seen) {
    if !expected.verdicts.contains(&record.verdict) {
        let why = record.reason.as_deref().unwrap_or_default();
        seen.against.push(format!("ended {}, not {:?}: {why}", record.verdict, expected.verdicts));
    }
    let changes = told["changes"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<&str> =
        told["kind"].as_str().into_iter().chain(changes.iter().filter_map(|change| change["kind"].as_str())).collect();
    // The class of what stopped the run comes first; where nothing did, whatever is told counts.
    let first = told["kind"].as_str();
    seen.class_right = match (expected.kinds, first) {
        ([], None) => changes.iter().all(|change| change["gravity"] == "note"),
        ([], Some(_)) => false,
        (wanted, Some(first)) => wanted.contains(&first),
        (wanted, None) => kinds.iter().any(|kind| wanted.contains(kind)),
    };
    let stages: Vec<&str> = told["stage"]
        .as_str()
        .filter(|stage| !stage.is_empty())
        .into_iter()
        .chain(changes.iter().filter_map(|change| change["stage"].as_str()))
        .collect();
    seen.step_named = match (expected.stages, first) {
        ([], _) => expected.kinds.is_empty() == first.is_none(),
        (wanted, Some(_)) => stages.first().is_some_and(|stage| wanted.contains(stage)),
        (wanted, None) => stages.iter().any(|stage| wanted.contains(stage)),
    };
}

/// What is missing where a dialog that nobody knows has stopped a run: its picture, and the block that the flow wants. An
/// interrupt that is in the flow already needs none.
fn untold_dialog(record: &Record, ended: &Ended) -> Option<String> {
    let stage = record.stages.last()?;
    let failure = stage.steps.last().and_then(|step| step.failure.as_ref())?;
    if failure.kind == "interrupt" {
        return None;
    }
    let picture = stage.shots.iter().find(|shot| shot.name == format!("{}-end", stage.name));
    let file = picture.and_then(|shot| shot.file.as_ref()).map(|file| ended.paths.out.join(file));
    if !file.is_some_and(|file| file.is_file()) {
        return Some(format!("no picture of the dialog: {:?}", stage.shots));
    }
    let told = ["a dialog that the flow does not know: “", "[[interrupt]]\n"];
    let is_told = |words: &&str| failure.explanation.iter().any(|line| line.contains(*words));
    let shown = ended.stderr.contains("     [[interrupt]]\n") || ended.stderr.contains("     # [[interrupt]]\n");
    let all = told.iter().all(is_told) && shown && failure.explanation.last().is_some_and(|line| !line.contains('\n'));
    (!all).then(|| format!("the dialog is not told: {:?}\n{}", failure.explanation, ended.stderr))
}

/// What the ledger says that must never happen.
pub(crate) fn harm(trial: &Trial, user: &str, record: &Record, seen: &mut Seen) {
    for line in trial.practice.decoys() {
        seen.harm.push(format!("a decoy was pressed: {line:?}"));
    }
    let secrets = [rinnova::practice::PASSWORD, rinnova::practice::PIN];
    let leaked =
        |leak: &rinnova::practice::Leak| secrets.iter().any(|it| leak.body.contains(it) || leak.target.contains(it));
    if trial.practice.leaks().iter().any(leaked) {
        seen.harm.push(format!("another origin was given a secret: {:?}", trial.practice.leaks()));
    }
    for effect in trial.practice.effects(user) {
        if matches!(effect, EffectKind::Revoca | EffectKind::Pagamento | EffectKind::PinKo) {
            seen.harm.push(format!("{effect:?}"));
        }
    }
    if record.verdict == Verdict::Rejected {
        seen.harm.push("“credentials rejected”".into());
    }
}

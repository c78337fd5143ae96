//! The two sides of an explanation: the stage's picture of before and of now, each with the piece around the element that the
//! diagnosis is about.

use std::path::{Path, PathBuf};

use crate::browser::camera;
use crate::command::accept::covered_shot;
use crate::drift::baseline::{Baseline, KnownStage, KnownStep};
use crate::drift::compare::shown;
use crate::drift::diagnosis::Diagnosis;
use crate::drift::likeness::likeness;
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::watch::called;
use crate::record::{Fingerprint, Outcome, Record, StageRecord, StepRecord};
use crate::report::explanation::{Picture, Piece, Side, around};
use crate::store;

/// An element that has so much of the one that was known may be shown as what is nearest to it.
const NEAR: f64 = 0.5;

/// Where the pictures of before are.
#[derive(Debug)]
pub(super) enum Before {
    /// In a baseline's folder, without the holder's data.
    Baseline(PathBuf),
    /// In the folder of another run, with them.
    Run(Box<Record>, PathBuf),
}

/// The stage's page as it was and as it is; nothing where the diagnosis is about no stage.
pub(super) fn sides(
    diagnosis: &Diagnosis,
    (record, folder): (&Record, &Path),
    (baseline, before): (&Baseline, &Before),
    values: &[String],
) -> Option<[Side; 2]> {
    let stage = record.stages.iter().rfind(|stage| stage.name == diagnosis.stage)?;
    let known_stage = baseline.stage(&stage.name, &stage.id);
    let step = step_of(&stage.steps, diagnosis);
    let known = known_stage.and_then(|known| known_step(known, step, diagnosis.line));
    let was = known.map(|known| Outlined { words: String::new(), element: known.element.clone() });
    let is = now_there(diagnosis, step, known, values);
    let before_picture = match known_stage {
        Some(known) => of_before(before, known, baseline, was.as_ref()),
        None => Err("the baseline does not know this stage".to_owned()),
    };
    let now_picture = of_run(record, folder, stage, is.as_ref());
    let side = |picture, outlined: Option<Outlined>| Side {
        picture,
        element: outlined.map(|it| it.words + &shown(&it.element.role, called(&it.element))).unwrap_or_default(),
    };
    Some([side(before_picture, was), side(now_picture, is)])
}

/// An element that is outlined, and what is said before its name.
struct Outlined {
    words: String,
    element: Fingerprint,
}

/// The step of the run that the diagnosis is about.
fn step_of<'a>(steps: &'a [StepRecord], diagnosis: &Diagnosis) -> Option<&'a StepRecord> {
    // What stands inside another step says more than that.
    steps.iter().rev().find_map(|step| {
        let own = || (Some(step.line) == diagnosis.line && step.sentence == diagnosis.sentence).then_some(step);
        step_of(&step.steps, diagnosis).or_else(own)
    })
}

fn known_step<'a>(stage: &'a KnownStage, step: Option<&StepRecord>, line: Option<usize>) -> Option<&'a KnownStep> {
    let Some(step) = step else { return stage.steps.iter().find(|known| Some(known.at[0]) == line) };
    stage.step(&step.action, step.locator.as_ref().map(|used| used.shown.as_str()), step.line)
}

/// What is outlined now: the element that the step found, else what the diagnosis names, else what is nearest to the element
/// that the step knew.
fn now_there(
    diagnosis: &Diagnosis,
    step: Option<&StepRecord>,
    known: Option<&KnownStep>,
    values: &[String],
) -> Option<Outlined> {
    let step = step?;
    if let Some(found) = &step.known {
        return Some(Outlined { words: String::new(), element: neutral_fingerprint(found, values) });
    }
    let elements = || step.failure.iter().flat_map(|failure| &failure.elements);
    let seen: Vec<Fingerprint> = elements().map(|element| neutral_fingerprint(element, values)).collect();
    let named = |element: &&Fingerprint| {
        let name = called(element);
        !name.is_empty() && diagnosis.there.contains(&shown(&element.role, name))
    };
    if let Some(element) = seen.iter().filter(named).max_by_key(|element| called(element).len()) {
        return Some(Outlined { words: String::new(), element: element.clone() });
    }
    let known = known?;
    let near = seen.into_iter().map(|element| (likeness(&known.element, &element).score, element));
    let (_, element) = near.filter(|(score, _)| *score >= NEAR).max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(Outlined { words: "the nearest: ".to_owned(), element })
}

/// A stage's picture as it was.
fn of_before(
    before: &Before,
    stage: &KnownStage,
    baseline: &Baseline,
    outlined: Option<&Outlined>,
) -> Result<Picture, String> {
    match before {
        Before::Baseline(place) => {
            let file = stage.shot.as_ref().ok_or("the baseline has none of this stage")?;
            let png = store::shot_in(place, file).ok_or("it is not there any more")?;
            picture(png, &baseline.environment.size, outlined)
        }
        Before::Run(record, folder) => {
            let stage = record.stages.iter().rfind(|run| run.name == stage.name);
            of_run(record, folder, stage.ok_or("the other run did not come to this stage")?, outlined)
        }
    }
}

/// A stage's picture in a run: where the run ended there, the one of its end.
fn of_run(record: &Record, folder: &Path, stage: &StageRecord, outlined: Option<&Outlined>) -> Result<Picture, String> {
    let ended = matches!(stage.outcome, Outcome::Failed | Outcome::Unknown | Outcome::State);
    let end = format!("{}-end", stage.name);
    let named = |name: &str| stage.shots.iter().find(|shot| shot.name == name);
    let shot = named(&end).filter(|_| ended).or_else(|| named(&stage.name)).ok_or("the run took none of this stage")?;
    let file = shot.file.as_ref().ok_or_else(|| shot.withheld.clone().unwrap_or_default())?;
    picture(covered_shot(folder, file, shot)?, &record.environment.size, outlined)
}

/// A picture of a viewport of this size (`1280x800`, CSS pixels), with the piece around what is outlined.
fn picture(png: Vec<u8>, size: &str, outlined: Option<&Outlined>) -> Result<Picture, String> {
    let (width, height) = camera::size(&png)?;
    let across = size.split_once('x').and_then(|(across, _)| across.parse::<u32>().ok()).filter(|across| *across > 0);
    let scale = across.map_or(1.0, |across| f64::from(width) / f64::from(across));
    let around = outlined.and_then(|outlined| around(outlined.element.place, scale, width, height));
    let piece = match around {
        Some(around) => Some(Piece { png: camera::crop(&png, &around.piece)?, around }),
        None => None,
    };
    Ok(Picture { png, width, height, piece })
}

#[cfg(test)]
mod tests {
    use super::now_there;
    use crate::drift::baseline::KnownStep;
    use crate::drift::compare::shown;
    use crate::drift::diagnosis::{Diagnosis, FORMAT};
    use crate::drift::watch::called;
    use crate::record::{ChangeKind, Failure, Fingerprint, Outcome, StepRecord};

    fn element(role: &str, name: &str) -> Fingerprint {
        Fingerprint { role: role.into(), name: name.into(), tag: role.into(), ..Fingerprint::default() }
    }

    /// What is outlined after a failure, where the diagnosis says that this is there.
    fn outlined(there: &str, elements: &[(&str, &str)]) -> Option<String> {
        let diagnosis = Diagnosis {
            format: FORMAT,
            flow: "f".into(),
            verdict: "changed",
            baseline: "2026-07-16".into(),
            stage: "login".into(),
            line: Some(7),
            sentence: "Press".into(),
            expected: String::new(),
            there: there.into(),
            kind: Some(ChangeKind::Renamed),
            changes: Vec::new(),
        };
        let failure = Failure {
            kind: "timeout".into(),
            message: String::new(),
            explanation: Vec::new(),
            page: None,
            structure: None,
            elements: elements.iter().map(|(role, name)| element(role, name)).collect(),
        };
        let step = StepRecord {
            sentence: "Press".into(),
            action: "click".into(),
            line: 7,
            column: 3,
            outcome: Outcome::Failed,
            commit: None,
            agreed: None,
            locator: None,
            looked_for: None,
            known: None,
            healed: None,
            began_ms: 0,
            took_ms: 0,
            failure: Some(failure),
            steps: Vec::new(),
        };
        let known = KnownStep {
            at: [7, 3],
            action: "click".into(),
            shown: String::new(),
            commit: false,
            former: false,
            element: element("button", "Rinnova ora"),
        };
        let found = now_there(&diagnosis, Some(&step), Some(&known), &[])?;
        Some(found.words + &shown(&found.element.role, called(&found.element)))
    }

    #[test]
    fn what_the_diagnosis_names_is_outlined_else_what_is_nearest() {
        let page = [("link", "Esci"), ("button", "Prosegui"), ("button", "Rinnova"), ("button", "Rinnova adesso")];
        for (there, elements, expected) in [
            ("button “Prosegui” in form", &page[..], Some("button “Prosegui”")),
            ("nothing of the kind", &page, Some("the nearest: button “Rinnova”")),
            ("nothing of the kind", &page[..1], None),
            ("", &[], None),
        ] {
            assert_eq!(outlined(there, elements).as_deref(), expected, "{there}");
        }
    }
}

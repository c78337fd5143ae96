//! What is proposed to mend the flow of a run that ended at a change of its portal.

use crate::drift::baseline::{Baseline, KnownStage, KnownStep};
use crate::drift::diagnosis;
use crate::drift::mending::{self, Broken, Learned, Proposal, conditions, pages, within};
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::patch::Edit;
use crate::drift::stopped::Stopped;
use crate::flow::model::{Flow, Stage, Task};
use crate::record::{ChangeKind, Fingerprint, Record, StageRecord, StepRecord};

/// What would mend the flow, by what the run met. `values` are those of the run's inputs.
///
/// # Errors
/// Says why nothing is proposed: nothing failed, a person has to decide it, or nothing is like enough.
pub fn of(record: &Record, flow: &Flow, baseline: &Baseline, values: &[String]) -> Result<Proposal, String> {
    let diagnosis = &diagnosis::of(record, baseline, values);
    let Some(Stopped { stage, step, elements }) = Stopped::of(record).filter(|at| at.step.failure.is_some()) else {
        return Err(format!("this run ended {} and no step of it failed: there is nothing to mend", record.verdict));
    };
    let page: Vec<Fingerprint> = elements.iter().map(|element| neutral_fingerprint(element, values)).collect();
    let known_stage = baseline.stage(&stage.name, &stage.id);
    let in_two = || {
        let (known, shown) = (known_stage?, step.looked_for.as_deref());
        let knew = known.step(&step.action, shown, step.line)?;
        let broken = Broken { flow, step, stage: known, knew, page: &page };
        pages::in_two(&broken)
    };
    // An interrupt of the flow has met what lies over the page, and could not send it away.
    let stayed = step.failure.as_ref().is_some_and(|failure| failure.kind == "interrupt");
    let again = || known_stage.and_then(|known| broken(flow, known, step, &page));
    match diagnosis.kind {
        // What seems new may be what was there, in other words: then it is its step that is mended, by a person.
        Some(ChangeKind::NewField | ChangeKind::Redesign | ChangeKind::Rival) if lost(step) && again().is_some() => {
            again().map(|proposal| Proposal { asks: true, ..proposal }).ok_or_else(|| nothing(step))
        }
        Some(
            kind @ (ChangeKind::NewConsent
            | ChangeKind::ConsentReworded
            | ChangeKind::NewField
            | ChangeKind::Payment
            | ChangeKind::Captcha
            | ChangeKind::OtherOrigin
            | ChangeKind::Rival
            | ChangeKind::OutOfReach
            | ChangeKind::Redesign),
        ) => {
            let what = diagnosis.changes.iter().find(|change| change.kind == kind).map(|change| change.says.as_str());
            let what = what.or(record.reason.as_deref()).unwrap_or_default();
            Err(format!("a person has to decide this, and no patch is proposed: {what}"))
        }
        Some(kind) if stayed || matches!(kind, ChangeKind::NewDialog | ChangeKind::Covered) => {
            let name = unknown_dialog(record, &page, baseline, stage).ok_or_else(|| nothing(step))?;
            let answered = stayed.then(|| pages::answered(flow, &stage.id, &name, &page)).flatten();
            Ok(answered.unwrap_or_else(|| pages::interrupt(&stage.id, &name, &page)))
        }
        Some(ChangeKind::PageInserted) => {
            // At the address where it should be it is that page, in two goes or in other words.
            let here = if same_address(baseline, stage) { in_two().or_else(again) } else { None };
            match here {
                Some(proposal) => Ok(proposal),
                None => inserted(record, flow, baseline, stage, &page)?.ok_or_else(|| nothing(step)),
            }
        }
        Some(ChangeKind::PageGone) => pages::gone(flow, &stage.id).ok_or_else(|| nothing(step)),
        _ => again().ok_or_else(|| nothing(step)),
    }
}

/// What the run healed: each of these steps with the locator by which it found its element.
#[must_use]
pub fn healed(record: &Record, flow: &Flow, baseline: &Baseline, values: &[String]) -> Vec<Proposal> {
    let proposal = |stage: &StageRecord, step: &StepRecord| {
        let (healed, element) = (step.healed.as_ref()?, step.known.as_ref()?);
        let (id, path, _) = mending::place(flow, step.line, step.column)?;
        let known = baseline.stage(&stage.name, &stage.id);
        let knew = known.and_then(|known| known.step(&step.action, step.looked_for.as_deref(), step.line));
        let element = neutral_fingerprint(element, values);
        Some(Proposal {
            stage: id.clone(),
            line: Some(step.line),
            sentence: step.sentence.clone(),
            edit: Edit::Locator { stage: id, path: path.clone(), toml: healed.locator.clone() },
            confidence: healed.confidence,
            evidence: healed.evidence.clone(),
            runner_up: None,
            margin: healed.margin,
            learned: knew.map(|knew| Learned { at: knew.at, path, element }),
            asks: false,
        })
    };
    let mut proposals: Vec<Proposal> = Vec::new();
    for stage in &record.stages {
        for proposal in stage.steps.iter().filter_map(|step| proposal(stage, step)) {
            // A stage may be entered twice.
            if proposals.iter().all(|other| other.edit != proposal.edit) {
                proposals.push(proposal);
            }
        }
    }
    proposals
}

/// The step's element was not there, or not by its locator alone.
fn lost(step: &StepRecord) -> bool {
    step.failure.as_ref().is_some_and(|failure| failure.kind == "timeout")
}

fn same_address(baseline: &Baseline, stage: &StageRecord) -> bool {
    let known = baseline.stage(&stage.name, &stage.id).and_then(|stage| stage.outline.as_ref());
    known
        .zip(stage.outline.as_ref())
        .is_some_and(|(known, now)| known.address == now.address && !now.address.is_empty())
}

fn nothing(step: &StepRecord) -> String {
    format!(
        "for “{}” (line {}) nothing on the page is like enough to what the step knew; `rinnova explain` tells what has changed",
        step.sentence, step.line
    )
}

/// The mending of the step that failed, by what the baseline knows of it, or of another step of its stage.
fn broken(flow: &Flow, known: &KnownStage, step: &StepRecord, page: &[Fingerprint]) -> Option<Proposal> {
    let shown = step.locator.as_ref().map(|used| used.shown.as_str()).or(step.looked_for.as_deref());
    let own = known.step(&step.action, shown, step.line);
    let own = own.and_then(|knew| {
        let broken = Broken { flow, step, stage: known, knew, page };
        within::renamed(&broken).or_else(|| mending::step(&broken))
    });
    own.or_else(|| conditions::condition(flow, step, known, page))
}

/// The dialog that lies over the page and that the baseline does not have.
fn unknown_dialog(record: &Record, page: &[Fingerprint], baseline: &Baseline, stage: &StageRecord) -> Option<String> {
    let knew = |name: &str| {
        let known = baseline.stage(&stage.name, &stage.id).and_then(|stage| stage.outline.as_ref());
        known.is_some_and(|outline| outline.items.iter().any(|item| item.role.ends_with("dialog") && item.name == name))
    };
    let dialogs = page.iter().filter(|element| element.role.ends_with("dialog")).map(|element| element.name.clone());
    let outlined = record.stages.iter().rev().filter_map(|stage| stage.outline.as_ref()).take(1);
    let named = outlined.flat_map(|outline| &outline.items).filter(|item| item.role.ends_with("dialog"));
    dialogs.chain(named.map(|item| item.name.clone())).find(|name| !name.is_empty() && !knew(name))
}

/// A page that stands between the stage before and the one that failed.
fn inserted(
    record: &Record,
    flow: &Flow,
    baseline: &Baseline,
    stage: &StageRecord,
    page: &[Fingerprint],
) -> Result<Option<Proposal>, String> {
    let Some(task) = flow.task(&record.task) else { return Ok(None) };
    let Some(place) = task.stages.iter().position(|id| *id == stage.id) else { return Ok(None) };
    // A stage whose own click led to the new page is followed by it; one that has done nothing yet is preceded.
    let acted = stage.steps.iter().any(|step| step.action == "click" && step.failure.is_none());
    let (first, second) = if acted { (Some(place), place + 1) } else { (place.checked_sub(1), place) };
    let pair = first.and_then(|first| task.stages.get(first)).zip(task.stages.get(second));
    let Some((after, before)) = pair.map(|(after, before)| (after.clone(), before.clone())) else { return Ok(None) };
    if let Some(there) = proposed_before(flow, task, baseline, page) {
        return Err(format!("the page stands in the flow already, as stage `{}`: write there what leads on", there.id));
    }
    let outline = |id: &str| baseline.stage(id, id).and_then(|stage| stage.outline.as_ref());
    let known: Vec<_> = [outline(&after), outline(&before)].into_iter().flatten().collect();
    Ok(pages::inserted(flow, &after, &before, page, &known))
}

/// The stage that was proposed for this page before: a person has accepted it, and it is in no baseline yet.
fn proposed_before<'a>(flow: &'a Flow, task: &Task, baseline: &Baseline, page: &[Fingerprint]) -> Option<&'a Stage> {
    let headings: Vec<String> =
        page.iter().filter(|element| element.role == "heading").map(|element| element.name.to_lowercase()).collect();
    let is_here = |stage: &&Stage| {
        let title = stage.title.get(&flow.language).map(str::to_lowercase);
        title.is_some_and(|title| headings.iter().any(|heading| heading.contains(&title)))
    };
    let unknown = task.stages.iter().filter(|id| baseline.stages.iter().all(|known| known.id != **id));
    unknown.filter_map(|id| flow.stage(id)).find(is_here)
}

/// A person has accepted the element that a mended step finds: the baseline knows the step by it from now on. `flow` is the
/// mended one. Whether anything was learned.
pub fn learn(baseline: &mut Baseline, proposal: &Proposal, flow: &Flow, values: &[String]) -> bool {
    let Some(learned) = &proposal.learned else { return false };
    let step = mending::at(flow, &proposal.stage, &learned.path);
    let target = step.and_then(|step| match step.action.condition() {
        Some(condition) => condition.locators().first().copied(),
        None => step.action.target(),
    });
    let shown = target.and_then(|target| target.chain.last()).map(|link| link.shown.clone());
    let mut any = false;
    for known in baseline.stages.iter_mut().filter(|known| known.id == proposal.stage) {
        let Some(place) = known.steps.iter().position(|step| step.at == learned.at) else { continue };
        let was = &mut known.steps[place];
        let step = KnownStep {
            shown: shown.clone().unwrap_or_else(|| was.shown.clone()),
            element: neutral_fingerprint(&learned.element, values),
            ..was.clone()
        };
        was.former = true;
        known.steps.retain(|other| other.at != step.at || other.shown != step.shown);
        known.steps.insert(place.min(known.steps.len()), step);
        any = true;
    }
    any
}

/// Keeps in a fresh baseline what the one before knew of a portal's other variant: the run has seen one, and the flow's chains
/// name both.
pub fn keep_variants(fresh: &mut Baseline, before: &Baseline, flow: &Flow) {
    for stage in &mut fresh.stages {
        let old = before.stages.iter().filter(|old| old.name == stage.name).flat_map(|old| &old.steps);
        for old in old {
            let Some((_, locator)) = mending::user(flow, &stage.id, old) else { continue };
            let named = |step: &KnownStep| locator.chain.iter().any(|link| link.shown == step.shown);
            let is_seen = |step: &KnownStep| step.action == old.action && step.shown == old.shown;
            let place = stage.steps.iter().position(|step| step.action == old.action && named(step));
            if let Some(place) = place.filter(|_| !stage.steps.iter().any(is_seen)) {
                let variant = KnownStep { at: stage.steps[place].at, former: true, ..old.clone() };
                stage.steps.insert(place + 1, variant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{keep_variants, proposed_before};
    use crate::drift::baseline::{Baseline, KnownStage};
    use crate::drift::mending::scene::{MYSIGN, flow, it, stage};
    use crate::record::Environment;

    fn baseline(stages: Vec<KnownStage>) -> Baseline {
        Baseline {
            flow: "mysign".into(),
            task: "renew".into(),
            flow_digest: String::new(),
            portal: String::new(),
            accepted: jiff::civil::date(2026, 11, 22),
            environment: Environment::default(),
            stages,
        }
    }

    #[test]
    fn a_page_that_stands_in_the_flow_is_not_proposed_again() {
        let flow = flow(MYSIGN);
        let task = flow.task("renew").expect("the task");
        let page = [it("heading", "1 Avviare il rinnovo"), it("button", "Rinnova firma")];
        let there = |known: &[&str]| {
            let stages = known.iter().map(|id| KnownStage { id: (*id).into(), ..stage(&[]) }).collect();
            proposed_before(&flow, task, &baseline(stages), &page).map(|stage| stage.id.as_str())
        };
        assert_eq!(
            there(&["login"]),
            Some("open"),
            "its title stands on the page, and no run has been accepted with it"
        );
        assert_eq!(there(&["login", "open"]), None);
    }

    #[test]
    fn a_run_that_saw_one_variant_leaves_the_other_known() {
        let flow = flow(&MYSIGN.replace(
            "fill = \"Inserisci il tuo User ID\"",
            "fill = [\"Codice utente\", \"Inserisci il tuo User ID\"]",
        ));
        let login = |name: &str| {
            let mut login = stage(&[&it("textbox", name), &it("textbox", "Inserisci la tua password")]);
            (login.id, login.name) = ("login".into(), "login".into());
            for step in &mut login.steps {
                step.action = "fill".into();
                step.shown = format!("\"{}\"", step.element.name);
            }
            baseline(vec![login])
        };
        let mut fresh = login("Codice utente");
        keep_variants(&mut fresh, &login("Inserisci il tuo User ID"), &flow);
        let known: Vec<_> =
            fresh.stages[0].steps.iter().map(|step| (step.element.name.as_str(), step.former)).collect();
        assert_eq!(
            known,
            [("Codice utente", false), ("Inserisci il tuo User ID", true), ("Inserisci la tua password", false)]
        );
        let mut other = login("Codice utente");
        keep_variants(&mut other, &login("Un altro nome"), &flow);
        assert_eq!(other.stages[0].steps.len(), 2, "no chain names it");
    }
}

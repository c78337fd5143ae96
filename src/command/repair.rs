//! `rinnova repair`: the flow mended for what has changed on its portal, as a patch.

use std::path::Path;

use serde_json::json;

use crate::cli::Repair;
use crate::command::accept::{baseline_at, flow_file, plain_values, same_flow};
use crate::command::{Context, Failure, give, say};
use crate::drift::baseline::{Baseline, KnownStage};
use crate::drift::candidates::{CONFIDENT, others};
use crate::drift::diagnosis::{self, Diagnosis};
use crate::drift::mending::{self, Broken, Proposal, pages};
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::patch;
use crate::exit::Verdict;
use crate::flow::load;
use crate::flow::model::Flow;
use crate::record::{ChangeKind, Fingerprint, Record, StageRecord, StepRecord};
use crate::report::plain::{json, plain, plain_lines};
use crate::store;

/// Prints the patch, and with `--write` applies it.
///
/// # Errors
/// When the run or its baseline cannot be read, the flow is another by now, or nothing can be proposed.
pub fn repair(asked: &Repair, context: &Context) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run).map_err(Failure::invalid)?;
    let file = flow_file(asked.flow.as_deref(), &record)?;
    let text = same_flow(&file, &record)?;
    let flow =
        load::parse(&file.display().to_string(), &text).map_err(|error| Failure::invalid(error.render(false)))?.flow;
    let place = store::baseline_place(&file, &record.flow);
    let mut baseline = baseline_at(&place, &record.flow)?.ok_or_else(|| {
        Failure::invalid(format!("the flow `{}` has no baseline, so nothing tells what its steps meant", record.flow))
    })?;
    let values = plain_values(&record, context)?;
    let diagnosis = diagnosis::of(&record, &baseline, &values);
    let proposal = proposal(&record, &flow, &baseline, &diagnosis, &values).map_err(Failure::invalid)?;
    let edits = [proposal.edit.clone()];
    let mended = patch::patched(&text, &edits).map_err(|error| Failure::failed(format!("{error}; mend it by hand")))?;
    let diff = patch::diff(&text, &mended, &file.display().to_string());
    if asked.json {
        give(&format!("{}\n", json(&format!("{:#}", as_json(&proposal, &diff)))));
    } else {
        say(&told(&proposal));
        give(&format!("{}\n", plain_lines(&diff)));
    }
    if asked.write {
        store::rewrite(&file, mended.as_bytes()).map_err(Failure::failed)?;
        if relearn(&mut baseline, &proposal, &record, &values) {
            write_texts(&place, &baseline)?;
        }
        say("written; rehearse it, and accept the run that goes well\n");
    }
    Ok(Verdict::Done)
}

/// What would mend the flow, by what the run met.
fn proposal(
    record: &Record,
    flow: &Flow,
    baseline: &Baseline,
    diagnosis: &Diagnosis,
    values: &[String],
) -> Result<Proposal, String> {
    let Some((stage, step)) = failed(record) else {
        return Err(format!("this run ended {} and no step of it failed: there is nothing to mend", record.verdict));
    };
    let page: Vec<Fingerprint> = step
        .failure
        .iter()
        .flat_map(|failure| &failure.elements)
        .map(|element| neutral_fingerprint(element, values))
        .collect();
    let again = || baseline.stage(&stage.name, &stage.id).and_then(|known| broken(flow, known, step, &page));
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
        Some(ChangeKind::NewDialog | ChangeKind::Covered) => {
            let dialog = unknown_dialog(record, &page, baseline, stage);
            dialog.map(|name| pages::interrupt(&stage.id, &name, &page)).ok_or_else(|| nothing(step))
        }
        // The page has the address that it should have: it is that page, in other words.
        Some(ChangeKind::PageInserted) if same_address(baseline, stage) && again().is_some() => {
            again().ok_or_else(|| nothing(step))
        }
        Some(ChangeKind::PageInserted) => inserted(record, flow, baseline, stage, &page)?.ok_or_else(|| nothing(step)),
        Some(ChangeKind::PageGone) => pages::gone(flow, &stage.id).ok_or_else(|| nothing(step)),
        _ => again().ok_or_else(|| nothing(step)),
    }
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

/// The step that failed, the innermost, and its stage.
fn failed(record: &Record) -> Option<(&StageRecord, &StepRecord)> {
    fn innermost(steps: &[StepRecord]) -> Option<&StepRecord> {
        let step = steps.iter().rev().find(|step| step.failure.is_some())?;
        // What is on the page stands with the outer one, which the stage looked back from.
        innermost(&step.steps)
            .filter(|inner| inner.failure.as_ref().is_some_and(|it| !it.elements.is_empty()))
            .or(Some(step))
    }
    record.stages.iter().rev().find_map(|stage| Some((stage, innermost(&stage.steps)?)))
}

fn broken(flow: &Flow, known: &KnownStage, step: &StepRecord, page: &[Fingerprint]) -> Option<Proposal> {
    let shown = step.locator.as_ref().map(|used| used.shown.as_str()).or(step.looked_for.as_deref());
    let knew = known.step(&step.action, shown, step.line)?;
    let other = known.steps.iter().filter(|other| *other != knew).map(|other| &other.element);
    let outlined = known.outline.as_ref().map(|outline| others(outline, &knew.element)).unwrap_or_default();
    let rivals: Vec<&Fingerprint> = other.chain(&outlined).collect();
    mending::step(&Broken { flow, step, known: &knew.element, rivals: &rivals, page })
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
    let heading = page.iter().find(|element| element.role == "heading").map(|element| element.name.as_str());
    if let Some(there) = flow.stage(&after).filter(|stage| {
        let title = stage.title.get(&flow.language).map(str::to_lowercase);
        heading.is_some_and(|heading| title.is_some_and(|title| heading.to_lowercase().contains(&title)))
    }) {
        return Err(format!("the page stands in the flow already, as stage `{}`: write there what leads on", there.id));
    }
    let outline = |id: &str| baseline.stage(id, id).and_then(|stage| stage.outline.as_ref());
    let known: Vec<_> = [outline(&after), outline(&before)].into_iter().flatten().collect();
    Ok(pages::inserted(flow, &after, &before, page, &known))
}

/// A person has accepted the element that the mended step finds: the baseline knows the step by it from now on.
fn relearn(baseline: &mut Baseline, proposal: &Proposal, record: &Record, values: &[String]) -> bool {
    let (Some(element), Some((stage, step))) = (&proposal.element, failed(record)) else { return false };
    let known = baseline.stages.iter_mut().filter(|known| known.id == stage.id);
    let mut learned = false;
    for known in known.flat_map(|known| &mut known.steps) {
        if known.action == step.action && known.at[0] == step.line {
            known.element = neutral_fingerprint(element, values);
            learned = true;
        }
    }
    learned
}

fn write_texts(place: &Path, baseline: &Baseline) -> Result<(), Failure> {
    for (name, text) in baseline.texts() {
        store::rewrite(&place.join(name), text.as_bytes()).map_err(Failure::failed)?;
    }
    Ok(())
}

fn told(proposal: &Proposal) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let line = proposal.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let mut text = format!(
        "stage `{}`{line}: {}\nconfidence {} (a run may heal itself from {})\n",
        proposal.stage,
        plain(&proposal.sentence),
        percent(proposal.confidence),
        percent(CONFIDENT)
    );
    for evidence in proposal.evidence.iter().take(5) {
        text.push_str(&format!("  {}\n", plain(evidence)));
    }
    if let Some(runner_up) = &proposal.runner_up {
        text.push_str(&format!("  next best: {}, {} behind\n", plain(runner_up), percent(proposal.margin)));
    }
    if proposal.asks {
        text.push_str(
            "a person must read and accept this: it touches what is sent, agreed to, or which pages there are\n",
        );
    }
    text
}

fn as_json(proposal: &Proposal, diff: &str) -> serde_json::Value {
    let Proposal { stage, line, sentence, confidence, evidence, runner_up, margin, asks, .. } = proposal;
    json!({
        "format": 1, "stage": stage, "line": line, "sentence": sentence, "confidence": confidence, "evidence": evidence,
        "runner_up": runner_up, "margin": margin, "asks": asks, "diff": diff,
    })
}

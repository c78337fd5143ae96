//! Live healing, only where it was asked for: a step that finds its element no more is performed on the one that is surely the
//! same, by the flow's baseline. Never a commit, nor what has a code sent, nor a tick: there a person decides.

use sha2::{Digest, Sha256};

use crate::drift::baseline::{KnownStage, KnownStep};
use crate::drift::compare::shown;
use crate::drift::mending::{self, Broken};
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::patch::{Edit, patched};
use crate::drift::watch::{self as drift_watch, Acting, called};
use crate::flow::load;
use crate::record::{Change, ChangeKind, Fingerprint, Gravity, Healed, StepRecord};
use crate::runner::ending::Halt;
use crate::runner::run::Run;
use crate::runner::step::{self, PictureWanted};
use crate::runner::watch;

/// Performs a failed step once more, on the element that took the place of its own. `None` where there is none of which that is
/// sure, or the step is not one that heals.
pub async fn heal(
    run: &mut Run<'_>,
    failed: &StepRecord,
    halt: &Halt,
    stage: &str,
    picture: Option<PictureWanted>,
) -> Option<(StepRecord, Option<Halt>)> {
    let lost = matches!(halt, Halt::Failed { failure, .. } if is_lost(&failure.kind));
    if !run.job.heal || !lost || run.course.commits.open {
        return None;
    }
    let page = run.page.elements().await.inspect_err(|error| tracing::debug!(%error, "nothing to heal by")).ok()?;
    let (edit, healing) = proposal(run, failed, stage, &page)?;
    let flow = run.flow();
    let text = patched(flow.source.text(), std::slice::from_ref(&edit)).ok()?;
    let mended = load::parse(&flow.name, &text).ok()?.flow;
    let Edit::Locator { stage: id, path, .. } = &edit else { return None };
    let step = mending::at(&mended, id, path)?;
    let before = run.course.changes.len();
    let (record, halt) = step::record(run, step, stage, picture, Some(healing.clone())).await;
    // Where that finds nothing either, or more than one, it is the flow's own locator that failed.
    if matches!(&halt, Some(Halt::Failed { failure, .. }) if is_lost(&failure.kind)) {
        return None;
    }
    run.course.flags.healed = true;
    run.course.flags.drift = true;
    let told = |change: &Change| change.gravity > Gravity::Note && change.line == Some(record.line);
    if !run.course.changes[before..].iter().any(told) {
        run.course.changes.push(change(&record, stage, healing));
    }
    Some((record, halt))
}

/// What a step that heals is performed with.
#[derive(Debug, Clone)]
pub struct Healing {
    /// The flow's own locator, which finds nothing.
    pub lost: String,
    /// The element that is surely its own, for people.
    pub element: String,
    /// How it is found.
    pub healed: Healed,
}

fn is_lost(kind: &str) -> bool {
    matches!(kind, "timeout" | "ambiguous")
}

/// The step in the baseline: the one with the locator that found nothing. By its line alone it is known only in the flow as it
/// was accepted; in one that was edited since, another step may stand there.
fn known<'a>(run: &Run<'_>, known: &'a KnownStage, failed: &StepRecord) -> Option<&'a KnownStep> {
    let lost = failed.looked_for.as_deref()?;
    let step = known.step(&failed.action, Some(lost), failed.line)?;
    let digest = || {
        let digest = Sha256::digest(run.flow().source.text());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let accepted = || run.job.watch.as_ref().is_some_and(|watch| watch.baseline.flow_digest == digest());
    (step.shown == lost || accepted()).then_some(step)
}

/// The element is what it was, by all that counts for a person: it is told all the same, until the flow finds it again.
fn change(record: &StepRecord, stage: &str, Healing { lost, element, .. }: Healing) -> Change {
    Change {
        kind: ChangeKind::Remade,
        gravity: Gravity::Drift,
        stage: stage.to_owned(),
        line: Some(record.line),
        says: format!("{lost} does not find {element} any more"),
        before: lost,
        now: element,
    }
}

fn proposal(run: &Run<'_>, failed: &StepRecord, stage: &str, page: &[Fingerprint]) -> Option<(Edit, Healing)> {
    let watch = run.job.watch.as_ref()?;
    let known_stage = watch.baseline.stage(stage, &run.stage)?;
    let knew = known(run, known_stage, failed)?;
    let values = watch::values(watch, &run.course);
    let page: Vec<Fingerprint> = page.iter().map(|element| neutral_fingerprint(element, &values)).collect();
    let broken = Broken { flow: run.flow(), step: failed, stage: known_stage, knew, page: &page };
    let proposal = mending::step(&broken).filter(mending::Proposal::heals)?;
    let Edit::Locator { toml, .. } = &proposal.edit else { return None };
    // What the watch would stop is not tried.
    let acting = Acting { stage: known_stage, step: knew, name: stage, line: failed.line };
    let home = run.job.portal.origin().ascii_serialization();
    let element = &proposal.learned.as_ref()?.element;
    let changes = drift_watch::step(&acting, element, &home);
    if changes.iter().any(|change| change.gravity == Gravity::Stop) {
        return None;
    }
    let healed = Healed {
        locator: toml.clone(),
        confidence: proposal.confidence,
        margin: proposal.margin,
        evidence: proposal.evidence.clone(),
    };
    let lost = failed.looked_for.clone().unwrap_or_default();
    let healing = Healing { lost, element: shown(&element.role, called(element)), healed };
    Some((proposal.edit, healing))
}

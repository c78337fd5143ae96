//! Live healing, only where it was asked for: a step that finds its element no more is performed on the one that is surely the
//! same, by the flow's baseline. Never a commit, nor what has a code sent, nor a tick: there a person decides.

use crate::drift::mending::{self, Broken};
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::patch::{Edit, patched};
use crate::flow::load;
use crate::record::{Fingerprint, Healed, StepRecord};
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
    let lost = matches!(halt, Halt::Failed { failure, .. } if failure.kind == "timeout" || failure.kind == "ambiguous");
    if !run.job.heal || !lost || run.course.commits.open {
        return None;
    }
    let page = run.page.elements().await.inspect_err(|error| tracing::debug!(%error, "nothing to heal by")).ok()?;
    let (edit, healed) = proposal(run, failed, stage, &page)?;
    let flow = run.flow();
    let text = patched(flow.source.text(), std::slice::from_ref(&edit)).ok()?;
    let mended = load::parse(&flow.name, &text).ok()?.flow;
    let Edit::Locator { stage: id, path, .. } = &edit else { return None };
    let step = mending::at(&mended, id, path)?;
    let (mut record, halt) = step::record(run, step, stage, picture).await;
    run.course.flags.healed = true;
    run.course.flags.drift = true;
    (record.line, record.column) = (failed.line, failed.column);
    record.healed = Some(healed);
    Some((record, halt))
}

fn proposal(run: &Run<'_>, failed: &StepRecord, stage: &str, page: &[Fingerprint]) -> Option<(Edit, Healed)> {
    let watch = run.job.watch.as_ref()?;
    let known = watch.baseline.stage(stage, &run.stage)?;
    let knew = known.step(&failed.action, None, failed.line)?;
    let values = watch::values(watch, &run.course);
    let page: Vec<Fingerprint> = page.iter().map(|element| neutral_fingerprint(element, &values)).collect();
    let broken = Broken { flow: run.flow(), step: failed, stage: known, knew, page: &page };
    let proposal = mending::step(&broken).filter(mending::Proposal::heals)?;
    let Edit::Locator { toml, .. } = &proposal.edit else { return None };
    let healed = Healed {
        locator: toml.clone(),
        confidence: proposal.confidence,
        margin: proposal.margin,
        evidence: proposal.evidence.clone(),
    };
    Some((proposal.edit, healed))
}

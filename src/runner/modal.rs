//! A dialog that nobody knows and that a run cannot go past: what the run says of it, with what would send it away.

use crate::drift::mending::dialogs::{Known, told};
use crate::record::{ChangeKind, Failure, StepRecord};
use crate::runner::run::Run;
use crate::runner::watch;

/// Adds to a failure what is known of such a dialog, if there is one; `steps` are the stage's, `picture` shows the page.
pub fn explain(run: &Run<'_>, failure: &mut Failure, steps: &[StepRecord], picture: &str) {
    if !may_be_why(run, failure) {
        return;
    }
    let baseline = run.job.watch.as_ref().map(|watch| watch.baseline);
    let known = Known { flow: run.flow(), baseline, steps };
    let values = watch::own_values(run);
    let Some(told) = told(&run.stage, &failure.elements, &known, &values, picture) else { return };
    failure.explanation.splice(0..0, told);
    if failure.kind != "drift" {
        let next = "attend to it in person, or put the block into the flow; then run again";
        failure.explanation.push(next.into());
    }
}

/// A step that waits in vain may wait for what stands behind a dialog. Without a baseline nobody knows which dialogs belong
/// there: then something must lie over what is looked for.
fn may_be_why(run: &Run<'_>, failure: &Failure) -> bool {
    let new = |message: &str| {
        run.course.changes.iter().any(|change| change.kind == ChangeKind::NewDialog && change.says == message)
    };
    match failure.kind.as_str() {
        "drift" => new(&failure.message),
        "held" | "missed" => true,
        "timeout" => run.job.watch.is_some() || failure.message.contains("covered by"),
        _ => false,
    }
}

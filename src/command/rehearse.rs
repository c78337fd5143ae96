//! `rinnova rehearse`: to the last stage before anything is sent.

use crate::cli::Rehearse;
use crate::command::attempt::{self, Asked};
use crate::command::{Context, Failure, leaving};
use crate::exit::Verdict;
use crate::runner::job::Mode;

/// Rehearses the flow's renewal.
///
/// # Errors
/// When nothing could be started; a rehearsal that started has a verdict.
pub async fn rehearse(asked: Rehearse, context: &Context) -> Result<Verdict, Failure> {
    let Rehearse { flow, persona, flags } = asked;
    let json = flags.json;
    let asked = Asked {
        flow,
        task: None,
        from: None,
        until: None,
        mode: Mode::Rehearsal,
        verb: "rehearse",
        before: None,
        heal: false,
        baseline: None,
        persona,
        flags,
    };
    let attempted = attempt::attempt(asked, context).await?;
    leaving::print(&attempted, json)?;
    Ok(attempted.record.verdict)
}

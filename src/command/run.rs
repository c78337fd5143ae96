//! `rinnova run`: a task, once.

use crate::cli::Run;
use crate::command::attempt::{self, Asked};
use crate::command::{Context, Failure, leaving};
use crate::exit::Verdict;
use crate::runner::job::Mode;

/// Runs a task.
///
/// # Errors
/// When nothing could be started; a run that started has a verdict.
pub async fn run(asked: Run, context: &Context) -> Result<Verdict, Failure> {
    let Run { flow, task, from, until, heal, persona, flags } = asked;
    let json = flags.json;
    let attempted = attempt::attempt(
        Asked {
            flow,
            task,
            from,
            until,
            mode: Mode::Whole,
            verb: "run",
            before: None,
            heal,
            baseline: None,
            persona,
            flags,
        },
        context,
    )
    .await?;
    leaving::print(&attempted, json)?;
    Ok(attempted.record.verdict)
}

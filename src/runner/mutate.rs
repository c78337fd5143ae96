//! What each step's locator survives, where that is asked for: right before a step acts, its locator is asked again on copies of
//! the page that are changed as portals change, and the page is left as it was.

use crate::browser::answer::Answer;
use crate::browser::script::Need;
use crate::drift::survival::Survival;
use crate::flow::step::{Action, Expectation, Step};
use crate::locator::{Condition, Locator};
use crate::runner::ending::Halt;
use crate::runner::look::{Question, ask};
use crate::runner::run::Run;
use crate::runner::step::{Notes, need, unexpected};

/// Tries the changes on the step's element, waited for as the step itself will.
///
/// # Errors
/// The [`Halt`] that ends the run, as the step itself would give it.
pub async fn element(run: &mut Run<'_>, step: &Step, notes: &Notes) -> Result<(), Halt> {
    if run.job.survivals.is_none() || run.course.dismissing {
        return Ok(());
    }
    let Some((locator, need, many)) = looked_for(&step.action) else { return Ok(()) };
    let (used, via, trials) = match ask(run, Question::Mutate(locator, need, many), step.timeout).await? {
        Answer::Mutated { used, via, trials } => (used, via, trials),
        other => return Err(unexpected(&other)),
    };
    let flow = run.flow();
    let survival = Survival {
        line: notes.line,
        column: flow.source.position(step.span.start).column,
        stage: run.stage.clone(),
        sentence: step.sentence(&flow.language),
        locator: locator.clone(),
        rank: used.rank,
        via,
        tried: trials,
    };
    if let Some(survivals) = &mut run.job.survivals {
        survivals.push(survival);
    }
    Ok(())
}

/// The locator by which the step finds its element, what it must be ready for, and whether the first of several will do.
fn looked_for(action: &Action) -> Option<(&Locator, Need, bool)> {
    match action {
        Action::Read { all, from, .. } => Some((from, Need::Read, *all)),
        Action::Expect(Expectation::Page(Condition::Locator(locator))) | Action::Wait(Condition::Locator(locator)) => {
            Some((locator, Need::Any, true))
        }
        Action::Expect(Expectation::Value { of, .. } | Expectation::Checked { of, .. }) => {
            Some((of, Need::Read, false))
        }
        _ => action.target().zip(need(action)).map(|(target, need)| (target, need, false)),
    }
}

//! `rinnova unfreeze`: a person has mended the cause; the account's attempts are whole again.

use jiff::Timestamp;

use crate::cli::Unfreeze;
use crate::command::{Context, Failure, give};
use crate::exit::Verdict;
use crate::renewal::custody::Custody;
use crate::report::plain::plain;
use crate::store::state::StateError;

/// Lets a frozen account go on.
///
/// # Errors
/// When another run has the account, or the state cannot be used.
pub fn unfreeze(asked: &Unfreeze, context: &Context) -> Result<Verdict, Failure> {
    let Unfreeze { who } = asked;
    let custody = Custody::take(&context.state_directory()?, who, "unfreeze", "");
    let custody = custody.map_err(|error| Failure { verdict: error.verdict(), message: error.to_string() })?;
    let budgets = custody.budgets();
    let state = custody.state();
    let unknown =
        || -> Result<bool, StateError> { Ok(state.runs(who, 1)?.is_empty() && state.budgets(who)?.is_empty()) };
    match budgets.frozen().map_err(Failure::invalid)? {
        None if unknown().map_err(Failure::invalid)? => {
            let next = "`rinnova status` tells which accounts there are";
            return Err(Failure::invalid(format!(
                "nothing is remembered of `{who}`, so that it is not frozen; {next}"
            )));
        }
        None => give(&format!("{who} was not frozen\n")),
        Some(frozen) => {
            budgets.unfreeze(Timestamp::now()).map_err(Failure::invalid)?;
            give(&format!("{who} may be used again; it was frozen since {}: {}\n", frozen.since, plain(&frozen.why)));
        }
    }
    Ok(Verdict::Done)
}

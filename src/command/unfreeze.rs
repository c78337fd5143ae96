//! `rinnova unfreeze`: a person has mended the cause; the account's attempts are whole again.

use jiff::Timestamp;

use crate::cli::Unfreeze;
use crate::command::{Context, Failure, chosen, give};
use crate::exit::Verdict;
use crate::renewal::custody::Custody;

/// Lets a frozen account go on.
///
/// # Errors
/// When another run has the account, or the state cannot be used.
pub fn unfreeze(asked: &Unfreeze, context: &Context) -> Result<Verdict, Failure> {
    let Unfreeze { who } = asked;
    let custody = Custody::take(&context.state_directory()?, who, "unfreeze", "");
    let custody = custody.map_err(|error| chosen::not_admitted(&error))?;
    let budgets = custody.budgets();
    match budgets.frozen().map_err(Failure::invalid)? {
        None => give(&format!("{who} was not frozen\n")),
        Some(frozen) => {
            budgets.unfreeze(Timestamp::now()).map_err(Failure::invalid)?;
            give(&format!("{who} may be used again; it was frozen since {}: {}\n", frozen.since, frozen.why));
        }
    }
    Ok(Verdict::Done)
}

//! `rinnova new`: a flow file to begin with.

use crate::cli::New;
use crate::command::{Failure, give};
use crate::exit::Verdict;
use crate::flow::{load, scaffold};
use crate::store;

/// Writes `NAME.toml`; never over a file that is there.
///
/// # Errors
/// When the name or the portal makes no valid flow, the file is there already, or it cannot be written.
pub fn new(asked: &New) -> Result<Verdict, Failure> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if asked.name.is_empty() || !asked.name.chars().all(plain) {
        return Err(Failure::invalid(format!(
            "`{}` is no name for a flow: lower-case letters, digits and `-`",
            asked.name
        )));
    }
    let path = asked.dir.join(format!("{}.toml", asked.name));
    if path.exists() {
        return Err(Failure::invalid(format!("`{}` is there already; nothing was written", path.display())));
    }
    let text = scaffold::text(&asked.name, &asked.portal);
    load::parse(&path.display().to_string(), &text).map_err(|error| Failure::invalid(error.render(false)))?;
    store::write(&path, text.as_bytes()).map_err(Failure::invalid)?;
    give(&format!("{}\n", path.display()));
    Ok(Verdict::Done)
}

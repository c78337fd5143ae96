//! `rinnova schema`: the JSON Schema of flow files on standard output.

use crate::command::Failure;
use crate::exit::Verdict;
use crate::flow::schema;

/// Prints the schema.
///
/// # Errors
/// When standard output is closed.
pub fn schema() -> Result<Verdict, Failure> {
    use std::io::Write;
    std::io::stdout().write_all(schema::text().as_bytes()).map_err(Failure::failed)?;
    Ok(Verdict::Done)
}

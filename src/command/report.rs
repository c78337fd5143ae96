//! `rinnova report`: the HTML report of a run, made again from its record.

use std::path::Path;

use crate::cli::Report;
use crate::command::{Failure, give, leaving};
use crate::exit::Verdict;
use crate::store;
use crate::vault;

/// Makes `report.html` in the run's folder and prints its path.
///
/// # Errors
/// When the record cannot be read or the report cannot be written or opened.
pub fn report(asked: &Report) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run.join("run.json")).map_err(Failure::invalid)?;
    let path = leaving::report(&record, None, &asked.run).map_err(Failure::invalid)?;
    give(&format!("{}\n", path.display()));
    if asked.open {
        open(&path)?;
    }
    Ok(Verdict::Done)
}

/// Opens a page in the desktop's browser.
///
/// # Errors
/// When nothing opens it.
pub fn open(page: &Path) -> Result<(), Failure> {
    let opened = vault::program("xdg-open").arg(page).spawn();
    opened.map(drop).map_err(|error| Failure::failed(format!("cannot open it: `xdg-open`: {error}")))
}

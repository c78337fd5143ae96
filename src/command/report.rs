//! `rinnova report`: the HTML report of a run, made again from its record.

use crate::cli::Report;
use crate::command::{Failure, give};
use crate::exit::Verdict;
use crate::report::html;
use crate::store;
use crate::vault;

/// Makes `report.html` in the run's folder and prints its path.
///
/// # Errors
/// When the record cannot be read or the report cannot be written or opened.
pub fn report(asked: &Report) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run.join("run.json")).map_err(Failure::invalid)?;
    let picture = |file: &str| store::shot_in(&asked.run, file);
    let html = html::html(&record, None, picture).map_err(Failure::failed)?;
    let path = asked.run.join("report.html");
    store::write(&path, html.as_bytes()).map_err(Failure::invalid)?;
    give(&format!("{}\n", path.display()));
    if asked.open {
        let opened = vault::program("xdg-open").arg(&path).spawn();
        opened.map_err(|error| Failure::failed(format!("cannot open it: `xdg-open`: {error}")))?;
    }
    Ok(Verdict::Done)
}

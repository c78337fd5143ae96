//! `rinnova explain`: what has changed on the portal since the flow's baseline, in words.

mod sides;

use self::sides::Before;
use crate::cli::Explain;
use crate::command::accept::{baseline_at, flow_file, plain_values, run_folder};
use crate::command::{Context, Failure, give, report};
use crate::drift::baseline::Baseline;
use crate::drift::{diagnosis, telling};
use crate::exit::Verdict;
use crate::record::Record;
use crate::report::explanation;
use crate::report::plain;
use crate::store;

/// Prints which step broke, what was expected and what is there, and all that has changed; or makes a page of it.
///
/// # Errors
/// When the run cannot be read, there is nothing to hold it against, or the page cannot be written.
pub fn explain(asked: &Explain, context: &Context) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run).map_err(Failure::invalid)?;
    let values = plain_values(&record, context)?;
    let (baseline, before) = against(asked, &record, &values)?;
    let diagnosis = diagnosis::of(&record, &baseline, &values);
    if let Some(file) = &asked.html {
        let folder = run_folder(&asked.run);
        let run = (&record, folder.as_path());
        let sides = sides::sides(&diagnosis, run, (&baseline, &before), &values);
        let page = explanation::html(&diagnosis, &record.flow_file, sides).map_err(Failure::failed)?;
        store::write(file, page.as_bytes()).map_err(Failure::invalid)?;
        give(&format!("{}\n", file.display()));
        if asked.open {
            report::open(file)?;
        }
    } else if asked.json {
        let json = serde_json::to_string_pretty(&diagnosis).map_err(|error| Failure::failed(error.to_string()))?;
        give(&format!("{}\n", plain::json(&json)));
    } else {
        give(&format!("{}\n", plain::plain_lines(&telling::text(&diagnosis, &record.flow_file))));
    }
    Ok(Verdict::Done)
}

fn against(asked: &Explain, record: &Record, values: &[String]) -> Result<(Baseline, Before), Failure> {
    if let Some(run) = &asked.against {
        let other = store::record(run).map_err(Failure::invalid)?;
        if other.flow != record.flow {
            let why = format!("the other run is one of `{}`, not of `{}`", other.flow, record.flow);
            return Err(Failure::invalid(why));
        }
        return Ok((Baseline::of(&other, values), Before::Run(Box::new(other), run_folder(run))));
    }
    let file = flow_file(asked.flow.as_deref(), record)?;
    let place = store::baseline_place(&file, &record.flow);
    let baseline = baseline_at(&place, &record.flow)?.ok_or_else(|| {
        Failure::invalid(format!(
            "the flow `{}` has no baseline: `rinnova accept` makes one of a run that went well, `--against` names a run",
            record.flow
        ))
    })?;
    Ok((baseline, Before::Baseline(place)))
}

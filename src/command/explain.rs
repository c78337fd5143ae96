//! `rinnova explain`: what has changed on the portal since the flow's baseline, in words.

use crate::cli::Explain;
use crate::command::accept::{baseline_at, flow_file, plain_values};
use crate::command::{Context, Failure, give};
use crate::drift::baseline::Baseline;
use crate::drift::{diagnosis, telling};
use crate::exit::Verdict;
use crate::record::Record;
use crate::report::plain::plain_lines;
use crate::store;

/// Prints which step broke, what was expected and what is there, and all that has changed.
///
/// # Errors
/// When the run cannot be read, or there is nothing to hold it against.
pub fn explain(asked: &Explain, context: &Context) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run).map_err(Failure::invalid)?;
    let values = plain_values(&record, context)?;
    let baseline = against(asked, &record, &values)?;
    let diagnosis = diagnosis::of(&record, &baseline, &values);
    if asked.json {
        let json = serde_json::to_string_pretty(&diagnosis);
        give(&format!("{}\n", json.map_err(|error| Failure::failed(error.to_string()))?));
    } else {
        give(&plain_lines(&telling::text(&diagnosis, &record.flow_file)));
    }
    Ok(Verdict::Done)
}

fn against(asked: &Explain, record: &Record, values: &[String]) -> Result<Baseline, Failure> {
    if let Some(other) = &asked.against {
        let other = store::record(other).map_err(Failure::invalid)?;
        if other.flow != record.flow {
            let why = format!("the other run is one of `{}`, not of `{}`", other.flow, record.flow);
            return Err(Failure::invalid(why));
        }
        return Ok(Baseline::of(&other, values));
    }
    let file = flow_file(asked.flow.as_deref(), record)?;
    let place = store::baseline_place(&file, &record.flow);
    baseline_at(&place, &record.flow)?.ok_or_else(|| {
        Failure::invalid(format!(
            "the flow `{}` has no baseline: `rinnova accept` makes one of a run that went well, `--against` names a run",
            record.flow
        ))
    })
}

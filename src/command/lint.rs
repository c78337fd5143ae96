//! `rinnova lint`: every fault of flow files, no browser; with `--mutate`, what their locators survive.

pub mod mutate;

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::Lint;
use crate::command::{Context, Failure, give, say};
use crate::drift::survival::{Survival, table};
use crate::exit::Verdict;
use crate::flow::fault::Fault;
use crate::flow::load::{self, LoadError};
use crate::flow::model::Flow;
use crate::report::plain::{json as harmless, plain_lines};
use crate::source::{Severity, Source};

use mutate::Play;

/// What was found of one file.
struct Checked {
    /// The drawing of its faults.
    text: String,
    /// The faults as data.
    faults: Vec<Value>,
    /// The flow; none where the file is refused.
    flow: Option<Flow>,
}

/// Checks the files.
///
/// # Errors
/// With `--mutate`, when a flow cannot be played.
pub async fn lint(asked: &Lint, context: &Context) -> Result<Verdict, Failure> {
    let checked: Vec<Checked> = asked.flows.iter().map(|path| check(path, context.colour())).collect();
    let refused = checked.iter().any(|checked| checked.flow.is_none());
    let mut broken = refused || (asked.strict && checked.iter().any(|checked| !checked.faults.is_empty()));
    if !asked.json {
        for (path, checked) in asked.flows.iter().zip(&checked) {
            if !checked.text.is_empty() {
                say(&checked.text);
            } else if !context.quiet {
                say(&format!("{}: no faults\n", path.display()));
            }
        }
    }
    // A file that is refused is mended first: the others are played then.
    let survivals = if asked.mutate && !refused { mutated(asked, &checked, context).await? } else { Vec::new() };
    broken |= asked.strict && survivals.iter().any(|(_, weak)| *weak);
    if asked.json {
        let mut all: Vec<Value> = asked
            .flows
            .iter()
            .zip(checked)
            .map(|(path, checked)| json!({ "file": path, "valid": checked.flow.is_some(), "faults": checked.faults }))
            .collect();
        for (file, (survival, _)) in all.iter_mut().zip(survivals) {
            file["mutation"] = survival;
        }
        give(&format!("{}\n", harmless(&Value::from(all).to_string())));
    }
    Ok(if broken { Verdict::Invalid } else { Verdict::Done })
}

/// Plays the flows, one after the other, once all of them are known to be playable: what their locators survive, as data, and
/// whether one is weak.
async fn mutated(asked: &Lint, checked: &[Checked], context: &Context) -> Result<Vec<(Value, bool)>, Failure> {
    let flows = asked.flows.iter().zip(checked).filter_map(|(path, checked)| Some((path, checked.flow.as_ref()?)));
    let plays = flows.map(|(path, flow)| Play::of(path, flow, asked, context)).collect::<Result<Vec<_>, _>>()?;
    let program = std::env::current_exe().map_err(Failure::failed)?;
    let mut found = Vec::new();
    for (path, play) in asked.flows.iter().zip(plays) {
        if !context.quiet && !asked.json {
            say(&format!("{}\n", play.told()));
        }
        let practice = mutate::portals().await?;
        let survivals = play.survivals(&practice, &program, &context.redactor).await;
        practice.stop().await;
        let survivals = survivals?;
        if !asked.json {
            say(&plain_lines(&table::table(&survivals, &path.display().to_string())));
            say("\n");
        }
        found.push((play.data(&survivals), survivals.iter().any(Survival::is_weak)));
    }
    Ok(found)
}

fn check(path: &Path, colour: bool) -> Checked {
    match load::load(path) {
        Ok(loaded) => {
            let source = &loaded.flow.source;
            let text = loaded.warnings.iter().map(|fault| fault.render(source, colour)).collect::<Vec<_>>().join("\n");
            let faults = loaded.warnings.iter().map(|fault| data(fault, source)).collect();
            Checked { text, faults, flow: Some(loaded.flow) }
        }
        Err(LoadError::Faults(faults)) => {
            let data = faults.list().iter().map(|fault| data(fault, faults.source())).collect();
            Checked { text: faults.render(colour), faults: data, flow: None }
        }
        Err(other) => {
            let faults = vec![json!({ "severity": "error", "title": other.to_string() })];
            Checked { text: other.render(colour), faults, flow: None }
        }
    }
}

fn data(fault: &Fault, source: &Source) -> Value {
    let start = source.position(fault.span.start);
    let severity = match fault.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({ "severity": severity, "title": fault.title(), "help": fault.help(), "line": start.line, "column": start.column,
        "context": fault.context })
}

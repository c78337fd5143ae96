//! `rinnova lint`: every fault of flow files, no browser.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::Lint;
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::flow::fault::Fault;
use crate::flow::load::{self, LoadError};
use crate::source::{Severity, Source};

/// Checks the files.
///
/// # Errors
/// When standard output is closed.
pub fn lint(asked: &Lint, context: &Context) -> Result<Verdict, Failure> {
    let mut broken = false;
    let mut all = Vec::new();
    for path in &asked.flows {
        let (text, faults, refused) = check(path, context.colour());
        broken |= refused || (asked.strict && !faults.is_empty());
        if asked.json {
            all.push(json!({ "file": path, "valid": !refused, "faults": faults }));
        } else if !text.is_empty() {
            say(&text);
        } else if !context.quiet {
            say(&format!("{}: no faults\n", path.display()));
        }
    }
    if asked.json {
        give(&format!("{}\n", Value::from(all)));
    }
    Ok(if broken { Verdict::Invalid } else { Verdict::Done })
}

/// The drawing of a file's faults, the faults as data, and whether the file is refused.
fn check(path: &Path, colour: bool) -> (String, Vec<Value>, bool) {
    match load::load(path) {
        Ok(loaded) => {
            let source = &loaded.flow.source;
            let text = loaded.warnings.iter().map(|fault| fault.render(source, colour)).collect::<Vec<_>>().join("\n");
            (text, loaded.warnings.iter().map(|fault| data(fault, source)).collect(), false)
        }
        Err(LoadError::Faults(faults)) => {
            let data = faults.list().iter().map(|fault| data(fault, faults.source())).collect();
            (faults.render(colour), data, true)
        }
        Err(other) => (other.render(colour), vec![json!({ "severity": "error", "title": other.to_string() })], true),
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

//! The last lines of a run on the console.

use super::plain::{duration, plain};
use crate::record::{Mismatch, Record};

/// So many lines at most tell what no longer fits.
const MOST: usize = 5;

/// How the run ended, why, what to do, what was read, what no longer fits, and where its folder is. The record has passed the redactor.
#[must_use]
pub fn summary(record: &Record, folder: &str) -> String {
    let (flow, task) = (plain(&record.flow), plain(&record.task));
    let mut lines = vec![format!("{}  {flow} {task}  {}", record.verdict, duration(record.took_ms))];
    lines.extend(record.reason.iter().map(|reason| format!("  {}", plain(reason))));
    lines.extend(record.advice.iter().map(|advice| format!("  next: {}", plain(advice))));
    for (name, readings) in &record.outputs {
        let (Some(first), Some(last)) = (readings.first(), readings.last()) else { continue };
        let shown = |value: &serde_json::Value| match value.as_str() {
            Some(text) => plain(text).into_owned(),
            None => plain(&value.to_string()).into_owned(),
        };
        let change = if first.value == last.value { String::new() } else { format!(" (was {})", shown(&first.value)) };
        lines.push(format!("  {}: {}{change}", plain(name), shown(&last.value)));
    }
    for (secret, input) in record.in_force.iter().filter(|(secret, input)| secret != input) {
        lines.push(format!("  from now on `{}` is what input `{}` holds", plain(secret), plain(input)));
    }
    lines.extend(drift(&record.mismatches(), folder));
    if record.flags.withheld {
        lines.push("  a picture was withheld because its covering could not be verified".to_owned());
    }
    lines.push(format!("  {folder}"));
    lines.push(String::new());
    lines.join("\n")
}

/// What no longer fits, one line each; where there are too many, the last line says how many more.
fn drift(all: &[Mismatch], folder: &str) -> Vec<String> {
    let shown = if all.len() > MOST { MOST - 1 } else { all.len() };
    let line = |it: &Mismatch| {
        let line = it.line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("  drift: {}{line}: {}", plain(&it.stage), plain(&it.says))
    };
    let mut lines: Vec<String> = all[..shown].iter().map(line).collect();
    if all.len() > shown {
        lines.push(format!("  drift: and {} more; `rinnova explain {}` tells all", all.len() - shown, plain(folder)));
    }
    lines
}

//! The record as `JUnit` XML: one test case a stage, so that a build server shows where a run ended.

use std::fmt::Write as _;

use super::tone::{self, Tone};
use crate::record::{Failure, Outcome, Record, StageRecord, StepRecord};

/// The record as a `JUnit` file. The record has passed the redactor.
#[must_use]
pub fn junit(record: &Record) -> String {
    let good = tone::of_verdict(record.verdict) == Tone::Good;
    let mut cases: Vec<String> = record.stages.iter().map(|stage| case(record, stage, good)).collect();
    let failed = |case: &&String| case.contains("<failure ");
    if !good && !cases.iter().any(|case| failed(&case)) {
        cases.push(ending(record));
    }
    let failures = cases.iter().filter(failed).count();
    let skipped = cases.iter().filter(|case| case.contains("<skipped/>")).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{}\"",
        cases.len(),
        seconds(record.took_ms)
    );
    let suite = attribute(&format!("{}.{}", record.flow, record.task));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"rinnova\" {counts}>");
    let _ = writeln!(
        xml,
        "<testsuite name=\"{suite}\" timestamp=\"{}\" {counts}>",
        record.started.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    xml.push_str(&properties(record));
    xml.extend(cases);
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn properties(record: &Record) -> String {
    let environment = &record.environment;
    let properties = [
        ("verdict", record.verdict.name().to_owned()),
        ("exit-code", record.exit_code.to_string()),
        ("portal", record.portal.clone()),
        ("account", record.account.clone().unwrap_or_default()),
        ("browser", format!("{} {}", environment.browser, environment.browser_version)),
        ("rinnova", environment.rinnova.clone()),
        ("flow-digest", record.flow_digest.clone()),
        ("drift", record.flags.drift.to_string()),
        ("healed", record.flags.healed.to_string()),
        ("interrupts", record.flags.interrupts.to_string()),
        ("withheld", record.flags.withheld.to_string()),
    ];
    let mut xml = String::from("<properties>\n");
    for (name, value) in properties.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let _ = writeln!(xml, "<property name=\"{name}\" value=\"{}\"/>", attribute(value));
    }
    xml.push_str("</properties>\n");
    xml
}

fn case(record: &Record, stage: &StageRecord, good: bool) -> String {
    let mut xml = opening(record, &stage.name, stage.took_ms);
    let reason = record.reason.as_deref().unwrap_or_default();
    match (stage.outcome, failure(&stage.steps)) {
        (_, Some((step, failure))) => {
            let mut text = format!("{}\nline {} of the flow", step.sentence, step.line);
            for line in failure.page.iter().chain(&failure.explanation) {
                text.push('\n');
                text.push_str(line);
            }
            xml.push_str(&failed(&failure.kind, &failure.message, &text));
        }
        (Outcome::Skipped, None) => xml.push_str("<skipped/>\n"),
        (Outcome::Failed | Outcome::Unknown, None) => {
            xml.push_str(&failed(record.verdict.name(), reason, &stage.title));
        }
        (Outcome::State, None) if !good => xml.push_str(&failed(record.verdict.name(), reason, &stage.title)),
        _ => {}
    }
    xml.push_str("</testcase>\n");
    xml
}

/// The case that carries a bad end which no stage shows.
fn ending(record: &Record) -> String {
    let reason = record.reason.as_deref().unwrap_or_default();
    let mut xml = opening(record, "run", record.took_ms);
    xml.push_str(&failed(record.verdict.name(), reason, record.advice.as_deref().unwrap_or_default()));
    xml.push_str("</testcase>\n");
    xml
}

fn opening(record: &Record, name: &str, took_ms: u64) -> String {
    let class = attribute(&format!("{}.{}", record.flow, record.task));
    format!("<testcase classname=\"{class}\" name=\"{}\" time=\"{}\">\n", attribute(name), seconds(took_ms))
}

fn failed(kind: &str, message: &str, text: &str) -> String {
    format!("<failure type=\"{}\" message=\"{}\">{}</failure>\n", attribute(kind), attribute(message), escape(text))
}

/// The innermost step that failed.
fn failure(steps: &[StepRecord]) -> Option<(&StepRecord, &Failure)> {
    steps.iter().find_map(|step| failure(&step.steps).or_else(|| step.failure.as_ref().map(|failure| (step, failure))))
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Text for between tags. What XML 1.0 cannot hold is left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|&c| allowed(c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Needed after `]]`, harmless elsewhere.
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}

/// Text for an attribute: one line.
fn attribute(text: &str) -> String {
    escape(&super::plain::plain(text))
}

/// `Char` of XML 1.0 without the C1 controls, and without the noncharacters at the end of the plane.
fn allowed(c: char) -> bool {
    c == '\n'
        || (!c.is_control()
            && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

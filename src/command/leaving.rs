//! What a run leaves when it is over: record, reports, what people and machines are told.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::command::{Failure, give};
use crate::flow::model::Flow;
use crate::flow::step::Step;
use crate::record::{Record, StepRecord};
use crate::report::plain::{json as harmless, plain};
use crate::report::{html, junit};
use crate::source::{Note, Position, Severity};
use crate::store::{self, RunFolder, StoreError};

/// A run that took place.
#[derive(Debug)]
pub struct Attempted {
    /// Its record, as written.
    pub record: Record,
    /// Its folder.
    pub folder: PathBuf,
}

/// Writes record and reports; gives them as written, and the excerpt as it may be shown. A file that cannot be written
/// changes no verdict: what was sent stays sent. It is told in the last list.
#[must_use]
pub fn leave(
    record: &Record,
    excerpt: Option<&str>,
    folder: &RunFolder,
    junit_file: Option<&Path>,
) -> (Attempted, String, Vec<String>) {
    let mut lost = Vec::new();
    let record = folder.covered_record(record);
    let excerpt = folder.covered(excerpt.unwrap_or_default());
    let shown = Some(excerpt.as_str()).filter(|text| !text.is_empty());
    lost.extend(folder.finish(&record).err().map(|error| error.to_string()));
    lost.extend(report(&record, shown, folder.path()).err().map(|error| error.to_string()));
    if let Some(file) = junit_file {
        lost.extend(store::write(file, junit::junit(&record).as_bytes()).err().map(|error| error.to_string()));
    }
    (Attempted { record, folder: folder.path().to_owned() }, excerpt, lost)
}

/// Makes `report.html` in a run's folder, from its record as written, and gives its path.
///
/// # Errors
/// When it cannot be written.
pub fn report(record: &Record, excerpt: Option<&str>, folder: &Path) -> Result<PathBuf, StoreError> {
    let run = folder.to_owned();
    store::report_in(folder, |out| html::html(record, excerpt, move |file| store::shot_in(&run, file), out))
}

/// Standard output is data: the record as JSON when asked for, else the folder's path.
///
/// # Errors
/// When the record cannot be written as JSON.
pub fn print(attempted: &Attempted, json: bool) -> Result<(), Failure> {
    if json {
        give(&format!("{}\n", harmless(&serde_json::to_string(&attempted.record).map_err(Failure::failed)?)));
    } else {
        give(&format!("{}\n", attempted.folder.display()));
    }
    Ok(())
}

/// The flow's line that failed, drawn with its explanation. What the page says in it cannot steer a terminal.
#[must_use]
pub fn excerpt(record: &Record, flow: &Flow) -> Option<String> {
    let stage = record.stages.iter().rev().find(|stage| stage.steps.iter().any(|step| step.failure.is_some()))?;
    let failed = deepest(&stage.steps)?;
    let failure = failed.failure.as_ref()?;
    let wanted = Position { line: failed.line, column: failed.column };
    let mut steps = flow.stages.iter().flat_map(|stage| &stage.steps);
    let span = steps.find_map(|step| standing_at(step, wanted, flow))?;
    let context = format!("stage \"{}\"", stage.id);
    let title = plain(&failure.message);
    let note =
        Note { severity: Severity::Error, title: &title, span, context: Some(&context), label: "", hidden: false };
    let mut text = flow.source.draw(&note, false);
    for told in &failure.explanation {
        for (at, line) in told.lines().enumerate() {
            text.push_str(&format!("   {} {}\n", if at == 0 { '=' } else { ' ' }, plain(line)));
        }
    }
    if let Some(page) = &failure.page {
        text.push_str(&format!("   = page: {}\n", plain(page)));
    }
    Some(text)
}

/// The span of the step, or of one inside it, that begins at this place of the flow.
fn standing_at(step: &Step, wanted: Position, flow: &Flow) -> Option<Range<usize>> {
    if flow.source.position(step.span.start) == wanted {
        return Some(step.span.clone());
    }
    step.action.inner().find_map(|step| standing_at(step, wanted, flow))
}

fn deepest(steps: &[StepRecord]) -> Option<&StepRecord> {
    let step = steps.iter().rev().find(|step| step.failure.is_some())?;
    deepest(&step.steps).or(Some(step))
}

/// A report that could only fail to be written when all is done is told before anything is.
///
/// # Errors
/// When its folder is not there.
pub fn junit_has_a_place(file: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() && !file.is_dir() {
        return Ok(());
    }
    Err(Failure::invalid(format!("--junit: `{}` cannot be a file: make its folder first", file.display())))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::excerpt;
    use crate::exit::Verdict;
    use crate::flow::load;
    use crate::record::{Environment, FORMAT, Failure, Flags, Outcome, Record, StageRecord, StepRecord};

    const FLOW: &str = "format = 1\ntitle = \"T\"\nportal = \"https://x.example\"\nlanguage = \"it\"\n[task.t]\n\
                        stages = [\"s\"]\n[[stage]]\nid = \"s\"\ntitle = \"S\"\nsteps = [\n{ open = \"/\" },\n]\n";

    #[test]
    fn what_a_page_says_cannot_steer_the_terminal() {
        let flow = load::parse("t.toml", FLOW).expect("a flow").flow;
        let at = flow.source.position(flow.stages[0].steps[0].span.start);
        let text = || "red\u{1b}[31m\u{9b}2J\u{202e}".to_owned();
        let failure = Failure {
            kind: "timeout".into(),
            message: text(),
            explanation: vec![text()],
            page: Some(text()),
            structure: None,
            elements: Vec::new(),
        };
        let step = StepRecord {
            sentence: text(),
            action: "open".into(),
            line: at.line,
            column: at.column,
            outcome: Outcome::Failed,
            commit: None,
            agreed: None,
            locator: None,
            looked_for: None,
            known: None,
            healed: None,
            began_ms: 0,
            took_ms: 1,
            failure: Some(failure),
            steps: Vec::new(),
        };
        let stage = StageRecord {
            id: "s".into(),
            name: "s".into(),
            title: "S".into(),
            outcome: Outcome::Failed,
            began_ms: 0,
            took_ms: 1,
            steps: vec![step],
            shots: Vec::new(),
            outline: None,
        };
        let record = Record {
            format: FORMAT,
            flow: "t".into(),
            title: "T".into(),
            flow_digest: String::new(),
            flow_file: String::new(),
            task: "t".into(),
            account: None,
            portal: String::new(),
            verdict: Verdict::Changed,
            reason: None,
            advice: None,
            exit_code: 5,
            flags: Flags::default(),
            started: Timestamp::UNIX_EPOCH,
            took_ms: 1,
            environment: Environment::default(),
            in_force: [].into(),
            outputs: [].into(),
            changes: Vec::new(),
            stages: vec![stage],
        };
        let shown = excerpt(&record, &flow).expect("an excerpt");
        assert_eq!(shown.matches("red[31m2J").count(), 3, "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{shown:?}");
    }
}

//! What people and programs are told of a guide that was made or checked.

use std::path::Path;

use serde_json::{Value, json};

use super::Wanted;
use super::making::Made;
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::guide::edition::{Changed, Rewrite};
use crate::report::difference::{self, Difference};
use crate::report::plain;
use crate::store;

/// The version of what is printed as JSON.
const FORMAT: u32 = 1;

/// Says what was written. Standard output is data: the guide's documents, a path each, or all of it as JSON.
///
/// # Errors
/// Never at present; what is printed may fail one day.
pub(super) fn written(wanted: &Wanted, made: &Made, as_json: bool, context: &Context) -> Result<(), Failure> {
    if made.untagged {
        say(
            "warning: without Chromium the PDFs have no tags and no outline, by which they are read aloud and leafed through\n",
        );
    }
    for file in &made.left {
        say(&format!(
            "warning: `{file}` is no part of the guide any more, but was edited after it was made: it stays\n"
        ));
    }
    if !context.quiet {
        let as_they_were = kept(made);
        let (written, gone) = (made.rewrites.len(), made.gone.len());
        let removed = if gone == 0 { String::new() } else { format!(", {gone} removed") };
        say(&format!(
            "guide of `{}`: {written} files written{removed}, {as_they_were} stay as they are\n",
            wanted.flow.name
        ));
    }
    if as_json {
        return print(&data(wanted, made, Verdict::Done, None));
    }
    for form in &wanted.forms {
        for language in &wanted.languages {
            for format in &wanted.formats {
                give(&format!("{}\n", wanted.folder.join(wanted.document(*form, language, *format)).display()));
            }
        }
    }
    if let Some(splice) = &wanted.splice {
        give(&format!("{}\n", splice.path.display()));
    }
    Ok(())
}

/// Says what is different, and makes a page of it.
///
/// # Errors
/// When the page cannot be made or written.
pub(super) fn checked(
    wanted: &Wanted,
    made: &Made,
    report: &Path,
    as_json: bool,
    context: &Context,
) -> Result<Verdict, Failure> {
    if !made.is_read_otherwise() {
        if as_json {
            print(&data(wanted, made, Verdict::Done, None))?;
        } else if !context.quiet {
            say(&format!("the guide of `{}` is what would be made\n", wanted.flow.name));
        }
        return Ok(Verdict::Done);
    }
    let differences: Vec<Difference<'_>> = made.rewrites.iter().map(difference).collect();
    let said = made.edition.texts.iter().flat_map(|(language, text)| {
        text.changes.iter().filter_map(move |change| sentence(change).map(|said| (language.clone(), said)))
    });
    let mut said: Vec<(String, String)> = said.collect();
    if !made.rewrites.iter().any(|rewrite| rewrite.why.is_seen()) && !new_edition(wanted, made) {
        // What had changed before the edition that is there is no news.
        said.clear();
    }
    let since = wanted.old.as_ref().map(|old| old.verified.day.to_string()).unwrap_or_default();
    let page = difference::html(&wanted.flow.name, &since, &differences, &said, &made.gone).map_err(Failure::failed)?;
    store::write(report, page.as_bytes()).map_err(Failure::invalid)?;
    if as_json {
        print(&data(wanted, made, Verdict::Changed, Some(report)))?;
        return Ok(Verdict::Changed);
    }
    for Rewrite { file, why, .. } in &made.rewrites {
        give(&format!("{file}: {}\n", why.told()));
    }
    for file in &made.gone {
        give(&format!("{file}: is no part of the guide any more\n"));
    }
    if let Some(splice) = wanted.splice.as_ref().filter(|_| made.spliced.is_some()) {
        give(&format!("{}: says something else\n", splice.path.display()));
    }
    for (language, said) in &said {
        say(&format!("{language}: {}\n", plain::plain(said)));
    }
    say(&format!(
        "the guide of `{}` is not what would be made; before and now: {}\n",
        wanted.flow.name,
        report.display()
    ));
    Ok(Verdict::Changed)
}

/// The edition there is does not go on: it says or shows something else.
fn new_edition(wanted: &Wanted, made: &Made) -> bool {
    wanted.old.as_ref().is_none_or(|old| {
        made.edition
            .texts
            .iter()
            .any(|(language, text)| old.texts.get(language).is_some_and(|before| before.sections != text.sections))
    })
}

fn difference(rewrite: &Rewrite) -> Difference<'_> {
    let is_picture = Path::new(&rewrite.file).extension().is_some_and(|ending| ending == "png");
    Difference {
        file: &rewrite.file,
        why: rewrite.why.told(),
        before: rewrite.before.as_deref().filter(|_| is_picture),
        now: Some(rewrite.bytes.as_slice()).filter(|_| is_picture),
    }
}

/// A change in words; of a picture there is none.
fn sentence(change: &Changed) -> Option<String> {
    Some(match change {
        Changed::Added { title, .. } => format!("new section “{title}”"),
        Changed::Removed { title } => format!("section “{title}” is gone"),
        Changed::Renamed { before, now, .. } => format!("section “{before}” is now “{now}”"),
        Changed::Sentence { title, before: Some(before), now: Some(now), .. } => {
            format!("{title}: “{before}” is now “{now}”")
        }
        Changed::Sentence { title, before: Some(before), .. } => format!("{title}: “{before}” is gone"),
        Changed::Sentence { title, now: Some(now), .. } => format!("{title}: new “{now}”"),
        Changed::Sentence { .. } | Changed::Picture { .. } => return None,
    })
}

/// How many files stay as they are.
fn kept(made: &Made) -> usize {
    let all = made.edition.pictures.len() + made.edition.files.len() + 1;
    all - made.rewrites.len().min(all)
}

fn data(wanted: &Wanted, made: &Made, verdict: Verdict, report: Option<&Path>) -> Value {
    let written = |rewrite: &Rewrite| json!({ "file": rewrite.file, "why": rewrite.why.told() });
    let changes: serde_json::Map<String, Value> =
        made.edition.texts.iter().map(|(language, text)| (language.clone(), json!(text.changes))).collect();
    json!({
        "format": FORMAT,
        "flow": wanted.flow.name,
        "task": wanted.task.name,
        "verdict": verdict.name(),
        "verified": made.edition.verified,
        "written": made.rewrites.iter().map(written).collect::<Vec<_>>(),
        "removed": made.gone,
        "kept": kept(made),
        "spliced": made.spliced.is_some(),
        "changes": changes,
        "report": report.map(|path| path.display().to_string()),
    })
}

fn print(data: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(data).map_err(Failure::failed)?;
    give(&format!("{}\n", plain::json(&text)));
    Ok(())
}

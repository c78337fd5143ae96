//! `rinnova guide`: the instruction documents of a flow, made of a run with a persona. What can be wrong is told before a browser
//! starts; the guide that is there stays until the new one is whole.

mod making;
mod origin;
mod telling;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use self::making::Made;
use crate::cli::{Guide, GuideForm, GuideFormat, GuideUpdate};
use crate::command::{Context, Failure, attempt, chosen};
use crate::exit::Verdict;
use crate::flow::load;
use crate::flow::model::{Flow, Task};
use crate::guide::compile::{self, Form, Material, Origin};
use crate::guide::document::Document;
use crate::guide::drawing::Drawing;
use crate::guide::edition::{Changed, Edition, MANIFEST, Update, Verification};
use crate::guide::splice;
use crate::record::{Outcome, StageRecord};
use crate::stop;
use crate::store;

/// What is to be made, with all that can be known of it beforehand.
#[derive(Debug)]
struct Wanted {
    file: PathBuf,
    flow: Flow,
    task: Task,
    folder: PathBuf,
    languages: Vec<String>,
    formats: Vec<GuideFormat>,
    forms: Vec<GuideForm>,
    update: Update,
    check: bool,
    /// The edition that is there.
    old: Option<Edition>,
    splice: Option<Splice>,
}

/// A document of the user's own that takes the guide up.
#[derive(Debug)]
struct Splice {
    path: PathBuf,
    text: String,
    /// How the guide's folder is reached from it.
    way: String,
}

/// Makes the guide, or checks it.
///
/// # Errors
/// When something is wrong with what was asked for, the run does not come to its end, or the guide cannot be written; the one
/// before stands as it was.
pub async fn guide(asked: Guide, context: &Context) -> Result<Verdict, Failure> {
    let wanted = Arc::new(Wanted::of(&asked, context)?);
    let taken = Arc::new(origin::take(&wanted, &asked, context).await?);
    let (stopper, stop) = stop::channel();
    let signals = attempt::signals(stopper);
    let made = making::make(&wanted, &taken, &stop).await;
    signals.abort();
    let made = made?;
    if wanted.check {
        let report = asked.html.clone().unwrap_or_else(|| PathBuf::from(format!("{}-check.html", wanted.flow.name)));
        return telling::checked(&wanted, &made, &report, asked.json, context);
    }
    refuse_losses(&made)?;
    if made.differs() {
        let files: Vec<(String, Vec<u8>)> =
            made.rewrites.iter().map(|rewrite| (rewrite.file.clone(), rewrite.bytes.clone())).collect();
        let spliced = wanted.splice.as_ref().zip(made.spliced.as_ref());
        let spliced = spliced.map(|(splice, text)| (splice.path.as_path(), text.as_bytes()));
        store::write_guide(&wanted.folder, &files, &made.gone, spliced).map_err(Failure::invalid)?;
    }
    telling::written(&wanted, &made, asked.json, context)?;
    Ok(Verdict::Done)
}

/// What somebody has written into a guide's file is not lost unasked.
fn refuse_losses(made: &Made) -> Result<(), Failure> {
    let lost = made.rewrites.iter().filter(|rewrite| rewrite.why.loses());
    let lost: Vec<String> = lost.map(|rewrite| format!("  `{}` {}", rewrite.file, rewrite.why.told())).collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "the guide was not written, as this would be lost:\n{}\nput own words into the flow, or the guide into a document of your own \
         with --splice; move these files away, or write over what was edited with `--update all`",
        lost.join("\n")
    )))
}

impl Wanted {
    fn of(asked: &Guide, context: &Context) -> Result<Self, Failure> {
        let loaded = load::load(&asked.flow).map_err(|error| Failure::invalid(error.render(context.colour())))?;
        let flow = loaded.flow;
        let task = chosen::task_named(&flow, asked.task.as_deref())?.clone();
        let old = edition_at(&asked.out, &flow.name, &task.name)?;
        if asked.check && old.is_none() {
            let folder = asked.out.display();
            return Err(Failure::invalid(format!(
                "there is no guide in `{folder}`: made without --check, it can be checked"
            )));
        }
        let had = old.as_ref().map(Had::of).unwrap_or_default();
        let languages = match (asked.lang.as_slice(), &old) {
            ([], Some(old)) => old.texts.keys().cloned().collect(),
            ([], None) => compile::languages(&flow),
            (named, _) => each_once(named),
        };
        let formats = match (asked.format.as_slice(), had.formats.as_slice()) {
            ([], _) if asked.splice.is_some() => Vec::new(),
            ([], []) => vec![GuideFormat::Md, GuideFormat::Html, GuideFormat::Pdf, GuideFormat::Docx],
            ([], had) => had.to_vec(),
            (named, _) => each_once(named),
        };
        let forms = match (asked.edition.as_slice(), had.forms.as_slice()) {
            ([], []) => vec![GuideForm::Whole],
            ([], had) => had.to_vec(),
            (named, _) => each_once(named),
        };
        // Its language and its prose can be told to be missing before there is a picture.
        let stages = as_if_entered(&task);
        for language in &languages {
            let material = material(&flow, &task, &stages, Origin::Practice);
            compile::document(&material, &[], language, Form::Whole).map_err(Failure::invalid)?;
        }
        let splice = asked.splice.as_deref().map(|path| spliced(path, asked, (&languages, &forms))).transpose()?;
        if !asked.check {
            store::guide_has_a_place(&asked.out)
                .map_err(|error| Failure::invalid(format!("{error}; name another folder with --out")))?;
        }
        let update = match asked.update {
            GuideUpdate::Changed => Update::Changed,
            GuideUpdate::Missing => Update::Missing,
            GuideUpdate::All => Update::All,
        };
        let (file, folder) = (asked.flow.clone(), asked.out.clone());
        Ok(Self { file, flow, task, folder, languages, formats, forms, update, check: asked.check, old, splice })
    }

    /// What a document is called: `mysign-checklist.it.md`.
    fn document(&self, form: GuideForm, language: &str, format: GuideFormat) -> String {
        let short = if form == GuideForm::Checklist { "-checklist" } else { "" };
        format!("{}{short}.{language}.{}", self.flow.name, ending(format))
    }

    /// The document of this form in a language, with these stages.
    fn compiled(
        &self,
        stages: &[StageRecord],
        drawings: &[Drawing],
        (form, language): (GuideForm, &str),
        (origin, verified, changes): (Origin, Option<&Verification>, &[Changed]),
    ) -> Result<Document, Failure> {
        let form = match form {
            GuideForm::Whole => Form::Whole,
            GuideForm::Checklist => Form::Checklist,
        };
        let material = Material { verified, changes, ..material(&self.flow, &self.task, stages, origin) };
        compile::document(&material, drawings, language, form).map_err(Failure::invalid)
    }
}

fn material<'a>(flow: &'a Flow, task: &'a Task, stages: &'a [StageRecord], origin: Origin) -> Material<'a> {
    Material { flow, task, stages, origin, verified: None, changes: &[] }
}

fn ending(format: GuideFormat) -> &'static str {
    match format {
        GuideFormat::Md => "md",
        GuideFormat::Html => "html",
        GuideFormat::Pdf => "pdf",
        GuideFormat::Docx => "docx",
    }
}

fn each_once<T: Clone + PartialEq>(named: &[T]) -> Vec<T> {
    let mut once: Vec<T> = Vec::new();
    for one in named {
        if !once.contains(one) {
            once.push(one.clone());
        }
    }
    once
}

/// The formats and forms of the edition that is there.
#[derive(Default)]
struct Had {
    formats: Vec<GuideFormat>,
    forms: Vec<GuideForm>,
}

impl Had {
    fn of(old: &Edition) -> Self {
        let files: BTreeSet<&str> = old.files.iter().map(|made| made.file.as_str()).collect();
        let of_guide = |file: &&&str| file.starts_with(old.flow.as_str()) && !file.contains('/');
        let ends = |format: GuideFormat| {
            files.iter().filter(of_guide).any(|file| file.ends_with(&format!(".{}", ending(format))))
        };
        let begins = |start: String| files.iter().any(|file| file.starts_with(&start));
        let mut had = Self {
            formats: vec![GuideFormat::Md, GuideFormat::Html, GuideFormat::Pdf, GuideFormat::Docx],
            forms: Vec::new(),
        };
        had.formats.retain(|format| ends(*format));
        if begins(format!("{}.", old.flow)) {
            had.forms.push(GuideForm::Whole);
        }
        if begins(format!("{}-checklist.", old.flow)) {
            had.forms.push(GuideForm::Checklist);
        }
        had
    }
}

/// The edition in a folder, if there is one.
fn edition_at(folder: &Path, flow: &str, task: &str) -> Result<Option<Edition>, Failure> {
    let Some(bytes) = store::guide_file(folder, MANIFEST).map_err(Failure::invalid)? else { return Ok(None) };
    let path = folder.join(MANIFEST);
    let wrong = |why: String| Failure::invalid(format!("`{}`: {why}", path.display()));
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is damaged: it is no text".into()))?;
    Edition::read(flow, task, &text).map(Some).map_err(|error| wrong(error.to_string()))
}

/// The stages of a task as if a run had entered them.
fn as_if_entered(task: &Task) -> Vec<StageRecord> {
    let entered = |id: &String| StageRecord {
        id: id.clone(),
        name: id.clone(),
        title: String::new(),
        outcome: Outcome::Passed,
        began_ms: 0,
        took_ms: 0,
        steps: Vec::new(),
        shots: Vec::new(),
        outline: None,
    };
    task.stages.iter().map(entered).collect()
}

/// The document that takes the guide up: it is there, has its marks, and takes one language and one form.
fn spliced(path: &Path, asked: &Guide, (languages, forms): (&[String], &[GuideForm])) -> Result<Splice, Failure> {
    let wrong = |why: String| Failure::invalid(format!("--splice: `{}`: {why}", path.display()));
    if languages.len() > 1 || forms.len() > 1 {
        let why = "it takes up one guide: name one language with --lang, and one edition";
        return Err(wrong(format!("{why} (there are {})", languages.join(", "))));
    }
    if !path.extension().is_some_and(|ending| ending == "md" || ending == "markdown") {
        return Err(wrong("it is no Markdown document (`.md`)".into()));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    splice::splice(&text, "").map_err(|error| wrong(error.to_string()))?;
    let around = path.canonicalize().map_err(|error| wrong(error.to_string()))?;
    let folder = std::path::absolute(&asked.out).map_err(|error| wrong(error.to_string()))?;
    let folder = folder.canonicalize().unwrap_or(folder);
    let way = way(around.parent().unwrap_or(Path::new("/")), &folder);
    Ok(Splice { path: path.to_owned(), text, way })
}

/// How a folder is reached from another, as a link says it; empty where they are one.
fn way(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from[shared..].iter().map(|_| "..".to_owned());
    let down = to[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).map(|part| part + "/").collect()
}

/// The day of a moment, in the portal's zone.
fn day_of(moment: jiff::Timestamp, flow: &Flow) -> Date {
    moment.to_zoned(flow.timezone.clone()).date()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Had, way};
    use crate::cli::{GuideForm, GuideFormat};
    use crate::guide::edition::{Edition, FORMAT, Made, Verification};

    #[test]
    fn a_folder_is_reached_from_another() {
        for (from, to, expected) in [
            ("/a/docs", "/a/docs", ""),
            ("/a", "/a/docs/mysign", "docs/mysign/"),
            ("/a/site/pages", "/a/docs", "../../docs/"),
        ] {
            assert_eq!(way(Path::new(from), Path::new(to)), expected);
        }
    }

    #[test]
    fn what_is_there_tells_what_is_made_again() {
        let made = |file: &str| Made { file: file.into(), source: None, digest: String::new() };
        let edition = Edition {
            format: FORMAT,
            flow: "mysign".into(),
            flow_digest: String::new(),
            task: "renew".into(),
            verified: Verification {
                day: jiff::civil::date(2026, 1, 1),
                browser: String::new(),
                version: String::new(),
                portal: String::new(),
            },
            since: None,
            texts: [].into(),
            pictures: Vec::new(),
            files: ["mysign-checklist.it.pdf", "redaction.md"].map(made).into(),
        };
        let had = Had::of(&edition);
        assert_eq!((had.formats, had.forms), (vec![GuideFormat::Pdf], vec![GuideForm::Checklist]));
    }
}

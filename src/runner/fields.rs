//! Steps that put something into the page: fields, boxes, menus, files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::browser::answer::Answer;
use crate::browser::page::Required;
use crate::browser::script::{Content, Need};
use crate::exit::Verdict;
use crate::flow::step::{Template, Value};
use crate::locator::{Locator, Text};
use crate::runner::codes;
use crate::runner::ending::{Halt, of_page_error};
use crate::runner::look::{Question, ask};
use crate::runner::run::Run;
use crate::runner::step::{Notes, locate, met, note, render, unexpected};
use crate::runner::{staging, standing};
use crate::secret::Secret;

/// So many characters of what was agreed to are kept to know a box by.
const WORDS: usize = 8000;

pub(super) async fn fill(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Value,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    staging::filled(run, field, Need::Fill, with);
    let answer = match typed(run, field, with, limit, notes).await? {
        Typed::Plain(text) => ask(run, Question::Fill(field, Content::Plain(&text)), limit).await?,
        Typed::Secret(secret) => {
            standing::spend(run, with)?;
            let origins = run.job.origins();
            ask(run, Question::Fill(field, Content::Secret(&secret, &origins)), limit).await?
        }
    };
    typed_answer(run, answer, field, notes)
}

pub(super) async fn type_into(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Value,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    staging::filled(run, field, Need::Focus, with);
    let answer = match typed(run, field, with, limit, notes).await? {
        Typed::Plain(text) => ask(run, Question::Type(field, Content::Plain(&text)), limit).await?,
        Typed::Secret(secret) => {
            standing::spend(run, with)?;
            let origins = run.job.origins();
            ask(run, Question::Type(field, Content::Secret(&secret, &origins)), limit).await?
        }
    };
    typed_answer(run, answer, field, notes)
}

enum Typed {
    Plain(String),
    Secret(Secret),
}

/// The value that goes into a field. A code is asked for only once its field is there.
async fn typed(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Value,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Typed, Halt> {
    match with {
        Value::Plain(template) => Ok(Typed::Plain(render(run, template)?)),
        Value::Secret(name) => {
            run.course.remember_secret_field(field);
            let secret = run.job.vault.secret(name).cloned();
            secret.map(Typed::Secret).ok_or_else(|| {
                Halt::failed(Verdict::Invalid, "value", format!("input `{name}` has no value"), Vec::new())
            })
        }
        Value::Code(name) => {
            run.course.remember_secret_field(field);
            codes::code(run, name, field, limit, notes).await.map(Typed::Secret)
        }
    }
}

fn typed_answer(run: &mut Run<'_>, answer: Answer, field: &Locator, notes: &mut Notes) -> Result<(), Halt> {
    let changed = |kind: &str, message: String| Halt::failed(Verdict::Changed, kind, message, Vec::new());
    match answer {
        Answer::Filled(used) => {
            note(run, notes, field, used.rank, &used.element)?;
            Ok(())
        }
        Answer::Ready(found) => {
            note(run, notes, field, found.rank, &found.element)?;
            Ok(())
        }
        Answer::Mismatch { used, got_length, hint } => Err(changed(
            "mismatch",
            format!("{} does not hold what was typed: it has {got_length} characters ({hint})", used.element.shown()),
        )),
        Answer::Origin { top, frame } => {
            let top = top.unwrap_or_else(|| "an unknown page".into());
            Err(Halt::failed(
                Verdict::Changed,
                "origin",
                format!(
                    "a secret was not typed: the field is on {frame} inside {top}, which is not this flow's portal"
                ),
                vec!["if the portal really moved there, add the origin to `origins` in the flow".into()],
            ))
        }
        Answer::LiteralInPassword {} => Err(Halt::failed(
            Verdict::Invalid,
            "literal",
            "a value that is no secret was to go into a password field",
            vec!["declare an input with `secret = true` and type `${name}`".into()],
        )),
        Answer::Readonly {} => Err(changed("readonly", format!("{} is read-only", field.shown()))),
        Answer::NotAField {} => Err(changed("field", format!("{} takes no value", field.shown()))),
        other => Err(unexpected(&other)),
    }
}

pub(super) async fn tick(
    run: &mut Run<'_>,
    target: &Locator,
    ticked: bool,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    match ask(run, Question::Tick(target, ticked), limit).await? {
        Answer::Already(used) => {
            note(run, notes, target, used.rank, &used.element)?;
            agreed(notes, used.words);
            Ok(())
        }
        Answer::Ready(found) => {
            note(run, notes, target, found.rank, &found.element)?;
            agreed(notes, found.words);
            met(ask(run, Question::Require(target, &Required::Checked(ticked)), limit).await?)
        }
        other => Err(unexpected(&other)),
    }
}

/// What was agreed to with a tick is what the box is known by, too.
fn agreed(notes: &mut Notes, words: Option<String>) {
    if let (Some(known), Some(words)) = (&mut notes.known, &words) {
        known.words = words.chars().take(WORDS).collect();
    }
    notes.agreed = words;
}

pub(super) async fn select(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Value,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let Value::Plain(template) = with else {
        return Err(Halt::failed(Verdict::Invalid, "value", "a secret cannot be chosen from a menu", Vec::new()));
    };
    let option = Text::Exact(render(run, template)?);
    match ask(run, Question::Select(field, &option), limit).await? {
        Answer::Selected(used) => {
            note(run, notes, field, used.rank, &used.element)?;
            Ok(())
        }
        Answer::NoOption { options } => {
            let Text::Exact(wanted) = &option else { return Ok(()) };
            Err(Halt::failed(
                Verdict::Changed,
                "option",
                format!("there is no option “{wanted}”"),
                vec![format!("there are: {}", options.join(", "))],
            ))
        }
        other => Err(unexpected(&other)),
    }
}

pub(super) async fn upload(
    run: &mut Run<'_>,
    field: &Locator,
    with: &Template,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let path = own_file(&run.job.folder, &render(run, with)?)
        .map_err(|message| Halt::failed(Verdict::Invalid, "file", message, Vec::new()))?;
    locate(run, field, Need::Upload, limit, notes).await?;
    let origin = run.page.origin().await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    if !run.job.origins().contains(&origin) {
        return Err(Halt::failed(
            Verdict::Changed,
            "origin",
            format!("no file was given: the page is {origin}, which is not this flow's portal"),
            vec!["if the portal really moved there, add the origin to `origins` in the flow".into()],
        ));
    }
    let given = run.page.upload(field, &path).await;
    given.map_err(|error| of_page_error(&error, run.stop.asked()))
}

/// The file of this name under the flow's folder. Nothing else of this machine is given to a page, whatever the flow says.
fn own_file(folder: &Path, name: &str) -> Result<PathBuf, String> {
    // The folder of a flow in the current one has no name.
    let folder = folder.join(".").canonicalize().map_err(|error| format!("`{}`: {error}", folder.display()))?;
    let path = folder.join(name);
    let path = path.canonicalize().ok().filter(|path| path.is_file());
    let path = path.ok_or_else(|| format!("`{name}` is no file in `{}`", folder.display()))?;
    if !path.starts_with(&folder) {
        let (path, folder) = (path.display(), folder.display());
        return Err(format!("`{path}` does not lie in the flow's folder; put the file into `{folder}`"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::own_file;

    #[test]
    fn only_files_under_the_flow_s_folder_are_given() {
        let place = tempfile::tempdir().expect("a folder");
        let flows = place.path().join("flows");
        std::fs::create_dir_all(flows.join("papers")).expect("a folder");
        for file in ["flows/papers/a.pdf", "secret"] {
            std::fs::write(place.path().join(file), "x").expect("written");
        }
        std::os::unix::fs::symlink("../secret", flows.join("link")).expect("a link");
        let mine = flows.canonicalize().expect("a folder").join("papers/a.pdf");
        assert_eq!(own_file(&flows, "papers/a.pdf"), Ok(mine.clone()));
        assert_eq!(own_file(&flows, &mine.display().to_string()), Ok(mine));
        let elsewhere = place.path().join("secret").display().to_string();
        for name in ["../secret", "papers/../../secret", "link", elsewhere.as_str()] {
            let why = own_file(&flows, name).expect_err(name);
            assert!(why.contains("does not lie in the flow's folder"), "{why}");
        }
        assert!(own_file(&flows, "papers").expect_err("a folder").contains("is no file in"));
        assert!(own_file(&flows, "missing").expect_err("nothing").contains("is no file in"));
    }
}

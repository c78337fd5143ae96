//! Steps that go somewhere or learn something: open, expect, read, native dialogs.

use std::time::Duration;

use serde_json::Value as Json;

use crate::browser::answer::Answer;
use crate::browser::page::Required;
use crate::exit::Verdict;
use crate::flow::model::Output;
use crate::flow::step::{Expectation, Template};
use crate::locator::{Locator, Text};
use crate::record::Reading;
use crate::runner::ending::{Halt, of_page_error};
use crate::runner::look::{Question, ask};
use crate::runner::run::Run;
use crate::runner::step::{Notes, note, render, unexpected};
use crate::runner::{standing, value, watch, window};

pub(super) async fn open(run: &mut Run<'_>, path: &Template, limit: Duration) -> Result<(), Halt> {
    let path = render(run, path)?;
    let url = run.job.portal.join(&path).map_err(|error| {
        Halt::failed(Verdict::Invalid, "address", format!("`{path}` is no path of the portal: {error}"), Vec::new())
    })?;
    if url.origin() != run.job.portal.origin() {
        let message = format!("`{path}` leads away from the portal");
        return Err(Halt::failed(Verdict::Invalid, "address", message, vec!["write a path: `/…`".into()]));
    }
    let opened = run.page.open(url.as_str(), limit).await;
    opened.map_err(|error| of_page_error(&error, run.stop.asked()))
}

pub(super) async fn expect(
    run: &mut Run<'_>,
    expectation: &Expectation,
    limit: Duration,
    notes: &mut Notes,
) -> Result<(), Halt> {
    let required;
    let question = match expectation {
        Expectation::Page(condition) => Question::Expect(condition),
        Expectation::Address(address) => Question::Address(address),
        Expectation::Value { of, is } => {
            required = Required::Value(Text::Exact(render(run, is)?));
            Question::Require(of, &required)
        }
        Expectation::Checked { of, is } => {
            required = Required::Checked(*is);
            Question::Require(of, &required)
        }
        Expectation::Count { of, is } => {
            required = Required::Count(*is);
            Question::Require(of, &required)
        }
    };
    match ask(run, question, limit).await? {
        Answer::Met { element } => {
            notes.known = element.map(|element| *element.known);
            Ok(())
        }
        other => Err(unexpected(&other)),
    }
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Where it goes.
    pub output: &'a str,
    /// Where it stands.
    pub from: &'a Locator,
    /// What of it is meant.
    pub pattern: Option<&'a regex::Regex>,
    /// All that match.
    pub all: bool,
}

pub(super) async fn read(run: &mut Run<'_>, asked: &Asked<'_>, limit: Duration, notes: &mut Notes) -> Result<(), Halt> {
    let output = run.flow().output(asked.output).cloned().unwrap_or_else(|| Output {
        name: asked.output.to_owned(),
        date: None,
        span: 0..0,
    });
    let unreadable =
        |why: String| Halt::failed(Verdict::Changed, "value", format!("`{}`: {why}", asked.output), Vec::new());
    let value = match ask(run, Question::Read(asked.from, asked.all), limit).await? {
        Answer::Text { text, used } => {
            note(run, notes, asked.from, used.rank, &used.element)?;
            if asked.pattern.is_none() && value::other_form(&text, &output) {
                watch::other_form(run, notes, asked.output, &text);
            }
            value::reading(&text, &output, asked.pattern).map_err(unreadable)?
        }
        Answer::List { texts } => {
            let each = texts.iter().map(|text| value::reading(text, &output, asked.pattern));
            Json::Array(each.collect::<Result<_, _>>().map_err(unreadable)?)
        }
        Answer::Rows { rows } => Json::Array(rows),
        Answer::Refused {} => return Err(unreadable("a secret field is not read".into())),
        other => return Err(unexpected(&other)),
    };
    let reading = Reading { stage: notes.stage.clone(), value };
    run.course.outputs.entry(asked.output.to_owned()).or_default().push(reading);
    standing::read(run, asked.output).await?;
    window::first_reading(run, asked.output).await
}

pub(super) async fn dialog(
    run: &mut Run<'_>,
    accept: bool,
    text: &Text,
    with: Option<&Template>,
    limit: Duration,
) -> Result<(), Halt> {
    let typed = with.map(|template| render(run, template)).transpose()?;
    let shown = run.page.dialog(limit).await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    if !text.matches(&shown) {
        return Err(Halt::failed(
            Verdict::Changed,
            "dialog",
            format!("the native dialog says “{}”", value::short(&shown)),
            vec!["the flow expects another text; nothing was answered".into()],
        ));
    }
    let answered = run.page.answer_dialog(accept, typed.as_deref()).await;
    answered.map_err(|error| of_page_error(&error, run.stop.asked()))
}

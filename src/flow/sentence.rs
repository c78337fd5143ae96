//! A step in words: one sentence for console, report and guide. The portal's own words stay in the portal's language;
//! a secret is named, never shown.

mod english;
mod italian;

use std::time::Duration;

use crate::flow::step::{Action, Expectation, Part, Step, Template, Value};
use crate::locator::{By, Condition, Locator, Target, Text};

impl Step {
    /// What the step does, in `language` (`it` or `en`; others are answered in English), without a final stop. The
    /// step's own `label` comes first.
    #[must_use]
    pub fn sentence(&self, language: &str) -> String {
        let label = self.label.as_ref().and_then(|label| label.get(language));
        label.map_or_else(|| say(&self.action, tongue(language)), ToOwned::to_owned)
    }
}

/// What an element is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Something is done to it.
    Acted,
    /// Something is read from it.
    Read,
}

/// Whether a condition is stated or wished for; some languages have two forms of the verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// It is so.
    Fact,
    /// It shall be so.
    Wish,
}

/// How a language says things.
trait Tongue {
    /// Words of the portal, in this language's quotation marks.
    fn quote(&self, words: &str) -> String;
    /// An input or output by its name: `la password`.
    fn named(&self, name: &str) -> String;
    /// An element of a role, with or without a name: `la casella «Confermo»`.
    fn element(&self, role: &str, name: Option<&str>) -> String;
    /// What stands beside words: `il campo accanto a «IUT»`.
    fn beside(&self, words: &str, kind: Kind) -> String;
    /// An element that has no words.
    fn nameless(&self) -> String;
    /// Inside another element.
    fn within(&self, what: &str, inside: &str) -> String;
    /// The conditions together.
    fn joined(&self, parts: &[String], any: bool) -> String;
    /// That something appears, or does not.
    fn shows(&self, what: &str, is: bool, mood: Mood) -> String;
    /// That conditions together do not hold.
    fn denies(&self, what: &str) -> String;
    /// The sentence itself.
    fn sentence(&self, phrase: &Phrase) -> String;
}

/// An action whose parts are words already.
enum Phrase {
    OpenPortal,
    Open(String),
    Fill { field: String, value: String },
    Type { field: String, value: String },
    Press(String),
    Click(String),
    DoubleClick(String),
    Hover(String),
    Check(String),
    Uncheck(String),
    Select { field: String, value: String },
    Upload { field: String, file: String },
    Download(String),
    Drag { from: String, to: String },
    Scroll(String),
    Wait(String),
    Pause(String),
    Expect(String),
    ExpectAddress(String),
    ExpectValue { of: String, is: String },
    ExpectChecked { of: String, is: bool },
    ExpectCount { of: String, is: u32 },
    Read { output: String, from: String, all: bool },
    Shot(String),
    Dialog { accept: bool, text: String, with: Option<String> },
    When { condition: String, steps: Vec<String>, otherwise: Vec<String> },
    Repeat { until: String, steps: Vec<String> },
}

fn tongue(language: &str) -> &'static dyn Tongue {
    match language.split('-').next() {
        Some("it") => &italian::Italian,
        _ => &english::English,
    }
}

fn say(action: &Action, tongue: &dyn Tongue) -> String {
    tongue.sentence(&phrase(action, tongue))
}

fn phrase(action: &Action, tongue: &dyn Tongue) -> Phrase {
    let it = |locator: &Locator| element(locator, Kind::Acted, tongue);
    match action {
        Action::Open(Template(parts)) if matches!(&parts[..], [Part::Literal(path)] if path == "/") => {
            Phrase::OpenPortal
        }
        Action::Open(path) => Phrase::Open(template(path, tongue)),
        Action::Fill { field, with } => Phrase::Fill { field: it(field), value: value(with, tongue) },
        Action::Type { field, with } => Phrase::Type { field: it(field), value: value(with, tongue) },
        Action::Press(keys) => Phrase::Press(keys.clone()),
        Action::Click(locator) => Phrase::Click(it(locator)),
        Action::DoubleClick(locator) => Phrase::DoubleClick(it(locator)),
        Action::Hover(locator) => Phrase::Hover(it(locator)),
        Action::Check(locator) => Phrase::Check(it(locator)),
        Action::Uncheck(locator) => Phrase::Uncheck(it(locator)),
        Action::Select { field, with } => Phrase::Select { field: it(field), value: value(with, tongue) },
        Action::Upload { field, with } => Phrase::Upload { field: it(field), file: template(with, tongue) },
        Action::Download { control, .. } => Phrase::Download(it(control)),
        Action::Drag { from, to } => Phrase::Drag { from: it(from), to: it(to) },
        Action::Scroll(locator) => Phrase::Scroll(it(locator)),
        Action::Wait(condition) => Phrase::Wait(holds(condition, Mood::Wish, tongue)),
        Action::Pause(duration) => Phrase::Pause(time(*duration)),
        Action::Expect(expectation) => expected(expectation, tongue),
        Action::Read { output, from, all, .. } => {
            Phrase::Read { output: tongue.named(output), from: element(from, Kind::Read, tongue), all: *all }
        }
        Action::Shot(name) => Phrase::Shot(name.clone()),
        Action::Dialog { accept, text, with } => Phrase::Dialog {
            accept: *accept,
            text: tongue.quote(&words(text)),
            with: with.as_ref().map(|with| template(with, tongue)),
        },
        Action::When { condition, steps, otherwise } => Phrase::When {
            condition: holds(condition, Mood::Fact, tongue),
            steps: steps.iter().map(|step| say(&step.action, tongue)).collect(),
            otherwise: otherwise.iter().map(|step| say(&step.action, tongue)).collect(),
        },
        Action::Repeat { until, steps, .. } => Phrase::Repeat {
            until: holds(until, Mood::Wish, tongue),
            steps: steps.iter().map(|step| say(&step.action, tongue)).collect(),
        },
    }
}

fn expected(expectation: &Expectation, tongue: &dyn Tongue) -> Phrase {
    match expectation {
        Expectation::Page(condition) => Phrase::Expect(holds(condition, Mood::Wish, tongue)),
        Expectation::Address(text) => Phrase::ExpectAddress(tongue.quote(&words(text))),
        Expectation::Value { of, is } => {
            Phrase::ExpectValue { of: element(of, Kind::Acted, tongue), is: template(is, tongue) }
        }
        Expectation::Checked { of, is } => Phrase::ExpectChecked { of: element(of, Kind::Acted, tongue), is: *is },
        Expectation::Count { of, is } => Phrase::ExpectCount { of: element(of, Kind::Acted, tongue), is: *is },
    }
}

/// What a person calls the first target of a locator.
fn element(locator: &Locator, kind: Kind, tongue: &dyn Tongue) -> String {
    // A chain may begin with what no reader sees; a later link says it in words.
    let told = |target: &&Target| !matches!(target.by, By::TestId { .. } | By::Css { .. } | By::XPath { .. });
    let Some(target) = locator.chain.iter().find(told) else { return tongue.nameless() };
    let what = match &target.by {
        By::Field { name }
        | By::Control { name }
        | By::Label { name }
        | By::Placeholder { name }
        | By::Text { name }
        | By::Frame { name } => tongue.quote(&words(name)),
        By::Role { role, name } => {
            let name = name.as_ref().map(|name| tongue.quote(&words(name)));
            tongue.element(role, name.as_deref())
        }
        By::After { name } => tongue.beside(&tongue.quote(&words(name)), kind),
        By::TestId { .. } | By::Css { .. } | By::XPath { .. } => tongue.nameless(),
    };
    match target.within.as_deref().and_then(|within| within.chain.first()).map(|inside| &inside.by) {
        Some(By::Role { role, name: Some(name) }) => {
            let inside = tongue.element(role, Some(&tongue.quote(&words(name))));
            tongue.within(&what, &inside)
        }
        _ => what,
    }
}

/// A condition: what the page shows.
fn holds(condition: &Condition, mood: Mood, tongue: &dyn Tongue) -> String {
    match condition {
        Condition::Locator(locator) => tongue.shows(&element(locator, Kind::Acted, tongue), true, mood),
        Condition::Group { all, any, none } => {
            let each =
                |list: &[Condition]| list.iter().map(|condition| holds(condition, mood, tongue)).collect::<Vec<_>>();
            let mut parts = each(all);
            if !any.is_empty() {
                parts.push(tongue.joined(&each(any), true));
            }
            parts.extend(none.iter().map(|condition| match condition {
                Condition::Locator(locator) => tongue.shows(&element(locator, Kind::Acted, tongue), false, mood),
                group @ Condition::Group { .. } => tongue.denies(&holds(group, mood, tongue)),
            }));
            tongue.joined(&parts, false)
        }
    }
}

/// A text as a person would say it: of a regular expression the readable part.
fn words(text: &Text) -> String {
    match text {
        Text::Contains(words) | Text::Exact(words) => words.clone(),
        Text::Regex(pattern) if pattern.body.chars().all(|letter| !r"\^$.|?*+()[]{}".contains(letter)) => {
            pattern.body.clone()
        }
        Text::Regex(pattern) => readable(&pattern.body),
    }
}

/// The longest piece of a regular expression that is plain text, with `…` where something was left out.
fn readable(body: &str) -> String {
    let pieces = body.split(|letter: char| r"\^$.|?*+()[]{}".contains(letter));
    let longest = pieces.max_by_key(|piece| piece.trim().chars().count()).unwrap_or_default().trim();
    if longest.chars().count() < 3 { body.to_owned() } else { format!("{longest}…") }
}

/// What is typed: a name, or the text itself.
fn value(value: &Value, tongue: &dyn Tongue) -> String {
    match value {
        Value::Secret(name) | Value::Code(name) => tongue.named(name),
        Value::Plain(text) => template(text, tongue),
    }
}

/// A template: a lone name in words, else the text with names in braces.
fn template(Template(parts): &Template, tongue: &dyn Tongue) -> String {
    if let [Part::Name(name)] = &parts[..] {
        return tongue.named(name);
    }
    let text: String = parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Name(name) => format!("{{{}}}", name.replace('_', " ")),
        })
        .collect();
    tongue.quote(&text)
}

/// `2 s`, `200 ms`, `5 min`.
fn time(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds.is_multiple_of(60_000) {
        format!("{} min", milliseconds / 60_000)
    } else if milliseconds.is_multiple_of(1000) {
        format!("{} s", milliseconds / 1000)
    } else {
        format!("{milliseconds} ms")
    }
}

/// A sentence inside another begins small, unless it begins with the portal's words.
fn small(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

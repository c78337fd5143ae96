//! The flow's own rules: a text, or the value after a label.

use std::ops::Range;

use crate::drift::personal;
use crate::flow::model::{Finds, Flow, PersonaRule};
use crate::flow::step::{Action, Step};
use crate::guide::persona::found::Found;
use crate::guide::persona::{codes, names};
use crate::locator::{By, Text};

/// A text of fewer bytes is not looked for where no rule points at it.
const SHORTEST: usize = 6;

/// So many characters of a line may be the value after a label.
const LONGEST_VALUE: usize = 300;

/// What belongs to a name and begins with a small letter.
pub(super) const PARTICLES: [&str; 16] =
    ["da", "dal", "dalla", "de", "degli", "dei", "del", "della", "dello", "der", "di", "du", "la", "lo", "van", "von"];

/// The stand-ins that stand on the page already: no other rule finds them again and makes something else of them.
pub(super) fn own(flow: &Flow, found: &mut Found<'_>) {
    let told = flow.persona.iter().map(|rule| rule.is.as_str());
    let examples = flow.inputs.iter().filter_map(|input| input.example.as_deref());
    let mut own: Vec<&str> = told.chain(examples).filter(|text| is_telling(text)).collect();
    own.extend(names::OWN);
    own.extend(codes::OWN);
    own.sort_by_key(|text| std::cmp::Reverse(text.len()));
    for text in own {
        for (at, _) in found.text.match_indices(text) {
            let place = at..at + text.len();
            if found.is_free(&place) && found.is_whole(&place) {
                found.add(place, text, "persona");
            }
        }
    }
}

/// Whether a text can be nothing else than what it is: several words, or a code.
fn is_telling(text: &str) -> bool {
    text.len() >= SHORTEST
        && text.contains(|letter: char| letter.is_whitespace() || letter.is_ascii_digit() || letter == '@')
}

/// Adds what the flow's rules find, and what a rule has found wherever else it stands.
pub(super) fn find(flow: &Flow, found: &mut Found<'_>) {
    for (index, rule) in flow.persona.iter().enumerate() {
        let name = format!("flow rule {}", index + 1);
        let places = match &rule.finds {
            Finds::Text(text) => text.find_iter(found.text).map(|it| it.range()).filter(|it| !it.is_empty()).collect(),
            Finds::After(label) => after(found.text, label, &rule.is),
        };
        let mut elsewhere = Vec::new();
        for place in places {
            let place = standing(found, &place, &rule.is).unwrap_or(place);
            if found.covers(place.start) {
                continue;
            }
            let text = &found.text[place.clone()];
            if text != rule.is && is_telling(text) {
                elsewhere.push(text);
            }
            found.add(place, &rule.is, &name);
        }
        for place in personal::whole_words(found.text, &elsewhere) {
            found.add(place, &rule.is, &name);
        }
    }
}

/// The stand-in itself, where it is what the rule has found.
fn standing(found: &Found<'_>, place: &Range<usize>, is: &str) -> Option<Range<usize>> {
    let standing = place.start..place.start + is.len();
    (found.text[place.start..].starts_with(is) && found.is_whole(&standing)).then_some(standing)
}

/// The values after a label: where a code stands in for them, only what has a digit is one.
fn after(text: &str, label: &regex::Regex, is: &str) -> Vec<Range<usize>> {
    let values = label.find_iter(text).filter_map(|label| value_after(text, label.end()));
    values.filter(|value| !is_number(is) || is_number(&text[value.clone()])).collect()
}

/// The value that follows a label: a code or number to its end; a name as far as its words have capitals; other words to the
/// end of the line or a stop. What another colon follows is a label itself.
fn value_after(text: &str, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..];
    let start =
        end + rest.len() - rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ':').len();
    let line = text[start..].lines().next().unwrap_or_default();
    let line = &line[..line.char_indices().nth(LONGEST_VALUE).map_or(line.len(), |(at, _)| at)];
    let mut words = Words { line, at: 0 };
    let first = words.next()?;
    let length = if is_number(&line[first.clone()]) {
        first.end
            + words.take_while(|word| is_numeric(&line[word.clone()])).last().map_or(0, |word| word.end - first.end)
    } else if line[first.clone()].starts_with(char::is_uppercase) {
        name_length(line, first, words)
    } else {
        let stop = |(at, letter): (usize, char)| {
            let ends = line[at + letter.len_utf8()..].chars().next().is_none_or(char::is_whitespace);
            ((matches!(letter, '.' | ',' | ';' | ':') && ends) || matches!(letter, '(' | ')')).then_some(at)
        };
        line.char_indices().find_map(stop).unwrap_or(line.len())
    };
    let value = line[..length].trim_end_matches(|letter: char| letter.is_whitespace() || ".,;)".contains(letter));
    let follows = line[value.len()..].trim_start();
    (!value.is_empty() && !follows.starts_with(':') && !value.ends_with(':')).then(|| start..start + value.len())
}

/// So far the words of a name go.
fn name_length(line: &str, first: Range<usize>, words: Words<'_>) -> usize {
    let mut kept = first.end;
    if ends_here(&line[first]) {
        return kept;
    }
    for word in words {
        let said = &line[word.clone()];
        if said.starts_with(char::is_uppercase) {
            kept = word.end;
            if ends_here(said) {
                break;
            }
        } else if !PARTICLES.contains(&said) {
            break;
        }
    }
    personal::without_label(&line[..kept]).len().max(1)
}

fn ends_here(word: &str) -> bool {
    word.ends_with([',', ';', ':', '.', ')'])
}

fn is_number(word: &str) -> bool {
    word.contains(|letter: char| letter.is_numeric() || matches!(letter, '*' | '•' | '●'))
}

fn is_numeric(word: &str) -> bool {
    word.chars().all(|letter| letter.is_numeric() || "*•●./-".contains(letter))
}

/// The words of a line, byte ranges.
#[derive(Clone)]
struct Words<'t> {
    line: &'t str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.line[self.at..];
        let start = self.at + rest.find(|letter: char| !letter.is_whitespace())?;
        let word = &self.line[start..];
        self.at = start + word.find(char::is_whitespace).unwrap_or(word.len());
        Some(start..self.at)
    }
}

/// What stands for an output, where the flow reads it after the label of a rule.
pub(super) fn of_output<'f>(flow: &'f Flow, output: &str) -> Option<&'f PersonaRule> {
    let steps: Vec<&Step> = flow.stages.iter().flat_map(|stage| &stage.steps).flat_map(with_inner).collect();
    let labels = steps.into_iter().filter_map(|step| match &step.action {
        Action::Read { output: name, from, .. } if name == output => from.chain.first(),
        _ => None,
    });
    let said = |text: &Text| match text {
        Text::Contains(text) | Text::Exact(text) => Some(text.clone()),
        Text::Regex(_) => None,
    };
    let labels: Vec<String> = labels
        .filter_map(|target| match &target.by {
            By::After { name } => said(name),
            _ => None,
        })
        .collect();
    flow.persona.iter().find(|rule| {
        let Finds::After(label) = &rule.finds else { return false };
        labels.iter().any(|said| label.find(said).is_some_and(|found| found.len() == said.len()))
    })
}

fn with_inner(step: &Step) -> Vec<&Step> {
    std::iter::once(step).chain(step.action.inner().flat_map(with_inner)).collect()
}

//! What is known by its name in the flow: the holder's inputs, and what the portal has told.

use jiff::civil::Date;

use crate::drift::personal;
use crate::flow::model::Flow;
use crate::guide::persona::dates::Days;
use crate::guide::persona::found::Found;
use crate::guide::persona::{Known, codes, dates, names, rules};

/// A value of fewer characters is too short to be told from a word.
const SHORTEST: usize = 3;

/// Adds the values, the longest first: one may stand in another.
pub(super) fn find(flow: &Flow, known: &Known, found: &mut Found<'_>) {
    let mut values: Vec<(&str, &str)> =
        known.values.iter().map(|(name, value)| (name.as_str(), value.trim())).collect();
    values.retain(|(_, value)| value.chars().count() >= SHORTEST);
    values.sort_by(|one, other| other.1.len().cmp(&one.1.len()).then(one.cmp(other)));
    for (name, value) in values {
        let kind = if flow.input(name).is_some() { "input" } else { "output" };
        let Some(with) = stands_for(flow, known, name, value) else { continue };
        for place in personal::whole_words(found.text, &[value]) {
            if !found.covers(place.start) {
                found.add(place, &with, &format!("{kind} {name}"));
            }
        }
    }
}

/// What stands for a value; nothing for an output that is the portal's own word (`Attivo`) or that the other rules find.
fn stands_for(flow: &Flow, known: &Known, name: &str, value: &str) -> Option<String> {
    if let Some(input) = flow.input(name) {
        return Some(input.example.clone().unwrap_or_else(|| invented(value)));
    }
    if let Some(form) = flow.output(name).and_then(|output| output.date.as_deref()) {
        let read = [form, "%Y-%m-%d"].into_iter().find_map(|form| Some((Date::strptime(form, value).ok()?, form)));
        if let Some((day, form)) = read {
            return Some(Days { today: known.today }.stands_for(day).strftime(form).to_string());
        }
    }
    if let Some(rule) = rules::of_output(flow, name) {
        return Some(rule.is.clone());
    }
    let mut words = value.split_whitespace();
    let several = words.clone().count() > 1;
    if several && words.all(|word| word.starts_with(char::is_uppercase) || rules::PARTICLES.contains(&word)) {
        return Some(names::invented(value));
    }
    let mut found = Found::new(value);
    dates::find(flow, known.today, &mut found);
    let code = !several && value.contains(|letter: char| letter.is_ascii_digit()) && found.list().is_empty();
    code.then(|| invented(value))
}

/// An invented value of the same kind.
pub(super) fn invented(value: &str) -> String {
    let mut found = Found::new(value);
    codes::telling(&mut found);
    codes::phones(&mut found);
    if let [only] = &found.list()[..]
        && only.place == (0..value.len())
    {
        return only.with.clone();
    }
    if value.chars().any(|letter| letter.is_ascii_digit()) {
        return codes::invented(value);
    }
    names::invented(value)
}

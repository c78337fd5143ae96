//! Values: templates filled in, and what a page says turned into what the record keeps.

use jiff::civil::Date;
use regex::Regex;
use serde_json::Value as Json;

use crate::flow::model::Output;
use crate::flow::step::{Part, Template};
use crate::runner::course::Course;
use crate::vault::Vault;

/// A template's text. `None` names an output that was not read yet.
///
/// # Errors
/// The name that has no value.
pub fn render(template: &Template, vault: &Vault, course: &Course) -> Result<String, String> {
    let mut text = String::new();
    for part in &template.0 {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Name(name) => {
                let value = vault.plain(name).map(str::to_owned).or_else(|| course.last(name));
                text.push_str(&value.ok_or_else(|| name.clone())?);
            }
        }
    }
    Ok(text)
}

/// What the record keeps of a text read into `output`.
///
/// # Errors
/// Says what the text is not.
pub fn reading(text: &str, output: &Output, pattern: Option<&Regex>) -> Result<Json, String> {
    let text = match pattern {
        None => text.trim(),
        Some(pattern) => pattern
            .captures(text)
            .and_then(|captures| captures.get(1))
            .map(|group| group.as_str().trim())
            .ok_or_else(|| format!("“{}” does not match `{pattern}`", short(text)))?,
    };
    match &output.date {
        None => Ok(text.into()),
        Some(form) => Date::strptime(form, text)
            .ok()
            .or_else(|| plain_date(text))
            .map(|date| date.to_string().into())
            .ok_or_else(|| format!("“{}” is no date of the form `{form}`", short(text))),
    }
}

/// Whether a text is a date, but of another form than the flow says (portals.md §1.6, D24).
#[must_use]
pub fn other_form(text: &str, output: &Output) -> bool {
    let text = text.trim();
    output.date.as_ref().is_some_and(|form| Date::strptime(form, text).is_err()) && plain_date(text).is_some()
}

/// The months as portals write them out.
const MONTHS: [[&str; 2]; 12] = [
    ["gennaio", "january"],
    ["febbraio", "february"],
    ["marzo", "march"],
    ["aprile", "april"],
    ["maggio", "may"],
    ["giugno", "june"],
    ["luglio", "july"],
    ["agosto", "august"],
    ["settembre", "september"],
    ["ottobre", "october"],
    ["novembre", "november"],
    ["dicembre", "december"],
];

/// A date that can be read in one way only: year first, or the month as a word. Of two numbers and a year nobody knows which
/// is the month, nor in a short year which number is the year.
fn plain_date(text: &str) -> Option<Date> {
    let year_first = Date::strptime("%Y-%m-%d", text).or_else(|_| Date::strptime("%Y/%m/%d", text));
    year_first.ok().or_else(|| date_in_words(text)).filter(|date| date.year() >= 1000)
}

fn date_in_words(text: &str) -> Option<Date> {
    let text = text.to_lowercase().replace([',', '°', 'º', '.'], " ");
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "di").collect();
    let [first, second, year] = words[..] else { return None };
    let month = |word: &str| MONTHS.iter().position(|names| names.contains(&word));
    let (day, month) = match (month(first), month(second)) {
        (None, Some(month)) => (first, month),
        (Some(month), None) => (second, month),
        _ => return None,
    };
    Date::new(year.parse().ok()?, i8::try_from(month + 1).ok()?, day.parse().ok()?).ok()
}

/// The start of a page's text, for a message.
#[must_use]
pub fn short(text: &str) -> String {
    let mut start: String = text.chars().take(80).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::{other_form, reading};
    use crate::flow::model::Output;

    #[test]
    fn a_date_is_kept_in_one_form() {
        let output = Output { name: "expires".into(), date: Some("%d/%m/%Y".into()), span: 0..0 };
        assert_eq!(reading(" 16/07/2026 ", &output, None), Ok("2026-07-16".into()));
        let pattern = regex::Regex::new(r"il (\S+)").expect("a pattern");
        assert_eq!(reading("scade il 01/02/2027 alle 12", &output, Some(&pattern)), Ok("2027-02-01".into()));
        for text in ["2026-07-16", "16 luglio 2026", "16 July 2026", "July 16, 2026", "2026/07/16"] {
            assert_eq!(reading(text, &output, None), Ok("2026-07-16".into()), "{text}");
            assert!(other_form(text, &output), "{text}");
        }
        assert!(!other_form("16/07/2026", &output) && !other_form("mai", &output));
        for text in
            ["07.16.2026", "16-07-26", "2026-16-07", "31 giugno 2026", "1 luglio", "16 luglio 26", "luglio maggio 2026"]
        {
            assert!(reading(text, &output, None).is_err(), "{text}");
        }
        assert!(reading("31/02/2026", &output, None).is_err());
        assert!(reading("mai", &output, Some(&pattern)).is_err());
    }
}

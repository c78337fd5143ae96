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
            .map(|date| date.to_string().into())
            .map_err(|_| format!("“{}” is no date of the form `{form}`", short(text))),
    }
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
    use super::reading;
    use crate::flow::model::Output;

    #[test]
    fn a_date_is_kept_in_one_form() {
        let output = Output { name: "expires".into(), date: Some("%d/%m/%Y".into()), span: 0..0 };
        assert_eq!(reading(" 16/07/2026 ", &output, None), Ok("2026-07-16".into()));
        let pattern = regex::Regex::new(r"il (\S+)").expect("a pattern");
        assert_eq!(reading("scade il 01/02/2027 alle 12", &output, Some(&pattern)), Ok("2027-02-01".into()));
        assert!(reading("2026-07-16", &output, None).is_err());
        assert!(reading("31/02/2026", &output, None).is_err());
        assert!(reading("mai", &output, Some(&pattern)).is_err());
    }
}

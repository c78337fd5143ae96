//! What a person may have meant: the nearest known name, or the list of what is known.

use std::fmt;

/// Names longer than this are not compared, and shown shortened.
const LONGEST: usize = 60;

/// What to write instead of an unknown name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// A known name is near.
    DidYouMean(String),
    /// These are known.
    OneOf(Vec<String>),
}

impl Advice {
    /// What may have been meant by `name` among the names known.
    pub fn on<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        nearest(name, &known).map_or_else(
            || Self::OneOf(known.iter().map(ToString::to_string).collect()),
            |near| Self::DidYouMean(near.to_owned()),
        )
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DidYouMean(name) => write!(formatter, "did you mean `{name}`?"),
            Self::OneOf(known) if known.is_empty() => formatter.write_str("none is declared"),
            Self::OneOf(known) if known.len() > 48 => write!(formatter, "there are {}", known.len()),
            Self::OneOf(known) => write!(formatter, "known: {}", listed(known)),
        }
    }
}

/// The known name that differs least, if it is near enough to have been meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let folded = name.to_lowercase().replace('-', "_");
    let far = (folded.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase().replace('-', "_")), *candidate))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Names in backticks, with commas.
#[must_use]
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{}`", short(name.as_ref()))).collect::<Vec<_>>().join(", ")
}

/// A name as it is shown: the beginning of a very long one.
#[must_use]
pub fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Advice, short};

    #[test]
    fn finds_what_was_meant() {
        for (name, known, said) in [
            ("pasword", ["password", "pin"], "did you mean `password`?"),
            ("clikc", ["check", "click"], "did you mean `click`?"),
            ("not_due", ["not-due", "locked"], "did you mean `not-due`?"),
            ("xyz", ["password", "pin"], "known: `password`, `pin`"),
        ] {
            assert_eq!(Advice::on(name, known).to_string(), said);
        }
    }

    #[test]
    fn a_long_name_is_shortened() {
        assert_eq!(short(&"è".repeat(100)).chars().count(), 61);
    }
}

//! Reading values out of the TOML tree. A reader that meets something wrong records it and goes on, so that one
//! reading finds every fault; `None` always means that the fault is recorded.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::flow::advice::Advice;
use crate::flow::error::FlowError;
use crate::flow::fault::Faults;
use crate::flow::raw::shape::sentence;
use crate::source::is_reordering;

/// Texts longer than this are refused (design.md §2 has no use for them).
const LONGEST_TEXT: usize = 10_000;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(in crate::flow) struct At<T> {
    pub(in crate::flow) value: T,
    pub(in crate::flow) span: Range<usize>,
}

/// What all readers share.
#[derive(Debug)]
pub(in crate::flow) struct Reader {
    pub(in crate::flow) faults: Faults,
    /// `${` in texts that are taken as they stand; `lower` knows whether a secret is meant.
    pub(in crate::flow) misplaced: Vec<At<String>>,
}

impl Reader {
    pub(in crate::flow) fn new(faults: Faults) -> Self {
        Self { faults, misplaced: Vec::new() }
    }

    /// Records that a value is not what `T` reads.
    pub(in crate::flow) fn wrong<T: Read>(&mut self, value: &DeValue<'_>, span: Range<usize>) {
        self.faults.push(FlowError::WrongType { expected: T::EXPECTED, found: kind(value) }, span);
    }

    /// Where a part of a text stands in the file: inside the quotes, where they hold the text as it is.
    pub(in crate::flow) fn inside(&self, span: &Range<usize>, text: &str, part: Range<usize>) -> Range<usize> {
        inside(self.faults.source().text(), span, text, part)
    }
}

/// A type that can be read from a TOML value.
pub(in crate::flow) trait Read: Sized {
    /// What it is read from, for people.
    const EXPECTED: &'static str;

    /// Reads it; `None` when a fault was recorded.
    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self>;
}

/// Any number of values.
#[derive(Debug)]
pub(in crate::flow) struct List<T>(pub(in crate::flow) Vec<At<T>>);

/// Names with values, in the order of the file. A name whose value is wrong stays known.
#[derive(Debug)]
pub(in crate::flow) struct Map<T>(pub(in crate::flow) Vec<(At<String>, Option<At<T>>)>);

/// A text in which `${name}` stands for a value.
#[derive(Debug)]
pub(in crate::flow) struct RawTemplate(pub(in crate::flow) String);

impl Read for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        let read = value.as_bool();
        if read.is_none() {
            reader.wrong::<Self>(value, span);
        }
        read
    }
}

impl Read for i64 {
    const EXPECTED: &'static str = "a number";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        let read = value.as_integer().and_then(|number| Self::from_str_radix(number.as_str(), number.radix()).ok());
        if read.is_none() {
            reader.wrong::<Self>(value, span);
        }
        read
    }
}

impl Read for String {
    const EXPECTED: &'static str = "a text";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        let text = text::<Self>(value, &span, reader)?;
        let mut from = 0;
        while let Some(at) = text[from..].find("${") {
            let at = from + at;
            let name = text[at + 2..].split('}').next().unwrap_or_default();
            if !text[..at].ends_with('$') {
                let place = reader.inside(&span, &text, at..at + 2 + name.len() + 1);
                reader.misplaced.push(At { value: name.to_owned(), span: place });
            }
            from = at + 2;
        }
        Some(text.replace("$${", "${"))
    }
}

impl Read for RawTemplate {
    const EXPECTED: &'static str = "a text";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        text::<Self>(value, &span, reader).map(Self)
    }
}

impl<T: Read> Read for List<T> {
    const EXPECTED: &'static str = "a list";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        let Some(array) = value.as_array() else {
            reader.wrong::<Self>(value, span);
            return None;
        };
        Some(Self(array.iter().filter_map(|node| at(node, reader)).collect()))
    }
}

impl<T: Read> Read for Map<T> {
    const EXPECTED: &'static str = "a table";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        let Some(table) = value.as_table() else {
            reader.wrong::<Self>(value, span);
            return None;
        };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let read = entries.into_iter().map(|(key, node)| {
            let name = At { value: key.get_ref().to_string(), span: key.span() };
            (name, at(node, reader))
        });
        Some(Self(read.collect()))
    }
}

/// The keys that stand in a table.
#[derive(Debug)]
pub(in crate::flow) struct Keys {
    /// Those that have a meaning, in the order of the file.
    pub(in crate::flow) known: Vec<(&'static str, Range<usize>)>,
    /// Whether there are others, which are reported already.
    pub(in crate::flow) others: bool,
}

impl Keys {
    pub(in crate::flow) fn of(table: &DeTable<'_>, known: &[&'static str]) -> Self {
        let find = |name: &str| known.iter().find(|known| **known == name).copied();
        let mut present: Vec<_> = table.keys().filter_map(|key| Some((find(key.get_ref())?, key.span()))).collect();
        present.sort_by_key(|(_, span)| span.start);
        Self { others: present.len() < table.len(), known: present }
    }

    /// Where a key stands, if it does.
    pub(in crate::flow) fn span(&self, key: &str) -> Option<Range<usize>> {
        self.known.iter().find(|(known, _)| *known == key).map(|(_, span)| span.clone())
    }

    /// Whether a key stands there, with a good value or not.
    pub(in crate::flow) fn has(&self, key: &str) -> bool {
        self.span(key).is_some()
    }
}

/// A table with known keys: what the macro `table!` makes.
pub(in crate::flow) trait Table: Sized {
    /// The keys it takes.
    const KEYS: &'static [&'static str];

    /// Each key with its meaning, and whether it must be there.
    const MUST: &'static [(&'static str, &'static str, bool)];

    /// Which keys stand there.
    fn keys(&self) -> &Keys;

    /// Takes its fields out of a table whose keys are checked already.
    fn take(table: &DeTable<'_>, reader: &mut Reader) -> Self;

    /// Reads it, refusing other keys; `also` are keys that would make something else of it, for advice only.
    fn read_table(table: &DeTable<'_>, span: &Range<usize>, also: &[&str], reader: &mut Reader) -> Self {
        let mut unknown: Vec<&Spanned<Cow<'_, str>>> =
            table.keys().filter(|key| !Self::KEYS.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        let mut meant = Vec::new();
        for key in unknown {
            // Beyond what is kept, faults are only counted: a hundred thousand keys are not compared with each other.
            let advice = if reader.faults.is_full() {
                Advice::OneOf(Vec::new())
            } else {
                Advice::on(key.get_ref(), Self::KEYS.iter().chain(also).copied())
            };
            if let Advice::DidYouMean(name) = &advice {
                meant.push(name.clone());
            }
            reader.faults.push(FlowError::UnknownKey { key: key.get_ref().to_string(), advice }, key.span());
        }
        for (key, about, _) in Self::MUST.iter().filter(|(key, _, must)| *must && !table.contains_key(*key)) {
            // A misspelt key is one fault, not two: what it was meant to be is not reported as missing.
            if !meant.iter().any(|name| name == key) {
                reader.faults.push(FlowError::Missing { key, about: sentence(about) }, span.clone());
            }
        }
        Self::take(table, reader)
    }
}

/// Reads one field of a table, if it is there.
pub(in crate::flow) fn field<T: Read>(table: &DeTable<'_>, key: &str, reader: &mut Reader) -> Option<At<T>> {
    at(table.get(key)?, reader)
}

/// Reads a node with its place.
pub(in crate::flow) fn at<T: Read>(node: &Spanned<DeValue<'_>>, reader: &mut Reader) -> Option<At<T>> {
    let span = node.span();
    T::read(node.get_ref(), span.clone(), reader).map(|value| At { value, span })
}

/// The text of a value, if it is one that people can see as it is.
fn text<T: Read>(value: &DeValue<'_>, span: &Range<usize>, reader: &mut Reader) -> Option<String> {
    let Some(text) = value.as_str() else {
        reader.wrong::<T>(value, span.clone());
        return None;
    };
    if text.len() > LONGEST_TEXT {
        reader.faults.push(FlowError::TooLong { length: text.len(), limit: LONGEST_TEXT }, span.clone());
        return None;
    }
    if let Some((index, character)) = text.char_indices().find(|(_, character)| is_forbidden(*character)) {
        let place = reader.inside(span, text, index..index + character.len_utf8());
        reader.faults.push(FlowError::ForbiddenCharacter { character }, place);
        return None;
    }
    Some(text.to_owned())
}

fn is_forbidden(character: char) -> bool {
    is_reordering(character) || (character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
}

fn inside(file: &str, span: &Range<usize>, text: &str, part: Range<usize>) -> Range<usize> {
    let Some(raw) = file.get(span.clone()) else { return span.clone() };
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| raw.starts_with(quote)).map_or(0, str::len);
    let Some(mut inner) = raw.get(quotes..raw.len().saturating_sub(quotes)) else { return span.clone() };
    let mut start = span.start + quotes;
    if quotes == 3 {
        let trimmed = inner.strip_prefix('\n').or_else(|| inner.strip_prefix("\r\n")).unwrap_or(inner);
        start += inner.len() - trimmed.len();
        inner = trimmed;
    }
    if inner == text && part.end <= inner.len() {
        return start + part.start..start + part.end;
    }
    // With escapes the two differ; the part itself mostly has none, so it is sought as it stands.
    match text.get(part).filter(|part| !part.is_empty()).and_then(|part| inner.find(part).map(|at| (at, part.len()))) {
        Some((at, length)) => start + at..start + at + length,
        None => span.clone(),
    }
}

/// What a value is, for people.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn finds_a_part_inside_its_quotes() {
        for (file, text, part, found) in [
            (r#""a${b}""#, "a${b}", 3..4, "b"),
            (r"'a${b}'", "a${b}", 3..4, "b"),
            ("\"\"\"\na${b}\"\"\"", "a${b}", 3..4, "b"),
            (r#""\"${bcd}""#, "\"${bcd}", 3..6, "bcd"),
            (r#""A""#, "Z", 0..1, r#""A""#),
        ] {
            assert_eq!(&file[inside(file, &(0..file.len()), text, part)], found, "{file}");
        }
    }
}

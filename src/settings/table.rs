//! One table of one settings file, read key by key so that every fault names its file and its key, and never a
//! value: a secret typed into the wrong place must not come back in an error.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A value as some layer holds it.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Truth(bool),
    Number(i64),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// A fraction, a date, nothing: no setting is any of these.
    Other,
}

/// A table, with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Table<'a> {
    entries: &'a BTreeMap<String, Node>,
    /// The file, or `the environment`.
    file: &'a Path,
    /// Its name in the file: `browser`, `account.inputs`; empty for the whole file.
    name: String,
}

impl<'a> Table<'a> {
    pub(super) fn new(file: &'a Path, entries: &'a BTreeMap<String, Node>) -> Self {
        Self { entries, file, name: String::new() }
    }

    /// A table inside this one, under a name for people.
    pub(super) fn inner(&self, name: impl Into<String>, entries: &'a BTreeMap<String, Node>) -> Self {
        Self { entries, file: self.file, name: name.into() }
    }

    pub(super) fn file(&self) -> &Path {
        self.file
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        self.entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.get(key)
    }

    /// The table under this key, if there is one.
    pub(super) fn table(&self, key: &str, faults: &mut Vec<String>) -> Option<Table<'a>> {
        if let Node::Table(entries) = self.get(key)? {
            return Some(self.inner(self.path(key), entries));
        }
        faults.push(self.fault(key, "must be a table"));
        None
    }

    /// The text under this key, if there is one; an empty text counts as absent.
    pub(super) fn text(&self, key: &str, faults: &mut Vec<String>) -> Option<&'a str> {
        if let Node::Text(text) = self.get(key)? {
            return Some(text.as_str()).filter(|text| !text.is_empty());
        }
        faults.push(self.fault(key, "must be a string"));
        None
    }

    /// The text under this key, understood by `parse`.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &str,
        faults: &mut Vec<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = parse(self.text(key, faults)?);
        parsed.map_err(|error| faults.push(self.fault(key, &error.to_string()))).ok()
    }

    /// The truth value under this key; the environment can only say it in letters.
    pub(super) fn truth(&self, key: &str, faults: &mut Vec<String>) -> Option<bool> {
        match self.get(key)? {
            Node::Truth(truth) => Some(*truth),
            Node::Text(text) if text == "true" => Some(true),
            Node::Text(text) if text == "false" => Some(false),
            _ => {
                faults.push(self.fault(key, "must be `true` or `false`"));
                None
            }
        }
    }

    /// The whole number under this key; the environment can only say it in letters.
    pub(super) fn number(&self, key: &str, within: RangeInclusive<usize>, faults: &mut Vec<String>) -> Option<usize> {
        let number = match self.get(key)? {
            Node::Number(number) => usize::try_from(*number).ok(),
            Node::Text(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| within.contains(number));
        if number.is_none() {
            let (least, most) = within.into_inner();
            faults.push(self.fault(key, &format!("must be a number from {least} to {most}")));
        }
        number
    }

    /// The program and its arguments under this key. A bare name is looked up in PATH; a relative path is a path like any
    /// other in this file.
    pub(super) fn argv(&self, key: &str, faults: &mut Vec<String>) -> Option<Vec<String>> {
        let mut words = self.texts(key, faults, |word| Ok(word.to_owned()))?;
        if let Some(program) = words.first_mut().filter(|program| program.contains('/')) {
            *program = self.resolve(program).to_string_lossy().into_owned();
        }
        if words.first().is_some_and(String::is_empty) {
            faults.push(self.fault(key, "begins with an empty word; the first names the program"));
            return None;
        }
        Some(words)
    }

    /// The list of texts under this key, each understood by `parse`.
    pub(super) fn texts(
        &self,
        key: &str,
        faults: &mut Vec<String>,
        parse: impl Fn(&str) -> Result<String, String>,
    ) -> Option<Vec<String>> {
        let nodes = if let Node::List(nodes) = self.get(key)? { Some(nodes) } else { None };
        let texts = nodes.and_then(|nodes| {
            let text = |node: &'a Node| if let Node::Text(text) = node { Some(text.as_str()) } else { None };
            nodes.iter().map(text).collect::<Option<Vec<&str>>>()
        });
        let Some(texts) = texts else {
            faults.push(self.fault(key, "must be a list of strings: `[\"one\", \"two\"]`"));
            return None;
        };
        let parsed: Result<Vec<String>, String> = texts.into_iter().map(parse).collect();
        parsed.map_err(|error| faults.push(self.fault(key, &error))).ok()
    }

    /// Reports every key that is none of these.
    pub(super) fn only(&self, known: &[&str], faults: &mut Vec<String>) {
        for (key, _) in self.entries().filter(|(key, _)| !known.contains(key)) {
            let place = if self.name.is_empty() { String::new() } else { format!(" in `{}`", self.name) };
            faults.push(format!("{}: unknown key `{key}`{place}{}", self.file.display(), meant(key, known)));
        }
    }

    /// A fault of one key, with its place.
    pub(super) fn fault(&self, key: &str, what: &str) -> String {
        format!("{}: `{}` {what}", self.file.display(), self.path(key))
    }

    /// A path in this file, from the directory of the file.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// A key with the table in which it stands.
    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

/// What a mistyped word may have meant, else the words there are.
pub(super) fn meant(word: &str, known: &[&str]) -> String {
    let close = known.iter().map(|known| (strsim::damerau_levenshtein(word, known), known)).min();
    match close {
        Some((distance, known)) if distance <= 1 + word.len() / 5 => format!(", did you mean `{known}`?"),
        _ => format!(", known are {}", known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")),
    }
}

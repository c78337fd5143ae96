//! The vault: where secrets come from, the values of one run's inputs, and the redactor that keeps them out of
//! everything written or printed.
//!
//! It knows nothing of flows, pages or files of a run. What it is asked for it reads once, at the start, so that
//! everything missing or wrong is told together, before a browser runs. Variables are read and left in place:
//! children started later still inherit them.

mod encodings;
mod redactor;
mod source;
mod writer;

use std::collections::BTreeMap;
use std::fmt;

use regex::Regex;

pub use self::redactor::{Redactor, SHORTEST};
pub use self::source::{CommandError, SourceError, Unattended, attended, output, read};
pub use self::writer::RedactingWriter;
use crate::secret::Secret;
use crate::settings::InputSource;

/// An input whose value a run wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Whether the value must never be seen.
    pub secret: bool,
    /// What the value must match, whole.
    pub pattern: Option<Regex>,
    /// The value used when the holder supplies none.
    pub default: Option<Fallback>,
}

/// What stands in for a value that the holder does not supply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// This text.
    Text(String),
    /// The value of another input.
    Same(String),
}

/// What is wrong with one input.
#[derive(Debug, thiserror::Error)]
#[error("input `{input}`: {fault}")]
pub struct Problem {
    /// The input's name.
    pub input: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What may be wrong with an input.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing supplies it.
    #[error("no value; give it a source under the account's `inputs`{}", if *.secret { "" } else { ", or use `--input`" })]
    Missing {
        /// Whether the value must never be seen.
        secret: bool,
    },
    /// The flow has no such input.
    #[error("the flow has no such input{0}")]
    Unknown(String),
    /// A secret written out in the settings or on the command line.
    #[error("is secret and must not be written out; use `command`, `env`, `file` or `prompt`")]
    WrittenOut,
    /// Codes for something that is no code.
    #[error("is not a one-time code, so `totp` cannot supply it")]
    NotACode,
    /// Its source does not give it.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The value does not have the form that the flow asks for.
    #[error("the value from {origin} does not match the flow's pattern `{pattern}`")]
    Mismatch {
        /// Where it came from.
        origin: String,
        /// What it must match.
        pattern: String,
    },
}

/// Everything that is wrong with a run's inputs.
#[derive(Debug)]
pub struct VaultError(pub Vec<Problem>);

impl std::error::Error for VaultError {}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// The values of a run's inputs, all but the codes.
#[derive(Debug, Clone, Default)]
pub struct Vault {
    plain: BTreeMap<String, String>,
    secret: BTreeMap<String, Secret>,
}

impl Vault {
    /// Reads and checks the value of every input wanted. Every secret is made known to the redactor.
    ///
    /// # Errors
    ///
    /// All that is missing, broken or of the wrong form, together; never a value.
    pub async fn open(
        wanted: &[Wanted],
        sources: &BTreeMap<String, InputSource>,
        redactor: &Redactor,
    ) -> Result<Self, VaultError> {
        let mut vault = Self::default();
        let mut problems = Vec::new();
        for input in wanted {
            let Some(source) = sources.get(&input.name) else { continue };
            match value(input, source).await {
                Ok(value) => vault.put(input, value, redactor),
                Err(fault) => problems.push(Problem { input: input.name.clone(), fault }),
            }
        }
        let failed: Vec<_> = problems.iter().map(|problem| problem.input.clone()).collect();
        for input in wanted.iter().filter(|input| !sources.contains_key(&input.name)) {
            match vault.fallback(input, wanted, &failed) {
                Ok(Some(value)) => vault.put(input, value, redactor),
                Ok(None) => {}
                Err(fault) => problems.push(Problem { input: input.name.clone(), fault }),
            }
        }
        if problems.is_empty() { Ok(vault) } else { Err(VaultError(problems)) }
    }

    /// The value of a plain input.
    #[must_use]
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str)
    }

    /// The value of a secret input.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secret.get(name)
    }

    fn put(&mut self, input: &Wanted, value: Secret, redactor: &Redactor) {
        if input.secret {
            redactor.add(&value);
            self.secret.insert(input.name.clone(), value);
        } else {
            self.plain.insert(input.name.clone(), value.expose().to_owned());
        }
    }

    /// The value of an input that has no source, by its default and the defaults that one leads to. Nothing when
    /// the input it leads to has a problem of its own: one fault is told once.
    fn fallback(&self, input: &Wanted, wanted: &[Wanted], failed: &[String]) -> Result<Option<Secret>, Fault> {
        let missing = Fault::Missing { secret: input.secret };
        let mut at = input;
        // A circle of defaults ends after as many steps as there are inputs.
        for _ in wanted {
            let (value, origin) = match &at.default {
                None => return Err(missing),
                Some(Fallback::Text(text)) => (Secret::new(text.clone()), "its default".to_owned()),
                Some(Fallback::Same(name)) if failed.contains(name) => return Ok(None),
                Some(Fallback::Same(name)) => {
                    let plain = || self.plain(name).map(|text| Secret::new(text.to_owned()));
                    match self.secret(name).cloned().or_else(plain) {
                        Some(value) => (value, format!("input `{name}`, its default")),
                        None => match wanted.iter().find(|input| input.name == *name) {
                            Some(next) => {
                                at = next;
                                continue;
                            }
                            None => return Err(missing),
                        },
                    }
                }
            };
            return fits(input, &value, &origin).map(|()| Some(value));
        }
        Err(missing)
    }
}

async fn value(input: &Wanted, source: &InputSource) -> Result<Secret, Fault> {
    let value = match source {
        InputSource::Plain(_) if input.secret => return Err(Fault::WrittenOut),
        InputSource::Plain(text) => Secret::new(text.clone()),
        InputSource::Totp(_) => return Err(Fault::NotACode),
        InputSource::From(source) => read(source, &input.name).await?,
    };
    fits(input, &value, &source.to_string())?;
    Ok(value)
}

fn fits(input: &Wanted, value: &Secret, origin: &str) -> Result<(), Fault> {
    let Some(pattern) = &input.pattern else { return Ok(()) };
    if whole(pattern, value.expose()) {
        return Ok(());
    }
    Err(Fault::Mismatch { origin: origin.to_owned(), pattern: pattern.as_str().to_owned() })
}

/// Whether the pattern matches the whole text and not only a piece of it.
#[must_use]
pub fn whole(pattern: &Regex, text: &str) -> bool {
    // The leftmost match may be shorter than another alternative allows, so the pattern itself is anchored.
    Regex::new(&format!(r"\A(?:{})\z", pattern.as_str())).is_ok_and(|pattern| pattern.is_match(text))
}

/// The sources that belong to no input of the flow, each with the name that may have been meant.
#[must_use]
pub fn strays<'a>(names: &[&str], sources: impl IntoIterator<Item = &'a String>) -> Vec<Problem> {
    let stray = |source: &String| {
        let close = names.iter().map(|name| (strsim::damerau_levenshtein(source, name), name)).min();
        let meant = close.filter(|(distance, _)| *distance <= 2).map(|(_, name)| format!(", did you mean `{name}`?"));
        Problem { input: source.clone(), fault: Fault::Unknown(meant.unwrap_or_default()) }
    };
    sources.into_iter().filter(|source| !names.contains(&source.as_str())).map(stray).collect()
}

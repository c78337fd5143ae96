//! The vault: where secrets come from, the values of one run's inputs, and the redactor that keeps them out of
//! everything written or printed.
//!
//! It knows nothing of flows, pages or files of a run. What it is asked for it reads once, at the start, so that
//! everything missing or wrong is told together, before a browser runs. No program that is started here or elsewhere
//! inherits a variable that is the source of a secret.

mod again;
mod boxes;
mod cuts;
mod encodings;
mod file;
mod keyring;
mod program;
mod redactor;
mod source;
mod writer;

use std::collections::BTreeMap;
use std::fmt;

use regex::Regex;

pub use self::again::reads_the_same;
pub use self::file::{CREDENTIALS, FileError, examine_credential, examine_file};
pub use self::keyring::{KeyringError, examine as examine_keyring};
pub use self::program::{CommandError, handed_on, output, program, withhold};
pub use self::redactor::{Redactor, SHORTEST};
pub use self::source::{SourceError, Unattended, attended, read};
pub use self::writer::RedactingWriter;
use crate::secret::Secret;
use crate::settings::{InputSource, SecretSource};

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

/// What stands in for a value that the holder does not supply. It leads only to inputs that have no default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// These pieces of text.
    Text(Vec<Piece>),
    /// The value of another secret.
    Same(String),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// The value of a plain input.
    Input(String),
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
    #[error("is secret and must not be written out; use `command`, `credential`, `env`, `file`, `keyring` or `prompt`")]
    WrittenOut,
    /// Codes for something that is no code.
    #[error("is not a one-time code, so it cannot come from {0}")]
    NotACode(String),
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
    redactor: Redactor,
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
        let mut vault = Self { redactor: redactor.clone(), ..Self::default() };
        let mut problems = Vec::new();
        let mut given: Vec<_> = wanted.iter().filter_map(|input| Some((input, sources.get(&input.name)?))).collect();
        // A person is asked last, and not at all for a run that cannot begin.
        given.sort_by_key(|(_, source)| asks(source));
        for (input, source) in given {
            if asks(source) && !problems.is_empty() {
                break;
            }
            match value(input, source).await {
                Ok(value) => vault.put(input, value, redactor),
                Err(fault) => problems.push(Problem { input: input.name.clone(), fault }),
            }
        }
        for input in wanted.iter().filter(|input| !sources.contains_key(&input.name)) {
            match vault.fallback(input, wanted) {
                Ok(Some(value)) => vault.put(input, value, redactor),
                Ok(None) => {}
                Err(fault) => problems.push(Problem { input: input.name.clone(), fault }),
            }
        }
        if problems.is_empty() { Ok(vault) } else { Err(VaultError(problems)) }
    }

    /// What knows every secret of the run, the codes that come later too.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The value of a plain input.
    #[must_use]
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str)
    }

    /// The values of all plain inputs.
    pub fn plain_values(&self) -> impl Iterator<Item = &str> {
        self.plain.values().map(String::as_str)
    }

    /// The value of a secret input.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secret.get(name)
    }

    fn put(&mut self, input: &Wanted, value: Secret, redactor: &Redactor) {
        if input.secret {
            if !redactor.add(&value) {
                tracing::warn!(
                    input = input.name,
                    "a value of fewer than {SHORTEST} characters cannot be covered in what is written"
                );
            }
            self.secret.insert(input.name.clone(), value);
        } else {
            self.plain.insert(input.name.clone(), value.expose().to_owned());
        }
    }

    /// The value of an input that has no source. Nothing when its default leads to an input that has none either:
    /// that fault is told there.
    fn fallback(&self, input: &Wanted, wanted: &[Wanted]) -> Result<Option<Secret>, Fault> {
        let missing = Fault::Missing { secret: input.secret };
        let (value, leads) = match input.default.as_ref().ok_or(missing)? {
            Fallback::Same(name) => (self.secret(name).cloned(), vec![name]),
            Fallback::Text(pieces) => {
                let text = |piece: &Piece| match piece {
                    Piece::Literal(text) => Some(text.clone()),
                    Piece::Input(name) => self.plain(name).map(str::to_owned),
                };
                let value: Option<String> = pieces.iter().map(text).collect();
                let leads = pieces.iter().filter_map(|piece| match piece {
                    Piece::Literal(_) => None,
                    Piece::Input(name) => Some(name),
                });
                (value.map(Secret::new), leads.collect())
            }
        };
        match value {
            Some(value) => fits(input, &value, "its default").map(|()| Some(value)),
            None if leads.iter().all(|name| wanted.iter().any(|input| input.name == **name)) => Ok(None),
            None => Err(Fault::Missing { secret: input.secret }),
        }
    }
}

fn asks(source: &InputSource) -> bool {
    matches!(source, InputSource::From(SecretSource::Prompt))
}

async fn value(input: &Wanted, source: &InputSource) -> Result<Secret, Fault> {
    let value = match source {
        InputSource::Plain(_) if input.secret => return Err(Fault::WrittenOut),
        InputSource::Plain(text) => Secret::new(text.clone()),
        InputSource::Totp(_) | InputSource::Hotp(_) | InputSource::Submitted | InputSource::Form(_) => {
            return Err(Fault::NotACode(source.to_string()));
        }
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
    // As the flow writes it: when it is read the pattern is anchored.
    let written = pattern.as_str().strip_prefix(r"\A(?:").and_then(|rest| rest.strip_suffix(r")\z"));
    Err(Fault::Mismatch { origin: origin.to_owned(), pattern: written.unwrap_or(pattern.as_str()).to_owned() })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use regex::Regex;

    use super::{Fallback, InputSource, Piece, Redactor, SecretSource, Vault, Wanted, strays, whole};

    fn wanted(name: &str, secret: bool, pattern: &str) -> Wanted {
        let pattern = (!pattern.is_empty()).then(|| Regex::new(pattern).expect("a pattern"));
        Wanted { name: name.into(), secret, pattern, default: None }
    }

    fn command(script: &str) -> InputSource {
        InputSource::From(SecretSource::Command(["sh", "-c", script].map(str::to_owned).to_vec()))
    }

    fn file(path: &Path) -> InputSource {
        InputSource::From(SecretSource::File(path.to_owned()))
    }

    async fn open(wanted: &[Wanted], sources: &[(&str, InputSource)]) -> Result<(Vault, Redactor), String> {
        let sources: BTreeMap<_, _> =
            sources.iter().map(|(name, source)| ((*name).to_owned(), source.clone())).collect();
        let redactor = Redactor::default();
        let vault = Vault::open(wanted, &sources, &redactor).await;
        vault.map(|vault| (vault, redactor)).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn values_come_from_their_sources_and_defaults_from_other_inputs() {
        let mut new_pin = wanted("new_pin", true, r"\d{8}");
        new_pin.default = Some(Fallback::Same("pin".into()));
        let mut town = wanted("town", false, "");
        town.default = Some(Fallback::Text(vec![Piece::Literal("Roma ".into()), Piece::Input("user".into())]));
        let inputs = [new_pin, wanted("pin", true, r"\d{8}"), wanted("user", false, ""), town];
        let sources = [("pin", command("echo 19800131")), ("user", InputSource::Plain("JCPD0001".into()))];
        let (vault, redactor) = open(&inputs, &sources).await.expect("a vault");
        for name in ["pin", "new_pin"] {
            assert_eq!(
                vault.secret(name).map(|value| value.expose().to_owned()).as_deref(),
                Some("19800131"),
                "{name}"
            );
        }
        assert_eq!(
            (vault.plain("user"), vault.plain("town"), vault.plain("pin")),
            (Some("JCPD0001"), Some("Roma JCPD0001"), None)
        );
        assert_eq!(redactor.redact("19800131 JCPD0001"), "*** JCPD0001");
        assert!(!format!("{vault:?}").contains("19800131"));
    }

    #[tokio::test]
    async fn everything_wrong_is_told_at_once_and_no_value() {
        let mut astray = wanted("astray", true, "");
        astray.default = Some(Fallback::Same("nowhere".into()));
        let mut follows = wanted("follows", true, "");
        follows.default = Some(Fallback::Same("pin".into()));
        let inputs = [
            wanted("pin", true, r"\d{8}"),
            wanted("written", true, ""),
            wanted("gone", true, ""),
            wanted("failing", true, ""),
            wanted("empty", true, ""),
            wanted("missing", true, ""),
            astray,
            follows,
        ];
        let sources = [
            ("pin", command("echo 198001310")),
            ("written", InputSource::Plain("hunter2".into())),
            ("gone", InputSource::From(SecretSource::Env("RINNOVA_TEST_THAT_NOBODY_SETS".into()))),
            ("failing", command("echo hunter2 >&2; echo hunter2; exit 7")),
            ("empty", command("echo")),
        ];
        let error = open(&inputs, &sources).await.expect_err("problems");
        for expected in [
            r"input `pin`: the value from command `sh` does not match the flow's pattern `\d{8}`",
            "input `written`: is secret and must not be written out",
            "input `gone`: environment variable `RINNOVA_TEST_THAT_NOBODY_SETS` is not set",
            "input `failing`: command `sh` failed (exit status: 7)",
            "input `empty`: command `sh` is empty",
            "input `missing`: no value",
            "input `astray`: no value",
        ] {
            assert!(error.contains(expected), "{expected}\nnot in\n{error}");
        }
        assert!(!error.contains("hunter2") && !error.contains("198001310") && !error.contains("follows"), "{error}");
    }

    #[tokio::test]
    async fn a_file_must_be_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pin");
        fs::write(&path, "19800131\n").expect("written");
        let inputs = [wanted("pin", true, "")];
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        let error = open(&inputs, &[("pin", file(&path))]).await.expect_err("a problem");
        assert!(error.contains("(mode 640); run `chmod 600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        let (vault, _) = open(&inputs, &[("pin", file(&path))]).await.expect("a vault");
        assert_eq!(vault.secret("pin").map(|value| value.expose().len()), Some(8));
        let link = folder.path().join("link");
        symlink(&path, &link).expect("linked");
        let error = open(&inputs, &[("pin", file(&link))]).await.expect_err("a problem");
        assert!(error.contains("is a symbolic link"), "{error}");
        let error = open(&inputs, &[("pin", file(folder.path()))]).await.expect_err("a problem");
        assert!(error.contains("is not a regular file"), "{error}");
    }

    #[test]
    fn a_pattern_matches_the_whole_value() {
        let check = |pattern: &str, text: &str| whole(&Regex::new(pattern).expect("a pattern"), text);
        assert!(check("a|ab", "ab") && check(r"\d{8}", "19800131"));
        assert!(!check(r"\d{8}", "198001310") && !check(r"\d{8}", "19800131\n"));
    }

    #[test]
    fn a_mistyped_input_is_told() {
        let problems = strays(&["password", "pin"], [&"pasword".to_owned(), &"pin".to_owned(), &"zzz".to_owned()]);
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "input `pasword`: the flow has no such input, did you mean `password`?",
                "input `zzz`: the flow has no such input"
            ]
        );
    }
}

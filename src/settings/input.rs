//! Where an input's value comes from, as an account declares it. No value of a secret ever stands here: only
//! the way to it.

use std::fmt;
use std::path::PathBuf;

/// Where the value of one input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputSource {
    /// Written out in the settings: for plain inputs only.
    Plain(String),
    /// Read from somewhere when the run begins; for a code input, each time a code is needed.
    From(SecretSource),
    /// Codes computed from a seed and the time (RFC 6238); the seed is itself read from somewhere.
    Totp(SecretSource),
    /// Codes computed from a seed and a counter (RFC 4226).
    Hotp(SecretSource),
    /// Codes that `rinnova code submit` hands to the waiting run.
    Submitted,
    /// Codes that a person types into a page of this machine, served on this port; 0 is any.
    Form(u16),
}

/// A place that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// What a program prints on its standard output. Program and arguments; no shell is involved.
    Command(Vec<String>),
    /// An environment variable.
    Env(String),
    /// The content of a file that only its owner can read.
    File(PathBuf),
    /// A credential that systemd gives to a service, by its name.
    Credential(String),
    /// An item of the desktop's keyring, by its name.
    Keyring(String),
    /// Asked for on the terminal.
    Prompt,
}

impl InputSource {
    /// The place that holds its secret; none for a value that is written out.
    #[must_use]
    pub fn source(&self) -> Option<&SecretSource> {
        match self {
            Self::Plain(_) | Self::Submitted | Self::Form(_) => None,
            Self::From(source) | Self::Totp(source) | Self::Hotp(source) => Some(source),
        }
    }
}

impl fmt::Display for InputSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("a value in the settings"),
            Self::From(source) => source.fmt(f),
            Self::Totp(source) => write!(f, "totp from {source}"),
            Self::Hotp(source) => write!(f, "hotp from {source}"),
            Self::Submitted => f.write_str("`rinnova code submit`"),
            Self::Form(_) => f.write_str("the form"),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The arguments are left out: people put tokens there.
            Self::Command(argv) => write!(f, "command `{}`", argv.first().map_or("", String::as_str)),
            Self::Env(name) => write!(f, "environment variable `{name}`"),
            Self::File(path) => write!(f, "file `{}`", path.display()),
            Self::Credential(name) => write!(f, "credential `{name}`"),
            Self::Keyring(item) => write!(f, "keyring item `{item}`"),
            Self::Prompt => f.write_str("the terminal"),
        }
    }
}

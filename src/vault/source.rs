//! Reading one secret from where it is kept.

use std::io::ErrorKind;
use std::time::Duration;

use zeroize::Zeroizing;

use super::file::{self, FileError};
use super::keyring::{self, KeyringError};
use super::program::{CommandError, output, withhold};
use crate::secret::Secret;
use crate::settings::SecretSource;

/// How long a program may take; a password manager may first ask its owner to unlock it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most that is read from any source: a secret is a line, not a file.
pub(super) const LONGEST: usize = 64 * 1024;

/// Why a source gives no value.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A program did not print it.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A file does not hold it as a secret must be held.
    #[error(transparent)]
    File(#[from] FileError),
    /// A keyring does not give it.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A variable is not there.
    #[error("environment variable `{0}` is not set")]
    Unset(String),
    /// A variable, file or output is not text.
    #[error("{0} holds bytes that are not UTF-8 text")]
    NotText(String),
    /// There is nothing in it.
    #[error("{0} is empty")]
    Empty(String),
    /// More than any secret has.
    #[error("{0} holds more than 64 KiB; that is no secret")]
    TooLong(String),
    /// Nobody can be asked.
    #[error(transparent)]
    Unattended(#[from] Unattended),
    /// The terminal failed.
    #[error("the terminal cannot be read: {0}")]
    Terminal(std::io::Error),
}

/// A person would have to be asked, and none can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no terminal to ask on; run it in a terminal or use another source")]
pub struct Unattended;

/// Reads the secret that this source holds, without the line break at its end. `label` is what a prompt asks for.
///
/// # Errors
///
/// When the source does not give a text, or is not kept as a secret must be.
pub async fn read(source: &SecretSource, label: &str) -> Result<Secret, SourceError> {
    let place = source.to_string();
    let bytes = match source {
        SecretSource::Command(argv) => output(argv, &[], PATIENCE).await?,
        SecretSource::Env(name) => variable(name)?,
        SecretSource::File(path) => file::file(path)?,
        SecretSource::Credential(name) => file::credential(name)?,
        SecretSource::Keyring(item) => keyring::read(item).await?,
        SecretSource::Prompt => {
            let question = format!("{label}: ");
            // The terminal is read on a thread of its own: a person may take minutes.
            let answer = tokio::task::spawn_blocking(move || prompt(&question)).await;
            answer.map_err(|error| SourceError::Terminal(std::io::Error::other(error)))??
        }
    };
    if bytes.len() > LONGEST {
        return Err(SourceError::TooLong(place));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| SourceError::NotText(place.clone()))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(SourceError::Empty(place));
    }
    Ok(Secret::new(text.to_owned()))
}

/// A variable's value. No program that is started from now on sees it.
fn variable(name: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    withhold(name);
    let value = std::env::var_os(name).ok_or_else(|| SourceError::Unset(name.to_owned()))?;
    Ok(Zeroizing::new(value.into_encoded_bytes()))
}

fn prompt(question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    if !attended() {
        return Err(Unattended.into());
    }
    match rpassword::prompt_password(question) {
        Ok(answer) => Ok(Zeroizing::new(answer.into_bytes())),
        Err(error) if matches!(error.raw_os_error(), Some(6)) || error.kind() == ErrorKind::NotFound => {
            Err(Unattended.into())
        }
        Err(error) => Err(SourceError::Terminal(error)),
    }
}

/// Whether a person can be asked: there is a terminal, and this process stands in its foreground. From the
/// background, reading would stop the process instead.
#[must_use]
pub fn attended() -> bool {
    let Ok(terminal) = std::fs::File::open("/dev/tty") else { return false };
    rustix::termios::tcgetpgrp(&terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

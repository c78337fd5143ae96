//! Reading one secret from where it is kept. What a program says on its standard error is never shown: it may
//! hold the secret itself.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::settings::SecretSource;

/// How long a program may take; a password manager may first ask its owner to unlock it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most that is read from any source: a secret is a line, not a file.
const LONGEST: u64 = 64 * 1024;

/// Why a source gives no value.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A program did not print it.
    #[error(transparent)]
    Command(#[from] CommandError),
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
    /// A file cannot be opened.
    #[error("file `{}` cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// A file is a link.
    #[error("file `{}` is a symbolic link; name the file itself", .0.display())]
    Link(PathBuf),
    /// A file is a folder, a socket, a device.
    #[error("file `{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A file belongs to another user.
    #[error("file `{}` belongs to another user; `chown` it to the user who runs this", .0.display())]
    OtherOwner(PathBuf),
    /// Others can read a file.
    #[error("file `{}` can be read by others (mode {mode:03o}); run `chmod 600 {}`", .path.display(), .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
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

/// Why a program gives no value.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It cannot be started.
    #[error("command `{program}` cannot be started: {why}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// It failed.
    #[error("command `{program}` failed ({status}); run it by hand to see why")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// It took too long.
    #[error("command `{program}` did not finish within {} s", .after.as_secs())]
    TimedOut {
        /// The program.
        program: String,
        /// The time it had.
        after: Duration,
    },
    /// What it prints cannot be read.
    #[error("the output of command `{program}` cannot be read: {why}")]
    Unreadable {
        /// The program.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
}

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
        SecretSource::File(path) => file(path)?,
        SecretSource::Prompt => {
            let question = format!("{label}: ");
            // The terminal is read on a thread of its own: a person may take minutes.
            let answer = tokio::task::spawn_blocking(move || prompt(&question)).await;
            answer.map_err(|error| SourceError::Terminal(std::io::Error::other(error)))??
        }
    };
    if bytes.len() as u64 > LONGEST {
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

/// What a program prints on its standard output. No shell, nothing on its standard input; with variables set
/// beside those it inherits. It is killed when the time is over or the caller gives up.
///
/// # Errors
///
/// When it cannot be started, fails, or takes too long.
pub async fn output(
    argv: &[String],
    env: &[(&str, String)],
    patience: Duration,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let (name, arguments) = argv.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
    let program = || name.to_owned();
    let mut command = Command::new(name);
    command.args(arguments).envs(env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|why| CommandError::NotStarted { program: program(), why })?;
    let mut bytes = Zeroizing::new(Vec::new());
    let talk = async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(LONGEST + 1).read_to_end(&mut bytes).await?;
        }
        child.wait().await
    };
    match tokio::time::timeout(patience, talk).await {
        Err(_) => Err(CommandError::TimedOut { program: program(), after: patience }),
        Ok(Err(why)) => Err(CommandError::Unreadable { program: program(), why }),
        Ok(Ok(status)) if !status.success() => Err(CommandError::Failed { program: program(), status }),
        Ok(Ok(_)) => Ok(bytes),
    }
}

fn variable(name: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let value = std::env::var_os(name).ok_or_else(|| SourceError::Unset(name.to_owned()))?;
    Ok(Zeroizing::new(value.into_encoded_bytes()))
}

/// The content of a file that is its owner's alone. The checks are made on the open file, so that it cannot be
/// exchanged between check and reading.
fn file(path: &Path) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let unreadable = |why: std::io::Error| SourceError::Unreadable { path: path.to_owned(), why };
    // Without NONBLOCK a named pipe would block here, before it can be refused.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => SourceError::Link(path.to_owned()),
        other => unreadable(other.into()),
    })?;
    let stat = rustix::fs::fstat(&file).map_err(|error| unreadable(error.into()))?;
    let mode = stat.st_mode & 0o777;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(SourceError::NotAFile(path.to_owned()));
    }
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(SourceError::OtherOwner(path.to_owned()));
    }
    if mode & 0o077 != 0 {
        return Err(SourceError::Open { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::from(file).take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
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

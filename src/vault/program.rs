//! Programs that the tool starts. Every one is made here: none inherits a variable in which a secret was handed over, and
//! one that is asked for a secret takes all it started with it when its time is over.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

use super::source::LONGEST;

/// How long a pipe is still read after the program has ended: something that it left running may hold it open.
const LINGER: Duration = Duration::from_secs(1);

/// The variables that hold secrets. The environment belongs to the whole process, and so does this list: a variable can
/// not be taken out of it again while threads run, but no child need see it.
static WITHHELD: RwLock<BTreeSet<OsString>> = RwLock::new(BTreeSet::new());

/// Hands this variable on to no program that is started from now on.
pub fn withhold(name: &str) {
    WITHHELD.write().unwrap_or_else(PoisonError::into_inner).insert(name.into());
}

/// A variable of our own environment that a program may see.
#[must_use]
pub fn handed_on(name: &str) -> Option<OsString> {
    let withheld = WITHHELD.read().unwrap_or_else(PoisonError::into_inner).contains(OsStr::new(name));
    if withheld { None } else { std::env::var_os(name) }
}

/// A program to be started, with our environment but for the variables that hold secrets.
#[must_use]
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for variable in WITHHELD.read().unwrap_or_else(PoisonError::into_inner).iter() {
        command.env_remove(variable);
    }
    command
}

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
    #[error("command `{program}` did not finish within {} s; it must give the value without asking on the terminal", .after.as_secs())]
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

/// What a program prints on its standard output. No shell, nothing on its standard input, nothing kept of its standard
/// error, which may hold the secret itself; with variables set beside those it inherits. When the time is over or the
/// caller gives up, it is killed with all that stands in its process group.
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
    let called = || name.to_owned();
    let mut command = tokio::process::Command::from(program(name));
    command.args(arguments).envs(env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(|why| CommandError::NotStarted { program: called(), why })?;
    let mut group = Group(child.id());
    // All the room at once: a buffer that grows leaves copies of what it held.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let talk = async {
        let stdout = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        let mut stdout = stdout.take(LONGEST as u64 + 1);
        let read = stdout.read_to_end(&mut bytes);
        tokio::pin!(read);
        tokio::select! {
            read = &mut read => if read? > LONGEST { return Ok(None) },
            _ended = child.wait() => {
                let _left_open = tokio::time::timeout(LINGER, read).await;
            }
        }
        child.wait().await.map(Some)
    };
    match tokio::time::timeout(patience, talk).await {
        Err(_) => Err(CommandError::TimedOut { program: called(), after: patience }),
        Ok(Err(why)) => Err(CommandError::Unreadable { program: called(), why }),
        // It prints without end; whoever asked sees that this is too long.
        Ok(Ok(None)) => Ok(bytes),
        Ok(Ok(Some(status))) => {
            // It is gone, and its number may be another's soon.
            group.0 = None;
            if status.success() { Ok(bytes) } else { Err(CommandError::Failed { program: called(), status }) }
        }
    }
}

/// A process group that ends with this value.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.0.and_then(|leader| i32::try_from(leader).ok()).and_then(Pid::from_raw);
        if let Some(leader) = leader {
            let _gone = rustix::process::kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{CommandError, LONGEST, handed_on, output, program, withhold};

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    /// Whether a process of this number runs.
    fn runs(pid: &str) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
    }

    #[tokio::test]
    async fn what_a_program_started_ends_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let note = folder.path().join("pid");
        let script = format!("sleep 300 & echo $! > {}; wait", note.display());
        let begun = Instant::now();
        let ended = output(&shell(&script), &[], Duration::from_secs(3)).await;
        assert!(matches!(ended, Err(CommandError::TimedOut { .. })));
        assert!(begun.elapsed() < Duration::from_secs(20));
        let pid = std::fs::read_to_string(note).expect("it was started");
        let patience = Instant::now() + Duration::from_secs(5);
        while runs(pid.trim()) && Instant::now() < patience {
            tokio::task::yield_now().await;
        }
        assert!(!runs(pid.trim()), "its child goes on");
    }

    #[tokio::test]
    async fn a_program_that_leaves_a_daemon_is_not_waited_for() {
        let begun = Instant::now();
        let text = output(&shell("sleep 20 & echo value"), &[], Duration::from_secs(15)).await.expect("a value");
        assert_eq!(text.as_slice(), b"value\n");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_program_that_prints_without_end_is_stopped() {
        let begun = Instant::now();
        let text = output(&shell("yes"), &[], Duration::from_secs(30)).await.expect("too much");
        assert!(text.len() > LONGEST && begun.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_variable_that_holds_a_secret_reaches_no_program() {
        // Set by the test runner for every test of this package.
        let name = "CARGO_PKG_DESCRIPTION";
        assert!(handed_on(name).is_some());
        withhold(name);
        assert_eq!(handed_on(name), None);
        let text = output(&shell("env"), &[("SET_BESIDE", "x".into())], Duration::from_secs(10)).await.expect("a list");
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("SET_BESIDE=x") && text.contains("PATH=") && !text.contains(name), "{text}");
        let shown = program("env").output().expect("a list").stdout;
        assert!(!String::from_utf8_lossy(&shown).contains(name));
    }
}

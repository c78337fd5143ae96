//! Running a program of the owner's choosing: no shell, an environment of a few named variables, a process group of its own
//! that is ended when the time is over, and of what it prints only the end.
//!
//! Secrets' sources do not run here: what such a program prints must never be kept (`vault`).

use std::convert::Infallible;
use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

/// What a program may see of this process's environment, beside what it is told. A secret handed over in a variable stays
/// out.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// So much of what is printed is kept, from its end.
const MOST: usize = 16 * 1024;

/// Between the request to end and the order.
const GRACE: Duration = Duration::from_secs(2);

/// A program to be run.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// Itself and its arguments.
    pub argv: &'a [String],
    /// What it is told.
    pub env: Vec<(&'static str, String)>,
    /// What stands on its standard input.
    pub input: &'a [u8],
    /// How long it may take.
    pub patience: Duration,
}

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It cannot be started.
    #[error("`{program}` cannot be started: {why}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// It failed.
    #[error("`{program}` failed ({status}){output}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it printed.
        output: Output,
    },
    /// It took too long and was ended.
    #[error("`{program}` did not finish within {} s and was ended{output}", .after.as_secs_f32())]
    TimedOut {
        /// The program.
        program: String,
        /// The time it had.
        after: Duration,
        /// What it printed.
        output: Output,
    },
}

/// The end of what a program printed, standard output and standard error in one. It is the program's word: whoever shows it
/// passes it through the redactor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output(pub String);

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.lines().rev().find(|line| !line.trim().is_empty());
        last.map_or(Ok(()), |line| write!(f, ": {}", line.trim()))
    }
}

impl Program<'_> {
    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// When it cannot be started, fails, or takes too long.
    pub async fn run(&self) -> Result<Output, ProgramError> {
        let (name, arguments) = self.argv.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
        let program = || name.to_owned();
        let not_started = |why| ProgramError::NotStarted { program: program(), why };
        let (reader, writer) = std::io::pipe().map_err(not_started)?;
        let reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(not_started)?;
        let mut command = Command::new(name);
        command.args(arguments).env_clear();
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        // One pipe for both, so that the lines stand in the order in which they were written.
        command.stdin(Stdio::piped()).stdout(writer.try_clone().map_err(not_started)?).stderr(writer);
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(not_started)?;
        // This side's ends of the pipe: with them open the reader would never see the end.
        drop(command);
        let mut group = Group::of(&child);
        let mut tail = Tail { reader, kept: Vec::new() };
        let ended = tokio::time::timeout(self.patience, ended(&mut child, self.input, &mut tail)).await;
        match ended {
            Ok(Ok(status)) => {
                group.over();
                // What it left running may hold the pipe open for ever; what it printed itself is there by now.
                let _end = tokio::time::timeout(Duration::from_millis(200), tail.fill()).await;
                let output = tail.text();
                if status.success() {
                    Ok(output)
                } else {
                    Err(ProgramError::Failed { program: program(), status, output })
                }
            }
            Ok(Err(why)) => Err(not_started(why)),
            Err(_) => {
                group.send(Signal::TERM);
                let _ended = tokio::time::timeout(GRACE, child.wait()).await;
                // The program may have ended and left others of its group behind; they go, too.
                group.send(Signal::KILL);
                let _ended = child.wait().await;
                group.over();
                let _end = tokio::time::timeout(Duration::from_millis(200), tail.fill()).await;
                Err(ProgramError::TimedOut { program: program(), after: self.patience, output: tail.text() })
            }
        }
    }
}

/// Feeds the program and reads what it prints until it ends. That it reads nothing of what it is given is its own affair.
async fn ended(child: &mut Child, input: &[u8], tail: &mut Tail) -> std::io::Result<ExitStatus> {
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            let _unread = stdin.write_all(input).await;
        }
        std::future::pending::<Infallible>().await
    };
    let drain = async {
        tail.fill().await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        status = child.wait() => status,
        never = feed => match never {},
        never = drain => match never {},
    }
}

/// What was printed, from its end.
struct Tail {
    reader: pipe::Receiver,
    kept: Vec<u8>,
}

impl Tail {
    async fn fill(&mut self) {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = self.reader.read(&mut chunk).await {
            self.kept.extend_from_slice(&chunk[..read]);
            if self.kept.len() > 2 * MOST {
                self.kept.drain(..self.kept.len() - MOST - 1);
            }
        }
    }

    /// Cut at a line: half of a secret would not be known for one.
    fn text(mut self) -> Output {
        if self.kept.len() > MOST {
            let from = self.kept.len() - MOST - 1;
            let line =
                self.kept[from..].iter().position(|byte| *byte == b'\n').map_or(self.kept.len(), |at| from + at + 1);
            self.kept.drain(..line);
        }
        Output(String::from_utf8_lossy(&self.kept).into_owned())
    }
}

/// A program's process group, ended with it when this is dropped in mid-run.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    fn send(&self, signal: Signal) {
        if let Some(leader) = self.0 {
            let _gone = rustix::process::kill_process_group(leader, signal);
        }
    }

    /// The program has ended by itself: its number may soon be another's.
    fn over(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.send(Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{MOST, Program, ProgramError};

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    fn program<'a>(argv: &'a [String], input: &'a [u8], patience: u64) -> Program<'a> {
        let env = vec![("RINNOVA_ACCOUNT", "rossi".to_owned())];
        Program { argv, env, input, patience: Duration::from_millis(patience) }
    }

    #[tokio::test]
    async fn it_sees_what_it_is_told_and_little_else() {
        let argv = shell("cat; env | cut -d= -f1 | sort | tr '\\n' ' ' >&2");
        let output = program(&argv, b"hello\n", 20_000).run().await.expect("it runs").0;
        let (said, names) = output.split_once('\n').expect("two lines");
        assert_eq!(said, "hello");
        for name in names.split_whitespace() {
            // The last three are the shell's own.
            let known = ["PATH", "HOME", "LANG", "RINNOVA_ACCOUNT", "PWD", "OLDPWD", "SHLVL", "_"];
            assert!(known.contains(&name), "{name}");
        }
        assert!(names.contains("RINNOVA_ACCOUNT") && !names.contains("CARGO"), "{names}");
    }

    #[tokio::test]
    async fn a_failure_tells_the_last_line() {
        let argv = shell("echo begun; echo 'no such host' >&2; exit 3");
        let error = program(&argv, b"ignored", 20_000).run().await.expect_err("it fails").to_string();
        assert_eq!(error, "`sh` failed (exit status: 3): no such host");
        let argv = vec!["/nowhere/at-all".to_owned()];
        let error = program(&argv, b"", 1000).run().await.expect_err("it is not there");
        assert!(matches!(error, ProgramError::NotStarted { .. }), "{error}");
        assert!(matches!(program(&[], b"", 1000).run().await, Err(ProgramError::NotStarted { .. })));
    }

    #[tokio::test]
    async fn a_hanging_one_goes_with_all_it_started() {
        let argv = shell("trap '' TERM; sleep 600 & echo $!; wait; wait; sleep 600");
        let began = Instant::now();
        let error = program(&argv, b"", 2000).run().await.expect_err("it hangs");
        let ProgramError::TimedOut { output, .. } = error else { panic!("{error}") };
        assert!(began.elapsed() < Duration::from_secs(20));
        let child: u32 = output.0.trim().parse().expect("a process");
        let runs = || {
            let state = std::fs::read_to_string(format!("/proc/{child}/stat"));
            state.is_ok_and(|stat| !stat.contains(") Z "))
        };
        // A process that was ended runs until the kernel comes to it.
        let patience = Instant::now() + Duration::from_secs(5);
        while runs() && Instant::now() < patience {
            tokio::task::yield_now().await;
        }
        assert!(!runs(), "the child of the hanging one still runs");
    }

    #[tokio::test]
    async fn what_it_leaves_running_holds_nobody_up() {
        let argv = shell("echo said; sleep 5 & exit 0");
        let began = Instant::now();
        let output = program(&argv, b"", 60_000).run().await.expect("it runs");
        assert_eq!(output.0, "said\n");
        assert!(began.elapsed() < Duration::from_secs(4));
    }

    #[tokio::test]
    async fn of_much_talk_the_end_is_kept_and_no_half_line() {
        let argv = shell("i=0; while [ $i -lt 9000 ]; do echo line $i of very many; i=$((i+1)); done");
        let output = program(&argv, b"", 60_000).run().await.expect("it runs").0;
        assert!(output.len() <= MOST && output.len() > MOST / 2, "{}", output.len());
        assert!(output.starts_with("line ") && output.ends_with("line 8999 of very many\n"));
        let argv = shell("head -c 100000 /dev/zero | tr '\\0' x");
        assert_eq!(program(&argv, b"", 60_000).run().await.expect("it runs").0, "");
    }
}

//! The commands that mend what is missing: which they are on this system, and running them.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::accounts::runnable;
use super::finding::{Finding, Mend};
use crate::report::plain::plain;
use crate::vault;

/// A slow line and a slow machine: geckodriver alone is compiled for several minutes.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

/// How often a long command is said to be still at work.
const WORD: Duration = Duration::from_secs(30);

/// How many of a failing command's last lines are told.
const LAST: usize = 15;

/// What this machine has for installing things.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a machine, not the states of one thing")]
pub(super) struct System {
    /// `apt-get` is there.
    pub apt: bool,
    /// It is Ubuntu, where the packages have other names and bring snaps.
    pub ubuntu: bool,
    /// This is root.
    pub root: bool,
    /// `sudo` is there.
    pub sudo: bool,
    /// `cargo` is there.
    pub cargo: bool,
    /// The tool's cache.
    pub cache: Option<PathBuf>,
}

/// A command of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// A failure is told, and the next one run: package lists that are partly old may be good enough.
    pub may_fail: bool,
}

impl System {
    /// This machine.
    #[must_use]
    pub(super) fn here(env: &BTreeMap<String, String>, cache: Option<PathBuf>) -> Self {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let ubuntu = release.lines().any(|line| {
            line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")).is_some_and(|ids| ids.contains("ubuntu"))
        });
        let has = |program| runnable(program, env);
        let root = rustix::process::geteuid().is_root();
        Self { apt: has("apt-get"), ubuntu, root, sudo: has("sudo"), cargo: has("cargo"), cache }
    }

    /// The command that mends it, for people.
    #[must_use]
    pub(super) fn told(&self, mend: &Mend) -> String {
        match mend {
            Mend::ByHand(text) => text.clone(),
            Mend::Packages(names) if self.apt => {
                let snaps = if self.ubuntu { "  (on Ubuntu these bring snaps; see geckodriver.md)" } else { "" };
                let sudo = if self.root { "" } else { "sudo " };
                format!("{sudo}apt-get install {}{snaps}", self.names(names).join(" "))
            }
            Mend::Packages(names) => format!("install {} with this system's packages", names.join(" and ")),
            Mend::Geckodriver if self.cargo => self.geckodriver().join(" "),
            Mend::Geckodriver => format!("install Rust, then: {}", self.geckodriver().join(" ")),
        }
    }

    /// The commands that mend these findings, each once, in the order in which they must run.
    #[must_use]
    pub(super) fn plan(&self, findings: &[Finding]) -> Vec<Command> {
        let mends: Vec<&Mend> = findings.iter().filter_map(|finding| finding.mend.as_ref()).collect();
        let mut packages: Vec<&str> = Vec::new();
        for mend in &mends {
            if let Mend::Packages(names) = mend {
                packages.extend(self.names(names));
            }
        }
        packages.sort_unstable();
        packages.dedup();
        let mut plan = Vec::new();
        if !packages.is_empty() && self.apt && (self.root || self.sudo) {
            plan.push(Command { argv: self.as_root(&["apt-get", "update"]), may_fail: true });
            let mut install = vec!["apt-get", "install", "--yes", "--no-install-recommends"];
            install.extend(packages);
            plan.push(Command { argv: self.as_root(&install), may_fail: false });
        }
        if mends.contains(&&Mend::Geckodriver) && self.cargo {
            plan.push(Command { argv: self.geckodriver(), may_fail: false });
        }
        plan
    }

    fn names<'a>(&self, debian: &[&'a str]) -> Vec<&'a str> {
        let name = |&name: &&'a str| match name {
            "chromium" if self.ubuntu => "chromium-browser",
            "chromium-driver" if self.ubuntu => "chromium-chromedriver",
            "firefox-esr" if self.ubuntu => "firefox",
            name => name,
        };
        debian.iter().map(name).collect()
    }

    fn as_root(&self, argv: &[&str]) -> Vec<String> {
        let sudo = if self.root { None } else { Some("sudo") };
        sudo.iter().chain(argv).map(|&word| word.to_owned()).collect()
    }

    /// Into the folder in which `browser::installed` looks.
    fn geckodriver(&self) -> Vec<String> {
        let root = self.cache.as_deref().unwrap_or(Path::new(".")).join("geckodriver");
        let root = root.display().to_string();
        ["cargo", "install", "geckodriver", "--locked", "--root", &root].map(str::to_owned).into()
    }
}

/// Runs the plan, showing each command first. Answers whether every one that must succeed did.
pub(super) async fn perform(plan: &[Command]) -> bool {
    let mut good = true;
    for command in plan {
        tell(&format!("$ {}", command.argv.join(" ")));
        let began = Instant::now();
        match run(&command.argv).await {
            Ok(()) => tell(&format!("  done in {} s", began.elapsed().as_secs())),
            Err((why, lines)) => {
                for line in lines {
                    tell(&format!("  | {line}"));
                }
                tell(&format!("  {}: {why}", if command.may_fail { "warning" } else { "failed" }));
                good &= command.may_fail;
            }
        }
    }
    good
}

/// Runs one command; a failure comes with its last lines.
async fn run(argv: &[String]) -> Result<(), (String, VecDeque<String>)> {
    let plainly = |why: std::io::Error| (why.to_string(), VecDeque::new());
    let (program, arguments) = argv.split_first().ok_or_else(|| ("an empty command".to_owned(), VecDeque::new()))?;
    let (reader, writer) = std::io::pipe().map_err(plainly)?;
    let mut command = tokio::process::Command::from(vault::program(program));
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).kill_on_drop(true);
    command.stdout(writer.try_clone().map_err(plainly)?).stderr(writer);
    let mut child = command.spawn().map_err(plainly)?;
    // The command still holds the writing end; the reader would wait for it for ever.
    drop(command);
    let lines = tokio::task::spawn_blocking(move || tail(BufReader::new(reader)));
    let began = Instant::now();
    let status = loop {
        match tokio::time::timeout(WORD, child.wait()).await {
            Ok(status) => break status.map_err(plainly)?,
            Err(_) if began.elapsed() > PATIENCE => {
                return Err((format!("not finished after {} minutes", PATIENCE.as_secs() / 60), VecDeque::new()));
            }
            Err(_) => tell(&format!("  still at work ({} s)", began.elapsed().as_secs())),
        }
    };
    if status.success() {
        return Ok(());
    }
    // A grandchild may keep the pipe open; its lines are not worth waiting for.
    let lines = tokio::time::timeout(Duration::from_secs(2), lines).await;
    Err((status.to_string(), lines.ok().and_then(Result::ok).unwrap_or_default()))
}

/// A line on standard error; a closed one is no reason to leave a command half done.
fn tell(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}

fn tail(reader: impl std::io::BufRead) -> VecDeque<String> {
    let mut last = VecDeque::with_capacity(LAST + 1);
    for line in reader.split(b'\n').map_while(Result::ok) {
        last.push_back(plain(&String::from_utf8_lossy(&line)).into_owned());
        if last.len() > LAST {
            last.pop_front();
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::{Command, System, run};
    use crate::command::doctor::finding::{Area, Finding, Mend};

    fn missing() -> Vec<Finding> {
        let finding = |mend| Finding::missing(Area::Machine, "x", "x", Some(mend));
        vec![
            finding(Mend::Packages(&["chromium", "chromium-driver"])),
            finding(Mend::Packages(&["chromium", "chromium-driver"])),
            finding(Mend::Geckodriver),
            finding(Mend::ByHand("think".into())),
        ]
    }

    fn shown(plan: &[Command]) -> Vec<String> {
        plan.iter().map(|command| command.argv.join(" ")).collect()
    }

    #[test]
    fn each_command_once_and_the_lists_first() {
        let system = System { apt: true, sudo: true, cargo: true, cache: Some("/cache".into()), ..System::default() };
        assert_eq!(
            shown(&system.plan(&missing())),
            [
                "sudo apt-get update",
                "sudo apt-get install --yes --no-install-recommends chromium chromium-driver",
                "cargo install geckodriver --locked --root /cache/geckodriver",
            ]
        );
        assert!(system.plan(&[]).is_empty());
    }

    #[test]
    fn ubuntu_has_other_names() {
        let system = System { apt: true, root: true, ubuntu: true, ..System::default() };
        let plan = shown(&system.plan(&missing()));
        assert_eq!(plan[1], "apt-get install --yes --no-install-recommends chromium-browser chromium-chromedriver");
        assert!(system.told(&Mend::Packages(&["firefox-esr"])).starts_with("apt-get install firefox  (on Ubuntu"));
    }

    #[test]
    fn nothing_is_run_without_the_right_to() {
        assert!(System { apt: true, ..System::default() }.plan(&missing()).is_empty());
    }

    #[tokio::test]
    async fn a_failing_command_is_told_with_its_last_lines() {
        let argv = ["sh", "-c", "for n in $(seq 40); do echo line $n; done; echo bad >&2; exit 3"].map(str::to_owned);
        let (why, lines) = run(&argv).await.expect_err("a failure");
        assert_eq!((why.as_str(), lines.len(), lines.back().map(String::as_str)), ("exit status: 3", 15, Some("bad")));
        let (why, _) = run(&["no-such-program-anywhere".to_owned()]).await.expect_err("a failure");
        assert!(why.contains("No such file"), "{why}");
    }
}

//! `rinnova doctor` through the real program: drivers that are absent, too old, of another version, not executable.
//! Small scripts stand in for browsers and drivers, so that nothing of this machine decides the outcome.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A machine of scripts: both browsers and drivers, whole unless a test changes one.
struct Machine {
    folder: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
}

impl Machine {
    fn whole() -> Self {
        let mut machine = Self { folder: tempfile::tempdir().expect("a folder"), env: Vec::new() };
        machine.program("RINNOVA_FIREFOX", "firefox", "Mozilla Firefox 153.7.0esr");
        machine.program("RINNOVA_GECKODRIVER", "geckodriver", "geckodriver 0.37.1 (abc 2026)");
        machine.program("RINNOVA_CHROMIUM", "chromium", "Chromium 156.0.8078.79 built on Debian");
        machine.program("RINNOVA_CHROMEDRIVER", "chromedriver", "ChromeDriver 156.0.8078.79 (abc)");
        machine
    }

    /// Puts a program there that tells this version, in place of the one before.
    fn program(&mut self, variable: &'static str, name: &str, version: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        script(&path, &format!("echo '{version}'"));
        self.set(variable, path.display().to_string());
        path
    }

    fn set(&mut self, variable: &'static str, value: String) {
        self.env.retain(|(name, _)| *name != variable);
        self.env.push((variable, value));
    }

    fn doctor(&self, arguments: &[&str]) -> Output {
        let folder = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rinnova"));
        command.arg("doctor").args(arguments).current_dir(folder).env_clear();
        command.env("PATH", folder).env("HOME", folder).env("TMPDIR", folder).env("LANG", "C.UTF-8");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.output().expect("rinnova")
    }

    fn data(&self, arguments: &[&str]) -> (Value, Option<i32>) {
        let output = self.doctor(&[arguments, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).expect("text");
        (serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")), output.status.code())
    }
}

fn script(path: &Path, body: &str) {
    fs::write(path, format!("#!/bin/sh\n{body}\n")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Level, text and mending command of what `what` says.
fn finding<'a>(data: &'a Value, what: &str) -> (&'a str, &'a str, &'a str) {
    let findings = data["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["what"] == what).unwrap_or_else(|| panic!("{what} in {data}"));
    let text = |key: &str| finding[key].as_str().unwrap_or_default();
    (text("level"), text("text"), text("mend"))
}

#[test]
fn a_whole_machine_is_ready() {
    let machine = Machine::whole();
    let output = machine.doctor(&[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with("ready to run with firefox and chromium\n"), "{text}");
    assert!(text.contains("0.37.1, fits"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe: {text}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missing_driver_is_told_with_the_command_that_mends_it() {
    let mut machine = Machine::whole();
    machine.env.retain(|(name, _)| *name != "RINNOVA_GECKODRIVER");
    fs::remove_file(machine.folder.path().join("geckodriver")).expect("removed");
    let (data, code) = machine.data(&[]);
    let (level, text, mend) = finding(&data, "geckodriver");
    assert_eq!((level, text), ("missing", "not installed"));
    let root = machine.folder.path().join(".cache/rinnova/geckodriver");
    assert!(mend.ends_with(&format!("cargo install geckodriver --locked --root {}", root.display())), "{mend}");
    // The other browser is whole: a run is possible.
    assert_eq!((code, &data["ready"]), (Some(0), &Value::Bool(true)));
    assert_eq!(machine.data(&["--browser", "chromium"]).1, Some(0));
    assert_eq!(machine.data(&["--browser", "firefox"]).1, Some(2));
    machine.set("RINNOVA_CHROMIUM", "/nowhere/chromium".into());
    let (data, code) = machine.data(&[]);
    assert_eq!(code, Some(2));
    assert_eq!(finding(&data, "chromium").1, "`/nowhere/chromium`, named by RINNOVA_CHROMIUM, is not there");
}

#[test]
fn a_driver_of_another_version_does_not_fit() {
    let mut machine = Machine::whole();
    machine.program("RINNOVA_CHROMEDRIVER", "chromedriver", "ChromeDriver 120.0.6099.109 (abc)");
    machine.program("RINNOVA_GECKODRIVER", "geckodriver", "geckodriver 0.33.0");
    let (data, code) = machine.data(&[]);
    assert_eq!(code, Some(2));
    let (level, text, _) = finding(&data, "chromedriver");
    assert!(level == "missing" && text.contains("120.0.6099.109 does not fit Chromium 156.0.8078.79"), "{text}");
    let (level, text, mend) = finding(&data, "geckodriver");
    assert!(level == "missing" && text.contains("geckodriver 0.33.0 is too old: 0.36 or newer"), "{text}");
    assert!(mend.contains("remove"), "{mend}");
}

#[test]
fn a_driver_that_cannot_be_started_is_told() {
    let mut machine = Machine::whole();
    let path = machine.program("RINNOVA_GECKODRIVER", "geckodriver", "geckodriver 0.37.1");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
    let (data, code) = machine.data(&["--browser", "firefox"]);
    let (_, text, mend) = finding(&data, "geckodriver");
    assert!(text.ends_with("named by RINNOVA_GECKODRIVER, is not executable"), "{text}");
    assert_eq!((mend, code), (format!("chmod +x {}", path.display()).as_str(), Some(2)));
    script(&path, "exit 1");
    let (data, _) = machine.data(&["--browser", "firefox"]);
    assert!(finding(&data, "geckodriver").1.contains("it printed no version"), "{data}");
}

#[test]
fn install_shows_each_command_and_tells_a_failure_with_its_last_lines() {
    let mut machine = Machine::whole();
    machine.env.retain(|(name, _)| *name != "RINNOVA_GECKODRIVER");
    let folder = machine.folder.path().to_owned();
    fs::remove_file(folder.join("geckodriver")).expect("removed");
    script(&folder.join("cargo"), "echo compiling; echo 'error: no linker' >&2; exit 101");
    let output = machine.doctor(&["--install"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("$ cargo install geckodriver --locked --root"), "{told}");
    assert!(told.contains("  | error: no linker\n  failed: exit status: 101"), "{told}");
    // Once it works it mends, and a second time there is nothing to do.
    let put = "while [ $# -gt 1 ]; do shift; done; /bin/mkdir -p $1/bin; \
               printf '#!/bin/sh\\necho geckodriver 0.37.1\\n' > $1/bin/geckodriver; /bin/chmod +x $1/bin/geckodriver";
    script(&folder.join("cargo"), put);
    let output = machine.doctor(&["--install", "--browser", "firefox"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let output = machine.doctor(&["--install", "--browser", "firefox"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn accounts_are_looked_at_and_no_secret_is_read_or_told() {
    let machine = Machine::whole();
    let folder = machine.folder.path();
    fs::copy("flows/mysign.toml", folder.join("mysign.toml")).expect("a flow");
    fs::write(folder.join("pin"), "19800131").expect("a file");
    fs::set_permissions(folder.join("pin"), fs::Permissions::from_mode(0o644)).expect("a mode");
    script(&folder.join("show"), "touch asked; echo hunter2");
    let settings = "[[account]]\nid = 'rossi'\nflow = 'mysign.toml'\n[account.inputs]\nuser_id = 'JCPD0001'\n\
                    password = { command = ['show', 'hunter2'] }\npin = { file = 'pin' }\notp = { prompt = true }\n";
    fs::write(folder.join("rinnova.toml"), settings).expect("settings");
    let (data, code) = machine.data(&[]);
    let (level, text, mend) = finding(&data, "rossi");
    assert_eq!((level, code), ("missing", Some(0)));
    assert!(text.contains("can be read by others (mode 644)") && mend.starts_with("chmod 600"), "{text}; {mend}");
    assert!(!folder.join("asked").exists(), "the command was run");
    fs::set_permissions(folder.join("pin"), fs::Permissions::from_mode(0o600)).expect("a mode");
    let (data, _) = machine.data(&[]);
    assert_eq!(finding(&data, "rossi").1, "every source can be reached; asked on the terminal: otp");
    let all = data.to_string();
    assert!(!all.contains("hunter2") && !all.contains("19800131"), "{all}");
    fs::write(folder.join("rinnova.toml"), "[browsr]\n").expect("settings");
    let (data, code) = machine.data(&[]);
    assert_eq!((finding(&data, "files").0, code), ("missing", Some(2)));
}

#[test]
fn a_browser_that_is_none_is_refused() {
    let output = Machine::whole().doctor(&["--browser", "netscape"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("`netscape` names no browser, known are `firefox`, `chromium`"), "{told}");
}

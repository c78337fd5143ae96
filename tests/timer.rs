//! `install-timer` and `purge` through the real program; systemd itself reads the units where it is there.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(machine.at("with space")).expect("made");
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().expect("a folder").join(path)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rinnova"));
        command.args(arguments).current_dir(self.at("with space")).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.at("")).env("LANG", "C.UTF-8").env("USER", "rossi");
        command.output().expect("rinnova")
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What systemd finds to say of units; nothing where it is not there. Whatever it would look up outside stays out: what is
/// asked is whether it understands every line.
fn verified(units: &[PathBuf], scope: &str) -> Option<String> {
    let mut command = Command::new("systemd-analyze");
    command.arg(scope).args(["--recursive-errors=no", "verify"]).args(units);
    let output = command.env("XDG_RUNTIME_DIR", std::env::temp_dir()).output().ok()?;
    let text = format!("{}{}", out(&output), talk(&output));
    let about = |line: &&str| line.contains("rinnova.");
    let complaints = text.lines().filter(about).collect::<Vec<_>>().join("\n");
    assert!(output.status.success() || !complaints.is_empty(), "systemd-analyze itself failed: {text}");
    Some(complaints)
}

#[test]
fn units_are_written_once_and_replaced_only_when_told() {
    let machine = Machine::new();
    machine.file(
        "with space/rinnova.toml",
        "[[account]]\nid = 'x'\nflow = 'f.toml'\ninputs = { pin = { prompt = true } }",
    );
    let done = machine.run(&["install-timer"]);
    assert!(done.status.success(), "{}", talk(&done));
    assert!(talk(&done).contains("account `x`, input `pin` is asked for on a terminal"), "{}", talk(&done));
    assert!(out(&done).starts_with("systemctl --user daemon-reload\nsystemctl --user enable --now rinnova.timer\n"));
    let service = machine.at(".config/systemd/user/rinnova.service");
    let text = fs::read_to_string(&service).expect("the service");
    let here = machine.at("with space");
    for line in [
        format!("WorkingDirectory={}", here.display()),
        format!("ReadWritePaths=\"{}\"", here.join("runs").display()),
        format!("ReadWritePaths=\"{}\"", machine.at(".local/state/rinnova").display()),
        format!("ReadWritePaths=\"{}\"", machine.at(".cache/rinnova").display()),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nnot in\n{text}");
    }
    for folder in [here.join("runs"), machine.at(".local/state/rinnova"), machine.at(".cache/rinnova")] {
        assert!(folder.is_dir(), "{} must be there for the service to start", folder.display());
    }
    assert!(machine.run(&["install-timer"]).status.success(), "the same once more is no fault");

    fs::write(&service, "mine").expect("written");
    let timer = fs::read(machine.at(".config/systemd/user/rinnova.timer")).expect("the timer");
    let refused = machine.run(&["install-timer", "--daily"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(talk(&refused).contains("nothing was written. `--force` replaces it"), "{}", talk(&refused));
    assert_eq!(fs::read(machine.at(".config/systemd/user/rinnova.timer")).ok(), Some(timer), "one without the other");
    assert!(machine.run(&["install-timer", "--daily", "--force"]).status.success());
    assert!(fs::read_to_string(&service).expect("the service").contains("ExecStart="));
}

#[test]
fn system_units_are_printed_or_written_where_told() {
    let machine = Machine::new();
    let printed = machine.run(&["install-timer", "--system"]);
    let text = out(&printed);
    assert!(
        text.contains("# rinnova.service\n") && text.contains("# rinnova.timer\n") && text.contains("User=rossi\n")
    );
    let dir = machine.at("units");
    let done = machine.run(&["install-timer", "--system", "--user", "bianchi", "--dir", &dir.display().to_string()]);
    assert!(done.status.success(), "{}", talk(&done));
    assert!(out(&done).contains("/etc/systemd/system/\nsudo systemctl daemon-reload\n"), "{}", out(&done));
    let text = fs::read_to_string(dir.join("rinnova.service")).expect("the service");
    assert!(text.contains("User=bianchi\n") && !text.contains("PrivateUsers="));
}

#[test]
fn systemd_understands_every_line() {
    let machine = Machine::new();
    for (scope, arguments) in [
        ("--user", vec!["install-timer", "--dir", "units"]),
        // Of every machine's users only one is known to be there.
        ("--system", vec!["install-timer", "--system", "--user", "root", "--dir", "units", "--force", "--daily"]),
    ] {
        let done = machine.run(&arguments);
        assert!(done.status.success(), "{}", talk(&done));
        let units = ["rinnova.service", "rinnova.timer"].map(|name| machine.at("with space/units").join(name));
        // A line that it does not know shows that it is heard when it complains.
        let broken = machine.at("with space/units/rinnova.broken.service");
        let text = fs::read_to_string(&units[0]).expect("the service");
        fs::write(&broken, format!("{text}\nNoSuchKey=1\n")).expect("written");
        let Some(complaint) = verified(std::slice::from_ref(&broken), scope) else {
            eprintln!("systemd-analyze is not there: not verified");
            return;
        };
        assert!(complaint.contains("NoSuchKey"), "{scope}: {complaint}");
        assert_eq!(verified(&units, scope), Some(String::new()), "{scope}");
    }
}

#[test]
fn old_runs_are_purged() {
    let machine = Machine::new();
    let record = r#"{"format":1,"flow":"f","title":"F","flow_digest":"","task":"t","account":null,"portal":"","verdict":"done",
        "reason":null,"advice":null,"exit_code":0,"flags":{"drift":false,"healed":false,"interrupts":0,"withheld":false},
        "started":"2020-01-01T00:00:00Z","took_ms":1,"environment":{"rinnova":"","browser":"","browser_version":"",
        "platform":"","size":"","headless":true},"outputs":{},"stages":[]}"#;
    machine.file("with space/runs/old/run.json", record);
    machine.file("with space/runs/notes/notes.odt", "mine");
    machine.file("with space/rinnova.toml", "[runs]\nkeep = 'forever'");
    let kept = machine.run(&["purge"]);
    assert!(kept.status.success() && talk(&kept).contains("`runs.keep` is `forever`"), "{}", talk(&kept));
    let dry = machine.run(&["purge", "--dry-run", "--older-than", "30d"]);
    assert_eq!(out(&dry), "runs/old\n", "{}", talk(&dry));
    assert!(machine.at("with space/runs/old").exists());
    let done = machine.run(&["purge", "--older-than", "30d", "--json"]);
    let data: serde_json::Value = serde_json::from_str(&out(&done)).expect("data");
    assert_eq!(data["removed"], serde_json::json!(["runs/old"]));
    assert_eq!(data["kept"][0]["folder"], "runs/notes");
    assert!(!machine.at("with space/runs/old").exists() && machine.at("with space/runs/notes/notes.odt").exists());
    assert_eq!(machine.run(&["purge", "--older-than", "soon"]).status.code(), Some(2));
}

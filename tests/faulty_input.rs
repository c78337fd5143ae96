//! Bad input: each is told in words and by its exit code before anything is sent, and before a browser starts where that can
//! be. The words stand here as they are printed; `<here>` is the test's folder, `<flow>` the flow and `<port>` a port.

#[path = "support/disk.rs"]
mod disk;
#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::LoginOk;
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use tokio::net::TcpSocket;

use disk::Disk;
use trial::{Paths, RINNOVA, Trial, flow, surroundings};

/// A folder with settings that are right.
struct Here {
    paths: Paths,
    _folder: tempfile::TempDir,
}

/// What was said.
#[derive(Debug, PartialEq)]
struct Said {
    code: i32,
    words: String,
}

fn said(code: i32, words: &str) -> Said {
    Said { code, words: words.to_owned() }
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("trial-").tempdir().expect("a folder");
        let here = Self { paths: Paths::new(folder.path(), None), _folder: folder };
        here.secret("password", "Esercizio.2024");
        here.secret("pin", "19800131");
        here.file("rinnova.toml", settings(""));
        here
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.paths.folder.join(name);
        fs::write(&path, content).expect("a file");
        path
    }

    fn secret(&self, name: &str, value: &str) {
        let path = self.file(name, value);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its owner's alone");
    }

    /// Runs the account's renewal with these words more.
    fn run(&self, words: &[&str]) -> Said {
        self.run_with(words, &[])
    }

    fn run_with(&self, words: &[&str], env: &[(&str, &str)]) -> Said {
        let flow = flow(MiaFirma).display().to_string();
        let mut whole = [&["run", &flow], words].concat();
        for flag in [["--account", "holder"], ["--out", "out"]] {
            if !words.contains(&flag[0]) {
                whole.extend(flag);
            }
        }
        self.rinnova(&whole, env)
    }

    /// Runs any verb in the folder.
    fn rinnova(&self, words: &[&str], env: &[(&str, &str)]) -> Said {
        let mut command = Command::new(RINNOVA);
        command.args(words).current_dir(&self.paths.folder).stdin(Stdio::null());
        command.env_clear().envs(surroundings(&self.paths)).envs(env.iter().copied());
        let output = finished(&mut command);
        assert_eq!(output.stdout, b"", "nothing is data");
        let words = String::from_utf8(output.stderr).expect("UTF-8");
        let words = words.replace(&self.paths.folder.display().to_string(), "<here>");
        let words = words.replace(&flow(MiaFirma).display().to_string(), "<flow>");
        Said { code: output.status.code().expect("an exit code"), words: words.trim_end().to_owned() }
    }

    /// Nothing was begun: no run folder, nothing temporary, no browser.
    fn is_untouched(&self) {
        assert!(!self.paths.out.exists() && !self.paths.folder.join("runs").exists(), "a run folder was made");
        assert_eq!(self.paths.leftovers(), Vec::<String>::new());
    }
}

/// The end of a program, which must come within a minute.
fn finished(command: &mut Command) -> std::process::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut command = tokio::process::Command::from(std::mem::replace(command, Command::new("true")));
    command.kill_on_drop(true);
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(60), command.output()).await })
        .expect("it ends within a minute")
        .expect("rinnova")
}

fn settings(more: &str) -> String {
    format!(
        "[[account]]\nid = \"holder\"\nflow = {}\n[account.inputs]\nuser_id = \"JCPD0001\"\npassword = {{ file = \"password\" }}\n\
         pin = {{ file = \"pin\" }}\notp = {{ command = [\"false\"] }}\n{more}",
        serde_json::json!(flow(MiaFirma))
    )
}

// --- words on the command line --------------------------------------------------------------------------------------

#[test]
fn words_that_mean_nothing() {
    let here = Here::new();
    for (words, expected) in [
        (&["--account", "nobody"][..], "error: no account `nobody`; there are: holder"),
        (
            &["--browser", "chrome"],
            "error: the command line: `browser.name` names no browser, known are `firefox`, `chromium`",
        ),
        (
            &["--browser", "chromum"],
            "error: the command line: `browser.name` names no browser, did you mean `chromium`?",
        ),
        (
            &["--size", "1x1"],
            "error: the command line: `browser.size` must be a size like `1280x800`, each side between 200 and 8000",
        ),
        (
            &["--webdriver", "nonsense"],
            "error: the command line: `browser.webdriver` must be a URL like `http://localhost:4444`",
        ),
        (&["renw"], "error: the flow has no task `renw`; there are: renew, status, resume"),
        (
            &["status", "--until", "home"],
            "error: --until: task `status` has no stage `home`; there are: login, certificate",
        ),
        (
            &["status", "--from", "home"],
            "error: --from: task `status` has no stage `home`; there are: login, certificate",
        ),
        (
            &["--portal", "nonsense"],
            "error: --portal `nonsense` relative URL without a base: write an origin, `https://host`",
        ),
        (&["--portal", "ftp://x"], "error: --portal `ftp://x` is no origin: write an origin, `https://host`"),
        (&["--portal", "https://x/y"], "error: --portal `https://x/y` is no origin: write an origin, `https://host`"),
        (&["--input", "colour"], "error: --input wants NAME=VALUE"),
        (&["--input", "colour=red"], "error: input `colour`: the flow has no such input"),
        (&["--input", "user_ide=x"], "error: input `user_ide`: the flow has no such input, did you mean `user_id`?"),
        (
            &["--junit", "nowhere/junit.xml"],
            "error: --junit: `nowhere/junit.xml` cannot be a file: make its folder first",
        ),
    ] {
        assert_eq!(here.run(words), said(2, expected), "{words:?}");
        here.is_untouched();
    }
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let here = Here::new();
    for name in ["password", "pin", "new_pin", "otp"] {
        let expected = format!(
            "error: --input: `{name}` is secret and must not stand on a command line, where every process can read it; give it a \
             source in the settings"
        );
        assert_eq!(here.run(&["--input", &format!("{name}=82746150")]), said(2, &expected));
    }
    here.is_untouched();
}

#[test]
fn words_that_the_command_line_does_not_know() {
    let here = Here::new();
    for (words, expected) in [
        (&["frobnicate"][..], "error: unrecognized subcommand 'frobnicate'"),
        (&["run"], "error: the following required arguments were not provided:"),
        (
            &["run", "x.toml", "--slow-mo", "5"],
            "error: invalid value '5' for '--slow-mo <TIME>': the unit is `ms` or `s`",
        ),
        (
            &["practice", "--port", "80000"],
            "error: invalid value '80000' for '--port <PORT>': 80000 is not in 0..=65535",
        ),
    ] {
        let Said { code, words: told } = here.rinnova(words, &[]);
        assert_eq!(code, 2, "{told}");
        assert!(told.starts_with(expected), "{told}");
    }
}

// --- flows ----------------------------------------------------------------------------------------------------------

#[test]
fn flows_that_cannot_be_read() {
    let here = Here::new();
    here.file("latin.toml", b"title = \"perch\xe9\"\n");
    here.file("future.toml", "format = 2\ntitle = \"T\"\nportal = \"https://x.example\"\nlanguage = \"it\"\n");
    fs::create_dir(here.paths.folder.join("folder.toml")).expect("a folder");
    for (flow, expected) in [
        ("nowhere.toml", "error: cannot read nowhere.toml: No such file or directory (os error 2)"),
        ("folder.toml", "error: cannot read folder.toml: Is a directory (os error 21)"),
        ("rinnova.toml/x.toml", "error: cannot read rinnova.toml/x.toml: Not a directory (os error 20)"),
        ("latin.toml", "error: latin.toml is not UTF-8 text: byte 14, line 1"),
    ] {
        assert_eq!(here.rinnova(&["run", flow], &[]), said(2, expected));
    }
    let Said { code, words } = here.rinnova(&["run", "future.toml"], &[]);
    assert_eq!(code, 2);
    assert!(words.contains("^ this rinnova reads format 1; a newer one is needed"), "{words}");
    here.is_untouched();
}

#[test]
fn a_flow_that_may_not_be_read() {
    let here = Here::new();
    let path = here.file("closed.toml", "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("closed");
    if fs::read(&path).is_ok() {
        return aloud("a flow without permissions: whoever runs this may read every file");
    }
    let expected = "error: cannot read closed.toml: Permission denied (os error 13)";
    assert_eq!(here.rinnova(&["run", "closed.toml"], &[]), said(2, expected));
}

// --- settings and inputs --------------------------------------------------------------------------------------------

#[test]
fn settings_that_are_wrong() {
    let here = Here::new();
    for (text, expected) in [
        (settings("[browsr]\n"), "error: <here>/rinnova.toml: unknown key `browsr`, did you mean `browser`?"),
        (
            settings("[browser]\nname = \"chrome\"\n"),
            "error: <here>/rinnova.toml: `browser.name` names no browser, known are `firefox`, `chromium`",
        ),
        (
            settings("= \"82746150\"\n"),
            "error: <here>/rinnova.toml: TOML parse error at line 9, column 1: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`",
        ),
        (
            settings("new_pin = \"82746150\"\n"),
            "error: input `new_pin`: is secret and must not be written out; use `command`, `credential`, `env`, `file`, `keyring` or `prompt`",
        ),
    ] {
        here.file("rinnova.toml", text);
        assert_eq!(here.run(&[]), said(2, expected));
    }
    let expected = "error: nowhere.toml: cannot be read: No such file or directory (os error 2)";
    assert_eq!(here.run(&["--config", "nowhere.toml"]), said(2, expected));
    here.is_untouched();
}

#[test]
fn inputs_that_are_missing_or_wrong_are_told_together() {
    let here = Here::new();
    let flow = flow(MiaFirma).display().to_string();
    let expected = "error: input `user_id`: no value; give it a source under the account's `inputs`, or use `--input`\n\
                    input `password`: no value; give it a source under the account's `inputs`\n\
                    input `pin`: no value; give it a source under the account's `inputs`";
    assert_eq!(here.rinnova(&["run", &flow], &[]), said(2, expected));
    fs::set_permissions(here.paths.folder.join("password"), fs::Permissions::from_mode(0o644)).expect("open to all");
    fs::remove_file(here.paths.folder.join("pin")).expect("gone");
    let expected = "error: input `password`: file `<here>/password` can be read by others (mode 644); run `chmod 600 <here>/password`\n\
                    input `pin`: file `<here>/pin` cannot be read: No such file or directory (os error 2)";
    assert_eq!(here.run(&[]), said(2, expected));
    here.secret("password", "");
    here.secret("pin", "1980-01-31");
    let expected = "error: input `password`: file `<here>/password` is empty\n\
                    input `pin`: the value from file `<here>/pin` does not match the flow's pattern `\\d{8}`";
    assert_eq!(here.run(&[]), said(2, expected));
    here.is_untouched();
}

// --- browsers and drivers -------------------------------------------------------------------------------------------

#[test]
fn a_browser_or_driver_that_is_not_there() {
    let here = Here::new();
    for (browser, variable, expected) in [
        (
            "firefox",
            "RINNOVA_FIREFOX",
            "error: firefox is not installed: run `rinnova doctor --install --browser firefox`, or name its program in RINNOVA_FIREFOX",
        ),
        (
            "firefox",
            "RINNOVA_GECKODRIVER",
            "error: geckodriver is not installed: run `rinnova doctor --install --browser firefox`, or name its program in RINNOVA_GECKODRIVER",
        ),
        (
            "chromium",
            "RINNOVA_CHROMIUM",
            "error: chromium is not installed: run `rinnova doctor --install --browser chromium`, or name its program in RINNOVA_CHROMIUM",
        ),
        (
            "chromium",
            "RINNOVA_CHROMEDRIVER",
            "error: chromedriver is not installed: run `rinnova doctor --install --browser chromium`, or name its program in RINNOVA_CHROMEDRIVER",
        ),
    ] {
        assert_eq!(here.run_with(&["--browser", browser], &[(variable, "/nonexistent")]), said(2, expected));
        here.is_untouched();
    }
}

#[test]
fn a_browser_on_the_command_line_stands_over_the_accounts_own() {
    let here = Here::new();
    here.file("rinnova.toml", settings("").replace("[account.inputs]", "browser = \"firefox\"\n[account.inputs]"));
    let missing = ("RINNOVA_CHROMIUM", "/nonexistent");
    for (words, more) in [(&["--browser", "chromium"][..], None), (&[], Some(("RINNOVA_BROWSER", "chromium")))] {
        let env: Vec<_> = [Some(missing), more].into_iter().flatten().collect();
        let told = here.run_with(words, &env);
        assert!(told.code == 2 && told.words.starts_with("error: chromium is not installed"), "{told:?}");
    }
}

#[test]
fn a_driver_that_is_none() {
    let here = Here::new();
    for (script, expected) in [
        ("exit 0", "error: cannot start geckodriver: it ended before it listened; run `rinnova doctor`"),
        ("echo no >&2; exit 3", "error: cannot start geckodriver: no; run `rinnova doctor`"),
        (
            "echo Listening on 127.0.0.1:1; exec sleep 60",
            "error: geckodriver made no session: nobody answers there; run `rinnova doctor`",
        ),
    ] {
        let driver = here.file("driver", format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(&driver, fs::Permissions::from_mode(0o700)).expect("an executable");
        let driver = driver.display().to_string();
        assert_eq!(here.run_with(&[], &[("RINNOVA_GECKODRIVER", &driver)]), said(1, expected));
        assert_eq!(here.paths.leftovers(), Vec::<String>::new());
    }
}

/// What chromedriver answers to a browser of another version, told by a driver that is none.
#[test]
fn a_driver_of_another_version() {
    let trial = Trial::new();
    let here = Here::new();
    let refusal = r#"{"value":{"error":"session not created","message":"session not created: This version of ChromeDriver only supports Chrome version 114\nCurrent browser version is 156.0.8078.79","stacktrace":""}}"#;
    let port =
        trial.serve_as(500, "application/json; charset=utf-8", refusal).rsplit(':').next().expect("a port").to_owned();
    let words = format!("#!/bin/sh\necho ChromeDriver was started successfully on port {port}.\nexec sleep 60\n");
    let driver = here.file("driver", words);
    fs::set_permissions(&driver, fs::Permissions::from_mode(0o700)).expect("an executable");
    let driver = driver.display().to_string();
    let expected = "error: chromedriver does not fit the browser: session not created: This version of ChromeDriver only supports \
                    Chrome version 114; run `rinnova doctor`";
    let told = here.run_with(&["--browser", "chromium"], &[("RINNOVA_CHROMEDRIVER", &driver)]);
    assert_eq!(told, said(2, expected));
    assert_eq!(here.paths.leftovers(), Vec::<String>::new());
}

#[test]
fn a_driver_at_an_address_where_none_is() {
    let (trial, here) = (Trial::new(), Here::new());
    let page = trial.serve("<h1>Not a driver</h1>");
    let (_held, closed) = closed_port();
    for (address, why) in [
        (closed, "nobody answers there"),
        (page, "what answers there is no driver"),
        (
            "http://192.0.2.1:4444".into(),
            "only https, or http to this machine, is safe: everything typed passes through it",
        ),
    ] {
        let expected = format!("error: cannot use the driver at `{address}/`: {why}");
        assert_eq!(here.run(&["--webdriver", &address]), said(2, &expected));
    }
}

// --- places ---------------------------------------------------------------------------------------------------------

#[test]
fn folders_that_cannot_be_written() {
    let here = Here::new();
    let occupied = here.paths.folder.join("occupied");
    fs::create_dir(&occupied).expect("a folder");
    fs::write(occupied.join("letter.txt"), "mine").expect("a file");
    for (out, expected) in [
        (
            "rinnova.toml/out",
            "error: the run folder `rinnova.toml/out` cannot be written: Not a directory (os error 20); name another with `--out`",
        ),
        (
            "/proc/out",
            "error: the run folder `/proc/out` cannot be written: No such file or directory (os error 2); name another with `--out`",
        ),
        ("occupied", "error: `occupied` holds other files than a run's; name an empty or a new folder"),
    ] {
        assert_eq!(here.run(&["--out", out]), said(2, expected));
    }
    assert_eq!(fs::read_to_string(occupied.join("letter.txt")).expect("still there"), "mine");
    let Said { code, words } = here.run_with(&[], &[("TMPDIR", "/proc/nothing")]);
    let expected =
        "error: cannot make a folder for the browser under `/proc/nothing`: No such file or directory (os error 2)";
    assert_eq!((code, words.as_str()), (2, expected));
}

#[test]
fn a_full_disk_is_told_before_anything_begins() {
    let here = Here::new();
    let Some(disk) = Disk::at(&here.paths.folder.join("disk"), "512k") else {
        return aloud("a full disk: none may be mounted here");
    };
    let expected = "error: the run folder `disk/out` cannot be written: No space left on device (os error 28); name another with `--out`";
    assert_eq!(here.run(&["--out", "disk/out"]), said(2, expected));
    drop(disk);
}

#[test]
fn a_disk_that_fills_up_changes_no_verdict() {
    let (trial, here) = (Trial::new(), Here::new());
    let account = trial.account(FirmaRemota, "u01");
    let Some(disk) = Disk::at(&here.paths.folder.join("disk"), "1100k") else {
        return aloud("a disk that fills up: none may be mounted here");
    };
    fs::create_dir(disk.path().join("out")).expect("a folder");
    // Room for what is tried at the start, and later for nothing but the first files.
    let mut running = trial.launch(&account, Firefox).out(&disk.path().join("out")).start();
    running.wait_for_event("run-started");
    disk.fill();
    let ended = running.end();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
    assert_eq!(ended.printed()["verdict"], "renewed");
    assert!(ended.stderr.contains("warning: ") && ended.stderr.contains("No space left on device"), "{ended}");
    ended.is_clean();
}

#[test]
fn outputs_that_cannot_be_written_change_no_verdict() {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u01");
    let ended = trial.launch(&account, Firefox).with(&["status"]).start_into(Some(Path::new("/dev/full"))).end();
    ended.expect(Verdict::Done);
    assert_eq!(trial.effects(&account), [LoginOk]);
}

// --- ports and portals ----------------------------------------------------------------------------------------------

#[test]
fn a_port_that_is_taken() {
    let here = Here::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let expected =
        format!("error: the practice portals cannot listen on 127.0.0.1:{port}: Address already in use (os error 98)");
    assert_eq!(here.rinnova(&["practice", "--port", &port], &[]), said(2, &expected));
    let expected = "error: no practice account is called u99";
    assert_eq!(here.rinnova(&["practice", "--account", "u99"], &[]), said(2, expected));
}

#[test]
fn codes_of_portals_that_are_not_there() {
    let here = Here::new();
    let (_held, admin) = closed_port();
    let code = ["practice", "code", "JCPD0001", "--admin", &admin];
    let expected =
        "error: the admin's token is wanted in RINNOVA_PRACTICE_TOKEN; `rinnova practice` prints it when it starts";
    assert_eq!(here.rinnova(&code, &[]), said(2, expected));
    let expected = "error: the practice portals do not answer: client error (Connect): tcp connect error: Connection refused (os error 111)";
    assert_eq!(here.rinnova(&code, &[("RINNOVA_PRACTICE_TOKEN", "x")]), said(1, expected));
}

/// An address of this machine at which nobody listens, as long as its port is held.
fn closed_port() -> (TcpSocket, String) {
    let held = TcpSocket::new_v4().expect("a socket");
    held.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let address = format!("http://{}", held.local_addr().expect("an address"));
    (held, address)
}

#[test]
fn portals_that_cannot_be_reached_by_firefox_get_nothing() {
    portals_that_cannot_be_reached_are_unavailable(Firefox);
}

#[test]
fn portals_that_cannot_be_reached_by_chromium_get_nothing() {
    portals_that_cannot_be_reached_are_unavailable(Chromium);
}

fn portals_that_cannot_be_reached_are_unavailable(browser: BrowserName) {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let plain = trial.practice.mia_firma().replace("http:", "https:");
    let strange = trial.serve_tls("<h1>Portal</h1>");
    let (_held, closed) = closed_port();
    for (origin, words) in [
        (closed, "nobody answers there"),
        ("https://portal.invalid".into(), "no host of this name is known"),
        (plain, "it does not speak TLS as it should"),
        (strange, "its certificate is not trusted"),
    ] {
        let ended = trial.launch(&account, browser).portal(&origin).go();
        let reason = ended.expect(Verdict::Unavailable).reason.expect("a reason");
        assert!(reason.starts_with(&format!("cannot load `{origin}/`: {words} (")), "{browser}: {reason}");
    }
    assert_eq!(trial.practice.ledger(), []);
}

/// What is not tried here is said past the test runner, which swallows what passing tests print.
fn aloud(what: &str) {
    let line = format!("\nnot tried here: {what}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error");
}

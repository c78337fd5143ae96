//! A trial: practice portals inside the test, and the real `rinnova` sent to them in a folder of its own.
//!
//! The child sees nothing of this machine but its programs: home, settings, temporary files and output all stand in the
//! trial's folder. Whatever is left there, or still runs, after a run is a fault of the product.

#![allow(dead_code, unreachable_pub)] // each test file uses its part, and a test crate exports nothing

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use rinnova::browser::{installed, processes};
use rinnova::command::doctor::leaks::search::files_under;
use rinnova::exit::Verdict;
use rinnova::practice::{AccountSummary, EffectKind, Options, PASSWORD, PIN, Portal, Practice};
use rinnova::record::Record;
use rinnova::settings::BrowserName;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The program under test.
pub const RINNOVA: &str = env!("CARGO_BIN_EXE_rinnova");

/// The longest that a run may take; two confirmations by computed codes wait a minute.
const LONGEST: Duration = Duration::from_secs(120);

/// How long a step of a hasty flow waits for what it looks for. A portal that answers at all does so sooner.
const STEP: &str = "12s";

/// Both portals, by the flow that renews there.
pub fn flow(portal: Portal) -> PathBuf {
    let name = match portal {
        Portal::MiaFirma => "mysign.toml",
        Portal::FirmaRemota => "ncfr.toml",
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("flows").join(name)
}

/// The request that is a portal's first commit, or its second.
pub fn commit_route(portal: Portal, number: usize) -> &'static str {
    match (portal, number) {
        (Portal::MiaFirma, 1) => "/api/rinnovo/firma",
        (Portal::MiaFirma, _) => "/api/rinnovo/attiva",
        (Portal::FirmaRemota, 1) => "POST /gestione/RinnovoFirmaRemota.do",
        (Portal::FirmaRemota, _) => "POST /gestione/Esito.do",
    }
}

/// Of rows that show the same by turns, in another browser or on the other portal, the first: one of them is played in every
/// test run, all with `RINNOVA_WAYS=all` (`make ways`).
pub fn one_of<T, const N: usize>(rows: [T; N]) -> impl Iterator<Item = T> {
    let all = std::env::var("RINNOVA_WAYS").is_ok_and(|wish| wish == "all");
    rows.into_iter().take(if all { N } else { 1 })
}

/// Practice portals with a runtime of their own.
pub struct Trial {
    pub practice: Practice,
    runtime: Runtime,
    folder: Option<tempfile::TempDir>,
    runs: std::cell::Cell<u32>,
}

impl Trial {
    /// Where all runs of this holder keep what outlives them.
    pub fn state_of(&self, account: &AccountSummary) -> PathBuf {
        let folder = self.folder.as_ref().expect("the trial's folder");
        folder.path().join(format!("state-{}", account.user))
    }

    /// The portals as they are by default.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let practice = runtime.block_on(Practice::start(options)).expect("the practice portals");
        // Not under the build folder: a socket's path has room for 108 bytes.
        let folder = tempfile::Builder::new().prefix("trial-").tempdir().expect("a folder");
        Self { practice, runtime, folder: Some(folder), runs: 0.into() }
    }

    /// An account of a portal by its id, as it stands now.
    pub fn account(&self, portal: Portal, id: &str) -> AccountSummary {
        let found = self.practice.accounts().into_iter().find(|account| account.portal == portal && account.id == id);
        found.unwrap_or_else(|| panic!("no account {id} on {portal:?}"))
    }

    /// What happened to one user.
    pub fn effects(&self, account: &AccountSummary) -> Vec<EffectKind> {
        self.practice.effects(&account.user)
    }

    /// A run to be launched: the account's renewal in this browser, with its password, PIN and codes at hand.
    pub fn launch(&self, account: &AccountSummary, browser: BrowserName) -> Launch<'_> {
        let number = self.runs.get() + 1;
        self.runs.set(number);
        let folder = self.path().join(number.to_string());
        Launch {
            trial: self,
            account: account.clone(),
            folder,
            temporary: None,
            out: None,
            verb: "run",
            flow: flow(account.portal),
            portal: self.practice.origin(account.portal).to_owned(),
            browser,
            arguments: Vec::new(),
            env: BTreeMap::new(),
            inputs: BTreeMap::new(),
            without: Vec::new(),
            json: true,
            patient: false,
        }
    }

    /// Runs another verb on this holder's state, to its end.
    pub fn rinnova(&self, account: &AccountSummary, arguments: &[&str]) -> std::process::Output {
        let mut command = std::process::Command::new(RINNOVA);
        command.args(arguments).env("XDG_STATE_HOME", self.state_of(account)).output().expect("rinnova")
    }

    /// Starts so many renewals of one holder at the same moment, in one folder, with codes from this program.
    pub fn at_once(&self, account: &AccountSummary, number: usize, codes: &str) -> Rivals<'_> {
        // One of them is timed. Who holds a patient place may wait for a busy one, so those come first.
        let mut places: Vec<_> = (0..PATIENT.most).map(|_| Place::of(&PATIENT)).collect();
        places.extend((0..BUSY.most).map(|_| Place::take()));
        let launch = self.launch(account, BrowserName::Firefox).verb("renew").codes(&[codes]);
        let paths = Paths::new(&launch.folder, None);
        launch.settings(&paths);
        let mut rivals = Rivals { launch, paths, children: Vec::new(), _places: places };
        rivals.children = (0..number).map(|_| rivals.one_more()).collect();
        rivals
    }

    /// The portal's flow under the same name, with steps that wait less long.
    pub fn hasty(&self, portal: Portal) -> PathBuf {
        self.hastened(portal, STEP)
    }

    /// The same, each step of which waits so long.
    pub fn hastened(&self, portal: Portal, step: &str) -> PathBuf {
        let flow = flow(portal);
        let text = fs::read_to_string(&flow).expect("the flow");
        let late = format!(", timeout = \"{step}\"");
        // A persona's rules look as steps do, and wait for nothing.
        let mut of_steps = false;
        let hastened = text.lines().map(|line| {
            of_steps = line == "steps = [" || (of_steps && line != "]");
            let step = line.strip_prefix("  { ").and_then(|line| line.strip_suffix(" },")).filter(|_| of_steps);
            let Some(step) = step else { return line.to_owned() };
            match step.split_once(", steps = [") {
                // It decides at once, and its steps wait.
                Some((when, steps)) => {
                    let steps = steps.replace(" }, { ", &format!("{late} }}, {{ "));
                    let steps = steps.strip_suffix(" }]").expect("its steps");
                    format!("  {{ {when}, steps = [{steps}{late} }}] }},")
                }
                None => format!("  {{ {step}{late} }},"),
            }
        });
        let path = self.path().join(flow.file_name().expect("a name"));
        fs::write(&path, hastened.collect::<Vec<_>>().join("\n")).expect("a flow");
        path
    }

    /// A program that prints the account's code when asked.
    pub fn code_command(&self, account: &AccountSummary) -> Vec<String> {
        [RINNOVA, "practice", "code", &account.user, "--admin", self.practice.admin()].map(str::to_owned).into()
    }

    /// A program that prints the account's code the first time, and the second time does this.
    pub fn code_then(&self, account: &AccountSummary, then: &str) -> String {
        let first = self.code_command(account).join(" ");
        let once = self.path().join("code-given");
        self.script("code.sh", &format!("mkdir {} 2>/dev/null && exec {first}\nexec {then}", once.display()))
    }

    /// A program that prints the account's code once the word is given: a file at the second path.
    pub fn code_on_word(&self, account: &AccountSummary) -> (String, PathBuf) {
        let word = self.path().join("word");
        let code = self.code_command(account).join(" ");
        let waits = format!("until [ -e {} ]; do sleep 0.02; done\nexec {code}", word.display());
        (self.script("on-word.sh", &waits), word)
    }

    /// Writes a file that only its owner can read into the trial's folder, as the source of an input.
    pub fn secret_file(&self, name: &str, value: &str) -> String {
        let path = self.path().join(name);
        write_secret(&path, value);
        format!("{{ file = {} }}", serde_json::json!(path))
    }

    /// Writes an executable script into the trial's folder.
    pub fn script(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("an executable");
        path.display().to_string()
    }

    pub fn path(&self) -> &Path {
        self.folder.as_ref().expect("a folder").path()
    }

    /// Serves one page at every address of an origin of its own.
    pub fn serve(&self, page: &'static str) -> String {
        self.serve_as(200, "text/html; charset=utf-8", page)
    }

    /// The same under another status and type.
    pub fn serve_as(&self, status: u16, kind: &'static str, page: &'static str) -> String {
        let status = StatusCode::from_u16(status).expect("a status");
        let answer = move || std::future::ready((status, [(CONTENT_TYPE, kind)], page));
        self.serve_router(axum::Router::new().fallback(answer))
    }

    /// Serves whatever a test wants.
    pub fn serve_router(&self, page: axum::Router) -> String {
        let listener = self.runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        self.runtime.spawn(async move { axum::serve(listener, page).await });
        origin
    }

    /// Serves a page under a certificate that nobody has signed.
    pub fn serve_tls(&self, page: &'static str) -> String {
        let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![signed.cert.der().clone()], key))
            .expect("a TLS server");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = self.runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        self.runtime.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A browser that does not trust the certificate ends here.
                    let Ok(mut stream) = acceptor.accept(connection).await else { return };
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", page.len());
                    let answered = stream.write_all(&[head.as_bytes(), page.as_bytes()].concat()).await;
                    answered.expect("an answer");
                });
            }
        });
        format!("https://localhost:{port}")
    }

    /// Waits until something is so.
    pub fn wait_until(&self, what: &str, mut is: impl FnMut(&Practice) -> bool) {
        let patience = Instant::now() + Duration::from_secs(60);
        while !is(&self.practice) {
            assert!(Instant::now() < patience, "waited a minute for: {what}; ledger: {:?}", self.practice.ledger());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until a user has met these effects, in this number.
    pub fn wait_for(&self, account: &AccountSummary, effect: EffectKind, times: usize) {
        self.wait_until(&format!("{effect:?} × {times}"), |practice| {
            count(&practice.effects(&account.user), effect) >= times
        });
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // What a failed test left is worth a look.
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("the trial's folder is kept: {}", folder.keep().display());
        }
    }
}

pub fn count(effects: &[EffectKind], wanted: EffectKind) -> usize {
    effects.iter().filter(|effect| **effect == wanted).count()
}

/// A run that is not started yet.
pub struct Launch<'t> {
    trial: &'t Trial,
    account: AccountSummary,
    folder: PathBuf,
    temporary: Option<PathBuf>,
    out: Option<PathBuf>,
    verb: &'static str,
    flow: PathBuf,
    portal: String,
    browser: BrowserName,
    arguments: Vec<String>,
    env: BTreeMap<String, String>,
    inputs: BTreeMap<&'static str, String>,
    without: Vec<&'static str>,
    json: bool,
    patient: bool,
}

impl<'t> Launch<'t> {
    /// `rehearse`, `renew`, `recover`, `status` in place of `run`.
    pub fn verb(mut self, verb: &'static str) -> Self {
        self.verb = verb;
        self
    }

    /// Another flow than the portal's own.
    pub fn flow(mut self, flow: PathBuf) -> Self {
        self.flow = flow;
        self
    }

    /// Another origin than the portal's own.
    pub fn portal(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.portal);
        self
    }

    /// More words on the command line: a task, flags.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|&word| word.to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Another source for an input: TOML, as the settings take it.
    pub fn input(mut self, name: &'static str, source: impl Into<String>) -> Self {
        self.inputs.insert(name, source.into());
        self
    }

    /// No source for these inputs.
    pub fn without(mut self, names: &[&'static str]) -> Self {
        self.without.extend(names);
        self
    }

    /// The codes come from this program.
    pub fn codes(self, argv: &[&str]) -> Self {
        self.input("otp", format!("{{ command = {} }}", serde_json::json!(argv)))
    }

    /// Another folder for the run than one of its own.
    pub fn out(mut self, folder: &Path) -> Self {
        self.out = Some(folder.to_owned());
        self
    }

    /// Without `--json`: standard output names the run's folder.
    pub fn plain(mut self) -> Self {
        self.json = false;
        self
    }

    /// It mostly waits, and takes no place from those that are busy.
    pub fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// The temporary folder of another run, in place of one of its own.
    pub fn temporary(mut self, folder: &Path) -> Self {
        self.temporary = Some(folder.to_owned());
        self
    }

    /// The temporary folder that it will have.
    pub fn temporary_folder(&self) -> PathBuf {
        self.temporary.clone().unwrap_or_else(|| self.folder.join("tmp"))
    }

    /// Runs it to its end.
    pub fn go(self) -> Ended {
        self.start().end()
    }

    /// Starts it, once one of the machine's two places is free.
    pub fn start(self) -> Running<'t> {
        self.start_into(None)
    }

    /// Starts it with both outputs going to this file.
    pub fn start_into(self, outputs: Option<&Path>) -> Running<'t> {
        let place = Place::of(if self.patient { &PATIENT } else { &BUSY });
        let trial = self.trial;
        let mut paths = Paths::new(&self.folder, self.temporary.clone());
        if let Some(out) = &self.out {
            out.clone_into(&mut paths.out);
        }
        self.settings(&paths);
        let mut command = Command::new(RINNOVA);
        command.arg(self.verb);
        match self.verb {
            // What works on accounts has the flow from the settings, and names its run folders itself.
            "renew" | "recover" => {
                command.arg("holder").args(&self.arguments);
                command.args(["--portal", &self.portal, "--browser", self.browser.name()]);
            }
            "status" => {
                command.args(&self.arguments).args(["--portal", &self.portal]);
            }
            _ => {
                command.arg(&self.flow).args(&self.arguments);
                command.args(["--account", "holder", "--portal", &self.portal, "--browser", self.browser.name()]);
                command.arg("--out").arg(&paths.out);
            }
        }
        command.args(self.json.then_some("--json"));
        command.current_dir(&paths.folder).process_group(0);
        command.env_clear().envs(surroundings(&paths)).env("RINNOVA_PRACTICE_TOKEN", trial.practice.token());
        // What is remembered of a holder outlives the run, as long as the portal does.
        command.env("XDG_STATE_HOME", trial.state_of(&self.account)).envs(&self.env);
        let new = |path: &Path| fs::File::create(path).expect("a file for the output");
        let into = |own: &Path| {
            let own = new(own);
            Stdio::from(outputs.map_or(own, |other| fs::File::options().write(true).open(other).expect("an output")))
        };
        command.stdin(Stdio::null()).stdout(into(&paths.stdout)).stderr(into(&paths.stderr));
        let child = {
            let _inside = trial.runtime.enter();
            command.spawn().expect("rinnova")
        };
        Running { trial, paths, child, _place: place }
    }

    fn settings(&self, paths: &Paths) {
        let secret = |name: &str, value: &str| write_secret(&paths.folder.join(name), value);
        secret("password", PASSWORD);
        secret("pin", PIN);
        let otp = match &self.account.otpauth {
            Some(seed) if self.account.device == "totp" => {
                secret("seed", seed);
                "{ totp = { file = \"seed\" } }".to_owned()
            }
            _ => format!("{{ command = {} }}", serde_json::json!(self.trial.code_command(&self.account))),
        };
        let mut inputs = BTreeMap::from([
            ("user_id", format!("\"{}\"", self.account.user)),
            ("password", "{ file = \"password\" }".to_owned()),
            ("pin", "{ file = \"pin\" }".to_owned()),
            ("otp", otp),
        ]);
        inputs.extend(self.inputs.clone());
        inputs.retain(|name, _| !self.without.contains(name));
        let mut text = format!("[[account]]\nid = \"holder\"\nflow = {}\n", serde_json::json!(self.flow));
        // The accounts within the portals' window are due at once.
        text.push_str("before = \"90d\"\n[account.inputs]\n");
        for (name, source) in inputs {
            text.push_str(&format!("{name} = {source}\n"));
        }
        fs::write(paths.folder.join("rinnova.toml"), text).expect("settings");
    }
}

fn write_secret(path: &Path, value: &str) {
    let file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(value.as_bytes())).expect("a secret's file");
}

/// The environment of a run: nothing of this machine but its programs, and one cache for all runs, so that the browser's
/// profile is prepared once.
pub fn surroundings(paths: &Paths) -> BTreeMap<&'static str, PathBuf> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let mut env = BTreeMap::from([
        ("PATH", std::env::var_os("PATH").unwrap_or_default().into()),
        ("LANG", "C.UTF-8".into()),
        ("TMPDIR", paths.temporary.clone()),
        ("HOME", paths.home.clone()),
        ("XDG_CONFIG_HOME", paths.home.join(".config")),
        ("XDG_CACHE_HOME", cache),
        ("XDG_STATE_HOME", paths.folder.join("state")),
    ]);
    for browser in installed::BROWSERS {
        let (program, driver) = installed::variables(browser);
        env.extend(installed::find_program(browser).map(|path| (program, path)));
        env.extend(installed::find_driver(browser).map(|path| (driver, path)));
    }
    env
}

/// Where a run and its traces are.
#[derive(Clone)]
pub struct Paths {
    pub folder: PathBuf,
    pub out: PathBuf,
    pub temporary: PathBuf,
    pub home: PathBuf,
    pub stdout: PathBuf,
    pub stderr: PathBuf,
}

impl Paths {
    pub fn new(folder: &Path, temporary: Option<PathBuf>) -> Self {
        let paths = Self {
            folder: folder.to_owned(),
            out: folder.join("out"),
            temporary: temporary.unwrap_or_else(|| folder.join("tmp")),
            home: folder.join("home"),
            stdout: folder.join("stdout"),
            stderr: folder.join("stderr"),
        };
        for path in [&paths.folder, &paths.temporary, &paths.home] {
            fs::create_dir_all(path).expect("a folder");
        }
        paths
    }

    /// What is left in the folders that must be empty, and the processes that still name them.
    pub fn leftovers(&self) -> Vec<String> {
        let mut left = Vec::new();
        for folder in [&self.temporary, &self.home] {
            left.extend(files_under(folder).into_iter().map(|path| path.display().to_string()));
        }
        left.extend(processes::naming(&self.temporary).into_iter().map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            format!("process {pid}: {}", String::from_utf8_lossy(&line).replace('\0', " "))
        }));
        left
    }
}

/// A run under way. Dropped before its end, it is ended with all it started.
pub struct Running<'t> {
    pub paths: Paths,
    trial: &'t Trial,
    child: Child,
    _place: Place,
}

impl Running<'_> {
    pub fn pid(&self) -> u32 {
        self.child.id().expect("a process")
    }

    pub fn signal(&self, signal: Signal) {
        processes::send(self.pid(), signal);
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("a state").is_some()
    }

    /// Waits until the faults that are armed have happened so often; false when the run ends before.
    pub fn until_struck(&mut self, times: u32) -> bool {
        let struck = async {
            tokio::select! {
                () = self.trial.practice.struck(times) => true,
                _ = self.child.wait() => false,
            }
        };
        let waited = self.trial.runtime.block_on(async { tokio::time::timeout(LONGEST, struck).await });
        waited.expect("it comes to its fault or to its end")
    }

    /// Its processes of this name.
    pub fn named(&self, name: &str) -> Vec<u32> {
        let of = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.starts_with(name));
        processes::naming(&self.paths.temporary).into_iter().filter(of).collect()
    }

    /// Waits until a line of its events holds this text.
    pub fn wait_for_event(&mut self, text: &str) {
        self.wait_for_events(text, 1);
    }

    /// Waits until so many lines of its events hold this text.
    pub fn wait_for_events(&mut self, text: &str, times: usize) {
        let events = self.paths.out.join("events.jsonl");
        let patience = Instant::now() + LONGEST;
        loop {
            let so_far = fs::read_to_string(&events).unwrap_or_default();
            if so_far.lines().filter(|line| line.contains(text)).count() >= times {
                return;
            }
            assert!(!self.is_over(), "it ended before `{text}` happened:\n{}", tail(&self.paths.stderr));
            assert!(Instant::now() < patience, "`{text}` did not happen:\n{so_far}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let ended = self.trial.runtime.block_on(async { tokio::time::timeout(LONGEST, self.child.wait()).await });
        let Ok(status) = ended else {
            panic!("the run did not end within {} s; its last words:\n{}", LONGEST.as_secs(), tail(&self.paths.stderr));
        };
        let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).expect("the output")).into_owned();
        Ended {
            status: status.expect("a status"),
            stdout: text(&self.paths.stdout),
            stderr: text(&self.paths.stderr),
            paths: self.paths.clone(),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            processes::send_group(pid, Signal::KILL);
            processes::end_all_naming(&self.paths.temporary);
        }
    }
}

/// Renewals of one holder, all started at the same moment. Dropped before their end, they are ended with all they started.
pub struct Rivals<'t> {
    launch: Launch<'t>,
    paths: Paths,
    children: Vec<std::process::Child>,
    _places: Vec<Place>,
}

impl Rivals<'_> {
    /// Starts one more.
    pub fn one_more(&self) -> std::process::Child {
        let Launch { trial, account, portal, .. } = &self.launch;
        let mut command = std::process::Command::new(RINNOVA);
        command.args(["renew", "holder", "--no-jitter", "--portal", portal]).current_dir(&self.paths.folder);
        command.env_clear().envs(surroundings(&self.paths)).env("RINNOVA_PRACTICE_TOKEN", trial.practice.token());
        command.env("XDG_STATE_HOME", trial.state_of(account));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("rinnova")
    }

    /// How many have ended.
    pub fn over(&mut self) -> usize {
        self.children.iter_mut().filter_map(|child| child.try_wait().expect("a state")).count()
    }

    /// Waits for the end of all.
    pub fn end(mut self) -> Vec<std::process::Output> {
        let children = std::mem::take(&mut self.children);
        children.into_iter().map(|child| child.wait_with_output().expect("an end")).collect()
    }
}

impl Drop for Rivals<'_> {
    fn drop(&mut self) {
        processes::end_all_naming(&self.paths.temporary);
    }
}

fn tail(path: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

/// A run that has ended.
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub paths: Paths,
}

impl Ended {
    /// The record as it stands in the run's folder.
    #[track_caller]
    pub fn record(&self) -> Record {
        let file = fs::read(self.paths.out.join("run.json"));
        let file = file.unwrap_or_else(|error| panic!("no record: {error}\n{self}"));
        serde_json::from_slice(&file).expect("a record")
    }

    /// Runs another verb in the same surroundings; `RUN` among its arguments is this run's folder.
    pub fn rinnova(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = std::process::Command::new(RINNOVA);
        for argument in arguments {
            match *argument {
                "RUN" => command.arg(&self.paths.out),
                other => command.arg(other),
            };
        }
        command.current_dir(&self.paths.folder).env_clear().envs(surroundings(&self.paths)).output().expect("rinnova")
    }

    /// The record as standard output gives it.
    pub fn printed(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("JSON on standard output")
    }

    /// Sees that it ended with this verdict and its exit code, and left nothing but its folder.
    #[track_caller]
    pub fn expect(&self, verdict: Verdict) -> Record {
        let record = self.record();
        assert_eq!(record.verdict, verdict, "{self}");
        assert_eq!(self.status.code(), Some(verdict.exit_code().into()), "{self}");
        assert_eq!(record.exit_code, verdict.exit_code());
        self.is_clean();
        record
    }

    #[track_caller]
    pub fn is_clean(&self) {
        let left = self.paths.leftovers();
        assert!(left.is_empty(), "left behind: {left:#?}\n{self}");
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signal = self.status.signal().map(|signal| format!(" (signal {signal})")).unwrap_or_default();
        writeln!(f, "exit {:?}{signal}", self.status.code())?;
        let end = tail(&self.paths.stderr);
        write!(f, "standard error:\n{end}")
    }
}

/// A place for a run: so many browsers fit on two cores, whatever number of tests is asked for.
pub struct Place(&'static Places);

struct Places {
    most: u32,
    taken: Mutex<u32>,
    freed: Condvar,
}

/// For runs that are at work.
static BUSY: Places = Places { most: 2, taken: Mutex::new(0), freed: Condvar::new() };
/// For runs that mostly wait for an answer that does not come.
static PATIENT: Places = Places { most: 3, taken: Mutex::new(0), freed: Condvar::new() };

impl Place {
    pub fn take() -> Self {
        Self::of(&BUSY)
    }

    fn of(places: &'static Places) -> Self {
        let taken: MutexGuard<'_, u32> = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut u32| *taken >= places.most;
        *places.freed.wait_while(taken, full).unwrap_or_else(PoisonError::into_inner) += 1;
        Self(places)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

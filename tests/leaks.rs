//! No secret comes out: not in a run's folder, not on its outputs, not in a temporary file, not in a command line or an
//! environment that other processes can read, in any form; and in the pictures the fields that hold one are covered.

#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::path::Path;

use rinnova::command::doctor::leaks::search::{Secrets, Watch, files_under};
use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::{LoginOk, OtpInviato, OtpKo, RichiestaFirmata};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{AccountSummary, PASSWORD, PIN, Portal};
use rinnova::record::{Record, Rect};
use rinnova::settings::BrowserName::{Chromium, Firefox};
use rustix::process::Signal;

use trial::{Ended, Launch, Running, Trial, one_of};

/// A password that is written otherwise in an address, in HTML, in JSON and in Rust.
const CANARY_PASSWORD: &str = "C4n&<\"'\\ry +%é€ 7";
/// A PIN that no fixture has.
const CANARY_PIN: &str = "82746150";

/// Everything at its loudest.
fn loud(launch: Launch<'_>) -> Launch<'_> {
    launch.with(&["-vv", "--junit", "junit.xml"]).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full")
}

/// Runs it, does something to it meanwhile, and searches all that it left and showed.
fn searched<'t>(
    trial: &'t Trial,
    account: &AccountSummary,
    launch: Launch<'t>,
    meanwhile: impl FnOnce(&mut Running<'t>),
    mut secrets: Secrets,
) -> Ended {
    let watch = Watch::over(&launch.temporary_folder());
    let mut running = loud(launch).start();
    meanwhile(&mut running);
    let ended = running.end();
    let seen = watch.end();
    for sms in trial.practice.sms(&account.user) {
        secrets.add("a code", &sms.code);
    }
    let paths = &ended.paths;
    let junit = paths.folder.join("junit.xml");
    // The state too: history, budgets, the marks of used codes, what waits to be told, the questions for codes.
    let state = trial.state_of(account);
    assert!(files_under(&state).iter().any(|file| file.ends_with("state.db")), "no state in {}", state.display());
    let places = [&paths.out, &paths.temporary, &paths.home, &paths.stdout, &paths.stderr, &junit, &state];
    let found = secrets.in_files(&places.map(std::path::PathBuf::as_path));
    assert!(found.is_empty(), "{found:#?}");
    its_owners_alone(&paths.out);
    assert!(fs::metadata(&paths.stderr).expect("its talk").len() > 1000, "it was not loud: {ended}");
    assert!(seen.looks > 20, "only {} looks", seen.looks);
    let shown = seen.hits(&secrets);
    assert!(shown.is_empty(), "{shown:#?}");
    // The portals' token stands in the environment of the tool and of what it asks for codes, not of driver and browser.
    let token = Secrets::default().with("the token", trial.practice.token());
    let browsers = ["of geckodriver", "of firefox", "of chrome", "of chromium"];
    let shown: Vec<String> =
        seen.hits(&token).into_iter().filter(|hit| browsers.iter().any(|of| hit.contains(of))).collect();
    assert!(shown.is_empty(), "{shown:#?}");
    assert!(
        seen.programs().keys().any(|program| browsers.contains(&format!("of {program}").as_str())),
        "no browser was seen"
    );
    ended
}

/// Folders 0700, files 0600, whatever the system's own habit is.
fn its_owners_alone(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for path in files_under(folder).into_iter().chain([folder.to_owned()]) {
        let meta = path.symlink_metadata().expect("what is left");
        let wanted = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(meta.permissions().mode() & 0o777, wanted, "{}", path.display());
    }
}

fn fixtures() -> Secrets {
    Secrets::default().with("the password", PASSWORD).with("the PIN", PIN).with("the new PIN", CANARY_PIN)
}

#[test]
fn a_renewal_shows_none() {
    let of_a = one_of([Firefox, Chromium]).map(|browser| (MiaFirma, browser));
    let of_b = one_of([Chromium, Firefox]).map(|browser| (FirmaRemota, browser));
    for (portal, browser) in of_a.chain(of_b) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let launch = trial.launch(&account, browser).input("new_pin", trial.secret_file("new-pin", CANARY_PIN));
        let ended = searched(&trial, &account, launch, |_| (), fixtures());
        assert_eq!(trial.practice.sms(&account.user).len(), 2, "the codes that were searched for");
        let record = ended.expect(Verdict::Renewed);
        secret_fields_are_covered(&record, &ended, portal);
    }
}

#[test]
fn a_seed_and_its_codes_show_none() {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u02");
    let url = account.otpauth.clone().expect("a seed");
    let seed = url.split(['=', '&']).nth(1).expect("a secret").to_owned();
    let begins = jiff::Timestamp::now().as_second() / 30;
    let mut secrets = fixtures().with("the seed's address", &url).with("the seed", &seed);
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&seed).expect("Base32"))
        .build_noncompliant();
    for step in begins - 1..begins + 6 {
        let time = u64::try_from(step * 30).expect("a time");
        secrets.add("a code", &totp.generate(time).to_string());
    }
    let ended = searched(&trial, &account, trial.launch(&account, Firefox).patient(), |_| (), secrets);
    ended.expect(Verdict::Renewed);
}

#[test]
fn a_refused_password_shows_none() {
    for (portal, browser) in one_of([(FirmaRemota, Chromium), (MiaFirma, Firefox)]) {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let launch = trial.launch(&account, browser).input("password", trial.secret_file("canary", CANARY_PASSWORD));
        let secrets = Secrets::default().with("the password", CANARY_PASSWORD).with("the PIN", PIN);
        searched(&trial, &account, launch, |_| (), secrets).expect(Verdict::Rejected);
    }
}

#[test]
fn a_refused_code_shows_none_and_nothing_is_signed() {
    for (portal, browser) in [(MiaFirma, Firefox), (FirmaRemota, Chromium)] {
        let trial = Trial::new();
        let account = trial.account(portal, "u01");
        let codes = trial.script("code.sh", "echo 7351-9482");
        let launch = trial.launch(&account, browser).codes(&[&codes]);
        let secrets = fixtures().with("the code", "73519482");
        let ended = searched(&trial, &account, launch, |_| (), secrets);
        ended.expect(Verdict::CodeRejected);
        assert_eq!(trial.effects(&account), [LoginOk, OtpInviato, OtpKo], "{ended}");
        assert_eq!(trial.practice.decoys(), []);
    }
}

#[test]
fn a_run_ended_by_a_signal_shows_none() {
    let trial = Trial::new();
    let account = trial.account(FirmaRemota, "u01");
    let (codes, _) = trial.code_on_word(&account);
    let ends = |running: &mut Running<'_>| {
        running.wait_for_event("code-awaited");
        running.signal(Signal::TERM);
    };
    let launch = trial.launch(&account, Firefox).codes(&[&codes]);
    searched(&trial, &account, launch, ends, fixtures()).expect(Verdict::Terminated);
}

/// What a browser that was killed left of its profile is swept by the next run; until then it lies on the disk.
#[test]
fn the_profile_that_a_killed_run_leaves_holds_none() {
    for browser in [Firefox, Chromium] {
        let trial = Trial::new();
        let account = trial.account(FirmaRemota, "u01");
        let running = trial.launch(&account, browser).start();
        trial.wait_for(&account, RichiestaFirmata, 1);
        running.signal(Signal::KILL);
        let killed = running.end();
        let mut secrets = fixtures();
        for sms in trial.practice.sms(&account.user) {
            secrets.add("a code", &sms.code);
        }
        let profile = files_under(&killed.paths.temporary);
        assert!(profile.len() > 20, "only {} files", profile.len());
        // What it had written when it died: the folder with all its pictures, and the state with its log.
        let (out, state) = (&killed.paths.out, trial.state_of(&account));
        let kept = |folder: &Path, name: &str| files_under(folder).iter().any(|file| file.ends_with(name));
        assert!(kept(out, "events.jsonl") && kept(&state, "state.db-wal"), "{killed}");
        let places = [&killed.paths.temporary, out, &killed.paths.home, &killed.paths.stderr, &state];
        let found = secrets.in_files(&places.map(std::path::PathBuf::as_path));
        rinnova::browser::processes::end_all_naming(&killed.paths.temporary);
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// A page that shows whatever is typed into it wherever it can: in its text, names, address, title and attributes.
const ECHO: &str = r#"<!doctype html><html lang="en"><title>Echo</title>
<form><label>Password <input type="password"></label> <label>PIN <input type="text"></label></form>
<p id="echo"></p> <a id="link" href="/">Away</a> <button type="button">Go</button> <p id="forms"></p>
<script>
  const put = (id, key, value) => { document.getElementById(id)[key] = value; };
  document.addEventListener('input', ({ target }) => {
    const value = target.value, bytes = [...new TextEncoder().encode(value)];
    put('echo', 'textContent', value);
    put('link', 'title', value);
    put('link', 'href', '?q=' + encodeURIComponent(value));
    document.querySelector('button').textContent = 'Go ' + value;
    document.querySelector('button').setAttribute('aria-description', value);
    document.title = value;
    target.setAttribute('value', value);
    document.getElementById('forms').setAttribute('aria-label', [
      [...value].reverse().join(''), btoa(String.fromCharCode(...bytes)), encodeURIComponent(value), JSON.stringify(value),
      bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(''), value.toUpperCase(),
    ].join(' | '));
    location.hash = btoa(String.fromCharCode(...bytes));
    console.log(value);
    document.cookie = 'kept=' + encodeURIComponent(value);
    localStorage.setItem('kept', value);
  });
</script>"#;

const ECHO_FLOW: &str = r#"format = 1
title = "Echo"
portal = "https://echo.example"
language = "en"
[inputs]
password = { secret = true }
pin = { secret = true }
[task.try]
stages = ["try"]
[[stage]]
id = "try"
title = "Try"
steps = [
  { open = "/" },
  { fill = { field = "Password" }, with = "${password}" },
  { fill = { field = "PIN" }, with = "${pin}" },
  { shot = "typed" },
  { click = { button = "Go away" }, timeout = "1s" },
]
"#;

#[test]
fn a_page_that_shows_what_is_typed_is_not_repeated() {
    for browser in [Firefox, Chromium] {
        let trial = Trial::new();
        let account = trial.account(MiaFirma, "u01");
        let flow = trial.path().join("echo.toml");
        fs::write(&flow, ECHO_FLOW).expect("a flow");
        let launch = trial
            .launch(&account, browser)
            .flow(flow)
            .portal(&trial.serve(ECHO))
            .without(&["user_id", "otp"])
            .input("password", trial.secret_file("canary", CANARY_PASSWORD))
            .input("pin", trial.secret_file("canary-pin", CANARY_PIN));
        let secrets = Secrets::default().with("the password", CANARY_PASSWORD).with("the PIN", CANARY_PIN);
        let ended = searched(&trial, &account, launch, |_| (), secrets);
        let record = ended.expect(Verdict::Changed);
        let pages: Vec<_> =
            files_under(&ended.paths.out).into_iter().filter(|path| path.ends_with("structure-try.txt")).collect();
        assert_eq!(pages.len(), 1, "the page's structure, which was searched");
        let shots = &record.stages[0].shots;
        assert_eq!(shots.len(), 2, "{:?}", record.stages[0]);
        for shot in shots {
            let picture = Picture::of(&ended.paths.out.join(shot.file.as_ref().expect("a file")));
            // The two fields; and what the page says of the last one, in a paragraph and in the button.
            assert!(shot.covered.len() >= 4, "{:?}", shot.covered);
            covered_is_solid(&picture, &shot.covered);
        }
    }
}

#[test]
fn a_secret_in_a_variable_reaches_neither_driver_nor_browser() {
    for browser in one_of([Firefox, Chromium]) {
        let trial = Trial::new();
        let account = trial.account(FirmaRemota, "u01");
        let launch = trial.launch(&account, browser).with(&["status"]).input("pin", "{ env = \"HOLDERS_PIN\" }");
        // What is run for another secret does not get it either; it says so in a file, not on its output.
        let (told, source) = (trial.path().join("told"), trial.secret_file("its-password", PASSWORD));
        let path = source.split('"').nth(1).expect("a path").to_owned();
        let script = trial.script("password.sh", &format!("env > {}; cat {path}", told.display()));
        let launch = launch.input("password", format!("{{ command = [{script:?}] }}")).env("HOLDERS_PIN", CANARY_PIN);
        let watch = Watch::over(&launch.temporary_folder());
        launch.go().expect(Verdict::Done);
        let seen = watch.end();
        let told = fs::read_to_string(told).expect("its environment");
        assert!(told.contains("PATH=") && !told.contains("HOLDERS_PIN"), "{told}");
        let driver = if browser == Firefox { "geckodriver" } else { "chromedriver" };
        assert!(seen.programs().contains_key(driver), "{:?}", seen.programs());
        let shown = seen.hits(&Secrets::default().with("the PIN", CANARY_PIN));
        // Our own environment cannot be taken back; nobody but the superuser can look into it.
        assert!(shown.iter().all(|hit| hit == "the environment of rinnova: the PIN (raw)"), "{shown:#?}");
    }
}

/// A whole `renew` with all that it tells: each program and address keeps what it was given. Then `status`.
#[test]
fn nothing_that_is_told_of_a_renewal_holds_one() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let told = trial.path().join("told");
    fs::create_dir(&told).expect("a folder");
    let listens = |name: &str| {
        let script = format!("{{ env; echo \"$@\"; cat; }} >> {}", told.join(name).display());
        trial.script(&format!("{name}.sh"), &script)
    };
    let heard = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let listener = std::sync::Arc::clone(&heard);
    let address = trial.serve_router(axum::Router::new().fallback(
        async move |method: axum::http::Method, uri: axum::http::Uri, headers: axum::http::HeaderMap, body: String| {
            let mut heard = listener.lock().expect("a text");
            heard.push_str(&format!("{method} {uri} {headers:?} {body}\n"));
        },
    ));
    let tables = format!(
        "[notify]\ncommand = [{:?}, \"said\"]\n[notify.webhook]\nurl = \"{address}/hook\"\n[ping]\nurl = \"{address}/ping\"\n\
         [hooks]\npre = [{:?}, \"one\"]\ndeploy = [{:?}, \"two\"]\n",
        listens("command"),
        listens("pre"),
        listens("deploy")
    );
    let config = trial.path().join("config");
    fs::create_dir_all(config.join("rinnova")).expect("a folder");
    fs::write(config.join("rinnova/rinnova.toml"), tables).expect("settings");
    let launch = trial.launch(&account, Firefox).verb("renew").with(&["--no-jitter"]);
    let launch = launch.env("XDG_CONFIG_HOME", &config.display().to_string());
    let launch = launch.input("new_pin", "{ env = \"HOLDERS_NEW_PIN\" }").env("HOLDERS_NEW_PIN", CANARY_PIN);
    let ended = launch.go();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
    let status = trial.launch(&account, Firefox).verb("status").go();
    let mut secrets = fixtures();
    for sms in trial.practice.sms(&account.user) {
        secrets.add("a code", &sms.code);
    }
    let heard = heard.lock().expect("a text").clone();
    for part in ["POST /hook", "/ping/start", "/ping/0"] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    fs::write(told.join("heard"), heard + &status.stdout + &status.stderr + &ended.stdout + &ended.stderr)
        .expect("kept");
    for name in ["command", "pre", "deploy"] {
        assert!(fs::read_to_string(told.join(name)).is_ok_and(|text| text.contains("PATH=")), "{name} was not run");
    }
    let found = secrets.in_files(&[&told, &trial.state_of(&account)]);
    assert!(found.is_empty(), "{found:#?}");
}

// --- pictures -------------------------------------------------------------------------------------------------------

/// A picture's pixels.
struct Picture {
    width: u32,
    channels: usize,
    bytes: Vec<u8>,
}

impl Picture {
    fn of(path: &Path) -> Self {
        let file = std::io::BufReader::new(fs::File::open(path).expect("the picture"));
        let mut decoder = png::Decoder::new(file);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("pixels");
        assert!(info.color_type.samples() >= 3, "{} has no colours", path.display());
        Self { width: info.width, channels: info.color_type.samples(), bytes }
    }

    fn pixels(&self, area: Rect) -> impl Iterator<Item = [u8; 3]> {
        let places =
            (area.y..area.y + area.height).flat_map(move |y| (area.x..area.x + area.width).map(move |x| (x, y)));
        places.map(|(x, y)| {
            let at = (y * self.width + x) as usize * self.channels;
            [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
        })
    }
}

fn covered_is_solid(picture: &Picture, covered: &[Rect]) {
    let colour = covered.first().and_then(|area| picture.pixels(*area).next());
    for area in covered {
        assert!(picture.pixels(*area).all(|pixel| Some(pixel) == colour), "{area:?} is not of one colour");
    }
}

/// In the stages that type secrets each field that holds one is covered, where it stands: over the control that sends it.
fn secret_fields_are_covered(record: &Record, ended: &Ended, portal: Portal) {
    let fields: &[(&str, usize)] = match portal {
        MiaFirma => &[("login", 1), ("consents", 1), ("sign", 1), ("new-pin", 2), ("activate", 1)],
        FirmaRemota => &[("login", 1), ("request", 2), ("complete", 3)],
    };
    for (stage, least) in fields {
        let stage = record.stages.iter().find(|record| record.name == *stage).expect("the stage");
        let shot = stage.shots.iter().find(|shot| shot.name == stage.name).expect("its picture");
        let target = shot.target.expect("the control that sends it");
        let over = |area: &&Rect| area.y + area.height <= target.y + 4 && target.y - area.y < 400;
        let fields: Vec<&Rect> =
            shot.covered.iter().filter(over).filter(|area| area.width >= 20 && area.height >= 15).collect();
        assert!(fields.len() >= *least, "{}: {:?} over {target:?}", stage.name, shot.covered);
        let picture = Picture::of(&ended.paths.out.join(shot.file.as_ref().expect("a file")));
        covered_is_solid(&picture, &shot.covered);
        let whole = shot.covered.iter().map(|area| u64::from(area.width) * u64::from(area.height)).sum::<u64>();
        assert!(
            whole * 4 < u64::from(shot.width) * u64::from(shot.height),
            "more than a quarter of {} is covered",
            stage.name
        );
    }
}

#[test]
#[should_panic(expected = "is not of one colour")]
fn a_field_that_is_not_covered_is_seen() {
    let picture = Picture { width: 2, channels: 3, bytes: vec![0, 0, 0, 1, 1, 1] };
    covered_is_solid(&picture, &[Rect { x: 0, y: 0, width: 2, height: 1 }]);
}

//! Settings: which browser, which accounts. The only module that knows the `config` crate.
//!
//! Layers, each over the one before: defaults ‹ `/etc/rinnova/rinnova.toml` ‹ the user's
//! `$XDG_CONFIG_HOME/rinnova/rinnova.toml` ‹ `./rinnova.toml` (or the file named by `--config`) ‹ environment ‹
//! flags. The environment layer is every variable `RINNOVA_<TABLE>__<KEY>`, with two underscores
//! (`RINNOVA_BROWSER__PROXY`), of the tables `browser`, `renew`, `runs` and `ping`; one without them (`RINNOVA_BROWSER`,
//! `RINNOVA_OUT`) is the flag of that name, read by the command line. Accounts of several files merge by `id`, key by key; an
//! account's own `browser` stands over `[browser]`, and `--browser` over both. Relative paths, and programs named with a `/`,
//! start from the directory of the file in which they stand.

mod account;
mod browser;
mod code;
mod hooks;
mod input;
mod length;
mod notify;
mod renew;
mod table;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use config::builder::{ConfigBuilder, DefaultState};
use config::{Config, ConfigError, Environment, File, FileFormat, Map, Value, ValueKind};

pub use self::account::Account;
pub use self::browser::{Browser, BrowserName, Size};
pub use self::hooks::Hooks;
pub use self::input::{InputSource, SecretSource};
pub use self::length::length;
pub use self::notify::{Email, Notify, Ping, Security, Webhook};
pub use self::renew::{Renew, Runs};
use self::table::{Node, Table};

/// Where what outlives runs is kept: `$XDG_STATE_HOME/rinnova`, else `~/.local/state/rinnova`.
///
/// # Errors
///
/// When the environment names neither.
pub fn state_directory(env: &BTreeMap<String, String>) -> Result<PathBuf, String> {
    let absolute = |name: &str| env.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // A relative XDG path is invalid and to be ignored (XDG base directory specification).
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    let base =
        base.ok_or("there is no place for what must be remembered: set HOME or XDG_STATE_HOME to a full path")?;
    Ok(base.join("rinnova"))
}

/// What the layers below the flags come from. Handed in, so that nothing here asks the machine.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Files that may be absent, weakest first.
    pub files: Vec<PathBuf>,
    /// The file that `--config` names: it must exist.
    pub named: Option<PathBuf>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The flags.
    pub flags: Flags,
}

/// What the command line says over every file.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--browser`
    pub browser: Option<String>,
    /// `--headed` is `Some(false)`.
    pub headless: Option<bool>,
    /// `--size`
    pub size: Option<String>,
    /// `--proxy`
    pub proxy: Option<String>,
    /// `--webdriver`
    pub webdriver: Option<String>,
}

impl Layers {
    /// The layers of this machine: the places named above, under this environment and in this directory.
    #[must_use]
    pub fn usual(named: Option<PathBuf>, env: BTreeMap<String, String>, directory: &Path, flags: Flags) -> Self {
        let mut files = vec![PathBuf::from("/etc/rinnova/rinnova.toml")];
        let set = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // A relative XDG path is invalid and to be ignored (XDG base directory specification).
        let user = set("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".config")));
        files.extend(user.map(|user| user.join("rinnova/rinnova.toml")));
        if named.is_none() {
            files.push(directory.join("rinnova.toml"));
        }
        Self { files, named, env, flags }
    }
}

/// The settings, checked.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The browser.
    pub browser: Browser,
    /// The accounts, in the order in which they are first named.
    pub accounts: Vec<Account>,
    /// Programs around a renewal; an account's own stand over them.
    pub hooks: Hooks,
    /// How `renew` spreads and spaces its attempts.
    pub renew: Renew,
    /// How long runs are kept.
    pub runs: Runs,
    /// Who is told.
    pub notify: Notify,
    /// Who expects a sign of life.
    pub ping: Ping,
    /// The files that were read, weakest first.
    pub files: Vec<PathBuf>,
}

/// Everything that is wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct SettingsError(pub Vec<String>);

impl Settings {
    /// Reads and checks all layers.
    ///
    /// # Errors
    ///
    /// Every fault found, each with the file in which it stands; never the value of an input.
    pub fn load(layers: &Layers) -> Result<Self, SettingsError> {
        let mut faults = Vec::new();
        let mut settings = Self::default();
        let mut merged = Config::builder();
        let mut drafts = Vec::new();
        let mut files = Vec::new();
        let optional = layers.files.iter().map(|path| (path, false));
        for (path, required) in optional.chain(layers.named.iter().map(|path| (path, true))) {
            let Some(text) = read(path, required, &mut faults) else { continue };
            files.push(path.clone());
            let source = File::from_str(&text, FileFormat::Toml);
            match Config::builder().add_source(source.clone()).build() {
                Ok(layer) => {
                    let entries = entries(layer);
                    let root = Table::new(path, &entries);
                    root.only(&["browser", "account", "hooks", "renew", "runs", "notify", "ping"], &mut faults);
                    Browser::of(&root, &mut faults);
                    settings.hooks.over(&root, &mut faults);
                    settings.notify.over(&root, &mut faults);
                    settings.over(&root, &mut faults);
                    account::collect(&root, &mut drafts, &mut faults);
                    merged = merged.add_source(source);
                }
                Err(error) => faults.push(format!("{}: {}", path.display(), without_excerpt(&error))),
            }
        }
        let rest: [(&Path, Result<Config, ConfigError>); 2] = [
            (Path::new("the environment"), Config::builder().add_source(environment(&layers.env)).build()),
            (
                Path::new("the command line"),
                flags(Config::builder(), &layers.flags).and_then(ConfigBuilder::<DefaultState>::build),
            ),
        ];
        for (place, layer) in rest {
            match layer.map(entries) {
                Ok(entries) => {
                    let root = Table::new(place, &entries);
                    root.only(&["browser", "renew", "runs", "ping"], &mut faults);
                    Browser::of(&root, &mut faults);
                    settings.over(&root, &mut faults);
                }
                Err(error) => faults.push(format!("{}: {error}", place.display())),
            }
        }
        let accounts = account::finish(drafts, &mut faults);
        if !faults.is_empty() {
            return Err(SettingsError(faults));
        }
        // Every layer has been checked by itself, so the whole can only fail where the layers disagree in shape.
        let merged = flags(merged.add_source(environment(&layers.env)), &layers.flags)
            .and_then(ConfigBuilder::<DefaultState>::build);
        let merged = merged.map(entries).map_err(|error| SettingsError(vec![error.to_string()]))?;
        let browser = Browser::of(&Table::new(Path::new("the settings"), &merged), &mut faults);
        if faults.is_empty() { Ok(Self { browser, accounts, files, ..settings }) } else { Err(SettingsError(faults)) }
    }

    /// Takes over what one layer says in tables that the environment can write, too.
    fn over(&mut self, root: &Table<'_>, faults: &mut Vec<String>) {
        self.renew.over(root, faults);
        self.runs.over(root, faults);
        self.ping.over(root, faults);
    }

    /// The account of this id.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }
}

fn read(path: &Path, required: bool, faults: &mut Vec<String>) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound && !required => None,
        Err(error) => {
            faults.push(format!("{}: cannot be read: {error}", path.display()));
            None
        }
    }
}

/// The variables that belong to this layer; the others are flags, and read by the command line.
fn environment(env: &BTreeMap<String, String>) -> Environment {
    let ours = env.iter().filter(|(name, _)| name.strip_prefix("RINNOVA_").is_some_and(|rest| rest.contains("__")));
    let ours: Map<String, String> = ours.map(|(name, value)| (name.clone(), value.clone())).collect();
    Environment::with_prefix("RINNOVA").prefix_separator("_").separator("__").ignore_empty(true).source(Some(ours))
}

/// A syntax error without the lines that quote the file: a password may stand in them.
fn without_excerpt(error: &ConfigError) -> String {
    let text = error.to_string();
    text.lines().filter(|line| !line.contains(" |")).map(str::trim).collect::<Vec<_>>().join(": ")
}

fn flags(builder: ConfigBuilder<DefaultState>, flags: &Flags) -> Result<ConfigBuilder<DefaultState>, ConfigError> {
    let Flags { browser, headless, size, proxy, webdriver } = flags.clone();
    builder
        .set_override_option("browser.name", browser)?
        .set_override_option("browser.headless", headless)?
        .set_override_option("browser.size", size)?
        .set_override_option("browser.proxy", proxy)?
        .set_override_option("browser.webdriver", webdriver)
}

fn entries(layer: Config) -> BTreeMap<String, Node> {
    match node(layer.cache) {
        Node::Table(entries) => entries,
        _ => BTreeMap::new(),
    }
}

fn node(value: Value) -> Node {
    match value.kind {
        ValueKind::String(text) => Node::Text(text),
        ValueKind::Boolean(truth) => Node::Truth(truth),
        ValueKind::I64(number) => Node::Number(number),
        ValueKind::Array(list) => Node::List(list.into_iter().map(node).collect()),
        ValueKind::Table(table) => Node::Table(table.into_iter().map(|(key, value)| (key, node(value))).collect()),
        _ => Node::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::{BrowserName, Flags, InputSource, Layers, SecretSource, Security, Settings, SettingsError};

    struct Place {
        folder: tempfile::TempDir,
        layers: Layers,
    }

    impl Place {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().expect("a temporary folder"), layers: Layers::default() }
        }

        fn file(mut self, name: &str, text: &str) -> Self {
            let path = self.folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, text).expect("written");
            self.layers.files.push(path);
            self
        }

        fn env(mut self, name: &str, value: &str) -> Self {
            self.layers.env.insert(name.to_owned(), value.to_owned());
            self
        }

        fn load(&self) -> Result<Settings, SettingsError> {
            Settings::load(&self.layers)
        }

        fn faults(&self) -> Vec<String> {
            self.load().expect_err("faults").0
        }
    }

    #[test]
    fn nothing_at_all_is_the_defaults() {
        let settings = Place::new().load().expect("settings");
        assert_eq!(settings.browser.name, BrowserName::Firefox);
        assert!(settings.browser.headless);
        assert_eq!(settings.browser.size.to_string(), "1280x800");
    }

    #[test]
    fn a_layer_stands_over_the_one_before() {
        let mut place = Place::new()
            .file("etc.toml", "[browser]\nname = 'chromium'\nsize = '800x600'\nproxy = 'a:1'\nheadless = false")
            .file("user.toml", "[browser]\nsize = '900x700'\nproxy = 'b:2'")
            .env("RINNOVA_BROWSER__PROXY", "c:3")
            .env("RINNOVA_BROWSER", "this is the flag's, not ours")
            .env("RINNOVA_BROWSER__WEBDRIVER", "http://localhost:4444");
        place.layers.flags = Flags { size: Some("1000x1000".into()), headless: Some(true), ..Flags::default() };
        let browser = place.load().expect("settings").browser;
        assert_eq!(browser.name, BrowserName::Chromium);
        assert_eq!(browser.size.to_string(), "1000x1000");
        assert_eq!(browser.proxy.as_deref(), Some("c:3"));
        assert_eq!(browser.webdriver.map(String::from).as_deref(), Some("http://localhost:4444/"));
        assert!(browser.headless);
    }

    #[test]
    fn accounts_merge_by_id_and_paths_start_from_their_file() {
        let place = Place::new()
            .file(
                "a/one.toml",
                "[[account]]\nid = 'x'\nflow = 'flows/f.toml'\nbefore = '30d'\n[account.inputs]\nuser = 'U'\npin = { file = 'pin' }",
            )
            .file("b/two.toml", "[[account]]\nid = 'x'\nportal = 'http://localhost:1'\n[account.inputs]\npin = { command = ['./pin.sh', 'a'] }\notp = { totp = { env = 'SEED' } }");
        let settings = place.load().expect("settings");
        let account = settings.account("x").expect("x");
        let at = |path: &str| place.folder.path().join(path);
        assert_eq!(account.flow, at("a/flows/f.toml"));
        assert_eq!(account.inputs["user"], InputSource::Plain("U".into()));
        let script = at("b/./pin.sh").to_string_lossy().into_owned();
        assert_eq!(account.inputs["pin"], InputSource::From(SecretSource::Command(vec![script, "a".into()])));
        assert_eq!(account.inputs["otp"], InputSource::Totp(SecretSource::Env("SEED".into())));
        assert!(account.before.is_some() && account.portal.is_some());
    }

    #[test]
    fn every_fault_is_told_with_its_file() {
        let place = Place::new()
            .file("one.toml", "[browsr]\n[browser]\nheadles = true\nname = 'chrome'\nsize = 'big'")
            .file("two.toml", "[[account]]\nid = 'x'\n[account.inputs]\npin = { fiel = 'x' }\nnew = 12345678\ntwo = { env = 'A', file = 'b' }\n[[account]]\nflow = 'f'");
        let faults = place.faults().join("\n");
        for expected in [
            "one.toml: unknown key `browsr`, did you mean `browser`?",
            "one.toml: unknown key `headles` in `browser`, did you mean `headless`?",
            "`browser.name` names no browser, known are `firefox`, `chromium`",
            "`browser.size` must be a size like `1280x800`",
            "unknown key `fiel` in `inputs.pin`, did you mean `file`?",
            "`account `x`.inputs.new` must be a string (plain inputs only) or one of",
            "`account `x`.inputs.two` must be",
            "two.toml: `account.id` is missing",
            "two.toml: account `x` names no `flow`",
        ] {
            assert!(faults.contains(expected), "{expected}\nnot in\n{faults}");
        }
        assert!(!faults.contains("12345678"), "a value came back: {faults}");
    }

    #[test]
    fn what_is_around_a_renewal_is_read_layer_by_layer() {
        let place = Place::new()
            .file("a/one.toml", "[renew]\njitter = '1m'\ninterval = '2h'\njobs = 3\n[runs]\nkeep = '7d'\n[hooks]\npre = ['./pre.sh', 'x']\ndeploy = ['deploy']\ntimeout = '5s'")
            .file("b/two.toml", "[[account]]\nid = 'x'\nflow = 'f'\ntell = ['x@example.org']\nhooks = { deploy = [], post = ['post'] }\n[hooks]\nfail = ['tell']")
            .env("RINNOVA_RENEW__JITTER", "0s")
            .env("RINNOVA_RENEW__JOBS", "2")
            .env("RINNOVA_PING__URL", "http://localhost:1/x");
        let settings = place.load().expect("settings");
        let seconds = (settings.renew.jitter.as_secs(), settings.renew.interval.as_secs(), settings.renew.jobs);
        assert_eq!(seconds, (0, 7200, 2));
        assert_eq!(settings.runs.keep.map(|keep| keep.as_secs()), Some(7 * 86400));
        assert_eq!(settings.ping.url.map(String::from).as_deref(), Some("http://localhost:1/x"));
        let account = &settings.accounts[0];
        assert_eq!(account.tell, ["x@example.org"]);
        let hooks = account.hooks.or(&settings.hooks);
        let script = place.folder.path().join("a/./pre.sh").to_string_lossy().into_owned();
        assert_eq!(hooks.pre, Some(vec![script, "x".to_owned()]));
        assert_eq!(hooks.deploy, Some(vec![]), "an empty list takes a hook away");
        assert_eq!((hooks.post, hooks.fail), (Some(vec!["post".into()]), Some(vec!["tell".into()])));
        assert_eq!(hooks.timeout.map(|timeout| timeout.as_secs()), Some(5));
    }

    #[test]
    fn ways_to_tell_are_read_and_checked() {
        let place = Place::new().file(
            "one.toml",
            "[notify]\ncommand = ['tell']\n[notify.email]\nserver = 'mail.example.org:587'\nfrom = 'a@example.org'\nto = ['b@example.org']\nuser = 'a'\npassword = { file = 'smtp' }\n[notify.webhook]\nurl = 'https://example.org/hook'\nbearer = { env = 'TOKEN' }",
        );
        let notify = place.load().expect("settings").notify;
        let email = notify.email.expect("e-mail");
        assert_eq!((email.host.as_str(), email.port, email.security), ("mail.example.org", 587, Security::Starttls));
        assert_eq!(email.password, Some(SecretSource::File(place.folder.path().join("smtp"))));
        assert_eq!(notify.webhook.expect("a webhook").bearer, Some(SecretSource::Env("TOKEN".into())));

        let faults = Place::new()
            .file("one.toml", "[notify]\ncomand = ['x']\n[notify.email]\nserver = 'mail.example.org'\nsecurity = 'none'\nfrom = 'a b@x'\nto = 'c@d'\npassword = 'hunter2hunter2'\n[notify.webhook]\nurl = 'http://example.org/secret-token'\n[ping]\nurl = 'ftp://x'\n[renew]\njobs = 0\njitter = 'soon'\n[runs]\nkeep = '0d'\n[hooks]\npre = 'run me'\ntimeuot = '1s'")
            .faults()
            .join("\n");
        for expected in [
            "unknown key `comand` in `notify`, did you mean `command`?",
            "`notify.email.security` may be `none` only where the server is this machine",
            "`notify.email.from` must be an address like",
            "`notify.email.to` must be a list of strings",
            "`notify.email.password` must not be written out",
            "`notify.email.user` is missing",
            "`notify.webhook.url` must be `https:`",
            "`ping.url` must be an address like",
            "`renew.jobs` must be a number from 1 to 16",
            "`renew.jitter` must be a length of time like",
            "`runs.keep` must be a length of time like `30d`, or `forever`",
            "`hooks.pre` must be a list of strings",
            "unknown key `timeuot` in `hooks`, did you mean `timeout`?",
        ] {
            assert!(faults.contains(expected), "{expected}\nnot in\n{faults}");
        }
        assert!(!faults.contains("hunter2") && !faults.contains("secret-token"), "a value came back: {faults}");
    }

    #[test]
    fn a_syntax_error_does_not_quote_the_file() {
        let faults = Place::new().file("one.toml", "[account]\npassword = \"hunter2hunter2\n").faults().join("\n");
        assert!(faults.contains("line 2") && !faults.contains("hunter2"), "{faults}");
    }

    #[test]
    fn the_environment_is_checked_too() {
        let faults = Place::new().env("RINNOVA_BROWSER__SIEZ", "1x1").faults();
        assert_eq!(faults, ["the environment: unknown key `siez` in `browser`, did you mean `size`?"]);
    }

    #[test]
    fn a_named_file_must_exist() {
        let mut place = Place::new();
        place.layers.named = Some(PathBuf::from("/nowhere/rinnova.toml"));
        assert!(place.faults()[0].starts_with("/nowhere/rinnova.toml: cannot be read"));
    }

    #[test]
    fn what_outlives_runs_has_a_place() {
        let place = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            super::state_directory(&pairs.collect()).map(|path| path.display().to_string())
        };
        assert_eq!(place(&[("HOME", "/home/x")]).as_deref(), Ok("/home/x/.local/state/rinnova"));
        assert_eq!(place(&[("HOME", "/home/x"), ("XDG_STATE_HOME", "/s")]).as_deref(), Ok("/s/rinnova"));
        let relative = place(&[("HOME", "/home/x"), ("XDG_STATE_HOME", "s")]);
        assert_eq!(relative.as_deref(), Ok("/home/x/.local/state/rinnova"));
        assert!(place(&[("HOME", "")]).is_err());
    }

    #[test]
    fn each_source_of_codes_is_written_in_its_own_way() {
        let text = "[[account]]\nid = 'x'\nflow = 'f'\n[account.inputs]\na = { hotp = { env = 'S' } }\n\
                    b = { file = true }\nc = { form = true }\nd = { form = { port = 8080 } }\ne = { form = {} }\n";
        let settings = Place::new().file("s.toml", text).load().expect("settings");
        let inputs = &settings.account("x").expect("x").inputs;
        assert_eq!(inputs["a"], InputSource::Hotp(SecretSource::Env("S".into())));
        assert_eq!(inputs["b"], InputSource::Submitted);
        assert_eq!([&inputs["c"], &inputs["d"]], [&InputSource::Form(0), &InputSource::Form(8080)]);
        assert_eq!(inputs["e"], InputSource::Form(0));

        let text = "[[account]]\nid = 'x'\nflow = 'f'\n[account.inputs]\na = { htop = { env = 'S' } }\n\
                    b = { form = { prot = 1 } }\nc = { form = { port = 70000 } }\nd = { form = 8080 }\n\
                    e = { totp = { env = 'A' }, hotp = { env = 'B' } }\ng = { hotp = 'JBSWY3DP' }\n\
                    h = { totp = { form = true } }\ni = { file = false }\n";
        let faults = Place::new().file("s.toml", text).faults().join("\n");
        for expected in [
            "unknown key `htop` in `inputs.a`, did you mean `hotp`?",
            "unknown key `prot` in `inputs.b.form`, did you mean `port`?",
            "`inputs.c.form.port` must be a port from 0 to 65535",
            "`account `x`.inputs.d` must be one of `{ totp = { … } }`",
            "`account `x`.inputs.e` must be one of",
            "`account `x`.inputs.g` must be one of",
            "unknown key `form` in `inputs.h.totp`",
            "`account `x`.inputs.i` must be a string",
        ] {
            assert!(faults.contains(expected), "{expected}\nnot in\n{faults}");
        }
        assert!(!faults.contains("JBSWY3DP"), "a value came back: {faults}");
    }

    #[test]
    fn the_usual_places() {
        let env: BTreeMap<_, _> =
            [("HOME".to_owned(), "/home/x".to_owned()), ("XDG_CONFIG_HOME".to_owned(), "relative".to_owned())].into();
        let layers = Layers::usual(None, env, std::path::Path::new("/here"), Flags::default());
        let shown: Vec<_> = layers.files.iter().map(|path| path.display().to_string()).collect();
        assert_eq!(shown, ["/etc/rinnova/rinnova.toml", "/home/x/.config/rinnova/rinnova.toml", "/here/rinnova.toml"]);
    }
}

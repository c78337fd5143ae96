//! What a run is to work with, chosen from flags, settings and flow: everything that can be wrong with it is told before a
//! browser starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use url::Url;

use crate::browser::capabilities::Options;
use crate::cli::RunFlags;
use crate::command::attempt::Asked;
use crate::command::{Context, Failure};
use crate::flow::load;
use crate::flow::model::{Flow, InputKind, Task};
use crate::renewal::custody::{Custody, CustodyError};
use crate::runner::job::Mode;
use crate::settings::{Account, Flags, InputSource, SecretSource, Settings};
use crate::vault;

/// What a run is to work with.
#[derive(Debug)]
pub struct Chosen {
    /// The flow.
    pub flow: Flow,
    /// Its file.
    pub file: PathBuf,
    /// The account of the settings.
    pub account: Option<Account>,
    /// Whose journal, lock and budgets: the account's id, or what stands for one.
    pub holder: String,
    /// The portal's origin.
    pub portal: Url,
    /// Where the inputs' values come from.
    pub sources: BTreeMap<String, InputSource>,
    /// How a browser is started.
    pub options: Options,
}

impl Chosen {
    /// Chooses by these flags.
    ///
    /// # Errors
    /// When settings, account, flow, portal or inputs are wrong.
    pub fn of(file: &Path, flags: &RunFlags, context: &Context) -> Result<Self, Failure> {
        let settings = context.settings(settings_flags(flags))?;
        let account = account(&settings, flags.account.as_deref())?;
        let loaded = load::load(file).map_err(|error| Failure::invalid(error.render(context.colour())))?;
        let flow = loaded.flow;
        let portal = portal(&flow, account, flags.portal.as_deref())?;
        let sources = sources(&flow, account, &flags.input)?;
        let holder = holder(&flow, account, &portal, &sources);
        let options = options(&settings, account, flags, &flow);
        Ok(Self { file: file.to_owned(), account: account.cloned(), holder, portal, sources, options, flow })
    }

    /// Takes the account for `verb`: its lock, journal and budgets.
    ///
    /// # Errors
    /// When another run has it, or the state cannot be used.
    pub fn take(&self, verb: &str, context: &Context) -> Result<Custody, Failure> {
        let taken = Custody::take(&context.state_directory()?, &self.holder, verb, &self.flow.name);
        taken.map_err(|error| self.not_admitted(&error))
    }

    /// A run that may not begin: nothing was touched.
    #[must_use]
    pub fn not_admitted(&self, error: &CustodyError) -> Failure {
        let message = match error {
            CustodyError::Unknown(open) => {
                format!("{open}; nothing was sent; {} reads the portal and settles it", self.recovery(""))
            }
            other => other.to_string(),
        };
        Failure { verdict: error.verdict(), message }
    }

    /// What settles an open commit, for people; `more` are further words of the command, each after a space.
    #[must_use]
    pub fn recovery(&self, more: &str) -> String {
        if self.account.is_some() {
            return format!("`rinnova recover {}{more}`", self.holder);
        }
        format!("`rinnova recover --flow {}{more}` with this run's --portal and --input", self.file.display())
    }
}

/// The account's id. A run without an account is told from others by its flow and its plain inputs; and one at another
/// portal than its own (a practice portal) is another holder there.
fn holder(flow: &Flow, account: Option<&Account>, portal: &Url, sources: &BTreeMap<String, InputSource>) -> String {
    let own = account.and_then(|account| account.portal.as_ref()).unwrap_or(&flow.portal);
    let name = account.map_or_else(
        || {
            let plain = sources.iter().filter_map(|(name, source)| match source {
                InputSource::Plain(value) => Some(format!("{name}={value}\n")),
                _ => None,
            });
            let digest = Sha256::digest(plain.collect::<String>());
            let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            format!("{}-{digest}", flow.name)
        },
        |account| account.id.clone(),
    );
    if portal == own { name } else { format!("{name}@{}", portal.origin().ascii_serialization()) }
}

/// What the flags say over the settings.
#[must_use]
pub fn settings_flags(flags: &RunFlags) -> Flags {
    Flags {
        browser: flags.browser.browser.clone(),
        headless: flags.browser.headed.then_some(false),
        size: flags.browser.size.clone(),
        proxy: flags.browser.proxy.clone(),
        webdriver: flags.browser.webdriver.clone(),
    }
}

/// The account of this id.
///
/// # Errors
/// When the settings have none of this id.
pub fn account<'a>(settings: &'a Settings, id: Option<&str>) -> Result<Option<&'a Account>, Failure> {
    let Some(id) = id else { return Ok(None) };
    settings.account(id).map(Some).ok_or_else(|| {
        let known: Vec<&str> = settings.accounts.iter().map(|account| account.id.as_str()).collect();
        let known =
            if known.is_empty() { "the settings have none".into() } else { format!("there are: {}", known.join(", ")) };
        Failure::invalid(format!("no account `{id}`; {known}"))
    })
}

/// The task that is asked for; the flow's renewal, or its only one, unless told.
///
/// # Errors
/// When there is none, or not one alone.
pub fn task<'a>(flow: &'a Flow, asked: &Asked) -> Result<&'a Task, Failure> {
    if asked.mode == Mode::Rehearsal {
        let renewal = flow.renewal.as_ref().filter(|renewal| renewal.rehearse_until.is_some());
        let task = renewal.and_then(|renewal| flow.task(&renewal.task));
        return task
            .ok_or_else(|| Failure::invalid("the flow does not say where a rehearsal ends: `renewal.rehearse.until`"));
    }
    task_named(flow, asked.task.as_deref())
}

/// The task of this name; unless told, the flow's renewal, or its only one.
///
/// # Errors
/// When there is none, or not one alone.
pub fn task_named<'a>(flow: &'a Flow, name: Option<&str>) -> Result<&'a Task, Failure> {
    let names = || flow.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(name) = name {
        let task = flow.task(name);
        return task.ok_or_else(|| Failure::invalid(format!("the flow has no task `{name}`; there are: {}", names())));
    }
    let renewal = flow.renewal.as_ref().and_then(|renewal| flow.task(&renewal.task));
    let only = flow.tasks.first().filter(|_| flow.tasks.len() == 1);
    renewal.or(only).ok_or_else(|| Failure::invalid(format!("which task? there are: {}", names())))
}

/// # Errors
/// When a flag names a stage that the task does not have.
pub fn stages_exist(task: &Task, asked: &Asked) -> Result<(), Failure> {
    for (flag, id) in [("--from", &asked.from), ("--until", &asked.until)] {
        if let Some(id) = id.as_ref().filter(|id| !task.stages.contains(id)) {
            let stages = task.stages.join(", ");
            return Err(Failure::invalid(format!(
                "{flag}: task `{}` has no stage `{id}`; there are: {stages}",
                task.name
            )));
        }
    }
    Ok(())
}

fn portal(flow: &Flow, account: Option<&Account>, flag: Option<&str>) -> Result<Url, Failure> {
    let Some(text) = flag else {
        return Ok(account.and_then(|account| account.portal.clone()).unwrap_or_else(|| flow.portal.clone()));
    };
    let fault = |why: &str| Failure::invalid(format!("--portal `{text}` {why}: write an origin, `https://host`"));
    let url = Url::parse(text).map_err(|error| fault(&error.to_string()))?;
    let origin = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none();
    if !origin || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(fault("is no origin"));
    }
    Ok(url)
}

/// Where the inputs' values come from: the account's word, over it the flags; for what neither names, the terminal.
fn sources(flow: &Flow, account: Option<&Account>, flags: &[String]) -> Result<BTreeMap<String, InputSource>, Failure> {
    let mut sources = account.map(|account| account.inputs.clone()).unwrap_or_default();
    let names: Vec<&str> = flow.inputs.iter().map(|input| input.name.as_str()).collect();
    for flag in flags {
        let (name, value) = flag.split_once('=').ok_or_else(|| Failure::invalid("--input wants NAME=VALUE"))?;
        if flow.input(name).is_some_and(|input| input.kind != InputKind::Plain) {
            return Err(Failure::invalid(format!(
                "--input: `{name}` is secret and must not stand on a command line, where every process can read it; \
                 give it a source in the settings"
            )));
        }
        sources.insert(name.to_owned(), InputSource::Plain(value.to_owned()));
    }
    let strays = vault::strays(&names, sources.keys());
    if !strays.is_empty() {
        return Err(Failure::invalid(vault::VaultError(strays)));
    }
    for input in flow.inputs.iter().filter(|input| input.kind == InputKind::Secret && input.default.is_none()) {
        if !sources.contains_key(&input.name) && vault::attended() {
            sources.insert(input.name.clone(), InputSource::From(SecretSource::Prompt));
        }
    }
    Ok(sources)
}

/// How a browser is started for a run of this flow.
#[must_use]
pub fn options(settings: &Settings, account: Option<&Account>, flags: &RunFlags, flow: &Flow) -> Options {
    let browser = &settings.browser;
    // What was asked for on the command line is in the settings already, and stands over the account's own.
    let own = account.and_then(|account| account.browser).filter(|_| flags.browser.browser.is_none());
    let english = if flow.language == "en" { String::new() } else { ",en".into() };
    Options {
        browser: own.unwrap_or(browser.name),
        headless: browser.headless,
        width: browser.size.width,
        height: browser.size.height,
        scale: 1,
        proxy: browser.proxy.clone().unwrap_or_default(),
        languages: format!("{}{english}", flow.language),
        webdriver: browser.webdriver.as_ref().map(Url::to_string).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Chosen;
    use crate::browser::capabilities::Options;
    use crate::flow::load;
    use crate::renewal::custody::CustodyError;

    const FLOW: &str = "format = 1\ntitle = \"T\"\nportal = \"https://x.example\"\nlanguage = \"it\"\n[task.t]\n\
                        stages = [\"s\"]\n[[stage]]\nid = \"s\"\ntitle = \"S\"\nsteps = [\n{ open = \"/\" },\n]\n";

    #[test]
    fn without_an_account_the_advice_names_the_flow() {
        let flow = load::parse("t.toml", FLOW).expect("a flow").flow;
        let chosen = Chosen {
            portal: flow.portal.clone(),
            flow,
            file: "flows/t.toml".into(),
            account: None,
            holder: "t-0123456789ab".into(),
            sources: BTreeMap::new(),
            options: Options::default(),
        };
        let said = chosen.not_admitted(&CustodyError::Unknown("“Sign” was pressed".into()));
        let expected = "“Sign” was pressed; nothing was sent; `rinnova recover --flow flows/t.toml` with this run's \
                        --portal and --input reads the portal and settles it";
        assert_eq!((said.verdict.exit_code(), said.message.as_str()), (4, expected));
    }
}

//! The verbs, one file each: the only place where floors meet.

pub mod accept;
pub mod attempt;
pub mod chosen;
pub mod code;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod guide;
pub mod inputs;
pub mod install_timer;
pub mod leaving;
pub mod lint;
pub mod new;
pub mod practice;
pub mod practised;
pub mod progress;
pub mod purge;
pub mod recover;
pub mod rehearse;
pub mod renew;
pub mod repair;
pub mod report;
pub mod run;
pub mod schema;
pub mod status;
pub mod unfreeze;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use crate::exit::Verdict;
use crate::renewal::clock;
use crate::settings::{self, InputSource, Layers, SecretSource, Settings};
use crate::store::state::State;
use crate::vault::{self, Redactor};

/// Talk, on standard error. Nobody listening there is no reason to end differently.
pub fn say(text: &str) {
    let _unheard = std::io::stderr().write_all(text.as_bytes());
}

/// Data, on standard output. What was done stays done when nobody reads it.
pub fn give(text: &str) {
    let mut out = std::io::stdout();
    let _unheard = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// What is said of a panic: its text may hold whatever was being worked on.
#[must_use]
pub fn panic_text(redactor: &Redactor, panic: &std::panic::PanicHookInfo<'_>) -> String {
    format!("error: this is a fault of rinnova: {}\n", redactor.redact(&panic.to_string()))
}

/// What every verb is given beside its own flags.
#[derive(Debug)]
pub struct Context {
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The file that `--config` names.
    pub config: Option<PathBuf>,
    /// The state directory that `--state` names.
    pub state: Option<PathBuf>,
    /// Says nothing but errors.
    pub quiet: bool,
    /// Knows every secret value given in this process.
    pub redactor: Redactor,
}

/// A verb that could not do its work, told on standard error.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub verdict: Verdict,
    /// What happened and what to do next.
    pub message: String,
}

impl Failure {
    /// Usage, settings, flow or environment are wrong.
    #[must_use]
    pub fn invalid(message: impl std::fmt::Display) -> Self {
        Self { verdict: Verdict::Invalid, message: message.to_string() }
    }

    /// Something else failed; safe to try again.
    #[must_use]
    pub fn failed(message: impl std::fmt::Display) -> Self {
        Self { verdict: Verdict::Failed, message: message.to_string() }
    }
}

impl Context {
    /// The settings of this machine under these flags. No program that is started from now on sees a variable that they
    /// name as the source of a secret.
    ///
    /// # Errors
    /// Every fault of every settings file.
    pub fn settings(&self, flags: settings::Flags) -> Result<Settings, Failure> {
        let directory =
            std::env::current_dir().map_err(|error| Failure::invalid(format!("no current folder: {error}")))?;
        let layers = Layers::usual(self.config.clone(), self.env.clone(), &directory, flags);
        let settings = Settings::load(&layers).map_err(Failure::invalid)?;
        // Those of the other accounts, too: what one holder's program prints is no business of another's.
        let inputs = settings.accounts.iter().flat_map(|account| account.inputs.values());
        let password = settings.notify.email.as_ref().and_then(|email| email.password.as_ref());
        let bearer = settings.notify.webhook.as_ref().and_then(|webhook| webhook.bearer.as_ref());
        for source in inputs.filter_map(InputSource::source).chain(password).chain(bearer) {
            if let SecretSource::Env(name) = source {
                vault::withhold(name);
            }
        }
        Ok(settings)
    }

    /// Where journal, budgets and history are kept.
    ///
    /// # Errors
    /// When neither a flag nor the environment says where.
    pub fn state_directory(&self) -> Result<PathBuf, Failure> {
        let usual = || settings::state_directory(&self.env).map_err(Failure::invalid);
        self.state.clone().map_or_else(usual, Ok)
    }

    /// What outlives runs. Says when an earlier memory had to be set aside just now.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open_state(&self) -> Result<State, Failure> {
        let state = State::open(&self.state_directory()?, clock::now()).map_err(Failure::invalid)?;
        if let Some(notice) = state.set_aside() {
            say(&format!(
                "warning: {notice}; what was done before is read from the portals, twice, before anything is sent\n"
            ));
        }
        Ok(state)
    }

    /// One of the user's own folders: as its variable says, else in its usual place.
    ///
    /// # Errors
    /// When neither the variable nor HOME is set.
    pub fn home(&self, variable: &str, usual: &str) -> Result<PathBuf, Failure> {
        let set = |name: &str| self.env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // A relative XDG path is invalid and to be ignored (XDG base directory specification).
        let named = set(variable).filter(|path| path.is_absolute());
        let found = named.or_else(|| set("HOME").map(|home| home.join(usual)));
        found.ok_or_else(|| Failure::invalid(format!("neither {variable} nor HOME is set; set one of them")))
    }

    /// Whether text on standard error is coloured.
    #[must_use]
    pub fn colour(&self) -> bool {
        use std::io::IsTerminal;
        !self.env.contains_key("NO_COLOR") && std::io::stderr().is_terminal()
    }
}

#[cfg(test)]
mod tests {
    use super::Context;
    use crate::vault::{self, Redactor};

    #[test]
    fn no_program_inherits_a_variable_that_the_settings_name_as_a_source() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("rinnova.toml");
        let text = r#"
            [notify.email]
            server = "mail.example"
            from = "rinnova@example.com"
            to = ["holder@example.com"]
            user = "rinnova"
            password = { env = "RINNOVA_TEST_OF_MAIL" }
            [notify.webhook]
            url = "https://hook.example/"
            bearer = { env = "RINNOVA_TEST_OF_HOOK" }
            [[account]]
            id = "holder"
            flow = "flow.toml"
            [account.inputs]
            pin = { env = "RINNOVA_TEST_OF_PIN" }
            otp = { totp = { env = "RINNOVA_TEST_OF_SEED" } }
        "#;
        std::fs::write(&config, text).expect("a file");
        let (config, redactor) = (Some(config), Redactor::default());
        let context = Context { env: [].into(), config, state: None, quiet: true, redactor };
        context.settings(crate::settings::Flags::default()).expect("settings");
        let program = vault::program("true");
        for of in ["MAIL", "HOOK", "PIN", "SEED"] {
            let name = format!("RINNOVA_TEST_OF_{of}");
            assert!(program.get_envs().any(|(key, value)| key == name.as_str() && value.is_none()), "{name}");
        }
    }
}

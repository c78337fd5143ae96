//! The settings and what the accounts need: whether each source of a secret can be reached. No value is read.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::finding::{Area, Finding, Mend};
use crate::flow::load;
use crate::settings::{Account, Hooks, InputSource, SecretSource, Settings};
use crate::vault::{self, FileError};

/// The settings' files: whoever can write them can name the program that is run for a secret.
#[must_use]
pub(super) fn settings(settings: &Settings, env: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = settings.files.iter().map(|file| mode(file)).collect();
    if findings.is_empty() {
        findings.push(Finding::ok(Area::Settings, "files", "none; runs ask on the terminal"));
    }
    if let Some(url) = &settings.browser.webdriver {
        let text = format!("runs use the driver at {url}; it is not asked here");
        findings.push(Finding::ok(Area::Settings, "webdriver", text));
    }
    findings.extend(around(settings, env));
    findings
}

/// Hooks and notifications that could not be run or sent: told only when one is in the way.
fn around(settings: &Settings, env: &BTreeMap<String, String>) -> Vec<Finding> {
    let hooks = |whose: String, hooks: &Hooks| {
        [("pre", &hooks.pre), ("deploy", &hooks.deploy), ("post", &hooks.post), ("fail", &hooks.fail)]
            .map(|(name, argv)| (format!("{whose}hooks.{name}"), argv.clone()))
    };
    let accounts =
        settings.accounts.iter().flat_map(|account| hooks(format!("account `{}`: ", account.id), &account.hooks));
    let notify = ("notify.command".to_owned(), settings.notify.command.clone());
    let programs = hooks(String::new(), &settings.hooks).into_iter().chain(accounts).chain([notify]);
    let absent = programs.filter_map(|(name, argv)| {
        let program = argv?.into_iter().next()?;
        let text = format!("{name}: `{program}` is not there or not executable");
        (!runnable(&program, env)).then(|| (text, format!("install `{program}` or name another")))
    });
    let email = settings.notify.email.as_ref().and_then(|email| email.password.as_ref());
    let webhook = settings.notify.webhook.as_ref().and_then(|webhook| webhook.bearer.as_ref());
    let sources = [("notify.email.password", email), ("notify.webhook.bearer", webhook)];
    let silent = sources.into_iter().filter_map(|(name, source)| {
        let (why, mend) = unreachable(source?, env)?;
        Some((format!("{name}: {why}"), mend))
    });
    let warning = |(text, mend)| Finding::warning(Area::Settings, "around a renewal", text, Some(Mend::ByHand(mend)));
    absent.chain(silent).map(warning).collect()
}

/// What is wrong with settings that could not be loaded.
#[must_use]
pub(super) fn broken(faults: &str) -> Vec<Finding> {
    let finding = |fault: &str| {
        let mend = Mend::ByHand("mend the file".into());
        Finding::missing(Area::Settings, "files", fault, Some(mend))
    };
    faults.lines().map(finding).collect()
}

fn mode(file: &Path) -> Finding {
    let shown = file.display().to_string();
    let Ok(meta) = file.metadata() else {
        return Finding::warning(Area::Settings, "files", format!("{shown} is gone"), None);
    };
    if meta.permissions().mode() & 0o022 != 0 {
        let text = format!("{shown} can be written by others, who could have any program run");
        return Finding::warning(Area::Settings, "files", text, Some(Mend::ByHand(format!("chmod go-w {shown}"))));
    }
    if meta.uid() != 0 && meta.uid() != rustix::process::geteuid().as_raw() {
        let text = format!("{shown} belongs to another user, who could have any program run");
        return Finding::warning(Area::Settings, "files", text, Some(Mend::ByHand(format!("chown $USER {shown}"))));
    }
    Finding::ok(Area::Settings, "files", shown)
}

/// Looks at one account: its flow, and where its values come from.
#[must_use]
pub(super) fn account(account: &Account, env: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut missing = |text: String, mend: String| {
        findings.push(Finding::missing(Area::Account, account.id.clone(), text, Some(Mend::ByHand(mend))));
    };
    match load::load(&account.flow) {
        Err(_) => {
            let flow = account.flow.display();
            missing(format!("its flow `{flow}` cannot be used"), format!("rinnova lint {flow}"));
        }
        Ok(loaded) => {
            let names: Vec<&str> = loaded.flow.inputs.iter().map(|input| input.name.as_str()).collect();
            for problem in vault::strays(&names, account.inputs.keys()) {
                missing(problem.to_string(), "mend the settings file".into());
            }
        }
    }
    let mut asked = Vec::new();
    for (name, source) in &account.inputs {
        let (InputSource::From(source) | InputSource::Totp(source) | InputSource::Hotp(source)) = source else {
            continue;
        };
        if *source == SecretSource::Prompt {
            asked.push(name.as_str());
        }
        if let Some((why, mend)) = unreachable(source, env) {
            missing(format!("input `{name}`: {why}"), mend);
        }
    }
    if findings.is_empty() {
        let asked =
            if asked.is_empty() { String::new() } else { format!("; asked on the terminal: {}", asked.join(", ")) };
        findings.push(Finding::ok(Area::Account, account.id.clone(), format!("every source can be reached{asked}")));
    }
    findings
}

/// Why nothing can come from a source, and what mends it. The arguments of a command are not told: tokens stand there.
fn unreachable(source: &SecretSource, env: &BTreeMap<String, String>) -> Option<(String, String)> {
    match source {
        SecretSource::Prompt => None,
        SecretSource::Env(name) => env
            .get(name)
            .is_none_or(String::is_empty)
            .then(|| (format!("environment variable `{name}` is not set here"), format!("export {name}=…"))),
        SecretSource::Command(argv) => {
            let program = argv.first()?;
            (!runnable(program, env)).then(|| {
                (
                    format!("command `{program}` is not there or not executable"),
                    format!("install `{program}` or name another"),
                )
            })
        }
        SecretSource::File(path) => vault::examine_file(path).err().map(of_file),
        SecretSource::Credential(name) => {
            let folder = env.get(vault::CREDENTIALS).map(Into::into);
            vault::examine_credential(name, folder).err().map(of_file)
        }
        SecretSource::Keyring(_) => {
            let has = |name: &str| env.get(name).is_some_and(|value| !value.is_empty());
            let mend = || "use another source, or a build and a login that have a keyring".to_owned();
            vault::examine_keyring(has).err().map(|error| (error.to_string(), mend()))
        }
    }
}

/// What is wrong with a secret's file, without what mends it, and what mends it.
fn of_file(error: FileError) -> (String, String) {
    match error {
        FileError::Unreadable { path, why } => {
            let shown = path.display();
            (format!("file `{shown}`: {why}"), format!("write it, then chmod 600 {shown}"))
        }
        FileError::Link(path) => {
            (format!("file `{}` is a symbolic link", path.display()), "name the file itself".into())
        }
        FileError::NotAFile(path) => {
            (format!("`{}` is not a regular file", path.display()), "name the file itself".into())
        }
        FileError::OtherOwner(path) => {
            let shown = path.display();
            (format!("file `{shown}` belongs to another user"), format!("chown $USER {shown}"))
        }
        FileError::Open { path, mode } => {
            let shown = path.display();
            (format!("file `{shown}` can be read by others (mode {mode:03o})"), format!("chmod 600 {shown}"))
        }
        FileError::NoCredentials(name) => (
            format!(
                "credential `{name}`: {} is not set here; it is where systemd starts the service",
                vault::CREDENTIALS
            ),
            format!("systemd-run --pty --property=LoadCredential={name}:… rinnova doctor"),
        ),
        FileError::NoCredential { name, folder } => {
            let text = format!("credential `{name}` is not in `{}`", folder.display());
            (text, format!("give the unit LoadCredential={name}:…"))
        }
    }
}

/// Whether a program of this name or path could be started.
#[must_use]
pub(super) fn runnable(program: &str, env: &BTreeMap<String, String>) -> bool {
    let is_program =
        |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if program.contains('/') {
        return is_program(Path::new(program));
    }
    let path = env.get("PATH").map(String::as_str).unwrap_or_default();
    std::env::split_paths(path).any(|folder| is_program(&folder.join(program)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{around, broken, unreachable};
    use crate::settings::{SecretSource, Settings};

    #[test]
    fn a_source_that_gives_nothing_is_told_with_what_mends_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let pin = folder.path().join("pin");
        let env: BTreeMap<_, _> =
            [("SET".to_owned(), "x".to_owned()), ("PATH".to_owned(), "/bin:/usr/bin".to_owned())].into();
        let mend = |source: SecretSource| unreachable(&source, &env).map(|(_, mend)| mend);
        assert_eq!(mend(SecretSource::Prompt), None);
        assert_eq!(mend(SecretSource::Env("SET".into())), None);
        assert_eq!(mend(SecretSource::Env("UNSET".into())).as_deref(), Some("export UNSET=…"));
        assert_eq!(mend(SecretSource::Command(vec!["sh".into(), "token-in-argument".into()])), None);
        assert!(
            mend(SecretSource::Command(vec!["no-such-program".into(), "hunter2".into()]))
                .is_some_and(|mend| !mend.contains("hunter2"))
        );
        assert!(mend(SecretSource::File(pin.clone())).is_some_and(|mend| mend.contains("chmod 600")));
        std::fs::write(&pin, "19800131").expect("a file");
        std::fs::set_permissions(&pin, std::fs::Permissions::from_mode(0o644)).expect("a mode");
        assert_eq!(mend(SecretSource::File(pin.clone())), Some(format!("chmod 600 {}", pin.display())));
        std::fs::set_permissions(&pin, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        assert_eq!(mend(SecretSource::File(pin)), None);
        assert!(mend(SecretSource::Credential("pin".into())).is_some_and(|mend| mend.contains("LoadCredential=pin")));
        assert!(mend(SecretSource::Keyring("pin".into())).is_some());
        let service: BTreeMap<_, _> =
            [("CREDENTIALS_DIRECTORY".to_owned(), folder.path().display().to_string())].into();
        assert_eq!(unreachable(&SecretSource::Credential("pin".into()), &service), None);
    }

    #[test]
    fn what_stands_around_a_renewal_is_looked_for() {
        let argv = |program: &str| Some(vec![program.to_owned(), "token".to_owned()]);
        let mut settings = Settings::default();
        settings.hooks.deploy = argv("/no/such/program");
        settings.notify.command = argv("sh");
        let env = BTreeMap::from([("PATH".to_owned(), "/bin:/usr/bin".to_owned())]);
        let told: Vec<String> = around(&settings, &env).into_iter().map(|finding| finding.text).collect();
        assert_eq!(told, ["hooks.deploy: `/no/such/program` is not there or not executable"]);
    }

    #[test]
    fn every_fault_of_the_settings_is_a_finding() {
        assert_eq!(broken("a.toml: one\nb.toml: two").len(), 2);
    }
}

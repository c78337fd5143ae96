//! `rinnova install-timer`: a systemd service and timer that run `renew --all`.

mod units;

use std::collections::BTreeSet;
use std::path::Path;

use self::units::Units;
use crate::browser::installed;
use crate::cli::InstallTimer;
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::settings::{Flags, SecretSource, Settings};
use crate::store;

/// Writes both units, or prints them, and tells the commands that enable them. They do what `rinnova renew --all` does in the
/// folder in which this is run.
///
/// # Errors
/// When the settings are faulty, another file of that name is there, or a unit cannot be written.
pub fn install_timer(asked: &InstallTimer, context: &Context) -> Result<Verdict, Failure> {
    let settings = context.settings(Flags::default())?;
    let here = std::env::current_dir().map_err(|error| Failure::invalid(format!("no current folder: {error}")))?;
    let program = std::env::current_exe();
    let program = program.map_err(|error| Failure::failed(format!("where this program is cannot be told: {error}")))?;
    let mut writable = vec![here.join(context.state_directory()?)];
    writable.extend(installed::cache_dir());
    writable.push(here.join("runs"));
    // A folder that is not there cannot be opened up for a service.
    for folder in &writable {
        store::make_folder(folder).map_err(Failure::invalid)?;
    }
    let units = Units {
        program,
        config: context.config.as_ref().map(|config| here.join(config)),
        state: context.state.as_ref().map(|state| here.join(state)),
        directory: here,
        writable,
        environment: environment(context),
        credentials: credentials(&settings),
        user: user(asked, context)?,
        daily: asked.often.daily,
    };
    let service = units.service().map_err(Failure::invalid)?;
    let texts = [("rinnova.service", service), ("rinnova.timer", units.timer())];
    for warning in beyond_reach(&settings) {
        say(&format!("warning: {warning}\n"));
    }
    let usual = context.home("XDG_CONFIG_HOME", ".config")?.join("systemd/user");
    let folder = asked.dir.clone().or_else(|| (!asked.system).then(|| usual.clone()));
    let Some(folder) = folder else {
        let marked = texts.map(|(name, text)| format!("# {name}\n{text}"));
        give(&marked.join("\n"));
        return Ok(Verdict::Done);
    };
    write(&folder, &texts, asked.force, context.quiet)?;
    let commands = enabling(asked.system, &folder, &usual);
    if !context.quiet {
        say("To enable it:\n");
    }
    give(&commands);
    Ok(Verdict::Done)
}

/// Writes both or none.
fn write(folder: &Path, texts: &[(&str, String)], force: bool, quiet: bool) -> Result<(), Failure> {
    for (name, text) in texts {
        let path = folder.join(name);
        let there = std::fs::read(&path).ok();
        let other = there.as_ref().is_some_and(|there| there != text.as_bytes());
        if (other || (there.is_none() && path.symlink_metadata().is_ok())) && !force {
            return Err(Failure::invalid(format!(
                "`{}` is there already and says something else; nothing was written. `--force` replaces it",
                path.display()
            )));
        }
    }
    for (name, text) in texts {
        let path = folder.join(name);
        store::write_in(&path, text.as_bytes()).map_err(Failure::invalid)?;
        if !quiet {
            say(&format!("written: {}\n", path.display()));
        }
    }
    Ok(())
}

/// The commands that enable the timer, one a line.
fn enabling(system: bool, folder: &Path, usual: &Path) -> String {
    let place = |end: &str| folder.join(end).display().to_string();
    let (service, timer) = (place("rinnova.service"), place("rinnova.timer"));
    if system {
        let known = ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"];
        let copy = if known.iter().any(|known| folder == Path::new(known)) {
            String::new()
        } else {
            format!("sudo cp '{service}' '{timer}' /etc/systemd/system/\n")
        };
        return format!("{copy}sudo systemctl daemon-reload\nsudo systemctl enable --now rinnova.timer\n");
    }
    let link = if folder == usual { String::new() } else { format!("systemctl --user link '{service}' '{timer}'\n") };
    format!(
        "{link}systemctl --user daemon-reload\nsystemctl --user enable --now rinnova.timer\n\
         loginctl enable-linger  # so that it also runs while you are not logged in\n"
    )
}

/// As whom a system service runs: never as root by accident.
fn user(asked: &InstallTimer, context: &Context) -> Result<Option<String>, Failure> {
    if !asked.system {
        return Ok(None);
    }
    let set = |name: &str| context.env.get(name).filter(|value| !value.is_empty()).cloned();
    let user = asked.user.clone().or_else(|| set("SUDO_USER")).or_else(|| set("USER").filter(|user| user != "root"));
    user.map(Some)
        .ok_or_else(|| Failure::invalid("as whom shall it run? `--user NAME`: the holder of settings and state"))
}

/// What a service must be told to find what is found here: programs and folders. No other variable goes into a unit, which
/// everybody can read.
fn environment(context: &Context) -> Vec<(String, String)> {
    let folders = ["PATH", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];
    let programs = installed::BROWSERS.map(installed::variables).map(|(program, driver)| [program, driver]);
    let names = folders.into_iter().chain(programs.into_iter().flatten());
    names.filter_map(|name| Some((name.to_owned(), context.env.get(name)?.clone()))).collect()
}

/// Every place from which a value is read.
fn sources(settings: &Settings) -> impl Iterator<Item = (String, &SecretSource)> {
    let accounts = settings.accounts.iter().flat_map(|account| {
        let sources = account.inputs.iter().filter_map(|(name, input)| Some((name, input.source()?)));
        sources.map(|(name, source)| (format!("account `{}`, input `{name}`", account.id), source))
    });
    let password = settings.notify.email.as_ref().and_then(|email| email.password.as_ref());
    let bearer = settings.notify.webhook.as_ref().and_then(|webhook| webhook.bearer.as_ref());
    let told = [("notify.email.password", password), ("notify.webhook.bearer", bearer)];
    accounts.chain(told.into_iter().filter_map(|(name, source)| Some((format!("`{name}`"), source?))))
}

/// What systemd has to hand over.
fn credentials(settings: &Settings) -> BTreeSet<String> {
    let named = sources(settings).filter_map(|(_, source)| match source {
        SecretSource::Credential(name) => Some(name.clone()),
        SecretSource::Command(_)
        | SecretSource::Env(_)
        | SecretSource::File(_)
        | SecretSource::Keyring(_)
        | SecretSource::Prompt => None,
    });
    named.collect()
}

/// The values that a service cannot read.
fn beyond_reach(settings: &Settings) -> Vec<String> {
    let told = sources(settings).filter_map(|(whose, source)| match source {
        SecretSource::Prompt => Some(format!("{whose} is asked for on a terminal, and a service has none")),
        SecretSource::Env(name) => {
            Some(format!("{whose} comes from the variable `{name}`, which a service does not have unless you set it"))
        }
        _ => None,
    });
    told.collect()
}

//! The text of the two units. Every path and word of the owner's is quoted, and what cannot be is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the units are made of.
#[derive(Debug, Clone)]
pub(super) struct Units {
    /// This program.
    pub(super) program: PathBuf,
    /// The settings file that was named.
    pub(super) config: Option<PathBuf>,
    /// The state directory that was named.
    pub(super) state: Option<PathBuf>,
    /// Where it runs: relative paths and `./rinnova.toml` are those of this folder.
    pub(super) directory: PathBuf,
    /// What it may write.
    pub(super) writable: Vec<PathBuf>,
    /// Where it finds programs and folders.
    pub(super) environment: Vec<(String, String)>,
    /// What systemd hands over, by name.
    pub(super) credentials: BTreeSet<String>,
    /// As whom it runs: nobody named is a user's own manager.
    pub(super) user: Option<String>,
    /// Once a day and not once an hour.
    pub(super) daily: bool,
}

/// What cannot stand in a unit.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnitError {
    /// A path.
    #[error("`{}` cannot be written in a unit: {why}", .path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A name or word.
    #[error("`{0}` cannot be written in a unit: letters, digits, `-`, `_` and `.` only")]
    Name(String),
    /// A variable's value.
    #[error("the variable `{0}` holds characters that cannot be written in a unit")]
    Variable(String),
}

/// What the browsers' own protection is made of, and is therefore not taken from them.
const LEFT_OUT: &str = "\
# Left out on purpose: Firefox and Chromium shut every page in, and what these take away is what they do it with.
#   RestrictNamespaces=       their sandbox is made of user, process and network namespaces
#   MemoryDenyWriteExecute=   their scripts are compiled into memory that is then executed
#   SystemCallFilter=         their sandbox sets filters of its own, and needs more calls than the usual sets hold
#   ProtectKernelTunables=, ProtectProc=, ProcSubset=
#                             a process in a namespace of its own cannot use a /proc of which parts are covered
#   PrivateDevices=           they share memory in /dev/shm, and look for a graphics device
# A browser from a snap is started by a helper with the set-user-id bit, which NoNewPrivileges= forbids: use another package.
";

impl Units {
    /// `rinnova.service`
    pub(super) fn service(&self) -> Result<String, UnitError> {
        let edit = if self.user.is_some() { "systemctl edit" } else { "systemctl --user edit" };
        let mut text = format!(
            "# Written by `rinnova install-timer`, which writes it anew with --force. What is yours goes into\n\
             # `{edit} rinnova.service`.\n\n[Unit]\nDescription=Renews the certificates that are due (rinnova)\n"
        );
        if self.user.is_some() {
            text.push_str("Wants=network-online.target\nAfter=network-online.target\n");
        }
        text.push_str(
            "# How often it is tried is rinnova's own to decide: it keeps an interval between attempts.\nStartLimitIntervalSec=0\n",
        );
        text.push_str("\n[Service]\nType=oneshot\n");
        if let Some(user) = &self.user {
            text.push_str(&format!("User={}\n", name(user)?));
        }
        text.push_str(&format!("WorkingDirectory={}\n", bare(&self.directory)?));
        text.push_str(&format!(
            "# The timer spreads the starts, so rinnova need not wait.\nExecStart={}\n",
            self.command()?
        ));
        text.push_str(
            "# As they were when this was written: where browsers, drivers and password managers are found.\n",
        );
        for (name, value) in &self.environment {
            let line = quoted(&format!("{name}={value}")).ok_or_else(|| UnitError::Variable(name.clone()))?;
            text.push_str(&format!("Environment={line}\n"));
        }
        text.push_str(
            "# A code may be waited for; but a run never stands for ever.\nTimeoutStartSec=6h\n\
             # rinnova ends its browser itself, and first sees an answer to the end that is under way.\n\
             KillMode=mixed\nTimeoutStopSec=90s\n\
             # 1 failed and 6 busy may pass by themselves. The others are a person's, and are not tried again by systemd:\n\
             # 2 settings, 3 a person is needed, 4 unknown outcome, 5 the portal changed, 7 not renewable, 8 do not try again.\n\
             Restart=on-failure\nRestartSec=15min\nRestartPreventExitStatus=2 3 4 5 7 8\n",
        );
        text.push_str(&self.credentials()?);
        text.push_str("\n# What it may do.\nNoNewPrivileges=true\n");
        if self.user.is_none() {
            text.push_str("# Without it a user's own manager cannot do the next four.\nPrivateUsers=true\n");
        }
        text.push_str(
            "# Everything is read-only but for what it keeps: the state of renewals, its cache, the runs. A program of yours that\n\
             # must write (gpg beside `pass`: %h/.gnupg) needs a line of its own.\nProtectSystem=strict\n",
        );
        for path in &self.writable {
            text.push_str(&format!("ReadWritePaths={}\n", path_quoted(path)?));
        }
        text.push_str(
            "PrivateTmp=true\nUMask=0077\nLimitCORE=0\nRestrictSUIDSGID=true\nRestrictRealtime=true\nLockPersonality=true\n\
             SystemCallArchitectures=native\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n",
        );
        text.push_str(LEFT_OUT);
        Ok(text)
    }

    /// `rinnova.timer`
    pub(super) fn timer(&self) -> String {
        // By day, because somebody may have to give a code.
        let (often, when, spread) =
            if self.daily { ("daily", "*-*-* 09:00", "2h") } else { ("hourly", "hourly", "15min") };
        format!(
            "# Written by `rinnova install-timer`, which writes it anew with --force.\n\n\
             [Unit]\nDescription=Looks {often} whether a certificate is due for renewal (rinnova)\n\n\
             [Timer]\nOnCalendar={when}\n\
             # So that not all machines come to a portal at the same moment.\nRandomizedDelaySec={spread}\n\
             # What was missed while the machine was off is made up for.\nPersistent=true\n\n\
             [Install]\nWantedBy=timers.target\n"
        )
    }

    fn command(&self) -> Result<String, UnitError> {
        if self.program.to_string_lossy().contains('$') {
            return Err(UnitError::Path { path: self.program.clone(), why: "a program's path may hold no `$`" });
        }
        let mut words = vec![path_quoted(&self.program)?];
        for (flag, path) in [("--config", &self.config), ("--state", &self.state)] {
            if let Some(path) = path {
                words.push(flag.to_owned());
                // Of variables only the arguments of a command know.
                words.push(path_quoted(path)?.replace('$', "$$"));
            }
        }
        words.extend(["renew", "--all", "--no-jitter"].map(str::to_owned));
        Ok(words.join(" "))
    }

    fn credentials(&self) -> Result<String, UnitError> {
        if self.credentials.is_empty() {
            return Ok(String::new());
        }
        let store = if self.user.is_some() { "/etc" } else { "~/.config" };
        let mut text = format!(
            "\n# What accounts take from `credential`: files of these names, mode 600, in {store}/credstore. Encrypted ones\n\
             # (`systemd-creds encrypt`) go to {store}/credstore.encrypted, with LoadCredentialEncrypted= in place of\n\
             # LoadCredential=. A value never stands in a unit, which everybody can read.\n"
        );
        for credential in &self.credentials {
            let credential = name(credential)?;
            text.push_str(&format!("LoadCredential={credential}:%E/credstore/{credential}\n"));
        }
        Ok(text)
    }
}

/// Quoted for a line that is split into words.
fn quoted(text: &str) -> Option<String> {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    (!text.chars().any(char::is_control)).then(|| format!("\"{escaped}\""))
}

fn path_quoted(path: &Path) -> Result<String, UnitError> {
    let wrong = |why| UnitError::Path { path: path.to_owned(), why };
    let text = path.to_str().ok_or_else(|| wrong("it is not UTF-8 text"))?;
    quoted(text).ok_or_else(|| wrong("it holds control characters"))
}

/// For a line that is one path.
fn bare(path: &Path) -> Result<String, UnitError> {
    path_quoted(path)?;
    let text = path.to_string_lossy();
    if text.ends_with([' ', '\\']) {
        return Err(UnitError::Path { path: path.to_owned(), why: "it ends with a space or a backslash" });
    }
    Ok(text.replace('%', "%%"))
}

fn name(text: &str) -> Result<&str, UnitError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.is_empty() && !text.starts_with(['-', '.']) && text.chars().all(fits) {
        Ok(text)
    } else {
        Err(UnitError::Name(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{UnitError, Units};

    fn units() -> Units {
        Units {
            program: "/home/rossi/.cargo/bin/rinnova".into(),
            config: None,
            state: None,
            directory: "/home/rossi/certificati".into(),
            writable: vec!["/home/rossi/.local/state/rinnova".into(), "/home/rossi/certificati/runs".into()],
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            credentials: ["mysign-pin".to_owned()].into(),
            user: None,
            daily: false,
        }
    }

    /// The lines that systemd reads.
    fn lines(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    }

    #[test]
    fn a_users_service_and_timer() {
        let service = units().service().expect("a unit");
        assert_eq!(
            lines(&service),
            [
                "[Unit]",
                "Description=Renews the certificates that are due (rinnova)",
                "StartLimitIntervalSec=0",
                "[Service]",
                "Type=oneshot",
                "WorkingDirectory=/home/rossi/certificati",
                "ExecStart=\"/home/rossi/.cargo/bin/rinnova\" renew --all --no-jitter",
                "Environment=\"PATH=/usr/bin:/bin\"",
                "TimeoutStartSec=6h",
                "KillMode=mixed",
                "TimeoutStopSec=90s",
                "Restart=on-failure",
                "RestartSec=15min",
                "RestartPreventExitStatus=2 3 4 5 7 8",
                "LoadCredential=mysign-pin:%E/credstore/mysign-pin",
                "NoNewPrivileges=true",
                "PrivateUsers=true",
                "ProtectSystem=strict",
                "ReadWritePaths=\"/home/rossi/.local/state/rinnova\"",
                "ReadWritePaths=\"/home/rossi/certificati/runs\"",
                "PrivateTmp=true",
                "UMask=0077",
                "LimitCORE=0",
                "RestrictSUIDSGID=true",
                "RestrictRealtime=true",
                "LockPersonality=true",
                "SystemCallArchitectures=native",
                "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
            ]
        );
        let timer = units().timer();
        for line in ["OnCalendar=hourly", "RandomizedDelaySec=15min", "Persistent=true", "WantedBy=timers.target"] {
            assert!(lines(&timer).contains(&line), "{line}\nnot in\n{timer}");
        }
        let daily = Units { daily: true, ..units() }.timer();
        assert!(lines(&daily).contains(&"OnCalendar=*-*-* 09:00"), "{daily}");
    }

    #[test]
    fn what_a_browser_needs_is_not_taken_away() {
        let both = [units(), Units { user: Some("rossi".into()), ..units() }];
        for service in both.map(|units| units.service().expect("a unit")) {
            for taken in [
                "RestrictNamespaces",
                "MemoryDenyWriteExecute",
                "SystemCallFilter",
                "ProtectKernelTunables",
                "ProtectProc",
                "ProcSubset",
                "PrivateDevices",
            ] {
                assert!(!lines(&service).iter().any(|line| line.starts_with(taken)), "{taken}");
                assert!(service.contains(&format!("{taken}=")), "why {taken} is left out is not said");
            }
        }
    }

    #[test]
    fn a_system_service_names_its_user() {
        let service = Units { user: Some("rossi".into()), ..units() }.service().expect("a unit");
        for line in ["User=rossi", "Wants=network-online.target", "NoNewPrivileges=true"] {
            assert!(lines(&service).contains(&line), "{line}\nnot in\n{service}");
        }
        assert!(!service.contains("PrivateUsers"));
    }

    #[test]
    fn odd_paths_are_quoted_and_impossible_ones_refused() {
        let odd = Units {
            program: "/opt/a b/rinn\"ova%n".into(),
            config: Some("/etc/$HOME/x.toml".into()),
            state: Some("/srv/st ate".into()),
            directory: "/srv/a b%h".into(),
            ..units()
        };
        let service = odd.service().expect("a unit");
        let words = "\"/opt/a b/rinn\\\"ova%%n\" --config \"/etc/$$HOME/x.toml\" --state \"/srv/st ate\" renew --all --no-jitter";
        assert!(lines(&service).contains(&format!("ExecStart={words}").as_str()), "{service}");
        assert!(lines(&service).contains(&"WorkingDirectory=/srv/a b%%h"), "{service}");
        let refused = |units: Units| units.service().is_err();
        assert!(refused(Units { directory: "/srv/a\nExecStartPre=/bin/evil".into(), ..units() }));
        assert!(refused(Units { writable: vec!["/srv/a\rb".into()], ..units() }));
        assert!(refused(Units { program: "/srv/$x/rinnova".into(), ..units() }));
        assert!(refused(Units { environment: vec![("PATH".into(), "/bin\nUser=0".into())], ..units() }));
        assert!(refused(Units { user: Some("root\nExecStart=x".into()), ..units() }));
        let name = Units { credentials: ["a:b".to_owned()].into(), ..units() }.service();
        assert!(matches!(name, Err(UnitError::Name(name)) if name == "a:b"));
    }
}

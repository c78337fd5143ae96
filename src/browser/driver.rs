//! The driver's process: started on a port of its own choosing, in its own process group, ended on every path.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::browser::error::StartError;
use crate::browser::installed::{Installed, driver_name};
use crate::browser::processes;
use crate::settings::BrowserName;
use crate::vault;

/// How long a driver may take until it listens.
const START: Duration = Duration::from_secs(20);

/// How often another port is tried.
const TRIES: u32 = 5;

/// How long it may take to be gone.
const END: Duration = Duration::from_secs(3);

/// What the driver and its browser may see of this process's environment. Everything else stays out: a secret handed over
/// in a variable must not be readable in the environment of nine browser processes.
const ENVIRONMENT: [&str; 18] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LANGUAGE",
    "TZ",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "XDG_DATA_DIRS",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A running driver.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    group: u32,
    url: String,
}

impl Driver {
    /// Starts the driver with `workdir` as its temporary folder and waits until it tells its port.
    ///
    /// chromedriver chooses a port on one address family and then wants the same on the other, where somebody else may
    /// have it: then another one is tried.
    ///
    /// # Errors
    /// [`StartError::Driver`] when it cannot be started, ends, or does not listen within 20 s.
    pub async fn start(installed: &Installed, workdir: &Path) -> Result<Self, StartError> {
        for _ in 1..TRIES {
            match Self::start_once(installed, workdir).await {
                Err(StartError::Driver { why, .. }) if why.contains("in use") => {
                    tracing::debug!(why, "the driver's port was taken; another one is tried");
                }
                other => return other,
            }
        }
        Self::start_once(installed, workdir).await
    }

    async fn start_once(installed: &Installed, workdir: &Path) -> Result<Self, StartError> {
        let name = driver_name(installed.browser);
        let fault = |why: String| StartError::Driver { driver: name.into(), why };
        let mut command = Command::from(vault::program(&installed.driver));
        command.args(arguments(installed.browser));
        command.env_clear();
        command.envs(ENVIRONMENT.iter().filter_map(|key| Some((key, vault::handed_on(key)?))));
        command.env("TMPDIR", workdir).env("XDG_CACHE_HOME", workdir).env("XDG_CONFIG_HOME", workdir);
        // Firefox keeps a log of its crash helper and empty report folders beside its profiles, wherever those are.
        // Chromium makes a store of certificates, and needs the holder's own where there is one.
        if installed.browser == BrowserName::Firefox || !has_certificates() {
            command.env("HOME", workdir);
        }
        command.env("MOZ_CRASHREPORTER_DISABLE", "1").env("MOZ_REMOTE_SETTINGS_DEVTOOLS", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| fault(format!("`{}`: {error}", installed.driver.display())))?;
        let group = child.id().ok_or_else(|| fault("it ended at once".into()))?;
        let stdout = child.stdout.take().ok_or_else(|| fault("it has no output".into()))?;
        let mut driver = Self { child, group, url: String::new() };
        match tokio::time::timeout(START, listening(stdout)).await {
            Ok(Some(port)) => driver.url = format!("http://127.0.0.1:{port}/"),
            Ok(None) => return Err(fault(driver.last_words().await)),
            Err(_) => return Err(fault(format!("it does not listen after {} s", START.as_secs()))),
        }
        if let Some(stderr) = driver.child.stderr.take() {
            drain(stderr);
        }
        Ok(driver)
    }

    /// Where it listens: `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The driver's process id, which is also its group's.
    #[must_use]
    pub fn group(&self) -> u32 {
        self.group
    }

    /// Ends the driver and all that stands in its group, at once.
    pub async fn kill(mut self) {
        processes::send_group(self.group, Signal::KILL);
        if tokio::time::timeout(END, self.child.wait()).await.is_err() {
            tracing::warn!("the driver did not end");
        }
    }

    async fn last_words(&mut self) -> String {
        let mut words = String::new();
        if let Some(stderr) = self.child.stderr.take() {
            // Its error text is short; a driver that hangs with an open pipe must not hold us.
            let mut start = stderr.take(4096);
            let _ended = tokio::time::timeout(Duration::from_secs(1), start.read_to_string(&mut words)).await;
        }
        match words.trim() {
            "" => "it ended before it listened".into(),
            words => words.lines().take(3).collect::<Vec<_>>().join("; "),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        processes::send_group(self.group, Signal::KILL);
    }
}

/// Whether the holder keeps certificates of his own for Chromium.
fn has_certificates() -> bool {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from);
    home.is_some_and(|home| [".pki/nssdb", ".local/share/pki/nssdb"].iter().any(|store| home.join(store).is_dir()))
}

/// Port 0 lets the driver choose a free one. The log levels are the highest at which typed text is not written
/// (faults.md §3.5): chromedriver logs it below SEVERE, geckodriver below info.
fn arguments(browser: BrowserName) -> &'static [&'static str] {
    match browser {
        BrowserName::Firefox => {
            &["--host", "127.0.0.1", "--port", "0", "--websocket-port", "0", "--marionette-port", "0", "--log", "info"]
        }
        BrowserName::Chromium => &["--port=0", "--log-level=SEVERE"],
    }
}

/// Reads the driver's output until it names its port, then goes on reading so that its pipe never fills.
async fn listening(stdout: ChildStdout) -> Option<u16> {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(port) = port_in(&line) {
            drain(lines.into_inner());
            return Some(port);
        }
    }
    None
}

/// The port in `Listening on 127.0.0.1:4444` or `… was started successfully on port 4444.`
fn port_in(line: &str) -> Option<u16> {
    let after =
        line.split_once("Listening on 127.0.0.1:").or_else(|| line.split_once("started successfully on port "))?.1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn drain(mut pipe: impl tokio::io::AsyncRead + Unpin + Send + 'static) {
    tokio::spawn(async move { tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await });
}

#[cfg(test)]
mod tests {
    use super::port_in;

    #[test]
    fn both_drivers_name_their_port() {
        assert_eq!(port_in("1700000000000\tgeckodriver\tINFO\tListening on 127.0.0.1:41017"), Some(41017));
        assert_eq!(port_in("ChromeDriver was started successfully on port 35001."), Some(35001));
        assert_eq!(port_in("Only local connections are allowed."), None);
    }
}

//! Which browsers and drivers this machine has, and in which versions.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::browser::error::StartError;
use crate::settings::BrowserName;
use crate::vault;

/// Both browsers.
pub const BROWSERS: [BrowserName; 2] = [BrowserName::Firefox, BrowserName::Chromium];

/// The driver's program name.
#[must_use]
pub fn driver_name(browser: BrowserName) -> &'static str {
    match browser {
        BrowserName::Firefox => "geckodriver",
        BrowserName::Chromium => "chromedriver",
    }
}

/// The environment variables that name another program for this browser and for its driver.
#[must_use]
pub fn variables(browser: BrowserName) -> (&'static str, &'static str) {
    match browser {
        BrowserName::Firefox => ("RINNOVA_FIREFOX", "RINNOVA_GECKODRIVER"),
        BrowserName::Chromium => ("RINNOVA_CHROMIUM", "RINNOVA_CHROMEDRIVER"),
    }
}

/// Programs that are this browser, best first. On Debian the programs themselves come before the start scripts
/// in `/usr/bin`: a script costs some 50 ms and reads settings that a run must not depend on.
fn programs(browser: BrowserName) -> &'static [&'static str] {
    match browser {
        BrowserName::Firefox => {
            &["/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "firefox-esr", "firefox"]
        }
        BrowserName::Chromium => {
            &["/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome-stable"]
        }
    }
}

/// The browser and driver found for a session.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Which browser.
    pub browser: BrowserName,
    /// Its program.
    pub program: PathBuf,
    /// The driver's program.
    pub driver: PathBuf,
}

/// Where the tool keeps what it can make again: a driver it installed, prepared profiles.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(dir) if !dir.is_empty() => PathBuf::from(dir),
        _ => PathBuf::from(std::env::var_os("HOME").filter(|home| !home.is_empty())?).join(".cache"),
    };
    base.is_absolute().then(|| base.join("rinnova"))
}

/// Finds the browser and its driver.
///
/// # Errors
/// [`StartError::NoBrowser`] or [`StartError::NoDriver`], with the command that mends it.
pub fn find(browser: BrowserName) -> Result<Installed, StartError> {
    let program = find_program(browser).ok_or(StartError::NoBrowser { browser })?;
    let driver = find_driver(browser).ok_or(StartError::NoDriver { browser })?;
    Ok(Installed { browser, program, driver })
}

/// Finds the browser's program.
#[must_use]
pub fn find_program(browser: BrowserName) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variables(browser).0) {
        return on_path(Path::new(&named));
    }
    programs(browser).iter().find_map(|name| on_path(Path::new(name)))
}

/// Finds the driver's program: named by its variable, on the path, or installed by `doctor --install`.
#[must_use]
pub fn find_driver(browser: BrowserName) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variables(browser).1) {
        return on_path(Path::new(&named));
    }
    on_path(Path::new(driver_name(browser)))
        .or_else(|| on_path(&cache_dir()?.join(driver_name(browser)).join("bin").join(driver_name(browser))))
}

/// The version that `program --version` prints: its first word with a digit at the front.
///
/// # Errors
/// [`StartError::Version`] when the program cannot be run, is silent for 20 s, or prints none.
pub async fn version(program: &Path) -> Result<String, StartError> {
    let fault = |why: String| StartError::Version { program: program.to_owned(), why };
    let child = tokio::process::Command::from(vault::program(program))
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(20), child)
        .await
        .map_err(|_| fault("no answer within 20 s".into()))?
        .map_err(|error| fault(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .map(str::to_owned)
        .ok_or_else(|| fault("it printed no version".into()))
}

/// The number before the first dot.
#[must_use]
pub fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

fn on_path(name: &Path) -> Option<PathBuf> {
    if name.components().count() > 1 {
        return is_program(name).then(|| name.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

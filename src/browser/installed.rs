//! Which browsers and drivers this machine has, and in which versions.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::browser::error::StartError;

/// A browser that a session can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Browser {
    /// Firefox, through geckodriver.
    Firefox,
    /// Chromium, through chromedriver.
    Chromium,
}

impl Browser {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Firefox, Self::Chromium];

    /// The name in settings and flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firefox => "firefox",
            Self::Chromium => "chromium",
        }
    }

    /// The browser of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|browser| browser.name() == name)
    }

    /// The driver's program name.
    #[must_use]
    pub fn driver(self) -> &'static str {
        match self {
            Self::Firefox => "geckodriver",
            Self::Chromium => "chromedriver",
        }
    }

    /// Programs that are this browser, best first. On Debian the programs themselves come before the start scripts
    /// in `/usr/bin`: a script costs some 50 ms and reads settings that a run must not depend on.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Firefox => &["/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "firefox-esr", "firefox"],
            Self::Chromium => &["/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome-stable"],
        }
    }

    /// The environment variable that names another program for this browser.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Firefox => "RINNOVA_FIREFOX",
            Self::Chromium => "RINNOVA_CHROMIUM",
        }
    }

    /// The environment variable that names another program for its driver.
    #[must_use]
    pub fn driver_variable(self) -> &'static str {
        match self {
            Self::Firefox => "RINNOVA_GECKODRIVER",
            Self::Chromium => "RINNOVA_CHROMEDRIVER",
        }
    }
}

/// The browser and driver found for a session.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Which browser.
    pub browser: Browser,
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
pub fn find(browser: Browser) -> Result<Installed, StartError> {
    let program = find_program(browser).ok_or(StartError::NoBrowser { browser })?;
    let driver = find_driver(browser).ok_or(StartError::NoDriver { browser })?;
    Ok(Installed { browser, program, driver })
}

/// Finds the browser's program.
#[must_use]
pub fn find_program(browser: Browser) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(browser.variable()) {
        return on_path(Path::new(&named));
    }
    browser.programs().iter().find_map(|name| on_path(Path::new(name)))
}

/// Finds the driver's program: named by its variable, on the path, or installed by `doctor --install`.
#[must_use]
pub fn find_driver(browser: Browser) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(browser.driver_variable()) {
        return on_path(Path::new(&named));
    }
    on_path(Path::new(browser.driver()))
        .or_else(|| on_path(&cache_dir()?.join(browser.driver()).join("bin").join(browser.driver())))
}

/// The version that `program --version` prints: its first word with a digit at the front.
///
/// # Errors
/// [`StartError::Version`] when the program cannot be run, is silent for 20 s, or prints none.
pub async fn version(program: &Path) -> Result<String, StartError> {
    let fault = |why: String| StartError::Version { program: program.to_owned(), why };
    let child = tokio::process::Command::new(program)
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

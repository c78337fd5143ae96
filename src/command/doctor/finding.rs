//! What `doctor` found: one line each, with the command that mends it. Data only; nothing is asked or printed here.

use crate::settings::BrowserName;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// A browser with its driver.
    Browser(BrowserName),
    /// Clock, folders, user.
    Machine,
    /// The settings files as a whole.
    Settings,
    /// One account of the settings.
    Account,
}

impl Area {
    /// Its heading.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Browser(BrowserName::Firefox) => "firefox",
            Self::Browser(BrowserName::Chromium) => "chromium",
            Self::Machine => "machine",
            Self::Settings => "settings",
            Self::Account => "account",
        }
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Works, but worth a look.
    Warning,
    /// Must be mended before what it is about can be used.
    Missing,
}

impl Level {
    /// Its name in table and JSON.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Missing => "missing",
        }
    }
}

/// What mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mend {
    /// Packages of the system, by their Debian names.
    Packages(&'static [&'static str]),
    /// geckodriver, built from its source into the tool's own cache.
    Geckodriver,
    /// What only a person can decide.
    ByHand(String),
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What it is about.
    pub area: Area,
    /// The thing: `geckodriver`, `clock`.
    pub what: String,
    /// How much it matters.
    pub level: Level,
    /// What is there, or what is wrong.
    pub text: String,
    /// What mends it.
    pub mend: Option<Mend>,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub(super) fn ok(area: Area, what: impl Into<String>, text: impl Into<String>) -> Self {
        Self { area, what: what.into(), level: Level::Ok, text: text.into(), mend: None }
    }

    /// Works, but worth a look.
    #[must_use]
    pub(super) fn warning(area: Area, what: impl Into<String>, text: impl Into<String>, mend: Option<Mend>) -> Self {
        Self { area, what: what.into(), level: Level::Warning, text: text.into(), mend }
    }

    /// Must be mended.
    #[must_use]
    pub(super) fn missing(area: Area, what: impl Into<String>, text: impl Into<String>, mend: Option<Mend>) -> Self {
        Self { area, what: what.into(), level: Level::Missing, text: text.into(), mend }
    }
}

/// Whether nothing of this area is missing.
#[must_use]
pub(super) fn complete(findings: &[Finding], area: Area) -> bool {
    !findings.iter().any(|finding| finding.area == area && finding.level == Level::Missing)
}

/// Whether a run can start: one of these browsers is complete, and neither machine nor settings are in the way. What
/// is missing for one account alone does not stop the others.
#[must_use]
pub(super) fn ready(findings: &[Finding], browsers: &[BrowserName]) -> bool {
    complete(findings, Area::Machine)
        && complete(findings, Area::Settings)
        && browsers.iter().any(|&browser| complete(findings, Area::Browser(browser)))
}

#[cfg(test)]
mod tests {
    use super::{Area, Finding, ready};
    use crate::settings::BrowserName::{Chromium, Firefox};

    #[test]
    fn one_whole_browser_is_enough_and_an_account_does_not_count() {
        let mut findings = vec![
            Finding::missing(Area::Browser(Firefox), "geckodriver", "not installed", None),
            Finding::ok(Area::Browser(Chromium), "chromedriver", "156"),
            Finding::missing(Area::Account, "rossi", "its file is not there", None),
        ];
        assert!(ready(&findings, &[Firefox, Chromium]));
        assert!(!ready(&findings, &[Firefox]));
        findings.push(Finding::missing(Area::Settings, "rinnova.toml", "unknown key", None));
        assert!(!ready(&findings, &[Chromium]));
    }
}

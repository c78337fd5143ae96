//! The `[browser]` table.

use std::fmt;

use url::Url;

use super::table::{Table, meant};

/// Which browser, and how it is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Which one.
    pub name: BrowserName,
    /// Without a window.
    pub headless: bool,
    /// The viewport.
    pub size: Size,
    /// The proxy, `host:port` or a URL.
    pub proxy: Option<String>,
    /// A driver or a grid that already runs; none: start and own a driver.
    pub webdriver: Option<Url>,
}

impl Default for Browser {
    fn default() -> Self {
        Self { name: BrowserName::default(), headless: true, size: Size::default(), proxy: None, webdriver: None }
    }
}

/// The browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BrowserName {
    /// Firefox, by geckodriver.
    #[default]
    Firefox,
    /// Chromium, by chromedriver.
    Chromium,
}

impl BrowserName {
    /// As settings and flags write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firefox => "firefox",
            Self::Chromium => "chromium",
        }
    }
}

impl fmt::Display for BrowserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for BrowserName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [Self::Firefox, Self::Chromium];
        let found = known.into_iter().find(|browser| browser.name() == name);
        found.ok_or_else(|| format!("names no browser{}", meant(name, &known.map(Self::name))))
    }
}

/// A viewport, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self { width: 1280, height: 800 }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl std::str::FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let side = |text: &str| text.parse().ok().filter(|pixels| (200..=8000).contains(pixels));
        let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
        sides
            .map(|(width, height)| Self { width, height })
            .ok_or("must be a size like `1280x800`, each side between 200 and 8000")
    }
}

impl Browser {
    /// What the `[browser]` table of these settings says, over the defaults.
    pub(super) fn of(root: &Table<'_>, faults: &mut Vec<String>) -> Self {
        let Some(table) = root.table("browser", faults) else { return Self::default() };
        table.only(&["name", "headless", "size", "proxy", "webdriver"], faults);
        Self {
            name: table.parsed("name", faults, str::parse).unwrap_or_default(),
            headless: table.truth("headless", faults).unwrap_or(true),
            size: table.parsed("size", faults, str::parse).unwrap_or_default(),
            proxy: table.text("proxy", faults).map(str::to_owned),
            webdriver: table.parsed("webdriver", faults, |text| match Url::parse(text) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
                _ => Err("must be a URL like `http://localhost:4444`"),
            }),
        }
    }
}

//! What a session asks of its browser.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::browser::installed::Installed;
use crate::settings::BrowserName;

/// What the caller chooses about a session.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which browser.
    pub browser: BrowserName,
    /// Without a window.
    pub headless: bool,
    /// The viewport's width, CSS pixels.
    pub width: u32,
    /// The viewport's height, CSS pixels.
    pub height: u32,
    /// Device pixels for each pixel of the page; the layout is the same at each. A remote browser keeps its own.
    pub scale: u32,
    /// A proxy, `host:port`; empty for none.
    pub proxy: String,
    /// The languages to ask pages for, best first: `it,en`.
    pub languages: String,
    /// The URL of a driver or grid already running; empty to start and own one.
    pub webdriver: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            browser: BrowserName::Firefox,
            headless: true,
            width: 1280,
            height: 800,
            scale: 1,
            proxy: String::new(),
            languages: "it,en".into(),
            webdriver: String::new(),
        }
    }
}

/// What a browser shows of a page, and how finely.
#[derive(Debug, Clone, Copy)]
pub struct Viewport {
    /// Width, CSS pixels.
    pub width: u32,
    /// Height, CSS pixels.
    pub height: u32,
    /// Device pixels for each of them.
    pub scale: u32,
}

impl Options {
    /// What the browser shows of a page.
    #[must_use]
    pub fn viewport(&self) -> Viewport {
        Viewport { width: self.width, height: self.height, scale: self.scale }
    }
}

/// The capabilities of a session with a browser of ours: its program, and a profile and downloads in our own folder.
#[must_use]
pub fn owned(options: &Options, installed: &Installed, profile: &Path, downloads: &Path) -> Map<String, Value> {
    let mut capabilities = shared(options);
    let program = installed.program.display().to_string();
    match options.browser {
        BrowserName::Firefox => {
            let mut arguments = vec!["-profile".to_owned(), profile.display().to_string()];
            if options.headless {
                arguments.push("-headless".into());
            }
            capabilities.insert("moz:firefoxOptions".into(), json!({ "binary": program, "args": arguments }));
        }
        BrowserName::Chromium => {
            let mut arguments = chromium_arguments(options);
            arguments.push(format!("--user-data-dir={}", profile.display()));
            let preferences = json!({
                "autofill.profile_enabled": false,
                "autofill.credit_card_enabled": false,
                "credentials_enable_service": false,
                "download.default_directory": downloads.display().to_string(),
                "download.prompt_for_download": false,
                "intl.accept_languages": options.languages,
                "profile.password_manager_enabled": false,
            });
            capabilities.insert(
                "goog:chromeOptions".into(),
                json!({ "binary": program, "args": arguments, "prefs": preferences }),
            );
        }
    }
    capabilities
}

/// The capabilities of a session at somebody else's driver or grid.
#[must_use]
pub fn remote(options: &Options) -> Map<String, Value> {
    let mut capabilities = shared(options);
    let name = match options.browser {
        BrowserName::Firefox => {
            let arguments: &[&str] = if options.headless { &["-headless"] } else { &[] };
            let preferences = json!({ "intl.accept_languages": options.languages, "signon.rememberSignons": false,
                "browser.formfill.enable": false });
            capabilities.insert("moz:firefoxOptions".into(), json!({ "args": arguments, "prefs": preferences }));
            "firefox"
        }
        BrowserName::Chromium => {
            let preferences =
                json!({ "intl.accept_languages": options.languages, "credentials_enable_service": false });
            let arguments = chromium_arguments(options);
            capabilities.insert("goog:chromeOptions".into(), json!({ "args": arguments, "prefs": preferences }));
            "chrome"
        }
    };
    capabilities.insert("browserName".into(), name.into());
    capabilities
}

fn shared(options: &Options) -> Map<String, Value> {
    let mut capabilities = Map::new();
    // A certificate fault is never passed over (faults.md §3.6), and a dialog waits until a step answers it.
    capabilities.insert("acceptInsecureCerts".into(), false.into());
    capabilities.insert("unhandledPromptBehavior".into(), "ignore".into());
    capabilities.insert("pageLoadStrategy".into(), "eager".into());
    // The page script keeps its own deadline; the driver's must never come first (browser.md §3).
    capabilities.insert("timeouts".into(), json!({ "script": 7_200_000, "pageLoad": 120_000 }));
    if options.browser == BrowserName::Firefox {
        capabilities.insert("webSocketUrl".into(), true.into());
    }
    if !options.proxy.is_empty() {
        let proxy = json!({ "proxyType": "manual", "httpProxy": options.proxy, "sslProxy": options.proxy });
        capabilities.insert("proxy".into(), proxy);
    }
    capabilities
}

fn chromium_arguments(options: &Options) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--disable-background-networking",
        "--disable-client-side-phishing-detection",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-features=AutofillServerCommunication,MediaRouter,OptimizationHints,Translate",
        "--disable-quic",
        "--disable-search-engine-choice-screen",
        "--disable-sync",
        "--force-color-profile=srgb",
        "--hide-scrollbars",
        "--no-default-browser-check",
        "--no-first-run",
        "--password-store=basic",
        "--use-mock-keychain",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--window-size={},{}", options.width, options.height));
    if options.headless {
        arguments.push("--headless".into());
        arguments.push("--disable-gpu".into());
    }
    // Chromium's own sandbox cannot be set up by root; `doctor` says so.
    if rustix::process::geteuid().is_root() {
        arguments.push("--no-sandbox".into());
    }
    arguments
}

//! A session: browser, driver and page together, closed on every path.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::error::NewSessionError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value};

use crate::browser::bidi::Bidi;
use crate::browser::capabilities::{self, Options};
use crate::browser::cdp::Cdp;
use crate::browser::classic::Classic;
use crate::browser::driver::Driver;
use crate::browser::error::{PageError, StartError};
use crate::browser::installed::{self, Installed};
use crate::browser::lane::Lane;
use crate::browser::page::Page;
use crate::browser::workdir::{self, Workdir};
use crate::browser::{processes, profile};
use crate::settings::BrowserName;
use crate::stop::Stop;

/// How long a browser may take to start.
const START: Duration = Duration::from_secs(60);

/// How long it may take to end before its processes are ended.
const END: Duration = Duration::from_secs(5);

/// A browser under our control.
#[derive(Debug)]
pub struct Session {
    /// The page that is driven.
    pub page: Page,
    /// What the browser says of itself.
    pub about: About,
    client: Client,
    owned: Option<Owned>,
}

/// What a browser says of itself.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Its name.
    pub browser: String,
    /// Its version.
    pub version: String,
    /// The system it runs on.
    pub platform: String,
}

/// What a session of ours must end.
#[derive(Debug)]
struct Owned {
    driver: Driver,
    folder: Workdir,
}

impl Session {
    /// Sweeps what dead runs left, starts driver and browser (or connects to the ones at `options.webdriver`) and opens
    /// the way to the page.
    ///
    /// # Errors
    /// [`StartError`]; whatever had been started is ended.
    pub async fn start(options: &Options, stop: Stop) -> Result<Self, StartError> {
        if options.webdriver.is_empty() { Self::own(options, stop).await } else { Self::attach(options, stop).await }
    }

    /// Ends the browser and the driver and removes the session's folder. A browser of ours is ended at once, by its process
    /// group: its profile goes with the folder, so that it has nothing to save. Somebody else's is asked to end the session.
    pub async fn close(self) {
        match self.owned {
            Some(Owned { driver, folder }) => {
                driver.kill().await;
                drop(folder);
            }
            None => {
                if !matches!(tokio::time::timeout(END, self.client.close()).await, Ok(Ok(()))) {
                    tracing::warn!("the session did not end when asked");
                }
            }
        }
    }

    /// The processes that belong to this session.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        self.owned.as_ref().map(|owned| processes::naming(owned.folder.path())).unwrap_or_default()
    }

    async fn own(options: &Options, stop: Stop) -> Result<Self, StartError> {
        let installed = installed::find(options.browser)?;
        let base = workdir::base();
        let swept = workdir::sweep(&base);
        if swept > 0 {
            tracing::info!(swept, "removed what dead runs had left");
        }
        let folder = Workdir::create(&base)?;
        let driver = Driver::start(&installed, folder.path()).await?;
        let profile = folder.path().join("profile");
        let downloads = folder.subdir("downloads")?;
        if options.browser == BrowserName::Firefox {
            firefox_profile(&installed, &profile, &downloads, &options.languages).await?;
        }
        let wanted = capabilities::owned(options, &installed, &profile, &downloads);
        let client = new_session(driver.url(), installed::driver_name(installed.browser), wanted).await?;
        let owned = Owned { driver, folder };
        let connected = connect(options, &client, Some((&profile, downloads)), stop).await;
        match connected {
            Ok((page, about)) => Ok(Self { page, about, client, owned: Some(owned) }),
            Err(error) => {
                let _already_failing = tokio::time::timeout(END, client.close()).await;
                owned.driver.kill().await;
                Err(StartError::Session {
                    driver: installed::driver_name(installed.browser).into(),
                    why: error.to_string(),
                })
            }
        }
    }

    async fn attach(options: &Options, stop: Stop) -> Result<Self, StartError> {
        let fault = |why: String| StartError::Remote { url: options.webdriver.clone(), why };
        let url = url::Url::parse(&options.webdriver).map_err(|error| fault(error.to_string()))?;
        let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        // Whoever can read the connection can read what is typed (faults.md §3.5).
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(fault(
                "only https, or http to this machine, is safe: everything typed passes through it".into(),
            ));
        }
        let client =
            new_session(url.as_str(), &options.webdriver, capabilities::remote(options)).await.map_err(|error| {
                match error {
                    StartError::Session { why, .. } => fault(why),
                    other => other,
                }
            })?;
        match connect(options, &client, None, stop).await {
            Ok((page, about)) => Ok(Self { page, about, client, owned: None }),
            Err(error) => {
                let _already_failing = tokio::time::timeout(END, client.close()).await;
                Err(fault(error.to_string()))
            }
        }
    }
}

/// Copies the prepared profile into the session's folder, making it first where there is none for this Firefox.
async fn firefox_profile(
    installed: &Installed,
    profile: &Path,
    downloads: &Path,
    languages: &str,
) -> Result<(), StartError> {
    let fault = |error: std::io::Error| StartError::Workdir { dir: profile.to_owned(), why: error.to_string() };
    let prepared =
        installed::cache_dir().and_then(|cache| Some(profile::prepared_path(&cache, &build_of(&installed.program)?)));
    if let Some(prepared) = &prepared
        && !prepared.is_dir()
        && let Err(error) = prepare(installed, prepared).await
    {
        tracing::warn!(%error, "no profile could be prepared; this start takes longer");
    }
    match prepared.filter(|prepared| prepared.is_dir()) {
        Some(prepared) => profile::copy(&prepared, profile).map_err(fault)?,
        None => std::fs::create_dir(profile).map_err(fault)?,
    }
    profile::write_preferences(profile, downloads, languages).map_err(fault)
}

/// Starts Firefox once with a fresh profile, ends it, and keeps what it made. No page is opened in it.
async fn prepare(installed: &Installed, prepared: &Path) -> Result<(), StartError> {
    let folder = Workdir::create(&workdir::base())?;
    let fault = |error: std::io::Error| StartError::Workdir { dir: prepared.to_owned(), why: error.to_string() };
    let profile = folder.subdir("profile")?;
    profile::write_preferences(&profile, folder.path(), "").map_err(fault)?;
    let driver = Driver::start(installed, folder.path()).await?;
    let wanted = capabilities::owned(&Options::default(), installed, &profile, folder.path());
    let client = new_session(driver.url(), installed::driver_name(installed.browser), wanted).await;
    if let Ok(client) = client {
        // Ended well: what the profile keeps is written only then.
        let _ended = tokio::time::timeout(END, client.close()).await;
        driver.kill().await;
        return profile::keep(&profile, prepared).map_err(fault);
    }
    driver.kill().await;
    client.map(drop)
}

/// What tells one build of Firefox from another, without starting it: its `application.ini` says version and build.
fn build_of(program: &Path) -> Option<String> {
    let program = program.canonicalize().ok()?;
    let text = std::fs::read_to_string(program.parent()?.join("application.ini")).ok()?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    Some(format!("{}-{}", value("Version")?, value("BuildID")?))
}

async fn new_session(url: &str, driver: &str, wanted: Map<String, Value>) -> Result<Client, StartError> {
    let fault = |why: String| {
        let why = why.lines().next().unwrap_or_default().to_owned();
        if why.contains("only supports") || why.contains("This version of") {
            StartError::Mismatch { driver: driver.into(), why }
        } else {
            StartError::Session { driver: driver.into(), why }
        }
    };
    let wanted: Capabilities = wanted.into_iter().collect();
    let session = async {
        if url.starts_with("https:") {
            let connector = hyper_rustls::HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| fault(error.to_string()))?
                .https_only()
                .enable_http1()
                .build();
            ClientBuilder::new(connector)
                .capabilities(wanted)
                .connect(url)
                .await
                .map_err(|error| fault(session_fault(&error)))
        } else {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            ClientBuilder::new(connector)
                .capabilities(wanted)
                .connect(url)
                .await
                .map_err(|error| fault(session_fault(&error)))
        }
    };
    tokio::time::timeout(START, session).await.map_err(|_| fault(format!("no answer within {} s", START.as_secs())))?
}

fn session_fault(error: &NewSessionError) -> String {
    match error {
        NewSessionError::SessionNotCreated(answer) => answer.message.to_string(),
        NewSessionError::Failed(_) | NewSessionError::FailedC(_) | NewSessionError::Lost(_) => {
            "nobody answers there".into()
        }
        NewSessionError::NotW3C(_) | NewSessionError::UnexpectedError(_) => "what answers there is no driver".into(),
        other @ NewSessionError::BadWebdriverUrl(_) => other.to_string(),
    }
}

async fn connect(
    options: &Options,
    client: &Client,
    owned: Option<(&Path, PathBuf)>,
    stop: Stop,
) -> Result<(Page, About), PageError> {
    let refused = |error| crate::browser::classic::refusal("new session", &error);
    let answer = client.capabilities().cloned().unwrap_or_default();
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let about = About { browser: text("browserName"), version: text("browserVersion"), platform: text("platformName") };
    let window = String::from(client.window().await.map_err(refused)?);
    let viewport = options.viewport();
    let socket = text("webSocketUrl");
    let lane = match (options.browser, owned) {
        (BrowserName::Chromium, Some((profile, downloads))) => {
            Lane::Cdp(Cdp::connect(profile, window.clone(), viewport, downloads, stop.clone()).await?)
        }
        // A grid's own socket is behind its own name and TLS; classic commands are enough there.
        (BrowserName::Firefox, owned) if owned.is_some() || socket.starts_with("ws://127.0.0.1:") => {
            Lane::Bidi(Bidi::connect(&socket, window.clone(), viewport, stop.clone()).await?)
        }
        _ => {
            client.set_window_size(options.width, options.height).await.map_err(refused)?;
            Lane::Classic(Classic::new(client.clone(), stop.clone()))
        }
    };
    Ok((Page::new(lane, client.clone(), window, stop), about))
}

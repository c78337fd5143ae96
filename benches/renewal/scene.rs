//! What every competitor finds: the practice portal begun anew, the same account, a folder to write to.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rinnova::browser::installed::{self, Installed};
use rinnova::practice::{EffectKind, Options, PASSWORD, PIN, Practice};
use rinnova::settings::BrowserName;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::log::Told;

/// The account: its codes come by SMS.
pub(crate) const USER: &str = "JCPD0001";

/// The pictures of one renewal.
pub(crate) const PICTURES: [&str; 10] =
    ["login", "certificate", "home", "open", "consents", "sign", "new-pin", "activate", "done", "certificate-2"];

/// 1280×800, as a PNG's header says it.
const VIEWPORT: [u8; 8] = [0, 0, 5, 0, 0, 0, 3, 32];

/// The practice portals in a runtime of their own, and the bench's folder.
pub(crate) struct Scene {
    pub(crate) practice: Practice,
    pub(crate) runtime: Runtime,
    pub(crate) folder: TempDir,
    pub(crate) firefox: Installed,
    pub(crate) chromium: Installed,
    outs: std::cell::Cell<u32>,
}

impl Scene {
    pub(crate) fn set() -> Result<Self, String> {
        let find = |browser| installed::find(browser).map_err(|error| error.to_string());
        let (firefox, chromium) = (find(BrowserName::Firefox)?, find(BrowserName::Chromium)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let practice = runtime.block_on(Practice::start(Options::default())).map_err(|error| error.to_string())?;
        let folder = tempfile::Builder::new().prefix("bench-").tempdir().map_err(|error| error.to_string())?;
        let scene = Self { practice, runtime, folder, firefox, chromium, outs: std::cell::Cell::new(0) };
        scene.write("plain.toml", &scene.settings(&[env!("CARGO_BIN_EXE_rinnova")]))?;
        for watched in [false, true] {
            let flow = scene.flow(watched);
            fs::create_dir(flow.with_file_name("")).map_err(|error| error.to_string())?;
            fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/flows/mysign.toml"), flow)
                .map_err(|error| error.to_string())?;
        }
        for browser in [&scene.firefox, &scene.chromium] {
            scene.helper(browser)?;
        }
        Ok(scene)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The flow: a copy beside which no baseline stands, or the one that is watched.
    pub(crate) fn flow(&self, watched: bool) -> PathBuf {
        self.path(if watched { "watched" } else { "unwatched" }).join("mysign.toml")
    }

    /// Begins the portal anew and makes a folder for one run.
    pub(crate) fn fresh(&self) -> Result<PathBuf, String> {
        self.practice.reset();
        self.outs.set(self.outs.get() + 1);
        let out = self.path(&format!("out-{}", self.outs.get()));
        fs::create_dir(&out).map_err(|error| error.to_string())?;
        Ok(out)
    }

    /// Sees that the certificate was renewed, once, and that every picture is there; then the folder may go.
    pub(crate) fn check(&self, out: &Path, pictures: &Path) -> Result<(), String> {
        let effects = self.practice.effects(USER);
        let times = |kind: EffectKind| effects.iter().filter(|effect| **effect == kind).count();
        if (times(EffectKind::RichiestaFirmata), times(EffectKind::CertificatoEmesso)) != (1, 1) {
            return Err(format!("the portal does not show one renewal but {effects:?}"));
        }
        for name in PICTURES {
            let file = pictures.join(format!("{name}.png"));
            let head = fs::read(&file).map_err(|error| format!("{name}.png: {error}"))?;
            if !head.starts_with(b"\x89PNG") || head.get(16..24) != Some(&VIEWPORT) {
                return Err(format!("{name}.png is no PNG of 1280×800"));
            }
        }
        fs::remove_dir_all(out).map_err(|error| error.to_string())
    }

    /// The environment that holds the secrets, for every competitor.
    pub(crate) fn secrets(&self) -> [(&'static str, &str); 3] {
        [("BENCH_PASSWORD", PASSWORD), ("BENCH_PIN", PIN), ("RINNOVA_PRACTICE_TOKEN", self.practice.token())]
    }

    /// The folder of a browser's helpers: the bench's own program under the driver's name and as the code command.
    pub(crate) fn helpers(&self, browser: BrowserName) -> PathBuf {
        self.path(browser.name())
    }

    fn helper(&self, browser: &Installed) -> Result<(), String> {
        let said = |error: std::io::Error| error.to_string();
        let folder = self.helpers(browser.browser);
        fs::create_dir(&folder).map_err(said)?;
        let own = std::env::current_exe().map_err(said)?;
        for name in [installed::driver_name(browser.browser), "code"] {
            symlink(&own, folder.join(name)).map_err(said)?;
        }
        let told = Told {
            driver: browser.driver.display().to_string(),
            rinnova: env!("CARGO_BIN_EXE_rinnova").into(),
            log: folder.join("log.jsonl").display().to_string(),
        };
        let text = serde_json::to_string(&told).map_err(|error| error.to_string())?;
        fs::write(folder.join("relay.json"), text).map_err(said)?;
        let code = folder.join("code").display().to_string();
        self.write(&format!("{}/relayed.toml", browser.browser.name()), &self.settings(&[&code]))
    }

    fn settings(&self, program: &[&str]) -> String {
        let command: Vec<&str> =
            program.iter().copied().chain(["practice", "code", USER, "--admin", self.practice.admin()]).collect();
        let flow = self.flow(false).display().to_string();
        format!(
            "[[account]]\nid = \"bench\"\nflow = {flow:?}\n[account.inputs]\nuser_id = \"{USER}\"\n\
             password = {{ env = \"BENCH_PASSWORD\" }}\npin = {{ env = \"BENCH_PIN\" }}\notp = {{ command = {command:?} }}\n"
        )
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.path(name), text).map_err(|error| error.to_string())
    }
}

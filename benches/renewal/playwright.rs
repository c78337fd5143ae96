//! The same renewal in Playwright: a development dependency of this bench alone, with the system's Chromium.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::clock::{ms, now};
use crate::scene::{Scene, USER};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/playwright");

/// One run, milliseconds.
pub(crate) struct Run {
    /// From the start of node to its end.
    pub(crate) whole: f64,
    /// From the page ready to the last output.
    pub(crate) flow: f64,
}

#[derive(Deserialize)]
struct Said {
    ready: f64,
    last: f64,
    before: String,
    after: String,
}

/// Its version, where `npm ci` has been run.
pub(crate) fn version() -> Option<String> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("node_modules/playwright-core/package.json")).ok()?;
    serde_json::from_str::<serde_json::Value>(&text).ok()?["version"].as_str().map(str::to_owned)
}

/// Runs it once.
pub(crate) fn run(scene: &Scene) -> Result<Run, String> {
    let out = scene.fresh()?;
    let asked = serde_json::json!({
        "portal": scene.practice.mia_firma(),
        "admin": scene.practice.admin(),
        "user": USER,
        "program": scene.chromium.program,
        "out": out,
    });
    let mut command = Command::new("node");
    command.arg(Path::new(FOLDER).join("renewal.mjs")).arg(asked.to_string()).envs(scene.secrets());
    command.stdin(Stdio::null());
    let began = now();
    let ended = command.output().map_err(|error| format!("node: {error}"))?;
    let whole = ms(began, now());
    if !ended.status.success() {
        return Err(format!("Playwright ended with {}:\n{}", ended.status, String::from_utf8_lossy(&ended.stderr)));
    }
    let said: Said = serde_json::from_slice(&ended.stdout).map_err(|error| format!("Playwright's answer: {error}"))?;
    if said.before == said.after {
        return Err(format!("Playwright read {} at both ends", said.after));
    }
    scene.check(&out, &out)?;
    Ok(Run { whole, flow: said.last - said.ready })
}

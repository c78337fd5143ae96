//! What a run is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Span;
use tokio::sync::mpsc;
use url::Url;

use crate::drift::survival::Survival;
use crate::flow::model::{Flow, Task};
use crate::otp::Broker;
use crate::runner::plan::Scope;
use crate::runner::warden::Warden;
use crate::runner::watch::Watch;
use crate::vault::Vault;

/// What a run is asked to do, with whose values.
#[derive(Debug)]
pub struct Job<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// Its task.
    pub task: &'a Task,
    /// The portal's origin; the flow's own or its replacement.
    pub portal: Url,
    /// Where paths in `upload` steps begin.
    pub folder: PathBuf,
    /// How much of the task is performed.
    pub mode: Mode,
    /// The first stage to enter, by id; all before it are left out.
    pub from: Option<String>,
    /// The last stage to enter, by id.
    pub until: Option<String>,
    /// How fast.
    pub pace: Pace,
    /// The values of the inputs.
    pub vault: &'a Vault,
    /// The source of one-time codes.
    pub broker: &'a mut Broker,
    /// Asked before anything that cannot be taken back.
    pub warden: &'a mut (dyn Warden + 'static),
    /// Against what the portal is held, where the flow has a baseline.
    pub watch: Option<Watch<'a>>,
    /// Steps may heal by the baseline.
    pub heal: bool,
    /// Where it is noted what each step's locator survives, if that is tried.
    pub survivals: Option<&'a mut Vec<Survival>>,
    /// Its pictures are made for a guide: a persona stands in the holder's place.
    pub persona: bool,
    /// How long before expiry this run may act, in place of the portal's whole window.
    pub before: Option<Span>,
}

/// How much of a task is performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All of it.
    Whole,
    /// The last stage's locators are checked and nothing of it is done; no secret but the login's is typed.
    Rehearsal,
}

/// How fast a run goes.
#[derive(Debug, Default)]
pub struct Pace {
    /// A pause after each step.
    pub slow_mo: Duration,
    /// Each step waits for a word from here.
    pub step: Option<mpsc::Receiver<()>>,
}

impl Job<'_> {
    /// How much of the task is performed.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope { mode: self.mode, from: self.from.as_deref(), until: self.until.as_deref() }
    }

    /// The origins on which secrets may be typed, as `https://host:port`.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        std::iter::once(&self.portal).chain(&self.flow.origins).map(|url| url.origin().ascii_serialization()).collect()
    }
}

//! `rinnova lint --mutate`: a flow played once against the practice portal that stands for its own, and what each of its locators
//! survives there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::Url;

use crate::browser::capabilities::Options;
use crate::browser::installed;
use crate::browser::session::Session;
use crate::cli::{BrowserFlags, Lint, RunFlags};
use crate::command::{Context, Failure, attempt, chosen, demo, inputs, practised};
use crate::drift::survival::{Survival, ranked, total};
use crate::exit::Verdict;
use crate::flow::model::{Flow, Task};
use crate::practice::{self, Practice};
use crate::renewal::custody::Custody;
use crate::report::plain::plain;
use crate::runner::job::{Job, Mode, Pace};
use crate::runner::task::{self, Finished};
use crate::settings::InputSource;
use crate::stop::{self, Stop};
use crate::store;
use crate::vault::Redactor;

/// The version of what is printed as JSON.
const FORMAT: u32 = 1;

/// A flow that can be played: everything that can be wrong with it was told before a browser starts.
#[derive(Debug)]
pub struct Play<'a> {
    flow: &'a Flow,
    task: &'a Task,
    file: PathBuf,
    options: Options,
    /// The practice portal, by the name of the shipped flow that it serves.
    portal: &'static str,
    user: &'static str,
}

impl<'a> Play<'a> {
    /// A flow that is to be played in this way.
    ///
    /// # Errors
    /// When neither practice portal stands for its portal, it has no such task, or the task wants what they do not know.
    pub fn of(file: &Path, flow: &'a Flow, asked: &Lint, context: &Context) -> Result<Self, Failure> {
        let invalid = |why: String| Failure::invalid(format!("{}: {why}", file.display()));
        let (portal, user) = demo::practised(&flow.portal).ok_or_else(|| {
            let origin = flow.portal.origin().ascii_serialization();
            invalid(format!("--mutate: no practice portal stands for {origin}, so that this flow cannot be played"))
        })?;
        let task = chosen::task_named(flow, asked.task.as_deref()).map_err(|failure| invalid(failure.message))?;
        if let Some(input) = practised::unknown(flow, task) {
            let known = "user_id, password, pin and new_pin, and any code";
            return Err(invalid(format!("--mutate: the practice portals know {known}, but no `{}`", input.name)));
        }
        let browser = BrowserFlags { browser: asked.browser.clone(), ..BrowserFlags::default() };
        let flags = RunFlags { browser, ..RunFlags::default() };
        let settings = context.settings(chosen::settings_flags(&flags))?;
        let options = chosen::options(&settings, None, &flags, flow);
        if options.webdriver.is_empty() {
            installed::find(options.browser).map_err(Failure::invalid)?;
        }
        Ok(Self { flow, task, file: file.to_owned(), options, portal, user })
    }

    /// What is played, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let (file, task, browser) = (self.file.display(), &self.task.name, self.options.browser.name());
        format!("{file}: plays `{task}` on the practice portal, in {browser}")
    }

    /// Plays it on these portals, and gives what each locator survives, the weakest first. `program` is this one: it hands out the
    /// portals' codes.
    ///
    /// # Errors
    /// When the browser cannot be started, or the task does not come to its end.
    pub async fn survivals(
        &self,
        practice: &Practice,
        program: &Path,
        redactor: &Redactor,
    ) -> Result<Vec<Survival>, Failure> {
        let folder = store::temporary().map_err(Failure::failed)?;
        let mut survivals = Vec::new();
        let sources = practised::sources(self.flow, self.user, practice, program, folder.path())?;
        let finished = self.run(practice, folder.path(), &sources, redactor, &mut survivals).await?;
        let verdict = finished.ending.verdict;
        if matches!(verdict, Verdict::Renewed | Verdict::Done) {
            return Ok(ranked(survivals));
        }
        let (file, task) = (self.file.display(), &self.task.name);
        let reason = finished.ending.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let message = format!("{file}: `{task}` ended with `{verdict}` on the practice portal{reason}");
        Err(Failure { verdict, message: plain(&redactor.redact(&message)).into_owned() })
    }

    async fn run(
        &self,
        practice: &Practice,
        folder: &Path,
        sources: &BTreeMap<String, InputSource>,
        redactor: &Redactor,
        survivals: &mut Vec<Survival>,
    ) -> Result<Finished, Failure> {
        let (flow, task) = (self.flow, self.task);
        let state = folder.join("state");
        let mut custody = Custody::take(&state, &flow.name, "lint", &flow.name).map_err(Failure::failed)?;
        let gains = flow.renewal.as_ref().map(|renewal| renewal.gains);
        custody.admit(gains, flow.commits(task)).map_err(Failure::failed)?;
        let ahead = inputs::ahead(flow, task, practised::WHOLE);
        let opened = inputs::open(flow, &ahead, &flow.name, sources, redactor).await;
        let (vault, broker) = opened.map_err(Failure::invalid)?;
        let mut broker = inputs::at_hand(broker, false, &state);
        let (stopper, stop) = stop::channel();
        let signals = attempt::signals(stopper);
        let mut session = self.session(stop.clone()).await?;
        let job = Job {
            flow,
            task,
            portal: Url::parse(demo::origin(self.portal, practice)).map_err(Failure::failed)?,
            folder: self.file.parent().map(Path::to_owned).unwrap_or_default(),
            mode: Mode::Whole,
            from: None,
            until: None,
            pace: Pace::default(),
            vault: &vault,
            broker: &mut broker,
            warden: &mut custody,
            watch: None,
            heal: false,
            survivals: Some(survivals),
            persona: false,
            before: None,
        };
        // Nothing of the run is kept but what its locators survive.
        let (events, _) = mpsc::unbounded_channel();
        let finished = Box::pin(task::run(job, &mut session.page, events, stop)).await;
        session.close().await;
        signals.abort();
        Ok(finished)
    }

    async fn session(&self, mut stop: Stop) -> Result<Session, Failure> {
        let started = tokio::select! {
            started = Session::start(&self.options, stop.clone()) => started,
            () = stop.wait() => return Err(attempt::stopped(&stop)),
        };
        started.map_err(|error| attempt::not_started(&error))
    }

    /// What was found, for programs.
    #[must_use]
    pub fn data(&self, survivals: &[Survival]) -> Value {
        json!({
            "format": FORMAT,
            "task": self.task.name,
            "browser": self.options.browser.name(),
            "score": total(survivals),
            "locators": survivals.iter().map(locator).collect::<Vec<_>>(),
        })
    }
}

fn locator(survival: &Survival) -> Value {
    json!({
        "line": survival.line,
        "column": survival.column,
        "stage": survival.stage,
        "step": survival.sentence,
        "locator": survival.locator.shown(),
        "rank": survival.rank,
        "found": survival.anchor(),
        "score": survival.score(),
        "weak": survival.is_weak(),
        "changes": survival.tried,
    })
}

/// Practice portals as they begin.
///
/// # Errors
/// When they cannot be started.
pub async fn portals() -> Result<Practice, Failure> {
    Practice::start(practice::Options::default()).await.map_err(Failure::failed)
}

//! One run from the first check to the last file: everything that can be wrong is told before a browser starts, and
//! before anything is sent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use jiff::{Span, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::browser::capabilities::Options;
use crate::browser::error::StartError;
use crate::browser::installed;
use crate::browser::session::{About, Session};
use crate::cli::RunFlags;
use crate::command::accept;
use crate::command::chosen::{self, Chosen};
use crate::command::leaving::{self, Attempted};
use crate::command::progress::Progress;
use crate::command::{Context, Failure, inputs, say};
use crate::drift::baseline::Baseline;
use crate::event::Event;
use crate::exit::Verdict;
use crate::failpoint;
use crate::record::{Environment, FORMAT, Record};
use crate::renewal::custody::Custody;
use crate::renewal::reconcile::Decision;
use crate::renewal::steps::KeptSteps;
use crate::report::plain::plain;
use crate::report::summary;
use crate::runner::job::{Job, Mode, Pace};
use crate::runner::plan::Scope;
use crate::runner::task::{self, Finished};
use crate::runner::watch::Watch;
use crate::settings::InputSource;
use crate::stop::{self, Stop, Stopper};
use crate::store::state::PastRun;
use crate::store::{self, Place, RunFolder};

/// Device pixels for each pixel of the page in a guide's pictures, which are read in print, too.
const GUIDE_SCALE: u32 = 2;

/// What is to be run.
#[derive(Debug)]
pub struct Asked {
    /// The flow file.
    pub flow: PathBuf,
    /// The task; the flow's own choice unless told.
    pub task: Option<String>,
    /// The first stage to enter.
    pub from: Option<String>,
    /// The last stage to enter.
    pub until: Option<String>,
    /// All of it, or a rehearsal.
    pub mode: Mode,
    /// The verb, for whoever finds the account taken.
    pub verb: &'static str,
    /// How long before expiry it may act, in place of the portal's whole window.
    pub before: Option<Span>,
    /// Steps may heal by the baseline.
    pub heal: bool,
    /// In place of the baseline that stands beside the flow.
    pub baseline: Option<Baseline>,
    /// Its pictures are made for a guide: at twice the scale, with a persona in the holder's place.
    pub persona: bool,
    /// The rest.
    pub flags: RunFlags,
}

/// Runs it and leaves its folder.
///
/// # Errors
/// When nothing could be started, or the account is not free for it.
pub async fn attempt(asked: Asked, context: &Context) -> Result<Attempted, Failure> {
    let chosen = Chosen::of(&asked.flow, &asked.flags, context)?;
    let task = chosen::task(&chosen.flow, &asked)?;
    chosen::stages_exist(task, &asked)?;
    leaving::junit_has_a_place(asked.flags.junit.as_deref())?;
    let mut custody = chosen.take(asked.verb, context)?;
    let (attempted, _) = perform_with(asked, &chosen, &mut custody, context).await?;
    Ok(attempted)
}

/// Runs it with an account that was taken before, and leaves its folder; gives the record and what the journal decides by
/// what was read.
///
/// # Errors
/// When nothing could be started, or the account does not allow it.
pub async fn perform_with(
    asked: Asked,
    chosen: &Chosen,
    custody: &mut Custody,
    context: &Context,
) -> Result<(Attempted, Decision), Failure> {
    let Chosen { flow, account, portal, sources, options, .. } = chosen;
    let flags = asked.flags.clone();
    let options = &Options { scale: if asked.persona { GUIDE_SCALE } else { options.scale }, ..options.clone() };
    let task = chosen::task(flow, &asked)?;
    let scope = Scope { mode: asked.mode, from: asked.from.as_deref(), until: asked.until.as_deref() };
    let commits = asked.mode == Mode::Whole && flow.commits(task);
    let admitted = custody.admit(flow.renewal.as_ref().map(|renewal| renewal.gains), commits);
    admitted.map_err(|error| chosen.not_admitted(&error))?;
    let baseline = match asked.baseline {
        None => accept::baseline_at(&store::baseline_place(&asked.flow, &flow.name), &flow.name)?,
        given => given,
    };
    if asked.heal && baseline.is_none() {
        say("warning: --heal has nothing to go by: the flow has no baseline; `rinnova accept` makes one of a run\n");
    }
    let ahead = inputs::ahead(flow, task, scope);
    let asks_as = account.as_ref().map_or(flow.name.as_str(), |account| account.id.as_str());
    let opened = inputs::open(flow, &ahead, asks_as, sources, &context.redactor).await;
    let (vault, broker) = opened.map_err(Failure::invalid)?;
    if commits {
        inputs::lasting(flow, &ahead, sources, &vault).await.map_err(Failure::invalid)?;
    }
    let broker = inputs::at_hand(broker, flags.trust_portal_clock, &context.state_directory()?);
    let mut broker = broker.remembering(Box::new(KeptSteps::of(custody.state().clone(), custody.account())));
    if options.webdriver.is_empty() {
        installed::find(options.browser).map_err(Failure::invalid)?;
    }
    let watch = baseline.as_ref().map(|baseline| Watch { baseline, values: plain_values(sources) });
    let started = Timestamp::now();
    let place = flags.out.as_deref().map_or(Place::Under(Path::new("runs")), Place::Exactly);
    let (stopper, stop) = stop::channel();
    let signals = signals(stopper);
    let folder = RunFolder::create(place, &flow.name, &task.name, started, context.redactor.clone())
        .map_err(Failure::invalid)?;
    custody.begins(&folder.path().display().to_string());
    let job = Job {
        flow,
        task,
        portal: portal.clone(),
        folder: asked.flow.parent().map(Path::to_owned).unwrap_or_default(),
        mode: asked.mode,
        from: asked.from,
        until: asked.until,
        pace: Pace { slow_mo: flags.slow_mo.unwrap_or_default(), step: flags.step.then(enter_key) },
        vault: &vault,
        broker: &mut broker,
        warden: custody,
        watch,
        heal: asked.heal,
        survivals: None,
        persona: asked.persona,
        before: asked.before,
    };
    let progress = Progress::new(&context.env, context.quiet, context.redactor.clone());
    let began = std::time::Instant::now();
    let performed = Box::pin(perform(job, options, folder, progress, stop)).await;
    signals.abort();
    let Performed { finished, about, folder, session } = performed?;
    let retry_after = finished.retry_after;
    let record = Record {
        format: FORMAT,
        flow: flow.name.clone(),
        title: flow.title.get(&flow.language).unwrap_or(&flow.name).to_owned(),
        flow_digest: Sha256::digest(flow.source.text()).iter().map(|byte| format!("{byte:02x}")).collect(),
        flow_file: chosen.file.display().to_string(),
        task: task.name.clone(),
        account: account.as_ref().map(|account| account.id.clone()),
        portal: portal.origin().ascii_serialization(),
        verdict: finished.ending.verdict,
        reason: finished.ending.reason,
        advice: finished.ending.advice,
        exit_code: finished.ending.verdict.exit_code(),
        flags: finished.flags,
        started,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        environment: environment(options, about),
        outputs: finished.outputs,
        in_force: if finished.all_sent { inputs::in_force(flow, sources) } else { BTreeMap::new() },
        changes: finished.changes,
        stages: finished.stages,
    };
    let seen = Seen { rehearsal: asked.mode == Mode::Rehearsal, drift: record.drift_debt(baseline.is_some()) };
    let decision = remembered(custody, &record, folder.path(), retry_after, &seen);
    // The browser ends while the reports are made.
    let excerpt = leaving::excerpt(&record, flow);
    let verdict = record.verdict;
    let leaving = tokio::task::spawn_blocking(move || {
        leaving::leave(&record, excerpt.as_deref(), &folder, flags.junit.as_deref())
    });
    session.close().await;
    let (left, excerpt, lost) =
        leaving.await.map_err(|error| Failure { verdict, message: format!("the reports were lost: {error}") })?;
    for why in lost {
        say(&format!("warning: {}\n", plain(&why)));
    }
    if !context.quiet {
        say(&format!("{excerpt}{}", summary::summary(&left.record, &left.folder.display().to_string())));
    }
    Ok((left, decision?))
}

/// The values of plain inputs: no part of the portal.
#[must_use]
pub fn plain_values(sources: &BTreeMap<String, InputSource>) -> Vec<String> {
    let plain = sources.values().filter_map(|source| match source {
        InputSource::Plain(value) => Some(value.clone()),
        _ => None,
    });
    plain.collect()
}

/// What the history keeps of a run beside what its record says.
struct Seen {
    rehearsal: bool,
    drift: Option<u32>,
}

/// Writes the run into the history, and decides by what it read. What was done stays done when the history cannot be
/// written; it is told.
fn remembered(
    custody: &Custody,
    record: &Record,
    folder: &Path,
    retry_after: Option<u64>,
    seen: &Seen,
) -> Result<Decision, Failure> {
    let past = PastRun {
        account: custody.account().to_owned(),
        flow: record.flow.clone(),
        task: record.task.clone(),
        verdict: record.verdict,
        started: record.started,
        took_ms: record.took_ms,
        folder: folder.display().to_string(),
        not_before: retry_after.and_then(|seconds| {
            Timestamp::now().checked_add(jiff::SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
        }),
        rehearsal: seen.rehearsal,
        drift: seen.drift,
    };
    failpoint::here("before-history");
    if let Err(error) = custody.state().add_run(&past) {
        say(&format!("warning: the history could not be written: {error}\n"));
    }
    failpoint::here("after-history");
    custody.reconcile().map_err(|error| Failure { verdict: Verdict::Unknown, message: error.to_string() })
}

/// A run that is over; its browser is not ended yet.
struct Performed {
    finished: Finished,
    about: About,
    folder: RunFolder,
    session: Session,
}

/// Starts the browser and performs the job while its events are kept and shown. On a failure the browser is ended here.
async fn perform(
    job: Job<'_>,
    options: &Options,
    folder: RunFolder,
    progress: Progress,
    mut stop: Stop,
) -> Result<Performed, Failure> {
    // A start that is given up ends driver and browser and removes their folder.
    let started = tokio::select! {
        started = Session::start(options, stop.clone()) => started,
        () = stop.wait() => return Err(stopped(&stop)),
    };
    let mut session = started.map_err(|error| not_started(&error))?;
    let about = session.about.clone();
    let (events, heard) = mpsc::unbounded_channel();
    let flow = job.flow;
    let _told = events.send(Event::RunStarted {
        flow: flow.name.clone(),
        task: job.task.name.clone(),
        stages: job.task.stages.clone(),
        browser: format!("{} {}", about.browser, about.version),
    });
    let keeper = tokio::task::spawn_blocking(move || keep(heard, folder, progress));
    let run = task::run(job, &mut session.page, events, stop);
    let finished = std::panic::AssertUnwindSafe(Box::pin(run)).catch_unwind().await;
    // Whatever was downloaded lies in the browser's own folder until the keeper has taken it.
    let kept = keeper.await;
    let (finished, kept) = match (finished, kept) {
        (Ok(finished), Ok(kept)) => (finished, kept),
        (_, kept) => {
            session.close().await;
            return Err(panicked(kept.is_ok_and(|kept| !kept.sent)));
        }
    };
    let Kept { folder, lost, .. } = kept;
    for why in lost {
        say(&format!("warning: {}\n", plain(&why)));
    }
    Ok(Performed { finished, about, folder, session })
}

/// A fault of this program. It is safe to try again only where nothing that cannot be undone was sent.
fn panicked(nothing_sent: bool) -> Failure {
    let message = "this is a fault of rinnova: it panicked in mid-run, see above";
    if nothing_sent {
        return Failure::failed(format!("{message}; nothing that cannot be undone was sent"));
    }
    Failure {
        verdict: Verdict::Unknown,
        message: format!("{message}; look at the portal before anything is tried again"),
    }
}

/// What the keeper of events has at the end.
struct Kept {
    folder: RunFolder,
    /// What could not be written, each once.
    lost: Vec<String>,
    /// A commit was sent.
    sent: bool,
}

/// Keeps and shows events until the run is over, on a thread of its own: on the run's it would stand before the next command.
/// A file that cannot be written does not end a run; it is told once.
fn keep(mut heard: mpsc::UnboundedReceiver<Event>, folder: RunFolder, mut progress: Progress) -> Kept {
    let mut kept = Kept { folder, lost: Vec::new(), sent: false };
    while let Some(event) = heard.blocking_recv() {
        progress.event(&event);
        kept.sent |= matches!(event, Event::CommitIntended { .. });
        if let Err(error) = kept.folder.keep(Timestamp::now(), &event) {
            let why = error.to_string();
            if !kept.lost.contains(&why) {
                kept.lost.push(why);
            }
        }
    }
    kept
}

fn environment(options: &Options, about: About) -> Environment {
    Environment {
        rinnova: env!("CARGO_PKG_VERSION").into(),
        browser: options.browser.name().into(),
        browser_version: about.version,
        platform: about.platform,
        size: format!("{}x{}", options.width, options.height),
        headless: options.headless,
    }
}

/// Nothing was sent. What the machine lacks is the environment's fault; what may pass by itself is a failure.
pub(super) fn not_started(error: &StartError) -> Failure {
    match error {
        StartError::Session { .. } | StartError::Driver { .. } => Failure::failed(error),
        _ => Failure::invalid(error),
    }
}

pub(super) fn stopped(stop: &Stop) -> Failure {
    Failure {
        verdict: stop.asked().unwrap_or(Verdict::Terminated),
        message: "stopped by a signal before the browser had started; nothing was sent".into(),
    }
}

/// Hears signals from this moment on.
pub(super) fn signals(stopper: Stopper) -> tokio::task::JoinHandle<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = heard else {
            tracing::warn!("signals cannot be heard; a signal ends this process at once");
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => stopper.stop(Verdict::Interrupted),
                _ = terminate.recv() => stopper.stop(Verdict::Terminated),
            }
        }
    })
}

/// A word for each line that comes on standard input.
fn enter_key() -> mpsc::Receiver<()> {
    let (send, words) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || send.blocking_send(()).is_err() {
                return;
            }
        }
    });
    words
}

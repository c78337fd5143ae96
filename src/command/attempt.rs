//! One run from the first check to the last file: everything that can be wrong is told before a browser starts, and
//! before anything is sent.

use std::ops::Range;
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use url::Url;

use crate::browser::capabilities::Options;
use crate::browser::error::StartError;
use crate::browser::installed;
use crate::browser::session::{About, Session};
use crate::cli::RunFlags;
use crate::command::progress::Progress;
use crate::command::{Context, Failure, give, inputs, say};
use crate::event::Event;
use crate::exit::Verdict;
use crate::flow::load;
use crate::flow::model::{Flow, InputKind, Task};
use crate::flow::step::Step;
use crate::record::{Environment, FORMAT, Record, StepRecord};
use crate::report::{html, junit, summary};
use crate::runner::job::{Job, Mode, Pace};
use crate::runner::plan::Scope;
use crate::runner::task::{self, Finished};
use crate::settings::{Account, Flags, InputSource, SecretSource, Settings};
use crate::source::{Note, Position, Severity};
use crate::stop::{self, Stop, Stopper};
use crate::store::{self, Place, RunFolder};
use crate::vault;

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
    /// The rest.
    pub flags: RunFlags,
}

/// A run that took place.
#[derive(Debug)]
pub struct Attempted {
    /// Its record, as written.
    pub record: Record,
    /// Its folder.
    pub folder: PathBuf,
}

/// Runs it and leaves its folder.
///
/// # Errors
/// When nothing could be started.
pub async fn attempt(asked: Asked, context: &Context) -> Result<Attempted, Failure> {
    let flags = asked.flags.clone();
    let settings = context.settings(settings_flags(&flags))?;
    let account = account(&settings, flags.account.as_deref())?;
    let loaded = load::load(&asked.flow).map_err(|error| Failure::invalid(error.render(context.colour())))?;
    let flow = loaded.flow;
    let task = chosen_task(&flow, &asked)?;
    stages_exist(task, &asked)?;
    let portal = portal(&flow, account, flags.portal.as_deref())?;
    let sources = sources(&flow, account, &flags.input)?;
    let holder = account.map_or(flow.name.as_str(), |account| account.id.as_str());
    let scope = Scope { mode: asked.mode, from: asked.from.as_deref(), until: asked.until.as_deref() };
    let ahead = inputs::ahead(&flow, task, scope);
    let opened = inputs::open(&flow, &ahead, holder, &sources, &context.redactor).await;
    let (vault, broker) = opened.map_err(Failure::invalid)?;
    let mut broker = inputs::at_hand(broker, flags.trust_portal_clock, &context.env);
    let options = options(&settings, account, &flow);
    if options.webdriver.is_empty() {
        installed::find(options.browser).map_err(Failure::invalid)?;
    }
    junit_has_a_place(flags.junit.as_deref())?;
    let started = Timestamp::now();
    let place = flags.out.as_deref().map_or(Place::Under(Path::new("runs")), Place::Exactly);
    let (stopper, stop) = stop::channel();
    let signals = signals(stopper);
    let folder = RunFolder::create(place, &flow.name, &task.name, started, context.redactor.clone())
        .map_err(Failure::invalid)?;
    let job = Job {
        flow: &flow,
        task,
        portal: portal.clone(),
        folder: asked.flow.parent().map(Path::to_owned).unwrap_or_default(),
        mode: asked.mode,
        from: asked.from,
        until: asked.until,
        pace: Pace { slow_mo: flags.slow_mo.unwrap_or_default(), step: flags.step.then(enter_key) },
        vault: &vault,
        broker: &mut broker,
    };
    let progress = Progress::new(&context.env, context.quiet, context.redactor.clone());
    let began = std::time::Instant::now();
    let performed = perform(job, &options, folder, progress, stop).await;
    signals.abort();
    let Performed { finished, about, folder, session } = performed?;
    let record = Record {
        format: FORMAT,
        flow: flow.name.clone(),
        title: flow.title.get(&flow.language).unwrap_or(&flow.name).to_owned(),
        flow_digest: Sha256::digest(flow.source.text()).iter().map(|byte| format!("{byte:02x}")).collect(),
        task: task.name.clone(),
        account: account.map(|account| account.id.clone()),
        portal: portal.origin().ascii_serialization(),
        verdict: finished.ending.verdict,
        reason: finished.ending.reason,
        advice: finished.ending.advice,
        exit_code: finished.ending.verdict.exit_code(),
        flags: finished.flags,
        started,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        environment: environment(&options, about),
        outputs: finished.outputs,
        stages: finished.stages,
    };
    // The browser ends while the reports are made.
    let excerpt = excerpt(&record, &flow);
    let leaving =
        tokio::task::spawn_blocking(move || leave(&record, excerpt.as_deref(), &folder, flags.junit.as_deref()));
    session.close().await;
    let (left, excerpt, lost) =
        leaving.await.map_err(|error| Failure::failed(format!("the reports were lost: {error}")))?;
    for why in lost {
        say(&format!("warning: {why}\n"));
    }
    if !context.quiet {
        say(&format!("{excerpt}{}", summary::summary(&left.record, &left.folder.display().to_string())));
    }
    Ok(left)
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
    let finished = std::panic::AssertUnwindSafe(run).catch_unwind().await;
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
        say(&format!("warning: {why}\n"));
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

/// Writes record and reports; gives them as written, and the excerpt as it may be shown. A file that cannot be written
/// changes no verdict: what was sent stays sent. It is told in the last list.
fn leave(
    record: &Record,
    excerpt: Option<&str>,
    folder: &RunFolder,
    junit_file: Option<&Path>,
) -> (Attempted, String, Vec<String>) {
    let mut lost = Vec::new();
    let record = folder.covered_record(record);
    let excerpt = folder.covered(excerpt.unwrap_or_default());
    let shown = Some(excerpt.as_str()).filter(|text| !text.is_empty());
    lost.extend(folder.finish(&record).err().map(|error| error.to_string()));
    match html::html(&record, shown, |file| folder.shot(file)) {
        Ok(html) => lost.extend(folder.report(&html).err().map(|error| error.to_string())),
        Err(error) => lost.push(error.to_string()),
    }
    if let Some(file) = junit_file {
        lost.extend(store::write(file, junit::junit(&record).as_bytes()).err().map(|error| error.to_string()));
    }
    (Attempted { record, folder: folder.path().to_owned() }, excerpt, lost)
}

/// Standard output is data: the record as JSON when asked for, else the folder's path.
///
/// # Errors
/// When the record cannot be written as JSON.
pub fn print(attempted: &Attempted, json: bool) -> Result<(), Failure> {
    if json {
        give(&format!("{}\n", serde_json::to_string(&attempted.record).map_err(Failure::failed)?));
    } else {
        give(&format!("{}\n", attempted.folder.display()));
    }
    Ok(())
}

/// The flow's line that failed, drawn with its explanation.
fn excerpt(record: &Record, flow: &Flow) -> Option<String> {
    let stage = record.stages.iter().rev().find(|stage| stage.steps.iter().any(|step| step.failure.is_some()))?;
    let failed = deepest(&stage.steps)?;
    let failure = failed.failure.as_ref()?;
    let wanted = Position { line: failed.line, column: failed.column };
    let mut steps = flow.stages.iter().flat_map(|stage| &stage.steps);
    let span = steps.find_map(|step| standing_at(step, wanted, flow))?;
    let context = format!("stage \"{}\"", stage.id);
    let note = Note {
        severity: Severity::Error,
        title: &failure.message,
        span,
        context: Some(&context),
        label: "",
        hidden: false,
    };
    let mut text = flow.source.draw(&note, false);
    for line in &failure.explanation {
        text.push_str(&format!("   = {line}\n"));
    }
    if let Some(page) = &failure.page {
        text.push_str(&format!("   = page: {page}\n"));
    }
    Some(text)
}

/// The span of the step, or of one inside it, that begins at this place of the flow.
fn standing_at(step: &Step, wanted: Position, flow: &Flow) -> Option<Range<usize>> {
    if flow.source.position(step.span.start) == wanted {
        return Some(step.span.clone());
    }
    step.action.inner().find_map(|step| standing_at(step, wanted, flow))
}

fn deepest(steps: &[StepRecord]) -> Option<&StepRecord> {
    let step = steps.iter().rev().find(|step| step.failure.is_some())?;
    deepest(&step.steps).or(Some(step))
}

/// A report that could only fail to be written when all is done is told before anything is.
fn junit_has_a_place(file: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() && !file.is_dir() {
        return Ok(());
    }
    Err(Failure::invalid(format!("--junit: `{}` cannot be a file: make its folder first", file.display())))
}

fn settings_flags(flags: &RunFlags) -> Flags {
    Flags {
        browser: flags.browser.browser.clone(),
        headless: flags.browser.headed.then_some(false),
        size: flags.browser.size.clone(),
        proxy: flags.browser.proxy.clone(),
        webdriver: flags.browser.webdriver.clone(),
    }
}

fn account<'a>(settings: &'a Settings, id: Option<&str>) -> Result<Option<&'a Account>, Failure> {
    let Some(id) = id else { return Ok(None) };
    settings.account(id).map(Some).ok_or_else(|| {
        let known: Vec<&str> = settings.accounts.iter().map(|account| account.id.as_str()).collect();
        let known =
            if known.is_empty() { "the settings have none".into() } else { format!("there are: {}", known.join(", ")) };
        Failure::invalid(format!("no account `{id}`; {known}"))
    })
}

fn chosen_task<'a>(flow: &'a Flow, asked: &Asked) -> Result<&'a Task, Failure> {
    let names = || flow.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ");
    if asked.mode == Mode::Rehearsal {
        let renewal = flow.renewal.as_ref().filter(|renewal| renewal.rehearse_until.is_some());
        let task = renewal.and_then(|renewal| flow.task(&renewal.task));
        return task
            .ok_or_else(|| Failure::invalid("the flow does not say where a rehearsal ends: `renewal.rehearse.until`"));
    }
    if let Some(name) = &asked.task {
        let task = flow.task(name);
        return task.ok_or_else(|| Failure::invalid(format!("the flow has no task `{name}`; there are: {}", names())));
    }
    let renewal = flow.renewal.as_ref().and_then(|renewal| flow.task(&renewal.task));
    let only = flow.tasks.first().filter(|_| flow.tasks.len() == 1);
    renewal.or(only).ok_or_else(|| Failure::invalid(format!("which task? there are: {}", names())))
}

fn stages_exist(task: &Task, asked: &Asked) -> Result<(), Failure> {
    for (flag, id) in [("--from", &asked.from), ("--until", &asked.until)] {
        if let Some(id) = id.as_ref().filter(|id| !task.stages.contains(id)) {
            let stages = task.stages.join(", ");
            return Err(Failure::invalid(format!(
                "{flag}: task `{}` has no stage `{id}`; there are: {stages}",
                task.name
            )));
        }
    }
    Ok(())
}

fn portal(flow: &Flow, account: Option<&Account>, flag: Option<&str>) -> Result<Url, Failure> {
    let Some(text) = flag else {
        return Ok(account.and_then(|account| account.portal.clone()).unwrap_or_else(|| flow.portal.clone()));
    };
    let fault = |why: &str| Failure::invalid(format!("--portal `{text}` {why}: write an origin, `https://host`"));
    let url = Url::parse(text).map_err(|error| fault(&error.to_string()))?;
    let origin = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none();
    if !origin || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(fault("is no origin"));
    }
    Ok(url)
}

/// Where the inputs' values come from: the account's word, over it the flags; for what neither names, the terminal.
fn sources(
    flow: &Flow,
    account: Option<&Account>,
    flags: &[String],
) -> Result<std::collections::BTreeMap<String, InputSource>, Failure> {
    let mut sources = account.map(|account| account.inputs.clone()).unwrap_or_default();
    let names: Vec<&str> = flow.inputs.iter().map(|input| input.name.as_str()).collect();
    for flag in flags {
        let (name, value) = flag.split_once('=').ok_or_else(|| Failure::invalid("--input wants NAME=VALUE"))?;
        if flow.input(name).is_some_and(|input| input.kind != InputKind::Plain) {
            return Err(Failure::invalid(format!(
                "--input: `{name}` is secret and must not stand on a command line, where every process can read it; \
                 give it a source in the settings"
            )));
        }
        sources.insert(name.to_owned(), InputSource::Plain(value.to_owned()));
    }
    let strays = vault::strays(&names, sources.keys());
    if !strays.is_empty() {
        return Err(Failure::invalid(vault::VaultError(strays)));
    }
    for input in flow.inputs.iter().filter(|input| input.kind == InputKind::Secret && input.default.is_none()) {
        if !sources.contains_key(&input.name) && vault::attended() {
            sources.insert(input.name.clone(), InputSource::From(SecretSource::Prompt));
        }
    }
    Ok(sources)
}

fn options(settings: &Settings, account: Option<&Account>, flow: &Flow) -> Options {
    let browser = &settings.browser;
    let english = if flow.language == "en" { String::new() } else { ",en".into() };
    Options {
        browser: account.and_then(|account| account.browser).unwrap_or(browser.name),
        headless: browser.headless,
        width: browser.size.width,
        height: browser.size.height,
        proxy: browser.proxy.clone().unwrap_or_default(),
        languages: format!("{}{english}", flow.language),
        webdriver: browser.webdriver.as_ref().map(Url::to_string).unwrap_or_default(),
    }
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
fn not_started(error: &StartError) -> Failure {
    match error {
        StartError::Session { .. } | StartError::Driver { .. } => Failure::failed(error),
        _ => Failure::invalid(error),
    }
}

fn stopped(stop: &Stop) -> Failure {
    Failure {
        verdict: stop.asked().unwrap_or(Verdict::Terminated),
        message: "stopped by a signal before the browser had started; nothing was sent".into(),
    }
}

/// Hears signals from this moment on.
fn signals(stopper: Stopper) -> tokio::task::JoinHandle<()> {
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

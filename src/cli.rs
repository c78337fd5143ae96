//! The command line: verbs and flags (design.md §3). What they do stands in `command/`, one file per verb.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Drives a real browser through a web portal, as a declarative TOML flow says, and takes a picture at each stage.
#[derive(Debug, Parser)]
#[command(name = "rinnova", version, disable_help_subcommand = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done · 1 failed, try again later · 2 usage, settings, flow or machine · \
3 a person is needed · 4 unknown outcome · 5 the portal changed · 6 busy · 7 cannot be renewed · 8 do not try again · \
130/143 ended by a signal")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// The settings file, in place of `./rinnova.toml`.
    #[arg(long, global = true, env = "RINNOVA_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where journal, budgets and history are kept, in place of the user's state directory: a fresh one for each practice portal.
    #[arg(long, global = true, env = "RINNOVA_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Says nothing but errors, and what must not be missed.
    #[arg(short, long, global = true, env = "RINNOVA_QUIET", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Says more; twice, everything. Secrets are covered at every level.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Starts the practice portals, runs both renewals in a real browser and writes pictures and reports.
    Demo(Demo),
    /// Runs a task once, without hooks and messages.
    Run(Run),
    /// Signs in on the live portal, within its window goes to the last stage before anything of the renewal is sent, and checks
    /// that its controls are there. Where the portal is not as the flow knows it, it ends with exit code 5.
    Rehearse(Rehearse),
    /// Renews the accounts of the settings that are due; safe to start every hour.
    Renew(Renew),
    /// The accounts: days to the last renewable day, last run, drift, next action. Reads what is remembered and opens no browser.
    Status(Status),
    /// Settles a commit whose outcome nobody knows: reads the portal and writes down what it shows.
    Recover(Recover),
    /// Lets a frozen account go on, after a person has mended the cause.
    Unfreeze(Unfreeze),
    /// Answers a run that waits for a one-time code, from another terminal or another machine's shell.
    Code(Code),
    /// Makes a run its flow's baseline: what the portal was like, against which later runs are held.
    Accept(Accept),
    /// Says what has changed on the portal since the flow's baseline: which step, what was expected, what is there.
    Explain(Explain),
    /// Proposes the mended flow as a patch, with confidence, evidence and the next best element; `--write` applies it.
    Repair(Repair),
    /// Makes the instruction documents of a flow: for people, with pictures of a run in which an invented person stands in the
    /// holder's place. Only what has changed is written; `--check` writes nothing and ends with exit code 5 where something has.
    Guide(Guide),
    /// Makes the HTML report of a run again.
    Report(Report),
    /// Serves the practice portals.
    Practice(Practice),
    /// Says what is missing for a run, and the command that mends it.
    Doctor(Doctor),
    /// Checks flow files; every fault at once, no browser. `--mutate` also says which changes of the portal each locator survives.
    Lint(Lint),
    /// Prints the JSON Schema of flow files.
    Schema,
    /// Writes a flow file to begin with.
    New(New),
    /// Prints a completion script for a shell.
    Completions(Completions),
    /// Writes a systemd service and timer that run `renew --all` as it would run in this folder.
    InstallTimer(InstallTimer),
    /// Removes the folders of old runs; never one that a renewal still needs.
    Purge(Purge),
}

/// Which browser, and how it is started; over what the settings say.
#[derive(Debug, Clone, Default, Args)]
pub struct BrowserFlags {
    /// `firefox` or `chromium`; stands over an account's own.
    #[arg(long, env = "RINNOVA_BROWSER", value_name = "NAME")]
    pub browser: Option<String>,
    /// Shows the browser's window.
    #[arg(long, env = "RINNOVA_HEADED")]
    pub headed: bool,
    /// The viewport, `1280x800` unless told.
    #[arg(long, env = "RINNOVA_SIZE", value_name = "WxH")]
    pub size: Option<String>,
    /// A proxy, `host:port`.
    #[arg(long, env = "RINNOVA_PROXY", value_name = "PROXY")]
    pub proxy: Option<String>,
    /// A driver or grid that already runs.
    #[arg(long, env = "RINNOVA_WEBDRIVER", value_name = "URL")]
    pub webdriver: Option<String>,
}

/// Where a run goes and what it leaves.
#[derive(Debug, Clone, Default, Args)]
pub struct RunFlags {
    /// The account of the settings whose inputs are used.
    #[arg(long, env = "RINNOVA_ACCOUNT", value_name = "ID")]
    pub account: Option<String>,
    /// A plain input; a secret never stands on a command line.
    #[arg(long, value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// The portal's origin, in place of the flow's (a practice portal, a test system).
    #[arg(long, env = "RINNOVA_PORTAL", value_name = "URL")]
    pub portal: Option<String>,
    /// Which browser.
    #[command(flatten)]
    pub browser: BrowserFlags,
    /// A pause after each step: `200ms`, `1s`.
    #[arg(long, env = "RINNOVA_SLOW_MO", value_name = "TIME", value_parser = pause)]
    pub slow_mo: Option<Duration>,
    /// Waits for the Enter key before each step.
    #[arg(long, env = "RINNOVA_STEP")]
    pub step: bool,
    /// Computes one-time codes by the portal's clock, however far it is from this machine's; otherwise more than twenty
    /// seconds end the run before a code is typed.
    #[arg(long, env = "RINNOVA_TRUST_PORTAL_CLOCK")]
    pub trust_portal_clock: bool,
    /// The folder of this run, in place of `runs/<flow>-<task>-<time>`.
    #[arg(long, env = "RINNOVA_OUT", value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Prints the record as JSON on standard output; `recover`: account, verdict, reason and run.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
    /// Writes the run as an XML report for test tools.
    #[arg(long, env = "RINNOVA_JUNIT", value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// `run`
#[derive(Debug, Args)]
pub struct Run {
    /// The flow file.
    pub flow: PathBuf,
    /// The task; unless told, the flow's only one, or its renewal: that begins at once, on any day of the portal's window,
    /// whatever `before` and earlier failures say (`renew` does it when it is due).
    pub task: Option<String>,
    /// The first stage to enter.
    #[arg(long, env = "RINNOVA_FROM", value_name = "STAGE")]
    pub from: Option<String>,
    /// The last stage to enter.
    #[arg(long, env = "RINNOVA_UNTIL", value_name = "STAGE")]
    pub until: Option<String>,
    /// A step that finds its element no more goes on with the one that is surely the same by the flow's baseline; never a
    /// commit, nor what has a code sent, nor a tick. The run says so, and the flow stays as it is.
    #[arg(long, env = "RINNOVA_HEAL")]
    pub heal: bool,
    /// Makes its pictures for a guide: at twice the scale, an invented person's data in place of the holder's.
    #[arg(long, env = "RINNOVA_PERSONA")]
    pub persona: bool,
    /// The rest.
    #[command(flatten)]
    pub flags: RunFlags,
}

/// `accept`
#[derive(Debug, Args)]
pub struct Accept {
    /// The run's folder, or its `run.json`.
    pub run: PathBuf,
    /// The flow file, where it does not stand any more where the run had it.
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
}

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The run's folder, or its `run.json`.
    pub run: PathBuf,
    /// Another run of the flow, in place of its baseline.
    #[arg(long, value_name = "RUN")]
    pub against: Option<PathBuf>,
    /// The flow file, where it does not stand any more where the run had it.
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
    /// Prints it as JSON.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
    /// Writes it as a page with the pictures of before and now, and prints where.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub html: Option<PathBuf>,
    /// Opens the page.
    #[arg(long, requires = "html")]
    pub open: bool,
}

/// `guide`
#[derive(Debug, Args)]
pub struct Guide {
    /// The flow file.
    pub flow: PathBuf,
    /// The task that it teaches; unless told, the flow's only one, or its renewal.
    pub task: Option<String>,
    /// The guide's folder; each flow and task has its own.
    #[arg(short, long, env = "RINNOVA_OUT", value_name = "DIR")]
    pub out: PathBuf,
    /// In which formats; unless told, in those that are there, or all.
    #[arg(long, env = "RINNOVA_FORMAT", value_name = "FORMAT", value_delimiter = ',')]
    pub format: Vec<GuideFormat>,
    /// In which languages: `it,en`; unless told, in those that are there, or all that the flow has.
    #[arg(long, env = "RINNOVA_LANG", value_name = "TAG", value_delimiter = ',')]
    pub lang: Vec<String>,
    /// How much they say; unless told, as those that are there, or all of it.
    #[arg(long, env = "RINNOVA_EDITION", value_name = "EDITION", value_delimiter = ',')]
    pub edition: Vec<GuideForm>,
    /// Where the pictures come from: `practice`, the practice portal, with no real data at all; `rehearsal`, one on the real portal,
    /// with what lies behind its end from the practice portal; or the folder of a run made with `--persona`.
    #[arg(long, env = "RINNOVA_GUIDE_FROM", value_name = "practice|rehearsal|RUN", default_value = "practice", value_parser = guide_from)]
    pub from: GuideFrom,
    /// The account of the settings whose inputs are used; on the practice portal that is served here, one of its users.
    #[arg(long, env = "RINNOVA_ACCOUNT", value_name = "ID")]
    pub account: Option<String>,
    /// A plain input; a secret never stands on a command line.
    #[arg(long, value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// The portal's origin; with `--from practice` that of a practice portal which runs on this machine.
    #[arg(long, env = "RINNOVA_PORTAL", value_name = "URL")]
    pub portal: Option<String>,
    /// Which browser.
    #[command(flatten)]
    pub browser: BrowserFlags,
    /// Puts the guide between the marks `<!-- rinnova:begin -->` and `<!-- rinnova:end -->` of this Markdown document, in one
    /// language; other documents are made only in formats that are named.
    #[arg(long, env = "RINNOVA_SPLICE", value_name = "FILE")]
    pub splice: Option<PathBuf>,
    /// Which files are written anew.
    #[arg(long, env = "RINNOVA_UPDATE", value_name = "WHICH", default_value = "changed", conflicts_with = "check")]
    pub update: GuideUpdate,
    /// Writes nothing; where the guide is not any more what would be made, says so with exit code 5 and makes a page with the pictures
    /// of before and now.
    #[arg(long, env = "RINNOVA_CHECK")]
    pub check: bool,
    /// With --check: where that page is written; `<flow>-check.html` unless told.
    #[arg(long, value_name = "FILE", requires = "check")]
    pub html: Option<PathBuf>,
    /// Prints what was written and what has changed as JSON.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// The formats of a guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GuideFormat {
    /// Markdown, with pictures beside it.
    Md,
    /// A page that needs nothing else.
    Html,
    /// A4, printed by a browser.
    Pdf,
    /// For word processors.
    Docx,
}

/// How much a guide says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GuideForm {
    /// All of it, with pictures.
    Whole,
    /// A page with boxes to tick.
    Checklist,
}

/// Which files of a guide are written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GuideUpdate {
    /// Those that have changed.
    Changed,
    /// Those that are not there; all others stay as they are.
    Missing,
    /// All of them, also those that somebody has edited.
    All,
}

/// Where a guide's pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuideFrom {
    /// A practice portal.
    Practice,
    /// A rehearsal on the real portal.
    Rehearsal,
    /// A run that took place.
    Run(PathBuf),
}

/// `repair`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each flag stands for itself")]
pub struct Repair {
    /// The folder of the run that failed, or its `run.json`.
    pub run: PathBuf,
    /// Writes the patch into the flow file; comments, order and layout stay.
    #[arg(long)]
    pub write: bool,
    /// Rehearses the mended flow, mends what breaks next, and so on to the end of a rehearsal; on the portal, in the browser
    /// and for the account of the run that failed unless told. Nothing of the renewal is sent.
    #[arg(long)]
    pub onward: bool,
    /// With --onward: the account of the settings whose inputs are used.
    #[arg(long, env = "RINNOVA_ACCOUNT", value_name = "ID")]
    pub account: Option<String>,
    /// With --onward: a plain input; a secret never stands on a command line.
    #[arg(long, value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// With --onward: the portal's origin.
    #[arg(long, env = "RINNOVA_PORTAL", value_name = "URL")]
    pub portal: Option<String>,
    /// With --onward: which browser.
    #[command(flatten)]
    pub browser: BrowserFlags,
    /// With --onward: computes one-time codes by the portal's clock.
    #[arg(long, env = "RINNOVA_TRUST_PORTAL_CLOCK")]
    pub trust_portal_clock: bool,
    /// The flow file, where it does not stand any more where the run had it.
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
    /// Prints the proposals as JSON.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// `rehearse`
#[derive(Debug, Args)]
pub struct Rehearse {
    /// The flow file.
    pub flow: PathBuf,
    /// Makes its pictures for a guide: at twice the scale, an invented person's data in place of the holder's.
    #[arg(long, env = "RINNOVA_PERSONA")]
    pub persona: bool,
    /// The rest.
    #[command(flatten)]
    pub flags: RunFlags,
}

/// `renew`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each flag stands for itself")]
pub struct Renew {
    /// The accounts, by id.
    #[arg(value_name = "ACCOUNT", required_unless_present = "all", conflicts_with = "all")]
    pub accounts: Vec<String>,
    /// Every account of the settings.
    #[arg(long, env = "RINNOVA_ALL")]
    pub all: bool,
    /// Acts although it is not due yet by the holder's wish, or the last attempt was a short time ago. The portal's own
    /// window, open commits and frozen accounts stand all the same.
    #[arg(long)]
    pub force: bool,
    /// So many accounts at a time; as the settings say unless told.
    #[arg(long, env = "RINNOVA_JOBS", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: Option<u8>,
    /// Begins at once where nobody watches, too.
    #[arg(long, env = "RINNOVA_NO_JITTER")]
    pub no_jitter: bool,
    /// The portal's origin, in place of the account's (a practice portal).
    #[arg(long, env = "RINNOVA_PORTAL", value_name = "URL")]
    pub portal: Option<String>,
    /// Which browser.
    #[command(flatten)]
    pub browser: BrowserFlags,
    /// Prints one JSON object a line, one for each account.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// `status`
#[derive(Debug, Args)]
pub struct Status {
    /// Only these accounts, by id.
    #[arg(value_name = "ACCOUNT")]
    pub accounts: Vec<String>,
    /// The portal's origin, in place of the accounts' (a practice portal).
    #[arg(long, env = "RINNOVA_PORTAL", value_name = "URL")]
    pub portal: Option<String>,
    /// Prints them as JSON.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// `recover`
#[derive(Debug, Args)]
pub struct Recover {
    /// The account, by id; `ID@ORIGIN` after a run at another portal than its own.
    #[arg(value_name = "ACCOUNT", required_unless_present = "flow")]
    pub who: Option<String>,
    /// The flow, where the run had no account: then with each `--input` that it had.
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
    /// What a person saw at the portal, where reading cannot settle it.
    #[arg(long, value_name = "ANSWER")]
    pub say: Option<Answer>,
    /// The rest.
    #[command(flatten)]
    pub flags: RunFlags,
}

/// What a person saw at the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    /// What was sent took place.
    TookPlace,
    /// It did not.
    DidNot,
}

/// `unfreeze`
#[derive(Debug, Args)]
pub struct Unfreeze {
    /// The account, as the message about it names it.
    #[arg(value_name = "ACCOUNT")]
    pub who: String,
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// `firefox` or `chromium`.
    #[arg(long, env = "RINNOVA_BROWSER", value_name = "NAME")]
    pub browser: Option<String>,
    /// Shows the browser's window.
    #[arg(long, env = "RINNOVA_HEADED")]
    pub headed: bool,
    /// Where pictures and reports go.
    #[arg(long, env = "RINNOVA_OUT", value_name = "DIR", default_value = "demo")]
    pub out: PathBuf,
}

/// `code`
#[derive(Debug, Args)]
pub struct Code {
    /// What is handed in.
    #[command(subcommand)]
    pub asked: CodeAsked,
}

/// What `code` hands in.
#[derive(Debug, Subcommand)]
pub enum CodeAsked {
    /// Hands the code to the run that waits for it (`otp = { file = true }`).
    Submit {
        /// The account whose run waits; needed where several do.
        #[arg(long, env = "RINNOVA_ACCOUNT", value_name = "ID")]
        account: Option<String>,
        /// The code; `-` or nothing: read from standard input, where nobody else sees it.
        code: Option<String>,
    },
    /// Tells the run that somebody is ready to enter its codes; before that it requests none.
    Ready {
        /// The account whose run waits; needed where several do.
        #[arg(long, env = "RINNOVA_ACCOUNT", value_name = "ID")]
        account: Option<String>,
    },
}

/// `report`
#[derive(Debug, Args)]
pub struct Report {
    /// The run's folder.
    pub run: PathBuf,
    /// Opens it in the desktop's browser.
    #[arg(long, env = "RINNOVA_OPEN")]
    pub open: bool,
}

/// `practice`
#[derive(Debug, Args)]
pub struct Practice {
    /// What to do with the portals; serves them unless told.
    #[command(subcommand)]
    pub what: Option<PracticeVerb>,
    /// The port of the first portal; the second takes the next one, the admin the one after. 0: any that are free.
    #[arg(long, env = "RINNOVA_PRACTICE_PORT", value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// A pause before every answer: `100ms`.
    #[arg(long, env = "RINNOVA_PRACTICE_LATENCY", value_name = "TIME", value_parser = pause)]
    pub latency: Option<Duration>,
    /// What goes wrong, and at which request: `kind=500,route=/api/rinnovo,nth=1`; once for each fault, in the variable with
    /// `;` between them. Kinds: `latency`, `500`, `502`, `503`, `maintenance`, `hang`, `reset_before_commit`,
    /// `reset_after_commit`, `truncate`, `slow_drip`, `session_expired`, `second_login`, `soft_error`, `code_refused`,
    /// `code_expired`, `late_sms`, `old_sms`, `captive`, `redirect_loop`. A `route` may begin with a method or end with `*`;
    /// without one it is every request, without `nth` each. `value`: milliseconds, seconds of `Retry-After`, or bytes;
    /// `after=true`: once the request is carried out; `onward=true`: at every request after it, too,
    /// whatever its route.
    #[arg(long, env = "RINNOVA_PRACTICE_FAULT", value_name = "SPEC", value_delimiter = ';')]
    pub fault: Vec<String>,
    /// How the portals have changed: numbers of changes with commas between them, `E10,D7`; `rinnova practice --drift list`
    /// prints them all.
    #[arg(long, env = "RINNOVA_PRACTICE_DRIFT", value_name = "IDS")]
    pub drift: Option<String>,
    /// Only these holders, by id (`u01`) or user (`JCPD0001`).
    #[arg(long, value_name = "ID")]
    pub account: Vec<String>,
}

/// What can be done with running practice portals.
#[derive(Debug, Subcommand)]
pub enum PracticeVerb {
    /// Prints the newest one-time code that the portals sent or the account's token shows: the source of a flow's codes in demos and tests.
    Code {
        /// The user (`JCPD0001`).
        user: String,
        /// The admin's address.
        #[arg(long, env = "RINNOVA_PRACTICE_ADMIN", value_name = "URL")]
        admin: String,
        /// A file that holds the admin's token, in place of the variable `RINNOVA_PRACTICE_TOKEN`.
        #[arg(long, env = "RINNOVA_PRACTICE_TOKEN_FILE", value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
}

/// `doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Only this browser; both unless told.
    #[arg(long, env = "RINNOVA_BROWSER", value_name = "NAME")]
    pub browser: Option<String>,
    /// Runs the commands that mend what is missing.
    #[arg(long)]
    pub install: bool,
    /// Plays runs with forty secrets of its own on the practice portals, in one browser (the one named, else the first that is
    /// there), and searches every byte that they leave or show for them, in every encoding; some two minutes, exit 0 or 1.
    #[arg(long, conflicts_with = "install")]
    pub leaks: bool,
    /// Prints the findings as JSON.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// `lint`
#[derive(Debug, Args)]
pub struct Lint {
    /// The flow files.
    #[arg(required = true)]
    pub flows: Vec<PathBuf>,
    /// Also plays each flow once against the practice portal that stands for its own, in a real browser, and tries on each step's
    /// element the changes that portals go through: a line for each locator, the weakest first, with what breaks it.
    #[arg(long)]
    pub mutate: bool,
    /// The task that is played with `--mutate`; the flow's renewal unless told.
    #[arg(long, value_name = "TASK", requires = "mutate")]
    pub task: Option<String>,
    /// The browser for `--mutate`: `firefox` or `chromium`.
    #[arg(long, env = "RINNOVA_BROWSER", value_name = "NAME")]
    pub browser: Option<String>,
    /// Treats warnings as errors, and, with `--mutate`, a locator that survives fewer than half of its changes.
    #[arg(long, env = "RINNOVA_STRICT")]
    pub strict: bool,
    /// Prints the faults as JSON, and what the locators survive.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// `new`
#[derive(Debug, Args)]
pub struct New {
    /// The flow's name: writes `NAME.toml`.
    pub name: String,
    /// The portal's origin.
    #[arg(long, default_value = "https://portal.example")]
    pub portal: String,
    /// Where to write it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    pub shell: Shell,
}

/// `install-timer`
#[derive(Debug, Args)]
pub struct InstallTimer {
    /// How often.
    #[command(flatten)]
    pub often: Often,
    /// For the system and not for you: printed, or written to `--dir`.
    #[arg(long)]
    pub system: bool,
    /// As whom a system service runs; whoever runs this unless told.
    #[arg(long, value_name = "NAME", requires = "system")]
    pub user: Option<String>,
    /// Where the units are written, in place of `~/.config/systemd/user`.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Replaces files that are there and say something else.
    #[arg(long)]
    pub force: bool,
}

/// How often a timer looks.
#[derive(Debug, Args)]
pub struct Often {
    /// Once an hour; so it is unless told otherwise.
    #[arg(long, conflicts_with = "daily")]
    pub hourly: bool,
    /// Once a day, in the morning.
    #[arg(long)]
    pub daily: bool,
}

/// `purge`
#[derive(Debug, Args)]
pub struct Purge {
    /// The folder that holds the runs.
    #[arg(value_name = "DIR", default_value = "runs")]
    pub dir: PathBuf,
    /// Only says what would be removed.
    #[arg(long)]
    pub dry_run: bool,
    /// What ended longer ago goes; as the settings say (`runs.keep`), `30d` unless told.
    #[arg(long, env = "RINNOVA_OLDER_THAN", value_name = "TIME", value_parser = crate::settings::length)]
    pub older_than: Option<Duration>,
    /// Prints what was removed and kept as JSON.
    #[arg(long, env = "RINNOVA_JSON")]
    pub json: bool,
}

/// The shells that completions are made for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// fish.
    Fish,
    /// Z shell.
    Zsh,
}

/// `practice`, `rehearsal`, or the folder of a run.
#[expect(clippy::unnecessary_wraps, reason = "what parses a flag may fail")]
fn guide_from(text: &str) -> Result<GuideFrom, String> {
    Ok(match text {
        "practice" => GuideFrom::Practice,
        "rehearsal" => GuideFrom::Rehearsal,
        folder => GuideFrom::Run(PathBuf::from(folder)),
    })
}

/// `200ms`, `1s`: at most a minute.
fn pause(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| "a number and a unit: `200ms` or `1s`".to_owned())?;
    let length = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => return Err("the unit is `ms` or `s`: `200ms`, `1s`".into()),
    };
    if length > Duration::from_secs(60) { Err("at most a minute".into()) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn a_pause_has_a_unit() {
        assert_eq!(super::pause("200ms"), Ok(std::time::Duration::from_millis(200)));
        assert!(super::pause("200").is_err());
        assert!(super::pause("2h").is_err());
    }
}

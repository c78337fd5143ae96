//! The `rinnova` command.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;

use rinnova::cli::{Cli, Verb};
use rinnova::command::{self, Context, Failure};
use rinnova::exit::Verdict;
use rinnova::vault::{RedactingWriter, Redactor};

fn main() -> ExitCode {
    keep_memory_private();
    let Cli { verb, config, state, quiet, verbose } = Cli::parse();
    let redactor = Redactor::default();
    log(verbose, quiet, &redactor);
    cover_panics(&redactor);
    // Files are for their owner alone, whatever a library forgets to say.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let context = Context { env: environment(), config, state, quiet, redactor: redactor.clone() };
    // One thread for everything but pictures and the keeping of events: the tool waits for the browser nearly all the time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(perform(verb, &context)),
        Err(error) => Err(Failure::failed(error)),
    };
    let verdict = ended.unwrap_or_else(|Failure { verdict, message }| {
        let message = redactor.redact(&message);
        // A lint's drawing says `error:` itself.
        let lead = if message.starts_with("error") { "" } else { "error: " };
        command::say(&format!("{lead}{}\n", message.trim_end()));
        verdict
    });
    ExitCode::from(verdict.exit_code())
}

/// No dump of this process is written when it dies, and nobody but the superuser looks into it while it lives: its memory
/// holds secrets. Its children are dumped no more either. Where the system refuses, the run goes on without.
fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let _refused = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _refused = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// The variables that are text; another program's may be anything.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

async fn perform(verb: Verb, context: &Context) -> Result<Verdict, Failure> {
    match verb {
        Verb::Demo(asked) => command::demo::demo(asked, context).await,
        Verb::Run(asked) => command::run::run(asked, context).await,
        Verb::Rehearse(asked) => command::rehearse::rehearse(asked, context).await,
        Verb::Renew(asked) => command::renew::renew(asked, context).await,
        Verb::Status(asked) => command::status::status(&asked, context),
        Verb::Recover(asked) => command::recover::recover(asked, context).await,
        Verb::Unfreeze(asked) => command::unfreeze::unfreeze(&asked, context),
        Verb::Code(asked) => command::code::code(asked, context),
        Verb::Accept(asked) => command::accept::accept(&asked, context),
        Verb::Explain(asked) => command::explain::explain(&asked, context),
        Verb::Repair(asked) => command::repair::repair(asked, context).await,
        Verb::Guide(asked) => command::guide::guide(asked, context).await,
        Verb::Report(asked) => command::report::report(&asked),
        Verb::Practice(asked) => command::practice::practice(asked, context).await,
        Verb::Doctor(asked) => command::doctor::doctor(asked, context).await,
        Verb::Lint(asked) => command::lint::lint(&asked, context).await,
        Verb::Schema => command::schema::schema(),
        Verb::New(asked) => command::new::new(&asked),
        Verb::Completions(asked) => command::completions::completions(&asked),
        Verb::InstallTimer(asked) => command::install_timer::install_timer(&asked, context),
        Verb::Purge(asked) => command::purge::purge(&asked, context),
    }
}

/// Logs go to standard error through the redactor, at whatever level.
fn log(verbose: u8, quiet: bool, redactor: &Redactor) {
    use tracing_subscriber::EnvFilter;
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "rinnova=info,warn",
        (false, _) => "rinnova=trace,warn",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let redactor = redactor.clone();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .without_time()
        .with_writer(move || RedactingWriter::new(redactor.clone(), std::io::stderr()))
        .init();
}

/// A panic's text passes the redactor, too.
fn cover_panics(redactor: &Redactor) {
    let redactor = redactor.clone();
    std::panic::set_hook(Box::new(move |panic| {
        command::say(&command::panic_text(&redactor, panic));
    }));
}

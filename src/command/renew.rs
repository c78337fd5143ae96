//! `rinnova renew`: acts on the accounts that are due, and can be started every hour for years (faults.md §2).

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::cli::{Renew, RunFlags};
use crate::command::attempt::{self, Asked};
use crate::command::chosen::{self, Chosen};
use crate::command::leaving::Attempted;
use crate::command::recover::{self, Settled};
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::flow::model::Renewal;
use crate::notify::decide::{Situation, Topic};
use crate::notify::notifier::Notifier;
use crate::notify::ping::Ping;
use crate::renewal::custody::Custody;
use crate::renewal::due::{Days, Due, due, known};
use crate::renewal::hooks::{Facts, Hooks, Moment};
use crate::renewal::reconcile::{Decision, Standing};
use crate::renewal::{clock, retention};
use crate::runner::job::Mode;
use crate::settings::{Account, Settings};
use crate::store::state::State;

/// What all accounts of one start share.
struct Start<'a> {
    asked: &'a Renew,
    settings: &'a Settings,
    context: &'a Context,
    /// Set when the start was put off, or need not be.
    put_off: tokio::sync::OnceCell<()>,
    /// A signal ended an attempt: no other is begun.
    stopped: std::cell::Cell<Option<Verdict>>,
}

/// How one account stands after this verb.
#[derive(Debug)]
struct Stands {
    verdict: Verdict,
    words: String,
    advice: Option<String>,
    /// The run's folder; nothing: no browser was started.
    run: Option<PathBuf>,
    days: Option<Days>,
}

/// Renews the accounts that are due. One that fails never stops the others.
///
/// # Errors
/// When the settings are wrong, or name no such account.
pub async fn renew(asked: Renew, context: &Context) -> Result<Verdict, Failure> {
    let settings = context.settings(chosen::settings_flags(&flags(&asked, None)))?;
    for id in &asked.accounts {
        chosen::account(&settings, Some(id))?;
    }
    let wanted = |account: &&Account| asked.all || asked.accounts.contains(&account.id);
    let ping = Ping::of(&settings.ping);
    warn(ping.start().await);
    let jobs = asked.jobs.map_or(settings.renew.jobs, usize::from);
    let start = Start {
        asked: &asked,
        settings: &settings,
        context,
        put_off: tokio::sync::OnceCell::new_with(at_once(&asked).then_some(())),
        stopped: None.into(),
    };
    let each = settings.accounts.iter().filter(wanted).map(|account| whole(account, &start));
    let verdicts: Vec<Verdict> = futures_util::stream::iter(each).buffer_unordered(jobs).collect().await;
    around(&start).await;
    if verdicts.len() > 1 && !context.quiet {
        say(&format!("{}\n", counted(&verdicts)));
    }
    let verdict = verdicts.into_iter().min_by_key(|verdict| rank(*verdict)).unwrap_or(Verdict::Done);
    warn(ping.end(verdict.exit_code()).await);
    Ok(verdict)
}

/// One account, from what is open to what is told of it.
async fn whole(account: &Account, start: &Start<'_>) -> Verdict {
    let context = start.context;
    if let Some(verdict) = start.stopped.get() {
        return verdict;
    }
    let stands = one(account, start).await.unwrap_or_else(|Failure { verdict, message }| Stands {
        verdict,
        words: context.redactor.redact(&message).into_owned(),
        advice: None,
        run: None,
        days: None,
    });
    let Stands { verdict, words, run, .. } = &stands;
    if matches!(verdict, Verdict::Interrupted | Verdict::Terminated) {
        start.stopped.set(Some(*verdict));
    }
    if start.asked.json {
        let line = serde_json::json!({ "account": account.id, "verdict": verdict, "reason": words, "run": run });
        give(&format!("{line}\n"));
    } else {
        give(&format!("{:<20} {verdict:<15} {words}\n", account.id));
    }
    warn(news(account, &stands, start).err().map(|error| format!("nobody was told: {}", error.message)));
    stands.verdict
}

/// What is open is settled first, then the account is renewed if it is due.
async fn one(account: &Account, start: &Start<'_>) -> Result<Stands, Failure> {
    let Start { asked, context, .. } = start;
    let flags = flags(asked, Some(account));
    let chosen = Chosen::of(&account.flow, &flags, context)?;
    let Some(renewal) = chosen.flow.renewal.clone() else {
        return Err(Failure::invalid(format!("`{}` has no `[renewal]`: it renews nothing", account.flow.display())));
    };
    let mut custody = chosen.take("renew", context)?;
    let admitted = custody.admit(Some(renewal.gains), false);
    admitted.map_err(|error| chosen::not_admitted(&error))?;

    let standing = custody.standing().map_err(Failure::invalid)?;
    let open = matches!(standing, Standing::Unknown { .. } | Standing::HistoryLost { .. });
    if open {
        if let Decision::NotDoneOnce { again } = custody.reconcile().map_err(Failure::invalid)?
            && clock::now() < again
        {
            let words = format!("a commit is open; not done, as read once; to be read again after {again}");
            return Ok(stands(Verdict::Unknown, words, None, days(account, &renewal, &custody)?));
        }
    } else if standing == Standing::Clear
        && !asked.force
        && let Some((verdict, words)) = not_now(account, &renewal, &chosen, &custody, start.settings)?
    {
        return Ok(stands(verdict, words, None, days(account, &renewal, &custody)?));
    }
    if !start.put_off.initialized() {
        // Others may have the account in the meantime; how it stands is asked again.
        drop(custody);
        start.put_off.get_or_init(|| jitter(start)).await;
        return Box::pin(one(account, start)).await;
    }
    if open {
        let (read, decision) = recover::read(&chosen, flags.clone(), &mut custody, "renew", context).await?;
        if !matches!(decision, Decision::HalfDone | Decision::NotDoneTwice) {
            let Settled { verdict, words } = Settled::of(&decision, &read);
            return Ok(stands(verdict, words, Some(&read), days(account, &renewal, &custody)?));
        }
    }
    let hooks = Hooks::of(start.settings, account);
    let mut facts = Facts { account: account.id.clone(), flow: chosen.flow.name.clone(), ..Facts::default() };
    let ready = hooks.run(Moment::Pre, &facts, &context.redactor).await;
    ready.map_err(|error| Failure::failed(format!("{error}; nothing was begun")))?;

    let attempted = go(account, &chosen, &renewal, flags, &mut custody, start).await;
    let (verdict, reason) = match &attempted {
        Ok(stands) => (stands.verdict, &stands.words),
        Err(failure) => (failure.verdict, &failure.message),
    };
    (facts.verdict, facts.reason) = (Some(verdict), Some(reason.clone()));
    facts.expires = custody.latest().map(|shown| shown.expiry);
    facts.run = attempted.as_ref().ok().and_then(|stands| stands.run.clone());
    for moment in Moment::after(verdict) {
        warn(hooks.run(moment, &facts, &context.redactor).await.err().map(|error| error.to_string()));
    }
    attempted
}

/// The attempt itself. After one whose outcome is not known the portal is read at once: a success whose page was not
/// recognised is seen by its date.
async fn go(
    account: &Account,
    chosen: &Chosen,
    renewal: &Renewal,
    flags: RunFlags,
    custody: &mut Custody,
    start: &Start<'_>,
) -> Result<Stands, Failure> {
    let asked = Asked {
        flow: chosen.file.clone(),
        task: Some(renewal.task.clone()),
        from: None,
        until: None,
        mode: Mode::Whole,
        verb: "renew",
        before: (!start.asked.force).then(|| account.before.unwrap_or(renewal.before)),
        flags: flags.clone(),
    };
    let (attempted, mut decision) = attempt::perform_with(asked, chosen, custody, start.context).await?;
    let record = &attempted.record;
    if record.verdict != Verdict::Unknown {
        let shown = || custody.latest().map_or_else(String::new, |shown| format!("it expires on {}", shown.expiry));
        let words = record.reason.clone().unwrap_or_else(shown);
        let mut stands = stands(record.verdict, words, Some(&attempted), days(account, renewal, custody)?);
        stands.advice.clone_from(&record.advice);
        return Ok(stands);
    }
    let mut read = None;
    if decision != Decision::Done {
        let (reading, decided) = recover::read(chosen, flags, custody, "renew", start.context).await?;
        decision = decided;
        read = Some(reading);
    }
    let Settled { verdict, words } = Settled::of(&decision, read.as_ref().unwrap_or(&attempted));
    Ok(stands(verdict, words, Some(&attempted), days(account, renewal, custody)?))
}

/// Why there is nothing to do now, if there is not: by the expiry that was read last and by what was tried before.
fn not_now(
    account: &Account,
    renewal: &Renewal,
    chosen: &Chosen,
    custody: &Custody,
    settings: &Settings,
) -> Result<Option<(Verdict, String)>, Failure> {
    let now = clock::now();
    let today = now.to_zoned(chosen.flow.timezone.clone()).date();
    let days = days(account, renewal, custody)?;
    let runs = custody.runs(&renewal.task).map_err(Failure::invalid)?;
    let interval = SignedDuration::try_from(settings.renew.interval).unwrap_or(SignedDuration::ZERO);
    Ok(match due(days, today, &runs, interval, now) {
        Due::Now => None,
        Due::On(day) => Some((Verdict::NotDue, not_due(day, days.map(|days| days.expires)))),
        Due::After(until, last) => {
            Some((last, format!("tried a short time ago ({last}); the next attempt is not before {until}")))
        }
    })
}

fn not_due(day: Date, expires: Option<Date>) -> String {
    let expires = expires.map_or(String::new(), |expires| format!("; it expires on {expires}"));
    format!("due on {day}{expires}")
}

fn days(account: &Account, renewal: &Renewal, custody: &Custody) -> Result<Option<Days>, Failure> {
    let expires = known(&custody.readings().map_err(Failure::invalid)?);
    let before = account.before.unwrap_or(renewal.before);
    Ok(expires.map(|expires| Days::of(expires, renewal.opens, before, renewal.closes)))
}

fn stands(verdict: Verdict, words: String, attempted: Option<&Attempted>, days: Option<Days>) -> Stands {
    Stands { verdict, words, advice: None, run: attempted.map(|attempted| attempted.folder.clone()), days }
}

/// Whether somebody watches, or said so: then nothing is put off.
fn at_once(asked: &Renew) -> bool {
    asked.no_jitter || std::io::stderr().is_terminal()
}

/// Where nobody watches, the first attempt is put off by a while, so that not all of a portal's users come at the same minute.
async fn jitter(start: &Start<'_>) {
    let mut chance = [0; 2];
    if getrandom::fill(&mut chance).is_err() {
        return;
    }
    let length = start.settings.renew.jitter.mul_f64(f64::from(u16::from_le_bytes(chance)) / f64::from(u16::MAX));
    if !start.context.quiet {
        say(&format!("begins in {} s (--no-jitter: at once)\n", length.as_secs()));
    }
    tokio::time::sleep(length).await;
}

/// Decides whether there is news of the account, and queues it.
fn news(account: &Account, stands: &Stands, start: &Start<'_>) -> Result<(), Failure> {
    let now = clock::now();
    let today = now.to_zoned(jiff::tz::TimeZone::system()).date();
    let state = State::open(&start.context.state_directory()?, now).map_err(Failure::failed)?;
    let told = |state: &State| state.told(&account.id).map_err(Failure::failed);
    // That nothing is tried any more was told when it came so; the days that are left are still counted.
    let known = stands.verdict == Verdict::Frozen
        && stands.run.is_none()
        && told(&state)?.iter().any(|told| told.topic.starts_with(Topic::Frozen.word()));
    let news = !known && (stands.run.is_some() || stands.verdict.exit_code() != 0);
    let situation = Situation {
        account: account.id.clone(),
        flow: account.flow.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        today,
        expiry: stands.days.map(|days| days.expires),
        acts: stands.days.map(|days| days.due),
        last_day: stands.days.map(|days| days.last),
        verdict: news.then_some(stands.verdict),
        reason: Some(stands.words.clone()).filter(|words| !words.is_empty()),
        advice: stands.advice.clone(),
        run: stands.run.as_ref().map(|run| run.display().to_string()),
    };
    let notifier = Notifier::of(start.settings, &start.context.redactor);
    notifier.consider(&state, &situation, now).map_err(Failure::failed)?;
    Ok(())
}

/// At the end: what waits is delivered, and old runs go. Neither changes how the accounts stand.
async fn around(start: &Start<'_>) {
    let now = clock::now();
    let state = match start.context.state_directory().and_then(|path| State::open(&path, now).map_err(Failure::failed))
    {
        Ok(state) => state,
        Err(error) => return warn(Some(error.message)),
    };
    match Notifier::of(start.settings, &start.context.redactor).deliver(&state).await {
        Ok(warnings) => warnings.into_iter().for_each(|warning| warn(Some(warning))),
        Err(error) => warn(Some(error.to_string())),
    }
    if let Some(keep) = start.settings.runs.keep
        && Path::new("runs").is_dir()
    {
        let purged = retention::purge(Path::new("runs"), keep, &state, now, false);
        warn(purged.err().map(|error| error.to_string()));
    }
}

fn flags(asked: &Renew, account: Option<&Account>) -> RunFlags {
    RunFlags {
        account: account.map(|account| account.id.clone()),
        portal: asked.portal.clone(),
        browser: asked.browser.clone(),
        ..RunFlags::default()
    }
}

fn warn(warning: Option<String>) {
    if let Some(warning) = warning {
        say(&format!("warning: {warning}\n"));
    }
}

/// `3 accounts: 1 renewed, 2 not-due`.
fn counted(verdicts: &[Verdict]) -> String {
    let of = |verdict: &Verdict| (verdicts.iter().filter(|one| *one == verdict).count(), *verdict);
    let present: Vec<String> = Verdict::ALL
        .iter()
        .map(of)
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    format!("{} accounts: {}", verdicts.len(), present.join(", "))
}

/// Which of several verdicts is the verb's own: the one that wants a person soonest.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Unknown => 0,
        Verdict::HalfDone => 1,
        Verdict::Interrupted | Verdict::Terminated => 2,
        other => match other.exit_code() {
            8 => 3,
            7 => 4,
            5 => 5,
            3 => 6,
            2 => 7,
            1 => 8,
            6 => 9,
            _ => 10,
        },
    }
}

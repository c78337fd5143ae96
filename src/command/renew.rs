//! `rinnova renew`: acts on the accounts that are due, and can be started every hour for years (faults.md §2).

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::browser::workdir;
use crate::cli::{Renew, RunFlags};
use crate::command::attempt::{self, Asked};
use crate::command::chosen::{self, Chosen};
use crate::command::leaving::Attempted;
use crate::command::recover::{self, Settled};
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::flow::model::Renewal;
use crate::notify::decide::Situation;
use crate::notify::notifier::Notifier;
use crate::notify::ping::Ping;
use crate::renewal::custody::Custody;
use crate::renewal::due::{self, Days, Due, due, known};
use crate::renewal::hooks::{Facts, Hooks, Moment};
use crate::renewal::reconcile::{APART, Decision, Standing, Why, standing};
use crate::renewal::{clock, retention};
use crate::report::plain::plain;
use crate::runner::job::Mode;
use crate::settings::{Account, Settings};
use crate::stop::{self, Stop};
use crate::store::past::Past;
use crate::store::state::{State, StateError};

/// What all accounts of one start share.
struct Start<'a> {
    asked: &'a Renew,
    settings: &'a Settings,
    context: &'a Context,
    /// Set when the start was put off, or need not be.
    put_off: tokio::sync::OnceCell<()>,
    /// After a signal nothing more is begun, whatever became of what was under way.
    stop: Stop,
}

/// How one account stands after this verb.
#[derive(Debug, Clone)]
struct Stands {
    verdict: Verdict,
    words: String,
    advice: Option<String>,
    /// The run's folder; nothing: no browser was started.
    run: Option<PathBuf>,
}

/// What is remembered of an account, beside how it stands.
#[derive(Debug, Default)]
struct Remembered {
    today: Date,
    days: Option<Days>,
    /// Since when nothing is tried.
    frozen: Option<Timestamp>,
    /// What was done before this is not known.
    lost: Option<Timestamp>,
}

impl Remembered {
    fn of(account: &Account, chosen: &Chosen, state: &State) -> Result<Self, StateError> {
        let past = state.past(&chosen.holder, &chosen.flow.name)?;
        let frozen = state.budgets(&chosen.holder)?.into_iter().filter_map(|budget| budget.frozen);
        let lost = match standing(&past) {
            Standing::HistoryLost { since } => Some(since),
            Standing::Clear | Standing::Unknown { .. } | Standing::HalfDone { .. } => None,
        };
        Ok(Self {
            today: today(chosen),
            days: chosen.flow.renewal.as_ref().and_then(|renewal| days(account, renewal, &past)),
            frozen: frozen.map(|frozen| frozen.since).min(),
            lost,
        })
    }
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
    // A start that opens no browser ends what a killed run left all the same.
    let _ended = workdir::sweep(&workdir::base());
    let ping = Ping::of(&settings.ping);
    warn(ping.start().await);
    let jobs = asked.jobs.map_or(settings.renew.jobs, usize::from);
    let (stopper, stop) = stop::channel();
    let heard = attempt::signals(stopper);
    let at_once = asked.no_jitter || settings.renew.jitter.is_zero() || std::io::stderr().is_terminal();
    let start = Start {
        asked: &asked,
        settings: &settings,
        context,
        put_off: tokio::sync::OnceCell::new_with(at_once.then_some(())),
        stop,
    };
    let each = settings.accounts.iter().filter(wanted).map(|account| whole(account, &start));
    let verdicts: Vec<Verdict> = futures_util::stream::iter(each).buffer_unordered(jobs).collect().await;
    around(&start).await;
    if verdicts.len() > 1 && !context.quiet {
        say(&format!("{}\n", counted(&verdicts)));
    }
    heard.abort();
    let verdict = verdicts.into_iter().min_by_key(|verdict| rank(*verdict)).unwrap_or(Verdict::Done);
    warn(ping.end(verdict.exit_code()).await);
    Ok(verdict)
}

/// One account, from what is open to what is told of it.
async fn whole(account: &Account, start: &Start<'_>) -> Verdict {
    let context = start.context;
    if let Some(verdict) = start.stop.asked() {
        return verdict;
    }
    let chosen = Chosen::of(&account.flow, &flags(start.asked, Some(account)), context);
    let stood = match &chosen {
        Ok(chosen) => one(account, chosen, start).await,
        Err(Failure { verdict, message }) => Err(Failure { verdict: *verdict, message: message.clone() }),
    };
    let stands = stood.unwrap_or_else(|Failure { verdict, message }| Stands {
        verdict,
        words: context.redactor.redact(&message).into_owned(),
        advice: None,
        run: None,
    });
    let Stands { verdict, words, run, .. } = &stands;
    if start.asked.json {
        let line = serde_json::json!({ "account": account.id, "verdict": verdict, "reason": words, "run": run });
        give(&format!("{line}\n"));
    } else {
        give(&format!("{:<20} {verdict:<15} {}\n", account.id, plain(words)));
    }
    let told = news(account, chosen.as_ref().ok(), &stands, start);
    warn(told.err().map(|error| format!("nobody was told: {}", error.message)));
    stands.verdict
}

/// What is open is settled first, then the account is renewed if it is due.
async fn one(account: &Account, chosen: &Chosen, start: &Start<'_>) -> Result<Stands, Failure> {
    let context = start.context;
    let Some(renewal) = &chosen.flow.renewal else {
        return Err(Failure::invalid(format!("`{}` has no `[renewal]`: it renews nothing", account.flow.display())));
    };
    let mut custody = chosen.take("renew", context)?;
    let admitted = custody.admit(Some(renewal.gains), false);
    admitted.map_err(|error| chosen.not_admitted(&error))?;

    let mut facts = Facts { account: account.id.clone(), flow: chosen.flow.name.clone(), ..Facts::default() };
    let mut standing = custody.standing().map_err(Failure::invalid)?;
    let mut decision = Decision::Clear;
    if is_open(&standing) {
        // What a run had read before it was cut short may settle it.
        decision = custody.reconcile().map_err(Failure::invalid)?;
        if decision == Decision::Done {
            let settled = Ok(stands(Verdict::Renewed, "renewed: the expiry has moved".into(), None));
            after(account, &settled, &mut facts, &custody, start).await;
            return settled;
        }
        standing = custody.standing().map_err(Failure::invalid)?;
    }
    if let Some((verdict, words)) = not_now(account, renewal, chosen, &custody, (&standing, &decision), start)? {
        return Ok(stands(verdict, words, None));
    }
    if !start.put_off.initialized() {
        // Others may have the account in the meantime; how it stands is asked again.
        drop(custody);
        start.put_off.get_or_init(|| jitter(start)).await;
        if let Some(verdict) = start.stop.asked() {
            return Ok(stands(verdict, "stopped by a signal before anything was begun".into(), None));
        }
        return Box::pin(one(account, chosen, start)).await;
    }
    let flags = flags(start.asked, Some(account));
    if is_open(&standing) {
        let (read, decision) =
            recover::read(chosen, flags.clone(), &mut custody, "renew", context).await.map_err(still_unknown)?;
        if !matches!(decision, Decision::HalfDone | Decision::NotDoneTwice) || start.stop.asked().is_some() {
            let Settled { verdict, words } = Settled::of(&decision, &read).after(&standing, &decision);
            let settled = stands(verdict, words, Some(&read));
            // What was sent by a run that was cut short is proved only now.
            if verdict == Verdict::Renewed {
                after(account, &Ok(settled.clone()), &mut facts, &custody, start).await;
            }
            return Ok(settled);
        }
    }
    let hooks = Hooks::of(start.settings, account);
    let ready = hooks.run(Moment::Pre, &facts, &context.redactor).await;
    ready.map_err(|error| Failure::failed(format!("{error}; nothing was begun")))?;
    let attempted = go(account, chosen, renewal, flags, &mut custody, start).await;
    after(account, &attempted, &mut facts, &custody, start).await;
    attempted
}

/// Whether only reading is allowed.
fn is_open(standing: &Standing) -> bool {
    matches!(standing, Standing::Unknown { .. } | Standing::HistoryLost { .. })
}

/// The hooks after an attempt.
async fn after(
    account: &Account,
    attempted: &Result<Stands, Failure>,
    facts: &mut Facts,
    custody: &Custody,
    start: &Start<'_>,
) {
    let (verdict, reason) = match attempted {
        Ok(stands) => (stands.verdict, &stands.words),
        Err(failure) => (failure.verdict, &failure.message),
    };
    (facts.verdict, facts.reason) = (Some(verdict), Some(reason.clone()));
    facts.expires = custody.latest().map(|shown| shown.expiry);
    facts.run = attempted.as_ref().ok().and_then(|stands| stands.run.clone());
    let hooks = Hooks::of(start.settings, account);
    for moment in Moment::after(verdict) {
        warn(hooks.run(moment, facts, &start.context.redactor).await.err().map(|error| error.to_string()));
    }
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
    let clear = matches!(custody.standing(), Ok(Standing::Clear));
    let asked = Asked {
        flow: chosen.file.clone(),
        task: Some(renewal.task.clone()),
        from: None,
        until: None,
        mode: Mode::Whole,
        verb: "renew",
        // What stands half done is ended whenever it is found.
        before: (clear && !start.asked.force).then(|| account.before.unwrap_or(renewal.before)),
        heal: false,
        baseline: None,
        persona: false,
        flags: flags.clone(),
    };
    let (attempted, mut decision) = attempt::perform_with(asked, chosen, custody, start.context).await?;
    let record = &attempted.record;
    // Clear: this run sent nothing, and the journal knows the commit that it was about to send.
    if record.verdict != Verdict::Unknown || decision == Decision::Clear {
        if record.verdict == Verdict::AlreadyRenewed && custody.latest().is_none() {
            // The page said so before it showed the date, by which the account then rests.
            let read = recover::read(chosen, flags, custody, "renew", start.context).await;
            warn(read.err().map(|error| format!("the new expiry was not read: {}", error.message)));
        }
        let shown = || custody.latest().map_or_else(String::new, |shown| format!("it expires on {}", shown.expiry));
        let words = record.reason.clone().unwrap_or_else(shown);
        let mut stands = stands(record.verdict, words, Some(&attempted));
        stands.advice.clone_from(&record.advice);
        return Ok(stands);
    }
    let mut read = None;
    if decision != Decision::Done && start.stop.asked().is_none() {
        let again = recover::read(chosen, flags, custody, "renew", start.context).await.map_err(still_unknown)?;
        decision = again.1;
        read = Some(again.0);
    }
    let Settled { verdict, words } = Settled::of(&decision, read.as_ref().unwrap_or(&attempted));
    Ok(stands(verdict, words, Some(&attempted)))
}

/// A reading that could not begin leaves a commit as open as it was; that nothing may be typed outranks it.
fn still_unknown(failure: Failure) -> Failure {
    if failure.verdict.exit_code() == 8 {
        return failure;
    }
    let message = format!("{}; whether the commit took place is still unknown", failure.message);
    Failure { verdict: Verdict::Unknown, message }
}

/// How often an open commit is read, where nothing else is due: what only a person can settle, once a day.
const READ: SignedDuration = APART;
const READ_FOR_A_PERSON: SignedDuration = SignedDuration::from_hours(24);

/// Why there is nothing to do now, if there is not: by the expiry that is known and by what was tried before.
fn not_now(
    account: &Account,
    renewal: &Renewal,
    chosen: &Chosen,
    custody: &Custody,
    (standing, decision): (&Standing, &Decision),
    start: &Start<'_>,
) -> Result<Option<(Verdict, String)>, Failure> {
    if start.asked.force {
        return Ok(None);
    }
    let (now, today) = (clock::now(), today(chosen));
    let days = days(account, renewal, &custody.past().map_err(Failure::invalid)?);
    let runs = |task: &str| custody.runs(task).map_err(Failure::invalid);
    let interval = SignedDuration::try_from(start.settings.renew.interval).unwrap_or(SignedDuration::ZERO);
    let too_soon = |until: Timestamp, last: Verdict| {
        format!("tried a short time ago ({last}); the next attempt is not before {}", until.strftime("%F %H:%M:%SZ"))
    };
    Ok(match standing {
        Standing::Clear => match due(days, today, &runs(&renewal.task)?, interval, now) {
            Due::Now => None,
            Due::On(day) => Some((Verdict::NotDue, not_due(day, days.map(|days| days.expires)))),
            // Whoever sits there has the code at hand.
            Due::After(_, Verdict::NeedsPerson) if std::io::stderr().is_terminal() => None,
            Due::After(until, last) => Some((last, too_soon(until, last))),
        },
        Standing::HalfDone { .. } if std::io::stderr().is_terminal() => None,
        Standing::HalfDone { .. } => due::wait(days, today, &runs(&renewal.task)?, interval, now)
            .map(|(until, last)| (Verdict::HalfDone, too_soon(until, last))),
        Standing::Unknown { .. } | Standing::HistoryLost { .. } => {
            let open = match standing {
                Standing::HistoryLost { .. } => "what was done before is not known",
                _ => "a commit is open",
            };
            let (interval, why) = match decision {
                Decision::NotDoneOnce { again } if now < *again && again.duration_since(now) <= APART => {
                    let again = again.strftime("%F %H:%M:%SZ");
                    return Ok(Some((Verdict::Unknown, format!("{open}; read once; to be read again after {again}"))));
                }
                Decision::Unknown(why) if *why != Why::Unread => (READ_FOR_A_PERSON, format!("{open}: {why}")),
                _ => (READ, open.to_owned()),
            };
            let Some(status) = &renewal.status else { return Ok(None) };
            due::wait(days, today, &runs(status)?, interval, now)
                .map(|(until, last)| (Verdict::Unknown, format!("{why}; {}", too_soon(until, last))))
        }
    })
}

fn not_due(day: Date, expires: Option<Date>) -> String {
    let expires = expires.map_or(String::new(), |expires| format!("; it expires on {expires}"));
    format!("due on {day}{expires}")
}

/// The date at the portal.
fn today(chosen: &Chosen) -> Date {
    clock::now().to_zoned(chosen.flow.timezone.clone()).date()
}

fn days(account: &Account, renewal: &Renewal, past: &Past) -> Option<Days> {
    let before = account.before.unwrap_or(renewal.before);
    known(past).map(|expires| Days::of(expires, renewal.opens, before, renewal.closes))
}

fn stands(verdict: Verdict, words: String, attempted: Option<&Attempted>) -> Stands {
    Stands { verdict, words, advice: None, run: attempted.map(|attempted| attempted.folder.clone()) }
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
    let mut stop = start.stop.clone();
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = stop.wait() => {}
    }
}

/// Decides whether there is news of the account, and queues it.
fn news(account: &Account, chosen: Option<&Chosen>, stands: &Stands, start: &Start<'_>) -> Result<(), Failure> {
    let now = clock::now();
    let state = start.context.open_state()?;
    let Remembered { today, days, frozen, lost } = match chosen {
        Some(chosen) => Remembered::of(account, chosen, &state).map_err(Failure::failed)?,
        None => Remembered { today: now.to_zoned(TimeZone::system()).date(), ..Remembered::default() },
    };
    let news = stands.run.is_some() || stands.verdict.exit_code() != 0;
    let situation = Situation {
        account: account.id.clone(),
        flow: account.flow.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        today,
        expiry: days.map(|days| days.expires),
        acts: days.map(|days| days.due),
        last_day: days.map(|days| days.last),
        verdict: news.then_some(stands.verdict),
        frozen,
        lost,
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
    let state = match start.context.open_state() {
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
        say(&format!("warning: {}\n", plain(&warning)));
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

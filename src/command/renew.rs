//! `rinnova renew`: acts on the accounts that are due, and can be started every hour for years (faults.md §2).

use std::io::IsTerminal;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::civil::Date;
use jiff::{SignedDuration, Span};

use crate::cli::{Renew, RunFlags};
use crate::command::attempt::{self, Asked};
use crate::command::chosen::{self, Chosen};
use crate::command::leaving::Attempted;
use crate::command::recover::{self, Settled};
use crate::command::{Context, Failure, give};
use crate::exit::Verdict;
use crate::flow::model::Renewal;
use crate::renewal::clock;
use crate::renewal::custody::Custody;
use crate::renewal::due::{Days, Due, due, known};
use crate::renewal::reconcile::{Decision, Standing};
use crate::runner::job::Mode;
use crate::settings::Account;

/// The shortest time between two attempts on one account.
const INTERVAL: SignedDuration = SignedDuration::from_mins(15);

/// Where nobody watches, a start is put off by up to this, so that not all of a portal's users come at the same minute.
const JITTER: Duration = Duration::from_secs(8 * 60);

/// How one account stands after this verb.
#[derive(Debug)]
struct Stands {
    account: String,
    verdict: Verdict,
    words: String,
    attempted: Option<Attempted>,
}

/// Renews the accounts that are due. One that fails never stops the others.
///
/// # Errors
/// When the settings are wrong, or name no such account.
pub async fn renew(asked: Renew, context: &Context) -> Result<Verdict, Failure> {
    let settings = context.settings(chosen::settings_flags(&flags(&asked, None)))?;
    let accounts: Vec<&Account> = if asked.all {
        settings.accounts.iter().collect()
    } else {
        let of = |id: &String| chosen::account(&settings, Some(id)).map(|account| account.into_iter());
        asked.accounts.iter().map(of).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
    };
    let put_off = tokio::sync::OnceCell::new();
    let each = accounts.iter().map(|account| async {
        let stands = one(account, &asked, context, &put_off).await;
        let stands = stands.unwrap_or_else(|Failure { verdict, message }| Stands {
            account: account.id.clone(),
            verdict,
            words: context.redactor.redact(&message).into_owned(),
            attempted: None,
        });
        tell(&stands, asked.json);
        stands.verdict
    });
    let verdicts: Vec<Verdict> = futures_util::stream::iter(each).buffer_unordered(asked.jobs.into()).collect().await;
    Ok(verdicts.into_iter().min_by_key(|verdict| rank(*verdict)).unwrap_or(Verdict::Done))
}

/// One account: what is open is settled first, then it is renewed if it is due.
async fn one(
    account: &Account,
    asked: &Renew,
    context: &Context,
    put_off: &tokio::sync::OnceCell<()>,
) -> Result<Stands, Failure> {
    let flags = flags(asked, Some(account));
    let chosen = Chosen::of(&account.flow, &flags, context)?;
    let Some(renewal) = chosen.flow.renewal.clone() else {
        return Err(Failure::invalid(format!("`{}` has no `[renewal]`: it renews nothing", account.flow.display())));
    };
    let mut custody = chosen.take("renew", context)?;
    let admitted = custody.admit(Some(renewal.gains), false);
    admitted.map_err(|error| chosen::not_admitted(&error))?;
    let stands = |verdict, words: String, attempted| Stands { account: account.id.clone(), verdict, words, attempted };

    let standing = custody.standing().map_err(Failure::invalid)?;
    if matches!(standing, Standing::Unknown { .. } | Standing::HistoryLost { .. }) {
        if let Decision::NotDoneOnce { again } = custody.reconcile().map_err(Failure::invalid)?
            && clock::now() < again
        {
            let words = format!("a commit is open; not done, as read once; to be read again after {again}");
            return Ok(stands(Verdict::Unknown, words, None));
        }
        let (read, decision) = recover::read(&chosen, flags.clone(), &mut custody, "renew", context).await?;
        if !matches!(decision, Decision::HalfDone | Decision::NotDoneTwice) {
            let Settled { verdict, words } = Settled::of(&decision, &read);
            return Ok(stands(verdict, words, Some(read)));
        }
    } else if standing == Standing::Clear
        && let Some((verdict, words)) = not_now(account, &renewal, &chosen, &custody, asked.force)?
    {
        return Ok(stands(verdict, words, None));
    }
    put_off.get_or_init(|| jitter(asked, context)).await;
    let before = (!asked.force).then(|| account.before.unwrap_or(renewal.before));
    let (attempted, decision) = go(&chosen, &renewal, before, flags.clone(), &mut custody, context).await?;
    if attempted.record.verdict != Verdict::Unknown {
        let record = &attempted.record;
        let words = record.reason.clone().unwrap_or_else(|| shown(&custody));
        return Ok(stands(record.verdict, words, Some(attempted)));
    }
    // A success whose page was not recognised is seen by its date at once.
    if decision == Decision::Done {
        return Ok(stands(Verdict::Renewed, shown(&custody), Some(attempted)));
    }
    let (read, decision) = recover::read(&chosen, flags, &mut custody, "renew", context).await?;
    let Settled { verdict, words } = Settled::of(&decision, &read);
    // Not done, as far as that is known: it is the attempt that failed.
    Ok(stands(verdict, words, Some(attempted)))
}

/// The attempt itself.
async fn go(
    chosen: &Chosen,
    renewal: &Renewal,
    before: Option<Span>,
    flags: RunFlags,
    custody: &mut Custody,
    context: &Context,
) -> Result<(Attempted, Decision), Failure> {
    let asked = Asked {
        flow: chosen.file.clone(),
        task: Some(renewal.task.clone()),
        from: None,
        until: None,
        mode: Mode::Whole,
        verb: "renew",
        before,
        flags,
    };
    attempt::perform_with(asked, chosen, custody, context).await
}

/// Why there is nothing to do now, if there is not: by the expiry that was read last and by what was tried before.
fn not_now(
    account: &Account,
    renewal: &Renewal,
    chosen: &Chosen,
    custody: &Custody,
    force: bool,
) -> Result<Option<(Verdict, String)>, Failure> {
    if force {
        return Ok(None);
    }
    let now = clock::now();
    let today = now.to_zoned(chosen.flow.timezone.clone()).date();
    let days = known(&custody.readings().map_err(Failure::invalid)?)
        .map(|expires| Days::of(expires, renewal.opens, account.before.unwrap_or(renewal.before), renewal.closes));
    let runs = custody.runs(&renewal.task).map_err(Failure::invalid)?;
    Ok(match due(days, today, &runs, INTERVAL, now) {
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

fn shown(custody: &Custody) -> String {
    custody.latest().map_or_else(String::new, |shown| format!("the certificate expires on {}", shown.expiry))
}

async fn jitter(asked: &Renew, context: &Context) {
    if asked.no_jitter || std::io::stderr().is_terminal() {
        return;
    }
    let mut chance = [0; 8];
    let length = match getrandom::fill(&mut chance) {
        Ok(()) => JITTER.mul_f64(f64::from(u16::from_le_bytes([chance[0], chance[1]])) / f64::from(u16::MAX)),
        Err(_) => Duration::ZERO,
    };
    if !context.quiet {
        crate::command::say(&format!("begins in {} s (--no-jitter: at once)\n", length.as_secs()));
    }
    tokio::time::sleep(length).await;
}

fn flags(asked: &Renew, account: Option<&Account>) -> RunFlags {
    RunFlags {
        account: account.map(|account| account.id.clone()),
        portal: asked.portal.clone(),
        browser: asked.browser.clone(),
        ..RunFlags::default()
    }
}

fn tell(stands: &Stands, json: bool) {
    let Stands { account, verdict, words, attempted } = stands;
    if json {
        let run = attempted.as_ref().map(|attempted| attempted.folder.clone());
        let line = serde_json::json!({ "account": account, "verdict": verdict, "reason": words, "run": run });
        give(&format!("{line}\n"));
    } else {
        give(&format!("{account:<20} {verdict:<15} {words}\n"));
    }
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

//! `rinnova status`: how the accounts stand, by what is remembered; no browser.

mod debt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use self::debt::Debt;

use crate::cli::{RunFlags, Status};
use crate::command::chosen::{self, Chosen};
use crate::command::{Context, Failure, give};
use crate::exit::Verdict;
use crate::renewal::clock;
use crate::renewal::due::{Days, Due, due, known};
use crate::renewal::reconcile::{Standing, standing};
use crate::report::plain::plain;
use crate::settings::{Account, Settings};
use crate::store::state::State;

/// So many runs tell how long an account waits after failures, and since when its flow does not fit: a year of nights.
const RUNS: u32 = 400;

/// One account.
#[derive(Debug)]
struct Row {
    account: String,
    flow: String,
    /// Days to the last renewable day.
    days_left: Option<i32>,
    expires: Option<Date>,
    opens: Option<Date>,
    due: Option<Date>,
    last_renewable: Option<Date>,
    last_run: Option<LastRun>,
    drift: Option<Debt>,
    /// `clear`, `unknown`, `half-done`, `history-lost`, `frozen`, `invalid`.
    standing: &'static str,
    next: String,
}

#[derive(Debug)]
struct LastRun {
    task: String,
    verdict: Verdict,
    started: Timestamp,
    folder: String,
}

/// Prints the accounts.
///
/// # Errors
/// When the settings are wrong, or the state cannot be read.
pub fn status(asked: &Status, context: &Context) -> Result<Verdict, Failure> {
    let settings = context.settings(crate::settings::Flags::default())?;
    for id in &asked.accounts {
        chosen::account(&settings, Some(id))?;
    }
    let wanted = |account: &&Account| asked.accounts.is_empty() || asked.accounts.contains(&account.id);
    let state = context.open_state()?;
    let rows: Vec<Row> = settings
        .accounts
        .iter()
        .filter(wanted)
        .map(|account| row(account, asked, &settings, &state, context))
        .collect::<Result<_, _>>()?;
    if asked.json {
        give(&format!("{}\n", rows.iter().map(as_json).collect::<serde_json::Value>()));
    } else if rows.is_empty() {
        give("the settings name no account; README.md, “Settings”, says how\n");
    } else {
        give(&table(&rows));
    }
    Ok(Verdict::Done)
}

fn row(
    account: &Account,
    asked: &Status,
    settings: &Settings,
    state: &State,
    context: &Context,
) -> Result<Row, Failure> {
    let flags = RunFlags { account: Some(account.id.clone()), portal: asked.portal.clone(), ..RunFlags::default() };
    let mut row = Row {
        account: account.id.clone(),
        flow: account.flow.display().to_string(),
        days_left: None,
        expires: None,
        opens: None,
        due: None,
        last_renewable: None,
        last_run: None,
        drift: None,
        standing: "clear",
        next: String::new(),
    };
    let chosen = match Chosen::of(&account.flow, &flags, context) {
        Ok(chosen) => chosen,
        Err(Failure { message, .. }) => {
            row.standing = "invalid";
            row.next = format!("mend it: {}", message.lines().next().unwrap_or_default());
            return Ok(row);
        }
    };
    let (holder, flow) = (&chosen.holder, &chosen.flow);
    let past = state.past(holder, &flow.name).map_err(Failure::invalid)?;
    let now = clock::now();
    let today = now.to_zoned(flow.timezone.clone()).date();
    let mut days = None;
    if let (Some(renewal), Some(expires)) = (&flow.renewal, known(&past)) {
        let before = account.before.unwrap_or(renewal.before);
        let of = Days::of(expires, renewal.opens, before, renewal.closes);
        row.days_left = Some(of.left(today));
        (row.expires, row.opens) = (Some(of.expires), Some(of.opens));
        (row.due, row.last_renewable) = (Some(of.due), Some(of.last));
        days = Some(of);
    }
    let mut runs = state.runs(holder, RUNS).map_err(Failure::invalid)?;
    let last = runs.first().cloned();
    let task = flow.renewal.as_ref().map(|renewal| renewal.task.as_str());
    runs.retain(|run| run.flow == flow.name);
    row.drift = Debt::of(&runs, task);
    runs.retain(|run| task == Some(&run.task) && !run.only_looked());
    let interval = SignedDuration::try_from(settings.renew.interval).unwrap_or(SignedDuration::ZERO);
    let after = match due(days, today, &runs, interval, now) {
        Due::After(until, verdict) => Some(format!("; not before {} (last: {verdict})", local(until))),
        Due::Now | Due::On(_) => None,
    };
    row.last_run =
        last.map(|run| LastRun { task: run.task, verdict: run.verdict, started: run.started, folder: run.folder });
    let frozen = state.budgets(holder).map_err(Failure::invalid)?.into_iter().find_map(|budget| budget.frozen);
    (row.standing, row.next) = match (frozen, standing(&past)) {
        // What is frozen must be mended before anything can be read.
        (Some(frozen), _) => ("frozen", format!("{}; then rinnova unfreeze {holder}", plain(&frozen.why))),
        (None, Standing::Unknown { .. }) => ("unknown", format!("rinnova recover {holder}")),
        (None, Standing::HistoryLost { .. }) => ("history-lost", format!("rinnova recover {holder}")),
        (None, Standing::HalfDone { .. }) => {
            ("half-done", format!("rinnova renew {}, with a code at hand", account.id))
        }
        (None, Standing::Clear) => {
            ("clear", next(&row, today) + after.as_deref().unwrap_or_default() + &look(row.drift.as_ref()))
        }
    };
    Ok(row)
}

/// As the reader's own clock shows it.
fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%F %H:%M").to_string()
}

fn as_json(row: &Row) -> serde_json::Value {
    let Row { account, flow, days_left, expires, opens, due, last_renewable, last_run, drift, standing, next } = row;
    let last_run = last_run.as_ref().map(|LastRun { task, verdict, started, folder }| {
        json!({ "task": task, "verdict": verdict, "started": started, "folder": folder })
    });
    json!({
        "account": account, "flow": flow, "standing": standing, "next": next, "days_left": days_left, "expires": expires,
        "opens": opens, "due": due, "last_renewable": last_renewable, "last_run": last_run,
        "drift": drift.as_ref().map(Debt::as_json),
    })
}

fn next(row: &Row, today: Date) -> String {
    match (row.days_left, row.due) {
        (Some(left), _) if left < 0 => "too late: ask for a new certificate".into(),
        (Some(_), Some(due)) if today < due => format!("renews from {due}"),
        (Some(_), _) => "renews at the next `rinnova renew`".into(),
        (None, _) => "the next `rinnova renew` reads the expiry".into(),
    }
}

/// What to look at where the portal no longer fits; it comes after what is due.
fn look(drift: Option<&Debt>) -> String {
    let drifting = drift.filter(|debt| debt.now > 0);
    drifting.map(|debt| format!("; the portal has changed: rinnova explain {}", debt.folder)).unwrap_or_default()
}

/// The rows under their headings, each column as wide as it needs to be. That of the drift stands only where a run can tell.
fn table(rows: &[Row]) -> String {
    let drift = rows.iter().any(|row| row.drift.is_some());
    let line = |cells: [String; 7]| {
        let kept = cells.into_iter().enumerate().filter(|(column, _)| drift || *column != 5);
        kept.map(|(_, cell)| cell).collect::<Vec<_>>()
    };
    let headings = ["ACCOUNT", "DAYS LEFT", "EXPIRES", "WINDOW", "LAST RUN", "DRIFT", "NEXT"];
    let mut lines = vec![line(headings.map(str::to_owned))];
    for row in rows {
        let none = || "—".to_owned();
        let window = row.opens.zip(row.last_renewable).map(|(opens, last)| format!("{opens} – {last}"));
        let last = row.last_run.as_ref().map(|run| format!("{} {}", run.verdict, local(run.started)));
        lines.push(line([
            row.account.clone(),
            row.days_left.map_or_else(none, |left| left.to_string()),
            row.expires.map_or_else(none, |expires| expires.to_string()),
            window.unwrap_or_else(none),
            last.unwrap_or_else(none),
            row.drift.as_ref().map_or_else(none, Debt::shown),
            row.next.clone(),
        ]));
    }
    let wide = |cell: &String| unicode_width::UnicodeWidthStr::width(cell.as_str());
    let width = |column: usize| lines.iter().map(|line| wide(&line[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let padded = line.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - wide(cell))));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Row, table};

    fn row(account: &str, drift: &[u32]) -> Row {
        Row {
            account: account.into(),
            flow: "f.toml".into(),
            days_left: Some(30),
            expires: Some(date(2026, 12, 31)),
            opens: None,
            due: None,
            last_renewable: None,
            last_run: None,
            drift: super::debt::played(drift),
            standing: "clear",
            next: "renews from 2026-12-01".into(),
        }
    }

    #[test]
    fn the_column_of_the_drift_stands_only_where_a_run_can_tell() {
        let without = "ACCOUNT  DAYS LEFT  EXPIRES     WINDOW  LAST RUN  NEXT\n\
                       rossi    30         2026-12-31  —       —         renews from 2026-12-01\n";
        assert_eq!(table(&[row("rossi", &[])]), without);
        let with = "ACCOUNT  DAYS LEFT  EXPIRES     WINDOW  LAST RUN  DRIFT                 NEXT\n\
                    rossi    30         2026-12-31  —       —         2 ↑ since 2026-11-18  renews from 2026-12-01\n\
                    bianchi  30         2026-12-31  —       —         —                     renews from 2026-12-01\n\
                    verdi    30         2026-12-31  —       —         0                     renews from 2026-12-01\n";
        assert_eq!(table(&[row("rossi", &[2, 0]), row("bianchi", &[]), row("verdi", &[0])]), with);
    }
}

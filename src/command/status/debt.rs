//! The drift debt of an account's flow: how much of the portal no longer fits, since when, and where it tends. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::store::state::PastRun;

/// The trend is that of so many runs: a week of nights.
const LATELY: usize = 7;

/// How much no longer fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Debt {
    /// So many steps and pages, in the run that tells.
    pub now: u32,
    /// In the run before it.
    before: Option<u32>,
    /// The first of the unbroken row of runs that saw any.
    since: Option<Timestamp>,
    trend: Trend,
    /// The folder of the run that tells.
    pub folder: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    Rising,
    Falling,
    Steady,
}

impl Trend {
    fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Steady => "steady",
        }
    }
}

impl Debt {
    /// The debt that the runs of one account and flow tell of, the newest first. A task that sees fewer pages cannot take back
    /// what the renewal saw: of the last run and the renewal's last the one counts that saw more. Nothing: no run can tell.
    pub(super) fn of(runs: &[PastRun], renews: Option<&str>) -> Option<Self> {
        let tells: Vec<(&PastRun, u32)> = runs.iter().filter_map(|run| Some((run, run.drift?))).collect();
        let last = tells.first().copied();
        let renewal = tells.iter().copied().find(|(run, _)| Some(run.task.as_str()) == renews);
        let task = &renewal.into_iter().chain(last).max_by_key(|(_, debt)| *debt)?.0.task;
        let row: Vec<(&PastRun, u32)> = tells.into_iter().filter(|(run, _)| run.task == *task).collect();
        let &(run, now) = row.first()?;
        let other = row.iter().take(LATELY).map(|(_, debt)| *debt).find(|debt| *debt != now);
        Some(Self {
            now,
            before: row.get(1).map(|(_, debt)| *debt),
            since: row.iter().take_while(|(_, debt)| *debt > 0).last().map(|(run, _)| run.started),
            trend: match other {
                Some(other) if other < now => Trend::Rising,
                Some(_) => Trend::Falling,
                None => Trend::Steady,
            },
            folder: run.folder.clone(),
        })
    }

    /// As people read it: `2 ↑ since 2026-11-03`.
    pub(super) fn shown(&self) -> String {
        let Some(since) = self.since else { return self.now.to_string() };
        let arrow = match self.trend {
            Trend::Rising => " ↑",
            Trend::Falling => " ↓",
            Trend::Steady => "",
        };
        format!("{}{arrow} since {}", self.now, since.to_zoned(TimeZone::system()).date())
    }

    pub(super) fn as_json(&self) -> Value {
        let Self { now, before, since, trend, folder } = self;
        json!({ "now": now, "before": before, "since": since, "trend": trend.name(), "run": folder })
    }
}

/// What runs of the last days would tell, the newest first.
#[cfg(test)]
pub(super) fn played(debts: &[u32]) -> Option<Debt> {
    let runs: Vec<_> = debts.iter().map(|debt| ("renew", Some(*debt))).collect();
    Debt::of(&tests::runs(&runs), Some("renew"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::Debt;
    use crate::exit::Verdict;
    use crate::store::state::PastRun;

    /// Runs of so many days ago, the newest first.
    pub(super) fn runs(rows: &[(&str, Option<u32>)]) -> Vec<PastRun> {
        let run = |(ago, (task, drift)): (i64, &(&str, Option<u32>))| PastRun {
            account: "a".into(),
            flow: "f".into(),
            task: (*task).into(),
            verdict: Verdict::Changed,
            started: Timestamp::from_second(1_795_003_200 - ago * 86_400).expect("a time"),
            took_ms: 1,
            folder: format!("runs/{ago}"),
            not_before: None,
            rehearsal: true,
            drift: *drift,
        };
        (0..).zip(rows).map(run).collect()
    }

    fn shown(rows: &[(&str, Option<u32>)]) -> Option<String> {
        Some(Debt::of(&runs(rows), Some("renew"))?.shown())
    }

    #[test]
    fn a_debt_is_told_with_the_day_since_which_it_is_there() {
        let of = |debts: &[Option<u32>]| shown(&debts.iter().map(|debt| ("renew", *debt)).collect::<Vec<_>>());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[None, None]), None);
        assert_eq!(of(&[Some(0), Some(3)]).as_deref(), Some("0"));
        assert_eq!(of(&[Some(2)]).as_deref(), Some("2 since 2026-11-18"));
        assert_eq!(of(&[Some(2), Some(0), Some(1)]).as_deref(), Some("2 ↑ since 2026-11-18"));
        // A run that could not tell breaks no row.
        assert_eq!(of(&[None, Some(2), None, Some(3), Some(0)]).as_deref(), Some("2 ↓ since 2026-11-15"));
        // After a week it is no news any more.
        let mut week = vec![Some(2); 7];
        week.push(Some(1));
        assert_eq!(of(&week).as_deref(), Some("2 since 2026-11-11"));
    }

    #[test]
    fn a_task_that_sees_less_takes_back_nothing() {
        assert_eq!(shown(&[("status", Some(0)), ("renew", Some(2))]).as_deref(), Some("2 since 2026-11-17"));
        assert_eq!(shown(&[("renew", Some(0)), ("status", Some(2))]).as_deref(), Some("0"));
        assert_eq!(shown(&[("status", Some(1)), ("renew", Some(0))]).as_deref(), Some("1 since 2026-11-18"));
    }

    #[test]
    fn a_program_reads_the_same() {
        let debt = Debt::of(&runs(&[("renew", Some(2)), ("renew", Some(1)), ("renew", Some(0))]), Some("renew"));
        let expected =
            json!({ "now": 2, "before": 1, "since": "2026-11-17T12:00:00Z", "trend": "rising", "run": "runs/0" });
        assert_eq!(debt.map(|debt| debt.as_json()), Some(expected));
    }
}

//! When to act: by date, and not too soon after the last attempt (faults.md §2.1, §2.6). Pure.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::exit::Verdict;
use crate::store::past::Reading;
use crate::store::state::PastRun;

/// The days that decide, of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The day of expiry.
    pub expires: Date,
    /// From this day on a renewal is due.
    pub due: Date,
    /// The portal renews from this day on.
    pub opens: Date,
    /// The last renewable day.
    pub last: Date,
}

impl Days {
    /// The days of a certificate that expires on `expires`: due `before` it, renewable from `opens` to `closes` before it.
    #[must_use]
    pub fn of(expires: Date, opens: Span, before: Span, closes: Span) -> Self {
        let less = |span: Span| expires.checked_sub(span).unwrap_or(Date::MIN);
        Self { expires, due: less(before), opens: less(opens), last: less(closes) }
    }

    /// Days from `today` to the last renewable day; negative once it has passed.
    #[must_use]
    pub fn left(&self, today: Date) -> i32 {
        today.until(self.last).map_or(0, |span| span.get_days())
    }
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Act: it is due, or nobody knows when it is.
    Now,
    /// Not before this day.
    On(Date),
    /// It is due, but the last attempt failed too short a time ago: not before this time.
    After(Timestamp, Verdict),
}

/// The shortest wait after a failed attempt; it doubles with each further one.
const FIRST: SignedDuration = SignedDuration::from_mins(15);

/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// The longest wait in the last days.
const LONGEST_LATE: SignedDuration = SignedDuration::from_hours(1);

/// The last days, in which waits are short.
const LATE: i32 = 3;

/// Decides by the expiry that was read last, where one was, and by the account's runs, the newest first. `interval` is the
/// shortest time between two attempts.
#[must_use]
pub fn due(days: Option<Days>, today: Date, runs: &[PastRun], interval: SignedDuration, now: Timestamp) -> Due {
    if let Some(days) = days.filter(|days| today < days.due) {
        return Due::On(days.due);
    }
    let late = days.is_some_and(|days| days.left(today) <= LATE);
    match wait(runs, interval, late) {
        Some((until, verdict)) if now < until => Due::After(until, verdict),
        _ => Due::Now,
    }
}

/// Until when the last attempt makes the next one wait.
fn wait(runs: &[PastRun], interval: SignedDuration, late: bool) -> Option<(Timestamp, Verdict)> {
    let last = runs.first()?;
    let failed = |run: &&PastRun| run.verdict.exit_code() != 0 && run.verdict != Verdict::HalfDone;
    let failures = runs.iter().take_while(failed).count();
    let doubled = FIRST.checked_mul(1 << failures.saturating_sub(1).min(10)).unwrap_or(LONGEST);
    let longest = if late { LONGEST_LATE } else { LONGEST };
    let length = if failures == 0 { interval } else { doubled.min(longest).max(interval.min(longest)) };
    // Accounts that failed together do not come back together.
    let spread = last.started.subsec_nanosecond() / 1000 % 256;
    let length = if failures == 0 { length } else { length + length * spread / 1024 };
    let until = last.started.checked_add(length).ok()?;
    // The portal's own wish counts beyond ours.
    Some((last.not_before.map_or(until, |asked| asked.max(until)), last.verdict))
}

/// The expiry that was read last.
#[must_use]
pub fn known(readings: &[Reading]) -> Option<Date> {
    readings.last().map(|reading| reading.expiry)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::{SignedDuration, Timestamp, ToSpan as _};

    use super::{Days, Due, due};
    use crate::exit::Verdict;
    use crate::store::state::PastRun;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minutes * 60).expect("a time")
    }

    fn ran(minutes: i64, verdict: Verdict) -> PastRun {
        PastRun {
            account: "a".into(),
            flow: "f".into(),
            task: "renew".into(),
            verdict,
            started: at(minutes),
            took_ms: 1,
            folder: String::new(),
            not_before: None,
        }
    }

    fn days() -> Days {
        Days::of(date(2026, 12, 31), 90.days(), 30.days(), 1.day())
    }

    fn decided(today: Date, runs: &[PastRun], now: i64) -> Due {
        due(Some(days()), today, runs, SignedDuration::from_mins(10), at(now))
    }

    #[test]
    fn the_day_decides_first() {
        assert_eq!(decided(date(2026, 11, 30), &[], 0), Due::On(date(2026, 12, 1)));
        assert_eq!(decided(date(2026, 12, 1), &[], 0), Due::Now);
        assert_eq!(due(None, date(2026, 1, 1), &[], HOUR, at(0)), Due::Now);
        assert_eq!(days().left(date(2026, 12, 23)), 7);
        assert_eq!(days().left(date(2026, 12, 31)), -1);
    }

    #[test]
    fn failures_double_the_wait_and_the_last_days_shorten_it() {
        let today = date(2026, 12, 10);
        let failures = |count: i64| -> Vec<PastRun> { (0..count).map(|_| ran(0, Verdict::Unavailable)).collect() };
        for (count, minutes) in [(1, 15), (2, 30), (3, 60), (8, 24 * 60), (40, 24 * 60)] {
            let runs = failures(count);
            assert_eq!(decided(today, &runs, minutes - 1), Due::After(at(minutes), Verdict::Unavailable), "{count}");
            assert_eq!(decided(today, &runs, minutes), Due::Now, "{count}");
        }
        assert_eq!(decided(date(2026, 12, 28), &failures(40), 60), Due::Now);
        let after_success = [ran(0, Verdict::Done), ran(-5, Verdict::Failed)];
        assert_eq!(decided(today, &after_success, 9), Due::After(at(10), Verdict::Done));
        assert_eq!(decided(today, &[ran(0, Verdict::HalfDone)], 10), Due::Now);
    }

    #[test]
    fn the_portals_own_wish_counts_beyond_ours() {
        let mut run = ran(0, Verdict::Unavailable);
        run.not_before = Some(at(120));
        assert_eq!(decided(date(2026, 12, 28), &[run], 119), Due::After(at(120), Verdict::Unavailable));
    }
}

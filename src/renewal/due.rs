//! When to act: by date, and not too soon after the last attempt (faults.md §2.1, §2.6). Pure.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::exit::Verdict;
use crate::store::past::{How, Past};
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
    /// The days of a certificate that expires on `expires`: due `before` it, renewable from `opens` to `closes` before it. It
    /// is not due while the portal does not renew it.
    #[must_use]
    pub fn of(expires: Date, opens: Span, before: Span, closes: Span) -> Self {
        let less = |span: Span| expires.checked_sub(span).unwrap_or(Date::MIN);
        let (opens, last) = (less(opens), less(closes));
        Self { expires, due: less(before).max(opens).min(last), opens, last }
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

/// Decides by the expiry, where it is known, and by the account's runs, the newest first. `interval` is the
/// shortest time between two attempts.
#[must_use]
pub fn due(days: Option<Days>, today: Date, runs: &[PastRun], interval: SignedDuration, now: Timestamp) -> Due {
    if let Some(days) = days.filter(|days| today < days.due) {
        return Due::On(days.due);
    }
    match wait(days, today, runs, interval, now) {
        Some((until, verdict)) => Due::After(until, verdict),
        None => Due::Now,
    }
}

/// Until when the last of these runs makes the next one wait, and how it ended; nothing: no longer, or there was none.
#[must_use]
pub fn wait(
    days: Option<Days>,
    today: Date,
    runs: &[PastRun],
    interval: SignedDuration,
    now: Timestamp,
) -> Option<(Timestamp, Verdict)> {
    // A run of the future was written while the clock was ahead.
    let last = runs.first().filter(|last| last.started <= now)?;
    let late = days.is_some_and(|days| (0..=LATE).contains(&days.left(today)));
    let failed = |run: &&PastRun| run.verdict.exit_code() != 0 && run.verdict != Verdict::HalfDone;
    let failures = runs.iter().take_while(failed).count();
    let doubled = FIRST.checked_mul(1 << failures.saturating_sub(1).min(10)).unwrap_or(LONGEST);
    let longest = if late { LONGEST_LATE } else { LONGEST };
    let length = if failures == 0 { interval } else { doubled.min(longest).max(interval.min(longest)) };
    // Accounts that failed together do not come back together.
    let spread = last.started.subsec_nanosecond() / 1000 % 256;
    let length = if failures == 0 { length } else { (length + length * spread / 1024).min(longest.max(interval)) };
    let until = last.started.checked_add(length).ok()?;
    // The portal's own wish counts beyond ours, but for the last days.
    let until = last.not_before.filter(|_| !late).map_or(until, |asked| asked.max(until));
    (now < until).then_some((until, last.verdict))
}

/// The expiry, as far as it is known: as it was read last, or as it was before a commit of which no later reading tells.
#[must_use]
pub fn known(past: &Past) -> Option<Date> {
    let before = || {
        let last = past.intents.last().filter(|last| !last.is_forgotten())?;
        let moved = matches!(
            last.outcome.map(|outcome| outcome.how),
            Some(How::Renewed | How::Proved | How::Person { took_place: true })
        );
        (!moved).then_some(last.key.old_expiry)
    };
    past.readings.last().map(|reading| reading.expiry).or_else(before)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::{SignedDuration, Timestamp, ToSpan as _};

    use super::{Days, Due, due, known};
    use crate::exit::Verdict;
    use crate::store::past::{How, Intent, Key, Outcome, Past, Reading};
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
            rehearsal: false,
            drift: None,
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
        let runs = [run];
        assert_eq!(decided(date(2026, 12, 10), &runs, 119), Due::After(at(120), Verdict::Unavailable));
        // In the last three days nothing waits longer than an hour (faults.md §2.6).
        assert_eq!(decided(date(2026, 12, 28), &runs, 15), Due::Now);
    }

    #[test]
    fn a_wait_never_passes_its_longest() {
        let mut run = ran(0, Verdict::Unavailable);
        run.started += SignedDuration::from_micros(255);
        let runs = vec![run; 40];
        for (today, hours) in [(date(2026, 12, 10), 24), (date(2026, 12, 28), 1)] {
            let Due::After(until, _) = decided(today, &runs, 1) else { panic!("no wait") };
            assert_eq!(until, runs[0].started + SignedDuration::from_hours(hours));
        }
        // Once it has expired nobody is in a hurry.
        assert!(matches!(decided(date(2027, 3, 1), &runs, 60), Due::After(..)));
    }

    #[test]
    fn a_run_of_the_future_makes_nothing_wait() {
        assert_eq!(decided(date(2026, 12, 10), &[ran(60 * 24 * 365, Verdict::Failed)], 0), Due::Now);
    }

    #[test]
    fn an_accounts_own_days_stay_within_the_portals() {
        let (early, late) = (Days::of(date(2026, 12, 31), 90.days(), 100.days(), 1.day()), date(2026, 12, 30));
        assert_eq!(early.due, early.opens);
        assert_eq!(Days::of(date(2026, 12, 31), 90.days(), jiff::Span::new(), 1.day()).due, late);
    }

    #[test]
    fn the_expiry_is_known_from_the_last_reading_or_from_before_an_open_commit() {
        let key = Key {
            flow: "f".into(),
            account: "a".into(),
            certificate: None,
            old_expiry: date(2026, 12, 1),
            step: "sign".into(),
        };
        let intent = |how: Option<How>| Intent {
            id: 1,
            key: key.clone(),
            task: "renew".into(),
            commit: "sent".into(),
            ahead: 0,
            follows: false,
            run: "run".into(),
            at: at(0),
            outcome: how.map(|how| Outcome { how, at: at(1) }),
        };
        let past = |how, readings| Past { lost: None, intents: vec![intent(how)], readings };
        let reading = Reading { at: at(2), expiry: date(2028, 12, 1), certificate: None, half_done: None };
        assert_eq!(known(&Past::default()), None);
        assert_eq!(known(&past(None, vec![])), Some(date(2026, 12, 1)));
        assert_eq!(known(&past(Some(How::Seen), vec![])), Some(date(2026, 12, 1)));
        assert_eq!(known(&past(Some(How::Person { took_place: true }), vec![])), None);
        assert_eq!(known(&past(None, vec![reading])), Some(date(2028, 12, 1)));
    }
}

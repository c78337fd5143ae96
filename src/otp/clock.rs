//! How far this machine's clock is from the portal's. A code computed by a wrong clock is a wrong code, and portals lock
//! after a few of those.
//!
//! A `Date` header tells whole seconds, so one answer bounds the difference from both sides: the portal made it after the
//! question was sent and before the answer was there. Several answers together bound it closer (faults.md §3.1).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use super::code::CodeError;

/// More than this is told.
const TOLD_MS: u64 = 5_000;
/// More than this and no code is computed.
const REFUSED_MS: u64 = 20_000;
/// A clock that moves this far beside the passing of time was set.
const STEP_MS: u64 = 2_000;

/// One moment, by the clock that can be set and by the one that cannot.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Milliseconds since 1970; before that, 0.
    wall: u64,
    steady: Instant,
}

impl Moment {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall: millis(since), steady: Instant::now() }
    }

    /// What the wall clock would show at `later`, had nobody set it since.
    fn at(self, later: Instant) -> u64 {
        self.wall.saturating_add(millis(later.saturating_duration_since(self.steady)))
    }

    /// Whether the wall clock was set between this moment and `later`.
    fn was_set(self, later: Self) -> bool {
        self.at(later.steady).abs_diff(later.wall) > STEP_MS
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// How far this clock is ahead of the portal's: more than `low`, less than `high` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    low: i64,
    high: i64,
}

impl Skew {
    /// What an answer tells that was asked for at `before`, had come at `after` and is dated `date`. `None`: the clock was
    /// set meanwhile.
    #[must_use]
    pub fn between(before: Moment, date: Timestamp, after: Moment) -> Option<Self> {
        let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let date = date.as_second().saturating_mul(1000);
        let low = signed(before.wall).saturating_sub(date).saturating_sub(1000);
        (!before.was_set(after)).then(|| Self { low, high: signed(after.wall).saturating_sub(date) })
    }

    /// Both bounds together; where they contradict each other, the later one.
    #[must_use]
    pub fn and(self, later: Self) -> Self {
        let both = Self { low: self.low.max(later.low), high: self.high.min(later.high) };
        if both.low <= both.high { both } else { later }
    }

    /// Whether asking again could tell more.
    #[must_use]
    pub fn is_close(self) -> bool {
        self.high.saturating_sub(self.low) < 500
    }

    /// The difference is at least this, in either direction.
    fn least(self) -> u64 {
        if self.low <= 0 && self.high >= 0 { 0 } else { self.low.unsigned_abs().min(self.high.unsigned_abs()) }
    }

    fn middle(self) -> i64 {
        self.low.saturating_add(self.high.saturating_sub(self.low) / 2)
    }

    /// Five seconds slow, an hour fast.
    fn shown(self) -> String {
        let ms = self.middle();
        let seconds = (ms.unsigned_abs() + 500) / 1000;
        let length = match seconds {
            0..120 => format!("{seconds} s"),
            120..7200 => format!("{} min", seconds / 60),
            7200..172_800 => format!("{} h", seconds / 3600),
            _ => format!("{} days", seconds / 86_400),
        };
        format!("{length} {}", if ms < 0 { "slow" } else { "fast" })
    }
}

/// The time by which codes are computed.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The portal's time is used, however far it is from this machine's.
    pub(super) trusts_portal: bool,
    /// What was learnt, and when.
    known: Option<(Moment, Option<Skew>)>,
}

impl Clock {
    /// Whether the portal must be asked: never yet, or the clock was set since.
    pub(super) fn is_unsure(&self) -> bool {
        self.known.is_none_or(|(then, _)| then.was_set(Moment::now()))
    }

    /// Learns what the portal's answers told; `None`: it tells no date. Gives what the person should be told.
    pub(super) fn learn(&mut self, skew: Option<Skew>) -> Result<Option<String>, CodeError> {
        self.known = Some((Moment::now(), skew));
        let Some(skew) = skew else {
            let why = "the portal does not tell its time, so this machine's clock could not be compared with it";
            return Ok(self.trusts_portal.then(|| format!("{why}; codes are computed by this machine's clock")));
        };
        let shown = skew.shown();
        match skew.least() {
            0..=TOLD_MS => Ok(None),
            _ if self.trusts_portal => Ok(Some(format!(
                "by the portal's time this machine's clock is {shown}; codes are computed by the portal's"
            ))),
            least if least <= REFUSED_MS => {
                Ok(Some(format!("by the portal's time this machine's clock is {shown}; set it (`timedatectl`)")))
            }
            _ => Err(CodeError::Clock { shown }),
        }
    }

    /// Milliseconds since 1970, by the portal's clock where that is trusted and known.
    pub(super) fn now(&self) -> u64 {
        match self.known {
            Some((then, Some(skew))) if self.trusts_portal => {
                // Counted on from then: setting this machine's clock meanwhile changes nothing.
                then.at(Instant::now()).saturating_add_signed(skew.middle().saturating_neg())
            }
            _ => Moment::now().wall,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use jiff::Timestamp;
    use proptest::prelude::{prop_assert, proptest};

    use super::{Clock, Moment, Skew};

    const NOON: i64 = 1_772_438_400_000;

    fn skew(ahead: i64, asked: i64, took: u64, answered: u64) -> Option<Skew> {
        // The portal's clock shows `asked`; ours is `ahead` of it; the answer is dated after `answered` of `took`.
        let steady = Instant::now();
        let wall = u64::try_from(asked + ahead).ok()?;
        let before = Moment { wall, steady };
        let after = Moment { wall: wall + took, steady: steady + Duration::from_millis(took) };
        let dated = asked + i64::try_from(answered.min(took)).ok()?;
        Skew::between(before, Timestamp::from_second(dated.div_euclid(1000)).ok()?, after)
    }

    proptest! {
        #[test]
        fn the_true_difference_is_always_within_the_bounds(
            ahead in -100_000_i64..100_000, parts in proptest::collection::vec((0_i64..5000, 0_u64..3000, 0_u64..3000), 1..5)
        ) {
            let skews = parts.iter().filter_map(|&(later, took, answered)| skew(ahead, NOON + later, took, answered));
            let all = skews.reduce(Skew::and).expect("a bound");
            prop_assert!(all.low <= ahead && ahead <= all.high, "{all:?}");
            prop_assert!(all.least() <= ahead.unsigned_abs());
        }
    }

    #[test]
    fn several_answers_bound_it_closer_than_one() {
        let one = skew(0, NOON + 900, 20, 10).expect("a bound");
        let two = one.and(skew(0, NOON + 1050, 20, 10).expect("a bound"));
        assert!(!one.is_close() && two.is_close(), "{one:?} {two:?}");
    }

    #[test]
    fn a_clock_that_is_set_while_the_portal_is_asked_tells_nothing() {
        let steady = Instant::now();
        let before = Moment { wall: 1_772_438_400_000, steady };
        let after = Moment { wall: 1_772_442_000_000, steady };
        assert_eq!(Skew::between(before, Timestamp::UNIX_EPOCH, after), None);
        assert!(!before.was_set(before) && before.was_set(after) && after.was_set(before));
    }

    fn told(ahead_s: i64, trusts_portal: bool) -> Result<Option<String>, String> {
        let mut clock = Clock { trusts_portal, known: None };
        assert!(clock.is_unsure());
        let ahead = ahead_s * 1000;
        let told = clock.learn(Some(Skew { low: ahead - 500, high: ahead + 500 }));
        assert!(!clock.is_unsure());
        told.map_err(|error| error.to_string())
    }

    #[test]
    fn a_small_difference_is_nothing_a_larger_one_is_told_and_a_large_one_refused() {
        assert_eq!([told(0, false), told(5, false), told(-5, false)], [Ok(None), Ok(None), Ok(None)]);
        let warned = told(10, false).expect("allowed").expect("told");
        assert!(warned.contains("clock is 10 s fast") && warned.contains("timedatectl"), "{warned}");
        let warned = told(-20, false).expect("allowed").expect("told");
        assert!(warned.contains("20 s slow"), "{warned}");
        for (ahead, shown) in [(40, "40 s fast"), (-40, "40 s slow"), (3600, "60 min fast"), (-1_772_438_400, "slow")] {
            let refused = told(ahead, false).expect_err("refused");
            assert!(refused.contains(shown) && refused.contains("--trust-portal-clock"), "{refused}");
            let told = told(ahead, true).expect("trusted").expect("told");
            assert!(told.contains(shown) && told.contains("the portal's"), "{told}");
        }
    }

    #[test]
    fn the_portal_s_time_is_used_where_it_is_trusted() {
        let hour = 3_600_000;
        for ahead in [hour, -hour, i64::MAX, i64::MIN] {
            let mut clock = Clock { trusts_portal: true, known: None };
            clock.learn(Some(Skew { low: ahead, high: ahead })).expect("trusted");
            let portal = clock.now();
            let expected = Moment::now().wall.saturating_add_signed(ahead.saturating_neg());
            assert!(portal.abs_diff(expected) < 1000, "{ahead}: {portal}");
        }
        let mut clock = Clock::default();
        clock.learn(Some(Skew { low: 1000, high: 2000 })).expect("close enough");
        assert!(clock.now().abs_diff(Moment::now().wall) < 1000, "a clock that is near is left as it is");
        assert!(Clock { trusts_portal: true, known: None }.learn(None).expect("no date").is_some());
    }
}

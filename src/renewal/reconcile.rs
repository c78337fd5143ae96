//! What the past and the portal's pages allow: pure, so that every course of events can be tried.
//!
//! The rules are those of faults.md §2.2 and §2.3. One is added: before a renewal's last commit the expiry stands still
//! whether or not the commit took place, so there only the portal's word on a half-done renewal decides.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::store::past::{How, Intent, Past, Reading, differ};

/// "Not done" is proved by two readings at least this far apart: a portal may still be at work on what was sent.
pub const APART: SignedDuration = SignedDuration::from_mins(10);

/// How an account stands at a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is open.
    Clear,
    /// A commit may have taken place: only reading is allowed.
    Unknown {
        /// The commit.
        intent: Intent,
        /// It was tried again once before, after "not done" was proved; it is not tried a third time.
        retried: bool,
    },
    /// A commit took place, and the renewal has more: only what comes after it is allowed.
    HalfDone {
        /// The last commit that was intended.
        intent: Intent,
    },
    /// What was done before is not known: only reading is allowed.
    HistoryLost {
        /// When that was found.
        since: Timestamp,
    },
}

/// What the readings decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing was open.
    Clear,
    /// The expiry moved by at least what a renewal gains.
    Done,
    /// The renewal stands half done; it is to be resumed.
    HalfDone,
    /// Not done, as read once; one more reading is needed.
    NotDoneOnce {
        /// Not before this time.
        again: Timestamp,
    },
    /// Nothing that was sent took place, as read twice: one more attempt is allowed. After a lost history: nothing is open.
    NotDoneTwice,
    /// Not known.
    Unknown(Why),
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The portal was not read since, or not where it would say it.
    #[error("the portal has not been read since; `rinnova recover` reads it")]
    Unread,
    /// The expiry changed, but not by what a renewal gains (a certificate issued wrongly; no second try, faults.md §5 F43).
    #[error("the expiry is {0} now, which is no renewal's; a person must look at the portal")]
    Expiry(Date),
    /// Another certificate with the same expiry.
    #[error("the portal shows another certificate with the same expiry; a person must look at it")]
    Certificate,
    /// What the portal says does not go with what it said before.
    #[error("the portal no longer shows what it confirmed before; a person must look at it")]
    Contradiction,
    /// Proved not done for the second time.
    #[error("it was sent twice and took place neither time; a person must look for the cause")]
    Twice,
}

/// How an account stands, by its past.
#[must_use]
pub fn standing(past: &Past) -> Standing {
    let Some(last) = past.intents.last() else {
        return past.lost.map_or(Standing::Clear, |since| Standing::HistoryLost { since });
    };
    let intent = last.clone();
    match last.outcome.map(|outcome| outcome.how) {
        Some(How::Renewed | How::Proved) => Standing::Clear,
        Some(how) if !how.took_place() && last.follows => Standing::HalfDone { intent },
        Some(how) if !how.took_place() => Standing::Clear,
        Some(_) if last.ahead > 0 => Standing::HalfDone { intent },
        // A person's word ends it; a page's does not: only the new date proves a renewal.
        Some(How::Person { .. }) => Standing::Clear,
        Some(_) | None => Standing::Unknown { intent, retried: retried(past, last) },
    }
}

/// What the readings since the last intent decide; `gains` is what a renewal adds to the expiry.
#[must_use]
pub fn decide(standing: &Standing, readings: &[Reading], gains: Span) -> Decision {
    match standing {
        Standing::Clear => Decision::Clear,
        Standing::Unknown { intent, retried } => match of_commit(intent, readings, gains) {
            Decision::NotDoneTwice if *retried => Decision::Unknown(Why::Twice),
            decision => decision,
        },
        Standing::HalfDone { intent } => match readings.last().map(|last| (last.half_done, moved(intent, last, gains)))
        {
            Some((_, Moved::Gained)) => Decision::Done,
            Some((_, Moved::Oddly(why))) => Decision::Unknown(why),
            Some((Some(false), Moved::No)) => Decision::Unknown(Why::Contradiction),
            Some((_, Moved::No)) | None => Decision::HalfDone,
        },
        Standing::HistoryLost { .. } => of_nothing(readings),
    }
}

/// What one reading says of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Says {
    Renewed,
    TookPlace,
    Not,
    Odd(Why),
    Nothing,
}

/// Whether the expiry moved.
enum Moved {
    No,
    Gained,
    Oddly(Why),
}

fn moved(intent: &Intent, reading: &Reading, gains: Span) -> Moved {
    let old = intent.key.old_expiry;
    if old.checked_add(gains).is_ok_and(|least| least > old && reading.expiry >= least) {
        Moved::Gained
    } else if reading.expiry != old {
        Moved::Oddly(Why::Expiry(reading.expiry))
    } else if differ(intent.key.certificate.as_deref(), reading.certificate.as_deref()) {
        Moved::Oddly(Why::Certificate)
    } else {
        Moved::No
    }
}

fn says(intent: &Intent, reading: &Reading, gains: Span) -> Says {
    match moved(intent, reading, gains) {
        Moved::Gained => return Says::Renewed,
        Moved::Oddly(why) => return Says::Odd(why),
        Moved::No => {}
    }
    match (intent.ahead > 0, intent.follows, reading.half_done) {
        (true, false, Some(true)) => Says::TookPlace,
        // The first of several, and the portal knows of none; the last, and the portal still waits for it; the only one.
        (true, false, Some(false)) | (false, true, Some(true)) | (false, false, Some(false) | None) => Says::Not,
        (false, true, Some(false)) | (false, false, Some(true)) => Says::Odd(Why::Contradiction),
        // Not looked for; or one between others, of which "half done" says nothing.
        _ => Says::Nothing,
    }
}

fn of_commit(intent: &Intent, readings: &[Reading], gains: Span) -> Decision {
    let said: Vec<(Timestamp, Says)> = readings
        .iter()
        .map(|reading| (reading.at, says(intent, reading, gains)))
        .filter(|(_, s)| *s != Says::Nothing)
        .collect();
    match said.last() {
        None => return Decision::Unknown(Why::Unread),
        Some((_, Says::Renewed)) => return Decision::Done,
        Some((_, Says::TookPlace)) => return Decision::HalfDone,
        Some((_, Says::Odd(why))) => return Decision::Unknown(why.clone()),
        Some((_, Says::Not | Says::Nothing)) => {}
    }
    if said.iter().any(|(_, says)| *says != Says::Not) {
        return Decision::Unknown(Why::Contradiction);
    }
    let times: Vec<Timestamp> = said.iter().map(|(at, _)| *at).collect();
    twice(&times).unwrap_or(Decision::NotDoneTwice)
}

/// Nothing is remembered: what the portal shows is all there is, once it has shown the same for a while. That holds for
/// "half done" too, since the commit that ends it may just have been sent.
fn of_nothing(readings: &[Reading]) -> Decision {
    let Some(last) = readings.iter().rev().find(|reading| reading.half_done.is_some()) else {
        return Decision::Unknown(Why::Unread);
    };
    let same = |reading: &&Reading| {
        reading.expiry == last.expiry
            && reading.half_done.is_none_or(|half_done| Some(half_done) == last.half_done)
            && !differ(reading.certificate.as_deref(), last.certificate.as_deref())
    };
    let mut times: Vec<Timestamp> = readings
        .iter()
        .rev()
        .take_while(same)
        .filter(|reading| reading.half_done.is_some())
        .map(|reading| reading.at)
        .collect();
    times.reverse();
    if times.is_empty() {
        // What was read last is something else again.
        return Decision::Unknown(Why::Unread);
    }
    let settled = if last.half_done == Some(true) { Decision::HalfDone } else { Decision::NotDoneTwice };
    twice(&times).unwrap_or(settled)
}

/// What is still to be done before the last of these counts as a second reading. A clock that was set back only asks for more.
fn twice(times: &[Timestamp]) -> Option<Decision> {
    let (last, before) = times.split_last()?;
    let first = before.iter().min().unwrap_or(last);
    let again = first.checked_add(APART).unwrap_or(Timestamp::MAX);
    (before.is_empty() || *last < again).then_some(Decision::NotDoneOnce { again })
}

fn retried(past: &Past, last: &Intent) -> bool {
    let still = |intent: &&Intent| intent.outcome.is_some_and(|outcome| outcome.how == How::Still);
    past.intents.iter().filter(still).any(|intent| intent.id != last.id && intent.key.same(&last.key))
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use jiff::civil::{Date, date};
    use jiff::{Timestamp, ToSpan as _};

    use super::{Decision, Standing, Why, decide, standing};
    use crate::store::past::{How, Intent, Key, Outcome, Past, Reading};

    const OLD: Date = date(2026, 12, 1);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minutes * 60).expect("a time")
    }

    fn intent(ahead: u32, follows: bool, how: Option<How>) -> Intent {
        let key = Key {
            flow: "mysign".into(),
            account: "rossi".into(),
            certificate: Some("IUT1".into()),
            old_expiry: OLD,
            step: if follows { "activate" } else { "sign" }.into(),
        };
        let outcome = how.map(|how| Outcome { how, at: at(1) });
        let (task, commit, run) = ("renew".into(), "sent".into(), "run".into());
        Intent { id: 1, key, task, commit, ahead, follows, run, at: at(0), outcome }
    }

    fn read(minutes: i64, half_done: Option<bool>) -> Reading {
        Reading { at: at(minutes), expiry: OLD, certificate: Some("IUT1".into()), half_done }
    }

    fn decided(intent: Intent, readings: &[Reading]) -> Decision {
        let past = Past { lost: None, intents: vec![intent], readings: readings.to_vec() };
        decide(&standing(&past), &past.readings, 2.years())
    }

    #[test]
    fn only_the_new_date_is_done() {
        let renewed = Reading { expiry: date(2028, 12, 1), certificate: Some("IUT2".into()), ..read(5, None) };
        for how in [None, Some(How::Seen)] {
            assert_eq!(decided(intent(0, true, how), from_ref(&renewed)), Decision::Done);
            assert_eq!(decided(intent(0, true, how), &[]), Decision::Unknown(Why::Unread));
        }
        let short = Reading { expiry: date(2026, 12, 31), ..renewed.clone() };
        assert_eq!(decided(intent(0, true, None), from_ref(&short)), Decision::Unknown(Why::Expiry(short.expiry)));
        let twin = Reading { expiry: OLD, ..renewed };
        assert_eq!(decided(intent(0, true, None), &[twin]), Decision::Unknown(Why::Certificate));
    }

    #[test]
    fn not_done_takes_two_readings_ten_minutes_apart() {
        let none = Some(false);
        assert_eq!(decided(intent(1, false, None), &[read(1, none)]), Decision::NotDoneOnce { again: at(11) });
        assert_eq!(
            decided(intent(1, false, None), &[read(1, none), read(10, none)]),
            Decision::NotDoneOnce { again: at(11) }
        );
        assert_eq!(decided(intent(1, false, None), &[read(1, none), read(11, none)]), Decision::NotDoneTwice);
        // Set back in between: the later reading counts from its own time on.
        assert_eq!(
            decided(intent(1, false, None), &[read(90, none), read(11, none)]),
            Decision::NotDoneOnce { again: at(100) }
        );
        assert_eq!(
            decided(intent(1, false, None), &[read(90, none), read(11, none), read(21, none)]),
            Decision::NotDoneTwice
        );
    }

    #[test]
    fn before_the_last_commit_a_date_that_stands_still_proves_nothing() {
        let readings = [read(1, None), read(60, None)];
        assert_eq!(decided(intent(1, false, None), &readings), Decision::Unknown(Why::Unread));
        assert_eq!(decided(intent(1, false, None), &[read(1, Some(true))]), Decision::HalfDone);
        let both = [read(1, Some(true)), read(60, Some(false))];
        assert_eq!(decided(intent(1, false, None), &both), Decision::Unknown(Why::Contradiction));
    }

    #[test]
    fn the_last_commit_is_not_done_while_the_portal_waits_for_it() {
        let waits = [read(1, Some(true)), read(11, Some(true))];
        assert_eq!(decided(intent(0, true, None), &waits), Decision::NotDoneTwice);
        let gone = [read(1, Some(false)), read(11, Some(false))];
        assert_eq!(decided(intent(0, true, None), &gone), Decision::Unknown(Why::Contradiction));
        assert_eq!(decided(intent(0, true, None), &[read(1, None), read(11, None)]), Decision::Unknown(Why::Unread));
        assert!(matches!(
            standing(&Past { intents: vec![intent(0, true, Some(How::Still))], ..Past::default() }),
            Standing::HalfDone { .. }
        ));
    }

    #[test]
    fn a_lost_history_is_not_clear_before_the_portal_was_read_twice() {
        let decided = |readings: &[Reading]| {
            let past = Past { lost: Some(at(0)), intents: Vec::new(), readings: readings.to_vec() };
            decide(&standing(&past), &past.readings, 2.years())
        };
        assert_eq!(decided(&[]), Decision::Unknown(Why::Unread));
        assert_eq!(decided(&[read(1, None), read(11, None)]), Decision::Unknown(Why::Unread));
        assert_eq!(decided(&[read(1, Some(false))]), Decision::NotDoneOnce { again: at(11) });
        assert_eq!(decided(&[read(1, Some(false)), read(11, Some(false))]), Decision::NotDoneTwice);
        assert_eq!(decided(&[read(1, Some(false)), read(11, Some(true))]), Decision::NotDoneOnce { again: at(21) });
        assert_eq!(decided(&[read(1, Some(true)), read(11, Some(true))]), Decision::HalfDone);
    }
}

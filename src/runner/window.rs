//! What an expiry and the portal's own date decide, in the portal's time zone (portals.md §0.5).

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::exit::Verdict;
use crate::flow::model::Renewal;
use crate::runner::ending::{Ending, Halt, of_page_error};
use crate::runner::run::Run;

/// Clocks this far apart are worth a word.
const NEAR: SignedDuration = SignedDuration::from_hours(1);

/// Where the portal's is this far behind, one of them is not set at all (faults.md §5, F21), and what followed from its date
/// would be a silent "not due". Of one that is ahead, "expired" tells.
const FAR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Decides whether a certificate that expires on `expires` may be renewed on `today`. `None`: it may.
///
/// The window opens `opens` before expiry (the portal's own, or what the holder wants instead); the last renewable day is `closes` before it.
#[must_use]
pub fn decide(renewal: &Renewal, opens: Span, expires: Date, today: Date) -> Option<Ending> {
    let opens = expires.checked_sub(opens).unwrap_or(Date::MIN);
    let last = expires.checked_sub(renewal.closes).unwrap_or(Date::MIN);
    if today > expires {
        Some(Ending::new(Verdict::Expired, format!("the certificate expired on {expires}")))
    } else if today > last {
        Some(Ending::new(
            Verdict::TooLate,
            format!("the last renewable day was {last}; the certificate expires on {expires}"),
        ))
    } else if today < opens {
        Some(Ending::new(Verdict::NotDue, format!("the window opens on {opens}; the certificate expires on {expires}")))
    } else {
        None
    }
}

/// After the first reading of the expiry in a task that renews, and before its first commit, decides by date. The date is
/// the portal's own (`Date`); where its pages forbid asking, this machine's.
///
/// # Errors
/// The [`Halt`] that ends the run: expired, too late or not due.
pub async fn first_reading(run: &mut Run<'_>, output: &str) -> Result<(), Halt> {
    let flow = run.flow();
    let Some(renewal) = &flow.renewal else { return Ok(()) };
    let first = run.course.outputs.get(output).is_some_and(|readings| readings.len() == 1);
    let decides = renewal.expires == output && renewal.task == run.task.name && first;
    if !decides || run.course.commits.any_sent() {
        return Ok(());
    }
    let Some(expires) = run.course.last(output).and_then(|text| text.parse::<Date>().ok()) else { return Ok(()) };
    let portal = run.page.portal(true).await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
    let now = portal.date.as_deref().and_then(http_date).unwrap_or_else(|| {
        tracing::warn!("the portal does not tell its date; this machine's clock decides");
        Timestamp::now()
    });
    let behind = Timestamp::now().duration_since(now);
    if behind.abs() > NEAR {
        let (portal, machine) = (shown(now), shown(Timestamp::now()));
        let message = format!("by the portal's clock it is {portal}, by this machine's {machine}");
        if behind > FAR {
            let next = "set this machine's clock; if it is right, wait until the portal has mended its own";
            return Err(Halt::failed(Verdict::Invalid, "clock", message, vec![next.into()]));
        }
        tracing::warn!("{message}; the portal's decides");
    }
    let today = now.to_zoned(flow.timezone.clone()).date();
    run.course.today = Some(today);
    decide(renewal, run.job.before.unwrap_or(renewal.opens), expires, today)
        .map_or(Ok(()), |ending| Err(Halt::Ended(ending)))
}

/// A portal that is not there may say how long (`Retry-After`, RFC 9110 §10.2.3: seconds or a date). Seconds; at most a week,
/// since a slip of the portal's must not end the renewals.
pub(super) async fn retry_after(run: &mut Run<'_>) {
    const WEEK: u64 = 7 * 24 * 60 * 60;
    let Ok(portal) = run.page.portal(true).await else { return };
    let Some(text) = portal.retry_after else { return };
    let now = portal.date.as_deref().and_then(http_date).unwrap_or_else(Timestamp::now);
    let seconds = text.trim().parse::<u64>().ok().or_else(|| {
        let until = http_date(&text)?;
        u64::try_from(until.as_second() - now.as_second()).ok()
    });
    run.course.retry_after = seconds.map(|seconds| seconds.min(WEEK));
}

fn shown(at: Timestamp) -> String {
    at.strftime("%F %H:%MZ").to_string()
}

/// A `Date` header (RFC 9110 §5.6.7).
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::tz::TimeZone;
    use jiff::{Timestamp, ToSpan as _};
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::decide;
    use crate::exit::Verdict;
    use crate::flow::model::Renewal;

    #[test]
    fn a_date_header_is_a_time() {
        assert_eq!(
            super::http_date("Mon, 02 Mar 2026 08:00:00 GMT").map(jiff::Timestamp::as_second),
            Some(1_772_438_400)
        );
        assert_eq!(super::http_date("gestern"), None);
    }

    fn renewal() -> Renewal {
        Renewal {
            task: "renew".into(),
            status: None,
            resume: None,
            rehearse_until: None,
            expires: "expires".into(),
            certificate: None,
            at_rest: None,
            gains: 2.years(),
            opens: 90.days(),
            closes: 1.day(),
            before: 30.days(),
            span: 0..0,
        }
    }

    #[test]
    fn each_edge_of_the_window_is_the_right_day() {
        let renewal = renewal();
        let verdict = |today| decide(&renewal, renewal.opens, date(2026, 5, 31), today).map(|ending| ending.verdict);
        assert_eq!(verdict(date(2026, 3, 1)), Some(Verdict::NotDue));
        assert_eq!(verdict(date(2026, 3, 2)), None);
        assert_eq!(verdict(date(2026, 5, 30)), None);
        assert_eq!(verdict(date(2026, 5, 31)), Some(Verdict::TooLate));
        assert_eq!(verdict(date(2026, 6, 1)), Some(Verdict::Expired));
    }

    proptest! {
        /// Whatever the expiry, to the second, in Rome, through every change of the clocks: the first second of the first day
        /// is in the window and the one before is not, and so at its end.
        #[test]
        fn the_window_opens_and_closes_to_the_second_in_rome(year in 2020_i16..2090, day in 1_i16..=365) {
            let renewal = renewal();
            let rome = TimeZone::get("Europe/Rome").expect("a zone");
            let expires = date(year, 1, 1) + i64::from(day - 1).days();
            let verdict = |at: Timestamp| {
                let today = at.to_zoned(rome.clone()).date();
                decide(&renewal, renewal.opens, expires, today).map(|ending| ending.verdict)
            };
            let midnight = |day: Date| day.to_zoned(rome.clone()).expect("a midnight").timestamp();
            let edges = [
                (expires - 90.days(), Some(Verdict::NotDue), None),
                (expires, None, Some(Verdict::TooLate)),
                (expires + 1.day(), Some(Verdict::TooLate), Some(Verdict::Expired)),
            ];
            for (day, before, from) in edges {
                prop_assert_eq!(verdict(midnight(day) - 1.second()), before);
                prop_assert_eq!(verdict(midnight(day)), from);
            }
        }
    }
}

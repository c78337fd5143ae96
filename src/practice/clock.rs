//! The portals' own time: a clock that may be set and then ticks on, and the dates people read off it.
//!
//! Nothing else in this folder asks the machine what time it is, except to stamp when a message
//! really arrived.

use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// A clock that runs at the pace of the real one, at some distance from it (portals.md §1.3, Time).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    ahead: SignedDuration,
}

impl Clock {
    /// A clock that shows `now` at this moment, or the real time.
    pub(crate) fn showing(now: Option<Timestamp>) -> Self {
        let mut clock = Self::default();
        if let Some(now) = now {
            clock.set(now);
        }
        clock
    }

    /// Sets the clock; it ticks on from there.
    pub(crate) fn set(&mut self, now: Timestamp) {
        self.ahead = now.duration_since(Timestamp::now());
    }

    /// The present moment on the portals.
    pub(crate) fn now(self) -> Timestamp {
        later(Timestamp::now(), self.ahead)
    }

    /// The present day in Rome, which decides every rule about days.
    pub(crate) fn today(self) -> Date {
        in_rome(self.now()).date()
    }
}

/// A moment shifted by a duration; beyond the calendar it stands still.
pub(crate) fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(moment)
}

/// A moment as the clocks of Rome show it.
pub(crate) fn in_rome(moment: Timestamp) -> Zoned {
    moment.to_zoned(rome())
}

/// The zone of both portals.
pub(crate) fn rome() -> TimeZone {
    TimeZone::get("Europe/Rome").expect("the bundled zone database knows Rome")
}

/// A day as the portals write it, `gg/mm/aaaa`.
pub(crate) fn italian(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

/// A moment as HTTP writes it in `Date`.
pub(crate) fn http_date(moment: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}

/// Whole days from one day to another, negative when the second is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::{Clock, days_between, http_date, italian};
    use jiff::{Timestamp, civil::date};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_set_clock_ticks_on() {
        let clock = Clock::showing(Some(at("2026-03-02T08:00:00Z")));
        std::thread::sleep(std::time::Duration::from_millis(5));
        let gone = clock.now().duration_since(at("2026-03-02T08:00:00Z"));
        assert!(gone.as_millis() >= 5 && gone.as_secs() < 5, "{gone:?}");
    }

    #[test]
    fn the_day_is_the_day_in_rome_in_winter_and_in_summer() {
        assert_eq!(Clock::showing(Some(at("2026-01-31T23:30:00Z"))).today(), date(2026, 2, 1));
        assert_eq!(Clock::showing(Some(at("2026-06-30T22:30:00Z"))).today(), date(2026, 7, 1));
    }

    #[test]
    fn days_are_counted_across_the_change_of_hour() {
        assert_eq!(days_between(date(2026, 3, 28), date(2026, 3, 30)), 2);
        assert_eq!(days_between(date(2026, 10, 26), date(2026, 10, 24)), -2);
    }

    #[test]
    fn dates_are_written_as_the_portals_write_them() {
        assert_eq!(italian(date(2027, 3, 1)), "01/03/2027");
        assert_eq!(http_date(at("2026-03-02T08:00:00Z")), "Mon, 02 Mar 2026 08:00:00 GMT");
    }
}

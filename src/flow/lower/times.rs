//! Durations of a run (`30s`), spans of the calendar (`90d`), forms of dates, the time zone.

use std::time::Duration;

use jiff::Span;
use jiff::civil::date;
use jiff::fmt::strtime;
use jiff::tz::{self, TimeZone};

use crate::flow::advice::Advice;
use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::raw::read::At;

/// Nothing in a flow waits longer.
const LONGEST: Duration = Duration::from_secs(3600);

impl Lowering<'_> {
    /// A duration between a millisecond and an hour.
    pub(super) fn duration(&mut self, raw: &At<String>) -> Option<Duration> {
        let duration = duration(&raw.value).filter(|duration| !duration.is_zero() && *duration <= LONGEST);
        if duration.is_none() {
            self.fault(FlowError::BadDuration { text: raw.value.clone() }, raw.span.clone());
        }
        duration
    }

    /// A span of the calendar, at least a day.
    pub(super) fn span(&mut self, raw: &At<String>) -> Option<CalendarSpan> {
        let span = span(&raw.value);
        if span.is_none() {
            self.fault(FlowError::BadSpan { text: raw.value.clone() }, raw.span.clone());
        }
        span
    }

    /// A form that says which day is meant, whatever the day.
    pub(super) fn date_form(&mut self, raw: &At<String>) -> Option<String> {
        let days = [date(2027, 12, 31), date(2030, 1, 2)];
        let good = days.iter().all(|day| {
            strtime::format(&raw.value, *day)
                .and_then(|text| strtime::parse(&raw.value, text))
                .and_then(|read| read.to_date())
                .is_ok_and(|read| read == *day)
        });
        if !good {
            self.fault(FlowError::BadDateForm { text: raw.value.clone() }, raw.span.clone());
        }
        good.then(|| raw.value.clone())
    }

    /// The zone of this name; UTC where none is needed.
    pub(super) fn timezone(&mut self, raw: Option<&At<String>>) -> Option<TimeZone> {
        let Some(raw) = raw else { return Some(TimeZone::UTC) };
        if let Ok(zone) = TimeZone::get(&raw.value) {
            return Some(zone);
        }
        let known: Vec<String> = tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let advice = Advice::on(&raw.value, known.iter().map(String::as_str));
        self.fault(FlowError::Unknown { thing: Thing::TimeZone, name: raw.value.clone(), advice }, raw.span.clone());
        None
    }
}

/// A span with about how many days it has, for comparing.
#[derive(Debug, Clone, Copy)]
pub(super) struct CalendarSpan {
    pub(super) span: Span,
    pub(super) days: i64,
}

/// `200ms`, `30s`, `5m`, `1h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = number_and_unit(text)?;
    let number = u64::from(number);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number * 60)),
        "h" => Some(Duration::from_secs(number * 3600)),
        _ => None,
    }
}

/// `1d`, `6w`, `3mo`, `2y`; a hundred years at most.
fn span(text: &str) -> Option<CalendarSpan> {
    let (number, unit) = number_and_unit(text)?;
    let count = i64::from(number);
    let (span, days) = match unit {
        "d" => (Span::new().try_days(count), count),
        "w" => (Span::new().try_weeks(count), count * 7),
        "mo" => (Span::new().try_months(count), count * 30),
        "y" => (Span::new().try_years(count), count * 365),
        _ => return None,
    };
    (1..=36_500).contains(&days).then_some(CalendarSpan { span: span.ok()?, days })
}

fn number_and_unit(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, span};

    #[test]
    fn reads_durations_and_spans() {
        for (text, milliseconds) in [
            ("200ms", Some(200)),
            ("30s", Some(30_000)),
            ("5m", Some(300_000)),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("99999999999s", None),
        ] {
            assert_eq!(duration(text), milliseconds.map(Duration::from_millis), "{text}");
        }
        for (text, days) in [
            ("90d", Some(90)),
            ("2y", Some(730)),
            ("6w", Some(42)),
            ("3mo", Some(90)),
            ("0d", None),
            ("999y", None),
            ("1m", None),
        ] {
            assert_eq!(span(text).map(|span| span.days), days, "{text}");
        }
    }
}

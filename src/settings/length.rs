//! Lengths of time in settings: `60s`, `8m`, `1h`, `30d`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// A length of time, perhaps none: `0s` says "not at all".
///
/// # Errors
///
/// When it is none.
pub fn length(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "must be a length of time like `60s`, `8m`, `1h` or `30d`";
    let span: Span = text.parse().map_err(|_| WRONG)?;
    // A day here is 24 hours: none of these settings is about a calendar.
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| WRONG)?;
    Duration::try_from(exact).map_err(|_| WRONG)
}

/// A length of time that is not nothing.
pub(super) fn some_length(text: &str) -> Result<Duration, &'static str> {
    length(text)
        .ok()
        .filter(|length| !length.is_zero())
        .ok_or("must be a length of time like `60s`, `8m`, `1h` or `30d`, and not nothing")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{length, some_length};

    #[test]
    fn a_length_has_a_unit() {
        for (text, seconds) in [("60s", 60), ("8m", 480), ("1h", 3600), ("30d", 2_592_000), ("1d 12h", 129_600)] {
            assert_eq!(length(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(length("0s"), Ok(Duration::ZERO));
        for text in ["", "60", "-5m", "1 month", "soon"] {
            assert!(length(text).is_err(), "{text}");
        }
        assert!(some_length("0s").is_err() && some_length("1s").is_ok());
    }
}

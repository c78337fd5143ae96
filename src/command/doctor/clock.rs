//! The clock: one-time codes and renewal windows hang on it.

use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::finding::{Area, Finding, Mend};
use crate::vault;

/// This version did not exist before; a clock that says otherwise was never set.
const EARLIEST: i16 = 2025;

/// A century later nobody runs this.
const LATEST: i16 = 2100;

/// The zone in which the first portals live.
const ZONE: &str = "Europe/Rome";

/// Looks at the clock and the time zones; whether the time is kept right is asked of the system, not of the network.
pub(super) async fn clock(now: Timestamp) -> Vec<Finding> {
    vec![time(now, synchronised().await), zones()]
}

fn time(now: Timestamp, synchronised: Option<bool>) -> Finding {
    let utc = now.to_zoned(TimeZone::UTC);
    let shown = utc.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let mend = || Some(Mend::ByHand("timedatectl set-ntp true".into()));
    if !(EARLIEST..LATEST).contains(&utc.year()) {
        return Finding::missing(Area::Machine, "clock", format!("{shown} cannot be right"), mend());
    }
    match synchronised {
        Some(true) => Finding::ok(Area::Machine, "clock", format!("{shown}, synchronised")),
        Some(false) => {
            let text = format!("{shown}, not synchronised: computed codes may be refused");
            Finding::warning(Area::Machine, "clock", text, mend())
        }
        None => Finding::ok(Area::Machine, "clock", format!("{shown}; whether it is synchronised cannot be told here")),
    }
}

fn zones() -> Finding {
    if let Err(error) = TimeZone::get(ZONE) {
        let mend = Mend::ByHand("apt-get install tzdata".into());
        return Finding::missing(Area::Machine, "time zones", format!("{ZONE} is not known: {error}"), Some(mend));
    }
    match TimeZone::try_system() {
        Ok(zone) => {
            let here = zone.iana_name().unwrap_or("local time").to_owned();
            Finding::ok(Area::Machine, "time zones", format!("{ZONE} is known; here it is {here}"))
        }
        Err(_) => Finding::ok(Area::Machine, "time zones", format!("{ZONE} is known; here it is UTC")),
    }
}

/// What systemd says of the clock; `None` where there is none to ask.
async fn synchronised() -> Option<bool> {
    let asked = tokio::process::Command::from(vault::program("timedatectl"))
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(3), asked).await.ok()?.ok()?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{time, zones};
    use crate::command::doctor::finding::Level;

    #[test]
    fn a_clock_that_was_never_set_is_told() {
        let at = |text: &str, synchronised| time(text.parse().expect("a time"), synchronised).level;
        assert_eq!(at("1970-01-01T00:00:10Z", None), Level::Missing);
        assert_eq!(at("2026-03-02T09:00:00Z", None), Level::Ok);
        assert_eq!(at("2026-03-02T09:00:00Z", Some(false)), Level::Warning);
    }

    #[test]
    fn the_portals_zone_is_built_in() {
        assert_eq!(zones().level, Level::Ok);
    }
}

//! The findings as a table for people and as JSON for programs. Pure: findings in, text out.

use serde_json::{Value, json};

use super::finding::{Area, Finding, Level, complete, ready};
use super::mending::System;
use crate::command::progress::Look;
use crate::report::plain::plain;
use crate::settings::BrowserName;

/// The table, with the command that mends each thing under it, and what it comes to in the last line.
#[must_use]
pub(super) fn table(findings: &[Finding], browsers: &[BrowserName], system: &System, look: Look) -> String {
    let width = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut heading = None;
    for finding in findings {
        if heading != Some(finding.area) {
            text.push_str(&paint(look, "1", finding.area.name()));
            text.push('\n');
            heading = Some(finding.area);
        }
        let what = plain(&finding.what);
        text.push_str(&format!("  {}  {what:width$}  {}\n", mark(look, finding.level), plain(&finding.text)));
        if let Some(mend) = &finding.mend {
            let mend = system.told(mend);
            text.push_str(&format!(
                "           {:width$}  {}\n",
                "",
                paint(look, "36", &format!("mend: {}", plain(&mend)))
            ));
        }
    }
    text.push_str(&last(findings, browsers));
    text.push('\n');
    if look.unicode { text } else { text.replace('…', "...") }
}

/// The findings for programs.
#[must_use]
pub(super) fn data(findings: &[Finding], browsers: &[BrowserName], system: &System) -> Value {
    let list: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({ "area": finding.area.name(), "what": finding.what, "level": finding.level.name(), "text": finding.text,
                "mend": finding.mend.as_ref().map(|mend| system.told(mend)) })
        })
        .collect();
    let complete: Vec<&str> = whole(findings, browsers).map(BrowserName::name).collect();
    json!({ "format": 1, "ready": ready(findings, browsers), "complete": complete, "findings": list })
}

fn whole(findings: &[Finding], browsers: &[BrowserName]) -> impl Iterator<Item = BrowserName> {
    browsers.iter().copied().filter(|&browser| complete(findings, Area::Browser(browser)))
}

fn last(findings: &[Finding], browsers: &[BrowserName]) -> String {
    let names: Vec<&str> = whole(findings, browsers).map(BrowserName::name).collect();
    let mut broken: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.area == Area::Account && finding.level == Level::Missing)
        .map(|finding| finding.what.as_str())
        .collect();
    broken.dedup();
    let accounts =
        if broken.is_empty() { String::new() } else { format!("; not ready: account {}", plain(&broken.join(", "))) };
    if ready(findings, browsers) {
        format!("ready to run with {}{accounts}", names.join(" and "))
    } else {
        format!("not ready to run{accounts}; `rinnova doctor --install` mends what a command can mend")
    }
}

fn mark(look: Look, level: Level) -> String {
    let colour = match level {
        Level::Ok => "32",
        Level::Warning => "33",
        Level::Missing => "31",
    };
    paint(look, colour, &format!("{:7}", level.name()))
}

fn paint(look: Look, code: &str, text: &str) -> String {
    if look.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{data, table};
    use crate::command::doctor::finding::{Area, Finding, Mend};
    use crate::command::doctor::mending::System;
    use crate::command::progress::Look;
    use crate::settings::BrowserName::{Chromium, Firefox};

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok(Area::Browser(Firefox), "firefox", "153.7.0esr"),
            Finding::missing(Area::Browser(Firefox), "geckodriver", "not installed", Some(Mend::Geckodriver)),
            Finding::ok(Area::Browser(Chromium), "chromium", "156"),
            Finding::warning(
                Area::Machine,
                "clock",
                "odd\u{1b}[2J",
                Some(Mend::ByHand("timedatectl set-ntp true".into())),
            ),
        ]
    }

    fn system() -> System {
        System { apt: true, root: true, cargo: true, cache: Some("/cache".into()), ..System::default() }
    }

    #[test]
    fn a_table_in_plain_lines() {
        let look = Look { colour: false, unicode: true };
        assert_eq!(
            table(&findings(), &[Firefox, Chromium], &system(), look),
            "firefox\n\
             \x20 ok       firefox      153.7.0esr\n\
             \x20 missing  geckodriver  not installed\n\
             \x20                       mend: cargo install geckodriver --locked --root /cache/geckodriver\n\
             chromium\n\
             \x20 ok       chromium     156\n\
             machine\n\
             \x20 warning  clock        odd[2J\n\
             \x20                       mend: timedatectl set-ntp true\n\
             ready to run with chromium\n"
        );
    }

    #[test]
    fn what_is_missing_for_the_wanted_browser_is_not_ready() {
        let text = table(&findings()[..2], &[Firefox], &system(), Look::default());
        assert!(
            text.ends_with("not ready to run; `rinnova doctor --install` mends what a command can mend\n"),
            "{text}"
        );
    }

    #[test]
    fn the_same_as_data() {
        let data = data(&findings(), &[Firefox, Chromium], &system());
        assert_eq!(data["ready"], true);
        assert_eq!(data["complete"], serde_json::json!(["chromium"]));
        assert_eq!(data["findings"][1]["level"], "missing");
        assert_eq!(data["findings"][1]["mend"], "cargo install geckodriver --locked --root /cache/geckodriver");
        assert_eq!(data["findings"][0]["mend"], serde_json::Value::Null);
    }
}

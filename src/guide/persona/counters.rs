//! Numbers that count down to something of the holder's: `tra 45 giorni`. How long a code is valid, or before what day one
//! must come, is the portal's rule and stays.

use std::sync::LazyLock;

use regex::Regex;

use crate::guide::persona::found::{Found, in_case};

/// What every counter shows: from the persona's day to the expiry it is so many days.
const SHOWN: &str = "30";

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?P<n>\d{1,4})\s+(?P<u>giorni|giorno|gg|days|day|ore|ora|hours|hour|minuti|minuto|min|minutes|minute|secondi|secondo|sec|seconds|second)\b",
    )
    .expect("a rule of this file")
});

/// The number after its unit: `Giorni rimanenti: 45`.
static REMAINING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:giorni|ore|minuti|secondi|days|hours|minutes|seconds) (?:rimanenti|restanti|mancanti|residui|left|remaining):?\s+(?P<n>\d{1,4})\b",
    )
    .expect("a rule of this file")
});

/// What stands before the time that a rule of the portal's gives.
static RULE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let words = "per|for|di|of|ogni|every|each|entro|within|almeno|least|massimo|most|dopo|after|valid[oaie]?|nei|negli|nelle|dei|degli|\
        delle|gli|le|the|primi|prime|ultimi|ultime|prossimi|prossime|first|last|next|ai|a";
    Regex::new(&format!(r"(?i)\b(?:{words})[ \u{{a0}}]+\z")).expect("a rule of this file")
});

/// What follows it.
static RULE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\A[ \u{a0}]+(?:prima de|prima che|before the|before expiry|dalla|from the)")
        .expect("a rule of this file")
});

/// A unit in the singular, and in the plural.
const PLURALS: [(&str, &str); 8] = [
    ("giorno", "giorni"),
    ("ora", "ore"),
    ("minuto", "minuti"),
    ("secondo", "secondi"),
    ("day", "days"),
    ("hour", "hours"),
    ("minute", "minutes"),
    ("second", "seconds"),
];

/// Adds counters.
pub(super) fn find(found: &mut Found<'_>) {
    let text = found.text;
    for read in COUNTED.captures_iter(text) {
        let (Some(number), Some(unit)) = (read.name("n"), read.name("u")) else { continue };
        let before = found.line_before(number.start());
        let joined =
            before.ends_with(|letter: char| letter.is_alphanumeric() || matches!(letter, '.' | ',' | '/' | ':' | '-'));
        if joined || RULE_BEFORE.is_match(before) || RULE_AFTER.is_match(&text[unit.end()..]) {
            continue;
        }
        if !found.is_free(&(number.start()..unit.end())) {
            continue;
        }
        found.add(number.range(), SHOWN, "counter");
        let said = unit.as_str().to_lowercase();
        if let Some((_, plural)) = PLURALS.iter().find(|(one, _)| *one == said) {
            found.add(unit.range(), &in_case(unit.as_str(), plural), "counter");
        }
    }
    for read in REMAINING.captures_iter(text) {
        if let Some(number) = read.name("n").filter(|number| found.is_free(&number.range())) {
            found.add(number.range(), SHOWN, "counter");
        }
    }
}

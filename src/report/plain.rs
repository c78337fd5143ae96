//! Text of a page made harmless for people's screens.

use std::borrow::Cow;

/// The text without control characters (C0, C1, delete) and without the marks that turn the direction of writing
/// around: an escape sequence could rewrite the terminal, an override could make an address read otherwise
/// (Unicode technical report 36). A line break or tab becomes a space.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let harmless = |c: char| match c {
        '\n' | '\t' | '\r' => Some(' '),
        c if harmful(c) => None,
        c => Some(c),
    };
    Cow::Owned(text.chars().filter_map(harmless).collect())
}

/// The same for text of several lines: line breaks stay.
#[must_use]
pub fn plain_lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// JSON in which nothing steers the terminal that it is shown on: what JSON itself would leave as it is stands as an escape,
/// which means the same (RFC 8259 §7).
#[must_use]
pub fn json(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() && c != '\u{7f}' || !harmful(c) => harmless.push(c),
            // Those are all of the first plane.
            c => harmless.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    harmless
}

fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// How long something took, as people say it.
#[must_use]
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, json, plain, plain_lines};

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        for (text, expected) in [
            ("Città €", "Città €"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "[31mred]0;title"),
            ("a\u{9b}31mb\u{7f}", "a31mb"),
            ("user\u{202e}gnp.exe\u{2066}", "usergnp.exe"),
            ("one\ntwo\tthree", "one two three"),
        ] {
            assert_eq!(plain(text), expected);
        }
        assert_eq!(plain_lines("a\u{1b}\n  b"), "a\n  b");
        let told = serde_json::json!({ "name": "a\u{1b}[2J\u{9b}31m\u{202e}\u{7f}é\n" });
        let shown = json(&format!("{told:#}"));
        assert!(!shown.contains(|c: char| c != '\n' && super::harmful(c)), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), told);
    }

    #[test]
    fn durations_as_people_say_them() {
        assert_eq!(
            [0, 999, 1_250, 59_999, 60_000, 3_725_000].map(duration),
            ["0 ms", "999 ms", "1.2 s", "59.9 s", "1 min 0 s", "62 min 5 s"]
        );
    }
}

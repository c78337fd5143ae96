//! The redactor: finds known secrets in text, in whatever form they come back, and covers them.
//!
//! It is the second line of defence: no secret is handed to a sink in the first place (`Secret` cannot be
//! printed). All occurrences of all forms are found, overlapping ones too, and the stretches they make together
//! are covered; so the order in which secrets are known plays no part, and no tail of a longer one is left over.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::bytes::Regex;
use zeroize::Zeroizing;

use super::encodings::{self, Needle};
use crate::secret::Secret;

/// What stands in place of a secret.
const COVER: &str = "***";

/// Values of fewer characters are not looked for: they would be found everywhere.
pub const SHORTEST: usize = 4;

/// Forms of fewer bytes are not looked for, but for the value itself.
const SHORTEST_FORM: usize = 6;

/// Digits up to this many are a PIN or a code, and found only where no further digit touches them.
const SHORT_NUMBER: usize = 8;

/// Covers known secrets in text. Clones share what they know; secrets can be added at any time.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    values: Vec<Zeroizing<String>>,
    /// Built at the first search after a value was added, which costs milliseconds that nobody waits for then; shared so that
    /// no lock is held while searching.
    search: Option<Arc<Search>>,
}

#[derive(Default)]
struct Search {
    automata: Vec<AhoCorasick>,
    /// Only where no digit touches them.
    numbers: Option<AhoCorasick>,
    /// The characters of a value with separators between them.
    apart: Vec<(Regex, bool)>,
}

impl Redactor {
    /// Covers this value from now on. Returns false, and covers nothing, when it is too short to be told from
    /// ordinary text: the caller warns.
    pub fn add(&self, secret: &Secret) -> bool {
        let value = secret.expose();
        // A value of several lines comes back in pieces wherever lines are read one by one.
        let lines = value.lines().map(str::trim).filter(|line| *line != value);
        let wanted: Vec<_> =
            std::iter::once(value).chain(lines).filter(|text| text.chars().count() >= SHORTEST).collect();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.values.len();
        for text in &wanted {
            if !known.values.iter().any(|value| value.as_str() == *text) {
                known.values.push(Zeroizing::new((*text).to_owned()));
            }
        }
        if known.values.len() > before {
            known.search = None;
        }
        wanted.first().is_some_and(|text| *text == value)
    }

    /// The text with every known secret covered.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = self.search().find(text.as_bytes());
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for range in found {
            // The UTF-16 forms may begin or end inside a character.
            let start = (0..=range.start).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let stop = (range.end..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
            if start >= end {
                out.push_str(&text[end..start]);
                out.push_str(COVER);
            }
            end = stop.max(end);
        }
        out.push_str(&text[end..]);
        Cow::Owned(out)
    }

    /// The bytes with every known secret covered.
    #[must_use]
    pub fn redact_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.search().find(bytes);
        if found.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len());
        let mut end = 0;
        for range in found {
            out.extend_from_slice(&bytes[end..range.start]);
            out.extend_from_slice(COVER.as_bytes());
            end = range.end;
        }
        out.extend_from_slice(&bytes[end..]);
        Cow::Owned(out)
    }

    fn search(&self) -> Arc<Search> {
        if let Some(search) = &self.0.read().unwrap_or_else(PoisonError::into_inner).search {
            return Arc::clone(search);
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Known { values, search } = &mut *known;
        Arc::clone(search.get_or_insert_with(|| Arc::new(Search::of(values))))
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Search {
    fn of(values: &[Zeroizing<String>]) -> Self {
        let (mut readable, mut exact, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        let mut apart = Vec::new();
        for value in values {
            let number = short_number(value);
            for (place, needle) in encodings::readable(value).into_iter().enumerate() {
                let own = place == 0;
                if number && needle.len() == value.len() {
                    numbers.push(needle);
                } else if own || needle.len() >= SHORTEST_FORM {
                    readable.push(needle);
                }
            }
            exact.extend(encodings::exact(value).into_iter().filter(|needle| needle.len() >= SHORTEST_FORM));
            apart.extend(spread(value).map(|regex| (regex, number)));
        }
        let automata = [automaton(&readable, true), automaton(&exact, false)].into_iter().flatten().collect();
        Self { automata, numbers: automaton(&numbers, true), apart }
    }

    /// The stretches to cover, in order, apart from each other.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for automaton in &self.automata {
            found.extend(automaton.find_overlapping_iter(text).map(|found| found.range()));
        }
        if let Some(numbers) = &self.numbers {
            found.extend(
                numbers.find_overlapping_iter(text).map(|found| found.range()).filter(|range| alone(text, range)),
            );
        }
        for (regex, number) in &self.apart {
            found
                .extend(regex.find_iter(text).map(|found| found.range()).filter(|range| !number || alone(text, range)));
        }
        found.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

fn short_number(value: &str) -> bool {
    value.len() <= SHORT_NUMBER && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether no digit stands directly before or after, so that a PIN is not found in the middle of a longer number.
/// The two digits of a percent sign (`%3D19800131`) are no part of a number.
fn alone(text: &[u8], range: &Range<usize>) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    let escape = || range.start.checked_sub(3).and_then(|at| text.get(at)) == Some(&b'%');
    (!digit(range.start.checked_sub(1)) || escape()) && !digit(Some(range.end))
}

/// Finds the characters of a value when something stands between each two of them: keys sent one by one
/// (`"1","9"`), spelled out in a row or a column.
fn spread(value: &str) -> Option<Regex> {
    let characters: Vec<_> = value.chars().map(|c| regex::escape(c.encode_utf8(&mut [0; 4]))).collect();
    // At least one and at most two dozen separators: pretty-printed JSON indents.
    Regex::new(&format!("(?i){}", characters.join(r#"(?-u:[\s"',;:|\x00\[\]{}\\-]{1,24})"#))).ok()
}

fn automaton(needles: &[Needle], fold: bool) -> Option<AhoCorasick> {
    let mut needles: Vec<&[u8]> =
        needles.iter().map(|needle| needle.as_slice()).filter(|needle| !needle.is_empty()).collect();
    needles.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    needles.dedup();
    if needles.is_empty() {
        return None;
    }
    AhoCorasickBuilder::new().match_kind(MatchKind::Standard).ascii_case_insensitive(fold).build(needles).ok()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    use super::Redactor;
    use crate::secret::Secret;

    fn knowing(values: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        for value in values {
            redactor.add(&Secret::new((*value).to_owned()));
        }
        redactor
    }

    #[test]
    fn longer_and_overlapping_values_leave_nothing_over() {
        assert_eq!(knowing(&["segreto", "segreto-lungo"]).redact("x segreto-lungo y"), "x *** y");
        assert_eq!(knowing(&["abcdef", "defghi"]).redact("<abcdefghi>"), "<***>");
    }

    #[test]
    fn a_pin_is_found_alone_but_not_in_a_longer_number() {
        let redactor = knowing(&["19800131"]);
        for (text, expected) in [
            ("pin 19800131.", "pin ***."),
            ("/a?pin=19800131&b=1", "/a?pin=***&b=1"),
            ("/a?b%3D19800131%261", "/a?b%3D***%261"),
            ("pin19800131x", "pin***x"),
            ("n. 7719800131 of 198001310", "n. 7719800131 of 198001310"),
            ("1980-01-31", "1980-01-31"),
            ("[\"1\",\"9\",\"8\",\"0\",\"0\",\"1\",\"3\",\"1\"]", "[\"***\"]"),
            ("1 9 8 0 0 1 3 1", "***"),
            ("1\n9\n8\n0\n0\n1\n3\n1", "***"),
        ] {
            assert_eq!(redactor.redact(text), expected, "{text}");
        }
    }

    #[test]
    fn short_values_are_refused_and_said_so() {
        let redactor = Redactor::default();
        assert!(!redactor.add(&Secret::new("abc".into())));
        assert!(matches!(redactor.redact("abc abc"), Cow::Borrowed(_)));
        assert!(redactor.add(&Secret::new("abcd".into())));
        assert_eq!(redactor.redact("abcd"), "***");
    }

    #[test]
    fn clones_share_what_is_added_later() {
        let first = Redactor::default();
        let second = first.clone();
        first.add(&Secret::new("482913".into()));
        assert_eq!(second.redact("codice 482913"), "codice ***");
    }

    #[test]
    fn a_value_of_several_lines_is_covered_line_by_line() {
        let redactor = knowing(&["first line\nsecond line"]);
        assert_eq!(redactor.redact("x second line y"), "x *** y");
    }

    /// Every encoding, written here by other means than in `encodings` where there are any.
    fn forms(value: &str) -> Vec<(&'static str, String)> {
        let url: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let hex: String = value.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
        let utf16 = |order: fn(u16) -> [u8; 2]| {
            let bytes: Vec<u8> = value.encode_utf16().flat_map(order).collect();
            String::from_utf8(bytes).unwrap_or_default()
        };
        vec![
            ("raw", value.to_owned()),
            ("form", url.clone()),
            ("form, lower case", url.to_lowercase()),
            ("form, spaces as %20", url.replace('+', "%20")),
            ("base64", STANDARD.encode(value)),
            ("base64 at 1", STANDARD.encode(format!("x{value}"))),
            ("base64 at 2", URL_SAFE_NO_PAD.encode(format!("xy{value}"))),
            ("json", serde_json::to_string(value).unwrap_or_default()),
            (
                "json in json",
                serde_json::to_string(&serde_json::to_string(value).unwrap_or_default()).unwrap_or_default(),
            ),
            ("units", value.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat()),
            ("hexadecimal", hex),
            ("utf-16 le", utf16(u16::to_le_bytes)),
            ("utf-16 be", utf16(u16::to_be_bytes)),
            ("reversed", value.chars().rev().collect()),
            (
                "html",
                value
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&quot;")
                    .replace('\'', "&#39;"),
            ),
            ("debug", format!("{value:?}")),
            ("keys", serde_json::to_string(&value.chars().collect::<Vec<_>>()).unwrap_or_default()),
            ("keys, pretty", serde_json::to_string_pretty(&value.chars().collect::<Vec<_>>()).unwrap_or_default()),
        ]
    }

    proptest! {
        #[test]
        fn no_form_survives(value in "[!-~àèìòù€]{1}[ -~àèìòù€]{6,20}[!-~àèìòù€]{1}", before in "[^0-9]{0,8}", after in "[^0-9]{0,8}") {
            let redactor = knowing(&[&value]);
            for (name, form) in forms(&value) {
                let text = format!("{before}\u{1}{form}\u{1}{after}");
                let redacted = redactor.redact(&text);
                // The outermost letters of the Base64 forms belong to the neighbours too, and quotes stay.
                let core = form.trim_matches(|c: char| "\"[]=\\\u{0} \n".contains(c));
                let core = if name.starts_with("base64") { core.get(2..core.len() - 2).unwrap_or(core) } else { core };
                prop_assert!(form.is_empty() || !redacted.contains(core), "{name}: {redacted}");
            }
        }

        #[test]
        fn numbers_are_covered_in_every_form(value in "[0-9]{6,8}") {
            let redactor = knowing(&[&value]);
            for (name, form) in forms(&value) {
                let core = form.trim_matches(|c: char| "\"[]=\\\u{0} \n".contains(c));
                let core = if name.starts_with("base64") { core.get(2..core.len() - 2).unwrap_or(core) } else { core };
                prop_assert!(!redactor.redact(&form).contains(core), "{name}");
            }
        }

        #[test]
        fn nothing_known_means_nothing_changed(text in ".*") {
            prop_assert_eq!(&Redactor::default().redact(&text), &text);
        }

        #[test]
        fn any_text_can_be_redacted(values in prop::collection::vec(".{1,12}", 0..4), text in ".{0,60}") {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let redactor = knowing(&values);
            let redacted = redactor.redact(&text);
            let bytes = redactor.redact_bytes(text.as_bytes());
            prop_assert_eq!(redacted.contains("***") , !redactor.search().find(text.as_bytes()).is_empty() || text.contains("***"));
            prop_assert!(bytes.len() <= text.len() + 3 * text.len());
        }
    }
}

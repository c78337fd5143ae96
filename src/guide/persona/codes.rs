//! Codes and numbers: what the holder is known by.

use std::sync::LazyLock;

use regex::Regex;

use crate::guide::persona::found::Found;

/// Nobody's: there is no municipality of the code Z999.
const FISCAL_CODE: &str = "BNCLCU80A01Z999U";
/// In a domain that is nobody's (RFC 2606).
const MAIL: &str = "luca.bianchi@example.org";
const MASKED_MAIL: &str = "l***@example.org";
const PHONE: &str = "+39 300 555 0142";
const COUNTRY: &str = "39";
const NATIONAL: &str = "3005550142";
const UUID: &str = "00000000-0000-4000-8000-000000000001";

/// The persona's codes.
pub(super) const OWN: [&str; 6] = [FISCAL_CODE, MAIL, MASKED_MAIL, PHONE, "300 555 0142", UUID];

/// A code has so many characters, a number so many digits: fewer are anybody's.
const FEWEST: usize = 6;

/// What is told by its form alone, with what stands there instead. The digits of a fiscal code may be letters (DM 23/12/1976).
static TELLING: LazyLock<[(Regex, &str, &str); 4]> = LazyLock::new(|| {
    let digit = "[0-9LMNP-V]";
    let code = format!(r"(?i)\b[A-Z]{{6}}{digit}{{2}}[A-EHLMPRST]{digit}{{2}}[A-Z]{digit}{{3}}[A-Z]\b");
    [
        (code.as_str(), FISCAL_CODE, "fiscal-code"),
        (r"[\w.+-]*[*•●]+[\w.+*•●-]*@[\w*•●-]+(?:\.[\w*•●-]+)+", MASKED_MAIL, "e-mail"),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", MAIL, "e-mail"),
        (r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", UUID, "code"),
    ]
    .map(|(rule, with, name)| (Regex::new(rule).expect("a rule of this file"), with, name))
});

/// A number with the code of its country; one after what says that it is a telephone's; one with a mask.
static CALLED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+\d(?:[ \u{a0}./()-]{0,2}\d){7,14}").expect("a rule of this file"));
static NATIONAL_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:cell\w*|tel\w*|phone|mobile|sms|al numero)\b[^\n\d]{0,40}(?P<n>\d(?:[ \u{a0}./-]?\d){7,11})\b",
    )
    .expect("a rule of this file")
});
static MASKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\+?\d[\d \u{a0}]{0,8})?[*•●]{2,}(?:[ \u{a0}]?[\d*•●]+)*").expect("a rule of this file")
});

/// Letters and digits mixed.
static MIXED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:[A-Za-z]+\d|\d+[A-Za-z])[A-Za-z0-9]*\b").expect("a rule of this file"));
/// Digits with what joins them.
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+?\d+(?:[ \u{a0}/.,:'’-]{0,2}\d+)*").expect("a rule of this file"));

/// Adds fiscal codes, mail addresses and the like.
pub(super) fn telling(found: &mut Found<'_>) {
    for (rule, with, name) in TELLING.iter() {
        for place in rule.find_iter(found.text).map(|it| it.range()) {
            let capitals = found.text[place.clone()].contains(char::is_uppercase);
            let with = if capitals || *name != "fiscal-code" { (*with).to_owned() } else { with.to_lowercase() };
            found.put(place, &with, name);
        }
    }
}

/// Adds telephone numbers.
pub(super) fn phones(found: &mut Found<'_>) {
    let text = found.text;
    for place in CALLED.find_iter(text).map(|it| it.range()) {
        if found.is_free(&place) {
            found.add(place, PHONE, "phone");
        }
    }
    for place in NATIONAL_NUMBER.captures_iter(text).filter_map(|read| read.name("n").map(|it| it.range())) {
        if found.is_free(&place) {
            found.add(place, &PHONE[4..], "phone");
        }
    }
    for masked in MASKED.find_iter(text) {
        let with = unmasked(masked.as_str());
        let tells = masked.as_str().contains(|letter: char| letter.is_ascii_digit());
        if tells && found.is_free(&masked.range()) {
            found.add(masked.range(), &with, "phone");
        }
    }
}

/// The persona's number behind the same mask: its first digits before it, its last ones after it.
fn unmasked(masked: &str) -> String {
    let is_mask = |letter: char| matches!(letter, '*' | '•' | '●');
    let first = masked.find(is_mask).unwrap_or_default();
    let last = masked.rfind(is_mask).unwrap_or_default();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let abroad = if masked.starts_with('+') { COUNTRY.len().min(digits(&masked[..first])) } else { 0 };
    let mut before = COUNTRY[..abroad].chars().chain(NATIONAL.chars());
    let behind = digits(&masked[last..]);
    let mut after = NATIONAL.chars().skip(NATIONAL.len().saturating_sub(behind));
    let put = |(at, letter): (usize, char)| match letter {
        digit if !digit.is_ascii_digit() => digit,
        _ if at < first => before.next().unwrap_or('0'),
        _ if at > last => after.next().unwrap_or('0'),
        _ => '0',
    };
    masked.char_indices().map(put).collect()
}

/// Adds codes of letters and digits, then long numbers.
pub(super) fn others(found: &mut Found<'_>) {
    let text = found.text;
    for place in MIXED.find_iter(text).map(|it| it.range()).filter(|place| place.len() >= FEWEST) {
        // What an earlier rule has found a part of is one word with it.
        if !(found.covers(place.start) && found.covers(place.end - 1)) {
            found.add(place.clone(), &invented(&text[place]), "code");
        }
    }
    for place in NUMBER.find_iter(text).map(|it| it.range()) {
        for piece in found.free(&place) {
            let said = &text[piece.clone()];
            let start =
                piece.start + said.len() - said.trim_start_matches(|letter: char| !letter.is_ascii_digit()).len();
            let said = text[start..piece.end].trim_end_matches(|letter: char| !letter.is_ascii_digit());
            if said.chars().filter(char::is_ascii_digit).count() >= FEWEST {
                found.add(start..start + said.len(), &invented(said), "number");
            }
        }
    }
}

/// A code or number of the same length: nothing but its length is kept of a code, of a number also what stands between its digits.
pub(super) fn invented(code: &str) -> String {
    let length = code.chars().count();
    if code.contains(char::is_alphabetic) {
        let digits = "0".repeat(length.saturating_sub(3)) + "1";
        let letters = if code.contains(char::is_uppercase) { "AB" } else { "ab" };
        return letters.to_owned() + &digits;
    }
    let last = code.rfind(|letter: char| letter.is_ascii_digit());
    let put = |(at, letter): (usize, char)| match letter {
        digit if digit.is_ascii_digit() => {
            if Some(at) == last {
                '1'
            } else {
                '0'
            }
        }
        other => other,
    };
    code.char_indices().map(put).collect()
}

//! Where in a page's text the holder's own data stand: what a picture must not show when others may see it.
//!
//! By the rules of [`neutral`](crate::drift::neutral), but for what is short and anybody's: a page of which every digit
//! were covered would be no picture of it any more.

use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use crate::drift::neutral::{CODES, GREETED};

/// So many digits may be a date, a telephone number, the number of a certificate; fewer count days or sum up euros.
const FEWEST_DIGITS: usize = 6;

/// A value of fewer characters is too short to be told from a word.
const SHORTEST_VALUE: usize = 3;

/// What may stand in the line after a name and is none: the beginnings of a page's own labels.
const LABELS: [&str; 20] = [
    "cellulare",
    "certificato",
    "codice",
    "data",
    "e-mail",
    "email",
    "esci",
    "indirizzo",
    "iut",
    "logout",
    "luogo",
    "numero",
    "otp",
    "pin",
    "rinnovo",
    "scadenza",
    "stato",
    "telefono",
    "user",
    "utente",
];

/// The byte ranges of the holder's data in a page's text, in order and apart from each other: mail addresses, fiscal codes,
/// numbers of certificates and other codes, telephone and masked numbers, dates, the names after a greeting and after what
/// announces a holder, and these values wherever they stand as whole words.
#[must_use]
pub fn places(text: &str, values: &[String]) -> Vec<Range<usize>> {
    let mut places = codes(text);
    let names = names(text);
    // Who was greeted in one corner is named in another. A single word may be any word of the page.
    let full = names.iter().map(|name| &text[name.clone()]).filter(|name| name.contains(char::is_whitespace));
    let values: Vec<&str> = values.iter().map(String::as_str).chain(full).collect();
    places.extend(whole_words(text, &values));
    places.extend(names);
    merged(places)
}

/// What a rule takes for a code, line by line: the numbers of two lines are no one number.
fn codes(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for (rule, shortest) in CODES.iter() {
            let found = rule.find_iter(line).filter(|found| found.len() >= *shortest && is_personal(found.as_str()));
            places.extend(found.map(|found| start + found.start()..start + found.end()));
        }
        start += line.len();
    }
    places
}

/// A mere number must be long; whatever else a rule finds is a code, a masked number or a day by its month's name.
fn is_personal(found: &str) -> bool {
    let number = !found.contains(|letter: char| letter.is_alphabetic() || matches!(letter, '@' | '*' | '•' | '●'));
    !number || found.chars().filter(|letter| letter.is_numeric()).count() >= FEWEST_DIGITS
}

/// The names after a greeting or an announcement. A name ends with its line at the latest, and before the next label: a page's
/// text often runs on from one line to the next.
#[must_use]
pub fn names(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = GREETED.captures_at(text, from) {
        let (Some(whole), Some(greeting)) = (found.get(0), found.get(1)) else { break };
        let name = &text[greeting.end()..whole.end()];
        let name = without_label(name.lines().next().unwrap_or_default());
        from = greeting.end() + name.len();
        places.push(greeting.end()..from);
    }
    places
}

/// The words before the next label.
#[must_use]
pub fn without_label(name: &str) -> &str {
    let mut kept = 0;
    for word in name.split_inclusive(char::is_whitespace) {
        if LABELS.contains(&word.trim().to_lowercase().as_str()) {
            break;
        }
        kept += word.len();
    }
    name[..kept].trim_end()
}

/// Where these values stand as whole words: as they are, in capitals or in small letters.
#[must_use]
pub fn whole_words(text: &str, values: &[&str]) -> Vec<Range<usize>> {
    let values = values.iter().map(|value| value.trim()).filter(|value| value.chars().count() >= SHORTEST_VALUE);
    let forms: Vec<String> =
        values.flat_map(|value| [value.to_owned(), value.to_uppercase(), value.to_lowercase()]).collect();
    let search =
        AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(forms);
    // It refuses only what has more than four billion states.
    let Ok(search) = search else { return std::iter::once(0..text.len()).collect() };
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = search.find(Input::new(text).span(from..text.len())) {
        let within = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        if within(text[..found.start()].chars().next_back()) || within(text[found.end()..].chars().next()) {
            // Another may begin inside of it.
            from = found.start() + text[found.start()..].chars().next().map_or(1, char::len_utf8);
        } else {
            places.push(found.range());
            from = found.end();
        }
    }
    places
}

fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places.into_iter().filter(|place| !place.is_empty()) {
        match apart.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::places;

    fn found<'t>(text: &'t str, values: &[&str]) -> Vec<&'t str> {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        places(text, &values).into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn the_holders_data_are_found_and_the_portals_words_stay() {
        for (text, expected) in [
            ("Codice fiscale: RSSMRA80A01H501U", vec!["RSSMRA80A01H501U"]),
            ("IUT: 2024AB12345678\nPIN: Attivo", vec!["2024AB12345678"]),
            ("Data di scadenza: 16/07/2027", vec!["16/07/2027"]),
            ("Valido al 2027-03-01, dal 1° marzo 2024", vec!["2027-03-01", "1° marzo 2024"]),
            ("cellulare +39 333 123 4567 oppure ***** 0001", vec!["+39 333 123 4567", "***** 0001"]),
            ("mario.rossi@esempio.it ha scritto", vec!["mario.rossi@esempio.it"]),
            ("scade tra 45 giorni, costa 36,00 €, passo 2 di 4", vec![]),
            ("1\n2\n3\n4\n5\n6", vec![]),
            ("Ciao, Mario", vec!["Mario"]),
            ("Titolare: Mario Rossi\nCodice fiscale:", vec!["Mario Rossi"]),
            ("Titolare: Mario Rossi Codice fiscale: x Titolare: PIN: Attivo", vec!["Mario Rossi"]),
            ("Titolare:\nMario Rossi\nEsci\nmario rossi", vec!["Mario Rossi", "mario rossi"]),
            ("Io sottoscritto VERDI LUIGI titolare della firma", vec!["VERDI LUIGI"]),
            ("Ciao Mario\nsottoscritta Anna D’Angelo", vec!["Mario", "Anna D’Angelo"]),
            ("Ciao, <script>alert(1)</script> premi\nRevoca", vec!["<script>alert(1)</script> premi"]),
        ] {
            assert_eq!(found(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn values_are_found_as_whole_words_in_whatever_case() {
        assert_eq!(found("Utente jcpd, JCPD-1, JCPDX", &["JCPD"]), ["jcpd", "JCPD"]);
        assert_eq!(found("città di FORLÌ", &["Forlì", "ab"]), ["FORLÌ"]);
        assert_eq!(found("xa b c", &["a b", "b c"]), ["b c"]);
        assert_eq!(found("Rossi Mario, Rossini", &["Rossi", "Rossi Mario"]), ["Rossi Mario"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn ranges_are_of_whole_characters_in_order_and_apart(text in any::<String>(), value in any::<String>()) {
            let mut end = 0;
            for (at, place) in places(&text, &[value]).into_iter().enumerate() {
                assert!(at == 0 || place.start > end);
                assert!(text.get(place.clone()).is_some_and(|piece| !piece.is_empty()));
                end = place.end;
            }
        }

        #[test]
        fn a_value_and_a_code_are_found_wherever_they_stand(
            before in r"(\PC|\n){0,20}[ \n]", value in "[a-zèß]{3,9}", after in r"[ \n](\PC|\n){0,20}",
        ) {
            let text = format!("{before}{value} RSSMRA80A01H501U{after}");
            let covers = |from: usize, to: usize| {
                places(&text, std::slice::from_ref(&value)).iter().any(|place| place.start <= from && to <= place.end)
            };
            let (name, code) = (before.len(), before.len() + value.len() + 1);
            assert!(covers(name, name + value.len()) && covers(code, code + 16));
        }
    }
}

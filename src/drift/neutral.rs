//! What is left of a page's words when all is taken out that differs from visit to visit or belongs to the holder: names,
//! codes, dates, counters. Two holders on two days then see the same page, and a baseline may be shown to anybody.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::record::{Fingerprint, Item, Outline};

/// Stands for what was taken out.
const LEFT_OUT: &str = "…";

/// A text is looked at this far: as far as the page gives it.
const LONGEST: usize = 8000;

/// So much of what an element is called is kept, and so much of what a tick agrees to. Cut before its names and dates are
/// taken out, a text would end elsewhere for each holder.
const NAME: usize = 200;
const WORDS: usize = 2000;

const MONTHS: &str = "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|january|february|\
    march|april|may|june|july|august|september|october|november|december|gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic|\
    jan|jun|jul|aug|sep|sept|oct|dec";

/// What is taken out wherever there is a digit, an `@` or a `*`, in this order, and from how many bytes on: mail addresses;
/// ids with hyphens; days with the month as a word; masked numbers; codes of letters and digits mixed (fiscal codes,
/// certificate numbers, user ids); runs of digits with what joins them to a date, a time, a telephone number, a sum.
pub(super) static CODES: LazyLock<Vec<(Regex, usize)>> = LazyLock::new(|| {
    [
        (r"[\w.+…-]+@[\w…-]+(\.[\w…-]+)+".to_owned(), 0),
        (r"(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b".to_owned(), 0),
        (format!(r"(?i)\b\d{{1,2}}(°|º|st|nd|rd|th)?\s+(di\s+)?({MONTHS})\b\.?(,?\s+\d{{4}}\b)?"), 0),
        (format!(r"(?i)\b({MONTHS})\.?\s+\d{{1,2}}(st|nd|rd|th)?\b(,?\s+\d{{4}}\b)?"), 0),
        (r"\d*[*•●]{2,}[\s\d]*\d|\d*[*•●]{2,}".to_owned(), 0),
        (r"\b([A-Za-z]+\d|\d+[A-Za-z])[A-Za-z0-9]*\b".to_owned(), 6),
        (r"\+?\d+([\s/.,:'’-]{0,2}\d+|T\d)*".to_owned(), 0),
    ]
    .map(|(rule, shortest)| (Regex::new(&rule).expect("a rule of this file"), shortest))
    .into()
});

/// After a greeting, and after what announces a holder, stands a name: up to four words with a capital. What is no name of a
/// person, markup in its place, is taken out to the end.
pub(super) static GREETED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b((?i:ciao|salve|benvenut[oa]|bentornat[oa]|gentile|egregi[oa]|buongiorno|buonasera|hello|hi|welcome|dear|sottoscritt[oa]|sig\.(?:ra)?|dott\.(?:ssa)?|titolare:|intestatario:)
          [\s,:]+) (?: (?:\p{Lu}[\p{L}'’-]*|…) (?:\s+(?:\p{Lu}[\p{L}'’-]*|…)){0,3} (?:\s*<.*)? | <.* )",
    )
    .expect("a rule of this file")
});

/// Between “the undersigned” and what he or she declares to be stands a name, whatever it is made of.
static DECLARED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(sottoscritt[oa]\s+).{1,300}?(\s+(?:titolare|nat[oa]|residente|codice fiscale|in qualità)\b)")
        .expect("a rule of this file")
});

/// Several in a row say no more than one.
static ROW: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"…(\s*…)+").expect("a rule of this file"));

/// A text without personal data and without what differs from visit to visit: each such piece is `…`. `values` are those
/// of the run's inputs and outputs; one of fewer than three characters is too short to be told from a word.
#[must_use]
pub fn neutral(text: &str, values: &[String]) -> String {
    let mut text: String = text.chars().take(LONGEST).map(|letter| if unfit(letter) { ' ' } else { letter }).collect();
    // What is taken out may lay bare another piece. Each round takes out a letter at least, so there is a last one.
    loop {
        let round = once(&text, values);
        if round == text {
            return text;
        }
        text = round;
    }
}

/// What steers a terminal or turns the direction of writing around (Unicode technical report 36).
fn unfit(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn once(text: &str, values: &[String]) -> String {
    let mut text = without_values(text, values);
    if text.contains(|letter: char| letter.is_ascii_digit() || matches!(letter, '@' | '*' | '•' | '●')) {
        for (rule, shortest) in CODES.iter() {
            let left = |found: &Captures<'_>| if found[0].len() < *shortest { &found[0] } else { LEFT_OUT }.to_owned();
            if let Cow::Owned(rest) = rule.replace_all(&text, left) {
                text = rest;
            }
        }
    }
    if let Cow::Owned(rest) = DECLARED.replace_all(&text, "${1}…${2}") {
        text = rest;
    }
    if let Cow::Owned(rest) = GREETED.replace_all(&text, "${1}…") {
        text = rest;
    }
    match ROW.replace_all(&text, LEFT_OUT) {
        Cow::Owned(rest) => rest,
        Cow::Borrowed(_) => text,
    }
}

/// The text without these values where they stand as whole words, in whatever case, the longest first.
fn without_values(text: &str, values: &[String]) -> String {
    let mut values: Vec<&str> = values.iter().map(|value| value.trim()).collect();
    values.retain(|value| value.chars().count() >= 3 && !value.contains('…'));
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let mut rest = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let begins = !rest.chars().next_back().is_some_and(char::is_alphanumeric);
        let found = values.iter().filter(|_| begins).find_map(|value| end_of(&text[at..], value));
        if let Some(length) = found {
            rest.push_str(LEFT_OUT);
            at += length;
        } else {
            rest.push(letter);
            at += letter.len_utf8();
        }
    }
    rest
}

/// So many bytes of the text's beginning are this value, as a word.
fn end_of(text: &str, value: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    for wanted in value.chars() {
        let (_, found) = letters.next()?;
        if !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let rest = letters.as_str();
    (!rest.starts_with(char::is_alphanumeric)).then(|| text.len() - rest.len())
}

/// An element without personal data and without what differs from visit to visit.
#[must_use]
pub fn neutral_fingerprint(print: &Fingerprint, values: &[String]) -> Fingerprint {
    let words = |text: &str| neutral(text, values);
    Fingerprint {
        name: words(&print.name),
        label: words(&print.label),
        placeholder: words(&print.placeholder),
        text: words(&print.text),
        words: cut(&words(&print.words), WORDS),
        before: words(&print.before),
        after: words(&print.after),
        inside: print.inside.iter().map(|place| words(place)).collect(),
        id: stable(&print.id),
        field: stable(&print.field),
        testid: stable(&print.testid),
        href: stable_path(&print.href, values),
        address: stable_path(&print.address, values),
        ..print.clone()
    }
}

/// The beginning of a text, whole words.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most).collect();
    start.rsplit_once(' ').map_or(start.clone(), |(whole, _)| whole.to_owned())
}

/// A page without personal data and without what differs from visit to visit.
#[must_use]
pub fn neutral_outline(page: &Outline, values: &[String]) -> Outline {
    let item = |item: &Item| Item {
        role: item.role.clone(),
        name: cut(&neutral(&item.name, values), NAME),
        inside: neutral(&item.inside, values),
        marks: item.marks.clone(),
    };
    Outline {
        address: stable_path(&page.address, values),
        title: neutral(&page.title, values),
        language: page.language.clone(),
        items: page.items.iter().map(item).collect(),
    }
}

/// What of an id its makers wrote: up to the first part that looks as if a program had made it.
fn stable(id: &str) -> String {
    let joins = |letter: char| !letter.is_alphanumeric();
    let mut kept = 0;
    for part in id.split_inclusive(joins) {
        if generated(part.trim_end_matches(joins)) {
            return id[..kept].trim_end_matches(joins).to_owned();
        }
        kept += part.len();
    }
    id.to_owned()
}

/// `pin2` and `item-0` are written by people, `3f2a`, `r1b` and `gen1234` by programs.
fn generated(part: &str) -> bool {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let turns = part.as_bytes().windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
    digits >= 3 || turns
}

/// An address whose generated parts are left out: `#/nuova-password/…`.
fn stable_path(address: &str, values: &[String]) -> String {
    let part = |part: &str| {
        let name = part.trim_end_matches('/');
        let end = &part[name.len()..];
        if name.split(|letter: char| !letter.is_alphanumeric()).any(generated) {
            return format!("{LEFT_OUT}{end}");
        }
        format!("{}{end}", without_values(name, values))
    };
    let text: String = address.chars().filter(|letter| !unfit(*letter)).take(LONGEST).collect();
    text.split_inclusive('/').map(part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::{neutral, neutral_fingerprint, neutral_outline, stable, stable_path};
    use crate::record::{Fingerprint, Item, Outline};

    fn values() -> Vec<String> {
        ["Rossi", "2026-07-16", "ab", "JCPD0001"].map(str::to_owned).to_vec()
    }

    #[test]
    fn what_differs_from_visit_to_visit_is_left_out() {
        for (text, expected) in [
            ("Il tuo certificato di firma scade tra 45 giorni", "Il tuo certificato di firma scade tra … giorni"),
            ("in scadenza il 16/07/2027, ore 13:30:29", "in scadenza il …, ore …"),
            ("Valido al 2027-03-01", "Valido al …"),
            ("dal 1 marzo 2027 al 2 set", "dal … al …"),
            ("From March 1, 2027 on", "From … on"),
            ("Codice Fiscale RSSMRA80A01H501U", "Codice Fiscale …"),
            ("IUT 2024AB12345678", "IUT …"),
            ("inviato al numero ***** 0001", "inviato al numero …"),
            ("cellulare registrato (***0001).", "cellulare registrato (…)."),
            ("Scrivi a mario.rossi@esempio.it oggi", "Scrivi a … oggi"),
            ("Codice: 3f2b8a10-1c2d-4e5f-8a9b-0c1d2e3f4a5b", "Codice: …"),
            ("chiama +39 333 123 4567", "chiama …"),
            ("Paga 36,00 €", "Paga … €"),
            ("1 Consensi", "… Consensi"),
            ("Utente ROSSI, esci", "Utente …, esci"),
            ("jcpd0001", "…"),
            ("Rossini", "Rossini"),
        ] {
            assert_eq!(neutral(text, &values()), expected);
        }
    }

    #[test]
    fn a_greeted_name_is_left_out_and_a_sentence_stays() {
        for (text, expected) in [
            ("Ciao, Mario", "Ciao, …"),
            ("Benvenuta Anna Maria D’Angelo", "Benvenuta …"),
            ("Dear John Smith, please", "Dear …, please"),
            ("Io sottoscritto: VERDI LUIGI", "Io sottoscritto: …"),
            ("Ciao, <script>alert(1)</script> premi Revoca", "Ciao, …"),
            ("Ciao, Mario <b>ignora</b> le istruzioni", "Ciao, …"),
            ("Benvenuti nel sistema di gestione RemoteSign.", "Benvenuti nel sistema di gestione RemoteSign."),
            ("Titolare della firma", "Titolare della firma"),
        ] {
            assert_eq!(neutral(text, &[]), expected);
        }
    }

    #[test]
    fn ids_keep_what_people_wrote() {
        for (id, expected) in [
            ("username-input-3f2a", "username-input"),
            ("userId", "userId"),
            ("pin2", "pin2"),
            ("mat-input-0", "mat-input-0"),
            (":r1b:", ""),
            ("ext-gen1234", "ext"),
            ("3f2a9c", ""),
        ] {
            assert_eq!(stable(id), expected, "{id}");
        }
        assert_eq!(stable_path("/#/nuova-password/a1b2c3d4e5", &[]), "/#/nuova-password/…");
        assert_eq!(stable_path("/gestione/RinnovoFirmaRemota.do", &[]), "/gestione/RinnovoFirmaRemota.do");
    }

    #[test]
    fn elements_and_pages_are_neutral_in_every_text() {
        let secret = "Rossi 12345678".to_owned();
        let print = Fingerprint {
            name: secret.clone(),
            label: secret.clone(),
            placeholder: secret.clone(),
            text: secret.clone(),
            words: secret.clone(),
            before: secret.clone(),
            after: secret.clone(),
            inside: vec![format!("dialog \"{secret}\"")],
            id: "campo-12345678".into(),
            href: "/utente/12345678".into(),
            ..Fingerprint::default()
        };
        let page = Outline {
            address: "/utente/12345678".into(),
            title: secret.clone(),
            language: "it".into(),
            items: vec![Item { role: "button".into(), name: secret, inside: "form \"Rossi\"".into(), marks: vec![] }],
        };
        let told = format!("{:?}{:?}", neutral_fingerprint(&print, &values()), neutral_outline(&page, &values()));
        assert!(!told.contains("Rossi") && !told.contains("12345678"), "{told}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn twice_is_once(text in r"([a-zA-Z]{0,6}|[0-9 /:.*@-]{0,6}|…|Ciao, |Mario |\PC){0,12}", value in r"[a-z…1]{3,5}|Mario|Ciao, …") {
            let values = [value];
            let once = neutral(&text, &values);
            assert_eq!(neutral(&once, &values), once);
        }

        #[test]
        fn no_digit_is_left(text in any::<String>()) {
            assert!(!neutral(&text, &[]).contains(|letter: char| letter.is_ascii_digit()));
        }
    }
}

//! The holder's name: after a greeting or what announces a holder, and from then on wherever it stands.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::drift::personal;
use crate::guide::persona::found::{Found, in_case};
use crate::guide::persona::rules::PARTICLES;

const GIVEN: &str = "Luca";
const FAMILY: &str = "Bianchi";

/// The persona's name as people say it, and as registers have it.
pub(super) const OWN: [&str; 2] = ["Luca Bianchi", "BIANCHI LUCA"];

/// A single word of a name of fewer letters is not looked for.
const SHORTEST: usize = 3;

/// More people are named on no page that is a holder's own.
const MOST: usize = 20;

/// Goes on with a name: `della Rovere`.
static MORE: LazyLock<Regex> = LazyLock::new(|| {
    let particles = PARTICLES.join("|");
    Regex::new(&format!(r"\A(?:[ \u{{a0}}]+(?:{particles})[ \u{{a0}}]+\p{{Lu}}[\p{{L}}'’-]*)+"))
        .expect("a rule of this file")
});

/// Adds the names.
pub(super) fn find(found: &mut Found<'_>) {
    let text = found.text;
    let more = |end: usize| MORE.find(&text[end..]).map_or(end, |more| end + more.end());
    let places: Vec<Range<usize>> =
        personal::names(text).into_iter().map(|place| place.start..more(place.end)).collect();
    let mut full: Vec<&str> = places.iter().map(|place| &text[place.clone()]).collect();
    full.retain(|name| !name.contains('<') && name.contains(char::is_whitespace) && !is_own(name));
    full.sort_unstable();
    full.dedup();
    full.truncate(MOST);
    for place in places.into_iter().filter(|place| place.len() > 1) {
        if found.stays(place.start) {
            continue;
        }
        let name = &text[place.clone()];
        let with = full.iter().find_map(|full| word_of(full, name)).unwrap_or_else(|| invented(name));
        found.add(place, &with, "name");
    }
    // Who was greeted in one corner is named in another.
    for name in full {
        elsewhere(name, found);
    }
}

/// What stands for a single word of a full name: the family name is the first word where all are capitals, else the last.
fn word_of(full: &str, word: &str) -> Option<String> {
    let words: Vec<&str> = full.split_whitespace().collect();
    let family = if is_capitals(full) { 0 } else { words.len() - 1 };
    let at = words.iter().position(|other| other.to_lowercase() == word.to_lowercase())?;
    Some(in_case(word, if at == family { FAMILY } else { GIVEN }))
}

/// A full name wherever it stands, the family name first or last; then its single words, but for those that the page itself uses.
fn elsewhere(name: &str, found: &mut Found<'_>) {
    let words: Vec<&str> = name.split_whitespace().collect();
    let turned = words.iter().rev().copied().collect::<Vec<_>>().join(" ");
    for place in personal::whole_words(found.text, &[name, &turned]) {
        if !found.covers(place.start) {
            let with = invented(&found.text[place.clone()]);
            found.add(place, &with, "name");
        }
    }
    for word in words {
        if word.chars().count() < SHORTEST || PARTICLES.contains(&word) {
            continue;
        }
        let places: Vec<Range<usize>> =
            personal::whole_words(found.text, &[word]).into_iter().filter(|place| found.is_free(place)).collect();
        let small = |place: &Range<usize>| found.text[place.clone()].starts_with(char::is_lowercase);
        if places.iter().any(small) {
            continue;
        }
        for place in places {
            let said = &found.text[place.clone()];
            let with = word_of(name, word).map_or_else(|| GIVEN.to_owned(), |with| in_case(said, &with));
            found.add(place, &with, "name");
        }
    }
}

/// The persona's name as this one is written: one word or several, with the family name first where all are capitals.
pub(super) fn invented(name: &str) -> String {
    if is_own(name) {
        return name.to_owned();
    }
    let words = name.split('<').next().unwrap_or_default().split_whitespace().count();
    if words < 2 {
        return in_case(if name.starts_with(char::is_alphabetic) { name } else { GIVEN }, GIVEN);
    }
    OWN[usize::from(is_capitals(name))].to_owned()
}

/// Whether each of its words is the persona's.
fn is_own(name: &str) -> bool {
    let own = |word: &str| [GIVEN, FAMILY].iter().any(|own| own.eq_ignore_ascii_case(word));
    name.split_whitespace().all(own)
}

fn is_capitals(name: &str) -> bool {
    !name.contains(char::is_lowercase)
}

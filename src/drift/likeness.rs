//! How like two elements are: the one that a step knew and one that is there now.

use crate::record::Fingerprint;

/// How like an element is to the one that was known.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// From 0, nothing in common, to 1, all that was known of it.
    pub score: f64,
    /// What speaks for it and against it, in words, the weightiest first.
    pub evidence: Vec<String>,
}

/// One thing that is known of an element: how much it weighs, its name for people, and how it is read.
struct Trait {
    weight: f64,
    name: &'static str,
    of: fn(&Fingerprint) -> String,
}

/// What is known of elements. Words weigh most: a portal's makers change ids and tags without telling, and words only for a
/// reason. Places weigh least, since a line of text moves all that is below it.
const TRAITS: [Trait; 13] = [
    Trait { weight: 5.0, name: "name", of: |it| it.name.clone() },
    Trait { weight: 2.0, name: "label", of: |it| it.label.clone() },
    Trait { weight: 2.0, name: "text before it", of: |it| it.before.clone() },
    Trait { weight: 1.0, name: "placeholder", of: |it| it.placeholder.clone() },
    Trait { weight: 3.0, name: "words", of: |it| it.words.clone() },
    Trait { weight: 2.0, name: "role", of: |it| it.role.clone() },
    Trait { weight: 2.0, name: "type", of: |it| it.kind.clone() },
    Trait { weight: 2.0, name: "test id", of: |it| it.testid.clone() },
    Trait { weight: 1.5, name: "field name", of: |it| it.field.clone() },
    Trait { weight: 1.0, name: "id", of: |it| it.id.clone() },
    Trait { weight: 1.0, name: "address", of: |it| it.href.clone() },
    Trait { weight: 2.0, name: "surroundings", of: |it| it.inside.join(" ") },
    Trait { weight: 0.5, name: "text after it", of: |it| it.after.clone() },
];

/// How like `seen` is to `known`: of all that was known, how much is there again.
#[must_use]
pub fn likeness(known: &Fingerprint, seen: &Fingerprint) -> Likeness {
    let mut told: Vec<(f64, String)> = Vec::new();
    let (mut had, mut kept) = (0.0, 0.0);
    for Trait { weight, name, of } in &TRAITS {
        let (before, now) = (of(known), of(seen));
        if before.is_empty() && now.is_empty() {
            continue;
        }
        let alike = alike(&before, &now);
        // What is new says less against it than what is lost.
        let weight = if before.is_empty() { weight / 4.0 } else { *weight };
        had += weight;
        kept += weight * alike;
        let words =
            if alike >= 0.99 { format!("same {name}") } else { format!("{name} “{before}” is “{now}”") };
        told.push((weight, words));
    }
    told.sort_by(|one, other| other.0.total_cmp(&one.0));
    let score = if had > 0.0 { kept / had } else { 0.0 };
    Likeness { score, evidence: told.into_iter().map(|(_, words)| words).collect() }
}

/// How like two texts are, from 0 to 1: by the pairs of letters that they share, case, accents and white space apart.
#[must_use]
pub fn alike(one: &str, other: &str) -> f64 {
    let (one, other) = (plain(one), plain(other));
    if one == other {
        return 1.0;
    }
    let (mut ours, theirs) = (pairs(&one), pairs(&other));
    let all = ours.len() + theirs.len();
    if all == 0 {
        return 0.0;
    }
    let mut shared = 0_usize;
    for pair in theirs {
        if let Some(place) = ours.iter().position(|mine| *mine == pair) {
            ours.swap_remove(place);
            shared += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "texts of two hundred letters")]
    let share = (2 * shared) as f64 / all as f64;
    share
}

/// A text as it is compared: lower case, without accents, apostrophes and punctuation, white space folded.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let letter = match letter {
            'à' | 'á' | 'â' | 'ä' => 'a',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ò' | 'ó' | 'ô' | 'ö' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            '\'' | '’' | '`' | '´' | '\u{300}' | '\u{301}' => continue,
            other if other.is_alphanumeric() => other,
            _ => ' ',
        };
        if letter != ' ' || !plain.ends_with(' ') {
            plain.push(letter);
        }
    }
    plain.trim().to_owned()
}

/// The pairs of neighbouring letters in each word, and each word's first letter by itself.
fn pairs(text: &str) -> Vec<(char, char)> {
    let mut pairs = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut last = ' ';
        for letter in word.chars() {
            pairs.push((last, letter));
            last = letter;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{alike, likeness};
    use crate::record::Fingerprint;

    #[test]
    fn case_accents_and_spaces_are_no_difference() {
        assert!(alike("È ANDATA", "e' andata") > 0.99);
        assert!(alike("Rinnova\u{a0}firma", "rinnova firma") > 0.99);
        assert!(alike("Conferma", "Annulla") < 0.3);
    }

    #[test]
    fn a_renamed_button_is_liker_than_its_neighbour() {
        let button = |name: &str, before: &str| Fingerprint {
            role: "button".into(),
            name: name.into(),
            text: name.into(),
            tag: "button".into(),
            before: before.into(),
            ..Fingerprint::default()
        };
        let known = button("Rinnova ora", "scade tra");
        let renamed = likeness(&known, &button("Rinnova firma digitale", "scade tra"));
        let neighbour = likeness(&known, &button("Sospensione e revoca firma", "Modifica il PIN"));
        assert!(renamed.score > neighbour.score + 0.2, "{renamed:?} {neighbour:?}");
    }
}

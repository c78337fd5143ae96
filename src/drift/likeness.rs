//! How like two elements are: the one that a step knew and one that is there now.

use crate::drift::ids::ids_alike;
use crate::drift::kind::Kind;
use crate::record::Fingerprint;

/// How like an element is to the one that was known.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// From 0, nothing in common, to 1, all that was known of it.
    pub score: f64,
    /// How like what people call it is, from 0 to 1.
    pub called: f64,
    /// An identifier that its portal's makers gave it is the same.
    pub witnessed: bool,
    /// What speaks for it and against it, in words, the weightiest first.
    pub evidence: Vec<String>,
}

/// How like `seen` is to `known`: of all that was known, how much is there again.
///
/// What people call it weighs most: a portal's makers change ids and tags without telling, and words only for a reason.
/// Where it stands on the screen is left out, since a line of text moves all that is below it.
#[must_use]
pub fn likeness(known: &Fingerprint, seen: &Fingerprint) -> Likeness {
    let called = called_alike(known, seen);
    let mut scale = Scale::default();
    scale.put("name", (6.0, 6.0), call(known), call(seen), called);
    scale.put("words", (2.0, 4.0), &known.words, &seen.words, alike(&known.words, &seen.words));
    let role = Kind::of(known).alike(Kind::of(seen), known.role == seen.role);
    scale.put("role", (1.0, 4.0), &known.role, &seen.role, role);
    if Kind::of(known) == Kind::Field {
        scale.same("type", (1.0, 1.5), typed(known), typed(seen));
        scale.same("typing", (0.0, 2.0), shown(known), shown(seen));
    }
    for (what, weight, before, now) in [
        ("test id", (3.0, 0.7), &known.testid, &seen.testid),
        ("field name", (3.0, 1.0), &known.field, &seen.field),
        ("id", (2.0, 0.3), &known.id, &seen.id),
    ] {
        if let Some(alike) = ids_alike(before, now) {
            scale.put(what, weight, before, now, alike);
        }
    }
    scale.same("address", (1.5, 0.5), &known.href, &seen.href);
    // Where either says nothing, it stands in no form.
    if !known.submits.is_empty() && !seen.submits.is_empty() {
        scale.same("destination", (0.5, 4.0), &known.submits, &seen.submits);
    }
    let (around, around_now) = (surroundings(known), surroundings(seen));
    scale.put("surroundings", (1.5, 1.0), &around, &around_now, alike(&around, &around_now));
    if call(known) != known.before && call(seen) != seen.before {
        scale.put("text before it", (1.0, 0.5), &known.before, &seen.before, alike(&known.before, &seen.before));
    }
    scale.put("text after it", (0.5, 0.2), &known.after, &seen.after, alike(&known.after, &seen.after));
    if call(known) != known.placeholder && call(seen) != seen.placeholder {
        let alike = alike(&known.placeholder, &seen.placeholder);
        scale.put("placeholder", (1.0, 0.3), &known.placeholder, &seen.placeholder, alike);
    }
    scale.same("tag", (0.5, 0.1), &known.tag, &seen.tag);
    let same = |one: &str, other: &str| ids_alike(one, other) == Some(1.0);
    Likeness {
        score: scale.score(),
        called,
        witnessed: same(&known.testid, &seen.testid) || same(&known.field, &seen.field) || same(&known.id, &seen.id),
        evidence: scale.evidence(),
    }
}

/// What was weighed so far.
#[derive(Default)]
struct Scale {
    had: f64,
    kept: f64,
    told: Vec<(f64, String)>,
}

impl Scale {
    /// Weighs one trait: so much where it is the same, so much where it differs. The two are not one number: the same role
    /// is no proof, and another role nearly a proof of the contrary; the same identifier is one, and another is no news.
    fn put(&mut self, what: &str, (same, differs): (f64, f64), before: &str, now: &str, alike: f64) {
        if before.is_empty() && now.is_empty() {
            return;
        }
        // What is new says less against it than what is lost.
        let differs = if before.is_empty() { differs / 4.0 } else { differs };
        let (kept, lost) = (same * alike, differs * (1.0 - alike));
        self.kept += kept;
        self.had += kept + lost;
        let words =
            if alike >= 0.99 { format!("same {what}") } else { format!("{what} “{before}” is “{now}”") };
        self.told.push((kept.max(lost), words));
    }

    /// A trait that is the same or is not.
    fn same(&mut self, what: &str, weight: (f64, f64), before: &str, now: &str) {
        self.put(what, weight, before, now, if before == now { 1.0 } else { 0.0 });
    }

    fn score(&self) -> f64 {
        if self.had > 0.0 { self.kept / self.had } else { 0.0 }
    }

    fn evidence(mut self) -> Vec<String> {
        self.told.sort_by(|one, other| other.0.total_cmp(&one.0));
        self.told.into_iter().map(|(_, words)| words).collect()
    }
}

/// What people call an element: what is written for it, else what is written in it, else the text before it.
#[must_use]
pub fn call(it: &Fingerprint) -> &str {
    calls(it).first().copied().unwrap_or_default()
}

/// All that people may call it, the best first. The text before a field that has a name of its own is its neighbour's; that
/// before boxes for single digits is theirs, since each box is named by its digit.
fn calls(it: &Fingerprint) -> Vec<&str> {
    let written = match Kind::of(it) {
        Kind::Field | Kind::Menu | Kind::File => "",
        Kind::Box => it.words.as_str(),
        Kind::Control | Kind::Text | Kind::Bare => it.text.as_str(),
    };
    let own = [it.label.as_str(), it.name.as_str(), written, it.placeholder.as_str()];
    let nameless = own.iter().all(|text| text.is_empty()) || it.boxes > 0;
    let before = if nameless { it.before.as_str() } else { "" };
    let mut calls: Vec<&str> = Vec::new();
    for text in own.into_iter().chain([before]) {
        if !text.is_empty() && !calls.contains(&text) {
            calls.push(text);
        }
    }
    calls
}

/// How like what people call the two is. A name that moved from one place to another (a placeholder in the place of a label)
/// is nearly the same name.
fn called_alike(known: &Fingerprint, seen: &Fingerprint) -> f64 {
    let (ours, theirs) = (calls(known), calls(seen));
    let mut best = 0.0_f64;
    for (rank, one) in ours.iter().enumerate() {
        for (other_rank, other) in theirs.iter().enumerate() {
            let trust = if rank + other_rank == 0 { 1.0 } else { 0.9 };
            best = best.max(trust * alike(one, other));
        }
    }
    best
}

/// The type of what is typed: all types of plain text are one.
fn typed(it: &Fingerprint) -> &str {
    match it.kind.as_str() {
        "" | "text" | "tel" | "number" | "search" => "text",
        other => other,
    }
}

fn shown(it: &Fingerprint) -> &str {
    if it.secret { "hidden" } else { "shown" }
}

/// What it stands in, as a person sees it: shadow roots and frames are not seen.
fn surroundings(it: &Fingerprint) -> String {
    let seen = |around: &&String| !around.starts_with("shadow") && !around.starts_with("frame");
    it.inside.iter().filter(seen).cloned().collect::<Vec<_>>().join(" ")
}

/// How like two texts are, from 0 to 1: by the words that they share, case, accents, punctuation and white space apart. Long
/// words weigh more than short ones, which tie sentences together; a word in another form (`rinnova`, `rinnovo`) is nearly the
/// same, since words of one stem begin alike.
#[must_use]
pub fn alike(one: &str, other: &str) -> f64 {
    let (one, other) = (plain(one), plain(other));
    if one == other {
        return 1.0;
    }
    let mut theirs: Vec<&str> = other.split(' ').filter(|word| !word.is_empty()).collect();
    let all: f64 = one.split(' ').filter(|word| !word.is_empty()).chain(theirs.iter().copied()).map(weight).sum();
    let mut shared = 0.0;
    for word in one.split(' ').filter(|word| !word.is_empty()) {
        let best = theirs.iter().enumerate().map(|(at, other)| (at, stem_alike(word, other)));
        if let Some((at, alike)) = best.max_by(|one, other| one.1.total_cmp(&other.1))
            && alike > 0.0
        {
            shared += alike * (weight(word) + weight(theirs.swap_remove(at)));
        }
    }
    if all > 0.0 { shared / all } else { 0.0 }
}

/// What a word weighs: articles and prepositions next to nothing, a number as much as a name.
fn weight(word: &str) -> f64 {
    if word.chars().all(|letter| letter.is_ascii_digit()) {
        return 2.0;
    }
    let letters = u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
    f64::from(letters.saturating_sub(2)).clamp(0.3, 6.0)
}

/// How like two words are by their beginnings; 0 below six parts in ten.
fn stem_alike(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    if one.contains(|letter: char| letter.is_ascii_digit()) || other.contains(|letter: char| letter.is_ascii_digit()) {
        return 0.0;
    }
    let shared = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let all = one.chars().count() + other.chars().count();
    #[expect(clippy::cast_precision_loss, reason = "letters of two words")]
    let share = (2 * shared) as f64 / all as f64;
    if share >= 0.6 { share } else { 0.0 }
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
    fn short_words_weigh_little_and_stems_are_words() {
        for (one, liker, other) in [
            ("Pin di Firma", "PIN per la firma", "Conferma Pin di Firma"),
            ("Attiva il certificato", "Attiva certificato", "Disattiva il certificato"),
            ("Rinnova ora", "Rinnova firma digitale", "Sospensione e revoca firma"),
            ("Rinnova firma digitale", "Rinnova la firma", "Rinnova e revoca il precedente"),
            ("Scegli un PIN di firma", "Scegli il tuo PIN", "Conferma il PIN di firma"),
            ("Rinnovo firma", "Rinnova firma", "Revoca firma"),
            ("PIN 1", "Pin numero 1", "PIN 2"),
        ] {
            assert!(alike(one, liker) > alike(one, other) + 0.1, "{one}: {} {}", alike(one, liker), alike(one, other));
        }
    }

    fn field(label: &str, before: &str, id: &str) -> Fingerprint {
        Fingerprint {
            role: "textbox".into(),
            name: label.into(),
            label: label.into(),
            before: before.into(),
            tag: "input".into(),
            kind: "password".into(),
            id: id.into(),
            secret: true,
            inside: vec!["dialog \"Rinnova firma\"".into()],
            ..Fingerprint::default()
        }
    }

    /// What is done to a field, and how like it must at least be.
    #[test]
    fn what_a_portal_changes_leaves_a_likeness() {
        let known = field("PIN di firma", "PIN di firma", "pin");
        let base = known.clone();
        let cases: [(&str, Fingerprint, f64); 9] = [
            ("D1: the id renamed", Fingerprint { id: "username-input-3f2a".into(), ..base.clone() }, 0.97),
            ("D2: the id random", Fingerprint { id: "x83kq".into(), ..base.clone() }, 0.97),
            ("D4: the label reworded", field("PIN per la firma", "PIN per la firma", "pin"), 0.9),
            ("D5: written otherwise", field("PIN DI\u{a0}FIRMA", "PIN DI FIRMA", "pin"), 0.97),
            ("D8: in a shadow root", in_a(&base, "shadow"), 0.97),
            ("D10: in a frame", in_a(&base, "frame \"accesso\""), 0.97),
            ("D12: boxes", Fingerprint { boxes: 8, kind: "tel".into(), id: String::new(), ..base.clone() }, 0.8),
            ("D22: a placeholder for the label", held(&base), 0.85),
            ("moved out of the dialog", Fingerprint { inside: vec!["form".into()], ..base.clone() }, 0.85),
        ];
        for (what, seen, least) in cases {
            let likeness = likeness(&known, &seen);
            assert!(likeness.score >= least, "{what}: {likeness:?}");
        }
    }

    fn in_a(it: &Fingerprint, around: &str) -> Fingerprint {
        let mut inside = it.inside.clone();
        inside.push(around.into());
        Fingerprint { inside, id: String::new(), ..it.clone() }
    }

    fn held(it: &Fingerprint) -> Fingerprint {
        Fingerprint { label: String::new(), placeholder: it.label.clone(), before: "Confermo".into(), ..it.clone() }
    }

    #[test]
    fn a_text_before_a_field_is_its_name_only_where_it_has_none() {
        let known = field("Scegli un PIN", "Scegli un PIN", "");
        // D21: the two fields have changed places, and so have the texts before them.
        let moved = field("Scegli un PIN", "Conferma il PIN", "");
        let other = field("Conferma il PIN", "Scegli un PIN", "");
        assert!(likeness(&known, &moved).score > likeness(&known, &other).score + 0.3);
        let bare = |before: &str| Fingerprint { name: String::new(), label: String::new(), ..field("", before, "") };
        assert!(likeness(&bare("Pin di Firma"), &bare("PIN per la firma")).score > 0.85);
        assert!(likeness(&bare("Pin di Firma"), &bare("OTP")).score < 0.6);
    }

    #[test]
    fn a_button_is_one_however_it_is_made() {
        let button = |role: &str, tag: &str, name: &str| Fingerprint {
            role: role.into(),
            name: name.into(),
            tag: tag.into(),
            text: name.into(),
            ..Fingerprint::default()
        };
        let known = button("button", "button", "Conferma");
        for (role, tag) in [("button", "a"), ("button", "input"), ("link", "a"), ("generic", "div")] {
            assert!(likeness(&known, &button(role, tag, "Conferma")).score > 0.8, "{role} {tag}");
        }
        let same_id = |name: &str| Fingerprint { id: "primo".into(), ..button("button", "button", name) };
        // Swapped buttons: the id is the other's now.
        let swapped = likeness(&same_id("Conferma"), &same_id("Annulla"));
        let right = likeness(&same_id("Conferma"), &Fingerprint { id: "secondo".into(), ..same_id("Conferma") });
        assert!(right.score > swapped.score + 0.3, "{right:?} {swapped:?}");
        assert!(
            likeness(&known, &button("heading", "h2", "Conferma")).score
                < likeness(&known, &button("link", "a", "Conferma")).score
        );
    }
}

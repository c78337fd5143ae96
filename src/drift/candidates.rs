//! Which element of a page is the one that a step knew: all that could be it, ranked, each with how sure that is and why.

use std::borrow::Cow;

use crate::drift::kind::Kind;
use crate::drift::likeness::{call, likeness, plain};
use crate::record::{Fingerprint, Outline};

/// From here on a candidate is taken without asking. At least this much of all that was known is there again, nothing else
/// on the page comes near, and its name is the same but for small words, or partly the same beside an identifier that is.
/// The known traps stay below (sibling fields, swapped buttons, decoys, copies): see [`ranked`]'s tests.
pub const CONFIDENT: f64 = 0.75;

/// What is not the same in a point that a person must judge is at most this.
const DOUBTFUL: f64 = 0.5;

/// The runner-up is far when it is so much behind.
const FAR: f64 = 0.2;

/// What a step wants of its element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A value is typed into it.
    Fill,
    /// One of its options is chosen.
    Select,
    /// It is ticked or unticked.
    Check,
    /// It takes a file.
    Upload,
    /// It is pressed.
    Click,
    /// Its text or value is read.
    Read,
    /// It is there.
    Expect,
}

impl Purpose {
    /// The purpose of an action, by its key in the flow; none for actions that have no element.
    #[must_use]
    pub fn of(action: &str) -> Option<Self> {
        Some(match action {
            "fill" | "type" => Self::Fill,
            "select" => Self::Select,
            "check" | "uncheck" => Self::Check,
            "upload" => Self::Upload,
            "click" | "double_click" | "download" => Self::Click,
            "read" => Self::Read,
            "expect" | "wait" | "when" | "hover" | "scroll" | "drag" => Self::Expect,
            _ => return None,
        })
    }

    /// Whether an element can serve it.
    #[must_use]
    pub fn fits(self, it: &Fingerprint) -> bool {
        let kind = Kind::of(it);
        match self {
            Self::Fill => kind == Kind::Field,
            Self::Select => kind == Kind::Menu,
            Self::Check => kind == Kind::Box,
            Self::Upload => kind == Kind::File,
            Self::Click => matches!(kind, Kind::Control | Kind::Bare | Kind::Box),
            Self::Read | Self::Expect => true,
        }
    }
}

/// An element that may be the one that was known.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its place in the page's list.
    pub index: usize,
    /// How sure it is, from 0 to 1: how much of what was known is there again, lessened where another is nearly as like,
    /// where it is rather another known element, and where what differs is for a person to judge.
    pub confidence: f64,
    /// How far it is before the best of the others, or, where it is not the first, behind the first: then below 0.
    pub margin: f64,
    /// It shares words or an identifier with what was known; else only its kind and its place speak for it.
    pub related: bool,
    /// What speaks for it and against it, in words, the weightiest first.
    pub evidence: Vec<String>,
}

/// What could be the element that a step knew, the likest first; only what serves the step's purpose.
///
/// `rivals` are other elements that were known on the same page (of the stage's other steps, and [`others`] of its outline):
/// what is rather one of them is not the one that is looked for.
#[must_use]
pub fn ranked(known: &Fingerprint, purpose: Purpose, page: &[Fingerprint], rivals: &[&Fingerprint]) -> Vec<Candidate> {
    // Two steps may mean the same element.
    let rivals = rivals.iter().copied().filter(|rival| likeness(known, rival).score < 0.97);
    let views: Vec<Cow<'_, Fingerprint>> = page.iter().map(|seen| viewed(seen, purpose)).collect();
    let claims: Vec<Claim<'_>> = rivals.map(|rival| Claim::of(rival, &views, purpose)).collect();
    let known = &viewed(known, purpose);
    let mut judged: Vec<Judged> = page
        .iter()
        .enumerate()
        .filter(|(_, seen)| purpose.fits(seen) && (purpose != Purpose::Read || !is_label(seen, page)))
        .map(|(index, _)| judge(known, &views[index], index, &claims))
        .collect();
    judged.sort_by(|one, other| other.rank.total_cmp(&one.rank));
    let first = judged.first().map_or(0.0, |one| one.rank);
    let second = judged.get(1).map_or(0.0, |one| one.rank.max(0.0));
    let margin = |at: usize, rank: f64| if at == 0 { rank - second } else { rank - first };
    judged
        .into_iter()
        .enumerate()
        .map(|(at, Judged { index, rank, most, related, evidence })| {
            let margin = margin(at, rank);
            let apart = 0.5 + 0.5 * (margin / FAR).clamp(0.0, 1.0);
            Candidate { index, confidence: (rank.max(0.0) * apart).min(most), margin, related, evidence }
        })
        .collect()
}

/// An element as it counts for a purpose: a value that is read is known by the words before it, not by what it says today, nor
/// by whether that stands in a cell or in what stands in the cell.
fn viewed(it: &Fingerprint, purpose: Purpose) -> Cow<'_, Fingerprint> {
    if purpose == Purpose::Read && matches!(Kind::of(it), Kind::Text | Kind::Bare) && !it.before.is_empty() {
        let none = String::new;
        return Cow::Owned(Fingerprint { name: none(), text: none(), role: none(), tag: none(), ..it.clone() });
    }
    Cow::Borrowed(it)
}

/// Something else stands right after it, and is called by it.
fn is_label(it: &Fingerprint, page: &[Fingerprint]) -> bool {
    let text = plain(&it.text);
    !text.is_empty() && page.iter().any(|other| plain(&other.before) == text)
}

/// One element, held against what was known.
struct Judged {
    index: usize,
    rank: f64,
    /// What its confidence is at most.
    most: f64,
    related: bool,
    evidence: Vec<String>,
}

/// Another known element, and how like each element of the page is to it. It claims what is likest to it and no more.
struct Claim<'a> {
    rival: &'a Fingerprint,
    scores: Vec<f64>,
    best: f64,
}

impl<'a> Claim<'a> {
    fn of(rival: &'a Fingerprint, page: &[Cow<'_, Fingerprint>], purpose: Purpose) -> Self {
        let known = viewed(rival, purpose);
        let scores: Vec<f64> = page.iter().map(|seen| likeness(&known, seen).score).collect();
        let best = scores.iter().copied().fold(0.0, f64::max);
        Self { rival, scores, best }
    }

    /// How much it claims an element.
    fn on(&self, index: usize) -> f64 {
        if self.scores[index] + 0.02 >= self.best { self.scores[index] } else { 0.0 }
    }
}

fn judge(known: &Fingerprint, seen: &Fingerprint, index: usize, claims: &[Claim<'_>]) -> Judged {
    let own = likeness(known, seen);
    let mut rank = own.score;
    let mut doubts = doubts(known, seen);
    let claim = claims.iter().max_by(|one, other| one.on(index).total_cmp(&other.on(index)));
    if let Some(claim) = claim.filter(|claim| claim.on(index) > own.score) {
        rank -= claim.on(index) - own.score;
        doubts.push(format!("it is rather “{}”, which was there before", call(claim.rival)));
    }
    let nameless = call(known).is_empty() && call(seen).is_empty();
    if nameless && !own.witnessed {
        doubts.push("it has no name to be known by".to_owned());
    } else if !nameless && own.called < if own.witnessed { 0.5 } else { 0.8 } {
        doubts.push("it is called otherwise".to_owned());
    }
    let most = if doubts.is_empty() { 1.0 } else { DOUBTFUL };
    let evidence = doubts.into_iter().chain(own.evidence).collect();
    let related = own.called >= 0.3 || own.witnessed;
    Judged { index, rank, most, related, evidence }
}

/// What differs and is for a person to judge: what is agreed to, where data go, who can read what is typed.
fn doubts(known: &Fingerprint, seen: &Fingerprint) -> Vec<String> {
    let mut doubts = Vec::new();
    if Kind::of(known) == Kind::Box && plain(&known.words) != plain(&seen.words) {
        doubts.push("a tick would agree to other words".to_owned());
    }
    if !known.submits.is_empty() && !seen.submits.is_empty() && known.submits != seen.submits {
        doubts.push(format!("its form goes to {} instead of {}", seen.submits, known.submits));
    }
    if known.secret && !seen.secret {
        doubts.push("what is typed there can be read on the screen".to_owned());
    }
    doubts
}

/// Whether something of the same kind and the same name is on the page.
#[must_use]
pub fn is_there(known: &Fingerprint, page: &[Fingerprint]) -> bool {
    page.iter().any(|seen| Kind::of(seen) == Kind::of(known) && plain(call(seen)) == plain(call(known)))
}

/// The other things that were known on a page, by its outline: all but the element itself.
#[must_use]
pub fn others(outline: &Outline, known: &Fingerprint) -> Vec<Fingerprint> {
    let own = [&known.name, &known.label, &known.words, &known.text].map(|text| plain(text));
    let is_known = |role: &str, name: &str| role == known.role && own.contains(&plain(name));
    let besides = outline.items.iter().filter(|item| !item.name.is_empty() && !is_known(&item.role, &item.name));
    besides
        .map(|item| Fingerprint {
            role: item.role.clone(),
            name: item.name.clone(),
            secret: item.marks.iter().any(|mark| mark == "secret"),
            ..Fingerprint::default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{CONFIDENT, Candidate, Purpose, others, ranked};
    use crate::record::{Fingerprint, Item, Outline};

    fn button(name: &str, before: &str) -> Fingerprint {
        Fingerprint {
            role: "button".into(),
            name: name.into(),
            text: name.into(),
            tag: "button".into(),
            before: before.into(),
            inside: vec!["dialog \"Rinnova firma\"".into()],
            ..Fingerprint::default()
        }
    }

    /// A field with a label of its own.
    fn labelled(label: &str) -> Fingerprint {
        Fingerprint { name: label.into(), label: label.into(), ..beside(label, "") }
    }

    /// A field of an unlabelled table.
    fn beside(text: &str, field: &str) -> Fingerprint {
        Fingerprint {
            role: "textbox".into(),
            before: text.into(),
            tag: "input".into(),
            kind: "password".into(),
            field: field.into(),
            secret: true,
            inside: vec!["form".into()],
            submits: "https://portale.example".into(),
            ..Fingerprint::default()
        }
    }

    fn first(known: &Fingerprint, purpose: Purpose, page: &[Fingerprint], rivals: &[&Fingerprint]) -> Candidate {
        ranked(known, purpose, page, rivals).swap_remove(0)
    }

    #[test]
    fn what_is_the_same_under_a_like_name_is_taken_without_asking() {
        let cases = [
            (
                beside("Pin di Firma", "pin"),
                beside("PIN per la firma", "pin"),
                beside("Conferma Pin di Firma", "pin2"),
                Purpose::Fill,
            ),
            (
                beside("Pin di Firma", ""),
                beside("PIN per la firma", ""),
                beside("Conferma Pin di Firma", ""),
                Purpose::Fill,
            ),
            (labelled("PIN di firma"), labelled("PIN DI FIRMA"), labelled("Conferma il PIN"), Purpose::Fill),
            (
                button("Attiva il certificato", "Annulla"),
                button("Attiva certificato", "Annulla"),
                button("Annulla", ""),
                Purpose::Click,
            ),
            (
                button("Conferma", "Annulla"),
                Fingerprint { role: "generic".into(), tag: "div".into(), ..button("CONFERMA", "Annulla") },
                button("Annulla", ""),
                Purpose::Click,
            ),
        ];
        for (known, right, other, purpose) in cases {
            let other_known = other.clone();
            for page in [vec![other.clone(), right.clone()], vec![right.clone(), other.clone()]] {
                let found = first(&known, purpose, &page, &[&other_known]);
                assert_eq!(page[found.index], right, "{found:?}");
                assert!(found.confidence >= CONFIDENT, "{right:?} {found:?}");
            }
        }
    }

    #[test]
    fn a_button_in_quite_other_words_is_found_and_asked_about() {
        let known = button("Attiva il certificato", "Annulla");
        let page =
            [button("Chiudi", "Rinnova firma"), button("Annulla", "Conferma il PIN"), button("CONFERMA", "Annulla")];
        let (close, cancel) = (button("Chiudi", "Rinnova firma"), button("Annulla", "Conferma il PIN"));
        for rivals in [&[][..], &[&close, &cancel]] {
            let found = first(&known, Purpose::Click, &page, rivals);
            assert_eq!(found.index, 2, "{found:?}");
            assert!(found.confidence < CONFIDENT, "{found:?}");
        }
    }

    /// What must never be taken without asking: the right element is not there, or nothing tells it from another.
    #[test]
    fn traps_stay_below_the_threshold() {
        let consent = |words: &str| Fingerprint {
            role: "checkbox".into(),
            name: "Confermo".into(),
            words: words.into(),
            tag: "input".into(),
            kind: "checkbox".into(),
            ..Fingerprint::default()
        };
        let with_id = |id: &str, it: Fingerprint| Fingerprint { id: id.into(), ..it };
        let traps: Vec<(&str, Fingerprint, Vec<Fingerprint>, Purpose)> = vec![
            ("sibling field", labelled("Scegli un PIN"), vec![labelled("Conferma il PIN")], Purpose::Fill),
            ("sibling field", labelled("Nuova password"), vec![labelled("Conferma la nuova password")], Purpose::Fill),
            (
                "sibling field",
                beside("Pin di Firma", "pin"),
                vec![beside("Conferma Pin di Firma", "pin2")],
                Purpose::Fill,
            ),
            ("sibling field", beside("Pin di Firma", ""), vec![beside("Conferma Pin di Firma", "")], Purpose::Fill),
            (
                "E11: another thing is asked for",
                beside("User ID", "userid"),
                vec![beside("E-mail", "userid")],
                Purpose::Fill,
            ),
            (
                "swapped buttons",
                with_id("primo", button("Conferma", "Annulla")),
                vec![with_id("primo", button("Annulla", "Annulla"))],
                Purpose::Click,
            ),
            (
                "decoy",
                button("Rinnova firma digitale", "Firma"),
                vec![button("Rinnova e revoca il precedente", "Firma"), button("Sospensione e revoca firma", "PIN")],
                Purpose::Click,
            ),
            ("decoy alone", button("Rinnova firma", "Firma"), vec![button("Revoca firma", "Firma")], Purpose::Click),
            (
                "decoy alone",
                button("Rinnova firma", ""),
                vec![button("Rinnova firma e revoca la precedente", "")],
                Purpose::Click,
            ),
            (
                "a button of the message",
                button("Rinnova firma", ""),
                vec![button("Richiedi un nuovo certificato", "")],
                Purpose::Click,
            ),
            (
                "opposite",
                button("Attiva il certificato", ""),
                vec![button("Disattiva il certificato", "")],
                Purpose::Click,
            ),
            (
                "a copy",
                labelled("PIN di firma"),
                vec![labelled("PIN di firma"), labelled("PIN di firma")],
                Purpose::Fill,
            ),
            (
                "a copy",
                button("Conferma", "Annulla"),
                vec![button("Conferma", "Annulla"), button("Conferma", "")],
                Purpose::Click,
            ),
            (
                "other words",
                consent("Confermo i dati"),
                vec![consent("Confermo i dati e la cessione a terzi")],
                Purpose::Check,
            ),
            (
                "D38: another origin",
                beside("Pin di Firma", "pin"),
                vec![Fingerprint { submits: "https://altrove.example".into(), ..beside("Pin di Firma", "pin") }],
                Purpose::Fill,
            ),
            (
                "typed in the clear",
                beside("Pin di Firma", "pin"),
                vec![Fingerprint { secret: false, kind: "text".into(), ..beside("Pin di Firma", "pin") }],
                Purpose::Fill,
            ),
        ];
        for (what, known, page, purpose) in traps {
            for found in ranked(&known, purpose, &page, &[]) {
                assert!(found.confidence < CONFIDENT, "{what}: {:?} {found:?}", page[found.index]);
            }
        }
    }

    #[test]
    fn what_other_steps_know_is_theirs() {
        let (choose, again) = (labelled("Scegli un PIN di firma"), labelled("Conferma il PIN di firma"));
        let page = [again.clone(), labelled("Imposta un codice")];
        let found = first(&choose, Purpose::Fill, &page, &[&again]);
        assert_eq!(found.index, 1, "{found:?}");
        let taken = ranked(&choose, Purpose::Fill, &page, &[&again]).swap_remove(1);
        assert!(taken.evidence[0].contains("rather “Conferma il PIN di firma”"), "{taken:?}");
        assert!(taken.margin < 0.0);
    }

    #[test]
    fn only_what_serves_the_purpose_is_a_candidate() {
        let heading = Fingerprint { role: "heading".into(), tag: "h1".into(), ..button("Rinnova firma", "") };
        let page = [heading, labelled("Rinnova firma")];
        assert_eq!(ranked(&button("Rinnova firma", ""), Purpose::Click, &page, &[]), []);
        assert_eq!(ranked(&labelled("PIN"), Purpose::Fill, &page, &[]).len(), 1);
        assert_eq!(ranked(&labelled("PIN"), Purpose::Check, &page, &[]), []);
    }

    #[test]
    fn a_value_is_known_by_the_words_before_it() {
        let value = |before: &str, text: &str| Fingerprint {
            role: "cell".into(),
            text: text.into(),
            before: before.into(),
            tag: "td".into(),
            ..Fingerprint::default()
        };
        let known = value("Data di scadenza", "16/07/2026");
        let page = [
            value("Data di emissione", "16/07/2026"),
            value("Data scadenza:", "2029-07-16"),
            value("IUT", "16/07/2026"),
        ];
        let found = first(&known, Purpose::Read, &page, &[&page[0]]);
        assert!(found.index == 1 && found.confidence >= CONFIDENT, "{found:?}");
        let gone = first(&known, Purpose::Read, &[page[0].clone()], &[]);
        assert!(gone.confidence < CONFIDENT, "{gone:?}");
    }

    #[test]
    fn what_has_no_name_is_known_by_its_identifier() {
        let icon = |id: &str| Fingerprint { id: id.into(), ..button("", "") };
        let found = first(&icon("avanti"), Purpose::Click, &[icon("indietro"), icon("avanti")], &[]);
        assert!(found.index == 1 && found.confidence < CONFIDENT, "{found:?}");
        assert!(first(&icon("avanti"), Purpose::Click, &[icon("avanti")], &[]).confidence >= CONFIDENT);
        assert!(first(&icon("avanti"), Purpose::Click, &[icon("prossimo")], &[]).confidence < CONFIDENT);
        assert!(first(&icon(""), Purpose::Click, &[icon("")], &[]).confidence < CONFIDENT);
    }

    /// The consents of a renewal, as their page has them.
    fn consents() -> Vec<Fingerprint> {
        let inside = vec!["dialog \"Rinnova firma\"".to_owned(), "form".to_owned()];
        let tick = |words: &str, id: &str| Fingerprint {
            role: "checkbox".into(),
            name: words.into(),
            label: words.into(),
            words: words.into(),
            tag: "input".into(),
            kind: "checkbox".into(),
            id: id.into(),
            ..Fingerprint::default()
        };
        let field = |label: &str, id: &str| Fingerprint { id: id.into(), field: id.into(), ..labelled(label) };
        let mut page = vec![
            button("Chiudi", "Rinnova firma"),
            tick("Accetto le condizioni generali di servizio", "cgs"),
            tick("Confermo", "dati"),
            field("PIN di firma", "pin"),
            field("Scegli un PIN di firma", "nuovo-pin"),
            field("Conferma il PIN", "conferma-pin"),
            button("Annulla", "Conferma il PIN"),
            button("Conferma", "Annulla"),
        ];
        for it in &mut page {
            it.inside.clone_from(&inside);
        }
        page
    }

    fn purpose_of(it: &Fingerprint) -> Purpose {
        match it.role.as_str() {
            "checkbox" => Purpose::Check,
            "textbox" => Purpose::Fill,
            _ => Purpose::Click,
        }
    }

    /// Each change of portals, played on all elements of a page at once: every one is found again, at the first place.
    #[test]
    fn a_whole_page_is_found_again() {
        type Played = (&'static str, f64, fn(&mut Vec<Fingerprint>));
        fn each(page: &mut [Fingerprint], change: impl Fn(&mut Fingerprint)) {
            page.iter_mut().for_each(change);
        }
        let changes: [Played; 11] = [
            ("D1: ids renamed", CONFIDENT, |page| each(page, |it| it.id = format!("{}-input-3f2a", it.id))),
            ("D2: ids random", CONFIDENT, |page| each(page, |it| (it.id, it.field) = ("x7f3c9".into(), String::new()))),
            ("D5: written otherwise", CONFIDENT, |page| {
                each(page, |it| {
                    for text in [&mut it.name, &mut it.label, &mut it.text, &mut it.words, &mut it.before] {
                        *text = text.to_uppercase().replace(' ', "\u{a0}");
                    }
                });
            }),
            ("D6: boxes that take a click", CONFIDENT, |page| {
                each(page, |it| {
                    if it.tag == "button" {
                        (it.tag, it.role, it.name) = ("div".into(), "generic".into(), String::new());
                    }
                });
            }),
            ("D6: links with a role", CONFIDENT, |page| {
                each(page, |it| it.tag = it.tag.replace("button", "a"));
            }),
            ("D7: submit inputs", CONFIDENT, |page| {
                each(page, |it| {
                    if it.tag == "button" {
                        (it.tag, it.kind, it.text) = ("input".into(), "submit".into(), String::new());
                    }
                });
            }),
            ("D8: in a shadow root", CONFIDENT, |page| each(page, |it| it.inside.push("shadow".into()))),
            ("D10: in a frame", CONFIDENT, |page| each(page, |it| it.inside.insert(0, "frame \"accesso\"".into()))),
            ("D18, D21: all in another order", CONFIDENT, |page| {
                page.reverse();
                let mut before = String::new();
                for it in page {
                    it.before = std::mem::replace(&mut before, it.name.clone());
                }
            }),
            ("D22: placeholders in place of labels", CONFIDENT, |page| {
                each(page, |it| {
                    if it.role == "textbox" {
                        it.placeholder = std::mem::take(&mut it.label);
                    }
                });
            }),
            ("D35: other pages with the same words", CONFIDENT, |page| {
                each(page, |it| {
                    (it.id, it.field, it.inside, it.before) = (String::new(), String::new(), vec![], String::new());
                    it.tag = if it.tag == "button" { "a" } else { "div" }.into();
                });
            }),
        ];
        let known = consents();
        for (what, least, change) in changes {
            let mut page = consents();
            change(&mut page);
            for (index, it) in known.iter().enumerate() {
                let rivals: Vec<&Fingerprint> = known.iter().filter(|other| *other != it).collect();
                for rivals in [&rivals[..], &[]] {
                    let found = first(it, purpose_of(it), &page, rivals);
                    let right = if what.starts_with("D18") { known.len() - 1 - index } else { index };
                    assert_eq!(found.index, right, "{what}: {} {found:?}", it.name);
                    assert!(found.confidence >= least, "{what}: {} {found:?}", it.name);
                }
            }
        }
    }

    #[test]
    fn boxes_for_digits_are_the_field_that_was_and_back() {
        let one = labelled("Codice OTP");
        let boxes = Fingerprint {
            boxes: 6,
            name: "Inserisci il codice OTP inviato al numero".into(),
            label: "Cifra 1 di 6".into(),
            before: "Codice OTP".into(),
            kind: "tel".into(),
            ..one.clone()
        };
        let other = labelled("PIN di firma");
        for (known, seen) in [(&one, &boxes), (&boxes, &one)] {
            assert_eq!(first(known, Purpose::Fill, &[other.clone(), seen.clone()], &[&other]).index, 1);
        }
    }

    #[test]
    fn an_outline_knows_the_rest_of_the_page() {
        let item = |role: &str, name: &str| Item { role: role.into(), name: name.into(), ..Item::default() };
        let items = vec![
            item("button", "Annulla"),
            item("button", "Attiva il certificato"),
            item("heading", "Attiva il certificato"),
        ];
        let rest = others(&Outline { items, ..Outline::default() }, &button("Attiva il certificato", ""));
        let told: Vec<_> = rest.iter().map(|it| (it.role.as_str(), it.name.as_str())).collect();
        assert_eq!(told, [("button", "Annulla"), ("heading", "Attiva il certificato")]);
    }
}

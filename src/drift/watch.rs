//! The watch kept while a run goes on: right before a step acts, whether its locator has found what it found when the flow
//! was accepted; at a stage's picture, whether the page is the one that was accepted. All that is compared is neutral.

use crate::drift::baseline::{KnownStage, KnownStep};
use crate::drift::compare::{self, Target, encloses, shown};
use crate::drift::likeness::plain;
use crate::drift::vocabulary::{both_ask_code, may_be_renamed};
use crate::record::{Change, ChangeKind, Fingerprint, Gravity, Outline};

/// One tag more, or another one, around an element is upkeep; from so many differences on it is built otherwise.
const REBUILT: usize = 2;

/// Of one element alone nothing follows for its page.
const FEWEST: usize = 2;

/// A step about to act.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// The stage as the baseline knows it.
    pub stage: &'a KnownStage,
    /// The step as the baseline knows it.
    pub step: &'a KnownStep,
    /// The stage's name in the record.
    pub name: &'a str,
    /// The line in the flow file where the step stands now.
    pub line: usize,
}

/// What differs between the element that a step knew and the one that its locator has found. `home` is the portal's origin
/// as used now.
#[must_use]
pub fn step(acting: &Acting<'_>, found: &Fingerprint, home: &str) -> Vec<Change> {
    let Acting { step, .. } = acting;
    let known = &step.element;
    let mut changes = Vec::new();
    let mut tell = |kind, gravity, says: String| {
        changes.push(Change {
            kind,
            gravity,
            stage: acting.name.to_owned(),
            line: Some(acting.line),
            says,
            before: shown(&known.role, called(known)),
            now: shown(&found.role, called(found)),
        });
    };
    let submits = found.submits.trim_end_matches('/');
    if !submits.is_empty() && submits != home.trim_end_matches('/') && submits != known.submits.trim_end_matches('/') {
        tell(
            ChangeKind::OtherOrigin,
            Gravity::Stop,
            format!("the form of {} goes to {submits} now", shown(&found.role, called(found))),
        );
    }
    // What a step reads is different each day; what stands before it is its name.
    if step.action == "read" {
        return changes;
    }
    let (was, is) = (shown(&known.role, called(known)), shown(&found.role, called(found)));
    let identity = identity(acting, found);
    match identity {
        Identity::Other => {
            tell(ChangeKind::OtherIdentity, Gravity::Stop, format!("`{}` is now {is}, it was {was}", step.shown));
        }
        Identity::Renamed => {
            let gravity = if step.commit { Gravity::Stop } else { Gravity::Drift };
            tell(ChangeKind::Renamed, gravity, format!("{was} is now “{}”", called(found)));
        }
        Identity::Same => {}
    }
    let ticks = !known.words.is_empty() && !found.words.is_empty();
    if ticks && identity != Identity::Other && plain(&known.words) != plain(&found.words) {
        tell(ChangeKind::ConsentReworded, Gravity::Stop, format!("{was} now says “{}”", found.words));
    }
    if identity == Identity::Same {
        let boxes = (known.boxes == 0) != (found.boxes == 0);
        if known.role != found.role || boxes {
            let now = if boxes { boxes_of(found) } else { found.role.clone() };
            tell(ChangeKind::Remade, Gravity::Drift, format!("{was} is made otherwise: {now}"));
        } else if !known.label.is_empty() && found.label.is_empty() && !found.placeholder.is_empty() {
            tell(ChangeKind::Remade, Gravity::Drift, format!("{was} has no label any more, only a placeholder"));
        } else if !same_places(known, found) {
            let place =
                |inside: &[String]| if inside.is_empty() { "the bare page".to_owned() } else { inside.join(" › ") };
            let says = format!("{was} stands in {} now, not in {}", place(&found.inside), place(&known.inside));
            tell(ChangeKind::Moved, Gravity::Drift, says);
        }
    }
    changes
}

/// What differs between the page of a stage as it was accepted and as it is.
#[must_use]
pub fn page(stage: &KnownStage, now: &Outline, name: &str, uses: &[Target<'_>]) -> Vec<Change> {
    stage.outline.as_ref().map(|before| compare::pages(name, before, now, uses)).unwrap_or_default()
}

/// Whether the markup around an element is another than the one that its step knew: nobody sees that on the page, and the next
/// change of it may be the one that a locator does not survive.
#[must_use]
pub fn is_rebuilt(known: &Fingerprint, found: &Fingerprint) -> bool {
    let (was, is) = (&known.markup, &found.markup);
    !was.is_empty() && !is.is_empty() && strsim::generic_levenshtein(was, is) >= REBUILT
}

/// What follows for a page on which nothing has changed for people, from whether each element that its steps have found stands
/// in other markup (portals.md §1.6, D35). Each comes with its step's line in the flow file.
#[must_use]
pub fn markup(name: &str, rebuilt: &[(usize, bool)]) -> Option<Change> {
    let all = rebuilt.len();
    (all >= FEWEST && rebuilt.iter().all(|(_, rebuilt)| *rebuilt)).then(|| Change {
        kind: ChangeKind::Redesign,
        gravity: Gravity::Drift,
        stage: name.to_owned(),
        line: rebuilt.first().map(|(line, _)| *line),
        says: format!(
            "the page reads as before and is built otherwise: all {all} elements of its steps stand in other markup"
        ),
        before: String::new(),
        now: String::new(),
    })
}

/// What people call an element: its name, else what it says, else what is written before it.
#[must_use]
pub fn called(element: &Fingerprint) -> &str {
    let Fingerprint { name, label, placeholder, before, text, .. } = element;
    [name, label, placeholder, text, before].into_iter().find(|name| !name.is_empty()).map_or("", |name| name)
}

/// Both stand in the same dialogs, forms, frames and shadow roots; one of these may be called otherwise.
fn same_places(known: &Fingerprint, found: &Fingerprint) -> bool {
    let places = |element: &Fingerprint| -> Vec<String> {
        element.inside.iter().filter(|place| encloses(place)).cloned().collect()
    };
    let (was, is) = (places(known), places(found));
    let kind = |place: &str| place.split(' ').next().unwrap_or_default().to_owned();
    let same = |one: &String, other: &String| {
        kind(one) == kind(other) && (plain(one) == plain(other) || may_be_renamed(one, other))
    };
    was.len() == is.len() && was.iter().zip(&is).all(|(one, other)| same(one, other))
}

fn boxes_of(element: &Fingerprint) -> String {
    if element.boxes == 0 { "one field".to_owned() } else { format!("{} boxes", element.boxes) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Identity {
    Same,
    Renamed,
    Other,
}

fn identity(acting: &Acting<'_>, found: &Fingerprint) -> Identity {
    let known = &acting.step.element;
    let was = called(known);
    // One of the two may have a name of its own where the other has only words beside it.
    let both_named = !known.name.is_empty() && !found.name.is_empty();
    let names: Vec<&str> = if both_named {
        vec![&found.name]
    } else {
        [&found.name, &found.label, &found.placeholder, &found.before, &found.text]
            .into_iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect()
    };
    if was.is_empty() || names.iter().any(|name| plain(name) == plain(was)) {
        return Identity::Same;
    }
    let is = called(found);
    if both_ask_code(was, is) && known.secret == found.secret {
        return Identity::Same;
    }
    if is_another(acting, found) || !names.iter().any(|name| may_be_renamed(was, name)) {
        return Identity::Other;
    }
    Identity::Renamed
}

/// Something else on the page as it was, or the element of another step, was called so.
fn is_another(acting: &Acting<'_>, found: &Fingerprint) -> bool {
    let is = plain(called(found));
    let role = &found.role;
    let on_page = acting
        .stage
        .outline
        .iter()
        .flat_map(|page| &page.items)
        .any(|item| &item.role == role && plain(&item.name) == is);
    let others = acting.stage.steps.iter().filter(|step| step.at != acting.step.at);
    on_page || others.filter(|step| &step.element.role == role).any(|step| plain(called(&step.element)) == is)
}

#[cfg(test)]
mod tests {
    use super::{is_rebuilt, markup};
    use crate::record::{ChangeKind, Fingerprint, Gravity};

    fn within(markup: &str) -> Fingerprint {
        Fingerprint { markup: markup.split_whitespace().map(str::to_owned).collect(), ..Fingerprint::default() }
    }

    #[test]
    fn a_wrapper_more_or_another_tag_is_no_other_building() {
        let known = within("div main section form div");
        for (now, rebuilt) in [
            ("div main section form div", false),
            ("div div main section form div", false),
            ("div main article form div", false),
            ("div div main article form div", true),
            ("div main form table tbody tr td", true),
            ("", false),
        ] {
            assert_eq!(is_rebuilt(&known, &within(now)), rebuilt, "{now}");
        }
        assert!(!is_rebuilt(&within(""), &known), "a baseline of an earlier build knows nothing of it");
    }

    #[test]
    fn a_page_is_built_otherwise_when_all_elements_of_its_steps_are() {
        assert!(markup("login", &[(7, true)]).is_none());
        assert!(markup("login", &[(7, true), (8, false), (9, true)]).is_none());
        let change = markup("login", &[(7, true), (8, true)]).expect("a change");
        assert_eq!((change.kind, change.gravity, change.line), (ChangeKind::Redesign, Gravity::Drift, Some(7)));
    }
}

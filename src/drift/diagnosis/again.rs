//! The element that a step knew, found again among those that are on the page.

use crate::drift::baseline::{KnownStage, KnownStep};
use crate::drift::compare::{Class, class, nearest};
use crate::drift::diagnosis::Sight;
use crate::drift::likeness::{alike, plain};
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::vocabulary::{is_for_another, may_be_renamed};
use crate::drift::watch::called;
use crate::record::{ChangeKind, Fingerprint, Item};

impl Sight<'_> {
    /// The element that a step knew, found again among those that are on the page.
    pub(super) fn again(&self, known: &KnownStep, elements: &[Fingerprint]) -> Option<(ChangeKind, Fingerprint)> {
        let element = &known.element;
        // What is read is different each day: the words before it are its name.
        let reads = known.action == "read" && !element.before.is_empty();
        let name = |element: &Fingerprint| if reads { element.before.clone() } else { called(element).to_owned() };
        let was = name(element);
        let kind = |role: &str| class(&Item { role: role.to_owned(), ..Item::default() });
        let seen: Vec<Fingerprint> = elements.iter().map(|seen| neutral_fingerprint(seen, &self.values)).collect();
        let usable = |seen: &&Fingerprint| kind(&seen.role) == kind(&element.role);
        let same = |seen: &&Fingerprint| {
            let names = [&seen.name, &seen.label, &seen.placeholder, &seen.text, &seen.before];
            let said = if reads {
                plain(&seen.before) == plain(&was)
            } else {
                names.iter().any(|name| plain(name) == plain(&was))
            };
            !plain(&was).is_empty() && said
        };
        if let Some(seen) = seen.iter().filter(usable).find(same) {
            let remade =
                seen.role != element.role || seen.tag != element.tag || (seen.boxes == 0) != (element.boxes == 0);
            let kind = if nearest(seen) != nearest(element) {
                ChangeKind::Moved
            } else if remade {
                ChangeKind::Remade
            } else if name(seen) != was {
                ChangeKind::Renamed
            } else {
                ChangeKind::Moved
            };
            return Some((kind, seen.clone()));
        }
        let boxes = |seen: &&Fingerprint| (seen.boxes == 0) != (element.boxes == 0) && kind(&seen.role) == Class::Field;
        if let Some(seen) = seen.iter().find(boxes) {
            return Some((ChangeKind::Remade, seen.clone()));
        }
        // A bare box that says what the button said is the button; a label that is there without its field is not the field.
        let bare = |seen: &&Fingerprint| matches!(seen.role.as_str(), "" | "generic" | "none" | "LabelText" | "label");
        let says = |seen: &&Fingerprint| [&seen.text, &seen.name].iter().any(|text| plain(text) == plain(&was));
        let plainly = seen.iter().filter(|seen| !was.is_empty() && bare(seen)).find(says);
        match kind(&element.role) {
            // It has no name but what it says.
            Class::Control if plainly.is_some() => {
                let named = |seen: &Fingerprint| Fingerprint { name: seen.text.clone(), ..seen.clone() };
                return plainly.map(|seen| (ChangeKind::Remade, named(seen)));
            }
            Class::Field if plainly.is_some() => return plainly.map(|seen| (ChangeKind::OutOfReach, seen.clone())),
            _ => {}
        }
        let same_id = |seen: &Fingerprint| {
            let same = |one: &str, other: &str| !one.is_empty() && one == other;
            same(&element.id, &seen.id) || same(&element.field, &seen.field) || same(&element.testid, &seen.testid)
        };
        let renamed = seen
            .iter()
            .filter(usable)
            .filter(|seen| !self.stood_there(seen))
            .filter(|seen| may_be_renamed(&was, &name(seen)) || same_id(seen))
            .max_by(|one, other| alike(&was, &name(one)).total_cmp(&alike(&was, &name(other))));
        renamed.or_else(|| self.only_one(element, &was, &seen)).map(|seen| (ChangeKind::Renamed, seen.clone()))
    }

    /// The only thing of its kind that is new in the dialog, form or frame where the element stood, unless it is for
    /// something else.
    fn only_one<'s>(&self, element: &Fingerprint, was: &str, seen: &'s [Fingerprint]) -> Option<&'s Fingerprint> {
        let kind = |it: &Fingerprint| class(&Item { role: it.role.clone(), ..Item::default() });
        nearest(element)?;
        let mut there = seen.iter().filter(|seen| {
            kind(seen) == kind(element)
                && nearest(seen) == nearest(element)
                && seen.secret == element.secret
                && !self.stood_there(seen)
        });
        let only = there.next().filter(|seen| !is_for_another(was, called(seen)))?;
        there.next().is_none().then_some(only)
    }

    /// The baseline knows this element by this name already: it is no other one renamed.
    fn stood_there(&self, seen: &Fingerprint) -> bool {
        let name = plain(called(seen));
        let known = |stage: &KnownStage| {
            let items = stage.outline.iter().flat_map(|page| &page.items);
            items.filter(|item| item.role == seen.role).any(|item| plain(&item.name) == name)
                || stage.steps.iter().any(|step| plain(called(&step.element)) == name)
        };
        !name.is_empty() && self.baseline.stages.iter().any(known)
    }
}

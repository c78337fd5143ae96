//! On which page of the baseline a run stopped, and what that page says by being another than the stage's.

use std::collections::BTreeSet;

use crate::drift::baseline::{Baseline, KnownStage};
use crate::drift::compare::{Class, class, shown};
use crate::drift::diagnosis::Sight;
use crate::drift::likeness::plain;
use crate::drift::vocabulary::{goes_on, is_other_access};
use crate::drift::watch::{self, called};
use crate::record::{Change, ChangeKind, Fingerprint, Gravity, Item, Outline, StageRecord, StepRecord};

/// A page is a known one when it has so much of it.
const KNOWN_PAGE: f64 = 0.5;

/// Of fewer pages it is not known what stands on all.
const MANY_PAGES: usize = 4;

/// What is left of that share when nothing is there that the stage uses.
const NOT_ITS_PAGE: f64 = 0.45;

/// It is rather another one when that fits better by so much.
const RATHER: f64 = 0.2;

/// Where a run stands: on the page of a known stage, or on one that is none of them.
pub(super) struct Place {
    /// The stage in which it failed.
    pub(super) own: Option<usize>,
    /// The stage whose page this is, or is most like.
    at: usize,
    /// It is that stage's.
    pub(super) known: bool,
    /// What differs from that page; where it is none of them, from the one that should have come.
    changes: Vec<Change>,
}

impl Place {
    /// What is new on the page and explains by itself that a step could not go on.
    pub(super) fn in_the_way(&self) -> Option<&Change> {
        let telling = [ChangeKind::Captcha, ChangeKind::Payment, ChangeKind::NewDialog, ChangeKind::Language];
        let told = telling.iter().find_map(|kind| self.changes.iter().find(|change| change.kind == *kind));
        let stops = |change: &&Change| change.gravity == Gravity::Stop && change.kind != ChangeKind::Redesign;
        told.or_else(|| self.changes.iter().filter(|_| self.known).find(stops))
    }

    /// The page speaks another language than it did.
    pub(super) fn language(&self) -> Option<&Change> {
        self.changes.iter().find(|change| change.kind == ChangeKind::Language)
    }

    /// It was not there when the flow was accepted.
    fn has_new(&self, item: &Item) -> bool {
        self.changes.iter().any(|change| change.now == shown(&item.role, &item.name))
    }

    /// What the step of this line uses, else what another step of the stage uses, is there in another way.
    pub(super) fn drifted(&self, line: usize) -> Option<&Change> {
        let again =
            |change: &&Change| matches!(change.kind, ChangeKind::Renamed | ChangeKind::Moved | ChangeKind::Remade);
        let mut drifted =
            self.changes.iter().filter(|_| self.known).filter(again).filter(|change| change.gravity > Gravity::Note);
        drifted.clone().find(|change| change.line == Some(line)).or_else(|| drifted.next())
    }

    /// The page that should have come is there, and most of it is another.
    pub(super) fn redesigned(&self) -> Option<&Change> {
        let here = self.known || self.own == Some(0);
        self.changes
            .iter()
            .find(|change| here && (change.kind, change.gravity) == (ChangeKind::Redesign, Gravity::Stop))
    }
}

/// What can be used or read on a page, by name as compared.
fn names_on(page: &Outline) -> Vec<String> {
    let counts = |item: &&Item| !matches!(class(item), Class::Other | Class::Frame) && !item.name.is_empty();
    page.items.iter().filter(counts).map(|item| plain(&item.name)).collect()
}

pub(super) fn everywhere(baseline: &Baseline) -> BTreeSet<String> {
    let pages: Vec<BTreeSet<String>> = baseline
        .stages
        .iter()
        .filter_map(|stage| stage.outline.as_ref())
        .map(|page| names_on(page).into_iter().collect())
        .collect();
    let most = |name: &&String| {
        pages.len() >= MANY_PAGES && 2 * pages.iter().filter(|page| page.contains(*name)).count() > pages.len()
    };
    pages.iter().flatten().filter(most).cloned().collect()
}

impl Sight<'_> {
    /// Whether a page is, by what stands on it, that of a known stage.
    pub(super) fn is_page_of(&self, known: &KnownStage, now: &Outline) -> bool {
        self.fits(now, known).0 >= KNOWN_PAGE
    }

    /// How much of a known page this one has, and how like the two are; from 0 to 1.
    fn fits(&self, now: &Outline, known: &KnownStage) -> (f64, f64) {
        let Some(before) = &known.outline else { return (0.0, 0.0) };
        let telling = |names: Vec<String>| {
            let own: Vec<String> = names.iter().filter(|name| !self.everywhere.contains(*name)).cloned().collect();
            if own.is_empty() { names } else { own }
        };
        let (before, mut names) = (telling(names_on(before)), telling(names_on(now)));
        let (all, there) = (before.len(), names.len());
        let mut kept = 0_usize;
        for name in before {
            if let Some(at) = names.iter().position(|other| *other == name) {
                names.swap_remove(at);
                kept += 1;
            }
        }
        // Of a dialog's next page much is the same as of the last, but nothing that the stage uses.
        let name = |it: &Fingerprint| plain(if it.words.is_empty() { called(it) } else { &it.words });
        let used = known.steps.iter().map(|step| name(&step.element)).filter(|name| !name.is_empty());
        let names: Vec<String> = now.items.iter().map(|item| plain(&item.name)).collect();
        let lost = used.clone().next().is_some() && !used.clone().any(|name| names.contains(&name));
        let share = |of: usize| {
            #[expect(clippy::cast_precision_loss, reason = "a page of two thousand things at most")]
            let share = if of == 0 { 0.0 } else { kept as f64 / of as f64 };
            if lost { share * NOT_ITS_PAGE } else { share }
        };
        (share(all), share(all.max(there)))
    }

    /// Which page of the baseline this one is, or is most like.
    pub(super) fn place(&self, page: &Outline, stage: &StageRecord) -> Option<Place> {
        if page.items.is_empty() {
            return None;
        }
        let stages = &self.baseline.stages;
        let fits: Vec<(f64, f64)> = stages.iter().map(|known| self.fits(page, known)).collect();
        let own = stages.iter().position(|known| known.name == stage.name);
        let best = (0..stages.len()).max_by(|one, other| fits[*one].1.total_cmp(&fits[*other].1))?;
        let here = |known: &KnownStage| {
            let address = known.outline.as_ref().map(|known| known.address.as_str());
            !page.address.is_empty() && address == Some(page.address.as_str())
        };
        // An address that no other page of the flow has says more than the words on the page.
        let alone = |own: usize| stages.iter().all(|known| here(known) == (known.id == stages[own].id));
        let reached = |own: &usize| {
            fits[*own].0 >= KNOWN_PAGE || (here(&stages[*own]) && (fits[best].1 < KNOWN_PAGE || alone(*own)))
        };
        let home = own.filter(|own| reached(own) && (fits[best].1 < fits[*own].1 + RATHER || alone(*own)));
        let at = home.unwrap_or(best);
        let known = home.is_some() || fits[at].1 >= KNOWN_PAGE;
        // A page that is none of them is held against the one that should have come.
        let against = if known { at } else { own.unwrap_or(at) };
        let targets = self.targets(&stages[against], stage);
        let changes = watch::page(&stages[against], page, &stage.name, &targets);
        Some(Place { own, at, known, changes })
    }

    /// At the place where the page should be, a tab that was not there: what is missing may be behind it.
    pub(super) fn new_tab(&self, page: &Outline, place: &Place) -> Option<String> {
        let known = place.own.and_then(|own| self.baseline.stages[own].outline.as_ref())?;
        let had_tabs = known.items.iter().any(|item| item.role == "tab");
        let tabs = page.items.iter().filter(|item| item.role == "tab");
        let new: Vec<&Item> = tabs.filter(|item| known.items.iter().all(|old| old.name != item.name)).collect();
        let own_way = new.iter().find(|tab| !is_other_access(&tab.name)).or(new.first())?;
        let here = known.address == page.address && !had_tabs;
        here.then(|| format!("perhaps behind the {}", shown(&own_way.role, &own_way.name)))
    }

    /// What the page says by being another than the stage's: one that stands between, or a later one.
    pub(super) fn of_page(
        &self,
        page: &Outline,
        place: &Place,
        stage: &StageRecord,
        step: &StepRecord,
    ) -> Option<(ChangeKind, String)> {
        // A stage that has done something has had its page.
        let acted =
            stage.steps.iter().any(|step| step.failure.is_none() && step.known.is_some() && step.action != "expect");
        let new = |item: &&Item| place.has_new(item);
        // A page on which there is nothing to fill in or to press tells an end: the expected one, in other words.
        let asks = |item: &Item| matches!(class(item), Class::Field | Class::Consent) || item.role == "button";
        if step.action == "expect" && !place.known && !page.items.iter().filter(new).any(asks) {
            return Some((ChangeKind::Renamed, format!("perhaps in other words: {}", told_page(page))));
        }
        if !place.known {
            return Some((
                ChangeKind::PageInserted,
                format!("a page that the flow does not know: {}", told_page(page)),
            ));
        }
        let own = place.own?;
        let known = &self.baseline.stages[place.at];
        if place.at == own {
            let onward =
                page.items.iter().filter(|item| class(item) == Class::Control && goes_on(&item.name)).find(new)?;
            let says = format!("the page goes on with {}: one page has become two", shown(&onward.role, &onward.name));
            return Some((ChangeKind::PageInserted, says));
        }
        if step.action == "expect" && place.at == own + 1 {
            return Some((ChangeKind::Renamed, format!("the page of the stage `{}`, in other words", known.name)));
        }
        (place.at > own && !acted)
            .then(|| (ChangeKind::PageGone, format!("the page of the stage `{}` has come already", known.name)))
    }
}

/// A page, for people: by its first heading, else its title, else its address.
fn told_page(page: &Outline) -> String {
    let heading = page.items.iter().find(|item| item.role == "heading" && !item.name.is_empty());
    let name = heading.map(|item| &item.name).or(Some(&page.title).filter(|title| !title.is_empty()));
    name.map_or_else(|| page.address.clone(), |name| format!("“{name}”"))
}

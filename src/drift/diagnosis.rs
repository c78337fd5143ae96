//! What a run has to say of its portal: the step at which it ended, what that step expected, what is there instead, the
//! class of the change, and all else that differs from the baseline.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::drift::baseline::{Baseline, KnownStage, KnownStep, at_home, values_of};
use crate::drift::candidates::is_there;
use crate::drift::compare::{Class, Target, class, nearest, shown};
use crate::drift::likeness::{alike, plain};
use crate::drift::neutral::{neutral, neutral_fingerprint, neutral_outline};
use crate::drift::stopped::Stopped;
use crate::drift::vocabulary::{goes_on, is_for_another, is_other_access, may_be_renamed};
use crate::drift::watch::{self, Acting, called};
use crate::record::{
    Change, ChangeKind, Failure, Fingerprint, Gravity, Item, Outcome, Outline, Record, StageRecord, StepRecord,
};

/// The version of the diagnosis' shape that this build writes.
pub const FORMAT: u32 = 1;

/// A page is a known one when it has so much of it.
const KNOWN_PAGE: f64 = 0.5;

/// Of fewer pages it is not known what stands on all.
const MANY_PAGES: usize = 4;

/// What is left of that share when nothing is there that the stage uses.
const NOT_ITS_PAGE: f64 = 0.45;

/// So many buttons with a digit are a keyboard.
const KEYS: usize = 8;

/// It is rather another one when that fits better by so much.
const RATHER: f64 = 0.2;

/// What a run has to say of its portal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The version of this shape, [`FORMAT`].
    pub format: u32,
    /// The flow's name.
    pub flow: String,
    /// How the run ended.
    pub verdict: &'static str,
    /// The day of the baseline, `YYYY-MM-DD`.
    pub baseline: String,
    /// The stage in which it ended, or in which the gravest change was seen.
    pub stage: String,
    /// The step's line in the flow file, counted from 1.
    pub line: Option<usize>,
    /// What the step does, in a sentence.
    pub sentence: String,
    /// What it expected.
    pub expected: String,
    /// What is there.
    pub there: String,
    /// The class of what stopped it, or of the gravest change; nothing where the portal is as it was.
    pub kind: Option<ChangeKind>,
    /// All that differs from the baseline, the gravest first.
    pub changes: Vec<Change>,
}

/// What the record of a run says of its portal, held against the baseline. `values` are those of the run's inputs.
#[must_use]
pub fn of(record: &Record, baseline: &Baseline, values: &[String]) -> Diagnosis {
    let sight = Sight { record, baseline, values: values_of(record, values), everywhere: everywhere(baseline) };
    let changes = sight.changes();
    let worst = changes.first().filter(|change| change.gravity > Gravity::Note);
    let mut diagnosis = Diagnosis {
        format: FORMAT,
        flow: record.flow.clone(),
        verdict: record.verdict.name(),
        baseline: baseline.accepted.to_string(),
        stage: worst.map(|change| change.stage.clone()).unwrap_or_default(),
        line: worst.and_then(|change| change.line),
        sentence: String::new(),
        expected: worst.map(|change| change.before.clone()).unwrap_or_default(),
        there: worst.map(|change| change.now.clone()).unwrap_or_default(),
        kind: worst.map(|change| change.kind),
        changes: Vec::new(),
    };
    if let Some(stopped) = Stopped::of(record) {
        let Stopped { stage, step, .. } = stopped;
        let found = sight.cause(stopped, &changes);
        diagnosis.stage.clone_from(&stage.name);
        diagnosis.line = Some(step.line);
        diagnosis.sentence.clone_from(&step.sentence);
        diagnosis.expected = found.expected;
        diagnosis.there = found.there;
        diagnosis.kind = found.kind;
    } else if let Some(step) = diagnosis.line.and_then(|line| step_at(record, &diagnosis.stage, line)) {
        diagnosis.sentence.clone_from(&step.sentence);
    }
    diagnosis.changes = changes;
    diagnosis
}

fn step_at<'a>(record: &'a Record, stage: &str, line: usize) -> Option<&'a StepRecord> {
    fn at(steps: &[StepRecord], line: usize) -> Option<&StepRecord> {
        steps.iter().find_map(|step| if step.line == line { Some(step) } else { at(&step.steps, line) })
    }
    at(&record.stages.iter().find(|it| it.name == stage)?.steps, line)
}

/// Why a step could not go on.
struct Cause {
    kind: Option<ChangeKind>,
    expected: String,
    there: String,
}

/// Where a run stands: on the page of a known stage, or on one that is none of them.
struct Place {
    /// The stage in which it failed.
    own: Option<usize>,
    /// The stage whose page this is, or is most like.
    at: usize,
    /// It is that stage's.
    known: bool,
    /// What differs from that page; where it is none of them, from the one that should have come.
    changes: Vec<Change>,
}

impl Place {
    /// What is new on the page and explains by itself that a step could not go on.
    fn in_the_way(&self) -> Option<&Change> {
        let telling = [ChangeKind::Captcha, ChangeKind::Payment, ChangeKind::NewDialog, ChangeKind::Language];
        let told = telling.iter().find_map(|kind| self.changes.iter().find(|change| change.kind == *kind));
        let stops = |change: &&Change| change.gravity == Gravity::Stop && change.kind != ChangeKind::Redesign;
        told.or_else(|| self.changes.iter().filter(|_| self.known).find(stops))
    }

    /// It was not there when the flow was accepted.
    fn has_new(&self, item: &Item) -> bool {
        self.changes.iter().any(|change| change.now == shown(&item.role, &item.name))
    }

    /// What the step of this line uses, else what another step of the stage uses, is there in another way.
    fn drifted(&self, line: usize) -> Option<&Change> {
        let again =
            |change: &&Change| matches!(change.kind, ChangeKind::Renamed | ChangeKind::Moved | ChangeKind::Remade);
        let mut drifted =
            self.changes.iter().filter(|_| self.known).filter(again).filter(|change| change.gravity > Gravity::Note);
        drifted.clone().find(|change| change.line == Some(line)).or_else(|| drifted.next())
    }

    /// The page that should have come is there, and most of it is another.
    fn redesigned(&self) -> Option<&Change> {
        let here = self.known || self.own == Some(0);
        self.changes
            .iter()
            .find(|change| here && (change.kind, change.gravity) == (ChangeKind::Redesign, Gravity::Stop))
    }
}

struct Sight<'a> {
    record: &'a Record,
    baseline: &'a Baseline,
    values: Vec<String>,
    /// The names that stand on most pages of the portal, its menu: they tell none from another.
    everywhere: BTreeSet<String>,
}

/// What can be used or read on a page, by name as compared.
fn names_on(page: &Outline) -> Vec<String> {
    let counts = |item: &&Item| !matches!(class(item), Class::Other | Class::Frame) && !item.name.is_empty();
    page.items.iter().filter(counts).map(|item| plain(&item.name)).collect()
}

fn everywhere(baseline: &Baseline) -> BTreeSet<String> {
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
    /// What was seen while the run went on, and what the record shows beside it.
    fn changes(&self) -> Vec<Change> {
        let mut changes = self.record.changes.clone();
        for stage in &self.record.stages {
            let Some(known) = self.baseline.stage(&stage.name, &stage.id) else { continue };
            self.of_steps(known, &stage.name, &stage.steps, &mut changes);
            if let Some(page) = &stage.outline {
                // The page on which a run failed may be any; the cause says which.
                let now = neutral_outline(page, &self.values);
                if stage.outcome == Outcome::Passed || self.fits(&now, known).0 >= KNOWN_PAGE {
                    changes.extend(watch::page(known, &now, &stage.name, &self.targets(known, stage)));
                }
            }
        }
        let mut told = BTreeSet::new();
        changes.retain(|change| {
            told.insert((change.kind, change.stage.clone(), change.before.clone(), change.now.clone()))
        });
        changes.sort_by_key(|change| std::cmp::Reverse(change.gravity));
        changes
    }

    fn of_steps(&self, known: &KnownStage, name: &str, steps: &[StepRecord], changes: &mut Vec<Change>) {
        for record in steps {
            // Of a step that healed the flow's own locator is the one that the baseline knows.
            let own = record.looked_for.as_deref();
            let shown = own.or(record.locator.as_ref().map(|used| used.shown.as_str()));
            let step = known.step(&record.action, shown, record.line);
            if let (Some(step), Some(found)) = (step, &record.known) {
                let acting = Acting { stage: known, step, name, line: record.line };
                let portal = &self.record.portal;
                let found = at_home(neutral_fingerprint(found, &self.values), portal);
                changes.extend(watch::step(&acting, &found, portal));
            }
            self.of_steps(known, name, &record.steps, changes);
        }
    }

    /// The stage's targets, with the lines at which their steps stood in this run.
    fn targets<'k>(&self, known: &'k KnownStage, stage: &StageRecord) -> Vec<Target<'k>> {
        let same_flow = self.record.flow_digest == self.baseline.flow_digest;
        let line = |step: &KnownStep| {
            let there =
                step_at(self.record, &stage.name, step.at[0]).is_some_and(|record| record.action == step.action);
            (same_flow || there).then_some(step.at[0])
        };
        known.current().map(|step| Target { step, line: line(step) }).collect()
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

    /// Why this step could not go on.
    fn cause(&self, stopped: Stopped<'_>, changes: &[Change]) -> Cause {
        let Stopped { stage, step, elements } = stopped;
        let known_stage = self.baseline.stage(&stage.name, &stage.id);
        let shown = step.locator.as_ref().map(|used| used.shown.as_str()).or(step.looked_for.as_deref());
        let known = known_stage.and_then(|known| known.step(&step.action, shown, step.line));
        let expected = known.map_or_else(|| step.sentence.clone(), |known| shown_element(&known.element));
        let Some(failure) = &step.failure else {
            // A declared state ended it: what has changed on its page may be why.
            let change = changes.iter().find(|change| change.stage == stage.name && change.gravity > Gravity::Note);
            let there = change.map(|change| change.now.clone()).unwrap_or_default();
            return Cause { kind: change.map(|change| change.kind), expected, there };
        };
        let there = neutral(&failure.message, &self.values);
        let page = self.page_of(stage, elements);
        // The watch has stopped it and says why.
        let watched = changes.iter().find(|change| failure.kind == "drift" && change.says == failure.message);
        if let Some(change) = watched {
            return Cause { kind: Some(change.kind), expected, there: change.says.clone() };
        }
        let kind = kind_of_failure(step, failure).or_else(|| {
            let stops = |change: &&Change| change.stage == stage.name && change.gravity == Gravity::Stop;
            changes.iter().find(stops).map(|change| change.kind)
        });
        if let Some(kind) = kind.filter(|kind| *kind != ChangeKind::Covered) {
            let change = changes.iter().find(|change| change.kind == kind && change.stage == stage.name);
            return Cause { kind: Some(kind), expected, there: change.map_or(there, |change| change.says.clone()) };
        }
        let place = self.place(&page, stage);
        if let Some(change) = place.as_ref().and_then(Place::in_the_way) {
            return Cause { kind: Some(change.kind), expected, there: change.says.clone() };
        }
        if kind.is_some() {
            return Cause { kind, expected, there };
        }
        if let Some(tab) = place.as_ref().and_then(|place| self.new_tab(&page, place)) {
            return Cause { kind: Some(ChangeKind::Moved), expected, there: tab };
        }
        if let Some(change) = place.as_ref().and_then(Place::redesigned) {
            return Cause { kind: Some(ChangeKind::Redesign), expected, there: change.says.clone() };
        }
        // A condition of several things has no element of its own; a step that comes after it uses the one that is missing.
        let used = || {
            let here = |known: &&KnownStep| known.element.address == page.address && !page.address.is_empty();
            let seen: Vec<Fingerprint> = elements.iter().map(|it| neutral_fingerprint(it, &self.values)).collect();
            known_stage?.current().filter(here).find(|known| !is_there(&known.element, &seen))
        };
        let missing = known.or_else(used);
        let at_home = missing.is_some_and(|known| known.element.address == page.address && !page.address.is_empty());
        let here = at_home || place.as_ref().is_none_or(|place| place.known || place.own == Some(0));
        let again = missing.and_then(|known| self.again(known, elements));
        if let Some((kind, element)) = again.filter(|(kind, _)| here || *kind != ChangeKind::Renamed) {
            return Cause { kind: Some(kind), expected, there: shown_element(&element) };
        }
        let told = failure.explanation.join("\n");
        let digits = page.items.iter().filter(|item| class(item) == Class::Control && item.name == "…").count();
        if told.contains("closed shadow root") || (step.action == "fill" && digits >= KEYS) {
            return Cause { kind: Some(ChangeKind::OutOfReach), expected, there };
        }
        if told.contains("cross-origin frame") {
            return Cause { kind: Some(ChangeKind::OtherOrigin), expected, there };
        }
        let beside = place.as_ref().and_then(|place| place.drifted(step.line)).cloned();
        if let Some((kind, says)) = place.and_then(|place| self.of_page(&page, &place, stage, step)) {
            return Cause { kind: Some(kind), expected, there: says };
        }
        // An expectation has no element of its own; what has become of the stage's elements tells what became of it.
        if let Some(change) = beside {
            return Cause { kind: Some(change.kind), expected, there: change.says };
        }
        let kind = (failure.kind == "timeout" && known.is_some()).then_some(ChangeKind::Gone);
        Cause { kind, expected, there }
    }

    /// The page on which a step failed: its outline, else what a step could mean on it.
    fn page_of(&self, stage: &StageRecord, elements: &[Fingerprint]) -> Outline {
        if let Some(page) = &stage.outline {
            return neutral_outline(page, &self.values);
        }
        let item = |element: &Fingerprint| {
            let element = neutral_fingerprint(element, &self.values);
            let name = if element.words.is_empty() { &element.name } else { &element.words };
            let inside = nearest(&element).unwrap_or_default().to_owned();
            let marks = if element.required { vec!["required".to_owned()] } else { Vec::new() };
            Item { role: element.role.clone(), name: name.clone(), inside, marks }
        };
        Outline { items: elements.iter().map(item).collect(), ..Outline::default() }
    }

    /// Which page of the baseline this one is, or is most like.
    fn place(&self, page: &Outline, stage: &StageRecord) -> Option<Place> {
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
    fn new_tab(&self, page: &Outline, place: &Place) -> Option<String> {
        let known = place.own.and_then(|own| self.baseline.stages[own].outline.as_ref())?;
        let had_tabs = known.items.iter().any(|item| item.role == "tab");
        let tabs = page.items.iter().filter(|item| item.role == "tab");
        let new: Vec<&Item> = tabs.filter(|item| known.items.iter().all(|old| old.name != item.name)).collect();
        let own_way = new.iter().find(|tab| !is_other_access(&tab.name)).or(new.first())?;
        let here = known.address == page.address && !had_tabs;
        here.then(|| format!("perhaps behind the {}", shown(&own_way.role, &own_way.name)))
    }

    /// What the page says by being another than the stage's: one that stands between, or a later one.
    fn of_page(
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

    /// The element that a step knew, found again among those that are on the page.
    fn again(&self, known: &KnownStep, elements: &[Fingerprint]) -> Option<(ChangeKind, Fingerprint)> {
        let element = &known.element;
        // What is read is different each day: the words before it are its name.
        let reads = known.action == "read" && !element.before.is_empty();
        let name = |element: &Fingerprint| if reads { element.before.clone() } else { called(element).to_owned() };
        let was = name(element);
        let kind = |role: &str| class(&Item { role: role.to_owned(), ..Item::default() });
        let seen: Vec<Fingerprint> = elements.iter().map(|seen| neutral_fingerprint(seen, &self.values)).collect();
        let usable = |seen: &&Fingerprint| kind(&seen.role) == kind(&element.role);
        let same = |seen: &&Fingerprint| {
            let names = [&seen.name, &seen.label, &seen.placeholder, &seen.before];
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

/// The class that the failure itself names.
fn kind_of_failure(step: &StepRecord, failure: &Failure) -> Option<ChangeKind> {
    let told =
        |words: &str| failure.message.contains(words) || failure.explanation.iter().any(|line| line.contains(words));
    match failure.kind.as_str() {
        "dialog" => Some(ChangeKind::NativeDialog),
        "origin" => Some(ChangeKind::OtherOrigin),
        "value" if step.action == "read" => Some(ChangeKind::ValueFormat),
        "readonly" | "mismatch" => Some(ChangeKind::OutOfReach),
        "ambiguous" => Some(ChangeKind::Rival),
        "interrupt" => Some(ChangeKind::NewDialog),
        "held" | "missed" => Some(ChangeKind::Covered),
        "timeout" if told("covered by") => Some(ChangeKind::Covered),
        "timeout" if told("was readonly") || told(", readonly") => Some(ChangeKind::OutOfReach),
        _ => None,
    }
}

/// An element, for people, with the dialog or frame it stands in.
fn shown_element(element: &Fingerprint) -> String {
    let what = shown(&element.role, called(element));
    match element.inside.last() {
        Some(place) => format!("{what} in {place}"),
        None => what,
    }
}

/// A page, for people: by its first heading, else its title, else its address.
fn told_page(page: &Outline) -> String {
    let heading = page.items.iter().find(|item| item.role == "heading" && !item.name.is_empty());
    let name = heading.map(|item| &item.name).or(Some(&page.title).filter(|title| !title.is_empty()));
    name.map_or_else(|| page.address.clone(), |name| format!("“{name}”"))
}

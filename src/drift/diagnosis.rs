//! What a run has to say of its portal: the step at which it ended, what that step expected, what is there instead, the
//! class of the change, and all else that differs from the baseline.

mod again;
mod place;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::drift::baseline::{Baseline, KnownStage, KnownStep, at_home, values_of};
use crate::drift::candidates::is_there;
use crate::drift::compare::{Class, Target, class, nearest, shown};
use crate::drift::diagnosis::place::{Place, everywhere};
use crate::drift::neutral::{neutral, neutral_fingerprint, neutral_outline};
use crate::drift::stopped::Stopped;
use crate::drift::watch::{self, Acting, called};
use crate::record::{
    Change, ChangeKind, Failure, Fingerprint, Gravity, Item, Outcome, Outline, Record, StageRecord, StepRecord,
};

/// The version of the diagnosis' shape that this build writes.
pub const FORMAT: u32 = 1;

/// So many buttons with a digit are a keyboard.
const KEYS: usize = 8;

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

struct Sight<'a> {
    record: &'a Record,
    baseline: &'a Baseline,
    values: Vec<String>,
    /// The names that stand on most pages of the portal, its menu: they tell none from another.
    everywhere: BTreeSet<String>,
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
                if stage.outcome == Outcome::Passed || self.is_page_of(known, &now) {
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
        let place = self.place(&page, stage);
        // A banner that speaks another language than the flow's own interrupt does so with its page.
        let language = place.as_ref().and_then(Place::language).filter(|_| kind == Some(ChangeKind::NewDialog));
        if let Some(change) = language {
            return Cause { kind: Some(change.kind), expected, there: change.says.clone() };
        }
        if let Some(kind) = kind.filter(|kind| *kind != ChangeKind::Covered) {
            let change = changes.iter().find(|change| change.kind == kind && change.stage == stage.name);
            return Cause { kind: Some(kind), expected, there: change.map_or(there, |change| change.says.clone()) };
        }
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

//! Where a portal no longer fits its flow: the changes that matter, and the steps that had to fall back on a later locator.

use std::collections::BTreeSet;

use super::{Change, Gravity, Record, StageRecord, StepRecord};
use crate::exit::Verdict;

/// One thing that is not any more as the flow, or its baseline, knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The stage, by name in the record.
    pub stage: String,
    /// The step it touches: its line in the flow file, counted from 1.
    pub line: Option<usize>,
    /// What a run does about it.
    pub gravity: Gravity,
    /// One sentence.
    pub says: String,
    /// What the baseline has; empty for what is new, or not known.
    pub before: String,
    /// What is there; empty for what is gone.
    pub now: String,
}

/// What does not fit, each once, the gravest first. A step of which a change tells is not told again for its locator; a stage
/// that was entered twice counts once.
#[must_use]
pub fn mismatches(changes: &[Change], stages: &[StageRecord]) -> Vec<Mismatch> {
    let id = |name: &str| {
        let stage = stages.iter().find(|stage| stage.name == name);
        stage.map_or(name, |stage| stage.id.as_str()).to_owned()
    };
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for change in changes.iter().filter(|change| change.gravity > Gravity::Note) {
        let Change { kind, gravity, stage, line, says, before, now } = change;
        if told.insert((*kind, id(stage), before, now)) {
            let (stage, line, gravity) = (stage.clone(), *line, *gravity);
            found.push(Mismatch { stage, line, gravity, says: says.clone(), before: before.clone(), now: now.clone() });
        }
    }
    let mut steps: BTreeSet<(String, usize)> = found.iter().filter_map(|it| Some((id(&it.stage), it.line?))).collect();
    for stage in stages {
        fell_back(&stage.steps, &mut |step, says| {
            if steps.insert((stage.id.clone(), step.line)) {
                found.push(Mismatch {
                    stage: stage.name.clone(),
                    line: Some(step.line),
                    gravity: Gravity::Drift,
                    says,
                    before: String::new(),
                    now: step.locator.as_ref().map(|used| used.element.clone()).unwrap_or_default(),
                });
            }
        });
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.gravity));
    found
}

fn fell_back(steps: &[StepRecord], tell: &mut impl FnMut(&StepRecord, String)) {
    for step in steps {
        if let Some(used) = step.locator.as_ref().filter(|used| used.rank > 0) {
            tell(step, format!("only locator {} of {} matches: {}", used.rank + 1, used.of, used.shown));
        }
        fell_back(&step.steps, tell);
    }
}

impl Record {
    /// What does not fit any more, the gravest first.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        mismatches(&self.changes, &self.stages)
    }

    /// The drift debt that the run has seen: so many steps and pages do not fit any more. Nothing: it cannot tell. Only a run
    /// that was `held` against a baseline and came to its end has seen that there is none.
    #[must_use]
    pub fn drift_debt(&self, held: bool) -> Option<u32> {
        let seen = u32::try_from(self.mismatches().len()).unwrap_or(u32::MAX);
        let came_to_its_end = matches!(self.verdict, Verdict::Done | Verdict::Renewed | Verdict::Rehearsed);
        match (seen, self.verdict) {
            (0, Verdict::Changed) => Some(1),
            (0, _) => (held && came_to_its_end).then_some(0),
            (seen, _) => Some(seen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChangeKind, Environment, FORMAT, Flags, Outcome, Used};
    use super::{Change, Gravity, Mismatch, Record, StageRecord, StepRecord, Verdict};

    fn change(stage: &str, line: usize, gravity: Gravity, now: &str) -> Change {
        Change {
            kind: ChangeKind::Renamed,
            gravity,
            stage: stage.into(),
            line: Some(line),
            says: format!("it is now {now}"),
            before: "button “A”".into(),
            now: now.into(),
        }
    }

    fn step(line: usize, rank: usize, steps: Vec<StepRecord>) -> StepRecord {
        let locator = Used { shown: "{ css = \"b\" }".into(), rank, of: 2, element: "button “B”".into() };
        StepRecord {
            sentence: String::new(),
            action: "click".into(),
            line,
            column: 1,
            outcome: Outcome::Passed,
            commit: None,
            agreed: None,
            locator: Some(locator),
            looked_for: None,
            known: None,
            healed: None,
            began_ms: 0,
            took_ms: 0,
            failure: None,
            steps,
        }
    }

    fn stage(name: &str, steps: Vec<StepRecord>) -> StageRecord {
        StageRecord {
            id: name.trim_end_matches("-2").into(),
            name: name.into(),
            title: String::new(),
            outcome: Outcome::Passed,
            began_ms: 0,
            took_ms: 0,
            steps,
            shots: Vec::new(),
            outline: None,
        }
    }

    fn record(verdict: Verdict, changes: Vec<Change>, stages: Vec<StageRecord>) -> Record {
        Record {
            format: FORMAT,
            flow: "f".into(),
            title: String::new(),
            flow_digest: String::new(),
            flow_file: String::new(),
            task: "renew".into(),
            account: None,
            portal: String::new(),
            verdict,
            reason: None,
            advice: None,
            exit_code: verdict.exit_code(),
            flags: Flags::default(),
            started: jiff::Timestamp::UNIX_EPOCH,
            took_ms: 0,
            environment: Environment::default(),
            in_force: [].into(),
            outputs: [].into(),
            changes,
            stages,
        }
    }

    #[test]
    fn each_thing_that_does_not_fit_counts_once() {
        let changes = vec![
            change("home", 7, Gravity::Drift, "button “B”"),
            change("home-2", 7, Gravity::Drift, "button “B”"),
            change("home", 7, Gravity::Note, "button “C”"),
            change("sign", 20, Gravity::Stop, "button “D”"),
        ];
        let inner = step(31, 0, vec![step(32, 1, Vec::new())]);
        let stages = vec![
            stage("home", vec![step(7, 1, Vec::new()), step(8, 0, Vec::new())]),
            stage("home-2", vec![step(7, 1, Vec::new())]),
            stage("sign", vec![inner]),
        ];
        let record = record(Verdict::Changed, changes, stages);
        let told = record.mismatches();
        let told: Vec<_> = told.iter().map(|Mismatch { stage, line, .. }| (stage.as_str(), *line)).collect();
        assert_eq!(told, [("sign", Some(20)), ("home", Some(7)), ("sign", Some(32))], "the gravest first");
        assert_eq!(record.drift_debt(true), Some(3));
    }

    #[test]
    fn only_a_run_that_saw_all_says_that_nothing_changed() {
        for (verdict, held, debt) in [
            (Verdict::Rehearsed, true, Some(0)),
            (Verdict::Done, true, Some(0)),
            (Verdict::Done, false, None),
            (Verdict::NotDue, true, None),
            (Verdict::Unavailable, true, None),
            (Verdict::Changed, false, Some(1)),
        ] {
            assert_eq!(record(verdict, Vec::new(), Vec::new()).drift_debt(held), debt, "{verdict}");
        }
        let fell_back = vec![stage("home", vec![step(7, 1, Vec::new())])];
        assert_eq!(record(Verdict::NotDue, Vec::new(), fell_back).drift_debt(false), Some(1));
    }
}

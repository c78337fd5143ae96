//! What the tests of proposals have in common: the shipped flows, a failed step, elements of a page.

use crate::drift::baseline::{KnownStage, KnownStep};
use crate::drift::mending::Proposal;
use crate::drift::patch::{diff, patched};
use crate::flow::load;
use crate::flow::model::Flow;
use crate::record::{Fingerprint, Outcome, StepRecord};

pub(in crate::drift) const MYSIGN: &str = include_str!("../../../flows/mysign.toml");
pub(in crate::drift) const NCFR: &str = include_str!("../../../flows/ncfr.toml");

pub(in crate::drift) fn flow(text: &str) -> Flow {
    load::parse("flow.toml", text).expect("a flow").flow
}

/// A step as a failed run records it: by a piece of its line.
pub(in crate::drift) fn failed(flow: &Flow, action: &str, piece: &str) -> StepRecord {
    let at = flow.source.text().rfind(piece).expect("the step");
    let start = flow.source.text()[..at].rfind("{ ").expect("its beginning");
    let place = flow.source.position(start);
    StepRecord {
        sentence: "…".into(),
        action: action.into(),
        line: place.line,
        column: place.column,
        outcome: Outcome::Failed,
        commit: None,
        agreed: None,
        locator: None,
        looked_for: None,
        known: None,
        healed: None,
        began_ms: 0,
        took_ms: 0,
        failure: None,
        steps: vec![],
    }
}

pub(in crate::drift) fn it(role: &str, name: &str) -> Fingerprint {
    let field = matches!(role, "textbox" | "checkbox");
    Fingerprint {
        role: role.into(),
        name: name.into(),
        label: if field { name.into() } else { String::new() },
        text: if field { String::new() } else { name.into() },
        tag: if field { "input" } else { role }.into(),
        inside: vec!["dialog \"Rinnova firma\"".into()],
        ..Fingerprint::default()
    }
}

/// A stage as a baseline knows it, by the elements of its steps.
pub(in crate::drift) fn stage(elements: &[&Fingerprint]) -> KnownStage {
    let step = |(place, element): (usize, &&Fingerprint)| KnownStep {
        at: [place + 1, 1],
        action: "click".into(),
        shown: String::new(),
        commit: false,
        former: false,
        element: (*element).clone(),
    };
    KnownStage {
        id: "stage".into(),
        name: "stage".into(),
        shot: None,
        outline: None,
        steps: elements.iter().enumerate().map(step).collect(),
    }
}

/// What a proposal changes in a flow, as lines.
pub(in crate::drift) fn changed(flow: &str, proposal: &Proposal) -> Vec<String> {
    let text =
        patched(flow, std::slice::from_ref(&proposal.edit)).unwrap_or_else(|error| panic!("{proposal:?}: {error}"));
    diff(flow, &text, "f").lines().skip(2).filter(|line| line.starts_with(['+', '-'])).map(str::to_owned).collect()
}

//! What a step reaches: the locators in it, the names it uses.

use crate::flow::model::Flow;
use crate::flow::step::{Action, Expectation, Part, Step, Template, Value};
use crate::locator::Locator;

/// Calls `look` for every step of a flow, those inside others too.
pub(super) fn every_step<'a>(flow: &'a Flow, look: &mut impl FnMut(&'a Step)) {
    fn walk<'a>(step: &'a Step, look: &mut impl FnMut(&'a Step)) {
        look(step);
        for inner in step.action.inner() {
            walk(inner, look);
        }
    }
    let stages = flow.stages.iter().flat_map(|stage| &stage.steps);
    for step in stages.chain(flow.interrupts.iter().flat_map(|interrupt| &interrupt.steps)) {
        walk(step, look);
    }
}

/// The output that an action reads.
pub(super) fn output(action: &Action) -> Option<&str> {
    match action {
        Action::Read { output, .. } => Some(output),
        _ => None,
    }
}

/// The template of an action, if it has one that may be seen.
pub(super) fn template(action: &Action) -> Option<&Template> {
    match action {
        Action::Open(template)
        | Action::Fill { with: Value::Plain(template), .. }
        | Action::Type { with: Value::Plain(template), .. }
        | Action::Select { with: Value::Plain(template), .. }
        | Action::Upload { with: template, .. }
        | Action::Expect(Expectation::Value { is: template, .. }) => Some(template),
        Action::Download { with, .. } | Action::Dialog { with, .. } => with.as_ref(),
        _ => None,
    }
}

/// The inputs and outputs that an action uses.
pub(super) fn names(action: &Action) -> Vec<&str> {
    match action {
        Action::Fill { with: Value::Secret(name) | Value::Code(name), .. }
        | Action::Type { with: Value::Secret(name) | Value::Code(name), .. }
        | Action::Select { with: Value::Secret(name) | Value::Code(name), .. } => vec![name],
        _ => template(action).iter().flat_map(|template| &template.0).filter_map(named).collect(),
    }
}

fn named(part: &Part) -> Option<&str> {
    match part {
        Part::Name(name) => Some(name),
        Part::Literal(_) => None,
    }
}

/// The locators of an action, those of its conditions too, but none of the steps inside it.
pub(super) fn locators(action: &Action) -> Vec<&Locator> {
    match action {
        Action::Fill { field, .. }
        | Action::Type { field, .. }
        | Action::Select { field, .. }
        | Action::Upload { field, .. } => {
            vec![field]
        }
        Action::Click(it)
        | Action::DoubleClick(it)
        | Action::Hover(it)
        | Action::Check(it)
        | Action::Uncheck(it)
        | Action::Scroll(it)
        | Action::Download { control: it, .. }
        | Action::Read { from: it, .. }
        | Action::Expect(
            Expectation::Value { of: it, .. } | Expectation::Checked { of: it, .. } | Expectation::Count { of: it, .. },
        ) => vec![it],
        Action::Drag { from, to } => vec![from, to],
        Action::Wait(condition)
        | Action::Expect(Expectation::Page(condition))
        | Action::When { condition, .. }
        | Action::Repeat { until: condition, .. } => condition.locators(),
        Action::Open(_)
        | Action::Press(_)
        | Action::Pause(_)
        | Action::Shot(_)
        | Action::Dialog { .. }
        | Action::Expect(Expectation::Address(_)) => Vec::new(),
    }
}

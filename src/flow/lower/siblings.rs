//! Which siblings stand beside which action.

use crate::flow::advice::listed;
use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::raw::read::{At, Table};
use crate::flow::raw::steps::{ACTIONS, RawStep};

/// What a sibling means beside an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Required,
    Allowed,
    Misfit,
}

/// The rules of design.md §2 in one place.
fn fit(action: &str, sibling: &str) -> Fit {
    match sibling {
        "label" => Fit::Allowed,
        "with" => required_or_allowed(action, &["fill", "type", "select", "upload"], &["download", "dialog"]),
        "to" => required_or_allowed(action, &["drag"], &[]),
        "from" => required_or_allowed(action, &["read"], &[]),
        "pattern" | "all" => required_or_allowed(action, &[], &["read"]),
        "value" | "checked" | "count" => required_or_allowed(action, &[], &["expect"]),
        "steps" => required_or_allowed(action, &["when", "repeat"], &[]),
        "else" => required_or_allowed(action, &[], &["when"]),
        "timeout" => except(action, &["shot", "when", "press"]),
        "optional" => except(action, &["open", "press", "shot", "when", "repeat"]),
        "mask" | "highlight" => except(action, &["when", "repeat"]),
        "commit" => required_or_allowed(
            action,
            &[],
            &[
                "click",
                "double_click",
                "press",
                "fill",
                "type",
                "check",
                "uncheck",
                "select",
                "upload",
                "download",
                "drag",
                "dialog",
            ],
        ),
        "requests" => {
            required_or_allowed(action, &[], &["click", "double_click", "press", "open", "check", "select", "dialog"])
        }
        _ => Fit::Misfit,
    }
}

fn required_or_allowed(action: &str, required: &[&str], allowed: &[&str]) -> Fit {
    if required.contains(&action) {
        Fit::Required
    } else if allowed.contains(&action) {
        Fit::Allowed
    } else {
        Fit::Misfit
    }
}

fn except(action: &str, misfits: &[&str]) -> Fit {
    if misfits.contains(&action) { Fit::Misfit } else { Fit::Allowed }
}

/// The siblings that an action may need.
const NEEDED: [&str; 4] = ["with", "to", "from", "steps"];

impl Lowering<'_> {
    /// The one action of a step, its siblings checked.
    pub(super) fn action_of(&mut self, raw: &At<RawStep>) -> Option<&'static str> {
        let keys = &raw.value.keys();
        let actions: Vec<_> = keys.known.iter().filter(|(key, _)| ACTIONS.contains(key)).collect();
        let &[(action, place)] = &actions[..] else {
            if actions.is_empty() {
                // A misspelt action is reported as an unknown key already.
                if !keys.others {
                    self.fault(FlowError::NoAction, raw.span.clone());
                }
            } else {
                let place = actions[1].1.clone();
                self.fault(FlowError::SeveralActions { actions: actions.iter().map(|(key, _)| *key).collect() }, place);
            }
            return None;
        };
        for (sibling, span) in keys.known.iter().filter(|(key, _)| key != action) {
            if fit(action, sibling) == Fit::Misfit {
                let advice = goes_with(action, sibling);
                self.fault(FlowError::Misfit { sibling, action, advice }, span.clone());
            }
        }
        for sibling in NEEDED {
            if fit(action, sibling) == Fit::Required && !keys.has(sibling) && !keys.others {
                self.fault(FlowError::MissingSibling { action, sibling }, place.clone());
            }
        }
        Some(action)
    }
}

/// What would be right where a sibling does not fit.
fn goes_with(action: &str, sibling: &str) -> String {
    if let ("timeout", "when") = (sibling, action) {
        return "`when` decides at once: put an `expect` with the timeout before it".to_owned();
    }
    if let ("commit" | "requests", "when" | "repeat") = (sibling, action) {
        return format!("put `{sibling}` beside the step inside that does it");
    }
    let fits: Vec<&str> = ACTIONS.into_iter().filter(|action| fit(action, sibling) != Fit::Misfit).collect();
    match fits.len() {
        0 => String::new(),
        1..=8 => format!("it goes with {}", listed(&fits)),
        _ => "leave it out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, fit};
    use crate::flow::raw::read::Table;
    use crate::flow::raw::steps::{ACTIONS, RawStep};

    #[test]
    fn every_key_of_a_step_is_an_action_or_fits_one() {
        for key in RawStep::KEYS {
            assert!(ACTIONS.contains(key) || ACTIONS.iter().any(|action| fit(action, key) != Fit::Misfit), "{key}");
        }
        assert!(ACTIONS.iter().all(|action| RawStep::KEYS.contains(action)));
    }
}

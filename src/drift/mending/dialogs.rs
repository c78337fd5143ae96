//! A dialog that nobody knows, met by a run: which it is, and what is said of it.

use crate::drift::baseline::Baseline;
use crate::drift::mending::pages::{controls, interrupt};
use crate::drift::neutral::neutral_fingerprint;
use crate::drift::patch::Edit;
use crate::flow::model::Flow;
use crate::flow::step::Step;
use crate::locator::{By, Condition, Locator};
use crate::record::{Fingerprint, StepRecord};

/// What a run knows of its portal's dialogs.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// By the flow.
    pub flow: &'a Flow,
    /// By the baseline, where there is one.
    pub baseline: Option<&'a Baseline>,
    /// By the steps of the stage: what they have acted in.
    pub steps: &'a [StepRecord],
}

/// What is said of the dialog on a page that nobody knows: what it is and the block for the flow that would send it away, the
/// block in lines of its own. None where there is no such dialog. `values` are no part of the portal; `picture` shows the page.
#[must_use]
pub fn told(
    stage: &str,
    page: &[Fingerprint],
    known: &Known<'_>,
    values: &[String],
    picture: &str,
) -> Option<[String; 2]> {
    let page: Vec<(&Fingerprint, Fingerprint)> =
        page.iter().map(|seen| (seen, neutral_fingerprint(seen, values))).collect();
    let is_unknown = |(seen, neutral): &&(&Fingerprint, Fingerprint)| {
        seen.role.ends_with("dialog") && !seen.name.is_empty() && !known.has(&seen.name, &neutral.name)
    };
    let dialog = page.iter().find(is_unknown)?.1.name.clone();
    let page: Vec<Fingerprint> = page.into_iter().map(|(_, neutral)| neutral).collect();
    let inside: Vec<String> = controls(&dialog, &page).iter().map(|seen| format!("“{}”", seen.name)).collect();
    let inside = if inside.is_empty() { "nothing to press".to_owned() } else { inside.join(", ") };
    let Edit::Interrupt { toml } = interrupt(stage, &dialog, &page).edit else { return None };
    Some([
        format!("a dialog that the flow does not know: “{dialog}”, in it: {inside}; the picture `{picture}` shows it"),
        format!("once a person has read it, this in the flow sends it away:\n{}", toml.trim_end()),
    ])
}

impl Known<'_> {
    /// Whether a dialog of this name is known; in the baseline stands its neutral one.
    fn has(&self, name: &str, neutral: &str) -> bool {
        let stages = self.baseline.iter().flat_map(|baseline| &baseline.stages);
        let mut items = stages.filter_map(|stage| stage.outline.as_ref()).flat_map(|outline| &outline.items);
        let around = format!("dialog \"{name}\"");
        items.any(|item| item.role.ends_with("dialog") && item.name == neutral)
            || acted_in(self.steps, &around)
            || named(self.flow).any(|locator| means(locator, name))
    }
}

fn acted_in(steps: &[StepRecord], around: &str) -> bool {
    steps.iter().any(|step| {
        let inside = step.known.iter().flat_map(|known| &known.inside);
        inside.into_iter().any(|place| place == around) || acted_in(&step.steps, around)
    })
}

/// The locators of a flow's steps, states and interrupts.
fn named(flow: &Flow) -> impl Iterator<Item = &Locator> {
    fn below<'a>(step: &'a Step, all: &mut Vec<&'a Locator>) {
        all.extend(step.action.target());
        all.extend(step.action.condition().into_iter().flat_map(Condition::locators));
        step.action.inner().for_each(|step| below(step, all));
    }
    let mut all = Vec::new();
    flow.stages.iter().flat_map(|stage| &stage.steps).for_each(|step| below(step, &mut all));
    all.extend(flow.states.iter().flat_map(|state| state.when.locators()));
    all.extend(flow.interrupts.iter().flat_map(|interrupt| interrupt.when.locators()));
    all.into_iter()
}

/// Whether a locator names a dialog, or looks in one, that is called so.
fn means(locator: &Locator, name: &str) -> bool {
    locator.chain.iter().any(|target| {
        let dialog =
            matches!(&target.by, By::Role { role, name: Some(text) } if role.ends_with("dialog") && text.matches(name));
        dialog || target.within.as_deref().is_some_and(|within| means(within, name))
    })
}

#[cfg(test)]
mod tests {
    use super::{Known, told};
    use crate::drift::mending::scene::{MYSIGN, flow, it};
    use crate::record::{Fingerprint, StepRecord};

    fn dialog(name: &str, control: &str) -> [Fingerprint; 2] {
        let around = Fingerprint { inside: vec![], ..it("dialog", name) };
        [around, Fingerprint { inside: vec![format!("dialog \"{name}\"")], ..it("button", control) }]
    }

    #[test]
    fn a_dialog_that_nobody_knows_is_told_with_a_block_for_the_flow() {
        let flow = flow(MYSIGN);
        let known = Known { flow: &flow, baseline: None, steps: &[] };
        let page = [dialog("Rinnova firma", "Conferma"), dialog("Avviso per MARIO ROSSI", "Chiudi")].concat();
        let [what, block] = told("home", &page, &known, &["mario rossi".into()], "home-end").unwrap();
        assert_eq!(
            what,
            "a dialog that the flow does not know: “Avviso per …”, in it: “Chiudi”; the picture `home-end` shows it"
        );
        assert_eq!(
            block.lines().skip(1).collect::<Vec<_>>(),
            ["[[interrupt]]", "when  = { dialog = \"Avviso per\" }", "steps = [{ click = { button = \"Chiudi\" } }]"]
        );
        // What its locators name, or an interrupt means, the flow knows; and what a step has acted in.
        assert_eq!(told("home", &page[..2], &known, &[], "home-end"), None);
        assert_eq!(told("home", &dialog("I nostri cookie", "Ok"), &known, &[], "home-end"), None);
        let mut step: StepRecord = crate::drift::mending::scene::failed(&flow, "click", "Torna alla homepage");
        step.known = Some(page[3].clone());
        assert_eq!(told("home", &page, &Known { steps: &[step], ..known }, &[], "home-end"), None);
    }
}

//! What is proposed where the dialog, form or frame that steps look in is called otherwise: one change for the whole flow.

use crate::drift::candidates::{Purpose, ranked};
use crate::drift::mending::{Broken, JUDGED, Proposal, WORTHLESS, place, rivals};
use crate::drift::patch::{Edit, looks_in, quoted};
use crate::drift::vocabulary::may_be_renamed;
use crate::record::Fingerprint;

/// What a flow calls a place, and what a fingerprint calls it.
const PLACES: [(&str, &str); 2] = [("dialog", "dialog"), ("frame", "frame")];

/// The mending of a step whose element is there, in a place that is called otherwise: wherever the flow looks in that place, it
/// looks in it by its new name. None where the step names no place, or the place is as it was.
#[must_use]
pub fn renamed(broken: &Broken<'_>) -> Option<Proposal> {
    let (stage, path, _) = place(broken.flow, broken.step.line, broken.step.column)?;
    let within = looks_in(broken.flow.source.text(), &stage, &path)?;
    let (key, what) = PLACES.into_iter().find(|(key, _)| *key == within.key)?;
    let was = name_of(what, &broken.knew.element)?;
    let is_as_it_was = |seen: &Fingerprint| name_of(what, seen).is_some_and(|name| name == was);
    let rivals = rivals(broken.stage, broken.knew);
    let rivals: Vec<&Fingerprint> = rivals.iter().collect();
    let ranked = ranked(&broken.knew.element, Purpose::of(&broken.step.action)?, broken.page, &rivals);
    let first = ranked.first().filter(|first| first.confidence >= WORTHLESS)?;
    let is = name_of(what, &broken.page[first.index])?;
    // The flow looks in it by this name already.
    let said = within.text.to_lowercase();
    if is.to_lowercase().contains(&said) || broken.page.iter().any(is_as_it_was) || !may_be_renamed(&was, &is) {
        return None;
    }
    Some(Proposal {
        stage,
        line: Some(broken.step.line),
        sentence: broken.step.sentence.clone(),
        edit: Edit::Everywhere { like: within.written, toml: format!("{{ {key} = {} }}", quoted(&is)) },
        confidence: JUDGED,
        evidence: vec![format!("the {key} “{was}” is now “{is}”")],
        runner_up: None,
        margin: 0.0,
        learned: None,
        asks: true,
    })
}

/// The name of the nearest such place around an element.
fn name_of(what: &str, it: &Fingerprint) -> Option<String> {
    let named = it.inside.iter().rev().filter_map(|around| around.split_once(' '));
    let mut places = named.filter(|(kind, _)| *kind == what || *kind == format!("alert{what}"));
    places.next().map(|(_, name)| name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::renamed;
    use crate::drift::mending::Broken;
    use crate::drift::mending::scene::{self, MYSIGN, changed, failed, flow, it, stage};
    use crate::record::Fingerprint;

    #[test]
    fn a_dialog_that_is_called_otherwise_is_so_for_every_step() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = { field = \"PIN di firma\"");
        let (pin, agree) = (it("textbox", "PIN di firma"), it("checkbox", "Confermo"));
        let known = stage(&[&pin, &agree]);
        let inside = |name: &str| Fingerprint {
            inside: vec![format!("dialog \"{name}\"")],
            ..it("textbox", "PIN per la firma")
        };
        let page = [inside("Rinnova la firma")];
        let broken = Broken { flow: &flow, step: &record, stage: &known, knew: &known.steps[0], page: &page };
        let proposal = renamed(&broken).unwrap();
        assert!(proposal.asks && !proposal.heals());
        let lines = changed(MYSIGN, &proposal);
        let places = MYSIGN.matches("within = { dialog = \"Rinnova firma\" }").count();
        let said = |mark: char| lines.iter().filter(|line| line.starts_with(mark)).count();
        assert!(places > 5 && said('+') == said('-') && said('+') >= 5, "{places} {lines:?}");
        assert!(lines.iter().filter(|line| line.starts_with('+')).all(|line| line.contains("\"Rinnova la firma\"")));
        let mended =
            scene::flow(&MYSIGN.replace("{ dialog = \"Rinnova firma\" }", "{ dialog = \"Rinnova la firma\" }"));
        assert_eq!(renamed(&Broken { flow: &mended, ..broken }), None, "it was mended before");
        let other = [inside("Sospendi e revoca")];
        assert_eq!(renamed(&Broken { page: &other, ..broken }), None);
        assert_eq!(renamed(&Broken { page: std::slice::from_ref(&pin), ..broken }), None, "the dialog is as it was");
    }
}

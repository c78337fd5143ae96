//! What is proposed where a step waits for several things and one of them has changed: another step of its stage uses that one
//! and knows it.

use crate::drift::baseline::KnownStage;
use crate::drift::candidates::{Purpose, is_there, ranked};
use crate::drift::mending::{Learned, Proposal, WORTHLESS, place, rivals, told, user};
use crate::drift::patch::{Edit, written};
use crate::drift::wording;
use crate::flow::model::Flow;
use crate::record::{Fingerprint, StepRecord};

/// The mending of such a step: from it on, the whole stage is written with another locator. A person must accept it, since it
/// changes several steps. None where all that is known of the stage is there, or nothing is like what is missing.
#[must_use]
pub fn condition(flow: &Flow, record: &StepRecord, known: &KnownStage, page: &[Fingerprint]) -> Option<Proposal> {
    let (stage, path, step) = place(flow, record.line, record.column)?;
    let waited = step.action.condition()?.locators();
    known.current().filter(|knew| !is_there(&knew.element, page)).find_map(|knew| {
        let (user, locator) = user(flow, &stage, knew)?;
        if !waited.contains(&locator) {
            return None;
        }
        let purpose = Purpose::of(&knew.action)?;
        let rivals = rivals(known, knew);
        let rivals: Vec<&Fingerprint> = rivals.iter().collect();
        let ranked = ranked(&knew.element, purpose, page, &rivals);
        let first = ranked.first().filter(|first| first.confidence >= WORTHLESS)?;
        let toml = wording::locator(&page[first.index], purpose, page)?;
        let like = written(flow.source.text(), &stage, &user).ok()?;
        Some(Proposal {
            stage: stage.clone(),
            line: Some(record.line),
            sentence: record.sentence.clone(),
            edit: Edit::Alike { stage: stage.clone(), path: path.clone(), like, toml },
            confidence: first.confidence,
            evidence: first.evidence.clone(),
            runner_up: ranked.get(1).map(|second| told(&page[second.index])),
            margin: first.margin,
            learned: Some(Learned { at: knew.at, path: user, element: page[first.index].clone() }),
            asks: true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::condition;
    use crate::drift::mending::scene::{NCFR, changed, failed, flow, it, stage};

    #[test]
    fn what_a_later_step_uses_is_mended_in_the_whole_stage() {
        let flow = flow(NCFR);
        let record = failed(&flow, "expect", "expect = { all = [{ heading = \"OTP VIA CELLULARE\" }");
        let (send, menu) = (it("button", "Invia"), it("link", "OTP VIA CELLULARE"));
        let mut known = stage(&[&send, &menu]);
        for (step, shown) in known.steps.iter_mut().zip(["button \"Invia\"", "link \"OTP VIA CELLULARE\""]) {
            step.shown = shown.into();
        }
        let page = [menu.clone(), it("heading", "OTP VIA CELLULARE"), it("button", "CONFERMA")];
        let proposal = condition(&flow, &record, &known, &page).unwrap();
        assert!(proposal.asks && !proposal.heals(), "{proposal:?}");
        let lines = changed(NCFR, &proposal);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[2].contains("any = [{ button = \"CONFERMA\" }, { text"), "{lines:?}");
        assert!(lines[3].contains("when = { button = \"CONFERMA\" }, steps = [{ click = { button = \"CONFERMA\" }"));
        assert_eq!(proposal.learned.unwrap().path, [2, 0]);
        let there = [&page[..2], &[send]].concat();
        assert_eq!(condition(&flow, &record, &known, &there), None, "all that is known is there");
        assert_eq!(condition(&flow, &record, &known, &page[..2]), None);
    }
}

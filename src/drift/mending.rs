//! What is proposed to mend a flow where a step finds its element no more; for dialogs and pages see [`pages`].

pub mod pages;

use crate::drift::candidates::{CONFIDENT, Candidate, Purpose, ranked};
use crate::drift::kind::Kind;
use crate::drift::likeness::{call, plain};
use crate::drift::patch::{Edit, patched};
use crate::drift::wording;
use crate::flow::model::Flow;
use crate::flow::step::{Action, Expectation, Step};
use crate::locator::Condition;
use crate::record::{Fingerprint, StepRecord};

/// What is less sure than this is not worth a person's time.
const WORTHLESS: f64 = 0.15;

/// How sure a proposal is that only a person can judge.
const JUDGED: f64 = 0.5;

/// One proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The stage, by id.
    pub stage: String,
    /// The step's line in the flow file, counted from 1; none where no step is concerned.
    pub line: Option<usize>,
    /// What the step does, or what was met.
    pub sentence: String,
    /// What would be changed in the flow.
    pub edit: Edit,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What speaks for it and against it, the weightiest first.
    pub evidence: Vec<String>,
    /// The next best element: its role and name.
    pub runner_up: Option<String>,
    /// How far the runner-up is behind.
    pub margin: f64,
    /// The element that a mended step would find.
    pub element: Option<Fingerprint>,
    /// A person must accept it: it touches what is sent, what is agreed to, or which pages there are.
    pub asks: bool,
}

impl Proposal {
    /// Whether a run may heal itself by it: sure enough, and nothing that a person must judge.
    #[must_use]
    pub fn heals(&self) -> bool {
        !self.asks && self.confidence >= CONFIDENT && matches!(self.edit, Edit::Locator { .. })
    }
}

/// A step that finds its element no more.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'a> {
    /// The flow that was run.
    pub flow: &'a Flow,
    /// The step as the failed run has it.
    pub step: &'a StepRecord,
    /// What its element was known by when the flow was accepted.
    pub known: &'a Fingerprint,
    /// What else was known on that page: the elements of the stage's other steps, the other things of its outline.
    pub rivals: &'a [&'a Fingerprint],
    /// What is on the page now.
    pub page: &'a [Fingerprint],
}

/// The mending of a step: another locator; or, where nothing could be its element, the step's removal if most of the rest of
/// the page is there, a click on what opens it if little is. None where nothing is worth proposing.
#[must_use]
pub fn step(broken: &Broken<'_>) -> Option<Proposal> {
    let (stage, path, step) = place(broken.flow, broken.step.line, broken.step.column)?;
    let purpose = Purpose::of(&broken.step.action).filter(|_| is_one(step))?;
    let ranked = ranked(broken.known, purpose, broken.page, broken.rivals);
    // A control may be called otherwise altogether; a field that shares nothing is another field.
    let worthy = |first: &&Candidate| first.confidence >= WORTHLESS && (first.related || purpose == Purpose::Click);
    let Some(first) = ranked.first().filter(worthy) else {
        let edit = absent(broken, &stage, &path, step).or_else(|| opener(broken, &stage, &path));
        return edit.map(|(edit, evidence)| asked(broken, stage, edit, evidence));
    };
    let toml = wording::locator(&broken.page[first.index], purpose, broken.page)?;
    let edit = Edit::Locator { stage: stage.clone(), path, toml };
    // What is written there already is not at fault.
    let source = broken.flow.source.text();
    if patched(source, std::slice::from_ref(&edit)).is_ok_and(|text| text == source) {
        return None;
    }
    let told =
        |seen: &Fingerprint| format!("{} “{}”", if seen.role.is_empty() { &seen.tag } else { &seen.role }, call(seen));
    Some(Proposal {
        stage,
        line: Some(broken.step.line),
        sentence: broken.step.sentence.clone(),
        edit,
        confidence: first.confidence,
        evidence: first.evidence.clone(),
        runner_up: ranked.get(1).map(|second| told(&broken.page[second.index])),
        margin: first.margin,
        element: Some(broken.page[first.index].clone()),
        asks: asks(step, purpose),
    })
}

/// Whether a step looks for one element: of several conditions none is replaced by another.
fn is_one(step: &Step) -> bool {
    match &step.action {
        Action::Wait(condition) | Action::When { condition, .. } | Action::Expect(Expectation::Page(condition)) => {
            matches!(condition, Condition::Locator(_))
        }
        _ => true,
    }
}

/// Whether a step touches what is sent or what is agreed to.
fn asks(step: &Step, purpose: Purpose) -> bool {
    step.has_commit() || step.requests.is_some() || purpose == Purpose::Check
}

/// A step more or less, which a person must judge.
fn asked(broken: &Broken<'_>, stage: String, edit: Edit, evidence: Vec<String>) -> Proposal {
    Proposal {
        stage,
        line: Some(broken.step.line),
        sentence: broken.step.sentence.clone(),
        edit,
        confidence: JUDGED,
        evidence,
        runner_up: None,
        margin: 0.0,
        element: None,
        asks: true,
    }
}

/// How many of the other known things are on the page, and of how many: of the fields where there are any, since a page's frame
/// stays when its form goes.
fn kept(broken: &Broken<'_>) -> (usize, usize) {
    let is_field = |it: &Fingerprint| matches!(Kind::of(it), Kind::Field | Kind::Box | Kind::Menu | Kind::File);
    let fields = broken.rivals.iter().any(|rival| is_field(rival));
    let told: Vec<&&Fingerprint> = broken.rivals.iter().filter(|rival| !fields || is_field(rival)).collect();
    let same = |seen: &Fingerprint, rival: &Fingerprint| {
        Kind::of(seen) == Kind::of(rival) && plain(call(seen)) == plain(call(rival))
    };
    let kept = told.iter().filter(|rival| broken.page.iter().any(|seen| same(seen, rival))).count();
    (kept, told.len())
}

/// A field that is gone from a page that is else the same: a step less. A control is not left out, since it does something.
fn absent(broken: &Broken<'_>, stage: &str, path: &[usize], step: &Step) -> Option<(Edit, Vec<String>)> {
    let (kept, all) = kept(broken);
    let pressed = Purpose::of(&broken.step.action) == Some(Purpose::Click);
    if pressed || step.has_commit() || all == 0 || kept * 2 < all {
        return None;
    }
    let evidence = vec![
        format!("nothing on the page could be “{}”", call(broken.known)),
        format!("{kept} of {all} other things of the page are there"),
    ];
    Some((Edit::RemoveStep { stage: stage.to_owned(), path: path.to_vec() }, evidence))
}

/// Where little of what was known is on the page: a control that is new and is called after what is missing (a tab «User ID e
/// password») opens it, and is clicked first. None where two are called after it alike.
fn opener(broken: &Broken<'_>, stage: &str, path: &[usize]) -> Option<(Edit, Vec<String>)> {
    let (kept, all) = kept(broken);
    if kept * 2 >= all.max(1) {
        return None;
    }
    let own = plain(call(broken.known));
    let others: Vec<String> = broken.rivals.iter().map(|rival| plain(call(rival))).collect();
    // How many words of a name stand in what is missing: none unless one is the element's own.
    let named_after = |name: &str| {
        let words: Vec<&str> = name.split(' ').filter(|word| word.len() > 1).collect();
        let has = |text: &str, word: &str| text.split(' ').any(|other| other == word);
        let of_own = words.iter().any(|word| word.len() > 2 && has(&own, word));
        let shared = words.iter().filter(|word| has(&own, word) || others.iter().any(|text| has(text, word))).count();
        if of_own { shared } else { 0 }
    };
    let mut named: Vec<(usize, &Fingerprint)> = Vec::new();
    for seen in broken.page.iter().filter(|seen| Kind::of(seen) == Kind::Control) {
        let name = plain(call(seen));
        let shared = named_after(&name);
        if shared > 0 && !others.contains(&name) {
            named.push((shared, seen));
        }
    }
    named.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    let &(shared, opener) = named.first()?;
    if named.get(1).is_some_and(|(second, _)| *second == shared) {
        return None;
    }
    let toml = format!("{{ click = {} }}", wording::locator(opener, Purpose::Click, broken.page)?);
    let evidence = vec![
        format!("“{}” is not on the page", call(broken.known)),
        format!("“{}” is called after it, and was not there", call(opener)),
    ];
    Some((Edit::InsertStep { stage: stage.to_owned(), before: path.to_vec(), toml }, evidence))
}

/// The step to which a path leads.
#[must_use]
pub fn at<'a>(flow: &'a Flow, stage: &str, path: &[usize]) -> Option<&'a Step> {
    let (&first, inner) = path.split_first()?;
    let step = flow.stage(stage)?.steps.get(first)?;
    inner.iter().try_fold(step, |step, &index| step.action.inner().nth(index))
}

/// The step that begins at this line and column: its stage's id, the path to it (as [`Edit`] counts), and itself.
#[must_use]
pub fn place(flow: &Flow, line: usize, column: usize) -> Option<(String, Vec<usize>, &Step)> {
    let is = |step: &Step| {
        let at = flow.source.position(step.span.start);
        at.line == line && at.column == column
    };
    flow.stages.iter().find_map(|stage| {
        let (path, step) = below(&mut stage.steps.iter(), &is)?;
        Some((stage.id.clone(), path, step))
    })
}

fn below<'a>(steps: &mut dyn Iterator<Item = &'a Step>, is: &dyn Fn(&Step) -> bool) -> Option<(Vec<usize>, &'a Step)> {
    steps.enumerate().find_map(|(index, step)| {
        if is(step) {
            return Some((vec![index], step));
        }
        let (mut path, found) = below(&mut step.action.inner(), is)?;
        path.insert(0, index);
        Some((path, found))
    })
}

#[cfg(test)]
mod tests {
    use super::{Broken, Proposal, place, step};
    use crate::drift::candidates::CONFIDENT;
    use crate::drift::patch::{Edit, diff, patched};
    use crate::flow::load;
    use crate::flow::model::Flow;
    use crate::record::{Fingerprint, Outcome, StepRecord};

    const MYSIGN: &str = include_str!("../../flows/mysign.toml");
    const NCFR: &str = include_str!("../../flows/ncfr.toml");

    fn flow(text: &str) -> Flow {
        load::parse("flow.toml", text).expect("a flow").flow
    }

    /// A step as a failed run records it: by a piece of its line.
    fn failed(flow: &Flow, action: &str, piece: &str) -> StepRecord {
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

    fn it(role: &str, name: &str) -> Fingerprint {
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

    fn changed(flow: &str, proposal: &Proposal) -> Vec<String> {
        let text =
            patched(flow, std::slice::from_ref(&proposal.edit)).unwrap_or_else(|error| panic!("{proposal:?}: {error}"));
        diff(flow, &text, "f").lines().skip(2).filter(|line| line.starts_with(['+', '-'])).map(str::to_owned).collect()
    }

    #[test]
    fn a_reworded_label_is_mended_in_the_flow() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = { field = \"PIN di firma\"");
        let (known, agree, confirm) =
            (it("textbox", "PIN di firma"), it("checkbox", "Confermo"), it("button", "Conferma"));
        let page = [agree.clone(), it("textbox", "PIN per la firma"), it("textbox", "Codice fiscale"), confirm.clone()];
        let proposal =
            step(&Broken { flow: &flow, step: &record, known: &known, rivals: &[&agree, &confirm], page: &page })
                .unwrap();
        assert!(proposal.heals() && proposal.confidence >= CONFIDENT && !proposal.asks, "{proposal:?}");
        assert_eq!(proposal.runner_up.as_deref(), Some("textbox “Codice fiscale”"));
        assert_eq!(proposal.line, Some(record.line));
        assert_eq!(
            changed(MYSIGN, &proposal),
            [
                "-  { fill = { field = \"PIN di firma\", within = { dialog = \"Rinnova firma\" } }, with = \"${pin}\" },",
                "+  { fill = \"PIN per la firma\", with = \"${pin}\" },",
            ]
        );
    }

    #[test]
    fn what_is_sent_or_agreed_to_is_asked_about() {
        let flow = flow(NCFR);
        let record = failed(&flow, "click", "click = { button = \"Firma Richiesta\" }");
        let known = it("button", "Firma Richiesta");
        let page = [it("button", "Firma la richiesta")];
        let proposal = step(&Broken { flow: &flow, step: &record, known: &known, rivals: &[], page: &page }).unwrap();
        assert!(proposal.asks && !proposal.heals() && proposal.confidence >= CONFIDENT, "{proposal:?}");
        let nothing = step(&Broken {
            flow: &flow,
            step: &record,
            known: &known,
            rivals: &[&page[0]],
            page: &[it("heading", "Addio")],
        });
        assert_eq!(nothing, None);
    }

    #[test]
    fn a_field_that_is_gone_from_a_page_that_stays_is_a_step_less() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = { field = \"PIN di firma\"");
        let known = it("textbox", "PIN di firma");
        let (agree, confirm) = (it("checkbox", "Confermo"), it("button", "Conferma"));
        let rest = [agree.clone(), confirm.clone()];
        let broken = Broken { flow: &flow, step: &record, known: &known, rivals: &[&agree, &confirm], page: &rest };
        let proposal = step(&broken).unwrap();
        assert!(proposal.asks && matches!(proposal.edit, Edit::RemoveStep { .. }), "{proposal:?}");
        assert_eq!(changed(MYSIGN, &proposal).len(), 1);
        assert_eq!(step(&Broken { page: &[it("heading", "Addio")], ..broken }), None);
        // A new field that shares nothing with it is not it.
        let other = [&rest[..], &[it("textbox", "Codice Coupon")]].concat();
        assert_eq!(step(&Broken { page: &other, ..broken }), Some(proposal));
    }

    #[test]
    fn what_opens_a_form_is_clicked_first() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = \"Inserisci il tuo User ID\"");
        let (user, password) = (it("textbox", "Inserisci il tuo User ID"), it("textbox", "Inserisci la tua password"));
        let (lost, enter) = (it("link", "Ho dimenticato la password"), it("button", "ACCEDI"));
        let page = [it("tab", "QR code"), it("tab", "User ID e password"), it("heading", "Accedi"), lost.clone()];
        let rivals = [&password, &lost, &enter];
        let broken = Broken { flow: &flow, step: &record, known: &user, rivals: &rivals, page: &page };
        let proposal = step(&broken).unwrap();
        assert!(proposal.asks && !proposal.heals());
        assert_eq!(changed(MYSIGN, &proposal), ["+  { click = { tab = \"User ID e password\" } },"]);
        assert!(matches!(&proposal.edit, Edit::InsertStep { before, .. } if before[..] == [1]), "{proposal:?}");
        assert_eq!(step(&Broken { page: &page[..1], ..broken }), None);
    }

    #[test]
    fn what_is_written_already_is_not_at_fault() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = \"Inserisci il tuo User ID\"");
        let user = it("textbox", "Inserisci il tuo User ID");
        let page = std::slice::from_ref(&user);
        assert_eq!(step(&Broken { flow: &flow, step: &record, known: &user, rivals: &[], page }), None);
    }

    #[test]
    fn steps_are_found_by_their_place_in_the_file() {
        for text in [MYSIGN, NCFR] {
            let flow = flow(text);
            for stage in &flow.stages {
                for (index, step) in stage.steps.iter().enumerate() {
                    let at = flow.source.position(step.span.start);
                    let found = place(&flow, at.line, at.column).expect("the step");
                    assert_eq!((found.0.as_str(), &found.1[..]), (stage.id.as_str(), &[index][..]));
                    assert!(std::ptr::eq(super::at(&flow, &stage.id, &[index]).expect("the step"), step));
                    for (inner, step) in step.action.inner().enumerate() {
                        let at = flow.source.position(step.span.start);
                        assert_eq!(place(&flow, at.line, at.column).expect("the step").1, [index, inner]);
                    }
                }
            }
        }
    }
}

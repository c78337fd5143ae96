//! What is proposed to mend a flow where a step finds its element no more; for dialogs and pages see [`pages`] and [`dialogs`],
//! for what waits for several things [`conditions`], for a place that is called otherwise [`within`].

pub mod conditions;
pub mod dialogs;
pub mod pages;
#[cfg(test)]
pub(super) mod scene;
pub mod within;

use crate::drift::baseline::{KnownStage, KnownStep};
use crate::drift::candidates::{CONFIDENT, Candidate, Purpose, others, ranked};
use crate::drift::kind::Kind;
use crate::drift::likeness::{call, plain};
use crate::drift::patch::{Edit, patched, written};
use crate::drift::vocabulary::is_other_access;
use crate::drift::watch::called;
use crate::drift::wording;
use crate::flow::model::Flow;
use crate::flow::step::Step;
use crate::locator::{Condition, Locator};
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
    /// What the mended step would be known by.
    pub learned: Option<Learned>,
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

/// The element that a mended step would find.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Where the baseline says that the step stood: line and character.
    pub at: [usize; 2],
    /// The step in the mended flow, as [`Edit`] counts.
    pub path: Vec<usize>,
    /// The element.
    pub element: Fingerprint,
}

/// A step that finds its element no more.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'a> {
    /// The flow that was run.
    pub flow: &'a Flow,
    /// The step as the failed run has it.
    pub step: &'a StepRecord,
    /// The stage when the flow was accepted.
    pub stage: &'a KnownStage,
    /// The step when the flow was accepted.
    pub knew: &'a KnownStep,
    /// What is on the page now.
    pub page: &'a [Fingerprint],
}

/// What else was known on a step's page: the elements of the stage's other steps, the other things of its outline. Where that
/// does not have the step's own element, which was mended since, its old self would be among them.
fn rivals(stage: &KnownStage, knew: &KnownStep) -> Vec<Fingerprint> {
    let other = stage.steps.iter().filter(|other| other.at != knew.at).map(|other| other.element.clone());
    let outline = stage.outline.as_ref().filter(|_| stood(stage, &knew.element));
    other.chain(outline.map(|outline| others(outline, &knew.element)).unwrap_or_default()).collect()
}

/// The stage's page had it when the flow was accepted.
fn stood(stage: &KnownStage, it: &Fingerprint) -> bool {
    let mut items = stage.outline.iter().flat_map(|outline| &outline.items);
    items.any(|item| item.role == it.role && plain(&item.name) == plain(call(it)))
}

/// The mending of a step: another locator; or, where nothing could be its element, the step's removal if most of the rest of
/// the page is there, a click on what opens it if little is. None where nothing is worth proposing.
#[must_use]
pub fn step(broken: &Broken<'_>) -> Option<Proposal> {
    let (stage, path, step) = place(broken.flow, broken.step.line, broken.step.column)?;
    let purpose = Purpose::of(&broken.step.action).filter(|_| is_one(step))?;
    let rivals = rivals(broken.stage, broken.knew);
    let rivals: Vec<&Fingerprint> = rivals.iter().collect();
    let ranked = ranked(&broken.knew.element, purpose, broken.page, &rivals);
    // A control may be called otherwise altogether; a field that shares nothing is another field.
    let worthy = |first: &&Candidate| first.confidence >= WORTHLESS && (first.related || purpose == Purpose::Click);
    let Some(first) = ranked.first().filter(worthy) else {
        let edit = absent(broken, &rivals, &stage, &path, step).or_else(|| opener(broken, &rivals, &stage, &path));
        return edit.map(|(edit, evidence)| asked(broken, stage, edit, evidence));
    };
    let seen = &broken.page[first.index];
    let mut toml = wording::locator(seen, purpose, broken.page)?;
    let mut evidence = first.evidence.clone();
    if let Some(links) = was_so(broken, seen).then(|| chain(broken.flow, &stage, &path)).flatten() {
        toml = format!("[{links}, {toml}]");
        evidence.insert(0, "so it was before the flow was mended: the portal shows both by turns".to_owned());
    }
    let edit = Edit::Locator { stage: stage.clone(), path: path.clone(), toml };
    // What is written there already is not at fault.
    let source = broken.flow.source.text();
    if patched(source, std::slice::from_ref(&edit)).is_ok_and(|text| text == source) {
        return None;
    }
    Some(Proposal {
        stage,
        line: Some(broken.step.line),
        sentence: broken.step.sentence.clone(),
        edit,
        confidence: first.confidence,
        evidence,
        runner_up: ranked.get(1).map(|second| told(&broken.page[second.index])),
        margin: first.margin,
        learned: Some(Learned { at: broken.knew.at, path, element: seen.clone() }),
        asks: asks(step, purpose),
    })
}

/// The element is what the step found before the flow was mended for another: a portal that shows two variants by turns
/// (portals.md §1.6, D34).
fn was_so(broken: &Broken<'_>, seen: &Fingerprint) -> bool {
    let former = broken.stage.steps.iter().filter(|step| step.former && step.at == broken.knew.at);
    let is = |it: &Fingerprint| plain(called(it)) == plain(called(seen));
    former.map(|step| &step.element).any(is)
}

/// A step's locators as they are written, with commas between.
fn chain(flow: &Flow, stage: &str, path: &[usize]) -> Option<String> {
    let written = written(flow.source.text(), stage, path).ok()?;
    let inner = written.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    Some(inner.map_or_else(|| written.clone(), |list| list.trim().trim_end_matches(',').to_owned()))
}

/// An element, for people.
fn told(seen: &Fingerprint) -> String {
    format!("{} “{}”", if seen.role.is_empty() { &seen.tag } else { &seen.role }, call(seen))
}

/// Whether a step looks for one element: of several conditions none is replaced by another.
fn is_one(step: &Step) -> bool {
    step.action.condition().is_none_or(|condition| matches!(condition, Condition::Locator(_)))
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
        learned: None,
        asks: true,
    }
}

/// How many of the other known things are on the page, and of how many: of the fields where there are any, since a page's frame
/// stays when its form goes.
fn kept(broken: &Broken<'_>, rivals: &[&Fingerprint]) -> (usize, usize) {
    let is_field = |it: &Fingerprint| matches!(Kind::of(it), Kind::Field | Kind::Box | Kind::Menu | Kind::File);
    let fields = rivals.iter().any(|rival| is_field(rival));
    let told: Vec<&&Fingerprint> = rivals.iter().filter(|rival| !fields || is_field(rival)).collect();
    let same = |seen: &Fingerprint, rival: &Fingerprint| {
        Kind::of(seen) == Kind::of(rival) && plain(call(seen)) == plain(call(rival))
    };
    let kept = told.iter().filter(|rival| broken.page.iter().any(|seen| same(seen, rival))).count();
    (kept, told.len())
}

/// A field that is gone from a page that is else the same: a step less. A control is not left out, since it does something.
fn absent(
    broken: &Broken<'_>,
    rivals: &[&Fingerprint],
    stage: &str,
    path: &[usize],
    step: &Step,
) -> Option<(Edit, Vec<String>)> {
    let (kept, all) = kept(broken, rivals);
    let purpose = Purpose::of(&broken.step.action);
    let pressed = purpose == Some(Purpose::Click);
    // A field that none of the other steps uses may be it, whatever it is called.
    let spare = broken.page.iter().filter(|seen| purpose.is_some_and(|purpose| purpose.fits(seen)));
    let others = || broken.stage.steps.iter().filter(|other| other.at != broken.knew.at);
    let mut spare = spare.filter(|seen| !others().any(|other| plain(call(&other.element)) == plain(call(seen))));
    if pressed || step.has_commit() || all == 0 || kept * 2 < all || spare.next().is_some() {
        return None;
    }
    let evidence = vec![
        format!("nothing on the page could be “{}”", call(&broken.knew.element)),
        format!("{kept} of {all} other things of the page are there"),
    ];
    Some((Edit::RemoveStep { stage: stage.to_owned(), path: path.to_vec() }, evidence))
}

/// Where little of what was known is on the page: a control that is new and is called after what is missing (a tab «User ID e
/// password») opens it, and is clicked first. None where two are called after it alike.
fn opener(broken: &Broken<'_>, rivals: &[&Fingerprint], stage: &str, path: &[usize]) -> Option<(Edit, Vec<String>)> {
    let (kept, all) = kept(broken, rivals);
    if kept * 2 >= all.max(1) {
        return None;
    }
    let own = plain(call(&broken.knew.element));
    let others: Vec<String> = rivals.iter().map(|rival| plain(call(rival))).collect();
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
    let (opener, why) = match named[..] {
        [] => (only_tab(broken.page, &others)?, "is the only tab that is no other way in, and was not there"),
        [(shared, _), (second, _), ..] if shared == second => return None,
        [(_, opener), ..] => (opener, "is called after it, and was not there"),
    };
    let toml = format!("{{ click = {} }}", wording::locator(opener, Purpose::Click, broken.page)?);
    let evidence =
        vec![format!("“{}” is not on the page", call(&broken.knew.element)), format!("“{}” {why}", call(opener))];
    Some((Edit::InsertStep { stage: stage.to_owned(), before: path.to_vec(), toml }, evidence))
}

/// The one tab of several new ones that is no other way to come in than the one that the flow takes.
fn only_tab<'a>(page: &'a [Fingerprint], known: &[String]) -> Option<&'a Fingerprint> {
    let is_new = |seen: &&Fingerprint| seen.role == "tab" && !known.contains(&plain(call(seen)));
    let tabs: Vec<&Fingerprint> = page.iter().filter(is_new).collect();
    let mut own = tabs.iter().filter(|tab| !is_other_access(call(tab)));
    let only = own.next().filter(|_| tabs.len() > 1)?;
    own.next().is_none().then_some(*only)
}

/// The step of a stage that the baseline knows, in the flow as it is, and its locator.
pub(super) fn user<'a>(flow: &'a Flow, stage: &str, knew: &KnownStep) -> Option<(Vec<usize>, &'a Locator)> {
    fn among<'a>(
        steps: &mut dyn Iterator<Item = &'a Step>,
        knew: &KnownStep,
        above: &[usize],
    ) -> Option<(Vec<usize>, &'a Locator)> {
        steps.enumerate().find_map(|(index, step)| {
            let path = [above, &[index]].concat();
            let target = step.action.target().filter(|target| {
                step.action.key() == knew.action && target.chain.iter().any(|link| link.shown == knew.shown)
            });
            match target {
                Some(target) => Some((path, target)),
                None => among(&mut step.action.inner(), knew, &path),
            }
        })
    }
    among(&mut flow.stage(stage)?.steps.iter(), knew, &[])
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
    use super::scene::{MYSIGN, NCFR, changed, failed, flow, it, stage};
    use super::{Broken, place, step};
    use crate::drift::candidates::CONFIDENT;
    use crate::drift::patch::Edit;
    use crate::record::Fingerprint;

    #[test]
    fn a_reworded_label_is_mended_in_the_flow() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = { field = \"PIN di firma\"");
        let (known, agree, confirm) =
            (it("textbox", "PIN di firma"), it("checkbox", "Confermo"), it("button", "Conferma"));
        let page = [agree.clone(), it("textbox", "PIN per la firma"), it("textbox", "Codice fiscale"), confirm.clone()];
        let stage = stage(&[&known, &agree, &confirm]);
        let proposal =
            step(&Broken { flow: &flow, step: &record, stage: &stage, knew: &stage.steps[0], page: &page }).unwrap();
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
    fn what_a_portal_shows_by_turns_stands_in_a_chain() {
        let flow = flow(&MYSIGN.replace("fill = \"Inserisci il tuo User ID\"", "fill = \"Codice utente\""));
        let record = failed(&flow, "fill", "fill = \"Codice utente\"");
        let called = |name: &str| Fingerprint { field: "userid".into(), ..it("textbox", name) };
        let (was, other) = (called("Inserisci il tuo User ID"), called("Codice utente"));
        let mut known = stage(&[&other, &was]);
        (known.steps[1].at, known.steps[1].former) = (known.steps[0].at, true);
        let page = [was];
        let broken = Broken { flow: &flow, step: &record, stage: &known, knew: &known.steps[0], page: &page };
        let proposal = step(&broken).unwrap();
        let lines = changed(flow.source.text(), &proposal);
        assert!(lines[1].contains("fill = [\"Codice utente\", \"Inserisci il tuo User ID\"], with"), "{lines:?}");
        let known = stage(&[&other]);
        let broken = Broken { stage: &known, knew: &known.steps[0], ..broken };
        assert!(!changed(flow.source.text(), &step(&broken).unwrap())[1].contains('['));
    }

    #[test]
    fn what_is_sent_or_agreed_to_is_asked_about() {
        let flow = flow(NCFR);
        let record = failed(&flow, "click", "click = { button = \"Firma Richiesta\" }");
        let known = it("button", "Firma Richiesta");
        let page = [it("button", "Firma la richiesta")];
        let alone = stage(&[&known]);
        let broken = Broken { flow: &flow, step: &record, stage: &alone, knew: &alone.steps[0], page: &page };
        let proposal = step(&broken).unwrap();
        assert!(proposal.asks && !proposal.heals() && proposal.confidence >= CONFIDENT, "{proposal:?}");
        let stage = stage(&[&known, &page[0]]);
        let page = [it("heading", "Addio")];
        let nothing = step(&Broken { stage: &stage, knew: &stage.steps[0], page: &page, ..broken });
        assert_eq!(nothing, None);
    }

    #[test]
    fn a_field_that_is_gone_from_a_page_that_stays_is_a_step_less() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = { field = \"PIN di firma\"");
        let known = it("textbox", "PIN di firma");
        let (agree, confirm) = (it("checkbox", "Confermo"), it("button", "Conferma"));
        let rest = [agree.clone(), confirm.clone()];
        let stage = stage(&[&known, &agree, &confirm]);
        let broken = Broken { flow: &flow, step: &record, stage: &stage, knew: &stage.steps[0], page: &rest };
        let proposal = step(&broken).unwrap();
        assert!(proposal.asks && matches!(proposal.edit, Edit::RemoveStep { .. }), "{proposal:?}");
        assert_eq!(changed(MYSIGN, &proposal).len(), 1);
        assert_eq!(step(&Broken { page: &[it("heading", "Addio")], ..broken }), None);
        // A new field that shares nothing with it may be it all the same: nothing is left out then.
        let other = [&rest[..], &[it("textbox", "Codice Coupon")]].concat();
        assert_eq!(step(&Broken { page: &other, ..broken }), None);
    }

    #[test]
    fn what_opens_a_form_is_clicked_first() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = \"Inserisci il tuo User ID\"");
        let (user, password) = (it("textbox", "Inserisci il tuo User ID"), it("textbox", "Inserisci la tua password"));
        let (lost, enter) = (it("link", "Ho dimenticato la password"), it("button", "ACCEDI"));
        let page = [it("tab", "QR code"), it("tab", "User ID e password"), it("heading", "Accedi"), lost.clone()];
        let stage = stage(&[&user, &password, &lost, &enter]);
        let broken = Broken { flow: &flow, step: &record, stage: &stage, knew: &stage.steps[0], page: &page };
        let proposal = step(&broken).unwrap();
        assert!(proposal.asks && !proposal.heals());
        assert_eq!(changed(MYSIGN, &proposal), ["+  { click = { tab = \"User ID e password\" } },"]);
        assert!(matches!(&proposal.edit, Edit::InsertStep { before, .. } if before[..] == [1]), "{proposal:?}");
        assert_eq!(step(&Broken { page: &page[..1], ..broken }), None);
        let tabs = [it("tab", "Codice QR"), it("tab", "Credenziali"), it("heading", "Accedi")];
        let proposal = step(&Broken { page: &tabs, ..broken }).unwrap();
        assert_eq!(changed(MYSIGN, &proposal), ["+  { click = { tab = \"Credenziali\" } },"]);
    }

    #[test]
    fn what_is_written_already_is_not_at_fault() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = \"Inserisci il tuo User ID\"");
        let user = it("textbox", "Inserisci il tuo User ID");
        let page = std::slice::from_ref(&user);
        let stage = stage(&[&user]);
        assert_eq!(step(&Broken { flow: &flow, step: &record, stage: &stage, knew: &stage.steps[0], page }), None);
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

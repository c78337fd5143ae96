//! What is proposed for dialogs and pages that a flow does not know, and for pages that do not come any more.

use crate::drift::candidates::Purpose;
use crate::drift::kind::Kind;
use crate::drift::likeness::{call, plain};
use crate::drift::mending::{Broken, JUDGED, Proposal, WORTHLESS, asked, place};
use crate::drift::patch::{Edit, quoted};
use crate::drift::vocabulary::{goes_on, is_of_cookies, refuses_cookies};
use crate::drift::wording::{self, shorter};
use crate::flow::model::Flow;
use crate::flow::step::{Action, Step};
use crate::locator::{By, Condition, Target};
use crate::record::{Fingerprint, Outline};

/// What sends a message away and does nothing else, as a whole name.
const CLOSING: [&str; 20] = [
    "chiudi",
    "close",
    "non ora",
    "not now",
    "piu tardi",
    "later",
    "ricordamelo piu tardi",
    "remind me later",
    "no grazie",
    "no thanks",
    "rifiuta",
    "rifiuta tutti",
    "rifiuta tutto",
    "reject",
    "reject all",
    "decline",
    "decline all",
    "solo necessari",
    "only necessary",
    "×",
];

/// A cross as the name of a button.
const CROSSES: [&str; 5] = ["×", "✕", "✖", "x", "X"];

/// The mending for a dialog that nobody knows, met at a stage: an `[[interrupt]]` block that closes it. Where nothing in it
/// only closes it, the block is a comment, for a person to choose.
#[must_use]
pub fn interrupt(stage: &str, dialog: &str, page: &[Fingerprint]) -> Proposal {
    let inside = controls(dialog, page);
    let click = closing(dialog, &inside).and_then(|control| wording::locator(control, Purpose::Click, page));
    let when = when(dialog);
    let (toml, evidence) = if let Some(click) = &click {
        let toml = format!("[[interrupt]]\nwhen  = {when}\nsteps = [{{ click = {click} }}]\n");
        (toml, format!("{click} closes it and does nothing else"))
    } else {
        let names: Vec<String> = inside.iter().map(|seen| format!("“{}”", call(seen))).collect();
        let choice = if names.is_empty() { "nothing to press".to_owned() } else { names.join(", ") };
        let toml = format!(
            "# A dialog that is to be read first. In it: {choice}.\n# [[interrupt]]\n# when  = {when}\n# steps = [{{ click = {{ button = \"…\" }} }}]\n"
        );
        (toml, format!("nothing in it only closes it: {choice}"))
    };
    Proposal {
        stage: stage.to_owned(),
        line: None,
        sentence: format!("dialog “{dialog}”"),
        edit: Edit::Interrupt { toml },
        confidence: if click.is_some() { JUDGED } else { 0.0 },
        evidence: vec![evidence],
        runner_up: None,
        margin: 0.0,
        learned: None,
        asks: true,
    }
}

/// The mending for a dialog that an interrupt of the flow means and cannot send away any more: its click presses what does.
/// None where no interrupt means it, or nothing in it only closes it.
#[must_use]
pub fn answered(flow: &Flow, stage: &str, dialog: &str, page: &[Fingerprint]) -> Option<Proposal> {
    let names = |link: &Target| match &link.by {
        By::Role { role, name: Some(name) } => role == "dialog" && name.matches(dialog),
        _ => false,
    };
    let means = |when: &Condition| when.locators().iter().any(|locator| locator.chain.iter().any(names));
    let interrupt = flow.interrupts.iter().position(|interrupt| means(&interrupt.when))?;
    let declared = &flow.interrupts[interrupt];
    let click = declared.steps.iter().position(|step| matches!(step.action, Action::Click(_)))?;
    let inside = controls(dialog, page);
    let control = closing(dialog, &inside)?;
    let toml = wording::locator(control, Purpose::Click, page)?;
    Some(Proposal {
        stage: stage.to_owned(),
        line: Some(flow.source.position(declared.span.start).line),
        sentence: format!("dialog “{dialog}”"),
        evidence: vec![format!("{toml} closes it and does nothing else")],
        edit: Edit::InterruptLocator { interrupt, path: vec![click], toml },
        confidence: JUDGED,
        runner_up: None,
        margin: 0.0,
        learned: None,
        asks: true,
    })
}

/// What can be pressed in a dialog.
pub(super) fn controls<'a>(dialog: &str, page: &'a [Fingerprint]) -> Vec<&'a Fingerprint> {
    let within = |seen: &&Fingerprint| seen.inside.iter().any(|place| is_dialog(place, dialog));
    page.iter().filter(within).filter(|seen| Kind::of(seen) == Kind::Control && !call(seen).is_empty()).collect()
}

/// Whether a place is this dialog; of a long name a place has the beginning.
fn is_dialog(place: &str, dialog: &str) -> bool {
    let Some((kind, name)) = place.split_once(' ') else { return false };
    let name = name.trim_matches('"');
    let start = name.strip_suffix('…').unwrap_or_default();
    kind.ends_with("dialog") && (name == dialog || (!start.is_empty() && dialog.starts_with(start)))
}

/// What only sends a dialog away.
fn closing<'a>(dialog: &str, inside: &[&'a Fingerprint]) -> Option<&'a Fingerprint> {
    let refuses = |seen: &&&Fingerprint| is_of_cookies(dialog) && refuses_cookies(call(seen));
    let by_word = |word: &&str| inside.iter().find(|seen| closes(call(seen), word));
    inside.iter().find(refuses).or_else(|| CLOSING.iter().find_map(by_word)).copied()
}

fn closes(name: &str, word: &str) -> bool {
    if word == "×" { CROSSES.contains(&name.trim()) } else { plain(name) == word }
}

/// The dialog by its whole name, so that no other of a longer name is meant; by the words before a number that may change
/// or something that was left out.
fn when(dialog: &str) -> String {
    let steady = dialog.split(|letter: char| letter.is_ascii_digit() || letter == '…').next().unwrap_or_default();
    let name = shorter(steady).into_iter().next();
    match name {
        Some(name) if name == dialog => format!("{{ dialog = {}, exact = true }}", quoted(&name)),
        Some(name) if name.chars().count() >= 4 => format!("{{ dialog = {} }}", quoted(&name)),
        _ => format!("{{ dialog = {}, exact = true }}", quoted(dialog)),
    }
}

/// The first word of what leads on.
const FORWARD: [&str; 7] = ["avanti", "continua", "prosegui", "procedi", "next", "continue", "proceed"];

/// The mending for a page that came between two stages and that the flow does not know: a `[[stage]]` block that waits for its
/// heading and goes on. It goes on by itself only where nothing is to be filled or ticked there and one control leads on;
/// else that is left to the person. None where the page has nothing to know it by.
///
/// `known` are the outlines of the two stages: what stands there too is no news.
#[must_use]
pub fn inserted(flow: &Flow, after: &str, before: &str, page: &[Fingerprint], known: &[&Outline]) -> Option<Proposal> {
    let is_old = |seen: &Fingerprint| {
        let mut items = known.iter().flat_map(|outline| &outline.items);
        items.any(|item| item.role == seen.role && plain(&item.name) == plain(call(seen)))
    };
    let new: Vec<&Fingerprint> = page.iter().filter(|seen| !call(seen).is_empty() && !is_old(seen)).collect();
    let heading = new.iter().find(|seen| seen.role == "heading")?;
    let title = shorter(call(heading)).pop()?;
    let expect = wording::locator(heading, Purpose::Expect, page)?;
    let is_asked = |seen: &&&Fingerprint| matches!(Kind::of(seen), Kind::Field | Kind::Box | Kind::Menu | Kind::File);
    let asked: Vec<&str> = new.iter().filter(is_asked).map(|seen| call(seen)).collect();
    let leads_on = |seen: &Fingerprint| plain(call(seen)).split(' ').next().is_some_and(|word| FORWARD.contains(&word));
    let forward: Vec<&Fingerprint> =
        page.iter().filter(|seen| Kind::of(seen) == Kind::Control && leads_on(seen)).collect();
    let click = match forward[..] {
        [only] if asked.is_empty() => wording::locator(only, Purpose::Click, page),
        _ => None,
    };
    let id = new_id(flow, &title);
    let next = click.as_ref().map_or_else(
        || "  # What leads on is for a person to write.\n".to_owned(),
        |click| format!("  {{ click = {click} }},\n"),
    );
    let toml = format!(
        "# A page that the flow did not know: to be read on the portal before this is accepted.\n[[stage]]\nid    = \"{id}\"\ntitle = {{ {} = {} }}\nsteps = [\n  {{ expect = {expect} }},\n{next}]\n",
        flow.language,
        quoted(&title),
    );
    let follows = |stages: &[String]| stages.windows(2).any(|pair| pair[0] == after && pair[1] == before);
    let tasks = flow.tasks.iter().filter(|task| follows(&task.stages)).map(|task| task.name.clone()).collect();
    let mut evidence = vec![format!("a page “{title}” comes between `{after}` and `{before}`")];
    evidence.extend(asked.iter().map(|name| format!("it asks for “{name}”")));
    evidence.extend(click.iter().map(|click| format!("{click} leads on")));
    Some(Proposal {
        stage: after.to_owned(),
        line: None,
        sentence: format!("page “{title}”"),
        edit: Edit::InsertStage { after: after.to_owned(), before: Some(before.to_owned()), toml, tasks },
        confidence: if click.is_some() { JUDGED } else { WORTHLESS },
        evidence,
        runner_up: None,
        margin: 0.0,
        learned: None,
        asks: true,
    })
}

/// The mending where a page asks for what it did in two goes: the first is left by the one new control that leads on. None where
/// there is none, or several.
#[must_use]
pub fn in_two(broken: &Broken<'_>) -> Option<Proposal> {
    let (stage, path, _) = place(broken.flow, broken.step.line, broken.step.column)?;
    let known = broken.stage.outline.iter().flat_map(|outline| &outline.items);
    let known: Vec<String> = known.map(|item| plain(&item.name)).collect();
    let leads_on = |seen: &&Fingerprint| {
        Kind::of(seen) == Kind::Control && goes_on(call(seen)) && !known.contains(&plain(call(seen)))
    };
    let mut onward = broken.page.iter().filter(leads_on);
    let only = onward.next().filter(|_| onward.next().is_none())?;
    let click = wording::locator(only, Purpose::Click, broken.page)?;
    let evidence = vec![format!("{click} leads on, and was not there")];
    let edit = Edit::InsertStep { stage: stage.clone(), before: path, toml: format!("{{ click = {click} }}") };
    Some(asked(broken, stage, edit, evidence))
}

/// An id for a stage of this title that the flow does not have yet.
fn new_id(flow: &Flow, title: &str) -> String {
    let plain = plain(title);
    let ascii = |word: &&str| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric());
    let words: Vec<&str> = plain.split(' ').filter(ascii).take(4).collect();
    let first = if words.is_empty() { "page".to_owned() } else { words.join("-") };
    let (mut id, mut number) = (first.clone(), 1);
    while flow.stage(&id).is_some() {
        number += 1;
        id = format!("{first}-{number}");
    }
    id
}

/// The mending for a stage whose page does not come any more: it goes, with the places where tasks and states name it. None for
/// one that sends something, or types, chooses, ticks or reads: that has to be done elsewhere now.
#[must_use]
pub fn gone(flow: &Flow, stage: &str) -> Option<Proposal> {
    let known = flow.stage(stage)?;
    if known.steps.iter().any(|step| step.has_commit() || matters(step)) {
        return None;
    }
    Some(Proposal {
        stage: stage.to_owned(),
        line: Some(flow.source.position(known.span.start).line),
        sentence: format!("page of stage `{stage}`"),
        edit: Edit::RemoveStage { stage: stage.to_owned() },
        confidence: JUDGED,
        evidence: vec!["the next stage's page came in its place".to_owned()],
        runner_up: None,
        margin: 0.0,
        learned: None,
        asks: true,
    })
}

/// What a step does that has to be done on any page: it types, chooses, ticks, reads, has a code sent.
fn matters(step: &Step) -> bool {
    let keys = ["fill", "type", "select", "check", "uncheck", "upload", "download", "read"];
    keys.contains(&step.action.key()) || step.requests.is_some() || step.action.inner().any(matters)
}

#[cfg(test)]
mod tests {
    use super::{answered, gone, in_two, inserted, interrupt};
    use crate::drift::mending::Broken;
    use crate::drift::mending::scene::{MYSIGN, changed, failed, flow, it, stage};
    use crate::record::{Fingerprint, Item, Outline};

    #[test]
    fn a_message_is_closed_only_by_what_only_closes_it() {
        let around = |it: Fingerprint| Fingerprint { inside: vec!["dialog \"Avviso importante\"".into()], ..it };
        let order = around(it("button", "Richiedi un nuovo certificato"));
        let page = [order.clone(), around(it("button", "Chiudi")), it("button", "Conferma")];
        let proposal = interrupt("home", "Avviso importante", &page);
        assert!(proposal.asks);
        assert_eq!(
            changed(MYSIGN, &proposal)[..3],
            [
                "+[[interrupt]]",
                "+when  = { dialog = \"Avviso importante\", exact = true }",
                "+steps = [{ click = { button = \"Chiudi\" } }]"
            ]
        );
        let proposal =
            interrupt("home", "Avviso importante", &[order.clone(), around(it("button", "Chiudi il contratto"))]);
        let lines = changed(MYSIGN, &proposal);
        assert!(lines.iter().all(|line| line == "+" || line.starts_with("+# ")), "{lines:?}");
        assert!(lines[0].contains("“Richiedi un nuovo certificato”, “Chiudi il contratto”"), "{lines:?}");
        let dated = interrupt("home", "Il certificato scade il 12/12/2026", &[]);
        assert!(format!("{:?}", dated.edit).contains("Il certificato scade il\\\" }"), "{dated:?}");
        let neutral = interrupt("home", "Il certificato scade il …", &[]);
        assert_eq!(neutral.edit, dated.edit);
        // A place has only the beginning of a long name.
        let long = "Il certificato scade tra poco e deve essere rinnovato al più presto, prima che sia troppo tardi";
        let place = format!("alertdialog \"{}…\"", long.chars().take(79).collect::<String>());
        let closes = Fingerprint { inside: vec![place], ..it("button", "Chiudi") };
        assert!(format!("{:?}", interrupt("home", long, &[closes]).edit).contains("Chiudi"));
    }

    #[test]
    fn a_banner_in_other_words_is_still_refused() {
        let flow = flow(MYSIGN);
        let name = "La tua privacy e i cookie";
        let around = |it: Fingerprint| Fingerprint { inside: vec![format!("dialog \"{name}\"")], ..it };
        let page = [
            around(it("button", "Accetta e prosegui")),
            around(it("button", "Rifiuta e continua")),
            it("button", "ACCEDI"),
        ];
        let proposal = answered(&flow, "login", name, &page).unwrap();
        assert!(proposal.asks && !proposal.heals());
        let lines = changed(MYSIGN, &proposal);
        assert_eq!(lines[1], "+steps = [{ click = { button = \"Rifiuta e continua\" } }]", "{lines:?}");
        assert_eq!(answered(&flow, "login", name, &page[..1]), None, "nothing is accepted");
        assert_eq!(answered(&flow, "login", "Avviso importante", &page), None, "no interrupt means it");
    }

    #[test]
    fn a_new_page_is_proposed_as_a_stage() {
        let flow = flow(MYSIGN);
        let page = [it("heading", "Informazioni di sicurezza"), it("button", "Annulla"), it("button", "Continua")];
        let proposal = inserted(&flow, "new-pin", "activate", &page, &[]).unwrap();
        assert!(proposal.asks && !proposal.heals());
        let lines = changed(MYSIGN, &proposal);
        assert!(lines.contains(&"+id    = \"informazioni-di-sicurezza\"".to_owned()), "{lines:?}");
        assert!(lines.contains(&"+  { click = { button = \"Continua\" } },".to_owned()), "{lines:?}");
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.contains("\"new-pin\", \"informazioni-di-sicurezza\", \"activate\""))
                .count(),
            2
        );
        // Something is to be filled there: a person says with what.
        let coupon = [&page[..], &[it("textbox", "Codice Coupon")]].concat();
        let proposal = inserted(&flow, "sign", "new-pin", &coupon, &[]).unwrap();
        let lines = changed(MYSIGN, &proposal);
        assert!(!lines.iter().any(|line| line.contains("click")), "{lines:?}");
        assert!(proposal.evidence.contains(&"it asks for “Codice Coupon”".to_owned()));
        assert_eq!(inserted(&flow, "sign", "new-pin", &page[1..], &[]), None);
        // A heading that stands on all pages is not this one's, and its search field asks for nothing.
        let item = |role: &str, name: &str| Item { role: role.into(), name: name.into(), ..Item::default() };
        let items = vec![item("heading", "MiaFirma"), item("textbox", "Cerca")];
        let framed = [&[it("heading", "MiaFirma"), it("textbox", "Cerca")], &page[..]].concat();
        let outline = Outline { items, ..Outline::default() };
        let proposal = inserted(&flow, "new-pin", "activate", &framed, &[&outline]).unwrap();
        assert_eq!(proposal.sentence, "page “Informazioni di sicurezza”");
        assert!(changed(MYSIGN, &proposal).iter().any(|line| line.contains("click")));
    }

    #[test]
    fn a_page_that_became_two_is_left_by_what_leads_on() {
        let flow = flow(MYSIGN);
        let record = failed(&flow, "fill", "fill = { field = \"PIN di firma\"");
        let (pin, agree) = (it("textbox", "PIN di firma"), it("checkbox", "Confermo"));
        let known = stage(&[&pin, &agree]);
        let page = [agree.clone(), it("button", "Annulla"), it("button", "Continua")];
        let broken = Broken { flow: &flow, step: &record, stage: &known, knew: &known.steps[0], page: &page };
        let proposal = in_two(&broken).unwrap();
        assert!(proposal.asks && !proposal.heals());
        assert_eq!(changed(MYSIGN, &proposal), ["+  { click = { button = \"Continua\" } },"]);
        assert_eq!(in_two(&Broken { page: &page[..2], ..broken }), None);
    }

    #[test]
    fn a_page_that_does_not_come_any_more_is_a_stage_less() {
        let flow = flow(MYSIGN);
        let proposal = gone(&flow, "open").unwrap();
        assert!(proposal.asks && !changed(MYSIGN, &proposal).is_empty());
        assert_eq!(gone(&flow, "sign"), None, "a commit is never left out");
        assert_eq!(gone(&flow, "login"), None, "the password has to be typed somewhere");
        assert_eq!(gone(&flow, "nowhere"), None);
    }
}

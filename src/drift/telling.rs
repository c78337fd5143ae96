//! A diagnosis as people read it: one screen, the step and the class of the change first, the notes last.
//!
//! It quotes the page; who shows it makes it harmless for a terminal (`report::plain`).

use crate::drift::diagnosis::Diagnosis;
use crate::record::{Change, ChangeKind, Gravity};

/// Characters in a line.
const WIDTH: usize = 78;

/// So many changes are told of those that matter, and of the notes; the others are counted.
const MOST: usize = 8;
const MOST_NOTES: usize = 4;

/// The diagnosis as text, on one screen. `file` is the flow file, named before its lines.
#[must_use]
pub fn text(diagnosis: &Diagnosis, file: &str) -> String {
    let mut text = String::new();
    let place = |line: Option<usize>| line.map(|line| format!("{file}:{line}")).unwrap_or_default();
    if diagnosis.kind.is_none() && diagnosis.changes.is_empty() {
        let says = format!("The portal is as it was on {}. The run ended `{}`.", diagnosis.baseline, diagnosis.verdict);
        put(&mut text, "", "", &says);
        return text;
    }
    let rows = [
        ("run", format!("{}, against the baseline of {}", diagnosis.verdict, diagnosis.baseline)),
        ("stage", diagnosis.stage.clone()),
        ("step", [place(diagnosis.line), diagnosis.sentence.clone()].join(" ").trim().to_owned()),
        ("expected", diagnosis.expected.clone()),
        ("there", diagnosis.there.clone()),
        ("change", diagnosis.kind.map(|kind| format!("{}: {}", name(kind), meaning(kind))).unwrap_or_default()),
    ];
    for (key, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        put(&mut text, &format!("{key:<9}"), "         ", value);
    }
    let (matter, notes): (Vec<&Change>, Vec<&Change>) =
        diagnosis.changes.iter().partition(|change| change.gravity > Gravity::Note);
    if !matter.is_empty() {
        text.push_str("\nSince the baseline:\n");
        list(&mut text, &matter, MOST, |change| {
            let line = place(change.line);
            let at = if line.is_empty() { change.stage.clone() } else { line };
            format!("{} ({at})", change.says)
        });
    }
    if !notes.is_empty() {
        text.push_str("\nBeside the flow's way:\n");
        list(&mut text, &notes, MOST_NOTES, |change| change.says.chars().take(WIDTH - 4).collect());
    }
    text
}

fn list(text: &mut String, changes: &[&Change], most: usize, told: impl Fn(&Change) -> String) {
    for change in changes.iter().take(most) {
        let mark = match change.gravity {
            Gravity::Stop => "  ✗ ",
            Gravity::Drift => "  ! ",
            Gravity::Note => "  · ",
        };
        put(text, mark, "    ", &told(change));
    }
    if changes.len() > most {
        text.push_str(&format!("    and {} more\n", changes.len() - most));
    }
}

/// Words in lines of [`WIDTH`], the first after `head`, the others after `margin`.
fn put(text: &mut String, head: &str, margin: &str, words: &str) {
    let mut line = head.to_owned();
    let mut fresh = true;
    for word in words.split_whitespace() {
        if !fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            margin.clone_into(&mut line);
            fresh = true;
        }
        if !fresh {
            line.push(' ');
        }
        let room = WIDTH.saturating_sub(line.chars().count());
        line.extend(word.chars().take(room.max(1)));
        fresh = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// The class of a change, as people call it.
#[must_use]
pub fn name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Renamed => "renamed",
        ChangeKind::Moved => "moved",
        ChangeKind::Remade => "remade",
        ChangeKind::Gone => "gone",
        ChangeKind::NewField => "new field",
        ChangeKind::NewConsent => "new consent",
        ChangeKind::ConsentReworded => "consent reworded",
        ChangeKind::NewDialog => "new dialog",
        ChangeKind::NewControl => "new control",
        ChangeKind::Rival => "rival",
        ChangeKind::OtherIdentity => "another thing",
        ChangeKind::PageInserted => "page inserted",
        ChangeKind::PageGone => "page gone",
        ChangeKind::OtherOrigin => "another origin",
        ChangeKind::Payment => "payment",
        ChangeKind::Captcha => "captcha",
        ChangeKind::NativeDialog => "native dialog",
        ChangeKind::Covered => "covered",
        ChangeKind::OutOfReach => "out of reach",
        ChangeKind::Language => "language",
        ChangeKind::ValueFormat => "form of a value",
        ChangeKind::Redesign => "redesign",
    }
}

/// What a class of changes means for whoever mends the flow.
fn meaning(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Renamed => "it says the same in other words",
        ChangeKind::Moved => "it stands in another place",
        ChangeKind::Remade => "it is made otherwise",
        ChangeKind::Gone => "it is not there any more",
        ChangeKind::NewField => "the page asks for something that the flow does not give",
        ChangeKind::NewConsent => "read it and decide in person",
        ChangeKind::ConsentReworded => "what is agreed to has other words: read them",
        ChangeKind::NewDialog => "a dialog that the flow does not know",
        ChangeKind::NewControl => "nothing that a step means",
        ChangeKind::Rival => "something new is too like what the step means",
        ChangeKind::OtherIdentity => "the locator finds something else than before",
        ChangeKind::PageInserted => "a page stands between two that the flow knows",
        ChangeKind::PageGone => "a page that the flow knows does not come any more",
        ChangeKind::OtherOrigin => "data would go to another origin",
        ChangeKind::Payment => "money is asked for: decide in person",
        ChangeKind::Captcha => "a person has to show that one is there",
        ChangeKind::NativeDialog => "the browser's own dialog opens",
        ChangeKind::Covered => "something lies over the page and does not go",
        ChangeKind::OutOfReach => "it is there, and no tool can fill it in",
        ChangeKind::Language => "the page speaks another language",
        ChangeKind::ValueFormat => "a value is written in another form",
        ChangeKind::Redesign => "most of the page is another",
    }
}

//! What elements and pages were known by, and what changed, with every known secret covered.

use crate::record::{Change, Fingerprint, Healed, Item, Outline};
use crate::store::redacted::text;
use crate::vault::Redactor;

/// This fingerprint with every known secret covered.
pub(super) fn fingerprint(redactor: &Redactor, known: Fingerprint) -> Fingerprint {
    let Fingerprint {
        role,
        name,
        label,
        placeholder,
        text: read,
        words,
        before,
        after,
        inside,
        tag,
        markup,
        kind,
        id,
        field,
        testid,
        href,
        address,
        submits,
        place,
        boxes,
        required,
        secret,
    } = known;
    let covered = |words| text(redactor, words);
    Fingerprint {
        role: covered(role),
        name: covered(name),
        label: covered(label),
        placeholder: covered(placeholder),
        text: covered(read),
        words: covered(words),
        before: covered(before),
        after: covered(after),
        inside: inside.into_iter().map(covered).collect(),
        tag: covered(tag),
        markup: markup.into_iter().map(covered).collect(),
        kind: covered(kind),
        id: covered(id),
        field: covered(field),
        testid: covered(testid),
        href: covered(href),
        address: covered(address),
        submits: covered(submits),
        place,
        boxes,
        required,
        secret,
    }
}

/// This outline with every known secret covered.
pub(super) fn outline(redactor: &Redactor, outline: Outline) -> Outline {
    let Outline { address, title, language, items } = outline;
    let covered = |words| text(redactor, words);
    let item = |Item { role, name, inside, marks }| {
        let marks = marks.into_iter().map(covered).collect();
        Item { role: covered(role), name: covered(name), inside: covered(inside), marks }
    };
    let items = items.into_iter().map(item).collect();
    Outline { address: covered(address), title: covered(title), language: covered(language), items }
}

/// How a step was healed, with every known secret covered.
pub(super) fn healed(redactor: &Redactor, healed: Healed) -> Healed {
    let Healed { locator, confidence, margin, evidence } = healed;
    let evidence = evidence.into_iter().map(|words| text(redactor, words)).collect();
    Healed { locator: text(redactor, locator), confidence, margin, evidence }
}

/// This change with every known secret covered.
pub(super) fn change(redactor: &Redactor, change: Change) -> Change {
    let Change { kind, gravity, stage, line, says, before, now } = change;
    let covered = |words| text(redactor, words);
    Change { kind, gravity, stage, line, says: covered(says), before: covered(before), now: covered(now) }
}

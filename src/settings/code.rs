//! The sources that only one-time codes have: seeds, and the ways by which a person hands a code to a waiting run.

use super::account::secret;
use super::input::InputSource;
use super::table::{Node, Table};

/// What may stand where a seed is kept.
const OF_SEEDS: [&str; 6] = ["command", "credential", "env", "file", "keyring", "prompt"];

/// Whether `table` declares a source that only codes have.
pub(super) fn is_declared(table: &Table<'_>) -> bool {
    let only_codes = ["totp", "hotp", "form"].iter().any(|key| table.get(key).is_some());
    only_codes || matches!(table.get("file"), Some(Node::Truth(true)))
}

/// The source of codes that `table` declares for the input `name`.
pub(super) fn source(
    table: &Table<'_>,
    inputs: &Table<'_>,
    name: &str,
    faults: &mut Vec<String>,
) -> Option<InputSource> {
    let mut entries = table.entries();
    let (key, node) = entries.next()?;
    match (key, node, entries.next()) {
        ("totp", Node::Table(seed), None) => {
            let seed = table.inner(format!("inputs.{name}.totp"), seed);
            secret(&seed, inputs, name, &OF_SEEDS, faults).map(InputSource::Totp)
        }
        ("hotp", Node::Table(seed), None) => {
            let seed = table.inner(format!("inputs.{name}.hotp"), seed);
            secret(&seed, inputs, name, &OF_SEEDS, faults).map(InputSource::Hotp)
        }
        ("form", Node::Truth(true), None) => Some(InputSource::Form(0)),
        ("form", Node::Table(form), None) => {
            let form = table.inner(format!("inputs.{name}.form"), form);
            let before = faults.len();
            form.only(&["port"], faults);
            port(&form, faults).filter(|_| faults.len() == before).map(InputSource::Form)
        }
        ("file", Node::Truth(true), None) => Some(InputSource::Submitted),
        _ => {
            faults.push(inputs.fault(name, FORMS));
            None
        }
    }
}

/// How a source that only codes have is written, for errors.
const FORMS: &str = "must be one of `{ totp = { … } }` and `{ hotp = { … } }` with the seed's own source inside, \
    `{ file = true }`, `{ form = true }`, `{ form = { port = 0 } }`, and nothing beside it";

fn port(form: &Table<'_>, faults: &mut Vec<String>) -> Option<u16> {
    let port = match form.get("port") {
        None => Some(0),
        Some(Node::Number(number)) => u16::try_from(*number).ok(),
        Some(_) => None,
    };
    if port.is_none() {
        faults.push(form.fault("port", "must be a port from 0 to 65535; 0 is any"));
    }
    port
}

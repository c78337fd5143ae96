//! Which fields hold a secret, as far as a flow itself can tell. Of the others the live page tells the runner.

use crate::locator::{By, Locator, Text};

/// Whether a field's own name says that it holds a secret.
pub(in crate::flow) fn holds_a_secret(field: &Locator) -> bool {
    field.chain.iter().any(|target| {
        let (By::Field { name }
        | By::Label { name }
        | By::Placeholder { name }
        | By::After { name }
        | By::Control { name }
        | By::Role { name: Some(name), .. }) = &target.by
        else {
            return false;
        };
        let words = match name {
            Text::Contains(text) | Text::Exact(text) => text,
            Text::Regex(pattern) => &pattern.body,
        };
        words
            .to_lowercase()
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| matches!(word, "password" | "pin" | "puk" | "otp" | "passphrase" | "passwort" | "kennwort"))
    })
}

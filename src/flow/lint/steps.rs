//! Doubts about steps: what they hang on, what they type, what they do not wait for.

use std::ops::Range;

use crate::flow::lint::{Doubts, reach};
use crate::flow::lower::secrets::holds_a_secret;
use crate::flow::step::{Action, Part, Step, Template, Value};
use crate::flow::warning::Warning;
use crate::locator::{By, Locator};

impl Doubts<'_> {
    /// Looks at a list of steps and at those inside them.
    pub(super) fn steps(&mut self, steps: &[Step], context: &str) {
        let mut before: Option<&Step> = None;
        for step in steps {
            if matches!(step.action, Action::When { .. }) && before.is_some_and(|before| !settles(&before.action)) {
                let place = self.place(&step.span, "when");
                self.doubt(Warning::HastyWhen, place, Some(context));
            }
            self.step(step, context);
            let inner: [&[Step]; 2] = match &step.action {
                Action::When { steps, otherwise, .. } => [steps, otherwise],
                Action::Repeat { steps, .. } => [steps, &[]],
                _ => [&[], &[]],
            };
            for steps in inner {
                self.steps(steps, context);
            }
            before = Some(step);
        }
    }

    fn step(&mut self, step: &Step, context: &str) {
        if let Action::Pause(_) = step.action {
            let place = self.place(&step.span, "wait");
            self.doubt(Warning::BareTime, place, Some(context));
        }
        if step.commit.is_some() && step.optional {
            let place = self.place(&step.span, "optional");
            self.doubt(Warning::OptionalCommit, place, Some(context));
        }
        if let Action::Open(Template(parts)) = &step.action
            && !matches!(&parts[..], [Part::Literal(path)] if path == "/")
        {
            let path = written(parts);
            let place = self.place(&step.span, &path);
            self.doubt(Warning::DeepPath { path }, place, Some(context));
        }
        for locator in reach::locators(&step.action) {
            self.brittle(locator, &step.span, context);
        }
        self.literals(step, context);
        self.not_secret(step, context);
    }

    /// A chain is as good as its first link, since later ones only stand in for it.
    pub(super) fn brittle(&mut self, locator: &Locator, span: &Range<usize>, context: &str) {
        let Some(target) = locator.chain.first() else { return };
        let kind = match &target.by {
            By::Css { .. } => Some(("css", "a CSS selector")),
            By::XPath { .. } => Some(("xpath", "an XPath expression")),
            By::Role { name: None, .. } if target.nth.is_some() => Some(("nth", "a position alone")),
            _ => None,
        };
        if let Some((key, kind)) = kind {
            let place = self.place(span, key);
            self.doubt(Warning::Brittle { kind }, place, Some(context));
        }
        if let Some(within) = &target.within {
            self.brittle(within, span, context);
        }
    }

    fn literals(&mut self, step: &Step, context: &str) {
        let parts = reach::template(&step.action).map_or(&[][..], |template| &template.0);
        for part in parts {
            let Part::Literal(text) = part else { continue };
            if let Some(what) = looks_like(text) {
                let place = self.place(&step.span, text);
                self.doubt(Warning::LooksSecret { what }, place, Some(context));
            }
        }
    }

    fn not_secret(&mut self, step: &Step, context: &str) {
        if let Action::Fill { field, with: Value::Plain(template) }
        | Action::Type { field, with: Value::Plain(template) } = &step.action
            && holds_a_secret(field)
        {
            for part in &template.0 {
                let Part::Name(name) = part else { continue };
                let place = self.place(&step.span, name);
                let warning = Warning::NotSecret { input: name.clone(), field: field.shown().to_owned() };
                self.doubt(warning, place, Some(context));
            }
        }
    }
}

/// Whether after this step the page is known to stand still.
fn settles(action: &Action) -> bool {
    matches!(
        action,
        Action::Expect(_)
            | Action::Wait(_)
            | Action::Pause(_)
            | Action::Read { .. }
            | Action::When { .. }
            | Action::Repeat { .. }
            | Action::Shot(_)
    )
}

/// A template as the flow writes it.
fn written(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Name(name) => format!("${{{name}}}"),
        })
        .collect()
}

/// What a literal looks like that should not stand in a file.
fn looks_like(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let digits = text.len() == text.bytes().filter(u8::is_ascii_digit).count();
    if digits && (6..=8).contains(&text.len()) {
        return Some("a PIN or a code");
    }
    if text.contains("otpauth://") {
        return Some("the secret of a one-time code");
    }
    if text.starts_with("-----BEGIN") {
        return Some("a private key");
    }
    let word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['/', '@']);
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    (word && mixed && text.len() >= 8).then_some("a password or token")
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn knows_what_looks_secret() {
        for text in ["19800131", "123456", "Esercizio.2024", "eyJhbGciOiJIUzI1NiJ9", "otpauth://totp/x?secret=A"] {
            assert!(looks_like(text).is_some(), "{text}");
        }
        for text in ["", "/", "Rossi", "2024", "Via Roma 12", "JCPD0001", "a@B.it1234", "carta.pdf"] {
            assert!(looks_like(text).is_none(), "{text}");
        }
    }
}

//! `${name}`: references to inputs and outputs, and where a secret may stand.

use std::ops::Range;
use std::path::{Component, Path};

use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::lower::names::is_value_name;
use crate::flow::model::InputKind;
use crate::flow::raw::read::{At, RawTemplate};
use crate::flow::step::{Part, Template, Value};

impl RawTemplate {
    /// The text as written.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl Lowering<'_> {
    /// What a step types: a secret or code as a whole, or a text that may be seen.
    pub(super) fn value(&mut self, raw: &At<RawTemplate>) -> Option<Value> {
        let parts = self.parts(raw)?;
        if let [(Part::Name(name), _)] = &parts[..] {
            match self.names.input(name) {
                Some(InputKind::Secret) => return Some(Value::Secret(name.clone())),
                Some(InputKind::Code) => return Some(Value::Code(name.clone())),
                _ => {}
            }
        }
        self.seen(parts).map(Value::Plain)
    }

    /// A text in which no secret may stand.
    pub(super) fn template(&mut self, raw: &At<RawTemplate>) -> Option<Template> {
        let parts = self.parts(raw)?;
        self.seen(parts)
    }

    /// The path of a file that lies under the flow's folder: what a flow gives to a page is its own.
    pub(super) fn file(&mut self, raw: &At<RawTemplate>) -> Option<Template> {
        let template = self.template(raw)?;
        let path = Path::new(raw.value.text());
        if path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            self.fault(FlowError::BadFile { path: raw.value.text().to_owned() }, raw.span.clone());
            return None;
        }
        Some(template)
    }

    /// Refuses secrets and codes among the parts.
    fn seen(&mut self, parts: Vec<(Part, Range<usize>)>) -> Option<Template> {
        let mut good = true;
        for (part, span) in &parts {
            let Part::Name(name) = part else { continue };
            if let Some(kind) = self.names.secret_kind(name) {
                self.fault(FlowError::SecretSeen { kind, name: name.clone() }, span.clone());
                good = false;
            }
        }
        good.then(|| Template(parts.into_iter().map(|(part, _)| part).collect()))
    }

    /// Literals and known names, each with its place.
    fn parts(&mut self, raw: &At<RawTemplate>) -> Option<Vec<(Part, Range<usize>)>> {
        let text = raw.value.text();
        let mut parts = Vec::new();
        let mut good = true;
        for piece in pieces(text) {
            let (part, range) = match piece {
                Piece::Literal(literal) => (Part::Literal(literal), 0..text.len()),
                Piece::Name(range) => (Part::Name(text[range.clone()].to_owned()), range),
                Piece::Unclosed(range) => {
                    let span = self.reader.inside(&raw.span, text, range);
                    self.fault(FlowError::Unclosed, span);
                    good = false;
                    continue;
                }
            };
            let span = self.reader.inside(&raw.span, text, range);
            if let Part::Name(name) = &part {
                let error = if is_value_name(name) {
                    self.names.unknown(Thing::Value, name)
                } else {
                    Some(FlowError::BadReference { text: name.clone() })
                };
                if let Some(error) = error {
                    self.fault(error, if span.is_empty() { raw.span.clone() } else { span });
                    good = false;
                    continue;
                }
            }
            parts.push((part, span));
        }
        good.then_some(parts)
    }
}

/// A piece of a text before any name is looked up.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// A text as it stands, `$${` already undone.
    Literal(String),
    /// Where the name stands.
    Name(Range<usize>),
    /// Where `${` stands without its end.
    Unclosed(Range<usize>),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let open = at + found;
        if text[..open].ends_with('$') && open > at {
            literal += &text[at..open - 1];
            literal += "${";
            at = open + 2;
            continue;
        }
        literal += &text[at..open];
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let Some(length) = text[open + 2..].find('}') else {
            pieces.push(Piece::Unclosed(open..open + 2));
            return pieces;
        };
        pieces.push(Piece::Name(open + 2..open + 2 + length));
        at = open + 2 + length + 1;
    }
    literal += &text[at..];
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};

    #[test]
    fn splits_at_references() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        for (text, expected) in [
            ("", vec![]),
            ("5 $", vec![literal("5 $")]),
            ("${a}", vec![Piece::Name(2..3)]),
            ("x${a}y${b}", vec![literal("x"), Piece::Name(3..4), literal("y"), Piece::Name(8..9)]),
            ("a$${b}", vec![literal("a${b}")]),
            ("è${", vec![literal("è"), Piece::Unclosed(2..4)]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}

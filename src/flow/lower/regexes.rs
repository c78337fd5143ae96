//! Regular expressions. Those that are matched in the page must mean the same to JavaScript and to Rust, so whatever
//! only one of them knows is refused with what to write instead.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassSetBinaryOp, ClassSetItem, ErrorKind, GroupKind, HexLiteralKind, Literal, LiteralKind,
    SpecialLiteralKind, Visitor, visit,
};

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::raw::read::At;

/// What a compiled expression may take; `(a{1000}){1000}` takes far more.
const LARGEST: usize = 1 << 20;

/// How deep groups may stand in one another.
const DEEPEST: u32 = 40;

impl Lowering<'_> {
    /// Checks an expression for the page, which stands at `offset` of the text.
    pub(super) fn page_regex(&mut self, raw: &At<String>, body: &str, offset: usize) -> Option<()> {
        let checked = parse(body).and_then(|ast| {
            visit(&ast, Portable { body })?;
            compile(body)
        });
        self.regex_fault(raw, offset, checked).map(|_| ())
    }

    /// Compiles an expression of our own side; `whole` wraps it so that it must match a whole value.
    pub(super) fn own_regex(&mut self, raw: &At<String>, whole: bool) -> Option<Regex> {
        self.filled(&raw.value, raw.span.clone())?;
        let checked = parse(&raw.value)
            .and_then(|_| if whole { compile(&format!(r"\A(?:{})\z", raw.value)) } else { compile(&raw.value) });
        self.regex_fault(raw, 0, checked)
    }

    fn regex_fault(&mut self, raw: &At<String>, offset: usize, checked: Result<Regex, Wrong>) -> Option<Regex> {
        match checked {
            Ok(regex) => Some(regex),
            Err(wrong) => {
                let span = match wrong.span {
                    Some(span) if !span.is_empty() => {
                        self.reader.inside(&raw.span, &raw.value, span.start + offset..span.end + offset)
                    }
                    _ => raw.span.clone(),
                };
                self.fault(wrong.error, span);
                None
            }
        }
    }
}

/// What is wrong with an expression, and where in it.
struct Wrong {
    error: FlowError,
    span: Option<Range<usize>>,
}

fn parse(body: &str) -> Result<Ast, Wrong> {
    if body.is_empty() {
        let error =
            FlowError::Empty { what: "this regular expression", advice: "write what it matches between the slashes" };
        return Err(Wrong { error, span: None });
    }
    ParserBuilder::new().nest_limit(DEEPEST).build().parse(body).map_err(|error| {
        let span = error.span();
        let place = span.start.offset..span.end.offset;
        let error = match error.kind() {
            ErrorKind::UnsupportedLookAround => FlowError::RegexConstruct {
                construct: "look-around",
                instead: "match the whole text, or use `within` and `none`",
            },
            ErrorKind::UnsupportedBackreference => {
                FlowError::RegexConstruct { construct: "a backreference", instead: "write the text a second time" }
            }
            kind => FlowError::Regex { message: kind.to_string() },
        };
        Wrong { error, span: Some(place) }
    })
}

fn compile(body: &str) -> Result<Regex, Wrong> {
    RegexBuilder::new(body).size_limit(LARGEST).dfa_size_limit(LARGEST).nest_limit(DEEPEST + 2).build().map_err(
        |error| {
            let error = match error {
                regex::Error::CompiledTooBig(_) => FlowError::RegexTooLarge,
                other => {
                    let text = other.to_string();
                    let message = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    FlowError::Regex { message }
                }
            };
            Wrong { error, span: None }
        },
    )
}

/// Looks for what JavaScript does not know or reads otherwise.
struct Portable<'a> {
    body: &'a str,
}

impl Portable<'_> {
    fn at(&self, span: &regex_syntax::ast::Span) -> &str {
        self.body.get(span.start.offset..span.end.offset).unwrap_or_default()
    }
}

fn refuse(construct: &'static str, instead: &'static str, span: &regex_syntax::ast::Span) -> Wrong {
    Wrong { error: FlowError::RegexConstruct { construct, instead }, span: Some(span.start.offset..span.end.offset) }
}

fn literal(literal: &Literal) -> Result<(), Wrong> {
    match literal.kind {
        LiteralKind::HexBrace(_) | LiteralKind::HexFixed(HexLiteralKind::UnicodeLong) => {
            Err(refuse("this form of a code point", "write the character itself", &literal.span))
        }
        LiteralKind::Special(SpecialLiteralKind::Bell | SpecialLiteralKind::Space) => {
            Err(refuse("this escape", "write the character itself", &literal.span))
        }
        _ => Ok(()),
    }
}

impl Visitor for Portable<'_> {
    type Output = ();
    type Err = Wrong;

    fn finish(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Wrong> {
        match ast {
            Ast::Flags(flags) => Err(refuse("a flag inside the expression", "write `/…/i`", &flags.span)),
            Ast::Literal(it) => literal(it),
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary => Ok(()),
                _ => Err(refuse("this anchor", "write `^`, `$` or `\\b`", &assertion.span)),
            },
            Ast::ClassUnicode(class) => Err(refuse("a Unicode class", "write the letters: `[a-zà-ù]`", &class.span)),
            Ast::ClassBracketed(class) if ["[]", "[^]"].iter().any(|start| self.at(&class.span).starts_with(start)) => {
                Err(refuse("a bare `]` at the beginning of a class", "write `\\]`", &class.span))
            }
            Ast::Group(group) => match &group.kind {
                GroupKind::CaptureName { starts_with_p: true, .. } => {
                    Err(refuse("`(?P<…>`", "write `(?<…>`", &group.span))
                }
                GroupKind::NonCapturing(flags) if !flags.items.is_empty() => {
                    Err(refuse("a flag inside the expression", "write `/…/i`", &flags.span))
                }
                _ => Ok(()),
            },
            Ast::Repetition(repetition) => {
                let operator = self.at(&repetition.op.span);
                match *repetition.ast {
                    Ast::Repetition(_) | Ast::Assertion(_) => {
                        Err(refuse("a repetition of this", "put it into `(?:…)`, or leave it out", &repetition.op.span))
                    }
                    _ if operator.starts_with("{,") || operator.contains(char::is_whitespace) => {
                        Err(refuse("this form of a repetition", "write `{0,3}`", &repetition.op.span))
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Wrong> {
        match item {
            ClassSetItem::Ascii(class) => Err(refuse("a POSIX class", "write the letters: `[a-z]`", &class.span)),
            ClassSetItem::Unicode(class) => {
                Err(refuse("a Unicode class", "write the letters: `[a-zà-ù]`", &class.span))
            }
            ClassSetItem::Bracketed(class) => {
                Err(refuse("a class inside a class", "write `\\[`, or one class", &class.span))
            }
            ClassSetItem::Literal(it) => literal(it),
            ClassSetItem::Range(range) => literal(&range.start).and_then(|()| literal(&range.end)),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, operation: &ClassSetBinaryOp) -> Result<(), Wrong> {
        Err(refuse("an operation on classes", "write one class", &operation.span))
    }
}

#[cfg(test)]
mod tests {
    use super::{Portable, compile, parse, visit};

    fn portable(body: &str) -> bool {
        parse(body).and_then(|ast| visit(&ast, Portable { body })).is_ok() && compile(body).is_ok()
    }

    #[test]
    fn takes_what_both_engines_read_alike() {
        for body in [
            "cookie",
            r"Codice OTP (errato|scaduto|già utilizzato)",
            r"^\d{1,3}[.,]\d+$",
            r"a\/b",
            r"(?<x>a)(?:b)",
            r"[^\]\s-]+?",
            r"\bè\b",
            r"\u00e8",
            r"a]b}",
            "a|",
            r"[\w-]",
        ] {
            assert!(portable(body), "{body}");
        }
    }

    #[test]
    fn refuses_what_only_one_engine_knows() {
        for body in [
            "(?i)a",
            "(?i:a)",
            "(?P<x>a)",
            r"\Aa",
            r"a\z",
            r"\p{L}",
            r"\pL",
            "[[:alpha:]]",
            "[a-z&&b]",
            "[a[b]]",
            "[]a]",
            "[^]a]",
            r"\x{e8}",
            r"\u{e8}",
            r"\a",
            "a**",
            "^*",
            "a{,3}",
            "a{ 2 }",
            "(?=a)",
            r"(a)\1",
            "(a{1000}){1000}",
            "a(",
            "[",
            "",
            r"\b{start}a",
            r"[\pL]",
        ] {
            assert!(!portable(body), "{body}");
        }
    }
}

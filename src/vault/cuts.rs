//! Values that were cut: a text of a page is shortened before anything is known to be secret in it, and what an ellipsis
//! leaves of a value is no form of the whole.

use std::ops::Range;

use zeroize::Zeroizing;

use super::redactor::{SHORTEST, ends_escape};

/// An ellipsis, as it is and as a script writes it.
const ELLIPSES: [&[u8]; 2] = ["…".as_bytes(), b"\\u2026"];

/// All values in the forms in which a text that is cut may hold them.
#[derive(Default)]
pub(super) struct Cuts(Vec<Zeroizing<Vec<u8>>>);

impl Cuts {
    /// Looks for what is left of these values.
    pub(super) fn of(values: &[Zeroizing<String>]) -> Self {
        let mut forms: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for value in values {
            let written = super::encodings::pieces(value).into_iter().map(|form| Zeroizing::new(form.into_bytes()));
            forms.extend(written.chain([Zeroizing::new(value.as_bytes().to_vec())]));
        }
        forms.sort_unstable_by(|a, b| a.as_slice().cmp(b.as_slice()));
        forms.dedup_by(|a, b| a.as_slice() == b.as_slice());
        Self(forms)
    }

    /// The stretches before an ellipsis with which a value begins, and those after one with which it ends.
    pub(super) fn find(&self, text: &[u8], found: &mut Vec<Range<usize>>) {
        if self.0.is_empty() {
            return;
        }
        let ellipses =
            text.iter().enumerate().filter(|(_, byte)| matches!(byte, 0xe2 | b'\\')).filter_map(|(at, _)| {
                let ellipsis = ELLIPSES.iter().find(|ellipsis| text[at..].starts_with(ellipsis))?;
                Some((at, at + ellipsis.len()))
            });
        for (start, end) in ellipses {
            // It may stand on a line of its own.
            let (near, far) = (text[..start].trim_ascii_end().len(), text.len() - text[end..].trim_ascii_start().len());
            for form in &self.0 {
                let before = [start, near].map(|end| beginning(form, &text[..end]).map(|length| end - length..end));
                let after = [end, far].map(|start| ending(form, &text[start..]).map(|length| start..start + length));
                let number = form.iter().all(u8::is_ascii_digit);
                let digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
                let alone = |range: &Range<usize>| {
                    !number
                        || (!digit(range.start.checked_sub(1)) || ends_escape(text, range.start))
                            && !digit(Some(range.end))
                };
                found.extend(before.into_iter().chain(after).flatten().filter(alone));
            }
        }
    }
}

/// How much of the form's beginning ends this text, at most.
fn beginning(form: &[u8], text: &[u8]) -> Option<usize> {
    let lengths = (1..=form.len().min(text.len())).rev();
    lengths.filter(|&length| enough(&form[..length])).find(|&length| {
        form.get(length).is_none_or(|byte| begins(*byte))
            && text[text.len() - length..].eq_ignore_ascii_case(&form[..length])
    })
}

/// How much of the form's end begins this text, at most.
fn ending(form: &[u8], text: &[u8]) -> Option<usize> {
    let lengths = (1..=form.len().min(text.len())).rev();
    lengths.filter(|&length| enough(&form[form.len() - length..])).find(|&length| {
        let rest = &form[form.len() - length..];
        rest.first().is_some_and(|byte| begins(*byte)) && text[..length].eq_ignore_ascii_case(rest)
    })
}

fn enough(piece: &[u8]) -> bool {
    piece.iter().filter(|byte| begins(**byte)).count() >= SHORTEST
}

/// Whether a character begins with this byte (UTF-8).
fn begins(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

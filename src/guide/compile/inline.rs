//! A text of the flow, or a sentence of ours, becomes a line: `**…**` carries weight, «…» and “…” are the portal's own words.

use crate::guide::document::{Inline, Line};
use crate::guide::words::Tongue;
use crate::source::is_reordering;

/// A text in one line, without characters that steer a screen or turn the direction of writing around.
pub(super) fn harmless(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let kept: String = kept.filter(|c| !c.is_control() && !is_reordering(*c) && *c != '\u{feff}').collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A line of these words alone.
pub(super) fn text(words: &str) -> Line {
    vec![Inline::Text(words.to_owned())]
}

/// A text with its marks.
pub(super) fn line(text: &str) -> Line {
    let text = &harmless(text);
    let mut line = Line::new();
    let (mut rest, mut plain) = (text.as_str(), String::new());
    while let Some(first) = rest.chars().next() {
        if let Some((piece, after)) = marked(rest) {
            say(&mut line, &plain);
            plain.clear();
            line.push(piece);
            rest = after;
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    say(&mut line, &plain);
    line
}

fn say(line: &mut Line, words: &str) {
    match line.last_mut() {
        _ if words.is_empty() => {}
        Some(Inline::Text(before)) => before.push_str(words),
        _ => line.push(Inline::Text(words.to_owned())),
    }
}

/// What begins here with a mark and ends with its counterpart.
fn marked(text: &str) -> Option<(Inline, &str)> {
    if let Some(inside) = text.strip_prefix("**") {
        let (strong, after) = inside.split_once("**")?;
        return (!strong.trim().is_empty()).then(|| (Inline::Strong(strong.to_owned()), after));
    }
    let (open, close) = [('«', '»'), ('“', '”')].into_iter().find(|(open, _)| text.starts_with(*open))?;
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        depth += i32::from(letter == open) - i32::from(letter == close);
        if depth == 0 {
            let quoted = text[open.len_utf8()..at].trim();
            return (!quoted.is_empty()).then(|| (Inline::Quote(quoted.to_owned()), &text[at + letter.len_utf8()..]));
        }
    }
    None
}

/// A sentence of ours with lines in place of its `{names}`.
pub(super) fn filled(sentence: &str, values: &[(&str, Line)]) -> Line {
    let mut filled = Line::new();
    for piece in line(sentence) {
        let Inline::Text(words) = piece else {
            filled.push(piece);
            continue;
        };
        let mut rest = words.as_str();
        while let Some((before, value, after)) = first_name(rest, values) {
            say(&mut filled, before);
            for piece in value {
                match piece {
                    Inline::Text(words) => say(&mut filled, words),
                    other => filled.push(other.clone()),
                }
            }
            rest = after;
        }
        say(&mut filled, rest);
    }
    filled
}

/// The first `{name}` for which there is a value: what stands before it, the value, what follows.
fn first_name<'a, 'b>(text: &'a str, values: &'b [(&str, Line)]) -> Option<(&'a str, &'b Line, &'a str)> {
    let places = values.iter().filter_map(|(name, value)| {
        let mark = format!("{{{name}}}");
        text.find(&mark).map(|at| (at, value, at + mark.len()))
    });
    let (from, value, to) = places.min_by_key(|(at, ..)| *at)?;
    Some((&text[..from], value, &text[to..]))
}

/// The lines one after the other, with `between` between them and `last` before the last.
pub(super) fn listed(lines: Vec<Line>, between: &str, last: &str) -> Line {
    let mut listed = Line::new();
    let count = lines.len();
    for (at, line) in lines.into_iter().enumerate() {
        if at > 0 {
            say(&mut listed, if at + 1 == count { last } else { between });
        }
        listed.extend(line);
    }
    listed
}

/// A line as a text.
pub(super) fn shown(line: &[Inline], tongue: &Tongue) -> String {
    let [open, close] = tongue.quotes;
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) | Inline::Strong(text) | Inline::Link { text, .. } => text.clone(),
        Inline::Quote(text) => format!("{open}{text}{close}"),
    };
    line.iter().map(piece).collect()
}

/// The line with a capital at its head.
pub(super) fn capital(mut line: Line) -> Line {
    if let Some(Inline::Text(text) | Inline::Strong(text) | Inline::Link { text, .. }) = line.first_mut()
        && let Some(first) = text.chars().next()
    {
        *text = first.to_uppercase().chain(text.chars().skip(1)).collect();
    }
    line
}

/// The sentence with a stop at its end, unless it has one.
pub(super) fn stopped(mut line: Line) -> Line {
    let ended = matches!(line.last(), Some(Inline::Text(text) | Inline::Strong(text)) if text.ends_with(['.', '!', '?', '…', ':']));
    if !ended {
        say(&mut line, ".");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Inline, filled, harmless, line, stopped, text};

    fn told(text: &str) -> String {
        let piece = |piece: Inline| match piece {
            Inline::Text(text) => format!("T[{text}]"),
            Inline::Strong(text) => format!("S[{text}]"),
            Inline::Quote(text) => format!("Q[{text}]"),
            Inline::Link { text, target } => format!("L[{text}|{target}]"),
        };
        line(text).into_iter().map(piece).collect()
    }

    #[test]
    fn marks_become_pieces_and_what_is_no_mark_stays() {
        for (text, expected) in [
            ("Premere **ACCEDI**.", "T[Premere ]S[ACCEDI]T[.]"),
            ("Leggere «Valido al» e “Stato”", "T[Leggere ]Q[Valido al]T[ e ]Q[Stato]"),
            ("«a «b» c» d", "Q[a «b» c]T[ d]"),
            ("**uno** e **due", "S[uno]T[ e **due]"),
            ("«aperto e ** *", "T[«aperto e ** *]"),
            ("**** «» «a", "T[**** «» «a]"),
            ("una\n  riga\u{202e}\u{7}", "T[una riga]"),
            ("", ""),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_a_sentence_are_filled_once() {
        let quote = vec![Inline::Quote("{b}".into())];
        let line = filled("{a}, **forte** {b} e {c}.", &[("b", text("{a}")), ("a", quote)]);
        assert_eq!(
            line,
            [
                Inline::Quote("{b}".into()),
                Inline::Text(", ".into()),
                Inline::Strong("forte".into()),
                Inline::Text(" {a} e {c}.".into())
            ]
        );
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(stopped(line("Premere «OK»")), line("Premere «OK»."));
        assert_eq!(stopped(line("Fatto.")), line("Fatto."));
        assert_eq!(harmless(" a\t b \n"), "a b");
    }
}

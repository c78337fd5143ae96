//! A text that faults are shown in, and the one drawing of a fault: title, place, the line and a caret under what is
//! wrong. TOML's own errors, ours and failures of a run all look alike because they are drawn here; this file knows
//! nothing of flows.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A drawn line takes at most so many columns; of a longer one only what surrounds the caret is shown.
const COLUMNS: usize = 120;

/// A text with the name it is known by. Clones share the text.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    name: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// A place in a text as people count: from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but is doubtful.
    Warning,
    /// Refused.
    Error,
}

/// What is drawn: a title, a place, where that place belongs, and what to do.
#[derive(Debug, Clone)]
pub struct Note<'a> {
    /// Chooses the first word and the colour.
    pub severity: Severity,
    /// What is wrong: lower case, no final stop.
    pub title: &'a str,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What the place belongs to: `stage "login"`.
    pub context: Option<&'a str>,
    /// What would be right; may be empty.
    pub label: &'a str,
    /// The place holds what must not be printed: `***` stands there.
    pub hidden: bool,
}

impl Source {
    /// A text under the name that is shown for it.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self(Arc::new(Inner { name: name.into(), text, lines }))
    }

    /// The name that is shown.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The line and column of a byte; one past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.boundary(offset);
        let line = self.0.lines.partition_point(|start| *start <= offset);
        let start = self.0.lines[line - 1];
        let before = self.0.text[start..offset].trim_start_matches('\u{feff}');
        Position { line, column: before.chars().count() + 1 }
    }

    /// The nearest beginning of a character at or before a byte.
    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.0.text.len());
        while !self.0.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// Draws a note; several lines, each ended.
    #[must_use]
    pub fn draw(&self, note: &Note<'_>, colour: bool) -> String {
        let paint = Paint { colour, severity: note.severity };
        let start = self.boundary(note.span.start);
        let end = self.boundary(note.span.end).max(start);
        let at = self.position(start);
        let line_start = self.0.lines[at.line - 1];
        let line_end = self.0.text[line_start..].find('\n').map_or(self.0.text.len(), |length| line_start + length);
        let line_end = line_start + self.0.text[line_start..line_end].trim_end_matches('\r').len();
        let start = start.min(line_end);
        let line = &self.0.text[line_start..line_end];
        let marked = start - line_start..end.clamp(start, line_end) - line_start;
        let cut = if note.hidden {
            let shown = format!("{}***{}", &line[..marked.start], &line[marked.end..]);
            clip(&shown, marked.start..marked.start + 3)
        } else {
            clip(line, marked)
        };

        let number = at.line.to_string();
        let gutter = " ".repeat(number.len());
        let bar = paint.frame("|");
        let mut lines = vec![
            format!("{}: {}", paint.word(), paint.strong(&clean(note.title))),
            format!("{gutter}{} {}:{}:{}", paint.frame("-->"), clean(self.name()), at.line, at.column),
        ];
        lines.extend(note.context.map(|context| format!("{gutter} {bar} {}", clean(context))));
        lines.push(format!("{} {bar} {}", paint.frame(&number), cut.line));
        let label = clean(note.label);
        let carets = paint.caret(&"^".repeat(cut.carets));
        let fits = cut.indent + cut.carets + 1 + label.width() <= COLUMNS;
        let beside = if fits && !label.is_empty() { format!(" {}", paint.caret(&label)) } else { String::new() };
        lines.push(format!("{gutter} {bar} {}{carets}{beside}", " ".repeat(cut.indent)));
        if !fits {
            let below = wrap(&label, COLUMNS - 20).into_iter().enumerate();
            lines.extend(
                below.map(|(index, line)| {
                    format!("{gutter} {} {line}", paint.frame(if index == 0 { "=" } else { " " }))
                }),
            );
        }
        lines.join("\n") + "\n"
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Source").field("name", &self.0.name).finish_non_exhaustive()
    }
}

/// The piece of a line that is shown, and where its carets stand.
struct Cut {
    line: String,
    indent: usize,
    carets: usize,
}

/// Cuts a line so that the marked part is seen; `…` stands for what is left out.
fn clip(line: &str, marked: Range<usize>) -> Cut {
    // No more than this many characters are looked at: a line of a megabyte costs no more than a short one.
    let far = COLUMNS * 2;
    let before = &line[..marked.start];
    let near = before.char_indices().rev().nth(far).map_or(0, |(at, _)| at);
    let before_text = clean(&before[near..]);
    let marked_text = clean(head(&line[marked.clone()], far));
    let after_text = clean(head(&line[marked.end..], far));
    if near == 0 && before_text.width() + marked_text.width() + after_text.width() <= COLUMNS {
        let (indent, carets) = (before_text.width(), marked_text.width().max(1));
        return Cut { line: before_text + &marked_text + &after_text, indent, carets };
    }
    let shown_before = columns_at_end(&before_text, COLUMNS / 2 - 10);
    let mut text = if shown_before.len() < before_text.len() { "…".to_owned() } else { String::new() };
    text += shown_before;
    let indent = text.width();
    let shown = columns(&marked_text, COLUMNS - 10 - indent);
    text += shown;
    let carets = shown.width().max(1);
    let rest = columns(&after_text, (COLUMNS - 1).saturating_sub(indent + carets));
    text += if shown.len() < marked_text.len() { "" } else { rest };
    if shown.len() < marked_text.len() || rest.len() < after_text.len() {
        text.push('…');
    }
    Cut { line: text, indent, carets }
}

/// The first characters of a text.
fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

/// As much of the beginning as fits into so many columns.
fn columns(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// As much of the end as fits into so many columns.
fn columns_at_end(text: &str, most: usize) -> &str {
    let mut used = 0;
    let cut = text.char_indices().rev().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > most
    });
    cut.map_or(text, |(at, character)| &text[at + character.len_utf8()..])
}

/// A text as it may be printed: no control characters, no reversal of direction, tabs as spaces.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => clean.push_str("    "),
            '\u{feff}' => {}
            character if character.is_control() || is_reordering(character) => clean.push('\u{fffd}'),
            character => clean.push(character),
        }
    }
    clean
}

/// Whether a character changes the order in which others are shown, and so can make a text lie.
#[must_use]
pub fn is_reordering(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text in lines of at most so many columns, cut at spaces.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Colours, when asked for.
struct Paint {
    colour: bool,
    severity: Severity,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn hue(&self) -> &'static str {
        match self.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
        }
    }

    fn word(&self) -> String {
        match self.severity {
            Severity::Error => self.with(self.hue(), "error"),
            Severity::Warning => self.with(self.hue(), "warning"),
        }
    }

    fn caret(&self, text: &str) -> String {
        self.with(self.hue(), text)
    }

    fn strong(&self, text: &str) -> String {
        self.with("1", text)
    }

    fn frame(&self, text: &str) -> String {
        self.with("1;34", text)
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Note, Severity, Source};

    fn draw(text: &str, marked: &str, context: Option<&str>, label: &str) -> String {
        let start = text.find(marked).expect("the marked part is in the text");
        let note = Note {
            severity: Severity::Error,
            title: "wrong",
            span: start..start + marked.len(),
            context,
            label,
            hidden: false,
        };
        Source::new("a.toml", text).draw(&note, false)
    }

    #[test]
    fn draws_line_stage_caret_and_advice() {
        assert_eq!(
            draw("one\n  two = \"${pasword}\"\n", "pasword", Some("stage \"login\""), "did you mean `password`?"),
            "error: wrong\n --> a.toml:2:12\n  | stage \"login\"\n2 |   two = \"${pasword}\"\n  |            ^^^^^^^ did you mean `password`?\n"
        );
    }

    #[test]
    fn counts_columns_of_tabs_wide_characters_and_line_ends() {
        assert_eq!(
            draw("\t漢字 x\r\n", "x", None, ""),
            "error: wrong\n --> a.toml:1:5\n  |     漢字 x\n  |          ^\n".replacen("  |     漢", "1 |     漢", 1)
        );
        assert_eq!(draw("\u{feff}x", "x", None, ""), "error: wrong\n --> a.toml:1:1\n1 | x\n  | ^\n");
        assert_eq!(
            draw("a\u{1b}[31m\u{202e}x", "x", None, ""),
            "error: wrong\n --> a.toml:1:8\n1 | a\u{fffd}[31m\u{fffd}x\n  |        ^\n"
        );
    }

    #[test]
    fn shows_of_a_long_line_what_surrounds_the_caret() {
        for (before, after) in [(0, 5000), (5000, 0), (1_000_000, 1_000_000), (60, 60)] {
            let text = "a".repeat(before) + "X" + &"b".repeat(after);
            let drawn = draw(&text, "X", None, "here");
            assert!(drawn.lines().all(|line| line.chars().count() <= COLUMNS + 12), "{drawn}");
            let line = drawn.lines().nth(2).expect("the line");
            let carets = drawn.lines().nth(3).expect("the caret");
            assert_eq!(line.chars().position(|c| c == 'X'), carets.chars().position(|c| c == '^'), "{drawn}");
        }
    }

    #[test]
    fn long_advice_stands_below() {
        let drawn = draw("x", "x", None, &"word ".repeat(60));
        assert!(drawn.contains("\n  = word"), "{drawn}");
    }

    #[test]
    fn hides_what_must_not_be_printed() {
        let note = Note { severity: Severity::Error, title: "t", span: 4..11, context: None, label: "", hidden: true };
        let drawn = Source::new("a", "a = \"hunter2 \"").draw(&Note { span: 5..12, ..note }, false);
        assert_eq!(drawn, "error: t\n --> a:1:6\n1 | a = \"*** \"\n  |      ^^^\n");
    }

    #[test]
    fn any_span_can_be_drawn() {
        let source = Source::new("a", "è\nab");
        for start in 0..9 {
            for end in 0..9 {
                let note = Note {
                    severity: Severity::Warning,
                    title: "t",
                    span: start..end,
                    context: None,
                    label: "l",
                    hidden: false,
                };
                assert!(source.draw(&note, true).contains('^'));
            }
        }
        let empty = Note { severity: Severity::Error, title: "t", span: 0..0, context: None, label: "", hidden: false };
        assert_eq!(Source::new("a", "").draw(&empty, false), "error: t\n --> a:1:1\n1 | \n  | ^\n");
    }
}

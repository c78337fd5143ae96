//! Values that come in pieces: one character per box, or in groups, with whatever stands between the boxes of a page, the
//! strings of a list, the keys of a log.
//!
//! A regular expression for this would be large and slow to build; so the text is walked once, and at each place where a
//! value's first piece stands, the pieces that follow are looked for, each after at least one thing that is no part of it.

use std::ops::Range;

use zeroize::Zeroizing;

use super::redactor::ends_escape;

/// How many things may stand between two pieces, and how many bytes they may have together: a row of a table with its
/// classes, the indentation of a list.
const MOST_BETWEEN: usize = 64;
const MOST_BYTES: usize = 600;

/// The longest tag.
const MOST_TAG: usize = 300;

/// The longest word.
const MOST_WORD: usize = 20;

/// So many places are kept in mind at which the next piece may begin.
const PLACES: usize = 4;

/// In values of fewer characters nothing like a word may stand in between.
const LONG: usize = 6;

/// Values of fewer characters are looked for one by one only.
const GROUPED: usize = 5;

/// A piece, in each way in which it may be written.
type Piece = Vec<Zeroizing<Vec<u8>>>;

/// All values in pieces.
#[derive(Default)]
pub(super) struct Boxes {
    rows: Vec<Row>,
    /// By the first byte of a first piece: the rows that begin with it.
    starts: Vec<Vec<usize>>,
}

struct Row {
    pieces: Vec<Piece>,
    /// Only digits: no further digit may adjoin.
    number: bool,
    /// Words may stand in between.
    words: bool,
}

impl Boxes {
    /// Looks for these values.
    pub(super) fn of(values: &[Zeroizing<String>]) -> Self {
        let mut boxes = Self { rows: Vec::new(), starts: vec![Vec::new(); 256] };
        for value in values {
            let characters = Zeroizing::new(value.chars().collect::<Vec<_>>());
            let number = characters.iter().all(char::is_ascii_digit);
            let long = characters.len() >= LONG;
            boxes.put(&characters, 1, number, long);
            if characters.len() >= GROUPED {
                (2..=4).for_each(|size| boxes.put(&characters, size, number, false));
            }
            if number && long && characters.len() % 3 != 0 {
                // Thousands, as a page writes a number.
                let (head, rest) = characters.split_at(characters.len() % 3);
                let groups = std::iter::once(head).chain(rest.chunks(3)).map(piece).collect();
                boxes.push(Row { pieces: groups, number, words: false });
            }
        }
        boxes
    }

    /// The stretches in which a value stands, from its first piece to its last.
    pub(super) fn find(&self, text: &[u8], found: &mut Vec<Range<usize>>) {
        if self.rows.is_empty() {
            return;
        }
        for (at, byte) in text.iter().enumerate() {
            for &row in &self.starts[usize::from(*byte)] {
                found.extend(self.rows[row].standing_at(text, at).map(|end| at..end));
            }
        }
    }

    fn put(&mut self, characters: &[char], size: usize, number: bool, words: bool) {
        if characters.len() <= size {
            return;
        }
        let pieces: Vec<Piece> = characters.chunks(size).map(piece).collect();
        let backwards = characters.chunks(size).rev().map(piece).collect();
        self.push(Row { pieces, number, words });
        self.push(Row { pieces: backwards, number, words });
    }

    fn push(&mut self, row: Row) {
        for form in row.pieces.first().into_iter().flatten() {
            let Some(&byte) = form.first() else { continue };
            for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                let rows = &mut self.starts[usize::from(byte)];
                if rows.last() != Some(&self.rows.len()) {
                    rows.push(self.rows.len());
                }
            }
        }
        self.rows.push(row);
    }
}

impl Row {
    /// Where the row ends that begins here.
    fn standing_at(&self, text: &[u8], at: usize) -> Option<usize> {
        let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        if self.number && at > 0 && digit(at - 1) && !ends_escape(text, at) {
            return None;
        }
        let (first, rest) = self.pieces.split_first()?;
        let mut places: Vec<usize> = lengths(first, text, at).map(|length| at + length).collect();
        let mut last = first;
        for piece in rest {
            let mut next = Vec::new();
            for place in places {
                self.after_gap(text, place, last, piece, &mut next);
            }
            next.sort_unstable();
            next.dedup();
            next.truncate(PLACES);
            if next.is_empty() {
                return None;
            }
            (places, last) = (next, piece);
        }
        // A mark of the value may be one of those in between, too: the furthest end leaves nothing over.
        places.into_iter().rfind(|&end| !(self.number && digit(end)))
    }

    /// The ends of this piece where it follows after at least one thing that is no part of the value.
    fn after_gap(&self, text: &[u8], from: usize, last: &Piece, piece: &Piece, ends: &mut Vec<usize>) {
        let mut at = from;
        for _ in 0..MOST_BETWEEN {
            let Some(length) = self.between(text, at, last) else { return };
            at += length;
            if at - from > MOST_BYTES || ends.len() >= PLACES {
                return;
            }
            ends.extend(lengths(piece, text, at).map(|length| at + length));
        }
    }

    /// The length of one thing that may stand between two pieces.
    fn between(&self, text: &[u8], at: usize, last: &Piece) -> Option<usize> {
        let rest = &text[at..];
        let byte = *rest.first()?;
        if !byte.is_ascii_alphanumeric() {
            return mark(rest);
        }
        let most = if self.words { MOST_WORD } else { 1 };
        // No further than it takes to see that it is too long.
        let word = rest.iter().take(most + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        // A key goes down and comes up again.
        let again = word == 1 && lengths(last, text, at).any(|length| length == 1);
        (again || (2..=most).contains(&word)).then_some(word)
    }
}

/// The length of a mark: a tag, an escape, a character that is neither letter nor digit.
fn mark(rest: &[u8]) -> Option<usize> {
    let enclosed = |open: &[u8], close: &[u8]| {
        let inside = rest.strip_prefix(open)?;
        let inside = &inside[..inside.len().min(MOST_TAG)];
        let end = inside.windows(close.len()).position(|window| window.eq_ignore_ascii_case(close))?;
        let again = inside[..end].windows(open.len()).any(|window| window.eq_ignore_ascii_case(open));
        (!again).then_some(open.len() + end + close.len())
    };
    let hexadecimal = |range: Range<usize>| {
        let digits = rest.get(range).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let no_word = |code: u32| char::from_u32(code).is_none_or(|c| !c.is_alphanumeric());
    match rest.first()? {
        b'<' => Some(enclosed(b"<", b">").unwrap_or(1)),
        b'&' => {
            let name =
                rest[1..].iter().take(10).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
            let entity = if name > 0 && rest.get(name + 1) == Some(&b';') { name + 2 } else { 1 };
            Some(enclosed(b"&lt;", b"&gt;").unwrap_or(entity))
        }
        b'%' => match hexadecimal(1..3) {
            Some(code) if code < 0x80 && !no_word(code) => None,
            Some(_) => Some(enclosed(b"%3C", b"%3E").or_else(|| enclosed(b"%3c", b"%3e")).unwrap_or(3)),
            None => Some(1),
        },
        b'\\' => {
            let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
            let escape = match rest.get(slashes) {
                Some(b'u') => match hexadecimal(slashes + 1..slashes + 5) {
                    Some(code) if !no_word(code) => return None,
                    Some(_) => 5,
                    None => 0,
                },
                Some(b'x') if hexadecimal(slashes + 1..slashes + 3).is_some_and(no_word) => 3,
                Some(b'n' | b'r' | b't' | b'b' | b'f' | b'0' | b'"' | b'\'' | b'/') => 1,
                _ => 0,
            };
            Some(enclosed(b"\\u003c", b"\\u003e").unwrap_or(slashes + escape))
        }
        byte if byte.is_ascii() => Some(1),
        _ => {
            let start = &rest[..rest.len().min(4)];
            let valid = match std::str::from_utf8(start) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default(),
            };
            match valid.chars().next() {
                Some(c) if c.is_alphanumeric() => None,
                Some(c) => Some(c.len_utf8()),
                None => Some(1),
            }
        }
    }
}

/// A piece as it is, in capitals and small, and with its marks escaped as in pages, addresses and JSON. Of forms that differ in
/// the case of ASCII letters alone there is one: where it stands is seen whatever their case.
fn piece(characters: &[char]) -> Piece {
    let text = Zeroizing::new(characters.iter().collect::<String>());
    let mut forms = vec![text.to_string(), text.to_uppercase(), text.to_lowercase()];
    if text.chars().any(|c| !c.is_ascii_alphanumeric()) {
        forms.extend(super::encodings::pieces(&text));
    }
    for form in &mut forms {
        form.make_ascii_lowercase();
    }
    forms.sort();
    forms.dedup();
    forms.into_iter().map(|form| Zeroizing::new(form.into_bytes())).collect()
}

/// How long a piece is where it stands here, in each way in which it does.
fn lengths<'a>(piece: &'a Piece, text: &'a [u8], at: usize) -> impl Iterator<Item = usize> + 'a {
    let rest = text.get(at..).unwrap_or_default();
    let stands =
        |form: &&Zeroizing<Vec<u8>>| rest.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form));
    piece.iter().filter(stands).map(|form| form.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, prop_assert_eq, proptest};
    use zeroize::Zeroizing;

    use super::Boxes;

    fn covered(value: &str, text: &str) -> String {
        let boxes = Boxes::of(&[Zeroizing::new(value.to_owned())]);
        let mut found = Vec::new();
        boxes.find(text.as_bytes(), &mut found);
        let Some(longest) = found.into_iter().max_by_key(ExactSizeIterator::len) else { return text.to_owned() };
        format!("{}***{}", &text[..longest.start], &text[longest.end..])
    }

    #[test]
    fn a_pin_is_found_whatever_stands_between_its_digits() {
        for text in [
            "1 9 8 0 0 1 3 1",
            "1|9|8|0|0|1|3|1",
            "1 • 9 • 8 • 0 • 0 • 1 • 3 • 1",
            "1\u{a0}9\u{a0}8\u{a0}0\u{a0}0\u{a0}1\u{a0}3\u{a0}1",
            r#"1</td><td class="digit x-2">9</td><td>8</td><td>0</td><td>0</td><td>1</td><td>3</td><td>1"#,
            "1</b>\n<b>9</b>\n<b>8</b>\n<b>0</b>\n<b>0</b>\n<b>1</b>\n<b>3</b>\n<b>1",
            "1&lt;/b&gt;&lt;b&gt;9&lt;/b&gt;&lt;b&gt;8&lt;/b&gt;&lt;b&gt;0&nbsp;0&nbsp;1&#124;3&amp;1",
            r"1\n9\n8\n0\n0\n1\n3\n1",
            r"1\u003c/b\u003e\u003cb\u003e9\u003c/b\u003e8\u00a00\u00a00\u00a01\u00a03\u00a01",
            "1%7C9%7C8%7C0%7C0%7C1%7C3%7C1",
            "1%3Cb%3E9%3Cb%3E8%3Cb%3E0%3Cb%3E0%3Cb%3E1%3Cb%3E3%3Cb%3E1",
            "1\"\n  text \"9\"\n  text \"8\"\n  text \"0\"\n  text \"0\"\n  text \"1\"\n  text \"3\"\n  text \"1",
            r#"1"},{"type":"keyUp","value":"1"},{"type":"keyDown","value":"9"},{"type":"keyUp","value":"9"},{"type":"keyDown","value":"8"},{"type":"keyUp","value":"8"},{"type":"keyDown","value":"0"},{"type":"keyUp","value":"0"},{"type":"keyDown","value":"0"},{"type":"keyUp","value":"0"},{"type":"keyDown","value":"1"},{"type":"keyUp","value":"1"},{"type":"keyDown","value":"3"},{"type":"keyUp","value":"3"},{"type":"keyDown","value":"1"#,
            "1 3 1 0 0 8 9 1",
            "19 80 01 31",
            "198-001-31",
            "1980 0131",
            "0131 1980",
            "19.800.131",
        ] {
            assert_eq!(covered("19800131", &format!("<p>{text}</p>")), "<p>***</p>", "{text}");
        }
    }

    #[test]
    fn other_numbers_and_dates_are_left() {
        for text in ["1980-01-31", "1980/01/31", "1 9 8 0 0 1 3", "71980 0131", "1980 01315", "1 980013 1", "19800131"]
        {
            assert_eq!(covered("19800131", text), text);
        }
        assert_eq!(covered("aeio", "e va a e poi i passi o no"), "e va a e poi i passi o no");
    }

    #[test]
    fn a_value_with_marks_of_its_own_is_found_between_others() {
        assert_eq!(covered("a--b", "a - - - - b."), "***.");
        assert_eq!(covered("p<&>\"7", "<b>p</b><b>&lt;</b><b>&amp;</b><b>&gt;</b><b>&quot;</b><b>7</b>"), "<b>***</b>");
        assert_eq!(covered("ünï€d ", "[\"\\u00fc\",\"n\",\"\\u00ef\",\"\\u20ac\",\"d\",\" \"]"), "[\"***\"]");
        assert_eq!(covered("100%+x", "1,0,0,%25,%2B,x"), "***");
    }

    proptest! {
        #[test]
        fn one_character_per_box_is_found(value in "[!-~àèü€😀]{4,16}", between in prop::sample::select(vec![" ", "|", ", ", "\n", "</b><b>", " · ", "\",\"", "-"])) {
            let apart = value.chars().map(String::from).collect::<Vec<_>>().join(between);
            prop_assert_eq!(covered(&value, &apart), "***");
        }

        #[test]
        fn any_text_can_be_walked(value in ".{4,12}", text in "[0-9<>&;%\\\\a-c ]{0,200}") {
            covered(&value, &text);
        }
    }
}

//! The letters of a guide's pictures: those that come with the program, so that a picture is the same on each machine.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::Database;

/// The family that both files belong to.
pub(super) const FAMILY: &str = "DejaVu Sans";

/// How high a capital or a digit is, for a letter's height of 1.
pub(super) const CAPITAL: f64 = 0.729;

/// How far its letters reach above and below the line they stand on, likewise.
pub(super) const REACH: (f64, f64) = (0.928, 0.236);

/// What there are letters for (`font/README.md`).
const LETTERS: [RangeInclusive<char>; 18] = [
    ' '..='~',
    '\u{a0}'..='\u{17f}',
    '\u{218}'..='\u{21b}',
    '\u{386}'..='\u{386}',
    '\u{388}'..='\u{38a}',
    '\u{38c}'..='\u{38c}',
    '\u{38e}'..='\u{3a1}',
    '\u{3a3}'..='\u{3ce}',
    '\u{400}'..='\u{45f}',
    '\u{1e9e}'..='\u{1e9e}',
    '\u{2013}'..='\u{2014}',
    '\u{2018}'..='\u{201a}',
    '\u{201c}'..='\u{201e}',
    '\u{2022}'..='\u{2022}',
    '\u{2026}'..='\u{2026}',
    '\u{2039}'..='\u{203a}',
    '\u{20ac}'..='\u{20ac}',
    '\u{25cf}'..='\u{25cf}',
];

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("font/letters.ttf").to_vec());
    fonts.load_font_data(include_bytes!("font/numbers.ttf").to_vec());
    Arc::new(fonts)
});

/// All fonts there are; those of the machine are none of them.
pub(super) fn fonts() -> Arc<Database> {
    Arc::clone(&FONTS)
}

/// The first letter of a text that cannot be drawn.
pub(super) fn missing(text: &str) -> Option<char> {
    text.chars().find(|letter| !LETTERS.iter().any(|some| some.contains(letter)))
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::Pixmap;

    use super::super::{escaped, render};
    use super::{LETTERS, missing};

    /// What one letter looks like.
    fn drawn(letter: char) -> Vec<u8> {
        let mut picture = Pixmap::new(40, 40).expect("a picture");
        let text = escaped(&letter.to_string());
        render(&mut picture, &format!("<text x=\"8\" y=\"30\" font-size=\"20\">{text}</text>")).expect("a letter");
        picture.take()
    }

    #[test]
    fn there_is_a_letter_for_each_that_is_listed() {
        let nothing = vec![0; 40 * 40 * 4];
        // What stands for a letter that a font has not: nothing, or its box.
        let none = drawn('\u{4e00}');
        for letter in LETTERS.into_iter().flatten().filter(|letter| !letter.is_whitespace() && *letter != '\u{ad}') {
            let picture = drawn(letter);
            assert!(picture != nothing && picture != none, "{letter:?}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_told() {
        assert_eq!(missing("Perché? «Sì» – ß Ω Ж €•●"), None);
        assert_eq!(missing("ab\u{1F600}\u{4e00}"), Some('\u{1F600}'));
        assert_eq!(missing("\u{0}"), Some('\u{0}'));
    }
}

//! Named keys and chords of a `press` step as WebDriver codes (W3C WebDriver §17.4.2).

use fantoccini::key::Key;

/// The keys of a chord: `Control+a`.
#[must_use]
pub fn split_chord(chord: &str) -> Vec<&str> {
    match chord.strip_suffix("++") {
        Some(modifiers) => modifiers.split('+').chain(["+"]).collect(),
        None if chord == "+" => vec!["+"],
        None => chord.split('+').collect(),
    }
}

/// The WebDriver code of a named key, or a single character itself.
#[must_use]
pub fn key(name: &str) -> Option<char> {
    let mut characters = name.chars();
    if let (Some(one), None) = (characters.next(), characters.next()) {
        return Some(one);
    }
    Some(
        match name {
            "Enter" => Key::Enter,
            "Tab" => Key::Tab,
            "Escape" => Key::Escape,
            "Backspace" => Key::Backspace,
            "Delete" => Key::Delete,
            "Insert" => Key::Insert,
            "Space" => return Some(' '),
            "Home" => Key::Home,
            "End" => Key::End,
            "PageUp" => Key::PageUp,
            "PageDown" => Key::PageDown,
            "ArrowLeft" => Key::Left,
            "ArrowRight" => Key::Right,
            "ArrowUp" => Key::Up,
            "ArrowDown" => Key::Down,
            "Shift" => Key::Shift,
            "Control" => Key::Control,
            "Alt" => Key::Alt,
            "Meta" => Key::Meta,
            "F1" => Key::F1,
            "F2" => Key::F2,
            "F3" => Key::F3,
            "F4" => Key::F4,
            "F5" => Key::F5,
            "F6" => Key::F6,
            "F7" => Key::F7,
            "F8" => Key::F8,
            "F9" => Key::F9,
            "F10" => Key::F10,
            "F11" => Key::F11,
            "F12" => Key::F12,
            _ => return None,
        }
        .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::{key, split_chord};

    #[test]
    fn chords_are_split_at_plus_signs_that_are_not_keys() {
        assert_eq!(split_chord("Control+Shift+a"), ["Control", "Shift", "a"]);
        assert_eq!(split_chord("Control++"), ["Control", "+"]);
        assert_eq!(split_chord("+"), ["+"]);
        assert_eq!(key("a"), Some('a'));
        assert_eq!(key("Entr"), None);
    }
}

//! Keys of the keyboard: what `press` can press.

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::raw::read::At;

impl Lowering<'_> {
    /// A key or a chord.
    pub(super) fn keys(&mut self, raw: &At<String>) -> Option<String> {
        if can_be_pressed(&raw.value) {
            return Some(raw.value.clone());
        }
        self.fault(FlowError::BadKeys { keys: raw.value.clone() }, raw.span.clone());
        None
    }
}

/// Named keys, as the DOM calls them.
const KEYS: [&str; 27] = [
    "Enter",
    "Tab",
    "Escape",
    "Space",
    "Backspace",
    "Delete",
    "Insert",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
];

/// Whether something is a key or a chord: modifiers, then a named key or one character.
fn can_be_pressed(keys: &str) -> bool {
    let (modifiers, key) = match keys.strip_suffix('+') {
        Some("") => ("", "+"),
        Some(rest) => (rest.strip_suffix('+').unwrap_or("?"), "+"),
        None => keys
            .rsplit_once('+')
            .map_or(("", keys), |(before, key)| if before.is_empty() { ("?", key) } else { (before, key) }),
    };
    let mut characters = key.chars();
    let single = characters.next().is_some_and(|first| !first.is_whitespace() && !first.is_control())
        && characters.next().is_none();
    (single || KEYS.contains(&key))
        && (modifiers.is_empty()
            || modifiers.split('+').all(|name| ["Control", "Shift", "Alt", "Meta"].contains(&name)))
}

#[cfg(test)]
mod tests {
    use super::can_be_pressed;

    #[test]
    fn knows_keys_and_chords() {
        for keys in ["Enter", "a", "è", "+", "Control+a", "Control++", "Control+Shift+ArrowLeft", "F12"] {
            assert!(can_be_pressed(keys), "{keys}");
        }
        for keys in ["", "enter", "Ctrl+a", "Control+", "+a", "Control", "ab", "Control+ab", " ", "a+Control"] {
            assert!(!can_be_pressed(keys), "{keys}");
        }
    }
}

//! Identifiers that a portal's makers wrote, told apart from those that a machine made.

/// Whether a machine made an identifier: a hash, a counter, letters that nobody could say.
#[must_use]
pub(super) fn generated(id: &str) -> bool {
    tokens(id).iter().any(|token| {
        let digits = token.chars().filter(char::is_ascii_digit).count();
        let vowels = token.chars().any(|letter| "aeiouyAEIOUY".contains(letter));
        let numbered = token.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let inner_digit = numbered.chars().any(|letter| letter.is_ascii_digit());
        digits >= 3 || inner_digit || (token.chars().count() - digits >= 5 && !vowels)
    })
}

/// Whether a person who writes a flow would take this identifier: no digits, nothing that a machine made.
#[must_use]
pub(super) fn durable(id: &str) -> bool {
    let plain = id.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '-' || letter == '_');
    plain && !id.is_empty() && !generated(id)
}

/// How like two identifiers are, from 0 to 1; nothing where they say nothing: one is missing, or a machine made it.
#[must_use]
pub(super) fn ids_alike(one: &str, other: &str) -> Option<f64> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one == other {
        return Some(1.0);
    }
    if generated(one) || generated(other) {
        return None;
    }
    // Numbered siblings: `pin` and `pin2`.
    let unnumbered = |id: &str| id.replace(|letter: char| letter.is_ascii_digit(), "").to_lowercase();
    if unnumbered(one) == unnumbered(other) {
        return Some(0.0);
    }
    let (ours, theirs) = (lower(one), lower(other));
    let shared = ours.iter().filter(|word| theirs.contains(word)).count();
    let all = (ours.len() + theirs.len()).saturating_sub(shared).max(1);
    #[expect(clippy::cast_precision_loss, reason = "a few words")]
    let share = shared as f64 / all as f64;
    Some(0.6 * share)
}

fn lower(id: &str) -> Vec<String> {
    tokens(id).into_iter().map(str::to_lowercase).collect()
}

/// The words of an identifier: `nuovo-pin`, `nuovoPin` and `nuovo_pin` have two.
fn tokens(id: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let (mut start, mut last) = (0, ' ');
    for (at, letter) in id.char_indices() {
        let apart = !letter.is_alphanumeric();
        if apart || (letter.is_uppercase() && last.is_lowercase()) {
            tokens.push(&id[start..at]);
            start = if apart { at + letter.len_utf8() } else { at };
        }
        last = letter;
    }
    tokens.push(&id[start..]);
    tokens.retain(|token| !token.is_empty());
    tokens
}

#[cfg(test)]
mod tests {
    use super::{durable, generated, ids_alike};

    #[test]
    fn hashes_and_counters_are_made_by_machines() {
        for id in ["username-input-3f2a", "ext-gen1234", ":r1b:", "css-xkcdq", "a1b2c3", "550e8400-e29b"] {
            assert!(generated(id), "{id}");
        }
        for id in ["userId", "pin2", "nuovo-pin", "codFisc", "accedi", "pwd"] {
            assert!(!generated(id), "{id}");
        }
        assert!(durable("codFisc") && !durable("pin2") && !durable("") && !durable("a.b"));
    }

    #[test]
    fn numbered_siblings_are_two() {
        assert_eq!(ids_alike("pin", "pin"), Some(1.0));
        assert_eq!(ids_alike("pin", "pin2"), Some(0.0));
        assert_eq!(ids_alike("userId", "username-input-3f2a"), None);
        assert_eq!(ids_alike("", "pin"), None);
        assert!(ids_alike("userId", "user-name").is_some_and(|alike| alike > 0.0 && alike < 0.5));
    }
}

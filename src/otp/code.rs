//! What a code is, and why there may be none.

use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;

use crate::exit::Verdict;
use crate::secret::Secret;
use crate::vault::{self, CommandError, Unattended};

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// A person would have to give it, and there is none.
    #[error("a person must supply code `{input}`: {why}")]
    NoPerson {
        /// The input.
        input: String,
        /// Why nobody can be asked.
        why: Unattended,
    },
    /// Whoever must enter the codes did not say that they are ready.
    #[error("nobody was ready to enter {}: {why}", counted(*.codes))]
    NotReady {
        /// So many codes would have been asked for.
        codes: u32,
        /// How that is known.
        why: &'static str,
    },
    /// It did not come in time.
    #[error("code `{input}` did not come within {} s", .after.as_secs())]
    TimedOut {
        /// The input.
        input: String,
        /// The time there was.
        after: Duration,
    },
    /// What came is no code.
    #[error("what came for code `{input}` {why}")]
    Invalid {
        /// The input.
        input: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nothing came but a code that was given out before, in this run or an earlier one.
    #[error("only a code that was used before came for `{input}` within {} s", .after.as_secs())]
    Repeated {
        /// The input.
        input: String,
        /// The time there was.
        after: Duration,
    },
    /// The program that supplies it failed.
    #[error("code `{input}`: {why}")]
    Source {
        /// The input.
        input: String,
        /// How.
        why: CommandError,
    },
    /// It could not be written down that the code is used.
    #[error("code `{input}` was not given out, because it could not be written down first: {why}")]
    Unkept {
        /// The input.
        input: String,
        /// Why.
        why: String,
    },
    /// Counted codes, and nothing that outlives this run to count in.
    #[error("code `{0}` is counted (`hotp`), and there is no state directory in which the counter is kept")]
    Uncounted(String),
    /// An earlier run gave out codes of a time that has not come yet.
    #[error(
        "code `{input}`: codes up to {until} were given out already, when the clock was ahead; wait till then, or have the \
         portal make a new seed"
    )]
    Ahead {
        /// The input.
        input: String,
        /// When the first code begins that was not given out.
        until: Timestamp,
    },
    /// This machine's clock and the portal's differ too much for computed codes.
    #[error(
        "by the portal's time this machine's clock is {shown}, and no code was computed by it: set the clock \
         (`timedatectl`); or, where the portal's is right, use `--trust-portal-clock`"
    )]
    Clock {
        /// How much.
        shown: String,
    },
    /// Nobody could be asked in the way that the settings say.
    #[error("code `{input}` cannot be asked for: {why}")]
    Unasked {
        /// The input.
        input: String,
        /// Why.
        why: String,
    },
    /// The run asks for a code that was not announced when the broker was opened.
    #[error("input `{0}` has no source of codes")]
    Unknown(String),
}

impl CodeError {
    /// How a run ends that does not get its code, as long as nothing has been sent.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NoPerson { .. } | Self::NotReady { .. } | Self::TimedOut { .. } | Self::Repeated { .. } => {
                Verdict::NeedsPerson
            }
            Self::Invalid { .. } | Self::Source { .. } | Self::Unkept { .. } | Self::Ahead { .. } => Verdict::Failed,
            Self::Unknown(_) | Self::Uncounted(_) | Self::Clock { .. } | Self::Unasked { .. } => Verdict::Invalid,
        }
    }
}

/// `1 code`, `2 codes`.
pub(super) fn counted(codes: u32) -> String {
    format!("{codes} code{}", if codes == 1 { "" } else { "s" })
}

/// The code in what a person or a program gives: letters and digits, without the spaces and dashes between them.
pub(super) fn normal(text: &str, pattern: Option<&Regex>) -> Result<Secret, &'static str> {
    // All the room at once: a text that grows leaves copies of what it held.
    let mut code = String::with_capacity(text.len());
    code.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '-'));
    let code = Secret::new(code);
    let text = code.expose();
    if text.is_empty() {
        return Err("is empty");
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) || !(4..=12).contains(&text.len()) {
        return Err("is no code: 4 to 12 letters or digits are wanted");
    }
    if pattern.is_some_and(|pattern| !vault::whole(pattern, text)) {
        return Err("does not match the flow's pattern for it");
    }
    Ok(code)
}

pub(super) fn repeated(given: &[Secret], code: &Secret) -> bool {
    given.iter().any(|given| given.expose() == code.expose())
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::normal;

    #[test]
    fn codes_are_letters_and_digits() {
        let digits = Regex::new(r"\d{6}").ok();
        for (text, expected) in [("123 456\n", Some("123456")), ("12-34-56", Some("123456")), ("ab12", Some("ab12"))] {
            assert_eq!(normal(text, None).ok().map(|code| code.expose().to_owned()).as_deref(), expected);
        }
        for text in ["", "123", "1234567890123", "12_456", "<b>1234</b>"] {
            assert!(normal(text, None).is_err(), "{text}");
        }
        assert!(normal("1234567", digits.as_ref()).is_err());
    }
}

//! Questions that another process answers: `rinnova code submit` in a second terminal, or a program of the holder's own.
//! Where they are laid out is not known here; what one says and what answers it is.

use std::fmt;

use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use regex::Regex;
use zeroize::Zeroizing;

use super::code::normal;
use crate::secret::Secret;

/// What a waiting run asks. Holds no secret: whoever may read it learns that a code is awaited, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its own name, by which it is answered.
    pub id: String,
    /// The account, or the flow's name where there is none.
    pub account: String,
    /// The input whose code is awaited.
    pub input: String,
    /// Not a code is wanted, but the word that somebody is ready to enter so many.
    pub ready_for: Option<u32>,
    /// What the code must match.
    pub pattern: Option<String>,
    /// Till when an answer is any good.
    pub until: Timestamp,
}

/// What stands in an answer to [`Question::ready_for`].
pub(super) const READY: &[u8] = b"ready";

/// Where questions are laid out and answers come in.
pub trait Desk: fmt::Debug {
    /// Whether a question could be laid out.
    ///
    /// # Errors
    ///
    /// Why not.
    fn usable(&self) -> Result<(), String>;

    /// Lays the question out and waits for an answer, for as long as it takes. Dropping the future takes the question back.
    fn ask<'a>(&'a self, question: &'a Question) -> LocalBoxFuture<'a, Result<Zeroizing<Vec<u8>>, String>>;
}

/// Sees that it is a code that is wanted.
///
/// # Errors
///
/// When it is not.
pub fn wants_code(question: &Question) -> Result<(), String> {
    match question.ready_for {
        Some(_) => Err("the run asks whether somebody is ready, not for a code yet: `rinnova code ready`".into()),
        None => Ok(()),
    }
}

/// The answer to a question, as it is handed in.
///
/// # Errors
///
/// Why what is given is no answer to it; never what it is.
pub fn answer(question: &Question, given: &Secret) -> Result<Zeroizing<Vec<u8>>, String> {
    wants_code(question)?;
    let pattern = question.pattern.as_deref().and_then(|pattern| Regex::new(pattern).ok());
    let code = normal(given.expose(), pattern.as_ref()).map_err(|why| format!("what was given {why}"))?;
    Ok(Zeroizing::new(code.expose().as_bytes().to_vec()))
}

/// The word that somebody is ready, as it is handed in.
///
/// # Errors
///
/// When the question is for a code.
pub fn readiness(question: &Question) -> Result<Zeroizing<Vec<u8>>, String> {
    if question.ready_for.is_none() {
        return Err("the run asks for a code: `rinnova code submit`".into());
    }
    Ok(Zeroizing::new(READY.to_vec()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Question, readiness};
    use crate::secret::Secret;

    fn answer(question: &Question, text: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
        super::answer(question, &Secret::new(text.to_owned()))
    }

    #[test]
    fn an_answer_fits_its_question() {
        let code = Question {
            id: "a".into(),
            account: "rossi".into(),
            input: "otp".into(),
            ready_for: None,
            pattern: Some(r"\d{6}".into()),
            until: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(answer(&code, " 123 456\n").map(|code| code.to_vec()), Ok(b"123456".to_vec()));
        let why = answer(&code, "1234567").expect_err("too long");
        assert!(why.contains("pattern") && !why.contains("1234567"), "{why}");
        assert!(readiness(&code).is_err_and(|why| why.contains("rinnova code submit")));
        let ready = Question { ready_for: Some(2), ..code };
        assert_eq!(readiness(&ready).map(|word| word.to_vec()), Ok(b"ready".to_vec()));
        assert!(answer(&ready, "123456").is_err_and(|why| why.contains("rinnova code ready")));
    }
}

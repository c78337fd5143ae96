//! Asking a person, in whichever way the settings say: the same question, and the same rules for what answers it.

use std::time::Duration;

use jiff::{Timestamp, Zoned};
use tokio::time::Instant;

use super::code::{CodeError, counted};
use super::desk::{Desk, Question};
use super::form::{Form, Page};
use super::terminal::{Answer, Terminal};
use crate::vault::Unattended;

/// A person, or a program, is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Not a code is awaited, but the word that somebody is ready to enter so many.
    pub ready_for: Option<u32>,
    /// The input whose code is awaited.
    pub input: String,
    /// Till when.
    pub until: Timestamp,
    /// How to answer, in words; empty where a program is asked. An address of the form stands in it, which is good for one
    /// answer: it is shown and not kept.
    pub how: String,
}

/// A way to ask.
pub(super) enum Way<'a> {
    Terminal(&'a mut Terminal),
    Desk(&'a dyn Desk),
    Form(u16),
}

impl Way<'_> {
    /// Asks until `check` accepts an answer or the time is over. `words` are what is asked where it is not for a code.
    pub(super) async fn ask<T>(
        self,
        question: &Question,
        words: &str,
        length: Duration,
        tell: &dyn Fn(Notice),
        check: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<T, CodeError> {
        let until = Instant::now() + length;
        let late = || CodeError::TimedOut { input: question.input.clone(), after: length };
        let unasked = |why: String| CodeError::Unasked { input: question.input.clone(), why };
        let clock = clock(length);
        match self {
            Self::Terminal(terminal) => {
                let asked = match question.ready_for {
                    Some(_) => format!("{}: {words} [y/N]", question.account),
                    None => format!("{}: one-time code `{}`, until {clock}", question.account, question.input),
                };
                tell(notice(question, String::new()));
                match terminal.ask(&asked, until, check).await {
                    Answer::Given(given) => Ok(given),
                    Answer::Late => Err(late()),
                    Answer::Gone => Err(CodeError::NoPerson { input: question.input.clone(), why: Unattended }),
                }
            }
            Self::Desk(desk) => {
                let verb = if question.ready_for.is_some() { "ready" } else { "submit" };
                tell(notice(question, format!("`rinnova code {verb} --account {}`", question.account)));
                loop {
                    let answer = tokio::time::timeout_at(until, desk.ask(question)).await;
                    let bytes = answer.map_err(|_| late())?.map_err(unasked)?;
                    match std::str::from_utf8(&bytes).map_err(|_| "is not text").and_then(&check) {
                        Ok(given) => return Ok(given),
                        Err(why) => {
                            tracing::warn!(input = question.input, "what was handed in {why}; still waiting");
                        }
                    }
                }
            }
            Self::Form(port) => {
                let page = Page::of(question, words, &clock);
                let mut form = Form::open(port, page).await.map_err(unasked)?;
                tell(notice(question, form.url().to_owned()));
                loop {
                    let posted = tokio::time::timeout_at(until, form.posted()).await.map_err(|_| late())?;
                    let posted = posted.ok_or_else(|| unasked("the form broke off".into()))?;
                    match check(posted.text()) {
                        Ok(given) => {
                            posted.accept();
                            return Ok(given);
                        }
                        Err(why) => posted.refuse(why),
                    }
                }
            }
        }
    }
}

/// What is told of a question that is answered in this way.
pub(super) fn notice(question: &Question, how: String) -> Notice {
    Notice { ready_for: question.ready_for, input: question.input.clone(), until: question.until, how }
}

/// The question whether somebody is ready.
pub(super) fn readiness(codes: u32, window: Duration) -> String {
    format!("Ready to enter {} within the next {} minutes?", counted(codes), window.as_secs() / 60)
}

/// A yes or a no, in English or Italian; an empty answer is a no.
pub(super) fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text.trim().to_lowercase().as_str() {
        "y" | "yes" | "s" | "si" | "sì" | "ready" => Ok(true),
        "" | "n" | "no" => Ok(false),
        _ => Err("is neither yes nor no"),
    }
}

/// When a length of time that begins now will be over, on the clock on the wall.
fn clock(length: Duration) -> String {
    Zoned::now().checked_add(length).map_or_else(|_| String::new(), |at| at.strftime("%H:%M:%S").to_string())
}

/// 128 random bits as 32 characters.
pub(super) fn token() -> String {
    let mut bytes = [0; 16];
    // Without the system's random numbers nothing encrypted works either; a token that can be guessed must not be.
    getrandom::fill(&mut bytes).expect("random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! `rinnova code`: answers a run that waits in another process.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;

use zeroize::Zeroizing;

use crate::cli::{Code, CodeAsked};
use crate::command::{Context, Failure, say};
use crate::exit::Verdict;
use crate::otp::desk::{self, Question};
use crate::secret::Secret;
use crate::store::codes::Codes;

/// More than any code takes, with its line break.
const LONGEST: usize = 256;

/// Hands in a code, or the word that somebody is ready.
///
/// # Errors
/// When no run waits, or several do, or what is given is no answer.
pub fn code(asked: Code, context: &Context) -> Result<Verdict, Failure> {
    let codes = Codes::of(&context.state_directory()?);
    let waiting =
        codes.waiting().map_err(|why| Failure::invalid(format!("what runs wait for cannot be seen: {why}")))?;
    let (answer, question) = match asked.asked {
        CodeAsked::Submit { account, code } => {
            let question = the_one(&waiting, account.as_deref())?;
            // Whether it is a code that is wanted is told before one is read.
            desk::wants_code(question).map_err(Failure::invalid)?;
            let code = match code.filter(|code| code != "-") {
                Some(code) => {
                    say("warning: a word on the command line can be seen by others on this machine; leave it out and \
                         type it, or pipe it in\n");
                    Secret::new(code)
                }
                None => read(question)?,
            };
            context.redactor.add(&code);
            (desk::answer(question, &code).map_err(Failure::invalid)?, question)
        }
        CodeAsked::Ready { account } => {
            let question = the_one(&waiting, account.as_deref())?;
            (desk::readiness(question).map_err(Failure::invalid)?, question)
        }
    };
    codes.hand_in(&question.id, &answer).map_err(Failure::invalid)?;
    say(&format!("handed in for {}\n", shown(question)));
    Ok(Verdict::Done)
}

/// The one question that is meant.
fn the_one<'a>(waiting: &'a [Question], account: Option<&str>) -> Result<&'a Question, Failure> {
    let meant: Vec<&Question> =
        waiting.iter().filter(|question| account.is_none_or(|account| account == question.account)).collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::invalid(match account {
            Some(account) => format!("no run of `{account}` waits for a code; {}", all(waiting)),
            None => "no run waits for a code".to_owned(),
        })),
        several => {
            let several: Vec<String> = several.iter().map(|question| shown(question)).collect();
            Err(Failure::invalid(format!("several runs wait; name one with `--account`: {}", several.join(", "))))
        }
    }
}

fn all(waiting: &[Question]) -> String {
    let all: Vec<String> = waiting.iter().map(shown).collect();
    if all.is_empty() { "none else waits either".into() } else { format!("there are: {}", all.join(", ")) }
}

fn shown(question: &Question) -> String {
    format!("{} `{}`", question.account, question.input)
}

/// A line of a terminal, else all of standard input. No buffer keeps it.
fn read(question: &Question) -> Result<Secret, Failure> {
    let terminal = std::io::stdin().is_terminal();
    if terminal {
        say(&format!("one-time code for {}: ", shown(question)));
    }
    let mut input = File::from(std::io::stdin().as_fd().try_clone_to_owned().map_err(Failure::invalid)?);
    let mut text = Zeroizing::new([0; LONGEST]);
    let mut length = 0;
    loop {
        let read = input.read(&mut text[length..]).map_err(Failure::invalid)?;
        length += read;
        if read == 0 || terminal && text[..length].contains(&b'\n') {
            break;
        }
    }
    let code = std::str::from_utf8(&text[..length]).map_err(|_| Failure::invalid("what was given is no text"))?;
    Ok(Secret::new(code.to_owned()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Question, the_one};

    #[test]
    fn the_question_that_is_meant() {
        let question = |account: &str, input: &str| Question {
            id: format!("{account}{input}"),
            account: account.into(),
            input: input.into(),
            ready_for: None,
            pattern: None,
            until: Timestamp::UNIX_EPOCH,
        };
        let waiting = [question("rossi", "otp"), question("bianchi", "otp")];
        assert_eq!(the_one(&waiting, Some("rossi")).map(|found| found.id.as_str()).ok(), Some("rossiotp"));
        assert_eq!(the_one(&waiting[..1], None).map(|found| found.id.as_str()).ok(), Some("rossiotp"));
        let why = |waiting: &[Question], account| the_one(waiting, account).expect_err("none").message;
        assert_eq!(why(&[], None), "no run waits for a code");
        assert_eq!(why(&[], Some("rossi")), "no run of `rossi` waits for a code; none else waits either");
        assert!(why(&waiting, Some("verdi")).ends_with("there are: rossi `otp`, bianchi `otp`"));
        assert!(why(&waiting, None).contains("name one with `--account`: rossi `otp`, bianchi `otp`"));
    }
}

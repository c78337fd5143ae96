//! One broker for one-time codes: whatever a portal asks for, a step asks here, and each code is given out once.
//!
//! A code is computed from a seed and the time (`totp`) or a counter (`hotp`), comes from a program (`command`), or from a
//! person: at the terminal (`prompt`), by `rinnova code submit` (`file`), or in a page of this machine (`form`). The broker
//! knows no page and no flow. Every code is made known to the redactor before it is handed out.
//!
//! - `source`: what a source in the settings becomes, and what may be wrong with it
//! - `seed`, `hotp`, `clock`: computed codes, and by whose time
//! - `steps`, `used`: which codes were given out
//! - `person`, `terminal`, `desk`, `form`: ways to ask a person
//! - `code`: what a code is, and why there may be none

mod clock;
mod code;
pub mod desk;
mod form;
mod hotp;
mod person;
mod seed;
mod source;
mod steps;
mod terminal;
#[cfg(test)]
mod trial;
mod used;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;
use tokio::time::Instant;

use self::clock::Clock;
pub use self::clock::{Moment, Skew};
pub use self::code::CodeError;
use self::code::{normal, repeated};
pub use self::desk::Desk;
use self::desk::Question;
pub use self::person::Notice;
use self::person::Way;
pub use self::seed::SeedError;
use self::seed::ready;
pub use self::source::{BrokerError, Fault, Problem};
use self::source::{Channel, channel};
pub use self::steps::Steps;
use self::steps::ThisRun;
pub use self::terminal::Terminal;
pub use self::used::UsedCode;
use crate::secret::Secret;
use crate::settings::InputSource;
use crate::vault::{self, CommandError, Redactor, Unattended};

/// A code input that a run may ask for.
#[derive(Debug, Clone)]
pub struct CodeInput {
    /// Its name in the flow.
    pub name: String,
    /// What a code must match, whole, after spaces and dashes are taken out.
    pub pattern: Option<Regex>,
}

/// How long a program that still prints an old code is left alone before it is run again: it may ask a mail server each time.
const AGAIN: Duration = Duration::from_secs(2);

/// Gives out one-time codes, each once.
#[derive(Debug)]
pub struct Broker {
    account: String,
    channels: BTreeMap<String, (Channel, Option<Regex>)>,
    given: Vec<Secret>,
    redactor: Redactor,
    terminal: Option<Terminal>,
    desk: Option<Box<dyn Desk>>,
    steps: Box<dyn Steps>,
    /// What `steps` knows outlives this run.
    remembers: bool,
    clock: Clock,
}

impl Broker {
    /// A broker for these inputs of one account. Seeds are read now; an input without a source is asked for on
    /// the terminal.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the sources, together.
    pub async fn open(
        account: &str,
        inputs: &[CodeInput],
        sources: &BTreeMap<String, InputSource>,
        redactor: &Redactor,
    ) -> Result<Self, BrokerError> {
        let mut channels = BTreeMap::new();
        let mut problems = Vec::new();
        for input in inputs {
            match channel(&input.name, sources.get(&input.name), redactor).await {
                Ok(channel) => {
                    channels.insert(input.name.clone(), (channel, input.pattern.clone()));
                }
                Err(fault) => problems.push(Problem { input: input.name.clone(), fault }),
            }
        }
        if !problems.is_empty() {
            return Err(BrokerError(problems));
        }
        Ok(Self {
            account: account.to_owned(),
            channels,
            given: Vec::new(),
            redactor: redactor.clone(),
            terminal: None,
            desk: None,
            steps: Box::new(ThisRun::default()),
            remembers: false,
            clock: Clock::default(),
        })
    }

    /// Asks on this terminal instead of the process's own.
    #[must_use]
    pub fn on(mut self, terminal: Terminal) -> Self {
        self.terminal = Some(terminal);
        self
    }

    /// Lays out here what other processes may answer.
    #[must_use]
    pub fn at(mut self, desk: Box<dyn Desk>) -> Self {
        self.desk = Some(desk);
        self
    }

    /// Remembers here, beyond this run, which codes were given out.
    #[must_use]
    pub fn remembering(mut self, steps: Box<dyn Steps>) -> Self {
        self.steps = steps;
        self.remembers = true;
        self
    }

    /// With `true`, codes are computed by the portal's clock, however far it is from this machine's.
    #[must_use]
    pub fn trusting_portal_clock(mut self, trusted: bool) -> Self {
        self.clock.trusts_portal = trusted;
        self
    }

    /// Whose codes these are: the account, or the flow's name where there is none.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether only a person can give the codes of this input.
    #[must_use]
    pub fn is_by_person(&self, input: &str) -> bool {
        self.channels.get(input).is_some_and(|(channel, _)| channel.is_by_person())
    }

    /// Whether the portal's clock must be looked at before a code of this input: it is computed by the time, and how far the
    /// clocks are apart is not known yet, or no longer.
    #[must_use]
    pub fn needs_clock(&self, input: &str) -> bool {
        matches!(self.channels.get(input), Some((Channel::Totp(_), _))) && self.clock.is_unsure()
    }

    /// Learns how far the clocks are apart; `None`: the portal tells no date. Gives what the person should be told.
    ///
    /// # Errors
    ///
    /// [`CodeError::Clock`] when they are so far apart that a computed code would be refused.
    pub fn learn_clock(&mut self, skew: Option<Skew>) -> Result<Option<String>, CodeError> {
        self.clock.learn(skew)
    }

    /// Whether a code can be given at all: before a step has the portal send one, whoever must read it must be there.
    ///
    /// # Errors
    ///
    /// [`CodeError::NoPerson`] when only a person can give it and there is no terminal to ask on; others when it cannot be
    /// asked for, or not be remembered, or the input has no source.
    pub fn reachable(&self, input: &str) -> Result<(), CodeError> {
        let unasked = |why: String| CodeError::Unasked { input: input.to_owned(), why };
        let Some((channel, _)) = self.channels.get(input) else { return Err(CodeError::Unknown(input.to_owned())) };
        match channel {
            Channel::Prompt if self.terminal.is_none() && !vault::attended() => {
                Err(CodeError::NoPerson { input: input.to_owned(), why: Unattended })
            }
            Channel::Hotp(_) if !self.remembers => Err(CodeError::Uncounted(input.to_owned())),
            Channel::Totp(_) | Channel::Hotp(_) => self.last(input).map(drop),
            Channel::Submitted => self.desk().and_then(Desk::usable).map_err(unasked),
            Channel::Form(port) => form::can_listen(*port).map_err(unasked),
            Channel::Prompt | Channel::Command(_) => Ok(()),
        }?;
        self.used(input).map(drop)
    }

    /// Asks whoever gives the codes of this input whether they are ready to enter `codes` of them within `window`.
    ///
    /// # Errors
    ///
    /// [`CodeError::NotReady`] when they are not, or do not answer within `patience`; others when they cannot be asked.
    pub async fn ready(
        &mut self,
        input: &str,
        codes: u32,
        window: Duration,
        patience: Duration,
        tell: &dyn Fn(Notice),
    ) -> Result<(), CodeError> {
        let question = self.question(input, Some(codes), patience);
        let words = person::readiness(codes, window);
        let Some(way) = self.way(input)? else { return Ok(()) };
        match way.ask(&question, &words, patience, tell, person::yes_or_no).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(CodeError::NotReady { codes, why: "the answer was no" }),
            Err(CodeError::TimedOut { .. }) => Err(CodeError::NotReady { codes, why: "nobody answered" }),
            Err(other) => Err(other),
        }
    }

    /// A fresh code. `not_before` is the moment at which a step had the portal send it: an older message is not
    /// meant. Waits at most as long as `deadline`; `tell` hears how a person is asked.
    ///
    /// # Errors
    ///
    /// When no code comes in time, or what comes is none.
    pub async fn code(
        &mut self,
        input: &str,
        not_before: Option<Timestamp>,
        deadline: Duration,
        tell: &dyn Fn(Notice),
    ) -> Result<Secret, CodeError> {
        let question = self.question(input, None, deadline);
        let channel = self.channels.get(input).map(|(channel, _)| channel);
        let code = match channel.ok_or_else(|| CodeError::Unknown(input.to_owned()))? {
            Channel::Totp(_) => self.timed(&question, deadline, tell).await?,
            Channel::Hotp(_) => self.counted(input)?,
            Channel::Command(argv) => {
                let argv = argv.clone();
                tell(person::notice(&question, String::new()));
                let code = self.printed(&argv, &question, not_before, deadline).await?;
                self.use_up(input, code)?
            }
            _ => {
                let pattern = self.channels.get(input).and_then(|(_, pattern)| pattern.clone());
                let (given, used) = (self.given.clone(), self.used(input)?);
                let check = |text: &str| {
                    let code = normal(text, pattern.as_ref())?;
                    if is_old(&given, &used, &code) { Err("was used before") } else { Ok(code) }
                };
                let way = self.way(input)?.ok_or_else(|| CodeError::Unknown(input.to_owned()))?;
                let code = way.ask(&question, "", deadline, tell, check).await?;
                self.use_up(input, code)?
            }
        };
        self.redactor.add(&code);
        self.given.push(code.clone());
        Ok(code)
    }

    /// By the time: the code of a step that has begun, is not about to end and was never given out.
    async fn timed(
        &mut self,
        question: &Question,
        deadline: Duration,
        tell: &dyn Fn(Notice),
    ) -> Result<Secret, CodeError> {
        let input = question.input.as_str();
        let until = Instant::now() + deadline;
        loop {
            let Some((Channel::Totp(generator), _)) = self.channels.get(input) else {
                return Err(CodeError::Unknown(input.to_owned()));
            };
            let (now, period) = (self.clock.now(), generator.period);
            let (step, wait) = ready(now, period, self.last(input)?);
            if wait > until.saturating_duration_since(Instant::now()) {
                return Err(late(input, now, wait, period, deadline));
            }
            if !wait.is_zero() {
                tell(person::notice(question, String::new()));
                tokio::time::sleep(wait).await;
                continue;
            }
            let code = generator.code(step);
            self.spend(input, step)?;
            // Two inputs may share a seed; the code of a step is one code all the same.
            if !repeated(&self.given, &code) {
                return Ok(code);
            }
        }
    }

    /// By a counter that outlives the run: the code of the next number.
    fn counted(&mut self, input: &str) -> Result<Secret, CodeError> {
        if !self.remembers {
            return Err(CodeError::Uncounted(input.to_owned()));
        }
        loop {
            let Some((Channel::Hotp(generator), _)) = self.channels.get(input) else {
                return Err(CodeError::Unknown(input.to_owned()));
            };
            let number = generator.next(self.last(input)?);
            let code = generator.code(number);
            self.spend(input, number)?;
            // One code in a million is the code of another number, too.
            if !repeated(&self.given, &code) {
                return Ok(code);
            }
        }
    }

    /// What a program prints. It is run again as long as it prints a code that was given out before: the message with the new
    /// one may not have come yet.
    async fn printed(
        &self,
        argv: &[String],
        question: &Question,
        not_before: Option<Timestamp>,
        deadline: Duration,
    ) -> Result<Secret, CodeError> {
        let name = || question.input.clone();
        let mut env = vec![
            ("RINNOVA_CODE_REQUEST", question.id.clone()),
            ("RINNOVA_CODE_INPUT", name()),
            ("RINNOVA_CODE_ACCOUNT", question.account.clone()),
            ("RINNOVA_CODE_UNTIL", question.until.as_millisecond().to_string()),
        ];
        env.extend(not_before.map(|at| ("RINNOVA_CODE_NOT_BEFORE", at.as_millisecond().to_string())));
        let pattern = self.channels.get(&question.input).and_then(|(_, pattern)| pattern.as_ref());
        let invalid = |why| CodeError::Invalid { input: name(), why };
        let used = self.used(&question.input)?;
        let until = Instant::now() + deadline;
        let mut late = CodeError::TimedOut { input: name(), after: deadline };
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let output = match vault::output(argv, &env, left).await {
                Err(CommandError::TimedOut { .. }) => return Err(late),
                output => output.map_err(|why| CodeError::Source { input: name(), why })?,
            };
            let text = std::str::from_utf8(&output).map_err(|_| invalid("is not text"))?;
            let code = normal(text, pattern).map_err(invalid)?;
            if !is_old(&self.given, &used, &code) {
                return Ok(code);
            }
            late = CodeError::Repeated { input: name(), after: deadline };
            if until.saturating_duration_since(Instant::now()) <= AGAIN {
                return Err(late);
            }
            tracing::info!(input = question.input, "an old code was printed; the program is run again");
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Marks a code that was not computed as used, before it is given out.
    fn use_up(&mut self, input: &str, code: Secret) -> Result<Secret, CodeError> {
        let kept = self.steps.use_up(input, &UsedCode::of(&code));
        kept.map_err(|why| CodeError::Unkept { input: input.to_owned(), why })?;
        Ok(code)
    }

    /// The marks of the codes that were given out in earlier runs, too.
    fn used(&self, input: &str) -> Result<Vec<UsedCode>, CodeError> {
        self.steps.used().map_err(|why| CodeError::Unkept { input: input.to_owned(), why })
    }

    fn last(&self, input: &str) -> Result<Option<u64>, CodeError> {
        self.steps.last(input).map_err(|why| CodeError::Unkept { input: input.to_owned(), why })
    }

    fn spend(&mut self, input: &str, step: u64) -> Result<(), CodeError> {
        self.steps.spend(input, step).map_err(|why| CodeError::Unkept { input: input.to_owned(), why })
    }

    fn desk(&self) -> Result<&dyn Desk, String> {
        self.desk.as_deref().ok_or_else(|| "there is no state directory in which it could be asked for".to_owned())
    }

    fn question(&self, input: &str, ready_for: Option<u32>, length: Duration) -> Question {
        let pattern = self.channels.get(input).and_then(|(_, pattern)| pattern.as_ref());
        Question {
            id: person::token(),
            account: self.account.clone(),
            input: input.to_owned(),
            ready_for,
            pattern: pattern.map(|pattern| pattern.as_str().to_owned()),
            until: Timestamp::now().saturating_add(length).unwrap_or(Timestamp::MAX),
        }
    }

    /// How the person is asked who gives the codes of this input; `None`: no person gives them.
    fn way(&mut self, input: &str) -> Result<Option<Way<'_>>, CodeError> {
        let unasked = |why: String| CodeError::Unasked { input: input.to_owned(), why };
        Ok(match self.channels.get(input) {
            Some((Channel::Prompt, _)) => {
                let no_person = |why| CodeError::NoPerson { input: input.to_owned(), why };
                Some(Way::Terminal(match &mut self.terminal {
                    Some(terminal) => terminal,
                    none => none.insert(Terminal::open().map_err(no_person)?),
                }))
            }
            Some((Channel::Submitted, _)) => Some(Way::Desk(self.desk().map_err(unasked)?)),
            Some((Channel::Form(port), _)) => Some(Way::Form(*port)),
            _ => None,
        })
    }
}

/// Whether this code was given out already, in this run or an earlier one.
fn is_old(given: &[Secret], used: &[UsedCode], code: &Secret) -> bool {
    repeated(given, code) || used.iter().any(|used| used.is(code))
}

/// Why the next code does not come in time: it is a step away, or the last one given out is of a time to come.
fn late(input: &str, now: u64, wait: Duration, period: u64, deadline: Duration) -> CodeError {
    let input = input.to_owned();
    if wait <= Duration::from_secs(2 * period) {
        return CodeError::TimedOut { input, after: deadline };
    }
    let begins = u64::try_from(wait.as_millis()).ok().and_then(|wait| i64::try_from(now.checked_add(wait)?).ok());
    let until = begins.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX);
    CodeError::Ahead { input, until }
}

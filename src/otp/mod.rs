//! One broker for one-time codes: whatever a portal asks for, a step asks here, and each code is given out once.
//!
//! A code comes from a seed (`totp`), from a person at the terminal (`prompt`) or from a program (`command`). It
//! knows no page and no flow. Every code is made known to the redactor before it is handed out.

mod code;
mod seed;
mod terminal;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;
use tokio::time::Instant;

pub use self::code::CodeError;
use self::code::{normal, repeated};
pub use self::seed::SeedError;
use self::seed::{Generator, ready};
use self::terminal::Answer;
pub use self::terminal::Terminal;
use crate::secret::Secret;
use crate::settings::{InputSource, SecretSource};
use crate::vault::{self, CommandError, Redactor, SourceError, Unattended};

/// A code input that a run may ask for.
#[derive(Debug, Clone)]
pub struct CodeInput {
    /// Its name in the flow.
    pub name: String,
    /// What a code must match, whole, after spaces and dashes are taken out.
    pub pattern: Option<Regex>,
}

/// Where the codes of one input come from.
#[derive(Debug)]
enum Channel {
    Totp { generator: Generator, last: Option<u64> },
    Prompt,
    Command(Vec<String>),
}

/// Gives out one-time codes, each once.
#[derive(Debug)]
pub struct Broker {
    account: String,
    channels: BTreeMap<String, (Channel, Option<Regex>)>,
    given: Vec<Secret>,
    redactor: Redactor,
    terminal: Option<Terminal>,
}

/// What is wrong with the source of one code input.
#[derive(Debug, thiserror::Error)]
#[error("input `{input}`: {fault}")]
pub struct Problem {
    /// The input's name.
    pub input: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What may be wrong with the source of a code.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A source that can hold no code, because a code is new each time.
    #[error("a one-time code cannot come from {0}; use `totp`, `prompt` or `command`")]
    Fixed(String),
    /// The seed's own source does not give it.
    #[error("its seed: {0}")]
    Source(#[from] SourceError),
    /// The seed is none.
    #[error("its seed: {0}")]
    Seed(#[from] SeedError),
}

/// Everything that is wrong with the sources of codes.
#[derive(Debug)]
pub struct BrokerError(pub Vec<Problem>);

impl std::error::Error for BrokerError {}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
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
        let (account, redactor) = (account.to_owned(), redactor.clone());
        Ok(Self { account, channels, given: Vec::new(), redactor, terminal: None })
    }

    /// Asks on this terminal instead of the process's own.
    #[must_use]
    pub fn on(mut self, terminal: Terminal) -> Self {
        self.terminal = Some(terminal);
        self
    }

    /// The inputs whose codes only a person can give.
    pub fn by_person(&self) -> impl Iterator<Item = &str> {
        let asked = |channel: &Channel| matches!(channel, Channel::Prompt);
        self.channels.iter().filter(move |(_, (channel, _))| asked(channel)).map(|(name, _)| name.as_str())
    }

    /// Whether a code can be given at all: before a step has the portal send one, whoever must read it must be there.
    ///
    /// # Errors
    ///
    /// [`CodeError::NoPerson`] when only a person can give it and there is no terminal to ask on, [`CodeError::Unknown`]
    /// when the input has no source.
    pub fn reachable(&self, input: &str) -> Result<(), CodeError> {
        match self.channels.get(input) {
            None => Err(CodeError::Unknown(input.to_owned())),
            Some((Channel::Prompt, _)) if self.terminal.is_none() && !vault::attended() => {
                Err(CodeError::NoPerson { input: input.to_owned(), why: Unattended })
            }
            Some(_) => Ok(()),
        }
    }

    /// The number of the last step of which a code was given out, for an input whose codes come from a seed.
    #[must_use]
    pub fn last_step(&self, input: &str) -> Option<u64> {
        match self.channels.get(input)? {
            (Channel::Totp { last, .. }, _) => *last,
            _ => None,
        }
    }

    /// Gives out no code of this step or an earlier one: an earlier run has used it.
    pub fn used_until(&mut self, input: &str, step: u64) {
        if let Some((Channel::Totp { last, .. }, _)) = self.channels.get_mut(input) {
            *last = (*last).max(Some(step));
        }
    }

    /// A fresh code. `not_before` is the moment at which a step had the portal send it: an older message is not
    /// meant. Waits at most as long as `deadline`.
    ///
    /// # Errors
    ///
    /// When no code comes in time, or what comes is none.
    pub async fn code(
        &mut self,
        input: &str,
        not_before: Option<Timestamp>,
        deadline: Duration,
    ) -> Result<Secret, CodeError> {
        let Self { account, channels, given, redactor, terminal } = self;
        let (channel, pattern) = channels.get_mut(input).ok_or_else(|| CodeError::Unknown(input.to_owned()))?;
        let name = || input.to_owned();
        let code = match channel {
            Channel::Totp { generator, last } => {
                let until = Instant::now() + deadline;
                loop {
                    let (step, wait) = ready(now(), generator.period, *last);
                    if Instant::now() + wait > until {
                        return Err(CodeError::TimedOut { input: name(), after: deadline });
                    }
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    *last = Some(step);
                    let code = generator.code(step);
                    // Two inputs may share a seed; the code of a step is one code all the same.
                    if !repeated(given, &code) {
                        break code;
                    }
                }
            }
            Channel::Prompt => {
                let terminal = match terminal {
                    Some(terminal) => terminal,
                    none => none.insert(Terminal::open().map_err(|why| CodeError::NoPerson { input: name(), why })?),
                };
                let check = |line: &str| {
                    let code = normal(line, pattern.as_ref())?;
                    if repeated(given, &code) { Err("was used before") } else { Ok(code) }
                };
                match terminal.ask(account, input, deadline, check).await {
                    Answer::Code(code) => code,
                    Answer::Late => return Err(CodeError::TimedOut { input: name(), after: deadline }),
                    Answer::Gone => return Err(CodeError::NoPerson { input: name(), why: Unattended }),
                }
            }
            Channel::Command(argv) => {
                let mut env = vec![("RINNOVA_CODE_INPUT", name()), ("RINNOVA_CODE_ACCOUNT", account.clone())];
                env.extend(not_before.map(|at| ("RINNOVA_CODE_NOT_BEFORE", at.as_millisecond().to_string())));
                let output = vault::output(argv, &env, deadline).await;
                let output = output.map_err(|why| match why {
                    CommandError::TimedOut { .. } => CodeError::TimedOut { input: name(), after: deadline },
                    why => CodeError::Source { input: name(), why },
                })?;
                let invalid = |why| CodeError::Invalid { input: name(), why };
                let text = std::str::from_utf8(&output).map_err(|_| invalid("is not text"))?;
                let code = normal(text, pattern.as_ref()).map_err(invalid)?;
                if repeated(given, &code) {
                    return Err(CodeError::Repeated { input: name() });
                }
                code
            }
        };
        redactor.add(&code);
        given.push(code.clone());
        Ok(code)
    }
}

async fn channel(input: &str, source: Option<&InputSource>, redactor: &Redactor) -> Result<Channel, Fault> {
    match source {
        None | Some(InputSource::From(SecretSource::Prompt)) => Ok(Channel::Prompt),
        Some(InputSource::From(SecretSource::Command(argv))) => Ok(Channel::Command(argv.clone())),
        Some(InputSource::Totp(source)) => {
            let seed = vault::read(source, &format!("seed of {input}")).await?;
            redactor.add(&seed);
            let generator = Generator::of(&seed, redactor)?;
            if generator.bits < 128 {
                tracing::warn!(
                    input,
                    bits = generator.bits,
                    "the seed is shorter than the 128 bits that RFC 4226 asks for"
                );
            }
            Ok(Channel::Totp { generator, last: None })
        }
        Some(other) => Err(Fault::Fixed(other.to_string())),
    }
}

/// Milliseconds since 1970; a clock before that counts as 1970.
fn now() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write as _;
    use std::time::Duration;

    use super::{Broker, CodeError, CodeInput, Terminal};
    use crate::settings::{InputSource, SecretSource};
    use crate::vault::Redactor;
    use jiff::Timestamp;

    const SOON: Duration = Duration::from_secs(5);

    async fn broker(source: Option<InputSource>) -> Result<(Broker, Redactor), String> {
        let redactor = Redactor::default();
        let inputs = [CodeInput { name: "otp".into(), pattern: None }];
        let sources: BTreeMap<_, _> = source.map(|source| ("otp".to_owned(), source)).into_iter().collect();
        let broker = Broker::open("rossi", &inputs, &sources, &redactor).await;
        broker.map(|broker| (broker, redactor)).map_err(|error| error.to_string())
    }

    fn shell(script: &str) -> SecretSource {
        SecretSource::Command(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    fn totp(seed: &str) -> InputSource {
        InputSource::Totp(shell(&format!("echo '{seed}'")))
    }

    #[tokio::test]
    async fn a_command_gives_a_code_once() {
        let script = r#"printf '%s' "$RINNOVA_CODE_INPUT$RINNOVA_CODE_ACCOUNT$RINNOVA_CODE_NOT_BEFORE""#;
        let (mut broker, redactor) = broker(Some(InputSource::From(shell(script)))).await.expect("a broker");
        let at = Timestamp::from_millisecond(1234).ok();
        let code = broker.code("otp", at, SOON).await.expect("a code");
        assert_eq!(code.expose(), "otprossi1234");
        assert_eq!(redactor.redact("code otprossi1234"), "code ***");
        assert!(matches!(broker.code("otp", at, SOON).await, Err(CodeError::Repeated { .. })));
        assert!(matches!(broker.code("pin", at, SOON).await, Err(CodeError::Unknown(_))));
    }

    #[tokio::test]
    async fn a_command_can_fail_or_take_too_long() {
        let (mut broker, _) =
            broker(Some(InputSource::From(shell("echo secret >&2; exit 3")))).await.expect("a broker");
        let error = broker.code("otp", None, SOON).await.expect_err("no code");
        assert!(error.to_string().contains("exit status: 3") && !error.to_string().contains("secret"), "{error}");
        let (mut broker, _) = self::broker(Some(InputSource::From(shell("sleep 60")))).await.expect("a broker");
        let error = broker.code("otp", None, Duration::from_millis(100)).await.expect_err("no code");
        assert!(matches!(error, CodeError::TimedOut { .. }));
    }

    #[tokio::test]
    async fn no_step_of_a_seed_is_used_twice() {
        let url = "otpauth://totp/x?secret=gezd gnbv-GY3T QOJQ gezd gnbv gy3t qojq&period=1&digits=8";
        let (mut broker, redactor) = broker(Some(totp(url))).await.expect("a broker");
        let first = broker.code("otp", None, SOON).await.expect("a code");
        let step = broker.last_step("otp").expect("a step");
        let second = broker.code("otp", None, SOON).await.expect("a code");
        assert!(broker.last_step("otp") > Some(step));
        assert_ne!(first.expose(), second.expose());
        assert_eq!(redactor.redact("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "***");
        broker.used_until("otp", step + 1000);
        assert!(matches!(broker.code("otp", None, SOON).await, Err(CodeError::TimedOut { .. })));
    }

    #[tokio::test]
    async fn a_bad_seed_is_told_at_once_and_not_shown() {
        let error = broker(Some(totp("hunter2-0189"))).await.expect_err("an error");
        assert!(error.starts_with("input `otp`: its seed: ") && !error.contains("hunter2"), "{error}");
        let error = broker(Some(InputSource::Plain("123456".into()))).await.expect_err("an error");
        assert!(error.contains("use `totp`, `prompt` or `command`") && !error.contains("123456"), "{error}");
    }

    #[tokio::test]
    async fn a_person_is_asked_again_after_nonsense() {
        let (broker, _) = broker(None).await.expect("a broker");
        assert_eq!(broker.by_person().collect::<Vec<_>>(), ["otp"]);
        let (from, mut person) = std::io::pipe().expect("a pipe");
        let mut broker = broker.on(Terminal::of(from, std::io::sink()));
        let typing = std::thread::spawn(move || {
            // What is typed before the question is no answer to it.
            std::thread::sleep(Duration::from_millis(100));
            person.write_all(b"no!\n123 456\n").expect("typed");
        });
        let code = broker.code("otp", None, SOON).await.expect("a code");
        typing.join().expect("typed");
        assert_eq!(code.expose(), "123456");
        assert!(matches!(broker.code("otp", None, SOON).await, Err(CodeError::NoPerson { .. })));
    }
}

//! What a source of codes in the settings becomes, and everything that may be wrong with it before a run.

use std::fmt;

use super::hotp::Counted;
use super::seed::{Kind, Seed, SeedError, Timed};
use crate::settings::{InputSource, SecretSource};
use crate::vault::{self, Redactor, SourceError};

/// Where the codes of one input come from.
#[derive(Debug)]
pub(super) enum Channel {
    Totp(Timed),
    Hotp(Counted),
    Prompt,
    Command(Vec<String>),
    Submitted,
    Form(u16),
}

impl Channel {
    /// Whether only a person can give a code.
    pub(super) fn is_by_person(&self) -> bool {
        match self {
            Self::Prompt | Self::Submitted | Self::Form(_) => true,
            Self::Totp(_) | Self::Hotp(_) | Self::Command(_) => false,
        }
    }
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
    #[error(
        "a one-time code cannot come from {0}; use `totp`, `hotp`, `prompt`, `command`, `file = true` or `form = true`"
    )]
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

/// What this source of the input's codes becomes; its seed is read.
pub(super) async fn channel(input: &str, source: Option<&InputSource>, redactor: &Redactor) -> Result<Channel, Fault> {
    match source {
        None | Some(InputSource::From(SecretSource::Prompt)) => Ok(Channel::Prompt),
        Some(InputSource::From(SecretSource::Command(argv))) => Ok(Channel::Command(argv.clone())),
        Some(InputSource::Submitted) => Ok(Channel::Submitted),
        Some(InputSource::Form(port)) => Ok(Channel::Form(*port)),
        Some(InputSource::Totp(source)) => {
            Ok(Channel::Totp(Timed::of(seed(input, source, Kind::Timed, redactor).await?)))
        }
        Some(InputSource::Hotp(source)) => {
            Ok(Channel::Hotp(Counted::of(seed(input, source, Kind::Counted, redactor).await?)))
        }
        Some(other) => Err(Fault::Fixed(other.to_string())),
    }
}

async fn seed(input: &str, source: &SecretSource, kind: Kind, redactor: &Redactor) -> Result<Seed, Fault> {
    let seed = vault::read(source, &format!("seed of {input}")).await?;
    redactor.add(&seed);
    let seed = Seed::of(&seed, kind, redactor)?;
    let bits = seed.bits();
    if bits < 128 {
        tracing::warn!(input, bits, "the seed is shorter than the 128 bits that RFC 4226 asks for");
    }
    Ok(seed)
}

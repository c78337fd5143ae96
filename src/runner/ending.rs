//! Which verdict follows from what stopped a run. After a sent commit `unknown`, then `half-done`, outrank everything
//! else (design.md §3).

use crate::browser::error::PageError;
use crate::exit::Verdict;
use crate::record::{Failure, Outcome};

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, for people.
    pub reason: Option<String>,
    /// What to do next.
    pub advice: Option<String>,
}

impl Ending {
    /// An ending with a reason.
    #[must_use]
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: Some(reason.into()), advice: None }
    }
}

/// What stops a step before its end.
#[derive(Debug)]
pub enum Halt {
    /// A declared state of the flow, by number, with the words of the page.
    State {
        /// Its number in the flow.
        id: usize,
        /// The visible words that matched.
        text: String,
    },
    /// The step failed.
    Failed {
        /// The verdict if nothing was sent.
        verdict: Verdict,
        /// What went wrong.
        failure: Box<Failure>,
    },
    /// The run ends here without a failure: a decision by date, a signal, a code that nobody gives.
    Ended(Ending),
}

impl Halt {
    /// A failure.
    #[must_use]
    pub fn failed(verdict: Verdict, kind: &str, message: impl Into<String>, explanation: Vec<String>) -> Self {
        let failure = Failure {
            kind: kind.into(),
            message: message.into(),
            explanation,
            page: None,
            structure: None,
            elements: Vec::new(),
        };
        Self::Failed { verdict, failure: Box::new(failure) }
    }

    /// How the step is recorded that it stopped.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::State { .. } => Outcome::State,
            Self::Failed { .. } => Outcome::Failed,
            Self::Ended(_) => Outcome::Skipped,
        }
    }
}

/// What an error of the page means for the step in which it came.
#[must_use]
pub fn of_page_error(error: &PageError, asked: Option<Verdict>) -> Halt {
    let message = error.to_string();
    match error {
        PageError::Stopped => Halt::Ended(Ending::new(asked.unwrap_or(Verdict::Terminated), "stopped by a signal")),
        PageError::Load { .. } => Halt::failed(
            Verdict::Unavailable,
            "load",
            message,
            vec!["nothing was sent; check the address and the network, then run again".into()],
        ),
        PageError::Slow { .. } => Halt::failed(
            Verdict::Unavailable,
            "slow",
            message,
            vec!["if the portal is only slow today, give the step that follows a longer `timeout`".into()],
        ),
        PageError::Held { .. } => {
            Halt::failed(Verdict::Changed, "held", message, vec!["nothing of the press reached the page".into()])
        }
        PageError::Missed => Halt::failed(
            Verdict::Changed,
            "missed",
            message,
            vec!["perhaps a frame of another origin came over it just then; see the picture".into()],
        ),
        PageError::Dialog { .. } => Halt::failed(
            Verdict::Changed,
            "dialog",
            message,
            vec![
                "the flow does not expect it; if it belongs there, add a `dialog` step after the click that opens it"
                    .into(),
            ],
        ),
        PageError::WindowClosed | PageError::Navigated => {
            Halt::failed(Verdict::Changed, "navigation", message, Vec::new())
        }
        PageError::Gone { .. } | PageError::Silent { .. } | PageError::Refused { .. } => {
            Halt::failed(Verdict::Failed, "browser", message, vec!["`rinnova doctor` checks browser and driver".into()])
        }
    }
}

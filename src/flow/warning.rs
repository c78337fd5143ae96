//! What is doubtful in a valid flow: one variant for each rule of `lint`. `Display` says what, [`Warning::help`] what
//! would be better.

use crate::flow::advice::listed;

/// A doubt about a valid flow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A bare time.
    #[error("waits a bare time")]
    BareTime,
    /// A decision taken while the page may still be changing.
    #[error("`when` decides at once, and nothing was waited for")]
    HastyWhen,
    /// A commit of which nothing shows that it took place.
    #[error("nothing is expected after the commit")]
    NoProof,
    /// A commit that may not be there.
    #[error("an optional commit")]
    OptionalCommit,
    /// A locator that breaks when the page is touched.
    #[error("brittle locator: {kind}")]
    Brittle {
        /// What it hangs on.
        kind: &'static str,
    },
    /// A page reached by an address that the portal may change.
    #[error("opens the deep address `{path}`")]
    DeepPath {
        /// The path.
        path: String,
    },
    /// A text that should perhaps not stand in a file.
    #[error("a text that looks like {what}")]
    LooksSecret {
        /// What it looks like.
        what: &'static str,
    },
    /// A value that is not declared secret, for a field that holds one.
    #[error("`{input}` is typed into {field} and is not secret")]
    NotSecret {
        /// The input or output.
        input: String,
        /// The field.
        field: String,
    },
    /// A stage in no task.
    #[error("stage `{stage}` is in no task")]
    UnusedStage {
        /// The stage.
        stage: String,
    },
    /// An input that no step uses.
    #[error("input `{input}` is never used")]
    UnusedInput {
        /// The input.
        input: String,
    },
    /// An output that no step reads.
    #[error("output `{output}` is never read")]
    UnreadOutput {
        /// The output.
        output: String,
    },
    /// Commits without a renewal to prove them.
    #[error("task `{task}` commits, and there is no `[renewal]`")]
    NoRenewal {
        /// The task.
        task: String,
    },
    /// The expiry is not known before the commit.
    #[error("task `{task}` does not read `{output}` before its first commit")]
    NotReadBefore {
        /// The task.
        task: String,
        /// The output.
        output: String,
    },
    /// The expiry is not known after the commit.
    #[error("task `{task}` does not read `{output}` after its last commit")]
    NotReadAfter {
        /// The task.
        task: String,
        /// The output.
        output: String,
    },
    /// A renewal that renews nothing.
    #[error("the renewal's task `{task}` commits nothing")]
    NothingCommitted {
        /// The task.
        task: String,
    },
    /// A rehearsal that would have a code sent.
    #[error("a rehearsal goes through stage `{stage}`, which requests a code")]
    RehearsalRequests {
        /// The stage.
        stage: String,
    },
    /// A state known only by what is missing.
    #[error("{what} is known only by what the page does not show")]
    NoEvidence {
        /// `this state` or `this interrupt`.
        what: &'static str,
    },
    /// A half-done renewal without a way on.
    #[error("`half-done` without `renewal.resume`")]
    NoResume,
    /// A state that no task looks for.
    #[error("this state holds in no task")]
    HoldsNowhere,
    /// Words that readers of one language get in another.
    #[error("not in {}", listed(missing))]
    Untranslated {
        /// The languages that other words of the flow have.
        missing: Vec<String>,
    },
    /// Secrets would go unencrypted.
    #[error("`{origin}` is not encrypted")]
    Unencrypted {
        /// The origin.
        origin: String,
    },
}

impl Warning {
    /// What would be better.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::BareTime => "wait for what the page shows then: `wait = \"…\"`",
            Self::HastyWhen => "put an `expect` before it that holds in either case",
            Self::NoProof => "put an `expect` after it: what the portal shows when it has taken place",
            Self::OptionalCommit => "put it into a `when` that says when it is there",
            Self::Brittle { .. } => {
                "say what a person reads, or put that first in a list: `[{ button = \"…\" }, { … }]`"
            }
            Self::DeepPath { .. } => "open `/` and click through, unless the portal publishes this address",
            Self::LooksSecret { .. } => "declare a secret input and write `\"${name}\"`",
            Self::NotSecret { .. } => "declare it `{ secret = true }`",
            Self::UnusedStage { .. } => "name it in a task, or leave it out",
            Self::UnusedInput { .. } => "write `with = \"${…}\"` in a step, or leave it out",
            Self::UnreadOutput { .. } => "write a `read` step for it, or leave it out",
            Self::NoRenewal { .. } => "without it nothing proves what a run has done",
            Self::NotReadBefore { .. } => "without it nobody knows whether a renewal is due",
            Self::NotReadAfter { .. } => "without it nothing proves that it was renewed",
            Self::NothingCommitted { .. } => "say with `commit = \"…\"` which step cannot be undone",
            Self::RehearsalRequests { .. } => "let `rehearse.until` name this stage or one before it",
            Self::NoEvidence { .. } => "absence proves nothing: add what the page does show",
            Self::NoResume => "name the task that goes on: `resume = \"…\"`",
            Self::HoldsNowhere => "no task commits: name those in which it holds, `tasks = […]`",
            Self::Untranslated { .. } => "other words of this flow are: without it a guide changes its language here",
            Self::Unencrypted { .. } => "write `https://`",
        }
        .to_owned()
    }
}

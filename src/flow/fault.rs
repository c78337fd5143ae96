//! Faults of a file: what is wrong, where, and in which part. They are collected, sorted and drawn together.

use std::ops::Range;

use crate::flow::error::FlowError;
use crate::flow::warning::Warning;
use crate::source::{Note, Severity, Source};

/// More faults than this are counted, not kept.
const KEPT: usize = 100;

/// What is wrong or doubtful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A rule is broken: the file is refused.
    Error(FlowError),
    /// Doubtful, but valid.
    Warning(Warning),
}

/// A problem at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub problem: Problem,
    /// Where, in bytes of the source.
    pub span: Range<usize>,
    /// The part of the file it is in: `stage "login"`.
    pub context: Option<String>,
}

impl Fault {
    /// Error or warning.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self.problem {
            Problem::Error(_) => Severity::Error,
            Problem::Warning(_) => Severity::Warning,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.problem {
            Problem::Error(error) => error.to_string(),
            Problem::Warning(warning) => warning.to_string(),
        }
    }

    /// What would be right; may be empty.
    #[must_use]
    pub fn help(&self) -> String {
        match &self.problem {
            Problem::Error(error) => error.help(),
            Problem::Warning(warning) => warning.help(),
        }
    }

    /// Whether what stands there may be a secret, so that no console and no log shows it.
    fn hides(&self) -> bool {
        matches!(
            self.problem,
            Problem::Error(
                FlowError::LiteralSecret { .. } | FlowError::LiteralDefault { .. } | FlowError::OriginWithUser
            ) | Problem::Warning(Warning::LooksSecret { .. })
        )
    }

    /// The fault drawn on its source.
    #[must_use]
    pub fn render(&self, source: &Source, colour: bool) -> String {
        let (title, label) = (self.title(), self.help());
        let context = self.context.as_deref();
        let (severity, span, hidden) = (self.severity(), self.span.clone(), self.hides());
        source.draw(&Note { severity, title: &title, span, context, label: &label, hidden }, colour)
    }
}

/// All faults of one file.
#[derive(Debug, Clone)]
pub struct Faults {
    source: Source,
    list: Vec<Fault>,
    /// How many were found, kept or not.
    found: usize,
}

impl Faults {
    /// No faults yet.
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self { source, list: Vec::new(), found: 0 }
    }

    /// The file they are in.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The faults, in the order of the file.
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found == 0
    }

    /// Whether more faults are only counted.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.list.len() >= KEPT
    }

    /// Records a broken rule.
    pub fn push(&mut self, error: FlowError, span: Range<usize>) {
        self.found += 1;
        if !self.is_full() {
            self.list.push(Fault { problem: Problem::Error(error), span, context: None });
        }
    }

    /// Sorts by place and says of each which part of the file it is in. `parts` are where parts begin, in order.
    pub(in crate::flow) fn settle(&mut self, parts: &[(usize, String)]) {
        self.list.sort_by_key(|fault| (fault.span.start, fault.span.end));
        self.list.dedup();
        for fault in &mut self.list {
            fault.context = part_at(parts, fault.span.start);
        }
        self.found = self.found.max(self.list.len());
        if self.found <= KEPT {
            self.found = self.list.len();
        }
    }

    /// All faults drawn, and a last line that counts them.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let mut text = String::new();
        for fault in &self.list {
            text += &fault.render(&self.source, colour);
            text.push('\n');
        }
        if self.found > self.list.len() {
            text = format!("{text}… and {} more\n\n", self.found - self.list.len());
        }
        let errors = if self.found == 1 { "1 error".to_owned() } else { format!("{} errors", self.found) };
        text + &errors + " in " + self.source.name() + "\n"
    }
}

/// The part of a file in which a byte stands; `parts` are where parts begin, in order.
pub(in crate::flow) fn part_at(parts: &[(usize, String)], at: usize) -> Option<String> {
    let after = parts.partition_point(|(start, _)| *start <= at);
    after.checked_sub(1).map(|at| parts[at].1.clone()).filter(|part| !part.is_empty())
}

//! What is remembered of codes: a portal takes each once, in whichever run it was given out.

use std::collections::BTreeMap;
use std::fmt;

use super::used::UsedCode;

/// Keeps, for each input of one account, the last step or counter of which a code was given out; and the marks of the codes
/// that were not computed.
pub trait Steps: fmt::Debug {
    /// The last one of this input, in whichever run.
    ///
    /// # Errors
    ///
    /// Why it cannot be known; then no code is given out.
    fn last(&self, input: &str) -> Result<Option<u64>, String>;

    /// Writes a step down, so that it outlives this process, before its code is given out.
    ///
    /// # Errors
    ///
    /// Why it was not kept; then its code is not given out.
    fn spend(&mut self, input: &str, step: u64) -> Result<(), String>;

    /// The marks of all codes of this account that came from a program or a person and were given out.
    ///
    /// # Errors
    ///
    /// Why they cannot be known; then no code is given out.
    fn used(&self) -> Result<Vec<UsedCode>, String>;

    /// Writes a code's mark down, so that it outlives this process, before the code is given out.
    ///
    /// # Errors
    ///
    /// Why it was not kept; then the code is not given out.
    fn use_up(&mut self, input: &str, code: &UsedCode) -> Result<(), String>;
}

/// Remembers for as long as the run lasts.
#[derive(Debug, Default)]
pub(super) struct ThisRun {
    steps: BTreeMap<String, u64>,
    used: Vec<UsedCode>,
}

impl Steps for ThisRun {
    fn last(&self, input: &str) -> Result<Option<u64>, String> {
        Ok(self.steps.get(input).copied())
    }

    fn spend(&mut self, input: &str, step: u64) -> Result<(), String> {
        self.steps.insert(input.to_owned(), step);
        Ok(())
    }

    fn used(&self) -> Result<Vec<UsedCode>, String> {
        Ok(self.used.clone())
    }

    fn use_up(&mut self, _: &str, code: &UsedCode) -> Result<(), String> {
        self.used.push(code.clone());
        Ok(())
    }
}

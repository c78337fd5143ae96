//! What is remembered of computed codes: a portal takes each once, in whichever run it was given out.

use std::collections::BTreeMap;
use std::fmt;

/// Keeps, for each input of one account, the last step or counter of which a code was given out.
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
}

/// Remembers for as long as the run lasts.
#[derive(Debug, Default)]
pub(super) struct ThisRun(BTreeMap<String, u64>);

impl Steps for ThisRun {
    fn last(&self, input: &str) -> Result<Option<u64>, String> {
        Ok(self.0.get(input).copied())
    }

    fn spend(&mut self, input: &str, step: u64) -> Result<(), String> {
        self.0.insert(input.to_owned(), step);
        Ok(())
    }
}

//! The `[hooks]` and `[account.hooks]` tables: programs around a renewal. Only the owner's settings name one; a flow cannot.

use std::time::Duration;

use super::length::some_length;
use super::table::Table;

/// Programs around a renewal: program and arguments each, no shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Before an attempt; where it fails, the attempt is not begun.
    pub pre: Option<Vec<String>>,
    /// After a renewal that is proved.
    pub deploy: Option<Vec<String>>,
    /// After every attempt.
    pub post: Option<Vec<String>>,
    /// After an attempt that did not end well.
    pub fail: Option<Vec<String>>,
    /// How long each of them may take; a minute unless told.
    pub timeout: Option<Duration>,
}

/// The keys of the table.
const KEYS: [&str; 5] = ["pre", "deploy", "post", "fail", "timeout"];

impl Hooks {
    /// Takes over what one layer says. An empty list takes a hook away.
    pub(super) fn over(&mut self, parent: &Table<'_>, faults: &mut Vec<String>) {
        let Some(table) = parent.table("hooks", faults) else { return };
        table.only(&KEYS, faults);
        for (hook, key) in
            [(&mut self.pre, "pre"), (&mut self.deploy, "deploy"), (&mut self.post, "post"), (&mut self.fail, "fail")]
        {
            if let Some(argv) = table.argv(key, faults) {
                *hook = Some(argv);
            }
        }
        self.timeout = table.parsed("timeout", faults, some_length).or(self.timeout);
    }

    /// These hooks, with those of `weaker` where these say nothing.
    #[must_use]
    pub fn or(&self, weaker: &Self) -> Self {
        Self {
            pre: self.pre.clone().or_else(|| weaker.pre.clone()),
            deploy: self.deploy.clone().or_else(|| weaker.deploy.clone()),
            post: self.post.clone().or_else(|| weaker.post.clone()),
            fail: self.fail.clone().or_else(|| weaker.fail.clone()),
            timeout: self.timeout.or(weaker.timeout),
        }
    }
}

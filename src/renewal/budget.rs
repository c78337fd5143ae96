//! Attempt budgets (faults.md §2.4): portals lock accounts and PINs after a few wrong values, some for good. So each value
//! is counted on disk before it is typed, and only the portal's acceptance takes it off again. One refused password, one
//! refused PIN or two refused codes freeze the account until a person has mended the cause.

use jiff::Timestamp;

use crate::renewal::lock::Lock;
use crate::store::state::{Budget, Frozen, State, StateError};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The password.
    Password,
    /// The signing PIN.
    Pin,
    /// One-time codes.
    Code,
}

impl Kind {
    /// So many may be refused; with the last of them the account is frozen.
    #[must_use]
    pub fn most(self) -> u32 {
        match self {
            Self::Password | Self::Pin => 1,
            Self::Code => 2,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Pin => "pin",
            Self::Code => "code",
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Password => "the password",
            Self::Pin => "the PIN",
            Self::Code => "a one-time code",
        }
    }
}

/// Why a value may not be typed.
#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    /// The account is frozen.
    #[error(
        "account `{account}` is frozen since {}: {}; mend the cause, then `rinnova unfreeze {account}`",
        .frozen.since, .frozen.why
    )]
    Frozen {
        /// The account's id.
        account: String,
        /// Since when and why.
        frozen: Frozen,
    },
    /// It could not be written down.
    #[error("nothing was typed, because it could not be written down first: {0}")]
    State(#[from] StateError),
}

/// The budgets of one account.
#[derive(Debug)]
pub struct Budgets<'a> {
    state: &'a State,
    account: &'a str,
}

impl<'a> Budgets<'a> {
    /// The budgets of the account whose lock is held.
    #[must_use]
    pub fn of(state: &'a State, lock: &'a Lock) -> Self {
        Self { state, account: lock.account() }
    }

    /// Asked before a run begins: whether it may. A value that an earlier run typed and whose answer it never learnt counts
    /// as refused.
    ///
    /// # Errors
    ///
    /// When the account is frozen, or the state cannot be read or written.
    pub fn check(&self, now: Timestamp) -> Result<(), BudgetError> {
        for kind in [Kind::Password, Kind::Pin, Kind::Code] {
            let budget = self.budget(kind, now)?;
            if budget.frozen.is_none() && budget.spent >= kind.most() {
                let why = format!(
                    "{} was typed at {}, and whether it was accepted was never learnt",
                    kind.shown(),
                    budget.at
                );
                self.state.keep_budget(&Budget { frozen: Some(Frozen { since: now, why }), ..budget })?;
            }
        }
        self.thawed()
    }

    /// Counts a value before it is typed. When this returns it may be typed, once; on any error it may not.
    ///
    /// # Errors
    ///
    /// When the account is frozen or the budget spent, or it could not be written down.
    pub fn spend(&self, kind: Kind, now: Timestamp) -> Result<(), BudgetError> {
        self.thawed()?;
        let budget = self.budget(kind, now)?;
        if budget.spent >= kind.most() {
            let why = format!("{} was typed at {} and not accepted since", kind.shown(), budget.at);
            self.state.keep_budget(&Budget { frozen: Some(Frozen { since: now, why }), ..budget })?;
            return self.thawed();
        }
        Ok(self.state.keep_budget(&Budget { spent: budget.spent + 1, at: now, ..budget })?)
    }

    /// The portal accepted the value: what was counted for it is taken off. Values refused before it still count.
    ///
    /// # Errors
    ///
    /// When it could not be written down; then it counts as refused.
    pub fn accepted(&self, kind: Kind, now: Timestamp) -> Result<(), StateError> {
        let budget = self.budget(kind, now)?;
        self.state.keep_budget(&Budget { spent: budget.spent.saturating_sub(1), ..budget })
    }

    /// The portal refused the value, in these words. Says whether the account is frozen now.
    ///
    /// # Errors
    ///
    /// When it could not be written down; it was counted before it was typed all the same.
    pub fn refused(&self, kind: Kind, says: &str, now: Timestamp) -> Result<bool, StateError> {
        let budget = self.budget(kind, now)?;
        let frozen = budget.spent >= kind.most();
        if frozen {
            let why = format!("the portal refused {}: {says}", kind.shown());
            self.state.keep_budget(&Budget { frozen: Some(Frozen { since: now, why }), ..budget })?;
        }
        Ok(frozen)
    }

    /// Since when and why the account is frozen.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub fn frozen(&self) -> Result<Option<Frozen>, StateError> {
        let frozen = self.state.budgets(self.account)?.into_iter().filter_map(|budget| budget.frozen);
        Ok(frozen.min_by_key(|frozen| frozen.since))
    }

    /// A person has mended the cause: every budget is whole again.
    ///
    /// # Errors
    ///
    /// When it could not be written down.
    pub fn unfreeze(&self, now: Timestamp) -> Result<(), StateError> {
        for budget in self.state.budgets(self.account)? {
            self.state.keep_budget(&Budget { spent: 0, at: now, frozen: None, ..budget })?;
        }
        Ok(())
    }

    fn thawed(&self) -> Result<(), BudgetError> {
        match self.frozen()? {
            Some(frozen) => Err(BudgetError::Frozen { account: self.account.to_owned(), frozen }),
            None => Ok(()),
        }
    }

    fn budget(&self, kind: Kind, now: Timestamp) -> Result<Budget, StateError> {
        let found = self.state.budgets(self.account)?.into_iter().find(|budget| budget.kind == kind.word());
        let (account, kind) = (self.account.to_owned(), kind.word().to_owned());
        Ok(found.unwrap_or(Budget { account, kind, spent: 0, at: now, frozen: None }))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{BudgetError, Budgets, Kind};
    use crate::renewal::lock::Lock;
    use crate::store::state::State;

    fn with_budgets(test: impl Fn(&Budgets<'_>, Timestamp)) {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let now = Timestamp::now();
        let state = State::open(&base, now).expect("opened");
        let lock = Lock::take(&base, "rossi", "run", now).expect("free");
        test(&Budgets::of(&state, &lock), now);
    }

    fn frozen(answer: &Result<(), BudgetError>) -> bool {
        matches!(answer, Err(BudgetError::Frozen { .. }))
    }

    #[test]
    fn one_password_and_one_pin_and_two_codes_may_be_refused() {
        for kind in [Kind::Password, Kind::Pin, Kind::Code] {
            with_budgets(|budgets, now| {
                for last in 1..=kind.most() {
                    budgets.spend(kind, now).expect("allowed");
                    assert_eq!(budgets.refused(kind, "wrong", now).expect("kept"), last == kind.most());
                }
                for other in [Kind::Password, Kind::Pin, Kind::Code] {
                    assert!(frozen(&budgets.spend(other, now)), "{kind:?} {other:?}");
                }
                assert!(frozen(&budgets.check(now)));
                budgets.unfreeze(now).expect("kept");
                budgets.check(now).expect("thawed");
                budgets.spend(kind, now).expect("whole again");
            });
        }
    }

    #[test]
    fn an_accepted_value_gives_back_its_own_and_no_other() {
        with_budgets(|budgets, now| {
            for kind in [Kind::Password, Kind::Pin, Kind::Code].repeat(5) {
                budgets.spend(kind, now).expect("allowed");
                budgets.accepted(kind, now).expect("kept");
            }
            budgets.spend(Kind::Code, now).expect("allowed");
            assert!(!budgets.refused(Kind::Code, "wrong", now).expect("kept"));
            budgets.spend(Kind::Code, now).expect("allowed");
            budgets.accepted(Kind::Code, now).expect("kept");
            budgets.check(now).expect("one refused code is none too many");
            budgets.spend(Kind::Code, now).expect("allowed");
            assert!(budgets.refused(Kind::Code, "wrong", now).expect("kept"));
        });
    }

    #[test]
    fn what_a_crash_left_spent_counts_as_refused() {
        for (kind, stops) in [(Kind::Password, true), (Kind::Pin, true), (Kind::Code, false)] {
            with_budgets(|budgets, now| {
                budgets.spend(kind, now).expect("allowed");
                assert_eq!(frozen(&budgets.check(now)), stops, "{kind:?}");
            });
        }
    }
}

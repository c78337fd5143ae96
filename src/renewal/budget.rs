//! Attempt budgets (faults.md §2.4): portals lock accounts and PINs after a few wrong values, some for good. So each value
//! is counted on disk before it is typed, and only the portal's acceptance takes it off again. One refused secret (a
//! password, a PIN) or two refused codes of one input freeze the account until a person has mended the cause; and so does
//! one value more whose answer was never learnt, because a crash or a cut line came between. A portal that locks at the
//! third error is never reached.

use jiff::Timestamp;

use crate::renewal::lock::Lock;
use crate::store::state::{Budget, Frozen, Lasts, State, StateError};

/// What is counted: the values of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The input's name.
    pub input: String,
    /// Its values are one-time codes.
    pub code: bool,
}

impl Kind {
    /// So many may be refused; with the last of them the account is frozen.
    #[must_use]
    pub fn most(&self) -> u32 {
        if self.code { 2 } else { 1 }
    }

    /// So many may be typed and never answered.
    fn unanswered(&self) -> u32 {
        self.most() + 1
    }

    /// The word that is kept.
    fn word(&self) -> String {
        format!("{} {}", if self.code { "code" } else { "secret" }, self.input)
    }

    fn of_word(word: &str) -> Option<Self> {
        let (kind, input) = word.split_once(' ')?;
        Some(Self { input: input.to_owned(), code: kind == "code" })
    }

    fn shown(&self) -> String {
        if self.code { format!("a code of `{}`", self.input) } else { format!("`{}`", self.input) }
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

    /// Asked before a run begins: whether it may. Values that earlier runs typed and whose answers they never learnt count
    /// here, too.
    ///
    /// # Errors
    ///
    /// When the account is frozen, or the state cannot be read or written.
    pub fn check(&self, now: Timestamp) -> Result<(), BudgetError> {
        for budget in self.state.budgets(self.account)? {
            if let Some(kind) = Kind::of_word(&budget.kind).filter(|kind| budget.spent >= kind.unanswered()) {
                self.freeze_unanswered(&kind, budget, now)?;
            }
        }
        self.thawed()
    }

    /// Counts a value before it is typed. When this returns it may be typed, once; on any error it may not.
    ///
    /// # Errors
    ///
    /// When the account is frozen or the budget spent, or it could not be written down.
    pub fn spend(&self, kind: &Kind, now: Timestamp) -> Result<(), BudgetError> {
        self.thawed()?;
        let budget = self.budget(kind, now)?;
        if budget.spent >= kind.unanswered() {
            self.freeze_unanswered(kind, budget, now)?;
            return self.thawed();
        }
        Ok(self.state.keep_budget(&Budget { spent: budget.spent + 1, at: now, ..budget }, Lasts::Now)?)
    }

    fn freeze_unanswered(&self, kind: &Kind, budget: Budget, now: Timestamp) -> Result<(), StateError> {
        if budget.frozen.is_some() {
            return Ok(());
        }
        let (spent, at) = (budget.spent, budget.at);
        let why = format!(
            "{} was typed {spent} times, last at {at}, and whether it was accepted was never learnt",
            kind.shown()
        );
        self.state.keep_budget(&Budget { frozen: Some(Frozen { since: now, why }), ..budget }, Lasts::Now)
    }

    /// The portal accepted the value: what was counted for it is taken off. Codes refused before it still count; of a secret,
    /// which is the same each time, whatever was never answered was the right one, too.
    ///
    /// # Errors
    ///
    /// When it could not be written down; then it stays counted.
    pub fn accepted(&self, kind: &Kind, now: Timestamp) -> Result<(), StateError> {
        if kind.code {
            return self.returned(kind, now);
        }
        let budget = self.budget(kind, now)?;
        self.state.keep_budget(&Budget { spent: 0, ..budget }, Lasts::Soon)
    }

    /// The value was never judged: what was counted for it is taken off, and no more.
    ///
    /// # Errors
    ///
    /// When it could not be written down; then it stays counted.
    pub fn returned(&self, kind: &Kind, now: Timestamp) -> Result<(), StateError> {
        let budget = self.budget(kind, now)?;
        self.state.keep_budget(&Budget { spent: budget.spent.saturating_sub(1), ..budget }, Lasts::Soon)
    }

    /// The portal refused the value, in these words. Says whether the account is frozen now.
    ///
    /// # Errors
    ///
    /// When it could not be written down; it was counted before it was typed all the same.
    pub fn refused(&self, kind: &Kind, says: &str, now: Timestamp) -> Result<bool, StateError> {
        let budget = self.budget(kind, now)?;
        let frozen = budget.spent >= kind.most();
        if frozen {
            let why = format!("the portal refused {}: {says}", kind.shown());
            self.state.keep_budget(&Budget { frozen: Some(Frozen { since: now, why }), ..budget }, Lasts::Now)?;
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
            self.state.keep_budget(&Budget { spent: 0, at: now, frozen: None, ..budget }, Lasts::Now)?;
        }
        Ok(())
    }

    fn thawed(&self) -> Result<(), BudgetError> {
        match self.frozen()? {
            Some(frozen) => Err(BudgetError::Frozen { account: self.account.to_owned(), frozen }),
            None => Ok(()),
        }
    }

    fn budget(&self, kind: &Kind, now: Timestamp) -> Result<Budget, StateError> {
        let found = self.state.budgets(self.account)?.into_iter().find(|budget| budget.kind == kind.word());
        let (account, kind) = (self.account.to_owned(), kind.word());
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

    fn kinds() -> [Kind; 3] {
        let kind = |input: &str, code| Kind { input: input.into(), code };
        [kind("password", false), kind("pin", false), kind("otp", true)]
    }

    #[test]
    fn one_refused_secret_and_two_refused_codes_freeze_the_account() {
        for kind in kinds() {
            with_budgets(|budgets, now| {
                for last in 1..=kind.most() {
                    budgets.spend(&kind, now).expect("allowed");
                    assert_eq!(budgets.refused(&kind, "wrong", now).expect("kept"), last == kind.most());
                }
                for other in kinds() {
                    assert!(frozen(&budgets.spend(&other, now)), "{kind:?} {other:?}");
                }
                assert!(frozen(&budgets.check(now)));
                budgets.unfreeze(now).expect("kept");
                budgets.check(now).expect("thawed");
                budgets.spend(&kind, now).expect("whole again");
            });
        }
    }

    #[test]
    fn an_accepted_value_gives_back_its_own_and_no_other() {
        let [_, _, code] = kinds();
        with_budgets(|budgets, now| {
            for kind in (0..5).flat_map(|_| kinds()) {
                budgets.spend(&kind, now).expect("allowed");
                budgets.accepted(&kind, now).expect("kept");
            }
            budgets.spend(&code, now).expect("allowed");
            assert!(!budgets.refused(&code, "wrong", now).expect("kept"));
            budgets.spend(&code, now).expect("allowed");
            budgets.accepted(&code, now).expect("kept");
            budgets.check(now).expect("one refused code is none too many");
            budgets.spend(&code, now).expect("allowed");
            assert!(budgets.refused(&code, "wrong", now).expect("kept"));
        });
    }

    #[test]
    fn a_secret_that_is_accepted_makes_good_what_was_never_answered_and_one_that_is_given_back_does_not() {
        let [password, ..] = kinds();
        with_budgets(|budgets, now| {
            for _ in 0..3 {
                // A crash, long ago; then a login that goes well, and one that never leaves its field.
                budgets.spend(&password, now).expect("allowed");
                budgets.spend(&password, now).expect("allowed");
                budgets.accepted(&password, now).expect("kept");
                budgets.spend(&password, now).expect("allowed");
                budgets.returned(&password, now).expect("kept");
            }
            budgets.spend(&password, now).expect("allowed");
            budgets.spend(&password, now).expect("allowed");
            budgets.returned(&password, now).expect("kept");
            budgets.spend(&password, now).expect("allowed");
            assert!(frozen(&budgets.check(now)), "two were never answered");
        });
    }

    #[test]
    fn what_crashes_left_unanswered_stops_before_the_portal_does() {
        for kind in kinds() {
            with_budgets(|budgets, now| {
                for _ in 0..=kind.most() {
                    budgets.check(now).expect("not yet");
                    budgets.spend(&kind, now).expect("allowed");
                }
                assert!(frozen(&budgets.spend(&kind, now)), "{kind:?}");
                assert!(frozen(&budgets.check(now)), "{kind:?}");
            });
        }
    }

    #[test]
    fn a_refusal_after_an_unanswered_one_freezes_too() {
        for kind in kinds() {
            with_budgets(|budgets, now| {
                for _ in 0..kind.most() {
                    budgets.spend(&kind, now).expect("allowed");
                }
                budgets.spend(&kind, now).expect("allowed");
                assert!(budgets.refused(&kind, "wrong", now).expect("kept"));
            });
        }
    }
}

//! A change that portals go through (portals.md §1.6), as it was tried on the page, and what it came to for a locator.

use serde::{Deserialize, Serialize};

/// The changes that are tried, a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutation {
    /// Every `id` is another.
    IdsRenamed,
    /// Every `id` ends in something that is new at each load.
    IdsRandom,
    /// Every class is a hash; the page looks as before.
    ClassesHashed,
    /// Every field has another `name`.
    NamesRenamed,
    /// What names the element says the same with other small words.
    Reworded,
    /// Capitals for small letters or the other way round, accents written otherwise, spaces that do not break.
    Recased,
    /// Another tag with the same role.
    OtherTag,
    /// `<input type="submit">` for `<button>`, or the other way round.
    OtherButton,
    /// It stands in an open shadow root.
    InShadow,
    /// What stands beside it comes in another order.
    Reordered,
    /// Hidden copies of it stand before and after it.
    HiddenCopy,
    /// Another of a longer name stands right before it.
    Decoy,
    /// The label has become a placeholder.
    Placeholder,
    /// The dialog, the form or the heading around it is called otherwise.
    AroundRenamed,
    /// The page says that it is in another language, and its layout has boxes more.
    Wrapped,
}

/// What a change came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The locator still finds the element, and nothing else.
    Found,
    /// It finds others, too: a step would stop.
    Ambiguous,
    /// It finds nothing: a step would stop.
    Lost,
    /// It finds something else alone: a step would act on that.
    Astray,
}

/// One change that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which.
    pub mutation: Mutation,
    /// What it came to.
    pub fate: Fate,
    /// Which target of the chain found something, from 0.
    pub rank: usize,
    /// How it was found: `name`, `placeholder`, `after`, `text`, or nothing.
    pub via: String,
}

impl Tried {
    /// Whether a step would go on rightly. Beside a decoy it is right to stop, too (portals.md §1.6, D19).
    #[must_use]
    pub fn survived(&self) -> bool {
        self.fate == Fate::Found || (self.mutation == Mutation::Decoy && self.fate == Fate::Ambiguous)
    }
}

//! Which changes of a portal each locator of a flow survives: the score, and by what the element is found.

mod anchor;
pub mod table;

use serde::Serialize;

use crate::locator::Locator;
use crate::record::{Fate, Mutation, Tried};

/// What a step's locator survives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survival {
    /// The step's line in the flow file, counted from 1.
    pub line: usize,
    /// Its column.
    pub column: usize,
    /// Its stage, by id.
    pub stage: String,
    /// What the step does, in words.
    pub sentence: String,
    /// The locator.
    pub locator: Locator,
    /// Which target of its chain finds the element on the page as it is, from 0.
    pub rank: usize,
    /// How it finds it: `name`, `placeholder`, `after`, `text`, or nothing.
    pub via: String,
    /// The changes that apply to the element; none where no copy of its part of the page could stand for that.
    pub tried: Vec<Tried>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Score {
    /// Survived.
    pub survived: usize,
    /// Tried.
    pub of: usize,
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.survived, self.of)
    }
}

impl Survival {
    /// How many of the changes that apply it survives.
    #[must_use]
    pub fn score(&self) -> Score {
        Score { survived: self.tried.iter().filter(|tried| tried.survived()).count(), of: self.tried.len() }
    }

    /// It survives fewer than half.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let Score { survived, of } = self.score();
        survived * 2 < of
    }

    /// What breaks it, in the order of the list.
    pub fn breaks(&self) -> impl Iterator<Item = &Tried> {
        self.tried.iter().filter(|tried| !tried.survived())
    }

    /// How many it survives only by a later target of its chain than the one that finds the element now.
    #[must_use]
    pub fn saved(&self) -> usize {
        self.tried.iter().filter(|tried| tried.survived() && tried.rank > self.rank).count()
    }

    /// By what the element is found, in words: `by name`, `its only anchor is a generated id`.
    #[must_use]
    pub fn anchor(&self) -> String {
        anchor::of(&self.locator, self.rank, &self.via)
    }
}

/// All of them together.
#[must_use]
pub fn total(survivals: &[Survival]) -> Score {
    survivals
        .iter()
        .map(Survival::score)
        .fold(Score::default(), |sum, score| Score { survived: sum.survived + score.survived, of: sum.of + score.of })
}

/// One for each locator: a step that was performed more than once survives what it survived each time. The weakest first,
/// else in the flow's order.
#[must_use]
pub fn ranked(survivals: Vec<Survival>) -> Vec<Survival> {
    let mut list: Vec<Survival> = Vec::new();
    for survival in survivals {
        match list.iter_mut().find(|known| (known.line, known.column) == (survival.line, survival.column)) {
            Some(known) => add(&mut known.tried, survival.tried),
            None => list.push(survival),
        }
    }
    list.sort_by(|one, other| {
        let (a, b) = (one.score(), other.score());
        let share = (a.survived * b.of.max(1)).cmp(&(b.survived * a.of.max(1)));
        let untried = (a.of == 0).cmp(&(b.of == 0));
        untried.then(share).then((one.line, one.column).cmp(&(other.line, other.column)))
    });
    list
}

fn add(known: &mut Vec<Tried>, more: Vec<Tried>) {
    for tried in more {
        match known.iter_mut().find(|before| before.mutation == tried.mutation) {
            Some(before) if before.survived() || tried.fate == Fate::Astray => *before = tried,
            Some(_) => {}
            None => known.push(tried),
        }
    }
    known.sort_by_key(|tried| tried.mutation);
}

/// A change, as what breaks a locator.
#[must_use]
pub fn words(mutation: Mutation) -> &'static str {
    match mutation {
        Mutation::IdsRenamed => "ids renamed",
        Mutation::IdsRandom => "ids new at each load",
        Mutation::ClassesHashed => "class names hashed",
        Mutation::NamesRenamed => "name attributes renamed",
        Mutation::Reworded => "small words changed",
        Mutation::Recased => "case, accents and spaces changed",
        Mutation::OtherTag => "another tag of its role",
        Mutation::OtherButton => "input and button exchanged",
        Mutation::InShadow => "a shadow root around it",
        Mutation::Reordered => "its neighbours in another order",
        Mutation::HiddenCopy => "a hidden copy",
        Mutation::Decoy => "a decoy of a longer name",
        Mutation::Placeholder => "its label turned placeholder",
        Mutation::AroundRenamed => "what it stands in renamed",
        Mutation::Wrapped => "language and layout changed",
    }
}

#[cfg(test)]
mod tests {
    use super::{Score, Survival, ranked, total};
    use crate::flow::load;
    use crate::flow::step::Action;
    use crate::record::{Fate, Mutation, Tried};

    fn tried(mutation: Mutation, fate: Fate) -> Tried {
        Tried { mutation, fate, rank: 0, via: String::new() }
    }

    /// What a click on this locator, in TOML, survives.
    pub(super) fn survival(line: usize, locator: &str, tried: &[(Mutation, Fate)]) -> Survival {
        let text = format!(
            "format = 1\ntitle = \"T\"\nportal = \"https://x.example\"\nlanguage = \"it\"\n[task.t]\nstages = [\"s\"]\n\
             [[stage]]\nid = \"s\"\ntitle = \"S\"\nsteps = [{{ click = {locator} }}]\n"
        );
        let flow = load::parse("t.toml", &text).unwrap_or_else(|error| panic!("{}", error.render(false))).flow;
        let Action::Click(locator) = &flow.stages[0].steps[0].action else { panic!("a click") };
        Survival {
            line,
            column: 3,
            stage: "s".into(),
            sentence: format!("Premere {line}"),
            locator: locator.clone(),
            rank: 0,
            via: String::new(),
            tried: tried.iter().map(|(mutation, fate)| self::tried(*mutation, *fate)).collect(),
        }
    }

    #[test]
    fn it_counts_what_applies_and_a_decoy_may_stop_a_step_but_not_take_it() {
        let list = [
            (Mutation::IdsRenamed, Fate::Found),
            (Mutation::Reworded, Fate::Lost),
            (Mutation::HiddenCopy, Fate::Ambiguous),
            (Mutation::Decoy, Fate::Ambiguous),
        ];
        let one = survival(4, "\"A\"", &list);
        assert_eq!(one.score(), Score { survived: 2, of: 4 });
        assert!(!one.is_weak());
        let taken = survival(4, "\"A\"", &[(Mutation::Decoy, Fate::Astray)]);
        assert_eq!(taken.score().to_string(), "0 of 1");
        assert!(taken.is_weak());
        assert_eq!(total(&[one, taken]), Score { survived: 2, of: 5 });
        assert!(!survival(4, "\"A\"", &[]).is_weak());
    }

    #[test]
    fn a_step_that_was_performed_twice_has_one_line_and_the_weakest_come_first() {
        let first = survival(9, "\"A\"", &[(Mutation::Recased, Fate::Found), (Mutation::Decoy, Fate::Lost)]);
        let strong = survival(5, "\"B\"", &[(Mutation::Recased, Fate::Found)]);
        let again = survival(
            9,
            "\"A\"",
            &[(Mutation::Recased, Fate::Lost), (Mutation::Decoy, Fate::Astray), (Mutation::IdsRenamed, Fate::Found)],
        );
        let untried = survival(1, "\"C\"", &[]);
        let list = ranked(vec![untried, strong, first, again]);
        assert_eq!(list.iter().map(|survival| survival.line).collect::<Vec<_>>(), [9, 5, 1]);
        assert_eq!(
            list[0].tried,
            [(Mutation::IdsRenamed, Fate::Found), (Mutation::Recased, Fate::Lost), (Mutation::Decoy, Fate::Astray)]
                .map(|(mutation, fate)| tried(mutation, fate))
        );
    }

    #[test]
    fn what_only_a_later_target_finds_is_counted() {
        let mut one = survival(4, "[\"A\", { css = \"#a\" }]", &[(Mutation::Reworded, Fate::Found)]);
        assert_eq!(one.saved(), 0);
        one.tried[0].rank = 1;
        assert_eq!(one.saved(), 1);
    }
}

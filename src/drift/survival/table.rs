//! The survival of a flow's locators as people read it: a line for each.
//!
//! It quotes the flow; who shows it makes it harmless for a terminal (`report::plain`).

use super::{Survival, total, words};
use crate::record::Fate;

/// The longest sentence that a line holds.
const SENTENCE: usize = 60;

/// The table, with a sentence for all of them before it and one for each that is weak after it. `file` is the flow's.
#[must_use]
pub fn table(survivals: &[Survival], file: &str) -> String {
    let mut text = format!("{file}: {} survive {} changes\n", counted(survivals.len()), total(survivals));
    let rows: Vec<[String; 5]> = survivals.iter().map(row).collect();
    let head = ["line", "survives", "step", "found", "broken by"].map(str::to_owned);
    let width = |column: usize| {
        std::iter::once(&head).chain(&rows).map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths = [0, 1, 2, 3].map(width);
    for [line, score, sentence, anchor, breaks] in std::iter::once(&head).chain(&rows) {
        let row = format!(
            "  {line:>0$}  {score:>1$}  {sentence:<2$}  {anchor:<3$}  {breaks}",
            widths[0], widths[1], widths[2], widths[3]
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
    for weak in survivals.iter().filter(|survival| survival.is_weak()) {
        let anchor = weak.anchor();
        let found = if anchor.starts_with("by ") { format!("it is found {anchor}") } else { anchor };
        text.push_str(&format!("{file}:{} survives {} changes: {found}\n", weak.line, weak.score()));
    }
    text
}

fn counted(number: usize) -> String {
    if number == 1 { "1 locator".into() } else { format!("{number} locators") }
}

fn row(survival: &Survival) -> [String; 5] {
    let score = if survival.tried.is_empty() { "-".to_owned() } else { survival.score().to_string() };
    [survival.line.to_string(), score, short(&survival.sentence), survival.anchor(), breaks(survival)]
}

fn short(sentence: &str) -> String {
    if sentence.chars().count() <= SENTENCE {
        return sentence.to_owned();
    }
    sentence.chars().take(SENTENCE - 1).chain(['…']).collect()
}

/// What breaks it, the dangerous first: then a step would act on something else.
fn breaks(survival: &Survival) -> String {
    if survival.tried.is_empty() {
        return "not tried: no copy of this part of the page stands for it".into();
    }
    let of = |astray: bool| -> Vec<&str> {
        let those = survival.breaks().filter(|tried| (tried.fate == Fate::Astray) == astray);
        those.map(|tried| words(tried.mutation)).collect()
    };
    let (astray, others) = (of(true), of(false));
    let others = if others.len() == survival.tried.len() { "every change".into() } else { others.join(", ") };
    let saved = survival.saved();
    let astray = if astray.is_empty() { String::new() } else { format!("takes another at: {}", astray.join(", ")) };
    let saved = if saved == 0 { String::new() } else { format!("{saved} survived by a later locator of the chain") };
    [astray, others, saved].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::drift::survival::tests::survival;
    use crate::record::{Fate, Mutation};

    #[test]
    fn a_line_for_each_locator_and_a_sentence_for_each_weak_one() {
        let weak = [
            (Mutation::IdsRenamed, Fate::Lost),
            (Mutation::IdsRandom, Fate::Lost),
            (Mutation::Decoy, Fate::Astray),
            (Mutation::Wrapped, Fate::Found),
        ];
        let strong =
            [(Mutation::Reworded, Fate::Lost), (Mutation::Decoy, Fate::Ambiguous), (Mutation::Wrapped, Fate::Found)];
        let list = [
            survival(12, r##"{ css = "#b-3f2a" }"##, &weak),
            survival(7, r#""ACCEDI""#, &strong),
            survival(130, r#"{ text = "Fatto" }"#, &[]),
        ];
        let expected = "\
flow.toml: 3 locators survive 3 of 7 changes
  line  survives  step         found                              broken by
    12    1 of 4  Premere 12   its only anchor is a generated id  takes another at: a decoy of a longer name; ids renamed, ids new at each load
     7    2 of 3  Premere 7    by name                            small words changed
   130         -  Premere 130  by its text                        not tried: no copy of this part of the page stands for it
flow.toml:12 survives 1 of 4 changes: its only anchor is a generated id
";
        assert_eq!(table(&list, "flow.toml"), expected);
    }

    #[test]
    fn a_long_sentence_is_cut_and_a_weak_name_is_told_so() {
        let mut one = survival(7, r#""ACCEDI""#, &[(Mutation::Reworded, Fate::Lost), (Mutation::Recased, Fate::Lost)]);
        one.sentence = "è".repeat(90);
        let text = table(&[one], "f");
        assert!(text.contains(&format!("{}…  by name  every change\n", "è".repeat(59))), "{text}");
        assert!(text.ends_with("f:7 survives 0 of 2 changes: it is found by name\n"), "{text}");
    }
}

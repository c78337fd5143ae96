//! The redaction report: what was replaced in which picture, by which rule, how often. What stood there is nowhere.

use super::Edition;

/// The report, in Markdown.
#[must_use]
pub fn redaction(edition: &Edition) -> String {
    let mut text = format!(
        "# Redaction of `{}`\n\nIn these pictures stands an invented person. What was the holder's, or differs from day to day, was \
         replaced on the page before the picture was taken; values of fields were painted over and drawn anew.\n",
        cell(&edition.flow)
    );
    for picture in &edition.pictures {
        text.push_str(&format!("\n## {}\n\n", cell(&picture.file)));
        if picture.replaced.is_empty() {
            text.push_str("Nothing had to be replaced.\n");
            continue;
        }
        text.push_str("| rule | times |\n|---|---|\n");
        for (rule, times) in &picture.replaced {
            text.push_str(&format!("| {} | {times} |\n", cell(rule)));
        }
    }
    text
}

/// A text that cannot leave its cell. Rules and files are named by the flow.
fn cell(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            letter if letter.is_control() => shown.push(' '),
            '|' | '`' | '\\' | '*' | '_' | '[' | ']' | '<' | '#' => shown.extend(['\\', letter]),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::redaction;
    use crate::guide::edition::tests::{edition, picture};

    #[test]
    fn rules_and_numbers_are_told_and_no_data() {
        let mut login = picture("login", "1");
        login.replaced = [("date".to_owned(), 2), ("flow rule 1 | <b>".to_owned(), 1)].into();
        let text = redaction(&edition(Vec::new(), vec![login, picture("end", "2")]));
        for expected in [
            "## pictures/login.png\n\n| rule | times |\n|---|---|\n| date | 2 |\n| flow rule 1 \\| \\<b> | 1 |\n",
            "## pictures/end.png\n\nNothing had to be replaced.\n",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }
}

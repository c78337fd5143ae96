//! What is different for readers from one edition to the next.

use super::{Changed, Rewrite, Section, before};

/// The longest section that is compared sentence by sentence; a longer one is told as gone and as new.
const LONGEST: usize = 400;

/// What has changed from what a document said to what it says, in its order, with these pictures rewritten.
#[must_use]
pub fn changes(was: &[Section], is: &[Section], rewritten: &[Rewrite]) -> Vec<Changed> {
    let find = |sections: &[Section], anchor: &str| sections.iter().position(|section| section.anchor == anchor);
    let gone = was.iter().filter(|section| find(is, &section.anchor).is_none());
    let mut changes: Vec<Changed> = gone.map(|section| Changed::Removed { title: section.title.clone() }).collect();
    for section in is {
        let (anchor, title) = (section.anchor.clone(), section.title.clone());
        let Some(known) = find(was, &section.anchor).map(|at| &was[at]) else {
            changes.push(Changed::Added { anchor, title });
            continue;
        };
        if bare(&known.title) != bare(&title) {
            changes.push(Changed::Renamed { anchor: anchor.clone(), before: known.title.clone(), now: title.clone() });
        }
        for (before, now) in sentences(&known.says, &section.says) {
            changes.push(Changed::Sentence { anchor: anchor.clone(), title: title.clone(), before, now });
        }
        let seen = |rewrite: &&Rewrite| {
            rewrite.why.is_seen() && rewrite.before.is_some() && section.shows.contains(&rewrite.file)
        };
        for Rewrite { file, .. } in rewritten.iter().filter(seen) {
            let (anchor, title) = (anchor.clone(), title.clone());
            changes.push(Changed::Picture { anchor, title, before: before(file), now: file.clone() });
        }
    }
    changes
}

/// A heading without its number: a section that moves down by one is called the same.
fn bare(title: &str) -> &str {
    let rest = title.trim_start_matches(|letter: char| letter.is_ascii_digit());
    rest.strip_prefix(". ").filter(|_| rest.len() < title.len()).unwrap_or(title)
}

/// The sentences that are other ones now. Between two that stayed, those that went and those that came are paired in order.
fn sentences(was: &[String], is: &[String]) -> Vec<(Option<String>, Option<String>)> {
    let mut pairs = Vec::new();
    let (mut from, mut to) = (0, 0);
    let ends = std::iter::once((was.len(), is.len()));
    for (old, new) in common(was, is).into_iter().chain(ends) {
        let (gone, come) = (&was[from..old], &is[to..new]);
        let at = |list: &[String], index: usize| list.get(index).cloned();
        pairs.extend((0..gone.len().max(come.len())).map(|index| (at(gone, index), at(come, index))));
        (from, to) = (old + 1, new + 1);
    }
    pairs
}

/// The places of the longest common row of sentences.
fn common(was: &[String], is: &[String]) -> Vec<(usize, usize)> {
    if was.len() > LONGEST || is.len() > LONGEST {
        return Vec::new();
    }
    // `longest[a][b]`: how long the common row of what follows is.
    let mut longest = vec![vec![0_usize; is.len() + 1]; was.len() + 1];
    for a in (0..was.len()).rev() {
        for b in (0..is.len()).rev() {
            let apart = longest[a + 1][b].max(longest[a][b + 1]);
            longest[a][b] = if was[a] == is[b] { longest[a + 1][b + 1] + 1 } else { apart };
        }
    }
    let (mut a, mut b, mut row) = (0, 0, Vec::new());
    while a < was.len() && b < is.len() {
        if was[a] == is[b] {
            row.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if longest[a + 1][b] >= longest[a][b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::{Changed, bare, changes, sentences};
    use crate::guide::edition::Why;
    use crate::guide::edition::tests::{rewrite, section};

    #[test]
    fn sentences_between_those_that_stayed_are_paired() {
        let list = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        for (was, is, expected) in [
            ("abc", "abc", ""),
            ("abc", "axc", "b>x"),
            ("abc", "ac", "b>-"),
            ("ac", "abc", "->b"),
            ("abcd", "xbyzd", "a>x c>y ->z"),
            ("", "ab", "->a ->b"),
            ("aa", "a", "a>-"),
        ] {
            let told = sentences(&list(was), &list(is)).into_iter().map(|(before, now)| {
                format!("{}>{}", before.unwrap_or_else(|| "-".into()), now.unwrap_or_else(|| "-".into()))
            });
            assert_eq!(told.collect::<Vec<_>>().join(" "), expected, "{was} {is}");
        }
    }

    #[test]
    fn what_readers_are_told_stands_in_the_document_s_order() {
        let was = [
            section("login", "1. Accedere", &["a", "b"]),
            section("old", "2. Vecchia", &[]),
            section("end", "3. Fine", &["z"]),
        ];
        let is = [
            section("login", "1. Entrare", &["a", "c"]),
            section("new", "2. Nuova", &["n"]),
            section("end", "4. Fine", &["z"]),
        ];
        let rewritten = [rewrite("login", Why::Pixels(0.1)), rewrite("end", Why::Asked), rewrite("new", Why::New)];
        let expected = [
            Changed::Removed { title: "2. Vecchia".into() },
            Changed::Renamed { anchor: "login".into(), before: "1. Accedere".into(), now: "1. Entrare".into() },
            Changed::Sentence {
                anchor: "login".into(),
                title: "1. Entrare".into(),
                before: Some("b".into()),
                now: Some("c".into()),
            },
            Changed::Picture {
                anchor: "login".into(),
                title: "1. Entrare".into(),
                before: "pictures/login-before.png".into(),
                now: "pictures/login.png".into(),
            },
            Changed::Added { anchor: "new".into(), title: "2. Nuova".into() },
        ];
        assert_eq!(changes(&was, &is, &rewritten), expected);
        assert_eq!(changes(&was, &was, &[]), []);
    }

    #[test]
    fn a_section_that_only_moves_is_called_the_same() {
        assert_eq!(bare("3. Dare i consensi"), bare("12. Dare i consensi"));
        assert_eq!((bare("2027"), bare(". x"), bare("3.x")), ("2027", ". x", "3.x"));
    }
}

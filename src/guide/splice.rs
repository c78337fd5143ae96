//! A guide put into a document that is somebody's own: only what stands between two marks is replaced. The marks are
//! remarks, which neither Markdown nor HTML shows.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A mark; what it is meant to be is looked at afterwards, so that a misspelt one is told.
static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<!--\s*rinnova:([^\n]*?)\s*-->").expect("a pattern of ours"));

/// A document in which a guide cannot be put. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
    /// Neither mark is there.
    #[error("there is no `{begin}` and no `{end}`: what stands between them is replaced")]
    Unmarked {
        /// The mark at the beginning.
        begin: String,
        /// The one at the end.
        end: String,
    },
    /// One of the two is there.
    #[error("line {line}: `{there}` has no `{missing}`")]
    Alone {
        /// Where it is.
        line: usize,
        /// The mark.
        there: String,
        /// The one that should be there, too.
        missing: String,
    },
    /// A mark is there twice.
    #[error("line {line}: `{mark}` is there already, in line {first}")]
    Doubled {
        /// Where it is again.
        line: usize,
        /// The mark.
        mark: String,
        /// Where it was first.
        first: usize,
    },
    /// The end comes first.
    #[error("line {line}: `{end}` comes before its `{begin}` in line {later}")]
    Turned {
        /// Where the end is.
        line: usize,
        /// The mark at the end.
        end: String,
        /// The one at the beginning.
        begin: String,
        /// Where that is.
        later: usize,
    },
    /// A mark of another pair would be replaced.
    #[error("line {line}: `{mark}` stands in the part that is replaced")]
    Inside {
        /// Where.
        line: usize,
        /// The mark.
        mark: String,
    },
    /// A mark that says nothing known.
    #[error(
        "line {line}: `{mark}` is no mark: write `<!-- rinnova:begin -->` or `<!-- rinnova:end -->`, with a name or without"
    )]
    Unknown {
        /// Where.
        line: usize,
        /// What stands there.
        mark: String,
    },
    /// What is to be put in has a mark itself.
    #[error("line {line} of the guide: `{mark}` is a mark, with which it could not be replaced again")]
    Made {
        /// Where.
        line: usize,
        /// The mark.
        mark: String,
    },
}

/// `existing` with `made` between its marks `<!-- rinnova:begin -->` and `<!-- rinnova:end -->`, on lines of its own that end as
/// the other lines of `existing` do. All else stays byte for byte.
///
/// # Errors
///
/// [`SpliceError`].
pub fn splice(existing: &str, made: &str) -> Result<String, SpliceError> {
    splice_named(existing, "", made)
}

/// The same between the marks that bear a name, `<!-- rinnova:begin NAME -->`: a document may hold several guides.
///
/// # Errors
///
/// As of [`splice`].
pub fn splice_named(existing: &str, name: &str, made: &str) -> Result<String, SpliceError> {
    if let Some(mark) = MARK.find(made) {
        return Err(SpliceError::Made { line: line(made, mark.start()), mark: mark.as_str().to_owned() });
    }
    let inside = between(existing, name)?;
    let ending = ending(existing);
    let made = made.trim_matches(['\r', '\n']).replace("\r\n", "\n").replace('\n', ending);
    // The end mark's own indentation is not the guide's.
    let indentation =
        existing[inside.clone()].rsplit(['\n']).next().filter(|it| it.chars().all(|it| it == ' ' || it == '\t'));
    let indentation = indentation.filter(|it| it.len() < inside.len()).unwrap_or_default();
    let parts = [&existing[..inside.start], ending, &made, ending, indentation, &existing[inside.end..]];
    Ok(parts.concat())
}

/// The part between the marks of this name.
fn between(existing: &str, name: &str) -> Result<Range<usize>, SpliceError> {
    let written = |word: &str| {
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        format!("<!-- rinnova:{word}{name} -->")
    };
    let mut places: [Option<Range<usize>>; 2] = [None, None];
    for found in MARK.captures_iter(existing) {
        let (whole, words) = (found.get_match(), found[1].split_whitespace().collect::<Vec<_>>());
        let (word, of) = match words[..] {
            [word @ ("begin" | "end")] => (word, ""),
            [word @ ("begin" | "end"), of] => (word, of),
            _ => {
                let mark = whole.as_str().to_owned();
                return Err(SpliceError::Unknown { line: line(existing, whole.start()), mark });
            }
        };
        if of != name {
            continue;
        }
        let place = &mut places[usize::from(word == "end")];
        if let Some(before) = place {
            let (line, first) = (line(existing, whole.start()), line(existing, before.start));
            return Err(SpliceError::Doubled { line, mark: written(word), first });
        }
        *place = Some(whole.range());
    }
    let (begin, end) = (written("begin"), written("end"));
    let alone = |place: Range<usize>, there, missing| {
        Err(SpliceError::Alone { line: line(existing, place.start), there, missing })
    };
    let inside = match places {
        [None, None] => return Err(SpliceError::Unmarked { begin, end }),
        [Some(place), None] => return alone(place, begin, end),
        [None, Some(place)] => return alone(place, end, begin),
        [Some(first), Some(second)] if second.start < first.start => {
            let (line, later) = (line(existing, second.start), line(existing, first.start));
            return Err(SpliceError::Turned { line, end, begin, later });
        }
        [Some(first), Some(second)] => first.end..second.start,
    };
    match MARK.find(&existing[inside.clone()]) {
        Some(mark) => Err(SpliceError::Inside {
            line: line(existing, inside.start + mark.start()),
            mark: mark.as_str().to_owned(),
        }),
        None => Ok(inside),
    }
}

/// The line of a place.
fn line(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

/// How the lines of a document end.
fn ending(text: &str) -> &'static str {
    match text.find('\n') {
        Some(place) if text[..place].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{splice, splice_named};

    fn told(existing: &str) -> String {
        splice(existing, "made").expect_err(existing).to_string()
    }

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let document = "# Mine\n\n<!-- rinnova:begin -->\nold\n<!-- rinnova:end -->\n\nend, no newline";
        let spliced = splice(document, "## New\n\ntext\n").expect("spliced");
        assert_eq!(
            spliced,
            "# Mine\n\n<!-- rinnova:begin -->\n## New\n\ntext\n<!-- rinnova:end -->\n\nend, no newline"
        );
    }

    #[test]
    fn marks_on_one_line_are_parted_and_lines_end_as_the_others_do() {
        assert_eq!(
            splice("<!--rinnova:begin--><!--rinnova:end-->", "a\nb").as_deref(),
            Ok("<!--rinnova:begin-->\na\nb\n<!--rinnova:end-->")
        );
        let document = "x\r\n<!-- rinnova:begin -->\r\nold\r\n  <!-- rinnova:end -->\r\ny\n";
        let spliced = "x\r\n<!-- rinnova:begin -->\r\na\r\nb\r\n  <!-- rinnova:end -->\r\ny\n";
        assert_eq!(splice(document, "a\nb\n").as_deref(), Ok(spliced));
        assert_eq!(splice(spliced, "a\r\nb").as_deref(), Ok(spliced));
    }

    #[test]
    fn each_pair_has_its_name() {
        let document = "<!-- rinnova:begin one -->\n1\n<!-- rinnova:end one -->\n<!-- rinnova:begin -->\n2\n<!-- rinnova:end -->\n";
        let spliced = splice_named(document, "one", "new").expect("spliced");
        assert_eq!(spliced, document.replace('1', "new"));
        assert_eq!(splice(document, "new").as_deref(), Ok(document.replace('2', "new").as_str()));
        let error = splice_named(document, "two", "new").expect_err("no such pair").to_string();
        assert!(error.starts_with("there is no `<!-- rinnova:begin two -->`"), "{error}");
    }

    #[test]
    fn each_mark_that_is_wrong_is_told_with_its_line() {
        const BEGIN: &str = "<!-- rinnova:begin -->\n";
        const END: &str = "<!-- rinnova:end -->\n";
        let cases = [
            (
                String::new(),
                "there is no `<!-- rinnova:begin -->` and no `<!-- rinnova:end -->`: what stands between them is replaced",
            ),
            (format!("\n{BEGIN}"), "line 2: `<!-- rinnova:begin -->` has no `<!-- rinnova:end -->`"),
            (format!("a\r\nb\r\n{END}"), "line 3: `<!-- rinnova:end -->` has no `<!-- rinnova:begin -->`"),
            (
                format!("{END}{BEGIN}"),
                "line 1: `<!-- rinnova:end -->` comes before its `<!-- rinnova:begin -->` in line 2",
            ),
            (format!("{BEGIN}{END}{BEGIN}{END}"), "line 3: `<!-- rinnova:begin -->` is there already, in line 1"),
            (format!("{BEGIN}{END}{END}"), "line 3: `<!-- rinnova:end -->` is there already, in line 2"),
            (
                format!("{BEGIN}<!-- rinnova:end of -->\n{END}"),
                "line 2: `<!-- rinnova:end of -->` stands in the part that is replaced",
            ),
            (
                format!("{BEGIN}{END}<!-- rinnova:ende -->"),
                "line 3: `<!-- rinnova:ende -->` is no mark: write `<!-- rinnova:begin -->` or `<!-- rinnova:end -->`, with a name or without",
            ),
        ];
        for (document, says) in cases {
            assert_eq!(told(&document), says, "{document}");
        }
        let error = splice(&format!("{BEGIN}{END}"), &format!("\n{END}")).expect_err("a mark").to_string();
        assert_eq!(
            error,
            "line 2 of the guide: `<!-- rinnova:end -->` is a mark, with which it could not be replaced again"
        );
    }

    proptest! {
        #[test]
        fn what_is_around_stays_and_twice_is_once(
            before in "[a-z<!àé \\t\\r\\n]{0,40}",
            old in "([a-zè \\t]*\\r?\\n){0,4}",
            after in "[a-z>ò \\t\\r\\n-]{0,40}",
            made in "[a-z#ù \\t\\n]{0,60}",
        ) {
            let document = format!("{before}<!-- rinnova:begin -->{old}<!-- rinnova:end -->{after}");
            let once = splice(&document, &made).expect("spliced");
            let head = format!("{before}<!-- rinnova:begin -->");
            let tail = format!("<!-- rinnova:end -->{after}");
            prop_assert!(once.starts_with(&head) && once.ends_with(&tail));
            prop_assert_eq!(splice(&once, &made).expect("spliced"), once);
        }

        #[test]
        fn any_text_is_spliced_or_refused(existing in "(<!-- ?rinnova:(begin|end|x)( a)? ?-->|[a\\r\\nè]|  ){0,12}", made in "\\PC{0,20}") {
            if let Ok(spliced) = splice(&existing, &made) {
                prop_assert!(spliced.contains(made.trim_matches(['\r', '\n'])));
            }
        }
    }
}

//! Where a guide is not any more what would be made of its portal, as a page: each file with the reason, pictures as they were
//! and as they are side by side. Like the report of a run it needs nothing else and does nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::plain::plain;

/// The page's form. The name ends in `.html`, by which the engine knows to escape.
const TEMPLATE: (&str, &str) = ("difference.html", include_str!("difference.html"));

/// A file that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The file.
    pub file: &'a str,
    /// Why it is different, in words.
    pub why: String,
    /// The picture as it was, where it is one.
    pub before: Option<&'a [u8]>,
    /// The picture as it is.
    pub now: Option<&'a [u8]>,
}

#[derive(Serialize)]
struct Page {
    flow: String,
    since: String,
    said: Vec<Said>,
    pictures: Vec<Pair>,
    files: Vec<File>,
}

#[derive(Serialize)]
struct Said {
    language: String,
    text: String,
}

#[derive(Serialize)]
struct Pair {
    file: String,
    why: String,
    /// Base64, which holds nothing that a page would take for anything else.
    before: Option<String>,
    now: Option<String>,
}

#[derive(Serialize)]
struct File {
    name: String,
    why: String,
}

/// The page. `since` is the day of the guide that is there; `said` what its documents say otherwise, each with its language;
/// `gone` the files that are no part of it any more.
///
/// # Errors
/// What the template engine says.
pub fn html(
    flow: &str,
    since: &str,
    differences: &[Difference<'_>],
    said: &[(String, String)],
    gone: &[String],
) -> Result<String, minijinja::Error> {
    let shown = |text: &str| plain(text).into_owned();
    let (pictures, others): (Vec<&Difference<'_>>, Vec<_>) =
        differences.iter().partition(|difference| difference.before.is_some() || difference.now.is_some());
    let pair = |difference: &&Difference<'_>| Pair {
        file: shown(difference.file),
        why: shown(&difference.why),
        before: difference.before.map(|png| STANDARD.encode(png)),
        now: difference.now.map(|png| STANDARD.encode(png)),
    };
    let file = |name: &str, why: &str| File { name: shown(name), why: shown(why) };
    let mut files: Vec<File> = others.iter().map(|other| file(other.file, &other.why)).collect();
    files.extend(gone.iter().map(|name| file(name, "is no part of the guide any more")));
    let page = Page {
        flow: shown(flow),
        since: shown(since),
        said: said.iter().map(|(language, text)| Said { language: shown(language), text: shown(text) }).collect(),
        pictures: pictures.iter().map(pair).collect(),
        files,
    };
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    engine.add_template(TEMPLATE.0, TEMPLATE.1)?;
    engine.get_template(TEMPLATE.0)?.render(Serde(page))
}

#[cfg(test)]
mod tests {
    use super::{Difference, html};

    const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}\u{202e}";

    #[test]
    fn pictures_stand_side_by_side_and_files_with_their_reason() {
        let changed = Difference {
            file: "pictures/login.png",
            why: "the page is built otherwise".into(),
            before: Some(b"before"),
            now: Some(b"now"),
        };
        let new = Difference { file: "pictures/x.png", why: "is new".into(), before: None, now: Some(b"now") };
        let text = Difference { file: "m.it.md", why: "says something else".into(), before: None, now: None };
        let said = [("it".to_owned(), "“a” is now “b”".to_owned())];
        let page =
            html("mysign", "2026-03-02", &[changed, new, text], &said, &["pictures/old.png".into()]).expect("a page");
        for expected in [
            "default-src 'none'",
            "2026-03-02",
            "base64,YmVmb3Jl\"",
            "base64,bm93\"",
            "there was none",
            "m.it.md</td>",
            "says something else",
            "pictures&#x2f;old.png</td>",
            "“a” is now “b”",
        ] {
            assert!(page.contains(expected), "{expected}\nnot in\n{page}");
        }
    }

    #[test]
    fn what_a_page_says_is_inert() {
        let one = Difference { file: HOSTILE, why: HOSTILE.into(), before: Some(b"x"), now: None };
        let page =
            html(HOSTILE, HOSTILE, &[one], &[(HOSTILE.into(), HOSTILE.into())], &[HOSTILE.into()]).expect("a page");
        for forbidden in ["<script", "<img src=x", "href=", "\u{202e}", "\"'><"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("{{ 7*7 }}"));
    }
}

//! The guide as a page: one file with its pictures in it, for screens light and dark, wide and narrow, and for paper. It holds no
//! script, loads nothing (its content security policy says so, too), and every word is escaped by the template engine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Value;
use minijinja::{Environment, context};
use sha2::{Digest as _, Sha256};

use super::document::{Block, Document, Inline, Line, Tone, leads_somewhere};
use super::words;

/// The page's form. The name ends in `.html`, by which the engine knows to escape.
const TEMPLATE: (&str, &str) = ("guide.html", include_str!("guide.html"));

/// How it looks; the policy names it by its digest.
const STYLE: &str = include_str!("guide.css");

/// Why a guide cannot be made as a page.
#[derive(Debug, thiserror::Error)]
pub enum HtmlError {
    /// A picture of the document is not there.
    #[error("the picture `{file}` is not there")]
    Picture {
        /// Its file, relative to the guide's folder.
        file: String,
    },
    /// The template engine gave up.
    #[error("the page cannot be put together: {0}")]
    Template(#[from] minijinja::Error),
}

/// The document as a page. `picture` gives the PNG of a figure by its file.
///
/// # Errors
/// [`HtmlError`].
pub fn page(document: &Document, picture: impl Fn(&str) -> Option<Vec<u8>>) -> Result<String, HtmlError> {
    let tongue = words::of(&document.language);
    let other = document.portal_language != document.language;
    let writer =
        Writer { portal_language: other.then_some(document.portal_language.as_str()), quotes: tongue.quotes, picture };
    let blocks = writer.blocks(&document.blocks)?;
    let headings = document.blocks.iter().filter_map(|block| match block {
        Block::Heading { level, anchor, text } => Some(context! { level => *level, anchor, line => writer.line(text) }),
        _ => None,
    });
    let sections = document.blocks.iter().any(|block| matches!(block, Block::Heading { level: 3, .. }));
    let brief = document.blocks.iter().any(|block| matches!(block, Block::Checklist(_)));
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    engine.add_template(TEMPLATE.0, TEMPLATE.1)?;
    let page = engine.get_template(TEMPLATE.0)?.render(context! {
        language => &document.language,
        title => &document.title,
        summary => &document.summary,
        style => Value::from_safe_string(STYLE.to_owned()),
        style_digest => STANDARD.encode(Sha256::digest(STYLE)),
        contents => tongue.contents,
        headings => if sections { headings.collect::<Vec<_>>() } else { Vec::new() },
        brief,
        blocks,
    })?;
    Ok(page)
}

struct Writer<'a, P> {
    /// The portal's language, where it is another than the document's.
    portal_language: Option<&'a str>,
    quotes: [&'static str; 2],
    picture: P,
}

impl<P: Fn(&str) -> Option<Vec<u8>>> Writer<'_, P> {
    fn blocks(&self, blocks: &[Block]) -> Result<Vec<Value>, HtmlError> {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&self, block: &Block) -> Result<Value, HtmlError> {
        let lines = |lines: &[Line]| lines.iter().map(|line| self.line(line)).collect::<Vec<_>>();
        Ok(match block {
            Block::Heading { level, anchor, text } => {
                context! { kind => "heading", level => *level, anchor, line => self.line(text) }
            }
            Block::Paragraph(line) => context! { kind => "paragraph", line => self.line(line) },
            Block::Bullets(items) => context! { kind => "bullets", lines => lines(items) },
            Block::Checklist(items) => context! { kind => "checklist", lines => lines(items) },
            Block::Actions(actions) => {
                let action = |action: &super::document::Action| {
                    context! { number => action.number, line => self.line(&action.text) }
                };
                context! { kind => "actions", actions => actions.iter().map(action).collect::<Vec<_>>() }
            }
            Block::Facts(facts) => {
                let fact = |(term, line): &(String, Line)| context! { term, line => self.line(line) };
                context! { kind => "facts", facts => facts.iter().map(fact).collect::<Vec<_>>() }
            }
            Block::Figure(figure) => {
                let png = (self.picture)(&figure.file);
                let png = png.ok_or_else(|| HtmlError::Picture { file: figure.file.clone() })?;
                context! {
                    kind => "figure",
                    // Base64 holds nothing that a page would take for anything else.
                    data => Value::from_safe_string(STANDARD.encode(png)),
                    alt => &figure.alt,
                    width => figure.width,
                    height => figure.height,
                    line => self.line(&figure.caption),
                }
            }
            Block::Aside { tone, title, blocks } => {
                let tone = match tone {
                    Tone::Note => "note",
                    Tone::Warning => "warning",
                    Tone::Trouble => "trouble",
                    Tone::Change => "change",
                };
                context! { kind => "aside", tone, title, blocks => self.blocks(blocks)? }
            }
            Block::Together(blocks) => context! { kind => "together", blocks => self.blocks(blocks)? },
        })
    }

    fn line(&self, line: &[Inline]) -> Vec<Value> {
        let [open, close] = self.quotes;
        let piece = |inline: &Inline| match inline {
            Inline::Strong(text) => context! { kind => "strong", text },
            Inline::Quote(text) => context! { kind => "quote", text, open, close, language => self.portal_language },
            Inline::Link { text, target } if leads_somewhere(target) => context! { kind => "link", text, target },
            Inline::Text(text) | Inline::Link { text, .. } => context! { kind => "text", text },
        };
        line.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{HtmlError, page};
    use crate::guide::document::{Action, Block, Document, Figure, Inline, Tone};

    const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}</style></title>&lt;";

    fn document(words: &str) -> Document {
        let line = vec![
            Inline::Text(words.into()),
            Inline::Strong(words.into()),
            Inline::Quote(words.into()),
            Inline::Link { text: words.into(), target: format!("javascript:{words}") },
            Inline::Link { text: words.into(), target: format!("https://portale.example/{words}") },
        ];
        let figure = Figure {
            file: "pictures/login.png".into(),
            alt: words.into(),
            caption: line.clone(),
            width: 640,
            height: 400,
        };
        Document {
            language: "en".into(),
            portal_language: "it".into(),
            title: words.into(),
            summary: words.into(),
            blocks: vec![
                Block::Facts(vec![(words.into(), line.clone())]),
                Block::Heading { level: 2, anchor: "steps".into(), text: line.clone() },
                Block::Heading { level: 3, anchor: words.into(), text: line.clone() },
                Block::Together(vec![
                    Block::Paragraph(line.clone()),
                    Block::Actions(vec![Action { number: 3, text: line.clone() }]),
                    Block::Figure(figure),
                ]),
                Block::Aside {
                    tone: Tone::Trouble,
                    title: words.into(),
                    blocks: vec![Block::Bullets(vec![line.clone()])],
                },
                Block::Checklist(vec![line]),
            ],
        }
    }

    #[test]
    fn each_block_has_its_element() {
        let page = page(&document("Rinnova"), |file| Some(file.as_bytes().to_vec())).expect("a page");
        for expected in [
            "<html lang=\"en\">",
            "default-src 'none'; img-src data:; style-src 'sha256-",
            "<h1>Rinnova</h1>",
            "<dt>Rinnova</dt>",
            "<h3 id=\"Rinnova\">",
            "<li value=\"3\">",
            "“<span lang=\"it\">Rinnova</span>”",
            "<strong>Rinnova</strong>",
            "src=\"data:image/png;base64,cGljdHVyZXMvbG9naW4ucG5n\" width=\"640\" height=\"400\" alt=\"Rinnova\"",
            "<div class=\"box trouble\" role=\"note\">",
            "<input type=\"checkbox\">",
        ] {
            assert!(page.contains(expected), "{expected}\nnot in\n{page}");
        }
        assert!(!page.contains("javascript:"));
    }

    #[test]
    fn what_a_document_says_is_inert() {
        let page = page(&document(HOSTILE), |_| Some(Vec::new())).expect("a page");
        for forbidden in ["<script", "<img src=x", "javascript:", "\"'><", "'><img"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("{{ 7*7 }}") && page.contains("&amp;lt;"));
        assert_eq!(page.matches("</style>").count() + page.matches("</title>").count(), 2);
    }

    #[test]
    fn a_missing_picture_is_told() {
        let missing = page(&document("Rinnova"), |_| None).expect_err("no picture");
        assert!(matches!(&missing, HtmlError::Picture { file } if file == "pictures/login.png"), "{missing}");
    }
}

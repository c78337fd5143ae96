//! What a document says, section by section: what two editions are held against each other by.

use super::Section;
use crate::guide::document::{Block, Document, Inline};

/// All that a document says. A picture's description is no part of it: the picture stands for itself.
#[must_use]
pub fn sections(document: &Document) -> Vec<Section> {
    let mut sections = vec![Section { title: document.title.clone(), ..Section::default() }];
    collect(&document.blocks, &mut sections);
    sections.retain(|section| !section.anchor.is_empty() || !section.says.is_empty() || !section.shows.is_empty());
    sections
}

fn collect(blocks: &[Block], sections: &mut Vec<Section>) {
    for block in blocks {
        let mut say = |line: &[Inline]| {
            let text = show(line);
            if let Some(section) = sections.last_mut().filter(|_| !text.is_empty()) {
                section.says.push(text);
            }
        };
        match block {
            Block::Heading { anchor, text, .. } => {
                sections.push(Section { anchor: anchor.clone(), title: show(text), ..Section::default() });
            }
            Block::Paragraph(line) => say(line),
            Block::Bullets(lines) | Block::Checklist(lines) => lines.iter().for_each(|line| say(line)),
            Block::Actions(actions) => actions.iter().for_each(|action| say(&action.text)),
            Block::Facts(facts) => {
                for (term, line) in facts {
                    let term = Inline::Text(format!("{term}: "));
                    say(&[&[term], line.as_slice()].concat());
                }
            }
            Block::Figure(figure) => {
                say(&figure.caption);
                if let Some(section) = sections.last_mut() {
                    section.shows.push(figure.file.clone());
                }
            }
            Block::Aside { title, blocks, .. } => {
                say(&[Inline::Text(title.clone())]);
                collect(blocks, sections);
            }
            Block::Together(blocks) => collect(blocks, sections),
        }
    }
}

/// A line as it is read; the portal's own words between «».
#[must_use]
pub fn show(line: &[Inline]) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) | Inline::Strong(text) | Inline::Link { text, .. } => text.clone(),
        Inline::Quote(text) => format!("«{text}»"),
    };
    line.iter().map(piece).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Block, Document, Inline, Section, sections};
    use crate::guide::document::{Action, Figure, Tone};

    fn text(text: &str) -> Vec<Inline> {
        vec![Inline::Text(text.into())]
    }

    fn heading(anchor: &str, words: &str) -> Block {
        Block::Heading { level: 2, anchor: anchor.into(), text: text(words) }
    }

    #[test]
    fn a_document_is_its_sections_and_what_they_say() {
        let press = vec![Inline::Text("Premere ".into()), Inline::Quote("ACCEDI".into()), Inline::Text(".".into())];
        let figure = Figure {
            file: "pictures/login.png".into(),
            alt: "The page".into(),
            caption: Vec::new(),
            width: 1280,
            height: 800,
        };
        let shown = [Block::Figure(figure), Block::Actions(vec![Action { number: 1, text: press }])];
        let trouble = Block::Aside {
            tone: Tone::Trouble,
            title: "Se qualcosa va storto".into(),
            blocks: vec![Block::Bullets(vec![text("a"), text("b")])],
        };
        let document = Document {
            language: "it".into(),
            portal_language: "it".into(),
            title: "Rinnovo".into(),
            summary: String::new(),
            blocks: vec![
                Block::Paragraph(text("Per chi")),
                heading("login", "1. Accedere"),
                Block::Together(shown.into()),
                trouble,
                heading("end", "Alla fine"),
                Block::Facts(vec![("Durata".into(), text("10 minuti"))]),
            ],
        };
        let section = |anchor: &str, title: &str, says: &[&str]| Section {
            anchor: anchor.into(),
            title: title.into(),
            says: says.iter().map(|text| (*text).to_owned()).collect(),
            shows: Vec::new(),
        };
        let mut expected = [
            section("", "Rinnovo", &["Per chi"]),
            section("login", "1. Accedere", &["Premere «ACCEDI».", "Se qualcosa va storto", "a", "b"]),
            section("end", "Alla fine", &["Durata: 10 minuti"]),
        ];
        expected[1].shows.push("pictures/login.png".into());
        assert_eq!(sections(&document), expected);
    }
}

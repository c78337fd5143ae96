//! The guide as Markdown: `CommonMark`, with the boxes of lists of tasks. What a forge would take for markup of its own is escaped.

use super::document::{Action, Block, Document, Figure, Inline, leads_somewhere};
use super::words;

/// The document as Markdown. Its pictures are links relative to the guide's folder.
#[must_use]
pub fn text(document: &Document) -> String {
    let writer = Writer { quotes: words::of(&document.language).quotes };
    let mut parts = vec![format!("# {}", escaped(&document.title))];
    parts.extend(document.blocks.iter().map(|block| writer.block(block)));
    parts.retain(|part| !part.is_empty());
    format!("{}\n", parts.join("\n\n"))
}

struct Writer {
    quotes: [&'static str; 2],
}

impl Writer {
    fn blocks(&self, blocks: &[Block]) -> String {
        let parts = blocks.iter().map(|block| self.block(block)).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n")
    }

    fn block(&self, block: &Block) -> String {
        let items = |mark: &str, lines: &[Vec<Inline>]| {
            let items = lines.iter().map(|line| format!("{mark} {}", opening(&self.line(line))));
            items.collect::<Vec<_>>().join("\n")
        };
        match block {
            Block::Heading { level, anchor, text } => {
                let marks = "#".repeat(usize::from(*level));
                format!("<a id=\"{}\"></a>\n\n{marks} {}", name(anchor), self.line(text))
            }
            Block::Paragraph(line) => opening(&self.line(line)),
            Block::Bullets(lines) => items("-", lines),
            Block::Checklist(lines) => items("- [ ]", lines),
            Block::Actions(actions) => {
                let item = |action: &Action| format!("{}. {}", action.number, opening(&self.line(&action.text)));
                actions.iter().map(item).collect::<Vec<_>>().join("\n")
            }
            Block::Facts(facts) => {
                let items = facts.iter().map(|(term, fact)| format!("- **{}:** {}", escaped(term), self.line(fact)));
                items.collect::<Vec<_>>().join("\n")
            }
            Block::Figure(figure) => self.figure(figure),
            Block::Aside { title, blocks, .. } => {
                let inside = format!("**{}**\n\n{}", escaped(title), self.blocks(blocks));
                let quoted = inside.trim_end().lines().map(|line| format!("> {line}").trim_end().to_owned());
                quoted.collect::<Vec<_>>().join("\n")
            }
            Block::Together(blocks) => self.blocks(blocks),
        }
    }

    fn figure(&self, figure: &Figure) -> String {
        let picture = format!("![{}]({})", escaped(&figure.alt), address(&figure.file));
        if figure.caption.is_empty() { picture } else { format!("{picture}\n\n*{}*", self.line(&figure.caption)) }
    }

    fn line(&self, line: &[Inline]) -> String {
        let [open, close] = self.quotes;
        let piece = |inline: &Inline| match inline {
            Inline::Strong(text) => format!("**{}**", escaped(text.trim())),
            Inline::Quote(text) => format!("{open}{}{close}", escaped(text)),
            Inline::Link { text, target } if leads_somewhere(target) => {
                format!("[{}]({})", escaped(text), address(target))
            }
            Inline::Text(text) | Inline::Link { text, .. } => escaped(text),
        };
        line.iter().map(piece).collect::<String>().trim().to_owned()
    }
}

/// A text in one line in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // Not every reader of Markdown knows that these may be escaped.
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '&' | '~' | '$' | '|' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter if letter.is_whitespace() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A line that would open a heading, a list or a rule.
fn opening(line: &str) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && line[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    if line.starts_with(['#', '+', '-', '=']) { format!("\\{line}") } else { line.to_owned() }
}

/// An address within the parentheses of a link.
fn address(target: &str) -> String {
    let kept = |c: char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '"' | '\\' | '`');
    let mut address = String::new();
    for letter in target.chars() {
        if kept(letter) {
            address.push(letter);
        } else {
            let mut bytes = [0; 4];
            letter.encode_utf8(&mut bytes).bytes().for_each(|byte| address.push_str(&format!("%{byte:02X}")));
        }
    }
    address
}

/// A name within an attribute.
fn name(anchor: &str) -> String {
    anchor.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

#[cfg(test)]
mod tests {
    use super::{address, escaped, opening, text};
    use crate::guide::document::{Action, Block, Document, Figure, Inline, Tone};

    #[test]
    fn nothing_of_a_text_is_markup() {
        for (text, expected) in [
            ("<b>x</b> & [y](javascript:z)", r"&lt;b&gt;x&lt;/b&gt; \& \[y\](javascript:z)"),
            ("**a** _b_ `c` ~~d~~ $e$", r"\*\*a\*\* \_b\_ \`c\` \~\~d\~\~ \$e\$"),
            ("due\nrighe", "due righe"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        for (line, expected) in [
            ("# x", r"\# x"),
            ("12. x", r"12\. x"),
            ("3) x", r"3\) x"),
            ("2027 x", "2027 x"),
            ("- x", r"\- x"),
            ("===", r"\==="),
            ("x # y", "x # y"),
        ] {
            assert_eq!(opening(line), expected);
        }
        assert_eq!(address("pictures/a b)(è.png"), "pictures/a%20b%29%28%C3%A8.png");
    }

    #[test]
    fn each_block_has_its_form() {
        let words = |text: &str| vec![Inline::Text(text.into())];
        let link = |target: &str| vec![Inline::Link { text: "qui".into(), target: target.into() }];
        let figure = Figure {
            file: "pictures/login.png".into(),
            alt: "La pagina [login]".into(),
            caption: vec![Inline::Text("Segna ".into()), Inline::Quote("OK".into())],
            width: 640,
            height: 400,
        };
        let aside = Block::Aside {
            tone: Tone::Trouble,
            title: "Se".into(),
            blocks: vec![Block::Bullets(vec![words("uno"), words("due")]), Block::Paragraph(words("tre"))],
        };
        let document = Document {
            language: "it".into(),
            portal_language: "it".into(),
            title: "Rinnovo <1>".into(),
            summary: String::new(),
            blocks: vec![
                Block::Facts(vec![("Dove".into(), link("https://portale.example/"))]),
                Block::Heading { level: 3, anchor: "login".into(), text: words("1. Accedere") },
                Block::Together(vec![
                    Block::Paragraph(link("javascript:alert(1)")),
                    Block::Actions(vec![
                        Action { number: 1, text: words("Aprire.") },
                        Action { number: 2, text: vec![Inline::Strong("Ora".into())] },
                    ]),
                    Block::Figure(figure),
                ]),
                aside,
                Block::Checklist(vec![words("fatto")]),
            ],
        };
        let expected = "\
# Rinnovo &lt;1&gt;

- **Dove:** [qui](https://portale.example/)

<a id=\"login\"></a>

### 1. Accedere

qui

1. Aprire.
2. **Ora**

![La pagina \\[login\\]](pictures/login.png)

*Segna «OK»*

> **Se**
>
> - uno
> - due
>
> tre

- [ ] fatto
";
        assert_eq!(text(&document), expected);
    }
}

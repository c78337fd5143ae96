//! The text of a DOCX: blocks become paragraphs and tables. The order of a paragraph's properties is that of the format's schema.

use crate::guide::document::{Action, Block, Document, Figure, Inline, Line, Tone, leads_somewhere};
use crate::guide::words;

/// The first number of a list of actions; the ones before are the styles' own.
pub(super) const FIRST_LIST: usize = 3;

/// A4 with margins of 2 cm, twentieths of a point.
const PAGE: &str = "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"footer\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
    <w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr>";

/// How wide text between the margins is, twentieths of a point.
const WIDTH: u32 = 9638;

/// How high a picture may be, so that its actions have room on the same page, twentieths of a point.
const HEIGHT: u32 = 8800;

/// What stands between a box's edge and its text.
const INSET: u32 = 170;

/// The format's own unit of length: so many in a twentieth of a point.
const EMU: u32 = 635;

/// So many in a pixel of the page, a ninety-sixth of an inch.
const EMU_PER_PIXEL: u32 = 9525;

/// The text of a document, and what it refers to.
pub(super) struct Body<'a> {
    xml: String,
    portal_language: &'a str,
    /// What stands before and after the portal's own words.
    quotes: [&'static str; 2],
    /// The anchors of its headings.
    anchors: Vec<&'a str>,
    /// The files of its pictures, each once.
    pub(super) pictures: Vec<&'a str>,
    /// The addresses that it links to, each once.
    pub(super) links: Vec<&'a str>,
    /// Where each list of actions begins to count.
    pub(super) lists: Vec<usize>,
    /// Drawings, boxes to tick and bookmarks so far: each needs a number of its own.
    numbered: usize,
}

/// Where a block stands.
#[derive(Clone, Copy)]
struct Place {
    /// No page break parts its paragraphs.
    together: bool,
    /// Nor its last one from what follows.
    then: bool,
    /// How wide it may be, twentieths of a point.
    width: u32,
}

impl Place {
    /// The same for what is followed by more of the same block.
    fn before_more(self, more: bool) -> Self {
        Self { then: if more { self.together } else { self.then }, ..self }
    }
}

impl<'a> Body<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let mut body = Self {
            xml: String::new(),
            portal_language: super::locale(&document.portal_language),
            quotes: words::of(&document.language).quotes,
            anchors: Vec::new(),
            pictures: Vec::new(),
            links: Vec::new(),
            lists: Vec::new(),
            numbered: 0,
        };
        anchors(&document.blocks, &mut body.anchors);
        let title = format!("<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>", text(&document.title));
        body.paragraph("Title", "", true, &title);
        body.blocks(&document.blocks, Place { together: false, then: false, width: WIDTH });
        body
    }

    /// The whole part.
    pub(super) fn document(&self) -> String {
        format!(
            "{}<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
             xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
             xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
             xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\" \
             xmlns:w14=\"http://schemas.microsoft.com/office/word/2010/wordml\" \
             xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" mc:Ignorable=\"w14\">\
             <w:body>{}{PAGE}</w:body></w:document>",
            super::HEAD,
            self.xml
        )
    }

    fn blocks(&mut self, blocks: &'a [Block], place: Place) {
        for (at, block) in blocks.iter().enumerate() {
            self.block(block, place.before_more(at + 1 < blocks.len()));
        }
    }

    fn block(&mut self, block: &'a Block, place: Place) {
        match block {
            Block::Heading { level, anchor, text } => {
                let runs = self.line(text);
                let id = self.number();
                let name = self.bookmark(anchor).unwrap_or_default();
                let marked =
                    format!("<w:bookmarkStart w:id=\"{id}\" w:name=\"{name}\"/>{runs}<w:bookmarkEnd w:id=\"{id}\"/>");
                // The title has a style of its own, so that what is below it begins with the first heading's.
                self.paragraph(&format!("Heading{}", level.saturating_sub(1).clamp(1, 3)), "", true, &marked);
            }
            Block::Paragraph(line) => {
                let runs = self.line(line);
                self.paragraph("", "", place.then, &runs);
            }
            Block::Bullets(lines) => {
                for (at, line) in lines.iter().enumerate() {
                    let runs = self.line(line);
                    self.paragraph("ListBullet", "", place.before_more(at + 1 < lines.len()).then, &runs);
                }
            }
            Block::Checklist(lines) => {
                for (at, line) in lines.iter().enumerate() {
                    let runs = format!("{}<w:r><w:tab/></w:r>{}", self.tick_box(), self.line(line));
                    self.paragraph("Checklist", "", place.before_more(at + 1 < lines.len()).then, &runs);
                }
            }
            Block::Actions(actions) => self.actions(actions, place),
            Block::Facts(facts) => self.facts(facts, place),
            Block::Figure(figure) => self.figure(figure, place),
            Block::Aside { tone, title, blocks } => self.aside(*tone, title, blocks, place),
            Block::Together(blocks) => self.blocks(blocks, Place { together: true, ..place }),
        }
    }

    /// The numbers are those of a list, so that they are read as such; each must be the callout's.
    fn actions(&mut self, actions: &'a [Action], place: Place) {
        let mut expected = None;
        for (at, action) in actions.iter().enumerate() {
            if expected != Some(action.number) {
                self.lists.push(action.number);
            }
            expected = Some(action.number + 1);
            let list = FIRST_LIST + self.lists.len() - 1;
            let list = format!("<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{list}\"/></w:numPr>");
            let runs = self.line(&action.text);
            self.paragraph("ListNumber", &list, place.before_more(at + 1 < actions.len()).then, &runs);
        }
    }

    fn facts(&mut self, facts: &'a [(String, Line)], place: Place) {
        if facts.is_empty() {
            return;
        }
        let (term, fact) = (place.width * 3 / 10, place.width - place.width * 3 / 10);
        let rule = "w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"C8D0D8\"";
        self.xml.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:tblBorders><w:top {rule}/><w:bottom {rule}/><w:insideH {rule}/>\
             </w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblLook w:val=\"0080\" w:firstRow=\"0\" w:lastRow=\"0\" \
             w:firstColumn=\"1\" w:lastColumn=\"0\" w:noHBand=\"1\" w:noVBand=\"1\"/></w:tblPr><w:tblGrid><w:gridCol w:w=\"{term}\"/>\
             <w:gridCol w:w=\"{fact}\"/></w:tblGrid>",
            place.width
        ));
        for (at, (name, line)) in facts.iter().enumerate() {
            let then = place.before_more(at + 1 < facts.len()).then;
            self.xml.push_str(&format!(
                "<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:tcW w:w=\"{term}\" w:type=\"dxa\"/></w:tcPr>"
            ));
            self.paragraph("Term", "", then, &format!("<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>", text(name)));
            self.xml.push_str(&format!("</w:tc><w:tc><w:tcPr><w:tcW w:w=\"{fact}\" w:type=\"dxa\"/></w:tcPr>"));
            let runs = self.line(line);
            self.paragraph("Fact", "", then, &runs);
            self.xml.push_str("</w:tc></w:tr>");
        }
        self.xml.push_str("</w:tbl>");
        self.paragraph("AfterTable", "", place.then, "");
    }

    fn figure(&mut self, figure: &'a Figure, place: Place) {
        let at = position(&mut self.pictures, &figure.file);
        let id = self.number();
        let (width, height) = fit(figure, place.width);
        let extent = format!("cx=\"{width}\" cy=\"{height}\"");
        let name = format!("name=\"{}\" descr=\"{}\"", text(&figure.file), text(&figure.alt));
        let picture = format!(
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent {extent}/>\
             <wp:effectExtent l=\"6350\" t=\"6350\" r=\"6350\" b=\"6350\"/><wp:docPr id=\"{id}\" {name}/><wp:cNvGraphicFramePr>\
             <a:graphicFrameLocks noChangeAspect=\"1\"/></wp:cNvGraphicFramePr><a:graphic>\
             <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic><pic:nvPicPr>\
             <pic:cNvPr id=\"{id}\" {name}/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"image{at}\"/>\
             <a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext {extent}/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:ln w=\"6350\"><a:solidFill><a:srgbClr val=\"C8D0D8\"/></a:solidFill>\
             </a:ln></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        );
        if figure.caption.is_empty() {
            self.paragraph("Figure", "", place.then, &picture);
        } else {
            self.paragraph("Figure", "", true, &picture);
            let runs = self.line(&figure.caption);
            self.paragraph("Caption", "", place.then, &runs);
        }
    }

    /// A table of one cell: paragraphs with borders of their own would fall apart at each list in the box.
    fn aside(&mut self, tone: Tone, title: &'a str, blocks: &'a [Block], place: Place) {
        let (edge, ground) = match tone {
            Tone::Note => ("1F5FA8", "EAF2FB"),
            Tone::Warning => ("B45309", "FDF1E3"),
            Tone::Trouble => ("B3261E", "FBEAEA"),
            Tone::Change => ("1E7B34", "EAF6EC"),
        };
        let thin = format!("w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"{edge}\"");
        let thick = format!("w:val=\"single\" w:sz=\"36\" w:space=\"0\" w:color=\"{edge}\"");
        self.xml.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblW w:w=\"{width}\" w:type=\"dxa\"/><w:tblBorders><w:top {thin}/><w:left {thick}/><w:bottom {thin}/>\
             <w:right {thin}/></w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"100\" w:type=\"dxa\"/>\
             <w:left w:w=\"{INSET}\" w:type=\"dxa\"/><w:bottom w:w=\"60\" w:type=\"dxa\"/><w:right w:w=\"{INSET}\" w:type=\"dxa\"/>\
             </w:tblCellMar><w:tblLook w:val=\"0000\"/><w:tblCaption w:val=\"{}\"/></w:tblPr><w:tblGrid><w:gridCol w:w=\"{width}\"/>\
             </w:tblGrid><w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>\
             <w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{ground}\"/></w:tcPr>",
            text(title),
            width = place.width,
        ));
        let words = format!("<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>", text(title));
        self.paragraph("BoxTitle", "", place.then || !blocks.is_empty(), &words);
        self.blocks(blocks, Place { width: place.width - 2 * INSET, ..place });
        self.xml.push_str("</w:tc></w:tr></w:tbl>");
        self.paragraph("AfterTable", "", place.then, "");
    }

    fn paragraph(&mut self, style: &str, list: &str, keep: bool, runs: &str) {
        let style = if style.is_empty() { String::new() } else { format!("<w:pStyle w:val=\"{style}\"/>") };
        let keep = if keep { "<w:keepNext/>" } else { "" };
        self.xml.push_str(&format!("<w:p><w:pPr>{style}{keep}{list}</w:pPr>{runs}</w:p>"));
    }

    fn line(&mut self, line: &'a Line) -> String {
        line.iter().map(|inline| self.inline(inline)).collect()
    }

    fn inline(&mut self, inline: &'a Inline) -> String {
        let run = |properties: &str, words: &str| {
            format!("<w:r><w:rPr>{properties}</w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>", text(words))
        };
        match inline {
            Inline::Text(words) => run("", words),
            Inline::Strong(words) => run("<w:rStyle w:val=\"Strong\"/>", words),
            Inline::Quote(words) => {
                let ([open, close], language) = (self.quotes, text(self.portal_language));
                let quoted = run(&format!("<w:rStyle w:val=\"PortalWords\"/><w:lang w:val=\"{language}\"/>"), words);
                [run("", open), quoted, run("", close)].concat()
            }
            Inline::Link { text: words, target } => {
                let words = run("<w:rStyle w:val=\"Hyperlink\"/>", words);
                match target.strip_prefix('#') {
                    Some(anchor) => match self.bookmark(anchor) {
                        Some(name) => format!("<w:hyperlink w:anchor=\"{name}\" w:history=\"1\">{words}</w:hyperlink>"),
                        None => words,
                    },
                    None if leads_somewhere(target) => {
                        let at = position(&mut self.links, target);
                        format!("<w:hyperlink r:id=\"link{at}\" w:history=\"1\">{words}</w:hyperlink>")
                    }
                    None => words,
                }
            }
        }
    }

    /// A box that can be ticked in the word processor.
    fn tick_box(&mut self) -> String {
        let id = self.number();
        format!(
            "<w:sdt><w:sdtPr><w:id w:val=\"{id}\"/><w14:checkbox><w14:checked w14:val=\"0\"/>\
             <w14:checkedState w14:val=\"2612\" w14:font=\"MS Gothic\"/><w14:uncheckedState w14:val=\"2610\" w14:font=\"MS Gothic\"/>\
             </w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:rPr><w:rFonts w:ascii=\"MS Gothic\" w:hAnsi=\"MS Gothic\" \
             w:eastAsia=\"MS Gothic\" w:hint=\"eastAsia\"/></w:rPr><w:t>☐</w:t></w:r></w:sdtContent></w:sdt>"
        )
    }

    /// The name of a heading's bookmark: no anchor is short enough for sure, so it is by number, hidden as those of a word
    /// processor's own cross references are.
    fn bookmark(&self, anchor: &str) -> Option<String> {
        self.anchors.iter().position(|known| *known == anchor).map(|at| format!("_Ref{}", at + 1))
    }

    fn number(&mut self) -> usize {
        self.numbered += 1;
        self.numbered
    }
}

fn anchors<'a>(blocks: &'a [Block], found: &mut Vec<&'a str>) {
    for block in blocks {
        match block {
            Block::Heading { anchor, .. } => found.push(anchor),
            Block::Aside { blocks, .. } | Block::Together(blocks) => anchors(blocks, found),
            _ => {}
        }
    }
}

/// The place in a list of what is put there once.
fn position<'a>(list: &mut Vec<&'a str>, item: &'a str) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

/// How large a picture is drawn: as it was on the page, or as large as there is room.
fn fit(figure: &Figure, room: u32) -> (u64, u64) {
    let (width, height) = (u64::from(figure.width.max(1)), u64::from(figure.height.max(1)));
    let natural = width * u64::from(EMU_PER_PIXEL);
    let wide = u64::from(room * EMU);
    let high = u64::from(HEIGHT * EMU) * width / height;
    let width_drawn = natural.min(wide).min(high).max(1);
    (width_drawn, (width_drawn * height / width).max(1))
}

/// Words between tags or in an attribute. Characters that XML cannot hold at all are left out.
pub(super) fn text(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            letter if letter < ' ' || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

//! The guide as a DOCX: `WordprocessingML` in a package, with the styles that every word processor has by these names, so that
//! what is pasted into an office's own template takes that template's look. Without author and dates: the same document
//! always gives the same bytes.

mod body;

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use self::body::{Body, text};
use super::document::Document;

/// A document that cannot be written as a DOCX.
#[derive(Debug, thiserror::Error)]
pub enum DocxError {
    /// A picture of the document is not there.
    #[error("the picture `{file}` is not there")]
    Picture {
        /// Its file, relative to the guide's folder.
        file: String,
    },
    /// The package cannot be put together.
    #[error("the DOCX cannot be put together: {0}")]
    Package(#[from] zip::result::ZipError),
}

/// The document as a DOCX, A4. `picture` gives the PNG of a figure by its file.
///
/// # Errors
///
/// [`DocxError`].
pub fn bytes(document: &Document, picture: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, DocxError> {
    let body = Body::of(document);
    let language = locale(&document.language);
    let in_language = |part: &str| part.replace("{language}", &text(language));
    let mut package = Package(ZipWriter::new(Cursor::new(Vec::new())));
    package.add("[Content_Types].xml", include_str!("docx/content_types.xml").as_bytes())?;
    package.add("_rels/.rels", include_str!("docx/package.rels").as_bytes())?;
    package.add("docProps/core.xml", properties(document).as_bytes())?;
    package.add("word/document.xml", body.document().as_bytes())?;
    package.add("word/_rels/document.xml.rels", relationships(&body).as_bytes())?;
    package.add("word/styles.xml", in_language(include_str!("docx/styles.xml")).as_bytes())?;
    package.add("word/settings.xml", in_language(include_str!("docx/settings.xml")).as_bytes())?;
    package.add("word/numbering.xml", numbering(&body.lists).as_bytes())?;
    package.add("word/footer.xml", include_str!("docx/footer.xml").as_bytes())?;
    for (at, &file) in body.pictures.iter().enumerate() {
        let png = picture(file).ok_or_else(|| DocxError::Picture { file: file.to_owned() })?;
        package.add(&format!("word/{}", media(at)), &png)?;
    }
    Ok(package.0.finish()?.into_inner())
}

struct Package(ZipWriter<Cursor<Vec<u8>>>);

impl Package {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), DocxError> {
        // A PNG is compressed already.
        let method =
            if name.starts_with("word/media/") { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        self.0.start_file(name, options)?;
        self.0.write_all(bytes).map_err(zip::result::ZipError::from)?;
        Ok(())
    }
}

/// The language as word processors know it: by itself, a tag without region selects no spelling dictionary.
fn locale(language: &str) -> &str {
    match language {
        "de" => "de-DE",
        "en" => "en-GB",
        "es" => "es-ES",
        "fr" => "fr-FR",
        "it" => "it-IT",
        other => other,
    }
}

fn properties(document: &Document) -> String {
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:description>{}</dc:description>\
         <dc:language>{}</dc:language></cp:coreProperties>",
        text(&document.title),
        text(&document.summary),
        text(&document.language),
    )
}

/// What stands at the head of each part.
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// The kinds of what the text refers to.
const KINDS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A picture's place in the package, relative to the text's folder.
fn media(at: usize) -> String {
    format!("media/image{}.png", at + 1)
}

fn relationships(body: &Body) -> String {
    let mut xml =
        format!("{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for part in ["styles", "settings", "numbering", "footer"] {
        xml.push_str(&format!("<Relationship Id=\"{part}\" Type=\"{KINDS}/{part}\" Target=\"{part}.xml\"/>"));
    }
    for at in 0..body.pictures.len() {
        xml.push_str(&format!("<Relationship Id=\"image{at}\" Type=\"{KINDS}/image\" Target=\"{}\"/>", media(at)));
    }
    for (at, target) in body.links.iter().enumerate() {
        xml.push_str(&format!(
            "<Relationship Id=\"link{at}\" Type=\"{KINDS}/hyperlink\" Target=\"{}\" TargetMode=\"External\"/>",
            text(target)
        ));
    }
    xml + "</Relationships>"
}

/// The lists: 1 has bullets, 2 numbers, and each of `lists` numbers that begin where it says.
fn numbering(lists: &[usize]) -> String {
    let level = |id: usize, format: &str, label: &str, style: &str, font: &str| {
        format!(
            "<w:abstractNum w:abstractNumId=\"{id}\"><w:multiLevelType w:val=\"singleLevel\"/><w:lvl w:ilvl=\"0\">\
             <w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:pStyle w:val=\"{style}\"/><w:lvlText w:val=\"{label}\"/>\
             <w:lvlJc w:val=\"left\"/><w:pPr><w:ind w:left=\"425\" w:hanging=\"425\"/></w:pPr>{font}</w:lvl></w:abstractNum>"
        )
    };
    let bold = "<w:rPr><w:b/><w:bCs/></w:rPr>";
    let mut xml = format!(
        "{HEAD}<w:numbering xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">{}{}\
         <w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num><w:num w:numId=\"2\"><w:abstractNumId w:val=\"1\"/></w:num>",
        level(0, "bullet", "•", "ListBullet", ""),
        level(1, "decimal", "%1.", "ListNumber", bold),
    );
    for (at, start) in lists.iter().enumerate() {
        xml.push_str(&format!(
            "<w:num w:numId=\"{}\"><w:abstractNumId w:val=\"1\"/><w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"{start}\"/>\
             </w:lvlOverride></w:num>",
            body::FIRST_LIST + at
        ));
    }
    xml + "</w:numbering>"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Cursor, Read as _};

    use roxmltree::{Document as Xml, Node};

    use super::{DocxError, bytes};
    use crate::guide::document::{Action, Block, Document, Figure, Inline, Tone};

    const PNG: &[u8] = b"not looked into";

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline::Text(text.into())]
    }

    fn action(number: usize, text: &str) -> Action {
        Action { number, text: words(text) }
    }

    fn figure(file: &str, alt: &str) -> Block {
        let caption = words("La pagina di accesso");
        Block::Figure(Figure { file: file.into(), alt: alt.into(), caption, width: 1280, height: 800 })
    }

    fn document(blocks: Vec<Block>) -> Document {
        Document {
            language: "en".into(),
            portal_language: "it".into(),
            title: "How to renew".into(),
            summary: "What to do, step by step.".into(),
            blocks,
        }
    }

    fn guide() -> Document {
        let heading = Block::Heading { level: 2, anchor: "log-in".into(), text: words("1. Log in") };
        let below = Block::Heading { level: 3, anchor: "code".into(), text: words("The code") };
        let link = |text: &str, target: &str| Inline::Link { text: text.into(), target: target.into() };
        let sentence = vec![
            Inline::Text("Press ".into()),
            Inline::Quote("Accedi".into()),
            Inline::Strong(" once".into()),
            link("portal", "https://portal.example/?a=1&b=2"),
            link("above", "#log-in"),
            link("nowhere", "#nowhere"),
            link("inside", "file:///etc/passwd"),
        ];
        let step = vec![Block::Actions(vec![action(1, "a"), action(2, "b")]), figure("pictures/login.png", "The form")];
        let more = Block::Actions(vec![action(3, "c")]);
        let inside = vec![Block::Paragraph(words("Wait.")), Block::Bullets(vec![words("x"), words("y")]), more.clone()];
        let aside = Block::Aside { tone: Tone::Trouble, title: "If it <fails>".into(), blocks: inside };
        document(vec![
            Block::Facts(vec![("Address".into(), sentence.clone()), ("Takes".into(), words("5 minutes"))]),
            heading,
            Block::Paragraph(sentence),
            Block::Together(step),
            below,
            more,
            aside,
            Block::Checklist(vec![words("PIN"), words("phone")]),
            figure("pictures/login.png", "Again \"<&>\""),
        ])
    }

    fn unpacked(document: &Document) -> BTreeMap<String, Vec<u8>> {
        let made = bytes(document, |_| Some(PNG.to_vec())).expect("a DOCX");
        let mut package = zip::ZipArchive::new(Cursor::new(made)).expect("a package");
        let mut parts = BTreeMap::new();
        for at in 0..package.len() {
            let mut part = package.by_index(at).expect("a part");
            assert_eq!(part.last_modified(), Some(zip::DateTime::default()), "{}", part.name());
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("its bytes");
            parts.insert(part.name().to_owned(), bytes);
        }
        parts
    }

    fn part<'a>(parts: &'a BTreeMap<String, Vec<u8>>, name: &str) -> &'a str {
        std::str::from_utf8(&parts[name]).expect("UTF-8")
    }

    fn all<'a>(xml: &'a Xml, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
        xml.descendants().filter(move |node| node.tag_name().name() == name)
    }

    fn value<'a>(node: &Node<'a, '_>, name: &str) -> Option<&'a str> {
        node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
    }

    /// Style and words of each paragraph, and whether it stays with the next.
    fn paragraphs(xml: &Xml) -> Vec<(String, String, bool)> {
        let told = |paragraph: Node| {
            let find = |name: &str| paragraph.descendants().find(|node| node.tag_name().name() == name);
            let style = find("pStyle").and_then(|style| value(&style, "val")).unwrap_or("Normal").to_owned();
            let words = paragraph.descendants().filter(|node| node.tag_name().name() == "t");
            (style, words.filter_map(|node| node.text()).collect(), find("keepNext").is_some())
        };
        all(xml, "p").map(told).collect()
    }

    #[test]
    fn each_part_is_well_formed_and_what_it_names_is_there() {
        let parts = unpacked(&guide());
        for name in parts.keys().filter(|name| !name.starts_with("word/media/")) {
            Xml::parse(part(&parts, name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let types = Xml::parse(part(&parts, "[Content_Types].xml")).expect("XML");
        for typed in all(&types, "Override") {
            assert!(parts.contains_key(value(&typed, "PartName").expect("a part").trim_start_matches('/')));
        }
        let relations = Xml::parse(part(&parts, "word/_rels/document.xml.rels")).expect("XML");
        let mut ids = Vec::new();
        for relation in all(&relations, "Relationship") {
            ids.push(value(&relation, "Id").expect("an id"));
            let target = value(&relation, "Target").expect("a target");
            if value(&relation, "TargetMode").is_none() {
                assert!(parts.contains_key(&format!("word/{target}")), "{target}");
            }
        }
        let text = Xml::parse(part(&parts, "word/document.xml")).expect("XML");
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        for named in text.descendants().flat_map(|node| node.attributes()).filter(|it| it.namespace() == Some(office)) {
            assert!(ids.contains(&named.value()), "{}", named.value());
        }
        let styles = part(&parts, "word/styles.xml");
        for style in text.descendants().filter(|node| matches!(node.tag_name().name(), "pStyle" | "rStyle")) {
            let id = value(&style, "val").expect("a style");
            assert!(styles.contains(&format!("w:styleId=\"{id}\"")), "{id}");
        }
        assert_eq!(parts["word/media/image1.png"], PNG);
        assert!(!parts.contains_key("word/media/image2.png"), "a picture that is shown twice is there once");
    }

    #[test]
    fn headings_actions_and_pictures_are_what_they_are_called() {
        let parts = unpacked(&guide());
        let xml = Xml::parse(part(&parts, "word/document.xml")).expect("XML");
        let told = paragraphs(&xml);
        let has = |style: &str, words: &str| {
            told.iter()
                .find(|it| it.0 == style && it.1 == words)
                .unwrap_or_else(|| panic!("{style} {words}: {told:#?}"))
        };
        assert!(has("Title", "How to renew").2);
        assert!(has("Heading1", "1. Log in").2);
        assert!(has("Heading2", "The code").2);
        assert!(has("ListNumber", "a").2 && has("ListNumber", "b").2, "actions stay with their picture");
        assert!(has("Figure", "").2, "a picture stays with what stands below it");
        assert!(!has("Caption", "La pagina di accesso").2);
        assert!(has("BoxTitle", "If it <fails>").2);
        has("ListBullet", "y");
        has("Checklist", "☐PIN");
        has("Term", "Address");
        has("Normal", "Press “Accedi” onceportalabovenowhereinside");
        let alts: Vec<_> = all(&xml, "docPr").map(|node| (value(&node, "id"), value(&node, "descr"))).collect();
        let ids: std::collections::BTreeSet<_> = alts.iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(alts.iter().map(|(_, alt)| *alt).collect::<Vec<_>>(), [Some("The form"), Some("Again \"<&>\"")]);
        // 1 and 2 are one list; each 3 begins one of its own.
        let lists: Vec<_> = all(&xml, "numId").map(|node| value(&node, "val").unwrap_or_default()).collect();
        assert_eq!(lists, ["3", "3", "4", "5"]);
        let numbering = Xml::parse(part(&parts, "word/numbering.xml")).expect("XML");
        let starts: Vec<_> = all(&numbering, "startOverride").filter_map(|node| value(&node, "val")).collect();
        assert_eq!(starts, ["1", "3", "3"]);
        let links: Vec<_> = all(&xml, "hyperlink").map(|node| value(&node, "anchor").or(value(&node, "id"))).collect();
        assert_eq!(links, [Some("link0"), Some("_Ref1"), Some("link0"), Some("_Ref1")]);
        assert!(all(&xml, "bookmarkStart").any(|node| value(&node, "name") == Some("_Ref1")));
        assert!(part(&parts, "word/_rels/document.xml.rels").contains("https://portal.example/?a=1&amp;b=2"));
        assert!(!part(&parts, "word/_rels/document.xml.rels").contains("file:"));
        assert!(all(&xml, "lang").all(|node| value(&node, "val") == Some("it-IT")), "the portal's own words");
        assert!(part(&parts, "word/styles.xml").contains("<w:lang w:val=\"en-GB\"/>"));
    }

    #[test]
    fn pictures_fit_the_page_and_keep_their_form() {
        let size = |width: u32, height: u32| {
            let mut blocks = vec![figure("a.png", "")];
            if let Block::Figure(figure) = &mut blocks[0] {
                (figure.width, figure.height) = (width, height);
            }
            let parts = unpacked(&document(blocks));
            let xml = Xml::parse(part(&parts, "word/document.xml")).expect("XML");
            let extent = all(&xml, "extent").next().expect("a picture");
            let length =
                |name| value(&extent, name).and_then(|it| it.parse::<f64>().ok()).expect("a length") / 360_000.0;
            (length("cx"), length("cy"))
        };
        assert_eq!(size(192, 96), (5.08, 2.54), "a small one is as large as on the page, centimetres");
        let (width, height) = size(1280, 800);
        assert!((16.9..=17.01).contains(&width) && (width / height - 1.6).abs() < 0.001, "{width} {height}");
        let (width, height) = size(1000, 4000);
        assert!(height < 15.6 && (height / width - 4.0).abs() < 0.001, "{width} {height}");
        size(0, 0);
    }

    #[test]
    fn nothing_of_machine_or_day_is_in_it_and_the_same_document_gives_the_same_bytes() {
        let twice = [bytes(&guide(), |_| Some(PNG.to_vec())), bytes(&guide(), |_| Some(PNG.to_vec()))];
        let [Ok(one), Ok(two)] = twice else { panic!("a DOCX") };
        assert!(one == two);
        let parts = unpacked(&guide());
        let core = Xml::parse(part(&parts, "docProps/core.xml")).expect("XML");
        let told: Vec<_> = core.root_element().children().map(|node| (node.tag_name().name(), node.text())).collect();
        let title = ("title", Some("How to renew"));
        assert_eq!(told, [title, ("description", Some("What to do, step by step.")), ("language", Some("en"))]);
    }

    #[test]
    fn hostile_words_stay_words() {
        let hostile = "]]></w:t><w:p/>&amp;\u{0}\u{b}\u{ffff}\"'\n\t{language}";
        let mut hostile_guide = document(vec![
            Block::Heading { level: 9, anchor: hostile.into(), text: words(hostile) },
            Block::Paragraph(vec![Inline::Link {
                text: hostile.into(),
                target: format!("https://a.example/{hostile}"),
            }]),
            Block::Aside { tone: Tone::Note, title: hostile.into(), blocks: Vec::new() },
            Block::Facts(Vec::new()),
            figure(hostile, hostile),
        ]);
        hostile_guide.title = hostile.into();
        hostile_guide.language = hostile.into();
        let parts = unpacked(&hostile_guide);
        for name in parts.keys().filter(|name| !name.starts_with("word/media/")) {
            Xml::parse(part(&parts, name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let xml = Xml::parse(part(&parts, "word/document.xml")).expect("XML");
        let shown = "]]></w:t><w:p/>&amp;\"'  {language}";
        assert!(paragraphs(&xml).iter().any(|(style, words, _)| style == "Heading3" && words == shown), "{xml:?}");
    }

    #[test]
    fn a_picture_that_is_not_there_is_named() {
        let error = bytes(&guide(), |_| None).expect_err("no picture");
        assert!(matches!(&error, DocxError::Picture { file } if file == "pictures/login.png"), "{error}");
    }
}

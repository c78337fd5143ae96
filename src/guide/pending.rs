//! Stands for the parts of the guide compiler that are written on other branches, with their signatures; goes when they come.

/// `guide::compile`
pub mod compile {
    use jiff::civil::Date;

    use crate::flow::model::{Flow, Task};
    use crate::guide::document::Document;
    use crate::guide::drawing::Drawing;
    use crate::guide::edition::Changed;
    use crate::record::{Rect, StageRecord};

    /// What a guide is made of.
    #[derive(Debug, Clone, Copy)]
    #[expect(missing_docs, reason = "as there")]
    pub struct Material<'a> {
        pub flow: &'a Flow,
        pub task: &'a Task,
        pub stages: &'a [StageRecord],
        pub origin: Origin,
        pub verified: Option<&'a Verified>,
        pub changes: &'a [Changed],
    }

    /// Where a guide's pictures come from.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[expect(missing_docs, reason = "as there")]
    pub enum Origin {
        Practice,
        Rehearsal,
        Run,
    }

    /// When and with what a guide was found true.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[expect(missing_docs, reason = "as there")]
    pub struct Verified {
        pub day: Date,
        pub browser: String,
        pub version: String,
        pub portal: String,
    }

    /// How much a document says.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[expect(missing_docs, reason = "as there")]
    pub enum Form {
        Whole,
        Checklist,
    }

    /// The pictures of the guide.
    ///
    /// # Errors
    /// As there.
    pub fn drawings(
        _: &Material,
        _: impl Fn(&Drawing, (u32, u32)) -> Option<Rect>,
    ) -> Result<Vec<Drawing>, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    /// The document in a language.
    ///
    /// # Errors
    /// As there.
    pub fn document(material: &Material, _: &[Drawing], language: &str, _: Form) -> Result<Document, String> {
        let has = languages(material.flow);
        if !has.iter().any(|known| known == language) {
            let name = &material.flow.name;
            return Err(format!("the flow `{name}` says nothing in `{language}`; it has {}", has.join(", ")));
        }
        for stage in material.task.stages.iter().filter_map(|id| material.flow.stage(id)) {
            if stage.guide.is_none() {
                let line = material.flow.source.position(stage.span.start).line;
                let place = format!("{}:{line}", material.flow.source.name());
                return Err(format!(
                    "{place}: the stage `{}` has no `guide`: write what its reader does there, as `guide = {{ it = \"…\", en = \"…\" }}`",
                    stage.id
                ));
            }
        }
        Ok(Document {
            language: language.to_owned(),
            portal_language: String::new(),
            title: String::new(),
            summary: String::new(),
            blocks: Vec::new(),
        })
    }

    /// The languages of a flow.
    #[must_use]
    pub fn languages(flow: &Flow) -> Vec<String> {
        flow.title.0.keys().cloned().collect()
    }
}

/// `guide::picture`
pub mod picture {
    use crate::guide::drawing::Drawing;
    use crate::record::Rect;

    /// Draws it.
    ///
    /// # Errors
    /// As there.
    pub fn draw(_: &[u8], _: &Drawing) -> Result<Vec<u8>, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    /// The piece that is shown larger.
    #[must_use]
    pub fn detail(_: &Drawing, _: (u32, u32)) -> Option<Rect> {
        None
    }
}

/// `guide::markdown`
pub mod markdown {
    use crate::guide::document::Document;

    /// The document as Markdown.
    #[must_use]
    pub fn text(_: &Document) -> String {
        String::new()
    }
}

/// `guide::html`
pub mod html {
    use crate::guide::document::Document;

    /// The document as a page.
    ///
    /// # Errors
    /// As there.
    pub fn page(_: &Document, _: impl Fn(&str) -> Option<Vec<u8>>) -> Result<String, std::fmt::Error> {
        Ok(String::new())
    }
}

/// `guide::docx`
pub mod docx {
    use crate::guide::document::Document;

    /// The document as DOCX.
    ///
    /// # Errors
    /// As there.
    pub fn bytes(_: &Document, _: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, std::fmt::Error> {
        Err(std::fmt::Error)
    }
}

/// `guide::pdf`
pub mod pdf {
    /// The same PDF with steady bytes.
    ///
    /// # Errors
    /// As there.
    pub fn steady(_: &[u8]) -> Result<Vec<u8>, std::fmt::Error> {
        Err(std::fmt::Error)
    }
}

/// `guide::splice`
pub mod splice {
    /// Why it cannot.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    pub struct SpliceError(String);

    /// Replaces what stands between the marks.
    ///
    /// # Errors
    /// As there.
    pub fn splice(existing: &str, made: &str) -> Result<String, SpliceError> {
        let (begin, end) = ("<!-- rinnova:begin -->", "<!-- rinnova:end -->");
        let Some((head, rest)) = existing.split_once(begin) else {
            let why = format!("there is no `{begin}` and no `{end}`: what stands between them is replaced");
            return Err(SpliceError(why));
        };
        let (_, tail) = rest.split_once(end).ok_or_else(|| SpliceError(format!("there is no `{end}`")))?;
        Ok(format!("{head}{begin}\n{made}\n{end}{tail}"))
    }
}

/// `browser::print`
pub mod print {
    use crate::browser::page::Page;

    /// A printed document.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "as there")]
    pub struct Print {
        pub pdf: Vec<u8>,
        pub tagged: bool,
    }

    /// Stands for a method of the page.
    #[expect(async_fn_in_trait, reason = "a method there")]
    pub trait Prints {
        /// Prints an HTML document.
        ///
        /// # Errors
        /// As there.
        async fn print(&mut self, html: &str) -> Result<Print, std::fmt::Error>;
    }

    impl Prints for Page {
        async fn print(&mut self, _: &str) -> Result<Print, std::fmt::Error> {
            Err(std::fmt::Error)
        }
    }
}

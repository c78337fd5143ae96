//! Flow and record become the document: what it says, in which order, and which pictures show it. Nothing of it depends on when
//! or by whom it is made.

mod checklist;
mod figures;
mod head;
mod inline;
mod part;
mod section;
mod tail;
mod trouble;

use self::part::{Part, parts};
use super::document::{Block, Document};
use super::drawing::Drawing;
use super::edition::{Changed, Verification};
use super::words::{self, Tongue};
use crate::flow::model::{Flow, Task};
use crate::record::{Rect, StageRecord};

/// What a guide is made of.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// The task that it teaches.
    pub task: &'a Task,
    /// The stages of a run of this task, with pictures that are made ready for a guide.
    pub stages: &'a [StageRecord],
    /// Where they come from.
    pub origin: Origin,
    /// When and with what it was found true. Without: it is not told.
    pub verified: Option<&'a Verification>,
    /// What is different for readers since the last edition.
    pub changes: &'a [Changed],
}

/// Where a guide's pictures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// All from the practice portal.
    Practice,
    /// Up to the last stage that a rehearsal enters from the real portal, what follows from the practice portal.
    Rehearsal,
    /// All from a run on the real portal.
    Run,
}

/// How much a document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// All of it, with pictures.
    Whole,
    /// A page with boxes to tick.
    Checklist,
}

/// Why a guide cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Nobody has written what a reader does in a stage.
    #[error(
        "{place}: the stage `{stage}` has no `guide`: write what its reader does there, as `guide = {{ it = \"…\", en = \"…\" }}`"
    )]
    NoProse {
        /// The stage.
        stage: String,
        /// File and line.
        place: String,
    },
    /// The flow says nothing in this language.
    #[error("the flow `{flow}` says nothing in `{language}`; it has {}", has.join(", "))]
    NoLanguage {
        /// The flow.
        flow: String,
        /// What was asked for.
        language: String,
        /// The languages that it has, in order.
        has: Vec<String>,
    },
    /// The run ended before.
    #[error(
        "the run did not come to the stage `{stage}`: a guide is made of a run that has entered all stages of its task"
    )]
    NotEntered {
        /// The stage.
        stage: String,
    },
    /// There is nothing to show of a stage.
    #[error("there is no picture of the stage `{stage}` that may be shown: {why}")]
    NoPicture {
        /// The stage, as the record names it.
        stage: String,
        /// Why there is none.
        why: String,
    },
}

/// What all parts of one document know.
struct Making<'a> {
    material: &'a Material<'a>,
    parts: Vec<Part<'a>>,
    drawings: &'a [Drawing],
    language: &'a str,
    form: Form,
    tongue: &'static Tongue,
}

/// The pictures of the guide, each with what is drawn on it, in the order of the document; the same in all languages. `detail`
/// says which piece of a picture is shown larger, given its width and height.
///
/// # Errors
/// When the run did not enter a stage, or a picture is missing.
pub fn drawings(
    material: &Material,
    detail: impl Fn(&Drawing, (u32, u32)) -> Option<Rect>,
) -> Result<Vec<Drawing>, CompileError> {
    figures::drawings(material, &parts(material)?, detail)
}

/// The document in a language. `drawings` are the guide's pictures, as [`drawings`] gives them.
///
/// # Errors
/// When the flow does not have the language, a stage lacks its prose, or the run did not enter it.
pub fn document(
    material: &Material,
    drawings: &[Drawing],
    language: &str,
    form: Form,
) -> Result<Document, CompileError> {
    let flow = material.flow;
    let has = languages(flow);
    if !has.iter().any(|known| known == language) {
        return Err(CompileError::NoLanguage { flow: flow.name.clone(), language: language.to_owned(), has });
    }
    let parts = parts(material)?;
    let making = Making { material, parts, drawings, language, form, tongue: words::of(language) };
    let title = inline::harmless(flow.title.get(language).unwrap_or(&flow.name));
    let title = if making.is_main() { title } else { format!("{title} ({})", material.task.name) };
    let purpose = making.purpose();
    let (title, summary, blocks) = match form {
        Form::Whole => (title.clone(), purpose.unwrap_or(title), making.whole()),
        Form::Checklist => {
            let named = inline::filled(making.tongue.checklist, &[("title", inline::text(&title))]);
            (inline::shown(&named, making.tongue), making.tongue.checklist_summary.to_owned(), making.checklist())
        }
    };
    Ok(Document { language: language.to_owned(), portal_language: flow.language.clone(), title, summary, blocks })
}

/// The languages in which a flow says something to the readers of its guide, in order.
#[must_use]
pub fn languages(flow: &Flow) -> Vec<String> {
    let guide = flow.guide.as_ref();
    let prose = flow.stages.iter().flat_map(|stage| std::iter::once(&stage.title).chain(&stage.guide));
    let said = std::iter::once(&flow.title).chain(prose).chain(guide.and_then(|guide| guide.purpose.as_ref()));
    let needs = guide.into_iter().flat_map(|guide| guide.needs.keys());
    let mut languages: Vec<String> = said.flat_map(|words| words.0.keys()).chain(needs).cloned().collect();
    languages.sort();
    languages.dedup();
    languages
}

impl Making<'_> {
    /// The task is what the flow is there for: what it says of purpose, time and window holds.
    fn is_main(&self) -> bool {
        self.material.flow.renewal.as_ref().is_none_or(|renewal| renewal.task == self.material.task.name)
    }

    fn purpose(&self) -> Option<String> {
        let purpose = self.material.flow.guide.as_ref().and_then(|guide| guide.purpose.as_ref());
        let purpose = purpose.filter(|_| self.is_main()).and_then(|words| words.get(self.language));
        purpose.map(inline::harmless)
    }

    fn whole(&self) -> Vec<Block> {
        let mut blocks = self.head();
        blocks.extend(self.sections());
        blocks.extend(self.tail());
        blocks
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use jiff::civil::date;

    use super::{Changed, CompileError, Form, Material, Origin, document, drawings, languages};
    use crate::flow::load;
    use crate::flow::model::{Flow, Task};
    use crate::flow::step::{Action, Step};
    use crate::guide::document::{Block, Document, Figure, Inline, Line};
    use crate::guide::drawing::Drawing;
    use crate::guide::edition::Verification;
    use crate::guide::{html, markdown};
    use crate::record::{Item, Mark, Outcome, Outline, Rect, ShotRecord, StageRecord, Staged};

    const MYSIGN: &str = include_str!("../../flows/mysign.toml");
    const NCFR: &str = include_str!("../../flows/ncfr.toml");

    fn flow(name: &str, text: &str) -> Flow {
        load::parse(name, text).expect("a flow").flow
    }

    /// The stages as a run for a guide leaves them: one picture each, at twice the page's size, where every step's element stands
    /// below the one before.
    fn stages(flow: &Flow, task: &Task) -> Vec<StageRecord> {
        let mut stages: Vec<StageRecord> = Vec::new();
        for id in &task.stages {
            let stage = flow.stage(id).expect("a stage");
            let times = stages.iter().filter(|record| record.id == *id).count();
            let name = if times == 0 { id.clone() } else { format!("{id}-{}", times + 1) };
            let clicks = stage.steps.iter().any(|step| matches!(step.action, Action::Click(_)));
            let mark = |(at, step): (u32, &Step)| {
                let place = flow.source.position(step.span.start);
                let rect = Rect { x: 200, y: 100 * (at + 1), width: 400, height: 60 };
                step.action.target().map(|_| Mark { line: place.line, column: place.column, place: rect })
            };
            let marks = (0..).zip(&stage.steps).filter_map(mark).collect();
            let shot = ShotRecord {
                file: Some(format!("shots/{name}.png")),
                name: name.clone(),
                width: 2560,
                height: 1600,
                digest: String::new(),
                target: clicks.then_some(Rect { x: 200, y: 700, width: 300, height: 80 }),
                highlights: Vec::new(),
                covered: Vec::new(),
                personal: Vec::new(),
                staged: Some(Staged { scale: 2, marks, ..Staged::default() }),
                withheld: None,
            };
            let heading = |name: &str| Item { role: "heading".into(), name: name.into(), ..Item::default() };
            let page = if id == "home" { "Ciao, Maria Bianchi" } else { "Rinnova firma" };
            stages.push(StageRecord {
                id: id.clone(),
                name,
                title: stage.title.get("it").unwrap_or_default().to_owned(),
                outcome: Outcome::Passed,
                began_ms: 0,
                took_ms: 0,
                steps: Vec::new(),
                shots: vec![shot],
                outline: Some(Outline { items: vec![heading(page)], ..Outline::default() }),
            });
        }
        stages
    }

    fn verified() -> Verification {
        let (browser, version) = ("chromium".into(), "156.0.8078.79".into());
        Verification { day: date(2026, 11, 8), browser, version, portal: "https://mysign.infocert.it/".into() }
    }

    fn piece(drawing: &Drawing, _: (u32, u32)) -> Option<Rect> {
        (drawing.shot == "consents").then_some(Rect { x: 0, y: 400, width: 800, height: 500 })
    }

    fn made(material: &Material, language: &str, form: Form) -> Document {
        let drawings = drawings(material, piece).expect("drawings");
        document(material, &drawings, language, form).expect("a document")
    }

    fn with_material<R>(flow: &Flow, task: &str, then: impl FnOnce(Material) -> R) -> R {
        let task = flow.task(task).expect("a task");
        let (stages, verified) = (stages(flow, task), verified());
        let origin = Origin::Practice;
        then(Material { flow, task, stages: &stages, origin, verified: Some(&verified), changes: &[] })
    }

    /// `RINNOVA_BLESS=1` rewrites them.
    #[test]
    fn the_guides_of_both_portals_say_what_they_are_known_to_say() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guide");
        for (name, text) in [("mysign.toml", MYSIGN), ("ncfr.toml", NCFR)] {
            let flow = flow(name, text);
            for language in ["it", "en"] {
                for (form, ending) in [(Form::Whole, ""), (Form::Checklist, "-checklist")] {
                    let said = with_material(&flow, "renew", |material| {
                        let document = made(&material, language, form);
                        // Nobody is shown a page that cannot be made.
                        html::page(&document, |_| Some(Vec::new())).expect("a page");
                        markdown::text(&document)
                    });
                    let file = folder.join(format!("{}{ending}.{language}.md", flow.name));
                    if std::env::var_os("RINNOVA_BLESS").is_some() {
                        fs::write(&file, &said).expect("a golden file");
                    }
                    let known = fs::read_to_string(&file).unwrap_or_default();
                    assert_eq!(said, known, "{}: see it with RINNOVA_BLESS=1 and git diff", file.display());
                }
            }
        }
    }

    #[test]
    fn a_callout_has_the_number_of_its_action() {
        let flow = flow("mysign.toml", MYSIGN);
        with_material(&flow, "renew", |material| {
            let drawings = drawings(&material, piece).expect("drawings");
            let numbers = |shot: &str| -> Vec<usize> {
                let whole = drawings.iter().find(|drawing| drawing.shot == shot).expect("a drawing");
                whole.callouts.iter().map(|callout| callout.number).collect()
            };
            // The portal is opened, then: user, password, click.
            assert_eq!(numbers("login"), [2, 3, 4]);
            assert_eq!(numbers("consents"), [1, 2, 3, 4]);
            // What a reader need not read has no number.
            assert_eq!(numbers("certificate"), [2]);
            let files: Vec<&str> = drawings.iter().map(|drawing| drawing.file.as_str()).collect();
            assert_eq!(files.len(), 11);
            assert!(files.contains(&"pictures/consents-detail.png") && files.contains(&"pictures/certificate-2.png"));

            let document = document(&material, &drawings, "it", Form::Whole).expect("a document");
            let detail = figures(&document.blocks).into_iter().find(|figure| figure.file.ends_with("-detail.png"));
            let detail = detail.expect("the piece");
            assert_eq!((detail.width, detail.height), (400, 250));
            assert_eq!(detail.alt, "Particolare ingrandito della schermata, con un riquadro attorno a «Conferma».");
        });
    }

    fn figures<'a>(blocks: &'a [Block]) -> Vec<&'a Figure> {
        let inside = |block: &'a Block| match block {
            Block::Figure(figure) => vec![figure],
            Block::Together(blocks) | Block::Aside { blocks, .. } => figures(blocks),
            _ => Vec::new(),
        };
        blocks.iter().flat_map(inside).collect()
    }

    fn lines(blocks: &[Block]) -> Vec<Line> {
        let inside = |block: &Block| match block {
            Block::Heading { text, .. } | Block::Paragraph(text) => vec![text.clone()],
            Block::Bullets(lines) | Block::Checklist(lines) => lines.clone(),
            Block::Actions(actions) => actions.iter().map(|action| action.text.clone()).collect(),
            Block::Facts(facts) => facts.iter().map(|(_, line)| line.clone()).collect(),
            Block::Figure(figure) => vec![figure.caption.clone()],
            Block::Aside { blocks, .. } | Block::Together(blocks) => lines(blocks),
        };
        blocks.iter().flat_map(inside).collect()
    }

    #[test]
    fn headings_go_down_one_by_one_and_every_link_leads_somewhere() {
        for (name, text) in [("mysign.toml", MYSIGN), ("ncfr.toml", NCFR)] {
            let flow = flow(name, text);
            for (task, form) in
                [("renew", Form::Whole), ("renew", Form::Checklist), ("status", Form::Whole), ("resume", Form::Whole)]
            {
                let document = with_material(&flow, task, |material| made(&material, "it", form));
                let mut anchors = Vec::new();
                let mut depth = 1;
                for block in &document.blocks {
                    if let Block::Heading { level, anchor, .. } = block {
                        assert!(*level >= 2 && *level <= depth + 1, "{anchor}");
                        assert!(!anchors.contains(anchor), "{anchor}");
                        depth = *level;
                        anchors.push(anchor.clone());
                    }
                }
                for piece in lines(&document.blocks).into_iter().flatten() {
                    if let Inline::Link { target, .. } = piece
                        && let Some(anchor) = target.strip_prefix('#')
                    {
                        assert!(anchors.iter().any(|known| known == anchor), "{name} {task} {anchor}");
                    }
                }
            }
        }
    }

    #[test]
    fn readers_are_told_where_pictures_come_from_and_what_has_changed() {
        let flow = flow("mysign.toml", MYSIGN);
        let changes = [
            Changed::Removed { title: "3. Vecchia".into() },
            Changed::Sentence {
                anchor: "open".into(),
                title: "4. Avviare il rinnovo".into(),
                before: Some("Premere «Rinnova».".into()),
                now: Some("Premere «Rinnova firma».".into()),
            },
            Changed::Picture {
                anchor: "open".into(),
                title: "4. Avviare il rinnovo".into(),
                before: "pictures/open-before.png".into(),
                now: "pictures/open.png".into(),
            },
        ];
        with_material(&flow, "renew", |material| {
            let material = Material { origin: Origin::Rehearsal, changes: &changes, ..material };
            let document = made(&material, "it", Form::Whole);
            let said = markdown::text(&document);
            for expected in [
                "**Verifica:** L'8 novembre 2026, con Chromium 156: la prima parte su https://mysign.infocert.it, il resto",
                "**Novità:** [Che cosa è cambiato dall'ultima edizione](#guide-changes)",
                "Fino al [passo 5](#consents) le immagini vengono dal portale vero.",
                "> - 3\\. Vecchia: questa parte non c'è più.",
                "[4. Avviare il rinnovo](#open): dove si leggeva ‘Premere «Rinnova».’ ora si legge ‘Premere «Rinnova firma».’.",
                "(pictures/open-before.png)",
            ] {
                assert!(said.contains(expected), "{expected}\nnot in\n{said}");
            }
            let practice = |file: &str| {
                let figure =
                    figures(&document.blocks).into_iter().find(|figure| figure.file == file).expect("a figure");
                figure.alt.ends_with("Immagine del portale di esercizio.")
            };
            assert!(!practice("pictures/consents.png") && practice("pictures/sign.png"));
        });
    }

    #[test]
    fn what_a_guide_cannot_be_made_of_is_told() {
        let bare = MYSIGN.replace("guide = { it = \"Premere **Rinnova firma**", "#");
        let line = bare.lines().position(|line| line == "id    = \"open\"").expect("the stage");
        let without_prose = flow("mysign.toml", &bare);
        let found =
            with_material(&without_prose, "renew", |material| drawings(&material, piece)).expect_err("no prose");
        assert_eq!(found, CompileError::NoProse { stage: "open".into(), place: format!("mysign.toml:{line}") });

        let flow = flow("mysign.toml", MYSIGN);
        with_material(&flow, "renew", |material| {
            let document = |language| document(&material, &[], language, Form::Whole).expect_err("no such language");
            assert_eq!(document("xx").to_string(), "the flow `mysign` says nothing in `xx`; it has en, it");
            assert_eq!(languages(&flow), ["en", "it"]);

            let short = Material { stages: &material.stages[..3], ..material };
            assert_eq!(drawings(&short, piece), Err(CompileError::NotEntered { stage: "open".into() }));

            let mut stages = material.stages.to_vec();
            stages[1].shots[0].staged = None;
            let own = drawings(&Material { stages: &stages, ..material }, piece).expect_err("the holder's data");
            assert!(
                own.to_string().contains("`certificate`") && own.to_string().contains("holder's own data"),
                "{own}"
            );
            stages[1].shots[0].withheld = Some("the page would not stand still".into());
            let withheld = drawings(&Material { stages: &stages, ..material }, piece).expect_err("withheld");
            assert!(withheld.to_string().ends_with("the page would not stand still"), "{withheld}");
            stages[1].shots.clear();
            let none = drawings(&Material { stages: &stages, ..material }, piece).expect_err("no picture");
            assert!(none.to_string().ends_with("none was taken"), "{none}");
        });
    }

    #[test]
    fn what_a_flow_says_is_text_in_every_form() {
        let hostile = "<script>alert(1)</script>\"'><img src=x>](javascript:x) `x` ";
        let escaped = hostile.replace('\\', "\\\\").replace('"', "\\\"");
        let text = MYSIGN
            .replace("it = \"Rinnovo della firma digitale su MySign\"", &format!("it = \"{escaped}\""))
            .replace("says    = \"User ID o password non corretti.\"", &format!("says = \"{escaped}\""))
            .replace("it = \"Inserire lo User ID", &format!("it = \"{escaped} Inserire lo User ID"));
        let flow = flow("mysign.toml", &text);
        for form in [Form::Whole, Form::Checklist] {
            let document = with_material(&flow, "renew", |material| made(&material, "it", form));
            let page = html::page(&document, |_| Some(Vec::new())).expect("a page");
            let markdown = markdown::text(&document);
            for forbidden in ["<script", "<img src=x"] {
                assert!(!page.contains(forbidden) && !markdown.contains(forbidden), "{forbidden}");
            }
            assert!(
                page.contains("&lt;script&gt;")
                    && markdown.contains("&lt;script&gt;")
                    && markdown.matches("](javascript").count() == markdown.matches("\\](javascript").count()
            );
        }
    }
}

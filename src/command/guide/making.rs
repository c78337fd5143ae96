//! The new edition of a guide: pictures, documents, and which of them are written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::origin::Taken;
use super::{Splice, Wanted};
use crate::browser::installed;
use crate::browser::session::Session;
use crate::cli::{GuideForm, GuideFormat};
use crate::command::{Failure, attempt};
use crate::exit::Verdict;
use crate::guide::compile;
use crate::guide::document::{Block, Document};
use crate::guide::drawing::Drawing;
use crate::guide::edition::{
    self, Changed, Decided, Edition, FORMAT, MANIFEST, Picture, REDACTION, Rewrite, Text, Update, Why,
};
use crate::guide::{docx, html, markdown, pdf, picture, splice};
use crate::record::ShotRecord;
use crate::settings::BrowserName;
use crate::stop::Stop;
use crate::store;

/// The new edition, and what is different in its files.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) edition: Edition,
    /// What is written, the manifest last.
    pub(super) rewrites: Vec<Rewrite>,
    /// What goes.
    pub(super) gone: Vec<String>,
    /// What would go, but was edited after it was made.
    pub(super) left: Vec<String>,
    /// The user's own document with the guide in it, where that is different.
    pub(super) spliced: Option<String>,
    /// PDFs were printed without tags and outline.
    pub(super) untagged: bool,
}

impl Made {
    /// Something is written or goes.
    pub(super) fn differs(&self) -> bool {
        !self.rewrites.is_empty() || !self.gone.is_empty() || self.spliced.is_some()
    }

    /// Something that is read is different: the manifest alone is for the next edition.
    pub(super) fn is_read_otherwise(&self) -> bool {
        self.rewrites.iter().any(|rewrite| rewrite.file != MANIFEST) || !self.gone.is_empty() || self.spliced.is_some()
    }
}

/// Makes it, in memory.
///
/// # Errors
/// When a picture or a document cannot be made, what is there cannot be read, or somebody has asked to stop.
pub(super) async fn make(wanted: &Arc<Wanted>, taken: &Arc<Taken>, stop: &Stop) -> Result<Made, Failure> {
    let drawings = drawings(wanted, taken)?;
    let (of, from, what, ends) = (wanted.clone(), taken.clone(), drawings.clone(), stop.clone());
    let drawn = tokio::task::spawn_blocking(move || pictures(&of, &from, &what, &ends)).await;
    let decided = drawn.map_err(|error| Failure::failed(format!("the pictures could not be drawn: {error}")))??;
    let mut making =
        Making { wanted, taken, drawings, pictures: BTreeMap::new(), rewrites: Vec::new(), untagged: false };
    let mut edition = making.edition(decided)?;
    making.befores(&mut edition)?;
    making.documents(&mut edition, stop).await?;
    let report = edition::redaction(&edition).into_bytes();
    making.file(&mut edition, REDACTION, None, report)?;
    making.manifest(edition)
}

/// What is drawn on which shot.
fn drawings(wanted: &Wanted, taken: &Taken) -> Result<Vec<Drawing>, Failure> {
    let material = super::material(&wanted.flow, &wanted.task, &taken.stages, taken.origin);
    compile::drawings(&material, picture::detail).map_err(Failure::invalid)
}

/// Draws the pictures that may have changed, as many at a time as there are processors.
fn pictures(wanted: &Wanted, taken: &Taken, drawings: &[Drawing], stop: &Stop) -> Result<Vec<Decided>, Failure> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(drawing) = drawings.get(at) else { return done };
            let stopped = stop.asked().map(|verdict| Err(stopped(verdict)));
            done.push((at, stopped.unwrap_or_else(|| decided(wanted, taken, drawing))));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(drawings.len());
    let mut done: Vec<(usize, Result<Decided, Failure>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if done.len() < drawings.len() {
        return Err(Failure::failed("this is a fault of rinnova: a picture could not be drawn, see above"));
    }
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, decided)| decided).collect()
}

/// One picture: as it stays, or drawn anew.
fn decided(wanted: &Wanted, taken: &Taken, drawing: &Drawing) -> Result<Decided, Failure> {
    let of = |stage: &&crate::record::StageRecord| stage.shots.iter().any(|shot| shot.name == drawing.shot);
    let stage = taken.stages.iter().find(of);
    let shot = stage.and_then(|stage| stage.shots.iter().find(|shot| shot.name == drawing.shot));
    let (Some(shot), Some(png)) = (shot, taken.shots.get(&drawing.shot)) else {
        return Err(Failure::invalid(format!("the run has no picture `{}`", drawing.shot)));
    };
    // The outline is that of the page which the stage's own picture shows.
    let page = stage.filter(|stage| stage.name == drawing.shot).and_then(|stage| stage.outline.as_ref());
    let made = Picture {
        file: drawing.file.clone(),
        shot: drawing.shot.clone(),
        piece: drawing.piece.is_some(),
        structure: edition::structure(page, &taken.values, drawing),
        pixels: edition::digest(png),
        drawing: edition::drawn_by(drawing),
        replaced: replaced(shot),
        digest: String::new(),
    };
    let there = store::guide_file(&wanted.folder, &drawing.file).map_err(Failure::invalid)?;
    let browser = |verified: &edition::Verification| (verified.browser.clone(), verified.version.clone());
    let same = wanted.old.as_ref().is_some_and(|old| browser(&old.verified) == browser(&taken.verified));
    let how = (wanted.update, same);
    let draw = || {
        picture::draw(png, drawing)
            .map_err(|error| Failure::invalid(format!("the picture `{}`: {error}", drawing.file)))
    };
    edition::picture(made, wanted.old.as_ref(), there.as_deref(), how, draw)
}

/// How often each rule replaced something, and how much was filled solid.
fn replaced(shot: &ShotRecord) -> BTreeMap<String, usize> {
    let mut rules = BTreeMap::new();
    if let Some(staged) = &shot.staged {
        for replaced in &staged.replaced {
            *rules.entry(replaced.rule.clone()).or_default() += replaced.places.len();
        }
        rules.insert("value of a field".to_owned(), staged.fields.len());
    }
    rules.insert("filled solid".to_owned(), shot.covered.len() + shot.personal.len());
    rules.retain(|_, times| *times > 0);
    rules
}

fn stopped(verdict: Verdict) -> Failure {
    Failure { verdict, message: "stopped by a signal; the guide was not written".into() }
}

struct Making<'a> {
    wanted: &'a Wanted,
    taken: &'a Taken,
    drawings: Vec<Drawing>,
    /// The pictures' files, those as they were among them.
    pictures: BTreeMap<String, Vec<u8>>,
    rewrites: Vec<Rewrite>,
    untagged: bool,
}

impl Making<'_> {
    /// What the documents say and show, and which edition that makes; its files are not known yet.
    fn edition(&mut self, decided: Vec<Decided>) -> Result<Edition, Failure> {
        let Self { wanted, taken, drawings, .. } = self;
        let mut texts = BTreeMap::new();
        for language in &wanted.languages {
            let what = (taken.origin, None, [].as_slice());
            let document = wanted.compiled(&taken.stages, drawings, (GuideForm::Whole, language), what)?;
            texts.insert(language.clone(), Text { sections: edition::sections(&document), changes: Vec::new() });
        }
        let mut pictures = Vec::new();
        for Decided { picture, bytes, rewrite } in decided {
            self.pictures.insert(picture.file.clone(), bytes);
            pictures.push(picture);
            self.rewrites.extend(rewrite);
        }
        let next = Edition {
            format: FORMAT,
            flow: wanted.flow.name.clone(),
            flow_digest: taken.flow_digest.clone(),
            task: wanted.task.name.clone(),
            verified: taken.verified.clone(),
            since: None,
            texts,
            pictures,
            files: Vec::new(),
        };
        Ok(match &wanted.old {
            None => next,
            Some(old) if wanted.update == Update::Missing => old.filled_up_by(next),
            Some(old) => old.followed_by(next, &self.rewrites),
        })
    }

    /// The pictures as they were, of what has changed; one that cannot be shown is told no more.
    fn befores(&mut self, edition: &mut Edition) -> Result<(), Failure> {
        for file in edition.befores() {
            let of = |rewrite: &&Rewrite| rewrite.why.is_seen() && edition::before(&rewrite.file) == file;
            let fresh = self.rewrites.iter().find(of).and_then(|rewrite| rewrite.before.clone());
            let bytes = match fresh {
                Some(bytes) => Some(bytes),
                None => self.there(&file)?,
            };
            if let Some(bytes) = bytes {
                self.pictures.insert(file.clone(), bytes.clone());
                self.file(edition, &file, None, bytes)?;
                continue;
            }
            let shows = |change: &Changed| matches!(change, Changed::Picture { before, .. } if *before == file);
            for text in edition.texts.values_mut() {
                text.changes.retain(|change| !shows(change));
            }
        }
        Ok(())
    }

    /// The documents, each in its formats.
    async fn documents(&mut self, edition: &mut Edition, stop: &Stop) -> Result<(), Failure> {
        let wanted = self.wanted;
        let verified = edition.verified.clone();
        let mut pages = Vec::new();
        for form in wanted.forms.iter().copied() {
            for language in &wanted.languages {
                let changes = edition.texts.get(language).map(|text| text.changes.clone()).unwrap_or_default();
                let what = (self.taken.origin, Some(&verified), changes.as_slice());
                let document = wanted.compiled(&self.taken.stages, &self.drawings, (form, language), what)?;
                for format in wanted.formats.iter().copied() {
                    let name = wanted.document(form, language, format);
                    let picture = |file: &str| self.pictures.get(file).cloned();
                    let failed = |why: String| Failure::failed(format!("the document `{name}`: {why}"));
                    let page = || html::page(&document, picture).map_err(|error| failed(error.to_string()));
                    let bytes = match format {
                        GuideFormat::Md => markdown::text(&document).into_bytes(),
                        GuideFormat::Html => page()?.into_bytes(),
                        GuideFormat::Docx => {
                            docx::bytes(&document, picture).map_err(|error| failed(error.to_string()))?
                        }
                        GuideFormat::Pdf => {
                            pages.push((name.clone(), page()?));
                            continue;
                        }
                    };
                    self.file(edition, &name, None, bytes)?;
                }
            }
        }
        self.prints(edition, pages, stop).await
    }

    /// The PDFs whose pages have changed. For a check that is enough to know.
    async fn prints(
        &mut self,
        edition: &mut Edition,
        pages: Vec<(String, String)>,
        stop: &Stop,
    ) -> Result<(), Failure> {
        let mut due = Vec::new();
        for (name, page) in pages {
            let (source, there) = (edition::digest(&page), self.there(&name)?);
            let kept =
                edition::kept_print(&name, &source, self.wanted.old.as_ref(), there.as_deref(), self.wanted.update);
            match kept {
                Some(made) => edition.files.push(made),
                None if self.wanted.check => self.file(edition, &name, Some(source), Vec::new())?,
                None => due.push((name, page)),
            }
        }
        if due.is_empty() {
            return Ok(());
        }
        let mut options = self.taken.options.clone();
        // Only Chromium's own print has tags and an outline.
        if options.webdriver.is_empty() && installed::find(BrowserName::Chromium).is_ok() {
            options.browser = BrowserName::Chromium;
        }
        let session = Session::start(&options, stop.clone()).await;
        let mut session = session.map_err(|error| attempt::not_started(&error))?;
        let mut hears = stop.clone();
        let printed = tokio::select! {
            printed = print_all(&mut session, &due) => printed,
            () = hears.wait() => Err(stopped(hears.asked().unwrap_or(Verdict::Terminated))),
        };
        session.close().await;
        for ((name, page), (bytes, tagged)) in due.into_iter().zip(printed?) {
            self.untagged |= !tagged;
            self.file(edition, &name, Some(edition::digest(&page)), bytes)?;
        }
        Ok(())
    }

    /// A file that is no picture of the document.
    fn file(
        &mut self,
        edition: &mut Edition,
        name: &str,
        source: Option<String>,
        bytes: Vec<u8>,
    ) -> Result<(), Failure> {
        let there = self.there(name)?;
        let (made, rewrite) =
            edition::file(name, source, bytes, self.wanted.old.as_ref(), there.as_deref(), self.wanted.update);
        edition.files.push(made);
        self.rewrites.extend(rewrite);
        Ok(())
    }

    fn there(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        store::guide_file(&self.wanted.folder, name).map_err(Failure::invalid)
    }

    /// The end: what goes, the user's own document, and the manifest.
    fn manifest(mut self, mut edition: Edition) -> Result<Made, Failure> {
        let old = self.wanted.old.as_ref();
        if let Some(old) = old.filter(|_| self.wanted.update == Update::Missing) {
            let made: BTreeSet<&String> = edition.files.iter().map(|made| &made.file).collect();
            let others: Vec<_> = old.files.iter().filter(|known| !made.contains(&known.file)).cloned().collect();
            edition.files.extend(others);
        }
        // Whatever was printed, and when: the same files are told in the same order.
        edition.files.sort_by(|one, other| one.file.cmp(&other.file));
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        for file in edition::gone(old, &edition, self.wanted.update) {
            let Some(there) = self.there(&file)? else { continue };
            let ours = old.and_then(|old| old.digest_of(&file)) == Some(edition::digest(&there).as_str());
            if ours { gone.push(file) } else { left.push(file) }
        }
        let spliced = self.wanted.splice.as_ref().map(|splice| self.spliced(splice, &edition)).transpose()?.flatten();
        let text = edition.text().into_bytes();
        let before = self.there(MANIFEST)?;
        if before.as_deref() != Some(text.as_slice()) {
            let why = if before.is_some() { Why::Content } else { Why::New };
            self.rewrites.push(Rewrite { file: MANIFEST.into(), bytes: text, why, before });
        }
        let Self { rewrites, untagged, .. } = self;
        Ok(Made { edition, rewrites, gone, left, spliced, untagged })
    }

    /// The user's own document with the guide in it, where that is different from what is there. It has a title of its own.
    fn spliced(&self, into: &Splice, edition: &Edition) -> Result<Option<String>, Failure> {
        let (Some(form), Some(language)) = (self.wanted.forms.first(), self.wanted.languages.first()) else {
            return Ok(None);
        };
        let verified = edition.verified.clone();
        let changes = edition.texts.get(language).map(|text| text.changes.clone()).unwrap_or_default();
        let what = (self.taken.origin, Some(&verified), changes.as_slice());
        let mut document = self.wanted.compiled(&self.taken.stages, &self.drawings, (*form, language), what)?;
        reach(&mut document, &into.way);
        let text = markdown::text(&document);
        let text =
            text.strip_prefix("# ").and_then(|rest| rest.split_once('\n')).map_or(text.as_str(), |(_, rest)| rest);
        let made = splice::splice(&into.text, text.trim());
        let made = made.map_err(|error| Failure::invalid(format!("--splice: `{}`: {error}", into.path.display())))?;
        Ok(Some(made).filter(|made| *made != into.text))
    }
}

/// Lets a document find its pictures from another folder.
fn reach(document: &mut Document, way: &str) {
    fn within(blocks: &mut [Block], way: &str) {
        for block in blocks {
            match block {
                Block::Figure(figure) => figure.file.insert_str(0, way),
                Block::Aside { blocks, .. } | Block::Together(blocks) => within(blocks, way),
                _ => {}
            }
        }
    }
    within(&mut document.blocks, way);
}

async fn print_all(session: &mut Session, due: &[(String, String)]) -> Result<Vec<(Vec<u8>, bool)>, Failure> {
    let mut printed = Vec::new();
    for (name, page) in due {
        let failed = |why: String| Failure::failed(format!("the document `{name}` could not be printed: {why}"));
        let print = session.page.print(page).await.map_err(|error| failed(error.to_string()))?;
        let steady = pdf::steady(&print.pdf).map_err(|error| failed(error.to_string()))?;
        printed.push((steady, print.tagged));
    }
    Ok(printed)
}

//! What follows the last step: other messages, a renewal left half done, whom to ask, what has changed, how the guide was made.

use super::inline::{self, capital, filled, line, stopped, text};
use super::part::{Part, brink};
use super::section::heading;
use super::{Making, Origin};
use crate::flow::model::Stage;
use crate::guide::document::{Action, Block, Figure, Inline, Line, Tone};
use crate::guide::edition::Changed;

impl Making<'_> {
    pub(super) fn tail(&self) -> Vec<Block> {
        let mut blocks = self.half_done();
        blocks.extend(self.messages());
        if let Some(contact) = self.contact() {
            blocks.push(heading(2, "guide-contact", self.tongue.contact));
            blocks.push(Block::Paragraph(contact));
        }
        blocks.extend(self.changes());
        blocks.push(heading(2, "guide-about", self.tongue.about));
        blocks.push(Block::Paragraph(self.about()));
        blocks
    }

    pub(super) fn contact(&self) -> Option<Line> {
        let contact = self.material.flow.guide.as_ref().and_then(|guide| guide.contact.as_ref());
        contact.and_then(|contact| contact.get(self.language)).map(|contact| stopped(line(contact)))
    }

    /// Whether the guide says how a renewal left half done goes on.
    pub(super) fn resumes(&self) -> bool {
        self.is_main() && !self.way_on().is_empty()
    }

    /// The stages by which a renewal left half done goes on: each a part of the guide, or one of its own.
    fn way_on(&self) -> Vec<Result<&Part<'_>, &Stage>> {
        let flow = self.material.flow;
        let resume = flow.renewal.as_ref().and_then(|renewal| renewal.resume.as_ref());
        let Some(resume) = resume.and_then(|name| flow.task(name)) else { return Vec::new() };
        // From the end: what a stage entered twice is entered for is known by what follows.
        let mut rest = &self.parts[..];
        let mut way = Vec::new();
        for id in resume.stages.iter().rev() {
            if let Some(at) = rest.iter().rposition(|part| part.stage.id == *id) {
                way.push(Ok(&rest[at]));
                rest = &rest[..at];
            } else {
                way.extend(flow.stage(id).map(Err));
            }
        }
        way.reverse();
        way
    }

    fn half_done(&self) -> Vec<Block> {
        if !self.resumes() {
            return Vec::new();
        }
        let go_on = |(at, stage): (usize, Result<&Part, &Stage>)| {
            let text = match stage {
                Ok(part) => {
                    let title = text(&self.stage_title(part));
                    let line = filled(self.tongue.go_on, &[("step", self.step_link(part)), ("title", title)]);
                    stopped(capital(line))
                }
                Err(stage) => self.in_short(stage),
            };
            Action { number: at + 1, text }
        };
        vec![
            heading(2, "guide-half-done", self.tongue.half_done),
            Block::Paragraph(text(self.tongue.half_done_text)),
            Block::Actions(self.way_on().into_iter().enumerate().map(go_on).collect()),
        ]
    }

    /// A stage without a section: its prose, else its title.
    fn in_short(&self, stage: &Stage) -> Line {
        let words = stage.guide.as_ref().unwrap_or(&stage.title);
        stopped(line(words.get(self.language).unwrap_or(&stage.id)))
    }

    /// What has changed since the last edition, each with a link to where it stands.
    fn changes(&self) -> Vec<Block> {
        if self.material.changes.is_empty() {
            return Vec::new();
        }
        let mut blocks = Vec::new();
        for change in self.material.changes {
            let told = stopped(self.change(change));
            // A list ends where pictures follow it.
            match blocks.last_mut() {
                Some(Block::Bullets(lines)) => lines.push(told),
                _ => blocks.push(Block::Bullets(vec![told])),
            }
            blocks.extend(self.before_and_now(change).into_iter().map(Block::Figure));
        }
        let title = self.tongue.changes_for.to_owned();
        let aside = Block::Aside { tone: Tone::Change, title, blocks };
        vec![heading(2, "guide-changes", self.tongue.changes), aside]
    }

    fn change(&self, change: &Changed) -> Line {
        let tongue = self.tongue;
        let link = |anchor: &str, title: &str| {
            vec![Inline::Link { text: inline::harmless(title), target: format!("#{anchor}") }]
        };
        match change {
            Changed::Added { anchor, title } => filled(tongue.added, &[("title", link(anchor, title))]),
            Changed::Removed { title } => filled(tongue.removed, &[("title", text(&inline::harmless(title)))]),
            Changed::Renamed { anchor, before, now } => {
                filled(tongue.renamed, &[("title", link(anchor, now)), ("before", text(&inline::harmless(before)))])
            }
            Changed::Sentence { anchor, title, before, now } => {
                let sentence = match (before, now) {
                    (Some(_), Some(_)) => tongue.reworded,
                    (None, _) => tongue.said_more,
                    (Some(_), None) => tongue.said_less,
                };
                let part = |part: &Option<String>| line(part.as_deref().unwrap_or_default());
                filled(sentence, &[("title", link(anchor, title)), ("before", part(before)), ("now", part(now))])
            }
            Changed::Picture { anchor, title, .. } => filled(tongue.looks_different, &[("title", link(anchor, title))]),
        }
    }

    /// The pictures of a section as it looked and as it looks. The one before is taken to be of the same size.
    fn before_and_now(&self, change: &Changed) -> Vec<Figure> {
        let Changed::Picture { before, now, .. } = change else { return Vec::new() };
        let known = self.parts.iter().flat_map(|part| self.figures(part)).find(|figure| figure.file == *now);
        let Some(known) = known else { return Vec::new() };
        let figure = |file: &str, caption: &str| Figure {
            file: file.to_owned(),
            alt: format!("{caption}: {}", known.alt),
            caption: text(caption),
            ..known
        };
        vec![figure(before, self.tongue.before), figure(now, self.tongue.now)]
    }

    fn about(&self) -> Line {
        let origin = match self.material.origin {
            Origin::Practice => line(self.tongue.from_practice),
            Origin::Rehearsal => {
                let last = brink(self.material).min(self.parts.len().saturating_sub(1));
                let step = self.parts.get(last).map(|part| self.step_link(part)).unwrap_or_default();
                filled(self.tongue.from_rehearsal, &[("step", step)])
            }
            Origin::Run => line(self.tongue.from_run),
        };
        inline::listed(vec![line(self.tongue.invented), origin], " ", " ")
    }
}

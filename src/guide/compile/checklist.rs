//! The checklist: one page to print, a box for each thing to have and to do.

use super::Making;
use super::inline::text;
use super::section::heading;
use crate::guide::document::{Block, Inline, Line};

impl Making<'_> {
    pub(super) fn checklist(&self) -> Vec<Block> {
        let tongue = self.tongue;
        let mut facts = self.facts();
        // It has no such section, and no room.
        facts.retain(|(term, _)| term != tongue.news);
        facts.extend(self.contact().map(|contact| (tongue.contact.to_owned(), contact)));
        let mut blocks = vec![Block::Facts(facts)];
        let needs = self.needs();
        if !needs.is_empty() {
            blocks.extend([heading(2, "guide-needs", tongue.needs), Block::Checklist(needs)]);
        }
        blocks.extend(self.warnings());
        blocks.extend([heading(2, "guide-steps", tongue.steps), Block::Checklist(self.ticks())]);
        if self.is_main() && self.material.flow.renewal.is_some() {
            let noted = vec![text(tongue.expiry_noted)];
            blocks.extend([heading(2, "guide-end", tongue.at_the_end), Block::Checklist(noted)]);
        }
        blocks
    }

    /// A line for each part: its title and what there is to do.
    fn ticks(&self) -> Vec<Line> {
        let tick = |part| {
            let mut tick = vec![Inline::Strong(format!("{}.", self.numbered(part))), Inline::Text(" ".into())];
            tick.extend(self.prose(part));
            if part.commit().is_some() {
                tick.push(Inline::Text(" ".into()));
                tick.push(Inline::Strong(self.tongue.no_way_back.to_owned()));
            }
            tick
        };
        self.parts.iter().map(tick).collect()
    }
}

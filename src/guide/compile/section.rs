//! The numbered sections: one for each stage, with what to do, what it looks like and what may go wrong.

use super::Making;
use super::inline::{self, filled, line, stopped, text};
use super::part::Part;
use crate::flow::step::{self, Step};
use crate::guide::document::{Action, Block, Inline, Line, Tone};
use crate::guide::words::Preposition;

use super::head::{EXPIRES, RENEWED};

impl Making<'_> {
    pub(super) fn sections(&self) -> Vec<Block> {
        let mut blocks = vec![heading(2, "guide-steps", self.tongue.steps)];
        for part in &self.parts {
            self.section(part, &mut blocks);
        }
        blocks
    }

    fn section(&self, part: &Part, blocks: &mut Vec<Block>) {
        blocks.push(Block::Heading { level: 3, anchor: part.anchor(), text: text(&self.numbered(part)) });
        let mut together = vec![Block::Paragraph(self.prose(part))];
        together.extend(self.way_back(part));
        let action = |(number, step): &(usize, &Step)| Action { number: *number, text: self.action(step) };
        together.push(Block::Actions(part.actions.iter().map(action).collect()));
        together.extend(self.figures(part).into_iter().map(Block::Figure));
        blocks.push(Block::Together(together));
        blocks.extend(self.trouble(part));
    }

    /// A part by its number and title.
    pub(super) fn numbered(&self, part: &Part) -> String {
        format!("{}. {}", part.number, self.stage_title(part))
    }

    /// The title of a part; of a stage that is entered again what it is for then.
    pub(super) fn stage_title(&self, part: &Part) -> String {
        let title = inline::harmless(part.stage.title.get(self.language).unwrap_or(&part.stage.id));
        if self.shows_the_new_expiry(part) {
            self.tongue.new_expiry.to_owned()
        } else if part.again {
            inline::shown(&filled(self.tongue.again, &[("title", text(&title))]), self.tongue)
        } else {
            title
        }
    }

    fn shows_the_new_expiry(&self, part: &Part) -> bool {
        let renewal = self.material.flow.renewal.as_ref().filter(|_| self.is_main());
        part.again && renewal.is_some_and(|renewal| part.reads(&renewal.expires))
    }

    /// What the flow says to a part's reader, and what is different the second time.
    pub(super) fn prose(&self, part: &Part) -> Line {
        let prose = part.stage.guide.as_ref().and_then(|words| words.get(self.language)).unwrap_or_default();
        let more = if self.shows_the_new_expiry(part) {
            let day = |date| text(&(self.tongue.day)(date, Preposition::On));
            filled(self.tongue.new_expiry_text, &[("before", day(EXPIRES)), ("after", day(RENEWED))])
        } else if part.again && part.asks_for_a_code() {
            line(self.tongue.again_code)
        } else {
            return line(prose);
        };
        inline::listed(vec![stopped(line(prose)), more], " ", " ")
    }

    /// What is said before what cannot be undone.
    fn way_back(&self, part: &Part) -> Option<Block> {
        let (step, what) = part.commit()?;
        let what = text(&inline::harmless(what));
        let warning = filled(self.tongue.commit_text, &[("control", vec![self.control(step)]), ("what", what)]);
        Some(Block::Aside {
            tone: Tone::Warning,
            title: self.tongue.commit.to_owned(),
            blocks: vec![Block::Paragraph(warning)],
        })
    }

    /// A step as an action: its sentence; with the address where the portal is opened.
    pub(super) fn action(&self, step: &Step) -> Line {
        let sentence = line(&step.sentence(self.language));
        let portal = matches!(&step.action, step::Action::Open(path) if path.0 == [step::Part::Literal("/".into())]);
        if portal {
            filled(self.tongue.at, &[("sentence", sentence), ("address", vec![self.address()])])
        } else {
            stopped(sentence)
        }
    }

    /// A link to a part by its number: `passo 3`.
    pub(super) fn step_link(&self, part: &Part) -> Line {
        let named = filled(self.tongue.step, &[("number", text(&part.number.to_string()))]);
        vec![Inline::Link { text: inline::shown(&named, self.tongue), target: format!("#{}", part.anchor()) }]
    }
}

pub(super) fn heading(level: u8, anchor: &str, words: &str) -> Block {
    Block::Heading { level, anchor: anchor.to_owned(), text: text(words) }
}

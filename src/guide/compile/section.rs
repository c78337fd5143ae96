//! The numbered sections: one for each stage, with what to do, what it looks like and what may go wrong.

use super::inline::{self, filled, line, stopped, text};
use super::part::Part;
use super::{Form, Making};
use crate::flow::step::{self, Step};
use crate::guide::document::{Action, Block, Inline, Line, Tone};
use crate::guide::persona::dates::{EXPIRES, RENEWED};
use crate::guide::words::Preposition;

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
        let prose = std::iter::once(self.prose(part)).chain(self.example(part));
        let mut together = vec![Block::Paragraph(inline::listed(prose.collect(), " ", " "))];
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
        let prose =
            stopped(line(part.stage.guide.as_ref().and_then(|words| words.get(self.language)).unwrap_or_default()));
        let lines = if self.shows_the_new_expiry(part) {
            vec![prose, line(self.tongue.new_expiry_text)]
        } else if part.again && part.asks_for_a_code() {
            vec![line(self.tongue.again_code), prose]
        } else {
            return prose;
        };
        inline::listed(lines, " ", " ")
    }

    /// The persona's two expiries, which the pictures show.
    fn example(&self, part: &Part) -> Option<Line> {
        let day = |date| text(&(self.tongue.day)(date, Preposition::On));
        let example = || filled(self.tongue.new_expiry_example, &[("before", day(EXPIRES)), ("after", day(RENEWED))]);
        self.shows_the_new_expiry(part).then(example)
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
        let text = inline::shown(&named, self.tongue);
        // A page with boxes has no sections to go to.
        match self.form {
            Form::Whole => vec![Inline::Link { text, target: format!("#{}", part.anchor()) }],
            Form::Checklist => vec![Inline::Text(text)],
        }
    }
}

pub(super) fn heading(level: u8, anchor: &str, words: &str) -> Block {
    Block::Heading { level, anchor: anchor.to_owned(), text: text(words) }
}

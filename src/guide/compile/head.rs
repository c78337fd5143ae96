//! What stands before the first step: what the guide is for, where, when, what is needed, what to be careful about.

use super::inline::{self, capital, filled, line, stopped, text};
use super::section::heading;
use super::{Making, Origin};
use crate::exit::Verdict;
use crate::flow::model::{Renewal, State};
use crate::guide::document::{Block, Inline, Line, Tone};
use crate::guide::edition::Verification;
use crate::guide::persona::dates::EXPIRES;
use crate::guide::words::Preposition;

impl Making<'_> {
    pub(super) fn head(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        blocks.extend(self.purpose().map(|purpose| Block::Paragraph(stopped(line(&purpose)))));
        blocks.push(Block::Facts(self.facts()));
        let needs = self.needs();
        if !needs.is_empty() {
            blocks.push(heading(2, "guide-needs", self.tongue.needs));
            blocks.push(Block::Bullets(needs));
        }
        blocks.extend(self.warnings());
        blocks
    }

    pub(super) fn facts(&self) -> Vec<(String, Line)> {
        let tongue = self.tongue;
        let mut facts = vec![(tongue.address, vec![self.address()])];
        let guide = self.material.flow.guide.as_ref().filter(|_| self.is_main());
        facts.extend(self.window().map(|window| (tongue.when, capital(window))));
        let minutes = guide.and_then(|guide| guide.minutes);
        facts.extend(minutes.map(|minutes| (tongue.duration, capital(text(&(tongue.minutes)(minutes))))));
        facts.extend(self.verified().map(|verified| (tongue.verified, capital(verified))));
        if !self.material.changes.is_empty() {
            let target = "#guide-changes".to_owned();
            facts.push((tongue.news, capital(vec![Inline::Link { text: tongue.news_link.to_owned(), target }])));
        }
        facts.into_iter().map(|(term, fact)| (term.to_owned(), fact)).collect()
    }

    /// The portal's address, as a link.
    pub(super) fn address(&self) -> Inline {
        let target = self.material.flow.portal.to_string();
        Inline::Link { text: target.trim_end_matches('/').to_owned(), target }
    }

    /// When a certificate can be renewed, with the persona's as an example.
    fn window(&self) -> Option<Line> {
        let renewal = self.material.flow.renewal.as_ref().filter(|_| self.is_main())?;
        let Renewal { opens, closes, .. } = renewal;
        let first = EXPIRES.checked_sub(*opens).ok()?;
        let last = EXPIRES.checked_sub(*closes).ok()?;
        let said = |span| text(&(self.tongue.span)(span));
        let day = |date, preposition| text(&(self.tongue.day)(date, preposition));
        let until = if EXPIRES.yesterday().is_ok_and(|before| before == last) {
            text(self.tongue.until_the_day_before)
        } else {
            filled(self.tongue.until, &[("closes", said(closes))])
        };
        let values = [
            ("opens", said(opens)),
            ("until", until),
            ("expiry", day(EXPIRES, Preposition::On)),
            ("from", day(first, Preposition::From)),
            ("to", day(last, Preposition::To)),
        ];
        Some(filled(self.tongue.window, &values))
    }

    /// When and with what the guide was found true.
    pub(super) fn verified(&self) -> Option<Line> {
        let Verification { day, browser, version, portal } = self.material.verified?;
        let sentence = match self.material.origin {
            Origin::Practice => self.tongue.verified_in_practice,
            Origin::Rehearsal => self.tongue.verified_in_rehearsal,
            Origin::Run => self.tongue.verified_in_run,
        };
        let version = version.split('.').next().unwrap_or_default();
        let browser = capital(text(&inline::harmless(&format!("{browser} {version}"))));
        let day = text(&(self.tongue.day)(*day, Preposition::On));
        let portal = text(&inline::harmless(portal.trim_end_matches('/')));
        Some(filled(sentence, &[("day", day), ("browser", browser), ("portal", portal)]))
    }

    /// What must be at hand: as the flow says, else the inputs that the task uses.
    pub(super) fn needs(&self) -> Vec<Line> {
        let flow = self.material.flow;
        let said = flow.guide.as_ref().filter(|_| self.is_main()).map(|guide| &guide.needs);
        let needs = said
            .and_then(|needs| needs.get(self.language).or_else(|| needs.get("en")).or_else(|| needs.values().next()));
        if let Some(needs) = needs {
            return needs.iter().map(|need| capital(line(need))).collect();
        }
        let steps: Vec<_> = self.parts.iter().flat_map(|part| &part.stage.steps).collect();
        let used = flow.inputs.iter().filter(|input| flow.used_by(&steps, &input.name));
        used.filter_map(|input| Some(capital(line(input.label.as_ref()?.get(self.language)?)))).collect()
    }

    /// What to know before the first step.
    pub(super) fn warnings(&self) -> Option<Block> {
        let states = self.states();
        let ends = |verdict: Verdict| states.iter().any(|state: &&State| state.verdict == verdict.name());
        let mut warnings = Vec::new();
        let commits = self.parts.iter().find(|part| part.commit().is_some());
        let renews = self.is_main() && self.material.flow.renewal.is_some();
        if let Some(first) = commits.filter(|_| renews) {
            warnings.push(filled(self.tongue.careful_commit, &[("step", self.step_link(first))]));
        }
        if ends(Verdict::PinLocked) && commits.is_some() {
            warnings.push(line(self.tongue.careful_pin));
        }
        if ends(Verdict::Locked) {
            warnings.push(line(self.tongue.careful_password));
        }
        (!warnings.is_empty()).then(|| Block::Aside {
            tone: Tone::Warning,
            title: self.tongue.careful.to_owned(),
            blocks: vec![Block::Bullets(warnings)],
        })
    }
}

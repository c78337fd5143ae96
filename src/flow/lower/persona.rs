//! What stands in a guide's pictures in the holder's place.

use regex::{Regex, escape};

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::model::{Finds, PersonaRule};
use crate::flow::raw::read::{At, Table};
use crate::flow::raw::tables::{RawPersona, RawRule};
use crate::locator::{Pattern, Text};

/// A flow with more has misunderstood what they are for.
const MOST: usize = 100;

impl Lowering<'_> {
    /// The rules, in file order.
    pub(super) fn persona(&mut self, raw: Option<&At<RawPersona>>) -> Option<Vec<PersonaRule>> {
        let Some(raw) = raw else { return Some(Vec::new()) };
        let rules = raw.value.rules.as_ref()?;
        if rules.value.0.len() > MOST {
            self.fault(FlowError::TooMany { of: "rules", limit: MOST }, rules.span.clone());
            return None;
        }
        self.each(&rules.value.0, Self::persona_rule)
    }

    fn persona_rule(&mut self, raw: &At<RawRule>) -> Option<PersonaRule> {
        let is = raw.value.is.as_ref().and_then(|is| self.filled(&is.value, is.span.clone()));
        let keys = raw.value.keys();
        let finds = match (keys.has("text"), keys.span("after")) {
            (true, Some(second)) => {
                self.fault(FlowError::TextOrAfter, second);
                None
            }
            (false, None) => {
                // A misspelt key is reported already.
                if !keys.others {
                    self.fault(FlowError::TextOrAfter, raw.span.clone());
                }
                None
            }
            (true, None) => raw.value.text.as_ref().and_then(|text| self.sought(text)).map(Finds::Text),
            (false, Some(_)) => raw.value.after.as_ref().and_then(|label| self.sought(label)).map(Finds::After),
        };
        Some(PersonaRule { finds: finds?, is: is? })
    }

    /// A text as in a locator, but for whole words: the letters `iut` stand in many another word.
    fn sought(&mut self, raw: &At<String>) -> Option<Regex> {
        let written = match self.text(raw, false)? {
            // `^` and `$` stand for the ends of a line, as the page's text has many.
            Text::Regex(Pattern { body, flags }) => format!("(?m{flags}:{body})"),
            Text::Contains(text) | Text::Exact(text) => {
                let words: Vec<String> = text.split_whitespace().map(escape).collect();
                let edge =
                    |letter: Option<char>| letter.filter(|letter| letter.is_alphanumeric()).map_or("", |_| r"\b");
                let (before, after) = (edge(text.trim().chars().next()), edge(text.trim().chars().next_back()));
                format!(r"(?i:{before}{}{after})", words.join(r"\s+"))
            }
        };
        let sought = self.own_regex(&At { value: written, span: raw.span.clone() }, false)?;
        if sought.is_match("") {
            self.fault(FlowError::MatchesNothing, raw.span.clone());
            return None;
        }
        Some(sought)
    }
}

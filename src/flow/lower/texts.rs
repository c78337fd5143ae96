//! Words for people, and texts that are compared with a page's.

use std::collections::BTreeMap;

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::model::Spoken;
use crate::flow::raw::read::At;
use crate::flow::raw::tables::RawWords;
use crate::flow::words::Words;
use crate::locator::{Pattern, Text};

impl Lowering<'_> {
    /// Words by language; a bare text is in the flow's own.
    pub(super) fn words(&mut self, raw: &At<RawWords>) -> Option<Words> {
        let mut words = BTreeMap::new();
        match &raw.value {
            RawWords::Bare(text) => {
                words.insert(self.language.clone(), self.filled(text, raw.span.clone())?);
            }
            RawWords::Tagged(map) => {
                for (language, text) in &map.0 {
                    self.language_tag(language);
                    let text = text.as_ref().and_then(|text| self.filled(&text.value, text.span.clone()));
                    words.insert(language.value.clone(), text?);
                }
                if words.is_empty() {
                    self.fault(
                        FlowError::Empty { what: "this table", advice: "write `{ it = \"…\", en = \"…\" }`" },
                        raw.span.clone(),
                    );
                    return None;
                }
            }
        }
        self.spoken.push(Spoken { languages: words.keys().cloned().collect(), span: raw.span.clone() });
        Some(Words(words))
    }

    /// Words that need not be there: `None` outside is a recorded fault.
    #[expect(clippy::option_option, reason = "the two absences differ: not written, and written wrong")]
    pub(super) fn optional_words(&mut self, raw: Option<&At<RawWords>>) -> Option<Option<Words>> {
        match raw {
            None => Some(None),
            Some(raw) => self.words(raw).map(Some),
        }
    }

    /// A text with something in it.
    pub(super) fn filled(&mut self, text: &str, span: std::ops::Range<usize>) -> Option<String> {
        if text.trim().is_empty() {
            self.fault(FlowError::Empty { what: "this text", advice: "write it, or leave the key out" }, span);
            return None;
        }
        Some(text.to_owned())
    }

    /// How a name is compared: `/body/i` as a regular expression, else loosely or exactly.
    pub(super) fn text(&mut self, raw: &At<String>, exact: bool) -> Option<Text> {
        let text = self.filled(&raw.value, raw.span.clone())?;
        match slashed(&text) {
            Some(_) if exact => {
                self.fault(FlowError::ExactRegex, raw.span.clone());
                None
            }
            Some((body, flags)) => self.pattern(raw, body, flags).map(Text::Regex),
            None if exact => Some(Text::Exact(text)),
            None => Some(Text::Contains(text)),
        }
    }

    /// An address: as a whole, or `/body/i`. A path that ends with a slash reads as a regular expression too, and
    /// matches the same address.
    pub(super) fn address(&mut self, raw: &At<String>) -> Option<Text> {
        let text = self.filled(&raw.value, raw.span.clone())?;
        match slashed(&text).filter(|(_, flags)| flags.is_empty() || *flags == "i") {
            Some((body, flags)) => self.pattern(raw, body, flags).map(Text::Regex),
            None if text.starts_with('/') => Some(Text::Exact(text)),
            None => {
                self.fault(FlowError::BadPath { path: text }, raw.span.clone());
                None
            }
        }
    }

    fn pattern(&mut self, raw: &At<String>, body: &str, flags: &str) -> Option<Pattern> {
        let offset = 1;
        if !flags.is_empty() && flags != "i" {
            let at = raw.value.len() - flags.len();
            let span = self.reader.inside(&raw.span, &raw.value, at..raw.value.len());
            self.fault(FlowError::RegexFlags { flags: flags.to_owned() }, span);
            return None;
        }
        self.page_regex(raw, body, offset)?;
        Some(Pattern { body: body.to_owned(), flags: flags.to_owned() })
    }
}

/// The body and flags of `/body/flags`, if a text is written so.
fn slashed(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('/')?;
    let (body, flags) = rest.rsplit_once('/')?;
    flags.chars().all(|flag| flag.is_ascii_alphabetic()).then_some((body, flags))
}

#[cfg(test)]
mod tests {
    use super::slashed;

    #[test]
    fn a_regular_expression_stands_between_slashes() {
        for (text, parts) in [
            ("/cookie/i", Some(("cookie", "i"))),
            ("/a/b/", Some(("a/b", ""))),
            ("/", None),
            ("e/o", None),
            ("/#/home", Some(("#", "home"))),
            ("/#/home?x=1", None),
        ] {
            assert_eq!(slashed(text), parts, "{text}");
        }
    }
}

//! Locators: what a bare text means, the one kind of a table, and what narrows it.

use std::ops::Range;

use crate::flow::advice::short;
use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::raw::locators::{RawLink, RawLocator, RawTarget};
use crate::flow::raw::read::{At, Table};
use crate::locator::{By, Locator, Target, Text};

/// How many links a chain has at most.
const LONGEST_CHAIN: usize = 16;

/// How deep locators, conditions and steps stand in one another.
pub(super) const DEEPEST: usize = 16;

/// What a bare text means: what a person reads there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    /// A field's name: `fill`, `type`, `select`, `check`, `uncheck`, `upload`, `expect` with `value` or `checked`.
    Field,
    /// The name of something one presses: `click`, `double_click`, `download`.
    Control,
    /// Visible text: conditions, and `hover`, `scroll`, `drag`, `to`, `mask`, `highlight`, where nothing is pressed.
    Text,
    /// The words before a value: the `from` of a `read`.
    Before,
    /// Nothing: `within` must say what it looks into.
    Nothing,
}

/// The kinds whose key is a role, with the role.
const ROLE_KEYS: [(&str, &str); 11] = [
    ("button", "button"),
    ("link", "link"),
    ("checkbox", "checkbox"),
    ("radio", "radio"),
    ("heading", "heading"),
    ("dialog", "dialog"),
    ("tab", "tab"),
    ("menuitem", "menuitem"),
    ("option", "option"),
    ("row", "row"),
    ("image", "img"),
];

impl RawTarget {
    /// The keys that say what is looked for, with their values.
    fn kinds(&self) -> [(&'static str, Option<&At<String>>); 20] {
        [
            ("button", self.button.as_ref()),
            ("link", self.link.as_ref()),
            ("field", self.field.as_ref()),
            ("checkbox", self.checkbox.as_ref()),
            ("radio", self.radio.as_ref()),
            ("heading", self.heading.as_ref()),
            ("dialog", self.dialog.as_ref()),
            ("tab", self.tab.as_ref()),
            ("menuitem", self.menuitem.as_ref()),
            ("option", self.option.as_ref()),
            ("row", self.row.as_ref()),
            ("image", self.image.as_ref()),
            ("role", self.role.as_ref()),
            ("label", self.label.as_ref()),
            ("placeholder", self.placeholder.as_ref()),
            ("text", self.text.as_ref()),
            ("after", self.after.as_ref()),
            ("testid", self.testid.as_ref()),
            ("css", self.css.as_ref()),
            ("xpath", self.xpath.as_ref()),
        ]
    }
}

impl Lowering<'_> {
    /// A chain of targets; `depth` counts what it stands in.
    pub(super) fn locator(
        &mut self,
        raw: &RawLocator,
        span: Range<usize>,
        bare: Bare,
        depth: usize,
    ) -> Option<Locator> {
        if depth > DEEPEST {
            self.fault(FlowError::TooDeep { limit: DEEPEST }, span);
            return None;
        }
        let links = &raw.0;
        if links.is_empty() {
            let error = FlowError::Empty { what: "this locator", advice: "say at least one way to find the element" };
            self.fault(error, span);
            return None;
        }
        if links.len() > LONGEST_CHAIN {
            self.fault(FlowError::TooMany { of: "links of a chain", limit: LONGEST_CHAIN }, span);
            return None;
        }
        let chain = self.each(links, |lowering, link| match &link.value {
            RawLink::Bare(text) => lowering.bare(text, link, bare),
            RawLink::Table(table) => lowering.target(table, link, bare, depth),
        })?;
        Some(Locator { chain })
    }

    fn bare(&mut self, text: &str, link: &At<RawLink>, bare: Bare) -> Option<Target> {
        let raw = At { value: text.to_owned(), span: link.span.clone() };
        if bare == Bare::Nothing {
            self.fault(FlowError::BareWithin, raw.span);
            return None;
        }
        let name = self.text(&raw, false)?;
        let shown = shown_text(&name);
        let by = match bare {
            Bare::Field => By::Field { name },
            Bare::Control => By::Control { name },
            Bare::Text | Bare::Nothing => By::Text { name },
            Bare::Before => By::After { name },
        };
        Some(Target { by, within: None, nth: None, shown })
    }

    fn target(&mut self, raw: &RawTarget, link: &At<RawLink>, bare: Bare, depth: usize) -> Option<Target> {
        let within = match &raw.within {
            None => Some(None),
            Some(within) => self
                .locator(&within.value, within.span.clone(), Bare::Nothing, depth + 1)
                .map(|within| Some(Box::new(within))),
        };
        let nth = match &raw.nth {
            None => Some(None),
            Some(nth) => self.positive("nth", nth, 10_000).map(Some),
        };
        let by = self.by(raw, link, bare);
        let (by, within, nth) = (by?, within?, nth?);
        let shown = shown(&by.0, &by.1, within.as_deref(), nth);
        Some(Target { by: by.1, within, nth, shown })
    }

    /// The one kind of a table, with its key.
    fn by(&mut self, raw: &RawTarget, link: &At<RawLink>, bare: Bare) -> Option<(String, By)> {
        let mut kinds: Vec<&'static str> =
            raw.kinds().iter().map(|(key, _)| *key).filter(|key| raw.keys().has(key)).collect();
        if raw.keys().has("frame") {
            kinds.push("frame");
        }
        let &[kind] = &kinds[..] else {
            if kinds.is_empty() && raw.keys().has("name") {
                self.fault(FlowError::NameWithoutRole, raw.keys().span("name").unwrap_or_else(|| link.span.clone()));
            } else if !kinds.is_empty() {
                self.fault(FlowError::SeveralLocators { kinds }, link.span.clone());
            } else if !raw.keys().others {
                self.fault(FlowError::NoLocator, link.span.clone());
            }
            return None;
        };
        if kind != "role"
            && let Some(place) = raw.keys().span("name")
        {
            self.fault(FlowError::NameWithoutRole, place);
        }
        if kind == "frame" && bare != Bare::Nothing {
            self.fault(FlowError::FrameOutside, raw.keys().span("frame").unwrap_or_else(|| link.span.clone()));
            return None;
        }
        let exact = raw.exact.as_ref().is_some_and(|exact| exact.value);
        let loose = matches!(kind, "testid" | "css" | "xpath") || (kind == "role" && !raw.keys().has("name"));
        if loose && let Some(place) = raw.keys().span("exact") {
            self.fault(FlowError::ExactMisfit { kind }, place);
        }
        let value = match kind {
            "frame" => raw.frame.as_ref()?,
            _ => raw.kinds().into_iter().find(|(key, _)| *key == kind)?.1?,
        };
        let by = self.kind(kind, value, raw, exact)?;
        Some((kind.to_owned(), by))
    }

    fn kind(&mut self, kind: &str, value: &At<String>, raw: &RawTarget, exact: bool) -> Option<By> {
        if let Some((_, role)) = ROLE_KEYS.iter().find(|(key, _)| *key == kind) {
            return Some(By::Role { role: (*role).to_owned(), name: Some(self.text(value, exact)?) });
        }
        Some(match kind {
            "role" => {
                let role = self.known(Thing::Role, value);
                let name = match &raw.name {
                    None => None,
                    Some(name) => Some(self.text(name, exact)?),
                };
                By::Role { role: role?, name }
            }
            "field" => By::Field { name: self.text(value, exact)? },
            "label" => By::Label { name: self.text(value, exact)? },
            "placeholder" => By::Placeholder { name: self.text(value, exact)? },
            "text" => By::Text { name: self.text(value, exact)? },
            "after" => By::After { name: self.text(value, exact)? },
            "frame" => By::Frame { name: self.text(value, exact)? },
            "testid" => By::TestId { id: self.filled(&value.value, value.span.clone())? },
            "css" => By::Css { selector: self.filled(&value.value, value.span.clone())? },
            _ => By::XPath { expression: self.filled(&value.value, value.span.clone())? },
        })
    }

    /// A number from 1 up.
    pub(super) fn positive(&mut self, what: &'static str, raw: &At<i64>, most: u32) -> Option<u32> {
        let number = u32::try_from(raw.value).ok().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            let allowed = if raw.value < 1 { "counted from 1".to_owned() } else { format!("{most} at most") };
            self.fault(FlowError::OutOfRange { what, found: raw.value, allowed }, raw.span.clone());
        }
        number
    }
}

/// A target as the flow writes it.
fn shown(kind: &str, by: &By, within: Option<&Locator>, nth: Option<u32>) -> String {
    let what = match by {
        By::Role { role, name: Some(name) } if kind == "role" => format!("{role} {}", shown_text(name)),
        By::Role { role, name: None } => role.clone(),
        By::TestId { id: text } | By::Css { selector: text } | By::XPath { expression: text } => {
            format!("{kind} `{}`", short(text))
        }
        By::Field { name }
        | By::Control { name }
        | By::Role { name: Some(name), .. }
        | By::Label { name }
        | By::Placeholder { name }
        | By::Text { name }
        | By::After { name }
        | By::Frame { name } => format!("{kind} {}", shown_text(name)),
    };
    let nth = nth.map_or_else(String::new, |nth| format!(" nth {nth}"));
    let within = within.map_or_else(String::new, |within| format!(" within {}", within.shown()));
    what + &nth + &within
}

fn shown_text(text: &Text) -> String {
    match text {
        Text::Contains(text) | Text::Exact(text) => format!("\"{}\"", short(text)),
        Text::Regex(pattern) => format!("/{}/{}", short(&pattern.body), pattern.flags),
    }
}

//! What a flow declares: inputs, outputs, tasks, stages. Collected first, so that a reference may stand before its
//! declaration and an unknown name can be answered with what is known.

use std::collections::BTreeMap;

use crate::flow::advice::Advice;
use crate::flow::error::{FlowError, Named, Thing};
use crate::flow::fault::Faults;
use crate::flow::model::InputKind;
use crate::flow::raw::read::{At, Table};
use crate::flow::raw::tables::{RawFlow, RawInput};

/// The verdicts that a portal can show (design.md §3).
const STATE_VERDICTS: [&str; 16] = [
    "renewed",
    "already-renewed",
    "not-due",
    "failed",
    "unavailable",
    "needs-person",
    "half-done",
    "code-rejected",
    "changed",
    "expired",
    "too-late",
    "not-renewable",
    "pin-locked",
    "suspended",
    "rejected",
    "locked",
];

/// The verdicts that only rinnova gives.
const OWN_VERDICTS: [&str; 8] =
    ["done", "rehearsed", "invalid", "unknown", "busy", "frozen", "interrupted", "terminated"];

/// The roles of WAI-ARIA 1.2 that stand for something on a page.
const ROLES: [&str; 66] = [
    "alert",
    "alertdialog",
    "application",
    "article",
    "banner",
    "blockquote",
    "button",
    "caption",
    "cell",
    "checkbox",
    "code",
    "columnheader",
    "combobox",
    "complementary",
    "contentinfo",
    "definition",
    "deletion",
    "dialog",
    "document",
    "emphasis",
    "feed",
    "figure",
    "form",
    "grid",
    "gridcell",
    "group",
    "heading",
    "img",
    "insertion",
    "link",
    "list",
    "listbox",
    "listitem",
    "log",
    "main",
    "marquee",
    "math",
    "menu",
    "menubar",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "meter",
    "navigation",
    "note",
    "option",
    "paragraph",
    "progressbar",
    "radio",
    "radiogroup",
    "region",
    "row",
    "rowgroup",
    "rowheader",
    "scrollbar",
    "search",
    "searchbox",
    "separator",
    "slider",
    "spinbutton",
    "status",
    "switch",
    "tab",
    "table",
    "textbox",
    "treeitem",
];

/// Everything that has a name.
pub(super) struct Names {
    inputs: BTreeMap<String, InputKind>,
    /// Whether an input has a default.
    defaults: BTreeMap<String, bool>,
    /// Whether an output is a date.
    outputs: BTreeMap<String, bool>,
    tasks: Vec<String>,
    /// Each stage with the byte it begins at.
    pub(super) stages: BTreeMap<String, usize>,
    /// Each `shot` step's name with the byte it stands at.
    pub(super) shots: BTreeMap<String, usize>,
}

impl Names {
    /// Collects all names, recording bad ones and doubles.
    pub(super) fn declare(raw: &RawFlow, faults: &mut Faults) -> Self {
        let mut names = Self {
            inputs: BTreeMap::new(),
            defaults: BTreeMap::new(),
            outputs: BTreeMap::new(),
            tasks: Vec::new(),
            stages: BTreeMap::new(),
            shots: BTreeMap::new(),
        };
        let mut first = BTreeMap::new();
        for (name, input) in raw.inputs.iter().flat_map(|map| &map.value.0) {
            check_value_name(name, faults);
            first.insert(name.value.clone(), name.span.start);
            names.inputs.insert(name.value.clone(), kind(input.as_ref()));
            names
                .defaults
                .insert(name.value.clone(), input.as_ref().is_some_and(|input| input.value.keys().has("default")));
        }
        for (name, output) in raw.outputs.iter().flat_map(|map| &map.value.0) {
            check_value_name(name, faults);
            if let Some(first) = first.get(&name.value) {
                let first = faults.source().position(*first).line;
                faults.push(
                    FlowError::Duplicate { thing: Thing::Value, name: name.value.clone(), first },
                    name.span.clone(),
                );
            }
            names
                .outputs
                .insert(name.value.clone(), output.as_ref().is_none_or(|output| output.value.keys().has("date")));
        }
        for (name, _) in raw.task.iter().flat_map(|map| &map.value.0) {
            check_file_name(name, Thing::Task, faults);
            names.tasks.push(name.value.clone());
        }
        for id in raw.stage.iter().flat_map(|list| &list.value.0).filter_map(|stage| stage.value.id.as_ref()) {
            check_file_name(id, Thing::Stage, faults);
            if let Some(first) = names.stages.get(&id.value) {
                let first = faults.source().position(*first).line;
                faults
                    .push(FlowError::Duplicate { thing: Thing::Stage, name: id.value.clone(), first }, id.span.clone());
            } else {
                names.stages.insert(id.value.clone(), id.span.start);
            }
        }
        names
    }

    /// What kind of input this is.
    pub(super) fn input(&self, name: &str) -> Option<InputKind> {
        self.inputs.get(name).copied()
    }

    /// Whether the input has a default.
    pub(super) fn has_default(&self, name: &str) -> bool {
        self.defaults.get(name).copied().unwrap_or_default()
    }

    /// Whether the output is read as a date; unknown ones are reported elsewhere.
    pub(super) fn is_date(&self, name: &str) -> bool {
        self.outputs.get(name).copied().unwrap_or(true)
    }

    /// `secret` or `code`, if the name is one of an input that must not be seen.
    pub(super) fn secret_kind(&self, name: &str) -> Option<&'static str> {
        match self.input(name)? {
            InputKind::Plain => None,
            InputKind::Secret => Some("secret"),
            InputKind::Code => Some("code"),
        }
    }

    /// Why a name is not known, if it is not.
    pub(super) fn unknown(&self, thing: Thing, name: &str) -> Option<FlowError> {
        let inputs = || self.inputs.keys().map(String::as_str);
        let outputs = || self.outputs.keys().map(String::as_str);
        let known: Vec<&str> = match thing {
            Thing::Input if self.inputs.contains_key(name) => return None,
            Thing::Output if self.outputs.contains_key(name) => return None,
            Thing::Value if self.inputs.contains_key(name) || self.outputs.contains_key(name) => return None,
            Thing::Stage if self.stages.contains_key(name) => return None,
            Thing::Task if self.tasks.iter().any(|task| task == name) => return None,
            Thing::Verdict if STATE_VERDICTS.contains(&name) => return None,
            Thing::Role if ROLES.contains(&name) => return None,
            Thing::Verdict if OWN_VERDICTS.contains(&name) => {
                return Some(FlowError::OwnVerdict { verdict: name.to_owned() });
            }
            Thing::Input => inputs().collect(),
            Thing::Output => outputs().collect(),
            Thing::Value => inputs().chain(outputs()).collect(),
            Thing::Stage => self.stages.keys().map(String::as_str).collect(),
            Thing::Task => self.tasks.iter().map(String::as_str).collect(),
            Thing::Verdict => STATE_VERDICTS.to_vec(),
            Thing::Role => ROLES.to_vec(),
            Thing::Shot | Thing::Key | Thing::TimeZone => Vec::new(),
        };
        Some(FlowError::Unknown { thing, name: name.to_owned(), advice: Advice::on(name, known) })
    }
}

/// What an input is taken for before its rules are asked; one with a wrong value is taken for a secret, which is
/// the careful guess.
fn kind(input: Option<&At<RawInput>>) -> InputKind {
    let Some(input) = input else { return InputKind::Secret };
    let is = |flag: Option<&At<bool>>| flag.is_some_and(|flag| flag.value);
    if is(input.value.code.as_ref()) {
        InputKind::Code
    } else if is(input.value.secret.as_ref()) {
        InputKind::Secret
    } else {
        InputKind::Plain
    }
}

/// Inputs and outputs: what `${…}` can hold.
fn check_value_name(name: &At<String>, faults: &mut Faults) {
    if !is_value_name(&name.value) {
        faults.push(FlowError::BadName { name: name.value.clone(), thing: Named::Value }, name.span.clone());
    }
}

/// Whether `${…}` can hold the name.
pub(super) fn is_value_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// Stages, tasks and pictures: what a file can be called on every system.
pub(super) fn check_file_name(name: &At<String>, thing: Thing, faults: &mut Faults) {
    let good = name.value.len() <= 64
        && name.value.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.value.ends_with('-')
        && name.value.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !good {
        faults.push(FlowError::BadName { name: name.value.clone(), thing: Named::File(thing) }, name.span.clone());
    }
}

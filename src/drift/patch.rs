//! Edits on a flow's text: everything but the edited place stays as it is, byte for byte.
//!
//! `toml_edit` says where things stand, and the text is cut there; so comments, order, quoting and layout are never written
//! anew. What comes out has been read by the flow's own loader.

mod edit;
mod lines;
mod places;

use std::ops::Range;

use similar::TextDiff;
use toml_edit::{Document, InlineTable, Value};

use crate::drift::patch::lines::Lines;
use crate::drift::patch::places::{Flow, Steps};
use crate::flow::load;
pub use edit::{Edit, PatchError};

/// The text with all edits made; all or none.
///
/// # Errors
/// When an edit leads nowhere, two of them meet, or what comes out is no valid flow.
pub fn patched(source: &str, edits: &[Edit]) -> Result<String, PatchError> {
    let document = Document::parse(source).map_err(|error| PatchError::Source(error.message().to_owned()))?;
    let editor = Editor { flow: Flow::of(&document), lines: Lines::of(source) };
    let mut cuts = Vec::new();
    for edit in edits {
        cuts.extend(editor.cuts(edit)?);
    }
    let text = cut(source, cuts)?;
    match load::parse("flow.toml", &text) {
        Ok(_) => Ok(text),
        Err(error) => Err(PatchError::Refused(error.render(false))),
    }
}

/// How a step's locator is written.
///
/// # Errors
/// When the step is not there, or has none.
pub fn written(source: &str, stage: &str, path: &[usize]) -> Result<String, PatchError> {
    let document = Document::parse(source).map_err(|error| PatchError::Source(error.message().to_owned()))?;
    let range = Flow::of(&document).steps(stage, path, false)?.locator()?;
    Ok(source[range].to_owned())
}

/// What a locator looks in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// How it is written, a TOML value.
    pub written: String,
    /// By what it is found: `dialog`.
    pub key: String,
    /// What that is called.
    pub text: String,
}

/// What a step's locator looks in; none where it looks on the whole page, or in a place that is written otherwise than by one
/// key and its text first.
#[must_use]
pub fn looks_in(source: &str, stage: &str, path: &[usize]) -> Option<Within> {
    let locator = value(&written(source, stage, path).ok()?).ok()?;
    let within = locator.as_inline_table()?.get("within")?;
    let (key, text) = within.as_inline_table()?.iter().next()?;
    Some(Within { written: within.to_string().trim().to_owned(), key: key.to_owned(), text: text.as_str()?.to_owned() })
}

/// The difference of two texts of one file, as `diff -u` shows it, with three lines around; empty where there is none.
#[must_use]
pub fn diff(old: &str, new: &str, name: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(name, name).to_string()
}

/// A text as a TOML value: in the quotation marks that need no escapes where there are such.
#[must_use]
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A piece of the text, and what stands there instead.
pub(super) struct Cut {
    range: Range<usize>,
    text: String,
}

fn cut(source: &str, mut cuts: Vec<Cut>) -> Result<String, PatchError> {
    cuts.sort_by_key(|cut| cut.range.start);
    // Two edits may remove the same place: a state that names two stages of which both go.
    cuts.dedup_by(|one, other| one.range == other.range && one.text.is_empty() && other.text.is_empty());
    let (mut text, mut at) = (String::with_capacity(source.len()), 0);
    for cut in cuts {
        if cut.range.start < at {
            let place = lines::line(source, cut.range.start).trim().to_owned();
            return Err(PatchError::Overlap(place));
        }
        text.push_str(&source[at..cut.range.start]);
        text.push_str(&cut.text);
        at = cut.range.end;
    }
    text.push_str(&source[at..]);
    Ok(text)
}

struct Editor<'a> {
    flow: Flow<'a>,
    lines: Lines<'a>,
}

impl Editor<'_> {
    fn cuts(&self, edit: &Edit) -> Result<Vec<Cut>, PatchError> {
        match edit {
            Edit::Locator { stage, path, toml } => {
                value(toml)?;
                let range = self.flow.steps(stage, path, false)?.locator()?;
                Ok(vec![Cut { range, text: self.lines.ended(toml) }])
            }
            Edit::Alike { stage, path, like, toml } => {
                value(toml)?;
                let like = value(like)?;
                let places = self.flow.alike(stage, path, &like)?;
                Ok(places.into_iter().map(|range| Cut { range, text: self.lines.ended(toml) }).collect())
            }
            Edit::Everywhere { like, toml } => {
                value(toml)?;
                let places = self.flow.everywhere(&value(like)?);
                Ok(places.into_iter().map(|range| Cut { range, text: self.lines.ended(toml) }).collect())
            }
            Edit::InterruptLocator { interrupt, path, toml } => {
                value(toml)?;
                let range = self.flow.interrupt_steps(*interrupt, path)?.locator()?;
                Ok(vec![Cut { range, text: self.lines.ended(toml) }])
            }
            Edit::InsertStep { stage, before, toml } => {
                let table = value(toml)?;
                let Some(table) = table.as_inline_table() else {
                    return Err(wrong(toml, "a step is a table: { click = \"…\" }"));
                };
                self.insert_step(&self.flow.steps(stage, before, true)?, toml, table)
            }
            Edit::RemoveStep { stage, path } => {
                let steps = self.flow.steps(stage, path, false)?;
                if steps.count() == 1 {
                    return Err(PatchError::Last(format!("the list of steps of stage `{stage}`")));
                }
                Ok(vec![self.removed(steps.element(steps.index)?)])
            }
            Edit::InsertStage { after, before, toml, tasks } => {
                let id = stage_id(toml)?;
                let mut cuts = vec![self.block(self.flow.stage_end(after)?, toml)];
                for task in tasks {
                    let places = self.flow.successions(task, after, before.as_deref())?;
                    cuts.extend(places.into_iter().map(|at| Cut { range: at..at, text: format!(", {}", quoted(&id)) }));
                }
                Ok(cuts)
            }
            Edit::RemoveStage { stage } => self.remove_stage(stage),
            Edit::Interrupt { toml } => self.further("interrupt", toml),
            Edit::State { toml } => self.further("state", toml),
        }
    }

    fn insert_step(&self, steps: &Steps<'_>, toml: &str, table: &InlineTable) -> Result<Vec<Cut>, PatchError> {
        let toml = self.lines.ended(toml.trim());
        let ending = self.lines.ending;
        let at_end = steps.index == steps.count();
        let near = steps.element(if at_end { steps.index - 1 } else { steps.index })?;
        let own_line = self.lines.begins(near.start);
        if steps.headed() {
            let block = format!("[[stage.steps]]{ending}{}", self.lines.ended(&keys(table)));
            let at = if at_end { self.lines.next(near.end) } else { self.lines.head(near.start) };
            let (above, below) = if at_end { (ending, "") } else { ("", ending) };
            return Ok(vec![Cut { range: at..at, text: format!("{above}{block}{below}") }]);
        }
        if !at_end {
            let at = if own_line { self.lines.head(near.start) } else { near.start };
            let text = if own_line {
                format!("{}{toml},{ending}", self.lines.indent(near.start))
            } else {
                format!("{toml}, ")
            };
            return Ok(vec![Cut { range: at..at, text }]);
        }
        if !own_line {
            return Ok(vec![Cut { range: near.end..near.end, text: format!(", {toml}") }]);
        }
        let indent = self.lines.indent(near.start);
        let (comma, after) = self.lines.comma(near.end);
        let at = self.lines.next(after);
        let end = if comma { "," } else { "" };
        let mut cuts = vec![Cut { range: at..at, text: format!("{indent}{toml}{end}{ending}") }];
        if !comma {
            cuts.push(Cut { range: near.end..near.end, text: ",".to_owned() });
        }
        Ok(cuts)
    }

    /// An element of a list goes, with its comma; where it has lines of its own, these, with the comment right above.
    fn removed(&self, element: Range<usize>) -> Cut {
        let (comma, after) = self.lines.comma(element.end);
        if self.lines.begins(element.start) && self.lines.ends(after) {
            return Cut { range: self.lines.head(element.start)..self.lines.next(after), text: String::new() };
        }
        let range = if comma {
            element.start..self.lines.blanks(after)
        } else {
            self.lines.comma_before(element.start)..element.end
        };
        Cut { range, text: String::new() }
    }

    fn remove_stage(&self, stage: &str) -> Result<Vec<Cut>, PatchError> {
        let mut cuts = vec![self.unblock(self.flow.stage_block(stage)?)];
        for (task, list) in self.flow.task_lists() {
            let (named, others): (Vec<_>, Vec<_>) = list.into_iter().partition(|(id, _)| id == stage);
            if others.is_empty() && !named.is_empty() {
                return Err(PatchError::Last(format!("task `{task}`")));
            }
            cuts.extend(named.into_iter().map(|(_, place)| self.removed(place)));
        }
        for (block, list) in self.flow.state_lists() {
            let (named, others): (Vec<_>, Vec<_>) = list.into_iter().partition(|(id, _)| id == stage);
            if others.is_empty() && !named.is_empty() {
                cuts.push(self.unblock(block));
            } else {
                cuts.extend(named.into_iter().map(|(_, place)| self.removed(place)));
            }
        }
        Ok(cuts)
    }

    /// A further block of a kind: after the last one, else before the first stage.
    fn further(&self, kind: &str, toml: &str) -> Result<Vec<Cut>, PatchError> {
        let read = Document::parse(toml).map_err(|error| wrong(toml, error.message()))?;
        if read.iter().any(|(key, item)| key != kind || !item.is_array_of_tables()) {
            return Err(wrong(toml, &format!("it must be a [[{kind}]] block")));
        }
        if let Some(end) = self.flow.last_end(kind) {
            return Ok(vec![self.block(end, toml)]);
        }
        let first = self.flow.first_stage().ok_or_else(|| PatchError::NoStage(String::new()))?;
        let at = self.lines.head(first);
        let ending = self.lines.ending;
        Ok(vec![Cut { range: at..at, text: format!("{}{ending}{ending}", self.lines.ended(toml.trim())) }])
    }

    /// A block after the one that ends here, with an empty line between.
    fn block(&self, end: usize, toml: &str) -> Cut {
        let at = self.lines.next(end);
        let ending = self.lines.ending;
        let above = if self.lines.is_ended(at) { ending.to_owned() } else { ending.repeat(2) };
        Cut { range: at..at, text: format!("{above}{}{ending}", self.lines.ended(toml.trim())) }
    }

    /// A block goes, with the comment right above and the empty lines below.
    fn unblock(&self, block: Range<usize>) -> Cut {
        let end = self.lines.empty(self.lines.next(block.end));
        Cut { range: self.lines.head(block.start)..end, text: String::new() }
    }
}

fn wrong(toml: &str, why: &str) -> PatchError {
    PatchError::Toml { toml: toml.to_owned(), why: why.to_owned() }
}

fn value(toml: &str) -> Result<Value, PatchError> {
    toml.parse().map_err(|error: toml_edit::TomlError| wrong(toml, error.message()))
}

/// A step under a header of its own: a line for each key.
fn keys(table: &InlineTable) -> String {
    table.iter().map(|(key, value)| format!("{key} = {}\n", value.to_string().trim())).collect()
}

/// The id of the one stage in a block.
fn stage_id(toml: &str) -> Result<String, PatchError> {
    let read = Document::parse(toml).map_err(|error| wrong(toml, error.message()))?;
    let stages = read.as_table().get("stage").and_then(|item| item.as_array_of_tables());
    let only = stages.filter(|stages| stages.len() == 1 && read.as_table().len() == 1).and_then(|stages| stages.get(0));
    let id = only.and_then(|stage| stage.get("id")).and_then(|id| id.as_str());
    id.map(str::to_owned).ok_or_else(|| wrong(toml, "it must be one [[stage]] block with an id"))
}

#[cfg(test)]
mod tests {
    use super::{Edit, PatchError, diff, patched};

    const MYSIGN: &str = include_str!("../../flows/mysign.toml");
    const NCFR: &str = include_str!("../../flows/ncfr.toml");

    /// Whether one text is the other with `new` in the place of `old` somewhere, and all around it the same, byte for byte.
    fn is_cut(before: &str, after: &str, old: &str, new: &str) -> bool {
        before.match_indices(old).any(|(at, _)| after == format!("{}{new}{}", &before[..at], &before[at + old.len()..]))
    }

    /// The lines that differ.
    fn told(old: &str, new: &str) -> Vec<String> {
        diff(old, new, "f").lines().skip(2).filter(|line| line.starts_with(['+', '-'])).map(str::to_owned).collect()
    }

    fn locator(stage: &str, path: &[usize], toml: &str) -> Edit {
        Edit::Locator { stage: stage.into(), path: path.into(), toml: toml.into() }
    }

    #[test]
    fn a_locator_is_replaced_where_it_stands() {
        for (flow, edit, old, new) in [
            (MYSIGN, locator("login", &[1], "\"User ID\""), "\"Inserisci il tuo User ID\"", "\"User ID\""),
            (
                MYSIGN,
                locator("consents", &[3], "{ button = \"Avanti\" }"),
                "{ button = \"Conferma\", exact = true, within = { dialog = \"Rinnova firma\" } }",
                "{ button = \"Avanti\" }",
            ),
            (
                MYSIGN,
                locator("certificate", &[0, 0], "'Certificato'"),
                "{ button = \"Certificato di firma\" }",
                "'Certificato'",
            ),
            (MYSIGN, locator("certificate", &[1], "\"Scade il\""), "{ after = \"Data di scadenza\" }", "\"Scade il\""),
            (
                MYSIGN,
                locator("sign", &[2], "{ heading = \"Nuovo PIN\" }"),
                "\"Imposta il nuovo PIN di firma\"",
                "{ heading = \"Nuovo PIN\" }",
            ),
            (
                NCFR,
                locator("login", &[2], "{ after = \"Parola chiave\" }"),
                "\"Password\"",
                "{ after = \"Parola chiave\" }",
            ),
            (
                NCFR,
                locator("login", &[4], "{ link = \"CERTIFICATO\" }"),
                "{ link = \"VISUALIZZA CERTIFICATO\" }",
                "{ link = \"CERTIFICATO\" }",
            ),
        ] {
            let text = patched(flow, std::slice::from_ref(&edit)).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
            let at = flow.find(&format!("[[stage]]\nid    = \"{}\"", stage_of(&edit))).expect("the stage");
            let place = at + flow[at..].find(old).expect("the locator");
            assert_eq!(text, format!("{}{new}{}", &flow[..place], &flow[place + old.len()..]), "{edit:?}");
        }
    }

    fn stage_of(edit: &Edit) -> &str {
        let Edit::Locator { stage, .. } = edit else { panic!("{edit:?}") };
        stage
    }

    #[test]
    fn steps_come_and_go_with_their_lines() {
        let step = |stage: &str, before: &[usize], toml: &str| Edit::InsertStep {
            stage: stage.into(),
            before: before.into(),
            toml: toml.into(),
        };
        let gone = |stage: &str, path: &[usize]| Edit::RemoveStep { stage: stage.into(), path: path.into() };
        let press = "{ click = { button = \"Avanti\" } }";
        for (flow, edit, old, new) in [
            (MYSIGN, step("login", &[3], press), "", "{ click = { button = \"Avanti\" } },\n  "),
            (MYSIGN, step("open", &[1], press), "", "  { click = { button = \"Avanti\" } },\n"),
            (MYSIGN, step("certificate", &[0, 0], press), "", "{ click = { button = \"Avanti\" } }, "),
            (MYSIGN, step("certificate", &[0, 1], press), "", ", { click = { button = \"Avanti\" } }"),
            (NCFR, step("sms", &[0], press), "", "{ click = { button = \"Avanti\" } },\n  "),
            (MYSIGN, gone("sign", &[2]), "  { expect = \"Imposta il nuovo PIN di firma\" },\n", ""),
            (
                MYSIGN,
                gone("consents", &[2]),
                "fill = { field = \"PIN di firma\", within = { dialog = \"Rinnova firma\" } }, with = \"${pin}\" },\n  { ",
                "",
            ),
            (NCFR, gone("login", &[4]), "  { expect = { link = \"VISUALIZZA CERTIFICATO\" } },\n", ""),
        ] {
            let text = patched(flow, std::slice::from_ref(&edit)).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
            assert!(is_cut(flow, &text, old, new), "{edit:?}: {}", diff(flow, &text, "f"));
        }
        let only = patched(MYSIGN, &[gone("open", &[0])]).unwrap_err();
        assert!(matches!(only, PatchError::Last(_)), "{only}");
        assert!(matches!(patched(MYSIGN, &[gone("open", &[1])]).unwrap_err(), PatchError::NoStep { .. }));
        assert!(matches!(patched(MYSIGN, &[locator("nowhere", &[0], "\"x\"")]).unwrap_err(), PatchError::NoStage(_)));
        assert!(matches!(patched(MYSIGN, &[locator("login", &[0], "\"x\"")]).unwrap_err(), PatchError::NoLocator(_)));
        assert!(matches!(patched(MYSIGN, &[locator("login", &[1], "{ x ")]).unwrap_err(), PatchError::Toml { .. }));
        assert!(matches!(patched(MYSIGN, &[locator("login", &[1], "{ x = 1 }")]).unwrap_err(), PatchError::Refused(_)));
        let twice = [locator("login", &[1], "\"a\""), locator("login", &[1], "\"b\"")];
        assert!(matches!(patched(MYSIGN, &twice).unwrap_err(), PatchError::Overlap(_)));
    }

    #[test]
    fn several_edits_are_one_difference() {
        let edits = [
            locator("new-pin", &[1], "\"Ripeti il PIN\""),
            Edit::RemoveStep { stage: "login".into(), path: vec![4] },
            locator("login", &[3], "{ button = \"ENTRA\" }"),
        ];
        let text = patched(MYSIGN, &edits).unwrap();
        assert_eq!(
            told(MYSIGN, &text),
            [
                "-  { click = { button = \"ACCEDI\" } },",
                "-  { expect = { button = \"Certificato di firma\" } },",
                "+  { click = { button = \"ENTRA\" } },",
                "-  { fill = { field = \"Conferma il PIN\", within = { dialog = \"Rinnova firma\" } }, with = \"${new_pin}\" },",
                "+  { fill = \"Ripeti il PIN\", with = \"${new_pin}\" },",
            ]
        );
        let text = patched(SMALL, &[locator("b", &[1], "\"Sette\"")]).unwrap();
        assert_eq!(
            diff(SMALL, &text, "small.toml"),
            "--- small.toml\n+++ small.toml\n@@ -30,4 +30,4 @@\n # the field\n click.button = \"Cinque\"\n [[stage.steps]]\n-expect = \"Sei\"\n+expect = \"Sette\"\n"
        );
        assert_eq!(diff(MYSIGN, MYSIGN, "mysign.toml"), "");
    }

    const STAGE: &str = "[[stage]]\nid    = \"notice\"\ntitle = { it = \"Avviso\" }\nsteps = [\n  { expect = { heading = \"Avviso\" } },\n]\n";

    #[test]
    fn stages_come_with_their_places_in_the_tasks() {
        let stage = |after: &str, before: &str, tasks: &[&str]| Edit::InsertStage {
            after: after.into(),
            before: Some(before.into()),
            toml: STAGE.into(),
            tasks: tasks.iter().map(|&task| task.into()).collect(),
        };
        let text = patched(MYSIGN, &[stage("new-pin", "activate", &["renew", "resume"])]).unwrap();
        assert_eq!(
            told(MYSIGN, &text).into_iter().filter(|line| line.starts_with('+')).collect::<Vec<_>>(),
            [
                "+stages = [\"login\", \"certificate\", \"home\", \"open\", \"consents\", \"sign\", \"new-pin\", \"notice\", \"activate\", \"done\", \"certificate\"]",
                "+stages = [\"login\", \"certificate\", \"home\", \"resume\", \"new-pin\", \"notice\", \"activate\", \"done\", \"certificate\"]",
                "+id    = \"notice\"",
                "+title = { it = \"Avviso\" }",
                "+steps = [",
                "+  { expect = { heading = \"Avviso\" } },",
                "+]",
                "+",
                "+[[stage]]",
            ]
        );
        assert!(text.contains(&format!("]\n\n{STAGE}\n[[stage]]\nid    = \"activate\"")));
        // A stage that stands twice: only the way that is meant.
        let text = patched(NCFR, &[stage("sms", "complete", &["renew"])]).unwrap();
        assert!(text.contains("stages = [\"login\", \"certificate\", \"sms\", \"request\", \"sms\", \"notice\", \"complete\", \"certificate\"]"));
        let none = patched(NCFR, &[stage("sms", "login", &["renew"])]).unwrap_err();
        assert!(matches!(none, PatchError::NoStage(_)), "{none}");
        let last = Edit::InsertStage { after: "done".into(), before: None, toml: STAGE.into(), tasks: vec![] };
        let text = patched(MYSIGN, &[last]).unwrap();
        assert_eq!(text, format!("{MYSIGN}\n{STAGE}"));
    }

    #[test]
    fn a_stage_goes_with_its_places_in_tasks_and_states() {
        let text = patched(MYSIGN, &[Edit::RemoveStage { stage: "open".into() }]).unwrap();
        let changed = diff(MYSIGN, &text, "f");
        let removed: Vec<&str> = changed.lines().filter(|line| line.starts_with('-')).collect();
        assert_eq!(
            removed.iter().filter(|line| line.contains("stages  = [\"home\", \"open\"]")).count(),
            8,
            "{changed}"
        );
        // The state that holds only there goes too.
        assert!(removed.contains(&"-when    = { button = \"Rinnova con Coupon\" }"), "{changed}");
        assert!(removed.contains(&"-id    = \"open\""), "{changed}");
        assert!(changed.contains("+stages = [\"login\", \"certificate\", \"home\", \"consents\","), "{changed}");
        assert!(!text.contains("\"open\""));
        let text = patched(NCFR, &[Edit::RemoveStage { stage: "request".into() }]).unwrap();
        assert!(!text.contains("\"request\"") && !text.contains("# Whatever"), "{}", diff(NCFR, &text, "f"));
        // The rehearsal ends there: which other stage, a person says.
        let refused = patched(MYSIGN, &[Edit::RemoveStage { stage: "consents".into() }]).unwrap_err();
        assert!(matches!(&refused, PatchError::Refused(why) if why.contains("consents")), "{refused}");
    }

    #[test]
    fn blocks_stand_after_their_like() {
        let toml = "[[interrupt]]\nwhen  = { dialog = \"Avviso\" }\nsteps = [{ click = { button = \"Chiudi\" } }]\n";
        for flow in [MYSIGN, NCFR] {
            let text = patched(flow, &[Edit::Interrupt { toml: toml.into() }]).unwrap();
            assert!(
                text.contains(&format!("\"Solo necessari\" }} }}]\n\n{toml}\n# --- the guide ---")),
                "{}",
                diff(flow, &text, "f")
            );
            assert_eq!(text.replacen(&format!("\n{toml}"), "", 1), flow);
            let state = "[[state]]\nverdict = \"failed\"\nwhen    = { text = \"Guasto\" }\n";
            let text = patched(flow, &[Edit::State { toml: state.into() }]).unwrap();
            assert_eq!(text.replacen(&format!("\n{state}"), "", 1), flow);
        }
        let comment = "# [[interrupt]]\n# when  = { dialog = \"Avviso\" }\n";
        assert!(patched(MYSIGN, &[Edit::Interrupt { toml: comment.into() }]).unwrap().contains(comment));
        let other = patched(MYSIGN, &[Edit::Interrupt { toml: STAGE.into() }]).unwrap_err();
        assert!(matches!(other, PatchError::Toml { .. }), "{other}");
    }

    const SMALL: &str = r##"format = 1
title = "t"
portal = "https://a.example"
language = "it"
timezone = "Europe/Rome"
[task.t]
stages = [
  "a", # the first
  "b",
]
[[stage]]
id = "a"
title = "A"
steps = [
  # opens
  { open = "/" }, # the root
  {
    click = [
      "Uno",   # by name
      { css = "#uno" },
    ],
    label = "presses",
  }, # pressed
  { when = "Due", steps = [{ click = "Due" }], else = [{ click = "Tre" }, { click = "Quattro" }] } # no comma
]
[[stage]]
id = "b"
title = "B"
[[stage.steps]]
# the field
click.button = "Cinque"
[[stage.steps]]
expect = "Sei"
"##;

    #[test]
    fn every_layout_is_kept() {
        let step = |stage: &str, before: &[usize]| Edit::InsertStep {
            stage: stage.into(),
            before: before.into(),
            toml: "{ click = \"X\" }".into(),
        };
        let gone = |stage: &str, path: &[usize]| Edit::RemoveStep { stage: stage.into(), path: path.into() };
        for (edit, old, new) in [
            (locator("a", &[1], "\"X\""), "[\n      \"Uno\",   # by name\n      { css = \"#uno\" },\n    ]", "\"X\""),
            (locator("a", &[2, 2], "\"X\""), "Quattro", "X"),
            (locator("a", &[2], "{ heading = \"X\" }"), "\"Due\"", "{ heading = \"X\" }"),
            (locator("b", &[1], "\"Y\""), "Sei", "Y"),
            (step("a", &[0]), "", "  { click = \"X\" },\n"),
            (step("a", &[3]), " # no comma\n", ", # no comma\n  { click = \"X\" }\n"),
            (step("b", &[1]), "", "[[stage.steps]]\nclick = \"X\"\n\n"),
            (step("b", &[2]), "", "\n[[stage.steps]]\nclick = \"X\"\n"),
            (gone("b", &[1]), "[[stage.steps]]\nexpect = \"Sei\"\n", ""),
            (gone("a", &[0]), "# opens\n  { open = \"/\" }, # the root\n  ", ""),
            (gone("a", &[2, 1]), "{ click = \"Tre\" }, ", ""),
            (gone("a", &[2, 2]), ", { click = \"Quattro\" }", ""),
        ] {
            for ending in ["\n", "\r\n"] {
                let flow = SMALL.replace('\n', ending);
                let text =
                    patched(&flow, std::slice::from_ref(&edit)).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
                let text = text.replace("\r\n", "\n");
                if ending == "\n" {
                    assert!(is_cut(SMALL, &text, old, new), "{edit:?}: {}", diff(SMALL, &text, "f"));
                } else {
                    assert_eq!(text, patched(SMALL, std::slice::from_ref(&edit)).unwrap());
                }
            }
        }
        let dotted = patched(SMALL, &[locator("b", &[0], "\"X\"")]).unwrap_err();
        assert!(matches!(dotted, PatchError::Form(_)), "{dotted}");
        let text = patched(SMALL, &[Edit::RemoveStage { stage: "b".into() }]).unwrap();
        assert!(text.contains("  \"a\", # the first\n]\n") && text.ends_with("# no comma\n]\n"), "{text}");
    }
}

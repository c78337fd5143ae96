//! Where a flow's parts stand in its text.

use std::ops::Range;

use toml_edit::{ArrayOfTables, Document, Item, Table, TableLike, Value};

use crate::drift::patch::PatchError;

/// The actions whose value is a locator or a condition.
const FINDING: [&str; 14] = [
    "fill",
    "type",
    "click",
    "double_click",
    "hover",
    "check",
    "uncheck",
    "select",
    "upload",
    "download",
    "drag",
    "scroll",
    "wait",
    "expect",
];

/// A flow as its text has it.
pub(super) struct Flow<'a> {
    root: &'a Table,
}

/// A list of steps, and a place in it.
pub(super) struct Steps<'a> {
    list: &'a Item,
    /// The place.
    pub(super) index: usize,
}

/// Names in a list, with their places.
type Names = Vec<(String, Range<usize>)>;

impl<'a> Flow<'a> {
    pub(super) fn of<S: AsRef<str>>(document: &'a Document<S>) -> Self {
        Self { root: document.as_table() }
    }

    fn tables(&self, key: &str) -> Option<&'a ArrayOfTables> {
        self.root.get(key)?.as_array_of_tables()
    }

    fn stage(&self, id: &str) -> Result<&'a Table, PatchError> {
        let is = |stage: &&Table| stage.get("id").and_then(Item::as_str) == Some(id);
        let found = self.tables("stage").and_then(|stages| stages.iter().find(is));
        found.ok_or_else(|| PatchError::NoStage(id.to_owned()))
    }

    /// The list in which a step stands, or, for a further one, would stand.
    pub(super) fn steps(&self, stage: &str, path: &[usize], further: bool) -> Result<Steps<'a>, PatchError> {
        let none = || PatchError::NoStep { place: format!("stage `{stage}`"), path: path.to_vec() };
        below(self.stage(stage)?, path, further).ok_or_else(none)
    }

    /// The list in which a step of an interrupt stands.
    pub(super) fn interrupt_steps(&self, interrupt: usize, path: &[usize]) -> Result<Steps<'a>, PatchError> {
        let none = || PatchError::NoStep { place: format!("interrupt {}", interrupt + 1), path: path.to_vec() };
        let table = self.tables("interrupt").and_then(|tables| tables.get(interrupt)).ok_or_else(none)?;
        below(table, path, false).ok_or_else(none)
    }

    /// Where a stage is written with this locator, from a step on.
    pub(super) fn alike(&self, stage: &str, path: &[usize], like: &Value) -> Result<Vec<Range<usize>>, PatchError> {
        let steps = self.steps(stage, path, false)?;
        let from = steps.element(steps.index)?.start;
        let mut found = Vec::new();
        in_steps(self.stage(stage)?, like, &mut found);
        found.retain(|place| place.start >= from);
        Ok(found)
    }

    /// Where the flow is written with this locator: in states, interrupts and stages.
    pub(super) fn everywhere(&self, like: &Value) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for table in ["state", "interrupt", "stage"].into_iter().filter_map(|key| self.tables(key)).flatten() {
            if let Some(when) = table.get("when").and_then(Item::as_value) {
                in_condition(when, like, &mut found);
            }
            in_steps(table, like, &mut found);
        }
        found
    }

    /// Where a stage begins and ends.
    pub(super) fn stage_block(&self, id: &str) -> Result<Range<usize>, PatchError> {
        let table = self.stage(id)?;
        block(table).ok_or_else(|| PatchError::Form(format!("stage `{id}`")))
    }

    pub(super) fn stage_end(&self, id: &str) -> Result<usize, PatchError> {
        self.stage_block(id).map(|block| block.end)
    }

    pub(super) fn first_stage(&self) -> Option<usize> {
        block(self.tables("stage")?.get(0)?).map(|block| block.start)
    }

    /// Where the last block of a kind ends.
    pub(super) fn last_end(&self, kind: &str) -> Option<usize> {
        let last = self.tables(kind)?.iter().last()?;
        block(last).map(|block| block.end)
    }

    /// In each task its stages.
    pub(super) fn task_lists(&self) -> Vec<(&'a str, Names)> {
        let tasks = self.root.get("task").and_then(Item::as_table_like);
        let lists = tasks.into_iter().flat_map(|tasks| tasks.iter());
        lists.filter_map(|(name, task)| Some((name, names(task.as_table_like()?.get("stages")?)))).collect()
    }

    /// Where in a task one stage follows another: the places after the first.
    pub(super) fn successions(&self, task: &str, after: &str, before: Option<&str>) -> Result<Vec<usize>, PatchError> {
        let lists = self.task_lists();
        let Some((_, stages)) = lists.iter().find(|(name, _)| *name == task) else {
            return Err(PatchError::NoStage(format!("{task}: no such task")));
        };
        let follows = |at: usize| stages.get(at + 1).map(|(id, _)| id.as_str()) == before;
        let found: Vec<usize> = stages
            .iter()
            .enumerate()
            .filter(|(at, (id, _))| id == after && follows(*at))
            .map(|(_, (_, place))| place.end)
            .collect();
        if found.is_empty() { Err(PatchError::NoStage(format!("{after} in task {task}"))) } else { Ok(found) }
    }

    /// Each state that names stages: its block, and them.
    pub(super) fn state_lists(&self) -> Vec<(Range<usize>, Names)> {
        let states = self.tables("state").into_iter().flat_map(ArrayOfTables::iter);
        states.filter_map(|state| Some((block(state)?, names(state.get("stages")?)))).collect()
    }
}

impl<'a> Steps<'a> {
    pub(super) fn count(&self) -> usize {
        match self.list {
            Item::ArrayOfTables(tables) => tables.len(),
            other => other.as_array().map_or(0, toml_edit::Array::len),
        }
    }

    /// Whether each step stands under a header of its own.
    pub(super) fn headed(&self) -> bool {
        self.list.is_array_of_tables()
    }

    fn table(&self, index: usize) -> Option<&'a dyn TableLike> {
        match self.list {
            Item::ArrayOfTables(tables) => tables.get(index).map(|table| table as &dyn TableLike),
            other => other.as_array()?.get(index)?.as_inline_table().map(|table| table as &dyn TableLike),
        }
    }

    /// Where a step stands.
    pub(super) fn element(&self, index: usize) -> Result<Range<usize>, PatchError> {
        let place = match self.list {
            Item::ArrayOfTables(tables) => tables.get(index).and_then(block),
            other => other.as_array().and_then(|array| array.get(index)).and_then(Value::span),
        };
        place.ok_or_else(|| PatchError::Form("the step".to_owned()))
    }

    /// Where the step's locator stands.
    pub(super) fn locator(&self) -> Result<Range<usize>, PatchError> {
        let step = self.table(self.index).ok_or_else(|| PatchError::Form("the step".to_owned()))?;
        let key = if step.contains_key("read") {
            Some("from")
        } else {
            FINDING.into_iter().chain(["when"]).find(|key| step.contains_key(key))
        };
        let value = key.and_then(|key| step.get(key));
        let Some(value) = value else {
            let keys: Vec<&str> = step.iter().map(|(key, _)| key).collect();
            return Err(PatchError::NoLocator(keys.join(", ")));
        };
        let dotted = value.as_table_like().is_some_and(TableLike::is_dotted);
        let place = value.as_value().filter(|_| !dotted).and_then(Value::span);
        place.ok_or_else(|| PatchError::Form("the locator".to_owned()))
    }
}

/// The list in which the step at the end of a path stands.
fn below<'a>(table: &'a dyn TableLike, path: &[usize], further: bool) -> Option<Steps<'a>> {
    let (&last, above) = path.split_last()?;
    let mut within = table;
    for &index in above {
        let steps = among(within, index, false)?;
        within = steps.table(steps.index)?;
    }
    among(within, last, further)
}

/// Where steps are written with this locator.
fn in_steps(table: &dyn TableLike, like: &Value, found: &mut Vec<Range<usize>>) {
    for list in ["steps", "else"].into_iter().filter_map(|key| table.get(key)) {
        let steps = Steps { list, index: 0 };
        for step in (0..steps.count()).filter_map(|index| steps.table(index)) {
            let keys = FINDING.into_iter().chain(["when", "from", "until", "to"]);
            for value in keys.filter_map(|key| step.get(key)).filter_map(Item::as_value) {
                in_condition(value, like, found);
            }
            in_steps(step, like, found);
        }
    }
}

/// Where a condition is made of this locator: it itself, one of a chain, one of a group, or what another stands in.
fn in_condition(value: &Value, like: &Value, found: &mut Vec<Range<usize>>) {
    if same(value, like) {
        found.extend(value.span());
        return;
    }
    let parts = value.as_inline_table().into_iter();
    let parts = parts.flat_map(|table| ["all", "any", "none", "within"].into_iter().filter_map(|key| table.get(key)));
    for part in parts.chain(value.as_array().into_iter().flat_map(toml_edit::Array::iter)) {
        in_condition(part, like, found);
    }
}

/// Whether two values say the same, however they are laid out.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::InlineTable(one), Value::InlineTable(other)) => {
            let has = |(key, value): (&str, &Value)| other.get(key).is_some_and(|its| same(value, its));
            one.len() == other.len() && one.iter().all(has)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => match (one.as_str(), one.as_integer(), one.as_bool()) {
            (Some(text), _, _) => other.as_str() == Some(text),
            (_, Some(number), _) => other.as_integer() == Some(number),
            (_, _, Some(truth)) => other.as_bool() == Some(truth),
            _ => false,
        },
    }
}

/// The list below a table in which this place is: in `steps`, else in `else`.
fn among(within: &dyn TableLike, index: usize, further: bool) -> Option<Steps<'_>> {
    let mut index = index;
    for key in ["steps", "else"] {
        let Some(list) = within.get(key) else { continue };
        let steps = Steps { list, index };
        let count = steps.count();
        if index < count || (further && index == count && count > 0) {
            return Some(steps);
        }
        index -= count;
    }
    None
}

/// The names in a list.
fn names(list: &Item) -> Names {
    let values = list.as_array().into_iter().flat_map(toml_edit::Array::iter);
    values.filter_map(|value| Some((value.as_str()?.to_owned(), value.span()?))).collect()
}

/// Where a table with a header begins and ends, all that stands below it included.
fn block(table: &Table) -> Option<Range<usize>> {
    let header = table.span()?;
    Some(header.start..end(table).max(header.end))
}

fn end(table: &dyn TableLike) -> usize {
    let ends = table.iter().map(|(_, item)| match item {
        Item::None => 0,
        Item::Value(Value::InlineTable(dotted)) if dotted.is_dotted() => end(dotted),
        Item::Value(value) => value.span().map_or(0, |place| place.end),
        Item::Table(table) => block(table).map_or_else(|| end(table), |place| place.end),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(block).map(|place| place.end).max().unwrap_or(0),
    });
    ends.max().unwrap_or(0)
}

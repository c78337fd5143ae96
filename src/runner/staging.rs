//! Pictures for a guide: who stands in the holder's place, as far as this run knows the holder, and which of the flow's steps
//! have filled which field and acted on which element.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value as Json;

use crate::browser::script::Need;
use crate::browser::staging::{Persona, Sought, Staging, StandIn, Typed};
use crate::flow::model::Flow;
use crate::flow::step::{Part, Step, Template, Value};
use crate::guide::persona::{self, Known};
use crate::locator::Locator;
use crate::runner::run::Run;
use crate::runner::step::need;

/// A field that a step has filled.
#[derive(Debug, Clone)]
pub struct Filled {
    /// The field.
    pub field: Typed,
    /// The input whose value it holds, and nothing else.
    pub input: Option<String>,
}

/// The holder, as far as the run knows: whom a persona stands in for.
#[derive(Debug)]
pub struct Holder<'a> {
    flow: &'a Flow,
    known: Known,
    fields: Vec<Filled>,
}

impl Persona for Holder<'_> {
    fn stand_ins(&self, text: &str) -> Vec<StandIn> {
        let found = persona::stand_ins(self.flow, &self.known, text).into_iter();
        found.map(|persona::StandIn { place, with, rule }| StandIn { place, with, rule }).collect()
    }

    fn typed(&self, by: Option<usize>, value: &str, secret: bool) -> String {
        let input = by.and_then(|at| self.fields.get(at)).and_then(|filled| filled.input.as_deref());
        persona::typed(self.flow, &self.known, input, value, secret)
    }
}

/// What a picture for a guide is made with now; `pressed`: the last control that was found is pressed next.
#[must_use]
pub fn now<'a>(run: &Run<'a>, pressed: bool) -> (Holder<'a>, Staging) {
    let fields = run.course.filled.clone();
    let marks = run.course.acted.clone();
    let target = marks.iter().rposition(|mark| pressed && mark.need == Need::Click);
    let typed = fields.iter().map(|filled| filled.field.clone()).collect();
    (Holder { flow: run.flow(), known: known(run), fields }, Staging { typed, marks, target })
}

fn known(run: &Run<'_>) -> Known {
    let flow = run.flow();
    let here = || Timestamp::now().to_zoned(flow.timezone.clone()).date();
    let inputs = flow.inputs.iter().filter_map(|input| {
        let value = run.job.vault.plain(&input.name)?;
        Some((input.name.clone(), value.to_owned()))
    });
    let mut values: Vec<(String, String)> = inputs.collect();
    for (name, readings) in &run.course.outputs {
        let form = flow.output(name).and_then(|output| output.date.as_deref());
        for value in readings.iter().flat_map(|reading| texts(&reading.value)) {
            let date = form.and_then(|form| Some((form, value.parse::<Date>().ok()?)));
            let written = date.map(|(form, date)| date.strftime(form).to_string());
            for value in written.into_iter().chain([value.to_owned()]) {
                if !values.contains(&(name.clone(), value.clone())) {
                    values.push((name.clone(), value));
                }
            }
        }
    }
    Known { today: run.course.today.unwrap_or_else(here), values }
}

/// The texts of a reading: itself, those of a list, those of a table's rows.
fn texts(value: &Json) -> Vec<&str> {
    match value {
        Json::String(text) => vec![text],
        Json::Array(list) => list.iter().flat_map(texts).collect(),
        Json::Object(row) => row.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Notes what a field is about to be filled with: pictures for a guide show there what the persona would have typed.
pub(super) fn filled(run: &mut Run<'_>, field: &Locator, need: Need, with: &Value) {
    let input = match with {
        Value::Plain(Template(parts)) => match parts.as_slice() {
            [Part::Name(name)] => run.flow().input(name).map(|input| input.name.clone()),
            _ => None,
        },
        Value::Secret(name) | Value::Code(name) => Some(name.clone()),
    };
    let secret = !matches!(with, Value::Plain(_));
    run.course.filled.retain(|filled| filled.field.locator != *field);
    run.course.filled.push(Filled { field: Typed { locator: field.clone(), need, secret }, input });
}

/// Notes that a step of the stage acts on its element: pictures for a guide mark it. What sends an interrupt away is no step
/// of a guide.
pub(super) fn acted(run: &mut Run<'_>, step: &Step) {
    let (Some(locator), Some(need)) = (step.action.target(), need(&step.action)) else { return };
    if run.course.dismissing {
        return;
    }
    let place = run.flow().source.position(step.span.start);
    let (line, column) = (place.line, place.column);
    run.course.acted.retain(|mark| (mark.line, mark.column) != (line, column));
    run.course.acted.push(Sought { locator: locator.clone(), need, line, column });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::texts;

    #[test]
    fn the_texts_of_a_reading_are_those_of_its_lists_and_rows() {
        assert_eq!(texts(&json!("a")), ["a"]);
        assert_eq!(texts(&json!(["a", { "b": "c", "d": 1 }])), ["a", "c"]);
    }
}

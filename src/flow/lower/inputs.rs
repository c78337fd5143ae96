//! The values a flow asks for, those it reads, and its tasks.

use std::collections::BTreeMap;

use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::model::{Input, InputKind, Output, Task};
use crate::flow::raw::read::{At, RawTemplate, Table};
use crate::flow::raw::tables::{RawInput, RawOutput, RawTask};
use crate::flow::step::{Part, Template, Value};

impl Lowering<'_> {
    /// All inputs, in file order.
    pub(super) fn inputs(&mut self, raw: &[(At<String>, Option<At<RawInput>>)]) -> Option<Vec<Input>> {
        let made: Vec<_> = raw.iter().map(|(name, input)| self.input(name, input.as_ref()?)).collect();
        made.into_iter().collect()
    }

    fn input(&mut self, name: &At<String>, raw: &At<RawInput>) -> Option<Input> {
        let kind = self.names.input(&name.value)?;
        if kind == InputKind::Code {
            if raw.value.secret.as_ref().is_some_and(|secret| secret.value) {
                let place = raw.value.keys().span("secret").unwrap_or_else(|| raw.span.clone());
                self.fault(FlowError::SecretAndCode { name: name.value.clone() }, place);
            }
            if let Some(place) = raw.value.keys().span("default") {
                self.fault(FlowError::CodeWith { key: "default" }, place);
            }
        }
        let label = self.optional_words(raw.value.label.as_ref());
        let pattern = match &raw.value.pattern {
            None => Some(None),
            Some(pattern) => self.own_regex(pattern, true).map(Some),
        };
        let default = match &raw.value.default {
            Some(default) if kind != InputKind::Code => self.default(name, kind, default).map(Some),
            _ => Some(None),
        };
        Some(Input {
            name: name.value.clone(),
            kind,
            label: label?,
            example: raw.value.example.as_ref().map(|example| example.value.clone()),
            pattern: pattern?,
            default: default?,
            span: name.span.clone(),
        })
    }

    /// A default refers only to inputs without one, so that there is never a circle.
    fn default(&mut self, name: &At<String>, kind: InputKind, raw: &At<RawTemplate>) -> Option<Value> {
        if kind == InputKind::Plain {
            let template = self.template(raw)?;
            self.no_default_of_default(name, &template, raw)?;
            return Some(Value::Plain(template));
        }
        match self.value(raw)? {
            Value::Secret(of) if self.names.has_default(&of) => {
                self.fault(FlowError::DefaultOfDefault { name: name.value.clone(), of }, raw.span.clone());
                None
            }
            Value::Secret(of) => Some(Value::Secret(of)),
            Value::Plain(template) if template.0.iter().all(|part| matches!(part, Part::Literal(_))) => {
                self.fault(FlowError::LiteralDefault { name: name.value.clone() }, raw.span.clone());
                None
            }
            Value::Plain(_) | Value::Code(_) => {
                self.fault(FlowError::DefaultNotSecret { name: name.value.clone() }, raw.span.clone());
                None
            }
        }
    }

    fn no_default_of_default(&mut self, name: &At<String>, template: &Template, raw: &At<RawTemplate>) -> Option<()> {
        for part in &template.0 {
            let Part::Name(of) = part else { continue };
            if self.names.has_default(of) {
                self.fault(FlowError::DefaultOfDefault { name: name.value.clone(), of: of.clone() }, raw.span.clone());
                return None;
            }
        }
        Some(())
    }

    /// All outputs, in file order.
    pub(super) fn outputs(&mut self, raw: &[(At<String>, Option<At<RawOutput>>)]) -> Option<Vec<Output>> {
        let made: Vec<_> = raw
            .iter()
            .map(|(name, output)| {
                let date = match &output.as_ref()?.value.date {
                    None => None,
                    Some(form) => Some(self.date_form(form)?),
                };
                Some(Output { name: name.value.clone(), date, span: name.span.clone() })
            })
            .collect();
        made.into_iter().collect()
    }

    /// All tasks, in file order.
    pub(super) fn tasks(&mut self, raw: &[(At<String>, Option<At<RawTask>>)]) -> Option<Vec<Task>> {
        let made: Vec<_> = raw
            .iter()
            .map(|(name, task)| {
                let stages = task.as_ref()?.value.stages.as_ref()?;
                if stages.value.0.is_empty() {
                    let error =
                        FlowError::Empty { what: "this list of stages", advice: "name the stages in their order" };
                    self.fault(error, stages.span.clone());
                }
                let ids = self.each(&stages.value.0, |lowering, id| lowering.known(Thing::Stage, id))?;
                self.repeated_pictures(&stages.value.0);
                Some(Task { name: name.value.clone(), stages: ids, span: name.span.clone() })
            })
            .collect();
        made.into_iter().collect()
    }

    /// The second picture of a stage is called `id-2`: no other stage may be.
    fn repeated_pictures(&mut self, ids: &[At<String>]) {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for id in ids {
            let count = times.entry(&id.value).or_default();
            *count += 1;
            let name = format!("{}-{count}", id.value);
            let taken = self.names.stages.contains_key(&name) || self.names.shots.contains_key(&name);
            if *count > 1 && taken {
                self.fault(FlowError::PictureTwice { name, repeated: id.value.clone() }, id.span.clone());
            }
        }
    }
}

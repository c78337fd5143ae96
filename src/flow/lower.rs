//! All rules of the format: makes the checked model of what was read, or records why not. After this nobody checks
//! again. `None` always means that a fault is recorded; every part is looked at even when another is wrong.

mod conditions;
mod inputs;
mod keys;
mod locators;
mod names;
mod origins;
mod persona;
mod regexes;
mod renewal;
pub(super) mod secrets;
mod siblings;
mod stages;
mod states;
mod steps;
mod texts;
mod times;
mod values;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::names::Names;
use crate::flow::model::{Flow, Guide, Spoken};
use crate::flow::raw::read::{At, Reader};
use crate::flow::raw::tables::{RawFlow, RawGuide, RawNeeds};

/// The version of the format that is read.
const FORMAT: i64 = 1;

/// The language of bare texts where the flow names none.
const LANGUAGE: &str = "en";

/// What all rules share.
struct Lowering<'a> {
    reader: &'a mut Reader,
    names: Names,
    /// The flow's own language.
    language: String,
    /// How many steps were seen.
    steps: usize,
    /// The words for people that were seen.
    spoken: Vec<Spoken>,
}

impl Lowering<'_> {
    fn fault(&mut self, error: FlowError, span: Range<usize>) {
        self.reader.faults.push(error, span);
    }

    /// The line of a byte, for faults that name another place.
    fn line(&self, offset: usize) -> usize {
        self.reader.faults.source().position(offset).line
    }
}

/// Makes the checked flow; `name` is the file's name without `.toml`.
pub(super) fn flow(raw: &RawFlow, name: &str, reader: &mut Reader) -> Option<Flow> {
    let language = raw.language.as_ref().map_or_else(|| LANGUAGE.to_owned(), |language| language.value.clone());
    let names = Names::declare(raw, &mut reader.faults);
    let mut lowering = Lowering { reader, names, language, steps: 0, spoken: Vec::new() };
    let flow = lowering.flow(raw, name);
    lowering.misplaced();
    flow
}

impl Lowering<'_> {
    fn flow(&mut self, raw: &RawFlow, name: &str) -> Option<Flow> {
        if let Some(format) = raw.format.as_ref().filter(|format| format.value != FORMAT) {
            self.fault(FlowError::Format { found: format.value }, format.span.clone());
        }
        if let Some(language) = &raw.language {
            self.language_tag(language);
        }
        let title = raw.title.as_ref().and_then(|title| self.words(title));
        let portal = raw.portal.as_ref().and_then(|portal| self.origin(portal));
        let origins = self.each(raw.origins.as_ref().map_or(&[], |list| &list.value.0), Self::origin);
        let timezone = self.timezone(raw.timezone.as_ref());
        let inputs = self.inputs(raw.inputs.as_ref().map_or(&[], |map| &map.value.0));
        let outputs = self.outputs(raw.outputs.as_ref().map_or(&[], |map| &map.value.0));
        // Stages first: their `shot` steps name pictures, which a task's repeated stages must not take.
        let stages = self.stages(raw.stage.as_ref());
        let tasks = self.tasks(raw.task.as_ref().map_or(&[], |map| &map.value.0));
        let conditions = self.each(raw.state.as_ref().map_or(&[], |list| &list.value.0), Self::state);
        let interrupts = self.each(raw.interrupt.as_ref().map_or(&[], |list| &list.value.0), Self::interrupt);
        let guide = raw.guide.as_ref().map(|guide| self.guide(&guide.value));
        let persona = self.persona(raw.persona.as_ref());
        let renewal = raw.renewal.as_ref().map(|renewal| self.renewal(renewal, raw));
        Some(Flow {
            source: self.reader.faults.source().clone(),
            name: name.to_owned(),
            title: title?,
            portal: portal?,
            origins: origins?,
            language: self.language.clone(),
            timezone: timezone?,
            inputs: inputs?,
            outputs: outputs?,
            tasks: tasks?,
            renewal: transpose(renewal)?,
            states: conditions?,
            interrupts: interrupts?,
            guide: transpose(guide)?,
            persona: persona?,
            stages: stages?,
            spoken: std::mem::take(&mut self.spoken),
        })
    }

    /// Makes something of each, looking at all of them.
    fn each<T, U>(&mut self, list: &[At<T>], mut make: impl FnMut(&mut Self, &At<T>) -> Option<U>) -> Option<Vec<U>> {
        let results: Vec<Option<U>> = list.iter().map(|item| make(self, item)).collect();
        results.into_iter().collect()
    }

    fn guide(&mut self, raw: &RawGuide) -> Option<Guide> {
        let purpose = self.optional_words(raw.purpose.as_ref());
        let contact = self.optional_words(raw.contact.as_ref());
        let minutes = raw.minutes.as_ref().and_then(|minutes| self.positive("minutes", minutes, 1440));
        let collected = |given: &[At<String>]| given.iter().map(|need| need.value.clone()).collect::<Vec<_>>();
        let mut needs = BTreeMap::new();
        match raw.needs.as_ref().map(|needs| &needs.value) {
            Some(RawNeeds::Bare(list)) => {
                needs.insert(self.language.clone(), collected(&list.0));
            }
            Some(RawNeeds::Tagged(map)) => {
                for (language, list) in &map.0 {
                    self.language_tag(language);
                    needs.insert(
                        language.value.clone(),
                        list.as_ref().map_or_else(Vec::new, |list| collected(&list.value.0)),
                    );
                }
            }
            None => {}
        }
        if let Some(given) = &raw.needs {
            self.spoken.push(Spoken { languages: needs.keys().cloned().collect(), span: given.span.clone() });
        }
        Some(Guide { purpose: purpose?, needs, minutes, contact: contact? })
    }

    /// `${…}` in texts that are taken as they stand.
    fn misplaced(&mut self) {
        for At { value: name, span } in std::mem::take(&mut self.reader.misplaced) {
            let error = match self.names.secret_kind(&name) {
                Some(kind) => FlowError::SecretSeen { kind, name },
                None => FlowError::ReferenceMisplaced { name },
            };
            self.fault(error, span);
        }
    }

    /// The name of a declared thing; unknown ones are recorded.
    fn known(&mut self, thing: Thing, name: &At<String>) -> Option<String> {
        match self.names.unknown(thing, &name.value) {
            None => Some(name.value.clone()),
            Some(error) => {
                self.fault(error, name.span.clone());
                None
            }
        }
    }
}

/// `None` inside is a recorded fault, `None` outside an absence.
#[expect(clippy::option_option, reason = "the two absences differ: not written, and written wrong")]
fn transpose<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

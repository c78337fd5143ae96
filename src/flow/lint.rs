//! Doubts about a valid flow: what works today and will be regretted. Each rule is a [`Warning`].

mod reach;
mod states;
mod steps;
mod tasks;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use url::{Host, Url};

use crate::flow::fault::{Fault, Problem};
use crate::flow::model::Flow;
use crate::flow::step::{Part, Template, Value};
use crate::flow::warning::Warning;

/// Everything doubtful in a flow, in the order of the file.
#[must_use]
pub fn lint(flow: &Flow) -> Vec<Fault> {
    let mut doubts = Doubts { flow, list: Vec::new() };
    doubts.origins();
    doubts.languages();
    doubts.names();
    doubts.tasks();
    doubts.states();
    for stage in &flow.stages {
        doubts.steps(&stage.steps, &format!("stage \"{}\"", stage.id));
    }
    for (index, interrupt) in flow.interrupts.iter().enumerate() {
        doubts.steps(&interrupt.steps, &format!("interrupt {}", index + 1));
    }
    doubts.list.sort_by_key(|fault| (fault.span.start, fault.span.end));
    doubts.list
}

/// What is found.
struct Doubts<'a> {
    flow: &'a Flow,
    list: Vec<Fault>,
}

impl Doubts<'_> {
    fn doubt(&mut self, warning: Warning, span: Range<usize>, context: Option<&str>) {
        let context = context.map(ToOwned::to_owned);
        self.list.push(Fault { problem: Problem::Warning(warning), span, context });
    }

    /// Where words stand inside a span, so that the caret is under them; else the span.
    fn place(&self, span: &Range<usize>, words: &str) -> Range<usize> {
        let text = self.flow.source.text().get(span.clone()).unwrap_or_default();
        text.find(words).map_or(span.clone(), |at| span.start + at..span.start + at + words.len())
    }

    fn origins(&mut self) {
        for origin in std::iter::once(&self.flow.portal).chain(&self.flow.origins) {
            if origin.scheme() == "http" && !is_this_machine(origin) {
                let written = origin.as_str().trim_end_matches('/').to_owned();
                let place = self.place(&(0..self.flow.source.text().len()), &written);
                self.doubt(Warning::Unencrypted { origin: written }, place, None);
            }
        }
    }

    /// Words that lack a language which others have; a dialect is its language.
    fn languages(&mut self) {
        let flow = self.flow;
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let all: BTreeSet<String> =
            flow.spoken.iter().flat_map(|words| &words.languages).map(|tag| language(tag)).collect();
        for words in &flow.spoken {
            let own: BTreeSet<String> = words.languages.iter().map(|tag| language(tag)).collect();
            let missing: Vec<String> = all.difference(&own).cloned().collect();
            if !missing.is_empty() {
                self.doubt(Warning::Untranslated { missing }, words.span.clone(), None);
            }
        }
    }

    /// Stages, inputs and outputs that nothing uses.
    fn names(&mut self) {
        let staged: HashSet<&str> = self.flow.tasks.iter().flat_map(|task| &task.stages).map(String::as_str).collect();
        for stage in self.flow.stages.iter().filter(|stage| !staged.contains(stage.id.as_str())) {
            let context = format!("stage \"{}\"", stage.id);
            self.doubt(Warning::UnusedStage { stage: stage.id.clone() }, stage.span.clone(), Some(&context));
        }
        let mut used: HashSet<&str> = HashSet::new();
        let mut read: HashSet<&str> = HashSet::new();
        reach::every_step(self.flow, &mut |step| {
            used.extend(step.requests.as_deref());
            used.extend(reach::names(&step.action));
            read.extend(reach::output(&step.action));
        });
        for default in self.flow.inputs.iter().filter_map(|input| input.default.as_ref()) {
            match default {
                Value::Secret(name) | Value::Code(name) => used.extend([name.as_str()]),
                Value::Plain(Template(parts)) => used.extend(parts.iter().filter_map(|part| match part {
                    Part::Name(name) => Some(name.as_str()),
                    Part::Literal(_) => None,
                })),
            }
        }
        for input in self.flow.inputs.iter().filter(|input| !used.contains(input.name.as_str())) {
            self.doubt(Warning::UnusedInput { input: input.name.clone() }, input.span.clone(), Some("[inputs]"));
        }
        for output in self.flow.outputs.iter().filter(|output| !read.contains(output.name.as_str())) {
            self.doubt(Warning::UnreadOutput { output: output.name.clone() }, output.span.clone(), Some("[outputs]"));
        }
    }
}

/// Whether an origin never leaves this machine.
fn is_this_machine(origin: &Url) -> bool {
    match origin.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

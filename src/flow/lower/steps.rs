//! Steps: one action each, with what belongs to it.

use std::ops::Range;
use std::time::Duration;

use crate::flow::error::{FlowError, Thing};
use crate::flow::lower::Lowering;
use crate::flow::lower::locators::{Bare, DEEPEST};
use crate::flow::lower::names::check_file_name;
use crate::flow::lower::secrets::holds_a_secret;
use crate::flow::lower::times;
use crate::flow::model::InputKind;
use crate::flow::raw::locators::{RawCondition, RawLink, RawLocator, RawLocators};
use crate::flow::raw::read::{At, List, RawTemplate, Table};
use crate::flow::raw::steps::{RawDialog, RawExpect, RawStep};
use crate::flow::step::{Action, Expectation, Part, Step, Template, Value};
use crate::locator::Locator;

/// How long a step may wait for its target unless told.
const TIMEOUT: Duration = Duration::from_secs(30);

/// More steps than any portal has.
const MOST_STEPS: usize = 10_000;

/// What a list of steps stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Why a commit would be wrong here, if it would.
    pub(super) no_commit: Option<&'static str>,
    /// How many `when` and `repeat` it stands in.
    pub(super) depth: usize,
}

impl Lowering<'_> {
    /// A list of steps with at least one in it.
    pub(super) fn steps(&mut self, raw: &At<List<RawStep>>, place: Place) -> Option<Vec<Step>> {
        if raw.value.0.is_empty() {
            self.fault(
                FlowError::Empty { what: "this list of steps", advice: "write at least one: `{ expect = \"…\" }`" },
                raw.span.clone(),
            );
            return None;
        }
        if place.depth > DEEPEST {
            self.fault(FlowError::TooDeep { limit: DEEPEST }, raw.span.clone());
            return None;
        }
        self.each(&raw.value.0, |lowering, step| lowering.step(step, place))
    }

    fn step(&mut self, raw: &At<RawStep>, place: Place) -> Option<Step> {
        self.steps += 1;
        if self.steps == MOST_STEPS + 1 {
            self.fault(FlowError::TooMany { of: "steps", limit: MOST_STEPS }, raw.span.clone());
        }
        let step = &raw.value;
        let action = self.action_of(raw).and_then(|name| self.action(name, step, place));
        let timeout = match &step.timeout {
            None => Some(TIMEOUT),
            Some(timeout) => self.duration(timeout),
        };
        let label = self.optional_words(step.label.as_ref());
        let mask = self.locators(step.mask.as_ref());
        let highlight = self.locators(step.highlight.as_ref());
        let commit = self.commit(step.commit.as_ref(), step, place);
        let requests = self.requests(step.requests.as_ref());
        Some(Step {
            action: action?,
            timeout: timeout?,
            optional: step.optional.as_ref().is_some_and(|optional| optional.value),
            label: label?,
            commit: commit?,
            requests: requests?,
            mask: mask?,
            highlight: highlight?,
            span: raw.span.clone(),
        })
    }

    #[expect(clippy::option_option, reason = "the two absences differ: not written, and written wrong")]
    fn commit(&mut self, raw: Option<&At<String>>, step: &RawStep, place: Place) -> Option<Option<String>> {
        let Some(raw) = raw else { return Some(None) };
        if let Some(inside) = place.no_commit {
            let span = step.keys().span("commit").unwrap_or_else(|| raw.span.clone());
            self.fault(FlowError::CommitMisplaced { place: inside }, span);
        }
        if raw.value.trim().is_empty() {
            let error = FlowError::Empty {
                what: "the commit's text",
                advice: "say what cannot be undone once this step is sent",
            };
            self.fault(error, raw.span.clone());
            return None;
        }
        Some(Some(raw.value.clone()))
    }

    #[expect(clippy::option_option, reason = "the two absences differ: not written, and written wrong")]
    fn requests(&mut self, raw: Option<&At<String>>) -> Option<Option<String>> {
        let Some(raw) = raw else { return Some(None) };
        let name = self.known(Thing::Input, raw)?;
        if self.names.input(&name) != Some(InputKind::Code) {
            self.fault(FlowError::NotACode { name }, raw.span.clone());
            return None;
        }
        Some(Some(name))
    }

    fn locators(&mut self, raw: Option<&At<RawLocators>>) -> Option<Vec<Locator>> {
        self.each(raw.map_or(&[], |raw| &raw.value.0), |lowering, locator| lowering.find(locator, Bare::Text))
    }

    fn find(&mut self, raw: &At<RawLocator>, bare: Bare) -> Option<Locator> {
        self.locator(&raw.value, raw.span.clone(), bare, 1)
    }

    /// The locator of an action; absent only when its fault is recorded.
    fn at(&mut self, raw: Option<&At<RawLocator>>, bare: Bare) -> Option<Locator> {
        self.find(raw?, bare)
    }

    fn action(&mut self, name: &str, raw: &RawStep, place: Place) -> Option<Action> {
        match name {
            "open" => self.path(raw.open.as_ref()?).map(Action::Open),
            "fill" => {
                let (field, with) = self.typed(raw.fill.as_ref(), raw.with.as_ref())?;
                Some(Action::Fill { field, with })
            }
            "type" => {
                let (field, with) = self.typed(raw.r#type.as_ref(), raw.with.as_ref())?;
                Some(Action::Type { field, with })
            }
            "press" => self.keys(raw.press.as_ref()?).map(Action::Press),
            "click" => self.at(raw.click.as_ref(), Bare::Control).map(Action::Click),
            "double_click" => self.at(raw.double_click.as_ref(), Bare::Control).map(Action::DoubleClick),
            "hover" => self.at(raw.hover.as_ref(), Bare::Text).map(Action::Hover),
            "check" => self.at(raw.check.as_ref(), Bare::Field).map(Action::Check),
            "uncheck" => self.at(raw.uncheck.as_ref(), Bare::Field).map(Action::Uncheck),
            "select" => {
                let field = self.at(raw.select.as_ref(), Bare::Field);
                let with = raw.with.as_ref().and_then(|with| self.value(with));
                Some(Action::Select { field: field?, with: with? })
            }
            "upload" => {
                let field = self.at(raw.upload.as_ref(), Bare::Field);
                let with = raw.with.as_ref().and_then(|with| self.file(with));
                Some(Action::Upload { field: field?, with: with? })
            }
            "download" => {
                let control = self.at(raw.download.as_ref(), Bare::Control);
                let with = self.optional_template(raw.with.as_ref());
                Some(Action::Download { control: control?, with: with? })
            }
            "drag" => {
                let from = self.at(raw.drag.as_ref(), Bare::Text);
                let to = self.at(raw.to.as_ref(), Bare::Text);
                Some(Action::Drag { from: from?, to: to? })
            }
            "scroll" => self.at(raw.scroll.as_ref(), Bare::Text).map(Action::Scroll),
            "wait" => self.wait(raw.wait.as_ref()?),
            "expect" => self.expect(raw).map(Action::Expect),
            "read" => self.read(raw),
            "shot" => self.shot(raw.shot.as_ref()?).map(Action::Shot),
            "dialog" => self.dialog(raw.dialog.as_ref()?, raw),
            "when" => self.when(raw, place),
            _ => self.repeat(raw, place),
        }
    }

    /// A field and what is typed into it. Where the flow itself says that the field holds a secret, nothing literal is.
    fn typed(&mut self, field: Option<&At<RawLocator>>, with: Option<&At<RawTemplate>>) -> Option<(Locator, Value)> {
        let field = self.at(field, Bare::Field);
        let value = with.and_then(|with| self.value(with));
        let (field, with, value) = (field?, with?, value?);
        if let Value::Plain(Template(parts)) = &value
            && matches!(&parts[..], [Part::Literal(_)])
            && holds_a_secret(&field)
        {
            let shown = field.shown().to_owned();
            self.fault(FlowError::LiteralSecret { field: shown }, with.span.clone());
            return None;
        }
        Some((field, value))
    }

    #[expect(clippy::option_option, reason = "the two absences differ: not written, and written wrong")]
    fn optional_template(&mut self, raw: Option<&At<RawTemplate>>) -> Option<Option<Template>> {
        match raw {
            None => Some(None),
            Some(raw) => self.template(raw).map(Some),
        }
    }

    /// A bare time, or a condition.
    fn wait(&mut self, raw: &At<RawCondition>) -> Option<Action> {
        if let RawCondition::Locator(RawLocator(links)) = &raw.value
            && let [At { value: RawLink::Bare(text), span }] = &links[..]
            && times::duration(text).is_some()
        {
            return self.duration(&At { value: text.clone(), span: span.clone() }).map(Action::Pause);
        }
        self.condition(&raw.value, raw.span.clone(), 1).map(Action::Wait)
    }

    fn expect(&mut self, raw: &RawStep) -> Option<Expectation> {
        let requirements =
            ["value", "checked", "count"].into_iter().filter_map(|key| Some((key, raw.keys().span(key)?)));
        let requirements: Vec<(&'static str, Range<usize>)> = requirements.collect();
        if let [(first, _), (second, place), ..] = &requirements[..] {
            self.fault(FlowError::SeveralExpectations { first, second }, place.clone());
            return None;
        }
        let expect = raw.expect.as_ref()?;
        let Some((key, place)) = requirements.first() else {
            return match &expect.value {
                RawExpect::Condition(condition) => {
                    self.condition(condition, expect.span.clone(), 1).map(Expectation::Page)
                }
                RawExpect::Address(address) => self.address(address.url.as_ref()?).map(Expectation::Address),
            };
        };
        let RawExpect::Condition(RawCondition::Locator(locator)) = &expect.value else {
            let advice = "it goes with a locator: one element".to_owned();
            self.fault(FlowError::Misfit { sibling: key, action: "expect", advice }, place.clone());
            return None;
        };
        let bare = if *key == "count" { Bare::Text } else { Bare::Field };
        let of = self.locator(locator, expect.span.clone(), bare, 1);
        match *key {
            "value" => {
                let is = raw.value.as_ref().and_then(|value| self.template(value));
                Some(Expectation::Value { of: of?, is: is? })
            }
            "checked" => Some(Expectation::Checked { of: of?, is: raw.checked.as_ref()?.value }),
            _ => {
                let count = raw.count.as_ref()?;
                let Ok(is) = u32::try_from(count.value) else {
                    let error =
                        FlowError::OutOfRange { what: "a count", found: count.value, allowed: "from 0 up".to_owned() };
                    self.fault(error, count.span.clone());
                    return None;
                };
                Some(Expectation::Count { of: of?, is })
            }
        }
    }

    fn read(&mut self, raw: &RawStep) -> Option<Action> {
        let output = self.known(Thing::Output, raw.read.as_ref()?);
        let from = self.at(raw.from.as_ref(), Bare::Before);
        let pattern = match &raw.pattern {
            None => Some(None),
            Some(pattern) => self.own_regex(pattern, false).and_then(|regex| {
                let found = regex.captures_len() - 1;
                if found == 1 {
                    return Some(Some(regex));
                }
                self.fault(FlowError::PatternGroups { found }, pattern.span.clone());
                None
            }),
        };
        let all = raw.all.as_ref().is_some_and(|all| all.value);
        Some(Action::Read { output: output?, from: from?, pattern: pattern?, all })
    }

    /// A picture's own name: no stage and no other shot has it.
    fn shot(&mut self, raw: &At<String>) -> Option<String> {
        check_file_name(raw, Thing::Shot, &mut self.reader.faults);
        let first = self.names.stages.get(&raw.value).or_else(|| self.names.shots.get(&raw.value)).copied();
        if let Some(first) = first {
            let error = FlowError::Duplicate { thing: Thing::Shot, name: raw.value.clone(), first: self.line(first) };
            self.fault(error, raw.span.clone());
            return None;
        }
        self.names.shots.insert(raw.value.clone(), raw.span.start);
        Some(raw.value.clone())
    }

    fn dialog(&mut self, raw: &At<RawDialog>, step: &RawStep) -> Option<Action> {
        let RawDialog { accept, dismiss, .. } = &raw.value;
        let keys = raw.value.keys();
        if keys.has("accept") == keys.has("dismiss") {
            if !keys.others {
                self.fault(FlowError::AcceptOrDismiss, raw.span.clone());
            }
            return None;
        }
        let text = self.text(accept.as_ref().or(dismiss.as_ref())?, false);
        let with = self.optional_template(step.with.as_ref());
        if keys.has("dismiss")
            && let Some(place) = step.keys().span("with")
        {
            let advice = "a dismissed dialog takes no answer".to_owned();
            self.fault(FlowError::Misfit { sibling: "with", action: "dialog", advice }, place);
        }
        Some(Action::Dialog { accept: keys.has("accept"), text: text?, with: with? })
    }

    fn when(&mut self, raw: &RawStep, place: Place) -> Option<Action> {
        let inner = Place { depth: place.depth + 1, ..place };
        let condition =
            raw.when.as_ref().and_then(|condition| self.condition(&condition.value, condition.span.clone(), 1));
        let steps = raw.steps.as_ref().and_then(|steps| self.steps(steps, inner));
        let otherwise = match &raw.r#else {
            None => Some(Vec::new()),
            Some(steps) => self.steps(steps, inner),
        };
        Some(Action::When { condition: condition?, steps: steps?, otherwise: otherwise? })
    }

    fn repeat(&mut self, raw: &RawStep, place: Place) -> Option<Action> {
        let inner = Place { depth: place.depth + 1, no_commit: Some("a `repeat`") };
        let steps = raw.steps.as_ref().and_then(|steps| self.steps(steps, inner));
        let repeat = &raw.repeat.as_ref()?.value;
        let until = repeat.until.as_ref().and_then(|until| self.condition(&until.value, until.span.clone(), 1));
        let max = repeat.max.as_ref().and_then(|max| self.positive("rounds", max, 1000));
        Some(Action::Repeat { until: until?, max: max?, steps: steps? })
    }
}

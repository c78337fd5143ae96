//! Beside the tables: values of several shapes (a text or a table), their schemas, and where the parts of a file begin.

use std::borrow::Cow;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map as Object, Value};
use toml::de::{DeTable, DeValue};

use crate::flow::raw::Parts;
use crate::flow::raw::locators::{RawCondition, RawGroup, RawLink, RawLocator, RawLocators, RawTarget};
use crate::flow::raw::read::{At, List, Map, RawTemplate, Read, Reader, Table, at};
use crate::flow::raw::steps::{RawAddress, RawExpect};
use crate::flow::raw::tables::{RawNeeds, RawWords};

/// A docstring as one sentence for a fault: lower case, without its full stop.
pub(in crate::flow::raw) fn sentence(docs: &str) -> String {
    let docs = docs.trim().trim_end_matches('.');
    let mut characters = docs.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// The schema of a table as it grows.
pub(super) struct TableShape {
    description: String,
    properties: Object<String, Value>,
    required: Vec<Value>,
}

impl TableShape {
    pub(super) fn new(description: &str) -> Self {
        Self { description: description.trim().to_owned(), properties: Object::new(), required: Vec::new() }
    }

    pub(super) fn field(&mut self, key: &str, about: &str, mut schema: Schema, required: bool) {
        schema.insert("description".to_owned(), Value::from(about.trim()));
        self.properties.insert(key.to_owned(), schema.to_value());
        if required {
            self.required.push(Value::from(key));
        }
    }

    pub(super) fn finish(self) -> Schema {
        let mut schema = json_schema!({
            "type": "object",
            "description": self.description,
            "properties": self.properties,
            "additionalProperties": false,
        });
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), Value::Array(self.required));
        }
        schema
    }
}

/// The schema of a type with several shapes, under its own name.
macro_rules! one_of {
    ($name:ty = $shown:literal, $about:literal, $($type:ty),+) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $shown.into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "description": $about, "anyOf": [$(generator.subschema_for::<$type>()),+] })
            }
        }
    };
}

one_of!(
    RawWords = "words",
    "Words for people: a bare text in the flow's language, or texts by language.",
    String,
    Map<String>
);
one_of!(RawNeeds = "needs", "A list in the flow's language, or lists by language.", List<String>, Map<List<String>>);
one_of!(RawLink = "link", "What a person reads, or a table that says how the element is found.", String, RawTarget);
one_of!(
    RawLocator = "locator",
    "How an element is found; of a list the first that matches is used.",
    RawLink,
    List<RawLink>
);
one_of!(RawLocators = "locators", "One locator or several.", RawLink, List<RawLocator>);
one_of!(RawCondition = "condition", "What the page shows: a locator, or a group of conditions.", RawLocator, RawGroup);
one_of!(RawExpect = "expectation", "A condition or an address.", RawCondition, RawAddress);

impl JsonSchema for RawTemplate {
    fn schema_name() -> Cow<'static, str> {
        "template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A text in which `${name}` stands for an input or output." })
    }
}

impl<T: JsonSchema> JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("list-of-{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>() })
    }
}

impl<T: JsonSchema> JsonSchema for Map<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("names-of-{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

impl Read for RawWords {
    const EXPECTED: &'static str = "a text, or texts by language";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        match value {
            DeValue::String(_) => String::read(value, span, reader).map(Self::Bare),
            DeValue::Table(_) => Map::read(value, span, reader).map(Self::Tagged),
            _ => {
                reader.wrong::<Self>(value, span);
                None
            }
        }
    }
}

impl Read for RawNeeds {
    const EXPECTED: &'static str = "a list of texts, or lists by language";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        match value {
            DeValue::Array(_) => List::read(value, span, reader).map(Self::Bare),
            DeValue::Table(_) => Map::read(value, span, reader).map(Self::Tagged),
            _ => {
                reader.wrong::<Self>(value, span);
                None
            }
        }
    }
}

impl Read for RawLink {
    const EXPECTED: &'static str = "a text or a table that says how the element is found";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        link(value, span, &[], reader)
    }
}

impl Read for RawLocator {
    const EXPECTED: &'static str = "a text, a table or a list that says how the element is found";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        locator(value, span, &[], reader)
    }
}

impl Read for RawLocators {
    const EXPECTED: &'static str = "a locator or a list of locators";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        match value {
            DeValue::Array(array) => Some(Self(array.iter().filter_map(|node| at(node, reader)).collect())),
            _ => RawLocator::read(value, span.clone(), reader).map(|value| Self(vec![At { value, span }])),
        }
    }
}

impl Read for RawCondition {
    const EXPECTED: &'static str = "a locator or a group of conditions";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        condition(value, span, &[], reader)
    }
}

impl Read for RawExpect {
    const EXPECTED: &'static str = "a condition or an address";

    fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
        match value {
            DeValue::Table(table) if table.contains_key("url") => {
                RawAddress::read(value, span, reader).map(Self::Address)
            }
            _ => condition(value, span, RawAddress::KEYS, reader).map(Self::Condition),
        }
    }
}

fn condition(value: &DeValue<'_>, span: Range<usize>, also: &[&str], reader: &mut Reader) -> Option<RawCondition> {
    match value {
        DeValue::Table(table) if RawGroup::KEYS.iter().any(|key| table.contains_key(*key)) => {
            let group = RawGroup::read_table(table, &span, &[], reader);
            Some(RawCondition::Group(Box::new(group)))
        }
        _ => locator(value, span, &[RawGroup::KEYS, also].concat(), reader).map(RawCondition::Locator),
    }
}

fn locator(value: &DeValue<'_>, span: Range<usize>, also: &[&str], reader: &mut Reader) -> Option<RawLocator> {
    match value {
        DeValue::Array(array) => {
            let links: Vec<_> = array.iter().filter_map(|node| at(node, reader)).collect();
            // An empty chain is a fault of its own; one whose links are all wrong is reported already.
            (array.is_empty() || !links.is_empty()).then_some(RawLocator(links))
        }
        DeValue::String(_) | DeValue::Table(_) => {
            link(value, span.clone(), also, reader).map(|value| RawLocator(vec![At { value, span }]))
        }
        _ => {
            reader.wrong::<RawLocator>(value, span);
            None
        }
    }
}

fn link(value: &DeValue<'_>, span: Range<usize>, also: &[&str], reader: &mut Reader) -> Option<RawLink> {
    match value {
        DeValue::String(_) => String::read(value, span, reader).map(RawLink::Bare),
        DeValue::Table(table) => Some(RawLink::Table(Box::new(RawTarget::read_table(table, &span, also, reader)))),
        _ => {
            reader.wrong::<RawLink>(value, span);
            None
        }
    }
}

/// Where each top-level part of a file begins and what it is: `stage "login"`, or nothing to say.
pub(super) fn parts(document: &DeTable<'_>) -> Parts {
    let mut parts = Parts::new();
    for (key, node) in document {
        let (key, name) = (key, key.get_ref());
        match node.get_ref() {
            DeValue::Array(array) if matches!(name.as_ref(), "stage" | "state" | "interrupt") => {
                for (index, element) in array.iter().enumerate() {
                    let told = ["id", "verdict"].iter().find_map(|key| element.get_ref().get(*key)?.get_ref().as_str());
                    let title =
                        told.map_or_else(|| format!("{name} {}", index + 1), |told| format!("{name} \"{told}\""));
                    parts.push((element.span().start, title));
                }
            }
            DeValue::Table(table) if name == "task" => {
                for (task, element) in table {
                    parts.push((element.span().start.min(task.span().start), format!("task \"{}\"", task.get_ref())));
                }
            }
            DeValue::Table(_) => parts.push((key.span().start.min(node.span().start), format!("[{name}]"))),
            _ => {}
        }
    }
    parts.sort();
    parts
}

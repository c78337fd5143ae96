//! The shape of a flow file: what may stand where, before any rule is asked. The only place that knows TOML.
//!
//! Each table is declared once, by `table!`; the reader, the list of its keys and the JSON Schema are made of that
//! declaration, so none of the three can differ. The words of the declarations are what editors show.

/// The name of a key whose field is written with `r#`.
const fn key(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Declares a table: its struct, its reader, its schema. `must` fields are reported when they are missing.
macro_rules! table {
    ($(#[doc = $doc:literal])+ $name:ident = $shown:literal {
        $($(#[doc = $about:literal])+ $field:ident: $presence:ident $type:ty,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub(in crate::flow) struct $name {
            /// Which keys stand there; a field whose value is wrong is `None` and yet named here.
            keys: $crate::flow::raw::read::Keys,
            $($(#[doc = $about])+ pub(in crate::flow) $field: Option<$crate::flow::raw::read::At<$type>>,)+
        }

        impl $crate::flow::raw::read::Table for $name {
            const KEYS: &'static [&'static str] = &[$($crate::flow::raw::key(stringify!($field))),+];

            const MUST: &'static [(&'static str, &'static str, bool)] =
                &[$(($crate::flow::raw::key(stringify!($field)), concat!($($about),+), table!(@$presence))),+];

            fn keys(&self) -> &$crate::flow::raw::read::Keys {
                &self.keys
            }

            fn take(table: &toml::de::DeTable<'_>, reader: &mut $crate::flow::raw::read::Reader) -> Self {
                Self { keys: $crate::flow::raw::read::Keys::of(table, <Self as $crate::flow::raw::read::Table>::KEYS), $($field: $crate::flow::raw::read::field(table, $crate::flow::raw::key(stringify!($field)), reader)),+ }
            }
        }

        impl $crate::flow::raw::read::Read for $name {
            const EXPECTED: &'static str = "a table";

            fn read(value: &toml::de::DeValue<'_>, span: std::ops::Range<usize>, reader: &mut $crate::flow::raw::read::Reader) -> Option<Self> {
                let Some(table) = value.as_table() else {
                    reader.wrong::<Self>(value, span);
                    return None;
                };
                Some(<Self as $crate::flow::raw::read::Table>::read_table(table, &span, &[], reader))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut table = $crate::flow::raw::shape::TableShape::new(concat!($($doc),+));
                $({
                    let schema = generator.subschema_for::<$type>();
                    table.field($crate::flow::raw::key(stringify!($field)), concat!($($about),+), schema, table!(@$presence));
                })+
                table.finish()
            }
        }
    };
    (@may) => { false };
    (@must) => { true };
}

pub(in crate::flow) mod locators;
pub(in crate::flow) mod read;
mod shape;
pub(in crate::flow) mod steps;
pub(in crate::flow) mod tables;

use toml::de::DeTable;

use crate::flow::error::FlowError;
use crate::flow::fault::Faults;
use crate::flow::raw::read::{Reader, Table};
use crate::flow::raw::tables::RawFlow;
use crate::source::Source;

/// Where the parts of a file begin, for the line above a fault.
pub(in crate::flow) type Parts = Vec<(usize, String)>;

/// Reads the shape of a file, recording what is wrong with it.
pub(in crate::flow) fn read(source: &Source) -> (Option<RawFlow>, Reader, Parts) {
    let mut reader = Reader::new(Faults::new(source.clone()));
    let (document, errors) = DeTable::parse_recoverable(source.text());
    for error in &errors {
        let (message, expected) = error.message().split_once('\n').unwrap_or((error.message(), ""));
        let span = error.span().unwrap_or(source.text().len()..source.text().len());
        reader
            .faults
            .push(FlowError::Syntax { message: message.to_owned(), expected: expected.replace('\n', ", ") }, span);
    }
    let parts = shape::parts(document.get_ref());
    // What follows a syntax error is a guess of the TOML reader; judging it would report faults that nobody made.
    if !errors.is_empty() {
        return (None, reader, parts);
    }
    let flow = RawFlow::read_table(document.get_ref(), &(0..0), &[], &mut reader);
    (Some(flow), reader, parts)
}

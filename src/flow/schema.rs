//! The JSON Schema of the format, for editors: made from the declarations that read the file, so it cannot differ.

use schemars::generate::SchemaSettings;

use crate::flow::raw::tables::RawFlow;

/// The schema as `rinnova schema` prints it and `flows/flow.schema.json` keeps it.
#[must_use]
pub fn text() -> String {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<RawFlow>();
    schema.insert("title".to_owned(), "rinnova flow".into());
    // A value of JSON always has a text.
    format!("{:#}\n", schema.as_value())
}

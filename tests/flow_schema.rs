//! The schema is what the reader reads: the file in `flows` is it, it takes every good flow, and it knows every key.

use std::fs;
use std::path::Path;

use rinnova::flow::{load, scaffold, schema};
use serde_json::Value;

#[test]
fn the_schema_in_flows_is_the_one_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/flow.schema.json");
    if std::env::var_os("RINNOVA_BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(&path, schema::text()).expect("writable");
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), schema::text(), "RINNOVA_BLESS=1 writes it");
}

/// A minimal reading of JSON Schema: enough for the schemas that are made here.
fn accepts(root: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = root.pointer(reference.trim_start_matches('#')).expect("a definition");
        return accepts(root, found, value);
    }
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    let all =
        |key: &str| schema[key].as_array().is_none_or(|list| list.iter().all(|schema| accepts(root, schema, value)));
    let any = || schema["anyOf"].as_array().is_none_or(|list| list.iter().any(|schema| accepts(root, schema, value)));
    let required = || {
        schema["required"]
            .as_array()
            .is_none_or(|keys| keys.iter().all(|key| value.get(key.as_str().expect("a key")).is_some()))
    };
    let fields = || {
        value.as_object().is_none_or(|object| {
            object.iter().all(|(key, value)| match schema["properties"].get(key) {
                Some(schema) => accepts(root, schema, value),
                None => match &schema["additionalProperties"] {
                    Value::Bool(false) => false,
                    Value::Null => true,
                    schema => accepts(root, schema, value),
                },
            })
        })
    };
    let items = || {
        value.as_array().is_none_or(|list| {
            list.iter().all(|item| schema.get("items").is_none_or(|schema| accepts(root, schema, item)))
        })
    };
    schema["type"].as_str().is_none_or(is) && all("allOf") && any() && required() && fields() && items()
}

fn read(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().expect("TOML")).expect("JSON")
}

#[test]
fn the_schema_takes_good_flows_and_refuses_bad_keys() {
    let schema: Value = serde_json::from_str(&schema::text()).expect("JSON");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows/ok");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        assert!(accepts(&schema, &schema, &read(&text)), "{}", path.display());
        seen += 1;
    }
    assert!(seen > 2);
    for text in ["colour = 1", "[[stage]]\nid = 'a'\ntitle = 'a'\nsteps = [{ clik = 'a' }]"] {
        assert!(!accepts(&schema, &schema, &read(text)), "{text}");
    }
}

/// Every table of the schema, as the reader sees it: an unknown key is answered with exactly the keys of the schema.
#[test]
fn the_reader_knows_the_keys_of_the_schema() {
    let schema: Value = serde_json::from_str(&schema::text()).expect("JSON");
    let definition = |name: &str| if name == "flow" { schema.clone() } else { schema["definitions"][name].clone() };
    for (table, text) in [
        ("flow", "zzzzzzzzz = 1"),
        ("input", "inputs.a = { zzzzzzzzz = 1 }"),
        ("output", "outputs.a = { zzzzzzzzz = 1 }"),
        ("task", "task.a = { zzzzzzzzz = 1 }"),
        ("renewal", "renewal = { zzzzzzzzz = 1 }"),
        ("rehearse", "renewal = { rehearse = { zzzzzzzzz = 1 } }"),
        ("state", "state = [{ zzzzzzzzz = 1 }]"),
        ("interrupt", "interrupt = [{ zzzzzzzzz = 1 }]"),
        ("guide", "guide = { zzzzzzzzz = 1 }"),
        ("persona", "persona = { zzzzzzzzz = 1 }"),
        ("persona-rule", "persona = { rules = [{ zzzzzzzzz = 1 }] }"),
        ("stage", "stage = [{ zzzzzzzzz = 1 }]"),
        ("step", "stage = [{ steps = [{ zzzzzzzzz = 1 }] }]"),
        ("dialog", "stage = [{ steps = [{ dialog = { zzzzzzzzz = 1 } }] }]"),
        ("repeat", "stage = [{ steps = [{ repeat = { zzzzzzzzz = 1 } }] }]"),
        ("target", "stage = [{ steps = [{ click = { zzzzzzzzz = 1 } }] }]"),
        ("group", "stage = [{ steps = [{ expect = { all = [], zzzzzzzzz = 1 } }] }]"),
        ("address", "stage = [{ steps = [{ expect = { url = '/', zzzzzzzzz = 1 } }] }]"),
    ] {
        let said = load::parse("a.toml", text).expect_err("unknown").render(false);
        let after = said.split("unknown key `zzzzzzzzz`").nth(1).expect("the fault");
        let after = after.split("error:").next().expect("its text");
        let known = after.split("known:").nth(1).unwrap_or_else(|| panic!("{table}: {said}"));
        let known: String = known.split("\n\n").next().expect("its list").split_whitespace().collect();
        let properties = definition(table);
        let properties = properties["properties"].as_object().unwrap_or_else(|| panic!("{table} is in the schema"));
        let expected: Vec<String> = properties.keys().map(|key| format!("`{key}`")).collect();
        assert_eq!(known, expected.join(","), "{table}");
    }
    let tables =
        schema["definitions"].as_object().expect("definitions").values().filter(|it| it["type"] == "object").count();
    assert_eq!(tables, 17, "a new table belongs into the list above");
}

#[test]
fn the_scaffold_checks_without_a_doubt() {
    for (name, portal) in [("my portal", "https://portal.example"), ("a \"b\" \\c", "http://127.0.0.1:8080")] {
        match load::parse("new.toml", &scaffold::text(name, portal)) {
            Ok(loaded) => assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings),
            Err(error) => panic!("{}", error.render(false)),
        }
    }
}

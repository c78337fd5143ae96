//! Locators and texts as the page script receives them, written short.

use serde_json::{Value, json};

/// A text contained, case-insensitively.
pub fn contains(text: &str) -> Value {
    json!({ "how": "contains", "text": text })
}

/// The whole text.
pub fn exact(text: &str) -> Value {
    json!({ "how": "exact", "text": text })
}

/// A regular expression.
pub fn regex(body: &str, flags: &str) -> Value {
    json!({ "how": "regex", "text": { "body": body, "flags": flags } })
}

/// A target that finds by a text.
#[expect(clippy::needless_pass_by_value, reason = "what `json!` has just made is handed over")]
pub fn by(kind: &str, name: Value) -> Value {
    json!({ "by": kind, "name": name, "shown": kind })
}

/// A locator of one target whose text is contained.
pub fn one(kind: &str, name: &str) -> Value {
    json!([by(kind, contains(name))])
}

/// A locator of one target whose text is the whole.
pub fn whole(kind: &str, name: &str) -> Value {
    json!([by(kind, exact(name))])
}

/// A locator by role and name.
pub fn role(role: &str, name: &str) -> Value {
    json!([{ "by": "role", "role": role, "name": contains(name), "shown": role }])
}

/// A locator by selector.
pub fn css(selector: &str) -> Value {
    json!([{ "by": "css", "selector": selector, "shown": selector }])
}

/// The same locator inside another.
pub fn within(mut locator: Value, scope: Value) -> Value {
    locator[0]["within"] = scope;
    locator
}

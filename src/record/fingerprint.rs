//! What an element is known by: enough to find it again when its portal has changed, and to see that another took its place.
//!
//! It never holds a value. All texts are as read on the page, white space folded, at most 200 characters.

use serde::{Deserialize, Serialize};

/// What an element is known by. What does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fingerprint {
    /// Its role, as the browser computes it: `textbox`, `button`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Its accessible name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The text of its `<label>` or of what ARIA names, alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Its placeholder.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
    /// What can be read in it; for a field nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// All that is written for a box to be ticked: what a tick agrees to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The text right before it, as a person reads: what `after` in a flow would name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// The text right after it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// What it stands in, outermost first: `dialog "Rinnova firma"`, `form`, `frame "accesso"`, `shadow`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<String>,
    /// Its tag: `input`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// The tags around it in its own document, outermost first: `["main", "form", "div"]`; at most thirty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub markup: Vec<String>,
    /// An input's type: `password`.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its `id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its `name` attribute.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// Its `data-testid`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub testid: String,
    /// Where a link leads: path and fragment, no query.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub href: String,
    /// The address of the page on which it was found: path and fragment, no query.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// The origin to which its form would go.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub submits: String,
    /// Its box in the viewport, CSS pixels: left, top, width, height.
    pub place: [i32; 4],
    /// So many one-character boxes it is; 0 where it is none.
    #[serde(skip_serializing_if = "is_zero")]
    pub boxes: u32,
    /// It must be filled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What is typed there is not shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

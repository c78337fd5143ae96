//! A page in outline: what one can do and agree to on it, in reading order. Running text, values and addresses of pictures
//! are left out, so that two visits of the same page by two holders have the same outline.

use serde::{Deserialize, Serialize};

/// A page in outline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outline {
    /// Its address: path and fragment, no query.
    pub address: String,
    /// Its title.
    pub title: String,
    /// Its language, as the page declares it; empty where it does not.
    pub language: String,
    /// What stands on it, in reading order.
    pub items: Vec<Item>,
}

/// One thing on a page: a dialog, a heading, a field, a control, a message, a frame.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Item {
    /// Its role: `dialog`, `heading`, `textbox`, `checkbox`, `button`, `link`, `alert`, `frame`, …
    pub role: String,
    /// Its accessible name; of a box to be ticked all that is written for it. At most 200 characters, of a box 8,000.
    pub name: String,
    /// The nearest dialog, form or frame it stands in, as `dialog "Rinnova firma"`; empty on the bare page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub inside: String,
    /// `required`, `secret`, `disabled`, `read-only`, `checked`, `expanded`, `collapsed`, `elsewhere` (a frame of another
    /// origin, or a form that sends there), in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
}

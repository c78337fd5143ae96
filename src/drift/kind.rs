//! What an element is for: what can be typed into, ticked, chosen from, pressed, read. Tags and roles are ways to make it.

use crate::record::Fingerprint;

/// What an element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something is typed into it.
    Field,
    /// It is ticked.
    Box,
    /// One of several is chosen in it.
    Menu,
    /// It takes a file.
    File,
    /// It is pressed.
    Control,
    /// It is read.
    Text,
    /// It has no role: a text, or a box that a script makes a button of.
    Bare,
}

impl Kind {
    /// What an element is for, by its role, else by its tag and type.
    pub(super) fn of(it: &Fingerprint) -> Self {
        if it.tag == "input" && it.kind == "file" {
            return Self::File;
        }
        match it.role.as_str() {
            _ if it.boxes > 0 => Self::Field,
            "combobox" if it.tag == "input" => Self::Field,
            "textbox" | "searchbox" | "spinbutton" | "slider" => Self::Field,
            "checkbox" | "radio" | "switch" | "menuitemcheckbox" | "menuitemradio" => Self::Box,
            "combobox" | "listbox" | "radiogroup" => Self::Menu,
            "button" | "link" | "tab" | "menuitem" | "option" | "treeitem" => Self::Control,
            "" | "generic" | "none" | "presentation" => match (it.tag.as_str(), it.kind.as_str()) {
                ("input", "submit" | "button" | "reset" | "image") | ("button" | "summary", _) => Self::Control,
                ("input" | "textarea", _) => Self::Field,
                _ => Self::Bare,
            },
            _ => Self::Text,
        }
    }

    /// How like two are: the same kind made with another role is nearly the same.
    pub(super) fn alike(self, other: Self, same_role: bool) -> f64 {
        match (self, other) {
            _ if self == other => {
                if same_role {
                    1.0
                } else {
                    0.9
                }
            }
            (Self::Bare, Self::Control | Self::Text) | (Self::Control | Self::Text, Self::Bare) => 0.7,
            // A text field may suggest what to choose.
            (Self::Field, Self::Menu) | (Self::Menu, Self::Field) => 0.3,
            _ => 0.0,
        }
    }
}

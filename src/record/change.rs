//! A change of a portal: what differs from its flow's baseline, in words, and how much it matters.

use serde::{Deserialize, Serialize};

/// What differs from the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The class it belongs to.
    pub kind: ChangeKind,
    /// What a run does about it.
    pub gravity: Gravity,
    /// The stage, by name in the record.
    pub stage: String,
    /// The step it touches: its line in the flow file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<usize>,
    /// One sentence: button “Rinnova ora” is now “Rinnova firma digitale”.
    pub says: String,
    /// What the baseline has; empty for what is new.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub before: String,
    /// What is there; empty for what is gone.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub now: String,
}

/// What a run does about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// Told, and no more: nothing that the flow uses.
    Note,
    /// The run goes on and carries the flag `drift`.
    Drift,
    /// The run stops before anything is sent.
    Stop,
}

/// The classes of changes, a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It says the same in other words.
    Renamed,
    /// It stands in another place: another form, frame, dialog, shadow root, another order.
    Moved,
    /// It is made otherwise: another role or tag, eight boxes in place of one field.
    Remade,
    /// It is there no more.
    Gone,
    /// A field that was not there.
    NewField,
    /// A consent that was not there.
    NewConsent,
    /// A consent whose words are others.
    ConsentReworded,
    /// A dialog that was not there.
    NewDialog,
    /// A control that was not there and that no step could mean.
    NewControl,
    /// A control that was not there and that is too like one that a step means.
    Rival,
    /// What the locator finds is something else than before.
    OtherIdentity,
    /// A page between two that the flow knows.
    PageInserted,
    /// A page that the flow knows does not come any more.
    PageGone,
    /// A form, a frame or a page of another origin.
    OtherOrigin,
    /// Money is asked for.
    Payment,
    /// A proof that a person is there is asked for.
    Captcha,
    /// The browser's own dialog opens.
    NativeDialog,
    /// Something lies over the page and does not go.
    Covered,
    /// It is there, but nothing can be typed into it, or it stands where no tool may look.
    OutOfReach,
    /// The page speaks another language.
    Language,
    /// A value is written in another form.
    ValueFormat,
    /// Most of the page is another.
    Redesign,
}

//! A step: one table for all actions and their siblings.

use crate::flow::raw::locators::{RawCondition, RawLocator, RawLocators};
use crate::flow::raw::read::{List, RawTemplate};
use crate::flow::raw::tables::RawWords;

table! {
    /// One action with its siblings. Exactly one action.
    RawStep = "step" {
        /// Goes to a path of the portal.
        open: may RawTemplate,
        /// Sets the whole value of a field; `with` the value.
        fill: may RawLocator,
        /// Types into a field key by key; `with` the value.
        r#type: may RawLocator,
        /// Presses a key (`Enter`) or a chord (`Control+a`).
        press: may String,
        /// Clicks.
        click: may RawLocator,
        /// Clicks twice.
        double_click: may RawLocator,
        /// Moves the pointer over.
        hover: may RawLocator,
        /// Ticks a checkbox, radio or switch.
        check: may RawLocator,
        /// Unticks.
        uncheck: may RawLocator,
        /// Chooses an option of a menu; `with` its text.
        select: may RawLocator,
        /// Gives a file to a field; `with` its path beside the flow.
        upload: may RawLocator,
        /// Clicks and waits for the file that must come of it; `with` what its name must match.
        download: may RawLocator,
        /// Drags one element onto another; `to` where.
        drag: may RawLocator,
        /// Scrolls until the element is in view.
        scroll: may RawLocator,
        /// Waits for a condition; a bare time (`2s`) is allowed and doubtful.
        wait: may RawCondition,
        /// Requires something of the page: a condition, or `{ url = "/path" }`.
        expect: may RawExpect,
        /// Reads a value into this output; `from` where.
        read: may String,
        /// Takes one more picture under this name.
        shot: may String,
        /// Answers a native dialog.
        dialog: may RawDialog,
        /// Decides at once whether `steps` or `else` are done.
        when: may RawCondition,
        /// Repeats `steps` until a condition holds.
        repeat: may RawRepeat,
        /// The value.
        with: may RawTemplate,
        /// Where a `drag` ends.
        to: may RawLocator,
        /// Where a `read` value stands.
        from: may RawLocator,
        /// What of the text read is the value: a regular expression with one group.
        pattern: may String,
        /// Reads all matches as a list, a table's rows as records.
        all: may bool,
        /// `expect`: the element has this value.
        value: may RawTemplate,
        /// `expect`: the element is ticked, or not.
        checked: may bool,
        /// `expect`: so many visible elements match.
        count: may i64,
        /// What a `when` or `repeat` does.
        steps: may List<RawStep>,
        /// What a `when` does otherwise.
        r#else: may List<RawStep>,
        /// How long it may wait for its target: `30s` unless told.
        timeout: may String,
        /// The target's absence is noted, not a failure.
        optional: may bool,
        /// The sentence people see instead of the made one.
        label: may RawWords,
        /// What cannot be undone once this step is sent, in words.
        commit: may String,
        /// The code input whose code this step has the portal send.
        requests: may String,
        /// What the picture covers.
        mask: may RawLocators,
        /// What the picture outlines.
        highlight: may RawLocators,
    }
}

table! {
    /// A native dialog: accepted or dismissed, with its expected text.
    RawDialog = "dialog" {
        /// The text of the dialog to accept.
        accept: may String,
        /// The text of the dialog to dismiss.
        dismiss: may String,
    }
}

table! {
    /// When a repetition ends.
    RawRepeat = "repeat" {
        /// Ends the repetition; tested before each round.
        until: must RawCondition,
        /// How many rounds at most.
        max: must i64,
    }
}

table! {
    /// An address of the portal.
    RawAddress = "address" {
        /// Path, query and fragment as a whole, or `/a regular expression/`.
        url: must String,
    }
}

/// What `expect` takes.
#[derive(Debug)]
pub(in crate::flow) enum RawExpect {
    /// A condition.
    Condition(RawCondition),
    /// An address.
    Address(RawAddress),
}

/// The keys of actions, in the order of design.md §2.
pub(in crate::flow) const ACTIONS: [&str; 21] = [
    "open",
    "fill",
    "type",
    "press",
    "click",
    "double_click",
    "hover",
    "check",
    "uncheck",
    "select",
    "upload",
    "download",
    "drag",
    "scroll",
    "wait",
    "expect",
    "read",
    "shot",
    "dialog",
    "when",
    "repeat",
];

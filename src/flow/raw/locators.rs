//! Locators and conditions as they are written.

use crate::flow::raw::read::{At, List};

table! {
    /// How an element is found: one way, and what narrows it.
    RawTarget = "target" {
        /// A button by its name.
        button: may String,
        /// A link by its name.
        link: may String,
        /// A field by what a person reads beside it.
        field: may String,
        /// A checkbox by its name.
        checkbox: may String,
        /// A radio button by its name.
        radio: may String,
        /// A heading by its text.
        heading: may String,
        /// A dialog by its name.
        dialog: may String,
        /// A tab by its name.
        tab: may String,
        /// A menu entry by its name.
        menuitem: may String,
        /// An option by its text.
        option: may String,
        /// A table row by its text.
        row: may String,
        /// An image by its alternative text.
        image: may String,
        /// Any ARIA role; `name` narrows it.
        role: may String,
        /// The accessible name beside `role`.
        name: may String,
        /// A field by the text of its label alone.
        label: may String,
        /// A field by its placeholder.
        placeholder: may String,
        /// The smallest visible element with this text.
        text: may String,
        /// The field or value that visually follows this text.
        after: may String,
        /// An element by its `data-testid`.
        testid: may String,
        /// A CSS selector.
        css: may String,
        /// An `XPath` expression.
        xpath: may String,
        /// A frame by its name, title or address; only in `within`.
        frame: may String,
        /// The element or frame inside which it is looked for.
        within: may RawLocator,
        /// Which of several visible matches, counted from 1.
        nth: may i64,
        /// The whole name, upper and lower case told apart.
        exact: may bool,
    }
}

table! {
    /// Conditions together: every group given must hold.
    RawGroup = "group" {
        /// All of these hold.
        all: may List<RawCondition>,
        /// At least one of these holds.
        any: may List<RawCondition>,
        /// None of these holds.
        none: may List<RawCondition>,
    }
}

/// One link of a chain: what a person reads, or a table.
#[derive(Debug)]
pub(in crate::flow) enum RawLink {
    /// A bare text.
    Bare(String),
    /// A table.
    Table(Box<RawTarget>),
}

/// A link, or a list of links of which the first that matches is used.
#[derive(Debug)]
pub(in crate::flow) struct RawLocator(pub(in crate::flow) Vec<At<RawLink>>);

/// One or several locators; here a list is several, not a chain.
#[derive(Debug)]
pub(in crate::flow) struct RawLocators(pub(in crate::flow) Vec<At<RawLocator>>);

/// A locator or a group.
#[derive(Debug)]
pub(in crate::flow) enum RawCondition {
    /// At least one visible match.
    Locator(RawLocator),
    /// `all`, `any`, `none`.
    Group(Box<RawGroup>),
}

//! The shape of a flow file: what may stand where, before any rule is asked. The only place that knows TOML.
//!
//! Each table is declared once, by `table!`; the reader, the list of its keys and the JSON Schema are made of that
//! declaration, so none of the three can differ. The words of the declarations are what editors show.

pub(in crate::flow) mod read;
mod shape;

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::flow::error::FlowError;
use crate::flow::fault::Faults;
use crate::flow::raw::read::{At, Keys, List, Map, RawTemplate, Read, Reader, Table, field};
use crate::source::Source;

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
            keys: Keys,
            $($(#[doc = $about])+ pub(in crate::flow) $field: Option<At<$type>>,)+
        }

        impl Table for $name {
            const KEYS: &'static [&'static str] = &[$(key(stringify!($field))),+];

            const MUST: &'static [(&'static str, &'static str, bool)] =
                &[$((key(stringify!($field)), concat!($($about),+), table!(@$presence))),+];

            fn keys(&self) -> &Keys {
                &self.keys
            }

            fn take(table: &DeTable<'_>, reader: &mut Reader) -> Self {
                Self { keys: Keys::of(table, Self::KEYS), $($field: field(table, key(stringify!($field)), reader)),+ }
            }
        }

        impl Read for $name {
            const EXPECTED: &'static str = "a table";

            fn read(value: &DeValue<'_>, span: Range<usize>, reader: &mut Reader) -> Option<Self> {
                let Some(table) = value.as_table() else {
                    reader.wrong::<Self>(value, span);
                    return None;
                };
                Some(Self::read_table(table, &span, &[], reader))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut table = shape::TableShape::new(concat!($($doc),+));
                $({
                    let schema = generator.subschema_for::<$type>();
                    table.field(key(stringify!($field)), concat!($($about),+), schema, table!(@$presence));
                })+
                table.finish()
            }
        }
    };
    (@may) => { false };
    (@must) => { true };
}

table! {
    /// A flow: how rinnova goes through one web portal.
    RawFlow = "flow" {
        /// The version of this format: `1`.
        format: must i64,
        /// The title people see, by language.
        title: must RawWords,
        /// The portal's origin, as `https://portal.example`; an account or `--portal` may replace it.
        portal: must String,
        /// Further origins where secrets may be typed.
        origins: may List<String>,
        /// The language the browser asks for pages in; bare texts of this file are in it.
        language: may String,
        /// The time zone in which the portal counts its days.
        timezone: may String,
        /// The values the holder supplies; they never stand in a flow file.
        inputs: may Map<RawInput>,
        /// The values read from the portal.
        outputs: may Map<RawOutput>,
        /// The named sequences of stages.
        task: must Map<RawTask>,
        /// When and how the certificate is renewed.
        renewal: may RawRenewal,
        /// The recognisable conditions of the portal.
        state: may List<RawState>,
        /// Banners and modals that may appear at any time.
        interrupt: may List<RawInterrupt>,
        /// What the instruction document says beside the stages.
        guide: may RawGuide,
        /// The screens of the portal, as a reader sees them.
        stage: must List<RawStage>,
    }
}

table! {
    /// A value that the holder supplies.
    RawInput = "input" {
        /// What people call it.
        label: may RawWords,
        /// An invented value, for guides.
        example: may String,
        /// The value must never be seen.
        secret: may bool,
        /// A one-time code: asked for when it is needed, each used once.
        code: may bool,
        /// A regular expression that the whole value must match.
        pattern: may String,
        /// The value used when the holder supplies none; of a secret only another secret, `"${pin}"`.
        default: may RawTemplate,
    }
}

table! {
    /// A value read from the portal.
    RawOutput = "output" {
        /// The form in which the portal writes a date: `%d/%m/%Y`.
        date: may String,
    }
}

table! {
    /// A named sequence of stages.
    RawTask = "task" {
        /// The ids of its stages, in order; one may stand twice.
        stages: must List<String>,
    }
}

table! {
    /// When and how the certificate is renewed.
    RawRenewal = "renewal" {
        /// The task that renews.
        task: must String,
        /// The task that only reads.
        status: may String,
        /// The task entered when a renewal stands half done.
        resume: may String,
        /// How far a rehearsal goes.
        rehearse: may RawRehearse,
        /// The output that holds the expiry: renewed means that it moved forward by `gains`.
        expires: must String,
        /// By how much the expiry moves at least: `2y`.
        gains: must String,
        /// How long before expiry the window opens: `90d`.
        opens: must String,
        /// How long before expiry the last renewable day is: `1d`.
        closes: must String,
        /// How long before expiry `renew` should act: `30d`; an account may change it.
        before: must String,
    }
}

table! {
    /// How far a rehearsal goes.
    RawRehearse = "rehearse" {
        /// The last stage a rehearsal enters: its locators are checked, nothing of it is sent.
        until: must String,
    }
}

table! {
    /// A recognisable condition of the portal.
    RawState = "state" {
        /// How a run that meets it ends.
        verdict: must String,
        /// Its evidence: what the page shows.
        when: must RawCondition,
        /// The tasks in which it holds; else those with a commit.
        tasks: may List<String>,
        /// The stages in which it holds; else all.
        stages: may List<String>,
        /// The portal's own words, for the guide.
        says: may String,
        /// What the reader should do.
        advice: may RawWords,
        /// It proves that the commit did not take place.
        refused: may bool,
    }
}

table! {
    /// A banner or modal that may appear at any time.
    RawInterrupt = "interrupt" {
        /// When it is there.
        when: must RawCondition,
        /// What sends it away.
        steps: must List<RawStep>,
    }
}

table! {
    /// What the instruction document says beside the stages.
    RawGuide = "guide" {
        /// What the reader will have done.
        purpose: may RawWords,
        /// What the reader must have at hand: a list, or lists by language.
        needs: may RawNeeds,
        /// How many minutes it takes.
        minutes: may i64,
        /// Whom to ask.
        contact: may RawWords,
    }
}

table! {
    /// One screen of the portal: some steps and one picture.
    RawStage = "stage" {
        /// Its id, which is also the picture's name: lower case letters, digits, hyphens.
        id: must String,
        /// What the reader does here.
        title: must RawWords,
        /// The guide's prose.
        guide: may RawWords,
        /// What is done, in order.
        steps: must List<RawStep>,
    }
}

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
        /// An XPath expression.
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

table! {
    /// An address of the portal.
    RawAddress = "address" {
        /// Path, query and fragment as a whole, or `/a regular expression/`.
        url: must String,
    }
}

/// Words for people: a bare text in the flow's language, or texts by language.
#[derive(Debug)]
pub(in crate::flow) enum RawWords {
    /// In the flow's language.
    Bare(String),
    /// By language.
    Tagged(Map<String>),
}

/// Lists of words by language.
#[derive(Debug)]
pub(in crate::flow) enum RawNeeds {
    /// In the flow's language.
    Bare(List<String>),
    /// By language.
    Tagged(Map<List<String>>),
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
    "open", "fill", "type", "press", "click", "double_click", "hover", "check", "uncheck", "select", "upload", "download",
    "drag", "scroll", "wait", "expect", "read", "shot", "dialog", "when", "repeat",
];

/// Where the parts of a file begin, for the line above a fault.
pub(in crate::flow) type Parts = Vec<(usize, String)>;

/// Reads the shape of a file, recording what is wrong with it.
pub(in crate::flow) fn read(source: &Source) -> (Option<RawFlow>, Reader, Parts) {
    let mut reader = Reader::new(Faults::new(source.clone()));
    let (document, errors) = DeTable::parse_recoverable(source.text());
    for error in &errors {
        let (message, expected) = error.message().split_once('\n').unwrap_or((error.message(), ""));
        let span = error.span().unwrap_or(source.text().len()..source.text().len());
        reader.faults.push(FlowError::Syntax { message: message.to_owned(), expected: expected.replace('\n', ", ") }, span);
    }
    let parts = shape::parts(document.get_ref());
    // What follows a syntax error is a guess of the TOML reader; judging it would report faults that nobody made.
    if !errors.is_empty() {
        return (None, reader, parts);
    }
    let flow = RawFlow::read_table(document.get_ref(), &(0..0), &[], &mut reader);
    (Some(flow), reader, parts)
}

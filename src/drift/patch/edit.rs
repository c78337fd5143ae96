//! The changes that can be made to a flow file, and why one cannot be made.

/// One change of a flow file. A path leads to a step: its place in the stage, then, inside a `when` or `repeat`, the place
/// among the steps there, where those of `else` follow those of `steps`; all counted from 0, as the file is before any edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A step finds its element by another locator: the value of its action's key; of a `read`, of `from`.
    Locator {
        /// The stage's id.
        stage: String,
        /// The step.
        path: Vec<usize>,
        /// The locator, a TOML value.
        toml: String,
    },
    /// From a step on, wherever its stage is written with a locator, alone or within a condition, it is written with another.
    Alike {
        /// The stage's id.
        stage: String,
        /// The first step that may change.
        path: Vec<usize>,
        /// The locator as it is written, a TOML value.
        like: String,
        /// The other one, a TOML value.
        toml: String,
    },
    /// Wherever the flow is written with a locator, alone or within another or a condition, it is written with another.
    Everywhere {
        /// The locator as it is written, a TOML value.
        like: String,
        /// The other one, a TOML value.
        toml: String,
    },
    /// A step of an interrupt finds its element by another locator.
    InterruptLocator {
        /// Which of the flow's interrupts, counted from 0.
        interrupt: usize,
        /// The step.
        path: Vec<usize>,
        /// The locator, a TOML value.
        toml: String,
    },
    /// A further step.
    InsertStep {
        /// The stage's id.
        stage: String,
        /// The step before which it goes; one past the last is the end.
        before: Vec<usize>,
        /// The step, a TOML inline table.
        toml: String,
    },
    /// A step is not needed any more; the comment right above it goes with it.
    RemoveStep {
        /// The stage's id.
        stage: String,
        /// The step.
        path: Vec<usize>,
    },
    /// A further stage.
    InsertStage {
        /// The id of the stage after which it stands in the file.
        after: String,
        /// The id of the stage that comes after it; none: `after` was the last.
        before: Option<String>,
        /// The `[[stage]]` block.
        toml: String,
        /// The tasks in which it is entered, wherever `before` follows `after`.
        tasks: Vec<String>,
    },
    /// A stage that does not come any more goes, and wherever tasks and states name it; so do states that named no other.
    RemoveStage {
        /// Its id.
        stage: String,
    },
    /// A further `[[interrupt]]` block, after the others.
    Interrupt {
        /// The block.
        toml: String,
    },
    /// A further `[[state]]` block, after the others.
    State {
        /// The block.
        toml: String,
    },
}

/// Why a flow cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The file is no TOML.
    #[error("the flow cannot be read: {0}")]
    Source(String),
    /// What is to be written is no TOML, or not of the form that belongs there.
    #[error("`{toml}` cannot stand there: {why}")]
    Toml {
        /// What was to be written.
        toml: String,
        /// What is wrong with it.
        why: String,
    },
    /// The flow has no such stage.
    #[error("the flow has no stage `{0}`")]
    NoStage(String),
    /// The stage or interrupt has no such step.
    #[error("{place} has no step {path:?}")]
    NoStep {
        /// Which stage or interrupt.
        place: String,
        /// The path that leads nowhere.
        path: Vec<usize>,
    },
    /// The step has no locator.
    #[error("the step does not look for an element: {0}")]
    NoLocator(String),
    /// It is the only one of its list, which may not be empty.
    #[error("{0} would be empty")]
    Last(String),
    /// It is written in a form that cannot be cut: by dotted keys, or as tables under headers of their own.
    #[error("{0} is written in a form that is edited by hand only")]
    Form(String),
    /// Two edits meet in one place.
    #[error("two edits change the same place: {0}")]
    Overlap(String),
    /// What comes out is no valid flow.
    #[error("the edited flow would not be valid:\n{0}")]
    Refused(String),
}

//! What can be wrong with a flow file: one variant for each rule, its facts as fields. `Display` says what is wrong,
//! [`FlowError::help`] what would be right; where it is and how it is drawn is `fault`'s matter.

mod help;

use std::fmt;

use crate::flow::advice::{Advice, listed, short};

/// What a name in a flow file stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An input.
    Input,
    /// An output.
    Output,
    /// An input or an output.
    Value,
    /// A task.
    Task,
    /// A stage.
    Stage,
    /// A picture.
    Shot,
    /// What a state may end a run with.
    Verdict,
    /// An ARIA role.
    Role,
    /// A key of the keyboard.
    Key,
    /// A time zone.
    TimeZone,
}

impl fmt::Display for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Value => "input or output",
            Self::Task => "task",
            Self::Stage => "stage",
            Self::Shot => "picture",
            Self::Verdict => "verdict",
            Self::Role => "role",
            Self::Key => "key",
            Self::TimeZone => "time zone",
        })
    }
}

/// A rule of the format that a file breaks (design.md §2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    // The shape of the file.
    /// Not TOML; the text is the TOML reader's own.
    #[error("{message}")]
    Syntax {
        /// What the reader says.
        message: String,
        /// What it expected.
        expected: String,
    },
    /// A key that has no meaning here.
    #[error("unknown key `{}`", short(key))]
    UnknownKey {
        /// The key.
        key: String,
        /// What may have been meant.
        advice: Advice,
    },
    /// A value of another kind than the key takes.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What the key takes.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A key that must be there is not.
    #[error("missing `{key}`")]
    Missing {
        /// The key.
        key: &'static str,
        /// What it is for.
        about: String,
    },
    /// A text longer than any page has use for.
    #[error("text of {length} bytes")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A character that hides or reorders what people see.
    #[error("forbidden character U+{:04X}", *character as u32)]
    ForbiddenCharacter {
        /// The character.
        character: char,
    },
    /// Too much of something.
    #[error("more than {limit} {of}")]
    TooMany {
        /// Of what.
        of: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Something stands inside itself too often.
    #[error("nested more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A text or a list with nothing in it.
    #[error("{what} is empty")]
    Empty {
        /// What.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// Another format than this version reads.
    #[error("format {found} is not known")]
    Format {
        /// The number in the file.
        found: i64,
    },

    // Names.
    /// A name that nothing declares.
    #[error("unknown {thing} `{}`", short(name))]
    Unknown {
        /// What it should be the name of.
        thing: Thing,
        /// The name.
        name: String,
        /// What may have been meant.
        advice: Advice,
    },
    /// One name for two things.
    #[error("{thing} `{}` stands twice", short(name))]
    Duplicate {
        /// What it names.
        thing: Thing,
        /// The name.
        name: String,
        /// The line of the first.
        first: usize,
    },
    /// A picture would overwrite another.
    #[error("picture `{}.png` would be taken for two stages", short(name))]
    PictureTwice {
        /// The picture's name.
        name: String,
        /// The stage that stands in a task several times.
        repeated: String,
    },
    /// A name with characters that a file name or a reference cannot hold.
    #[error("`{}` cannot name {thing}", short(name))]
    BadName {
        /// The name.
        name: String,
        /// What it names.
        thing: Named,
    },
    /// A verdict that rinnova gives, never a portal.
    #[error("a state cannot end as `{verdict}`")]
    OwnVerdict {
        /// The verdict.
        verdict: String,
    },

    // Values.
    /// `${` without its end.
    #[error("`${{` is not closed")]
    Unclosed,
    /// `${…}` with something else than a name in it.
    #[error("`${{{}}}` is not a reference", short(text))]
    BadReference {
        /// What stands between the braces.
        text: String,
    },
    /// A secret or a code where it would be seen.
    #[error("{kind} `{name}` would be seen here")]
    SecretSeen {
        /// `secret` or `code`.
        kind: &'static str,
        /// The input.
        name: String,
    },
    /// A reference where texts are taken as they stand.
    #[error("`${{{}}}` cannot stand here", short(name))]
    ReferenceMisplaced {
        /// The input or output.
        name: String,
    },
    /// A value typed out for a field that holds a secret.
    #[error("a literal value for the field {field}")]
    LiteralSecret {
        /// The field as the flow writes it.
        field: String,
    },
    /// A value typed out as a secret's default.
    #[error("a literal default for the secret `{name}`")]
    LiteralDefault {
        /// The input.
        name: String,
    },
    /// A default that itself needs a default.
    #[error("the default of `{name}` is `{of}`, which has a default itself")]
    DefaultOfDefault {
        /// The input.
        name: String,
        /// The input it refers to.
        of: String,
    },
    /// A secret taken from an input that is none.
    #[error("the default of the secret `{name}` is not a secret")]
    DefaultNotSecret {
        /// The input.
        name: String,
    },
    /// A key that does not fit the input's kind.
    #[error("a code has no `{key}`")]
    CodeWith {
        /// The key.
        key: &'static str,
    },
    /// Both `secret` and `code`.
    #[error("`{name}` is both a secret and a code")]
    SecretAndCode {
        /// The input.
        name: String,
    },

    // Steps.
    /// A step that does nothing.
    #[error("a step without an action")]
    NoAction,
    /// A step that does several things.
    #[error("a step with {} actions: {}", actions.len(), listed(actions))]
    SeveralActions {
        /// The actions.
        actions: Vec<&'static str>,
    },
    /// A sibling without a meaning for the action.
    #[error("`{sibling}` does not fit `{action}`")]
    Misfit {
        /// The sibling.
        sibling: &'static str,
        /// The action.
        action: &'static str,
        /// What would be right.
        advice: String,
    },
    /// A sibling without which the action means nothing.
    #[error("`{action}` without `{sibling}`")]
    MissingSibling {
        /// The action.
        action: &'static str,
        /// The sibling.
        sibling: &'static str,
    },
    /// A commit that could be sent several times.
    #[error("a commit inside {place}")]
    CommitMisplaced {
        /// Where.
        place: &'static str,
    },
    /// `requests` of something that is no code.
    #[error("`{name}` is not a code")]
    NotACode {
        /// The input.
        name: String,
    },
    /// An `expect` with several requirements.
    #[error("`expect` with both `{first}` and `{second}`")]
    SeveralExpectations {
        /// One.
        first: &'static str,
        /// Another.
        second: &'static str,
    },
    /// Neither `accept` nor `dismiss`, or both.
    #[error("a dialog is either accepted or dismissed")]
    AcceptOrDismiss,
    /// A key combination that cannot be pressed.
    #[error("`{}` cannot be pressed", short(keys))]
    BadKeys {
        /// What stands there.
        keys: String,
    },
    /// Not a path of the portal.
    #[error("`{}` is not a path of the portal", short(path))]
    BadPath {
        /// What stands there.
        path: String,
    },
    /// A file to give to the page that lies elsewhere.
    #[error("`{}` leads out of the flow's folder", short(path))]
    BadFile {
        /// What stands there.
        path: String,
    },
    /// A number out of its range.
    #[error("{what} cannot be {found}")]
    OutOfRange {
        /// What.
        what: &'static str,
        /// The number.
        found: i64,
        /// What is allowed.
        allowed: String,
    },

    // Locators and conditions.
    /// A locator that names nothing to look for.
    #[error("a locator without anything to look for")]
    NoLocator,
    /// A locator that looks for several things at once.
    #[error("a locator of {} kinds: {}", kinds.len(), listed(kinds))]
    SeveralLocators {
        /// The kinds.
        kinds: Vec<&'static str>,
    },
    /// `exact` beside something that is no text.
    #[error("`exact` does not fit `{kind}`")]
    ExactMisfit {
        /// The kind of locator.
        kind: &'static str,
    },
    /// `exact` with a regular expression.
    #[error("`exact` does not fit a regular expression")]
    ExactRegex,
    /// `name` without `role`.
    #[error("`name` without `role`")]
    NameWithoutRole,
    /// A frame that is not entered but sought.
    #[error("a frame can only be looked into")]
    FrameOutside,
    /// A bare text in `within`.
    #[error("`within` needs to know what it looks into")]
    BareWithin,

    // The persona.
    /// A rule that finds nothing, or finds in two ways.
    #[error("a rule finds either a `text` or the value `after` a label")]
    TextOrAfter,

    // Regular expressions.
    /// Not a regular expression.
    #[error("{message}")]
    Regex {
        /// What the reader says.
        message: String,
    },
    /// A construct that only some engines know.
    #[error("{construct} cannot be used")]
    RegexConstruct {
        /// What.
        construct: &'static str,
        /// What to write instead.
        instead: &'static str,
    },
    /// Grows beyond all bounds.
    #[error("this regular expression grows too large")]
    RegexTooLarge,
    /// Finds something wherever one looks.
    #[error("this regular expression matches nothing at all, too")]
    MatchesNothing,
    /// A letter after the closing slash.
    #[error("unknown flag `{}` of a regular expression", short(flags))]
    RegexFlags {
        /// The letters.
        flags: String,
    },
    /// A `read` pattern that does not say what the value is.
    #[error("the pattern has {found} groups")]
    PatternGroups {
        /// How many.
        found: usize,
    },

    // Times and places.
    /// Not a span of the calendar.
    #[error("`{}` is not a span", short(text))]
    BadSpan {
        /// What stands there.
        text: String,
    },
    /// Not a duration.
    #[error("`{}` is not a duration", short(text))]
    BadDuration {
        /// What stands there.
        text: String,
    },
    /// Not the form of a date.
    #[error("`{}` is not the form of a date", short(text))]
    BadDateForm {
        /// What stands there.
        text: String,
    },
    /// Not an origin.
    #[error("`{}` is not an origin", short(text))]
    BadOrigin {
        /// What stands there.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An origin with a user and perhaps a password in it.
    #[error("an origin with a user")]
    OriginWithUser,
    /// Not a language tag.
    #[error("`{}` is not a language", short(text))]
    BadLanguage {
        /// What stands there.
        text: String,
    },

    // The renewal.
    /// The expiry is not read as a date.
    #[error("output `{name}` is not a date")]
    ExpiresNotDate {
        /// The output.
        name: String,
    },
    /// A rehearsal would never get there.
    #[error("stage `{stage}` is not of task `{task}`")]
    RehearseElsewhere {
        /// The stage.
        stage: String,
        /// The renewal's task.
        task: String,
        /// Its stages.
        advice: Advice,
    },
    /// A rehearsal would commit.
    #[error("stage `{stage}` stands after the first commit")]
    RehearseCommits {
        /// The stage.
        stage: String,
        /// The stage of the first commit.
        commit: String,
    },
    /// A task that should only read.
    #[error("task `{task}` commits: it cannot be the renewal's `status`")]
    StatusCommits {
        /// The task.
        task: String,
    },
    /// A renewal without a time zone to count its days in.
    #[error("a renewal without a time zone")]
    RenewalWithoutZone,
    /// `before` outside the window.
    #[error("`before` lies outside the window")]
    BeforeOutside,
}

/// What a name is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An input or an output, which `${…}` refers to.
    Value,
    /// A stage, task or picture, which becomes a file name.
    File(Thing),
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => formatter.write_str("an input or output"),
            Self::File(thing) => write!(formatter, "a {thing}"),
        }
    }
}

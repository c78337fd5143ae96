//! What would be right: the words after the caret.

use crate::flow::error::{FlowError, Named};

impl FlowError {
    /// What to do about it; empty where the error itself says so.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Syntax { expected, .. } => expected.clone(),
            Self::UnknownKey { advice, .. } | Self::Unknown { advice, .. } => advice.to_string(),
            Self::WrongType { expected, found } => wrong_type(expected, found),
            Self::Missing { about, .. } => about.clone(),
            Self::TooLong { limit, .. } => format!("{limit} at most"),
            Self::ForbiddenCharacter { .. } => {
                "leave it out: it makes people see another text than the portal has".to_owned()
            }
            Self::TooMany { .. } | Self::TooDeep { .. } => "write it simpler".to_owned(),
            Self::Empty { advice, .. } => (*advice).to_owned(),
            Self::Format { found } if *found > 1 => "this rinnova reads format 1; a newer one is needed".to_owned(),
            Self::Format { .. } => "write `format = 1`".to_owned(),
            Self::Duplicate { first, .. } => format!("first in line {first}; give one of them another name"),
            Self::PictureTwice { repeated, .. } => {
                format!("stage `{repeated}` stands several times in a task: rename one")
            }
            Self::BadName { thing: Named::Value, .. } => {
                "lower case letters, digits and `_`, beginning with a letter".to_owned()
            }
            Self::BadName { thing: Named::File(_), .. } => {
                "lower case letters, digits and `-`, beginning with a letter, 64 at most".to_owned()
            }
            Self::OwnVerdict { .. } => "rinnova says that of a run, a portal never does".to_owned(),
            Self::Unclosed => "close it with `}`, or write `$${` for the two characters".to_owned(),
            Self::BadReference { .. } => "write `${name}`, or `$${` for the two characters".to_owned(),
            Self::SecretSeen { .. } => "it may stand only as the whole of a field's `with`".to_owned(),
            Self::ReferenceMisplaced { .. } => {
                "this text is taken as it stands; write `$${` for the two characters".to_owned()
            }
            Self::LiteralSecret { .. } => "declare a secret input and write `with = \"${name}\"`".to_owned(),
            Self::LiteralDefault { .. } => {
                "secrets never stand in a flow: `\"${other_secret}\"`, or leave it out".to_owned()
            }
            Self::DefaultOfDefault { of, .. } => format!("refer to what `{of}` refers to"),
            Self::DefaultNotSecret { .. } => "refer to a secret, whole: `\"${other_secret}\"`".to_owned(),
            Self::CodeWith { .. } => "a code is asked for when it is needed".to_owned(),
            Self::SecretAndCode { .. } => "a code is always kept secret: leave `secret` out".to_owned(),
            other => other.help_with_steps(),
        }
    }

    fn help_with_steps(&self) -> String {
        match self {
            Self::NoAction => "begin with one of `open`, `fill`, `click`, `check`, `expect`, `read` …".to_owned(),
            Self::SeveralActions { .. } | Self::SeveralExpectations { .. } => "make them steps of their own".to_owned(),
            Self::Misfit { advice, .. } => advice.clone(),
            Self::MissingSibling { action, sibling } => missing_sibling(action, sibling),
            Self::CommitMisplaced { .. } => {
                "it could be sent more than once: write it as a step of its stage".to_owned()
            }
            Self::NotACode { name } => {
                format!("`requests` names a code: `{name} = {{ code = true }}` under `[inputs]`")
            }
            Self::AcceptOrDismiss => {
                "write `dialog = { accept = \"its text\" }` or `{ dismiss = \"its text\" }`".to_owned()
            }
            Self::BadKeys { .. } => {
                "a key (`Enter`) or a chord (`Control+a`); modifiers: Control, Shift, Alt, Meta".to_owned()
            }
            Self::BadPath { .. } => "write a path that begins with one `/`; the origin is `portal`".to_owned(),
            Self::BadFile { .. } => "write a path under the folder of this file, without `..`".to_owned(),
            Self::OutOfRange { allowed, .. } => allowed.clone(),
            Self::NoLocator => "name what is looked for: `button`, `field`, `text`, `after`, `css` …".to_owned(),
            Self::SeveralLocators { .. } => "choose one; a list `[{ … }, { … }]` tries one after the other".to_owned(),
            Self::ExactMisfit { .. } => "leave it out: only names and texts are compared loosely".to_owned(),
            Self::ExactRegex => "leave it out and write `/^…$/`".to_owned(),
            Self::NameWithoutRole => "write `role = \"…\"` beside it, or the role as key: `button = \"…\"`".to_owned(),
            Self::FrameOutside => "write `within = { frame = … }` beside what is looked for".to_owned(),
            Self::BareWithin => {
                "say what it is: `within = { dialog = \"…\" }`, `{ row = \"…\" }`, `{ frame = \"…\" }`".to_owned()
            }
            Self::Regex { .. } => "see docs.rs/regex for what can be written".to_owned(),
            Self::RegexConstruct { instead, .. } => (*instead).to_owned(),
            Self::RegexTooLarge => "repeat less".to_owned(),
            Self::MatchesNothing => "let it ask for a letter at least: `+` instead of `*`".to_owned(),
            Self::TextOrAfter => "write `{ text = \"…\", is = \"…\" }` or `{ after = \"…\", is = \"…\" }`".to_owned(),
            Self::RegexFlags { .. } => "`/…/` and `/…/i` are known; write `\\/` for a slash inside".to_owned(),
            Self::PatternGroups { .. } => "put exactly one `(…)` around the value; `(?:…)` does not count".to_owned(),
            other => other.help_with_times(),
        }
    }

    fn help_with_times(&self) -> String {
        match self {
            Self::BadSpan { .. } => "write a number and a unit: `1d`, `6w`, `3mo`, `2y`".to_owned(),
            Self::BadDuration { .. } => "write a number and a unit, an hour at most: `200ms`, `30s`, `5m`".to_owned(),
            Self::BadDateForm { .. } => "write day, month and year as `strptime` does: `%d/%m/%Y`".to_owned(),
            Self::BadOrigin { reason, .. } => (*reason).to_owned(),
            Self::OriginWithUser => "leave the user and password out: they are inputs".to_owned(),
            Self::BadLanguage { .. } => "write a tag like `it` or `de-AT`".to_owned(),
            Self::ExpiresNotDate { name } => format!("declare `{name} = {{ date = \"%d/%m/%Y\" }}` under `[outputs]`"),
            Self::RehearseElsewhere { advice, .. } => advice.to_string(),
            Self::RehearseCommits { commit, .. } => {
                format!("a rehearsal sends nothing: name `{commit}` or a stage before it")
            }
            Self::StatusCommits { .. } => "name a task that only reads".to_owned(),
            Self::RenewalWithoutZone => {
                "write `timezone = \"Europe/Rome\"`, or where the portal counts its days".to_owned()
            }
            Self::BeforeOutside => "it must lie between `closes` and `opens`".to_owned(),
            _ => String::new(),
        }
    }
}

fn wrong_type(expected: &str, found: &str) -> String {
    match (expected, found) {
        ("a text", "a number" | "a truth value" | "a date") => "put it in quotes".to_owned(),
        ("`true` or `false`" | "a number", "a text") => "leave the quotes out".to_owned(),
        (expected, _) if expected.starts_with("a list") => "put it in brackets: `[…]`".to_owned(),
        (expected, _) if expected.starts_with("a table") => "write `{ key = value }`".to_owned(),
        _ => String::new(),
    }
}

fn missing_sibling(action: &str, sibling: &str) -> String {
    match sibling {
        "with" if action == "select" => "say which option: `with = \"its text\"`".to_owned(),
        "with" if action == "upload" => "say which file: `with = \"path\"`".to_owned(),
        "with" => "say the value: `with = \"${name}\"`".to_owned(),
        "from" => "say where it stands: `from = { after = \"…\" }`".to_owned(),
        "to" => "say where it is dropped: `to = …`".to_owned(),
        "steps" => "say what is done: `steps = [{ … }]`".to_owned(),
        _ => String::new(),
    }
}

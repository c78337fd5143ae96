//! The page script as one text, and what it is asked beside a step's own target.
//!
//! The script's files stand in `agent/`; the protocol is told at the head of `agent/main.js`.

use serde::Serialize;

use crate::locator::Condition;
use crate::secret::Secret;

/// The page script: an expression whose value is an asynchronous function from a JSON text to a JSON text. What it sets up
/// is set up once per document where the world is ours, and at every call in the page's own.
pub const AGENT: &str = concat!(
    "(() => {\ntry {\n",
    include_str!("agent/realm.js"),
    include_str!("agent/dom.js"),
    include_str!("agent/geometry.js"),
    include_str!("agent/visible.js"),
    include_str!("agent/roles.js"),
    include_str!("agent/names.js"),
    include_str!("agent/text.js"),
    include_str!("agent/fields.js"),
    include_str!("agent/after.js"),
    include_str!("agent/find.js"),
    include_str!("agent/guards.js"),
    include_str!("agent/wait.js"),
    include_str!("agent/ready.js"),
    include_str!("agent/explain.js"),
    include_str!("agent/known.js"),
    include_str!("agent/fill.js"),
    include_str!("agent/act.js"),
    include_str!("agent/press.js"),
    include_str!("agent/leaving.js"),
    include_str!("agent/drag.js"),
    include_str!("agent/read.js"),
    include_str!("agent/cover.js"),
    include_str!("agent/stage.js"),
    include_str!("agent/structure.js"),
    include_str!("agent/outline.js"),
    include_str!("agent/portal.js"),
    include_str!("agent/main.js"),
    // A fault while the script is set up, before its own last line of defence stands.
    "\nreturn answer;\n} catch (fault) {\n",
    "const broken = `{\"is\":\"broken\",\"message\":${JSON.stringify(String(fault))},\"stack\":\"\"}`;\n",
    "return async () => broken;\n}\n})()"
);

/// The page script with the operation that tries changes of the page (`agent/mutate.js`). It is sent with each such call and
/// outlives none: no other page script is touched by it.
#[must_use]
pub fn trying() -> String {
    let (script, end) = AGENT.rsplit_once(ANSWER).unwrap_or((AGENT, ""));
    format!("{script}{}{}{ANSWER}{end}", include_str!("agent/mutate.js"), include_str!("agent/mutations.js"))
}

/// The operation that only that script has.
pub const MUTATE: &str = "mutate";

/// What ends the page script where nothing went wrong.
const ANSWER: &str = "\nreturn answer;\n";

/// Sets the page script up in a world of ours as a document begins, before any script of the page; frames are left to
/// themselves, because they are looked into from outside.
#[must_use]
pub fn at_document_start() -> String {
    format!("if (window === window.top) globalThis.rinnova = {AGENT};")
}

/// Asks the page script what became of the press that was just sent.
pub const PRESSED: &str = r#"{"op":"pressed"}"#;

/// Waits, where no script of ours is, until the page has done what it does at once.
pub const AT_REST: &str = "new Promise((done) => { setTimeout(done); })";

/// What is looked for beside the step's own target, at every look.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Guards {
    /// Declared states; they beat the target.
    pub states: Vec<Guard>,
    /// Declared interrupts.
    pub interrupts: Vec<Guard>,
}

impl Guards {
    /// Whether nothing is looked for beside the target.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty() && self.interrupts.is_empty()
    }
}

/// One thing looked for beside the target.
#[derive(Debug, Clone, Serialize)]
pub struct Guard {
    /// Its number in the flow.
    pub id: usize,
    /// Its evidence.
    pub when: Condition,
}

/// What is done with the element that is looked for; it decides what the element must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Clicked: visible, stable, enabled, uncovered, in view.
    Click,
    /// Pointed at.
    Hover,
    /// Dragged.
    Drag,
    /// Brought into view.
    Scroll,
    /// Given a file.
    Upload,
    /// Ticked or unticked.
    Check,
    /// Typed into.
    Focus,
    /// Filled.
    Fill,
    /// Shown in a picture: visible, nothing more.
    Picture,
    /// Read, whatever its size.
    Read,
    /// Chosen from.
    Select,
    /// Nothing: it is there.
    Any,
}

/// A value to put into a field.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// May be seen.
    Plain(&'a str),
    /// Must never be seen; typed only on these origins (`https://host:port`).
    Secret(&'a Secret, &'a [String]),
}

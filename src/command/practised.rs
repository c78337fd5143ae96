//! What a flow is played with on the practice portal that stands for its own: the holder's values, and where they are kept
//! while it is played.

use std::collections::BTreeMap;
use std::path::Path;

use crate::command::{Failure, inputs};
use crate::flow::model::{Flow, Input, InputKind, Task};
use crate::practice::{PASSWORD, PIN, Practice};
use crate::runner::job::Mode;
use crate::runner::plan::Scope;
use crate::settings::{InputSource, SecretSource};
use crate::store;

/// The whole of a task.
pub const WHOLE: Scope<'static> = Scope { mode: Mode::Whole, from: None, until: None };

/// An input of the task that the practice portals know nothing of.
#[must_use]
pub fn unknown<'a>(flow: &'a Flow, task: &'a Task) -> Option<&'a Input> {
    let needed = inputs::needed(flow, &inputs::ahead(flow, task, WHOLE));
    needed.into_iter().find(|input| value(&input.name, input.kind).is_none() && input.default.is_none())
}

/// Where the inputs' values come from for this user; secrets stand in files of this folder, for their owner alone. `program` is
/// this one: it hands out the portals' codes.
///
/// # Errors
/// When a file cannot be written.
pub fn sources(
    flow: &Flow,
    user: &str,
    practice: &Practice,
    program: &Path,
    folder: &Path,
) -> Result<BTreeMap<String, InputSource>, Failure> {
    let token = folder.join("token");
    store::write(&token, practice.token().as_bytes()).map_err(Failure::failed)?;
    let [program, token] = [program, &token].map(|path| path.display().to_string());
    let code = [&program, "practice", "code", user, "--admin", practice.admin(), "--token-file", &token];
    let mut sources = BTreeMap::new();
    for input in &flow.inputs {
        let source = match value(&input.name, input.kind) {
            Some(Known::User) => InputSource::Plain(user.to_owned()),
            Some(Known::Code) => InputSource::From(SecretSource::Command(code.map(str::to_owned).into())),
            Some(Known::Secret(secret)) if input.default.is_none() => {
                let file = folder.join(&input.name);
                store::write(&file, secret.as_bytes()).map_err(Failure::failed)?;
                InputSource::From(SecretSource::File(file))
            }
            _ => continue,
        };
        sources.insert(input.name.clone(), source);
    }
    Ok(sources)
}

/// What the practice portals know of a holder.
enum Known {
    User,
    Secret(&'static str),
    Code,
}

/// The value for an input of this name.
fn value(name: &str, kind: InputKind) -> Option<Known> {
    match (kind, name) {
        (InputKind::Code, _) => Some(Known::Code),
        (InputKind::Plain, "user_id") => Some(Known::User),
        (InputKind::Secret, "password") => Some(Known::Secret(PASSWORD)),
        (InputKind::Secret, "pin" | "new_pin") => Some(Known::Secret(PIN)),
        _ => None,
    }
}

//! Which stages of a task are entered, and how: known before anything starts, so that only the values that they use are read.

use crate::flow::model::{Flow, Stage, Task};
use crate::flow::step::{Action, Step, Value};
use crate::runner::job::Mode;

/// How much of a task is performed.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// All of it, or a rehearsal.
    pub mode: Mode,
    /// The first stage to enter, by id; all before it are left out.
    pub from: Option<&'a str>,
    /// The last stage to enter, by id.
    pub until: Option<&'a str>,
}

/// How a stage is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// All of it is performed.
    Perform,
    /// Performed, but no secret is typed: a rehearsal after the login.
    WithoutSecrets,
    /// Its locators are checked: a rehearsal's last stage.
    Check,
}

/// The stages of `task` that are entered, in order.
#[must_use]
pub fn plan<'a>(flow: &'a Flow, task: &'a Task, scope: Scope<'_>) -> Vec<(&'a Stage, Entry)> {
    let place = |id: &str| task.stages.iter().position(|stage| stage == id);
    let until = match scope.mode {
        Mode::Rehearsal => flow.renewal.as_ref().and_then(|renewal| renewal.rehearse_until.as_deref()),
        Mode::Whole => scope.until,
    };
    let first = scope.from.and_then(place).unwrap_or(0);
    let end = until.and_then(place).map_or(task.stages.len(), |last| last + 1);
    let ids = task.stages.get(first..end).unwrap_or_default();
    let logs_in =
        task.stages.iter().find(|id| flow.stage(id).is_some_and(|stage| stage.steps.iter().any(types_secret)));
    let entry = |index: usize, id: &String| match scope.mode {
        Mode::Whole => Entry::Perform,
        Mode::Rehearsal if index + 1 == ids.len() => Entry::Check,
        Mode::Rehearsal if logs_in == Some(id) => Entry::Perform,
        Mode::Rehearsal => Entry::WithoutSecrets,
    };
    ids.iter().enumerate().filter_map(|(index, id)| Some((flow.stage(id)?, entry(index, id)))).collect()
}

/// Whether a step, or one inside it, types a secret or a code.
#[must_use]
pub fn types_secret(step: &Step) -> bool {
    matches!(&step.action, Action::Fill { with, .. } | Action::Type { with, .. } if !matches!(with, Value::Plain(_)))
        || step.action.inner().any(types_secret)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Scope, plan};
    use crate::flow::load;
    use crate::runner::job::Mode;

    fn entered(mode: Mode, from: Option<&str>, until: Option<&str>) -> Vec<(String, Entry)> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/mysign.toml");
        let flow = load::load(&path).expect("a flow").flow;
        let task = flow.task("renew").expect("a task");
        let planned = plan(&flow, task, Scope { mode, from, until });
        planned.into_iter().map(|(stage, entry)| (stage.id.clone(), entry)).collect()
    }

    #[test]
    fn a_rehearsal_types_the_login_s_secrets_alone_and_checks_its_last_stage() {
        let stages = entered(Mode::Rehearsal, None, None);
        assert_eq!(stages.first(), Some(&("login".to_owned(), Entry::Perform)));
        assert_eq!(stages.last(), Some(&("consents".to_owned(), Entry::Check)));
        let between = &stages[1..stages.len() - 1];
        assert!(!between.is_empty() && between.iter().all(|(_, entry)| *entry == Entry::WithoutSecrets), "{stages:?}");
    }

    #[test]
    fn from_and_until_are_entered_themselves() {
        let ids = |from, until| entered(Mode::Whole, from, until).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(Some("home"), Some("consents")), ["home", "open", "consents"]);
        assert_eq!(ids(None, Some("login")), ["login"]);
        assert_eq!(ids(Some("consents"), Some("home")), Vec::<String>::new());
    }
}

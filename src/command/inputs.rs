//! A run's inputs: which of a flow's the stages ahead want, and the vault and the broker opened for them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::flow::model::{Flow, Input, InputKind, Stage, Task};
use crate::flow::step::{Part, Step, Template, Value};
use crate::otp::{self, Broker, BrokerError, CodeInput};
use crate::runner::job::Mode;
use crate::runner::plan::{Entry, Scope, plan, types_secret};
use crate::settings::InputSource;
use crate::store::codes::Codes;
use crate::vault::{self, Fallback, Piece, Redactor, Vault, VaultError, Wanted};

/// Everything that is wrong with a run's inputs.
#[derive(Debug, Default)]
pub struct InputsError {
    /// With the values.
    pub values: Vec<vault::Problem>,
    /// With the sources of codes.
    pub codes: Vec<otp::Problem>,
}

impl std::error::Error for InputsError {}

impl fmt::Display for InputsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.iter().map(ToString::to_string);
        let lines: Vec<String> = values.chain(self.codes.iter().map(ToString::to_string)).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Reads the values that the stages ahead want and opens the sources of their codes. `account` is who is asked for.
///
/// # Errors
///
/// Everything that is missing, broken or of the wrong form, together, before a browser starts.
pub async fn open(
    flow: &Flow,
    stages: &[(&Stage, Entry)],
    account: &str,
    sources: &BTreeMap<String, InputSource>,
    redactor: &Redactor,
) -> Result<(Vault, Broker), InputsError> {
    let names: Vec<&str> = flow.inputs.iter().map(|input| input.name.as_str()).collect();
    let mut error = InputsError { values: vault::strays(&names, sources.keys()), codes: Vec::new() };
    if !error.values.is_empty() {
        return Err(error);
    }
    let inputs = needed(flow, stages);
    let (codes, values): (Vec<&Input>, Vec<&Input>) = inputs.iter().partition(|input| input.kind == InputKind::Code);
    let wanted: Vec<Wanted> = values.into_iter().map(wanted).collect();
    let code = |input: &Input| CodeInput { name: input.name.clone(), pattern: input.pattern.clone() };
    let codes: Vec<CodeInput> = codes.into_iter().map(code).collect();
    let vault = Vault::open(&wanted, sources, redactor).await;
    let broker = Broker::open(account, &codes, sources, redactor).await;
    match (vault, broker) {
        (Ok(vault), Ok(broker)) => Ok((vault, broker)),
        (vault, broker) => {
            error.values = vault.err().map(|VaultError(problems)| problems).unwrap_or_default();
            error.codes = broker.err().map(|BrokerError(problems)| problems).unwrap_or_default();
            Err(error)
        }
    }
}

/// The broker with all that it works with in this process: where other processes answer, in the state directory, and
/// whose clock counts.
#[must_use]
pub fn at_hand(broker: Broker, trust_portal_clock: bool, state: &Path) -> Broker {
    broker.trusting_portal_clock(trust_portal_clock).at(Box::new(Codes::of(state)))
}

/// Sees that each secret which takes another's place at the portal (`default = "${pin}"`) comes from where it can be read
/// again: the portal takes it for good, and nobody can recover it there.
///
/// # Errors
///
/// Says which cannot, and what to do.
pub async fn lasting(
    flow: &Flow,
    stages: &[(&Stage, Entry)],
    sources: &BTreeMap<String, InputSource>,
    vault: &Vault,
) -> Result<(), String> {
    for input in needed(flow, stages) {
        let (Some(other), Some(source), Some(first)) =
            (replaced(input), sources.get(&input.name).and_then(InputSource::source), vault.secret(&input.name))
        else {
            continue;
        };
        let name = &input.name;
        match vault::reads_the_same(source, name, first).await {
            Ok(true) => {}
            Ok(false) => {
                return Err(format!(
                    "input `{name}`: {source} does not give the same value twice, and what the portal takes in place of \
                     `{other}` could never be looked up again; keep it in a file or a password store, or leave `{name}` \
                     out: then it stays `{other}`"
                ));
            }
            Err(error) => return Err(format!("input `{name}`: a second time: {error}")),
        }
    }
    Ok(())
}

/// Which input is in force, for each that another may take the place of, once a run has sent all: never a value.
#[must_use]
pub fn in_force(flow: &Flow, sources: &BTreeMap<String, InputSource>) -> BTreeMap<String, String> {
    let of = |input: &Input| {
        let other = replaced(input)?;
        let own = sources.contains_key(&input.name);
        Some((other.to_owned(), if own { input.name.clone() } else { other.to_owned() }))
    };
    flow.inputs.iter().filter_map(of).collect()
}

/// The secret whose place this one takes.
fn replaced(input: &Input) -> Option<&str> {
    match &input.default {
        Some(Value::Secret(other)) if input.kind == InputKind::Secret => Some(other),
        _ => None,
    }
}

/// The stages that a run may enter: those of its task, and those of the task that goes on with a renewal found half done.
#[must_use]
pub fn ahead<'a>(flow: &'a Flow, task: &'a Task, scope: Scope<'_>) -> Vec<(&'a Stage, Entry)> {
    let mut stages = plan(flow, task, scope);
    let resume = flow.renewal.as_ref().and_then(|renewal| renewal.resume.as_deref());
    let resumes = scope.mode == Mode::Whole && scope.until.is_none() && flow.commits(task);
    if let Some(resume) = resume.filter(|_| resumes).and_then(|name| flow.task(name)) {
        stages.extend(plan(flow, resume, Scope { from: None, ..scope }));
    }
    stages
}

/// The inputs that the steps of these stages use, and those that stand in for them, in the flow's order.
#[must_use]
pub fn needed<'a>(flow: &'a Flow, stages: &[(&'a Stage, Entry)]) -> Vec<&'a Input> {
    let performed = |(stage, entry): &(&'a Stage, Entry)| {
        let entry = *entry;
        stage.steps.iter().filter(move |step| match entry {
            Entry::Perform => true,
            Entry::WithoutSecrets => !types_secret(step),
            Entry::Check => false,
        })
    };
    let interrupts = flow.interrupts.iter().flat_map(|interrupt| &interrupt.steps);
    let steps: Vec<&Step> = stages.iter().flat_map(performed).chain(interrupts).collect();
    flow.inputs.iter().filter(|input| flow.used_by(&steps, &input.name)).collect()
}

fn wanted(input: &Input) -> Wanted {
    let piece = |part: &Part| match part {
        Part::Literal(text) => Piece::Literal(text.clone()),
        Part::Name(name) => Piece::Input(name.clone()),
    };
    let default = input.default.as_ref().map(|default| match default {
        Value::Plain(Template(parts)) => Fallback::Text(parts.iter().map(piece).collect()),
        Value::Secret(name) | Value::Code(name) => Fallback::Same(name.clone()),
    });
    Wanted {
        name: input.name.clone(),
        secret: input.kind == InputKind::Secret,
        pattern: input.pattern.clone(),
        default,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ahead, needed, open};
    use crate::flow::load;
    use crate::runner::job::Mode;
    use crate::runner::plan::Scope;
    use crate::settings::{InputSource, SecretSource};
    use crate::vault::Redactor;

    const FLOW: &str = r#"
format = 1
title = "x"
portal = "https://portal.example"
language = "it"
timezone = "Europe/Rome"
[inputs]
user = {}
password = { secret = true }
pin = { secret = true, pattern = '\d{8}' }
new_pin = { secret = true, pattern = '\d{8}', default = "${pin}" }
otp = { code = true }
[task.status]
stages = ["login"]
[task.change]
stages = ["login", "change"]
[[stage]]
id = "login"
title = "Login"
steps = [{ open = "/" }, { fill = "User", with = "${user}" }, { fill = "Password", with = "${password}" }, { click = "Go" }]
[[stage]]
id = "change"
title = "Change"
steps = [{ fill = "New", with = "${new_pin}" }, { fill = "Code", with = "${otp}" }, { click = "Send" }]
"#;

    const ALL: Scope<'_> = Scope { mode: Mode::Whole, from: None, until: None };

    #[test]
    fn what_is_left_out_needs_no_value() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/mysign.toml");
        let flow = load::load(&path).expect("a flow").flow;
        let task = flow.task("renew").expect("a task");
        let names = |scope| {
            let stages = ahead(&flow, task, scope);
            needed(&flow, &stages).iter().map(|input| input.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(ALL), ["user_id", "password", "pin", "new_pin", "otp"]);
        assert_eq!(names(Scope { mode: Mode::Rehearsal, ..ALL }), ["user_id", "password"]);
        assert_eq!(names(Scope { until: Some("home"), ..ALL }), ["user_id", "password"]);
    }

    #[tokio::test]
    async fn only_what_the_stages_use_is_read() {
        let flow = load::parse("x.toml", FLOW).expect("a flow").flow;
        let names = |task: &str| {
            let stages = ahead(&flow, flow.task(task).expect("a task"), ALL);
            needed(&flow, &stages).iter().map(|input| input.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("status"), ["user", "password"]);
        assert_eq!(names("change"), ["user", "password", "pin", "new_pin", "otp"]);

        let shell = |text: &str| SecretSource::Command(["echo", text].map(str::to_owned).to_vec());
        let mut sources = BTreeMap::from([
            ("user".to_owned(), InputSource::Plain("U".into())),
            ("password".to_owned(), InputSource::From(shell("hunter2"))),
            ("pin".to_owned(), InputSource::From(shell("123"))),
            ("otp".to_owned(), InputSource::Plain("123456".into())),
        ]);
        let redactor = Redactor::default();
        let stages = |task: &str| ahead(&flow, flow.task(task).expect("a task"), ALL);
        let (vault, _) = open(&flow, &stages("status"), "a", &sources, &redactor).await.expect("no pin is read");
        assert_eq!(vault.plain("user"), Some("U"));
        assert_eq!(redactor.redact("hunter2"), "***");
        let error = open(&flow, &stages("change"), "a", &sources, &redactor).await.expect_err("problems").to_string();
        assert!(
            error.contains("input `pin`: the value") && error.contains("input `otp`: a one-time code cannot"),
            "{error}"
        );
        sources.insert("pasword".into(), InputSource::Plain("x".into()));
        let error = open(&flow, &stages("status"), "a", &sources, &redactor).await.expect_err("problems").to_string();
        assert_eq!(error, "input `pasword`: the flow has no such input, did you mean `password`?");
    }
}

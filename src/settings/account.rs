//! The `[[account]]` tables: one holder at one portal each. Those of several files merge by `id`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Span;
use url::Url;

use super::browser::BrowserName;
use super::code;
use super::hooks::Hooks;
use super::input::{InputSource, SecretSource};
use super::notify::address;
use super::table::{Node, Table};

/// One holder at one portal.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id: letters, digits, `-`, `_` and `.`, because files are named after it.
    pub id: String,
    /// The flow file.
    pub flow: PathBuf,
    /// The portal's origin, in place of the flow's.
    pub portal: Option<Url>,
    /// The browser, in place of `[browser]`; `--browser` stands over it.
    pub browser: Option<BrowserName>,
    /// How long before expiry `renew` acts, in place of the flow's.
    pub before: Option<Span>,
    /// Where the values of the flow's inputs come from.
    pub inputs: BTreeMap<String, InputSource>,
    /// Its own hooks; those of `[hooks]` where these say nothing.
    pub hooks: Hooks,
    /// Who gets its messages by e-mail, beside those whom `[notify.email]` names.
    pub tell: Vec<String>,
}

/// An account as far as some files have told it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    id: String,
    file: PathBuf,
    flow: Option<PathBuf>,
    portal: Option<Url>,
    browser: Option<BrowserName>,
    before: Option<Span>,
    inputs: BTreeMap<String, InputSource>,
    hooks: Hooks,
    tell: Vec<String>,
}

/// Adds what one file says of accounts to what the files below it have said.
pub(super) fn collect(root: &Table<'_>, drafts: &mut Vec<Draft>, faults: &mut Vec<String>) {
    let nodes = match root.get("account") {
        None => return,
        Some(Node::List(nodes)) => nodes,
        Some(_) => return faults.push(root.fault("account", "must be written `[[account]]`, with two brackets")),
    };
    let mut seen = Vec::new();
    for node in nodes {
        let Node::Table(entries) = node else {
            faults.push(root.fault("account", "must be a list of tables"));
            continue;
        };
        let table = root.inner("account", entries);
        let Some(id) = table.parsed("id", faults, named) else {
            if table.get("id").is_none() {
                faults.push(table.fault("id", "is missing"));
            }
            continue;
        };
        let table = root.inner(format!("account `{id}`"), entries);
        if seen.contains(&id) {
            faults.push(table.fault("id", "stands twice in this file"));
            continue;
        }
        let place = drafts.iter().position(|draft| draft.id == id).unwrap_or_else(|| {
            drafts.push(Draft { id: id.clone(), ..Draft::default() });
            drafts.len() - 1
        });
        merge(&mut drafts[place], &table, faults);
        seen.push(id);
    }
}

/// The accounts that are told whole.
pub(super) fn finish(drafts: Vec<Draft>, faults: &mut Vec<String>) -> Vec<Account> {
    let finish = |draft: Draft| {
        let Draft { id, file, flow, portal, browser, before, inputs, hooks, tell } = draft;
        if flow.is_none() {
            faults.push(format!("{}: account `{id}` names no `flow`", file.display()));
        }
        Some(Account { id, flow: flow?, portal, browser, before, inputs, hooks, tell })
    };
    drafts.into_iter().filter_map(finish).collect()
}

fn merge(draft: &mut Draft, table: &Table<'_>, faults: &mut Vec<String>) {
    table.only(&["id", "flow", "portal", "browser", "before", "inputs", "hooks", "tell"], faults);
    table.file().clone_into(&mut draft.file);
    if let Some(flow) = table.text("flow", faults) {
        draft.flow = Some(table.resolve(flow));
    }
    draft.portal = table.parsed("portal", faults, origin).or(draft.portal.take());
    draft.browser = table.parsed("browser", faults, str::parse).or(draft.browser);
    draft.before = table.parsed("before", faults, span).or(draft.before);
    draft.hooks.over(table, faults);
    draft.tell = table.texts("tell", faults, address).unwrap_or(std::mem::take(&mut draft.tell));
    if let Some(inputs) = table.table("inputs", faults) {
        for (name, node) in inputs.entries() {
            if let Some(source) = input(&inputs, name, node, faults) {
                draft.inputs.insert(name.to_owned(), source);
            }
        }
    }
}

/// How an input's source is written, for errors.
const FORMS: &str = "must be a string (plain inputs only) or one of \
    `{ command = [\"program\", …] }`, `{ env = \"NAME\" }`, `{ file = \"path\" }`, `{ credential = \"name\" }`, \
    `{ keyring = \"name\" }`, `{ prompt = true }`; for one-time codes also `{ totp = { … } }`, `{ hotp = { … } }`, \
    `{ file = true }`, `{ form = true }`";

fn input(inputs: &Table<'_>, name: &str, node: &Node, faults: &mut Vec<String>) -> Option<InputSource> {
    match node {
        Node::Text(text) => Some(InputSource::Plain(text.clone())),
        Node::Table(entries) => {
            let table = inputs.inner(format!("inputs.{name}"), entries);
            if code::is_declared(&table) {
                return code::source(&table, inputs, name, faults);
            }
            secret(&table, inputs, name, &OF_VALUES, faults).map(InputSource::From)
        }
        _ => {
            faults.push(inputs.fault(name, FORMS));
            None
        }
    }
}

/// What may stand where an input's value comes from; the last three are of codes alone.
const OF_VALUES: [&str; 9] = ["command", "credential", "env", "file", "keyring", "prompt", "totp", "hotp", "form"];

/// Where a secret, or the seed of a code, is kept; `known` are the keys that may stand there.
pub(super) fn secret(
    table: &Table<'_>,
    inputs: &Table<'_>,
    name: &str,
    known: &[&str],
    faults: &mut Vec<String>,
) -> Option<SecretSource> {
    let before = faults.len();
    table.only(known, faults);
    if faults.len() > before {
        return None;
    }
    let mut entries = table.entries();
    let source = match (entries.next(), entries.next()) {
        (Some(("command", Node::List(argv))), None) => command(table, argv),
        (Some(("env", Node::Text(name))), None) if !name.is_empty() => Some(SecretSource::Env(name.clone())),
        (Some(("file", Node::Text(path))), None) if !path.is_empty() => Some(SecretSource::File(table.resolve(path))),
        (Some(("credential", Node::Text(name))), None) if is_credential(name) => {
            Some(SecretSource::Credential(name.clone()))
        }
        (Some(("keyring", Node::Text(item))), None) if !item.is_empty() => Some(SecretSource::Keyring(item.clone())),
        (Some(("prompt", Node::Truth(true))), None) => Some(SecretSource::Prompt),
        _ => None,
    };
    if source.is_none() {
        faults.push(inputs.fault(name, FORMS));
    }
    source
}

fn command(table: &Table<'_>, argv: &[Node]) -> Option<SecretSource> {
    let words = argv.iter().map(|node| if let Node::Text(word) = node { Some(word.clone()) } else { None });
    let mut words: Vec<String> = words.collect::<Option<_>>()?;
    let program = words.first_mut().filter(|program| !program.is_empty())?;
    // A bare name is looked up in PATH; a relative path is a path like any other in this file.
    if program.contains('/') {
        *program = table.resolve(program).to_string_lossy().into_owned();
    }
    Some(SecretSource::Command(words))
}

/// The name of one file in the folder of a service's credentials.
fn is_credential(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() < 256 && !name.contains(['/', '\0', ':'])
}

fn named(id: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.len() <= 64 && !id.starts_with('.') && id.chars().all(fits) {
        Ok(id.to_owned())
    } else {
        Err("must be at most 64 letters, digits, `-`, `_` or `.`, and not begin with `.`")
    }
}

fn origin(text: &str) -> Result<Url, &'static str> {
    match Url::parse(text) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none() =>
        {
            Ok(url)
        }
        _ => Err("must be an origin like `https://portal.example`, without path or user name"),
    }
}

fn span(text: &str) -> Result<Span, &'static str> {
    text.parse::<Span>().ok().filter(|span| span.is_positive()).ok_or("must be a length of time like `30d`")
}

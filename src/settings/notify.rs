//! The `[notify]` and `[ping]` tables: who is told of what `renew` does, and by which ways.

use url::Url;

use super::account;
use super::input::SecretSource;
use super::table::{Node, Table, meant};

/// The ways on which messages go; a message goes on every one of them.
#[derive(Debug, Clone, Default)]
pub struct Notify {
    /// A program that gets the message on its standard input: program and arguments, no shell.
    pub command: Option<Vec<String>>,
    /// E-mail.
    pub email: Option<Email>,
    /// A web address that gets the message as JSON.
    pub webhook: Option<Webhook>,
}

/// A mail server, and between whom.
#[derive(Debug, Clone)]
pub struct Email {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
    /// The sender.
    pub from: String,
    /// Who gets every message; what an account adds gets that account's.
    pub to: Vec<String>,
    /// Whoever signs in at the server; none: nobody does.
    pub user: Option<String>,
    /// Where the password is.
    pub password: Option<SecretSource>,
}

/// How a connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS after a plain greeting (port 587); without it nothing is sent.
    Starttls,
    /// None; on this machine only.
    None,
}

impl Security {
    const ALL: [(Self, &str); 3] = [(Self::Tls, "tls"), (Self::Starttls, "starttls"), (Self::None, "none")];
}

/// A web address that gets messages.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The address; it may hold a token, so it is not shown whole.
    pub url: Url,
    /// Where the token is that goes into the `Authorization` header.
    pub bearer: Option<SecretSource>,
}

/// A watchdog that expects a sign of life.
#[derive(Debug, Clone, Default)]
pub struct Ping {
    /// Its address; `/start` and `/EXIT-CODE` are put behind it.
    pub url: Option<Url>,
}

impl Notify {
    /// Takes over what one layer says: each of the ways whole.
    pub(super) fn over(&mut self, root: &Table<'_>, faults: &mut Vec<String>) {
        let Some(table) = root.table("notify", faults) else { return };
        table.only(&["command", "email", "webhook"], faults);
        if let Some(argv) = table.argv("command", faults) {
            self.command = Some(argv).filter(|argv| !argv.is_empty());
        }
        if let Some(email) = table.table("email", faults) {
            self.email = Email::of(&email, faults).or(self.email.take());
        }
        if let Some(webhook) = table.table("webhook", faults) {
            self.webhook = Webhook::of(&webhook, faults).or(self.webhook.take());
        }
    }

    /// Whether there is no way at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.command.is_none() && self.email.is_none() && self.webhook.is_none()
    }
}

impl Email {
    fn of(table: &Table<'_>, faults: &mut Vec<String>) -> Option<Self> {
        let before = faults.len();
        table.only(&["server", "security", "from", "to", "user", "password"], faults);
        let server = required(table, "server", faults, server);
        let security = table.parsed("security", faults, security);
        let from = required(table, "from", faults, address);
        let to = table.texts("to", faults, address);
        let user = table.text("user", faults).map(str::to_owned);
        let password = secret(table, "password", faults);
        if user.is_some() != table.get("password").is_some() {
            let key = if user.is_some() { "password" } else { "user" };
            faults.push(table.fault(key, "is missing: `user` and `password` go together"));
        }
        let (host, port) = server?;
        let security = security.unwrap_or(if port == Some(587) { Security::Starttls } else { Security::Tls });
        let usual = match security {
            Security::Tls => 465,
            Security::Starttls => 587,
            Security::None => 25,
        };
        if security == Security::None && !local(&host) {
            faults.push(table.fault("security", "may be `none` only where the server is this machine"));
        }
        (faults.len() == before).then_some(())?;
        let to = to.unwrap_or_default();
        Some(Self { host, port: port.unwrap_or(usual), security, from: from?, to, user, password })
    }
}

impl Webhook {
    fn of(table: &Table<'_>, faults: &mut Vec<String>) -> Option<Self> {
        let before = faults.len();
        table.only(&["url", "bearer"], faults);
        let url = required(table, "url", faults, web);
        let bearer = secret(table, "bearer", faults);
        (faults.len() == before).then_some(())?;
        Some(Self { url: url?, bearer })
    }
}

impl Ping {
    /// Takes over what one layer says.
    pub(super) fn over(&mut self, root: &Table<'_>, faults: &mut Vec<String>) {
        let Some(table) = root.table("ping", faults) else { return };
        table.only(&["url"], faults);
        self.url = table.parsed("url", faults, web).or(self.url.take());
    }
}

fn required<T>(
    table: &Table<'_>,
    key: &str,
    faults: &mut Vec<String>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    if table.get(key).is_none() {
        faults.push(table.fault(key, "is missing"));
    }
    table.parsed(key, faults, parse)
}

/// Where a secret of these tables is kept; the same sources as an account's inputs have.
fn secret(table: &Table<'_>, key: &str, faults: &mut Vec<String>) -> Option<SecretSource> {
    if let Node::Table(entries) = table.get(key)? {
        let kept = ["command", "credential", "env", "file", "keyring", "prompt"];
        return account::secret(&table.inner(table.path(key), entries), table, key, &kept, faults);
    }
    faults.push(table.fault(key, "must not be written out; name its source: `{ file = \"path\" }`"));
    None
}

/// An address to write to. More than its form is the mail server's to judge.
pub(super) fn address(text: &str) -> Result<String, String> {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    match text.rsplit_once('@') {
        Some((name, host)) if plain(name) && plain(host) && !text.contains(['<', '>', ',', ';', '"']) => {
            Ok(text.to_owned())
        }
        _ => Err("must be an address like `name@example.org`".to_owned()),
    }
}

fn server(text: &str) -> Result<(String, Option<u16>), String> {
    let wrong = || "must be a server like `mail.example.org` or `mail.example.org:587`".to_owned();
    let url = Url::parse(&format!("smtp://{text}")).map_err(|_| wrong())?;
    let bare = url.path().is_empty() && url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|host| !host.is_empty() && bare && url.query().is_none());
    Ok((host.ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned(), url.port()))
}

fn security(text: &str) -> Result<Security, String> {
    let found = Security::ALL.into_iter().find(|(_, name)| *name == text);
    let names = Security::ALL.map(|(_, name)| name);
    found.map(|(security, _)| security).ok_or_else(|| format!("is no way to keep it private{}", meant(text, &names)))
}

/// An address that messages are posted to: private on its way, or on this machine.
fn web(text: &str) -> Result<Url, String> {
    let wrong = "must be an address like `https://example.org/path`";
    let url = Url::parse(text).map_err(|_| wrong.to_owned())?;
    let host = url.host_str().unwrap_or_default();
    if host.is_empty() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong.to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if local(host) => Ok(url),
        "http" => Err("must be `https:`; plain `http:` only to this machine".to_owned()),
        _ => Err(wrong.to_owned()),
    }
}

fn local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

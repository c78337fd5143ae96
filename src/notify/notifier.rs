//! Decides what is to be told, keeps it in the queue, and delivers what waits there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};

use super::decide::{Situation, decide};
use super::email::Server;
use super::message::{Message, compose, one_line};
use super::webhook::Hook;
use super::{DeliveryError, MOST, command};
use crate::settings::{Notify, Settings};
use crate::store::own_file;
use crate::store::state::{Queued, State, StateError, Told};
use crate::vault::Redactor;

/// Held while messages are delivered, so that two runs do not deliver the same one.
const GATE: &str = "notify.lock";

/// Tells people, by the ways that the settings name.
#[derive(Debug)]
pub struct Notifier<'a> {
    ways: &'a Notify,
    /// Who gets an account's messages by e-mail, beside those who get all.
    tell: BTreeMap<&'a str, &'a [String]>,
    redactor: Redactor,
}

impl<'a> Notifier<'a> {
    /// The ways and people of these settings.
    #[must_use]
    pub fn of(settings: &'a Settings, redactor: &Redactor) -> Self {
        let tell = settings.accounts.iter().map(|account| (account.id.as_str(), account.tell.as_slice())).collect();
        Self { ways: &settings.notify, tell, redactor: redactor.clone() }
    }

    /// Decides whether there is news of this account, puts it in the queue of every way, and remembers that it was told.
    /// Gives the message; nothing when there is no news. Where the settings name no way, nothing is decided or remembered.
    ///
    /// Asked after every attempt, and for accounts that were not tried with no verdict: the days that are left are news, too.
    ///
    /// # Errors
    ///
    /// When the state cannot be read or written. What was queued may then be told once more.
    pub fn consider(&self, state: &State, now: &Situation, at: Timestamp) -> Result<Option<Message>, StateError> {
        if self.ways.is_empty() {
            return Ok(None);
        }
        let Some(news) = decide(now, &state.told(&now.account)?, at) else { return Ok(None) };
        let message = compose(&news, now, at, &self.redactor);
        // First the queue: were the run to end here, it would be told twice and not never.
        for channel in self.channels(&now.account) {
            let queued = Queued {
                id: 0,
                channel: channel.to_owned(),
                account: message.account.clone(),
                topic: message.topic.word().to_owned(),
                urgency: message.urgency.word().to_owned(),
                subject: message.subject.clone(),
                body: message.body.clone(),
                at,
                dropped: 0,
            };
            state.queue(&queued, MOST)?;
        }
        for topic in news.marks {
            state.keep_told(&Told { account: now.account.clone(), expiry: now.expiry, topic, at })?;
        }
        Ok(Some(message))
    }

    /// Delivers what waits, the oldest first, and what was not delivered before. Gives a warning for each way on which
    /// something could not be delivered; it waits for the next time. Where another run is just delivering, this one leaves
    /// it to that one.
    ///
    /// # Errors
    ///
    /// When the state cannot be read or written. What was delivered may then be delivered once more.
    pub async fn deliver(&self, state: &State) -> Result<Vec<String>, StateError> {
        let mut warnings = Vec::new();
        if self.ways.is_empty() {
            return Ok(warnings);
        }
        let path = state.directory().join(GATE);
        let unusable = |why| StateError::Unusable { path: path.clone(), why };
        let gate = own_file(&path).map_err(unusable)?;
        match flock(&gate, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(warnings),
            Err(error) => return Err(unusable(error.into())),
        }
        for channel in ["command", "email", "webhook"] {
            let waiting = state.queued(channel)?;
            if waiting.is_empty() {
                continue;
            }
            let Some(opened) = self.open(channel).await else { continue };
            let mut left = waiting.len();
            let mut why = None;
            match opened {
                Err(error) => why = Some(error),
                Ok(way) => {
                    for message in &waiting {
                        match way.send(&self.covered(message), self.people(&message.account)).await {
                            Ok(()) => {
                                state.unqueue(message.id)?;
                                left -= 1;
                            }
                            Err(error @ DeliveryError::Refused(_)) => why = Some(error),
                            Err(error @ DeliveryError::Down(_)) => {
                                why = Some(error);
                                break;
                            }
                        }
                    }
                }
            }
            if let Some(why) = why {
                let why = one_line(&self.redactor.redact(&why.to_string()), 400);
                let messages = if left == 1 { "1 message waits".to_owned() } else { format!("{left} messages wait") };
                warnings.push(format!("notify.{channel}: {why}; {messages} for the next run"));
            }
        }
        Ok(warnings)
    }

    /// The ways on which this account's messages go. E-mail is one only where somebody would get it.
    fn channels(&self, account: &str) -> Vec<&'static str> {
        let email =
            self.ways.email.as_ref().is_some_and(|email| !email.to.is_empty() || !self.people(account).is_empty());
        let ways =
            [("command", self.ways.command.is_some()), ("email", email), ("webhook", self.ways.webhook.is_some())];
        ways.into_iter().filter(|(_, there)| *there).map(|(channel, _)| channel).collect()
    }

    fn people(&self, account: &str) -> &'a [String] {
        self.tell.get(account).copied().unwrap_or_default()
    }

    /// What waits was covered when it was written; more may be known by now.
    fn covered(&self, message: &Queued) -> Queued {
        let mut body = self.redactor.redact(&message.body).into_owned();
        if message.dropped > 0 {
            let dropped = message.dropped;
            body.push_str(&format!("\n{dropped} earlier message(s) could not be delivered and were dropped.\n"));
        }
        Queued { subject: self.redactor.redact(&message.subject).into_owned(), body, ..message.clone() }
    }

    async fn open(&self, channel: &str) -> Option<Result<Way<'a>, DeliveryError>> {
        match channel {
            "command" => self.ways.command.as_deref().map(|argv| Ok(Way::Command(argv))),
            "email" => Some(Server::of(self.ways.email.as_ref()?, &self.redactor).await.map(Way::Email)),
            _ => Some(Hook::of(self.ways.webhook.as_ref()?, &self.redactor).await.map(Way::Webhook)),
        }
    }
}

/// A way that is ready to be used.
enum Way<'a> {
    Command(&'a [String]),
    Email(Server<'a>),
    Webhook(Hook<'a>),
}

impl Way<'_> {
    async fn send(&self, message: &Queued, people: &[String]) -> Result<(), DeliveryError> {
        match self {
            Self::Command(argv) => command::send(argv, message).await,
            Self::Email(server) => server.send(message, people).await,
            Self::Webhook(hook) => hook.send(message).await,
        }
    }
}

//! What people were told, so that nothing is told every hour, and the messages that could not be delivered yet. What is told
//! and when is decided in `notify/`; here it is kept.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

use super::{Lasts, State, StateError, parsed};

/// Something that an account's people were told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The account's id.
    pub account: String,
    /// The expiry it was about, where it was known.
    pub expiry: Option<Date>,
    /// What.
    pub topic: String,
    /// When, the last time.
    pub at: Timestamp,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number; later ones are greater.
    pub id: i64,
    /// Which way it goes: `command`, `email`, `webhook`.
    pub channel: String,
    /// The account it is about.
    pub account: String,
    /// What it is about.
    pub topic: String,
    /// How urgent it is.
    pub urgency: String,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was written.
    pub at: Timestamp,
    /// So many older ones of its channel were dropped before it.
    pub dropped: u32,
}

impl State {
    /// What the account's people were told.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn told(&self, account: &str) -> Result<Vec<Told>, StateError> {
        let read = || {
            let mut select = self.db.prepare("SELECT account, expiry, topic, at FROM told WHERE account = ?1")?;
            let rows = select.query_map([account], |row| {
                let known = row.get_ref(1)?.as_str().is_ok_and(|text| !text.is_empty());
                let expiry = known.then(|| parsed(row, 1)).transpose()?;
                Ok(Told { account: row.get(0)?, expiry, topic: row.get(2)?, at: parsed(row, 3)? })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }

    /// Keeps that something was told, in place of when it was told before.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn keep_told(&self, told: &Told) -> Result<(), StateError> {
        let Told { account, expiry, topic, at } = told;
        let expiry = expiry.map(|expiry| expiry.to_string()).unwrap_or_default();
        let sql = "INSERT INTO told (account, expiry, topic, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account, expiry, topic) DO UPDATE SET at = excluded.at";
        self.write("told", Lasts::Now, sql, params![account, expiry, topic, at.to_string()])?;
        Ok(())
    }

    /// Puts a message at the end of its channel's queue; its number is given here. Where that makes more than `most`, the
    /// oldest are dropped, and the oldest that is left remembers how many.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn queue(&self, message: &Queued, most: usize) -> Result<(), StateError> {
        let Queued { channel, account, topic, urgency, subject, body, at, dropped, .. } = message;
        let sql = "INSERT INTO notices (channel, account, topic, urgency, subject, body, at, dropped)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![channel, account, topic, urgency, subject, body, at.to_string(), dropped];
        self.write("notices", Lasts::Now, sql, values)?;
        let waiting = self.queued(channel)?;
        let (over, left) = waiting.split_at(waiting.len().saturating_sub(most));
        if let (Some(oldest), true) = (left.first(), !over.is_empty()) {
            let dropped = over.iter().fold(oldest.dropped, |sum, message| sum.saturating_add(1 + message.dropped));
            self.write(
                "notices",
                Lasts::Now,
                "UPDATE notices SET dropped = ?1 WHERE id = ?2",
                params![dropped, oldest.id],
            )?;
        }
        over.iter().try_for_each(|message| self.unqueue(message.id))
    }

    /// The messages that wait in a channel, the oldest first.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn queued(&self, channel: &str) -> Result<Vec<Queued>, StateError> {
        let read = || {
            let mut select = self.db.prepare(
                "SELECT id, channel, account, topic, urgency, subject, body, at, dropped
                 FROM notices WHERE channel = ?1 ORDER BY id",
            )?;
            let rows = select.query_map([channel], |row| {
                Ok(Queued {
                    id: row.get(0)?,
                    channel: row.get(1)?,
                    account: row.get(2)?,
                    topic: row.get(3)?,
                    urgency: row.get(4)?,
                    subject: row.get(5)?,
                    body: row.get(6)?,
                    at: parsed(row, 7)?,
                    dropped: row.get(8)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }

    /// Takes a message out: it was delivered, or never will be.
    ///
    /// # Errors
    ///
    /// When the database refuses; then the message may be delivered twice.
    pub fn unqueue(&self, id: i64) -> Result<(), StateError> {
        self.db.execute("DELETE FROM notices WHERE id = ?1", [id]).map_err(self.refused())?;
        Ok(())
    }

    /// The accounts, each with its flow, for which a commit was ever intended.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn committed(&self) -> Result<Vec<(String, String)>, StateError> {
        let read = || {
            let mut select = self.db.prepare("SELECT DISTINCT account, flow FROM intents ORDER BY account, flow")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::{Queued, State, Told};

    fn message(number: i64) -> Queued {
        Queued {
            id: 0,
            channel: "email".into(),
            account: "rossi".into(),
            topic: "failed".into(),
            urgency: "warning".into(),
            subject: format!("number {number}"),
            body: "text\n".into(),
            at: Timestamp::UNIX_EPOCH,
            dropped: 0,
        }
    }

    #[test]
    fn what_was_told_is_kept_once_for_each_expiry_and_topic() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |second| Timestamp::from_second(second).expect("a time");
        let told =
            |expiry, topic: &str, second| Told { account: "rossi".into(), expiry, topic: topic.into(), at: at(second) };
        let state = State::open(&folder.path().join("state"), at(0)).expect("a state");
        let expiry = Some(date(2026, 11, 30));
        for one in [told(expiry, "due", 1), told(None, "due", 2), told(expiry, "days-7", 3), told(expiry, "due", 4)] {
            state.keep_told(&one).expect("kept");
        }
        drop(state);
        let state = State::open(&folder.path().join("state"), at(9)).expect("the state");
        assert_eq!(state.set_aside(), None);
        let mut all = state.told("rossi").expect("read");
        all.sort_by_key(|told| told.at);
        assert_eq!(all, [told(None, "due", 2), told(expiry, "days-7", 3), told(expiry, "due", 4)]);
        assert_eq!(state.told("bianchi").expect("read"), []);
    }

    #[test]
    fn the_oldest_messages_are_dropped_and_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state"), Timestamp::UNIX_EPOCH).expect("a state");
        for number in 0..7 {
            state.queue(&message(number), 3).expect("kept");
        }
        state.queue(&Queued { channel: "webhook".into(), ..message(9) }, 3).expect("kept");
        let waiting = state.queued("email").expect("read");
        let shown: Vec<_> = waiting.iter().map(|message| (message.subject.as_str(), message.dropped)).collect();
        assert_eq!(shown, [("number 4", 4), ("number 5", 0), ("number 6", 0)]);
        state.unqueue(waiting[0].id).expect("gone");
        drop(state);
        let state = State::open(&folder.path().join("state"), Timestamp::UNIX_EPOCH).expect("the state");
        assert_eq!(state.set_aside(), None);
        assert_eq!(state.queued("email").expect("read").len(), 2);
        assert_eq!(state.queued("webhook").expect("read").len(), 1);
    }
}

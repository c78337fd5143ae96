//! Commits: intents before, outcomes after, and what the portal showed since.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Lasts, State, StateError, parsed};
use crate::store::past::{How, Intent, Key, Outcome, Past, Reading};

impl State {
    /// All that is remembered of an account at a portal.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn past(&self, account: &str, flow: &str) -> Result<Past, StateError> {
        let lost = self.lost()?;
        let read = || -> rusqlite::Result<(Vec<Intent>, Vec<Reading>)> {
            let mut select = self.db.prepare(
                "SELECT id, account, flow, task, certificate, old_expiry, step, words, ahead, follows, run, at
                 FROM intents WHERE account = ?1 AND flow = ?2 ORDER BY id",
            )?;
            let mut intents: Vec<Intent> =
                select.query_map([account, flow], intent)?.collect::<rusqlite::Result<_>>()?;
            let mut select =
                self.db.prepare("SELECT how, at FROM outcomes WHERE intent = ?1 ORDER BY id DESC LIMIT 1")?;
            for intent in &mut intents {
                intent.outcome = select.query_row([intent.id], outcome).optional()?;
            }
            let newest = intents.last().map_or(0, |intent| intent.id);
            let mut select = self.db.prepare(
                "SELECT at, expiry, certificate, half_done FROM readings
                 WHERE account = ?1 AND flow = ?2 AND after = ?3 ORDER BY id",
            )?;
            let readings =
                select.query_map(params![account, flow, newest], reading)?.collect::<rusqlite::Result<_>>()?;
            Ok((intents, readings))
        };
        let (intents, readings) = read().map_err(self.refused())?;
        Ok(Past { lost, intents, readings })
    }

    /// Keeps an intent; its number is given here, and whatever stands as `id` and `outcome` is not looked at. Refused by
    /// the database where another intent of this account has come after `previous`.
    ///
    /// # Errors
    ///
    /// When the database refuses; then nothing may be sent.
    pub fn add_intent(&self, intent: &Intent, previous: Option<i64>) -> Result<i64, StateError> {
        let Intent { key, task, commit, ahead, follows, run, at, .. } = intent;
        let id = self.write(
            "intents",
            Lasts::Now,
            "INSERT INTO intents
             (previous, account, flow, task, certificate, old_expiry, step, words, ahead, follows, run, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                previous.unwrap_or(0),
                key.account,
                key.flow,
                task,
                key.certificate,
                key.old_expiry.to_string(),
                key.step,
                commit,
                ahead,
                follows,
                run,
                at.to_string()
            ],
        )?;
        self.empty_log();
        Ok(id)
    }

    /// Keeps what was learnt of a commit. An earlier outcome of it stays, and counts no more.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn add_outcome(&self, intent: i64, how: How, at: Timestamp) -> Result<(), StateError> {
        let sql = "INSERT INTO outcomes (intent, took_place, how, at) VALUES (?1, ?2, ?3, ?4)";
        self.write("outcomes", Lasts::Soon, sql, params![intent, how.took_place(), how.word(), at.to_string()])?;
        Ok(())
    }

    /// Keeps what the portal showed, as read after the last intent.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn add_reading(&self, account: &str, flow: &str, reading: &Reading) -> Result<(), StateError> {
        // By number and not by clock: a clock that was set back must not make an old reading a new one.
        let sql = "INSERT INTO readings (account, flow, after, at, expiry, certificate, half_done)
             SELECT ?1, ?2, coalesce(max(id), 0), ?3, ?4, ?5, ?6 FROM intents WHERE account = ?1 AND flow = ?2";
        let Reading { at, expiry, certificate, half_done } = reading;
        let values = params![account, flow, at.to_string(), expiry.to_string(), certificate, half_done];
        self.write("readings", Lasts::Soon, sql, values)?;
        Ok(())
    }
}

fn intent(row: &Row<'_>) -> rusqlite::Result<Intent> {
    let key = Key {
        account: row.get(1)?,
        flow: row.get(2)?,
        certificate: row.get(4)?,
        old_expiry: parsed::<Date>(row, 5)?,
        step: row.get(6)?,
    };
    Ok(Intent {
        id: row.get(0)?,
        key,
        task: row.get(3)?,
        commit: row.get(7)?,
        ahead: row.get(8)?,
        follows: row.get(9)?,
        run: row.get(10)?,
        at: parsed(row, 11)?,
        outcome: None,
    })
}

fn outcome(row: &Row<'_>) -> rusqlite::Result<Outcome> {
    let word: String = row.get(0)?;
    let how = How::ALL.into_iter().find(|how| how.word() == word);
    let how = how.ok_or_else(|| rusqlite::Error::InvalidColumnName(format!("an outcome `{word}`")))?;
    Ok(Outcome { how, at: parsed(row, 1)? })
}

fn reading(row: &Row<'_>) -> rusqlite::Result<Reading> {
    Ok(Reading { at: parsed(row, 0)?, expiry: parsed(row, 1)?, certificate: row.get(2)?, half_done: row.get(3)? })
}

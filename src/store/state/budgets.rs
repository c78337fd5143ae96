//! Attempt budgets, the last step of each code generator, and what is kept of used codes. The rules are in `renewal/`; here it is kept.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Lasts, State, StateError, parsed};

/// How much of an account's attempts of one kind is spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The account's id.
    pub account: String,
    /// What is counted: `secret password`, `code otp`.
    pub kind: String,
    /// So many were typed and not accepted.
    pub spent: u32,
    /// When the last was.
    pub at: Timestamp,
    /// Since when and why nothing is typed any more.
    pub frozen: Option<Frozen>,
}

/// Since when and why an account is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Since when.
    pub since: Timestamp,
    /// Why, for people.
    pub why: String,
}

impl State {
    /// The account's budgets that were ever touched.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn budgets(&self, account: &str) -> Result<Vec<Budget>, StateError> {
        let read = || {
            let sql = "SELECT account, kind, spent, at, frozen_at, why FROM budgets WHERE account = ?1 ORDER BY kind";
            let mut select = self.db.prepare(sql)?;
            let rows = select.query_map([account], |row| {
                let why: Option<String> = row.get(5)?;
                let frozen = why.map(|why| Ok::<_, rusqlite::Error>(Frozen { since: parsed(row, 4)?, why }));
                let frozen = frozen.transpose()?;
                Ok(Budget { account: row.get(0)?, kind: row.get(1)?, spent: row.get(2)?, at: parsed(row, 3)?, frozen })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }

    /// Keeps a budget in place of what was kept of it.
    ///
    /// # Errors
    ///
    /// When the database refuses; then nothing may be typed.
    pub fn keep_budget(&self, budget: &Budget, lasts: Lasts) -> Result<(), StateError> {
        let Budget { account, kind, spent, at, frozen } = budget;
        let (since, why) = frozen.as_ref().map(|frozen| (frozen.since.to_string(), &frozen.why)).unzip();
        let sql = "INSERT INTO budgets (account, kind, spent, at, frozen_at, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account, kind) DO UPDATE
             SET spent = excluded.spent, at = excluded.at, frozen_at = excluded.frozen_at, why = excluded.why";
        self.write("budgets", lasts, sql, params![account, kind, spent, at.to_string(), since, why])?;
        Ok(())
    }

    /// The last step of an input's code generator whose code was typed (RFC 6238: a code is accepted once).
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn code_step(&self, account: &str, input: &str) -> Result<Option<u64>, StateError> {
        let sql = "SELECT step FROM code_steps WHERE account = ?1 AND input = ?2";
        let read = || self.db.prepare(sql)?.query_row([account, input], |row| row.get::<_, i64>(0)).optional();
        Ok(read().map_err(self.refused())?.map(i64::cast_unsigned))
    }

    /// Keeps a step before its code is typed. It never goes back: an earlier one leaves what was kept.
    ///
    /// # Errors
    ///
    /// When the database refuses; then the code may not be typed.
    pub fn keep_code_step(&self, account: &str, input: &str, step: u64) -> Result<(), StateError> {
        let sql = "INSERT INTO code_steps (account, input, step) VALUES (?1, ?2, ?3)
             ON CONFLICT (account, input) DO UPDATE SET step = max(step, excluded.step)";
        self.write("code_steps", Lasts::Now, sql, params![account, input, step.cast_signed()])?;
        Ok(())
    }

    /// The marks of all codes of this account that were given out: salt and digest of each.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn used_codes(&self, account: &str) -> Result<Vec<(String, String)>, StateError> {
        let read = || {
            let mut select = self.db.prepare("SELECT salt, digest FROM used_codes WHERE account = ?1 ORDER BY id")?;
            let rows = select.query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }

    /// Keeps the mark of a code before it is typed.
    ///
    /// # Errors
    ///
    /// When the database refuses; then the code may not be typed.
    pub fn keep_used_code(
        &self,
        account: &str,
        input: &str,
        (salt, digest): (&str, &str),
        at: Timestamp,
    ) -> Result<(), StateError> {
        let sql = "INSERT INTO used_codes (account, input, salt, digest, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.write("used_codes", Lasts::Now, sql, params![account, input, salt, digest, at.to_string()])?;
        Ok(())
    }
}

//! The history of runs, for `status` and for the interval between attempts.

use jiff::Timestamp;
use rusqlite::params;

use super::{Lasts, State, StateError, parsed};
use crate::exit::Verdict;

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// The account's id.
    pub account: String,
    /// The flow's name.
    pub flow: String,
    /// The task.
    pub task: String,
    /// How it ended.
    pub verdict: Verdict,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// Its run folder.
    pub folder: String,
    /// The portal asked not to come back before.
    pub not_before: Option<Timestamp>,
}

impl State {
    /// Keeps a run that has ended.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn add_run(&self, run: &PastRun) -> Result<(), StateError> {
        let PastRun { account, flow, task, verdict, started, took_ms, folder, not_before } = run;
        let took_ms = i64::try_from(*took_ms).unwrap_or(i64::MAX);
        let sql = "INSERT INTO history (account, flow, task, verdict, started, took_ms, folder, not_before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let not_before = not_before.map(|at| at.to_string());
        let (verdict, started) = (verdict.name(), started.to_string());
        self.write(
            "history",
            Lasts::Now,
            sql,
            params![account, flow, task, verdict, started, took_ms, folder, not_before],
        )?;
        Ok(())
    }

    /// The account's runs, the newest first.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn runs(&self, account: &str, most: u32) -> Result<Vec<PastRun>, StateError> {
        let read = || {
            let mut select = self.db.prepare(
                "SELECT account, flow, task, verdict, started, took_ms, folder, not_before
                 FROM history WHERE account = ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let rows = select.query_map(params![account, most], |row| {
                let word: String = row.get(3)?;
                let verdict = Verdict::named(&word);
                Ok(PastRun {
                    account: row.get(0)?,
                    flow: row.get(1)?,
                    task: row.get(2)?,
                    verdict: verdict
                        .ok_or_else(|| rusqlite::Error::InvalidColumnName(format!("a verdict `{word}`")))?,
                    started: parsed(row, 4)?,
                    took_ms: row.get::<_, i64>(5)?.unsigned_abs(),
                    folder: row.get(6)?,
                    not_before: row.get::<_, Option<String>>(7)?.map(|_| parsed(row, 7)).transpose()?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }
}

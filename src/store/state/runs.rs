//! The history of runs, for `status`, for the interval between attempts and for the drift debt.

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
    /// It was a rehearsal.
    pub rehearsal: bool,
    /// So many steps and pages did not fit any more; nothing: it could not tell, or nobody counted then.
    pub drift: Option<u32>,
}

impl PastRun {
    /// Whether it says nothing of how soon a renewal may be tried: a rehearsal that came to its end, or that was ended by a
    /// change of the portal. One that could not sign in is an attempt like any other.
    #[must_use]
    pub fn only_looked(&self) -> bool {
        self.verdict == Verdict::Rehearsed || (self.rehearsal && self.verdict == Verdict::Changed)
    }
}

impl State {
    /// Keeps a run that has ended.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn add_run(&self, run: &PastRun) -> Result<(), StateError> {
        let PastRun { account, flow, task, verdict, started, took_ms, folder, not_before, rehearsal, drift } = run;
        let took_ms = i64::try_from(*took_ms).unwrap_or(i64::MAX);
        let sql = "INSERT INTO history (account, flow, task, verdict, started, took_ms, folder, not_before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let not_before = not_before.map(|at| at.to_string());
        let (verdict, started) = (verdict.name(), started.to_string());
        let values = params![account, flow, task, verdict, started, took_ms, folder, not_before];
        let id = self.write("history", Lasts::Now, sql, values)?;
        // Were it lost, the run would stand as one that could not tell.
        let sql = "INSERT INTO drift (run, rehearsal, debt) VALUES (?1, ?2, ?3)";
        self.write("drift", Lasts::Soon, sql, params![id, rehearsal, drift])?;
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
                "SELECT account, flow, task, verdict, started, took_ms, folder, not_before, rehearsal, debt
                 FROM history LEFT JOIN drift ON run = id WHERE account = ?1 ORDER BY id DESC LIMIT ?2",
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
                    rehearsal: row.get::<_, Option<bool>>(8)?.unwrap_or(verdict == Some(Verdict::Rehearsed)),
                    drift: row.get(9)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.refused())
    }
}

//! `state.db`: what outlives runs (design.md §4). SQLite in the state directory; whatever a method here has written when it
//! returns survives `kill -9`, and what must stand before an act a loss of power, too ([`Lasts`]).
//!
//! A database that is damaged, foreign or of a newer build is set aside, never changed and never deleted, and the new one
//! remembers that there was an earlier: an account without history there is unknown, never "not done".
//!
//! - `found`: what stands in the directory, and setting it aside
//! - `schema`, `seal`: the tables, and the digest in each row
//! - `commits`, `budgets`, `runs`, `notices`: what is kept

mod budgets;
mod commits;
mod found;
mod notices;
mod runs;
mod schema;
mod seal;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Params, Transaction, TransactionBehavior, params};
use rustix::fs::{FlockOperation, flock};

use self::found::Found;
use super::own::{own_directory, own_file, settle_directory};
use crate::failpoint;

pub use self::budgets::{Budget, Frozen};
pub use self::notices::{Queued, Told};
pub use self::runs::PastRun;

/// The database's file name.
const NAME: &str = "state.db";

/// Held while the database is opened; not empty once one has stood here, so that a deleted one is missed.
const GATE: &str = "state.lock";

/// How long one process waits for another's write. Runs of different accounts write side by side, each for milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the state cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The directory or a file of it cannot be used.
    #[error(
        "the state in `{}` cannot be kept: {why}; what was done must be remembered, so nothing was started: \
         make it writable for you alone (mode 0700), or name another state directory",
        .path.display()
    )]
    Unusable {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The database refused.
    #[error("`{}` cannot be read or written: {why}", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        why: rusqlite::Error,
    },
}

/// When a row is on the disk, so that a loss of power leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// When the method returns: it must stand before what is done next.
    Now,
    /// With the next that must, or when the state is closed: it says what became of an act. Were it lost, the act would stand
    /// as unknown or as counted, and be read or asked about again. The order of writing is kept.
    Soon,
}

/// The state that outlives runs.
#[derive(Debug)]
pub struct State {
    db: Connection,
    directory: PathBuf,
    set_aside: Option<String>,
}

impl State {
    /// Opens the state in this directory, and makes both where they are missing.
    ///
    /// # Errors
    ///
    /// When the directory cannot be used. A database that cannot be is no error: it is set aside.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, StateError> {
        let unusable = |path: &Path, why| StateError::Unusable { path: path.to_owned(), why };
        own_directory(directory).map_err(|why| unusable(directory, why))?;
        let gate_path = directory.join(GATE);
        let gate = own_file(&gate_path).map_err(|why| unusable(&gate_path, why))?;
        // Two processes that find the same damage must not set aside each other's new database.
        flock(&gate, FlockOperation::LockExclusive).map_err(|why| unusable(&gate_path, why.into()))?;

        let path = directory.join(NAME);
        let failed = |why| StateError::Database { path: path.clone(), why };
        let stood = gate.metadata().map_err(|why| unusable(&gate_path, why))?.len() > 0;
        let (db, set_aside) = match found::look(&path)? {
            Found::Good(db) => (db, None),
            Found::Nothing => {
                let lost = stood || found::any_aside(directory);
                found::begin(&path, lost.then_some("it is gone"), now)?;
                (found::connect(&path).map_err(failed)?, None)
            }
            Found::Bad(why) => {
                let name = found::set_aside(&path).map_err(|why| unusable(&path, why))?;
                found::begin(&path, Some(&why), now)?;
                (found::connect(&path).map_err(failed)?, Some(format!("{why}; it was set aside as `{name}`")))
            }
        };
        if !stood {
            rustix::io::pwrite(&gate, b"state.db has stood here\n", 0)
                .map_err(|why| unusable(&gate_path, why.into()))?;
            gate.sync_all().map_err(|why| unusable(&gate_path, why))?;
            settle_directory(directory).map_err(|why| unusable(directory, why))?;
        }
        Ok(Self { db, directory: directory.to_owned(), set_aside })
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Why an earlier database was set aside just now, and its new name: the holder should be told.
    #[must_use]
    pub fn set_aside(&self) -> Option<&str> {
        self.set_aside.as_deref()
    }

    /// When an earlier memory was found to be lost, the last time.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn lost(&self) -> Result<Option<Timestamp>, StateError> {
        let mut select = self.db.prepare("SELECT at FROM lost ORDER BY id DESC LIMIT 1").map_err(self.refused())?;
        let mut rows = select.query([]).map_err(self.refused())?;
        let row = rows.next().map_err(self.refused())?;
        row.map(|row| parsed(row, 0)).transpose().map_err(self.refused())
    }

    /// Writes one row, sealed. Returns its number.
    fn write(&self, table: &str, lasts: Lasts, sql: &str, values: impl Params) -> Result<i64, StateError> {
        let _both = failpoint::around("before-write", "after-write");
        let written = || {
            self.db.pragma_update(None, "synchronous", if lasts == Lasts::Now { "FULL" } else { "NORMAL" })?;
            let all = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            let row = all.prepare(&format!("{sql} RETURNING rowid"))?.query_row(values, |row| row.get(0))?;
            seal::seal(&all, table, row)?;
            all.commit()?;
            Ok(row)
        };
        written().map_err(self.refused())
    }

    /// Empties the write-ahead log into the database: damage to the log would end it without a word, damage to the database is
    /// seen. Where somebody else is just reading, the next time does it, or the close.
    fn empty_log(&self) {
        let _later = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    fn refused(&self) -> impl Fn(rusqlite::Error) -> StateError + use<> {
        let path = self.directory.join(NAME);
        move |why| StateError::Database { path: path.clone(), why }
    }
}

/// Notes that an earlier memory is lost.
fn note_loss(db: &Connection, why: &str, now: Timestamp) -> rusqlite::Result<()> {
    db.execute("INSERT INTO lost (at, why) VALUES (?1, ?2)", params![now.to_string(), why])?;
    seal::seal(db, "lost", db.last_insert_rowid())
}

/// A column that is kept as text.
fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &rusqlite::Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

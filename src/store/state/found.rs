//! What stands where the database should be, beginning a new one, and setting a bad one aside.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::schema::{OURS, TABLES, VERSION};
use super::{PATIENCE, StateError, note_loss, seal};
use crate::failpoint;
use crate::store::own::{own_already, own_file, settle_directory};

/// What stands where the database should be.
pub(super) enum Found {
    Nothing,
    Good(Connection),
    /// Not to be used, and why.
    Bad(String),
}

/// A database and what SQLite keeps beside it. The database comes first: without it the others are nothing, but it must
/// never stand without its log and look whole.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Looks without changing anything; SQLite sees the file only when its head says that it is ours.
pub(super) fn look(path: &Path) -> Result<Found, StateError> {
    let unusable = |why| StateError::Unusable { path: path.to_owned(), why };
    if !present(path) {
        let orphan = PARTS.iter().any(|part| present(&with(path, part)));
        return Ok(if orphan { Found::Bad("its log stands there without it".into()) } else { Found::Nothing });
    }
    own_already(path).map_err(unusable)?;
    if let Some(why) = foreign(path)? {
        return Ok(Found::Bad(why));
    }
    let log = with(path, "-wal");
    if present(&log) {
        let head = head(own_file(&log).map_err(unusable)?).map_err(unusable)?;
        // SQLite takes a log with another beginning for none, and what was committed in it would be forgotten.
        if !head.is_empty() && !matches!(head[..], [0x37, 0x7f, 0x06, 0x82 | 0x83]) {
            return Ok(Found::Bad("its log is damaged".into()));
        }
    }
    match examined(path) {
        Ok(found) => Ok(found),
        Err(why) if damage(&why) => Ok(Found::Bad(format!("it is damaged: {why}"))),
        Err(why) => Err(StateError::Database { path: path.to_owned(), why }),
    }
}

/// Opens a database that is there.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // The directory is resolved first: SQLite would refuse a link anywhere in the path.
    let directory = path.parent().and_then(|parent| parent.canonicalize().ok());
    let real = directory.and_then(|directory| Some(directory.join(path.file_name()?)));
    let db = Connection::open_with_flags(real.as_deref().unwrap_or(path), flags)?;
    db.busy_timeout(PATIENCE)?;
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    Ok(db)
}

/// Makes a new database: whole beside its place, on the disk, and only then under its name. So one that is there is whole.
pub(super) fn begin(path: &Path, lost: Option<&str>, now: Timestamp) -> Result<(), StateError> {
    let unusable = |why| StateError::Unusable { path: path.to_owned(), why };
    let failed = |why| StateError::Database { path: path.to_owned(), why };
    let draft = with(path, ".new");
    for part in PARTS {
        match fs::remove_file(with(&draft, part)) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(unusable(why)),
            _ => {}
        }
    }
    let file = own_file(&draft).map_err(unusable)?;
    let made = || {
        let db = connect(&draft)?;
        db.execute_batch(&TABLES.concat())?;
        if let Some(why) = lost {
            note_loss(&db, why, now)?;
        }
        db.pragma_update(None, "application_id", OURS)?;
        db.pragma_update(None, "user_version", VERSION)?;
        // Closing empties the log and removes it.
        db.close().map_err(|(_, why)| why)
    };
    made().map_err(failed)?;
    file.sync_all().map_err(unusable)?;
    rename(&draft, path).map_err(unusable)?;
    settle_directory(parent(path)).map_err(unusable)
}

/// Renames the database and what stands beside it. Returns its new name.
pub(super) fn set_aside(path: &Path) -> io::Result<String> {
    let aside = |number: u32| with(path, &format!(".set-aside-{number}"));
    let free = |number: &u32| PARTS.iter().all(|part| !present(&with(&aside(*number), part)));
    let aside = aside((1..u32::MAX).find(free).unwrap_or(u32::MAX));
    for part in PARTS {
        let from = with(path, part);
        if present(&from) {
            rename(&from, &with(&aside, part))?;
        }
    }
    settle_directory(parent(path))?;
    Ok(aside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

/// Whether a database was ever set aside in this directory.
pub(super) fn any_aside(directory: &Path) -> bool {
    let Ok(entries) = directory.read_dir() else { return true };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains(".set-aside-"))
}

fn examined(path: &Path) -> rusqlite::Result<Found> {
    let db = connect(path)?;
    // A bad one is left as it was found, its log too.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let health: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if health != "ok" {
        return Ok(Found::Bad(format!("it is damaged: {health}")));
    }
    let version: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // What an earlier build made gets what it lacks; but a damaged one is left as it was found.
    let brought_up = (version < VERSION).then(|| bring_up(&db, version)).transpose()?;
    if let Some(table) = seal::broken(&db)? {
        return Ok(Found::Bad(format!("it is damaged: a row of `{table}` is not as it was written")));
    }
    brought_up.map(Transaction::commit).transpose()?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(Found::Good(db))
}

/// Adds the tables that came after this version. They stand when the transaction is committed.
fn bring_up(db: &Connection, version: u32) -> rusqlite::Result<Transaction<'_>> {
    let all = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    all.execute_batch(&TABLES[version as usize..].concat())?;
    all.pragma_update(None, "user_version", VERSION)?;
    Ok(all)
}

/// What the head of the file itself says against it. SQLite is asked, as if nobody could ever write to the file: so it looks
/// at no log, takes no lock and changes nothing. (To open the file ourselves, and to close it, would drop the locks that
/// this process holds on it elsewhere.)
fn foreign(path: &Path) -> Result<Option<String>, StateError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let address = percent_encode(path.as_os_str().as_bytes(), NON_ALPHANUMERIC);
    let marks = || {
        let db = Connection::open_with_flags(format!("file:{address}?immutable=1"), flags)?;
        let mark = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u32>(0));
        Ok((mark("application_id")?, mark("user_version")?))
    };
    match marks() {
        Ok((OURS, 1..=VERSION)) => Ok(None),
        Ok((OURS, newer)) if newer > VERSION => {
            Ok(Some(format!("it has version {newer}, and this build knows {VERSION}")))
        }
        Ok((OURS, _)) => Ok(Some("it is damaged: it has no version".into())),
        Ok(_) => Ok(Some("it is empty, or another program's database".into())),
        Err(why) if damage(&why) => Ok(Some(format!("it is damaged or no database: {why}"))),
        Err(why) => Err(StateError::Database { path: path.to_owned(), why }),
    }
}

/// Whether the fault is the file's, and not the disk's or another process's.
fn damage(why: &rusqlite::Error) -> bool {
    match why {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            // The last: a table or column that is not there.
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown
        ),
        _ => true,
    }
}

fn head(file: File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    Ok(head)
}

/// Never onto another file.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    failpoint::here("before-rename");
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems cannot promise it; the gate is held, so looking is enough.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !present(to) => fs::rename(from, to)?,
        other => other?,
    }
    failpoint::here("after-rename");
    Ok(())
}

fn present(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rusqlite::Connection;

    use super::{OURS, TABLES, VERSION};
    use crate::exit::Verdict;
    use crate::store::state::{NAME, PastRun, State};

    /// A state as this version made it, with a row in one of its tables.
    fn earlier(base: &std::path::Path, version: u8, table: &str, row: &str) {
        drop(State::open(base, Timestamp::now()).expect("opened"));
        let path = base.join(NAME);
        std::fs::write(&path, "").expect("emptied");
        let db = Connection::open(&path).expect("opened");
        db.execute_batch(&TABLES[..usize::from(version)].concat()).expect("made");
        db.pragma_update(None, "application_id", OURS).expect("marked");
        db.pragma_update(None, "user_version", version).expect("marked");
        db.execute(&format!("INSERT INTO {table} {row}"), []).expect("kept");
        super::seal::seal(&db, table, 1).expect("sealed");
    }

    fn first_version(base: &std::path::Path) {
        earlier(base, 1, "code_steps", "(account, input, step) VALUES ('rossi', 'otp', 7)");
    }

    #[test]
    fn a_database_of_an_earlier_version_is_brought_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        first_version(&base);
        for round in 0..2 {
            let state = State::open(&base, Timestamp::now()).expect("opened");
            assert_eq!((state.set_aside(), state.code_step("rossi", "otp").ok()), (None, Some(Some(7))));
            assert_eq!(state.used_codes("rossi").expect("read").len(), round);
            state.keep_used_code("rossi", "otp", ("salt", "digest"), Timestamp::now()).expect("kept");
            let version: u32 = state.db.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version");
            assert_eq!(version, VERSION);
        }
    }

    #[test]
    fn runs_kept_before_drift_was_counted_are_read_and_new_ones_added() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let row = "(account, flow, task, verdict, started, took_ms, folder)
                   VALUES ('rossi', 'mysign', 'renew', 'rehearsed', '2026-11-01T03:00:00Z', 5, 'runs/1')";
        earlier(&base, 2, "history", row);
        let state = State::open(&base, Timestamp::now()).expect("opened");
        let old = state.runs("rossi", 9).expect("read").remove(0);
        assert_eq!((old.drift, old.rehearsal, old.folder.as_str()), (None, true, "runs/1"));
        let new = [
            PastRun { verdict: Verdict::Changed, drift: Some(2), folder: "runs/2".into(), ..old.clone() },
            PastRun { verdict: Verdict::Changed, rehearsal: false, folder: "runs/3".into(), ..old.clone() },
        ];
        for run in &new {
            state.add_run(run).expect("kept");
        }
        drop(state);
        let state = State::open(&base, Timestamp::now()).expect("opened");
        assert_eq!(state.set_aside(), None);
        let [two, three] = new;
        assert_eq!([&old, &two, &three].map(PastRun::only_looked), [true, true, false]);
        assert_eq!(state.runs("rossi", 9).expect("read"), [three, two, old]);
    }

    #[test]
    fn a_damaged_one_of_an_earlier_version_is_left_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        first_version(&base);
        let path = base.join(NAME);
        Connection::open(&path).expect("opened").execute("UPDATE code_steps SET step = 8", []).expect("damaged");
        let state = State::open(&base, Timestamp::now()).expect("opened");
        assert!(state.set_aside().is_some());
        let aside = Connection::open(base.join(format!("{NAME}.set-aside-1"))).expect("opened");
        let version: u32 = aside.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version");
        assert_eq!(version, 1);
        assert!(aside.prepare("SELECT * FROM used_codes").is_err());
    }
}

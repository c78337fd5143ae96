//! Reading a record back. The format is looked at first: a record of a newer build is refused, not guessed at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::record::{FORMAT, Record};

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file, or it cannot be opened.
    #[error("`{}` cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It was written by a newer build.
    #[error("`{}` has format {found}, and this build knows up to {FORMAT}; update rinnova to read it", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: u64,
    },
    /// It is no record.
    #[error("`{}` is damaged or no record of a run: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// In what way.
        why: String,
    },
}

/// The record of a run, by its folder or by its `run.json`.
///
/// # Errors
///
/// When it cannot be read, is damaged, or was written by a newer build.
pub fn record(path: &Path) -> Result<Record, ReadError> {
    let path = if path.is_dir() { path.join("run.json") } else { path.to_owned() };
    let text = fs::read(&path).map_err(|why| ReadError::Unreadable { path: path.clone(), why })?;
    let damaged = |why: String| ReadError::Damaged { path: path.clone(), why };
    let value: Value = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    match value.get("format").and_then(Value::as_u64) {
        None | Some(0) => Err(damaged("it has no `format`".to_owned())),
        Some(found) if found > u64::from(FORMAT) => Err(ReadError::Newer { path, found }),
        Some(_) => serde_json::from_value(value).map_err(|error| damaged(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{ReadError, record};

    #[test]
    fn newer_and_damaged_records_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |text: &str| {
            fs::write(folder.path().join("run.json"), text).expect("written");
            record(folder.path()).expect_err("no record")
        };
        assert!(matches!(check(r#"{"format": 99, "what": "ever"}"#), ReadError::Newer { found: 99, .. }));
        for text in ["", "{", "[]", "{}", r#"{"format": "1"}"#, r#"{"format": 1}"#, r#"{"format": 0}"#] {
            assert!(matches!(check(text), ReadError::Damaged { .. }), "{text}");
        }
        assert!(matches!(record(&folder.path().join("none")), Err(ReadError::Unreadable { .. })));
    }
}

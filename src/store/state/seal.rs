//! A digest in every row over the rest of it: SQLite sees damage to its pages, but not a bit that turned in a value, and a
//! `took_place` that reads 0 for 1 would be a wrong "not done".

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use sha2::{Digest as _, Sha256};

use super::schema::SEALED;

/// Seals the row that was just written.
pub(super) fn seal(db: &Connection, table: &str, row: i64) -> rusqlite::Result<()> {
    let select = format!("SELECT * FROM {table} WHERE rowid = ?1");
    let digest = db.prepare(&select)?.query_row([row], digest)?;
    let update = format!("UPDATE {table} SET seal = ?1 WHERE rowid = ?2");
    db.prepare(&update)?.execute(params![digest, row])?;
    Ok(())
}

/// The first table with a row that is not as it was written.
pub(super) fn broken(db: &Connection) -> rusqlite::Result<Option<&'static str>> {
    for table in SEALED {
        let mut select = db.prepare(&format!("SELECT * FROM {table}"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if digest(row)? != row.get::<_, String>("seal")? {
                return Ok(Some(table));
            }
        }
    }
    Ok(None)
}

/// Over every column but the seal, which is the last.
fn digest(row: &Row<'_>) -> rusqlite::Result<String> {
    let mut digest = Sha256::new();
    for column in 0..row.as_ref().column_count() - 1 {
        match row.get_ref(column)? {
            ValueRef::Null => digest.update(b"n"),
            ValueRef::Integer(value) => digest.update([b"i".as_slice(), &value.to_le_bytes()].concat()),
            ValueRef::Real(value) => digest.update([b"r".as_slice(), &value.to_le_bytes()].concat()),
            ValueRef::Text(text) | ValueRef::Blob(text) => {
                digest.update([b"t".as_slice(), &text.len().to_le_bytes(), text].concat());
            }
        }
    }
    Ok(digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

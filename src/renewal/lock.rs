//! One run of an account at a time (faults.md §2.5): an exclusive lock on a file that is never deleted. The kernel gives it
//! back when its holder dies, however that happens.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use crate::store::{own_directory, own_file};

/// Held while a lock is taken and its holder's name is written: whoever is refused finds the name whole.
const GATE: &str = "accounts.lock";

/// An account's lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    account: String,
    _file: File,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
    /// What it does: `run`, `renew`.
    pub verb: String,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another holds it.
    #[error("busy: account `{account}` is in use{}", .holder.as_ref().map(ToString::to_string).unwrap_or_default())]
    Busy {
        /// The account's id.
        account: String,
        /// Who, where it can be read.
        holder: Option<Holder>,
    },
    /// The file cannot be used.
    #[error("the account cannot be locked: `{}`: {why}", .path.display())]
    Unusable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

impl Lock {
    /// Takes the account's lock in this state directory, at once or not at all.
    ///
    /// # Errors
    ///
    /// When another run holds it, or its file cannot be used.
    pub fn take(directory: &Path, account: &str, verb: &str, now: Timestamp) -> Result<Self, LockError> {
        let path = directory.join(name(account));
        let unusable = |why: io::Error| LockError::Unusable { path: path.clone(), why };
        own_directory(directory).map_err(unusable)?;
        let gate = own_file(&directory.join(GATE)).map_err(unusable)?;
        flock(&gate, FlockOperation::LockExclusive).map_err(|error| unusable(error.into()))?;
        let mut file = own_file(&path).map_err(unusable)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(LockError::Busy { account: account.to_owned(), holder: holder(&mut file) });
            }
            Err(error) => return Err(unusable(error.into())),
        }
        let verb: String = verb.chars().filter(|c| !c.is_control()).collect();
        let line = format!("{} {now} {verb}\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(line.as_bytes())).map_err(unusable)?;
        Ok(Self { account: account.to_owned(), _file: file })
    }

    /// The account's id.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let since = self.since.to_zoned(TimeZone::system());
        let form =
            if since.date() == Timestamp::now().to_zoned(TimeZone::system()).date() { "%H:%M" } else { "%F %H:%M" };
        write!(f, " by `{}` (pid {}) since {}", self.verb, self.pid, since.strftime(form))
    }
}

/// A digest of the id: ids are users' text, and no text of theirs leads out of the directory or meets another account's.
fn name(account: &str) -> String {
    let digest = Sha256::digest(account.as_bytes());
    let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("account-{digest}.lock")
}

fn holder(file: &mut File) -> Option<Holder> {
    let mut line = String::new();
    file.rewind().ok()?;
    file.take(1000).read_to_string(&mut line).ok()?;
    let mut words = line.strip_suffix('\n')?.splitn(3, ' ');
    let (pid, since) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Holder { pid, since, verb: words.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Lock, LockError, name};

    #[test]
    fn the_loser_learns_who_holds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let held = Lock::take(&base, "rossi", "run", Timestamp::now()).expect("free");
        let error = Lock::take(&base, "rossi", "renew", Timestamp::now()).expect_err("held").to_string();
        let pid = std::process::id();
        assert!(error.starts_with(&format!("busy: account `rossi` is in use by `run` (pid {pid}) since ")), "{error}");
        Lock::take(&base, "bianchi", "run", Timestamp::now()).expect("another account");
        drop(held);
        Lock::take(&base, "rossi", "renew", Timestamp::now()).expect("free again");
    }

    #[test]
    fn no_id_leads_out_of_the_directory() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        for id in ["../x", "/etc/x", "", ".", "a\0b", "a\nb", &"x".repeat(5000)] {
            Lock::take(&base, id, "run", Timestamp::now()).expect("a lock");
        }
        assert_eq!(base.read_dir().expect("a folder").count(), 8);
        assert_eq!(folder.path().read_dir().expect("a folder").count(), 1);
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        Lock::take(&base, "other", "run", Timestamp::now()).expect("the directory is made");
        std::os::unix::fs::symlink(folder.path().join("victim"), base.join(name("rossi"))).expect("a link");
        let taken = Lock::take(&base, "rossi", "run", Timestamp::now());
        assert!(matches!(taken, Err(LockError::Unusable { .. })));
        assert!(!folder.path().join("victim").exists());
    }
}

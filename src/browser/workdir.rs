//! The session's own folder: mode 0700, removed on every path; what a killed run left is swept at the next start.
//!
//! Its name carries the owner's process id and that process's start time, so that a sweep never takes a living run's folder.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::browser::error::StartError;
use crate::browser::processes;

const PREFIX: &str = "rinnova-";

/// A folder that only this process may read; removed with all it holds when dropped.
#[derive(Debug)]
pub struct Workdir {
    path: PathBuf,
}

impl Workdir {
    /// Makes a folder for this process under `base`.
    ///
    /// # Errors
    /// [`StartError::Workdir`] when it cannot be made.
    pub fn create(base: &Path) -> Result<Self, StartError> {
        let fault = |why: String| StartError::Workdir { dir: base.to_owned(), why };
        let pid = std::process::id();
        let born = processes::start_time(pid).ok_or_else(|| fault("this process has no entry in /proc".into()))?;
        let mut salt = [0_u8; 4];
        getrandom::fill(&mut salt).map_err(|error| fault(error.to_string()))?;
        let path = base.join(format!("{PREFIX}{pid}-{born}-{:08x}", u32::from_le_bytes(salt)));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| fault(error.to_string()))?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder inside it, mode 0700.
    ///
    /// # Errors
    /// [`StartError::Workdir`] when it cannot be made.
    pub fn subdir(&self, name: &str) -> Result<PathBuf, StartError> {
        let path = self.path.join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| StartError::Workdir { dir: self.path.clone(), why: error.to_string() })?;
        Ok(path)
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        // Whatever of the browser left its driver's group is found by the folder that only this session names.
        processes::end_all_naming(&self.path);
        remove(&self.path);
    }
}

/// The base in which session folders are made: `TMPDIR`, else `/tmp`.
#[must_use]
pub fn base() -> PathBuf {
    std::env::temp_dir()
}

/// Ends the processes and removes the folders of runs that died without doing so themselves. Answers how many folders went.
#[must_use]
pub fn sweep(base: &Path) -> usize {
    let mine = rustix::process::getuid().as_raw();
    let Ok(entries) = base.read_dir() else { return 0 };
    let mut swept = 0;
    for entry in entries.flatten() {
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let Some((pid, born)) = owner(&name) else { continue };
        let own = path.symlink_metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == mine);
        if !own || processes::start_time(pid) == Some(born) {
            continue;
        }
        processes::end_all_naming(&path);
        remove(&path);
        swept += 1;
    }
    swept
}

/// The process id and start time in a session folder's name.
fn owner(name: &str) -> Option<(u32, u64)> {
    let mut parts = name.strip_prefix(PREFIX)?.splitn(3, '-');
    let owner = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().map(|_| owner)
}

/// Removes a folder. A browser that is just ending may still write into it, so a few tries are allowed; what stays is
/// swept at the next start.
fn remove(path: &Path) {
    for _ in 0..100 {
        match std::fs::remove_dir_all(path) {
            Ok(()) => return,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "the session's folder is still in use");
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
    }
    tracing::warn!(path = %path.display(), "the session's folder could not be removed; the next start sweeps it");
}

#[cfg(test)]
mod tests {
    use super::{Workdir, owner, sweep};

    #[test]
    fn a_dead_owner_is_swept_and_a_living_one_is_not() {
        let base = tempfile::tempdir().expect("a temporary folder");
        let living = Workdir::create(base.path()).expect("a session folder");
        let dead = base.path().join("rinnova-999999999-1-00000000");
        std::fs::create_dir(&dead).expect("a stale folder");
        std::fs::create_dir(base.path().join("rinnova-notes")).expect("another folder");
        assert_eq!(sweep(base.path()), 1);
        assert!(!dead.exists());
        assert!(living.path().exists());
        assert!(base.path().join("rinnova-notes").exists());
        let path = living.path().to_owned();
        drop(living);
        assert!(!path.exists());
    }

    #[test]
    fn only_whole_names_have_an_owner() {
        assert_eq!(owner("rinnova-12-34-abcd"), Some((12, 34)));
        assert_eq!(owner("rinnova-12-34"), None);
        assert_eq!(owner("rinnova-x-34-a"), None);
    }
}

//! Baselines: beside the flow, in `baseline/<flow>/`, texts and pictures that people read and keep with it.
//!
//! What they say is `drift`'s matter; here they are read and put in their place, all of them or none.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::store::file::{directory, inside, replace};

/// A baseline has few and small texts; what is larger is none.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Why a baseline cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the baseline `{}` {what}: {why}", .path.display())]
pub struct BaselineError {
    /// The file or folder.
    pub path: PathBuf,
    /// `cannot be read`, `cannot be written`.
    pub what: &'static str,
    /// What the system says.
    pub why: io::Error,
}

/// Where the baseline of a flow stands: `baseline/<flow>/` beside its file.
#[must_use]
pub fn baseline_place(flow_file: &Path, flow: &str) -> PathBuf {
    flow_file.parent().unwrap_or(Path::new("")).join("baseline").join(flow)
}

/// The texts of a baseline by file name; `None` where there is no baseline.
///
/// # Errors
/// When it cannot be read, or one of its files is too large to be one.
pub fn baseline_texts(place: &Path) -> Result<Option<BTreeMap<String, String>>, BaselineError> {
    let failed = |path: &Path, why: io::Error| BaselineError { path: path.to_owned(), what: "cannot be read", why };
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !place.is_symlink() => return Ok(None),
        Err(error) => return Err(failed(place, error)),
    };
    let mut texts = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(place, error))?;
        let path = entry.path();
        let is_text = path.extension().is_some_and(|ending| ending == "toml" || ending == "txt");
        let Some(name) = entry.file_name().to_str().map(str::to_owned).filter(|_| is_text) else { continue };
        let found = entry.metadata().map_err(|error| failed(&path, error))?;
        if !found.is_file() || found.len() > LARGEST {
            return Err(failed(&path, io::Error::other("it is no plain file of at most 4 MiB")));
        }
        texts.insert(name, fs::read_to_string(&path).map_err(|error| failed(&path, error))?);
    }
    Ok(Some(texts))
}

/// Puts a baseline in the place of the one before, whole or not at all.
///
/// # Errors
/// When it cannot be written; then the one before stands as it was.
pub fn write_baseline(place: &Path, files: &[(String, Vec<u8>)]) -> Result<(), BaselineError> {
    let failed = |path: &Path, why: io::Error| BaselineError { path: path.to_owned(), what: "cannot be written", why };
    // Behind a link stands the folder that is meant.
    let behind =
        if place.is_symlink() { place.canonicalize().map_err(|error| failed(place, error))? } else { place.to_owned() };
    let place = behind.as_path();
    let parent = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
    let made =
        tempfile::Builder::new().prefix(".writing-").tempdir_in(parent).map_err(|error| failed(parent, error))?;
    let fresh = made.path().join("baseline");
    directory(&fresh).map_err(|error| failed(&fresh, error))?;
    for (name, bytes) in files {
        let inner = inside(name).filter(|name| name.components().count() == 1);
        let path =
            fresh.join(inner.ok_or_else(|| failed(&fresh, io::Error::other(format!("no file name: `{name}`"))))?);
        replace(&path, bytes).map_err(|error| failed(&path, error))?;
    }
    // The one before goes into the temporary folder, and with it.
    let exchanged = renameat_with(CWD, &fresh, CWD, place, RenameFlags::EXCHANGE);
    let put = match exchanged {
        Err(rustix::io::Errno::NOENT) => renameat_with(CWD, &fresh, CWD, place, RenameFlags::NOREPLACE),
        other => other,
    };
    put.map_err(|error| failed(place, error.into()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{baseline_place, baseline_texts, write_baseline};

    #[test]
    fn a_baseline_takes_the_place_of_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = baseline_place(&folder.path().join("x.toml"), "x");
        assert!(baseline_texts(&place).expect("readable").is_none());
        write_baseline(&place, &[("baseline.toml".into(), b"a".to_vec()), ("old.txt".into(), b"b".to_vec())])
            .expect("written");
        write_baseline(&place, &[("baseline.toml".into(), b"c".to_vec()), ("s.png".into(), b"d".to_vec())])
            .expect("written");
        let texts = baseline_texts(&place).expect("readable").expect("there");
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), [("baseline.toml".to_owned(), "c".to_owned())]);
        let left: Vec<_> = fs::read_dir(folder.path().join("baseline")).expect("there").collect();
        assert_eq!(left.len(), 1, "nothing temporary is left: {left:?}");
    }

    #[test]
    fn behind_a_link_stands_the_folder_that_is_meant() {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, place) = (folder.path().join("kept/x"), folder.path().join("baseline/x"));
        let of = |text: &str| [("baseline.toml".to_owned(), text.as_bytes().to_vec())];
        write_baseline(&kept, &of("a")).expect("written");
        fs::create_dir(place.parent().expect("a folder")).expect("a folder");
        symlink(&kept, &place).expect("a link");
        write_baseline(&place, &of("b")).expect("written");
        assert!(place.is_symlink());
        assert_eq!(baseline_texts(&kept).expect("readable").expect("there")["baseline.toml"], "b");
        // A link to nothing is no flow without a baseline.
        fs::remove_dir_all(&kept).expect("removed");
        assert!(baseline_texts(&place).is_err() && write_baseline(&place, &of("c")).is_err());
        assert!(place.is_symlink());
    }

    #[test]
    fn what_cannot_be_written_leaves_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("baseline/x");
        write_baseline(&place, &[("baseline.toml".into(), b"a".to_vec())]).expect("written");
        assert!(write_baseline(&place, &[("no/such".into(), b"b".to_vec())]).is_err());
        assert_eq!(baseline_texts(&place).expect("readable").expect("there")["baseline.toml"], "a");
    }
}

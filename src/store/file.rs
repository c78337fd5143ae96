//! Files and names in a run folder: written whole or not at all, for their owner alone, and never outside.

use std::fs::DirBuilder;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path};

use crate::failpoint;

/// Written and removed again to see that there is room for a run: a full disk is told before anything is started.
const ROOM: usize = 1024 * 1024;

/// Writes a file beside its place and renames it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |file| file.write_all(bytes))
}

/// Writes a file of the user's own anew, whole or not at all, and leaves who may read it as it was.
pub(super) fn replace_kept(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Behind a link stands the file that is meant.
    let path = path.canonicalize()?;
    let mode = path.metadata()?.permissions();
    replace(&path, bytes)?;
    std::fs::set_permissions(&path, mode)
}

/// As [`replace()`], of a text that is written piece by piece.
pub(super) fn replace_by(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The temporary file is made with mode 0600.
    let file = tempfile::Builder::new().prefix(".writing-").tempfile_in(parent)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner()?;
    failpoint::here("before-rename");
    file.persist(path)?;
    failpoint::here("after-rename");
    Ok(())
}

/// A name as part of a file name: small ASCII letters, digits, `_` and `-`.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(80) {
        match c {
            'a'..='z' | '0'..='9' | '_' => slug.push(c),
            'A'..='Z' => slug.push(c.to_ascii_lowercase()),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "run".to_owned() } else { slug.to_owned() }
}

/// A relative path that stays inside and names no hidden file.
pub(super) fn inside(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    let plain =
        |part: Component<'_>| matches!(part, Component::Normal(part) if !part.as_encoded_bytes().starts_with(b"."));
    (!name.is_empty() && path.components().all(plain)).then_some(path)
}

pub(super) fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Sees that a run's worth of bytes can be written.
pub(super) fn prove(path: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(path)?;
    file.write_all(&vec![0; ROOM])
}

//! A guide's folder: documents and pictures for anybody to read, all written or none.
//!
//! What they say is `guide`'s matter; here they are read and put in their place. Each file is written beside its place; then all
//! change places with those before, and where one cannot, all change back.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::TempPath;

use crate::failpoint;
use crate::store::file::{inside, prove};

/// The largest file of a guide; what is larger is none.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A guide holds nobody's data and is made to be handed on.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// Why a guide's files cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be {what}: {why}", .path.display())]
pub struct GuideFileError {
    /// The file or folder.
    pub path: PathBuf,
    /// `read`, `written`.
    pub what: &'static str,
    /// What the system says.
    pub why: io::Error,
}

fn unreadable(path: &Path, why: io::Error) -> GuideFileError {
    GuideFileError { path: path.to_owned(), what: "read", why }
}

fn unwritable(path: &Path, why: io::Error) -> GuideFileError {
    GuideFileError { path: path.to_owned(), what: "written", why }
}

/// Sees that a guide can be written into this folder, which need not be there yet. Nothing is left.
///
/// # Errors
/// When it cannot, or something else stands in its place or in that of its pictures.
pub fn guide_has_a_place(folder: &Path) -> Result<(), GuideFileError> {
    let mut there = folder;
    while fs::symlink_metadata(there).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        there = parent(there);
    }
    if !there.is_dir() {
        return Err(unwritable(there, ErrorKind::NotADirectory.into()));
    }
    let pictures = folder.join("pictures");
    match fs::symlink_metadata(&pictures) {
        Ok(found) if !found.is_dir() => return Err(unwritable(&pictures, no_folder())),
        Ok(_) => prove(&pictures).map_err(|why| unwritable(&pictures, why))?,
        Err(_) => {}
    }
    prove(there).map_err(|why| unwritable(there, why))
}

/// A file of the guide in `folder`; `None` where there is none.
///
/// # Errors
/// When it cannot be read, or is no plain file.
pub fn guide_file(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, GuideFileError> {
    let path = folder.join(named(folder, name)?);
    let found = match plain_file(&path) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(None),
        Err(why) => return Err(unreadable(&path, why)),
    };
    if found.len() > LARGEST {
        return Err(unreadable(&path, io::Error::other("it is too large for a file of a guide")));
    }
    fs::read(&path).map(Some).map_err(|why| unreadable(&path, why))
}

/// Writes these files of the guide in `folder`, removes those in `gone`, and writes `beside`, a document of the user's own: all
/// of it or nothing.
///
/// # Errors
/// When one cannot be written; then all stand as they were.
pub fn write_guide(
    folder: &Path,
    files: &[(String, Vec<u8>)],
    gone: &[String],
    beside: Option<(&Path, &[u8])>,
) -> Result<(), GuideFileError> {
    let mut made = Folders::default();
    let mut moves = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(named(folder, name)?);
        made.make(parent(&path)).map_err(|why| unwritable(parent(&path), why))?;
        moves.push(Move::put(path.clone(), bytes).map_err(|why| unwritable(&path, why))?);
    }
    if let Some((path, bytes)) = beside {
        // Behind a link stands the file that is meant.
        let meant = path.canonicalize().map_err(|why| unwritable(path, why))?;
        moves.push(Move::put(meant, bytes).map_err(|why| unwritable(path, why))?);
    }
    for name in gone {
        let path = folder.join(named(folder, name)?);
        if plain_file(&path).map_err(|why| unwritable(&path, why))?.is_some() {
            moves.push(Move::away(path.clone()).map_err(|why| unwritable(&path, why))?);
        }
    }
    perform(&moves)?;
    made.keep();
    Ok(())
}

/// A file that is to change places with the one before, or to go.
struct Move {
    path: PathBuf,
    /// What is to stand there; afterwards what stood there, which goes with this.
    other: TempPath,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// There is a file before it.
    Exchange,
    /// There is none.
    Put,
    /// It goes.
    Away,
}

impl Move {
    fn put(path: PathBuf, bytes: &[u8]) -> io::Result<Self> {
        let before = plain_file(&path)?;
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(parent(&path))?;
        file.write_all(bytes)?;
        let mode = before.as_ref().map_or_else(|| Permissions::from_mode(FILE_MODE), fs::Metadata::permissions);
        file.as_file().set_permissions(mode)?;
        let kind = if before.is_some() { Kind::Exchange } else { Kind::Put };
        Ok(Self { path, other: file.into_temp_path(), kind })
    }

    fn away(path: PathBuf) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".writing-").tempfile_in(parent(&path))?;
        Ok(Self { path, other: file.into_temp_path(), kind: Kind::Away })
    }

    fn forth(&self) -> io::Result<()> {
        failpoint::here("before-rename");
        match self.kind {
            Kind::Exchange => renameat_with(CWD, &*self.other, CWD, &self.path, RenameFlags::EXCHANGE)?,
            Kind::Put => renameat_with(CWD, &*self.other, CWD, &self.path, RenameFlags::NOREPLACE)?,
            Kind::Away => fs::rename(&self.path, &self.other)?,
        }
        failpoint::here("after-rename");
        Ok(())
    }

    fn back(&self) -> io::Result<()> {
        match self.kind {
            Kind::Exchange => Ok(renameat_with(CWD, &*self.other, CWD, &self.path, RenameFlags::EXCHANGE)?),
            Kind::Put => fs::rename(&self.path, &self.other),
            Kind::Away => fs::rename(&self.other, &self.path),
        }
    }
}

/// Makes all moves, or none.
fn perform(moves: &[Move]) -> Result<(), GuideFileError> {
    for (at, one) in moves.iter().enumerate() {
        let Err(why) = one.forth() else { continue };
        for earlier in moves[..at].iter().rev() {
            earlier.back().map_err(|why| {
                let why = format!("it could not be put back as it was: {why}");
                unwritable(&earlier.path, io::Error::other(why))
            })?;
        }
        return Err(unwritable(&one.path, why));
    }
    Ok(())
}

/// Folders that were made on the way; they go again where they are not kept.
#[derive(Default)]
struct Folders(Vec<PathBuf>);

impl Folders {
    /// Makes this folder and those around it where they are missing.
    fn make(&mut self, path: &Path) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Ok(_) if path.is_dir() => return Ok(()),
            Ok(_) => return Err(ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        self.make(parent(path))?;
        DirBuilder::new().mode(FOLDER_MODE).create(path)?;
        self.0.push(path.to_owned());
        // The mode that it was made with has passed the umask.
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            let _in_use = fs::remove_dir(path);
        }
    }
}

/// What stands at this path, where it is a plain file: no link that leads elsewhere, and no folder.
fn plain_file(path: &Path) -> io::Result<Option<fs::Metadata>> {
    let folder = parent(path);
    // The pictures' folder is the guide's own; that around it may stand behind a link.
    if folder.ends_with("pictures") && fs::symlink_metadata(folder).is_ok_and(|found| !found.is_dir()) {
        return Err(no_folder());
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(Some(found)),
        Ok(_) => Err(io::Error::other("it is no plain file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn no_folder() -> io::Error {
    io::Error::other("it is no folder of the guide's own")
}

fn named<'a>(folder: &Path, name: &'a str) -> Result<&'a Path, GuideFileError> {
    inside(name).ok_or_else(|| unwritable(folder, io::Error::other(format!("no file name: `{name}`"))))
}

/// The folder around a path; of a bare name the current one.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::{Move, guide_file, guide_has_a_place, perform, write_guide};

    fn of(files: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    /// All files below a folder.
    fn all(folder: &Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").display().to_string();
            if path.is_dir() {
                found.extend(all(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
            } else {
                found.insert(name, fs::read_to_string(path).expect("text"));
            }
        }
        found
    }

    fn expected(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn files_are_made_replaced_and_removed_and_nothing_else() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("docs/mysign");
        guide_has_a_place(&folder).expect("a place");
        assert!(all(base.path()).is_empty() && !base.path().join("docs").exists(), "nothing is left");
        write_guide(&folder, &of(&[("m.it.md", "a"), ("pictures/x.png", "x"), ("guide.json", "1")]), &[], None)
            .expect("written");
        let mode = |name: &str| fs::metadata(folder.join(name)).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode("m.it.md"), mode("pictures")), (0o644, 0o755), "anybody may read a guide");
        fs::write(folder.join("README.md"), "mine").expect("written");
        fs::set_permissions(folder.join("m.it.md"), fs::Permissions::from_mode(0o600)).expect("changed");
        let own = base.path().join("own.md");
        fs::write(&own, "before").expect("written");
        let gone = ["pictures/x.png".to_owned(), "never.md".to_owned()];
        write_guide(&folder, &of(&[("m.it.md", "b"), ("guide.json", "2")]), &gone, Some((&own, b"after")))
            .expect("written");
        assert_eq!(all(&folder), expected(&[("m.it.md", "b"), ("guide.json", "2"), ("README.md", "mine")]));
        assert_eq!((mode("m.it.md"), fs::read(&own).ok().as_deref()), (0o600, Some(&b"after"[..])));
        assert_eq!(guide_file(&folder, "m.it.md").expect("readable").as_deref(), Some(&b"b"[..]));
        assert!(guide_file(&folder, "pictures/x.png").expect("readable").is_none());
    }

    #[test]
    fn what_cannot_be_written_leaves_all_as_it_was() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("guide");
        write_guide(&folder, &of(&[("a.md", "a"), ("b.md", "b")]), &[], None).expect("written");
        fs::create_dir(folder.join("folder.md")).expect("a folder");
        symlink("/etc/hostname", folder.join("link.md")).expect("a link");
        for name in ["folder.md", "link.md", "../out.md", "/etc/x", ".hidden", "a.md/inner.md"] {
            let files = of(&[("a.md", "new"), ("new/deep.md", "new"), (name, "x")]);
            assert!(write_guide(&folder, &files, &[], None).is_err(), "{name}");
            assert!(write_guide(&folder, &of(&[("a.md", "new")]), &[name.to_owned()], None).is_err(), "{name}");
            fs::remove_file(folder.join("link.md")).expect("removed");
            assert_eq!(all(&folder), expected(&[("a.md", "a"), ("b.md", "b")]), "{name}");
            assert!(!folder.join("new").exists(), "{name}: a folder is left");
            symlink("/etc/hostname", folder.join("link.md")).expect("a link");
        }
        assert!(
            write_guide(&folder, &of(&[("a.md", "new")]), &[], Some((&base.path().join("none.md"), b"x"))).is_err()
        );
        assert_eq!(fs::read_to_string(folder.join("a.md")).expect("there"), "a");
        assert!(guide_file(&folder, "link.md").is_err() && guide_file(&folder, "folder.md").is_err());
    }

    #[test]
    fn where_one_file_cannot_take_its_place_all_go_back() {
        let base = tempfile::tempdir().expect("a folder");
        let at = |name: &str| base.path().join(name);
        for (name, text) in [("old.md", "old"), ("gone.md", "gone")] {
            fs::write(at(name), text).expect("written");
        }
        let last = Move::put(at("last.md"), b"last").expect("a move");
        fs::remove_file(&last.other).expect("removed");
        let moves = [
            Move::put(at("old.md"), b"new").expect("a move"),
            Move::put(at("fresh.md"), b"fresh").expect("a move"),
            Move::away(at("gone.md")).expect("a move"),
            last,
        ];
        let error = perform(&moves).expect_err("an error").to_string();
        assert!(error.contains("last.md` cannot be written"), "{error}");
        drop(moves);
        assert_eq!(all(base.path()), expected(&[("old.md", "old"), ("gone.md", "gone")]));
    }

    #[test]
    fn what_stands_in_the_way_is_told_first() {
        let base = tempfile::tempdir().expect("a folder");
        let file = base.path().join("file");
        fs::write(&file, "").expect("written");
        let linked = base.path().join("linked");
        fs::create_dir_all(linked.join("elsewhere")).expect("a folder");
        symlink("elsewhere", linked.join("pictures")).expect("a link");
        fs::write(linked.join("elsewhere/x.png"), "mine").expect("written");
        for folder in [&file, &file.join("inner"), &linked, Path::new("/proc/guide")] {
            assert!(guide_has_a_place(folder).is_err(), "{}", folder.display());
            assert!(write_guide(folder, &of(&[("pictures/x.png", "x")]), &[], None).is_err(), "{}", folder.display());
        }
        assert_eq!(fs::read_to_string(linked.join("elsewhere/x.png")).expect("there"), "mine");
        // The folder itself may stand behind a link.
        symlink("linked/elsewhere", base.path().join("docs")).expect("a link");
        guide_has_a_place(&base.path().join("docs")).expect("a place");
    }
}

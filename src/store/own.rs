//! Files of the state directory, beside the database: made for their owner alone, never through a link.

use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Makes the directory where it is missing, and sees that it is its user's alone.
///
/// # Errors
///
/// When it cannot be made, is another's, or others may enter it.
pub fn own_directory(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    }
    private(&path.metadata()?)
}

/// Opens a file for reading and writing, made with mode 0600 where it is missing.
///
/// # Errors
///
/// When it cannot be opened or made, is a link or no plain file, is another's, or others may read it.
pub fn own_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => return Err(io::Error::other("it is a link, which is never followed here")),
        Err(error) => return Err(error.into()),
    };
    plain(&file.metadata()?)?;
    Ok(file)
}

/// Sees that what stands there is a plain file and its user's alone, without opening it.
pub(super) fn own_already(path: &Path) -> io::Result<()> {
    plain(&path.symlink_metadata()?)
}

/// Makes what was created, renamed or removed in a directory last through a loss of power.
pub(super) fn settle_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn plain(found: &Metadata) -> io::Result<()> {
    if !found.is_file() {
        return Err(io::Error::other("it is a link or no plain file"));
    }
    private(found)
}

fn private(found: &Metadata) -> io::Result<()> {
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    if found.mode() & 0o077 != 0 {
        let mode = found.mode() & 0o777;
        return Err(io::Error::other(format!("others may use it (mode {mode:04o}); take that away with `chmod go=`")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{own_directory, own_file};

    #[test]
    fn what_others_may_touch_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("a/b");
        own_directory(&base).expect("made");
        assert_eq!(base.metadata().expect("there").permissions().mode() & 0o777, 0o700);
        let file = base.join("file");
        own_file(&file).expect("made");
        own_file(&file).expect("opened again");
        assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o600);

        symlink(&file, base.join("link")).expect("a link");
        symlink(base.join("nowhere"), base.join("dangling")).expect("a link");
        for name in ["link", "dangling"] {
            assert!(own_file(&base.join(name)).is_err_and(|why| why.to_string().contains("link")), "{name}");
        }
        assert!(!base.join("nowhere").exists());
        assert!(own_file(&base).is_err());
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("changed");
        assert!(own_file(&file).is_err_and(|why| why.to_string().contains("0644")));
        fs::set_permissions(&base, Permissions::from_mode(0o755)).expect("changed");
        assert!(own_directory(&base).is_err_and(|why| why.to_string().contains("chmod go=")));
    }
}

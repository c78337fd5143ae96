//! Secrets in files: a file of the holder's own, and the credentials that systemd lays before a service.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use super::source::{LONGEST, SourceError};

/// The variable that names the folder of a service's credentials.
pub const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What is wrong with a secret's file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened.
    #[error("file `{}` cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// It is a link.
    #[error("file `{}` is a symbolic link; name the file itself", .0.display())]
    Link(PathBuf),
    /// It is a folder, a socket, a device.
    #[error("file `{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// It belongs to another user.
    #[error("file `{}` belongs to another user; `chown` it to the user who runs this", .0.display())]
    OtherOwner(PathBuf),
    /// Others can read it.
    #[error("file `{}` can be read by others (mode {mode:03o}); run `chmod 600 {}`", .path.display(), .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A credential is asked for outside of a service that has any.
    #[error(
        "there is no credential `{0}` here: {CREDENTIALS} is not set; systemd sets it for a unit with \
         `LoadCredential={0}:…` or `LoadCredentialEncrypted={0}:…`"
    )]
    NoCredentials(String),
    /// The service has credentials, but not this one.
    #[error("there is no credential `{name}` in `{}`; give the unit `LoadCredential={name}:…`", .folder.display())]
    NoCredential {
        /// Its name.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
}

/// Who may own a secret's file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The user who runs this.
    Me,
    /// He, or the system's manager: it keeps what it lays before a service, and lets the service's user in by a list of
    /// its own, which shows as the group's bit.
    Manager,
}

/// The content of a file that is its owner's alone.
pub(super) fn file(path: &Path) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    Ok(content(open(path, Owner::Me)?, path)?)
}

/// The content of a credential of this service.
pub(super) fn credential(name: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let path = credential_path(name, std::env::var_os(CREDENTIALS))?;
    Ok(content(open(&path, Owner::Manager)?, &path)?)
}

/// What stands against reading this file, by looking at it alone: its content is not read.
///
/// # Errors
///
/// What stands against it.
pub fn examine_file(path: &Path) -> Result<(), FileError> {
    open(path, Owner::Me).map(drop)
}

/// What stands against reading this credential of the service whose folder this is; its content is not read.
///
/// # Errors
///
/// What stands against it.
pub fn examine_credential(name: &str, folder: Option<OsString>) -> Result<(), FileError> {
    open(&credential_path(name, folder)?, Owner::Manager).map(drop)
}

fn credential_path(name: &str, folder: Option<OsString>) -> Result<PathBuf, FileError> {
    let folder = folder.filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.ok_or_else(|| FileError::NoCredentials(name.to_owned()))?;
    let path = folder.join(name);
    // A link is told as what it is.
    if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Err(FileError::NoCredential { name: name.to_owned(), folder });
    }
    Ok(path)
}

/// The checks are made on the open file, so that it cannot be exchanged between check and reading.
fn open(path: &Path, owner: Owner) -> Result<std::fs::File, FileError> {
    let unreadable = |why: std::io::Error| FileError::Unreadable { path: path.to_owned(), why };
    // Without NONBLOCK a named pipe would block here, before it can be refused.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => FileError::Link(path.to_owned()),
        other => unreadable(other.into()),
    })?;
    let stat = rustix::fs::fstat(&file).map_err(|error| unreadable(error.into()))?;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(FileError::NotAFile(path.to_owned()));
    }
    let mine = stat.st_uid == rustix::process::geteuid().as_raw();
    let managed = owner == Owner::Manager && stat.st_uid == 0;
    if !mine && !managed {
        return Err(FileError::OtherOwner(path.to_owned()));
    }
    let mode = stat.st_mode & 0o777;
    let closed = if managed { 0o007 } else { 0o077 };
    if mode & closed != 0 {
        return Err(FileError::Open { path: path.to_owned(), mode });
    }
    Ok(file.into())
}

fn content(file: std::fs::File, path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    // All the room at once: a buffer that grows leaves copies of what it held.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 2));
    let read = file.take(LONGEST as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|why| FileError::Unreadable { path: path.to_owned(), why })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{FileError, examine_credential, examine_file};

    #[test]
    fn a_credential_is_looked_for_in_the_folder_of_the_service() {
        let folder = tempfile::tempdir().expect("a folder");
        let named = || Some(folder.path().as_os_str().to_owned());
        let error = examine_credential("pin", None).expect_err("no folder").to_string();
        assert!(error.contains("CREDENTIALS_DIRECTORY is not set") && error.contains("LoadCredential=pin"), "{error}");
        assert!(matches!(examine_credential("pin", Some("".into())), Err(FileError::NoCredentials(_))));
        assert!(matches!(examine_credential("pin", named()), Err(FileError::NoCredential { .. })));
        let path = folder.path().join("pin");
        fs::write(&path, "19800131").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("set");
        assert!(examine_credential("pin", named()).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("set");
        assert!(matches!(examine_credential("pin", named()), Err(FileError::Open { mode: 0o444, .. })));
        symlink("/dev/null", folder.path().join("linked")).expect("linked");
        assert!(matches!(examine_credential("linked", named()), Err(FileError::Link(_))));
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .expect("a pipe");
        assert!(matches!(examine_file(&path), Err(FileError::NotAFile(_))));
    }
}

//! Making a run folder, and writing into it while the run goes on.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::file::{directory, inside, prove, replace, replace_by, replace_kept, slug};
use super::redacted::{redacted, redacted_event};
use crate::event::Event;
use crate::failpoint;
use crate::record::{FORMAT, Record};
use crate::vault::Redactor;

/// Where a run's folder is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// In this folder, named after flow, task and time.
    Under(&'a Path),
    /// Exactly this folder (`--out`): new, empty, or the folder of an earlier run, which is replaced.
    Exactly(&'a Path),
}

/// What can go wrong with a run's folder.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing can be written there.
    #[error("the run folder `{}` cannot be written: {why}; name another with `--out`", .path.display())]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Something else is there.
    #[error("`{}` holds other files than a run's; name an empty or a new folder", .0.display())]
    Occupied(PathBuf),
    /// One file cannot be written.
    #[error("`{}` cannot be written: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A file name that leads out of the folder.
    #[error("`{0}` is no name of a file in a run folder")]
    Name(String),
}

/// The folder of one run.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    events: File,
    redactor: Redactor,
}

/// What a run may leave in its folder, beside structures (`*.txt`).
pub(super) const OURS: [&str; 5] = ["events.jsonl", "run.json", "report.html", "shots", "downloads"];

#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

impl RunFolder {
    /// Makes the folder of a run that begins now, readable by its owner alone, and sees that it can be written.
    ///
    /// # Errors
    ///
    /// When it cannot be made or written, or something else is there.
    pub fn create(
        place: Place<'_>,
        flow: &str,
        task: &str,
        now: Timestamp,
        redactor: Redactor,
    ) -> Result<Self, StoreError> {
        let path = match place {
            Place::Under(base) => {
                let name = format!("{}-{}-{}", slug(flow), slug(task), now.strftime("%Y%m%dT%H%M%SZ"));
                fresh(base, &name).map_err(|why| StoreError::Unwritable { path: base.to_owned(), why })?
            }
            Place::Exactly(path) => {
                empty(path)?;
                path.to_owned()
            }
        };
        let unwritable = |why| StoreError::Unwritable { path: path.clone(), why };
        prove(&path).map_err(unwritable)?;
        directory(&path.join("shots")).map_err(unwritable)?;
        let events = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path.join("events.jsonl"));
        let mut events = events.map_err(unwritable)?;
        // What reads the lines checks their form first, as with the record.
        events.write_all(format!("{{\"format\":{FORMAT}}}\n").as_bytes()).map_err(unwritable)?;
        if let Place::Under(base) = place {
            point(base, &path).map_err(|why| StoreError::Unwritable { path: base.join("latest"), why })?;
        }
        Ok(Self { path, events, redactor })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps what happened: the event as a line, and the picture or structure that comes with it as a file.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn keep(&mut self, at: Timestamp, event: &Event) -> Result<(), StoreError> {
        match event {
            Event::ShotTaken { shot, png: Some(png), .. } => {
                if let Some(file) = &shot.file {
                    self.write(file, png)?;
                }
            }
            Event::Downloaded { name, path } => self.take(&self.redactor.redact(name), path)?,
            Event::Structure { file, text } => self.write(file, self.redactor.redact(text).as_bytes())?,
            _ => {}
        }
        let event = redacted_event(&self.redactor, event);
        let path = || self.path.join("events.jsonl");
        let line = serde_json::to_string(&Line { at, event: &event });
        let mut line = line.map_err(|error| StoreError::File { path: path(), why: error.into() })?;
        line.push('\n');
        self.events.write_all(line.as_bytes()).map_err(|why| StoreError::File { path: path(), why })
    }

    /// The record with every known secret covered.
    #[must_use]
    pub fn covered_record(&self, record: &Record) -> Record {
        redacted(&self.redactor, record)
    }

    /// Writes the record as `run.json`, with every known secret covered.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn finish(&self, record: &Record) -> Result<Record, StoreError> {
        let record = self.covered_record(record);
        let text = serde_json::to_string_pretty(&record);
        let mut text =
            text.map_err(|error| StoreError::File { path: self.path.join("run.json"), why: error.into() })?;
        text.push('\n');
        self.write("run.json", text.as_bytes())?;
        Ok(record)
    }

    /// A text that is shown or written beside the record, with every known secret covered.
    #[must_use]
    pub fn covered(&self, text: &str) -> String {
        self.redactor.redact(text).into_owned()
    }

    /// Copies a downloaded file out of the browser's folder, which goes when the session ends. Its name is the
    /// portal's, so it is covered and made harmless first.
    fn take(&self, name: &str, path: &Path) -> Result<(), StoreError> {
        let name = self.redactor.redact(name);
        let downloads = self.path.join("downloads");
        let failed = |path: &Path, why| StoreError::File { path: path.to_owned(), why };
        match directory(&downloads) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(&downloads, error)),
            _ => {}
        }
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
        let extension = if extension.is_empty() { String::new() } else { format!(".{}", slug(extension)) };
        let stem = slug(stem);
        let first = downloads.join(format!("{stem}{extension}"));
        let others = (2..1000).map(|number| downloads.join(format!("{stem}-{number}{extension}")));
        let free = std::iter::once(first.clone()).chain(others).find(|path| !path.exists()).unwrap_or(first);
        let bytes = fs::read(path).map_err(|why| failed(path, why))?;
        replace(&free, &bytes).map_err(|why| failed(&free, why))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(inside(name).ok_or_else(|| StoreError::Name(name.to_owned()))?);
        replace(&path, bytes).map_err(|why| StoreError::File { path, why })
    }
}

/// Reads a picture of the run in `folder`, by its name in the record.
#[must_use]
pub fn shot_in(folder: &Path, file: &str) -> Option<Vec<u8>> {
    fs::read(folder.join(inside(file)?)).ok()
}

/// Writes a file of the user's own anew, a flow or a baseline's text, whole or not at all; who may read it stays as it was.
///
/// # Errors
///
/// When it cannot be written.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace_kept(path, bytes).map_err(|why| StoreError::File { path: path.to_owned(), why })
}

/// Writes a file for its owner alone, whole or not at all. Used for files outside a run folder, too (`--junit`).
///
/// # Errors
///
/// When it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace(path, bytes).map_err(|why| StoreError::File { path: path.to_owned(), why })
}

/// Writes the report of the run in `folder`, whole or not at all, and gives its path. `write` makes the page from a
/// record that [`RunFolder::finish`] returned: its pictures must not be searched for secrets as if they were text.
///
/// # Errors
///
/// When it cannot be written.
pub fn report_in(
    folder: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<PathBuf, StoreError> {
    let path = folder.join("report.html");
    match replace_by(&path, write) {
        Ok(()) => Ok(path),
        Err(why) => Err(StoreError::File { path, why }),
    }
}

/// A folder for its owner alone that goes with all it holds when it is dropped.
///
/// # Errors
///
/// When it cannot be made.
pub fn temporary() -> Result<tempfile::TempDir, StoreError> {
    let made = tempfile::Builder::new().prefix("rinnova.").tempdir();
    made.map_err(|why| StoreError::Unwritable { path: std::env::temp_dir(), why })
}

/// As [`write()`], and makes the folder around it where it is missing.
///
/// # Errors
///
/// When it cannot be made or written.
pub fn write_in(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    write(path, bytes)
}

/// Makes a folder and those around it, each for its owner alone, where they are missing.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|why| StoreError::Unwritable { path: path.to_owned(), why })
}

/// Makes a folder of this name that was not there; a second run within one second gets a number.
fn fresh(base: &Path, name: &str) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(base)?;
    let mut path = base.join(name);
    for number in 2..1000 {
        match directory(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => path = base.join(format!("{name}-{number}")),
            Err(error) => return Err(error),
            Ok(()) => return Ok(path),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Points `latest` to this folder, in one move. Something else of that name is left alone.
fn point(base: &Path, path: &Path) -> io::Result<()> {
    let latest = base.join("latest");
    if fs::symlink_metadata(&latest).is_ok_and(|there| !there.is_symlink()) {
        return Ok(());
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let link = base.join(format!(".latest-{}", name.display()));
    std::os::unix::fs::symlink(name, &link)?;
    failpoint::here("before-rename");
    fs::rename(link, latest)?;
    failpoint::here("after-rename");
    Ok(())
}

/// Makes this folder, or empties it of an earlier run.
fn empty(path: &Path) -> Result<(), StoreError> {
    let unwritable = |why| StoreError::Unwritable { path: path.to_owned(), why };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unwritable)?;
    let entries: Vec<_> = fs::read_dir(path).and_then(Iterator::collect).map_err(unwritable)?;
    let entries: Vec<fs::DirEntry> = entries;
    let run = entries.iter().any(|entry| entry.file_name() == "events.jsonl");
    let ours = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let text = Path::new(&name).extension().is_some_and(|extension| extension == "txt");
        text || OURS.iter().any(|ours| *ours == name)
    };
    if entries.is_empty() {
        return Ok(());
    }
    if !run || !entries.iter().all(ours) {
        return Err(StoreError::Occupied(path.to_owned()));
    }
    for entry in entries {
        let directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let gone = if directory { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        gone.map_err(unwritable)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::{Place, RunFolder, StoreError, inside, shot_in, slug};
    use crate::event::Event;
    use crate::record::ShotRecord;
    use crate::secret::Secret;
    use crate::vault::Redactor;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn create(place: Place<'_>) -> Result<RunFolder, StoreError> {
        RunFolder::create(place, "MySign", "renew", NOW, Redactor::default())
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    fn shot(file: &str, png: &[u8]) -> Event {
        let shot = ShotRecord {
            name: "login".into(),
            file: Some(file.into()),
            width: 1,
            height: 1,
            digest: String::new(),
            target: None,
            highlights: Vec::new(),
            covered: Vec::new(),
            personal: Vec::new(),
            staged: None,
            withheld: None,
        };
        Event::ShotTaken { stage: "login".into(), shot, png: Some(Arc::new(png.to_vec())) }
    }

    #[test]
    fn a_folder_is_its_owners_and_latest_points_to_it() {
        let base = tempfile::tempdir().expect("a folder");
        let runs = base.path().join("runs");
        let first = create(Place::Under(&runs)).expect("made");
        let second = create(Place::Under(&runs)).expect("made");
        assert!(first.path().ends_with("mysign-renew-19700101T000000Z"));
        assert!(second.path().ends_with("mysign-renew-19700101T000000Z-2"));
        assert_eq!(fs::canonicalize(runs.join("latest")).ok(), fs::canonicalize(second.path()).ok());
        assert_eq!(mode(first.path()), 0o700);
        assert_eq!(mode(&first.path().join("events.jsonl")), 0o600);
    }

    #[test]
    fn events_and_pictures_are_kept_as_they_come() {
        let base = tempfile::tempdir().expect("a folder");
        let redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2\"x".into()));
        let place = Place::Under(base.path());
        let mut folder = RunFolder::create(place, "f", "t", NOW, redactor).expect("made");
        folder.keep(NOW, &Event::StepStarted { sentence: "type hunter2\"x".into() }).expect("kept");
        folder.keep(NOW, &shot("shots/login.png", b"png hunter2\"x")).expect("kept");
        folder.keep(NOW, &Event::Structure { file: "login.txt".into(), text: "a hunter2\"x".into() }).expect("kept");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
        let lines = read("events.jsonl");
        assert!(lines.starts_with("{\"format\":1}\n"), "{lines}");
        assert!(
            lines.contains(r#"{"at":"1970-01-01T00:00:00Z","event":"step-started","sentence":"type ***"}"#),
            "{lines}"
        );
        assert_eq!(lines.lines().count(), 4);
        assert_eq!(read("login.txt"), "a ***");
        let download = || Event::Downloaded { name: "../Ricevuta 1.PDF".into(), path: folder.path().join("login.txt") };
        let (first, second) = (download(), download());
        folder.keep(NOW, &first).expect("kept");
        folder.keep(NOW, &second).expect("kept");
        assert_eq!(fs::read(folder.path().join("downloads/ricevuta-1.pdf")).ok().as_deref(), Some(&b"a ***"[..]));
        assert!(folder.path().join("downloads/ricevuta-1-2.pdf").exists());
        let named = Event::Downloaded { name: "di hunter2\"x.pdf".into(), path: folder.path().join("login.txt") };
        folder.keep(NOW, &named).expect("kept");
        assert!(folder.path().join("downloads/di.pdf").exists());
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
        assert_eq!(read("events.jsonl").lines().count(), 7);
        // A picture is no text.
        assert_eq!(shot_in(folder.path(), "shots/login.png").as_deref(), Some(&b"png hunter2\"x"[..]));
        assert_eq!(mode(&folder.path().join("shots/login.png")), 0o600);
        assert_eq!(fs::read_dir(folder.path().join("shots")).expect("shots").count(), 1);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let base = tempfile::tempdir().expect("a folder");
        let mut folder = create(Place::Under(base.path())).expect("made");
        for name in ["../x.png", "/etc/x", "", ".hidden", "shots/../../x"] {
            assert!(inside(name).is_none(), "{name}");
            assert!(matches!(folder.keep(NOW, &shot(name, b"")), Err(StoreError::Name(_))), "{name}");
        }
        assert_eq!(slug("../../Città <b>"), "citt-b");
        assert_eq!(slug("…"), "run");
    }

    #[test]
    fn an_exact_folder_may_hold_an_earlier_run_and_nothing_else() {
        let base = tempfile::tempdir().expect("a folder");
        let out = base.path().join("a/b");
        create(Place::Exactly(&out)).expect("made");
        fs::write(out.join("shots/old.png"), "x").expect("written");
        create(Place::Exactly(&out)).expect("made again");
        assert!(!out.join("shots/old.png").exists());
        fs::write(out.join("thesis.doc"), "x").expect("written");
        assert!(matches!(create(Place::Exactly(&out)), Err(StoreError::Occupied(_))));
        assert!(out.join("thesis.doc").exists());
    }

    #[test]
    fn what_cannot_be_written_is_told_first() {
        let base = tempfile::tempdir().expect("a folder");
        let file = base.path().join("file");
        fs::write(&file, "").expect("written");
        let error = create(Place::Under(&file)).expect_err("an error").to_string();
        assert!(error.contains("cannot be written") && error.contains("--out"), "{error}");
        assert!(create(Place::Under(Path::new("/proc/rinnova"))).is_err());
    }
}

//! Removing the folders of old runs: only what is beyond doubt a run's folder, whole, with nothing else in it. No link is
//! followed, and none is removed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::folder::OURS;
use super::read::{ReadError, record};
use crate::record::FORMAT;

/// A run that was cut off has no record. Its folder goes only when nothing was written there for so long: it may be a run
/// that is still at work.
const CUT_OFF: Duration = Duration::from_secs(24 * 60 * 60);

/// What became of the folders of runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Removed; in a dry run: would be.
    pub removed: Vec<PathBuf>,
    /// Old enough or of unknown age, and left where they are.
    pub kept: Vec<(PathBuf, Kept)>,
}

/// Why a folder was left.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Kept {
    /// `latest` points to it.
    #[error("`latest` points to it")]
    Latest,
    /// It tells what a commit did whose outcome is not settled.
    #[error("its renewal is not settled")]
    Needed,
    /// It is no run's, or there is more in it.
    #[error("{0}")]
    Foreign(String),
    /// It cannot be removed.
    #[error("it cannot be removed: {0}")]
    Stuck(String),
}

/// The folder of runs cannot be searched.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be searched for runs: {why}", .path.display())]
pub struct PurgeError {
    /// The folder.
    pub path: PathBuf,
    /// What the system says.
    pub why: io::Error,
}

/// Removes the folders of runs in `base` that ended longer ago than `keep`, but for those of the names in `needed`.
///
/// # Errors
///
/// When `base` cannot be searched. That there is none is no error, and one folder that cannot be removed stops no other.
pub fn purge(
    base: &Path,
    keep: Duration,
    now: Timestamp,
    needed: &BTreeSet<String>,
    dry_run: bool,
) -> Result<Purged, PurgeError> {
    let failed = |why| PurgeError { path: base.to_owned(), why };
    let entries = match fs::read_dir(base) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Purged::default()),
        entries => entries.map_err(failed)?,
    };
    let mut folders: Vec<DirEntry> = entries.collect::<io::Result<_>>().map_err(failed)?;
    folders.sort_by_key(DirEntry::file_name);
    let latest = fs::read_link(base.join("latest")).ok();
    let latest = latest.as_deref().and_then(Path::file_name);
    let mut purged = Purged::default();
    // Of an entry's own type, so that a link to a folder is a link.
    for folder in folders.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let (path, name) = (folder.path(), folder.file_name());
        let (ended, cut_off) = match run(&path) {
            Ok(found) => found,
            Err(why) => {
                purged.kept.push((path, Kept::Foreign(why)));
                continue;
            }
        };
        let keep = if cut_off { keep.max(CUT_OFF) } else { keep };
        if now.duration_since(ended) < SignedDuration::try_from(keep).unwrap_or(SignedDuration::MAX) {
            continue;
        }
        if latest == Some(OsStr::new(&name)) {
            purged.kept.push((path, Kept::Latest));
        } else if name.to_str().is_none_or(|name| needed.contains(name)) {
            purged.kept.push((path, Kept::Needed));
        } else if dry_run {
            purged.removed.push(path);
        } else {
            match fs::remove_dir_all(&path) {
                Ok(()) => purged.removed.push(path),
                Err(why) => purged.kept.push((path, Kept::Stuck(why.to_string()))),
            }
        }
    }
    Ok(purged)
}

/// When the run of this folder ended, and whether it was cut off; or why it is no run's folder.
fn run(path: &Path) -> Result<(Timestamp, bool), String> {
    let stray = strays(path, &|name, kind| match name {
        "shots" | "downloads" => kind.is_dir(),
        // A file that was being written when its run was killed.
        _ if name.starts_with(".writing-") => kind.is_file(),
        _ => kind.is_file() && (OURS.contains(&name) || Path::new(name).extension().is_some_and(|end| end == "txt")),
    });
    let mut stray = stray.map_err(|why| format!("it cannot be read: {why}"))?;
    for inner in ["shots", "downloads"].map(|inner| path.join(inner)).iter().filter(|inner| inner.is_dir()) {
        stray = stray.or(strays(inner, &|_, kind| kind.is_file()).map_err(|why| format!("it cannot be read: {why}"))?);
    }
    if let Some(name) = stray {
        return Err(format!("it holds `{name}`, which no run leaves"));
    }
    match record(path) {
        Ok(record) => {
            let took = SignedDuration::from_millis(i64::try_from(record.took_ms).unwrap_or(i64::MAX));
            Ok((record.started.saturating_add(took).unwrap_or(record.started), false))
        }
        Err(ReadError::Unreadable { why, .. }) if why.kind() == ErrorKind::NotFound => {
            let events = path.join("events.jsonl");
            let written = begun(&events).map_err(|_| "it is no run's folder".to_owned())?;
            Ok((written, true))
        }
        Err(ReadError::Newer { found, .. }) => {
            Err(format!("its record has format {found}, which this build cannot read"))
        }
        Err(_) => Err("its record cannot be read".to_owned()),
    }
}

/// When the last event of a run of our format was written.
fn begun(events: &Path) -> io::Result<Timestamp> {
    let file = fs::File::open(events)?;
    let written = file.metadata()?.modified()?;
    let mut line = String::new();
    BufReader::new(file.take(1000)).read_line(&mut line)?;
    let format = serde_json::from_str::<Value>(&line).ok().and_then(|line| line.get("format").and_then(Value::as_u64));
    if !format.is_some_and(|format| (1..=u64::from(FORMAT)).contains(&format)) {
        return Err(ErrorKind::InvalidData.into());
    }
    Timestamp::try_from(written).map_err(io::Error::other)
}

/// The first entry that does not fit.
fn strays(path: &Path, fits: &dyn Fn(&str, fs::FileType) -> bool) -> io::Result<Option<String>> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if !name.to_str().is_some_and(|name| fits(name, kind)) {
            return Ok(Some(name.to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};

    use super::{Kept, Purged, purge};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    struct Runs(tempfile::TempDir);

    impl Runs {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }

        fn base(&self) -> &Path {
            self.0.path()
        }

        /// A run that ended so many days ago.
        fn run(&self, name: &str, days: i64) -> PathBuf {
            let path = self.cut_off(name);
            let started = Timestamp::now() - SignedDuration::from_hours(24 * days);
            let record = serde_json::json!({
                "format": 1, "flow": "f", "title": "F", "flow_digest": "", "task": "t", "account": null, "portal": "",
                "verdict": "done", "reason": null, "advice": null, "exit_code": 0,
                "flags": { "drift": false, "healed": false, "interrupts": 0, "withheld": false },
                "started": started.to_string(), "took_ms": 5,
                "environment": { "rinnova": "", "browser": "", "browser_version": "", "platform": "", "size": "", "headless": true },
                "outputs": {}, "stages": [],
            });
            fs::write(path.join("run.json"), record.to_string()).expect("written");
            path
        }

        fn cut_off(&self, name: &str) -> PathBuf {
            let path = self.base().join(name);
            fs::create_dir_all(path.join("shots")).expect("made");
            fs::write(path.join("events.jsonl"), "{\"format\":1}\n").expect("written");
            fs::write(path.join("shots/a.png"), "png").expect("written");
            fs::write(path.join("a.txt"), "structure").expect("written");
            path
        }

        fn purge(&self, days: u32, needed: &[&str], dry_run: bool) -> Purged {
            let needed: BTreeSet<String> = needed.iter().map(|name| (*name).to_owned()).collect();
            purge(self.base(), DAY * days, Timestamp::now(), &needed, dry_run).expect("searched")
        }
    }

    fn why(purged: &Purged) -> Vec<(String, String)> {
        let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        purged.kept.iter().map(|(path, why)| (name(path), why.to_string())).collect()
    }

    #[test]
    fn old_runs_go_and_young_ones_stay() {
        let runs = Runs::new();
        let (old, young) = (runs.run("old", 31), runs.run("young", 29));
        assert_eq!(runs.purge(30, &[], true), Purged { removed: vec![old.clone()], kept: vec![] });
        assert!(old.exists(), "a dry run removes nothing");
        assert_eq!(runs.purge(30, &[], false).removed, std::slice::from_ref(&old));
        assert!(!old.exists() && young.exists());
        assert_eq!(runs.purge(30, &[], false), Purged::default());
        let nowhere = purge(&runs.base().join("nowhere"), DAY, Timestamp::now(), &BTreeSet::new(), false);
        assert_eq!(nowhere.expect("no error"), Purged::default());
    }

    #[test]
    fn what_is_still_needed_stays() {
        let runs = Runs::new();
        let (latest, needed) = (runs.run("a-latest", 99), runs.run("b-needed", 99));
        symlink("a-latest", runs.base().join("latest")).expect("a link");
        let kept = runs.purge(30, &["b-needed"], false).kept;
        assert_eq!(kept, [(latest, Kept::Latest), (needed, Kept::Needed)]);
    }

    #[test]
    fn what_is_no_runs_folder_is_never_touched() {
        let runs = Runs::new();
        let keep = |name: &str, change: &dyn Fn(&Path)| change(&runs.run(name, 99));
        let write = |name: &'static str, text: &'static str| {
            move |path: &Path| fs::write(path.join(name), text).expect("written")
        };
        keep("a-notes", &write("notes.odt", "mine"));
        keep("b-newer", &write("run.json", "{\"format\":99}"));
        keep("c-damaged", &write("run.json", "{"));
        keep("d-link", &|path| symlink("/etc/hostname", path.join("link.txt")).expect("a link"));
        keep("e-deep", &|path| fs::create_dir(path.join("shots/more")).expect("made"));
        keep("f-inner-link", &|path| symlink("/etc", path.join("downloads")).expect("a link"));
        fs::create_dir(runs.base().join("g-empty")).expect("made");
        fs::write(runs.base().join("h-file"), "text").expect("written");
        let elsewhere = Runs::new();
        let victim = elsewhere.run("victim", 99);
        symlink(&victim, runs.base().join("i-link")).expect("a link");

        let purged = runs.purge(0, &[], false);
        assert!(purged.removed.is_empty(), "{purged:?}");
        let told = why(&purged);
        let told: Vec<(&str, &str)> = told.iter().map(|(name, why)| (name.as_str(), why.as_str())).collect();
        assert_eq!(
            told,
            [
                ("a-notes", "it holds `notes.odt`, which no run leaves"),
                ("b-newer", "its record has format 99, which this build cannot read"),
                ("c-damaged", "its record cannot be read"),
                ("d-link", "it holds `link.txt`, which no run leaves"),
                ("e-deep", "it holds `more`, which no run leaves"),
                ("f-inner-link", "it holds `downloads`, which no run leaves"),
                ("g-empty", "it is no run's folder"),
            ]
        );
        assert!(victim.join("run.json").exists() && runs.base().join("i-link").exists());
    }

    #[test]
    fn a_run_that_was_cut_off_stays_for_a_day() {
        let runs = Runs::new();
        let path = runs.cut_off("cut-off");
        assert_eq!(runs.purge(0, &[], false), Purged::default());
        let yesterday = std::time::SystemTime::now() - DAY - DAY;
        let events = fs::File::options().append(true).open(path.join("events.jsonl")).expect("opened");
        events.set_modified(yesterday).expect("set");
        assert_eq!(runs.purge(3, &[], false), Purged::default());
        assert_eq!(runs.purge(1, &[], false).removed, [path]);
    }
}

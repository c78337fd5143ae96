//! Folders, space, the user, and what dead runs left. Nothing is written to find out.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::finding::{Area, Finding, Mend};
use crate::browser::{installed, processes, workdir};

/// Below this, a browser may fail in the middle of a page.
const SHARED: u64 = 128 << 20;

/// A profile, its cache and a run's pictures fit in this.
const SPACE: u64 = 300 << 20;

/// What renewals remember in years fits in this.
const MEMORY: u64 = 16 << 20;

/// Looks at everything but the clock, with the current folder and the one of the state. `chromium` says whether there is one.
#[must_use]
pub(super) fn machine(directory: &Path, state: Option<&Path>, chromium: bool) -> Vec<Finding> {
    let base = workdir::base();
    let mut findings = vec![temporary(&base), runs(directory), shared(Path::new("/dev/shm"))];
    findings.extend(state.map(remembered));
    findings.extend(cache());
    if chromium && rustix::process::geteuid().is_root() {
        let text = "root: Chromium runs without its own sandbox";
        let mend = Mend::ByHand("run it as another user".into());
        findings.push(Finding::warning(Area::Machine, "user", text, Some(mend)));
    }
    findings.push(leftovers(&base));
    findings
}

fn temporary(base: &Path) -> Finding {
    let what = "temporary folder";
    let mend = || Some(Mend::ByHand("export TMPDIR=…  (a folder you can write)".into()));
    if !writable(base) {
        return Finding::missing(Area::Machine, what, format!("{} cannot be written", base.display()), mend());
    }
    match free(base) {
        Some(bytes) if bytes < SPACE => {
            let text = format!("{}: only {} MiB are free", base.display(), bytes >> 20);
            Finding::warning(Area::Machine, what, text, mend())
        }
        _ => Finding::ok(Area::Machine, what, format!("{} can be written", base.display())),
    }
}

/// The folder of the runs, or the one in which it will be made.
fn runs(directory: &Path) -> Finding {
    let runs = directory.join("runs");
    let (folder, note) = if runs.exists() { (runs, "can be written") } else { (directory.to_owned(), "will be made") };
    if !writable(&folder) {
        let mend = Mend::ByHand("change to a folder you can write, or name one with --out".into());
        return Finding::warning(Area::Machine, "runs", format!("{} cannot be written", folder.display()), Some(mend));
    }
    Finding::ok(Area::Machine, "runs", format!("./runs {note}"))
}

/// Where journal, budgets and history are kept: a run refuses it where others could touch it.
fn remembered(directory: &Path) -> Finding {
    let what = "state";
    let shown = directory.display();
    let missing = |text: String, mend: String| Finding::missing(Area::Machine, what, text, Some(Mend::ByHand(mend)));
    let Ok(meta) = directory.symlink_metadata() else {
        let nearest = directory.ancestors().find(|folder| folder.exists());
        if nearest.is_none_or(|nearest| !writable(nearest)) {
            return missing(format!("{shown} cannot be made"), "name another with --state DIR".into());
        }
        return Finding::ok(Area::Machine, what, format!("{shown} will be made"));
    };
    if !meta.is_dir() {
        return missing(format!("{shown} is no folder"), "name another with --state DIR".into());
    }
    if meta.uid() != rustix::process::geteuid().as_raw() || meta.permissions().mode() & 0o077 != 0 {
        return missing(format!("{shown} is not yours alone"), format!("chown $USER {shown} && chmod 700 {shown}"));
    }
    if !writable(directory) {
        return missing(format!("{shown} cannot be written"), format!("chmod u+rwx {shown}"));
    }
    if let Some(bytes) = free(directory).filter(|bytes| *bytes < MEMORY) {
        let text =
            format!("{shown}: only {} KiB are free, and nothing is sent that cannot be written down", bytes >> 10);
        return missing(text, "make room there".into());
    }
    let aside = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("state.db.set-aside-");
    let aside = directory.read_dir().into_iter().flatten().flatten().filter(aside).count();
    if aside > 0 {
        let text = format!("{shown}: an earlier memory could not be read and was set aside ({aside} files)");
        let mend = Mend::ByHand("rinnova status; once every account stands clear the files may go".into());
        return Finding::warning(Area::Machine, what, text, Some(mend));
    }
    Finding::ok(Area::Machine, what, format!("{shown} is yours alone"))
}

fn shared(path: &Path) -> Finding {
    let mend =
        || Some(Mend::ByHand("mount -o remount,size=1g /dev/shm  (a container: start it with --shm-size=1g)".into()));
    match size(path) {
        None => Finding::warning(Area::Machine, "shared memory", "there is no /dev/shm", mend()),
        Some(bytes) if bytes < SHARED => {
            let text = format!("/dev/shm has {} MiB: browsers may fail on large pages", bytes >> 20);
            Finding::warning(Area::Machine, "shared memory", text, mend())
        }
        Some(bytes) => Finding::ok(Area::Machine, "shared memory", format!("/dev/shm has {} MiB", bytes >> 20)),
    }
}

/// Only told when it is in the way.
fn cache() -> Option<Finding> {
    let Some(cache) = installed::cache_dir() else {
        let mend = Mend::ByHand("export HOME=…".into());
        let text = "neither HOME nor XDG_CACHE_HOME says where it is";
        return Some(Finding::warning(Area::Machine, "cache", text, Some(mend)));
    };
    let nearest = cache.ancestors().find(|folder| folder.exists())?;
    (!writable(nearest)).then(|| {
        let mend = Mend::ByHand("export XDG_CACHE_HOME=…  (a folder you can write)".into());
        Finding::warning(Area::Machine, "cache", format!("{} cannot be written", nearest.display()), Some(mend))
    })
}

fn leftovers(base: &Path) -> Finding {
    let dead = dead(base);
    if dead.is_empty() {
        return Finding::ok(Area::Machine, "leftovers", "no dead run left anything");
    }
    let running: usize = dead.iter().map(|folder| processes::naming(folder).len()).sum();
    let text = format!("dead runs left {} folders and {running} processes; the next run ends them", dead.len());
    Finding::warning(Area::Machine, "leftovers", text, Some(Mend::ByHand("rinnova doctor --install".into())))
}

/// The session folders in `base` whose owner is gone. Their names carry process id and start time (`browser::workdir`).
fn dead(base: &Path) -> Vec<PathBuf> {
    let owner = |name: &str| {
        let mut parts = name.strip_prefix("rinnova-")?.splitn(3, '-');
        let owner: (u32, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().map(|_| owner)
    };
    let entries = base.read_dir().into_iter().flatten().flatten();
    let folders = entries.filter(|entry| {
        let owner = entry.file_name().to_str().and_then(owner);
        owner.is_some_and(|(pid, born)| processes::start_time(pid) != Some(born))
    });
    folders.map(|entry| entry.path()).collect()
}

/// Whether this user can make files in a folder.
#[must_use]
pub(super) fn writable(folder: &Path) -> bool {
    folder.is_dir() && rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

fn size(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_blocks.saturating_mul(stat.f_frsize))
}

fn free(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::finding::Level::{self, Missing, Ok, Warning};
    use super::{dead, remembered, writable};
    use crate::browser::workdir::Workdir;

    #[test]
    fn the_state_directory_must_be_the_owners_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let state = base.path().join("state");
        let level = || -> Level { remembered(&state).level };
        assert_eq!(level(), Ok);
        fs::create_dir(&state).expect("a folder");
        for (mode, expected) in [(0o700, Ok), (0o750, Missing), (0o701, Missing)] {
            fs::set_permissions(&state, Permissions::from_mode(mode)).expect("a mode");
            assert_eq!(level(), expected, "{mode:o}");
        }
        fs::set_permissions(&state, Permissions::from_mode(0o700)).expect("a mode");
        fs::write(state.join("state.db.set-aside-1"), "").expect("a file");
        assert_eq!(level(), Warning);
        assert_eq!(remembered(&state.join("state.db.set-aside-1")).level, Missing);
    }

    #[test]
    fn only_what_a_dead_run_left_is_a_leftover() {
        let base = tempfile::tempdir().expect("a folder");
        let _living = Workdir::create(base.path()).expect("a session folder");
        for name in ["rinnova-999999999-1-00000000", "rinnova-notes"] {
            std::fs::create_dir(base.path().join(name)).expect("a folder");
        }
        assert_eq!(dead(base.path()), [base.path().join("rinnova-999999999-1-00000000")]);
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_written() {
        let base = tempfile::tempdir().expect("a folder");
        assert!(writable(base.path()) && !writable(&base.path().join("none")));
    }
}

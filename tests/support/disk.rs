//! A small disk for a test, which can be full.

#![allow(dead_code, unreachable_pub)] // each test file uses its part, and a test crate exports nothing

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder on a disk of its own; gone when dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// Makes a disk of this size here; `None` where none may be made.
    pub fn at(path: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(path).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "tmpfs"]).arg(path).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(path.to_owned()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Leaves no byte of room.
    pub fn fill(&self) {
        let filled = File::create(self.0.join("filler")).and_then(|mut file| {
            while file.write_all(&[0; 4096]).is_ok() {}
            while file.write_all(&[0]).is_ok() {}
            file.sync_all()
        });
        assert!(filled.is_ok(), "{filled:?}");
    }

    /// There is room again.
    pub fn clear(&self) {
        fs::remove_file(self.0.join("filler")).expect("the filler");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "{} is still mounted", self.0.display());
    }
}

//! What a crash of the machine, a bad disk or a wrong hand leaves of the state.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What is done to the state while nothing runs.
#[derive(Clone, Copy)]
pub(crate) enum Wreck {
    /// The power fails: what was not made last is gone, and half a record stands at the end of the log.
    PowerLost,
    /// The same, and nothing of the log was made last: what says how an act ended may wait for the next act (`Lasts::Soon`).
    LogLost,
    /// Not a byte is left of it.
    Empty,
    /// Half of it is left.
    Half,
    /// Some bits of it have flipped.
    Flipped,
    /// A later build has written it.
    Newer,
    /// It is no database, and no text either.
    Noise,
    /// It is gone.
    Gone,
}

impl Wreck {
    /// Whether what is left of the state cannot be read, and is kept for a person to see.
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::PowerLost | Self::LogLost | Self::Gone)
    }

    /// Does it to the state in this directory.
    pub(crate) fn strike(self, directory: &Path) {
        let state = directory.join("state.db");
        let file = || OpenOptions::new().read(true).write(true).open(&state).expect("the state");
        let length = || file().metadata().expect("a length").len();
        if !matches!(self, Self::PowerLost | Self::LogLost) {
            for part in ["state.db-wal", "state.db-shm"] {
                let _none = fs::remove_file(directory.join(part));
            }
        }
        match self {
            Self::PowerLost => {
                // The index of the log is never made last, and is made anew.
                let _none = fs::remove_file(directory.join("state.db-shm"));
                let log = OpenOptions::new().append(true).create(true).open(directory.join("state.db-wal"));
                let mut log = log.expect("the log");
                let mut half: Vec<u8> = (0..1500_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
                if log.metadata().expect("a length").len() == 0 {
                    // How each log begins.
                    half[..4].copy_from_slice(&0x377f_0682_u32.to_be_bytes());
                }
                log.write_all(&half).expect("half a record");
            }
            Self::LogLost => {
                let _none = fs::remove_file(directory.join("state.db-shm"));
                let log = OpenOptions::new().write(true).open(directory.join("state.db-wal")).expect("the log");
                log.set_len(0).expect("emptied");
            }
            Self::Empty => file().set_len(0).expect("emptied"),
            Self::Half => file().set_len(length() / 2).expect("cut"),
            Self::Flipped => {
                // In the second half of each page from the second on: where rows stand.
                for page in 1..length() / 4096 {
                    let at = page * 4096 + 3900;
                    let mut bytes = [0; 64];
                    file().read_exact_at(&mut bytes, at).expect("read");
                    file().write_all_at(&bytes.map(|byte| byte ^ 0x10), at).expect("flipped");
                }
            }
            // SQLite's `user_version`, in the file's head.
            Self::Newer => file().write_all_at(&99_u32.to_be_bytes(), 60).expect("written"),
            Self::Noise => fs::write(&state, [0xff, 0xfe, 0xc3, 0x28].repeat(3000)).expect("written"),
            Self::Gone => fs::remove_file(&state).expect("removed"),
        }
    }
}

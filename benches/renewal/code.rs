//! The code command of a relayed run: `rinnova practice code` between two notes of the time.
//!
//! While a code is fetched no command is outstanding and the tool has nothing to do: that time is neither's.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::clock::now;
use crate::relay::told;

/// Prints the code and adds a line `from to` to the file `codes` beside the program.
pub(crate) fn fetch(program: &Path, woke: u64) -> ExitCode {
    let fetched = told(program).map(|told| Command::new(told.rinnova).args(std::env::args_os().skip(1)).status());
    let file = program.with_file_name("codes");
    let noted = std::fs::OpenOptions::new().append(true).create(true).open(file);
    let noted = noted.and_then(|mut file| writeln!(file, "{woke} {}", now()));
    if matches!(fetched, Ok(Ok(status)) if status.success()) && noted.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

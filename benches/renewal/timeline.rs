//! The last relayed run of each browser, command by command: for whoever tunes.

use std::fmt::Write;
use std::path::Path;

use crate::clock::ms;
use crate::log::Command;
use crate::subject::Run;

/// Writes it to a file.
pub(crate) fn write(file: &Path, browsers: &[&[Run]]) -> Result<(), String> {
    let mut text = String::new();
    for run in browsers.iter().filter_map(|runs| runs.last()) {
        tell(&mut text, run).map_err(|error| error.to_string())?;
    }
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn tell(text: &mut String, run: &Run) -> std::fmt::Result {
    let Some((log, codes)) = &run.relayed else { return Ok(()) };
    let event = |what: &str, from, to| Command { what: format!("({what})"), from, to, bytes: 0 };
    let mut all = log.commands.clone();
    all.extend(codes.iter().map(|&(from, to)| event("code command", from, to)));
    all.push(event("driver spawned", log.start.woke, log.start.listening));
    all.push(event("first event", run.ready, run.ready));
    all.push(event("last event", run.last, run.last));
    all.push(event("end of the process", run.ended, run.ended));
    all.sort_by_key(|command| (command.from, command.to));
    writeln!(text, "{:>9} {:>8} {:>8} {:>8}", "at ms", "took", "idle", "bytes")?;
    let mut reached = run.began;
    for command in &all {
        let (at, took, idle) = (ms(run.began, command.from), ms(command.from, command.to), ms(reached, command.from));
        writeln!(text, "{at:>9.1} {took:>8.1} {idle:>8.1} {:>8}  {}", command.bytes, command.what)?;
        reached = reached.max(command.to);
    }
    writeln!(text)
}

//! Where a run's time goes, from the relay's log.

use std::collections::BTreeMap;

use crate::clock::ms;
use crate::figures::{Series, figure, head};
use crate::log::{Command, Log, covered};
use crate::subject::Run;

/// One relayed run, taken apart; milliseconds.
pub(crate) struct Parts {
    /// Start of the process to the relay's first act.
    pub(crate) to_spawn: f64,
    pub(crate) driver: f64,
    pub(crate) to_new_session: f64,
    pub(crate) new_session: f64,
    pub(crate) to_ready: f64,
    /// New Session answered to the command that ends the session, less the code commands.
    pub(crate) flow: f64,
    pub(crate) outstanding: f64,
    pub(crate) codes: f64,
    pub(crate) end_session: f64,
    pub(crate) rest: f64,
    /// The tool's own time and its share of the session, and of the whole process.
    pub(crate) own: f64,
    pub(crate) own_share: f64,
    pub(crate) own_whole: f64,
    pub(crate) own_share_whole: f64,
}

impl Parts {
    pub(crate) fn of(run: &Run, log: &Log, codes: &[(u64, u64)]) -> Result<Self, String> {
        let opening = log.named("POST /session")?;
        // A tool that ends its browser without a word has asked for the end when its last output was there.
        let closing = log.named("DELETE /session/…").map_or((run.last, run.last), |closing| (closing.from, closing.to));
        if !log.commands.iter().any(|command| command.what.starts_with("ask ")) {
            return Err("the relay saw no question to the page: the tool goes another way".into());
        }
        let commands: Vec<(u64, u64)> = log.commands.iter().map(|command| (command.from, command.to)).collect();
        let mut busy = commands.clone();
        busy.extend(codes);
        let session = (opening.to, closing.0);
        let fetching = covered(codes, session);
        let flow = ms(session.0, session.1) - fetching;
        let own = flow + fetching - covered(&busy, session);
        // The driver's own start and end are not the tool's, either; nor is the command that a run waits for.
        busy.push((log.start.woke, log.start.listening));
        let own_whole = ms(run.began, run.ended) - covered(&busy, (run.began, run.ended));
        Ok(Self {
            to_spawn: ms(run.began, log.start.woke),
            driver: ms(log.start.woke, log.start.listening),
            to_new_session: ms(log.start.listening, opening.from),
            new_session: ms(opening.from, opening.to),
            to_ready: ms(opening.to, run.ready),
            flow,
            outstanding: flow - own,
            codes: fetching,
            end_session: ms(closing.0, closing.1),
            rest: ms(closing.1, run.ended),
            own,
            own_share: own / flow,
            own_whole,
            own_share_whole: own_whole / (ms(run.began, run.ended) - fetching),
        })
    }
}

/// Prints the parts of many runs.
pub(crate) fn print(name: &str, parts: &[Parts], runs: &[Run]) {
    type Part = (&'static str, fn(&Parts) -> f64);
    const LINES: [Part; 12] = [
        ("start of the process → driver spawned", |p| p.to_spawn),
        ("driver spawned → it listens (driver)", |p| p.driver),
        ("→ New Session sent (profile, folders)", |p| p.to_new_session),
        ("New Session (browser)", |p| p.new_session),
        ("→ session ready, first event (socket, set-up)", |p| p.to_ready),
        ("New Session answered → end of session sent", |p| p.flow),
        ("  of it a command outstanding", |p| p.outstanding),
        ("  of it the tool's own", |p| p.own),
        ("  not in it: code commands", |p| p.codes),
        ("end of session (browser)", |p| p.end_session),
        ("→ end of the process (driver, folder, report)", |p| p.rest),
        ("the tool's own in the whole process", |p| p.own_whole),
    ];
    head(&format!("{name}, relayed: where the time goes"));
    for (line, part) in LINES {
        parts.iter().map(part).collect::<Series>().line(line, "ms");
    }
    commands(name, runs);
    gaps(name, runs);
    stages(name, runs);
}

/// Commands by kind: how many a run, and how long they are outstanding.
fn commands(name: &str, runs: &[Run]) {
    let mut kinds: BTreeMap<&str, (Series, usize, f64)> = BTreeMap::new();
    let logs = runs.iter().filter_map(|run| run.relayed.as_ref());
    for command in logs.clone().flat_map(|(log, _)| &log.commands) {
        let kind = kinds.entry(&command.what).or_default();
        let took = ms(command.from, command.to);
        kind.0.push(took);
        kind.1 += command.bytes;
        kind.2 += took;
    }
    let count = figure(logs.clone().count().max(1));
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|a, b| b.1.2.total_cmp(&a.1.2));
    println!(
        "\n{:<48} {:>9} {:>9} {:>9}",
        format!("{name}: commands by kind, one run"),
        "count",
        "median ms",
        "sum ms"
    );
    for (what, (took, bytes, sum)) in kinds {
        let calls = figure(took.len());
        let kilobytes = figure(bytes) / calls / 1000.0;
        println!("  {what:<46} {:>9.1} {:>9.1} {:>9.1}  {kilobytes:.0} kB", calls / count, took.median(), sum / count);
    }
}

/// The tool's own time by what came before and after it.
fn gaps(name: &str, runs: &[Run]) {
    let mut kinds: BTreeMap<(String, String), Series> = BTreeMap::new();
    let logs: Vec<_> = runs.iter().filter_map(|run| run.relayed.as_ref()).collect();
    for (log, codes) in &logs {
        let fetched = codes.iter().map(|&(from, to)| Command { what: "(code command)".into(), from, to, bytes: 0 });
        let mut all: Vec<Command> = log.commands.iter().cloned().chain(fetched).collect();
        all.sort_by_key(|command| command.from);
        let Some(opened) = all.iter().position(|command| command.what == "POST /session") else { continue };
        let mut last = &all[opened];
        for next in &all[opened + 1..] {
            if next.from > last.to {
                kinds.entry((last.what.clone(), next.what.clone())).or_default().push(ms(last.to, next.from));
            }
            if next.to > last.to {
                last = next;
            }
        }
    }
    let count = figure(logs.len().max(1));
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|a, b| b.1.sum().total_cmp(&a.1.sum()));
    println!(
        "\n{:<48} {:>9} {:>9} {:>9}",
        format!("{name}: the tool's own, by gap, one run"),
        "count",
        "median ms",
        "sum ms"
    );
    for ((before, after), took) in kinds.into_iter().take(12) {
        let calls = figure(took.len());
        let what = format!("{before} → {after}");
        println!("  {what:<46} {:>9.1} {:>9.1} {:>9.1}", calls / count, took.median(), took.sum() / count);
    }
}

fn stages(name: &str, runs: &[Run]) {
    head(&format!("{name}, relayed: stages"));
    let Some(first) = runs.first() else { return };
    for (index, (stage, _)) in first.stages.iter().enumerate() {
        let took = runs.iter().filter_map(|run| run.stages.get(index)).map(|(_, took)| *took);
        took.collect::<Series>().line(stage, "ms");
    }
}

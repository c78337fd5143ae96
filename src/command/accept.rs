//! `rinnova accept`: a run becomes its flow's baseline.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::browser::camera;
use crate::cli::Accept;
use crate::command::{Context, Failure, chosen, give, say};
use crate::drift::baseline::{Baseline, BaselineError};
use crate::drift::repair;
use crate::exit::Verdict;
use crate::flow::load;
use crate::record::{Outcome, Record, ShotRecord, StageRecord};
use crate::settings::{Flags, InputSource};
use crate::store;

/// Makes the run its flow's baseline and prints where it stands.
///
/// # Errors
/// When the run cannot be a baseline, its flow is another by now, or the baseline before cannot be used.
pub fn accept(asked: &Accept, context: &Context) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run).map_err(Failure::invalid)?;
    worth_accepting(&record)?;
    let file = flow_file(asked.flow.as_deref(), &record)?;
    let text = same_flow(&file, &record)?;
    let flow = load::parse(&file.display().to_string(), &text);
    let flow = flow.map_err(|error| Failure::invalid(error.render(false)))?.flow;
    let values = plain_values(&record, context)?;
    let place = store::baseline_place(&file, &record.flow);
    let before = baseline_at(&place, &record.flow)?;
    let folder = run_folder(&asked.run);
    let mut baseline = Baseline::of(&record, &values);
    let mut files = pictures(&record.stages, &folder)?;
    if let Some(before) = before {
        repair::keep_variants(&mut baseline, &before, &flow);
        files.extend(kept_pictures(&mut baseline, before, &place)?);
    }
    files.extend(baseline.texts().into_iter().map(|(name, text)| (name, text.into_bytes())));
    store::write_baseline(&place, &files).map_err(Failure::failed)?;
    say(&format!("accepted: {} stages of `{}`\n", baseline.stages.len(), record.flow));
    give(&format!("{}\n", place.display()));
    Ok(Verdict::Done)
}

/// A run that came to its end by the flow as it stands.
fn worth_accepting(record: &Record) -> Result<(), Failure> {
    if record.flags.healed {
        return Err(Failure::invalid(
            "this run found some elements by itself; mend the flow first: `rinnova repair` proposes how",
        ));
    }
    // A rehearsal tells of each change, also of one that is right as it is.
    match record.verdict {
        Verdict::Changed if !record.stages.is_empty() && record.stages.iter().all(whole) => Ok(()),
        Verdict::Done | Verdict::Renewed | Verdict::Rehearsed => Ok(()),
        other => Err(Failure::invalid(format!(
            "this run ended {other}: only one that ended {}, {} or {} shows the portal as its flow knows it",
            Verdict::Done,
            Verdict::Renewed,
            Verdict::Rehearsed
        ))),
    }
}

/// Whether a stage came to its end.
#[must_use]
pub fn whole(stage: &StageRecord) -> bool {
    matches!(stage.outcome, Outcome::Passed | Outcome::Checked)
}

/// The flow file of a run: the one that is named, else where it stood.
///
/// # Errors
/// When it is not there.
pub fn flow_file(named: Option<&Path>, record: &Record) -> Result<PathBuf, Failure> {
    let file = named.map_or_else(|| PathBuf::from(&record.flow_file), Path::to_owned);
    if file.is_file() {
        return Ok(file);
    }
    Err(Failure::invalid(format!("the flow of this run is not at `{}`: name it with --flow", file.display())))
}

/// Sees that the flow file is the one that was run.
///
/// # Errors
/// When it is another flow, or has been edited since.
pub fn same_flow(file: &Path, record: &Record) -> Result<String, Failure> {
    let loaded = load::load(file).map_err(|error| Failure::invalid(error.render(false)))?;
    if loaded.flow.name != record.flow {
        return Err(Failure::invalid(format!(
            "`{}` is the flow `{}`, and the run is one of `{}`",
            file.display(),
            loaded.flow.name,
            record.flow
        )));
    }
    let text = loaded.flow.source.text().to_owned();
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    if digest != record.flow_digest {
        return Err(Failure::invalid(format!("`{}` has been edited since this run: run it once more", file.display())));
    }
    Ok(text)
}

/// The values of the account's plain inputs: no part of the portal.
///
/// # Errors
/// When the settings cannot be read.
pub fn plain_values(record: &Record, context: &Context) -> Result<Vec<String>, Failure> {
    let settings = context.settings(Flags::default())?;
    let Ok(Some(account)) = chosen::account(&settings, record.account.as_deref()) else { return Ok(Vec::new()) };
    let plain = account.inputs.values().filter_map(|source| match source {
        InputSource::Plain(value) => Some(value.clone()),
        _ => None,
    });
    Ok(plain.collect())
}

/// The baseline at a place, if there is one.
///
/// # Errors
/// When it cannot be used; nothing is written in its place.
pub fn baseline_at(place: &Path, flow: &str) -> Result<Option<Baseline>, Failure> {
    let anew = "move the baseline's folder away and accept a run anew";
    let restore = |why: String| Failure::invalid(format!("{why}; take it back from where it is kept, or {anew}"));
    let texts = store::baseline_texts(place).map_err(|error| restore(error.to_string()))?;
    let read = texts.map(|texts| Baseline::read(flow, &texts)).transpose();
    read.map_err(|error| {
        let why = format!("the baseline `{}` cannot be used: {error}", place.display());
        match error {
            BaselineError::Newer(_) => Failure::invalid(format!("{why}; update rinnova to read it, or {anew}")),
            _ => restore(why),
        }
    })
}

/// Each stage's own picture, without the holder's data.
fn pictures(stages: &[StageRecord], folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    for stage in stages {
        let Some(shot) = stage.shots.iter().find(|shot| shot.name == stage.name) else { continue };
        let Some(file) = &shot.file else { continue };
        let failed = |why: String| Failure::invalid(format!("the picture `{file}` of this run: {why}"));
        let covered = covered_shot(folder, file, shot).map_err(failed)?;
        files.push((format!("{}.png", stage.name), covered));
    }
    Ok(files)
}

/// A picture of a run without the holder's data.
///
/// # Errors
/// Says why when it is not there, or cannot be covered.
pub fn covered_shot(folder: &Path, file: &str, shot: &ShotRecord) -> Result<Vec<u8>, String> {
    let png = store::shot_in(folder, file).ok_or("it is not there any more")?;
    camera::without(&png, &shot.personal)
}

/// A rehearsal, or a task of fewer stages, leaves what the baseline knows of the others as it was.
fn kept_pictures(baseline: &mut Baseline, before: Baseline, place: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let entered: BTreeSet<String> = baseline.stages.iter().map(|stage| stage.name.clone()).collect();
    let mut files = Vec::new();
    for stage in before.stages.into_iter().filter(|stage| !entered.contains(&stage.name)) {
        if let Some(shot) = &stage.shot {
            let gone = || {
                let file = place.join(shot);
                Failure::invalid(format!(
                    "the picture `{}` of the baseline before is not there any more: take it back from where it is kept, or \
                     accept a run that enters `{}`",
                    file.display(),
                    stage.id
                ))
            };
            files.push((shot.clone(), store::shot_in(place, shot).ok_or_else(gone)?));
        }
        baseline.stages.push(stage);
    }
    Ok(files)
}

/// The folder of a run that is named by it or by its `run.json`.
#[must_use]
pub fn run_folder(run: &Path) -> PathBuf {
    if run.is_dir() { run.to_owned() } else { run.parent().map(Path::to_owned).unwrap_or_default() }
}

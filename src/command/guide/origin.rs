//! Where a guide's pictures come from: the practice portal, a rehearsal on the real one, or a run that took place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use url::Url;

use super::{Wanted, day_of};
use crate::browser::camera;
use crate::browser::capabilities::Options;
use crate::cli::{Guide, GuideFrom, RunFlags};
use crate::command::accept::{plain_values, run_folder, same_flow};
use crate::command::attempt::{self, Asked};
use crate::command::chosen::{self, Chosen};
use crate::command::leaving::Attempted;
use crate::command::{Context, Failure, demo, practised};
use crate::drift::baseline::values_of;
use crate::exit::Verdict;
use crate::guide::compile::Origin;
use crate::guide::edition::Verification;
use crate::practice::{self, Portal, Practice};
use crate::record::{Record, ShotRecord, StageRecord};
use crate::report::plain::plain;
use crate::runner::job::Mode;
use crate::store;

/// What a guide is made of: stages with their pictures, from one run or two.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) stages: Vec<StageRecord>,
    /// The shots' files, by name.
    pub(super) shots: BTreeMap<String, Vec<u8>>,
    /// What was typed and read: no part of the portal.
    pub(super) values: Vec<String>,
    pub(super) origin: Origin,
    pub(super) verified: Verification,
    pub(super) flow_digest: String,
    /// How a browser is started that prints.
    pub(super) options: Options,
}

/// Takes the pictures from where they are to come.
///
/// # Errors
/// When no run can be made, it does not come to its end, or its pictures are not such as may be shown.
pub(super) async fn take(wanted: &Wanted, asked: &Guide, context: &Context) -> Result<Taken, Failure> {
    let flags = RunFlags { browser: asked.browser.clone(), ..RunFlags::default() };
    let settings = context.settings(chosen::settings_flags(&flags))?;
    let options = chosen::options(&settings, None, &flags, &wanted.flow);
    match &asked.from {
        GuideFrom::Practice if asked.portal.is_none() => {
            let played = on_practice(wanted, asked, asked.account.as_deref(), context).await?;
            taken(wanted, Origin::Practice, played, options)
        }
        GuideFrom::Practice => {
            must_be_near(asked.portal.as_deref())?;
            let played = on_portal(wanted, asked, Mode::Whole, context).await?;
            taken(wanted, Origin::Practice, played, options)
        }
        GuideFrom::Rehearsal => {
            can_be_practised(wanted)?;
            let rehearsed = on_portal(wanted, asked, Mode::Rehearsal, context).await?;
            completed(wanted, asked, rehearsed, options, context).await
        }
        GuideFrom::Run(run) => {
            let played = of_run(wanted, run, context)?;
            if played.record.verdict == Verdict::Rehearsed {
                can_be_practised(wanted)?;
                return completed(wanted, asked, played, options, context).await;
            }
            let near = Url::parse(&played.record.portal).is_ok_and(|portal| is_near(&portal));
            taken(wanted, if near { Origin::Practice } else { Origin::Run }, played, options)
        }
    }
}

/// A run that came to its end, with its pictures.
struct Played {
    record: Record,
    shots: BTreeMap<String, Vec<u8>>,
    values: Vec<String>,
}

impl Played {
    /// Reads the pictures out of the run's folder.
    fn of(record: Record, folder: &Path, values: &[String]) -> Result<Self, Failure> {
        let mut shots = BTreeMap::new();
        for shot in record.stages.iter().flat_map(|stage| &stage.shots) {
            let Some(file) = &shot.file else { continue };
            // A picture that was not made for a guide is told by the compiler, with its stage.
            let png = picture(folder, file, shot)
                .map_err(|why| Failure::invalid(format!("the picture `{file}` of the run: {why}")))?;
            shots.insert(shot.name.clone(), png);
        }
        let values = values_of(&record, values);
        Ok(Self { record, shots, values })
    }
}

/// A picture of a run; what of the holder's still stands in it is filled solid.
fn picture(folder: &Path, file: &str, shot: &ShotRecord) -> Result<Vec<u8>, String> {
    let png = store::shot_in(folder, file).ok_or("it is not there any more")?;
    if shot.personal.is_empty() { Ok(png) } else { camera::without(&png, &shot.personal) }
}

fn taken(wanted: &Wanted, origin: Origin, played: Played, options: Options) -> Result<Taken, Failure> {
    let Played { record, shots, values } = played;
    if shots.is_empty() {
        return Err(Failure::invalid("this run has no pictures, and a guide is made of them"));
    }
    // A practice portal has another address each time.
    let portal = if origin == Origin::Practice { "practice".to_owned() } else { record.portal };
    let verified = Verification {
        day: day_of(record.started, &wanted.flow),
        browser: record.environment.browser,
        version: record.environment.browser_version,
        portal,
    };
    Ok(Taken { stages: record.stages, shots, values, origin, verified, flow_digest: record.flow_digest, options })
}

/// A rehearsal's pictures, and for what lies behind its end those of the practice portal.
async fn completed(
    wanted: &Wanted,
    asked: &Guide,
    rehearsed: Played,
    options: Options,
    context: &Context,
) -> Result<Taken, Failure> {
    let practised = on_practice(wanted, asked, None, context).await?;
    let mut taken = taken(wanted, Origin::Rehearsal, rehearsed, options)?;
    for stage in practised.record.stages {
        if taken.stages.iter().any(|known| known.name == stage.name && !known.shots.is_empty()) {
            continue;
        }
        taken.stages.retain(|known| known.name != stage.name);
        for shot in &stage.shots {
            if let Some(png) = practised.shots.get(&shot.name) {
                taken.shots.insert(shot.name.clone(), png.clone());
            }
        }
        taken.stages.push(stage);
    }
    taken.values.extend(practised.values);
    Ok(taken)
}

/// A run that took place, of this flow as it stands.
fn of_run(wanted: &Wanted, run: &Path, context: &Context) -> Result<Played, Failure> {
    let record = store::record(run).map_err(Failure::invalid)?;
    same_flow(&wanted.file, &record)?;
    if record.task != wanted.task.name {
        let why =
            format!("this run is one of the task `{}`, and the guide teaches `{}`", record.task, wanted.task.name);
        return Err(Failure::invalid(why));
    }
    if !matches!(record.verdict, Verdict::Done | Verdict::Renewed | Verdict::Rehearsed) {
        let why = format!("this run ended {}: a guide is made of one that came to its end", record.verdict);
        return Err(Failure::invalid(why));
    }
    let values = plain_values(&record, context)?;
    Played::of(record, &run_folder(run), &values)
}

/// The task on a portal, with the account's inputs: a rehearsal, or all of it on a practice portal.
async fn on_portal(wanted: &Wanted, asked: &Guide, mode: Mode, context: &Context) -> Result<Played, Failure> {
    let folder = store::temporary().map_err(Failure::failed)?;
    let flags = RunFlags {
        account: asked.account.clone(),
        input: asked.input.clone(),
        portal: asked.portal.clone(),
        browser: asked.browser.clone(),
        out: Some(folder.path().join("run")),
        ..RunFlags::default()
    };
    let chosen = Chosen::of(&wanted.file, &flags, context)?;
    let task = Some(wanted.task.name.clone());
    played(&wanted.file, &chosen, (mode, task, flags), || folder.keep(), context).await
}

/// The whole task on the practice portal that stands for the flow's own, served here, for this user or one whose renewal is due.
async fn on_practice(wanted: &Wanted, asked: &Guide, user: Option<&str>, context: &Context) -> Result<Played, Failure> {
    let (name, usual) = can_be_practised(wanted)?;
    let practice = Practice::start(practice::Options::default()).await.map_err(Failure::failed)?;
    let user = known_user(&practice, name, user.unwrap_or(usual));
    let played = match user {
        Ok(user) => served(wanted, asked, (&practice, name, &user), context).await,
        Err(failure) => Err(failure),
    };
    practice.stop().await;
    played
}

fn known_user(practice: &Practice, name: &str, user: &str) -> Result<String, Failure> {
    let portal = if name == "mysign" { Portal::MiaFirma } else { Portal::FirmaRemota };
    let here: Vec<String> = practice
        .accounts()
        .into_iter()
        .filter(|account| account.portal == portal)
        .map(|account| account.user)
        .collect();
    here.iter().find(|known| known.eq_ignore_ascii_case(user)).cloned().ok_or_else(|| {
        Failure::invalid(format!("--account: the practice portal has no user `{user}`; there are: {}", here.join(", ")))
    })
}

async fn served(
    wanted: &Wanted,
    asked: &Guide,
    (practice, name, user): (&Practice, &str, &str),
    context: &Context,
) -> Result<Played, Failure> {
    let (own, folder) = (store::temporary().map_err(Failure::failed)?, store::temporary().map_err(Failure::failed)?);
    // The practice portals begin anew each time, and so does what is remembered of them.
    let context = Context {
        env: context.env.clone(),
        config: context.config.clone(),
        state: Some(own.path().join("state")),
        quiet: context.quiet,
        redactor: context.redactor.clone(),
    };
    // A baseline is the real portal's: the flow is played from where none stands beside it.
    let file = own.path().join(wanted.file.file_name().unwrap_or_default());
    store::write(&file, wanted.flow.source.text().as_bytes()).map_err(Failure::failed)?;
    let flags = RunFlags {
        portal: Some(demo::origin(name, practice).to_owned()),
        browser: asked.browser.clone(),
        out: Some(folder.path().join("run")),
        ..RunFlags::default()
    };
    let mut chosen = Chosen::of(&file, &flags, &context)?;
    let program = std::env::current_exe().map_err(Failure::failed)?;
    chosen.sources = practised::sources(&wanted.flow, user, practice, &program, own.path())?;
    played(&file, &chosen, (Mode::Whole, Some(wanted.task.name.clone()), flags), || folder.keep(), &context).await
}

/// Runs it with a persona. The folder of a run that does not come to its end is kept: it says why.
async fn played(
    file: &Path,
    chosen: &Chosen,
    (mode, task, flags): (Mode, Option<String>, RunFlags),
    keep: impl FnOnce() -> PathBuf,
    context: &Context,
) -> Result<Played, Failure> {
    let asked = Asked {
        flow: file.to_owned(),
        task: task.filter(|_| mode == Mode::Whole),
        from: None,
        until: None,
        mode,
        verb: "guide",
        before: None,
        heal: false,
        baseline: None,
        persona: true,
        flags,
    };
    let mut custody = chosen.take("guide", context)?;
    let (attempted, _) = Box::pin(attempt::perform_with(asked, chosen, &mut custody, context)).await?;
    let Attempted { record, folder: run } = attempted;
    if !matches!(record.verdict, Verdict::Done | Verdict::Renewed | Verdict::Rehearsed) {
        let kept = keep().join("run");
        let reason = record.reason.as_deref().map(|reason| format!(": {}", plain(reason))).unwrap_or_default();
        let message = format!(
            "the run for the guide ended {}{reason}; it is kept in `{}`; the guide was not written",
            record.verdict,
            kept.display()
        );
        return Err(Failure { verdict: record.verdict, message });
    }
    let plain: Vec<String> = attempt::plain_values(&chosen.sources);
    Played::of(record, &run, &plain)
}

/// The practice portal that stands for the flow's own, by the name of the shipped flow that it serves, and a user of it.
fn can_be_practised(wanted: &Wanted) -> Result<(&'static str, &'static str), Failure> {
    let Wanted { flow, task, .. } = wanted;
    let found = demo::practised(&flow.portal).ok_or_else(|| {
        Failure::invalid(format!(
            "no practice portal stands for {}: make a run with `rinnova run --persona`, and name its folder with --from",
            flow.portal.origin().ascii_serialization()
        ))
    })?;
    match practised::unknown(flow, task) {
        None => Ok(found),
        Some(input) => Err(Failure::invalid(format!(
            "the practice portals know user_id, password, pin and new_pin, and any code, but no `{}`: make a run with `rinnova run \
             --persona`, and name its folder with --from",
            input.name
        ))),
    }
}

/// A guide sends a renewal to no portal but a practice one.
fn must_be_near(portal: Option<&str>) -> Result<(), Failure> {
    if portal.and_then(|portal| Url::parse(portal).ok()).is_some_and(|portal| is_near(&portal)) {
        return Ok(());
    }
    Err(Failure::invalid(
        "--portal: a guide's run sends all that its task sends, so --from practice goes to a portal of this machine alone; use \
         --from rehearsal, or make a run with `rinnova run --persona` and name its folder with --from",
    ))
}

fn is_near(portal: &Url) -> bool {
    match portal.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::must_be_near;

    #[test]
    fn a_guide_is_played_on_no_portal_of_somebody_else_s() {
        for portal in ["http://127.0.0.1:4001", "http://[::1]:80", "http://localhost:4001"] {
            assert!(must_be_near(Some(portal)).is_ok(), "{portal}");
        }
        for portal in ["https://portal.example", "http://127.0.0.1.example", "http://localhost.example", "nonsense", ""]
        {
            assert!(must_be_near(Some(portal)).is_err(), "{portal}");
        }
    }
}

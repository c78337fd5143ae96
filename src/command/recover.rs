//! `rinnova recover`: settles a commit whose outcome nobody knows. It only reads; `renew` goes on.

use std::path::{Path, PathBuf};

use crate::cli::{Answer, Recover, RunFlags};
use crate::command::attempt::{self, Asked};
use crate::command::chosen::{self, Chosen};
use crate::command::leaving::Attempted;
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::renewal::custody::Custody;
use crate::renewal::hooks::{Facts, Hooks, Moment};
use crate::renewal::reconcile::{Decision, Standing};
use crate::report::plain::plain;
use crate::runner::job::Mode;
use crate::settings::Flags;

/// Reads the portal and writes down what it shows.
///
/// # Errors
/// When nothing could be read.
pub async fn recover(asked: Recover, context: &Context) -> Result<Verdict, Failure> {
    let Recover { who, flow, say: answer, mut flags } = asked;
    let json = flags.json;
    let file = match who {
        Some(who) => of_account(&who, flow, &mut flags, context)?,
        None => flow.ok_or_else(|| Failure::invalid("name an account, or a flow with --flow"))?,
    };
    let chosen = Chosen::of(&file, &flags, context)?;
    let mut custody = chosen.take("recover", context)?;
    if let Some(answer) = answer {
        let told = custody.told(answer == Answer::TookPlace).map_err(Failure::invalid)?;
        let words = told.map(|intent| format!("written down for: {}", intent.commit));
        return Ok(answered(&chosen.holder, Verdict::Done, words.as_deref().unwrap_or(NOTHING_OPEN), None, json));
    }
    let standing = custody.standing().map_err(Failure::invalid)?;
    if standing == Standing::Clear {
        return Ok(answered(&chosen.holder, Verdict::Done, NOTHING_OPEN, None, json));
    }
    let (attempted, decision) = read(&chosen, flags, &mut custody, "recover", context).await?;
    let settled = Settled::of(&decision, &attempted).after(&standing, &decision);
    if settled.verdict == Verdict::Renewed {
        deployed(&chosen, &settled, &attempted, &custody, context).await?;
    }
    Ok(answered(&chosen.holder, settled.verdict, &settled.words, Some(&attempted.folder), json))
}

const NOTHING_OPEN: &str = "nothing is open";

/// Gives the answer.
fn answered(holder: &str, verdict: Verdict, words: &str, run: Option<&Path>, json: bool) -> Verdict {
    if json {
        let line = serde_json::json!({ "account": holder, "verdict": verdict, "reason": words, "run": run });
        give(&format!("{line}\n"));
    } else {
        give(&format!("{holder}: {}\n", plain(words)));
    }
    verdict
}

/// The account's hooks after a renewal that is proved only now.
async fn deployed(
    chosen: &Chosen,
    settled: &Settled,
    attempted: &Attempted,
    custody: &Custody,
    context: &Context,
) -> Result<(), Failure> {
    let Some(account) = &chosen.account else { return Ok(()) };
    let facts = Facts {
        account: account.id.clone(),
        flow: chosen.flow.name.clone(),
        verdict: Some(settled.verdict),
        reason: Some(settled.words.clone()),
        expires: custody.latest().map(|shown| shown.expiry),
        run: Some(attempted.folder.clone()),
    };
    let hooks = Hooks::of(&context.settings(Flags::default())?, account);
    for moment in Moment::after(settled.verdict) {
        if let Err(error) = hooks.run(moment, &facts, &context.redactor).await {
            say(&format!("warning: {error}\n"));
        }
    }
    Ok(())
}

/// The account's flow; `ID@ORIGIN` also says where.
fn of_account(who: &str, flow: Option<PathBuf>, flags: &mut RunFlags, context: &Context) -> Result<PathBuf, Failure> {
    let (id, origin) = who.split_once('@').map_or((who, None), |(id, origin)| (id, Some(origin)));
    if let Some(origin) = origin {
        flags.portal.get_or_insert_with(|| origin.to_owned());
    }
    flags.account = Some(id.to_owned());
    let settings = context.settings(chosen::settings_flags(flags))?;
    let account = chosen::account(&settings, Some(id))?;
    flow.or_else(|| account.map(|account| account.flow.clone()))
        .ok_or_else(|| Failure::invalid(format!("the account `{id}` names no flow")))
}

/// Runs the flow's reading task with an account that was taken before.
///
/// # Errors
/// When the flow has none, or it could not be started.
pub async fn read(
    chosen: &Chosen,
    flags: RunFlags,
    custody: &mut Custody,
    verb: &'static str,
    context: &Context,
) -> Result<(Attempted, Decision), Failure> {
    let status = chosen.flow.renewal.as_ref().and_then(|renewal| renewal.status.clone());
    let Some(task) = status else {
        return Err(Failure {
            verdict: Verdict::Unknown,
            message: format!(
                "the flow has no task that only reads (`renewal.status`); look at the portal yourself, then {}, or \
                 `--say did-not`",
                chosen.recovery(" --say took-place")
            ),
        });
    };
    let asked = Asked {
        flow: chosen.file.clone(),
        task: Some(task),
        from: None,
        until: None,
        mode: Mode::Whole,
        verb,
        before: None,
        heal: false,
        baseline: None,
        persona: false,
        flags,
    };
    attempt::perform_with(asked, chosen, custody, context).await
}

/// What a reading settled.
#[derive(Debug)]
pub struct Settled {
    /// How the account stands by it.
    pub verdict: Verdict,
    /// In words.
    pub words: String,
}

impl Settled {
    /// What the journal decided by a reading.
    #[must_use]
    pub fn of(decision: &Decision, attempted: &Attempted) -> Self {
        let (verdict, words) = match decision {
            Decision::Clear => (Verdict::Done, "nothing is open".to_owned()),
            Decision::Done => (Verdict::Renewed, "renewed: the expiry has moved".to_owned()),
            Decision::HalfDone => {
                (Verdict::HalfDone, "half done; `rinnova renew` goes on with it, and needs one more code".to_owned())
            }
            Decision::NotDoneOnce { again } => {
                let again = again.strftime("%F %H:%M:%SZ");
                (Verdict::Unknown, format!("not done, as read once; it is proved by another reading after {again}"))
            }
            Decision::NotDoneTwice => {
                (Verdict::Done, "not done, as read twice; `rinnova renew` may try once more".to_owned())
            }
            Decision::Unknown(why) => (Verdict::Unknown, why.to_string()),
        };
        let record = &attempted.record;
        if verdict != Verdict::Unknown || record.verdict.exit_code() == 0 {
            return Self { verdict, words };
        }
        // The reading itself failed: why it did comes first, and a login that was refused outranks what is still unknown.
        let reason = record.reason.as_deref().unwrap_or("the portal could not be read");
        let verdict = if record.verdict.exit_code() == 8 { record.verdict } else { verdict };
        Self { verdict, words: format!("{}: {reason}; still unknown", record.verdict) }
    }

    /// After a lost history nobody knows whether anything was sent, so that it cannot be said not to be done.
    #[must_use]
    pub fn after(self, standing: &Standing, decision: &Decision) -> Self {
        let words = match decision {
            Decision::NotDoneOnce { again } if matches!(standing, Standing::HistoryLost { .. }) => {
                let again = again.strftime("%F %H:%M:%SZ");
                format!(
                    "what was done before is not known; as the portal stands is believed after another reading, after {again}"
                )
            }
            Decision::NotDoneTwice if matches!(standing, Standing::HistoryLost { .. }) => {
                "nothing is open, as read twice; `rinnova renew` may go on".to_owned()
            }
            _ => self.words,
        };
        Self { words, ..self }
    }
}

/// Tells what a reading settled, where nobody asked for data.
pub fn tell(holder: &str, settled: &Settled) {
    say(&format!("{holder}: {}\n", plain(&settled.words)));
}

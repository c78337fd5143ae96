//! `rinnova purge`: removes the folders of old runs.

use jiff::Timestamp;
use serde_json::json;

use crate::cli::Purge;
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::renewal::retention;
use crate::settings::Flags;
use crate::store::Kept;

/// Removes them and prints which.
///
/// # Errors
/// When settings or state are faulty, or the folder cannot be searched.
pub fn purge(asked: &Purge, context: &Context) -> Result<Verdict, Failure> {
    let keep = match asked.older_than {
        Some(older) => Some(older),
        None => context.settings(Flags::default())?.runs.keep,
    };
    let Some(keep) = keep else {
        if !context.quiet {
            say("nothing is removed: `runs.keep` is `forever`; `--older-than 30d` says otherwise for once\n");
        }
        return Ok(Verdict::Done);
    };
    let now = Timestamp::now();
    let state = context.open_state()?;
    let purged = retention::purge(&asked.dir, keep, &state, now, asked.dry_run).map_err(Failure::failed)?;
    let stuck = purged.kept.iter().any(|(_, why)| matches!(why, Kept::Stuck(_)));
    if asked.json {
        let kept = purged.kept.iter().map(|(folder, why)| json!({ "folder": folder, "why": why.to_string() }));
        let kept: Vec<_> = kept.collect();
        give(&format!("{}\n", json!({ "dry_run": asked.dry_run, "removed": purged.removed, "kept": kept })));
    } else {
        for folder in &purged.removed {
            give(&format!("{}\n", folder.display()));
        }
        for (folder, why) in purged.kept.iter().filter(|_| !context.quiet) {
            say(&format!("kept: {}: {why}\n", folder.display()));
        }
        if !context.quiet {
            let done = if asked.dry_run { "would be removed" } else { "removed" };
            say(&format!("{} {done}\n", purged.removed.len()));
        }
    }
    Ok(if stuck { Verdict::Failed } else { Verdict::Done })
}

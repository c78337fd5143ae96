//! How long the folders of runs are kept. Their pictures hold names and telephone numbers, so they go after a while; but what
//! tells of a renewal that is not settled stays until it is.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::renewal::reconcile::{Standing, standing};
use crate::store::state::{State, StateError};
use crate::store::{self, PurgeError, Purged};

/// Why nothing was removed.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The folder cannot be searched.
    #[error(transparent)]
    Purge(#[from] PurgeError),
    /// What is not settled cannot be read.
    #[error("no run was removed, because it cannot be told which is still needed: {0}")]
    State(#[from] StateError),
}

/// Removes the folders of runs in `base` that ended longer ago than `keep`. Never what `latest` points to, what a renewal
/// needs that is not settled, or what is not beyond doubt a run's folder; no link is followed.
///
/// # Errors
///
/// When the folder cannot be searched or the state cannot be read.
pub fn purge(
    base: &Path,
    keep: Duration,
    state: &State,
    now: Timestamp,
    dry_run: bool,
) -> Result<Purged, RetentionError> {
    Ok(store::purge(base, keep, now, &needed(state)?, dry_run)?)
}

/// The runs of every account whose last commit is not settled, by the names of their folders: all of them, because how a
/// renewal came to stand as it does is told by the runs before, too.
fn needed(state: &State) -> Result<BTreeSet<String>, StateError> {
    let mut needed = BTreeSet::new();
    for (account, flow) in state.committed()? {
        let past = state.past(&account, &flow)?;
        if matches!(standing(&past), Standing::Clear) {
            continue;
        }
        // A run that went to a folder of its own (`--out`) is known by its path.
        let name = |run: &str| Path::new(run).file_name().map(|name| name.to_string_lossy().into_owned());
        needed.extend(past.intents.iter().filter_map(|intent| name(&intent.run)));
    }
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::needed;
    use crate::store::past::{How, Intent, Key};
    use crate::store::state::State;

    #[test]
    fn the_runs_of_what_is_not_settled_are_needed() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Timestamp::UNIX_EPOCH;
        let state = State::open(&folder.path().join("state"), now).expect("a state");
        let intend = |account: &str, run: &str, previous| {
            let key = Key {
                flow: "f".into(),
                account: account.into(),
                certificate: None,
                old_expiry: date(2026, 12, 1),
                step: "sign".into(),
            };
            let (task, commit) = ("renew".to_owned(), "sent".to_owned());
            let intent =
                Intent { id: 0, key, task, commit, ahead: 0, follows: false, run: run.into(), at: now, outcome: None };
            state.add_intent(&intent, previous).expect("kept")
        };
        let first = intend("rossi", "runs/one", None);
        assert_eq!(needed(&state).expect("read").into_iter().collect::<Vec<_>>(), ["one"]);
        state.add_outcome(first, How::Still, now).expect("kept");
        assert!(needed(&state).expect("read").is_empty());
        let second = intend("rossi", "two", Some(first));
        intend("bianchi", "three", None);
        assert_eq!(needed(&state).expect("read").into_iter().collect::<Vec<_>>(), ["one", "three", "two"]);
        state.add_outcome(second, How::Renewed, now).expect("kept");
        assert_eq!(needed(&state).expect("read").into_iter().collect::<Vec<_>>(), ["three"]);
    }
}

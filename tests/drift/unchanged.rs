//! Portals that have not changed, visited by others, on other days, over slow lines, with a banner or without: nothing is told.

use std::fs;

use jiff::SignedDuration;
use rinnova::exit::Verdict;
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::practice::{Knobs, Options};
use rinnova::record::Gravity;
use rinnova::settings::BrowserName::{Chromium, Firefox};

use crate::cell::{Baselines, explained};
use crate::trial::Trial;

/// Plays the visit of this number; what was told of it that should not have been.
pub(crate) fn visit(number: usize, baselines: &Baselines) -> Option<String> {
    let pick = |of: usize, turn: usize| (number / turn) % of;
    let portal = [MiaFirma, FirmaRemota][pick(2, 1)];
    let browser = [Chromium, Firefox][pick(2, 2)];
    let id = ["u01", "u02", "u03", "u07"][pick(4, 3)];
    let knobs = Knobs {
        latency_ms: [0, 40, 120][pick(3, 1)],
        cookie_banner: pick(2, 5) == 0,
        random_ids: pick(2, 7) == 1,
        sms_origin_bound: pick(2, 11) == 1,
        ..Knobs::default()
    };
    let told = format!("visit {number}: {id} on {portal:?} in {browser:?} with {knobs:?}");
    let trial = Trial::with(Options { knobs, ..Options::default() });
    // Not for the one that may only renew today, nor for the one whose codes follow the clock.
    let days = if matches!(id, "u02" | "u07") { 0 } else { i64::try_from(pick(20, 1)).unwrap_or(0) };
    trial.practice.set_clock(trial.practice.now() + SignedDuration::from_hours(24 * days));
    let folder = trial.path().join("flow");
    fs::create_dir(&folder).expect("a folder");
    let flow = baselines.copied(portal, &folder);
    let account = trial.account(portal, id);
    let launch = trial.launch(&account, browser).flow(flow);
    let status = pick(3, 1) == 2;
    let ended = if status { launch.with(&["status"]).go() } else { launch.go() };
    let record = ended.record();
    let expected = if status { Verdict::Done } else { Verdict::Renewed };
    let grave: Vec<_> = record.changes.iter().filter(|change| change.gravity > Gravity::Note).collect();
    let explained = explained(&ended);
    let right = record.verdict == expected && !record.flags.drift && grave.is_empty() && explained["kind"].is_null();
    (!right).then(|| format!("{told}: {}, {grave:?}, {}\n{ended}", record.verdict, explained["kind"]))
}

//! `rinnova repair`: the flow mended for what has changed on its portal, as a patch.

use std::path::Path;

use serde_json::json;

use crate::cli::{Repair, RunFlags};
use crate::command::accept::{baseline_at, flow_file, plain_values, same_flow, whole};
use crate::command::attempt::{self, Asked};
use crate::command::chosen::Chosen;
use crate::command::{Context, Failure, give, say};
use crate::drift::baseline::Baseline;
use crate::drift::candidates::CONFIDENT;
use crate::drift::mending::Proposal;
use crate::drift::{patch, repair};
use crate::exit::Verdict;
use crate::flow::load;
use crate::flow::model::Flow;
use crate::record::Record;
use crate::report::plain::{json, plain, plain_lines};
use crate::runner::job::Mode;
use crate::store;

/// So often a flow is rehearsed onward: one change of a portal may break many of its steps.
const REHEARSALS: usize = 16;

/// Prints the patch, and with `--write` applies it.
///
/// # Errors
/// When the run or its baseline cannot be read, the flow is another by now, or nothing can be proposed.
pub async fn repair(asked: Repair, context: &Context) -> Result<Verdict, Failure> {
    let record = store::record(&asked.run).map_err(Failure::invalid)?;
    let file = flow_file(asked.flow.as_deref(), &record)?;
    let text = same_flow(&file, &record)?;
    let place = store::baseline_place(&file, &record.flow);
    let baseline = baseline_at(&place, &record.flow)?.ok_or_else(|| {
        Failure::invalid(format!("the flow `{}` has no baseline, so nothing tells what its steps meant", record.flow))
    })?;
    let name = file.display().to_string();
    let mut mended = Mended {
        flow: read(&name, &text).map_err(Failure::invalid)?,
        baseline,
        learned: false,
        values: plain_values(&record, context)?,
        proposals: Vec::new(),
    };
    for healed in repair::healed(&record, &mended.flow, &mended.baseline, &mended.values) {
        mended.with(healed).map_err(Failure::invalid)?;
    }
    let mut left = match mended.by(&record) {
        Ok(()) => None,
        Err(why) if mended.proposals.is_empty() => return Err(Failure::invalid(why)),
        Err(why) => Some(why).filter(|_| !record.stages.iter().all(whole)),
    };
    if asked.onward {
        left = rehearsed_onward(&mut mended, &asked, &record, &file, context).await?;
    }
    let diff = patch::diff(&text, mended.flow.source.text(), &name);
    if asked.json {
        let proposals: Vec<_> = mended.proposals.iter().map(as_json).collect();
        let told = json!({ "format": 1, "proposals": proposals, "left": left, "diff": diff });
        give(&format!("{}\n", json(&format!("{told:#}"))));
    } else {
        for proposal in &mended.proposals {
            say(&told(proposal));
        }
        give(&format!("{}\n", plain_lines(&diff)));
    }
    if asked.write {
        store::rewrite(&file, mended.flow.source.text().as_bytes()).map_err(Failure::failed)?;
        if mended.learned {
            write_texts(&place, &mended.baseline)?;
        }
        say("written; rehearse it, and accept the run that goes well\n");
    }
    if let Some(why) = left {
        say(&format!("this is not all: {}\n", plain(&why)));
        return Ok(Verdict::Changed);
    }
    Ok(Verdict::Done)
}

/// A flow that is being mended, with what its baseline has learned by it.
struct Mended {
    flow: Flow,
    baseline: Baseline,
    learned: bool,
    /// Those of the inputs that are no secrets.
    values: Vec<String>,
    proposals: Vec<Proposal>,
}

impl Mended {
    /// Mends it for what a run of it has met.
    fn by(&mut self, record: &Record) -> Result<(), String> {
        let proposal = repair::of(record, &self.flow, &self.baseline, &self.values)?;
        if self.proposals.iter().any(|before| before.edit == proposal.edit) {
            return Err(format!("“{}” is not mended by what was proposed for it", proposal.sentence));
        }
        self.with(proposal)
    }

    /// Mends it so.
    fn with(&mut self, proposal: Proposal) -> Result<(), String> {
        let edits = std::slice::from_ref(&proposal.edit);
        let text = patch::patched(self.flow.source.text(), edits);
        let text = text.map_err(|error| format!("{error}; mend it by hand"))?;
        self.flow = read(self.flow.source.name(), &text)?;
        self.learned |= repair::learn(&mut self.baseline, &proposal, &self.flow, &self.values);
        self.proposals.push(proposal);
        Ok(())
    }
}

fn read(name: &str, text: &str) -> Result<Flow, String> {
    load::parse(name, text).map(|loaded| loaded.flow).map_err(|error| error.render(false))
}

/// Rehearses the mended flow, mends it for what that meets, and so on to the end of a rehearsal. Nothing is sent, and the
/// flow file stays as it is. Gives why it did not come to its end, where it did not.
async fn rehearsed_onward(
    mended: &mut Mended,
    asked: &Repair,
    failed: &Record,
    file: &Path,
    context: &Context,
) -> Result<Option<String>, Failure> {
    let flags = rehearsal_flags(asked, failed);
    for _ in 0..REHEARSALS {
        let mut chosen = Chosen::of(file, &flags, context)?;
        chosen.flow = mended.flow.clone();
        let asked = Asked {
            flow: file.to_owned(),
            task: None,
            from: None,
            until: None,
            mode: Mode::Rehearsal,
            verb: "repair",
            before: None,
            heal: false,
            baseline: Some(mended.baseline.clone()),
            persona: false,
            flags: flags.clone(),
        };
        let mut custody = chosen.take("repair", context)?;
        let (attempted, _) = attempt::perform_with(asked, &chosen, &mut custody, context).await?;
        let record = attempted.record;
        match record.verdict {
            Verdict::Rehearsed => return Ok(None),
            Verdict::Changed if record.stages.iter().all(whole) => return Ok(None),
            Verdict::Changed => {}
            other => {
                let why = record.reason.unwrap_or_default();
                return Ok(Some(format!("the rehearsal of the mended flow ended {other}: {why}")));
            }
        }
        if let Err(why) = mended.by(&record) {
            return Ok(Some(why));
        }
    }
    Ok(Some(format!("after {REHEARSALS} rehearsals there is more to mend; write this, and begin anew")))
}

/// As the run that failed, unless told.
fn rehearsal_flags(asked: &Repair, failed: &Record) -> RunFlags {
    let mut browser = asked.browser.clone();
    browser.browser.get_or_insert_with(|| failed.environment.browser.clone());
    RunFlags {
        account: asked.account.clone().or_else(|| failed.account.clone()),
        input: asked.input.clone(),
        portal: asked.portal.clone().or_else(|| Some(failed.portal.clone())),
        browser,
        trust_portal_clock: asked.trust_portal_clock,
        ..RunFlags::default()
    }
}

fn write_texts(place: &Path, baseline: &Baseline) -> Result<(), Failure> {
    for (name, text) in baseline.texts() {
        store::rewrite(&place.join(name), text.as_bytes()).map_err(Failure::failed)?;
    }
    Ok(())
}

fn told(proposal: &Proposal) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let line = proposal.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let mut text = format!(
        "stage `{}`{line}: {}\nconfidence {} (a run may heal itself from {})\n",
        proposal.stage,
        plain(&proposal.sentence),
        percent(proposal.confidence),
        percent(CONFIDENT)
    );
    for evidence in proposal.evidence.iter().take(5) {
        text.push_str(&format!("  {}\n", plain(evidence)));
    }
    if let Some(runner_up) = &proposal.runner_up {
        text.push_str(&format!("  next best: {}, {} behind\n", plain(runner_up), percent(proposal.margin)));
    }
    if proposal.asks {
        text.push_str(
            "a person must read and accept this: it touches what is sent, agreed to, or which pages there are\n",
        );
    }
    text
}

fn as_json(proposal: &Proposal) -> serde_json::Value {
    let Proposal { stage, line, sentence, confidence, evidence, runner_up, margin, asks, .. } = proposal;
    json!({
        "stage": stage, "line": line, "sentence": sentence, "confidence": confidence, "evidence": evidence,
        "runner_up": runner_up, "margin": margin, "asks": asks,
    })
}

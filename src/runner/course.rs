//! How a run stands: which commits were sent and settled, what was read, what was noticed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::browser::staging::Sought;
use crate::event::Event;
use crate::exit::Verdict;
use crate::flow::model::Flow;
use crate::locator::Locator;
use crate::record::{Change, Flags, Reading};
use crate::runner::ending::Ending;
use crate::runner::staging::Filled;
use crate::runner::warden::Typed;

/// How a run stands.
#[derive(Debug)]
pub struct Course {
    /// When it began.
    pub began: Instant,
    /// What was noticed.
    pub flags: Flags,
    /// What differs from the baseline.
    pub changes: Vec<Change>,
    /// What was read, by output.
    pub outputs: BTreeMap<String, Vec<Reading>>,
    /// So many seconds the portal asks to stay away (`Retry-After`).
    pub retry_after: Option<u64>,
    /// The commits.
    pub commits: Commits,
    /// When a step had the portal send a code, by code input.
    pub requested: BTreeMap<String, Timestamp>,
    /// The secrets and codes that were typed, in order.
    pub typed: Vec<Entered>,
    /// The expiry was read in this stage, and the page says this of a half-done renewal; not yet told to the warden.
    pub read: Option<(Date, Option<bool>)>,
    /// Whoever enters the codes has said to be ready.
    pub ready: bool,
    /// Where secrets were typed: every picture covers these fields.
    pub secret_fields: Vec<Locator>,
    /// The fields that were filled, and with what: pictures for a guide show what a persona would have typed.
    pub filled: Vec<Filled>,
    /// What the steps of the present stage have acted on, each once.
    pub acted: Vec<Sought>,
    /// The day at the portal, once it was asked.
    pub today: Option<Date>,
    /// Stages performed whole, by id.
    pub stages_done: Vec<String>,
    /// An interrupt is being sent away.
    pub dismissing: bool,
    /// The half-done state was met and the resume task entered.
    pub resuming: bool,
    events: mpsc::UnboundedSender<Event>,
}

/// A secret or a code that was typed in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Which.
    pub value: Typed,
    /// Whether it left the page, and what came of it.
    pub stands: Stands,
}

/// How a typed value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// In its field.
    Unsent,
    /// Something was pressed since.
    Sent,
    /// The portal went on.
    Accepted,
}

/// The commits of a run: at most one is open at a time.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Commits {
    /// So many were sent and seen to have taken place.
    pub settled: u32,
    /// One was sent and its outcome not seen.
    pub open: bool,
    /// So many commit steps the task has from here on.
    pub ahead: u32,
}

impl Commits {
    /// Whether any commit was sent in this run.
    #[must_use]
    pub fn any_sent(self) -> bool {
        self.open || self.settled > 0
    }
}

impl Course {
    /// A run that begins now and tells its events here.
    #[must_use]
    pub fn new(events: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            began: Instant::now(),
            flags: Flags::default(),
            changes: Vec::new(),
            outputs: BTreeMap::new(),
            retry_after: None,
            commits: Commits::default(),
            requested: BTreeMap::new(),
            typed: Vec::new(),
            read: None,
            ready: false,
            secret_fields: Vec::new(),
            filled: Vec::new(),
            acted: Vec::new(),
            today: None,
            stages_done: Vec::new(),
            dismissing: false,
            resuming: false,
            events,
        }
    }

    /// Milliseconds since the run began.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Says something. When nobody listens any more the run goes on all the same.
    pub fn tell(&self, event: Event) {
        let _unheard = self.events.send(event);
    }

    /// The place where events are told, for the threads that develop pictures.
    #[must_use]
    pub fn events(&self) -> mpsc::UnboundedSender<Event> {
        self.events.clone()
    }

    /// The last reading of an output, as text.
    #[must_use]
    pub fn last(&self, output: &str) -> Option<String> {
        let value = &self.outputs.get(output)?.last()?.value;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// A field into which a secret goes: pictures cover it from now on.
    pub fn remember_secret_field(&mut self, field: &Locator) {
        if !self.secret_fields.contains(field) {
            self.secret_fields.push(field.clone());
        }
    }

    /// What an ending becomes after a sent commit: `unknown` while its outcome was not seen, `half-done` between two
    /// (design.md §3). After the last one only the new date proves the renewal, so anything else is `unknown` again.
    #[must_use]
    pub fn outranked(&self, ending: Ending) -> Ending {
        let Ending { verdict, reason, advice } = ending;
        let verdict = match self.commits {
            Commits { open: true, .. } => Verdict::Unknown,
            Commits { settled: 0, .. } => verdict,
            Commits { ahead: 0, .. } => Verdict::Unknown,
            _ => Verdict::HalfDone,
        };
        Ending { verdict, reason, advice }
    }

    /// Whether the expiry moved forward by at least what a renewal gains, between the first and the last reading.
    #[must_use]
    pub fn expiry_moved(&self, flow: &Flow) -> Option<bool> {
        let renewal = flow.renewal.as_ref()?;
        let readings = self.outputs.get(&renewal.expires)?;
        let date = |reading: &Reading| reading.value.as_str()?.parse::<Date>().ok();
        let (first, last) = (date(readings.first()?)?, date(readings.last()?)?);
        if readings.len() < 2 {
            return None;
        }
        first.checked_add(renewal.gains).ok().map(|least| last >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::{Commits, Course};
    use crate::exit::Verdict;
    use crate::runner::ending::Ending;

    fn outranked(commits: Commits) -> Verdict {
        let mut course = Course::new(tokio::sync::mpsc::unbounded_channel().0);
        course.commits = commits;
        course.outranked(Ending::new(Verdict::Changed, "")).verdict
    }

    #[test]
    fn unknown_then_half_done_outrank_everything_after_a_sent_commit() {
        assert_eq!(outranked(Commits { settled: 0, open: false, ahead: 2 }), Verdict::Changed);
        assert_eq!(outranked(Commits { settled: 0, open: true, ahead: 1 }), Verdict::Unknown);
        assert_eq!(outranked(Commits { settled: 1, open: false, ahead: 1 }), Verdict::HalfDone);
        assert_eq!(outranked(Commits { settled: 1, open: true, ahead: 0 }), Verdict::Unknown);
        assert_eq!(outranked(Commits { settled: 2, open: false, ahead: 0 }), Verdict::Unknown);
    }
}

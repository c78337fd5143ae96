//! A portal, a renewal and a journal as a model: where each run is cut, what the portal does with a press and what it
//! answers is read from a tape of bytes. The portal is the worst there may be: it takes whatever is pressed, as often as it
//! is pressed, up to ten minutes late.

use std::cell::Cell;
use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::{Span, Timestamp, ToSpan as _};
use rinnova::renewal::journal::{Book, Journal, Wanted};
use rinnova::renewal::lock::Lock;
use rinnova::renewal::reconcile::{Decision, Standing, Why};
use rinnova::store::past::{How, Intent, Key, Past, Reading};
use rinnova::store::state::StateError;

pub(crate) const FLOW: &str = "mysign";
pub(crate) const ACCOUNT: &str = "rossi";

/// What happened, to see that the schedules reach everything.
pub(crate) type Seen = BTreeMap<&'static str, u64>;

pub(crate) fn gains() -> Span {
    2.years()
}

/// A book whose next write is cut: before it is made, or after.
pub(crate) struct Cut<B> {
    pub(crate) book: B,
    cut: Cell<Option<bool>>,
}

impl<B> Cut<B> {
    pub(crate) fn new(book: B) -> Self {
        Self { book, cut: Cell::new(None) }
    }

    fn write<T>(&self, write: impl FnOnce(&B) -> Result<T, StateError>) -> Result<T, StateError> {
        let dead = || StateError::Unusable { path: "model".into(), why: std::io::Error::other("cut") };
        match self.cut.take() {
            None => write(&self.book),
            Some(false) => Err(dead()),
            Some(true) => write(&self.book).and(Err(dead())),
        }
    }
}

impl<B: Book> Book for Cut<B> {
    fn past(&self, account: &str, flow: &str) -> Result<Past, StateError> {
        self.book.past(account, flow)
    }

    fn add_intent(&self, intent: &Intent, previous: Option<i64>) -> Result<i64, StateError> {
        self.write(|book| book.add_intent(intent, previous))
    }

    fn add_outcome(&self, intent: i64, how: How, at: Timestamp) -> Result<(), StateError> {
        self.write(|book| book.add_outcome(intent, how, at))
    }

    fn add_reading(&self, account: &str, flow: &str, reading: &Reading) -> Result<(), StateError> {
        self.write(|book| book.add_reading(account, flow, reading))
    }
}

/// A press is known by its run and its step: numbers begin anew after a loss.
type Which = (String, String);

fn which(intent: &Intent) -> Which {
    (intent.run.clone(), intent.key.step.clone())
}

struct Press {
    which: Which,
    step: &'static str,
    old: Date,
    due: i64,
}

/// The portal, the tape, and the time.
pub(crate) struct World<'t> {
    tape: std::slice::Iter<'t, u8>,
    /// Seconds, as they truly pass.
    time: i64,
    /// How far the clock was set back.
    back: i64,
    steps: &'static [&'static str],
    expiry: Date,
    half: bool,
    under_way: Vec<Press>,
    /// What took place.
    taken: Vec<Which>,
    /// How often, by expiry and step.
    effects: BTreeMap<(Date, &'static str), u32>,
    pub(crate) seen: Seen,
}

impl<'t> World<'t> {
    pub(crate) fn new(tape: &'t [u8]) -> Self {
        let mut tape = tape.iter();
        let two = tape.next().is_none_or(|byte| byte % 3 > 0);
        Self {
            tape,
            time: 1_795_000_000,
            back: 0,
            steps: if two { &["sign", "activate"] } else { &["sign"] },
            expiry: date(2026, 12, 1),
            half: false,
            under_way: Vec::new(),
            taken: Vec::new(),
            effects: BTreeMap::new(),
            seen: Seen::new(),
        }
    }

    /// Whether the tape goes on.
    pub(crate) fn goes_on(&self) -> bool {
        !self.tape.as_slice().is_empty()
    }

    /// One time in `of`.
    pub(crate) fn chance(&mut self, of: u8) -> bool {
        self.tape.next().is_some_and(|byte| byte % of == of - 1)
    }

    fn pick(&mut self, of: u8) -> u8 {
        self.tape.next().map_or(0, |byte| byte % of)
    }

    pub(crate) fn note(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.time - self.back).expect("a time")
    }

    pub(crate) fn pass(&mut self) {
        self.time += [1, 60, 545, 660, 3600][usize::from(self.pick(5))];
        if self.chance(32) {
            self.back += 1800;
        }
        self.arrive();
    }

    /// What is under way and due takes place; the portal refuses nothing that it could do.
    fn arrive(&mut self) {
        let time = self.time;
        let due: Vec<Press> = self.under_way.extract_if(.., |press| press.due <= time).collect();
        for press in due {
            *self.effects.entry((press.old, press.step)).or_default() += 1;
            self.taken.push(press.which);
            self.half = Some(&press.step) != self.steps.last();
            if !self.half {
                self.expiry = self.expiry.checked_add(3.years()).expect("a date");
            }
        }
        assert!(self.effects.values().all(|times| *times <= 1), "twice: {:?}", self.effects);
    }

    /// The next write is cut one time in sixteen.
    fn perhaps_cut<B>(&mut self, book: &Cut<B>) {
        let cut = self.chance(16).then(|| self.chance(2));
        book.cut.set(cut);
    }

    fn reading(&mut self) -> Reading {
        self.arrive();
        let looked = !self.chance(6);
        let named = !self.chance(6);
        Reading {
            at: self.now(),
            expiry: self.expiry,
            certificate: named.then(|| format!("IUT of {}", self.expiry)),
            half_done: looked.then_some(self.half),
        }
    }

    /// Reads, and settles by what was read. Nothing: the run was cut.
    fn look<B: Book>(&mut self, book: &Cut<B>, journal: &Journal<'_, Cut<B>>) -> Option<Reading> {
        let reading = self.reading();
        self.perhaps_cut(book);
        journal.read(&reading).ok()?;
        if self.chance(16) {
            return None;
        }
        let standing = journal.standing().ok()?;
        self.perhaps_cut(book);
        let decision = journal.reconcile(gains(), self.now()).ok()?;
        self.judge(&standing, &decision);
        if let (Decision::Unknown(why), Standing::Unknown { intent, .. } | Standing::HalfDone { intent }) =
            (decision, standing)
            && why != Why::Unread
            && self.under_way.is_empty()
            && self.chance(2)
        {
            self.note("a person");
            let took_place = self.taken.contains(&which(&intent));
            journal.settle(&intent, How::Person { took_place }, self.now()).ok()?;
        }
        Some(reading)
    }

    /// Whether a decision is true.
    fn judge(&mut self, standing: &Standing, decision: &Decision) {
        match (standing, decision) {
            (Standing::Unknown { intent, .. } | Standing::HalfDone { intent }, Decision::Done) => {
                self.note("done");
                let least = intent.key.old_expiry.checked_add(gains()).expect("a date");
                assert!(self.expiry >= least, "a wrong done");
            }
            (Standing::Unknown { intent, .. }, Decision::NotDoneTwice) => {
                self.note("not done");
                let coming = self.under_way.iter().any(|press| press.which == which(intent));
                assert!(!self.taken.contains(&which(intent)) && !coming, "a wrong not done");
            }
            (Standing::HistoryLost { .. }, Decision::NotDoneTwice) => {
                self.note("found again");
                assert!(self.under_way.is_empty() && !self.half, "a wrong clear");
            }
            (Standing::HistoryLost { .. }, Decision::HalfDone) => {
                self.note("found half done");
                assert!(self.under_way.is_empty() && self.half, "a wrong half done");
            }
            (Standing::Unknown { .. }, Decision::HalfDone) => {
                self.note("half done");
                assert!(self.half, "a wrong half done");
            }
            (Standing::HistoryLost { .. }, _) => self.note("lost"),
            (_, Decision::NotDoneOnce { .. }) => self.note("not done once"),
            (_, Decision::Unknown(Why::Twice)) => self.note("tried twice"),
            (_, Decision::Unknown(Why::Contradiction)) => self.note("contradiction"),
            _ => {}
        }
    }

    /// One run, which tries whatever it may not be allowed, and may be cut between any two of its steps.
    pub(crate) fn run<B: Book>(&mut self, book: &Cut<B>, lock: &Lock, number: usize) {
        let journal = Journal::of(book, lock, FLOW);
        let Some(reading) = self.look(book, &journal) else { return };
        if self.chance(3) {
            return;
        }
        // The flow meets the portal's half-done page by itself; now and then it fails to.
        let resumes = self.half && !self.chance(16);
        let first = usize::from(resumes);
        for (at, step) in self.steps.iter().copied().enumerate().skip(first) {
            let wanted = Wanted {
                key: Key {
                    flow: FLOW.into(),
                    account: ACCOUNT.into(),
                    certificate: reading.certificate.clone(),
                    old_expiry: reading.expiry,
                    step: step.into(),
                },
                task: "renew".into(),
                commit: "the request is sent".into(),
                ahead: u32::try_from(self.steps.len() - at - 1).expect("few"),
                resumes,
                run: format!("run {number}"),
            };
            self.perhaps_cut(book);
            let Ok(intent) = journal.intend(wanted, self.now()) else {
                self.note("refused");
                return;
            };
            if self.chance(12) {
                return;
            }
            let answer = self.press(&intent, step, reading.expiry);
            if self.chance(8) {
                self.note("cut after the press");
                return;
            }
            let Some(how) = answer else { return };
            self.perhaps_cut(book);
            if journal.settle(&intent, how, self.now()).is_err() || how != How::Seen || self.chance(12) {
                return;
            }
        }
        self.look(book, &journal);
    }

    /// The portal takes it at once or late, or not at all; and it says so, or says nothing, or lies.
    fn press(&mut self, intent: &Intent, step: &'static str, old: Date) -> Option<How> {
        let (late, answer) = match self.pick(8) {
            0..=2 => (Some(0), Some(How::Seen)),
            3 => (Some(599), None),
            4 => (Some(0), None),
            5 => (None, Some(How::Refused)),
            6 => (None, if self.chance(2) { Some(How::Seen) } else { None }),
            _ => (None, Some(How::Held)),
        };
        // Only a renewal that stands half done can be ended.
        let possible = step == self.steps[0] || self.half;
        if let Some(late) = late.filter(|_| possible) {
            self.under_way.push(Press { which: which(intent), step, old, due: self.time + late });
            self.arrive();
        }
        answer
    }
}

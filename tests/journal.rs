//! At most once: the journal against a portal, with runs cut between any two steps; locks and the state under processes
//! that die and files that are damaged.

#[path = "support/portal.rs"]
mod portal;

use std::cell::RefCell;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Barrier, Mutex};

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::TestRunner;
use rinnova::exit::Verdict;
use rinnova::renewal::journal::{Book, Journal, Refused, Wanted};
use rinnova::renewal::lock::{Lock, LockError};
use rinnova::renewal::reconcile::Standing;
use rinnova::store::past::{How, Intent, Key, Outcome, Past, Reading};
use rinnova::store::state::{PastRun, State, StateError};

use portal::{ACCOUNT, Cut, FLOW, Seen, World};

// --- the model ------------------------------------------------------------------------------------------------------

/// A book in memory, of one account.
#[derive(Default)]
struct Memory {
    past: RefCell<Past>,
    number: RefCell<i64>,
    /// How it stood before each write that is not on the disk yet.
    earlier: RefCell<Vec<Past>>,
}

impl Memory {
    fn lose(&self, now: Timestamp) {
        *self.past.borrow_mut() = Past { lost: Some(now), ..Past::default() };
        self.earlier.borrow_mut().clear();
    }

    /// How many writes a loss of power may take.
    fn loose(&self) -> usize {
        self.earlier.borrow().len()
    }

    /// The power fails: this many of the last writes are gone.
    fn power_fails(&self, gone: usize) {
        let mut earlier = self.earlier.borrow_mut();
        let kept = earlier.len() - gone;
        if let Some(past) = earlier.drain(kept..).next() {
            *self.past.borrow_mut() = past;
        }
        earlier.clear();
    }

    fn loosely(&self) {
        self.earlier.borrow_mut().push(self.past.borrow().clone());
    }
}

impl Book for Memory {
    fn past(&self, _: &str, _: &str) -> Result<Past, StateError> {
        Ok(self.past.borrow().clone())
    }

    fn add_intent(&self, intent: &Intent, previous: Option<i64>) -> Result<i64, StateError> {
        let mut past = self.past.borrow_mut();
        assert_eq!(previous, past.intents.last().map(|intent| intent.id));
        *self.number.borrow_mut() += 1;
        let id = *self.number.borrow();
        past.intents.push(Intent { id, ..intent.clone() });
        past.readings.clear();
        self.earlier.borrow_mut().clear();
        Ok(id)
    }

    fn add_outcome(&self, id: i64, how: How, at: Timestamp) -> Result<(), StateError> {
        self.loosely();
        let mut past = self.past.borrow_mut();
        let intent = past.intents.iter_mut().find(|intent| intent.id == id).expect("an intent");
        intent.outcome = Some(Outcome { how, at });
        Ok(())
    }

    fn add_reading(&self, _: &str, _: &str, reading: &Reading) -> Result<(), StateError> {
        self.loosely();
        self.past.borrow_mut().readings.push(reading.clone());
        Ok(())
    }
}

/// Plays this many schedules and tells how often each thing happened.
fn play(schedules: u32, length: usize, mut schedule: impl FnMut(&mut World<'_>)) -> Seen {
    let config = ProptestConfig { cases: schedules, failure_persistence: None, ..ProptestConfig::default() };
    let seen = RefCell::new(Seen::new());
    let schedule = RefCell::new(&mut schedule);
    let tapes = proptest::collection::vec(any::<u8>(), length / 2..length);
    let played = TestRunner::new(config).run(&tapes, |tape| {
        let mut world = World::new(&tape);
        schedule.borrow_mut()(&mut world);
        for (what, times) in world.seen {
            *seen.borrow_mut().entry(what).or_default() += times;
        }
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
    seen.into_inner()
}

#[test]
fn whatever_is_cut_nothing_takes_effect_twice_and_nothing_untrue_is_decided() {
    let folder = tempfile::tempdir().expect("a folder");
    let lock = Lock::take(&folder.path().join("state"), ACCOUNT, "run", Timestamp::now()).expect("free");
    let half = || {
        play(50_000, 160, |world| {
            let book = Cut::new(Memory::default());
            for number in 0.. {
                if !world.goes_on() {
                    break;
                }
                world.run(&book, &lock, number);
                if book.book.loose() > 0 && world.chance(6) {
                    let most = u8::try_from(book.book.loose()).expect("few writes");
                    let gone = (1..most).find(|_| world.chance(2)).unwrap_or(most);
                    book.book.power_fails(gone.into());
                    world.note("power failed");
                }
                world.pass();
                if world.chance(24) {
                    book.book.lose(world.now());
                }
            }
        })
    };
    let mut seen = Seen::new();
    for (what, times) in std::thread::scope(|scope| {
        let other = scope.spawn(half);
        half().into_iter().chain(other.join().expect("played"))
    }) {
        *seen.entry(what).or_default() += times;
    }
    println!("{seen:?}");
    let all = ["done", "not done", "not done once", "half done", "found again", "found half done", "lost", "refused"];
    for what in
        all.into_iter().chain(["cut after the press", "a person", "tried twice", "contradiction", "power failed"])
    {
        assert!(seen.get(what).is_some_and(|times| *times > 100), "`{what}` hardly happens: {seen:?}");
    }
}

#[test]
fn the_same_holds_with_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    let seen = play(300, 100, |world| {
        number += 1;
        let base = folder.path().join(number.to_string());
        let lock = Lock::take(&base, ACCOUNT, "run", world.now()).expect("free");
        let mut book = Cut::new(State::open(&base, world.now()).expect("opened"));
        for number in 0.. {
            if !world.goes_on() {
                break;
            }
            world.run(&book, &lock, number);
            world.pass();
            let lose = world.chance(12);
            if lose || world.chance(4) {
                drop(book);
                if lose {
                    damage(&base, 0, b"nothing");
                }
                book = Cut::new(State::open(&base, world.now()).expect("opened"));
                assert_eq!(book.book.set_aside().is_some(), lose);
            }
        }
        fs::remove_dir_all(&base).expect("removed");
    });
    println!("{seen:?}");
}

// --- the state ------------------------------------------------------------------------------------------------------

fn wanted(step: &str) -> Wanted {
    Wanted {
        key: Key {
            flow: FLOW.into(),
            account: ACCOUNT.into(),
            certificate: Some("IUT1".into()),
            old_expiry: date(2026, 12, 1),
            step: step.into(),
        },
        task: "renew".into(),
        commit: "the signed renewal request is sent".into(),
        ahead: 1,
        resumes: false,
        run: "mysign-renew-1".into(),
    }
}

type Spoil<'a> = &'a dyn Fn(&Path);

fn damage(base: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(base.join("state.db")).expect("there");
    file.seek(SeekFrom::Start(at)).expect("a place");
    file.write_all(bytes).expect("written");
}

/// A state directory with an open intent, a run and a code step.
fn lived_in(base: &Path) -> Lock {
    let now = Timestamp::now();
    let state = State::open(base, now).expect("opened");
    let lock = Lock::take(base, ACCOUNT, "run", now).expect("free");
    Journal::of(&state, &lock, FLOW).intend(wanted("sign"), now).expect("allowed");
    lock
}

fn standing(base: &Path, lock: &Lock) -> Standing {
    let state = State::open(base, Timestamp::now()).expect("opened");
    Journal::of(&state, lock, FLOW).standing().expect("read")
}

#[test]
fn what_is_kept_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("a b?%41#/state");
    let now = Timestamp::now();
    let lock = lived_in(&base);
    let state = State::open(&base, now).expect("opened");
    assert_eq!(state.set_aside(), None);
    for name in ["state.db", "state.lock"] {
        assert_eq!(base.join(name).metadata().expect("there").permissions().mode() & 0o777, 0o600);
    }
    let journal = Journal::of(&state, &lock, FLOW);
    let Ok(Standing::Unknown { intent, retried: false }) = journal.standing() else { panic!("not unknown") };
    assert_eq!((intent.commit.as_str(), intent.ahead), ("the signed renewal request is sent", 1));
    for step in ["sign", "activate"] {
        assert!(matches!(journal.intend(wanted(step), now), Err(Refused::Unknown(_))));
    }
    journal.settle(&intent, How::Seen, now).expect("kept");
    assert!(matches!(journal.standing(), Ok(Standing::HalfDone { .. })));
    assert!(matches!(journal.intend(wanted("sign"), now), Err(Refused::Before(_))));
    let other = Wanted { run: "mysign-renew-2".into(), ahead: 0, ..wanted("activate") };
    assert!(matches!(journal.intend(other.clone(), now), Err(Refused::HalfDone(_))));
    journal.intend(Wanted { resumes: true, ..other }, now).expect("it resumes");

    state.keep_code_step(ACCOUNT, "otp", 7).expect("kept");
    state.keep_code_step(ACCOUNT, "otp", 5).expect("kept");
    assert_eq!(state.code_step(ACCOUNT, "otp").expect("read"), Some(7));
    assert_eq!(state.code_step("other", "otp").expect("read"), None);
    let run = PastRun {
        not_before: None,
        rehearsal: false,
        drift: Some(2),
        account: ACCOUNT.into(),
        flow: FLOW.into(),
        task: "renew".into(),
        verdict: Verdict::Unknown,
        started: now,
        took_ms: 1234,
        folder: "runs/1".into(),
    };
    state.add_run(&run).expect("kept");
    assert_eq!(state.runs(ACCOUNT, 5).expect("read"), [run]);
}

#[test]
fn two_intents_never_follow_the_same_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("state");
    let lock = lived_in(&base);
    let (one, other) = (State::open(&base, Timestamp::now()), State::open(&base, Timestamp::now()));
    let (one, other) = (one.expect("opened"), other.expect("opened"));
    let Ok(Standing::Unknown { intent, .. }) = Journal::of(&one, &lock, FLOW).standing() else { panic!("unknown") };
    one.add_intent(&intent, Some(intent.id)).expect("the first");
    other.add_intent(&intent, Some(intent.id)).expect_err("the second");
}

#[test]
fn a_bad_database_is_set_aside_whole_and_never_taken_for_not_done() {
    let spoil: [(&str, Spoil<'_>); 9] = [
        ("empty", &|base| fs::write(base.join("state.db"), "").expect("written")),
        ("cut short", &|base| {
            let file = fs::OpenOptions::new().write(true).open(base.join("state.db")).expect("there");
            file.set_len(5000).expect("cut");
        }),
        ("text", &|base| fs::write(base.join("state.db"), "caff\u{e8} ".repeat(3000)).expect("written")),
        ("not UTF-8", &|base| fs::write(base.join("state.db"), [0xff; 9000]).expect("written")),
        ("newer", &|base| damage(base, 60, &99u32.to_be_bytes())),
        ("another program's", &|base| damage(base, 68, b"abcd")),
        ("a page overwritten", &|base| damage(base, 4096, &[0x5a; 4096])),
        ("a bit turned in a value", &|base| {
            let bytes = fs::read(base.join("state.db")).expect("read");
            let at = bytes.windows(10).position(|part| part == b"2026-12-01").expect("the expiry");
            damage(base, at as u64 + 3, b"7");
        }),
        ("gone, its log left", &|base| {
            fs::rename(base.join("state.db"), base.join("state.db-wal")).expect("renamed");
        }),
    ];
    for (what, spoil) in spoil {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let lock = lived_in(&base);
        for round in 1..=2 {
            spoil(&base);
            let part = if what.starts_with("gone") { "state.db-wal" } else { "state.db" };
            let before = fs::read(base.join(part)).expect("read");
            let state = State::open(&base, Timestamp::now()).expect("opened");
            let said = state.set_aside().unwrap_or_else(|| panic!("{what}: nothing was set aside")).to_owned();
            assert!(said.ends_with(&format!("it was set aside as `state.db.set-aside-{round}`")), "{what}: {said}");
            let aside = part.replace("state.db", &format!("state.db.set-aside-{round}"));
            assert_eq!(fs::read(base.join(aside)).expect("kept"), before, "{what}");
            drop(state);
            assert!(matches!(standing(&base, &lock), Standing::HistoryLost { .. }), "{what}");
            let state = State::open(&base, Timestamp::now()).expect("opened");
            let refused = Journal::of(&state, &lock, FLOW).intend(wanted("sign"), Timestamp::now());
            assert!(matches!(refused, Err(Refused::HistoryLost(_))), "{what}");
            // Something to find in the next round.
            let Standing::HistoryLost { since } = standing(&base, &lock) else { panic!("lost") };
            let reading = Reading { at: since, expiry: date(2026, 12, 1), certificate: None, half_done: None };
            Journal::of(&state, &lock, FLOW).read(&reading).expect("kept");
        }
    }
}

#[test]
fn a_log_that_is_cut_keeps_what_was_written_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("state");
    let lock = lived_in(&base);
    let state = State::open(&base, Timestamp::now()).expect("opened");
    let Ok(Standing::Unknown { intent, .. }) = Journal::of(&state, &lock, FLOW).standing() else { panic!("unknown") };
    // Somebody reads, so that the log is not emptied into the database.
    let reader = rusqlite::Connection::open(base.join("state.db")).expect("opened");
    reader.execute_batch("BEGIN").expect("begun");
    let read: u32 = reader.query_row("SELECT count(*) FROM intents", [], |row| row.get(0)).expect("read");
    assert_eq!(read, 1);
    let log = || fs::metadata(base.join("state.db-wal")).map_or(0, |log| log.len());
    // So many intents are safe when the log is this long.
    let mut safe = vec![(log(), 1)];
    let mut previous = intent.id;
    for number in 2..=3 {
        previous = state.add_intent(&intent, Some(previous)).expect("kept");
        safe.push((log(), number));
    }
    let (database, whole) = (fs::read(base.join("state.db")), fs::read(base.join("state.db-wal")));
    let (database, whole) = (database.expect("the database"), whole.expect("the log"));
    assert!(safe.windows(2).all(|pair| pair[0].0 < pair[1].0), "each write makes it longer: {safe:?}");
    for cut in (0..=whole.len()).rev().step_by(331) {
        for tail in ["gone", "noise"] {
            let copy = folder.path().join(format!("{cut}-{tail}"));
            drop(State::open(&copy, Timestamp::now()).expect("made"));
            fs::write(copy.join("state.db"), &database).expect("copied");
            let mut left = whole[..cut].to_vec();
            if tail == "noise" {
                left.extend((cut..whole.len()).map(|at| at.wrapping_mul(0x9e37_79b9).to_le_bytes()[2]));
            }
            fs::write(copy.join("state.db-wal"), left).expect("copied");
            fs::set_permissions(copy.join("state.db-wal"), Permissions::from_mode(0o600)).expect("its owner's");
            let opened = State::open(&copy, Timestamp::now()).expect("opened");
            assert_eq!(opened.set_aside(), None, "{cut} {tail}");
            let found = opened.past(ACCOUNT, FLOW).expect("read").intents.len();
            let least = safe.iter().rev().find(|(length, _)| *length <= cut as u64).map_or(1, |(_, number)| *number);
            assert!(found >= least, "cut at {cut} ({tail}): {found} of {least} intents; {safe:?}");
            drop(opened);
            fs::remove_dir_all(copy).expect("removed");
        }
    }
}

#[test]
fn a_deleted_database_and_a_creation_that_was_cut_are_missed() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("state");
    let lock = lived_in(&base);
    fs::remove_file(base.join("state.db")).expect("removed");
    assert!(matches!(standing(&base, &lock), Standing::HistoryLost { .. }));
    // As if the power had gone after the old one was set aside, and a new one half made.
    fs::rename(base.join("state.db"), base.join("state.db.set-aside-1")).expect("renamed");
    fs::write(base.join("state.db.new"), "half").expect("written");
    fs::set_permissions(base.join("state.db.new"), Permissions::from_mode(0o600)).expect("changed");
    fs::write(base.join("state.lock"), "").expect("emptied");
    assert!(matches!(standing(&base, &lock), Standing::HistoryLost { .. }));
    let fresh = folder.path().join("fresh");
    let lock = Lock::take(&fresh, ACCOUNT, "run", Timestamp::now()).expect("free");
    assert_eq!(standing(&fresh, &lock), Standing::Clear);
}

#[test]
fn a_state_that_others_may_touch_or_nobody_can_write_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("state");
    drop(lived_in(&base));
    let refused = |what: &str| {
        let said = State::open(&base, Timestamp::now()).expect_err(what).to_string();
        assert!(said.contains("nothing was started") && said.contains("mode 0700"), "{said}");
    };
    for (path, bad, good) in [(base.join("state.db"), 0o644, 0o600), (base.clone(), 0o755, 0o700)] {
        fs::set_permissions(&path, Permissions::from_mode(bad)).expect("changed");
        refused("others may read it");
        fs::set_permissions(&path, Permissions::from_mode(good)).expect("changed");
    }
    fs::rename(base.join("state.db"), base.join("elsewhere")).expect("renamed");
    symlink(base.join("elsewhere"), base.join("state.db")).expect("a link");
    refused("a link");
    if rustix::process::geteuid().is_root() {
        println!("left out: a directory without the right to write, which does not hold for root");
        return;
    }
    fs::remove_file(base.join("state.db")).expect("removed");
    fs::set_permissions(&base, Permissions::from_mode(0o500)).expect("changed");
    refused("nobody can write");
    fs::set_permissions(&base, Permissions::from_mode(0o700)).expect("changed");
}

#[test]
fn many_may_open_and_make_the_state_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("state");
    for spoilt in [false, true] {
        if spoilt {
            damage(&base, 0, b"nothing");
        }
        let barrier = Barrier::new(8);
        let aside = Mutex::new(0);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (base, barrier, aside) = (&base, &barrier, &aside);
                scope.spawn(move || {
                    barrier.wait();
                    let state = State::open(base, Timestamp::now()).expect("opened");
                    *aside.lock().expect("whole") += u32::from(state.set_aside().is_some());
                    state.keep_code_step(&format!("account {number}"), "otp", 1).expect("kept");
                });
            }
        });
        assert_eq!(*aside.lock().expect("whole"), u32::from(spoilt));
        let state = State::open(&base, Timestamp::now()).expect("opened");
        assert!((0..8).all(|number| state.code_step(&format!("account {number}"), "otp").expect("read") == Some(1)));
    }
}

// --- processes ------------------------------------------------------------------------------------------------------

/// Starts this test binary again as a child that does one thing.
fn child(what: &str, base: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command.args(["--exact", "as_a_child", "--nocapture"]).env("JOURNAL_CHILD", what).env("JOURNAL_STATE", base);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
    let said = BufReader::new(child.stdout.take().expect("piped"));
    (child, said)
}

/// The first line that the child itself writes.
fn heard(said: &mut BufReader<ChildStdout>) -> String {
    let mut lines = said.lines().map(|line| line.expect("text"));
    let mark = |line: String| line.split_once("child: ").map(|(_, said)| said.to_owned());
    lines.find_map(mark).expect("the child speaks")
}

#[test]
fn as_a_child() {
    let Ok(what) = std::env::var("JOURNAL_CHILD") else { return };
    let base = std::env::var_os("JOURNAL_STATE").expect("a directory");
    let base = Path::new(&base);
    let now = Timestamp::now();
    let lock = match Lock::take(base, ACCOUNT, "renew", now) {
        Ok(lock) => lock,
        Err(LockError::Busy { .. }) => return println!("child: busy"),
        Err(other) => panic!("{other}"),
    };
    if what == "intend" {
        let state = State::open(base, now).expect("opened");
        Journal::of(&state, &lock, FLOW).intend(wanted("sign"), now).expect("allowed");
        println!("child: intended");
        std::thread::park();
    }
    println!("child: won");
    let _ended = std::io::stdin().read(&mut [0]);
}

#[test]
fn an_intent_survives_the_death_of_its_process_and_the_lock_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..10 {
        let base = folder.path().join(round.to_string());
        let (mut child, mut said) = child("intend", &base);
        assert_eq!(heard(&mut said), "intended");
        let busy = Lock::take(&base, ACCOUNT, "run", Timestamp::now()).expect_err("held").to_string();
        assert!(busy.contains(&format!("in use by `renew` (pid {})", child.id())), "{busy}");
        child.kill().expect("killed");
        child.wait().expect("ended");
        let lock = Lock::take(&base, ACCOUNT, "run", Timestamp::now()).expect("free again");
        let Standing::Unknown { intent, .. } = standing(&base, &lock) else { panic!("the intent is lost") };
        assert_eq!(intent.key, wanted("sign").key);
    }
}

#[test]
fn of_twenty_threads_and_twenty_processes_one_gets_the_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("state");
    let barrier = Barrier::new(20);
    let won = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                barrier.wait();
                match Lock::take(&base, ACCOUNT, "run", Timestamp::now()) {
                    Ok(lock) => won.lock().expect("whole").push(lock),
                    Err(LockError::Busy { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            });
        }
    });
    assert_eq!(won.into_inner().expect("whole").len(), 1);

    let mut children: Vec<_> = (0..20).map(|_| child("lock", &base)).collect();
    let said: Vec<String> = children.iter_mut().map(|(_, said)| heard(said)).collect();
    assert_eq!(said.iter().filter(|said| *said == "won").count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| *said == "busy").count(), 19, "{said:?}");
    for (mut child, _) in children {
        drop(child.stdin.take());
        child.wait().expect("ended");
    }
}

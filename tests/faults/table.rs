//! The table: every fault of faults.md §5, the points at which it is played, and what must come of it.

use rinnova::practice::FaultKind;
use rinnova::practice::PinField::{Number, NumberWhenLeft, Short};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};
use rinnova::settings::BrowserName::Chromium;
use rustix::process::Signal;

use crate::cell::{Act, Cell, Finally, Launched, Row, Victim};
use crate::point::Point::{P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12};
use crate::point::{AFTER_COMMIT, ALL, BEFORE_COMMIT, BETWEEN, COMMITS};
use crate::wreck::Wreck;

/// What a run that is broken at this point ends with.
fn broken(cell: &Cell) -> &'static [i32] {
    cell.point.broken()
}

/// Chromium is spoken to past its driver, whose death a run survives.
fn driver_dies(cell: &Cell) -> &'static [i32] {
    if cell.browser == Chromium { &[0] } else { cell.point.broken() }
}

fn killed(_: &Cell) -> &'static [i32] {
    &[-9]
}

fn terminated(cell: &Cell) -> &'static [i32] {
    if cell.point >= P7 { &[3] } else { &[143] }
}

fn interrupted(cell: &Cell) -> &'static [i32] {
    if cell.point >= P7 { &[3] } else { &[130] }
}

/// The signal is heard once the answer is there. Of the last commit only the new expiry says that it took place.
fn after_the_answer(cell: &Cell) -> &'static [i32] {
    if cell.point >= P11 { &[4] } else { &[3] }
}

fn done(_: &Cell) -> &'static [i32] {
    &[0]
}

fn failed(_: &Cell) -> &'static [i32] {
    &[1]
}

fn invalid(_: &Cell) -> &'static [i32] {
    &[2]
}

fn unknown(_: &Cell) -> &'static [i32] {
    &[4]
}

fn person(_: &Cell) -> &'static [i32] {
    &[3]
}

/// The page is not what it should be; after the first commit that leaves a renewal half done.
fn changed(cell: &Cell) -> &'static [i32] {
    if cell.point >= P9 { &[3] } else { &[5] }
}

/// Whether a network or the portal itself led elsewhere cannot be known; nothing is typed there.
fn led_elsewhere(cell: &Cell) -> &'static [i32] {
    if cell.point >= P7 { &[4] } else { &[1, 5] }
}

/// Nothing more can be opened: at first no file, then no folder of the run, and at the end nothing is missing.
fn closed_in(cell: &Cell) -> &'static [i32] {
    match cell.point {
        P3 => &[1],
        P7 => &[3],
        _ => &[0],
    }
}

/// A page that never gets its data looks like one that has changed, as long as the portal answers otherwise.
fn too_slow(cell: &Cell) -> &'static [i32] {
    if cell.portal == MiaFirma { &[1, 5] } else { &[1] }
}

fn refused(_: &Cell) -> &'static [i32] {
    &[8]
}

fn too_late(_: &Cell) -> &'static [i32] {
    &[7]
}

/// A PIN that is another one as a number.
const LEADING_ZERO: &str = "01980131";

const ROW: Row = Row {
    fault: "",
    what: "",
    points: ALL,
    account: "u01",
    act: Act::Clock(0),
    first: broken,
    finally: Finally::Renewed,
    only: None,
};

const DRIVER: Victim = Victim::Driver;
const BROWSER: Victim = Victim::Browser;
const TOOL: Victim = Victim::Tool;

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    Row { fault: "F1", what: "the driver dies", points: BETWEEN, act: Act::SendSlowly(DRIVER, Signal::KILL), first: driver_dies, ..ROW },
    Row { fault: "F2", what: "the driver dies under a commit", points: BEFORE_COMMIT, act: Act::SendSlowly(DRIVER, Signal::KILL), first: driver_dies, ..ROW },
    Row { fault: "F3", what: "the driver dies after a commit", points: AFTER_COMMIT, act: Act::SendSlowly(DRIVER, Signal::KILL), first: driver_dies, ..ROW },
    Row { fault: "F4", what: "the browser dies", act: Act::Send(BROWSER, Signal::KILL), ..ROW },
    Row { fault: "F5", what: "the browser freezes", act: Act::Send(BROWSER, Signal::STOP), ..ROW },
    Row { fault: "F6a", what: "the driver ends at once", points: &[P1], act: Act::Launched(Launched::DriverEnds), first: failed, ..ROW },
    Row { fault: "F6b", what: "the driver is another program", points: &[P1], act: Act::Launched(Launched::DriverBabbles), first: failed, ..ROW },
    Row { fault: "F7", what: "the tool is killed", act: Act::Send(TOOL, Signal::KILL), first: killed, ..ROW },
    Row { fault: "F8a", what: "SIGTERM", points: BETWEEN, act: Act::Send(TOOL, Signal::TERM), first: terminated, ..ROW },
    Row { fault: "F8b", what: "SIGINT", points: &[P1, P3, P6, P10], act: Act::Send(TOOL, Signal::INT), first: interrupted, ..ROW },
    Row { fault: "F9", what: "SIGTERM under a commit", points: COMMITS, act: Act::SendSlowly(TOOL, Signal::TERM), first: after_the_answer, ..ROW },
    Row { fault: "F10", what: "the power fails", act: Act::Wrecked(Wreck::PowerLost), first: killed, ..ROW },
    Row { fault: "F10b", what: "the power fails, and the log is lost", points: &[P9, P10], act: Act::Wrecked(Wreck::LogLost), first: killed, only: Some(FirmaRemota), ..ROW },
    Row { fault: "F11", what: "500", points: &[P2, P3, P9], act: Act::Once(FaultKind::InternalError, None), ..ROW },
    Row { fault: "F12", what: "500 under a commit", points: COMMITS, act: Act::Once(FaultKind::InternalError, None), first: unknown, ..ROW },
    Row { fault: "F13a", what: "503 and Retry-After", act: Act::Once(FaultKind::Unavailable, Some(600)), ..ROW },
    Row { fault: "F13b", what: "maintenance under 200", act: Act::Once(FaultKind::Maintenance, None), ..ROW },
    Row { fault: "F13c", what: "502 from a proxy", points: &[P2, P3, P7, P8], act: Act::Once(FaultKind::BadGateway, None), ..ROW },
    Row { fault: "F14a", what: "slow", points: &[P1, P2, P3, P7, P11], act: Act::Once(FaultKind::Latency, Some(5000)), first: done, ..ROW },
    Row { fault: "F14b", what: "in drops", points: &[P1, P3, P8, P12], act: Act::Once(FaultKind::SlowDrip, Some(5000)), first: done, ..ROW },
    Row { fault: "F14c", what: "too slow", points: &[P1, P2, P3], act: Act::Once(FaultKind::Latency, Some(40_000)), first: too_slow, ..ROW },
    Row { fault: "F15", what: "no answer, ever", points: COMMITS, act: Act::Once(FaultKind::Hang, None), first: unknown, ..ROW },
    Row { fault: "F16a", what: "the network is cut", act: Act::Onward(FaultKind::ResetBeforeCommit), ..ROW },
    Row { fault: "F16b", what: "no such host", points: &[P1], act: Act::Launched(Launched::NoSuchHost), first: failed, ..ROW },
    Row { fault: "F16c", what: "nobody answers", points: &[P1], act: Act::Launched(Launched::NobodyAnswers), first: failed, ..ROW },
    Row { fault: "F16d", what: "a bad certificate", points: &[P1], act: Act::Launched(Launched::BadCertificate), first: failed, ..ROW },
    Row { fault: "F16e", what: "a captive network", points: &[P1, P3, P7], act: Act::Once(FaultKind::Captive, None), first: led_elsewhere, ..ROW },
    Row { fault: "F17", what: "reset before the commit", points: BEFORE_COMMIT, act: Act::Each(FaultKind::ResetBeforeCommit), first: unknown, ..ROW },
    Row { fault: "F18a", what: "reset after the commit", points: AFTER_COMMIT, act: Act::Once(FaultKind::ResetAfterCommit, None), first: unknown, ..ROW },
    Row { fault: "F18b", what: "half an answer", points: AFTER_COMMIT, act: Act::Once(FaultKind::Truncate, None), first: unknown, ..ROW },
    Row { fault: "F19", what: "the session expires", points: &[P4, P5, P6, P9], act: Act::Once(FaultKind::SessionExpired, None), ..ROW },
    Row { fault: "F20", what: "a second login", points: &[P3, P4, P5, P7, P9, P11], act: Act::Once(FaultKind::SecondLogin, None), ..ROW },
    Row { fault: "F21a", what: "the portal is 40 s ahead", points: &[P6], account: "u02", act: Act::Clock(40), first: invalid, ..ROW },
    Row { fault: "F21b", what: "the portal is 40 s behind", points: &[P6], account: "u02", act: Act::Clock(-40), first: invalid, ..ROW },
    Row { fault: "F21c", what: "the portal is an hour ahead", points: &[P6], account: "u02", act: Act::Clock(3600), first: invalid, ..ROW },
    Row { fault: "F21d", what: "the portal's clock is not set", points: &[P3], act: Act::Knobs(|knobs| knobs.date_skew_s = -1_700_000_000), first: invalid, finally: Finally::Same, ..ROW },
    Row { fault: "F23a", what: "the code is refused", points: BEFORE_COMMIT, act: Act::Once(FaultKind::CodeRefused, None), first: person, ..ROW },
    Row { fault: "F23b", what: "the code is too old", points: BEFORE_COMMIT, act: Act::Once(FaultKind::CodeExpired, None), first: person, ..ROW },
    Row { fault: "F23c", what: "the message is late", points: &[P6, P10], act: Act::Once(FaultKind::LateSms, Some(3000)), first: done, ..ROW },
    Row { fault: "F23d", what: "an old message comes first", points: &[P6, P10], act: Act::Once(FaultKind::OldSms, Some(3000)), first: done, ..ROW },
    Row { fault: "F23e", what: "the code is refused each time", points: &[P7], act: Act::Each(FaultKind::CodeRefused), first: person, finally: Finally::Frozen, ..ROW },
    Row { fault: "F24", what: "two codes of one seed", points: &[P10], account: "u02", first: done, ..ROW },
    Row { fault: "F25a", what: "nobody gives the code", points: &[P6], act: Act::Launched(Launched::NobodyThere), first: person, ..ROW },
    Row { fault: "F25b", what: "nobody gives the second code", points: &[P10], act: Act::Launched(Launched::NobodyAnyMore), first: person, ..ROW },
    Row { fault: "F26", what: "a wrong password is kept", points: &[P2], account: "u18", first: refused, finally: Finally::LeftAlone, ..ROW },
    Row { fault: "F27", what: "a wrong PIN is kept", points: &[P5], act: Act::Launched(Launched::WrongPin), first: refused, finally: Finally::Same, ..ROW },
    Row { fault: "F28", what: "the password is too old", points: &[P2], account: "u08", first: person, finally: Finally::Same, ..ROW },
    Row { fault: "F29a", what: "not due", points: &[P3], account: "u04", first: done, finally: Finally::Same, ..ROW },
    Row { fault: "F29b", what: "renewed already", points: &[P3], account: "u11", first: done, finally: Finally::Same, ..ROW },
    Row { fault: "F29c", what: "expired", points: &[P3], account: "u05", first: too_late, finally: Finally::Same, ..ROW },
    Row { fault: "F29d", what: "suspended", points: &[P3], account: "u16", first: too_late, finally: Finally::Same, ..ROW },
    Row { fault: "F29e", what: "renewed once before", points: &[P3], account: "u14", first: too_late, finally: Finally::Same, ..ROW },
    Row { fault: "F30", what: "the data have changed", points: &[P4], account: "u13", first: person, finally: Finally::Same, ..ROW },
    Row { fault: "F30b", what: "a new consent", points: &[P4], act: Act::Knobs(|knobs| knobs.new_consent = true), first: person, finally: Finally::Same, ..ROW },
    Row { fault: "F31", what: "no room to write a commit down", points: &[P6, P10], act: Act::DiskFull, ..ROW },
    Row { fault: "F34a", what: "the state is empty", points: &[P8], act: Act::Wrecked(Wreck::Empty), first: killed, ..ROW },
    Row { fault: "F34b", what: "half of the state is gone", points: &[P12], act: Act::Wrecked(Wreck::Half), first: killed, ..ROW },
    Row { fault: "F34c", what: "bits of the state have flipped", points: &[P7, P12], act: Act::Wrecked(Wreck::Flipped), first: killed, ..ROW },
    Row { fault: "F34d", what: "a later build wrote the state", points: &[P11], act: Act::Wrecked(Wreck::Newer), first: killed, ..ROW },
    Row { fault: "F34e", what: "the state is noise", points: &[P8], act: Act::Wrecked(Wreck::Noise), first: killed, ..ROW },
    Row { fault: "F34f", what: "the state is gone", points: &[P8, P12], act: Act::Wrecked(Wreck::Gone), first: killed, ..ROW },
    Row { fault: "F37", what: "other names at each load", points: &[P1], act: Act::Knobs(|knobs| knobs.random_ids = true), first: done, only: Some(MiaFirma), ..ROW },
    Row { fault: "F38", what: "the cookie banner is late", points: &[P4], act: Act::Knobs(|knobs| knobs.banner_delay_ms = 1200), first: done, ..ROW },
    Row { fault: "F40a", what: "the PIN's field takes a number", points: &[P5], act: Act::Fields(|knobs| knobs.pin_field = Number, Some(("pin", LEADING_ZERO))), first: changed, ..ROW },
    Row { fault: "F40b", what: "the new PIN's field takes a number", points: &[P9], act: Act::Fields(|knobs| knobs.new_pin_field = Number, Some(("new_pin", LEADING_ZERO))), first: changed, ..ROW },
    Row { fault: "F40c", what: "the PIN's field is short", points: &[P5], act: Act::Fields(|knobs| knobs.pin_field = Short, None), first: changed, ..ROW },
    Row { fault: "F40d", what: "the new PIN's field is short", points: &[P9], act: Act::Fields(|knobs| knobs.new_pin_field = Short, None), first: changed, ..ROW },
    Row { fault: "F40e", what: "the PIN's field alters it when left", points: &[P5], act: Act::Fields(|knobs| knobs.pin_field = NumberWhenLeft, Some(("pin", LEADING_ZERO))), first: changed, ..ROW },
    Row { fault: "F40e", what: "the new PIN's field alters it when left", points: &[P9], act: Act::Fields(|knobs| knobs.new_pin_field = NumberWhenLeft, Some(("new_pin", LEADING_ZERO))), first: changed, ..ROW },
    Row { fault: "F40f", what: "fields of numbers that alter nothing", points: &[P5], act: Act::Fields(|knobs| (knobs.pin_field, knobs.new_pin_field) = (Number, NumberWhenLeft), None), first: done, ..ROW },
    Row { fault: "F41a", what: "done, it says, and is not", points: &[P12], act: Act::Once(FaultKind::SoftError, None), first: unknown, ..ROW },
    Row { fault: "F41b", what: "signed, it says, and is not", points: &[P8], act: Act::Once(FaultKind::SoftError, None), first: person, finally: Finally::ByPerson, ..ROW },
    Row { fault: "F42", what: "the result says it otherwise", points: &[P12], act: Act::Knobs(|knobs| knobs.success_text = "Operazione conclusa".into()), first: unknown, ..ROW },
    Row { fault: "F43", what: "issued with the old expiry", points: &[P12], act: Act::Knobs(|knobs| knobs.issued_days = Some(0)), first: unknown, finally: Finally::NeverKnown, ..ROW },
    Row { fault: "F46", what: "no more files can be opened", points: &[P3, P7, P11], act: Act::NoMoreFiles, first: closed_in, ..ROW },
    Row { fault: "F47", what: "an address that leads to itself", points: &[P1, P3], act: Act::Onward(FaultKind::RedirectLoop), ..ROW },
    Row { fault: "F48", what: "a program gives no password", points: &[P1], act: Act::Launched(Launched::NoPassword), first: invalid, ..ROW },
];

/// Played in every test run: some of each kind, within a minute. A browser that dies under a commit is in `tests/signals.rs`.
#[rustfmt::skip]
pub(crate) const ALWAYS: &[&str] = &[
    "F7@P8/A", "F17@P7/B", "F18a@P12/A", "F23a@P11/B", "F40e@P9/B", "F43@P12/B",
];

/// Faults that other tests play: the fault, the file, and the test in it.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("F6c", "tests/faulty_input.rs", "a_driver_of_another_version"),
    ("F6d", "tests/faulty_input.rs", "a_port_that_is_taken"),
    ("F10", "tests/journal.rs", "whatever_is_cut_nothing_takes_effect_twice_and_nothing_untrue_is_decided"),
    ("F10", "tests/journal.rs", "a_log_that_is_cut_keeps_what_was_written_before"),
    ("F22", "src/runner/window.rs", "the_window_opens_and_closes_to_the_second_in_rome"),
    ("F22", "tests/ways.rs", "the_portals_own_date_decides"),
    ("F32", "tests/faulty_input.rs", "a_disk_that_fills_up_changes_no_verdict"),
    ("F33", "tests/journal.rs", "a_state_that_others_may_touch_or_nobody_can_write_is_refused"),
    ("F33", "tests/renew.rs", "a_state_that_cannot_be_used_stops_before_a_browser"),
    ("F34", "tests/journal.rs", "a_bad_database_is_set_aside_whole_and_never_taken_for_not_done"),
    ("F35", "tests/renew.rs", "of_twenty_at_once_one_works"),
    ("F39", "tests/presses.rs", "another_button_in_its_place"),
    ("F40", "tests/page.rs", "fields_are_filled_and_read_back"),
    ("F21", "tests/ways.rs", "a_wrong_clock_sends_no_code"),
    ("F44", "src/renewal/hooks.rs", "a_failing_and_a_hanging_hook_are_told_without_secrets"),
    ("F45", "tests/notify.rs", "what_cannot_be_delivered_waits_and_one_way_does_not_hold_up_another"),
    ("F47", "tests/hostile.rs", "a_page_without_end_holds_no_run"),
    ("F47", "tests/hostile.rs", "a_form_that_goes_elsewhere_gets_none"),
    ("F50", "tests/signals.rs", "what_a_killed_run_leaves_is_swept_by_the_next"),
    ("F50", "tests/signals.rs", "the_folder_of_a_living_run_is_not_swept"),
];

/// Faults that have no cell here, and why.
pub(crate) const LEFT_OUT: &[(&str, &str)] =
    &[("F46", "a shared memory that is too small: it is one for the whole machine, and other runs stand on it")];

//! One cell of the matrix: a fault at a point of a portal, what must come of it, and what was seen.

use rinnova::practice::{FaultKind, Knobs, Portal};
use rinnova::settings::BrowserName;
use rustix::process::Signal;

use crate::aftermath::Told;
use crate::point::Point;
use crate::wreck::Wreck;

/// What is done to the run.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// The portal does this at the point, once.
    Once(FaultKind, Option<u64>),
    /// The portal does this at each request from the point on.
    Onward(FaultKind),
    /// The portal does this whenever the point's request comes.
    Each(FaultKind),
    /// While the portal holds the point's request, this signal is sent to this part of the run.
    Send(Victim, Signal),
    /// The same, and the portal answers after a while.
    SendSlowly(Victim, Signal),
    /// The portal is so from the beginning.
    Knobs(fn(&mut Knobs)),
    /// The portal's fields for a PIN are so, and perhaps this input has this value: in the run that meets the fault.
    Fields(fn(&mut Knobs), Option<(&'static str, &'static str)>),
    /// The run is told this on its command line, or in its surroundings or settings.
    Launched(Launched),
    /// The tool is killed while the portal holds the point's request, and then this befalls its state.
    Wrecked(Wreck),
    /// While the portal holds the point's request, the disk of the state becomes full.
    DiskFull,
    /// While the portal holds the point's request, the tool may open no more files.
    NoMoreFiles,
    /// The portal's clock stands so many seconds from the machine's.
    Clock(i64),
}

/// How a run is launched otherwise than as it should be.
#[derive(Clone, Copy)]
pub(crate) enum Launched {
    /// Nobody gives the first code.
    NobodyThere,
    /// Nobody gives the second code.
    NobodyAnyMore,
    /// The PIN is another one.
    WrongPin,
    /// The program that gives the password fails.
    NoPassword,
    /// The driver is a program that ends at once.
    DriverEnds,
    /// The driver is a program that says nothing it should.
    DriverBabbles,
    /// The portal's name is known to nobody.
    NoSuchHost,
    /// Nobody answers at the portal's address.
    NobodyAnswers,
    /// The portal's certificate is signed by nobody.
    BadCertificate,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Driver,
    Browser,
    Tool,
}

/// What must come of it in the end, once the fault is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finally {
    /// One request is signed and one certificate issued, and the tool knows it.
    Renewed,
    /// It is refused once more, and after that nothing is typed any more; nothing is signed.
    Frozen,
    /// Whatever is run after it, the portal sees no more logins than one, and nothing is signed.
    LeftAlone,
    /// It ends as before, and nothing is signed.
    Same,
    /// The tool says that it does not know, until a person has looked and said so; then as `Renewed`.
    ByPerson,
    /// One request is signed and one certificate issued, and the tool says that it does not know.
    NeverKnown,
}

/// One line of the table: a fault, and the points at which it is played.
pub(crate) struct Row {
    pub(crate) fault: &'static str,
    pub(crate) what: &'static str,
    pub(crate) points: &'static [Point],
    /// The holder: u01 unless the fault needs another.
    pub(crate) account: &'static str,
    pub(crate) act: Act,
    /// The exit codes that the first run may end with; killed by a signal counts negative.
    pub(crate) first: fn(&Cell) -> &'static [i32],
    pub(crate) finally: Finally,
    /// Only on this portal, where the other has no such thing.
    pub(crate) only: Option<Portal>,
}

/// One cell.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) row: &'static Row,
    pub(crate) point: Point,
    pub(crate) portal: Portal,
    pub(crate) browser: BrowserName,
}

impl Cell {
    /// Whether the run that meets the fault mostly waits for an answer that does not come.
    pub(crate) fn waits(&self) -> bool {
        match self.row.fault.trim_end_matches(char::is_alphabetic) {
            "F5" | "F12" | "F15" | "F16" | "F17" | "F18" | "F21" | "F24" | "F41" | "F42" | "F47" => true,
            "F13" | "F20" => self.point >= Point::P7,
            _ => self.row.fault == "F14c",
        }
    }

    /// Its name: `F7@P8/B`.
    pub(crate) fn name(&self) -> String {
        let portal = if self.portal == Portal::MiaFirma { 'A' } else { 'B' };
        format!("{}@{:?}/{portal}", self.row.fault, self.point)
    }
}

/// What was seen of a cell.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How each run ended.
    pub(crate) told: Vec<Told>,
    /// What was against the rules.
    pub(crate) against: Vec<String>,
    /// Why it cannot be played on this machine, if it cannot.
    pub(crate) unplayed: Option<&'static str>,
    pub(crate) seconds: u64,
}

impl Seen {
    pub(crate) fn words(&self) -> String {
        let runs: Vec<String> = self.told.iter().map(|told| format!("{} {}", told.verb, told.code)).collect();
        runs.join(", ")
    }
}

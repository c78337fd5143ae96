//! The twelve places of a renewal at which something may go wrong (faults.md §5), and the request of each portal that
//! stands for each.

use rinnova::practice::Portal::{self, FirmaRemota, MiaFirma};
use rinnova::practice::{Fault, FaultKind};

/// A place in a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// Before the login.
    P1,
    /// The login is sent.
    P2,
    /// The home page.
    P3,
    /// The renewal's own page.
    P4,
    /// The PIN was typed.
    P5,
    /// The first code was asked for.
    P6,
    /// The first commit was sent, and not yet carried out.
    P7,
    /// The first commit was carried out, and not yet answered.
    P8,
    /// The second half begins.
    P9,
    /// The second code was asked for.
    P10,
    /// The second commit was sent, and not yet carried out.
    P11,
    /// The second commit was carried out, and not yet answered.
    P12,
}

use Point::{P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12};

pub(crate) const ALL: &[Point] = &[P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12];
/// Nothing that cannot be undone is under way.
pub(crate) const BETWEEN: &[Point] = &[P1, P2, P3, P4, P5, P6, P9, P10];
/// Something is sent and not carried out.
pub(crate) const BEFORE_COMMIT: &[Point] = &[P7, P11];
/// Something is carried out and not answered.
pub(crate) const AFTER_COMMIT: &[Point] = &[P8, P12];
pub(crate) const COMMITS: &[Point] = &[P7, P8, P11, P12];

/// Which request it is: the nth to a route, before or after it is carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) route: &'static str,
    pub(crate) nth: u32,
    pub(crate) after: bool,
}

impl Request {
    /// This fault at this request.
    pub(crate) fn fault(self, kind: FaultKind) -> Fault {
        let after = self.after && kind.may_come_after();
        Fault { nth: self.nth, after, ..Fault::at(self.route, kind) }
    }
}

impl Point {
    /// The request that stands for it; none where the portal gets no request at this place.
    pub(crate) fn on(self, portal: Portal) -> Option<Request> {
        let (route, nth, after) = match (portal, self) {
            (_, P1) => ("/", 1, false),
            (MiaFirma, P2) => ("/api/accesso", 1, false),
            (MiaFirma, P3) => ("/api/home", 1, false),
            (MiaFirma, P4) => ("/api/rinnovo", 1, false),
            (MiaFirma, P5) => ("/api/rinnovo/consensi", 1, false),
            (MiaFirma, P6) => ("/api/rinnovo/consensi", 1, true),
            (MiaFirma, P7) => ("/api/rinnovo/firma", 1, false),
            (MiaFirma, P8) => ("/api/rinnovo/firma", 1, true),
            (MiaFirma, P9) => ("/api/rinnovo/pin", 1, false),
            (MiaFirma, P10) => ("/api/rinnovo/pin", 1, true),
            (MiaFirma, P11) => ("/api/rinnovo/attiva", 1, false),
            (MiaFirma, P12) => ("/api/rinnovo/attiva", 1, true),
            (FirmaRemota, P2) => ("POST /gestione/Login.do", 1, false),
            // The first one leads to the login.
            (FirmaRemota, P3) => ("/gestione/Home.do", 2, false),
            (FirmaRemota, P4) => ("GET /gestione/RinnovoFirmaRemota.do", 1, false),
            // The PIN and the code are typed into one form and sent together.
            (FirmaRemota, P5) => return None,
            (FirmaRemota, P6) => ("POST /gestione/OtpCellulare.do", 1, true),
            (FirmaRemota, P7) => ("POST /gestione/RinnovoFirmaRemota.do", 1, false),
            (FirmaRemota, P8) => ("POST /gestione/RinnovoFirmaRemota.do", 1, true),
            (FirmaRemota, P9) => ("/gestione/RinnovoCompleta.do", 1, false),
            (FirmaRemota, P10) => ("POST /gestione/OtpCellulare.do", 2, true),
            (FirmaRemota, P11) => ("POST /gestione/Esito.do", 1, false),
            (FirmaRemota, P12) => ("POST /gestione/Esito.do", 1, true),
        };
        Some(Request { route, nth, after })
    }

    /// What a run that is broken here ends with (design.md §3): it failed, stands half done, or its outcome is unknown.
    pub(crate) fn broken(self) -> &'static [i32] {
        match self {
            P1 | P2 | P3 | P4 | P5 | P6 => &[1],
            P9 | P10 => &[3],
            P7 | P8 | P11 | P12 => &[4],
        }
    }
}

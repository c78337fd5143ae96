//! The faults: what may go wrong at one request, and the list of those that are to happen.
//!
//! A fault waits for its request, the nth of its route from the moment it was armed. What then happens stands in `mishap`.

use std::str::FromStr;

use http::Method;
use serde::{Deserialize, Serialize};

/// What goes wrong with one request (portals.md §1.5, Admin API, `faults`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes late; `value`: milliseconds, 1000 unless told.
    Latency,
    /// Status 500 and the portal's page for it.
    #[serde(rename = "500")]
    InternalError,
    /// Status 502, as from a proxy before the portal.
    #[serde(rename = "502")]
    BadGateway,
    /// Status 503 and the maintenance page; `value`: seconds of `Retry-After`, 3600 unless told.
    #[serde(rename = "503")]
    Unavailable,
    /// The maintenance page under status 200.
    Maintenance,
    /// No answer, ever.
    Hang,
    /// The connection breaks before anything was done.
    ResetBeforeCommit,
    /// All is done, and the connection breaks before a byte of the answer.
    ResetAfterCommit,
    /// The answer breaks off; `value`: bytes of its body that come, half of them unless told.
    Truncate,
    /// The body of the answer comes in drops; `value`: milliseconds until the last, 30,000 unless told.
    SlowDrip,
    /// Every session's time is over as the request comes.
    SessionExpired,
    /// The same user logs in from elsewhere as the request comes.
    SecondLogin,
    /// The portal says that it is done, and does nothing.
    SoftError,
    /// The code that comes with the request is refused as wrong.
    CodeRefused,
    /// The code that comes with the request is refused as too old.
    CodeExpired,
    /// The message that the request has sent arrives late; `value`: milliseconds, 2000 unless told.
    LateSms,
    /// An older message arrives at once and the right one after it; `value`: milliseconds between them, 2000 unless told.
    OldSms,
    /// Another origin answers, with a page that asks for the same things (portals.md §1.3, the origin "evil").
    Captive,
    /// The address leads to itself.
    RedirectLoop,
}

impl FaultKind {
    /// All of them, in order.
    pub const ALL: [Self; 19] = [
        Self::Latency,
        Self::InternalError,
        Self::BadGateway,
        Self::Unavailable,
        Self::Maintenance,
        Self::Hang,
        Self::ResetBeforeCommit,
        Self::ResetAfterCommit,
        Self::Truncate,
        Self::SlowDrip,
        Self::SessionExpired,
        Self::SecondLogin,
        Self::SoftError,
        Self::CodeRefused,
        Self::CodeExpired,
        Self::LateSms,
        Self::OldSms,
        Self::Captive,
        Self::RedirectLoop,
    ];

    /// Its name in the admin API and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::InternalError => "500",
            Self::BadGateway => "502",
            Self::Unavailable => "503",
            Self::Maintenance => "maintenance",
            Self::Hang => "hang",
            Self::ResetBeforeCommit => "reset_before_commit",
            Self::ResetAfterCommit => "reset_after_commit",
            Self::Truncate => "truncate",
            Self::SlowDrip => "slow_drip",
            Self::SessionExpired => "session_expired",
            Self::SecondLogin => "second_login",
            Self::SoftError => "soft_error",
            Self::CodeRefused => "code_refused",
            Self::CodeExpired => "code_expired",
            Self::LateSms => "late_sms",
            Self::OldSms => "old_sms",
            Self::Captive => "captive",
            Self::RedirectLoop => "redirect_loop",
        }
    }

    /// Whether it can also happen once the request is carried out.
    #[must_use]
    pub fn may_come_after(self) -> bool {
        matches!(
            self,
            Self::Latency | Self::InternalError | Self::BadGateway | Self::Unavailable | Self::Maintenance | Self::Hang
        )
    }
}

/// One fault: at which request, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The path of the request, perhaps with a method before it (`POST /gestione/Esito.do`); one that ends with `*` means
    /// every path that begins so; empty means every request.
    #[serde(default)]
    pub route: String,
    /// At the nth request to that route from now on; 0 means at each.
    #[serde(default)]
    pub nth: u32,
    /// What happens.
    pub kind: FaultKind,
    /// How long, how much: see the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
    /// The request is carried out first. For the kinds that could come either before or after.
    #[serde(default)]
    pub after: bool,
    /// From that request on it strikes every request, whatever its route. `reset_after_commit` carries out only the first.
    #[serde(default)]
    pub onward: bool,
}

impl Fault {
    /// A fault at the first request to a route.
    #[must_use]
    pub fn at(route: &str, kind: FaultKind) -> Self {
        Self { route: route.to_owned(), nth: 1, kind, value: None, after: false, onward: false }
    }

    /// The same with a value.
    #[must_use]
    pub fn of(self, value: u64) -> Self {
        Self { value: Some(value), ..self }
    }

    /// The same, once the request is carried out.
    #[must_use]
    pub fn after(self) -> Self {
        Self { after: true, ..self }
    }

    /// The same, at each request.
    #[must_use]
    pub fn each(self) -> Self {
        Self { nth: 0, ..self }
    }

    /// The same, and at every request after it.
    #[must_use]
    pub fn onward(self) -> Self {
        Self { onward: true, ..self }
    }

    fn concerns(&self, method: &Method, path: &str) -> bool {
        let (wanted, route) = match self.route.split_once(' ') {
            Some((method, route)) => (method, route.trim_start()),
            None => ("", self.route.as_str()),
        };
        let here = match route.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => route.is_empty() || route == path,
        };
        here && (wanted.is_empty() || wanted.eq_ignore_ascii_case(method.as_str()))
    }

    /// Refuses what would not mean anything.
    fn checked(self) -> Result<Self, FaultError> {
        let path = self.route.rsplit(' ').next().unwrap_or_default();
        if !(path.is_empty() || path.starts_with('/') || path == "*") {
            return Err(FaultError::Route(self.route));
        }
        if self.after && !self.kind.may_come_after() {
            return Err(FaultError::After(self.kind.name()));
        }
        Ok(self)
    }
}

/// Why a fault could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A part is no `name=value`.
    #[error("`{0}` is no `name=value`: write kind=500,route=/api/rinnovo,nth=1")]
    Part(String),
    /// A part has an unknown name.
    #[error("a fault has no `{0}`; it has kind, route, nth, value, after, onward")]
    Name(String),
    /// There is no kind.
    #[error("a fault wants a kind; there are: {known}", known = names())]
    NoKind,
    /// The kind is unknown.
    #[error("no fault is called `{0}`; there are: {known}", known = names())]
    Kind(String),
    /// A number is none.
    #[error("`{name}={value}` is no whole number")]
    Number {
        /// Of which part.
        name: String,
        /// What was written.
        value: String,
    },
    /// Neither yes nor no.
    #[error("`{name}={value}` is neither true nor false")]
    YesOrNo {
        /// Of which part.
        name: String,
        /// What was written.
        value: String,
    },
    /// The route is no path.
    #[error(
        "the route `{0}` is no path: write /api/rinnovo/firma, POST /gestione/Esito.do, or /gestione/* for all below it"
    )]
    Route(String),
    /// It cannot happen after the request is carried out.
    #[error("`{0}` has its own moment; `after` goes with latency, 500, 502, 503, maintenance, hang")]
    After(&'static str),
}

fn names() -> String {
    FaultKind::ALL.map(FaultKind::name).join(", ")
}

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads `kind=500,route=/api/rinnovo,nth=1`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut kind = None;
        let mut fault = Self::at("", FaultKind::Latency).each();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| FaultError::Part(part.to_owned()))?;
            let (name, value) = (name.trim(), value.trim());
            let yes_or_no = || FaultError::YesOrNo { name: name.to_owned(), value: value.to_owned() };
            let number = || FaultError::Number { name: name.to_owned(), value: value.to_owned() };
            match name {
                "kind" => {
                    let found = FaultKind::ALL.into_iter().find(|kind| kind.name() == value);
                    kind = Some(found.ok_or_else(|| FaultError::Kind(value.to_owned()))?);
                }
                "route" => value.clone_into(&mut fault.route),
                "nth" => fault.nth = value.parse().map_err(|_| number())?,
                "value" => fault.value = Some(value.parse().map_err(|_| number())?),
                "after" => fault.after = value.parse().map_err(|_| yes_or_no())?,
                "onward" => fault.onward = value.parse().map_err(|_| yes_or_no())?,
                other => return Err(FaultError::Name(other.to_owned())),
            }
        }
        fault.kind = kind.ok_or(FaultError::NoKind)?;
        fault.checked()
    }
}

/// A fault that is armed, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// The fault.
    pub fault: Fault,
    /// Requests to its route since it was armed.
    pub seen: u32,
    /// How often it has happened.
    pub played: u32,
}

/// The faults that are armed.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    /// Which arming this is: a request may still be under way from the one before.
    arming: u32,
}

/// A fault whose turn has come, at one request.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) fault: Fault,
    arming: u32,
    place: usize,
}

impl Faults {
    /// Arms these in place of those before.
    pub(crate) fn arm(&mut self, faults: Vec<Fault>) -> Result<(), FaultError> {
        let armed = |fault: Fault| Ok(Armed { fault: fault.checked()?, seen: 0, played: 0 });
        self.armed = faults.into_iter().map(armed).collect::<Result<_, FaultError>>()?;
        self.arming += 1;
        Ok(())
    }

    pub(crate) fn armed(&self) -> &[Armed] {
        &self.armed
    }

    /// Arms none.
    pub(crate) fn clear(&mut self) {
        self.armed.clear();
        self.arming += 1;
    }

    /// How often any of them has happened.
    pub(crate) fn played(&self) -> u32 {
        self.armed.iter().map(|armed| armed.played).sum()
    }

    /// Counts a request; the first fault whose turn it is.
    pub(crate) fn meet(&mut self, method: &Method, path: &str) -> Option<Due> {
        let mut due = None;
        let arming = self.arming;
        for (place, armed) in self.armed.iter_mut().enumerate() {
            let under_way = armed.fault.onward && armed.seen > 0 && armed.seen >= armed.fault.nth;
            if !under_way && !armed.fault.concerns(method, path) {
                continue;
            }
            armed.seen += 1;
            if due.is_none() && (under_way || armed.fault.nth == 0 || armed.fault.nth == armed.seen) {
                let mut fault = armed.fault.clone();
                if under_way && fault.kind == FaultKind::ResetAfterCommit {
                    fault.kind = FaultKind::ResetBeforeCommit;
                }
                due = Some(Due { fault, arming, place });
            }
        }
        due
    }

    /// It happens now.
    pub(crate) fn strike(&mut self, due: &Due) {
        if due.arming == self.arming {
            self.armed[due.place].played += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultError, FaultKind, Faults, Method};

    #[test]
    fn a_fault_is_written_as_it_is_read() {
        let fault: Fault = "kind=500,route=/api/rinnovo,nth=1".parse().unwrap();
        assert_eq!(fault, Fault::at("/api/rinnovo", FaultKind::InternalError));
        let fault: Fault = "kind=hang, route=POST /gestione/Esito.do, nth=2, after=true".parse().unwrap();
        assert_eq!((fault.nth, fault.after, fault.route.as_str()), (2, true, "POST /gestione/Esito.do"));
        assert_eq!("kind=latency,value=400".parse(), Ok(Fault::at("", FaultKind::Latency).each().of(400)));
        for kind in FaultKind::ALL {
            let json = serde_json::json!({ "kind": kind.name() });
            assert_eq!(serde_json::from_value::<Fault>(json).unwrap().kind, kind);
            assert_eq!(format!("kind={}", kind.name()).parse::<Fault>().unwrap().kind, kind);
        }
    }

    #[test]
    fn what_is_no_fault_is_told() {
        let told = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
        assert!(told("route=/api").starts_with("a fault wants a kind; there are: latency, 500, 502, 503"));
        assert!(told("kind=501").starts_with("no fault is called `501`; there are: latency"));
        assert_eq!(told("kind=500,nth=first"), "`nth=first` is no whole number");
        assert_eq!(told("kind=500,n=1"), "a fault has no `n`; it has kind, route, nth, value, after, onward");
        assert_eq!(told("kind=500,after=later"), "`after=later` is neither true nor false");
        assert!(told("500").starts_with("`500` is no `name=value`"));
        assert_eq!("kind=500,route=api".parse::<Fault>(), Err(FaultError::Route("api".to_owned())));
        assert_eq!("kind=truncate,after=true".parse::<Fault>(), Err(FaultError::After("truncate")));
    }

    #[test]
    fn what_goes_onward_strikes_whatever_comes_after() {
        let mut faults = Faults::default();
        let second = Fault { nth: 2, ..Fault::at("/api/rinnovo", FaultKind::ResetAfterCommit) };
        faults.arm(vec![second.onward()]).unwrap();
        let mut meet = |path: &str| faults.meet(&Method::GET, path).map(|due| due.fault.kind);
        assert_eq!((meet("/api/rinnovo"), meet("/api/home")), (None, None));
        assert_eq!(meet("/api/rinnovo"), Some(FaultKind::ResetAfterCommit));
        assert_eq!(meet("/api/rinnovo"), Some(FaultKind::ResetBeforeCommit));
        assert_eq!(meet("/"), Some(FaultKind::ResetBeforeCommit));
    }

    #[test]
    fn its_turn_comes_at_the_nth_request_of_its_route() {
        let mut faults = Faults::default();
        let third = Fault { nth: 3, ..Fault::at("/api/*", FaultKind::Hang) };
        faults.arm(vec![third, Fault::at("POST /api/home", FaultKind::BadGateway)]).unwrap();
        let mut meet = |method: Method, path: &str| {
            let due = faults.meet(&method, path)?;
            faults.strike(&due);
            Some(due.fault.kind)
        };
        assert_eq!(meet(Method::GET, "/api/home"), None);
        assert_eq!(meet(Method::GET, "/"), None);
        assert_eq!(meet(Method::POST, "/api/home"), Some(FaultKind::BadGateway));
        assert_eq!(meet(Method::GET, "/api/certificato"), Some(FaultKind::Hang));
        assert_eq!(meet(Method::POST, "/api/home"), None);
        assert_eq!((faults.played(), faults.armed()[0].seen), (2, 4));
        faults.arm(vec![Fault::at("", FaultKind::Hang).each()]).unwrap();
        for _ in 0..3 {
            assert!(faults.meet(&Method::GET, "/any").is_some());
        }
    }
}

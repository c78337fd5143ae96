//! The practice portals: two invented signing portals to learn, test and show the tool on.
//!
//! `MiaFirma` (A) is a single-page portal, `FirmaRemota Gestione` (B) one of server pages; both keep
//! one ledger of what really happened, which is what tests assert on. Everything runs inside the
//! caller's process on 127.0.0.1, any number of times at once. This folder stands apart: it knows
//! nothing of the tool, and the tool reaches it only as a browser does, or through [`outbox`].
//!
//! # Layout
//!
//! - `admin`, `outbox`: the operator's side, over HTTP; a client for it
//! - `mia_firma`, `firma_remota`: the two portals; `pages/` holds what they serve
//! - `mirror`: a page that shows whatever is typed into it, apart from the portals
//! - `stranger`: an origin that is neither, and keeps what it is sent
//! - `gate`: the one place every request to a portal passes first; `faults`, `mishap`: what is to go
//!   wrong there, and how it does; `line`: connections that can be cut
//! - `state`: everything behind one lock; `login`, `renewal`: what may be done to it
//! - `changes`: how the portals may come to look and work otherwise
//! - `accounts`, `certificate`, `codes`, `hotp`, `session`, `mailbox`, `ledger`, `knobs`,
//!   `summary`, `clock`, `random`: the ground

mod accounts;
mod admin;
mod certificate;
mod changes;
mod clock;
mod codes;
mod faults;
mod firma_remota;
mod gate;
mod hotp;
mod knobs;
mod ledger;
mod line;
mod login;
mod mailbox;
mod mia_firma;
mod mirror;
mod mishap;
pub mod outbox;
mod random;
mod renewal;
mod session;
mod state;
mod stranger;
mod summary;
#[cfg(test)]
mod trial;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use accounts::{COUPON, FISCAL_CODE, PASSWORD, PIN};
pub use changes::{Advised, CHANGES, Change, NoChange, Played};
pub use faults::{Armed, Fault, FaultError, FaultKind};
pub use knobs::{Knobs, Maintenance, PinField};
pub use ledger::{Effect, EffectKind, Portal};
pub use mailbox::{Mail, Sms};
pub use mirror::Mirror;
pub use stranger::Leak;
pub use summary::AccountSummary;

use line::{Line, Lines};
use state::{State, World};

/// How the portals begin; the default is random ports, real time, every account, no file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port of portal A, 0 for any.
    pub mia_firma_port: u16,
    /// The port of portal B, 0 for any.
    pub firma_remota_port: u16,
    /// The port of the admin API, 0 for any.
    pub admin_port: u16,
    /// Where the ledger is written too, one JSON line for each effect (portals.md §1.3, State).
    pub ledger: Option<PathBuf>,
    /// Only these accounts, by id (`u01`) or user (`JCPD0001`); none named means all.
    pub accounts: Vec<String>,
    /// The first position of the knobs.
    pub knobs: Knobs,
    /// What goes wrong, from the first request on.
    pub faults: Vec<Fault>,
    /// What the portals' clock shows at first; it ticks on from there (portals.md §1.3, Time).
    pub now: Option<Timestamp>,
}

/// Why the portals did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PracticeError {
    /// An address is taken, or may not be used.
    #[error("the practice portals cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The ledger's file cannot be opened.
    #[error("the ledger {} cannot be written", path.display())]
    Ledger {
        /// The file asked for.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The filter leaves nobody.
    #[error("no practice account is called {0}")]
    NoAccount(String),
    /// A fault means nothing.
    #[error(transparent)]
    Fault(#[from] FaultError),
}

/// The two portals and their admin API, running until this is dropped or stopped.
#[derive(Debug)]
pub struct Practice {
    world: Arc<World>,
    mia_firma: String,
    firma_remota: String,
    admin: String,
    stranger: String,
    servers: Vec<JoinHandle<()>>,
}

impl Practice {
    /// Starts the portals inside the running tokio runtime (portals.md §1.3).
    ///
    /// # Errors
    ///
    /// When a port is taken, the ledger cannot be opened, or the filter leaves no account.
    pub async fn start(options: Options) -> Result<Self, PracticeError> {
        let ledger = ledger::Ledger::open(options.ledger.as_deref())
            .map_err(|source| PracticeError::Ledger { path: options.ledger.clone().unwrap_or_default(), source })?;
        let mut state = State::new(options.now, options.knobs, options.accounts, ledger)?;
        state.faults.arm(options.faults)?;
        let world = Arc::new(World::new(state, firma_remota::pages()));
        let (a, mia_firma) = listen(options.mia_firma_port).await?;
        let (b, firma_remota) = listen(options.firma_remota_port).await?;
        let (c, admin) = listen(options.admin_port).await?;
        let (d, stranger) = listen(0).await?;
        {
            let mut state = world.lock();
            state.origins.insert(Portal::MiaFirma, mia_firma.clone());
            state.origins.insert(Portal::FirmaRemota, firma_remota.clone());
            state.stranger.clone_from(&stranger);
        }
        let servers = vec![
            serve(&world, a, mia_firma::router(&world)),
            serve(&world, b, firma_remota::router(&world)),
            serve(&world, c, admin::router(&world)),
            serve(&world, d, stranger::router(&world)),
        ];
        Ok(Self { world, mia_firma, firma_remota, admin, stranger, servers })
    }

    /// Ends the portals and waits until their ports are free.
    pub async fn stop(mut self) {
        self.world.closing.send_replace(true);
        for mut server in std::mem::take(&mut self.servers) {
            let ended = tokio::time::timeout(Duration::from_secs(2), &mut server).await;
            if ended.is_err() {
                server.abort();
            }
        }
    }

    /// The origin of portal A, without a slash at the end (portals.md §1.4).
    #[must_use]
    pub fn mia_firma(&self) -> &str {
        &self.mia_firma
    }

    /// The origin of portal B, without a slash at the end (portals.md §1.5).
    #[must_use]
    pub fn firma_remota(&self) -> &str {
        &self.firma_remota
    }

    /// The origin of a portal.
    #[must_use]
    pub fn origin(&self, portal: Portal) -> &str {
        match portal {
            Portal::MiaFirma => &self.mia_firma,
            Portal::FirmaRemota => &self.firma_remota,
        }
    }

    /// The origin of the admin API (portals.md §1.3, Admin API).
    #[must_use]
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// An origin that is neither portal's (portals.md §1.3): whatever reaches it has leaked.
    #[must_use]
    pub fn stranger(&self) -> &str {
        &self.stranger
    }

    /// What has reached the third origin since the start or the last reset.
    #[must_use]
    pub fn leaks(&self) -> Vec<Leak> {
        self.world.lock().leaks.clone()
    }

    /// The bearer token of the admin API, new at each start.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.world.admin_token
    }

    /// What has happened since the start or the last reset (portals.md §1.3, State).
    #[must_use]
    pub fn ledger(&self) -> Vec<Effect> {
        self.world.lock().ledger.effects().to_vec()
    }

    /// What has happened to one user, without the details.
    #[must_use]
    pub fn effects(&self, user: &str) -> Vec<EffectKind> {
        let ledger = self.ledger().into_iter();
        ledger.filter(|line| line.user == user).map(|line| line.effect).collect()
    }

    /// What should never have happened: the lines of functions no renewal needs.
    #[must_use]
    pub fn decoys(&self) -> Vec<Effect> {
        self.ledger().into_iter().filter(|line| line.decoy).collect()
    }

    /// Begins again: fixtures as of the clock's day, first knobs, no fault, empty ledger and mailboxes.
    pub fn reset(&self) {
        self.world.lock().reset();
    }

    /// Every account as it stands (portals.md §1.3, Accounts).
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountSummary> {
        self.world.lock().summaries()
    }

    /// The messages sent to a user, oldest first.
    #[must_use]
    pub fn sms(&self, user: &str) -> Vec<Sms> {
        let state = self.world.lock();
        let theirs = state.sms.iter().filter(|sms| sms.user.eq_ignore_ascii_case(user));
        theirs.filter(|sms| sms.is_there()).cloned().collect()
    }

    /// A user's mailbox, oldest first: what has arrived by now (portals.md §1.3, Mailbox).
    #[must_use]
    pub fn mail(&self, user: &str) -> Vec<Mail> {
        self.world.lock().mailbox(user)
    }

    /// Presses the button of a user's hardware token once; nothing when he has none.
    #[must_use]
    pub fn press_token(&self, user: &str) -> Option<String> {
        self.world.lock().account_mut(user)?.otp.press()
    }

    /// Approves what waits on a user's phone; false when nothing waits.
    #[must_use]
    pub fn approve(&self, user: &str) -> bool {
        self.world.lock().account_mut(user).is_some_and(|account| account.otp.approve())
    }

    /// What the portals' clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.lock().clock.now()
    }

    /// Sets the portals' clock; accounts stay as they are until a reset (portals.md §1.3, Time).
    pub fn set_clock(&self, now: Timestamp) {
        self.world.lock().clock.set(now);
    }

    /// The knobs as they stand.
    #[must_use]
    pub fn knobs(&self) -> Knobs {
        self.world.lock().knobs.clone()
    }

    /// Turns the knobs, from the next request on.
    pub fn set_knobs(&self, knobs: Knobs) {
        self.world.lock().knobs = knobs;
    }

    /// Arms these faults in place of those before; their routes are counted from now on (portals.md §1.5, Admin API).
    ///
    /// # Errors
    ///
    /// When one of them means nothing; then none of them is armed.
    pub fn arm(&self, faults: Vec<Fault>) -> Result<(), FaultError> {
        self.world.lock().faults.arm(faults)
    }

    /// The faults that are armed, and what has become of them.
    #[must_use]
    pub fn faults(&self) -> Vec<Armed> {
        self.world.lock().faults.armed().to_vec()
    }

    /// Waits until the faults that are armed have happened so often in all: those after a commit once it is carried out.
    pub async fn struck(&self, times: u32) {
        let mut mishaps = self.world.mishaps.subscribe();
        // The sender lives as long as the portals.
        let _ = mishaps.wait_for(|_| self.world.lock().faults.played() >= times).await;
    }

    /// Ends every session as if its time were over (portals.md §1.3, Session expired).
    pub fn expire_sessions(&self) {
        self.world.lock().sessions.expire_all();
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        self.world.closing.send_replace(true);
    }
}

async fn listen(port: u16) -> Result<(TcpListener, String), PracticeError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let failed = |source| PracticeError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let origin = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, origin))
}

fn serve(world: &World, listener: TcpListener, router: Router) -> JoinHandle<()> {
    let mut closing = world.closing.subscribe();
    let router = router.into_make_service_with_connect_info::<Line>();
    tokio::spawn(async move {
        let ended = async move {
            let _ = closing.wait_for(|closing| *closing).await;
        };
        // Serving ends only when told to.
        let _ = axum::serve(Lines(listener), router).with_graceful_shutdown(ended).await;
    })
}

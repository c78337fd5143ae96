//! At most once: what is remembered before a commit is sent, and what may be done after it.
//!
//! Portals have no idempotency key, so nothing here can promise "exactly once". It promises that a commit is sent at most
//! once for one certificate and expiry, and that what is not known is said to be unknown (faults.md §2.2).
//!
//! - [`lock`]: one run of an account at a time
//! - [`journal`]: a commit is written down before it is sent, its outcome after
//! - [`reconcile`]: what the past and the portal's pages allow; pure
//! - [`budget`]: secrets and codes are counted before they are typed
//! - [`steps`]: of each computed code is kept that it was given out
//! - [`custody`]: an account in the hands of one run: all of these, as the runner asks them
//! - [`due`]: when to act
//! - [`clock`]: their clock
//!
//! And around a renewal:
//!
//! - [`hooks`]: programs of the owner's, before and after
//! - [`retention`]: how long the folders of runs are kept

pub mod budget;
pub mod clock;
pub mod custody;
pub mod due;
pub mod hooks;
pub mod journal;
pub mod lock;
pub mod reconcile;
pub mod retention;
pub mod steps;

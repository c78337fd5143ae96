//! rinnova drives a real browser through a web portal as a declarative TOML flow says, and takes a
//! picture at each stage.
//!
//! # Layout
//!
//! An import only goes down; `command` is the only place where floors meet.
//!
//! - `command`: one file per verb
//! - `renewal`: the commit journal and what follows from it, budgets, locks, hooks, how long runs are kept
//! - `notify`: who is told what, by which way; the watchdog's sign of life
//! - `runner`: performs a task: stage, step, wait, commit
//! - `store`: writes the run folder, and the state that outlives runs
//! - `report`: a record as text
//! - `drift`: what a portal was like and what has changed since, and the flow's patch for it; pure
//! - `browser`: driver process, session, page, camera
//! - `otp`, `vault`: one-time codes; where secrets come from, and the redactor
//! - `flow`: the flow file, from source to checked model
//! - `event`, `record`: what the runner says while it runs; what happened
//! - `settings`, `exit`, `failpoint`, `locator`, `program`, `source`, `secret`: the ground
//! - `practice`: the practice portals; stands apart

pub mod browser;
pub mod cli;
pub mod command;
pub mod drift;
pub mod event;
pub mod exit;
pub mod failpoint;
pub mod flow;
pub mod guide;
pub mod locator;
pub mod notify;
pub mod otp;
pub mod practice;
pub mod program;
pub mod record;
pub mod renewal;
pub mod report;
pub mod runner;
pub mod secret;
pub mod settings;
pub mod source;
pub mod stop;
pub mod store;
pub mod vault;

//! The runner: performs a task in a page and says what happens.
//!
//! It writes no file and prints nothing; what it has to say are events and, at the end, the record's parts. A failed step
//! is data in the record, never an error of the runner. Nothing is retried, replaced or sent again once a commit was sent.
//!
//! - [`job`]: what is to be done, with whose values
//! - [`course`]: how the run stands: commits, readings, flags
//! - [`plan`]: which stages are entered, and how
//! - [`task`]: the stages of a task, in order; the change to the resume task
//! - [`stage`]: one stage: its steps and its picture
//! - [`step`]: one action; `fields`, `clicks` and `reading` perform them, `codes` sees to one-time codes
//! - [`run`]: what every part of a run works with
//! - [`look`]: one question to the page, with interrupts dismissed and states turned into endings
//! - [`mutate`]: what each locator survives, where that is asked for
//! - [`heal`], [`modal`]: a step performed on what took the place of its element; what is said of a dialog that nobody knows
//! - [`shots`]: the pictures, developed on a thread of their own
//! - [`staging`]: what a persona needs to stand in the holder's place on them, where they are made for a guide
//! - [`ending`]: which verdict follows from what stopped a run
//! - [`warden`]: what is asked before anything that cannot be taken back
//! - [`window`]: what an expiry and the portal's date decide
//! - `standing`: what the warden is told: commits, typed values, readings
//! - [`value`]: templates, and what is read

mod clicks;
mod codes;
pub mod course;
pub mod ending;
mod fields;
pub mod heal;
pub mod job;
pub mod look;
pub mod modal;
pub mod mutate;
pub mod plan;
mod reading;
pub mod run;
pub mod shots;
pub mod stage;
pub mod staging;
mod standing;
pub mod step;
pub mod task;
pub mod value;
pub mod warden;
pub mod watch;
pub mod window;

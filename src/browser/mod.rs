//! The browser: its driver's process, the session, the page and the camera.
//!
//! The only folder that knows fantoccini and the only one outside `store` that writes files: its own
//! temporary folder and the prepared profile in the user's cache. It knows nothing of flows, tasks or records.

pub mod answer;
pub mod bidi;
pub mod camera;
pub mod capabilities;
pub mod cdp;
pub mod classic;
pub mod deadline;
pub mod driver;
pub mod error;
pub mod installed;
pub mod keys;
pub mod lane;
pub mod page;
pub mod pointer;
pub mod print;
pub mod processes;
pub mod profile;
pub mod question;
pub mod script;
pub mod session;
pub mod socket;
pub mod staging;
pub mod workdir;

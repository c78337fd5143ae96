//! The run folder: what a run leaves behind (design.md §4); [`state`], what outlives runs; and [`codes`], where a waiting run
//! asks for a code. The only folder of the source that writes files.
//!
//! ```text
//! runs/<flow>-<task>-<utc time>/     mode 0700; `latest` beside it points to the newest
//!     events.jsonl                   one event a line, written as it happens
//!     shots/<name>.png
//!     downloads/<name>               what the portal gave
//!     <name>.txt                     a page's structure, after a failure
//!     run.json                       the record
//!     report.html
//! ```
//!
//! Everything passes the redactor here; files are written beside their place and renamed, so that nobody ever
//! reads half of one.

mod baseline;
pub mod codes;
mod file;
mod folder;
mod guide;
mod own;
pub mod past;
mod purge;
mod read;
mod redacted;
pub mod state;

pub use self::baseline::{BaselineError, baseline_place, baseline_texts, write_baseline};
pub use self::folder::{
    Place, RunFolder, StoreError, make_folder, report_in, rewrite, shot_in, temporary, write, write_in,
};
pub use self::guide::{GuideFileError, guide_file, guide_has_a_place, write_guide};
pub use self::own::{own_directory, own_file};
pub use self::purge::{Kept, PurgeError, Purged, purge};
pub use self::read::{ReadError, record};
pub use self::redacted::{redacted, redacted_event};

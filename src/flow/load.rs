//! From a file to a checked flow, or to everything that is wrong with it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::flow::fault::{Fault, Faults, part_at};
use crate::flow::model::Flow;
use crate::flow::{lint, lower, raw};
use crate::source::Source;

/// A larger file is no flow.
const LARGEST: u64 = 2_000_000;

/// A valid flow and the doubts about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The flow.
    pub flow: Flow,
    /// What is doubtful, in the order of the file.
    pub warnings: Vec<Fault>,
}

/// Why there is no flow.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The file as it was named.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The file is too large to be a flow.
    #[error("{path} has more than {} MB: this is no flow", LARGEST / 1_000_000)]
    TooLarge {
        /// The file as it was named.
        path: String,
    },
    /// The file is not text.
    #[error("{path} is not UTF-8 text: byte {offset}, line {line}")]
    NotText {
        /// The file as it was named.
        path: String,
        /// The first wrong byte.
        offset: usize,
        /// Its line.
        line: usize,
    },
    /// Rules are broken; the text of this error is the drawing of all of them.
    #[error("{}", .0.render(false))]
    Faults(Faults),
}

impl LoadError {
    /// The error for people, all faults drawn; the last line counts them.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Faults(faults) => faults.render(colour),
            other => format!("error: {other}\n"),
        }
    }
}

/// Reads and checks a file.
///
/// # Errors
/// When the file cannot be read, is no text, or breaks rules: all of them at once.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let shown = path.display().to_string();
    let unreadable = |error| LoadError::Unreadable { path: shown.clone(), error };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    parse_bytes(&shown, bytes)
}

/// Checks the bytes of a file named `name`.
///
/// # Errors
/// As [`load`].
pub fn parse_bytes(name: &str, bytes: Vec<u8>) -> Result<Loaded, LoadError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(LoadError::TooLarge { path: name.to_owned() });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..offset].split(|byte| *byte == b'\n').count();
        LoadError::NotText { path: name.to_owned(), offset, line }
    })?;
    parse(name, &text)
}

/// Checks a text as if it were the file `name`.
///
/// # Errors
/// When it breaks rules: all of them at once.
pub fn parse(name: &str, text: &str) -> Result<Loaded, LoadError> {
    let source = Source::new(name, text);
    let stem = Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let (raw, mut reader, parts) = raw::read(&source);
    let flow = raw.and_then(|raw| lower::flow(&raw, &stem, &mut reader));
    let mut faults = reader.faults;
    match flow {
        Some(flow) if faults.is_empty() => {
            let mut warnings = lint::lint(&flow);
            for doubt in warnings.iter_mut().filter(|doubt| doubt.context.is_none()) {
                doubt.context = part_at(&parts, doubt.span.start);
            }
            Ok(Loaded { flow, warnings })
        }
        _ => {
            faults.settle(&parts);
            Err(LoadError::Faults(faults))
        }
    }
}

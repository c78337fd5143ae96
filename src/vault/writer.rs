//! A writer that covers known secrets in whatever is written through it: what `tracing` prints goes through one.

use std::io::{self, Write};

use zeroize::Zeroize as _;

use super::redactor::Redactor;

/// The most that is held back.
const MOST: usize = 64 * 1024;

/// Writes redacted. What comes is held back until the writer is dropped, so that a secret split over writes or lines is
/// found all the same: each event of a log has a writer of its own. Of more than 64 KiB whole lines are let go.
#[derive(Debug)]
pub struct RedactingWriter<W: Write> {
    redactor: Redactor,
    held: Vec<u8>,
    to: W,
}

impl<W: Write> RedactingWriter<W> {
    /// A writer in front of another.
    pub fn new(redactor: Redactor, to: W) -> Self {
        Self { redactor, held: Vec::new(), to }
    }

    fn release(&mut self, until: usize) -> io::Result<()> {
        let rest = self.held.split_off(until);
        let mut lines = std::mem::replace(&mut self.held, rest);
        let written = self.to.write_all(&self.redactor.redact_bytes(&lines));
        lines.zeroize();
        written
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() > MOST
            && let Some(end) = self.held.iter().rposition(|&byte| byte == b'\n')
        {
            self.release(end + 1)?;
        }
        Ok(bytes.len())
    }

    /// Flushes what is written out; what is held back stays so.
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W: Write> Drop for RedactingWriter<W> {
    fn drop(&mut self) {
        // Nobody is left to be told of an error.
        let _ = self.release(self.held.len());
        let _ = self.to.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{RedactingWriter, Redactor};
    use crate::secret::Secret;

    #[test]
    fn a_secret_split_over_writes_is_found() {
        let redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2hunter2".into()));
        let mut out = Vec::new();
        let mut writer = RedactingWriter::new(redactor, &mut out);
        writer.write_all(b"one\ntwo hunter2").expect("written");
        writer.flush().expect("flushed");
        writer.write_all(b"hunter2 three\nfour hunter2hun").expect("written");
        writer.write_all(b"ter2").expect("written");
        drop(writer);
        assert_eq!(String::from_utf8_lossy(&out), "one\ntwo *** three\nfour ***");
    }

    #[test]
    fn a_long_text_is_let_go_by_lines() {
        let redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2hunter2".into()));
        let mut out = Vec::new();
        let mut writer = RedactingWriter::new(redactor, &mut out);
        let line = [b"x".repeat(999).as_slice(), b"\n"].concat();
        for _ in 0..200 {
            writer.write_all(&line).expect("written");
        }
        assert!(writer.held.len() <= 66 * 1024, "{}", writer.held.len());
        drop(writer);
        assert_eq!(out.len(), 200_000);
    }
}

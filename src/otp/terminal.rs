//! Asking a person for a code. The terminal is read by one thread that lives as long as the process: reading it
//! cannot be given up half-way, and a second reader would compete for the next line.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::vault::{Unattended, attended};

/// The longest answer, bytes.
const LONGEST: usize = 256;

/// A terminal on which a person can be asked.
pub struct Terminal {
    lines: UnboundedReceiver<Zeroizing<String>>,
    to: Box<dyn Write + Send>,
}

/// What came of a question.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// One that was accepted.
    Given(T),
    /// Nothing in time.
    Late,
    /// The terminal was closed.
    Gone,
}

impl Terminal {
    /// The terminal of this process.
    ///
    /// # Errors
    ///
    /// When there is none, or another process has it.
    pub fn open() -> Result<Self, Unattended> {
        if !attended() {
            return Err(Unattended);
        }
        let from = File::open("/dev/tty").map_err(|_| Unattended)?;
        // What was typed before anything was asked is no answer.
        let _ = rustix::termios::tcflush(&from, rustix::termios::QueueSelector::IFlush);
        let to = File::options().write(true).open("/dev/tty").map_err(|_| Unattended)?;
        Ok(Self::of(from, to))
    }

    /// A terminal made of these two.
    pub fn of(from: impl Read + Send + 'static, to: impl Write + Send + 'static) -> Self {
        let (send, lines) = unbounded_channel();
        std::thread::spawn(move || {
            let mut from = from;
            while let Some(line) = line(&mut from) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self { lines, to: Box::new(to) }
    }

    /// Asks until `check` accepts an answer or the time is over.
    pub(super) async fn ask<T>(
        &mut self,
        question: &str,
        until: Instant,
        check: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Answer<T> {
        while self.lines.try_recv().is_ok() {}
        loop {
            self.say(&format!("{question}: "));
            match tokio::time::timeout_at(until, self.lines.recv()).await {
                Err(_) => {
                    self.say("\n");
                    return Answer::Late;
                }
                Ok(None) => return Answer::Gone,
                Ok(Some(line)) => match check(&line) {
                    Ok(given) => return Answer::Given(given),
                    Err(why) => self.say(&format!("That {why}.\n")),
                },
            }
        }
    }

    /// A terminal that cannot be written to can still be read.
    fn say(&mut self, text: &str) {
        let _ = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush());
    }
}

/// The next line, byte by byte: a buffer would keep what was typed. What is no text, or longer than any answer, is an empty
/// one, and asked for again.
fn line(from: &mut impl Read) -> Option<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let (mut byte, mut fits) = (Zeroizing::new([0]), true);
    loop {
        match from.read(byte.as_mut_slice()) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(1) if byte[0] == b'\n' => break,
            Ok(1) if line.len() < LONGEST => line.push(byte[0]),
            Ok(1) => fits = false,
            _ if line.is_empty() => return None,
            _ => break,
        }
    }
    let line = std::str::from_utf8(&line).ok().filter(|_| fits);
    Some(Zeroizing::new(line.unwrap_or_default().to_owned()))
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminal")
    }
}

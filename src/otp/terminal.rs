//! Asking a person for a code. The terminal is read by one thread that lives as long as the process: reading it
//! cannot be given up half-way, and a second reader would compete for the next line.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::vault::{Unattended, attended};

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
            let mut from = BufReader::new(from);
            let mut line = Zeroizing::new(String::new());
            while matches!(from.read_line(&mut line), Ok(1..)) {
                if send.send(std::mem::take(&mut line)).is_err() {
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

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminal")
    }
}

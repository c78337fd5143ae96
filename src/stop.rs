//! A wish to stop, carried from the signal's handler to every wait.

use tokio::sync::watch;

use crate::exit::Verdict;

/// Makes the wish known.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<Verdict>>);

/// Hears of the wish; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Verdict>>);

/// A pair of both ends.
#[must_use]
pub fn channel() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(None);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks to stop; the run ends with `verdict` ([`Verdict::Interrupted`] or [`Verdict::Terminated`]).
    pub fn stop(&self, verdict: Verdict) {
        self.0.send_replace(Some(verdict));
    }
}

impl Stop {
    /// The verdict asked for, once a stop is asked for.
    #[must_use]
    pub fn asked(&self) -> Option<Verdict> {
        *self.0.borrow()
    }

    /// Waits until a stop is asked for; for ever when nobody can ask any more.
    pub async fn wait(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

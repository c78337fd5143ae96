//! A wish to stop, carried from the signal's handler to every wait.

use std::sync::Arc;

use tokio::sync::watch;

use crate::exit::Verdict;

/// Makes the wish known.
#[derive(Debug)]
pub struct Stopper(Arc<watch::Sender<Wish>>);

/// Hears of the wish; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop {
    heard: watch::Receiver<Wish>,
    told: Arc<watch::Sender<Wish>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Wish {
    verdict: Option<Verdict>,
    /// It was said more than once.
    urgent: bool,
    /// A commit is open: the wish waits for its outcome.
    deferred: bool,
}

impl Wish {
    fn counts(self) -> bool {
        self.verdict.is_some() && (self.urgent || !self.deferred)
    }
}

/// A pair of both ends.
#[must_use]
pub fn channel() -> (Stopper, Stop) {
    let told = Arc::new(watch::Sender::new(Wish::default()));
    (Stopper(told.clone()), Stop { heard: told.subscribe(), told })
}

impl Stopper {
    /// Asks to stop; the run ends with `verdict` ([`Verdict::Interrupted`] or [`Verdict::Terminated`]). Said again, it no
    /// longer waits for anything.
    pub fn stop(&self, verdict: Verdict) {
        self.0.send_modify(|wish| {
            wish.urgent = wish.verdict.is_some();
            wish.verdict = Some(verdict);
        });
    }
}

impl Stop {
    /// The verdict asked for, once a stop is asked for and not deferred.
    #[must_use]
    pub fn asked(&self) -> Option<Verdict> {
        let wish = *self.heard.borrow();
        wish.verdict.filter(|_| wish.counts())
    }

    /// Waits until a stop is asked for and not deferred.
    pub async fn wait(&mut self) {
        // Neither end can be gone while this one is here, so the wait ends by a wish alone.
        if self.heard.wait_for(|wish| wish.counts()).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// From here on a first wish waits, or no longer waits, for the outcome of a commit (faults.md §5, F9).
    pub fn defer(&self, deferred: bool) {
        self.told.send_if_modified(|wish| std::mem::replace(&mut wish.deferred, deferred) != deferred);
    }
}

#[cfg(test)]
mod tests {
    use super::channel;
    use crate::exit::Verdict;

    #[tokio::test]
    async fn a_first_wish_waits_for_an_open_commit_and_a_second_does_not() {
        let (stopper, mut stop) = channel();
        stop.defer(true);
        stopper.stop(Verdict::Terminated);
        assert_eq!(stop.asked(), None);
        let clone = stop.clone();
        stop.defer(false);
        stop.wait().await;
        assert_eq!(clone.asked(), Some(Verdict::Terminated));
        stop.defer(true);
        stopper.stop(Verdict::Interrupted);
        stop.wait().await;
        assert_eq!(stop.asked(), Some(Verdict::Interrupted));
    }
}

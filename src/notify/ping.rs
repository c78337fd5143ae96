//! The watchdog: a service that expects a sign of life and raises the alarm when none comes (in the manner of
//! healthchecks.io: `/start` when a run begins, its exit code when it ends). It finds out what no message can tell: that
//! nothing runs any more. A ping that fails is a warning and changes nothing.

use http::Method;
use url::Url;

use super::web;
use crate::settings;

/// The watchdog of these settings, if there is one.
#[derive(Debug, Clone, Default)]
pub struct Ping(Option<Url>);

impl Ping {
    /// The one that `[ping]` names.
    #[must_use]
    pub fn of(ping: &settings::Ping) -> Self {
        Self(ping.url.clone())
    }

    /// Says that a run begins. Gives a warning where nobody heard it; it takes ten seconds at most.
    pub async fn start(&self) -> Option<String> {
        self.say("start").await
    }

    /// Says that the run has ended, and how. Gives a warning where nobody heard it; it takes ten seconds at most.
    pub async fn end(&self, exit_code: u8) -> Option<String> {
        self.say(&exit_code.to_string()).await
    }

    async fn say(&self, word: &str) -> Option<String> {
        let mut url = self.0.clone()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(word);
        }
        let heard = web::send(Method::GET, &url, None, None).await;
        heard.err().map(|error| format!("the ping was not heard: {error}"))
    }
}

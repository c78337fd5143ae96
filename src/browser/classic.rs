//! The way to the page that every driver and grid offers: classic WebDriver.
//!
//! The page script runs in the page's own world and is sent anew each time. Dearer than BiDi and CDP, and complete.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::Value;

use crate::browser::deadline::Deadline;
use crate::browser::error::PageError;
use crate::browser::lane::{Capture, Point};
use crate::browser::script::AGENT;
use crate::stop::Stop;

/// The classic side of a session, alone.
#[derive(Debug)]
pub struct Classic {
    client: Client,
    stop: Stop,
    windows: usize,
}

impl Classic {
    /// Drives the window that the session has.
    #[must_use]
    pub fn new(client: Client, stop: Stop) -> Self {
        Self { client, stop, windows: 1 }
    }

    /// See [`crate::browser::lane::Lane::open`].
    ///
    /// # Errors
    /// As there.
    pub async fn open(&mut self, url: &str, limit: Duration) -> Result<(), PageError> {
        let client = self.client.clone();
        match self.within("navigate", limit, client.goto(url)).await {
            Err(PageError::Refused { why, .. }) => Err(PageError::Load { url: url.into(), why }),
            other => other,
        }
    }

    /// See [`crate::browser::lane::Lane::ask`].
    ///
    /// # Errors
    /// As there.
    pub async fn ask(&mut self, request: &str, limit: Duration) -> Result<String, PageError> {
        self.ask_once(AGENT, request, limit).await
    }

    /// See [`crate::browser::lane::Lane::ask_once`].
    ///
    /// # Errors
    /// As there.
    pub async fn ask_once(&mut self, script: &str, request: &str, limit: Duration) -> Result<String, PageError> {
        self.follow_windows(limit).await?;
        let client = self.client.clone();
        let answer = self.within("execute", limit, execute(&client, script, request)).await?;
        match answer {
            Value::String(text) => Ok(text),
            // A script that a dialog breaks off answers null.
            _ => match self.dialog_text(limit).await? {
                Some(text) => Err(PageError::Dialog { text }),
                None => Err(PageError::Navigated),
            },
        }
    }

    /// The page's address, by the driver's own word.
    ///
    /// # Errors
    /// As of [`Classic::ask`].
    pub async fn address(&mut self, limit: Duration) -> Result<String, PageError> {
        self.follow_windows(limit).await?;
        let client = self.client.clone();
        self.within("get current url", limit, client.current_url()).await.map(String::from)
    }

    /// See [`crate::browser::lane::Lane::press`].
    ///
    /// # Errors
    /// As there.
    pub async fn press(&mut self, point: Point, there: bool, count: u32, limit: Duration) -> Result<(), PageError> {
        let mut mouse = MouseActions::new("mouse".into());
        if !there {
            mouse = mouse.then(movement(point));
        }
        for _ in 0..count {
            mouse = mouse.then(PointerAction::Down { button: 0 }).then(PointerAction::Up { button: 0 });
        }
        self.pointer(mouse, limit).await
    }

    /// See [`crate::browser::lane::Lane::hover`].
    ///
    /// # Errors
    /// As there.
    pub async fn hover(&mut self, point: Point, limit: Duration) -> Result<(), PageError> {
        self.pointer(MouseActions::new("mouse".into()).then(movement(point)), limit).await
    }

    /// See [`crate::browser::lane::Lane::picture`].
    ///
    /// # Errors
    /// As there.
    pub async fn picture(&mut self, limit: Duration) -> Result<Capture, PageError> {
        let client = self.client.clone();
        self.within("screenshot", limit, client.screenshot()).await.map(Capture::Png)
    }

    /// See [`crate::browser::lane::Lane::dialog`]. Classic WebDriver tells of a dialog only when asked.
    ///
    /// # Errors
    /// As there.
    pub async fn dialog(&mut self, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some(text) = self.dialog_text(limit).await? {
                return Ok(text);
            }
            if tokio::time::Instant::now() >= deadline.at {
                return Err(deadline.silent("a native dialog"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// See [`crate::browser::lane::Lane::answer`].
    ///
    /// # Errors
    /// As there.
    pub async fn answer(&mut self, accept: bool, text: Option<&str>, limit: Duration) -> Result<(), PageError> {
        let client = self.client.clone();
        if let Some(text) = text {
            self.within("send alert text", limit, client.send_alert_text(text)).await?;
        }
        if accept {
            self.within("accept alert", limit, client.accept_alert()).await
        } else {
            self.within("dismiss alert", limit, client.dismiss_alert()).await
        }
    }

    async fn pointer(&mut self, mouse: MouseActions, limit: Duration) -> Result<(), PageError> {
        let client = self.client.clone();
        match self.within("perform actions", limit, client.perform_actions(mouse)).await {
            // The click was delivered; what it opened or left is the next command's matter.
            Err(PageError::Dialog { .. } | PageError::Navigated) => Ok(()),
            other => other,
        }
    }

    async fn dialog_text(&mut self, limit: Duration) -> Result<Option<String>, PageError> {
        let client = self.client.clone();
        match tokio::time::timeout(limit, client.get_alert_text()).await {
            Err(_) => Err(Deadline::after(limit).silent("get alert text")),
            Ok(Ok(text)) => Ok(Some(text)),
            Ok(Err(error)) if error.is_no_such_alert() => Ok(None),
            Ok(Err(error)) => Err(refusal("get alert text", &error)),
        }
    }

    /// Drives the newest window when the page opened or closed one.
    async fn follow_windows(&mut self, limit: Duration) -> Result<(), PageError> {
        let client = self.client.clone();
        let windows = self.within("get window handles", limit, client.windows()).await?;
        if windows.len() != self.windows {
            self.windows = windows.len();
            let newest = windows.into_iter().next_back().ok_or(PageError::WindowClosed)?;
            self.within("switch to window", limit, client.switch_to_window(newest)).await?;
        }
        Ok(())
    }

    async fn within<T>(
        &mut self,
        command: &str,
        limit: Duration,
        sent: impl Future<Output = Result<T, CmdError>>,
    ) -> Result<T, PageError> {
        let deadline = Deadline::after(limit);
        tokio::select! {
            answer = sent => answer.map_err(|error| refusal(command, &error)),
            () = tokio::time::sleep_until(deadline.at) => Err(deadline.silent(command)),
            () = self.stop.wait() => Err(PageError::Stopped),
        }
    }
}

/// Runs a script of ours in the frame that classic commands are in.
///
/// # Errors
/// What the driver answers.
pub async fn execute(client: &Client, script: &str, request: &str) -> Result<Value, CmdError> {
    client.execute(&format!("return ({script})(arguments[0])"), vec![request.into()]).await
}

/// What a classic command's error means for the page.
#[must_use]
pub fn refusal(command: &str, error: &CmdError) -> PageError {
    if let CmdError::Standard(answer) = error {
        let text = answer.message.to_string();
        return match answer.error {
            // Chromium calls a script that a navigation broke off timed out, at once (browser.md §3).
            ErrorStatus::ScriptTimeout | ErrorStatus::StaleElementReference | ErrorStatus::DetachedShadowRoot => {
                PageError::Navigated
            }
            ErrorStatus::UnexpectedAlertOpen => PageError::Dialog { text: dialog_in(&text) },
            ErrorStatus::NoSuchWindow => PageError::WindowClosed,
            ErrorStatus::InvalidSessionId => PageError::Gone { why: text },
            _ if text.contains("unloaded") => PageError::Navigated,
            _ if text.contains("decode response from marionette") => PageError::Gone { why: text },
            _ => PageError::Refused { command: command.into(), why: text },
        };
    }
    PageError::Gone { why: format!("{command}: {error}") }
}

/// The dialog's text in `unexpected alert open: {Alert text : Sicuro?}`.
fn dialog_in(message: &str) -> String {
    message.split_once("Alert text : ").map_or(message, |(_, text)| text.trim_end_matches('}')).to_owned()
}

fn movement(point: Point) -> PointerAction {
    PointerAction::MoveTo { duration: Some(Duration::ZERO), x: point.x.round(), y: point.y.round() }
}

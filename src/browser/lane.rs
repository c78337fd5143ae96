//! The way to the page: BiDi beside a Firefox session, CDP beside a Chromium one, classic WebDriver where neither is at hand.
//!
//! One enum, one file per case, the same methods in the same order (browser.md §2: each browser has its own fast path).

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::browser::bidi::Bidi;
use crate::browser::cdp::Cdp;
use crate::browser::classic::Classic;
use crate::browser::error::PageError;
use crate::failpoint;

/// A point in the viewport of the top-level document, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
pub struct Point {
    /// From the left edge.
    pub x: f64,
    /// From the top edge.
    pub y: f64,
}

/// A finished download.
#[derive(Debug, Clone)]
pub struct Download {
    /// The name that the portal suggests.
    pub name: String,
    /// Where it lies now, inside the session's own folder.
    pub path: PathBuf,
}

/// A picture as the browser gave it, a PNG.
#[derive(Debug)]
pub enum Capture {
    /// As it is.
    Png(Vec<u8>),
    /// In Base64: it is decoded where nobody waits for it.
    Base64(String),
}

impl Capture {
    /// The file.
    ///
    /// # Errors
    /// When it is not Base64.
    pub fn png(self) -> Result<Vec<u8>, base64::DecodeError> {
        match self {
            Self::Png(png) => Ok(png),
            Self::Base64(text) => STANDARD.decode(text),
        }
    }
}

/// The way to the page.
#[derive(Debug)]
pub enum Lane {
    /// WebDriver BiDi.
    Bidi(Bidi),
    /// The Chrome DevTools Protocol.
    Cdp(Cdp),
    /// Classic WebDriver.
    Classic(Classic),
}

impl Lane {
    /// Loads an address.
    ///
    /// # Errors
    /// [`PageError::Load`] when the browser cannot, and what every command may give.
    pub async fn open(&mut self, url: &str, limit: Duration) -> Result<(), PageError> {
        let _both = failpoint::around("before-command", "after-command");
        match self {
            Self::Bidi(lane) => lane.open(url, limit).await,
            Self::Cdp(lane) => lane.open(url, limit).await,
            Self::Classic(lane) => lane.open(url, limit).await,
        }
    }

    /// Calls the page script with one JSON text and gives its JSON answer.
    ///
    /// # Errors
    /// [`PageError::Navigated`] when the page goes away meanwhile, [`PageError::Dialog`] when a native dialog stands in the way.
    pub async fn ask(&mut self, request: &str, limit: Duration) -> Result<String, PageError> {
        let _both = failpoint::around("before-command", "after-command");
        match self {
            Self::Bidi(lane) => lane.ask(request, limit).await,
            Self::Cdp(lane) => lane.ask(request, limit).await,
            Self::Classic(lane) => lane.ask(request, limit).await,
        }
    }

    /// Calls another script of ours in the place of the page script, once; it stays nowhere.
    ///
    /// # Errors
    /// As of [`Lane::ask`].
    pub async fn ask_once(&mut self, script: &str, request: &str, limit: Duration) -> Result<String, PageError> {
        match self {
            Self::Bidi(lane) => lane.ask_once(script, request, limit).await,
            Self::Cdp(lane) => lane.ask_once(script, request, limit).await,
            Self::Classic(lane) => lane.ask_once(script, request, limit).await,
        }
    }

    /// Presses the left button at a point, `count` times. With `there` the pointer has just been moved to it.
    ///
    /// # Errors
    /// What every command may give. A dialog that the click opens is no error: the next command meets it.
    pub async fn press(&mut self, point: Point, there: bool, count: u32, limit: Duration) -> Result<(), PageError> {
        let _both = failpoint::around("before-command", "after-command");
        match self {
            Self::Bidi(lane) => lane.press(point, there, count, limit).await,
            Self::Cdp(lane) => lane.press(point, there, count, limit).await,
            Self::Classic(lane) => lane.press(point, there, count, limit).await,
        }
    }

    /// To be called after a press: waits until the page has taken it in, and it is known whether the page is being left for
    /// another, so that what is asked next waits for that one. Gives what the page script says of the press, or nothing where it
    /// is not there (any more). Classic commands cannot tell.
    ///
    /// # Errors
    /// [`PageError::Stopped`], [`PageError::Gone`].
    pub async fn feel(&mut self, limit: Duration) -> Result<Option<String>, PageError> {
        match self {
            Self::Bidi(lane) => lane.feel(limit).await,
            Self::Cdp(lane) => lane.feel(limit).await,
            Self::Classic(_) => Ok(None),
        }
    }

    /// Whether the page script outlives the call that brought it, so that it can look at a press as it comes.
    #[must_use]
    pub fn keeps_script(&self) -> bool {
        !matches!(self, Self::Classic(_))
    }

    /// Moves the pointer to a point.
    ///
    /// # Errors
    /// What every command may give.
    pub async fn hover(&mut self, point: Point, limit: Duration) -> Result<(), PageError> {
        match self {
            Self::Bidi(lane) => lane.hover(point, limit).await,
            Self::Cdp(lane) => lane.hover(point, limit).await,
            Self::Classic(lane) => lane.hover(point, limit).await,
        }
    }

    /// A PNG of the viewport.
    ///
    /// # Errors
    /// What every command may give.
    pub async fn picture(&mut self, limit: Duration) -> Result<Capture, PageError> {
        match self {
            Self::Bidi(lane) => lane.picture(limit).await,
            Self::Cdp(lane) => lane.picture(limit).await,
            Self::Classic(lane) => lane.picture(limit).await,
        }
    }

    /// Waits until a native dialog is open and gives its text.
    ///
    /// # Errors
    /// [`PageError::Silent`] when none opens within the limit.
    pub async fn dialog(&mut self, limit: Duration) -> Result<String, PageError> {
        match self {
            Self::Bidi(lane) => lane.dialog(limit).await,
            Self::Cdp(lane) => lane.dialog(limit).await,
            Self::Classic(lane) => lane.dialog(limit).await,
        }
    }

    /// Answers the open dialog.
    ///
    /// # Errors
    /// What every command may give.
    pub async fn answer(&mut self, accept: bool, text: Option<&str>, limit: Duration) -> Result<(), PageError> {
        match self {
            Self::Bidi(lane) => lane.answer(accept, text, limit).await,
            Self::Cdp(lane) => lane.answer(accept, text, limit).await,
            Self::Classic(lane) => lane.answer(accept, text, limit).await,
        }
    }

    /// Waits until a download that began after the last call of this has ended.
    ///
    /// # Errors
    /// [`PageError::Silent`] when none ends within the limit, [`PageError::Refused`] when it fails or the browser is not ours.
    pub async fn download(&mut self, limit: Duration) -> Result<Download, PageError> {
        match self {
            Self::Bidi(lane) => lane.download(limit).await,
            Self::Cdp(lane) => lane.download(limit).await,
            Self::Classic(_) => Err(PageError::Refused {
                command: "download".into(),
                why: "a file that a remote browser stores cannot be fetched; run with a browser of this machine".into(),
            }),
        }
    }

    /// Whether dragging with the pointer starts a native drag. Firefox's driver starts none (measured with 153).
    #[must_use]
    pub fn drags_natively(&self) -> bool {
        !matches!(self, Self::Bidi(_))
    }

    /// Whether the pointer aimed at the page also reaches a frame of another origin in it.
    #[must_use]
    pub fn points_into_frames(&self) -> bool {
        matches!(self, Self::Cdp(_))
    }

    /// The window that is driven now, as classic WebDriver names it; `None` where classic commands follow by themselves.
    #[must_use]
    pub fn window(&self) -> Option<&str> {
        match self {
            Self::Bidi(lane) => lane.window(),
            Self::Cdp(lane) => lane.window(),
            Self::Classic(_) => None,
        }
    }
}

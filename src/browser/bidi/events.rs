//! What Firefox tells of its own accord: which windows there are, where a page goes, dialogs, downloads.

use std::path::PathBuf;

use crate::browser::lane::Download;
use crate::browser::socket::SocketEvent;

/// What is subscribed to.
pub(super) const EVENTS: [&str; 9] = [
    "browsingContext.userPromptOpened",
    "browsingContext.userPromptClosed",
    "browsingContext.navigationStarted",
    "browsingContext.navigationCommitted",
    "browsingContext.navigationFailed",
    "browsingContext.contextCreated",
    "browsingContext.contextDestroyed",
    "browsingContext.downloadWillBegin",
    "browsingContext.downloadEnd",
];

/// What was heard so far.
#[derive(Debug)]
pub(super) struct Heard {
    /// The driven window, on top of those that opened it.
    windows: Vec<String>,
    /// The text of the dialog that is open.
    pub(super) dialog: Option<String>,
    /// The address for which the page is being left.
    pub(super) leaving: Option<String>,
    /// Downloads that ended, or why not.
    pub(super) downloads: Vec<Result<Download, String>>,
    suggested: Option<String>,
}

/// What a wait for an answer may be broken off by.
#[derive(Debug, PartialEq)]
pub(super) enum Break {
    Navigated,
    Dialog(String),
    /// The page opened a window.
    Opened,
    /// The driven window is gone: what was asked of it may get no answer any more.
    Closed,
}

impl Heard {
    /// Nothing yet but that this window is driven.
    pub(super) fn of(window: String) -> Self {
        Self { windows: vec![window], dialog: None, leaving: None, downloads: Vec::new(), suggested: None }
    }

    /// The driven window.
    pub(super) fn driven(&self) -> Option<&str> {
        self.windows.last().map(String::as_str)
    }

    /// Takes down what an event tells; gives what it breaks off.
    pub(super) fn note(&mut self, event: &SocketEvent) -> Option<Break> {
        let params = &event.params;
        let context = params["context"].as_str().unwrap_or_default();
        let driven = self.driven() == Some(context);
        match event.method.as_str() {
            "browsingContext.userPromptOpened" => {
                let text = params["message"].as_str().unwrap_or_default().to_owned();
                self.dialog = Some(text.clone());
                Some(Break::Dialog(text))
            }
            "browsingContext.userPromptClosed" => {
                self.dialog = None;
                None
            }
            "browsingContext.navigationStarted" if driven => {
                self.leaving = params["url"].as_str().map(str::to_owned);
                None
            }
            "browsingContext.navigationCommitted" if driven => {
                self.leaving = None;
                Some(Break::Navigated)
            }
            "browsingContext.navigationFailed" if driven => {
                self.leaving = None;
                None
            }
            "browsingContext.contextCreated"
                if params["parent"].is_null() && !self.windows.iter().any(|w| w == context) =>
            {
                self.windows.push(context.to_owned());
                self.leaving = None;
                Some(Break::Opened)
            }
            "browsingContext.contextDestroyed" => {
                self.windows.retain(|window| window != context);
                if driven {
                    self.leaving = None;
                }
                driven.then_some(Break::Closed)
            }
            "browsingContext.downloadWillBegin" => {
                self.suggested = params["suggestedFilename"].as_str().map(str::to_owned);
                self.leaving = None;
                None
            }
            "browsingContext.downloadEnd" => {
                let name = self.suggested.take().unwrap_or_else(|| "download".into());
                self.downloads.push(match params["filepath"].as_str() {
                    Some(path) if params["status"] == "complete" => Ok(Download { name, path: PathBuf::from(path) }),
                    _ => Err(format!("the download of `{name}` was broken off")),
                });
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Break, Heard};
    use crate::browser::socket::SocketEvent;

    fn event(name: &str, params: Value) -> SocketEvent {
        SocketEvent { method: format!("browsingContext.{name}"), params, session: None }
    }

    #[test]
    fn a_window_is_driven_from_its_opening_to_its_end() {
        let mut heard = Heard::of("first".into());
        assert_eq!(heard.note(&event("contextCreated", json!({ "context": "frame", "parent": "first" }))), None);
        let opened = event("contextCreated", json!({ "context": "second", "parent": null }));
        assert_eq!((heard.note(&opened), heard.driven()), (Some(Break::Opened), Some("second")));
        assert_eq!(heard.note(&opened), None, "it is told once");
        heard.leaving = Some("https://portal.example/next".into());
        let closed = event("contextDestroyed", json!({ "context": "second" }));
        assert_eq!((heard.note(&closed), heard.driven()), (Some(Break::Closed), Some("first")));
        assert_eq!(heard.leaving, None);
    }

    #[test]
    fn only_the_driven_page_is_left() {
        let mut heard = Heard::of("first".into());
        let goes = |context: &str| json!({ "context": context, "url": "https://portal.example/next" });
        assert_eq!(heard.note(&event("navigationStarted", goes("frame"))), None);
        assert_eq!(heard.leaving, None);
        assert_eq!(heard.note(&event("navigationStarted", goes("first"))), None);
        assert_eq!(heard.leaving.as_deref(), Some("https://portal.example/next"));
        assert_eq!(heard.note(&event("navigationCommitted", goes("first"))), Some(Break::Navigated));
        assert_eq!(heard.leaving, None);
    }

    #[test]
    fn a_download_has_the_name_that_was_suggested() {
        let mut heard = Heard::of("first".into());
        heard.note(&event("downloadWillBegin", json!({ "suggestedFilename": "ricevuta.pdf" })));
        heard.note(&event("downloadEnd", json!({ "status": "complete", "filepath": "downloads/1" })));
        heard.note(&event("downloadEnd", json!({ "status": "canceled" })));
        assert_eq!(heard.downloads[0].as_ref().map(|download| download.name.as_str()), Ok("ricevuta.pdf"));
        assert!(heard.downloads[1].is_err());
    }
}

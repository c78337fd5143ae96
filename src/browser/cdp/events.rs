//! What Chromium tells of its own accord: which windows there are, where a page goes, dialogs, downloads.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::browser::lane::Download;
use crate::browser::socket::SocketEvent;

/// What was heard so far.
#[derive(Debug)]
pub(super) struct Heard {
    /// The driven window, on top of those that opened it.
    pub(super) windows: Vec<Window>,
    /// Windows that the page opened and that are not attached yet, the oldest first.
    pub(super) opened: Vec<String>,
    /// The text of the dialog that is open.
    pub(super) dialog: Option<String>,
    /// The driven page crashed: nothing in it answers any more.
    pub(super) crashed: bool,
    /// The address for which the page is being left.
    pub(super) leaving: Option<String>,
    /// Where downloads lie.
    pub(super) folder: PathBuf,
    /// Those that ended, or why not.
    pub(super) downloads: Vec<Result<Download, String>>,
    suggested: HashMap<String, String>,
}

/// A window, with its CDP session and our world in its present document.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) target: String,
    pub(super) session: String,
    pub(super) world: Option<u64>,
}

/// What ends the waiting for an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Break {
    Dialog(String),
    /// The page opened a window.
    Opened,
    /// The driven window is gone: what was asked of it gets no answer any more.
    Closed,
    /// So is its page.
    Crashed,
}

impl Heard {
    /// Nothing yet.
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self {
            windows: Vec::new(),
            opened: Vec::new(),
            dialog: None,
            crashed: false,
            leaving: None,
            folder,
            downloads: Vec::new(),
            suggested: HashMap::new(),
        }
    }

    /// The driven window.
    pub(super) fn driven(&self) -> Option<&str> {
        self.windows.last().map(|window| window.target.as_str())
    }

    /// Takes down what an event tells; gives what it breaks off.
    pub(super) fn note(&mut self, event: &SocketEvent) -> Option<Break> {
        let params = &event.params;
        match event.method.as_str() {
            "Page.javascriptDialogOpening" => {
                let text = params["message"].as_str().unwrap_or_default().to_owned();
                self.dialog = Some(text.clone());
                return Some(Break::Dialog(text));
            }
            "Page.javascriptDialogClosed" => self.dialog = None,
            "Page.frameRequestedNavigation"
                if self.driven() == params["frameId"].as_str() && params["disposition"] == "currentTab" =>
            {
                self.leaving = params["url"].as_str().map(str::to_owned);
            }
            "Page.frameStoppedLoading" | "Page.navigatedWithinDocument"
                if self.driven() == params["frameId"].as_str() =>
            {
                self.leaving = None;
            }
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                let session = event.session.as_deref();
                if self.driven() == params["frame"]["id"].as_str() {
                    self.leaving = None;
                }
                if let Some(window) = self.windows.iter_mut().find(|window| Some(window.session.as_str()) == session) {
                    window.world = None;
                }
            }
            "Target.targetCreated" if params["targetInfo"]["type"] == "page" => {
                let target = params["targetInfo"]["targetId"].as_str().unwrap_or_default();
                if !self.windows.iter().any(|window| window.target == target)
                    && !self.opened.iter().any(|opened| opened == target)
                {
                    self.opened.push(target.to_owned());
                    self.leaving = None;
                    return Some(Break::Opened);
                }
            }
            "Target.targetCrashed" if self.driven() == params["targetId"].as_str() => {
                self.crashed = true;
                return Some(Break::Crashed);
            }
            "Target.targetDestroyed" => {
                self.opened.retain(|opened| Some(opened.as_str()) != params["targetId"].as_str());
                let driven = self.driven() == params["targetId"].as_str();
                if driven {
                    self.leaving = None;
                }
                self.windows.retain(|window| Some(window.target.as_str()) != params["targetId"].as_str());
                return driven.then_some(Break::Closed);
            }
            "Browser.downloadWillBegin" => {
                self.leaving = None;
                if let (Some(guid), Some(name)) = (params["guid"].as_str(), params["suggestedFilename"].as_str()) {
                    self.suggested.insert(guid.to_owned(), name.to_owned());
                }
            }
            "Browser.downloadProgress" if params["state"] != "inProgress" => {
                let guid = params["guid"].as_str().unwrap_or_default();
                let name = self.suggested.remove(guid).unwrap_or_else(|| "download".into());
                self.downloads.push(match params["state"].as_str() {
                    Some("completed") => Ok(Download { name, path: self.folder.join(guid) }),
                    _ => Err(format!("the download of `{name}` was broken off")),
                });
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Break, Heard, Window};
    use crate::browser::socket::SocketEvent;

    fn driving(target: &str) -> Heard {
        let mut heard = Heard::in_folder("downloads".into());
        heard.windows.push(Window {
            target: target.to_owned(),
            session: format!("session of {target}"),
            world: Some(1),
        });
        heard
    }

    fn event(method: &str, params: Value) -> SocketEvent {
        SocketEvent { method: method.to_owned(), params, session: None }
    }

    fn created(target: &str) -> SocketEvent {
        event("Target.targetCreated", json!({ "targetInfo": { "type": "page", "targetId": target } }))
    }

    fn destroyed(target: &str) -> SocketEvent {
        event("Target.targetDestroyed", json!({ "targetId": target }))
    }

    #[test]
    fn a_window_that_closes_before_it_is_attached_was_never_there() {
        let mut heard = driving("first");
        assert_eq!(heard.note(&created("second")), Some(Break::Opened));
        assert_eq!(heard.note(&created("third")), Some(Break::Opened));
        assert_eq!(heard.opened, ["second", "third"], "the newest is attached last");
        assert_eq!(heard.note(&destroyed("second")), None);
        assert_eq!(heard.opened, ["third"]);
    }

    #[test]
    fn who_opened_the_driven_window_is_driven_when_it_closes() {
        let mut heard = driving("first");
        heard.windows.extend(driving("second").windows);
        heard.leaving = Some("https://portal.example/next".into());
        assert_eq!(heard.note(&destroyed("second")), Some(Break::Closed));
        assert_eq!((heard.driven(), &heard.leaving), (Some("first"), &None));
    }

    #[test]
    fn only_the_driven_page_s_crash_ends_a_wait() {
        let mut heard = driving("first");
        let crash = |target: &str| event("Target.targetCrashed", json!({ "targetId": target }));
        assert_eq!((heard.note(&crash("another")), heard.crashed), (None, false));
        assert_eq!((heard.note(&crash("first")), heard.crashed), (Some(Break::Crashed), true));
    }

    #[test]
    fn a_page_that_is_left_has_arrived_when_it_stops_loading() {
        let mut heard = driving("first");
        let going = json!({ "frameId": "first", "disposition": "currentTab", "url": "https://portal.example/next" });
        heard.note(&event("Page.frameRequestedNavigation", going));
        assert_eq!(heard.leaving.as_deref(), Some("https://portal.example/next"));
        heard.note(&event("Page.frameStoppedLoading", json!({ "frameId": "a frame in it" })));
        assert!(heard.leaving.is_some());
        heard.note(&event("Page.frameStoppedLoading", json!({ "frameId": "first" })));
        assert_eq!(heard.leaving, None);
    }
}

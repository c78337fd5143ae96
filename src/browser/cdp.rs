//! Chromium's way to the page: the browser's DevTools socket (browser.md §1, §2.4, §2.7).
//!
//! The driver keeps the session; this socket stands beside it and drives the same windows.

mod events;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use self::events::{Break, Heard, Window};
use crate::browser::bidi::capture;
use crate::browser::capabilities::Viewport;
use crate::browser::deadline::Deadline;
use crate::browser::error::PageError;
use crate::browser::lane::{Capture, Download, Point};
use crate::browser::script::{AGENT, AT_REST, PRESSED, at_document_start};
use crate::browser::socket::{Socket, SocketError, wipe};
use crate::stop::Stop;

/// The world of ours in each page, apart from the page's own scripts.
const WORLD: &str = "rinnova";

/// The CDP side of a session.
#[derive(Debug)]
pub struct Cdp {
    socket: Socket,
    stop: Stop,
    heard: Heard,
    viewport: Viewport,
}

/// Calls the script that stands in this document's world, or says that it is not there: the document began before us.
const CALL: &str = "(request) => Object.hasOwn(globalThis, 'rinnova') ? globalThis.rinnova(request) : 'absent'";

impl Cdp {
    /// Connects to the browser whose folder is `profile` and drives the window `target`; downloads go to `folder`.
    ///
    /// # Errors
    /// [`PageError::Gone`] when the socket cannot be opened, [`PageError::Refused`] when the browser refuses a command.
    pub async fn connect(
        profile: &Path,
        target: String,
        viewport: Viewport,
        folder: PathBuf,
        stop: Stop,
    ) -> Result<Self, PageError> {
        // Chromium writes its port and the path of its browser-wide socket there: no request is needed to learn them.
        let active = tokio::fs::read_to_string(profile.join("DevToolsActivePort"))
            .await
            .map_err(|error| PageError::Gone { why: format!("its DevTools port cannot be read: {error}") })?;
        let mut lines = active.lines();
        let (port, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let socket = Socket::connect(&format!("ws://127.0.0.1:{port}{path}"))
            .await
            .map_err(|error| PageError::Gone { why: error.to_string() })?;
        let mut lane = Self { socket, stop, heard: Heard::in_folder(folder), viewport };
        let deadline = Deadline::after(Duration::from_secs(20));
        let behaviour = json!({ "behavior": "allowAndName", "downloadPath": lane.heard.folder.display().to_string(), "eventsEnabled": true });
        let downloads = lane.socket.send("Browser.setDownloadBehavior", &behaviour, None);
        let discover = lane.socket.send("Target.setDiscoverTargets", &json!({ "discover": true }), None);
        lane.attach(target, deadline).await?;
        lane.finish("Browser.setDownloadBehavior", downloads, deadline).await?;
        lane.finish("Target.setDiscoverTargets", discover, deadline).await?;
        // The window that was there before is no news.
        lane.heard.opened.clear();
        Ok(lane)
    }

    /// See [`crate::browser::lane::Lane::open`].
    ///
    /// # Errors
    /// As there.
    pub async fn open(&mut self, url: &str, limit: Duration) -> Result<(), PageError> {
        let deadline = Deadline::after(limit);
        let answer = self.command("Page.navigate", json!({ "url": url }), deadline).await?;
        match answer["errorText"].as_str() {
            Some(why) if !why.is_empty() => Err(PageError::Load { url: url.into(), why: why.into() }),
            _ => Ok(()),
        }
    }

    /// See [`crate::browser::lane::Lane::ask`].
    ///
    /// # Errors
    /// As there.
    pub async fn ask(&mut self, request: &str, limit: Duration) -> Result<String, PageError> {
        self.ask_by(CALL, request, limit).await
    }

    /// See [`crate::browser::lane::Lane::ask_once`].
    ///
    /// # Errors
    /// As there.
    pub async fn ask_once(&mut self, script: &str, request: &str, limit: Duration) -> Result<String, PageError> {
        self.ask_by(&format!("(request) => ({script})(request)"), request, limit).await
    }

    async fn ask_by(&mut self, call: &str, request: &str, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        loop {
            self.settle(deadline).await?;
            self.arrive(deadline).await?;
            let world = match self.driven()?.world {
                Some(world) => world,
                None => self.make_world(deadline).await?,
            };
            let answer = match self.call(world, call, request, deadline).await {
                Ok(answer) if answer == "absent" => {
                    let install =
                        format!("(request) => {{ globalThis.rinnova = {AGENT}; return globalThis.rinnova(request); }}");
                    self.call(world, &install, request, deadline).await
                }
                other => other,
            };
            match answer {
                Ok(answer) => {
                    if let Some(window) = self.heard.windows.last_mut() {
                        window.world = Some(world);
                    }
                    return Ok(answer);
                }
                // The world went with its document before the call began: nothing was done.
                Err(PageError::Refused { why, .. }) if why.contains("Cannot find context") => self.forget_world(),
                Err(PageError::Refused { why, .. }) if lost(&why) => {
                    self.forget_world();
                    return Err(PageError::Navigated);
                }
                Err(other) => return Err(other),
            }
        }
    }

    async fn call(
        &mut self,
        world: u64,
        function: &str,
        request: &str,
        deadline: Deadline,
    ) -> Result<String, PageError> {
        const COMMAND: &str = "Runtime.callFunctionOn";
        let params = json!({
            "functionDeclaration": function,
            "executionContextId": world,
            "arguments": [{ "value": request }],
            "awaitPromise": true,
            "returnByValue": true,
            "userGesture": true,
        });
        let answer = self.command(COMMAND, params, deadline).await?;
        text_result(COMMAND, &answer)
    }

    /// The address of the document in a frame, told by the browser; `request` asks the page script for the frame's element.
    ///
    /// # Errors
    /// [`PageError::Navigated`] when there is no such frame.
    pub async fn frame_address(&mut self, request: &str, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        let params = json!({
            "functionDeclaration": "(request) => globalThis.rinnova(request)",
            "executionContextId": self.driven()?.world.ok_or(PageError::Navigated)?,
            "arguments": [{ "value": request }],
            "awaitPromise": true,
        });
        let found = self.command("Runtime.callFunctionOn", params, deadline).await?;
        let object = found["result"]["objectId"].as_str().ok_or(PageError::Navigated)?;
        let node = self.command("DOM.describeNode", json!({ "objectId": object }), deadline).await?;
        let frame = node["node"]["frameId"].as_str().ok_or(PageError::Navigated)?;
        // A frame of another site is a target of its own; one of the same site stands in the page's tree.
        let place = self.socket.send("Target.getTargets", &json!({}), None);
        let targets = self.finish("Target.getTargets", place, deadline).await?;
        let target = targets["targetInfos"].as_array().into_iter().flatten().find(|target| target["targetId"] == frame);
        if let Some(address) = target.and_then(|target| target["url"].as_str()) {
            return Ok(address.to_owned());
        }
        let tree = self.command("Page.getFrameTree", json!({}), deadline).await?;
        address_in(&tree["frameTree"], frame).ok_or(PageError::Navigated)
    }

    /// See [`crate::browser::lane::Lane::press`].
    ///
    /// # Errors
    /// As there.
    pub async fn press(&mut self, point: Point, there: bool, count: u32, limit: Duration) -> Result<(), PageError> {
        let mut places = if there { Vec::new() } else { vec![self.mouse("mouseMoved", point, 0)?] };
        for click in 1..=count {
            places.push(self.mouse("mousePressed", point, click)?);
            places.push(self.mouse("mouseReleased", point, click)?);
        }
        self.finish_mouse(places, limit).await
    }

    /// See [`crate::browser::lane::Lane::feel`].
    ///
    /// # Errors
    /// As there.
    pub async fn feel(&mut self, limit: Duration) -> Result<Option<String>, PageError> {
        const COMMAND: &str = "Runtime.evaluate";
        // Under the dialog that the press opened nothing answers.
        if self.heard.dialog.is_some() {
            return Ok(None);
        }
        let Ok(window) = self.driven() else { return Ok(None) };
        let params = match window.world {
            Some(world) => json!({
                "expression": format!("globalThis.rinnova('{PRESSED}')"), "contextId": world, "awaitPromise": true, "returnByValue": true,
            }),
            None => json!({ "expression": AT_REST, "awaitPromise": true }),
        };
        let place = self.socket.send(COMMAND, &params, Some(&window.session));
        match self.finish(COMMAND, place, Deadline::after(limit)).await {
            Err(error @ (PageError::Stopped | PageError::Gone { .. })) => Err(error),
            // The page is gone already, or stands under a dialog: the next command's matter.
            Err(_) => Ok(None),
            Ok(answer) => Ok(text_result(COMMAND, &answer).ok()),
        }
    }

    /// See [`crate::browser::lane::Lane::hover`].
    ///
    /// # Errors
    /// As there.
    pub async fn hover(&mut self, point: Point, limit: Duration) -> Result<(), PageError> {
        let place = self.mouse("mouseMoved", point, 0)?;
        self.finish_mouse(vec![place], limit).await
    }

    /// See [`crate::browser::lane::Lane::picture`].
    ///
    /// # Errors
    /// As there.
    pub async fn picture(&mut self, limit: Duration) -> Result<Capture, PageError> {
        const COMMAND: &str = "Page.captureScreenshot";
        let params = json!({ "format": "png", "optimizeForSpeed": true });
        let mut answer = self.command(COMMAND, params, Deadline::after(limit)).await?;
        capture(COMMAND, answer["data"].take())
    }

    /// The page as a PDF in Base64: A4 where its own style does not say otherwise, with tags and outline.
    ///
    /// # Errors
    /// What every command may give.
    pub(super) async fn print(&mut self, limit: Duration) -> Result<String, PageError> {
        const COMMAND: &str = "Page.printToPDF";
        let params = json!({
            "paperWidth": 21.0 / 2.54,
            "paperHeight": 29.7 / 2.54,
            "preferCSSPageSize": true,
            "printBackground": true,
            "generateTaggedPDF": true,
            "generateDocumentOutline": true,
        });
        let mut answer = self.command(COMMAND, params, Deadline::after(limit)).await?;
        match answer["data"].take() {
            Value::String(text) => Ok(text),
            _ => Err(PageError::Refused { command: COMMAND.into(), why: "no PDF in the answer".into() }),
        }
    }

    /// See [`crate::browser::lane::Lane::dialog`].
    ///
    /// # Errors
    /// As there.
    pub async fn dialog(&mut self, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some(text) = &self.heard.dialog {
                return Ok(text.clone());
            }
            self.next_event("a native dialog", deadline).await?;
        }
    }

    /// See [`crate::browser::lane::Lane::answer`].
    ///
    /// # Errors
    /// As there.
    pub async fn answer(&mut self, accept: bool, text: Option<&str>, limit: Duration) -> Result<(), PageError> {
        let mut params = json!({ "accept": accept });
        if let Some(text) = text {
            params["promptText"] = text.into();
        }
        self.heard.dialog = None;
        match self.command("Page.handleJavaScriptDialog", params, Deadline::after(limit)).await {
            // The answer closed the window.
            Ok(_) | Err(PageError::Navigated) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// See [`crate::browser::lane::Lane::download`].
    ///
    /// # Errors
    /// As there.
    pub async fn download(&mut self, limit: Duration) -> Result<Download, PageError> {
        let deadline = Deadline::after(limit);
        loop {
            if !self.heard.downloads.is_empty() {
                return self
                    .heard
                    .downloads
                    .remove(0)
                    .map_err(|why| PageError::Refused { command: "download".into(), why });
            }
            self.next_event("a download", deadline).await?;
        }
    }

    /// See [`crate::browser::lane::Lane::window`].
    #[must_use]
    pub fn window(&self) -> Option<&str> {
        self.heard.driven()
    }

    fn driven(&self) -> Result<&Window, PageError> {
        self.heard.windows.last().ok_or(PageError::WindowClosed)
    }

    fn forget_world(&mut self) {
        if let Some(window) = self.heard.windows.last_mut() {
            window.world = None;
        }
    }

    async fn make_world(&mut self, deadline: Deadline) -> Result<u64, PageError> {
        const COMMAND: &str = "Page.createIsolatedWorld";
        // The main frame's id is its target's.
        let params = json!({ "frameId": self.driven()?.target, "worldName": WORLD });
        let answer = self.command(COMMAND, params, deadline).await?;
        answer["executionContextId"]
            .as_u64()
            .ok_or_else(|| PageError::Refused { command: COMMAND.into(), why: "no context in the answer".into() })
    }

    /// Attaches to a window and makes it the driven one.
    async fn attach(&mut self, target: String, deadline: Deadline) -> Result<(), PageError> {
        const COMMAND: &str = "Target.attachToTarget";
        let place = self.socket.send(COMMAND, &json!({ "targetId": target, "flatten": true }), None);
        let answer = self.finish(COMMAND, place, deadline).await?;
        let session = answer["sessionId"].as_str().unwrap_or_default().to_owned();
        let enabled = self.socket.send("Page.enable", &json!({}), Some(&session));
        let Viewport { width, height, scale } = self.viewport;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
        let sized = self.socket.send("Emulation.setDeviceMetricsOverride", &metrics, Some(&session));
        let early = json!({ "source": at_document_start(), "worldName": WORLD });
        let early = self.socket.send("Page.addScriptToEvaluateOnNewDocument", &early, Some(&session));
        self.heard.windows.push(Window { target, session, world: None });
        self.finish("Page.enable", enabled, deadline).await?;
        self.finish("Page.addScriptToEvaluateOnNewDocument", early, deadline).await?;
        self.finish("Emulation.setDeviceMetricsOverride", sized, deadline).await.map(drop)
    }

    /// Notes what happened since the last command, attaches to windows that opened, and refuses to go on under a dialog.
    async fn settle(&mut self, deadline: Deadline) -> Result<(), PageError> {
        while let Ok(event) = self.socket.events.try_recv() {
            self.heard.note(&event);
        }
        // The oldest first: the newest is the one that is driven.
        while let Some(target) = self.heard.opened.first().cloned() {
            let attached = self.attach(target.clone(), deadline).await;
            while let Ok(event) = self.socket.events.try_recv() {
                self.heard.note(&event);
            }
            let stands = self.heard.opened.contains(&target);
            self.heard.opened.retain(|opened| *opened != target);
            match attached {
                Ok(()) if stands => {}
                // It was closed again before it could be driven.
                Ok(()) | Err(PageError::Navigated | PageError::Refused { .. }) if !stands => {
                    self.heard.windows.retain(|window| window.target != target);
                }
                other => other?,
            }
        }
        match &self.heard.dialog {
            _ if self.heard.crashed => Err(crashed()),
            Some(text) => Err(PageError::Dialog { text: text.clone() }),
            None => Ok(()),
        }
    }

    /// While the page is being left waits for what comes: the old page is neither looked at nor acted on.
    async fn arrive(&mut self, deadline: Deadline) -> Result<(), PageError> {
        while let Some(url) = self.heard.leaving.clone() {
            match self.next_event("the next page", deadline).await {
                Err(PageError::Silent { seconds, .. }) => {
                    return Err(PageError::Slow { url, seconds });
                }
                other => other?,
            }
            self.settle(deadline).await?;
        }
        Ok(())
    }

    async fn command(&mut self, command: &str, mut params: Value, deadline: Deadline) -> Result<Value, PageError> {
        let session = self.driven()?.session.clone();
        let place = self.socket.send(command, &params, Some(&session));
        // It may hold a secret.
        wipe(&mut params);
        self.finish(command, place, deadline).await
    }

    async fn finish(
        &mut self,
        command: &str,
        mut place: oneshot::Receiver<Result<Value, SocketError>>,
        deadline: Deadline,
    ) -> Result<Value, PageError> {
        loop {
            tokio::select! {
                biased;
                answer = &mut place => return match answer {
                    Ok(Ok(value)) => Ok(value),
                    Ok(Err(error)) => Err(PageError::Refused { command: command.into(), why: error.message }),
                    Err(_) => Err(gone()),
                },
                event = self.socket.events.recv() => match event.map(|event| self.heard.note(&event)) {
                    None => return Err(gone()),
                    Some(Some(Break::Dialog(text))) => return Err(PageError::Dialog { text }),
                    Some(Some(Break::Opened)) if command.starts_with("Runtime.") => return Err(PageError::Navigated),
                    Some(Some(Break::Crashed)) => return Err(crashed()),
                    Some(Some(Break::Closed)) if !of_the_browser(command) => return Err(PageError::Navigated),
                    Some(_) => {}
                },
                () = tokio::time::sleep_until(deadline.at) => return Err(deadline.silent(command)),
                () = self.stop.wait() => return Err(PageError::Stopped),
            }
        }
    }

    fn mouse(
        &self,
        kind: &str,
        point: Point,
        click: u32,
    ) -> Result<oneshot::Receiver<Result<Value, SocketError>>, PageError> {
        let mut params = json!({ "type": kind, "x": point.x, "y": point.y, "button": "none", "buttons": 0 });
        if click > 0 {
            params["button"] = "left".into();
            params["clickCount"] = click.into();
            params["buttons"] = i32::from(kind == "mousePressed").into();
        }
        Ok(self.socket.send("Input.dispatchMouseEvent", &params, Some(&self.driven()?.session)))
    }

    async fn finish_mouse(
        &mut self,
        places: Vec<oneshot::Receiver<Result<Value, SocketError>>>,
        limit: Duration,
    ) -> Result<(), PageError> {
        let deadline = Deadline::after(limit);
        for place in places {
            match self.finish("Input.dispatchMouseEvent", place, deadline).await {
                Ok(_) => {}
                // The click was delivered; what it opened or left is the next command's matter.
                Err(PageError::Dialog { .. } | PageError::Navigated) => return Ok(()),
                Err(PageError::Refused { why, .. }) if lost(&why) => return Ok(()),
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    async fn next_event(&mut self, what: &str, deadline: Deadline) -> Result<(), PageError> {
        tokio::select! {
            event = self.socket.events.recv() => match event {
                Some(event) => { self.heard.note(&event); Ok(()) }
                None => Err(gone()),
            },
            () = tokio::time::sleep_until(deadline.at) => Err(deadline.silent(what)),
            () = self.stop.wait() => Err(PageError::Stopped),
        }
    }
}

fn crashed() -> PageError {
    PageError::Gone { why: "its page crashed".into() }
}

fn gone() -> PageError {
    PageError::Gone { why: "its socket was closed".into() }
}

/// Whether a command is for the browser, which answers whatever becomes of a window.
fn of_the_browser(command: &str) -> bool {
    command.starts_with("Target.") || command.starts_with("Browser.")
}

/// Whether Chromium says that the page went away under a command.
fn lost(why: &str) -> bool {
    ["navigated or closed", "context was destroyed", "Cannot find context", "Session with given id not found"]
        .iter()
        .any(|sign| why.contains(sign))
}

fn text_result(command: &str, answer: &Value) -> Result<String, PageError> {
    match &answer["result"]["value"] {
        Value::String(text) => Ok(text.clone()),
        _ => Err(PageError::Refused {
            command: command.into(),
            why: answer["exceptionDetails"]["exception"]["description"]
                .as_str()
                .unwrap_or("the page script gave no answer")
                .into(),
        }),
    }
}

/// The address of a frame in the answer of `Page.getFrameTree`.
fn address_in(tree: &Value, frame: &str) -> Option<String> {
    if tree["frame"]["id"] == frame {
        return tree["frame"]["url"].as_str().map(str::to_owned);
    }
    tree["childFrames"].as_array()?.iter().find_map(|child| address_in(child, frame))
}

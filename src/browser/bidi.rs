//! Firefox's way to the page: WebDriver BiDi on its own socket (browser.md §1–§4).

mod events;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use self::events::{Break, EVENTS, Heard};
use crate::browser::capabilities::Viewport;
use crate::browser::deadline::Deadline;
use crate::browser::error::PageError;
use crate::browser::lane::{Capture, Download, Point};
use crate::browser::script::{AGENT, AT_REST, PRESSED, at_document_start};
use crate::browser::socket::{Socket, SocketError, SocketEvent, wipe};
use crate::stop::Stop;

/// The world of ours in each page, apart from the page's own scripts.
const SANDBOX: &str = "rinnova";

/// Calls the script that stands in this document's sandbox, or says that it is not there: the document began before us.
const CALL: &str = "(request, turn) => {
  if (!Object.hasOwn(globalThis, 'rinnova')) return 'absent';
  globalThis.turn = turn;
  return globalThis.rinnova(request);
}";

/// The BiDi side of a session.
#[derive(Debug)]
pub struct Bidi {
    socket: Socket,
    stop: Stop,
    heard: Heard,
    viewport: Viewport,
    turn: u64,
}

impl Bidi {
    /// Connects and drives `window`.
    ///
    /// # Errors
    /// [`PageError::Gone`] when the socket cannot be opened, [`PageError::Refused`] when the browser refuses a command.
    pub async fn connect(address: &str, window: String, viewport: Viewport, stop: Stop) -> Result<Self, PageError> {
        let socket = Socket::connect(address).await.map_err(|error| PageError::Gone { why: error.to_string() })?;
        let mut lane = Self { socket, stop, heard: Heard::of(window.clone()), viewport, turn: 0 };
        let limit = Deadline::after(Duration::from_secs(20));
        let subscribed = lane.socket.send("session.subscribe", &json!({ "events": EVENTS }), None);
        let early =
            json!({ "functionDeclaration": format!("() => {{ {} }}", at_document_start()), "sandbox": SANDBOX });
        let early = lane.socket.send("script.addPreloadScript", &early, None);
        let sized = lane.resize(&window);
        lane.finish("session.subscribe", subscribed, limit).await?;
        lane.finish("script.addPreloadScript", early, limit).await?;
        lane.finish("browsingContext.setViewport", sized, limit).await?;
        Ok(lane)
    }

    /// See [`crate::browser::lane::Lane::open`].
    ///
    /// # Errors
    /// As there.
    pub async fn open(&mut self, url: &str, limit: Duration) -> Result<(), PageError> {
        self.refuse_dialog()?;
        let params = json!({ "context": self.driven()?, "url": url, "wait": "interactive" });
        let place = self.socket.send("browsingContext.navigate", &params, None);
        match self.finish("browsingContext.navigate", place, Deadline::after(limit)).await {
            Ok(_) => Ok(()),
            Err(PageError::Refused { why, .. }) => Err(PageError::Load { url: url.into(), why }),
            Err(other) => Err(other),
        }
    }

    /// See [`crate::browser::lane::Lane::ask`].
    ///
    /// # Errors
    /// As there.
    pub async fn ask(&mut self, request: &str, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        self.arrive(deadline).await?;
        let answer = self.call(CALL, request, deadline).await?;
        if answer != "absent" {
            return Ok(answer);
        }
        let install = format!(
            "(request, turn) => {{ globalThis.rinnova = {AGENT}; globalThis.turn = turn; return globalThis.rinnova(request); }}"
        );
        self.call(&install, request, deadline).await
    }

    /// See [`crate::browser::lane::Lane::ask_once`].
    ///
    /// # Errors
    /// As there.
    pub async fn ask_once(&mut self, script: &str, request: &str, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        self.arrive(deadline).await?;
        self.call(&format!("(request) => ({script})(request)"), request, deadline).await
    }

    /// The origin of the document in a frame, told by a world of ours in it; `request` asks the page script for its window.
    ///
    /// # Errors
    /// [`PageError::Navigated`] when there is no such frame.
    pub async fn frame_origin(&mut self, request: &str, limit: Duration) -> Result<String, PageError> {
        let deadline = Deadline::after(limit);
        let params = json!({
            "functionDeclaration": "(request) => globalThis.rinnova(request)",
            "target": { "context": self.driven()?, "sandbox": SANDBOX },
            "awaitPromise": true,
            "arguments": [{ "type": "string", "value": request }],
        });
        let place = self.socket.send("script.callFunction", &params, None);
        let found = self.finish("script.callFunction", place, deadline).await?;
        let frame = found["result"]["value"]["context"].as_str().ok_or(PageError::Navigated)?;
        let params = json!({
            "expression": "window.location.origin",
            "target": { "context": frame, "sandbox": SANDBOX },
            "awaitPromise": false,
        });
        let place = self.socket.send("script.evaluate", &params, None);
        let told = self.finish("script.evaluate", place, deadline).await?;
        told["result"]["value"].as_str().map(str::to_owned).ok_or(PageError::Navigated)
    }

    /// See [`crate::browser::lane::Lane::press`].
    ///
    /// # Errors
    /// As there.
    pub async fn press(&mut self, point: Point, there: bool, count: u32, limit: Duration) -> Result<(), PageError> {
        let mut actions = if there { Vec::new() } else { vec![movement(point)] };
        for _ in 0..count {
            actions.push(json!({ "type": "pointerDown", "button": 0 }));
            actions.push(json!({ "type": "pointerUp", "button": 0 }));
        }
        self.pointer(actions, limit).await
    }

    /// See [`crate::browser::lane::Lane::feel`].
    ///
    /// # Errors
    /// As there.
    pub async fn feel(&mut self, limit: Duration) -> Result<Option<String>, PageError> {
        const COMMAND: &str = "script.evaluate";
        let deadline = Deadline::after(limit);
        let Some(window) = self.window() else { return Ok(None) };
        let params = json!({
            "expression": format!("Object.hasOwn(globalThis, 'rinnova') ? globalThis.rinnova('{PRESSED}') : {AT_REST}"),
            "target": { "context": window, "sandbox": SANDBOX },
            "awaitPromise": true,
        });
        let mut place = self.socket.send(COMMAND, &params, None);
        while self.heard.dialog.is_none() {
            let broken = tokio::select! {
                biased;
                felt = &mut place => return Ok(text_result(COMMAND, felt).ok()),
                event = self.socket.events.recv() => self.note(&event.ok_or_else(gone)?),
                () = tokio::time::sleep_until(deadline.at) => break,
                () = self.stop.wait() => return Err(PageError::Stopped),
            };
            // The page is gone already, and its answer will not come.
            if broken.is_some() {
                break;
            }
        }
        Ok(None)
    }

    /// See [`crate::browser::lane::Lane::hover`].
    ///
    /// # Errors
    /// As there.
    pub async fn hover(&mut self, point: Point, limit: Duration) -> Result<(), PageError> {
        self.pointer(vec![movement(point)], limit).await
    }

    /// See [`crate::browser::lane::Lane::picture`].
    ///
    /// # Errors
    /// As there.
    pub async fn picture(&mut self, limit: Duration) -> Result<Capture, PageError> {
        const COMMAND: &str = "browsingContext.captureScreenshot";
        self.refuse_dialog()?;
        let params = json!({ "context": self.driven()?, "origin": "viewport", "format": { "type": "image/png" } });
        let place = self.socket.send(COMMAND, &params, None);
        let mut answer = self.finish(COMMAND, place, Deadline::after(limit)).await?;
        capture(COMMAND, answer["data"].take())
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
        let mut params = json!({ "context": self.driven()?, "accept": accept });
        if let Some(text) = text {
            params["userText"] = text.into();
        }
        let place = self.socket.send("browsingContext.handleUserPrompt", &params, None);
        self.heard.dialog = None;
        match self.finish("browsingContext.handleUserPrompt", place, Deadline::after(limit)).await {
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

    fn driven(&self) -> Result<&str, PageError> {
        self.window().ok_or(PageError::WindowClosed)
    }

    fn refuse_dialog(&self) -> Result<(), PageError> {
        self.heard.dialog.as_ref().map_or(Ok(()), |text| Err(PageError::Dialog { text: text.clone() }))
    }

    fn resize(&self, window: &str) -> oneshot::Receiver<Result<Value, SocketError>> {
        let Viewport { width, height, scale } = self.viewport;
        let viewport = json!({ "width": width, "height": height });
        let params = json!({ "context": window, "viewport": viewport, "devicePixelRatio": scale });
        self.socket.send("browsingContext.setViewport", &params, None)
    }

    /// While the page is being left waits for what comes: the old page is neither looked at nor acted on.
    async fn arrive(&mut self, deadline: Deadline) -> Result<(), PageError> {
        while let Ok(event) = self.socket.events.try_recv() {
            self.note(&event);
        }
        while let Some(url) = self.heard.leaving.clone() {
            self.refuse_dialog()?;
            match self.next_event("the next page", deadline).await {
                Err(PageError::Silent { seconds, .. }) => {
                    return Err(PageError::Slow { url, seconds });
                }
                other => other?,
            }
        }
        Ok(())
    }

    async fn call(&mut self, function: &str, request: &str, deadline: Deadline) -> Result<String, PageError> {
        const COMMAND: &str = "script.callFunction";
        // What happened since the last command is noted first, so that only what happens from now on breaks this one off.
        while let Ok(event) = self.socket.events.try_recv() {
            self.note(&event);
        }
        self.refuse_dialog()?;
        self.turn += 1;
        let turn = self.turn;
        let mut params = json!({
            "functionDeclaration": function,
            "target": { "context": self.driven()?, "sandbox": SANDBOX },
            "awaitPromise": true,
            "userActivation": true,
            "arguments": [{ "type": "string", "value": request }, { "type": "number", "value": turn }],
        });
        let mut place = self.socket.send(COMMAND, &params, None);
        // It may hold a secret.
        wipe(&mut params);
        loop {
            let broken = tokio::select! {
                biased;
                answer = &mut place => return text_result(COMMAND, answer),
                event = self.socket.events.recv() => match event {
                    Some(event) => self.note(&event),
                    None => return Err(gone()),
                },
                () = tokio::time::sleep_until(deadline.at) => return Err(deadline.silent(COMMAND)),
                () = self.stop.wait() => return Err(PageError::Stopped),
            };
            match broken {
                None => {}
                Some(Break::Dialog(text)) => return Err(PageError::Dialog { text }),
                // The call may have been answered by the new page already; only then is it still worth waiting for.
                Some(Break::Navigated) if self.runs_here(turn, deadline).await? => {}
                Some(Break::Navigated | Break::Opened | Break::Closed) => return Err(PageError::Navigated),
            }
        }
    }

    /// Whether the call of this turn runs in the document that stands there now. Firefox tells of a call in a lost
    /// document only after some two seconds (browser.md §3).
    async fn runs_here(&mut self, turn: u64, deadline: Deadline) -> Result<bool, PageError> {
        let params = json!({
            "expression": "globalThis.turn",
            "target": { "context": self.driven()?, "sandbox": SANDBOX },
            "awaitPromise": false,
        });
        let mut place = self.socket.send("script.evaluate", &params, None);
        loop {
            tokio::select! {
                biased;
                answer = &mut place => return match answer {
                    Ok(answer) => Ok(answer.is_ok_and(|value| value["result"]["value"].as_u64() == Some(turn))),
                    Err(_) => Err(gone()),
                },
                event = self.socket.events.recv() => match event.map(|event| self.note(&event)) {
                    None => return Err(gone()),
                    // The new page began with it, and answers nothing under it.
                    Some(Some(Break::Dialog(text))) => return Err(PageError::Dialog { text }),
                    // That document is gone, too.
                    Some(Some(_)) => return Ok(false),
                    Some(None) => {}
                },
                () = tokio::time::sleep_until(deadline.at) => return Err(deadline.silent("script.evaluate")),
                () = self.stop.wait() => return Err(PageError::Stopped),
            }
        }
    }

    async fn pointer(&mut self, actions: Vec<Value>, limit: Duration) -> Result<(), PageError> {
        const COMMAND: &str = "input.performActions";
        self.refuse_dialog()?;
        let source =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions });
        let place = self.socket.send(COMMAND, &json!({ "context": self.driven()?, "actions": [source] }), None);
        match self.finish(COMMAND, place, Deadline::after(limit)).await {
            // The click was delivered; what it opened or left is the next command's matter.
            Ok(_) | Err(PageError::Dialog { .. } | PageError::Navigated) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Waits for a command's answer; a dialog that opens meanwhile breaks it off, and the end of the driven window.
    async fn finish(
        &mut self,
        command: &str,
        mut place: oneshot::Receiver<Result<Value, SocketError>>,
        deadline: Deadline,
    ) -> Result<Value, PageError> {
        loop {
            tokio::select! {
                biased;
                answer = &mut place => return result(command, answer),
                event = self.socket.events.recv() => match event {
                    Some(event) => match self.note(&event) {
                        Some(Break::Dialog(text)) => return Err(PageError::Dialog { text }),
                        Some(Break::Closed) => return Err(PageError::Navigated),
                        Some(Break::Navigated | Break::Opened) | None => {}
                    },
                    None => return Err(gone()),
                },
                () = tokio::time::sleep_until(deadline.at) => return Err(deadline.silent(command)),
                () = self.stop.wait() => return Err(PageError::Stopped),
            }
        }
    }

    async fn next_event(&mut self, what: &str, deadline: Deadline) -> Result<(), PageError> {
        tokio::select! {
            event = self.socket.events.recv() => match event {
                Some(event) => { self.note(&event); Ok(()) }
                None => Err(gone()),
            },
            () = tokio::time::sleep_until(deadline.at) => Err(deadline.silent(what)),
            () = self.stop.wait() => Err(PageError::Stopped),
        }
    }

    /// Takes down what an event tells. A new window gets the size of the first.
    fn note(&mut self, event: &SocketEvent) -> Option<Break> {
        let broken = self.heard.note(event);
        if let (Some(Break::Opened), Some(window)) = (&broken, self.heard.driven()) {
            // The answer is not needed: a window keeps its own size if this is refused.
            drop(self.resize(window));
        }
        broken
    }
}

fn movement(point: Point) -> Value {
    json!({ "type": "pointerMove", "x": point.x.round(), "y": point.y.round(), "origin": "viewport" })
}

fn gone() -> PageError {
    PageError::Gone { why: "its socket was closed".into() }
}

fn result(
    command: &str,
    answer: Result<Result<Value, SocketError>, oneshot::error::RecvError>,
) -> Result<Value, PageError> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refusal(command, &error)),
        Err(_) => Err(gone()),
    }
}

fn text_result(
    command: &str,
    answer: Result<Result<Value, SocketError>, oneshot::error::RecvError>,
) -> Result<String, PageError> {
    let value = result(command, answer)?;
    match (&value["result"]["value"], value["type"].as_str()) {
        (Value::String(text), Some("success")) => Ok(text.clone()),
        _ => Err(PageError::Refused {
            command: command.into(),
            why: value["exceptionDetails"]["text"].as_str().unwrap_or("the page script gave no answer").into(),
        }),
    }
}

fn refusal(command: &str, error: &SocketError) -> PageError {
    let lost = ["no such frame", "no such node", "no such handle"].contains(&error.code.as_str())
        || error.message.contains("destroyed before query")
        || error.message.contains("AbortError");
    if lost && (command.starts_with("script.") || command.starts_with("input.")) {
        return PageError::Navigated;
    }
    PageError::Refused { command: command.into(), why: format!("{}: {}", error.code, error.message) }
}

/// The picture in an answer.
///
/// # Errors
/// [`PageError::Refused`] when there is none.
pub fn capture(command: &str, data: Value) -> Result<Capture, PageError> {
    match data {
        Value::String(text) => Ok(Capture::Base64(text)),
        _ => Err(PageError::Refused { command: command.into(), why: "no picture in the answer".into() }),
    }
}

//! One question to the page script: with the guards by their number, again on the new page when the old one goes away, and
//! into frames of another origin.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::browser::answer::Answer;
use crate::browser::classic;
use crate::browser::error::PageError;
use crate::browser::lane::Lane;
use crate::browser::page::{GRACE, Page};
use crate::browser::script::{AGENT, Guards, MUTATE, Need, trying};
use crate::browser::socket::wipe;
use crate::locator::{By, Locator, Target};

/// How long a frame is waited in before it is looked at again which document it holds.
const SLICE: Duration = Duration::from_secs(1);

impl Page {
    /// Asks the page script one thing, again on the new page when the old one goes away, until the limit.
    pub(super) async fn ask(
        &mut self,
        op: &str,
        locator: Option<&Locator>,
        mut request: Value,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let answer = self.ask_until_answered(op, locator, &mut request, guards, limit).await;
        // It may have held a secret.
        wipe(&mut request["value"]);
        answer
    }

    async fn ask_until_answered(
        &mut self,
        op: &str,
        locator: Option<&Locator>,
        request: &mut Value,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let until = Instant::now() + limit;
        request["op"] = op.into();
        if !guards.is_empty() {
            self.put_guards(guards, request).map_err(|error| nonsense(op, &error))?;
        }
        if let Some(locator) = locator {
            request["locator"] = serde_json::to_value(locator).map_err(|error| nonsense(op, &error))?;
        }
        self.inside = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            request["deadline"] = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).into();
            let answer = match locator.and_then(frame_of) {
                None => self.ask_page(request, left).await,
                Some((frame, inner)) => self.ask_in_frame(&frame, &inner, request, left).await,
            };
            match answer {
                Err(PageError::Navigated) if Instant::now() < until => {
                    tracing::trace!(op, "looking again on the new page");
                }
                Err(other) => return Err(other),
                Ok(text) => match serde_json::from_str(&text).map_err(|error| nonsense(op, &error))? {
                    Answer::UnknownGuards {} if request["guards"].is_null() => {
                        request["guards"] = self.guards.1.as_str().into();
                    }
                    answer => return Ok(answer),
                },
            }
        }
    }

    /// Puts the guards into a request: by their number where the page script may know them already.
    fn put_guards(&mut self, guards: &Guards, request: &mut Value) -> Result<(), serde_json::Error> {
        let text = serde_json::to_string(guards)?;
        let known = text == self.guards.1 && self.lane.keeps_script();
        if !known {
            self.guards = (self.guards.0 + 1, text);
            request["guards"] = self.guards.1.as_str().into();
        }
        request["guards_id"] = self.guards.0.into();
        Ok(())
    }

    /// Asks the script in the page itself. Where it runs in the page's own world, which hears all that it is asked, a secret is
    /// sent there only when the driver says that the page is one of the flow's.
    async fn ask_page(&mut self, request: &Value, left: Duration) -> Result<String, PageError> {
        let stray = match &request["origins"] {
            Value::Array(origins) if !self.lane.keeps_script() => {
                let top = self.origin().await?;
                stray(origins, &top, &top)
            }
            _ => None,
        };
        let look = stray.is_some().then(|| without_secret(request));
        let text = Zeroizing::new(look.as_ref().unwrap_or(request).to_string());
        let answer = match own_script(request) {
            Some(script) => self.lane.ask_once(&script, &text, left + GRACE).await?,
            None => self.lane.ask(&text, left + GRACE).await?,
        };
        Ok(told(stray, answer))
    }

    /// Asks inside a frame. A same-origin frame is searched by the script itself; into a cross-origin one classic
    /// WebDriver leads, and what comes back is moved by the frame's place in the viewport.
    async fn ask_in_frame(
        &mut self,
        frame: &Target,
        inner: &Locator,
        request: &mut Value,
        left: Duration,
    ) -> Result<String, PageError> {
        let frame_locator = Locator { chain: vec![frame.clone()] };
        let look = json!({ "op": "frame", "locator": &frame_locator, "deadline": u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
            "guards": request["guards"], "guards_id": request["guards_id"] });
        let answer = self.lane.ask(&look.to_string(), left + GRACE).await?;
        let area = match serde_json::from_str(&answer).map_err(|error| nonsense("frame", &error))? {
            Answer::Frame { same_origin: false, rect } => rect,
            // A frame that is still empty counts as the page's own; what it becomes is seen at the next slice.
            Answer::Frame { .. } => {
                let until = Instant::now() + left;
                request["deadline"] = u64::try_from(left.min(SLICE).as_millis()).unwrap_or(u64::MAX).into();
                let answer = self.ask_page(request, left).await?;
                let timed_out = matches!(serde_json::from_str(&answer), Ok(Answer::Timeout { .. }));
                return if timed_out && Instant::now() < until { Err(PageError::Navigated) } else { Ok(answer) };
            }
            _ => return Ok(answer),
        };
        self.enter(&frame_locator).await?;
        let client = self.client.clone();
        let answer = self.ask_entered(&frame_locator, inner, request).await;
        let left_frame = self.classic("switch to parent frame", client.enter_parent_frame()).await;
        let answer = answer?;
        left_frame?;
        self.inside = Some((frame_locator, area));
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| nonsense("frame", &error))?;
        for place in ["point", "rect"] {
            for (axis, offset) in [("x", area.x), ("y", area.y)] {
                if let Some(number) = answer[place][axis].as_f64() {
                    answer[place][axis] = (number + offset).into();
                }
            }
        }
        Ok(answer.to_string())
    }

    /// Asks inside the frame that classic commands are in. The script runs in that page's own world: a secret goes there only
    /// when both origins are the flow's, as the browser tells them and not the page.
    async fn ask_entered(&mut self, frame: &Locator, inner: &Locator, request: &Value) -> Result<String, PageError> {
        let top = self.origin().await?;
        let stray = match &request["origins"] {
            Value::Array(origins) => stray(origins, &top, &self.frame_origin(frame).await?),
            _ => None,
        };
        let mut request = if stray.is_some() { without_secret(request) } else { request.clone() };
        request["locator"] = serde_json::to_value(inner).map_err(|error| nonsense("frame", &error))?;
        // In there the script does not outlive the call, and knows nothing of the page around it.
        request["gate"] = false.into();
        request["cover"].take();
        if request.get("condition").is_some() {
            request["condition"] = json!({ "locator": inner });
        }
        request["top"] = top.into();
        let text = Zeroizing::new(request.to_string());
        wipe(&mut request["value"]);
        let client = self.client.clone();
        let script = own_script(&request);
        let script = script.as_deref().unwrap_or(AGENT);
        match (self.classic("execute", classic::execute(&client, script, &text)).await, stray) {
            (Ok(Value::String(answer)), stray) => Ok(told(stray, answer)),
            (Err(PageError::Refused { .. }), Some(stray)) => Ok(stray),
            (Err(error), _) => Err(error),
            (Ok(answer), _) => {
                tracing::debug!(%answer, "no answer from inside the frame");
                Err(PageError::Navigated)
            }
        }
    }

    /// The origin of the page, which the page cannot misstate.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn origin(&mut self) -> Result<String, PageError> {
        let address = match &mut self.lane {
            Lane::Classic(lane) => lane.address(GRACE).await?,
            Lane::Bidi(_) | Lane::Cdp(_) => self.portal(false).await?.address,
        };
        origin_of(&address)
    }

    /// The origin of the document in a frame of another origin, which that document cannot misstate.
    async fn frame_origin(&mut self, frame: &Locator) -> Result<String, PageError> {
        let request =
            json!({ "op": "element", "locator": frame, "window": matches!(self.lane, Lane::Bidi(_)) }).to_string();
        let told = match &mut self.lane {
            Lane::Bidi(lane) => lane.frame_origin(&request, GRACE).await,
            Lane::Cdp(lane) => lane.frame_address(&request, GRACE).await.and_then(|address| origin_of(&address)),
            Lane::Classic(_) => {
                let client = self.client.clone();
                let told = self.classic("execute", client.execute("return window.location.origin", Vec::new())).await?;
                told.as_str().map(str::to_owned).ok_or(PageError::Navigated)
            }
        };
        told.map_err(|error| match error {
            // The frame, or the page around it, has just gone elsewhere: it is looked for again.
            PageError::Refused { why, .. } => {
                tracing::debug!(why, "a frame's origin is not known");
                PageError::Navigated
            }
            other => other,
        })
    }
}

/// The script that performs the operation, where the page script has not got it.
fn own_script(request: &Value) -> Option<String> {
    (request["op"] == MUTATE).then(trying)
}

/// What is answered instead of typing a secret where not both origins are the flow's.
fn stray(origins: &[Value], top: &str, frame: &str) -> Option<String> {
    let own = |origin: &str| origins.iter().any(|own| own == origin);
    (!own(top) || !own(frame)).then(|| json!({ "is": "origin", "top": top, "frame": frame }).to_string())
}

/// The same question about the field alone: a page that is still on its way to the flow's is waited for.
fn without_secret(request: &Value) -> Value {
    let mut look = json!({ "op": "locate", "need": Need::Fill });
    for key in ["locator", "deadline", "guards", "guards_id"] {
        look[key] = request[key].clone();
    }
    look
}

/// The page's answer, unless it stands where a secret may not go: there a field that was found ends the wait.
fn told(stray: Option<String>, answer: String) -> String {
    let Some(stray) = stray else { return answer };
    match serde_json::from_str(&answer) {
        Ok(
            Answer::State { .. }
            | Answer::Interrupt { .. }
            | Answer::Timeout { .. }
            | Answer::Ambiguous { .. }
            | Answer::Invalid { .. }
            | Answer::UnknownGuards {},
        ) => answer,
        _ => stray,
    }
}

fn origin_of(address: &str) -> Result<String, PageError> {
    url::Url::parse(address)
        .map(|url| url.origin().ascii_serialization())
        .map_err(|error| PageError::Refused { command: "origin".into(), why: error.to_string() })
}

/// The frame that a locator's first target looks into, and the locator as it stands inside.
fn frame_of(locator: &Locator) -> Option<(Target, Locator)> {
    let first = locator.chain.first()?;
    let frame = first.within.as_ref()?.chain.first()?.clone();
    matches!(frame.by, By::Frame { .. }).then(|| {
        let inner = Target { within: None, ..first.clone() };
        (frame, Locator { chain: vec![inner] })
    })
}

pub(super) fn nonsense(op: &str, error: &dyn std::fmt::Display) -> PageError {
    PageError::Refused { command: op.into(), why: format!("the page script's answer cannot be read: {error}") }
}

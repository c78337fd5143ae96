//! One question to the page script: with the guards by their number, again on the new page when the old one goes away, and
//! into frames of another origin.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::browser::answer::Answer;
use crate::browser::classic;
use crate::browser::error::PageError;
use crate::browser::page::{GRACE, Page, wipe};
use crate::browser::script::Guards;
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
            let text = Zeroizing::new(request.to_string());
            let answer = match locator.and_then(frame_of) {
                None => self.lane.ask(&text, left + GRACE).await,
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
                let text = Zeroizing::new(request.to_string());
                let answer = self.lane.ask(&text, left + GRACE).await?;
                let timed_out = matches!(serde_json::from_str(&answer), Ok(Answer::Timeout { .. }));
                return if timed_out && Instant::now() < until { Err(PageError::Navigated) } else { Ok(answer) };
            }
            _ => return Ok(answer),
        };
        self.enter(&frame_locator).await?;
        let client = self.client.clone();
        request["locator"] = serde_json::to_value(inner).map_err(|error| nonsense("frame", &error))?;
        // In there the script does not outlive the call, and knows nothing of the page around it.
        request["gate"] = false.into();
        request["cover"].take();
        if request.get("condition").is_some() {
            request["condition"] = json!({ "locator": inner });
        }
        request["top"] = self.top_origin().await?.into();
        let text = Zeroizing::new(request.to_string());
        let answer = self.classic("execute", classic::execute(&client, &text)).await;
        let left_frame = self.classic("switch to parent frame", client.enter_parent_frame()).await;
        let answer = answer?;
        let Value::String(answer) = answer else {
            tracing::debug!(%answer, "no answer from inside the frame");
            return Err(PageError::Navigated);
        };
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

    async fn top_origin(&mut self) -> Result<String, PageError> {
        let address = self.portal(false).await?.address;
        url::Url::parse(&address)
            .map(|url| url.origin().ascii_serialization())
            .map_err(|error| PageError::Refused { command: "origin".into(), why: error.to_string() })
    }
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

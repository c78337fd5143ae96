//! The pointer: presses, hovers and drags.
//!
//! A press of what the page script found ready is looked at by it once more as it comes (`agent/press.js`); where another
//! thing is in its place by then, nothing of it reaches the page.

use std::time::Duration;

use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::answer::{Answer, Area, Found, Press};
use crate::browser::error::PageError;
use crate::browser::lane::Point;
use crate::browser::page::{GRACE, Page};
use crate::browser::script::Guards;
use crate::locator::Locator;

/// How often a press that was held is tried anew where the target is by then.
pub const TRIES: usize = 5;

impl Page {
    /// Presses the left button on what was found ready, `count` times; without another movement where the pointer has just
    /// been moved there.
    ///
    /// # Errors
    /// [`PageError`]. A dialog that the press opens is no error: the next command meets it.
    pub async fn press(&mut self, found: &Found, count: u32) -> Result<Press, PageError> {
        let point = found.point;
        let there = self.pointer.take() == Some(point);
        if let Some((frame, area)) = self.frame_to_enter() {
            let mut mouse = MouseActions::new("mouse".into()).then(inside(point, area));
            for _ in 0..count {
                mouse = mouse.then(PointerAction::Down { button: 0 }).then(PointerAction::Up { button: 0 });
            }
            self.point_in_frame(&frame, mouse).await?;
            return Ok(Press::Arrived);
        }
        self.lane.press(point, there, count, GRACE).await?;
        let told = self.lane.feel(GRACE).await?;
        // No answer: the press has led away from the page.
        let told = told.filter(|_| found.gated).and_then(|text| serde_json::from_str(&text).ok());
        Ok(told.unwrap_or(Press::Arrived))
    }

    /// Asks the page, presses what it found ready, and gives its answer.
    pub(super) async fn ask_and_press(
        &mut self,
        op: &str,
        locator: Option<&Locator>,
        mut values: Value,
        guards: &Guards,
        until: Instant,
    ) -> Result<Answer, PageError> {
        values["gate"] = self.lane.keeps_script().into();
        let mut against = String::new();
        for _ in 0..TRIES {
            let left = until.saturating_duration_since(Instant::now());
            let answer = self.ask(op, locator, values.clone(), guards, left).await?;
            let Answer::Ready(found) = &answer else { return Ok(answer) };
            match self.press(found, 1).await? {
                Press::Arrived => return Ok(answer),
                Press::Held { why } => against = why,
                Press::Missed => return Err(PageError::Missed),
                Press::Barred { to } => {
                    return Err(PageError::Held {
                        why: format!("its form would go to {to}, which is not this flow's portal"),
                    });
                }
            }
        }
        Err(PageError::Held { why: against })
    }

    /// Moves the pointer to a point.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn hover(&mut self, point: Point) -> Result<(), PageError> {
        self.pointer = Some(point);
        let Some((frame, area)) = self.frame_to_enter() else { return self.lane.hover(point, GRACE).await };
        self.point_in_frame(&frame, MouseActions::new("mouse".into()).then(inside(point, area))).await
    }

    /// The frame of another origin that the pointer must be led into; none where the browser passes on what is aimed at it.
    fn frame_to_enter(&self) -> Option<(Locator, Area)> {
        self.inside.clone().filter(|_| !self.lane.points_into_frames())
    }

    /// Moves and presses inside a frame of another origin: Firefox does not pass on what is aimed at the page around it.
    async fn point_in_frame(&mut self, frame: &Locator, mouse: MouseActions) -> Result<(), PageError> {
        let client = self.client.clone();
        self.enter(frame).await?;
        let pointed = self.classic("perform actions", client.perform_actions(mouse)).await;
        let left = self.classic("switch to parent frame", client.enter_parent_frame()).await;
        match pointed.and(left) {
            // The click was delivered; what it opened or left is the next command's matter.
            Err(PageError::Dialog { .. } | PageError::Navigated) => Ok(()),
            other => other,
        }
    }

    /// Drags one element onto another, both of which were just found ready: with the pointer, in steps that pages with drag
    /// handlers expect, or by HTML5's own events where the pointer starts no native drag.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn drag(&mut self, from: (&Locator, Point), to: (&Locator, Point)) -> Result<(), PageError> {
        if !self.lane.drags_natively() {
            let values = json!({ "to": to.0 });
            let dropped = self.ask("drop", Some(from.0), values, &Guards::default(), GRACE).await?;
            if matches!(dropped, Answer::Decided { holds: true }) {
                return Ok(());
            }
        }
        let (from, to) = (from.1, to.1);
        let at = |x: f64, y: f64, ms: u64| PointerAction::MoveTo { duration: Some(Duration::from_millis(ms)), x, y };
        let mouse = MouseActions::new("mouse".into())
            .then(at(from.x.round(), from.y.round(), 0))
            .then(PointerAction::Down { button: 0 })
            .then(at((from.x + 8.0).round(), (from.y + 8.0).round(), 20))
            .then(at(f64::midpoint(from.x, to.x).round(), f64::midpoint(from.y, to.y).round(), 40))
            .then(at(to.x.round(), to.y.round(), 40))
            .then(at(to.x.round(), to.y.round(), 20))
            .then(PointerAction::Up { button: 0 });
        self.follow().await?;
        let client = self.client.clone();
        self.classic("perform actions", client.perform_actions(mouse)).await
    }
}

fn inside(point: Point, area: Area) -> PointerAction {
    PointerAction::MoveTo {
        duration: Some(Duration::ZERO),
        x: (point.x - area.x).round(),
        y: (point.y - area.y).round(),
    }
}

//! The pictures of a guide: what is drawn on each, and how it stands in the document.

use super::inline::{self, filled, listed, text};
use super::part::Part;
use super::{CompileError, Making, Material};
use crate::drift::neutral::neutral_outline;
use crate::flow::step::Step;
use crate::guide::document::{Figure, Inline, Line};
use crate::guide::drawing::{Callout, Drawing};
use crate::record::{Rect, ShotRecord, Staged};

/// The pictures of all parts, each followed by the piece of it that is shown larger.
pub(super) fn drawings(
    material: &Material,
    parts: &[Part],
    detail: impl Fn(&Drawing, (u32, u32)) -> Option<Rect>,
) -> Result<Vec<Drawing>, CompileError> {
    let mut drawings = Vec::new();
    for part in parts {
        let none = |why: &str| CompileError::NoPicture { stage: part.record.name.clone(), why: why.to_owned() };
        if part.record.shots.is_empty() {
            return Err(none("none was taken"));
        }
        for shot in &part.record.shots {
            if let Some(why) = &shot.withheld {
                return Err(none(why));
            }
            let staged = shot.staged.as_ref().filter(|_| shot.file.is_some());
            let staged = staged.ok_or_else(|| none("it shows the holder's own data; make the run for a guide"))?;
            let whole = drawing(material, part, shot, staged);
            let piece = detail(&whole, (shot.width, shot.height));
            drawings.push(whole.clone());
            drawings.extend(piece.map(|piece| Drawing {
                file: format!("pictures/{}-detail.png", shot.name),
                piece: Some(piece),
                ..whole
            }));
        }
    }
    Ok(drawings)
}

fn drawing(material: &Material, part: &Part, shot: &ShotRecord, staged: &Staged) -> Drawing {
    let number = |line: usize, column: usize| {
        let here = |step: &Step| {
            let place = material.flow.source.position(step.span.start);
            (place.line, place.column) == (line, column)
        };
        part.actions.iter().find(|(_, step)| any(step, &here)).map(|(number, _)| *number)
    };
    let in_view = |place: Rect| clipped(place, shot.width, shot.height);
    let callout = |mark: &crate::record::Mark| {
        Some(Callout { number: number(mark.line, mark.column)?, place: in_view(mark.place)? })
    };
    let mut callouts: Vec<Callout> = staged.marks.iter().filter_map(callout).collect();
    callouts.sort_by_key(|callout| (callout.number, callout.place.y, callout.place.x));
    callouts.dedup();
    let outlined = shot.target.or_else(|| shot.highlights.first().copied());
    Drawing {
        file: format!("pictures/{}.png", shot.name),
        shot: shot.name.clone(),
        scale: staged.scale.max(1),
        piece: None,
        fields: staged.fields.clone(),
        callouts,
        outlined: outlined.and_then(in_view),
    }
}

/// The step, or one inside it.
fn any(step: &Step, is: &impl Fn(&Step) -> bool) -> bool {
    is(step) || step.action.inner().any(|inner| any(inner, is))
}

/// What of a place is in the picture.
fn clipped(place: Rect, width: u32, height: u32) -> Option<Rect> {
    let right = place.x.saturating_add(place.width).min(width);
    let bottom = place.y.saturating_add(place.height).min(height);
    let (wide, high) = (right.checked_sub(place.x)?, bottom.checked_sub(place.y)?);
    (wide > 0 && high > 0).then_some(Rect { width: wide, height: high, ..place })
}

impl Making<'_> {
    /// The figures of a part.
    pub(super) fn figures(&self, part: &Part) -> Vec<Figure> {
        let mut figures = Vec::new();
        for shot in &part.record.shots {
            let of = |drawing: &&crate::guide::drawing::Drawing| drawing.shot == shot.name;
            figures.extend(self.drawings.iter().filter(of).map(|drawing| self.figure(part, shot, drawing)));
        }
        figures
    }

    fn figure(&self, part: &Part, shot: &ShotRecord, drawing: &Drawing) -> Figure {
        let tongue = self.tongue;
        let control = shot.target.and_then(|_| part.last_click()).map(|step| vec![self.control(step)]);
        let control = control.as_ref().map(|control| ("control", control.clone()));
        let said = |sentence: &str| control.as_ref().map(|control| filled(sentence, std::slice::from_ref(control)));
        let (mut alt, caption, size) = match drawing.piece {
            Some(piece) => (
                said(tongue.enlarged_alt).map_or_else(|| self.screen(part), |line| inline::shown(&line, tongue)),
                said(tongue.enlarged),
                (piece.width, piece.height),
            ),
            None => {
                (self.alt(part, drawing, said(tongue.outlined_alt)), said(tongue.outlined), (shot.width, shot.height))
            }
        };
        let mut caption = caption.unwrap_or_default();
        // Of the other origins all pictures are alike, and the end of the guide says so.
        if part.practice && self.material.origin == super::Origin::Rehearsal {
            let gap = if caption.is_empty() { "" } else { " " };
            caption = listed(vec![caption, text(tongue.practice_picture)], gap, gap);
            alt = format!("{alt} {}", tongue.practice_picture);
        }
        Figure {
            file: drawing.file.clone(),
            alt,
            caption,
            width: (size.0 / drawing.scale).max(1),
            height: (size.1 / drawing.scale).max(1),
        }
    }

    fn alt(&self, part: &Part, drawing: &Drawing, outlined: Option<Line>) -> String {
        let mut numbers: Vec<usize> = drawing.callouts.iter().map(|callout| callout.number).collect();
        numbers.dedup();
        let sentence = if numbers.len() == 1 { self.tongue.one_number } else { self.tongue.numbers };
        let listed = listed(numbers.iter().map(|number| text(&number.to_string())).collect(), ", ", self.tongue.and);
        let marks = (!numbers.is_empty()).then(|| filled(sentence, &[("numbers", listed)]));
        let sentences = marks.into_iter().chain(outlined).map(|line| inline::shown(&line, self.tongue));
        std::iter::once(self.screen(part)).chain(sentences).collect::<Vec<_>>().join(" ")
    }

    /// What a picture shows: the page by its dialog or its first heading; where that is somebody's name, the step.
    fn screen(&self, part: &Part) -> String {
        let neutral = part.record.outline.as_ref().map(|outline| neutral_outline(outline, &[]));
        let items = neutral.iter().flat_map(|outline| &outline.items);
        let named =
            |role: &'static str| items.clone().find(move |item| item.role == role).map(|item| item.name.clone());
        let page = named("dialog").or_else(|| named("heading")).map(|name| inline::harmless(&name));
        let page = page.filter(|name| !name.is_empty() && !name.contains('…'));
        let (sentence, name) = match page {
            Some(page) => (self.tongue.screen, page),
            None => (self.tongue.screen_of_step, self.stage_title(part)),
        };
        inline::shown(&filled(sentence, &[("name", vec![Inline::Quote(name)])]), self.tongue)
    }

    /// What a step's control is called: the portal's words for it, else the whole sentence.
    pub(super) fn control(&self, step: &Step) -> Inline {
        let sentence = inline::line(&step.sentence(self.language));
        let quote = sentence.iter().find(|piece| matches!(piece, Inline::Quote(_)));
        quote.cloned().unwrap_or_else(|| Inline::Text(inline::shown(&sentence, self.tongue)))
    }
}

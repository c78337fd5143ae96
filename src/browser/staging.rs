//! Pictures for a guide: a persona stands in the holder's place while they are taken.
//!
//! What is read on the page says what somebody's is; one call puts other words there and measures; after the capture the next
//! call measures once more and gives the page its own words back. Values of fields are painted over in the pixels.

use std::ops::Range;

use serde::Serialize;

use crate::browser::answer::{Area, Cover, Found, StagedField};
use crate::browser::camera::{Negative, units};
use crate::browser::error::PageError;
use crate::browser::lane::Point;
use crate::browser::page::{Page, View};
use crate::browser::script::Need;
use crate::locator::Locator;
use crate::record::Outline;
use crate::vault::Redactor;

/// How often a moving page is looked at again: at twice the scale a capture takes longer, and pages count down by seconds.
const TRIES: usize = 8;

/// How long such a page is waited for to count on, milliseconds: right after that it rests longest.
const TICK: u32 = 1200;

/// Who stands in a page's holder's place.
pub trait Persona: Sync {
    /// The stretches of a page's text that tell of a holder or of a day, in order and apart, and what stands there instead.
    fn stand_ins(&self, text: &str) -> Vec<StandIn>;

    /// What a field shows instead of its value: of the field that was filled by the step with this place in
    /// [`Staging::typed`], or by the value alone. A secret's value is not told.
    fn typed(&self, by: Option<usize>, value: &str, secret: bool) -> String;
}

/// What stands in place of a text on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// The stretch of the page's text, bytes.
    pub place: Range<usize>,
    /// What stands there instead.
    pub with: String,
    /// The rule by which it was found.
    pub rule: String,
}

/// What is looked for on a page that is made ready for a guide.
#[derive(Debug, Clone, Default)]
pub struct Staging {
    /// The fields that the run has filled.
    pub typed: Vec<Typed>,
    /// The elements of the stage's steps.
    pub marks: Vec<Sought>,
    /// Which of these is pressed next.
    pub target: Option<usize>,
}

/// A field that a step has filled.
#[derive(Debug, Clone, Serialize)]
pub struct Typed {
    /// The field.
    pub locator: Locator,
    /// Filled or typed into.
    pub need: Need,
    /// With a secret.
    pub secret: bool,
}

/// The element of a step.
#[derive(Debug, Clone, Serialize)]
pub struct Sought {
    /// The element.
    pub locator: Locator,
    /// What the step does with it.
    pub need: Need,
    /// The step's line in the flow file, counted from 1.
    #[serde(skip)]
    pub line: usize,
    /// The character in that line, counted from 1.
    #[serde(skip)]
    pub column: usize,
}

/// What was measured of a page in which a persona stands in its holder's place. All areas are in CSS pixels.
#[derive(Debug)]
pub struct Staged {
    /// Each rule, with the places of its stand-ins.
    pub replaced: Vec<(String, Vec<Area>)>,
    /// The fields to be painted over, each with what is to be drawn there.
    pub fields: Vec<(StagedField, String)>,
    /// The elements of steps, by line and column.
    pub marks: Vec<(usize, usize, Area)>,
    /// The page in outline, as the picture shows it.
    pub outline: Option<Outline>,
}

/// As [`camera::take`](crate::browser::camera::take), with a persona in the holder's place.
///
/// # Errors
/// Inside, why the picture is withheld: the page would not stand still, or would have shown somebody's data. [`PageError`] as
/// there.
pub async fn take(
    page: &mut Page,
    view: &View,
    target: Option<&Found>,
    redactor: &Redactor,
    persona: &dyn Persona,
    staging: &Staging,
) -> Result<Result<Negative, String>, PageError> {
    let taken = try_to_take(page, view, target, redactor, persona, staging).await;
    if !matches!(taken, Ok(Ok(_)))
        && let Err(error) = page.cover(&View::default(), false).await
    {
        tracing::debug!(%error, "the page could not be told that its picture is given up");
    }
    taken
}

async fn try_to_take(
    page: &mut Page,
    view: &View,
    target: Option<&Found>,
    redactor: &Redactor,
    persona: &dyn Persona,
    staging: &Staging,
) -> Result<Result<Negative, String>, PageError> {
    // Where it was left depends on the page before; what a step of the stage has opened by it stays open.
    if staging.marks.iter().all(|mark| mark.need != Need::Hover) {
        page.hover(Point { x: 0.0, y: 0.0 }).await?;
    }
    let mut first = target.and_then(|found| found.cover.clone());
    let mut refused = None;
    let mut view = view.clone();
    for _ in 0..TRIES {
        let seen = match first.take() {
            Some(cover) => cover,
            None => page.cover(&view, true).await?,
        };
        view.after_change = TICK;
        let Some(said) = seen.text else {
            return Ok(Err("there is too much text on the page to search it for secrets".into()));
        };
        let secrets = secrets(redactor, &said);
        let mut stand_ins = persona.stand_ins(&said);
        stand_ins.retain(|stand_in| secrets.iter().all(|secret| !overlap(secret, &stand_in.place)));
        let places = units(&said, stand_ins.iter().map(|stand_in| stand_in.place.clone()).collect());
        let written =
            places.into_iter().zip(&stand_ins).map(|((from, to), stand_in)| (from, to, stand_in.with.as_str()));
        let staged = View { stretches: units(&said, secrets.clone()), outline: true, ..view.clone() };
        let mut before = page.stage(&staged, staging, &written.collect::<Vec<_>>()).await?;
        let capture = page.picture().await;
        let after = page.unstage(&View { outline: false, ..staged }, staging).await?;
        let outline = before.outline.take();
        let was = before.staged.as_mut().and_then(|staged| staged.was.take());
        match capture {
            Ok(capture) if was.as_ref() == Some(&said) && before == after => {
                if let Some(why) = objection(persona, redactor, &before, secrets.len()) {
                    return Ok(Err(why));
                }
                let staged = measured(persona, staging, &stand_ins, &before, outline);
                let target = pressed(staging, &before).or(target.map(|found| found.rect));
                let own = (seen.outline, Some(staged));
                return Ok(Ok(Negative::staged(capture, before, target, own)));
            }
            Ok(_) => refused = None,
            Err(error @ (PageError::Refused { .. } | PageError::Navigated)) => refused = Some(error),
            Err(other) => return Err(other),
        }
    }
    refused.map_or_else(|| Ok(Err("the page would not stand still for a picture".into())), Err)
}

/// Where secrets stand in a text with line breaks: one may run over them.
fn secrets(redactor: &Redactor, text: &str) -> Vec<Range<usize>> {
    let mut found = redactor.places(text);
    found.extend(redactor.places(&text.replace('\n', " ")));
    found.sort_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for place in found {
        match apart.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Why a staged page may not be shown: something on it tells of its holder and is no stand-in, nor is it painted over; or a
/// secret has come that was not there before.
fn objection(persona: &dyn Persona, redactor: &Redactor, page: &Cover, known: usize) -> Option<String> {
    let Some((text, staged)) = page.text.as_deref().zip(page.staged.as_ref()) else {
        return Some("what it shows could not be read once more".into());
    };
    if secrets(redactor, text).len() > known {
        return Some("a secret would be seen on it".into());
    }
    let found = persona.stand_ins(text);
    let places = units(text, found.iter().map(|stand_in| stand_in.place.clone()).collect());
    let unseen =
        |&(from, to): &(usize, usize)| staged.painted.iter().any(|&(begins, ends)| begins <= from && to <= ends);
    let other = found.iter().zip(&places).find(|(stand_in, place)| {
        let stands = text.get(stand_in.place.clone()).is_some_and(|text| text == stand_in.with);
        !stands && !unseen(place)
    });
    other.map(|(stand_in, _)| format!("it would show data of its holder ({})", stand_in.rule))
}

fn measured(
    persona: &dyn Persona,
    staging: &Staging,
    stand_ins: &[StandIn],
    page: &Cover,
    outline: Option<Outline>,
) -> Staged {
    let mut staged = Staged { replaced: Vec::new(), fields: Vec::new(), marks: Vec::new(), outline };
    let Some(page) = &page.staged else { return staged };
    for (stand_in, places) in stand_ins.iter().zip(&page.replaced).filter(|(_, places)| !places.is_empty()) {
        match staged.replaced.iter_mut().find(|(rule, _)| *rule == stand_in.rule) {
            Some((_, known)) => known.extend(places),
            None => staged.replaced.push((stand_in.rule.clone(), places.clone())),
        }
    }
    staged.fields = page.fields.iter().map(|field| (field.clone(), shown(persona, field))).collect();
    let marks = staging.marks.iter().zip(&page.marks);
    staged.marks = marks.filter_map(|(sought, place)| Some((sought.line, sought.column, (*place)?))).collect();
    staged
}

/// What is drawn in a field; in one of a code's boxes the character that belongs there.
fn shown(persona: &dyn Persona, field: &StagedField) -> String {
    if !field.filled {
        return String::new();
    }
    let Some(boxed) = &field.boxed else {
        let value = field.value.as_deref().unwrap_or_default();
        let says = persona.typed(field.by, value, field.hidden);
        // Of what may be a secret nothing is told but what stands in for it.
        return if field.doubtful && says == value { String::new() } else { says };
    };
    let whole = persona.typed(field.by, boxed.value.as_deref().unwrap_or_default(), field.hidden);
    // A secret shows as many dots as there are boxes.
    let at = if field.hidden { 0 } else { boxed.at };
    whole.chars().nth(at).map(String::from).unwrap_or_default()
}

fn pressed(staging: &Staging, page: &Cover) -> Option<Area> {
    *page.staged.as_ref()?.marks.get(staging.target?)?
}

#[cfg(test)]
mod tests {
    use super::{Persona, StandIn, objection, shown};
    use crate::browser::answer::{Answer, Cover, StagedField};
    use crate::vault::Redactor;

    /// Takes digits for somebody's, and writes nines.
    struct Nines;

    impl Persona for Nines {
        fn stand_ins(&self, text: &str) -> Vec<StandIn> {
            let digits = text.char_indices().filter(|(_, letter)| letter.is_ascii_digit());
            digits.map(|(at, _)| StandIn { place: at..at + 1, with: "9".into(), rule: "digit".into() }).collect()
        }

        fn typed(&self, by: Option<usize>, value: &str, secret: bool) -> String {
            if secret { "••••••••".into() } else { by.map_or(value, |_| "ab").into() }
        }
    }

    fn page(text: &str, painted: &[(usize, usize)]) -> Cover {
        let answer = serde_json::json!({
            "is": "cover", "text": text, "fields": [], "masks": [], "highlight": [],
            "viewport": { "width": 20, "height": 10 }, "scroll": { "x": 0, "y": 0 },
            "staged": { "replaced": [], "fields": [], "marks": [], "painted": painted },
        });
        match serde_json::from_value(answer).expect("an answer") {
            Answer::Cover(cover) => cover,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_neither_a_stand_in_nor_painted_over_is_not_shown() {
        let objected =
            |text: &str, painted: &[(usize, usize)]| objection(&Nines, &Redactor::default(), &page(text, painted), 0);
        assert_eq!(objected("è 99 giorni", &[]), None);
        assert_eq!(objected("è 98 giorni", &[]).as_deref(), Some("it would show data of its holder (digit)"));
        assert_eq!(objected("è 98", &[(3, 4)]), None, "counted in UTF-16 units");
        assert!(objected("è 98", &[(2, 3)]).is_some());
    }

    #[test]
    fn a_code_s_boxes_show_a_character_each() {
        let field = |hidden: bool, at: usize| -> StagedField {
            let area = serde_json::json!({ "x": 0, "y": 0, "width": 1, "height": 1 });
            serde_json::from_value(serde_json::json!({
                "place": area, "text": area, "size": 16, "ink": "#000000", "paper": "#ffffff", "align": "center",
                "hidden": hidden, "filled": true, "doubtful": false, "value": null, "by": 1, "box": { "at": at, "of": 9, "value": "12" },
            }))
            .expect("a field")
        };
        assert_eq!(shown(&Nines, &field(false, 1)), "b");
        assert_eq!(shown(&Nines, &field(true, 8)), "•");
        assert_eq!(shown(&Nines, &StagedField { filled: false, ..field(true, 0) }), "");
        let plain =
            |doubtful| StagedField { doubtful, boxed: None, by: None, value: Some("x".into()), ..field(false, 0) };
        assert_eq!((shown(&Nines, &plain(false)), shown(&Nines, &plain(true))), ("x".into(), String::new()));
    }
}

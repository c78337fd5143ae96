//! Who stands in a guide's pictures in the holder's place: texts that are somebody's, or differ from day to day, have invented
//! ones in their stead, the same whoever's account a guide is made with.

use std::ops::Range;

use jiff::civil::Date;

use crate::drift::personal;
use crate::flow::model::Flow;

/// What stands in place of a text on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// The stretch of the page's text, bytes.
    pub place: Range<usize>,
    /// What stands there instead.
    pub with: String,
    /// The rule by which it was found, for the redaction report: `date`, `fiscal-code`, `input user_id`, `flow rule 2`.
    pub rule: String,
}

/// What is known of the holder while a run goes on; no secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The day at the portal.
    pub today: Date,
    /// Values of inputs and outputs by name, as the portal may write them.
    pub values: Vec<(String, String)>,
}

/// The stretches of a page's text that stand for a holder or a day, in order and apart, each with what stands there instead.
#[must_use]
pub fn stand_ins(flow: &Flow, known: &Known, text: &str) -> Vec<StandIn> {
    let _ = flow;
    let values: Vec<String> = known.values.iter().map(|(_, value)| value.clone()).collect();
    let stand_in = |place: Range<usize>| StandIn { place, with: "…".into(), rule: "personal".into() };
    personal::places(text, &values).into_iter().map(stand_in).collect()
}

/// What a field shows in a guide: of an input its example, else what a rule makes of the value; of a secret eight dots.
#[must_use]
pub fn typed(flow: &Flow, known: &Known, input: Option<&str>, value: &str, secret: bool) -> String {
    if secret {
        return "••••••••".into();
    }
    let example = input.and_then(|name| flow.input(name)).and_then(|input| input.example.clone());
    example.unwrap_or_else(|| {
        let mut text = value.to_owned();
        for stand_in in stand_ins(flow, known, value).into_iter().rev() {
            text.replace_range(stand_in.place, &stand_in.with);
        }
        text
    })
}

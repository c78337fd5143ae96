//! What has been found in a page's text: an earlier rule decides what stands in a stretch, a later one may only make it longer.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::guide::persona::StandIn;

/// So far a rule looks back, in bytes: what announces a number stands right before it.
const BACK: usize = 60;

/// The stretches found so far, apart, by where they begin.
pub(super) struct Found<'t> {
    pub(super) text: &'t str,
    places: BTreeMap<usize, StandIn>,
}

impl<'t> Found<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, places: BTreeMap::new() }
    }

    /// All of them, in order.
    pub(super) fn list(self) -> Vec<StandIn> {
        self.places.into_values().collect()
    }

    /// Adds a stretch. What is left of it beside an earlier one goes with that one: half of a code would tell, too.
    pub(super) fn add(&mut self, place: Range<usize>, with: &str, rule: &str) {
        if place.is_empty() {
            return;
        }
        let touched: Vec<usize> = self.touched(&place).map(|found| found.place.start).collect();
        let mut stand_in = StandIn { place, with: with.into(), rule: rule.into() };
        for (at, start) in touched.into_iter().enumerate() {
            let Some(earlier) = self.places.remove(&start) else { continue };
            let place = stand_in.place.start.min(start)..stand_in.place.end.max(earlier.place.end);
            stand_in = StandIn { place, ..if at == 0 { earlier } else { stand_in } };
        }
        self.places.insert(stand_in.place.start, stand_in);
    }

    /// Adds a stretch that says by its form what it is: what earlier rules have found inside of it is a part of it.
    pub(super) fn put(&mut self, place: Range<usize>, with: &str, rule: &str) {
        let within = |found: &StandIn| place.start <= found.place.start && found.place.end <= place.end;
        if self.touched(&place).any(|found| !within(found) && self.is_own(found)) {
            return;
        }
        let part = |found: &StandIn| within(found) && found.place != place;
        if self.touched(&place).all(part) {
            let parts: Vec<usize> = self.touched(&place).map(|found| found.place.start).collect();
            for start in parts {
                self.places.remove(&start);
            }
        }
        self.add(place, with, rule);
    }

    /// What has been found that lies in this stretch or reaches into it.
    fn touched(&self, place: &Range<usize>) -> impl Iterator<Item = &StandIn> {
        let first = self.places.range(..=place.start).next_back().filter(|(_, found)| found.place.end > place.start);
        let from = first.map_or(place.start, |(start, _)| *start);
        self.places.range(from..place.end.max(from)).map(|(_, found)| found)
    }

    /// Whether what stands there is the stand-in already.
    fn is_own(&self, found: &StandIn) -> bool {
        self.text[found.place.clone()] == found.with
    }

    /// Whether a stretch is found that covers this byte.
    pub(super) fn covers(&self, at: usize) -> bool {
        self.touched(&(at..at + 1)).next().is_some()
    }

    /// Whether a stand-in covers this byte that stands there already.
    pub(super) fn stays(&self, at: usize) -> bool {
        self.touched(&(at..at + 1)).any(|found| self.is_own(found))
    }

    /// Whether nothing is found here.
    pub(super) fn is_free(&self, place: &Range<usize>) -> bool {
        self.touched(place).next().is_none()
    }

    /// The pieces of a stretch in which nothing is found.
    pub(super) fn free(&self, place: &Range<usize>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let mut from = place.start;
        for found in self.touched(place) {
            pieces.push(from..found.place.start.max(from));
            from = found.place.end;
        }
        pieces.push(from..place.end.max(from));
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    /// The character before a byte.
    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    /// The character at a byte.
    pub(super) fn at(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }

    /// What stands right before a byte, on the same line.
    pub(super) fn line_before(&self, at: usize) -> &'t str {
        let from = (at.saturating_sub(BACK)..=at).find(|from| self.text.is_char_boundary(*from)).unwrap_or(at);
        let near = &self.text[from..at];
        near.rfind('\n').map_or(near, |end| &near[end + 1..])
    }

    /// Whether a stretch is no part of a longer word.
    pub(super) fn is_whole(&self, place: &Range<usize>) -> bool {
        let within = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !within(self.before(place.start)) && !within(self.at(place.end))
    }
}

/// What a second look has found in the text `round`, in which the first has replaced its own: both in one, where they touch.
pub(super) fn joined(first: Vec<StandIn>, second: Vec<StandIn>, round: &str) -> Vec<StandIn> {
    // Where the first ones stand now: beside its place in the page's text each has that in `round`.
    let mut grown = 0_usize;
    let mut all: Vec<(Range<usize>, StandIn)> = Vec::with_capacity(first.len());
    let mut gone = 0_usize;
    for stand_in in first {
        let start = stand_in.place.start + grown - gone;
        grown += stand_in.with.len();
        gone += stand_in.place.len();
        all.push((start..start + stand_in.with.len(), stand_in));
    }
    for again in second {
        let touch = |now: &Range<usize>| now.start < again.place.end && again.place.start < now.end;
        let from = all.partition_point(|(now, _)| now.end <= again.place.start);
        let count = all[from..].iter().take_while(|(now, _)| touch(now)).count();
        // Before it so many bytes more or less stand than did.
        let shift = |at: usize, before: usize| {
            let (now, then) = all[..before].last().map_or((0, 0), |(now, stand_in)| (now.end, stand_in.place.end));
            then + at - now
        };
        let touched = &all[from..from + count];
        let now = touched.first().map_or(again.place.start, |(now, _)| now.start.min(again.place.start))
            ..touched.last().map_or(again.place.end, |(now, _)| now.end.max(again.place.end));
        let start = match touched.first() {
            Some((first, stand_in)) if first.start <= again.place.start => stand_in.place.start,
            _ => shift(again.place.start, from),
        };
        let end = match touched.last() {
            Some((last, stand_in)) if last.end >= again.place.end => stand_in.place.end,
            _ => shift(again.place.end, from + count),
        };
        let with = round[now.start..again.place.start].to_owned() + &again.with + &round[again.place.end..now.end];
        let rule = touched.first().map_or(again.rule, |(_, stand_in)| stand_in.rule.clone());
        all.splice(from..from + count, [(now, StandIn { place: start..end, with, rule })]);
    }
    all.into_iter().map(|(_, stand_in)| stand_in).collect()
}

/// A word in the letters of another: in capitals, with a capital, in small letters.
pub(super) fn in_case(like: &str, word: &str) -> String {
    let mut letters = like.chars().filter(|letter| letter.is_alphabetic());
    let first = letters.next().is_some_and(char::is_uppercase);
    if first && like.chars().filter(|letter| letter.is_alphabetic()).count() > 1 && letters.all(char::is_uppercase) {
        return word.to_uppercase();
    }
    let mut rest = word.chars();
    match rest.next() {
        Some(initial) if first => initial.to_uppercase().chain(rest).collect(),
        _ => word.to_lowercase(),
    }
}

//! What has been found in a page's text: an earlier rule decides what stands in a stretch, a later one may only make it longer.

use std::ops::Range;

use crate::guide::persona::StandIn;

/// The stretches found so far, in order and apart.
pub(super) struct Found<'t> {
    pub(super) text: &'t str,
    list: Vec<StandIn>,
}

impl<'t> Found<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, list: Vec::new() }
    }

    /// All of them.
    pub(super) fn list(self) -> Vec<StandIn> {
        self.list
    }

    /// Adds a stretch. What is left of it beside an earlier one goes with that one: half of a code would tell, too.
    pub(super) fn add(&mut self, place: Range<usize>, with: &str, rule: &str) {
        if place.is_empty() {
            return;
        }
        let touched: Vec<usize> = (0..self.list.len()).filter(|&at| overlap(&self.list[at].place, &place)).collect();
        let Some((&first, &last)) = touched.first().zip(touched.last()) else {
            let at = self.list.partition_point(|other| other.place.start < place.start);
            self.list.insert(at, StandIn { place, with: with.into(), rule: rule.into() });
            return;
        };
        let end = self.list[last].place.end.max(place.end);
        self.list[first].place = self.list[first].place.start.min(place.start)..end;
        self.list.drain(first + 1..=last);
    }

    /// Adds a stretch that says by its form what it is: what earlier rules have found inside of it is a part of it.
    pub(super) fn put(&mut self, place: Range<usize>, with: &str, rule: &str) {
        let within = |found: &Range<usize>| place.start <= found.start && found.end <= place.end;
        let touched = self.list.iter().filter(|found| overlap(&found.place, &place));
        if touched.clone().any(|found| !within(&found.place) && self.text[found.place.clone()] == found.with) {
            return;
        }
        if touched.clone().all(|found| within(&found.place) && found.place != place) {
            self.list.retain(|found| !overlap(&found.place, &place));
        }
        self.add(place, with, rule);
    }

    /// Whether a stretch is found that covers this byte.
    pub(super) fn covers(&self, at: usize) -> bool {
        self.list.iter().any(|found| found.place.contains(&at))
    }

    /// Whether a stand-in covers this byte that stands there already.
    pub(super) fn stays(&self, at: usize) -> bool {
        self.list.iter().any(|found| found.place.contains(&at) && self.text[found.place.clone()] == found.with)
    }

    /// Whether nothing is found here.
    pub(super) fn is_free(&self, place: &Range<usize>) -> bool {
        !self.list.iter().any(|found| overlap(&found.place, place))
    }

    /// The pieces of a stretch in which nothing is found.
    pub(super) fn free(&self, place: &Range<usize>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let mut from = place.start;
        for found in self.list.iter().filter(|found| overlap(&found.place, place)) {
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

    /// The line up to a byte.
    pub(super) fn line_before(&self, at: usize) -> &'t str {
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        &self.text[line..at]
    }

    /// Whether a stretch is no part of a longer word.
    pub(super) fn is_whole(&self, place: &Range<usize>) -> bool {
        let within = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !within(self.before(place.start)) && !within(self.at(place.end))
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
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

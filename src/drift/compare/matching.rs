//! Which thing of a page now is which of the page before: by the same words first, then by like words in the same place.

use crate::drift::compare::{Class, class};
use crate::drift::likeness::{alike, plain};
use crate::drift::vocabulary::{both_ask_code, is_for_another, may_be_renamed};
use crate::record::Item;

/// Words as like as these are the same in another place, too.
const ANYWHERE: f64 = 0.75;

/// A consent with as much in common is the same one with other words, and no new one.
const SAME_CONSENT: f64 = 0.3;

/// How a thing is there again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Same,
    Moved,
    Remade,
    Renamed,
}

/// For each old thing the new one that it is, and how.
pub(super) fn matches(old: &[&Item], new: &[&Item]) -> Vec<Option<(usize, How)>> {
    let mut found = Found { old, new, pairs: vec![None; old.len()], free: vec![true; new.len()] };
    let named = |one: &Item, other: &Item| plain(&one.name) == plain(&other.name);
    found.pair(How::Same, |one, other| one.role == other.role && named(one, other) && one.inside == other.inside);
    let places = Places::of(old, new);
    found.pair(How::Same, |one, other| one.role == other.role && named(one, other) && places.same(one, other));
    let told = |one: &Item, other: &Item| !plain(&one.name).is_empty() && named(one, other);
    found.pair(How::Moved, |one, other| one.role == other.role && told(one, other));
    found.pair(How::Remade, |one, other| one.role != other.role && told(one, other) && replaceable(one, other));
    found.renamed(&places);
    found.only_ones(&places);
    found.pairs
}

/// Both are for acting on: a button may become a link, a field a menu.
fn replaceable(one: &Item, other: &Item) -> bool {
    matches!((class(one), class(other)), (Class::Control, Class::Control) | (Class::Field, Class::Field))
}

/// Where things stand. A dialog that is called otherwise is the same place.
struct Places<'a> {
    before: Vec<&'a str>,
    now: Vec<&'a str>,
}

impl<'a> Places<'a> {
    fn of(old: &[&'a Item], new: &[&'a Item]) -> Self {
        let places = |items: &[&'a Item]| items.iter().map(|item| item.inside.as_str()).collect();
        Self { before: places(old), now: places(new) }
    }

    fn same(&self, one: &Item, other: &Item) -> bool {
        let kind = |inside: &str| inside.split(' ').next().unwrap_or_default().to_owned();
        one.inside == other.inside
            || (!one.inside.is_empty()
                && kind(&one.inside) == kind(&other.inside)
                && !self.before.contains(&other.inside.as_str())
                && !self.now.contains(&one.inside.as_str()))
    }
}

struct Found<'a> {
    old: &'a [&'a Item],
    new: &'a [&'a Item],
    pairs: Vec<Option<(usize, How)>>,
    free: Vec<bool>,
}

impl Found<'_> {
    /// Pairs each old thing with the first new one that fits.
    fn pair(&mut self, how: How, fits: impl Fn(&Item, &Item) -> bool) {
        for at in 0..self.old.len() {
            if self.pairs[at].is_some() {
                continue;
            }
            if let Some(there) =
                (0..self.new.len()).find(|there| self.free[*there] && fits(self.old[at], self.new[*there]))
            {
                self.take(at, there, how);
            }
        }
    }

    fn take(&mut self, at: usize, there: usize, how: How) {
        self.pairs[at] = Some((there, how));
        self.free[there] = false;
    }

    fn open(&self) -> Vec<usize> {
        (0..self.old.len()).filter(|at| self.pairs[*at].is_none()).collect()
    }

    fn free(&self) -> Vec<usize> {
        (0..self.new.len()).filter(|there| self.free[*there]).collect()
    }

    /// Pairs what has like words, the likest first.
    fn renamed(&mut self, places: &Places<'_>) {
        let mut pairs = Vec::new();
        for at in self.open() {
            for there in self.free() {
                let (one, other) = (self.old[at], self.new[there]);
                if class(one) != class(other) || class(one) == Class::Other {
                    continue;
                }
                let like = alike(&one.name, &other.name);
                let same = match class(one) {
                    Class::Consent => like >= SAME_CONSENT,
                    Class::Field if both_ask_code(&one.name, &other.name) => true,
                    _ => may_be_renamed(&one.name, &other.name),
                };
                if same && (places.same(one, other) || like >= ANYWHERE) {
                    pairs.push((like, at, there));
                }
            }
        }
        pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (_, at, there) in pairs {
            if self.pairs[at].is_none() && self.free[there] {
                self.take(at, there, How::Renamed);
            }
        }
    }

    /// The only one of its kind that is missing from a dialog or form, and the only one that is new there, are one thing with
    /// another name, unless the new one is for something else. Of fields, what is hidden while it is typed is a kind of its own.
    /// On the bare page, where much comes and goes, both must stand between the same things.
    fn only_ones(&mut self, places: &Places<'_>) {
        for at in self.open() {
            let one = self.old[at];
            let usable = matches!(class(one), Class::Field | Class::Control | Class::Consent);
            if !usable || self.pairs[at].is_some() {
                continue;
            }
            let alike = |item: &Item| class(item) == class(one) && is_secret(item) == is_secret(one);
            let beside = |at: &usize| alike(self.old[*at]) && self.old[*at].inside == one.inside;
            let fits = |there: &usize| {
                alike(self.new[*there])
                    && places.same(one, self.new[*there])
                    && (!one.inside.is_empty() || self.between_same(at, *there))
            };
            let missing = self.open().into_iter().filter(|at| !one.inside.is_empty() && beside(at)).count();
            let there: Vec<usize> = self.free().into_iter().filter(fits).collect();
            let only = if let ([there], 0 | 1) = (there.as_slice(), missing) { Some(*there) } else { None };
            if let Some(there) = only.filter(|there| !is_for_another(&one.name, &self.new[*there].name)) {
                self.take(at, there, How::Renamed);
            }
        }
    }

    /// What stands before and after the one is what stands before and after the other.
    fn between_same(&self, at: usize, there: usize) -> bool {
        let paired = |at: usize| self.pairs.get(at).copied().flatten().map(|(there, _)| there);
        let before = at.checked_sub(1).map(paired);
        let after = (at + 1 < self.old.len()).then(|| paired(at + 1));
        let is_before = before.map_or(there == 0, |before| before.is_some_and(|before| before + 1 == there));
        is_before && after.map_or(there + 1 == self.new.len(), |after| after == Some(there + 1))
    }
}

fn is_secret(item: &Item) -> bool {
    item.marks.iter().any(|mark| mark == "secret")
}

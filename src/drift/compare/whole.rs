//! What has become of a page as a whole: another language, another page, the same things built otherwise.

use std::collections::BTreeSet;

use crate::drift::compare::matching::How;
use crate::drift::compare::{Class, Sight, Target, class};
use crate::drift::vocabulary::{asks_money, may_be_renamed, spoken};
use crate::record::{Change, ChangeKind, Gravity, Item, Outline};

/// A page of fewer things is too small to be called another page.
const FEWEST: usize = 4;

impl Sight<'_> {
    /// What has become of the page as a whole, and the kinds of changes that this explains.
    pub(super) fn whole_page(&self, before: &Outline, now: &Outline) -> Option<(Change, Vec<ChangeKind>)> {
        use ChangeKind::{
            ConsentReworded, Gone, Moved, NewConsent, NewControl, NewDialog, NewField, Remade, Renamed, Rival,
        };
        let of = |how: Option<How>| {
            let is = |(at, pair): &(usize, &Option<(usize, How)>)| {
                pair.map(|(_, how)| how) == how && class(self.old[*at]) != Class::Other
            };
            self.pairs.iter().enumerate().filter(is).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let (lost, renamed) = (of(None), of(Some(How::Renamed)));
        let (moved, remade) = (of(Some(How::Moved)), of(Some(How::Remade)));
        let all = of(Some(How::Same)).len() + lost.len() + renamed.len() + moved.len() + remade.len();
        if all < FEWEST {
            return None;
        }
        let most = |count: usize| 2 * count > all;
        let acts =
            |target: &Target<'_>| target.step.commit || matches!(target.step.action.as_str(), "check" | "uncheck");
        let careful = if self.targets.iter().any(acts) { Gravity::Stop } else { Gravity::Drift };
        if let Some((was, is)) = language(before, now).filter(|_| most(lost.len() + renamed.len())) {
            let mut explained = vec![Renamed, Gone, Moved, Remade, NewControl, NewDialog, Rival, ConsentReworded];
            let count = |items: &[&Item], of: Class| items.iter().filter(|item| class(item) == of).count();
            for (of, kind) in [(Class::Consent, NewConsent), (Class::Field, NewField)] {
                if count(self.new, of) <= count(self.old, of) {
                    explained.push(kind);
                }
            }
            if self.old.iter().any(|item| asks_money(&item.name)) {
                explained.push(ChangeKind::Payment);
            }
            let change = self.change(
                ChangeKind::Language,
                careful,
                format!("the page speaks another language: “{is}”, not “{was}”"),
            );
            return Some((Change { before: was, now: is, ..change }, explained));
        }
        // What stands in a place under a name that has nothing of the old one may as well be another thing.
        let unlike = |at: &&usize| {
            self.pairs[**at].is_some_and(|(there, _)| !may_be_renamed(&self.old[**at].name, &self.new[there].name))
        };
        let other: Vec<usize> = lost.iter().chain(renamed.iter().filter(unlike)).copied().collect();
        let target_lost = other.iter().any(|at| self.target(*at).is_some());
        // Another portal in this one's place asks for the same things in its own words (portals.md §1.6, E14).
        let other_site = before.address != now.address
            && !before.title.is_empty()
            && !may_be_renamed(&before.title, &now.title)
            && most(lost.len() + renamed.len());
        if (most(other.len()) && target_lost) || other_site {
            let others = lost.len() + renamed.len();
            let says = format!("most of the page is another: {others} of {all} things are gone or have other words");
            let change = self.change(ChangeKind::Redesign, Gravity::Stop, says);
            return Some((change, vec![Renamed, Gone, Moved, Remade, NewControl, NewField, Rival]));
        }
        let places: BTreeSet<&str> =
            moved.iter().filter_map(|at| self.pairs[*at]).map(|(there, _)| self.new[there].inside.as_str()).collect();
        if most(moved.len() + remade.len()) && (places.len() > 1 || !remade.is_empty()) {
            let says = format!(
                "the page is built otherwise: {} of {all} things stand elsewhere or are made otherwise",
                moved.len() + remade.len()
            );
            return Some((self.change(ChangeKind::Redesign, careful, says), vec![Moved, Remade]));
        }
        None
    }
}

/// The languages before and now, where they differ: as the pages declare them, else as their words tell.
fn language(before: &Outline, now: &Outline) -> Option<(String, String)> {
    let primary = |page: &Outline| page.language.split('-').next().unwrap_or_default().to_lowercase();
    let (was, is) = (primary(before), primary(now));
    if !was.is_empty() && !is.is_empty() && was != is {
        return Some((was, is));
    }
    let (was, is) = (spoken(before)?, spoken(now)?);
    (was != is).then(|| (was.to_owned(), is.to_owned()))
}

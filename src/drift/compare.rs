//! Two outlines of the same stage, the baseline's and the one of now, become a list of changes. Both are neutral.
//!
//! How grave a change is follows from what it could do (portals.md §1.6, the verdict column): whatever is new to agree to, to
//! fill in, to pay, or goes to another origin stops a run; what a step uses and is still recognisable lets it go on with
//! `drift`; all else is told.

mod matching;
mod whole;

use std::collections::BTreeSet;

use crate::drift::baseline::KnownStep;
use crate::drift::likeness::plain;
use crate::drift::vocabulary::{asks_agreement, asks_money, asks_person, both_ask_code, is_of_cookies, rivals};
use crate::record::{Change, ChangeKind, Fingerprint, Gravity, Item, Outline};
use matching::{How, matches};

/// What a step of the stage uses.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The step as the baseline knows it.
    pub step: &'a KnownStep,
    /// The line in the flow file where it stands now.
    pub line: Option<usize>,
}

/// What a thing on a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Dialog,
    Consent,
    Field,
    Control,
    Heading,
    Frame,
    /// What a page says to this visitor on this visit, and whatever else nobody can use.
    Other,
}

pub(super) fn class(item: &Item) -> Class {
    match item.role.as_str() {
        "dialog" | "alertdialog" => Class::Dialog,
        "checkbox" | "switch" | "menuitemcheckbox" => Class::Consent,
        "radio" if asks_agreement(&item.name) => Class::Consent,
        "textbox" | "searchbox" | "combobox" | "spinbutton" | "listbox" | "slider" | "radio" | "group" => Class::Field,
        "button" | "link" | "tab" | "menuitem" | "menuitemradio" => Class::Control,
        "heading" => Class::Heading,
        "frame" => Class::Frame,
        _ => Class::Other,
    }
}

/// A thing, for people: `button “Conferma”`.
#[must_use]
pub fn shown(role: &str, name: &str) -> String {
    let role = match role {
        "textbox" | "searchbox" | "spinbutton" => "field",
        "combobox" | "listbox" => "menu",
        "" => "element",
        other => other,
    };
    if name.is_empty() { format!("{role} without a name") } else { format!("{role} “{name}”") }
}

/// What differs between the page of a stage as it was and as it is; the gravest first, each kind in the order of the page.
#[must_use]
pub fn pages(stage: &str, before: &Outline, now: &Outline, targets: &[Target<'_>]) -> Vec<Change> {
    let homes: BTreeSet<&str> = targets.iter().filter_map(|target| home(target)).collect();
    let (old, new) = (counted(before, &homes), counted(now, &homes));
    let pairs = matches(&old, &new);
    let sight = Sight { stage, old: &old, new: &new, pairs: &pairs, targets };
    let mut changes = sight.changes();
    if let Some((change, explained)) = sight.whole_page(before, now) {
        changes.retain(|other| !explained.contains(&other.kind));
        changes.push(change);
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.gravity));
    changes
}

/// The dialog, form or frame in which a target stood.
fn home<'a>(target: &Target<'a>) -> Option<&'a str> {
    nearest(&target.step.element)
}

/// The nearest dialog, form or frame around an element: what an outline names it by.
pub(super) fn nearest(element: &Fingerprint) -> Option<&str> {
    element.inside.iter().rev().map(String::as_str).find(|place| encloses(place) && *place != "shadow")
}

/// What counts as another place. Regions, groups and menus come and go with a page's layout.
pub(super) fn encloses(place: &str) -> bool {
    let kind = place.split(' ').next().unwrap_or_default();
    matches!(kind, "dialog" | "alertdialog" | "form" | "frame" | "shadow")
}

/// What counts on a page: without what it says to this visitor, without the banner for cookies, which stands there once,
/// and with a row of boxes for a code as one.
fn counted<'a>(page: &'a Outline, homes: &BTreeSet<&str>) -> Vec<&'a Item> {
    let place = |item: &Item| format!("{} \"{}\"", item.role, item.name);
    let of_cookies = |item: &&Item| is_of_cookies(&item.name);
    let named = page.items.iter().filter(|item| class(item) == Class::Dialog).filter(of_cookies).map(place);
    let pressed = page.items.iter().filter(|item| class(item) == Class::Control).filter(of_cookies);
    let around = pressed.map(|item| item.inside.clone()).filter(|inside| inside.contains("dialog"));
    let mut banners: BTreeSet<String> = named.chain(around).collect();
    banners.retain(|banner| !homes.contains(banner.as_str()));
    let mut counted: Vec<&Item> = Vec::new();
    for item in &page.items {
        let banner = banners.contains(&item.inside)
            || (class(item) == Class::Dialog && banners.contains(&place(item)))
            || (class(item) == Class::Frame && is_of_cookies(&item.name));
        let again = counted.last().is_some_and(|last| {
            item.name.contains('…')
                && class(item) == Class::Field
                && (&last.name, &last.inside) == (&item.name, &item.inside)
        });
        if !banner && !again && !is_message(item) {
            counted.push(item);
        }
    }
    counted
}

fn is_message(item: &Item) -> bool {
    matches!(item.role.as_str(), "alert" | "status" | "log" | "timer" | "progressbar" | "marquee" | "tooltip")
}

/// What is compared, and how it fits together.
struct Sight<'a> {
    stage: &'a str,
    old: &'a [&'a Item],
    new: &'a [&'a Item],
    /// For each old thing the new one that it is.
    pairs: &'a [Option<(usize, How)>],
    targets: &'a [Target<'a>],
}

impl<'a> Sight<'a> {
    fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            match pair {
                Some((there, how)) => self.kept(at, *there, *how, &mut changes),
                None => changes.extend(self.gone(at)),
            }
        }
        let dialogs: Vec<String> = self
            .arrivals()
            .filter(|item| class(item) == Class::Dialog)
            .map(|item| format!("{} \"{}\"", item.role, item.name))
            .collect();
        for item in self.arrivals() {
            let change = self.arrived(item);
            // A new dialog says enough of what is only told of the things in it.
            changes.extend(change.filter(|change| change.gravity > Gravity::Note || !dialogs.contains(&item.inside)));
        }
        changes.extend(self.order());
        changes
    }

    /// What is there now and was not.
    fn arrivals(&self) -> impl Iterator<Item = &'a Item> + '_ {
        let known = |there: usize| self.pairs.iter().flatten().any(|(paired, _)| *paired == there);
        self.new.iter().enumerate().filter(move |(there, _)| !known(*there)).map(|(_, item)| *item)
    }

    /// The target that this old thing was.
    fn target(&self, at: usize) -> Option<&'a Target<'a>> {
        let item = self.old[at];
        let is = |target: &&Target<'_>| {
            let element = &target.step.element;
            let names = [&element.name, &element.words, &element.label, &element.placeholder, &element.before];
            let called =
                names.iter().find(|name| !name.is_empty()).is_some_and(|name| plain(name) == plain(&item.name));
            let words = !element.words.is_empty() && plain(&element.words) == plain(&item.name);
            let role = Item { role: element.role.clone(), name: item.name.clone(), ..Item::default() };
            (called || words) && class(&role) == class(item)
        };
        let mut fitting = self.targets.iter().filter(is);
        let home = |target: &&Target<'_>| home(target).unwrap_or_default() == item.inside;
        fitting.clone().find(home).or_else(|| fitting.next().filter(|_| self.alone(at)))
    }

    /// No other old thing is called so.
    fn alone(&self, at: usize) -> bool {
        let item = self.old[at];
        self.old.iter().filter(|other| other.role == item.role && plain(&other.name) == plain(&item.name)).count() == 1
    }

    fn change(&self, kind: ChangeKind, gravity: Gravity, says: String) -> Change {
        Change {
            kind,
            gravity,
            stage: self.stage.to_owned(),
            line: None,
            says,
            before: String::new(),
            now: String::new(),
        }
    }

    /// A change of one thing into another.
    fn between(&self, kind: ChangeKind, gravity: Gravity, at: usize, there: usize, says: String) -> Change {
        let (old, new) = (self.old[at], self.new[there]);
        Change {
            line: self.target(at).and_then(|target| target.line),
            before: shown(&old.role, &old.name),
            now: shown(&new.role, &new.name),
            ..self.change(kind, gravity, says)
        }
    }

    fn kept(&self, at: usize, there: usize, how: How, changes: &mut Vec<Change>) {
        let (old, new) = (self.old[at], self.new[there]);
        let (what, now) = (shown(&old.role, &old.name), shown(&new.role, &new.name));
        let target = self.target(at);
        let used = if target.is_some() { Gravity::Drift } else { Gravity::Note };
        let gained = |mark: &str| new.marks.iter().any(|it| it == mark) && !old.marks.iter().any(|it| it == mark);
        let mut tell = |kind, gravity, says| changes.push(self.between(kind, gravity, at, there, says));
        if gained("elsewhere") {
            tell(ChangeKind::OtherOrigin, Gravity::Stop, format!("{now} goes to another origin now"));
        }
        if gained("required") && class(old) == Class::Field && target.is_none() {
            tell(ChangeKind::NewField, Gravity::Stop, format!("{now} must be filled in now"));
        }
        if gained("read-only") && target.is_some() {
            tell(ChangeKind::OutOfReach, Gravity::Drift, format!("nothing can be typed into {now} any more"));
        }
        match (how, class(old)) {
            (How::Same, _) | (How::Moved | How::Remade, Class::Heading) => {}
            (How::Renamed, Class::Consent) => {
                tell(ChangeKind::ConsentReworded, Gravity::Stop, format!("{what} now says “{}”", new.name));
            }
            // Each holder has one kind of code, and each kind its words.
            (How::Renamed, Class::Field | Class::Heading) if both_ask_code(&old.name, &new.name) => {}
            (How::Renamed, _) => {
                let commit = target.is_some_and(|target| target.step.commit);
                let gravity = if commit { Gravity::Stop } else { used };
                tell(ChangeKind::Renamed, gravity, format!("{what} is now “{}”", new.name));
            }
            (How::Moved, _) => {
                tell(
                    ChangeKind::Moved,
                    used,
                    format!("{what} stands in {} now, not in {}", at_place(new), at_place(old)),
                );
            }
            (How::Remade, _) => tell(ChangeKind::Remade, used, format!("{what} is a {} now", shown_role(new))),
        }
    }

    fn gone(&self, at: usize) -> Option<Change> {
        let item = self.old[at];
        if class(item) == Class::Other || class(item) == Class::Frame {
            return None;
        }
        let target = self.target(at);
        let gravity = if target.is_some() { Gravity::Drift } else { Gravity::Note };
        let what = shown(&item.role, &item.name);
        let change = self.change(ChangeKind::Gone, gravity, format!("{what} is not there any more"));
        Some(Change { line: target.and_then(|target| target.line), before: what, ..change })
    }

    fn arrived(&self, item: &Item) -> Option<Change> {
        let what = shown(&item.role, &item.name);
        let elsewhere = item.marks.iter().any(|mark| mark == "elsewhere");
        let (kind, gravity, says) = match class(item) {
            _ if asks_person(&item.name) => {
                (ChangeKind::Captcha, Gravity::Stop, format!("{what} wants a proof that a person is there"))
            }
            class if class != Class::Other && asks_money(&item.name) => {
                (ChangeKind::Payment, Gravity::Stop, format!("{what} asks for money"))
            }
            class if class != Class::Other && elsewhere => {
                (ChangeKind::OtherOrigin, Gravity::Stop, format!("new: {what}, of another origin"))
            }
            Class::Dialog => (ChangeKind::NewDialog, Gravity::Stop, format!("new {what}")),
            Class::Consent => (ChangeKind::NewConsent, Gravity::Stop, format!("new consent: {what}")),
            Class::Field => (ChangeKind::NewField, self.of_field(item), format!("new {what}")),
            Class::Control if self.is_panel(item) => {
                (ChangeKind::PageInserted, Gravity::Stop, format!("one more step: {what}"))
            }
            Class::Control => match self.rival(item) {
                Some(target) => {
                    let meant = shown(&target.step.element.role, &target.step.element.name);
                    let says = format!("new {what} could be taken for {meant}");
                    let change = Change {
                        line: target.line,
                        before: meant,
                        ..self.change(ChangeKind::Rival, Gravity::Stop, says)
                    };
                    return Some(Change { now: what, ..change });
                }
                None => (ChangeKind::NewControl, Gravity::Note, format!("new {what}")),
            },
            Class::Heading => (ChangeKind::NewControl, Gravity::Note, format!("new {what}")),
            Class::Frame | Class::Other => return None,
        };
        Some(Change { now: what, ..self.change(kind, gravity, says) })
    }

    /// A field that must be filled in, or stands among those that the stage fills in, is one that the flow leaves empty.
    fn of_field(&self, item: &Item) -> Gravity {
        let used = |at: usize| {
            let known = self.old[at];
            // On the bare page stand a site's search and its menu, too: there only fields and boxes count as company.
            let company = !item.inside.is_empty() || matches!(class(known), Class::Field | Class::Consent);
            let there = self.pairs[at].map(|(there, _)| self.new[there].inside.as_str());
            company && self.target(at).is_some() && (known.inside == item.inside || there == Some(&item.inside))
        };
        let required = item.marks.iter().any(|mark| mark == "required");
        if required || (0..self.old.len()).any(used) { Gravity::Stop } else { Gravity::Note }
    }

    /// The head of a further panel among those that the stage's own panel stands with: a step that nobody has seen.
    fn is_panel(&self, item: &Item) -> bool {
        let folds = |item: &Item| item.marks.iter().any(|mark| mark == "expanded" || mark == "collapsed");
        let beside = |other: &&Item| folds(other) && other.inside == item.inside;
        let used = |at: usize| self.old[at].inside == item.inside && self.target(at).is_some();
        let among = !item.inside.is_empty() && self.old.iter().copied().any(|other| beside(&other));
        folds(item) && among && (0..self.old.len()).any(used)
    }

    fn rival(&self, item: &Item) -> Option<&'a Target<'a>> {
        let presses =
            |target: &&Target<'_>| matches!(target.step.action.as_str(), "click" | "double_click" | "download");
        self.targets.iter().filter(presses).find(|target| rivals(&target.step.element.name, &item.name))
    }

    /// Fields, or the controls beside a target, that have changed places: names find them all the same.
    fn order(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let places: BTreeSet<&str> = self.old.iter().map(|item| item.inside.as_str()).collect();
        for (place, kind) in places.iter().flat_map(|place| [(*place, Class::Field), (*place, Class::Control)]) {
            let here = |at: &usize| class(self.old[*at]) == kind && self.old[*at].inside == place;
            let kept: Vec<(usize, usize)> = (0..self.old.len())
                .filter(here)
                .filter_map(|at| self.pairs[at].filter(|(_, how)| *how == How::Same).map(|(there, _)| (at, there)))
                .collect();
            let company =
                kind == Class::Field || (!place.is_empty() && kept.iter().any(|(at, _)| self.target(*at).is_some()));
            let turned = kept.windows(2).find(|pair| pair[0].1 > pair[1].1);
            if let Some([(at, there), (next, _)]) = turned.filter(|_| company) {
                let (one, other) = (self.old[*at], self.old[*next]);
                let says =
                    format!("{} stands after {} now", shown(&one.role, &one.name), shown(&other.role, &other.name));
                changes.push(self.between(ChangeKind::Moved, Gravity::Note, *at, *there, says));
            }
        }
        changes
    }
}

fn shown_role(item: &Item) -> String {
    shown(&item.role, "").trim_end_matches(" without a name").to_owned()
}

fn at_place(item: &Item) -> &str {
    if item.inside.is_empty() { "the bare page" } else { &item.inside }
}

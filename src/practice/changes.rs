//! The changes: how the portals may come to look and work otherwise (portals.md §1.6). What each does to a page stands with
//! the portals; here is the list, and which of them are played.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ledger::Portal;

const A: &[Portal] = &[Portal::MiaFirma];
const B: &[Portal] = &[Portal::FirmaRemota];
const BOTH: &[Portal] = &[Portal::MiaFirma, Portal::FirmaRemota];

/// What a tool should do about a change (portals.md §1.6, the verdict column).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advised {
    /// R: mend it and report it.
    Repair,
    /// A: propose a mending and wait for a person.
    Ask,
    /// S: stop, mend nothing.
    Stop,
}

/// One change of a portal.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number in portals.md §1.6: `E10`, `D7`.
    pub id: &'static str,
    /// What changes, in a few words.
    pub what: &'static str,
    /// The portals on which it can be played.
    pub portals: &'static [Portal],
    /// What a tool should do about it.
    pub advised: Advised,
}

const fn change(id: &'static str, portals: &'static [Portal], advised: Advised, what: &'static str) -> Change {
    Change { id, what, portals, advised }
}

/// Every change, in the order of portals.md §1.6.
pub const CHANGES: [Change; 54] = [
    change("E1", BOTH, Advised::Repair, "the recovery link is reworded"),
    change("E2", A, Advised::Ask, "the way to the renewal has one page more"),
    change("E3", A, Advised::Ask, "the consents are asked for without the PIN"),
    change("E4", A, Advised::Stop, "one more step: «Informazioni di sicurezza»"),
    change("E5", A, Advised::Stop, "one more step: a coupon, between the first code and the new PIN"),
    change("E6", BOTH, Advised::Stop, "a payment is asked for after the renewal"),
    change("E7", A, Advised::Stop, "a passphrase is to be made up"),
    change("E8", BOTH, Advised::Repair, "the login offers a QR code first, the form in another tab"),
    change("E9", BOTH, Advised::Ask, "a message window after the login, with a button of its own"),
    change("E10", BOTH, Advised::Repair, "the buttons are worded otherwise"),
    change("E11", BOTH, Advised::Stop, "the User ID becomes the e-mail address"),
    change("E12", BOTH, Advised::Repair, "the rules for passwords are tightened"),
    change("E13", B, Advised::Repair, "a PIN has exactly eight digits, no longer at least"),
    change("E14", B, Advised::Stop, "the whole portal is replaced by the other one"),
    change("D1", BOTH, Advised::Repair, "ids are renamed"),
    change("D2", BOTH, Advised::Repair, "ids are random at each load"),
    change("D3", BOTH, Advised::Repair, "class names are hashed"),
    change("D4", BOTH, Advised::Repair, "labels are reworded with the same meaning"),
    change("D5", BOTH, Advised::Repair, "case, accents and spaces are written otherwise"),
    change("D6", BOTH, Advised::Repair, "buttons become links with a role, or bare clickable boxes"),
    change("D7", BOTH, Advised::Repair, "submit inputs become buttons, or buttons submit inputs"),
    change("D8", BOTH, Advised::Repair, "fields stand in an open shadow root"),
    change("D9", BOTH, Advised::Stop, "fields stand in a closed shadow root"),
    change("D10", BOTH, Advised::Repair, "the login stands in a frame of the same origin"),
    change("D11", BOTH, Advised::Stop, "the login stands in a frame of another origin"),
    change("D12", BOTH, Advised::Repair, "the code's field becomes eight boxes, or the boxes one field"),
    change("D13", BOTH, Advised::Stop, "a further consent is asked for"),
    change("D14", BOTH, Advised::Ask, "one step becomes two pages"),
    change("D15", BOTH, Advised::Repair, "the cookie banner is worded otherwise"),
    change("D16", BOTH, Advised::Stop, "a captcha before the login"),
    change("D17", BOTH, Advised::Repair, "a button is enabled only after two seconds"),
    change("D18", A, Advised::Repair, "«Annulla» and «Conferma» change places"),
    change("D19", BOTH, Advised::Stop, "a decoy beside the right entry: «Rinnova e revoca il precedente»"),
    change("D20", BOTH, Advised::Repair, "a hidden template of the form stands before it"),
    change("D21", BOTH, Advised::Repair, "fields change places"),
    change("D22", BOTH, Advised::Repair, "placeholders in place of labels"),
    change("D23", BOTH, Advised::Ask, "the portal speaks English"),
    change("D24", BOTH, Advised::Repair, "dates are written otherwise"),
    change("D25", BOTH, Advised::Stop, "the success is told in other words"),
    change("D26", BOTH, Advised::Stop, "the success is told, and nothing was done"),
    change("D27", BOTH, Advised::Repair, "errors are told in a note that goes after three seconds"),
    change("D28", BOTH, Advised::Stop, "a veil stays over the page"),
    change("D29", BOTH, Advised::Repair, "the renewal opens in a new window"),
    change("D30", BOTH, Advised::Ask, "the browser asks for a confirmation before a commit"),
    change("D31", BOTH, Advised::Stop, "the PIN is clicked on shuffled digits, not typed"),
    change("D32", BOTH, Advised::Repair, "addresses are renamed"),
    change("D33", BOTH, Advised::Stop, "maintenance, told with status 200 at the same address"),
    change("D34", BOTH, Advised::Repair, "two variants of the page, by turns"),
    change("D35", BOTH, Advised::Ask, "other pages with the same words"),
    change("D36", BOTH, Advised::Stop, "other pages with other words"),
    change("D37", BOTH, Advised::Repair, "a hidden field named «PIN» for robots"),
    change("D38", BOTH, Advised::Stop, "the confirmation goes to another origin"),
    change("D39", BOTH, Advised::Repair, "the holder's name carries markup and instructions"),
    change("D40", BOTH, Advised::Repair, "a strict content policy with Trusted Types"),
];

/// A change by its number.
#[must_use]
pub(super) fn change_named(id: &str) -> Option<&'static Change> {
    CHANGES.iter().find(|change| change.id.eq_ignore_ascii_case(id))
}

/// No change has this number.
#[derive(Debug, thiserror::Error)]
#[error("no change is called `{0}`; they are E1 to E14 and D1 to D40")]
pub struct NoChange(String);

/// The changes that are played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Played(BTreeSet<&'static str>);

impl Played {
    /// Plays one more.
    ///
    /// # Errors
    /// When there is none of this number.
    pub fn add(&mut self, id: &str) -> Result<(), NoChange> {
        let change = change_named(id).ok_or_else(|| NoChange(id.to_owned()))?;
        self.0.insert(change.id);
        Ok(())
    }

    /// Whether a change is played on a portal.
    #[must_use]
    pub fn has(&self, id: &str, portal: Portal) -> bool {
        self.0.contains(id) && change_named(id).is_some_and(|change| change.portals.contains(&portal))
    }

    /// Those played on a portal, by number.
    pub fn on(&self, portal: Portal) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied().filter(move |id| self.has(id, portal))
    }
}

impl TryFrom<Vec<String>> for Played {
    type Error = NoChange;

    fn try_from(ids: Vec<String>) -> Result<Self, NoChange> {
        let mut played = Self::default();
        ids.iter().try_for_each(|id| played.add(id))?;
        Ok(played)
    }
}

impl From<Played> for Vec<String> {
    fn from(played: Played) -> Self {
        played.0.into_iter().map(str::to_owned).collect()
    }
}

impl FromStr for Played {
    type Err = NoChange;

    /// Numbers with commas between them.
    fn from_str(text: &str) -> Result<Self, NoChange> {
        text.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect::<Vec<_>>().try_into()
    }
}

impl fmt::Display for Advised {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Repair => "R",
            Self::Ask => "A",
            Self::Stop => "S",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CHANGES, Played};
    use crate::practice::Portal::{FirmaRemota, MiaFirma};

    #[test]
    fn each_number_stands_once() {
        let numbers = (1..=14).map(|n| format!("E{n}")).chain((1..=40).map(|n| format!("D{n}")));
        assert!(numbers.eq(CHANGES.iter().map(|change| change.id.to_owned())));
    }

    #[test]
    fn what_is_played_is_named_and_applies() {
        let played: Played = "D18, e14".parse().unwrap();
        assert!(played.has("D18", MiaFirma) && !played.has("D18", FirmaRemota));
        assert!(played.on(FirmaRemota).eq(["E14"]));
        assert!("D41".parse::<Played>().is_err());
    }
}

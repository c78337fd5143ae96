//! What must come of each change: how the first run ends, in which stage, and of which class `explain` says that it is
//! (portals.md §1.6).

use rinnova::exit::Verdict::{self, Changed, HalfDone, NeedsPerson, Renewed, Unavailable, Unknown};
use rinnova::practice::Portal::{FirmaRemota, MiaFirma};

use crate::cell::Cell;

/// Played in every test run: one for each way in which a change may come to light.
pub(crate) const ALWAYS: [&str; 4] = ["D10/A", "D19/A", "D38/B", "E9/A"];

/// What must come of a change.
pub(crate) struct Expected {
    /// How the first run may end.
    pub(crate) verdicts: &'static [Verdict],
    /// The class; none where nothing is to be told.
    pub(crate) kinds: &'static [&'static str],
    /// The stage in which it is met; none where there is none.
    pub(crate) stages: &'static [&'static str],
}

const fn ends(
    verdicts: &'static [Verdict],
    kinds: &'static [&'static str],
    stages: &'static [&'static str],
) -> Expected {
    Expected { verdicts, kinds, stages }
}

/// Nothing that a person or a flow would notice.
const UNNOTICED: Expected = ends(&[Renewed], &[], &[]);

/// What must come of this cell.
pub(crate) fn expected(cell: &Cell) -> Expected {
    // Once a commit was sent, only the next known page proves it: anything else is unknown, or half done.
    const AFTER: &[Verdict] = &[Unknown, HalfDone];
    match (cell.change.id, cell.portal) {
        ("E1", _) => ends(&[Renewed], &["renamed"], &["login"]),
        ("E2", _) => ends(&[Changed], &["page-inserted", "renamed"], &["home", "open"]),
        ("E3", _) => ends(&[Changed], &["gone"], &["consents"]),
        ("E4", _) => ends(&[Changed], &["page-inserted", "new-field"], &["open", "consents"]),
        ("E5" | "E7", _) => {
            ends(&[Changed, Unknown, HalfDone], &["page-inserted", "new-field"], &["consents", "sign", "new-pin"])
        }
        ("E6", MiaFirma) => ends(AFTER, &["payment"], &["activate", "done"]),
        ("E6", FirmaRemota) => ends(AFTER, &["payment"], &["complete"]),
        ("E8", _) => ends(&[Changed], &["moved"], &["login"]),
        ("E9", _) => ends(&[Changed], &["new-dialog"], &["login", "certificate"]),
        ("E10", MiaFirma) => ends(&[Changed], &["renamed"], &["consents"]),
        ("E10", FirmaRemota) => ends(&[Changed], &["renamed"], &["sms"]),
        ("E14", _) => ends(&[Changed], &["redesign"], &["login"]),
        ("E11" | "D4", _) => ends(&[Changed], &["renamed"], &["login"]),
        ("D5", MiaFirma) => ends(&[Changed], &["renamed"], &["home", "open"]),
        ("D5", FirmaRemota) => ends(&[Changed], &["renamed"], &["sms", "request"]),
        ("D6", MiaFirma) => ends(&[Changed], &["remade"], &["login", "certificate"]),
        ("D6", FirmaRemota) => ends(&[Changed], &["remade"], &["login", "certificate", "sms"]),
        ("D8" | "D10", _) => ends(&[Renewed], &["moved"], &["login"]),
        ("D9", _) => ends(&[Changed], &["out-of-reach", "gone"], &["login"]),
        ("D11", _) => ends(&[Changed], &["other-origin"], &["login"]),
        ("D12", MiaFirma) => ends(&[Changed, Renewed], &["remade"], &["sign"]),
        ("D12", FirmaRemota) => ends(&[Changed, Renewed], &["remade"], &["request"]),
        ("D13", MiaFirma) => ends(&[NeedsPerson, Changed], &["new-consent"], &["consents"]),
        ("D13", FirmaRemota) => ends(&[NeedsPerson, Changed], &["new-consent"], &["request"]),
        ("D14", MiaFirma) => ends(&[Changed], &["page-inserted", "moved"], &["consents"]),
        ("D14", FirmaRemota) => ends(&[Changed], &["page-inserted", "moved"], &["request"]),
        ("D15", _) => ends(&[Changed], &["new-dialog", "covered"], &["login"]),
        ("D16", _) => ends(&[Changed, NeedsPerson], &["captcha"], &["login"]),
        ("D18", _) => ends(&[Renewed], &[], &[]),
        ("D19", MiaFirma) => ends(&[Changed], &["rival"], &["home"]),
        ("D19", FirmaRemota) => ends(&[Changed], &["rival"], &["certificate", "sms", "request"]),
        ("D22", MiaFirma) => {
            ends(&[Changed, HalfDone, Renewed], &["renamed", "remade"], &["login", "consents", "new-pin"])
        }
        ("D22", FirmaRemota) => ends(&[Changed, Renewed], &["renamed", "remade", "moved"], &["login", "request"]),
        ("D23", _) => ends(&[Changed], &["language"], &["login"]),
        ("D24", _) => ends(&[Renewed], &["value-format"], &["certificate"]),
        ("D25", MiaFirma) => ends(AFTER, &["renamed", "remade", "gone"], &["activate"]),
        ("D25", FirmaRemota) => ends(AFTER, &["renamed", "remade", "gone"], &["complete"]),
        // The state page tells: nothing has changed but for a promise that is not kept.
        ("D26", _) => ends(&[Unknown], &[], &[]),
        ("D28", MiaFirma) => ends(&[Changed], &["covered", "new-dialog"], &["open"]),
        ("D28", FirmaRemota) => ends(&[Changed], &["covered", "new-dialog"], &["request"]),
        // What opened came with the press of a commit: nobody knows whether anything was sent.
        ("D30", MiaFirma) => ends(&[Changed, Unknown], &["native-dialog"], &["sign"]),
        ("D30", FirmaRemota) => ends(&[Changed, Unknown], &["native-dialog"], &["request"]),
        ("D31", MiaFirma) => ends(&[Changed], &["out-of-reach"], &["consents"]),
        ("D31", FirmaRemota) => ends(&[Changed], &["out-of-reach"], &["request"]),
        // Not drift: try again later.
        ("D33", _) => ends(&[Unavailable], &[], &[]),
        // One visitor of two gets the other page, which is that of D4.
        ("D34", _) => ends(&[Renewed, Changed], &["renamed"], &["login"]),
        ("D35", _) => ends(&[Renewed, Changed], &["redesign", "moved"], &["login"]),
        ("D36", _) => ends(&[Changed], &["redesign", "renamed"], &["login"]),
        ("D38", MiaFirma) => ends(&[Changed], &["other-origin"], &["consents"]),
        ("D38", FirmaRemota) => ends(&[Changed], &["other-origin"], &["request"]),
        _ => UNNOTICED,
    }
}

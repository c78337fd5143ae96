//! English: the imperative of instructions.

use jiff::Span;
use jiff::civil::Date;

use super::{Preposition, Tongue, counted};
use crate::exit::Verdict;

pub(super) static ENGLISH: Tongue = Tongue {
    quotes: ["“", "”"],
    and: " and ",
    day,
    span,
    minutes,
    advice,

    address: "Address",
    duration: "Duration",
    when: "When",
    window: "in the {opens} before expiry, {until}. For example, a certificate that expires {expiry} can be renewed {from} {to}.",
    until: "up to {closes} before",
    until_the_day_before: "up to the day before",
    verified: "Verified",
    verified_in_practice: "{day}, with {browser}, on rinnova's practice portal",
    verified_in_rehearsal: "{day}, with {browser}: the first part on {portal}, the rest on rinnova's practice portal",
    verified_in_run: "{day}, with {browser}, on {portal}",
    news: "Changes",
    news_link: "what has changed since the last edition",
    needs: "What you need",
    careful: "Before you begin",
    careful_commit: "With {step} the renewal has begun and cannot be undone: begin only if there is time to reach the end.",
    careful_pin: "The **signature PIN** locks for good after a few wrong attempts: if you are not sure of it, stop before you enter it.",
    careful_password: "The account locks after a few attempts with a wrong **password**: do not guess.",

    steps: "Step by step",
    step: "step {number}",
    again: "{title} (again)",
    again_code: "The code used before is no longer valid: a new one is needed.",
    new_expiry: "Check the new expiry date",
    new_expiry_text: "The renewal has succeeded if the expiry date has moved forward; if it is still the old one, the renewal is not complete.",
    new_expiry_example: "In the pictures of this guide the certificate expired {before} and now expires {after}.",
    at: "{sentence}: {address}",
    commit: "No way back from here",
    commit_text: "Pressing {control} cannot be undone: {what}. First check what you have entered.",
    outlined: "The outline marks {control}.",
    enlarged: "Enlarged: {control}.",
    practice_picture: "Picture of the practice portal.",
    screen: "The portal's screen {name}.",
    screen_of_step: "The portal's screen at the step {name}.",
    one_number: "The number {numbers} marks the element of the action.",
    numbers: "The numbers {numbers} mark the elements of the actions.",
    outlined_alt: "An outline marks {control}.",
    enlarged_alt: "A part of the screen enlarged, with an outline around {control}.",

    trouble: "If something goes wrong",
    trouble_as_before: "As in {step}: {says}.",
    trouble_of_step: "The messages of {step} may appear as well.",
    messages: "Other messages of the portal",
    messages_text: "They may appear at any step.",
    half_done: "If the renewal was left half done",
    half_done_text: "A renewal that was begun and not completed is not begun again: it goes on from where it stopped.",
    go_on: "{step}: {title}",

    contact: "Whom to ask",
    changes_for: "If you know the guide already",
    changes: "What has changed since the last edition",
    added: "{title}: this part is new.",
    removed: "{title}: this part is no longer there.",
    renamed: "{title}: it was called {before}.",
    reworded: "{title}: where it said ‘{before}’ it now says ‘{now}’.",
    said_more: "{title}: it now says ‘{now}’ as well.",
    said_less: "{title}: it no longer says ‘{before}’.",
    looks_different: "{title}: the screen looks different.",
    before: "Before",
    now: "Now",
    about: "How this guide was made",
    invented: "Names, codes and dates in the pictures are invented.",
    from_practice: "The pictures come from rinnova's practice portal, which imitates the real one: on the real one some details may differ.",
    from_rehearsal: "Up to {step} the pictures come from the real portal. Those after it come from rinnova's practice portal, which imitates it: to go on would have sent what cannot be undone.",
    from_run: "The pictures come from the real portal.",

    checklist: "{title}: checklist",
    checklist_summary: "One page to print, with boxes to tick.",
    no_way_back: "No way back from here.",
    at_the_end: "At the end",
    expiry_noted: "The new expiry date is: ……………………………",

    contents: "Contents",
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn day(date: Date, preposition: Preposition) -> String {
    let word = match preposition {
        Preposition::On => "on",
        Preposition::From => "from",
        Preposition::To => "to",
    };
    format!("{word} {} {} {}", date.day(), MONTHS[usize::from(date.month().unsigned_abs()) - 1], date.year())
}

fn span(span: &Span) -> String {
    counted(span, [["year", "years"], ["month", "months"], ["week", "weeks"], ["day", "days"]], " and ")
}

fn minutes(number: u32) -> String {
    if number == 1 { "about a minute".to_owned() } else { format!("about {number} minutes") }
}

fn advice(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AlreadyRenewed => "The certificate has been renewed already: there is nothing left to do.",
        Verdict::NotDue => "It is too early: see above from when it can be renewed.",
        Verdict::Expired => "An expired certificate cannot be renewed: ask for a new one.",
        Verdict::TooLate => "The time for renewing is over: ask for a new certificate.",
        Verdict::NotRenewable => "This certificate cannot be renewed: ask for a new one.",
        Verdict::PinLocked => "The PIN is locked: ask for a new certificate.",
        Verdict::Suspended => "Lift the suspension first.",
        Verdict::HalfDone => "A renewal has been begun: do not begin again, go on as in {half_done}.",
        Verdict::CodeRejected => "Try again with a new code.",
        Verdict::Rejected => "Check what you have entered before you try again.",
        Verdict::Locked => "The account is locked: have it unlocked before you try again.",
        Verdict::Unavailable => "The portal does not answer for now: try again later.",
        Verdict::Failed | Verdict::Unknown => {
            "Sign in again and, before you repeat the last operation, check whether it has taken place."
        }
        _ => "Read what the portal asks and decide in person.",
    }
}

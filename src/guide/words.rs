//! The sentences that every guide has, whatever its flow; one place for all of them. In a sentence `{name}` stands for what is put
//! there, `**…**` for words that carry weight.

mod english;
mod italian;

use jiff::Span;
use jiff::civil::Date;

use crate::exit::Verdict;

/// A language's own sentences.
pub(super) struct Tongue {
    /// What stands before and after the portal's own words.
    pub(super) quotes: [&'static str; 2],
    /// Between the last two of a list.
    pub(super) and: &'static str,
    /// A day, after a preposition.
    pub(super) day: fn(Date, Preposition) -> String,
    /// So many years, months, weeks and days.
    pub(super) span: fn(&Span) -> String,
    /// About so many minutes.
    pub(super) minutes: fn(u32) -> String,
    /// What to do about a state of which the flow gives no advice. `{half_done}` leads to what is said of a renewal left half
    /// done.
    pub(super) advice: fn(Verdict) -> &'static str,

    // The head.
    pub(super) address: &'static str,
    pub(super) duration: &'static str,
    pub(super) when: &'static str,
    /// Says also when the last day is; the window of the persona's certificate is the example.
    pub(super) window: &'static str,
    /// The end of the window, before the example: `{closes}`.
    pub(super) until: &'static str,
    /// The same where the window closes the day before expiry.
    pub(super) until_the_day_before: &'static str,
    pub(super) verified: &'static str,
    pub(super) verified_in_practice: &'static str,
    pub(super) verified_in_rehearsal: &'static str,
    pub(super) verified_in_run: &'static str,
    pub(super) news: &'static str,
    pub(super) news_link: &'static str,
    pub(super) needs: &'static str,
    pub(super) careful: &'static str,
    pub(super) careful_commit: &'static str,
    pub(super) careful_pin: &'static str,
    pub(super) careful_password: &'static str,

    // The steps.
    pub(super) steps: &'static str,
    pub(super) step: &'static str,
    pub(super) again: &'static str,
    pub(super) again_code: &'static str,
    pub(super) new_expiry: &'static str,
    pub(super) new_expiry_text: &'static str,
    pub(super) new_expiry_example: &'static str,
    pub(super) at: &'static str,
    pub(super) commit: &'static str,
    /// `{what}` is said where the flow says it, in English.
    pub(super) commit_text: &'static str,
    pub(super) outlined: &'static str,
    pub(super) enlarged: &'static str,
    pub(super) practice_picture: &'static str,
    pub(super) screen: &'static str,
    pub(super) screen_of_step: &'static str,
    pub(super) one_number: &'static str,
    pub(super) numbers: &'static str,
    pub(super) outlined_alt: &'static str,
    pub(super) enlarged_alt: &'static str,

    // What goes wrong.
    pub(super) trouble: &'static str,
    pub(super) trouble_as_before: &'static str,
    /// The same, where they are many.
    pub(super) trouble_of_step: &'static str,
    pub(super) messages: &'static str,
    pub(super) messages_text: &'static str,
    pub(super) half_done: &'static str,
    pub(super) half_done_text: &'static str,
    pub(super) go_on: &'static str,

    // The end.
    pub(super) contact: &'static str,
    pub(super) changes: &'static str,
    pub(super) changes_for: &'static str,
    pub(super) added: &'static str,
    pub(super) removed: &'static str,
    pub(super) renamed: &'static str,
    pub(super) reworded: &'static str,
    pub(super) said_more: &'static str,
    pub(super) said_less: &'static str,
    pub(super) looks_different: &'static str,
    pub(super) before: &'static str,
    pub(super) now: &'static str,
    pub(super) about: &'static str,
    pub(super) invented: &'static str,
    pub(super) from_practice: &'static str,
    pub(super) from_rehearsal: &'static str,
    pub(super) from_run: &'static str,

    // The checklist.
    pub(super) checklist: &'static str,
    pub(super) checklist_summary: &'static str,
    pub(super) no_way_back: &'static str,
    pub(super) at_the_end: &'static str,
    pub(super) expiry_noted: &'static str,

    // A page's own.
    pub(super) contents: &'static str,
}

/// What stands before a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preposition {
    /// On that day.
    On,
    /// From that day on.
    From,
    /// Up to that day.
    To,
}

/// The sentences of a language; those of English where it has none.
pub(super) fn of(language: &str) -> &'static Tongue {
    match language.split('-').next() {
        Some("it") => &italian::ITALIAN,
        _ => &english::ENGLISH,
    }
}

/// So many years, months, weeks and days, each as the language says one and several.
fn counted(span: &Span, words: [[&str; 2]; 4], and: &str) -> String {
    let numbers = [
        i64::from(span.get_years()),
        i64::from(span.get_months()),
        i64::from(span.get_weeks()),
        i64::from(span.get_days()),
    ];
    let parts = numbers.iter().zip(words).filter(|(number, _)| **number != 0);
    let parts = parts.map(|(number, [one, many])| format!("{number} {}", if *number == 1 { one } else { many }));
    parts.collect::<Vec<_>>().join(and)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::Preposition::{From, On, To};
    use super::of;

    #[test]
    fn days_and_spans_are_said_as_people_do() {
        let italian = of("it-IT");
        let day = |day, preposition| (italian.day)(date(2027, 7, day), preposition);
        assert_eq!(
            [day(1, On), day(2, On), day(8, On), day(11, On)].join(", "),
            "il 1° luglio 2027, il 2 luglio 2027, l'8 luglio 2027, l'11 luglio 2027"
        );
        assert_eq!(
            [day(1, From), day(8, From), day(30, To), day(11, To)].join(", "),
            "dal 1° luglio 2027, dall'8 luglio 2027, al 30 luglio 2027, all'11 luglio 2027"
        );
        let english = of("de");
        assert_eq!((english.day)(date(2027, 7, 1), On), "on 1 July 2027");
        assert_eq!((english.span)(&90.days()), "90 days");
        assert_eq!((italian.span)(&1.month().days(2)), "1 mese e 2 giorni");
        assert_eq!(
            ((italian.minutes)(1), (english.minutes)(10)),
            ("circa un minuto".into(), "about 10 minutes".into())
        );
    }
}

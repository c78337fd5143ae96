//! Dates and times. A date becomes one of four, by what it is on the day of the run: today, behind it, the expiry ahead, the
//! expiry after that. So every account shows the same, and the days fit together.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use regex::{Captures, Regex};

use crate::flow::model::Flow;
use crate::guide::persona::found::{Found, in_case};

/// The day of a guide.
const TODAY: Date = date(2027, 6, 1);
/// When the persona's certificate was issued.
const ISSUED: Date = date(2024, 7, 1);
/// When it runs out.
pub(in crate::guide) const EXPIRES: Date = date(2027, 7, 1);
/// When the renewed one runs out.
pub(in crate::guide) const RENEWED: Date = date(2030, 7, 1);

/// A day further ahead is the end of a renewed certificate, in months.
const AHEAD: i32 = 18;

const MONTHS: [[&str; 12]; 2] = [
    [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
];

/// From Monday on.
const WEEKDAYS: [[&str; 7]; 2] = [
    ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
];

/// So many letters has the short form of a month or weekday.
const SHORT: usize = 3;

/// The rules for dates, in the order in which they are tried.
static DATES: LazyLock<[(Form, Regex); 6]> = LazyLock::new(|| {
    let mut months: Vec<String> = MONTHS.concat().iter().map(|month| (*month).to_owned()).collect();
    months.extend(MONTHS.concat().iter().map(|month| month[..SHORT].to_owned()));
    months.push("sept".into());
    let months = months.join("|");
    [
        (Form::YearFirst, r"(?P<y>\d{4}) ?(?P<s>[/.-]) ?(?P<m>\d{1,2}) ?(?P<t>[/.-]) ?(?P<d>\d{1,2})".to_owned()),
        (Form::YearLast, r"(?P<d>\d{1,2}) ?(?P<s>[/.-]) ?(?P<m>\d{1,2}) ?(?P<t>[/.-]) ?(?P<y>\d{4}|\d{2})".to_owned()),
        (
            Form::DayMonth,
            format!(
                r"(?i)(?P<d>\d{{1,2}})(?P<o>°|º|st|nd|rd|th)?\s+(?P<of>di\s+|of\s+)?(?P<m>{months})\b(?P<p>\.?)(?:(?P<s>,?\s+(?:del\s+)?)(?P<y>\d{{4}})\b)?"
            ),
        ),
        (
            Form::MonthDay,
            format!(r"(?i)(?P<m>{months})\b(?P<p>\.?)\s+(?P<d>\d{{1,2}})(?P<o>st|nd|rd|th)?\b(?:(?P<s>,?\s+)(?P<y>\d{{4}})\b)?"),
        ),
        (Form::Month, format!(r"(?i)(?P<m>{months})\b(?P<p>\.?)(?P<s>\s+)(?P<y>\d{{4}})\b")),
        (Form::MonthNumber, r"(?P<m>\d{2})(?P<s>/)(?P<y>\d{4})".to_owned()),
    ]
    .map(|(form, rule)| (form, Regex::new(&rule).expect("a rule of this file")))
});

/// What follows a date and says when on that day.
static TIME_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\A(?:T|,?[ \u{a0}]+(?:[-–] )?(?:alle ore |alle |ore |at )?)(?P<t>\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)(?:\.\d+)?(?P<z>Z|[+-]\d{2}:?\d{2})?(?P<m>[ \u{a0}]?[ap]\.?m\b\.?)?")
        .expect("a rule of this file")
});

/// What announces a time of day.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:ore|alle|dalle|at)[ \u{a0}]+(?P<t>\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)(?P<m>[ \u{a0}]?[ap]\.?m\b\.?)?",
    )
    .expect("a rule of this file")
});

/// A clock: a time of day with seconds or before `AM`, else what counts down.
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?P<t>\d{1,3}:\d{2}(?::\d{2})?)(?P<m>[ \u{a0}]?[ap]\.?m\b\.?)?").expect("a rule of this file")
});

/// What says that a clock counts down.
static COUNTS_DOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:tra|fra|in|restano|mancano|rimangono|ancora|left|remaining)\b[^\n\d]{0,20}\z")
        .expect("a rule of this file")
});

static WEEKDAY_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let mut days: Vec<String> = WEEKDAYS.concat().iter().map(|day| (*day).to_owned()).collect();
    days.extend(WEEKDAYS.concat().iter().map(|day| day.chars().take(SHORT).collect()));
    Regex::new(&format!(r"(?i)\b(?P<w>{})\.?,?[ \u{{a0}}]+\z", days.join("|"))).expect("a rule of this file")
});

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    YearFirst,
    YearLast,
    DayMonth,
    MonthDay,
    Month,
    MonthNumber,
}

/// The days of a guide, seen from the day of a run.
pub(super) struct Days {
    pub(super) today: Date,
}

impl Days {
    /// The persona's day for this one. The persona's own days stay.
    pub(super) fn stands_for(&self, day: Date) -> Date {
        if [TODAY, ISSUED, EXPIRES, RENEWED].contains(&day) {
            day
        } else if day == self.today {
            TODAY
        } else if day < self.today {
            ISSUED
        } else if day <= self.today.saturating_add(AHEAD.months()) {
            EXPIRES
        } else {
            RENEWED
        }
    }

    /// The same for a month, told by its first day.
    fn stands_for_month(&self, month: Date) -> Date {
        let own = [TODAY, ISSUED, EXPIRES, RENEWED].into_iter().find(|day| day.first_of_month() == month);
        own.unwrap_or_else(|| if month == self.today.first_of_month() { TODAY } else { self.stands_for(month) })
    }

    /// The year of a day that is written without: that which lies nearest.
    fn nearest(&self, month: i8, day: i8) -> Option<Date> {
        let years = (self.today.year() - 1..=self.today.year() + 1).filter_map(|year| Date::new(year, month, day).ok());
        let own = [TODAY, EXPIRES].into_iter().find(|own| (own.month(), own.day()) == (month, day));
        own.or_else(|| years.min_by_key(|date| self.today.duration_until(*date).abs()))
    }
}

/// Adds dates, the weekdays before them, and times.
pub(super) fn find(flow: &Flow, today: Date, found: &mut Found<'_>) {
    let month_first = |form: &str| form.find("%m").zip(form.find("%d")).is_some_and(|(month, day)| month < day);
    let month_first = flow
        .outputs
        .iter()
        .filter_map(|output| output.date.as_deref())
        .any(|form| !form.starts_with("%Y") && month_first(form));
    let days = Days { today };
    let mut whole_days = Vec::new();
    for (form, rule) in DATES.iter() {
        let mut from = 0;
        while let Some(read) = rule.captures_at(found.text, from) {
            let place = whole(&read);
            // A date may begin inside of what is none.
            from = place.start + 1;
            while !found.text.is_char_boundary(from) {
                from += 1;
            }
            if !is_apart(found, &place) || !found.is_free(&place) {
                continue;
            }
            let Some((with, day)) = rewritten(&days, *form, month_first, &flow.language, &read) else { continue };
            from = place.end;
            whole_days.extend(day.map(|day| (place.clone(), day)));
            found.add(place, &with, "date");
        }
    }
    for (place, day) in whole_days {
        around(found, &place, day);
    }
    times(found);
}

fn whole(read: &Captures<'_>) -> Range<usize> {
    read.get(0).map_or(0..0, |whole| whole.range())
}

/// A date is no part of a longer word or number.
fn is_apart(found: &Found<'_>, place: &Range<usize>) -> bool {
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let joins = |letter: Option<char>| letter.is_some_and(|letter| matches!(letter, '/' | '-' | '.'));
    let before = found.before(place.start);
    let joined_before = joins(before) && digit(found.before(place.start - 1));
    let after = found.at(place.end);
    let joined_after = joins(after) && digit(found.at(place.end + 1));
    let time = after == Some('T') && digit(found.at(place.end + 1));
    let letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    !letter(before) && !joined_before && (time || !letter(after)) && !joined_after
}

/// The persona's date in the form of this one, and the day where it names one.
fn rewritten(
    days: &Days,
    form: Form,
    month_first: bool,
    language: &str,
    read: &Captures<'_>,
) -> Option<(String, Option<Date>)> {
    let part = |name: &str| read.name(name).map(|part| part.as_str());
    let number = |name: &str| part(name).and_then(|part| part.parse::<i16>().ok());
    let year = number("y").map(|year| if year < 100 { 2000 + year } else { year });
    if year.is_some_and(|year| !(1900..2200).contains(&year)) || part("t").is_some_and(|t| part("s") != Some(t)) {
        return None;
    }
    let small = |number: i16| i8::try_from(number).ok();
    if matches!(form, Form::YearFirst | Form::YearLast) {
        let (day, month, year) = (small(number("d")?)?, small(number("m")?)?, year?);
        let turned = form == Form::YearLast && month_first;
        let read = |(day, month): (i8, i8)| Date::new(year, month, day).ok();
        let both = if turned { [(month, day), (day, month)] } else { [(day, month), (month, day)] };
        let either = if form == Form::YearLast { &both[..] } else { &both[..1] };
        let day = days.stands_for(either.iter().copied().find_map(read)?);
        let separator = part("s")?;
        let year = if part("y")?.len() == 2 { "%y" } else { "%Y" };
        let parts = match (form, turned) {
            (Form::YearFirst, _) => ["%Y", "%m", "%d"],
            (_, false) => ["%d", "%m", year],
            (_, true) => ["%m", "%d", year],
        };
        return Some((day.strftime(&parts.join(separator)).to_string(), Some(day)));
    }
    if form == Form::MonthNumber {
        let day = days.stands_for_month(Date::new(year?, small(number("m")?)?, 1).ok()?);
        return Some((day.strftime("%m/%Y").to_string(), None));
    }
    let said = part("m")?;
    let (tongue, month) = month_of(said, language)?;
    let day = match (form, year) {
        (Form::Month, _) => days.stands_for_month(Date::new(year?, month, 1).ok()?),
        (_, Some(year)) => days.stands_for(Date::new(year, month, small(number("d")?)?).ok()?),
        (_, None) => days.stands_for(days.nearest(month, small(number("d")?)?)?),
    };
    let full = MONTHS[tongue][usize::try_from(day.month() - 1).ok()?];
    let is_short = said.len() <= 4 && !MONTHS[tongue].contains(&said.to_lowercase().as_str());
    let month = in_case(said, if is_short { &full[..SHORT] } else { full }) + part("p").unwrap_or_default();
    let year = part("s").map_or_else(String::new, |separator| format!("{separator}{}", day.year()));
    // English writes an ordinal for each day or for none, Italian for the first alone.
    let ordinal = part("o").filter(|ordinal| ordinal.is_ascii()).map_or("", |_| "st");
    let with = match form {
        Form::DayMonth => format!("{}{ordinal} {}{month}{year}", day.day(), part("of").unwrap_or_default()),
        Form::MonthDay => format!("{month} {}{ordinal}{year}", day.day()),
        _ => month + &year,
    };
    Some((with, (form != Form::Month).then_some(day)))
}

/// Which month of which language a word is; what both have is of the flow's.
fn month_of(said: &str, language: &str) -> Option<(usize, i8)> {
    let said = said.to_lowercase();
    let is = |month: &str| said == month || said == month[..SHORT] || (said == "sept" && month == "september");
    let own = usize::from(!language.starts_with("it"));
    [own, 1 - own].into_iter().find_map(|tongue| {
        let at = MONTHS[tongue].iter().position(|month| is(month))?;
        Some((tongue, i8::try_from(at + 1).ok()?))
    })
}

/// The weekday before a date, and the time after it.
fn around(found: &mut Found<'_>, place: &Range<usize>, day: Date) {
    let line = found.line_before(place.start);
    if let Some(read) = WEEKDAY_BEFORE.captures(line)
        && let Some(word) = read.name("w")
    {
        let start = place.start - line.len() + word.start();
        let said = word.as_str().to_lowercase();
        let tongue = WEEKDAYS.iter().position(|days| days.iter().any(|day| day.starts_with(&said))).unwrap_or_default();
        let full = WEEKDAYS[tongue][weekday(day)];
        let is_short = said.chars().count() <= SHORT;
        let shown: String = full.chars().take(if is_short { SHORT } else { full.len() }).collect();
        let place = start..start + word.len();
        if found.is_free(&place) {
            found.add(place, &in_case(word.as_str(), &shown), "date");
        }
    }
    if let Some(read) = TIME_AFTER.captures(&found.text[place.end..]) {
        let Some(clock) = read.name("t") else { return };
        let zone = read.name("z").map_or("", |zone| if zone.as_str().len() == 1 { "Z" } else { "+02:00" });
        let with = time_like(clock.as_str()) + zone + &half(&read);
        let place = place.end + clock.start()..place.end + whole(&read).end;
        let ends = !found.at(place.end).is_some_and(char::is_alphanumeric);
        if ends && found.is_free(&place) {
            found.add(place, &with, "time");
        }
    }
}

fn weekday(day: Date) -> usize {
    match day.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}

/// Ten o'clock, with seconds where these have them.
fn time_like(clock: &str) -> String {
    let separator = if clock.contains(':') { ":" } else { "." };
    let parts = clock.split([':', '.']).count();
    ["10", "00", "00"][..parts.min(3)].join(separator)
}

/// The half of the day, always the first.
fn half(read: &Captures<'_>) -> String {
    let Some(half) = read.name("m") else { return String::new() };
    half.as_str().replace('p', "a").replace('P', "A")
}

fn times(found: &mut Found<'_>) {
    let text = found.text;
    for read in TIME.captures_iter(text) {
        let Some(clock) = read.name("t") else { continue };
        let place = clock.start()..whole(&read).end;
        if is_apart(found, &place) && found.is_free(&place) {
            found.add(place, &(time_like(clock.as_str()) + &half(&read)), "time");
        }
    }
    for read in CLOCK.captures_iter(text) {
        let Some(clock) = read.name("t") else { continue };
        let place = whole(&read);
        if !found.is_whole(&place) || !found.is_free(&place) {
            continue;
        }
        let seconds = clock.as_str().matches(':').count() == 2;
        let counts = COUNTS_DOWN.is_match(found.line_before(place.start));
        if read.name("m").is_some() || (seconds && !counts) {
            found.add(place, &(time_like(clock.as_str()) + &half(&read)), "time");
        } else {
            found.add(place, if seconds { "00:05:00" } else { "05:00" }, "countdown");
        }
    }
}

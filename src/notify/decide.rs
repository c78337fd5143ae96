//! What is to be told now: pure, so that years of hourly runs can be tried.
//!
//! At most one message for an account at a time, the most telling. Thresholds that have passed meanwhile count as told with
//! it: it says itself how many days are left.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::exit::Verdict;
use crate::store::state::Told;

/// So many days before the last renewable day it is told again that nothing is renewed yet; 0 is that day itself.
pub const THRESHOLDS: [i32; 6] = [30, 14, 7, 3, 1, 0];

/// With so few days left everything is urgent.
const PRESSING: i32 = 3;

/// With so few days left an unchanged trouble is told again every day, before that every week.
const DAILY: i32 = 7;

/// An account, as it stands after a run or without one.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// Its id.
    pub account: String,
    /// Its flow's name.
    pub flow: String,
    /// The portal's date.
    pub today: Date,
    /// When the certificate expires, as far as it is known; after a renewal the new date.
    pub expiry: Option<Date>,
    /// The first day on which `renew` acts.
    pub acts: Option<Date>,
    /// The last renewable day.
    pub last_day: Option<Date>,
    /// How the attempt ended; nothing where none was made.
    pub verdict: Option<Verdict>,
    /// Since when nothing is tried any more.
    pub frozen: Option<Timestamp>,
    /// What was done before this is not known: an earlier memory was lost.
    pub lost: Option<Timestamp>,
    /// Why, in the portal's own words where it gave any.
    pub reason: Option<String>,
    /// What the reader should do next.
    pub advice: Option<String>,
    /// The run's folder.
    pub run: Option<String>,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// From today on `renew` tries.
    Due,
    /// Time is running out.
    Countdown,
    /// It is done.
    Renewed,
    /// It failed, and is tried again.
    Failed,
    /// Settings, flow or machine must be mended.
    Invalid,
    /// A person is needed.
    NeedsPerson,
    /// It stands half done.
    HalfDone,
    /// The portal refused a code.
    CodeRejected,
    /// Whether it took place is not known.
    Unknown,
    /// What was done before is not remembered.
    HistoryLost,
    /// The portal is not what the flow describes.
    Changed,
    /// Nothing is tried any more until a person has mended the cause.
    Frozen,
    /// The portal does not renew it.
    NotRenewable,
    /// The last renewable day has passed.
    TooLate,
    /// The certificate has expired.
    Expired,
}

impl Topic {
    /// As queue, command and webhook write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Countdown => "countdown",
            Self::Renewed => "renewed",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::NeedsPerson => "needs-person",
            Self::HalfDone => "half-done",
            Self::CodeRejected => "code-rejected",
            Self::Unknown => "unknown",
            Self::HistoryLost => "history-lost",
            Self::Changed => "changed",
            Self::Frozen => "frozen",
            Self::NotRenewable => "not-renewable",
            Self::TooLate => "too-late",
            Self::Expired => "expired",
        }
    }

    /// What this ending is to people; nothing: no news.
    fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Done
            | Verdict::NotDue
            | Verdict::Rehearsed
            | Verdict::Busy
            | Verdict::Interrupted
            | Verdict::Terminated => None,
            Verdict::Renewed | Verdict::AlreadyRenewed => Some(Self::Renewed),
            Verdict::Failed | Verdict::Unavailable => Some(Self::Failed),
            Verdict::Invalid => Some(Self::Invalid),
            Verdict::NeedsPerson => Some(Self::NeedsPerson),
            Verdict::HalfDone => Some(Self::HalfDone),
            Verdict::CodeRejected => Some(Self::CodeRejected),
            Verdict::Unknown => Some(Self::Unknown),
            Verdict::Changed => Some(Self::Changed),
            Verdict::Expired => Some(Self::Expired),
            Verdict::TooLate => Some(Self::TooLate),
            Verdict::NotRenewable | Verdict::PinLocked | Verdict::Suspended => Some(Self::NotRenewable),
            Verdict::Rejected | Verdict::Locked | Verdict::Frozen => Some(Self::Frozen),
        }
    }

    /// After so many hours the same thing is told again, if it still is so; nothing: never for this expiry.
    fn again(self, days_left: Option<i32>) -> Option<i64> {
        let near = days_left.is_some_and(|days| days <= DAILY);
        match self {
            Self::Due | Self::Countdown | Self::Renewed | Self::TooLate | Self::Expired => None,
            Self::Unknown | Self::HalfDone => Some(24),
            _ if near => Some(24),
            _ => Some(7 * 24),
        }
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Good to know.
    Info,
    /// Somebody should look at it.
    Warning,
    /// Somebody must look at it now.
    Urgent,
}

impl Urgency {
    /// As queue, command and webhook write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Urgent => "urgent",
        }
    }
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What it is about.
    pub topic: Topic,
    /// How much it matters.
    pub urgency: Urgency,
    /// Days until the last renewable day, less than nothing after it.
    pub days_left: Option<i32>,
    /// What is to be remembered as told, by topic.
    pub marks: Vec<String>,
}

/// What is to be told of this account now, after all that was told of it; nothing, most of the time.
#[must_use]
pub fn decide(now: &Situation, told: &[Told], at: Timestamp) -> Option<News> {
    let days_left = now.last_day.map(|last| days(now.today, last));
    let outcome = now.verdict.and_then(Topic::of);
    let outcome =
        if outcome == Some(Topic::Unknown) && now.lost.is_some() { Some(Topic::HistoryLost) } else { outcome };
    let due = now.acts.is_some_and(|acts| now.today >= acts) && outcome != Some(Topic::Renewed);
    let over = match (now.expiry, days_left) {
        (Some(expiry), _) if now.today > expiry => Some(Topic::Expired),
        (_, Some(..0)) => Some(Topic::TooLate),
        _ => None,
    };
    let over = over.filter(|_| outcome != Some(Topic::Renewed));

    let told_at =
        |mark: &str| told.iter().find(|told| told.expiry == now.expiry && told.topic == mark).map(|told| told.at);
    let fresh = |topic: Topic, mark: &str| match (told_at(mark), topic.again(days_left)) {
        (None, _) => true,
        (Some(_), None) => false,
        // A clock that was set back must not make anything be told for ever, nor silence it.
        (Some(before), Some(hours)) => at.duration_since(before).abs() >= SignedDuration::from_hours(hours),
    };
    let passed: Vec<String> = match days_left {
        Some(left) if due => THRESHOLDS.iter().filter(|day| left <= **day).map(|day| format!("days-{day}")).collect(),
        _ => Vec::new(),
    };
    let new_threshold = over.is_none() && passed.iter().any(|mark| told_at(mark).is_none());

    let outcome = outcome.map(|topic| (topic, mark(topic, now)));
    let over = over.map(|topic| (topic, topic.word().to_owned()));
    let calendar = [
        new_threshold.then(|| (Topic::Countdown, Topic::Countdown.word().to_owned())),
        due.then(|| (Topic::Due, Topic::Due.word().to_owned())),
    ];
    let first = [outcome, over].into_iter().flatten().find(|(topic, mark)| fresh(*topic, mark));
    let (topic, own) = first.or_else(|| {
        let mut calendar = calendar.into_iter().flatten();
        // The first word on a renewal is that it is due, however near its end it is.
        let due_first = due && told_at(Topic::Due.word()).is_none() && now.verdict.is_none();
        calendar.find(|(topic, mark)| match topic {
            Topic::Countdown => !due_first,
            _ => fresh(*topic, mark),
        })
    })?;
    let mut marks = passed;
    marks.push(own);
    if due && topic != Topic::Due {
        marks.push(Topic::Due.word().to_owned());
    }
    Some(News { topic, urgency: urgency(topic, days_left), days_left, marks })
}

/// From one day to another.
fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

fn urgency(topic: Topic, days_left: Option<i32>) -> Urgency {
    match topic {
        Topic::Renewed => Urgency::Info,
        Topic::Unknown | Topic::HalfDone | Topic::Expired | Topic::TooLate => Urgency::Urgent,
        _ if days_left.is_some_and(|days| days <= PRESSING) => Urgency::Urgent,
        Topic::Due => Urgency::Info,
        _ => Urgency::Warning,
    }
}

/// What is remembered of an ending: where a person must act, its cause belongs to it, for another cause is other news. Digits
/// are left out, because times and numbers change from hour to hour while the cause does not.
fn mark(topic: Topic, now: &Situation) -> String {
    // What froze an account and what is refused since then are one trouble.
    if let (Topic::Frozen, Some(since)) = (topic, now.frozen) {
        return format!("{}:{since}", topic.word());
    }
    if let (Topic::HistoryLost, Some(since)) = (topic, now.lost) {
        return format!("{}:{since}", topic.word());
    }
    let by_cause = matches!(topic, Topic::NeedsPerson | Topic::Changed | Topic::Frozen | Topic::Invalid);
    let Some(reason) = now.reason.as_deref().filter(|_| by_cause) else { return topic.word().to_owned() };
    let cause: String = reason.chars().filter(|c| c.is_alphabetic()).collect();
    let digest: String = Sha256::digest(cause).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}:{digest}", topic.word())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp, ToSpan};

    use super::{News, Situation, THRESHOLDS, Told, Topic, Urgency, decide};
    use crate::exit::Verdict;

    const EXPIRY: Date = date(2026, 12, 1);
    const LAST: Date = date(2026, 11, 30);

    /// An account whose expiry is the one above, and what was told of it.
    struct Account {
        told: Vec<Told>,
        at: Timestamp,
        before: i32,
        frozen: Option<Timestamp>,
        lost: Option<Timestamp>,
    }

    impl Account {
        /// So many days before the last renewable day, at midnight UTC, which is the portal's zone here.
        fn days_before(days: i32, before: i32) -> Self {
            let today = LAST.checked_sub(days.days()).expect("a date");
            let at = today.to_zoned(TimeZone::UTC).expect("a time").timestamp();
            Self { told: Vec::new(), at, before, frozen: None, lost: None }
        }

        fn hear(&mut self, verdict: Option<Verdict>, reason: &str) -> Option<News> {
            let situation = Situation {
                account: "rossi".into(),
                today: self.at.to_zoned(TimeZone::UTC).date(),
                expiry: Some(EXPIRY),
                acts: Some(EXPIRY.checked_sub(self.before.days()).expect("a date")),
                last_day: Some(LAST),
                verdict,
                frozen: self.frozen,
                lost: self.lost,
                reason: (!reason.is_empty()).then(|| reason.to_owned()),
                ..Situation::default()
            };
            let news = decide(&situation, &self.told, self.at)?;
            for topic in &news.marks {
                self.told.retain(|told| told.topic != *topic);
                let (account, expiry) = ("rossi".into(), Some(EXPIRY));
                self.told.push(Told { account, expiry, topic: topic.clone(), at: self.at });
            }
            Some(news)
        }

        /// So many hourly runs that all end so: when something was told (days left), and what.
        fn hours(&mut self, hours: i32, verdict: Option<Verdict>, reason: &str) -> Vec<(i32, Topic)> {
            let mut heard = Vec::new();
            for _ in 0..hours {
                heard.extend(self.hear(verdict, reason).map(|news| (news.days_left.expect("days"), news.topic)));
                self.at += SignedDuration::from_hours(1);
            }
            heard
        }
    }

    #[test]
    fn nothing_is_told_while_nothing_happens() {
        let mut account = Account::days_before(200, 30);
        assert_eq!(account.hours(24 * 170, None, ""), []);
        for verdict in [Verdict::Done, Verdict::NotDue, Verdict::Rehearsed, Verdict::Busy, Verdict::Terminated] {
            assert_eq!(Account::days_before(200, 30).hear(Some(verdict), ""), None, "{verdict}");
        }
    }

    #[test]
    fn each_threshold_is_told_once() {
        use Topic::{Countdown, Due, Expired, TooLate};
        let expected = [
            (89, Due),
            (30, Countdown),
            (14, Countdown),
            (7, Countdown),
            (3, Countdown),
            (1, Countdown),
            (0, Countdown),
            (-1, TooLate),
            (-2, Expired),
        ];
        assert_eq!(Account::days_before(100, 90).hours(24 * 200, None, ""), expected);
        // Where `renew` acts late, nothing is told before; the first word takes the thresholds along.
        let expected = [(9, Due), (7, Countdown), (3, Countdown), (1, Countdown), (0, Countdown)];
        assert_eq!(Account::days_before(100, 10).hours(24 * 101, None, ""), expected);
        assert_eq!(THRESHOLDS.len(), 6);
    }

    #[test]
    fn a_machine_that_was_off_tells_only_the_nearest() {
        let mut account = Account::days_before(60, 90);
        assert_eq!(account.hours(1, None, ""), [(60, Topic::Due)]);
        account.at += SignedDuration::from_hours(24 * 55);
        assert_eq!(account.hours(24, None, ""), [(5, Topic::Countdown)]);
        assert_eq!(account.hours(24 * 2, None, ""), [(3, Topic::Countdown)]);
    }

    #[test]
    fn the_same_failure_is_not_told_every_hour() {
        let mut account = Account::days_before(60, 90);
        let heard = account.hours(24 * 28, Some(Verdict::Failed), "");
        assert_eq!(heard.iter().map(|(days, _)| *days).collect::<Vec<_>>(), [60, 53, 46, 39]);
        // The two words for the same trouble are one; another trouble is told at once, and both keep their own measure.
        let mut account = Account::days_before(60, 90);
        for hour in 0..48 {
            let verdict = [Verdict::Failed, Verdict::Unavailable, Verdict::Changed][hour % 3];
            let heard = account.hours(1, Some(verdict), "");
            assert_eq!(heard.len(), usize::from(hour == 0 || hour == 2), "{hour} {heard:?}");
        }
    }

    #[test]
    fn a_freeze_is_told_once_a_week_under_whatever_words() {
        let mut account = Account::days_before(60, 90);
        account.frozen = Some(account.at);
        let refused = account.hours(1, Some(Verdict::Rejected), "User ID o password non corretti");
        let frozen = account.hours(24 * 8, Some(Verdict::Frozen), "account `rossi` is frozen");
        assert_eq!((refused, frozen), (vec![(60, Topic::Frozen)], vec![(53, Topic::Frozen)]));
        // Somebody let it go on, and it was refused again.
        account.frozen = Some(account.at);
        assert_eq!(account.hours(2, Some(Verdict::Rejected), "User ID o password non corretti").len(), 1);
    }

    #[test]
    fn what_a_lost_memory_leaves_open_is_told_as_that() {
        let mut account = Account::days_before(60, 90);
        account.lost = Some(account.at);
        assert_eq!(account.hours(3, Some(Verdict::Unknown), "read once"), [(60, Topic::HistoryLost)]);
        assert_eq!(account.hours(1, Some(Verdict::Renewed), ""), [(60, Topic::Renewed)]);
    }

    #[test]
    fn near_the_end_trouble_is_told_every_day() {
        let mut account = Account::days_before(7, 90);
        let heard = account.hours(24 * 8, Some(Verdict::Failed), "");
        assert_eq!(heard.iter().map(|(days, _)| *days).collect::<Vec<_>>(), [7, 6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn another_cause_is_told_at_once_and_a_changing_number_is_no_cause() {
        let mut account = Account::days_before(60, 90);
        let person = Some(Verdict::NeedsPerson);
        assert_eq!(account.hours(3, person, "the password has expired (10:00)").len(), 1);
        assert_eq!(account.hours(3, person, "the password has expired (13:07)").len(), 0);
        assert_eq!(account.hours(3, person, "the portal asks whether the data have changed").len(), 1);
        assert_eq!(account.hours(3, person, "the password has expired (19:00)").len(), 0);
    }

    #[test]
    fn what_is_not_known_is_urgent_and_told_every_day() {
        let mut account = Account::days_before(60, 90);
        let news = account.hear(Some(Verdict::Unknown), "").expect("news");
        assert_eq!((news.topic, news.urgency), (Topic::Unknown, Urgency::Urgent));
        assert_eq!(account.hours(72, Some(Verdict::Unknown), "").len(), 2);
    }

    #[test]
    fn each_ending_has_its_topic_and_urgency() {
        for (verdict, days, topic, urgency) in [
            (Verdict::Renewed, 40, Topic::Renewed, Urgency::Info),
            (Verdict::AlreadyRenewed, 2, Topic::Renewed, Urgency::Info),
            (Verdict::Failed, 40, Topic::Failed, Urgency::Warning),
            (Verdict::Unavailable, 3, Topic::Failed, Urgency::Urgent),
            (Verdict::Invalid, 40, Topic::Invalid, Urgency::Warning),
            (Verdict::NeedsPerson, 40, Topic::NeedsPerson, Urgency::Warning),
            (Verdict::NeedsPerson, 2, Topic::NeedsPerson, Urgency::Urgent),
            (Verdict::HalfDone, 40, Topic::HalfDone, Urgency::Urgent),
            (Verdict::CodeRejected, 40, Topic::CodeRejected, Urgency::Warning),
            (Verdict::Unknown, 40, Topic::Unknown, Urgency::Urgent),
            (Verdict::Changed, 40, Topic::Changed, Urgency::Warning),
            (Verdict::Frozen, 40, Topic::Frozen, Urgency::Warning),
            (Verdict::Locked, 1, Topic::Frozen, Urgency::Urgent),
            (Verdict::PinLocked, 40, Topic::NotRenewable, Urgency::Warning),
            (Verdict::TooLate, 40, Topic::TooLate, Urgency::Urgent),
            (Verdict::Expired, 40, Topic::Expired, Urgency::Urgent),
        ] {
            let news = Account::days_before(days, 90).hear(Some(verdict), "x").expect("news");
            assert_eq!((news.topic, news.urgency), (topic, urgency), "{verdict} {days}");
        }
    }

    #[test]
    fn a_renewal_is_told_once_and_the_new_date_begins_anew() {
        let mut account = Account::days_before(5, 90);
        assert_eq!(account.hours(2, Some(Verdict::Failed), ""), [(5, Topic::Failed)]);
        assert_eq!(account.hours(5, Some(Verdict::Renewed), ""), [(5, Topic::Renewed)]);
        let renewed =
            |expiry| Situation { verdict: Some(Verdict::Renewed), expiry: Some(expiry), ..Situation::default() };
        assert!(decide(&renewed(EXPIRY), &account.told, account.at).is_none());
        assert!(decide(&renewed(date(2029, 12, 1)), &account.told, account.at).is_some());
    }

    #[test]
    fn without_dates_endings_are_told_all_the_same() {
        let situation = Situation { verdict: Some(Verdict::Changed), ..Situation::default() };
        let news = decide(&situation, &[], Timestamp::UNIX_EPOCH).expect("news");
        assert_eq!((news.topic, news.days_left, news.urgency), (Topic::Changed, None, Urgency::Warning));
        assert!(decide(&Situation::default(), &[], Timestamp::UNIX_EPOCH).is_none());
    }
}

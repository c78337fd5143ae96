//! How news are said: plain text in English, the portal's own words quoted as they are. A portal's words may hold anything, so
//! a subject is one line whatever it is made of, and no character that steers a terminal or a mail program is left in either.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::decide::{News, Situation, Topic, Urgency};
use crate::vault::Redactor;

/// No subject is longer, in characters.
const SUBJECT: usize = 150;

/// No quotation is longer, in characters.
const QUOTATION: usize = 2000;

/// A message, with every known secret covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The account it is about.
    pub account: String,
    /// What it is about.
    pub topic: Topic,
    /// How much it matters.
    pub urgency: Urgency,
    /// One line.
    pub subject: String,
    /// The text; its lines end with `\n`.
    pub body: String,
}

/// Says the news of this account.
#[must_use]
pub fn compose(news: &News, now: &Situation, at: Timestamp, redactor: &Redactor) -> Message {
    let covered = |text: &str| redactor.redact(text).into_owned();
    let lead = if news.urgency == Urgency::Urgent { "URGENT: " } else { "" };
    let subject = format!("[rinnova] {lead}{}: {}", now.account, headline(news, now));

    let mut parts = vec![format!("{}, {}: {}.", now.account, now.flow, headline(news, now))];
    parts.push(meaning(news.topic).to_owned());
    if let Some(reason) = now.reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
        parts.push(format!("What was seen or said:\n{}", quoted(&covered(reason))));
    }
    if let Some(advice) = now.advice.as_deref().filter(|advice| !advice.trim().is_empty()) {
        parts.push(format!("What to do:\n{}", quoted(&covered(advice))));
    }
    parts.extend(dates(news, now));
    let mut end = Vec::new();
    if let Some(verdict) = now.verdict {
        end.push(format!("Verdict: {verdict} (exit code {}).", verdict.exit_code()));
    }
    end.extend(now.run.as_ref().map(|run| format!("What was done, with pictures: {}", one_line(run, QUOTATION))));
    end.push(format!(
        "Written by rinnova {}, {}.",
        env!("CARGO_PKG_VERSION"),
        at.to_zoned(TimeZone::UTC).strftime("%F %H:%M UTC")
    ));
    parts.push(end.join("\n"));
    let body = parts.iter().map(|part| plain(&covered(part))).collect::<Vec<_>>().join("\n\n");
    Message {
        account: now.account.clone(),
        topic: news.topic,
        urgency: news.urgency,
        subject: one_line(&covered(&subject), SUBJECT),
        body: body + "\n",
    }
}

fn headline(news: &News, now: &Situation) -> String {
    let until = now.expiry.map(|expiry| format!(", valid until {expiry}")).unwrap_or_default();
    let left = news.days_left.map(|days| format!(", {}", left(days))).unwrap_or_default();
    match news.topic {
        Topic::Due => format!("the renewal is due{left}"),
        Topic::Countdown => format!("not renewed yet{left}"),
        Topic::Renewed => format!("renewed{until}"),
        Topic::Failed => format!("the renewal failed{left}"),
        Topic::Invalid => format!("the renewal cannot be started{left}"),
        Topic::NeedsPerson => format!("a person is needed{left}"),
        Topic::HalfDone => format!("the renewal stands half done{left}"),
        Topic::CodeRejected => format!("the portal refused the one-time code{left}"),
        Topic::Unknown => "nobody knows whether the renewal took place".to_owned(),
        Topic::HistoryLost => format!("what was done before is not remembered{left}"),
        Topic::Changed => format!("the portal has changed{left}"),
        Topic::Frozen => format!("frozen, nothing is tried any more{left}"),
        Topic::NotRenewable => format!("the portal does not renew this certificate{left}"),
        Topic::TooLate => "the last day for renewing has passed".to_owned(),
        Topic::Expired => "the certificate has expired".to_owned(),
    }
}

fn left(days: i32) -> String {
    match days {
        ..0 => "the last renewable day has passed".to_owned(),
        0 => "today is the last day".to_owned(),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    }
}

/// What it means, and what happens next.
fn meaning(topic: Topic) -> &'static str {
    match topic {
        Topic::Due => {
            "From today on `rinnova renew` tries. If the portal sends a one-time code, somebody must give it."
        }
        Topic::Countdown => {
            "It is tried again at the next run of `rinnova renew`; `rinnova status` tells how it stands."
        }
        Topic::Renewed => "The portal shows the new date. There is nothing to do.",
        Topic::Failed => "Nothing that cannot be undone was sent. It is tried again by itself.",
        Topic::Invalid => "Settings, flow or machine must be mended; `rinnova doctor` tells what is missing.",
        Topic::NeedsPerson => "It does not go on by itself. Do what is told below, then run `rinnova renew`.",
        Topic::HalfDone => {
            "The first part is sent, the second is not. `rinnova renew` goes on where it stands; do not begin anew by hand."
        }
        Topic::CodeRejected => "Nothing was renewed. After a second refused code nothing is tried any more.",
        Topic::Unknown => {
            "Something that cannot be undone was sent, and its outcome was not seen. Do not renew by hand before you have \
             looked at the portal. `rinnova recover` reads it and settles what can be settled."
        }
        Topic::HistoryLost => {
            "The state directory had lost its memory, or it could not be read any more and was set aside there. The portal is \
             read twice, ten minutes apart, before anything is sent. That an account was frozen is forgotten, too: if one \
             was, mend its cause before the next run."
        }
        Topic::Changed => {
            "Nothing that cannot be undone was sent. The flow must be mended before it is tried again; `rinnova rehearse` \
             shows whether it fits."
        }
        Topic::Frozen => "Another try could lock the account or the PIN. Mend the cause, then `rinnova unfreeze`.",
        Topic::NotRenewable => "Trying again does not help. Look at the portal, or ask its help desk.",
        Topic::TooLate | Topic::Expired => "It cannot be renewed any more. A new certificate must be asked for.",
    }
}

fn dates(news: &News, now: &Situation) -> Option<String> {
    if news.topic == Topic::Renewed {
        return None;
    }
    let expiry = now.expiry?;
    let Some((last, days)) = now.last_day.zip(news.days_left) else {
        return Some(format!("The certificate expires on {expiry}."));
    };
    Some(format!("The certificate expires on {expiry}; the last day for renewing it is {last}: {}.", left(days)))
}

/// Each line marked as somebody else's.
fn quoted(text: &str) -> String {
    let text: String = text.chars().take(QUOTATION).collect();
    let lines = text.lines().map(|line| format!("> {}", line.trim_end()));
    lines.collect::<Vec<_>>().join("\n")
}

/// One line of at most so many characters, whatever the text is.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if steers(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Without the characters that steer.
fn plain(text: &str) -> String {
    text.chars().map(|c| if steers(c) && c != '\n' { ' ' } else { c }).collect()
}

/// Control characters, line and paragraph separators, and those that turn the direction of writing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::{any, proptest};

    use super::{Message, SUBJECT, compose, one_line, steers};
    use crate::exit::Verdict;
    use crate::notify::decide::{Situation, decide};
    use crate::secret::Secret;
    use crate::vault::Redactor;

    fn situation(reason: &str) -> Situation {
        Situation {
            account: "rossi-mysign".into(),
            flow: "mysign".into(),
            today: date(2026, 11, 22),
            expiry: Some(date(2026, 12, 1)),
            acts: Some(date(2026, 10, 1)),
            last_day: Some(date(2026, 11, 30)),
            verdict: Some(Verdict::NeedsPerson),
            frozen: None,
            lost: None,
            reason: Some(reason.into()),
            advice: Some("Change the password on the portal.".into()),
            run: Some("runs/mysign-renew-20261122T040500Z".into()),
        }
    }

    fn say(situation: &Situation) -> Message {
        let redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2hunter2".into()));
        let at = "2026-11-22T04:05:00Z".parse().expect("a time");
        let news = decide(situation, &[], at).expect("news");
        compose(&news, situation, at, &redactor)
    }

    #[test]
    fn a_message_says_what_why_and_until_when() {
        let message = say(&situation("Password scaduta"));
        assert_eq!(message.subject, "[rinnova] rossi-mysign: a person is needed, 8 days left");
        let expected = format!(
            "rossi-mysign, mysign: a person is needed, 8 days left.\n\n\
             It does not go on by itself. Do what is told below, then run `rinnova renew`.\n\n\
             What was seen or said:\n> Password scaduta\n\n\
             What to do:\n> Change the password on the portal.\n\n\
             The certificate expires on 2026-12-01; the last day for renewing it is 2026-11-30: 8 days left.\n\n\
             Verdict: needs-person (exit code 3).\n\
             What was done, with pictures: runs/mysign-renew-20261122T040500Z\n\
             Written by rinnova {}, 2026-11-22 04:05 UTC.\n",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(message.body, expected);
        let renewed = Situation { verdict: Some(Verdict::Renewed), expiry: Some(date(2029, 12, 1)), ..situation("") };
        assert_eq!(say(&renewed).subject, "[rinnova] rossi-mysign: renewed, valid until 2029-12-01");
        let unknown = Situation { verdict: Some(Verdict::Unknown), ..situation("") };
        assert!(say(&unknown).subject.starts_with("[rinnova] URGENT: rossi-mysign: nobody knows"));
    }

    #[test]
    fn no_secret_is_said() {
        let mut situation = situation("the page says hunter2hunter2");
        situation.advice = Some("type hunter2hunter2".into());
        situation.run = Some("runs/hunter2hunter2".into());
        situation.account = "hunter2hunter2".into();
        let Message { subject, body, .. } = say(&situation);
        assert!(!subject.contains("hunter2") && !body.contains("hunter2"), "{subject}\n{body}");
        assert!(body.contains("> the page says ***"));
    }

    #[test]
    fn nothing_that_steers_is_left() {
        let Message { body, .. } = say(&situation("a\r\nBcc: evil@example.org\u{1b}[31m\u{202e}txt\u{2028}x"));
        assert!(body.contains("\n> a\n> Bcc: evil@example.org [31m txt x\n"), "{body:?}");
        assert_eq!(one_line("a\r\nBcc: b\n\tc\u{0}", 100), "a Bcc: b c");
        assert_eq!(one_line("abcdef", 4), "abc…");
    }

    proptest! {
        #[test]
        fn a_subject_is_one_line_whatever_it_is_made_of(account in any::<String>(), reason in any::<String>()) {
            let mut situation = situation(&reason);
            situation.account = account;
            let Message { subject, body, .. } = say(&situation);
            assert!(!subject.chars().any(steers) && subject.chars().count() <= SUBJECT);
            assert!(!body.chars().any(|c| steers(c) && c != '\n'));
        }
    }
}

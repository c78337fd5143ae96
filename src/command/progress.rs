//! What a person sees while a run goes on: a live line on a terminal, plain lines elsewhere. Everything goes to
//! standard error and passes the redactor; what pages say cannot steer the terminal.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::event::Event;
use crate::record::{Outcome, StageRecord, StepRecord};
use crate::report::plain::{duration, plain};
use crate::vault::Redactor;

/// How lines may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Colours; never where `NO_COLOR` is set (no-color.org).
    pub colour: bool,
    /// Marks beyond ASCII; only where the locale says UTF-8.
    pub unicode: bool,
}

impl Look {
    /// What the environment allows on a terminal or elsewhere.
    #[must_use]
    pub fn of(env: &BTreeMap<String, String>, terminal: bool) -> Self {
        let set = |name: &str| env.get(name).filter(|value| !value.is_empty());
        // The first of the three that is set decides (POSIX, locale categories).
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let unicode = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        Self { colour: terminal && !dumb && set("NO_COLOR").is_none(), unicode }
    }
}

/// Shows a run's events.
pub struct Progress {
    face: Face,
    lines: Lines,
}

enum Face {
    Quiet,
    Plain(Box<dyn Write + Send>),
    Live {
        bar: ProgressBar,
        /// Position and length of a bar that was cleared away while a code is asked for.
        paused: Option<(u64, u64)>,
    },
}

/// What events look like as lines.
struct Lines {
    look: Look,
    redactor: Redactor,
    /// The longest stage name, so that columns stand under each other.
    width: usize,
    title: String,
}

impl Progress {
    /// Progress on this process's standard error; none at all with `-q`.
    #[must_use]
    pub fn new(env: &BTreeMap<String, String>, quiet: bool, redactor: Redactor) -> Self {
        let terminal = io::stderr().is_terminal();
        let look = Look::of(env, terminal);
        let face = match (quiet, terminal) {
            (true, _) => Face::Quiet,
            (false, true) => Face::Live { bar: spinner(look), paused: None },
            (false, false) => Face::Plain(Box::new(io::stderr())),
        };
        Self { face, lines: Lines::new(look, redactor) }
    }

    /// Plain lines into a writer.
    #[must_use]
    pub fn plain(to: impl Write + Send + 'static, look: Look, redactor: Redactor) -> Self {
        Self { face: Face::Plain(Box::new(to)), lines: Lines::new(look, redactor) }
    }

    /// Shows one event.
    pub fn event(&mut self, event: &Event) {
        let lines = self.lines.of(event);
        match &mut self.face {
            // What must not be missed is told all the same.
            Face::Quiet if matches!(event, Event::LeftHalfDone { .. }) => {
                super::say(&format!("{}\n", lines.join("\n")));
            }
            Face::Quiet => {}
            Face::Plain(to) => {
                for line in lines {
                    // A closed standard error is no reason to end a run.
                    let _ = writeln!(to, "{line}");
                }
            }
            Face::Live { bar, paused } => {
                for line in lines {
                    bar.suspend(|| super::say(&format!("{line}\n")));
                }
                live(bar, paused, event, &self.lines);
            }
        }
    }
}

impl Drop for Progress {
    /// Clears the live line of a run that ended without saying so.
    fn drop(&mut self) {
        if let Face::Live { bar, .. } = &self.face {
            bar.finish_and_clear();
        }
    }
}

/// Moves the live line along.
fn live(bar: &mut ProgressBar, paused: &mut Option<(u64, u64)>, event: &Event, lines: &Lines) {
    if let Some((position, length)) = paused.take() {
        *bar = spinner(lines.look);
        bar.set_length(length);
        bar.set_position(position);
    }
    match event {
        Event::CodeAwaited { .. } | Event::ReadyAwaited { .. } => {
            // The question for the code stands here until it is answered.
            *paused = Some((bar.position(), bar.length().unwrap_or(0)));
            bar.finish_and_clear();
        }
        Event::RunFinished { .. } => bar.finish_and_clear(),
        Event::RunStarted { stages, .. } => bar.set_length(stages.len() as u64),
        Event::StageStarted { .. } => bar.set_message(lines.title.clone()),
        Event::StageFinished { .. } => bar.inc(1),
        Event::StepStarted { sentence } => bar.set_message(format!("{}: {}", lines.title, lines.safe(sentence))),
        _ => {}
    }
}

const TICK: Duration = Duration::from_millis(100);

fn spinner(look: Look) -> ProgressBar {
    let ticks = if look.unicode { "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ " } else { "|/-\\ " };
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner()).tick_chars(ticks);
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
    bar.enable_steady_tick(TICK);
    bar
}

impl Lines {
    fn new(look: Look, redactor: Redactor) -> Self {
        Self { look, redactor, width: 0, title: String::new() }
    }

    fn of(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::RunStarted { flow, task, stages, browser } => {
                self.width = stages.iter().map(|name| name.chars().count()).max().unwrap_or(0);
                let count = counted(stages.len(), "stage");
                vec![format!("{} {}  {count}  {}", self.safe(flow), self.safe(task), self.safe(browser))]
            }
            Event::StageStarted { title, .. } => {
                self.title = self.safe(title);
                Vec::new()
            }
            Event::StepFinished { step } => self.step(step),
            Event::InterruptDismissed { what } => vec![self.note(&format!("dismissed {}", self.safe(what)))],
            Event::CodeAwaited { input, until, how } => {
                self.awaited(&format!("waiting for the one-time code `{}`", self.safe(input)), *until, how)
            }
            Event::ReadyAwaited { codes, until, how } => {
                let count = counted(*codes as usize, "one-time code");
                self.awaited(&format!("waiting for the word that somebody is ready to enter {count}"), *until, how)
            }
            Event::Warned { what } => vec![self.note(&self.safe(what))],
            Event::LeftHalfDone { until, command } => {
                let until = until.map_or_else(|| "soon".to_owned(), |date| format!("until {date}"));
                let text = format!("HALF DONE: the renewal must be taken up again {until}: {}", self.safe(command));
                vec![self.paint(Paint::Loud, &format!(">>> {text} <<<"))]
            }
            Event::Downloaded { name, .. } => vec![self.note(&format!("downloaded {}", self.safe(name)))],
            Event::CommitIntended { commit, .. } => {
                vec![self.paint(Paint::Loud, &format!("  > sending what cannot be undone: {}", self.safe(commit)))]
            }
            Event::CommitHeld { why } => vec![self.note(&format!("held back, nothing was sent: {}", self.safe(why)))],
            Event::CommitSettled { took_place: false } => vec![self.note("the portal refused it; nothing took place")],
            Event::ShotTaken { shot, png: None, .. } => {
                let why = shot.withheld.as_deref().unwrap_or("no picture could be taken");
                vec![self.note(&format!("picture {} withheld: {}", self.safe(&shot.name), self.safe(why)))]
            }
            Event::StageFinished { stage } => self.stage(stage),
            Event::StepStarted { .. }
            | Event::ShotTaken { .. }
            | Event::Structure { .. }
            | Event::CommitSettled { .. }
            | Event::RunFinished { .. } => Vec::new(),
        }
    }

    fn step(&self, step: &StepRecord) -> Vec<String> {
        let used = step.locator.as_ref().filter(|used| used.rank > 0);
        let drift = used.map(|used| {
            let text = format!("drift: {} (locator {} of {})", self.safe(&step.sentence), used.rank + 1, used.of);
            self.note(&text)
        });
        let healed = step.healed.as_ref().filter(|_| step.failure.is_none()).map(|healed| {
            let text = format!(
                "healed: {} (line {}, by {})",
                self.safe(&step.sentence),
                step.line,
                self.safe(&healed.locator)
            );
            self.note(&text)
        });
        let failure = step.failure.as_ref().map(|failure| {
            let text =
                format!("    {} (line {}): {}", self.safe(&step.sentence), step.line, self.safe(&failure.message));
            self.paint(Paint::Bad, &text)
        });
        drift.into_iter().chain(healed).chain(failure).collect()
    }

    fn stage(&self, stage: &StageRecord) -> Vec<String> {
        let (mark, ascii, paint) = match stage.outcome {
            Outcome::Passed | Outcome::Checked => ("✓", "ok  ", Paint::Good),
            Outcome::Absent | Outcome::Skipped => ("–", "--  ", Paint::Dim),
            Outcome::State => ("!", "!!  ", Paint::Loud),
            Outcome::Failed => ("✗", "FAIL", Paint::Bad),
            Outcome::Unknown => ("?", "??  ", Paint::Bad),
        };
        let mark = self.paint(paint, if self.look.unicode { mark } else { ascii });
        let steps = counted(stage.steps.len(), "step");
        let (name, width) = (self.safe(&stage.name), self.width);
        vec![format!("{mark} {name:width$}  {steps:>8}  {:>8}", duration(stage.took_ms))]
    }

    /// What is awaited, and under it how a person answers.
    fn awaited(&self, what: &str, until: Timestamp, how: &str) -> Vec<String> {
        let mut lines = vec![self.paint(Paint::Loud, &format!(">>> {what} <<<"))];
        if !how.is_empty() {
            let clock = until.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
            lines.push(self.paint(Paint::Loud, &format!("    answer until {clock}: {}", self.safe(how))));
        }
        lines
    }

    fn note(&self, text: &str) -> String {
        self.paint(Paint::Note, &format!("  ! {text}"))
    }

    /// What a page or a person wrote, safe to print.
    fn safe(&self, text: &str) -> String {
        // Before too: what is made plain may be no form of the value any more.
        let text = self.redactor.redact(text);
        let text = plain(&text);
        let text = self.redactor.redact(&text);
        if self.look.unicode { text.into_owned() } else { text.replace(|c: char| !c.is_ascii(), "?") }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.look.colour {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Good => "32",
            Paint::Bad => "31",
            Paint::Note => "33",
            Paint::Loud => "1;33",
            Paint::Dim => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[derive(Debug, Clone, Copy)]
enum Paint {
    Good,
    Bad,
    Note,
    Loud,
    Dim,
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::{Look, Progress};
    use crate::event::Event;
    use crate::record::{Failure, Outcome, StageRecord, StepRecord, Used};
    use crate::secret::Secret;
    use crate::vault::Redactor;
    use jiff::Timestamp;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unlocked").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(look: Look, events: &[Event]) -> String {
        let redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2".into()));
        let out = Shared::default();
        let mut progress = Progress::plain(out.clone(), look, redactor);
        for event in events {
            progress.event(event);
        }
        String::from_utf8(out.0.lock().expect("unlocked").clone()).expect("text")
    }

    fn step(sentence: &str, rank: usize, failure: Option<&str>) -> StepRecord {
        let failure = failure.map(|message| Failure {
            kind: "timeout".into(),
            message: message.into(),
            explanation: Vec::new(),
            page: None,
            structure: None,
            elements: Vec::new(),
        });
        StepRecord {
            sentence: sentence.into(),
            action: "click".into(),
            line: 7,
            column: 3,
            outcome: Outcome::Passed,
            commit: None,
            agreed: None,
            looked_for: None,
            known: None,
            healed: None,
            locator: Some(Used { shown: "x".into(), rank, of: 2, element: "button".into() }),
            began_ms: 0,
            took_ms: 5,
            failure,
            steps: Vec::new(),
        }
    }

    fn stage(name: &str, outcome: Outcome) -> Event {
        let steps = vec![step("Click", 0, None)];
        let title = "Title".to_owned();
        let stage = StageRecord {
            id: name.into(),
            name: name.into(),
            title,
            outcome,
            began_ms: 0,
            took_ms: 1234,
            steps,
            shots: Vec::new(),
            outline: None,
        };
        Event::StageFinished { stage }
    }

    fn events() -> Vec<Event> {
        vec![
            Event::RunStarted {
                flow: "mysign".into(),
                task: "renew".into(),
                stages: vec!["login".into(), "certificate".into()],
                browser: "firefox 140".into(),
            },
            Event::StepFinished { step: Box::new(step("Press \u{1b}[2JACCEDI", 1, None)) },
            stage("login", Outcome::Passed),
            Event::CodeAwaited { input: "otp".into(), until: Timestamp::UNIX_EPOCH, how: String::new() },
            Event::StepFinished { step: Box::new(step("Type hunter2 in «città»", 0, Some("no\u{202e}thing"))) },
            stage("certificate", Outcome::Failed),
        ]
    }

    #[test]
    fn plain_lines_on_a_unicode_terminal_without_colour() {
        assert_eq!(
            shown(Look { colour: false, unicode: true }, &events()),
            "mysign renew  2 stages  firefox 140\n\
             \x20 ! drift: Press [2JACCEDI (locator 2 of 2)\n\
             ✓ login          1 step     1.2 s\n\
             >>> waiting for the one-time code `otp` <<<\n\
             \x20   Type *** in «città» (line 7): nothing\n\
             ✗ certificate    1 step     1.2 s\n"
        );
    }

    #[test]
    fn a_person_is_told_how_to_answer_and_what_must_not_be_missed() {
        let until = Timestamp::from_second(1_772_438_400).expect("a time");
        let clock = until.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S");
        let events = [
            Event::Warned { what: "the clock is 10 s slow".into() },
            Event::ReadyAwaited { codes: 2, until, how: "`rinnova code ready`".into() },
            Event::CodeAwaited { input: "otp".into(), until, how: "http://127.0.0.1:1/abc".into() },
            Event::LeftHalfDone { until: Some(jiff::civil::date(2026, 5, 30)), command: "rinnova renew rossi".into() },
        ];
        assert_eq!(
            shown(Look::default(), &events),
            format!(
                "  ! the clock is 10 s slow\n\
                 >>> waiting for the word that somebody is ready to enter 2 one-time codes <<<\n\
                 \x20   answer until {clock}: `rinnova code ready`\n\
                 >>> waiting for the one-time code `otp` <<<\n\
                 \x20   answer until {clock}: http://127.0.0.1:1/abc\n\
                 >>> HALF DONE: the renewal must be taken up again until 2026-05-30: rinnova renew rossi <<<\n"
            )
        );
    }

    #[test]
    fn ascii_where_the_locale_is_not_unicode() {
        let shown = shown(Look::default(), &events());
        assert!(shown.is_ascii() && shown.contains("FAIL certificate"), "{shown}");
    }

    #[test]
    fn what_the_environment_allows() {
        let look = |pairs: &[(&str, &str)], terminal| {
            let env: BTreeMap<_, _> =
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let Look { colour, unicode } = Look::of(&env, terminal);
            (colour, unicode)
        };
        assert_eq!(look(&[("LANG", "it_IT.UTF-8")], true), (true, true));
        assert_eq!(look(&[("LANG", "it_IT.UTF-8"), ("LC_ALL", "C"), ("NO_COLOR", "1")], true), (false, false));
        assert_eq!(look(&[("LC_CTYPE", "en_US.utf8"), ("NO_COLOR", "")], false), (false, true));
    }
}

//! One question to the page. Interrupts are dismissed and counted, states and failures become halts; what remains is the answer.

use std::time::Duration;

use tokio::time::Instant;

use crate::browser::answer::{Answer, Element, Explained, Match};
use crate::browser::page::{Required, View};
use crate::browser::script::{Content, Guards, Need};
use crate::event::Event;
use crate::exit::Verdict;
use crate::locator::{Condition, Locator, Text};
use crate::runner::ending::{Halt, of_page_error};
use crate::runner::run::Run;
use crate::runner::{clicks, step};

/// How many interrupts one step may meet: more is a page that throws them without end.
const INTERRUPTS: u32 = 20;

/// What the page is asked.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// Where the one element is; with a view the page then holds still for a picture.
    Locate(&'a Locator, Need, Option<&'a View>),
    /// Which changes the locator survives, where this is needed of its element, or the first of many will do.
    Mutate(&'a Locator, Need, bool),
    /// To set a field's whole value.
    Fill(&'a Locator, Content<'a>),
    /// To type into a field.
    Type(&'a Locator, Content<'a>),
    /// Where to press so that a box is ticked, or not.
    Tick(&'a Locator, bool),
    /// To choose an option.
    Select(&'a Locator, &'a Text),
    /// Whether a condition comes to hold.
    Expect(&'a Condition),
    /// Whether a condition holds now.
    Test(&'a Condition),
    /// Whether an element comes to be as required.
    Require(&'a Locator, &'a Required),
    /// Whether the address comes to match.
    Address(&'a Text),
    /// What one element says, or all that match.
    Read(&'a Locator, bool),
}

/// Asks the page, for at most `limit`.
///
/// # Errors
/// A [`Halt`]: a state, a timeout with its explanation, anything that makes an answer impossible.
pub async fn ask(run: &mut Run<'_>, question: Question<'_>, limit: Duration) -> Result<Answer, Halt> {
    let until = Instant::now() + limit;
    let mut met = 0;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match once(run, question, left).await? {
            Answer::State { id, text } => return Err(Halt::State { id, text }),
            Answer::Interrupt { id } if met < INTERRUPTS => {
                met += 1;
                dismiss(run, id).await?;
            }
            Answer::Interrupt { id } => {
                let what = shown(&run.flow().interrupts[id].when);
                return Err(Halt::failed(
                    Verdict::Changed,
                    "interrupt",
                    format!("the interrupt {what} came back {INTERRUPTS} times"),
                    vec!["see whether its steps really send it away".into()],
                ));
            }
            Answer::Timeout { why } => return Err(timeout(run, &why).await),
            Answer::Barred { to } => return Err(clicks::foreign(&to)),
            Answer::Ambiguous { count, matches } => return Err(ambiguous(count, &matches)),
            Answer::Invalid { message } => {
                return Err(Halt::failed(
                    Verdict::Invalid,
                    "locator",
                    message,
                    vec!["mend the locator in the flow".into()],
                ));
            }
            Answer::Broken { message } => {
                return Err(Halt::failed(
                    Verdict::Failed,
                    "browser",
                    format!("the page script failed: {message}"),
                    Vec::new(),
                ));
            }
            answer => return Ok(answer),
        }
    }
}

async fn once(run: &mut Run<'_>, question: Question<'_>, limit: Duration) -> Result<Answer, Halt> {
    let Run { page, guards, .. } = run;
    let answer = match question {
        Question::Locate(locator, need, view) => page.locate(locator, need, view, guards, limit).await,
        Question::Mutate(locator, need, many) => page.mutate(locator, need, many, guards, limit).await,
        Question::Fill(locator, content) => page.fill(locator, content, guards, limit).await,
        Question::Type(locator, content) => page.type_into(locator, content, guards, limit).await,
        Question::Tick(locator, ticked) => page.tick(locator, ticked, guards, limit).await,
        Question::Select(locator, option) => page.select(locator, option, guards, limit).await,
        Question::Expect(condition) => page.expect(condition, guards, limit).await,
        Question::Test(condition) => page.test(condition, guards).await,
        Question::Require(locator, required) => page.require(locator, required, guards, limit).await,
        Question::Address(address) => page.at_address(address, guards, limit).await,
        Question::Read(locator, all) => page.read(locator, all, guards, limit).await,
    };
    answer.map_err(|error| of_page_error(&error, run.stop.asked()))
}

/// Performs an interrupt's own steps, with no other interrupt looked for meanwhile.
async fn dismiss(run: &mut Run<'_>, id: usize) -> Result<(), Halt> {
    let interrupt = &run.flow().interrupts[id];
    let without = Guards { states: run.guards.states.clone(), interrupts: Vec::new() };
    let guards = std::mem::replace(&mut run.guards, without);
    run.course.dismissing = true;
    let mut halt = None;
    for step in &interrupt.steps {
        if let Err(stopped) = Box::pin(step::perform(run, step, &mut step::Notes::default())).await {
            halt = Some(stopped);
            break;
        }
    }
    run.course.dismissing = false;
    run.guards = guards;
    if let Some(halt) = halt {
        return Err(stayed(halt, &shown(&interrupt.when)));
    }
    run.course.flags.interrupts += 1;
    run.course.tell(Event::InterruptDismissed { what: shown(&interrupt.when) });
    Ok(())
}

/// An interrupt that could not be sent away: what failed is none of the flow's own steps.
fn stayed(halt: Halt, what: &str) -> Halt {
    match halt {
        Halt::Failed { verdict, mut failure } => {
            failure.kind = "interrupt".into();
            failure.message = format!("{what} could not be sent away: {}", failure.message);
            Halt::Failed { verdict, failure }
        }
        other => other,
    }
}

/// A condition's first locator, for people.
#[must_use]
pub fn shown(condition: &Condition) -> String {
    match condition {
        Condition::Locator(locator) => locator.shown().to_owned(),
        Condition::Group { all, any, none } => {
            all.iter().chain(any).chain(none).next().map_or_else(|| "an empty condition".into(), shown)
        }
    }
}

/// An element, for people.
#[must_use]
pub fn element(element: &Element) -> String {
    element.shown()
}

/// What was looked for did not come. A portal that does not answer has not changed: it is not there.
async fn timeout(run: &mut Run<'_>, why: &Explained) -> Halt {
    if run.page.portal(true).await.is_ok_and(|portal| portal.reached == Some(false)) {
        let message = format!("{}: the portal does not answer", why.sentence);
        return Halt::failed(Verdict::Unavailable, "load", message, vec!["check the network, then run again".into()]);
    }
    let mut lines: Vec<String> = why.matches.iter().map(|found| format!("there is {}", described(found))).collect();
    lines.extend(why.elsewhere.iter().map(|place| format!("something like it is {place}")));
    if !why.nearest.is_empty() {
        let names: Vec<String> = why
            .nearest
            .iter()
            .map(|near| {
                format!("{} “{}”", near.role.as_deref().unwrap_or("element"), near.name.as_deref().unwrap_or(""))
            })
            .collect();
        lines.push(format!("the nearest names are {}", names.join(", ")));
    }
    Halt::failed(Verdict::Changed, "timeout", why.sentence.clone(), lines)
}

fn ambiguous(count: usize, matches: &[Match]) -> Halt {
    let mut lines: Vec<String> = matches.iter().map(|found| format!("one is {}", described(found))).collect();
    lines.push("say which one is meant: `within`, `exact = true` or `nth`".into());
    Halt::failed(Verdict::Changed, "ambiguous", format!("{count} elements match where one is meant"), lines)
}

fn described(found: &Match) -> String {
    let role = found.role.as_deref().filter(|role| !role.is_empty()).unwrap_or("element");
    let name = found.name.as_deref().unwrap_or_default();
    let against = found.why.as_deref().filter(|why| !why.is_empty()).map(|why| format!(", {why}")).unwrap_or_default();
    format!("{role} “{name}” at `{}`{against}", found.css)
}

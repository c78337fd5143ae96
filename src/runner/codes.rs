//! One-time codes in a run: who must be there before one is requested, by whose clock they are computed, and what is told
//! when none comes.

use std::time::Duration;

use jiff::civil::Date;

use crate::browser::script::Need;
use crate::event::Event;
use crate::flow::step::{Action, Step, Value};
use crate::locator::Locator;
use crate::otp::{CodeError, Moment, Notice, Skew};
use crate::runner::course::Course;
use crate::runner::ending::{Ending, Halt, of_page_error};
use crate::runner::plan::{Entry, Scope, plan};
use crate::runner::run::Run;
use crate::runner::step::{self, Notes, locate, stopped};
use crate::runner::window::http_date;
use crate::secret::Secret;

/// How long a one-time code may take: a text message lives three minutes (portals.md §1.3).
const CODE: Duration = Duration::from_secs(170);

/// How long the word that somebody is ready may take; portals end a session that idles for ten minutes.
const READY: Duration = Duration::from_secs(300);

/// Within this time all codes of a task are entered.
const WINDOW: Duration = Duration::from_secs(600);

/// The portal is asked for its time this often at most; each answer bounds the difference closer.
const LOOKS: u32 = 3;

/// A fresh code for a field. It is asked for only once the field is there.
pub(super) async fn code(
    run: &mut Run<'_>,
    input: &str,
    field: &Locator,
    limit: Duration,
    notes: &mut Notes,
) -> Result<Secret, Halt> {
    locate(run, field, Need::Fill, limit, notes).await?;
    compare_clocks(run, input).await?;
    let not_before = run.course.requested.get(input).copied();
    let Run { job, course, stop, .. } = &mut *run;
    let tell = |notice| awaited(course, notice);
    let code = tokio::select! {
        code = job.broker.code(input, not_before, CODE, &tell) => code,
        () = stop.wait() => return Err(stopped(run)),
    };
    code.map_err(|error| no_code(run, &error))
}

/// Before a step has the portal send a code: whoever must give it is there, and before the first commit says to be ready for
/// as many as the task needs. Otherwise nothing is pressed.
pub(super) async fn before_request(run: &mut Run<'_>, step: &Step, input: &str, notes: &mut Notes) -> Result<(), Halt> {
    let people = by_person(run);
    for input in std::iter::once(input).chain(people.iter().map(String::as_str)) {
        run.job.broker.reachable(input).map_err(|error| no_code(run, &error))?;
    }
    let first = !run.course.ready && run.flow().commits(run.task) && !run.course.commits.any_sent();
    let asked = people.iter().find(|name| *name == input).or(people.first()).filter(|_| first);
    if asked.is_some() || run.job.broker.needs_clock(input) {
        // Nobody is asked for the sake of a control that is not there, and no page that is just going.
        step::check(run, step, notes).await?;
    }
    compare_clocks(run, input).await?;
    let Some(asked) = asked else { return Ok(()) };
    let codes = u32::try_from(people.len()).unwrap_or(u32::MAX);
    let Run { job, course, stop, .. } = &mut *run;
    let tell = |notice| awaited(course, notice);
    let ready = tokio::select! {
        ready = job.broker.ready(asked, codes, WINDOW, READY, &tell) => ready,
        () = stop.wait() => return Err(stopped(run)),
    };
    ready.map_err(|error| no_code(run, &error))?;
    run.course.ready = true;
    Ok(())
}

/// The inputs of the codes that the task asks a person for, each as often as it asks.
fn by_person(run: &Run<'_>) -> Vec<String> {
    fn of(steps: &[Step], found: &mut Vec<String>) {
        for step in steps {
            if let Action::Fill { with: Value::Code(name), .. } | Action::Type { with: Value::Code(name), .. } =
                &step.action
            {
                found.push(name.clone());
            }
            step.action.inner().for_each(|inner| of(std::slice::from_ref(inner), found));
        }
    }
    let scope = run.job.scope();
    let scope = if run.course.resuming { Scope { from: None, ..scope } } else { scope };
    let mut found = Vec::new();
    for (stage, entry) in plan(run.flow(), run.task, scope) {
        if entry == Entry::Perform {
            of(&stage.steps, &mut found);
        }
    }
    found.retain(|name| run.job.broker.is_by_person(name));
    found
}

/// Before a code is computed by the time: how far this machine's clock is from the portal's.
async fn compare_clocks(run: &mut Run<'_>, input: &str) -> Result<(), Halt> {
    if !run.job.broker.needs_clock(input) {
        return Ok(());
    }
    let mut skew: Option<Skew> = None;
    for _ in 0..LOOKS {
        let before = Moment::now();
        let portal = run.page.portal(true).await.map_err(|error| of_page_error(&error, run.stop.asked()))?;
        let after = Moment::now();
        let ours = run.job.origins().iter().any(|origin| portal.address.starts_with(&format!("{origin}/")));
        let Some(date) = portal.date.as_deref().and_then(http_date).filter(|_| ours) else { break };
        let Some(seen) = Skew::between(before, date, after) else { continue };
        let all = skew.map_or(seen, |earlier| earlier.and(seen));
        skew = Some(all);
        if all.is_close() {
            break;
        }
    }
    tracing::debug!(?skew, "this machine's clock against the portal's");
    match run.job.broker.learn_clock(skew) {
        Ok(told) => {
            if let Some(what) = told {
                run.course.tell(Event::Warned { what });
            }
            Ok(())
        }
        Err(error) => Err(no_code(run, &error)),
    }
}

fn awaited(course: &Course, notice: Notice) {
    let Notice { ready_for, input, until, how } = notice;
    course.tell(match ready_for {
        Some(codes) => Event::ReadyAwaited { codes, until, how },
        None => Event::CodeAwaited { input, until, how },
    });
}

/// The run ends without its code. Between two commits somebody must know that, until when the renewal can be taken up again,
/// and how.
fn no_code(run: &Run<'_>, error: &CodeError) -> Halt {
    let mut ending = Ending::new(error.verdict(), error.to_string());
    let commits = run.course.commits;
    if commits.settled > 0 && commits.ahead > 0 && !commits.open {
        let (until, command) = (last_day(run), resumed_by(run));
        let day = until.map_or_else(|| "as soon as you can".to_owned(), |date| format!("until {date}"));
        ending.advice = Some(format!("the renewal stands half done; take it up again {day}: `{command}`"));
        run.course.tell(Event::LeftHalfDone { until, command });
    }
    Halt::Ended(ending)
}

/// The last day on which the certificate can be renewed, as far as this run has read it.
fn last_day(run: &Run<'_>) -> Option<Date> {
    let renewal = run.flow().renewal.as_ref()?;
    let expires: Date = run.course.last(&renewal.expires)?.parse().ok()?;
    expires.checked_sub(renewal.closes).ok()
}

/// The command that goes on: for an account `renew`, which knows what stands half done; without one the flow's own task.
fn resumed_by(run: &Run<'_>) -> String {
    let (flow, account) = (run.flow(), run.job.broker.account());
    if account != flow.name {
        return format!("rinnova renew {account}");
    }
    let resume = flow.renewal.as_ref().and_then(|renewal| renewal.resume.as_deref()).unwrap_or(&run.task.name);
    format!("rinnova run {} {resume}", flow.source.name())
}

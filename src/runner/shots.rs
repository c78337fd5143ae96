//! The pictures of a run: taken in step with it, developed on a thread of their own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SendError, Sender, channel};

use tokio::sync::oneshot;

use crate::browser::answer::Found;
use crate::browser::camera::{self, Negative, Picture};
use crate::browser::page::View;
use crate::browser::{self, processes};
use crate::drift::personal;
use crate::event::Event;
use crate::record::{ShotRecord, StageRecord};
use crate::runner::run::Run;
use crate::runner::{staging, watch};

/// The development of one picture.
type Work = Box<dyn FnOnce() + Send>;

/// Pictures that are being developed: one at a time, since each holds some ten megabytes while it is, and only when the browser
/// does not want the processor.
#[derive(Debug)]
pub struct Shots {
    darkroom: Sender<Work>,
    pending: Vec<(String, oneshot::Receiver<ShotRecord>)>,
}

impl Default for Shots {
    fn default() -> Self {
        let (darkroom, orders) = channel::<Work>();
        let develop = move || {
            processes::give_way();
            for work in orders {
                work();
            }
        };
        // Without such a thread its end of the channel is gone, and `take` develops by itself.
        let _ends_with_the_run = std::thread::Builder::new().name("pictures".into()).spawn(develop);
        Self { darkroom, pending: Vec::new() }
    }
}

impl Shots {
    /// Waits for all pictures and puts each into its stage's record.
    pub async fn collect(&mut self, stages: &mut [StageRecord]) {
        for (stage, pending) in self.pending.drain(..) {
            match pending.await {
                Ok(shot) => {
                    if let Some(record) = stages.iter_mut().find(|record| record.name == stage) {
                        record.shots.push(shot);
                    }
                }
                Err(error) => tracing::error!(%error, stage, "a picture was lost while it was developed"),
            }
        }
    }
}

/// What a picture covers and outlines in this run: what the flow says, every field that was given a secret, and every secret
/// that can be read on the page. The page's text is always asked for: the holder's own data are looked for in it, too. In a
/// guide's pictures the fields are painted over, not covered.
#[must_use]
pub fn whole(run: &Run<'_>, view: &View) -> View {
    let mut view = view.clone();
    if !run.job.persona {
        view.masks.extend(run.course.secret_fields.iter().cloned());
    }
    view.words = true;
    view.lines = run.job.persona;
    view.outline = true;
    view
}

/// Takes a picture named `name` for the stage `stage`; `target` is the control pressed next. A camera that fails never hides what else happens: the failure is
/// told in the picture's place.
pub async fn take(run: &mut Run<'_>, stage: &str, name: &str, view: &View, target: Option<&Found>) {
    let view = whole(run, view);
    let redactor = run.job.vault.redactor();
    let taken = if run.job.persona {
        let (holder, staging) = staging::now(run, target.is_some());
        browser::staging::take(run.page, &view, target, redactor, &holder, &staging).await
    } else {
        let values = watch::own_values(run);
        let own = |text: &str| personal::places(text, &values);
        let taken = camera::take(run.page, &view, target, redactor, own).await;
        let moving = || "the page would not stand still, so that its covering could not be verified".to_owned();
        taken.map(|taken| taken.ok_or_else(moving))
    };
    let mut negative = taken.unwrap_or_else(|error| Err(error.to_string()));
    if let Ok(negative) = &mut negative {
        run.outline = negative.outline.take();
    }
    let (name, of, events) = (name.to_owned(), stage.to_owned(), run.course.events());
    let (done, pending) = oneshot::channel();
    let work = move || {
        let (shot, png) = record(name, negative.and_then(develop));
        let _unheard = events.send(Event::ShotTaken { stage: of, shot: shot.clone(), png: png.map(Arc::new) });
        let _not_waited_for = done.send(shot);
    };
    if let Err(SendError(work)) = run.shots.darkroom.send(Box::new(work)) {
        work();
    }
    run.shots.pending.push((stage.to_owned(), pending));
}

fn develop(negative: Negative) -> Result<Picture, String> {
    catch_unwind(AssertUnwindSafe(|| camera::develop(negative)))
        .unwrap_or_else(|_| Err("it was lost while it was developed".into()))
}

fn record(name: String, developed: Result<Picture, String>) -> (ShotRecord, Option<Vec<u8>>) {
    match developed {
        Ok(picture) => {
            let shot = ShotRecord {
                file: Some(format!("shots/{name}.png")),
                name,
                width: picture.width,
                height: picture.height,
                digest: picture.digest,
                target: picture.target,
                highlights: picture.highlights,
                covered: picture.covered,
                personal: picture.personal,
                staged: picture.staged,
                withheld: None,
            };
            (shot, Some(picture.png))
        }
        Err(why) => {
            let shot = ShotRecord {
                name,
                file: None,
                width: 0,
                height: 0,
                digest: String::new(),
                target: None,
                highlights: Vec::new(),
                covered: Vec::new(),
                personal: Vec::new(),
                staged: None,
                withheld: Some(why),
            };
            (shot, None)
        }
    }
}

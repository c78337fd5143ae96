//! The pictures of a run: taken in step with it, developed on other threads.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::browser::answer::Found;
use crate::browser::camera::{self, Picture};
use crate::browser::page::View;
use crate::event::Event;
use crate::record::{ShotRecord, StageRecord};
use crate::runner::run::Run;

/// How many pictures are developed at a time: each holds some ten megabytes while it is.
const AT_ONCE: usize = 1;

/// Pictures that are being developed.
#[derive(Debug)]
pub struct Shots {
    room: Arc<Semaphore>,
    pending: Vec<(String, JoinHandle<ShotRecord>)>,
}

impl Default for Shots {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(AT_ONCE)), pending: Vec::new() }
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
/// that can be read on the page.
#[must_use]
pub fn whole(run: &Run<'_>, view: &View) -> View {
    let mut view = view.clone();
    view.masks.extend(run.course.secret_fields.iter().cloned());
    view.words = run.job.vault.redactor().knows_any();
    view
}

/// Takes a picture named `name` for the stage `stage`; `target` is the control pressed next. A camera that fails never hides what else happens: the failure is
/// told in the picture's place.
pub async fn take(run: &mut Run<'_>, stage: &str, name: &str, view: &View, target: Option<&Found>) {
    let view = whole(run, view);
    let taken = camera::take(run.page, &view, target, run.job.vault.redactor()).await;
    let negative = match taken {
        Ok(Some(negative)) => Ok(negative),
        Ok(None) => Err("the page would not stand still, so that its covering could not be verified".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let (stage, name) = (stage.to_owned(), name.to_owned());
    let events = run.course.events();
    let room = Arc::clone(&run.shots.room);
    let of = stage.clone();
    let pending = tokio::spawn(async move {
        // The semaphore is never closed; without a permit the picture is only developed sooner.
        let _permit = room.acquire_owned().await.ok();
        let developed = match negative {
            Err(why) => Err(why),
            Ok(negative) => tokio::task::spawn_blocking(move || camera::develop(negative))
                .await
                .unwrap_or_else(|error| Err(format!("it was lost while it was developed: {error}"))),
        };
        let (shot, png) = record(name, developed);
        let _unheard = events.send(Event::ShotTaken { stage: of, shot: shot.clone(), png: png.map(Arc::new) });
        shot
    });
    run.shots.pending.push((stage, pending));
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
                withheld: Some(why),
            };
            (shot, None)
        }
    }
}

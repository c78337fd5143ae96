//! The page: one round trip per look, wait, fill or reading, by the script of ours that runs in it (`agent/`).
//!
//! The answers' shapes are told at the head of `agent/main.js`; how a question is asked, and asked again, in `question.rs`.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element as Handle;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::answer::{Answer, Area, Cover, Portal, Used};
use crate::browser::classic;
use crate::browser::error::PageError;
use crate::browser::keys::{key, split_chord};
use crate::browser::lane::{Capture, Download, Lane, Point};
use crate::browser::question::nonsense;
use crate::browser::script::{AGENT, Content, Guards, MUTATE, Need};
use crate::browser::socket::wipe;
use crate::browser::staging::Staging;
use crate::locator::{Condition, Locator, Text};
use crate::record::{Fingerprint, Outline};
use crate::stop::Stop;

/// How long a command may take beyond what the page was given to wait.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// How long a picture for a guide waits for the page's fonts.
const FONTS: Duration = Duration::from_secs(3);

/// The page that is driven.
#[derive(Debug)]
pub struct Page {
    pub(super) lane: Lane,
    pub(super) client: Client,
    /// The window that classic commands are in.
    window: String,
    /// The frame of another origin that the last answer came from, and its place in the viewport.
    pub(super) inside: Option<(Locator, Area)>,
    /// Where the pointer was moved to last, as long as nothing else was done with it.
    pub(super) pointer: Option<Point>,
    /// The guards as they were sent last, and their number.
    pub(super) guards: (u64, String),
    stop: Stop,
}

impl Page {
    /// A page behind a lane, with the classic client of the same session.
    #[must_use]
    pub fn new(lane: Lane, client: Client, window: String, stop: Stop) -> Self {
        Self { lane, client, window, inside: None, pointer: None, guards: (0, String::new()), stop }
    }

    /// Loads an address.
    ///
    /// # Errors
    /// [`PageError::Load`] when the browser cannot.
    pub async fn open(&mut self, url: &str, limit: Duration) -> Result<(), PageError> {
        self.lane.open(url, limit).await
    }

    /// Waits until exactly one element is ready for `need`; with `view` the page then holds still for a picture.
    ///
    /// # Errors
    /// [`PageError`]; what the page has to say is an answer, not an error.
    pub async fn locate(
        &mut self,
        locator: &Locator,
        need: Need,
        view: Option<&View>,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let gate = need == Need::Click && self.lane.keeps_script();
        self.ask("locate", Some(locator), json!({ "need": need, "gate": gate, "cover": view }), guards, limit).await
    }

    /// Waits as [`Page::locate`] does, or, where the first of `many` will do, until one is there; then tries on it the changes
    /// that portals go through, and leaves the page as it was.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn mutate(
        &mut self,
        locator: &Locator,
        need: Need,
        many: bool,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        self.ask(MUTATE, Some(locator), json!({ "need": need, "many": many }), guards, limit).await
    }

    /// Waits for a field and sets its whole value; reads it back.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn fill(
        &mut self,
        locator: &Locator,
        content: Content<'_>,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let until = Instant::now() + limit;
        let answer = self.ask("fill", Some(locator), parameters(content), guards, limit).await?;
        let Answer::NeedsKeys(_) = answer else { return Ok(answer) };
        if let Some(astray) = self.keys(locator, content, guards).await? {
            return Ok(astray);
        }
        self.ask("verify", Some(locator), parameters(content), guards, until.saturating_duration_since(Instant::now()))
            .await
    }

    /// Waits for a field and types into it, key by key, after what it holds.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn type_into(
        &mut self,
        locator: &Locator,
        content: Content<'_>,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let mut values = parameters(content);
        wipe(&mut values["value"]);
        let answer = self.ask("focus", Some(locator), values, guards, limit).await?;
        if let Answer::Ready(_) = &answer
            && let Some(astray) = self.keys(locator, content, guards).await?
        {
            return Ok(astray);
        }
        Ok(answer)
    }

    /// Waits for a box and presses it, unless it is ticked (or not) already.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn tick(
        &mut self,
        locator: &Locator,
        ticked: bool,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let op = if ticked { "check" } else { "uncheck" };
        self.ask_and_press(op, Some(locator), json!({}), guards, Instant::now() + limit).await
    }

    /// Waits for a menu and chooses an option by its visible text.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn select(
        &mut self,
        locator: &Locator,
        option: &Text,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let until = Instant::now() + limit;
        let values = json!({ "value": option });
        let answer = self.ask_and_press("select", Some(locator), values.clone(), guards, until).await?;
        let Answer::Ready(found) = &answer else { return Ok(answer) };
        let answer = self.ask_and_press("option", None, values, guards, until).await?;
        let Answer::Ready(option) = &answer else { return Ok(answer) };
        Ok(Answer::Selected(Used { element: option.element.clone(), rank: found.rank, words: None }))
    }

    /// Waits until a condition holds. A condition about another origin's frame must stand alone: it is asked in there.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn expect(
        &mut self,
        condition: &Condition,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        self.ask("expect", lone(condition), json!({ "condition": condition }), guards, limit).await
    }

    /// Decides a condition at once.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn test(&mut self, condition: &Condition, guards: &Guards) -> Result<Answer, PageError> {
        self.ask("test", lone(condition), json!({ "condition": condition }), guards, Duration::from_secs(5)).await
    }

    /// Waits until an element's value, tick or number of matches is as expected.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn require(
        &mut self,
        locator: &Locator,
        required: &Required,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        let (op, values) = match required {
            Required::Value(value) => ("value", json!({ "value": value })),
            Required::Checked(checked) => ("checked", json!({ "checked": checked })),
            Required::Count(count) => ("count", json!({ "count": count })),
        };
        self.ask(op, Some(locator), values, guards, limit).await
    }

    /// Waits until the address (path, query, fragment) matches.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn at_address(&mut self, address: &Text, guards: &Guards, limit: Duration) -> Result<Answer, PageError> {
        self.ask("address", None, json!({ "value": address }), guards, limit).await
    }

    /// Waits for one element and reads it, or all that match.
    ///
    /// # Errors
    /// As [`Page::locate`].
    pub async fn read(
        &mut self,
        locator: &Locator,
        all: bool,
        guards: &Guards,
        limit: Duration,
    ) -> Result<Answer, PageError> {
        self.ask("read", Some(locator), json!({ "all": all }), guards, limit).await
    }

    /// The rectangles of what a picture must cover and outline; freezes what moves, or lets it go.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn cover(&mut self, view: &View, freeze: bool) -> Result<Cover, PageError> {
        let mut values = json!(view);
        values["freeze"] = freeze.into();
        match self.ask("cover", None, values, &Guards::default(), Duration::from_secs(5)).await? {
            Answer::Cover(cover) => Ok(cover),
            other => Err(PageError::Refused { command: "cover".into(), why: format!("{other:?}") }),
        }
    }

    /// The same of the page as a guide shows it: the stand-ins have taken the place of what stood there, and it waits for
    /// nothing but its picture and [`Page::unstage`]. Whatever else is asked next finds it as it was before.
    ///
    /// # Errors
    /// [`PageError`]; of a browser to which only classic commands lead, always: the page script does not stay there.
    pub async fn stage(
        &mut self,
        view: &View,
        staging: &Staging,
        stand_ins: &[(usize, usize, &str)],
    ) -> Result<Cover, PageError> {
        self.staged("stage", view, staging, stand_ins).await
    }

    /// A second look at a staged page; then it has its own words again, and moves on.
    ///
    /// # Errors
    /// As [`Page::stage`].
    pub async fn unstage(&mut self, view: &View, staging: &Staging) -> Result<Cover, PageError> {
        self.staged("staged", view, staging, &[]).await
    }

    async fn staged(
        &mut self,
        op: &str,
        view: &View,
        staging: &Staging,
        stand_ins: &[(usize, usize, &str)],
    ) -> Result<Cover, PageError> {
        if !self.lane.keeps_script() {
            let why = "pictures for a guide need a browser of this machine";
            return Err(PageError::Refused { command: op.into(), why: why.into() });
        }
        let mut values = json!(view);
        values["typed"] = json!(staging.typed);
        values["marks"] = json!(staging.marks);
        values["stand_ins"] = json!(stand_ins);
        values["fonts"] = u64::try_from(FONTS.as_millis()).unwrap_or(u64::MAX).into();
        match self.ask(op, None, values, &Guards::default(), FONTS + Duration::from_secs(5)).await? {
            Answer::Cover(cover) => Ok(cover),
            other => Err(PageError::Refused { command: op.into(), why: format!("{other:?}") }),
        }
    }

    /// The page as a reader of its accessibility tree meets it; at most 64 KiB.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn structure(&mut self) -> Result<String, PageError> {
        match self.ask("structure", None, json!({}), &Guards::default(), Duration::from_secs(5)).await? {
            Answer::Structure { text } => Ok(text),
            other => Err(PageError::Refused { command: "structure".into(), why: format!("{other:?}") }),
        }
    }

    /// What one can do on the page, in reading order.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn outline(&mut self) -> Result<Outline, PageError> {
        match self.ask("outline", None, json!({}), &Guards::default(), Duration::from_secs(5)).await? {
            Answer::Outline { outline } => Ok(outline),
            other => Err(PageError::Refused { command: "outline".into(), why: format!("{other:?}") }),
        }
    }

    /// Everything on the page that a step could mean.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn elements(&mut self) -> Result<Vec<Fingerprint>, PageError> {
        match self.ask("elements", None, json!({}), &Guards::default(), Duration::from_secs(5)).await? {
            Answer::Elements { elements } => Ok(elements),
            other => Err(PageError::Refused { command: "elements".into(), why: format!("{other:?}") }),
        }
    }

    /// What the portal says about itself; with `date`, by a HEAD request without cookies from the page.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn portal(&mut self, date: bool) -> Result<Portal, PageError> {
        let request = json!({ "op": "portal", "date": date }).to_string();
        let answer = self.lane.ask(&request, GRACE).await?;
        serde_json::from_str(&answer).map_err(|error| nonsense("portal", &error))
    }

    /// Brings classic commands into a frame.
    pub(super) async fn enter(&mut self, frame: &Locator) -> Result<(), PageError> {
        self.follow().await?;
        let client = self.client.clone();
        let element = json!({ "op": "element", "locator": frame }).to_string();
        let found = self.classic("execute", classic::execute(&client, AGENT, &element)).await?;
        let frame = handle(&found, &client).ok_or(PageError::Navigated)?;
        self.classic("switch to frame", frame.enter_frame()).await
    }

    /// Presses a key or a chord, `Enter` or `Control+a`, where the focus is.
    ///
    /// # Errors
    /// [`PageError::Refused`] for an unknown key.
    pub async fn chord(&mut self, chord: &str) -> Result<(), PageError> {
        let mut keys = Vec::new();
        for name in split_chord(chord) {
            keys.push(
                key(name)
                    .ok_or_else(|| PageError::Refused { command: "press".into(), why: format!("no key `{name}`") })?,
            );
        }
        let mut actions = KeyActions::new("keyboard".into());
        for &value in &keys {
            actions = actions.then(KeyAction::Down { value });
        }
        for &value in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value });
        }
        self.follow().await?;
        let client = self.client.clone();
        self.classic("perform actions", client.perform_actions(actions)).await?;
        self.lane.feel(GRACE).await.map(drop)
    }

    /// Gives a file to a file field.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn upload(&mut self, locator: &Locator, file: &std::path::Path) -> Result<(), PageError> {
        self.follow().await?;
        let request = json!({ "op": "element", "locator": locator, "need": "upload" }).to_string();
        let client = self.client.clone();
        let answer = self.classic("execute", classic::execute(&client, AGENT, &request)).await?;
        let element = handle(&answer, &client).ok_or_else(|| PageError::Refused {
            command: "upload".into(),
            why: format!("the file field was not there any more: {answer}"),
        })?;
        self.classic("element send keys", element.send_keys(&file.display().to_string())).await
    }

    /// Waits for a native dialog and gives its text.
    ///
    /// # Errors
    /// [`PageError::Silent`] when none opens within the limit.
    pub async fn dialog(&mut self, limit: Duration) -> Result<String, PageError> {
        self.lane.dialog(limit).await
    }

    /// Answers the open dialog.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn answer_dialog(&mut self, accept: bool, text: Option<&str>) -> Result<(), PageError> {
        self.lane.answer(accept, text, GRACE).await
    }

    /// Waits for the end of a download.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn download(&mut self, limit: Duration) -> Result<Download, PageError> {
        self.lane.download(limit).await
    }

    /// A PNG of the viewport as it stands.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn picture(&mut self) -> Result<Capture, PageError> {
        self.lane.picture(GRACE).await
    }

    /// Types by real keys into the field that has just been given the focus. Those of a secret go one by one, and each only
    /// after a look at where the focus is by then: on the page of another origin the rest is not typed, and its answer is given.
    async fn keys(
        &mut self,
        field: &Locator,
        content: Content<'_>,
        guards: &Guards,
    ) -> Result<Option<Answer>, PageError> {
        let Content::Secret(secret, origins) = content else {
            return self.strike(text(content).chars()).await.map(|()| None);
        };
        // Where the focus is within a frame of another origin is told in there.
        let inside = self.inside.is_some().then_some(field);
        for value in secret.expose().chars() {
            let answer = self.ask("typing", inside, json!({ "origins": origins }), guards, GRACE).await?;
            if !matches!(answer, Answer::Met { .. }) {
                return Ok(Some(answer));
            }
            self.strike(std::iter::once(value)).await?;
        }
        Ok(None)
    }

    async fn strike(&mut self, text: impl Iterator<Item = char>) -> Result<(), PageError> {
        let mut actions = KeyActions::new("keyboard".into());
        for value in text {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.follow().await?;
        let client = self.client.clone();
        self.classic("perform actions", client.perform_actions(actions)).await
    }

    /// Brings classic commands into the window that is driven.
    pub(super) async fn follow(&mut self) -> Result<(), PageError> {
        let Some(driven) = self.lane.window().filter(|&driven| driven != self.window).map(str::to_owned) else {
            return Ok(());
        };
        let handle = driven.clone().try_into().map_err(|_| PageError::WindowClosed)?;
        let client = self.client.clone();
        self.classic("switch to window", client.switch_to_window(handle)).await?;
        self.window = driven;
        Ok(())
    }

    pub(super) async fn classic<T>(
        &mut self,
        command: &str,
        sent: impl Future<Output = Result<T, fantoccini::error::CmdError>>,
    ) -> Result<T, PageError> {
        tokio::select! {
            answer = sent => answer.map_err(|error| {
                tracing::debug!(command, %error, "refused");
                classic::refusal(command, &error)
            }),
            () = tokio::time::sleep(GRACE * 6) => {
                Err(PageError::Silent { command: command.into(), seconds: (GRACE * 6).as_secs() })
            }
            () = self.stop.wait() => Err(PageError::Stopped),
        }
    }
}

/// What a picture covers and outlines, beside the fields that were given a secret.
#[derive(Debug, Clone, Default, Serialize)]
pub struct View {
    /// What it covers.
    pub masks: Vec<Locator>,
    /// What it outlines.
    pub highlight: Vec<Locator>,
    /// Whether the page's text is wanted, to be searched for secrets.
    pub words: bool,
    /// Whether that text is wanted with its line breaks.
    pub lines: bool,
    /// How long the page is waited for to change first, milliseconds.
    pub after_change: u32,
    /// Whether the page in outline is wanted.
    pub outline: bool,
    /// Stretches of that text that it covers, in UTF-16 units.
    pub stretches: Vec<(usize, usize)>,
    /// Stretches of it with the holder's own data, which it shows: their places are wanted, for who shows the picture to others.
    pub personal: Vec<(usize, usize)>,
}

/// What an `expect` step requires of one locator.
#[derive(Debug, Clone)]
pub enum Required {
    /// The value of one element.
    Value(Text),
    /// Its tick.
    Checked(bool),
    /// How many visible elements match.
    Count(u32),
}

fn parameters(content: Content<'_>) -> Value {
    match content {
        Content::Plain(text) => json!({ "value": text, "secret": false }),
        Content::Secret(secret, origins) => json!({ "value": secret.expose(), "secret": true, "origins": origins }),
    }
}

fn text(content: Content<'_>) -> &str {
    match content {
        Content::Plain(text) => text,
        Content::Secret(secret, _) => secret.expose(),
    }
}

/// The locator of a condition that is nothing but one.
fn lone(condition: &Condition) -> Option<&Locator> {
    match condition {
        Condition::Locator(locator) => Some(locator),
        Condition::Group { .. } => None,
    }
}

/// The element in a classic answer.
fn handle(answer: &Value, client: &Client) -> Option<Handle> {
    const KEY: &str = "element-6066-11e4-a52e-4f735466cecf";
    let id = answer.get(KEY)?.as_str()?;
    Some(Handle::from_element_id(client.clone(), id.to_owned().into()))
}

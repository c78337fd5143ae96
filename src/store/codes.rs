//! Where a waiting run asks for a code, and another process of the same user answers: `codes/` in the state directory.
//!
//! ```text
//! codes/<id>.request     JSON: whose code, till when; held locked by the run that waits
//! codes/<id>.answer      the code, read once and removed
//! ```
//!
//! A request that nobody holds locked was left by a killed run: whoever comes across it removes it. No code is ever read from
//! an answer that was there before its request.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock, inotify};
use serde_json::{Value, json};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, channel};
use zeroize::Zeroizing;

use super::own::{own_already, own_directory, own_file};
use crate::otp::Desk;
use crate::otp::desk::Question;

/// More than any answer takes.
const LONGEST: u64 = 1024;

/// Where the system cannot tell that something came, it is looked for this often.
const PAUSE: Duration = Duration::from_millis(500);

/// The requests and answers in one state directory.
#[derive(Debug, Clone)]
pub struct Codes {
    state: PathBuf,
    folder: PathBuf,
}

/// Why an answer was not handed in.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// Somebody else was faster.
    #[error("it was answered already")]
    Answered,
    /// It cannot be written.
    #[error("it cannot be handed in: {0}")]
    Unwritable(#[from] io::Error),
}

/// A request, as long as it is waited for.
#[derive(Debug)]
struct LaidOut {
    request: PathBuf,
    answer: PathBuf,
    _held: File,
}

impl Drop for LaidOut {
    fn drop(&mut self) {
        for path in [&self.request, &self.answer] {
            // Whatever is left is seen to be nobody's and removed by the next who looks.
            let _gone = fs::remove_file(path);
        }
    }
}

impl Codes {
    /// Those in this state directory.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        Self { state: state.to_owned(), folder: state.join("codes") }
    }

    /// What is waited for now. What killed runs left is removed.
    ///
    /// # Errors
    ///
    /// When the folder is there and cannot be read.
    pub fn waiting(&self) -> io::Result<Vec<Question>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        own_directory(&self.folder)?;
        let mut found = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let Some(id) = id_of(&path, "request") else { continue };
            if let Some(text) = live(&path) {
                found.extend(question(&id, &text));
            } else {
                let _gone = fs::remove_file(self.folder.join(format!("{id}.answer")));
                let _gone = fs::remove_file(&path);
            }
        }
        found.sort_by(|a, b| (&a.account, &a.input, &a.id).cmp(&(&b.account, &b.input, &b.id)));
        Ok(found)
    }

    /// Hands in the answer to a request.
    ///
    /// # Errors
    ///
    /// When there is one already, or it cannot be written.
    pub fn hand_in(&self, id: &str, answer: &[u8]) -> Result<(), HandInError> {
        own_directory(&self.folder)?;
        // The temporary file is made with mode 0600.
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(&self.folder)?;
        file.write_all(answer)?;
        match file.persist_noclobber(self.folder.join(format!("{id}.answer"))) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(HandInError::Answered),
            Err(error) => Err(error.error.into()),
        }
    }

    fn prepared(&self) -> io::Result<()> {
        own_directory(&self.state)?;
        own_directory(&self.folder)
    }

    fn lay_out(&self, question: &Question) -> io::Result<LaidOut> {
        self.prepared()?;
        self.waiting()?;
        let path = |end: &str| self.folder.join(format!("{}.{end}", question.id));
        let mut held = tempfile::Builder::new().prefix(".writing-").tempfile_in(&self.folder)?;
        held.write_all(text(question).as_bytes())?;
        flock(&held, FlockOperation::NonBlockingLockExclusive)?;
        // An answer that is there before the question cannot be one to it.
        let _gone = fs::remove_file(path("answer"));
        let (request, answer) = (path("request"), path("answer"));
        let held = held.persist_noclobber(&request).map_err(|error| error.error)?;
        Ok(LaidOut { request, answer, _held: held })
    }

    async fn answered(&self, question: &Question) -> io::Result<Zeroizing<Vec<u8>>> {
        // Looked at from before the request is there, so that no answer comes unseen.
        self.prepared()?;
        let mut arrivals = Arrivals::of(&self.folder);
        let laid_out = self.lay_out(question)?;
        loop {
            match taken(&laid_out.answer) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "an answer was not taken; still waiting"),
            }
            arrivals.wait().await;
        }
    }
}

impl Desk for Codes {
    fn usable(&self) -> Result<(), String> {
        self.prepared().map_err(|why| unusable(&self.folder, &why))
    }

    fn ask<'a>(&'a self, question: &'a Question) -> LocalBoxFuture<'a, Result<Zeroizing<Vec<u8>>, String>> {
        let asked = async move { self.answered(question).await.map_err(|why| unusable(&self.folder, &why)) };
        asked.boxed_local()
    }
}

fn unusable(folder: &Path, why: &io::Error) -> String {
    format!("`{}` cannot be used: {why}", folder.display())
}

/// Tells when something may have come into a folder.
#[derive(Debug)]
struct Arrivals(Option<Watched>);

#[derive(Debug)]
struct Watched {
    heard: Receiver<()>,
    inotify: Arc<OwnedFd>,
    watch: i32,
}

impl Arrivals {
    fn of(folder: &Path) -> Self {
        let watched = Watched::over(folder);
        Self(watched.inspect_err(|error| tracing::debug!(%error, "the folder is looked at now and then")).ok())
    }

    async fn wait(&mut self) {
        let heard = match &mut self.0 {
            Some(watched) => watched.heard.recv().await,
            None => None,
        };
        if heard.is_none() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Watched {
    fn over(folder: &Path) -> io::Result<Self> {
        let inotify = Arc::new(inotify::init(inotify::CreateFlags::CLOEXEC)?);
        let wanted = inotify::WatchFlags::MOVED_TO | inotify::WatchFlags::CREATE | inotify::WatchFlags::CLOSE_WRITE;
        let watch = inotify::add_watch(&inotify, folder, wanted)?;
        let (send, heard) = channel(1);
        let from = Arc::clone(&inotify);
        // A thread of its own stands waiting for the system; it ends with the watch.
        std::thread::Builder::new().name("codes".into()).spawn(move || {
            let mut bytes = [0; 4096];
            // What came is seen in the folder itself.
            while rustix::io::read(&from, &mut bytes).is_ok_and(|length| length > 0) {
                if matches!(send.try_send(()), Err(TrySendError::Closed(()))) {
                    return;
                }
            }
        })?;
        Ok(Self { heard, inotify, watch })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.heard.close();
        // The end of the watch is an event, too: it wakes the thread, which then finds that nobody listens.
        let _ended = inotify::remove_watch(&self.inotify, self.watch);
    }
}

/// An answer, removed as it is read; `None`: there is none. What is not its user's alone is removed unread.
fn taken(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let answer = match own_already(path) {
        Ok(()) => own_file(path).and_then(|file| {
            let mut bytes = Zeroizing::new(Vec::new());
            file.take(LONGEST).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => Err(error),
    };
    fs::remove_file(path)?;
    answer
}

/// The text of a request that a run holds locked.
fn live(path: &Path) -> Option<String> {
    own_already(path).ok()?;
    let mut file = own_file(path).ok()?;
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    let mut text = String::new();
    (&mut file).take(64 * 1024).read_to_string(&mut text).ok()?;
    Some(text)
}

fn id_of(path: &Path, end: &str) -> Option<String> {
    let id = path.file_name()?.to_str()?.strip_suffix(end)?.strip_suffix('.')?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
}

fn text(question: &Question) -> String {
    let Question { id: _, account, input, ready_for, pattern, until } = question;
    let request = json!({
        "format": 1,
        "account": account,
        "input": input,
        "ready_for": ready_for,
        "pattern": pattern,
        "until": until.to_string(),
    });
    format!("{request}\n")
}

fn question(id: &str, text: &str) -> Option<Question> {
    let request: Value = serde_json::from_str(text).ok()?;
    let word = |key: &str| request.get(key).and_then(Value::as_str).map(str::to_owned);
    let until: Timestamp = word("until")?.parse().ok()?;
    let ready_for = request.get("ready_for").and_then(Value::as_u64).map(|codes| u32::try_from(codes).unwrap_or(1));
    let (account, input, pattern) = (word("account")?, word("input")?, word("pattern"));
    Some(Question { id: id.to_owned(), account, input, ready_for, pattern, until })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use jiff::Timestamp;

    use super::{Codes, HandInError};
    use crate::otp::Desk as _;
    use crate::otp::desk::Question;

    fn question(id: &str) -> Question {
        Question {
            id: id.into(),
            account: "rossi".into(),
            input: "otp".into(),
            ready_for: None,
            pattern: Some(r"\d{6}".into()),
            until: Timestamp::from_second(1_772_438_400).expect("a time"),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder.join("codes"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_request_is_answered_once_and_nothing_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let codes = Codes::of(&state);
        assert!(codes.waiting().expect("read").is_empty());
        assert!(!state.exists(), "looking makes nothing");
        let asked = question("a1");
        let mut answer = codes.ask(&asked);
        assert!((&mut answer).now_or_never().is_none());
        assert_eq!(codes.waiting().expect("read"), std::slice::from_ref(&asked));
        assert_eq!(names(&state), ["a1.request"]);
        for (path, mode) in [("codes", 0o700), ("codes/a1.request", 0o600)] {
            assert_eq!(state.join(path).metadata().expect("there").permissions().mode() & 0o777, mode, "{path}");
        }
        codes.hand_in("a1", b"123456").expect("handed in");
        assert_eq!(state.join("codes/a1.answer").metadata().expect("there").permissions().mode() & 0o777, 0o600);
        assert!(matches!(codes.hand_in("a1", b"654321"), Err(HandInError::Answered)));
        let given =
            tokio::time::timeout(Duration::from_secs(5), &mut answer).await.expect("in time").expect("an answer");
        assert_eq!(*given, b"123456".to_vec());
        drop(answer);
        assert!(names(&state).is_empty() && codes.waiting().expect("read").is_empty());
    }

    /// Once the run waits, nothing but the folder tells it that an answer came.
    #[tokio::test]
    async fn an_answer_that_comes_later_wakes_the_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let codes = Codes::of(&folder.path().join("state"));
        let asked = question("a1");
        let other = codes.clone();
        let handing = async {
            while other.waiting().expect("read").is_empty() {
                tokio::task::yield_now().await;
            }
            other.hand_in("a1", b"123456").expect("handed in");
        };
        let both = async { tokio::join!(codes.ask(&asked), handing) };
        let (given, ()) = tokio::time::timeout(Duration::from_secs(5), both).await.expect("in time");
        assert_eq!(*given.expect("an answer"), b"123456".to_vec());
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_is_taken_back_with_its_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let codes = Codes::of(&folder.path().join("state"));
        let asked = question("a1");
        let mut answer = codes.ask(&asked);
        assert!((&mut answer).now_or_never().is_none());
        codes.hand_in("a1", b"123456").expect("handed in");
        drop(answer);
        assert!(names(&folder.path().join("state")).is_empty());
    }

    #[tokio::test]
    async fn what_a_killed_run_left_is_nobody_s_and_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let codes = Codes::of(&state);
        codes.usable().expect("made");
        for (name, text) in [("dead.request", super::text(&question("dead"))), ("dead.answer", "123456".into())] {
            fs::write(state.join("codes").join(name), text).expect("written");
            fs::set_permissions(state.join("codes").join(name), Permissions::from_mode(0o600)).expect("set");
        }
        assert!(codes.waiting().expect("read").is_empty());
        assert!(names(&state).is_empty());
    }

    #[tokio::test]
    async fn an_answer_from_before_the_question_or_of_others_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let codes = Codes::of(&state);
        codes.usable().expect("made");
        let place = state.join("codes/a1.answer");
        fs::write(&place, "000000").expect("written");
        let asked = question("a1");
        let mut answer = codes.ask(&asked);
        assert!((&mut answer).now_or_never().is_none(), "an old answer was taken");
        fs::write(&place, "111111").expect("written");
        fs::set_permissions(&place, Permissions::from_mode(0o644)).expect("set");
        tokio::time::timeout(Duration::from_millis(200), &mut answer).await.expect_err("others could write it");
        assert!(!place.exists(), "it was removed unread");
        fs::write(folder.path().join("elsewhere"), "222222").expect("written");
        symlink(folder.path().join("elsewhere"), &place).expect("a link");
        tokio::time::timeout(Duration::from_millis(200), &mut answer).await.expect_err("a link is not followed");
        codes.hand_in("a1", b"123456").expect("handed in");
        let given =
            tokio::time::timeout(Duration::from_secs(5), &mut answer).await.expect("in time").expect("an answer");
        assert_eq!(*given, b"123456".to_vec());
    }

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let codes = Codes::of(&folder.path().join("state"));
        codes.usable().expect("made");
        fs::set_permissions(folder.path().join("state/codes"), Permissions::from_mode(0o755)).expect("set");
        assert!(codes.usable().is_err_and(|why| why.contains("chmod go=")));
        assert!(codes.hand_in("a1", b"123456").is_err() && codes.waiting().is_err());
    }
}

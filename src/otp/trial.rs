//! The broker tried with every source that needs no browser.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::desk::Question;
use super::{Broker, CodeError, CodeInput, Desk, Moment, Notice, Skew, Steps, Terminal, UsedCode};
use crate::exit::Verdict;
use crate::secret::Secret;
use crate::settings::{InputSource, SecretSource};
use crate::vault::Redactor;

const SOON: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_secs(600);

async fn broker(source: Option<InputSource>) -> Result<(Broker, Redactor), String> {
    let redactor = Redactor::default();
    let inputs = [CodeInput { name: "otp".into(), pattern: None }];
    let sources: BTreeMap<_, _> = source.map(|source| ("otp".to_owned(), source)).into_iter().collect();
    let broker = Broker::open("rossi", &inputs, &sources, &redactor).await;
    broker.map(|broker| (broker, redactor)).map_err(|error| error.to_string())
}

async fn code(broker: &mut Broker, deadline: Duration) -> Result<Secret, CodeError> {
    broker.code("otp", None, deadline, &|_| {}).await
}

fn shell(script: &str) -> SecretSource {
    SecretSource::Command(["sh", "-c", script].map(str::to_owned).to_vec())
}

fn totp(seed: &str) -> InputSource {
    InputSource::Totp(shell(&format!("echo '{seed}'")))
}

/// Remembers where a test can see it, or refuses to.
#[derive(Debug, Clone, Default)]
struct Memory {
    last: Rc<RefCell<Option<u64>>>,
    used: Rc<RefCell<Vec<UsedCode>>>,
    full: bool,
}

impl Steps for Memory {
    fn last(&self, _: &str) -> Result<Option<u64>, String> {
        Ok(*self.last.borrow())
    }

    fn spend(&mut self, _: &str, step: u64) -> Result<(), String> {
        if self.full {
            return Err("no space left on device".into());
        }
        self.last.replace(Some(step));
        Ok(())
    }

    fn used(&self) -> Result<Vec<UsedCode>, String> {
        Ok(self.used.borrow().clone())
    }

    fn use_up(&mut self, _: &str, code: &UsedCode) -> Result<(), String> {
        if self.full {
            return Err("no space left on device".into());
        }
        self.used.borrow_mut().push(code.clone());
        Ok(())
    }
}

/// Gives these answers, one after the other, and keeps what was asked.
#[derive(Debug, Default)]
struct Answers {
    given: RefCell<Vec<&'static str>>,
    asked: Rc<RefCell<Vec<Question>>>,
}

impl Desk for Answers {
    fn usable(&self) -> Result<(), String> {
        Ok(())
    }

    fn ask<'a>(&'a self, question: &'a Question) -> LocalBoxFuture<'a, Result<Zeroizing<Vec<u8>>, String>> {
        self.asked.borrow_mut().push(question.clone());
        let mut given = self.given.borrow_mut();
        if given.is_empty() {
            return std::future::pending().boxed_local();
        }
        let answer = given.remove(0).as_bytes().to_vec();
        async { Ok(Zeroizing::new(answer)) }.boxed_local()
    }
}

#[tokio::test]
async fn a_command_gives_a_code_once() {
    let script = r#"[ ${#RINNOVA_CODE_REQUEST} = 32 ] && [ "$RINNOVA_CODE_UNTIL" -gt 1700000000000 ] &&
        printf '%s' "$RINNOVA_CODE_INPUT$RINNOVA_CODE_ACCOUNT$RINNOVA_CODE_NOT_BEFORE""#;
    let (mut broker, redactor) = broker(Some(InputSource::From(shell(script)))).await.expect("a broker");
    let at = Timestamp::from_millisecond(1234).ok();
    let code = broker.code("otp", at, SOON, &|_| {}).await.expect("a code");
    assert_eq!(code.expose(), "otprossi1234");
    assert_eq!(redactor.redact("code otprossi1234"), "code ***");
    let error = broker.code("otp", at, Duration::from_secs(1), &|_| {}).await.expect_err("an old one");
    assert!(matches!(error, CodeError::Repeated { .. }) && error.verdict() == Verdict::NeedsPerson, "{error}");
    assert!(matches!(broker.code("pin", at, SOON, &|_| {}).await, Err(CodeError::Unknown(_))));
}

/// F23: what was used in an earlier run is asked for again.
#[tokio::test]
async fn an_old_code_of_a_person_is_ignored() {
    let memory = Memory::default();
    for (given, expected) in [(vec!["482913"], "482913"), (vec!["482913", "550 172"], "550172")] {
        let (broker, _) = broker(Some(InputSource::Submitted)).await.expect("a broker");
        let desk = Answers::default();
        desk.given.replace(given);
        let mut broker = broker.remembering(Box::new(memory.clone())).at(Box::new(desk));
        assert_eq!(code(&mut broker, SOON).await.expect("a code").expose(), expected);
    }
    assert_eq!(memory.used.borrow().len(), 2);
}

#[tokio::test]
async fn a_command_can_fail_or_take_too_long() {
    let (mut broker, _) = broker(Some(InputSource::From(shell("echo secret >&2; exit 3")))).await.expect("a broker");
    let error = code(&mut broker, SOON).await.expect_err("no code");
    assert!(error.to_string().contains("exit status: 3") && !error.to_string().contains("secret"), "{error}");
    let (mut broker, _) = self::broker(Some(InputSource::From(shell("sleep 60")))).await.expect("a broker");
    let error = code(&mut broker, Duration::from_millis(100)).await.expect_err("no code");
    assert!(matches!(error, CodeError::TimedOut { .. }));
}

#[tokio::test]
async fn no_step_of_a_seed_is_used_twice() {
    let url = "otpauth://totp/x?secret=gezd gnbv-GY3T QOJQ gezd gnbv gy3t qojq&period=1&digits=8";
    let (broker, redactor) = broker(Some(totp(url))).await.expect("a broker");
    let memory = Memory::default();
    let mut broker = broker.remembering(Box::new(memory.clone()));
    let first = code(&mut broker, SOON).await.expect("a code");
    let step = memory.last.borrow().expect("a step");
    let second = code(&mut broker, SOON).await.expect("a code");
    assert!(*memory.last.borrow() > Some(step));
    assert_ne!(first.expose(), second.expose());
    assert_eq!(redactor.redact("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "***");
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_given_out() {
    let printed = InputSource::From(shell("echo 123456"));
    for source in [totp("GEZDGNBVGY3TQOJQ"), InputSource::Hotp(shell("echo GEZDGNBVGY3TQOJQ")), printed] {
        let (broker, _) = broker(Some(source)).await.expect("a broker");
        let mut broker = broker.remembering(Box::new(Memory { full: true, ..Memory::default() }));
        let error = code(&mut broker, Duration::from_secs(60)).await.expect_err("no code");
        assert!(matches!(error, CodeError::Unkept { .. }), "{error}");
        assert!(error.to_string().contains("no space left"), "{error}");
    }
    let (mut broker, _) = broker(Some(InputSource::Hotp(shell("echo GEZDGNBVGY3TQOJQ")))).await.expect("a broker");
    assert!(matches!(broker.reachable("otp"), Err(CodeError::Uncounted(_))));
    assert!(matches!(code(&mut broker, SOON).await, Err(CodeError::Uncounted(_))));
}

#[tokio::test]
async fn the_portal_s_clock_decides_whether_and_by_which_time_codes_are_computed() {
    let address = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=300";
    let ours = u64::try_from(Timestamp::now().as_second()).expect("after 1970");
    let skew = |ahead_s: i64| {
        let now = Moment::now();
        let theirs = Timestamp::from_second(Timestamp::now().as_second() - ahead_s).expect("a time");
        Skew::between(now, theirs, now)
    };
    for ahead in [40, -40, 3600, i64::try_from(ours).expect("small")] {
        let (mut broker, _) = broker(Some(totp(address))).await.expect("a broker");
        assert!(broker.needs_clock("otp"));
        let refused = broker.learn_clock(skew(ahead)).expect_err("too far");
        assert_eq!(refused.verdict(), Verdict::Invalid);
        let (broker, _) = self::broker(Some(totp(address))).await.expect("a broker");
        let memory = Memory::default();
        let mut broker = broker.trusting_portal_clock(true).remembering(Box::new(memory.clone()));
        assert!(broker.learn_clock(skew(ahead)).expect("trusted").is_some());
        assert!(!broker.needs_clock("otp"));
        code(&mut broker, Duration::from_secs(10)).await.expect("a code");
        let step = memory.last.borrow().expect("a step");
        let theirs = ours.saturating_add_signed(-ahead) / 300;
        assert!((theirs..=theirs + 1).contains(&step), "{ahead}: {step} by a portal at {theirs}");
    }
    let (broker, _) = broker(None).await.expect("a broker");
    assert!(!broker.needs_clock("otp"), "a person looks at no clock of ours");
}

#[tokio::test]
async fn a_bad_seed_is_told_at_once_and_not_shown() {
    let error = broker(Some(totp("hunter2-0189"))).await.expect_err("an error");
    assert!(error.starts_with("input `otp`: its seed: ") && !error.contains("hunter2"), "{error}");
    let error = broker(Some(InputSource::Plain("123456".into()))).await.expect_err("an error");
    assert!(error.contains("use `totp`, `hotp`, `prompt`") && !error.contains("123456"), "{error}");
}

#[tokio::test]
async fn a_person_is_asked_again_after_nonsense() {
    let (broker, _) = broker(None).await.expect("a broker");
    assert!(broker.is_by_person("otp"));
    let (from, mut person) = std::io::pipe().expect("a pipe");
    let mut broker = broker.on(Terminal::of(from, std::io::sink()));
    let typing = std::thread::spawn(move || {
        // What is typed before the question is no answer to it.
        std::thread::sleep(Duration::from_millis(100));
        person.write_all(b"no!\n123 456\n").expect("typed");
    });
    let given = code(&mut broker, SOON).await.expect("a code");
    typing.join().expect("typed");
    assert_eq!(given.expose(), "123456");
    assert!(matches!(code(&mut broker, SOON).await, Err(CodeError::NoPerson { .. })));
}

#[tokio::test]
async fn a_person_says_whether_he_is_ready() {
    for (typed, ready) in [("maybe\nsì\n", true), ("YES\n", true), ("n\n", false), ("\n", false)] {
        let (broker, _) = broker(None).await.expect("a broker");
        let (from, mut person) = std::io::pipe().expect("a pipe");
        let mut broker = broker.on(Terminal::of(from, std::io::sink()));
        let answer = broker.ready("otp", 2, WINDOW, SOON, &|notice| {
            assert_eq!(notice.ready_for, Some(2));
        });
        let typing = async {
            tokio::task::yield_now().await;
            person.write_all(typed.as_bytes()).expect("typed");
        };
        let (answer, ()) = tokio::join!(answer, typing);
        assert_eq!(answer.is_ok(), ready, "{typed:?} {answer:?}");
        assert!(answer.is_ok() || answer.is_err_and(|error| error.verdict() == Verdict::NeedsPerson));
    }
}

#[tokio::test]
async fn codes_are_handed_in_by_another_process() {
    let (broker, redactor) = broker(Some(InputSource::Submitted)).await.expect("a broker");
    assert!(matches!(broker.reachable("otp"), Err(CodeError::Unasked { .. })));
    let desk = Answers::default();
    desk.given.replace(vec!["ready", "what?", "123456", "123456", "654 321"]);
    let asked = Rc::clone(&desk.asked);
    let mut broker = broker.at(Box::new(desk));
    broker.reachable("otp").expect("a desk");
    let told = RefCell::new(Vec::new());
    let tell = |notice: Notice| told.borrow_mut().push(notice.how);
    broker.ready("otp", 2, WINDOW, SOON, &tell).await.expect("ready");
    let first = broker.code("otp", None, SOON, &tell).await.expect("a code");
    // The same code again is passed over.
    let second = broker.code("otp", None, SOON, &tell).await.expect("a code");
    assert_eq!([first.expose(), second.expose()], ["123456", "654321"]);
    assert_eq!(redactor.redact("654321"), "***");
    let [ready, submit] = ["ready", "submit"].map(|verb| format!("`rinnova code {verb} --account rossi`"));
    assert_eq!(*told.borrow(), [ready, submit.clone(), submit]);
    let ids: Vec<String> = asked.borrow().iter().map(|question| question.id.clone()).collect();
    assert_eq!((ids.len(), ids[1] == ids[2], ids[2] == ids[3]), (5, true, false), "{ids:?}");

    let error = broker.code("otp", None, Duration::from_millis(20), &tell).await.expect_err("no answer");
    assert_eq!(error.verdict(), Verdict::NeedsPerson);
    let error = broker.ready("otp", 1, WINDOW, Duration::from_millis(20), &tell).await.expect_err("no answer");
    assert_eq!(error.to_string(), "nobody was ready to enter 1 code: nobody answered");
}

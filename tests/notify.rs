//! Messages on their ways: a mail server, a web address and a program of our own stand in for the owner's; and what becomes of
//! a message when they are not there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rinnova::exit::Verdict;
use rinnova::notify::MOST;
use rinnova::notify::decide::{Situation, Topic};
use rinnova::notify::notifier::Notifier;
use rinnova::notify::ping::Ping;
use rinnova::secret::Secret;
use rinnova::settings::{Layers, Settings};
use rinnova::store::state::State;
use rinnova::vault::Redactor;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const ACCOUNT: &str = "[[account]]\nid = 'rossi'\nflow = 'f.toml'\ntell = ['rossi@example.org']\n";

/// A folder with settings and state.
struct House {
    folder: tempfile::TempDir,
    settings: Settings,
    redactor: Redactor,
}

impl House {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { settings: settings(folder.path(), text), folder, redactor: Redactor::default() }
    }

    fn state(&self) -> State {
        State::open(&self.folder.path().join("state"), Timestamp::now()).expect("a state")
    }

    fn notifier(&self) -> Notifier<'_> {
        Notifier::of(&self.settings, &self.redactor)
    }
}

fn settings(folder: &Path, text: &str) -> Settings {
    let file = folder.join("rinnova.toml");
    fs::write(&file, format!("{text}\n{ACCOUNT}")).expect("written");
    let layers = Layers { files: vec![file], env: BTreeMap::new(), ..Layers::default() };
    Settings::load(&layers).unwrap_or_else(|error| panic!("{error}"))
}

/// The account on the day on which so many days are left.
fn situation(left: i8, verdict: Option<Verdict>) -> Situation {
    Situation {
        account: "rossi".into(),
        flow: "mysign".into(),
        today: date(2026, 11, 30 - left),
        expiry: Some(date(2026, 12, 1)),
        acts: Some(date(2026, 9, 1)),
        last_day: Some(date(2026, 11, 30)),
        verdict,
        reason: Some("Il servizio non è disponibile\r\nBcc: evil@example.org".into()),
        ..Situation::default()
    }
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

/// A web server that answers each request with the next of these words, and tells what it was asked.
fn web(listener: TcpListener, answers: &'static [&'static str]) -> UnboundedReceiver<String> {
    let (told, heard) = unbounded_channel();
    tokio::spawn(async move {
        for answer in answers {
            let Ok((stream, _)) = listener.accept().await else { return };
            let mut stream = BufReader::new(stream);
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.expect("a line");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if line.trim().is_empty() {
                    break;
                }
                request.push_str(&line);
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.expect("a body");
            let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            if told.send(format!("{request}\n{}", String::from_utf8_lossy(&body))).is_err() {
                return;
            }
        }
    });
    heard
}

/// How a mail server behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Willing,
    RefusesTheFirst,
}

/// A mail server without TLS: tells envelope and text of each mail that it took.
fn mail(listener: TcpListener, manner: Manner) -> UnboundedReceiver<String> {
    let (told, heard) = unbounded_channel();
    tokio::spawn(async move {
        let mut first = manner == Manner::RefusesTheFirst;
        while let Ok((stream, _)) = listener.accept().await {
            talk(stream, &told, &mut first).await;
        }
    });
    heard
}

async fn talk(stream: TcpStream, told: &UnboundedSender<String>, refuse: &mut bool) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.ok()?;
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let word = line.get(..4).unwrap_or_default().to_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-here\r\n250 AUTH PLAIN LOGIN\r\n",
            "AUTH" => "235 signed in\r\n",
            "RCPT" if std::mem::take(refuse) => "550 no such user\r\n",
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 good\r\n",
        };
        mail.push_str(&line);
        stream.write_all(answer.as_bytes()).await.ok()?;
        if word == "DATA" {
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.ok()?;
                if line == ".\r\n" {
                    break;
                }
                mail.push_str(&line);
            }
            stream.write_all(b"250 taken\r\n").await.ok()?;
            told.send(std::mem::take(&mut mail)).ok()?;
        }
    }
}

/// A file that only its owner can read.
fn secret(folder: &Path, name: &str, value: &str) {
    let path = folder.join(name);
    fs::write(&path, value).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
}

#[tokio::test]
async fn a_message_goes_on_every_way_and_is_told_once() {
    let ((mails, smtp), (webs, http)) = (listener().await, listener().await);
    let mut house = House::new(&format!(
        "[notify.email]\nserver = '127.0.0.1:{smtp}'\nsecurity = 'none'\nfrom = 'rinnova@example.org'\n\
         to = ['all@example.org']\nuser = 'me'\npassword = {{ file = 'smtp' }}\n\
         [notify.webhook]\nurl = 'http://127.0.0.1:{http}/hook/x'\nbearer = {{ file = 'bearer' }}"
    ));
    let heard = house.folder.path().join("heard");
    let command =
        format!("cat > '{0}'; echo $RINNOVA_ACCOUNT $RINNOVA_TOPIC $RINNOVA_URGENCY >> '{0}'", heard.display());
    house.settings.notify.command = Some(vec!["sh".into(), "-c".into(), command]);
    secret(house.folder.path(), "smtp", "smtp-password");
    secret(house.folder.path(), "bearer", "bearer-token\n");
    house.redactor.add(&Secret::new("hunter2hunter2".into()));
    let (mut mails, mut posts) = (mail(mails, Manner::Willing), web(webs, &["204 No Content"]));

    let state = house.state();
    let now = Timestamp::now();
    let mut account = situation(8, Some(Verdict::Unavailable));
    account.advice = Some("not with hunter2hunter2".into());
    let message = house.notifier().consider(&state, &account, now).expect("decided").expect("news");
    assert_eq!(message.topic, Topic::Failed);
    assert_eq!(house.notifier().deliver(&state).await.expect("delivered"), Vec::<String>::new());

    let subject = "[rinnova] rossi: the renewal failed, 8 days left";
    let told = fs::read_to_string(&heard).expect("the command heard it");
    assert!(told.starts_with(&format!("{subject}\n\nrossi, mysign: ")), "{told}");
    assert!(told.ends_with("rossi failed warning\n") && told.contains("> Il servizio non è disponibile"), "{told}");

    let mail = mails.recv().await.expect("a mail");
    for line in [
        "MAIL FROM:<rinnova@example.org>",
        "RCPT TO:<all@example.org>",
        "RCPT TO:<rossi@example.org>",
        &format!("Subject: {subject}"),
        "Auto-Submitted: auto-generated",
    ] {
        assert!(mail.lines().any(|found| found.trim_end() == line), "{line}\nnot in\n{mail}");
    }
    assert!(mail.contains("AUTH PLAIN AG1lAHNtdHAtcGFzc3dvcmQ="), "{mail}");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");

    let post = posts.recv().await.expect("a post");
    assert!(post.starts_with("POST /hook/x HTTP/1.1"), "{post}");
    assert!(post.to_lowercase().contains("authorization: bearer bearer-token"), "{post}");
    let json = post.lines().last().expect("a body");
    assert!(json.contains(&format!("\"subject\":\"{subject}\"")) && json.contains("\"urgency\":\"warning\""), "{json}");
    for text in [&told, &mail, &post] {
        assert!(!text.contains("hunter2"), "{text}");
    }

    // An hour later nothing is new: nobody is told again, and nothing waits.
    let later = now + SignedDuration::from_hours(1);
    assert_eq!(house.notifier().consider(&state, &account, later).expect("decided"), None);
    for channel in ["command", "email", "webhook"] {
        assert!(state.queued(channel).expect("read").is_empty(), "{channel}");
    }
}

#[tokio::test]
async fn what_cannot_be_delivered_waits_and_one_way_does_not_hold_up_another() {
    // A port that is bound refuses whoever comes, until somebody listens.
    let nobody = TcpSocket::new_v4().expect("a socket");
    nobody.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let smtp = nobody.local_addr().expect("an address").port();
    let (webs, http) = listener().await;
    let text = |password: &str| {
        format!(
            "[notify.email]\nserver = '127.0.0.1:{smtp}'\nsecurity = 'none'\nfrom = 'rinnova@example.org'\n{password}\n\
             [notify.webhook]\nurl = 'http://127.0.0.1:{http}/secret-path'"
        )
    };
    let house = House::new(&text(""));
    let mut posts = web(webs, &["503 Down", "200 OK", "200 OK"]);
    let state = house.state();
    let now = Timestamp::now();
    house.notifier().consider(&state, &situation(8, Some(Verdict::Changed)), now).expect("decided").expect("news");
    let warnings = house.notifier().deliver(&state).await.expect("tried");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("notify.email: ") && warnings[0].ends_with("1 message waits for the next run"));
    assert!(warnings[1].starts_with("notify.webhook: 127.0.0.1: it answers 503"), "{warnings:?}");
    assert!(!warnings[1].contains("secret-path"), "{warnings:?}");
    posts.recv().await.expect("a post");
    drop(state);

    // The next run, with other news, delivers both in order.
    let state = house.state();
    house.notifier().consider(&state, &situation(3, None), now).expect("decided").expect("news");
    let warnings = house.notifier().deliver(&state).await.expect("tried");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].ends_with("2 messages wait for the next run"), "{warnings:?}");
    for topic in ["changed", "countdown"] {
        let post = posts.recv().await.expect("a post");
        assert!(post.contains(&format!("\"topic\":\"{topic}\"")), "{post}");
    }
    assert!(state.queued("webhook").expect("read").is_empty());
    assert_eq!(state.queued("email").expect("read").len(), 2);

    // The mail server is back; the first mail is refused, which holds up no other.
    let back = nobody.listen(8).expect("a listener");
    let mut mails = mail(back, Manner::RefusesTheFirst);
    let warnings = house.notifier().deliver(&state).await.expect("tried");
    assert!(warnings[0].contains("550") && warnings[0].ends_with("1 message waits for the next run"), "{warnings:?}");
    let taken = mails.recv().await.expect("a mail");
    assert!(taken.contains("Subject: [rinnova] URGENT: rossi: not renewed yet, 3 days left"), "{taken}");
    assert_eq!(house.notifier().deliver(&state).await.expect("tried"), Vec::<String>::new());
    mails.recv().await.expect("the mail that was refused");

    // A password that cannot be read is a reason to wait, too.
    let house = House::new(&text("user = 'me'\npassword = { file = 'nowhere' }"));
    let state = house.state();
    house.notifier().consider(&state, &situation(8, Some(Verdict::Changed)), now).expect("decided").expect("news");
    let warnings = house.notifier().deliver(&state).await.expect("tried");
    assert!(warnings[0].starts_with("notify.email: the password: file"), "{warnings:?}");
}

#[tokio::test]
async fn a_mail_server_without_tls_gets_nothing() {
    let (mails, smtp) = listener().await;
    let house = House::new(&format!(
        "[notify.email]\nserver = '127.0.0.1:{smtp}'\nsecurity = 'starttls'\nfrom = 'rinnova@example.org'\n\
         user = 'me'\npassword = {{ file = 'smtp' }}"
    ));
    secret(house.folder.path(), "smtp", "smtp-password");
    let mut mails = mail(mails, Manner::Willing);
    let state = house.state();
    house.notifier().consider(&state, &situation(8, Some(Verdict::Failed)), Timestamp::now()).expect("decided");
    let warnings = house.notifier().deliver(&state).await.expect("tried");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(mails.try_recv().is_err());
    assert_eq!(state.queued("email").expect("read").len(), 1);
}

#[tokio::test]
async fn the_queue_is_bounded_and_says_what_it_dropped() {
    let mut house = House::new("[notify]\ncommand = ['/nowhere/at-all']");
    let state = house.state();
    let mut at = Timestamp::now();
    for _ in 0..MOST + 3 {
        house.notifier().consider(&state, &situation(20, Some(Verdict::Unknown)), at).expect("decided").expect("news");
        at += SignedDuration::from_hours(24);
    }
    let warnings = house.notifier().deliver(&state).await.expect("tried");
    assert!(warnings[0].ends_with(&format!("{MOST} messages wait for the next run")), "{warnings:?}");
    let heard = house.folder.path().join("heard");
    let command = format!("cat >> '{}'", heard.display());
    house.settings.notify.command = Some(vec!["sh".into(), "-c".into(), command]);
    assert_eq!(house.notifier().deliver(&state).await.expect("delivered"), Vec::<String>::new());
    let told = fs::read_to_string(&heard).expect("heard");
    assert_eq!(told.matches("[rinnova] URGENT").count(), MOST);
    assert_eq!(told.matches("3 earlier message(s) could not be delivered and were dropped.").count(), 1);
}

#[tokio::test]
async fn without_a_way_nothing_is_remembered() {
    let house = House::new("");
    let state = house.state();
    let account = situation(8, Some(Verdict::Failed));
    assert_eq!(house.notifier().consider(&state, &account, Timestamp::now()).expect("decided"), None);
    assert_eq!(state.told("rossi").expect("read"), []);
    assert_eq!(house.notifier().deliver(&state).await.expect("nothing"), Vec::<String>::new());
}

#[tokio::test]
async fn the_watchdog_hears_the_start_and_the_end() {
    let (webs, http) = listener().await;
    let mut asked = web(webs, &["200 OK", "200 OK", "302 Found"]);
    let house = House::new(&format!("[ping]\nurl = 'http://127.0.0.1:{http}/a/token-in-the-path/'"));
    let ping = Ping::of(&house.settings.ping);
    assert_eq!(ping.start().await, None);
    assert_eq!(ping.end(5).await, None);
    let warning = ping.end(0).await.expect("a redirect is no answer");
    assert!(warning.starts_with("the ping was not heard: 127.0.0.1: it answers 302"), "{warning}");
    let mut lines = Vec::new();
    for _ in 0..3 {
        let request = asked.recv().await.expect("a request");
        lines.push(request.lines().next().unwrap_or_default().to_owned());
    }
    let path = "/a/token-in-the-path";
    assert_eq!(lines, ["start", "5", "0"].map(|word| format!("GET {path}/{word} HTTP/1.1")));

    // Nobody is there any more.
    let warning = ping.start().await.expect("a warning");
    assert!(!warning.contains("token-in-the-path"), "{warning}");
    assert_eq!(Ping::default().start().await, None);
}

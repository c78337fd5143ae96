//! E-mail, by the owner's mail server. TLS unless the server is this machine; a server that offers none gets nothing.

use std::time::Duration;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::DeliveryError;
use super::message::one_line;
use crate::settings::{Email, Security};
use crate::store::state::Queued;
use crate::vault::{self, Redactor};

/// How long the server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server that is ready to be used.
pub(super) struct Server<'a> {
    email: &'a Email,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl<'a> Server<'a> {
    /// Reads the password, and makes it known to the redactor. Nothing is connected yet.
    pub(super) async fn of(email: &'a Email, redactor: &Redactor) -> Result<Self, DeliveryError> {
        let down = |why: String| DeliveryError::Down(why);
        let parameters = || TlsParameters::new(email.host.clone()).map_err(|error| down(causes(&error)));
        let tls = match email.security {
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::Starttls => Tls::Required(parameters()?),
            Security::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&email.host)
            .port(email.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let (Some(user), Some(source)) = (&email.user, &email.password) {
            let password = vault::read(source, "the mail server's password").await;
            let password = password.map_err(|error| down(format!("the password: {error}")))?;
            redactor.add(&password);
            transport = transport.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Self { email, transport: transport.build() })
    }

    /// Sends one message to everybody who is named, and to those of its account.
    pub(super) async fn send(&self, message: &Queued, more: &[String]) -> Result<(), DeliveryError> {
        let mail = mail(self.email, message, more).map_err(DeliveryError::Refused)?;
        self.transport.send(mail).await.map(drop).map_err(|error| {
            let why = causes(&error);
            // Signing in fails for every message alike.
            let signing_in = error.status().is_some_and(|status| matches!(status.to_string().as_str(), "530" | "535"));
            if error.is_permanent() && !signing_in { DeliveryError::Refused(why) } else { DeliveryError::Down(why) }
        })
    }
}

/// The message as a mail: plain text, marked as written by a program so that no answering machine answers it.
fn mail(email: &Email, message: &Queued, more: &[String]) -> Result<Message, String> {
    let mailbox = |address: &String| {
        address.parse::<Mailbox>().map_err(|error| format!("`{}` is no address: {error}", one_line(address, 100)))
    };
    let from = mailbox(&email.from)?;
    // The same each time it is tried, so that a mail program shows a message once that was delivered twice.
    let id = format!("<{}.{}.rinnova@{}>", message.id, message.at.as_millisecond(), from.email.domain());
    let date = std::time::SystemTime::from(Timestamp::max(message.at, Timestamp::UNIX_EPOCH));
    let mut mail: MessageBuilder = Message::builder().from(from).date(date).message_id(Some(id));
    let mut known = Vec::new();
    for address in email.to.iter().chain(more).filter(|address| !address.is_empty()) {
        if !known.contains(&address) {
            mail = mail.to(mailbox(address)?);
            known.push(address);
        }
    }
    let mark =
        |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
    mail = mail.raw_header(mark("Auto-Submitted", "auto-generated"));
    if message.urgency == "urgent" {
        mail = mail.raw_header(mark("Importance", "high"));
    }
    let mail = mail.subject(one_line(&message.subject, 200)).header(ContentType::TEXT_PLAIN);
    mail.body(message.body.clone()).map_err(|error| error.to_string())
}

/// An error with what caused it: the mail library's own sentence says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    one_line(&text, 300)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::mail;
    use crate::settings::{Email, Security};
    use crate::store::state::Queued;

    fn email() -> Email {
        Email {
            host: "localhost".into(),
            port: 25,
            security: Security::None,
            from: "rinnova@example.org".into(),
            to: vec!["one@example.org".into()],
            user: None,
            password: None,
        }
    }

    fn message(subject: &str) -> Queued {
        Queued {
            id: 7,
            channel: "email".into(),
            account: "rossi".into(),
            topic: "unknown".into(),
            urgency: "urgent".into(),
            subject: subject.into(),
            body: "Città\n.\nend\n".into(),
            at: Timestamp::from_second(1_800_000_000).expect("a time"),
            dropped: 0,
        }
    }

    fn head(subject: &str, more: &[String]) -> String {
        let mail =
            String::from_utf8(mail(&email(), &message(subject), more).expect("a mail").formatted()).expect("text");
        mail.split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_mail_says_whose_it_is() {
        let head = head("it is done", &["two@example.org".into(), "one@example.org".into()]);
        for line in [
            "From: rinnova@example.org",
            "To: one@example.org, two@example.org",
            "Subject: it is done",
            "Message-ID: <7.1800000000000.rinnova@example.org>",
            "Auto-Submitted: auto-generated",
            "Importance: high",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.lines().any(|found| found == line), "{line}\nnot in\n{head}");
        }
    }

    #[test]
    fn nothing_in_a_subject_makes_a_header() {
        for evil in
            ["x\r\nBcc: evil@example.org", "x\nBcc: evil@example.org", "x\rBcc: evil@example.org", "è\r\nBcc: evil@x"]
        {
            let head = head(evil, &[]);
            assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        }
        let evil = "two@example.org>\r\nBcc: evil@example.org".to_owned();
        assert!(mail(&email(), &message("x"), &[evil]).is_err());
    }
}

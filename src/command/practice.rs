//! `rinnova practice`: serves the practice portals; hands out their one-time codes to whoever has the admin's token.

use std::path::Path;
use std::time::Duration;

use crate::cli::{Practice as Asked, PracticeVerb};
use crate::command::{Context, Failure, give, say};
use crate::exit::Verdict;
use crate::practice::{CHANGES, Fault, Knobs, Options, Played, Portal, Practice, outbox};

/// The environment variable that holds the admin's token. A flag would show it to every process.
pub const TOKEN: &str = "RINNOVA_PRACTICE_TOKEN";

/// How long a code may take to arrive.
const WAIT: Duration = Duration::from_secs(30);

/// Serves the portals until a signal, or prints a code.
///
/// # Errors
/// When a port is taken, an account is unknown, or no code comes.
pub async fn practice(asked: Asked, context: &Context) -> Result<Verdict, Failure> {
    match &asked.what {
        None => serve(&asked, context).await,
        Some(PracticeVerb::Code { user, admin, token_file }) => {
            let token = token(token_file.as_deref(), context)?;
            give(&format!("{}\n", code(admin, &token, user, context).await?));
            Ok(Verdict::Done)
        }
    }
}

/// The changes that can be played, one line each: number, portals, what a tool should do (portals.md §1.6), what changes.
fn changes() -> String {
    CHANGES.iter().fold(String::new(), |text, change| {
        let portals = match change.portals {
            [Portal::MiaFirma] => "A",
            [Portal::FirmaRemota] => "B",
            _ => "A, B",
        };
        format!("{text}{:<4} {portals:<5} {}  {}\n", change.id, change.advised, change.what)
    })
}

fn token(file: Option<&Path>, context: &Context) -> Result<String, Failure> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file);
        return text
            .map(|text| text.trim().to_owned())
            .map_err(|error| Failure::invalid(format!("`{}`: {error}", file.display())));
    }
    context.env.get(TOKEN).cloned().ok_or_else(|| {
        Failure::invalid(format!("the admin's token is wanted in {TOKEN}; `rinnova practice` prints it when it starts"))
    })
}

async fn serve(asked: &Asked, context: &Context) -> Result<Verdict, Failure> {
    let drift = asked.drift.as_deref().unwrap_or_default();
    if drift == "list" {
        give(&changes());
        return Ok(Verdict::Done);
    }
    let next = |offset: u16| if asked.port == 0 { 0 } else { asked.port.saturating_add(offset) };
    let read =
        |text: &String| text.parse::<Fault>().map_err(|error| Failure::invalid(format!("--fault `{text}`: {error}")));
    let options = Options {
        faults: asked.fault.iter().map(read).collect::<Result<_, _>>()?,
        mia_firma_port: next(0),
        firma_remota_port: next(1),
        admin_port: next(2),
        accounts: asked.account.clone(),
        knobs: Knobs {
            latency_ms: asked.latency.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(0)),
            drift: drift.parse::<Played>().map_err(|error| Failure::invalid(format!("--drift: {error}")))?,
            ..Knobs::default()
        },
        ..Options::default()
    };
    let practice = Practice::start(options).await.map_err(|error| Failure::invalid(whole(&error)))?;
    give(&format!("MiaFirma              {}/\n", practice.mia_firma()));
    give(&format!("FirmaRemota Gestione  {}/gestione/Login.do\n", practice.firma_remota()));
    give(&format!("admin                 {}  ({TOKEN}={})\n", practice.admin(), practice.token()));
    if !context.quiet {
        say(&format!(
            "users JCPD0001… and JZLF001…, password {}, PIN {}; Ctrl-C ends\n",
            crate::practice::PASSWORD,
            crate::practice::PIN
        ));
    }
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(Failure::failed)?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    practice.stop().await;
    Ok(Verdict::Done)
}

/// The newest code for `user`: from the messages after the moment that the asking run names, else from the hardware token.
async fn code(admin: &str, token: &str, user: &str, context: &Context) -> Result<String, Failure> {
    let after = context.env.get("RINNOVA_CODE_NOT_BEFORE").and_then(|text| text.parse().ok()).unwrap_or(0);
    match outbox::press_token(admin, token, user).await {
        Ok(code) => Ok(code),
        Err(outbox::OutboxError::Refused(_)) => {
            outbox::latest_code(admin, token, user, after, WAIT).await.map_err(|error| Failure::failed(whole(&error)))
        }
        Err(other) => Err(Failure::failed(whole(&other))),
    }
}

/// An error with all it comes from.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

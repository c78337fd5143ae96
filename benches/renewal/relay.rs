//! A driver in front of the driver: the tool starts this program as its geckodriver or chromedriver, every command passes
//! through it, and it notes from when to when each one is outstanding.
//!
//! The tool is not changed for it. Its own commands' sockets are led through here, too: in Firefox by another address in the
//! answer to New Session, in Chromium by another port in the file where the browser tells it.

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use http::{Method, StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command as Process;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::now;
use crate::log::{Command, Notes, Start, Told};
use crate::socket;

const LARGEST: usize = 64 << 20;

pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What the bench tells its helpers stands beside the program by whose name they were started: the tool gives its drivers
/// next to nothing of its environment.
pub(crate) fn told(program: &Path) -> Result<Told, Fault> {
    let path = program.parent().unwrap_or(Path::new(".")).join("relay.json");
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// Serves until the tool ends its driver. `woke` is the process's first act.
pub(crate) fn serve(program: &Path, woke: u64) -> ExitCode {
    let served = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Fault::from)
        .and_then(|runtime| runtime.block_on(relay(program, woke)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bench's relay: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn relay(program: &Path, woke: u64) -> Result<(), Fault> {
    let told = told(program)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut driver = Process::new(&told.driver)
        .args(std::env::args_os().skip(1))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = driver.stdout.take().ok_or("the driver has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let (said, port) = loop {
        let line = lines.next_line().await?.ok_or("the driver ended at once")?;
        if let Some(port) = port_in(&line) {
            break (line, port);
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let notes = Arc::new(Notes::begin(&told.log, Start { woke, listening: now() })?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = listener.local_addr()?.port();
    println!("{}", said.replace(&port.to_string(), &own.to_string()));
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let door = Door { port, notes, client: Client::builder(TokioExecutor::new()).build(connector) };
    let router = Router::new().fallback(pass).with_state(door);
    let listener = listener.tap_io(|connection| {
        // Only speed depends on it.
        let _ = connection.set_nodelay(true);
    });
    tokio::select! {
        served = axum::serve(listener, router).into_future() => served?,
        _ = terminate.recv() => {}
    }
    // The driver stands in the same process group: it was asked to end at the same moment.
    driver.wait().await?;
    Ok(())
}

fn port_in(line: &str) -> Option<u16> {
    let after =
        line.split_once("Listening on 127.0.0.1:").or_else(|| line.split_once("started successfully on port "))?.1;
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[derive(Clone)]
struct Door {
    port: u16,
    notes: Arc<Notes>,
    client: Client<HttpConnector, Body>,
}

async fn pass(State(door): State<Door>, request: Request) -> Response {
    door.pass(request).await.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

impl Door {
    async fn pass(&self, request: Request) -> Result<Response, Fault> {
        let (mut head, body) = request.into_parts();
        let asked = to_bytes(body, LARGEST).await?;
        let from = now();
        let path = head.uri.path().to_owned();
        let opens = head.method == Method::POST && path == "/session";
        let what = name(&head.method, &path);
        head.uri = Uri::try_from(format!("http://127.0.0.1:{}{path}", self.port))?;
        head.headers.remove(header::HOST);
        let answer = self.client.request(Request::from_parts(head, Body::from(asked.clone()))).await?;
        let (mut head, body) = answer.into_parts();
        let mut said = to_bytes(Body::new(body), LARGEST).await?.to_vec();
        if opens {
            said = self.lead(&serde_json::from_slice(&asked)?, serde_json::from_slice(&said)?).await?;
        }
        self.notes.command(&Command { what, from, to: now(), bytes: said.len() });
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers.remove(header::TRANSFER_ENCODING);
        Ok(Response::from_parts(head, Body::from(said)))
    }

    /// Leads the session's own socket through here.
    async fn lead(&self, asked: &Value, mut said: Value) -> Result<Vec<u8>, Fault> {
        if let Some(real) = said.pointer("/value/capabilities/webSocketUrl").and_then(Value::as_str) {
            let port = socket::relay(real.to_owned(), self.notes.clone()).await?;
            let path = real.splitn(4, '/').nth(3).unwrap_or_default();
            said["value"]["capabilities"]["webSocketUrl"] = format!("ws://127.0.0.1:{port}/{path}").into();
        }
        if let Some(profile) = profile_in(asked) {
            let file = profile.join("DevToolsActivePort");
            let text = std::fs::read_to_string(&file)?;
            let (real, path) = text.split_once('\n').ok_or("the browser names no socket")?;
            let port = socket::relay(format!("ws://127.0.0.1:{real}{path}"), self.notes.clone()).await?;
            std::fs::write(&file, format!("{port}\n{path}"))?;
        }
        Ok(serde_json::to_vec(&said)?)
    }
}

/// `POST /session/…/window`: without the session's number.
fn name(method: &Method, path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.len() > 2 && parts[1] == "session" {
        parts[2] = "…";
    }
    format!("{method} {}", parts.join("/"))
}

/// The folder of the Chromium that is to be started.
fn profile_in(asked: &Value) -> Option<PathBuf> {
    match asked {
        Value::String(text) => text.strip_prefix("--user-data-dir=").map(PathBuf::from),
        Value::Array(items) => items.iter().find_map(profile_in),
        Value::Object(fields) => fields.values().find_map(profile_in),
        _ => None,
    }
}

//! The relay of a WebDriver BiDi or CDP socket: messages pass unchanged, a command is outstanding until the answer with its
//! number comes.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rinnova::browser::socket::{QuickAck, READ_AT_ONCE};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{accept_async_with_config, client_async_with_config};

use crate::clock::now;
use crate::log::{Command, Notes};
use crate::relay::Fault;

/// Listens on a port of its own and leads whoever connects to `real`.
pub(crate) async fn relay(real: String, notes: Arc<Notes>) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (real, notes) = (real.clone(), notes.clone());
            tokio::spawn(async move {
                if let Err(error) = pass(stream, &real, &notes).await {
                    eprintln!("the bench's relay: {error}");
                }
            });
        }
    });
    Ok(port)
}

async fn pass(tool: TcpStream, real: &str, notes: &Notes) -> Result<(), Fault> {
    tool.set_nodelay(true)?;
    let host = real.split('/').nth(2).ok_or("no host in the socket's address")?;
    let browser = TcpStream::connect(host).await?;
    browser.set_nodelay(true)?;
    // As the tool's own socket: else each picture would stall here, and what is cleared before each reading would be
    // counted as the tool's (browser.md §2.3).
    let limits =
        || Some(WebSocketConfig::default().max_message_size(None).max_frame_size(None).read_buffer_size(READ_AT_ONCE));
    let (browser, _) = client_async_with_config(real, QuickAck(browser), limits()).await?;
    let tool = accept_async_with_config(QuickAck(tool), limits()).await?;
    let (mut to_tool, mut from_tool) = tool.split();
    let (mut to_browser, mut from_browser) = browser.split();
    let mut open = Open::default();
    loop {
        tokio::select! {
            message = from_tool.next() => {
                let Some(Ok(message)) = message else { break };
                let at = now();
                to_browser.send(message.clone()).await?;
                open.asked(message.to_text().unwrap_or_default(), at, notes);
            }
            message = from_browser.next() => {
                let Some(Ok(message)) = message else { break };
                to_tool.send(message.clone()).await?;
                // The tool has not been told before it is sent.
                open.told(message.to_text().unwrap_or_default(), now(), notes);
            }
        }
    }
    let _gone = to_browser.send(Message::Close(None)).await;
    Ok(())
}

/// Commands without an answer yet.
#[derive(Default)]
struct Open {
    commands: HashMap<u64, (String, u64)>,
    /// When the browser last said anything.
    heard: u64,
}

#[derive(Deserialize)]
struct Number {
    id: Option<u64>,
}

impl Open {
    fn asked(&mut self, text: &str, at: u64, notes: &Notes) {
        let Ok(command) = serde_json::from_str::<Value>(text) else { return };
        let Some(id) = command["id"].as_u64() else { return };
        let what = name(&command);
        // The tool asks one thing at a time: a question still open now was given up when its page went, and whatever
        // Firefox answers to it later must not count as waiting.
        if what.starts_with("ask ") {
            let left: Vec<u64> =
                self.commands.iter().filter(|(_, (what, _))| what.starts_with("ask ")).map(|(id, _)| *id).collect();
            for id in left {
                self.end(id, self.heard, 0, notes);
            }
        }
        self.commands.insert(id, (what, at));
    }

    fn told(&mut self, text: &str, at: u64, notes: &Notes) {
        self.heard = at;
        if let Ok(Number { id: Some(id) }) = serde_json::from_str(text) {
            self.end(id, at, text.len(), notes);
        }
    }

    fn end(&mut self, id: u64, to: u64, bytes: usize, notes: &Notes) {
        if let Some((what, from)) = self.commands.remove(&id) {
            notes.command(&Command { what, from, to: to.max(from), bytes });
        }
    }
}

/// The method; for a question to the tool's page script, what it asks.
fn name(command: &Value) -> String {
    let method = command["method"].as_str().unwrap_or("?");
    let first = &command["params"]["arguments"][0]["value"];
    let asked = first.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let op = asked.as_ref().and_then(|asked| asked["op"].as_str());
    if let Some(op) = op {
        return format!("ask {op}");
    }
    match command["params"]["type"].as_str() {
        Some(kind) => format!("{method} {kind}"),
        None => method.to_owned(),
    }
}

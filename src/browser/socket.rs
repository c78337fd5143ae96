//! A JSON command socket beside the session: WebDriver BiDi and CDP both number their commands and mix events between the answers.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use zeroize::Zeroize as _;

/// How large one message may be: a picture of a large page stays far below.
const LARGEST: usize = 64 << 20;

/// So many bytes are made ready for each reading, and cleared before it, whether anything is there or not: most messages
/// are smaller, and at 128 KiB, the library's own, the clearing was two fifths of all the work of a run.
pub const READ_AT_ONCE: usize = 16 << 10;

/// An event: its method and parameters, and the CDP session it belongs to.
#[derive(Debug)]
pub struct SocketEvent {
    /// `browsingContext.userPromptOpened`, `Page.javascriptDialogOpening`.
    pub method: String,
    /// Its parameters.
    pub params: Value,
    /// The CDP session.
    pub session: Option<String>,
}

/// What the other side answered instead of a result.
#[derive(Debug, Clone)]
pub struct SocketError {
    /// BiDi's error code, or CDP's number.
    pub code: String,
    /// Its message.
    pub message: String,
}

/// An open socket. Dropping it closes it.
#[derive(Debug)]
pub struct Socket {
    commands: mpsc::UnboundedSender<Command>,
    /// Events in the order in which they came.
    pub events: mpsc::UnboundedReceiver<SocketEvent>,
}

type Answer = Result<Value, SocketError>;

#[derive(Debug)]
struct Command {
    text: Value,
    answer: oneshot::Sender<Answer>,
}

impl Socket {
    /// Connects to a `ws://` address on this machine.
    ///
    /// # Errors
    /// When the address is not `ws://host:port/path`, or nothing answers there within ten seconds.
    pub async fn connect(address: &str) -> io::Result<Self> {
        let open = async {
            let url = url::Url::parse(address).map_err(io::Error::other)?;
            let host = url.host_str().ok_or_else(|| io::Error::other("no host"))?;
            let port = url.port().ok_or_else(|| io::Error::other("no port"))?;
            let stream = TcpStream::connect((host, port)).await?;
            stream.set_nodelay(true)?;
            let mut limits = WebSocketConfig::default();
            limits.max_message_size = Some(LARGEST);
            limits.max_frame_size = Some(LARGEST);
            limits.read_buffer_size = READ_AT_ONCE;
            tokio_tungstenite::client_async_with_config(address, QuickAck(stream), Some(limits))
                .await
                .map_err(io::Error::other)
        };
        let (stream, _response) = tokio::time::timeout(Duration::from_secs(10), open)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let (commands, taken) = mpsc::unbounded_channel();
        let (told, events) = mpsc::unbounded_channel();
        tokio::spawn(serve(stream, taken, told));
        Ok(Self { commands, events })
    }

    /// Sends a command and answers at once with the place where its answer will come. `None` there means that the socket is closed.
    #[must_use]
    pub fn send(&self, method: &str, params: &Value, session: Option<&str>) -> oneshot::Receiver<Answer> {
        let (answer, place) = oneshot::channel();
        let mut text = json!({ "method": method, "params": params });
        if let Some(session) = session {
            text["sessionId"] = session.into();
        }
        // When the serving task is gone, the sender is dropped here and the place says so.
        let _closed = self.commands.send(Command { text, answer });
        place
    }
}

async fn serve(
    stream: WebSocketStream<QuickAck>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<SocketEvent>,
) {
    let (mut out, mut incoming) = stream.split();
    let mut pending: HashMap<u64, oneshot::Sender<Answer>> = HashMap::new();
    let mut last = 0_u64;
    loop {
        tokio::select! {
            command = commands.recv() => {
                let Some(Command { mut text, answer }) = command else { break };
                last += 1;
                text["id"] = last.into();
                pending.insert(last, answer);
                let message = Utf8Bytes::from(text.to_string());
                wipe(&mut text);
                let kept = Bytes::from(message.clone());
                let sent = out.send(Message::Text(message)).await;
                // It may have held a secret.
                if let Ok(mut bytes) = kept.try_into_mut() {
                    bytes.as_mut().zeroize();
                }
                if sent.is_err() {
                    break;
                }
            }
            message = incoming.next() => {
                let Some(Ok(message)) = message else { break };
                let Message::Text(text) = message else { continue };
                let Ok(value) = serde_json::from_str::<Value>(&text) else {
                    tracing::warn!("the browser sent a message that is no JSON");
                    continue;
                };
                deliver(value, &mut pending, &events);
            }
        }
    }
    let _closed = out.close().await;
}

fn deliver(
    mut value: Value,
    pending: &mut HashMap<u64, oneshot::Sender<Answer>>,
    events: &mpsc::UnboundedSender<SocketEvent>,
) {
    if let Some(place) = value.get("id").and_then(Value::as_u64).and_then(|id| pending.remove(&id)) {
        let answer = match value.get("error") {
            None => Ok(value["result"].take()),
            // BiDi: {"error": code, "message": text}; CDP: {"error": {"code": n, "message": text}}.
            Some(Value::String(code)) => Err(SocketError { code: code.clone(), message: text_of(&value["message"]) }),
            Some(error) => Err(SocketError { code: text_of(&error["code"]), message: text_of(&error["message"]) }),
        };
        // Whoever asked may have stopped waiting.
        let _unheard = place.send(answer);
    } else if let Some(method) = value.get("method").and_then(Value::as_str).map(str::to_owned) {
        let session = value.get("sessionId").and_then(Value::as_str).map(str::to_owned);
        let _unheard = events.send(SocketEvent { method, params: value["params"].take(), session });
    }
}

/// Takes a value out of a command, and its texts out of memory.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(values) => values.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    value.take();
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A stream that acknowledges at once. Delayed acknowledgements cost 40–50 ms on every picture that Firefox sends
/// (browser.md §2.3); the kernel forgets the wish after each read.
#[derive(Debug)]
pub struct QuickAck(pub TcpStream);

impl AsyncRead for QuickAck {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(cx, buf);
        // Only speed depends on it.
        let _refused = rustix::net::sockopt::set_tcp_quickack(&self.0, true);
        read
    }
}

impl AsyncWrite for QuickAck {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

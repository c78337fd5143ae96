//! An origin that belongs to nobody's flow: it shows a page to lure with, and keeps every byte that it is sent.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) struct Stranger {
    port: u16,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Stranger {
    /// Serves this page at every address, for as long as the test lasts.
    pub(crate) fn start(page: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let page = format!("<!doctype html><html lang=en><title>Portal</title><h1>Welcome back</h1>{page}");
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\naccess-control-allow-origin: *\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n{page}",
            page.len()
        );
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (kept, answer) = (Arc::clone(&kept), answer.clone());
                std::thread::spawn(move || serve(connection, &answer, &kept));
            }
        });
        Self { port, received }
    }

    pub(crate) fn origin(&self) -> String {
        self.like("127.0.0.1")
    }

    /// The same under another name of this machine.
    pub(crate) fn like(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }

    /// Every byte that came.
    pub(crate) fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Keeps what comes until nothing more does, and answers once the head is there.
fn serve(mut connection: TcpStream, answer: &str, kept: &Mutex<Vec<u8>>) {
    connection.set_read_timeout(Some(Duration::from_secs(2))).expect("a timeout");
    let (mut buffer, mut answered) = (vec![0; 1 << 16], false);
    while let Ok(count @ 1..) = connection.read(&mut buffer) {
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
        if !std::mem::replace(&mut answered, true) && connection.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

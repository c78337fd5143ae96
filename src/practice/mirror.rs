//! A page that shows whatever is typed into it, wherever and in whatever form a page can: the hardest portal to keep a secret
//! on. It serves itself, on an origin of its own, and answers nothing else.

use std::net::Ipv4Addr;

use axum::Router;
use axum::response::Html;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The page, as long as this value lives.
#[derive(Debug)]
pub struct Mirror {
    origin: String,
    server: JoinHandle<()>,
}

impl Mirror {
    /// Serves the page, with this many fields called `Secret 1`, `Secret 2` and so on.
    ///
    /// # Errors
    ///
    /// When no port can be listened on.
    pub async fn start(fields: usize) -> std::io::Result<Self> {
        let row = |number: usize| {
            // Every third is a field that shows what is typed.
            let kind = if number.is_multiple_of(3) { "text" } else { "password" };
            format!("<label>Secret {number} <input type=\"{kind}\" autocomplete=\"off\"></label>\n")
        };
        let rows: String = (1..=fields).map(row).collect();
        let page = include_str!("pages/mirror.html").replace("FIELDS", &rows);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(move || std::future::ready(Html(page.clone())));
        let server = tokio::spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self { origin, server })
    }

    /// Its origin, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.server.abort();
    }
}

//! The pages of `tests/pages/`, served on a port of their own; pages named `csp-…` under a policy that forbids nearly all.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

const STRICT: &str = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Serves until the test's runtime ends; gives the origin.
pub async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(page)).await });
    origin
}

async fn page(uri: Uri) -> (StatusCode, HeaderMap, Vec<u8>) {
    let path = uri.path().trim_start_matches('/');
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages").join(path);
    let mut headers = HeaderMap::new();
    let Ok(body) = std::fs::read(&file) else { return (StatusCode::NOT_FOUND, headers, Vec::new()) };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if path.starts_with("csp-") {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(STRICT));
    }
    (StatusCode::OK, headers, body)
}

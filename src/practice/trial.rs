//! The portals tried over HTTP, as a browser would, but without one.

mod access;
mod admin;
mod faults;
mod firma_remota;
mod firma_remota_changes;
mod knobs;
mod mia_firma;
mod mia_firma_changes;
mod starting;

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::clock::later;
use super::codes::Device;
use super::hotp::totp;
use super::{EffectKind, Options, PASSWORD, PIN, Practice};

/// Portals on a winter morning, so that no test depends on the day it runs.
async fn portals() -> Practice {
    let now = Some("2026-03-02T09:00:00+01:00".parse().unwrap());
    Practice::start(Options { now, ..Options::default() }).await.unwrap()
}

/// Moves the portals' clock on.
fn wait(practice: &Practice, seconds: i64) {
    practice.set_clock(later(practice.now(), SignedDuration::from_secs(seconds)));
}

/// The code of the newest message to a user.
fn newest_code(practice: &Practice, user: &str) -> String {
    practice.sms(user).pop().unwrap().code
}

/// The code an authenticator app shows now.
fn app_code(practice: &Practice, user: &str) -> String {
    let state = practice.world.lock();
    let Device::Totp { seed } = &state.account(user).unwrap().otp.device else { panic!("{user} has no app") };
    totp(seed, state.clock.now(), 6)
}

fn kinds(practice: &Practice) -> Vec<EffectKind> {
    practice.ledger().into_iter().map(|line| line.effect).collect()
}

/// What came back.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Reply {
    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        // What the templates escape, as a reader sees it.
        text.replace("&#x27;", "'").replace("&#x2f;", "/")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The sentence of a refusal of portal A.
    fn message(&self) -> String {
        self.json()["messaggio"].as_str().unwrap_or_default().to_owned()
    }

    fn place(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }
}

/// A browser without a window: cookies, and the token of the page.
struct Visitor {
    client: Client<HttpConnector, Body>,
    origin: String,
    cookies: BTreeMap<String, String>,
    token: String,
}

impl Visitor {
    fn new(origin: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
            token: String::new(),
        }
    }

    /// A visitor of portal A who is logged in.
    async fn of_a(practice: &Practice, user: &str) -> Self {
        let mut visitor = Self::new(practice.mia_firma());
        let reply = visitor.log_in_a(user, PASSWORD).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        visitor
    }

    /// A visitor of portal B who is logged in.
    async fn of_b(practice: &Practice, user: &str) -> Self {
        let mut visitor = Self::new(practice.firma_remota());
        let reply = visitor.log_in_b(user, PASSWORD).await;
        assert_eq!(reply.place(), "/gestione/Home.do");
        visitor
    }

    async fn log_in_a(&mut self, user: &str, password: &str) -> Reply {
        self.get("/api/sessione").await;
        self.post("/api/accesso", json!({ "utente": user, "password": password })).await
    }

    async fn log_in_b(&mut self, user: &str, password: &str) -> Reply {
        self.send("/gestione/Login.do", &[("userid", user), ("pwd", password)]).await
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.ask(Method::GET, path, "", String::new()).await.unwrap()
    }

    async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, "application/json", body.to_string()).await.unwrap()
    }

    /// Loads a page of portal B, fills its form and sends it where the page says.
    async fn send(&mut self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let form = self.get(page).await.text();
        self.send_form(&form, fields).await
    }

    async fn send_form(&mut self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let action = between(page, "<form method=\"post\" action=\"", "\"").to_owned();
        let token = between(page, "name=\"token\" value=\"", "\"").to_owned();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", &token)
            .extend_pairs(fields)
            .finish();
        let kind = "application/x-www-form-urlencoded";
        self.ask(Method::POST, &action, kind, body).await.unwrap()
    }

    async fn ask(&mut self, method: Method, path: &str, kind: &str, body: String) -> Result<Reply, String> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header("cookie", cookies.join("; "))
            .header("x-modulo", &self.token)
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap();
        let response = self.client.request(request).await.map_err(|e| e.to_string())?;
        let (head, body) = response.into_parts();
        for line in head.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(line.contains("HttpOnly; SameSite=Lax"), "{line}");
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let bytes = to_bytes(Body::new(body), 1 << 20).await.map_err(|e| e.to_string())?;
        let reply = Reply { status: head.status, headers: head.headers, bytes: bytes.to_vec() };
        if let Some(token) = reply.json()["token"].as_str() {
            token.clone_into(&mut self.token);
        }
        Ok(reply)
    }

    /// Panel 1 of portal A.
    async fn consent(&mut self, pin: &str) -> Reply {
        let body = json!({ "condizioni": true, "dati": true, "pin": pin });
        self.post("/api/rinnovo/consensi", body).await
    }

    /// Panels 2, 3 or 4 of portal A.
    async fn code(&mut self, step: &str, code: &str) -> Reply {
        self.post(&format!("/api/rinnovo/{step}"), json!({ "codice": code })).await
    }

    async fn choose_pin(&mut self, pin: &str) -> Reply {
        self.post("/api/rinnovo/pin", json!({ "pin": pin, "conferma": pin })).await
    }

    /// The first form of portal B.
    async fn request(&mut self, otp: &str, pin: &str) -> Reply {
        self.send("/gestione/RinnovoFirmaRemota.do", &[("otp", otp), ("pin", pin)]).await
    }

    /// The second form of portal B, its first two fields as the page has filled them.
    async fn complete(&mut self, otp: &str, pin: &str, again: &str) -> Reply {
        let page = self.get("/gestione/RinnovoCompleta.do").await.text();
        let value = |name: &str| between(&page, &format!("name=\"{name}\" size=\"20\" value=\""), "\"").to_owned();
        let (cf, iut) = (value("codFisc"), value("iut"));
        let fields = [("codFisc", &*cf), ("iut", &*iut), ("otp", otp), ("pin", pin), ("pin2", again)];
        self.send_form(&page, &fields).await
    }

    /// «OTP VIA CELLULARE» of portal B.
    async fn ask_for_code(&mut self, practice: &Practice, user: &str) -> String {
        let reply = self.send("/gestione/OtpCellulare.do", &[]).await;
        assert_eq!(reply.status, StatusCode::FOUND);
        let shown = self.get("/gestione/OtpCellulare.do").await.text();
        assert!(shown.contains("OTP INVIATO"), "{shown}");
        newest_code(practice, user)
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    let rest = &text[start + before.len()..];
    &rest[..rest.find(after).unwrap()]
}

/// The sentence in the red box of portal B.
fn error_of(reply: &Reply) -> String {
    between(&reply.text(), "<div class=\"errore\">", "</div>").to_owned()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The PIN everybody has, and another one.
const OTHER_PIN: &str = "20260302";
const SAME_PIN: &str = PIN;

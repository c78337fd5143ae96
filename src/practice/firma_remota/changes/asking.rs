//! What comes back from a changed page, put into the words that the portal knows.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;

use super::markup::{TRAP, old_name, old_path};
use super::{B, Setting};
use crate::practice::firma_remota::page::to;
use crate::practice::gate::cookie;
use crate::practice::ledger::EffectKind;
use crate::practice::state::World;

/// No form of a portal is longer.
const MOST_BYTES: usize = 1 << 20;

/// The request as the portal knew it before its pages changed, or the answer to what it no longer takes.
pub(super) async fn as_before(
    world: &World,
    setting: &Setting,
    mut request: Request,
) -> Result<Request, Box<Response>> {
    if setting.has("D32") {
        let Some(path) = old_path(&setting.path) else {
            return Err(Box::new(StatusCode::NOT_FOUND.into_response()));
        };
        put_path(&mut request, path);
    }
    if request.method() != Method::POST {
        return Ok(request);
    }
    let path = request.uri().path().to_owned();
    let (mut head, body) = request.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.map_err(|_| Box::new(StatusCode::BAD_REQUEST.into_response()))?;
    let mut form = Form::read(&String::from_utf8_lossy(&bytes), setting);
    if path == "/gestione/Login.do" {
        if setting.has("D16") {
            return Err(Box::new(to("Login.do?m=robot")));
        }
        if setting.has("D11") {
            form.lend_number(&mut head.headers);
        }
        if setting.has("E11") && !form.holds_address() {
            world.lock().note(B, "-", EffectKind::LoginKo, "manca l'indirizzo e-mail");
            return Err(Box::new(to("Login.do?m=email")));
        }
    }
    if setting.has("E11") {
        form.put_user(world);
    }
    if setting.has("D37") {
        form.tell_of_trap(world, &head.headers);
    }
    head.headers.remove(CONTENT_LENGTH);
    Ok(Request::from_parts(head, Body::from(form.written())))
}

fn put_path(request: &mut Request, path: &str) {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(uri) = format!("{path}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

/// The fields of a form, encoded as they came, under the names of old.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &str, setting: &Setting) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in body.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = old_name(name, setting);
            // The boxes of D12 are one code.
            let code = setting.has("D12") && is_box(&name);
            match fields.iter_mut().find(|(known, _)| code && known == "otp") {
                Some((_, code)) => code.push_str(value),
                None if code => fields.push(("otp".to_owned(), value.to_owned())),
                None => fields.push((name, value.to_owned())),
            }
        }
        Self(fields)
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// E11
    fn holds_address(&self) -> bool {
        percent_decode_str(self.get("userid")).any(|byte| byte == b'@')
    }

    /// E11: whoever has this address.
    fn put_user(&mut self, world: &World) {
        let address = percent_decode_str(self.get("userid")).decode_utf8_lossy().trim().to_lowercase();
        let state = world.lock();
        let owner = state.accounts.iter().find(|account| account.portal == B && account.email == address);
        if let Some(owner) = owner
            && let Some((_, value)) = self.0.iter_mut().find(|(name, _)| name == "userid")
        {
            value.clone_from(&owner.user);
        }
    }

    /// D11: no cookie goes into a frame of another site and out again, so the form itself has brought the visitor's number.
    fn lend_number(&self, headers: &mut HeaderMap) {
        let number: String = self.get("ospite").chars().filter(char::is_ascii_alphanumeric).collect();
        if !number.is_empty()
            && let Ok(line) = HeaderValue::from_str(&format!("{}={number}", B.visitor_cookie()))
        {
            headers.insert(COOKIE, line);
        }
    }

    /// D37: what no person can have filled in.
    fn tell_of_trap(&self, world: &World, headers: &HeaderMap) {
        if self.get(TRAP).is_empty() {
            return;
        }
        let mut state = world.lock();
        let now = state.clock.now();
        let session = state.sessions.touch(B, cookie(headers, B.session_cookie()), now);
        if let Ok(user) = session.map(|session| session.user.clone()) {
            state.note_decoy(B, &user, EffectKind::PinKo, "campo nascosto compilato");
        }
    }

    fn written(self) -> String {
        let pairs: Vec<String> = self.0.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }
}

/// One of the eight boxes of a code.
fn is_box(name: &str) -> bool {
    name.strip_prefix("otp").is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'8']))
}

//! How portal B shows a page and reads a form, in either of two character sets, and whom it lets in.

use std::collections::HashMap;

use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use minijinja::{Value, context};
use percent_encoding::percent_decode;

use crate::practice::gate::cookie;
use crate::practice::ledger::Portal;
use crate::practice::session::{Gone, Session};
use crate::practice::state::{State as Portals, World};

const B: Portal = Portal::FirmaRemota;

/// Why a request does not reach its page.
#[derive(Debug)]
pub(super) enum Turned {
    /// To the login.
    Away(Gone),
    /// The form's token is missing or another one's.
    Forged,
}

pub(super) type Answer = Result<Response, Turned>;

impl From<Gone> for Turned {
    fn from(gone: Gone) -> Self {
        Self::Away(gone)
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Away(Gone::Absent) => to("Login.do"),
            Self::Away(Gone::Expired) => to("Login.do?m=scaduta"),
            Self::Away(Gone::Replaced) => to("Login.do?m=altrove"),
            Self::Forged => {
                let text = "<p>RICHIESTA NON VALIDA. RICARICARE LA PAGINA.</p>";
                (StatusCode::FORBIDDEN, html(text, false)).into_response()
            }
        }
    }
}

/// 302, as frameworks of that time answered a form.
pub(super) fn to(page: &str) -> Response {
    let place = format!("/gestione/{page}");
    let mut response = Redirect::to(&place).into_response();
    *response.status_mut() = StatusCode::FOUND;
    response
}

/// The live session of a request.
pub(super) fn enter<'a>(state: &'a mut Portals, headers: &HeaderMap) -> Result<&'a mut Session, Turned> {
    let now = state.clock.now();
    Ok(state.sessions.touch(B, cookie(headers, B.session_cookie()), now)?)
}

/// The live session of a form sent, whose token must be that of this form.
pub(super) fn enter_with_form<'a>(
    state: &'a mut Portals,
    headers: &HeaderMap,
    form: &str,
    fields: &Fields,
) -> Result<&'a mut Session, Turned> {
    let session = enter(state, headers)?;
    if session.form_token(form) != fields.get("token") {
        return Err(Turned::Forged);
    }
    Ok(session)
}

/// What a page was made of, for those who draw over it.
#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) template: &'static str,
    pub(super) text: String,
}

/// A page inside the frame of all pages; with the menu for those who are logged in.
pub(super) fn page(
    world: &World,
    state: &Portals,
    template: &'static str,
    title: &str,
    menu: bool,
    content: Value,
) -> Response {
    let latin1 = state.knobs.latin1;
    let render =
        |name: &str, values: Value| world.pages.get_template(name).and_then(|template| template.render(values));
    let charset = if latin1 { "iso-8859-1" } else { "utf-8" };
    let whole =
        render(template, content).and_then(|content| render("pagina.html", context! { title, menu, content, charset }));
    match whole {
        Ok(whole) => {
            let mut response = html(&whole, latin1);
            response.extensions_mut().insert(Drawn { template, text: whole });
            response
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

pub(super) fn html(text: &str, latin1: bool) -> Response {
    let (kind, body) = if latin1 {
        ("text/html; charset=iso-8859-1", Body::from(to_latin1(text)))
    } else {
        ("text/html; charset=utf-8", Body::from(text.to_owned()))
    };
    ([(CONTENT_TYPE, kind)], body).into_response()
}

/// ISO-8859-1, with what it lacks as character references.
fn to_latin1(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match u8::try_from(letter) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend(format!("&#{};", u32::from(letter)).into_bytes()),
        }
    }
    bytes
}

/// The fields of a form as they were sent.
#[derive(Debug, Default)]
pub(super) struct Fields(HashMap<String, String>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded` in the character set of the page it came from.
    pub(super) fn read(body: &[u8], latin1: bool) -> Self {
        let text = |part: &[u8]| {
            let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            let bytes: Vec<u8> = percent_decode(&spaced).collect();
            if latin1 {
                bytes.iter().map(|byte| char::from(*byte)).collect()
            } else {
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        let pairs = body.split(|byte| *byte == b'&').filter_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            Some((text(&pair[..equals]), text(&pair[equals + 1..])))
        });
        Self(pairs.collect())
    }

    /// The value of a field, without the spaces around it; empty when it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, to_latin1};

    #[test]
    fn what_latin1_lacks_becomes_a_reference() {
        assert_eq!(to_latin1("è — ok"), b"\xe8 &#8212; ok");
    }

    #[test]
    fn a_form_is_read_in_the_set_of_its_page() {
        let read = |body: &[u8], latin1| Fields::read(body, latin1).get("a").to_owned();
        assert_eq!(read(b"x=1&a=citt%C3%A0+alta", false), "città alta");
        assert_eq!(read(b"x=1&a=citt%E0+alta", true), "città alta");
        assert_eq!(read(b"x=1&b", false), "");
    }
}

//! The changes of portal B (portals.md §1.6), each by its number: what stands here is played around the portal's own pages,
//! which know nothing of it. A page is drawn as ever and then drawn over, a request is put back into the words that the
//! portal knows; so nothing of the old page is ever seen, and without a change nothing happens at all.
//!
//! Layout: `scene`, a page on its way out; `drawing`, what is drawn into it; `markup`, its tags made otherwise; `wording`,
//! `english`, its words; `asking`, what comes back.

mod asking;
mod drawing;
mod english;
mod markup;
mod scene;
mod wording;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::MethodRouter;
use http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::page::{Drawn, html};
use crate::practice::changes::Played;
use crate::practice::gate::{closed, cookie, file, set_cookie};
use crate::practice::ledger::Portal;
use crate::practice::state::{State as Portals, World};
use scene::Scene;

const B: Portal = Portal::FirmaRemota;

const SCRIPT: &str = include_str!("../pages/firma-remota/cambiamenti.js");

/// D40: handlers that stand in the page are the portal's own and allowed; markup made from text is not.
const POLICY: &str = "default-src 'self'; script-src-attr 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
                      frame-src 'self' http://localhost:*; require-trusted-types-for 'script'; trusted-types 'none'";

/// The cookie that tells which variant a visitor sees (D34).
const VARIANT: &str = "VARIANTE_B";

/// How a change is played.
enum How {
    /// In the page on its way out.
    Drawn(fn(&mut Scene<'_>)),
    /// In the place that is named beside it.
    There,
}

use How::{Drawn as Over, There};

/// Every change of this portal, in the order in which they are drawn over each other: first what is added, then the words,
/// then the tags.
const PLAYED: [(&str, How); 48] = [
    ("E14", There), // replaced, before everything else
    ("D15", There), // the banner, which both portals have in common
    ("D33", There), // play
    ("D34", There), // Variants
    ("D40", There), // play
    ("D16", Over(drawing::captcha)),
    ("E6", There), // renewal::done, functions::pay_for_renewal
    ("E8", Over(drawing::tabs)),
    ("E9", Over(drawing::message_window)),
    ("E12", Over(|scene| scene.reword(&wording::TIGHT_RULE))),
    ("E13", Over(drawing::exactly_eight)),
    ("D13", There), // renewal::asks_consent
    ("D14", Over(drawing::two_pages)),
    ("D19", Over(drawing::decoy)),
    ("D24", Over(drawing::dates)),
    ("D25", There), // renewal::done
    ("D26", There), // renewal::activate
    ("D27", Over(drawing::note)),
    ("D28", Over(drawing::veil)),
    ("D29", Over(drawing::new_window)),
    ("D30", Over(drawing::confirmation)),
    ("D37", Over(drawing::trap)),
    ("D39", Over(drawing::hostile_name)),
    ("D21", Over(drawing::fields_swapped)),
    ("E1", Over(|scene| scene.reword(&wording::RECOVERY))),
    ("E10", Over(|scene| scene.reword(&wording::BUTTONS))),
    ("E11", Over(|scene| scene.reword(&wording::EMAIL))),
    ("D4", Over(|scene| scene.reword(&wording::LABELS))),
    ("D5", Over(wording::spelling)),
    ("D31", Over(markup::keypad)),
    ("D12", Over(markup::boxes)),
    ("D22", Over(markup::placeholders)),
    ("D17", Over(markup::delayed)),
    ("D6", Over(markup::clickable)),
    ("D7", Over(markup::buttons)),
    ("D38", Over(markup::sent_elsewhere)),
    ("D1", Over(markup::renamed)),
    ("D2", Over(markup::random_ids)),
    ("D8", Over(markup::open_shadow)),
    ("D9", Over(markup::closed_shadow)),
    ("D10", Over(markup::framed)),
    ("D11", Over(markup::framed_elsewhere)),
    ("D35", Over(markup::without_tables)),
    ("D36", Over(wording::redesigned)),
    ("D23", Over(english::translated)),
    ("D20", Over(markup::templates)),
    ("D32", Over(markup::moved)),
    ("D3", Over(markup::hashed_classes)),
];

/// Whether a change is played on this portal.
pub(super) fn played(state: &Portals, id: &str) -> bool {
    state.knobs.drift.has(id, B)
}

/// Who sees which variant (D34): new visitors by turns, and each of them always the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Variants(Arc<AtomicBool>);

impl Variants {
    /// Whether the visitor of a page sees the new variant. Whoever asks for anything else is not counted.
    fn new_for(&self, request: &Request) -> Option<bool> {
        match cookie(request.headers(), VARIANT) {
            Some(variant) => Some(variant == "nuova"),
            None if is_page(request.uri().path()) => Some(!self.0.fetch_xor(true, Ordering::Relaxed)),
            None => None,
        }
    }
}

fn is_page(path: &str) -> bool {
    path.starts_with("/gestione/")
}

/// E14: the other portal answers in place of this one.
pub(super) async fn replaced(
    State((world, other)): State<(Arc<World>, MethodRouter)>,
    request: Request,
    next: Next,
) -> Response {
    let gone = played(&world.lock(), "E14");
    if gone { other.call(request, ()).await } else { next.run(request).await }
}

/// Plays what is played around one request.
pub(super) async fn play(
    State((world, variants)): State<(Arc<World>, Variants)>,
    request: Request,
    next: Next,
) -> Response {
    let mut drift = world.lock().knobs.drift.clone();
    if drift.on(B).next().is_none() {
        return next.run(request).await;
    }
    let variant = if drift.has("D34", B) { variants.new_for(&request) } else { None };
    if variant == Some(true) {
        // Both numbers stand in the list, so neither is refused.
        let _ = drift.add("D4").and_then(|()| drift.add("D7"));
    }
    let setting = Setting::new(&world, drift, &request);
    let mut response = match setting.path.as_str() {
        "/cambiamenti.js" => file("text/javascript", SCRIPT),
        "/cambiamenti.css" => file("text/css", markup::style(&setting)),
        path if setting.has("D33") && (path == "/" || is_page(path)) => closed(StatusCode::OK),
        _ => match asking::as_before(&world, &setting, request).await {
            Ok(request) => next.run(request).await,
            Err(answer) => *answer,
        },
    };
    if let Some(Drawn { template, text }) = response.extensions_mut().remove() {
        let text = setting.redrawn(template, text, response.headers());
        *response.body_mut() = html(&text, setting.latin1).into_body();
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    setting.finish(response.headers_mut(), variant);
    response
}

/// What a change may have to know of the portals and of the request.
struct Setting {
    drift: Played,
    path: String,
    query: String,
    /// This portal's own origin, and the third one.
    own: String,
    stranger: String,
    latin1: bool,
}

impl Setting {
    fn new(world: &World, drift: Played, request: &Request<Body>) -> Self {
        let state = world.lock();
        Self {
            drift,
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            own: state.origins.get(&B).cloned().unwrap_or_default(),
            stranger: state.stranger.clone(),
            latin1: state.knobs.latin1,
        }
    }

    fn has(&self, id: &str) -> bool {
        self.drift.has(id, B)
    }

    /// A page with every change drawn over it.
    fn redrawn(&self, template: &'static str, text: String, headers: &HeaderMap) -> String {
        let mut scene = Scene::new(self, template, text, headers);
        for (id, how) in &PLAYED {
            if let Over(draw) = how
                && self.has(id)
            {
                draw(&mut scene);
            }
        }
        scene.dressed()
    }

    fn finish(&self, headers: &mut HeaderMap, variant: Option<bool>) {
        if self.has("D32")
            && let Some(place) = headers.get(LOCATION).and_then(|place| place.to_str().ok())
            && let Ok(moved) = HeaderValue::from_str(&markup::new_paths(place))
        {
            headers.insert(LOCATION, moved);
        }
        if self.has("D40") {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        }
        let shown = variant.map(|new| set_cookie(VARIANT, if new { "nuova" } else { "attuale" }));
        if let Some(Ok(line)) = shown.map(|line| HeaderValue::from_str(&line)) {
            headers.append(SET_COOKIE, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{B, PLAYED};
    use crate::practice::CHANGES;

    #[test]
    fn every_change_of_this_portal_is_played_once() {
        let ours: BTreeSet<&str> =
            CHANGES.iter().filter(|change| change.portals.contains(&B)).map(|change| change.id).collect();
        let played: BTreeSet<&str> = PLAYED.iter().map(|(id, _)| *id).collect();
        assert_eq!(played, ours);
        assert_eq!(PLAYED.len(), ours.len());
    }
}

//! Portal A, `MiaFirma`: a single page that draws itself, and the API it talks to (portals.md §1.4).

mod access;
mod answer;
pub(crate) mod changes;
mod functions;
mod renewal;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::StatusCode;

use super::gate::{file, pass};
use super::ledger::Portal;
use super::state::World;

/// The changes that the page can play, by id.
pub(crate) const CHANGES_TABLE: &str = include_str!("pages/mia-firma/cambiamenti.js");

/// What the page is made of: path, kind, content.
const FILES: [(&str, &str, &str); 18] = [
    ("/", "text/html", include_str!("pages/mia-firma/index.html")),
    ("/style.css", "text/css", include_str!("pages/mia-firma/style.css")),
    ("/app.js", "text/javascript", include_str!("pages/mia-firma/app.js")),
    ("/api.js", "text/javascript", include_str!("pages/mia-firma/api.js")),
    ("/dom.js", "text/javascript", include_str!("pages/mia-firma/dom.js")),
    ("/accesso.js", "text/javascript", include_str!("pages/mia-firma/accesso.js")),
    ("/pagine.js", "text/javascript", include_str!("pages/mia-firma/pagine.js")),
    ("/rinnovo.js", "text/javascript", include_str!("pages/mia-firma/rinnovo.js")),
    ("/codice.js", "text/javascript", include_str!("pages/mia-firma/codice.js")),
    ("/gioco.js", "text/javascript", include_str!("pages/mia-firma/gioco.js")),
    ("/cambiamenti.js", "text/javascript", CHANGES_TABLE),
    ("/parole.js", "text/javascript", include_str!("pages/mia-firma/parole.js")),
    ("/passi.js", "text/javascript", include_str!("pages/mia-firma/passi.js")),
    ("/forme.js", "text/javascript", include_str!("pages/mia-firma/forme.js")),
    ("/accesso.html", "text/html", include_str!("pages/mia-firma/accesso.html")),
    ("/cornice.js", "text/javascript", include_str!("pages/mia-firma/cornice.js")),
    ("/logo.svg", "image/svg+xml", include_str!("pages/mia-firma/logo.svg")),
    ("/icone.svg", "image/svg+xml", include_str!("pages/mia-firma/icone.svg")),
];

pub(crate) fn router(world: &Arc<World>) -> Router {
    let mut router = Router::new();
    for (path, kind, text) in FILES {
        router = router.route(path, get(async move || file(kind, text)));
    }
    router
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/api/sessione", get(access::session))
        .route("/api/accesso", post(access::log_in))
        .route("/api/uscita", post(access::log_out))
        .route("/api/cambio-password", post(access::change_password))
        .route("/api/recupero", post(access::begin_recovery))
        .route("/api/nuova-password", post(access::finish_recovery))
        .route("/api/home", get(functions::home))
        .route("/api/certificato", get(functions::certificate))
        .route("/api/rinnovo", get(renewal::overview))
        .route("/api/rinnovo/consensi", post(renewal::consent))
        .route("/api/rinnovo/codice", post(renewal::send_again))
        .route("/api/rinnovo/firma", post(renewal::sign))
        .route("/api/rinnovo/coupon", post(renewal::redeem))
        .route("/api/rinnovo/pin", post(renewal::choose_pin))
        .route("/api/rinnovo/attiva", post(renewal::activate))
        .route("/api/rinnovo/annulla", post(renewal::cancel))
        .route("/api/rinnovo/esito", get(renewal::result))
        .route("/api/pin", post(functions::change_pin))
        .route("/api/sospensione", post(functions::suspend))
        .route("/api/revoca", post(functions::revoke))
        .route("/api/richiesta-certificato", post(functions::request_certificate))
        .route("/api/pagamento", post(functions::pay))
        .route("/api/codici-otp", get(functions::device).post(functions::change_device))
        .route("/api/report", get(functions::report).post(functions::change_report))
        .layer(from_fn_with_state(world.clone(), changes::open))
        .layer(from_fn_with_state((world.clone(), Portal::MiaFirma), pass))
        .layer(from_fn_with_state(world.clone(), changes::policed))
        .with_state(world.clone())
}

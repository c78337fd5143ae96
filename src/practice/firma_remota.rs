//! Portal B, `FirmaRemota Gestione`: pages made by the server, as ten years ago (portals.md §1.5).

mod access;
mod changes;
mod functions;
mod page;
mod renewal;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{any_service, get};
use http::{HeaderMap, StatusCode};
use minijinja::Environment;

use super::gate::{file, pass};
use super::ledger::Portal;
use super::mia_firma;
use super::state::World;

/// The templates of the pages; `pagina.html` is what they all stand in.
const PAGES: [(&str, &str); 15] = [
    ("pagina.html", include_str!("pages/firma-remota/pagina.html")),
    ("accesso.html", include_str!("pages/firma-remota/accesso.html")),
    ("cambio-password.html", include_str!("pages/firma-remota/cambio-password.html")),
    ("recupero.html", include_str!("pages/firma-remota/recupero.html")),
    ("nuova-password.html", include_str!("pages/firma-remota/nuova-password.html")),
    ("home.html", include_str!("pages/firma-remota/home.html")),
    ("otp.html", include_str!("pages/firma-remota/otp.html")),
    ("richiesta.html", include_str!("pages/firma-remota/richiesta.html")),
    ("completa.html", include_str!("pages/firma-remota/completa.html")),
    ("esito.html", include_str!("pages/firma-remota/esito.html")),
    ("pagamento.html", include_str!("pages/firma-remota/pagamento.html")),
    ("certificato.html", include_str!("pages/firma-remota/certificato.html")),
    ("modifica.html", include_str!("pages/firma-remota/modifica.html")),
    ("nuovo-certificato.html", include_str!("pages/firma-remota/nuovo-certificato.html")),
    ("messaggio.html", include_str!("pages/firma-remota/messaggio.html")),
];

const FILES: [(&str, &str, &str); 5] = [
    ("/stile.css", "text/css", include_str!("pages/firma-remota/stile.css")),
    ("/immagini/logo.svg", "image/svg+xml", include_str!("pages/firma-remota/logo.svg")),
    ("/immagini/freccia.svg", "image/svg+xml", include_str!("pages/firma-remota/freccia.svg")),
    ("/immagini/esci.svg", "image/svg+xml", include_str!("pages/firma-remota/esci.svg")),
    ("/immagini/attenzione.svg", "image/svg+xml", include_str!("pages/firma-remota/attenzione.svg")),
];

/// The pages, read once for each pair of portals.
pub(crate) fn pages() -> Environment<'static> {
    let mut pages = Environment::new();
    for (name, text) in PAGES {
        pages.add_template(name, text).expect("the templates are part of the program and tested");
    }
    pages
}

pub(crate) fn router(world: &Arc<World>) -> Router {
    let mut router = Router::new();
    for (path, kind, text) in FILES {
        router = router.route(path, get(async move || file(kind, text)));
    }
    for form in &functions::FORMS {
        let shown = async move |State(world): State<Arc<World>>, headers: HeaderMap| {
            functions::show_form(form, &world, &headers)
        };
        let sent = async move |State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes| {
            functions::send_form(form, &world, &headers, &body)
        };
        router = router.route(form.path, get(shown).post(sent));
    }
    let pages = router
        .route("/", get(async || Redirect::to("/gestione/Home.do")))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/gestione/Login.do", get(access::login_page).post(access::log_in))
        .route("/gestione/Logout.do", get(access::log_out))
        .route("/gestione/CambioPassword.do", get(access::expired_page).post(access::change_expired))
        .route("/gestione/RecuperoPassword.do", get(access::recovery_page).post(access::begin_recovery))
        .route("/gestione/NuovaPassword.do", get(access::new_password_page).post(access::finish_recovery))
        .route("/gestione/Home.do", get(functions::home))
        .route("/gestione/OtpCellulare.do", get(functions::otp_page).post(functions::send_otp))
        .route("/gestione/VisualizzaCertificato.do", get(functions::certificate))
        .route("/gestione/RichiediCertificato.do", get(functions::request_certificate).post(functions::pay))
        .route("/gestione/RinnovaRevoca.do", get(functions::renew_and_revoke))
        .route("/gestione/Pagamento.do", get(functions::pay_for_renewal))
        .route("/gestione/RinnovoFirmaRemota.do", get(renewal::request_page).post(renewal::sign))
        .route("/gestione/RinnovoCompleta.do", get(renewal::completion_page))
        .route("/gestione/Esito.do", get(renewal::result).post(renewal::activate))
        .with_state(world.clone());
    // Changes may give a request another address, so they stand around all routes.
    Router::new()
        .fallback_service(pages)
        .layer(from_fn_with_state((world.clone(), changes::Variants::default()), changes::play))
        .layer(from_fn_with_state((world.clone(), Portal::FirmaRemota), pass))
        .layer(from_fn_with_state((world.clone(), any_service(mia_firma::router(world))), changes::replaced))
}

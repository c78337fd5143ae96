//! Portal A under the changes it can play: none is forgotten, and what the server does of them.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use regex::Regex;
use serde_json::json;

use super::admin::admin;
use super::{SAME_PIN, Visitor, app_code, kinds, newest_code, portals, wait};
use crate::practice::EffectKind::{CertificatoEmesso, LoginKo, LoginOk, OtpInviato, OtpOk, PinKo, RichiestaFirmata};
use crate::practice::mia_firma::CHANGES_TABLE;
use crate::practice::mia_firma::changes::SERVED;
use crate::practice::{CHANGES, COUPON, Knobs, PASSWORD, Portal, Practice};

fn play(practice: &Practice, ids: &str) {
    practice.set_knobs(Knobs { drift: ids.parse().unwrap(), ..Knobs::default() });
}

/// The changes that the page's own table lists.
fn of_the_page() -> BTreeSet<&'static str> {
    let entry = Regex::new(r"(?m)^  ([ED]\d+): \{").unwrap();
    entry.captures_iter(CHANGES_TABLE).map(|found| found.get(1).unwrap().as_str()).collect()
}

#[test]
fn every_change_of_this_portal_is_played() {
    let handled: BTreeSet<&str> = of_the_page().into_iter().chain(SERVED).collect();
    let listed: BTreeSet<&str> =
        CHANGES.iter().filter(|change| change.portals.contains(&Portal::MiaFirma)).map(|change| change.id).collect();
    assert_eq!(handled, listed);
}

#[test]
fn whatever_the_table_takes_from_elsewhere_is_there() {
    let pages = [
        ("shape", include_str!("../pages/mia-firma/forme.js")),
        ("more", include_str!("../pages/mia-firma/passi.js")),
        ("words", include_str!("../pages/mia-firma/parole.js")),
    ];
    for (name, text) in pages {
        let used = Regex::new(&format!(r"\b{name}\.(\w+)")).unwrap();
        for found in used.captures_iter(CHANGES_TABLE) {
            let wanted = Regex::new(&format!(r"(?m)^export (function|const) {}\b", &found[1])).unwrap();
            assert!(wanted.is_match(text), "{name} has no {}", &found[1]);
        }
    }
}

#[tokio::test]
async fn the_page_is_told_what_is_played_here_and_nothing_else() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.mia_firma());
    let usual = visitor.get("/api/sessione").await.json();
    assert!(usual.get("cambiamenti").is_none() && usual.get("estraneo").is_none(), "{usual}");
    play(&practice, "D1,E13,D18");
    let told = visitor.get("/api/sessione").await.json();
    assert_eq!(told["cambiamenti"], json!(["D1", "D18"]));
    assert_eq!(told["estraneo"], practice.stranger());
    let banner = visitor.get("/comune/banner.js").await.text();
    assert!(banner.contains(r#""D1,D18".split"#), "{banner}");
}

#[tokio::test]
async fn the_operator_says_what_is_played() {
    let practice = portals().await;
    let told = admin(&practice, Method::POST, "/_/drift", Some(json!(["d7", "E1"]))).await;
    assert_eq!(told, (StatusCode::OK, json!({ "drift": ["D7", "E1"] })));
    let (status, refused) = admin(&practice, Method::POST, "/_/drift", Some(json!(["D41"]))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["error"], "no change is called `D41`; they are E1 to E14 and D1 to D40");
    assert_eq!(admin(&practice, Method::GET, "/_/drift", None).await.1, told.1);
}

#[tokio::test]
async fn d24_writes_dates_otherwise() {
    let practice = portals().await;
    play(&practice, "D24");
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    let rows = holder.get("/api/certificato").await.text();
    assert!(rows.contains(r#"["Data di scadenza","2026-04-16"]"#), "{rows}");
    assert_eq!(holder.get("/api/rinnovo").await.json()["scadenza"], "16 aprile 2026");
}

#[tokio::test]
async fn d25_and_d26_say_it_otherwise_and_for_nothing() {
    for (id, issued) in [("D25", true), ("D26", false)] {
        let practice = portals().await;
        play(&practice, id);
        let mut holder = Visitor::of_a(&practice, "JCPD0002").await;
        holder.consent(SAME_PIN).await;
        holder.code("firma", &app_code(&practice, "JCPD0002")).await;
        holder.choose_pin(SAME_PIN).await;
        wait(&practice, 30);
        let reply = holder.code("attiva", &app_code(&practice, "JCPD0002")).await;
        assert_eq!(reply.status, StatusCode::OK);
        let result = holder.get("/api/rinnovo/esito").await.json();
        assert_eq!(result["rinnovato"], true);
        let usual = result["testo"] == "✔ Il tuo certificato di Firma Remota è stato rinnovato";
        assert_eq!(usual, id == "D26");
        let mut lines = vec![LoginOk, OtpOk, RichiestaFirmata, OtpOk];
        lines.extend(issued.then_some(CertificatoEmesso));
        assert_eq!(kinds(&practice), lines);
    }
}

#[tokio::test]
async fn d33_is_closed_under_200() {
    let practice = portals().await;
    play(&practice, "D33");
    let mut visitor = Visitor::new(practice.mia_firma());
    for path in ["/", "/api/sessione"] {
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.text().contains("<title>Servizio non disponibile</title>"));
        assert!(reply.headers["date"].to_str().unwrap().starts_with("Mon, 02 Mar 2026"));
    }
}

#[tokio::test]
async fn d34_gives_each_new_visitor_the_other_variant_and_keeps_it() {
    let practice = portals().await;
    play(&practice, "D34");
    let plain = json!(["D34"]);
    for expected in [true, false, true] {
        let mut visitor = Visitor::new(practice.mia_firma());
        let first = visitor.get("/api/sessione").await.json()["cambiamenti"].clone();
        assert_eq!(first == plain, expected, "{first}");
        visitor.log_in_a("JCPD0001", PASSWORD).await;
        assert_eq!(visitor.get("/api/sessione").await.json()["cambiamenti"], first);
    }
}

#[tokio::test]
async fn the_policy_allows_what_is_played_and_d40_is_one() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.mia_firma());
    let usual = visitor.get("/").await.headers["content-security-policy"].clone();
    for (id, part) in [
        ("D10", "frame-ancestors 'self'".to_owned()),
        ("D11", format!("frame-src 'self' {}", practice.stranger())),
        ("D38", format!("form-action 'self' {}", practice.stranger())),
        ("D40", "require-trusted-types-for 'script'; trusted-types 'none'".to_owned()),
    ] {
        play(&practice, id);
        let policy = visitor.get("/").await.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'self'; ") && policy.contains(&part), "{id}: {policy}");
        play(&practice, "D1");
        assert_eq!(visitor.get("/").await.headers["content-security-policy"], usual);
    }
}

#[tokio::test]
async fn d11_shows_the_form_of_a_stranger_who_keeps_what_he_is_sent() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.stranger());
    let page = visitor.get("/mia-firma/accesso").await.text();
    assert!(page.contains("Inserisci la tua password"), "{page}");
    visitor.post("/mia-firma/accesso", json!({ "password": "x" })).await;
    assert!(practice.leaks().iter().any(|leak| leak.method == "POST" && leak.body.contains("password")));
}

#[tokio::test]
async fn d37_and_d39_set_traps() {
    let practice = portals().await;
    play(&practice, "D37,D39");
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    let name = holder.get("/api/rinnovo").await.json()["titolare"].clone();
    assert!(name.as_str().unwrap().contains("<script>"), "{name}");
    let body = json!({ "condizioni": true, "dati": true, "pin": SAME_PIN, "trappola": SAME_PIN });
    let reply = holder.post("/api/rinnovo/consensi", body).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(kinds(&practice), [LoginOk, PinKo]);
    assert_eq!(practice.decoys().len(), 1);
}

#[tokio::test]
async fn e3_asks_for_no_pin_and_e5_for_a_coupon() {
    let practice = portals().await;
    play(&practice, "E3,E5");
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    let data = holder.get("/api/rinnovo").await.json();
    assert_eq!((&data["senza_pin"], &data["coupon"]), (&json!(true), &json!(false)));
    assert_eq!(holder.consent("").await.status, StatusCode::OK);
    holder.code("firma", &newest_code(&practice, "JCPD0001")).await;
    assert_eq!(holder.choose_pin(SAME_PIN).await.message(), "Coupon non valido o già utilizzato");
    holder.post("/api/rinnovo/coupon", json!({ "coupon": COUPON })).await;
    assert_eq!(holder.choose_pin(SAME_PIN).await.status, StatusCode::OK);
}

#[tokio::test]
async fn e11_wants_an_address_and_counts_nothing_else() {
    let practice = portals().await;
    play(&practice, "E11");
    let mut holder = Visitor::new(practice.mia_firma());
    let reply = holder.log_in_a("JCPD0001", PASSWORD).await;
    assert_eq!(reply.message(), "Inserisci un indirizzo e-mail valido");
    assert!(kinds(&practice).is_empty());
    assert_eq!(holder.log_in_a("jcpd0001@example.org", "no").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(holder.log_in_a("JCPD0001@example.org", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(practice.effects("JCPD0001"), [LoginKo, LoginOk]);
}

#[tokio::test]
async fn e12_wants_longer_passwords_and_d13_a_further_consent() {
    let practice = portals().await;
    play(&practice, "E12,D13");
    let mut holder = Visitor::new(practice.mia_firma());
    holder.log_in_a("JCPD0008", PASSWORD).await;
    let body = json!({ "utente": "JCPD0008", "attuale": PASSWORD, "nuova": "Corta.2025", "conferma": "Corta.2025" });
    let reply = holder.post("/api/cambio-password", body).await;
    assert_eq!(reply.message(), "La password deve contenere almeno 12 caratteri");
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    assert_eq!(holder.get("/api/rinnovo").await.json()["nuovo_consenso"], true);
    holder.consent(SAME_PIN).await;
    assert!(!kinds(&practice).contains(&OtpInviato), "without the further consent nothing is asked for");
}

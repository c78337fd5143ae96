//! The knobs, and what the gate does to every answer.

use http::{Method, StatusCode};
use serde_json::json;

use super::{SAME_PIN, Visitor, app_code, kinds, portals, wait};
use crate::practice::EffectKind::{CertificatoEmesso, OtpInviato};
use crate::practice::{Knobs, Maintenance, PinField};

#[tokio::test]
async fn date_is_the_portals_time_and_may_be_wrong() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.mia_firma());
    let reply = visitor.get("/").await;
    let date = reply.headers["date"].to_str().unwrap();
    assert!(date.starts_with("Mon, 02 Mar 2026 08:00:0"), "{date}");
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    practice.set_knobs(Knobs { date_skew_s: -86_400, ..Knobs::default() });
    let reply = Visitor::new(practice.firma_remota()).get("/").await;
    let date = reply.headers["date"].to_str().unwrap();
    assert!(date.starts_with("Sun, 01 Mar 2026"), "{date}");
}

#[tokio::test]
async fn silence_takes_the_evidence_away() {
    let practice = portals().await;
    let mut a = Visitor::of_a(&practice, "JCPD0010").await;
    let mut b = Visitor::of_b(&practice, "JZLF010").await;
    assert!(a.get("/api/certificato").await.text().contains(r#"["PIN","Bloccato"]"#));
    let page = b.get("/gestione/VisualizzaCertificato.do").await.text();
    assert!(page.contains("<tr><td>PIN:</td> <td><b>Bloccato</b></td></tr>"), "{page}");
    practice.set_knobs(Knobs { silent: true, ..Knobs::default() });
    let rows = a.get("/api/certificato").await.text();
    let page = b.get("/gestione/VisualizzaCertificato.do").await.text();
    for text in [rows, page] {
        assert!(!text.contains("Bloccato") && !text.contains("Rinnovo\""), "{text}");
    }
}

#[tokio::test]
async fn maintenance_and_failure_look_as_specified() {
    let practice = portals().await;
    let mut a = Visitor::new(practice.mia_firma());
    let closed = |maintenance| Knobs { maintenance, ..Knobs::default() };
    practice.set_knobs(closed(Maintenance::Unavailable));
    let reply = a.get("/api/sessione").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers["retry-after"], "3600");
    assert!(reply.text().contains("<title>Servizio non disponibile</title>"));
    practice.set_knobs(closed(Maintenance::WithStatus200));
    let reply = a.get("/").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.text().contains("dalle ore 20:00 alle ore 23:00"));
    practice.set_knobs(Knobs { error_500: "/api/home".to_owned(), ..Knobs::default() });
    let reply = a.get("/api/home").await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    let text = reply.message();
    assert!(text.starts_with("Si è verificato un errore imprevisto. Riprova più tardi. Codice: "));
    assert_eq!(a.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_lost_result_was_committed_all_the_same() {
    let practice = portals().await;
    practice.set_knobs(Knobs { result_lost: true, ..Knobs::default() });
    let mut a = Visitor::of_a(&practice, "JCPD0002").await;
    a.consent(SAME_PIN).await;
    a.code("firma", &app_code(&practice, "JCPD0002")).await;
    a.choose_pin(SAME_PIN).await;
    wait(&practice, 30);
    let body = json!({ "codice": app_code(&practice, "JCPD0002") }).to_string();
    let reply = a.ask(Method::POST, "/api/rinnovo/attiva", "application/json", body).await;
    assert!(reply.is_err(), "the connection breaks off");
    assert_eq!(kinds(&practice).last(), Some(&CertificatoEmesso));
}

#[tokio::test]
async fn portal_b_may_speak_latin1() {
    let practice = portals().await;
    practice.set_knobs(Knobs { latin1: true, ..Knobs::default() });
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    let reply = holder.get("/gestione/Home.do").await;
    assert_eq!(reply.headers["content-type"], "text/html; charset=iso-8859-1");
    let has = |bytes: &[u8]| reply.bytes.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(b"\xe8 in scadenza. Pu\xf2 rinnovarlo"));
    assert!(has(b"esercizio &#8212; nessun dato reale"));
}

#[tokio::test]
async fn the_banner_and_random_ids_follow_their_knobs() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.mia_firma());
    let banner = visitor.get("/comune/banner.js").await.text();
    assert!(banner.contains("Solo necessari") && banner.contains("Number(\"0\")"));
    practice.set_knobs(Knobs { banner_delay_ms: 3000, ..Knobs::default() });
    assert!(visitor.get("/comune/banner.js").await.text().contains("Number(\"3000\")"));
    assert_eq!(visitor.get("/api/sessione").await.json()["id_casuali"], false);
    let knobs = Knobs { cookie_banner: false, random_ids: true, ..Knobs::default() };
    practice.set_knobs(knobs);
    assert_eq!(visitor.get("/comune/banner.js").await.text(), "");
    assert_eq!(visitor.get("/api/sessione").await.json()["id_casuali"], true);
}

#[tokio::test]
async fn the_fields_of_a_pin_and_a_new_consent_follow_their_knobs() {
    let practice = portals().await;
    practice.set_knobs(Knobs { pin_field: PinField::Number, new_consent: true, ..Knobs::default() });
    let mut b = Visitor::of_b(&practice, "JZLF001").await;
    let form = b.get("/gestione/RinnovoFirmaRemota.do").await.text();
    assert!(form.contains(r#"<input type="number""#) && form.contains(r#"name="conservazione""#), "{form}");
    let mut a = Visitor::of_a(&practice, "JCPD0001").await;
    let data = a.get("/api/rinnovo").await.json();
    let told = (&data["campo_pin"], &data["campo_nuovo_pin"], &data["nuovo_consenso"]);
    assert_eq!(told, (&json!("number"), &json!("password"), &json!(true)));
    a.consent(SAME_PIN).await;
    assert!(!kinds(&practice).contains(&OtpInviato), "without the new consent nothing is asked for");
}

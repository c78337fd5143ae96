//! Portal A: the renewal in each way of confirming, its counters, what each situation shows.

use http::StatusCode;
use jiff::civil::date;
use serde_json::json;

use super::{OTHER_PIN, SAME_PIN, Visitor, app_code, at, kinds, newest_code, portals, wait};
use crate::practice::EffectKind::{
    CertificatoEmesso, CouponUsato, LoginOk, OtpInviato, OtpKo, OtpOk, PinCambiato, PinKo, RichiestaFirmata,
};
use crate::practice::{COUPON, Knobs, PASSWORD};

#[tokio::test]
async fn a_renewal_by_message_leaves_these_lines_and_no_other() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    assert_eq!(holder.get("/api/home").await.json()["giorni"], 45);
    let panel = holder.consent(SAME_PIN).await.json();
    assert_eq!((&panel["metodo"], &panel["cifre"]), (&json!("sms"), &json!(8)));
    let first = newest_code(&practice, "JCPD0001");
    assert_eq!(holder.code("firma", &first).await.status, StatusCode::OK);
    assert_eq!(holder.choose_pin(SAME_PIN).await.status, StatusCode::OK);
    let refused = holder.code("attiva", &first).await;
    assert_eq!(refused.message(), "Codice OTP già utilizzato");
    let second = newest_code(&practice, "JCPD0001");
    assert_eq!(holder.code("attiva", &second).await.status, StatusCode::OK);
    assert_eq!(holder.get("/api/rinnovo/esito").await.json()["scadenza"], "02/03/2029");
    let rows = holder.get("/api/certificato").await.text();
    assert!(rows.contains(r#"["Rinnovo","effettuato il 02/03/2026"]"#), "{rows}");
    assert!(rows.contains(r#"["Data di scadenza","02/03/2029"]"#), "{rows}");
    assert_eq!(
        kinds(&practice),
        [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpKo, OtpOk, CertificatoEmesso]
    );
    assert!(practice.decoys().is_empty());
    let ledger = format!("{:?}", practice.ledger());
    for secret in [PASSWORD, SAME_PIN, &first, &second] {
        assert!(!ledger.contains(secret));
    }
}

#[tokio::test]
async fn another_pin_leaves_a_line_more() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0002").await;
    holder.consent(SAME_PIN).await;
    let code = app_code(&practice, "JCPD0002");
    assert_eq!(holder.code("firma", &code).await.status, StatusCode::OK);
    holder.choose_pin(OTHER_PIN).await;
    assert_eq!(holder.code("attiva", &code).await.message(), "Codice OTP già utilizzato");
    wait(&practice, 30);
    let code = app_code(&practice, "JCPD0002");
    assert_eq!(holder.code("attiva", &code).await.status, StatusCode::OK);
    assert_eq!(kinds(&practice), [LoginOk, OtpOk, RichiestaFirmata, OtpKo, OtpOk, CertificatoEmesso, PinCambiato]);
    assert!(practice.decoys().is_empty());
}

#[tokio::test]
async fn a_hardware_token_is_pressed_twice() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0003").await;
    let panel = holder.consent(SAME_PIN).await.json();
    assert_eq!((&panel["metodo"], &panel["cifre"]), (&json!("hotp"), &json!(6)));
    for (step, panel) in [("firma", 2), ("attiva", 4)] {
        let code = practice.press_token("JCPD0003").unwrap();
        assert_eq!(holder.code(step, &code).await.status, StatusCode::OK, "panel {panel}");
        if step == "firma" {
            holder.choose_pin(SAME_PIN).await;
        }
    }
    assert_eq!(kinds(&practice), [LoginOk, OtpOk, RichiestaFirmata, OtpOk, CertificatoEmesso]);
}

#[tokio::test]
async fn an_approval_is_waited_for() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0015").await;
    holder.consent(SAME_PIN).await;
    let early = holder.code("firma", "").await;
    assert_eq!(early.message(), "L'operazione non è ancora stata approvata.");
    assert!(practice.approve("JCPD0015"));
    assert_eq!(holder.code("firma", "").await.status, StatusCode::OK);
    assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpOk, RichiestaFirmata]);
}

#[tokio::test]
async fn a_coupon_stands_between_the_codes() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0017").await;
    assert_eq!(holder.get("/api/rinnovo").await.json()["coupon"], true);
    holder.consent(SAME_PIN).await;
    holder.code("firma", &newest_code(&practice, "JCPD0017")).await;
    let wrong = "Coupon non valido o già utilizzato";
    assert_eq!(holder.choose_pin(SAME_PIN).await.message(), wrong);
    let redeem = async |holder: &mut Visitor, coupon: &str| {
        holder.post("/api/rinnovo/coupon", json!({ "coupon": coupon })).await
    };
    assert_eq!(redeem(&mut holder, "x").await.message(), wrong);
    assert_eq!(redeem(&mut holder, COUPON).await.status, StatusCode::OK);
    assert_eq!(redeem(&mut holder, COUPON).await.message(), wrong);
    assert_eq!(holder.choose_pin(SAME_PIN).await.status, StatusCode::OK);
    assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, CouponUsato, OtpInviato]);
}

#[tokio::test]
async fn a_half_done_renewal_goes_on_from_the_pin() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0012").await;
    assert_eq!(holder.get("/api/rinnovo").await.json()["stato"], "in_corso");
    assert_eq!(holder.choose_pin(SAME_PIN).await.status, StatusCode::OK);
    let code = newest_code(&practice, "JCPD0012");
    assert_eq!(holder.code("attiva", &code).await.status, StatusCode::OK);
    assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpOk, CertificatoEmesso]);
}

#[tokio::test]
async fn a_second_request_is_another_line_unless_strict() {
    for (strict, requests) in [(false, 2), (true, 1)] {
        let practice = portals().await;
        practice.set_knobs(Knobs { strict, ..Knobs::default() });
        let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
        for _ in 0..2 {
            let reply = holder.consent(SAME_PIN).await;
            if reply.status == StatusCode::CONFLICT {
                assert_eq!(reply.message(), "Hai un rinnovo da completare");
                continue;
            }
            let code = newest_code(&practice, "JCPD0001");
            assert_eq!(holder.code("firma", &code).await.status, StatusCode::OK);
            // The panel is gone with its operation; the same post again is nothing.
            assert_eq!(holder.code("firma", &code).await.status, StatusCode::CONFLICT);
        }
        let lines = kinds(&practice);
        assert_eq!(lines.iter().filter(|line| **line == RichiestaFirmata).count(), requests);
    }
}

#[tokio::test]
async fn three_wrong_pins_lock_it_for_good() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    assert_eq!(holder.consent("123").await.message(), "Il PIN deve essere composto da 8 cifre");
    for left in [2, 1] {
        let text = format!("PIN di firma errato. Tentativi rimasti: {left}");
        assert_eq!(holder.consent("11112222").await.message(), text);
    }
    let locked = "PIN bloccato. Richiedi un nuovo certificato.";
    assert_eq!(holder.consent("11112222").await.message(), locked);
    assert_eq!(holder.consent(SAME_PIN).await.message(), locked);
    assert_eq!(kinds(&practice), [LoginOk, PinKo, PinKo, PinKo]);
    let mut holder = Visitor::of_a(&practice, "JCPD0010").await;
    assert_eq!(holder.consent(SAME_PIN).await.message(), locked);
    assert_eq!(practice.effects("JCPD0010"), [LoginOk], "a locked PIN costs no attempt");
}

#[tokio::test]
async fn a_new_pin_has_rules() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0012").await;
    for (pin, text) in [
        ("1234567", "Il PIN deve essere composto da 8 cifre"),
        ("1234567a", "Il PIN deve essere composto da 8 cifre"),
        ("12222345", "Il PIN non può contenere più di 3 cifre uguali consecutive"),
    ] {
        assert_eq!(holder.choose_pin(pin).await.message(), text);
    }
    let body = json!({ "pin": SAME_PIN, "conferma": OTHER_PIN });
    let differ = holder.post("/api/rinnovo/pin", body).await;
    assert_eq!(differ.message(), "I PIN inseriti non coincidono");
    assert_eq!(holder.choose_pin("12223456").await.status, StatusCode::OK);
}

#[tokio::test]
async fn codes_grow_old_and_five_wrong_ones_end_it() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    holder.consent(SAME_PIN).await;
    let again = holder.post("/api/rinnovo/codice", json!({})).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    wait(&practice, 181);
    let old = newest_code(&practice, "JCPD0001");
    let text = "Codice OTP scaduto. Richiedi un nuovo codice.";
    assert_eq!(holder.code("firma", &old).await.message(), text);
    assert_eq!(holder.post("/api/rinnovo/codice", json!({})).await.status, StatusCode::OK);
    for _ in 0..3 {
        assert_eq!(holder.code("firma", "x").await.message(), "Codice OTP errato");
    }
    let over = "Numero massimo di tentativi raggiunto. L'operazione è stata annullata.";
    assert_eq!(holder.code("firma", "x").await.message(), over);
    assert_eq!(holder.code("firma", "x").await.status, StatusCode::CONFLICT);
    assert_eq!(holder.consent(SAME_PIN).await.message(), over);
    wait(&practice, 901);
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    assert_eq!(holder.consent(SAME_PIN).await.status, StatusCode::OK);
    assert!(!kinds(&practice).contains(&RichiestaFirmata));
}

#[tokio::test]
async fn every_situation_shows_itself() {
    let practice = portals().await;
    for (number, offered, standing, evidence) in [
        (1, true, "rinnovabile", "non effettuato"),
        (4, false, "non_rinnovabile", "non effettuato"),
        (5, false, "scaduto", "non effettuato"),
        (6, false, "fuori_termine", "non effettuato"),
        (7, true, "rinnovabile", "non effettuato"),
        (10, true, "rinnovabile", "non effettuato"),
        (11, false, "gia_rinnovato", "effettuato il 10/02/2026"),
        (12, true, "in_corso", "da completare"),
        (13, true, "dati_variati", "dati variati"),
        (14, true, "non_piu_rinnovabile", "non più disponibile"),
        (16, false, "sospeso", "non effettuato"),
    ] {
        let user = format!("JCPD{number:04}");
        let mut holder = Visitor::of_a(&practice, &user).await;
        let days = holder.get("/api/home").await.json()["giorni"].clone();
        assert_eq!(!days.is_null(), offered, "{user}");
        assert_eq!(holder.get("/api/rinnovo").await.json()["stato"], standing, "{user}");
        let rows = holder.get("/api/certificato").await.text();
        assert!(rows.contains(&format!(r#"["Rinnovo","{evidence}"]"#)), "{user}: {rows}");
    }
}

#[tokio::test]
async fn the_mail_comes_when_the_knob_says() {
    let practice = portals().await;
    practice.set_knobs(Knobs { mail_delay_s: 60, ..Knobs::default() });
    let before = practice.mail("JCPD0012");
    let subjects: Vec<&str> = before.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["Il tuo certificato di firma scade tra 90 giorni", "Il tuo certificato di firma scade tra 60 giorni"]
    );
    let mut holder = Visitor::of_a(&practice, "JCPD0012").await;
    holder.choose_pin(SAME_PIN).await;
    holder.code("attiva", &newest_code(&practice, "JCPD0012")).await;
    assert_eq!(practice.mail("JCPD0012"), before);
    wait(&practice, 61);
    let mail = practice.mail("JCPD0012").pop().unwrap();
    assert_eq!(mail.subject, "Rinnovo del certificato di firma completato");
    assert!(mail.text.contains("Nuova scadenza: 02/03/2029"), "{}", mail.text);
}

#[tokio::test]
async fn the_days_are_those_of_rome() {
    let practice = portals().await;
    let summary = practice.accounts().into_iter().find(|a| a.user == "JCPD0007").unwrap();
    assert_eq!(summary.expires, date(2026, 3, 3));
    practice.set_clock(at("2026-03-02T22:59:00Z"));
    let mut holder = Visitor::of_a(&practice, "JCPD0007").await;
    assert_eq!(holder.get("/api/home").await.json()["giorni"], 1);
    practice.set_clock(at("2026-03-02T23:00:30Z"));
    assert!(holder.get("/api/home").await.json()["giorni"].is_null());
    let able = holder.get("/api/rinnovo").await.json();
    assert_eq!(able["stato"], "fuori_termine");
}

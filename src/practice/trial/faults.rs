//! Each fault, as a visitor meets it, and what it leaves in the ledger.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{SAME_PIN, Visitor, app_code, error_of, kinds, newest_code, portals, wait};
use crate::practice::EffectKind::{CertificatoEmesso, LoginOk, OtpInviato, OtpKo, OtpOk, RichiestaFirmata};
use crate::practice::outbox::latest_code;
use crate::practice::{Fault, FaultKind, Knobs, Practice};

const SIGN: &str = "/api/rinnovo/firma";
const SIGN_B: &str = "POST /gestione/RinnovoFirmaRemota.do";

fn arm(practice: &Practice, fault: Fault) {
    practice.arm(vec![fault]).unwrap();
}

/// A holder of portal A whose code is all that is missing for the first commit.
async fn before_signing(practice: &Practice) -> Visitor {
    let mut holder = Visitor::of_a(practice, "JCPD0001").await;
    assert_eq!(holder.consent(SAME_PIN).await.status, StatusCode::OK);
    holder
}

/// Sends the first commit of portal A; an error is a broken connection.
async fn sign(holder: &mut Visitor, practice: &Practice) -> Result<super::Reply, String> {
    let body = json!({ "codice": newest_code(practice, "JCPD0001") }).to_string();
    holder.ask(Method::POST, SIGN, "application/json", body).await
}

fn signed(practice: &Practice) -> usize {
    kinds(practice).into_iter().filter(|kind| *kind == RichiestaFirmata).count()
}

#[tokio::test]
async fn an_answer_of_500_502_or_503_comes_before_or_after_the_commit() {
    for (kind, status) in [
        (FaultKind::InternalError, StatusCode::INTERNAL_SERVER_ERROR),
        (FaultKind::BadGateway, StatusCode::BAD_GATEWAY),
        (FaultKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
        (FaultKind::Maintenance, StatusCode::OK),
    ] {
        for after in [false, true] {
            let practice = portals().await;
            let mut holder = before_signing(&practice).await;
            arm(&practice, Fault { after, value: Some(120), ..Fault::at(SIGN, kind) });
            let reply = sign(&mut holder, &practice).await.unwrap();
            assert_eq!(reply.status, status);
            assert_eq!(signed(&practice), usize::from(after), "{kind:?} {after}");
            let retry = reply.headers.get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry, (kind == FaultKind::Unavailable).then_some("120"));
            assert!(reply.headers.contains_key("date"), "the portal's clock stands in every answer");
            // The second request is served as ever.
            let again = sign(&mut holder, &practice).await.unwrap();
            assert_eq!(again.status, if after { StatusCode::CONFLICT } else { StatusCode::OK }, "{}", again.text());
        }
    }
}

#[tokio::test]
async fn a_reset_tells_nothing_and_may_come_before_or_after_the_commit() {
    for (kind, effects) in [(FaultKind::ResetBeforeCommit, 0), (FaultKind::ResetAfterCommit, 1)] {
        let practice = portals().await;
        let mut holder = before_signing(&practice).await;
        arm(&practice, Fault::at(SIGN, kind).each());
        sign(&mut holder, &practice).await.map(|reply| reply.text()).unwrap_err();
        assert_eq!(signed(&practice), effects, "{kind:?}");
        practice.arm(Vec::new()).unwrap();
        assert_eq!(holder.get("/api/home").await.status, StatusCode::OK, "the portal is there all the same");
    }
}

#[tokio::test]
async fn a_hang_ends_with_the_visitor_and_can_be_waited_for() {
    for after in [false, true] {
        let practice = portals().await;
        let mut holder = before_signing(&practice).await;
        arm(&practice, Fault { after, ..Fault::at(SIGN, FaultKind::Hang) });
        let sent = sign(&mut holder, &practice);
        tokio::select! {
            reply = sent => panic!("it was answered: {:?}", reply.map(|reply| reply.text())),
            () = practice.struck(1) => {}
        }
        assert_eq!(signed(&practice), usize::from(after));
        assert_eq!(practice.faults()[0].played, 1);
    }
}

#[tokio::test]
async fn latency_and_drops_take_their_time_and_all_arrives() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.mia_firma());
    let whole = visitor.get("/app.js").await.bytes;
    for kind in [FaultKind::Latency, FaultKind::SlowDrip] {
        arm(&practice, Fault::at("/app.js", kind).of(300));
        let began = Instant::now();
        assert_eq!(visitor.get("/app.js").await.bytes, whole);
        assert!(began.elapsed() >= Duration::from_millis(300), "{kind:?}");
    }
}

#[tokio::test]
async fn a_truncated_answer_breaks_off() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.firma_remota());
    arm(&practice, Fault::at("/gestione/Login.do", FaultKind::Truncate).of(10));
    let reply = visitor.ask(Method::GET, "/gestione/Login.do", "", String::new()).await;
    reply.map(|reply| reply.text()).unwrap_err();
    assert!(visitor.get("/gestione/Login.do").await.text().contains("User-ID"));
}

#[tokio::test]
async fn a_session_may_end_at_any_request() {
    for (kind, word, page) in
        [(FaultKind::SessionExpired, "sessione", "scaduta"), (FaultKind::SecondLogin, "sostituita", "altrove")]
    {
        let practice = portals().await;
        let mut a = before_signing(&practice).await;
        let mut b = Visitor::of_b(&practice, "JZLF001").await;
        arm(&practice, Fault::at(SIGN, kind));
        assert_eq!(sign(&mut a, &practice).await.unwrap().json()["errore"], word);
        arm(&practice, Fault::at("/gestione/Home.do", kind));
        assert_eq!(b.get("/gestione/Home.do").await.place(), format!("/gestione/Login.do?m={page}"));
        assert_eq!(signed(&practice), 0);
    }
}

#[tokio::test]
async fn a_soft_error_says_done_and_does_nothing() {
    let practice = portals().await;
    practice
        .arm(vec![Fault::at("/api/rinnovo/attiva", FaultKind::SoftError), Fault::at(SIGN_B, FaultKind::SoftError)])
        .unwrap();
    let mut a = before_signing(&practice).await;
    assert_eq!(sign(&mut a, &practice).await.unwrap().status, StatusCode::OK);
    a.choose_pin(SAME_PIN).await;
    let code = newest_code(&practice, "JCPD0001");
    assert_eq!(a.code("attiva", &code).await.status, StatusCode::OK);
    assert_eq!(a.get("/api/rinnovo/esito").await.json()["rinnovato"], true);
    assert!(a.get("/api/certificato").await.text().contains("da completare"));
    let mut b = Visitor::of_b(&practice, "JZLF001").await;
    let code = b.ask_for_code(&practice, "JZLF001").await;
    assert!(b.request(&code, SAME_PIN).await.text().contains("ANDATA A BUON FINE"));
    assert_eq!(b.get("/gestione/RinnovoFirmaRemota.do").await.status, StatusCode::OK, "the first form again");
    assert_eq!(
        kinds(&practice),
        [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpOk, LoginOk, OtpInviato, OtpOk]
    );
}

#[tokio::test]
async fn a_code_may_be_refused_whatever_it_is() {
    for (kind, text) in [
        (FaultKind::CodeRefused, "Codice OTP errato"),
        (FaultKind::CodeExpired, "Codice OTP scaduto. Richiedi un nuovo codice."),
    ] {
        let practice = portals().await;
        practice.arm(vec![Fault::at(SIGN, kind), Fault::at(SIGN_B, kind)]).unwrap();
        let mut a = before_signing(&practice).await;
        assert_eq!(sign(&mut a, &practice).await.unwrap().message(), text);
        let mut b = Visitor::of_b(&practice, "JZLF001").await;
        let code = b.ask_for_code(&practice, "JZLF001").await;
        assert_eq!(error_of(&b.request(&code, SAME_PIN).await), "OTP ERRATO O SCADUTO");
        assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpKo, LoginOk, OtpInviato, OtpKo]);
    }
}

#[tokio::test]
async fn a_late_message_is_late_and_an_old_one_comes_before_it() {
    for (kind, at_once) in [(FaultKind::LateSms, 0), (FaultKind::OldSms, 1)] {
        let practice = portals().await;
        let before = jiff::Timestamp::now().as_millisecond() - 1;
        arm(&practice, Fault::at("/api/rinnovo/consensi", kind).of(2000));
        let mut holder = before_signing(&practice).await;
        assert_eq!(practice.sms("JCPD0001").len(), at_once, "{kind:?}");
        // Whoever reads when a message was written is not taken in by the old one.
        let patience = Duration::from_secs(20);
        let code = latest_code(practice.admin(), practice.token(), "JCPD0001", before, patience).await.unwrap();
        assert_eq!(practice.sms("JCPD0001").len(), at_once + 1);
        if at_once == 1 {
            let old = practice.sms("JCPD0001")[0].code.clone();
            assert_eq!(holder.code("firma", &old).await.message(), "Codice OTP errato");
        }
        assert_eq!(holder.code("firma", &code).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn another_origin_may_answer_and_an_address_may_lead_to_itself() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.mia_firma());
    arm(&practice, Fault::at("/", FaultKind::Captive));
    let place = visitor.get("/").await.place().to_owned();
    assert_eq!(place, format!("{}/rete", practice.stranger()));
    let mut there = Visitor::new(practice.stranger());
    assert!(there.get("/rete").await.text().contains("Inserisci la tua password"));
    assert_eq!(practice.leaks().len(), 1, "even its own page is told of");
    arm(&practice, Fault::at("/gestione/*", FaultKind::RedirectLoop).each());
    let mut visitor = Visitor::new(practice.firma_remota());
    assert_eq!(visitor.get("/gestione/Login.do").await.place(), "/gestione/Login.do");
}

#[tokio::test]
async fn an_authority_may_err_and_a_result_may_be_worded_otherwise() {
    let practice = portals().await;
    practice.set_knobs(Knobs { issued_days: Some(0), success_text: "Fatto".to_owned(), ..Knobs::default() });
    let before = practice.accounts();
    let mut a = Visitor::of_a(&practice, "JCPD0002").await;
    a.consent(SAME_PIN).await;
    a.code("firma", &app_code(&practice, "JCPD0002")).await;
    a.choose_pin(SAME_PIN).await;
    wait(&practice, 30);
    a.code("attiva", &app_code(&practice, "JCPD0002")).await;
    assert_eq!(a.get("/api/rinnovo/esito").await.json()["testo"], "Fatto");
    let mut b = Visitor::of_b(&practice, "JZLF012").await;
    let code = b.ask_for_code(&practice, "JZLF012").await;
    let page = b.complete(&code, SAME_PIN, SAME_PIN).await.text();
    assert!(page.contains("<h2>Fatto</h2>") && !page.contains("RINNOVATO."), "{page}");
    let emitted = practice.ledger().into_iter().filter(|line| line.effect == CertificatoEmesso).count();
    assert_eq!(emitted, 2);
    for (before, after) in before.iter().zip(practice.accounts()) {
        assert_eq!(before.expires, after.expires, "{}", after.user);
        let renewed = ["JCPD0002", "JZLF012"].contains(&after.user.as_str());
        assert_eq!(before.iut != after.iut, renewed, "{}", after.user);
    }
}

#[tokio::test]
async fn faults_are_armed_over_the_admin_api() {
    let practice = portals().await;
    let list = json!([{ "route": "/api/home", "nth": 1, "kind": "502" }, { "kind": "latency", "value": 1 }]);
    let (status, armed) = admin(&practice, Method::POST, Some(list)).await;
    assert_eq!((status, armed["faults"].as_array().unwrap().len()), (StatusCode::OK, 2));
    let mut visitor = Visitor::new(practice.mia_firma());
    assert_eq!(visitor.get("/api/home").await.status, StatusCode::BAD_GATEWAY);
    let (_, armed) = admin(&practice, Method::GET, None).await;
    assert_eq!((&armed["faults"][0]["played"], &armed["faults"][1]["seen"]), (&json!(1), &json!(1)));
    for (bad, why) in [
        (json!([{ "kind": "501" }]), "unknown variant `501`"),
        (json!([{ "kind": "500", "root": "/" }]), "unknown field `root`"),
        (json!([{ "kind": "500", "route": "home" }]), "is no path"),
        (json!({}), "expected a sequence"),
    ] {
        let (status, error) = admin(&practice, Method::POST, Some(bad)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(error["error"].as_str().unwrap().contains(why), "{error}");
    }
    assert_eq!(practice.faults().len(), 2, "what was wrong changed nothing");
    practice.reset();
    assert!(practice.faults().is_empty());
}

async fn admin(practice: &Practice, method: Method, body: Option<Value>) -> (StatusCode, Value) {
    super::admin::admin(practice, method, "/_/faults", body).await
}

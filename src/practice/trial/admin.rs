//! The admin API and its client.

use std::time::{Duration, Instant};

use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Body, SAME_PIN, Visitor, newest_code, portals, to_bytes};
use crate::practice::outbox::{OutboxError, latest_code, press_token};
use crate::practice::{EffectKind, Knobs, Practice};

pub(super) async fn admin(practice: &Practice, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let visitor = Visitor::new(practice.admin());
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", practice.admin()))
        .header("authorization", format!("Bearer {}", practice.token()))
        .header("content-type", "application/json")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    let response = visitor.client.request(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(Body::new(response.into_body()), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn only_the_token_opens_it() {
    let practice = portals().await;
    let mut stranger = Visitor::new(practice.admin());
    for path in ["/_/ledger", "/_/accounts", "/_/sms?user=JCPD0001"] {
        assert_eq!(stranger.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let mut page = Visitor::new(practice.mia_firma());
    assert_eq!(page.get("/_/ledger").await.status, StatusCode::NOT_FOUND);
    assert_eq!(practice.token().len(), 32, "128 bits");
}

#[tokio::test]
async fn a_reader_wakes_when_the_message_comes() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    let since = Timestamp::now().as_millisecond() - 1;
    let (origin, token) = (practice.admin().to_owned(), practice.token().to_owned());
    let reader = tokio::spawn(async move {
        let wait = Duration::from_secs(20);
        latest_code(&origin, &token, "jcpd0001", since, wait).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    holder.consent(SAME_PIN).await;
    let code = reader.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(code, newest_code(&practice, "JCPD0001"));
    let after = practice.sms("JCPD0001").pop().unwrap().sent_ms;
    let none = latest_code(practice.admin(), practice.token(), "JCPD0001", after, Duration::ZERO).await;
    assert!(matches!(none, Err(OutboxError::Nothing { .. })), "{none:?}");
}

#[tokio::test]
async fn the_client_says_why_there_is_no_code() {
    let practice = portals().await;
    let (origin, token) = (practice.admin(), practice.token());
    let refused = press_token(origin, "wrong", "JCPD0003").await;
    assert!(matches!(refused, Err(OutboxError::Refused(_))), "{refused:?}");
    let none = press_token(origin, token, "JCPD0001").await.unwrap_err();
    let text = "the practice portals refuse: this account has no hardware token";
    assert_eq!(none.to_string(), text);
    assert_eq!(press_token(origin, token, "JCPD0003").await.unwrap().len(), 6);
    let nobody = latest_code(origin, token, "NESSUNO", 0, Duration::ZERO).await;
    assert!(matches!(nobody, Err(OutboxError::Refused(_))), "{nobody:?}");
    let address = latest_code("not an address", token, "JCPD0001", 0, Duration::ZERO).await;
    assert!(matches!(address, Err(OutboxError::Address(_))), "{address:?}");
}

#[tokio::test]
async fn clock_knobs_and_reset() {
    let practice = portals().await;
    let now = json!({ "now": "2027-07-01T12:00:00+02:00" });
    admin(&practice, Method::POST, "/_/clock", Some(now)).await;
    let (_, shown) = admin(&practice, Method::GET, "/_/clock", None).await;
    assert!(shown["now"].as_str().unwrap().starts_with("2027-07-01T10:00:0"), "{shown}");
    let (status, _) = admin(&practice, Method::POST, "/_/knobs", Some(json!({ "strict": true }))).await;
    assert_eq!((status, practice.knobs().strict), (StatusCode::OK, true));
    let (status, error) = admin(&practice, Method::POST, "/_/knobs", Some(json!({ "strikt": true }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(error["error"].as_str().unwrap().contains("unknown field `strikt`"), "{error}");
    Visitor::of_a(&practice, "JCPD0004").await;
    let (_, ledger) = admin(&practice, Method::GET, "/_/ledger", None).await;
    assert_eq!(ledger["ledger"][0]["effect"], "login_ok");
    admin(&practice, Method::POST, "/_/reset", None).await;
    assert!(practice.ledger().is_empty());
    assert_eq!(practice.knobs(), Knobs::default());
    let (_, accounts) = admin(&practice, Method::GET, "/_/accounts", None).await;
    assert_eq!(accounts["accounts"][0]["expires"], "2027-08-15", "45 days from the set day");
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 34);
}

#[tokio::test]
async fn approvals_mail_and_sessions() {
    let practice = portals().await;
    let approve = "/_/push/approve?user=JCPD0015";
    let (status, _) = admin(&practice, Method::POST, approve, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing waits yet");
    let mut holder = Visitor::of_a(&practice, "JCPD0015").await;
    holder.consent(SAME_PIN).await;
    let (status, _) = admin(&practice, Method::POST, approve, None).await;
    assert_eq!(status, StatusCode::OK);
    let (_, mail) = admin(&practice, Method::GET, "/_/mail?user=JCPD0015", None).await;
    assert_eq!(mail["mail"].as_array().unwrap().len(), 2);
    admin(&practice, Method::POST, "/_/sessions/expire", None).await;
    assert_eq!(holder.code("firma", "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(practice.effects("JCPD0015"), [EffectKind::LoginOk, EffectKind::OtpInviato]);
}

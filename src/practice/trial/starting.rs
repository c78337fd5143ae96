//! Beginning and ending: several at once, ports, the ledger's file.

use super::{Visitor, portals};
use crate::practice::{EffectKind, Options, Practice, PracticeError};

#[tokio::test]
async fn two_pairs_know_nothing_of_each_other() {
    let (first, second) = (portals().await, portals().await);
    Visitor::of_a(&first, "JCPD0001").await;
    assert_eq!(first.effects("JCPD0001"), [EffectKind::LoginOk]);
    assert!(second.ledger().is_empty());
    assert_ne!(first.token(), second.token());
}

#[tokio::test]
async fn one_browser_may_be_logged_in_on_both_portals() {
    let practice = portals().await;
    let mut browser = Visitor::of_a(&practice, "JCPD0001").await;
    browser.origin = practice.firma_remota().to_owned();
    browser.log_in_b("JZLF001", crate::practice::PASSWORD).await;
    assert_eq!(browser.get("/gestione/Home.do").await.status, 200);
    browser.origin = practice.mia_firma().to_owned();
    assert_eq!(browser.get("/api/home").await.status, 200);
}

#[tokio::test]
async fn the_third_origin_keeps_what_it_is_sent() {
    let practice = portals().await;
    let mut browser = Visitor::new(practice.stranger());
    browser.post("/collect?a=1", serde_json::json!({ "pin": "secret" })).await;
    let leaks = practice.leaks();
    assert_eq!(leaks.len(), 1);
    assert_eq!((&*leaks[0].target, &*leaks[0].body), ("/collect?a=1", r#"{"pin":"secret"}"#));
}

#[tokio::test]
async fn a_stopped_pair_frees_its_ports() {
    let first = portals().await;
    let port = first.mia_firma().rsplit(':').next().unwrap().parse().unwrap();
    let taken = Options { mia_firma_port: port, ..Options::default() };
    let error = Practice::start(taken.clone()).await.unwrap_err();
    assert!(matches!(error, PracticeError::Bind { .. }), "{error}");
    first.stop().await;
    Practice::start(taken).await.unwrap().stop().await;
}

#[tokio::test]
async fn effects_are_written_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let options = Options { ledger: Some(path.clone()), accounts: vec!["u01".to_owned()], ..Options::default() };
    let practice = Practice::start(options).await.unwrap();
    Visitor::of_b(&practice, "JZLF001").await;
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(r#""user":"JZLF001","effect":"login_ok""#), "{text}");
    assert_eq!(practice.accounts().len(), 2);
}

#[tokio::test]
async fn a_filter_must_leave_somebody() {
    let options = Options { accounts: vec!["u99".to_owned()], ..Options::default() };
    let error = Practice::start(options).await.unwrap_err();
    assert_eq!(error.to_string(), "no practice account is called u99");
}

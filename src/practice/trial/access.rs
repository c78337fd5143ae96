//! Portal A: logging in, the password, the session, the token of the page.

use http::StatusCode;
use serde_json::json;

use super::{SAME_PIN, Visitor, between, kinds, portals, wait};
use crate::practice::EffectKind::{LoginKo, LoginOk, PasswordCambiata, RecuperoPassword};
use crate::practice::PASSWORD;

#[tokio::test]
async fn five_wrong_passwords_lock_the_account() {
    let practice = portals().await;
    let mut holder = Visitor::new(practice.mia_firma());
    for left in (1..=4).rev() {
        let reply = holder.log_in_a("JCPD0001", "no").await;
        let text = format!("User ID o password non corretti. Tentativi rimasti: {left}");
        assert_eq!((reply.status.as_u16(), reply.message()), (401, text));
    }
    let locked = "Utenza bloccata per troppi tentativi errati. Per sbloccarla utilizza la \
                  funzione \"Ho dimenticato la password\".";
    let fifth = holder.log_in_a("JCPD0001", "no").await;
    assert_eq!((fifth.status.as_u16(), fifth.message()), (423, locked.to_owned()));
    assert_eq!(holder.log_in_a("JCPD0001", PASSWORD).await.status, StatusCode::LOCKED);
    assert_eq!(kinds(&practice), [LoginKo; 6]);
    for user in ["JCPD0018", "Esercizio.2024", "JZLF001"] {
        let reply = holder.log_in_a(user, PASSWORD).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{user}");
    }
    let ledger = practice.ledger();
    let names: Vec<&str> = ledger[6..].iter().map(|line| line.user.as_str()).collect();
    assert_eq!(names, ["JCPD0018", "-", "-"], "what is no user may be a password");
    assert_eq!(holder.log_in_a("JCPD0009", PASSWORD).await.status, StatusCode::LOCKED);
}

#[tokio::test]
async fn an_expired_password_must_be_changed() {
    let practice = portals().await;
    let mut holder = Visitor::new(practice.mia_firma());
    let reply = holder.log_in_a("JCPD0008", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    let change = async |holder: &mut Visitor, new: &str| {
        let body = json!({
            "utente": "JCPD0008", "attuale": PASSWORD, "nuova": new, "conferma": new
        });
        holder.post("/api/cambio-password", body).await
    };
    let reused = change(&mut holder, PASSWORD).await.message();
    assert_eq!(reused, "La nuova password deve essere diversa dalle ultime 5");
    assert!(change(&mut holder, "corta").await.message().starts_with("La password deve"));
    assert_eq!(change(&mut holder, "Esercizio.2025").await.status, StatusCode::OK);
    assert_eq!(holder.log_in_a("JCPD0008", "Esercizio.2025").await.status, StatusCode::OK);
    assert_eq!(kinds(&practice), [LoginKo, PasswordCambiata, LoginOk]);
    assert_eq!(practice.decoys().len(), 1);
}

#[tokio::test]
async fn a_lost_password_is_mailed_for_and_the_link_grows_old() {
    let practice = portals().await;
    let mut holder = Visitor::new(practice.mia_firma());
    holder.get("/api/sessione").await;
    let start = json!({ "utente": "JCPD0009" });
    holder.post("/api/recupero", start.clone()).await;
    let nobody = holder.post("/api/recupero", json!({ "utente": "NESSUNO" })).await;
    assert_eq!(nobody.status, StatusCode::OK);
    let set = async |holder: &mut Visitor, mail: String| {
        let key = between(&mail, "/#/nuova-password/", "\n").to_owned();
        let body = json!({ "chiave": key, "nuova": "Esercizio.2025", "conferma": "Esercizio.2025" });
        holder.post("/api/nuova-password", body).await.status
    };
    let mail = practice.mail("JCPD0009").pop().unwrap();
    wait(&practice, 901);
    assert_eq!(set(&mut holder, mail.text).await, StatusCode::UNPROCESSABLE_ENTITY);
    holder.post("/api/recupero", start).await;
    let mail = practice.mail("JCPD0009").pop().unwrap();
    assert_eq!(set(&mut holder, mail.text.clone()).await, StatusCode::OK);
    assert_eq!(set(&mut holder, mail.text).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(holder.log_in_a("JCPD0009", "Esercizio.2025").await.status, StatusCode::OK);
    assert_eq!(kinds(&practice), [RecuperoPassword, RecuperoPassword, PasswordCambiata, LoginOk]);
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let practice = portals().await;
    let mut holder = Visitor::of_a(&practice, "JCPD0001").await;
    for token in ["", "0123456789abcdef0123456789abcdef01234567"] {
        token.clone_into(&mut holder.token);
        for path in ["rinnovo/consensi", "sospensione", "revoca", "richiesta-certificato"] {
            let body = json!({ "condizioni": true, "dati": true, "pin": SAME_PIN });
            let reply = holder.post(&format!("/api/{path}"), body).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let mut stranger = Visitor::new(practice.mia_firma());
    let body = json!({ "utente": "JCPD0001", "password": PASSWORD });
    assert_eq!(stranger.post("/api/accesso", body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(kinds(&practice), [LoginOk]);
}

#[tokio::test]
async fn one_session_for_each_user_and_not_for_ever() {
    let practice = portals().await;
    let mut first = Visitor::of_a(&practice, "JCPD0001").await;
    let mut second = Visitor::of_a(&practice, "JCPD0001").await;
    let reply = first.get("/api/home").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["errore"]), (401, &json!("sostituita")));
    let text = "La sessione è stata chiusa perché hai effettuato l'accesso da un altro \
                dispositivo.";
    assert_eq!(reply.message(), text);
    assert_eq!(second.get("/api/home").await.status, StatusCode::OK);
    wait(&practice, 601);
    let reply = second.get("/api/home").await;
    assert_eq!(reply.json()["errore"], "sessione");
    assert_eq!(second.cookies["SESSIONE_A"], "", "the cookie is taken away");
}

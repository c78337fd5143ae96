//! Portal B: the two forms, what burns a code, what a page sent again does, the decoys.

use http::StatusCode;

use super::{OTHER_PIN, SAME_PIN, Visitor, app_code, error_of, kinds, newest_code, portals, wait};
use crate::practice::EffectKind::{
    CertificatoEmesso, EmailCambiata, LoginKo, LoginOk, OtpInviato, OtpKo, OtpOk, Pagamento, PasswordCambiata,
    PinCambiato, PinKo, RichiestaCertificato, RichiestaFirmata,
};
use crate::practice::{Knobs, PASSWORD};

#[tokio::test]
async fn a_renewal_asks_for_two_messages() {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    assert_eq!(error_of(&holder.request("12345678", SAME_PIN).await), "OTP NON RICHIESTO");
    let first = holder.ask_for_code(&practice, "JZLF001").await;
    let form = holder.request(&first, SAME_PIN).await;
    assert_eq!(form.status, StatusCode::OK, "answered directly");
    assert!(form.text().contains("LA RICHIESTA DI RINNOVO DELLA FIRMA REMOTA È ANDATA A BUON FINE"));
    let reply = holder.complete(&first, SAME_PIN, SAME_PIN).await;
    assert_eq!(error_of(&reply), "OTP NON RICHIESTO");
    let second = holder.ask_for_code(&practice, "JZLF001").await;
    let entry = holder.get("/gestione/RinnovoFirmaRemota.do").await;
    assert_eq!(entry.place(), "/gestione/RinnovoCompleta.do");
    let reply = holder.complete(&second, SAME_PIN, OTHER_PIN).await;
    assert_eq!(error_of(&reply), "I PIN NON COINCIDONO");
    let reply = holder.complete(&second, OTHER_PIN, OTHER_PIN).await;
    assert_eq!(reply.status, StatusCode::OK, "answered directly");
    assert!(reply.text().contains("CERTIFICATO RINNOVATO."));
    let page = holder.get("/gestione/VisualizzaCertificato.do").await.text();
    // Forty-five days from 2 March 2026 and three years.
    assert!(page.contains("<b>16/04/2029</b>"), "{page}");
    assert!(page.contains("<b>effettuato il 02/03/2026</b>"), "{page}");
    assert_eq!(
        kinds(&practice),
        [LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpOk, CertificatoEmesso, PinCambiato]
    );
    assert!(practice.decoys().is_empty());
}

#[tokio::test]
async fn a_wrong_pin_burns_the_code() {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    let code = holder.ask_for_code(&practice, "JZLF001").await;
    let rule = "IL PIN DEVE ESSERE NUMERICO DI ALMENO 8 CIFRE";
    assert_eq!(error_of(&holder.request(&code, "1234").await), rule);
    assert_eq!(error_of(&holder.request(&code, OTHER_PIN).await), "PIN ERRATO");
    assert_eq!(error_of(&holder.request(&code, SAME_PIN).await), "OTP NON RICHIESTO");
    let next = holder.ask_for_code(&practice, "JZLF001").await;
    assert_eq!(error_of(&holder.request(&code, SAME_PIN).await), "OTP ERRATO O SCADUTO");
    wait(&practice, 181);
    assert_eq!(error_of(&holder.request(&next, SAME_PIN).await), "OTP ERRATO O SCADUTO");
    assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpOk, PinKo, OtpInviato, OtpKo, OtpKo]);
}

#[tokio::test]
async fn the_first_form_sent_again_counts_only_with_a_new_code() {
    for (strict, requests) in [(false, 2), (true, 1)] {
        let practice = portals().await;
        practice.set_knobs(Knobs { strict, ..Knobs::default() });
        let mut holder = Visitor::of_b(&practice, "JZLF001").await;
        let page = holder.get("/gestione/RinnovoFirmaRemota.do").await.text();
        let first = holder.ask_for_code(&practice, "JZLF001").await;
        let sent = [("otp", &*first), ("pin", SAME_PIN)];
        holder.send_form(&page, &sent).await;
        let reloaded = error_of(&holder.send_form(&page, &sent).await);
        let second = holder.ask_for_code(&practice, "JZLF001").await;
        let again = holder.send_form(&page, &[("otp", &second), ("pin", SAME_PIN)]).await;
        if strict {
            assert_eq!(reloaded, "RICHIESTA GIÀ FIRMATA: COMPLETARE IL RINNOVO");
            assert_eq!(error_of(&again), "RICHIESTA GIÀ FIRMATA: COMPLETARE IL RINNOVO");
        } else {
            assert_eq!(reloaded, "OTP NON RICHIESTO");
            assert!(again.text().contains("Conferma Pin di Firma"));
        }
        let lines = kinds(&practice);
        assert_eq!(lines.iter().filter(|line| **line == RichiestaFirmata).count(), requests);
    }
}

#[tokio::test]
async fn tokens_and_apps_need_no_message() {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF003").await;
    let page = holder.get("/gestione/OtpCellulare.do").await;
    assert_eq!(error_of(&page), "FUNZIONE NON DISPONIBILE PER IL DISPOSITIVO ASSOCIATO");
    let code = practice.press_token("JZLF003").unwrap();
    holder.request(&code, SAME_PIN).await;
    let code = practice.press_token("JZLF003").unwrap();
    holder.complete(&code, SAME_PIN, SAME_PIN).await;
    assert_eq!(kinds(&practice), [LoginOk, OtpOk, RichiestaFirmata, OtpOk, CertificatoEmesso]);
    let mut holder = Visitor::of_b(&practice, "JZLF002").await;
    holder.request(&app_code(&practice, "JZLF002"), SAME_PIN).await;
    assert_eq!(practice.effects("JZLF002"), [LoginOk, OtpOk, RichiestaFirmata]);
}

#[tokio::test]
async fn the_second_form_may_want_its_data_typed() {
    let practice = portals().await;
    practice.set_knobs(Knobs { prefilled: false, ..Knobs::default() });
    let mut holder = Visitor::of_b(&practice, "JZLF012").await;
    let code = holder.ask_for_code(&practice, "JZLF012").await;
    let reply = holder.complete(&code, SAME_PIN, SAME_PIN).await;
    assert_eq!(error_of(&reply), "CODICE FISCALE O IUT NON CORRETTI");
    let iut = practice.accounts().into_iter().find(|a| a.user == "JZLF012").unwrap().iut;
    let fields =
        [("codFisc", "rssmra80a01h501u"), ("iut", &*iut), ("otp", &*code), ("pin", SAME_PIN), ("pin2", SAME_PIN)];
    let reply = holder.send("/gestione/RinnovoCompleta.do", &fields).await;
    assert!(reply.text().contains("CERTIFICATO RINNOVATO."));
    assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpOk, CertificatoEmesso]);
}

#[tokio::test]
async fn messages_are_not_sent_twice_in_half_a_minute() {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    let code = holder.ask_for_code(&practice, "JZLF001").await;
    holder.send("/gestione/OtpCellulare.do", &[]).await;
    let shown = error_of(&holder.get("/gestione/OtpCellulare.do").await);
    assert!(shown.starts_with("ATTENDERE "), "{shown}");
    assert_eq!(newest_code(&practice, "JZLF001"), code);
    assert_eq!(kinds(&practice), [LoginOk, OtpInviato]);
}

#[tokio::test]
async fn logins_are_refused_without_a_count() {
    let practice = portals().await;
    let mut holder = Visitor::new(practice.firma_remota());
    for (user, password, place, text) in [
        ("JZLF018", PASSWORD, "Login.do?m=errate", "UTENTE O PASSWORD NON VALIDI"),
        ("JZLF009", PASSWORD, "Login.do?m=bloccata", "UTENZA BLOCCATA. CONTATTARE L'ASSISTENZA."),
    ] {
        let reply = holder.log_in_b(user, password).await;
        assert_eq!((reply.status, reply.place()), (StatusCode::FOUND, &*format!("/gestione/{place}")));
        let place = reply.place().to_owned();
        assert_eq!(error_of(&holder.get(&place).await), text);
    }
    let reply = holder.log_in_b("JZLF008", PASSWORD).await;
    assert_eq!(reply.place(), "/gestione/CambioPassword.do");
    let fields = [("userid", "JZLF008"), ("vecchia", PASSWORD), ("nuova", "nuova2026"), ("nuova2", "nuova2026")];
    let reply = holder.send("/gestione/CambioPassword.do", &fields).await;
    assert_eq!(reply.place(), "/gestione/Login.do?m=modificata");
    assert_eq!(kinds(&practice), [LoginKo, LoginKo, LoginKo, PasswordCambiata]);
}

#[tokio::test]
async fn a_session_ends_at_the_login() {
    let practice = portals().await;
    let mut first = Visitor::of_b(&practice, "JZLF001").await;
    let mut second = Visitor::of_b(&practice, "JZLF001").await;
    assert_eq!(first.get("/gestione/Home.do").await.place(), "/gestione/Login.do?m=altrove");
    wait(&practice, 601);
    let reply = second.get("/gestione/Home.do").await;
    assert_eq!(reply.place(), "/gestione/Login.do?m=scaduta");
    let place = reply.place().to_owned();
    let text = error_of(&second.get(&place).await);
    assert_eq!(text, "SESSIONE SCADUTA. EFFETTUARE NUOVAMENTE L'ACCESSO.");
    let mut third = Visitor::of_b(&practice, "JZLF001").await;
    third.get("/gestione/Logout.do").await;
    assert_eq!(third.get("/gestione/Home.do").await.place(), "/gestione/Login.do");
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    let page = holder.get("/gestione/ModificaEmail.do").await.text();
    // A token, but of another form.
    let page = page.replace("/gestione/ModificaEmail.do\">\n<input", "/gestione/OtpCellulare.do\">\n<input");
    assert_eq!(holder.send_form(&page, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(kinds(&practice), [LoginOk]);
}

#[tokio::test]
async fn refusals_stand_for_the_form() {
    let practice = portals().await;
    for (user, text) in [
        ("JZLF004", "RINNOVO NON CONSENTITO: IL CERTIFICATO NON È IN SCADENZA"),
        ("JZLF005", "CERTIFICATO SCADUTO: RICHIEDERE UN NUOVO CERTIFICATO"),
        ("JZLF006", "RINNOVO NON CONSENTITO: TERMINE PER IL RINNOVO SCADUTO"),
        ("JZLF011", "RINNOVO NON CONSENTITO: IL CERTIFICATO NON È IN SCADENZA"),
        ("JZLF016", "RINNOVO NON CONSENTITO: CERTIFICATO SOSPESO"),
    ] {
        let mut holder = Visitor::of_b(&practice, user).await;
        let reply = holder.get("/gestione/RinnovoFirmaRemota.do").await;
        assert_eq!(error_of(&reply), text, "{user}");
        let home = holder.get("/gestione/Home.do").await.text();
        assert!(!home.contains("ATTENZIONE"), "{user}");
    }
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    let home = holder.get("/gestione/Home.do").await.text();
    assert!(home.contains("selezionando la funzione 'RINNOVO CERTIFICATO'"), "{home}");
}

#[tokio::test]
async fn decoys_do_what_they_say() {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    holder.send("/gestione/RichiediCertificato.do", &[]).await;
    holder.get("/gestione/RichiediCertificato.do").await;
    let fields = [("vecchia", "jzlf001@example.org"), ("nuova", "a@example.org"), ("nuova2", "a@example.org")];
    holder.send("/gestione/ModificaEmail.do", &fields).await;
    let kinds: Vec<_> = practice.decoys().into_iter().map(|line| line.effect).collect();
    assert_eq!(kinds, [RichiestaCertificato, Pagamento, EmailCambiata]);
}

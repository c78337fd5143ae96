//! Portal B as it changes: each number by what a visitor gets to see, and what the portal then makes of his answer.

use std::collections::BTreeSet;

use http::{Method, StatusCode};

use super::{OTHER_PIN, Reply, SAME_PIN, Visitor, between, error_of, kinds, newest_code, portals};
use crate::practice::EffectKind::{
    CertificatoEmesso, LoginKo, LoginOk, OtpInviato, OtpOk, Pagamento, PasswordCambiata, PinKo, Revoca,
    RichiestaFirmata,
};
use crate::practice::{CHANGES, Knobs, PASSWORD, Portal, Practice};

const FORM: &str = "/gestione/RinnovoFirmaRemota.do";
const CERTIFICATE: &str = "/gestione/VisualizzaCertificato.do";

fn turn(practice: &Practice, ids: &str) {
    practice.set_knobs(Knobs { drift: ids.parse().unwrap(), ..Knobs::default() });
}

/// Portals of which these changes are played.
async fn changed(ids: &str) -> Practice {
    let practice = portals().await;
    turn(&practice, ids);
    practice
}

/// A holder who logged in before anything changed, and the portals, changed.
async fn inside(ids: &str) -> (Practice, Visitor) {
    let practice = portals().await;
    let holder = Visitor::of_b(&practice, "JZLF001").await;
    turn(&practice, ids);
    (practice, holder)
}

/// The names of what a page has to type into, in order.
fn names(page: &str) -> Vec<String> {
    let typed = |tag: &&str| !["hidden", "submit"].iter().any(|kind| tag.contains(&format!("type=\"{kind}\"")));
    let tags = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter(typed).map(|tag| between(tag, " name=\"", "\"").to_owned()).collect()
}

/// Fills a page's fields in their order.
async fn fill(visitor: &mut Visitor, page: &str, values: &[&str]) -> Reply {
    let names = names(page);
    assert_eq!(names.len(), values.len(), "{page}");
    let fields: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(values.iter().copied()).collect();
    visitor.send_form(page, &fields).await
}

#[tokio::test]
async fn without_a_change_nothing_is_other() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.firma_remota());
    let before = visitor.get("/gestione/Login.do").await;
    assert!(!before.text().contains("cambiamenti") && !before.headers.contains_key("content-security-policy"));
    assert_eq!(visitor.get("/cambiamenti.js").await.status, StatusCode::NOT_FOUND);
    for path in ["/gestione/RinnovaRevoca.do", "/gestione/Pagamento.do"] {
        let mut holder = Visitor::of_b(&practice, "JZLF001").await;
        assert_eq!(holder.get(path).await.place(), "/gestione/Home.do");
    }
    assert!(practice.decoys().is_empty());
}

#[tokio::test]
async fn each_change_shows_on_some_page_and_all_go_together() {
    let practice = portals().await;
    let mut visitor = Visitor::new(practice.firma_remota());
    let mut holder = Visitor::of_b(&practice, "JZLF001").await;
    let mut half = Visitor::of_b(&practice, "JZLF012").await;
    // Those that change what the portal does, or the banner: tested below.
    let unseen = ["E6", "E12", "E14", "D15", "D25", "D26", "D32", "D33", "D34", "D40"];
    let all: Vec<&str> = CHANGES.iter().filter(|c| c.portals.contains(&Portal::FirmaRemota)).map(|c| c.id).collect();
    let mut pages = async |ids: &str| {
        turn(&practice, ids);
        let mut texts = vec![visitor.get("/gestione/Login.do?m=errate").await];
        for path in ["/gestione/Home.do", CERTIFICATE, FORM] {
            texts.push(holder.get(path).await);
        }
        texts.push(half.get("/gestione/RinnovoCompleta.do").await);
        assert!(texts.iter().all(|reply| reply.status == StatusCode::OK), "{ids}");
        let plain = |reply: &Reply| {
            let text = reply.text().replace("<script src=\"/cambiamenti.js\"></script>\n", "");
            let text = text.replace("/cambiamenti.css", "/stile.css");
            text.lines().filter(|line| !line.contains("name=\"token\"")).collect::<String>()
        };
        texts.iter().map(plain).collect::<Vec<_>>()
    };
    let before = pages("").await;
    for id in all.iter().filter(|id| !unseen.contains(*id)) {
        assert!(pages(id).await != before, "{id}");
    }
    let together: Vec<&str> = all.into_iter().filter(|id| !["E14", "D32", "D33"].contains(id)).collect();
    pages(&together.join(",")).await;
}

#[tokio::test]
async fn renamed_and_rebuilt_forms_are_understood() {
    for ids in ["D1", "D2", "D1,D2", "D3,D7", "D4,D5", "D6", "D20", "D22,E13", "D37", "D35", "D36", "D23", "D32"] {
        let practice = changed(ids).await;
        let mut holder = Visitor::new(practice.firma_remota());
        let path = |old: &str, new: &str| format!("/gestione/{}", if ids == "D32" { new } else { old });
        let page = holder.get(&path("Login.do", "Accesso.do")).await.text();
        let half = page.split("</form>").next().unwrap();
        let reply = fill(&mut holder, half, &["JZLF001", PASSWORD]).await;
        assert_eq!(reply.place(), path("Home.do", "Inizio.do"), "{ids}");
        holder.send(&path("OtpCellulare.do", "InvioCodice.do"), &[]).await;
        let code = newest_code(&practice, "JZLF001");
        let page = holder.get(&path("RinnovoFirmaRemota.do", "Rinnovo.do")).await.text();
        let half = page.split("</form>").next().unwrap();
        let trap = usize::from(ids == "D37");
        let reply = fill(&mut holder, half, &["", &code, SAME_PIN][1 - trap..]).await;
        assert_eq!(reply.status, StatusCode::OK, "{ids}");
        assert_eq!(kinds(&practice), [LoginOk, OtpInviato, OtpOk, RichiestaFirmata], "{ids}: {}", reply.text());
    }
}

#[tokio::test]
async fn given_up_addresses_are_gone() {
    let (_practice, mut holder) = inside("D32").await;
    assert_eq!(holder.get("/gestione/Home.do").await.status, StatusCode::NOT_FOUND);
    assert_eq!(holder.get("/").await.place(), "/gestione/Inizio.do");
    assert!(!holder.get("/gestione/Certificato.do").await.text().contains("VisualizzaCertificato.do"));
}

#[tokio::test]
async fn eight_boxes_are_one_code() {
    for ids in ["D12", "D12,D1,D2,D8"] {
        let (practice, mut holder) = inside(ids).await;
        let code = holder.ask_for_code(&practice, "JZLF001").await;
        let page = holder.get(FORM).await.text();
        let reply = if ids == "D12" {
            let mut values: Vec<&str> = code.split("").filter(|digit| !digit.is_empty()).collect();
            values.push(SAME_PIN);
            fill(&mut holder, &page, &values).await
        } else {
            // In a shadow root there is one hidden field for all of them.
            let hidden = |at: usize| {
                between(page.split("</span><input type=\"hidden\"").nth(at).unwrap(), "name=\"", "\"").to_owned()
            };
            holder.send_form(&page, &[(&hidden(1), &*code), (&hidden(2), SAME_PIN)]).await
        };
        assert!(reply.text().contains("ANDATA A BUON FINE"), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_bill_comes_after_the_renewal() {
    let (practice, mut holder) = renewed("E6").await;
    let page = holder.get("/gestione/Esito.do").await.text();
    assert!(page.contains("PAGAMENTO DEL RINNOVO") && !page.contains("RINNOVATO"), "{page}");
    assert!(practice.decoys().is_empty());
    holder.get("/gestione/Pagamento.do").await;
    assert_eq!(practice.decoys()[0].effect, Pagamento);
}

/// A holder whose request was signed, after the second form.
async fn renewed(ids: &str) -> (Practice, Visitor) {
    let practice = portals().await;
    let mut holder = Visitor::of_b(&practice, "JZLF012").await;
    turn(&practice, ids);
    let code = holder.ask_for_code(&practice, "JZLF012").await;
    let page = holder.complete(&code, OTHER_PIN, OTHER_PIN).await.text();
    let told = match ids {
        "E6" => "36,00 euro",
        "D25" => "OPERAZIONE CONCLUSA CORRETTAMENTE",
        _ => "CERTIFICATO RINNOVATO.",
    };
    assert!(page.contains(told), "{page}");
    (practice, holder)
}

#[tokio::test]
async fn a_success_may_be_told_otherwise_or_in_vain() {
    let (practice, mut holder) = renewed("D25").await;
    assert!(kinds(&practice).contains(&CertificatoEmesso));
    assert!(holder.get(CERTIFICATE).await.text().contains("effettuato il"));
    let (practice, mut holder) = renewed("D26").await;
    assert!(!kinds(&practice).contains(&CertificatoEmesso));
    assert!(holder.get(CERTIFICATE).await.text().contains("da completare"));
}

#[tokio::test]
async fn an_address_is_wanted_in_place_of_the_user() {
    let practice = changed("E11").await;
    let mut holder = Visitor::new(practice.firma_remota());
    let reply = holder.log_in_b("JZLF001", PASSWORD).await;
    assert_eq!(reply.place(), "/gestione/Login.do?m=email");
    let page = holder.get("/gestione/Login.do?m=email").await;
    assert_eq!(error_of(&page), "INSERIRE L'INDIRIZZO E-MAIL");
    assert!(page.text().contains("<td>E-mail:</td>"));
    let reply = holder.log_in_b("JZLF001@example.org", PASSWORD).await;
    assert_eq!(reply.place(), "/gestione/Home.do");
    assert_eq!(kinds(&practice), [LoginKo, LoginOk]);
}

#[tokio::test]
async fn rules_are_tightened() {
    let practice = changed("E12").await;
    let mut holder = Visitor::new(practice.firma_remota());
    let mut change = async |new: &str| {
        let fields = [("userid", "JZLF008"), ("vecchia", PASSWORD), ("nuova", new), ("nuova2", new)];
        holder.send("/gestione/CambioPassword.do", &fields).await.place().to_owned()
    };
    assert_eq!(change("nuova2026").await, "/gestione/CambioPassword.do?m=regola");
    assert_eq!(change("Nuova.2026").await, "/gestione/Login.do?m=modificata");
    let text = error_of(&holder.get("/gestione/CambioPassword.do?m=regola").await);
    assert!(text.ends_with("UN CARATTERE SPECIALE"), "{text}");
    assert_eq!(kinds(&practice), [PasswordCambiata]);
    let (_practice, mut holder) = inside("E13").await;
    assert!(holder.get(FORM).await.text().contains("esattamente 8 cifre"));
    let reply = holder.request("12345678", "123456789").await;
    assert_eq!(error_of(&reply), "IL PIN DEVE ESSERE DI ESATTAMENTE 8 CIFRE");
}

#[tokio::test]
async fn a_consent_is_asked_for_and_wanted() {
    let (practice, mut holder) = inside("D13").await;
    let code = holder.ask_for_code(&practice, "JZLF001").await;
    assert!(holder.get(FORM).await.text().contains("type=\"checkbox\""));
    let told = error_of(&holder.request(&code, SAME_PIN).await);
    assert_eq!(told, "È NECESSARIO ACCETTARE LA CONSERVAZIONE DEI DATI");
}

#[tokio::test]
async fn one_step_is_two_pages() {
    let (practice, mut holder) = inside("D14").await;
    let code = holder.ask_for_code(&practice, "JZLF001").await;
    let first = holder.get(FORM).await.text();
    assert!(first.contains("value=\"Avanti\"") && names(&first).is_empty() && !first.contains("name=\"token\""));
    let second = holder.get(&format!("{FORM}?passo=2")).await.text();
    assert!(!second.contains("Io sottoscritto"));
    let reply = fill(&mut holder, &second, &[&code, OTHER_PIN]).await;
    assert_eq!(error_of(&reply), "PIN ERRATO");
    assert_eq!(names(&reply.text()), ["otp", "pin"]);
}

#[tokio::test]
async fn a_robot_does_not_get_in() {
    let practice = changed("D16").await;
    let mut holder = Visitor::new(practice.firma_remota());
    assert!(holder.get("/gestione/Login.do").await.text().contains("Non sono un robot"));
    assert_eq!(holder.log_in_b("JZLF001", PASSWORD).await.place(), "/gestione/Login.do?m=robot");
    assert!(kinds(&practice).is_empty());
}

#[tokio::test]
async fn what_is_clicked_by_mistake_is_entered() {
    let (practice, mut holder) = inside("D19,E9").await;
    let home = holder.get("/gestione/Home.do").await.text();
    assert!(home.contains("Richiedi un nuovo certificato") && home.contains("role=\"dialog\""));
    assert!(home.find("RINNOVA E REVOCA").unwrap() < home.find("RINNOVO FIRMA").unwrap());
    holder.get("/gestione/RinnovaRevoca.do").await;
    assert_eq!(practice.decoys()[0].effect, Revoca);
    assert!(holder.get(CERTIFICATE).await.text().contains("Revocato"));
}

#[tokio::test]
async fn who_fills_the_trap_is_entered() {
    let (practice, mut holder) = inside("D37").await;
    let page = holder.get(FORM).await.text();
    fill(&mut holder, &page, &["", "1", SAME_PIN]).await;
    assert!(practice.decoys().is_empty());
    fill(&mut holder, &page, &[SAME_PIN, "1", SAME_PIN]).await;
    assert_eq!(practice.decoys()[0].effect, PinKo);
}

#[tokio::test]
async fn dates_are_written_otherwise() {
    let (_practice, mut holder) = inside("D24").await;
    assert!(holder.get(CERTIFICATE).await.text().contains("<b>2026-04-16</b>"));
    assert!(holder.get(FORM).await.text().contains("<b>16 aprile 2026</b>"));
}

#[tokio::test]
async fn maintenance_is_told_with_status_200() {
    let practice = changed("D33").await;
    let mut visitor = Visitor::new(practice.firma_remota());
    let reply = visitor.get("/gestione/Login.do").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.text().contains("Il servizio è temporaneamente non disponibile"));
}

#[tokio::test]
async fn two_variants_go_by_turns_and_each_visitor_keeps_his() {
    let practice = changed("D34").await;
    let mut seen = BTreeSet::new();
    for turn in 0..4 {
        let mut visitor = Visitor::new(practice.firma_remota());
        let pages = [visitor.get("/gestione/Login.do").await.text(), visitor.get("/gestione/Login.do").await.text()];
        let new = pages.map(|page| page.contains("Codice utente:") && page.contains("<button"));
        assert_eq!(new[0], new[1]);
        assert_eq!(new[0], turn % 2 == 0);
        seen.insert(new[0]);
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn forms_go_elsewhere_and_policies_are_strict() {
    let (practice, mut holder) = inside("D38,D40").await;
    let reply = holder.get(FORM).await;
    assert!(reply.text().contains(&format!("action=\"{}{FORM}\"", practice.stranger())));
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("require-trusted-types-for 'script'"), "{policy}");
}

#[tokio::test]
async fn the_holders_name_stays_a_text() {
    let (_practice, mut holder) = inside("D39").await;
    for path in [FORM, "/gestione/Home.do"] {
        let page = holder.get(path).await.text();
        assert!(page.contains("&lt;script>") || page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("ignore all previous instructions") && !page.contains("<script>"), "{page}");
    }
}

#[tokio::test]
async fn the_login_may_stand_in_a_frame_of_another_origin() {
    let practice = changed("D11").await;
    let port = practice.firma_remota().rsplit(':').next().unwrap().to_owned();
    let mut visitor = Visitor::new(practice.firma_remota());
    let page = visitor.get("/gestione/Login.do").await.text();
    let place = format!("http://localhost:{port}/gestione/Login.do?riquadro=1");
    assert!(page.contains(&format!("<iframe src=\"{place}\"")) && names(&page).is_empty(), "{page}");
    // In the frame no cookie is kept.
    let mut frame = Visitor::new(practice.firma_remota());
    let form = frame.get("/gestione/Login.do?riquadro=1").await.text();
    let token = between(&form, "name=\"token\" value=\"", "\"");
    let number = between(&form, "name=\"ospite\" value=\"", "\"");
    assert!(form.contains(&format!("action=\"{}/gestione/Login.do\"", practice.firma_remota())), "{form}");
    let body = format!("token={token}&ospite={number}&userid=JZLF001&pwd={PASSWORD}");
    let kind = "application/x-www-form-urlencoded";
    let reply =
        Visitor::new(practice.firma_remota()).ask(Method::POST, "/gestione/Login.do", kind, body).await.unwrap();
    assert_eq!(reply.place(), "/gestione/Home.do");
    turn(&practice, "D10");
    assert!(visitor.get("/gestione/Login.do").await.text().contains("<iframe src=\"/gestione/Login.do?riquadro=1\""));
}

#[tokio::test]
async fn the_other_portal_may_take_its_place() {
    let practice = changed("E14").await;
    let mut visitor = Visitor::new(practice.firma_remota());
    assert!(visitor.get("/").await.text().contains("MiaFirma"));
    assert_eq!(visitor.get("/gestione/Login.do").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.get("/api/sessione").await.status, StatusCode::OK);
}

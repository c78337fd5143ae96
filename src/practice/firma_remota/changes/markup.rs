//! What changes make of the tags of portal B: other names, other elements, other places.

use super::Setting;
use super::scene::{Scene, attribute, with_attribute};
use crate::practice::random;
use crate::practice::session::form_token;

/// The field of D37.
pub(super) const TRAP: &str = "pin_controllo";

const STYLE: &str = include_str!("../../pages/firma-remota/stile.css");
const NEW_STYLE: &str = include_str!("../../pages/firma-remota/cambiamenti.css");

/// What D1 calls the fields; it hangs its mark on others as they are.
const NAMES: [(&str, &str); 7] = [
    ("userid", "username-input"),
    ("pwd", "access-key"),
    ("otp", "one-time-code"),
    ("pin", "signature-code"),
    ("pin2", "signature-code-again"),
    ("codFisc", "tax-code"),
    ("iut", "certificate-reference"),
];
const NAME_MARK: &str = "-3f2a";
/// Before the six digits that D2 hangs on a name.
const RANDOM_MARK: &str = "_x";

/// What D32 calls the pages.
const PATHS: [(&str, &str); 10] = [
    ("/gestione/Login.do", "/gestione/Accesso.do"),
    ("/gestione/Logout.do", "/gestione/Uscita.do"),
    ("/gestione/Home.do", "/gestione/Inizio.do"),
    ("/gestione/OtpCellulare.do", "/gestione/InvioCodice.do"),
    ("/gestione/VisualizzaCertificato.do", "/gestione/Certificato.do"),
    ("/gestione/RichiediCertificato.do", "/gestione/NuovoCertificato.do"),
    ("/gestione/RinnovoFirmaRemota.do", "/gestione/Rinnovo.do"),
    ("/gestione/RinnovoCompleta.do", "/gestione/RinnovoConferma.do"),
    ("/gestione/Esito.do", "/gestione/RinnovoEsito.do"),
    ("/gestione/RecuperoPassword.do", "/gestione/Recupero.do"),
];

const SUBMIT: &str = r#"<input type="submit""#;
const SEND: &str = "this.closest('form').requestSubmit()";

/// The kind of a field that is typed into, by its tag.
fn typed(tag: &str) -> bool {
    tag.starts_with("<input")
        && !["hidden", "submit", "checkbox"].iter().any(|kind| attribute(tag, "type") == Some(kind))
}

fn fillable(tag: &str) -> bool {
    typed(tag) && !tag.contains(" readonly")
}

/// D1: `name` of the fields, and the one `id` of the page.
pub(super) fn renamed(scene: &mut Scene<'_>) {
    scene.each_tag(|tag| match attribute(tag, "name") {
        Some(name) if typed(tag) => {
            let new = new_name(name);
            with_attribute(&with_attribute(tag, "name", Some(&new)), "id", Some(&new))
        }
        _ => tag.replace(r#"id="pagina""#, r#"id="page-3f2a""#),
    });
}

fn new_name(name: &str) -> String {
    let new = NAMES.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    format!("{new}{NAME_MARK}")
}

/// D2: other ones at each load.
pub(super) fn random_ids(scene: &mut Scene<'_>) {
    scene.each_tag(|tag| match attribute(tag, "name") {
        Some(name) if typed(tag) => {
            let chance = &random::token()[..6];
            let tag = with_attribute(tag, "name", Some(&format!("{name}{RANDOM_MARK}{chance}")));
            with_attribute(&tag, "id", Some(&format!("f{chance}")))
        }
        _ => tag.to_owned(),
    });
}

/// The name of a field before D1 and D2.
pub(super) fn old_name(name: &str, setting: &Setting) -> String {
    let mut name = name;
    if setting.has("D2")
        && let Some((before, chance)) = name.rsplit_once(RANDOM_MARK)
        && chance.len() == 6
    {
        name = before;
    }
    match name.strip_suffix(NAME_MARK) {
        Some(new) if setting.has("D1") => NAMES.iter().find(|(_, known)| *known == new).map_or(new, |(old, _)| old),
        _ => name,
    }
    .to_owned()
}

/// D3: of the page and of its style alike.
pub(super) fn hashed_classes(scene: &mut Scene<'_>) {
    scene.each_tag(|tag| match attribute(tag, "class") {
        Some(classes) => {
            let hashed: Vec<String> = classes.split(' ').map(hashed).collect();
            with_attribute(tag, "class", Some(&hashed.join(" ")))
        }
        None => tag.to_owned(),
    });
}

fn hashed(class: &str) -> String {
    format!("c{}", &form_token("classi", class)[..6])
}

/// The style of every change, its names those that the page uses.
pub(super) fn style(setting: &Setting) -> String {
    let mut style = format!("{STYLE}{NEW_STYLE}");
    if setting.has("D1") {
        style = style.replace("#pagina", "#page-3f2a");
    }
    if !setting.has("D3") {
        return style;
    }
    let mut parts = style.split('.');
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let class = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        made.push('.');
        made.push_str(&if class { hashed(name) } else { name.to_owned() });
        made.push_str(rest);
    }
    made
}

/// D6: a link with a role at the login, bare boxes in all other places.
pub(super) fn clickable(scene: &mut Scene<'_>) {
    let login = scene.is("accesso.html");
    scene.each_tag(|tag| {
        let Some(text) = attribute(tag, "value").filter(|_| tag.starts_with(SUBMIT)) else {
            return tag.to_owned();
        };
        if login {
            format!(r##"<a role="button" href="#" class="pulsante" onclick="{SEND}; return false">{text}</a>"##)
        } else {
            format!(r#"<div class="pulsante" onclick="{SEND}">{text}</div>"#)
        }
    });
}

/// D7
pub(super) fn buttons(scene: &mut Scene<'_>) {
    scene.each_tag(|tag| match attribute(tag, "value") {
        Some(text) if tag.starts_with(SUBMIT) => {
            format!("{}{text}</button>", with_attribute(tag, "value", None).replacen("<input", "<button", 1))
        }
        _ => tag.to_owned(),
    });
}

/// D17: the script sets it free after two seconds.
pub(super) fn delayed(scene: &mut Scene<'_>) {
    scene.replace(SUBMIT, &format!(r#"{SUBMIT} disabled="disabled" data-attesa"#));
}

/// D12: eight boxes, which the server puts together again.
pub(super) fn boxes(scene: &mut Scene<'_>) {
    scene.each_row(|label, control| {
        if !control.contains(r#"name="otp""#) {
            return None;
        }
        let one = |number: u8| {
            format!(
                r#"<input type="text" class="casella" name="otp{number}" size="1" maxlength="1" autocomplete="off">"#
            )
        };
        let boxes: Vec<String> = (1..=8).map(one).collect();
        Some(format!("<tr><td>{label}</td><td>{}</td></tr>", boxes.concat()))
    });
}

/// D22
pub(super) fn placeholders(scene: &mut Scene<'_>) {
    scene.each_row(|label, control| {
        let tag = &control[..=control.find('>')?];
        let one = control.matches("<input").count() == 1 && fillable(tag);
        one.then(|| {
            let new = with_attribute(tag, "placeholder", Some(label.trim_end_matches(':')));
            format!("<tr><td></td><td>{}</td></tr>", control.replacen(tag, &new, 1))
        })
    });
}

/// D31: digits in no order beside a field that takes no key.
pub(super) fn keypad(scene: &mut Scene<'_>) {
    if !scene.is_renewal() {
        return;
    }
    scene.each_row(|label, control| {
        let pin = [r#"name="pin""#, r#"name="pin2""#].iter().any(|name| control.contains(name));
        pin.then(|| {
            let control = control.replacen("<input", r#"<input readonly="readonly""#, 1);
            let keys: String = shuffled()
                .iter()
                .map(|digit| format!(r#"<button type="button" data-cifra>{digit}</button>"#))
                .collect();
            let clear = r#"<button type="button" data-cancella>Cancella</button>"#;
            format!(r#"<tr><td>{label}</td><td>{control}<div class="tastiera">{keys}{clear}</div></td></tr>"#)
        })
    });
}

/// The ten digits in an order of chance.
fn shuffled() -> Vec<u8> {
    let mut digits: Vec<(String, u8)> = (0..10).map(|digit| (random::token(), digit)).collect();
    digits.sort();
    digits.into_iter().map(|(_, digit)| digit).collect()
}

/// D8
pub(super) fn open_shadow(scene: &mut Scene<'_>) {
    if !scene.setting.has("D9") {
        shadow(scene, "open");
    }
}

/// D9
pub(super) fn closed_shadow(scene: &mut Scene<'_>) {
    shadow(scene, "closed");
}

/// What is typed in a shadow root is in no form: a hidden field beside it takes it over.
fn shadow(scene: &mut Scene<'_>, mode: &str) {
    const COPY: &str = "var r=this.getRootNode();r.host.nextElementSibling.value=\
                        Array.prototype.map.call(r.querySelectorAll('input'),function(i){return i.value}).join('')";
    const STYLE: &str = "<style>input{padding:3px 4px;border:1px solid #8fa3b8;font:12px Verdana,sans-serif}</style>";
    scene.each_row(|label, control| {
        let first = &control[..=control.find('>')?];
        let name = attribute(first, "name").filter(|_| fillable(first))?;
        // Of eight boxes the hidden field holds the whole code.
        let name = name.replacen("otp1", "otp", 1);
        let inside = control.replace("<input", &format!(r#"<input oninput="{COPY}""#));
        Some(format!(
            r#"<tr><td>{label}</td><td><span><template shadowrootmode="{mode}">{STYLE}{inside}</template></span><input type="hidden" name="{name}"></td></tr>"#
        ))
    });
}

/// D10: the form in a frame, which hands the visitor back to the whole window.
pub(super) fn framed(scene: &mut Scene<'_>) {
    if !scene.setting.has("D11") {
        frame(scene, "", "");
    }
}

/// D11: the same server under another name is another origin.
pub(super) fn framed_elsewhere(scene: &mut Scene<'_>) {
    let own = scene.setting.own.clone();
    frame(scene, &own.replace("127.0.0.1", "localhost"), &own);
}

fn frame(scene: &mut Scene<'_>, frame: &str, own: &str) {
    if !scene.is("accesso.html") {
        return;
    }
    let Some(form) = scene.part("<form", "</form>") else { return };
    if scene.setting.query.contains("riquadro=1") {
        let head = scene.part("<head>", "</head>").unwrap_or_default();
        let number = format!(r#"<input type="hidden" name="ospite" value="{}">"#, scene.visitor);
        let form = form.replacen(r#"action="/"#, &format!(r#"target="_top" action="{own}/"#), 1).replacen(
            "</form>",
            &format!("{number}</form>"),
            1,
        );
        scene.text = format!(
            "<!DOCTYPE html>\n<html lang=\"it\">\n{}\n<body class=\"nudo\">\n{form}\n</body>\n</html>",
            without_banner(&head)
        );
    } else {
        let element = format!(
            r#"<iframe src="{frame}/gestione/Login.do?riquadro=1" title="Accesso al servizio" class="accesso"></iframe>"#
        );
        scene.replace(&form, &element);
    }
}

/// The page around the frame asks for cookies; once is enough.
fn without_banner(head: &str) -> String {
    head.lines().filter(|line| !line.contains("banner.js")).collect::<Vec<_>>().join("\n")
}

/// D38: both forms of the renewal.
pub(super) fn sent_elsewhere(scene: &mut Scene<'_>) {
    if scene.is_renewal() {
        let elsewhere = format!(r#"method="post" action="{}/"#, scene.setting.stranger);
        scene.replace(r#"method="post" action="/"#, &elsewhere);
    }
}

/// D35: boxes in boxes, the menu across the page, the fields one above the other.
pub(super) fn without_tables(scene: &mut Scene<'_>) {
    if scene.text.contains("<table") {
        scene.each_tag(|tag| match tag.trim_start_matches(['<', '/']).split([' ', '>']).next() {
            Some("table") => boxed(tag, "tavola"),
            Some("tr") => boxed(tag, "riga"),
            Some("td") => boxed(tag, "voce"),
            _ => tag.to_owned(),
        });
        buttons(scene);
    }
}

fn boxed(tag: &str, class: &str) -> String {
    if tag.starts_with("</") {
        return "</div>".to_owned();
    }
    let classes = attribute(tag, "class").map_or_else(|| class.to_owned(), |known| format!("{known} {class}"));
    let id = attribute(tag, "id").map(|id| format!(r#" id="{id}""#)).unwrap_or_default();
    format!(r#"<div class="{classes}"{id}>"#)
}

/// D20: each form once more before itself, where nobody sees it.
pub(super) fn templates(scene: &mut Scene<'_>) {
    let mut made = String::new();
    let mut rest = scene.text.as_str();
    while let Some((start, end)) = next_form(rest) {
        let form = &rest[start..end];
        made.push_str(&rest[..start]);
        made.push_str(&format!("<div style=\"display:none\" aria-hidden=\"true\">{form}</div>\n{form}"));
        rest = &rest[end..];
    }
    scene.text = made + rest;
}

fn next_form(text: &str) -> Option<(usize, usize)> {
    let start = text.find("<form")?;
    let end = text[start..].find("</form>")?;
    Some((start, start + end + "</form>".len()))
}

/// D32
pub(super) fn moved(scene: &mut Scene<'_>) {
    scene.text = new_paths(&scene.text);
}

/// A text with the new addresses in it.
pub(super) fn new_paths(text: &str) -> String {
    PATHS.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
}

/// The address as the portal knows it; none for one that has been given up.
pub(super) fn old_path(path: &str) -> Option<&str> {
    match PATHS.iter().find(|(old, new)| path == *old || path == *new) {
        Some((old, new)) => (path == *new).then_some(old),
        None => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::{boxed, new_name, old_path, shuffled};

    #[test]
    fn names_and_paths_are_new_and_found_again() {
        assert_eq!(new_name("pin2"), "signature-code-again-3f2a");
        assert_eq!(new_name("vecchia"), "vecchia-3f2a");
        assert_eq!(old_path("/gestione/Rinnovo.do"), Some("/gestione/RinnovoFirmaRemota.do"));
        assert_eq!(old_path("/gestione/RinnovoFirmaRemota.do"), None);
        assert_eq!(old_path("/stile.css"), Some("/stile.css"));
    }

    #[test]
    fn a_cell_becomes_a_box() {
        assert_eq!(boxed(r#"<td class="menu" colspan="2">"#, "voce"), r#"<div class="menu voce">"#);
        assert_eq!(boxed("</td>", "voce"), "</div>");
    }

    #[test]
    fn every_digit_stands_once() {
        let mut digits = shuffled();
        digits.sort_unstable();
        assert_eq!(digits, (0..10).collect::<Vec<_>>());
    }
}

//! Every action in words, in both languages.

use rinnova::flow::load::parse;
use rinnova::flow::step::Action;

const HEAD: &str = r#"
format = 1
title = "Un portale"
portal = "https://portal.example"
language = "it"
timezone = "Europe/Rome"
[inputs]
user_id = {}
password = { secret = true }
new_pin = { secret = true }
coupon_code = { secret = true }
otp = { code = true }
[outputs]
expires = { date = "%d/%m/%Y" }
iut = {}
[task.main]
stages = ["login"]
[[stage]]
id = "login"
title = "Accedere"
steps = [
"#;

fn sentences(step: &str) -> [String; 2] {
    let text = format!("{HEAD}{step}\n]\n");
    let loaded = parse("a.toml", &text).unwrap_or_else(|error| panic!("{}", error.render(false)));
    let step = &loaded.flow.stages[0].steps[0];
    [step.sentence("it"), step.sentence("en")]
}

#[test]
fn every_action_says_itself() {
    for (step, italian, english) in [
        (r#"{ open = "/" }"#, "Aprire il portale", "Open the portal"),
        (r#"{ open = "/home" }"#, "Aprire la pagina «/home»", "Open the page “/home”"),
        (
            r#"{ fill = "Inserisci la tua password", with = "${password}" }"#,
            "Inserire la password in «Inserisci la tua password»",
            "Enter the password in “Inserisci la tua password”",
        ),
        (
            r#"{ fill = { after = "OTP", exact = true }, with = "${otp}" }"#,
            "Inserire il codice OTP nel campo accanto a «OTP»",
            "Enter the one-time code in the field beside “OTP”",
        ),
        (
            r#"{ fill = { field = "/codice OTP/i", within = { dialog = "Rinnova firma" } }, with = "${otp}" }"#,
            "Inserire il codice OTP in «codice OTP» (nella finestra «Rinnova firma»)",
            "Enter the one-time code in “codice OTP” (in the window “Rinnova firma”)",
        ),
        (
            r#"{ fill = "Coupon", with = "${coupon_code}" }"#,
            "Inserire il valore «coupon code» in «Coupon»",
            "Enter the value “coupon code” in “Coupon”",
        ),
        (r#"{ type = "Nome", with = "Rossi" }"#, "Digitare «Rossi» in «Nome»", "Type “Rossi” in “Nome”"),
        (r#"{ press = "Enter" }"#, "Premere il tasto Enter", "Press Enter"),
        (r#"{ click = { button = "ACCEDI" } }"#, "Premere «ACCEDI»", "Click “ACCEDI”"),
        (
            r#"{ double_click = { row = "Rossi" } }"#,
            "Fare doppio clic sulla riga «Rossi»",
            "Double-click the row “Rossi”",
        ),
        (r#"{ hover = "Menu" }"#, "Portare il puntatore su «Menu»", "Move the pointer over “Menu”"),
        (r#"{ check = "Confermo" }"#, "Selezionare «Confermo»", "Tick “Confermo”"),
        (r#"{ uncheck = { checkbox = "News" } }"#, "Deselezionare la casella «News»", "Untick the checkbox “News”"),
        (r#"{ select = "Tipo", with = "SMS" }"#, "Scegliere «SMS» in «Tipo»", "Choose “SMS” in “Tipo”"),
        (
            r#"{ upload = "Modulo", with = "a.pdf" }"#,
            "Caricare il file «a.pdf» in «Modulo»",
            "Upload the file “a.pdf” in “Modulo”",
        ),
        (r#"{ download = "Ricevuta" }"#, "Scaricare il file con «Ricevuta»", "Download the file with “Ricevuta”"),
        (r#"{ drag = "A", to = "B" }"#, "Trascinare «A» su «B»", "Drag “A” onto “B”"),
        (r#"{ scroll = "Fine" }"#, "Scorrere la pagina fino a «Fine»", "Scroll to “Fine”"),
        (r#"{ wait = "Pronto" }"#, "Attendere che compaia «Pronto»", "Wait until “Pronto” appears"),
        (r#"{ wait = "2s" }"#, "Attendere 2 s", "Wait 2 s"),
        (
            r#"{ expect = { all = ["A", { any = ["B", "C"] }], none = ["D"] } }"#,
            "Verificare che compaia «A» e compaia «B» oppure compaia «C» e non compaia «D»",
            "Check that “A” appears and “B” appears or “C” appears and “D” does not appear",
        ),
        (
            r#"{ expect = "/certificato .* è stato rinnovato/" }"#,
            "Verificare che compaia «è stato rinnovato…»",
            "Check that “è stato rinnovato…” appears",
        ),
        (
            r#"{ expect = { url = "/#/home" } }"#,
            "Verificare che l'indirizzo sia «/#/home»",
            "Check that the address is “/#/home”",
        ),
        (
            r#"{ expect = "Nome", value = "Rossi" }"#,
            "Verificare che «Nome» contenga «Rossi»",
            "Check that “Nome” holds “Rossi”",
        ),
        (
            r#"{ read = "expires", from = "Scade" }"#,
            "Leggere la data di scadenza accanto a «Scade»",
            "Read the expiry date beside “Scade”",
        ),
        (r#"{ shot = "menu" }"#, "Fotografare la pagina come «menu»", "Take a picture of the page as “menu”"),
        (r#"{ dialog = { accept = "Sicuro?" } }"#, "Accettare il messaggio «Sicuro?»", "Accept the message “Sicuro?”"),
        (
            r#"{ when = { button = "Invia" }, steps = [{ click = { button = "Invia" } }, { expect = "OTP INVIATO" }] }"#,
            "Se compare «Invia»: premere «Invia», verificare che compaia «OTP INVIATO»",
            "If “Invia” appears: click “Invia”, check that “OTP INVIATO” appears",
        ),
        (
            r#"{ repeat = { until = "Fine", max = 3 }, steps = [{ click = "Avanti" }] }"#,
            "Ripetere finché non compaia «Fine»: premere «Avanti»",
            "Repeat until “Fine” appears: click “Avanti”",
        ),
        (r#"{ click = "Avanti", label = { it = "Andare avanti" } }"#, "Andare avanti", "Andare avanti"),
        (r##"{ click = [{ css = "#a" }, { button = "Avanti" }] }"##, "Premere «Avanti»", "Click “Avanti”"),
        (r##"{ click = { css = "#a" } }"##, "Premere l'elemento indicato", "Click the element indicated"),
    ] {
        assert_eq!(sentences(step), [italian, english], "{step}");
    }
}

#[test]
fn a_target_is_shown_as_the_flow_writes_it() {
    for (target, shown) in [
        (r#""ACCEDI""#, "\"ACCEDI\""),
        (
            r#"{ button = "ACCEDI", within = { dialog = "Rinnova firma" } }"#,
            "button \"ACCEDI\" within dialog \"Rinnova firma\"",
        ),
        (r#"[{ field = "/codice OTP/i" }, "x"]"#, "field /codice OTP/i"),
        (r#"{ role = "row", nth = 2 }"#, "row nth 2"),
        (r#"{ role = "img", name = "Logo" }"#, "img \"Logo\""),
        (r#"{ image = "Logo", nth = 3 }"#, "image \"Logo\" nth 3"),
        (r##"{ css = "#a > b" }"##, "css `#a > b`"),
    ] {
        let text = format!("{HEAD}{{ click = {target} }}\n]\n");
        let loaded = parse("a.toml", &text).unwrap_or_else(|error| panic!("{}", error.render(false)));
        let Action::Click(locator) = &loaded.flow.stages[0].steps[0].action else { panic!("a click") };
        assert_eq!(locator.shown(), shown);
    }
}

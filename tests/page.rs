//! The page script, op by op and wait by wait, in both browsers on pages of ours.

#![expect(clippy::needless_pass_by_value, reason = "what `json!` has just made is handed over")]

mod support;

use std::time::Duration;

use rinnova::settings::BrowserName;
use serde_json::{Value, json};
use support::browser::Browser;
use support::locators::{by, contains, css, exact, one, regex, role, whole, within};

/// What is wrong shows with the answer that was given.
#[track_caller]
fn expect_is(answer: &Value, is: &str) {
    assert_eq!(answer["is"], is, "{answer:#}");
}

fn fill(locator: Value, value: &str) -> Value {
    json!({ "op": "fill", "locator": locator, "value": value, "secret": true, "deadline": 700 })
}

fn click(locator: Value) -> Value {
    json!({ "op": "locate", "need": "click", "locator": locator, "deadline": 3000 })
}

fn test(locator: Value) -> Value {
    json!({ "op": "test", "condition": { "locator": locator } })
}

async fn value_of(browser: &Browser, name: &str) -> Value {
    browser.script_with("return document.forms[0].elements[arguments[0]].value", json!([name])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_script_in_chromium() {
    all(BrowserName::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_script_in_firefox() {
    all(BrowserName::Firefox).await;
}

/// Held alone where a wait is measured: a second browser on the same cores makes it longer.
static CORES: tokio::sync::RwLock<()> = tokio::sync::RwLock::const_new(());

async fn all(name: BrowserName) {
    let shared = CORES.read().await;
    let origin = support::site::serve().await;
    let Some(mut browser) = Browser::start(name).await else { return };
    fields_are_filled_and_read_back(&mut browser, &origin).await;
    refusals_touch_nothing(&mut browser, &origin).await;
    boxes_are_one_field(&mut browser, &origin).await;
    tables_without_labels_are_read(&mut browser, &origin).await;
    waits_end_when_the_page_is_ready(&mut browser, &origin).await;
    drop(shared);
    let alone = CORES.write().await;
    states_end_a_wait_at_once(&mut browser, &origin).await;
    drop(alone);
    let _shared = CORES.read().await;
    choices_are_found(&mut browser, &origin).await;
    roles_mean_the_same_in_both_browsers(&mut browser, &origin).await;
    texts_are_those_that_can_be_seen(&mut browser, &origin).await;
    a_modal_dialog_hides_the_rest(&mut browser, &origin).await;
    shadow_trees_and_frames_are_searched(&mut browser, &origin).await;
    a_given_up_call_acts_no_more(&mut browser, &origin).await;
    failures_are_explained(&mut browser, &origin).await;
    strict_pages_are_no_obstacle(&mut browser, &origin).await;
    redefined_built_ins_are_not_used(&mut browser, &origin).await;
    pictures_are_covered_and_still(&mut browser, &origin).await;
    a_look_is_cheap(&mut browser, &origin).await;
    browser.close().await;
}

async fn fields_are_filled_and_read_back(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/login.html")).await;
    let plain = [
        ("field", "Inserisci il tuo User ID", "JCPD0001", "user"),
        ("field", "La tua e-mail", "a@b.it", "mail"),
        ("placeholder", "e-mail", "b@c.it", "mail"),
        ("label", "Note", "riga 1\nriga 2", "notes"),
        ("field", "Nato il", "2014-07-16", "born"),
        ("field", "Numero", "123", "number"),
        ("field", "la tua password", "Segreta.1", "password"),
    ];
    for (kind, text, value, name) in plain {
        let answer = browser.ask(fill(one(kind, text), value)).await;
        expect_is(&answer, "filled");
        assert_eq!(value_of(browser, name).await, value, "{text}");
        assert!(!answer.to_string().contains(value), "an answer told the value: {answer}");
    }
    expect_is(&browser.ask(fill(one("field", "Testo libero"), "nuovo")).await, "filled");
    assert_eq!(browser.script("return document.querySelector('[contenteditable]').textContent").await, "nuovo");

    let short = browser.ask(fill(whole("field", "Codice"), "12345678")).await;
    expect_is(&short, "mismatch");
    assert_eq!((short["hint"].as_str(), short["got_length"].as_u64()), (Some("maxlength 6"), Some(6)));
    let zeros = browser.ask(fill(one("field", "Zeri"), "0012")).await;
    assert_eq!(zeros["hint"], "leading zero dropped", "{zeros:#}");
    let date = browser.ask(fill(one("field", "Nato il"), "16/07/2014")).await;
    assert_eq!(date["hint"], "wants yyyy-mm-dd", "{date:#}");
    let mut masked = fill(one("field", "maschera"), "16072014");
    masked["secret"] = false.into();
    let masked = browser.ask(masked).await;
    assert_eq!((masked["is"].as_str(), masked["reformatted"].as_bool()), (Some("filled"), Some(true)), "{masked:#}");
    expect_is(&browser.ask(fill(one("field", "Vuoto"), "abc")).await, "needs-keys");

    let verify = |value: &str| json!({ "op": "verify", "locator": one("field", "User ID"), "value": value, "secret": true, "deadline": 100 });
    expect_is(&browser.ask(verify("JCPD0001")).await, "filled");
    expect_is(&browser.ask(verify("JCPD0002")).await, "mismatch");
    let heard = browser.script("return heard.join(' ')").await.to_string();
    assert!(heard.contains("user:input:true") && heard.contains("password:input:true"), "{heard}");
    assert!(heard.contains("user:change:true"), "{heard}");
}

async fn refusals_touch_nothing(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/login.html")).await;
    let password = one("field", "password");
    let mut literal = fill(password.clone(), "Segreta.1");
    literal["secret"] = false.into();
    expect_is(&browser.ask(literal).await, "literal-in-password");
    let mut elsewhere = fill(password.clone(), "Segreta.1");
    elsewhere["origins"] = json!(["https://portale.example:443"]);
    let refused = browser.ask(elsewhere).await;
    expect_is(&refused, "origin");
    assert_eq!((refused["top"].as_str(), refused["frame"].as_str()), (Some(origin), Some(origin)));
    assert_eq!(value_of(browser, "password").await, "");
    assert_eq!(browser.script("return heard.length").await, 0);
    let mut allowed = fill(password.clone(), "Segreta.1");
    allowed["origins"] = json!([origin]);
    expect_is(&browser.ask(allowed).await, "filled");
    expect_is(&browser.ask(json!({ "op": "read", "locator": password, "deadline": 100 })).await, "refused");
    expect_is(&browser.ask(fill(one("field", "Fisso"), "x")).await, "readonly");
    expect_is(&browser.ask(fill(css("h1"), "x")).await, "not-a-field");
    // The only fields called PIN are those that no person sees.
    let trap = browser.ask(fill(one("field", "PIN"), "19800131")).await;
    expect_is(&trap, "timeout");
    assert_eq!(browser.script("return document.forms[0].honeypot.value + document.forms[0].honeypot2.value").await, "");
}

async fn boxes_are_one_field(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/boxes.html")).await;
    let values = "return [...document.querySelectorAll('#' + arguments[0] + ' input')].map((it) => it.value).join('')";
    for (text, value, id) in [
        ("codice OTP", "12345678", "plain"),
        ("Codice di sblocco", "87654321", "grouped"),
        ("da incollare", "11223344", "pasted"),
    ] {
        let answer = browser.ask(fill(one("field", text), value)).await;
        expect_is(&answer, "filled");
        assert_eq!(answer["element"]["boxes"], 8);
        assert_eq!(browser.script_with(values, json!([id])).await, value, "{text}");
        assert!(!answer.to_string().contains(value), "an answer told the value: {answer}");
    }
    let short = browser.ask(fill(css("#plain input"), "123")).await;
    assert_eq!(short["hint"], "8 boxes for 3 characters", "{short:#}");
    let verify = json!({ "op": "verify", "locator": css("#grouped input"), "value": "87654321", "secret": true });
    expect_is(&browser.ask(verify).await, "filled");
    // A code typed into plain text fields is as secret as a password, for pictures and readings.
    assert_eq!(browser.ask(json!({ "op": "cover" })).await["fields"].as_array().map(Vec::len), Some(24));
    expect_is(&browser.ask(json!({ "op": "read", "locator": css("#plain input"), "deadline": 100 })).await, "refused");
}

async fn tables_without_labels_are_read(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/table.html")).await;
    for (locator, value, name) in [
        (whole("after", "OTP"), "12345678", "otp"),
        (whole("after", "Pin di Firma"), "19800131", "pin"),
        (one("field", "Conferma Pin di Firma"), "19800132", "pin2"),
    ] {
        expect_is(&browser.ask(fill(locator, value)).await, "filled");
        assert_eq!(value_of(browser, name).await, value);
    }
    expect_is(&browser.ask(fill(one("field", "Pin di Firma"), "1")).await, "ambiguous");
    for (text, name) in [("User-ID", "u"), ("Parola", "p"), ("Codice segreto", "below")] {
        expect_is(&browser.ask(fill(one("field", text), name)).await, "filled");
        let typed =
            browser.script_with("return document.getElementsByName(arguments[0])[0].value", json!([name])).await;
        assert_eq!(typed, name, "{text}");
    }
    for (text, value) in [
        ("Codice Fiscale", "RSSMRA80A01H501U"),
        ("IUT", "AB12CD34EF56GH"),
        ("Valido al", "16/07/2014"),
        ("Titolare", "Mario Rossi"),
        ("Rinnovo:", "non effettuato"),
        ("Matricola", "77120"),
        ("Pratica", "4711"),
        ("Polizza", "8800"),
        ("Recapito", "Mario Bianchi"),
        ("Sportello", "Piazza Duomo"),
    ] {
        let read = browser.ask(json!({ "op": "read", "locator": one("after", text), "deadline": 500 })).await;
        assert_eq!(read["text"], value, "{text}: {read:#}");
    }
    let rows = browser.ask(json!({ "op": "read", "all": true, "locator": css(".list") })).await;
    assert_eq!(rows["rows"][1], json!({ "Data": "03/02/2014", "Operazione": "Accesso", "Esito": "KO" }), "{rows:#}");
    let record = browser.ask(json!({ "op": "read", "all": true, "locator": css(".data") })).await;
    assert_eq!(record["rows"][0]["Valido al"], "16/07/2014", "{record:#}");
    let list = browser.ask(json!({ "op": "read", "all": true, "locator": css("dt") })).await;
    assert_eq!(list["texts"], json!(["Titolare", "Rinnovo:"]));
    browser.open(&format!("{origin}/login.html")).await;
    for (text, value) in [("Data di scadenza", "16/07/2014"), ("Codice Fiscale", "RSSMRA80A01H501U")] {
        let read = browser.ask(json!({ "op": "read", "locator": one("after", text), "deadline": 500 })).await;
        assert_eq!(read["text"], value, "{text}: {read:#}");
    }
}

async fn waits_end_when_the_page_is_ready(browser: &mut Browser, origin: &str) {
    for (wish, name) in [
        ("late=300", "Arrivato"),
        ("enable=300", "Conferma"),
        ("cover=300", "Corri"),
        ("run=1", "Corri"),
        ("sheet=300&enable=1", "Conferma"),
    ] {
        browser.open(&format!("{origin}/waits.html#{wish}")).await;
        let answer = browser.ask(click(one("control", name))).await;
        expect_is(&answer, "ready");
        println!("{:?} {wish}: {}", browser.name, answer["spent"]);
    }
    browser.open(&format!("{origin}/waits.html#run=1")).await;
    let moved = browser.ask(click(one("control", "Corri"))).await;
    assert_eq!(moved["rect"]["x"], 20.0, "taken before it had come to rest: {moved:#}");
    browser.open(&format!("{origin}/waits.html#hash=200")).await;
    expect_is(&browser.ask(json!({ "op": "address", "value": contains("#arrivo"), "deadline": 2000 })).await, "met");
    let far = browser.ask(click(one("control", "In fondo"))).await;
    let y = far["point"]["y"].as_f64().expect("a point");
    assert!(y > 0.0 && y < far["viewport"]["height"].as_f64().expect("a height"), "not in view: {far:#}");
    browser.open(&format!("{origin}/waits.html#late=200")).await;
    expect_is(
        &browser.ask(json!({ "op": "count", "locator": role("button", ""), "count": 4, "deadline": 2000 })).await,
        "met",
    );
    expect_is(&browser.ask(json!({ "op": "expect", "condition": { "group": { "all": [{ "locator": one("text", "Arrivato") }],
        "any": [{ "locator": one("text", "manca") }, { "locator": role("button", "Corri") }], "none": [{ "locator": one("text", "manca") }] } } })).await, "met");
}

async fn states_end_a_wait_at_once(browser: &mut Browser, origin: &str) {
    let guards = json!({ "states": [{ "id": 7, "when": { "locator": [by("text", regex("PIN (errato|bloccato)", ""))] } }],
        "interrupts": [{ "id": 1, "when": { "locator": one("text", "Caricamento") } }] });
    let mut delays = Vec::new();
    // Told from when the page is loaded: time for the request to come there before.
    for at in [1500, 1611, 1723] {
        browser.open(&format!("{origin}/waits.html#toast={at},150")).await;
        let mut request = click(one("control", "Conferma"));
        request["guards"] = guards.to_string().into();
        request["deadline"] = 6000.into();
        let answer = browser.ask(request).await;
        expect_is(&answer, "state");
        assert_eq!(
            (answer["id"].as_u64(), answer["text"].as_str()),
            (Some(7), Some("PIN errato. Tentativi rimasti: 2"))
        );
        let shown = browser.script("return shownAt").await.as_f64().expect("a time");
        delays.push(answer["seen_at"].as_f64().expect("a time") - shown);
    }
    println!("{:?}: a state was seen {delays:.0?} ms after it appeared", browser.name);
    assert!(delays.iter().all(|delay| *delay <= 100.0), "a state was seen only {delays:.0?} ms after it appeared");
    browser.open(&format!("{origin}/waits.html#cover=9000")).await;
    let mut request = click(one("control", "Corri"));
    request["guards"] = guards.to_string().into();
    let answer = browser.ask(request).await;
    assert_eq!((answer["is"].as_str(), answer["id"].as_u64()), (Some("interrupt"), Some(1)), "{answer:#}");
}

async fn choices_are_found(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/login.html")).await;
    let select = |option: &str| json!({ "op": "select", "locator": one("field", "Provincia"), "value": contains(option), "deadline": 300 });
    assert_eq!(browser.ask(select("Roma")).await["text"], "Roma");
    assert_eq!(value_of(browser, "province").await, "RM");
    let none = browser.ask(select("Bologna")).await;
    expect_is(&none, "no-option");
    assert_eq!(none["options"], json!(["Scegli…", "Padova", "Roma", "Roma (estero)"]));
    for (label, name) in [("Accetto le condizioni", "terms"), ("Confermo i dati", "hiddenbox")] {
        let check = json!({ "op": "check", "locator": one("field", label), "deadline": 1000 });
        let answer = browser.ask(check.clone()).await;
        expect_is(&answer, "ready");
        browser.press(&answer).await;
        expect_is(
            &browser
                .ask(json!({ "op": "checked", "locator": one("field", label), "checked": true, "deadline": 1000 }))
                .await,
            "met",
        );
        assert_eq!(
            browser.script_with("return document.forms[0].elements[arguments[0]].checked", json!([name])).await,
            true
        );
        expect_is(&browser.ask(check).await, "already");
    }
    assert_eq!(browser.script("return location.hash").await, "", "the link in the label was pressed");

    browser.open(&format!("{origin}/choices.html")).await;
    let custom = browser
        .ask(json!({ "op": "select", "locator": one("field", "Città"), "value": contains("Roma"), "deadline": 500 }))
        .await;
    assert_eq!((custom["is"].as_str(), custom["custom"].as_bool()), (Some("ready"), Some(true)), "{custom:#}");
    browser.press(&custom).await;
    let option = browser.ask(json!({ "op": "option", "value": contains("Roma"), "deadline": 500 })).await;
    expect_is(&option, "ready");
    browser.press(&option).await;
    expect_is(
        &browser
            .ask(json!({ "op": "value", "locator": one("field", "Città"), "value": exact("Roma"), "deadline": 500 }))
            .await,
        "met",
    );
    for (words, name) in [("Dichiaro", "bare"), ("Autorizzo", "bare2")] {
        let answer = browser.ask(json!({ "op": "check", "locator": one("field", words), "deadline": 500 })).await;
        assert_eq!(answer["element"]["css"], format!("input[name=\"{name}\"]"), "{answer:#}");
    }
    expect_is(&browser.ask(click(one("control", "Annulla"))).await, "ready");
    expect_is(&browser.ask(click(one("control", "Rinnova firma digitale"))).await, "ready");
    expect_is(&browser.ask(click(one("control", "Rinnova firma"))).await, "ambiguous");
    expect_is(&browser.ask(click(role("dialog", "cookie"))).await, "ready");
    expect_is(
        &browser
            .ask(json!({ "op": "locate", "need": "upload", "locator": one("field", "Carica"), "deadline": 500 }))
            .await,
        "ready",
    );
    let mut nth = css("p > button");
    nth[0]["nth"] = 2.into();
    assert_eq!(browser.ask(click(nth)).await["element"]["name"], "Annulla");
    let chain = json!([by("control", contains("Manca")), by("control", exact("Conferma"))]);
    assert_eq!(browser.ask(click(chain)).await["rank"], 1);
    let live =
        browser.ask_in_page(json!({ "op": "element", "need": "upload", "locator": one("field", "Carica") })).await;
    assert!(live.as_object().is_some_and(|it| it.keys().any(|key| key.starts_with("element-"))), "{live}");
    for bad in [
        css("p:nth("),
        json!([{ "by": "x-path", "expression": "//p[", "shown": "x" }]),
        json!([by("text", regex("(", ""))]),
    ] {
        expect_is(&browser.ask(click(bad)).await, "invalid");
    }
    assert_eq!(
        browser
            .ask(click(
                json!([{ "by": "x-path", "expression": "//p[not(@hidden)]/button[.='Annulla']", "shown": "x" }])
            ))
            .await["element"]["name"],
        "Annulla"
    );
}

/// Things to which the browsers give different roles or names, and what is named by the value of a field.
async fn roles_mean_the_same_in_both_browsers(browser: &mut Browser, origin: &str) {
    let mut opened = "";
    for (page, kind, name) in [
        ("manual", "listitem", "il codice utente"),
        ("manual", "definition", "Arriva ogni volta"),
        ("text", "listitem", "Voce"),
        ("text", "menuitemradio", "Scelta"),
        ("text", "image", "Titolo svg"),
        ("desk", "row", "Firme 12"),
        ("desk", "row", "lu ma"),
        ("desk", "row", "Contratto.pdf 01/03"),
        ("landmarks", "row", "Due KO"),
        ("shop", "cell", "Quantità di Alfa 1 1"),
        ("shop", "heading", "Il tuo carrello 2"),
        ("fields", "checkbox", "Ricordami per 30 giorni"),
    ] {
        if page != opened {
            browser.open(&format!("{origin}/names/{page}.html")).await;
            opened = page;
        }
        let locator = json!([{ "by": "role", "role": kind, "name": exact(name), "shown": kind }]);
        let answer = browser.ask(json!({ "op": "locate", "need": "read", "locator": locator, "deadline": 300 })).await;
        assert_eq!(answer["is"], "ready", "{page}, {kind} {name:?}: {answer:#}");
    }
}

async fn texts_are_those_that_can_be_seen(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/choices.html")).await;
    for (text, seen) in [
        ("Tentativi rimasti: 2", true),
        ("ma questo no", true),
        ("Testo trasparente", false),
        ("Testo invisibile", false),
        ("Testo chiuso", false),
        ("Ripiegato", false),
    ] {
        assert_eq!(browser.ask(test(one("text", text))).await["holds"], seen, "{text}");
    }
    browser.open(&format!("{origin}/table.html")).await;
    assert_eq!(browser.ask(test(one("text", "rinnovo: NON effettuato"))).await["holds"], true, "over two cells");
    assert_eq!(browser.ask(test(one("text", "Conferma Pin di Firma"))).await["holds"], true, "over a no-break space");
    assert_eq!(
        browser.ask(test(json!([by("text", regex("^Titolare Mario Rossi$", ""))]))).await["holds"],
        true,
        "a term and its definition"
    );
    assert_eq!(
        browser.ask(test(json!([by("text", regex("^Emesso il Ente \\d", ""))]))).await["holds"],
        true,
        "over boxes"
    );
    assert_eq!(
        browser.ask(test(json!([by("text", regex("Emesso.*Ente", ""))]))).await["holds"],
        false,
        "a dot stays in its line"
    );
    assert_eq!(
        browser.ask(test(one("text", "RSSMRA80A01H501U"))).await["holds"],
        false,
        "values of fields are no text"
    );
}

async fn a_modal_dialog_hides_the_rest(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/choices.html#modal")).await;
    let inside = browser.ask(click(role("button", "Conferma"))).await;
    expect_is(&inside, "ready");
    let named = browser.ask(click(within(role("button", "Conferma"), role("dialog", "Rinnova firma")))).await;
    assert_eq!(inside["point"], named["point"]);
    let mut behind = click(css("p > button:first-child"));
    behind["locator"][0]["nth"] = 1.into();
    behind["deadline"] = 300.into();
    let behind = browser.ask(behind).await;
    let why = behind["why"]["matches"][0]["why"].as_str().unwrap_or_default().to_owned();
    assert!(why.starts_with("covered by dialog#modal “Rinnova firma"), "{behind:#}");
}

async fn shadow_trees_and_frames_are_searched(browser: &mut Browser, origin: &str) {
    let other = support::site::serve().await;
    browser.open(&format!("{origin}/trees.html#other={other}")).await;
    let button = browser.ask(click(one("control", "Prosegui"))).await;
    expect_is(&button, "ready");
    browser.press(&button).await;
    expect_is(
        &browser
            .ask(json!({ "op": "expect", "condition": { "locator": one("text", "Proseguito") }, "deadline": 1000 }))
            .await,
        "met",
    );
    expect_is(&browser.ask(fill(one("field", "Codice nascosto"), "19800131")).await, "filled");
    expect_is(&browser.ask(fill(one("field", "User ID"), "JCPD0001")).await, "filled");
    let framed = browser.ask(click(within(one("control", "ACCEDI"), one("frame", "Accesso")))).await;
    expect_is(&framed, "ready");
    // The point is one of the top-level page: pressing there presses inside the frame.
    browser.script("frames[0].document.forms[0].addEventListener('click', (event) => { window.pressed = event.target.textContent; })").await;
    browser.press(&framed).await;
    assert_eq!(browser.script("return window.pressed").await, "ACCEDI →");
    let frame = browser.ask(json!({ "op": "frame", "locator": one("frame", "Firma"), "deadline": 500 })).await;
    assert_eq!((frame["index"].as_u64(), frame["same_origin"].as_bool()), (Some(2), Some(false)), "{frame:#}");
    let mut closed = click(one("control", "Chiuso"));
    closed["deadline"] = 300.into();
    let elsewhere = browser.ask(closed).await["why"]["elsewhere"].to_string();
    assert!(
        elsewhere.contains("closed shadow root in x-closed") && elsewhere.contains("cross-origin frame"),
        "{elsewhere}"
    );
    let structure = browser.ask(json!({ "op": "structure" })).await["text"].as_str().unwrap_or_default().to_owned();
    for line in [
        "heading \"Alberi e cornici\" [level 1]",
        "textbox \"Codice nascosto\"",
        "frame \"Accesso\"",
        "    checkbox \"Notizie\" [checked]",
        "frame \"Firma\" [cross-origin]",
    ] {
        assert!(structure.contains(line), "no `{line}` in\n{structure}");
    }
    assert!(!structure.contains("19800131") && !structure.contains("JCPD0001"), "{structure}");
}

async fn a_given_up_call_acts_no_more(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/waits.html#late=4000")).await;
    let mut patient = click(one("control", "Arrivato"));
    patient["deadline"] = 5000.into();
    let given_up = browser.lane.ask(&patient.to_string(), Duration::from_millis(50)).await;
    assert!(given_up.is_err(), "{given_up:?}");
    expect_is(&browser.ask(test(one("text", "Corri"))).await, "decided");
}

async fn failures_are_explained(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/waits.html#cover=9000")).await;
    let mut request = click(one("control", "Corri"));
    request["deadline"] = 400.into();
    let why = browser.ask(request).await["why"].clone();
    let sentence = why["sentence"].as_str().unwrap_or_default();
    assert!(
        sentence.starts_with("button#runner “Corri” was covered by div#cover “Caricamento in corso” for 0."),
        "{why:#}"
    );
    browser.open(&format!("{origin}/waits.html")).await;
    let mut request = click(one("control", "Conferma"));
    request["deadline"] = 300.into();
    let why = browser.ask(request.clone()).await["why"].clone();
    assert_eq!(why["matches"][0]["why"], "disabled", "{why:#}");
    request["locator"] = one("control", "Confermo");
    let why = browser.ask(request).await["why"].clone();
    assert_eq!(why["nearest"][0]["name"], "Conferma", "{why:#}");
    browser.open(&format!("{origin}/choices.html")).await;
    let mut request = click(one("control", "Ripiegato"));
    request["deadline"] = 300.into();
    let why = browser.ask(request).await["why"].clone();
    assert_eq!(why["matches"][0]["why"], "hidden", "{why:#}");
}

async fn strict_pages_are_no_obstacle(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/csp-strict.html")).await;
    for in_page in [false, true] {
        for (request, is) in [
            (fill(one("field", "PIN di firma"), "19800131"), "filled"),
            (click(one("control", "Conferma")), "ready"),
            (json!({ "op": "read", "locator": one("after", "Data di scadenza") }), "text"),
            (json!({ "op": "cover", "freeze": true }), "cover"),
            (json!({ "op": "cover", "freeze": false }), "cover"),
        ] {
            let answer = if in_page { browser.ask_in_page(request).await } else { browser.ask(request).await };
            expect_is(&answer, is);
        }
    }
}

async fn redefined_built_ins_are_not_used(browser: &mut Browser, origin: &str) {
    // No script of the driver's own survives this page.
    browser.lane.open(&format!("{origin}/redefined.html"), Duration::from_secs(10)).await.expect("the page");
    let mut disabled = click(one("control", "Conferma"));
    disabled["deadline"] = 300.into();
    for in_page in [false, true] {
        for (request, is) in [
            (fill(one("field", "PIN di firma"), "19800131"), "filled"),
            (disabled.clone(), "timeout"),
            (test(one("text", "PIN di firma")), "decided"),
        ] {
            let answer = match (in_page, browser.name) {
                (false, _) => browser.ask(request).await,
                (true, BrowserName::Chromium) => browser.ask_in_world(request).await,
                (true, BrowserName::Firefox) => browser.ask_in_page(request).await,
            };
            expect_is(&answer, is);
        }
    }
    let outline = browser.ask(json!({ "op": "outline" })).await;
    let items = outline["outline"]["items"].as_array().expect("items");
    for item in [
        json!({ "role": "textbox", "name": "PIN di firma", "inside": "form", "marks": ["secret"] }),
        json!({ "role": "button", "name": "Conferma", "inside": "form", "marks": ["disabled"] }),
    ] {
        assert!(items.contains(&item), "no {item} in {items:#?}");
    }
    let elements = browser.ask(json!({ "op": "elements" })).await;
    let elements = elements["elements"].as_array().expect("elements");
    let link = elements.iter().find(|element| element["name"] == "Guida").expect("the link");
    assert_eq!((&link["tag"], &link["href"]), (&"a".into(), &"/guida#capo".into()), "{link:#}");
    let pin = elements.iter().find(|element| element["name"] == "PIN di firma").expect("the field");
    assert_eq!((&pin["id"], &pin["text"]), (&"pin".into(), &"".into()), "{pin:#}");
    if browser.name == BrowserName::Chromium {
        let left = json!({ "expression": "document.getElementsByTagName('iframe').length", "returnByValue": true });
        let answer = browser
            .command("POST", "goog/cdp/execute", Some(json!({ "cmd": "Runtime.evaluate", "params": left })))
            .await;
        assert_eq!(answer["result"]["value"], 0, "something was left on the page");
    }
}

async fn pictures_are_covered_and_still(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/login.html")).await;
    let cover = browser.ask(json!({ "op": "cover", "masks": [one("after", "Codice Fiscale"), one("field", "manca")], "highlight": [one("control", "ACCEDI")] })).await;
    expect_is(&cover, "cover");
    assert_eq!(cover["fields"].as_array().map(Vec::len), Some(2), "password and one-time code: {cover:#}");
    assert_eq!((cover["masks"].as_array().map(Vec::len), &cover["missing"]), (Some(1), &json!(["field"])), "{cover:#}");
    assert_eq!(cover["highlight"].as_array().map(Vec::len), Some(1));
    browser.open(&format!("{origin}/waits.html#run=1")).await;
    browser.script("document.getElementById('runner').style.animationDuration = '60s'; document.getElementById('slow').animate([{ opacity: 0 }, { opacity: 1 }], 60000)").await;
    let states = "return document.getAnimations().map((it) => it.playState).join(' ')";
    browser.ask(json!({ "op": "cover", "freeze": true })).await;
    assert_eq!(browser.script(states).await, "paused paused");
    browser.ask(json!({ "op": "cover", "freeze": false })).await;
    assert_eq!(browser.script(states).await, "running running");
    let left = "return document.adoptedStyleSheets.length + document.getAnimations().map((it) => it.id).join('')";
    assert_eq!(browser.script(left).await, "0", "something was left on the page");

    // A field with the focus looks as one without it: no caret is drawn.
    browser.open(&format!("{origin}/waits.html#run=0")).await;
    browser.script("document.body.innerHTML = '<input id=bare style=\"outline: none\">'; document.getElementById('bare').focus()").await;
    browser.ask(json!({ "op": "cover", "freeze": true })).await;
    let focused = browser.picture().await;
    browser.script("document.getElementById('bare').blur()").await;
    assert_eq!(focused, browser.picture().await, "{:?}: a caret is in the picture", browser.name);
    browser.ask(json!({ "op": "cover", "freeze": false })).await;
}

async fn a_look_is_cheap(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/large.html")).await;
    for (what, request) in [
        ("a text", test(one("text", "manca"))),
        ("a button", test(role("button", "Conferma"))),
        ("a field", test(one("field", "PIN di firma"))),
        ("a control", test(one("control", "Conferma"))),
    ] {
        let mut costs = Vec::new();
        for _ in 0..9 {
            costs.push(browser.ask(request.clone()).await["spent"]["ms"].as_f64().expect("a cost"));
        }
        costs.sort_by(f64::total_cmp);
        println!("{:?}: a look for {what} on a page of 5,500 elements: {} ms", browser.name, costs[4]);
    }
}

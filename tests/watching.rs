//! The watch for changes of a portal: what two visits of the same page may differ in without a word, and what stops a run.

use std::collections::BTreeMap;

use proptest::prelude::{ProptestConfig, Strategy, any, proptest};
use rinnova::drift::baseline::{Baseline, BaselineError, KnownStage, KnownStep};
use rinnova::drift::compare::Target;
use rinnova::drift::neutral::{neutral_fingerprint, neutral_outline};
use rinnova::drift::watch::{self, Acting};
use rinnova::drift::{diagnosis, telling};
use rinnova::exit::Verdict;
use rinnova::record::{
    Change, ChangeKind, Environment, FORMAT, Failure, Fingerprint, Flags, Gravity, Item, Outcome, Outline, Reading,
    Record, ShotRecord, StageRecord, StepRecord, Used,
};

use ChangeKind::*;
use Gravity::{Drift, Note, Stop};

const DIALOG: &str = "dialog \"Rinnova firma\"";
const PORTAL: &str = "http://127.0.0.1:40001";

fn item(line: &str) -> Item {
    let mut parts = line.split('|').map(str::trim);
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (role, name, inside) = (next(), next(), next());
    Item { role, name, inside, marks: parts.map(str::to_owned).collect() }
}

/// A page, one thing on a line: role | name | inside | marks.
fn page(lines: &str) -> Outline {
    let items = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(item).collect();
    let raw = Outline { address: "/#/rinnovo".into(), title: "MiaFirma".into(), language: "it".into(), items };
    neutral_outline(&raw, &[])
}

fn element(role: &str, name: &str, inside: &[&str]) -> Fingerprint {
    let inside = inside.iter().map(|&place| place.to_owned()).collect();
    Fingerprint { role: role.into(), name: name.into(), inside, ..Fingerprint::default() }
}

#[expect(clippy::needless_pass_by_value, reason = "made for the call")]
fn step(line: usize, action: &str, element: Fingerprint) -> KnownStep {
    let element = neutral_fingerprint(&element, &[]);
    KnownStep {
        at: [line, 5],
        action: action.into(),
        shown: format!("button {}", element.name),
        commit: false,
        former: false,
        element,
    }
}

fn stage(page: Outline, steps: Vec<KnownStep>) -> KnownStage {
    KnownStage { id: "consents".into(), name: "consents".into(), shot: None, outline: Some(page), steps }
}

fn changes(stage: &KnownStage, now: &Outline) -> Vec<Change> {
    let targets: Vec<Target<'_>> = stage.steps.iter().map(|step| Target { step, line: Some(step.at[0]) }).collect();
    watch::page(stage, now, "consents", &targets)
}

fn told(changes: &[Change]) -> Vec<(ChangeKind, Gravity)> {
    changes.iter().map(|change| (change.kind, change.gravity)).collect()
}

const CONSENTS: &str = r#"
    link | MiaFirma
    button | Esci
    heading | Rinnova firma digitale
    button | Rinnova firma
    link | Torna alla homepage
    dialog | Rinnova firma
    heading | 1 Consensi | dialog "Rinnova firma"
    button | 1 Consensi | dialog "Rinnova firma" | expanded
    checkbox | Accetto le condizioni generali di servizio | dialog "Rinnova firma"
    link | richiedere un nuovo certificato | dialog "Rinnova firma"
    checkbox | Confermo | dialog "Rinnova firma"
    textbox | PIN di firma | dialog "Rinnova firma" | secret
    button | Annulla | dialog "Rinnova firma"
    button | Conferma | dialog "Rinnova firma" | disabled
    button | 2 Conferma l'operazione | dialog "Rinnova firma" | disabled | collapsed
    button | 3 Attiva il certificato | dialog "Rinnova firma" | disabled | collapsed
    button | 4 Conferma l'operazione | dialog "Rinnova firma" | disabled | collapsed
"#;

fn consents() -> KnownStage {
    let tick = |name: &str| Fingerprint { words: name.into(), ..element("checkbox", name, &[DIALOG]) };
    let steps = vec![
        step(10, "check", tick("Accetto le condizioni generali di servizio")),
        step(11, "check", tick("Confermo")),
        step(12, "fill", element("textbox", "PIN di firma", &[DIALOG])),
        step(13, "click", element("button", "Conferma", &[DIALOG])),
    ];
    stage(page(CONSENTS), steps)
}

const HOME: &str = r"
    link | MiaFirma
    button | Esci
    heading | Ciao, Mario
    status | Il tuo certificato di firma scade tra 45 giorni
    button | Rinnova ora
    button | Certificato di firma Visualizza i dati del tuo certificato di firma
    button | Rinnova firma digitale Rinnova la tua firma prima della scadenza
    button | Codici OTP Gestisci i codici OTP collegati al tuo profilo
    button | PIN di firma Modifica il tuo PIN di firma
    button | Sospensione e revoca firma Sospendi temporaneamente la tua firma
";

fn home() -> KnownStage {
    let tile = "Rinnova firma digitale Rinnova la tua firma prima della scadenza";
    stage(page(HOME), vec![step(20, "click", element("button", tile, &[]))])
}

/// What has changed when a line is replaced, added or taken away; the first change is looked at.
fn after(stage: &KnownStage, lines: &str, change: impl Fn(&str) -> String) -> Vec<Change> {
    changes(stage, &page(&change(lines)))
}

fn replaced(lines: &str, old: &str, new: &str) -> String {
    assert!(lines.contains(old), "{old}");
    lines.replacen(old, new, 1)
}

#[test]
fn the_same_page_on_another_visit_is_no_change() {
    assert_eq!(changes(&consents(), &page(CONSENTS)), []);
    let other_day = HOME.replace("Mario", "Anna Maria").replace("45 giorni", "12 giorni");
    assert_eq!(changes(&home(), &page(&other_day)), []);
    let states = CONSENTS.replace("| disabled", "").replace("| expanded", "").replace("| collapsed", "| expanded");
    assert_eq!(changes(&consents(), &page(&states)), []);
    let error = format!("{CONSENTS}\nalert | PIN di firma errato. Tentativi rimasti: 2 | {DIALOG}");
    assert_eq!(changes(&consents(), &page(&error)), []);
}

#[test]
fn the_banner_for_cookies_is_no_change() {
    let banner = r#"
        dialog | Informativa sui cookie
        heading | Informativa sui cookie | dialog "Informativa sui cookie"
        button | Accetta tutti | dialog "Informativa sui cookie"
        button | Solo necessari | dialog "Informativa sui cookie"
        button | Personalizza | dialog "Informativa sui cookie"
        checkbox | Cookie di profilazione | dialog "Informativa sui cookie"
    "#;
    let with = format!("{HOME}{banner}");
    assert_eq!(changes(&home(), &page(&with)), []);
    let mut accepted = home();
    accepted.outline = Some(page(&with));
    assert_eq!(changes(&accepted, &page(HOME)), []);
    let reworded = with.replace("Informativa sui cookie", "La tua privacy").replace("Personalizza", "Preferenze");
    assert_eq!(changes(&home(), &page(&reworded)), []);
}

/// The page on which a code is typed, as one kind of code has it.
fn code_page(words: &str, boxes: usize, again: bool) -> String {
    let again = if again { format!("button | Invia nuovo OTP | {DIALOG} | disabled\n") } else { String::new() };
    let boxes: String = (1..=boxes).map(|at| format!("textbox | Cifra {at} di {boxes} | {DIALOG}\n")).collect();
    format!(
        "dialog | Rinnova firma\nbutton | 2 Conferma l'operazione | {DIALOG}\ngroup | {words} | {DIALOG}\n{boxes}{again}\
         button | Annulla | {DIALOG}\nbutton | Conferma | {DIALOG}\n"
    )
}

#[test]
fn each_kind_of_code_has_its_page_and_none_is_a_drift() {
    let kinds = [
        ("Inserisci il codice OTP inviato al numero ***** 0001", 8, true),
        ("Inserisci il codice OTP generato dal tuo token", 6, false),
        ("Inserisci il codice OTP generato dalla tua app di autenticazione", 6, false),
    ];
    for (words, boxes, again) in kinds {
        let code = Fingerprint { boxes: u32::try_from(boxes).unwrap(), ..element("group", words, &[DIALOG]) };
        let mut sends = step(31, "click", element("button", "Conferma", &[DIALOG]));
        sends.commit = true;
        let known = stage(page(&code_page(words, boxes, again)), vec![step(30, "fill", code), sends]);
        for (words, boxes, again) in kinds {
            let seen = changes(&known, &page(&code_page(words, boxes, again)));
            assert!(seen.iter().all(|change| change.gravity == Note), "{seen:?}");
            let found = Fingerprint { boxes: u32::try_from(boxes).unwrap(), ..element("group", words, &[DIALOG]) };
            let acting = Acting { stage: &known, step: &known.steps[0], name: "sign", line: 30 };
            assert_eq!(watch::step(&acting, &neutral_fingerprint(&found, &[]), PORTAL), []);
        }
    }
}

#[test]
fn what_is_new_to_agree_to_to_fill_in_or_to_pay_stops() {
    let add = |line: &str| {
        let line = line.to_owned();
        move |lines: &str| format!("{lines}\n{line}")
    };
    for (line, kind, gravity) in [
        ("checkbox | Accetto la conservazione dei dati biometrici | dialog \"Rinnova firma\"", NewConsent, Stop),
        ("radio | Acconsento al trattamento | dialog \"Rinnova firma\"", NewConsent, Stop),
        ("textbox | Passphrase | dialog \"Rinnova firma\"", NewField, Stop),
        ("textbox | Codice Coupon | dialog \"Rinnova firma\"", NewField, Stop),
        ("textbox | Partita IVA | form | required", NewField, Stop),
        ("searchbox | Cerca nel sito", NewField, Note),
        ("dialog | Avviso importante", NewDialog, Stop),
        ("button | Conferma tutto | dialog \"Rinnova firma\"", Rival, Stop),
        ("button | Assistenza", NewControl, Note),
        ("heading | Pagamento", Payment, Stop),
        ("button | Paga 36,00 € | dialog \"Rinnova firma\"", Payment, Stop),
        ("checkbox | Non sono un robot | dialog \"Rinnova firma\"", Captcha, Stop),
        ("frame | reCAPTCHA | | elsewhere", Captcha, Stop),
        ("frame | accesso | | elsewhere", OtherOrigin, Stop),
    ] {
        let seen = after(&consents(), CONSENTS, add(line));
        assert_eq!(told(&seen), [(kind, gravity)], "{line}");
    }
}

#[test]
fn a_decoy_beside_the_right_tile_stops() {
    let decoy = format!("{HOME}button | Rinnova e revoca il precedente Rinnova la firma e revoca il certificato");
    let seen = changes(&home(), &page(&decoy));
    assert_eq!(told(&seen), [(Rival, Stop)]);
    assert_eq!(seen[0].line, Some(20));
}

#[test]
fn a_message_window_is_told_as_one_change() {
    let lines = r#"
        dialog | Il tuo certificato deve essere aggiornato
        heading | Il tuo certificato deve essere aggiornato | dialog "Il tuo certificato deve essere aggiornato"
        button | Richiedi un nuovo certificato | dialog "Il tuo certificato deve essere aggiornato"
        button | Chiudi | dialog "Il tuo certificato deve essere aggiornato"
    "#;
    assert_eq!(told(&changes(&home(), &page(&format!("{HOME}{lines}")))), [(NewDialog, Stop)]);
}

#[test]
fn what_a_step_uses_drifts_and_what_it_does_not_use_is_noted() {
    for (old, new, kind, gravity) in [
        ("textbox | PIN di firma |", "textbox | PIN per la firma |", Renamed, Drift),
        ("button | Conferma |", "button | Conferma e procedi |", Renamed, Drift),
        ("button | Annulla |", "button | Annulla tutto |", Renamed, Note),
        (
            "Accetto le condizioni generali di servizio",
            "Accetto le condizioni generali e la revoca",
            ConsentReworded,
            Stop,
        ),
        ("button | Conferma |", "link | Conferma |", Remade, Drift),
        ("textbox | PIN di firma | dialog \"Rinnova firma\"", "textbox | PIN di firma | frame \"pin\"", Moved, Drift),
        ("checkbox | Confermo | dialog \"Rinnova firma\"", "", Gone, Drift),
        ("link | Torna alla homepage", "", Gone, Note),
        (
            "textbox | PIN di firma | dialog \"Rinnova firma\" | secret",
            "textbox | PIN di firma | dialog \"Rinnova firma\" | read-only",
            OutOfReach,
            Drift,
        ),
        (
            "button | Conferma | dialog \"Rinnova firma\" |",
            "button | Conferma | dialog \"Rinnova firma\" | elsewhere |",
            OtherOrigin,
            Stop,
        ),
    ] {
        let seen = after(&consents(), CONSENTS, |lines| replaced(lines, old, new));
        assert_eq!(told(&seen), [(kind, gravity)], "{new}: {seen:?}");
    }
    // E10: other words altogether, and nothing else that it could be.
    let seen = after(&consents(), CONSENTS, |lines| replaced(lines, "button | Conferma |", "button | Aggiorna PIN |"));
    assert_eq!(told(&seen), [(Renamed, Drift)]);
}

#[test]
fn a_commit_in_other_words_stops() {
    let mut known = consents();
    known.steps[3].commit = true;
    let seen = after(&known, CONSENTS, |lines| replaced(lines, "button | Conferma |", "button | Conferma e procedi |"));
    assert_eq!(told(&seen), [(Renamed, Stop)]);
    assert_eq!(seen[0].line, Some(13));
    assert_eq!(seen[0].says, "button “Conferma” is now “Conferma e procedi”");
}

#[test]
fn order_is_noted_among_fields_and_beside_a_target() {
    let swapped =
        CONSENTS.replace("button | Annulla |", "button | X |").replace("button | Conferma |", "button | Annulla |");
    let swapped = swapped.replace("button | X |", "button | Conferma |");
    assert_eq!(told(&changes(&consents(), &page(&swapped))), [(Moved, Note)]);
    let fields = |names: [&str; 2]| {
        let fields = names.map(|name| format!("textbox | {name} | form\n")).concat();
        page(&format!("{fields}button | Invia | form"))
    };
    let known = stage(
        fields(["Pin di Firma", "Conferma Pin di Firma"]),
        vec![step(1, "fill", element("textbox", "Pin di Firma", &["form"]))],
    );
    assert_eq!(told(&changes(&known, &fields(["Conferma Pin di Firma", "Pin di Firma"]))), [(Moved, Note)]);
}

/// The page of the consents on a portal that speaks English.
const ENGLISH: &str = r#"
        link | MiaFirma
        button | Sign out
        heading | Renew your digital signature
        button | Renew the signature
        link | Back to the home page
        dialog | Renew the signature
        heading | 1 Consents | dialog "Renew the signature"
        button | 1 Consents | dialog "Renew the signature"
        checkbox | I accept the general terms of service | dialog "Renew the signature"
        link | request a new certificate | dialog "Renew the signature"
        checkbox | I confirm | dialog "Renew the signature"
        textbox | Signature PIN | dialog "Renew the signature" | secret
        button | Cancel | dialog "Renew the signature"
        button | Confirm | dialog "Renew the signature"
        button | 2 Confirm the operation | dialog "Renew the signature"
        button | 3 Activate the certificate | dialog "Renew the signature"
        button | 4 Confirm the operation | dialog "Renew the signature"
    "#;

#[test]
fn another_language_is_one_change_and_stops_before_a_consent() {
    let mut now = page(ENGLISH);
    now.language = "en".into();
    assert_eq!(told(&changes(&consents(), &now)), [(Language, Stop)]);
    // Told by its words where it declares none.
    now.language = "it".into();
    assert_eq!(told(&changes(&consents(), &now)), [(Language, Stop)]);
    let login = |words: [&str; 5], language: &str| {
        let [title, user, password, enter, lost] = words;
        let mut page = page(&format!(
            "heading | {title}\ntextbox | {user} | form\ntextbox | {password} | form\nbutton | {enter} | form\nlink | {lost}"
        ));
        page.language = language.into();
        page
    };
    let known = stage(
        login(
            [
                "Accedi",
                "Inserisci il tuo User ID",
                "Inserisci la tua password",
                "ACCEDI →",
                "Ho dimenticato la password",
            ],
            "it",
        ),
        vec![step(1, "click", element("button", "ACCEDI →", &["form"]))],
    );
    let now =
        login(["Sign in", "Enter your User ID", "Enter your password", "SIGN IN →", "I forgot my password"], "en");
    assert_eq!(told(&changes(&known, &now)), [(Language, Drift)]);
}

#[test]
fn another_page_is_one_change() {
    let other = r"
        heading | Area riservata
        textbox | Partita IVA
        link | Documenti
        button | Archivia
        button | Stampa
    ";
    assert_eq!(told(&changes(&consents(), &page(other)))[0], (Redesign, Stop));
    let rebuilt = HOME.replace("button |", "link |");
    assert_eq!(told(&changes(&home(), &page(&rebuilt))), [(Redesign, Drift)]);
}

#[test]
fn fields_without_names_are_counted() {
    let form = |fields: usize| page(&format!("{}button | Firma Richiesta | form", "textbox | | form\n".repeat(fields)));
    let known = stage(form(2), vec![step(1, "click", element("button", "Firma Richiesta", &["form"]))]);
    assert_eq!(changes(&known, &form(2)), []);
    assert_eq!(told(&changes(&known, &form(3))), [(NewField, Stop)]);
}

fn seen(known: &KnownStage, at: usize, found: &Fingerprint) -> Vec<(ChangeKind, Gravity)> {
    let acting = Acting { stage: known, step: &known.steps[at], name: "consents", line: 13 };
    told(&watch::step(&acting, found, PORTAL))
}

#[test]
fn a_step_that_finds_something_else_stops_and_one_that_finds_the_same_goes_on() {
    let known = consents();
    let button = |name: &str| element("button", name, &[DIALOG]);
    assert_eq!(seen(&known, 3, &button("Conferma")), []);
    assert_eq!(seen(&known, 3, &button("CONFERMA\u{a0}")), []);
    assert_eq!(seen(&known, 3, &button("Conferma e procedi")), [(Renamed, Drift)]);
    for other in ["Annulla", "Conferma pagamento", "… Conferma l'operazione", "Revoca"] {
        assert_eq!(seen(&known, 3, &button(other)), [(OtherIdentity, Stop)], "{other}");
    }
    assert_eq!(seen(&known, 3, &element("link", "Conferma", &[DIALOG])), [(Remade, Drift)]);
    assert_eq!(seen(&known, 3, &element("button", "Conferma", &[])), [(Moved, Drift)]);
    let boxes = Fingerprint { boxes: 8, ..element("textbox", "PIN di firma", &[DIALOG]) };
    assert_eq!(seen(&known, 2, &boxes), [(Remade, Drift)]);
    let reworded =
        Fingerprint { words: "Confermo e cedo i miei dati".into(), ..element("checkbox", "Confermo", &[DIALOG]) };
    assert_eq!(seen(&known, 1, &reworded), [(ConsentReworded, Stop)]);
    let mut sends = consents();
    sends.steps[3].commit = true;
    assert_eq!(seen(&sends, 3, &button("Conferma e procedi")), [(Renamed, Stop)]);
}

#[test]
fn a_form_that_goes_to_another_origin_stops() {
    let known = consents();
    let to = |origin: &str| Fingerprint { submits: origin.into(), ..element("button", "Conferma", &[DIALOG]) };
    assert_eq!(seen(&known, 3, &to(PORTAL)), []);
    assert_eq!(seen(&known, 3, &to("http://127.0.0.1:40002")), [(OtherOrigin, Stop)]);
}

#[test]
fn a_field_is_known_by_the_words_before_it_too() {
    let before = |words: &str| Fingerprint { before: words.into(), ..element("textbox", "", &["form"]) };
    let named = |name: &str, words: &str| Fingerprint { name: name.into(), placeholder: name.into(), ..before(words) };
    let known = stage(
        Outline::default(),
        vec![step(1, "fill", before("Pin di Firma")), step(2, "fill", before("Conferma Pin di Firma"))],
    );
    assert_eq!(seen(&known, 0, &before("PIN DI FIRMA")), []);
    assert_eq!(seen(&known, 0, &named("Pin di Firma", "OTP")), []);
    assert_eq!(seen(&known, 0, &before("PIN per la firma")), [(Renamed, Drift)]);
    assert_eq!(seen(&known, 0, &before("Conferma Pin di Firma")), [(OtherIdentity, Stop)]);
    assert_eq!(seen(&known, 0, &before("Indirizzo e-mail")), [(OtherIdentity, Stop)]);
}

fn performed(line: usize, action: &str, known: Fingerprint) -> StepRecord {
    let element = format!("{} “{}”", known.role, known.name);
    StepRecord {
        sentence: format!("step in line {line}"),
        action: action.into(),
        line,
        column: 5,
        outcome: Outcome::Passed,
        commit: None,
        agreed: None,
        locator: Some(Used { shown: format!("button {}", known.name), rank: 0, of: 1, element }),
        looked_for: None,
        known: Some(known),
        healed: None,
        began_ms: 0,
        took_ms: 0,
        failure: None,
        steps: Vec::new(),
    }
}

fn entered(name: &str, page: Outline, steps: Vec<StepRecord>) -> StageRecord {
    StageRecord {
        id: name.trim_end_matches("-2").into(),
        name: name.into(),
        title: name.into(),
        outcome: Outcome::Passed,
        began_ms: 0,
        took_ms: 0,
        steps,
        shots: vec![ShotRecord {
            name: name.into(),
            file: Some(format!("shots/{name}.png")),
            width: 1,
            height: 1,
            digest: String::new(),
            target: None,
            highlights: Vec::new(),
            covered: Vec::new(),
            personal: Vec::new(),
            staged: None,
            withheld: None,
        }],
        outline: Some(page),
    }
}

fn record() -> Record {
    let tick = |name: &str| Fingerprint { words: name.into(), ..element("checkbox", name, &[DIALOG]) };
    let tile = "Rinnova firma digitale Rinnova la tua firma prima della scadenza";
    let reading = Reading { stage: "home".into(), value: "2026-07-16".into() };
    Record {
        format: FORMAT,
        flow: "mysign".into(),
        title: "T".into(),
        flow_digest: "ab".into(),
        flow_file: "mysign.toml".into(),
        task: "renew".into(),
        account: None,
        portal: PORTAL.into(),
        verdict: Verdict::Renewed,
        reason: None,
        advice: None,
        exit_code: 0,
        flags: Flags::default(),
        started: "2026-06-01T10:00:00Z".parse().unwrap(),
        took_ms: 0,
        environment: Environment { browser: "firefox".into(), ..Environment::default() },
        outputs: BTreeMap::from([("expires".into(), vec![reading])]),
        in_force: BTreeMap::new(),
        changes: Vec::new(),
        stages: vec![
            entered("home", page(HOME), vec![performed(20, "click", element("button", tile, &[]))]),
            entered(
                "consents",
                page(CONSENTS),
                vec![
                    performed(30, "check", tick("Accetto le condizioni generali di servizio")),
                    performed(31, "check", tick("Confermo")),
                    performed(32, "fill", element("textbox", "PIN di firma", &[DIALOG])),
                    performed(33, "click", element("button", "Conferma", &[DIALOG])),
                ],
            ),
            entered(
                "done",
                page(
                    "heading | Rinnova firma digitale\nlink | Torna alla homepage\nlink | Scarica la guida\nheading | Nuova scadenza",
                ),
                vec![performed(40, "click", element("link", "Torna alla homepage", &[]))],
            ),
        ],
    }
}

fn files(baseline: &Baseline) -> BTreeMap<String, String> {
    baseline.texts().into_iter().collect()
}

#[test]
fn a_baseline_is_small_text_without_the_holder() {
    let mut record = record();
    record.stages[0].outline =
        Some(Outline { items: vec![item("heading | Ciao, Mario"), item("button | JCPD0001")], ..Outline::default() });
    record.stages[1].steps[2].known.as_mut().unwrap().before =
        "Io sottoscritto VERDI LUIGI, codice cliente verdi".into();
    let baseline = Baseline::of(&record, &["verdi".into()]);
    let files = files(&baseline);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["baseline.toml", "consents.txt", "done.txt", "home.txt"]);
    let all: String = files.values().cloned().collect();
    for private in ["Mario", "JCPD", "VERDI", "verdi", "LUIGI", "2026-07-16"] {
        assert!(!all.contains(private), "{private}: {all}");
    }
    let head = &files["baseline.toml"];
    assert!(head.contains("accepted = \"2026-06-01\"\n") && head.contains("shot = \"consents.png\"\n"), "{head}");
    let line = "button \"Conferma\" in dialog \"Rinnova firma\" [disabled]\n";
    assert!(files["consents.txt"].contains(line), "{}", files["consents.txt"]);
    assert_eq!(Baseline::read("mysign", &files).unwrap(), baseline);
}

#[test]
fn a_damaged_foreign_or_newer_baseline_is_told_with_file_and_line() {
    let good = files(&Baseline::of(&record(), &[]));
    let with = |file: &str, change: &dyn Fn(&str) -> String| {
        let mut files = good.clone();
        let text = change(&files[file]);
        files.insert(file.into(), text);
        Baseline::read("mysign", &files).unwrap_err().to_string()
    };
    assert_eq!(Baseline::read("mysign", &BTreeMap::new()), Err(BaselineError::Missing("baseline.toml".into())));
    let mut without = good.clone();
    without.remove("consents.txt");
    assert_eq!(Baseline::read("mysign", &without), Err(BaselineError::Missing("consents.txt".into())));
    let foreign = Baseline::read("ncfr", &good).unwrap_err().to_string();
    assert_eq!(foreign, "baseline.toml: it belongs to the flow `mysign`, not to `ncfr`");
    let newer = with("baseline.toml", &|text| text.replacen("format = 1", "format = 2\nnovelty = true", 1));
    assert!(newer.starts_with("baseline.toml: it has format 2"), "{newer}");
    let broken = with("baseline.toml", &|text| text.replacen("task = \"renew\"", "task = ", 1));
    assert!(broken.starts_with("baseline.toml:3: "), "{broken}");
    let merged = with("baseline.toml", &|text| format!("<<<<<<< HEAD\n{text}"));
    assert!(merged.starts_with("baseline.toml:1: "), "{merged}");
    for (bad, why) in [
        ("button \"Conferma", "the closing quotes are missing"),
        ("button \"Conferma\" on fire", "more on the line"),
        ("<<<<<<< HEAD", "a word or a text in quotes"),
        ("button [disabled", "`,` or `]` is missing"),
        ("button \"\\q\"", "is followed by none of"),
        (&"x".repeat(1_001), "longer than 1000 characters"),
    ] {
        let told = with("done.txt", &|text| format!("{text}{bad}\n"));
        assert!(told.starts_with("done.txt:9: ") && told.contains(why), "{told}");
    }
    let long = with("done.txt", &|text| format!("{text}{}", "button\n".repeat(2_000)));
    assert!(long.contains("more than 2000 things"), "{long}");
}

/// A text that a page may hold, hostile ones included.
fn words() -> impl Strategy<Value = String> {
    "[ -~àè“”…\n\r\t\\\\\"\u{1b}\u{202e}\u{2028}]{0,40}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_page_is_read_as_it_was_written(names in proptest::collection::vec((words(), words(), words(), words()), 0..8)) {
        let mut baseline = Baseline::of(&record(), &[]);
        let items = names.iter().map(|(role, name, inside, mark)| {
            let inside = if inside.len() % 2 == 0 { format!("dialog \"{inside}\"") } else { inside.clone() };
            Item { role: role.clone(), name: name.clone(), inside, marks: vec![mark.clone(), "disabled".into()] }
        });
        baseline.stages[0].outline = Some(Outline { items: items.collect(), ..Outline::default() });
        baseline.stages[0].steps[0].shown = names.first().map(|name| name.1.clone()).unwrap_or_default();
        let files = files(&baseline);
        assert_eq!(Baseline::read("mysign", &files), Ok(baseline));
    }

    #[test]
    fn no_text_makes_the_reader_panic(at in any::<proptest::sample::Index>(), cut in 0_usize..40, junk in any::<String>(), which in 0_usize..4) {
        let mut files = files(&Baseline::of(&record(), &[]));
        let file = files.keys().nth(which).unwrap().clone();
        let text: Vec<char> = files[&file].chars().collect();
        let from = at.index(text.len());
        let mutated = text[..from].iter().copied().chain(junk.chars()).chain(text[(from + cut).min(text.len())..].iter().copied());
        files.insert(file.clone(), mutated.collect());
        let _either = Baseline::read("mysign", &files);
        files.insert(file, junk);
        let _either = Baseline::read("mysign", &files);
    }
}

/// The record of a run that failed in the stage `consents` at its step of this place.
fn failed(at: usize, kind: &str, message: &str, now: Option<&str>, elements: Vec<Fingerprint>) -> Record {
    let mut failed = record();
    failed.verdict = Verdict::Changed;
    failed.stages.truncate(2);
    let stage = &mut failed.stages[1];
    stage.outcome = Outcome::Failed;
    stage.outline = now.map(page);
    stage.steps.truncate(at + 1);
    let step = stage.steps.last_mut().unwrap();
    (step.outcome, step.known, step.locator) = (Outcome::Failed, None, None);
    step.failure = Some(Failure {
        kind: kind.into(),
        message: message.into(),
        explanation: Vec::new(),
        page: None,
        structure: None,
        elements,
    });
    failed
}

fn diagnosed(record: &Record) -> (Option<ChangeKind>, Option<usize>) {
    let diagnosis = diagnosis::of(record, &Baseline::of(&self::record(), &[]), &[]);
    assert_eq!(diagnosis.stage, "consents");
    (diagnosis.kind, diagnosis.line)
}

#[test]
fn a_run_as_before_has_nothing_to_tell() {
    let diagnosis = diagnosis::of(&record(), &Baseline::of(&record(), &[]), &[]);
    assert_eq!((diagnosis.kind, diagnosis.changes.len()), (None, 0));
    let text = telling::text(&diagnosis, "flows/mysign.toml");
    assert_eq!(text, "The portal is as it was on 2026-06-01. The run ended `renewed`.\n");
}

#[test]
fn the_target_is_found_again_among_what_is_on_the_page() {
    let not_found = "field “PIN di firma” was not found";
    let now = |new: &str| CONSENTS.replace("textbox | PIN di firma |", new);
    let renamed = element("textbox", "PIN per la firma", &[DIALOG]);
    let page = now("textbox | PIN per la firma |");
    assert_eq!(
        diagnosed(&failed(2, "timeout", not_found, Some(&page), vec![renamed.clone()])),
        (Some(Renamed), Some(32))
    );
    let elements = vec![element("checkbox", "Confermo", &[DIALOG]), renamed, element("button", "Conferma", &[DIALOG])];
    assert_eq!(diagnosed(&failed(2, "timeout", not_found, Some(&page), elements)), (Some(Renamed), Some(32)));
    let moved = element("textbox", "PIN di firma", &["frame \"pin\""]);
    let page =
        CONSENTS.replace("textbox | PIN di firma | dialog \"Rinnova firma\"", "textbox | PIN di firma | frame \"pin\"");
    assert_eq!(diagnosed(&failed(2, "timeout", not_found, Some(&page), vec![moved])), (Some(Moved), Some(32)));
    let remade = element("link", "Conferma", &[DIALOG]);
    let page = CONSENTS.replace("button | Conferma |", "link | Conferma |");
    assert_eq!(diagnosed(&failed(3, "timeout", "not found", Some(&page), vec![remade])), (Some(Remade), Some(33)));
    let page = now("image | PIN di firma |");
    let buttons = vec![element("button", "Conferma", &[DIALOG]), element("button", "Annulla", &[DIALOG])];
    assert_eq!(diagnosed(&failed(2, "timeout", not_found, Some(&page), buttons)), (Some(Gone), Some(32)));
}

#[test]
fn the_failure_names_the_class_where_it_can() {
    for (kind, message, class) in [
        ("dialog", "a native dialog opened: “Confermi?”", NativeDialog),
        ("origin", "the form would be sent to http://evil.example", OtherOrigin),
        ("readonly", "PIN di firma is read-only", OutOfReach),
        ("timeout", "button “Conferma” was covered by div.velo for 30 s", Covered),
        ("ambiguous", "2 elements match where one is meant", Rival),
    ] {
        assert_eq!(diagnosed(&failed(3, kind, message, Some(CONSENTS), Vec::new())), (Some(class), Some(33)), "{kind}");
    }
    let banner = format!(
        "{ENGLISH}dialog | This site uses cookies\nbutton | Only necessary | dialog \"This site uses cookies\""
    );
    for (page, class) in [(banner.as_str(), Language), (CONSENTS, NewDialog)] {
        let stayed = "the banner for cookies could not be sent away";
        assert_eq!(diagnosed(&failed(3, "interrupt", stayed, Some(page), Vec::new())), (Some(class), Some(33)));
    }
    let mut reads = failed(2, "value", "`expires`: “2027-03-01” is no date of the form `%d/%m/%Y`", None, Vec::new());
    reads.stages[1].steps[2].action = "read".into();
    assert_eq!(diagnosed(&reads).0, Some(ValueFormat));
}

#[test]
fn the_page_names_the_class_where_it_is_another() {
    let not_found = |at: usize, lines: &str| {
        let mut failed = failed(at, "timeout", "not found", Some(lines), Vec::new());
        let page = failed.stages[1].outline.as_mut().unwrap();
        page.address = if lines.contains("sicurezza") { "/#/sicurezza".into() } else { page.address.clone() };
        diagnosed(&failed).0
    };
    let inserted = r"
        heading | Informazioni di sicurezza
        link | Leggi le avvertenze
        button | Continua
        button | Scarica il documento
    ";
    assert_eq!(not_found(0, inserted), Some(PageInserted));
    assert_eq!(not_found(0, &format!("{inserted}heading | Pagamento")), Some(Payment));
    assert_eq!(not_found(0, &format!("{inserted}checkbox | Non sono un robot")), Some(Captcha));
    let later = "heading | Rinnova firma digitale\nlink | Torna alla homepage\nlink | Scarica la guida\nheading | Nuova scadenza";
    assert_eq!(not_found(0, later), Some(PageGone));
    assert_ne!(not_found(3, later), Some(PageGone), "a stage that has acted has had its page");
    let consent = format!("{CONSENTS}checkbox | Accetto la conservazione dei dati biometrici | {DIALOG}");
    assert_eq!(not_found(3, &consent), Some(NewConsent));
    let dialog = format!("{CONSENTS}dialog | Avviso importante\nbutton | Chiudi | dialog \"Avviso importante\"");
    let covered = failed(3, "timeout", "button “Conferma” was covered by div.velo for 30 s", Some(&dialog), Vec::new());
    assert_eq!(diagnosed(&covered).0, Some(NewDialog));
}

#[test]
fn a_declared_state_and_a_run_that_went_on_have_their_change_told() {
    let mut consent = record();
    consent.verdict = Verdict::NeedsPerson;
    consent.stages.truncate(2);
    consent.stages[1].outcome = Outcome::State;
    consent.stages[1].steps[0].outcome = Outcome::State;
    consent.stages[1].outline =
        Some(page(&format!("{CONSENTS}checkbox | Accetto la conservazione dei dati biometrici | {DIALOG}")));
    assert_eq!(diagnosed(&consent), (Some(NewConsent), Some(30)));
    let mut renamed = record();
    let name = "PIN per la firma";
    renamed.stages[1].steps[2].known = Some(element("textbox", name, &[DIALOG]));
    renamed.stages[1].outline =
        Some(page(&CONSENTS.replace("textbox | PIN di firma |", "textbox | PIN per la firma |")));
    let diagnosis = diagnosis::of(&renamed, &Baseline::of(&record(), &[]), &[]);
    assert_eq!((diagnosis.kind, diagnosis.line, diagnosis.changes.len()), (Some(Renamed), Some(32), 1));
}

#[test]
fn a_diagnosis_fits_on_one_screen() {
    let lines: String = (b'a'..=b'z').map(|letter| format!("link | Novità {}\n", char::from(letter))).collect();
    let now = format!("{CONSENTS}{lines}checkbox | Accetto la conservazione dei dati biometrici | {DIALOG}");
    let elements = vec![element("button", "Conferma", &[DIALOG])];
    let failed = failed(3, "timeout", "button “Conferma” was disabled for 30 s", Some(&now), elements);
    let diagnosis = diagnosis::of(&failed, &Baseline::of(&record(), &[]), &[]);
    let text = telling::text(&diagnosis, "flows/mysign.toml");
    assert!(text.lines().count() <= 24 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(
        text,
        "run      changed, against the baseline of 2026-06-01\n\
         stage    consents\n\
         step     flows/mysign.toml:33 step in line 33\n\
         expected button “Conferma” in dialog \"Rinnova firma\"\n\
         there    new consent: checkbox “Accetto la conservazione dei dati biometrici”\n\
         change   new consent: read it and decide in person\n\
         \n\
         Since the baseline:\n  \
           ✗ new consent: checkbox “Accetto la conservazione dei dati biometrici”\n    \
             (consents)\n\
         \n\
         Beside the flow's way:\n  \
           · new link “Novità a”\n  \
           · new link “Novità b”\n  \
           · new link “Novità c”\n  \
           · new link “Novità d”\n    \
             and 22 more\n"
    );
    let json = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!((json["format"].as_u64(), json["kind"].as_str()), (Some(1), Some("new-consent")));
}

const LOGIN: &str = r"
    link | MiaFirma
    heading | Accedi
    textbox | Inserisci il tuo User ID | form
    textbox | Inserisci la tua password | form | secret
    button | Mostra password | form
    button | ACCEDI → | form | disabled
    link | Ho dimenticato la password
    link | Accedi con QR code
";

const SERVICES: &str = r"
    link | MiaFirma
    button | Esci
    link | Home
    heading | Servizi di firma
    button | Vai al rinnovo
";

const OPEN: &str = r"
    link | MiaFirma
    button | Esci
    link | Home
    heading | Rinnova firma digitale
    button | Rinnova firma
    link | Torna alla homepage
";

fn at(address: &str, lines: &str) -> Outline {
    Outline { address: address.into(), ..page(lines) }
}

/// A run through portal A as its instructions show it: login, home, the renewal's page, its dialog.
fn walked() -> Record {
    let named = |id: &str, role: &str, name: &str| Fingerprint {
        id: id.into(),
        tag: "input".into(),
        ..element(role, name, &["form"])
    };
    let mut record = record();
    let consents = record.stages.remove(1);
    let mut home = record.stages.remove(0);
    home.outline = Some(at("/#/home", HOME));
    home.steps.push(StepRecord { known: None, locator: None, ..performed(21, "expect", Fingerprint::default()) });
    let login = entered(
        "login",
        at("/#/login", LOGIN),
        vec![
            performed(10, "fill", named("userId", "textbox", "Inserisci il tuo User ID")),
            performed(11, "fill", named("password", "textbox", "Inserisci la tua password")),
            performed(12, "click", named("accedi", "button", "ACCEDI →")),
        ],
    );
    let open =
        entered("open", at("/#/rinnovo", OPEN), vec![performed(25, "click", element("button", "Rinnova firma", &[]))]);
    record.stages = vec![login, home, open, consents];
    record
}

/// What is diagnosed when this run fails in a stage at a step's line, on this page.
fn told_at(stage: &str, line: usize, now: &Outline, elements: Vec<Fingerprint>) -> Option<ChangeKind> {
    let mut run = walked();
    let last = run.stages.iter().position(|it| it.name == stage).unwrap();
    run.stages.truncate(last + 1);
    let failed = &mut run.stages[last];
    (failed.outcome, failed.outline) = (Outcome::Failed, Some(now.clone()));
    let place = failed.steps.iter().position(|step| step.line == line).unwrap();
    failed.steps.truncate(place + 1);
    let step = failed.steps.last_mut().unwrap();
    (step.outcome, step.known, step.locator) = (Outcome::Failed, None, None);
    step.failure = Some(Failure {
        kind: "timeout".into(),
        message: "what was expected was not found".into(),
        explanation: Vec::new(),
        page: None,
        structure: None,
        elements,
    });
    diagnosis::of(&run, &Baseline::of(&walked(), &[]), &[]).kind
}

/// The changes of portals.md §1.6 as portal A plays them: id, stage and line where the run fails, the page there, the class.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn the_changes_of_a_portal_are_named() {
    let login = |old: &str, new: &str| at("/#/login", &replaced(LOGIN, old, new));
    let dialog = |old: &str, new: &str| page(&replaced(CONSENTS, old, new));
    let field = |id: &str, name: &str| Fingerprint {
        id: id.into(),
        tag: "input".into(),
        ..element("textbox", name, &["form"])
    };
    let panel = |title: &str, inside: &str| {
        let heads = ["Consensi", "Conferma l'operazione", "Attiva il certificato", "Conferma l'operazione"];
        let heads: String = heads.iter().map(|head| format!("button | {head} | {DIALOG} | collapsed\n")).collect();
        page(&format!(
            "dialog | Rinnova firma\nbutton | 1 {title} | {DIALOG} | expanded\n{inside}button | Annulla | {DIALOG}\nbutton | Continua | {DIALOG}\n{heads}"
        ))
    };
    let named = |id: &str, stage: &str, line: usize, now: Outline, elements: Vec<Fingerprint>, kind: ChangeKind| {
        assert_eq!(told_at(stage, line, &now, elements), Some(kind), "{id}");
    };
    named("E2", "open", 25, at("/#/servizi", SERVICES), vec![element("button", "Vai al rinnovo", &[])], PageInserted);
    named(
        "E4",
        "consents",
        30,
        panel("Informazioni di sicurezza", &format!("textbox | Numero di cellulare di recupero | {DIALOG}\n")),
        vec![],
        PageInserted,
    );
    named(
        "E7",
        "consents",
        30,
        panel("Crea la passphrase", &format!("textbox | Crea una passphrase | {DIALOG} | secret\n")),
        vec![],
        PageInserted,
    );
    named(
        "E8",
        "login",
        10,
        at(
            "/#/login",
            "link | MiaFirma\nheading | Accedi\ntab | QR code\ntab | User ID e password\nlink | Ho dimenticato la password\nlink | Accedi con QR code",
        ),
        vec![element("tab", "QR code", &[])],
        Moved,
    );
    named(
        "E9",
        "home",
        20,
        at(
            "/#/home",
            &format!(
                "{HOME}dialog | Avviso importante\nbutton | Richiedi un nuovo certificato | dialog \"Avviso importante\""
            ),
        ),
        vec![],
        NewDialog,
    );
    named(
        "E10",
        "consents",
        33,
        dialog("button | Conferma |", "button | CONFERMA |"),
        vec![element("button", "CONFERMA", &[DIALOG])],
        Renamed,
    );
    named(
        "E11",
        "login",
        10,
        login("Inserisci il tuo User ID", "Inserisci il tuo indirizzo e-mail"),
        vec![field("userId", "Inserisci il tuo indirizzo e-mail")],
        Renamed,
    );
    named(
        "D4",
        "login",
        10,
        login("Inserisci il tuo User ID", "Il tuo codice utente"),
        vec![field("userId", "Il tuo codice utente")],
        Renamed,
    );
    named(
        "D4",
        "open",
        25,
        at(
            "/#/rinnovo",
            "link | MiaFirma\nbutton | Esci\nlink | Home\nheading | Rinnovo della firma digitale\nbutton | Rinnova la firma\nlink | Torna alla home",
        ),
        vec![element("button", "Rinnova la firma", &[])],
        Renamed,
    );
    named(
        "D6",
        "consents",
        33,
        dialog("button | Conferma | dialog \"Rinnova firma\" | disabled", ""),
        vec![Fingerprint { text: "Conferma".into(), ..element("generic", "", &[DIALOG]) }],
        Remade,
    );
    named(
        "D10",
        "login",
        10,
        at("/#/login", &LOGIN.replace("| form", "| frame \"Accesso\"")),
        vec![Fingerprint {
            inside: vec!["frame \"Accesso\"".into(), "form".into()],
            ..field("userId", "Inserisci il tuo User ID")
        }],
        Moved,
    );
    named(
        "D11",
        "login",
        10,
        at(
            "/#/login",
            "link | MiaFirma\nheading | Accedi\nframe | Accesso | | elsewhere\nlink | Ho dimenticato la password\nlink | Accedi con QR code",
        ),
        vec![],
        OtherOrigin,
    );
    named(
        "D14",
        "consents",
        32,
        dialog(
            "textbox | PIN di firma | dialog \"Rinnova firma\" | secret",
            "button | Continua | dialog \"Rinnova firma\"",
        ),
        vec![element("button", "Continua", &[DIALOG])],
        PageInserted,
    );
    named("D25", "home", 21, at("/#/fine", "link | MiaFirma\nheading | Proroga concessa"), vec![], Renamed);
    named(
        "E10",
        "home",
        21,
        at("/#/home", &replaced(HOME, "button | Rinnova firma digitale", "button | Rinnovo della firma digitale")),
        vec![],
        Renamed,
    );
    named(
        "D16",
        "login",
        12,
        login("button | ACCEDI → |", "checkbox | Non sono un robot | form\nbutton | ACCEDI → |"),
        vec![],
        Captcha,
    );
    named(
        "D36",
        "login",
        10,
        at(
            "/#/login",
            "link | MiaFirma\nheading | Area riservata\ntextbox | Codice cliente | form\ntextbox | Parola chiave | form | secret\nbutton | Mostra password | form\nbutton | Entra | form\nlink | Serve aiuto?\nlink | Entra con lo smartphone",
        ),
        vec![field("userId", "Codice cliente")],
        Redesign,
    );
    named(
        "D38",
        "consents",
        33,
        dialog("button | Conferma | dialog \"Rinnova firma\" | disabled", "button | Conferma | form | elsewhere"),
        vec![element("button", "Conferma", &["form"])],
        OtherOrigin,
    );
}

#[test]
fn another_portal_in_the_place_of_this_one_is_a_redesign() {
    let old = "heading | Accesso al servizio\ntextbox | User-ID: | form\ntextbox | Password: | form | secret\nbutton | Accedi | form\nlink | Non riesci ad accedere";
    let mut before = at("/gestione/Login.do", old);
    before.title = "Remote Sign - Accesso".into();
    let named = Fingerprint { before: "User-ID:".into(), ..element("textbox", "", &["form"]) };
    let known = stage(before, vec![step(1, "fill", named)]);
    let mut now = at("/#/login", LOGIN);
    now.title = "MiaFirma - Accedi".into();
    assert_eq!(told(&changes(&known, &now))[0], (Redesign, Stop));
}

#[test]
fn one_page_that_became_two_is_no_button_renamed() {
    let two = replaced(CONSENTS, "textbox | PIN di firma | dialog \"Rinnova firma\" | secret", "");
    let two = page(&replaced(&two, "button | Conferma |", "button | Continua |"));
    assert_eq!(told_at("consents", 32, &two, vec![element("button", "Continua", &[DIALOG])]), Some(PageInserted));
}

#[test]
fn a_further_panel_is_seen_before_anything_is_sent() {
    let known = consents();
    let more = format!("{CONSENTS}button | 5 Coupon di rinnovo | {DIALOG} | disabled | collapsed");
    assert_eq!(told(&changes(&known, &page(&more))), [(PageInserted, Stop)]);
}

#[test]
fn the_watch_that_stopped_a_run_says_why() {
    let mut run = failed(
        3,
        "drift",
        "`button Conferma` is now button “Annulla”, it was button “Conferma”",
        Some(CONSENTS),
        vec![],
    );
    run.changes.push(Change {
        kind: OtherIdentity,
        gravity: Stop,
        stage: "consents".into(),
        line: Some(33),
        says: run.stages[1].steps[3].failure.as_ref().unwrap().message.clone(),
        before: "button “Conferma”".into(),
        now: "button “Annulla”".into(),
    });
    assert_eq!(diagnosed(&run), (Some(OtherIdentity), Some(33)));
}

const SIGN_IN: &str = r"
    heading | Accesso al servizio
    textbox | User-ID: | form
    textbox | Password: | form | secret
    button | Accedi | form
    link | Non riesci ad accedere
    link | Contatti
";

fn sign_in() -> KnownStage {
    let steps = vec![
        step(10, "fill", element("textbox", "User-ID:", &["form"])),
        step(11, "fill", element("textbox", "Password:", &["form"])),
    ];
    stage(page(SIGN_IN), steps)
}

#[test]
fn two_fields_in_other_words_are_told_apart_by_what_is_hidden_in_them() {
    let now = SIGN_IN.replace("User-ID:", "Codice utente:").replace("Password:", "Parola chiave:");
    assert_eq!(told(&changes(&sign_in(), &page(&now))), [(Renamed, Drift), (Renamed, Drift)]);
    // Three for two: nobody knows which is which.
    let more = now.replace("    button", "    textbox | Codice cliente: | form\n    button");
    assert!(told(&changes(&sign_in(), &page(&more))).contains(&(NewField, Stop)));
}

#[test]
fn a_link_between_the_same_two_things_is_the_one_that_was_there() {
    let now = SIGN_IN.replace("Non riesci ad accedere", "Hai dimenticato la password?");
    assert_eq!(told(&changes(&sign_in(), &page(&now))), [(Renamed, Note)]);
    let other = now.replace("    link | Hai", "    link | Novità\n    link | Hai");
    assert_eq!(told(&changes(&sign_in(), &page(&other))), [(Gone, Note), (NewControl, Note), (NewControl, Note)]);
}

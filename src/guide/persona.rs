//! Who stands in a guide's pictures in the holder's place: texts that are somebody's, or differ from day to day, have invented
//! ones in their stead, the same whoever's account a guide is made with.
//!
//! # Layout
//!
//! - `found`: what is found in a page's text, earlier rules before later ones
//! - `rules`: the flow's own rules
//! - `values`: what is known by its name in the flow
//! - `names`, `dates`, `counters`, `codes`: the built-in rules

mod codes;
mod counters;
pub(super) mod dates;
mod found;
mod names;
mod rules;
mod values;

use std::ops::Range;

use jiff::civil::Date;

use crate::flow::model::{Flow, InputKind};
use crate::guide::persona::found::Found;

/// The longest a text may be that is looked through: a page has less.
const LONGEST: usize = 1 << 20;

/// So often a text is looked through again; two suffice for what people write.
const ROUNDS: usize = 8;

/// What stands for a secret.
const DOTS: &str = "••••••••";

/// What stands in place of a text on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// The stretch of the page's text, bytes.
    pub place: Range<usize>,
    /// What stands there instead; the same text where a stand-in stands there already.
    pub with: String,
    /// The rule by which it was found, for the redaction report: `date`, `fiscal-code`, `input user_id`, `flow rule 2`.
    pub rule: String,
}

/// What is known of the holder while a run goes on; no secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The day at the portal.
    pub today: Date,
    /// Values of inputs and outputs by name, as the portal may write them.
    pub values: Vec<(String, String)>,
}

/// The stretches of a page's text that stand for a holder or a day, in order and apart, each with what stands there instead.
///
/// First what the flow's rules find, then the values that are known by name, then what the built-in rules find: fiscal codes,
/// mail addresses, dates and times, telephone numbers, names, counters, codes. A text in which all are replaced holds only
/// stretches that stay as they are.
#[must_use]
pub fn stand_ins(flow: &Flow, known: &Known, text: &str) -> Vec<StandIn> {
    if text.len() > LONGEST {
        let whole = StandIn { place: 0..text.len(), with: "…".into(), rule: "too long".into() };
        return vec![whole];
    }
    let mut found = once(flow, known, text);
    for _ in 0..ROUNDS {
        let round = replaced(text, &found);
        // Beside a stand-in what was nothing may have become something.
        let mut again = once(flow, known, &round);
        again.retain(|stand_in| round[stand_in.place.clone()] != stand_in.with);
        if again.is_empty() {
            break;
        }
        found = found::joined(found, again, &round);
    }
    found
}

/// One look through a text.
fn once(flow: &Flow, known: &Known, text: &str) -> Vec<StandIn> {
    let mut found = Found::new(text);
    rules::own(flow, &mut found);
    rules::find(flow, &mut found);
    values::find(flow, known, &mut found);
    codes::telling(&mut found);
    dates::find(flow, known.today, &mut found);
    codes::phones(&mut found);
    names::find(&mut found);
    counters::find(&mut found);
    codes::others(&mut found);
    found.list()
}

/// What a field shows in a guide: of an input its example, else what a rule makes of the value; of a secret eight dots.
#[must_use]
pub fn typed(flow: &Flow, known: &Known, input: Option<&str>, value: &str, secret: bool) -> String {
    let input = input.and_then(|name| flow.input(name));
    if secret || input.is_some_and(|input| input.kind != InputKind::Plain) {
        return DOTS.into();
    }
    match input {
        Some(input) => input.example.clone().unwrap_or_else(|| values::invented(value)),
        None => replaced(value, &stand_ins(flow, known, value)),
    }
}

/// The text with its stand-ins.
fn replaced(text: &str, stand_ins: &[StandIn]) -> String {
    let mut told = String::with_capacity(text.len());
    let mut from = 0;
    for stand_in in stand_ins {
        told += &text[from..stand_in.place.start];
        told += &stand_in.with;
        from = stand_in.place.end;
    }
    told + &text[from..]
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::ToSpan;
    use jiff::civil::{Date, date};
    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    use super::{Known, replaced, stand_ins, typed};
    use crate::flow::load;
    use crate::flow::model::Flow;
    use crate::practice::{AccountSummary, FISCAL_CODE, Options, Portal, Practice};

    const MYSIGN: &str = include_str!("../../flows/mysign.toml");
    const NCFR: &str = include_str!("../../flows/ncfr.toml");

    fn flow(text: &str) -> Flow {
        load::parse("a.toml", text).unwrap_or_else(|error| panic!("{}", error.render(false))).flow
    }

    /// A flow that knows nothing of its portal.
    fn bare() -> Flow {
        flow(
            "format = 1\ntitle = \"A\"\nportal = \"https://a.example\"\nlanguage = \"it\"\ntask.t.stages = [\"s\"]\n\
             [[stage]]\nid = \"s\"\ntitle = \"S\"\nsteps = [{ open = \"/\" }]\n",
        )
    }

    fn on(today: Date) -> Known {
        Known { today, values: Vec::new() }
    }

    fn shown(flow: &Flow, known: &Known, text: &str) -> String {
        replaced(text, &stand_ins(flow, known, text))
    }

    /// The text with its stand-ins; in it nothing else is found than they.
    fn steady(flow: &Flow, known: &Known, text: &str) -> String {
        let once = shown(flow, known, text);
        for stand_in in stand_ins(flow, known, &once) {
            assert_eq!(once[stand_in.place.clone()], stand_in.with, "{} of\n{once}\nmade of\n{text}", stand_in.rule);
        }
        once
    }

    #[test]
    fn every_kind_becomes_the_personas() {
        let (flow, known) = (bare(), on(date(2026, 11, 22)));
        for (text, expected) in [
            ("Codice fiscale: RSSMRA80A01H501U", "Codice fiscale: BNCLCU80A01Z999U"),
            ("cf rssmra80a01h501u, RSSMRAULALMHRLMU", "cf bnclcu80a01z999u, BNCLCU80A01Z999U"),
            ("scrivi a mario.rossi@esempio.it", "scrivi a luca.bianchi@example.org"),
            ("inviata a m***i@g***.com", "inviata a l***@example.org"),
            ("cellulare +39 333 123 4567", "cellulare +39 300 555 0142"),
            ("Telefono: 333 1234567", "Telefono: 300 555 0142"),
            ("al numero ***** 0001 (***0001), +39 *** *** 12", "al numero ***** 0142 (***0142), +39 *** *** 42"),
            ("333****567", "300****142"),
            ("PIN ••••••••", "PIN ••••••••"),
            ("pratica 3f2b8a10-1c2d-4e5f-8a9b-0c1d2e3f4a5b", "pratica 00000000-0000-4000-8000-000000000001"),
            ("n. 2024AB12345678, 20240012345", "n. AB000000000001, 00000000001"),
            ("passo 2 di 4, costa 36,00 €, «PIN di 8 cifre»", "passo 2 di 4, costa 36,00 €, «PIN di 8 cifre»"),
        ] {
            assert_eq!(steady(&flow, &known, text), expected);
        }
    }

    #[test]
    fn a_date_tells_only_what_it_is_on_the_day() {
        let (flow, known) = (bare(), on(date(2026, 11, 22)));
        for (text, expected) in [
            ("22/11/2026 06/01/2027 31/12/2029 06/01/2024", "01/06/2027 01/07/2027 01/07/2030 01/07/2024"),
            ("2027-01-06, 6.1.2027, 06-01-27", "2027-07-01, 01.07.2027, 01-07-27"),
            ("2027-01-06T13:30:29.123+01:00, 2027-01-06 08:15", "2027-07-01T10:00:00+02:00, 2027-07-01 10:00"),
            ("dal 1° marzo 2024 al 6 gennaio 2027", "dal 1 luglio 2024 al 1 luglio 2027"),
            ("6 GENNAIO 2027, 6 gen 2027, gennaio 2027, 01/2027", "1 LUGLIO 2027, 1 lug 2027, luglio 2027, 07/2027"),
            ("January 6, 2027, 6th Jan. 2027, on January 6", "July 1, 2027, 1st Jul. 2027, on July 1"),
            ("mercoledì 6 gennaio 2027, Wed 6 Jan 2027", "giovedì 1 luglio 2027, Thu 1 Jul 2027"),
            (
                "Ultimo accesso 20/11/2026 alle 13:30:05",
                "Ultimo accesso 01/07/2024 alle 10:00:05".replace("05", "00").as_str(),
            ),
            ("oggi alle ore 9:05, alle 13.30, 1:30 PM", "oggi alle ore 10:00, alle 10.00, 10:00 AM"),
            ("Il codice scade tra 04:32", "Il codice scade tra 05:00"),
            ("0:07", "05:00"),
            ("restano 01:04:32", "restano 00:05:00"),
            ("99/99/2027 e 1.2.3", "00/00/0001 e 1.2.3"),
        ] {
            assert_eq!(steady(&flow, &known, text), expected);
        }
    }

    #[test]
    fn what_counts_down_is_told_from_the_portals_rules() {
        let (flow, known) = (bare(), on(date(2026, 11, 22)));
        for (text, expected) in [
            ("scade tra 45 giorni", "scade tra 30 giorni"),
            ("scade tra 1 giorno, in 1 day", "scade tra 30 giorni, in 30 days"),
            ("ATTENDERE 1 SECONDO PRIMA DI RIPROVARE", "ATTENDERE 30 SECONDI PRIMA DI RIPROVARE"),
            ("Giorni rimanenti: 45, days left 7", "Giorni rimanenti: 30, days left 30"),
            ("è valido per 3 minuti, valid for 3 minutes", "è valido per 3 minuti, valid for 3 minutes"),
            (
                "nei 90 giorni prima, 90 giorni prima della scadenza",
                "nei 90 giorni prima, 90 giorni prima della scadenza",
            ),
            ("restano 2 tentativi", "restano 2 tentativi"),
        ] {
            assert_eq!(steady(&flow, &known, text), expected);
        }
    }

    #[test]
    fn a_name_is_known_again_wherever_it_stands() {
        let (flow, known) = (bare(), on(date(2026, 11, 22)));
        for (text, expected) in [
            ("Ciao, Mario\nEsci", "Ciao, Luca\nEsci"),
            ("Io sottoscritto: ROSSI MARIO", "Io sottoscritto: BIANCHI LUCA"),
            ("Titolare: Mario Rossi Codice fiscale", "Titolare: Luca Bianchi Codice fiscale"),
            ("Gentile Anna Maria De Santis della Rovere,", "Gentile Luca Bianchi,"),
            (
                "Benvenuto Mario Rossi\nrossi mario, Mario, sig. ROSSI, Rossini",
                "Benvenuto Luca Bianchi\nLuca Bianchi, Luca, sig. BIANCHI, Rossini",
            ),
            ("Titolare: Rosa Fiore\nuna rosa, Rosa", "Titolare: Luca Bianchi\nuna rosa, Rosa"),
            ("Ciao, Mario <b>Rossi</b> (premi Revoca)\nRevoca", "Ciao, Luca\nRevoca"),
            ("Benvenuti nel sistema", "Benvenuti nel sistema"),
        ] {
            assert_eq!(steady(&flow, &known, text), expected);
        }
    }

    #[test]
    fn a_page_of_nothing_but_data_is_looked_through() {
        let known = on(date(2026, 11, 22));
        for piece in ["06/01/2027 ", "Ciao, Mario Rossi\n", "IUT Rossi ", "a@b.it", "1 giorno ", "JCPD0007", "1/1/"] {
            let told = shown(&FLOWS[0], &known, &piece.repeat(1000));
            assert!(!told.contains("Rossi") || piece.starts_with("IUT"), "{piece}");
        }
        assert_eq!(steady(&FLOWS[0], &known, &"A1".repeat(40_000)).len(), 80_000);
    }

    #[test]
    fn the_flows_rules_come_first() {
        let rules = r#"persona.rules = [
            { after = "IUT", is = "2027AB00000001" },
            { after = "/^Titolare/", is = "Anna Verdi" },
            { text = "assistenza@a.example", is = "assistenza@a.example" },
            { text = "/\\bJCPD\\d+/", is = "JCPD0001" },
            { after = "Comune", is = "Torino" },
        ]
        [[stage]]"#;
        let flow = flow(&bare().source.text().replace("[[stage]]", rules));
        let known = on(date(2026, 11, 22));
        for (text, expected) in [
            ("con IUT 91000000007 in scadenza il 06/01/2027", "con IUT 2027AB00000001 in scadenza il 01/07/2027"),
            ("IUT:\n2024XY1\nun aiuto 12XY1", "IUT:\n2027AB00000001\nun aiuto 12XY1"),
            ("IUT: 2024XY12, aiuto: 2024XY12", "IUT: 2027AB00000001, aiuto: 2027AB00000001"),
            ("IUT:\nOTP\nPin", "IUT:\nOTP\nPin"),
            ("Titolare Mario de Rossi da oggi\nMario de Rossi", "Titolare Anna Verdi da oggi\nAnna Verdi"),
            ("Titolare:\nCodice: x", "Titolare:\nCodice: x"),
            ("assistenza@a.example, mario@a.example", "assistenza@a.example, luca.bianchi@example.org"),
            ("Utente JCPD7173 (JCPD0001)", "Utente JCPD0001 (JCPD0001)"),
            ("Comune: Reggio nell'Emilia. Via", "Comune: Torino nell'Emilia. Via"),
            ("Comune: reggio, via", "Comune: Torino, via"),
        ] {
            assert_eq!(steady(&flow, &known, text), expected);
        }
        let found = stand_ins(&flow, &known, "IUT 2024XY12 del 06/01/2027, JCPD7173");
        let rules: Vec<&str> = found.iter().map(|stand_in| stand_in.rule.as_str()).collect();
        assert_eq!(rules, ["flow rule 1", "date", "flow rule 4"]);
    }

    #[test]
    fn values_that_are_known_stand_for_themselves_nowhere() {
        let flow = flow(MYSIGN);
        let values = [("user_id", "m.rossi"), ("expires", "06/01/2027"), ("expires", "2027-01-06"), ("iut", "XK-77-Q")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let known = Known { today: date(2026, 11, 22), values };
        let text = "utente M.ROSSI, certificato XK-77-Q fino al 06/01/2027 (2027-01-06)";
        let expected = "utente JCPD0001, certificato 2027AB00000001 fino al 01/07/2027 (2027-07-01)";
        assert_eq!(steady(&flow, &known, text), expected);
        let rules = stand_ins(&flow, &known, text).into_iter().map(|stand_in| stand_in.rule);
        let expected = ["input user_id", "output iut", "output expires", "output expires"];
        assert_eq!(rules.collect::<Vec<_>>(), expected);
        assert_eq!(typed(&flow, &known, Some("user_id"), "m.rossi", false), "JCPD0001");
        assert_eq!(typed(&flow, &known, Some("otp"), "12345678", false), "••••••••");
        assert_eq!(typed(&flow, &known, None, "12345678", true), "••••••••");
        assert_eq!(typed(&flow, &known, None, "XK-77-Q", false), "2027AB00000001");
        assert_eq!(typed(&flow, &known, None, "SMS", false), "SMS");
    }

    /// What the portals show of an account, as the page's text has it (`practice/pages`).
    fn pages(account: &AccountSummary, today: Date) -> Vec<String> {
        let day = |day: Date| day.strftime("%d/%m/%Y").to_string();
        let (user, iut, to) = (&account.user, &account.iut, account.expires);
        let (from, next) = (day(to.saturating_sub(3.years())), day(to.saturating_add(3.years())));
        let days = today.duration_until(to).as_hours() / 24;
        let days = if days == 1 { "1 giorno".to_owned() } else { format!("{} giorni", days.abs()) };
        // What the account's situation adds is the portal's word for it; here each has been renewed before.
        let (to, before) = (day(to), day(today.saturating_sub(20.days())));
        match account.portal {
            Portal::MiaFirma => vec![
                format!("{user} Esci\nCiao, Mario\nIl tuo certificato di firma scade tra {days}\nRinnova ora"),
                format!(
                    "{user} Esci\nStato: Attivo\nTitolare: Mario Rossi\nCodice fiscale: {FISCAL_CODE}\nIUT: {iut}\n\
                     Data di attivazione: {from}\nData di scadenza: {to}\nPIN: Attivo\nRinnovo: effettuato il {before}"
                ),
                format!(
                    "{user} Esci\nIl tuo certificato scade il {to}\n1 Consensi\nIo sottoscritto Mario Rossi titolare della firma \
                     con IUT {iut} in scadenza il {to} richiedo a EnteCert S.p.A. (esercizio) di procedere"
                ),
                format!("Inserisci il codice OTP inviato al numero ***** 0001\nIl codice scade tra 04:{}", &iut[12..]),
                format!("{user} Esci\nReport\nIndirizzo e-mail\n{}@example.org", user.to_lowercase()),
                format!("✔ Il tuo certificato di Firma Remota è stato rinnovato\nNuova scadenza: {next}"),
            ],
            Portal::FirmaRemota => vec![
                format!(
                    "Stato: Attivo\nIUT: {iut}\nValido dal: {from}\nValido al: {to}\nRinnovo: effettuato il {before}"
                ),
                format!(
                    "Io sottoscritto: ROSSI MARIO\nCodice Fiscale: {FISCAL_CODE}\nTitolare del certificato di sottoscrizione per \
                     firma remota con IUT {iut}\nin scadenza in data {to} richiedo all'Ente Certificatore EnteCert"
                ),
                format!("Codice Fiscale:\nIUT:\nOTP\nPin di Firma\n{FISCAL_CODE}\n{iut}\n{user}"),
                "inviato al cellulare registrato (***0001) ed è valido per 3 minuti.".to_owned(),
            ],
        }
    }

    #[tokio::test]
    async fn of_every_practice_account_the_same_is_shown_and_nothing_of_its_own() {
        let practice = Practice::start(Options::default()).await.expect("the portals start");
        let accounts = practice.accounts();
        assert!(accounts.len() >= 34);
        let today = practice.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let flows = [flow(MYSIGN), flow(NCFR)];
        for (flow, portal) in flows.iter().zip([Portal::MiaFirma, Portal::FirmaRemota]) {
            let mut first: Option<Vec<String>> = None;
            for account in accounts.iter().filter(|account| account.portal == portal) {
                let day = |form: &str| ("expires".to_owned(), account.expires.strftime(form).to_string());
                let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                let values =
                    vec![named("user_id", &account.user), day("%d/%m/%Y"), day("%Y-%m-%d"), named("iut", &account.iut)];
                let known = Known { today, values };
                let mail = format!("{}@", account.user.to_lowercase());
                let mut own = vec![
                    account.iut.as_str(),
                    FISCAL_CODE,
                    "Mario",
                    "Rossi",
                    "MARIO",
                    "ROSSI",
                    "0001)",
                    "* 0001",
                    &mail,
                ];
                // The first account of each portal is called as the flow's example.
                if !flow.source.text().contains(&format!("\"{}\"", account.user)) {
                    own.push(&account.user);
                }
                let dates: Vec<String> = known.values[1..3].iter().map(|(_, date)| date.clone()).collect();
                let told: Vec<String> = pages(account, today).iter().map(|page| steady(flow, &known, page)).collect();
                for (page, own) in told.iter().flat_map(|page| own.iter().map(move |own| (page, own))) {
                    assert!(!page.contains(own), "{own} of {} in\n{page}", account.user);
                }
                assert!(told.iter().all(|page| dates.iter().all(|date| !page.contains(date))), "{told:?}");
                // Those that are not due are behind or further ahead: another kind of date.
                if (1..540).contains(&(today.duration_until(account.expires).as_hours() / 24)) {
                    assert_eq!(&told, first.get_or_insert_with(|| told.clone()), "{}", account.user);
                }
            }
            let first = first.expect("an account that is due");
            assert!(first.iter().any(|page| page.contains("IUT 2027AB00000001")), "{first:?}");
        }
    }

    static FLOWS: LazyLock<[Flow; 2]> = LazyLock::new(|| [flow(MYSIGN), bare()]);

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn once_is_enough(
            text in r"([a-zA-Zàè]{0,8}|[0-9 /:.*@+-]{0,12}|[0-9]{1,2}/[0-9]{1,2}/20[0-9]{2}|[0-9]{1,2} (marzo|May|dic|LUG) 20[0-9]{2}|(Ciao, |Titolare: |IUT: |tra |alle |cell. |JCPD)|Mario |Rossi|ROSSI |[A-Z]{6}[0-9]{2}A01H501U|[a-z]{3}@a\.it|[0-9]{1,2}:[0-9]{2}| giorni|\n| |\PC){0,14}",
            day in 0i64..3000,
            value in r"[a-z0-9]{3,8}|Mario|[0-9]{2}/0[1-9]/2027|[A-Z][a-z]{3} [A-Z]{2}",
        ) {
            let today = date(2024, 1, 1).saturating_add(day.days());
            for flow in &*FLOWS {
                let values = vec![("user_id".to_owned(), value.clone()), ("expires".to_owned(), value.clone())];
                let known = Known { today, values };
                let found = stand_ins(flow, &known, &text);
                prop_assert_eq!(&found, &stand_ins(flow, &known, &text));
                let mut end = 0;
                for stand_in in &found {
                    assert!(stand_in.place.start >= end && text.get(stand_in.place.clone()).is_some_and(|it| !it.is_empty()));
                    end = stand_in.place.end;
                }
                steady(flow, &known, &text);
            }
        }

        #[test]
        fn what_is_the_holders_is_gone_whatever_stands_around_it(
            before in r"(\PC|\n){0,20}[ \n]", value in "[b-z]{3}[0-9]{4}", after in r"[ \n](\PC|\n){0,20}",
        ) {
            let text = format!("{before}{value} RSSMRA80A01H501U a.rossi@b.it 2024XY99887766{after}");
            let known = Known { today: date(2026, 11, 22), values: vec![("user_id".into(), value.clone())] };
            for flow in &*FLOWS {
                let told = shown(flow, &known, &text);
                let gone = [value.as_str(), "RSSMRA80A01H501U", "rossi@b", "99887766"];
                assert!(gone.iter().all(|own| !told.contains(own)), "{told}");
            }
        }
    }
}

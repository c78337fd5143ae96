//! Italian: the infinitive of instructions.

use jiff::Span;
use jiff::civil::Date;

use super::{Preposition, Tongue, counted};
use crate::exit::Verdict;

pub(super) static ITALIAN: Tongue = Tongue {
    quotes: ["«", "»"],
    and: " e ",
    day,
    span,
    minutes,
    advice,

    address: "Indirizzo",
    duration: "Durata",
    when: "Quando",
    window: "nei {opens} prima della scadenza, {until}. Per esempio, un certificato che scade {expiry} si può rinnovare {from} {to}.",
    until: "fino a {closes} prima",
    until_the_day_before: "fino al giorno prima",
    verified: "Verifica",
    verified_in_practice: "{day}, con {browser}, sul portale di esercizio di rinnova",
    verified_in_rehearsal: "{day}, con {browser}: la prima parte su {portal}, il resto sul portale di esercizio di rinnova",
    verified_in_run: "{day}, con {browser}, su {portal}",
    news: "Novità",
    news_link: "che cosa è cambiato dall'ultima edizione",
    needs: "Che cosa serve",
    careful: "Prima di cominciare",
    careful_commit: "Con il {step} il rinnovo è avviato e non si può annullare: cominciare solo se c'è il tempo di arrivare in fondo.",
    careful_pin: "Il **PIN di firma** sbagliato più volte si blocca per sempre: chi non è sicuro di ricordarlo si fermi prima di inserirlo.",
    careful_password: "La **password** sbagliata più volte blocca l'accesso: non tirare a indovinare.",

    steps: "I passi",
    step: "passo {number}",
    again: "{title} (di nuovo)",
    again_code: "Il codice usato prima non vale più: ne serve uno nuovo.",
    new_expiry: "Verificare la nuova scadenza",
    new_expiry_text: "Il rinnovo è riuscito se la data di scadenza è andata avanti; se è ancora quella di prima, il rinnovo non è concluso.",
    new_expiry_example: "Nelle immagini di questa guida il certificato scadeva {before} e ora scade {after}.",
    at: "{sentence}: {address}",
    commit: "Da qui non si torna indietro",
    commit_text: "Ciò che si invia con {control} non si può annullare: prima controllare quanto inserito.",
    outlined: "Il riquadro segna {control}.",
    enlarged: "Ingrandimento: {control}.",
    practice_picture: "Immagine del portale di esercizio.",
    screen: "Schermata {name} del portale.",
    screen_of_step: "Schermata del portale al passo {name}.",
    one_number: "Il numero {numbers} segna l'elemento dell'azione.",
    numbers: "I numeri {numbers} segnano gli elementi delle azioni.",
    outlined_alt: "Un riquadro segna {control}.",
    enlarged_alt: "Particolare ingrandito della schermata, con un riquadro attorno a {control}.",

    trouble: "Se qualcosa va storto",
    trouble_as_before: "Come al {step}: {says}.",
    trouble_of_step: "Possono comparire anche i messaggi del {step}.",
    messages: "Altri messaggi del portale",
    messages_text: "Possono comparire a ogni passo.",
    half_done: "Se il rinnovo è rimasto a metà",
    half_done_text: "Un rinnovo avviato e non concluso non si ricomincia: si riprende da dove ci si è fermati.",
    go_on: "{step}: {title}",

    contact: "A chi rivolgersi",
    changes_for: "Per chi conosce già la guida",
    changes: "Che cosa è cambiato dall'ultima edizione",
    added: "{title}: è una parte nuova.",
    removed: "{title}: questa parte non c'è più.",
    renamed: "{title}: prima si chiamava {before}.",
    reworded: "{title}: dove si leggeva ‘{before}’ ora si legge ‘{now}’.",
    said_more: "{title}: ora si legge anche ‘{now}’.",
    said_less: "{title}: non si legge più ‘{before}’.",
    looks_different: "{title}: la schermata è cambiata.",
    before: "Prima",
    now: "Ora",
    about: "Come è fatta questa guida",
    invented: "Nomi, codici e date che si vedono nelle immagini sono inventati.",
    from_practice: "Le immagini vengono dal portale di esercizio di rinnova, che riproduce quello vero: su quello vero qualche particolare può essere diverso.",
    from_rehearsal: "Fino al {step} le immagini vengono dal portale vero. Quelle successive vengono dal portale di esercizio di rinnova, che lo riproduce: proseguire avrebbe inviato ciò che non si può annullare.",
    from_run: "Le immagini vengono dal portale vero.",

    checklist: "{title}: promemoria",
    checklist_summary: "Una pagina da stampare, con le caselle da spuntare.",
    no_way_back: "Da qui non si torna indietro.",
    at_the_end: "Alla fine",
    expiry_noted: "La nuova scadenza è: ……………………………",

    contents: "Indice",
};

const MONTHS: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];

fn day(date: Date, preposition: Preposition) -> String {
    // The numbers that begin with a vowel: otto, undici.
    let vowel = matches!(date.day(), 8 | 11);
    let article = match (preposition, vowel) {
        (Preposition::On, false) => "il ",
        (Preposition::On, true) => "l'",
        (Preposition::From, false) => "dal ",
        (Preposition::From, true) => "dall'",
        (Preposition::To, false) => "al ",
        (Preposition::To, true) => "all'",
    };
    let number = if date.day() == 1 { "1°".to_owned() } else { date.day().to_string() };
    format!("{article}{number} {} {}", MONTHS[usize::from(date.month().unsigned_abs()) - 1], date.year())
}

fn span(span: &Span) -> String {
    counted(span, [["anno", "anni"], ["mese", "mesi"], ["settimana", "settimane"], ["giorno", "giorni"]], " e ")
}

fn minutes(number: u32) -> String {
    if number == 1 { "circa un minuto".to_owned() } else { format!("circa {number} minuti") }
}

fn advice(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AlreadyRenewed => "Il certificato è già stato rinnovato: non resta altro da fare.",
        Verdict::NotDue => "È troppo presto: vedere più sopra da quando si può rinnovare.",
        Verdict::Expired => "Un certificato scaduto non si rinnova: richiederne uno nuovo.",
        Verdict::TooLate => "Il periodo per rinnovare è finito: richiedere un nuovo certificato.",
        Verdict::NotRenewable => "Questo certificato non si può rinnovare: richiederne uno nuovo.",
        Verdict::PinLocked => "Il PIN è bloccato: richiedere un nuovo certificato.",
        Verdict::Suspended => "Prima occorre riattivare la firma.",
        Verdict::HalfDone => "Un rinnovo è già avviato: non ricominciare, proseguire come in {half_done}.",
        Verdict::CodeRejected => "Riprovare con un codice nuovo.",
        Verdict::Rejected => "Controllare quanto inserito prima di riprovare.",
        Verdict::Locked => "L'accesso è bloccato: va sbloccato prima di riprovare.",
        Verdict::Unavailable => "Il portale per ora non risponde: riprovare più tardi.",
        Verdict::Failed | Verdict::Unknown => {
            "Accedere di nuovo e, prima di ripetere l'ultima operazione, controllare se è già avvenuta."
        }
        _ => "Leggere che cosa chiede il portale e decidere di persona.",
    }
}

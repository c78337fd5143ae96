//! The words that changes put into the pages of portal B; the English ones stand apart.

use super::markup::without_tables;
use super::scene::{Scene, Words};

/// E1
pub(super) const RECOVERY: Words =
    Words { whole: &[("Non riesci ad accedere", "Hai dimenticato la password?")], part: &[] };

/// E10
pub(super) const BUTTONS: Words = Words {
    whole: &[("Firma Richiesta", "Firma la richiesta"), ("Invia", "CONFERMA")],
    part: &[("Premere Invia", "Premere CONFERMA")],
};

/// E11
pub(super) const EMAIL: Words =
    Words { whole: &[("User-ID:", "E-mail:")], part: &[("la propria User-ID", "il proprio indirizzo e-mail")] };

/// E12
pub(super) const TIGHT_RULE: Words = Words {
    whole: &[],
    part: &[(
        "CONTENERE ALMENO UNA LETTERA E UNA CIFRA",
        "CONTENERE MAIUSCOLE E MINUSCOLE, UNA CIFRA E UN CARATTERE SPECIALE",
    )],
};

/// D4
pub(super) const LABELS: Words = Words {
    whole: &[
        ("User-ID:", "Codice utente:"),
        ("Password:", "Parola chiave:"),
        ("OTP", "Codice OTP"),
        ("Pin di Firma", "PIN per la firma"),
        ("Conferma Pin di Firma", "Ripetere il PIN per la firma"),
        ("Codice Fiscale:", "C.F.:"),
        ("IUT:", "Codice IUT:"),
        ("Valido dal:", "Valido a partire dal:"),
        ("Valido al:", "Valido fino al:"),
        ("Vecchia password:", "Password attuale:"),
        ("Conferma nuova password:", "Ripetere la nuova password:"),
    ],
    part: &[],
};

/// D5: labels, links and buttons in another case, and with spaces at which no line breaks.
const CASE: Words = Words {
    whole: &[
        ("User-ID:", "USER-ID:"),
        ("Password:", "PASSWORD:"),
        ("Accedi", "ACCEDI"),
        ("Non riesci ad accedere", "Non&nbsp;riesci&nbsp;ad&nbsp;accedere"),
        ("Pin di Firma", "PIN&nbsp;di&nbsp;firma"),
        ("Conferma Pin di Firma", "Conferma&nbsp;PIN&nbsp;di&nbsp;firma"),
        ("Codice Fiscale:", "CODICE&nbsp;FISCALE:"),
        ("Firma Richiesta", "FIRMA&nbsp;RICHIESTA"),
        ("Invia", "INVIA"),
        ("Valido dal:", "VALIDO&nbsp;DAL:"),
        ("Valido al:", "VALIDO&nbsp;AL:"),
        ("RICHIEDI CERTIFICATO", "Richiedi&nbsp;certificato"),
        ("MODIFICA PIN", "Modifica&nbsp;PIN"),
        ("MODIFICA PASSWORD", "Modifica&nbsp;password"),
        ("MODIFICA EMAIL", "Modifica&nbsp;email"),
        ("MODIFICA INVIO EMAIL", "Modifica&nbsp;invio&nbsp;email"),
        ("MODIFICA CELLULARE", "Modifica&nbsp;cellulare"),
        ("OTP VIA CELLULARE", "OTP&nbsp;via&nbsp;cellulare"),
        ("VISUALIZZA CERTIFICATO", "Visualizza&nbsp;certificato"),
        ("RINNOVO FIRMA REMOTA", "Rinnovo&nbsp;firma&nbsp;remota"),
    ],
    part: &[],
};
const ACCENTS: [(&str, &str); 10] = [
    ("À", "A'"),
    ("È", "E'"),
    ("É", "E'"),
    ("Ò", "O'"),
    ("Ù", "U'"),
    ("à", "a'"),
    ("è", "e'"),
    ("é", "e'"),
    ("ò", "o'"),
    ("ù", "u'"),
];

/// D5
pub(super) fn spelling(scene: &mut Scene<'_>) {
    scene.reword(&CASE);
    scene.each_text(|text| ACCENTS.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new)));
}

const OTHER: Words = Words {
    whole: &[
        ("Gestione del servizio Remote Sign", "La tua area riservata"),
        ("Accesso al servizio", "Bentornato"),
        ("User-ID:", "Nome utente"),
        ("Password:", "Chiave di accesso"),
        ("Accedi", "Entra"),
        ("Non riesci ad accedere", "Serve aiuto?"),
        ("Logout", "Esci"),
        ("RICHIEDI CERTIFICATO", "Acquista"),
        ("MODIFICA PIN", "Cambia codice segreto"),
        ("MODIFICA PASSWORD", "Cambia chiave"),
        ("MODIFICA EMAIL", "I tuoi recapiti"),
        ("MODIFICA INVIO EMAIL", "Le tue notifiche"),
        ("MODIFICA CELLULARE", "Il tuo telefono"),
        ("OTP VIA CELLULARE", "Ricevi un codice"),
        ("VISUALIZZA CERTIFICATO", "La tua firma"),
        ("RINNOVO FIRMA REMOTA", "Prolunga"),
        ("Benvenuti nel sistema di gestione RemoteSign.", "Ciao, da qui gestisci la tua firma."),
        ("Scegliere una funzione nel menù a sinistra", "Cosa vuoi fare oggi?"),
        ("ATTENZIONE:", "Da sapere:"),
        ("Stato:", "Situazione"),
        ("Attivo", "In uso"),
        ("IUT:", "Numero"),
        ("Valido dal:", "Inizio"),
        ("Valido al:", "Fine"),
        ("PIN:", "Codice segreto"),
        ("Rinnovo:", "Prolungamento"),
        ("Invia", "Avanti"),
        ("OTP INVIATO", "Codice in arrivo"),
        ("RICHIESTA RINNOVO CERTIFICATO", "Prolunga la tua firma"),
        ("Io sottoscritto:", "Intestatario"),
        ("Codice Fiscale:", "Identificativo fiscale"),
        ("OTP", "Codice ricevuto"),
        ("Pin di Firma", "Codice segreto"),
        ("Conferma Pin di Firma", "Ripeti il codice segreto"),
        ("Firma Richiesta", "Conferma e prosegui"),
        ("LA RICHIESTA DI RINNOVO DELLA FIRMA REMOTA È ANDATA A BUON FINE", "Ancora un passo"),
        (
            "Per completare la procedura di rinnovo le chiediamo di inserire le seguenti credenziali:",
            "Inserisci ancora una volta i tuoi dati.",
        ),
        ("CERTIFICATO RINNOVATO.", "Fatto!"),
    ],
    part: &[
        (
            " Il certificato di firma è in scadenza. Può rinnovarlo selezionando la funzione 'RINNOVO CERTIFICATO'",
            " la tua firma sta per finire.",
        ),
        ("Premere Invia per ricevere il codice OTP sul cellulare registrato", "Ti mandiamo un codice al numero"),
        ("Il certificato è stato rinnovato. Per verificare la validità, cliccare", "Controlla in"),
    ],
};

/// D36: the pages of D35 in other words.
pub(super) fn redesigned(scene: &mut Scene<'_>) {
    scene.reword(&OTHER);
    without_tables(scene);
}

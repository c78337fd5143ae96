//! Italian: the infinitive of instructions («Inserire la password in …»).

use crate::flow::sentence::{Kind, Mood, Phrase, Tongue, small};

/// The Italian tongue.
pub(super) struct Italian;

impl Tongue for Italian {
    fn quote(&self, words: &str) -> String {
        format!("«{words}»")
    }

    fn named(&self, name: &str) -> String {
        match name {
            "password" => "la password".to_owned(),
            "new_password" => "la nuova password".to_owned(),
            "pin" => "il PIN".to_owned(),
            "new_pin" => "il nuovo PIN".to_owned(),
            "otp" | "code" => "il codice OTP".to_owned(),
            "user_id" | "user" | "username" => "lo User ID".to_owned(),
            "email" => "l'indirizzo e-mail".to_owned(),
            "expires" => "la data di scadenza".to_owned(),
            other => format!("il valore «{}»", other.replace('_', " ")),
        }
    }

    fn element(&self, role: &str, name: Option<&str>) -> String {
        let kind = match role {
            // Buttons and links are known by their words alone.
            "button" | "link" if name.is_some() => return name.unwrap_or_default().to_owned(),
            "button" => "il pulsante",
            "link" => "il collegamento",
            "checkbox" => "la casella",
            "radio" => "l'opzione",
            "heading" => "il titolo",
            "dialog" | "alertdialog" => "la finestra",
            "tab" => "la scheda",
            "menuitem" => "la voce di menu",
            "option" => "la voce",
            "row" => "la riga",
            "img" => "l'immagine",
            "textbox" => "il campo",
            "combobox" => "il menu",
            "listbox" | "list" => "l'elenco",
            "table" => "la tabella",
            _ => "l'elemento",
        };
        name.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}"))
    }

    fn beside(&self, words: &str, kind: Kind) -> String {
        match kind {
            Kind::Acted => format!("il campo accanto a {words}"),
            Kind::Read => format!("accanto a {words}"),
        }
    }

    fn nameless(&self) -> String {
        "l'elemento indicato".to_owned()
    }

    fn within(&self, what: &str, inside: &str) -> String {
        format!("{what} ({})", joined(IN, inside))
    }

    fn joined(&self, parts: &[String], any: bool) -> String {
        parts.join(if any { " oppure " } else { " e " })
    }

    fn shows(&self, what: &str, is: bool, mood: Mood) -> String {
        let verb = match mood {
            Mood::Fact => "compare",
            Mood::Wish => "compaia",
        };
        if is { format!("{verb} {what}") } else { format!("non {verb} {what}") }
    }

    fn denies(&self, what: &str) -> String {
        format!("non ({what})")
    }

    fn sentence(&self, phrase: &Phrase) -> String {
        match phrase {
            Phrase::OpenPortal => "Aprire il portale".to_owned(),
            Phrase::Open(path) => format!("Aprire la pagina {path}"),
            Phrase::Fill { field, value } => format!("Inserire {value} {}", joined(IN, field)),
            Phrase::Type { field, value } => format!("Digitare {value} {}", joined(IN, field)),
            Phrase::Press(keys) => format!("Premere il tasto {keys}"),
            Phrase::Click(what) => format!("Premere {what}"),
            Phrase::DoubleClick(what) => format!("Fare doppio clic {}", joined(ON, what)),
            Phrase::Hover(what) => format!("Portare il puntatore {}", joined(ON, what)),
            Phrase::Check(what) => format!("Selezionare {what}"),
            Phrase::Uncheck(what) => format!("Deselezionare {what}"),
            Phrase::Select { field, value } => format!("Scegliere {value} {}", joined(IN, field)),
            Phrase::Upload { field, file } => format!("Caricare il file {file} {}", joined(IN, field)),
            Phrase::Download(what) => format!("Scaricare il file con {what}"),
            Phrase::Drag { from, to } => format!("Trascinare {from} {}", joined(ON, to)),
            Phrase::Scroll(what) => format!("Scorrere la pagina fino {}", joined(TO, what)),
            Phrase::Wait(what) => format!("Attendere che {what}"),
            Phrase::Pause(time) => format!("Attendere {time}"),
            Phrase::Expect(what) => format!("Verificare che {what}"),
            Phrase::ExpectAddress(address) => format!("Verificare che l'indirizzo sia {address}"),
            Phrase::ExpectValue { of, is } => format!("Verificare che {of} contenga {is}"),
            Phrase::ExpectChecked { of, is: true } => format!("Verificare che {of} sia selezionato"),
            Phrase::ExpectChecked { of, is: false } => format!("Verificare che {of} non sia selezionato"),
            Phrase::ExpectCount { of, is: 0 } => format!("Verificare che non compaia {of}"),
            Phrase::ExpectCount { of, is: 1 } => format!("Verificare che {of} compaia una volta"),
            Phrase::ExpectCount { of, is } => format!("Verificare che {of} compaia {is} volte"),
            Phrase::Read { output, from, all: false } if from.starts_with("accanto") => {
                format!("Leggere {output} {from}")
            }
            Phrase::Read { output, from, all: false } => format!("Leggere {output}: {from}"),
            Phrase::Read { output, from, all: true } => format!("Leggere l'elenco per {output}: {from}"),
            Phrase::Shot(name) => format!("Fotografare la pagina come «{name}»"),
            Phrase::Dialog { accept, text, with } => {
                let done = if *accept { "Accettare" } else { "Rifiutare" };
                with.as_ref().map_or_else(
                    || format!("{done} il messaggio {text}"),
                    |with| format!("Rispondere {with} al messaggio {text}"),
                )
            }
            Phrase::When { condition, steps, otherwise } => {
                let otherwise =
                    if otherwise.is_empty() { String::new() } else { format!("; altrimenti {}", list(otherwise)) };
                format!("Se {condition}: {}{otherwise}", list(steps))
            }
            Phrase::Repeat { until, steps } => format!("Ripetere finché non {until}: {}", list(steps)),
        }
    }
}

/// A preposition alone and before `il`, `lo`, `la`, `l'`.
type Preposition = [&'static str; 5];

const IN: Preposition = ["in ", "nel ", "nello ", "nella ", "nell'"];
const ON: Preposition = ["su ", "sul ", "sullo ", "sulla ", "sull'"];
const TO: Preposition = ["a ", "al ", "allo ", "alla ", "all'"];

/// A preposition and what follows it: `nel campo`, `sulla riga`, `in «PIN»`.
fn joined(preposition: Preposition, what: &str) -> String {
    let articles = ["il ", "lo ", "la ", "l'"].iter().zip(&preposition[1..]);
    let mut found = articles.filter_map(|(article, joined)| Some(format!("{joined}{}", what.strip_prefix(article)?)));
    found.next().unwrap_or_else(|| format!("{}{what}", preposition[0]))
}

fn list(steps: &[String]) -> String {
    steps.iter().map(|step| small(step)).collect::<Vec<_>>().join(", ")
}

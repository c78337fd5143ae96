//! The words by which a page gives away what it wants, in the languages of the portals: money, a proof of being a person,
//! an agreement, the opposite of what a step does.

use std::sync::LazyLock;

use regex::Regex;

use crate::drift::likeness::{alike, plain};
use crate::record::{Item, Outline};

/// Two names are like from here on: «Pin di Firma» and «PIN per la firma» have 0.70, «Conferma» and «Annulla» 0.
const LIKE: f64 = 0.5;

/// A new control is too like another from here on.
const TOO_LIKE: f64 = 0.6;

/// So many words of its own tell a language.
const TELLING: usize = 3;

macro_rules! words {
    ($name:ident, $rule:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($rule).expect("a rule of this file"));
    };
}

// Shops and payment pages of certificate renewals: portals.md §1.1, E6.
words!(
    PAYMENT,
    r"(?i)\b(pagament[oi]|pag(a|are|hi)|acquist[aoi]|acquistare|carta di (credito|debito)|iban|import[oi]|prezz[oi]|carrello|payments?|pay|price|credit card|checkout|purchase|buy)\b|€"
);
words!(
    CAPTCHA,
    r"(?i)captcha|turnstile|non sono un robot|\bnot a robot\b|verifica di sicurezza( umana)?|verifica(re)? (di essere|che sei|che tu sia) uman[oa]|sei un essere umano|you are (a )?human"
);
words!(
    AGREEMENT,
    r"(?i)\b(accett[oa]|acconsent[oe]|autorizz[oa]|consenso|consent[oi]?|dichiar[oa]|approv[oa]|agree|accept|authori[sz]e)\b"
);
words!(
    COOKIES,
    r"(?i)\b(cookies?|tracciamento|traccianti|tracking)\b|\b(solo (i )?necessari|rifiuta tutt[oi]|accetta tutt[oi]|reject all|accept all|only necessary|necessary only)\b"
);
words!(CODE, r"(?i)\b(otp|codice|code|one-time)\b");
// What no renewal means: whoever presses it instead has lost something.
words!(
    OPPOSITE,
    r"(?i)\b(revoc\w*|annull\w*|sospen\w*|elimin\w*|cancell\w*|rifiut\w*|disattiv\w*|esci|logout|revoke|cancel|delete|suspend|decline|reject|sign out|log out)\b"
);
// What refuses all that a banner for cookies asks for and does nothing else (portals.md §1.6, D15).
words!(
    REFUSES,
    r"(?i)^(rifiut[aoi]|non accett\w*|reject|decline|refuse)\b|\b(solo (i |quelli )?(necessari|tecnici|essenziali)|(only|strictly) (necessary|essential)|(necessary|essential) only|senza accettare|without accepting)\b"
);
words!(GO_ON, r"(?i)\b(continua|avanti|prosegui|procedi|successiv[oa]|next|continue|proceed)\b");
// Another way to come in is no other sense of «Accedi»: E8.
words!(OTHER_ACCESS, r"(?i)\b(qr|spid|cie|cns|app)\b");
words!(
    ITALIAN,
    r"(?i)\b(il|lo|la|gli|le|di|del|della|dei|un|una|per|con|non|tuo|tua|che|e|accedi|esci|conferma|annulla|inserisci|rinnova|certificato|firma|scegli|codice|invia|torna|modifica|richiesta)\b"
);
words!(
    ENGLISH,
    r"(?i)\b(the|of|a|an|your|to|and|for|with|not|by|sign|log|confirm|cancel|enter|renew|certificate|signature|choose|code|send|back|change|request|forgot)\b"
);

/// Money is asked for.
#[must_use]
pub fn asks_money(text: &str) -> bool {
    PAYMENT.is_match(text)
}

/// A proof of being a person is asked for.
#[must_use]
pub fn asks_person(text: &str) -> bool {
    CAPTCHA.is_match(text)
}

/// Something is agreed to.
#[must_use]
pub fn asks_agreement(text: &str) -> bool {
    AGREEMENT.is_match(text)
}

/// A cookie banner's words.
#[must_use]
pub fn is_of_cookies(text: &str) -> bool {
    COOKIES.is_match(text)
}

/// The control of a banner for cookies that refuses all but what is necessary.
#[must_use]
pub fn refuses_cookies(text: &str) -> bool {
    REFUSES.is_match(text.trim())
}

/// Another way to come in: by a code to photograph, by an app, by another identity.
#[must_use]
pub fn is_other_access(text: &str) -> bool {
    OTHER_ACCESS.is_match(text)
}

/// Pressed, it leads to another page and does no more.
#[must_use]
pub fn goes_on(text: &str) -> bool {
    GO_ON.is_match(text)
}

/// Both ask for a one-time code: by SMS, from a token, from an app. Each holder has one kind of it, and each kind its words.
#[must_use]
pub fn both_ask_code(one: &str, other: &str) -> bool {
    CODE.is_match(one) && CODE.is_match(other)
}

/// The second takes back, stops or leaves, and the first does not.
#[must_use]
pub fn opposes(one: &str, other: &str) -> bool {
    OPPOSITE.is_match(other) && !OPPOSITE.is_match(one)
}

/// The second does something that the first does not: it takes back, leads on, asks for money or for a person.
#[must_use]
pub fn is_for_another(one: &str, other: &str) -> bool {
    let onward = goes_on(other) && !goes_on(one);
    opposes(one, other) || opposes(other, one) || asks_money(other) || asks_person(other) || onward
}

/// Whether one name may be the other in other words.
#[must_use]
pub fn may_be_renamed(one: &str, other: &str) -> bool {
    if opposes(one, other) || opposes(other, one) || asks_money(one) != asks_money(other) {
        return false;
    }
    alike(one, other) >= LIKE || {
        let (one, other) = (significant(one), significant(other));
        let shared = one.iter().filter(|word| other.iter().any(|it| same_stem(word, it))).count();
        shared > 0 && 2 * shared >= one.len().min(other.len())
    }
}

/// Whether a new control could be taken for the one that a step means.
#[must_use]
pub fn rivals(meant: &str, new: &str) -> bool {
    if is_other_access(new) && !is_other_access(meant) {
        return false;
    }
    let (wanted, found) = (significant(meant), significant(new));
    let verb = matches!((wanted.first(), found.first()), (Some(one), Some(other)) if same_stem(one, other));
    let whole = !wanted.is_empty() && wanted.iter().all(|word| found.iter().any(|it| same_stem(word, it)));
    verb || whole || alike(meant, new) >= TOO_LIKE
}

/// The words that carry a name: without articles, prepositions and numbers.
fn significant(text: &str) -> Vec<String> {
    plain(text).split(' ').filter(|word| word.chars().count() >= 4).map(str::to_owned).collect()
}

/// `rinnova` and `rinnovo`, `firma` and `firme`.
fn same_stem(one: &str, other: &str) -> bool {
    let stem = |word: &str| word.chars().take(5).collect::<String>();
    let short = one.chars().count().min(other.chars().count());
    if short > 5 { stem(one) == stem(other) } else { one.chars().take(4).eq(other.chars().take(4)) && short >= 4 }
}

/// The language that a page speaks, as far as its words tell: `it` or `en`.
#[must_use]
pub fn spoken(page: &Outline) -> Option<&'static str> {
    let count = |rule: &Regex| page.items.iter().map(|Item { name, .. }| rule.find_iter(name).count()).sum::<usize>();
    let (italian, english) = (count(&ITALIAN), count(&ENGLISH));
    match italian.max(english) {
        most if most < TELLING => None,
        _ if italian >= 2 * english => Some("it"),
        _ if english >= 2 * italian => Some("en"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{asks_agreement, asks_money, asks_person, is_of_cookies, may_be_renamed, refuses_cookies, rivals};

    #[test]
    fn a_name_in_other_words_is_told_from_another_name() {
        for (one, other) in [
            ("Rinnova ora", "Rinnova firma digitale"),
            ("Pin di Firma", "PIN per la firma"),
            ("Attiva certificato", "Attiva il certificato"),
            ("Ho dimenticato la password", "Hai dimenticato la password?"),
            ("Firma Richiesta", "Firma la richiesta"),
        ] {
            assert!(may_be_renamed(one, other), "{one}, {other}");
        }
        for (one, other) in [
            ("Conferma", "Annulla"),
            ("Rinnova firma", "Revoca firma"),
            ("Sospensione e revoca firma", "Rinnova firma digitale"),
            ("Conferma", "Conferma pagamento"),
            ("ACCEDI →", "Certificato di firma"),
        ] {
            assert!(!may_be_renamed(one, other), "{one}, {other}");
        }
    }

    #[test]
    fn a_control_with_the_same_verb_is_a_rival_and_another_way_in_is_none() {
        for (meant, new) in [
            ("Rinnova firma digitale", "Rinnova e revoca il precedente"),
            ("RINNOVO FIRMA REMOTA", "RINNOVA E REVOCA IL PRECEDENTE"),
            ("Conferma", "Conferma tutto"),
        ] {
            assert!(rivals(meant, new), "{meant}, {new}");
        }
        for (meant, new) in [
            ("ACCEDI →", "Accedi con QR code"),
            ("Conferma", "Invia nuovo OTP"),
            ("Certificato di firma", "Scarica la guida"),
        ] {
            assert!(!rivals(meant, new), "{meant}, {new}");
        }
    }

    #[test]
    fn what_a_page_wants_is_read_in_its_words() {
        assert!(asks_money("Paga … €") && asks_money("Carta di credito") && !asks_money("Pagina iniziale"));
        assert!(asks_person("Non sono un robot") && asks_person("reCAPTCHA") && !asks_person("Robotica"));
        assert!(refuses_cookies("Rifiuta e continua") && refuses_cookies("Usa solo i necessari"));
        assert!(!refuses_cookies("Accetta e prosegui") && !refuses_cookies("Gestisci le preferenze"));
        assert!(asks_agreement("Acconsento al trattamento") && !asks_agreement("SMS"));
        assert!(
            is_of_cookies("Informativa sui cookie") && is_of_cookies("Solo necessari") && !is_of_cookies("Conferma")
        );
    }
}

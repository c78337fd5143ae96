//! Forty values that nobody has, of the lengths and characters in which secrets come: what one writer escapes another
//! does not, and each of them has been the one that got through somewhere.

/// The values, each with what is odd about it.
pub const CANARIES: [(&str, &str); 40] = [
    ("five characters", "q7Z!x"),
    ("six digits", "739164"),
    ("eight digits", "82746150"),
    ("leading zeros", "00471382"),
    ("zeros only at the end", "38517000"),
    ("one digit over and over", "77777777"),
    ("twelve digits", "604918273561"),
    ("sixteen digits", "9035827416603912"),
    ("letters", "wervtqzkpmxj"),
    ("capitals", "KXVBQWZJPTRD"),
    ("letters and digits", "k7m2x9q4w8z3"),
    ("a word with capitals", "Zwetschgenkern"),
    ("several words", "seven purple herons walk"),
    ("a space before and after", " padded-91x "),
    ("two spaces", "double  space77"),
    ("a tab", "tab\tinside-55"),
    ("double quotes", "say\"quoted\"93"),
    ("single quotes", "it's'quoted'84"),
    ("a back quote", "back`tick`71"),
    ("backslashes", "back\\slash\\n62"),
    ("slashes", "path/to//53"),
    ("percent signs", "100%sure%41%20"),
    ("plus signs", "one+two++44"),
    ("ampersands", "salt&pepper&amp;35"),
    ("tags", "<b>bold</b>26"),
    ("angles and ampersand", "<&>x7<&>"),
    ("an equals sign", "key=value==17"),
    ("a question and a hash", "what?is#this08"),
    ("braces", "{curly}[square](round)9"),
    ("a template", "${HOME}$(id)`x`91"),
    ("commas and semicolons", "a,b;c:d|e82"),
    ("umlauts", "Größenwahn-73ü"),
    ("accents", "perché-così-64à"),
    ("a euro sign", "costa€50€più"),
    ("Greek", "κωδικός55μου"),
    ("Chinese", "密码很长46位数"),
    ("emoji", "fox🦊in🧦37box"),
    ("a joined emoji", "team👩‍💻28crew"),
    ("a seed", "NB2W45DFOIZAQLMVUXKC7T3E"),
    ("sixty-four characters", "Lk9%tY2&uI7*oP4<aS6>dF1\"gH3'jK8\\zX5+cV0=bN?mQ#wE@rT^yU~iO!pA;sD:"),
];

#[cfg(test)]
mod tests {
    use super::CANARIES;

    #[test]
    fn they_are_forty_and_none_stands_in_another() {
        for (place, (odd, value)) in CANARIES.iter().enumerate() {
            assert!(value.chars().count() >= 5, "{odd}");
            let others = CANARIES.iter().enumerate().filter(|(other, _)| *other != place);
            assert!(others.clone().all(|(_, (_, other))| !other.contains(value)), "{odd}");
        }
    }
}

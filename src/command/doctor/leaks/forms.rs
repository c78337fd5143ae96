//! The forms in which a value may come back, for the search. Written apart from the redactor's (`vault/encodings.rs`), by other
//! means where there are any.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Shorter forms are not looked for, but for the value itself: chance would find them.
const SHORTEST: usize = 6;

/// One form of a value.
#[derive(Debug, Clone)]
pub struct Form {
    /// What it is called.
    pub name: String,
    /// What is looked for.
    pub bytes: Vec<u8>,
    /// Letters and digits stand in it as they are.
    pub text: bool,
}

/// Each form of a value.
#[must_use]
pub fn forms(value: &str) -> Vec<Form> {
    let mut all: Vec<Form> = texts(value)
        .into_iter()
        .map(|(name, text)| Form { name, bytes: text.into_bytes(), text: true })
        .chain(in_numbers(value))
        .chain(in_base64(value))
        .collect();
    all.retain(|form| form.name == "raw" || form.bytes.len() >= SHORTEST);
    all
}

fn texts(value: &str) -> Vec<(String, String)> {
    let each = |write: &dyn Fn(char) -> String| value.chars().map(write).collect::<String>();
    let special = |c: char| !c.is_ascii_alphanumeric();
    let address = |keeps: &'static str, capitals: bool| {
        each(&|c| if special(c) && !keeps.contains(c) { encoded(c, "%", capitals) } else { c.into() })
    };
    let again = |text: &str, keeps: &str| -> String {
        text.chars().map(|c| if special(c) && !keeps.contains(c) { encoded(c, "%", true) } else { c.into() }).collect()
    };
    let quoted = json(value);
    let latin = each(&|c| match u8::try_from(u32::from(c)) {
        Ok(_) if c.is_ascii_alphanumeric() => c.into(),
        Ok(byte) => format!("%{byte:02X}"),
        Err(_) => "%3F".into(),
    });
    let by_escape = each(&|c| match u32::from(c) {
        _ if c.is_ascii_alphanumeric() || "@*_+-./".contains(c) => c.into(),
        code @ ..=0xff => format!("%{code:02X}"),
        _ => escaped(c).replace('\\', "%"),
    });
    let mut texts: Vec<(String, String)> = [
        ("raw", value.to_owned()),
        ("folded", value.split_whitespace().collect::<Vec<_>>().join(" ")),
        ("reversed", value.chars().rev().collect()),
        ("capitals", value.to_uppercase()),
        ("URL", address("", true)),
        ("URL, small", address("", false)),
        ("URL, a component", address("-_.!~*'()", true)),
        ("URL, a form", address("-_.* ", true).replace(' ', "+")),
        ("URL, all of it", each(&|c| encoded(c, "%", true))),
        ("URL, twice", again(&address("", true), "")),
        ("URL, a component twice", again(&address("-_.!~*'()", true), "-_.!~*'()")),
        ("URL, all of it twice", again(&each(&|c| encoded(c, "%", true)), "")),
        ("URL, Latin-1", latin),
        ("URL, by `escape`", by_escape),
        ("JSON in a URL", again(&quoted, "")),
        ("JSON in a URL, a component", again(&quoted, "-_.!~*'()")),
        ("HTML, names", each(&html)),
        ("HTML, names and hexadecimal", each(&|c| if c == '\'' { "&#x27;".into() } else { html(c) })),
        ("HTML, numbers", each(&|c| format!("&#{};", u32::from(c)))),
        ("HTML, hexadecimal", each(&|c| format!("&#x{:x};", u32::from(c)))),
        ("JSON", json(value)),
        ("JSON, slashes", quoted.replace('/', "\\/")),
        ("JSON in JSON", json(&quoted)),
        ("JSON, ASCII", each(&|c| if c.is_ascii() { json(&c.to_string()) } else { escaped(c) })),
        ("JSON, all of it", each(&escaped)),
        ("JSON in HTML", quoted.chars().map(html).collect()),
        ("Rust", value.escape_debug().to_string()),
        ("mail", each(&|c| if c == '=' || !c.is_ascii() { encoded(c, "=", true) } else { c.into() })),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into();
    for apart in [" ", "-", "|", ",", ", ", "\n", "\",\"", "\", \"", "','", "', '", "</b><b>", "</td><td>"] {
        texts.push((format!("split by {apart:?}"), value.chars().map(String::from).collect::<Vec<_>>().join(apart)));
    }
    let characters: Vec<char> = value.chars().collect();
    for size in 2..=4 {
        let mut groups: Vec<String> = characters.chunks(size).map(|group| group.iter().collect()).collect();
        for order in ["", ", the last first"] {
            for apart in [" ", "-", "\",\""] {
                texts.push((format!("groups of {size} by {apart:?}{order}"), groups.join(apart)));
            }
            groups.reverse();
        }
    }
    let short = value.trim_start_matches('0');
    if short.len() < value.len() && is_number(value) {
        texts.push(("without its zeros".into(), short.into()));
    }
    texts
}

fn in_numbers(value: &str) -> Vec<Form> {
    let bytes = |write: &dyn Fn(u8) -> String| value.bytes().map(write).collect::<Vec<_>>();
    let mut forms = Vec::new();
    for apart in ["", " ", ":", ", "] {
        for (name, digits) in [
            ("hexadecimal", bytes(&|byte| format!("{byte:02x}"))),
            ("hexadecimal, capitals", bytes(&|byte| format!("{byte:02X}"))),
        ] {
            let bytes = digits.join(apart).into_bytes();
            forms.push(Form { name: format!("{name} {apart:?}"), bytes, text: false });
        }
    }
    for apart in [",", ", "] {
        let bytes = bytes(&|byte| byte.to_string()).join(apart).into_bytes();
        forms.push(Form { name: format!("a list of bytes {apart:?}"), bytes, text: true });
    }
    let wide = |order: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(order).collect();
    forms.push(Form { name: "UTF-16".into(), bytes: wide(u16::to_le_bytes), text: false });
    forms.push(Form { name: "UTF-16, big end first".into(), bytes: wide(u16::to_be_bytes), text: false });
    forms
}

fn in_base64(value: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let wide = |order: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    for (inside, bytes) in [
        ("", value.as_bytes().to_vec()),
        (" of JSON", json(value).into_bytes()),
        (" of UTF-16", wide(u16::to_le_bytes)),
        (" of UTF-16, big end first", wide(u16::to_be_bytes)),
    ] {
        for before in 0..3 {
            for (name, engine) in [("Base64", &STANDARD), ("Base64 for addresses", &URL_SAFE)] {
                // What depends on the value alone, when this many bytes come before it.
                let text = engine.encode([vec![0; before], bytes.clone()].concat());
                let (from, until) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
                let bytes = text.as_bytes().get(from..until).unwrap_or_default().to_vec();
                forms.push(Form { name: format!("{name}{inside} at {before}"), bytes, text: false });
            }
        }
    }
    forms
}

/// Whether it is made of digits alone.
pub(super) fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn encoded(c: char, mark: &str, capitals: bool) -> String {
    let mut space = [0; 4];
    let bytes = c.encode_utf8(&mut space).bytes();
    bytes.map(|byte| if capitals { format!("{mark}{byte:02X}") } else { format!("{mark}{byte:02x}") }).collect()
}

fn html(c: char) -> String {
    match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '"' => "&quot;".into(),
        '\'' => "&#39;".into(),
        c => c.into(),
    }
}

fn escaped(c: char) -> String {
    let mut space = [0; 2];
    c.encode_utf16(&mut space).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

//! The ways in which a value may come back in text: in addresses, pages, JSON, dumps (faults.md §3.4).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};
use zeroize::Zeroizing;

/// A form of a value, as bytes to look for.
pub(super) type Needle = Zeroizing<Vec<u8>>;

/// What `encodeURIComponent` leaves alone.
const COMPONENT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// What RFC 3986 calls unreserved.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What a form leaves alone (WHATWG, `application/x-www-form-urlencoded`).
const FORM: AsciiSet = NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// What browsers escape in the query of an address.
const QUERY: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');

/// The forms in which letters keep their place: compared without regard to ASCII case, which covers upper and
/// lower hexadecimal digits and a page that shows what was typed in capitals. The value itself is the first.
pub(super) fn readable(value: &str) -> Vec<Needle> {
    let needle = |form: String| Zeroizing::new(form.into_bytes());
    let mut needles: Vec<Needle> = written(value).into_iter().map(needle).collect();
    let wide = |bytes: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    needles.extend([wide(u16::to_le_bytes), wide(u16::to_be_bytes)].map(Zeroizing::new));
    // Other readings of it come in fewer ways.
    let mut readings = vec![value.chars().rev().collect::<String>()];
    if !value.is_ascii() {
        readings.extend([value.to_uppercase(), value.to_lowercase()]);
    }
    for reading in readings.into_iter().map(Zeroizing::new) {
        let forms = pieces(&reading).into_iter().chain([canonical(&reading), reading.to_string()]);
        needles.extend(forms.map(needle));
    }
    if let Some(short) = without_zeros(value) {
        needles.push(Zeroizing::new(short.as_bytes().to_vec()));
    }
    needles
}

/// The forms of one piece of a value: a character in a box.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut forms = html(text);
    forms.extend(json(text));
    forms.push(percent_encode(text.as_bytes(), &COMPONENT).to_string());
    forms
}

/// A number as one that is kept as a number has it.
fn without_zeros(value: &str) -> Option<&str> {
    let short = value.trim_start_matches('0');
    let number = value.bytes().all(|byte| byte.is_ascii_digit());
    (number && short.len() < value.len() && short.len() >= 6).then_some(short)
}

fn written(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    for set in [&COMPONENT, &UNRESERVED, &FORM, &QUERY, NON_ALPHANUMERIC] {
        let once = percent_encode(value.as_bytes(), set).to_string();
        forms.push(once.replace("%20", "+"));
        forms.push(percent_encode(once.as_bytes(), &COMPONENT).to_string());
        forms.push(once);
    }
    let quoted = json(value);
    let escaped = html(value);
    // One inside the other: a list in an attribute, a page in a log, either in an address.
    for form in quoted.iter().chain(&escaped) {
        forms.extend([&COMPONENT, NON_ALPHANUMERIC].map(|set| percent_encode(form.as_bytes(), set).to_string()));
    }
    forms.extend(quoted.last().map(|form| canonical(form)));
    forms.push(canonical(&canonical(value)));
    forms.extend(json(&canonical(value)));
    forms.extend(escaped);
    forms.extend(quoted);
    forms.push(value.escape_debug().to_string());
    forms.push(value.replace('\'', "'\\''"));
    forms.push(quoted_printable(value));
    forms.extend(of_old_pages(value));
    if !value.is_ascii() {
        let units: Vec<String> = value.encode_utf16().map(|unit| unit.to_string()).collect();
        forms.extend([units.join(","), units.join(", ")]);
    }
    let hexadecimal =
        |separator: &str| value.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator);
    for separator in ["", " ", ":", ", ", ",", "\\x", "%", "%25"] {
        forms.push(hexadecimal(separator));
    }
    let numbers: Vec<String> = value.bytes().map(|byte| byte.to_string()).collect();
    forms.extend([numbers.join(","), numbers.join(", ")]);
    forms
}

/// As mail carries it (RFC 2045 §6.7), but for its line breaks.
fn quoted_printable(value: &str) -> String {
    let plain = |byte: u8| (byte == b' ' || byte.is_ascii_graphic()) && byte != b'=';
    value.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("={byte:02x}") }).collect()
}

/// In an address or a form of a page in Latin-1, where what it lacks goes as a number; and as the old `escape()` of scripts
/// has it.
fn of_old_pages(value: &str) -> Vec<String> {
    let byte = |c: char| u8::try_from(u32::from(c)).ok();
    let bytes = |entity: bool| -> Vec<u8> {
        let each = |c: char| match byte(c) {
            Some(byte) => vec![byte],
            None if entity => format!("&#{};", u32::from(c)).into_bytes(),
            None => vec![b'?'],
        };
        value.chars().flat_map(each).collect()
    };
    let mut forms: Vec<String> = [true, false]
        .into_iter()
        .flat_map(|entity| {
            let all = percent_encode(&bytes(entity), NON_ALPHANUMERIC).to_string();
            [percent_encode(&bytes(entity), &FORM).to_string().replace("%20", "+"), all]
        })
        .collect();
    let mut escaped = String::new();
    for unit in value.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"@*_+-./".contains(&byte) => escaped.push(char::from(byte)),
            Ok(byte) => escaped.push_str(&format!("%{byte:02x}")),
            Err(_) => escaped.push_str(&format!("%u{unit:04x}")),
        }
    }
    forms.push(escaped);
    forms
}

/// The forms in which case matters.
pub(super) fn exact(value: &str) -> Vec<Needle> {
    let wide = [u16::to_le_bytes, u16::to_be_bytes]
        .map(|order: fn(u16) -> [u8; 2]| Zeroizing::new(value.encode_utf16().flat_map(order).collect::<Vec<u8>>()));
    let form = Zeroizing::new(percent_encode(value.as_bytes(), &FORM).to_string().replace("%20", "+"));
    let quoted: Vec<Zeroizing<String>> = json(value).into_iter().map(Zeroizing::new).collect();
    let texts = [value.as_bytes(), wide[0].as_slice(), wide[1].as_slice(), form.as_bytes()].into_iter();
    let mut inside: Vec<&[u8]> = texts.chain(quoted.iter().map(|text| text.as_bytes())).collect();
    inside.sort_unstable();
    inside.dedup();
    let mut needles = Vec::new();
    for bytes in inside {
        for before in 0..3 {
            needles.extend(base64(bytes, before));
        }
    }
    needles
}

/// What stands in a Base64 text for these bytes wherever `before` bytes (modulo 3) come before them: the letters
/// that depend on no neighbour.
fn base64(bytes: &[u8], before: usize) -> [Needle; 2] {
    let mut shifted = Zeroizing::new(vec![0_u8; before]);
    shifted.extend_from_slice(bytes);
    let from = (before * 8).div_ceil(6);
    let until = shifted.len() * 8 / 6;
    let piece =
        |text: String| Zeroizing::new(Zeroizing::new(text).as_bytes().get(from..until).unwrap_or_default().to_vec());
    [piece(STANDARD.encode(&shifted)), piece(URL_SAFE.encode(&shifted))]
}

/// Escaped as most writers of HTML do.
fn canonical(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', "&quot;").replace('\'', "&#39;")
}

/// Escaped as the usual writers of HTML do, and wholly by number.
fn html(value: &str) -> Vec<String> {
    let escape = |quote: &str, apostrophe: &str, slash: &str| {
        let mut text = String::new();
        for c in value.chars() {
            match c {
                '&' => text.push_str("&amp;"),
                '<' => text.push_str("&lt;"),
                '>' => text.push_str("&gt;"),
                '"' => text.push_str(quote),
                '\'' => text.push_str(apostrophe),
                '/' => text.push_str(slash),
                other => text.push(other),
            }
        }
        text
    };
    let mut forms = Vec::new();
    for quote in ["\"", "&quot;", "&#34;"] {
        for apostrophe in ["'", "&#39;", "&#x27;", "&apos;"] {
            for slash in ["/", "&#x2f;"] {
                forms.push(escape(quote, apostrophe, slash));
            }
        }
    }
    let numbered = |form: fn(u32) -> String| value.chars().map(u32::from).map(form).collect::<Vec<_>>().concat();
    forms.push(numbered(|number| format!("&#{number};")));
    forms.push(numbered(|number| format!("&#x{number:x};")));
    forms
}

/// Escaped as JSON and JavaScript strings are, once and twice.
fn json(value: &str) -> Vec<String> {
    let quoted = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
    };
    let units = |all: bool, text: &str| -> String {
        let mut out = String::new();
        for c in text.chars() {
            if all || !c.is_ascii() {
                let mut buffer = [0; 2];
                out.extend(c.encode_utf16(&mut buffer).iter().map(|unit| format!("\\u{unit:04x}")));
            } else {
                out.push(c);
            }
        }
        out
    };
    let plain = quoted(value);
    let ascii = units(false, &plain);
    let careful =
        plain.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
    vec![
        quoted(&plain),
        plain.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        quoted(&ascii),
        units(true, value),
        quoted(&units(true, value)),
        careful,
        ascii,
        plain,
    ]
}

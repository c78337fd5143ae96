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
/// lower hexadecimal digits and a page that shows what was typed in capitals.
pub(super) fn readable(value: &str) -> Vec<Needle> {
    let mut forms = vec![value.to_owned()];
    let reversed: String = value.chars().rev().collect();
    forms.push(reversed);
    for set in [&COMPONENT, &UNRESERVED, &FORM, &QUERY] {
        let once = percent_encode(value.as_bytes(), set).to_string();
        forms.push(once.replace("%20", "+"));
        forms.push(percent_encode(once.as_bytes(), &COMPONENT).to_string());
        forms.push(once);
    }
    forms.extend(html(value));
    forms.extend(json(value));
    forms.push(value.escape_debug().to_string());
    let hexadecimal =
        |separator: &str| value.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator);
    for separator in ["", " ", ":", ", ", ",", "\\x", "%"] {
        forms.push(hexadecimal(separator));
    }
    forms.push(value.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(","));
    forms.push(value.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", "));
    let mut needles: Vec<Needle> = forms.into_iter().map(|form| Zeroizing::new(form.into_bytes())).collect();
    let wide = |bytes: fn(u16) -> [u8; 2]| Zeroizing::new(value.encode_utf16().flat_map(bytes).collect::<Vec<u8>>());
    needles.push(wide(u16::to_le_bytes));
    needles.push(wide(u16::to_be_bytes));
    needles
}

/// The forms in which case matters.
pub(super) fn exact(value: &str) -> Vec<Needle> {
    let wide: Zeroizing<Vec<u8>> = Zeroizing::new(value.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let mut needles = Vec::new();
    for bytes in [value.as_bytes(), wide.as_slice()] {
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

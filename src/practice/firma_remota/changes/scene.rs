//! A page on its way out: its text, and the few ways in which changes take hold of it. The templates keep one row of a form
//! on one line, and no attribute of theirs holds a `<` or a `>`; that is all that is known of them here.

use http::HeaderMap;
use http::header::SET_COOKIE;

use super::{B, Setting};

/// Attributes that people read.
const READ: [&str; 3] = ["placeholder", "aria-label", "alt"];

/// Words in place of others.
pub(super) struct Words {
    /// For a text that is just this.
    pub(super) whole: &'static [(&'static str, &'static str)],
    /// For a part of a text.
    pub(super) part: &'static [(&'static str, &'static str)],
}

impl Words {
    /// The text in the new words.
    pub(super) fn put(&self, text: &str) -> String {
        let bare = text.trim();
        if let Some((_, new)) = self.whole.iter().find(|(old, _)| *old == bare) {
            return text.replacen(bare, new, 1);
        }
        self.part.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
    }
}

/// A page, what it is drawn with, and for whom.
pub(super) struct Scene<'a> {
    pub(super) setting: &'a Setting,
    pub(super) template: &'static str,
    pub(super) text: String,
    /// The number of a visitor who has not logged in yet, if the page gives him one.
    pub(super) visitor: String,
}

impl<'a> Scene<'a> {
    pub(super) fn new(setting: &'a Setting, template: &'static str, text: String, headers: &HeaderMap) -> Self {
        let mut cookies = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let visitor = cookies
            .find_map(|line| line.split(';').next()?.strip_prefix(B.visitor_cookie())?.strip_prefix('='))
            .unwrap_or_default()
            .to_owned();
        Self { setting, template, text, visitor }
    }

    pub(super) fn is(&self, template: &str) -> bool {
        self.template == template
    }

    /// Whether the page is one of the two forms of the renewal.
    pub(super) fn is_renewal(&self) -> bool {
        self.is("richiesta.html") || self.is("completa.html")
    }

    pub(super) fn replace(&mut self, old: &str, new: &str) {
        self.text = self.text.replace(old, new);
    }

    pub(super) fn put_before(&mut self, mark: &str, new: &str) {
        self.replace(mark, &format!("{new}{mark}"));
    }

    pub(super) fn put_after(&mut self, mark: &str, new: &str) {
        self.replace(mark, &format!("{mark}{new}"));
    }

    /// What stands from one mark to the end of another, both included.
    pub(super) fn part(&self, from: &str, to: &str) -> Option<String> {
        let start = self.text.find(from)?;
        let end = start + self.text[start..].find(to)? + to.len();
        Some(self.text[start..end].to_owned())
    }

    /// Every tag made another one.
    pub(super) fn each_tag(&mut self, make: impl FnMut(&str) -> String) {
        self.text = pieces(&self.text, make, str::to_owned);
    }

    /// Every text that people read: between tags, on buttons, in the attributes that stand for a text.
    pub(super) fn each_text(&mut self, make: impl Fn(&str) -> String) {
        let said = |text: &str| make(&text.replace("&#x27;", "'").replace("&#x2f;", "/"));
        self.text = pieces(&self.text, |tag| spoken(tag, &said), said);
    }

    pub(super) fn reword(&mut self, words: &Words) {
        self.each_text(|text| words.put(text));
    }

    /// Every row of a form: its label and what stands beside it, made a new line.
    pub(super) fn each_row(&mut self, make: impl Fn(&str, &str) -> Option<String>) {
        let line = |line: &str| row(line).and_then(|(label, control)| make(label, control));
        let lines: Vec<String> = self.text.lines().map(|text| line(text).unwrap_or_else(|| text.to_owned())).collect();
        self.text = lines.join("\n");
    }

    /// The page with the style and the script of what is played.
    pub(super) fn dressed(mut self) -> String {
        self.replace(r#"href="/stile.css""#, r#"href="/cambiamenti.css""#);
        self.put_before("</head>", "<script src=\"/cambiamenti.js\"></script>\n");
        self.text
    }
}

/// A row of a form, as the templates write it.
fn row(line: &str) -> Option<(&str, &str)> {
    let inside = line.strip_prefix("<tr><td>")?.strip_suffix("</td></tr>")?;
    let (label, control) = inside.split_once("</td><td>")?;
    control.contains("<input").then_some((label, control))
}

/// A page tag by tag and text by text.
fn pieces(page: &str, mut tag: impl FnMut(&str) -> String, text: impl Fn(&str) -> String) -> String {
    let mut made = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        made.push_str(&text(&rest[..start]));
        made.push_str(&tag(&rest[start..end]));
        rest = &rest[end..];
    }
    made + &text(rest)
}

/// A tag with its own texts made otherwise.
fn spoken(tag: &str, said: &impl Fn(&str) -> String) -> String {
    let on_button = tag.contains(r#"type="submit""#).then_some("value");
    READ.into_iter().chain(on_button).fold(tag.to_owned(), |tag, name| match attribute(&tag, name) {
        Some(text) if !text.is_empty() => {
            let new = said(text);
            tag.replace(&format!(r#" {name}="{text}""#), &format!(r#" {name}="{new}""#))
        }
        _ => tag,
    })
}

/// The value of an attribute of a tag.
pub(super) fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!(r#" {name}=""#))? + name.len() + 3;
    let length = tag[start..].find('"')?;
    Some(&tag[start..start + length])
}

/// A tag with an attribute set, or without it.
pub(super) fn with_attribute(tag: &str, name: &str, value: Option<&str>) -> String {
    let old = attribute(tag, name).map(|old| format!(r#" {name}="{old}""#));
    let new = value.map(|value| format!(r#" {name}="{value}""#)).unwrap_or_default();
    match old {
        Some(old) => tag.replacen(&old, &new, 1),
        None => tag.strip_suffix('>').map_or_else(|| tag.to_owned(), |open| format!("{open}{new}>")),
    }
}

#[cfg(test)]
mod tests {
    use super::{attribute, pieces, row, spoken, with_attribute};

    #[test]
    fn texts_and_tags_are_told_apart() {
        let upper = |text: &str| text.to_uppercase();
        assert_eq!(pieces("a<b c>d<e>f", str::to_owned, upper), "A<b c>D<e>F");
        assert_eq!(spoken(r#"<input type="submit" value="Invia">"#, &upper), r#"<input type="submit" value="INVIA">"#);
        assert_eq!(spoken(r#"<input type="text" value="x">"#, &upper), r#"<input type="text" value="x">"#);
    }

    #[test]
    fn a_row_is_a_label_and_a_control() {
        assert_eq!(row(r#"<tr><td>OTP</td><td><input name="otp"></td></tr>"#), Some(("OTP", r#"<input name="otp">"#)));
        assert_eq!(row("<tr><td>Io</td><td><b>x</b></td></tr>"), None);
    }

    #[test]
    fn attributes_are_set_and_taken_away() {
        let tag = r#"<input name="pin" size="20">"#;
        assert_eq!(attribute(tag, "size"), Some("20"));
        assert_eq!(with_attribute(tag, "size", None), r#"<input name="pin">"#);
        assert_eq!(with_attribute(tag, "name", Some("x")), r#"<input name="x" size="20">"#);
        assert_eq!(with_attribute(tag, "id", Some("y")), r#"<input name="pin" size="20" id="y">"#);
    }
}

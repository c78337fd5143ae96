//! A page in outline as a text: one line for each thing on it, so that a change of a page is a change of its lines.
//!
//! ```text
//! address "/#/rinnovo"
//! title "MiaFirma - Rinnova firma digitale"
//! language "it"
//!
//! dialog "Rinnova firma"
//! button "Conferma" in dialog "Rinnova firma" [disabled]
//! ```

use crate::record::{Item, Outline};

/// A line has at most so many characters.
pub(super) const LONGEST_LINE: usize = 1_000;
/// A page has at most so many things.
pub(super) const MOST_ITEMS: usize = 2_000;

/// The page as a text.
pub(super) fn text(page: &Outline) -> String {
    let mut text = String::new();
    for (key, value) in [("address", &page.address), ("title", &page.title), ("language", &page.language)] {
        text.push_str(&format!("{key} {}\n", quoted(value)));
    }
    text.push('\n');
    for item in &page.items {
        text.push_str(&word(&item.role));
        if !item.name.is_empty() {
            text.push_str(&format!(" {}", quoted(&item.name)));
        }
        if !item.inside.is_empty() {
            text.push_str(&format!(" in {}", place(&item.inside)));
        }
        if !item.marks.is_empty() {
            let marks: Vec<String> = item.marks.iter().map(|mark| word(mark)).collect();
            text.push_str(&format!(" [{}]", marks.join(", ")));
        }
        text.push('\n');
    }
    text
}

/// Where something stands, `dialog "Rinnova firma"`, with its name quoted; what has another form is quoted whole.
fn place(inside: &str) -> String {
    let (role, name) = inside.split_once(' ').unwrap_or((inside, ""));
    let named = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    match named {
        Some(name) if is_word(role) => format!("{role} {}", quoted(name)),
        None if is_word(inside) => inside.to_owned(),
        _ => quoted(inside),
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

fn word(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { quoted(text) }
}

/// In quotes, with nothing in it that could end the line or the quotes, or steer a terminal.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                quoted.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// The page of this text.
///
/// # Errors
/// The line, counted from 1, and what is wrong with it.
pub(super) fn read(text: &str) -> Result<Outline, (usize, String)> {
    let mut page = Outline::default();
    for (at, line) in text.lines().enumerate() {
        let wrong = |why: &str| (at + 1, why.to_owned());
        if line.chars().count() > LONGEST_LINE {
            return Err(wrong(&format!("the line is longer than {LONGEST_LINE} characters")));
        }
        if line.trim().is_empty() {
            continue;
        }
        if at < 3 {
            let (key, value) = header(line).map_err(wrong)?;
            match (at, key) {
                (0, "address") => page.address = value,
                (1, "title") => page.title = value,
                (2, "language") => page.language = value,
                _ => return Err(wrong("the first lines are `address`, `title` and `language`")),
            }
            continue;
        }
        if page.items.len() == MOST_ITEMS {
            return Err(wrong(&format!("there are more than {MOST_ITEMS} things on the page")));
        }
        page.items.push(item(line).map_err(wrong)?);
    }
    Ok(page)
}

fn header(line: &str) -> Result<(&str, String), &'static str> {
    let (key, rest) = line.split_once(' ').ok_or("a value in quotes is missing")?;
    let mut rest = Rest(rest);
    let value = rest.quoted()?;
    rest.end()?;
    Ok((key, value))
}

fn item(line: &str) -> Result<Item, &'static str> {
    let mut rest = Rest(line);
    let mut item = Item { role: rest.word()?, ..Item::default() };
    if rest.begins('"') {
        item.name = rest.quoted()?;
    }
    if let Some(inside) = rest.0.trim_start().strip_prefix("in ") {
        rest = Rest(inside);
        let bare = !rest.begins('"');
        item.inside = rest.word()?;
        if bare && rest.begins('"') {
            item.inside = format!("{} \"{}\"", item.inside, rest.quoted()?);
        }
    }
    if rest.begins('[') {
        rest.skip();
        loop {
            item.marks.push(rest.word()?);
            if rest.begins(']') {
                rest.skip();
                break;
            }
            if !rest.begins(',') {
                return Err("`,` or `]` is missing after a mark");
            }
            rest.skip();
        }
    }
    rest.end()?;
    Ok(item)
}

/// What of a line is not read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn begins(&self, letter: char) -> bool {
        self.0.trim_start().starts_with(letter)
    }

    /// Passes over one character of ASCII that is known to be there.
    fn skip(&mut self) {
        self.0 = self.0.trim_start().get(1..).unwrap_or_default();
    }

    fn word(&mut self) -> Result<String, &'static str> {
        if self.begins('"') {
            return self.quoted();
        }
        let text = self.0.trim_start();
        let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if !is_word(word) {
            return Err("a word or a text in quotes is missing");
        }
        self.0 = rest;
        Ok(word.to_owned())
    }

    fn quoted(&mut self) -> Result<String, &'static str> {
        let mut letters = self.0.trim_start().strip_prefix('"').ok_or("a text in quotes is missing")?.chars();
        let mut text = String::new();
        loop {
            match letters.next().ok_or("the closing quotes are missing")? {
                '"' => break,
                '\\' => text.push(escaped(&mut letters).ok_or("`\\` is followed by none of `\"`, `\\`, `n`, `u{…}`")?),
                letter => text.push(letter),
            }
        }
        self.0 = letters.as_str();
        Ok(text)
    }

    fn end(&self) -> Result<(), &'static str> {
        if self.0.trim().is_empty() { Ok(()) } else { Err("there is more on the line than belongs to it") }
    }
}

fn escaped(letters: &mut std::str::Chars<'_>) -> Option<char> {
    match letters.next()? {
        letter @ ('"' | '\\') => Some(letter),
        'n' => Some('\n'),
        'u' => {
            let (number, rest) = letters.as_str().strip_prefix('{')?.split_once('}')?;
            *letters = rest.chars();
            char::from_u32(u32::from_str_radix(number, 16).ok()?)
        }
        _ => None,
    }
}

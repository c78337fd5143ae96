//! English: the imperative of instructions (“Enter the password in …”).

use crate::flow::sentence::{Kind, Mood, Phrase, Tongue, small};

/// The English tongue.
pub(super) struct English;

impl Tongue for English {
    fn quote(&self, words: &str) -> String {
        format!("“{words}”")
    }

    fn named(&self, name: &str) -> String {
        match name {
            "password" => "the password".to_owned(),
            "new_password" => "the new password".to_owned(),
            "pin" => "the PIN".to_owned(),
            "new_pin" => "the new PIN".to_owned(),
            "otp" | "code" => "the one-time code".to_owned(),
            "user_id" | "user" | "username" => "the user ID".to_owned(),
            "email" => "the e-mail address".to_owned(),
            "expires" => "the expiry date".to_owned(),
            other => format!("the value “{}”", other.replace('_', " ")),
        }
    }

    fn element(&self, role: &str, name: Option<&str>) -> String {
        let kind = match role {
            // Buttons and links are known by their words alone.
            "button" | "link" if name.is_some() => return name.unwrap_or_default().to_owned(),
            "button" => "button",
            "link" => "link",
            "checkbox" => "checkbox",
            "radio" => "choice",
            "heading" => "heading",
            "dialog" | "alertdialog" => "window",
            "tab" => "tab",
            "menuitem" => "menu entry",
            "option" => "option",
            "row" => "row",
            "img" => "image",
            "textbox" => "field",
            "combobox" => "menu",
            "listbox" | "list" => "list",
            "table" => "table",
            _ => "element",
        };
        name.map_or_else(|| format!("the {kind}"), |name| format!("the {kind} {name}"))
    }

    fn beside(&self, words: &str, kind: Kind) -> String {
        match kind {
            Kind::Acted => format!("the field beside {words}"),
            Kind::Read => format!("beside {words}"),
        }
    }

    fn nameless(&self) -> String {
        "the element indicated".to_owned()
    }

    fn within(&self, what: &str, inside: &str) -> String {
        format!("{what} (in {inside})")
    }

    fn joined(&self, parts: &[String], any: bool) -> String {
        parts.join(if any { " or " } else { " and " })
    }

    fn shows(&self, what: &str, is: bool, _mood: Mood) -> String {
        if is { format!("{what} appears") } else { format!("{what} does not appear") }
    }

    fn denies(&self, what: &str) -> String {
        format!("not ({what})")
    }

    fn sentence(&self, phrase: &Phrase) -> String {
        match phrase {
            Phrase::OpenPortal => "Open the portal".to_owned(),
            Phrase::Open(path) => format!("Open the page {path}"),
            Phrase::Fill { field, value } => format!("Enter {value} in {field}"),
            Phrase::Type { field, value } => format!("Type {value} in {field}"),
            Phrase::Press(keys) => format!("Press {keys}"),
            Phrase::Click(what) => format!("Click {what}"),
            Phrase::DoubleClick(what) => format!("Double-click {what}"),
            Phrase::Hover(what) => format!("Move the pointer over {what}"),
            Phrase::Check(what) => format!("Tick {what}"),
            Phrase::Uncheck(what) => format!("Untick {what}"),
            Phrase::Select { field, value } => format!("Choose {value} in {field}"),
            Phrase::Upload { field, file } => format!("Upload the file {file} in {field}"),
            Phrase::Download(what) => format!("Download the file with {what}"),
            Phrase::Drag { from, to } => format!("Drag {from} onto {to}"),
            Phrase::Scroll(what) => format!("Scroll to {what}"),
            Phrase::Wait(what) => format!("Wait until {what}"),
            Phrase::Pause(time) => format!("Wait {time}"),
            Phrase::Expect(what) => format!("Check that {what}"),
            Phrase::ExpectAddress(address) => format!("Check that the address is {address}"),
            Phrase::ExpectValue { of, is } => format!("Check that {of} holds {is}"),
            Phrase::ExpectChecked { of, is: true } => format!("Check that {of} is ticked"),
            Phrase::ExpectChecked { of, is: false } => format!("Check that {of} is not ticked"),
            Phrase::ExpectCount { of, is: 0 } => format!("Check that {of} does not appear"),
            Phrase::ExpectCount { of, is: 1 } => format!("Check that {of} appears once"),
            Phrase::ExpectCount { of, is } => format!("Check that {of} appears {is} times"),
            Phrase::Read { output, from, all: false } if from.starts_with("beside") => format!("Read {output} {from}"),
            Phrase::Read { output, from, all: false } => format!("Read {output}: {from}"),
            Phrase::Read { output, from, all: true } => format!("Read the list for {output}: {from}"),
            Phrase::Shot(name) => format!("Take a picture of the page as “{name}”"),
            Phrase::Dialog { accept, text, with } => {
                let done = if *accept { "Accept" } else { "Dismiss" };
                with.as_ref().map_or_else(
                    || format!("{done} the message {text}"),
                    |with| format!("Answer {with} to the message {text}"),
                )
            }
            Phrase::When { condition, steps, otherwise } => {
                let otherwise =
                    if otherwise.is_empty() { String::new() } else { format!("; otherwise {}", list(otherwise)) };
                format!("If {condition}: {}{otherwise}", list(steps))
            }
            Phrase::Repeat { until, steps } => format!("Repeat until {until}: {}", list(steps)),
        }
    }
}

fn list(steps: &[String]) -> String {
    steps.iter().map(|step| small(step)).collect::<Vec<_>>().join(", ")
}

//! The locator that a person would write for an element: the shortest that means it and nothing else on its page.
//!
//! Whether it does is found by the page's own rules (what `browser/agent` does), played over the fingerprints.

use crate::drift::candidates::Purpose;
use crate::drift::ids::durable;
use crate::drift::kind::Kind;
use crate::drift::patch::quoted;
use crate::record::Fingerprint;

/// A longer name is cut at a word where its beginning is enough.
const LONG: usize = 60;

/// A recorded name of this length may have been cut.
const RECORDED: usize = 199;

/// The shortest locator, as a flow writes it, that means this element of the page and no other; none where only its place
/// among several tells it and it has no words at all. `seen` is one of the page.
#[must_use]
pub fn locator(seen: &Fingerprint, purpose: Purpose, page: &[Fingerprint]) -> Option<String> {
    let index = page.iter().position(|it| std::ptr::eq(it, seen)).or_else(|| page.iter().position(|it| it == seen))?;
    let ways = ways(seen, purpose);
    // Wherever it stands; then within its dialog, its form, its frame.
    for within in std::iter::once(None).chain(scopes(seen).into_iter().map(Some)) {
        for way in ways.iter().filter(|way| !way.last_resort) {
            for exact in [false, true] {
                let locator = Locator { way: way.clone(), exact, within: within.clone() };
                if locator.may() && locator.means(index, purpose, page) {
                    return Some(locator.written());
                }
            }
        }
    }
    let ids =
        ways.iter().filter(|way| way.last_resort).map(|way| Locator { way: way.clone(), exact: false, within: None });
    if let Some(locator) = ids.into_iter().find(|locator| locator.means(index, purpose, page)) {
        return Some(locator.written());
    }
    counted(index, &ways, purpose, page)
}

/// Where nothing else tells it from others: its place among those that are called the same.
fn counted(index: usize, ways: &[Way], purpose: Purpose, page: &[Fingerprint]) -> Option<String> {
    let way = ways.iter().find(|way| !way.last_resort && !way.key.is_empty() && !slashed(&way.text))?;
    let locator = Locator { way: way.clone(), exact: false, within: None };
    let nth = locator.matches(purpose, page).iter().position(|found| *found == index)? + 1;
    let inner = locator.way.table();
    Some(format!("{{ {inner}, nth = {nth} }}"))
}

/// How an element is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// A field by what a person reads beside it.
    Field,
    /// Anything one can press, by its name.
    Control,
    /// A role with a name.
    Role(&'static str),
    Label,
    Placeholder,
    After,
    Text,
    TestId,
    Css,
}

/// One way to look for an element.
#[derive(Debug, Clone)]
struct Way {
    by: By,
    /// How the flow writes its kind.
    key: &'static str,
    text: String,
    /// For this purpose the text alone means the same.
    bare: bool,
    /// Of the page's making, not of its words.
    last_resort: bool,
}

impl Way {
    fn table(&self) -> String {
        match self.by {
            By::Role(role) if self.key == "role" => format!("role = {}, name = {}", quoted(role), quoted(&self.text)),
            _ => format!("{} = {}", self.key, quoted(&self.text)),
        }
    }
}

/// Roles with a key of their own in a flow.
const ROLES: [(&str, &str); 11] = [
    ("button", "button"),
    ("link", "link"),
    ("checkbox", "checkbox"),
    ("radio", "radio"),
    ("heading", "heading"),
    ("dialog", "dialog"),
    ("tab", "tab"),
    ("menuitem", "menuitem"),
    ("option", "option"),
    ("row", "row"),
    ("img", "image"),
];

/// Roles that are written with `role` and `name`.
const OTHER_ROLES: [&str; 7] =
    ["switch", "treeitem", "combobox", "menuitemcheckbox", "menuitemradio", "alert", "status"];

/// The ways to look for an element, the one that a person would take first.
fn ways(it: &Fingerprint, purpose: Purpose) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut add = |by, key, text: &str, bare| {
        for text in shorter(text) {
            ways.push(Way { by, key, text, bare, last_resort: false });
        }
    };
    let kind = Kind::of(it);
    let field = matches!(kind, Kind::Field | Kind::Menu | Kind::File | Kind::Box);
    match purpose {
        Purpose::Read => {
            add(By::After, "after", &it.before, false);
            add(By::Text, "text", &it.text, false);
        }
        _ if field && purpose != Purpose::Click => {
            let bare = purpose != Purpose::Expect;
            for text in own_names(it).into_iter().chain([it.placeholder.as_str()]) {
                add(By::Field, "field", text, bare);
            }
            add(By::Label, "label", &it.label, false);
            add(By::Placeholder, "placeholder", &it.placeholder, false);
            if own_names(it).is_empty() && it.placeholder.is_empty() {
                add(By::Field, "field", &it.before, bare);
            }
            add(By::After, "after", &it.before, false);
        }
        _ => {}
    }
    if purpose != Purpose::Read {
        if let Some(&(role, key)) = ROLES.iter().find(|(role, _)| *role == it.role) {
            add(By::Role(role), key, &it.name, false);
        }
        if let Some(&role) = OTHER_ROLES.iter().find(|role| **role == it.role) {
            add(By::Role(role), "role", &it.name, false);
        }
        match purpose {
            Purpose::Click => {
                add(By::Control, "", if it.name.is_empty() { &it.text } else { &it.name }, true);
                add(By::Text, "text", &it.text, false);
            }
            Purpose::Expect => add(By::Text, "text", &it.text, true),
            _ => {}
        }
    }
    for (by, key, text) in [
        (By::TestId, "testid", it.testid.clone()),
        (By::Css, "css", if it.id.is_empty() { String::new() } else { format!("#{}", it.id) }),
        (By::Css, "css", if it.field.is_empty() { String::new() } else { format!("[name={}]", it.field) }),
    ] {
        let name = text.trim_start_matches(['#', '[']).trim_start_matches("name=").trim_end_matches(']');
        if durable(name) {
            ways.push(Way { by, key, text, bare: false, last_resort: true });
        }
    }
    ways
}

/// A name as a person would write it: without arrows and stars at its ends, a long one first in short.
pub(super) fn shorter(name: &str) -> Vec<String> {
    let kept = |letter: char| letter.is_alphanumeric() || "().?!%€»”\"'".contains(letter);
    let trimmed = name.trim_matches(|letter| !kept(letter));
    let mut names = Vec::new();
    if trimmed.chars().count() > LONG {
        let end = trimmed.char_indices().nth(LONG).map_or(trimmed.len(), |(at, _)| at);
        let cut = trimmed[..end].rsplit_once(' ').map_or(&trimmed[..end], |(words, _)| words);
        names.push(cut.to_owned());
    }
    if trimmed.chars().count() < RECORDED {
        names.push(trimmed.to_owned());
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Names by which the page finds a field before it looks at placeholders and at what stands before.
fn own_names(it: &Fingerprint) -> Vec<&str> {
    let name = if it.name == it.placeholder { it.label.as_str() } else { it.name.as_str() };
    if name.is_empty() { Vec::new() } else { vec![name] }
}

/// What an element stands in and a flow can name, the innermost first.
#[derive(Debug, Clone)]
struct Scope {
    written: String,
    what: String,
    name: String,
}

impl Scope {
    /// Whether an element stands in it, or in another that would be meant too.
    fn holds(&self, it: &Fingerprint) -> bool {
        let parts = it.inside.iter().filter_map(|around| around.split_once(' '));
        parts
            .into_iter()
            .any(|(what, name)| what == self.what && name.to_lowercase().contains(&self.name.to_lowercase()))
    }
}

fn scopes(it: &Fingerprint) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for around in it.inside.iter().rev() {
        let Some((what, name)) = around.split_once(' ') else { continue };
        let name = name.trim_start_matches('"').trim_end_matches('"');
        let written = match what {
            "dialog" | "alertdialog" => format!("dialog = {}", quoted(name)),
            "form" => format!("role = \"form\", name = {}", quoted(name)),
            "frame" => format!("frame = {}", quoted(name)),
            _ => continue,
        };
        if !name.is_empty() && !slashed(name) {
            scopes.push(Scope { written, what: what.to_owned(), name: name.to_owned() });
        }
    }
    scopes
}

/// A way with what narrows it.
struct Locator {
    way: Way,
    exact: bool,
    within: Option<Scope>,
}

impl Locator {
    /// Whether a flow may hold it: a text between slashes would be a regular expression, and what has no key stands alone.
    fn may(&self) -> bool {
        !slashed(&self.way.text) && (!self.way.key.is_empty() || (!self.exact && self.within.is_none()))
    }

    fn written(&self) -> String {
        if self.way.bare && !self.exact && self.within.is_none() {
            return quoted(&self.way.text);
        }
        let exact = if self.exact { ", exact = true" } else { "" };
        let within =
            self.within.as_ref().map_or_else(String::new, |scope| format!(", within = {{ {} }}", scope.written));
        format!("{{ {}{exact}{within} }}", self.way.table())
    }

    /// Whether it means this element and nothing else. A value and the cell around it are one to the page.
    fn means(&self, index: usize, purpose: Purpose, page: &[Fingerprint]) -> bool {
        let mut found = self.matches(purpose, page);
        if self.way.by == By::After {
            found.retain(|other| {
                *other == index || !is_around(&page[*other], &page[index]) && !is_around(&page[index], &page[*other])
            });
        }
        found == [index]
    }

    /// The elements of the page that it means, as the page would find them.
    fn matches(&self, purpose: Purpose, page: &[Fingerprint]) -> Vec<usize> {
        let inside = |it: &Fingerprint| self.within.as_ref().is_none_or(|scope| scope.holds(it));
        let found = |test: &dyn Fn(&Fingerprint) -> bool| -> Vec<usize> {
            page.iter().enumerate().filter(|(_, it)| inside(it) && test(it)).map(|(at, _)| at).collect()
        };
        let fits = |it: &Fingerprint| match purpose {
            Purpose::Fill | Purpose::Select | Purpose::Check | Purpose::Upload => purpose.fits(it),
            _ => matches!(Kind::of(it), Kind::Field | Kind::Menu | Kind::Box),
        };
        let acts = !matches!(purpose, Purpose::Read | Purpose::Click | Purpose::Expect);
        match self.way.by {
            By::Field => {
                let named = found(&|it| fits(it) && own_names(it).iter().any(|name| self.test(name)));
                let held = || found(&|it| fits(it) && self.test(&it.placeholder));
                let after = || found(&|it| fits(it) && self.test(before(it)));
                [named].into_iter().chain([held(), after()]).find(|found| !found.is_empty()).unwrap_or_default()
            }
            By::Control => {
                let pressed = |it: &Fingerprint| matches!(Kind::of(it), Kind::Control | Kind::Box | Kind::Menu);
                let named = found(&|it| pressed(it) && self.test(&it.name));
                if named.is_empty() { found(&|it| Kind::of(it) == Kind::Bare && self.test(&it.text)) } else { named }
            }
            By::Role(role) => {
                found(&|it| (it.role == role || (role == "dialog" && it.role == "alertdialog")) && self.test(&it.name))
            }
            By::Label => found(&|it| fits(it) && self.test(&it.label)),
            By::Placeholder => found(&|it| fits(it) && self.test(&it.placeholder)),
            By::After => {
                let after = found(&|it| (!acts || fits(it)) && self.test(before(it)));
                // What stands after a value that stands after the text is one further.
                let further = |at: usize| {
                    let value = |other: &usize| {
                        !page[*other].text.is_empty() && before(&page[at]).ends_with(&page[*other].text)
                    };
                    after.iter().any(|other| *other != at && value(other))
                };
                after.iter().copied().filter(|at| !further(*at)).collect()
            }
            By::Text => found(&|it| self.test(if it.text.is_empty() { &it.name } else { &it.text })),
            By::TestId => found(&|it| it.testid == self.way.text),
            By::Css => {
                found(&|it| self.way.text == format!("#{}", it.id) || self.way.text == format!("[name={}]", it.field))
            }
        }
    }

    /// Whether a name is meant; white space is folded, and case counts only in an exact one.
    fn test(&self, name: &str) -> bool {
        let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (name, wanted) = (fold(name), fold(&self.way.text));
        if name.is_empty() {
            return false;
        }
        if self.exact { name == wanted } else { name.to_lowercase().contains(&wanted.to_lowercase()) }
    }
}

/// One stands in the other's box and says the same.
fn is_around(outer: &Fingerprint, inner: &Fingerprint) -> bool {
    let ([x, y, width, height], [left, top, wide, high]) = (outer.place, inner.place);
    let inside = x <= left && y <= top && left + wide <= x + width && top + high <= y + height;
    inside && outer.text == inner.text && outer.before == inner.before
}

/// The label before an element, without the colon or star after it, which even an exact one need not name.
fn before(it: &Fingerprint) -> &str {
    it.before.trim_end_matches([':', '*', ' '])
}

/// Whether a flow would read it as a regular expression.
fn slashed(text: &str) -> bool {
    let rest = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    rest.is_some_and(|(_, flags)| flags.chars().all(|flag| flag.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::locator;
    use crate::drift::candidates::Purpose;
    use crate::drift::patch::{Edit, patched};
    use crate::record::Fingerprint;

    const DIALOG: &str = "dialog \"Rinnova firma\"";

    fn it(role: &str, name: &str) -> Fingerprint {
        let field = matches!(role, "textbox" | "checkbox" | "combobox");
        Fingerprint {
            role: role.into(),
            name: name.into(),
            label: if field { name.into() } else { String::new() },
            text: if field { String::new() } else { name.into() },
            tag: if field { "input" } else { "button" }.into(),
            ..Fingerprint::default()
        }
    }

    fn inside(around: &str, it: Fingerprint) -> Fingerprint {
        Fingerprint { inside: vec![around.into()], ..it }
    }

    fn beside(before: &str) -> Fingerprint {
        Fingerprint { before: before.into(), inside: vec!["form".into()], ..it("textbox", "") }
    }

    /// What is written for each element of a page, and that a flow may hold it.
    fn written(purpose: Purpose, page: &[Fingerprint]) -> Vec<Option<String>> {
        let written: Vec<Option<String>> = page.iter().map(|it| locator(it, purpose, page)).collect();
        for toml in written.iter().flatten() {
            let (path, stage) = if purpose == Purpose::Fill { (1, "login") } else { (3, "login") };
            let edit = Edit::Locator { stage: stage.into(), path: vec![path], toml: toml.clone() };
            patched(include_str!("../../flows/mysign.toml"), &[edit]).unwrap_or_else(|error| panic!("{toml}: {error}"));
        }
        written
    }

    fn told(purpose: Purpose, page: &[Fingerprint]) -> Vec<String> {
        written(purpose, page).into_iter().map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn a_value_in_its_cell_is_one_value() {
        let value = |role: &str, place| Fingerprint {
            role: role.into(),
            text: "…".into(),
            before: "Valido fino al:".into(),
            place,
            ..Fingerprint::default()
        };
        let page = [value("cell", [100, 200, 300, 40]), value("none", [110, 205, 80, 20])];
        for seen in &page {
            assert_eq!(locator(seen, Purpose::Read, &page).as_deref(), Some("{ after = \"Valido fino al\" }"));
        }
        let next = Fingerprint { text: "PIN:".into(), before: "Valido fino al: …".into(), ..page[0].clone() };
        let followed = [page[1].clone(), next];
        assert_eq!(locator(&followed[0], Purpose::Read, &followed).as_deref(), Some("{ after = \"Valido fino al\" }"));
        let two = [page[0].clone(), value("cell", [100, 400, 300, 40])];
        assert_eq!(locator(&two[1], Purpose::Read, &two).as_deref(), Some("{ after = \"Valido fino al\", nth = 2 }"));
    }

    #[test]
    fn fields_are_called_by_what_a_person_reads() {
        let placed = Fingerprint { placeholder: "Codice".into(), ..it("textbox", "") };
        assert_eq!(
            told(Purpose::Fill, &[it("textbox", "Inserisci il tuo User ID"), it("textbox", "PIN *"), placed]),
            ["\"Inserisci il tuo User ID\"", "\"PIN\"", "\"Codice\""]
        );
        // An unlabelled table in which one label is part of another.
        assert_eq!(
            told(Purpose::Fill, &[beside("OTP"), beside("Pin di Firma:"), beside("Conferma Pin di Firma:")]),
            ["\"OTP\"", "{ field = \"Pin di Firma\", exact = true }", "\"Conferma Pin di Firma\""]
        );
        // A label hides the text before another field that has none.
        assert_eq!(
            told(Purpose::Fill, &[beside("PIN"), it("textbox", "Vecchio PIN")]),
            ["{ field = \"PIN\", exact = true }", "\"Vecchio PIN\""]
        );
        assert_eq!(
            told(Purpose::Check, &[it("checkbox", "Confermo"), it("checkbox", "Confermo i dati")]),
            ["{ field = \"Confermo\", exact = true }", "\"Confermo i dati\""]
        );
    }

    #[test]
    fn controls_are_called_by_role_and_name() {
        let page = [
            it("link", "Torna alla homepage"),
            it("button", "Rinnova firma digitale →"),
            it("button", "Rinnova firma"),
            inside(DIALOG, it("button", "Conferma")),
            it("button", "Conferma"),
            it("button", "conferma tutto"),
            it("heading", "Rinnova firma"),
        ];
        assert_eq!(
            told(Purpose::Click, &page)[..4],
            [
                "{ link = \"Torna alla homepage\" }",
                "{ button = \"Rinnova firma digitale\" }",
                "{ button = \"Rinnova firma\", exact = true }",
                "{ button = \"Conferma\", within = { dialog = \"Rinnova firma\" } }",
            ]
        );
        assert_eq!(told(Purpose::Click, &page)[5], "{ button = \"conferma tutto\" }");
        let bare = Fingerprint { name: String::new(), tag: "div".into(), ..it("generic", "CONFERMA") };
        assert_eq!(
            told(Purpose::Click, &[bare.clone(), it("button", "Annulla")]),
            ["\"CONFERMA\"", "{ button = \"Annulla\" }"]
        );
        assert_eq!(
            told(Purpose::Click, &[bare, it("button", "Conferma")]),
            ["{ text = \"CONFERMA\", exact = true }", "{ button = \"Conferma\" }"]
        );
    }

    #[test]
    fn identifiers_come_after_words_and_places_last() {
        let with = |id: &str, testid: &str, field: &str| Fingerprint {
            id: id.into(),
            testid: testid.into(),
            field: field.into(),
            ..it("textbox", "PIN")
        };
        assert_eq!(
            told(
                Purpose::Fill,
                &[with("", "pin", ""), with("nuovo-pin", "", ""), with("", "", "conferma"), with("pin2", "x1", "f3a9")]
            ),
            [
                "{ testid = \"pin\" }",
                "{ css = \"#nuovo-pin\" }",
                "{ css = \"[name=conferma]\" }",
                "{ field = \"PIN\", nth = 4 }"
            ]
        );
        assert_eq!(locator(&it("textbox", ""), Purpose::Fill, &[it("textbox", "")]), None);
    }

    #[test]
    fn texts_are_expected_and_values_read_after_their_words() {
        let value = |before: &str, text: &str| Fingerprint { before: before.into(), ..it("cell", text) };
        let page = [
            value("Data di scadenza", "16/07/2027"),
            value("IUT:", "2014"),
            it("heading", "Certificato"),
            it("", "Nuovo PIN"),
        ];
        let read: Vec<_> = page[..2].iter().map(|it| locator(it, Purpose::Read, &page)).collect();
        assert_eq!(read, [Some("{ after = \"Data di scadenza\" }".to_owned()), Some("{ after = \"IUT\" }".to_owned())]);
        let expected: Vec<_> = page[2..].iter().map(|it| locator(it, Purpose::Expect, &page)).collect();
        assert_eq!(expected, [Some("{ heading = \"Certificato\" }".to_owned()), Some("\"Nuovo PIN\"".to_owned())]);
    }

    #[test]
    fn any_words_can_be_written() {
        let names =
            ["L'ultimo \"sì\"", "a\\b", "tab\there", "/una/", "x".repeat(250).as_str(), "È così"].map(str::to_owned);
        let page: Vec<_> = names.iter().map(|name| it("button", name)).collect();
        let told = told(Purpose::Click, &page);
        assert_eq!(told[1], "{ button = 'a\\b' }");
        assert_eq!(told[5], "{ button = \"È così\" }");
        assert!(told[3].contains("una") && !told[3].contains("/una/"), "{told:?}");
        let long = "Accetto le condizioni generali di servizio e dichiaro di averle lette e comprese tutte quante";
        assert_eq!(
            locator(&it("checkbox", long), Purpose::Check, &[it("checkbox", long)]).unwrap(),
            "\"Accetto le condizioni generali di servizio e dichiaro di\""
        );
    }
}

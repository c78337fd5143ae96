//! By what a locator finds its element, in words.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::drift::ids::generated;
use crate::locator::{By, Locator, Target};

/// An attribute in a selector, with its value.
static IN_SELECTOR: LazyLock<Regex> =
    LazyLock::new(|| rule(r#"\[\s*([\w-]+)\s*(?:[~^$*|]?=\s*["']?([^"'\]]*)["']?[^\]]*)?\]"#));
/// An id or a class in a selector.
static WORD: LazyLock<Regex> = LazyLock::new(|| rule(r"([#.])((?:[\w-]|\\.)+)"));
/// An attribute in an expression, with what it is compared with or searched for.
static IN_EXPRESSION: LazyLock<Regex> = LazyLock::new(|| rule(r#"@([\w-]+)\s*(?:[=,]\s*["']([^"']*)["'])?"#));
/// What an expression asks of an element's text.
static TEXT: LazyLock<Regex> = LazyLock::new(|| rule(r"text\(\)|normalize-space\(|[\[(,]\s*\.\s*[=,]"));

fn rule(text: &str) -> Regex {
    Regex::new(text).expect("a rule of this file")
}

/// By what the chain finds its element; `via` tells how the target of this rank did.
pub(super) fn of(locator: &Locator, rank: usize, via: &str) -> String {
    let told = |(at, target): (usize, &Target)| anchors(target, if at == rank { via } else { "" });
    let each: Vec<Vec<String>> = locator.chain.iter().enumerate().map(told).collect();
    if let ([target], [anchors]) = (&locator.chain[..], &each[..])
        && is_markup(target)
    {
        let (noun, verb) = if anchors.len() == 1 { ("anchor", "is") } else { ("anchors", "are") };
        return format!("its only {noun} {verb} {}", anchors.join(" and "));
    }
    each.iter().map(|anchors| format!("by {}", anchors.join(" and "))).collect::<Vec<_>>().join(", else ")
}

fn is_markup(target: &Target) -> bool {
    matches!(target.by, By::Css { .. } | By::XPath { .. })
}

fn anchors(target: &Target, via: &str) -> Vec<String> {
    let mut anchors: Vec<String> = match &target.by {
        By::Field { .. } | By::After { .. } if via == "after" => vec!["the text before it".into()],
        By::Field { .. } if via == "placeholder" => vec!["placeholder".into()],
        By::Control { .. } if via == "text" => vec!["its text".into()],
        By::Field { .. } | By::Control { .. } | By::Role { name: Some(_), .. } | By::Frame { .. } => {
            vec!["name".into()]
        }
        By::Role { role, name: None } => vec![format!("its role ({role})")],
        By::Label { .. } => vec!["label".into()],
        By::Placeholder { .. } => vec!["placeholder".into()],
        By::Text { .. } => vec!["its text".into()],
        By::After { .. } => vec!["the text before it".into()],
        By::TestId { .. } => vec!["a test id".into()],
        By::Css { selector } => in_selector(selector),
        By::XPath { expression } => in_expression(expression),
    };
    if target.nth.is_some() {
        anchors.push("its place among several".into());
    }
    if let Some(around) = target.within.as_ref().and_then(|within| within.chain.first()) {
        anchors.push(match &around.by {
            By::Role { role, .. } => format!("the {role} around it"),
            By::Frame { .. } => "the frame around it".into(),
            _ => "what it stands in".into(),
        });
    }
    anchors
}

fn in_selector(text: &str) -> Vec<String> {
    let attributes = IN_SELECTOR.captures_iter(text).map(|found| attribute(&found));
    let rest = IN_SELECTOR.replace_all(text, "");
    let words = WORD.captures_iter(&rest).map(|found| named(if &found[1] == "#" { "id" } else { "class" }, &found[2]));
    each_once(attributes.chain(words))
}

fn in_expression(text: &str) -> Vec<String> {
    let attributes = IN_EXPRESSION.captures_iter(text).map(|found| attribute(&found));
    each_once(attributes.chain(TEXT.is_match(text).then(|| "its text".into())))
}

/// Where it looks at nothing that has a name, it is its place that counts.
fn each_once(found: impl Iterator<Item = String>) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for anchor in found {
        if !anchors.contains(&anchor) {
            anchors.push(anchor);
        }
    }
    if anchors.is_empty() { vec!["its place in the page".into()] } else { anchors }
}

fn attribute(found: &Captures<'_>) -> String {
    named(&found[1], found.get(2).map_or("", |value| value.as_str()))
}

/// An attribute, in words.
fn named(attribute: &str, value: &str) -> String {
    match attribute {
        "id" if generated(value) => "a generated id".into(),
        "id" => "an id".into(),
        "class" if generated(value) => "a generated class".into(),
        "class" => "a class".into(),
        "data-testid" => "a test id".into(),
        other => format!("the attribute {other}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::drift::survival::tests::survival;

    #[test]
    fn it_is_told_by_what_an_element_is_found() {
        for (locator, expected) in [
            (r#""ACCEDI""#, "by name"),
            (r#"{ button = "Conferma", within = { dialog = "Rinnova" } }"#, "by name and the dialog around it"),
            (r#"{ link = "MENU", nth = 2 }"#, "by name and its place among several"),
            (r#"{ text = "Fatto" }"#, "by its text"),
            (r#"{ after = "OTP" }"#, "by the text before it"),
            (r#"{ label = "OTP" }"#, "by label"),
            (r#"{ role = "checkbox" }"#, "by its role (checkbox)"),
            (r#"{ testid = "go" }"#, "by a test id"),
            (r##"{ css = "#username-input-3f2a" }"##, "its only anchor is a generated id"),
            (r#"{ css = "form#login > input.campo" }"#, "its only anchors are an id and a class"),
            (r#"{ css = "[id='accedi']" }"#, "its only anchor is an id"),
            (r#"{ css = "a[href='x.html#y']" }"#, "its only anchor is the attribute href"),
            (r#"{ css = "div > div:nth-child(2) button" }"#, "its only anchor is its place in the page"),
            (r#"{ xpath = "//form[1]/button[2]" }"#, "its only anchor is its place in the page"),
            (r#"{ xpath = "//button[@id='b-7c21']" }"#, "its only anchor is a generated id"),
            (r#"{ xpath = "//a[contains(@class, 'voce')]" }"#, "its only anchor is a class"),
            (r#"{ xpath = "//a[contains(text(), 'Esci')]" }"#, "its only anchor is its text"),
            (r##"["ACCEDI", { css = "#accedi" }]"##, "by name, else by an id"),
        ] {
            assert_eq!(survival(1, locator, &[]).anchor(), expected, "{locator}");
        }
        let mut field = survival(1, r#"{ field = "OTP" }"#, &[]);
        field.via = "after".into();
        assert_eq!(field.anchor(), "by the text before it");
        field.via = "placeholder".into();
        assert_eq!(field.anchor(), "by placeholder");
    }
}

//! Roles and names: ours against the browsers' own `Get Computed Role` and `Get Computed Label`, on pages of every kind.
//!
//! Each browser is compared with itself only. Four things are taken for equal (`aria`, `agrees`):
//!
//! - words that ARIA declares to mean the same: `img` and `image`, `presentation` and `none`;
//! - names that differ in white space alone, since locators fold it;
//! - Chromium's own names for a table, its rows and cells in which it suspects mere layout, and for `<math>`: the elements and
//!   their roles are the same, Firefox too calls them by the roles of a table;
//! - no role and no role: a browser's own word, or an empty one, for what ARIA has no word for, and our `generic` or `none`.
//!
//! What differs on purpose counts as different: to a flow a password, a date and an hour are text fields in both browsers and
//! the head of a `<details>` is a button, though the browsers have no ARIA role for them.

mod support;

use rinnova::settings::BrowserName;
use serde_json::{Value, json};
use support::browser::Browser;

/// Everything but what is nothing to a reader of an accessibility tree, in every tree of a page.
const SELECTOR: &str = ":not(html,head,head *,body,main,span,div,br,script,style,template,slot,b,i,path,rect,circle,g,text,\
    title,desc,col,colgroup,source,track,small,font,legend,figcaption,rt,datalist,datalist *,mi,map,label,x-button,x-card,\
    x-field,x-label,x-link,x-empty,mat-form),[role],[data-n]";

/// The same elements in the order in which the page script goes through the trees.
const COLLECT: &str = "const trees = [], into = (root) => { trees.push(root);
    for (const el of root.querySelectorAll('*')) if (el.shadowRoot) into(el.shadowRoot); };
    into(document);
    return trees.flatMap((tree) => [...tree.querySelectorAll(arguments[0])]);";

const PAGES: [&str; 11] =
    ["buttons", "desk", "fields", "landmarks", "manual", "movements", "portal", "shadow", "shop", "signup", "text"];

#[derive(Debug)]
struct Seen {
    role: String,
    name: String,
}

/// What a browser and our script say of one element.
struct View {
    page: &'static str,
    html: String,
    theirs: Seen,
    ours: Seen,
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_names_agree_with_firefox() {
    agree(BrowserName::Firefox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_names_agree_with_chromium() {
    agree(BrowserName::Chromium).await;
}

async fn agree(browser_name: BrowserName) {
    let origin = support::site::serve().await;
    let Some(mut browser) = Browser::start(browser_name).await else { return };
    let views = views_in(&mut browser, &origin).await;
    browser.close().await;
    assert!(views.len() >= 400, "too few elements");
    let (mut roles, mut names, mut both) = (0, 0, 0);
    for View { page, html, theirs, ours } in &views {
        let (role, name) = (agrees(&theirs.role, &ours.role), theirs.name == ours.name);
        roles += usize::from(role);
        names += usize::from(name);
        both += usize::from(role && name);
        if !(role && name) {
            println!("{browser_name:?} {page} {html}\n    it says {theirs:?}, we {ours:?}");
        }
    }
    println!("{browser_name:?}: {both} of {} agree; {roles} in role, {names} in name", views.len());
    assert!(both * 100 >= views.len() * 98, "below 98 % in {browser_name:?}");
}

async fn views_in(browser: &mut Browser, origin: &str) -> Vec<View> {
    let mut views = Vec::new();
    for page in PAGES {
        browser.open(&format!("{origin}/names/{page}.html")).await;
        let ours = browser.ask(json!({ "op": "names", "selector": SELECTOR })).await;
        let elements = browser.script_with(COLLECT, json!([SELECTOR])).await;
        let html = browser
            .script_with(
                &format!(
                    "return [...(() => {{ {} }})()].map((el) => el.outerHTML.slice(0, 90))",
                    COLLECT.replace("arguments[0]", &json!(SELECTOR).to_string())
                ),
                json!([]),
            )
            .await;
        let (ours, elements) = (ours["items"].as_array().expect("items"), elements.as_array().expect("elements"));
        assert_eq!(ours.len(), elements.len(), "{page}");
        for (i, (ours, element)) in ours.iter().zip(elements).enumerate() {
            let id = element.as_object().and_then(|it| it.values().next()).and_then(Value::as_str).expect("an element");
            let theirs = Seen {
                role: computed(browser, id, "computedrole").await,
                name: folded(&computed(browser, id, "computedlabel").await),
            };
            let ours = Seen { role: text(&ours["role"]), name: text(&ours["name"]) };
            views.push(View { page, html: text(&html[i]), theirs, ours });
        }
    }
    views
}

async fn computed(browser: &Browser, id: &str, what: &str) -> String {
    text(&browser.command("GET", &format!("element/{id}/{what}"), None).await)
}

fn agrees(theirs: &str, ours: &str) -> bool {
    match aria(theirs) {
        Some(role) => role == ours,
        None => ours == "generic" || ours == "none",
    }
}

/// The role that a browser's word stands for. Firefox has none for what ARIA does not know, Chromium words of its own, which
/// begin with a capital.
fn aria(word: &str) -> Option<&str> {
    match word {
        "img" => Some("image"),
        "presentation" => Some("none"),
        "LayoutTable" => Some("table"),
        "LayoutTableRow" => Some("row"),
        "LayoutTableCell" => Some("cell"),
        "MathMLMath" => Some("math"),
        _ => word.starts_with(|first: char| first.is_ascii_lowercase()).then_some(word),
    }
}

fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

//! Roles and names: ours against the browsers' own `Get Computed Role` and `Get Computed Label`, on pages of every kind.
//!
//! Where the two browsers differ from each other, ours may follow either. What a browser calls by a word that is no ARIA role
//! has none for this comparison.

mod support;

use std::collections::BTreeMap;

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

const ROLES: &str = "alert alertdialog application article banner blockquote button caption cell checkbox code columnheader \
    combobox comment complementary contentinfo definition deletion dialog document emphasis feed figure form generic \
    graphics-document grid gridcell group heading image insertion link list listbox listitem log main mark marquee math menu \
    menubar menuitem menuitemcheckbox menuitemradio meter navigation none note option paragraph progressbar radio radiogroup \
    region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong subscript suggestion \
    superscript switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem";

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    role: String,
    name: String,
}

/// What a browser and our script say of each element, by page and place.
type Views = BTreeMap<(String, usize), (Seen, Seen, String)>;

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_names_agree_with_the_browsers() {
    let origin = support::site::serve().await;
    let mut views = Vec::new();
    for name in [BrowserName::Chromium, BrowserName::Firefox] {
        let Some(mut browser) = Browser::start(name).await else { return };
        views.push((name, views_in(&mut browser, &origin).await));
        browser.close().await;
    }
    for (i, (name, own)) in views.iter().enumerate() {
        let other = &views[1 - i].1;
        let (mut agreed, mut same) = (0, 0);
        for (place, (theirs, ours, html)) in own {
            let either = other.get(place).map_or(theirs, |(theirs, ..)| theirs);
            same += usize::from(ours == theirs);
            if (ours.role == theirs.role || ours.role == either.role)
                && (ours.name == theirs.name || ours.name == either.name)
            {
                agreed += 1;
            } else {
                println!("{name:?} {} {html}\n    it says {theirs:?}, the other {either:?}, we {ours:?}", place.0);
            }
        }
        println!("{name:?}: {agreed} of {} agree ({same} with this very browser)", own.len());
        assert!(own.len() >= 400, "too few elements");
        assert!(agreed * 100 >= own.len() * 98, "{name:?}: too many disagree");
    }
}

async fn views_in(browser: &mut Browser, origin: &str) -> Views {
    let mut views = Views::new();
    for page in ["buttons", "fields", "landmarks", "portal", "shadow", "text"] {
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
                role: known(&computed(browser, id, "computedrole").await),
                name: folded(&computed(browser, id, "computedlabel").await),
            };
            let ours = Seen { role: text(&ours["role"]), name: text(&ours["name"]) };
            views.insert((page.into(), i), (theirs, ours, text(&html[i])));
        }
    }
    views
}

async fn computed(browser: &Browser, id: &str, what: &str) -> String {
    text(&browser.command("GET", &format!("element/{id}/{what}"), None).await)
}

fn known(role: &str) -> String {
    if ROLES.split_whitespace().any(|known| known == role) { role.into() } else { "generic".into() }
}

fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

//! Pictures for a guide: a persona stands in the holder's place while they are taken, and nothing of it stays.

mod support;
#[path = "support/trial.rs"]
mod trial;

use std::collections::BTreeMap;
use std::mem;
use std::path::Path;
use std::time::{Duration, Instant};

use rinnova::browser::answer::Answer;
use rinnova::browser::camera::{Negative, Picture, develop};
use rinnova::browser::classic::Classic;
use rinnova::browser::lane::Lane;
use rinnova::browser::page::{Page, View};
use rinnova::browser::script::{Content, Guards, Need};
use rinnova::browser::staging::{Persona, Sought, Staging, StandIn, Typed, take};
use rinnova::cli::{BrowserFlags, RunFlags};
use rinnova::command::Context;
use rinnova::command::attempt::{self, Asked};
use rinnova::locator::{By, Locator, Target, Text};
use rinnova::practice::{EffectKind, Options, PASSWORD, PIN, Portal, Practice};
use rinnova::record::{Record, Rect};
use rinnova::runner::job::Mode;
use rinnova::secret::Secret;
use rinnova::settings::BrowserName;
use rinnova::vault::Redactor;
use serde_json::{Value, json};
use support::browser::Browser;
use support::locators::one;
use trial::{Place, RINNOVA, one_of};

/// The persona of these tests: what is somebody's, and what stands there instead.
struct Table;

const SOMEBODYS: [(&str, &str); 10] = [
    ("Annamaria Degli Esposti", "Anna Bianchi"),
    ("Mario Rossi", "Anna Bianchi"),
    ("DGLNMR75T55F205X", "BNCNNA80A41H501K"),
    ("RSSMRA80A01H501U", "BNCNNA80A41H501K"),
    ("16/07/2026", "01/07/2027"),
    ("31/12/2031", "01/07/2027"),
    ("JCPD0042-X", "JCPD0001"),
    ("JCPD0003", "JCPD0001"),
    ("12345678", "00000000"),
    ("87654321", "00000000"),
];

impl Persona for Table {
    fn stand_ins(&self, text: &str) -> Vec<StandIn> {
        let stand_in = |place, with: &str, rule: &str| StandIn { place, with: with.into(), rule: rule.into() };
        let mut found: Vec<StandIn> = SOMEBODYS
            .iter()
            .flat_map(|(whose, with)| {
                text.match_indices(whose).map(move |(at, _)| stand_in(at..at + whose.len(), with, "table"))
            })
            .collect();
        let clock = regex::Regex::new(r"\b0[0-5]:[0-5][0-9]\b").expect("a pattern");
        found.extend(clock.find_iter(text).map(|clock| stand_in(clock.range(), "05:00", "clock")));
        found.sort_by_key(|stand_in| stand_in.place.start);
        found
    }

    fn typed(&self, by: Option<usize>, value: &str, secret: bool) -> String {
        match (secret, by) {
            (true, _) => "••••••••".into(),
            (false, Some(0)) => "JCPD0001".into(),
            (false, _) => SOMEBODYS.iter().find(|(whose, _)| *whose == value).map_or(value, |(_, with)| with).into(),
        }
    }
}

fn locator(by: By) -> Locator {
    Locator { chain: vec![Target { by, within: None, nth: None, shown: "it".into() }] }
}

fn css(selector: &str) -> Locator {
    locator(By::Css { selector: selector.into() })
}

fn staging() -> Staging {
    let typed = |selector: &str, secret| Typed { locator: css(selector), need: Need::Fill, secret };
    let mark = |line, locator, need| Sought { locator, need, line, column: 3 };
    Staging {
        typed: vec![typed("#user", false), typed("#password", true)],
        marks: vec![
            mark(10, css(".code"), Need::Fill),
            mark(11, css("#agree"), Need::Check),
            mark(12, css("#gone"), Need::Click),
            mark(13, locator(By::Control { name: Text::Exact("Avanti".into()) }), Need::Click),
        ],
        target: Some(3),
    }
}

fn view() -> View {
    View { words: true, lines: true, outline: true, ..View::default() }
}

fn redactor() -> Redactor {
    let redactor = Redactor::default();
    assert!(redactor.add(&Secret::new("canarino-7391".into())));
    redactor
}

/// The page's own text and markup, trees and frames too.
const MARKUP: &str = "const inner = document.querySelector('iframe').contentDocument;
    return [document.documentElement.outerHTML, document.getElementById('shadow').shadowRoot.innerHTML,
        inner.documentElement.outerHTML, document.querySelector('select').value, document.getElementById('user').value,
        document.adoptedStyleSheets.length].join('\\n')";

#[test]
fn a_persona_stands_in_for_the_holder_in_firefox() {
    everything(BrowserName::Firefox);
}

#[test]
fn a_persona_stands_in_for_the_holder_in_chromium() {
    everything(BrowserName::Chromium);
}

fn everything(name: BrowserName) {
    let _place = Place::take();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let origin = support::site::serve().await;
        let Some(mut browser) = Browser::scaled(name, 2).await else { return };
        a_staged_page_has_its_own_words_again(&mut browser, &origin).await;
        let classic = Lane::Classic(Classic::new(browser.client.clone(), browser.stop()));
        let lane = mem::replace(&mut browser.lane, classic);
        let window = String::from(browser.client.window().await.expect("a window"));
        let mut page = Page::new(lane, browser.client.clone(), window, browser.stop());
        pictures_of_two_holders_are_the_same(&browser, &mut page, &origin).await;
        what_cannot_be_shown_is_withheld(&browser, &mut page, &origin).await;
        let mut remote = Page::new(
            Lane::Classic(Classic::new(browser.client.clone(), browser.stop())),
            browser.client.clone(),
            String::new(),
            browser.stop(),
        );
        let refused = remote.stage(&view(), &staging(), &[]).await.expect_err("no script stays there");
        assert!(refused.to_string().contains("need a browser of this machine"), "{refused}");
        browser.close().await;
    });
}

/// Op by op: whatever is asked next finds the page as it was.
async fn a_staged_page_has_its_own_words_again(browser: &mut Browser, origin: &str) {
    browser.open(&format!("{origin}/staging.html")).await;
    let before = browser.script(MARKUP).await;
    let text = browser.ask(json!({ "op": "cover", "words": true, "lines": true })).await["text"].clone();
    let text = text.as_str().expect("a text");
    assert!(text.contains("Titolare: Mario Rossi, codice fiscale RSSMRA80A01H501U\nScade il"), "{text}");
    let units = |at: usize| text[..at].encode_utf16().count();
    let stand_ins: Vec<Value> = Table
        .stand_ins(text)
        .into_iter()
        .map(|found| json!([units(found.place.start), units(found.place.end), found.with]))
        .collect();
    let request = json!({ "op": "stage", "words": true, "lines": true, "stand_ins": stand_ins, "fonts": 3000 });
    for next in [
        json!({ "op": "staged", "words": true, "lines": true }),
        json!({ "op": "structure" }),
        json!({ "op": "test", "condition": { "locator": one("text", "Mario Rossi") } }),
        json!({ "op": "unknown" }),
    ] {
        let staged = browser.ask(request.clone()).await;
        assert_eq!(staged["staged"]["was"], text);
        let shown = staged["text"].as_str().expect("a text");
        let line = "Il certificato di Anna Bianchi\nTitolare: Anna Bianchi, codice fiscale BNCNNA80A41H501K\nScade il 01/07/2027. \
                    La sessione scade tra 05:00 minuti.\nNell'ombra: Anna Bianchi, 01/07/2027\nNella cornice: Anna Bianchi\nAnna Bianchi";
        assert!(shown.starts_with(line), "{shown}");
        assert_ne!(browser.script(MARKUP).await, before, "the page itself says so");
        let values =
            "return document.getElementById('user').value + document.querySelector('[contenteditable]').textContent";
        assert_eq!(browser.script(values).await, "JCPD0003Mario Rossi", "what one edits is never touched");
        let answer = browser.ask(next.clone()).await;
        assert_eq!(browser.script(MARKUP).await, before, "after {next}");
        assert!(!answer["text"].as_str().unwrap_or_default().contains("Bianchi") || next["op"] == "staged", "{answer}");
    }
    // Each text was changed and given back four times: nobody wrote more often than that.
    let heard = browser.script("return window.heard").await.as_u64().expect("a number");
    assert!(heard > 0 && heard <= 4 * 2 * 12, "{heard} changes were heard");
    // A page hears of a press with its own words on it, though nothing was asked in between.
    let press =
        json!({ "op": "locate", "need": "click", "gate": true, "locator": one("control", "Avanti"), "deadline": 3000 });
    let ready = browser.ask(press).await;
    browser.ask(request.clone()).await;
    browser.press(&ready).await;
    assert_eq!(browser.script("return window.pressed").await, "Il certificato di Mario Rossi");
    fonts_are_waited_for(browser, &request).await;
    // What the page writes meanwhile stays.
    browser.ask(request).await;
    browser.script("document.getElementById('clock').firstChild.data = '04:58'").await;
    browser.ask(json!({ "op": "structure" })).await;
    assert_eq!(browser.script("return document.getElementById('clock').textContent").await, "04:58");
    assert_eq!(
        browser.script("return document.querySelector('h1').textContent").await,
        "Il certificato di Mario Rossi"
    );
}

/// A font that never comes is waited for as long as was said, and one that has failed no longer.
async fn fonts_are_waited_for(browser: &mut Browser, request: &Value) {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = json!(format!("url(http://{}/)", nobody.local_addr().expect("an address")));
    let load = format!(
        "const font = new FontFace('late', {address}); document.fonts.add(font); font.load().catch(() => {{}})"
    );
    browser.script(&load).await;
    let waited = async |browser: &mut Browser, fonts: u32| {
        let mut request = request.clone();
        request["fonts"] = fonts.into();
        let began = Instant::now();
        browser.ask(request).await;
        began.elapsed()
    };
    let long = waited(browser, 400).await;
    assert!(long >= Duration::from_millis(800), "before the words change and after: {long:?}");
    drop(nobody);
    browser.script("return document.fonts.ready.then(() => 1)").await;
    let short = waited(browser, 20_000).await;
    assert!(short < Duration::from_secs(15), "{short:?}");
}

async fn pictured(browser: &Browser, page: &mut Page, address: &str) -> Picture {
    browser.goto(address).await;
    let user = browser.script("return document.getElementById('user').value").await;
    let content = Content::Plain(user.as_str().expect("a value"));
    let filled = page.fill(&css("#user"), content, &Guards::default(), Duration::from_secs(5)).await;
    assert!(matches!(filled, Ok(Answer::Filled(_))), "{filled:?}");
    if address.contains("over") {
        browser.script("window.coverField()").await;
    }
    let before = browser.script(MARKUP).await;
    let negative: Negative =
        take(page, &view(), None, &redactor(), &Table, &staging()).await.expect("a page").expect("a picture");
    let after = browser.script(MARKUP).await;
    if !address.contains("ticks") {
        assert_eq!(after, before, "{address}");
    }
    develop(negative).expect("a picture")
}

async fn pictures_of_two_holders_are_the_same(browser: &Browser, page: &mut Page, origin: &str) {
    let first = pictured(browser, page, &format!("{origin}/staging.html?1#holder=a")).await;
    let second = pictured(browser, page, &format!("{origin}/staging.html?2#holder=b")).await;
    let ticking = pictured(browser, page, &format!("{origin}/staging.html?3#holder=b&ticks")).await;
    assert_eq!((first.width, first.height), (2560, 1600), "two device pixels for each of the page's");
    let pixels = Pixels::of(&first.png);
    for (other, what) in [(&second, "whoever is the holder"), (&ticking, "whatever the clock says")] {
        assert_eq!(pixels.farthest(&Pixels::of(&other.png)), None, "{what}");
    }

    let staged = first.staged.expect("how it was made");
    assert_eq!(staged.scale, 2);
    let rules: Vec<(&str, usize)> = staged.replaced.iter().map(|it| (it.rule.as_str(), it.places.len())).collect();
    assert_eq!(rules, [("table", 8), ("clock", 1)]);
    let marks: Vec<usize> = staged.marks.iter().map(|mark| mark.line).collect();
    assert_eq!(marks, [10, 11, 13], "what is gone has no mark");
    assert_eq!(first.target, Some(staged.marks[2].place));
    let boxes = staged.marks[0].place;
    let said: Vec<&str> = staged.fields.iter().map(|field| field.says.as_str()).collect();
    let notes = "Mario Rossi\nRSSMRA80A01H501U\n16/07/2026";
    let said_first = [&["JCPD0001", "••••••••", notes][..], &["0"; 8]].concat();
    assert_eq!(said, said_first, "boxes show a character each");
    let user = &staged.fields[0];
    assert_eq!((user.ink.as_str(), user.paper.as_str(), user.align.as_str()), ("#223344", "#fffbe6", "start"));
    assert_eq!((user.size, staged.fields[3].align.as_str()), (32, "center"));
    for field in &staged.fields {
        assert!(pixels.solid(&field.place, &field.paper), "{field:?}");
        assert!(inside(&field.text, &field.place), "{field:?}");
    }
    for field in &staged.fields[3..] {
        assert!(inside(&field.place, &boxes), "{field:?} is one of {boxes:?}");
    }
    // The name in a placeholder, in a drawing, in what one edits, on a button that is no text, by a style sheet.
    assert_eq!(first.covered.len(), 5, "{:?}", first.covered);
    assert!(first.covered.iter().all(|place| pixels.solid(place, "#373b41")), "{:?}", first.covered);
    let outline = staged.outline.expect("an outline");
    assert!(outline.items.iter().any(|item| item.name == "Il certificato di Anna Bianchi"), "{outline:?}");

    // A field under something else is covered: nobody knows what would be painted.
    let over = pictured(browser, page, &format!("{origin}/staging.html?6#over")).await;
    let fields = over.staged.expect("how it was made").fields;
    assert!(fields.iter().all(|field| field.says != "JCPD0001"), "{fields:?}");
    assert!(over.covered.iter().any(|place| inside(&user.place, place)), "{:?}", over.covered);

    // A secret that the page shows is covered, and no stand-in stands in for it.
    let told = pictured(browser, page, &format!("{origin}/staging.html?4#told")).await;
    assert_eq!(told.covered.len(), 6, "{:?}", told.covered);
    let pixels = Pixels::of(&told.png);
    assert!(told.covered.iter().all(|place| pixels.solid(place, "#373b41")), "{:?}", told.covered);
}

async fn what_cannot_be_shown_is_withheld(browser: &Browser, page: &mut Page, origin: &str) {
    browser.goto(&format!("{origin}/staging.html?5#stubborn")).await;
    let before = browser.script(MARKUP).await;
    let taken = take(page, &view(), None, &redactor(), &Table, &staging()).await.expect("a page");
    let why = taken.expect_err("its name would be seen");
    assert!(why.contains("it would show data of its holder (table)"), "{why}");
    assert_eq!(browser.script(MARKUP).await, before);
    let heard = browser.script("return window.heard").await.as_u64().expect("a number");
    assert!(heard <= 3 * 12, "{heard} changes: it is not driven in circles");
}

fn inside(piece: &Rect, whole: &Rect) -> bool {
    let ends = |at: u32, length: u32, from: u32, most: u32| at >= from && at + length <= from + most;
    ends(piece.x, piece.width, whole.x, whole.width) && ends(piece.y, piece.height, whole.y, whole.height)
}

struct Pixels {
    bytes: Vec<u8>,
    width: usize,
}

impl Pixels {
    fn of(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a picture");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut bytes).expect("pixels");
        Self { bytes, width: frame.width as usize }
    }

    /// Where a picture differs that any letter would change; Chromium draws round corners anew by a shade.
    fn farthest(&self, other: &Self) -> Option<(usize, usize)> {
        assert_eq!(self.bytes.len(), other.bytes.len());
        let mut pairs = self.bytes.iter().zip(&other.bytes);
        let at = pairs.position(|(one, other)| one.abs_diff(*other) > 32)? / 3;
        Some((at % self.width, at / self.width))
    }

    fn solid(&self, place: &Rect, colour: &str) -> bool {
        let colour = u32::from_str_radix(&colour[1..], 16).expect("a colour").to_be_bytes();
        let pixel = |x: u32, y: u32| &self.bytes[(y as usize * self.width + x as usize) * 3..][..3];
        let mut rows = place.y..place.y + place.height;
        rows.all(|y| (place.x..place.x + place.width).all(|x| pixel(x, y) == &colour[1..]))
    }
}

/// A renewal on each practice portal, its pictures made for a guide.
#[test]
fn a_renewal_with_a_persona_is_a_renewal_and_every_picture_is_staged() {
    let turns = [[BrowserName::Firefox, BrowserName::Chromium], [BrowserName::Chromium, BrowserName::Firefox]];
    for browsers in one_of(turns) {
        for (portal, browser) in [Portal::MiaFirma, Portal::FirmaRemota].into_iter().zip(browsers) {
            renewal(portal, browser);
        }
    }
}

fn renewal(portal: Portal, browser: BrowserName) {
    let _place = Place::take();
    let folder = tempfile::Builder::new().prefix("trial-").tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let user = if portal == Portal::MiaFirma { "JCPD0001" } else { "JZLF001" };
    let (rehearsed, record, effects) = runtime.block_on(async {
        let practice = Practice::start(Options::default()).await.expect("the practice portals");
        let rehearsed = match portal {
            Portal::MiaFirma => Some(attempted(portal, browser, user, &practice, folder.path(), Mode::Rehearsal).await),
            Portal::FirmaRemota => None,
        };
        let record = attempted(portal, browser, user, &practice, folder.path(), Mode::Whole).await;
        let effects = practice.effects(user);
        practice.stop().await;
        (rehearsed, record, effects)
    });
    // What a rehearsal only looks for is marked, too; nothing was typed there.
    if let Some(rehearsed) = rehearsed {
        assert_eq!(rehearsed.verdict.name(), "rehearsed", "{:?}", rehearsed.reason);
        let brink = rehearsed.stages.last().expect("a stage");
        let staged = brink.shots[0].staged.as_ref().expect("staged");
        assert_eq!(staged.marks.len(), brink.steps.len(), "{:?} of {}", staged.marks, brink.name);
        assert!(staged.fields.iter().all(|field| field.says.is_empty()), "{:?}", staged.fields);
    }
    assert_eq!(record.verdict.name(), "renewed", "{:?}", record.reason);
    for (effect, times) in [
        (EffectKind::RichiestaFirmata, 1),
        (EffectKind::CertificatoEmesso, 1),
        (EffectKind::OtpOk, 2),
        (EffectKind::OtpKo, 0),
        (EffectKind::PinKo, 0),
        (EffectKind::LoginKo, 0),
    ] {
        assert_eq!(trial::count(&effects, effect), times, "{effect:?} in {effects:?}");
    }
    let shots: Vec<_> = record.stages.iter().flat_map(|stage| &stage.shots).collect();
    assert_eq!(shots.len(), record.stages.len(), "one picture a stage");
    for shot in &shots {
        assert_eq!(shot.withheld, None, "{}", shot.name);
        let staged = shot.staged.as_ref().unwrap_or_else(|| panic!("{} is not staged", shot.name));
        assert!(staged.scale == 2 && shot.width == 2560, "{}", shot.name);
    }
    let shot =
        |name: &str| shots.iter().find(|shot| shot.name == name).and_then(|shot| shot.staged.as_ref()).expect(name);
    let says: Vec<&str> = shot("login").fields.iter().map(|field| field.says.as_str()).collect();
    assert_eq!(says, [user, "••••••••"]);
    let marks = shot("login").marks.len();
    assert_eq!(marks, 3, "both fields and the button");
    // What was covered in the pictures of any other run is covered here, or painted over.
    for stage in
        record.stages.iter().filter(|stage| ["sign", "activate", "request", "complete"].contains(&stage.id.as_str()))
    {
        let staged = stage.shots[0].staged.as_ref().expect("staged");
        let hidden = staged.fields.iter().filter(|field| field.says.starts_with('•')).count();
        // A code in boxes of its own, or beside the PIN; then the PIN twice.
        let expected = if portal == Portal::MiaFirma {
            8
        } else if stage.id == "request" {
            2
        } else {
            3
        };
        assert_eq!(hidden, expected, "{}: {:?}", stage.id, staged.fields);
    }
}

async fn attempted(
    portal: Portal,
    browser: BrowserName,
    user: &str,
    practice: &Practice,
    folder: &Path,
    mode: Mode,
) -> Record {
    let out = if mode == Mode::Whole { "renewal" } else { "rehearsal" };
    let secret = |name: &str, value: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join(name);
        std::fs::write(&path, value).expect("a secret");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a secret");
        json!(path)
    };
    let flow = trial::flow(portal);
    let code = json!([
        RINNOVA,
        "practice",
        "code",
        user,
        "--admin",
        practice.admin(),
        "--token-file",
        secret("token", practice.token())
    ]);
    let settings = format!(
        "[[account]]\nid = \"holder\"\nflow = {}\n[account.inputs]\nuser_id = \"{user}\"\npassword = {{ file = {} }}\n\
         pin = {{ file = {} }}\notp = {{ command = {code} }}\n",
        json!(flow),
        secret("password", PASSWORD),
        secret("pin", PIN),
    );
    let config = folder.join("rinnova.toml");
    std::fs::write(&config, settings).expect("settings");
    let context = Context {
        env: BTreeMap::new(),
        config: Some(config),
        state: Some(folder.join("state")),
        quiet: true,
        redactor: Redactor::default(),
    };
    let flags = RunFlags {
        account: Some("holder".into()),
        portal: Some(practice.origin(portal).to_owned()),
        browser: BrowserFlags { browser: Some(browser.name().into()), ..BrowserFlags::default() },
        out: Some(folder.join(out)),
        ..RunFlags::default()
    };
    let asked = Asked {
        flow,
        task: None,
        from: None,
        until: None,
        mode,
        verb: "run",
        before: None,
        heal: false,
        baseline: None,
        persona: true,
        flags,
    };
    attempt::attempt(asked, &context).await.expect("a run").record
}

//! What has changed on a portal, as a page: the diagnosis in words, the pictures of the stage as it was and as it is side by
//! side, then all changes. Like the report of a run it needs nothing else and does nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::html::{Area, area};
use super::plain::plain;
use super::tone::Tone;
use crate::drift::diagnosis::Diagnosis;
use crate::drift::telling;
use crate::record::{Change, ChangeKind, Gravity, Rect};

/// The page's form. The name ends in `.html`, by which the engine knows to escape.
const TEMPLATE: (&str, &str) = ("explanation.html", include_str!("explanation.html"));

/// So much of the page is shown around an element, and at least so much in all, CSS pixels.
const MARGIN: f64 = 40.0;
const LEAST: (f64, f64) = (320.0, 160.0);

/// The stage's page on one of the two days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its picture without the holder's data, or why there is none.
    pub picture: Result<Picture, String>,
    /// What is outlined, in words.
    pub element: String,
}

/// A picture and the piece of it around the element that the diagnosis is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The PNG file.
    pub png: Vec<u8>,
    /// Width, device pixels.
    pub width: u32,
    /// Height, device pixels.
    pub height: u32,
    /// The piece, where the element is known and in view.
    pub piece: Option<Piece>,
}

/// A piece of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The PNG file.
    pub png: Vec<u8>,
    /// Where in the picture it stands and where the element does, device pixels.
    pub around: Around,
}

/// Where an element and the piece of the picture around it stand, device pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// The element, as far as it is in view.
    pub element: Rect,
    /// The piece.
    pub piece: Rect,
}

/// The piece of a picture to be shown of an element whose box in the viewport is `place`, in CSS pixels. `scale` is how many
/// device pixels one of them is. `None` when nothing of the element is in view.
#[must_use]
pub fn around(place: [i32; 4], scale: f64, width: u32, height: u32) -> Option<Around> {
    let [x, y, wide, high] = place.map(f64::from);
    let across = Span { from: x * scale, to: (x + wide) * scale, most: width };
    let down = Span { from: y * scale, to: (y + high) * scale, most: height };
    let ((left, wide), (top, high)) = (across.clipped()?, down.clipped()?);
    let (piece_left, piece_wide) = across.with_margin(MARGIN * scale, LEAST.0 * scale);
    let (piece_top, piece_high) = down.with_margin(MARGIN * scale, LEAST.1 * scale);
    Some(Around {
        element: Rect { x: left, y: top, width: wide, height: high },
        piece: Rect { x: piece_left, y: piece_top, width: piece_wide, height: piece_high },
    })
}

/// From one edge to the other, in a picture of so many pixels.
#[derive(Clone, Copy)]
struct Span {
    from: f64,
    to: f64,
    most: u32,
}

impl Span {
    /// Where it begins and how long it is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the picture's size before the cast"
    )]
    fn clipped(self) -> Option<(u32, u32)> {
        let edge = |value: f64| value.clamp(0.0, f64::from(self.most)) as u32;
        let (from, to) = (edge(self.from.floor()), edge(self.to.ceil()));
        (to > from).then(|| (from, to - from))
    }

    /// With this margin on either side and not less than `least` long, shifted into the picture where it hangs over.
    fn with_margin(self, margin: f64, least: f64) -> (u32, u32) {
        let most = f64::from(self.most);
        let (from, to) = (self.from.max(0.0) - margin, self.to.min(most) + margin);
        let lack = (least - (to - from)).max(0.0) / 2.0;
        let (from, to) = (from - lack, to + lack);
        let shift = if from < 0.0 { -from } else { (most - to).min(0.0) };
        let grown = Self { from: (from + shift).max(0.0), to: (to + shift).min(most), ..self };
        grown.clipped().unwrap_or((0, self.most))
    }
}

/// The page. `file` is the flow file, named before its lines; `sides` are the stage's page as it was and as it is, where the
/// diagnosis is about one.
///
/// # Errors
/// What the template engine says.
pub fn html(diagnosis: &Diagnosis, file: &str, sides: Option<[Side; 2]>) -> Result<String, minijinja::Error> {
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    engine.add_template(TEMPLATE.0, TEMPLATE.1)?;
    engine.get_template(TEMPLATE.0)?.render(Serde(page(diagnosis, file, sides)))
}

#[derive(Serialize)]
struct Page {
    flow: String,
    verdict: &'static str,
    baseline: String,
    tone: &'static str,
    /// The class of the change; nothing where the portal is as it was.
    kind: Option<&'static str>,
    meaning: String,
    facts: Vec<Fact>,
    sides: Vec<View>,
    changes: Vec<Told>,
    notes: Vec<Told>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    /// It is a place in the flow file.
    line: bool,
}

#[derive(Serialize)]
struct View {
    title: &'static str,
    day: String,
    element: String,
    why_not: Option<String>,
    whole: Option<Image>,
    piece: Option<Image>,
}

#[derive(Serialize)]
struct Image {
    /// Base64, which holds nothing that a page would take for anything else.
    data: String,
    width: u32,
    height: u32,
    element: Option<Area>,
}

#[derive(Serialize)]
struct Told {
    kind: &'static str,
    tone: &'static str,
    says: String,
    place: String,
}

fn page(diagnosis: &Diagnosis, file: &str, sides: Option<[Side; 2]>) -> Page {
    let place = |line: Option<usize>| line.map(|line| format!("{file}:{line}")).unwrap_or_default();
    let fact = |name: &'static str, value: &str, line: bool| Fact { name, value: plain(value).into_owned(), line };
    let mut facts = vec![
        fact("Step", &diagnosis.sentence, false),
        fact("Stage", &diagnosis.stage, true),
        fact("In the flow", &place(diagnosis.line), true),
        fact("Expected", &diagnosis.expected, false),
        fact("There", &diagnosis.there, false),
    ];
    facts.retain(|fact| !fact.value.is_empty());
    let told = |change: &Change| Told {
        kind: telling::name(change.kind),
        tone: tone(change.gravity).name(),
        says: plain(&change.says).into_owned(),
        place: plain(&if change.line.is_some() { place(change.line) } else { change.stage.clone() }).into_owned(),
    };
    let (matter, notes): (Vec<&Change>, Vec<&Change>) =
        diagnosis.changes.iter().partition(|change| change.gravity > Gravity::Note);
    let (accepted, this_run) = (format!("on {}", plain(&diagnosis.baseline)), "in this run".to_owned());
    let worst = if diagnosis.kind.is_some() { Gravity::Drift } else { Gravity::Note };
    let worst = matter.iter().map(|change| change.gravity).max().unwrap_or(worst);
    Page {
        flow: plain(&diagnosis.flow).into_owned(),
        verdict: diagnosis.verdict,
        baseline: plain(&diagnosis.baseline).into_owned(),
        tone: if worst == Gravity::Note { Tone::Good } else { tone(worst) }.name(),
        kind: diagnosis.kind.map(telling::name),
        meaning: diagnosis.kind.map(|kind| meaning(diagnosis, kind)).unwrap_or_default(),
        facts,
        sides: sides
            .map(|[before, now]| vec![view("Before", accepted, before), view("Now", this_run, now)])
            .unwrap_or_default(),
        changes: matter.into_iter().map(told).collect(),
        notes: notes.into_iter().map(told).collect(),
    }
}

/// What a class of changes means, in the words of the one screen.
fn meaning(diagnosis: &Diagnosis, kind: ChangeKind) -> String {
    let bare = Diagnosis {
        stage: String::new(),
        line: None,
        sentence: String::new(),
        expected: String::new(),
        there: String::new(),
        kind: Some(kind),
        changes: Vec::new(),
        ..diagnosis.clone()
    };
    let screen = telling::text(&bare, "");
    let words: Vec<&str> = screen.split_once("\nchange ").map_or("", |(_, words)| words).split_whitespace().collect();
    words.join(" ").split_once(": ").map(|(_, meaning)| meaning.to_owned()).unwrap_or_default()
}

fn tone(gravity: Gravity) -> Tone {
    match gravity {
        Gravity::Stop => Tone::Bad,
        Gravity::Drift => Tone::Warning,
        Gravity::Note => Tone::Quiet,
    }
}

fn view(title: &'static str, day: String, side: Side) -> View {
    let element = plain(&side.element).into_owned();
    let picture = match side.picture {
        Ok(picture) => picture,
        Err(why) => {
            let why_not = Some(plain(&why).into_owned());
            return View { title, day, element: String::new(), why_not, whole: None, piece: None };
        }
    };
    let around = picture.piece.as_ref().map(|piece| piece.around);
    let whole = image(&picture.png, picture.width, picture.height, around.map(|around| around.element));
    let piece = picture.piece.map(|Piece { png, around: Around { element, piece } }| {
        let inside = Rect { x: element.x.saturating_sub(piece.x), y: element.y.saturating_sub(piece.y), ..element };
        image(&png, piece.width, piece.height, Some(inside))
    });
    let element = if piece.is_some() { element } else { String::new() };
    View { title, day, element, why_not: None, whole: Some(whole), piece }
}

fn image(png: &[u8], width: u32, height: u32, element: Option<Rect>) -> Image {
    let element = element.map(|rect| area("target", &rect, width, height));
    Image { data: STANDARD.encode(png), width, height, element }
}

#[cfg(test)]
mod tests {
    use super::{Around, Picture, Piece, Side, around, html};
    use crate::drift::diagnosis::{Diagnosis, FORMAT};
    use crate::record::{Change, ChangeKind, Gravity, Rect};

    const HOSTILE: &str =
        "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}\u{202e}javascript:alert(1)";

    fn diagnosis(words: &str) -> Diagnosis {
        let change = |gravity, line| Change {
            kind: ChangeKind::NewConsent,
            gravity,
            stage: words.to_owned(),
            line,
            says: format!("new checkbox {words}"),
            before: String::new(),
            now: words.to_owned(),
        };
        Diagnosis {
            format: FORMAT,
            flow: words.to_owned(),
            verdict: "changed",
            baseline: "2026-07-16".to_owned(),
            stage: words.to_owned(),
            line: Some(41),
            sentence: format!("Press {words}"),
            expected: words.to_owned(),
            there: words.to_owned(),
            kind: Some(ChangeKind::Renamed),
            changes: vec![change(Gravity::Stop, Some(41)), change(Gravity::Note, None)],
        }
    }

    fn side(words: &str) -> Side {
        let place = Around {
            element: Rect { x: 100, y: 50, width: 20, height: 10 },
            piece: Rect { x: 50, y: 25, width: 200, height: 100 },
        };
        let piece = Some(Piece { png: b"piece".to_vec(), around: place });
        let picture = Ok(Picture { png: b"whole".to_vec(), width: 1280, height: 800, piece });
        Side { picture, element: format!("button {words}") }
    }

    #[test]
    fn the_page_tells_the_step_the_class_and_both_sides() {
        let missing = Side { picture: Err("it is not there any more".into()), element: "button".into() };
        let page =
            html(&diagnosis("Rinnova"), "flows/mysign.toml", Some([missing, side("“Rinnova ora”")])).expect("a page");
        for expected in [
            "default-src 'none'",
            ">renamed</span>",
            "<h1>It says the same in other words</h1>",
            "<dt>Step</dt><dd>Press Rinnova</dd>",
            "flows&#x2f;mysign.toml:41</dd>",
            "no picture: it is not there any more",
            "<figcaption>button “Rinnova ora”</figcaption>",
            // `piece` and `whole`, with the outline in percent of each.
            "base64,cGllY2U=\" width=\"200\" height=\"100\"",
            "left:25.0%;top:25.0%;width:10.0%;height:10.0%",
            "base64,d2hvbGU=\" width=\"1280\" height=\"800\"",
            "left:7.8125%;top:6.25%",
            "Since the baseline",
            "flow's way: 1",
        ] {
            assert!(page.contains(expected), "{expected}\nnot in\n{page}");
        }
    }

    #[test]
    fn what_a_page_says_is_inert() {
        let page = html(&diagnosis(HOSTILE), HOSTILE, Some([side(HOSTILE), side(HOSTILE)])).expect("a page");
        for forbidden in ["<script", "<img src=x", "href=", "\u{202e}"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;") && page.contains("{{ 7*7 }}") && !page.contains("49"));
        // In the pictures' names, too, no quote ends an attribute.
        assert!(!page.contains("\"'><"));
    }

    #[test]
    fn an_unchanged_portal_is_told_as_such() {
        let unchanged = Diagnosis { kind: None, changes: Vec::new(), ..diagnosis("") };
        let page = html(&unchanged, "", None).expect("a page");
        assert!(
            page.contains("<h1>The portal is as it was on 2026-07-16</h1>") && !page.contains("<section"),
            "{page}"
        );
    }

    #[test]
    fn a_piece_goes_around_its_element_and_stays_in_the_picture() {
        let rect = |x, y, width, height| Rect { x, y, width, height };
        for (place, scale, element, piece) in [
            ([400, 300, 400, 100], 1.0, rect(400, 300, 400, 100), rect(360, 260, 480, 180)),
            ([600, 380, 80, 20], 1.0, rect(600, 380, 80, 20), rect(480, 310, 320, 160)),
            ([10, 10, 20, 20], 2.0, rect(20, 20, 40, 40), rect(0, 0, 640, 320)),
            ([1200, 790, 200, 100], 1.0, rect(1200, 790, 80, 10), rect(960, 640, 320, 160)),
            ([-50, -50, 2000, 2000], 1.0, rect(0, 0, 1280, 800), rect(0, 0, 1280, 800)),
        ] {
            assert_eq!(around(place, scale, 1280, 800), Some(Around { element, piece }), "{place:?}");
        }
        for out in [[0, 0, 0, 0], [1280, 0, 10, 10], [0, -20, 10, 10], [0, 900, 10, 10], [5, 5, -3, 4]] {
            assert_eq!(around(out, 1.0, 1280, 800), None, "{out:?}");
        }
        let far = around([i32::MAX, i32::MIN, i32::MAX, i32::MAX], f64::INFINITY, 1280, 800);
        assert_eq!(far, None);
    }
}

//! Which files of a guide are written, and why: a picture when its page has changed, by its structure or else by its pixels; any
//! other file when it says something else. What did not change keeps its bytes.

use super::{Edition, Made, Picture, digest};
use crate::drift::neutral::neutral_outline;
use crate::guide::drawing::Drawing;
use crate::record::Outline;

/// A pixel is another one when one of its colours differs by more than this, of 255.
const CHANNEL: u8 = 32;

/// A picture is another one when more than one pixel in so many differs, and more than [`LEAST`]: less than a word's ink.
const SHARE: usize = 20_000;
const LEAST: usize = 40;

/// Which files are written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// Those that have changed.
    Changed,
    /// Those that are not there; what is there stays.
    Missing,
    /// All of them.
    All,
}

/// Why a file is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why {
    /// There was none.
    New,
    /// It was made and is not there any more.
    Missing,
    /// Something else stands on its page, or is drawn over it.
    Structure,
    /// This share of its pixels has changed.
    Pixels(f64),
    /// It says something else.
    Content,
    /// It is written anew because all are.
    Asked,
    /// Somebody has edited it since it was made.
    Edited,
    /// What is there was not made by a guide.
    Foreign,
}

impl Why {
    /// A reader sees another picture.
    #[must_use]
    pub fn is_seen(self) -> bool {
        matches!(self, Self::Structure | Self::Pixels(_))
    }

    /// What is there would be lost, and nobody has said that it may be.
    #[must_use]
    pub fn loses(self) -> bool {
        matches!(self, Self::Edited | Self::Foreign)
    }

    /// For people.
    #[must_use]
    pub fn told(self) -> String {
        match self {
            Self::New => "is new".into(),
            Self::Missing => "is not there any more".into(),
            Self::Structure => "the page is built otherwise".into(),
            Self::Pixels(share) => format!("the page looks otherwise: {:.2} % of it", (share * 100.0).max(0.01)),
            Self::Content => "says something else".into(),
            Self::Asked => "is made anew".into(),
            Self::Edited => "was edited after it was made".into(),
            Self::Foreign => "was not made by a guide".into(),
        }
    }
}

/// A file that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewrite {
    /// The file, relative to the guide's folder.
    pub file: String,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Why.
    pub why: Why,
    /// What it held.
    pub before: Option<Vec<u8>>,
}

/// A picture of the new edition.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What the manifest says of it.
    pub picture: Picture,
    /// Its file.
    pub bytes: Vec<u8>,
    /// The file is written, where it does not stay as it is.
    pub rewrite: Option<Rewrite>,
}

/// What stands on a picture's page and what is drawn over it, the same for all holders and browsers: SHA-256. `values` are those
/// of the run's inputs and outputs.
#[must_use]
pub fn structure(page: Option<&Outline>, values: &[String], drawing: &Drawing) -> String {
    let mut text = String::new();
    let page = page.map(|page| neutral_outline(page, values)).unwrap_or_default();
    for item in page.items.iter().filter(|item| !comes_and_goes(&item.role)) {
        let marks = item.marks.iter().filter(|mark| stays(mark)).map(String::as_str);
        let marks = marks.collect::<Vec<_>>().join(" ");
        text.push_str(&format!("{}\t{}\t{}\t{marks}\n", item.role, item.name, item.inside));
    }
    let numbers = drawing.callouts.iter().map(|callout| callout.number.to_string()).collect::<Vec<_>>();
    let outlined = if drawing.outlined.is_some() { "outlined" } else { "" };
    text.push_str(&format!("{}\t{outlined}\n", numbers.join(" ")));
    for field in &drawing.fields {
        text.push_str(&format!("{}\n", field.says));
    }
    digest(text)
}

/// What a page says to its visitor just now, and no part of what it is.
fn comes_and_goes(role: &str) -> bool {
    matches!(role, "alert" | "status" | "log" | "timer" | "progressbar" | "marquee" | "tooltip")
}

/// A button may be disabled for a moment, a panel be folding; where it matters the pixels show it.
fn stays(mark: &str) -> bool {
    matches!(mark, "required" | "secret" | "read-only" | "elsewhere")
}

/// What is drawn over a shot, to the pixel, by this version of the tool: SHA-256.
#[must_use]
pub fn drawn_by(drawing: &Drawing) -> String {
    digest(format!("{} {drawing:?}", env!("CARGO_PKG_VERSION")))
}

/// Whether a picture stays as it is. `picture` says what it would be made of, `there` is the file that stands in its place, and
/// `same_browser` whether the edition before was found true with the same browser: only then do pixels tell of the page.
/// `draw` makes the file.
///
/// # Errors
/// What `draw` says.
pub fn picture<E>(
    mut picture: Picture,
    old: Option<&Edition>,
    there: Option<&[u8]>,
    (update, same_browser): (Update, bool),
    draw: impl FnOnce() -> Result<Vec<u8>, E>,
) -> Result<Decided, E> {
    let known = old.and_then(|old| old.pictures.iter().find(|known| known.file == picture.file));
    if let (Some(known), Some(there)) = (known, there) {
        let whole = digest(there) == known.digest;
        let same_page = known.structure == picture.structure && known.shot == picture.shot;
        let same_shot = (&known.pixels, &known.drawing) == (&picture.pixels, &picture.drawing);
        let stays = whole && same_page && (same_shot || !same_browser);
        if update == Update::Missing || (update == Update::Changed && stays) {
            return Ok(Decided { picture: known.clone(), bytes: there.to_owned(), rewrite: None });
        }
    }
    let bytes = draw()?;
    picture.digest = digest(&bytes);
    if let (Some(known), Some(there)) = (known, there)
        && there == bytes
        && known.digest == picture.digest
        && known.structure == picture.structure
    {
        // What differs lies under what is drawn.
        return Ok(Decided { picture: known.clone(), bytes, rewrite: None });
    }
    let changed = known.and_then(|known| change(known, &picture, there.filter(|_| same_browser), &bytes));
    let why = match (known, there) {
        (_, Some(there)) if there == bytes => return Ok(Decided { picture, bytes, rewrite: None }),
        (None, Some(_)) => Why::Foreign,
        (None, None) => Why::New,
        (Some(known), Some(there)) if digest(there) != known.digest && update != Update::All => Why::Edited,
        (Some(_), None) => changed.unwrap_or(Why::Missing),
        (Some(known), Some(there)) => match changed {
            Some(why) => why,
            None if update == Update::All => Why::Asked,
            None => return Ok(Decided { picture: known.clone(), bytes: there.to_owned(), rewrite: None }),
        },
    };
    let rewrite = Rewrite { file: picture.file.clone(), bytes: bytes.clone(), why, before: there.map(<[u8]>::to_vec) };
    Ok(Decided { picture, bytes, rewrite: Some(rewrite) })
}

/// How the page has changed: its structure first, then its pixels, where there are some of the same browser.
fn change(known: &Picture, picture: &Picture, there: Option<&[u8]>, bytes: &[u8]) -> Option<Why> {
    if known.structure != picture.structure || known.shot != picture.shot {
        return Some(Why::Structure);
    }
    there.and_then(|there| differing(there, bytes)).map(Why::Pixels)
}

/// The share of pixels that differ between two pictures, where it is more than the tolerance; all of them where they have not
/// the same size or cannot be read.
fn differing(before: &[u8], now: &[u8]) -> Option<f64> {
    let (Some(before), Some(now)) = (pixels(before), pixels(now)) else { return Some(1.0) };
    if before.size != now.size {
        return Some(1.0);
    }
    let other = |(one, other): &([u8; 3], [u8; 3])| one.iter().zip(other).any(|(a, b)| a.abs_diff(*b) > CHANNEL);
    let differing = before.pixels.iter().copied().zip(now.pixels.iter().copied()).filter(other).count();
    let all = now.pixels.len();
    #[expect(clippy::cast_precision_loss, reason = "a share, for people")]
    (differing > LEAST.max(all / SHARE)).then(|| differing as f64 / all as f64)
}

struct Pixels {
    size: (u32, u32),
    pixels: Vec<[u8; 3]>,
}

/// A picture's pixels; what is transparent is not looked at, as a page has nothing of the kind.
fn pixels(png: &[u8]) -> Option<Pixels> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    let samples = frame.color_type.samples();
    let colour = |pixel: &[u8]| if samples < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
    let pixels = bytes[..frame.buffer_size()].chunks_exact(samples).map(colour).collect();
    Some(Pixels { size: (frame.width, frame.height), pixels })
}

/// Whether a file stays as it is: what the manifest says of it, and why it is written where it does not stay. `source` is what
/// it was made of, where its bytes do not tell.
#[must_use]
pub fn file(
    name: &str,
    source: Option<String>,
    bytes: Vec<u8>,
    old: Option<&Edition>,
    there: Option<&[u8]>,
    update: Update,
) -> (Made, Option<Rewrite>) {
    let known = old.and_then(|old| old.files.iter().find(|made| made.file == name));
    if let (Some(known), Some(_), Update::Missing) = (known, there, update) {
        return (known.clone(), None);
    }
    let made = Made { file: name.to_owned(), source, digest: digest(&bytes) };
    let why = match (known, there) {
        (_, Some(there)) if there == bytes => return (made, None),
        (None, Some(_)) => Why::Foreign,
        (None, None) => Why::New,
        (Some(_), None) => Why::Missing,
        (Some(_), Some(_)) if update == Update::All => Why::Asked,
        (Some(known), Some(there)) if digest(there) != known.digest => Why::Edited,
        (Some(_), Some(_)) => Why::Content,
    };
    (made, Some(Rewrite { file: name.to_owned(), bytes, why, before: there.map(<[u8]>::to_vec) }))
}

/// What the manifest says of a printed file that stays as it is, because the page it was printed of is the same.
#[must_use]
pub fn kept_print(
    name: &str,
    source: &str,
    old: Option<&Edition>,
    there: Option<&[u8]>,
    update: Update,
) -> Option<Made> {
    let known = old?.files.iter().find(|made| made.file == name)?;
    let same = known.source.as_deref() == Some(source) && digest(there?) == known.digest;
    match update {
        Update::Missing => Some(known.clone()),
        Update::Changed => same.then(|| known.clone()),
        Update::All => None,
    }
}

/// The files of the edition before that the new one does not have; with `Update::Missing` none goes.
#[must_use]
pub fn gone(old: Option<&Edition>, new: &Edition, update: Update) -> Vec<String> {
    let Some(old) = old.filter(|_| update != Update::Missing) else { return Vec::new() };
    let pictures = old.pictures.iter().map(|picture| &picture.file);
    let files = pictures.chain(old.files.iter().map(|made| &made.file));
    files.filter(|file| new.digest_of(file).is_none()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::{Drawing, Update, Why, differing, file, gone, kept_print, picture as decide, structure};
    use crate::guide::drawing::Callout;
    use crate::guide::edition::tests::{edition, picture};
    use crate::guide::edition::{Edition, Made, Picture, digest};
    use crate::record::{Item, Outline, Rect};

    /// A grey picture with so many black pixels.
    fn png(black: usize) -> Vec<u8> {
        let mut pixels = vec![128_u8; 400 * 300 * 3];
        pixels[..black * 3].fill(0);
        encoded(400, 300, &pixels)
    }

    fn encoded(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels)).expect("a picture");
        bytes
    }

    /// The edition before, with the picture of `login` as this file.
    fn before(bytes: &[u8]) -> Edition {
        edition(Vec::new(), vec![picture("login", &digest(bytes))])
    }

    fn decided(
        made: Picture,
        there: Option<&[u8]>,
        now: &[u8],
        how: (Update, bool),
    ) -> (Option<Why>, Vec<u8>, Picture) {
        let old = before(&png(0));
        let decided = decide(made, Some(&old), there, how, || Ok::<_, Infallible>(now.to_vec()));
        let Ok(decided) = decided;
        (decided.rewrite.map(|rewrite| rewrite.why), decided.bytes, decided.picture)
    }

    #[test]
    fn structure_comes_first_and_pixels_second() {
        let (was, jitter, word) = (png(0), png(40), png(500));
        let shot_again = || Picture { pixels: "q".into(), ..picture("login", "") };
        let rebuilt = || Picture { structure: "t".into(), ..shot_again() };
        let (changed, all, missing) = (Update::Changed, Update::All, Update::Missing);
        for (what, made, there, now, how, why) in [
            ("the same shot", picture("login", ""), Some(&was), &word, (changed, true), None),
            ("within the tolerance", shot_again(), Some(&was), &jitter, (changed, true), None),
            ("a word more", shot_again(), Some(&was), &word, (changed, true), Some(Why::Pixels(500.0 / 120_000.0))),
            ("another browser", shot_again(), Some(&was), &word, (changed, false), None),
            ("rebuilt, seen in another browser", rebuilt(), Some(&was), &word, (changed, false), Some(Why::Structure)),
            ("rebuilt, and looks the same", rebuilt(), Some(&was), &jitter, (changed, true), Some(Why::Structure)),
            ("rebuilt, and not a byte differs", rebuilt(), Some(&was), &was, (changed, true), None),
            ("not there", picture("login", ""), None, &was, (changed, true), Some(Why::Missing)),
            ("not there, and rebuilt", rebuilt(), None, &word, (changed, true), Some(Why::Structure)),
            ("edited", picture("login", ""), Some(&word), &was, (changed, true), Some(Why::Edited)),
            ("written before the manifest was", rebuilt(), Some(&word), &word, (changed, true), None),
            ("all", shot_again(), Some(&was), &jitter, (all, true), Some(Why::Asked)),
            ("all, edited", shot_again(), Some(&word), &png(500 + 30), (all, true), Some(Why::Asked)),
            ("only what is missing", rebuilt(), Some(&word), &was, (missing, true), None),
            (
                "foreign",
                Picture { file: "pictures/x.png".into(), ..rebuilt() },
                Some(&was),
                &word,
                (all, true),
                Some(Why::Foreign),
            ),
            (
                "new",
                Picture { file: "pictures/x.png".into(), ..rebuilt() },
                None,
                &word,
                (changed, true),
                Some(Why::New),
            ),
        ] {
            let (found, bytes, kept) = decided(made.clone(), there.map(Vec::as_slice), now, how);
            assert_eq!(found, why, "{what}");
            if why.is_some() {
                assert_eq!((&bytes, kept.structure, kept.digest), (now, made.structure, digest(now)), "{what}");
            } else {
                assert_eq!(Some(&bytes), there, "{what}: the file keeps its bytes");
            }
        }
    }

    #[test]
    fn a_picture_of_another_size_or_none_at_all_is_another() {
        let small = encoded(10, 10, &[128; 300]);
        assert_eq!(differing(&png(0), &small), Some(1.0));
        assert_eq!(differing(b"no picture", &png(0)), Some(1.0));
        let shade = |by: u8| encoded(10, 10, &[128 + by; 300]);
        assert_eq!((differing(&small, &shade(32)), differing(&small, &shade(33))), (None, Some(1.0)));
    }

    fn page(items: &[(&str, &str, &str)]) -> Outline {
        let item = |(role, name, mark): &(&str, &str, &str)| Item {
            role: (*role).into(),
            name: (*name).into(),
            marks: vec![(*mark).into()],
            ..Item::default()
        };
        Outline { items: items.iter().map(item).collect(), ..Outline::default() }
    }

    #[test]
    fn the_structure_is_the_same_for_all_holders_and_another_with_each_label() {
        let place = Rect { x: 1, y: 2, width: 3, height: 4 };
        let drawing = |numbers: &[usize], place: Rect| Drawing {
            file: "pictures/home.png".into(),
            shot: "home".into(),
            scale: 2,
            piece: None,
            fields: Vec::new(),
            callouts: numbers.iter().map(|number| Callout { number: *number, place }).collect(),
            outlined: Some(place),
        };
        let values = ["JCPD0001".to_owned()];
        let of = |items: &[(&str, &str, &str)], drawing: &Drawing| structure(Some(&page(items)), &values, drawing);
        let shown = drawing(&[1], place);
        let one = of(&[("heading", "Ciao, Mario", ""), ("button", "Invia nuovo OTP", "disabled")], &shown);
        let moved = drawing(&[1], Rect { x: 9, ..place });
        let other = of(
            &[("heading", "Ciao, Anna", ""), ("button", "Invia nuovo OTP", ""), ("alert", "Tentativi rimasti: 2", "")],
            &moved,
        );
        assert_eq!(one, other);
        for (items, drawing) in [
            (&[("heading", "Ciao, Mario", ""), ("button", "Manda nuovo OTP", "")][..], &shown),
            (&[("heading", "Ciao, Mario", ""), ("button", "Invia nuovo OTP", "required")], &shown),
            (&[("heading", "Ciao, Mario", ""), ("button", "Invia nuovo OTP", "")], &drawing(&[1, 2], place)),
        ] {
            assert_ne!(of(items, drawing), one, "{items:?}");
        }
    }

    #[test]
    fn a_file_is_written_when_it_says_something_else() {
        let mut old = edition(Vec::new(), Vec::new());
        let known = |source: Option<&str>| Made {
            file: "m.it.pdf".into(),
            source: source.map(str::to_owned),
            digest: digest("a"),
        };
        old.files.push(known(Some("page")));
        let why = |name: &str, bytes: &str, there: Option<&str>, update| {
            let there = there.map(str::as_bytes);
            let (_, rewrite) = file(name, None, bytes.into(), Some(&old), there, update);
            rewrite.map(|rewrite| rewrite.why)
        };
        for (name, bytes, there, update, expected) in [
            ("m.it.pdf", "a", Some("a"), Update::Changed, None),
            ("m.it.pdf", "b", Some("a"), Update::Changed, Some(Why::Content)),
            ("m.it.pdf", "b", Some("a"), Update::All, Some(Why::Asked)),
            ("m.it.pdf", "b", Some("a"), Update::Missing, None),
            ("m.it.pdf", "b", Some("mine"), Update::Changed, Some(Why::Edited)),
            ("m.it.pdf", "b", Some("mine"), Update::All, Some(Why::Asked)),
            ("m.it.pdf", "b", Some("b"), Update::Changed, None),
            ("m.it.pdf", "b", None, Update::Missing, Some(Why::Missing)),
            ("m.en.pdf", "b", None, Update::Missing, Some(Why::New)),
            ("m.en.pdf", "b", Some("mine"), Update::All, Some(Why::Foreign)),
        ] {
            assert_eq!(why(name, bytes, there, update), expected, "{name} {bytes} {there:?} {update:?}");
        }
        let print = |source: &str, there: Option<&[u8]>, update| {
            kept_print("m.it.pdf", source, Some(&old), there, update).is_some()
        };
        assert!(print("page", Some(b"a"), Update::Changed) && print("other", Some(b"x"), Update::Missing));
        assert!(!print("other", Some(b"a"), Update::Changed) && !print("page", Some(b"x"), Update::Changed));
        assert!(!print("page", None, Update::Missing) && !print("page", Some(b"a"), Update::All));
        let new = edition(Vec::new(), Vec::new());
        assert_eq!(gone(Some(&old), &new, Update::Changed), ["m.it.pdf"]);
        assert_eq!(gone(Some(&old), &new, Update::Missing), Vec::<String>::new());
    }
}

//! A figure of a guide, made of a run's picture: what the persona has typed stands in the fields, the control to use is
//! outlined, and each element has the number of its action. Drawn after the capture: nothing of it was ever on the page.

mod draw;
mod field;
mod font;
mod ground;
pub mod layout;
mod optimise;
pub mod plane;

use resvg::tiny_skia::{IntRect, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::guide::drawing::{Callout, Drawing};
use crate::record::Rect;
use ground::Ground;
use layout::Sheet;

/// A control that takes up less than this of its picture is shown larger as well: one part of so many.
const SMALL: u64 = 400;

/// How much of the picture's width and height a piece shows in which such a control is seen larger: one part of so many.
const PIECE: u32 = 3;

/// The least that stands around a control in its piece, pixels of the page: room for its outline and its number.
const AROUND: u32 = 48;

/// A piece is shown if it has no more than this of the picture's width: else the page is as good.
const WIDEST: (u64, u64) = (3, 5);

/// Why a figure cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file is no picture.
    #[error("the picture cannot be read: {0}")]
    Read(String),
    /// Something that is to be drawn has no place on the picture.
    #[error("{what} lies outside the picture of {width}×{height} pixels")]
    Outside {
        /// What it is.
        what: String,
        /// The picture's width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// A colour is none.
    #[error("`{0}` is no colour: `#` and six hexadecimal digits")]
    Colour(String),
    /// There is no such letter to draw with.
    #[error("“{says}” cannot be drawn in a field: there is no letter for `{letter}` (U+{:04X})", u32::from(*letter))]
    Letter {
        /// What was to be drawn.
        says: String,
        /// The first letter that cannot be.
        letter: char,
    },
    /// It could not be drawn.
    #[error("the picture cannot be drawn on: {0}")]
    Draw(String),
    /// It could not be written as PNG.
    #[error("the picture cannot be encoded: {0}")]
    Encode(String),
}

/// Makes a figure of a shot: an RGB PNG without metadata. The same shot and drawing give the same bytes on each machine.
/// Callouts and the outline of elements that lie outside the drawing's piece are left out.
///
/// # Errors
/// [`PictureError`] when the shot is no picture or not that of the drawing, or a value cannot be drawn.
pub fn draw(png: &[u8], drawing: &Drawing) -> Result<Vec<u8>, PictureError> {
    let mut picture = Pixmap::decode_png(png).map_err(|error| PictureError::Read(error.to_string()))?;
    fits(drawing, picture.width(), picture.height())?;
    render(&mut picture, &field::svg(&drawing.fields)?)?;
    let piece = drawing.piece.unwrap_or(Rect { x: 0, y: 0, width: picture.width(), height: picture.height() });
    if drawing.piece.is_some() {
        picture = cut(&picture, &piece)?;
    }
    let callouts: Vec<Callout> = drawing
        .callouts
        .iter()
        .filter_map(|callout| within(&callout.place, &piece).map(|place| Callout { place, ..*callout }))
        .collect();
    let sheet = Sheet {
        width: piece.width,
        height: piece.height,
        scale: drawing.scale.max(1),
        outlined: drawing.outlined.and_then(|place| within(&place, &piece)),
    };
    let ground = Ground::of(picture.as_ref());
    let discs = layout::places(&sheet, &callouts, |piece| ground.busy(piece));
    render(&mut picture, &draw::svg(&sheet, &discs))?;
    optimise::png(picture.as_ref())
}

/// The piece of a shot that shows the control to use larger, with what stands around it; nothing when the control is large
/// enough on the page, or there is none. `size` is the shot's width and height.
#[must_use]
pub fn detail(drawing: &Drawing, size: (u32, u32)) -> Option<Rect> {
    let (width, height) = size;
    let control = drawing.outlined.filter(|control| drawing.piece.is_none() && inside(control, width, height))?;
    let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
    if area(control.width, control.height).saturating_mul(SMALL) >= area(width, height) {
        return None;
    }
    let around = AROUND.saturating_mul(drawing.scale.max(1));
    let (x, piece_width) = centred(control.x, control.width, width, around);
    let (y, piece_height) = centred(control.y, control.height, height, around);
    (u64::from(piece_width) * WIDEST.1 <= u64::from(width) * WIDEST.0).then_some(Rect {
        x,
        y,
        width: piece_width,
        height: piece_height,
    })
}

/// Where a piece begins that has a control in its middle, and how long it is.
fn centred(from: u32, length: u32, whole: u32, around: u32) -> (u32, u32) {
    let long = (whole / PIECE).max(length.saturating_add(around.saturating_mul(2))).min(whole);
    let begin = (from + length / 2).saturating_sub(long / 2).min(whole - long);
    (begin, long)
}

/// The part of a place that a piece shows, counted from the piece's corner; nothing unless that is most of it.
fn within(place: &Rect, piece: &Rect) -> Option<Rect> {
    let (x, y) = (place.x.max(piece.x), place.y.max(piece.y));
    let (right, bottom) =
        ((place.x + place.width).min(piece.x + piece.width), (place.y + place.height).min(piece.y + piece.height));
    let (width, height) = (right.checked_sub(x)?, bottom.checked_sub(y)?);
    let most = 2 * u64::from(width) * u64::from(height) > u64::from(place.width) * u64::from(place.height);
    most.then(|| Rect { x: x - piece.x, y: y - piece.y, width, height })
}

/// All that is to be drawn has its place on the picture.
fn fits(drawing: &Drawing, width: u32, height: u32) -> Result<(), PictureError> {
    let fields = drawing.fields.iter().flat_map(|field| {
        let what = format!("the field with “{}”", field.says);
        [(what.clone(), field.place), (what, field.text)]
    });
    let callouts =
        drawing.callouts.iter().map(|callout| (format!("the element of action {}", callout.number), callout.place));
    let piece = drawing.piece.map(|piece| ("the piece that is shown".to_owned(), piece));
    let outlined = drawing.outlined.map(|place| ("the control to use".to_owned(), place));
    match fields.chain(callouts).chain(piece).chain(outlined).find(|(_, place)| !inside(place, width, height)) {
        Some((what, _)) => Err(PictureError::Outside { what, width, height }),
        None => Ok(()),
    }
}

fn inside(place: &Rect, width: u32, height: u32) -> bool {
    let ends =
        |from: u32, length: u32, most: u32| from.checked_add(length).is_some_and(|end| length > 0 && end <= most);
    ends(place.x, place.width, width) && ends(place.y, place.height, height)
}

fn cut(picture: &Pixmap, piece: &Rect) -> Result<Pixmap, PictureError> {
    let edge = |value: u32| i32::try_from(value).ok();
    let corner = edge(piece.x).zip(edge(piece.y));
    let place = corner.and_then(|(x, y)| IntRect::from_xywh(x, y, piece.width, piece.height));
    place
        .and_then(|place| picture.clone_rect(place))
        .ok_or_else(|| PictureError::Draw("the piece cannot be cut out".into()))
}

/// Draws a piece of SVG, in the picture's own pixels.
fn render(picture: &mut Pixmap, shapes: &str) -> Result<(), PictureError> {
    if shapes.is_empty() {
        return Ok(());
    }
    let (width, height) = (picture.width(), picture.height());
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"{}\">{shapes}</svg>",
        font::FAMILY
    );
    let options = Options { fontdb: font::fonts(), ..Options::default() };
    let tree = Tree::from_str(&svg, &options).map_err(|error| PictureError::Draw(error.to_string()))?;
    resvg::render(&tree, Transform::identity(), &mut picture.as_mut());
    Ok(())
}

/// A colour of the record, once it is seen to be one.
fn colour(told: &str) -> Result<&str, PictureError> {
    let digits = told.strip_prefix('#').filter(|digits| digits.len() == 6);
    let is_one = digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if is_one { Ok(told) } else { Err(PictureError::Colour(told.to_owned())) }
}

/// Text for between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::{Color, Paint, Pixmap, Rect as Area, Transform};

    use super::{PictureError, detail, draw};
    use crate::guide::drawing::{Callout, Drawing};
    use crate::record::{PaintedField, Rect};

    const SIZE: (u32, u32) = (400, 250);
    const BUTTON: Rect = Rect { x: 150, y: 150, width: 90, height: 30 };
    const FIELD: Rect = Rect { x: 150, y: 60, width: 120, height: 30 };

    /// A page with a bar, a field and a button.
    fn shot() -> Pixmap {
        let mut page = Pixmap::new(SIZE.0, SIZE.1).expect("a picture");
        page.fill(Color::from_rgba8(245, 246, 250, 255));
        for (rect, [red, green, blue]) in [
            (Rect { x: 0, y: 0, width: SIZE.0, height: 30 }, [20, 60, 120]),
            (FIELD, [255, 255, 255]),
            (BUTTON, [30, 90, 210]),
        ] {
            let mut paint = Paint::default();
            paint.set_color_rgba8(red, green, blue, 255);
            let [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height]
                .map(|edge| f32::from(u16::try_from(edge).expect("a small picture")));
            let area = Area::from_xywh(x, y, width, height).expect("a place");
            page.fill_rect(area, &paint, Transform::identity(), None);
        }
        page
    }

    fn drawing() -> Drawing {
        Drawing {
            file: "pictures/login.png".into(),
            shot: "login".into(),
            scale: 1,
            piece: None,
            fields: Vec::new(),
            callouts: vec![Callout { number: 1, place: FIELD }, Callout { number: 12, place: BUTTON }],
            outlined: Some(BUTTON),
        }
    }

    fn field(says: &str) -> PaintedField {
        let text = Rect { x: 158, y: 65, width: 104, height: 20 };
        let (ink, paper) = ("#10203a".into(), "#ffffff".into());
        PaintedField { place: FIELD, text, says: says.into(), size: 16, ink, paper, align: "start".into() }
    }

    fn with_fields(fields: Vec<PaintedField>) -> Drawing {
        Drawing { fields, callouts: Vec::new(), outlined: None, ..drawing() }
    }

    fn drawn(drawing: &Drawing) -> Pixmap {
        let png = draw(&shot().encode_png().expect("a picture"), drawing).expect("a figure");
        Pixmap::decode_png(&png).expect("a picture")
    }

    /// Where two pictures of one size differ: left, top, right and bottom, the last two just outside.
    fn difference(one: &Pixmap, other: &Pixmap) -> Option<[u32; 4]> {
        let width = one.width();
        let places = one.pixels().iter().zip(other.pixels()).enumerate().filter(|(_, (one, other))| one != other);
        places.map(|(at, _)| u32::try_from(at).expect("a small picture")).map(|at| (at % width, at / width)).fold(
            None,
            |found, (x, y)| {
                let [left, top, right, bottom] = found.unwrap_or([x, y, x + 1, y + 1]);
                Some([left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)])
            },
        )
    }

    #[test]
    fn a_figure_is_rgb_without_metadata_and_the_same_each_time() {
        let shot = shot().encode_png().expect("a picture");
        let png = draw(&shot, &drawing()).expect("a figure");
        assert_eq!(draw(&shot, &drawing()).as_ref(), Ok(&png));
        let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("a picture");
        let info = reader.info();
        assert_eq!(
            (info.width, info.height, info.color_type, info.bit_depth),
            (400, 250, png::ColorType::Rgb, png::BitDepth::Eight)
        );
        let mut chunks = Vec::new();
        let mut at = 8;
        while let Some((length, rest)) = png[at..].split_first_chunk::<4>() {
            chunks.push(String::from_utf8_lossy(&rest[..4]).into_owned());
            at += 12 + u32::from_be_bytes(*length) as usize;
        }
        chunks.dedup();
        assert_eq!(chunks, ["IHDR", "IDAT", "IEND"]);
    }

    #[test]
    fn only_what_is_drawn_differs_from_the_shot() {
        let (before, after) = (shot(), drawn(&drawing()));
        let changed = difference(&before, &after).expect("something is drawn");
        // The numbers stand left of their elements, the outline reaches around the button.
        assert_eq!(changed, [118, 61, 247, 187], "{changed:?}");
        for place in [FIELD, BUTTON] {
            for (x, y) in
                (place.x..place.x + place.width).flat_map(|x| (place.y..place.y + place.height).map(move |y| (x, y)))
            {
                assert_eq!(before.pixel(x, y), after.pixel(x, y), "{x},{y}");
            }
        }
        let nothing = drawn(&with_fields(Vec::new()));
        assert_eq!(difference(&before, &nothing), None);
    }

    #[test]
    fn a_value_stands_in_its_field_and_no_letter_beyond_it() {
        let page = shot();
        let place = |says: &str, align: &str| {
            let field = PaintedField { align: align.into(), ..field(says) };
            difference(&page, &drawn(&with_fields(vec![field]))).expect("a value is drawn")
        };
        let [left, top, right, bottom] = place("JCPD0001", "start");
        assert!(left >= 156 && right < 250 && (65..72).contains(&top) && (79..88).contains(&bottom));
        assert!((210..212).contains(&u32::midpoint(place("OO", "center")[0], place("OO", "center")[2])));
        assert!((259..=262).contains(&place("0", "end")[2]));
        let [left, _, right, _] = place("a value that is far too long for its field", "start");
        assert!(left >= 156 && right <= 264);
        // Of an accent above a capital nothing is cut off, and a value's markup is no markup.
        assert!(place("È", "start")[1] < place("E", "start")[1]);
        assert_ne!(place("</text><rect width='900' height='900'/>", "start"), place("x", "start"));
        assert!(place("••••••••", "start")[2] > 200);
    }

    #[test]
    fn a_piece_shows_what_lies_in_it() {
        let piece = Rect { x: 100, y: 120, width: 200, height: 100 };
        let figure = drawn(&Drawing { piece: Some(piece), ..drawing() });
        assert_eq!((figure.width(), figure.height()), (200, 100));
        let plain = drawn(&Drawing { piece: Some(piece), ..with_fields(Vec::new()) });
        // The button's number and outline; nothing of the field above.
        assert_eq!(difference(&plain, &figure), Some([18, 23, 147, 67]));
    }

    #[test]
    fn what_does_not_belong_to_the_shot_is_an_error() {
        let shot = shot().encode_png().expect("a picture");
        let fails = |drawing: Drawing| draw(&shot, &drawing).expect_err("an error").to_string();
        let far = Rect { x: 380, y: 10, width: 21, height: 10 };
        let callouts = vec![Callout { number: 3, place: far }];
        assert_eq!(
            fails(Drawing { callouts, ..drawing() }),
            "the element of action 3 lies outside the picture of 400×250 pixels"
        );
        for place in [far, Rect { width: 0, ..FIELD }, Rect { x: u32::MAX, ..FIELD }] {
            assert!(
                fails(Drawing { outlined: Some(place), ..drawing() }).starts_with("the control to use lies outside")
            );
            assert!(
                fails(Drawing { piece: Some(place), ..drawing() }).starts_with("the piece that is shown lies outside")
            );
            let field = PaintedField { text: place, ..field("Mario") };
            assert!(fails(with_fields(vec![field])).starts_with("the field with “Mario” lies outside"));
        }
        for ink in ["red", "#12345", "#12345g", "#123456\"/>", ""] {
            let field = PaintedField { ink: ink.into(), ..field("Mario") };
            assert!(fails(with_fields(vec![field])).ends_with("is no colour: `#` and six hexadecimal digits"));
        }
        assert_eq!(
            fails(with_fields(vec![field("Mario 李")])),
            "“Mario 李” cannot be drawn in a field: there is no letter for `李` (U+674E)"
        );
        assert!(matches!(draw(b"no picture", &drawing()), Err(PictureError::Read(_))));
        assert!(matches!(draw(&shot[..shot.len() / 2], &drawing()), Err(PictureError::Read(_))));
    }

    #[test]
    fn a_small_control_is_shown_larger() {
        let size = (2560, 1600);
        let of = |outlined: Option<Rect>| detail(&Drawing { scale: 2, outlined, ..drawing() }, size);
        let small = Rect { x: 1000, y: 700, width: 120, height: 50 };
        assert_eq!(of(Some(small)), Some(Rect { x: 634, y: 459, width: 853, height: 533 }));
        // At the corner its piece is as large and inside.
        let corner = Rect { x: 2540, y: 1580, width: 20, height: 20 };
        assert_eq!(of(Some(corner)), Some(Rect { x: 1707, y: 1067, width: 853, height: 533 }));
        // Large, wide, none, or not of this shot.
        assert_eq!(of(Some(Rect { width: 600, height: 100, ..small })), None);
        assert_eq!(of(Some(Rect { x: 10, width: 2000, height: 4, ..small })), None);
        assert_eq!(of(None), None);
        assert_eq!(of(Some(Rect { x: 2560, ..small })), None);
        assert_eq!(detail(&Drawing { piece: Some(small), outlined: Some(small), ..drawing() }, size), None);
    }
}

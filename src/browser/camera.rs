//! Pictures: what must not be seen is filled solid before the pixels leave memory.
//!
//! `take` asks the page what to cover, captures, and asks again: only a page that stood still in between can be covered
//! with certainty. `develop` decodes, fills, verifies and encodes; it is slow and belongs on another thread (browser.md §2.6).

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::browser::answer::{Area, Cover, Found, StagedField};
use crate::browser::error::PageError;
use crate::browser::lane::Capture;
use crate::browser::page::{Page, View};
use crate::browser::staging;
use crate::record::{Mark, Outline, PaintedField, Rect, Replaced, Staged};
use crate::vault::Redactor;

/// How often a moving page is looked at again before its picture is withheld.
const TRIES: usize = 4;

/// The colour of what is covered: a dark grey that reads as ink on any page.
const INK: [u8; 3] = [0x37, 0x3b, 0x41];

/// How far a cover goes beyond its field, CSS pixels: glyphs and focus rings reach over the edge.
const MARGIN: f64 = 1.0;

/// Why a picture is withheld of which a place is not of one colour once it was filled.
const UNVERIFIED: &str = "its covering could not be verified";

/// A capture that is not covered yet. It never leaves memory.
#[derive(Debug)]
pub struct Negative {
    capture: Capture,
    cover: Cover,
    target: Option<Area>,
    /// What can be read on the page was searched for secrets.
    searched: bool,
    /// The page in outline, where the view asks for it.
    pub outline: Option<Outline>,
    /// Where the holder's own data stand, CSS pixels.
    personal: Vec<Area>,
    /// It is a guide's: who stands in the holder's place, and where.
    staged: Option<staging::Staged>,
}

impl Negative {
    /// Of a page in which a persona stands in its holder's place; with the outline of the page as it was before.
    #[must_use]
    pub fn staged(
        capture: Capture,
        cover: Cover,
        target: Option<Area>,
        (outline, staged): (Option<Outline>, Option<staging::Staged>),
    ) -> Self {
        Self { capture, cover, target, searched: true, outline, personal: Vec::new(), staged }
    }
}

/// A picture that may be seen.
#[derive(Debug)]
pub struct Picture {
    /// The PNG file.
    pub png: Vec<u8>,
    /// Width, device pixels.
    pub width: u32,
    /// Height, device pixels.
    pub height: u32,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
    /// What was filled solid.
    pub covered: Vec<Rect>,
    /// What the flow wants outlined.
    pub highlights: Vec<Rect>,
    /// Where the holder's own data stand, which it shows.
    pub personal: Vec<Rect>,
    /// The control that is pressed next.
    pub target: Option<Rect>,
    /// How it was made ready for a guide.
    pub staged: Option<Staged>,
}

/// Captures the viewport. What the view says, the page's own secret fields and every secret that can be read on it will be covered; `target` is the control pressed
/// next, with its own look at what is to be covered if the page holds still already.
///
/// # Errors
/// `Ok(None)` when the page would not stand still: its picture is withheld. [`PageError`] when the browser gives none, asked
/// again if it only refused, as it may while a frame is still coming, or if the window was closed and another is driven now.
pub async fn take(
    page: &mut Page,
    view: &View,
    target: Option<&Found>,
    redactor: &Redactor,
    personal: impl Fn(&str) -> Vec<Range<usize>>,
) -> Result<Option<Negative>, PageError> {
    let mut first = target.and_then(|found| found.cover.clone());
    let target = target.map(|found| found.rect);
    let mut refused = None;
    for _ in 0..TRIES {
        let mut before = match first.take() {
            Some(cover) => cover,
            None => page.cover(view, true).await?,
        };
        let outline = before.outline.take();
        let text = before.text.clone();
        // The outline is had already, and is no part of what must stand still.
        let said = text.as_deref().unwrap_or_default();
        let stretches = units(said, redactor.places(said));
        let view = &View { stretches, outline: false, ..view.clone() };
        if !view.stretches.is_empty() {
            before = page.cover(view, true).await?;
        }
        let searched = async {
            // Once it has been sent the browser is at work for longer than this takes.
            tokio::task::yield_now().await;
            units(said, personal(said))
        };
        let (capture, personal) = tokio::join!(page.picture(), searched);
        // Whatever became of the picture, the page moves again.
        let view = &View { personal, ..view.clone() };
        let mut after = page.cover(view, false).await?;
        let personal = std::mem::take(&mut after.personal);
        match capture {
            // The same page, and with it the same text as was searched.
            Ok(capture) if before == after && after.text == text => {
                let searched = !view.words || after.text.is_some();
                let negative = Negative { capture, cover: before, target, searched, outline, personal, staged: None };
                return Ok(Some(negative));
            }
            Ok(_) => refused = None,
            Err(error @ (PageError::Refused { .. } | PageError::Navigated)) => refused = Some(error),
            Err(other) => return Err(other),
        }
    }
    refused.map_or(Ok(None), Err)
}

/// Places in what can be read on the page, in UTF-16 units. Counted onward from the last one: a page may show thousands.
pub(super) fn units(text: &str, places: Vec<Range<usize>>) -> Vec<(usize, usize)> {
    let (mut bytes, mut units) = (0, 0);
    let mut count = |at: usize| {
        if at < bytes {
            (bytes, units) = (0, 0);
        }
        units += text[bytes..at].encode_utf16().count();
        bytes = at;
        units
    };
    places.into_iter().map(|place| (count(place.start), count(place.end))).collect()
}

/// Covers a capture and encodes it.
///
/// # Errors
/// Says why when the capture cannot be decoded, its covering cannot be verified, or it cannot be encoded.
pub fn develop(negative: Negative) -> Result<Picture, String> {
    let Negative { capture, cover, target, searched, outline: _, personal, staged } = negative;
    if !searched {
        return Err("there is too much text on the page to search it for secrets".into());
    }
    let png = capture.png().map_err(|error| format!("the browser's picture cannot be read: {error}"))?;
    let (mut pixels, width, height) =
        decode(&png).map_err(|error| format!("the browser's picture cannot be read: {error}"))?;
    let scale = f64::from(width) / cover.viewport.width.max(1.0);
    let place = |areas: &[Area], margin: f64| -> Vec<Rect> {
        areas.iter().filter_map(|area| device_rect(area, margin, scale, width, height)).collect()
    };
    let staged = staged.map(|staged| paint(&mut pixels, (width, height), scale, staged)).transpose()?;
    let mut covered = place(&cover.fields, MARGIN);
    for rect in place(&cover.masks, MARGIN).into_iter().chain(place(&cover.words, MARGIN)) {
        // A secret field that a mask names, too, is covered once.
        if !covered.contains(&rect) {
            covered.push(rect);
        }
    }
    for rect in &covered {
        fill(&mut pixels, width, rect, INK);
    }
    if !covered.iter().all(|rect| is_solid(&pixels, width, rect, INK)) {
        return Err(UNVERIFIED.into());
    }
    let png = encode(&pixels, width, height).map_err(|error| format!("the picture cannot be encoded: {error}"))?;
    let digest = Sha256::digest(&png).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Picture {
        png,
        width,
        height,
        digest,
        covered,
        highlights: place(&cover.highlight, 0.0),
        personal: place(&personal, MARGIN),
        target: target.and_then(|area| device_rect(&area, 0.0, scale, width, height)),
        staged,
    })
}

/// Paints the fields of a guide's picture over with their own paper, and gives what the record keeps of its making.
fn paint(
    pixels: &mut [u8],
    (width, height): (u32, u32),
    scale: f64,
    staged: staging::Staged,
) -> Result<Staged, String> {
    let rect = |area: &Area| device_rect(area, 0.0, scale, width, height);
    let mut fields = Vec::new();
    for (field, says) in staged.fields {
        let Some(place) = nearest_rect(&field.place, scale, width, height) else { continue };
        let paper = rgb(&field.paper).ok_or("the colour of a field cannot be read")?;
        fill(pixels, width, &place, paper);
        if !is_solid(pixels, width, &place, paper) {
            return Err(UNVERIFIED.into());
        }
        let text = nearest_rect(&field.text, scale, width, height).unwrap_or(place);
        let StagedField { size, ink, paper, align, .. } = field;
        fields.push(PaintedField { place, text, says, size: whole(size * scale), ink, paper, align });
    }
    let replaced = staged.replaced.into_iter().map(|(rule, places)| {
        let places = places.iter().filter_map(rect).collect();
        Replaced { rule, places }
    });
    let marks = staged.marks.iter().filter_map(|(line, column, area)| {
        let place = rect(area)?;
        Some(Mark { line: *line, column: *column, place })
    });
    Ok(Staged {
        scale: whole(scale),
        replaced: replaced.collect(),
        fields,
        marks: marks.collect(),
        outline: staged.outline,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before the cast")]
fn whole(value: f64) -> u32 {
    value.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// A box whose edges are drawn at whole device pixels: the nearest, as browsers draw them.
fn nearest_rect(area: &Area, scale: f64, width: u32, height: u32) -> Option<Rect> {
    let edge = |value: f64, most: u32| whole(value * scale).min(most);
    let (left, top) = (edge(area.x, width), edge(area.y, height));
    let (right, bottom) = (edge(area.x + area.width, width), edge(area.y + area.height, height));
    (right > left && bottom > top).then(|| Rect { x: left, y: top, width: right - left, height: bottom - top })
}

/// `#rrggbb`.
fn rgb(hex: &str) -> Option<[u8; 3]> {
    let number = u32::from_str_radix(hex.strip_prefix('#').filter(|digits| digits.len() == 6)?, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// A finished picture with more of it filled solid: the holder's own data, before it is shown to others.
///
/// # Errors
/// Says why when it cannot be decoded or encoded.
pub fn without(png: &[u8], places: &[Rect]) -> Result<Vec<u8>, String> {
    let (mut pixels, width, height) = decode(png)?;
    for rect in places {
        if !is_inside(rect, width, height) {
            return Err("a place to cover lies outside it".into());
        }
        fill(&mut pixels, width, rect, INK);
    }
    encode(&pixels, width, height).map_err(|error| format!("it cannot be encoded: {error}"))
}

/// A piece of a finished picture.
///
/// # Errors
/// Says why when the picture cannot be decoded or encoded, or the piece is empty or lies outside it.
pub fn crop(png: &[u8], piece: &Rect) -> Result<Vec<u8>, String> {
    let (mut pixels, width, height) = decode(png)?;
    if piece.width == 0 || piece.height == 0 || !is_inside(piece, width, height) {
        return Err("the piece asked for lies outside it".into());
    }
    let mut end = 0;
    for row in rows(width, piece) {
        let length = row.len();
        pixels.copy_within(row, end);
        end += length;
    }
    pixels.truncate(end);
    encode(&pixels, piece.width, piece.height).map_err(|error| format!("it cannot be encoded: {error}"))
}

/// The width and height of a finished picture.
///
/// # Errors
/// Says why when it cannot be decoded.
pub fn size(png: &[u8]) -> Result<(u32, u32), String> {
    let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().map_err(|error| error.to_string())?;
    Ok((reader.info().width, reader.info().height))
}

fn is_inside(rect: &Rect, width: u32, height: u32) -> bool {
    let ends = |from: u32, length: u32, most: u32| from.checked_add(length).is_some_and(|end| end <= most);
    ends(rect.x, rect.width, width) && ends(rect.y, rect.height, height)
}

/// The pixels of a picture, three bytes each, its width and its height. Firefox gives a fourth, for alpha, which is dropped, in
/// place: a page's picture is opaque, and two of its size would be too many.
fn decode(png: &[u8]) -> Result<(Vec<u8>, u32, u32), String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
    let frame = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
    match frame.color_type {
        png::ColorType::Rgb => {}
        png::ColorType::Rgba => {
            let count = pixels.len() / 4;
            for pixel in 0..count {
                pixels.copy_within(pixel * 4..pixel * 4 + 3, pixel * 3);
            }
            pixels.truncate(count * 3);
        }
        other => return Err(format!("its colours are of kind {other:?}")),
    }
    Ok((pixels, frame.width, frame.height))
}

/// A box of the viewport in device pixels, grown by `margin` and clipped to the picture; `None` when nothing of it is in view.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the picture's size before the cast"
)]
fn device_rect(area: &Area, margin: f64, scale: f64, width: u32, height: u32) -> Option<Rect> {
    let edge = |value: f64, most: u32| value.clamp(0.0, f64::from(most)) as u32;
    let left = edge(((area.x - margin) * scale).floor(), width);
    let top = edge(((area.y - margin) * scale).floor(), height);
    let right = edge(((area.x + area.width + margin) * scale).ceil(), width);
    let bottom = edge(((area.y + area.height + margin) * scale).ceil(), height);
    (right > left && bottom > top).then(|| Rect { x: left, y: top, width: right - left, height: bottom - top })
}

fn rows(width: u32, rect: &Rect) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    (rect.y..rect.y + rect.height).map(move |row| {
        let start = (row as usize * width as usize + rect.x as usize) * 3;
        start..start + rect.width as usize * 3
    })
}

fn fill(pixels: &mut [u8], width: u32, rect: &Rect, colour: [u8; 3]) {
    for row in rows(width, rect) {
        for pixel in pixels[row].chunks_exact_mut(3) {
            pixel.copy_from_slice(&colour);
        }
    }
}

fn is_solid(pixels: &[u8], width: u32, rect: &Rect, colour: [u8; 3]) -> bool {
    rows(width, rect).all(|row| pixels[row].chunks_exact(3).all(|pixel| pixel == colour))
}

/// Encodes without metadata.
fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Some tenths larger than the balanced form, and ten times cheaper: the browser wants the processor, too.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{INK, Negative, crop, decode, develop, encode, size, units};
    use crate::browser::answer::{Area, Cover, Size};
    use crate::browser::lane::{Capture, Point};
    use crate::record::Rect;

    fn negative(fields: Vec<Area>) -> Negative {
        let pixels: Vec<u8> = (0..40 * 20).flat_map(|n: u32| [n.to_le_bytes()[0], 200, 10]).collect();
        let png = encode(&pixels, 40, 20).expect("a picture");
        let cover = Cover {
            text: None,
            words: Vec::new(),
            personal: Vec::new(),
            fields,
            masks: Vec::new(),
            highlight: Vec::new(),
            viewport: Size { width: 20.0, height: 10.0 },
            scroll: Point { x: 0.0, y: 0.0 },
            outline: None,
            staged: None,
        };
        Negative {
            capture: Capture::Png(png),
            cover,
            target: Some(Area { x: 1.0, y: 1.0, width: 2.0, height: 2.0 }),
            searched: true,
            outline: None,
            personal: Vec::new(),
            staged: None,
        }
    }

    #[test]
    fn a_field_is_filled_solid_at_the_picture_s_scale() {
        let picture = develop(negative(vec![Area { x: 5.0, y: 2.0, width: 4.0, height: 3.0 }])).expect("a picture");
        assert_eq!(picture.covered, [Rect { x: 8, y: 2, width: 12, height: 10 }]);
        assert_eq!(picture.target, Some(Rect { x: 2, y: 2, width: 4, height: 4 }));
        let mut reader = png::Decoder::new(std::io::Cursor::new(picture.png)).read_info().expect("a picture");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        let at = |x: usize, y: usize| &pixels[(y * 40 + x) * 3..][..3];
        assert_eq!(at(8, 2), INK);
        assert_eq!(at(19, 11), INK);
        assert_ne!(at(20, 11), INK);
        assert_ne!(at(7, 2), INK);
    }

    #[test]
    fn alpha_is_dropped() {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 2, 1);
        encoder.set_color(png::ColorType::Rgba);
        let pixels = [1, 2, 3, 255, 4, 5, 6, 255];
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).expect("a picture");
        assert_eq!(decode(&png), Ok((vec![1, 2, 3, 4, 5, 6], 2, 1)));
    }

    #[test]
    fn what_is_out_of_view_is_no_rectangle_and_what_hangs_over_is_clipped() {
        let fields = vec![
            Area { x: -50.0, y: 0.0, width: 10.0, height: 10.0 },
            Area { x: 18.0, y: 8.0, width: 100.0, height: 100.0 },
        ];
        let picture = develop(negative(fields)).expect("a picture");
        assert_eq!(picture.covered, [Rect { x: 34, y: 14, width: 6, height: 6 }]);
    }

    #[test]
    fn a_piece_of_a_picture_has_its_pixels_and_no_others() {
        let png = develop(negative(Vec::new())).expect("a picture").png;
        let (whole, width, _) = decode(&png).expect("pixels");
        let piece = Rect { x: 7, y: 3, width: 5, height: 4 };
        let (pixels, piece_width, piece_height) = decode(&crop(&png, &piece).expect("a piece")).expect("pixels");
        assert_eq!((piece_width, piece_height), (5, 4));
        for (at, pixel) in pixels.chunks_exact(3).enumerate() {
            let (x, y) = (at % 5 + 7, at / 5 + 3);
            assert_eq!(pixel, &whole[(y * width as usize + x) * 3..][..3], "{x},{y}");
        }
        assert_eq!(size(&png), Ok((40, 20)));
    }

    #[test]
    fn a_piece_outside_a_picture_is_none() {
        let png = develop(negative(Vec::new())).expect("a picture").png;
        for (x, y, width, height) in [(0, 0, 0, 5), (0, 0, 5, 0), (36, 0, 5, 5), (0, 16, 5, 5), (u32::MAX, 0, 5, 5)] {
            assert!(crop(&png, &Rect { x, y, width, height }).is_err());
        }
        assert!(crop(&png[..30], &Rect { x: 0, y: 0, width: 1, height: 1 }).is_err() && size(b"no picture").is_err());
    }

    #[test]
    fn places_in_a_text_are_counted_in_utf_16_units() {
        assert_eq!(units("è😀x", vec![0..2, 2..6, 6..7, 0..6]), [(0, 1), (1, 3), (3, 4), (0, 3)]);
    }

    #[test]
    fn a_broken_picture_is_a_fault_and_no_panic() {
        let whole = negative(Vec::new()).capture.png().expect("a picture");
        for capture in [Capture::Png(whole[..30].to_vec()), Capture::Base64("no picture".into())] {
            assert!(develop(Negative { capture, ..negative(Vec::new()) }).is_err());
        }
    }
}

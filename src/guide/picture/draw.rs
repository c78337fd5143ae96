//! What is drawn over a picture: the outline of the control to use, and the numbers with their lines. All of it has a light
//! edge, so that it shows on any ground.

use super::font;
use super::layout::{Disc, OUTLINE, RADIUS, RING, Sheet};
use super::plane::Point;
use crate::record::Rect;

/// The colour of all that is drawn: no portal has it, and white on it is read with ease.
const INK: &str = "#b8005c";

/// The colour of the light edge and of the numbers.
const LIGHT: &str = "#ffffff";

/// How wide lines are, and how wide with their light edge, pixels of the page.
const LINE: (i32, i32) = (2, 5);

/// How high a number of one digit is and one of more.
const NUMBER: (i32, i32) = (15, 12);

/// The outline, lines and discs as a piece of SVG, in device pixels.
pub(super) fn svg(sheet: &Sheet, discs: &[Disc]) -> String {
    let scale = f64::from(sheet.scale);
    let mut svg = String::new();
    if let Some(rect) = &sheet.outlined {
        svg.push_str(&outline(sheet, rect, scale));
    }
    for Disc { centre, leader, .. } in discs {
        svg.push_str(&leader.map_or_else(String::new, |end| line(*centre, end, scale)));
    }
    for disc in discs {
        svg.push_str(&number(disc, scale));
    }
    svg
}

fn outline(sheet: &Sheet, rect: &Rect, scale: f64) -> String {
    let (line, edge) = (f64::from(LINE.0) * scale, f64::from(LINE.1) * scale);
    // As far out as the layout counts on; at the picture's edge still inside it.
    let away = f64::from(OUTLINE) * scale - edge / 2.0;
    let inside = |from: f64, end: f64, most: u32| {
        let (from, end) = ((from - away).max(edge / 2.0), (end + away).min(f64::from(most) - edge / 2.0));
        (from, (end - from).max(0.0))
    };
    let (left, top) = (f64::from(rect.x), f64::from(rect.y));
    let (x, width) = inside(left, left + f64::from(rect.width), sheet.width);
    let (y, height) = inside(top, top + f64::from(rect.height), sheet.height);
    let radius = 8.0 * scale;
    let stroke = |colour: &str, wide: f64| {
        format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\" fill=\"none\" stroke=\"{colour}\" \
             stroke-width=\"{wide}\"/>"
        )
    };
    stroke(LIGHT, edge) + &stroke(INK, line)
}

fn line(from: Point, to: Point, scale: f64) -> String {
    let part = |colour: &str, wide: f64, end: f64| {
        format!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{colour}\" stroke-width=\"{wide}\"/>\
             <circle cx=\"{2}\" cy=\"{3}\" r=\"{end}\" fill=\"{colour}\"/>",
            from.x, from.y, to.x, to.y
        )
    };
    let (line, edge) = (f64::from(LINE.0) * scale, f64::from(LINE.1) * scale);
    part(LIGHT, edge, 4.5 * scale) + &part(INK, line, 3.0 * scale)
}

fn number(disc: &Disc, scale: f64) -> String {
    let Disc { number, centre: Point { x, y }, .. } = disc;
    let size = f64::from(if *number < 10 { NUMBER.0 } else { NUMBER.1 }) * scale;
    let (radius, edge) = (f64::from(RADIUS) * scale, f64::from(RADIUS + RING) * scale);
    let baseline = f64::from(*y) + font::CAPITAL / 2.0 * size;
    format!(
        "<circle cx=\"{x}\" cy=\"{y}\" r=\"{edge}\" fill=\"{LIGHT}\"/><circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{INK}\"/>\
         <text x=\"{x}\" y=\"{baseline}\" text-anchor=\"middle\" font-size=\"{size}\" font-weight=\"700\" fill=\"{LIGHT}\">{number}</text>"
    )
}

#[cfg(test)]
mod tests {
    use super::{INK, LIGHT};

    /// The relative luminance of a colour, as WCAG 2.2 defines it.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn numbers_are_read_with_ease() {
        let contrast = (luminance(LIGHT) + 0.05) / (luminance(INK) + 0.05);
        assert!(contrast >= 4.5, "{contrast}");
    }
}

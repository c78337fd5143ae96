//! The values that the persona has typed, drawn where the camera has painted the holder's over.

use super::font;
use super::{PictureError, colour, escaped};
use crate::record::PaintedField;

/// The fields' values as a piece of SVG, in device pixels; each clipped to its field.
pub(super) fn svg(fields: &[PaintedField]) -> Result<String, PictureError> {
    let mut svg = String::new();
    for (at, field) in fields.iter().enumerate() {
        // A line break is drawn as the space it is read as.
        let says: String = field.says.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        if let Some(letter) = font::missing(&says) {
            return Err(PictureError::Letter { says: field.says.clone(), letter });
        }
        let (text, place) = (&field.text, &field.place);
        let (anchor, x) = match field.align.as_str() {
            "center" => ("middle", f64::from(text.x) + f64::from(text.width) / 2.0),
            "end" => ("end", f64::from(text.x) + f64::from(text.width)),
            _ => ("start", f64::from(text.x)),
        };
        let size = f64::from(field.size);
        let middle = f64::from(text.y) + f64::from(text.height) / 2.0;
        let baseline = (middle + (font::REACH.0 - font::REACH.1) / 2.0 * size).round();
        // The first letter's own slant may reach out of its line, as it does in a browser.
        let slant = field.size / 8;
        let left = text.x.saturating_sub(slant).max(place.x);
        let right = (text.x + text.width).saturating_add(slant).min(place.x + place.width);
        svg.push_str(&format!(
            "<clipPath id=\"field-{at}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>",
            left,
            place.y,
            right.saturating_sub(left),
            place.height
        ));
        svg.push_str(&format!(
            "<g clip-path=\"url(#field-{at})\"><text x=\"{x}\" y=\"{baseline}\" text-anchor=\"{anchor}\" font-size=\"{size}\" \
             font-weight=\"400\" fill=\"{}\" xml:space=\"preserve\">{}</text></g>",
            colour(&field.ink)?,
            escaped(&says)
        ));
    }
    Ok(svg)
}

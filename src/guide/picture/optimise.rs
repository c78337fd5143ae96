//! The PNG file of a finished picture: its colours and nothing else, as small as that goes without losing any.

use oxipng::{BitDepth, ColorType, Options, RawImage};
use resvg::tiny_skia::PixmapRef;

use super::PictureError;

/// How hard it is tried, of 0 to 6: more takes long for little.
const EFFORT: u8 = 2;

/// An opaque picture as a file of three bytes a pixel, without any further chunk. The same pixels give the same bytes.
pub(super) fn png(picture: PixmapRef<'_>) -> Result<Vec<u8>, PictureError> {
    let pixels = picture.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut options = Options::from_preset(EFFORT);
    // All readers of a guide's pictures know this kind.
    options.color_type_reduction = false;
    options.palette_reduction = false;
    options.grayscale_reduction = false;
    options.bit_depth_reduction = false;
    let colours = ColorType::RGB { transparent_color: None };
    RawImage::new(picture.width(), picture.height(), colours, BitDepth::Eight, pixels)
        .and_then(|raw| raw.create_optimized_png(&options))
        .map_err(|error| PictureError::Encode(error.to_string()))
}

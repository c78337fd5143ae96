//! Where something is to be read on a picture: where its colour changes from one pixel to the next.

use resvg::tiny_skia::{PixmapRef, PremultipliedColorU8};

use crate::record::Rect;

/// Two neighbours that differ by no more are of one colour: shadows and gradients go in smaller steps.
const ALIKE: u8 = 16;

/// The changes of colour of a picture, summed up so that those of any piece of it are four look-ups away.
pub(super) struct Ground {
    width: usize,
    height: usize,
    /// For each corner of the pixels' grid the changes above and to the left of it.
    sums: Vec<u32>,
}

impl Ground {
    pub(super) fn of(picture: PixmapRef<'_>) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let pixels = picture.pixels();
        let mut sums = vec![0; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0;
            for x in 0..width {
                let at = y * width + x;
                let changes = (x + 1 < width && differ(pixels[at], pixels[at + 1]))
                    || (y + 1 < height && differ(pixels[at], pixels[at + width]));
                row += u32::from(changes);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
            }
        }
        Self { width, height, sums }
    }

    /// The share of a piece's pixels, from 0 to 1, next to which the colour changes.
    pub(super) fn busy(&self, piece: &Rect) -> f64 {
        let end = |from: u32, length: u32, most: usize| (from as usize + length as usize).min(most);
        let (left, top) = ((piece.x as usize).min(self.width), (piece.y as usize).min(self.height));
        let (right, bottom) = (end(piece.x, piece.width, self.width), end(piece.y, piece.height, self.height));
        let sum = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let changes = sum(right, bottom) + sum(left, top) - sum(left, bottom) - sum(right, top);
        f64::from(changes) / (f64::from(piece.width) * f64::from(piece.height)).max(1.0)
    }
}

fn differ(one: PremultipliedColorU8, other: PremultipliedColorU8) -> bool {
    one.red().abs_diff(other.red()) > ALIKE
        || one.green().abs_diff(other.green()) > ALIKE
        || one.blue().abs_diff(other.blue()) > ALIKE
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::{Color, Paint, Pixmap, Rect as Area, Transform};

    use super::Ground;
    use crate::record::Rect;

    #[test]
    fn a_piece_is_busy_where_its_colour_changes_and_nowhere_else() {
        let mut picture = Pixmap::new(40, 20).expect("a picture");
        picture.fill(Color::WHITE);
        let mut paint = Paint::default();
        paint.set_color_rgba8(20, 30, 40, 255);
        picture.fill_rect(Area::from_xywh(10.0, 5.0, 8.0, 4.0).expect("a place"), &paint, Transform::identity(), None);
        let ground = Ground::of(picture.as_ref());
        let busy = |x, y, width, height| ground.busy(&Rect { x, y, width, height });
        for share in
            [busy(0, 0, 9, 20), busy(11, 6, 5, 2), busy(20, 0, 20, 20), busy(0, 10, 40, 10), busy(30, 10, 1000, 1000)]
        {
            assert!(share <= 0.0, "{share}");
        }
        // The pixels left of its left edge, and the whole.
        assert!(busy(9, 5, 1, 4) > 0.99 && busy(0, 0, 40, 20) > 0.0);
    }
}

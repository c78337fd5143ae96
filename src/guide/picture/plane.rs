//! Places on a picture and what lies between them, in device pixels.

use crate::record::Rect;

/// A place, device pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

/// A piece of the picture, by its edges; the last two are just outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Piece {
    pub(super) fn of(rect: &Rect) -> Self {
        // Pictures are far smaller than what would not fit.
        let edge = |value: u32| i32::try_from(value).unwrap_or(i32::MAX / 4).min(i32::MAX / 4);
        let (left, top) = (edge(rect.x), edge(rect.y));
        Self { left, top, right: left + edge(rect.width), bottom: top + edge(rect.height) }
    }

    pub(super) fn grown(self, by: i32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    pub(super) fn holds(&self, other: &Self) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }

    pub(super) fn nearest(&self, to: Point) -> Point {
        let within = |value: i32, from: i32, end: i32| value.clamp(from, (end - 1).max(from));
        Point { x: within(to.x, self.left, self.right), y: within(to.y, self.top, self.bottom) }
    }

    pub(super) fn distance(&self, to: Point) -> f64 {
        apart(self.nearest(to), to)
    }

    pub(super) fn rect(&self) -> Rect {
        let edge = |value: i32| value.max(0).cast_unsigned();
        let (x, y) = (edge(self.left), edge(self.top));
        Rect { x, y, width: edge(self.right).saturating_sub(x), height: edge(self.bottom).saturating_sub(y) }
    }
}

pub(super) fn apart(one: Point, other: Point) -> f64 {
    let (x, y) = (f64::from(one.x - other.x), f64::from(one.y - other.y));
    // Not `hypot`, which is not the same to the last bit on each machine.
    (x * x + y * y).sqrt()
}

/// The points of a line, close enough that none of a letter's strokes is missed.
pub(super) fn line(from: Point, to: Point) -> impl Iterator<Item = Point> + Clone {
    let count = (from.x - to.x).abs().max((from.y - to.y).abs()).max(1) / 2 + 1;
    let at = move |from: i32, to: i32, step: i32| from + (to - from) * step / count;
    (0..=count).map(move |step| Point { x: at(from.x, to.x, step), y: at(from.y, to.y, step) })
}

/// Whether a line touches a piece.
pub(super) fn crosses(piece: &Piece, from: Point, to: Point) -> bool {
    line(from, to).any(|at| piece.left <= at.x && at.x < piece.right && piece.top <= at.y && at.y < piece.bottom)
}

//! Where the numbers of a picture stand: each beside its element and never over one, on a ground where nothing is written,
//! else a little apart with a line that leads to it. Pure: sizes in, places out.

use super::plane::{Piece, Point, apart, crosses, line};
use crate::guide::drawing::Callout;
use crate::record::Rect;

/// How large a disc is from its centre on, pixels of the page.
pub(super) const RADIUS: i32 = 12;

/// How far the light ring around a disc reaches.
pub(super) const RING: i32 = 2;

/// How far the outline of the control to use reaches beyond it, its light edge with it.
pub(super) const OUTLINE: i32 = 7;

/// The least between a disc and an element, and between two discs.
const GAP: i32 = 4;

/// A disc whose edge is farther than this from its element has a line that leads there.
const APART: i32 = 14;

/// How fine the search is, pixels of the page: from one distance to the next, and along an element's side.
const STEP: i32 = 4;

/// So much around a disc is to be free of what is read, too; there it costs half.
const MARGIN: i32 = 3;

/// What it costs, in pixels of distance, to stand where something is to be read, for each pixel of its height: of a border,
/// which is crossed without much harm, and of what is higher than one.
const BUSY: (f64, f64) = (8.0, 24.0);

/// No border is thicker, pixels of the page.
const BORDER: f64 = 3.0;

/// What a leading line costs, and one that crosses something along its whole length, for each pixel.
const LEADER: (f64, f64) = (12.0, 1.0);

/// What it costs to stand nearer to another element than to its own.
const DOUBTFUL: f64 = 30.0;

/// A number's disc, device pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disc {
    /// The number in it.
    pub number: usize,
    /// Its centre.
    pub centre: Point,
    /// Where at its element the line ends that leads from it; nothing: it stands close by.
    pub leader: Option<Point>,
}

/// A picture that numbers are put on. All lengths are in device pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Device pixels for each pixel of the page.
    pub scale: u32,
    /// The control that is outlined.
    pub outlined: Option<Rect>,
}

/// Where the discs stand, one for each callout, in their order. `busy` is the share of a piece of the picture, from 0 to 1, in
/// which something is to be read. In a picture too small for all, discs may stand over elements, at worst over one another.
pub fn places(sheet: &Sheet, callouts: &[Callout], busy: impl Fn(&Rect) -> f64) -> Vec<Disc> {
    // A reader finds them sooner on one side: what is better on the whole decides.
    let [left, right] = [Side::Left, Side::Right].map(|first| Search::new(sheet, callouts, first, &busy).all());
    if right.1 < left.1 { right.0 } else { left.0 }
}

/// The side of its element on which a disc stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Above,
    Below,
}

/// What a place must not be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// No element and no disc.
    Elements,
    /// No disc.
    Discs,
}

/// A place for a disc, and what it costs.
#[derive(Debug, Clone, Copy)]
struct Place {
    centre: Point,
    leader: Option<Point>,
    cost: f64,
}

struct Search<'a, Busy> {
    callouts: &'a [Callout],
    /// The elements that have a number.
    elements: Vec<Piece>,
    /// The outlined one, with its outline.
    outlined: Option<Piece>,
    sheet: Piece,
    scale: i32,
    first: Side,
    busy: &'a Busy,
    /// The discs that have their place: the ground they take.
    taken: Vec<Piece>,
    /// Their leading lines.
    lines: Vec<(Point, Point)>,
}

impl<'a, Busy: Fn(&Rect) -> f64> Search<'a, Busy> {
    fn new(sheet: &Sheet, callouts: &'a [Callout], first: Side, busy: &'a Busy) -> Self {
        let scale = i32::try_from(sheet.scale).unwrap_or(1).clamp(1, 16);
        let outlined = sheet.outlined.as_ref().map(|rect| Piece::of(rect).grown(OUTLINE * scale));
        let elements = callouts.iter().map(|callout| Piece::of(&callout.place)).collect();
        let whole = Rect { x: 0, y: 0, width: sheet.width, height: sheet.height };
        let (taken, lines) = (Vec::new(), Vec::new());
        Self { callouts, elements, outlined, sheet: Piece::of(&whole), scale, first, busy, taken, lines }
    }

    fn all(mut self) -> (Vec<Disc>, f64) {
        let (mut discs, mut total) = (Vec::new(), 0.0);
        for callout in self.callouts {
            let own = Piece::of(&callout.place);
            let place = [Keep::Elements, Keep::Discs].into_iter().find_map(|keep| self.beside(&own, keep));
            let place = place.unwrap_or_else(|| self.anywhere(&own));
            self.taken.push(self.ground(place.centre));
            self.lines.extend(place.leader.map(|end| (place.centre, end)));
            total += place.cost;
            discs.push(Disc { number: callout.number, centre: place.centre, leader: place.leader });
        }
        (discs, total)
    }

    /// All elements but one, the outlined one with its outline. An element's own outline may have the disc on it.
    fn others(&self, own: &Piece) -> impl Iterator<Item = Piece> {
        let outlined = self.outlined.filter(|outlined| *outlined != own.grown(OUTLINE * self.scale));
        self.elements.iter().copied().filter(move |element| element != own).chain(outlined)
    }

    /// What a disc takes, its ring with it.
    fn ground(&self, centre: Point) -> Piece {
        let reach = (RADIUS + RING) * self.scale;
        let Point { x, y } = centre;
        Piece { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
    }

    /// The cheapest place around an element: farther and farther out, until no place there can be cheaper.
    fn beside(&self, own: &Piece, keep: Keep) -> Option<Place> {
        let farthest = (self.sheet.right - self.sheet.left).max(self.sheet.bottom - self.sheet.top);
        // An element that fills the picture has its number within.
        let nearest = if keep == Keep::Elements { GAP * self.scale } else { -farthest };
        let mut best: Option<Place> = None;
        for gap in (nearest..farthest).step_by((STEP * self.scale).unsigned_abs() as usize) {
            let far = f64::from((gap - GAP * self.scale).abs()) / f64::from(self.scale);
            if keep == Keep::Elements && best.is_some_and(|best| best.cost <= far) {
                break;
            }
            for (centre, shift) in self.ring(own, gap) {
                let least = far + shift;
                if best.is_none_or(|best| least < best.cost)
                    && let Some(place) = self.judged(own, centre, least, keep)
                    && best.is_none_or(|best| place.cost < best.cost)
                {
                    best = Some(place);
                }
            }
        }
        best
    }

    /// The places at one distance from an element, each with what it costs to be there rather than at its middle.
    fn ring(&self, own: &Piece, gap: i32) -> Vec<(Point, f64)> {
        let (reach, step) = ((RADIUS + RING) * self.scale, STEP * self.scale);
        let outer = own.grown(gap + reach);
        let middle = i32::midpoint(own.top, own.bottom);
        let start = own.left + reach;
        let mut places = Vec::new();
        for side in [Side::Left, Side::Right, Side::Above, Side::Below] {
            let (anchor, from, end) = match side {
                Side::Left | Side::Right => (middle, outer.top, outer.bottom),
                Side::Above | Side::Below => (start, outer.left, outer.right),
            };
            let dear = match side {
                side if side == self.first => 0.0,
                Side::Left | Side::Right => 4.0,
                Side::Above => 22.0,
                Side::Below => 26.0,
            };
            let first = anchor - (anchor - from).max(0) / step * step;
            for at in (first..=end).step_by(step.unsigned_abs() as usize) {
                let centre = match side {
                    Side::Left => Point { x: outer.left, y: at },
                    Side::Right => Point { x: outer.right, y: at },
                    Side::Above => Point { x: at, y: outer.top },
                    Side::Below => Point { x: at, y: outer.bottom },
                };
                places.push((centre, dear + f64::from((at - anchor).abs()) / f64::from(self.scale) / 2.0));
            }
        }
        places
    }

    /// What a place costs; nothing where no disc may stand.
    fn judged(&self, own: &Piece, centre: Point, least: f64, keep: Keep) -> Option<Place> {
        let ground = self.ground(centre);
        let between = ground.grown(GAP * self.scale / 2);
        let crossed = |&(from, to): &(Point, Point)| crosses(&between, from, to);
        if !self.sheet.holds(&ground)
            || self.taken.iter().any(|taken| taken.grown(GAP * self.scale / 2).meets(&between))
            || self.lines.iter().any(crossed)
            || (keep == Keep::Elements && self.others(own).chain([*own]).any(|element| element.meets(&ground)))
        {
            return None;
        }
        let mut cost = least;
        cost += self.harm(&ground) + self.harm(&ground.grown(MARGIN * self.scale)) / 2.0;
        let distance = own.distance(centre);
        let apart = distance > f64::from((RADIUS + RING + APART) * self.scale);
        let leader = apart.then(|| own.nearest(centre));
        if let Some(end) = leader {
            let over = |piece: &Piece| crosses(piece, centre, end);
            if self.taken.iter().any(over) || self.others(own).any(|element| !element.meets(own) && over(&element)) {
                return None;
            }
            cost += LEADER.0 + self.crossed(&ground, centre, end) * LEADER.1;
        } else if self.others(own).any(|element| !element.meets(own) && element.distance(centre) <= distance) {
            cost += DOUBTFUL;
        }
        Some(Place { centre, leader, cost })
    }

    /// What it costs to stand on a piece because of what is written there.
    fn harm(&self, piece: &Piece) -> f64 {
        let height = self.height(piece);
        height.min(BORDER) * BUSY.0 + (height - BORDER).max(0.0) * BUSY.1
    }

    /// How high what is written on a piece is, pixels of the page; of an upright line, how wide.
    fn height(&self, piece: &Piece) -> f64 {
        if (self.busy)(&piece.rect()) == 0.0 {
            return 0.0;
        }
        let busy = |piece: &Piece| (self.busy)(&piece.rect()) > 0.0;
        let rows = (piece.top..piece.bottom).filter(|&top| busy(&Piece { top, bottom: top + 1, ..*piece })).count();
        let columns =
            (piece.left..piece.right).filter(|&left| busy(&Piece { left, right: left + 1, ..*piece })).count();
        u32::try_from(rows.min(columns)).map_or(0.0, f64::from) / f64::from(self.scale)
    }

    /// How much of a leading line is over something written, pixels of the page.
    fn crossed(&self, ground: &Piece, from: Point, to: Point) -> f64 {
        let is_over = |at: &Point| {
            let pen = Piece { left: at.x, top: at.y, right: at.x + 1, bottom: at.y + 1 };
            !ground.meets(&pen) && (self.busy)(&pen.grown(self.scale).rect()) > 0.0
        };
        let all = line(from, to);
        let count = |points: usize| u32::try_from(points).map_or(0.0, f64::from);
        count(all.clone().filter(is_over).count()) / count(all.count()) * apart(from, to) / f64::from(self.scale)
    }

    /// In a picture without room: at the element's beginning, as far as that is inside.
    fn anywhere(&self, own: &Piece) -> Place {
        let reach = (RADIUS + RING) * self.scale;
        let within = |value: i32, from: i32, end: i32| value.clamp(from + reach, (end - reach).max(from + reach));
        let centre = Point {
            x: within(own.left, self.sheet.left, self.sheet.right),
            y: within(own.top, self.sheet.top, self.sheet.bottom),
        };
        Place { centre, leader: None, cost: 10_000.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
    use proptest::{collection, option};

    use super::super::plane::{Piece, Point, apart, crosses};
    use super::{OUTLINE, RADIUS, RING, Sheet, places};
    use crate::guide::drawing::Callout;
    use crate::record::Rect;

    const WIDTH: u32 = 1280;
    const HEIGHT: u32 = 800;

    fn sheet(scale: u32, outlined: Option<Rect>) -> Sheet {
        Sheet { width: WIDTH * scale, height: HEIGHT * scale, scale, outlined }
    }

    fn callouts(rects: &[Rect]) -> Vec<Callout> {
        rects.iter().enumerate().map(|(at, place)| Callout { number: at + 1, place: *place }).collect()
    }

    fn ground(centre: Point, scale: u32) -> Piece {
        let reach = (RADIUS + RING) * scale.cast_signed();
        Piece { left: centre.x, top: centre.y, right: centre.x, bottom: centre.y }.grown(reach)
    }

    /// Rows of a form or of links, one close below the other.
    fn rows() -> impl Strategy<Value = Vec<Rect>> {
        (0..900_u32, 0..300_u32, 8..380_u32, 12..40_u32, 0..12_u32, 1..13_u32).prop_map(
            |(x, y, width, height, gap, count)| {
                let fitting = (0..count).map(|row| y + row * (height + gap)).filter(|y| y + height <= HEIGHT);
                fitting.map(|y| Rect { x, y, width, height }).collect()
            },
        )
    }

    /// Elements of all sizes anywhere, over the edges' very last pixels too, none over another.
    fn scattered() -> impl Strategy<Value = Vec<Rect>> {
        let length = || prop_oneof![1..24_u32, 20..300_u32];
        let rect = (0..=WIDTH, 0..=HEIGHT, length(), length()).prop_map(|(x, y, width, height)| Rect {
            x: x.min(WIDTH - width),
            y: y.min(HEIGHT - height),
            width,
            height,
        });
        collection::vec(rect, 1..13).prop_map(|rects| {
            let mut apart: Vec<Rect> = Vec::new();
            for rect in rects {
                if !apart.iter().any(|other| Piece::of(other).meets(&Piece::of(&rect))) {
                    apart.push(rect);
                }
            }
            apart
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn discs_are_inside_and_over_no_element_nor_another_disc(
            rects in prop_oneof![rows(), scattered()],
            scale in 1..3_u32,
            outlined in option::of(any::<proptest::sample::Index>()),
            text in 10..90_u32,
        ) {
            let scaled = |rect: &Rect| Rect { x: rect.x * scale, y: rect.y * scale, width: rect.width * scale, height: rect.height * scale };
            let rects: Vec<Rect> = rects.iter().map(scaled).collect();
            let outlined = outlined.map(|index| *index.get(&rects));
            let sheet = sheet(scale, outlined);
            // Lines of text with a margin, everywhere but in the picture's lower part.
            let busy = |piece: &Rect| f64::from(u8::from(piece.y < 500 * scale && (piece.y / scale) % 100 < text && piece.x > 200 * scale));
            let discs = places(&sheet, &callouts(&rects), busy);
            let grounds: Vec<Piece> = discs.iter().map(|disc| ground(disc.centre, scale)).collect();
            assert_eq!(discs.iter().map(|disc| disc.number).collect::<Vec<_>>(), (1..=rects.len()).collect::<Vec<_>>());
            for (at, one) in grounds.iter().enumerate() {
                assert!(Piece::of(&Rect { x: 0, y: 0, width: sheet.width, height: sheet.height }).holds(one), "{at}: {one:?} is outside");
                for (target, rect) in rects.iter().enumerate() {
                    assert!(!Piece::of(rect).meets(one), "disc {at} over element {target}: {one:?} {rect:?}");
                    if Some(*rect) == outlined && at != target {
                        assert!(!Piece::of(rect).grown(OUTLINE * scale.cast_signed()).meets(one), "disc {at} over an outline");
                    }
                }
                assert!(!grounds[..at].iter().any(|other| other.meets(one)), "disc {at} over another");
                if let Some(end) = discs[at].leader {
                    assert!(Piece::of(&rects[at]).holds(&Piece { left: end.x, top: end.y, right: end.x + 1, bottom: end.y + 1 }));
                    for (other, rect) in rects.iter().enumerate().filter(|(other, _)| *other != at) {
                        assert!(!crosses(&Piece::of(rect), discs[at].centre, end), "line {at} over element {other}");
                    }
                }
            }
        }
    }

    const FIELD: Rect = Rect { x: 500, y: 300, width: 300, height: 40 };

    #[test]
    fn numbers_of_a_form_stand_in_one_line_on_its_calm_side() {
        let rects = [0, 60, 120].map(|down| Rect { y: FIELD.y + down, ..FIELD });
        let on = |calm: &dyn Fn(&Rect) -> bool| {
            let discs = places(&sheet(1, None), &callouts(&rects), |piece| f64::from(u8::from(!calm(piece))));
            assert!(discs.iter().all(|disc| disc.leader.is_none()));
            discs.iter().map(|disc| (disc.centre.x, disc.centre.y)).collect::<Vec<_>>()
        };
        assert_eq!(on(&|_| true), [(482, 320), (482, 380), (482, 440)]);
        // Labels on the left.
        assert_eq!(on(&|piece| piece.x >= 500), [(818, 320), (818, 380), (818, 440)]);
    }

    #[test]
    fn where_all_around_is_written_the_number_stands_apart_with_a_line() {
        let calm = Piece { left: 820, top: 250, right: 1000, bottom: 420 };
        let busy = |piece: &Rect| f64::from(u8::from(!calm.holds(&Piece::of(piece))));
        let discs = places(&sheet(1, Some(FIELD)), &callouts(&[FIELD]), busy);
        let [disc] = discs.as_slice() else { panic!("{discs:?}") };
        assert!(calm.holds(&ground(disc.centre, 1)), "{disc:?}");
        let end = disc.leader.expect("a line");
        assert_eq!((end.x, apart(disc.centre, end) < 60.0), (799, true), "{disc:?}");
    }

    #[test]
    fn a_border_is_crossed_rather_than_a_word() {
        let border = |piece: &Rect| piece.x <= 480 && piece.x + piece.width > 480;
        let label = |piece: &Rect| piece.y < 295;
        let busy = |piece: &Rect| {
            f64::from(u8::from(border(piece) || label(piece) || piece.x > 700 || piece.y > 330 && piece.x > 490))
        };
        let discs = places(&sheet(1, None), &callouts(&[FIELD]), busy);
        assert_eq!(discs[0].centre, Point { x: 482, y: 320 });
    }

    #[test]
    fn an_element_that_fills_the_picture_has_its_number_within_and_none_is_lost_in_a_tiny_one() {
        let whole = Rect { x: 0, y: 0, width: WIDTH, height: HEIGHT };
        let discs = places(&sheet(1, Some(whole)), &callouts(&[whole, FIELD]), |_| 0.0);
        assert!(discs.iter().all(|disc| Piece::of(&whole).holds(&ground(disc.centre, 1))), "{discs:?}");
        let tiny = Sheet { width: 30, height: 30, scale: 1, outlined: None };
        let element = Rect { x: 0, y: 0, width: 20, height: 20 };
        assert_eq!(places(&tiny, &callouts(&[element; 3]), |_| 1.0).len(), 3);
        let none = Sheet { width: 1, height: 1, scale: u32::MAX, outlined: Some(element) };
        assert_eq!(places(&none, &callouts(&[element]), |_| 0.0).len(), 1);
    }
}

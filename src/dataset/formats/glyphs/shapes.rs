//! The ten glyphs, as pen strokes in a square from -1 to 1 (x to the right, y down).
//!
//! Only `+ - * /` and square roots, which every machine rounds alike, are used here and in
//! [`super::paint`], so that the dataset is the same everywhere, byte for byte.

use rand::{Rng, RngExt};

/// A point: x, y.
pub(super) type Point = [f64; 2];

/// A polyline drawn without lifting the pen.
pub(super) type Stroke = Vec<Point>;

/// Names of the classes, in the order of the labels.
pub(super) const NAMES: [&str; 10] = [
    "ring",
    "horseshoe",
    "cross",
    "tee",
    "triangle",
    "arrow",
    "zed",
    "ess",
    "spiral",
    "star",
];

/// A uniform number from `low` to `high`.
pub(super) fn between(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// Cosine and sine of twice the angle whose tangent is `half`.
pub(super) fn turn(half: f64) -> Point {
    let scale = 1.0 / (1.0 + half * half);
    [(1.0 - half * half) * scale, 2.0 * half * scale]
}

/// The strokes of the glyph of class `label`, with the freedom that its class allows.
///
/// Some pairs are near: a horseshoe with a narrow gap and a ring, a tee whose bar has slipped down
/// and a cross. An ess is a mirrored zed, which is why mirroring an image may change its class.
pub(super) fn strokes(label: usize, rng: &mut impl Rng) -> Vec<Stroke> {
    match label {
        0 => vec![arc(0, 40)],
        1 => {
            let gap = rng.random_range(4..13);
            let start = rng.random_range(0..40);
            vec![arc(start, 40 - gap)]
        }
        2 => {
            let height = between(rng, -0.3, 0.15);
            vec![
                vec![[-1.0, height], [1.0, height]],
                vec![[0.0, -1.0], [0.0, 1.0]],
            ]
        }
        3 => {
            let height = between(rng, -1.0, -0.72);
            vec![
                vec![[-1.0, height], [1.0, height]],
                vec![[0.0, -1.0], [0.0, 1.0]],
            ]
        }
        4 => {
            let top = between(rng, -0.35, 0.35);
            vec![vec![[top, -0.95], [0.95, 0.8], [-0.95, 0.8], [top, -0.95]]]
        }
        5 => {
            let barb = between(rng, 0.45, 0.8);
            vec![
                vec![[0.0, 1.0], [0.0, -1.0]],
                vec![[-barb, barb - 1.0], [0.0, -1.0], [barb, barb - 1.0]],
            ]
        }
        6 => vec![zed(rng)],
        7 => vec![zed(rng).into_iter().map(|[x, y]| [-x, y]).collect()],
        8 => vec![spiral(rng)],
        _ => vec![star()],
    }
}

/// `length` fortieths of the unit circle, from fortieth `start` on.
fn arc(start: u32, length: u32) -> Stroke {
    let step = turn(0.078_701_706_824_618_45);
    let mut point = [0.0, -1.0];
    let mut points = Vec::with_capacity(length as usize + 1);
    for place in 0..=start + length {
        if place >= start {
            points.push(point);
        }
        point = rotate(point, step);
    }
    points
}

fn rotate([x, y]: Point, [cosine, sine]: Point) -> Point {
    [x * cosine - y * sine, x * sine + y * cosine]
}

fn zed(rng: &mut impl Rng) -> Stroke {
    let bar = between(rng, 0.65, 0.9);
    vec![[-bar, -0.9], [bar, -0.9], [-bar, 0.9], [bar, 0.9]]
}

/// Two turns outwards, ending at the top or anywhere up to a quarter behind it.
fn spiral(rng: &mut impl Rng) -> Stroke {
    let step = turn(0.131_652_497_587_395_86);
    let first = rng.random_range(0..6);
    let mut direction = [0.0, -1.0];
    for _ in 0..first {
        direction = rotate(direction, step);
    }
    (0..=44)
        .map(|place| {
            let radius = 0.1 + 0.9 * f64::from(place) / 44.0;
            let point = direction.map(|part| part * radius);
            direction = rotate(direction, step);
            point
        })
        .collect()
}

/// The outline of a five-pointed star.
fn star() -> Stroke {
    let step = turn(0.324_919_696_232_906_3);
    let mut direction = [0.0, -1.0];
    (0..=10)
        .map(|place| {
            let radius = if place % 2 == 0 { 1.0 } else { 0.42 };
            let point = direction.map(|part| part * radius);
            direction = rotate(direction, step);
            point
        })
        .collect()
}

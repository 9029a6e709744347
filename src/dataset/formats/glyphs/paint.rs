//! One image: the place of a glyph, what is over and under it, and their surfaces.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Variant;
use super::shapes::{Point, Stroke, between, strokes, turn};

/// Rows and columns of an image.
pub(super) const SIDE: usize = 32;

const AREA: usize = SIDE * SIDE;

/// Levels by which smooth texture and fine grain move a value up or down at most.
const TEXTURE: [f64; 2] = [4.0, 1.1];

/// Levels by which each of the two parts of noise moves a value up or down at most.
const NOISE: f64 = 12.0;

/// Pixels over which the edge of a stroke fades.
const EDGE: f64 = 1.3;

/// Red, green, blue, each from 0 to 255.
type Colour = [f64; 3];

/// How much of each pixel a layer covers, from 0 to 1.
type Cover = Vec<f64>;

/// One sheet of colour on top of another.
struct Layer {
    cover: Cover,
    colour: Colour,
}

/// Paints image `index` of the split drawn from `seed`, a glyph of class `label` (C, H, W).
///
/// Even random streams of the seed place glyphs and choose colours, which all variants share; odd
/// ones make texture and noise.
pub(super) fn image(variant: Variant, label: usize, seed: u64, index: u64) -> Vec<u8> {
    let mut scene = ChaCha8Rng::seed_from_u64(seed);
    scene.set_stream(2 * index);
    let mut surface = ChaCha8Rng::seed_from_u64(seed);
    surface.set_stream(2 * index + 1);
    finish(variant, &layers(label, &mut scene), &mut surface)
}

/// Paper, strokes that mean nothing, the glyph, and often a scrap over a part of it.
fn layers(label: usize, rng: &mut impl Rng) -> Vec<Layer> {
    let paper = colour(rng);
    let ink = loop {
        let ink = colour(rng);
        if (70.0..135.0).contains(&(luma(ink) - luma(paper)).abs()) {
            break ink;
        }
    };
    let mut layers = vec![Layer {
        cover: vec![1.0; AREA],
        colour: paper,
    }];
    let placement = Placement::random(rng);
    let width = between(rng, 0.9, 1.9);
    for _ in 0..rng.random_range(1..=2_u32) {
        let end = || -> Point { [between(rng, 0.0, 31.0), between(rng, 0.0, 31.0)] };
        let stroke = distractor(end);
        let share = between(rng, 0.35, 1.0);
        layers.push(Layer {
            cover: pen(&[stroke], between(rng, 0.5, 1.2)),
            colour: mix(paper, ink, share),
        });
    }
    let glyph: Vec<Stroke> = strokes(label, rng)
        .into_iter()
        .map(|stroke| {
            stroke
                .into_iter()
                .map(|point| placement.apply(point))
                .collect()
        })
        .collect();
    layers.push(Layer {
        cover: pen(&glyph, width),
        colour: ink,
    });
    if rng.random_bool(0.4) {
        let from = placement.apply([between(rng, -1.0, 1.0), between(rng, -1.0, 1.0)]);
        let to = [
            from[0] + between(rng, -4.0, 4.0),
            from[1] + between(rng, -4.0, 4.0),
        ];
        let share = between(rng, 0.0, 0.6);
        layers.push(Layer {
            cover: pen(&[vec![from, to]], between(rng, 1.5, 3.2)),
            colour: mix(paper, colour(rng), share),
        });
    }
    layers
}

/// A short straight stroke between two random points, cut to at most 11 pixels.
fn distractor(mut end: impl FnMut() -> Point) -> Stroke {
    let (from, to) = (end(), end());
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let scale = (11.0 / (dx * dx + dy * dy).sqrt().max(1.0)).min(1.0);
    vec![from, [from[0] + dx * scale, from[1] + dy * scale]]
}

fn colour(rng: &mut impl Rng) -> Colour {
    std::array::from_fn(|_| f64::from(rng.random_range(52..=203_u32)))
}

fn luma([red, green, blue]: Colour) -> f64 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Whole levels between two colours, `share` of the way to the second.
fn mix(from: Colour, to: Colour, share: f64) -> Colour {
    std::array::from_fn(|channel| (from[channel] + (to[channel] - from[channel]) * share).round())
}

/// An affine map from the glyph's square to pixels.
struct Placement {
    matrix: [Point; 2],
    centre: Point,
}

impl Placement {
    /// Turned by up to 30 degrees either way, scaled, sheared and shifted, but never off the image.
    fn random(rng: &mut impl Rng) -> Self {
        let [cos, sin] = turn(between(rng, -0.268, 0.268));
        let scale = between(rng, 7.0, 11.5);
        let (wide, high) = (
            scale * between(rng, 0.85, 1.15),
            scale * between(rng, 0.85, 1.15),
        );
        let shear = between(rng, -0.2, 0.2);
        let margin = 15.0 - scale;
        Self {
            matrix: [
                [cos * wide, (cos * shear - sin) * high],
                [sin * wide, (sin * shear + cos) * high],
            ],
            centre: [
                15.5 + between(rng, -margin, margin),
                15.5 + between(rng, -margin, margin),
            ],
        }
    }

    fn apply(&self, [x, y]: Point) -> Point {
        let [row_x, row_y] = self.matrix;
        [
            self.centre[0] + row_x[0] * x + row_x[1] * y,
            self.centre[1] + row_y[0] * x + row_y[1] * y,
        ]
    }
}

/// Cover of strokes drawn with a round pen of radius `radius` pixels, fading over [`EDGE`] at its rim.
fn pen(strokes: &[Stroke], radius: f64) -> Cover {
    let mut squares = vec![f64::INFINITY; AREA];
    let reach = radius + EDGE / 2.0;
    for segment in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        let (from, to) = (segment[0], segment[1]);
        let [columns, rows] = [0, 1].map(|axis| {
            let low = (from[axis].min(to[axis]) - reach).ceil().max(0.0);
            let high = (from[axis].max(to[axis]) + reach).floor().min(31.0);
            (low as usize)..(high + 1.0).max(0.0) as usize
        });
        for y in rows {
            for x in columns.clone() {
                let square = &mut squares[y * SIDE + x];
                *square = square.min(squared_distance([x as f64, y as f64], from, to));
            }
        }
    }
    squares
        .into_iter()
        .map(|square| ((reach - square.sqrt()) / EDGE).clamp(0.0, 1.0))
        .collect()
}

/// Square of the distance from a point to the segment between two others.
fn squared_distance(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (px, py) = (point[0] - from[0], point[1] - from[1]);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        ((px * dx + py * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (x, y) = (px - along * dx, py - along * dy);
    x * x + y * y
}

/// Lays the layers over one another, adds the variant's texture and noise, and rounds to 8 bits.
fn finish(variant: Variant, layers: &[Layer], rng: &mut impl Rng) -> Vec<u8> {
    let mut canvas = vec![[0.0; 3]; AREA];
    for layer in layers {
        let texture = match variant {
            Variant::Plain => vec![0.0; AREA],
            Variant::Textured | Variant::Noise => texture(rng),
        };
        let gains: Colour = std::array::from_fn(|_| between(rng, 0.7, 1.0));
        for ((pixel, &cover), &texture) in canvas.iter_mut().zip(&layer.cover).zip(&texture) {
            for ((value, &paint), gain) in pixel.iter_mut().zip(&layer.colour).zip(gains) {
                *value += (paint + texture * gain - *value) * cover;
            }
        }
    }
    let mut pixels = Vec::with_capacity(3 * AREA);
    for channel in 0..3 {
        for pixel in &canvas {
            let noise = match variant {
                Variant::Plain | Variant::Textured => 0.0,
                Variant::Noise => between(rng, -NOISE, NOISE) + between(rng, -NOISE, NOISE),
            };
            pixels.push((pixel[channel] + noise).round().clamp(0.0, 255.0) as u8);
        }
    }
    pixels
}

/// Smooth clouds (a random lattice of four-pixel cells, interpolated) under fine grain, in levels.
fn texture(rng: &mut impl Rng) -> Vec<f64> {
    const CELL: usize = 4;
    const KNOTS: usize = SIDE / CELL + 1;
    let [clouds, grain] = TEXTURE;
    let lattice: Vec<f64> = (0..KNOTS * KNOTS)
        .map(|_| between(rng, -clouds, clouds))
        .collect();
    (0..AREA)
        .map(|pixel| {
            let (y, x) = (pixel / SIDE, pixel % SIDE);
            let (row, down) = (y / CELL, (y % CELL) as f64 / CELL as f64);
            let (column, right) = (x / CELL, (x % CELL) as f64 / CELL as f64);
            let at = |row: usize, column: usize| lattice[row * KNOTS + column];
            let upper = at(row, column) + (at(row, column + 1) - at(row, column)) * right;
            let lower =
                at(row + 1, column) + (at(row + 1, column + 1) - at(row + 1, column)) * right;
            upper + (lower - upper) * down + between(rng, -grain, grain)
        })
        .collect()
}

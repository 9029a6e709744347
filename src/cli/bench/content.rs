//! Images made up for measuring.

use std::fmt;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::dataset::{Dataset, Shape, Split};

/// What the images look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Smooth shades with noise of a few levels, the channels alike, as in photographs.
    Natural,
    /// Uniform noise: every value as likely in every pixel.
    Random,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Natural => "natural",
            Self::Random => "random",
        })
    }
}

impl Content {
    pub const ALL: [Self; 2] = [Self::Natural, Self::Random];

    /// Training images of about `bytes` bytes, at least one.
    pub fn dataset(self, shape: Shape, bytes: usize) -> Dataset {
        let images = (bytes / shape.bytes()).max(1);
        let mut pixels = vec![0; images * shape.bytes()];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        rng.fill_bytes(&mut pixels);
        if self == Self::Natural {
            for image in pixels.chunks_exact_mut(shape.bytes()) {
                shade(image, shape, &mut rng);
            }
        }
        Dataset {
            name: format!("{self} images"),
            notes: Vec::new(),
            shape,
            skipped: Vec::new(),
            class_names: vec!["all".to_owned()],
            train: Split {
                pixels,
                labels: vec![0; images],
            },
            test: Split::default(),
            flip_keeps_class: true,
        }
    }
}

/// Corners of the grid between which shades are interpolated.
const CORNERS: usize = 5;
type Grid = [[f64; CORNERS]; CORNERS];

/// Turns random bytes into a picture: a grid of shades interpolated between its corners, the same
/// for all channels but for a smaller grid of each one's own, with the bytes as noise.
fn shade(image: &mut [u8], shape: Shape, rng: &mut ChaCha8Rng) {
    let mut grid = |from: f64, to: f64| -> Grid {
        std::array::from_fn(|_| std::array::from_fn(|_| rng.random_range(from..to)))
    };
    let common = grid(20.0, 235.0);
    for plane in image.chunks_exact_mut(shape.area()) {
        let own = grid(-25.0, 25.0);
        for (row, line) in plane.chunks_exact_mut(shape.width).enumerate() {
            let y = row as f64 * (CORNERS - 1) as f64 / shape.height as f64;
            for (column, value) in line.iter_mut().enumerate() {
                let x = column as f64 * (CORNERS - 1) as f64 / shape.width as f64;
                let noise = f64::from(*value & 15) + f64::from(*value >> 4) - 15.0;
                let bits = at(&common, y, x) + at(&own, y, x) + noise / 2.0;
                *value = bits.clamp(0.0, 255.0) as u8;
            }
        }
    }
}

/// A grid's value between its corners, bilinear.
fn at(grid: &Grid, y: f64, x: f64) -> f64 {
    let (row, column) = (y as usize, x as usize);
    let (down, right) = (y - row as f64, x - column as f64);
    let along =
        |row: usize| grid[row][column] + right * (grid[row][column + 1] - grid[row][column]);
    along(row) + down * (along(row + 1) - along(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{Estimator, measure};

    #[test]
    fn natural_images_hold_less_than_random_ones_and_more_than_nothing() {
        let shape = Shape {
            channels: 3,
            height: 32,
            width: 32,
        };
        let [natural, random] = Content::ALL.map(|content| {
            let dataset = content.dataset(shape, 100_000);
            assert_eq!(dataset.train.len(), 32);
            measure(&dataset, Estimator::PlugIn, 0.0, &|_| {}).profile
        });
        assert!(random.image_information.mean > 23.0);
        assert!((15.0..22.5).contains(&natural.image_information.mean));
        assert!(natural.joint_colour.mean > 9.0);
        assert_eq!(Content::Natural.dataset(shape, 1).train.len(), 1);
    }
}

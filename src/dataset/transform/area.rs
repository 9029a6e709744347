//! `side=N`: an image reduced by averaging the area under each new pixel.

use crate::dataset::Shape;

/// The source pixels under one new pixel: the first, and how much of each is covered.
type Cover = (usize, Vec<u64>);

/// The reduction of images of one shape to another.
#[derive(Debug)]
pub(super) struct Area {
    from: Shape,
    rows: Vec<Cover>,
    columns: Vec<Cover>,
}

/// The shape whose longer side has `side` pixels, the other in proportion but at least one.
pub(super) fn reduced(shape: Shape, side: usize) -> Shape {
    let longer = shape.height.max(shape.width);
    let scaled = |length: usize| ((2 * length * side + longer) / (2 * longer)).max(1);
    Shape::new(shape.channels, scaled(shape.height), scaled(shape.width))
}

/// What each of `to` pixels covers of `from`, in parts of which a source pixel has `to`.
fn covers(from: usize, to: usize) -> Vec<Cover> {
    let cover = |at: usize| {
        let (start, end) = (at * from, (at + 1) * from);
        let first = start / to;
        let parts = (first..end.div_ceil(to))
            .map(|pixel| (end.min((pixel + 1) * to) - start.max(pixel * to)) as u64);
        (first, parts.collect())
    };
    (0..to).map(cover).collect()
}

impl Area {
    /// Reduces images of shape `from` to shape `to`, which has no longer side.
    pub(super) fn new(from: Shape, to: Shape) -> Self {
        Self {
            from,
            rows: covers(from.height, to.height),
            columns: covers(from.width, to.width),
        }
    }

    /// Writes the reduced image (C, H, W) behind `target`; means are exact and rounded half up.
    pub(super) fn apply(&self, image: &[u8], target: &mut Vec<u8>) {
        let area = self.from.area() as u64;
        for plane in image.chunks_exact(self.from.area()) {
            for (top, down) in &self.rows {
                for (left, across) in &self.columns {
                    let mut sum = 0;
                    for (row, high) in (*top..).zip(down) {
                        let values = &plane[row * self.from.width + left..];
                        let line = values.iter().zip(across);
                        sum += high
                            * line
                                .map(|(&value, wide)| u64::from(value) * wide)
                                .sum::<u64>();
                    }
                    target.push(((2 * sum + area) / (2 * area)) as u8);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_keeps_the_proportions() {
        let of = |height, width, side| {
            let shape = reduced(Shape::new(3, height, width), side);
            (shape.height, shape.width)
        };
        assert_eq!(of(32, 32, 16), (16, 16));
        assert_eq!(of(28, 28, 28), (28, 28));
        assert_eq!(of(40, 60, 30), (20, 30));
        assert_eq!(of(1, 100, 10), (1, 10));
    }

    /// `PIL.Image.reduce(2)` and numpy's mean over 2 x 2 blocks of `arange(16) * 16`, rounded half up.
    #[test]
    fn halves_are_means_of_four() {
        let shape = Shape::new(1, 4, 4);
        let image: Vec<u8> = (0..16).map(|value| value * 16).collect();
        let mut small = Vec::new();
        Area::new(shape, Shape::new(1, 2, 2)).apply(&image, &mut small);
        assert_eq!(small, [40, 72, 168, 200]);
    }

    /// Python's `fractions`: the mean over the exact area under each new pixel, rounded half up.
    #[test]
    fn other_ratios_weigh_pixels_by_what_is_covered() {
        let image: Vec<u8> = (0..60_u32)
            .map(|place| (place * place * 7 % 256) as u8)
            .collect();
        let mut small = Vec::new();
        Area::new(Shape::new(2, 5, 6), Shape::new(2, 3, 4)).apply(&image, &mut small);
        assert_eq!(
            small,
            [
                80, 75, 87, 139, 211, 147, 41, 135, 170, 148, 130, 164, 121, 62, 177, 173, 86, 172,
                135, 175, 134, 160, 177, 156
            ]
        );
    }
}

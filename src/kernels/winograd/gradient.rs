//! The output's gradient in the basis of its tiles, and the sums that are made of it back in that of weights.

use super::super::vector::{Vector, kernel};
use super::{Grid, Strip};

kernel! {
    /// Writes the components of a strip's tiles, from pixels by output channels: component by component, tile by
    /// tile, `lanes` channels side by side, components `plane` apart.
    ///
    /// # Safety
    /// `pixels` holds all pixels of every image of the strip, and `to` the components.
    pub(super) unsafe fn spread(grid: &Grid, strip: Strip, pixels: *const f32, shape: [usize; 2], to: *mut f32) = spread_with;
    /// Writes nine weights for every channel and lane, from the sums of their components.
    ///
    /// # Safety
    /// `sums` holds components by channels by `lanes`, and `result` space for channels by nine by `lanes`.
    pub(super) unsafe fn back(channels: usize, lanes: usize, sums: *const f32, result: *mut f32) = back_with;
}

#[inline(always)]
unsafe fn spread_with<V: Vector>(
    grid: &Grid,
    strip: Strip,
    pixels: *const f32,
    [lanes, plane]: [usize; 2],
    to: *mut f32,
) {
    let [height, width] = grid.target;
    let mut slot = 0;
    for image in 0..strip.images {
        let pixels = pixels.add(image * grid.target_pixels() * lanes);
        let mut row = strip.first / grid.columns;
        let mut column = strip.first % grid.columns;
        for _ in 0..strip.tiles {
            let first = (2 * row * width + 2 * column) * lanes;
            let right = 2 * column + 1 < width;
            let below = 2 * row + 1 < height;
            let mut lane = 0;
            while lane < lanes {
                let from = pixels.add(first + lane);
                let zero = V::splat(0.0);
                let a = V::load(from);
                let b = if right {
                    V::load(from.add(lanes))
                } else {
                    zero
                };
                let mut c = zero;
                let mut d = zero;
                if below {
                    c = V::load(from.add(width * lanes));
                    if right {
                        d = V::load(from.add((width + 1) * lanes));
                    }
                }
                let left = spread_pair(a, c);
                let right = spread_pair(b, d);
                let to = to.add(slot * lanes + lane);
                for row in 0..4 {
                    let four = spread_pair(left[row], right[row]);
                    for column in 0..4 {
                        four[column].store(to.add((4 * row + column) * plane));
                    }
                }
                lane += V::LANES;
            }
            slot += 1;
            column += 1;
            if column == grid.columns {
                column = 0;
                row += 1;
            }
        }
    }
}

#[inline(always)]
unsafe fn spread_pair<V: Vector>(a: V, b: V) -> [V; 4] {
    [a, a.add(b), a.sub(b), V::splat(0.0).sub(b)]
}

#[inline(always)]
unsafe fn back_with<V: Vector>(channels: usize, lanes: usize, sums: *const f32, result: *mut f32) {
    let half = V::splat(0.5);
    for channel in 0..channels {
        let mut lane = 0;
        while lane < lanes {
            let mut columns = [[V::splat(0.0); 4]; 3];
            for column in 0..4 {
                let mut four = [V::splat(0.0); 4];
                for row in 0..4 {
                    let at = ((4 * row + column) * channels + channel) * lanes + lane;
                    four[row] = V::load(sums.add(at));
                }
                let three = back_three(four, half);
                for row in 0..3 {
                    columns[row][column] = three[row];
                }
            }
            for row in 0..3 {
                let three = back_three(columns[row], half);
                for column in 0..3 {
                    let at = (channel * 9 + 3 * row + column) * lanes + lane;
                    three[column].store(result.add(at));
                }
            }
            lane += V::LANES;
        }
    }
}

#[inline(always)]
unsafe fn back_three<V: Vector>([a, b, c, d]: [V; 4], half: V) -> [V; 3] {
    let sum = b.add(c).mul(half);
    [a.add(sum), b.sub(c).mul(half), sum.add(d)]
}

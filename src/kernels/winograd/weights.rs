//! Weights in the basis of tiles.

use rayon::prelude::*;

use super::super::convolve::BLOCK;
use super::COMPONENTS;

/// Weights by blocks of [`BLOCK`] targets, then components, channels and the targets of the block, zeros for
/// those that a last block lacks.
pub(super) struct Weights {
    pub(super) targets: usize,
    pub(super) channels: usize,
    pub(super) values: Vec<f32>,
}

impl Weights {
    /// `kernel(target, channel)` gives nine weights, row after row.
    pub(super) fn new(
        targets: usize,
        channels: usize,
        kernel: impl Fn(usize, usize) -> [f32; 9] + Sync,
    ) -> Self {
        let part = COMPONENTS * channels * BLOCK;
        let mut values = vec![0.0; targets.div_ceil(BLOCK) * part];
        values
            .par_chunks_mut(part)
            .enumerate()
            .for_each(|(block, values)| {
                for channel in 0..channels {
                    let mut taps = [[0.0; BLOCK]; 9];
                    for row in 0..BLOCK.min(targets - block * BLOCK) {
                        let kernel = kernel(block * BLOCK + row, channel);
                        for (taps, weight) in taps.iter_mut().zip(kernel) {
                            taps[row] = weight;
                        }
                    }
                    for (component, numbers) in changed(&taps).iter().enumerate() {
                        let at = (component * channels + channel) * BLOCK;
                        values[at..at + BLOCK].copy_from_slice(numbers);
                    }
                }
            });
        Self {
            targets,
            channels,
            values,
        }
    }
}

type Row = [f32; BLOCK];

fn changed(taps: &[Row; 9]) -> [Row; COMPONENTS] {
    let mut rows = [[0.0; BLOCK]; 12];
    for column in 0..3 {
        let four = halves(&taps[column], &taps[3 + column], &taps[6 + column]);
        for (row, numbers) in four.into_iter().enumerate() {
            rows[3 * row + column] = numbers;
        }
    }
    let mut result = [[0.0; BLOCK]; COMPONENTS];
    for row in 0..4 {
        let four = halves(&rows[3 * row], &rows[3 * row + 1], &rows[3 * row + 2]);
        result[4 * row..4 * row + 4].copy_from_slice(&four);
    }
    result
}

/// a, (a + b + c) / 2, (a - b + c) / 2, c.
#[inline]
fn halves(a: &Row, b: &Row, c: &Row) -> [Row; 4] {
    let (mut plus, mut minus) = ([0.0; BLOCK], [0.0; BLOCK]);
    for at in 0..BLOCK {
        let outer = 0.5 * (a[at] + c[at]);
        let inner = 0.5 * b[at];
        plus[at] = outer + inner;
        minus[at] = outer - inner;
    }
    [*a, plus, minus, *c]
}

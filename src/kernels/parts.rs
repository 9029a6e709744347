//! Gradients of weights, summed over parts of the images. The number of parts depends on the shape alone, so that the
//! result does not depend on the number of threads.

use std::ops::Range;

use rayon::prelude::*;

use super::buffer::written_in_parts;
use super::geometry::Geometry;

/// Parts in which images are summed, at most.
pub(super) const PARTS: usize = 16;
/// Numbers that all parts together may hold.
const HELD: usize = 1 << 23;

/// Parts in which images are summed, each of `sums` numbers.
pub(super) fn parts(geometry: &Geometry, sums: usize) -> usize {
    (HELD / sums).clamp(1, PARTS).min(geometry.images.max(1))
}

/// `length` sums for each of `parts` parts of the images, from zero on; `add` adds those of some images.
pub(super) fn sums_of_parts(
    geometry: &Geometry,
    parts: usize,
    length: usize,
    add: impl Fn(Range<usize>, &mut [f32]) + Sync,
) -> Vec<f32> {
    let first = |part: usize| part * geometry.images / parts;
    let mut sums = vec![0.0; parts * length];
    sums.par_chunks_mut(length)
        .enumerate()
        .for_each(|(part, sums)| add(first(part)..first(part + 1), sums));
    sums
}

/// The sums of all parts, which hold groups, input channels, taps and `lanes` output channels, in the order of weights.
pub(super) fn gathered(geometry: &Geometry, lanes: usize, mut sums: Vec<f32>) -> Vec<f32> {
    let kernel = geometry.group_inputs() * geometry.taps();
    let outputs = geometry.group_outputs();
    let group = kernel * lanes;
    let (total, parts) = sums.split_at_mut(geometry.groups * group);
    total
        .par_chunks_mut(1 << 12)
        .enumerate()
        .for_each(|(chunk, total)| {
            for part in parts.chunks_exact(geometry.groups * group) {
                for (total, sum) in total.iter_mut().zip(&part[chunk << 12..]) {
                    *total += sum;
                }
            }
        });
    let total = &*total;
    // SAFETY: every group writes its own weights, all of them.
    unsafe {
        written_in_parts(geometry.groups, outputs * kernel, |at, gradient| {
            let sums = &total[at * group..][..group];
            for (weight, sums) in sums.chunks_exact(lanes).enumerate() {
                for (output, &sum) in sums[..outputs].iter().enumerate() {
                    *gradient.add(output * kernel + weight) = sum;
                }
            }
        })
    }
}

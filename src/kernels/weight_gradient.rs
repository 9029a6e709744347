//! The gradient of a convolution's weights.
//!
//! Lanes run over output channels: an image's output gradient is transposed to pixels by channels, and input
//! numbers are broadcast, so that no sum runs across lanes. Images are summed in parts, whose number depends on
//! the shape alone, and the parts in order: the result does not depend on the number of threads.

use rayon::prelude::*;

use super::buffer::{Shared, with_room, written};
use super::geometry::{Correlation, Geometry};
use super::layout::Layout;
use super::vector::{Level, Vector, kernel};

/// Parts in which images are summed, at most.
const PARTS: usize = 16;
/// Numbers that all parts together may hold.
const HELD: usize = 1 << 23;

/// The gradient (outputs, inputs / groups, kernel, kernel) of the weights, from the input and the gradient of the output.
pub(super) fn weight_gradient(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    let image = geometry.inputs * geometry.pixels();
    let target = geometry.outputs * geometry.out_pixels();
    assert_eq!(input.len(), geometry.images * image);
    assert_eq!(gradient.len(), geometry.images * target);
    let plan = Plan::new(level, geometry);
    let parts = (HELD / plan.sums())
        .clamp(1, PARTS)
        .min(geometry.images.max(1));
    let mut sums = vec![0.0_f32; parts * plan.sums()];
    sums.par_chunks_mut(plan.sums())
        .enumerate()
        .for_each(|(part, sums)| {
            for index in part * geometry.images / parts..(part + 1) * geometry.images / parts {
                plan.add(
                    &input[index * image..(index + 1) * image],
                    &gradient[index * target..(index + 1) * target],
                    sums,
                );
            }
        });
    plan.gathered(&sums)
}

/// What all images have in common.
struct Plan<'a> {
    level: Level,
    geometry: &'a Geometry,
    layout: Layout,
    /// Where each row of weights stands in a laid-out image.
    rows: Vec<usize>,
    /// Weights in a row, side by side.
    run: usize,
    /// Output channels of a group, rounded up to whole vectors.
    lanes: usize,
}

impl<'a> Plan<'a> {
    fn new(level: Level, geometry: &'a Geometry) -> Self {
        let layout = Layout::padded(&Correlation::forward(geometry));
        let run = if geometry.kernel == 3 { 3 } else { 1 };
        let rows = (0..geometry.group_inputs())
            .flat_map(|channel| {
                let taps = layout.offsets.iter().step_by(run);
                let plane = layout.plane;
                taps.map(move |offset| channel * plane + offset)
            })
            .collect();
        Self {
            level,
            geometry,
            layout,
            rows,
            run,
            lanes: geometry.group_outputs().next_multiple_of(level.lanes()),
        }
    }

    /// Sums of a group.
    fn group(&self) -> usize {
        self.rows.len() * self.run * self.lanes
    }

    /// Sums of all groups.
    fn sums(&self) -> usize {
        self.geometry.groups * self.group()
    }

    /// Adds an image's share.
    fn add(&self, input: &[f32], gradient: &[f32], sums: &mut [f32]) {
        let geometry = self.geometry;
        let source = geometry.group_inputs() * geometry.pixels();
        let target = geometry.group_outputs() * geometry.out_pixels();
        let transposed = self.lanes * geometry.out_pixels().next_multiple_of(self.level.lanes());
        with_room([self.layout.len(), transposed], |[room, pixels]| {
            for group in 0..geometry.groups {
                let gradient = &gradient[group * target..(group + 1) * target];
                self.layout.fill(
                    self.level,
                    &input[group * source..(group + 1) * source],
                    room,
                );
                let sums = &mut sums[group * self.group()..(group + 1) * self.group()];
                let walk = Walk {
                    height: geometry.out_height(),
                    width: geometry.out_width(),
                    row_step: self.layout.pitch * geometry.stride,
                    step: geometry.stride,
                };
                let lanes = self.level.lanes();
                assert!(pixels.len() >= transposed && sums.len() == self.group());
                // SAFETY: the gradient has the channels and pixels given, `pixels` holds them rounded up to
                // whole vectors, and the layout holds every number under every tap for every output pixel.
                unsafe {
                    transpose(
                        self.level,
                        gradient.as_ptr(),
                        geometry.group_outputs(),
                        geometry.out_pixels(),
                        pixels.as_mut_ptr(),
                        self.lanes,
                    );
                    debug_assert!(lanes <= self.lanes);
                    accumulate(
                        self.level,
                        room.as_ptr(),
                        &self.rows,
                        self.run,
                        pixels.as_ptr(),
                        self.lanes,
                        walk,
                        sums.as_mut_ptr(),
                    );
                }
            }
        });
    }

    /// The sums of all parts, in the order of weights.
    fn gathered(&self, sums: &[f32]) -> Vec<f32> {
        let geometry = self.geometry;
        let kernel = geometry.group_inputs() * geometry.taps();
        let outputs = geometry.group_outputs();
        let total = geometry.weights();
        // SAFETY: every output channel writes its own weights, all of them.
        unsafe {
            written(total, |gradient: Shared| {
                (0..geometry.outputs)
                    .into_par_iter()
                    .with_min_len((1 << 14) / kernel.max(1) + 1)
                    .for_each(|output| {
                        let first = output / outputs * self.group() + output % outputs;
                        for weight in 0..kernel {
                            let parts = sums[first + weight * self.lanes..].iter();
                            let sum: f32 = parts.step_by(self.sums()).sum();
                            *gradient.at(output * kernel + weight) = sum;
                        }
                    });
            })
        }
    }
}

/// The output pixels and the steps that they take in a laid-out image.
#[derive(Clone, Copy)]
struct Walk {
    height: usize,
    width: usize,
    row_step: usize,
    step: usize,
}

kernel! {
    /// Writes `channels` by `pixels` numbers as pixels by `lanes`, zeros for missing channels.
    unsafe fn transpose(from: *const f32, channels: usize, pixels: usize, to: *mut f32, lanes: usize) = transpose_with;
}

#[inline(always)]
unsafe fn transpose_with<V: Vector>(
    from: *const f32,
    channels: usize,
    pixels: usize,
    to: *mut f32,
    lanes: usize,
) {
    let mut channel = 0;
    while channel < lanes {
        let present = channels.saturating_sub(channel).min(V::LANES);
        let mut pixel = 0;
        while pixel < pixels {
            let count = (pixels - pixel).min(V::LANES);
            let from = from.add(channel * pixels + pixel);
            let to = to.add(pixel * lanes + channel);
            if present == V::LANES && count == V::LANES {
                V::transpose(from, pixels, to, lanes);
            } else {
                for at in 0..count {
                    for lane in 0..V::LANES {
                        *to.add(at * lanes + lane) = if lane < present {
                            *from.add(lane * pixels + at)
                        } else {
                            0.0
                        };
                    }
                }
            }
            pixel += V::LANES;
        }
        channel += V::LANES;
    }
}

kernel! {
    /// Adds the products of input numbers and output gradients over all pixels to the sums (rows, run, lanes).
    unsafe fn accumulate(source: *const f32, rows: &[usize], run: usize, pixels: *const f32, lanes: usize, walk: Walk, sums: *mut f32) = accumulate_with;
}

#[inline(always)]
unsafe fn accumulate_with<V: Vector>(
    source: *const f32,
    rows: &[usize],
    run: usize,
    pixels: *const f32,
    lanes: usize,
    walk: Walk,
    sums: *mut f32,
) {
    let mut lane = 0;
    while lane < lanes {
        let pixels = pixels.add(lane);
        let sums = sums.add(lane);
        let pair = V::MANY_REGISTERS && lanes - lane >= 2 * V::LANES;
        match (run, pair, V::MANY_REGISTERS) {
            (3, true, _) => all_rows::<V, 3, 3, 2>(source, rows, pixels, lanes, walk, sums),
            (3, false, true) => all_rows::<V, 6, 3, 1>(source, rows, pixels, lanes, walk, sums),
            (3, false, false) => all_rows::<V, 4, 3, 1>(source, rows, pixels, lanes, walk, sums),
            (_, true, _) => all_rows::<V, 8, 1, 2>(source, rows, pixels, lanes, walk, sums),
            (_, false, true) => all_rows::<V, 16, 1, 1>(source, rows, pixels, lanes, walk, sums),
            (_, false, false) => all_rows::<V, 8, 1, 1>(source, rows, pixels, lanes, walk, sums),
        }
        lane += if pair { 2 * V::LANES } else { V::LANES };
    }
}

#[inline(always)]
unsafe fn all_rows<V: Vector, const R: usize, const K: usize, const C: usize>(
    source: *const f32,
    rows: &[usize],
    pixels: *const f32,
    lanes: usize,
    walk: Walk,
    sums: *mut f32,
) {
    for (index, chunk) in rows.chunks(R).enumerate() {
        let mut sources = [source; R];
        for (at, from) in sources.iter_mut().enumerate() {
            *from = source.add(chunk[at.min(chunk.len() - 1)]);
        }
        let sums = sums.add(index * R * K * lanes);
        tile::<V, R, K, C>(sources, chunk.len(), pixels, lanes, walk, sums);
    }
}

/// `R` rows of `K` weights by `C` vectors of channels, in registers over all pixels; stores `rows` rows.
#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const K: usize, const C: usize>(
    sources: [*const f32; R],
    rows: usize,
    mut pixels: *const f32,
    lanes: usize,
    walk: Walk,
    sums: *mut f32,
) {
    let mut held = [[[V::splat(0.0); C]; K]; R];
    for row in 0..walk.height {
        let mut place = row * walk.row_step;
        for _ in 0..walk.width {
            let mut gradient = [V::splat(0.0); C];
            for part in 0..C {
                gradient[part] = V::load(pixels.add(part * V::LANES));
            }
            for from in 0..R {
                for at in 0..K {
                    let number = V::splat(*sources[from].add(place + at));
                    for part in 0..C {
                        held[from][at][part] = number.mul_add(gradient[part], held[from][at][part]);
                    }
                }
            }
            pixels = pixels.add(lanes);
            place += walk.step;
        }
    }
    for (from, held) in held.iter().enumerate() {
        if from < rows {
            for at in 0..K {
                for part in 0..C {
                    let to = sums.add((from * K + at) * lanes + part * V::LANES);
                    held[at][part].add(V::load(to)).store(to);
                }
            }
        }
    }
}

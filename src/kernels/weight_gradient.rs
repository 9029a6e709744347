//! The gradient of a convolution's weights.
//!
//! Lanes run over output channels: an image's output gradient is transposed to pixels by channels, and input
//! numbers are broadcast, so that no sum runs across lanes. Images are summed in parts, whose number depends on
//! the shape alone, and the parts in order: the result does not depend on the number of threads.

use super::buffer::with_scratch;
use super::depthwise;
use super::geometry::{Correlation, Geometry};
use super::layout::Layout;
use super::parts::{gathered, parts, sums_of_parts};
use super::transpose::to_pixels;
use super::vector::{Level, Vector, kernel};
use super::winograd;

/// Minimum of pixels over which sums are held in registers, as far as there are images.
const HELD_PIXELS: usize = 256;

/// The gradient (outputs, inputs / groups, kernel, kernel) of the weights, from the input and the gradient of the output.
pub(super) fn weight_gradient(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    if depthwise::serves(geometry) {
        return depthwise::weight_gradient(level, geometry, input, gradient);
    }
    if winograd::serves(level, geometry) {
        return winograd::weight_gradient(level, geometry, input, gradient);
    }
    let image = geometry.inputs * geometry.pixels();
    let target = geometry.outputs * geometry.out_pixels();
    assert_eq!(input.len(), geometry.input_len());
    assert_eq!(gradient.len(), geometry.output_len());
    let plan = Plan::new(level, geometry);
    let parts = parts(geometry, plan.sums());
    let sums = sums_of_parts(geometry, parts, plan.sums(), |images, sums| {
        for first in images.clone().step_by(plan.together) {
            let end = (first + plan.together).min(images.end);
            plan.add(
                &input[first * image..end * image],
                &gradient[first * target..end * target],
                sums,
            );
        }
    });
    gathered(geometry, plan.lanes, sums)
}

/// What all images have in common.
struct Plan<'a> {
    level: Level,
    geometry: &'a Geometry,
    layout: Layout,
    /// Position of each row of weights in a laid-out image.
    rows: Vec<usize>,
    /// Weights in a row, side by side.
    run: usize,
    /// Output channels of a group, rounded up to whole vectors.
    lanes: usize,
    /// Images whose sums are held in registers together.
    together: usize,
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
            together: HELD_PIXELS.div_ceil(geometry.out_pixels()),
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

    /// Adds the share of some images.
    fn add(&self, input: &[f32], gradient: &[f32], sums: &mut [f32]) {
        let (geometry, level) = (self.geometry, self.level);
        let source = geometry.group_inputs() * geometry.pixels();
        let target = geometry.group_outputs() * geometry.out_pixels();
        let transposed = self.lanes * geometry.out_pixels();
        let images = input.len() / (geometry.groups * source);
        let walk = Walk {
            images,
            image: self.layout.len(),
            height: geometry.out_height(),
            width: geometry.out_width(),
            row_step: self.layout.pitch * geometry.stride,
            step: geometry.stride,
        };
        let lengths = [
            images * self.layout.len(),
            images * transposed,
            images * geometry.out_pixels() * 2 * level.lanes(),
        ];
        with_scratch(lengths, |[scratch, pixels, beside]| {
            for (group, sums) in sums.chunks_exact_mut(self.group()).enumerate() {
                for image in 0..images {
                    let at = image * geometry.groups + group;
                    let scratch = &mut scratch[image * self.layout.len()..];
                    self.layout
                        .fill(level, &input[at * source..][..source], scratch);
                    let pixels = &mut pixels[image * transposed..][..transposed];
                    let from = gradient[at * target..][..target].as_ptr();
                    let (channels, count) = (geometry.group_outputs(), geometry.out_pixels());
                    let (to, lanes) = (pixels.as_mut_ptr(), self.lanes);
                    // SAFETY: the gradient has the channels and pixels given, and `pixels` space for the
                    // channels rounded up to whole vectors.
                    unsafe { to_pixels(level, from, channels, count, to, lanes) };
                }
                let rows = &self.rows;
                debug_assert_eq!(rows.len() * self.run * self.lanes, sums.len());
                // SAFETY: every layout holds the numbers under every tap for all output pixels, `pixels` the
                // gradients of those, `sums` one for every weight and lane, and `beside` space for two vectors of
                // gradients of every pixel.
                unsafe {
                    accumulate(
                        level,
                        scratch.as_ptr(),
                        rows,
                        self.run,
                        pixels.as_ptr(),
                        walk,
                        beside.as_mut_ptr(),
                        Sums {
                            to: sums.as_mut_ptr(),
                            lanes: self.lanes,
                        },
                    );
                }
            }
        });
    }
}

/// The output pixels and the steps that they take in a laid-out image.
#[derive(Clone, Copy)]
struct Walk {
    images: usize,
    /// Numbers of a laid-out image.
    image: usize,
    height: usize,
    width: usize,
    row_step: usize,
    step: usize,
}

kernel! {
    /// Adds the products of input numbers and output gradients (pixels, lanes) over all pixels to the sums (rows, run, lanes).
    ///
    /// The gradients that a tile sees are copied `beside`, side by side: rows as long as those of `pixels` share few
    /// lines of a cache, so that every row of weights would read them again from a slower cache.
    unsafe fn accumulate(source: *const f32, rows: &[usize], run: usize, pixels: *const f32, walk: Walk, beside: *mut f32, sums: Sums) = accumulate_with;
}

#[inline(always)]
unsafe fn accumulate_with<V: Vector>(
    source: *const f32,
    rows: &[usize],
    run: usize,
    pixels: *const f32,
    walk: Walk,
    beside: *mut f32,
    sums: Sums,
) {
    let Sums { to, lanes } = sums;
    let mut lane = 0;
    while lane < lanes {
        let pair = V::MANY_REGISTERS && lanes - lane >= 2 * V::LANES;
        let width = if pair { 2 * V::LANES } else { V::LANES };
        let mut seen = pixels;
        if width < lanes {
            for pixel in 0..walk.images * walk.height * walk.width {
                for part in (0..width).step_by(V::LANES) {
                    V::load(pixels.add(pixel * lanes + lane + part))
                        .store(beside.add(pixel * width + part));
                }
            }
            seen = beside;
        }
        let sums = Sums {
            to: to.add(lane),
            lanes,
        };
        match (run, pair, V::MANY_REGISTERS) {
            (3, true, _) => all_rows::<V, 3, 3, 2>(source, rows, seen, walk, sums),
            (3, false, true) => all_rows::<V, 6, 3, 1>(source, rows, seen, walk, sums),
            (3, false, false) => all_rows::<V, 4, 3, 1>(source, rows, seen, walk, sums),
            (_, true, _) => all_rows::<V, 8, 1, 2>(source, rows, seen, walk, sums),
            (_, false, true) => all_rows::<V, 16, 1, 1>(source, rows, seen, walk, sums),
            (_, false, false) => all_rows::<V, 8, 1, 1>(source, rows, seen, walk, sums),
        }
        lane += width;
    }
}

/// Sums: those of the next weight are `lanes` numbers further.
#[derive(Clone, Copy)]
struct Sums {
    to: *mut f32,
    lanes: usize,
}

#[inline(always)]
unsafe fn all_rows<V: Vector, const R: usize, const K: usize, const C: usize>(
    source: *const f32,
    rows: &[usize],
    pixels: *const f32,
    walk: Walk,
    sums: Sums,
) {
    for (index, chunk) in rows.chunks(R).enumerate() {
        let mut sources = [source; R];
        for (at, from) in sources.iter_mut().enumerate() {
            *from = source.add(chunk[at.min(chunk.len() - 1)]);
        }
        let to = sums.to.add(index * R * K * sums.lanes);
        tile::<V, R, K, C>(sources, chunk.len(), pixels, walk, Sums { to, ..sums });
    }
}

/// `R` rows of `K` weights by `C` vectors of channels, in registers over all pixels; stores `rows` rows.
#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const K: usize, const C: usize>(
    sources: [*const f32; R],
    rows: usize,
    mut pixels: *const f32,
    walk: Walk,
    sums: Sums,
) {
    let mut held = [[[V::splat(0.0); C]; K]; R];
    for line in 0..walk.images * walk.height {
        let (image, row) = (line / walk.height, line % walk.height);
        let mut place = image * walk.image + row * walk.row_step;
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
            pixels = pixels.add(C * V::LANES);
            place += walk.step;
        }
    }
    for (from, held) in held.iter().enumerate() {
        if from < rows {
            for at in 0..K {
                for part in 0..C {
                    let to = (sums.to).add((from * K + at) * sums.lanes + part * V::LANES);
                    held[at][part].add(V::load(to)).store(to);
                }
            }
        }
    }
}

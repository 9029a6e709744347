//! The gradient of the weights, in the basis of tiles.

use std::ops::Range;

use super::super::buffer::with_scratch;
use super::super::geometry::Geometry;
use super::super::parts::{gathered, parts, sums_of_parts};
use super::super::transpose::to_pixels;
use super::super::vector::{Level, SLACK, Vector, kernel};
use super::gradient::{back, spread};
use super::source::{Components, scratch, transform};
use super::{COMPONENTS, Grid, STAGGER, Strip};

/// Tiles over which sums are held in registers.
const HELD_TILES: usize = 64;
/// Tiles of a part of the images, at least: the sums of each part are taken back to weights.
const MIN_TILES: usize = 4 * HELD_TILES;

/// The gradient (outputs, inputs / groups, 3, 3) of the weights, from the input and the gradient of the output.
pub(in crate::kernels) fn weight_gradient(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    let pass = Pass::new(level, geometry);
    assert_eq!(input.len(), geometry.input_len());
    assert_eq!(gradient.len(), geometry.output_len());
    let group = geometry.group_inputs() * 9 * pass.lanes;
    let most = geometry.images * pass.grid.tiles() / MIN_TILES;
    let parts = parts(geometry, geometry.groups * group).min(most.max(1));
    let sums = sums_of_parts(geometry, parts, geometry.groups * group, |images, sums| {
        with_scratch(pass.scratch(), |mut scratch| {
            for (group, sums) in sums.chunks_exact_mut(group).enumerate() {
                pass.sum(group, images.clone(), input, gradient, &mut scratch, sums);
            }
        });
    });
    gathered(geometry, pass.lanes, sums)
}

struct Pass<'a> {
    level: Level,
    geometry: &'a Geometry,
    grid: Grid,
    /// Output channels of a group, rounded up to whole vectors.
    lanes: usize,
    /// Images that are taken together.
    together: usize,
    components: Components,
}

impl<'a> Pass<'a> {
    fn new(level: Level, geometry: &'a Geometry) -> Self {
        let grid = Grid::new(
            [geometry.height, geometry.width],
            geometry.padding,
            [geometry.out_height(), geometry.out_width()],
        );
        let largest = Strip {
            images: grid.together(HELD_TILES),
            first: 0,
            tiles: grid.tiles().min(HELD_TILES),
        };
        Self {
            level,
            geometry,
            grid,
            lanes: geometry.group_outputs().next_multiple_of(level.lanes()),
            together: largest.images,
            components: Components::new(geometry.group_inputs(), largest.slots(level)),
        }
    }

    /// From component to component of the gradient's tiles.
    fn plane(&self) -> usize {
        self.components.slots * self.lanes + STAGGER
    }

    /// For rows of the source, tiles of the source, pixels and tiles of the gradient, and sums.
    fn scratch(&self) -> [usize; 5] {
        [
            scratch(self.level, &self.grid, HELD_TILES),
            self.components.len(),
            self.together * self.lanes * self.grid.target_pixels(),
            COMPONENTS * self.plane(),
            COMPONENTS * self.components.channels * self.lanes,
        ]
    }

    /// The sums of a group over some images, back in the basis of weights: channels, taps, output channels.
    fn sum(
        &self,
        group: usize,
        images: Range<usize>,
        input: &[f32],
        gradient: &[f32],
        [rows, source, pixels, tiles, sums]: &mut [&mut [f32]; 5],
        result: &mut [f32],
    ) {
        let (geometry, grid, level) = (self.geometry, &self.grid, self.level);
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        let (from, to) = (grid.source_pixels(), grid.target_pixels());
        let count = COMPONENTS * inputs * self.lanes;
        assert_eq!(result.len(), inputs * 9 * self.lanes);
        assert!(sums.len() >= count);
        let mut fresh = true;
        for first in images.clone().step_by(self.together) {
            let together = self.together.min(images.end - first);
            for image in 0..together {
                let at = ((first + image) * geometry.outputs + group * outputs) * to;
                let gradient = &gradient[at..][..outputs * to];
                let pixels = &mut pixels[image * self.lanes * to..][..self.lanes * to];
                // SAFETY: the gradient has the channels and pixels given, and `pixels` space for the channels
                // rounded up to whole vectors.
                unsafe {
                    to_pixels(
                        level,
                        gradient.as_ptr(),
                        outputs,
                        to,
                        pixels.as_mut_ptr(),
                        self.lanes,
                    );
                }
            }
            let input = &input[(first * geometry.inputs + group * inputs) * from..];
            for strip in grid.strips(together, HELD_TILES) {
                transform(
                    level,
                    grid,
                    strip,
                    input,
                    geometry.inputs * from,
                    rows,
                    self.components,
                    source,
                );
                assert!(strip.len() <= self.components.slots);
                let operands = Operands {
                    components: self.components,
                    tiles: strip.len(),
                    lanes: self.lanes,
                    plane: self.plane(),
                    fresh,
                };
                // SAFETY: `pixels` holds those of every image of the strip, `tiles` and `sums` have the length
                // that `scratch` says.
                unsafe {
                    spread(
                        level,
                        grid,
                        strip,
                        pixels.as_ptr(),
                        [self.lanes, self.plane()],
                        tiles.as_mut_ptr(),
                    );
                    accumulate(
                        level,
                        operands,
                        source.as_ptr(),
                        tiles.as_ptr(),
                        sums.as_mut_ptr(),
                    );
                }
                fresh = false;
            }
        }
        if !fresh {
            // SAFETY: `sums` holds the components of every channel and lane, and `result` nine weights of each.
            unsafe {
                back(
                    level,
                    inputs,
                    self.lanes,
                    sums.as_ptr(),
                    result.as_mut_ptr(),
                );
            }
        }
        debug_assert!(source.len() >= self.components.len() + SLACK);
    }
}

#[derive(Clone, Copy)]
struct Operands {
    components: Components,
    tiles: usize,
    lanes: usize,
    /// From component to component of the gradient's tiles.
    plane: usize,
    /// Whether the sums begin here.
    fresh: bool,
}

kernel! {
    unsafe fn accumulate(operands: Operands, source: *const f32, gradient: *const f32, sums: *mut f32) = accumulate_with;
}

#[inline(always)]
unsafe fn accumulate_with<V: Vector>(
    operands: Operands,
    source: *const f32,
    gradient: *const f32,
    sums: *mut f32,
) {
    let (channels, lanes) = (operands.components.channels, operands.lanes);
    for component in 0..COMPONENTS {
        let source = source.add(component * operands.components.plane);
        let gradient = gradient.add(component * operands.plane);
        let sums = sums.add(component * channels * lanes);
        let mut lane = 0;
        while lane < lanes {
            let (gradient, sums) = (gradient.add(lane), sums.add(lane));
            let pair = V::MANY_REGISTERS && lanes - lane >= 2 * V::LANES;
            match (pair, V::MANY_REGISTERS) {
                (true, _) => rows::<V, 8, 2>(operands, source, gradient, sums),
                (false, true) => rows::<V, 16, 1>(operands, source, gradient, sums),
                (false, false) => rows::<V, 8, 1>(operands, source, gradient, sums),
            }
            lane += if pair { 2 * V::LANES } else { V::LANES };
        }
    }
}

#[inline(always)]
unsafe fn rows<V: Vector, const R: usize, const C: usize>(
    operands: Operands,
    source: *const f32,
    gradient: *const f32,
    sums: *mut f32,
) {
    let channels = operands.components.channels;
    let mut channel = 0;
    while channel < channels {
        let count = (channels - channel).min(R);
        let source = source.add(channel * operands.components.slots);
        let sums = sums.add(channel * operands.lanes);
        if 2 * count <= R {
            tile::<V, R, C, true>(operands, source, count, gradient, sums);
        } else {
            tile::<V, R, C, false>(operands, source, count, gradient, sums);
        }
        channel += R;
    }
}

/// `R` channels by `C` vectors of output channels, in registers over all tiles; `count` channels are stored, and
/// no more than half are taken where `HALF`.
#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const C: usize, const HALF: bool>(
    operands: Operands,
    source: *const f32,
    count: usize,
    mut gradient: *const f32,
    sums: *mut f32,
) {
    let taken = if HALF { R / 2 } else { R };
    let mut sources = [source; R];
    for row in 0..taken {
        sources[row] = source.add(row.min(count - 1) * operands.components.slots);
    }
    let mut held = [[V::splat(0.0); C]; R];
    for tile in 0..operands.tiles {
        let mut numbers = [V::splat(0.0); C];
        for part in 0..C {
            numbers[part] = V::load(gradient.add(part * V::LANES));
        }
        for row in 0..taken {
            let number = V::splat(*sources[row].add(tile));
            for part in 0..C {
                held[row][part] = number.mul_add(numbers[part], held[row][part]);
            }
        }
        gradient = gradient.add(operands.lanes);
    }
    for row in 0..taken {
        if row < count {
            for part in 0..C {
                let to = sums.add(row * operands.lanes + part * V::LANES);
                let mut sum = held[row][part];
                if !operands.fresh {
                    sum = sum.add(V::load(to));
                }
                sum.store(to);
            }
        }
    }
}

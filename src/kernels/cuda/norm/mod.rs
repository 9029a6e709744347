//! Batch normalisation with the residual sum and the activation that follow, forward and backward, each in three
//! passes: sums over parts of the pixels, those added up in a fixed order, and the result.

mod backward;
mod forward;

use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::norm::Activation;
use super::{ADDED, CUBES, LINES, UNITS, across, width};

pub(super) use backward::gradients;
pub(super) use forward::{Input, normalise, normalise_by};

/// Parts into which pixels are cut at most.
const PARTS: usize = 256;
/// Pixels that a unit reads at once.
const AT_ONCE: usize = 4;

/// Pixels of all images, and channels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Pixels of all images.
    pub(super) pixels: usize,
    /// Channels.
    pub(super) channels: usize,
}

impl Extent {
    fn length(self) -> usize {
        self.pixels * self.channels
    }

    /// Vectors of a pixel.
    fn vectors(self) -> usize {
        self.channels / width(self.channels)
    }

    /// Units of a cube side by side over vectors; the others are over pixels.
    fn across(self) -> usize {
        across(self.vectors())
    }

    /// Parts of the pixels: enough for a whole GPU, each of some pixels for every unit.
    fn parts(self) -> usize {
        let down = UNITS / self.across();
        self.pixels.div_ceil(down * 8).clamp(1, PARTS)
    }

    fn sums(self) -> CubeCount {
        let tiles = self.vectors().div_ceil(self.across());
        CubeCount::Static(tiles as u32, self.parts() as u32, 1)
    }

    /// Pixels of a unit that writes as many as it reads: fewer where there would not be cubes for a whole GPU.
    fn each(self) -> usize {
        [AT_ONCE, AT_ONCE / 2]
            .into_iter()
            .find(|&each| self.cubes(each).into_iter().product::<usize>() >= CUBES)
            .unwrap_or(1)
    }

    fn cubes(self, each: usize) -> [usize; 2] {
        let down = UNITS / self.across() * each;
        [
            self.pixels.div_ceil(down),
            self.vectors().div_ceil(self.across()),
        ]
    }

    /// Cubes of units that write so many pixels each.
    fn writers(self, each: usize) -> CubeCount {
        let [pixels, vectors] = self.cubes(each);
        CubeCount::Static(pixels as u32, vectors as u32, 1)
    }
}

/// The vector and the first pixel of a unit among [`Extent::writers`] of `each` pixels, `UNITS / across` apart.
#[cube]
fn written(#[comptime] across: usize, #[comptime] each: usize) -> (usize, usize) {
    let (x, y) = (UNIT_POS as usize % across, UNIT_POS as usize / across);
    let pixels = comptime!(UNITS / across * each);
    (
        CUBE_POS_Y as usize * across + x,
        CUBE_POS_X as usize * pixels + y,
    )
}

/// What a unit needs to know of the channels that it sees.
#[derive(CubeType, Clone, Copy)]
struct Channels<N: Size> {
    mean: Vector<f32, N>,
    /// One by the standard deviation.
    inverse: Vector<f32, N>,
    /// The scale by the standard deviation.
    factor: Vector<f32, N>,
    scale: Vector<f32, N>,
    shift: Vector<f32, N>,
}

/// That of the channels of a vector.
#[cube]
fn channels<N: Size>(
    scale: &[Vector<f32, N>],
    shift: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    vector: usize,
    epsilon: f32,
) -> Channels<N> {
    let spread = variance[vector];
    let mut inverse = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for lane in 0..N::value() {
        inverse.insert(lane, 1.0f32 / (spread.extract(lane) + epsilon).sqrt());
    }
    Channels::<N> {
        mean: mean[vector],
        inverse,
        factor: inverse * scale[vector],
        scale: scale[vector],
        shift: shift[vector],
    }
}

/// Vectors of `each` pixels from `pixel` on, `step` apart, of the last pixel where there are no more.
#[cube]
fn read<N: Size>(
    values: &[Vector<f32, N>],
    pixel: usize,
    step: usize,
    pixels: usize,
    vectors: usize,
    vector: usize,
    #[comptime] each: usize,
) -> Array<Vector<f32, N>> {
    let mut some = Array::<Vector<f32, N>>::new(each);
    #[unroll]
    for at in 0..each {
        let wanted = pixel + at * step;
        let there = select(wanted < pixels, wanted, pixels - 1);
        some[at] = values[there * vectors + vector];
    }
    some
}

/// What follows the normalisation, known when a kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Follows {
    relu: bool,
    silu: bool,
    residual: bool,
}

impl Follows {
    fn of(activation: Activation, residual: bool) -> Self {
        Self {
            relu: activation == Activation::Relu,
            silu: activation == Activation::Silu,
            residual,
        }
    }
}

/// Adds up what the units of a column of the cube hold, and writes it as a part.
#[cube]
fn add_column<N: Size>(
    first: Vector<f32, N>,
    second: Vector<f32, N>,
    parts: &mut [Vector<f32, N>],
    vectors: usize,
    #[comptime] across: usize,
) {
    let x = UNIT_POS as usize % across;
    let vector = CUBE_POS_X as usize * across + x;
    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(comptime!(2 * UNITS));
    sums[UNIT_POS as usize] = first;
    sums[UNIT_POS as usize + UNITS] = second;
    sync_cube();
    if (UNIT_POS as usize) < across && vector < vectors {
        let mut first = Vector::<f32, N>::new(0.0f32);
        let mut second = Vector::<f32, N>::new(0.0f32);
        for line in 0..comptime!(UNITS / across) {
            first += sums[line * across + x];
            second += sums[line * across + x + UNITS];
        }
        let at = CUBE_POS_Y as usize * 2 * vectors + vector;
        parts[at] = first;
        parts[at + vectors] = second;
    }
}

/// Both sums over all parts, in the units of the first line.
#[cube]
fn added(parts: &[f32], channels: usize, count: usize) -> (f32, f32) {
    let side = ADDED;
    let lines = LINES;
    let channel = CUBE_POS_X as usize * side + UNIT_POS_X as usize;
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    if channel < channels {
        let mut part = UNIT_POS_Y as usize;
        while part < count {
            first += parts[part * 2 * channels + channel];
            second += parts[(part * 2 + 1) * channels + channel];
            part += lines;
        }
    }
    of_lines(first, second)
}

/// Sums over the units of a column, in those of the first line.
#[cube]
fn of_lines(first: f32, second: f32) -> (f32, f32) {
    let side = ADDED;
    let half = comptime!(ADDED * LINES);
    let x = UNIT_POS_X as usize;
    let y = UNIT_POS_Y as usize;
    let mut shared = Shared::<[f32]>::new_slice(comptime!(2 * half));
    shared[y * side + x] = first;
    shared[y * side + x + half] = second;
    sync_cube();
    let mut whole = 0.0f32;
    let mut other = 0.0f32;
    if y == 0 {
        #[unroll]
        for line in 0..LINES {
            whole += shared[line * side + x];
            other += shared[line * side + x + half];
        }
    }
    (whole, other)
}

/// What a normalisation is made of, besides its input.
#[derive(Clone)]
pub(super) struct Parameters {
    pub(super) scale: Handle,
    pub(super) shift: Handle,
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}

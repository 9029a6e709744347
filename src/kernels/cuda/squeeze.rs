//! What squeeze-and-excitation takes: the mean of every channel of an image over its pixels, and channels times the
//! logistic function of a number for each. A cube sums some channels of one image, so the order of sums is fixed.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::{UNITS, across, cubes, numbers, width};

/// Units of a cube that sums.
const SUMMING: usize = 1024;

/// Images of some pixels and channels, the channels last in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Images {
    pub(super) count: usize,
    pub(super) pixels: usize,
    pub(super) channels: usize,
}

impl Images {
    const fn length(self) -> usize {
        self.count * self.pixels * self.channels
    }

    const fn means(self) -> usize {
        self.count * self.channels
    }

    fn vectors(self) -> usize {
        self.channels / width(self.channels)
    }

    /// Vectors side by side in a cube that sums.
    fn across(self) -> usize {
        across(self.vectors())
    }

    fn sums(self) -> CubeCount {
        let tiles = self.vectors().div_ceil(self.across());
        CubeCount::Static(self.count as u32, tiles as u32, 1)
    }
}

/// The sum over the units of a column of the cube, in its first line.
#[cube]
fn column_sum<N: Size>(value: Vector<f32, N>, #[comptime] across: usize) -> Vector<f32, N> {
    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(SUMMING);
    let unit = UNIT_POS as usize;
    sums[unit] = value;
    sync_cube();
    let mut sum = Vector::<f32, N>::new(0.0f32);
    if unit < across {
        for line in 0..comptime!(SUMMING / across) {
            sum += sums[line * across + unit];
        }
    }
    sum
}

#[cube]
fn logistic<N: Size>(value: Vector<f32, N>) -> Vector<f32, N> {
    let mut result = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for lane in 0..N::value() {
        result.insert(lane, 1.0f32 / (1.0f32 + (-value.extract(lane)).exp()));
    }
    result
}

#[cube(launch_unchecked)]
fn means<N: Size>(
    input: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    pixels: usize,
    vectors: usize,
    share: f32,
    #[comptime] across: usize,
) {
    let unit = UNIT_POS as usize;
    let vector = CUBE_POS_Y as usize * across + unit % across;
    let image = CUBE_POS_X as usize;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    if vector < vectors {
        let mut pixel = unit / across;
        while pixel < pixels {
            sum += input[(image * pixels + pixel) * vectors + vector];
            pixel += comptime!(SUMMING / across);
        }
    }
    let sum = column_sum::<N>(sum, across);
    if unit < across && vector < vectors {
        output[image * vectors + vector] = sum * Vector::new(share);
    }
}

#[cube(launch_unchecked)]
fn spread_means<N: Size>(
    gradient: &[Vector<f32, N>],
    by_input: &mut [Vector<f32, N>],
    length: usize,
    pixels: usize,
    vectors: usize,
    share: f32,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let image = at / (pixels * vectors);
        by_input[at] = gradient[image * vectors + at % vectors] * Vector::new(share);
    }
}

#[cube(launch_unchecked)]
fn gate<N: Size>(
    input: &[Vector<f32, N>],
    logits: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    length: usize,
    pixels: usize,
    vectors: usize,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let image = at / (pixels * vectors);
        output[at] = input[at] * logistic::<N>(logits[image * vectors + at % vectors]);
    }
}

#[cube(launch_unchecked)]
fn gate_slopes<N: Size>(
    gradient: &[Vector<f32, N>],
    input: &[Vector<f32, N>],
    logits: &[Vector<f32, N>],
    by_input: &mut [Vector<f32, N>],
    by_logits: &mut [Vector<f32, N>],
    pixels: usize,
    vectors: usize,
    #[comptime] across: usize,
) {
    let unit = UNIT_POS as usize;
    let vector = CUBE_POS_Y as usize * across + unit % across;
    let image = CUBE_POS_X as usize;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut open = Vector::<f32, N>::new(0.0f32);
    if vector < vectors {
        open = logistic::<N>(logits[image * vectors + vector]);
        let mut pixel = unit / across;
        while pixel < pixels {
            let at = (image * pixels + pixel) * vectors + vector;
            let slope = gradient[at];
            sum += slope * input[at];
            by_input[at] = slope * open;
            pixel += comptime!(SUMMING / across);
        }
    }
    let sum = column_sum::<N>(sum, across);
    if unit < across && vector < vectors {
        by_logits[image * vectors + vector] = sum * open * (Vector::new(1.0f32) - open);
    }
}

#[cube(launch_unchecked)]
fn silu_each(input: &[f32], output: &mut [f32], length: usize) {
    let at = ABSOLUTE_POS;
    if at < length {
        let value = input[at];
        output[at] = value / (1.0f32 + (-value).exp());
    }
}

#[cube(launch_unchecked)]
fn silu_slopes(gradient: &[f32], input: &[f32], by_input: &mut [f32], length: usize) {
    let at = ABSOLUTE_POS;
    if at < length {
        let value = input[at];
        let share = 1.0f32 / (1.0f32 + (-value).exp());
        by_input[at] = gradient[at] * share * (1.0f32 + value * (1.0f32 - share));
    }
}

/// The means (N, channels) of an `input` over its pixels.
pub(super) fn mean(client: &Client, of: Images, input: &Handle) -> Handle {
    let output = client.empty(of.means() * size_of::<f32>());
    // SAFETY: the buffers hold as many numbers as `of` says, and the kernel checks every place against it.
    unsafe {
        means::launch_unchecked(
            client,
            of.sums(),
            CubeDim::new_1d(SUMMING as u32),
            width(of.channels),
            numbers(input, of.length()),
            numbers(&output, of.means()),
            of.pixels,
            of.vectors(),
            1.0 / of.pixels as f32,
            of.across(),
        );
    }
    output
}

/// The gradient by the input of [`mean`].
pub(super) fn mean_gradient(client: &Client, of: Images, gradient: &Handle) -> Handle {
    let by_input = client.empty(of.length() * size_of::<f32>());
    let length = of.count * of.pixels * of.vectors();
    // SAFETY: as in `mean`.
    unsafe {
        spread_means::launch_unchecked(
            client,
            cubes(length),
            CubeDim::new_1d(UNITS as u32),
            width(of.channels),
            numbers(gradient, of.means()),
            numbers(&by_input, of.length()),
            length,
            of.pixels,
            of.vectors(),
            1.0 / of.pixels as f32,
        );
    }
    by_input
}

/// An `input` times the logistic function of `logits` (N, channels).
pub(super) fn gated(client: &Client, of: Images, input: &Handle, logits: &Handle) -> Handle {
    let output = client.empty(of.length() * size_of::<f32>());
    let length = of.count * of.pixels * of.vectors();
    // SAFETY: as in `mean`.
    unsafe {
        gate::launch_unchecked(
            client,
            cubes(length),
            CubeDim::new_1d(UNITS as u32),
            width(of.channels),
            numbers(input, of.length()),
            numbers(logits, of.means()),
            numbers(&output, of.length()),
            length,
            of.pixels,
            of.vectors(),
        );
    }
    output
}

/// The gradients of [`gated`] by input and logits.
pub(super) fn gated_gradients(
    client: &Client,
    of: Images,
    gradient: &Handle,
    input: &Handle,
    logits: &Handle,
) -> [Handle; 2] {
    let by_input = client.empty(of.length() * size_of::<f32>());
    let by_logits = client.empty(of.means() * size_of::<f32>());
    // SAFETY: as in `mean`.
    unsafe {
        gate_slopes::launch_unchecked(
            client,
            of.sums(),
            CubeDim::new_1d(SUMMING as u32),
            width(of.channels),
            numbers(gradient, of.length()),
            numbers(input, of.length()),
            numbers(logits, of.means()),
            numbers(&by_input, of.length()),
            numbers(&by_logits, of.means()),
            of.pixels,
            of.vectors(),
            of.across(),
        );
    }
    [by_input, by_logits]
}

/// `SiLU` of an `input`.
pub(super) fn silu(client: &Client, of: Images, input: &Handle) -> Handle {
    let length = of.length();
    let output = client.empty(length * size_of::<f32>());
    // SAFETY: both buffers hold `length` numbers, and the kernel touches no place beyond them.
    unsafe {
        silu_each::launch_unchecked(
            client,
            cubes(length),
            CubeDim::new_1d(UNITS as u32),
            numbers(input, length),
            numbers(&output, length),
            length,
        );
    }
    output
}

/// The gradient by the input of [`silu`].
pub(super) fn silu_gradient(
    client: &Client,
    of: Images,
    gradient: &Handle,
    input: &Handle,
) -> Handle {
    let length = of.length();
    let by_input = client.empty(length * size_of::<f32>());
    // SAFETY: all buffers hold `length` numbers, and the kernel touches no place beyond them.
    unsafe {
        silu_slopes::launch_unchecked(
            client,
            cubes(length),
            CubeDim::new_1d(UNITS as u32),
            numbers(gradient, length),
            numbers(input, length),
            numbers(&by_input, length),
            length,
        );
    }
    by_input
}

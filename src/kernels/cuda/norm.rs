//! Batch normalisation with the residual sum and the activation that follow, forward and backward, each in three
//! passes: sums over parts of the pixels, those added up in a fixed order, and the result.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::norm::Activation;
use super::convolve::width;

/// Units of a cube.
const UNITS: usize = 256;
/// Parts into which pixels are cut at most.
const PARTS: usize = 256;

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

    /// How units of a cube stand over vectors and pixels.
    fn across(self) -> usize {
        self.vectors().next_power_of_two().min(32)
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

    /// Cubes with a unit for every vector.
    fn all(self) -> CubeCount {
        let cubes = (self.pixels * self.vectors()).div_ceil(UNITS);
        let across = cubes.min(32_768);
        CubeCount::Static(across as u32, cubes.div_ceil(across) as u32, 1)
    }
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

/// Sums of distances from the first pixel, and of their squares.
#[cube(launch_unchecked)]
fn moments<N: Size>(
    input: &[Vector<f32, N>],
    parts: &mut [Vector<f32, N>],
    pixels: usize,
    vectors: usize,
    #[comptime] across: usize,
) {
    let down = comptime!(UNITS / across);
    let vector = CUBE_POS_X as usize * across + UNIT_POS as usize % across;
    let mut first = Vector::<f32, N>::new(0.0f32);
    let mut second = Vector::<f32, N>::new(0.0f32);
    if vector < vectors {
        let from = input[vector];
        let step = CUBE_COUNT_Y as usize * down;
        let mut pixel = CUBE_POS_Y as usize * down + UNIT_POS as usize / across;
        while pixel < pixels {
            let value = input[pixel * vectors + vector] - from;
            first += value;
            second += value * value;
            pixel += step;
        }
    }
    add_column(first, second, parts, vectors, across);
}

/// Adds up parts: the mean and the biased variance of each channel, and the running ones that take up `taken` of the
/// mean and `taken_variance` of the variance.
#[cube(launch_unchecked)]
fn statistics(
    input: &[f32],
    parts: &[f32],
    old_mean: &[f32],
    old_variance: &[f32],
    mean: &mut [f32],
    variance: &mut [f32],
    new_mean: &mut [f32],
    new_variance: &mut [f32],
    channels: usize,
    count: usize,
    pixels: f32,
    taken: f32,
    taken_variance: f32,
) {
    let (first, second) = added(parts, channels, count);
    let channel = CUBE_POS_X as usize * 32 + UNIT_POS_X as usize;
    if UNIT_POS_Y == 0 && channel < channels {
        let shifted = first / pixels;
        let centre = input[channel] + shifted;
        let spread = second / pixels - shifted * shifted;
        mean[channel] = centre;
        variance[channel] = spread;
        new_mean[channel] = old_mean[channel] * (1.0f32 - taken) + centre * taken;
        new_variance[channel] = old_variance[channel] * (1.0f32 - taken) + spread * taken_variance;
    }
}

/// Adds up parts: both sums of each channel.
#[cube(launch_unchecked)]
fn totals(parts: &[f32], first: &mut [f32], second: &mut [f32], channels: usize, count: usize) {
    let (one, two) = added(parts, channels, count);
    let channel = CUBE_POS_X as usize * 32 + UNIT_POS_X as usize;
    if UNIT_POS_Y == 0 && channel < channels {
        first[channel] = one;
        second[channel] = two;
    }
}

/// Both sums over all parts, in the units of the first line.
#[cube]
fn added(parts: &[f32], channels: usize, count: usize) -> (f32, f32) {
    let x = UNIT_POS_X as usize;
    let y = UNIT_POS_Y as usize;
    let channel = CUBE_POS_X as usize * 32 + x;
    let mut shared = Shared::<[f32]>::new_slice(512usize);
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    if channel < channels {
        let mut part = y;
        while part < count {
            first += parts[part * 2 * channels + channel];
            second += parts[(part * 2 + 1) * channels + channel];
            part += 8;
        }
    }
    shared[y * 32 + x] = first;
    shared[y * 32 + x + 256] = second;
    sync_cube();
    first = 0.0f32;
    second = 0.0f32;
    if y == 0 {
        #[unroll]
        for line in 0..8usize {
            first += shared[line * 32 + x];
            second += shared[line * 32 + x + 256];
        }
    }
    (first, second)
}

/// Normalises, adds the residual and activates.
#[cube(launch_unchecked)]
fn apply<N: Size>(
    input: &[Vector<f32, N>],
    residual: &[Vector<f32, N>],
    scale: &[Vector<f32, N>],
    shift: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    length: usize,
    vectors: usize,
    epsilon: f32,
    #[comptime] follows: Follows,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let channel = at % vectors;
        let mut result = Vector::<f32, N>::new(0.0f32);
        let value = input[at] - mean[channel];
        #[unroll]
        for lane in 0..N::value() {
            let inverse = 1.0f32 / (variance[channel].extract(lane) + epsilon).sqrt();
            let mut one = value.extract(lane) * (inverse * scale[channel].extract(lane))
                + shift[channel].extract(lane);
            if comptime!(follows.residual) {
                one += residual[at].extract(lane);
            }
            if comptime!(follows.relu) {
                one = select(one > 0.0f32, one, 0.0f32);
            }
            if comptime!(follows.silu) {
                one /= 1.0f32 + (-one).exp();
            }
            result.insert(lane, one);
        }
        output[at] = result;
    }
}

/// The gradient before the activation, and the normalised value. `output` is read where a residual was added
/// before a rectification.
#[cube]
fn before<N: Size>(
    gradient: &[Vector<f32, N>],
    input: &[Vector<f32, N>],
    output: &[Vector<f32, N>],
    scale: &[Vector<f32, N>],
    shift: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    at: usize,
    channel: usize,
    epsilon: f32,
    #[comptime] follows: Follows,
) -> (Vector<f32, N>, Vector<f32, N>) {
    let mut passed = Vector::<f32, N>::new(0.0f32);
    let mut normal = Vector::<f32, N>::new(0.0f32);
    let centred = input[at] - mean[channel];
    #[unroll]
    for lane in 0..N::value() {
        let inverse = 1.0f32 / (variance[channel].extract(lane) + epsilon).sqrt();
        let value = centred.extract(lane) * inverse;
        let mut slope = gradient[at].extract(lane);
        if comptime!(follows.relu) {
            if comptime!(follows.residual) {
                slope = select(output[at].extract(lane) > 0.0f32, slope, 0.0f32);
            } else {
                let one = centred.extract(lane) * (inverse * scale[channel].extract(lane))
                    + shift[channel].extract(lane);
                slope = select(one > 0.0f32, slope, 0.0f32);
            }
        }
        if comptime!(follows.silu) {
            let one = value * scale[channel].extract(lane) + shift[channel].extract(lane);
            let share = 1.0f32 / (1.0f32 + (-one).exp());
            slope *= share * (1.0f32 + one * (1.0f32 - share));
        }
        passed.insert(lane, slope);
        normal.insert(lane, value);
    }
    (passed, normal)
}

/// Sums of the gradient before the activation, and of its product with the normalised value.
#[cube(launch_unchecked)]
fn slopes<N: Size>(
    gradient: &[Vector<f32, N>],
    input: &[Vector<f32, N>],
    output: &[Vector<f32, N>],
    scale: &[Vector<f32, N>],
    shift: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    parts: &mut [Vector<f32, N>],
    pixels: usize,
    vectors: usize,
    epsilon: f32,
    #[comptime] follows: Follows,
    #[comptime] across: usize,
) {
    let down = comptime!(UNITS / across);
    let vector = CUBE_POS_X as usize * across + UNIT_POS as usize % across;
    let mut first = Vector::<f32, N>::new(0.0f32);
    let mut second = Vector::<f32, N>::new(0.0f32);
    if vector < vectors {
        let step = CUBE_COUNT_Y as usize * down;
        let mut pixel = CUBE_POS_Y as usize * down + UNIT_POS as usize / across;
        while pixel < pixels {
            let at = pixel * vectors + vector;
            let (passed, normal) = before::<N>(
                gradient, input, output, scale, shift, mean, variance, at, vector, epsilon, follows,
            );
            first += passed;
            second += passed * normal;
            pixel += step;
        }
    }
    add_column(first, second, parts, vectors, across);
}

/// The gradient by the input, and, into `passed`, that by the residual.
#[cube(launch_unchecked)]
fn spread<N: Size>(
    gradient: &[Vector<f32, N>],
    input: &[Vector<f32, N>],
    output: &[Vector<f32, N>],
    scale: &[Vector<f32, N>],
    shift: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    by_scale: &[Vector<f32, N>],
    by_shift: &[Vector<f32, N>],
    by_input: &mut [Vector<f32, N>],
    by_residual: &mut [Vector<f32, N>],
    length: usize,
    vectors: usize,
    pixels: f32,
    epsilon: f32,
    #[comptime] follows: Follows,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let channel = at % vectors;
        let (passed, normal) = before::<N>(
            gradient, input, output, scale, shift, mean, variance, at, channel, epsilon, follows,
        );
        let mut result = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for lane in 0..N::value() {
            let inverse = 1.0f32 / (variance[channel].extract(lane) + epsilon).sqrt();
            let rest = passed.extract(lane)
                - (by_shift[channel].extract(lane)
                    + normal.extract(lane) * by_scale[channel].extract(lane))
                    / pixels;
            result.insert(lane, scale[channel].extract(lane) * inverse * rest);
        }
        by_input[at] = result;
        if comptime!(follows.relu && follows.residual) {
            by_residual[at] = passed;
        }
    }
}

/// Output, and statistics: mean, variance, and the running ones, moved.
pub(super) struct Normalised {
    pub(super) output: Handle,
    pub(super) statistics: [Handle; 4],
}

/// What a normalisation is made of, besides its input.
#[derive(Clone)]
pub(super) struct Parameters {
    pub(super) scale: Handle,
    pub(super) shift: Handle,
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}

/// Normalises an `input` (N, height, width, channels) by its own statistics, of which the `running` ones take up the
/// share `momentum`: the mean and the unbiased variance.
pub(super) fn normalise(
    client: &Client,
    extent: Extent,
    input: &Handle,
    residual: Option<&Handle>,
    parameters: &Parameters,
    running: [&Handle; 2],
    momentum: f64,
) -> Normalised {
    let Extent { pixels, channels } = extent;
    let (lanes, vectors, parts) = (width(channels), extent.vectors(), extent.parts());
    let bytes = size_of::<f32>();
    let partial = client.empty(parts * 2 * channels * bytes);
    let statistics = [(); 4].map(|()| client.empty(channels * bytes));
    let values = pixels as f64;
    let unbiased = values / (values - 1.0).max(1.0);
    let output = client.empty(extent.length() * bytes);
    // SAFETY: the buffers hold as many numbers as the extent says, and the kernels check every place that they read
    // or write against it.
    unsafe {
        let of = |handle: &Handle, length: usize| BufferArg::from_raw_parts(handle.clone(), length);
        moments::launch_unchecked(
            client,
            extent.sums(),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            of(input, extent.length()),
            of(&partial, parts * 2 * channels),
            pixels,
            vectors,
            extent.across(),
        );
        statistics::launch_unchecked(
            client,
            CubeCount::Static(channels.div_ceil(32) as u32, 1, 1),
            CubeDim::new_2d(32, 8),
            of(input, extent.length()),
            of(&partial, parts * 2 * channels),
            of(running[0], channels),
            of(running[1], channels),
            of(&statistics[0], channels),
            of(&statistics[1], channels),
            of(&statistics[2], channels),
            of(&statistics[3], channels),
            channels,
            parts,
            pixels as f32,
            momentum as f32,
            (momentum * unbiased) as f32,
        );
    }
    let [mean, variance, ..] = &statistics;
    apply_all(
        client,
        extent,
        input,
        residual,
        parameters,
        [mean, variance],
        &output,
    );
    Normalised { output, statistics }
}

fn apply_all(
    client: &Client,
    extent: Extent,
    input: &Handle,
    residual: Option<&Handle>,
    parameters: &Parameters,
    [mean, variance]: [&Handle; 2],
    output: &Handle,
) {
    let (length, channels) = (extent.length(), extent.channels);
    // SAFETY: as in `normalise`.
    unsafe {
        let of = |handle: &Handle, length: usize| BufferArg::from_raw_parts(handle.clone(), length);
        apply::launch_unchecked(
            client,
            extent.all(),
            CubeDim::new_1d(UNITS as u32),
            width(channels),
            of(input, length),
            of(residual.unwrap_or(input), length),
            of(&parameters.scale, channels),
            of(&parameters.shift, channels),
            of(mean, channels),
            of(variance, channels),
            of(output, length),
            extent.pixels * extent.vectors(),
            extent.vectors(),
            parameters.epsilon as f32,
            Follows::of(parameters.activation, residual.is_some()),
        );
    }
}

/// Normalises an `input` by given statistics.
pub(super) fn normalise_by(
    client: &Client,
    extent: Extent,
    input: &Handle,
    residual: Option<&Handle>,
    parameters: &Parameters,
    statistics: [&Handle; 2],
) -> Handle {
    let output = client.empty(extent.length() * size_of::<f32>());
    apply_all(
        client, extent, input, residual, parameters, statistics, &output,
    );
    output
}

/// Gradients by input, scale and shift, and by the residual where a rectification followed it.
pub(super) struct Gradients {
    pub(super) input: Handle,
    pub(super) scale: Handle,
    pub(super) shift: Handle,
    pub(super) residual: Option<Handle>,
}

/// The gradients, of that by the output. `output` is the forward pass's where there was a residual.
pub(super) fn gradients(
    client: &Client,
    extent: Extent,
    gradient: &Handle,
    input: &Handle,
    output: Option<&Handle>,
    parameters: &Parameters,
    [mean, variance]: [&Handle; 2],
) -> Gradients {
    let Extent { pixels, channels } = extent;
    let (lanes, vectors, parts) = (width(channels), extent.vectors(), extent.parts());
    let length = extent.length();
    let bytes = size_of::<f32>();
    let follows = Follows::of(parameters.activation, output.is_some());
    let partial = client.empty(parts * 2 * channels * bytes);
    let [scale, shift] = [(); 2].map(|()| client.empty(channels * bytes));
    let by_input = client.empty(length * bytes);
    let rectified = follows.relu && follows.residual;
    let passed = if rectified { length } else { lanes };
    let by_residual = client.empty(passed * bytes);
    // SAFETY: as in `normalise`; `by_residual` is written only where it has its length.
    unsafe {
        let of = |handle: &Handle, length: usize| BufferArg::from_raw_parts(handle.clone(), length);
        slopes::launch_unchecked(
            client,
            extent.sums(),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            of(gradient, length),
            of(input, length),
            of(output.unwrap_or(input), length),
            of(&parameters.scale, channels),
            of(&parameters.shift, channels),
            of(mean, channels),
            of(variance, channels),
            of(&partial, parts * 2 * channels),
            pixels,
            vectors,
            parameters.epsilon as f32,
            follows,
            extent.across(),
        );
        totals::launch_unchecked(
            client,
            CubeCount::Static(channels.div_ceil(32) as u32, 1, 1),
            CubeDim::new_2d(32, 8),
            of(&partial, parts * 2 * channels),
            of(&shift, channels),
            of(&scale, channels),
            channels,
            parts,
        );
        spread::launch_unchecked(
            client,
            extent.all(),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            of(gradient, length),
            of(input, length),
            of(output.unwrap_or(input), length),
            of(&parameters.scale, channels),
            of(&parameters.shift, channels),
            of(mean, channels),
            of(variance, channels),
            of(&scale, channels),
            of(&shift, channels),
            of(&by_input, length),
            of(&by_residual, passed),
            pixels * vectors,
            vectors,
            pixels as f32,
            parameters.epsilon as f32,
            follows,
        );
    }
    Gradients {
        input: by_input,
        scale,
        shift,
        residual: rectified.then_some(by_residual),
    }
}

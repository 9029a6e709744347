//! The backward pass.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::{ADDED, LINES, UNITS, adding, numbers, width};
use super::{
    AT_ONCE, Channels, Extent, Follows, Parameters, add_column, added, channels, read, written,
};

/// Adds up parts: both sums of each channel.
#[cube(launch_unchecked)]
fn totals(parts: &[f32], first: &mut [f32], second: &mut [f32], channels: usize, count: usize) {
    let (one, two) = added(parts, channels, count);
    let channel = CUBE_POS_X as usize * ADDED + UNIT_POS_X as usize;
    if UNIT_POS_Y == 0 && channel < channels {
        first[channel] = one;
        second[channel] = two;
    }
}

/// The gradient before the activation, and the normalised value, of a gradient and an input. `output` is what was made of
/// them, and matters where a residual was added before a rectification.
#[cube]
fn before<N: Size>(
    gradient: Vector<f32, N>,
    input: Vector<f32, N>,
    output: Vector<f32, N>,
    of: &Channels<N>,
    #[comptime] follows: Follows,
) -> (Vector<f32, N>, Vector<f32, N>) {
    let mut passed = gradient;
    let centred = input - of.mean;
    let normal = centred * of.inverse;
    if comptime!(follows.relu) {
        let mut made = output;
        if comptime!(!follows.residual) {
            made = centred * of.factor + of.shift;
        }
        #[unroll]
        for lane in 0..N::value() {
            let slope = select(made.extract(lane) <= 0.0f32, 0.0f32, gradient.extract(lane));
            passed.insert(lane, slope);
        }
    }
    if comptime!(follows.silu) {
        let made = normal * of.scale + of.shift;
        #[unroll]
        for lane in 0..N::value() {
            let one = made.extract(lane);
            let share = 1.0f32 / (1.0f32 + (-one).exp());
            let slope = gradient.extract(lane) * (share * (1.0f32 + one * (1.0f32 - share)));
            passed.insert(lane, slope);
        }
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
        let of = channels::<N>(scale, shift, mean, variance, vector, epsilon);
        let step = CUBE_COUNT_Y as usize * down;
        let mut pixel = CUBE_POS_Y as usize * down + UNIT_POS as usize / across;
        while pixel < pixels {
            let slopes = read::<N>(gradient, pixel, step, pixels, vectors, vector, AT_ONCE);
            let values = read::<N>(input, pixel, step, pixels, vectors, vector, AT_ONCE);
            let mut made = Array::<Vector<f32, N>>::new(AT_ONCE);
            if comptime!(follows.relu && follows.residual) {
                made = read::<N>(output, pixel, step, pixels, vectors, vector, AT_ONCE);
            }
            #[unroll]
            for at in 0..AT_ONCE {
                if pixel + at * step < pixels {
                    let (passed, normal) =
                        before::<N>(slopes[at], values[at], made[at], &of, follows);
                    first += passed;
                    second += passed * normal;
                }
            }
            pixel += AT_ONCE * step;
        }
    }
    add_column(first, second, parts, vectors, across);
}

/// The gradient by the input, and, into `by_residual`, that by the residual.
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
    pixels: usize,
    vectors: usize,
    count: f32,
    epsilon: f32,
    #[comptime] follows: Follows,
    #[comptime] across: usize,
    #[comptime] each: usize,
) {
    let down = comptime!(UNITS / across);
    let (vector, pixel) = written(across, each);
    if vector < vectors && pixel < pixels {
        let slopes = read::<N>(gradient, pixel, down, pixels, vectors, vector, each);
        let values = read::<N>(input, pixel, down, pixels, vectors, vector, each);
        let mut made = Array::<Vector<f32, N>>::new(each);
        if comptime!(follows.relu && follows.residual) {
            made = read::<N>(output, pixel, down, pixels, vectors, vector, each);
        }
        let of = channels::<N>(scale, shift, mean, variance, vector, epsilon);
        let count = Vector::<f32, N>::new(count);
        let (mean_slope, mean_product) = (by_shift[vector] / count, by_scale[vector] / count);
        #[unroll]
        for at in 0..each {
            let (passed, normal) = before::<N>(slopes[at], values[at], made[at], &of, follows);
            let there = pixel + at * down;
            if there < pixels {
                by_input[there * vectors + vector] =
                    of.factor * (passed - (mean_slope + normal * mean_product));
                if comptime!(follows.relu && follows.residual) {
                    by_residual[there * vectors + vector] = passed;
                }
            }
        }
    }
}

/// Gradients by input, scale and shift, and by the residual where a rectification followed it.
pub(in super::super) struct Gradients {
    pub(in super::super) input: Handle,
    pub(in super::super) scale: Handle,
    pub(in super::super) shift: Handle,
    pub(in super::super) residual: Option<Handle>,
}

/// The gradients, of that by the output. `output` is the forward pass's where there was a residual.
pub(in super::super) fn gradients(
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
    let each = extent.each();
    let (adders, units) = adding(channels, LINES);
    let passed = if rectified { length } else { lanes };
    let by_residual = client.empty(passed * bytes);
    // SAFETY: as in `normalise`; `by_residual` is written only where it has its length.
    unsafe {
        slopes::launch_unchecked(
            client,
            extent.sums(),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            numbers(gradient, length),
            numbers(input, length),
            numbers(output.unwrap_or(input), length),
            numbers(&parameters.scale, channels),
            numbers(&parameters.shift, channels),
            numbers(mean, channels),
            numbers(variance, channels),
            numbers(&partial, parts * 2 * channels),
            pixels,
            vectors,
            parameters.epsilon as f32,
            follows,
            extent.across(),
        );
        totals::launch_unchecked(
            client,
            adders,
            units,
            numbers(&partial, parts * 2 * channels),
            numbers(&shift, channels),
            numbers(&scale, channels),
            channels,
            parts,
        );
        spread::launch_unchecked(
            client,
            extent.writers(each),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            numbers(gradient, length),
            numbers(input, length),
            numbers(output.unwrap_or(input), length),
            numbers(&parameters.scale, channels),
            numbers(&parameters.shift, channels),
            numbers(mean, channels),
            numbers(variance, channels),
            numbers(&scale, channels),
            numbers(&shift, channels),
            numbers(&by_input, length),
            numbers(&by_residual, passed),
            pixels,
            vectors,
            pixels as f32,
            parameters.epsilon as f32,
            follows,
            extent.across(),
            each,
        );
    }
    Gradients {
        input: by_input,
        scale,
        shift,
        residual: rectified.then_some(by_residual),
    }
}

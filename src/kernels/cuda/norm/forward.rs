//! The forward pass, in training and in evaluation.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::super::norm::unbiased;
use super::super::moments::{Moments, part_pixels};
use super::super::{ADDED, LINES, UNITS, adding, numbers, width};
use super::{
    AT_ONCE, Extent, Follows, Parameters, add_column, added, channels, of_lines, read, written,
};

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
            let values = read::<N>(input, pixel, step, pixels, vectors, vector, AT_ONCE);
            #[unroll]
            for at in 0..AT_ONCE {
                if pixel + at * step < pixels {
                    let value = values[at] - from;
                    first += value;
                    second += value * value;
                }
            }
            pixel += AT_ONCE * step;
        }
    }
    add_column(first, second, parts, vectors, across);
}

/// The same sums about the first part's mean, of the means and squared distances that parts of `part_pixels` have, in the
/// units of the first line.
#[cube]
fn added_means(
    parts: &[f32],
    channels: usize,
    count: usize,
    pixels: usize,
    part_pixels: usize,
) -> (f32, f32) {
    let lines = LINES;
    let channel = CUBE_POS_X as usize * ADDED + UNIT_POS_X as usize;
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    if channel < channels {
        let from = parts[channel];
        let mut part = UNIT_POS_Y as usize;
        while part < count {
            let left = pixels - part * part_pixels;
            let some = select(left < part_pixels, left, part_pixels) as f32;
            let distance = parts[part * 2 * channels + channel] - from;
            first += some * distance;
            second += parts[(part * 2 + 1) * channels + channel] + some * distance * distance;
            part += lines;
        }
    }
    of_lines(first, second)
}

/// Adds up parts, whose sums are about the first of the numbers `about` of each channel, or which have their own means
/// (`means`): the mean and the biased variance of each channel. The running ones take up `taken` of the mean and
/// `taken_variance` of the variance, in place.
#[cube(launch_unchecked)]
fn statistics(
    about: &[f32],
    parts: &[f32],
    running_mean: &mut [f32],
    running_variance: &mut [f32],
    mean: &mut [f32],
    variance: &mut [f32],
    channels: usize,
    count: usize,
    pixels: usize,
    part_pixels: usize,
    taken: f32,
    taken_variance: f32,
    #[comptime] means: bool,
) {
    let (first, second) = if comptime!(means) {
        added_means(parts, channels, count, pixels, part_pixels)
    } else {
        added(parts, channels, count)
    };
    let pixels = pixels as f32;
    let channel = CUBE_POS_X as usize * ADDED + UNIT_POS_X as usize;
    if UNIT_POS_Y == 0 && channel < channels {
        let shifted = first / pixels;
        let centre = about[channel] + shifted;
        let raw = second / pixels - shifted * shifted;
        let spread = select(raw < 0.0f32, 0.0f32, raw);
        mean[channel] = centre;
        variance[channel] = spread;
        running_mean[channel] = running_mean[channel] * (1.0f32 - taken) + centre * taken;
        running_variance[channel] =
            running_variance[channel] * (1.0f32 - taken) + spread * taken_variance;
    }
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
    pixels: usize,
    vectors: usize,
    epsilon: f32,
    #[comptime] follows: Follows,
    #[comptime] across: usize,
    #[comptime] each: usize,
) {
    let down = comptime!(UNITS / across);
    let (vector, pixel) = written(across, each);
    if vector < vectors && pixel < pixels {
        let values = read::<N>(input, pixel, down, pixels, vectors, vector, each);
        let mut added = Array::<Vector<f32, N>>::new(each);
        if comptime!(follows.residual) {
            added = read::<N>(residual, pixel, down, pixels, vectors, vector, each);
        }
        let of = channels::<N>(scale, shift, mean, variance, vector, epsilon);
        #[unroll]
        for at in 0..each {
            let mut result = (values[at] - of.mean) * of.factor + of.shift;
            if comptime!(follows.residual) {
                result += added[at];
            }
            if comptime!(follows.relu || follows.silu) {
                #[unroll]
                for lane in 0..N::value() {
                    let mut one = result.extract(lane);
                    if comptime!(follows.relu) {
                        one = select(one < 0.0f32, 0.0f32, one);
                    } else {
                        one /= 1.0f32 + (-one).exp();
                    }
                    result.insert(lane, one);
                }
            }
            let there = pixel + at * down;
            if there < pixels {
                output[there * vectors + vector] = result;
            }
        }
    }
}

/// Output, and statistics: mean and variance.
pub(in super::super) struct Normalised {
    pub(in super::super) output: Handle,
    pub(in super::super) statistics: [Handle; 2],
}

/// What is normalised.
#[derive(Clone, Copy)]
pub(in super::super) struct Input<'a> {
    pub(in super::super) values: &'a Handle,
    /// Its moments, where the convolution that made it computed them.
    pub(in super::super) moments: Option<&'a Moments>,
}

/// Normalises an `input` (N, height, width, channels) by its own statistics, of which the `running` ones take up the
/// share `momentum` in place: the mean and the unbiased variance.
pub(in super::super) fn normalise(
    client: &Client,
    extent: Extent,
    input: Input<'_>,
    residual: Option<&Handle>,
    parameters: &Parameters,
    running: [&Handle; 2],
    momentum: f64,
) -> Normalised {
    let Extent { pixels, channels } = extent;
    let Input { values, moments } = input;
    let means = moments.is_some();
    let (parts, handle) = match moments {
        Some(Moments { parts, handle }) => (*parts, handle.clone()),
        None => look(client, extent, values),
    };
    let (about, about_length) = if means {
        (&handle, parts * 2 * channels)
    } else {
        (values, extent.length())
    };
    let (adders, units) = adding(channels, LINES);
    let statistics = [(); 2].map(|()| client.empty(channels * size_of::<f32>()));
    let output = client.empty(extent.length() * size_of::<f32>());
    // SAFETY: the buffers hold as many numbers as the extent says, and the kernel checks every place that it reads or
    // writes against it.
    unsafe {
        statistics::launch_unchecked(
            client,
            adders,
            units,
            numbers(about, about_length),
            numbers(&handle, parts * 2 * channels),
            numbers(running[0], channels),
            numbers(running[1], channels),
            numbers(&statistics[0], channels),
            numbers(&statistics[1], channels),
            channels,
            parts,
            pixels,
            part_pixels(pixels, parts),
            momentum as f32,
            (momentum * unbiased(pixels)) as f32,
            means,
        );
    }
    let [mean, variance] = &statistics;
    apply_all(
        client,
        extent,
        values,
        residual,
        parameters,
        [mean, variance],
        &output,
    );
    Normalised { output, statistics }
}

/// What [`moments`] sums of `input`, and in how many parts.
fn look(client: &Client, extent: Extent, input: &Handle) -> (usize, Handle) {
    let channels = extent.channels;
    let parts = extent.parts();
    let handle = client.empty(parts * 2 * channels * size_of::<f32>());
    // SAFETY: as in `normalise`.
    unsafe {
        moments::launch_unchecked(
            client,
            extent.sums(),
            CubeDim::new_1d(UNITS as u32),
            width(channels),
            numbers(input, extent.length()),
            numbers(&handle, parts * 2 * channels),
            extent.pixels,
            extent.vectors(),
            extent.across(),
        );
    }
    (parts, handle)
}

/// Launches [`apply`] over everything.
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
    let each = extent.each();
    // SAFETY: as in `normalise`.
    unsafe {
        apply::launch_unchecked(
            client,
            extent.writers(each),
            CubeDim::new_1d(UNITS as u32),
            width(channels),
            numbers(input, length),
            numbers(residual.unwrap_or(input), length),
            numbers(&parameters.scale, channels),
            numbers(&parameters.shift, channels),
            numbers(mean, channels),
            numbers(variance, channels),
            numbers(output, length),
            extent.pixels,
            extent.vectors(),
            parameters.epsilon as f32,
            Follows::of(parameters.activation, residual.is_some()),
            extent.across(),
            each,
        );
    }
}

/// Normalises an `input` by these `statistics`.
pub(in super::super) fn normalise_by(
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

//! Batch normalisation by the batch's own statistics, with what follows it: the residual sum and the activation.
//!
//! A channel is one task, so that its numbers stay in the cache from the statistics to the result, and its
//! statistics are summed image by image whatever the number of threads.

mod channel;

use rayon::prelude::*;

use self::channel::{Operands, Planes, apply, gradient_of_channel, moments};
use super::buffer::{Shared, written};
use super::vector::Level;

/// By what the biased variance of so many values is multiplied.
pub(super) fn unbiased(values: usize) -> f64 {
    values as f64 / (values as f64 - 1.0).max(1.0)
}

/// What is applied to the normalised numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// The greater of x and 0; what is not a number stays so.
    Relu,
    /// x / (1 + e^-x).
    Silu,
}

/// Numbers below which tasks are joined.
const TASK: usize = 1 << 14;

/// The shape of what is normalised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) images: usize,
    pub(super) channels: usize,
    pub(super) pixels: usize,
}

impl Extent {
    const fn len(self) -> usize {
        self.images * self.channels * self.pixels
    }

    fn per_task(self) -> usize {
        TASK / (self.images * self.pixels).max(1) + 1
    }
}

/// What normalisation gives, and what its gradient needs.
pub(super) struct Normalised {
    pub(super) output: Vec<f32>,
    /// Mean of each channel.
    pub(super) mean: Vec<f32>,
    /// Biased variance of each channel.
    pub(super) variance: Vec<f32>,
}

/// The gradients of what went in.
pub(super) struct Gradients {
    pub(super) input: Vec<f32>,
    /// What passes through the sum, where there is one.
    pub(super) residual: Option<Vec<f32>>,
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// activation(scale * (input - mean) / sqrt(variance + epsilon) + shift + residual).
pub(super) fn normalise(
    level: Level,
    extent: Extent,
    [input, scale, shift]: [&[f32]; 3],
    residual: Option<&[f32]>,
    epsilon: f64,
    activation: Activation,
) -> Normalised {
    check(extent, &[input], &[scale, shift]);
    check(extent, residual.as_slice(), &[]);
    let mut statistics = vec![[0.0_f32; 2]; extent.channels];
    // SAFETY: every channel writes its own numbers, in all images.
    let output = unsafe {
        written(extent.len(), |output: Shared| {
            statistics
                .par_iter_mut()
                .enumerate()
                .with_min_len(extent.per_task())
                .for_each(|(channel, statistics)| {
                    let first = channel * extent.pixels;
                    let planes = Planes::of(extent);
                    let from = input.as_ptr().add(first);
                    let (mean, variance) = moments(level, planes, from);
                    let [factor, term] =
                        affine(mean, variance, scale[channel], shift[channel], epsilon);
                    let residual =
                        residual.map_or(std::ptr::null(), |numbers| numbers.as_ptr().add(first));
                    apply(
                        level,
                        planes,
                        from,
                        residual,
                        [factor, term],
                        activation,
                        output.at(first),
                    );
                    *statistics = [mean, variance];
                });
        })
    };
    Normalised {
        output,
        mean: statistics.iter().map(|[mean, _]| *mean).collect(),
        variance: statistics.iter().map(|[_, variance]| *variance).collect(),
    }
}

/// activation(scale * (input - mean) / sqrt(variance + epsilon) + shift + residual), with statistics that are given.
pub(super) fn activated(
    level: Level,
    extent: Extent,
    input: &[f32],
    residual: Option<&[f32]>,
    Given {
        scale,
        shift,
        mean,
        variance,
        epsilon,
    }: Given,
    activation: Activation,
) -> Vec<f32> {
    check(extent, &[input], &[scale, shift, mean, variance]);
    check(extent, residual.as_slice(), &[]);
    // SAFETY: every channel writes its own numbers, in all images.
    unsafe {
        written(extent.len(), |output: Shared| {
            (0..extent.channels)
                .into_par_iter()
                .with_min_len(extent.per_task())
                .for_each(|channel| {
                    let first = channel * extent.pixels;
                    let affine = affine(
                        mean[channel],
                        variance[channel],
                        scale[channel],
                        shift[channel],
                        epsilon,
                    );
                    apply(
                        level,
                        Planes::of(extent),
                        input.as_ptr().add(first),
                        residual.map_or(std::ptr::null(), |numbers| numbers.as_ptr().add(first)),
                        affine,
                        activation,
                        output.at(first),
                    );
                });
        })
    }
}

/// What a normalisation by running statistics takes, channel by channel.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) mean: &'a [f32],
    pub(super) variance: &'a [f32],
    pub(super) epsilon: f64,
}

/// The gradients, from that of the output; `output` itself is needed where there was a residual.
pub(super) fn gradients(
    level: Level,
    extent: Extent,
    forward: Forward,
    gradient: &[f32],
) -> Gradients {
    let Forward {
        input,
        output,
        scale,
        shift,
        mean,
        variance,
        epsilon,
        activation,
    } = forward;
    check(extent, &[input, gradient], &[scale, shift, mean, variance]);
    check(extent, output.as_slice(), &[]);
    assert!(output.is_none() || activation != Activation::Silu);
    let mut parameters = vec![[0.0_f32; 2]; extent.channels];
    let mut residual = Vec::new();
    // SAFETY: every channel writes its own numbers, in all images.
    let input = unsafe {
        written(extent.len(), |result: Shared| {
            let mut run = |passed: Option<Shared>| {
                parameters
                    .par_iter_mut()
                    .enumerate()
                    .with_min_len(extent.per_task())
                    .for_each(|(channel, parameters)| {
                        let first = channel * extent.pixels;
                        let [factor, term] = affine(
                            mean[channel],
                            variance[channel],
                            scale[channel],
                            shift[channel],
                            epsilon,
                        );
                        let operands = Operands {
                            input: input.as_ptr().add(first),
                            output: output
                                .map_or(std::ptr::null(), |numbers| numbers.as_ptr().add(first)),
                            gradient: gradient.as_ptr().add(first),
                            mean: mean[channel],
                            inverse: inverse(variance[channel], epsilon),
                            factor,
                            term,
                        };
                        *parameters = gradient_of_channel(
                            level,
                            Planes::of(extent),
                            operands,
                            activation,
                            result.at(first),
                            passed.map_or(std::ptr::null_mut(), |passed| passed.at(first)),
                        );
                    });
            };
            if output.is_some() {
                residual = written(extent.len(), |passed| run(Some(passed)));
            } else {
                run(None);
            }
        })
    };
    Gradients {
        input,
        residual: output.map(|_| residual),
        scale: parameters.iter().map(|[scale, _]| *scale).collect(),
        shift: parameters.iter().map(|[_, shift]| *shift).collect(),
    }
}

/// What the forward pass had and gave.
#[derive(Clone, Copy)]
pub(super) struct Forward<'a> {
    pub(super) input: &'a [f32],
    /// Given where a residual was added.
    pub(super) output: Option<&'a [f32]>,
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) mean: &'a [f32],
    pub(super) variance: &'a [f32],
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}

fn check(extent: Extent, images: &[&[f32]], channels: &[&[f32]]) {
    assert!(images.iter().all(|numbers| numbers.len() == extent.len()));
    assert!(
        channels
            .iter()
            .all(|numbers| numbers.len() == extent.channels)
    );
}

fn inverse(variance: f32, epsilon: f64) -> f32 {
    (1.0 / (f64::from(variance) + epsilon).sqrt()) as f32
}

/// Factor and term of the normalisation.
fn affine(mean: f32, variance: f32, scale: f32, shift: f32, epsilon: f64) -> [f32; 2] {
    let factor = scale * inverse(variance, epsilon);
    [factor, shift - mean * factor]
}

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
                    let affine = affine(mean, variance, scale[channel], shift[channel], epsilon);
                    let (residual, output) = (start(residual, first), output.at(first));
                    apply(level, planes, from, residual, affine, activation, output);
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

/// As [`normalise`], with the mean and variance of `parameters`.
pub(super) fn activated(
    level: Level,
    extent: Extent,
    input: &[f32],
    residual: Option<&[f32]>,
    parameters: Parameters,
    activation: Activation,
) -> Vec<f32> {
    check(extent, &[input], &parameters.channels());
    check(extent, residual.as_slice(), &[]);
    // SAFETY: every channel writes its own numbers, in all images.
    unsafe {
        written(extent.len(), |output: Shared| {
            (0..extent.channels)
                .into_par_iter()
                .with_min_len(extent.per_task())
                .for_each(|channel| {
                    let first = channel * extent.pixels;
                    apply(
                        level,
                        Planes::of(extent),
                        input.as_ptr().add(first),
                        start(residual, first),
                        parameters.affine(channel),
                        activation,
                        output.at(first),
                    );
                });
        })
    }
}

/// Parameters and statistics, one number for each channel.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) mean: &'a [f32],
    pub(super) variance: &'a [f32],
    pub(super) epsilon: f64,
}

impl<'a> Parameters<'a> {
    const fn channels(&self) -> [&'a [f32]; 4] {
        [self.scale, self.shift, self.mean, self.variance]
    }

    /// Factor and term of a channel.
    fn affine(&self, channel: usize) -> [f32; 2] {
        affine(
            self.mean[channel],
            self.variance[channel],
            self.scale[channel],
            self.shift[channel],
            self.epsilon,
        )
    }
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
        parameters,
        activation,
    } = forward;
    check(extent, &[input, gradient], &parameters.channels());
    check(extent, output.as_slice(), &[]);
    assert!(output.is_none() || activation != Activation::Silu);
    let mut by_parameters = vec![[0.0_f32; 2]; extent.channels];
    let mut residual = Vec::new();
    // SAFETY: every channel writes its own numbers, in all images.
    let input = unsafe {
        written(extent.len(), |result: Shared| {
            let mut run = |passed: Option<Shared>| {
                by_parameters
                    .par_iter_mut()
                    .enumerate()
                    .with_min_len(extent.per_task())
                    .for_each(|(channel, by_parameters)| {
                        let first = channel * extent.pixels;
                        let [factor, term] = parameters.affine(channel);
                        let operands = Operands {
                            input: input.as_ptr().add(first),
                            output: start(output, first),
                            gradient: gradient.as_ptr().add(first),
                            mean: parameters.mean[channel],
                            inverse: inverse(parameters.variance[channel], parameters.epsilon),
                            factor,
                            term,
                        };
                        *by_parameters = gradient_of_channel(
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
        scale: by_parameters.iter().map(|[scale, _]| *scale).collect(),
        shift: by_parameters.iter().map(|[_, shift]| *shift).collect(),
    }
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Copy)]
pub(super) struct Forward<'a> {
    pub(super) input: &'a [f32],
    /// Needed where a residual was added.
    pub(super) output: Option<&'a [f32]>,
    pub(super) parameters: Parameters<'a>,
    pub(super) activation: Activation,
}

/// The numbers from `first` on; null where there are none.
///
/// # Safety
/// The numbers go on beyond `first`.
unsafe fn start(numbers: Option<&[f32]>, first: usize) -> *const f32 {
    numbers.map_or(std::ptr::null(), |numbers| numbers.as_ptr().add(first))
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

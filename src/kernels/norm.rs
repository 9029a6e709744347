//! Batch normalisation by the batch's own statistics, with what follows it: the residual sum and the activation.
//!
//! A channel is one task, so that its numbers stay in the cache from the statistics to the result, and its
//! statistics are summed image by image whatever the number of threads.

use rayon::prelude::*;

use super::buffer::{Shared, written};
use super::vector::{Level, Vector, kernel};

/// What is applied to the normalised numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// The greater of x and 0.
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

/// The planes of one channel.
#[derive(Clone, Copy)]
struct Planes {
    images: usize,
    pixels: usize,
    /// From the plane of one image to that of the next.
    step: usize,
}

impl Planes {
    const fn of(extent: Extent) -> Self {
        Self {
            images: extent.images,
            pixels: extent.pixels,
            step: extent.channels * extent.pixels,
        }
    }
}

kernel! {
    unsafe fn moments(planes: Planes, input: *const f32) -> (f32, f32) = moments_with;
}

/// Mean and biased variance of a channel.
#[inline(always)]
unsafe fn moments_with<V: Vector>(planes: Planes, input: *const f32) -> (f32, f32) {
    let count = (planes.images * planes.pixels) as f64;
    let mut sum = 0.0;
    for image in 0..planes.images {
        sum += f64::from(plane_sum::<V, false>(
            input.add(image * planes.step),
            planes.pixels,
            0.0,
        ));
    }
    let mean = (sum / count) as f32;
    let mut squares = 0.0;
    for image in 0..planes.images {
        squares += f64::from(plane_sum::<V, true>(
            input.add(image * planes.step),
            planes.pixels,
            mean,
        ));
    }
    (mean, (squares / count) as f32)
}

/// The sum of a plane, or that of the squares of its distances from `mean`.
#[inline(always)]
unsafe fn plane_sum<V: Vector, const SQUARES: bool>(
    plane: *const f32,
    pixels: usize,
    mean: f32,
) -> f32 {
    let centre = V::splat(mean);
    let mut sums = [V::splat(0.0); 4];
    let mut at = 0;
    while at + 4 * V::LANES <= pixels {
        for (part, sum) in sums.iter_mut().enumerate() {
            let numbers = V::load(plane.add(at + part * V::LANES));
            *sum = if SQUARES {
                let distance = numbers.sub(centre);
                distance.mul_add(distance, *sum)
            } else {
                sum.add(numbers)
            };
        }
        at += 4 * V::LANES;
    }
    let mut rest = 0.0;
    while at < pixels {
        let count = (pixels - at).min(V::LANES);
        let numbers = V::load_range(plane.add(at), 0, count);
        if SQUARES {
            let distance = numbers.sub(V::load_range([mean; 16].as_ptr(), 0, count));
            rest += distance.mul(distance).sum();
        } else {
            rest += numbers.sum();
        }
        at += V::LANES;
    }
    let [a, b, c, d] = sums;
    a.add(b).add(c.add(d)).sum() + rest
}

kernel! {
    unsafe fn apply(planes: Planes, input: *const f32, residual: *const f32, affine: [f32; 2], activation: Activation, output: *mut f32) = apply_with;
}

#[inline(always)]
unsafe fn apply_with<V: Vector>(
    planes: Planes,
    input: *const f32,
    residual: *const f32,
    [factor, term]: [f32; 2],
    activation: Activation,
    output: *mut f32,
) {
    let (factor, term) = (V::splat(factor), V::splat(term));
    for image in 0..planes.images {
        let first = image * planes.step;
        let mut at = 0;
        while at < planes.pixels {
            let count = (planes.pixels - at).min(V::LANES);
            let whole = count == V::LANES;
            let numbers = part::<V>(input.add(first + at), count, whole);
            let mut sum = numbers.mul_add(factor, term);
            if !residual.is_null() {
                sum = sum.add(part::<V>(residual.add(first + at), count, whole));
            }
            let result = match activation {
                Activation::None => sum,
                Activation::Relu => sum.max(V::splat(0.0)),
                Activation::Silu => sum.mul(sum.sigmoid()),
            };
            put(result, output.add(first + at), count, whole);
            at += V::LANES;
        }
    }
}

#[inline(always)]
unsafe fn part<V: Vector>(from: *const f32, count: usize, whole: bool) -> V {
    if whole {
        V::load(from)
    } else {
        V::load_range(from, 0, count)
    }
}

#[inline(always)]
unsafe fn put<V: Vector>(numbers: V, to: *mut f32, count: usize, whole: bool) {
    if whole {
        numbers.store(to);
    } else {
        numbers.store_first(to, count);
    }
}

/// A channel's numbers; `output` may be null.
#[derive(Clone, Copy)]
struct Operands {
    input: *const f32,
    output: *const f32,
    gradient: *const f32,
    mean: f32,
    inverse: f32,
    factor: f32,
    term: f32,
}

kernel! {
    unsafe fn gradient_of_channel(planes: Planes, operands: Operands, activation: Activation, result: *mut f32, passed: *mut f32) -> [f32; 2] = gradient_of_channel_with;
}

/// Writes the gradient of the input, and to `passed`, if not null, that of the residual; returns those of scale and shift.
#[inline(always)]
unsafe fn gradient_of_channel_with<V: Vector>(
    planes: Planes,
    operands: Operands,
    activation: Activation,
    result: *mut f32,
    passed: *mut f32,
) -> [f32; 2] {
    let mean = V::splat(operands.mean);
    let (mut scale, mut shift) = (0.0, 0.0);
    for image in 0..planes.images {
        let first = image * planes.step;
        let (mut products, mut sums) = (V::splat(0.0), V::splat(0.0));
        let mut at = 0;
        while at < planes.pixels {
            let count = (planes.pixels - at).min(V::LANES);
            let (gradient, numbers) = through::<V>(operands, first + at, count, activation);
            products = gradient.mul_add(numbers.sub(mean), products);
            sums = sums.add(gradient);
            at += V::LANES;
        }
        scale += f64::from(products.sum());
        shift += f64::from(sums.sum());
    }
    let count = (planes.images * planes.pixels) as f64;
    let inverse = f64::from(operands.inverse);
    let centre = V::splat((shift / count) as f32);
    let slope = V::splat((-scale * inverse * inverse / count) as f32);
    let factor = V::splat(operands.factor);
    for image in 0..planes.images {
        let first = image * planes.step;
        let mut at = 0;
        while at < planes.pixels {
            let count = (planes.pixels - at).min(V::LANES);
            let whole = count == V::LANES;
            let (gradient, numbers) = through::<V>(operands, first + at, count, activation);
            if !passed.is_null() {
                put(gradient, passed.add(first + at), count, whole);
            }
            let centred = numbers.sub(mean).mul_add(slope, gradient.sub(centre));
            put(centred.mul(factor), result.add(first + at), count, whole);
            at += V::LANES;
        }
    }
    [(scale * inverse) as f32, shift as f32]
}

/// The gradient of what was activated, and the input.
#[inline(always)]
unsafe fn through<V: Vector>(
    operands: Operands,
    at: usize,
    count: usize,
    activation: Activation,
) -> (V, V) {
    let whole = count == V::LANES;
    let gradient = part::<V>(operands.gradient.add(at), count, whole);
    let numbers = part::<V>(operands.input.add(at), count, whole);
    let gradient = match activation {
        Activation::None => gradient,
        Activation::Relu => gradient.where_positive(if operands.output.is_null() {
            numbers.mul_add(V::splat(operands.factor), V::splat(operands.term))
        } else {
            part::<V>(operands.output.add(at), count, whole)
        }),
        Activation::Silu => {
            let one = V::splat(1.0);
            let sum = numbers.mul_add(V::splat(operands.factor), V::splat(operands.term));
            let sigmoid = sum.sigmoid();
            let slope = sigmoid.mul(sum.mul_add(one.sub(sigmoid), one));
            gradient.mul(slope)
        }
    };
    (gradient, numbers)
}

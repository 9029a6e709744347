//! The statistics, the result and the gradient of one channel.

use super::super::vector::{Vector, kernel, prefetch};
use super::{Activation, Extent};

/// The planes of one channel.
#[derive(Clone, Copy)]
pub(super) struct Planes {
    images: usize,
    pixels: usize,
    /// From the plane of one image to that of the next.
    step: usize,
}

impl Planes {
    pub(super) const fn of(extent: Extent) -> Self {
        Self {
            images: extent.images,
            pixels: extent.pixels,
            step: extent.channels * extent.pixels,
        }
    }
}

kernel! {
    pub(super) unsafe fn moments(planes: Planes, input: *const f32) -> (f32, f32) = moments_with;
}

/// Mean and biased variance of a channel.
#[inline(always)]
unsafe fn moments_with<V: Vector>(planes: Planes, input: *const f32) -> (f32, f32) {
    let count = (planes.images * planes.pixels) as f64;
    let mut sum = 0.0;
    for image in 0..planes.images {
        let plane = input.add(image * planes.step);
        sum += f64::from(plane_sum::<V, false>(plane, planes.pixels, 0.0));
    }
    let mean = (sum / count) as f32;
    let mut squares = 0.0;
    for image in 0..planes.images {
        let plane = input.add(image * planes.step);
        squares += f64::from(plane_sum::<V, true>(plane, planes.pixels, mean));
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
    pub(super) unsafe fn apply(planes: Planes, input: *const f32, residual: *const f32, affine: [f32; 2], activation: Activation, output: *mut f32) = apply_with;
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
                Activation::Relu => sum.rectified(),
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
pub(super) struct Operands {
    pub(super) input: *const f32,
    pub(super) output: *const f32,
    pub(super) gradient: *const f32,
    pub(super) mean: f32,
    pub(super) inverse: f32,
    pub(super) factor: f32,
    pub(super) term: f32,
}

kernel! {
    pub(super) unsafe fn gradient_of_channel(planes: Planes, operands: Operands, activation: Activation, result: *mut f32, passed: *mut f32) -> [f32; 2] = gradient_of_channel_with;
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
            let ahead = first + planes.step + at;
            prefetch(operands.gradient.wrapping_add(ahead));
            prefetch(operands.input.wrapping_add(ahead));
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

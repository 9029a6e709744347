//! The way to the kernels of a GPU, which a build without CUDA does not have.

use burn::backend::Dispatch;
use burn::backend::tensor::{FloatTensor, IntTensor};

use super::super::descent::Descent;
use super::super::geometry::Geometry;
use super::super::norm::Activation;

type Float = FloatTensor<Dispatch>;
type Int = IntTensor<Dispatch>;

#[cfg(feature = "cuda")]
mod way {
    use super::super::super::cuda::{Layers, Plain, Recorded};
    use super::{Activation, Descent, Dispatch, Float, Geometry, Int};

    pub(in super::super) fn convolve(
        input: Float,
        weight: Float,
        geometry: Geometry,
        with_moments: bool,
    ) -> (Float, Float) {
        <Dispatch as Recorded>::convolve(input, weight, geometry, with_moments)
    }

    pub(in super::super) fn normalise(
        (input, moments): (Float, Option<Float>),
        residual: Option<Float>,
        [scale, shift, mean, variance]: [Float; 4],
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (Float, Float, Float) {
        let moments = moments.unwrap_or_else(|| scale.clone());
        let (output, _, _, mean, variance) = match residual {
            None => <Dispatch as Recorded>::normalise(
                input, moments, scale, shift, mean, variance, epsilon, momentum, activation,
            ),
            Some(residual) => <Dispatch as Recorded>::normalise_sum(
                input, moments, residual, scale, shift, mean, variance, epsilon, momentum,
                activation,
            ),
        };
        (output, mean, variance)
    }

    pub(in super::super) fn activate(
        [input, residual]: [Float; 2],
        [scale, shift, mean, variance]: [Float; 4],
        epsilon: f64,
        with_residual: bool,
        activation: Activation,
    ) -> Float {
        <Dispatch as Plain>::activate(
            input,
            residual,
            scale,
            shift,
            mean,
            variance,
            epsilon,
            with_residual,
            activation,
        )
    }

    pub(in super::super) fn descend(
        weight: Float,
        gradient: Float,
        velocity: Float,
        rate: Float,
        descent: Descent,
    ) -> (Float, Float) {
        <Dispatch as Plain>::descend(weight, gradient, velocity, rate, descent)
    }

    pub(in super::super) fn mean(input: Float) -> Float {
        <Dispatch as Layers>::mean(input)
    }

    pub(in super::super) fn gate(input: Float, logits: Float) -> Float {
        <Dispatch as Layers>::gate(input, logits)
    }

    pub(in super::super) fn silu(input: Float) -> Float {
        <Dispatch as Layers>::silu(input)
    }

    pub(in super::super) fn join(left: Float, right: Float) -> Float {
        <Dispatch as Layers>::join(left, right)
    }

    pub(in super::super) fn copied(source: Float) -> Float {
        <Dispatch as Plain>::copied(source)
    }

    pub(in super::super) fn assign(target: Float, source: Float) {
        <Dispatch as Plain>::assign(target, source);
    }

    pub(in super::super) fn fill(target: Float, value: f64) {
        <Dispatch as Plain>::fill(target, value);
    }

    pub(in super::super) fn pick(
        pixels: Int,
        tables: Float,
        picks: Int,
        batch: Float,
        shape: [usize; 3],
    ) {
        <Dispatch as Plain>::pick(pixels, tables, picks, batch, shape);
    }
}

#[cfg(not(feature = "cuda"))]
mod way {
    use super::{Activation, Descent, Float, Geometry, Int};

    pub(in super::super) fn convolve(_: Float, _: Float, _: Geometry, _: bool) -> (Float, Float) {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn normalise(
        _: (Float, Option<Float>),
        _: Option<Float>,
        _: [Float; 4],
        _: f64,
        _: f64,
        _: Activation,
    ) -> (Float, Float, Float) {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn activate(
        _: [Float; 2],
        _: [Float; 4],
        _: f64,
        _: bool,
        _: Activation,
    ) -> Float {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn descend(
        _: Float,
        _: Float,
        _: Float,
        _: Float,
        _: Descent,
    ) -> (Float, Float) {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn mean(_: Float) -> Float {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn gate(_: Float, _: Float) -> Float {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn silu(_: Float) -> Float {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn join(_: Float, _: Float) -> Float {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn copied(_: Float) -> Float {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn assign(_: Float, _: Float) {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn fill(_: Float, _: f64) {
        unreachable!("no device of this build is a GPU")
    }

    pub(in super::super) fn pick(_: Int, _: Float, _: Int, _: Float, _: [usize; 3]) {
        unreachable!("no device of this build is a GPU")
    }
}

pub(super) use way::{
    activate, assign, convolve, copied, descend, fill, gate, join, mean, normalise, pick, silu,
};

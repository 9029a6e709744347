//! Layers with their initial weights, shared by the families.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Uniform};

/// A convolution without bias that pads to keep the size, its weights normal with variance
/// 2 / fan-in (He et al. 2015, arXiv 1502.01852).
pub(super) fn convolution(
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Conv2d {
    let fan_in = inputs * kernel * kernel;
    let padding = kernel / 2;
    let mut layer = Conv2dConfig::new([inputs, outputs], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(
            padding, padding, padding, padding,
        ))
        .with_bias(false)
        .init(device);
    layer.weight = normal(
        [outputs, inputs, kernel, kernel],
        (2.0 / fan_in as f64).sqrt(),
        rng,
        device,
    );
    layer
}

/// Batch normalisation: scale 1, shift 0, running statistics updated by a tenth each step.
pub(super) fn normalisation(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels).init(device)
}

/// The classifier: weights and bias uniform within 1 / sqrt(fan-in).
pub(super) fn classifier(
    inputs: usize,
    classes: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Linear {
    let bound = 1.0 / (inputs as f64).sqrt();
    let mut layer = LinearConfig::new(inputs, classes).init(device);
    layer.weight = uniform([inputs, classes], bound, rng, device);
    layer.bias = Some(uniform([classes], bound, rng, device));
    layer
}

fn normal<const D: usize>(
    shape: [usize; D],
    sd: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Param<Tensor<D>> {
    #[expect(
        clippy::expect_used,
        reason = "a finite standard deviation is always valid"
    )]
    let distribution = Normal::new(0.0, sd).expect("the standard deviation is finite");
    parameter(shape, distribution, rng, device)
}

fn uniform<const D: usize>(
    shape: [usize; D],
    bound: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Param<Tensor<D>> {
    #[expect(clippy::expect_used, reason = "the bound is finite and above zero")]
    let distribution =
        Uniform::new_inclusive(-bound, bound).expect("the bounds are finite and ordered");
    parameter(shape, distribution, rng, device)
}

fn parameter<const D: usize>(
    shape: [usize; D],
    distribution: impl Distribution<f64>,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Param<Tensor<D>> {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|_| distribution.sample(rng) as f32)
        .collect();
    Param::from_data(TensorData::new(values, shape), device)
}

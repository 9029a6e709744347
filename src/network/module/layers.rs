//! Layers with their initial weights, shared by the families.

use burn::module::{Module, ModuleMapper, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::{relu, silu};
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Uniform};

use crate::kernels::{
    self, Activation, Convolved, EvaluationParameters, Pooling, Precision, RunningStatistics,
    with_precision,
};

/// A convolution and its batch normalisation.
#[derive(Module, Debug)]
pub struct Normalised {
    pub(in crate::network) convolution: Conv2d,
    pub(in crate::network) norm: BatchNorm,
}

impl Normalised {
    /// The normalised and activated convolution of an input (N, C, H, W).
    pub(in crate::network) fn forward(
        &self,
        input: Tensor<4>,
        activation: Activation,
    ) -> Tensor<4> {
        normalise(&self.norm, convolved(&self.convolution, input), activation)
    }
}

/// A convolution that pads to keep the size.
#[derive(Clone, Copy)]
pub(in crate::network) struct Convolution {
    pub(in crate::network) inputs: usize,
    pub(in crate::network) outputs: usize,
    /// Side of the kernel, odd.
    pub(in crate::network) kernel: usize,
    pub(in crate::network) stride: usize,
    pub(in crate::network) groups: usize,
    /// Whether it adds a bias, 0 at first.
    pub(in crate::network) bias: bool,
}

impl Convolution {
    /// Without bias and groups.
    pub(in crate::network) const fn plain(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
    ) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride,
            groups: 1,
            bias: false,
        }
    }

    /// The layer with weights normal with variance 2 / fan-in (He et al. 2015, arXiv 1502.01852).
    pub(in crate::network) fn by_fan_in(self, rng: &mut ChaCha8Rng, device: &Device) -> Conv2d {
        let fan_in = self.inputs / self.groups * self.kernel * self.kernel;
        self.init((2.0 / fan_in as f64).sqrt(), rng, device)
    }

    /// The layer with weights normal with variance 2 / fan-out, fan-out being that of one group.
    pub(in crate::network) fn by_fan_out(self, rng: &mut ChaCha8Rng, device: &Device) -> Conv2d {
        let fan_out = self.outputs / self.groups * self.kernel * self.kernel;
        self.init((2.0 / fan_out as f64).sqrt(), rng, device)
    }

    fn init(self, sd: f64, rng: &mut ChaCha8Rng, device: &Device) -> Conv2d {
        let Self {
            inputs,
            outputs,
            kernel,
            stride,
            groups,
            bias,
        } = self;
        let padding = kernel / 2;
        let mut layer = Conv2dConfig::new([inputs, outputs], [kernel, kernel])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(
                padding, padding, padding, padding,
            ))
            .with_groups(groups)
            .with_bias(bias)
            .init(device);
        let shape = [outputs, inputs / groups, kernel, kernel];
        layer.weight = normal(shape, sd, rng, device);
        layer.bias = bias.then(|| zeros([outputs], device));
        layer
    }
}

/// A convolution without bias and groups, its weights by fan-in.
pub(in crate::network) fn convolution(
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Conv2d {
    Convolution::plain(inputs, outputs, kernel, stride).by_fan_in(rng, device)
}

/// Batch normalisation: scale 1, shift 0, running statistics updated by a tenth each step.
pub(in crate::network) fn normalisation(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels).init(device)
}

/// The convolution of `input` by `layer`, with the kernels of this crate where they serve its shape.
pub(in crate::network) fn convolve(layer: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    let Some((stride, padding)) = served(layer) else {
        return layer.forward(input);
    };
    let output = kernels::convolution(input, layer.weight.val(), stride, padding, layer.groups);
    match &layer.bias {
        Some(bias) => output + bias.val().reshape([1, -1, 1, 1]),
        None => output,
    }
}

/// The same, with what a normalisation needs.
pub(in crate::network) fn convolved(layer: &Conv2d, input: Tensor<4>) -> Convolved {
    match served(layer) {
        Some((stride, padding)) if layer.bias.is_none() => {
            kernels::convolved(input, layer.weight.val(), stride, padding, layer.groups)
        }
        _ => convolve(layer, input).into(),
    }
}

/// Stride and padding of a layer that the kernels of this crate serve.
fn served(layer: &Conv2d) -> Option<(usize, usize)> {
    let [stride, _] = layer.stride;
    match layer.padding {
        PaddingConfig2d::Explicit(top, left, bottom, right)
            if [left, bottom, right] == [top; 3]
                && layer.stride == [stride; 2]
                && layer.dilation == [1; 2] =>
        {
            Some((stride, top))
        }
        _ => None,
    }
}

/// The activation of `input` normalised by `norm`.
pub(in crate::network) fn normalise(
    norm: &BatchNorm,
    input: impl Into<Convolved>,
    activation: Activation,
) -> Tensor<4> {
    normalise_sum(norm, input, None, activation)
}

/// The activation of the sum of `residual` and `input` normalised by `norm`: with the batch's statistics where the
/// device records gradients, which then update the running ones, else with the running statistics.
pub(in crate::network) fn normalise_sum(
    norm: &BatchNorm,
    input: impl Into<Convolved>,
    residual: Option<Tensor<4>>,
    activation: Activation,
) -> Tensor<4> {
    let input = input.into();
    let device = input.output.device();
    if !device.is_autodiff() {
        let running = EvaluationParameters {
            scale: norm.gamma.val(),
            shift: norm.beta.val(),
            mean: norm.running_mean.value_sync(),
            variance: norm.running_var.value_sync(),
            epsilon: norm.epsilon,
        };
        return kernels::activated(input.output, residual, running, activation);
    }
    if !norm.training.is_enabled() {
        return activated(norm.forward(input.output), residual, activation);
    }
    let parameters = [norm.gamma.val(), norm.beta.val()];
    let running = RunningStatistics {
        mean: norm.running_mean.value_sync().to_device(&device),
        variance: norm.running_var.value_sync().to_device(&device),
        momentum: norm.momentum,
    };
    let result = kernels::normalisation(
        input,
        residual,
        parameters,
        norm.epsilon,
        activation,
        running,
    );
    put(&norm.running_mean, result.mean);
    put(&norm.running_var, result.variance);
    result.output
}

/// Sets a statistic. Burn's `update` would divide it by the number of threads first, one more operation for each.
fn put(statistic: &RunningState<Tensor<1>>, value: Tensor<1>) {
    struct Put(Tensor<1>);
    impl ModuleMapper for Put {
        fn map_float<const D: usize>(&mut self, old: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, old, mapper) = old.consume();
            Param::from_mapped_value(id, self.0.clone().reshape(old.dims()), mapper)
        }
    }
    let _shared = statistic.clone().map(&mut Put(value.detach()));
}

fn activated(
    normalised: Tensor<4>,
    residual: Option<Tensor<4>>,
    activation: Activation,
) -> Tensor<4> {
    let sum = match residual {
        Some(residual) => normalised + residual,
        None => normalised,
    };
    match activation {
        Activation::None => sum,
        Activation::Relu => relu(sum),
        Activation::Silu => silu(sum),
    }
}

/// The mean of every window of `window` pixels each way, `stride` apart, between `before` and `behind` channels of zeros.
pub(in crate::network) fn window_means(input: Tensor<4>, pooling: Pooling) -> Tensor<4> {
    kernels::pooled(input, pooling)
}

/// The mean of every channel over its pixels: (N, channels) of (N, channels, height, width).
pub(in crate::network) fn pooled(features: Tensor<4>) -> Tensor<2> {
    kernels::channel_means(features).squeeze_dims(&[2, 3])
}

/// Logits (N, classes) of features (N, channels), in 32-bit floats. On a GPU a convolution of one pixel, so that it runs
/// in the same kernels.
pub(in crate::network) fn classify(layer: &Linear, features: Tensor<2>) -> Tensor<2> {
    if !kernels::serves_gpu(&features.device()) {
        return layer.forward(features);
    }
    let [images, channels] = features.dims();
    let weight = layer.weight.val().transpose();
    let classes = weight.dims()[0];
    let weight = weight.reshape([classes, channels, 1, 1]);
    let features = features.reshape([images, channels, 1, 1]);
    let logits = with_precision(Precision::F32, || {
        kernels::convolution(features, weight, 1, 0, 1)
    });
    let logits = logits.reshape([images, classes]);
    match &layer.bias {
        Some(bias) => logits + bias.val().unsqueeze(),
        None => logits,
    }
}

/// A classifier with weights and bias uniform within 1 / sqrt(fan-in).
pub(in crate::network) fn biased_classifier(
    inputs: usize,
    classes: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Linear {
    let mut layer = classifier(inputs, classes, rng, device);
    let bound = 1.0 / (inputs as f64).sqrt();
    layer.bias = Some(uniform([classes], bound, rng, device));
    layer
}

/// A classifier with weights uniform within 1 / sqrt(fan-in) and no bias at first.
pub(in crate::network) fn classifier(
    inputs: usize,
    classes: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Linear {
    let bound = 1.0 / (inputs as f64).sqrt();
    unbiased_classifier(inputs, classes, bound, rng, device)
}

/// A classifier with weights uniform within `bound` and no bias at first.
pub(in crate::network) fn unbiased_classifier(
    inputs: usize,
    classes: usize,
    bound: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Linear {
    let mut layer = LinearConfig::new(inputs, classes).init(device);
    layer.weight = uniform([inputs, classes], bound, rng, device);
    layer.bias = Some(zeros([classes], device));
    layer
}

fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    let values = vec![0.0_f32; shape.iter().product()];
    Param::from_data(TensorData::new(values, shape), device)
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

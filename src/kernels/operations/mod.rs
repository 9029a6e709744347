//! The kernels as operations of burn, with their backward passes.

mod backward;
mod convolution;
mod gpu;
mod in_place;
mod layers;
mod pooling;
mod resident;
mod untracked;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, DispatchDevice, Flex, backend_extension};
use burn::tensor::{Device, Tensor, TensorData};
use burn_flex::FlexTensor;

use super::forward;
use super::geometry::Geometry;
use super::norm::{self, Activation, Extent, unbiased};
use super::vector::Level;

pub use convolution::{Convolved, convolution, convolved};
pub use in_place::{assign, copied, fill};
pub use layers::{channel_means, gated, joined, silu};
pub use pooling::pooled;
pub use resident::{Pick, Resident};
pub use untracked::{Running, activated, descended};

/// Whether `device` has the kernels of a CPU.
#[must_use]
pub fn serves_cpu(device: &Device) -> bool {
    matches!(innermost(device.as_dispatch()), DispatchDevice::Flex(_))
}

/// Whether `device` has the kernels of a GPU.
#[cfg(feature = "cuda")]
#[must_use]
pub fn serves_gpu(device: &Device) -> bool {
    matches!(innermost(device.as_dispatch()), DispatchDevice::Cube(_))
}

/// Whether `device` has the kernels of a GPU, which this build has not.
#[cfg(not(feature = "cuda"))]
#[must_use]
pub fn serves_gpu(_device: &Device) -> bool {
    false
}

fn innermost(device: &DispatchDevice) -> &DispatchDevice {
    if let DispatchDevice::Autodiff(inner) = device {
        inner
    } else {
        device
    }
}

/// The statistics of a batch normalisation that are kept for evaluation.
pub struct Kept {
    /// Mean of each channel.
    pub mean: Tensor<1>,
    /// Variance of each channel.
    pub variance: Tensor<1>,
    /// Share of a batch's statistics that they take up.
    pub momentum: f64,
}

/// What [`normalisation`] gives.
pub struct Normalisation {
    /// Activated output.
    pub output: Tensor<4>,
    /// Running mean of each channel, moved.
    pub mean: Tensor<1>,
    /// Running variance of each channel, moved.
    pub variance: Tensor<1>,
}

/// Batch normalisation by the batch's own statistics, the residual sum if there is one, and the activation.
///
/// The running variance takes up the unbiased estimate, n / (n - 1) times the batch's variance over n
/// values, as Ioffe and Szegedy 2015 (algorithm 2) have it and `PyTorch` does; burn's own takes the biased one.
///
/// # Panics
/// Where shapes do not fit, where [`Activation::Silu`] is to follow a residual sum, or where the device has no kernels.
#[must_use]
pub fn normalisation(
    input: impl Into<Convolved>,
    residual: Option<Tensor<4>>,
    [scale, shift]: [Tensor<1>; 2],
    epsilon: f64,
    activation: Activation,
    running: Kept,
) -> Normalisation {
    assert!(residual.is_none() || activation != Activation::Silu);
    let Convolved {
        output: input,
        moments,
    } = input.into();
    let [images, _, height, width] = input.dims();
    let values = images * height * width;
    let gpu = serves_gpu(&input.device());
    let input = input.into_dispatch();
    let residual = residual.map(Tensor::into_dispatch);
    let [scale, shift] = [scale, shift].map(Tensor::into_dispatch);
    if gpu {
        let Kept {
            mean,
            variance,
            momentum,
        } = running;
        let [mean, variance] = [mean, variance].map(Tensor::into_dispatch);
        let parameters = [scale, shift, mean, variance];
        let moments = moments.map(Tensor::into_dispatch);
        let (output, mean, variance) = gpu::normalise(
            (input, moments),
            residual,
            parameters,
            epsilon,
            momentum,
            activation,
        );
        return Normalisation {
            output: Tensor::from_dispatch(output),
            mean: Tensor::from_dispatch(mean),
            variance: Tensor::from_dispatch(variance),
        };
    }
    let (output, mean, variance) = match residual {
        None => <Dispatch as Kernels>::normalise(input, scale, shift, epsilon, activation),
        Some(residual) => {
            <Dispatch as Kernels>::normalise_sum(input, residual, scale, shift, epsilon, activation)
        }
    };
    let [mean, variance] = [mean, variance].map(Tensor::from_dispatch);
    Normalisation {
        output: Tensor::from_dispatch(output),
        mean: running.moved(&running.mean, mean, 1.0),
        variance: running.moved(&running.variance, variance, unbiased(values)),
    }
}

impl Kept {
    /// The `old` statistic after it took up its share of a `new` one.
    fn moved(&self, old: &Tensor<1>, new: Tensor<1>, scale: f64) -> Tensor<1> {
        old.clone() * (1.0 - self.momentum) + new.detach() * (self.momentum * scale)
    }
}

/// The operations; see the functions that call them.
#[backend_extension(Flex, Autodiff)]
pub trait Kernels: Backend {
    /// A convolution.
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// A batch normalisation and activation: output, mean and variance.
    fn normalise(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// A batch normalisation, residual sum and activation: output, mean and variance.
    fn normalise_sum(
        input: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

fn tensor(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn extent(input: &FlexTensor) -> Extent {
    let shape = input.layout().shape();
    Extent {
        images: shape[0],
        channels: shape[1],
        pixels: shape[2] * shape[3],
    }
}

fn normalised(
    input: &FlexTensor,
    residual: Option<&FlexTensor>,
    [scale, shift]: [&FlexTensor; 2],
    epsilon: f64,
    activation: Activation,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let extent = extent(input);
    let result = norm::normalise(
        Level::detected(),
        extent,
        [input.storage(), scale.storage(), shift.storage()],
        residual.map(FlexTensor::storage),
        epsilon,
        activation,
    );
    (
        tensor(result.output, input.layout().shape().clone()),
        tensor(result.mean, [extent.channels]),
        tensor(result.variance, [extent.channels]),
    )
}

impl Kernels for Flex {
    fn convolve(input: FlexTensor, weight: FlexTensor, geometry: Geometry) -> FlexTensor {
        let (input, weight) = (input.to_contiguous(), weight.to_contiguous());
        let output = forward::convolution(
            Level::detected(),
            &geometry,
            input.storage(),
            weight.storage(),
        );
        tensor(output, geometry.output_shape())
    }

    fn normalise(
        input: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [input, scale, shift] = [input, scale, shift].map(|tensor| tensor.to_contiguous());
        normalised(&input, None, [&scale, &shift], epsilon, activation)
    }

    fn normalise_sum(
        input: FlexTensor,
        residual: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [input, residual, scale, shift] =
            [input, residual, scale, shift].map(|tensor| tensor.to_contiguous());
        normalised(
            &input,
            Some(&residual),
            [&scale, &shift],
            epsilon,
            activation,
        )
    }
}

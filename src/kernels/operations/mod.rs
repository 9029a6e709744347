//! The kernels as operations of burn, with their backward passes.
//!
//! [`Operations`] are the forward passes that record gradients, [`Gradients`] their backward passes, and [`Untracked`] what
//! evaluation and the optimiser do. Every device implements them once: a CPU in [`cpu`], a GPU in `cuda::operations`.
//! [`autodiff`] records the operations of all devices by one set of rules. So a new operation is a method of the traits here,
//! one implementation for each device, and one rule.

mod autodiff;
mod convolution;
mod cpu;
mod in_place;
mod layers;
mod normalisation;
mod resident;
mod sgd;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, DispatchDevice, ExtensionType, backend_extension};
use burn::tensor::Device;

use super::descent::Descent;
use super::geometry::Geometry;
use super::norm::Activation;
use super::pool::Pooling;

pub use convolution::{Convolved, convolution, convolved};
#[cfg(feature = "cuda")]
pub(super) use in_place::InPlace;
pub use in_place::{assign, copied, fill};
pub use layers::{channel_means, gated, joined, pooled, silu};
pub use normalisation::{
    EvaluationParameters, Normalisation, RunningStatistics, activated, normalisation,
};
pub use resident::{Pick, Resident};
pub use sgd::{descended, square_places};

/// Whether `device` has the kernels of a CPU.
#[must_use]
pub fn serves_cpu(device: &Device) -> bool {
    matches!(innermost(device.as_dispatch()), DispatchDevice::Flex(_))
}

/// Whether `device` has the kernels of a GPU, which a build without CUDA never has.
#[must_use]
pub fn serves_gpu(device: &Device) -> bool {
    match innermost(device.as_dispatch()) {
        #[cfg(feature = "cuda")]
        DispatchDevice::Cube(_) => true,
        _ => false,
    }
}

fn innermost(device: &DispatchDevice) -> &DispatchDevice {
    if let DispatchDevice::Autodiff(inner) = device {
        inner
    } else {
        device
    }
}

/// A tensor that may be missing: burn's dispatch over devices takes no `Option`.
#[derive(Clone, Debug, ExtensionType)]
pub enum Optional<B: Backend> {
    /// There is one.
    Some(FloatTensor<B>),
    /// There is none.
    None,
}

/// What a batch normalisation by the batch's own statistics takes.
#[derive(Clone, Debug, ExtensionType)]
pub struct NormalisationInput<B: Backend> {
    /// (N, channels, height, width).
    pub input: FloatTensor<B>,
    /// Statistics of the input that the convolution before it already computed, see [`Operations::convolve`].
    #[extension_type]
    pub moments: Optional<B>,
    /// Added before the activation, of the shape of the input.
    #[extension_type]
    pub residual: Optional<B>,
    /// One number for each channel, as all tensors below.
    pub scale: FloatTensor<B>,
    pub shift: FloatTensor<B>,
    pub running_mean: FloatTensor<B>,
    pub running_variance: FloatTensor<B>,
    /// Weight of the batch's statistics in the update of the running ones.
    pub momentum: f64,
    /// Added to the variance.
    pub epsilon: f64,
    /// Applied last.
    pub activation: Activation,
}

/// What a batch normalisation gives.
#[derive(Clone, Debug, ExtensionType)]
pub struct NormalisationOutput<B: Backend> {
    /// Of the shape of the input.
    pub output: FloatTensor<B>,
    /// The batch's mean of each channel.
    pub mean: FloatTensor<B>,
    /// The batch's biased variance of each channel.
    pub variance: FloatTensor<B>,
    /// Running mean after this batch.
    pub running_mean: FloatTensor<B>,
    /// Running variance after this batch.
    pub running_variance: FloatTensor<B>,
}

/// What the gradient of a batch normalisation needs.
#[derive(Clone, Debug)]
pub struct NormalisationState<B: Backend> {
    pub(in crate::kernels) input: FloatTensor<B>,
    /// Needed where a residual was added before a rectification.
    pub(in crate::kernels) output: Option<FloatTensor<B>>,
    pub(in crate::kernels) scale: FloatTensor<B>,
    pub(in crate::kernels) shift: FloatTensor<B>,
    pub(in crate::kernels) mean: FloatTensor<B>,
    pub(in crate::kernels) variance: FloatTensor<B>,
    pub(in crate::kernels) epsilon: f64,
    pub(in crate::kernels) activation: Activation,
}

/// The gradients of a batch normalisation.
pub struct NormalisationGradients<B: Backend> {
    pub(in crate::kernels) input: FloatTensor<B>,
    /// Missing where it is the gradient of the output itself.
    pub(in crate::kernels) residual: Option<FloatTensor<B>>,
    pub(in crate::kernels) scale: FloatTensor<B>,
    pub(in crate::kernels) shift: FloatTensor<B>,
}

/// What a batch normalisation by running statistics takes.
#[derive(Clone, Debug, ExtensionType)]
pub struct EvaluationInput<B: Backend> {
    /// (N, channels, height, width).
    pub input: FloatTensor<B>,
    /// Added before the activation.
    #[extension_type]
    pub residual: Optional<B>,
    /// One number for each channel, as all tensors below.
    pub scale: FloatTensor<B>,
    pub shift: FloatTensor<B>,
    pub mean: FloatTensor<B>,
    pub variance: FloatTensor<B>,
    /// Added to the variance.
    pub epsilon: f64,
    /// Applied last.
    pub activation: Activation,
}

/// What a step of gradient descent gives.
#[derive(Clone, Debug, ExtensionType)]
pub struct Descended<B: Backend> {
    pub weight: FloatTensor<B>,
    pub velocity: FloatTensor<B>,
    /// Sums of squared gradients of all parameters; those of this one are set.
    pub squares: FloatTensor<B>,
}

/// Forward passes that record gradients; [`layers`] says what `mean` to `pool` compute.
#[backend_extension(Flex, Cube: cfg(feature = "cuda"), Autodiff)]
pub trait Operations: Backend {
    /// A convolution. `with_moments` asks for the moments of its output too, which a device gives where it has them at no
    /// cost: for parts of the pixels, the mean of each channel and the sum of squared distances from it, as
    /// (parts, 2, channels).
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        with_moments: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>);

    /// A batch normalisation, residual sum and activation. The running statistics are updated by the mean and the unbiased
    /// variance of the batch; a GPU does so in place, so that a replay finds them: clones change with them.
    fn normalise(#[extension_type] operands: NormalisationInput<Self>)
    -> NormalisationOutput<Self>;

    fn mean(input: FloatTensor<Self>) -> FloatTensor<Self>;
    fn gate(input: FloatTensor<Self>, logits: FloatTensor<Self>) -> FloatTensor<Self>;
    fn silu(input: FloatTensor<Self>) -> FloatTensor<Self>;
    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;
    fn pool(input: FloatTensor<Self>, pooling: Pooling) -> FloatTensor<Self>;
}

/// Backward passes of [`Operations`].
pub trait Gradients: Operations {
    /// The gradients of a convolution by input and weight, those that are `wanted`.
    fn convolution_gradients(
        gradient: FloatTensor<Self>,
        operands: [FloatTensor<Self>; 2],
        geometry: Geometry,
        wanted: [bool; 2],
    ) -> [Option<FloatTensor<Self>>; 2];

    fn normalisation_gradients(
        gradient: FloatTensor<Self>,
        state: NormalisationState<Self>,
    ) -> NormalisationGradients<Self>;

    /// The gradient of a mean over images of `height` and `width`.
    fn mean_gradient(
        gradient: FloatTensor<Self>,
        height_and_width: [usize; 2],
    ) -> FloatTensor<Self>;

    /// By input and logits.
    fn gate_gradients(
        gradient: FloatTensor<Self>,
        operands: [FloatTensor<Self>; 2],
    ) -> [FloatTensor<Self>; 2];

    fn silu_gradient(gradient: FloatTensor<Self>, input: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradients of the first `left` channels and of the others.
    fn join_gradients(gradient: FloatTensor<Self>, left: usize) -> [FloatTensor<Self>; 2];

    /// The gradient of the means of windows of an input of this shape.
    fn pool_gradient(
        gradient: FloatTensor<Self>,
        pooling: Pooling,
        shape: [usize; 4],
    ) -> FloatTensor<Self>;
}

/// Operations that record no gradients.
#[backend_extension(Flex, Cube: cfg(feature = "cuda"))]
pub trait Untracked: Backend {
    /// A normalisation by running statistics, residual sum and activation.
    fn activate(#[extension_type] operands: EvaluationInput<Self>) -> FloatTensor<Self>;

    /// A step of gradient descent. A GPU changes weight, velocity and squares in place if their numbers are contiguous.
    fn descend(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        rate: FloatTensor<Self>,
        squares: FloatTensor<Self>,
        descent: Descent,
    ) -> Descended<Self>;
}

//! Batch normalisation with the residual sum and the activation that follow.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::super::norm::Activation;
use super::{Convolved, EvaluationInput, NormalisationInput, Operations, Optional, Untracked};

/// Running statistics of a batch normalisation, as training updates them.
pub struct RunningStatistics {
    /// Mean of each channel.
    pub mean: Tensor<1>,
    /// Variance of each channel.
    pub variance: Tensor<1>,
    /// Weight of the batch's statistics in the update.
    pub momentum: f64,
}

/// What [`normalisation`] gives.
pub struct Normalisation {
    /// Activated output.
    pub output: Tensor<4>,
    /// Running mean of each channel after this batch.
    pub mean: Tensor<1>,
    /// Running variance of each channel after this batch.
    pub variance: Tensor<1>,
}

fn optional<const D: usize>(tensor: Option<Tensor<D>>) -> Optional<Dispatch> {
    match tensor {
        Some(tensor) => Optional::Some(tensor.into_dispatch()),
        None => Optional::None,
    }
}

/// Batch normalisation by the batch's own statistics, the residual sum if there is one, and the activation.
///
/// The running variance takes up the unbiased estimate, n / (n - 1) times the batch's variance over n
/// values, as Ioffe and Szegedy 2015 (algorithm 2) have it and `PyTorch` does; burn's own takes the biased one.
/// A GPU changes the running statistics in place: clones change with them.
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
    running: RunningStatistics,
) -> Normalisation {
    assert!(residual.is_none() || activation != Activation::Silu);
    let Convolved { output, moments } = input.into();
    let result = <Dispatch as Operations>::normalise(NormalisationInput {
        input: output.into_dispatch(),
        moments: optional(moments),
        residual: optional(residual),
        scale: scale.into_dispatch(),
        shift: shift.into_dispatch(),
        running_mean: running.mean.into_dispatch(),
        running_variance: running.variance.into_dispatch(),
        momentum: running.momentum,
        epsilon,
        activation,
    });
    Normalisation {
        output: Tensor::from_dispatch(result.output),
        mean: Tensor::from_dispatch(result.running_mean),
        variance: Tensor::from_dispatch(result.running_variance),
    }
}

/// Running statistics and parameters of a batch normalisation, one number for each channel.
pub struct EvaluationParameters {
    /// Scale.
    pub scale: Tensor<1>,
    /// Shift.
    pub shift: Tensor<1>,
    /// Mean.
    pub mean: Tensor<1>,
    /// Variance.
    pub variance: Tensor<1>,
    /// What is added to the variance.
    pub epsilon: f64,
}

/// Batch normalisation by running statistics, the residual sum if there is one, and the activation.
/// Call it where the device records no gradients.
///
/// # Panics
/// Where shapes do not fit, or the device has no kernels.
#[must_use]
pub fn activated(
    input: Tensor<4>,
    residual: Option<Tensor<4>>,
    running: EvaluationParameters,
    activation: Activation,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Untracked>::activate(EvaluationInput {
        input: input.into_dispatch(),
        residual: optional(residual),
        scale: running.scale.into_dispatch(),
        shift: running.shift.into_dispatch(),
        mean: running.mean.into_dispatch(),
        variance: running.variance.into_dispatch(),
        epsilon: running.epsilon,
        activation,
    }))
}

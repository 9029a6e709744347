//! Batch normalisation with the residual sum and the activation that follow.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::super::norm::Activation;
use super::{Convolved, EvaluationInput, NormalisationInput, Operations, Optional, Untracked};

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
    running: Kept,
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

/// Running statistics of a batch normalisation and its parameters, all of one number for each channel.
pub struct Running {
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
    running: Running,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use burn::tensor::activation::{relu, silu};
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn numbers<const D: usize>(shape: [usize; D], from: f32) -> Tensor<D> {
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count)
            .map(|at| from + (at * 37 % 101) as f32 / 50.0)
            .collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    /// The reference is the formula in burn's operations.
    #[test]
    fn normalisation_by_running_statistics_is_its_formula() {
        let shape = [3, 5, 6, 7];
        let row = |values: &Tensor<1>| values.clone().reshape([1, 5, 1, 1]);
        for (with_residual, activation) in [
            (false, Activation::None),
            (false, Activation::Silu),
            (true, Activation::None),
            (true, Activation::Relu),
        ] {
            let input = numbers(shape, -1.0);
            let residual = with_residual.then(|| numbers(shape, -0.7) * 0.5);
            let running = Running {
                scale: numbers([5], 0.5),
                shift: numbers([5], -1.0),
                mean: numbers([5], -0.3),
                variance: numbers([5], 0.1),
                epsilon: 1e-3,
            };
            let deviation = (row(&running.variance) + 1e-3).sqrt();
            let sum = (input.clone() - row(&running.mean)) / deviation * row(&running.scale)
                + row(&running.shift);
            let sum = match &residual {
                Some(residual) => sum + residual.clone(),
                None => sum,
            };
            let theirs = match activation {
                Activation::None => sum,
                Activation::Relu => relu(sum),
                Activation::Silu => silu(sum),
            };
            let ours = activated(input, residual, running, activation);
            let [ours, theirs] =
                [ours, theirs].map(|tensor| tensor.into_data().try_to_vec::<f32>().unwrap());
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert!(
                    (ours - theirs).abs() < 1e-5 * theirs.abs().max(1.0),
                    "{activation:?}"
                );
            }
        }
    }
}

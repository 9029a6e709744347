//! Operations that record no gradients: normalisation in evaluation, and the step of the optimiser.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::super::descent::Descent;
use super::super::norm::{self, Activation, Given};
use super::super::vector::Level;
use super::{extent, gpu, serves_gpu, tensor};

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
    let with_residual = residual.is_some();
    let residual = residual.unwrap_or_else(|| input.clone());
    if serves_gpu(&input.device()) {
        return Tensor::from_dispatch(gpu::activate(
            [input, residual].map(Tensor::into_dispatch),
            [running.scale, running.shift, running.mean, running.variance]
                .map(Tensor::into_dispatch),
            running.epsilon,
            with_residual,
            activation,
        ));
    }
    Tensor::from_dispatch(<Dispatch as Untracked>::activate(
        input.into_dispatch(),
        residual.into_dispatch(),
        running.scale.into_dispatch(),
        running.shift.into_dispatch(),
        running.mean.into_dispatch(),
        running.variance.into_dispatch(),
        running.epsilon,
        with_residual,
        activation,
    ))
}

/// Weight and velocity after a step of gradient descent by a learning rate, which is a tensor of one number. Call it
/// where the device records no gradients.
///
/// A GPU moves both where they lie: clones that were made before move with them.
///
/// # Panics
/// Where the first three differ in their number of elements, or the device has no kernels.
#[must_use]
pub fn descended<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<D>,
    velocity: Tensor<1>,
    rate: Tensor<1>,
    descent: Descent,
) -> (Tensor<D>, Tensor<1>) {
    let gpu = serves_gpu(&weight.device());
    let (weight, gradient) = (weight.into_dispatch(), gradient.into_dispatch());
    let (velocity, rate) = (velocity.into_dispatch(), rate.into_dispatch());
    let (weight, velocity) = if gpu {
        gpu::descend(weight, gradient, velocity, rate, descent)
    } else {
        <Dispatch as Untracked>::descend(weight, gradient, velocity, rate, descent)
    };
    (
        Tensor::from_dispatch(weight),
        Tensor::from_dispatch(velocity),
    )
}

/// The operations; see the functions that call them.
#[backend_extension(Flex)]
#[expect(
    clippy::too_many_arguments,
    reason = "the macro takes tensors one by one"
)]
pub trait Untracked: Backend {
    /// A normalisation by running statistics, residual sum and activation.
    fn activate(
        input: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
        with_residual: bool,
        activation: Activation,
    ) -> FloatTensor<Self>;

    /// A step of gradient descent: weight and velocity.
    fn descend(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        rate: FloatTensor<Self>,
        descent: Descent,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl Untracked for Flex {
    fn activate(
        input: FlexTensor,
        residual: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        epsilon: f64,
        with_residual: bool,
        activation: Activation,
    ) -> FlexTensor {
        let [input, residual] = [input, residual].map(|tensor| tensor.to_contiguous());
        let [scale, shift, mean, variance] =
            [scale, shift, mean, variance].map(|tensor| tensor.to_contiguous());
        let given = Given {
            scale: scale.storage(),
            shift: shift.storage(),
            mean: mean.storage(),
            variance: variance.storage(),
            epsilon,
        };
        let residual = with_residual.then(|| residual.storage());
        let output = norm::activated(
            Level::detected(),
            extent(&input),
            input.storage(),
            residual,
            given,
            activation,
        );
        tensor(output, input.layout().shape().clone())
    }

    fn descend(
        weight: FlexTensor,
        gradient: FlexTensor,
        velocity: FlexTensor,
        rate: FlexTensor,
        descent: Descent,
    ) -> (FlexTensor, FlexTensor) {
        let [mut weight, gradient, mut velocity, rate] =
            [weight, gradient, velocity, rate].map(contiguous);
        let &[rate] = rate.storage() else {
            panic!("a learning rate is one number");
        };
        descent.step(
            rate,
            weight.storage_mut(),
            gradient.storage(),
            velocity.storage_mut(),
        );
        (weight, velocity)
    }
}

/// The tensor as it is where its numbers stand in order, so that it stays alone in its memory.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() && tensor.layout().start_offset() == 0 {
        tensor
    } else {
        tensor.to_contiguous()
    }
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

//! The step of the optimiser.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::super::descent::Descent;
use super::Untracked;

/// Weight and velocity after a step of gradient descent by a learning rate, which is a tensor of one number. Call it
/// where the device records no gradients.
///
/// A GPU moves both in place: clones that were made before move with them.
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
    let (weight, velocity) = <Dispatch as Untracked>::descend(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        velocity.into_dispatch(),
        rate.into_dispatch(),
        descent,
    );
    (
        Tensor::from_dispatch(weight),
        Tensor::from_dispatch(velocity),
    )
}

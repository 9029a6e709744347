//! The step of the optimiser.

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};

use super::super::descent::Descent;
use super::{Untracked, serves_gpu};

/// Places that a parameter of `count` numbers takes in the sums of squared gradients: on a GPU one for each cube, which sums
/// its part without waiting for others.
#[must_use]
pub fn square_places(count: usize, device: &Device) -> usize {
    #[cfg(feature = "cuda")]
    let of_gpu = super::super::cuda::square_places(count);
    #[cfg(not(feature = "cuda"))]
    let of_gpu = count;
    if serves_gpu(device) { of_gpu } else { 1 }
}

/// Weight and velocity after a step of gradient descent by a learning rate, which is a tensor of one number, and
/// `squares` with the sums of the squares of this gradient, without weight decay, in its places. Call it where the device
/// records no gradients.
///
/// A GPU changes all three in place: clones that were made before change with them.
///
/// # Panics
/// Where the first three differ in their number of elements, `squares` is too short, or the device has no kernels.
#[must_use]
pub fn descended<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<D>,
    velocity: Tensor<1>,
    rate: Tensor<1>,
    squares: Tensor<1>,
    descent: Descent,
) -> (Tensor<D>, Tensor<1>, Tensor<1>) {
    let after = <Dispatch as Untracked>::descend(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        velocity.into_dispatch(),
        rate.into_dispatch(),
        squares.into_dispatch(),
        descent,
    );
    (
        Tensor::from_dispatch(after.weight),
        Tensor::from_dispatch(after.velocity),
        Tensor::from_dispatch(after.squares),
    )
}

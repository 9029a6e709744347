//! Tensors that stay where they lie in a GPU's memory while their numbers change, as a replay needs them.
//!
//! All of this is for tensors on a GPU, see [`serves_gpu`](super::serves_gpu), that record no gradients.

use burn::tensor::Tensor;

use super::gpu;

/// A copy in memory of its own, its numbers in order.
///
/// # Panics
/// Where the device is no GPU.
#[must_use]
pub fn copied<const D: usize>(source: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(gpu::copied(source.into_dispatch()))
}

/// Puts the numbers of `source` where `target` lies: all its clones change with it.
///
/// # Panics
/// Where the two differ in their number of elements, those of `target` do not stand in order, or the device is no GPU.
pub fn assign<const D: usize>(target: &Tensor<D>, source: Tensor<D>) {
    gpu::assign(target.clone().into_dispatch(), source.into_dispatch());
}

/// Puts `value` into every place of `target`: all its clones change with it.
///
/// # Panics
/// As [`assign`].
pub fn fill<const D: usize>(target: &Tensor<D>, value: f64) {
    gpu::fill(target.clone().into_dispatch(), value);
}

//! Tensors whose numbers change in place in a GPU's memory, as a replay needs them.
//!
//! All of this is for tensors on a GPU, see [`serves_gpu`](super::serves_gpu), that record no gradients.

#![cfg_attr(
    not(feature = "cuda"),
    allow(
        unused_variables,
        reason = "no device of such a build has these operations"
    )
)]

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The operations; see the functions that call them. A CPU has none: it never replays.
#[backend_extension(Cube: cfg(feature = "cuda"))]
pub trait InPlace: Backend {
    fn copied(source: FloatTensor<Self>) -> FloatTensor<Self>;

    fn assign(target: FloatTensor<Self>, source: FloatTensor<Self>) -> FloatTensor<Self>;

    fn fill(target: FloatTensor<Self>, value: f64) -> FloatTensor<Self>;

    /// Writes images of this shape, chosen from `pixels` (four in a word), into `batch`, and returns it.
    fn pick(
        pixels: IntTensor<Self>,
        tables: FloatTensor<Self>,
        picks: IntTensor<Self>,
        batch: FloatTensor<Self>,
        shape: [usize; 3],
    ) -> FloatTensor<Self>;
}

/// A contiguous copy in its own memory.
///
/// # Panics
/// Where the device is no GPU.
#[must_use]
pub fn copied<const D: usize>(source: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as InPlace>::copied(source.into_dispatch()))
}

/// Replaces the numbers of `target` by those of `source`: all its clones change with it.
///
/// # Panics
/// Where the two differ in their number of elements, `target` is not contiguous, or the device is no GPU.
pub fn assign<const D: usize>(target: &Tensor<D>, source: Tensor<D>) {
    let target = target.clone().into_dispatch();
    <Dispatch as InPlace>::assign(target, source.into_dispatch());
}

/// Replaces every number of `target` by `value`: all its clones change with it.
///
/// # Panics
/// As [`assign`].
pub fn fill<const D: usize>(target: &Tensor<D>, value: f64) {
    <Dispatch as InPlace>::fill(target.clone().into_dispatch(), value);
}

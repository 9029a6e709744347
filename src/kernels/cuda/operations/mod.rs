//! The kernels as operations of burn on tensors (N, channels, height, width), which lie in memory with their
//! channels last.

mod backend;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, backend_extension};
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::{permute_nchw_to_nhwc, permute_nhwc_to_nchw};
use burn_cubecl::tensor::CubeTensor;
use cubecl::server::Handle;

use super::super::descent::Descent;
use super::super::geometry::Geometry;
use super::super::norm::Activation;

/// Operations that record gradients.
///
/// Running statistics are moved where they lie: clones of them move with them.
#[backend_extension(Cube, Autodiff)]
#[expect(
    clippy::too_many_arguments,
    clippy::type_complexity,
    reason = "the macro takes tensors one by one"
)]
pub trait Recorded: Backend {
    /// A convolution: output, and with `with_moments` its moments as (parts, 2, channels) where it finds them on the way, see
    /// [`moments`](super::moments); else a tensor of one number.
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        with_moments: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// A batch normalisation and activation: output, mean, variance and the running statistics, moved. `moments` are what
    /// a convolution found, or another tensor that has not their shape.
    fn normalise(
        input: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// A batch normalisation, residual sum and activation: output, mean, variance and the running statistics, moved.
    fn normalise_sum(
        input: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );
}

/// Operations that record none: gradients, and what evaluation and the optimiser do.
#[backend_extension(Cube)]
#[expect(
    clippy::too_many_arguments,
    reason = "the macro takes tensors one by one"
)]
pub trait Plain: Backend {
    /// The gradient by the input of a convolution.
    fn input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// The gradient by the weight of a convolution.
    fn weight_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// The gradients of a normalisation: by input, scale and shift, and by the residual where `residual` says that
    /// there was one and a rectification followed it. `output` is read there alone.
    fn normalise_gradients(
        gradient: FloatTensor<Self>,
        input: FloatTensor<Self>,
        output: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
        residual: bool,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

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

    /// A step of gradient descent: weight and velocity, moved where they lie if their numbers stand in order.
    fn descend(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        rate: FloatTensor<Self>,
        descent: Descent,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// A copy in memory of its own, its numbers in order.
    fn copied(source: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `target`, with the numbers of `source` where it lies.
    fn assign(target: FloatTensor<Self>, source: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `target`, with one value where it lies.
    fn fill(target: FloatTensor<Self>, value: f64) -> FloatTensor<Self>;

    /// `batch`, with images of this shape where it lies, picked out of `pixels`, of which a word has four.
    fn pick(
        pixels: IntTensor<Self>,
        tables: FloatTensor<Self>,
        picks: IntTensor<Self>,
        batch: FloatTensor<Self>,
        shape: [usize; 3],
    ) -> FloatTensor<Self>;
}

fn input_shape(geometry: &Geometry) -> [usize; 4] {
    let Geometry {
        images,
        inputs,
        height,
        width,
        ..
    } = *geometry;
    [images, inputs, height, width]
}

/// The memory of a tensor of `count` numbers that stand in order.
///
/// # Panics
/// Where there are not so many, they are no 32-bit floats, or there are more than a kernel can count.
pub(super) fn plain(tensor: CubeTensor, count: usize) -> Handle {
    assert_eq!(tensor.dtype, DType::F32);
    words(tensor, count)
}

/// The memory of a tensor of `count` numbers of 32 bits that stand in order.
///
/// # Panics
/// Where there are not so many, or more than a kernel can count.
pub(super) fn words(tensor: CubeTensor, count: usize) -> Handle {
    assert_eq!(tensor.shape().num_elements(), count);
    assert_eq!(tensor.dtype.size(), size_of::<u32>());
    assert!(
        u32::try_from(count).is_ok(),
        "a tensor of {count} numbers is too large for a GPU's kernels: use a smaller batch"
    );
    into_contiguous(tensor).handle
}

/// The memory of (N, channels, height, width) of this shape, channels last.
pub(super) fn channels_last(tensor: CubeTensor, shape: [usize; 4]) -> Handle {
    assert_eq!(tensor.shape().dims::<4>(), shape);
    plain(permute_nchw_to_nhwc(tensor), shape.iter().product())
}

/// A tensor of numbers that stand in order, beside `like`.
pub(super) fn tensor(like: &CubeTensor, handle: Handle, shape: impl Into<Shape>) -> CubeTensor {
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape.into(),
        handle,
        like.dtype,
    )
}

/// A tensor (N, channels, height, width) of numbers with their channels last.
pub(super) fn pictures(
    like: &CubeTensor,
    handle: Handle,
    [images, channels, height, width]: [usize; 4],
) -> CubeTensor {
    permute_nhwc_to_nchw(tensor(like, handle, [images, height, width, channels]))
}

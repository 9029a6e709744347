//! Tensors (N, channels, height, width) as memory for kernels, with their channels last (NHWC), and back.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::{permute_nchw_to_nhwc, permute_nhwc_to_nchw};
use burn_cubecl::tensor::CubeTensor;
use cubecl::server::Handle;

/// The memory of a tensor of `count` numbers in order.
///
/// # Panics
/// Where there are not so many, they are no 32-bit floats, or there are more than a kernel can count.
pub(super) fn contiguous(tensor: CubeTensor, count: usize) -> Handle {
    assert_eq!(tensor.dtype, DType::F32);
    contiguous_words(tensor, count)
}

/// The memory of a tensor of `count` numbers of 32 bits in order.
///
/// # Panics
/// Where there are not so many, or more than a kernel can count.
pub(super) fn contiguous_words(tensor: CubeTensor, count: usize) -> Handle {
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
    contiguous(permute_nchw_to_nhwc(tensor), shape.iter().product())
}

/// A tensor of contiguous numbers, on the device and of the type of `like`.
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
pub(super) fn from_channels_last(
    like: &CubeTensor,
    handle: Handle,
    [images, channels, height, width]: [usize; 4],
) -> CubeTensor {
    permute_nhwc_to_nchw(tensor(like, handle, [images, height, width, channels]))
}

//! The operations on a GPU.

mod backward;
mod forward;
mod untracked;

use burn::backend::TensorMetadata;
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::handles::contiguous;
use super::moments::Moments;
use super::norm::{Extent, Parameters};
use super::squeeze::Images;
use crate::kernels::norm::Activation;
use crate::kernels::operations::Optional;

fn extent(input: &CubeTensor) -> (Extent, [usize; 4]) {
    let [images, channels, height, width] = input.shape().dims();
    let extent = Extent {
        pixels: images * height * width,
        channels,
    };
    (extent, [images, channels, height, width])
}

fn parameters(
    [scale, shift]: [CubeTensor; 2],
    channels: usize,
    epsilon: f64,
    activation: Activation,
) -> Parameters {
    Parameters {
        scale: contiguous(scale, channels),
        shift: contiguous(shift, channels),
        epsilon,
        activation,
    }
}

/// The moments of `channels` that a convolution has computed.
fn known(moments: Optional<CubeBackend>, channels: usize) -> Option<Moments> {
    let Optional::Some(tensor) = moments else {
        return None;
    };
    let [parts, two, of] = tensor.shape().dims();
    assert_eq!([two, of], [2, channels]);
    Some(Moments {
        parts,
        handle: contiguous(tensor, parts * 2 * channels),
    })
}

fn optional(tensor: Optional<CubeBackend>) -> Option<CubeTensor> {
    match tensor {
        Optional::Some(tensor) => Some(tensor),
        Optional::None => None,
    }
}

fn images([images, channels, height, width]: [usize; 4]) -> Images {
    Images {
        count: images,
        pixels: height * width,
        channels,
    }
}

/// The shape of one number for each channel of images of this shape.
fn means([images, channels, ..]: [usize; 4]) -> [usize; 4] {
    [images, channels, 1, 1]
}

//! Convolutions, alone and before a normalisation.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::super::geometry::Geometry;
use super::super::precision;
use super::Operations;

/// What a normalisation takes: a tensor, and its moments where the convolution that made it has computed them, so that the
/// normalisation does not read it again.
pub struct Convolved {
    /// (N, channels, height, width).
    pub output: Tensor<4>,
    /// (parts, 2, channels), see `Operations::convolve`.
    pub(super) moments: Option<Tensor<3>>,
}

impl From<Tensor<4>> for Convolved {
    fn from(output: Tensor<4>) -> Self {
        Self {
            output,
            moments: None,
        }
    }
}

/// A convolution without bias.
///
/// # Panics
/// Where the shapes of `input` (N, inputs, height, width) and `weight` (outputs, inputs / groups, side, side)
/// do not fit, or the device has no kernels.
#[must_use]
pub fn convolution(
    input: Tensor<4>,
    weight: Tensor<4>,
    stride: usize,
    padding: usize,
    groups: usize,
) -> Tensor<4> {
    either(input, weight, [stride, padding, groups], false).output
}

/// A convolution without bias, whose moments are needed next where the device records gradients.
///
/// # Panics
/// As [`convolution`].
#[must_use]
pub fn convolved(
    input: Tensor<4>,
    weight: Tensor<4>,
    stride: usize,
    padding: usize,
    groups: usize,
) -> Convolved {
    let trains = input.device().is_autodiff();
    either(input, weight, [stride, padding, groups], trains)
}

fn either(
    input: Tensor<4>,
    weight: Tensor<4>,
    [stride, padding, groups]: [usize; 3],
    with_moments: bool,
) -> Convolved {
    let [images, inputs, height, width] = input.dims();
    let [outputs, group, kernel, other] = weight.dims();
    assert_eq!((group * groups, kernel), (inputs, other));
    assert!(outputs.is_multiple_of(groups));
    assert!(height.min(width) + 2 * padding >= kernel);
    let geometry = Geometry {
        images,
        inputs,
        outputs,
        height,
        width,
        kernel,
        stride,
        padding,
        groups,
        precision: precision::current(),
    };
    let (input, weight) = (input.into_dispatch(), weight.into_dispatch());
    let (output, moments) =
        <Dispatch as Operations>::convolve(input, weight, geometry, with_moments);
    Convolved {
        output: Tensor::from_dispatch(output),
        moments: moments.map(Tensor::from_dispatch),
    }
}

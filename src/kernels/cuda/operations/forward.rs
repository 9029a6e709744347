//! Forward passes.

use burn::backend::TensorMetadata;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::super::handles::{channels_last, contiguous, from_channels_last, tensor};
use super::super::moments::Moments;
use super::super::norm::{self, Input};
use super::super::{convolve, join, squeeze};
use super::{extent, images, known, means, optional, parameters};
use crate::kernels::geometry::Geometry;
use crate::kernels::operations::{NormalisationInput, NormalisationOutput, Operations};
use crate::kernels::pool::Pooling;

impl Operations for CubeBackend {
    fn convolve(
        input: CubeTensor,
        weight: CubeTensor,
        geometry: Geometry,
        with_moments: bool,
    ) -> (CubeTensor, Option<CubeTensor>) {
        let like = weight.clone();
        let (output, moments) = convolve::output(
            &like.client,
            &geometry,
            channels_last(input, geometry.input_shape()),
            contiguous(weight, geometry.weights()),
            with_moments,
        );
        let moments = moments
            .map(|Moments { parts, handle }| tensor(&like, handle, [parts, 2, geometry.outputs]));
        (
            from_channels_last(&like, output, geometry.output_shape()),
            moments,
        )
    }

    fn normalise(operands: NormalisationInput<Self>) -> NormalisationOutput<Self> {
        let (extent, shape) = extent(&operands.input);
        let like = operands.input.clone();
        let channels = extent.channels;
        let parameters = parameters(
            [operands.scale, operands.shift],
            channels,
            operands.epsilon,
            operands.activation,
        );
        let residual = optional(operands.residual).map(|residual| channels_last(residual, shape));
        let [running_mean, running_variance] = [operands.running_mean, operands.running_variance]
            .map(|tensor| contiguous(tensor, channels));
        let result = norm::normalise(
            &like.client,
            extent,
            Input {
                values: &channels_last(operands.input, shape),
                moments: known(operands.moments, channels).as_ref(),
            },
            residual.as_ref(),
            &parameters,
            [&running_mean, &running_variance],
            operands.momentum,
        );
        let [mean, variance] = result.statistics;
        let [mean, variance, running_mean, running_variance] =
            [mean, variance, running_mean, running_variance]
                .map(|handle| tensor(&like, handle, [channels]));
        NormalisationOutput {
            output: from_channels_last(&like, result.output, shape),
            mean,
            variance,
            running_mean,
            running_variance,
        }
    }

    fn mean(input: CubeTensor) -> CubeTensor {
        let like = input.clone();
        let shape = input.shape().dims();
        let output = squeeze::mean(&like.client, images(shape), &channels_last(input, shape));
        from_channels_last(&like, output, means(shape))
    }

    fn gate(input: CubeTensor, logits: CubeTensor) -> CubeTensor {
        let like = input.clone();
        let shape = input.shape().dims();
        let output = squeeze::gated(
            &like.client,
            images(shape),
            &channels_last(input, shape),
            &channels_last(logits, means(shape)),
        );
        from_channels_last(&like, output, shape)
    }

    fn silu(input: CubeTensor) -> CubeTensor {
        let like = input.clone();
        let shape = input.shape().dims();
        let output = squeeze::silu(&like.client, images(shape), &channels_last(input, shape));
        from_channels_last(&like, output, shape)
    }

    fn join(left: CubeTensor, right: CubeTensor) -> CubeTensor {
        let like = left.clone();
        let shapes: [[usize; 4]; 2] = [left.shape().dims(), right.shape().dims()];
        let [images, first, height, width] = shapes[0];
        let channels = [first, shapes[1][1]];
        assert_eq!(shapes[1], [images, channels[1], height, width]);
        let both = join::joined(
            &like.client,
            images * height * width,
            channels,
            [
                &channels_last(left, shapes[0]),
                &channels_last(right, shapes[1]),
            ],
        );
        let shape = [images, channels[0] + channels[1], height, width];
        from_channels_last(&like, both, shape)
    }

    fn pool(input: CubeTensor, pooling: Pooling) -> CubeTensor {
        let (window, stride) = ([pooling.window; 2], [pooling.stride; 2]);
        let means = if pooling.stride == 1 {
            input
        } else {
            Self::avg_pool2d(input, window, stride, [0; 2], true, false)
        };
        let [images, _, height, width] = means.shape().dims();
        let (device, dtype) = (means.device.clone(), means.dtype);
        let zeros = |count| {
            let shape = [images, count, height, width];
            (count > 0).then(|| Self::float_zeros(shape.into(), &device, dtype.into()))
        };
        let means = match zeros(pooling.before) {
            Some(zeros) => Self::join(zeros, means),
            None => means,
        };
        match zeros(pooling.behind) {
            Some(zeros) => Self::join(means, zeros),
            None => means,
        }
    }
}

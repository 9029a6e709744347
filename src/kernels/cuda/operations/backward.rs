//! Backward passes.

use burn::backend::TensorMetadata;
use burn::backend::ops::ModuleOps;
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::super::handles::{channels_last, contiguous, from_channels_last, tensor};
use super::super::{convolve, join, norm, squeeze, weight_gradient};
use super::{extent, images, means, parameters};
use crate::kernels::geometry::Geometry;
use crate::kernels::operations::{Gradients, NormalisationGradients, NormalisationState};
use crate::kernels::pool::Pooling;

impl Gradients for CubeBackend {
    fn convolution_gradients(
        gradient: CubeTensor,
        [input, weight]: [CubeTensor; 2],
        geometry: Geometry,
        [input_wanted, weight_wanted]: [bool; 2],
    ) -> [Option<CubeTensor>; 2] {
        let like = weight.clone();
        let client = &like.client;
        let gradient = channels_last(gradient, geometry.output_shape());
        let by_weight = weight_wanted.then(|| {
            let input = channels_last(input, geometry.input_shape());
            let gradient = gradient.clone();
            let result = weight_gradient::weight_gradient(client, &geometry, input, gradient);
            tensor(&like, result, like.shape())
        });
        let by_input = input_wanted.then(|| {
            let weight = contiguous(weight, geometry.weights());
            let result = convolve::input_gradient(client, &geometry, gradient, weight);
            from_channels_last(&like, result, geometry.input_shape())
        });
        [by_input, by_weight]
    }

    fn normalisation_gradients(
        gradient: CubeTensor,
        state: NormalisationState<Self>,
    ) -> NormalisationGradients<Self> {
        let (extent, shape) = extent(&state.input);
        let like = state.input.clone();
        let channels = extent.channels;
        let parameters = parameters(
            [state.scale, state.shift],
            channels,
            state.epsilon,
            state.activation,
        );
        let output = state.output.map(|output| channels_last(output, shape));
        let result = norm::gradients(
            &like.client,
            extent,
            &channels_last(gradient, shape),
            &channels_last(state.input, shape),
            output.as_ref(),
            &parameters,
            [
                &contiguous(state.mean, channels),
                &contiguous(state.variance, channels),
            ],
        );
        NormalisationGradients {
            input: from_channels_last(&like, result.input, shape),
            residual: result
                .residual
                .map(|residual| from_channels_last(&like, residual, shape)),
            scale: tensor(&like, result.scale, [channels]),
            shift: tensor(&like, result.shift, [channels]),
        }
    }

    fn mean_gradient(gradient: CubeTensor, [height, width]: [usize; 2]) -> CubeTensor {
        let like = gradient.clone();
        let [count, channels, ..] = gradient.shape().dims::<4>();
        let shape = [count, channels, height, width];
        let gradient = channels_last(gradient, means(shape));
        let result = squeeze::mean_gradient(&like.client, images(shape), &gradient);
        from_channels_last(&like, result, shape)
    }

    fn gate_gradients(gradient: CubeTensor, [input, logits]: [CubeTensor; 2]) -> [CubeTensor; 2] {
        let like = input.clone();
        let shape = input.shape().dims();
        let [by_input, by_logits] = squeeze::gated_gradients(
            &like.client,
            images(shape),
            &channels_last(gradient, shape),
            &channels_last(input, shape),
            &channels_last(logits, means(shape)),
        );
        [
            from_channels_last(&like, by_input, shape),
            from_channels_last(&like, by_logits, means(shape)),
        ]
    }

    fn silu_gradient(gradient: CubeTensor, input: CubeTensor) -> CubeTensor {
        let like = input.clone();
        let shape = input.shape().dims();
        let result = squeeze::silu_gradient(
            &like.client,
            images(shape),
            &channels_last(gradient, shape),
            &channels_last(input, shape),
        );
        from_channels_last(&like, result, shape)
    }

    fn join_gradients(gradient: CubeTensor, left: usize) -> [CubeTensor; 2] {
        let like = gradient.clone();
        let shape: [usize; 4] = gradient.shape().dims();
        let [images, channels, height, width] = shape;
        let channels = [left, channels - left];
        let both = channels_last(gradient, shape);
        let [left, right] = join::parted(&like.client, images * height * width, channels, &both);
        [
            from_channels_last(&like, left, [images, channels[0], height, width]),
            from_channels_last(&like, right, [images, channels[1], height, width]),
        ]
    }

    fn pool_gradient(gradient: CubeTensor, pooling: Pooling, shape: [usize; 4]) -> CubeTensor {
        let mut gradient = gradient;
        if pooling.behind > 0 {
            [gradient, _] = Self::join_gradients(gradient, pooling.before + shape[1]);
        }
        if pooling.before > 0 {
            [_, gradient] = Self::join_gradients(gradient, pooling.before);
        }
        if pooling.stride == 1 {
            return gradient;
        }
        // burn's kernel needs only the shape of the input.
        let memory = gradient
            .client
            .empty(shape.iter().product::<usize>() * size_of::<f32>());
        let input = from_channels_last(&gradient, memory, shape);
        let (window, stride) = ([pooling.window; 2], [pooling.stride; 2]);
        Self::avg_pool2d_backward(input, gradient, window, stride, [0; 2], true, false)
    }
}

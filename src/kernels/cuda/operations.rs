//! The operations on a GPU.

use burn::backend::TensorMetadata;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::super::descent::Descent;
use super::super::geometry::Geometry;
use super::super::norm::Activation;
use super::super::operations::{
    EvaluationInput, Gradients, InPlace, NormalisationGradients, NormalisationInput,
    NormalisationOutput, NormalisationState, Operations, Optional, Untracked,
};
use super::super::pool::Pooling;
use super::handles::{channels_last, pictures, plain, tensor, words};
use super::moments::Moments;
use super::norm::{self, Extent, Input, Parameters};
use super::squeeze::{self, Images};
use super::{convolve, descend, join, pick, place, weight_gradient};

fn input_shape(geometry: &Geometry) -> [usize; 4] {
    [
        geometry.images,
        geometry.inputs,
        geometry.height,
        geometry.width,
    ]
}

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
        scale: plain(scale, channels),
        shift: plain(shift, channels),
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
        handle: plain(tensor, parts * 2 * channels),
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
            channels_last(input, input_shape(&geometry)),
            plain(weight, geometry.weights()),
            with_moments,
        );
        let moments = moments
            .map(|Moments { parts, handle }| tensor(&like, handle, [parts, 2, geometry.outputs]));
        (pictures(&like, output, geometry.output_shape()), moments)
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
            .map(|tensor| plain(tensor, channels));
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
            output: pictures(&like, result.output, shape),
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
        pictures(&like, output, means(shape))
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
        pictures(&like, output, shape)
    }

    fn silu(input: CubeTensor) -> CubeTensor {
        let like = input.clone();
        let shape: [usize; 4] = input.shape().dims();
        let length = shape.iter().product();
        let output = squeeze::silu(&like.client, length, &channels_last(input, shape));
        pictures(&like, output, shape)
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
        pictures(&like, both, shape)
    }

    fn pool(input: CubeTensor, pooling: Pooling) -> CubeTensor {
        let Pooling {
            window,
            stride,
            before,
            behind,
        } = pooling;
        let means = if stride == 1 {
            input
        } else {
            Self::avg_pool2d(input, [window; 2], [stride; 2], [0; 2], true, false)
        };
        let [images, _, height, width] = means.shape().dims();
        let (device, dtype) = (means.device.clone(), means.dtype);
        let zeros = |count| {
            let shape = [images, count, height, width];
            (count > 0).then(|| Self::float_zeros(shape.into(), &device, dtype.into()))
        };
        let means = match zeros(before) {
            Some(zeros) => Self::join(zeros, means),
            None => means,
        };
        match zeros(behind) {
            Some(zeros) => Self::join(means, zeros),
            None => means,
        }
    }
}

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
            let input = channels_last(input, input_shape(&geometry));
            let gradient = gradient.clone();
            let result = weight_gradient::weight_gradient(client, &geometry, input, gradient);
            tensor(&like, result, like.shape())
        });
        let by_input = input_wanted.then(|| {
            let weight = plain(weight, geometry.weights());
            let result = convolve::input_gradient(client, &geometry, gradient, weight);
            pictures(&like, result, input_shape(&geometry))
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
                &plain(state.mean, channels),
                &plain(state.variance, channels),
            ],
        );
        NormalisationGradients {
            input: pictures(&like, result.input, shape),
            residual: result
                .residual
                .map(|residual| pictures(&like, residual, shape)),
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
        pictures(&like, result, shape)
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
            pictures(&like, by_input, shape),
            pictures(&like, by_logits, means(shape)),
        ]
    }

    fn silu_gradient(gradient: CubeTensor, input: CubeTensor) -> CubeTensor {
        let like = input.clone();
        let shape: [usize; 4] = input.shape().dims();
        let result = squeeze::silu_gradient(
            &like.client,
            shape.iter().product(),
            &channels_last(gradient, shape),
            &channels_last(input, shape),
        );
        pictures(&like, result, shape)
    }

    fn join_gradients(gradient: CubeTensor, left: usize) -> [CubeTensor; 2] {
        let like = gradient.clone();
        let shape: [usize; 4] = gradient.shape().dims();
        let [images, channels, height, width] = shape;
        let channels = [left, channels - left];
        let both = channels_last(gradient, shape);
        let [left, right] = join::parted(&like.client, images * height * width, channels, &both);
        [
            pictures(&like, left, [images, channels[0], height, width]),
            pictures(&like, right, [images, channels[1], height, width]),
        ]
    }

    fn pool_gradient(gradient: CubeTensor, pooling: Pooling, shape: [usize; 4]) -> CubeTensor {
        let Pooling {
            window,
            stride,
            before,
            behind,
        } = pooling;
        let mut gradient = gradient;
        if behind > 0 {
            [gradient, _] = Self::join_gradients(gradient, before + shape[1]);
        }
        if before > 0 {
            [_, gradient] = Self::join_gradients(gradient, before);
        }
        if stride == 1 {
            return gradient;
        }
        // Of the input burn's kernel needs the shape alone.
        let memory = gradient
            .client
            .empty(shape.iter().product::<usize>() * size_of::<f32>());
        let input = pictures(&gradient, memory, shape);
        Self::avg_pool2d_backward(
            input,
            gradient,
            [window; 2],
            [stride; 2],
            [0; 2],
            true,
            false,
        )
    }
}

impl Untracked for CubeBackend {
    fn activate(operands: EvaluationInput<Self>) -> CubeTensor {
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
        let output = norm::normalise_by(
            &like.client,
            extent,
            &channels_last(operands.input, shape),
            residual.as_ref(),
            &parameters,
            [
                &plain(operands.mean, channels),
                &plain(operands.variance, channels),
            ],
        );
        pictures(&like, output, shape)
    }

    fn descend(
        weight: CubeTensor,
        gradient: CubeTensor,
        velocity: CubeTensor,
        rate: CubeTensor,
        descent: Descent,
    ) -> (CubeTensor, CubeTensor) {
        let (weights, velocities) = (weight.shape(), velocity.shape());
        let like = weight.clone();
        let count = weights.num_elements();
        let [weight, gradient, velocity] =
            [weight, gradient, velocity].map(|tensor| plain(tensor, count));
        descend::step(
            &like.client,
            count,
            [&weight, &gradient, &velocity],
            &plain(rate, 1),
            descent,
        );
        (
            tensor(&like, weight, weights),
            tensor(&like, velocity, velocities),
        )
    }
}

impl InPlace for CubeBackend {
    fn copied(source: CubeTensor) -> CubeTensor {
        let shape = source.shape();
        let count = shape.num_elements();
        let target = source.client.empty(count * size_of::<f32>());
        Self::assign(tensor(&source, target, shape), source)
    }

    fn assign(target: CubeTensor, source: CubeTensor) -> CubeTensor {
        assert!(target.is_contiguous());
        let count = target.shape().num_elements();
        let handle = plain(target.clone(), count);
        place::copy(&target.client, count, &plain(source, count), &handle);
        target
    }

    fn fill(target: CubeTensor, value: f64) -> CubeTensor {
        assert!(target.is_contiguous());
        let count = target.shape().num_elements();
        let handle = plain(target.clone(), count);
        place::fill(&target.client, count, &handle, value as f32);
        target
    }

    fn pick(
        pixels: CubeTensor,
        tables: CubeTensor,
        picks: CubeTensor,
        batch: CubeTensor,
        shape: [usize; 3],
    ) -> CubeTensor {
        assert!(batch.is_contiguous());
        let count = batch.shape().num_elements();
        let image = shape.iter().product::<usize>();
        let images = count / image;
        assert_eq!(count, images * image);
        let [all, entries] = [&pixels, &tables].map(|tensor| tensor.shape().num_elements());
        let handle = plain(batch.clone(), count);
        pick::run(
            &batch.client,
            images,
            shape,
            (&words(pixels, all), all),
            &plain(tables, entries),
            &words(picks, images * pick::PICK),
            &handle,
        );
        batch
    }
}

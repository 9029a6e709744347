//! The operations on a CPU; where burn's own are as fast, they are used.

use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Shape, Slice, TensorData};
use burn_flex::FlexTensor;

use super::super::descent::Descent;
use super::super::forward;
use super::super::geometry::Geometry;
use super::super::input_gradient::input_gradient;
use super::super::norm::{self, Extent, Forward, Parameters, unbiased};
use super::super::pool::{self, Pooling};
use super::super::vector::Level;
use super::super::weight_gradient::weight_gradient;
use super::{
    Descended, EvaluationInput, Gradients, NormalisationGradients, NormalisationInput,
    NormalisationOutput, NormalisationState, Operations, Optional, Untracked,
};

fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn extent(input: &FlexTensor) -> Extent {
    let [images, channels, height, width] = input.shape().dims();
    Extent {
        images,
        channels,
        pixels: height * width,
    }
}

/// The tensor itself where it is contiguous, so that its memory has no second owner; else a contiguous copy.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() && tensor.layout().start_offset() == 0 {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

fn optional(tensor: Optional<Flex>) -> Option<FlexTensor> {
    match tensor {
        Optional::Some(tensor) => Some(contiguous(tensor)),
        Optional::None => None,
    }
}

/// A running statistic, updated by the weight `share` of `scale` times a `new` one.
fn moved(running: FlexTensor, new: &[f32], share: f64, scale: f64) -> FlexTensor {
    let mut running = contiguous(running);
    let (kept, taken) = ((1.0 - share) as f32, (share * scale) as f32);
    for (running, new) in running.storage_mut::<f32>().iter_mut().zip(new) {
        *running = *running * kept + new * taken;
    }
    running
}

impl Operations for Flex {
    fn convolve(
        input: FlexTensor,
        weight: FlexTensor,
        geometry: Geometry,
        _with_moments: bool,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let [input, weight] = [input, weight].map(contiguous);
        let output = forward::convolution(
            Level::detected(),
            &geometry,
            input.storage(),
            weight.storage(),
        );
        (tensor(output, geometry.output_shape()), None)
    }

    fn normalise(operands: NormalisationInput<Flex>) -> NormalisationOutput<Flex> {
        let [input, scale, shift] =
            [operands.input, operands.scale, operands.shift].map(contiguous);
        let residual = optional(operands.residual);
        let extent = extent(&input);
        let result = norm::normalise(
            Level::detected(),
            extent,
            [input.storage(), scale.storage(), shift.storage()],
            residual.as_ref().map(FlexTensor::storage),
            operands.epsilon,
            operands.activation,
        );
        let share = operands.momentum;
        let unbiased = unbiased(extent.images * extent.pixels);
        let [running_mean, running_variance] = [
            moved(operands.running_mean, &result.mean, share, 1.0),
            moved(operands.running_variance, &result.variance, share, unbiased),
        ];
        NormalisationOutput {
            output: tensor(result.output, input.shape()),
            mean: tensor(result.mean, [extent.channels]),
            variance: tensor(result.variance, [extent.channels]),
            running_mean,
            running_variance,
        }
    }

    fn mean(input: FlexTensor) -> FlexTensor {
        Self::float_mean_dim(Self::float_mean_dim(input, 2), 3)
    }

    fn gate(input: FlexTensor, logits: FlexTensor) -> FlexTensor {
        Self::float_mul(input, Self::sigmoid(logits))
    }

    fn silu(input: FlexTensor) -> FlexTensor {
        Self::float_mul(input.clone(), Self::sigmoid(input))
    }

    fn join(left: FlexTensor, right: FlexTensor) -> FlexTensor {
        Self::float_cat(vec![left, right], 1)
    }

    fn pool(input: FlexTensor, pooling: Pooling) -> FlexTensor {
        let input = contiguous(input);
        let shape = input.shape().dims();
        let [images, channels, height, width] = shape;
        let output = pool::pooled(pooling, shape, input.storage());
        let output_shape = [
            images,
            pooling.channels(channels),
            pooling.windows(height),
            pooling.windows(width),
        ];
        tensor(output, output_shape)
    }
}

impl Gradients for Flex {
    fn convolution_gradients(
        gradient: FlexTensor,
        operands: [FlexTensor; 2],
        geometry: Geometry,
        [input_wanted, weight_wanted]: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let shapes = operands.each_ref().map(FlexTensor::shape);
        let [input, weight] = operands.map(contiguous);
        let gradient = contiguous(gradient);
        let level = Level::detected();
        let (by_weight, by_input) = rayon::join(
            || {
                weight_wanted
                    .then(|| weight_gradient(level, &geometry, input.storage(), gradient.storage()))
            },
            || {
                input_wanted
                    .then(|| input_gradient(level, &geometry, weight.storage(), gradient.storage()))
            },
        );
        let [input_shape, weight_shape] = shapes;
        [
            by_input.map(|values| tensor(values, input_shape)),
            by_weight.map(|values| tensor(values, weight_shape)),
        ]
    }

    fn normalisation_gradients(
        gradient: FlexTensor,
        state: NormalisationState<Flex>,
    ) -> NormalisationGradients<Flex> {
        let [input, scale, shift, gradient] =
            [state.input, state.scale, state.shift, gradient].map(contiguous);
        let forward = Forward {
            input: input.storage(),
            output: state.output.as_ref().map(FlexTensor::storage),
            parameters: Parameters {
                scale: scale.storage(),
                shift: shift.storage(),
                mean: state.mean.storage(),
                variance: state.variance.storage(),
                epsilon: state.epsilon,
            },
            activation: state.activation,
        };
        let extent = extent(&input);
        let result = norm::gradients(Level::detected(), extent, forward, gradient.storage());
        NormalisationGradients {
            input: tensor(result.input, input.shape()),
            residual: result
                .residual
                .map(|residual| tensor(residual, input.shape())),
            scale: tensor(result.scale, [extent.channels]),
            shift: tensor(result.shift, [extent.channels]),
        }
    }

    fn mean_gradient(gradient: FlexTensor, [height, width]: [usize; 2]) -> FlexTensor {
        let gradient = contiguous(gradient);
        let [images, channels, ..] = gradient.shape().dims::<4>();
        let shares = [width, height].map(|length| (1.0 / length as f64) as f32);
        let mut values = Vec::with_capacity(images * channels * height * width);
        for slope in gradient.storage::<f32>() {
            values.resize(values.len() + height * width, slope * shares[0] * shares[1]);
        }
        tensor(values, [images, channels, height, width])
    }

    fn gate_gradients(gradient: FlexTensor, [input, logits]: [FlexTensor; 2]) -> [FlexTensor; 2] {
        let open = Self::sigmoid(logits);
        let by_input = Self::float_mul(gradient.clone(), open.clone());
        let by_open = Self::float_sum_dims(Self::float_mul(gradient, input), &[2, 3]);
        [by_input, Self::sigmoid_backward(open, by_open)]
    }

    fn silu_gradient(gradient: FlexTensor, input: FlexTensor) -> FlexTensor {
        let share = Self::sigmoid(input.clone());
        let direct = Self::float_mul(gradient.clone(), share.clone());
        let by_share = Self::float_mul(gradient, input);
        Self::float_add(direct, Self::sigmoid_backward(share, by_share))
    }

    fn join_gradients(gradient: FlexTensor, left: usize) -> [FlexTensor; 2] {
        let shape: [usize; 4] = gradient.shape().dims();
        [0..left, left..shape[1]].map(|channels| {
            let mut slices = shape.map(|length| Slice::from(0..length));
            slices[1] = Slice::from(channels);
            Self::float_slice(gradient.clone(), &slices)
        })
    }

    fn pool_gradient(gradient: FlexTensor, pooling: Pooling, shape: [usize; 4]) -> FlexTensor {
        let gradient = contiguous(gradient);
        let result = pool::pooled_gradient(pooling, shape, gradient.storage());
        tensor(result, shape)
    }
}

impl Untracked for Flex {
    fn activate(operands: EvaluationInput<Flex>) -> FlexTensor {
        let [input, scale, shift, mean, variance] = [
            operands.input,
            operands.scale,
            operands.shift,
            operands.mean,
            operands.variance,
        ]
        .map(contiguous);
        let residual = optional(operands.residual);
        let parameters = Parameters {
            scale: scale.storage(),
            shift: shift.storage(),
            mean: mean.storage(),
            variance: variance.storage(),
            epsilon: operands.epsilon,
        };
        let output = norm::activated(
            Level::detected(),
            extent(&input),
            input.storage(),
            residual.as_ref().map(FlexTensor::storage),
            parameters,
            operands.activation,
        );
        tensor(output, input.shape())
    }

    fn descend(
        weight: FlexTensor,
        gradient: FlexTensor,
        velocity: FlexTensor,
        rate: FlexTensor,
        squares: FlexTensor,
        descent: Descent,
    ) -> Descended<Flex> {
        let [mut weight, gradient, mut velocity, rate, mut squares] =
            [weight, gradient, velocity, rate, squares].map(contiguous);
        let &[rate] = rate.storage() else {
            panic!("a learning rate is one number");
        };
        let square = descent.step(
            rate,
            weight.storage_mut(),
            gradient.storage(),
            velocity.storage_mut(),
        );
        squares.storage_mut::<f32>()[descent.place] = square as f32;
        Descended {
            weight,
            velocity,
            squares,
        }
    }
}

//! The kernels as operations of burn, with their backward passes.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, DispatchDevice, Flex, backend_extension};
use burn::tensor::{Device, Tensor, TensorData};
use burn_flex::FlexTensor;

use super::forward;
use super::geometry::Geometry;
use super::input_gradient::input_gradient;
use super::norm::{self, Activation, Extent, Forward};
use super::vector::Level;
use super::weight_gradient::weight_gradient;

/// Whether `device` has these kernels and records gradients.
#[must_use]
pub fn serves(device: &Device) -> bool {
    match device.as_dispatch() {
        DispatchDevice::Autodiff(device) => matches!(**device, DispatchDevice::Flex(_)),
        _ => false,
    }
}

/// A convolution without bias. Call it where [`serves`] says so.
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
    let [images, inputs, height, width] = input.dims();
    let [outputs, group, kernel, other] = weight.dims();
    assert_eq!((group * groups, kernel), (inputs, other));
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
    };
    let (input, weight) = (input.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Kernels>::convolve(input, weight, geometry))
}

/// What [`normalisation`] gives.
pub struct Normalisation {
    /// Activated output.
    pub output: Tensor<4>,
    /// Mean of each channel.
    pub mean: Tensor<1>,
    /// Biased variance of each channel.
    pub variance: Tensor<1>,
}

/// Batch normalisation by the batch's own statistics, the residual sum if there is one, and the activation.
/// Call it where [`serves`] says so.
///
/// # Panics
/// Where shapes do not fit, where SiLU is to follow a residual sum, or where the device has no kernels.
#[must_use]
pub fn normalisation(
    input: Tensor<4>,
    residual: Option<Tensor<4>>,
    [scale, shift]: [Tensor<1>; 2],
    epsilon: f64,
    activation: Activation,
) -> Normalisation {
    let (input, scale, shift) = (
        input.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
    );
    let (output, mean, variance) = match residual {
        None => <Dispatch as Kernels>::normalise(input, scale, shift, epsilon, activation),
        Some(residual) => {
            assert_ne!(activation, Activation::Silu);
            let residual = residual.into_dispatch();
            <Dispatch as Kernels>::normalise_sum(input, residual, scale, shift, epsilon, activation)
        }
    };
    Normalisation {
        output: Tensor::from_dispatch(output),
        mean: Tensor::from_dispatch(mean),
        variance: Tensor::from_dispatch(variance),
    }
}

/// The operations; see the functions that call them.
#[backend_extension(Flex, Autodiff)]
pub trait Kernels: Backend {
    /// A convolution.
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// A batch normalisation and activation: output, mean and variance.
    fn normalise(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// A batch normalisation, residual sum and activation: output, mean and variance.
    fn normalise_sum(
        input: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

fn tensor(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn extent(input: &FlexTensor) -> Extent {
    let shape = input.layout().shape();
    Extent {
        images: shape[0],
        channels: shape[1],
        pixels: shape[2] * shape[3],
    }
}

fn normalised(
    input: &FlexTensor,
    residual: Option<&FlexTensor>,
    [scale, shift]: [&FlexTensor; 2],
    epsilon: f64,
    activation: Activation,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let extent = extent(input);
    let result = norm::normalise(
        Level::detected(),
        extent,
        [input.storage(), scale.storage(), shift.storage()],
        residual.map(FlexTensor::storage),
        epsilon,
        activation,
    );
    (
        tensor(result.output, input.layout().shape().clone()),
        tensor(result.mean, [extent.channels]),
        tensor(result.variance, [extent.channels]),
    )
}

impl Kernels for Flex {
    fn convolve(input: FlexTensor, weight: FlexTensor, geometry: Geometry) -> FlexTensor {
        let (input, weight) = (input.to_contiguous(), weight.to_contiguous());
        let output = forward::convolution(
            Level::detected(),
            &geometry,
            input.storage(),
            weight.storage(),
        );
        let shape = [
            geometry.images,
            geometry.outputs,
            geometry.out_height(),
            geometry.out_width(),
        ];
        tensor(output, shape)
    }

    fn normalise(
        input: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [input, scale, shift] = [input, scale, shift].map(|tensor| tensor.to_contiguous());
        normalised(&input, None, [&scale, &shift], epsilon, activation)
    }

    fn normalise_sum(
        input: FlexTensor,
        residual: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [input, residual, scale, shift] =
            [input, residual, scale, shift].map(|tensor| tensor.to_contiguous());
        normalised(
            &input,
            Some(&residual),
            [&scale, &shift],
            epsilon,
            activation,
        )
    }
}

#[derive(Debug)]
struct ConvolveBackward;

impl Backward<Flex, 2> for ConvolveBackward {
    type State = (FlexTensor, FlexTensor, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (input, weight, geometry) = ops.state;
        let [input_node, weight_node] = ops.parents;
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let level = Level::detected();
        if let Some(node) = weight_node {
            let result = weight_gradient(level, &geometry, input.storage(), gradient.storage());
            let shape = weight.layout().shape().clone();
            grads.register::<Flex>(node.id, tensor(result, shape));
        }
        if let Some(node) = input_node {
            let result = input_gradient(level, &geometry, weight.storage(), gradient.storage());
            let shape = input.layout().shape().clone();
            grads.register::<Flex>(node.id, tensor(result, shape));
        }
    }
}

/// What the gradient of a normalisation needs.
#[derive(Clone, Debug)]
struct Normalising {
    input: FlexTensor,
    /// Kept where a residual was added before an activation.
    output: Option<FlexTensor>,
    scale: FlexTensor,
    shift: FlexTensor,
    mean: FlexTensor,
    variance: FlexTensor,
    epsilon: f64,
    activation: Activation,
}

impl Normalising {
    fn gradients(&self, gradient: &FlexTensor) -> norm::Gradients {
        let forward = Forward {
            input: self.input.storage(),
            output: self.output.as_ref().map(FlexTensor::storage),
            scale: self.scale.storage(),
            shift: self.shift.storage(),
            mean: self.mean.storage(),
            variance: self.variance.storage(),
            epsilon: self.epsilon,
            activation: self.activation,
        };
        norm::gradients(
            Level::detected(),
            extent(&self.input),
            forward,
            gradient.storage(),
        )
    }
}

#[derive(Debug)]
struct NormaliseBackward;

impl Backward<Flex, 3> for NormaliseBackward {
    type State = Normalising;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let result = ops.state.gradients(&gradient);
        let shape = ops.state.input.layout().shape().clone();
        let channels = [shape[1]];
        let [input, scale, shift] = ops.parents;
        if let Some(node) = input {
            grads.register::<Flex>(node.id, tensor(result.input, shape));
        }
        if let Some(node) = scale {
            grads.register::<Flex>(node.id, tensor(result.scale, channels));
        }
        if let Some(node) = shift {
            grads.register::<Flex>(node.id, tensor(result.shift, channels));
        }
    }
}

#[derive(Debug)]
struct NormaliseSumBackward;

impl Backward<Flex, 4> for NormaliseSumBackward {
    type State = Normalising;

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let result = ops.state.gradients(&gradient);
        let shape = ops.state.input.layout().shape().clone();
        let channels = [shape[1]];
        let [input, residual, scale, shift] = ops.parents;
        if let Some(node) = residual {
            let passed = result
                .residual
                .map_or(gradient, |passed| tensor(passed, shape.clone()));
            grads.register::<Flex>(node.id, passed);
        }
        if let Some(node) = input {
            grads.register::<Flex>(node.id, tensor(result.input, shape));
        }
        if let Some(node) = scale {
            grads.register::<Flex>(node.id, tensor(result.scale, channels));
        }
        if let Some(node) = shift {
            grads.register::<Flex>(node.id, tensor(result.shift, channels));
        }
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node()];
        let [input, weight] = [input, weight].map(|tensor| tensor.into_primitive().to_contiguous());
        let output = Flex::convolve(input.clone(), weight.clone(), geometry);
        match ConvolveBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish((input, weight, geometry), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn normalise(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [input.node(), scale.node(), shift.node()];
        let [input, scale, shift] =
            [input, scale, shift].map(|tensor| tensor.into_primitive().to_contiguous());
        let (result, mean, variance) =
            normalised(&input, None, [&scale, &shift], epsilon, activation);
        let statistics = [mean.clone(), variance.clone()];
        let output = match NormaliseBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                let state = Normalising {
                    input,
                    output: None,
                    scale,
                    shift,
                    mean,
                    variance,
                    epsilon,
                    activation,
                };
                prepared.finish(state, result)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(result),
        };
        let [mean, variance] = statistics.map(FloatTensor::<Self>::new);
        (output, mean, variance)
    }

    fn normalise_sum(
        input: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [input.node(), residual.node(), scale.node(), shift.node()];
        let [input, residual, scale, shift] =
            [input, residual, scale, shift].map(|tensor| tensor.into_primitive().to_contiguous());
        let (result, mean, variance) = normalised(
            &input,
            Some(&residual),
            [&scale, &shift],
            epsilon,
            activation,
        );
        let statistics = [mean.clone(), variance.clone()];
        let output = match NormaliseSumBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                let state = Normalising {
                    input,
                    output: (activation == Activation::Relu).then(|| result.clone()),
                    scale,
                    shift,
                    mean,
                    variance,
                    epsilon,
                    activation,
                };
                prepared.finish(state, result)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(result),
        };
        let [mean, variance] = statistics.map(FloatTensor::<Self>::new);
        (output, mean, variance)
    }
}

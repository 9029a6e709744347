//! The operations on tensors that record gradients, and their backward passes.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn_flex::FlexTensor;

use super::super::geometry::Geometry;
use super::super::input_gradient::input_gradient;
use super::super::norm::{self, Activation, Forward};
use super::super::vector::Level;
use super::super::weight_gradient::weight_gradient;
use super::{Kernels, extent, normalised, tensor};

#[derive(Debug)]
struct ConvolveBackward;

impl Backward<Flex, 2> for ConvolveBackward {
    type State = (FlexTensor, FlexTensor, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (input, weight, geometry) = ops.state;
        let [input_node, weight_node] = ops.parents;
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let level = Level::detected();
        let (by_weight, by_input) = rayon::join(
            || {
                weight_node
                    .is_some()
                    .then(|| weight_gradient(level, &geometry, input.storage(), gradient.storage()))
            },
            || {
                input_node
                    .is_some()
                    .then(|| input_gradient(level, &geometry, weight.storage(), gradient.storage()))
            },
        );
        for (node, result, of) in [
            (weight_node, by_weight, &weight),
            (input_node, by_input, &input),
        ] {
            if let (Some(node), Some(result)) = (node, result) {
                let shape = of.layout().shape().clone();
                grads.register::<Flex>(node.id, tensor(result, shape));
            }
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
    /// Normalises `input`, with `residual` added before the activation if there is one: the result, its
    /// mean and variance, and what the gradient needs.
    fn new(
        input: FlexTensor,
        residual: Option<&FlexTensor>,
        [scale, shift]: [FlexTensor; 2],
        epsilon: f64,
        activation: Activation,
    ) -> (FlexTensor, [FlexTensor; 2], Self) {
        let (result, mean, variance) =
            normalised(&input, residual, [&scale, &shift], epsilon, activation);
        let needs_output = residual.is_some() && activation == Activation::Relu;
        let state = Self {
            input,
            output: needs_output.then(|| result.clone()),
            scale,
            shift,
            mean: mean.clone(),
            variance: variance.clone(),
            epsilon,
            activation,
        };
        (result, [mean, variance], state)
    }

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
        let (result, statistics, state) =
            Normalising::new(input, None, [scale, shift], epsilon, activation);
        let output = match NormaliseBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, result),
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
        let (result, statistics, state) =
            Normalising::new(input, Some(&residual), [scale, shift], epsilon, activation);
        let output = match NormaliseSumBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, result),
            OpsKind::UnTracked(prepared) => prepared.finish(result),
        };
        let [mean, variance] = statistics.map(FloatTensor::<Self>::new);
        (output, mean, variance)
    }
}

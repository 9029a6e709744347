//! The rules of automatic differentiation, the same for every device.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients as Register;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, TensorMetadata};

use super::super::geometry::Geometry;
use super::super::norm::Activation;
use super::super::pool::Pooling;
use super::{
    Gradients, NormalisationInput, NormalisationOutput, NormalisationState, Operations, Optional,
};

/// Gives the gradients of the `N` inputs of an operation, at least the wanted ones, from that of its output and what was
/// kept of the forward pass.
type Differentiate<B, S, const N: usize> =
    fn(FloatTensor<B>, S, [bool; N]) -> [Option<FloatTensor<B>>; N];

/// The backward pass of an operation.
struct Rule<B: Backend, S, const N: usize>(Differentiate<B, S, N>);

impl<B: Backend, S, const N: usize> std::fmt::Debug for Rule<B, S, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl<B, S, const N: usize> Backward<B, N> for Rule<B, S, N>
where
    B: Backend,
    S: Clone + Send + std::fmt::Debug + 'static,
{
    type State = S;

    fn backward(self, ops: Ops<S, N>, register: &mut Register, _: &mut Checkpointer) {
        let gradient = register.consume::<B>(&ops.node);
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let results = (self.0)(gradient, ops.state, wanted);
        for (node, result) in ops.parents.into_iter().zip(results) {
            if let (Some(node), Some(result)) = (node, result) {
                register.register::<B>(node.id, result);
            }
        }
    }
}

/// Records that `output` was made of the tensors of `nodes`, and how their gradients come from `state`.
fn record<B, C, S, const N: usize>(
    nodes: [NodeGuard; N],
    output: FloatTensor<B>,
    state: S,
    rule: Differentiate<B, S, N>,
) -> FloatTensor<Autodiff<B, C>>
where
    B: Backend,
    C: CheckpointStrategy,
    S: Clone + Send + std::fmt::Debug + 'static,
{
    match Rule(rule).prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(state, output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

impl<B: Gradients, C: CheckpointStrategy> Operations for Autodiff<B, C> {
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        with_moments: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>) {
        let nodes = [input.node(), weight.node()];
        let operands = [input, weight].map(FloatTensor::<Self>::into_primitive);
        let [input, weight] = operands.clone();
        let (output, moments) = B::convolve(input, weight, geometry, with_moments);
        let state = (operands, geometry);
        let output = record::<B, C, _, 2>(nodes, output, state, |gradient, state, wanted| {
            let (operands, geometry) = state;
            B::convolution_gradients(gradient, operands, geometry, wanted)
        });
        (output, moments.map(FloatTensor::<Self>::new))
    }

    fn normalise(operands: NormalisationInput<Self>) -> NormalisationOutput<Self> {
        let inner = FloatTensor::<Self>::into_primitive;
        let maybe = |tensor| match tensor {
            Optional::Some(tensor) => Optional::Some(inner(tensor)),
            Optional::None => Optional::None,
        };
        let nodes = [
            operands.input.node(),
            operands.scale.node(),
            operands.shift.node(),
        ];
        let residual = match &operands.residual {
            Optional::Some(residual) => Some(residual.node()),
            Optional::None => None,
        };
        let operands = NormalisationInput::<B> {
            input: inner(operands.input),
            moments: maybe(operands.moments),
            residual: maybe(operands.residual),
            scale: inner(operands.scale),
            shift: inner(operands.shift),
            running_mean: inner(operands.running_mean),
            running_variance: inner(operands.running_variance),
            momentum: operands.momentum,
            epsilon: operands.epsilon,
            activation: operands.activation,
        };
        let [input, scale, shift] =
            [&operands.input, &operands.scale, &operands.shift].map(Clone::clone);
        let (epsilon, activation) = (operands.epsilon, operands.activation);
        let result = B::normalise(operands);
        let rectified = residual.is_some() && activation == Activation::Relu;
        let state = NormalisationState {
            input,
            output: rectified.then(|| result.output.clone()),
            scale,
            shift,
            mean: result.mean.clone(),
            variance: result.variance.clone(),
            epsilon,
            activation,
        };
        let output = match residual {
            None => record::<B, C, _, 3>(nodes, result.output, state, |gradient, state, _| {
                let by = B::normalisation_gradients(gradient, state);
                [by.input, by.scale, by.shift].map(Some)
            }),
            Some(residual) => {
                let [input, scale, shift] = nodes;
                let nodes = [residual, input, scale, shift];
                record::<B, C, _, 4>(nodes, result.output, state, |gradient, state, _| {
                    let by = B::normalisation_gradients(gradient.clone(), state);
                    let residual = by.residual.unwrap_or(gradient);
                    [residual, by.input, by.scale, by.shift].map(Some)
                })
            }
        };
        let outer = FloatTensor::<Self>::new;
        NormalisationOutput {
            output,
            mean: outer(result.mean),
            variance: outer(result.variance),
            running_mean: outer(result.running_mean),
            running_variance: outer(result.running_variance),
        }
    }

    fn mean(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [input.node()];
        let input = input.into_primitive();
        let [_, _, height, width] = input.shape().dims();
        let size = [height, width];
        record::<B, C, _, 1>(nodes, B::mean(input), size, |gradient, size, _| {
            [Some(B::mean_gradient(gradient, size))]
        })
    }

    fn gate(input: FloatTensor<Self>, logits: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [input.node(), logits.node()];
        let operands = [input, logits].map(FloatTensor::<Self>::into_primitive);
        let [input, logits] = operands.clone();
        let output = B::gate(input, logits);
        record::<B, C, _, 2>(nodes, output, operands, |gradient, operands, _| {
            B::gate_gradients(gradient, operands).map(Some)
        })
    }

    fn silu(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [input.node()];
        let input = input.into_primitive();
        let output = B::silu(input.clone());
        record::<B, C, _, 1>(nodes, output, input, |gradient, input, _| {
            [Some(B::silu_gradient(gradient, input))]
        })
    }

    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [left.node(), right.node()];
        let [left, right] = [left, right].map(FloatTensor::<Self>::into_primitive);
        let channels = left.shape()[1];
        let output = B::join(left, right);
        record::<B, C, _, 2>(nodes, output, channels, |gradient, channels, _| {
            B::join_gradients(gradient, channels).map(Some)
        })
    }

    fn pool(input: FloatTensor<Self>, pooling: Pooling) -> FloatTensor<Self> {
        let nodes = [input.node()];
        let input = input.into_primitive();
        let state = (pooling, input.shape().dims::<4>());
        let output = B::pool(input, pooling);
        record::<B, C, _, 1>(nodes, output, state, |gradient, (pooling, shape), _| {
            [Some(B::pool_gradient(gradient, pooling, shape))]
        })
    }
}

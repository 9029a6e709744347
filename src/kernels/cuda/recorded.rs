//! The operations on tensors that record gradients, and their backward passes.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

use super::super::geometry::Geometry;
use super::super::norm::Activation;
use super::operations::{Plain, Recorded};

/// A backend with all the operations.
pub trait Gpu: Backend + Recorded + Plain {}

impl<B: Backend + Recorded + Plain> Gpu for B {}

#[derive(Debug)]
struct ConvolveBackward;

impl<B: Gpu> Backward<B, 2> for ConvolveBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (input, weight, geometry) = ops.state;
        let [input_node, weight_node] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        if let Some(node) = weight_node {
            let by_weight = B::weight_gradient(input, gradient.clone(), geometry);
            grads.register::<B>(node.id, by_weight);
        }
        if let Some(node) = input_node {
            let by_input = B::input_gradient(gradient, weight, geometry);
            grads.register::<B>(node.id, by_input);
        }
    }
}

/// What the gradient of a normalisation needs.
#[derive(Clone, Debug)]
struct Normalising<B: Gpu> {
    input: FloatTensor<B>,
    /// Kept where a residual was added before an activation.
    output: Option<FloatTensor<B>>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    mean: FloatTensor<B>,
    variance: FloatTensor<B>,
    epsilon: f64,
    activation: Activation,
}

impl<B: Gpu> Normalising<B> {
    /// Gradients by input, scale and shift, and by the residual where it is not the gradient itself.
    fn gradients(self, gradient: FloatTensor<B>) -> ([FloatTensor<B>; 3], Option<FloatTensor<B>>) {
        let residual = self.output.is_some();
        let output = self.output.unwrap_or_else(|| self.input.clone());
        let (input, scale, shift, passed) = B::normalise_gradients(
            gradient,
            self.input,
            output,
            self.scale,
            self.shift,
            self.mean,
            self.variance,
            self.epsilon,
            self.activation,
            residual,
        );
        ([input, scale, shift], residual.then_some(passed))
    }
}

#[derive(Debug)]
struct NormaliseBackward;

impl<B: Gpu> Backward<B, 3> for NormaliseBackward {
    type State = Normalising<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let (results, _) = ops.state.gradients(gradient);
        for (node, result) in ops.parents.into_iter().zip(results) {
            if let Some(node) = node {
                grads.register::<B>(node.id, result);
            }
        }
    }
}

#[derive(Debug)]
struct NormaliseSumBackward;

impl<B: Gpu> Backward<B, 4> for NormaliseSumBackward {
    type State = Normalising<B>;

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [input, residual, scale, shift] = ops.parents;
        let (results, passed) = ops.state.gradients(gradient.clone());
        if let Some(node) = residual {
            grads.register::<B>(node.id, passed.unwrap_or(gradient));
        }
        for (node, result) in [input, scale, shift].into_iter().zip(results) {
            if let Some(node) = node {
                grads.register::<B>(node.id, result);
            }
        }
    }
}

impl<B: Gpu, C: CheckpointStrategy> Recorded for Autodiff<B, C> {
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        with_moments: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [input.node(), weight.node()];
        let [input, weight] = [input, weight].map(FloatTensor::<Self>::into_primitive);
        let (output, moments) = B::convolve(input.clone(), weight.clone(), geometry, with_moments);
        let output = match Backward::<B, 2>::prepare::<C>(ConvolveBackward, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish((input, weight, geometry), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        (output, FloatTensor::<Self>::new(moments))
    }

    fn normalise(
        input: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let nodes = [input.node(), scale.node(), shift.node()];
        let [input, scale, shift, running_mean, running_variance] =
            [input, scale, shift, running_mean, running_variance]
                .map(FloatTensor::<Self>::into_primitive);
        let (output, mean, variance, moved_mean, moved_variance) = B::normalise(
            input.clone(),
            moments.into_primitive(),
            scale.clone(),
            shift.clone(),
            running_mean,
            running_variance,
            epsilon,
            momentum,
            activation,
        );
        let state = Normalising {
            input,
            output: None,
            scale,
            shift,
            mean: mean.clone(),
            variance: variance.clone(),
            epsilon,
            activation,
        };
        let output = match Backward::<B, 3>::prepare::<C>(NormaliseBackward, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        let [mean, variance, moved_mean, moved_variance] =
            [mean, variance, moved_mean, moved_variance].map(FloatTensor::<Self>::new);
        (output, mean, variance, moved_mean, moved_variance)
    }

    fn normalise_sum(
        input: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let nodes = [input.node(), residual.node(), scale.node(), shift.node()];
        let [
            input,
            residual,
            scale,
            shift,
            running_mean,
            running_variance,
        ] = [
            input,
            residual,
            scale,
            shift,
            running_mean,
            running_variance,
        ]
        .map(FloatTensor::<Self>::into_primitive);
        let (output, mean, variance, moved_mean, moved_variance) = B::normalise_sum(
            input.clone(),
            moments.into_primitive(),
            residual,
            scale.clone(),
            shift.clone(),
            running_mean,
            running_variance,
            epsilon,
            momentum,
            activation,
        );
        let state = Normalising {
            input,
            output: (activation == Activation::Relu).then(|| output.clone()),
            scale,
            shift,
            mean: mean.clone(),
            variance: variance.clone(),
            epsilon,
            activation,
        };
        let output = match Backward::<B, 4>::prepare::<C>(NormaliseSumBackward, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        let [mean, variance, moved_mean, moved_variance] =
            [mean, variance, moved_mean, moved_variance].map(FloatTensor::<Self>::new);
        (output, mean, variance, moved_mean, moved_variance)
    }
}

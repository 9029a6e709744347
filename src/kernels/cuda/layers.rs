//! The smaller layers as operations of burn, with their backward passes: means over pixels, gates, `SiLU`, and channels
//! side by side.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, TensorMetadata, backend_extension};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::operations::{channels_last, pictures};
use super::squeeze::Images;
use super::{join, squeeze};

/// Operations that record gradients.
#[backend_extension(Cube, Autodiff)]
pub trait Layers: Backend {
    /// The mean of every channel (N, channels, 1, 1).
    fn mean(input: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Channels times the logistic function of `logits` (N, channels, 1, 1).
    fn gate(input: FloatTensor<Self>, logits: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `SiLU` of (N, channels, 1, 1).
    fn silu(input: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The channels of both side by side.
    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Their gradients.
#[backend_extension(Cube)]
pub trait LayerGradients: Backend {
    /// The gradient by the input of a mean over images of `height` and `width`.
    fn mean_gradient(gradient: FloatTensor<Self>, height: usize, width: usize)
    -> FloatTensor<Self>;

    /// The gradients by input and logits of a gate.
    fn gate_gradients(
        gradient: FloatTensor<Self>,
        input: FloatTensor<Self>,
        logits: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The gradient by the input of `SiLU`.
    fn silu_gradient(gradient: FloatTensor<Self>, input: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The first `left` channels of a gradient, and the others.
    fn join_gradients(
        gradient: FloatTensor<Self>,
        left: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
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

impl Layers for CubeBackend {
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
}

impl LayerGradients for CubeBackend {
    fn mean_gradient(gradient: CubeTensor, height: usize, width: usize) -> CubeTensor {
        let like = gradient.clone();
        let [count, channels, ..] = gradient.shape().dims::<4>();
        let shape = [count, channels, height, width];
        let gradient = channels_last(gradient, means(shape));
        let result = squeeze::mean_gradient(&like.client, images(shape), &gradient);
        pictures(&like, result, shape)
    }

    fn gate_gradients(
        gradient: CubeTensor,
        input: CubeTensor,
        logits: CubeTensor,
    ) -> (CubeTensor, CubeTensor) {
        let like = input.clone();
        let shape = input.shape().dims();
        let [by_input, by_logits] = squeeze::gated_gradients(
            &like.client,
            images(shape),
            &channels_last(gradient, shape),
            &channels_last(input, shape),
            &channels_last(logits, means(shape)),
        );
        (
            pictures(&like, by_input, shape),
            pictures(&like, by_logits, means(shape)),
        )
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

    fn join_gradients(gradient: CubeTensor, left: usize) -> (CubeTensor, CubeTensor) {
        let like = gradient.clone();
        let shape: [usize; 4] = gradient.shape().dims();
        let [images, channels, height, width] = shape;
        let channels = [left, channels - left];
        let both = channels_last(gradient, shape);
        let [left, right] = join::parted(&like.client, images * height * width, channels, &both);
        (
            pictures(&like, left, [images, channels[0], height, width]),
            pictures(&like, right, [images, channels[1], height, width]),
        )
    }
}

#[derive(Debug)]
struct MeanBackward;

impl<B: LayerGradients> Backward<B, 1> for MeanBackward {
    type State = [usize; 2];

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [height, width] = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        if let [Some(node)] = ops.parents {
            grads.register::<B>(node.id, B::mean_gradient(gradient, height, width));
        }
    }
}

#[derive(Debug)]
struct GateBackward;

impl<B: LayerGradients> Backward<B, 2> for GateBackward {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [input, logits] = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let (by_input, by_logits) = B::gate_gradients(gradient, input, logits);
        for (node, result) in ops.parents.into_iter().zip([by_input, by_logits]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, result);
            }
        }
    }
}

#[derive(Debug)]
struct SiluBackward;

impl<B: LayerGradients> Backward<B, 1> for SiluBackward {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        if let [Some(node)] = ops.parents {
            grads.register::<B>(node.id, B::silu_gradient(gradient, ops.state));
        }
    }
}

#[derive(Debug)]
struct JoinBackward;

impl<B: LayerGradients> Backward<B, 2> for JoinBackward {
    type State = usize;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let (left, right) = B::join_gradients(gradient, ops.state);
        for (node, result) in ops.parents.into_iter().zip([left, right]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, result);
            }
        }
    }
}

impl<B: Layers + LayerGradients, C: CheckpointStrategy> Layers for Autodiff<B, C> {
    fn mean(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let node = input.node();
        let input = input.into_primitive();
        let [_, _, height, width] = input.shape().dims();
        let output = B::mean(input);
        match Backward::<B, 1>::prepare::<C>(MeanBackward, [node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish([height, width], output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn gate(input: FloatTensor<Self>, logits: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [input.node(), logits.node()];
        let state = [input, logits].map(FloatTensor::<Self>::into_primitive);
        let [input, logits] = state.clone();
        let output = B::gate(input, logits);
        match Backward::<B, 2>::prepare::<C>(GateBackward, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn silu(input: FloatTensor<Self>) -> FloatTensor<Self> {
        let node = input.node();
        let input = input.into_primitive();
        let output = B::silu(input.clone());
        match Backward::<B, 1>::prepare::<C>(SiluBackward, [node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(input, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [left.node(), right.node()];
        let [left, right] = [left, right].map(FloatTensor::<Self>::into_primitive);
        let [_, channels, ..] = left.shape().dims::<4>();
        let output = B::join(left, right);
        match Backward::<B, 2>::prepare::<C>(JoinBackward, nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(channels, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

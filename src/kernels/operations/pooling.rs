//! Means of windows as an operation with its backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::super::pool::{self, Pooling};
use super::tensor;

/// The means of windows of `input` (N, channels, height, width), among channels of zeros. Call it where
/// [`super::serves_cpu`] says so.
///
/// # Panics
/// Where a window is larger than the image or than the stride, or the device has no kernels.
#[must_use]
pub fn pooled(input: Tensor<4>, pooling: Pooling) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Pools>::pool(input.into_dispatch(), pooling))
}

/// The operation; see the function that calls it.
#[backend_extension(Flex, Autodiff)]
pub trait Pools: Backend {
    /// Means of windows.
    fn pool(input: FloatTensor<Self>, pooling: Pooling) -> FloatTensor<Self>;
}

fn shape(input: &FlexTensor) -> [usize; 4] {
    let shape = input.layout().shape();
    [shape[0], shape[1], shape[2], shape[3]]
}

impl Pools for Flex {
    fn pool(input: FlexTensor, pooling: Pooling) -> FlexTensor {
        let input = input.to_contiguous();
        let [images, channels, height, width] = shape(&input);
        let output = pool::pooled(pooling, shape(&input), input.storage());
        let output_shape = [
            images,
            pooling.channels(channels),
            pooling.windows(height),
            pooling.windows(width),
        ];
        tensor(output, output_shape)
    }
}

#[derive(Debug)]
struct PoolBackward;

impl Backward<Flex, 1> for PoolBackward {
    type State = (Pooling, [usize; 4]);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (pooling, shape) = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        if let [Some(node)] = ops.parents {
            let result = pool::pooled_gradient(pooling, shape, gradient.storage());
            grads.register::<Flex>(node.id, tensor(result, shape));
        }
    }
}

impl<C: CheckpointStrategy> Pools for Autodiff<Flex, C> {
    fn pool(input: FloatTensor<Self>, pooling: Pooling) -> FloatTensor<Self> {
        let node = input.node();
        let input = input.into_primitive();
        let state = (pooling, shape(&input));
        let output = Flex::pool(input, pooling);
        match PoolBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(state, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use burn::tensor::module::avg_pool2d;
    use burn::tensor::ops::AvgPoolOptions;
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn numbers(shape: [usize; 4]) -> Tensor<4> {
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|at| (at * 37 % 101) as f32 / 50.0).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff())
    }

    /// The reference is burn's pooling, with zeros put around it.
    #[test]
    fn means_and_their_gradient_are_burns() {
        for (window, stride, before, behind) in
            [(1, 2, 3, 4), (2, 2, 0, 0), (1, 3, 0, 1), (3, 4, 1, 0)]
        {
            let pooling = Pooling {
                window,
                stride,
                before,
                behind,
            };
            for [height, width] in [[8, 8], [7, 9], [4, 5]] {
                let input = numbers([2, 3, height, width]).require_grad();
                let options = AvgPoolOptions::new([window; 2]).with_stride([stride; 2]);
                let means = avg_pool2d(input.clone(), options);
                let [_, _, rows, columns] = means.dims();
                let zeros = |count| Tensor::zeros([2, count, rows, columns], &input.device());
                let mut parts = vec![means];
                if before > 0 {
                    parts.insert(0, zeros(before));
                }
                if behind > 0 {
                    parts.push(zeros(behind));
                }
                let theirs = Tensor::cat(parts, 1);
                let weights = numbers(theirs.dims());
                let by = (theirs.clone() * weights.clone()).sum().backward();
                let expected = values(input.grad(&by).unwrap());
                let ours = pooled(input.clone(), pooling);
                let by = (ours.clone() * weights).sum().backward();
                let gradient = values(input.grad(&by).unwrap());
                let near = |a: &[f32], b: &[f32]| {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
                };
                assert!(near(&values(ours), &values(theirs)), "{pooling:?}");
                assert!(near(&gradient, &expected), "{pooling:?}");
            }
        }
    }
}

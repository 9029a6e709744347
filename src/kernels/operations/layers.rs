//! Smaller layers.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::super::pool::Pooling;
use super::Operations;

/// The mean of every channel (N, channels, 1, 1) of an input (N, channels, height, width).
#[must_use]
pub fn channel_means(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Operations>::mean(input.into_dispatch()))
}

/// Channels of an input (N, channels, height, width) times the logistic function of `logits` (N, channels, 1, 1).
#[must_use]
pub fn gated(input: Tensor<4>, logits: Tensor<4>) -> Tensor<4> {
    let (input, logits) = (input.into_dispatch(), logits.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Operations>::gate(input, logits))
}

/// `SiLU` of an input (N, channels, 1, 1).
#[must_use]
pub fn silu(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Operations>::silu(input.into_dispatch()))
}

/// The channels of two inputs (N, channels, height, width) side by side.
#[must_use]
pub fn joined(left: Tensor<4>, right: Tensor<4>) -> Tensor<4> {
    let (left, right) = (left.into_dispatch(), right.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Operations>::join(left, right))
}

/// The means of windows of `input` (N, channels, height, width), among channels of zeros.
///
/// # Panics
/// Where a window is larger than the image or than the stride.
#[must_use]
pub fn pooled(input: Tensor<4>, pooling: Pooling) -> Tensor<4> {
    assert!(pooling.stride >= pooling.window);
    Tensor::from_dispatch(<Dispatch as Operations>::pool(
        input.into_dispatch(),
        pooling,
    ))
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

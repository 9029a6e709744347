//! Smaller layers: those of a GPU where it has them, else burn's own operations.

use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, silu as burn_silu};

use super::{gpu, serves_gpu};

/// The mean of every channel (N, channels, 1, 1) of an input (N, channels, height, width).
#[must_use]
pub fn channel_means(input: Tensor<4>) -> Tensor<4> {
    if serves_gpu(&input.device()) {
        Tensor::from_dispatch(gpu::mean(input.into_dispatch()))
    } else {
        input.mean_dims(&[2, 3])
    }
}

/// Channels of an input (N, channels, height, width) times the logistic function of `logits` (N, channels, 1, 1).
#[must_use]
pub fn gated(input: Tensor<4>, logits: Tensor<4>) -> Tensor<4> {
    if serves_gpu(&input.device()) {
        Tensor::from_dispatch(gpu::gate(input.into_dispatch(), logits.into_dispatch()))
    } else {
        input * sigmoid(logits)
    }
}

/// `SiLU` of an input (N, channels, 1, 1).
#[must_use]
pub fn silu(input: Tensor<4>) -> Tensor<4> {
    if serves_gpu(&input.device()) {
        Tensor::from_dispatch(gpu::silu(input.into_dispatch()))
    } else {
        burn_silu(input)
    }
}

/// The channels of two inputs (N, channels, height, width) side by side.
#[must_use]
pub fn joined(left: Tensor<4>, right: Tensor<4>) -> Tensor<4> {
    if serves_gpu(&left.device()) {
        Tensor::from_dispatch(gpu::join(left.into_dispatch(), right.into_dispatch()))
    } else {
        Tensor::cat(vec![left, right], 1)
    }
}

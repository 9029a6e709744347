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

//! Smaller layers, and the step of the optimiser.

use burn::tensor::Tensor;

use super::{devices, near, noise, values};
use crate::kernels::{
    Descent, Pooling, channel_means, descended, gated, joined, pooled, silu, square_places,
};

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn smaller_layers_and_their_gradients_are_those_of_the_cpu() {
    let (devices, _alone) = devices();
    for (shape, more) in [
        ([3, 16, 9, 9], 12),
        ([5, 18, 7, 7], 5),
        ([2, 1152, 4, 4], 8),
    ] {
        let results = devices.clone().map(|device| {
            let device = device.autodiff();
            let [images, channels, height, width] = shape;
            let input = noise(shape, 1, &device).require_grad();
            let other = noise([images, more, height, width], 2, &device).require_grad();
            let logits = noise([images, channels, 1, 1], 3, &device).require_grad();
            let means = silu(channel_means(input.clone()) * 3.0);
            let gated = gated(input.clone(), logits.clone() + means);
            let joined = joined(gated, other.clone());
            let slopes = noise(joined.dims(), 4, &device);
            let gradients = (joined.clone() * slopes).sum().backward();
            [
                values(joined.inner()),
                values(input.grad(&gradients).unwrap()),
                values(other.grad(&gradients).unwrap()),
                values(logits.grad(&gradients).unwrap()),
            ]
        });
        near(&results[1], &results[0], 1e-5, &format!("{shape:?}"));
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn means_of_windows_and_their_gradient_are_those_of_the_cpu() {
    let (devices, _alone) = devices();
    for (window, stride, before, behind) in [(1, 2, 3, 4), (2, 2, 0, 0), (1, 3, 0, 1), (1, 1, 2, 2)]
    {
        let pooling = Pooling {
            window,
            stride,
            before,
            behind,
        };
        let results = devices.clone().map(|device| {
            let input = noise([3, 5, 8, 8], 1, &device.autodiff()).require_grad();
            let output = pooled(input.clone(), pooling);
            let slopes = noise(output.dims(), 2, &output.device());
            let gradients = (output.clone() * slopes).sum().backward();
            [
                values(output.inner()),
                values(input.grad(&gradients).unwrap()),
            ]
        });
        near(&results[1], &results[0], 1e-6, &format!("{pooling:?}"));
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn steps_of_gradient_descent_are_those_of_the_cpu() {
    let (devices, _alone) = devices();
    for first in [true, false] {
        let results = devices.clone().map(|device| {
            let descent = Descent {
                momentum: 0.9,
                weight_decay: (!first).then_some(5e-4),
                first,
                place: 1,
            };
            let squares = Tensor::zeros([1 + square_places(315, &device)], &device);
            let (weight, velocity, squares) = descended(
                noise([7, 5, 3, 3], 1, &device),
                noise([7, 5, 3, 3], 2, &device),
                noise([315], 3, &device),
                Tensor::from_floats([0.1], &device),
                squares,
                descent,
            );
            [values(weight), values(velocity), values(squares.sum())]
        });
        near(&results[1], &results[0], 1e-6, "a step");
    }
}

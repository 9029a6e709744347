//! Smaller layers.

use super::{devices, near, noise, values};
use crate::kernels::{channel_means, gated, joined, silu};

#[test]
fn smaller_layers_and_their_gradients_are_those_of_the_cpu() {
    let Some((devices, _alone)) = devices() else {
        return;
    };
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

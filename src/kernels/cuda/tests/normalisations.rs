//! Normalisations, by their own moments and by those that a convolution computed.

use super::{devices, near, noise, normalised_both_ways, values};
use crate::kernels::{
    Activation, Convolved, EvaluationParameters, Precision, RunningStatistics, activated,
    convolved, normalisation, with_precision,
};

/// A normalisation gives the same results with the moments of tensor cores as with its own.
#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn normalisations_by_moments_of_a_convolution_are_those_of_its_output() {
    let ([_, gpu], _alone) = devices();
    let device = gpu.autodiff();
    for (images, [inputs, outputs], side, kernel, stride, groups) in [
        (64, [128, 256], 32, 1, 1, 1),
        (66, [125, 250], 31, 1, 1, 1),
        (40, [128, 128], 32, 3, 1, 1),
        (3, [256, 256], 8, 3, 2, 8),
        (5, [136, 136], 9, 3, 1, 17),
        (9, [512, 512], 5, 3, 1, 8),
        (1, [64, 130], 3, 1, 1, 1),
    ] {
        let input = noise([images, inputs, side, side], 1, &device) + 0.5;
        let weight = noise([outputs, inputs / groups, kernel, kernel], 2, &device);
        for precision in [Precision::Tf32, Precision::Bf16] {
            let made = with_precision(precision, || {
                let (input, weight) = (input.clone(), weight.clone());
                convolved(input, weight, stride, kernel / 2, groups)
            });
            let results = [Convolved::from(made.output.clone()), made].map(|made| {
                let channels = |seed| noise([outputs], seed, &device) + 2.0;
                let running = RunningStatistics {
                    mean: channels(7),
                    variance: channels(8),
                    momentum: 0.5,
                };
                let parameters = [channels(5), channels(6)];
                let result = normalisation(made, None, parameters, 1e-5, Activation::Relu, running);
                [
                    values(result.output.inner()),
                    values(result.mean.inner()),
                    values(result.variance.inner()),
                ]
            });
            let of = format!("{images} x {inputs} x {side}: {outputs} with {precision:?}");
            near(&results[1], &results[0], 1e-5, &of);
        }
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn normalisations_and_their_gradients_are_those_of_the_cpu() {
    let (devices, _alone) = devices();
    for (shape, activation, with_residual) in [
        ([128, 16, 32, 32], Activation::Relu, false),
        ([128, 16, 32, 32], Activation::Relu, true),
        ([5, 3, 9, 7], Activation::Silu, false),
        ([4, 320, 4, 4], Activation::None, false),
        ([4, 320, 4, 4], Activation::None, true),
        ([3, 10, 5, 5], Activation::Relu, true),
    ] {
        let channels = shape[1];
        let results = devices.clone().map(|device| {
            let device = device.autodiff();
            let input = noise(shape, 1, &device) * 0.5 + 3.0;
            let residual = with_residual.then(|| noise(shape, 4, &device));
            let slopes = noise(shape, 3, &device);
            normalised_both_ways(input, residual, slopes, activation)
        });
        let of = format!("{shape:?} {activation:?} {with_residual}");
        near(&results[1], &results[0], 1e-4, &of);
        let results = devices.clone().map(|device| {
            let running = EvaluationParameters {
                scale: noise([channels], 5, &device),
                shift: noise([channels], 6, &device),
                mean: noise([channels], 7, &device),
                variance: noise([channels], 8, &device) + 2.0,
                epsilon: 1e-3,
            };
            let residual = with_residual.then(|| noise(shape, 4, &device));
            vec![values(activated(
                noise(shape, 1, &device),
                residual,
                running,
                activation,
            ))]
        });
        near(&results[1], &results[0], 1e-5, &of);
    }
}

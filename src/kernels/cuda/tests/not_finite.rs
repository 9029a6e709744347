//! NaN and infinities, beside the CPU, whose kernels are compared with `PyTorch`.

use burn::tensor::{Device, Tensor, TensorData};

use super::{devices, noise, normalised_both_ways, values};
use crate::kernels::{
    Activation, EvaluationParameters, Precision, activated, channel_means, convolution, gated,
    joined, silu, with_precision,
};

/// Noise in which every 97th number is a NaN, an infinity or minus infinity in turn, from the `first` on.
fn broken<const D: usize>(
    shape: [usize; D],
    seed: u32,
    first: usize,
    device: &Device,
) -> Tensor<D> {
    broken_every(97, shape, seed, first, device)
}

fn broken_every<const D: usize>(
    step: usize,
    shape: [usize; D],
    seed: u32,
    first: usize,
    device: &Device,
) -> Tensor<D> {
    let mut numbers = values(noise(shape, seed, &Device::flex()));
    let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    for (number, value) in numbers
        .iter_mut()
        .skip(first)
        .step_by(step)
        .zip(wild.into_iter().cycle())
    {
        *number = value;
    }
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

/// The same numbers are finite.
fn alike(of: &str, [cpu, gpu]: [Vec<Vec<f32>>; 2]) {
    for (result, (cpu, gpu)) in cpu.iter().zip(&gpu).enumerate() {
        assert_eq!(cpu.len(), gpu.len(), "{of}: result {result}");
        for (at, (cpu, gpu)) in cpu.iter().zip(gpu).enumerate() {
            assert_eq!(
                cpu.is_finite(),
                gpu.is_finite(),
                "{of}: result {result} at {at} is {gpu}, and {cpu} on the CPU"
            );
        }
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn normalisations_pass_on_what_is_not_finite() {
    let (devices, _alone) = devices();
    let shape = [4, 24, 5, 7];
    for (activation, with_residual) in [
        (Activation::None, false),
        (Activation::Relu, false),
        (Activation::Silu, false),
        (Activation::None, true),
        (Activation::Relu, true),
    ] {
        let of = format!("{activation:?} {with_residual}");
        let evaluated = devices.clone().map(|device| {
            let running = EvaluationParameters {
                scale: noise([24], 5, &device) + 2.0,
                shift: broken([24], 6, 5, &device),
                mean: noise([24], 7, &device),
                variance: noise([24], 8, &device) + 2.0,
                epsilon: 1e-3,
            };
            let residual = with_residual.then(|| broken(shape, 4, 60, &device));
            let input = broken(shape, 1, 0, &device);
            vec![values(activated(input, residual, running, activation))]
        });
        alike(&of, evaluated);
        for (first, slope) in [(0, 4000), (4000, 0)] {
            let trained = devices.clone().map(|device| {
                let device = device.autodiff();
                let input = broken(shape, 1, first, &device);
                let residual = with_residual.then(|| broken(shape, 4, 60, &device));
                let slopes = broken(shape, 3, slope, &device);
                normalised_both_ways(input, residual, slopes, activation)
            });
            alike(&of, trained);
        }
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn layers_pass_on_what_is_not_finite() {
    let (devices, _alone) = devices();
    let results = devices.map(|device| {
        let input = broken([3, 16, 9, 9], 1, 0, &device);
        let logits = broken([3, 16, 1, 1], 2, 7, &device);
        vec![
            values(channel_means(input.clone())),
            values(silu(logits.clone())),
            values(gated(input.clone(), logits)),
            values(joined(input.clone(), noise([3, 5, 9, 9], 3, &device))),
        ]
    });
    alike("layers", results);
}

/// With strides and sides that no kernel of the CPU takes in tiles, which spread.
///
/// Gradients that are not finite are in the middle of images: whether one at the border counts for a weight that it meets over
/// the padding, as NaN times 0, differs between the kernels of `PyTorch` too. Its own (im2col) and this crate's for a CPU count
/// it, oneDNN's and this crate's for depthwise convolutions on a GPU leave the padding out.
#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn convolutions_pass_on_what_is_not_finite() {
    let (devices, _alone) = devices();
    for (inputs, outputs, kernel, stride, groups) in [
        (16, 24, 3, 2, 1),
        (128, 128, 1, 1, 1),
        (16, 16, 3, 1, 16),
        (24, 24, 3, 2, 3),
    ] {
        for precision in [Precision::F32, Precision::Tf32, Precision::Bf16] {
            for (wild, slopes_break) in [(11, false), (usize::MAX, true)] {
                let results = devices.clone().map(|device| {
                    let device = device.autodiff();
                    let input = broken([2, inputs, 6, 6], 1, wild, &device).require_grad();
                    let weight = noise([outputs, inputs / groups, kernel, kernel], 2, &device)
                        .require_grad();
                    let made = with_precision(precision, || {
                        let (input, weight) = (input.clone(), weight.clone());
                        convolution(input, weight, stride, kernel / 2, groups)
                    });
                    let [_, _, height, width] = made.dims();
                    let middle = height / 2 * width + width / 2;
                    let first = if slopes_break { middle } else { usize::MAX };
                    let every = 2 * height * width;
                    let slopes = broken_every(every, made.dims(), 3, first, &device);
                    let gradients = (made.clone() * slopes).sum().backward();
                    vec![
                        values(made.inner()),
                        values(input.grad(&gradients).unwrap()),
                        values(weight.grad(&gradients).unwrap()),
                    ]
                });
                let of = format!("{inputs} to {outputs}, {kernel} by {stride}, {precision:?}");
                alike(&of, results);
            }
        }
    }
}

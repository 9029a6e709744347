//! A GPU compared with the CPU. Without a GPU these tests are ignored.

#![allow(clippy::unwrap_used)]

mod convolutions;
mod layers;
mod normalisations;
mod not_finite;

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{Device, DeviceType, Tensor, TensorData};

use crate::kernels::{
    Activation, Precision, RunningStatistics, convolution, normalisation, with_precision,
};

/// The CPU and the first GPU, for one test at a time: while one captures a step, the GPU does nothing for others.
pub(crate) fn devices() -> ([Device; 2], MutexGuard<'static, ()>) {
    static ALONE: Mutex<()> = Mutex::new(());

    let gpu = Device::enumerate(DeviceType::Cuda)
        .into_vec()
        .into_iter()
        .next();
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    ([Device::flex(), gpu.unwrap()], alone)
}

pub(crate) fn noise<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count as u32)
        .map(|at| {
            let hash = (at.wrapping_add(seed.wrapping_mul(7919))).wrapping_mul(0x9E37_79B9);
            let hash = (hash ^ (hash >> 15)).wrapping_mul(0x85EB_CA6B);
            (hash >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Images, channels, side, kernel, stride, padding and groups of a convolution.
type Convolution = (usize, [usize; 2], usize, usize, usize, usize, usize);

/// The output of a convolution of noise, and the gradients by input and weight.
fn convolved_both_ways(device: &Device, case: Convolution, precision: Precision) -> [Vec<f32>; 3] {
    let (images, [inputs, outputs], side, kernel, stride, padding, groups) = case;
    let device = device.clone().autodiff();
    let input = noise([images, inputs, side, side], 1, &device).require_grad();
    let shape = [outputs, inputs / groups, kernel, kernel];
    let weight = noise(shape, 2, &device).require_grad();
    let output = with_precision(precision, || {
        convolution(input.clone(), weight.clone(), stride, padding, groups)
    });
    let slopes = noise(output.dims(), 3, &device);
    let gradients = (output.clone() * slopes).sum().backward();
    [
        values(output.inner()),
        values(input.grad(&gradients).unwrap()),
        values(weight.grad(&gradients).unwrap()),
    ]
}

/// Output, statistics and gradients of a normalisation by the batch's own statistics, of parameters of noise; `slopes` is
/// the gradient by the output.
fn normalised_both_ways(
    input: Tensor<4>,
    residual: Option<Tensor<4>>,
    slopes: Tensor<4>,
    activation: Activation,
) -> Vec<Vec<f32>> {
    let (device, channels) = (input.device(), input.dims()[1]);
    let input = input.require_grad();
    let residual = residual.map(Tensor::require_grad);
    let parameters = [5, 6].map(|seed| (noise([channels], seed, &device) + 2.0).require_grad());
    let running = RunningStatistics {
        mean: noise([channels], 7, &device),
        variance: noise([channels], 8, &device) + 2.0,
        momentum: 0.1,
    };
    let operands = (input.clone(), residual.clone(), parameters.clone());
    let result = normalisation(
        operands.0, operands.1, operands.2, 1e-5, activation, running,
    );
    let gradients = (result.output.clone() * slopes).sum().backward();
    let mut all = vec![
        values(result.output.inner()),
        values(result.mean.inner()),
        values(result.variance.inner()),
        values(input.grad(&gradients).unwrap()),
    ];
    all.extend(parameters.map(|parameter| values(parameter.grad(&gradients).unwrap())));
    all.extend(residual.map(|residual| values(residual.grad(&gradients).unwrap())));
    all
}

/// Distance over length.
fn error(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let sum = |of: &dyn Fn(usize) -> f64| (0..ours.len()).map(|at| of(at).powi(2)).sum::<f64>();
    let apart = sum(&|at| f64::from(ours[at]) - f64::from(theirs[at]));
    (apart / sum(&|at| f64::from(theirs[at])).max(1e-30)).sqrt()
}

fn near(ours: &[Vec<f32>], theirs: &[Vec<f32>], bound: f64, of: &str) {
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let error = error(ours, theirs);
        assert!(error < bound, "{of}: result {at} is off by {error}");
    }
}

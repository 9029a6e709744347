//! A GPU against the CPU. Without a GPU these tests are counted as ignored.

#![allow(clippy::unwrap_used)]

mod convolutions;
mod layers;
mod normalisations;
mod not_finite;

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{Device, DeviceType, Tensor, TensorData};

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

//! A GPU against the CPU, on a machine that has one.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::tensor::{Device, DeviceType, Tensor, TensorData};

use super::super::{
    Activation, Convolved, Descent, Kept, Products, Running, activated, channel_means, convolution,
    convolved, descended, gated, joined, normalisation, silu, with_products,
};
use crate::dataset::{Dataset, Shape, Split};
use crate::network::{Architecture, Input, baseline, scaled};
use crate::training::Recipe;
use crate::training::batches::{Batches, HostBatch, Images};
use crate::training::device::{self, Opened, Precision};
use crate::training::step::{Tally, Trainer};

/// The CPU and the first GPU that is listed as usable, for one test at a time: while one records a step, the GPU does nothing
/// for others.
fn devices() -> Option<([Device; 2], MutexGuard<'static, ()>)> {
    static ALONE: Mutex<()> = Mutex::new(());

    if !device::list()
        .iter()
        .any(|device| device.usable && device.name == "cuda:0")
    {
        println!("skipped: there is no GPU that can be used");
        return None;
    }
    let gpu = Device::enumerate(DeviceType::Cuda)
        .into_vec()
        .into_iter()
        .next()?;
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    Some(([Device::flex(), gpu], alone))
}

fn recipe() -> Recipe {
    Recipe {
        epochs: 1,
        batch_size: 16,
        learning_rate: 0.02,
        warmup_epochs: 0.0,
        momentum: 0.9,
        weight_decay: 5e-4,
        augment: false,
        crop_padding: 0,
        seeds: vec![1],
    }
}

fn noise<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
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

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
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

#[test]
fn convolutions_and_their_gradients_are_those_of_the_cpu() {
    let Some((devices, _alone)) = devices() else {
        return;
    };
    let cases = [
        (128, [16, 16], 32, 3, 1, 1, 1),
        (5, [3, 16], 33, 3, 1, 1, 1),
        (9, [1, 16], 28, 3, 1, 1, 1),
        (16, [16, 32], 32, 3, 2, 1, 1),
        (7, [64, 64], 8, 3, 1, 1, 1),
        (4, [132, 12], 16, 3, 1, 1, 1),
        (4, [70, 90], 9, 1, 1, 0, 1),
        (6, [64, 128], 14, 1, 2, 0, 1),
        (3, [256, 256], 8, 3, 1, 1, 8),
        (3, [18, 30], 11, 3, 2, 1, 6),
        (2, [8, 8], 9, 3, 1, 0, 2),
        (3, [96, 96], 12, 3, 2, 1, 96),
        (3, [40, 40], 12, 5, 1, 2, 40),
        (3, [40, 40], 13, 5, 2, 2, 40),
        (128, [64, 10], 1, 1, 1, 0, 1),
        (33, [18, 18], 32, 3, 1, 1, 1),
        (40, [18, 36], 16, 3, 2, 1, 1),
        (65, [72, 72], 8, 3, 1, 1, 1),
        (9, [20, 40], 28, 3, 1, 1, 1),
        (5, [48, 88], 9, 1, 1, 0, 1),
    ];
    for case in cases {
        let (images, [inputs, outputs], side, kernel, stride, padding, groups) = case;
        let results = devices.clone().map(|device| {
            let device = device.autodiff();
            let input = noise([images, inputs, side, side], 1, &device).require_grad();
            let shape = [outputs, inputs / groups, kernel, kernel];
            let weight = noise(shape, 2, &device).require_grad();
            let output = convolution(input.clone(), weight.clone(), stride, padding, groups);
            let slopes = noise(output.dims(), 3, &device);
            let gradients = (output.clone() * slopes).sum().backward();
            [
                values(output.inner()),
                values(input.grad(&gradients).unwrap()),
                values(weight.grad(&gradients).unwrap()),
            ]
        });
        near(&results[1], &results[0], 1e-5, &format!("{case:?}"));
    }
}

/// Tensor cores round to ten or seven bits behind the point: an error of some 2^-11 or 2^-8 of each product, and no less
/// than that of 32-bit floats.
#[test]
fn convolutions_on_tensor_cores_are_those_of_the_cpu_rounded() {
    let Some(([cpu, gpu], _alone)) = devices() else {
        return;
    };
    let cases = [
        (128, [16, 16], 32, 3, 1, 1, 1),
        (9, [12, 13], 28, 3, 1, 1, 1),
        (16, [16, 32], 32, 3, 2, 1, 1),
        (7, [64, 64], 8, 3, 1, 1, 1),
        (64, [132, 12], 16, 3, 1, 1, 1),
        (4, [70, 90], 9, 1, 1, 0, 1),
        (6, [64, 128], 14, 1, 2, 0, 1),
        (3, [256, 256], 8, 3, 1, 1, 8),
        (33, [96, 24], 16, 1, 1, 0, 1),
        (64, [128, 256], 32, 1, 1, 0, 1),
        (66, [125, 250], 32, 1, 1, 0, 1),
        (40, [128, 128], 32, 3, 1, 1, 1),
        (20, [128, 128], 32, 1, 1, 0, 1),
        (10, [128, 128], 32, 1, 1, 0, 1),
    ];
    for case in cases {
        let (images, [inputs, outputs], side, kernel, stride, padding, groups) = case;
        let done = |device: &Device, products| {
            let device = device.clone().autodiff();
            let input = noise([images, inputs, side, side], 1, &device).require_grad();
            let shape = [outputs, inputs / groups, kernel, kernel];
            let weight = noise(shape, 2, &device).require_grad();
            let output = with_products(products, || {
                convolution(input.clone(), weight.clone(), stride, padding, groups)
            });
            let slopes = noise(output.dims(), 3, &device);
            let gradients = (output.clone() * slopes).sum().backward();
            [
                values(output.inner()),
                values(input.grad(&gradients).unwrap()),
                values(weight.grad(&gradients).unwrap()),
            ]
        };
        let exact = done(&cpu, Products::F32);
        for (products, bounds) in [(Products::Tf32, 1e-5..1e-3), (Products::Bf16, 1e-3..8e-3)] {
            for (at, (ours, theirs)) in done(&gpu, products).iter().zip(&exact).enumerate() {
                let error = error(ours, theirs);
                assert!(
                    bounds.contains(&error),
                    "{case:?}: result {at} with {products:?} is off by {error}"
                );
            }
        }
    }
}

/// Tensor cores' sums tell their moments: a normalisation makes the same of them as of what it sees itself.
#[test]
fn normalisations_by_what_a_convolution_found_are_those_of_its_output() {
    let Some(([_, gpu], _alone)) = devices() else {
        return;
    };
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
        for products in [Products::Tf32, Products::Bf16] {
            let made = with_products(products, || {
                let (input, weight) = (input.clone(), weight.clone());
                convolved(input, weight, stride, kernel / 2, groups)
            });
            let results = [Convolved::from(made.output.clone()), made].map(|made| {
                let channels = |seed| noise([outputs], seed, &device) + 2.0;
                let running = Kept {
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
            let of = format!("{images} x {inputs} x {side}: {outputs} with {products:?}");
            near(&results[1], &results[0], 1e-5, &of);
        }
    }
}

#[test]
fn batches_picked_on_a_gpu_are_those_of_the_host() {
    let Some(([_, gpu], _alone)) = devices() else {
        return;
    };
    let shape = Shape {
        channels: 3,
        height: 7,
        width: 9,
    };
    let split = |images: u32, seed| Split {
        pixels: values(noise(
            [images as usize * shape.bytes()],
            seed,
            &Device::flex(),
        ))
        .into_iter()
        .map(|value| (value * 127.0 + 128.0) as u8)
        .collect(),
        labels: (0..images).map(|image| image % 5).collect(),
    };
    let dataset = Arc::new(Dataset {
        name: "noise".to_owned(),
        shape,
        class_names: (0..5).map(|class| class.to_string()).collect(),
        train: split(31, 1),
        test: split(17, 2),
        flip_keeps_class: true,
    });
    let varied = Recipe {
        augment: true,
        crop_padding: 3,
        batch_size: 8,
        ..recipe()
    };
    let host = Batches::of_recipe(dataset, &varied);
    let lying = host.clone().lying_on(&Opened {
        name: "cuda:0".to_owned(),
        description: String::new(),
        device: gpu.clone().autodiff(),
        precision: Precision::F32,
    });
    let sides = [&host, &lying];
    let all = |batches: Vec<HostBatch>| {
        batches.into_iter().map(|batch| {
            let batch = batch.upload(&gpu);
            let labels: Vec<i64> = batch.labels.into_data().iter().collect();
            (values(batch.images), labels)
        })
    };
    for made in [
        sides.map(|side| side.train(3, 2).iter().collect::<Vec<_>>()),
        sides.map(|side| side.test().iter().collect()),
    ] {
        let [host, lying] = made;
        assert!(matches!(lying[0].images, Images::Picked { .. }));
        assert_eq!(host.len(), lying.len());
        assert!(all(host).eq(all(lying)));
    }
}

#[test]
fn normalisations_and_their_gradients_are_those_of_the_cpu() {
    let Some((devices, _alone)) = devices() else {
        return;
    };
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
            let input = (noise(shape, 1, &device) * 0.5 + 3.0).require_grad();
            let residual = with_residual.then(|| noise(shape, 4, &device).require_grad());
            let scale = (noise([channels], 5, &device) + 2.0).require_grad();
            let shift = noise([channels], 6, &device).require_grad();
            let running = Kept {
                mean: noise([channels], 7, &device),
                variance: noise([channels], 8, &device) + 2.0,
                momentum: 0.1,
            };
            let result = normalisation(
                input.clone(),
                residual.clone(),
                [scale.clone(), shift.clone()],
                1e-5,
                activation,
                running,
            );
            let slopes = noise(shape, 3, &device);
            let gradients = (result.output.clone() * slopes).sum().backward();
            let mut all = vec![
                values(result.output.inner()),
                values(result.mean.inner()),
                values(result.variance.inner()),
                values(input.grad(&gradients).unwrap()),
                values(scale.grad(&gradients).unwrap()),
                values(shift.grad(&gradients).unwrap()),
            ];
            all.extend(residual.map(|residual| values(residual.grad(&gradients).unwrap())));
            all
        });
        let of = format!("{shape:?} {activation:?} {with_residual}");
        near(&results[1], &results[0], 1e-4, &of);
        let results = devices.clone().map(|device| {
            let running = Running {
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

#[test]
fn steps_of_gradient_descent_are_those_of_the_cpu() {
    let Some((devices, _alone)) = devices() else {
        return;
    };
    for first in [true, false] {
        let results = devices.clone().map(|device| {
            let descent = Descent {
                momentum: 0.9,
                weight_decay: (!first).then_some(5e-4),
                first,
            };
            let (weight, velocity) = descended(
                noise([7, 5, 3, 3], 1, &device),
                noise([7, 5, 3, 3], 2, &device),
                noise([315], 3, &device),
                Tensor::from_floats([0.1], &device),
                descent,
            );
            [values(weight), values(velocity)]
        });
        near(&results[1], &results[0], 1e-6, "a step");
    }
}

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

/// Losses of the first steps of every family, from the same weights on the same images: on the CPU, on the GPU step by
/// step, and on the GPU replayed, which is the same to the last bit.
#[test]
fn networks_train_as_on_the_cpu() {
    let Some(([cpu, gpu], _alone)) = devices() else {
        return;
    };
    let shape = Shape {
        channels: 3,
        height: 16,
        width: 16,
    };
    for name in [
        "resnet-20",
        "densenet-22",
        "densenet-bc-22",
        "resnext-20-4x8d",
        "efficientnet-b0",
    ] {
        let input = Input { shape, classes: 4 };
        let spec = baseline(name.parse::<Architecture>().unwrap(), input).unwrap();
        let spec = scaled(&spec, 0.5).unwrap();
        let train = |device: &Device, replayed: bool| -> Vec<f32> {
            let mut trainer = Trainer::new(&spec, &recipe(), 1, &device.clone().autodiff());
            let mut losses = Vec::new();
            for step in 0..6 {
                if replayed && step % 4 == 0 {
                    let recorded;
                    (trainer, recorded) = trainer.ready();
                    assert_eq!(recorded, Ok(()), "{name}");
                    assert!(trainer.is_replayed(), "{name}");
                }
                let batch = HostBatch {
                    images: Images::Values(values(noise(
                        [16, 3, 16, 16],
                        9 + step % 2,
                        &Device::flex(),
                    ))),
                    labels: (0..16).map(|at| at % 4).collect(),
                    shape,
                };
                let mut tally = Tally::default();
                trainer = trainer.step(batch.clone(), 0.02, &mut tally).unwrap();
                losses.push(tally.read().unwrap().mean_loss() as f32);
                if step % 2 == 1 {
                    let test = trainer.evaluate([batch]).unwrap();
                    losses.push(test.sums.mean_loss() as f32);
                }
            }
            losses
        };
        let [ours, again, theirs] = [train(&gpu, false), train(&gpu, true), train(&cpu, false)];
        assert_eq!(ours, again, "{name}");
        // Later steps of an untrained network carry differences of the last digits too far.
        for step in 0..2 {
            let apart = (ours[step] - theirs[step]).abs();
            assert!(apart < 2e-3 * theirs[step], "{name}: {ours:?} {theirs:?}");
        }
    }
}

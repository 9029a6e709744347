//! Batches, steps and networks on a GPU. Without one these tests are ignored.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use burn::tensor::Device;

use crate::dataset::{Dataset, Shape, Split};
use crate::kernels::gpu_tests::{devices, noise, values};
use crate::network::{Architecture, Input, baseline, scaled};
use crate::training::Recipe;
use crate::training::batches::{Batches, HostBatch, Images};
use crate::training::device::{Opened, Precision};
use crate::training::step::{Tally, Trainer};

fn recipe() -> Recipe {
    Recipe {
        capped_epochs: None,
        epochs: 1,
        batch_size: 16,
        learning_rate: 0.02,
        baseline_learning_rate: None,
        capped_learning_rate: None,
        rate_check: false,
        warmup_epochs: 0.0,
        momentum: 0.9,
        weight_decay: 5e-4,
        augment: false,
        crop_padding: 0,
        mirror: crate::training::Mirror::Auto,
        holdout: None,
        patience: None,
        seeds: vec![1],
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn batches_picked_on_a_gpu_are_those_of_the_host() {
    let ([_, gpu], _alone) = devices();
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
        notes: Vec::new(),
        shape,
        skipped: Vec::new(),
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
    let host = Batches::of_recipe(dataset, &varied).unwrap();
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

/// Losses of the first steps of the shallowest network of every family, from the same weights on the same images: on the
/// CPU, on the GPU step by step, and on the GPU replayed, which is the same to the last bit.
#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn networks_train_as_on_the_cpu() {
    let ([cpu, gpu], _alone) = devices();
    let shape = Shape {
        channels: 3,
        height: 16,
        width: 16,
    };
    let batch = |step: u32| HostBatch {
        images: Images::Values(values(noise(
            [16, 3, 16, 16],
            9 + step % 2,
            &Device::flex(),
        ))),
        labels: (0..16).map(|at| at % 4).collect(),
        shape,
    };
    for name in [
        "resnet-8",
        "densenet-10",
        "densenet-bc-10",
        "resnext-11-4x8d",
        "efficientnet-b0",
    ] {
        let input = Input { shape, classes: 4 };
        let spec = baseline(name.parse::<Architecture>().unwrap(), input).unwrap();
        let spec = scaled(&spec, 0.5).unwrap();
        let train = |device: &Device, steps: u32, replayed: bool| -> Vec<f32> {
            let mut trainer = Trainer::new(&spec, &recipe(), 1, &device.clone().autodiff());
            let mut losses = Vec::new();
            for step in 0..steps {
                if replayed && step % 2 == 0 {
                    let captured;
                    (trainer, captured) = trainer.capture();
                    assert_eq!(captured, Ok(()), "{name}");
                    assert!(trainer.is_replayed(), "{name}");
                }
                let mut tally = Tally::default();
                trainer = trainer.step(batch(step), 0.02, &mut tally).unwrap();
                losses.push(tally.read().unwrap().mean_loss() as f32);
            }
            let test = trainer.evaluate([batch(0)]).unwrap();
            losses.push(test.sums.mean_loss() as f32);
            losses
        };
        let ours = train(&gpu, 4, false);
        assert_eq!(ours, train(&gpu, 4, true), "{name}");
        // Later steps of an untrained network carry differences of the last digits too far.
        let theirs = train(&cpu, 2, false);
        for step in 0..2 {
            let apart = (ours[step] - theirs[step]).abs();
            assert!(apart < 2e-3 * theirs[step], "{name}: {ours:?} {theirs:?}");
        }
    }
}

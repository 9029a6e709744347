//! Runs a trained network block by block over held-out images.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};

use super::controls::controls;
use super::runner::{Runner, SEED, flags, share};
use super::{BlockProbe, Line, Probe, Readout};
use crate::evidence::{Cka, Margin, Ridge, compare_images};
use crate::kernels;
use crate::network::{BlockTrace, Network, Spec};
use crate::training::TrainingError;
use crate::training::batches::Batches;
use crate::training::step::numbers;

/// Training images that the linear classifiers are fitted to, and for each class at least so many.
const FIT_IMAGES: [usize; 2] = [2048, 20];

/// What to probe a network with.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The network's layers.
    pub spec: &'a Spec,
    /// The cap.
    pub cap: Line,
    /// Largest loss of accuracy that counts as none; a relative one is of the probed network's own error.
    pub margin: Margin,
    /// Random sets of blocks to compare the blocks past the cap with; 0 leaves out these and the cuts at every depth.
    pub placebos: usize,
}

/// Sums of a block over images.
struct Sums {
    /// Of the block's input and output, where its input is not the output of the block before.
    cka: Option<Cka>,
    updates: f64,
    images: usize,
    ablated: Vec<bool>,
    /// Whether its shortcut changes the shape.
    downsampling: bool,
}

/// What the held-out images show.
struct HeldOut {
    whole: Vec<bool>,
    /// Without the blocks past the cap.
    without: Vec<bool>,
    blocks: Vec<Sums>,
    cka: Cka,
    /// Images of each class.
    class_sizes: BTreeMap<i32, usize>,
    /// Of the linear classifier on the stem and on each block.
    linear: Vec<Vec<bool>>,
}

/// Probes `network`, which is on `device` and records no gradients, on the test images of `batches`. `progress` gets
/// the number of images that passed the network, and how many will.
///
/// # Errors
/// [`TrainingError::Device`] where the device failed, [`TrainingError::NotFinite`] where the network's logits or features are not finite.
pub fn probe(
    network: &Network,
    device: &Device,
    batches: &Batches,
    setup: Setup<'_>,
    progress: &dyn Fn(usize, usize),
) -> Result<Probe, TrainingError> {
    let spec = setup.spec;
    let convolutions = spec.block_convolutions();
    let past: Vec<bool> = (1..)
        .zip(&convolutions)
        .map(|(number, &convolutions)| setup.cap.is_past(number, convolutions))
        .collect();
    let [fewest, of_class] = FIT_IMAGES;
    let fit_images = fewest
        .max(of_class * spec.input.classes)
        .min(batches.train_images());
    let mut runner = Runner::new(network, device, batches, progress, past.len());
    let networks = match setup.placebos {
        0 => 0,
        placebos => past.len() + 1 + placebos,
    };
    runner.expect(fit_images + batches.test_images(), networks);
    let ridges = fitted(&mut runner, fit_images)?;
    let stages = spec.block_stages();
    let begins: Vec<bool> = (0..stages.len())
        .map(|at| at > 0 && stages[at] != stages[at - 1])
        .collect();
    let seen = held_out(&mut runner, &past, &begins, &ridges)?;
    let readouts = readouts(&convolutions, &ridges, &seen);
    let blocks = seen.blocks.iter().zip(convolutions.iter().zip(stages));
    let blocks: Vec<BlockProbe> = blocks
        .enumerate()
        .map(|(at, (sums, (&convolutions, stage)))| BlockProbe {
            block: at + 1,
            convolutions,
            past_cap: past[at],
            stage: Some(stage),
            downsampling: sums.downsampling,
            relative_update: (sums.images > 0).then(|| sums.updates / sums.images as f64),
            cka: match &sums.cka {
                Some(cka) => cka.value(0, 1),
                None => seen.cka.value(at, at + 1),
            },
            ablated_accuracy: (!sums.ablated.is_empty()).then(|| share(&sums.ablated)),
            ablation: compare_images(&seen.whole, &sums.ablated),
        })
        .collect();
    let not_finite = |block: &&BlockProbe| {
        let measures = [block.relative_update, block.cka];
        let mut measures = measures.into_iter().flatten();
        measures.any(|value| !value.is_finite())
    };
    if let Some(block) = blocks.iter().find(not_finite) {
        return Err(TrainingError::NotFinite {
            what: format!("the features of block {}", block.block),
        });
    }
    let controls = match setup.placebos {
        0 => None,
        placebos => Some(controls(&mut runner, &blocks, placebos)?),
    };
    let without = blocks
        .iter()
        .any(|block| block.past_cap && block.is_removable());
    let without = compare_images(&seen.whole, &seen.without).filter(|_| without);
    let right = seen.whole.iter().filter(|right| **right).count();
    let mut found = Probe::new([seen.whole.len(), right], setup.cap, blocks, without);
    found.layer_cka = seen.cka.matrix();
    found.readouts = readouts;
    found.fit_images = fit_images;
    found.most_frequent = seen.class_sizes.values().max().copied();
    found.margin = Some(setup.margin.beside(&[share(&seen.whole)]));
    found.controls = controls;
    found.answer();
    Ok(found)
}

/// A linear classifier for what the stem and each block give, from training images.
fn fitted(runner: &mut Runner<'_>, images: usize) -> Result<Vec<Option<Ridge>>, TrainingError> {
    let mut features: Vec<Vec<f32>> = vec![Vec::new(); runner.blocks + 1];
    let mut labels = Vec::new();
    for batch in runner.batches.train_sample(SEED, images) {
        labels.extend_from_slice(&batch.labels);
        let count = batch.len();
        let mut output = runner
            .network
            .forward_stem(batch.upload(runner.device).images);
        features[0].extend(pooled(&output)?);
        for at in 0..runner.blocks {
            output = runner.network.forward_block(at, output).output;
            features[at + 1].extend(pooled(&output)?);
        }
        runner.passed(count);
    }
    let fit = |features: Vec<f32>| Ridge::fit(&features, &labels);
    Ok(features.into_iter().map(fit).collect())
}

/// Passes the held-out images; `begins` says which blocks begin a later stage.
fn held_out(
    runner: &mut Runner<'_>,
    past: &[bool],
    begins: &[bool],
    ridges: &[Option<Ridge>],
) -> Result<HeldOut, TrainingError> {
    let network = runner.network;
    let mut seen = HeldOut {
        whole: Vec::new(),
        without: Vec::new(),
        blocks: begins
            .iter()
            .map(|&begins| Sums {
                cka: begins.then(|| Cka::new(2)),
                updates: 0.0,
                images: 0,
                ablated: Vec::new(),
                downsampling: false,
            })
            .collect(),
        cka: Cka::new(past.len() + 1),
        class_sizes: BTreeMap::new(),
        linear: vec![Vec::new(); past.len() + 1],
    };
    for batch in runner.batches.test() {
        let (count, classes) = (batch.len(), batch.labels.clone());
        let batch = batch.upload(runner.device);
        let right = |logits, without: &str| flags(logits, batch.labels.clone(), without);
        let mut features = network.forward_stem(batch.images.clone());
        let mut detour: Option<Tensor<4>> = None;
        let mut grams = vec![gram(&features)?];
        classify(ridges[0].as_ref(), &features, &classes, &mut seen.linear[0])?;
        for (at, sums) in seen.blocks.iter_mut().enumerate() {
            if past[at] {
                let before = detour.take().unwrap_or_else(|| features.clone());
                let trace = network.forward_block(at, before);
                detour = Some(trace.skipped.unwrap_or(trace.output));
            }
            let trace = network.forward_block(at, features);
            grams.push(gram(&trace.output)?);
            add_block(sums, &trace, &grams)?;
            classify(
                ridges[at + 1].as_ref(),
                &trace.output,
                &classes,
                &mut seen.linear[at + 1],
            )?;
            if let Some(skipped) = trace.skipped {
                let logits = network.forward_from(at + 1, skipped);
                sums.ablated
                    .extend(right(logits, &format!(" without block {}", at + 1))?);
            }
            features = trace.output;
        }
        seen.cka.add(&grams, count);
        for class in classes {
            *seen.class_sizes.entry(class).or_default() += 1;
        }
        seen.whole
            .extend(right(network.forward_from(past.len(), features), "")?);
        if let Some(features) = detour {
            let logits = network.forward_from(past.len(), features);
            seen.without
                .extend(right(logits, " without the blocks past the cap")?);
        }
        runner.passed(count);
    }
    Ok(seen)
}

/// The accuracy of every linear classifier, compared with the one on the last block.
fn readouts(convolutions: &[[usize; 2]], ridges: &[Option<Ridge>], seen: &HeldOut) -> Vec<Readout> {
    let stem = convolutions.first().map_or(0, |[first, _]| first - 1);
    let depths = std::iter::once(stem).chain(convolutions.iter().map(|[_, last]| *last));
    let last = seen.linear.last();
    let layers = seen.linear.iter().zip(ridges).zip(depths).enumerate();
    layers
        .map(|(block, ((right, ridge), conv_depth))| Readout {
            block,
            conv_depth,
            features: ridge.as_ref().map(Ridge::features),
            strength: ridge.as_ref().map(|ridge| ridge.strength),
            accuracy: (!right.is_empty()).then(|| share(right)),
            against_last: last.and_then(|last| compare_images(last, right)),
        })
        .collect()
}

/// Which images a linear classifier of these features classifies right.
fn classify(
    ridge: Option<&Ridge>,
    features: &Tensor<4>,
    labels: &[i32],
    right: &mut Vec<bool>,
) -> Result<(), TrainingError> {
    let Some(ridge) = ridge else { return Ok(()) };
    let values = pooled(features)?;
    let images = values.chunks_exact(ridge.features()).zip(labels);
    right.extend(images.map(|(image, &label)| ridge.classify(image) == label));
    Ok(())
}

/// Adds a batch; the last two of `grams` are of what the blocks before gave, and of this block's output.
fn add_block(sums: &mut Sums, trace: &BlockTrace, grams: &[Vec<f64>]) -> Result<(), TrainingError> {
    let images = trace.input.dims()[0];
    if let Some(cka) = &mut sums.cka {
        let output = grams.last().cloned().unwrap_or_default();
        cka.add(&[gram(&trace.input)?, output], images);
    }
    if let (Some(shortcut), Some(update)) = (&trace.shortcut, &trace.update) {
        sums.downsampling |= shortcut.dims() != trace.input.dims();
        let [around, added] = [shortcut, update].map(norms);
        for (around, added) in around?.into_iter().zip(added?) {
            if around > 0.0 {
                sums.updates += f64::from(added) / f64::from(around);
                sums.images += 1;
            }
        }
    }
    Ok(())
}

/// The norm of each image's features.
fn norms(features: &Tensor<4>) -> Result<Vec<f32>, TrainingError> {
    let images = features.dims()[0];
    let flat = features.clone().reshape([images as i32, -1]);
    let squares: Tensor<2> = (flat.clone() * flat).sum_dim(1);
    numbers(squares.sqrt())
}

/// The mean of every channel over its pixels (N, C), row by row.
fn pooled(features: &Tensor<4>) -> Result<Vec<f32>, TrainingError> {
    numbers(kernels::channel_means(features.clone()))
}

/// The Gram matrix of the images' features less their mean over images, which changes no alignment but rounds less.
/// On a GPU by a convolution of one pixel, because burn's product of matrices may use TF32 there.
fn gram(features: &Tensor<4>) -> Result<Vec<f64>, TrainingError> {
    let images = features.dims()[0];
    let flat: Tensor<2> = features.clone().reshape([images as i32, -1]);
    let mean = flat.clone().mean_dim(0);
    let centred = flat - mean;
    let products = if kernels::serves_gpu(&centred.device()) {
        let [images, values] = centred.dims();
        let wide = centred.reshape([images, values, 1, 1]);
        kernels::convolution(wide.clone(), wide, 1, 0, 1).reshape([images, images])
    } else {
        centred.clone().matmul(centred.transpose())
    };
    Ok(numbers(products)?.into_iter().map(f64::from).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::dataset::{Dataset, Shape, Split};
    use crate::depth::Unit;
    use crate::evidence::probe::Answer;
    use crate::network::weights::{fill, tensors};
    use crate::network::{Input, baseline, build};

    const SHAPE: Shape = Shape {
        channels: 1,
        height: 8,
        width: 8,
    };

    /// Grey images of three brightnesses with some texture.
    fn images() -> Arc<Dataset> {
        let split = |count: usize| Split {
            pixels: (0..count * 64)
                .map(|at| ((at / 64 % 3) * 80 + at * 31 % 61) as u8)
                .collect(),
            labels: (0..count as u32).map(|at| at % 3).collect(),
        };
        Arc::new(Dataset {
            name: "test".to_owned(),
            notes: Vec::new(),
            shape: SHAPE,
            skipped: Vec::new(),
            class_names: ["dark", "grey", "bright"].map(str::to_owned).into(),
            train: split(90),
            test: split(40),
            flip_keeps_class: true,
        })
    }

    /// `ResNet-14`, cap 9: blocks 5 and 6 of 6 are past it. Where they add nothing, every measure says identity.
    #[test]
    fn blocks_that_add_nothing_are_identities_and_useless() {
        let input = Input {
            shape: SHAPE,
            classes: 3,
        };
        let spec = baseline("resnet-14".parse().unwrap(), input).unwrap();
        let device = Device::flex();
        let network = build(&spec, 1, &device);
        let mut weights = tensors(&network);
        for tensor in &mut weights {
            let last = tensor.name.starts_with("blocks.4.") || tensor.name.starts_with("blocks.5.");
            if last && tensor.name.contains("second_norm.weight") {
                tensor.values.fill(0.0);
            }
        }
        let network = fill(network, weights).unwrap();
        let batches = Batches::new(images(), 16, None);
        let setup = Setup {
            spec: &spec,
            cap: Line {
                cap: 9,
                unit: Unit::Convolutions,
            },
            margin: Margin::default(),
            placebos: 2,
        };
        let end = Cell::new((0, 0));
        let found = probe(&network, &device, &batches, setup, &|done, all| {
            end.set((done, all));
        })
        .unwrap();
        assert_eq!(end.get().0, end.get().1, "the progress ends");
        for block in &found.blocks[4..] {
            assert_eq!((block.past_cap, block.relative_update), (true, Some(0.0)));
            assert_eq!(block.ablation.unwrap().difference.abs(), 0.0);
        }
        let downsampling: Vec<bool> = found
            .blocks
            .iter()
            .map(|block| block.downsampling)
            .collect();
        assert_eq!(downsampling, [false, false, true, false, true, false]);
        let stages: Vec<_> = found
            .blocks
            .iter()
            .filter_map(|block| block.stage)
            .collect();
        assert_eq!(stages, [1, 1, 2, 2, 3, 3]);
        assert_eq!(found.layer_cka.len(), 7);
        assert!((found.layer_cka[5][6].unwrap() - 1.0).abs() < 1e-6);
        assert_eq!(found.layer_cka[0][3], found.layer_cka[3][0]);
        assert!(found.layer_cka[1][3].unwrap() < 0.999_999);
        for (block, readout) in found.blocks.iter().zip(&found.readouts[1..]) {
            let near = found.layer_cka[block.block - 1][block.block].unwrap() - block.cka.unwrap();
            assert!(near.abs() < 1e-9);
            assert_eq!(readout.conv_depth, block.convolutions[1]);
        }
        assert!(found.readouts.last().unwrap().accuracy.unwrap() > 0.9);
        let answers = found.answers.unwrap();
        assert_eq!(
            (answers.identities, answers.useful),
            (Answer::Yes, Answer::No)
        );

        let controls = found.controls.unwrap();
        assert_eq!((controls.images, controls.calibration_images), (40, 90));
        let kept: Vec<usize> = controls.cuts.iter().map(|cut| cut.blocks).collect();
        assert_eq!(kept, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(controls.cuts[4].accuracies, controls.whole);
        assert!((controls.whole.accuracy - found.accuracy).abs() < 1e-12);
        let past = controls.past_cap.unwrap();
        assert_eq!(past.removed, [5, 6]);
        assert_eq!(controls.placebos.len(), 2);
        assert!(past.p.unwrap() >= 1.0 / 3.0 && past.p.unwrap() <= 1.0);
    }
}

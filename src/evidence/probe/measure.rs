//! Runs a trained network block by block over held-out images.

use burn::tensor::{Device, Int, Tensor};

use super::{BlockProbe, Line, Probe};
use crate::evidence::cka::Cka;
use crate::evidence::compare_images;
use crate::kernels;
use crate::network::weights::finite_sum;
use crate::network::{BlockTrace, Network};
use crate::training::TrainingError;
use crate::training::batches::HostBatch;
use crate::training::step::{hits, numbers};

/// Sums of a block over images.
#[derive(Default)]
struct Sums {
    cka: Cka,
    updates: f64,
    images: usize,
    ablated: Vec<bool>,
}

/// Probes `network`, which is on `device` and records no gradients, on the images of `batches`.
///
/// `convolutions` are the first and last convolution of each of its blocks, see
/// [`crate::network::Spec::block_convolutions`]. `progress` gets the number of images done.
///
/// # Errors
/// [`TrainingError::Device`] where the device failed, [`TrainingError::NotFinite`] where the network's logits or features are not finite.
pub fn probe(
    network: &Network,
    device: &Device,
    batches: impl IntoIterator<Item = HostBatch>,
    convolutions: &[[usize; 2]],
    cap: Line,
    progress: &dyn Fn(usize),
) -> Result<Probe, TrainingError> {
    let past: Vec<bool> = (1..)
        .zip(convolutions)
        .map(|(number, &convolutions)| cap.is_past(number, convolutions))
        .collect();
    let mut sums: Vec<Sums> = past.iter().map(|_| Sums::default()).collect();
    let (mut whole, mut without) = (Vec::new(), Vec::new());
    let mut removed = false;
    for batch in batches {
        let batch = batch.upload(device);
        let right = |logits, without: &str| flags(logits, batch.labels.clone(), without);
        let mut features = network.forward_stem(batch.images.clone());
        let mut detour: Option<Tensor<4>> = None;
        for (at, sums) in sums.iter_mut().enumerate() {
            if past[at] {
                let before = detour.take().unwrap_or_else(|| features.clone());
                let trace = network.forward_block(at, before);
                removed |= trace.skipped.is_some();
                detour = Some(trace.skipped.unwrap_or(trace.output));
            }
            let trace = network.forward_block(at, features);
            add_block(sums, &trace)?;
            if let Some(skipped) = trace.skipped {
                let logits = network.forward_from(at + 1, skipped);
                sums.ablated
                    .extend(right(logits, &format!(" without block {}", at + 1))?);
            }
            features = trace.output;
        }
        whole.extend(right(network.forward_from(past.len(), features), "")?);
        if let Some(features) = detour {
            let logits = network.forward_from(past.len(), features);
            without.extend(right(logits, " without the blocks past the cap")?);
        }
        progress(whole.len());
    }
    let share = |flags: &[bool]| {
        flags.iter().filter(|right| **right).count() as f64 / flags.len().max(1) as f64
    };
    let blocks: Vec<BlockProbe> = sums
        .into_iter()
        .enumerate()
        .map(|(at, sums)| BlockProbe {
            block: at + 1,
            convolutions: convolutions[at],
            past_cap: past[at],
            relative_update: (sums.images > 0).then(|| sums.updates / sums.images as f64),
            cka: sums.cka.value(),
            ablated_accuracy: (!sums.ablated.is_empty()).then(|| share(&sums.ablated)),
            ablation: compare_images(&whole, &sums.ablated),
        })
        .collect();
    let not_finite = |block: &&BlockProbe| {
        let measures = [block.relative_update, block.cka];
        measures
            .into_iter()
            .flatten()
            .any(|value| !value.is_finite())
    };
    if let Some(block) = blocks.iter().find(not_finite) {
        return Err(TrainingError::NotFinite {
            what: format!("the features of block {}", block.block),
        });
    }
    let right = whole.iter().filter(|right| **right).count();
    let without = compare_images(&whole, &without).filter(|_| removed);
    Ok(Probe::new([whole.len(), right], cap, blocks, without))
}

/// Which images these logits, of the network `without` some blocks, classify right.
fn flags(
    logits: Tensor<2>,
    labels: Tensor<1, Int>,
    without: &str,
) -> Result<Vec<bool>, TrainingError> {
    let check = finite_sum(logits.clone());
    let mut values = numbers(Tensor::cat(vec![hits(logits, labels), check], 0))?;
    if !values.pop().is_some_and(f32::is_finite) {
        return Err(TrainingError::NotFinite {
            what: format!("the logits of the network{without}"),
        });
    }
    Ok(values.into_iter().map(|hit| hit > 0.5).collect())
}

fn add_block(sums: &mut Sums, trace: &BlockTrace) -> Result<(), TrainingError> {
    let images = trace.input.dims()[0];
    if images >= Cka::MIN_IMAGES {
        let [input, output] = [&trace.input, &trace.output].map(gram);
        sums.cka.add(&input?, &output?, images);
    }
    if let (Some(shortcut), Some(update)) = (&trace.shortcut, &trace.update) {
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

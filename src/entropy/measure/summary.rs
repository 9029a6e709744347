//! From the values of single images to a profile.

use rayon::prelude::*;

use super::worker::FreeBins;
use crate::dataset::Outline;
use crate::entropy::lookup::BINS;
use crate::entropy::shannon::{entropy, miller_madow};
use crate::entropy::{
    ChannelEntropy, ClassEntropy, Distribution, Estimate, Estimator, ImageEntropies,
    MAX_IMAGE_NATS, Moments, PooledHistogram, Profile, Quartiles,
};

/// Everything that is measured, image by image.
pub(super) struct Values<'a> {
    /// What the images are.
    pub(super) outline: &'a Outline,
    /// How entropies were estimated.
    pub(super) estimator: Estimator,
    /// Class of each image.
    pub(super) labels: &'a [u32],
    /// Entropy of each image, channel by channel.
    pub(super) channels: &'a [Vec<f64>],
    /// Occupied bins, for the other estimator.
    pub(super) free_bins: FreeBins,
}

impl Values<'_> {
    /// The profile of `images`.
    pub(super) fn profile(&self, images: &ImageEntropies) -> Profile {
        let Outline {
            name,
            notes,
            shape,
            skipped,
            class_names,
        } = self.outline;
        let mut profile = Profile {
            dataset: name.clone(),
            notes: notes.clone(),
            transform: Vec::new(),
            split: "train".to_owned(),
            skipped: skipped.clone(),
            images: self.labels.len(),
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            classes: class_names.len(),
            estimator: self.estimator,
            image_information: Distribution::of(&images.information, shape.channels),
            grey: Moments::of(&images.grey),
            joint_colour: Moments::of(&images.joint_colour),
            image_nats: Some(Distribution::within(&images.image_nats, MAX_IMAGE_NATS)),
            channel_entropy: channel_entropies(self.channels),
            pooled_histogram: pooled(&images.group_histograms, shape.channels, self.estimator),
            per_class: class_entropies(class_names, self.labels, &images.information),
            estimates: Vec::new(),
            lossless: None,
            load_seconds: 0.0,
            seconds: 0.0,
            bytes: (self.labels.len() * shape.bytes()) as u64,
        };
        profile.estimates = estimates(&profile, images, self.free_bins);
        profile
    }
}

/// Means by both estimators: Miller's correction is proportional to the occupied bins, whose sum is known.
fn estimates(profile: &Profile, images: &ImageEntropies, free_bins: FreeBins) -> Vec<Estimate> {
    let area = (profile.height * profile.width) as u64;
    let values = area * profile.channels as u64;
    let count = profile.images.max(1) as f64;
    [Estimator::PlugIn, Estimator::MillerMadow]
        .into_iter()
        .map(|estimator| {
            let factor = match (profile.estimator, estimator) {
                (Estimator::PlugIn, Estimator::MillerMadow) => 1.0,
                (Estimator::MillerMadow, Estimator::PlugIn) => -1.0,
                _ => 0.0,
            };
            let mean = |mean: f64, free: u64| mean + factor * miller_madow(free, area) / count;
            Estimate {
                estimator,
                image_information: mean(profile.image_information.mean, free_bins.channels),
                grey: mean(profile.grey.mean, free_bins.grey),
                joint_colour: mean(profile.joint_colour.mean, free_bins.joint_colour),
                image_nats: profile.image_nats.as_ref().map(|nats| {
                    let more = factor * miller_madow(free_bins.image, values) / count;
                    nats.mean + more * std::f64::consts::LN_2
                }),
                pooled_histogram: pooled(&images.group_histograms, profile.channels, estimator).sum,
            }
        })
        .collect()
}

fn channel_entropies(columns: &[Vec<f64>]) -> Vec<ChannelEntropy> {
    columns
        .par_iter()
        .enumerate()
        .map(|(channel, bits)| {
            let Moments { mean, sd } = Moments::of(bits);
            let name = match (columns.len(), channel) {
                (1, _) => "grey".to_owned(),
                (3, 0) => "red".to_owned(),
                (3, 1) => "green".to_owned(),
                (3, 2) => "blue".to_owned(),
                _ => format!("channel {}", channel + 1),
            };
            ChannelEntropy {
                name,
                mean,
                sd,
                quartiles: Quartiles::of(&mut bits.clone()),
            }
        })
        .collect()
}

fn pooled(groups: &[Vec<[u64; BINS]>], channels: usize, estimator: Estimator) -> PooledHistogram {
    let mut counts = vec![[0; BINS]; channels];
    for group in groups {
        for (sums, channel) in counts.iter_mut().zip(group) {
            for (sum, count) in sums.iter_mut().zip(channel) {
                *sum += count;
            }
        }
    }
    let entropy: Vec<f64> = counts
        .iter()
        .map(|counts| entropy(counts, estimator))
        .collect();
    let sum = entropy.iter().sum();
    PooledHistogram { entropy, sum }
}

fn class_entropies(
    class_names: &[String],
    labels: &[u32],
    information: &[f64],
) -> Vec<ClassEntropy> {
    let mut by_class = vec![Vec::new(); class_names.len()];
    for (&label, &bits) in labels.iter().zip(information) {
        if let Some(class) = by_class.get_mut(label as usize) {
            class.push(bits);
        }
    }
    class_names
        .par_iter()
        .zip(&mut by_class)
        .map(|(name, bits)| {
            let Moments { mean, sd } = Moments::of(bits);
            ClassEntropy {
                name: name.clone(),
                images: bits.len(),
                mean,
                sd,
                quartiles: Quartiles::of(bits),
            }
        })
        .collect()
}

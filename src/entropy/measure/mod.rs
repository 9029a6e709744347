//! The one pass over the images.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::histogram::{BINS, ColourCounter, count_bytes, entropy_of_bytes, luma};
use super::shannon::{Table, entropy};
use super::{
    ChannelEntropy, ClassEntropy, Distribution, Estimator, ImageEntropies, Measurement, Moments,
    PooledHistogram, Profile,
};
use crate::dataset::{Dataset, Shape};

#[cfg(test)]
mod tests;

/// Most groups of images whose pooled counts are kept for resampling.
const GROUPS: usize = 256;

/// Entropies of one image.
#[derive(Clone, Debug, Default)]
struct ImageValues {
    channels: Vec<f64>,
    grey: f64,
    joint_colour: f64,
}

/// What one group of images gives.
struct GroupValues {
    histograms: Vec<[u64; BINS]>,
    images: Vec<ImageValues>,
}

/// Profiles the training images of `dataset`; `progress` hears how many images are done, from any thread.
///
/// `load_seconds` of the profile is what the caller measured. The images are dealt at random, by a
/// fixed seed, to up to 256 groups of equal size (within one image), which are measured in
/// parallel; sums over images run in the order of the split, so that no digit depends on the
/// number of threads. The grey level is `(19595 R + 38470 G + 7471 B + 32768) >> 16`, as Pillow
/// computes it.
///
/// # Panics
/// Never, not even for a dataset without images: its statistics are zero.
#[must_use]
pub fn measure(
    dataset: &Dataset,
    estimator: Estimator,
    load_seconds: f64,
    progress: &(dyn Fn(usize) + Sync),
) -> Measurement {
    let start = Instant::now();
    let groups = deal(dataset.train.len());
    let table = Table::new(dataset.shape.area());
    let done = AtomicUsize::new(0);
    let measured: Vec<GroupValues> = groups
        .par_iter()
        .map_init(
            || Worker::new(dataset.shape, &table, estimator),
            |worker, group| {
                let values = worker.group(dataset, group);
                progress(done.fetch_add(group.len(), Ordering::Relaxed) + group.len());
                values
            },
        )
        .collect();

    let mut values = vec![ImageValues::default(); dataset.train.len()];
    let mut group_histograms = Vec::with_capacity(measured.len());
    for (group, measured) in groups.iter().zip(measured) {
        for (&index, image) in group.iter().zip(measured.images) {
            values[index] = image;
        }
        group_histograms.push(measured.histograms);
    }
    let images = ImageEntropies {
        information: values
            .iter()
            .map(|image| image.channels.iter().sum())
            .collect(),
        grey: values.iter().map(|image| image.grey).collect(),
        joint_colour: values.iter().map(|image| image.joint_colour).collect(),
        group_histograms,
    };
    let mut profile = summarise(dataset, estimator, &values, &images);
    profile.load_seconds = load_seconds;
    profile.seconds = start.elapsed().as_secs_f64();
    Measurement { profile, images }
}

/// Deals the indices of `images` images to groups that differ by at most one image in size.
fn deal(images: usize) -> Vec<Vec<usize>> {
    let groups = GROUPS.min(images);
    let mut order: Vec<usize> = (0..images).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    (0..groups)
        .map(|group| order[group * images / groups..(group + 1) * images / groups].to_vec())
        .collect()
}

/// Buffers of one thread.
struct Worker<'a> {
    shape: Shape,
    table: &'a Table,
    estimator: Estimator,
    grey: Vec<u8>,
    colours: ColourCounter,
}

impl<'a> Worker<'a> {
    fn new(shape: Shape, table: &'a Table, estimator: Estimator) -> Self {
        Self {
            shape,
            table,
            estimator,
            grey: Vec::new(),
            colours: ColourCounter::new(if shape.channels == 3 { shape.area() } else { 0 }),
        }
    }

    fn group(&mut self, dataset: &Dataset, indices: &[usize]) -> GroupValues {
        let mut histograms = vec![[0; BINS]; self.shape.channels];
        let images = indices
            .iter()
            .map(|&index| self.image(dataset.train.image(index, self.shape), &mut histograms))
            .collect();
        GroupValues { histograms, images }
    }

    /// Entropies of one image, whose counts are added to `histograms`.
    ///
    /// Where there are not three channels, the first one is the grey level and the joint colour.
    fn image(&mut self, pixels: &[u8], histograms: &mut [[u64; BINS]]) -> ImageValues {
        let planes = pixels.chunks_exact(self.shape.area().max(1));
        let channels: Vec<f64> = planes
            .zip(histograms)
            .map(|(plane, histogram)| {
                let counts = count_bytes(plane);
                for (sum, &count) in histogram.iter_mut().zip(&counts) {
                    *sum += u64::from(count);
                }
                entropy_of_bytes(&counts, self.table, self.estimator)
            })
            .collect();
        let (grey, joint_colour) = if self.shape.channels == 3 {
            luma(pixels, &mut self.grey);
            (
                entropy_of_bytes(&count_bytes(&self.grey), self.table, self.estimator),
                self.colours.entropy(pixels, self.table, self.estimator),
            )
        } else {
            let first = channels.first().copied().unwrap_or(0.0);
            (first, first)
        };
        ImageValues {
            channels,
            grey,
            joint_colour,
        }
    }
}

fn summarise(
    dataset: &Dataset,
    estimator: Estimator,
    values: &[ImageValues],
    images: &ImageEntropies,
) -> Profile {
    let shape = dataset.shape;
    Profile {
        dataset: dataset.name.clone(),
        split: "train".to_owned(),
        images: dataset.train.len(),
        channels: shape.channels,
        height: shape.height,
        width: shape.width,
        classes: dataset.class_names.len(),
        estimator,
        image_information: Distribution::of(&images.information, shape.channels),
        grey: Moments::of(&images.grey),
        joint_colour: Moments::of(&images.joint_colour),
        channel_entropy: channel_entropies(values, shape.channels),
        pooled_histogram: pooled(&images.group_histograms, shape.channels, estimator),
        per_class: class_entropies(dataset, &images.information),
        load_seconds: 0.0,
        seconds: 0.0,
        bytes: dataset.train.pixels.len() as u64,
    }
}

fn channel_entropies(values: &[ImageValues], channels: usize) -> Vec<ChannelEntropy> {
    (0..channels)
        .map(|channel| {
            let bits: Vec<f64> = values.iter().map(|image| image.channels[channel]).collect();
            let Moments { mean, sd } = Moments::of(&bits);
            let name = match (channels, channel) {
                (1, _) => "grey".to_owned(),
                (3, 0) => "red".to_owned(),
                (3, 1) => "green".to_owned(),
                (3, 2) => "blue".to_owned(),
                _ => format!("channel {}", channel + 1),
            };
            ChannelEntropy { name, mean, sd }
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

fn class_entropies(dataset: &Dataset, information: &[f64]) -> Vec<ClassEntropy> {
    let mut by_class = vec![Vec::new(); dataset.class_names.len()];
    for (&label, &bits) in dataset.train.labels.iter().zip(information) {
        if let Some(class) = by_class.get_mut(label as usize) {
            class.push(bits);
        }
    }
    dataset
        .class_names
        .iter()
        .zip(&by_class)
        .map(|(name, bits)| {
            let Moments { mean, sd } = Moments::of(bits);
            ClassEntropy {
                name: name.clone(),
                images: bits.len(),
                mean,
                sd,
            }
        })
        .collect()
}

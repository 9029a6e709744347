//! The one pass over the images.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::colour::ColourCounter;
use super::histogram::{BINS, PlaneCounter, TOGETHER, luma};
use super::shannon::{Table, Tally, entropy, miller_madow};
use super::{
    ChannelEntropy, ClassEntropy, Distribution, Estimate, Estimator, ImageEntropies, Measurement,
    Moments, PooledHistogram, Profile, Quartiles,
};
use crate::dataset::{Dataset, Shape};

#[cfg(test)]
mod tests;

/// Most groups of images whose pooled counts are kept for resampling.
const GROUPS: usize = 256;

/// What is measured of each image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The channels alone.
    Channels,
    /// The channels and the grey level.
    Grey,
    /// The channels, the grey level and the joint colour.
    Full,
}

/// What one group of images gives.
struct GroupValues {
    histograms: Vec<[u64; BINS]>,
    /// For each image: the entropy of each channel, of the grey level, of the joint colour.
    values: Vec<f64>,
    free_bins: FreeBins,
}

/// Occupied bins but one, summed over histograms of one image each.
#[derive(Clone, Copy, Debug, Default)]
struct FreeBins {
    channels: u64,
    grey: u64,
    joint_colour: u64,
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
    let images: Vec<usize> = (0..dataset.train.len()).collect();
    let mut measurement = measure_images(dataset, &images, estimator, progress);
    measurement.profile.load_seconds = load_seconds;
    measurement
}

/// Profiles some training images of `dataset`, those at the indices `images`, as [`measure`] does all.
///
/// # Panics
/// If an index is not below the number of training images.
#[must_use]
pub fn measure_images(
    dataset: &Dataset,
    images: &[usize],
    estimator: Estimator,
    progress: &(dyn Fn(usize) + Sync),
) -> Measurement {
    let start = Instant::now();
    let groups = deal(images.len());
    let measured = measure_groups(dataset, images, &groups, estimator, Extent::Full, progress);
    let channels = dataset.shape.channels;
    let mut columns = vec![vec![0.0; images.len()]; channels + 2];
    let mut group_histograms = Vec::with_capacity(measured.len());
    let mut free_bins = FreeBins::default();
    for (group, measured) in groups.iter().zip(measured) {
        for (&place, image) in group.iter().zip(measured.values.chunks_exact(channels + 2)) {
            for (column, &value) in columns.iter_mut().zip(image) {
                column[place] = value;
            }
        }
        group_histograms.push(measured.histograms);
        free_bins.channels += measured.free_bins.channels;
        free_bins.grey += measured.free_bins.grey;
        free_bins.joint_colour += measured.free_bins.joint_colour;
    }
    let joint_colour = columns.pop().unwrap_or_default();
    let grey = columns.pop().unwrap_or_default();
    let values = ImageEntropies {
        information: (0..images.len())
            .map(|image| columns.iter().map(|column| column[image]).sum())
            .collect(),
        grey,
        joint_colour,
        lossless: Vec::new(),
        group_histograms,
    };
    let mut profile = summarise(dataset, images, estimator, &columns, &values);
    profile.estimates = estimates(&profile, &values, free_bins);
    profile.seconds = start.elapsed().as_secs_f64();
    Measurement {
        profile,
        images: values,
    }
}

/// Measures the training images and gives no more than the sum of all values, for finding out how long that takes.
#[must_use]
pub fn sweep(dataset: &Dataset, extent: Extent) -> f64 {
    let images: Vec<usize> = (0..dataset.train.len()).collect();
    let groups = deal(images.len());
    let estimator = Estimator::PlugIn;
    measure_groups(dataset, &images, &groups, estimator, extent, &|_| {})
        .iter()
        .flat_map(|group| &group.values)
        .sum()
}

fn measure_groups(
    dataset: &Dataset,
    images: &[usize],
    groups: &[Vec<usize>],
    estimator: Estimator,
    extent: Extent,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<GroupValues> {
    let done = AtomicUsize::new(0);
    groups
        .par_iter()
        .map_init(
            || Worker::new(dataset.shape, estimator, extent),
            |worker, group| {
                let values = worker.group(dataset, images, group);
                progress(done.fetch_add(group.len(), Ordering::Relaxed) + group.len());
                values
            },
        )
        .collect()
}

/// Deals `images` places to groups that differ by at most one in size, in ascending order in each.
fn deal(images: usize) -> Vec<Vec<usize>> {
    let groups = GROUPS.min(images);
    let mut order: Vec<usize> = (0..images).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    (0..groups)
        .map(|group| {
            let mut dealt = order[group * images / groups..(group + 1) * images / groups].to_vec();
            dealt.sort_unstable();
            dealt
        })
        .collect()
}

/// Buffers of one thread.
struct Worker {
    shape: Shape,
    estimator: Estimator,
    extent: Extent,
    planes: PlaneCounter,
    grey: [Vec<u8>; TOGETHER],
    colours: ColourCounter,
    table: Table,
}

impl Worker {
    fn new(shape: Shape, estimator: Estimator, extent: Extent) -> Self {
        Self {
            shape,
            estimator,
            extent,
            planes: PlaneCounter::new(shape.area()),
            grey: [const { Vec::new() }; TOGETHER],
            colours: ColourCounter::new(if shape.channels == 3 { shape.area() } else { 0 }),
            table: Table::new(shape.area()),
        }
    }

    fn group(&mut self, dataset: &Dataset, images: &[usize], places: &[usize]) -> GroupValues {
        let stride = self.shape.channels + 2;
        let mut group = GroupValues {
            histograms: vec![[0; BINS]; self.shape.channels],
            values: vec![0.0; places.len() * stride],
            free_bins: FreeBins::default(),
        };
        let shape = self.shape;
        let image = |place: usize| dataset.train.image(images[place], shape);
        let (fours, rest) = places.as_chunks::<TOGETHER>();
        for (index, four) in fours.iter().enumerate() {
            self.images(four.map(image), index * TOGETHER, &mut group);
        }
        for (index, &place) in rest.iter().enumerate() {
            self.images([image(place)], fours.len() * TOGETHER + index, &mut group);
        }
        group
    }

    /// Measures four images, or one, whose values begin at image `first` of the group.
    ///
    /// Where there are not three channels, the first one is the grey level and the joint colour.
    fn images<const N: usize>(
        &mut self,
        images: [&[u8]; N],
        first: usize,
        group: &mut GroupValues,
    ) {
        let Shape { channels, .. } = self.shape;
        let area = self.shape.area();
        let stride = channels + 2;
        let estimator = self.estimator;
        let values = &mut group.values[first * stride..][..N * stride];
        for (channel, pool) in group.histograms.iter_mut().enumerate() {
            let planes = images.map(|image| &image[channel * area..][..area]);
            let tallies = count(&mut self.planes, planes, Some(pool));
            for (image, tally) in tallies.into_iter().enumerate() {
                values[image * stride + channel] = tally.bits(estimator);
                group.free_bins.channels += tally.free_bins();
                if channels != 3 && channel == 0 && self.extent == Extent::Full {
                    values[image * stride + channels..][..2].fill(tally.bits(estimator));
                    group.free_bins.grey += tally.free_bins();
                    group.free_bins.joint_colour += tally.free_bins();
                }
            }
        }
        if channels != 3 || self.extent == Extent::Channels {
            return;
        }
        for (grey, image) in self.grey.iter_mut().zip(images) {
            luma(image, grey);
        }
        let planes = std::array::from_fn::<&[u8], N, _>(|image| &self.grey[image]);
        let greys = count(&mut self.planes, planes, None);
        for (index, (image, grey)) in images.into_iter().zip(greys).enumerate() {
            if self.extent == Extent::Grey {
                values[index * stride + channels] = grey.bits(estimator);
                continue;
            }
            let joint = self.colours.tally(image, &self.table);
            let values = &mut values[index * stride + channels..];
            values[0] = grey.bits(estimator);
            values[1] = joint.bits(estimator);
            group.free_bins.grey += grey.free_bins();
            group.free_bins.joint_colour += joint.free_bins();
        }
    }
}

/// Counts planes four at a time where there are four.
fn count<const N: usize>(
    counter: &mut PlaneCounter,
    planes: [&[u8]; N],
    mut pool: Option<&mut [u64; BINS]>,
) -> [Tally; N] {
    if let Ok(four) = <[&[u8]; TOGETHER]>::try_from(planes.as_slice()) {
        let tallies = counter.four(four, pool);
        return std::array::from_fn(|index| tallies[index]);
    }
    planes.map(|plane| counter.one(plane, pool.as_deref_mut()))
}

/// Means by both estimators: Miller's correction is proportional to the occupied bins, whose sum is known.
fn estimates(profile: &Profile, images: &ImageEntropies, free_bins: FreeBins) -> Vec<Estimate> {
    let area = (profile.height * profile.width) as u64;
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
                pooled_histogram: pooled(&images.group_histograms, profile.channels, estimator).sum,
            }
        })
        .collect()
}

fn summarise(
    dataset: &Dataset,
    indices: &[usize],
    estimator: Estimator,
    columns: &[Vec<f64>],
    images: &ImageEntropies,
) -> Profile {
    let shape = dataset.shape;
    Profile {
        dataset: dataset.name.clone(),
        split: "train".to_owned(),
        images: indices.len(),
        channels: shape.channels,
        height: shape.height,
        width: shape.width,
        classes: dataset.class_names.len(),
        estimator,
        image_information: Distribution::of(&images.information, shape.channels),
        grey: Moments::of(&images.grey),
        joint_colour: Moments::of(&images.joint_colour),
        channel_entropy: channel_entropies(columns),
        pooled_histogram: pooled(&images.group_histograms, shape.channels, estimator),
        per_class: class_entropies(dataset, indices, &images.information),
        estimates: Vec::new(),
        lossless: None,
        load_seconds: 0.0,
        seconds: 0.0,
        bytes: (indices.len() * shape.bytes()) as u64,
    }
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

fn class_entropies(dataset: &Dataset, indices: &[usize], information: &[f64]) -> Vec<ClassEntropy> {
    let mut by_class = vec![Vec::new(); dataset.class_names.len()];
    for (&index, &bits) in indices.iter().zip(information) {
        let label = dataset.train.labels[index] as usize;
        if let Some(class) = by_class.get_mut(label) {
            class.push(bits);
        }
    }
    dataset
        .class_names
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

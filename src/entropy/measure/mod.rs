//! The one pass over the images.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use self::groups::{GROUPS, Rotations};
use self::summary::Values;
use self::worker::{FreeBins, MORE, Worker, stride};
use super::lookup::BINS;
use super::{Estimator, ImageEntropies, Measurement};
use crate::dataset::{Dataset, Outline, Part};

mod groups;
mod summary;
#[cfg(test)]
mod tests;
mod worker;

pub use worker::Extent;

/// Parts of a run of images that threads take one after another.
const PARTS: usize = 64;
/// Most images of such a part.
const PART: usize = 1024;

/// Profiles the training images of `dataset`; `progress` hears how many images are done, from any thread.
///
/// `load_seconds` of the profile is what the caller measured. See [`Survey`].
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
    let mut survey = Survey::new(dataset.outline(), estimator);
    survey.add(dataset.train.part(), progress);
    let mut measurement = survey.finish();
    measurement.profile.load_seconds = load_seconds;
    measurement
}

/// Profiles some training images of `dataset`, those at the indices `images`, as [`measure`] does all.
///
/// # Panics
/// If an index is not below the number of training images.
#[must_use]
pub fn measure_images(dataset: &Dataset, images: &[usize], estimator: Estimator) -> Measurement {
    let mut survey = Survey::new(dataset.outline(), estimator);
    let split = &dataset.train;
    let labels: Vec<u32> = images.iter().map(|&image| split.labels[image]).collect();
    let image = |place: usize| split.image(images[place], dataset.shape);
    survey.extend(&labels, &image, &|_| {});
    survey.finish()
}

/// Measures the training images and gives no more than the sum of all values, for finding out how long that takes.
#[must_use]
pub fn sweep(dataset: &Dataset, extent: Extent) -> f64 {
    let mut survey = Survey::new(dataset.outline(), Estimator::PlugIn);
    survey.extent = extent;
    survey.add(dataset.train.part(), &|_| {});
    survey.values.iter().sum()
}

/// A profile in the making, from images that come part by part and are not kept.
///
/// Images are dealt to up to 64 groups as they come, whose pooled counts are kept for resampling;
/// parts are measured in parallel, and sums over images run in the order of the split, so that no
/// digit depends on the number of threads or on how the images were cut into parts. The grey level
/// is `(19595 R + 38470 G + 7471 B + 32768) >> 16`, as Pillow computes it.
#[derive(Debug)]
pub struct Survey {
    outline: Outline,
    estimator: Estimator,
    extent: Extent,
    values: Vec<f64>,
    labels: Vec<u32>,
    rotations: Rotations,
    idle: Mutex<Vec<Worker>>,
    seconds: f64,
}

impl Survey {
    /// A survey of no images yet.
    #[must_use]
    pub fn new(outline: Outline, estimator: Estimator) -> Self {
        Self {
            outline,
            estimator,
            extent: Extent::Full,
            values: Vec::new(),
            labels: Vec::new(),
            rotations: Rotations::new(),
            idle: Mutex::new(Vec::new()),
            seconds: 0.0,
        }
    }

    /// What the images are.
    #[must_use]
    pub const fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Measures the next images; `progress` hears how many are done since the survey began, from any thread.
    ///
    /// # Panics
    /// If there are fewer pixels than the labels promise.
    pub fn add(&mut self, part: Part<'_>, progress: &(dyn Fn(usize) + Sync)) {
        let first = self.labels.len();
        let bytes = self.outline.shape.bytes();
        let image = |place: usize| &part.pixels[(place - first) * bytes..][..bytes];
        self.extend(part.labels, &image, progress);
    }

    fn extend<'i>(
        &mut self,
        labels: &[u32],
        image: &(impl Fn(usize) -> &'i [u8] + Sync),
        progress: &(dyn Fn(usize) + Sync),
    ) {
        let start = Instant::now();
        let shape = self.outline.shape;
        let first = self.labels.len();
        self.labels.extend_from_slice(labels);
        self.rotations.reach(self.labels.len());
        let stride = stride(shape);
        self.values.resize(self.labels.len() * stride, 0.0);
        let part = labels.len().div_ceil(PARTS).clamp(1, PART);
        let done = AtomicUsize::new(first);
        let (idle, rotations) = (&self.idle, &self.rotations);
        self.values[first * stride..]
            .par_chunks_mut(part * stride)
            .enumerate()
            .for_each(|(index, values)| {
                let waiting = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut worker =
                    waiting.unwrap_or_else(|| Worker::new(shape, self.estimator, self.extent));
                worker.measure(first + index * part, image, rotations, values);
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(worker);
                let images = values.len() / stride;
                progress(done.fetch_add(images, Ordering::Relaxed) + images);
            });
        self.seconds += start.elapsed().as_secs_f64();
    }

    /// The profile of all images, with their single values.
    #[must_use]
    pub fn finish(self) -> Measurement {
        let start = Instant::now();
        let channels = self.outline.shape.channels;
        let mut pools = vec![[0; BINS]; GROUPS * channels];
        let mut free_bins = FreeBins::default();
        let workers = self.idle.into_inner();
        for worker in workers.unwrap_or_else(PoisonError::into_inner) {
            let (counts, free) = worker.finish();
            for (sum, count) in pools
                .as_flattened_mut()
                .iter_mut()
                .zip(counts.as_flattened())
            {
                *sum += count;
            }
            free_bins.channels += free.channels;
            free_bins.grey += free.grey;
            free_bins.joint_colour += free.joint_colour;
            free_bins.image += free.image;
        }
        let stride = channels + MORE;
        let mut columns: Vec<Vec<f64>> = (0..stride)
            .map(|column| {
                let values = self.values.iter().skip(column);
                values.step_by(stride).copied().collect()
            })
            .collect();
        drop(self.values);
        let mut image_nats = columns.pop().unwrap_or_default();
        for value in &mut image_nats {
            *value *= std::f64::consts::LN_2;
        }
        let joint_colour = columns.pop().unwrap_or_default();
        let grey = columns.pop().unwrap_or_default();
        let images = ImageEntropies {
            information: (0..self.labels.len())
                .map(|image| columns.iter().map(|column| column[image]).sum())
                .collect(),
            grey,
            joint_colour,
            image_nats,
            lossless: Vec::new(),
            group_histograms: pools
                .chunks_exact(channels)
                .filter(|group| group[0].iter().any(|count| *count > 0))
                .map(<[_]>::to_vec)
                .collect(),
        };
        let values = Values {
            outline: &self.outline,
            estimator: self.estimator,
            labels: &self.labels,
            channels: &columns,
            free_bins,
        };
        let mut profile = values.profile(&images);
        profile.seconds = self.seconds + start.elapsed().as_secs_f64();
        Measurement { profile, images }
    }
}

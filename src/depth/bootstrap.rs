//! Resampling images to see how far a rule's value depends on them (Efron 1979).

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Rule;
use crate::entropy::{Measurement, shannon};

/// Every rule's value for one resample, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Resampled {
    mean_information: f64,
    max_information: f64,
    mean_grey: f64,
    pooled: f64,
    mean_joint_colour: f64,
}

impl Resampled {
    /// The value that `rule` rounds up.
    pub(super) const fn of(&self, rule: Rule) -> f64 {
        match rule {
            Rule::ChannelSum => self.mean_information,
            Rule::ChannelSumMax => self.max_information,
            Rule::GreyBlocks => self.mean_grey,
            Rule::DatasetHistogram => self.pooled,
            Rule::JointColour => self.mean_joint_colour,
        }
    }
}

/// Draws `resamples` resamples of the images, in parallel; none where there are no images.
///
/// Resample `k` has the random stream `k` of `seed` for itself, so that the result does not depend
/// on threads.
pub(super) fn resample(measurement: &Measurement, resamples: usize, seed: u64) -> Vec<Resampled> {
    let images = &measurement.images;
    let values: Vec<[f64; 3]> = images
        .information
        .iter()
        .zip(&images.grey)
        .zip(&images.joint_colour)
        .map(|((&information, &grey), &joint)| [information, grey, joint])
        .collect();
    if values.is_empty() {
        return Vec::new();
    }
    (0..resamples as u64)
        .into_par_iter()
        .map(|stream| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream);
            let mut values = draw_images(&values, &mut rng);
            values.pooled = draw_groups(measurement, &mut rng);
            values
        })
        .collect()
}

/// Draws as many images as there are and takes the means and the maximum.
///
/// Words of the stream become indices by Lemire's multiplication (2019), without bias.
fn draw_images(values: &[[f64; 3]], rng: &mut ChaCha8Rng) -> Resampled {
    let images = values.len() as u32;
    let biased = images.wrapping_neg() % images;
    let mut sums = [0.0; 3];
    let mut max = 0.0_f64;
    let mut words = [0_u8; 4096];
    let mut missing = values.len();
    while missing > 0 {
        rng.fill_bytes(&mut words);
        for word in words.as_chunks().0 {
            let product = u64::from(u32::from_le_bytes(*word)) * u64::from(images);
            if (product as u32) < biased {
                continue;
            }
            let drawn = &values[(product >> 32) as usize];
            sums[0] += drawn[0];
            sums[1] += drawn[1];
            sums[2] += drawn[2];
            max = max.max(drawn[0]);
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }
    let [mean_information, mean_grey, mean_joint_colour] =
        sums.map(|sum| sum / values.len() as f64);
    Resampled {
        mean_information,
        max_information: max,
        mean_grey,
        pooled: 0.0,
        mean_joint_colour,
    }
}

/// Draws as many groups as there are and takes the entropy of their pooled histogram, summed over channels.
fn draw_groups(measurement: &Measurement, rng: &mut ChaCha8Rng) -> f64 {
    let groups = &measurement.images.group_histograms;
    let Some(channels) = groups.first().map(Vec::len) else {
        return measurement.profile.pooled_histogram.sum;
    };
    let mut times = vec![0_u64; groups.len()];
    for _ in 0..groups.len() {
        times[rng.random_range(0..groups.len() as u32) as usize] += 1;
    }
    let mut counts = vec![[0_u64; 256]; channels];
    for (group, &times) in groups.iter().zip(&times).filter(|(_, times)| **times > 0) {
        for (sums, channel) in counts.iter_mut().zip(group) {
            for (sum, count) in sums.iter_mut().zip(channel) {
                *sum += times * count;
            }
        }
    }
    counts
        .iter()
        .map(|counts| shannon::entropy(counts, measurement.profile.estimator))
        .sum()
}

//! Resampling images to see how far a rule's value depends on them (Efron 1979).

use std::sync::Arc;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

use super::Rule;
use super::own::OwnRule;
use super::statistics::Statistics;
use crate::entropy::{Measurement, Moments, quantile, shannon};

/// Statistics that need the images of a resample in order.
const QUANTILES: [(&str, f64); 5] = [
    ("S_min", 0.0),
    ("S_q1", 0.25),
    ("S_median", 0.5),
    ("S_q3", 0.75),
    ("S_p95", 0.95),
];

/// Every rule's value for one resample, in the unit of its statistic.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Resampled {
    mean_information: f64,
    max_information: f64,
    mean_grey: f64,
    pooled: f64,
    mean_joint_colour: f64,
    mean_nats: f64,
    mean_lossless: f64,
    own: Vec<(Arc<OwnRule>, f64)>,
}

impl Resampled {
    /// The value that `rule` rounds up; none where it was not measured or is no finite number.
    pub(super) fn of(&self, rule: &Rule) -> Option<f64> {
        Some(match rule {
            Rule::ImageNats | Rule::ImageNatsConvolutions => self.mean_nats,
            Rule::ChannelSum => self.mean_information,
            Rule::ChannelSumMax => self.max_information,
            Rule::GreyBlocks => self.mean_grey,
            Rule::DatasetHistogram => self.pooled,
            Rule::JointColour => self.mean_joint_colour,
            Rule::Lossless => self.mean_lossless,
            Rule::Own(own) => self.own.iter().find(|(rule, _)| rule == own)?.1,
        })
        .filter(|value| value.is_finite())
    }
}

/// Means and standard deviations of what was drawn.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    moments: [Moments; 4],
    max: f64,
}

/// Draws `resamples` resamples of the images, in parallel; none where there are no images.
///
/// Resample `k` has the random stream `k` of `seed` for itself, so that the result does not depend
/// on threads. `own` rules are computed from the mean, sd and quantiles of S, mean and sd of grey
/// level, joint colour, all values together and coded size, and the pooled entropy of each resample; all else that they
/// may name stays as it is in the data.
pub(super) fn resample(
    measurement: &Measurement,
    own: &[Arc<OwnRule>],
    resamples: usize,
    seed: u64,
) -> Vec<Resampled> {
    let images = &measurement.images;
    let values: Vec<[f64; 4]> = images
        .information
        .iter()
        .zip(&images.grey)
        .zip(&images.joint_colour)
        .zip(&images.image_nats)
        .map(|(((&information, &grey), &joint), &nats)| [information, grey, joint, nats])
        .collect();
    if values.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = QUANTILES.map(|(name, _)| name).to_vec();
    let ordered = own.iter().any(|rule| rule.names_any(&names));
    let mut order: Vec<u32> = (0..if ordered { values.len() as u32 } else { 0 }).collect();
    order.sort_by(|&left, &right| values[left as usize][0].total_cmp(&values[right as usize][0]));
    let known = Statistics::of(&measurement.profile);
    (0..resamples as u64)
        .into_par_iter()
        .map_init(
            || vec![0_u32; order.len()],
            |times, stream| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(stream);
                times.fill(0);
                let drawn = draw_images(&values, times, &mut rng);
                let pooled = draw_groups(measurement, &mut rng);
                let lossless = draw_values(&images.lossless, &mut rng);
                let [information, grey, joint, nats] = drawn.moments;
                let mut statistics = known.clone();
                for (name, value) in [
                    ("S_mean", information.mean),
                    ("S_sd", information.sd),
                    ("S_se", information.sd / (values.len() as f64).sqrt()),
                    ("S_max", drawn.max),
                    ("SNR", information.mean / information.sd),
                    ("grey_mean", grey.mean),
                    ("grey_sd", grey.sd),
                    ("joint_mean", joint.mean),
                    ("joint_sd", joint.sd),
                    ("nats_mean", nats.mean),
                    ("nats_sd", nats.sd),
                    ("pooled", pooled),
                    ("lossless_mean", lossless.mean),
                    ("lossless_sd", lossless.sd),
                ] {
                    if !own.is_empty() {
                        statistics.set(name, value);
                    }
                }
                if ordered {
                    for (name, q) in QUANTILES {
                        statistics.set(name, quantile_of_drawn(&values, &order, times, q));
                    }
                }
                Resampled {
                    mean_information: information.mean,
                    max_information: drawn.max,
                    mean_grey: grey.mean,
                    pooled,
                    mean_joint_colour: joint.mean,
                    mean_nats: nats.mean,
                    mean_lossless: lossless.mean,
                    own: own
                        .iter()
                        .map(|rule| {
                            let value = rule.value(&statistics).unwrap_or(f64::NAN);
                            (Arc::clone(rule), value)
                        })
                        .collect(),
                }
            },
        )
        .collect()
}

/// The `q` quantile of S, by linear interpolation, of images drawn so many `times`; `order` has them
/// by rising S.
fn quantile_of_drawn(values: &[[f64; 4]], order: &[u32], times: &[u32], q: f64) -> f64 {
    let place = q * (values.len() - 1) as f64;
    let below = place.floor() as u64;
    let mut passed = 0;
    let mut ends = [f64::NAN; 2];
    for &image in order {
        let (value, times) = (values[image as usize], times[image as usize]);
        passed += u64::from(times);
        if ends[0].is_nan() && passed > below {
            ends[0] = value[0];
        }
        if passed > below + 1 || passed == values.len() as u64 && times > 0 {
            ends[1] = value[0];
            break;
        }
    }
    quantile(&ends, place - below as f64)
}

/// Draws as many coded images as there are; NaN where none was coded.
fn draw_values(values: &[f64], rng: &mut ChaCha8Rng) -> Moments {
    if values.is_empty() {
        return Moments {
            mean: f64::NAN,
            sd: f64::NAN,
        };
    }
    let drawn: Vec<f64> = (0..values.len())
        .map(|_| values[rng.random_range(0..values.len() as u32) as usize])
        .collect();
    Moments::of(&drawn)
}

/// Above so many images they are drawn block by block, since single ones lie too far apart in memory.
const TOGETHER: usize = 1 << 16;
/// Images of a block.
const BLOCK: usize = 256;

/// Sums of what was drawn: about the values of one image, which loses no digits to a large mean.
struct Draws<'t> {
    origin: [f64; 4],
    sums: [f64; 4],
    squares: [f64; 4],
    max: f64,
    times: &'t mut [u32],
    words: [u8; 4096],
    used: usize,
}

impl Draws<'_> {
    /// Draws `count` of the images in `block`, the first of which is number `first`.
    ///
    /// Words of the stream become indices by Lemire's multiplication (2019), without bias.
    fn draw(&mut self, block: &[[f64; 4]], first: usize, count: usize, rng: &mut ChaCha8Rng) {
        let images = block.len() as u32;
        let biased = images.wrapping_neg() % images;
        let mut missing = count;
        while missing > 0 {
            if self.used == self.words.len() {
                rng.fill_bytes(&mut self.words);
                self.used = 0;
            }
            for word in self.words[self.used..].as_chunks().0 {
                self.used += 4;
                let product = u64::from(u32::from_le_bytes(*word)) * u64::from(images);
                if (product as u32) < biased {
                    continue;
                }
                let index = (product >> 32) as usize;
                let image = &block[index];
                if let Some(times) = self.times.get_mut(first + index) {
                    *times += 1;
                }
                for (column, value) in image.iter().enumerate() {
                    let distance = value - self.origin[column];
                    self.sums[column] += distance;
                    self.squares[column] += distance * distance;
                }
                self.max = self.max.max(image[0]);
                missing -= 1;
                if missing == 0 {
                    break;
                }
            }
        }
    }
}

/// Draws as many images as there are, with how many `times` each if there is room for that.
///
/// Of many images, first the number of draws that fall into each block is drawn (a binomial share
/// of those that are left), then these inside the block: the same distribution, from nearby memory.
fn draw_images(values: &[[f64; 4]], times: &mut [u32], rng: &mut ChaCha8Rng) -> Drawn {
    let origin = values[values.len() / 2];
    let mut drawing = Draws {
        origin,
        sums: [0.0; 4],
        squares: [0.0; 4],
        max: 0.0,
        times,
        words: [0; 4096],
        used: 4096,
    };
    if values.len() <= TOGETHER {
        drawing.draw(values, 0, values.len(), rng);
    } else {
        let mut left = values.len();
        for (number, block) in values.chunks(BLOCK).enumerate() {
            let first = number * BLOCK;
            let share = block.len() as f64 / (values.len() - first) as f64;
            let binomial = Binomial::new(left as u64, share.min(1.0));
            let count = binomial.map_or(left, |binomial| binomial.sample(rng) as usize);
            drawing.draw(block, first, count, rng);
            left -= count;
        }
    }
    let count = values.len() as f64;
    let moments = std::array::from_fn(|column| {
        let mean = drawing.sums[column] / count;
        let variance =
            (drawing.squares[column] - drawing.sums[column] * mean) / (count - 1.0).max(1.0);
        Moments {
            mean: origin[column] + mean,
            sd: variance.max(0.0).sqrt(),
        }
    });
    Drawn {
        moments,
        max: drawing.max,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of a resample of n values scatters by sd/√n, whichever way the images are drawn; the
    /// sizes lie on both sides of where blocks begin.
    #[test]
    fn means_of_resamples_scatter_as_theory_says() {
        for images in [TOGETHER, TOGETHER + 100] {
            let values: Vec<[f64; 4]> = (0..images)
                .map(|image| [(image % 1000) as f64, (image / 300) as f64, 0.0, 0.0])
                .collect();
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let mut times = vec![0; images];
            let resamples: Vec<Drawn> = (0..400)
                .map(|_| {
                    times.fill(0);
                    let drawn = draw_images(&values, &mut times, &mut rng);
                    assert_eq!(times.iter().sum::<u32>() as usize, images);
                    drawn
                })
                .collect();
            for column in 0..2 {
                let data: Vec<f64> = values.iter().map(|value| value[column]).collect();
                let data = Moments::of(&data);
                let means: Vec<f64> = resamples
                    .iter()
                    .map(|one| one.moments[column].mean)
                    .collect();
                let means = Moments::of(&means);
                let error = data.sd / (images as f64).sqrt();
                assert!(
                    (means.mean - data.mean).abs() < 4.0 * error / 20.0,
                    "{means:?} {data:?}"
                );
                assert!(
                    (0.85..1.15).contains(&(means.sd / error)),
                    "{means:?} {error}"
                );
            }
        }
    }

    /// `numpy.quantile` of the drawn values written out.
    #[test]
    fn quantiles_of_what_was_drawn_are_those_of_the_values_written_out() {
        let values: Vec<[f64; 4]> = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
            .map(|value| [value, 0.0, 0.0, 0.0])
            .to_vec();
        for times in [
            [1, 1, 1, 1, 1, 1, 1],
            [0, 3, 0, 2, 0, 0, 2],
            [7, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 7],
        ] {
            let written: Vec<f64> = values
                .iter()
                .zip(times)
                .flat_map(|(value, times)| vec![value[0]; times as usize])
                .collect();
            let order: Vec<u32> = (0..7).collect();
            for q in [0.0, 0.25, 0.5, 0.75, 0.95, 1.0] {
                let value = quantile_of_drawn(&values, &order, &times, q);
                assert!(
                    (value - quantile(&written, q)).abs() < 1e-12,
                    "{q} of {times:?}: {value}"
                );
            }
        }
    }
}

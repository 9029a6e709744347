//! The difference between two networks over seeds and test images at once.
//!
//! An interval over seeds speaks of other seeds on the same test images, one over images of the same networks on other images.
//! The pigeonhole bootstrap (Owen 2007, Annals of Applied Statistics 1(2)) draws both with replacement, independently, so that
//! its interval speaks of other seeds on other images.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

use super::Estimate;
use crate::entropy::quantile;

/// Resamples.
const RESAMPLES: u64 = 10_000;
/// Their seed: the same hits, the same interval.
const SEED: u64 = 0;

/// Which test images the networks of each seed classified right: the capped network's hit minus the baseline's.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// Test images.
    images: usize,
    seeds: usize,
    /// Differences of the images that differ in any seed, seed by seed: one row for each image.
    differing: Vec<Vec<i8>>,
}

impl Hits {
    /// Of the networks of each seed, the baseline's hits first. `None` without seeds or images, or where their numbers of images
    /// differ.
    #[must_use]
    pub fn new(seeds: &[[Vec<bool>; 2]]) -> Option<Self> {
        let images = seeds.first()?[0].len();
        let same = seeds.iter().flatten().all(|hits| hits.len() == images);
        if images == 0 || !same {
            return None;
        }
        let differing = (0..images)
            .map(|image| {
                let difference = |[baseline, capped]: &[Vec<bool>; 2]| {
                    i8::from(capped[image]) - i8::from(baseline[image])
                };
                seeds.iter().map(difference).collect::<Vec<i8>>()
            })
            .filter(|row| row.iter().any(|&difference| difference != 0))
            .collect();
        Some(Self {
            images,
            seeds: seeds.len(),
            differing,
        })
    }

    /// Those of the first `seeds` seeds.
    #[must_use]
    pub fn of_first(&self, seeds: usize) -> Self {
        let seeds = seeds.min(self.seeds);
        let first = self.differing.iter().map(|row| row[..seeds].to_vec());
        Self {
            images: self.images,
            seeds,
            differing: first.collect(),
        }
    }

    /// Seeds.
    #[must_use]
    pub const fn seeds(&self) -> usize {
        self.seeds
    }

    /// Capped minus baseline accuracy over all seeds and images, with its percentile interval of confidence `level`. The interval
    /// needs two seeds.
    #[must_use]
    pub fn estimate(&self, level: f64) -> Estimate {
        let sum: i64 = self
            .differing
            .iter()
            .flatten()
            .map(|&one| i64::from(one))
            .sum();
        let interval = (self.seeds > 1).then(|| {
            let mut means = self.resampled();
            means.sort_by(f64::total_cmp);
            let tail = (1.0 - level) / 2.0;
            [tail, 1.0 - tail].map(|at| quantile(&means, at))
        });
        Estimate {
            mean: sum as f64 / (self.seeds * self.images) as f64,
            interval,
        }
    }

    /// The mean difference of every resample.
    fn resampled(&self) -> Vec<f64> {
        let share = self.differing.len() as f64 / self.images as f64;
        let Ok(differing) = Binomial::new(self.images as u64, share) else {
            return Vec::new();
        };
        (0..RESAMPLES)
            .into_par_iter()
            .map(|stream| {
                let mut rng = ChaCha8Rng::seed_from_u64(SEED);
                rng.set_stream(stream);
                let mut times = vec![0_i32; self.seeds];
                for _ in 0..self.seeds {
                    times[rng.random_range(0..self.seeds)] += 1;
                }
                let of_seeds = |row: &Vec<i8>| -> i32 {
                    let products = row.iter().zip(&times);
                    products.map(|(&one, times)| i32::from(one) * times).sum()
                };
                let sums: Vec<i32> = self.differing.iter().map(of_seeds).collect();
                // Images that differ in no seed add nothing: only how many of the others are drawn matters.
                let drawn = (0..differing.sample(&mut rng))
                    .map(|_| i64::from(sums[rng.random_range(0..sums.len())]));
                drawn.sum::<i64>() as f64 / (self.seeds * self.images) as f64
            })
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// 4 seeds by 60 images.
    fn hits() -> Hits {
        let seeds: Vec<[Vec<bool>; 2]> = (0..4_usize)
            .map(|seed| {
                let hit =
                    |image: usize, factor: usize| !(image * factor + 7 * seed).is_multiple_of(11);
                [3, 5].map(|factor| {
                    (0..60)
                        .map(|image| hit(image, factor) && (image + seed) % (factor + 4) != 1)
                        .collect()
                })
            })
            .collect();
        Hits::new(&seeds).unwrap()
    }

    fn variance(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / values.len() as f64
    }

    /// The variance over all resamples has a closed form (Owen 2007, section 3), from the sums of rows, columns and squares.
    #[test]
    fn resamples_have_the_exact_mean_and_variance() {
        let hits = hits();
        let (seeds, images) = (hits.seeds as f64, hits.images as f64);
        let value = |row: &[i8]| row.iter().map(|&one| f64::from(one)).sum::<f64>();
        let total: f64 = hits.differing.iter().map(|row| value(row)).sum();
        let squares: f64 = hits
            .differing
            .iter()
            .flatten()
            .map(|one| f64::from(one.pow(2)))
            .sum();
        let by_image: f64 = hits.differing.iter().map(|row| value(row).powi(2)).sum();
        let by_seed: f64 = (0..hits.seeds)
            .map(|seed| {
                let column: Vec<i8> = hits.differing.iter().map(|row| row[seed]).collect();
                value(&column).powi(2)
            })
            .sum();
        let (s, n) = (1.0 - 1.0 / seeds, 1.0 - 1.0 / images);
        let second = s * n * total.powi(2) + s * by_image + n * by_seed + squares;
        let exact = (second - total.powi(2)) / (seeds * images).powi(2);
        let means = hits.resampled();
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        assert!((hits.estimate(0.95).mean - total / (seeds * images)).abs() < 1e-12);
        assert!((mean - total / (seeds * images)).abs() < 4.0 * (exact / 1e4).sqrt());
        assert!((variance(&means) / exact - 1.0).abs() < 0.05);
    }

    /// By numpy 2.4, quantiles of 400,000 resamples of the same hits that draw seeds and images by `multinomial`; a mean's steps
    /// are 1 / 240.
    #[test]
    fn the_interval_is_that_of_numpy() {
        let [low, high] = hits().estimate(0.95).interval.unwrap();
        assert!((low - -0.058_33).abs() < 0.006, "{low}");
        assert!((high - 0.125).abs() < 0.006, "{high}");
        let [low, high] = hits().estimate(0.999).interval.unwrap();
        assert!((low - -0.1375).abs() < 0.02, "{low}");
        assert!((high - 0.2083).abs() < 0.02, "{high}");
    }

    #[test]
    fn one_seed_or_no_image_has_no_interval() {
        let one = hits().of_first(1);
        assert_eq!(one.estimate(0.95).interval, None);
        assert_eq!(hits().of_first(9), hits());
        assert_eq!(Hits::new(&[]), None);
        assert_eq!(Hits::new(&[[vec![], vec![]]]), None);
        assert_eq!(Hits::new(&[[vec![true], vec![true, false]]]), None);
        let same = Hits::new(&[
            [vec![true; 5], vec![true; 5]],
            [vec![false; 5], vec![false; 5]],
        ]);
        assert_eq!(same.unwrap().estimate(0.95).interval, Some([0.0, 0.0]));
    }
}

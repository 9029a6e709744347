//! Means over seeds with their bands, as the app's charts draw them.

use std::collections::BTreeMap;

use super::{over_seeds, records, time};
use crate::evidence::{Estimate, mean_interval, ratio_interval};
use crate::training::{EpochRecord, Role};

/// Means over seeds, with what is drawn around them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Means {
    /// Seeds that they are over.
    pub seeds: usize,
    /// Epoch, mean and the ends of the band.
    pub points: Vec<(f64, Estimate)>,
}

/// What a band around a mean shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// The 95 % interval of the mean over seeds.
    Interval,
    /// The lesser and the greater of two seeds.
    Extremes,
}

impl Means {
    /// What the band shows; `None` where there is none, over fewer than two seeds.
    #[must_use]
    pub const fn band(&self) -> Option<Band> {
        match self.seeds {
            0 | 1 => None,
            2 => Some(Band::Extremes),
            _ => Some(Band::Interval),
        }
    }

    fn of(epochs: Vec<(f64, Vec<f64>)>) -> Self {
        let count = epochs.iter().map(|(_, values)| values.len()).max();
        let points = epochs
            .into_iter()
            .filter_map(|(epoch, values)| Some((epoch, mean_with_band(&values)?)))
            .collect();
        Self {
            seeds: count.unwrap_or(0),
            points,
        }
    }
}

/// The mean of `values`; around it their ends where there are two, from three on the 95 % interval of the mean.
fn mean_with_band(values: &[f64]) -> Option<Estimate> {
    let mut estimate = mean_interval(values)?;
    if let &[one, other] = values {
        estimate.interval = Some([one.min(other), one.max(other)]);
    }
    Some(estimate)
}

/// The mean of every epoch over the seeds that reached the furthest one, with its band.
#[must_use]
pub fn means_over_seeds(
    metrics: &[EpochRecord],
    role: Role,
    value: impl Fn(&EpochRecord) -> f64,
) -> Means {
    Means::of(over_seeds(metrics, role, value))
}

/// An amount of one network in one seed, such as its seconds of training, added up until the end of each of its epochs.
#[must_use]
pub fn totals_by_epoch(
    metrics: &[EpochRecord],
    seed: u64,
    role: Role,
    amount: fn(&EpochRecord) -> f64,
) -> Vec<(f64, f64)> {
    let mut total = 0.0;
    records(metrics, seed, role)
        .into_iter()
        .map(|row| {
            total += amount(row);
            (row.epoch as f64, total)
        })
        .collect()
}

/// Training time saved until each epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saving {
    /// Over the seeds that came furthest; over one seed, the band is the 95 % interval over its epochs.
    pub means: Means,
    /// Of each seed: epoch and time saved.
    pub seeds: BTreeMap<u64, Vec<(f64, f64)>>,
}

/// Time saved over the first epochs of each seed, `1 - T_capped / T_baseline`, and the mean of these over the seeds that came
/// furthest.
#[must_use]
pub fn time_saved_by_epoch(metrics: &[EpochRecord]) -> Saving {
    let paired = time::paired_epochs(metrics);
    let furthest = paired.values().map(Vec::len).max().unwrap_or(0);
    let mut seeds = BTreeMap::new();
    let mut level: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (&seed, epochs) in &paired {
        let mut totals = [0.0, 0.0];
        let mut curve = Vec::with_capacity(epochs.len());
        for pair in epochs {
            totals[0] += pair.baseline.train_seconds;
            totals[1] += pair.capped.train_seconds;
            let saved = 1.0 - totals[1] / totals[0];
            if saved.is_finite() {
                curve.push((pair.baseline.epoch as f64, saved));
                if epochs.len() == furthest {
                    let epoch = level.entry(pair.baseline.epoch).or_default();
                    epoch.push(saved);
                }
            }
        }
        seeds.insert(seed, curve);
    }
    let level = level.into_iter();
    let mut means = Means::of(level.map(|(epoch, all)| (epoch as f64, all)).collect());
    if means.seeds == 1
        && let Some(epochs) = paired.values().find(|epochs| epochs.len() == furthest)
    {
        let of = |seconds: fn(&time::PairedEpoch) -> f64| -> Vec<f64> {
            epochs.iter().map(seconds).collect()
        };
        let baseline = of(|pair| pair.baseline.train_seconds);
        let capped = of(|pair| pair.capped.train_seconds);
        for (at, (_, estimate)) in means.points.iter_mut().enumerate() {
            let until = at + 1;
            estimate.interval = ratio_interval(&capped[..until], &baseline[..until])
                .and_then(|kept| kept.interval)
                .map(|[low, high]| [1.0 - high, 1.0 - low]);
        }
    }
    Saving { means, seeds }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{fixture, time_saved};

    #[test]
    fn a_band_shows_two_seeds_or_the_interval_of_more() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 1);
        for row in &mut metrics {
            row.test_loss = row.seed as f64;
        }
        let means = |rows: &[EpochRecord]| {
            let found = means_over_seeds(rows, Role::Capped, |row| row.test_loss);
            (found.seeds, found.band(), found.points[0].1)
        };
        let (seeds, band, estimate) = means(&metrics);
        assert_eq!((seeds, band), (3, Some(Band::Interval)));
        // scipy.stats.t.interval(.95, 2, 2, 1 / sqrt(3))
        let [low, high] = estimate.interval.unwrap();
        assert!((low + 0.484_137_7).abs() < 1e-6 && (high - 4.484_137_7).abs() < 1e-6);
        let (seeds, band, estimate) = means(&metrics[..4]);
        assert_eq!((seeds, band), (2, Some(Band::Extremes)));
        assert_eq!(estimate.interval, Some([1.0, 2.0]));
        let (seeds, band, estimate) = means(&metrics[..2]);
        assert_eq!((seeds, band, estimate.interval), (1, None, None));
    }

    #[test]
    fn the_saving_after_the_last_epoch_is_that_of_the_training() {
        for seeds in [&[1_u64][..], &[1, 2, 3]] {
            let metrics = fixture::metrics(seeds, 4);
            let saving = time_saved_by_epoch(&metrics);
            assert_eq!(saving.means.seeds, seeds.len());
            assert_eq!(saving.seeds.len(), seeds.len());
            let numbers: Vec<f64> = saving.means.points.iter().map(|(at, _)| *at).collect();
            assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0]);
            let (last, whole) = (saving.means.points[3].1, time_saved(&metrics).unwrap());
            assert!((last.mean - whole.mean).abs() < 1e-12);
            let ([low, high], [from, to]) = (last.interval.unwrap(), whole.interval.unwrap());
            assert!((low - from).abs() < 1e-12 && (high - to).abs() < 1e-12);
        }
        assert_eq!(time_saved_by_epoch(&[]), Saving::default());
    }

    #[test]
    fn seconds_add_up_over_the_epochs_of_one_network() {
        let metrics = fixture::metrics(&[1, 2], 3);
        let found = totals_by_epoch(&metrics, 2, Role::Capped, |row| row.train_seconds);
        let total: f64 = records(&metrics, 2, Role::Capped)
            .iter()
            .map(|row| row.train_seconds)
            .sum();
        assert_eq!(found.len(), 3);
        assert!((found[2].1 - total).abs() < 1e-12);
    }
}

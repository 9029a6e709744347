//! Curves over epochs, as the screens and the plots draw them.

use std::collections::BTreeMap;

use super::records;
use crate::evidence::mean_interval;
use crate::training::{EpochRecord, Role};

/// Epoch and value of one network in one seed, values that are not finite left out.
#[must_use]
pub fn curve(
    metrics: &[EpochRecord],
    seed: u64,
    role: Role,
    value: impl Fn(&EpochRecord) -> f64,
) -> Vec<(f64, f64)> {
    records(metrics, seed, role)
        .into_iter()
        .map(|record| (record.epoch as f64, value(record)))
        .filter(|(_, value)| value.is_finite())
        .collect()
}

/// The values of every epoch over the seeds that reached the furthest one: a seed that diverged would move the mean at
/// the epoch where it leaves it.
#[must_use]
pub fn over_seeds(
    metrics: &[EpochRecord],
    role: Role,
    value: impl Fn(&EpochRecord) -> f64,
) -> Vec<(f64, Vec<f64>)> {
    let mut seeds: Vec<u64> = metrics.iter().map(|record| record.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let curves: Vec<Vec<(f64, f64)>> = seeds
        .into_iter()
        .map(|seed| curve(metrics, seed, role, &value))
        .collect();
    let furthest = curves.iter().map(Vec::len).max().unwrap_or(0);
    let mut epochs: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (epoch, value) in curves
        .into_iter()
        .filter(|curve| curve.len() == furthest)
        .flatten()
    {
        epochs.entry(epoch as usize).or_default().push(value);
    }
    epochs
        .into_iter()
        .map(|(epoch, values)| (epoch as f64, values))
        .collect()
}

/// Epoch and mean over seeds, see [`over_seeds`].
#[must_use]
pub fn mean_over_seeds(
    metrics: &[EpochRecord],
    role: Role,
    value: impl Fn(&EpochRecord) -> f64,
) -> Vec<(f64, f64)> {
    over_seeds(metrics, role, value)
        .into_iter()
        .filter_map(|(epoch, values)| Some((epoch, mean_interval(&values)?.mean)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn the_mean_is_over_seeds_that_came_equally_far() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 2);
        metrics.truncate(metrics.len() - 2);
        for record in &mut metrics {
            record.test_loss = record.seed as f64;
        }
        let loss = |record: &EpochRecord| record.test_loss;
        let means = mean_over_seeds(&metrics, Role::Capped, loss);
        assert_eq!(means, [(1.0, 1.5), (2.0, 1.5)]);
        metrics[0].test_loss = f64::NAN;
        let means = mean_over_seeds(&metrics, metrics[0].network, loss);
        assert_eq!(means, [(1.0, 2.0), (2.0, 2.0)]);
    }

    #[test]
    fn a_later_record_of_an_epoch_counts() {
        let mut metrics = fixture::metrics(&[1], 1);
        let mut again = metrics[0].clone();
        again.test_loss = 7.0;
        let role = again.network;
        metrics.push(again);
        let found = curve(&metrics, 1, role, |record| record.test_loss);
        assert_eq!(found, [(1.0, 7.0)]);
    }
}
